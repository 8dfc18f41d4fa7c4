//! Parses metric math.

use std::iter::Peekable;
use std::str::Chars;

/// The greatest depth of nested parentheses and calls. Operators of one level add no depth.
const DEPTH: usize = 64;

/// The keyword that FILL accepts in place of a value.
pub(super) const REPEAT: &str = "REPEAT";

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Text(String),
    /// The id of another query.
    Name(String),
    List(Vec<Expression>),
    Negative(Box<Expression>),
    /// Operators of equal precedence, applied from the left: `a - b + c`.
    Chain(Box<Expression>, Vec<(Operator, Expression)>),
    /// The function's name in upper case, and its arguments.
    Call(String, Vec<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// The operators by precedence, lowest first. Longer operators come before those that are their
/// prefixes.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::Unequal),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
    &[("^", Operator::Power)],
];

/// Parses an expression; the error is a sentence about the mistake.
pub(super) fn parse(text: &str) -> Result<Expression, String> {
    let mut parser = Parser {
        rest: text.trim_start(),
        depth: 0,
    };
    let expression = parser.level(0)?;
    match parser.rest {
        "" => Ok(expression),
        rest => Err(format!("Unexpected '{rest}'")),
    }
}

struct Parser<'a> {
    /// The rest of the text; never begins with a blank.
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn level(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let first = self.level(level + 1)?;
        let mut others = Vec::new();
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.take(sign)) {
            others.push((*operator, self.level(level + 1)?));
        }
        Ok(match others.is_empty() {
            true => first,
            false => Expression::Chain(Box::new(first), others),
        })
    }

    fn unary(&mut self) -> Result<Expression, String> {
        let mut negative = false;
        while self.take("-") {
            negative = !negative;
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("The expression is nested too deeply".into());
        }
        let expression = self.primary()?;
        self.depth -= 1;
        Ok(match negative {
            true => Expression::Negative(Box::new(expression)),
            false => expression,
        })
    }

    fn primary(&mut self) -> Result<Expression, String> {
        if self.take("(") {
            let inner = self.level(0)?;
            self.must(")")?;
            return Ok(inner);
        }
        if self.take("[") {
            return Ok(Expression::List(self.list("]")?));
        }
        for quote in ["'", "\""] {
            if self.take(quote) {
                let (text, rest) = self
                    .rest
                    .split_once(quote)
                    .ok_or("A string has no closing quote")?;
                self.rest = rest.trim_start();
                return Ok(Expression::Text(text.to_owned()));
            }
        }
        let word = self.word();
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return word
                .parse()
                .map(Expression::Number)
                .map_err(|_| format!("'{word}' is not a number"));
        }
        if word.is_empty() {
            return Err(match self.rest {
                "" => "Unexpected end".into(),
                rest => format!("Unexpected '{rest}'"),
            });
        }
        match self.take("(") {
            true => Ok(Expression::Call(word.to_ascii_uppercase(), self.list(")")?)),
            false => Ok(Expression::Name(word)),
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expression>, String> {
        let mut elements = Vec::new();
        if self.take(end) {
            return Ok(elements);
        }
        loop {
            elements.push(self.level(0)?);
            if self.take(end) {
                return Ok(elements);
            }
            self.must(",")?;
        }
    }

    fn word(&mut self) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let mut symbols: Peekable<Chars<'_>> = self.rest.chars().peekable();
        let mut word = String::new();
        while let Some(symbol) = symbols.next_if(|symbol| is_part(*symbol)) {
            word.push(symbol);
        }
        self.rest = self.rest[word.len()..].trim_start();
        word
    }

    fn take(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn must(&mut self, sign: &str) -> Result<(), String> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(format!("Expected '{sign}' before '{}'", self.rest)),
        }
    }
}

impl Expression {
    /// Returns the ids of the queries that the expression names.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut rest = vec![self];
        while let Some(expression) = rest.pop() {
            match expression {
                Self::Number(_) | Self::Text(_) => {}
                Self::Name(id) => names.push(id.as_str()),
                Self::List(elements) => rest.extend(elements),
                Self::Negative(inner) => rest.push(inner),
                Self::Chain(first, others) => {
                    rest.push(first);
                    rest.extend(others.iter().map(|(_, other)| other));
                }
                Self::Call(function, arguments) => match &arguments[..] {
                    [filled, Self::Name(word)] if function == "FILL" && word == REPEAT => {
                        rest.push(filled);
                    }
                    arguments => rest.extend(arguments),
                },
            }
        }
        names
    }
}
