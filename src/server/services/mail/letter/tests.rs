use super::*;

fn letter(title: &str) -> Letter {
    Letter::new([theirs(title), ours(" was opened")])
        .paragraph([ours("Someone opened "), theirs(title), ours(".")])
        .item([ours("Page 1")])
        .item([theirs(title)])
        .button("Open the dashboard", "https://read.example/d?a=1&b='\"".to_owned())
        .code("123456")
        .small([ours("Sent to you <alone>.")])
        .ended_at("https://read.example/off".to_owned(), "https://read.example/one-click".to_owned())
}

#[test]
fn text_and_html_say_the_same() {
    let letter = letter("Plans");
    assert_eq!(letter.subject(), "Plans was opened");
    assert_eq!(letter.unsubscribe(), Some("https://read.example/one-click"));
    assert_eq!(
        letter.text(),
        "Someone opened Plans.\n\n- Page 1\n- Plans\n\nOpen the dashboard:\nhttps://read.example/d?a=1&b='\"\n\n    \
         123456\n\nSent to you <alone>.\n\nStop these mails:\nhttps://read.example/off\n"
    );
    let html = letter.html();
    for part in [
        "<html lang=\"en\" dir=\"ltr\">",
        "<title>Plans was opened</title>",
        "<p>Someone opened <bdi>Plans</bdi>.</p>\n<ul>\n<li>Page 1</li>\n<li><bdi>Plans</bdi></li>\n</ul>\n",
        "href=\"https://read.example/d?a=1&amp;b=&#39;&quot;\"",
        "Sent to you &lt;alone&gt;.",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn html_loads_nothing_from_outside() {
    let html = letter("<img src=https://evil.example/x.png>").html();
    for word in ["src=", "url(", "<link", "<script", "<img", "@import", "<style"] {
        let ours = html.replace("&lt;img src=", "");
        assert!(!ours.contains(word), "{word} in {html}");
    }
}

#[test]
fn typed_text_stays_text() {
    for (typed, text, html) in [
        ("<b>x</b>", "<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        (
            "\"><script>alert(1)</script>",
            "\"><script>alert(1)</script>",
            "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        ("a & b's", "a & b's", "a &amp; b&#39;s"),
        ("https://evil.example/x", "https: //evil.example/x", "https: //evil.example/x"),
        ("two\r\n\r\nlines", "two    lines", "two    lines"),
        ("\u{202e}gnp.exe", "gnp.exe", "gnp.exe"),
        ("zero\u{200b}width\u{ad}", "zerowidth", "zerowidth"),
        (
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            "\u{2068}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{2069}",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        ),
        ("\u{2069}\u{2066}x", "x", "x"),
        (
            &"x".repeat(201),
            &format!("\u{2068}{}\u{2026}\u{2069}", "x".repeat(200)),
            &format!("{}\u{2026}", "x".repeat(200)),
        ),
    ] {
        let letter = Letter::new([ours("s")]).paragraph([theirs(typed)]);
        assert_eq!(letter.text(), format!("{text}\n"), "{typed:?}");
        assert!(letter.html().contains(&format!("<p><bdi>{html}</bdi></p>")), "{typed:?}: {}", letter.html());
    }
}

/// The relative luminance of a grey, as [WCAG 2.2](https://www.w3.org/TR/WCAG22/#dfn-relative-luminance) has it.
fn luminance(of_rgb: [f64; 3]) -> f64 {
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    let [red, green, blue] = of_rgb.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(text: [f64; 3], ground: [f64; 3]) -> f64 {
    let (text, ground) = (luminance(text), luminance(ground));
    (text.max(ground) + 0.05) / (text.min(ground) + 0.05)
}

fn colour(style: &str, property: &str) -> Option<[f64; 3]> {
    let value = style.split(';').find_map(|part| part.strip_prefix(property)?.strip_prefix(":#"))?;
    let part = |at: usize| u8::from_str_radix(&value[at..at + 2], 16).map(|part| f64::from(part) / 255.0);
    Some([part(0).ok()?, part(2).ok()?, part(4).ok()?])
}

#[test]
fn text_stands_out_on_light_and_dark_ground() {
    for style in [BODY_STYLE, BUTTON_STYLE, CODE_STYLE, SMALL_STYLE] {
        let (text, ground) = (colour(style, "color"), colour(style, "background"));
        assert_eq!(text.is_some(), ground.is_some(), "{style}: of either the program of mail has its own");
        if let (Some(text), Some(ground)) = (text, ground) {
            assert!(contrast(text, ground) >= 4.5, "{style}: {}", contrast(text, ground));
        }
    }
    let opacity = SMALL_STYLE.split(';').find_map(|part| part.strip_prefix("opacity:")).expect("it is paler");
    let opacity: f64 = opacity.parse().expect("a number");
    // Chromium's grounds, and the darkest and palest greys that programs of mail have.
    for (text, ground) in [(0x00, 0xff), (0xff, 0x12), (0x1f, 0xff), (0xe8, 0x1f), (0xe3, 0x2d)] {
        let [text, ground] = [text, ground].map(|grey: u8| f64::from(grey) / 255.0);
        let shown = text * opacity + ground * (1.0 - opacity);
        assert!(contrast([shown; 3], [ground; 3]) >= 4.5, "{text} on {ground}");
    }
}
