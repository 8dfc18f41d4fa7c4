//! Lambda's errors, with the status codes of its service model.

use local_wire::{Fault, constraint};

/// Errors whose message is in the member `Message`; all others have it in `message`.
pub(crate) const CAPITAL_MESSAGE: [&str; 8] = [
    "AccessDeniedException",
    "CodeSigningConfigNotFoundException",
    "InvalidRuntimeException",
    "InvalidZipFileException",
    "NotImplementedException",
    "ResourceNotFoundException",
    "ServiceException",
    "UnknownOperationException",
];

/// A semantic error in a parameter.
pub(crate) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterValueException", message)
}

/// A parameter that violates a constraint of the service model, in the words of AWS's front end.
pub(crate) fn constraint(value: &str, member: &str, broken: &str) -> Fault {
    let sentence = constraint::sentence(value, member, broken);
    Fault::new(400, "ValidationException", sentence)
}

/// Something other than a function that does not exist.
pub(crate) fn not_found(message: impl Into<String>) -> Fault {
    Fault::new(404, "ResourceNotFoundException", message)
}

/// A function, version or alias that does not exist.
pub(crate) fn function_not_found(arn: &str) -> Fault {
    not_found(format!("Function not found: {arn}"))
}

/// A resource that exists already or is in use.
pub(crate) fn conflict(message: impl Into<String>) -> Fault {
    Fault::new(409, "ResourceConflictException", message)
}

/// A revision id that is not the latest.
pub(crate) fn stale_revision(reader: &str) -> Fault {
    Fault::new(
        412,
        "PreconditionFailedException",
        format!(
            "The Revision Id provided does not match the latest Revision Id. Call the {reader} \
             API to retrieve the latest Revision Id"
        ),
    )
}

/// Code that the account has no room for, in AWS's words. The limit is smaller here, so the account's log
/// names it.
pub(crate) fn code_storage_exceeded() -> Fault {
    tracing::warn!(
        "functions, versions and aliases have no room left; delete those that are no longer needed"
    );
    Fault::new(
        400,
        "CodeStorageExceededException",
        "Code storage limit exceeded.",
    )
}

/// A request or payload that exceeds its limit.
pub(crate) fn too_large(limit: usize, operation: &str) -> Fault {
    Fault::new(
        413,
        "RequestTooLargeException",
        format!("Request must be smaller than {limit} bytes for the {operation} operation"),
    )
}

/// An internal error of this account.
pub(crate) fn internal(message: impl Into<String>) -> Fault {
    Fault::new(500, "ServiceException", message)
}
