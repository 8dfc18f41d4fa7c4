//! A definition with its revisions: `$LATEST`, which is changed, and the numbered versions, which are
//! not.

use std::collections::BTreeMap;

use local_wire::Fault;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// The name of the revision that can be changed.
pub(super) const LATEST: &str = "$LATEST";
/// The most versions of a definition.
const MAX_VERSIONS: usize = 100;

/// The members of a definition, as its operations send and return them.
pub(super) type Members = Map<String, Value>;

/// An intent or a bot.
#[derive(Debug)]
pub(super) struct Definition {
    latest: Revision,
    versions: BTreeMap<u64, Revision>,
    /// The number of the last version, which may be deleted.
    last: u64,
}

/// A state of a definition.
#[derive(Debug, Clone)]
pub(super) struct Revision {
    pub(super) members: Members,
    /// The bytes of the request.
    bytes: usize,
    created: OffsetDateTime,
    updated: OffsetDateTime,
    pub(super) checksum: String,
}

impl Revision {
    pub(super) fn new(members: Members, bytes: usize, created: Option<OffsetDateTime>) -> Self {
        let now = OffsetDateTime::now_utc();
        Self {
            members,
            bytes,
            created: created.unwrap_or(now),
            updated: now,
            checksum: uuid::Uuid::new_v4().to_string(),
        }
    }

    pub(super) fn created(&self) -> OffsetDateTime {
        self.created
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the members with dates and checksum.
    pub(super) fn described(&self) -> Members {
        let mut described = self.members.clone();
        described.insert("createdDate".into(), seconds(self.created));
        described.insert("lastUpdatedDate".into(), seconds(self.updated));
        described.insert("checksum".into(), json!(self.checksum));
        described
    }
}

impl Definition {
    pub(super) fn new(latest: Revision) -> Self {
        Self {
            latest,
            versions: BTreeMap::new(),
            last: 0,
        }
    }

    pub(super) fn latest(&self) -> &Revision {
        &self.latest
    }

    pub(super) fn replace(&mut self, latest: Revision) {
        self.latest = latest;
    }

    /// Returns the bytes of all revisions.
    pub(super) fn bytes(&self) -> usize {
        let versions = self.versions.values().map(|revision| revision.bytes);
        versions.sum::<usize>() + self.latest.bytes
    }

    pub(super) fn revision(&self, version: &str) -> Option<&Revision> {
        match version {
            LATEST => Some(&self.latest),
            number => self.versions.get(&number.parse().ok()?),
        }
    }

    /// Returns all revisions with their names, `$LATEST` first.
    pub(super) fn revisions(&self) -> impl Iterator<Item = (String, &Revision)> {
        let versions = self.versions.iter();
        let versions = versions.map(|(number, revision)| (number.to_string(), revision));
        std::iter::once((LATEST.to_owned(), &self.latest)).chain(versions)
    }

    /// Creates a version of `$LATEST`, unless the last version is the same; returns its number.
    ///
    /// # Errors
    /// If the definition has too many versions.
    pub(super) fn publish(&mut self) -> Result<String, Fault> {
        let last = self.versions.get(&self.last);
        if last.is_none_or(|last| last.checksum != self.latest.checksum) {
            self.check_versions()?;
            self.last += 1;
            self.versions.insert(self.last, self.latest.clone());
        }
        Ok(self.last.to_string())
    }

    /// Refuses one more version than a definition may have.
    pub(super) fn check_versions(&self) -> Result<(), Fault> {
        match self.versions.len() < MAX_VERSIONS {
            true => Ok(()),
            false => Err(too_many("versions", MAX_VERSIONS)),
        }
    }

    /// Deletes a version; returns whether there was one.
    pub(super) fn delete_version(&mut self, version: &str) -> bool {
        let number = version.parse();
        number.is_ok_and(|number: u64| self.versions.remove(&number).is_some())
    }
}

/// Refuses a change of a revision that is not the one with the given checksum. "When you create a new
/// intent, leave the checksum field blank. If you specify a checksum you get a BadRequestException
/// exception. … If you don't specify the checksum field, or if the checksum does not match the $LATEST
/// version, you get a PreconditionFailedException exception."
pub(super) fn check_revision(latest: Option<&str>, given: Option<&str>) -> Result<(), Fault> {
    match (latest, given.filter(|checksum| !checksum.is_empty())) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(bad_request(
            "The checksum must be blank for a new resource.",
        )),
        (Some(latest), Some(given)) if latest == given => Ok(()),
        (Some(_), _) => Err(changed()),
    }
}

/// Returns the error for the checksum of another revision.
pub(super) fn changed() -> Fault {
    Fault::new(
        412,
        "PreconditionFailedException",
        "The checksum value does not match that of the $LATEST version.",
    )
}

pub(super) fn bad_request(why: impl Into<String>) -> Fault {
    Fault::new(400, "BadRequestException", why)
}

pub(super) fn too_many(what: &str, most: usize) -> Fault {
    Fault::new(
        429,
        "LimitExceededException",
        format!("There must be at most {most} {what}. Delete those that are no longer needed."),
    )
}

fn seconds(at: OffsetDateTime) -> Value {
    json!(at.unix_timestamp_nanos() as f64 / 1e9)
}
