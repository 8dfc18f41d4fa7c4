//! SEARCH: finds every metric of a namespace with given dimensions and values.

use local_wire::Fault;

use super::budget::Budget;
use super::search_expression::Search;
use super::value::{Series, Term};
use crate::cloudwatch::input::validation;
use crate::cloudwatch::metric_key::MetricKey;
use crate::cloudwatch::metrics::Metrics;
use crate::cloudwatch::span::Span;
use crate::cloudwatch::statistics::Statistic;

/// Returns the series for SEARCH's three arguments, of which the period may be left out.
pub(super) fn search(
    arguments: &[Term],
    metrics: &Metrics,
    span: Span,
    budget: &Budget,
) -> Result<Term, Fault> {
    let (text, statistic) = match arguments {
        [Term::Text(text), Term::Text(statistic)] => (text, statistic),
        [
            Term::Text(text),
            Term::Text(statistic),
            Term::Number(period),
        ] => {
            if *period != span.period as f64 {
                return Err(validation(format!(
                    "The local account uses one period for all queries of a request: {} is not \
                     the {period} of SEARCH",
                    span.period
                )));
            }
            (text, statistic)
        }
        _ => return Err(validation("Wrong arguments for the function SEARCH")),
    };
    let search = Search::parse(text).ok_or_else(|| {
        validation(format!(
            "The local account does not support the search {text}"
        ))
    })?;
    let statistic = Statistic::parse(statistic)?;
    let mut found = Vec::<Series>::new();
    for key in metrics.keys() {
        budget.spend(1 + search.dimensions.len() + search.terms.len())?;
        if !search.finds(key) {
            continue;
        }
        budget.spend(metrics.count(key))?;
        let series = metrics.series(key, None, span, statistic);
        // Metrics without data in the requested time range are left out.
        if !series.is_empty() {
            found.push(series);
        }
    }
    Ok(Term::Many(found))
}

impl Search {
    fn finds(&self, key: &MetricKey) -> bool {
        key.namespace == self.namespace
            && key.dimensions.len() == self.dimensions.len()
            && self
                .dimensions
                .iter()
                .all(|name| key.dimensions.contains_key(name))
            && self.terms.iter().all(|(name, value)| match name.as_str() {
                "MetricName" => key.name == *value,
                dimension => key.dimensions.get(dimension) == Some(value),
            })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(text: &str) -> Result<Vec<f64>, Fault> {
        let datum = |name: &str, service: &str, outcome: &str, value: i64| {
            json!({ "MetricName": name, "Timestamp": 0, "Value": value, "Dimensions": [
                { "Name": "Service", "Value": service }, { "Name": "Outcome", "Value": outcome },
            ]})
        };
        let data = [
            datum("Calls", "one", "SENT", 1),
            datum("Calls", "one", "LOCKED", 2),
            datum("Calls", "two", "SENT", 4),
            datum("Locks", "one", "LOCKED", 8),
            json!({ "MetricName": "Calls", "Timestamp": 0, "Value": 16, "Dimensions": [
                { "Name": "Service", "Value": "one" },
            ]}),
        ];
        let mut metrics = Metrics::default();
        metrics.put(json!({ "Namespace": "N", "MetricData": data }))?;
        let span = Span {
            start: 0,
            end: 300,
            period: 300,
        };
        let arguments = [
            Term::Text(text.to_owned()),
            Term::Text("Sum".to_owned()),
            Term::Number(300.0),
        ];
        let series = search(&arguments, &metrics, span, &Budget::new(1_000))?.series();
        Ok(series
            .iter()
            .flat_map(|one| one.values().copied())
            .collect())
    }

    #[test]
    fn finds_metrics_with_exactly_the_dimensions_and_values() {
        for (text, values) in [
            (
                r#"{N,Outcome,Service} MetricName="Calls" Service="one""#,
                vec![2.0, 1.0],
            ),
            (r#"{N,Service} MetricName="Calls""#, vec![16.0]),
            (r#"{N, Service, Outcome} MetricName="Locks""#, vec![8.0]),
            (
                r#"{"N",Service,Outcome} Service="two" AND Outcome="SENT""#,
                vec![4.0],
            ),
            (r#"{Other,Service} MetricName="Calls""#, vec![]),
        ] {
            assert_eq!(found(text).unwrap(), values, "{text}");
        }
    }

    #[test]
    fn searches_that_are_not_supported_are_refused() {
        for text in [
            "Calls",
            "{N,Service} Calls",
            r#"{N,Service} NOT MetricName="Calls""#,
            r#"{N,Service} Outcome="SENT""#,
            r#"{N,Service} MetricName=("Calls" OR "Locks")"#,
        ] {
            let refusal = found(text).unwrap_err();
            assert!(
                refusal.message.contains("does not support the search"),
                "{text}: {refusal:?}"
            );
        }
        let other_period = [
            Term::Text("{N}".to_owned()),
            Term::Text("Sum".to_owned()),
            Term::Number(60.0),
        ];
        let span = Span {
            start: 0,
            end: 300,
            period: 300,
        };
        let budget = Budget::new(1_000);
        let refusal = search(&other_period, &Metrics::default(), span, &budget).unwrap_err();
        assert!(refusal.message.contains("one period"), "{refusal:?}");
    }
}
