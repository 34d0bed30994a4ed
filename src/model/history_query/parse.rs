//! Reads a query from the parameters of an address.

use std::str::FromStr;

use super::{Day, HistoryQuery, HistoryRange, VisitSort};
use crate::model::{Device, Invalid, MAX_DURATION, MAX_EMAIL_LENGTH, MAX_PAGES, MAX_REFERRER_LENGTH};

impl HistoryQuery {
    /// Reads the parameters of an address; an empty one is not given.
    ///
    /// | parameter | value |
    /// |---|---|
    /// | `range` | `today`, `yesterday`, `7d`, `28d`, `90d`, `12m`, `all`, or an hour such as `2026-11-24T15` |
    /// | `from`, `to` | days such as `2026-11-01`; read where `range` is absent or `custom` |
    /// | `link` | a link's id |
    /// | `who` | a part of an e-mail address, or the name of a reader |
    /// | `min` | `60s`, `5m`: at least so much reading time |
    /// | `pages`, `page` | at least so many pages seen; this page seen |
    /// | `returning` | `yes`, `no` |
    /// | `downloaded`, `printed`, `archived` | `yes` |
    /// | `device` | `desktop`, `phone`, `tablet`, `other` |
    /// | `country` | two capital letters |
    /// | `referrer` | a host; `-`: none, as in the logs of web servers |
    /// | `sort`, `direction` | `time`, `duration`; `desc`, `asc` |
    /// | `compare` | `off` |
    /// | `by` | `title`, `views`, `readers`, `time`, `completion`, `last`; turned round behind a hyphen |
    /// | `after` | from the address of an earlier page |
    pub fn parse<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Invalid> {
        let given = |name: &str| parameter(name).map(str::trim).filter(|text| !text.is_empty());
        let is_yes = |name: &str| match given(name) {
            None => Ok(false),
            Some("yes") => Ok(true),
            Some(_) => Err(Invalid::new(name, r#"must be "yes""#)),
        };
        Ok(Self {
            range: range(given)?,
            link: given("link").map(|link| read("link", link)).transpose()?,
            who: text("who", given("who").unwrap_or_default(), MAX_EMAIL_LENGTH)?,
            min: given("min").map(seconds).transpose()?,
            pages: given("pages").map(|number| page("pages", number)).transpose()?,
            page: given("page").map(|number| page("page", number)).transpose()?,
            returning: match given("returning") {
                None => None,
                Some("yes") => Some(true),
                Some("no") => Some(false),
                Some(_) => return Err(Invalid::new("returning", r#"must be "yes" or "no""#)),
            },
            downloaded: is_yes("downloaded")?,
            printed: is_yes("printed")?,
            device: given("device").map(device).transpose()?,
            country: given("country").map(|country| read("country", country)).transpose()?,
            referrer: match given("referrer") {
                None => None,
                Some("-") => Some(String::new()),
                Some(host) => Some(text("referrer", host, MAX_REFERRER_LENGTH)?),
            },
            archived: is_yes("archived")?,
            sort: match given("sort") {
                None => VisitSort::default(),
                Some(word) => VisitSort::ALL
                    .into_iter()
                    .find(|sort| sort.as_str() == word)
                    .ok_or_else(|| Invalid::new("sort", r#"must be "time" or "duration""#))?,
            },
            descending: match given("direction") {
                None | Some("desc") => true,
                Some("asc") => false,
                Some(_) => return Err(Invalid::new("direction", r#"must be "asc" or "desc""#)),
            },
            compare: match given("compare") {
                None => true,
                Some("off") => false,
                Some(_) => return Err(Invalid::new("compare", r#"must be "off""#)),
            },
            by: given("by").map(str::parse).transpose()?.unwrap_or_default(),
            after: given("after").map(|cursor| read("after", cursor)).transpose()?,
        })
    }
}

/// Parses a value, and names its parameter in the error.
fn read<T: FromStr<Err = Invalid>>(parameter: &str, text: &str) -> Result<T, Invalid> {
    text.parse().map_err(|Invalid { reason, .. }| Invalid::new(parameter, reason))
}

fn range<'a>(given: impl Fn(&str) -> Option<&'a str>) -> Result<HistoryRange, Invalid> {
    let named = given("range").filter(|&range| range != "custom");
    if let Some(range) = named {
        return range.parse();
    }
    let day = |name| given(name).map(|day| read::<Day>(name, day)).transpose();
    match (day("from")?, day("to")?) {
        (None, None) => Ok(HistoryRange::default()),
        (Some(from), Some(to)) if from <= to => Ok(HistoryRange::Days(from, to)),
        (Some(_), Some(_)) => Err(Invalid::new("to", "must not be before from")),
        (Some(_), None) => Err(Invalid::new("to", "must be given with from")),
        (None, Some(_)) => Err(Invalid::new("from", "must be given with to")),
    }
}

fn text(parameter: &str, text: &str, most: usize) -> Result<String, Invalid> {
    if text.chars().count() > most || text.contains(char::is_control) {
        return Err(Invalid::new(parameter, format!("must be text of at most {most} characters")));
    }
    Ok(text.to_owned())
}

fn seconds(text: &str) -> Result<u64, Invalid> {
    let number = |digits: &str| {
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u64>().ok()).flatten()
    };
    let seconds = match (text.strip_suffix('s'), text.strip_suffix('m')) {
        (Some(seconds), _) => number(seconds),
        (_, Some(minutes)) => number(minutes).and_then(|minutes| minutes.checked_mul(60)),
        _ => None,
    };
    seconds
        .filter(|seconds| (1..=MAX_DURATION).contains(seconds))
        .ok_or_else(|| Invalid::new("min", "must be a time of at most a day, such as 60s or 5m"))
}

fn page(parameter: &str, text: &str) -> Result<u32, Invalid> {
    let number = text.parse().ok().filter(|number| (1..=MAX_PAGES).contains(number));
    number.ok_or_else(|| Invalid::new(parameter, format!("must be a number from 1 to {MAX_PAGES}")))
}

fn device(word: &str) -> Result<Device, Invalid> {
    let device = Device::ALL.iter().copied().find(|device| device.label().to_ascii_lowercase() == word);
    device.ok_or_else(|| Invalid::new("device", r#"must be "desktop", "phone", "tablet" or "other""#))
}
