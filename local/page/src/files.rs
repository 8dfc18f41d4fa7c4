//! The files of the page.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const CSS: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const MODULE: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The content.
    pub content: &'static str,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The value of `ETag`, with its quotation marks. It depends on the content alone.
    pub etag: &'static str,
}

/// The names of the files below the page's path, with their types and contents.
fn sources() -> [(&'static str, &'static str, &'static str); 21] {
    macro_rules! source {
        ($name:literal, $kind:expr) => {
            ($name, $kind, include_str!(concat!("../files/", $name)))
        };
    }
    [
        ("flow-picture.css", CSS, connect_flow_picture::style_sheet()),
        source!("account.js", MODULE),
        source!("api.js", MODULE),
        source!("app.js", MODULE),
        source!("blocks.js", MODULE),
        source!("calls.js", MODULE),
        source!("card.js", MODULE),
        source!("dom.js", MODULE),
        source!("faults.js", MODULE),
        source!("figures.js", MODULE),
        source!("icon.svg", SVG),
        source!("inbox.js", MODULE),
        source!("index.html", HTML),
        source!("phone.js", MODULE),
        source!("picture.js", MODULE),
        source!("said.js", MODULE),
        source!("speech.js", MODULE),
        source!("style.css", CSS),
        source!("words.en.js", MODULE),
        source!("words.ja.js", MODULE),
        source!("words.js", MODULE),
    ]
}

static FILES: LazyLock<BTreeMap<&'static str, File>> = LazyLock::new(|| {
    let file = |(name, content_type, content): (_, _, &'static str)| {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(content));
        // Once for each file of the program.
        let etag: &'static str = Box::leak(format!("\"{digest}\"").into_boxed_str());
        let file = File {
            content,
            content_type,
            etag,
        };
        (name, file)
    };
    sources().map(file).into()
});

/// Returns the file at a path below that of the page; the empty path stands for `index.html`. `None` if the
/// page has no such file.
#[must_use]
pub fn file(path: &str) -> Option<File> {
    let name = if path.is_empty() { "index.html" } else { path };
    FILES.get(name).copied()
}

#[cfg(test)]
mod tests {
    use connect_flow_picture::{Graph, Marks, Options, Step, Style, svg};
    use serde_json::json;

    use super::*;

    /// CSP without `unsafe-inline` forbids these: <https://www.w3.org/TR/CSP3/#directive-script-src>.
    #[test]
    fn no_file_has_inline_code_or_style() {
        for (name, kind, content) in sources() {
            let forbidden = match kind {
                HTML => &["<style", " style=", " onclick=", " onload=", "javascript:"][..],
                MODULE => &[
                    "innerHTML",
                    "outerHTML",
                    "insertAdjacentHTML",
                    "document.write",
                    "eval(",
                    "new Function",
                    "\"style\"",
                    ".style.",
                ],
                _ => &[],
            };
            for text in forbidden {
                assert!(!content.contains(text), "{name} has {text}");
            }
            if kind == HTML {
                for script in content.split("<script").skip(1) {
                    assert!(script.contains("></script>"), "{name}: a script is inline");
                }
            }
        }
    }

    #[test]
    fn no_file_names_another_host() {
        for (name, _, content) in sources() {
            for scheme in ["http://", "https://", "//cdn", "@import"] {
                for rest in content.split(scheme).skip(1) {
                    // The name of a language of markup is no address that is loaded.
                    assert!(
                        rest.starts_with("www.w3.org/"),
                        "{name}: {scheme}{rest:.40}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_file_that_a_file_names_exists() {
        for (name, _, content) in sources() {
            for named in content.split("from \"./").skip(1) {
                let named = named.split('"').next().unwrap();
                assert!(file(named).is_some(), "{name} names {named}");
            }
        }
        let page = file("").unwrap().content;
        for attribute in ["src=\"", "href=\""] {
            for named in page.split(attribute).skip(1) {
                let named = named.split('"').next().unwrap();
                assert!(named.starts_with('#') || file(named).is_some(), "{named}");
            }
        }
    }

    #[test]
    fn the_files_are_small() {
        let bytes: usize = sources().iter().map(|(_, _, content)| content.len()).sum();
        assert!(bytes < 160 * 1024, "{bytes}");
    }

    #[test]
    fn a_path_outside_of_the_page_has_no_file() {
        assert_eq!(file(""), file("index.html"));
        for path in ["/", "../Cargo.toml", "files/app.js", "app.js/", "APP.JS"] {
            assert_eq!(file(path), None, "{path}");
        }
        assert_ne!(file("app.js").unwrap().etag, file("api.js").unwrap().etag);
    }

    /// A flow with every kind of branch, a loop, a block that does not exist, and a step back.
    #[test]
    fn the_page_lets_in_what_pictures_consist_of() {
        let flow = json!({ "Version": "2019-10-30", "StartAction": "ask", "Actions": [
            { "Identifier": "ask", "Type": "GetParticipantInput", "Parameters": { "Text": "PIN" },
              "Transitions": { "NextAction": "bye",
                  "Conditions": [
                      { "NextAction": "ask", "Condition": { "Operator": "Equals", "Operands": ["1"] } }],
                  "Errors": [{ "NextAction": "gone", "ErrorType": "NoMatchingError" }] } },
            { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
        ] });
        let step = |block: &str, branch: Option<&str>| Step {
            block: block.to_owned(),
            branch: branch.map(str::to_owned),
        };
        let marks = Marks {
            steps: vec![
                step("ask", Some("1")),
                step("ask", Some("NextAction")),
                step("bye", None),
            ],
            current: Some("bye".to_owned()),
            never_taken: None,
        };
        let options = Options {
            style: Style::Embedded,
            ..Options::default()
        };
        let picture = svg(&Graph::read(&flow.to_string()).unwrap(), &marks, &options);
        let known = file("picture.js").unwrap().content;
        let (_, known) = known.split_once("const ELEMENTS").unwrap();
        let (elements, attributes) = known.split_once("const ATTRIBUTES").unwrap();
        let (attributes, _) = attributes.split_once("]);").unwrap();
        let read = roxmltree::Document::parse(&picture).unwrap();
        let nodes = read.descendants().filter(roxmltree::Node::is_element);
        for node in nodes {
            let name = format!("\"{}\"", node.tag_name().name());
            assert!(elements.contains(&name), "{name}");
            for attribute in node.attributes() {
                let name = format!("\"{}\"", attribute.name());
                assert!(attributes.contains(&name), "{name}");
            }
        }
        assert!(
            attributes.contains("\"xmlns\""),
            "namespaces are attributes in a browser"
        );
    }

    /// Both dictionaries must have the same words, or a part of the page stays in one language.
    #[test]
    fn the_dictionaries_have_the_same_words() {
        let names = |path: &str| -> Vec<String> {
            let lines = file(path).unwrap().content.lines();
            let named = lines.filter_map(|line| {
                let name = line.strip_prefix("  ")?.split_once(": ")?.0;
                (!name.starts_with(['/', ' '])).then(|| name.to_owned())
            });
            named.collect()
        };
        let (en, ja) = (names("words.en.js"), names("words.ja.js"));
        assert!(en.len() > 50, "{en:?}");
        assert_eq!(en, ja);
    }
}
