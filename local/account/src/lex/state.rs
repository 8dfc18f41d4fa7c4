//! The intents, bots and aliases of the account, and the operations on them.

use std::collections::BTreeMap;

use local_wire::{Answer, ApiRequest, Fault, Outcome, page, reply};
use serde_json::{Value, json};

use super::definitions::{
    Definition, LATEST, Members, Revision, bad_request, changed, check_revision, too_many,
};

/// The most bytes of a request that is kept, and of all of them.
const MAX_BYTES: usize = 64 * 1_024;
const MAX_ALL_BYTES: usize = 16 * 1_024 * 1_024;
/// The most definitions of a kind in a Region.
const MAX_DEFINITIONS: usize = 1_000;
/// The size of a page, unless a request gives it; the model bounds what it may give.
const PAGE: usize = 10;
const MAX_PAGE: usize = 50;

/// The intents, bots and aliases of each Region.
#[derive(Debug, Default)]
pub(super) struct State {
    regions: BTreeMap<String, Region>,
}

#[derive(Debug, Default)]
struct Region {
    intents: BTreeMap<String, Definition>,
    bots: BTreeMap<String, Definition>,
    /// By the names of bot and alias.
    aliases: BTreeMap<(String, String), Revision>,
}

/// A kind of definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Intent,
    Bot,
}

impl Kind {
    fn of(request: &ApiRequest) -> Self {
        match request.operation.name.contains("Bot") {
            true => Self::Bot,
            false => Self::Intent,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Bot => "bot",
        }
    }
}

impl Region {
    fn of(&mut self, kind: Kind) -> &mut BTreeMap<String, Definition> {
        match kind {
            Kind::Intent => &mut self.intents,
            Kind::Bot => &mut self.bots,
        }
    }

    fn bytes(&self) -> usize {
        let definitions = self.intents.values().chain(self.bots.values());
        let aliases = self.aliases.values().map(Revision::bytes);
        definitions.map(Definition::bytes).sum::<usize>() + aliases.sum::<usize>()
    }

    /// Returns the definition that the path names.
    fn named(&mut self, request: &ApiRequest) -> Result<&mut Definition, Fault> {
        let (kind, name) = (Kind::of(request), request.path("name"));
        let found = self.of(kind).get_mut(name);
        found.ok_or_else(|| not_found(kind.word(), name))
    }

    /// Refuses the deletion of what is referred to.
    fn check_unused(&self, kind: Kind, name: &str, version: Option<&str>) -> Result<(), Fault> {
        let is = |of: &Value, member: &str, text: &str| of[member].as_str() == Some(text);
        match kind {
            Kind::Intent => {
                for (bot, definition) in &self.bots {
                    for (of, revision) in definition.revisions() {
                        let intents = revision.members.get("intents").and_then(Value::as_array);
                        let uses = intents.into_iter().flatten().any(|intent| {
                            is(intent, "intentName", name)
                                && version
                                    .is_none_or(|version| is(intent, "intentVersion", version))
                        });
                        if uses {
                            return Err(in_use("Bot", bot, &of));
                        }
                    }
                }
            }
            Kind::Bot => {
                for ((bot, alias), revision) in &self.aliases {
                    let of = revision.members.get("botVersion").and_then(Value::as_str);
                    if bot == name && version.is_none_or(|version| of == Some(version)) {
                        return Err(in_use("BotAlias", alias, of.unwrap_or(LATEST)));
                    }
                }
            }
        }
        Ok(())
    }
}

impl State {
    fn region(&mut self, request: &ApiRequest) -> &mut Region {
        self.regions.entry(request.region.clone()).or_default()
    }

    /// Refuses a request that there is no room for.
    fn check_room(&self, more: usize) -> Result<(), Fault> {
        if more > MAX_BYTES {
            return Err(bad_request(format!(
                "The local account keeps at most {MAX_BYTES} bytes of a definition, but the request \
                 has {more}."
            )));
        }
        let all: usize = self.regions.values().map(Region::bytes).sum();
        match all + more <= MAX_ALL_BYTES {
            true => Ok(()),
            false => Err(too_many("bytes of definitions", MAX_ALL_BYTES)),
        }
    }

    /// Handles PutIntent and PutBot.
    pub(super) fn put(&mut self, request: &ApiRequest) -> Outcome {
        let (kind, name) = (Kind::of(request), request.path("name").to_owned());
        self.check_room(request.body.len())?;
        let mut members: Members = request.input()?;
        members.retain(|_, value| !value.is_null());
        let checksum = members.remove("checksum");
        let publishes = members.remove("createVersion") == Some(Value::Bool(true));
        members.insert("name".into(), json!(name));
        let region = self.region(request);
        if kind == Kind::Bot {
            complete_bot(&mut members, region)?;
        }
        let definitions = region.of(kind);
        let existing = definitions.get(&name).map(Definition::latest);
        check_revision(
            existing.map(|latest| latest.checksum.as_str()),
            checksum.as_ref().and_then(Value::as_str),
        )?;
        let created = existing.map(Revision::created);
        let revision = Revision::new(members, request.body.len(), created);
        let mut answer = described(&revision, LATEST);
        answer.insert("createVersion".into(), json!(publishes));
        let is_full = definitions.len() >= MAX_DEFINITIONS;
        match definitions.get_mut(&name) {
            Some(definition) => {
                if publishes {
                    definition.check_versions()?;
                }
                definition.replace(revision);
                if publishes {
                    definition.publish()?;
                }
            }
            None if is_full => {
                return Err(too_many(&format!("{}s", kind.word()), MAX_DEFINITIONS));
            }
            None => {
                let mut definition = Definition::new(revision);
                if publishes {
                    definition.publish()?;
                }
                definitions.insert(name, definition);
            }
        }
        reply(&answer)
    }

