use super::*;

const DESKTOP: Frame = Frame { width: 1_280.0, height: 750.0 };
const PHONE: Frame = Frame { width: 390.0, height: 700.0 };

fn sizes(text: &str) -> PageSizes {
    text.parse().expect("sizes")
}

fn a4(pages: u32) -> PageSizes {
    sizes(&format!("1000x1414*{pages}"))
}

fn layout(frame: Frame, scale: Scale) -> Layout {
    Layout::new(&a4(12), frame, scale, false)
}

#[test]
fn pages_are_as_wide_as_their_scale_says() {
    for (frame, scale, width) in [
        (DESKTOP, Scale::Comfortable, 960.0),
        (DESKTOP, Scale::FitWidth, 1_248.0),
        (DESKTOP, Scale::FitPage, 718.0 / 1.414),
        (DESKTOP, Scale::Percent(50), 480.0),
        (DESKTOP, Scale::Percent(200), 1_920.0),
        (PHONE, Scale::Comfortable, 374.0),
        (PHONE, Scale::FitWidth, 374.0),
        (PHONE, Scale::FitPage, 374.0),
        (PHONE, Scale::Percent(300), 1_122.0),
    ] {
        let rect = layout(frame, scale).rect(1).expect("a page");
        assert!((rect.width - width).abs() < 0.01, "{frame:?} {scale:?}: {rect:?}");
        assert!((rect.height - width * 1.414).abs() < 0.01, "{frame:?} {scale:?}: {rect:?}");
    }
}

#[test]
fn slide_takes_the_whole_frame() {
    let layout = Layout::new(&sizes("1600x900 900x1600"), DESKTOP, Scale::Percent(50), true);
    assert_eq!(layout.rect(2), Some(Rect { top: 750.0, left: 0.0, width: 1_280.0, height: 750.0 }));
    assert_eq!(layout.next_screen(0.0, true), 750.0, "without overlap");
    assert_eq!(layout.extent(), (1_280.0, 1_500.0));
}

#[test]
fn screens_down_a_document_show_every_line() {
    for (pages, frame, scale) in [
        ("1000x1414*3", DESKTOP, Scale::Comfortable),
        ("1000x1414*3", PHONE, Scale::Percent(300)),
        ("600x12000 1000x1414", DESKTOP, Scale::FitWidth),
        ("1600x900*5", DESKTOP, Scale::FitPage),
        ("1000x1414", Frame { width: 500.0, height: 60.0 }, Scale::Comfortable),
    ] {
        let layout = Layout::new(&sizes(pages), frame, scale, false);
        let (mut seen, mut at) = (frame.height, 0.0);
        while at < layout.bottom() {
            let next = layout.next_screen(at, true);
            assert!(next > at && next < seen, "{pages} {scale:?}: from {at} to {next}, seen until {seen}");
            at = next;
            seen = at + frame.height;
        }
        assert!(seen >= layout.extent().1 - 0.01, "{pages} {scale:?}");
        assert_eq!(layout.next_screen(0.0, false), 0.0);
    }
}

#[test]
fn place_is_kept_when_pages_change_their_size() {
    let scales = [Scale::Comfortable, Scale::FitPage, Scale::Percent(300)];
    for scrolled in [0.0, 500.0, 1_380.0, 4_000.0] {
        let place = layout(DESKTOP, Scale::Comfortable).place_at(scrolled);
        for frame in [PHONE, DESKTOP, Frame { width: 700.0, height: 390.0 }] {
            for scale in scales {
                let other = layout(frame, scale);
                let back = other.place_at(other.scroll_to(place, 0.0));
                assert_eq!(back.page, place.page, "{scrolled} {frame:?} {scale:?}");
                assert!((back.share - place.share).abs() < 0.02, "{place:?} became {back:?}");
            }
        }
    }
}

#[test]
fn tallest_visible_page_is_the_current_one() {
    let layout = Layout::new(&a4(12), DESKTOP, Scale::Percent(50), false);
    // Each page is 679 high and begins at 16 + 695 (n - 1).
    for (scrolled, current) in
        [(0.0, 1), (300.0, 1), (400.0, 2), (700.0, 2), (7_200.0, 11), (layout.bottom(), 12)]
    {
        let in_view = layout.in_view(scrolled);
        assert_eq!(layout.most_in_view(&in_view), Some(current), "{scrolled}: {in_view:?}");
    }
    let small = Layout::new(&sizes("1000x300*4"), DESKTOP, Scale::Comfortable, false);
    assert_eq!(small.most_in_view(&small.in_view(0.0)), Some(1), "among equals the first");
    assert_eq!(small.most_in_view(&small.in_view(small.bottom())), Some(4), "the last can be reached");
    assert_eq!(small.most_in_view(&[]), None);
}

#[test]
fn what_is_in_view_is_told_in_shares() {
    let layout = Layout::new(&sizes("1000x1000*3"), DESKTOP, Scale::Comfortable, false);
    let in_view = layout.in_view(496.0);
    let parts: Vec<(u32, f64, f64)> =
        in_view.iter().map(|seen| (seen.page, seen.part.0, seen.part.1)).collect();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!((parts[0].0, parts[0].1, parts[0].2), (1, 0.5, 1.0));
    assert_eq!((parts[1].0, parts[1].1), (2, 0.0));
    assert!((parts[1].2 - 254.0 / 960.0).abs() < 1e-9, "{parts:?}");
}

#[test]
fn steps_of_zoom_stop_at_the_ends() {
    let up: Vec<Option<Scale>> = [100, 110, 300, 400].map(Scale::larger).to_vec();
    let expected = [Some(Scale::Percent(125)), Some(Scale::Percent(125)), Some(Scale::Percent(400)), None];
    assert_eq!(up, expected);
    assert_eq!([125, 50].map(Scale::smaller), [Some(Scale::Comfortable), None]);
    assert_eq!(Scale::percent(9_999), Scale::Percent(400));
}

#[test]
fn scale_is_remembered_as_text() {
    for scale in [Scale::Comfortable, Scale::FitWidth, Scale::FitPage, Scale::Percent(125)] {
        assert_eq!(Scale::of_text(&scale.to_text()), scale);
    }
    assert_eq!(Scale::of_text("nonsense"), Scale::Comfortable);
    assert_eq!(Scale::of_text("1"), Scale::Percent(25));
}
