//! Metric math: what GetMetricData and alarms compute out of metrics.

mod parser;
mod search;
mod value;

use std::collections::BTreeMap;

use local_aws::Fault;

use self::parser::{Expression, Operator};
pub(super) use self::value::Series;
use self::value::Term;
use super::alarms::MetricDataQuery;
use super::input::validation;
use super::metrics::{MetricKey, Metrics, Span};
use super::statistics::Statistic;

/// Queries, and what they are about.
pub(super) struct Queries<'a> {
    pub(super) queries: &'a [MetricDataQuery],
    pub(super) metrics: &'a Metrics,
    /// The time and the period that all results have.
    pub(super) span: Span,
}

impl Queries<'_> {
    /// The result of one of the queries.
    pub(super) fn result(&self, id: &str) -> Result<Vec<Series>, Fault> {
        let term = self.query(id, self.queries.len())?;
        Ok(match term {
            Term::Number(number) => vec![self.everywhere(number)],
            Term::Series(series) => vec![series],
            Term::Many(many) => many,
            Term::Text(_) => Vec::new(),
        })
    }

    /// `depth` says how many queries may still lie behind each other.
    fn query(&self, id: &str, depth: usize) -> Result<Term, Fault> {
        let query = self
            .queries
            .iter()
            .find(|query| query.id == id)
            .ok_or_else(|| validation(format!("The metric id {id} is not defined")))?;
        if let Some(stat) = &query.metric_stat {
            let metric = &stat.metric;
            let key = MetricKey::new(&metric.namespace, &metric.metric_name, &metric.dimensions);
            let statistic = Statistic::parse(&stat.stat)?;
            let unit = stat.unit.as_deref();
            return Ok(Term::Series(
                self.metrics.series(&key, unit, self.span, statistic),
            ));
        }
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| validation(format!("The expression {id} leads back to itself")))?;
        let text = query.expression.as_deref().unwrap_or_default();
        let expression = parser::parse(text)
            .map_err(|problem| validation(format!("Error in expression '{id}': {problem}")))?;
        self.evaluate(&expression, depth)
    }

    fn evaluate(&self, expression: &Expression, depth: usize) -> Result<Term, Fault> {
        match expression {
            Expression::Number(number) => Ok(Term::Number(*number)),
            Expression::Text(text) => Ok(Term::Text(text.clone())),
            Expression::Name(id) => self.query(id, depth),
            Expression::List(elements) => {
                let mut all = Vec::new();
                for element in elements {
                    all.extend(self.evaluate(element, depth)?.series());
                }
                Ok(Term::Many(all))
            }
            Expression::Negative(inner) => Ok(self
                .evaluate(inner, depth)?
                .with(Term::Number(-1.0), |a, b| Some(a * b))),
            Expression::Binary(operator, left, right) => {
                let operator = *operator;
                Ok(self
                    .evaluate(left, depth)?
                    .with(self.evaluate(right, depth)?, move |a, b| operator.of(a, b)))
            }
            Expression::Call(function, arguments) => self.call(function, arguments, depth),
        }
    }

    fn call(&self, function: &str, arguments: &[Expression], depth: usize) -> Result<Term, Fault> {
        let wrong = || validation(format!("Wrong arguments for the function {function}"));
        let terms = || -> Result<Vec<Term>, Fault> {
            arguments
                .iter()
                .map(|argument| self.evaluate(argument, depth))
                .collect()
        };
        let one = || -> Result<Term, Fault> {
            let mut terms = terms()?.into_iter();
            match (terms.next(), terms.next()) {
                (Some(term), None) => Ok(term),
                _ => Err(wrong()),
            }
        };
        match function {
            "ABS" => Ok(one()?.map(f64::abs)),
            "CEIL" => Ok(one()?.map(f64::ceil)),
            "FLOOR" => Ok(one()?.map(f64::floor)),
            "AVG" => Ok(one()?.fold(|values| values.iter().sum::<f64>() / values.len() as f64)),
            "MAX" => Ok(one()?.fold(|values| values.iter().copied().fold(f64::MIN, f64::max))),
            "MIN" => Ok(one()?.fold(|values| values.iter().copied().fold(f64::MAX, f64::min))),
            "SUM" => Ok(one()?.fold(|values| values.iter().sum())),
            "FILL" => match arguments {
                [filled, Expression::Name(repeat)] if repeat == "REPEAT" => {
                    let term = self.evaluate(filled, depth)?;
                    Ok(term.each(|series| self.repeated(&series)))
                }
                [filled, value] => {
                    let term = self.evaluate(filled, depth)?;
                    let Term::Number(value) = self.evaluate(value, depth)? else {
                        return Err(wrong());
                    };
                    Ok(term.each(|series| self.filled(series, value)))
                }
                _ => Err(wrong()),
            },
            "IF" => match &terms()?[..] {
                [condition, yes, no] => Ok(condition
                    .clone()
                    .with(yes.clone(), |truth, value| (truth != 0.0).then_some(value))
                    .or(condition
                        .clone()
                        .with(no.clone(), |truth, value| (truth == 0.0).then_some(value)))),
                [condition, yes] => Ok(condition
                    .clone()
                    .with(yes.clone(), |truth, value| (truth != 0.0).then_some(value))),
                _ => Err(wrong()),
            },
            "METRICS" => match &terms()?[..] {
                [] => self.all_metrics("", depth),
                [Term::Text(part)] => self.all_metrics(part, depth),
                _ => Err(wrong()),
            },
            "SEARCH" => search::search(&terms()?, self.metrics, self.span),
            "TIME_SERIES" => match one()? {
                Term::Number(number) => Ok(Term::Series(self.everywhere(number))),
                _ => Err(wrong()),
            },
            other => Err(validation(format!(
                "The local account does not evaluate {other} of metric math"
            ))),
        }
    }

    fn all_metrics(&self, part: &str, depth: usize) -> Result<Term, Fault> {
        let mut all = Vec::new();
        for query in self.queries {
            if query.metric_stat.is_some() && query.id.contains(part) {
                all.extend(self.query(&query.id, depth)?.series());
            }
        }
        Ok(Term::Many(all))
    }

    fn everywhere(&self, number: f64) -> Series {
        self.span.starts().map(|start| (start, number)).collect()
    }

    fn filled(&self, mut series: Series, value: f64) -> Series {
        for start in self.span.starts() {
            series.entry(start).or_insert(value);
        }
        series
    }

    fn repeated(&self, series: &Series) -> Series {
        let mut last = None;
        let mut repeated = BTreeMap::new();
        for start in self.span.starts() {
            last = series.get(&start).copied().or(last);
            if let Some(value) = last {
                repeated.insert(start, value);
            }
        }
        repeated
    }
}

impl Operator {
    /// `None` where there is no result, as with a division by zero.
    fn of(self, left: f64, right: f64) -> Option<f64> {
        let truth = |holds: bool| Some(f64::from(u8::from(holds)));
        match self {
            Self::Add => Some(left + right),
            Self::Subtract => Some(left - right),
            Self::Multiply => Some(left * right),
            Self::Divide => (right != 0.0).then_some(left / right),
            Self::Power => Some(left.powf(right)),
            Self::Equal => truth(left == right),
            Self::Unequal => truth(left != right),
            Self::Less => truth(left < right),
            Self::LessOrEqual => truth(left <= right),
            Self::Greater => truth(left > right),
            Self::GreaterOrEqual => truth(left >= right),
            Self::And => truth(left != 0.0 && right != 0.0),
            Self::Or => truth(left != 0.0 || right != 0.0),
        }
    }
}

#[cfg(test)]
mod tests;
