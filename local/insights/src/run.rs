//! Runs a query over events.
//!
//! Events pass through the commands one by one up to the first that needs all of them: `stats`,
//! `sort`, `limit`, `dedup`, or the end. The commands behind it get a list.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::aggregate::Accumulator;
use crate::error::{CompileError, OutOfMemory};
use crate::evaluate::{Context, MAX_TEXT, Scope};
use crate::order;
use crate::parser::{self, MAX_RESULTS, Parsed};
use crate::record::{self, Event, Values};
use crate::syntax::{Command, Slot, SortKey, Stats};
use crate::value::Value;

/// The results of a query that does not limit them.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html>
const DEFAULT_RESULTS: usize = 10_000;
/// The most bytes of memory that the rows and groups of a run take.
const MAX_MEMORY: usize = 64 * 1_024 * 1_024;
/// The rows beyond those that are needed before the rest is dropped.
const SPARE_ROWS: usize = 1_000;

/// A query that was read.
#[derive(Debug)]
pub struct Query {
    parsed: Parsed,
}

impl Query {
    /// Parses a query.
    ///
    /// # Errors
    /// [`CompileError`] with the place that is to blame.
    pub fn parse(text: &str) -> Result<Self, CompileError> {
        parser::parse(text).map(|parsed| Self { parsed })
    }

    /// Starts a run that returns `most` results at most. `now_ms` is the time of the start.
    #[must_use]
    pub fn run(self, most: Option<usize>, now_ms: i64) -> Run {
        let commands = &self.parsed.commands;
        let has_limit = commands
            .iter()
            .any(|command| matches!(command, Command::Limit(_)));
        let default = match has_limit {
            true => MAX_RESULTS,
            false => DEFAULT_RESULTS,
        };
        let most = most.unwrap_or(default).min(MAX_RESULTS);
        let is_last = |command: &Command| {
            matches!(
                command,
                Command::Stats(_) | Command::Sort(_) | Command::Limit(_) | Command::Dedup(_)
            )
        };
        let streamed = commands.iter().position(is_last).unwrap_or(commands.len());
        let collector = match commands.get(streamed) {
            Some(Command::Stats(_)) => Collector::Groups(Groups::default()),
            Some(Command::Dedup(_)) => Collector::Distinct(Distinct::default()),
            Some(Command::Limit(limit)) => Collector::Rows(Rows::new(*limit)),
            Some(Command::Sort(_)) => {
                Collector::Rows(Rows::new(needed(&commands[streamed + 1..], most)))
            }
            _ => Collector::Rows(Rows::new(most)),
        };
        Run {
            query: self.parsed,
            most,
            context: Context {
                now_ms,
                exceeded: Cell::new(false),
            },
            streamed,
            collector,
            added: 0,
            matched: 0,
        }
    }
}

/// Returns the number of sorted rows that the commands behind `sort` need.
fn needed(commands: &[Command], most: usize) -> usize {
    for command in commands {
        match command {
            Command::Compute(_) | Command::Extract { .. } => {}
            Command::Limit(limit) => return *limit,
            _ => return usize::MAX,
        }
    }
    most
}

/// The results of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results {
    /// The fields of each result with their values, in order.
    pub rows: Vec<Vec<(Arc<str>, Arc<str>)>>,
    /// The events that the filters before any other selection let through.
    pub matched: u64,
}

/// A row: an event, or a group of `stats`.
#[derive(Debug, Clone)]
struct Row {
    values: Values,
    /// The pointer of an event.
    pointer: Option<Arc<str>>,
    /// The time of the event, and its number among those that were added. The default order is
    /// descending.
    place: (i64, u64),
}

impl Row {
    fn bytes(&self) -> usize {
        let values: usize = self.values.iter().map(Value::bytes).sum();
        let pointer = self.pointer.as_ref().map_or(0, |pointer| pointer.len());
        size_of::<Self>() + values + pointer
    }
}

/// The rows that come first in an order.
#[derive(Debug)]
struct Rows {
    rows: Vec<Row>,
    most: usize,
    bytes: usize,
}

