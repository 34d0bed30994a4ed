//! Files that other viewers open although they break a rule, and those that really lack something.

use sightline::model::FileRemark;

use crate::support::{pdf::Pdf, storage::Storage};

/// The first place of `what` from the end, replaced.
fn replaced_last(file: &[u8], what: &str, by: &str) -> Vec<u8> {
    let at = file.windows(what.len()).rposition(|window| window == what.as_bytes()).expect("it is there");
    [&file[..at], by.as_bytes(), &file[at + what.len()..]].concat()
}

fn cut_before(file: &[u8], what: &str) -> Vec<u8> {
    let at = file.windows(what.len()).rposition(|window| window == what.as_bytes()).expect("it is there");
    file[..at].to_vec()
}

#[tokio::test]
async fn file_that_viewers_open_is_shown_as_if_whole() {
    let storage = Storage::new();
    let good = Pdf::with_pages(2).bytes();
    let whole = storage.upload_valid(good.clone()).await;
    let expected = [storage.page_picture(&whole, 1).await, storage.page_picture(&whole, 2).await];
    let junk = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n";
    let mime = [b"X-Header: value\r\n".repeat(200), b"\r\n".to_vec()].concat();
    // Offsets that count the junk too.
    let start = good.len() - 100;
    let startxref = String::from_utf8_lossy(&good[start..]).lines().rev().nth(1).map(str::to_owned);
    let startxref: usize = startxref.and_then(|line| line.parse().ok()).expect("an offset");
    let counted = replaced_last(
        &[junk.as_slice(), &good].concat(),
        &format!("startxref\n{startxref}"),
        &format!("startxref\n{}", startxref + junk.len()),
    );
    let blanks = |blanks: &str| {
        let content = |page: u32| {
            let drawn = format!("0 0 1 rg 10 10 {page} 50 re f");
            format!("<</Length {}>>stream{blanks}\n{drawn}\nendstream", drawn.len())
        };
        Pdf::with_pages(2).replacing(4, &content(1)).replacing(6, &content(2)).bytes()
    };
    for (what, file) in [
        ("no end marker", cut_before(&good, "%%EOF")),
        ("no start of the table", cut_before(&good, "startxref")),
        ("no trailer", cut_before(&good, "trailer")),
        ("no table", cut_before(&good, "xref\n0")),
        ("an end marker cut short", cut_before(&good, "OF\n")),
        ("a wrong start of the table", replaced_last(&good, "startxref\n", "startxref\n9")),
        ("many bytes after the end", [good.clone(), b"\n0123456789abcdef".repeat(1_000)].concat()),
        ("a short header of the web before it", [junk.as_slice(), &good].concat()),
        ("a long header of mail before it", [mime.as_slice(), &good].concat()),
        ("a header before it that the offsets count", counted),
        ("a blank after the keyword stream", blanks(" ")),
        ("blanks and a return after it", blanks(" \t \r")),
        ("encrypted attachments", Pdf::with_pages(2).with_encrypted_attachments(false).bytes()),
        ("the same in an object", Pdf::with_pages(2).with_encrypted_attachments(true).bytes()),
    ] {
        let file = storage.upload(file).await.unwrap_or_else(|refused| panic!("{what}: {refused}"));
        assert_eq!((file.pages.len(), file.remarks.as_slice()), (2, [].as_slice()), "{what}");
        for (number, expected) in (1..).zip(&expected) {
            assert!(storage.page_picture(&file, number).await == *expected, "{what}: page {number}");
        }
    }
}

#[tokio::test]
async fn file_cut_off_within_its_pages_is_told() {
    let storage = Storage::new();
    let whole = Pdf::with_pages(3).bytes();
    let end = cut_before(&whole, "\nendstream").len();
    for cut in (10..end).step_by(23).chain([end]) {
        let said = storage.upload_invalid(whole[..cut].to_vec()).await;
        assert!(said.contains("cut off"), "the first {cut} bytes of {}: {said}", whole.len());
    }
    assert!(storage.all_files().is_empty(), "{:?}", storage.all_files());
}

#[tokio::test]
async fn page_listed_again_is_shown_again() {
    let storage = Storage::new();
    let pages = |kids: &str, count: u32| Pdf::with_pages(2).replacing(2, &tree(kids, count));
    for (what, pdf, shown, remarks) in [
        ("once each", pages("3 0 R 5 0 R", 2), vec![1, 2], vec![]),
        ("one page five times", pages("3 0 R 3 0 R 3 0 R 3 0 R 3 0 R", 5), vec![1, 1, 1, 1, 1], vec![]),
        ("one again after another", pages("3 0 R 5 0 R 3 0 R", 3), vec![1, 2, 1], vec![]),
        (
            "a node twice",
            pages("7 0 R 7 0 R", 4).adding("<</Type/Pages/Parent 2 0 R/Count 2/Kids[3 0 R 5 0 R]>>"),
            vec![1, 2, 1, 2],
            vec![],
        ),
        ("a node in itself", pages("3 0 R 2 0 R 5 0 R", 2), vec![1, 2], vec![]),
        (
            "more stated than there are",
            pages("3 0 R 5 0 R", 7),
            vec![1, 2],
            vec![FileRemark::PageCount { stated: 7, shown: 2 }],
        ),
        (
            "a page that is not there",
            pages("3 0 R 99 0 R 5 0 R", 3),
            vec![1, 2],
            vec![FileRemark::PageCount { stated: 3, shown: 2 }],
        ),
        (
            "fewer stated",
            pages("3 0 R 5 0 R", 1),
            vec![1, 2],
            vec![FileRemark::PageCount { stated: 1, shown: 2 }],
        ),
    ] {
        let file = storage.upload(pdf.bytes()).await.unwrap_or_else(|refused| panic!("{what}: {refused}"));
        assert_eq!((file.pages.len(), &file.remarks), (shown.len(), &remarks), "{what}");
        let plain = storage.upload_valid(Pdf::with_pages(2).bytes()).await;
        for (number, original) in (1..).zip(shown) {
            let picture = storage.page_picture(&file, number).await;
            assert!(picture == storage.page_picture(&plain, original).await, "{what}: page {number}");
        }
    }
}

/// 2^30 pages in a few hundred bytes.
#[tokio::test]
async fn tree_that_multiplies_its_pages_is_bounded() {
    let storage = Storage::new();
    let mut pdf = Pdf::with_pages(1).replacing(2, &tree("5 0 R 5 0 R", 1_073_741_824));
    for next in 6..35 {
        pdf = pdf.adding(&tree(&format!("{next} 0 R {next} 0 R"), 2));
    }
    let file = storage.upload_valid(pdf.adding(&tree("3 0 R 3 0 R", 2)).bytes()).await;
    assert_eq!(file.remarks, [FileRemark::PageCount { stated: 1_073_741_824, shown: 1 }]);
}

fn tree(kids: &str, count: u32) -> String {
    format!("<</Type/Pages/Kids[{kids}]/Count {count}>>")
}
