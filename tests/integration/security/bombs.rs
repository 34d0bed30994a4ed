//! Files that grow, nest or loop: each is refused or shown, within the limits, and the next file is drawn all the same.

mod pdf;
mod pictures;

use sightline::model::PictureWish;
use tokio::sync::Mutex;

use crate::support::{pdf::Pdf, storage::Storage};

/// A file that is made to hurt.
pub struct Bomb {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub expected: Expected,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The owner is told why not.
    Refused,
    /// It is harmless here: page, text and outline are answered.
    Shown,
}

/// Two tables at once would take the memory and the processor that the harmless file between two bombs needs.
static ONE_TABLE: Mutex<()> = Mutex::const_new(());

/// Uploads each file and reads what is accepted, as a reader does.
async fn drop_on_storage(bombs: Vec<Bomb>) {
    let _alone = ONE_TABLE.lock().await;
    let storage = Storage::with(|config| config.page_seconds = 5, None);
    let mut surprises = Vec::new();
    for Bomb { name, bytes, expected } in bombs {
        let size = bytes.len();
        assert!(size < 5 << 20, "{name} is small: {size}");
        let became = match storage.upload(bytes).await {
            Err(refused) => {
                assert!(refused.to_string().len() > 20, "{name}: {refused}");
                Expected::Refused
            }
            Ok(file) => {
                let (files, document) = (&storage.files, &storage.document);
                for width in [1_280, 320] {
                    // An error is an answer, too.
                    let wish = PictureWish { width, reads_webp: false };
                    let _ = files.picture(document, &file, 1, wish).await;
                }
                let _ = files.text(document, &file, 1).await;
                let _ = files.outline(document, &file).await;
                Expected::Shown
            }
        };
        if became != expected {
            surprises.push(format!("{name}: {became:?}"));
        }
        let next = storage.upload_valid(Pdf::with_pages(2).bytes()).await;
        storage.page_picture(&next, 2).await;
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}

#[tokio::test]
async fn pdf_bombs_are_contained() {
    drop_on_storage(pdf::bombs()).await;
}

#[tokio::test]
async fn picture_bombs_are_contained() {
    drop_on_storage(pictures::bombs()).await;
}
