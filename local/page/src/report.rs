//! The report of a call: one HTML file without script, which opens without the account.

use std::borrow::Cow;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connect_flow_picture::style_sheet;
use local_connect::{CallEvent, CallRecord, CallSummary, TakenBranch, VisitedBlock};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

/// The languages of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Japanese.
    Japanese,
}

impl Language {
    /// Returns the language with this code, `en` or `ja`.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "ja" => Some(Self::Japanese),
            _ => None,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }

    /// Selects the text of this language.
    fn of<'a>(self, english: &'a str, japanese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Japanese => japanese,
        }
    }
}

/// A flow that the call passed through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The name.
    pub name: String,
    /// The picture as SVG of `connect_flow_picture`, for a page that has its style sheet.
    pub picture: String,
}

/// The contents of a report.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// The record of the call.
    pub record: &'a CallRecord,
    /// The requests of the functions as JSON, each with the position of its block.
    pub requests: Vec<(usize, Value)>,
    /// The flows, in the order of the call.
    pub flows: Vec<Flow>,
    /// The language of what the report itself says.
    pub language: Language,
}

const STYLE: &str = include_str!("../files/report.css");

/// Writes the report. Its only style is allowed by its hash, and nothing else may be loaded or run.
#[must_use]
pub fn report(report: &Report<'_>) -> String {
    let mut html = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut html, report);
    html
}

fn write(html: &mut String, report: &Report<'_>) -> std::fmt::Result {
    let language = report.language;
    let summary = &report.record.summary;
    let style = format!("{STYLE}\n{}", style_sheet());
    let hash = STANDARD.encode(Sha256::digest(&style));
    let title = title(summary, language);
    write!(
        html,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n\
         <style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n",
        language.code(),
        text(&title),
        text(&title),
    )?;
    head(html, summary, language)?;
    conversation(html, report.record, language)?;
    for flow in &report.flows {
        write!(
            html,
            "<section>\n<h2>{}</h2>\n<div class=\"picture\">{}</div>\n</section>\n",
            text(&flow.name),
            flow.picture
        )?;
    }
    writeln!(html, "<section>\n<h2>{}</h2>", language.of("Steps", "手順"))?;
    for (position, block) in report.record.blocks.iter().enumerate() {
        let requests = report.requests.iter().filter(|(at, _)| *at == position);
        let requests: Vec<_> = requests.map(|(_, requests)| requests).collect();
        step(html, position, block, &requests, language)?;
    }
    if report.record.left_out > 0 {
        writeln!(
            html,
            "<p>{} {}</p>",
            language.of(
                "Later steps that were not kept:",
                "記録されていない以降の手順:"
            ),
            report.record.left_out
        )?;
    }
    html.push_str("</section>\n</main>\n</body>\n</html>\n");
    Ok(())
}

fn title(summary: &CallSummary, language: Language) -> String {
    let caller = summary.from.as_deref();
    let caller = caller.unwrap_or(language.of("Withheld number", "非通知"));
    match &summary.to {
        Some(to) => format!("{caller} → {to}"),
        None => caller.to_owned(),
    }
}

