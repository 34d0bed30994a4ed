//! Texts that nobody can guess.

use std::io;

use crate::error::AppError;

/// No letters or digits that look like others, and no capitals to be lost when an address is dictated.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A random text; each character is worth five bits.
pub fn text(length: usize) -> Result<String, io::Error> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)] as char).collect())
}

/// The same for a request: a machine without random bits is told of in the log, and [`AppError::Internal`].
pub fn token(length: usize) -> Result<String, AppError> {
    text(length).map_err(|error| {
        tracing::error!(%error, "this machine gives no random bits");
        AppError::Internal
    })
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn texts_are_as_long_as_asked_for_and_never_the_same() {
        let texts = [text(10), text(10)].map(|text| text.expect("random bits"));
        assert!(texts.iter().all(|text| text.len() == 10 && !text.contains(['l', '0', '1'])), "{texts:?}");
        assert_ne!(texts[0], texts[1]);
    }
}
