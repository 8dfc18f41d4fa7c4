//! The decision on a request: an explicit deny overrides an allow, and the boundary limits both.

use crate::context::{Context, UnknownKey};
use crate::document::{Document, Effect, Scope, Statement};

/// A document and the name under which it is attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Name of the inline policy, or ARN of the managed one.
    pub name: String,
    /// The document itself.
    pub document: Document,
}

/// All policies of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// Inline and attached policies.
    pub identity: Vec<Named>,
    /// The permissions boundary, which grants nothing, but limits what the other policies grant.
    pub boundary: Option<Named>,
}

/// A request to be authorized.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action, such as `dynamodb:GetItem`.
    pub action: &'a str,
    /// ARN of the resource, or `*` if the action has none; for SNS it may be a phone number.
    pub resource: &'a str,
    /// The condition keys.
    pub context: &'a Context,
}

/// A statement that allowed a request, and the first patterns in it that matched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The policy's name.
    pub policy: String,
    /// The statement's Sid, or its position, such as `statement 2`.
    pub statement: String,
    /// The pattern in `Action`; `None` under `NotAction`.
    pub action: Option<String>,
    /// The pattern in `Resource`; `None` under `NotResource`.
    pub resource: Option<String>,
}

/// The reason why a request is denied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denial {
    /// A statement with the effect Deny.
    Explicit {
        /// The name of its policy.
        policy: String,
        /// The statement's label.
        statement: String,
        /// Whether it is in the permissions boundary.
        boundary: bool,
    },
    /// No policy of the role allows it.
    NoIdentityPolicy,
    /// The policies allow it, the permissions boundary does not.
    NoBoundary,
}

/// The decision on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The request is allowed, by each of these statements.
    Allowed(Vec<Grant>),
    /// The request is denied.
    Denied(Denial),
    /// A statement that applies to this action and resource contains a condition key or policy
    /// variable that the context does not know; contains the reason as a sentence.
    Undecided(String),
}

impl Policies {
    /// Decides on a request.
    pub fn decide(&self, request: Request<'_>) -> Decision {
        match self.try_decide(request) {
            Ok(decision) => decision,
            Err((place, UnknownKey(key))) => Decision::Undecided(format!(
                "{place} needs {key}, whose value is unknown for {} on {}",
                request.action, request.resource
            )),
        }
    }

    /// Returns the number of characters that an evaluation matches with a request: those of all
    /// actions, resources and values of conditions.
    pub fn size(&self) -> usize {
        let named = self.identity.iter().chain(&self.boundary);
        let statements = named.flat_map(|named| &named.document.statements);
        statements.map(Statement::size).sum()
    }

    /// Reports whether a statement denies an action on some resources, but not on all.
    pub fn denies_some_resources(&self, action: &str) -> bool {
        let named = self.identity.iter().chain(&self.boundary);
        named
            .flat_map(|named| &named.document.statements)
            .filter(|statement| statement.effect == Effect::Deny)
            .filter(|statement| statement.actions.covers_action(action).is_some())
            .any(|statement| match &statement.resources {
                Some(Scope::Any(patterns)) => patterns.iter().all(|one| one.as_str() != "*"),
                Some(Scope::NoneOf(_)) => true,
                None => false,
            })
    }

    fn try_decide(&self, request: Request<'_>) -> Result<Decision, (String, UnknownKey)> {
        let mut grants = Vec::new();
        let mut bounded = false;
        let mut denied = None;
        let identity = self.identity.iter().map(|named| (named, false));
        let boundary = self.boundary.iter().map(|named| (named, true));
        // All statements are evaluated, so that an earlier match cannot hide an unknown key.
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

/// A principal of an account that assumes a role.
#[derive(Debug, Clone, Copy)]
pub struct Principal<'a> {
    /// The id of its account.
    pub account: &'a str,
    /// The ARNs by which policies name it: a user's, or those of a session and its role.
    pub arns: &'a [&'a str],
}

/// The trust of a role in a principal of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The role does not trust the principal.
    Absent,
    /// The role trusts the principal's account, whose policies must let the principal assume it.
    Account,
    /// The role trusts the principal itself, which needs no policy of its own in the same account.
    Principal,
}

/// The action that trust policies allow.
const ASSUME_ROLE: &str = "sts:AssumeRole";

impl Document {
    /// Reports whether a trust policy allows a service to assume its role. An unknown condition key
    /// is not a permission.
    pub fn lets_assume(&self, service: &str, context: &Context) -> bool {
        let names = |statement: &Statement| {
            let principal = |name: &String| name == "*" || name == service;
            statement
                .services
                .iter()
                .any(principal)
                .then_some(Trust::Principal)
        };
        self.trust_by(names, context) != Trust::Absent
    }

    /// Returns the trust that a trust policy has in a principal. An unknown condition key is not a
    /// permission.
    pub fn trust_in(&self, principal: Principal<'_>, context: &Context) -> Trust {
        let named = |name: &String| name == "*" || principal.arns.contains(&name.as_str());
        let of_account = |name: &String| {
            let root = name.strip_suffix(":root").unwrap_or(name);
            root.rsplit(':').next() == Some(principal.account)
        };
        let names = |statement: &Statement| {
            let principals = &statement.principals;
            if principals.iter().any(named) {
                Some(Trust::Principal)
            } else {
                principals.iter().any(of_account).then_some(Trust::Account)
            }
        };
        self.trust_by(names, context)
    }

    /// Evaluates the statements that name a principal.
    fn trust_by(&self, names: impl Fn(&Statement) -> Option<Trust>, context: &Context) -> Trust {
        let mut trust = Trust::Absent;
        for statement in &self.statements {
            let Some(named) = names(statement) else {
                continue;
            };
            if statement.actions.covers_action(ASSUME_ROLE).is_none() {
                continue;
            }
            match (statement.effect, statement.conditions_hold(context)) {
                (Effect::Allow, Ok(true)) if trust != Trust::Principal => trust = named,
                (Effect::Allow, Ok(_)) | (Effect::Deny, Ok(false)) => {}
                (Effect::Deny, Ok(true)) | (_, Err(UnknownKey(_))) => return Trust::Absent,
            }
        }
        trust
    }
}

/// The patterns of action and resource that matched; `None` for those of a negated element.
type Matched = (Option<String>, Option<String>);

impl Statement {
    fn size(&self) -> usize {
        let scopes = std::iter::once(&self.actions).chain(&self.resources);
        let patterns = scopes.flat_map(|scope| match scope {
            Scope::Any(patterns) | Scope::NoneOf(patterns) => patterns,
        });
        let values = self
            .conditions
            .iter()
            .flat_map(|condition| &condition.values);
        patterns.chain(values).map(|one| one.as_str().len()).sum()
    }

    fn fits(&self, request: Request<'_>) -> Result<Option<Matched>, UnknownKey> {
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

    /// All conditions are evaluated, so that an unknown key is never skipped.
    fn conditions_hold(&self, context: &Context) -> Result<bool, UnknownKey> {
        let mut holds = true;
        for condition in &self.conditions {
            holds &= condition.holds(context)?;
        }
        Ok(holds)
    }
}

impl Scope {
    /// The outer option is whether the action matches, the inner one the pattern that it matched.
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