impl Rows {
    fn new(most: usize) -> Self {
        Self {
            rows: Vec::new(),
            most,
            bytes: 0,
        }
    }

    fn add(&mut self, row: Row, keys: &[SortKey]) -> Result<(), OutOfMemory> {
        self.bytes += row.bytes();
        self.rows.push(row);
        let full = self.most.saturating_add(self.most.max(SPARE_ROWS));
        if self.rows.len() >= full || self.bytes > MAX_MEMORY {
            self.drop_rest(keys);
        }
        check_memory(self.bytes)
    }

    fn drop_rest(&mut self, keys: &[SortKey]) {
        sort(&mut self.rows, keys);
        self.rows.truncate(self.most);
        self.bytes = self.rows.iter().map(Row::bytes).sum();
    }
}

/// The first row in the default order of each combination of values.
#[derive(Debug, Default)]
struct Distinct {
    rows: HashMap<String, Row>,
    /// Rows that lack one of the fields, all of which are kept.
    incomplete: Vec<Row>,
    bytes: usize,
}

impl Distinct {
    fn add(&mut self, row: Row, fields: &[Slot]) -> Result<(), OutOfMemory> {
        match distinct_key(&row, fields) {
            None => {
                self.bytes += row.bytes();
                self.incomplete.push(row);
            }
            Some(key) => {
                let is_later = |old: &Row| old.place < row.place;
                if self.rows.get(&key).is_none_or(is_later) {
                    self.bytes += row.bytes() + key.len();
                    if let Some(old) = self.rows.insert(key, row) {
                        self.bytes = self.bytes.saturating_sub(old.bytes());
                    }
                }
            }
        }
        check_memory(self.bytes)
    }
}

/// The groups of `stats`.
#[derive(Debug, Default)]
struct Groups {
    groups: HashMap<String, Group>,
    bytes: usize,
}

#[derive(Debug)]
struct Group {
    keys: Vec<Value>,
    accumulators: Vec<Accumulator>,
    /// The latest event; groups have the order of these.
    place: (i64, u64),
}

impl Groups {
    fn add(
        &mut self,
        values: &[Value],
        place: (i64, u64),
        stats: &Stats,
        context: &Context,
    ) -> Result<(), OutOfMemory> {
        let scope = scope(values, context);
        let keys: Vec<Value> = stats.by.iter().map(|by| by.value.evaluate(scope)).collect();
        let mut key = String::new();
        for value in &keys {
            push_key(&mut key, value);
        }
        let bytes = &mut self.bytes;
        let group = self.groups.entry(key).or_insert_with_key(|key| {
            let accumulators: Vec<Accumulator> = stats
                .aggregates
                .iter()
                .map(|aggregate| Accumulator::new(aggregate.kind))
                .collect();
            let of_keys: usize = keys.iter().map(Value::bytes).sum();
            *bytes += key.len() + of_keys + size_of::<Group>();
            *bytes += accumulators.len() * size_of::<Accumulator>();
            Group {
                keys,
                accumulators,
                place,
            }
        });
        group.place = group.place.max(place);
        for (aggregate, accumulator) in stats.aggregates.iter().zip(&mut group.accumulators) {
            let value = match &aggregate.of {
                Some(of) => of.evaluate(scope),
                None => Value::Bool(true),
            };
            *bytes += accumulator.add(&value, place.0);
        }
        check_memory(*bytes)
    }

    /// Returns a row for each group.
    fn rows(self, stats: &Stats, names: usize, context: &Context) -> Result<Vec<Row>, OutOfMemory> {
        check_memory(self.groups.len().saturating_mul(names * size_of::<Value>()))?;
        let groups = self.groups.into_values();
        let mut rows: Vec<Row> = groups
            .map(|group| group.row(stats, names, context))
            .collect();
        sort(&mut rows, &[]);
        Ok(rows)
    }
}

