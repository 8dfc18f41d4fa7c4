//! Which outcomes an alarm watches, by the sources of module and function.

e2e::checks![every_outcome_is_watched_or_no_fault_of_the_line,];

/// What a caller or a campaign's own rules bring about; `SMS_REFUSED`, the recipient's or AWS's, has an
/// alarm of its own.
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

/// An outcome that is new in the function stands in one of the two lists, or its alarm would be
/// forgotten. Failures need no list: whatever is one, Lambda counts.
fn every_outcome_is_watched_or_no_fault_of_the_line() {
    let alarms = e2e::outcomes::watched().unwrap();
    let faults = &alarms["faults"];
    assert!(faults.failures, "failures of the function set off no alarm");
    let mut spoken_of = faults.outcomes.clone();
    for outcome in NO_FAULT_OF_THE_LINE {
        assert!(spoken_of.insert(outcome.to_owned()), "{outcome} is in both");
    }
    let outcomes = e2e::outcomes::outcomes();
    assert_eq!(spoken_of, outcomes);
    for (name, alarm) in &alarms {
        let unknown: Vec<_> = alarm.outcomes.difference(&outcomes).collect();
        assert!(unknown.is_empty(), "{name} waits for {unknown:?}");
    }
}
