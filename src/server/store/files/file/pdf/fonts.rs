//! Fonts for text whose own font is not in the file: free fonts that the system has, else the small ones in hayro.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use hayro::hayro_interpret::{
    InterpreterSettings,
    font::{FallbackFontQuery, FontData, FontQuery, StandardFont},
    hayro_cmap::{CharacterCollection, CidFamily},
};
use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};

/// Where systems keep fonts. The process has no environment, so a home folder is not looked at.
const FOLDERS: [&str; 5] = [
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/opt/homebrew/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
];
/// How many files and folders are looked at.
const MAX_ENTRIES: usize = 20_000;
/// How deep the folders are searched.
const MAX_DEPTH: usize = 5;

/// A font by its file name, and its index in a collection.
type Named = (&'static str, u32);

/// Fonts for several East Asian collections.
const EAST_ASIAN: [Named; 5] = [
    ("wqy-zenhei.ttc", 0),
    ("wqy-microhei.ttc", 0),
    ("Arial Unicode.ttf", 0),
    ("DroidSansFallbackFull.ttf", 0),
    ("DroidSansFallback.ttf", 0),
];
/// Fonts with many scripts, the widest first.
const WIDE: [Named; 3] =
    [("DejaVuSans.ttf", 0), ("NotoSans-Regular.ttf", 0), ("LiberationSans-Regular.ttf", 0)];

/// hayro's settings with these fonts.
pub(super) fn settings() -> InterpreterSettings {
    let resolve = |query: &FontQuery| match query {
        FontQuery::Standard(font) => Some(standard(*font)),
        FontQuery::Fallback(query) => fallback(query),
    };
    InterpreterSettings { font_resolver: Arc::new(resolve), ..InterpreterSettings::default() }
}

/// A standard font: Liberation has its widths and more scripts than the fonts in hayro, which have few but Latin.
fn standard(font: StandardFont) -> (FontData, u32) {
    liberation(font).and_then(|name| load(&[(name, 0)])).unwrap_or_else(|| font.get_font_data())
}

fn liberation(font: StandardFont) -> Option<&'static str> {
    Some(match font {
        StandardFont::Helvetica => "LiberationSans-Regular.ttf",
        StandardFont::HelveticaBold => "LiberationSans-Bold.ttf",
        StandardFont::HelveticaOblique => "LiberationSans-Italic.ttf",
        StandardFont::HelveticaBoldOblique => "LiberationSans-BoldItalic.ttf",
        StandardFont::Courier => "LiberationMono-Regular.ttf",
        StandardFont::CourierBold => "LiberationMono-Bold.ttf",
        StandardFont::CourierOblique => "LiberationMono-Italic.ttf",
        StandardFont::CourierBoldOblique => "LiberationMono-BoldItalic.ttf",
        StandardFont::TimesRoman => "LiberationSerif-Regular.ttf",
        StandardFont::TimesBold => "LiberationSerif-Bold.ttf",
        StandardFont::TimesItalic => "LiberationSerif-Italic.ttf",
        StandardFont::TimesBoldItalic => "LiberationSerif-BoldItalic.ttf",
        StandardFont::Symbol | StandardFont::ZapfDingBats => return None,
    })
}

/// A font for a composite font that is not in the file. `None` if no font has the characters of its collection.
fn fallback(query: &FallbackFontQuery) -> Option<(FontData, u32)> {
    let family = query.character_collection.as_ref().map(|collection| &collection.family);
    let is_serif = query.is_serif || is_serif_name(query);
    let [sans, serif]: [&[Named]; 2] = match family {
        Some(CidFamily::AdobeJapan1) => [
            &[
                ("NotoSansCJK-Regular.ttc", 0),
                ("NotoSansJP-Regular.otf", 0),
                ("ipaexg.ttf", 0),
                ("ipag.ttf", 0),
            ],
            &[
                ("NotoSerifCJK-Regular.ttc", 0),
                ("NotoSerifJP-Regular.otf", 0),
                ("ipaexm.ttf", 0),
                ("ipam.ttf", 0),
            ],
        ],
        Some(CidFamily::AdobeKorea1) => [
            &[("NotoSansCJK-Regular.ttc", 1), ("NotoSansKR-Regular.otf", 0), ("NanumGothic.ttf", 0)],
            &[("NotoSerifCJK-Regular.ttc", 1), ("NotoSerifKR-Regular.otf", 0), ("NanumMyeongjo.ttf", 0)],
        ],
        Some(CidFamily::AdobeGB1) => [
            &[("NotoSansCJK-Regular.ttc", 2), ("NotoSansSC-Regular.otf", 0)],
            &[("NotoSerifCJK-Regular.ttc", 2), ("NotoSerifSC-Regular.otf", 0)],
        ],
        Some(CidFamily::AdobeCNS1) => [
            &[("NotoSansCJK-Regular.ttc", 3), ("NotoSansTC-Regular.otf", 0)],
            &[("NotoSerifCJK-Regular.ttc", 3), ("NotoSerifTC-Regular.otf", 0)],
        ],
        _ => return load(&WIDE).or_else(|| Some(standard(query.pick_standard_font()))),
    };
    let named = if is_serif { [serif, sans] } else { [sans, serif] }.concat();
    // Some fonts have one of these scripts and not another, and hayro then takes any glyph.
    let usual = match family {
        Some(CidFamily::AdobeJapan1) => 'あ',
        Some(CidFamily::AdobeKorea1) => '한',
        Some(CidFamily::AdobeGB1) => '国',
        _ => '國',
    };
    named
        .iter()
        .chain(&EAST_ASIAN)
        .filter_map(|font| load(&[*font]))
        .find(|font| measure(font, usual).is_some())
}

