//! Places the planned calls and records what the callers heard.

use anyhow::Context;
use local_account::Account;
use local_connect::CallerId;
use local_harness::telephone;

use crate::options::PlannedCall;
use crate::transcript::TranscriptLine;

/// A call that was placed: its lines, and those of the messages that it sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    /// The caller's number; `None` if it was withheld.
    pub(super) from: Option<String>,
    pub(super) to: String,
    pub(super) lines: Vec<TranscriptLine>,
}

impl Heard {
    /// Returns the same call of the previous round.
    pub(super) fn before<'a>(&self, round: &'a [Self], index: usize) -> Option<&'a Self> {
        round
            .get(index)
            .filter(|before| before.from == self.from && before.to == self.to)
    }
}

/// Places each call, one after the other, to each number that the account has claimed.
///
/// # Errors
/// When no number is claimed, or a number does not answer.
pub(super) async fn place(account: &Account, calls: &[PlannedCall]) -> anyhow::Result<Vec<Heard>> {
    let numbers = account.client().numbers().await?;
    anyhow::ensure!(
        !numbers.is_empty(),
        "the stack must claim a phone number, but has claimed none"
    );
    // The example's limit is for a month on AWS, not for a day of changes.
    account.forget_sms_spending();
    let mut heard = Vec::new();
    for to in &numbers {
        for call in calls {
            heard.push(place_one(account, &to.number, call).await?);
        }
    }
    Ok(heard)
}

async fn place_one(account: &Account, to: &str, planned: &PlannedCall) -> anyhow::Result<Heard> {
    let sent_before = account.outbox().messages().len();
    let caller = match &planned.from {
        Some(number) => CallerId::Number(number.clone()),
        None => CallerId::Withheld,
    };
    let mut call = telephone::place(account.connect(), to, caller, &planned.entries)
        .await
        .with_context(|| format!("{to} cannot be called"))?;
    // A caller without further keys waits for the line to end the call.
    while call.is_waiting() {
        call.wait().await;
    }
    let mut lines = TranscriptLine::of_call(call.events(), &planned.entries);
    // Other callers may be using the line at the same time; their messages do not belong to this call.
    let messages = account.outbox().messages();
    let own = messages
        .iter()
        .skip(sent_before)
        .filter(|message| planned.from.as_ref() == Some(&message.phone_number));
    lines.extend(own.flat_map(TranscriptLine::of_message));
    Ok(Heard {
        from: planned.from.clone(),
        to: to.to_owned(),
        lines,
    })
}
