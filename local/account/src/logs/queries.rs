//! Logs Insights: StartQuery, GetQueryResults, StopQuery and DescribeQueries.

mod search;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use local_insights::CompileError;
use local_wire::{Fault, page};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::groups::Groups;
use super::input::{check_length, check_number, group_name, invalid, invalid_token, not_found};
use super::now_ms;
use crate::blocking::Blocking;
use search::{Query, Row, Status};

/// The most queries that are scheduled or running.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const MAX_RUNNING: usize = 100;
/// The most queries that are kept, and the most bytes of their results; then the oldest go.
const MAX_KEPT: usize = 1_000;
const MAX_KEPT_BYTES: usize = 128 * 1_024 * 1_024;
/// The most groups of a query, and the most characters of its text.
const MAX_GROUPS: usize = 50;
const MAX_TEXT: usize = 10_000;
/// The most results of a query, and of a page.
const MAX_RESULTS: i64 = 100_000;
const MAX_PAGE: i64 = 10_000;
/// The most queries of a page of DescribeQueries.
const MAX_LISTED: i64 = 1_000;
/// The query language that is implemented.
const LANGUAGE: &str = "CWLI";

/// The queries of the account, the newest last.
#[derive(Debug, Default)]
pub(super) struct Queries(Mutex<VecDeque<Arc<Query>>>);

/// A request to start a query.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartQuery {
    query_language: Option<String>,
    log_group_name: Option<String>,
    log_group_names: Option<Vec<String>>,
    log_group_identifiers: Option<Vec<String>>,
    /// Seconds since 1970, both included.
    start_time: i64,
    end_time: i64,
    query_string: String,
    limit: Option<i64>,
}

/// A request for a page of a query's results.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetQueryResults {
    query_id: String,
    next_token: Option<String>,
    max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StopQuery {
    query_id: String,
}

/// A request for the queries that were started.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeQueries {
    log_group_name: Option<String>,
    status: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    query_language: Option<String>,
}

impl StartQuery {
    /// Reads and checks the request; returns the query.
    fn query(&self, region: &str, groups: &mut Groups) -> Result<Query, Fault> {
        let length = self.query_string.chars().count();
        check_length("queryString", "", length, 0..=MAX_TEXT)?;
        check_number("startTime", self.start_time, 0..=i64::MAX)?;
        check_number("endTime", self.end_time, 0..=i64::MAX)?;
        if let Some(limit) = self.limit {
            check_number("limit", limit, 1..=MAX_RESULTS)?;
        }
        if self.end_time < self.start_time {
            return Err(invalid("endTime must not be before startTime."));
        }
        if let Some(language) = self.query_language.as_deref()
            && language != LANGUAGE
        {
            return Err(invalid(format!(
                "The local account runs queries in the language {LANGUAGE}, not {language}."
            )));
        }
        let names = self.groups(region)?;
        for name in &names {
            // Also removes what has expired.
            groups
                .current(region, name)
                .map_err(|_absent| no_group(name))?;
        }
        local_insights::Query::parse(&self.query_string).map_err(malformed)?;
        Ok(Query::new(
            Uuid::new_v4().to_string(),
            region.to_owned(),
            names,
            self.query_string.clone(),
            (self.start_time, self.end_time),
            self.limit.and_then(|limit| usize::try_from(limit).ok()),
        ))
    }

    /// Returns the names of the groups, which one of three members gives.
    fn groups(&self, region: &str) -> Result<Vec<String>, Fault> {
        let name = self.log_group_name.clone().map(|name| vec![name]);
        let of_identifiers = |identifiers: &Vec<String>| {
            let names = identifiers
                .iter()
                .map(|identifier| group_name(region, identifier));
            names.map(str::to_owned).collect()
        };
        let identifiers = self.log_group_identifiers.as_ref().map(of_identifiers);
        let given = [name, self.log_group_names.clone(), identifiers];
        let mut given: Vec<Vec<String>> = given.into_iter().flatten().collect();
        let (Some(mut names), true) = (given.pop(), given.is_empty()) else {
            return Err(invalid(
                "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given.",
            ));
        };
        let shown = format!("{} groups", names.len());
        check_length("logGroupNames", &shown, names.len(), 1..=MAX_GROUPS)?;
        names.sort();
        names.dedup();
        Ok(names)
    }
}

impl Queries {
    /// Starts a query, which runs when a thread is free.
    pub(super) fn start(
        &self,
        input: &StartQuery,
        region: &str,
        groups: &Arc<Mutex<Groups>>,
        blocking: &Arc<Blocking>,
    ) -> Result<Value, Fault> {
        let query = {
            let mut groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::new(input.query(region, &mut groups)?)
        };
        {
            let mut kept = self.kept();
            let running = kept.iter().filter(|query| query.status().is_open()).count();
            if running >= MAX_RUNNING {
                return Err(Fault::new(
                    400,
                    "LimitExceededException",
                    format!("At most {MAX_RUNNING} queries may run at once."),
                ));
            }
            drop_old(&mut kept);
            kept.push_back(Arc::clone(&query));
        }
        let answer = json!({ "queryId": query.id });
        let (groups, blocking) = (Arc::clone(groups), Arc::clone(blocking));
        tokio::spawn(async move {
            let running = Arc::clone(&query);
            if let Err(stopping) = blocking.run(move || running.run(&groups)).await {
                tracing::debug!(%stopping, id = query.id, "a query was not run");
                query.end(Status::Failed, Vec::new());
            }
        });
        Ok(answer)
    }

