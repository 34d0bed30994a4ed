//! Opens a PDF, and mends first what other viewers forgive and hayro does not. Each mending changes a few bytes and
//! moves none, or cuts what stands before the file.

use std::borrow::Cow;

use hayro::hayro_syntax::{
    LoadPdfError, Pdf,
    object::{Dict, FromBytes, Name, ObjectIdentifier},
};
use memchr::memmem;

use crate::server::store::files::file::FileError;

/// Opens a PDF. [`FileError::Encrypted`] if its pages need a password, [`FileError::Damaged`] if it cannot be read.
pub(super) fn open(mut bytes: Vec<u8>) -> Result<Pdf, FileError> {
    cut_junk(&mut bytes);
    shift_stream_keywords(&mut bytes);
    let bytes = std::sync::Arc::new(bytes);
    match Pdf::new(bytes.clone()) {
        Ok(pdf) => Ok(pdf),
        Err(LoadPdfError::Decryption(_)) => open_beside_attachments(&bytes).ok_or(FileError::Encrypted),
        Err(LoadPdfError::Invalid) => Err(FileError::Damaged),
    }
}

/// Cuts what stands before the header, where the offsets in the file count from the header. Where they count from the
/// first byte, nothing is cut.
fn cut_junk(bytes: &mut Vec<u8>) {
    let Some(header) = memmem::find(bytes, b"%PDF-").filter(|header| *header > 0) else { return };
    let last =
        memmem::rfind(bytes, b"startxref").map(|at| bytes[at + b"startxref".len()..].trim_ascii_start());
    let offset = last.and_then(|rest| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&rest[..digits]).ok()?.parse::<usize>().ok()
    });
    let stands_at =
        |start: usize| bytes.get(start..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"xref"));
    if offset.is_some_and(|offset| stands_at(header.saturating_add(offset)) && !stands_at(offset)) {
        bytes.drain(..header);
    }
}

/// Moves blanks that stand between the keyword `stream` and its line end to before the keyword. ISO 32000-1, 7.3.8.1
/// allows none; Acrobat, pdf.js and PDFium take them.
fn shift_stream_keywords(bytes: &mut [u8]) {
    const KEYWORD: &[u8] = b"stream";
    let mut from = 0;
    while let Some(at) = memmem::find(&bytes[from..], KEYWORD).map(|found| from + found) {
        let after = at + KEYWORD.len();
        from = after;
        let blanks = bytes[after..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let ends_line = matches!(bytes.get(after + blanks), Some(b'\n' | b'\r'));
        // A stream's dictionary ends just before; in `endstream` and in most data it does not.
        if blanks > 0 && ends_line && bytes[..at].trim_ascii_end().ends_with(b">>") {
            bytes[at..after + blanks].rotate_left(KEYWORD.len());
        }
    }
}

/// Opens a file of which only the attachments are encrypted: its pages and texts are plain (ISO 32000-1, 7.6.5), so no
/// password is needed to show them.
fn open_beside_attachments(bytes: &[u8]) -> Option<Pdf> {
    const KEY: &[u8] = b"/Encrypt";
    let mut plain = bytes.to_vec();
    let mut dictionaries = Vec::new();
    for at in memmem::find_iter(bytes, KEY) {
        let value = &bytes[at + KEY.len()..];
        if value.first().is_some_and(|next| next.is_ascii_whitespace() || *next == b'<') {
            dictionaries.push(value.trim_ascii_start());
            // A key that means nothing, of the same length.
            plain[at + KEY.len() - 1] = b'_';
        }
    }
    let pdf = Pdf::new(plain).ok()?;
    let spares_pages = dictionaries.iter().all(|value| {
        let dictionary = match reference(value) {
            Some(id) => pdf.xref().get::<Dict<'_>>(id),
            None => Dict::from_bytes(value),
        };
        dictionary.is_some_and(|dictionary| is_plain(&dictionary, "StmF") && is_plain(&dictionary, "StrF"))
    });
    (spares_pages && !dictionaries.is_empty()).then_some(pdf)
}

/// Whether an encryption dictionary leaves streams or strings as they are. Crypt filters exist from version 4 on.
fn is_plain(dictionary: &Dict<'_>, filter: &str) -> bool {
    let name = dictionary
        .get::<Name<'_>>(filter)
        .map_or(Cow::Borrowed("Identity"), |name| Cow::Owned(name.as_str().to_owned()));
    name == "Identity" && dictionary.get::<u8>("V").is_some_and(|version| version >= 4)
}

/// `12 0 R` at the start of `bytes`.
fn reference(bytes: &[u8]) -> Option<ObjectIdentifier> {
    let mut words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut number = || std::str::from_utf8(words.next()?).ok()?.parse().ok();
    let (object, generation): (i32, i32) = (number()?, number()?);
    let is_reference = words.next()?.starts_with(b"R");
    is_reference.then(|| Some(ObjectIdentifier::new(object.try_into().ok()?, generation)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_after_stream_move_before_it() {
        for (given, mended) in [
            ("<<>>stream \nab", "<<>> stream\nab"),
            ("<<>>\r\nstream\t  \r\nab", "<<>>\r\n\t  stream\r\nab"),
            ("<<>>\nstream\nab", "<<>>\nstream\nab"),
            ("ab\nendstream \nendobj", "ab\nendstream \nendobj"),
            ("a stream \nof text", "a stream \nof text"),
            ("<<>>stream x\n", "<<>>stream x\n"),
            ("<<>>stream ", "<<>>stream "),
            ("stream \n", "stream \n"),
        ] {
            let mut bytes = given.as_bytes().to_vec();
            shift_stream_keywords(&mut bytes);
            assert_eq!(String::from_utf8_lossy(&bytes), mended);
        }
    }

    #[test]
    fn junk_is_cut_where_offsets_begin_at_the_header() {
        for (given, left) in [
            ("junk%PDF-1.4\nxref\nstartxref\n9\n", "%PDF-1.4\nxref\nstartxref\n9\n"),
            ("junk%PDF-1.4\nxref\nstartxref\n13\n", "junk%PDF-1.4\nxref\nstartxref\n13\n"),
            ("%PDF-1.4\nxref\nstartxref\n9\n", "%PDF-1.4\nxref\nstartxref\n9\n"),
            (
                "junk%PDF-1.4\nxref\nstartxref\n99999999999999999999\n",
                "junk%PDF-1.4\nxref\nstartxref\n99999999999999999999\n",
            ),
            ("junk", "junk"),
        ] {
            let mut bytes = given.as_bytes().to_vec();
            cut_junk(&mut bytes);
            assert_eq!(String::from_utf8_lossy(&bytes), left);
        }
    }

    #[test]
    fn reference_is_read_with_any_white_space() {
        let read = |text: &str| reference(text.as_bytes()).map(|id| (id.obj_number, id.gen_number));
        assert_eq!(read("12 0 R/ID"), Some((12, 0)));
        assert_eq!(read("12\r\n 3  R>>"), Some((12, 3)));
        for other in ["<</V 4>>", "12 0 obj", "-1 0 R", "12", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
