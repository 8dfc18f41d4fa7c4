//! The outcomes that the module's function answers, in plain words.
//!
//! Known from the contract between the module's flow and function: `sendSms` answers `result`
//! `Success`, or `Failed` with a `reason`; `getMemberId` answers a `memberId`, which is `-1` for callers
//! who are not members. A member's id is never read, and a caller who must not find out is answered
//! like a member, so such an answer has no outcome here.

use serde_json::Value;

/// An outcome: its code, and the sentence that explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineOutcome {
    /// The code that flows branch on.
    pub code: &'static str,
    /// The explanation, in plain words.
    pub words: &'static str,
}

const fn outcome(code: &'static str, words: &'static str) -> LineOutcome {
    LineOutcome { code, words }
}

const SENT: LineOutcome = outcome("SENT", "the message was handed over to the SMS service");
const NOT_A_MEMBER: LineOutcome = outcome(
    "NOT_A_MEMBER",
    "the caller's number is not in the members table",
);

/// The codes of the function, each once.
pub const OUTCOMES: [LineOutcome; 19] = [
    SENT,
    NOT_A_MEMBER,
    outcome(
        "PIN_INVALID",
        "the caller entered no PIN, or something that cannot be one",
    ),
    outcome(
        "PIN_TOO_SHORT",
        "the PIN has fewer digits than any PIN of the line",
    ),
    outcome(
        "CALLER_UNKNOWN",
        "the caller's number is withheld, so there is no number to send to",
    ),
    outcome(
        "LOCKED",
        "there were too many wrong PINs; the next hour or the next day unlocks",
    ),
    outcome("PIN_NOT_FOUND", "no campaign has this PIN"),
    outcome("CAMPAIGN_DISABLED", "the campaign is switched off"),
    outcome("CAMPAIGN_NOT_STARTED", "the campaign has not started yet"),
    outcome("CAMPAIGN_EXPIRED", "the campaign has ended"),
    outcome(
        "CAMPAIGN_EXHAUSTED",
        "the campaign has been redeemed as often as it may be",
    ),
    outcome(
        "ALREADY_REDEEMED",
        "the member has redeemed the campaign, and may do so once",
    ),
    outcome(
        "CAMPAIGN_INVALID",
        "the row of the campaign cannot be used; the function's log names the mistake",
    ),
    outcome(
        "NUMBER_NOT_ALLOWED",
        "messages do not go to this number: its country, its kind, or the member's wish",
    ),
    outcome(
        "SMS_LIMIT",
        "the caller has had the messages of the day (sms.per_member_per_day)",
    ),
    outcome(
        "SMS_TOO_LONG",
        "the text needs more parts than one message may have",
    ),
    outcome(
        "SMS_REFUSED",
        "the SMS service refused the message; nothing was sent",
    ),
    outcome(
        "SMS_FAILED",
        "the SMS service could not be used; the function's log has the cause",
    ),
    outcome("BUSY", "too little time was left to begin a request"),
];

/// Returns the outcome of this code.
pub fn named(code: &str) -> Option<LineOutcome> {
    OUTCOMES.into_iter().find(|outcome| outcome.code == code)
}

/// Returns the outcome in an answer of a function, if it is one of the module's.
pub(super) fn of_answer(answer: &[u8]) -> Option<LineOutcome> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    match (answer["result"].as_str(), answer["memberId"].as_str()) {
        (Some("Success"), _) => Some(SENT),
        (Some("Failed"), _) => named(answer["reason"].as_str()?),
        (None, Some("-1")) => Some(NOT_A_MEMBER),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The answers are those that docs/flow.md shows. The id of a member, and anything that another
    /// function answers, must not become an outcome: it may be a PIN or a number.
    #[test]
    fn an_answer_gives_its_code_and_nothing_else() {
        let code =
            |answer: Value| of_answer(answer.to_string().as_bytes()).map(|outcome| outcome.code);
        assert_eq!(code(json!({ "result": "Success" })), Some("SENT"));
        for code_of_reason in ["PIN_NOT_FOUND", "SMS_LIMIT"] {
            let answer = json!({ "result": "Failed", "reason": code_of_reason });
            assert_eq!(code(answer), Some(code_of_reason));
        }
        assert_eq!(code(json!({ "memberId": "-1" })), Some("NOT_A_MEMBER"));
        for silent in [
            json!({ "memberId": "0" }),
            json!({ "memberId": "M-0001" }),
            json!({ "result": "Failed", "reason": "+819012345678" }),
            json!({ "result": "Failed", "reason": "0042" }),
            json!({ "result": "Done" }),
            json!("SENT"),
        ] {
            assert_eq!(code(silent.clone()), None, "{silent}");
        }
        assert_eq!(of_answer(b"SENT"), None);
    }
}
