//! The decision: explicit deny before allow before implicit deny, within the boundary.

use crate::context::{Context, UnknownKey};
use crate::document::{Document, Effect, Scope, Statement};

/// A document with the name it is attached by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Name of the inline policy, or ARN of the managed one.
    pub name: String,
    /// What it says.
    pub document: Document,
}

/// All that governs what a role may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// Inline and attached policies.
    pub identity: Vec<Named>,
    /// The permissions boundary, which grants nothing but limits what the others grant.
    pub boundary: Option<Named>,
}

/// Something that is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Such as `dynamodb:GetItem`.
    pub action: &'a str,
    /// ARN of the resource, `*` where the action has none; SNS has phone numbers, too.
    pub resource: &'a str,
    /// Condition keys.
    pub context: &'a Context,
}

/// A statement that allowed a request, and the patterns in it that were met first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The policy's name.
    pub policy: String,
    /// The statement's Sid, or `statement 2` where it has none.
    pub statement: String,
    /// The pattern in `Action`; `None` under `NotAction`.
    pub action: Option<String>,
    /// The pattern in `Resource`; `None` under `NotResource`.
    pub resource: Option<String>,
}

/// Why a request is denied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denial {
    /// A statement with the effect Deny.
    Explicit {
        /// Name of its policy.
        policy: String,
        /// The statement.
        statement: String,
        /// Whether it is in the permissions boundary.
        boundary: bool,
    },
    /// No policy of the role allows it.
    NoIdentityPolicy,
    /// The policies allow it, the permissions boundary does not.
    NoBoundary,
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Every statement that allows it; one of them would do.
    Allowed(Vec<Grant>),
    /// It is not to be carried out.
    Denied(Denial),
    /// A statement about this action and resource has a condition key or policy variable that the
    /// context does not know: a sentence.
    Undecided(String),
}

impl Policies {
    /// Decides about a request.
    pub fn decide(&self, request: Request<'_>) -> Decision {
        match self.try_decide(request) {
            Ok(decision) => decision,
            Err((place, UnknownKey(key))) => Decision::Undecided(format!(
                "{place} asks for {key}, which is not known of {} on {}",
                request.action, request.resource
            )),
        }
    }

    fn try_decide(&self, request: Request<'_>) -> Result<Decision, (String, UnknownKey)> {
        let mut grants = Vec::new();
        let mut bounded = false;
        let mut denied = None;
        let identity = self.identity.iter().map(|named| (named, false));
        let boundary = self.boundary.iter().map(|named| (named, true));
        // All are looked at, so that nothing unknown is passed over because of an earlier match.
        for (named, boundary) in identity.chain(boundary) {
            for statement in &named.document.statements {
                let grant = statement
                    .fits(request)
                    .map_err(|key| (format!("{} of {}", statement.label, named.name), key))?;
                let Some((action, resource)) = grant else {
                    continue;
                };
                match statement.effect {
                    Effect::Deny => {
                        denied.get_or_insert_with(|| Denial::Explicit {
                            policy: named.name.clone(),
                            statement: statement.label.clone(),
                            boundary,
                        });
                    }
                    Effect::Allow if boundary => bounded = true,
                    Effect::Allow => grants.push(Grant {
                        policy: named.name.clone(),
                        statement: statement.label.clone(),
                        action,
                        resource,
                    }),
                }
            }
        }
        Ok(match denied {
            Some(denial) => Decision::Denied(denial),
            None if grants.is_empty() => Decision::Denied(Denial::NoIdentityPolicy),
            None if self.boundary.is_some() && !bounded => Decision::Denied(Denial::NoBoundary),
            None => Decision::Allowed(grants),
        })
    }
}

impl Document {
    /// Whether a trust policy lets a service assume its role. What the context does not know is no
    /// permission.
    pub fn lets_assume(&self, service: &str, context: &Context) -> bool {
        const ACTION: &str = "sts:AssumeRole";
        let meant = |statement: &&Statement| {
            let principal = |name: &String| name == "*" || name == service;
            statement.services.iter().any(principal)
                && statement.actions.covers_action(ACTION).is_some()
        };
        let mut allowed = false;
        for statement in self.statements.iter().filter(meant) {
            match (statement.effect, statement.conditions_hold(context)) {
                (Effect::Allow, Ok(holds)) => allowed |= holds,
                (Effect::Deny, Ok(false)) => {}
                (Effect::Deny, Ok(true)) | (_, Err(UnknownKey(_))) => return false,
            }
        }
        allowed
    }
}

/// The patterns of action and resource that were met; `None` for those of a negated element.
type Met = (Option<String>, Option<String>);

impl Statement {
    fn fits(&self, request: Request<'_>) -> Result<Option<Met>, UnknownKey> {
        let Some(action) = self.actions.covers_action(request.action) else {
            return Ok(None);
        };
        let resource = match &self.resources {
            Some(resources) => resources.covers_resource(request.resource, request.context)?,
            None => Some(None),
        };
        let Some(resource) = resource else {
            return Ok(None);
        };
        Ok(self
            .conditions_hold(request.context)?
            .then_some((action, resource)))
    }

    /// All of them must hold. All are asked, so that an unknown key is never passed over.
    fn conditions_hold(&self, context: &Context) -> Result<bool, UnknownKey> {
        let mut holds = true;
        for condition in &self.conditions {
            holds &= condition.holds(context)?;
        }
        Ok(holds)
    }
}

impl Scope {
    /// The outer option tells whether the action is meant, the inner one by which pattern.
    fn covers_action(&self, action: &str) -> Option<Option<String>> {
        let patterns = match self {
            Self::Any(patterns) | Self::NoneOf(patterns) => patterns,
        };
        let met = patterns
            .iter()
            .find(|pattern| pattern.matches_action(action));
        self.covered(met.map(|pattern| pattern.as_str()))
    }

    fn covers_resource(
        &self,
        resource: &str,
        context: &Context,
    ) -> Result<Option<Option<String>>, UnknownKey> {
        let patterns = match self {
            Self::Any(patterns) | Self::NoneOf(patterns) => patterns,
        };
        for pattern in patterns {
            if pattern.matches_resource(resource, context)? {
                return Ok(self.covered(Some(pattern.as_str())));
            }
        }
        Ok(self.covered(None))
    }

    fn covered(&self, met: Option<&str>) -> Option<Option<String>> {
        match (self, met) {
            (Self::Any(_), Some(pattern)) => Some(Some(pattern.to_owned())),
            (Self::NoneOf(_), None) => Some(None),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
