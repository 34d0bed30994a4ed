//! Random texts for ids and secrets.

use std::io;

use crate::error::AppError;

/// Lower case only, and no `l`, `o`, `0` or `1`: a text can be dictated and typed without confusion.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A random text of `length` characters with five bits each, from the operating system's generator.
pub fn text(length: usize) -> Result<String, io::Error> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)] as char).collect())
}

/// The same for a request: logs a failure of the generator and returns [`AppError::Internal`].
pub fn token(length: usize) -> Result<String, AppError> {
    text(length).map_err(|error| failed(&error))
}

/// Random bytes. Logs a failure of the generator and returns [`AppError::Internal`].
pub fn bytes<const LENGTH: usize>() -> Result<[u8; LENGTH], AppError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| failed(&io::Error::other(error)))?;
    Ok(bytes)
}

/// A random number. Logs a failure of the generator and returns [`AppError::Internal`].
pub fn number() -> Result<u32, AppError> {
    getrandom::u32().map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> AppError {
    tracing::error!(%error, "the operating system's random generator failed");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn texts_have_their_length_and_differ() {
        let texts = [text(10), text(10)].map(|text| text.expect("random bits"));
        assert!(texts.iter().all(|text| text.len() == 10 && !text.contains(['l', '0', '1'])), "{texts:?}");
        assert_ne!(texts[0], texts[1]);
    }
}
