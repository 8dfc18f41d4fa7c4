//! Warnings of settings that work but are rarely intended.

use connect_flow::PollyVoice;
use connect_pin_sms::rules::sms_segments;
use hcl_edit::expr::Expression;
use hcl_edit::template::Element;

use crate::check::Check;
use crate::source::{ModuleCall, attribute, literal_key, start};
use crate::value::{Node, field};

pub(crate) fn give<'a>(check: &mut Check<'_, 'a>, call: &ModuleCall<'a>) {
    alarms(check, call);
    fallbacks(check, call);
    messages(check, call);
    voices(check, call);
}

/// Warns of alarms without a topic.
fn alarms<'a>(check: &mut Check<'_, 'a>, call: &ModuleCall<'a>) {
    let Some(alarms) = attribute(&call.block.body, "alarms") else {
        let place = (call.file, start(&call.block.ident));
        return check.warn(place, "alarms.topic_arn", TOPIC.to_owned());
    };
    let place = (call.file, start(alarms));
    let all = check.argument(call, alarms).values(check.named);
    let objects: Option<Vec<_>> = all
        .iter()
        .map(|value| Some((value, value.expr.as_object()?)))
        .collect();
    // A value from elsewhere may contain a topic.
    let Some(objects) = objects else { return };
    let all_of = |name: &str| {
        let named = objects.iter().filter_map(|(value, object)| {
            let inner = value.at(field(object, name)?);
            Some(inner.values(check.named))
        });
        named.flatten().collect::<Vec<Node<'a>>>()
    };
    let off = all_of("enabled")
        .iter()
        .any(|value| value.expr.as_bool() == Some(false));
    let has_topic = all_of("topic_arn")
        .iter()
        .any(|value| !value.expr.is_null());
    if !off && !has_topic {
        check.warn(place, "alarms.topic_arn", TOPIC.to_owned());
    }
}

const TOPIC: &str = "alarms notify no topic: set alarms.topic_arn to an SNS topic";

/// Warns of a Japanese mobile number as a fallback.
fn fallbacks<'a>(check: &mut Check<'_, 'a>, call: &ModuleCall<'a>) {
    let Some(fallbacks) = attribute(&call.block.body, "fallbacks") else {
        return;
    };
    let fallbacks = check.argument(call, fallbacks);
    for why in ["withheld", "locked", "trouble"] {
        for number in within(check, &fallbacks, &[why, "phone_number"]) {
            if !number.expr.as_str().is_some_and(is_japanese_mobile) {
                continue;
            }
            let field = format!("fallbacks.{why}.phone_number");
            let message = format!(
                "{field} is a Japanese mobile number, which a new Amazon Connect instance cannot \
                 call: request a quota increase from AWS first, or use a landline"
            );
            check.warn((number.file, start(number.expr)), &field, message);
        }
    }
}

/// Reports whether the number begins with +8160, +8170, +8180 or +8190.
fn is_japanese_mobile(number: &str) -> bool {
    let prefix = number.strip_prefix("+81").unwrap_or_default().as_bytes();
    matches!(prefix, [b'6'..=b'9', b'0', ..])
}

/// The default of `sms.url_max_length`.
pub(crate) const URL_MAX_LENGTH: usize = 100;

