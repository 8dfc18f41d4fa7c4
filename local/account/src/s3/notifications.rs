//! The notification configuration of a bucket. It is kept and returned; no event is sent.

use local_wire::Fault;
use local_wire::xml::element;

use super::document::{self, malformed};

/// The kinds of receivers: the element of a configuration, and that of the receiver's ARN.
const KINDS: [(&str, &str); 3] = [
    ("TopicConfiguration", "Topic"),
    ("QueueConfiguration", "Queue"),
    ("CloudFunctionConfiguration", "CloudFunction"),
];
const ROOT: &str = "NotificationConfiguration";
const EVENT_BRIDGE: &str = "EventBridgeConfiguration";
/// "An S3 bucket can have up to 100 event notification configurations."
const MAX_CONFIGURATIONS: usize = 100;
/// The families of events in the service's model.
const FAMILIES: [&str; 12] = [
    "IntelligentTiering",
    "LifecycleExpiration",
    "LifecycleTransition",
    "ObjectAcl",
    "ObjectAnnotation",
    "ObjectCreated",
    "ObjectRemoved",
    "ObjectRestore",
    "ObjectRetention",
    "ObjectTagging",
    "ReducedRedundancyLostObject",
    "Replication",
];

/// A notification configuration.
#[derive(Debug, Default)]
pub(super) struct Notifications {
    configurations: Vec<Configuration>,
    has_event_bridge: bool,
}

#[derive(Debug, Default)]
struct Configuration {
    /// The elements of the kind and of the receiver's ARN.
    kind: (&'static str, &'static str),
    id: Option<String>,
    receiver: String,
    events: Vec<String>,
    /// Names and values of the rules for keys.
    rules: Vec<(String, String)>,
}

impl Notifications {
    /// Reads the body of a PutBucketNotificationConfiguration request.
    pub(super) fn read(body: &[u8]) -> Result<Self, Fault> {
        let mut read = Self::default();
        let elements = document::read(body)?;
        if elements.last().is_none_or(|root| root.path != ROOT) {
            return Err(malformed());
        }
        let mut open = Configuration::default();
        let mut name = None;
        for ended in elements {
            let Some(path) = ended.path.strip_prefix(&format!("{ROOT}/")) else {
                continue;
            };
            let (kind, member) = path.split_once('/').unwrap_or((path, ""));
            if kind == EVENT_BRIDGE {
                read.has_event_bridge = true;
                continue;
            }
            let kind = KINDS.into_iter().find(|(element, _)| *element == kind);
            let kind = kind.ok_or_else(malformed)?;
            match (member, ended.text) {
                ("", _) => {
                    open.kind = kind;
                    open.check()?;
                    read.configurations.push(std::mem::take(&mut open));
                }
                ("Id", Some(id)) => open.id = Some(id).filter(|id| !id.is_empty()),
                ("Event", Some(event)) => open.events.push(event),
                ("Filter/S3Key/FilterRule/Name", Some(text)) => name = Some(text),
                ("Filter/S3Key/FilterRule/Value", Some(value)) => {
                    let name = name.take().ok_or_else(malformed)?;
                    open.rules.push((name, value));
                }
                (member, Some(arn)) if member == kind.1 => open.receiver = arn,
                ("Filter" | "Filter/S3Key" | "Filter/S3Key/FilterRule", _) => {}
                _ => return Err(malformed()),
            }
        }
        match read.configurations.len() <= MAX_CONFIGURATIONS {
            true => Ok(read),
            false => Err(invalid(format!(
                "A bucket must have at most {MAX_CONFIGURATIONS} notification configurations."
            ))),
        }
    }

    /// Reports whether no events would have to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.configurations.is_empty() && !self.has_event_bridge
    }

    /// Returns the elements of the configuration.
    pub(super) fn elements(&self) -> String {
        let mut elements: String = self
            .configurations
            .iter()
            .map(Configuration::element)
            .collect();
        if self.has_event_bridge {
            elements.push_str(&format!("<{EVENT_BRIDGE}></{EVENT_BRIDGE}>"));
        }
        elements
    }
}

