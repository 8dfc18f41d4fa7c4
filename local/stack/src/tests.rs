#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::{Finding, Interface, Severity, Stack};

/// The module of this repository.
static MODULE: LazyLock<Interface> = LazyLock::new(|| {
    let files = [
        ("variables.tf", include_str!("../../../variables.tf")),
        (
            "variables.conversation.tf",
            include_str!("../../../variables.conversation.tf"),
        ),
        (
            "variables.function.tf",
            include_str!("../../../variables.function.tf"),
        ),
        (
            "variables.monitoring.tf",
            include_str!("../../../variables.monitoring.tf"),
        ),
        (
            "variables.sms.tf",
            include_str!("../../../variables.sms.tf"),
        ),
    ];
    Interface::of(&stack(&files))
});

fn stack(files: &[(&str, &str)]) -> Stack {
    let files = files.iter();
    Stack::parse(files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))).unwrap()
}

/// Returns all findings of every `module` block.
fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let stack = stack(files);
    let calls = stack.modules();
    calls.flat_map(|call| stack.check(&call, &MODULE)).collect()
}

/// Returns places and names of unknown fields, with the suggested names.
fn unknown(files: &[(&str, &str)]) -> Vec<(String, String, Vec<String>)> {
    findings(files)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| {
            let place = format!("{}:{}:{}", finding.file, finding.line, finding.column);
            (place, finding.field, finding.suggestions)
        })
        .collect()
}

fn names(unknown: &[(String, String, Vec<String>)]) -> Vec<&str> {
    unknown.iter().map(|(_, field, _)| &**field).collect()
}

/// Returns the warnings about one field.
fn warnings(text: &str, field: &str) -> Vec<String> {
    findings(&[("main.tf", text)])
        .into_iter()
        .filter(|finding| finding.severity == Severity::Warning && finding.field == field)
        .map(|finding| finding.message)
        .collect()
}

/// Four fields that plan silently, and the intended ones.
#[test]
fn misspelt_fields_are_reported_with_the_nearest_name() {
    let text = r#"module "line" {
  source = "../.."

  guessing = { wrong_pin_per_hour = 100 }
  pin      = { length = 4 }
  sms      = { sender = "Shop" }
  texts = {
    ja = {
      askpin = "暗証番号"
    }
  }
}
"#;
    let found = unknown(&[("main.tf", text)]);
    let expected = [
        (
            "main.tf:4:16",
            "guessing.wrong_pin_per_hour",
            vec!["wrong_pins_per_hour"],
        ),
        (
            "main.tf:5:16",
            "pin.length",
            vec!["max_length", "min_length"],
        ),
        ("main.tf:6:16", "sms.sender", vec!["sender_id"]),
        ("main.tf:9:7", "texts.ja.askpin", vec!["ask_pin"]),
    ];
    let found: Vec<_> = found
        .iter()
        .map(|(place, field, near)| {
            let near: Vec<_> = near.iter().map(|near| &**near).collect();
            (&**place, &**field, near)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_finding_contains_the_mistake_and_the_correction() {
    let message = |text: &str| {
        let text = format!("module \"line\" {{\n  {text}\n}}\n");
        let mut found = findings(&[("main.tf", &text)]);
        found.retain(|finding| finding.severity == Severity::Error);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0).message
    };
    assert_eq!(
        message("guessing = { wrong_pin_per_hour = 100 }"),
        "guessing has no field \"wrong_pin_per_hour\", and Terraform silently drops it: \
         write \"wrong_pins_per_hour\""
    );
    assert_eq!(
        message("languges = [\"ja\"]"),
        "the module has no input \"languges\": write \"languages\""
    );
    assert_eq!(
        message("voices = { ja = { nam = \"Takumi\" } }"),
        "voices.ja has no key \"nam\": write \"name\""
    );
    // A correct name in the wrong object.
    assert!(message("pin = { tries_per_call = 3 }").ends_with("is a field of guessing"));
    assert!(message("sms = { unknown_caller = \"uniform\" }").ends_with("of the module itself"));
    // A name that resembles no other is reported with all existing names.
    assert!(message("dashboard = { colour = \"red\" }").ends_with("(there are enabled)"));
}

/// Fields are found at any depth, and through all names of the stack.
#[test]
fn fields_are_found_at_any_depth_and_through_names() {
    let main = r#"
locals {
  strict = { wrong_pin_per_hour = 10 }
  lines = {
    spring = { sms = { template = "{url}" }, pin = { pepper = { kms_key = "k" } } }
    autumn = { sms = merge(local.sms, { tmplate = "{url}" }), pin = {} }
  }
  targets = { queue = "arn" }
}

module "line" {
  for_each = local.lines
  source   = "../.."

  guessing  = var.strict ? local.strict : { tries = 1 }
  sms       = each.value.sms
  pin       = local.lines[each.key].pin
  fallbacks = { locked = local.targets, trouble = ({ phone = "+81312345678" }) }
  texts     = { for code in ["ja"] : code => { sendt = "!" } }
}
"#;
    let other = "locals {\n  sms = { typ = \"Transactional\" }\n}\n\
                 variable \"strict\" {\n  default = true\n}\n";
    let found = unknown(&[("main.tf", main), ("other.tf", other)]);
    let mut names = names(&found);
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "fallbacks.locked.queue",
            "fallbacks.trouble.phone",
            "guessing.tries",
            "guessing.wrong_pin_per_hour",
            "pin.pepper.kms_key",
            "sms.tmplate",
            "sms.typ",
            "texts.<key>.sendt",
        ]
    );
    assert!(
        found
            .iter()
            .any(|(place, field, _)| place == "other.tf:2:11" && field == "sms.typ"),
        "{found:?}"
    );
}