    /// Returns a page of results. A query that is not complete has none.
    pub(super) fn results(&self, input: &GetQueryResults, region: &str) -> Result<Value, Fault> {
        let size = input.max_items.unwrap_or(MAX_PAGE);
        check_number("maxItems", size, 0..=MAX_PAGE)?;
        let query = self.find(region, &input.query_id)?;
        let from = match &input.next_token {
            Some(token) => page::place(&query.id, token).ok_or_else(invalid_token)?,
            None => 0,
        };
        let outcome = query.outcome();
        let page = page::from(
            &outcome.rows,
            from,
            usize::try_from(size).unwrap_or_default(),
        );
        let mut answer = json!({
            "queryLanguage": LANGUAGE,
            "results": page.items.into_iter().map(shape).collect::<Vec<_>>(),
            "statistics": outcome.statistics.shape(),
            "status": outcome.status.name(),
        });
        if let Some(next) = page.next {
            answer["nextToken"] = page::token(&query.id, next).into();
        }
        Ok(answer)
    }

    /// Stops a query that is scheduled or running.
    pub(super) fn stop(&self, input: &StopQuery, region: &str) -> Result<Value, Fault> {
        let query = self.find(region, &input.query_id)?;
        match query.end(Status::Cancelled, Vec::new()) {
            true => Ok(json!({ "success": true })),
            false => Err(invalid("The specified query is not running.")),
        }
    }

    /// Lists queries, the newest first.
    pub(super) fn describe(&self, input: &DescribeQueries, region: &str) -> Result<Value, Fault> {
        let size = input.max_results.unwrap_or(MAX_LISTED);
        check_number("maxResults", size, 1..=MAX_LISTED)?;
        let from = match &input.next_token {
            Some(token) => page::place(region, token).ok_or_else(invalid_token)?,
            None => 0,
        };
        let kept = self.kept();
        let listed = kept.iter().rev().filter(|query| {
            let of_group = |name: &String| query.groups.contains(name);
            let of_status = |status: &String| query.status().name() == status;
            query.region == region
                && input.log_group_name.as_ref().is_none_or(of_group)
                && input.status.as_ref().is_none_or(of_status)
                && input.query_language.as_deref().unwrap_or(LANGUAGE) == LANGUAGE
        });
        let page = page::from(listed, from, usize::try_from(size).unwrap_or_default());
        let mut answer = json!({
            "queries": page.items.into_iter().map(|query| description(query)).collect::<Vec<_>>(),
        });
        if let Some(next) = page.next {
            answer["nextToken"] = page::token(region, next).into();
        }
        Ok(answer)
    }

    fn find(&self, region: &str, id: &str) -> Result<Arc<Query>, Fault> {
        check_length("queryId", id, id.chars().count(), 1..=256)?;
        let kept = self.kept();
        let mut queries = kept.iter();
        let found = queries.find(|query| query.id == id && query.region == region);
        found
            .map(Arc::clone)
            .ok_or_else(|| not_found("The specified query does not exist."))
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<Query>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Queries {
    /// Ends the queries that are running, for which the threads of the account would wait.
    fn drop(&mut self) {
        for query in self.kept().iter() {
            query.end(Status::Cancelled, Vec::new());
        }
    }
}

/// Drops the oldest queries that ended, until there is room for another one.
fn drop_old(kept: &mut VecDeque<Arc<Query>>) {
    let mut bytes: usize = kept.iter().map(|query| query.bytes()).sum();
    while kept.len() >= MAX_KEPT || bytes > MAX_KEPT_BYTES {
        let Some(oldest) = kept.iter().position(|query| !query.status().is_open()) else {
            return;
        };
        if let Some(dropped) = kept.remove(oldest) {
            bytes -= dropped.bytes();
        }
    }
}

fn shape(row: &Row) -> Value {
    let field = |(name, value): &(Arc<str>, Arc<str>)| json!({ "field": **name, "value": **value });
    row.iter().map(field).collect()
}

fn description(query: &Query) -> Value {
    let outcome = query.outcome();
    json!({
        "queryLanguage": LANGUAGE,
        "queryId": query.id,
        "queryString": query.text,
        "status": outcome.status.name(),
        "createTime": query.created_ms,
        "logGroupName": query.groups.first(),
        "queryDuration": outcome.duration_ms,
        "bytesScanned": outcome.statistics.bytes_scanned,
    })
}

fn no_group(name: &str) -> Fault {
    let account = local_wire::ACCOUNT_ID;
    not_found(&format!(
        "Log group '{name}' does not exist for account ID '{account}'"
    ))
}

fn malformed(error: CompileError) -> Fault {
    let location = json!({
        "startCharOffset": error.characters.start,
        "endCharOffset": error.characters.end,
    });
    let details = json!({ "location": location, "message": error.message });
    Fault::new(400, "MalformedQueryException", error.message).with("queryCompileError", details)
}