impl Configuration {
    /// Checks a configuration, and gives it an id unless it has one: "If you don't provide one, Amazon S3
    /// will assign an ID."
    fn check(&mut self) -> Result<(), Fault> {
        if self.receiver.is_empty() || self.events.is_empty() {
            return Err(malformed());
        }
        for event in &self.events {
            let family = event.strip_prefix("s3:").unwrap_or_default();
            let family = family.split_once(':').map_or(family, |(family, _)| family);
            if !FAMILIES.contains(&family) {
                return Err(malformed());
            }
        }
        for (name, _) in &mut self.rules {
            *name = name.to_ascii_lowercase();
            if !["prefix", "suffix"].contains(&name.as_str()) {
                return Err(invalid("filter rule name must be either prefix or suffix"));
            }
        }
        self.rules.sort();
        if self.rules.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(invalid(
                "Cannot specify more than one prefix rule or suffix rule in a filter.",
            ));
        }
        self.id
            .get_or_insert_with(|| uuid::Uuid::new_v4().to_string());
        Ok(())
    }

    fn element(&self) -> String {
        let (kind, receiver) = self.kind;
        let id = element("Id", self.id.as_deref().unwrap_or_default());
        let events: String = self
            .events
            .iter()
            .map(|event| element("Event", event))
            .collect();
        let rules: String = self
            .rules
            .iter()
            .map(|(name, value)| {
                let (name, value) = (element("Name", name), element("Value", value));
                format!("<FilterRule>{name}{value}</FilterRule>")
            })
            .collect();
        let filter = match rules.is_empty() {
            true => String::new(),
            false => format!("<Filter><S3Key>{rules}</S3Key></Filter>"),
        };
        let receiver = element(receiver, &self.receiver);
        format!("<{kind}>{id}{receiver}{events}{filter}</{kind}>")
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidArgument", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Result<String, Fault> {
        let body = format!("<{ROOT}>{inner}</{ROOT}>");
        Notifications::read(body.as_bytes()).map(|read| read.elements())
    }

    /// The elements are those of PutBucketNotificationConfiguration in the API reference; Terraform's provider
    /// sends an id for each configuration and reads it back.
    #[test]
    fn notifications_are_read_back() {
        let function = "<CloudFunctionConfiguration><Id>f</Id>\
            <CloudFunction>arn:aws:lambda:eu-west-1:123456789012:function:f</CloudFunction>\
            <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:Delete</Event>\
            <Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value></FilterRule>\
            <FilterRule><Name>suffix</Name><Value>.csv</Value></FilterRule></S3Key></Filter>\
            </CloudFunctionConfiguration>";
        let topic = "<TopicConfiguration><Id>t</Id>\
            <Topic>arn:aws:sns:eu-west-1:123456789012:t</Topic>\
            <Event>s3:ReducedRedundancyLostObject</Event></TopicConfiguration>";
        let bridge = "<EventBridgeConfiguration></EventBridgeConfiguration>";
        for inner in [
            "",
            topic,
            function,
            bridge,
            &format!("{topic}{function}{bridge}"),
        ] {
            assert_eq!(read(inner).unwrap(), inner);
        }
        let without_id = topic.replace("<Id>t</Id>", "");
        let assigned = read(&without_id).unwrap();
        assert_ne!(assigned, topic);
        assert!(
            assigned.contains("<Id>") && !assigned.contains("<Id></Id>"),
            "{assigned}"
        );
    }

    #[test]
    fn invalid_notifications_are_refused() {
        let topic = |inner: &str| format!("<TopicConfiguration>{inner}</TopicConfiguration>");
        let event = "<Event>s3:ObjectCreated:*</Event>";
        let arn = "<Topic>arn:aws:sns:eu-west-1:123456789012:t</Topic>";
        let rule =
            |name: &str| format!("<FilterRule><Name>{name}</Name><Value>a</Value></FilterRule>");
        let filter = |rules: &str| format!("<Filter><S3Key>{rules}</S3Key></Filter>");
        for (inner, code) in [
            (topic(arn), "MalformedXML"),
            (topic(event), "MalformedXML"),
            (
                topic(&format!("{arn}<Event>s3:Anything</Event>")),
                "MalformedXML",
            ),
            (
                topic(&format!("{arn}{event}<Other>a</Other>")),
                "MalformedXML",
            ),
            ("<OtherConfiguration/>".to_owned(), "MalformedXML"),
            (
                topic(&format!("{arn}{event}{}", filter(&rule("infix")))),
                "InvalidArgument",
            ),
            (
                topic(&format!(
                    "{arn}{event}{}",
                    filter(&rule("prefix").repeat(2))
                )),
                "InvalidArgument",
            ),
            (
                topic(&format!("{arn}{event}")).repeat(101),
                "InvalidArgument",
            ),
        ] {
            assert_eq!(read(&inner).unwrap_err().code, code, "{inner:.200}");
        }
        assert_eq!(
            Notifications::read(b"<Other/>").unwrap_err().code,
            "MalformedXML"
        );
    }
}
