//! Checks whether a text is SSML that Amazon Polly can speak.

use roxmltree::{Document, Node, NodeType};

use crate::reference::{Part, Template};

/// The limit of the speech service, in characters.
pub(crate) const LONGEST: usize = 6_000;

/// The name of Polly's own namespace is never written in SSML for Polly, so the prefix `amazon` has to be
/// declared before the parser sees the text.
const PROLOG: &str = "<ssml xmlns:amazon=\"urn:amazon\">\n";
const EPILOG: &str = "\n</ssml>";

/// The engines of a tag or attribute, by Polly's page "Supported SSML tags".
#[derive(Clone, Copy, PartialEq)]
enum Support {
    All,
    /// Of the engines that refuse what they do not support, only the standard one.
    Standard,
    /// Neither the standard nor the long-form one.
    OnlyNeural,
    /// All but the neural one.
    NotNeural,
}

impl Support {
    /// Reports whether an engine accepts it. The generative engine ignores what it does not support; without
    /// an engine the service selects one.
    fn by(self, engine: Option<&str>) -> bool {
        let engine = engine.map(|engine| engine.to_ascii_lowercase().replace('-', ""));
        match engine.as_deref() {
            Some("standard") => self != Self::OnlyNeural,
            Some("neural") => !matches!(self, Self::Standard | Self::NotNeural),
            Some("longform") => !matches!(self, Self::Standard | Self::OnlyNeural),
            _ => true,
        }
    }
}

