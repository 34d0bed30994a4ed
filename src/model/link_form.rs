//! A link's settings as an HTML form sends them: text, and no field for a checkbox that is not ticked.

use serde::{Deserialize, Serialize};

use time::{Date, Month};

use super::{Copying, Invalid, LinkChange, LinkState, LinkSummary, NewLink};

/// Shorter passwords of a link are guessed in hours by a program that tries.
const WEAK_BELOW: usize = 8;

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    /// The owner's name for the link.
    pub label: String,
    /// "on" if the link is switched on, else empty.
    pub enabled: String,
    /// The expiry as a [local date and time][html], read as UTC: `2026-12-31T23:59`. Empty: never.
    ///
    /// [html]: https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#local-dates-and-times
    pub expires_at: String,
    /// A name of [`EmailGate`](super::EmailGate) on the wire.
    pub email: String,
    /// What becomes of the password: "keep", "none" or "new".
    pub password_is: String,
    /// The new password; empty: no new one.
    pub password: String,
    /// "on" if visitors may download the file, else empty.
    pub download: String,
    /// A name of [`Copying`] on the wire; empty: as downloads.
    pub copying: String,
    /// How many active viewers make the link busy; empty: no number.
    pub busy: String,
    /// "on" if the e-mail address is verified by a code, else empty.
    pub verify_email: String,
    /// The e-mail addresses and domains that are let in, one a line or separated by commas.
    pub allow: String,
    /// Those that are not, in the same way.
    pub block: String,
    /// A name of [`VisitMails`](super::VisitMails) on the wire; empty: as before, or as new links are.
    pub mail: String,
}

impl LinkForm {
    /// Converts the form to a change of all settings.
    pub fn as_change(&self) -> Result<LinkChange, Invalid> {
        let expires_at = match self.expires_at.trim() {
            "" => None,
            text => Some(
                unix_millis(text).ok_or_else(|| Invalid::new("expiresAt", "must be a date and a time"))?,
            ),
        };
        let password = match self.password_is.as_str() {
            "none" => Some(None),
            "new" => Some(Some(self.password.clone())),
            _ if self.password.is_empty() => None,
            _ => Some(Some(self.password.clone())),
        };
        let busy = match self.busy.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| Invalid::new("busy", "must be a number"))?),
        };
        Ok(LinkChange {
            label: Some(self.label.clone()),
            enabled: Some(!self.enabled.is_empty()),
            expires_at: Some(expires_at),
            email: Some(if self.email.is_empty() { "none" } else { &self.email }.parse()?),
            password,
            download: Some(!self.download.is_empty()),
            copying: Some(if self.copying.is_empty() { Copying::Download } else { self.copying.parse()? }),
            busy: Some(busy),
            verify_email: Some(!self.verify_email.is_empty()),
            allow: Some(entries(&self.allow)),
            block: Some(entries(&self.block)),
            mail: (!self.mail.is_empty()).then(|| self.mail.parse()).transpose()?,
        })
    }

    /// Converts the form to a new link that is switched on; an empty `address` means a random id.
    pub fn as_new_link(&self, address: &str) -> Result<NewLink, Invalid> {
        let link_id = match address.trim() {
            "" => None,
            address => Some(address.parse()?),
        };
        Ok(NewLink { link_id, settings: LinkChange { enabled: Some(true), ..self.as_change()? } })
    }

    /// What the owner may not have wanted, in a sentence each; `saved` is the link with these settings.
    pub fn warnings(&self, saved: &LinkSummary) -> Vec<String> {
        let has_new_password = self.password_is != "none" && !self.password.is_empty();
        let expired = (saved.state == LinkState::Expired)
            .then(|| "Its expiry lies in the past: visitors are told that it has expired.".to_owned());
        let weak = (has_new_password && self.password.chars().count() < WEAK_BELOW)
            .then(|| format!("Its password is weak: {WEAK_BELOW} characters or more are harder to guess."));
        expired.into_iter().chain(weak).collect()
    }
}

/// The entries of a list. Neither addresses nor domains contain what separates them.
fn entries(text: &str) -> Vec<String> {
    let entries = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// Parses `YYYY-MM-DDThh:mm[:ss]` in UTC to Unix milliseconds; `None` for a time that the calendar lacks.
fn unix_millis(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let time = if time.matches(':').count() == 1 { format!("{time}:0") } else { time.to_owned() };
    let [hour, minute, second] = numbers(&time, ':')?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year.into(), month, u8::try_from(day).ok()?).ok()?;
    let [hour, minute, second] = [hour, minute, second].map(|number| u8::try_from(number).unwrap_or(u8::MAX));
    let time = date.with_hms(hour, minute, second).ok()?.assume_utc();
    (year >= 1970).then(|| time.unix_timestamp() * 1_000)
}

