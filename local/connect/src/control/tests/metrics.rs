//! Metrics. The values follow from the definitions in the API reference and in the administrator
//! guide ("Metrics definitions", "Reference queries for the data lake").

use super::*;
use crate::control::contacts::seconds;
use crate::state::{Contacts, DisconnectReason, ScriptedAgent};
use connect_flow::{Contact, Endpoint, Queue};
use time::{Duration, OffsetDateTime};

/// An account whose BasicQueue had three contacts ten minutes ago: one that an agent answered after
/// 20 seconds and that ended after 60, one whose customer left after 40 seconds, and a callback that
/// still waits. A fourth contact had no queue.
struct History {
    account: Account,
    instance: String,
    arn: String,
    queue: Queue,
    queue_id: String,
    at: OffsetDateTime,
}

fn contact(id: &str) -> Contact {
    Contact::inbound(
        id,
        "arn:i",
        REGION,
        None,
        Endpoint::telephone("+815000000001"),
    )
}

impl History {
    fn new() -> Self {
        let account = Account::new();
        let (instance, arn) = account.instance("pin-sms");
        let facts = account.facts(&instance);
        let queue = account.service.queue_named(&facts, "BasicQueue").unwrap();
        let at = OffsetDateTime::now_utc() - Duration::minutes(10);
        let this = Self {
            account,
            instance,
            arn,
            queue: queue.queue,
            queue_id: queue.id,
            at,
        };
        let after = |seconds: i64| at + Duration::seconds(seconds);
        this.contacts(|contacts| {
            contacts.record(&contact("answered"), at);
            contacts.queued("answered", Some(&this.queue), at);
            contacts.answered("answered", after(20));
            contacts.connected("answered", "a-1", after(21));
            contacts.end("answered", after(60), DisconnectReason::Agent);
            contacts.record(&contact("abandoned"), at);
            contacts.queued("abandoned", Some(&this.queue), at);
            contacts.end("abandoned", after(40), DisconnectReason::Customer);
            let callback = Contact {
                initiation_method: "CALLBACK".into(),
                ..contact("callback")
            };
            contacts.record(&callback, at);
            contacts.queued("callback", Some(&this.queue), at);
            contacts.record(&contact("unqueued"), at);
            contacts.end("unqueued", after(5), DisconnectReason::Flow);
        });
        // Contacts end in real time, and an interval does not contain its end.
        let ended = OffsetDateTime::now_utc();
        while OffsetDateTime::now_utc() - ended < Duration::milliseconds(2) {
            std::hint::spin_loop();
        }
        this
    }

    fn contacts<T>(&self, act: impl FnOnce(&mut Contacts) -> T) -> T {
        let facts = self.account.facts(&self.instance);
        self.account.service.with_contacts(&facts, act).unwrap()
    }

    /// The request for metrics of the queue, from a minute before its contacts until now.
    fn request(&self, metrics: Value) -> Value {
        json!({"ResourceArn": self.arn, "Metrics": metrics,
               "StartTime": seconds(self.at - Duration::MINUTE),
               "EndTime": seconds(OffsetDateTime::now_utc()),
               "Filters": [{"FilterKey": "QUEUE", "FilterValues": [self.queue_id]}]})
    }

    fn results(&self, request: &Value) -> Vec<Value> {
        let answer = self
            .account
            .ok(Method::POST, "/metrics/data", request.clone());
        answer["MetricResults"].as_array().unwrap().clone()
    }

    fn value(&self, metric: &Value) -> Value {
        let results = self.results(&self.request(json!([metric])));
        assert_eq!(results.len(), 1, "{metric}");
        results[0]["Collections"][0]["Value"].clone()
    }

    fn current(&self, request: &Value) -> Vec<Value> {
        let path = format!("/metrics/current/{}", self.instance);
        let answer = self.account.ok(Method::POST, &path, request.clone());
        answer["MetricResults"].as_array().unwrap().clone()
    }
}

fn metric(name: &str) -> Value {
    json!({ "Name": name })
}

fn in_x(name: &str, comparison: &str, seconds: u32) -> Value {
    json!({"Name": name, "Threshold": [{"Comparison": comparison, "ThresholdValue": seconds}]})
}

fn by_method(method: &str, negate: bool) -> Value {
    json!({"Name": "CONTACTS_CREATED", "MetricFilters": [{"MetricFilterKey": "INITIATION_METHOD",
           "MetricFilterValues": [method], "Negate": negate}]})
}

