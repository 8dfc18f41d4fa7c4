//! The faults of a row of the member table or the benefits table.

use crate::rules::sms_template::TemplateFault;
use crate::rules::url::UrlFault;

/// A fault that makes a row unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// The row lacks the attribute it is read for.
    #[error("the attribute must be present")]
    Missing,
    /// That attribute has a DynamoDB type that the function does not read.
    #[error("the attribute must not be of type {0}")]
    WrongType(&'static str),
    /// That attribute is an empty text, or one of blanks.
    #[error("the attribute must not be empty")]
    Empty,
    /// A member's id is `-1`, which a flow takes for "not a member".
    #[error("the member's id must not be -1, which means that a caller is not a member")]
    ReservedId,
    /// The attribute is not the URL of a web page.
    #[error("the attribute must be an https URL")]
    NotWebAddress,
    /// The page is on a host that messages must not link to.
    #[error("the URL's host must be one of the allowed hosts")]
    HostNotAllowed,
    /// An optional attribute has a value that the function does not read.
    #[error("the attribute {name} must be {expected}")]
    NotUsable {
        name: &'static str,
        /// The values that the function reads.
        expected: &'static str,
    },
    /// The row's own text is not a template.
    #[error("the attribute message {0}")]
    Message(#[source] TemplateFault),
    /// Only the attempts table records which member has redeemed a campaign.
    #[error("the attribute singleUsePerMember needs an attempts table")]
    NoAttemptsTable,
}

impl From<UrlFault> for RowFault {
    fn from(fault: UrlFault) -> Self {
        match fault {
            UrlFault::Empty => Self::Empty,
            UrlFault::NotWebAddress => Self::NotWebAddress,
        }
    }
}
