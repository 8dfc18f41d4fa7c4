//! The encodings that spreadsheets save files in, recognised and decoded as a stream.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// The number of bytes that are read at a time.
const BLOCK: usize = 16 * 1024;

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, least significant byte first: "Unicode Text" of Excel.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// Shift_JIS with the extensions of Windows (code page 932): "CSV" of Excel in Japan.
    ShiftJis,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::ShiftJis => "Shift_JIS",
        })
    }
}

/// The reason why the encoding of a file is not recognised.
#[derive(Debug, thiserror::Error)]
pub enum EncodingFault {
    /// The file cannot be read.
    #[error("the file must be readable to its end")]
    Unread(#[from] io::Error),
    /// The bytes are text in none of the encodings.
    #[error(
        "the file must be UTF-8, UTF-16 or Shift_JIS, but line {line} is text in none of them: save it \
         as \"CSV UTF-8\""
    )]
    Unknown {
        /// The first line that is not UTF-8.
        line: usize,
    },
}

impl Encoding {
    /// Recognises the encoding of a whole file, by its byte order mark or by what its bytes can be.
    ///
    /// # Errors
    /// When the file cannot be read, or is text in none of the encodings.
    pub fn of(mut source: impl Read) -> Result<Self, EncodingFault> {
        let mut block = vec![0; BLOCK];
        let mut length = fill(&mut source, &mut block)?;
        match block.get(..length).unwrap_or_default() {
            [0xff, 0xfe, ..] => return Ok(Self::Utf16Le),
            [0xfe, 0xff, ..] => return Ok(Self::Utf16Be),
            // A header begins with a Latin letter as a rule, and no text contains a zero byte.
            [first, 0, ..] if *first != 0 => return Ok(Self::Utf16Le),
            [0, second, ..] if *second != 0 => return Ok(Self::Utf16Be),
            _ => {}
        }
        let mut utf8 = Candidate::new(UTF_8.new_decoder_without_bom_handling());
        let mut shift_jis = Candidate::new(SHIFT_JIS.new_decoder_without_bom_handling());
        loop {
            let is_last = length < block.len();
            let bytes = block.get(..length).unwrap_or_default();
            utf8.read(bytes, is_last);
            shift_jis.read(bytes, is_last);
            if is_last {
                break;
            }
            length = fill(&mut source, &mut block)?;
        }
        if utf8.fits {
            Ok(Self::Utf8)
        } else if shift_jis.fits {
            Ok(Self::ShiftJis)
        } else {
            Err(EncodingFault::Unknown {
                line: 1 + utf8.line_ends,
            })
        }
    }

    /// Returns a reader of the same text in UTF-8.
    pub fn decode<R: Read>(self, source: R) -> Utf8<R> {
        let decoder = match self {
            Self::Utf8 => UTF_8.new_decoder_with_bom_removal(),
            Self::Utf16Le => UTF_16LE.new_decoder_with_bom_removal(),
            Self::Utf16Be => UTF_16BE.new_decoder_with_bom_removal(),
            Self::ShiftJis => SHIFT_JIS.new_decoder_without_bom_handling(),
        };
        Utf8 {
            source,
            decoder,
            text: Vec::new(),
            given: 0,
            is_over: false,
        }
    }
}

/// An encoding that a file may have, as far as the file was read.
struct Candidate {
    decoder: Decoder,
    text: Vec<u8>,
    fits: bool,
    /// The line ends before the first byte that does not fit.
    line_ends: usize,
}

impl Candidate {
    fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            // Each byte becomes at most three, and a rest of the block before.
            text: vec![0; 3 * BLOCK + 16],
            fits: true,
            line_ends: 0,
        }
    }

    fn read(&mut self, bytes: &[u8], is_last: bool) {
        if !self.fits {
            return;
        }
        let (result, _, written) =
            self.decoder
                .decode_to_utf8_without_replacement(bytes, &mut self.text, is_last);
        let text = self.text.get(..written).unwrap_or_default();
        self.line_ends += text.iter().filter(|byte| **byte == b'\n').count();
        self.fits = matches!(result, DecoderResult::InputEmpty);
    }
}

/// A reader of text in UTF-8.
pub struct Utf8<R> {
    source: R,
    decoder: Decoder,
    /// Decoded text, of which the first `given` bytes were given away.
    text: Vec<u8>,
    given: usize,
    is_over: bool,
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.is_over {
            let mut block = vec![0; BLOCK];
            let length = fill(&mut self.source, &mut block)?;
            self.is_over = length < block.len();
            self.text.resize(3 * BLOCK + 16, 0);
            self.given = 0;
            let bytes = block.get(..length).unwrap_or_default();
            let (_, _, written, had_errors) =
                self.decoder
                    .decode_to_utf8(bytes, &mut self.text, self.is_over);
            if had_errors {
                let sentence = "the file must be text in one encoding: it changed while it was read, or \
                                is damaged";
                return Err(io::Error::new(io::ErrorKind::InvalidData, sentence));
            }
            self.text.truncate(written);
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.given += length;
        Ok(length)
    }
}

/// Reads until the block is full or the source is over, and returns the number of bytes.
fn fill(source: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = block.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "phone,氏名\r\n09011112222,髙橋①ｱ\n";

    /// The text in Shift_JIS, as `iconv -t CP932` of glibc writes it.
    const CP932: &[u8] = b"phone,\x8e\x81\x96\xbc\r\n09011112222,\xfb\xfc\x8b\xb4\x87\x40\xb1\n";

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        let units = mark.into_iter().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    }

    #[test]
    fn the_encodings_of_spreadsheets_are_recognised_and_decoded() {
        let long = TEXT.repeat(4000);
        for (bytes, encoding, text) in [
            (TEXT.as_bytes().to_vec(), Encoding::Utf8, TEXT),
            (format!("\u{feff}{TEXT}").into_bytes(), Encoding::Utf8, TEXT),
            (utf16(TEXT, u16::to_le_bytes, true), Encoding::Utf16Le, TEXT),
            (utf16(TEXT, u16::to_be_bytes, true), Encoding::Utf16Be, TEXT),
            (
                utf16(TEXT, u16::to_le_bytes, false),
                Encoding::Utf16Le,
                TEXT,
            ),
            (
                utf16(TEXT, u16::to_be_bytes, false),
                Encoding::Utf16Be,
                TEXT,
            ),
            (CP932.to_vec(), Encoding::ShiftJis, TEXT),
            (CP932.repeat(4000), Encoding::ShiftJis, &long),
            (long.clone().into_bytes(), Encoding::Utf8, &long),
            (Vec::new(), Encoding::Utf8, ""),
        ] {
            let found = Encoding::of(&bytes[..]).unwrap();
            assert_eq!(found, encoding);
            let mut decoded = String::new();
            found
                .decode(&bytes[..])
                .read_to_string(&mut decoded)
                .unwrap();
            assert!(decoded == text, "{encoding}");
        }
    }

    #[test]
    fn bytes_of_no_encoding_are_refused_with_their_line() {
        for (bytes, expected) in [(&b"phone\n1\n\xff\xff\n"[..], 3), (b"\xff", 1)] {
            let fault = Encoding::of(bytes).unwrap_err();
            assert!(
                matches!(fault, EncodingFault::Unknown { line } if line == expected),
                "{fault}"
            );
        }
    }
}
