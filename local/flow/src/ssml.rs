//! Checks whether a text is SSML that can be spoken.

/// Reports whether `text` is well-formed markup with `<speak>` as its root. References are
/// substituted without escaping before synthesis, so a name that contains an `&` fails here, as it
/// does in the speech service. The names of tags are not checked.
pub(crate) fn is_speakable(text: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut seen_root = false;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some(markup) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (chars, after) = rest.split_at(end);
            if open.is_empty() || !entities_are_fine(chars) {
                return false;
            }
            rest = after;
            continue;
        };
        if let Some(after) = markup.strip_prefix("!--") {
            let Some((_, after)) = after.split_once("-->") else {
                return false;
            };
            rest = after;
            continue;
        }
        let Some((tag, after)) = split_tag(markup) else {
            return false;
        };
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.trim_end()) {
                return false;
            }
            continue;
        }
        let (inner, closed) = match tag.strip_suffix('/') {
            Some(inner) => (inner, true),
            None => (tag, false),
        };
        let name = inner.split_whitespace().next().unwrap_or_default();
        let named = inner.starts_with(|c: char| c.is_ascii_alphabetic());
        let root = open.is_empty();
        if !named || root && (seen_root || name != "speak") {
            return false;
        }
        seen_root = true;
        if !closed {
            open.push(name);
        }
    }
    seen_root && open.is_empty()
}

/// Returns the inside of a tag and the text after it; a `>` within quotes does not end a tag.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '>' => return Some((&text[..at], &text[at + 1..])),
            None if c == '<' => return None,
            None => {}
        }
    }
    None
}

fn entities_are_fine(text: &str) -> bool {
    text.split('&').skip(1).all(|after| {
        let Some((name, _)) = after.split_once(';') else {
            return false;
        };
        matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")
            || name.strip_prefix('#').is_some_and(|number| {
                let digits = number.strip_prefix('x').unwrap_or(number);
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::is_speakable;

    #[test]
    fn only_well_formed_markup_in_speak_is_speakable() {
        for good in [
            "<speak>hello</speak>",
            " <speak>a<break time=\"1s\"/>b</speak>\n",
            "<speak version='1.0'><p><s>x</s></p><!-- n --></speak>",
            "<speak><say-as interpret-as=\"digits\">12</say-as> &amp; &#12354;</speak>",
            "<speak><sub alias='a > b'>x</sub></speak>",
            "<speak/>",
        ] {
            assert!(is_speakable(good), "{good}");
        }
        for bad in [
            "",
            "hello",
            "<speak>",
            "</speak>",
            "<speak>a & b</speak>",
            "<speak>a < b</speak>",
            "<speak><p></speak></p>",
            "<voice>x</voice>",
            "<speak>x</speak> y",
            "<speak>x</speak><speak>y</speak>",
            "<speak>x<!-- </speak>",
            "<speak>&nbsp;</speak>",
            "<speak a=\"></speak>",
            "<speak><>x</></speak>",
        ] {
            assert!(!is_speakable(bad), "{bad}");
        }
    }
}