fn head(html: &mut String, summary: &CallSummary, language: Language) -> std::fmt::Result {
    html.push_str("<dl class=\"head\">\n");
    let started = moment(summary.started_at);
    let ended = summary.ended.as_deref();
    let ended = match ended {
        Some(how) => end(how, language),
        None => language.of("The call goes on", "通話中").into(),
    };
    let outcome = summary.outcome.as_deref().unwrap_or_default();
    for (name, value) in [
        (language.of("Begun", "開始"), started.as_str()),
        (language.of("End", "終了"), &ended),
        (language.of("Outcome", "結果"), outcome),
        (
            language.of("Instance", "インスタンス"),
            &summary.instance_alias,
        ),
        (language.of("Region", "リージョン"), &summary.region),
        ("ContactId", &summary.contact_id),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    {
        writeln!(html, "<dt>{}</dt><dd>{}</dd>", text(name), text(value))?;
    }
    html.push_str("</dl>\n");
    Ok(())
}

fn conversation(html: &mut String, record: &CallRecord, language: Language) -> std::fmt::Result {
    writeln!(
        html,
        "<section>\n<h2>{}</h2>\n<ol class=\"conversation\">",
        language.of("Conversation", "会話")
    )?;
    for block in &record.blocks {
        let mut events = block.events.iter().peekable();
        while let Some(event) = events.next() {
            let (class, said) = match event {
                CallEvent::Heard(spoken) => ("line", spoken.text.clone()),
                CallEvent::HeardByAgent(spoken) => ("note", spoken.text.clone()),
                CallEvent::Pressed { keys } => {
                    // Keys that follow one another are one input, such as a PIN.
                    let mut pressed = *keys;
                    while let Some(CallEvent::Pressed { keys }) = events.peek() {
                        pressed += keys;
                        events.next();
                    }
                    ("caller", "•".repeat(pressed))
                }
                CallEvent::Silence => ("caller", language.of("(silence)", "(無言)").to_owned()),
                CallEvent::FunctionInvoked {
                    succeeded,
                    took_ms,
                    outcome,
                    ..
                } => {
                    let outcome = outcome.as_deref();
                    ("note", function(*succeeded, *took_ms, outcome, language))
                }
                CallEvent::Warning { message, .. } => ("note", message.clone()),
                CallEvent::Ended { how, .. } => ("note", end(how, language).into_owned()),
                _ => continue,
            };
            writeln!(
                html,
                "<li class=\"{class}\"><time>{}</time> {}</li>",
                clock(block.at_ms),
                text(&said)
            )?;
        }
    }
    html.push_str("</ol>\n</section>\n");
    Ok(())
}

fn step(
    html: &mut String,
    position: usize,
    block: &VisitedBlock,
    requests: &[&Value],
    language: Language,
) -> std::fmt::Result {
    write!(
        html,
        "<details>\n<summary><span class=\"number\">{}</span> <time>{}</time> <b>{}</b> \
         <span class=\"kind\">{}</span>",
        position + 1,
        clock(block.at_ms),
        text(&block.block),
        text(&block.block_type)
    )?;
    if let Some(branch) = &block.left_by {
        write!(
            html,
            " <span class=\"branch\">{}</span>",
            text(&arrow(branch))
        )?;
    }
    html.push_str("</summary>\n");
    let attributes = serde_json::to_value(&block.attributes).unwrap_or_default();
    let parts = [
        (
            language.of("Parameters", "パラメータ"),
            Value::Object(block.parameters.clone()),
        ),
        (language.of("Attributes", "属性"), attributes),
        ("$.External", Value::Object(block.external.clone())),
        (
            language.of("Flow log", "フローログ"),
            Value::Array(block.log.clone()),
        ),
    ];
    for (name, value) in &parts {
        json(html, name, value)?;
    }
    if let Some(function) = &block.function {
        let took = (function.finished_at - function.started_at).whole_milliseconds();
        writeln!(html, "<h3>{} ({took} ms)</h3>", text(&function.arn))?;
        json(html, language.of("Request", "要求"), &function.request)?;
        if let Some(answer) = &function.answer {
            json(html, language.of("Answer", "応答"), answer)?;
        }
        if let Some(failure) = &function.failure {
            writeln!(html, "<p>{}</p>", text(failure))?;
        }
    }
    for value in requests {
        json(
            html,
            language.of("Requests of the function", "関数からの要求"),
            value,
        )?;
    }
    html.push_str("</details>\n");
    Ok(())
}

/// Returns the end of a call in the language of the report. An error of the engine has its own words.
fn end(how: &str, language: Language) -> Cow<'_, str> {
    if language == Language::English {
        return how.into();
    }
    match how {
        "the line hung up" => "窓口側が切断しました".into(),
        "the caller hung up" => "発信者が切断しました".into(),
        "the flow ended" => "フローが終了しました".into(),
        how => how.into(),
    }
}

/// Returns the end of a function's work in the language of the report, with the code of its answer.
fn function(succeeded: bool, took_ms: u64, outcome: Option<&str>, language: Language) -> String {
    let mut said = match (succeeded, language) {
        (true, Language::English) => format!("Function answered in {took_ms} ms"),
        (true, Language::Japanese) => format!("関数が {took_ms} ミリ秒で応答"),
        (false, Language::English) => format!("Function failed after {took_ms} ms"),
        (false, Language::Japanese) => format!("関数が {took_ms} ミリ秒後に失敗"),
    };
    if let Some(outcome) = outcome {
        said.push_str(" · ");
        said.push_str(outcome);
    }
    said
}