/// The width of a character in a standard font, in thousandths of the size; `None` if the font is not one of the system.
pub(super) fn standard_advance(font: StandardFont, character: char) -> Option<f32> {
    if matches!(font, StandardFont::ZapfDingBats | StandardFont::Symbol) {
        return Some(788.0);
    }
    measure(&standard(font), character)
}

/// The width of a character in the font that stands in for a collection.
pub(super) fn advance(ordering: &str, character: char) -> Option<f32> {
    let family = match ordering {
        "Japan1" => CidFamily::AdobeJapan1,
        "Korea1" => CidFamily::AdobeKorea1,
        _ => CidFamily::AdobeIdentity,
    };
    let collection = CharacterCollection { family, supplement: 0 };
    let query = FallbackFontQuery { character_collection: Some(collection), ..FallbackFontQuery::default() };
    measure(&fallback(&query)?, character)
}

fn measure((data, index): &(FontData, u32), character: char) -> Option<f32> {
    let font = FontRef::from_index(data.as_ref().as_ref(), *index).ok()?;
    let glyph = font.charmap().map(character)?;
    font.glyph_metrics(Size::new(1_000.0), LocationRef::default()).advance_width(glyph)
}

/// Whether `font` is one of the system that stands in for another, and lacks a character. hayro then shows some other
/// glyph.
pub(super) fn stands_in_without(font: &FontData, character: char) -> bool {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = (**font).as_ref();
    let stands_in = read.values().any(|known| std::ptr::eq((**known).as_ref(), bytes));
    // All fonts of a collection share their characters.
    stands_in && FontRef::from_index(bytes, 0).is_ok_and(|font| font.charmap().map(character).is_none())
}

/// Whether the name is that of a usual East Asian font with serifs.
fn is_serif_name(query: &FallbackFontQuery) -> bool {
    const SERIF: [&str; 7] = ["mincho", "ryumin", "song", "sun", "ming", "batang", "myeongjo"];
    let name = query.post_script_name.as_deref().unwrap_or_default().to_ascii_lowercase();
    SERIF.iter().any(|part| name.contains(part))
}

/// The first of these fonts that the system has and that can be read.
fn load(fonts: &[Named]) -> Option<(FontData, u32)> {
    fonts.iter().find_map(|(name, index)| Some((read(installed().get(*name)?)?, *index)))
}

/// The fonts that were read, once in a process.
static READ: Mutex<BTreeMap<PathBuf, FontData>> = Mutex::new(BTreeMap::new());

fn read(path: &Path) -> Option<FontData> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(data) = read.get(path) {
        return Some(data.clone());
    }
    let data: FontData = Arc::new(fs::read(path).ok()?);
    read.insert(path.to_owned(), data.clone());
    Some(data)
}

/// The fonts of the system by file name, looked up once in a process.
fn installed() -> &'static HashMap<String, PathBuf> {
    static INSTALLED: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    INSTALLED.get_or_init(|| search(FOLDERS.map(Path::new)))
}

/// The folders of fonts that this system has, and those that links in them lead to: all that has to be readable.
pub(in crate::server::store::files::file) fn folders() -> Vec<PathBuf> {
    let entries = |folder: &PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> =
        FOLDERS.iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
    let below: Vec<PathBuf> = folders.iter().flat_map(entries).map(|entry| entry.path()).collect();
    let linked = folders.iter().chain(&below).flat_map(entries);
    let linked = linked.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    let linked: Vec<PathBuf> = linked.filter_map(|entry| fs::canonicalize(entry.path()).ok()).collect();
    folders.extend(linked);
    folders
}

fn search<'a>(folders: impl IntoIterator<Item = &'a Path>) -> HashMap<String, PathBuf> {
    let mut found = HashMap::new();
    let mut open: Vec<_> = folders.into_iter().map(|folder| (folder.to_owned(), 0)).collect();
    let mut left = MAX_ENTRIES;
    while let Some((folder, depth)) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            left -= 1;
            if left == 0 {
                return found;
            }
            let path = entry.path();
            // Follows links: some systems link each font's folder.
            if path.is_dir() {
                if depth < MAX_DEPTH {
                    open.push((path, depth + 1));
                }
            } else if let Ok(name) = entry.file_name().into_string() {
                found.entry(name).or_insert(path);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_of_fonts_is_bounded_in_depth() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut below = folder.path().to_owned();
        for depth in 0..MAX_DEPTH + 3 {
            fs::write(below.join(format!("{depth}.ttf")), "").expect("a file");
            below.push("below");
            fs::create_dir(&below).expect("a folder");
        }
        let mut found: Vec<_> = search([folder.path()]).into_keys().collect();
        found.sort();
        assert_eq!(found, ["0.ttf", "1.ttf", "2.ttf", "3.ttf", "4.ttf", "5.ttf"]);
        assert!(search([Path::new("/nowhere/at/all")]).is_empty());
    }

    #[test]
    fn serif_is_recognised_by_name() {
        let named =
            |name: &str| FallbackFontQuery { post_script_name: Some(name.to_owned()), ..Default::default() };
        for name in ["Ryumin-Light", "MS-Mincho", "SimSun", "STSong-Light", "MingLiU", "HYSMyeongJo-Medium"] {
            assert!(is_serif_name(&named(name)), "{name}");
        }
        for name in ["GothicBBB-Medium", "MS-Gothic", "SimHei", "HYGoThic-Medium"] {
            assert!(!is_serif_name(&named(name)), "{name}");
        }
    }
}
