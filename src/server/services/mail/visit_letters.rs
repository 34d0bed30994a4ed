//! The letters that tell owners of visits: of one, of an hour, of a day.

use super::letter::{Letter, Run, ours, theirs};
use crate::model::ReaderId;

/// A visit as letters tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitInWords {
    /// All names of the reader, the first of which is told; none: they are not known.
    pub readers: Vec<ReaderId>,
    /// Whether a code showed that the e-mail address is theirs.
    pub is_verified: bool,
    /// The title of the document.
    pub title: String,
    /// What the owner calls the link, or its id.
    pub link_name: String,
    /// When it began, in the owner's time zone.
    pub when: String,
    /// How long it was and what it saw, where it is over: `4 min 10 s, 60 % of the pages`.
    pub length: Option<String>,
}

/// The visits of a link on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOfLink {
    /// The title of its document.
    pub title: String,
    /// What the owner calls the link, or its id.
    pub link_name: String,
    /// How many visits there were.
    pub visits: u64,
    /// Some of them, the earliest first.
    pub listed: Vec<VisitInWords>,
    /// How many more cannot be read.
    pub unreadable: u64,
}

impl VisitInWords {
    fn who(&self) -> Vec<Run> {
        match self.readers.first() {
            Some(ReaderId::Email(email)) => {
                vec![theirs(email), ours(if self.is_verified { " (verified)" } else { " (not verified)" })]
            }
            Some(reader @ ReaderId::Mark(_)) => vec![ours(reader.label())],
            None => vec![ours("Someone")],
        }
    }

    fn name(&self) -> Run {
        match self.readers.first() {
            Some(ReaderId::Email(email)) => theirs(email),
            Some(reader @ ReaderId::Mark(_)) => ours(reader.label()),
            None => ours("Someone"),
        }
    }
}

impl Letter {
    /// Tells of a visit that has begun. `see` is where the owner sees it, `stop` where they end mails about this link.
    pub fn visit(visit: &VisitInWords, is_first: bool, see: String, stop: String) -> Self {
        let began = if is_first { " is reading for the first time: " } else { " is reading " };
        let by_link = [ours(", by the link "), theirs(&visit.link_name), ours(".")];
        let told = [visit.who(), vec![ours(began), theirs(&visit.title)], by_link.to_vec()].concat();
        let which = if is_first { "the first visit of each reader" } else { "every visit" };
        Self::new([visit.name(), ours(" opened "), theirs(&visit.title)])
            .visit_paragraph(&visit.readers, told)
            .paragraph([ours(visit.when.clone())])
            .button("See the visit", see)
            .small([ours(format!("You get a mail at {which} by this link."))])
            .ended_at(stop.clone(), stop)
    }

    /// Tells of visits of an hour, `(from, to)` in words, which had no mails of their own. `more` are not listed.
    pub fn visits_of_hour(
        (from, to): (&str, &str),
        visits: &[VisitInWords],
        more: u64,
        see: String,
        stop: String,
    ) -> Self {
        let count = visits.len() as u64 + more;
        let mut letter = Self::new([ours(format!("{} since {from}", counted(count)))]).paragraph([ours(
            format!("From {from} to {to} there were more visits than are told one by one:"),
        )]);
        for visit in visits {
            letter = letter.visit_item(&visit.readers, line(visit, true));
        }
        letter
            .rest(more)
            .button("See the analytics", see)
            .small([ours("More than ten mails in an hour become one.")])
            .ended_at(stop.clone(), stop)
    }

    /// Tells of the visits of a day.
    pub fn visits_of_day(day: &str, links: &[DayOfLink], see: String, stop: String) -> Self {
        let count: u64 = links.iter().map(|link| link.visits).sum();
        let mut letter = Self::new([ours(format!("{} on {day}", counted(count)))]);
        for link in links {
            let of_link = format!(": {}", counted(link.visits));
            letter = letter.paragraph([
                theirs(&link.title),
                ours(", by the link "),
                theirs(&link.link_name),
                ours(of_link),
            ]);
            for visit in &link.listed {
                letter = letter.visit_item(&visit.readers, line(visit, false));
            }
            letter = letter.rest(link.visits - link.listed.len() as u64);
            if link.unreadable > 0 {
                letter = letter.paragraph([ours(format!(
                    "{} cannot be read, and are not counted.",
                    counted(link.unreadable)
                ))]);
            }
        }
        letter
            .button("See the analytics", see)
            .small([ours("You get this mail at 8:00 where there were visits the day before.")])
            .ended_at(stop.clone(), stop)
    }

