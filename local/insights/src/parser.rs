//! Parses queries: commands and what is shown.

mod expression;
mod pattern;

use std::collections::HashSet;
use std::ops::Range;

use crate::error::CompileError;
use crate::lexer::{self, Kind, Token};
use crate::syntax::{Aggregate, Assignment, Command, Expression, Names, Slot, SortKey, Stats};

/// The most characters of a query in the service's model.
pub(crate) const MAX_LENGTH: usize = 10_000;
/// The most results of a query.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html>
pub(crate) const MAX_RESULTS: usize = 100_000;
/// The most `stats` commands of a query.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html>
const MAX_STATS: usize = 2;

const COMMANDS: [&str; 8] = [
    "fields", "filter", "stats", "sort", "limit", "display", "dedup", "parse",
];
/// Commands of the language that are not implemented.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>
const UNSUPPORTED: [&str; 15] = [
    "pattern",
    "diff",
    "anomaly",
    "unnest",
    "expand",
    "unmask",
    "filterIndex",
    "SOURCE",
    "lookup",
    "join",
    "head",
    "tail",
    "addtotals",
    "relevantfields",
    "estimate",
];

/// A parsed query.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) names: Names,
    pub(crate) commands: Vec<Command>,
    /// The fields of the results, in order.
    pub(crate) shown: Vec<Slot>,
    /// The results are log events, which have a `@ptr`.
    pub(crate) shows_events: bool,
}

/// Parses a query.
pub(crate) fn parse(query: &str) -> Result<Parsed, CompileError> {
    let length = query.chars().count();
    if length > MAX_LENGTH {
        return Err(CompileError {
            message: format!("a query must have {MAX_LENGTH} characters at most, and has {length}"),
            characters: MAX_LENGTH..length,
        });
    }
    let mut parser = Parser {
        query,
        next: lexer::read(query, 0)?,
        names: Names::default(),
        commands: Vec::new(),
        listed: Vec::new(),
        displayed: None,
        extracted: Vec::new(),
        defined: HashSet::new(),
        known: None,
        aggregates: None,
        stats: 0,
        regexes: 0,
        depth: 0,
    };
    parser.commands()?;
    Ok(parser.finish())
}

/// The state of `stats` while its results are parsed.
#[derive(Debug, Default)]
struct Aggregates {
    list: Vec<Aggregate>,
    /// The parser is within an argument of an aggregate.
    inside: bool,
    /// The results before this one.
    results: HashSet<Slot>,
}

struct Parser<'a> {
    query: &'a str,
    next: Token,
    names: Names,
    commands: Vec<Command>,
    /// The fields of all `fields` commands, or of the last `stats`.
    listed: Vec<Slot>,
    /// The fields of the last `display`.
    displayed: Option<Vec<Slot>>,
    /// The fields of `parse`.
    extracted: Vec<Slot>,
    /// Fields that the query has defined; none may be defined again.
    defined: HashSet<Slot>,
    /// The only fields behind `stats`.
    known: Option<HashSet<Slot>>,
    aggregates: Option<Aggregates>,
    stats: usize,
    regexes: usize,
    /// The number of expressions that enclose this one.
    depth: usize,
}

