//! Rules that stand for refusals of the service, which `connect-flow` finds.

use crate::rules::{Check, Rule, Severity, example};

pub(super) static BLOCK_NOT_ALLOWED: Rule = Rule {
    id: "service/block-not-allowed",
    severity: Severity::Error,
    summary: "A block must be one that its kind of flow may contain.",
    explanation: "Each type of block is available in some kinds of flow: a hold flow, for example, cannot ask the caller for keys. The kinds are those of the action's page in Amazon Connect's API reference; the kind of a file is given with `--type` or in the settings.",
    remedy: "Check that `--type` is the flow's own, and move the block to a flow that may contain it.",
    bad: example!("block-not-allowed.bad.json", CUSTOMER_HOLD),
    good: example!("block-not-allowed.good.json", CUSTOMER_HOLD),
    check: Check::Service,
};

pub(super) static EXCLUSIVE_PROPERTIES: Rule = Rule {
    id: "service/exclusive-properties",
    severity: Severity::Error,
    summary: "Of properties that exclude each other, one may be given.",
    explanation: "A prompt, for example, is a text, SSML, a recording or a file. The message is the service's own, as public projects recorded it.",
    remedy: "Keep one of the properties that the message lists.",
    bad: example!("exclusive-properties.bad.json"),
    good: example!("exclusive-properties.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_CONDITION: Rule = Rule {
    id: "service/invalid-condition",
    severity: Severity::Error,
    summary: "A block must have conditions that its type supports, with operators and operands of that type.",
    explanation: "A menu compares one key with `Equals`; a loop needs both of its conditions; a message has none. Known from the action's page in the API reference and from refusals that public projects recorded.",
    remedy: "Compare the conditions with those of the action's page in the API reference.",
    bad: example!("invalid-condition.bad.json"),
    good: example!("invalid-condition.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_CONTENT: Rule = Rule {
    id: "service/invalid-content",
    severity: Severity::Error,
    summary: "The content must be an object of at most 256,000 characters and 250 actions.",
    explanation: "These are the limits of CreateContactFlow and of the Flow language in AWS's documentation.",
    remedy: "Move a part of the flow into a module or into a flow of its own.",
    bad: example!("invalid-content.bad.json"),
    good: example!("invalid-content.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_ERROR_BRANCH: Rule = Rule {
    id: "service/invalid-error-branch",
    severity: Severity::Error,
    summary: "An error branch must be one that the type of block has, and may occur once.",
    explanation: "The service refuses an error type that the block never reports, and one that is listed twice. Recorded on the service by public projects.",
    remedy: "Remove the branch, or correct the spelling of its `ErrorType`.",
    bad: example!("invalid-error-branch.bad.json"),
    good: example!("invalid-error-branch.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_FIELD: Rule = Rule {
    id: "service/invalid-field",
    severity: Severity::Error,
    summary: "The content must have `Version`, `StartAction` and `Actions`; a module, and only a module, has `Settings`.",
    explanation: "The service reports a field that is missing under its name in lower case. Recorded for modules; the other fields follow the same pattern.",
    remedy: "Add the field, or check a module with `--type MODULE`.",
    bad: example!("invalid-field.bad.json"),
    good: example!("invalid-field.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_IDENTIFIER: Rule = Rule {
    id: "service/invalid-identifier",
    severity: Severity::Error,
    summary: "An identifier must be unique, have at most 50 characters, and none of `% : ( \\ / ) = $ , ; [ ] { }`.",
    explanation: "These are the rules of the Flow language in AWS's documentation, which also excludes the names that every JavaScript object has, such as `constructor`.",
    remedy: "Rename the block, and each `NextAction` that names it.",
    bad: example!("invalid-identifier.bad.json"),
    good: example!("invalid-identifier.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_JSON: Rule = Rule {
    id: "service/invalid-json",
    severity: Severity::Error,
    summary: "The content must be JSON.",
    explanation: "The service accepts no comments, no commas after a last member and no byte order mark. The message has the reason of the parser here; the service's own is not known.",
    remedy: "Correct the text at this place.",
    bad: example!("invalid-json.bad.json"),
    good: example!("invalid-json.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_PROPERTY: Rule = Rule {
    id: "service/invalid-property",
    severity: Severity::Error,
    summary: "A property must have a value that the service accepts.",
    explanation: "Numbers have bounds, choices have names, some properties take a text without references and some nothing but a reference, and no text may be empty. The message is the service's own, as public projects recorded it.",
    remedy: "Compare the value with the property on the action's page in the API reference.",
    bad: example!("invalid-property.bad.json"),
    good: example!("invalid-property.good.json"),
    check: Check::Service,
};

pub(super) static INVALID_VERSION: Rule = Rule {
    id: "service/invalid-version",
    severity: Severity::Error,
    summary: "`Version` must be `2019-10-30`.",
    explanation: "It is the only version of the Flow language in AWS's documentation.",
    remedy: "Write `\"Version\": \"2019-10-30\"`.",
    bad: example!("invalid-version.bad.json"),
    good: example!("invalid-version.good.json"),
    check: Check::Service,
};

pub(super) static MISSING_ERROR_BRANCH: Rule = Rule {
    id: "service/missing-error-branch",
    severity: Severity::Error,
    summary: "A block must have the error branches that its type requires.",
    explanation: "Most blocks that can fail need `NoMatchingError`, a menu needs `InputTimeLimitExceeded` and `NoMatchingCondition` as well. The service reports each missing one; recorded by public projects.",
    remedy: "Add an entry with this `ErrorType` to `Errors`.",
    bad: example!("missing-error-branch.bad.json"),
    good: example!("missing-error-branch.good.json"),
    check: Check::Service,
};

pub(super) static MISSING_PROPERTY: Rule = Rule {
    id: "service/missing-property",
    severity: Severity::Error,
    summary: "A block must have the properties that its type requires.",
    explanation: "`NextAction` is one of them, also of blocks that never follow it. The message is the service's own, as public projects recorded it.",
    remedy: "Add the property that the path names.",
    bad: example!("missing-property.bad.json"),
    good: example!("missing-property.good.json"),
    check: Check::Service,
};

pub(super) static TRANSITIONS_OF_TERMINAL: Rule = Rule {
    id: "service/transitions-of-terminal",
    severity: Severity::Error,
    summary: "A block that ends the flow must have no transitions.",
    explanation: "`Transitions` of DisconnectParticipant, EndFlowExecution and their like is `{}`. Known from AWS's documentation of the Flow language.",
    remedy: "Write `\"Transitions\": {}`.",
    bad: example!("transitions-of-terminal.bad.json"),
    good: example!("transitions-of-terminal.good.json"),
    check: Check::Service,
};

pub(super) static UNKNOWN_BLOCK_TYPE: Rule = Rule {
    id: "service/unknown-block-type",
    severity: Severity::Error,
    summary: "The type of a block must be one of the Flow language.",
    explanation: "Names of the older language and of flow logs, such as `PlayPrompt` or `SetAttributes`, are refused. Recorded on the service by public projects.",
    remedy: "Use the name of the action's page in the API reference.",
    bad: example!("unknown-block-type.bad.json"),
    good: example!("unknown-block-type.good.json"),
    check: Check::Service,
};

pub(super) static UNKNOWN_PROPERTY: Rule = Rule {
    id: "service/unknown-property",
    severity: Severity::Error,
    summary: "A block must have no properties but those of its type.",
    explanation: "The service refuses a name that it does not know before it looks for missing ones. The message is the service's own, as public projects recorded it.",
    remedy: "Remove the property, or correct the spelling of its name.",
    bad: example!("unknown-property.bad.json"),
    good: example!("unknown-property.good.json"),
    check: Check::Service,
};

pub(super) static UNKNOWN_TARGET: Rule = Rule {
    id: "service/unknown-target",
    severity: Severity::Error,
    summary: "`StartAction` and each `NextAction` must name a block of the flow.",
    explanation: "Identifiers are compared exactly, capitals included. Known from AWS's documentation of the Flow language.",
    remedy: "Correct the name, or add the block.",
    bad: example!("unknown-target.bad.json"),
    good: example!("unknown-target.good.json"),
    check: Check::Service,
};