    fn rest(self, more: u64) -> Self {
        if more == 0 { self } else { self.paragraph([ours(format!("And {more} more."))]) }
    }
}

/// A visit as an item of a list, with its document and link where these differ.
fn line(visit: &VisitInWords, with_link: bool) -> Vec<Run> {
    let mut runs = [vec![ours(format!("{}: ", visit.when))], visit.who()].concat();
    if with_link {
        let link = [ours(", "), theirs(&visit.title), ours(", by the link "), theirs(&visit.link_name)];
        runs.extend(link);
    }
    runs.extend(visit.length.as_ref().map(|length| ours(format!(", {length}"))));
    runs
}

fn counted(visits: u64) -> String {
    if visits == 1 { "1 visit".to_owned() } else { format!("{visits} visits") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(reader: Option<&str>, is_verified: bool) -> VisitInWords {
        VisitInWords {
            readers: reader.into_iter().map(|reader| reader.parse().expect("a reader")).collect(),
            is_verified,
            title: "Plan".to_owned(),
            link_name: "Board".to_owned(),
            when: "Wed 18 Mar 2026, 13:00 CET".to_owned(),
            length: None,
        }
    }

    fn letter(visit: &VisitInWords, is_first: bool) -> Letter {
        Letter::visit(
            visit,
            is_first,
            "https://s.example/see".to_owned(),
            "https://s.example/stop".to_owned(),
        )
    }

    #[test]
    fn mail_says_who_reads_what_and_when() {
        for (reader, is_verified, is_first, subject, told) in [
            (
                Some("ada@example.org"),
                true,
                true,
                "ada@example.org opened Plan",
                "ada@example.org (verified) is reading for the first time: Plan, by the link Board.",
            ),
            (
                Some("ada@example.org"),
                false,
                false,
                "ada@example.org opened Plan",
                "ada@example.org (not verified) is reading Plan, by the link Board.",
            ),
            (
                Some("2j8demvb"),
                false,
                false,
                "Anonymous · Reader 2j8demvb opened Plan",
                "Anonymous · Reader 2j8demvb is reading Plan, by the link Board.",
            ),
            (None, false, false, "Someone opened Plan", "Someone is reading Plan, by the link Board."),
        ] {
            let letter = letter(&visit(reader, is_verified), is_first);
            assert_eq!(letter.subject(), subject);
            let text = letter.text();
            assert!(text.starts_with(&format!("{told}\n\nWed 18 Mar 2026, 13:00 CET\n\n")), "{text}");
            assert!(
                text.contains("https://s.example/see") && text.contains("https://s.example/stop"),
                "{text}"
            );
            assert_eq!(letter.unsubscribe(), Some("https://s.example/stop"));
        }
    }

    #[test]
    fn day_counts_what_it_does_not_list() {
        let link = DayOfLink {
            title: "Plan".to_owned(),
            link_name: "Board".to_owned(),
            visits: 3,
            listed: vec![VisitInWords {
                when: "09:12".to_owned(),
                length: Some("10 s".to_owned()),
                ..visit(None, false)
            }],
            unreadable: 1,
        };
        let letter = Letter::visits_of_day("Tue 17 Mar 2026", &[link], String::new(), String::new());
        assert_eq!(letter.subject(), "3 visits on Tue 17 Mar 2026");
        let text = letter.text();
        let told = "Plan, by the link Board: 3 visits\n\n- 09:12: Someone, 10 s\n\nAnd 2 more.\n\n1 visit cannot be read";
        assert!(text.starts_with(told), "{text}");
    }

    #[test]
    fn parts_stand_in_both_bodies() {
        let visits: Vec<VisitInWords> =
            ["ada@example.org", "bjørn@example.org"].map(|reader| visit(Some(reader), false)).into();
        let many = Letter::visits_of_hour(("12:00", "13:00"), &visits, 0, String::new(), String::new());
        for (letter, count) in [(letter(&visits[0], true), 1), (many, 2)] {
            let parts = letter.parts();
            assert_eq!(parts.len(), count);
            for (part, visit) in parts.iter().zip(&visits) {
                assert_eq!(part.readers, visit.readers);
                assert!(letter.text().contains(&part.text) && letter.html().contains(&part.html), "{part:?}");
            }
        }
    }
}
