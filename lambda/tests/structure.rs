//! The dependencies between modules: they have no cycles, and the rules do not import AWS.
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The crates that the rules may import.
const CRATES_OF_RULES: [&str; 6] = ["hmac", "regex_lite", "sha2", "std", "thiserror", "tokio"];

/// Reads the source of each module, without comments and unit tests.
fn modules() -> BTreeMap<String, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    let mut directories = vec![source.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let name = path.strip_prefix(&source).unwrap().to_str().unwrap();
            let Some(name) = name.strip_suffix(".rs") else {
                continue;
            };
            let name = name.strip_suffix("/mod").unwrap_or(name);
            if ["lib", "main"].contains(&name) || name.ends_with("tests") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            modules.insert(name.replace('/', "::"), code.collect::<Vec<_>>().join("\n"));
        }
    }
    modules
}

/// Returns the paths that a module names: those of `use`, and those that begin with `crate::` or `super::`.
fn paths(code: &str) -> impl Iterator<Item = &str> {
    let of_use = code
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("use "));
    let inline = ["crate::", "super::"]
        .into_iter()
        .flat_map(|root| code.match_indices(root).map(|(at, _)| &code[at..]));
    of_use.chain(inline).map(|text| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"_:".contains(c));
        &text[..end.unwrap_or(text.len())]
    })
}

/// Returns the module that a path in `module` refers to; nothing for a path of another crate.
fn target(module: &str, path: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let absolute = if let Some(rest) = path.strip_prefix("crate::") {
        rest.to_owned()
    } else if let Some(rest) = path.strip_prefix("super::") {
        format!("{parent}::{rest}")
    } else {
        format!("{module}::{path}")
    };
    let mut found = absolute.as_str();
    while !modules.contains_key(found) {
        found = found.rsplit_once("::")?.0;
    }
    (found != module).then(|| found.to_owned())
}

fn imports(modules: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let imports = |(module, code): (&String, &String)| {
        let targets = paths(code).filter_map(|path| target(module, path, modules));
        (module.clone(), targets.collect())
    };
    modules.iter().map(imports).collect()
}

#[test]
fn no_module_imports_itself_through_others() {
    let mut imports = imports(&modules());
    assert!(imports["rules::send_sms"].contains("rules::send_sms::lookups"));
    assert!(imports["rules::send_sms::judgement"].contains("rules::send_sms::lookups"));
    assert!(imports["rules::line"].contains("rules::ports"));
    // Each round removes the modules whose imports have all been removed; those in a cycle stay.
    loop {
        let left: BTreeSet<String> = imports.keys().cloned().collect();
        imports.retain(|_, targets| targets.iter().any(|target| left.contains(target)));
        if imports.len() == left.len() {
            break;
        }
    }
    assert!(
        imports.is_empty(),
        "in a cycle, or importing one: {imports:#?}"
    );
}

#[test]
fn the_rules_import_rules_only() {
    let modules = modules();
    let rules = modules
        .iter()
        .filter(|(module, _)| module.starts_with("rules::"));
    for (module, code) in rules {
        for path in paths(code) {
            match target(module, path, &modules) {
                Some(target) => assert!(target.starts_with("rules::"), "{module}: {target}"),
                None => {
                    let root = path.split("::").next().unwrap();
                    let own = [module.as_str(), "crate", "super"].contains(&root);
                    assert!(
                        own || CRATES_OF_RULES.contains(&root),
                        "{module} imports {path}"
                    );
                }
            }
        }
    }
}