/// Three numbers with a separator between them.
fn numbers(text: &str, separator: char) -> Option<[u16; 3]> {
    let numbers: Option<Vec<u16>> = text.split(separator).map(|part| part.parse().ok()).collect();
    numbers?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_date_and_time_is_read_as_utc() {
        for (text, millis) in [
            ("1970-01-01T00:00", Some(0)),
            ("2000-02-29T00:00", Some(951_782_400_000)),
            ("2026-12-31T23:59:59", Some(1_798_761_599_000)),
            ("2100-03-01T00:00", Some(4_107_542_400_000)),
            ("2024-02-29T00:00", Some(1_709_164_800_000)),
            ("2026-02-29T00:00", None),
            ("2026-02-31T00:00", None),
            ("2026-04-31T00:00", None),
            ("2026-01-01T24:00", None),
            ("2026-01-01T300:00", None),
            ("2026-01-01T00:00:00:00", None),
            ("1969-12-31T23:59", None),
            ("10000-01-01T00:00", None),
            ("2026-13-01T00:00", None),
            ("2026-12-31", None),
            ("soon", None),
            ("-5-01-01T00:00", None),
        ] {
            assert_eq!(unix_millis(text), millis, "{text}");
        }
    }

    #[test]
    fn unticked_box_is_off_empty_password_kept() {
        let form = LinkForm { email: "required".into(), ..LinkForm::default() };
        let change = form.as_change().expect("a change");
        assert_eq!(
            (change.enabled, change.download, change.expires_at),
            (Some(false), Some(false), Some(None))
        );
        assert_eq!(change.password, None);
        let none = LinkForm { password_is: "none".into(), ..form.clone() };
        assert_eq!(none.as_change().expect("a change").password, Some(None));
        let new = LinkForm { password_is: "keep".into(), password: "x".into(), ..form };
        assert_eq!(new.as_change().expect("a change").password, Some(Some("x".into())));
    }

    #[test]
    fn copying_is_one_of_three() {
        for (text, copying) in [("", Copying::Download), ("on", Copying::On), ("off", Copying::Off)] {
            let form = LinkForm { copying: text.into(), ..LinkForm::default() };
            assert_eq!(form.as_change().expect("a change").copying, Some(copying), "{text}");
        }
        let other = LinkForm { copying: "never".into(), ..LinkForm::default() };
        assert_eq!(other.as_change().expect_err("no such setting").field, "copying");
    }

    #[test]
    fn lists_are_separated_by_lines_commas_or_blanks() {
        let form = LinkForm { allow: "a@b.c, d.e;\r\n f.g\n\n".into(), ..LinkForm::default() };
        let change = form.as_change().expect("a change");
        assert_eq!(change.allow, Some(vec!["a@b.c".into(), "d.e".into(), "f.g".into()]));
        assert_eq!(change.block, Some(Vec::new()), "an empty field is an empty list");
    }

    #[test]
    fn weak_password_and_past_expiry_are_warned_of() {
        let link: LinkSummary = serde_json::from_value(serde_json::json!({
            "linkId": "l", "documentId": "d", "title": "", "pageCount": 1, "label": "", "viewerUrl": "",
            "state": "open", "expiresAt": null, "email": "none", "hasPassword": true, "download": false,
            "createdAt": 0, "activeViewers": null, "totalViews": null,
        }))
        .expect("a link");
        let expired = LinkSummary { state: LinkState::Expired, ..link.clone() };
        let form = |password: &str| LinkForm { password: password.into(), ..LinkForm::default() };
        let removed = LinkForm { password_is: "none".into(), ..form("short") };
        for (form, link, warnings) in [
            (form(""), &link, 0),
            (form("12345678"), &link, 0),
            (form("1234567"), &link, 1),
            (form("\u{e4}\u{e4}\u{e4}\u{e4}"), &link, 1),
            (removed, &link, 0),
            (form("1234567"), &expired, 2),
        ] {
            assert_eq!(form.warnings(link).len(), warnings, "{form:?}");
        }
    }
}
