//! Who is measured.

use serde::{Deserialize, Serialize};

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The line's function as it is released, with all its protections.
    Ours,
    /// The same with `guessing.enabled = false`: nothing is counted.
    OursUnprotected,
    /// The requests of [`Subject::Ours`] and nothing else.
    Floor,
    /// The requests of [`Subject::OursUnprotected`] and nothing else.
    FloorUnprotected,
    /// Node.js with the AWS SDK v3.
    Node,
    /// Python with boto3.
    Python,
    /// Go with the AWS SDK v2.
    Go,
    /// Rust as tutorials write it: the AWS SDK and `lambda_runtime`, all default features.
    Tutorial,
}

impl Subject {
    /// All, in the order of tables.
    pub const ALL: [Self; 8] = [
        Self::Ours,
        Self::OursUnprotected,
        Self::Floor,
        Self::FloorUnprotected,
        Self::Node,
        Self::Python,
        Self::Go,
        Self::Tutorial,
    ];

    /// As tables name it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursUnprotected => "ours, unprotected",
            Self::Floor => "floor",
            Self::FloorUnprotected => "floor, unprotected",
            Self::Node => "Node.js",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::Tutorial => "Rust, tutorial",
        }
    }

    /// As its function is named.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursUnprotected => "ours-unprotected",
            Self::Floor => "floor",
            Self::FloorUnprotected => "floor-unprotected",
            Self::Node => "node",
            Self::Python => "python",
            Self::Go => "go",
            Self::Tutorial => "tutorial",
        }
    }

    /// Whether it keeps an attempts table.
    pub(crate) fn is_protected(self) -> bool {
        matches!(self, Self::Ours | Self::Floor)
    }
}

/// Whom ours and the floor are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peers {
    /// Everybody.
    All,
    /// Without the Rust of the tutorials, whose crates take minutes to compile.
    QuicklyBuilt,
}

/// How the function reaches its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Plain HTTP.
    Http,
    /// HTTPS, with a handshake for every connection, as on AWS.
    Https,
}

impl Transport {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Http, Self::Https];

    /// As tables name it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
        }
    }

    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