impl Group {
    fn row(self, stats: &Stats, names: usize, context: &Context) -> Row {
        let results = self.accumulators.into_iter().map(Accumulator::result);
        let aggregates: Vec<Value> = results.collect();
        let mut values = vec![Value::Missing; names];
        for result in &stats.results {
            let scope = Scope {
                values: &values,
                aggregates: &aggregates,
                context,
            };
            values[result.to] = result.value.evaluate(scope);
        }
        for (by, key) in stats.by.iter().zip(self.keys) {
            values[by.to] = key;
        }
        Row {
            values,
            pointer: None,
            place: self.place,
        }
    }
}

/// The command that takes the events behind those that they pass through.
#[derive(Debug)]
enum Collector {
    Rows(Rows),
    Distinct(Distinct),
    Groups(Groups),
}

/// A query that takes events.
#[derive(Debug)]
pub struct Run {
    query: Parsed,
    most: usize,
    context: Context,
    /// The number of commands through which events pass one by one.
    streamed: usize,
    collector: Collector,
    added: u64,
    matched: u64,
}

impl Run {
    /// Adds an event. Events may come in any order; of those of one time the last added counts as
    /// the latest. `pointer` returns the event's `@ptr`.
    ///
    /// # Errors
    /// [`OutOfMemory`] if the run would take too much memory.
    pub fn add(
        &mut self,
        event: &Event<'_>,
        pointer: impl FnOnce() -> String,
    ) -> Result<(), OutOfMemory> {
        let place = (event.timestamp_ms, self.added);
        self.added += 1;
        let mut values = record::read(&self.query.names, event);
        let (streamed, rest) = self.query.commands.split_at(self.streamed);
        for command in streamed {
            if !pass(command, &mut values, &self.context) {
                return check_texts(&self.context);
            }
        }
        self.matched += 1;
        let row = |values| Row {
            values,
            pointer: Some(pointer().into()),
            place,
        };
        let added = match (&mut self.collector, rest.first()) {
            (Collector::Groups(groups), Some(Command::Stats(stats))) => {
                groups.add(&values, place, stats, &self.context)
            }
            (Collector::Distinct(distinct), Some(Command::Dedup(fields))) => {
                distinct.add(row(values), fields)
            }
            (Collector::Rows(rows), Some(Command::Sort(keys))) => rows.add(row(values), keys),
            (Collector::Rows(rows), _) => rows.add(row(values), &[]),
            // The collector was created for this command.
            _ => Ok(()),
        };
        added.and_then(|()| check_texts(&self.context))
    }

    /// Returns the number of events that passed the filters.
    pub fn matched(&self) -> u64 {
        self.matched
    }

    /// Returns the results.
    ///
    /// # Errors
    /// [`OutOfMemory`] if the run would take too much memory.
    pub fn finish(self) -> Result<Results, OutOfMemory> {
        let names = self.query.names.len();
        let (_, rest) = self.query.commands.split_at(self.streamed);
        let mut rest = rest.iter();
        let first = rest.next();
        let mut rows = match (self.collector, first) {
            (Collector::Groups(groups), Some(Command::Stats(stats))) => {
                groups.rows(stats, names, &self.context)?
            }
            (Collector::Distinct(distinct), _) => {
                let mut rows = distinct.incomplete;
                rows.extend(distinct.rows.into_values());
                sort(&mut rows, &[]);
                rows
            }
            (Collector::Rows(mut rows), first) => {
                let keys = match first {
                    Some(Command::Sort(keys)) => keys.as_slice(),
                    _ => &[],
                };
                rows.drop_rest(keys);
                rows.rows
            }
            _ => Vec::new(),
        };
        for command in rest {
            rows = apply(command, rows, names, &self.context)?;
        }
        check_texts(&self.context)?;
        rows.truncate(self.most);
        let shown = |row: Row| show(&self.query, &row);
        Ok(Results {
            rows: rows.into_iter().map(shown).collect(),
            matched: self.matched,
        })
    }
}

/// Returns the scope of expressions outside of `stats`.
fn scope<'a>(values: &'a [Value], context: &'a Context) -> Scope<'a> {
    Scope {
        values,
        aggregates: &[],
        context,
    }
}

