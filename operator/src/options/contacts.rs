//! The options of `rows`, `explain` and `forget`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::account::{LineOptions, country};
use crate::rows::phone::Country;

/// The commands for rows.
#[derive(Debug, Subcommand, Clone)]
pub enum RowsCommand {
    /// List the rows of members and campaigns that the function cannot use, each with its reason
    ///
    /// With such rows the exit code is 1.
    #[command(after_help = "Example:\n  connect-local rows check --line campaign-line")]
    Check(CheckRows),
}

/// The options for checking rows.
#[derive(Debug, Args, Clone)]
pub struct CheckRows {
    /// The line.
    #[command(flatten)]
    pub line: LineOptions,
}

/// The options for explaining calls.
#[derive(Debug, Args, Clone)]
pub struct Explain {
    /// Number of the caller, as people write it
    #[arg(long, value_name = "NUMBER", required_unless_present = "contact")]
    pub caller: Option<String>,

    /// Id of the contact
    #[arg(long, value_name = "ID", conflicts_with = "caller")]
    pub contact: Option<String>,

    /// Age of the oldest line to read: a number with m, h or d
    #[arg(long, value_name = "AGE", default_value = "2h", value_parser = age)]
    pub since: Duration,

    /// Log group of the flow. Default: that of --outputs
    #[arg(long, value_name = "NAME")]
    pub flow_log_group: Option<String>,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,
}

/// The options for removing the traces of a number.
#[derive(Debug, Args, Clone)]
pub struct Forget {
    /// The number, as people write it
    #[arg(value_name = "NUMBER")]
    pub number: String,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,

    /// Remove what can be removed
    #[arg(long)]
    pub yes: bool,
}

/// Reads an age, such as `90m`, `2h` or `7d`.
fn age(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("must be a whole number from 1 with m, h or d, such as 2h, was {text:?}");
    let (at, unit) = text.char_indices().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let digits = text.get(..at).unwrap_or_default();
    let count: u32 = digits.parse().map_err(|_| wrong())?;
    if count == 0 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok(Duration::from_secs(u64::from(count) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_with_its_unit() {
        for (text, seconds) in [("90m", 5400), ("2h", 7200), ("7d", 604_800)] {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "h", "2", "0h", "2 h", "+2h", "-2h", "2w", "２h", "2日"] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }
}
