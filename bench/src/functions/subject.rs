//! The measured functions.

use serde::{Deserialize, Serialize};

/// A measured function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The line's function as released, with every protection.
    Ours,
    /// The line's function with `guessing.enabled = false`.
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
    /// Tutorial-style Rust: the AWS SDK and `lambda_runtime` with their default features.
    Tutorial,
}

impl Subject {
    /// All subjects, in the order of the tables.
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

    /// Returns the name in tables.
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

    /// Returns the function's name.
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

    /// Reports whether the function uses an attempts table.
    pub(crate) fn is_protected(self) -> bool {
        matches!(self, Self::Ours | Self::Floor)
    }
}

/// The functions with which ours and the floor are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peers {
    All,
    /// All but tutorial-style Rust, whose crates take minutes to compile.
    QuicklyBuilt,
}

/// The protocol between a function and its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Plain HTTP.
    Http,
    /// HTTPS, with a handshake for every connection, as on AWS.
    Https,
}

impl Transport {
    pub const ALL: [Self; 2] = [Self::Http, Self::Https];

    /// Returns the name in tables.
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
