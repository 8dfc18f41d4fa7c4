//! Metric filters: their operations, and the measurements that they take from lines.
//!
//! The rules are those of
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html>.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use local_wire::{ApiRequest, Fault, LogEvent, MetricDatum, Outcome, done, page};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::groups::{Group, Groups};
use super::input::{check_length, check_number, invalid, invalid_token, not_found, refused};
use super::json_pattern::Selector;
use super::pattern::{Line, Pattern, Unusable};
use super::{Logs, now_ms};
use crate::cloudwatch::UNITS;

/// "The maximum number of metric filters that can be associated with a log group is 100", and "a quota
/// of five regular expression patterns per log group" (PutMetricFilter).
const MAX_FILTERS: usize = 100;
const MAX_REGEXES: usize = 5;
/// The most comparisons of all filters of a group, each of which reads every new line.
const MAX_TESTS: usize = 500;
/// The most filters of all groups, and the most regular expressions in them.
const MAX_ALL_FILTERS: usize = 1_000;
const MAX_ALL_REGEXES: usize = 100;
/// "You can create JSON and space-delimited metric filters with up to three dimensions."
const MAX_DIMENSIONS: usize = 3;
const MAX_PAGE: i64 = 50;
const MINUTE_MS: i64 = 60_000;

/// The filters of a group, by name.
pub(super) type MetricFilters = BTreeMap<String, Arc<MetricFilter>>;

/// A metric filter.
#[derive(Debug)]
pub(super) struct MetricFilter {
    pattern: String,
    transformation: Transformation,
    applies_to_transformed: bool,
    created_ms: i64,
    /// `None` for a pattern that is kept but not supported, which counts nothing.
    rule: Option<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transformation {
    metric_name: String,
    metric_namespace: String,
    metric_value: String,
    default_value: Option<f64>,
    #[serde(default)]
    dimensions: Option<BTreeMap<String, String>>,
    unit: Option<String>,
}

/// The part of a filter that reads lines.
#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    amount: Amount,
    dimensions: Vec<(String, Selector)>,
}

