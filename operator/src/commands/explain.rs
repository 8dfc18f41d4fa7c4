//! Explains the calls of a caller, or one contact.

pub(super) mod logs;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use connect_pin_sms::rows;
use connect_pin_sms::rules::phone::PhoneNumber;
use local_terminal::tell;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::number;
use crate::explain::story::{Contact, Match};
use crate::line::Line;
use crate::options::Explain;
use crate::rows::judge;
use crate::rows::phone::Phone;
use crate::rows::preview::counted;
use crate::screen::{Screen, bounded, masked};
use logs::Logs;

/// The most contacts that are explained.
const CONTACTS: usize = 20;

/// Explains why a caller got a message or none.
///
/// # Errors
/// When the line is not found, or rows or the function's log cannot be read.
pub async fn run(options: &Explain, screen: Screen) -> anyhow::Result<()> {
    let phone = options
        .caller
        .as_deref()
        .map(|text| number(text, &options.country))
        .transpose()?;
    let line = Line::find(&options.line).await?;
    let mut logs = Logs::of(&line, options)?;
    let contacts = match (&phone, &options.contact) {
        (Some(phone), _) => of_caller(phone, &line, &mut logs, options, screen).await?,
        (None, Some(id)) => BTreeMap::from([(id.clone(), Match::Given)]),
        (None, None) => anyhow::bail!("the call must be named: give --caller or --contact"),
    };
    let mut told = Vec::new();
    for (id, matched) in contacts.iter().take(CONTACTS) {
        told.push(logs.contact(id, *matched).await?);
    }
    told.sort_by_key(Contact::began);
    for contact in &told {
        tell_of(contact, screen)?;
    }
    for note in logs.notes() {
        tell(note);
    }
    if let more @ 1.. = contacts.len().saturating_sub(CONTACTS) {
        let more = counted(more, "contact");
        tell(format_args!(
            "{more} more: give a shorter --since, or --contact with one of the ids"
        ));
    }
    if told.is_empty() {
        screen.say(
            "Conclusion: no call of this number reached the function in that time, and no caller withheld the \
             number: the call did not reach the line, or was earlier (--since).",
        )?;
    }
    screen.result(json!({ "type": "explained", "contacts": told.len() }))?;
    Ok(())
}

fn tell_of(contact: &Contact, screen: Screen) -> anyhow::Result<()> {
    let sentences = contact.sentences();
    let conclusion = contact.conclusion();
    for sentence in &sentences {
        screen.say(sentence)?;
    }
    screen.say(&format!(
        "Conclusion: {}. To do: {}.\n",
        conclusion.sentence, conclusion.action
    ))?;
    screen.result(json!({
        "type": "contact",
        "contactId": contact.id,
        "certain": matches!(contact.matched, Match::Hash | Match::Given),
        "evidence": sentences,
        "cause": conclusion.code,
        "conclusion": conclusion.sentence,
        "action": conclusion.action,
    }))?;
    Ok(())
}

/// Tells what the tables have of a number, and returns the contacts that may be its caller's.
async fn of_caller(
    phone: &Phone,
    line: &Line,
    logs: &mut Logs<'_>,
    options: &Explain,
    screen: Screen,
) -> anyhow::Result<BTreeMap<String, Match>> {
    let caller = PhoneNumber::parse(phone.expose()).context("the number must be in E.164")?;
    let mut evidence = vec![member(&caller, line).await?];
    let (days, certain) = days(&caller, line, options).await?;
    evidence.extend(days);
    let twins = twins(&caller, line).await?;
    if twins > 0 {
        evidence.push(format!(
            "{} with the same masked number, {caller}: their contacts are shown as well.",
            match twins {
                1 => "There is 1 other member".to_owned(),
                twins => format!("There are {twins} other members"),
            }
        ));
    }
    for sentence in &evidence {
        screen.say(sentence)?;
    }
    screen
        .result(json!({ "type": "caller", "caller": caller.to_string(), "evidence": evidence }))?;
    let mut contacts: BTreeMap<String, Match> = BTreeMap::new();
    for id in logs.contacts_of(&caller.to_string()).await? {
        contacts.insert(id, Match::Mask);
    }
    for id in certain {
        contacts.insert(id, Match::Hash);
    }
    if contacts.is_empty() {
        for id in logs.contacts_without_number().await? {
            contacts.insert(id, Match::NoNumber);
        }
        if !contacts.is_empty() {
            screen.say(
                "No log has the number in that time. These callers withheld theirs, or heard trouble before \
                 they were looked up:",
            )?;
        }
    }
    Ok(contacts)
}

/// Tells what the member table has of a number.
async fn member(caller: &PhoneNumber, line: &Line) -> anyhow::Result<String> {
    let table = line.members();
    let row = table.row(caller.expose()).await?;
    let table = table.table;
    let Some(row) = row else {
        return Ok(format!(
            "{caller} has no row in {table}: the line does not know the caller."
        ));
    };
    let judged = judge::member(caller.expose(), row.clone(), &line.facts.settings);
    Ok(match (judged, rows::member(row)) {
        (Some(fault), _) => {
            format!("{caller} has a row in {table} that the function cannot use: {fault}.")
        }
        (None, Ok(member)) if member.opted_out => {
            format!(
                "{caller} has a row in {table}, id {}, and wants no messages.",
                bounded(&member.id)
            )
        }
        (None, Ok(member)) => format!("{caller} has a row in {table}, id {}.", bounded(&member.id)),
        (None, Err(fault)) => format!("{caller} has a row in {table}: {fault}."),
    })
}

/// Tells what the attempts table has of a number, day by day, and returns the contacts that it names.
async fn days(
    caller: &PhoneNumber,
    line: &Line,
    options: &Explain,
) -> anyhow::Result<(Vec<String>, BTreeSet<String>)> {
    let mut sentences = Vec::new();
    let mut contacts = BTreeSet::new();
    if line.facts.settings.attempts_table.is_none() {
        return Ok((sentences, contacts));
    }
    let table = line.attempts_target()?;
    let tag = line.tags().await?.caller(caller);
    let now = OffsetDateTime::now_utc();
    let first = (now - options.since).date();
    let mut day = now.date();
    while day >= first {
        let key = format!("CALLER#{tag}#{day}");
        if let Some(row) = table.row(&key).await? {
            let entries = |name: &str| row.get(name).and_then(|ids| ids.as_ss().ok());
            let count = |name: &str| entries(name).map_or(0, Vec::len);
            sentences.push(format!(
                "On {day} (UTC) the number has {} and {}.",
                counted(count("d"), "wrong PIN"),
                counted(count("sent"), "accepted message"),
            ));
            // Each entry begins with the id of its contact.
            let ids = ["d", "claims", "sent", "open"]
                .into_iter()
                .filter_map(entries);
            let ids = ids.flatten().filter_map(|id| id.split(':').next());
            contacts.extend(ids.map(str::to_owned));
        }
        day -= Duration::DAY;
    }
    if sentences.is_empty() {
        sentences.push("The attempts table has no attempt of the number in that time.".to_owned());
    }
    Ok((sentences, contacts))
}

/// Counts the other members whose masked numbers are the same.
async fn twins(caller: &PhoneNumber, line: &Line) -> anyhow::Result<usize> {
    let table = line.members();
    let mask = caller.to_string();
    let mut twins = 0;
    table
        .each_row(|row| {
            let key = table.key_of(&row).unwrap_or_default();
            twins += usize::from(key != caller.expose() && masked(key) == mask);
            Ok(())
        })
        .await?;
    Ok(twins)
}
