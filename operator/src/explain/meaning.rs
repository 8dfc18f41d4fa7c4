//! The meaning of outcomes, and what to do about each: the list of docs/runbook.md in sentences.

/// The explanation of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The reason for what the caller got.
    pub sentence: &'static str,
    /// The remedy.
    pub action: &'static str,
}

/// Returns the explanation of an outcome other than `MEMBER` and `SENT`, which need more evidence; returns
/// nothing for a code that this version does not know.
pub fn of(outcome: &str) -> Option<Meaning> {
    let (sentence, action) = match outcome {
        "SENT_BEFORE" => (
            "the contact had the message already, so the repetition sent none",
            "nothing: the message was sent once",
        ),
        "NOT_A_MEMBER" => (
            "the caller's number is in no row of the member table",
            "give `members add`, if the caller is a member: a second phone has a number of its own",
        ),
        "CALLER_UNKNOWN" => (
            "the number was withheld, or is not a number",
            "ask the caller to show the number",
        ),
        "PIN_INVALID" => (
            "nothing was entered, or something that cannot be a PIN",
            "check the caller's phone and pin.between_key_seconds",
        ),
        "PIN_TOO_SHORT" => (
            "the PIN had fewer digits than pin.min_length",
            "check the PIN that was announced",
        ),
        "PIN_NOT_FOUND" => (
            "the PIN is in no row",
            "compare the PIN that the caller entered with the one that was announced; leading zeros count",
        ),
        "LOCKED" => (
            "the caller is locked out: there were too many wrong PINs, of this number or of all numbers together",
            "wait for the next hour or the next day (UTC), or raise the limits in guessing",
        ),
        "CAMPAIGN_DISABLED" => (
            "the campaign is paused",
            "give `campaigns resume`, if it should go on",
        ),
        "CAMPAIGN_NOT_STARTED" => (
            "the campaign has not started yet",
            "correct the row's startsAt, if it should have",
        ),
        "CAMPAIGN_EXPIRED" => (
            "the campaign is over",
            "correct the row's expiresAt, if it should go on",
        ),
        "CAMPAIGN_EXHAUSTED" => (
            "the campaign was redeemed as often as it may be",
            "raise the row's maxRedemptions, if it should go on",
        ),
        "ALREADY_REDEEMED" => (
            "the member has redeemed the campaign, and may do so once",
            "nothing, or remove the row's singleUsePerMember",
        ),
        "CAMPAIGN_INVALID" => (
            "the function cannot use the campaign's row",
            "give `rows check`, which names the attribute, and correct the row",
        ),
        "NUMBER_NOT_ALLOWED" => (
            "the line sends no messages to the caller's kind of number",
            "land lines cannot receive SMS; otherwise widen sms.country_prefixes or sms.mobile_pattern",
        ),
        "OPTED_OUT" => (
            "the member wants no messages: the row's optedOut is true",
            "nothing, or correct the row",
        ),
        "SMS_LIMIT" => (
            "the member has had the day's messages",
            "wait for the next day (UTC), or raise sms.per_member_per_day",
        ),
        "SMS_TOO_LONG" => (
            "the text needs more than three parts",
            "shorten the row's URL or message, or sms.template",
        ),
        "SMS_REFUSED" => (
            "AWS refused the message",
            "read AWS's code in the cause above; see sms_failures in docs/runbook.md",
        ),
        "SMS_FAILED" => (
            "it is unknown whether the message was sent, or AWS was too busy or unreachable",
            "ask the caller to call again; see sms_failures in docs/runbook.md",
        ),
        "BUSY" | "OutOfTime" => (
            "the remaining time was too short",
            "see duration in docs/runbook.md",
        ),
        "MemberTableUnreadable"
        | "BenefitsTableUnreadable"
        | "BenefitsTableUnwritable"
        | "AttemptsTableUnusable" => (
            "a table gave no answer",
            "read DynamoDB's code in the cause above: access, throttling or a missing table",
        ),
        "PinKeyUnavailable" => (
            "KMS did not compute the key of the PIN",
            "read KMS's code in the cause above",
        ),
        "MemberRowInvalid" => (
            "the member's row has no usable id",
            "give `rows check`, which names the reason, and correct the row",
        ),
        "MalformedEvent" | "CommandNotFound" => (
            "a flow other than the line's invoked the function",
            "find that flow, and remove the function from it",
        ),
        _ => return None,
    };
    Some(Meaning { sentence, action })
}

#[cfg(test)]
mod tests {
    use connect_pin_sms::rules::failure::Failure;
    use connect_pin_sms::rules::outcome::Outcome;

    use super::*;

    #[test]
    fn every_outcome_of_the_function_is_explained() {
        let codes = Outcome::log_codes().chain(Failure::ERROR_TYPES.iter().copied());
        for code in codes {
            // These two depend on what happened next.
            assert_eq!(
                of(code).is_none(),
                ["MEMBER", "SENT"].contains(&code),
                "{code}"
            );
        }
        assert_eq!(of("SOMETHING_NEW"), None);
    }
}