/// Sends a row through a command; reports whether it remains.
fn pass(command: &Command, values: &mut Values, context: &Context) -> bool {
    match command {
        Command::Compute(assignments) => {
            for assignment in assignments {
                let value = assignment.value.evaluate(scope(values, context));
                values[assignment.to] = value;
            }
        }
        Command::Filter(condition) => return condition.evaluate(scope(values, context)).is_true(),
        Command::Extract {
            from,
            pattern,
            groups,
        } => {
            if let Some(text) = from.evaluate(scope(values, context)).render()
                && let Some(found) = pattern.captures(&text)
            {
                for (group, to) in groups {
                    let part = found.get(*group);
                    values[*to] = part.map_or(Value::Missing, |part| Value::text(part.as_str()));
                }
            }
        }
        Command::Stats(_) | Command::Sort(_) | Command::Limit(_) | Command::Dedup(_) => {}
    }
    true
}

/// Applies a command to a list of rows.
fn apply(
    command: &Command,
    mut rows: Vec<Row>,
    names: usize,
    context: &Context,
) -> Result<Vec<Row>, OutOfMemory> {
    match command {
        Command::Sort(keys) => sort_again(&mut rows, keys),
        Command::Limit(most) => rows.truncate(*most),
        Command::Dedup(fields) => {
            let mut seen = HashSet::new();
            rows.retain(|row| distinct_key(row, fields).is_none_or(|key| seen.insert(key)));
        }
        Command::Stats(stats) => {
            let mut groups = Groups::default();
            for row in &rows {
                groups.add(&row.values, row.place, stats, context)?;
            }
            rows = groups.rows(stats, names, context)?;
        }
        Command::Compute(_) | Command::Filter(_) | Command::Extract { .. } => {
            rows.retain_mut(|row| pass(command, &mut row.values, context));
            check_memory(rows.iter().map(Row::bytes).sum())?;
        }
    }
    Ok(rows)
}

/// Sorts rows by keys, and where these are equal in the default order.
fn sort(rows: &mut [Row], keys: &[SortKey]) {
    rows.sort_by(|a, b| by_keys(a, b, keys).then_with(|| b.place.cmp(&a.place)));
}

/// Sorts rows that have an order.
fn sort_again(rows: &mut [Row], keys: &[SortKey]) {
    rows.sort_by(|a, b| by_keys(a, b, keys));
}

fn by_keys(a: &Row, b: &Row, keys: &[SortKey]) -> Ordering {
    let orders = keys.iter().map(|key| {
        let order = order::compare(&a.values[key.field], &b.values[key.field]);
        match key.descending {
            true => order.reverse(),
            false => order,
        }
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

/// Returns the key of a row's values; `None` if one is missing.
fn distinct_key(row: &Row, fields: &[Slot]) -> Option<String> {
    let mut key = String::new();
    for field in fields {
        let value = &row.values[*field];
        if value.is_missing() {
            return None;
        }
        push_key(&mut key, value);
    }
    Some(key)
}

/// Adds a value to the key of several, so that no two lists of values have the same key.
fn push_key(key: &mut String, value: &Value) {
    match value.render() {
        None => key.push('-'),
        Some(text) => {
            key.push_str(&text.len().to_string());
            key.push(':');
            key.push_str(&text);
        }
    }
}

fn show(query: &Parsed, row: &Row) -> Vec<(Arc<str>, Arc<str>)> {
    let shown = query.shown.iter().filter_map(|slot| {
        let value = row.values[*slot].render()?;
        Some((Arc::clone(query.names.name(*slot)), value))
    });
    let pointer = row.pointer.iter().filter(|_| query.shows_events);
    let pointer = pointer.map(|pointer| ("@ptr".into(), Arc::clone(pointer)));
    shown.chain(pointer).collect()
}

/// Reports whether a function returned too long a text.
fn check_texts(context: &Context) -> Result<(), OutOfMemory> {
    match context.exceeded.get() {
        true => Err(OutOfMemory { most: MAX_TEXT }),
        false => Ok(()),
    }
}

fn check_memory(bytes: usize) -> Result<(), OutOfMemory> {
    match bytes <= MAX_MEMORY {
        true => Ok(()),
        false => Err(OutOfMemory { most: MAX_MEMORY }),
    }
}

#[cfg(test)]
mod tests;
