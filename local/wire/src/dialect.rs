//! How each service is spoken to and how it speaks, as its model says.

use crate::Protocol;
use crate::query::Form;
use crate::request::Request;
use crate::route::Route;

/// The version of awsJson that a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonVersion {
    /// awsJson1_0: DynamoDB, End User Messaging.
    V1_0,
    /// awsJson1_1: CloudWatch Logs, KMS, SSM.
    V1_1,
    /// That of a service that is not known, or of none: a browser may ask as well.
    Unknown,
}

impl JsonVersion {
    /// The content type of its bodies.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::V1_0 => "application/x-amz-json-1.0",
            Self::V1_1 => "application/x-amz-json-1.1",
            Self::Unknown => "application/json",
        }
    }
}

/// A service's addresses, where method and path are the operation.
#[derive(Debug, Clone, Copy)]
pub struct Rest {
    /// Finds the operation of a request and the members that its path carries.
    pub route: fn(&Request) -> Option<Route>,
    /// The names of all operations that the service knows.
    pub names: fn() -> Vec<&'static str>,
}

/// What the wire knows of a service.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Signing name, such as `monitoring`.
    pub service: &'static str,
    /// The protocol of a request that does not say itself which one it speaks.
    pub protocol: Protocol,
    /// Whether a service of the Query protocol is spoken to in awsJson and CBOR as well.
    pub is_also_json_and_cbor: bool,
    /// The version of awsJson, where a client speaks that.
    pub json: JsonVersion,
    /// Forms of the Query protocol.
    pub form: Form,
    /// Members of answers that are times, or lists of them: XML and CBOR write times in their own way.
    pub times: &'static [&'static str],
    /// Addresses, where method and path are the operation.
    pub rest: Option<Rest>,
    /// The member that carries an error's sentence in JSON.
    pub message: &'static str,
    /// Errors whose sentence is in the same member written in the other case.
    pub other_message: &'static [&'static str],
    /// Whether errors in JSON carry a `Type`, `User` or `Service`.
    pub errors_have_type: bool,
    /// Shape names of errors, and the codes that the Query protocol has for them. Where there are some, the
    /// code goes along in a header of the other protocols: SDKs that once spoke Query look for it there.
    pub query_codes: &'static [(&'static str, &'static str)],
    /// The code of a request that is not written in its protocol.
    pub unreadable: &'static str,
    /// The code of a request whose members are not of the model's types.
    pub mistyped: &'static str,
    /// Status and code of the error by which the service throttles.
    pub throttled: (u16, &'static str),
    /// Status and code of the error by which the service tells of its own failures.
    pub broken: (u16, &'static str),
}

impl Dialect {
    const fn of(service: &'static str, protocol: Protocol) -> Self {
        Self {
            service,
            protocol,
            is_also_json_and_cbor: false,
            json: JsonVersion::Unknown,
            form: Form::NONE,
            times: &[],
            rest: None,
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

    /// A service that speaks awsJson.
    pub const fn json(service: &'static str, json: JsonVersion) -> Self {
        Self {
            json,
            ..Self::of(service, Protocol::Json)
        }
    }

    /// A service that speaks restJson.
    pub const fn rest_json(service: &'static str, rest: Rest) -> Self {
        Self {
            rest: Some(rest),
            ..Self::of(service, Protocol::RestJson)
        }
    }

    /// A service that speaks restXml.
    pub const fn rest_xml(service: &'static str, rest: Rest) -> Self {
        Self {
            rest: Some(rest),
            ..Self::of(service, Protocol::RestXml)
        }
    }

    /// A service that speaks awsQuery. Those that leave throttling to AWS's common errors have
    /// `Throttling`.
    pub const fn query(service: &'static str, form: Form) -> Self {
        Self {
            form,
            throttled: (400, "Throttling"),
            ..Self::of(service, Protocol::Query)
        }
    }

    /// A service that the account does not have: its clients read refusals in XML or JSON.
    pub fn unknown(service: &str) -> &'static Self {
        static JSON: Dialect = Dialect::of("", Protocol::Json);
        static XML: Dialect = Dialect::of("", Protocol::Query);
        /// Services that answer in XML and whose requests have no form to tell them by.
        const SPEAK_XML: [&str; 2] = ["cloudfront", "route53"];
        if SPEAK_XML.contains(&service) {
            &XML
        } else {
            &JSON
        }
    }

    /// The member that carries the sentence of an error.
    pub(crate) fn message_of(&self, code: &str) -> &'static str {
        match (self.message, self.other_message.contains(&code)) {
            ("message", false) | ("Message", true) => "message",
            _ => "Message",
        }
    }

    /// The Query protocol's code of an error.
    pub(crate) fn query_code<'a>(&self, code: &'a str) -> &'a str {
        self.query_codes
            .iter()
            .find(|(shape, _)| *shape == code)
            .map_or(code, |(_, of_query)| *of_query)
    }
}
