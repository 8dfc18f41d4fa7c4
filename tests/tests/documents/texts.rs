//! `docs/texts.md`: every sentence that callers hear, with the answers of the function that lead to it.
//!
//! Sentences, voices and messages come from `flows/texts`, the occasions from the description of the
//! input `texts`, and the answers from the stories of `tests/tests/flow`, which run against the shipped
//! flow.

use std::collections::BTreeMap;
use std::fs;

use e2e::generated;
use e2e::interface::cell;
use e2e::outcomes::reasons;
use serde_json::Value;

use super::{markdown, module, pages, read, root};
use crate::flow::stories::{Reply, stories};

e2e::checks![
    the_texts_page_is_what_the_files_say,
    the_texts_page_has_every_reason,
    the_texts_page_lists_every_sentence_that_callers_hear,
];

const PAGE: &str = "docs/texts.md";
/// The filter that selects the test that generates the page.
const FILTER: &str = "the_texts_page_is";
const SENTENCES: &str = "## Sentences";

const INTRODUCTION: &str = "\
Every sentence that callers hear, as the module ships it. [Changing texts, voices and
languages](changing-texts.md) says how to replace one or add a language; the input is
[`texts`](reference.md#texts).
";

const NOTES: &str = "\
*Answers* are the codes with which the function leads the flow to the sentence; the
[runbook](runbook.md#every-outcome) says what to do about each. The function's log has two more:
`OPTED_OUT`, which sounds like `NUMBER_NOT_ALLOWED`, and `SENT_BEFORE`, which sounds like `SENT`. Some
sentences need no answer: `withheld` comes before the function is invoked, `no_key_again` and `no_key` when
no key is pressed, and `trouble` also comes when the function fails.

- After a sentence that ends in `_again` the caller can try once more; after all others the call ends or
  is transferred.
- An entry of nothing but `#` costs no attempt: the question that it answered is asked again, and too many
  such entries end in `no_key`.
- `wrong_pin` is heard after the last attempt of a call, whether the PIN was wrong or too short.
- `NOT_A_MEMBER` sounds like a wrong PIN only if the caller was asked for one: because the member's row was
  deleted during the call, or with `unknown_caller = \"uniform\"`. Otherwise strangers hear `not_a_member`.
- A caller who enters the same PIN twice in a call hears `sent` twice and gets one message.
- `handing_over` is spoken before the call goes to a queue or phone number of `fallbacks`. A flow of
  `fallbacks` speaks its own words.
";

/// Returns the generated page.
fn page() -> String {
    let languages = languages();
    let module = module();
    let texts = module.inputs.iter().find(|input| input.name == "texts");
    let texts = texts.expect("the module must have the input texts");
    let answers = answers();

    let mut page = format!(
        "# Texts\n\n\
         Generated from `flows/texts`, the description of `texts` and the stories of `tests/tests/flow`; do not\n\
         edit it. `{}` writes it again.\n\n{INTRODUCTION}\n{SENTENCES}\n\n\
         | text | spoken when | answers |{}\n|---|---|---|{}\n",
        generated::command(FILTER),
        languages
            .iter()
            .map(|(code, _)| format!(" `{code}` |"))
            .collect::<String>(),
        "---|".repeat(languages.len()),
    );
    for key in texts.keys() {
        let when = texts.line_on(key).unwrap_or_default();
        let answers: Vec<String> = answers
            .get(key)
            .into_iter()
            .flatten()
            .map(|answer| format!("`{answer}`"))
            .collect();
        page.push_str(&format!(
            "| `{key}` | {} | {} |",
            cell(when),
            answers.join(", ")
        ));
        for (_, language) in &languages {
            let text = language["texts"][key].as_str();
            let text =
                text.unwrap_or_else(|| panic!("flows/texts must have {key} in each language"));
            page.push_str(&format!(" {} |", cell(text)));
        }
        page.push('\n');
    }
    page.push_str(&format!("\n{NOTES}\n## Messages and voices\n\n"));
    page.push_str(
        "| language | message | voice | voice that speaks if that one cannot be set |\n|---|---|---|---|\n",
    );
    for (code, language) in &languages {
        let voice = &language["voice"];
        page.push_str(&format!(
            "| `{code}` | {} | {}, {} | {}, Standard |\n",
            text(&language["sms"]),
            text(&voice["name"]),
            text(&voice["engine"]),
            text(&voice["standard_name"]),
        ));
    }
    page
}

/// Returns the shipped languages, Japanese first, each with the contents of its file.
fn languages() -> Vec<(String, Value)> {
    let folder = root().join("flows/texts");
    let mut found: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let code = path.file_stem().unwrap().to_string_lossy().into_owned();
            let shipped = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            (code, shipped)
        })
        .collect();
    found.sort_by_key(|(code, _)| (code != "ja", code.clone()));
    assert!(found.len() > 1, "{found:?}");
    found
}

fn text(value: &Value) -> &str {
    value.as_str().expect("the value must be a text")
}

/// Returns the answers after which each sentence is heard, in the order of the stories. Stories in which
/// the caller pressed no key, or `#` alone, have more sentences than answers and are left out.
fn answers() -> BTreeMap<&'static str, Vec<&'static str>> {
    let known = reasons();
    let mut heard: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for story in stories() {
        if story.heard.len() != story.replies.len() {
            continue;
        }
        for (reply, sentence) in story.replies.iter().zip(story.heard.iter().copied()) {
            let answer = match reply {
                Reply::Member => "MEMBER",
                Reply::Stranger => "NOT_A_MEMBER",
                Reply::Sent => "SENT",
                Reply::Reason(reason) if known.contains(*reason) => *reason,
                Reply::Reason(_) | Reply::Crash => continue,
            };
            let answers = heard.entry(sentence).or_default();
            if !answers.contains(&answer) {
                answers.push(answer);
            }
        }
    }
    heard
}

fn the_texts_page_is_what_the_files_say() {
    pages::compare(PAGE, &page(), FILTER);
}

/// Every reason must have a row, so that support can explain each sentence to a caller.
fn the_texts_page_has_every_reason() {
    let page = read(PAGE);
    let rows = markdown::table(&page, SENTENCES);
    let answers: String = rows.iter().map(|row| row[2].as_str()).collect();
    let missing: Vec<_> = reasons()
        .into_iter()
        .filter(|reason| !answers.contains(&format!("`{reason}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "{PAGE} must have a row with each of {missing:?}"
    );
}

fn the_texts_page_lists_every_sentence_that_callers_hear() {
    let page = read(PAGE);
    let rows = markdown::table(&page, SENTENCES);
    for (column, (language, shipped)) in languages().iter().enumerate() {
        let texts = shipped["texts"].as_object().unwrap();
        assert_eq!(rows.len(), texts.len(), "{language}");
        for (name, text) in texts {
            let text = text.as_str().unwrap();
            let listed = rows
                .iter()
                .any(|row| row[0] == format!("`{name}`") && row[3 + column] == text);
            assert!(listed, "{PAGE} must have {name} in {language}: {text}");
        }
    }
    for row in rows {
        assert!(row[1].len() > 10, "{} must say when it is spoken", row[0]);
    }
}
