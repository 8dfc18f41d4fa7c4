//! Metric math: the expressions that GetMetricData and alarms compute from metrics.

mod budget;
mod parser;
mod search;
mod search_expression;
mod value;

use std::collections::{BTreeMap, HashMap};

use local_wire::Fault;

pub(super) use self::budget::Budget;
use self::parser::{Expression, Operator, REPEAT};
pub(super) use self::value::Series;
use self::value::Term;
use super::alarm_settings::{MetricDataQuery, MetricStat};
use super::input::validation;
use super::metric_key::MetricKey;
use super::metrics::Metrics;
use super::span::Span;
use super::statistics::Statistic;
use super::validation::check_expression;

/// The queries of a request, with the metrics that they are computed from.
///
/// Chains of queries are computed iteratively, each query once, and operators of one level in a
/// loop. Only parentheses and function calls use recursion, and the parser limits their depth.
pub(super) struct Queries<'a> {
    queries: HashMap<&'a str, &'a MetricDataQuery>,
    /// The metrics among the queries, in their order.
    stats: Vec<(&'a str, &'a MetricStat)>,
    metrics: &'a Metrics,
    /// The time range and period of all results.
    span: Span,
    budget: &'a Budget,
    /// The values of the expressions computed so far.
    terms: HashMap<&'a str, Term>,
}

