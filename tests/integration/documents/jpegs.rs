//! JPEG as decoders find it: a scan for each component, wrong lengths, damage in the middle.

use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use crate::support::storage::Storage;

/// The side of a picture, in blocks of 8 by 8 pixels of one colour.
const BLOCKS: u8 = 8;

/// The levels of luminance and both chrominances of a block.
fn levels(column: u8, row: u8) -> [u8; 3] {
    [60 + column * 16, 100 + row * 8, 156 - row * 8]
}

/// A JPEG with a scan for each of these groups of components.
fn encoded(scans: &[&[u8]]) -> Vec<u8> {
    let side = u16::from(BLOCKS) * 8;
    let mut file = vec![0xFF, 0xD8];
    // Quantised by 8 throughout, so that the first coefficient is the level.
    segment(&mut file, 0xDB, &[[0].as_slice(), &[8; 64]].concat());
    let mut frame = vec![8];
    frame.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
    frame.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    segment(&mut file, 0xC0, &frame);
    // Twelve lengths of differences, in codes of four bits; of the rest only the end of a block, in one bit.
    let lengths: Vec<u8> = (0..12).collect();
    segment(&mut file, 0xC4, &[[0, 0, 0, 0, 12].as_slice(), &[0; 12], &lengths].concat());
    segment(&mut file, 0xC4, &[[0x10, 1].as_slice(), &[0; 15], &[0]].concat());
    for scan in scans {
        let mut head = vec![scan.len() as u8];
        scan.iter().for_each(|component| head.extend([component + 1, 0]));
        head.extend([0, 63, 0]);
        segment(&mut file, 0xDA, &head);
        file.extend(entropy_coded(scan));
    }
    file.extend([0xFF, 0xD9]);
    file
}

fn segment(file: &mut Vec<u8>, kind: u8, content: &[u8]) {
    file.extend([0xFF, kind]);
    file.extend((content.len() as u16 + 2).to_be_bytes());
    file.extend(content);
}

fn entropy_coded(components: &[u8]) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut before = [0_i32; 3];
    for (row, column) in (0..BLOCKS).flat_map(|row| (0..BLOCKS).map(move |column| (row, column))) {
        for &component in components {
            let level = i32::from(levels(column, row)[usize::from(component)]) - 128;
            let difference = level - std::mem::replace(&mut before[usize::from(component)], level);
            let length = 32 - difference.unsigned_abs().leading_zeros();
            let value = if difference < 0 { difference - 1 } else { difference };
            bits.extend((0..4).rev().map(|bit| length >> bit & 1 == 1));
            bits.extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
            bits.push(false);
        }
    }
    let bytes = bits
        .chunks(8)
        .map(|byte| (0..8).fold(0, |all, bit| all << 1 | u8::from(byte.get(bit) != Some(&false))));
    bytes.flat_map(|byte: u8| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }).collect()
}

async fn shown(storage: &Storage, file: Vec<u8>) -> RgbImage {
    let file = storage.upload_valid(file).await;
    image::load_from_memory(&storage.page_picture(&file, 1).await).expect("a picture").into_rgb8()
}

/// The largest difference of a channel in the middles of blocks, in these rows.
fn difference(a: &RgbImage, b: &RgbImage, rows: std::ops::Range<u32>) -> u8 {
    let middles = rows.flat_map(|row| (0..a.width() / 8).map(move |column| (column * 8 + 4, row * 8 + 4)));
    let differences = middles.flat_map(|(x, y)| {
        let (a, b) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
        [0, 1, 2].map(|channel| a[channel].abs_diff(b[channel]))
    });
    differences.max().expect("some pixels")
}

#[tokio::test]
async fn scans_of_single_components_give_the_same_picture() {
    let storage = Storage::new();
    let together = shown(&storage, encoded(&[&[0, 1, 2]])).await;
    let expected = levels(3, 5).map(f32::from);
    let red = expected[0] + 1.402 * (expected[2] - 128.0);
    assert!(
        (f32::from(together.get_pixel(28, 44).0[0]) - red).abs() < 6.0,
        "{:?}",
        together.get_pixel(28, 44)
    );
    for (what, scans) in [
        ("one scan a component", vec![[0].as_slice(), &[1], &[2]]),
        ("in another order", vec![[0].as_slice(), &[2], &[1]]),
        ("both chrominances together", vec![[0].as_slice(), &[1, 2]]),
    ] {
        let picture = shown(&storage, encoded(&scans)).await;
        let differs = difference(&picture, &together, 0..BLOCKS.into());
        assert!(differs < 6, "{what}: by {differs}");
    }
}

fn photograph() -> (RgbImage, Vec<u8>) {
    let image = RgbImage::from_fn(160, 160, |x, y| Rgb([x as u8, y as u8, (x ^ y) as u8]));
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.write_image(&image, 160, 160, ExtendedColorType::Rgb8).expect("a JPEG");
    (image, bytes)
}

#[tokio::test]
async fn wrong_length_of_a_segment_does_no_harm() {
    let storage = Storage::new();
    let (_, good) = photograph();
    let expected = shown(&storage, good.clone()).await;
    let content = b"Photoshop 3.0\0 what a program left here";
    for wrong in [-9, -1, 1] {
        let length = (content.len() as i32 + 2 + wrong) as u16;
        let mut segment = vec![0xFF, 0xED];
        segment.extend(length.to_be_bytes());
        segment.extend(content);
        // Room for the length that is too long: FF may be repeated before a marker.
        segment.extend([0xFF; 3]);
        let file = [&good[..2], &segment, &good[2..]].concat();
        let picture = shown(&storage, file).await;
        assert!(picture == expected, "a length wrong by {wrong}");
    }
}

#[tokio::test]
async fn damaged_jpeg_is_shown_to_the_damage() {
    let storage = Storage::new();
    let (_, good) = photograph();
    let expected = shown(&storage, good.clone()).await;
    let scan = good.windows(2).position(|bytes| bytes == [0xFF, 0xDA]).expect("a scan");
    let middle = scan + (good.len() - scan) / 2;
    for (what, damage) in [
        ("zeros", [0; 40]),
        ("noise", std::array::from_fn(|index| (index * 73 % 251) as u8)),
        ("a marker", [0xFF, 0xC4].repeat(20).try_into().expect("40 bytes")),
    ] {
        let mut file = good.clone();
        file[middle..middle + damage.len()].copy_from_slice(&damage);
        let picture = shown(&storage, file).await;
        assert_eq!(picture.dimensions(), (160, 160), "{what}");
        let differs = difference(&picture, &expected, 0..7);
        assert!(differs < 6, "{what}: the part before it differs by {differs}");
    }
}

#[tokio::test]
async fn jpeg_without_pixels_is_refused() {
    let storage = Storage::new();
    let (_, good) = photograph();
    let scan = good.windows(2).position(|bytes| bytes == [0xFF, 0xDA]).expect("a scan");
    let file = [&good[..scan], [0xFF, 0xD9].as_slice()].concat();
    assert!(storage.upload_invalid(file).await.contains("damaged"));
}
