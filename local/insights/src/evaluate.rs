//! Evaluates expressions.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::syntax::{Arithmetic, Comparison, Expression, Function, Pattern, Rounding};
use crate::value::Value;

/// The most bytes of a text that a function returns. A query could otherwise double a text with each
/// expression.
pub(crate) const MAX_TEXT: usize = 1_024 * 1_024;

/// The values that an expression refers to.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) values: &'a [Value],
    pub(crate) aggregates: &'a [Value],
    pub(crate) context: &'a Context,
}

/// The run that an expression is evaluated for.
#[derive(Debug)]
pub(crate) struct Context {
    /// The time when the query started.
    pub(crate) now_ms: i64,
    /// A function would have returned too long a text.
    pub(crate) exceeded: Cell<bool>,
}

impl Context {
    /// Returns a text as a value unless it is too long.
    fn text(&self, text: String) -> Value {
        match text.len() <= MAX_TEXT {
            true => Value::Text(text.into()),
            false => self.too_long(),
        }
    }

    fn too_long(&self) -> Value {
        self.exceeded.set(true);
        Value::Missing
    }
}

impl Expression {
    pub(crate) fn evaluate(&self, scope: Scope<'_>) -> Value {
        match self {
            Self::Field(slot) => scope.values.get(*slot).cloned().unwrap_or(Value::Missing),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Number(number) => Value::Number(*number),
            Self::Bool(value) => Value::Bool(*value),
            Self::All(parts) => {
                Value::Bool(parts.iter().all(|part| part.evaluate(scope).is_true()))
            }
            Self::Any(parts) => {
                Value::Bool(parts.iter().any(|part| part.evaluate(scope).is_true()))
            }
            Self::Not(part) => Value::Bool(!part.evaluate(scope).is_true()),
            Self::Compare(comparison, sides) => {
                let (left, right) = (sides.0.evaluate(scope), sides.1.evaluate(scope));
                Value::Bool(comparison.holds(&left, &right))
            }
            Self::In(value, list) => {
                let value = value.evaluate(scope);
                let equals = |item: &Expression| value.equals(&item.evaluate(scope));
                Value::Bool(list.iter().any(equals))
            }
            Self::Like(value, pattern) => {
                let text = value.evaluate(scope).render();
                Value::Bool(text.is_some_and(|text| pattern.is_in(&text)))
            }
            Self::Chain(first, rest) => {
                let mut result = first.evaluate(scope);
                for (operator, operand) in rest {
                    result = operator.apply(&result, &operand.evaluate(scope));
                }
                result
            }
            Self::Power(sides) => {
                let (base, exponent) = (sides.0.evaluate(scope), sides.1.evaluate(scope));
                numbers(&base, &exponent, f64::powf)
            }
            Self::Negate(operand) => number(&operand.evaluate(scope), |number| -number),
            Self::Call(function, arguments) => function.call(arguments, scope),
            Self::Round(time, period, rounding) => {
                let rounded = time
                    .evaluate(scope)
                    .as_time()
                    .and_then(|at| match rounding {
                        Rounding::Down => period.floor(at),
                        Rounding::Up => period.ceil(at),
                    });
                rounded.map_or(Value::Missing, Value::Time)
            }
            Self::Aggregate(number) => {
                let value = scope.aggregates.get(*number);
                value.cloned().unwrap_or(Value::Missing)
            }
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = || left.compare(right);
        match self {
            Self::Equal => left.equals(right),
            // Also for a field that does not exist.
            Self::NotEqual => !left.equals(right),
            Self::Less => order().is_some_and(|order| order.is_lt()),
            Self::LessOrEqual => order().is_some_and(|order| order.is_le()),
            Self::Greater => order().is_some_and(|order| order.is_gt()),
            Self::GreaterOrEqual => order().is_some_and(|order| order.is_ge()),
        }
    }
}

impl Arithmetic {
    fn apply(self, left: &Value, right: &Value) -> Value {
        numbers(left, right, |left, right| match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Remainder => left % right,
        })
    }
}