/// A step in computing an expression.
enum Step<'a> {
    /// Visit a query and the queries that it depends on.
    Enter(&'a str),
    /// Compute the expression; all its dependencies are computed.
    Leave(&'a str, Expression),
}

impl<'a> Queries<'a> {
    pub(super) fn new(
        queries: &'a [MetricDataQuery],
        metrics: &'a Metrics,
        span: Span,
        budget: &'a Budget,
    ) -> Self {
        let mut by_id = HashMap::new();
        let mut stats = Vec::new();
        for query in queries {
            by_id.entry(query.id.as_str()).or_insert(query);
            if let Some(stat) = &query.metric_stat {
                stats.push((query.id.as_str(), stat));
            }
        }
        Self {
            queries: by_id,
            stats,
            metrics,
            span,
            budget,
            terms: HashMap::new(),
        }
    }

    /// Returns the result of one of the queries.
    pub(super) fn result(&mut self, id: &'a str) -> Result<Vec<Series>, Fault> {
        self.compute(id)?;
        Ok(match self.term(id)? {
            Term::Number(number) => vec![self.everywhere(number)?],
            Term::Series(series) => vec![series],
            Term::Many(many) => many,
            Term::Text(_) => Vec::new(),
        })
    }

    /// Computes an expression and all its dependencies.
    fn compute(&mut self, id: &'a str) -> Result<(), Fault> {
        // The queries on the path from `id` to the current one; `false` once computed.
        let mut open: HashMap<&'a str, bool> = HashMap::new();
        let mut steps = vec![Step::Enter(id)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(id, expression) => {
                    let term = self.evaluate(&expression)?;
                    self.terms.insert(id, term);
                    open.insert(id, false);
                }
                Step::Enter(id) => {
                    if open.get(id) == Some(&true) {
                        return Err(validation(format!("The expression {id} refers to itself")));
                    }
                    let query = *self.queries.get(id).ok_or_else(|| undefined(id))?;
                    if query.metric_stat.is_some() || self.terms.contains_key(id) {
                        continue;
                    }
                    let text = query.expression.as_deref().unwrap_or_default();
                    check_expression(id, text)?;
                    self.budget.spend(text.len())?;
                    let expression = parser::parse(text).map_err(|problem| {
                        validation(format!("Error in expression '{id}': {problem}"))
                    })?;
                    open.insert(id, true);
                    let names = expression.names();
                    let mut behind = Vec::with_capacity(names.len());
                    for name in names {
                        let (name, _) = self
                            .queries
                            .get_key_value(name)
                            .ok_or_else(|| undefined(name))?;
                        behind.push(Step::Enter(name));
                    }
                    steps.push(Step::Leave(id, expression));
                    steps.append(&mut behind);
                }
            }
        }
        Ok(())
    }

    /// Returns the value of a query; expressions must have been computed before.
    fn term(&self, id: &str) -> Result<Term, Fault> {
        if let Some(term) = self.terms.get(id) {
            self.budget.spend(term.size())?;
            return Ok(term.clone());
        }
        let query = self.queries.get(id).ok_or_else(|| undefined(id))?;
        let stat = query.metric_stat.as_ref().ok_or_else(|| undefined(id))?;
        self.series(stat).map(Term::Series)
    }

    fn series(&self, stat: &MetricStat) -> Result<Series, Fault> {
        let metric = &stat.metric;
        let key = MetricKey::new(&metric.namespace, &metric.metric_name, &metric.dimensions);
        let statistic = Statistic::parse(&stat.stat)?;
        self.budget.spend(self.metrics.count(&key) + 1)?;
        let unit = stat.unit.as_deref();
        Ok(self.metrics.series(&key, unit, self.span, statistic))
    }

    fn evaluate(&self, expression: &Expression) -> Result<Term, Fault> {
        match expression {
            Expression::Number(number) => Ok(Term::Number(*number)),
            Expression::Text(text) => Ok(Term::Text(text.clone())),
            Expression::Name(id) => self.term(id),
            Expression::List(elements) => {
                let mut all = Vec::new();
                for element in elements {
                    all.extend(self.evaluate(element)?.series());
                }
                Ok(Term::Many(all))
            }
            Expression::Negative(inner) => {
                let term = self.evaluate(inner)?;
                self.joined(term, Term::Number(-1.0), |a, b| Some(a * b))
            }
            Expression::Chain(first, others) => {
                let mut term = self.evaluate(first)?;
                for (operator, other) in others {
                    let other = self.evaluate(other)?;
                    term = self.joined(term, other, |a, b| operator.of(a, b))?;
                }
                Ok(term)
            }
            Expression::Call(function, arguments) => self.call(function, arguments),
        }
    }

    fn joined(
        &self,
        left: Term,
        right: Term,
        join: impl Fn(f64, f64) -> Option<f64> + Copy,
    ) -> Result<Term, Fault> {
        self.budget.spend(left.size_joined(&right))?;
        Ok(left.with(right, join))
    }

    fn call(&self, function: &str, arguments: &[Expression]) -> Result<Term, Fault> {
        let wrong = || validation(format!("Wrong arguments for the function {function}"));
        let terms = || -> Result<Vec<Term>, Fault> {
            arguments
                .iter()
                .map(|argument| self.evaluate(argument))
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
                [filled, Expression::Name(repeat)] if repeat == REPEAT => {
                    let term = self.evaluate(filled)?;
                    self.spend_on_spans(&term)?;
                    Ok(term.each(|series| self.repeated(&series)))
                }
                [filled, value] => {
                    let term = self.evaluate(filled)?;
                    let Term::Number(value) = self.evaluate(value)? else {
                        return Err(wrong());
                    };
                    self.spend_on_spans(&term)?;
                    Ok(term.each(|series| self.filled(series, value)))
                }
                _ => Err(wrong()),
            },
            "IF" => match &terms()?[..] {
                [condition, yes, no] => {
                    let met = self.joined(condition.clone(), yes.clone(), |truth, value| {
                        (truth != 0.0).then_some(value)
                    })?;
                    let other = self.joined(condition.clone(), no.clone(), |truth, value| {
                        (truth == 0.0).then_some(value)
                    })?;
                    Ok(met.or(other))
                }
                [condition, yes] => self.joined(condition.clone(), yes.clone(), |truth, value| {
                    (truth != 0.0).then_some(value)
                }),
                _ => Err(wrong()),
            },
            "METRICS" => match &terms()?[..] {
                [] => self.all_metrics(""),
                [Term::Text(part)] => self.all_metrics(part),
                _ => Err(wrong()),
            },
            "SEARCH" => search::search(&terms()?, self.metrics, self.span, self.budget),
            "TIME_SERIES" => match one()? {
                Term::Number(number) => Ok(Term::Series(self.everywhere(number)?)),
                _ => Err(wrong()),
            },
            other => Err(validation(format!(
                "The local account does not support the metric math function {other}"
            ))),
        }
    }

    fn all_metrics(&self, part: &str) -> Result<Term, Fault> {
        let all = self
            .stats
            .iter()
            .filter(|(id, _)| id.contains(part))
            .map(|(_, stat)| self.series(stat));
        all.collect::<Result<_, _>>().map(Term::Many)
    }

    fn everywhere(&self, number: f64) -> Result<Series, Fault> {
        self.spend_on_spans(&Term::Number(number))?;
        Ok(self.span.starts().map(|start| (start, number)).collect())
    }

    /// Charges one value for every period of every series of a term.
    fn spend_on_spans(&self, term: &Term) -> Result<(), Fault> {
        let periods = usize::try_from(self.span.count()).unwrap_or(usize::MAX);
        self.budget.spend(periods.saturating_mul(term.count()))
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

fn undefined(id: &str) -> Fault {
    validation(format!("The metric id {id} is not defined"))
}

impl Operator {
    /// Applies the operator; returns `None` if there is no result, as with a division by zero.
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
