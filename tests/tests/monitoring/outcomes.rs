//! Compares the outcomes that alarms watch with the function's codes.

e2e::checks![every_outcome_is_watched_or_no_fault_of_the_line,];

/// Outcomes that callers or a campaign's rules cause. `SMS_REFUSED`, which the recipient or AWS causes, has
/// an alarm of its own.
const NO_FAULT_OF_THE_LINE: [&str; 18] = [
    "ALREADY_REDEEMED",
    "CALLER_UNKNOWN",
    "CAMPAIGN_DISABLED",
    "CAMPAIGN_EXHAUSTED",
    "CAMPAIGN_EXPIRED",
    "CAMPAIGN_NOT_STARTED",
    "LOCKED",
    "MEMBER",
    "NOT_A_MEMBER",
    "NUMBER_NOT_ALLOWED",
    "OPTED_OUT",
    "PIN_INVALID",
    "PIN_NOT_FOUND",
    "PIN_TOO_SHORT",
    "SENT",
    "SENT_BEFORE",
    "SMS_LIMIT",
    "SMS_REFUSED",
];

/// A new outcome of the function must be added to one of the two lists. Failures need no list, because
/// Lambda counts all of them.
fn every_outcome_is_watched_or_no_fault_of_the_line() {
    let alarms = e2e::outcomes::watched().unwrap();
    let faults = &alarms["faults"];
    assert!(faults.failures, "the alarm on faults must count failures");
    let mut listed = faults.outcomes.clone();
    for outcome in NO_FAULT_OF_THE_LINE {
        assert!(
            listed.insert(outcome.to_owned()),
            "{outcome} must be in one list only"
        );
    }
    let outcomes = e2e::outcomes::outcomes();
    assert_eq!(listed, outcomes);
    for (name, alarm) in &alarms {
        let unknown: Vec<_> = alarm.outcomes.difference(&outcomes).collect();
        assert!(
            unknown.is_empty(),
            "{name} watches codes that the function does not have: {unknown:?}"
        );
    }
}