/// Returns the branch and where it led; nothing at the end of a flow.
fn arrow(branch: &TakenBranch) -> String {
    let target = branch.target.as_deref().unwrap_or_default();
    match &branch.name {
        Some(name) if target.is_empty() => name.clone(),
        Some(name) => format!("{name} → {target}"),
        None if target.is_empty() => String::new(),
        None => format!("→ {target}"),
    }
}

/// Writes a value with its name, unless it is empty.
fn json(html: &mut String, name: &str, value: &Value) -> std::fmt::Result {
    let empty = match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    if empty {
        return Ok(());
    }
    let shown = format!("{value:#}");
    writeln!(html, "<h3>{}</h3>\n<pre>{}</pre>", text(name), text(&shown))
}

/// Returns a time of the call's clock as minutes and seconds.
fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Returns a moment in UTC.
fn moment(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    at.format(format).unwrap_or_else(|_| at.to_string())
}

/// Escapes a text for HTML, between tags and within quotation marks. Control characters, which a browser would
/// drop or act upon, are shown as `\u{…}`.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(symbol),
            symbol if symbol.is_control() => escaped.extend(symbol.escape_unicode()),
            symbol => escaped.push(symbol),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(said: &str) -> CallRecord {
        let contact = "5c1a7a3e-0000-4000-8000-000000000001";
        serde_json::from_value(json!({
            "contactId": contact, "contactIds": [contact], "region": "ap-northeast-1",
            "instanceAlias": "line", "channel": "VOICE", "from": "+819000000001",
            "to": "+815000000002", "startedAt": "2026-01-02T03:04:05Z", "waiting": false,
            "ended": "the line hung up", "leftOut": 0,
            "blocks": [{
                "flowId": "f", "flowName": "line", "block": "say", "blockType": "MessageParticipant",
                "atMs": 61_500, "parameters": { "Text": said }, "attributes": { "pin": "••••" },
                "external": {}, "leftBy": { "kind": "error", "name": "NoMatchingError", "target": "bye" },
                "events": [{ "event": "heard", "text": said, "voice": "Kazuha", "languageCode": "ja-JP" }],
                "log": [],
            }],
        }))
        .unwrap()
    }

    fn written(record: &CallRecord, language: Language) -> String {
        report(&Report {
            record,
            requests: vec![(0, json!([{ "operation": "GetItem" }]))],
            flows: Vec::new(),
            language,
        })
    }

    /// The hash of a style in a policy is that of the text between its tags:
    /// <https://www.w3.org/TR/CSP3/#match-element-to-source-list>.
    #[test]
    fn the_style_is_allowed_by_its_hash_and_nothing_else_is() {
        let record = record("キャンペーンの暗証番号");
        let html = written(&record, Language::Japanese);
        let style = html.split("<style>").nth(1).unwrap();
        let style = style.split("</style>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(style));
        let policy = format!("default-src 'none'; style-src 'sha256-{hash}'");
        assert!(html.contains(&policy), "{html}");
        assert_eq!(html.matches("<style").count(), 1);
        for none in ["<script", " style=", "http://", " src=", " href="] {
            assert!(!html.contains(none), "{none}");
        }
        assert!(html.contains("<html lang=\"ja\">"));
    }

    #[test]
    fn a_hostile_text_stays_text() {
        let hostile = "<img src=x onerror=alert(1)>\u{1b}[31m\"'&</pre></details>";
        let html = written(&record(hostile), Language::English);
        assert!(!html.contains("<img") && !html.contains('\u{1b}'), "{html}");
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;\\u{1b}[31m&quot;&#39;&amp;"));
        assert_eq!(html.matches("</details>").count(), 1);
    }

    #[test]
    fn each_step_is_told_with_its_time_branch_and_requests() {
        let html = written(&record("hello"), Language::English);
        for part in [
            "<b>say</b>",
            "1:01",
            "NoMatchingError → bye",
            "GetItem",
            "••••",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(html.contains("2026-01-02 03:04:05 UTC"), "{html}");
    }
}
