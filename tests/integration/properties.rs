//! Property tests: random ids, and files that are nearly valid.

use std::{io::Cursor, time::Duration};

use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::{collection::vec, prelude::*};
use sightline::{
    model::{DocumentId, Fingerprint, KeyId, LinkId, OwnerId, PictureWish, SessionId},
    server::store::files::UploadError,
};
use tokio::{runtime::Runtime, time::timeout};

use crate::support::{pdf::Pdf, storage::Storage};

/// Above the time limit of the process that reads a file.
const STORE_TIMEOUT: Duration = Duration::from_secs(60);

/// Checks that a text parses as an id exactly when the rule allows, from text and JSON, and comes back unchanged.
macro_rules! assert_id_rule {
    ($name:ty, $text:expr, $range:expr, $also:literal) => {{
        let allowed = |c: char| c.is_ascii_alphanumeric() || $also.contains(c);
        let right = $range.contains(&$text.len()) && $text.chars().all(allowed);
        let parsed = $text.parse::<$name>();
        prop_assert_eq!(parsed.is_ok(), right, "{:?}", $text);
        let json = serde_json::to_string(&$text).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<$name>(&json).ok(), parsed.clone().ok());
        if let Ok(id) = parsed {
            prop_assert_eq!(id.as_str(), &$text);
            prop_assert_eq!(serde_json::to_string(&id).expect("JSON"), json);
        }
    }};
}

proptest! {
    #[test]
    fn id_parses_exactly_when_its_rule_allows(
        text in prop_oneof![".{0,8}", "[A-Za-z0-9_.:~-]{0,140}", "[a-z{}/ ]{1,40}"],
    ) {
        assert_id_rule!(LinkId, text, 1..=64, "_-");
        assert_id_rule!(SessionId, text, 1..=128, "._:~-");
        assert_id_rule!(Fingerprint, text, 0..=128, "._:~-");
        assert_id_rule!(OwnerId, text, 1..=32, "_-");
        assert_id_rule!(DocumentId, text, 1..=32, "_-");
        assert_id_rule!(KeyId, text, 1..=32, "_-");
    }
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(16, 16)).write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// One kind of damage to a file; places are fractions of its length.
#[derive(Clone, Debug)]
enum Damage {
    Flip(f64, u8),
    Cut(f64),
    Remove(f64, usize),
    Repeat(f64, usize),
    Number(f64, u64),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || 0.0..1.0;
    prop_oneof![
        4 => (place(), 1..=u8::MAX).prop_map(|(place, bits)| Damage::Flip(place, bits)),
        1 => (0.3..1.0).prop_map(Damage::Cut),
        1 => (place(), 1_usize..40).prop_map(|(place, length)| Damage::Remove(place, length)),
        1 => (place(), 1_usize..200).prop_map(|(place, length)| Damage::Repeat(place, length)),
        2 => (place(), any::<u64>()).prop_map(|(place, number)| Damage::Number(place, number)),
    ]
}

fn damaged(mut file: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let at = |place: f64, file: &[u8]| ((file.len() as f64 * place) as usize).min(file.len());
        match *damage {
            Damage::Flip(place, bits) => {
                let at = at(place, &file);
                file.get_mut(at).into_iter().for_each(|byte| *byte ^= bits);
            }
            Damage::Cut(place) => file.truncate(at(place, &file)),
            Damage::Remove(place, length) => {
                let from = at(place, &file);
                file.drain(from..(from + length).min(file.len()));
            }
            Damage::Repeat(place, length) => {
                let from = at(place, &file);
                let part = file[from..(from + length).min(file.len())].to_vec();
                file.splice(from..from, part);
            }
            // In a PDF, numbers are offsets and sizes.
            Damage::Number(place, number) => {
                let from = at(place, &file);
                let digits = file[from..].iter().position(u8::is_ascii_digit).map(|digit| from + digit);
                let from = digits.unwrap_or(from);
                file.splice(from..(from + 1).min(file.len()), number.to_string().into_bytes());
            }
        }
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_file_is_stored_or_refused_in_time(
        kind in 0_usize..4,
        damages in vec(damage(), 1..6),
    ) {
        let file = match kind {
            0 => picture(ImageFormat::Png),
            1 => picture(ImageFormat::Jpeg),
            _ => Pdf::with_pages(2).bytes(),
        };
        let file = damaged(file, &damages);
        Runtime::new().expect("a runtime").block_on(async {
            let storage = Storage::new();
            let taken = timeout(STORE_TIMEOUT, storage.upload(file)).await.expect("within the time limit");
            match taken {
                Ok(stored) => {
                    assert!(!stored.pages.is_empty());
                    let shown = storage.files.picture(&storage.document, &stored, 1, PictureWish::default());
                    // A page that cannot be rendered is an error, not a hang.
                    let _ = timeout(STORE_TIMEOUT, shown).await.expect("within the time limit");
                }
                Err(error) => {
                    assert!(matches!(error, UploadError::Refused(_)), "{error}");
                    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
                }
            }
        });
    }
}
