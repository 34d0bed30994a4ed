//! The letters of this program.

use super::letter::{Letter, ours, theirs};

impl Letter {
    /// Answers a forgotten password: `address` leads to a new one.
    pub fn password_forgotten(address: String) -> Self {
        Self::new([ours("Set a new password")])
            .paragraph([ours(
                "Someone asked for a new password for this address. If that was you, set it here:",
            )])
            .button("Set a new password", address)
            .paragraph([ours("The link works once, for 30 minutes. Your password is unchanged until then.")])
            .small([ours("If it was not you, ignore this mail: no password can be set without it.")])
    }

    /// Tells an owner that their password was changed; `forgot` is where one is set that was forgotten.
    pub fn password_changed(forgot: String) -> Self {
        Self::new([ours("Your password was changed")])
            .paragraph([ours("The password of your account was changed, and all other sessions have ended.")])
            .paragraph([ours(
                "If it was not you, set a new one now, and look at the events in your settings.",
            )])
            .button("Set a new password", forgot)
    }

    /// Brings a visitor the code that a link asks for.
    pub fn gate_code(code: &str, title: Option<&str>) -> Self {
        let document = title.map_or_else(|| ours("a shared document"), theirs);
        Self::new([ours(format!("Your code is {code}"))])
            .paragraph([ours("Type this code to open "), document, ours(":")])
            .code(code)
            .paragraph([ours(
                "It is valid for 10 minutes. The owner of the document sees your e-mail address.",
            )])
            .small([ours(
                "If you did not open a link to a document, ignore this mail. Never tell the code to anyone.",
            )])
    }
}