/// Warns of texts whose message takes more parts than the function sends. A plan refuses only texts
/// that are too long in any alphabet.
fn messages<'a>(check: &mut Check<'_, 'a>, call: &ModuleCall<'a>) {
    let Some(sms) = attribute(&call.block.body, "sms") else {
        return;
    };
    let sms = check.argument(call, sms);
    let lengths = within(check, &sms, &["url_max_length"]);
    let lengths: Option<Vec<usize>> = lengths.iter().map(|length| whole(length.expr)).collect();
    // A length from elsewhere is unknown.
    let Some(lengths) = lengths else { return };
    let url = lengths.into_iter().max().unwrap_or(URL_MAX_LENGTH);

    let one = within(check, &sms, &["template"]).into_iter();
    let mut texts: Vec<_> = one.map(|text| ("sms.template".to_owned(), text)).collect();
    for templates in within(check, &sms, &["templates"]) {
        for (key, text) in templates.expr.as_object().into_iter().flatten() {
            let field = format!("sms.templates.{}", literal_key(key).unwrap_or("<key>"));
            let values = templates.at(text.expr()).values(check.named).into_iter();
            texts.extend(values.map(|text| (field.clone(), text)));
        }
    }
    for (field, node) in texts {
        let Some(text) = literal_text(node.expr) else {
            continue;
        };
        let text = text.replace("\r\n", "\n");
        let message = text
            .trim_end_matches('\n')
            .replace("{url}", &"x".repeat(url));
        let (parts, most) = (sms_segments::count(&message), sms_segments::MOST_PARTS);
        if parts > most {
            let message = format!(
                "{field} with a URL of {url} characters takes {parts} parts, but the function sends at \
                 most {most}: callers get no message (SMS_TOO_LONG). Shorten the text, or set \
                 sms.url_max_length to the length of your longest URL"
            );
            check.warn((node.file, start(node.expr)), &field, message);
        }
    }
}

/// Returns a number, if it is a literal.
fn whole(expression: &Expression) -> Option<usize> {
    usize::try_from(expression.as_number()?.as_u64()?).ok()
}

/// Returns a text, if it is a literal: in quotes or as a heredoc.
fn literal_text(expression: &Expression) -> Option<String> {
    if let Some(text) = expression.as_str() {
        return Some(text.to_owned());
    }
    let parts = expression.as_template()?.iter().map(|part| match part {
        Element::Literal(text) => Some(text.as_str()),
        _ => None,
    });
    parts.collect()
}

/// Warns of unknown voices, and of engines that a voice does not support.
fn voices<'a>(check: &mut Check<'_, 'a>, call: &ModuleCall<'a>) {
    let Some(voices) = attribute(&call.block.body, "voices") else {
        return;
    };
    let voices = check.argument(call, voices);
    for language in PollyVoice::languages() {
        for voice in within(check, &voices, &[language]) {
            let text = |check: &Check<'_, 'a>, name: &str| {
                let values = within(check, &voice, &[name]).into_iter();
                values
                    .filter_map(|value| Some((value.clone(), value.expr.as_str()?)))
                    .collect::<Vec<_>>()
            };
            let engines = text(check, "engine");
            let named = text(check, "name").into_iter();
            let named = named.map(|one| ("name", one, engines.first().map(|(_, engine)| *engine)));
            let standard = text(check, "standard_name").into_iter();
            let standard = standard.map(|one| ("standard_name", one, Some("Standard")));
            for (key, (node, name), engine) in named.chain(standard).collect::<Vec<_>>() {
                let field = format!("voices.{language}.{key}");
                let known = PollyVoice::named(name).filter(|voice| voice.language == language);
                let message = match (known, engine) {
                    (None, _) => format!(
                        "{field} must be a voice of {language}, but is \"{name}\"; the known ones are \
                         {}. Check the name; Amazon Polly may have added it recently",
                        PollyVoice::of(language)
                            .map(|voice| voice.name)
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                    (Some(voice), Some(engine)) if !voice.has(engine) => format!(
                        "{field} is \"{name}\", which is known to support {} only, not {engine}: if \
                         Amazon Polly does not support it, the call continues with the Standard voice",
                        voice.engines.join(", ")
                    ),
                    _ => continue,
                };
                check.warn((node.file, start(node.expr)), &field, message);
            }
        }
    }
}

/// Returns the values at a path of fields, in all values that a node may have.
fn within<'a>(check: &Check<'_, 'a>, node: &Node<'a>, path: &[&str]) -> Vec<Node<'a>> {
    let mut reached = node.values(check.named);
    for name in path {
        reached = reached
            .into_iter()
            .filter_map(|value| match value.expr {
                Expression::Object(object) => Some(value.at(field(object, name)?)),
                _ => None,
            })
            .flat_map(|value| value.values(check.named))
            .collect();
    }
    reached
}
