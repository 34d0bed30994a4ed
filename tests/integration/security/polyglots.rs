//! Files that are two kinds at once, or not the kind that their name says: each is served as what it was recognised as,
//! or refused.

use axum::http::Method;
use image::{DynamicImage, ImageFormat, RgbImage};

use crate::support::{pdf::Pdf, reply::Reply, test_app::TestApp};

const HTML: &[u8] = b"<!DOCTYPE html><script>alert(document.domain)</script>";
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
/// An empty archive.
const ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(60, 40)).write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// A JPEG with a comment.
fn commented(comment: &[u8]) -> Vec<u8> {
    let mut bytes = picture(ImageFormat::Jpeg);
    let length = (comment.len() as u16 + 2).to_be_bytes();
    bytes.splice(2..2, [b"\xFF\xFE", &length[..], comment].concat());
    bytes
}

/// What two files are, one after the other.
fn joined(first: impl Into<Vec<u8>>, second: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = first.into();
    bytes.extend(second.as_ref());
    bytes
}

#[tokio::test]
async fn polyglot_is_served_as_one_kind_or_refused() {
    let app = TestApp::new().await;
    let (pdf, png, jpeg) =
        (Pdf::with_pages(1).bytes(), picture(ImageFormat::Png), picture(ImageFormat::Jpeg));
    for (name, bytes, served_as) in [
        ("PDF after HTML", joined(HTML, &pdf), Some("application/pdf")),
        ("PDF before HTML", joined(pdf.clone(), HTML), Some("application/pdf")),
        ("PDF before a ZIP", joined(pdf.clone(), ZIP), Some("application/pdf")),
        ("PDF after a ZIP", joined(ZIP, &pdf), Some("application/pdf")),
        ("PDF after a GIF", joined(b"GIF89a/*", &pdf), Some("application/pdf")),
        ("PDF after a program", joined(b"MZ\x90\0", &pdf), Some("application/pdf")),
        ("PDF after a script", joined(b"#!/bin/sh\nexit\n", &pdf), Some("application/pdf")),
        ("PNG before a PDF", joined(png.clone(), &pdf), Some("image/png")),
        ("PNG before HTML", joined(png.clone(), HTML), Some("image/png")),
        ("PNG before a ZIP", joined(png.clone(), ZIP), Some("image/png")),
        ("JPEG before a PDF", joined(jpeg.clone(), &pdf), Some("image/jpeg")),
        ("JPEG with HTML in it", commented(HTML), Some("image/jpeg")),
        ("JPEG before a ZIP", joined(jpeg, ZIP), Some("image/jpeg")),
        ("HTML that names a PDF", joined(HTML, b"%PDF-1.7 <b>%%EOF</b>"), None),
        ("HTML", HTML.to_vec(), None),
        ("SVG", SVG.to_vec(), None),
        ("SVG in a GIF", joined(b"GIF89a", SVG), None),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), None),
        ("a ZIP", ZIP.to_vec(), None),
        ("a PNG's end before its beginning", png.iter().rev().copied().collect(), None),
        ("PostScript", b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file".to_vec(), None),
        (
            "XML with an entity",
            b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>".to_vec(),
            None,
        ),
    ] {
        let uploaded = app.send(Method::POST, "/api/documents?title=report.pdf.html", bytes).await;
        let Some(kind) = served_as else {
            uploaded.refused(422, "file_refused");
            continue;
        };
        assert_eq!(uploaded.status, 201, "{name}: {uploaded}");
        let id = uploaded.json()["document"]["documentId"].as_str().expect("an id").to_owned();
        let file = app.get(&format!("/api/documents/{id}/file")).await.ok();
        is_inert(name, &file, kind);
        assert!(file.header("content-disposition").starts_with("attachment"), "{name}");
        let page = app.get(&format!("/api/documents/{id}/pages/1")).await.ok();
        is_inert(name, &page, if kind == "image/jpeg" { kind } else { "image/png" });
        let shown = image::load_from_memory(&page.body).expect(name);
        assert!(shown.width() > 10, "{name}");
        assert!(
            !page.body.windows(6).any(|part| part == b"script"),
            "{name}: nothing else of the file is in it"
        );
    }
}

/// Whether a browser can only take it for what it is.
fn is_inert(name: &str, reply: &Reply, kind: &str) {
    assert_eq!(reply.header("content-type"), kind, "{name}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{name}");
    assert!(reply.header("content-security-policy").starts_with("default-src 'none'"), "{name}");
}
