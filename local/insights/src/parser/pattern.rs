//! Patterns of `like` and `parse`.

use regex::{Regex, RegexBuilder};

use super::Parser;
use crate::error::CompileError;
use crate::lexer::{self, Kind};
use crate::syntax::{Command, Expression, Pattern, Slot};

/// The most regular expressions of a query, and the most bytes of each when it is compiled.
const MAX_REGEXES: usize = 32;
const MAX_REGEX_BYTES: usize = 1_024 * 1_024;
/// The most parts of a regular expression within each other.
const MAX_REGEX_DEPTH: u32 = 50;

impl Parser<'_> {
    /// Parses what `like` and `=~` look for.
    pub(super) fn pattern(&mut self) -> Result<Pattern, CompileError> {
        if let Kind::Text(text) = &self.next.kind {
            let text = text.clone();
            self.advance()?;
            return Ok(Pattern::Text(text));
        }
        self.regex().map(Pattern::Regex)
    }

    /// Parses a regular expression between slashes.
    fn regex(&mut self) -> Result<Regex, CompileError> {
        if !self.is("/") {
            return Err(self.unexpected());
        }
        let (pattern, token) = lexer::read_regex(self.query, self.next.bytes.start)?;
        self.next = token;
        let regex = self.compile(&pattern)?;
        self.advance()?;
        Ok(regex)
    }

    /// Compiles a regular expression, for which the next token is to blame.
    fn compile(&mut self, pattern: &str) -> Result<Regex, CompileError> {
        self.regexes += 1;
        if self.regexes > MAX_REGEXES {
            let problem = format!("a query may have {MAX_REGEXES} patterns at most");
            return Err(self.refuse(&problem));
        }
        let compiled = RegexBuilder::new(pattern)
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .nest_limit(MAX_REGEX_DEPTH)
            .build();
        compiled.map_err(|error| {
            let error = error.to_string();
            let last = error.lines().next_back().unwrap_or_default();
            let reason = last.trim_start_matches("error: ").to_owned();
            self.refuse(&format!("a regular expression is not valid: {reason}"))
        })
    }

    /// Parses `parse`: a field, and a pattern with wildcards and names, or with named groups.
    pub(super) fn parse_command(&mut self) -> Result<(), CompileError> {
        self.advance()?;
        let from = Expression::Field(self.field()?);
        let (pattern, groups) = match &self.next.kind {
            Kind::Text(glob) => {
                let glob = glob.clone();
                self.glob(&glob)?
            }
            _ => self.groups()?,
        };
        for (_, slot) in &groups {
            self.exists(*slot);
            self.extracted.push(*slot);
        }
        self.commands.push(Command::Extract {
            from,
            pattern,
            groups,
        });
        Ok(())
    }

    /// Parses a pattern in which each `*` is a field, named behind it in the same order. The last
    /// wildcard of a pattern that ends with it extends to the end of the text.
    fn glob(&mut self, glob: &str) -> Result<(Regex, Vec<(usize, Slot)>), CompileError> {
        let literals: Vec<String> = glob.split('*').map(regex::escape).collect();
        let wildcards = literals.len() - 1;
        let mut pattern = format!("(?s){}", literals.join("(.*?)"));
        if glob.ends_with('*') {
            pattern.push('$');
        }
        let regex = self.compile(&pattern)?;
        let start = self.next.bytes.start;
        self.advance()?;
        let mut groups = Vec::new();
        if !self.takes_keyword("as")? {
            return Err(self.unexpected());
        }
        loop {
            groups.push((groups.len() + 1, self.defined_name()?));
            if !self.takes(",")? {
                break;
            }
        }
        if groups.len() != wildcards {
            let problem = format!(
                "a pattern must have a name for each *, but has {wildcards} of them and {} names",
                groups.len()
            );
            let end = self.next.bytes.start;
            return Err(lexer::refuse(self.query, start..end, &problem));
        }
        Ok((regex, groups))
    }

    /// Parses a regular expression whose named groups are fields.
    fn groups(&mut self) -> Result<(Regex, Vec<(usize, Slot)>), CompileError> {
        let bytes = self.next.bytes.clone();
        let regex = self.regex()?;
        let mut groups = Vec::new();
        for (group, name) in regex.capture_names().enumerate() {
            let Some(name) = name else { continue };
            let slot = self.names.slot(name);
            if !self.defined.insert(slot) {
                let problem = format!("Ephemeral field is already defined: {name}");
                return Err(lexer::refuse(self.query, bytes, &problem));
            }
            groups.push((group, slot));
        }
        match groups.is_empty() {
            true => Err(lexer::refuse(
                self.query,
                bytes,
                "a regular expression of parse must have a named group",
            )),
            false => Ok((regex, groups)),
        }
    }
}
