//! The fault rules of a running account.

use std::path::Path;

use anyhow::Context;
use local_account::{FaultReport, FaultRule};

use crate::options::{FaultCommand, FaultOptions};
use crate::screen::{Printed, Screen};

/// Sets, clears or shows the rules.
///
/// # Errors
/// When the file is not a valid list of rules, or no account answers.
pub async fn run(options: &FaultOptions, screen: Screen) -> anyhow::Result<()> {
    let client = options.reach.client();
    match &options.command {
        Some(FaultCommand::Set { file }) => {
            let reports = client.set_faults(&read(file)?).await?;
            show(&reports, screen)?;
        }
        Some(FaultCommand::Clear) => {
            client.clear_faults().await?;
            screen.say("All fault rules are removed.")?;
        }
        Some(FaultCommand::Show) | None => show(&client.faults().await?, screen)?,
    }
    Ok(())
}

fn show(reports: &[FaultReport], screen: Screen) -> Printed {
    if reports.is_empty() {
        screen.say("There are no fault rules.")?;
    }
    for (index, report) in reports.iter().enumerate() {
        screen.fault(index + 1, report)?;
    }
    Ok(())
}

/// Reads a file of rules.
///
/// # Errors
/// The error names the file, the rule and the mistake.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<FaultRule>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the fault rules in {}", file.display()))?;
    FaultRule::read_all(&text).with_context(|| format!("{} cannot be used", file.display()))
}
