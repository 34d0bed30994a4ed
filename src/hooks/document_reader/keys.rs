//! What each key does.

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyCommand {
    NextScreen,
    PreviousScreen,
    NextPage,
    PreviousPage,
    Start,
    End,
    /// Scrolls right and down by per cent of the frame.
    Scroll(i8, i8),
    ZoomIn,
    ZoomOut,
    ZoomReset,
    FullScreen,
}

/// What `key` does, a [`KeyboardEvent.key`](https://www.w3.org/TR/uievents-key/). Where a page is larger than the frame,
/// the arrow keys of that direction scroll instead of turning pages.
pub(super) fn key_command(key: &str, shift: bool, overflows: (bool, bool)) -> Option<KeyCommand> {
    let (sideways, down) = overflows;
    Some(match key {
        "ArrowRight" if sideways => KeyCommand::Scroll(10, 0),
        "ArrowLeft" if sideways => KeyCommand::Scroll(-10, 0),
        "ArrowDown" if down => KeyCommand::Scroll(0, 10),
        "ArrowUp" if down => KeyCommand::Scroll(0, -10),
        "ArrowRight" | "ArrowDown" => KeyCommand::NextPage,
        "ArrowLeft" | "ArrowUp" => KeyCommand::PreviousPage,
        " " if shift => KeyCommand::PreviousScreen,
        "PageDown" | " " => KeyCommand::NextScreen,
        "PageUp" => KeyCommand::PreviousScreen,
        "Home" => KeyCommand::Start,
        "End" => KeyCommand::End,
        "+" | "=" => KeyCommand::ZoomIn,
        "-" | "_" => KeyCommand::ZoomOut,
        "0" => KeyCommand::ZoomReset,
        "f" | "F" => KeyCommand::FullScreen,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_turn_pages_unless_the_page_overflows() {
        for (key, shift, overflows, command) in [
            ("ArrowRight", false, (false, true), Some(KeyCommand::NextPage)),
            ("ArrowRight", false, (true, true), Some(KeyCommand::Scroll(10, 0))),
            ("ArrowDown", false, (false, true), Some(KeyCommand::Scroll(0, 10))),
            ("ArrowDown", false, (false, false), Some(KeyCommand::NextPage)),
            ("PageDown", false, (true, true), Some(KeyCommand::NextScreen)),
            (" ", false, (false, false), Some(KeyCommand::NextScreen)),
            (" ", true, (false, false), Some(KeyCommand::PreviousScreen)),
            ("a", false, (false, false), None),
        ] {
            assert_eq!(key_command(key, shift, overflows), command, "{key}");
        }
    }
}
