//! The words and signs of a query.

use std::ops::Range;

use crate::error::CompileError;

/// The kind of a token, whose text is in the query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A keyword, or the name of a field or function.
    Word,
    /// A name of a field with parts between backquotes, without these.
    Quoted(String),
    /// A text between quotes, with its escapes resolved.
    Text(String),
    Number(f64),
    /// A number with letters, such as `5m`.
    Period,
    /// An operator or a delimiter.
    Sign(&'static str),
    End,
}

/// A token with its bytes in the query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) bytes: Range<usize>,
}

/// The signs, longer ones first.
const SIGNS: [&str; 19] = [
    "!=", "<=", ">=", "=~", "=", "<", ">", "(", ")", "[", "]", ",", "|", "+", "-", "*", "/", "%",
    "^",
];

/// Reads the token at a byte of the query, or behind spaces and comments there.
pub(crate) fn read(query: &str, from: usize) -> Result<Token, CompileError> {
    let start = skip_space(query, from);
    let rest = &query[start..];
    let Some(first) = rest.chars().next() else {
        return Ok(Token {
            kind: Kind::End,
            bytes: start..start,
        });
    };
    let (kind, length) = match first {
        '"' | '\'' => text(query, start, first)?,
        '`' => name(query, start)?,
        '0'..='9' => number(query, start)?,
        first if begins_name(first) => name(query, start)?,
        _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => (Kind::Sign(sign), sign.len()),
            None => return Err(unexpected(query, start..start + first.len_utf8())),
        },
    };
    Ok(Token {
        kind,
        bytes: start..start + length,
    })
}

/// Reads the regular expression between slashes that begins at a byte; returns it without them.
pub(crate) fn read_regex(query: &str, from: usize) -> Result<(String, Token), CompileError> {
    let mut pattern = String::new();
    let mut characters = query[from..].char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '/' => {
                let token = Token {
                    kind: Kind::Word,
                    bytes: from..from + at + 1,
                };
                return Ok((pattern, token));
            }
            '\\' => match characters.next() {
                Some((_, '/')) => pattern.push('/'),
                Some((_, escaped)) => pattern.extend(['\\', escaped]),
                None => break,
            },
            _ => pattern.push(character),
        }
    }
    Err(refuse(
        query,
        from..query.len(),
        "a regular expression has no closing slash",
    ))
}

/// Returns AWS's error for a token at a place where it cannot be.
pub(crate) fn unexpected(query: &str, bytes: Range<usize>) -> CompileError {
    let symbol = match &query[bytes.clone()] {
        "" => "<EOF>",
        symbol => symbol,
    };
    refuse(
        query,
        bytes.clone(),
        &format!("unexpected symbol found {symbol}"),
    )
}

/// Returns an error that names the place, in the form of AWS's.
pub(crate) fn refuse(query: &str, bytes: Range<usize>, problem: &str) -> CompileError {
    let before = &query[..bytes.start];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    let position = before[line_start..].chars().count();
    let start = before.chars().count();
    CompileError {
        message: format!("{problem} at line {line} and position {position}"),
        characters: start..start + query[bytes].chars().count(),
    }
}

fn skip_space(query: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &query[at..];
        at += rest.len() - rest.trim_start().len();
        if !query[at..].starts_with('#') {
            return at;
        }
        at += query[at..].find('\n').unwrap_or(query.len() - at);
    }
}

fn begins_name(character: char) -> bool {
    character.is_alphabetic() || character == '_' || character == '@'
}

fn continues_name(character: char) -> bool {
    begins_name(character) || character.is_alphanumeric()
}

/// Reads a text between quotes. A backslash takes the next character as it is.
fn text(query: &str, start: usize, quote: char) -> Result<(Kind, usize), CompileError> {
    let mut text = String::new();
    let mut characters = query[start..].char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, escaped)) => text.push(escaped),
                None => break,
            },
            _ if character == quote => return Ok((Kind::Text(text), at + 1)),
            _ => text.push(character),
        }
    }
    Err(refuse(
        query,
        start..query.len(),
        "a text has no closing quote",
    ))
}