impl Parser<'_> {
    fn commands(&mut self) -> Result<(), CompileError> {
        loop {
            self.command()?;
            if self.next.kind == Kind::End {
                return Ok(());
            }
            self.expect("|")?;
        }
    }

    fn finish(mut self) -> Parsed {
        let extends = self.displayed.is_none();
        let mut shown = match self.displayed {
            Some(displayed) => displayed,
            None if self.listed.is_empty() && self.known.is_none() => ["@timestamp", "@message"]
                .map(|name| self.names.slot(name))
                .into(),
            None => self.listed,
        };
        if extends {
            shown.extend(&self.extracted);
        }
        let mut seen = HashSet::new();
        shown.retain(|slot| seen.insert(*slot));
        Parsed {
            names: self.names,
            commands: self.commands,
            shown,
            shows_events: self.known.is_none(),
        }
    }

    fn command(&mut self) -> Result<(), CompileError> {
        let word = self.word();
        let Some(name) = COMMANDS.iter().find(|name| word.eq_ignore_ascii_case(name)) else {
            if let Some(name) = UNSUPPORTED
                .iter()
                .find(|name| word.eq_ignore_ascii_case(name))
            {
                let problem = format!("the local account does not support the command {name}");
                return Err(self.refuse(&problem));
            }
            return Err(self.unexpected());
        };
        // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html>
        let behind_dedup = self
            .commands
            .iter()
            .any(|command| matches!(command, Command::Dedup(_)));
        if behind_dedup && *name != "limit" {
            return Err(self.unexpected());
        }
        match *name {
            "fields" => self.fields(),
            "display" => self.display(),
            "filter" => {
                self.advance()?;
                let condition = self.expression()?;
                self.commands.push(Command::Filter(condition));
                Ok(())
            }
            "stats" => self.stats(),
            "sort" => self.sort(),
            "limit" => self.limit(),
            "dedup" => self.dedup(),
            _ => self.parse_command(),
        }
    }

    /// Parses `fields`: expressions that may have names.
    fn fields(&mut self) -> Result<(), CompileError> {
        let listed = self.computed()?;
        self.listed.extend(listed);
        Ok(())
    }

    /// Parses `display`. Only the last one counts.
    fn display(&mut self) -> Result<(), CompileError> {
        self.displayed = Some(self.computed()?);
        Ok(())
    }

    /// Parses a list of expressions and adds a command that computes them; returns their fields.
    fn computed(&mut self) -> Result<Vec<Slot>, CompileError> {
        let (mut computed, mut slots) = (Vec::new(), Vec::new());
        loop {
            self.advance()?;
            let Assignment { value, to } = self.named_expression()?;
            slots.push(to);
            self.exists(to);
            if !matches!(value, Expression::Field(field) if field == to) {
                computed.push(Assignment { value, to });
            }
            if !self.is(",") {
                break;
            }
        }
        if !computed.is_empty() {
            self.commands.push(Command::Compute(computed));
        }
        Ok(slots)
    }

    /// Parses an expression that may have a name. Without one, its text is its name.
    fn named_expression(&mut self) -> Result<Assignment, CompileError> {
        let start = self.next.bytes.start;
        let value = self.expression()?;
        if self.takes_keyword("as")? {
            let to = self.defined_name()?;
            return Ok(Assignment { value, to });
        }
        if let Expression::Field(field) = value {
            return Ok(Assignment { value, to: field });
        }
        let text = self.query[start..self.next.bytes.start].trim_end();
        let to = self.names.slot(text);
        Ok(Assignment { value, to })
    }

    /// Parses the name of a field that the query defines.
    fn defined_name(&mut self) -> Result<Slot, CompileError> {
        let bytes = self.next.bytes.clone();
        let slot = self.name()?;
        match self.defined.insert(slot) {
            true => Ok(slot),
            false => {
                let problem = format!(
                    "Ephemeral field is already defined: {}",
                    self.names.name(slot)
                );
                Err(lexer::refuse(self.query, bytes, &problem))
            }
        }
    }

    fn stats(&mut self) -> Result<(), CompileError> {
        self.stats += 1;
        if self.stats > MAX_STATS {
            return Err(self.unexpected());
        }
        self.aggregates = Some(Aggregates::default());
        let mut results = Vec::new();
        loop {
            self.advance()?;
            let result = self.named_expression()?;
            if let Some(aggregates) = &mut self.aggregates {
                aggregates.results.insert(result.to);
            }
            results.push(result);
            if !self.is(",") {
                break;
            }
        }
        let aggregates = self.aggregates.take().unwrap_or_default().list;
        let mut by = Vec::new();
        if self.is_keyword("by") {
            loop {
                self.advance()?;
                by.push(self.named_expression()?);
                if !self.is(",") {
                    break;
                }
            }
        }
        // AWS shows the groups before the results.
        self.listed = by.iter().chain(&results).map(|result| result.to).collect();
        self.known = Some(self.listed.iter().copied().collect());
        self.displayed = None;
        self.extracted.clear();
        self.commands.push(Command::Stats(Stats {
            aggregates,
            results,
            by,
        }));
        Ok(())
    }

    /// Parses `sort`, which takes names of fields. The service refuses a call, such as `bin(1m)`.
    fn sort(&mut self) -> Result<(), CompileError> {
        let mut keys = Vec::new();
        loop {
            self.advance()?;
            let field = self.field()?;
            let descending = self.takes_keyword("desc")?;
            if !descending {
                self.takes_keyword("asc")?;
            }
            keys.push(SortKey { field, descending });
            if !self.is(",") {
                break;
            }
        }
        self.commands.push(Command::Sort(keys));
        Ok(())
    }

    /// Parses `limit`. With `any`, AWS may stop early; any of the results are right.
    fn limit(&mut self) -> Result<(), CompileError> {
        self.advance()?;
        self.takes_keyword("any")?;
        let most = match self.next.kind {
            Kind::Number(number) if number.fract() == 0.0 => number,
            _ => return Err(self.unexpected()),
        };
        if !(1.0..=MAX_RESULTS as f64).contains(&most) {
            let problem = format!("a limit must be a whole number from 1 to {MAX_RESULTS}");
            return Err(self.refuse(&problem));
        }
        self.advance()?;
        self.commands.push(Command::Limit(most as usize));
        Ok(())
    }

    fn dedup(&mut self) -> Result<(), CompileError> {
        let mut fields = Vec::new();
        loop {
            self.advance()?;
            fields.push(self.field()?);
            if !self.is(",") {
                break;
            }
        }
        self.commands.push(Command::Dedup(fields));
        Ok(())
    }

    /// Parses the name of a field that exists at this place.
    fn field(&mut self) -> Result<Slot, CompileError> {
        let bytes = self.next.bytes.clone();
        let slot = self.name()?;
        self.check_known(slot, bytes)?;
        Ok(slot)
    }

    /// Adds a field to those that exist behind `stats`.
    fn exists(&mut self, slot: Slot) {
        if let Some(known) = &mut self.known {
            known.insert(slot);
        }
    }

    /// Refuses a field that does not exist behind or in `stats`.
    fn check_known(&self, slot: Slot, bytes: Range<usize>) -> Result<(), CompileError> {
        let is_known = match (&self.aggregates, &self.known) {
            (Some(aggregates), _) if !aggregates.inside => aggregates.results.contains(&slot),
            (_, Some(known)) => known.contains(&slot),
            (_, None) => true,
        };
        if is_known {
            return Ok(());
        }
        let name = self.names.name(slot);
        let problem = format!("Unknown symbols found in or after stats: {name}");
        Err(lexer::refuse(self.query, bytes, &problem))
    }

    /// Parses a name.
    fn name(&mut self) -> Result<Slot, CompileError> {
        let slot = match &self.next.kind {
            Kind::Quoted(name) => self.names.slot(name),
            Kind::Word => self.names.slot(&self.query[self.next.bytes.clone()]),
            _ => return Err(self.unexpected()),
        };
        self.advance()?;
        Ok(slot)
    }

    fn advance(&mut self) -> Result<(), CompileError> {
        self.next = lexer::read(self.query, self.next.bytes.end)?;
        Ok(())
    }

    /// Returns the text of the next token if it is a word, or an empty text.
    fn word(&self) -> &str {
        match self.next.kind {
            Kind::Word => &self.query[self.next.bytes.clone()],
            _ => "",
        }
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        self.word().eq_ignore_ascii_case(keyword)
    }

    /// Skips a keyword; reports whether it was there.
    fn takes_keyword(&mut self, keyword: &str) -> Result<bool, CompileError> {
        let is_there = self.is_keyword(keyword);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.next.kind, Kind::Sign(next) if next == sign)
    }

    fn takes(&mut self, sign: &str) -> Result<bool, CompileError> {
        let is_there = self.is(sign);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect(&mut self, sign: &str) -> Result<(), CompileError> {
        match self.takes(sign)? {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    /// Returns AWS's error for the next token.
    fn unexpected(&self) -> CompileError {
        lexer::unexpected(self.query, self.next.bytes.clone())
    }

    /// Returns an error at the next token.
    fn refuse(&self, problem: &str) -> CompileError {
        lexer::refuse(self.query, self.next.bytes.clone(), problem)
    }
}

#[cfg(test)]
mod tests;
