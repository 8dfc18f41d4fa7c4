//! Reads the XML documents of requests, which are small: elements and text, without attributes that
//! matter.

use local_wire::Fault;

/// The most bytes of a document: several times of what 50 tags can have.
const MAX_BYTES: usize = 256 * 1_024;
/// The deepest nesting of S3's documents is far below this.
const MAX_DEPTH: usize = 16;

/// The end of an element: its path, such as `Tagging/TagSet/Tag/Key`, and its text. An element that
/// has elements ends after them, and has no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) path: String,
    /// `None` if the element has elements.
    pub(super) text: Option<String>,
}

/// Reads a document: its elements in the order in which they end. An empty body has none.
///
/// # Errors
/// `MalformedXML` if the body is not such a document.
pub(super) fn read(body: &[u8]) -> Result<Vec<Ended>, Fault> {
    if body.len() > MAX_BYTES {
        return Err(Fault::new(
            400,
            "MaxMessageLengthExceeded",
            "Your request was too large.",
        ));
    }
    let body = str::from_utf8(body).map_err(|_| malformed())?;
    elements(body).ok_or_else(malformed)
}

/// Returns the error for a document that S3's schema does not allow.
pub(super) fn malformed() -> Fault {
    Fault::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

fn elements(body: &str) -> Option<Vec<Ended>> {
    let mut ended = Vec::new();
    // The open elements: the length of the path before each, and whether it has elements.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut path = String::new();
    let mut rest = body.trim_start_matches('\u{feff}').trim();
    if let Some(declaration) = rest.strip_prefix("<?xml") {
        rest = declaration.split_once("?>")?.1.trim_start();
    }
    while let Some((text, from)) = rest.split_once('<') {
        let (tag, after) = from.split_once('>')?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let (length, has_elements) = open.pop()?;
            if local(name.trim_end()) != path[length..].trim_start_matches('/') {
                return None;
            }
            let text = match has_elements {
                true if text.trim().is_empty() => None,
                true => return None,
                false => Some(unescaped(text)?),
            };
            ended.push(Ended {
                path: path.clone(),
                text,
            });
            path.truncate(length);
            continue;
        }
        let (tag, is_empty) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name = local(tag.split_whitespace().next()?);
        let is_named = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        // A document has one root, and no text beside elements.
        let is_second_root = open.is_empty() && !ended.is_empty();
        if !is_named || is_second_root || !text.trim().is_empty() || open.len() >= MAX_DEPTH {
            return None;
        }
        if let Some((_, has_elements)) = open.last_mut() {
            *has_elements = true;
        }
        let length = path.len();
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
        if is_empty {
            ended.push(Ended {
                path: path.clone(),
                text: Some(String::new()),
            });
            path.truncate(length);
        } else {
            open.push((length, false));
        }
    }
    (open.is_empty() && rest.trim().is_empty()).then_some(ended)
}

/// Returns a name without its namespace's prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Replaces the entities of a text; `None` if one is unknown.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut whole = parts.next()?.to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';')?;
        whole.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = entity.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        whole.push_str(after);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(body: &str) -> Vec<(String, Option<String>)> {
        let ended = read(body.as_bytes()).unwrap().into_iter();
        ended.map(|ended| (ended.path, ended.text)).collect()
    }

    #[test]
    fn elements_are_read_with_their_paths() {
        let leaf = |path: &str, text: &str| (path.to_owned(), Some(text.to_owned()));
        let expected = [
            leaf("Tagging/TagSet/Tag/Key", "a&b <c>"),
            leaf("Tagging/TagSet/Tag/Value", ""),
            ("Tagging/TagSet/Tag".to_owned(), None),
            ("Tagging/TagSet".to_owned(), None),
            ("Tagging".to_owned(), None),
        ];
        let body = "<?xml version=\"1.0\"?>\n<s3:Tagging xmlns:s3=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                    \n <TagSet><Tag ><Key>a&amp;b &#60;c&#x3e;</Key><Value/></Tag ></TagSet>\n</s3:Tagging>\n";
        assert_eq!(texts(body), expected);
        assert_eq!(texts(""), []);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for body in [
            "text",
            "<a>",
            "</a>",
            "<a></b>",
            "<a>text<b/></a>",
            "<a><b/>text</a>",
            "<a/><b/>",
            "<a/>text",
            "<a>&unknown;</a>",
            "<a>&#xd800;</a>",
            "<a>&amp</a>",
            "<!DOCTYPE a><a/>",
            "<a",
            "<>",
            &"<a>".repeat(100_000),
        ] {
            let code = read(body.as_bytes()).unwrap_err().code;
            let expected = match body.len() {
                300_000 => "MaxMessageLengthExceeded",
                _ => "MalformedXML",
            };
            assert_eq!(code, expected, "{:.40}", body);
        }
        let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
        assert_eq!(read(deep.as_bytes()).unwrap_err().code, "MalformedXML");
    }

    proptest! {
        #[test]
        fn every_text_survives(text in "[^\u{0}]{0,40}") {
            prop_assume!(!text.is_empty());
            let body = local_wire::xml::element("a", &text);
            let found = read(body.as_bytes()).unwrap();
            prop_assert_eq!(found[0].text.as_deref(), Some(text.as_str()));
        }

        #[test]
        fn every_body_is_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }
    }
}