/// The value of a measurement.
#[derive(Debug)]
enum Amount {
    Fixed(f64),
    Property(Selector),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutMetricFilter {
    log_group_name: String,
    filter_name: String,
    filter_pattern: String,
    metric_transformations: Vec<Transformation>,
    #[serde(default)]
    apply_on_transformed_logs: bool,
    field_selection_criteria: Option<String>,
    emit_system_field_dimensions: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteMetricFilter {
    log_group_name: String,
    filter_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeMetricFilters {
    log_group_name: Option<String>,
    filter_name_prefix: Option<String>,
    metric_name: Option<String>,
    metric_namespace: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestMetricFilter {
    filter_pattern: String,
    log_event_messages: Vec<String>,
}

impl Logs {
    pub(super) fn put_metric_filter(&self, request: &ApiRequest) -> Outcome {
        let input: PutMetricFilter = request.input()?;
        let PutMetricFilter {
            log_group_name,
            filter_name,
            ..
        } = &input;
        let mut groups = self.groups();
        let group = groups.find(&request.region, log_group_name)?;
        if !group.looks_for_metrics() {
            return Err(Fault::new(
                400,
                "InvalidOperationException",
                format!(
                    "Metric filters need a log group of the class STANDARD, but {log_group_name} is of \
                     the class {}.",
                    group.class
                ),
            ));
        }
        check_name(filter_name)?;
        let (filter_name, log_group_name) = (filter_name.clone(), log_group_name.clone());
        let filter = MetricFilter::new(input)?;
        check_room(&groups, group, &filter_name, &filter)?;
        if filter.rule.is_none() {
            tracing::warn!(
                group = log_group_name,
                filter = filter_name,
                pattern = filter.pattern,
                "the metric filter is kept, but counts nothing: the local account does not support \
                 its kind of pattern"
            );
        }
        let group = groups.find_mut(&request.region, &log_group_name)?;
        group.metric_filters.insert(filter_name, Arc::new(filter));
        done()
    }

    pub(super) fn delete_metric_filter(&self, request: &ApiRequest) -> Outcome {
        let input: DeleteMetricFilter = request.input()?;
        let mut groups = self.groups();
        let group = groups.find_mut(&request.region, &input.log_group_name)?;
        match group.metric_filters.remove(&input.filter_name) {
            Some(_) => done(),
            None => Err(not_found("The specified metric filter does not exist.")),
        }
    }

    pub(super) fn describe_metric_filters(&self, request: &ApiRequest) -> Outcome {
        let input: DescribeMetricFilters = request.input()?;
        let limit = input.limit.unwrap_or(MAX_PAGE);
        check_number("limit", limit, 1..=MAX_PAGE)?;
        if input.metric_name.is_some() != input.metric_namespace.is_some() {
            return Err(invalid(
                "metricName and metricNamespace must be given together.",
            ));
        }
        let last = input.next_token.as_deref().map(|token| {
            let (filter, group) = token.split_once(':').ok_or_else(invalid_token)?;
            Ok::<_, Fault>((filter.to_owned(), group.to_owned()))
        });
        let last = last.transpose()?;
        let groups = self.groups();
        if let Some(name) = &input.log_group_name {
            groups.find(&request.region, name)?;
        }
        // "The results are ASCII-sorted by filter name."
        let mut found = BTreeMap::new();
        for (group, filters) in groups.metric_filters(&request.region) {
            for (name, filter) in filters {
                if input.selects(group, name, filter) {
                    let key = (name.clone(), group.to_owned());
                    found.insert(key, filter.shape(group, name));
                }
            }
        }
        let page = page::behind(found, last.as_ref(), limit as usize);
        let mut answer = json!({ "metricFilters": page.items });
        if let Some((filter, group)) = page.next {
            answer["nextToken"] = format!("{filter}:{group}").into();
        }
        Ok(answer.into())
    }

    /// Handles TestMetricFilter. "If you are not using a space-delimited filter", the extracted values
    /// "will be empty".
    pub(super) fn test_metric_filter(&self, request: &ApiRequest) -> Outcome {
        let input: TestMetricFilter = request.input()?;
        let messages = &input.log_event_messages;
        let shown = format!("{} messages", messages.len());
        check_length("logEventMessages", &shown, messages.len(), 1..=50)?;
        let pattern = Pattern::parse(&input.filter_pattern).map_err(Unusable::fault)?;
        let matches: Vec<Value> = messages
            .iter()
            .enumerate()
            .filter(|(_, message)| pattern.matches(&Line::new(message)))
            .map(|(number, message)| {
                json!({ "eventNumber": number, "eventMessage": message, "extractedValues": {} })
            })
            .collect();
        Ok(json!({ "matches": matches }).into())
    }
}

impl DescribeMetricFilters {
    fn selects(&self, group: &str, name: &str, filter: &MetricFilter) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        // "CloudWatch Logs uses the value that you set here only if you also include the logGroupName
        // parameter in your request."
        let prefix = self.filter_name_prefix.as_deref();
        let prefix = prefix.filter(|_| self.log_group_name.is_some());
        is(&self.log_group_name, group)
            && prefix.is_none_or(|prefix| name.starts_with(prefix))
            && is(&self.metric_name, &filter.transformation.metric_name)
            && is(
                &self.metric_namespace,
                &filter.transformation.metric_namespace,
            )
    }
}

impl MetricFilter {
    fn new(input: PutMetricFilter) -> Result<Self, Fault> {
        let count = input.metric_transformations.len();
        let shown = format!("{count} transformations");
        check_length("metricTransformations", &shown, count, 1..=1)?;
        for (member, is_given) in [
            (
                "fieldSelectionCriteria",
                input
                    .field_selection_criteria
                    .is_some_and(|criteria| !criteria.is_empty()),
            ),
            (
                "emitSystemFieldDimensions",
                input
                    .emit_system_field_dimensions
                    .is_some_and(|fields| !fields.is_empty()),
            ),
        ] {
            if is_given {
                return Err(invalid(format!(
                    "The local account has one account and no centralized logs, so that a metric filter \
                     must have no {member}."
                )));
            }
        }
        let mut transformations = input.metric_transformations.into_iter();
        let transformation = transformations
            .next()
            .ok_or_else(|| invalid("metricTransformations must have one element."))?;
        transformation.check()?;
        let rule = match Pattern::parse(&input.filter_pattern) {
            Ok(pattern) => Some(Rule::new(pattern, &transformation)?),
            Err(Unusable::Unsupported(_)) => None,
            Err(Unusable::Invalid(fault)) => return Err(fault),
        };
        Ok(Self {
            pattern: input.filter_pattern,
            transformation,
            applies_to_transformed: input.apply_on_transformed_logs,
            created_ms: now_ms(),
            rule,
        })
    }

    fn tests(&self) -> usize {
        self.rule.as_ref().map_or(0, |rule| rule.pattern.tests())
    }

    fn regexes(&self) -> usize {
        self.rule.as_ref().map_or(0, |rule| rule.pattern.regexes())
    }

    fn shape(&self, group: &str, name: &str) -> Value {
        json!({
            "filterName": name,
            "filterPattern": self.pattern,
            "metricTransformations": [self.transformation.shape()],
            "creationTime": self.created_ms,
            "logGroupName": group,
            "applyOnTransformedLogs": self.applies_to_transformed,
        })
    }
}

impl Transformation {
    fn check(&self) -> Result<(), Fault> {
        for (member, text, most) in [
            ("metricName", &self.metric_name, 255),
            ("metricNamespace", &self.metric_namespace, 255),
            ("metricValue", &self.metric_value, 100),
        ] {
            let member = format!("metricTransformations.1.member.{member}");
            check_length(&member, text, text.chars().count(), 0..=most)?;
            if most == 255 && text.contains([':', '*', '$']) {
                let broken = "Member must satisfy regular expression pattern: [^:*$]*";
                return Err(refused(&member, text, broken));
            }
        }
        if let Some(unit) = &self.unit
            && !UNITS.contains(&unit.as_str())
        {
            let broken = format!("Member must satisfy enum value set: [{}]", UNITS.join(", "));
            return Err(refused(
                "metricTransformations.1.member.unit",
                unit,
                &broken,
            ));
        }
        let dimensions = self.dimensions();
        if dimensions.len() > MAX_DIMENSIONS {
            return Err(invalid(format!(
                "A metric filter must have at most {MAX_DIMENSIONS} dimensions, but has {}.",
                dimensions.len()
            )));
        }
        for (name, value) in dimensions {
            for text in [name, value] {
                check_length("dimensions", text, text.chars().count(), 0..=255)?;
            }
        }
        // "If you assign dimensions to metrics that metric filters generate, you can't specify default
        // values for those metrics."
        match self.default_value.is_some() && !dimensions.is_empty() {
            true => Err(invalid(
                "A metric filter must have either dimensions or a default value.",
            )),
            false => Ok(()),
        }
    }

    fn dimensions(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.dimensions.as_ref().unwrap_or(&NONE)
    }

    fn shape(&self) -> Value {
        let mut shape = Map::new();
        shape.insert("metricName".into(), self.metric_name.as_str().into());
        let namespace = self.metric_namespace.as_str();
        shape.insert("metricNamespace".into(), namespace.into());
        shape.insert("metricValue".into(), self.metric_value.as_str().into());
        if let Some(value) = self.default_value {
            shape.insert("defaultValue".into(), value.into());
        }
        if !self.dimensions().is_empty() {
            shape.insert("dimensions".into(), json!(self.dimensions()));
        }
        shape.insert("unit".into(), self.unit().into());
        Value::Object(shape)
    }

    /// Returns the unit. "If you omit this, the unit is set as None."
    fn unit(&self) -> &str {
        self.unit.as_deref().unwrap_or("None")
    }

    fn datum(&self, at: i64, value: f64, dimensions: BTreeMap<String, String>) -> MetricDatum {
        MetricDatum {
            namespace: self.metric_namespace.clone(),
            name: self.metric_name.clone(),
            dimensions,
            value,
            unit: self.unit().to_owned(),
            timestamp_ms: at,
        }
    }
}

impl Rule {
    fn new(pattern: Pattern, transformation: &Transformation) -> Result<Self, Fault> {
        let property = |text: &str| {
            let Pattern::Json(json) = &pattern else {
                // "Dimensions are … only available for JSON and space-delimited filter patterns."
                return Err(invalid(format!(
                    "A property such as {text} needs a filter pattern for JSON."
                )));
            };
            let selector = Selector::parse(text)
                .map_err(|problem| invalid(format!("Invalid property {text}: {problem}")))?;
            // "You can specify any of the properties in the metric filter as a dimension."
            match json.reads(&selector) {
                true => Ok(selector),
                false => Err(invalid(format!(
                    "The filter pattern must have a condition on the property {text}, such as \
                     {text} = *."
                ))),
            }
        };
        let value = transformation.metric_value.trim();
        let amount = match value.starts_with('$') {
            true => Amount::Property(property(value)?),
            false => {
                let number = value.parse().ok().filter(|number: &f64| number.is_finite());
                Amount::Fixed(number.ok_or_else(|| {
                    invalid(format!(
                        "metricValue must be a number or a property such as $.latency, but was {value}."
                    ))
                })?)
            }
        };
        let dimensions = transformation.dimensions().iter();
        let dimensions = dimensions.map(|(name, text)| Ok((name.clone(), property(text)?)));
        let dimensions = dimensions.collect::<Result<_, Fault>>()?;
        Ok(Self {
            pattern,
            amount,
            dimensions,
        })
    }

    /// Returns value and dimensions of a line that the pattern selects; `None` if the line lacks one of
    /// them.
    fn measure(&self, line: &Line<'_>) -> Option<(f64, BTreeMap<String, String>)> {
        let property = |selector: &Selector| selector.find(line.json()?);
        let value = match &self.amount {
            Amount::Fixed(number) => *number,
            Amount::Property(selector) => property(selector)?.as_f64()?,
        };
        let dimensions = self.dimensions.iter().map(|(name, selector)| {
            let text = match property(selector)? {
                Value::String(text) => text.clone(),
                scalar @ (Value::Number(_) | Value::Bool(_)) => scalar.to_string(),
                _ => return None,
            };
            Some((name.clone(), text))
        });
        Some((value, dimensions.collect::<Option<_>>()?))
    }
}

/// Returns the measurements that filters take from lines.
///
/// "If logs are ingested during a one-minute time period but no matches are found, the value specified
/// for Default Value (if any) is reported."
pub(super) fn measure(filters: &[Arc<MetricFilter>], events: &[LogEvent]) -> Vec<MetricDatum> {
    let mut data = Vec::new();
    let mut matched: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); filters.len()];
    for event in events {
        let line = Line::new(&event.message);
        for (filter, matched) in filters.iter().zip(&mut matched) {
            let Some(rule) = &filter.rule else { continue };
            if !rule.pattern.matches(&line) {
                continue;
            }
            matched.insert(minute(event));
            if let Some((value, dimensions)) = rule.measure(&line) {
                let at = event.timestamp_ms;
                data.push(filter.transformation.datum(at, value, dimensions));
            }
        }
    }
    for (filter, matched) in filters.iter().zip(matched) {
        let default = filter.transformation.default_value;
        let (Some(value), Some(_)) = (default, &filter.rule) else {
            continue;
        };
        let minutes: BTreeSet<i64> = events.iter().map(minute).collect();
        for minute in minutes.difference(&matched) {
            let at = minute * MINUTE_MS;
            data.push(filter.transformation.datum(at, value, BTreeMap::new()));
        }
    }
    data
}

fn minute(event: &LogEvent) -> i64 {
    event.timestamp_ms.div_euclid(MINUTE_MS)
}

fn check_name(name: &str) -> Result<(), Fault> {
    check_length("filterName", name, name.chars().count(), 1..=512)?;
    match name.contains([':', '*']) {
        true => Err(refused(
            "filterName",
            name,
            "Member must satisfy regular expression pattern: [^:*]*",
        )),
        false => Ok(()),
    }
}

/// Refuses a filter, which may replace one of the same name, that exceeds a limit of its group or of all
/// groups.
fn check_room(
    groups: &Groups,
    group: &Group,
    name: &str,
    filter: &MetricFilter,
) -> Result<(), Fault> {
    type Count = fn(&MetricFilter) -> usize;
    let (one, tests, regexes): (Count, Count, Count) =
        (|_| 1, MetricFilter::tests, MetricFilter::regexes);
    let replaced = group.metric_filters.get(name);
    for (count, most, most_of_all, counted) in [
        (one, MAX_FILTERS, MAX_ALL_FILTERS, "metric filters"),
        (
            tests,
            MAX_TESTS,
            usize::MAX,
            "comparisons in metric filters",
        ),
        (
            regexes,
            MAX_REGEXES,
            MAX_ALL_REGEXES,
            "regular expressions in metric filters",
        ),
    ] {
        let sum = |filters: &MetricFilters| filters.values().map(|filter| count(filter)).sum();
        let more = count(filter);
        let before = replaced.map_or(0, |replaced| count(replaced));
        let of_group: usize = sum(&group.metric_filters);
        let of_all: usize = groups.all_metric_filters().map(sum).sum();
        for (all, most, place) in [
            (of_group, most, "A log group"),
            (of_all, most_of_all, "The local account"),
        ] {
            if more > 0 && all - before + more > most {
                return Err(Fault::new(
                    400,
                    "LimitExceededException",
                    format!("Resource limit exceeded: {place} must have at most {most} {counted}."),
                ));
            }
        }
    }
    Ok(())
}
