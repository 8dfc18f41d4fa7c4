//! The event that a Lambda function receives.

use serde_json::{Map, Value, json};

use crate::{Contact, Endpoint, Queue};

/// Builds the complete event. Its fields and null values are those of the AWS documentation and of events that
/// public projects recorded: a segment attribute has the keys of all types, the tags include the service's own,
/// and the first contact names itself as the previous one.
pub(crate) fn event(contact: &Contact, parameters: Map<String, Value>) -> Value {
    json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": contact.attributes,
                "AwsRegion": contact.region,
                "Channel": contact.channel,
                "ContactId": contact.id,
                "InitialContactId": contact.initial_id(),
                "PreviousContactId": contact.previous_id(),
                "CustomerEndpoint": endpoint(contact.customer_endpoint.as_ref()),
                "SystemEndpoint": endpoint(contact.system_endpoint.as_ref()),
                "CustomerId": contact.customer_id,
                "Description": contact.description,
                "Name": contact.name,
                "LanguageCode": contact.language_code,
                "InitiationMethod": contact.initiation_method,
                "InstanceARN": contact.instance_arn,
                // Recorded so without streaming, for a chat; inferred for a call.
                "MediaStreams": { "Customer": { "Audio": {} } },
                "Queue": queue(contact.queue.as_ref()),
                "References": {},
                "RelatedContactId": null,
                "SegmentAttributes": {
                    "connect:Subtype": {
                        "ValueString": contact.subtype(),
                        "ValueInteger": null,
                        "ValueArn": null,
                        "ValueList": null,
                        "ValueMap": null,
                    },
                },
                "Tags": contact.tags,
            },
            "Parameters": parameters,
        },
    })
}

fn endpoint(endpoint: Option<&Endpoint>) -> Value {
    endpoint.map_or(
        Value::Null,
        |Endpoint { address, kind }| json!({ "Address": address, "Type": kind }),
    )
}

fn queue(queue: Option<&Queue>) -> Value {
    queue.map_or(Value::Null, |queue| {
        json!({
            "ARN": queue.arn,
            "Name": queue.name,
            "OutboundCallerId": endpoint(queue.outbound_caller_id.as_ref()),
        })
    })
}