    /// Handles GetIntent and GetBot, which an alias may name as well.
    pub(super) fn get(&mut self, request: &ApiRequest) -> Outcome {
        let region = self.region(request);
        let version = match Kind::of(request) {
            Kind::Intent => request.path("version").to_owned(),
            Kind::Bot => {
                let given = request.path("versionoralias");
                let alias = (request.path("name").to_owned(), given.to_owned());
                let of = region.aliases.get(&alias);
                let of = of.and_then(|alias| alias.members.get("botVersion")?.as_str());
                of.unwrap_or(given).to_owned()
            }
        };
        let definition = region.named(request)?;
        let revision = definition.revision(&version);
        let revision = revision.ok_or_else(|| not_found("version", &version))?;
        reply(&described(revision, &version))
    }

    /// Handles CreateIntentVersion and CreateBotVersion: "If you specify a checksum and the $LATEST
    /// version of the bot has a different checksum, a PreconditionFailedException exception is
    /// returned and Amazon Lex doesn't publish a new version. If you don't specify a checksum, Amazon
    /// Lex publishes the $LATEST version."
    pub(super) fn create_version(&mut self, request: &ApiRequest) -> Outcome {
        self.check_room(0)?;
        let input: Members = request.input()?;
        let definition = self.region(request).named(request)?;
        let given = input.get("checksum").and_then(Value::as_str);
        if given.is_some_and(|given| given != definition.latest().checksum) {
            return Err(changed());
        }
        let version = definition.publish()?;
        let revision = definition.revision(&version);
        let revision = revision.ok_or_else(|| not_found("version", &version))?;
        reply(&described(revision, &version))
    }

    /// Handles GetIntentVersions and GetBotVersions.
    pub(super) fn versions(&mut self, request: &ApiRequest) -> Outcome {
        let kind = Kind::of(request);
        let definition = self.region(request).named(request)?;
        let all = definition.revisions();
        let all = all.map(|(version, revision)| summary(kind, revision, &version));
        paged(request, &format!("{}s", kind.word()), all)
    }

    /// Handles GetIntents and GetBots.
    pub(super) fn list(&mut self, request: &ApiRequest) -> Outcome {
        let kind = Kind::of(request);
        let part = request.query("nameContains").unwrap_or_default();
        let definitions = self.region(request).of(kind).iter();
        let all = definitions
            .filter(|(name, _)| name.contains(&part))
            .map(|(_, definition)| summary(kind, definition.latest(), LATEST));
        paged(request, &format!("{}s", kind.word()), all)
    }

    /// Handles DeleteIntent and DeleteBot.
    pub(super) fn delete(&mut self, request: &ApiRequest) -> Outcome {
        let (kind, name) = (Kind::of(request), request.path("name"));
        let region = self.region(request);
        region.named(request)?;
        region.check_unused(kind, name, None)?;
        region.of(kind).remove(name);
        Ok(Answer::nothing())
    }

    /// Handles DeleteIntentVersion and DeleteBotVersion.
    pub(super) fn delete_version(&mut self, request: &ApiRequest) -> Outcome {
        let (kind, name) = (Kind::of(request), request.path("name"));
        let version = request.path("version");
        let region = self.region(request);
        region.check_unused(kind, name, Some(version))?;
        match region.named(request)?.delete_version(version) {
            true => Ok(Answer::nothing()),
            false => Err(not_found("version", version)),
        }
    }

    pub(super) fn put_alias(&mut self, request: &ApiRequest) -> Outcome {
        self.check_room(request.body.len())?;
        let mut members: Members = request.input()?;
        members.retain(|_, value| !value.is_null());
        refuse(&members, request, &["conversationLogs", "tags"])?;
        let checksum = members.remove("checksum");
        let (bot, name) = (request.path("botName"), request.path("name"));
        members.insert("name".into(), json!(name));
        members.insert("botName".into(), json!(bot));
        let region = self.region(request);
        let version = members.get("botVersion").and_then(Value::as_str);
        let version = version.unwrap_or_default();
        let definition = region.bots.get(bot);
        if definition.is_none_or(|bot| bot.revision(version).is_none()) {
            return Err(bad_request(format!(
                "The bot {bot} must have the version '{version}'."
            )));
        }
        let key = (bot.to_owned(), name.to_owned());
        let existing = region.aliases.get(&key);
        check_revision(
            existing.map(|alias| alias.checksum.as_str()),
            checksum.as_ref().and_then(Value::as_str),
        )?;
        let created = existing.map(Revision::created);
        if created.is_none() && region.aliases.len() >= MAX_DEFINITIONS {
            return Err(too_many("aliases", MAX_DEFINITIONS));
        }
        let revision = Revision::new(members, request.body.len(), created);
        let answer = revision.described();
        region.aliases.insert(key, revision);
        reply(&answer)
    }

