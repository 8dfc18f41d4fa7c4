//! Block types with their evidence and tests. Everything but the tests comes from the table that checks
//! and compiles flows. A test belongs to a type if its body names the type.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::super::{read, root};
use super::shown;

/// Returns the rows of the table, by type.
pub(super) fn rows() -> Map<String, Value> {
    let table = read("local/flow/src/check/block_types.json");
    let rows: Map<String, Value> = serde_json::from_str(&table).unwrap();
    assert!(rows.len() >= 70, "{} rows", rows.len());
    rows
}

/// Returns the tests of the engine and of Connect that name each type.
pub(super) fn tests(types: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in ["local/flow/src", "local/connect/src"] {
        for (name, body) in functions(&root().join(folder)) {
            for kind in types {
                if body.contains(&format!("\"{kind}\"")) {
                    found
                        .entry((*kind).to_owned())
                        .or_default()
                        .push(name.clone());
                }
            }
        }
    }
    found
}

/// Returns the name and the body of each test below a directory. The body includes those of the functions
/// of its file that it calls.
fn functions(directory: &Path) -> Vec<(String, String)> {
    let mut entries: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(functions(&path));
        } else if path.extension() == Some(OsStr::new("rs")) {
            let code = fs::read_to_string(&path).unwrap();
            let all: Vec<_> = code.split("\nfn ").skip(1).map(named).collect();
            let tests = code
                .split("#[test]\n")
                .skip(1)
                .chain(code.split("#[tokio::test]\n").skip(1));
            for test in tests {
                let Some((_, test)) = test.split_once("fn ") else {
                    continue;
                };
                let (name, mut body) = named(test);
                for (called, part) in &all {
                    if *called != name && body.contains(&format!("{called}(")) {
                        body.push_str(part);
                    }
                }
                found.push((name, body));
            }
        }
    }
    found
}

/// Splits the code after `fn ` into the function's name and its body, which ends where a brace closes in
/// the first column, or in that of a module's functions.
fn named(code: &str) -> (String, String) {
    let name = code.split(['(', '<']).next().unwrap_or_default();
    let end = ["\n}\n", "\n    }\n\n    #["]
        .iter()
        .filter_map(|end| code.find(end))
        .min()
        .unwrap_or(code.len());
    (name.trim().to_owned(), code[..end].to_owned())
}

/// Returns the texts of a list.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn is_provided(row: &Value) -> bool {
    row.get("absent").is_some()
}

/// Returns the number of types, of those that are executed, and of those with each evidence.
pub(super) fn summary(rows: &Map<String, Value>) -> String {
    let provided = rows.values().filter(|row| is_provided(row)).count();
    let of = |evidence: &str| {
        rows.values()
            .filter(|row| row["evidence"] == evidence)
            .count()
    };
    format!(
        "{} block types: {} are executed, {} are provided by a script or take the branch of an instance\n\
         without the service. The rows of {} are recorded, of {} documented, of {} reported and of {}\n\
         inferred.\n",
        rows.len(),
        rows.len() - provided,
        provided,
        of("recorded"),
        of("documented"),
        of("reported"),
        of("inferred"),
    )
}

fn branch(absent: &Value) -> String {
    match &absent["branch"] {
        Value::Object(branch) => match (branch.get("error"), branch.get("result")) {
            (Some(error), _) => format!("`{}`", error.as_str().unwrap_or_default()),
            (_, Some(result)) => format!("the condition `{}`", result.as_str().unwrap_or_default()),
            _ => panic!("{absent}"),
        },
        Value::String(done) if done == "done" => "`NextAction`".to_owned(),
        _ => panic!("{absent}"),
    }
}

/// Returns the section of each type.
pub(super) fn sections() -> String {
    let rows = rows();
    let types: Vec<&str> = rows.keys().map(String::as_str).collect();
    let mut tests = tests(&types);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in tests.values().flatten() {
        *counts.entry(name.clone()).or_default() += 1;
    }
    let mut page = String::new();
    for (kind, row) in &rows {
        page.push_str(&format!("\n### {kind}\n\n"));
        match row.get("absent") {
            Some(absent) => page.push_str(&format!(
                "Provided; otherwise {}: {}.",
                branch(absent),
                absent["because"].as_str().unwrap_or_default()
            )),
            None => page.push_str("Executed."),
        }
        let evidence = row["evidence"].as_str().unwrap_or_default();
        page.push_str(&format!(" Evidence: {evidence}.\n\n"));
        let flows = match row.get("flows") {
            Some(flows) => texts(flows)
                .iter()
                .map(|flow| format!("`{flow}`"))
                .collect::<Vec<_>>()
                .join(", "),
            None => "all".to_owned(),
        };
        page.push_str(&format!("- Flow types: {flows}\n"));
        for difference in texts(&row["differs"]) {
            page.push_str(&format!("- Known to differ: {difference}\n"));
        }
        let mut names = tests.remove(kind).unwrap_or_default();
        // Tests of few types come first: they say more about this one.
        names.sort_by_key(|name| (counts.get(name).copied(), name.clone()));
        names.dedup();
        page.push_str(&format!("- Tests: {}\n", shown(&names)));
        page.push_str(&format!(
            "- Sources: {}\n",
            texts(&row["sources"]).join("; ")
        ));
    }
    page
}
