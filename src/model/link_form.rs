//! A link's settings as an HTML form sends them: text, and no field for a checkbox that is not ticked.

use serde::{Deserialize, Serialize};

use super::{Invalid, LinkChange, NewLink};

/// The fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
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
        Ok(LinkChange {
            label: Some(self.label.clone()),
            enabled: Some(!self.enabled.is_empty()),
            expires_at: Some(expires_at),
            email: Some(if self.email.is_empty() { "none" } else { &self.email }.parse()?),
            password,
            download: Some(!self.download.is_empty()),
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
}

/// Parses `YYYY-MM-DDThh:mm[:ss]` in UTC to Unix milliseconds.
fn unix_millis(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) =
        (time.next()??, time.next()??, time.next().map_or(Some(0), |second| second)?);
    let is_a_time = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    is_a_time.then(|| (days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000)
}

/// Days since 1970-01-01, by Howard Hinnant's
/// [`days_from_civil`](https://howardhinnant.github.io/date_algorithms.html#days_from_civil).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
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
            ("2026-13-01T00:00", None),
            ("2026-12-31", None),
            ("soon", None),
            ("-5-01-01T00:00", None),
        ] {
            assert_eq!(unix_millis(text), millis, "{text}");
        }
    }

    #[test]
    fn unticked_box_is_off_and_empty_password_is_kept() {
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
}
