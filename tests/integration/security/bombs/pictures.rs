//! PNG and JPEG.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};
use image::{DynamicImage, ImageFormat, RgbImage};

use super::{
    Bomb,
    Expected::{Refused, Shown},
};

/// A PNG of these chunks.
fn png(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in chunks {
        let mut check = Crc::new();
        check.update(*name);
        check.update(data);
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(*name);
        file.extend(data);
        file.extend(check.sum().to_be_bytes());
    }
    file
}

/// Its head: eight bits a channel, in colours.
fn head(width: u32, height: u32, is_interlaced: bool) -> (&'static [u8; 4], Vec<u8>) {
    let rest = [8, 2, 0, 0, u8::from(is_interlaced)];
    (b"IHDR", [&width.to_be_bytes()[..], &height.to_be_bytes(), &rest].concat())
}

/// So many zeros, packed.
fn zeros(count: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let piece = vec![0; 1 << 16];
    let mut left = count;
    while left > 0 {
        let length = left.min(piece.len());
        encoder.write_all(&piece[..length]).expect("memory");
        left -= length;
    }
    encoder.finish().expect("memory")
}

fn jpeg() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(64, 64)).write_to(&mut bytes, ImageFormat::Jpeg).expect("a picture");
    bytes.into_inner()
}

/// A JPEG that states this size.
fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg();
    let frame = bytes.windows(2).position(|marker| marker == [0xFF, 0xC0]).expect("a frame");
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A JPEG with a segment right after its beginning.
fn jpeg_with(marker: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg();
    let length = (data.len() as u16 + 2).to_be_bytes();
    bytes.splice(2..2, [&[0xFF, marker], &length[..], data].concat());
    bytes
}

pub fn bombs() -> Vec<Bomb> {
    let end = || (b"IEND", Vec::new());
    let small = || (b"IDAT", zeros(31 * 10));
    let scan = |bytes: &[u8]| bytes.windows(2).position(|marker| marker == [0xFF, 0xDA]).expect("a scan");
    // Tiff: one directory, whose next is itself.
    let circle = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x08\0\0\0";
    let many_scans = {
        let bytes = jpeg();
        let (start, stop) = (scan(&bytes), bytes.len() - 2);
        let scans = bytes[start..stop].repeat(5_000);
        [&bytes[..start], &scans, &bytes[stop..]].concat()
    };
    vec![
        bomb(
            "PNG of a hundred million black pixels",
            png(&[head(10_000, 10_000, false), (b"IDAT", zeros(10_000 * 30_001)), end()]),
            Shown,
        ),
        bomb(
            "PNG that states a billion pixels",
            png(&[head(40_000, 40_000, false), small(), end()]),
            Refused,
        ),
        bomb("PNG of the largest numbers", png(&[head(u32::MAX, u32::MAX, false), small(), end()]), Refused),
        bomb("PNG a hundred thousand wide", png(&[head(100_000, 1, false), small(), end()]), Refused),
        bomb("PNG of no pixel", png(&[head(0, 0, false), small(), end()]), Refused),
        bomb(
            "PNG with more data than pixels",
            png(&[head(10, 10, false), (b"IDAT", zeros(1 << 30)), end()]),
            Shown,
        ),
        bomb("PNG with less data than pixels", png(&[head(9_000, 9_000, true), small(), end()]), Refused),
        bomb(
            "PNG with a profile of a gigabyte",
            {
                let profile = [b"a\0\0".to_vec(), zeros(1 << 30)].concat();
                png(&[head(10, 10, false), (b"iCCP", profile), small(), end()])
            },
            Shown,
        ),
        bomb(
            "PNG with a text of a gigabyte",
            {
                let text = [b"Comment\0\0".to_vec(), zeros(1 << 30)].concat();
                png(&[head(10, 10, false), (b"zTXt", text), small(), end()])
            },
            Shown,
        ),
        bomb(
            "PNG with a chunk beyond its end",
            {
                let mut bytes = png(&[head(10, 10, false)]);
                bytes.extend(b"\x7f\xff\xff\xffIDATx");
                bytes
            },
            Refused,
        ),
        bomb(
            "PNG of a hundred thousand chunks",
            {
                let mut chunks = vec![head(10, 10, false)];
                chunks.extend((0..100_000).map(|_| (b"teST", Vec::new())));
                chunks.extend([small(), end()]);
                png(&chunks)
            },
            Shown,
        ),
        bomb("JPEG that states four billion pixels", jpeg_of(65_535, 65_535), Refused),
        bomb("JPEG that states more than it has", jpeg_of(9_000, 9_000), Shown),
        bomb("JPEG of no pixel", jpeg_of(0, 0), Refused),
        bomb("JPEG of five thousand scans", many_scans, Shown),
        bomb("JPEG with Exif in a circle", jpeg_with(0xE1, circle), Shown),
        bomb(
            "JPEG with a profile in 255 missing parts",
            jpeg_with(0xE2, &[b"ICC_PROFILE\0\x01\xff".as_slice(), &[0; 100]].concat()),
            Shown,
        ),
        bomb("JPEG with tables for everything", jpeg_with(0xC4, &[0xFF; 1_000]), Refused),
        bomb(
            "JPEG with a segment without a length",
            {
                let mut bytes = jpeg();
                bytes.splice(2..2, [0xFF, 0xE0, 0, 0]);
                bytes
            },
            Refused,
        ),
    ]
}

fn bomb(name: &'static str, bytes: Vec<u8>, expected: super::Expected) -> Bomb {
    Bomb { name, bytes, expected }
}
