//! Compares Sightline's pictures of pages with those of another renderer, Poppler's `pdftoppm`: prints the pages that
//! differ most, and fails where one differs too much. Fetches nothing. Run it by `./make fidelity`.
//!
//! The files are those in `tests/files`. Most are made by `files.rs`; `./make fidelity --write` writes them.

mod files;
#[expect(dead_code, reason = "the integration tests use the rest of it")]
#[path = "../integration/support/pdf.rs"]
mod pdf;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use image::RgbImage;
use serde_json::Value;

/// The longer side of the pictures that are compared, in pixels.
const SIDE: u64 = 800;
/// The side of the squares whose mean colours are compared: glyphs may differ in a pixel, but not in their place.
const SQUARE: u32 = 8;
/// How much the mean of a channel may differ.
const TOLERANCE: u32 = 40;
/// The greatest share of squares of a page that may differ. Where a text begins in a box of free text differs most.
const THRESHOLD: f64 = 0.03;
/// How many pages are printed.
const PRINTED: usize = 10;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let made = files::all();
    if std::env::args().any(|argument| argument == "--write") {
        for (name, bytes) in &made {
            fs::write(folder.join(name), bytes).expect("tests/files can be written");
        }
    }
    let stale: Vec<_> = made
        .iter()
        .filter(|(name, bytes)| fs::read(folder.join(name)).ok().as_ref() != Some(bytes))
        .collect();
    if let Some((name, _)) = stale.first() {
        eprintln!("tests/files/{name} is not as files.rs makes it. Run ./make fidelity --write");
        return ExitCode::FAILURE;
    }
    let mut pages: Vec<(f64, String)> = pdfs(&folder).iter().flat_map(|file| compare(file)).collect();
    pages.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    println!("{} pages; the share of each that differs from Poppler's picture:", pages.len());
    for (share, page) in pages.iter().take(PRINTED) {
        println!("  {:5.2} %  {page}", share * 100.0);
    }
    let too_much = pages.iter().filter(|(share, _)| *share > THRESHOLD).count();
    if too_much > 0 {
        eprintln!("{too_much} pages differ by more than {} %", THRESHOLD * 100.0);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn pdfs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("tests/files");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "pdf"));
    files.sort();
    files
}

/// The share of each page that differs, with its name.
fn compare(file: &Path) -> Vec<(f64, String)> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let inspected = sightline(file, &["inspect"]);
    let line = inspected.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let inspected: Value = serde_json::from_slice(line).expect("JSON");
    let sizes = inspected["Ok"]["pages"].as_array().unwrap_or_else(|| panic!("{name}: {inspected}"));
    (1..)
        .zip(sizes)
        .map(|(number, size)| {
            let side = |name: &str| size[name].as_u64().expect("a number of pixels");
            let (width, height) = (side("width"), side("height"));
            let scaled = |side: u64| (side * SIDE / width.max(height)).max(1).to_string();
            let (number, width, height) = (u32::to_string(&number), scaled(width), scaled(height));
            let ours = sightline(file, &["picture", &number, &width, &height, "png"]);
            let theirs = run(Command::new("pdftoppm")
                .args(["-png", "-cropbox", "-f", &number, "-l", &number])
                .args(["-scale-to-x", &width, "-scale-to-y", &height])
                .arg(file));
            let read = |bytes: &[u8]| image::load_from_memory(bytes).expect("a picture").into_rgb8();
            let share = differing(&read(&ours), &read(&theirs.stdout));
            (share, format!("{name}, page {number}"))
        })
        .collect()
}

fn sightline(file: &Path, task: &[&str]) -> Vec<u8> {
    let file = File::open(file).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sightline"));
    run(command.args(["file", "--seconds", "60", "--memory-mb", "512"]).args(task).env_clear().stdin(file))
        .stdout
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The share of squares whose mean colours differ.
fn differing(ours: &RgbImage, theirs: &RgbImage) -> f64 {
    assert_eq!(ours.dimensions(), theirs.dimensions());
    let (columns, rows) = (ours.width().div_ceil(SQUARE), ours.height().div_ceil(SQUARE));
    let differs = |(column, row): &(u32, u32)| {
        let (a, b) = (mean(ours, *column, *row), mean(theirs, *column, *row));
        a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > TOLERANCE)
    };
    let squares = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    squares.filter(differs).count() as f64 / f64::from(columns * rows)
}

fn mean(image: &RgbImage, column: u32, row: u32) -> [u32; 3] {
    let (right, below) = ((column + 1) * SQUARE, (row + 1) * SQUARE);
    let (right, below) = (right.min(image.width()), below.min(image.height()));
    let mut sums = [0; 3];
    let mut count = 0;
    for (x, y) in (row * SQUARE..below).flat_map(|y| (column * SQUARE..right).map(move |x| (x, y))) {
        let pixel = image.get_pixel(x, y).0;
        sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(value));
        count += 1;
    }
    sums.map(|sum| sum / count)
}
