//! Single values of the environment.

use std::ops::RangeInclusive;

use super::{ConfigError, invalid};
use crate::rules::row_schema::{KeyAttribute, KeyAttributeFault};

/// The environment, whatever it is.
pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    /// The value as it is.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }

    /// The value if there is something in it.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A table's name, which must be there.
    pub(super) fn table(&self, name: &'static str) -> Result<String, ConfigError> {
        let value = self.get(name).ok_or_else(|| invalid(name, "is not set"))?;
        table_name(name, value)
    }

    /// A table's name.
    pub(super) fn optional_table(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        self.filled(name)
            .map(|value| table_name(name, value))
            .transpose()
    }

    /// The name of a table's key.
    pub(super) fn key_attribute(
        &self,
        name: &'static str,
        default: impl Fn() -> KeyAttribute,
        parse: impl Fn(&str) -> Result<KeyAttribute, KeyAttributeFault>,
    ) -> Result<KeyAttribute, ConfigError> {
        match self.filled(name) {
            None => Ok(default()),
            Some(value) => parse(&value).map_err(|fault| invalid(name, fault)),
        }
    }

    /// A whole number.
    pub(super) fn number(
        &self,
        name: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let Some(value) = self.filled(name) else {
            return Ok(default);
        };
        // `parse` would take a plus.
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        match value.parse() {
            Ok(number) if digits && range.contains(&number) => Ok(number),
            _ => Err(invalid(
                name,
                format_args!(
                    "is no whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            )),
        }
    }

    /// One of a few words; without a default it must be there.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        default: Option<T>,
        choices: &[(&str, T)],
    ) -> Result<T, ConfigError> {
        if let (None, Some(default)) = (self.filled(name), default) {
            return Ok(default);
        }
        let value = self.get(name).ok_or_else(|| invalid(name, "is not set"))?;
        choices
            .iter()
            .find(|(word, _)| *word == value)
            .map(|(_, choice)| *choice)
            .ok_or_else(|| {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                invalid(name, format_args!("is neither {}", words.join(" nor ")))
            })
    }

    /// Something that a function reads.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        problem: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        self.filled(name)
            .map(|value| parse(&value).ok_or_else(|| invalid(name, problem)))
            .transpose()
    }
}

/// DynamoDB takes a table's name or its ARN.
fn table_name(name: &'static str, value: String) -> Result<String, ConfigError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let well_formed = if value.starts_with("arn:") {
        value.len() <= 1024
            && value
                .bytes()
                .all(|byte| plain(byte) || b":/".contains(&byte))
    } else {
        (3..=255).contains(&value.len()) && value.bytes().all(plain)
    };
    if well_formed {
        Ok(value)
    } else {
        Err(invalid(name, "is no table name"))
    }
}
