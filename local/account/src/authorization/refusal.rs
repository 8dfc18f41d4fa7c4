//! Writes refusals in the words and codes of AWS.

use local_iam::{Decision, Denial};
use local_wire::{Fault, Protocol};

use super::Decided;
use super::required_actions::RequiredAction;
use crate::services;
use crate::signers::Signer;

/// Returns the reason of a denial, as the end of AWS's sentence; `None` if the decision allows the
/// action.
pub(super) fn reason(decision: &Decision, action: &str) -> Option<String> {
    Some(match decision {
        Decision::Allowed(_) => return None,
        Decision::Denied(Denial::Explicit { boundary, .. }) => {
            let place = match boundary {
                true => "a permissions boundary",
                false => "an identity-based policy",
            };
            format!("with an explicit deny in {place}")
        }
        Decision::Denied(Denial::NoIdentityPolicy) => {
            format!("because no identity-based policy allows the {action} action")
        }
        Decision::Denied(Denial::NoBoundary) => {
            format!("because no permissions boundary allows the {action} action")
        }
        Decision::Undecided(sentence) => {
            format!("because the local account cannot decide it: {sentence}")
        }
    })
}

/// Adds to a reason which policies of the principal could not be evaluated.
pub(super) fn naming(reason: String, decided: &Decided) -> String {
    let missing = matches!(
        decided.decision,
        Decision::Denied(Denial::NoIdentityPolicy | Denial::NoBoundary)
    );
    match (missing, decided.undocumented.as_slice()) {
        (false, _) | (_, []) => reason,
        (true, policies) => format!(
            "{reason} (the local account does not have the documents of {}, which grant nothing in it)",
            policies.join(", ")
        ),
    }
}

/// Returns the reason of a denial by the session policies, which limit the role's.
pub(super) fn session_reason(decision: &Decision, action: &str) -> Option<String> {
    match decision {
        Decision::Denied(Denial::Explicit { .. }) => {
            Some("with an explicit deny in a session policy".into())
        }
        Decision::Denied(_) => Some(format!(
            "because no session policy allows the {action} action"
        )),
        Decision::Allowed(_) | Decision::Undecided(_) => reason(decision, action),
    }
}

/// Returns STS's refusal of a role that does not exist or that the caller may not assume; it does
/// not tell the two apart.
pub(super) fn not_assumable(caller: &str, role_arn: &str) -> Fault {
    fault(
        "sts",
        format!(
            "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        ),
    )
}

/// Returns the refusal of a request that lacks a permission.
pub(super) fn denied(
    signer: &Signer,
    service: &str,
    action: &RequiredAction,
    reason: &str,
) -> Fault {
    let sentence = format!(
        "User: {} is not authorized to perform: {} on resource: {} {reason}",
        signer.arn(),
        action.action,
        action.resource
    );
    // DynamoDB passes KMS's sentence on with this prefix.
    let sentence = match (service, action.action.starts_with("kms:")) {
        ("dynamodb", true) => format!("KMS key access denied error: {sentence}"),
        _ => sentence,
    };
    fault(service, sentence)
}

/// Returns the refusal of a request whose required permissions cannot be determined.
pub(super) fn unmapped(signer: &Signer, service: &str, action: &str, reason: &str) -> Fault {
    let session = signer.arn();
    fault(
        service,
        format!("User: {session} is not authorized to perform: {action} because {reason}"),
    )
}

/// Selects status and code by protocol: the models of the JSON services have
/// `AccessDeniedException`, other services use AWS's common error; SNS has a name of its own.
fn fault(service: &str, sentence: String) -> Fault {
    let (status, code) = match services::protocol(service) {
        Protocol::Query if service == "sns" => (403, "AuthorizationError"),
        Protocol::Query | Protocol::RestXml => (403, "AccessDenied"),
        Protocol::RestJson => (403, "AccessDeniedException"),
        Protocol::Json | Protocol::Cbor => (400, "AccessDeniedException"),
    };
    Fault::new(status, code, sentence)
}
