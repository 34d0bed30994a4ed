//! The mail of a day: the visits that began on it, in the owner's time zone, of the links that are to be told once a day.

use std::ops::ControlFlow;

use jiff::civil::Date;

use super::VisitMailer;
use crate::{
    error::AppError,
    model::{
        ActiveViewer, Day, HistoryQuery, HistoryRange, OwnerId, ReaderId, ViewerLimit, Visit, VisitMails,
        address,
    },
    server::{
        services::{
            history::Zone,
            mail::{DayOfLink, Letter, VisitInWords},
        },
        store::{
            catalogue::{Document, Link},
            history::{VisitFacts, VisitSink, sealed::ScanBounds},
            mail::{MOST_LISTED, MailedVisits},
        },
    },
};

impl VisitMailer {
    /// Writes the mail of a day, if anything happened on it. Returns when it is due, in Unix milliseconds, where it is not yet:
    /// the owner has moved to another time zone.
    pub(super) async fn write_day(&self, owner: &OwnerId, day: Date) -> Result<Option<i64>, AppError> {
        let Some(found) = self.accounts.owner(owner).await? else { return Ok(None) };
        let zone = self.zone(owner).await?;
        let due = zone.morning_after(day);
        if due > self.clock.now() {
            return Ok(Some(due));
        }
        let mut links = Vec::new();
        let mut room = MOST_LISTED;
        for document in self.catalogue.documents_of(Some(owner)).await? {
            for link in self.catalogue.links_of(&document.id).await? {
                if link.mail != VisitMails::Daily {
                    continue;
                }
                let of_link = self.day_of_link(&document, &link, day, &zone, room).await?;
                room -= of_link.listed.len();
                if of_link.visits + of_link.unreadable > 0 {
                    links.push(of_link);
                }
            }
        }
        if links.is_empty() {
            return Ok(None);
        }
        let see = self.mailer.address(format!("{}{}", address::ANALYTICS, query(day).as_parameters()));
        let letter = Letter::visits_of_day(&zone.day_in_words(day), &links, see, self.stop(owner, None)?);
        let visits = MailedVisits { owner: owner.clone(), link: None, parts: letter.parts() };
        self.post(&found, &format!("day {owner} {day}"), &letter, visits).await?;
        Ok(None)
    }

    /// The visits of a link on a day, `most` of them listed.
    async fn day_of_link(
        &self,
        document: &Document,
        link: &Link,
        day: Date,
        zone: &Zone,
        most: usize,
    ) -> Result<DayOfLink, AppError> {
        let within = zone.of_day(day);
        let visits = self.visits.open(&link.id, &document.id).await?;
        let bounds = ScanBounds::joined_within(&within);
        let (found, unreadable) = visits.pass(bounds, Listed { most, ..Listed::default() }).await?;
        // One that still goes on is among no visits yet.
        let snapshot = self.analytics.snapshot(&link.id, ViewerLimit::new(ViewerLimit::MAX)?).await?;
        let running: Vec<&ActiveViewer> =
            snapshot.active_viewers.iter().filter(|viewer| within.contains(&viewer.joined_at)).collect();
        let shown = |readers: Vec<ReaderId>, is_verified: bool, at: i64, length: String| VisitInWords {
            readers,
            is_verified,
            title: document.title.clone(),
            link_name: link.name(),
            when: zone.time_of_day(at),
            length: Some(length),
        };
        let finished = found.listed.iter().map(|visit| {
            let readers = ReaderId::all_of(visit.email.as_deref(), visit.reader).collect();
            let words = shown(readers, visit.email_verified, visit.joined_at, length(visit));
            (visit.joined_at, words)
        });
        let still = running.iter().map(|viewer| {
            let mark = viewer.reader.as_ref().and_then(|name| name.parse().ok());
            let readers = ReaderId::all_of(viewer.email.as_deref(), mark).collect();
            let words = shown(
                readers,
                viewer.email_verified,
                viewer.joined_at,
                "still reading in the morning".to_owned(),
            );
            (viewer.joined_at, words)
        });
        let mut listed: Vec<(i64, VisitInWords)> = finished.chain(still).collect();
        listed.sort_by_key(|(at, _)| *at);
        listed.truncate(most);
        Ok(DayOfLink {
            title: document.title.clone(),
            link_name: link.name(),
            visits: found.count + running.len() as u64,
            listed: listed.into_iter().map(|(_, words)| words).collect(),
            unreadable,
        })
    }
}

/// The analytics of a day.
fn query(day: Date) -> HistoryQuery {
    let epoch = Date::constant(1970, 1, 1);
    let day = Day::from_epoch(day.since(epoch).map_or(0, |span| span.get_days()));
    HistoryQuery { range: HistoryRange::Days(day, day), ..HistoryQuery::default() }
}

fn length(visit: &Visit) -> String {
    let seconds = visit.visible_ms / 1_000;
    let time = match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    };
    visit.completion().map_or(time.clone(), |percent| format!("{time}, {percent} % of the pages"))
}

/// Counts visits that are not left out, and keeps the latest.
#[derive(Default)]
struct Listed {
    most: usize,
    count: u64,
    listed: Vec<Visit>,
}

impl VisitSink for Listed {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        if visit.archived()? {
            return Ok(ControlFlow::Continue(()));
        }
        if self.listed.len() < self.most {
            self.listed.push(visit.to_visit()?);
        }
        self.count += 1;
        Ok(ControlFlow::Continue(()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn analytics_are_those_of_the_day() {
        assert_eq!(query(date(2026, 3, 29)).as_parameters(), "?from=2026-03-29&to=2026-03-29");
    }
}