    pub(super) fn get_alias(&mut self, request: &ApiRequest) -> Outcome {
        let key = alias_key(request);
        let alias = self.region(request).aliases.get(&key);
        reply(&alias.ok_or_else(|| not_found("alias", &key.1))?.described())
    }

    pub(super) fn list_aliases(&mut self, request: &ApiRequest) -> Outcome {
        let (bot, _) = alias_key(request);
        let part = request.query("nameContains").unwrap_or_default();
        let aliases = self.region(request).aliases.iter();
        let all = aliases
            .filter(|((of, name), _)| *of == bot && name.contains(&part))
            .map(|(_, alias)| Value::Object(alias.described()));
        paged(request, "BotAliases", all)
    }

    pub(super) fn delete_alias(&mut self, request: &ApiRequest) -> Outcome {
        let key = alias_key(request);
        match self.region(request).aliases.remove(&key) {
            Some(_) => Ok(Answer::nothing()),
            None => Err(not_found("alias", &key.1)),
        }
    }
}

fn alias_key(request: &ApiRequest) -> (String, String) {
    let (bot, name) = (request.path("botName"), request.path("name"));
    (bot.to_owned(), name.to_owned())
}

/// Adds what Lex sets in a bot: "If you don't specify this value, the default value is BUILD", and a
/// session of 300 seconds.
fn complete_bot(members: &mut Members, region: &Region) -> Result<(), Fault> {
    if members.contains_key("tags") {
        return Err(Fault::not_implemented("lex", "PutBot with tags"));
    }
    for intent in members
        .get("intents")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let name = intent["intentName"].as_str().unwrap_or_default();
        let version = intent["intentVersion"].as_str().unwrap_or_default();
        let found = region.intents.get(name);
        if found.is_none_or(|intent| intent.revision(version).is_none()) {
            return Err(bad_request(format!(
                "The intents of a bot must exist, but version '{version}' of {name} was not found."
            )));
        }
    }
    let status = match members.remove("processBehavior") {
        Some(behavior) if behavior == "SAVE" => "NOT_BUILT",
        _ => "READY",
    };
    members.insert("status".into(), json!(status));
    for (member, default) in [
        ("idleSessionTTLInSeconds", json!(300)),
        ("detectSentiment", json!(false)),
        ("enableModelImprovements", json!(false)),
    ] {
        members.entry(member).or_insert(default);
    }
    Ok(())
}

/// Refuses members that would have no effect.
fn refuse(members: &Members, request: &ApiRequest, unserved: &[&str]) -> Result<(), Fault> {
    match unserved
        .iter()
        .find(|member| members.contains_key(**member))
    {
        None => Ok(()),
        Some(member) => {
            let what = format!("{} with {member}", request.operation.name);
            Err(Fault::not_implemented("lex", &what))
        }
    }
}

fn described(revision: &Revision, version: &str) -> Members {
    let mut described = revision.described();
    described.insert("version".into(), json!(version));
    described
}

/// Returns the members of an IntentMetadata or BotMetadata.
fn summary(kind: Kind, revision: &Revision, version: &str) -> Value {
    let mut summary = described(revision, version);
    summary.retain(|member, _| match member.as_str() {
        "name" | "description" | "lastUpdatedDate" | "createdDate" | "version" => true,
        "status" => kind == Kind::Bot,
        _ => false,
    });
    Value::Object(summary)
}

/// Returns a page of a list under a member's name.
fn paged(request: &ApiRequest, member: &str, all: impl Iterator<Item = Value>) -> Outcome {
    let list = format!("{} {}", request.region, request.uri.path());
    let from = match request.query("nextToken").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => page::place(&list, &token)
            .ok_or_else(|| bad_request("nextToken must be a token of this list."))?,
    };
    let asked = request
        .query("maxResults")
        .and_then(|size| size.parse().ok());
    let size = page::size(asked, PAGE, 1..=MAX_PAGE).map_err(bad_request)?;
    let page = page::from(all, from, size);
    let mut answer = json!({ member: page.items });
    if let Some(next) = page.next {
        answer["nextToken"] = page::token(&list, next).into();
    }
    reply(&answer)
}

fn not_found(what: &str, name: &str) -> Fault {
    let message = format!("The {what} {name} does not exist.");
    Fault::new(404, "NotFoundException", message)
}

fn in_use(kind: &str, name: &str, version: &str) -> Fault {
    let message = format!("The {kind} {name} refers to it.");
    Fault::new(400, "ResourceInUseException", message)
        .with("referenceType", json!(kind))
        .with(
            "exampleReference",
            json!({ "name": name, "version": version }),
        )
}
