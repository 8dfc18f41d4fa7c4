//! XML of Query and restXml. Text is escaped only here.

/// Escapes the text of an element.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Returns an element with text.
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
