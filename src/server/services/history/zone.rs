//! The time zone of an owner: where the days of charts begin.

use std::ops::Range;

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::model::Invalid;

/// A time zone of the [IANA database](https://www.iana.org/time-zones). Cheap to clone.
///
/// A local time that clocks skip counts as the time after the gap, one that they repeat as the first of the two
/// (RFC 5545, section 3.3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of a name, such as `Europe/Berlin`, whatever its capitals.
    pub fn named(name: &str) -> Result<Self, Invalid> {
        let zone = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown());
        zone.map(Self)
            .ok_or_else(|| Invalid::new("zone", "must be the name of a time zone, such as Europe/Berlin"))
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Its name, such as `Europe/Berlin`.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// A time in Unix milliseconds in words, such as `Tue 24 Nov 2026, 14:03:05`.
    pub fn words(&self, time: i64) -> String {
        self.local(time).strftime("%a %-d %b %Y, %H:%M:%S").to_string()
    }

    /// A time in Unix milliseconds to the minute, such as `Tue 24 Nov 2026, 14:03 CET`.
    pub fn minute(&self, time: i64) -> String {
        timestamp(time).to_zoned(self.0.clone()).strftime("%a %-d %b %Y, %H:%M %Z").to_string()
    }

    /// The time of day at a time in Unix milliseconds, such as `14:03`; with the zone's abbreviation where clocks repeat it.
    pub fn time_of_day(&self, time: i64) -> String {
        let clock = self.local(time).strftime("%H:%M").to_string();
        match self.abbreviation_if_repeated(time) {
            Some(zone) => format!("{clock} {zone}"),
            None => clock,
        }
    }

    /// A day, such as `Tue 24 Nov 2026`.
    pub fn day_in_words(&self, day: Date) -> String {
        day.strftime("%a %-d %b %Y").to_string()
    }

    /// The day at a time in Unix milliseconds.
    pub fn day(&self, time: i64) -> Date {
        self.local(time).date()
    }

    /// From when until when a day is, in Unix milliseconds.
    pub fn of_day(&self, day: Date) -> Range<i64> {
        self.start_of(day)..self.start_of(day.tomorrow().unwrap_or(day))
    }

    /// 8:00 on the day after, in Unix milliseconds.
    pub fn morning_after(&self, day: Date) -> i64 {
        self.time(day.tomorrow().unwrap_or(day).at(8, 0, 0, 0))
    }

    /// A time in Unix milliseconds as RFC 3339 has it, with the offset of the zone.
    pub fn rfc_3339(&self, time: i64) -> String {
        timestamp(time).to_zoned(self.0.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Date and time of day at a time in Unix milliseconds.
    pub(super) fn local(&self, time: i64) -> DateTime {
        self.0.to_datetime(timestamp(time))
    }

    /// The Unix milliseconds of a local time.
    pub(super) fn time(&self, local: DateTime) -> i64 {
        self.0.to_timestamp(local).unwrap_or(Timestamp::MAX).as_millisecond()
    }

    /// When a day begins, Unix milliseconds.
    pub(super) fn start_of(&self, day: Date) -> i64 {
        self.time(day.at(0, 0, 0, 0))
    }

    /// The same local time some days before, Unix milliseconds.
    pub(super) fn days_before(&self, time: i64, days: i32) -> i64 {
        self.time(self.local(time).saturating_sub(Span::new().days(days)))
    }

    /// When the next local hour begins, Unix milliseconds: never later than in an hour.
    pub(super) fn next_hour(&self, time: i64) -> i64 {
        let local = self.local(time);
        let past = 60_000 * i64::from(local.minute()) + 1_000 * i64::from(local.second());
        time + 3_600_000 - past - time.rem_euclid(1_000)
    }

    /// The zone's abbreviation, such as `CEST`, at a time whose local time clocks repeat.
    pub(super) fn abbreviation_if_repeated(&self, time: i64) -> Option<String> {
        let is_repeated = self.0.to_ambiguous_timestamp(self.local(time)).is_ambiguous();
        is_repeated.then(|| self.0.to_offset_info(timestamp(time)).abbreviation().to_owned())
    }
}

fn timestamp(time: i64) -> Timestamp {
    let latest = if time < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(time).unwrap_or(latest)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect(name)
    }

    #[test]
    fn every_name_of_the_database_is_a_zone() {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        assert!(names.len() > 590, "{} names", names.len());
        for name in names {
            assert_eq!(zone(&name).name(), name);
        }
        // What browsers still say for a zone that was renamed.
        assert_eq!(zone("Asia/Calcutta").name(), "Asia/Calcutta");
        assert_eq!(zone("europe/berlin").name(), "Europe/Berlin");
        assert_eq!(Zone::utc().name(), "UTC");
    }

    #[test]
    fn unknown_name_is_refused() {
        for bad in ["", "Mars/Olympus", "Etc/Unknown", "+02:00", "CET-1CEST", "../etc/localtime", "Europe"] {
            assert_eq!(Zone::named(bad).expect_err(bad).field, "zone");
        }
    }

    #[test]
    fn day_begins_at_local_midnight_or_after_a_gap() {
        for (name, day, hours_after_utc) in [
            ("UTC", date(2026, 11, 24), 0.0),
            ("Europe/Berlin", date(2026, 11, 24), -1.0),
            ("Europe/Berlin", date(2026, 7, 24), -2.0),
            ("Asia/Kathmandu", date(2026, 11, 24), -5.75),
            ("Australia/Lord_Howe", date(2026, 7, 24), -10.5),
            ("Australia/Lord_Howe", date(2026, 11, 24), -11.0),
            // Clocks go from midnight to one.
            ("Asia/Beirut", date(2026, 3, 29), -2.0),
            // Clocks go from one back to midnight.
            ("America/Havana", date(2026, 11, 1), 4.0),
        ] {
            let utc = Zone::utc().start_of(day);
            let hours = (zone(name).start_of(day) - utc) as f64 / 3_600_000.0;
            assert!((hours - hours_after_utc).abs() < 1e-9, "{name} {day}: {hours}");
        }
    }

    #[test]
    fn morning_is_at_eight_whatever_the_night() {
        for (name, day, hours) in [
            ("UTC", date(2026, 3, 28), 32.0),
            ("Europe/Berlin", date(2026, 3, 27), 32.0),
            ("Europe/Berlin", date(2026, 3, 28), 31.0),
            ("Europe/Berlin", date(2026, 10, 24), 33.0),
            ("Australia/Lord_Howe", date(2026, 10, 3), 31.5),
            ("America/New_York", date(2026, 10, 31), 33.0),
        ] {
            let zone = zone(name);
            let past = zone.morning_after(day) - zone.of_day(day).start;
            assert!((past as f64 / 3_600_000.0 - hours).abs() < 1e-9, "{name} {day}: {past} ms");
            assert_eq!(zone.time_of_day(zone.morning_after(day)), "08:00", "{name} {day}");
        }
    }

    #[test]
    fn times_in_mails_name_their_zone() {
        let time = 1_774_746_000_000; // 2026-03-29T01:00:00Z
        for (name, words) in [
            ("UTC", "Sun 29 Mar 2026, 01:00 UTC"),
            ("Europe/Berlin", "Sun 29 Mar 2026, 03:00 CEST"),
            ("Asia/Kathmandu", "Sun 29 Mar 2026, 06:45 +0545"),
        ] {
            assert_eq!(zone(name).minute(time), words);
        }
        let repeated = 1_792_890_000_000; // 2026-10-25T01:00:00Z
        assert_eq!(zone("Europe/Berlin").time_of_day(repeated), "02:00 CET");
    }

    #[test]
    fn hours_reach_over_each_night_without_gaps() {
        for (name, day, minutes) in [
            ("Europe/Berlin", date(2026, 3, 29), vec![60; 23]),
            ("Europe/Berlin", date(2026, 10, 25), vec![60; 25]),
            ("Asia/Kathmandu", date(2026, 10, 25), vec![60; 24]),
            ("Australia/Lord_Howe", date(2026, 10, 4), [vec![60, 60, 30], vec![60; 21]].concat()),
            ("Australia/Lord_Howe", date(2026, 4, 5), [vec![60, 60, 30], vec![60; 22]].concat()),
        ] {
            let zone = zone(name);
            let (mut time, end) = (zone.start_of(day), zone.start_of(day.tomorrow().expect("a day")));
            let mut lengths = Vec::new();
            while time < end {
                let next = zone.next_hour(time);
                lengths.push((next - time) / 60_000);
                time = next;
            }
            assert_eq!((lengths, time), (minutes, end), "{name} {day}");
        }
    }

    #[test]
    fn times_outside_the_calendar_do_not_panic() {
        for time in [i64::MIN, -1, 0, i64::MAX] {
            let _ = zone("Europe/Berlin").local(time);
        }
    }
}