/// Reads a name: parts between dots, each a word or between backquotes.
fn name(query: &str, start: usize) -> Result<(Kind, usize), CompileError> {
    let mut name = String::new();
    let mut quoted = false;
    let mut at = start;
    loop {
        let rest = &query[at..];
        if let Some(inside) = rest.strip_prefix('`') {
            let end = inside
                .find('`')
                .filter(|end| *end > 0)
                .ok_or_else(|| refuse(query, at..query.len(), "a name has no closing backquote"))?;
            name.push_str(&inside[..end]);
            at += end + 2;
            quoted = true;
        } else {
            let end = rest.find(|character| !continues_name(character));
            let end = end.unwrap_or(rest.len());
            name.push_str(&rest[..end]);
            at += end;
        }
        let mut next = query[at..].chars();
        let goes_on = next.next() == Some('.')
            && next
                .next()
                .is_some_and(|next| continues_name(next) || next == '`');
        if !goes_on {
            break;
        }
        name.push('.');
        at += 1;
    }
    let kind = match quoted {
        true => Kind::Quoted(name),
        false => Kind::Word,
    };
    Ok((kind, at - start))
}

/// Reads a number, or a period if letters follow it.
fn number(query: &str, start: usize) -> Result<(Kind, usize), CompileError> {
    let rest = &query[start..];
    let digits = |from: usize| {
        let end = rest[from..].find(|character: char| !character.is_ascii_digit());
        end.map_or(rest.len(), |end| from + end)
    };
    let mut end = digits(0);
    if rest[end..].starts_with('.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    let exponent = rest[end..].strip_prefix(['e', 'E']).and_then(|after| {
        let sign = usize::from(after.starts_with(['+', '-']));
        let from = end + 1 + sign;
        (digits(from) > from).then(|| digits(from))
    });
    end = exponent.unwrap_or(end);
    let letters = rest[end..].find(|character| !continues_name(character));
    let letters = letters.unwrap_or(rest.len() - end);
    if letters > 0 {
        return Ok((Kind::Period, end + letters));
    }
    let number: Option<f64> = rest[..end].parse().ok();
    match number.filter(|number| number.is_finite()) {
        Some(number) => Ok((Kind::Number(number), end)),
        None => Err(refuse(query, start..start + end, "a number is too large")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(query: &str) -> Vec<(Kind, &str)> {
        let mut tokens = Vec::new();
        let mut at = 0;
        loop {
            let token = read(query, at).unwrap();
            if token.kind == Kind::End {
                return tokens;
            }
            at = token.bytes.end;
            tokens.push((token.kind, &query[token.bytes]));
        }
    }

    #[test]
    fn words_texts_and_numbers_are_read() {
        let sign = |sign| (Kind::Sign(sign), sign);
        assert_eq!(
            kinds("a.b-`c-d`.0 >= 1.5e3 # comment | \n 'it\\'s' 5m"),
            [
                (Kind::Word, "a.b"),
                sign("-"),
                (Kind::Quoted("c-d.0".into()), "`c-d`.0"),
                sign(">="),
                (Kind::Number(1_500.0), "1.5e3"),
                (Kind::Text("it's".into()), "'it\\'s'"),
                (Kind::Period, "5m"),
            ]
        );
    }

    #[test]
    fn an_error_has_its_place() {
        let error = read("fields é,\n  ~", 10).unwrap_err();
        assert_eq!(
            error.message,
            "unexpected symbol found ~ at line 2 and position 2"
        );
        assert_eq!(error.characters, 12..13);
        for query in ["'a", "`a", "``", "\"a\\", "1e999"] {
            assert!(read(query, 0).is_err(), "{query}");
        }
        let (pattern, token) = read_regex(r"/a\/\d/ b", 0).unwrap();
        assert_eq!((pattern.as_str(), token.bytes), (r"a/\d", 0..7));
        assert!(read_regex("/a", 0).is_err());
    }
}