#[test]
fn a_correct_stack_has_no_findings() {
    let text = r#"
module "line" {
  source     = "../.."
  count      = 1
  depends_on = [aws_kms_key.this]
  providers  = { aws = aws }

  instance_alias = "line-${terraform.workspace}"
  languages      = ["ja", "fr"]
  texts          = { "ja" = { "sent" = "送りました" }, (var.other) = var.texts }
  voices         = { fr = { name = "Lea", engine = "Neural", language_code = "fr-FR" } }
  tags           = { anything = "goes" }
  sms            = { templates = { fr = "{url}" }, url_hosts = ["example.com"] }
  alarms         = { topic_arn = aws_sns_topic.this.arn }
  pin            = { pepper = { kms_key_arn = aws_kms_key.this.arn } }
  kms_key        = null
}
"#;
    assert_eq!(findings(&[("main.tf", text)]), []);
}

/// Terraform itself reports a local that refers to itself; the check must only terminate.
#[test]
fn circular_names_terminate() {
    let text = r#"
locals {
  a = merge(local.b, local.b, { wrong = 1 })
  b = merge(local.a, local.a)
}
module "line" { guessing = local.a }
"#;
    assert_eq!(names(&unknown(&[("main.tf", text)])), ["guessing.wrong"]);
}

#[test]
fn alarms_without_a_topic_cause_a_warning() {
    let field = "alarms.topic_arn";
    for text in [
        "module \"line\" {}",
        "module \"line\" { alarms = {} }",
        "module \"line\" { alarms = { topic_arn = null, errors = 1 } }",
    ] {
        assert_eq!(warnings(text, field).len(), 1, "{text}");
    }
    for text in [
        "module \"line\" { alarms = { enabled = false } }",
        "module \"line\" { alarms = { topic_arn = var.topic } }",
        "module \"line\" { alarms = var.alarms }",
        "module \"line\" { alarms = merge({ errors = 1 }, { topic_arn = \"arn\" }) }",
        "module \"line\" { alarms = merge({ errors = 1 }, var.alarms) }",
    ] {
        assert_eq!(warnings(text, field), Vec::<String>::new(), "{text}");
    }
}

/// +8160 has been a mobile range since July 2026; +8150 is for IP telephony.
#[test]
fn a_japanese_mobile_as_fallback_causes_a_warning() {
    let field = "fallbacks.locked.phone_number";
    let of = |number: &str| {
        let text = format!(
            "module \"line\" {{ fallbacks = {{ locked = {{ phone_number = \"{number}\" }} }} }}"
        );
        warnings(&text, field).len()
    };
    for mobile in [
        "+819012345678",
        "+818012345678",
        "+817012345678",
        "+816012345678",
    ] {
        assert_eq!(of(mobile), 1, "{mobile}");
    }
    for other in ["+81312345678", "+815012345678", "+14155550123", "+819"] {
        assert_eq!(of(other), 0, "{other}");
    }
}

/// Three parts are 3 x 153 characters of the GSM alphabet or 3 x 67 of any other (3GPP TS 23.038),
/// and some characters count as two. A plan accepts all of these texts.
#[test]
fn texts_of_more_parts_than_are_sent_cause_a_warning() {
    let of = |sms: &str, field: &str| {
        warnings(
            &format!("module \"line\" {{\n sms = {{ {sms} }}\n}}"),
            field,
        )
        .len()
    };
    let template = "sms.template";
    let text =
        |letter: &str, count: usize| format!("template = \"{{url}} {}\"", letter.repeat(count));
    for (letter, fits) in [("a", 358), ("[", 178), ("ж", 100), ("あ", 100), ("😀", 49)] {
        assert_eq!(of(&text(letter, fits), template), 0, "{letter}");
        let long = text(letter, fits + 1);
        assert_eq!(of(&long, template), 1, "{letter}");
        assert_eq!(of(&format!("{long}, url_max_length = 50"), template), 0);
        assert_eq!(
            of(&format!("{long}, url_max_length = var.length"), template),
            0
        );
    }
    let long = "ж".repeat(202);
    let heredoc = format!("template = <<-EOT\n  {long}\n  {{url}}\n  EOT\n");
    assert_eq!(of(&heredoc, template), 1);
    let own = format!("templates = merge(var.own, {{ ru = \"{{url}} {long}\" }})");
    assert_eq!(of(&own, "sms.templates.ru"), 1);
    assert_eq!(of("template = \"{url} ${var.long}\"", template), 0);
    let stated = format!(
        "url_max_length             = optional(number, {})",
        crate::advice::URL_MAX_LENGTH
    );
    assert!(
        include_str!("../../../variables.sms.tf").contains(&stated),
        "{stated}"
    );
}

