//! XML, as Query and restXml write it. This is the only place that escapes.

/// Escapes text for an element.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// An element with text.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(
            element("Message", "a<b & c>"),
            "<Message>a&lt;b &amp; c&gt;</Message>"
        );
    }
}