#[test]
fn metrics_count_the_contacts_of_a_queue() {
    let history = History::new();
    for (metric, value) in [
        (metric("CONTACTS_CREATED"), 3.0),
        (metric("CONTACTS_QUEUED_BY_ENQUEUE"), 3.0),
        (metric("CONTACTS_QUEUED"), 2.0),
        (metric("CONTACTS_HANDLED"), 1.0),
        (metric("CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT"), 1.0),
        (metric("CONTACTS_ABANDONED"), 1.0),
        (metric("SUM_CONTACTS_DISCONNECTED"), 2.0),
        (metric("ABANDONMENT_RATE"), 50.0),
        (metric("AVG_HANDLE_TIME"), 39.0),
        (metric("SUM_HANDLE_TIME"), 39.0),
        (metric("AVG_QUEUE_ANSWER_TIME"), 20.0),
        (metric("AVG_ABANDON_TIME"), 40.0),
        (metric("MAX_QUEUED_TIME"), 40.0),
        (metric("AVG_CONTACT_DURATION"), 50.0),
        (in_x("SERVICE_LEVEL", "LT", 30), 50.0),
        (in_x("SUM_CONTACTS_ANSWERED_IN_X", "LTE", 20), 1.0),
        (in_x("SUM_CONTACTS_ANSWERED_IN_X", "LT", 19), 0.0),
        (in_x("SUM_CONTACTS_ABANDONED_IN_X", "LTE", 41), 1.0),
        (in_x("CONTACTS_REMOVED_FROM_QUEUE_IN_X", "LT", 60), 2.0),
        (by_method("CALLBACK", false), 1.0),
        (by_method("CALLBACK", true), 2.0),
    ] {
        let given = history.value(&metric).as_f64().unwrap();
        assert!((given - value).abs() < 0.01, "{metric}: {given}");
    }
}

/// "MetricResult list is empty: The request cannot find any data in the system", and null where a
/// value cannot be calculated.
#[test]
fn metrics_without_data_are_absent_or_null() {
    let history = History::new();
    let mut request = history.request(json!([
        metric("CONTACTS_CREATED"),
        metric("AVG_ABANDON_TIME")
    ]));
    request["Filters"][0] = json!({"FilterKey": "AGENT", "FilterValues": ["a-1"]});
    let results = history.results(&request);
    assert_eq!(results[0]["Collections"][0]["Value"], 1.0);
    assert_eq!(results[0]["Collections"][1]["Value"], Value::Null);
    request["Filters"][0] = json!({"FilterKey": "AGENT", "FilterValues": ["a-2"]});
    assert_eq!(history.results(&request), Vec::<Value>::new());
}

#[test]
fn metrics_are_grouped_and_divided_into_intervals() {
    let history = History::new();
    let mut request = history.request(json!([metric("CONTACTS_CREATED")]));
    request["Groupings"] = json!(["QUEUE", "INITIATION_METHOD"]);
    let results = history.results(&request);
    let of = |method: &str| json!({"QUEUE": history.queue_id, "INITIATION_METHOD": method});
    let groups: Vec<_> = results
        .iter()
        .map(|one| (&one["Dimensions"], one["Collections"][0]["Value"].as_f64()))
        .collect();
    assert_eq!(
        groups,
        [(&of("CALLBACK"), Some(1.0)), (&of("INBOUND"), Some(2.0))]
    );
    assert_eq!(results[0]["MetricInterval"]["Interval"], "TOTAL");

    // Eleven minutes and an hour before them are five quarters of an hour.
    let mut request = history.request(json!([metric("CONTACTS_CREATED")]));
    request["StartTime"] = seconds(history.at - Duration::minutes(61)).into();
    request["Interval"] = json!({"IntervalPeriod": "FIFTEEN_MIN"});
    let results = history.results(&request);
    let counts = results.iter().map(|one| &one["Collections"][0]["Value"]);
    assert_eq!(counts.collect::<Vec<_>>(), [0.0, 0.0, 0.0, 0.0, 3.0]);
    assert_eq!(
        results[1]["MetricInterval"]["StartTime"],
        results[0]["MetricInterval"]["EndTime"]
    );
}

