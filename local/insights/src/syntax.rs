//! A query, parsed.

use std::collections::HashMap;
use std::sync::Arc;

use regex::Regex;

use crate::period::Period;

/// The number of a name of a query. The values of a record have the same numbers.
pub(crate) type Slot = usize;

/// The names that a query mentions.
#[derive(Debug, Default)]
pub(crate) struct Names {
    slots: HashMap<Arc<str>, Slot>,
    names: Vec<Arc<str>>,
}

impl Names {
    /// Returns the number of a name.
    pub(crate) fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let (name, slot): (Arc<str>, Slot) = (name.into(), self.names.len());
        self.names.push(Arc::clone(&name));
        self.slots.insert(name, slot);
        slot
    }

    /// Returns the number of a name that the query mentions.
    pub(crate) fn find(&self, name: &str) -> Option<Slot> {
        self.slots.get(name).copied()
    }

    pub(crate) fn name(&self, slot: Slot) -> &Arc<str> {
        &self.names[slot]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// The text or pattern of `like`.
#[derive(Debug)]
pub(crate) enum Pattern {
    Text(String),
    Regex(Regex),
}

#[derive(Debug)]
pub(crate) enum Expression {
    Field(Slot),
    Text(Arc<str>),
    Number(f64),
    Bool(bool),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Comparison, Box<(Expression, Expression)>),
    In(Box<Expression>, Vec<Expression>),
    Like(Box<Expression>, Pattern),
    /// Operators of one rank, from left to right.
    Chain(Box<Expression>, Vec<(Arithmetic, Expression)>),
    Power(Box<(Expression, Expression)>),
    Negate(Box<Expression>),
    Call(Function, Vec<Expression>),
    /// A time, rounded up or down.
    Round(Box<Expression>, Period, Rounding),
    /// An aggregate of the `stats` command, by its number.
    Aggregate(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    Up,
    Down,
}

macro_rules! functions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal takes $arguments:expr;)*) => {
        /// A function of values.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Function { $($(#[$doc])* $variant),* }

        impl Function {
            /// Returns the function of a name, in any letter case, with the numbers of arguments
            /// that it takes.
            pub(crate) fn named(name: &str) -> Option<(Self, std::ops::RangeInclusive<usize>)> {
                $(if name.eq_ignore_ascii_case($name) {
                    return Some((Self::$variant, $arguments));
                })*
                None
            }

            /// The names of all functions.
            #[cfg(test)]
            pub(crate) const NAMES: &'static [&'static str] = &[$($name),*];
        }
    };
}

const MANY: usize = 1_000;

functions! {
    Abs = "abs" takes 1..=1;
    Ceil = "ceil" takes 1..=1;
    Floor = "floor" takes 1..=1;
    Greatest = "greatest" takes 1..=MANY;
    Least = "least" takes 1..=MANY;
    Log = "log" takes 1..=1;
    Sqrt = "sqrt" takes 1..=1;
    FromMillis = "fromMillis" takes 1..=1;
    ToMillis = "toMillis" takes 1..=1;
    Now = "now" takes 0..=0;
    IsPresent = "ispresent" takes 1..=1;
    Coalesce = "coalesce" takes 1..=MANY;
    If = "if" takes 3..=3;
    IsEmpty = "isempty" takes 1..=1;
    IsBlank = "isblank" takes 1..=1;
    Concat = "concat" takes 1..=MANY;
    Ltrim = "ltrim" takes 1..=2;
    Rtrim = "rtrim" takes 1..=2;
    Trim = "trim" takes 1..=2;
    Strlen = "strlen" takes 1..=1;
    ToUpper = "toupper" takes 1..=1;
    ToLower = "tolower" takes 1..=1;
    Substr = "substr" takes 2..=3;
    Replace = "replace" takes 3..=3;
    StrContains = "strcontains" takes 2..=2;
    IsValidIp = "isValidIp" takes 1..=1;
    IsValidIpv4 = "isValidIpv4" takes 1..=1;
    IsValidIpv6 = "isValidIpv6" takes 1..=1;
    IsIpInSubnet = "isIpInSubnet" takes 2..=2;
    IsIpv4InSubnet = "isIpv4InSubnet" takes 2..=2;
    IsIpv6InSubnet = "isIpv6InSubnet" takes 2..=2;
}

/// An aggregate of the `stats` command.
#[derive(Debug)]
pub(crate) struct Aggregate {
    pub(crate) kind: AggregateKind,
    /// `None` counts records.
    pub(crate) of: Option<Expression>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum AggregateKind {
    Count,
    CountDistinct,
    Sum,
    Average,
    Minimum,
    Maximum,
    StandardDeviation,
    Percentile(f64),
    Earliest,
    Latest,
    SortsFirst,
    SortsLast,
}

#[derive(Debug)]
pub(crate) struct SortKey {
    pub(crate) field: Slot,
    pub(crate) descending: bool,
}

/// A value with the field that receives it.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) value: Expression,
    pub(crate) to: Slot,
}

/// A command, without those that only select what is shown.
#[derive(Debug)]
pub(crate) enum Command {
    /// The computed fields of `fields` and `display`.
    Compute(Vec<Assignment>),
    Filter(Expression),
    Extract {
        from: Expression,
        pattern: Regex,
        /// The groups of the pattern with the fields that receive them.
        groups: Vec<(usize, Slot)>,
    },
    Stats(Stats),
    Sort(Vec<SortKey>),
    Limit(usize),
    Dedup(Vec<Slot>),
}

#[derive(Debug)]
pub(crate) struct Stats {
    pub(crate) aggregates: Vec<Aggregate>,
    /// The results, computed from aggregates and from earlier results.
    pub(crate) results: Vec<Assignment>,
    pub(crate) by: Vec<Assignment>,
}