/// Voices and engines: <https://docs.aws.amazon.com/polly/latest/dg/available-voices.html>.
#[test]
fn unknown_voices_and_engines_cause_a_warning() {
    let of = |voice: &str, field: &str| {
        let text = format!("module \"line\" {{ voices = {{ {voice} }} }}");
        warnings(&text, field).len()
    };
    let name = "voices.ja.name";
    assert_eq!(of("ja = { name = \"Kazuya\" }", name), 1);
    assert_eq!(of("ja = { name = \"Joanna\" }", name), 1);
    assert_eq!(
        of("ja = { name = \"Kazuha\", engine = \"Standard\" }", name),
        1
    );
    assert_eq!(
        of("ja = { name = \"Takumi\", engine = \"standard\" }", name),
        0
    );
    assert_eq!(of("ja = { name = var.voice }", name), 0);
    assert_eq!(
        of(
            "en = { name = \"Amy\", engine = \"Neural\" }",
            "voices.en.name"
        ),
        0
    );
    let standard = "voices.ja.standard_name";
    assert_eq!(of("ja = { standard_name = \"Tomoko\" }", standard), 1);
    assert_eq!(of("ja = { standard_name = \"Takumi\" }", standard), 0);
    // The voices of languages that do not ship with the module are not checked.
    assert_eq!(of("fr = { name = \"Nobody\" }", "voices.fr.name"), 0);
}

#[test]
fn a_file_that_is_not_hcl_is_reported_with_its_place() {
    let files = [(
        "bad.tf".to_owned(),
        "module \"line\" {\n  pin = {\n".to_owned(),
    )];
    let error = Stack::parse(files).unwrap_err().to_string();
    assert!(error.starts_with("bad.tf:"), "{error}");
}

/// Files of other editors, systems and authors.
#[test]
fn everything_that_terraform_parses_is_parsed() {
    let text = "# Kommentar\r\nmodule \"line\" { // eine Zeile\r\n  source = \"../..\"\r\n  pin = \
                { length : 4, }\r\n}\r\n";
    let found = unknown(&[("main.tf", text)]);
    assert_eq!(found[0].0, "main.tf:4:11", "{found:?}");
    let text = r#"
module "line" {
  sms = {
    template = <<-EOT
      %{if var.long}Campaign ${upper("x")}:%{endif} {url}
    EOT
    "sendr" = provider::other::name(var.x...)
    kind    = -1
  }
  tags = { for k, v in { a = 1 } : k => v... if k != "b" }
}
"#;
    let found = unknown(&[("main.tf", text)]);
    assert_eq!(names(&found), ["sms.sendr", "sms.kind"]);
}

const EVERYTHING: &str = r#"locals { a = { wrong = [1, "x${var.y}"] } }
module "line" {
  for_each = { x = local.a, "y" = merge(local.a, { 日本 = null }...) }
  guessing = each.value.b[0].c["d"][*].e
  texts    = { for k, v in each.value : k => v if k != "z" }
  voices   = { ja = { name = <<END
Kazuha
END
  } }
  alarms = var.x == 1 ? local.a : (try(local.b, {}))
}
"#;

proptest! {
    /// A stack in which one piece is replaced by another.
    #[test]
    fn no_text_makes_the_check_panic(
        from in 0_usize..600,
        length in 0_usize..40,
        to in 0_usize..600,
    ) {
        let mut letters: Vec<char> = EVERYTHING.chars().collect();
        let from = from.min(letters.len());
        let end = (from + length).min(letters.len());
        let piece: Vec<char> = letters.drain(from..end).collect();
        let to = to.min(letters.len());
        letters.splice(to..to, piece);
        let text: String = letters.into_iter().collect();
        if let Ok(stack) = Stack::parse([("main.tf".to_owned(), text)]) {
            for call in stack.modules() {
                let _ = stack.check(&call, &MODULE);
            }
        }
    }
}

#[test]
fn a_state_that_is_not_on_the_disk_is_found() {
    let remote = |text: &str| {
        let stack = Stack::parse([("main.tf".to_owned(), text.to_owned())]).unwrap();
        stack.remote_state().map(str::to_owned)
    };
    for (text, found) in [
        ("terraform {\n  required_version = \"1.9\"\n}", None),
        ("terraform {\n  backend \"local\" {}\n}", None),
        (
            "terraform {\n  backend \"s3\" {\n    key = \"a\"\n  }\n}",
            Some("s3"),
        ),
        ("terraform {\n  cloud {}\n}", Some("cloud")),
        (
            "terraform {}\nterraform {\n  backend \"http\" {}\n}",
            Some("http"),
        ),
    ] {
        assert_eq!(remote(text).as_deref(), found, "{text}");
    }
}
