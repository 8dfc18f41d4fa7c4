//! The values of environment variables, by their types.

use std::ops::RangeInclusive;

use super::error::{ConfigError, invalid, invalid_value};
use crate::rules::row_schema::{KeyAttribute, KeyAttributeFault};

/// The environment variables.
pub(super) struct Variables<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    /// Returns the value unchanged.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }

    /// Returns the value, unless it is empty.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Reads a table's name, which must be set.
    pub(super) fn table(&self, name: &'static str) -> Result<String, ConfigError> {
        let value = self.get(name).ok_or_else(|| invalid(name, "must be set"))?;
        table_name(name, value)
    }

    /// Reads a table's name, if it is set.
    pub(super) fn optional_table(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        self.filled(name)
            .map(|value| table_name(name, value))
            .transpose()
    }

    /// Reads the name of a table's key.
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

    /// Reads a whole number.
    pub(super) fn number(
        &self,
        name: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let Some(value) = self.filled(name) else {
            return Ok(default);
        };
        // `parse` would accept a plus sign.
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        match value.parse() {
            Ok(number) if digits && range.contains(&number) => Ok(number),
            _ => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(invalid_value(name, &expected, &value))
            }
        }
    }

    /// Reads one of a few words; without a default the variable must be set.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        default: Option<T>,
        choices: &[(&str, T)],
    ) -> Result<T, ConfigError> {
        if let (None, Some(default)) = (self.filled(name), default) {
            return Ok(default);
        }
        let value = self.get(name).ok_or_else(|| invalid(name, "must be set"))?;
        choices
            .iter()
            .find(|(word, _)| *word == value)
            .map(|(_, choice)| *choice)
            .ok_or_else(|| {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                invalid_value(name, &words.join(" or "), &value)
            })
    }

    /// Reads a value with `parse`; `expected` describes the valid values in the error.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        self.filled(name)
            .map(|value| parse(&value).ok_or_else(|| invalid_value(name, expected, &value)))
            .transpose()
    }
}

/// Checks a table's name, or its ARN, which DynamoDB accepts as well.
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
        let expected = "the name or ARN of a DynamoDB table";
        Err(invalid_value(name, expected, &value))
    }
}
