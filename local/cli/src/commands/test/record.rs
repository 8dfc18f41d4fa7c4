//! Places a call and writes it as a test case.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::Write;

use anyhow::{Context, bail};
use local_account::{CallRequest, CallStep};
use local_connect::{CallEvent, conversation};
use serde_json::json;

use crate::commands::call::only_number;
use crate::options::{Reach, TestRecord};
use crate::screen::Screen;

/// Places the call, prints it, and writes the file.
///
/// # Errors
/// When no account answers, the call is not answered or stops with an error, or the file exists.
pub(super) async fn run(options: &TestRecord, reach: &Reach, screen: Screen) -> anyhow::Result<()> {
    let output = options.output.display().to_string();
    // Before the call, so that none is lost for a file that exists.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&options.output)
        .with_context(|| {
            format!("{output} must be a file that can be written and does not exist")
        })?;
    let written = call(options, reach, screen).await.and_then(|text| {
        let written = file.write_all(text.as_bytes());
        written.with_context(|| format!("cannot write {output}"))
    });
    if let Err(error) = written {
        // An empty file would look like a recording; the first error is the one to report.
        std::fs::remove_file(&options.output).ok();
        return Err(error);
    }
    screen.say(&format!("written: {output}"))?;
    screen.result(json!({ "type": "recorded", "file": output }))?;
    Ok(())
}

async fn call(options: &TestRecord, reach: &Reach, screen: Screen) -> anyhow::Result<String> {
    let account = reach.client();
    let to = match &options.to {
        Some(number) => number.clone(),
        None => only_number(&account).await?,
    };
    screen.dialling(options.from.as_deref(), &to)?;
    let request = CallRequest {
        to: to.clone(),
        from: options.from.clone(),
        script: None,
    };
    let mut left: VecDeque<_> = options.press.iter().cloned().collect();
    let mut entries = Vec::new();
    let mut turn = account.dial(&request).await?;
    let mut events = turn.events;
    while turn.waiting {
        let step = match left.pop_front() {
            Some(keys) => {
                entries.push(keys.clone());
                CallStep::Press(keys)
            }
            None if options.hang_up => CallStep::HangUp,
            None => CallStep::Wait,
        };
        turn = account.step(&turn.id, &step).await?;
        events.append(&mut turn.events);
    }
    screen.call(&events, &entries)?;
    let stopped = |event: &CallEvent| matches!(event, CallEvent::Ended { regular: false, .. });
    if events.iter().any(stopped) {
        bail!("the flow stopped with an error, so no test case was written; see the last line");
    }
    let stem = options.output.file_stem().unwrap_or_default();
    let name = match &options.name {
        Some(name) => name.clone(),
        None => stem.to_string_lossy().into_owned(),
    };
    let case = conversation(options.from.clone(), to, &events, &entries).test_case(&name);
    let text = serde_json::to_string_pretty(&case).context("cannot write the test case as JSON")?;
    Ok(format!("{text}\n"))
}