/// A tag, its attributes, and the engines that support them.
type Tag = (&'static str, Support, &'static [(&'static str, Support)]);

/// Polly's tags. `xml:lang` and namespaces are accepted wherever the W3C's SSML 1.1 has them.
const TAGS: &[Tag] = &[
    (
        "amazon:auto-breaths",
        Support::Standard,
        &[
            ("volume", Support::All),
            ("frequency", Support::All),
            ("duration", Support::All),
        ],
    ),
    (
        "amazon:breath",
        Support::Standard,
        &[("volume", Support::All), ("duration", Support::All)],
    ),
    (
        "amazon:domain",
        Support::OnlyNeural,
        &[("name", Support::All)],
    ),
    (
        "amazon:effect",
        Support::All,
        &[
            ("name", Support::All),
            ("phonation", Support::Standard),
            ("vocal-tract-length", Support::Standard),
        ],
    ),
    (
        "break",
        Support::All,
        &[("strength", Support::All), ("time", Support::All)],
    ),
    ("emphasis", Support::Standard, &[("level", Support::All)]),
    ("lang", Support::All, &[]),
    ("mark", Support::All, &[("name", Support::All)]),
    ("p", Support::All, &[]),
    (
        "phoneme",
        Support::All,
        &[("alphabet", Support::All), ("ph", Support::All)],
    ),
    (
        "prosody",
        Support::All,
        &[
            ("volume", Support::All),
            ("rate", Support::All),
            ("pitch", Support::NotNeural),
            ("amazon:max-duration", Support::Standard),
        ],
    ),
    ("s", Support::All, &[]),
    (
        "say-as",
        Support::All,
        &[("interpret-as", Support::All), ("format", Support::All)],
    ),
    ("speak", Support::All, &[("version", Support::All)]),
    ("sub", Support::All, &[("alias", Support::All)]),
    ("w", Support::All, &[("role", Support::All)]),
];

/// Checks that an engine of Polly can speak `text`: well-formed XML 1.0 with `<speak>` as its root, and with
/// Polly's tags and attributes only. References are substituted without escaping before synthesis, so a name
/// that contains an `&` fails here, as it does in the speech service.
///
/// That Polly refuses attributes that its pages do not list is inferred from its refusal of unknown tags. The
/// values of attributes are not checked.
///
/// # Errors
/// The reason, which does not repeat the text.
pub(crate) fn check(text: &str, engine: Option<&str>) -> Result<(), String> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(format!(
            "the SSML must have at most {LONGEST} characters, but had {length}"
        ));
    }
    let document = format!("{PROLOG}{}{EPILOG}", without_declaration(text.trim()));
    let document = Document::parse(&document).map_err(|error| {
        let place = error.pos();
        format!(
            "the SSML must be well-formed XML, but was not in line {}, column {}: write &amp; for & and &lt; \
             for < in values, and quote attributes",
            place.row.saturating_sub(1),
            place.col
        )
    })?;
    let root = document.root_element();
    let mut speaks = 0;
    for node in root.children() {
        match node.node_type() {
            NodeType::Element if name_of(&node) == "speak" => speaks += 1,
            NodeType::Comment | NodeType::PI => {}
            NodeType::Text if node.text().is_none_or(|text| text.trim().is_empty()) => {}
            _ => speaks = usize::MAX,
        }
        if speaks > 1 {
            break;
        }
    }
    if speaks != 1 {
        return Err("the SSML must be one <speak> element".to_owned());
    }
    let elements = root.descendants().skip(1).filter(Node::is_element);
    for element in elements {
        if let Some(what) = unsupported(&element, engine) {
            let place = document.text_pos_at(element.range().start);
            return Err(format!(
                "the SSML must have tags and attributes that the voice's engine supports, but has {what} in \
                 line {}, column {}",
                place.row.saturating_sub(1),
                place.col
            ));
        }
    }
    Ok(())
}

/// Returns the text of SSML without its tags, whether it is well-formed or not. Entities stay as they are.
pub fn without_tags(ssml: &str) -> String {
    let mut text = String::with_capacity(ssml.len());
    let mut rest = ssml;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

/// Checks the SSML of a flow, as far as it is known before a call: a reference counts as a text without
/// markup. Without an engine, only markup that no engine of Polly supports is refused.
///
/// # Errors
/// The reason, which does not repeat the text.
pub fn check_ssml(text: &str, engine: Option<&str>) -> Result<(), String> {
    let template = Template::parse(text);
    let known: String = template
        .parts()
        .iter()
        .map(|part| match part {
            Part::Literal(text) => text.clone(),
            // As long as the reference, so that positions stay right.
            Part::Reference(reference) => "x".repeat(reference.source.chars().count()),
        })
        .collect();
    if template.single().is_some() {
        return Ok(());
    }
    check(&known, engine)
}

/// Replaces an XML declaration by blanks, which keep the positions of what follows.
fn without_declaration(text: &str) -> String {
    let end = text
        .strip_prefix("<?xml")
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .and_then(|_| text.find("?>"));
    match end {
        Some(end) => {
            let blank = text[..end + 2].chars().count();
            format!("{}{}", " ".repeat(blank), &text[end + 2..])
        }
        None => text.to_owned(),
    }
}

/// Describes the first part of an element that the engine does not support, if there is one.
fn unsupported(element: &Node<'_, '_>, engine: Option<&str>) -> Option<&'static str> {
    let name = name_of(element);
    let Some((_, support, known)) = TAGS.iter().find(|(tag, ..)| *tag == name) else {
        return Some("an unknown tag");
    };
    let nested = name == "speak" && element.parent_element()?.parent_element().is_some();
    if nested {
        return Some("<speak> within <speak>");
    }
    if !support.by(engine) {
        return Some("a tag that this engine does not support");
    }
    for attribute in element.attributes() {
        let name = qualified(element, attribute.namespace(), attribute.name());
        let standard = ["xml:lang", "xml:base", "onlangfailure"].contains(&name.as_str())
            || name.starts_with("xsi:");
        if standard {
            continue;
        }
        match known.iter().find(|(known, _)| *known == name) {
            None => return Some("an unknown attribute"),
            Some((_, support)) if !support.by(engine) => {
                return Some("an attribute that this engine does not support");
            }
            Some(_) => {}
        }
    }
    let whispers = element.attribute("name") == Some("whispered");
    if name == "amazon:effect" && whispers && !Support::Standard.by(engine) {
        return Some("an effect that this engine does not support");
    }
    None
}

/// Returns the name of an element with its prefix, such as `amazon:effect`.
fn name_of(element: &Node<'_, '_>) -> String {
    let tag = element.tag_name();
    qualified(element, tag.namespace(), tag.name())
}

fn qualified(element: &Node<'_, '_>, namespace: Option<&str>, name: &str) -> String {
    let prefix = match namespace {
        Some("http://www.w3.org/XML/1998/namespace") => Some("xml"),
        Some(namespace) if element.default_namespace() != Some(namespace) => {
            element.lookup_prefix(namespace)
        }
        _ => None,
    };
    match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix}:{name}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{check, check_ssml, without_tags};

    #[track_caller]
    fn refused(text: &str, engine: Option<&str>) -> String {
        check(text, engine).expect_err(text)
    }

    #[test]
    fn well_formed_markup_of_pollys_tags_is_spoken() {
        for good in [
            "<speak>hello</speak>",
            " <speak>a<break time=\"1s\"/>b</speak>\n",
            "<speak version='1.0'><p><s>x</s></p><!-- n --></speak>",
            "<speak><say-as interpret-as=\"digits\">12</say-as> &amp; &#12354;</speak>",
            "<speak><sub alias='a > b &amp; c'>x</sub></speak>",
            "<speak/>",
            "<?xml version=\"1.0\"?><speak version=\"1.1\" xmlns=\"http://www.w3.org/2001/10/synthesis\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\" \
             xml:lang=\"en-US\">x</speak>",
            "<speak><lang xml:lang='fr-FR'>Bonjour</lang><mark name='a'/><w role='amazon:VB'>read</w></speak>",
            "<speak><phoneme alphabet='ipa' ph='pɪˈkɑːn'>pecan</phoneme></speak>",
            "<speak><prosody rate='slow' volume='loud'>x</prosody></speak>",
            "<speak><amazon:effect name='drc'>x</amazon:effect></speak>",
        ] {
            check(good, None).expect(good);
            check(good, Some("Neural")).expect(good);
        }
    }

    /// XML 1.0, sections 2.4 (markup), 3.1 (attributes) and 4.1 (references).
    #[test]
    fn text_that_is_not_well_formed_is_refused() {
        for bad in [
            "",
            "hello",
            "<speak>",
            "</speak>",
            "<speak>a & b</speak>",
            "<speak>a < b</speak>",
            "<speak><p></speak></p>",
            "<speak>x<!-- </speak>",
            "<speak>&nbsp;</speak>",
            "<speak>&#x0;</speak>",
            "<speak>&amp</speak>",
            "<speak a=\"></speak>",
            "<speak><>x</></speak>",
            "<speak><sub alias=\"A & B\">x</sub></speak>",
            "<speak><sub alias=\"A &unknown; B\">x</sub></speak>",
            "<speak><sub alias=\"a < b\">x</sub></speak>",
            "<speak><sub alias=x>x</sub></speak>",
            "<speak><sub alias>x</sub></speak>",
            "<speak><sub alias='a' alias='b'>x</sub></speak>",
            "<speak><sub alias='a'role='b'>x</sub></speak>",
            "<speak><other:tag>x</other:tag></speak>",
            "</ssml><ssml>",
            "<!DOCTYPE speak [<!ENTITY a 'b'>]><speak>&a;</speak>",
        ] {
            let why = refused(bad, None);
            assert!(
                why.contains("well-formed") || why.contains("<speak>"),
                "{bad}: {why}"
            );
        }
    }

    /// "Identifying SSML-enhanced text": `<speak>` is the root of all SSML.
    #[test]
    fn the_root_is_one_speak_element() {
        for bad in [
            "<voice>x</voice>",
            "<speak>x</speak> y",
            "<speak>x</speak><speak>y</speak>",
            "<speak><speak>x</speak></speak>",
            "<!-- nothing -->",
        ] {
            assert!(refused(bad, None).contains("<speak>"), "{bad}");
        }
    }

    /// The table of "Supported SSML tags", <https://docs.aws.amazon.com/polly/latest/dg/supportedtags.html>.
    #[test]
    fn each_engine_has_its_tags() {
        for (inside, standard, neural, long_form, generative) in [
            (
                "<emphasis level='strong'>x</emphasis>",
                true,
                false,
                false,
                true,
            ),
            (
                "<amazon:auto-breaths>x</amazon:auto-breaths>",
                true,
                false,
                false,
                true,
            ),
            ("<amazon:breath duration='long'/>", true, false, false, true),
            (
                "<amazon:domain name='news'>x</amazon:domain>",
                false,
                true,
                false,
                true,
            ),
            (
                "<amazon:effect name='drc'>x</amazon:effect>",
                true,
                true,
                true,
                true,
            ),
            (
                "<amazon:effect name='whispered'>x</amazon:effect>",
                true,
                false,
                false,
                true,
            ),
            (
                "<amazon:effect phonation='soft'>x</amazon:effect>",
                true,
                false,
                false,
                true,
            ),
            (
                "<amazon:effect vocal-tract-length='+15%'>x</amazon:effect>",
                true,
                false,
                false,
                true,
            ),
            (
                "<prosody amazon:max-duration='2s'>x</prosody>",
                true,
                false,
                false,
                true,
            ),
            ("<prosody pitch='high'>x</prosody>", true, false, true, true),
            ("<prosody rate='90%'>x</prosody>", true, true, true, true),
            ("<break time='1s'/>", true, true, true, true),
            ("<voice name='Amy'>x</voice>", false, false, false, false),
            ("<audio src='a'/>", false, false, false, false),
            ("<break length='1s'/>", false, false, false, false),
            ("<p class='a'>x</p>", false, false, false, false),
            ("<effect name='drc'>x</effect>", false, false, false, false),
        ] {
            let text = format!("<speak>{inside}</speak>");
            for (engine, good) in [
                ("Standard", standard),
                ("neural", neural),
                ("long-form", long_form),
                ("Generative", generative),
            ] {
                assert_eq!(check(&text, Some(engine)).is_ok(), good, "{text} {engine}");
            }
        }
    }

    #[test]
    fn tags_are_removed_from_well_formed_and_from_broken_markup() {
        for (ssml, text) in [
            ("<speak>a <break/>b &amp; c</speak>", "a b &amp; c"),
            ("a > b", "a > b"),
            ("a <b <c> d", "a  d"),
            ("a <b", "a "),
        ] {
            assert_eq!(without_tags(ssml), text, "{ssml}");
        }
    }

    #[test]
    fn references_count_as_texts() {
        for good in [
            "$.External.ssml",
            "<speak>$.Attributes.name</speak>",
            "<speak><sub alias=\"$.Attributes['a < b']\">x</sub></speak>",
        ] {
            check_ssml(good, Some("Neural")).expect(good);
        }
        let why = check_ssml("<speak>$.Attributes.name</spek>", None).unwrap_err();
        assert!(why.contains("line 1, column 25"), "{why}");
    }

    #[test]
    fn the_reason_has_a_place_and_does_not_repeat_the_text() {
        let why = refused("<speak>\n<sub alias='Smith & Sons'>x</sub></speak>", None);
        assert!(why.contains("line 2") && !why.contains("Smith"), "{why}");
        let why = refused("<?xml version='1.0'?><speak><bob/></speak>", None);
        assert!(
            why.contains("line 1, column 29") && !why.contains("bob"),
            "{why}"
        );
        let long = format!("<speak>{}</speak>", "x".repeat(6_000));
        assert!(refused(&long, None).contains("6000"));
    }
}
