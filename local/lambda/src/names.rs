//! The names and ARNs by which callers identify a function.

use local_wire::{ACCOUNT_ID, Fault, partition};

use crate::faults;

/// The unpublished version.
pub(crate) const LATEST: &str = "$LATEST";

const NAME_PATTERN: &str = "Member must satisfy regular expression pattern: \
    (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?\
    ([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

/// A function as a caller named it: by name, partial ARN or ARN, with or without a qualifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionRef {
    /// Region of the caller. Functions of other regions cannot be named.
    pub(crate) region: String,
    /// The name without ARN and qualifier.
    pub(crate) name: String,
    /// Version or alias.
    pub(crate) qualifier: Option<String>,
}

impl FunctionRef {
    /// Parses a name. `qualifier` is a separately given one.
    pub(crate) fn parse(
        text: &str,
        qualifier: Option<String>,
        region: &str,
    ) -> Result<Self, Fault> {
        let malformed = || faults::constraint(text, "functionName", NAME_PATTERN);
        let mut parts: Vec<&str> = text.split(':').collect();
        if parts.first() == Some(&"arn") {
            if parts.len() < 7 || parts[2] != "lambda" || parts[5] != "function" {
                return Err(malformed());
            }
            parts.drain(..3);
        }
        if parts.len() > 1 && is_region(parts[0]) {
            if parts[0] != region {
                return Err(faults::not_found(format!(
                    "Functions from '{}' are not reachable in this region ('{region}')",
                    parts[0]
                )));
            }
            parts.remove(0);
        }
        if parts.len() > 1 && parts[0].len() == 12 && parts[0].bytes().all(|b| b.is_ascii_digit()) {
            if parts[0] != ACCOUNT_ID {
                return Err(Fault::new(
                    403,
                    "AccessDeniedException",
                    format!(
                        "the function must be in account {ACCOUNT_ID}, but {text} is in another one"
                    ),
                ));
            }
            parts.remove(0);
        }
        if parts.len() > 1 && parts[0] == "function" {
            parts.remove(0);
        }
        let (name, own_qualifier) = match parts[..] {
            [name] => (name, None),
            [name, qualifier] => (name, Some(qualifier)),
            _ => return Err(malformed()),
        };
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_name_byte) {
            return Err(malformed());
        }
        let qualifier = match (own_qualifier, qualifier) {
            (Some(own), Some(given)) if own != given => {
                return Err(faults::invalid(
                    "The derived qualifier from the function name does not match the specified \
                     qualifier.",
                ));
            }
            (Some(own), _) => Some(own.to_owned()),
            (None, given) => given,
        };
        if let Some(qualifier) = &qualifier {
            check_qualifier(qualifier)?;
        }
        Ok(Self {
            region: region.to_owned(),
            name: name.to_owned(),
            qualifier,
        })
    }

    /// Returns the region of a full function ARN.
    pub(crate) fn region_of(arn: &str) -> Option<&str> {
        let mut parts = arn.split(':');
        (parts.next() == Some("arn") && parts.nth(1) == Some("lambda"))
            .then(|| parts.next())
            .flatten()
    }

    /// Returns the ARN without a qualifier.
    pub(crate) fn arn(&self) -> String {
        function_arn(&self.region, &self.name)
    }

    /// Returns the ARN with the caller's qualifier.
    pub(crate) fn qualified_arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.arn()),
            None => self.arn(),
        }
    }
}

/// Returns the ARN of a function.
pub(crate) fn function_arn(region: &str, name: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:lambda:{region}:{ACCOUNT_ID}:function:{name}")
}

/// Validates the name of an alias, which must not be a number, since that would be a version.
pub(crate) fn check_alias_name(name: &str) -> Result<(), Fault> {
    let valid = !name.is_empty()
        && name.len() <= 128
        && name.bytes().all(is_name_byte)
        && !name.bytes().all(|byte| byte.is_ascii_digit());
    if valid {
        Ok(())
    } else {
        Err(faults::constraint(
            name,
            "name",
            "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        ))
    }
}

fn check_qualifier(qualifier: &str) -> Result<(), Fault> {
    let valid = qualifier == LATEST
        || (!qualifier.is_empty() && qualifier.len() <= 128 && qualifier.bytes().all(is_name_byte));
    if valid {
        Ok(())
    } else {
        Err(faults::constraint(
            qualifier,
            "qualifier",
            "Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
        ))
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Reports whether a part of a partial ARN is a region, such as `ap-northeast-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3
        && (parts[0].len() == 2 || parts[0] == "eusc")
        && parts[..parts.len() - 1]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()))
        && parts[parts.len() - 1].len() == 1
        && parts[parts.len() - 1]
            .bytes()
            .all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<FunctionRef, Fault> {
        FunctionRef::parse(text, None, "ap-northeast-1")
    }

    #[test]
    fn every_form_of_a_name_is_read() {
        for text in [
            "pin",
            "function:pin",
            "123456789012:function:pin",
            "123456789012:pin",
            "ap-northeast-1:123456789012:function:pin",
            "arn:aws:lambda:ap-northeast-1:123456789012:function:pin",
        ] {
            let plain = parse(text).unwrap();
            assert_eq!(
                (plain.name.as_str(), plain.qualifier),
                ("pin", None),
                "{text}"
            );
            let qualified = parse(&format!("{text}:live")).unwrap();
            assert_eq!(qualified.qualifier.as_deref(), Some("live"), "{text}");
            assert_eq!(
                qualified.qualified_arn(),
                "arn:aws:lambda:ap-northeast-1:123456789012:function:pin:live"
            );
        }
    }

    #[test]
    fn invalid_and_foreign_names_are_rejected() {
        assert_eq!(parse("a b").unwrap_err().code, "ValidationException");
        assert_eq!(parse("a:b:c:d").unwrap_err().code, "ValidationException");
        assert_eq!(
            parse("arn:aws:lambda:us-east-1:123456789012:function:pin")
                .unwrap_err()
                .code,
            "ResourceNotFoundException"
        );
        assert_eq!(
            parse("999999999999:function:pin").unwrap_err().code,
            "AccessDeniedException"
        );
        assert_eq!(
            FunctionRef::parse("pin:1", Some("2".into()), "ap-northeast-1")
                .unwrap_err()
                .code,
            "InvalidParameterValueException"
        );
    }

    #[test]
    fn the_region_of_an_arn_is_found() {
        assert_eq!(
            FunctionRef::region_of("arn:aws:lambda:eu-west-1:123456789012:function:pin"),
            Some("eu-west-1")
        );
        assert_eq!(FunctionRef::region_of("pin"), None);
    }
}
