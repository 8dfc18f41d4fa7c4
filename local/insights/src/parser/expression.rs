//! Expressions, by the rank of their operators.

use super::Parser;
use crate::error::CompileError;
use crate::lexer::Kind;
use crate::period::Period;
use crate::syntax::{
    Aggregate, AggregateKind, Arithmetic, Comparison, Expression, Function, Rounding,
};

/// The most expressions within each other.
const MAX_DEPTH: usize = 64;

const COMPARISONS: [(&str, Comparison); 6] = [
    ("=", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterOrEqual),
];

/// The aggregates of one value.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html>
const AGGREGATES: [(&str, AggregateKind); 11] = [
    ("count", AggregateKind::Count),
    ("count_distinct", AggregateKind::CountDistinct),
    ("sum", AggregateKind::Sum),
    ("avg", AggregateKind::Average),
    ("min", AggregateKind::Minimum),
    ("max", AggregateKind::Maximum),
    ("stddev", AggregateKind::StandardDeviation),
    ("earliest", AggregateKind::Earliest),
    ("latest", AggregateKind::Latest),
    ("sortsFirst", AggregateKind::SortsFirst),
    ("sortsLast", AggregateKind::SortsLast),
];

impl Parser<'_> {
    /// Parses an expression.
    pub(super) fn expression(&mut self) -> Result<Expression, CompileError> {
        let mut any = vec![self.conjunction()?];
        while self.takes_keyword("or")? {
            any.push(self.conjunction()?);
        }
        Ok(alone_or(any, Expression::Any))
    }

    fn conjunction(&mut self) -> Result<Expression, CompileError> {
        let mut all = vec![self.negation()?];
        while self.takes_keyword("and")? {
            all.push(self.negation()?);
        }
        Ok(alone_or(all, Expression::All))
    }

    fn negation(&mut self) -> Result<Expression, CompileError> {
        if !self.is_keyword("not") {
            return self.comparison();
        }
        self.advance()?;
        let negated = self.deeper(Self::negation)?;
        Ok(Expression::Not(Box::new(negated)))
    }

    fn comparison(&mut self) -> Result<Expression, CompileError> {
        let left = self.sum()?;
        for (sign, comparison) in COMPARISONS {
            if self.takes(sign)? {
                let right = self.sum()?;
                return Ok(Expression::Compare(comparison, Box::new((left, right))));
            }
        }
        if self.takes("=~")? {
            let pattern = self.pattern()?;
            return Ok(Expression::Like(Box::new(left), pattern));
        }
        let negated = self.is_keyword("not");
        if negated {
            self.advance()?;
        }
        let found = if self.takes_keyword("like")? {
            Expression::Like(Box::new(left), self.pattern()?)
        } else if self.takes_keyword("in")? {
            Expression::In(Box::new(left), self.list()?)
        } else if negated {
            return Err(self.unexpected());
        } else {
            return Ok(left);
        };
        Ok(match negated {
            true => Expression::Not(Box::new(found)),
            false => found,
        })
    }

    /// Parses the list of `in`.
    fn list(&mut self) -> Result<Vec<Expression>, CompileError> {
        self.expect("[")?;
        let mut list = Vec::new();
        loop {
            list.push(self.deeper(Self::sum)?);
            if !self.takes(",")? {
                break;
            }
        }
        self.expect("]")?;
        Ok(list)
    }

    fn sum(&mut self) -> Result<Expression, CompileError> {
        let signs = [("+", Arithmetic::Add), ("-", Arithmetic::Subtract)];
        self.chain(&signs, Self::product)
    }

    fn product(&mut self) -> Result<Expression, CompileError> {
        let signs = [
            ("*", Arithmetic::Multiply),
            ("/", Arithmetic::Divide),
            ("%", Arithmetic::Remainder),
        ];
        self.chain(&signs, Self::power)
    }

    fn chain(
        &mut self,
        signs: &[(&str, Arithmetic)],
        operand: fn(&mut Self) -> Result<Expression, CompileError>,
    ) -> Result<Expression, CompileError> {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some((_, operator)) = signs.iter().find(|(sign, _)| self.is(sign)) {
            self.advance()?;
            rest.push((*operator, operand(self)?));
        }
        Ok(match rest.is_empty() {
            true => first,
            false => Expression::Chain(Box::new(first), rest),
        })
    }

    fn power(&mut self) -> Result<Expression, CompileError> {
        let base = self.signed()?;
        if !self.takes("^")? {
            return Ok(base);
        }
        let exponent = self.deeper(Self::power)?;
        Ok(Expression::Power(Box::new((base, exponent))))
    }

    fn signed(&mut self) -> Result<Expression, CompileError> {
        if self.takes("-")? {
            let negated = self.deeper(Self::signed)?;
            return Ok(Expression::Negate(Box::new(negated)));
        }
        self.operand()
    }

    fn operand(&mut self) -> Result<Expression, CompileError> {
        match &self.next.kind {
            Kind::Number(number) => {
                let number = *number;
                self.advance()?;
                Ok(Expression::Number(number))
            }
            Kind::Text(text) => {
                let text = text.as_str().into();
                self.advance()?;
                Ok(Expression::Text(text))
            }
            Kind::Sign("(") => {
                self.advance()?;
                let inner = self.deeper(Self::expression)?;
                self.expect(")")?;
                Ok(inner)
            }
            Kind::Word => {
                let word = self.word().to_owned();
                for value in [true, false] {
                    if word.eq_ignore_ascii_case(&value.to_string()) {
                        self.advance()?;
                        return Ok(Expression::Bool(value));
                    }
                }
                // Between a function's name and its arguments there may be spaces.
                let start = self.next.clone();
                self.advance()?;
                if self.is("(") {
                    return self.deeper(|parser| parser.call(&word, start.bytes.start));
                }
                self.next = start;
                self.field().map(Expression::Field)
            }
            Kind::Quoted(_) => self.field().map(Expression::Field),
            _ => Err(self.unexpected()),
        }
    }

    /// Parses the arguments of a call, of which the parenthesis is next.
    fn call(&mut self, name: &str, start: usize) -> Result<Expression, CompileError> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("bin") {
            self.advance()?;
            let period = self.period()?;
            self.expect(")")?;
            let timestamp = Expression::Field(self.names.slot("@timestamp"));
            return Ok(Expression::Round(
                Box::new(timestamp),
                period,
                Rounding::Down,
            ));
        }
        for (rounding, function) in [(Rounding::Down, "datefloor"), (Rounding::Up, "dateceil")] {
            if is(function) {
                self.advance()?;
                let time = self.expression()?;
                self.expect(",")?;
                let period = self.period()?;
                self.expect(")")?;
                return Ok(Expression::Round(Box::new(time), period, rounding));
            }
        }
        let aggregate = AGGREGATES.iter().find(|(other, _)| is(other));
        if let Some((_, kind)) = aggregate {
            return self.aggregate(*kind);
        }
        if is("pct") {
            return self.aggregate(AggregateKind::Percentile(0.0));
        }
        let Some((function, allowed)) = Function::named(name) else {
            return Err(self.unexpected());
        };
        self.advance()?;
        let mut arguments = Vec::new();
        if !self.is(")") {
            loop {
                arguments.push(self.expression()?);
                if !self.takes(",")? {
                    break;
                }
            }
        }
        let end = self.next.bytes.end;
        self.expect(")")?;
        if !allowed.contains(&arguments.len()) {
            let (least, most) = (allowed.start(), allowed.end());
            let number = match least == most {
                true => least.to_string(),
                false => format!("from {least} to {most}"),
            };
            let problem = format!("{name} takes {number} arguments, not {}", arguments.len());
            return Err(crate::lexer::refuse(self.query, start..end, &problem));
        }
        Ok(Expression::Call(function, arguments))
    }

    /// Parses the argument of an aggregate, which only `stats` computes.
    fn aggregate(&mut self, mut kind: AggregateKind) -> Result<Expression, CompileError> {
        match &mut self.aggregates {
            Some(aggregates) if !aggregates.inside => aggregates.inside = true,
            _ => return Err(self.unexpected()),
        }
        self.advance()?;
        let counts_records = kind == AggregateKind::Count && (self.is(")") || self.takes("*")?);
        let of = match counts_records {
            true => None,
            false => Some(self.expression()?),
        };
        if let AggregateKind::Percentile(percent) = &mut kind {
            self.expect(",")?;
            *percent = match self.next.kind {
                Kind::Number(number) if (0.0..=100.0).contains(&number) => number,
                Kind::Number(_) => {
                    return Err(self.refuse("a percentile must be a number from 0 to 100"));
                }
                _ => return Err(self.unexpected()),
            };
            self.advance()?;
        }
        self.expect(")")?;
        let aggregates = self.aggregates.get_or_insert_default();
        aggregates.inside = false;
        aggregates.list.push(Aggregate { kind, of });
        Ok(Expression::Aggregate(aggregates.list.len() - 1))
    }

    fn period(&mut self) -> Result<Period, CompileError> {
        let text = &self.query[self.next.bytes.clone()];
        let period = match self.next.kind {
            Kind::Period => Period::parse(text),
            _ => None,
        };
        let period = period.ok_or_else(|| self.unexpected())?;
        self.advance()?;
        Ok(period)
    }

    /// Parses a part within this expression.
    fn deeper<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, CompileError>,
    ) -> Result<T, CompileError> {
        if self.depth == MAX_DEPTH {
            let problem = format!("at most {MAX_DEPTH} expressions may be within each other");
            return Err(self.refuse(&problem));
        }
        self.depth += 1;
        let parsed = part(self)?;
        self.depth -= 1;
        Ok(parsed)
    }
}

/// Returns the only expression of a list, or all of them together.
fn alone_or(mut list: Vec<Expression>, together: fn(Vec<Expression>) -> Expression) -> Expression {
    match list.pop() {
        Some(alone) if list.is_empty() => alone,
        Some(last) => {
            list.push(last);
            together(list)
        }
        None => together(list),
    }
}