impl Pattern {
    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Text(part) => text.contains(part.as_str()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

fn number(value: &Value, function: impl FnOnce(f64) -> f64) -> Value {
    value
        .as_number()
        .map_or(Value::Missing, |value| Value::number(function(value)))
}

fn numbers(left: &Value, right: &Value, function: impl FnOnce(f64, f64) -> f64) -> Value {
    match (left.as_number(), right.as_number()) {
        (Some(left), Some(right)) => Value::number(function(left, right)),
        _ => Value::Missing,
    }
}

impl Function {
    fn call(self, arguments: &[Expression], scope: Scope<'_>) -> Value {
        let value = |index: usize| {
            arguments
                .get(index)
                .map_or(Value::Missing, |argument| argument.evaluate(scope))
        };
        // The text of an argument.
        let string = |index: usize| value(index).render();
        match self {
            Self::Abs => number(&value(0), f64::abs),
            Self::Ceil => number(&value(0), f64::ceil),
            Self::Floor => number(&value(0), f64::floor),
            Self::Log => number(&value(0), f64::ln),
            Self::Sqrt => number(&value(0), f64::sqrt),
            Self::Greatest => best(arguments, scope, f64::max),
            Self::Least => best(arguments, scope, f64::min),
            Self::FromMillis => {
                let at = value(0).as_number();
                at.map_or(Value::Missing, |at| Value::Time(at as i64))
            }
            Self::ToMillis => {
                let at = value(0).as_time();
                at.map_or(Value::Missing, |at| Value::number(at as f64))
            }
            Self::Now => Value::number(scope.context.now_ms.div_euclid(1_000) as f64),
            Self::IsPresent => Value::Bool(!value(0).is_missing()),
            Self::Coalesce => {
                let mut values = arguments.iter().map(|argument| argument.evaluate(scope));
                let present = values.find(|value| !value.is_missing());
                present.unwrap_or(Value::Missing)
            }
            Self::If => match value(0).is_true() {
                true => value(1),
                false => value(2),
            },
            Self::IsEmpty => Value::Bool(string(0).is_none_or(|text| text.is_empty())),
            Self::IsBlank => Value::Bool(string(0).is_none_or(|text| text.trim().is_empty())),
            Self::Concat => {
                let mut whole = String::new();
                for argument in arguments {
                    let part = argument.evaluate(scope).render();
                    whole.push_str(part.as_deref().unwrap_or_default());
                    if whole.len() > MAX_TEXT {
                        return scope.context.too_long();
                    }
                }
                scope.context.text(whole)
            }
            Self::Ltrim | Self::Rtrim | Self::Trim => {
                let Some(whole) = string(0) else {
                    return Value::Missing;
                };
                let removed = string(1);
                let is_removed = |letter: char| match &removed {
                    Some(removed) => removed.contains(letter),
                    None => letter.is_whitespace(),
                };
                Value::text(match self {
                    Self::Ltrim => whole.trim_start_matches(is_removed),
                    Self::Rtrim => whole.trim_end_matches(is_removed),
                    _ => whole.trim_matches(is_removed),
                })
            }
            Self::Strlen => {
                let length = string(0).map(|text| text.chars().count());
                length.map_or(Value::Missing, |length| Value::number(length as f64))
            }
            Self::ToUpper | Self::ToLower => {
                let changed = string(0).map(|whole| match self {
                    Self::ToUpper => whole.to_uppercase(),
                    _ => whole.to_lowercase(),
                });
                changed.map_or(Value::Missing, |changed| scope.context.text(changed))
            }
            Self::Substr => {
                let (Some(whole), Some(start)) = (string(0), value(1).as_number()) else {
                    return Value::Missing;
                };
                // A cast limits the number to those of the type.
                let length = match arguments.get(2) {
                    None => usize::MAX,
                    Some(_) => value(2).as_number().unwrap_or_default() as usize,
                };
                let part = whole.chars().skip(start as usize).take(length);
                Value::Text(part.collect::<String>().into())
            }
            Self::Replace => match (string(0), string(1), string(2)) {
                (Some(whole), Some(from), Some(to)) => replace(&whole, &from, &to, scope.context),
                _ => Value::Missing,
            },
            Self::StrContains => match (string(0), string(1)) {
                (Some(whole), Some(part)) => {
                    Value::number(f64::from(u8::from(whole.contains(&*part))))
                }
                _ => Value::Missing,
            },
            Self::IsValidIp => Value::Bool(parsed::<IpAddr>(string(0)).is_some()),
            Self::IsValidIpv4 => Value::Bool(parsed::<Ipv4Addr>(string(0)).is_some()),
            Self::IsValidIpv6 => Value::Bool(parsed::<Ipv6Addr>(string(0)).is_some()),
            Self::IsIpInSubnet | Self::IsIpv4InSubnet | Self::IsIpv6InSubnet => {
                let address: Option<IpAddr> = parsed(string(0));
                let address = address.filter(|address| match self {
                    Self::IsIpv4InSubnet => address.is_ipv4(),
                    Self::IsIpv6InSubnet => address.is_ipv6(),
                    _ => true,
                });
                let is_in = |(address, subnet): (IpAddr, _)| in_subnet(address, subnet);
                let subnet = string(1);
                Value::Bool(address.zip(subnet.as_deref()).is_some_and(is_in))
            }
        }
    }
}

/// Returns the greatest or least number of arguments.
fn best(arguments: &[Expression], scope: Scope<'_>, better: fn(f64, f64) -> f64) -> Value {
    let numbers = arguments
        .iter()
        .map(|argument| argument.evaluate(scope).as_number());
    let best = numbers.flatten().reduce(better);
    best.map_or(Value::Missing, Value::number)
}

/// Replaces all occurrences, unless the text becomes too long.
fn replace(whole: &str, from: &str, to: &str, context: &Context) -> Value {
    if from.is_empty() {
        return Value::text(whole);
    }
    let growth = to.len().saturating_sub(from.len());
    let count = whole.matches(from).count();
    if whole.len().saturating_add(count.saturating_mul(growth)) > MAX_TEXT {
        return context.too_long();
    }
    context.text(whole.replace(from, to))
}

fn parsed<T: std::str::FromStr>(text: Option<std::sync::Arc<str>>) -> Option<T> {
    text?.parse().ok()
}

/// Reports whether a subnet, such as `10.0.0.0/8`, contains an address.
fn in_subnet(address: IpAddr, subnet: &str) -> bool {
    let Some((network, prefix)) = subnet.split_once('/') else {
        return false;
    };
    let Ok(prefix) = prefix.parse::<u32>() else {
        return false;
    };
    let differ = match (address, network.parse()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) if prefix <= 32 => {
            let differ = address.to_bits() ^ network.to_bits();
            differ.checked_shr(32 - prefix).unwrap_or_default().into()
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) if prefix <= 128 => {
            let differ = address.to_bits() ^ network.to_bits();
            differ.checked_shr(128 - prefix).unwrap_or_default()
        }
        _ => return false,
    };
    differ == 0_u128
}
