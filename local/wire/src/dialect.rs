//! The wire format of each service, according to its model.

use crate::query::Form;
use crate::{Declarations, Protocol};

/// The version of awsJson that a service uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonVersion {
    /// awsJson1_0: DynamoDB, End User Messaging.
    V1_0,
    /// awsJson1_1: CloudWatch Logs, KMS, SSM.
    V1_1,
    /// The version of an unknown service, or of none: a browser may send requests, too.
    Unknown,
}

impl JsonVersion {
    /// Returns the content type of bodies.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::V1_0 => "application/x-amz-json-1.0",
            Self::V1_1 => "application/x-amz-json-1.1",
            Self::Unknown => "application/json",
        }
    }
}

/// Returns the operations of a service.
pub type DeclaredBy = fn() -> &'static dyn Declarations;

/// The wire format of a service.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The signing name, such as `monitoring`.
    pub service: &'static str,
    /// The protocol of a request that does not name one.
    pub protocol: Protocol,
    /// Whether a service of the Query protocol also accepts awsJson and CBOR.
    pub is_also_json_and_cbor: bool,
    /// Whether clients may compress the bodies of requests: the trait `requestCompression` of an
    /// operation in the service's model.
    pub requests_may_be_compressed: bool,
    /// The version of awsJson, for clients that use it.
    pub json: JsonVersion,
    /// The form of the Query protocol.
    pub form: Form,
    /// Output members that are times, or lists of them: XML and CBOR have their own formats for
    /// times.
    pub times: &'static [&'static str],
    /// The service's operations; `None` for a service that the account does not have.
    pub operations: Option<DeclaredBy>,
    /// The member of JSON errors that contains the message.
    pub message: &'static str,
    /// Errors whose message is in the same member in the other case.
    pub other_message: &'static [&'static str],
    /// Whether JSON errors contain a `Type`, which is `User` or `Service`.
    pub errors_have_type: bool,
    /// Shape names of errors, with their codes in the Query protocol. If there are any, the other
    /// protocols send the code in a header, too, where SDKs that used Query in the past look for
    /// it.
    pub query_codes: &'static [(&'static str, &'static str)],
    /// The error code for a request that is not in its protocol.
    pub unreadable: &'static str,
    /// The error code for a request whose members are not of the model's types.
    pub mistyped: &'static str,
    /// Status and code of the service's throttling error.
    pub throttled: (u16, &'static str),
    /// Status and code of the service's internal error.
    pub broken: (u16, &'static str),
}

impl Dialect {
    const fn of(service: &'static str, protocol: Protocol) -> Self {
        Self {
            service,
            protocol,
            is_also_json_and_cbor: false,
            requests_may_be_compressed: false,
            json: JsonVersion::Unknown,
            form: Form::NONE,
            times: &[],
            operations: None,
            message: "message",
            other_message: &[],
            errors_have_type: false,
            query_codes: &[],
            unreadable: "SerializationException",
            mistyped: "SerializationException",
            throttled: (400, "ThrottlingException"),
            broken: (500, "InternalFailure"),
        }
    }

    /// A service that uses awsJson.
    pub const fn json(service: &'static str, json: JsonVersion) -> Self {
        Self {
            json,
            ..Self::of(service, Protocol::Json)
        }
    }

    /// A service that uses restJson.
    pub const fn rest_json(service: &'static str, operations: DeclaredBy) -> Self {
        Self {
            operations: Some(operations),
            ..Self::of(service, Protocol::RestJson)
        }
    }

    /// A service that uses restXml.
    pub const fn rest_xml(service: &'static str, operations: DeclaredBy) -> Self {
        Self {
            operations: Some(operations),
            ..Self::of(service, Protocol::RestXml)
        }
    }

    /// A service that uses awsQuery. Services without a throttling error of their own use
    /// `Throttling`, one of AWS's common errors.
    pub const fn query(service: &'static str, form: Form) -> Self {
        Self {
            form,
            throttled: (400, "Throttling"),
            ..Self::of(service, Protocol::Query)
        }
    }

    /// Returns the format of a service that the account does not have: refusals are XML or JSON.
    pub fn unknown(service: &str) -> &'static Self {
        static JSON: Dialect = Dialect::of("", Protocol::Json);
        static XML: Dialect = Dialect::of("", Protocol::Query);
        /// Services that answer in XML, but whose requests are no forms, which would identify them.
        const SPEAK_XML: [&str; 2] = ["cloudfront", "route53"];
        if SPEAK_XML.contains(&service) {
            &XML
        } else {
            &JSON
        }
    }

    /// Returns the member that contains the message of an error.
    pub(crate) fn message_of(&self, code: &str) -> &'static str {
        match (self.message, self.other_message.contains(&code)) {
            ("message", false) | ("Message", true) => "message",
            _ => "Message",
        }
    }

    /// Returns the Query protocol's code of an error.
    pub(crate) fn query_code<'a>(&self, code: &'a str) -> &'a str {
        self.query_codes
            .iter()
            .find(|(shape, _)| *shape == code)
            .map_or(code, |(_, of_query)| *of_query)
    }
}