/// The limits are those of the API reference; what the account has no data for is refused by name.
#[test]
fn requests_for_metrics_are_checked() {
    let history = History::new();
    let invalid = (400, "InvalidParameterException");
    let absent = (501, "NotImplementedException");
    let good = history.request(json!([metric("CONTACTS_CREATED")]));
    let now = good["EndTime"].as_f64().unwrap();
    for (member, value, (status, code)) in [
        ("StartTime", json!(now), invalid),
        ("EndTime", json!(now + 3600.0), invalid),
        ("StartTime", json!(now - 36.0 * 86_400.0), invalid),
        ("Metrics", json!([metric("AGENT_OCCUPANCY")]), absent),
        ("Metrics", json!([metric("SERVICE_LEVEL")]), invalid),
        ("Metrics", json!([in_x("SERVICE_LEVEL", "GT", 20)]), invalid),
        ("Groupings", json!(["ROUTING_PROFILE"]), absent),
        (
            "Filters",
            json!([{"FilterKey": "CHANNEL", "FilterValues": ["VOICE"]}]),
            invalid,
        ),
        (
            "Filters",
            json!([{"FilterKey": "CAMPAIGN", "FilterValues": ["c"]}]),
            absent,
        ),
        (
            "Filters",
            json!([{"FilterKey": "QUEUE", "FilterValues": ["unknown"]}]),
            (404, "ResourceNotFoundException"),
        ),
        (
            "ResourceArn",
            json!("unknown"),
            (404, "ResourceNotFoundException"),
        ),
    ] {
        let mut request = good.clone();
        request[member] = value;
        let refused = history
            .account
            .refused(Method::POST, "/metrics/data", request.clone());
        assert_eq!(refused, error(status, code), "{member} {}", request[member]);
    }
}

/// GetCurrentMetricData: OLDEST_CONTACT_AGE is in seconds with groupings, and in milliseconds without.
#[test]
fn current_metrics_count_waiting_contacts_and_agents() {
    let history = History::new();
    let later = Contact {
        initiation_method: "CALLBACK".into(),
        ..contact("later")
    };
    history.contacts(|contacts| {
        let now = OffsetDateTime::now_utc();
        contacts.record(&later, now);
        contacts.queued("later", Some(&history.queue), now + Duration::HOUR);
        let agent = |available: bool, connected: bool, serves: Option<&str>| ScriptedAgent {
            own_queue: "arn:i/queue/agent/a".into(),
            serves: serves.map(str::to_owned),
            available,
            connected,
        };
        contacts.set_agents(
            "callback",
            vec![
                agent(true, false, None),
                agent(false, true, Some(&history.queue.arn)),
                agent(true, false, Some("arn:i/queue/other")),
            ],
        );
    });
    let metrics = [
        "CONTACTS_IN_QUEUE",
        "CONTACTS_SCHEDULED",
        "AGENTS_ONLINE",
        "AGENTS_STAFFED",
        "AGENTS_AVAILABLE",
        "AGENTS_ON_CONTACT",
        "AGENTS_ERROR",
        "OLDEST_CONTACT_AGE",
    ];
    let metrics: Vec<_> = metrics.into_iter().map(metric).collect();
    let mut request = json!({"Filters": {"Queues": [history.queue.arn], "Channels": ["VOICE"]},
                             "Groupings": ["QUEUE"], "CurrentMetrics": metrics});
    let values = |result: &Value| -> Vec<f64> {
        let data = result["Collections"].as_array().unwrap().iter();
        data.map(|one| one["Value"].as_f64().unwrap()).collect()
    };
    let results = history.current(&request);
    assert_eq!(results.len(), 1);
    assert_eq!(
        results[0]["Dimensions"]["Queue"]["Id"],
        history.queue_id.as_str()
    );
    let counts = values(&results[0]);
    assert_eq!(counts[..7], [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 0.0]);
    assert!((600.0..660.0).contains(&counts[7]), "{}", counts[7]);

    request["Groupings"] = json!([]);
    let age = values(&history.current(&request)[0])[7];
    assert!((600_000.0..660_000.0).contains(&age), "{age}");
    request["Filters"]["Channels"] = json!(["CHAT"]);
    assert_eq!(values(&history.current(&request)[0])[0], 0.0);
}

#[test]
fn requests_for_current_metrics_are_checked() {
    let history = History::new();
    let good = json!({"Filters": {"Queues": [history.queue_id]},
                      "CurrentMetrics": [metric("AGENTS_ONLINE")]});
    let path = format!("/metrics/current/{}", history.instance);
    for (member, value, (status, code)) in [
        (
            "CurrentMetrics",
            json!([metric("ESTIMATED_WAIT_TIME")]),
            (501, "NotImplementedException"),
        ),
        (
            "CurrentMetrics",
            json!([{"Name": "AGENTS_ONLINE", "Unit": "SECONDS"}]),
            (400, "InvalidParameterException"),
        ),
        (
            "Groupings",
            json!(["ROUTING_PROFILE"]),
            (501, "NotImplementedException"),
        ),
        (
            "Filters",
            json!({"Channels": ["VOICE"]}),
            (400, "InvalidParameterException"),
        ),
        (
            "Filters",
            json!({"Queues": ["unknown"]}),
            (404, "ResourceNotFoundException"),
        ),
    ] {
        let mut request = good.clone();
        request[member] = value;
        let refused = history
            .account
            .refused(Method::POST, &path, request.clone());
        assert_eq!(refused, error(status, code), "{member} {}", request[member]);
    }
}
