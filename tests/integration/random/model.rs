//! The rules of presence in plain lists, without Redis, a clock or regard for speed.

use std::collections::{BTreeMap, HashMap};

use sightline::model::{ActiveViewer, Metrics};
use time::OffsetDateTime;

const INACTIVE_AFTER_MS: i64 = 300_000;
const RESUME_WITHIN_MS: i64 = 600_000;
const IDLE_AFTER_MS: i64 = 300_000;
const LONGEST_GAP_MS: i64 = 90_000;
const READ_OF_GAP_MS: i64 = 30_000;
const DURATIONS_KEPT: usize = 100;

#[derive(Clone, Debug)]
struct Viewer {
    page: u32,
    joined: i64,
    last: i64,
    engaged: i64,
    visible: bool,
    epoch: u64,
}

/// A finished visit, which may be resumed.
#[derive(Clone, Debug)]
pub struct Visit {
    session: String,
    viewer: Viewer,
    ended: i64,
    /// `None` once a hundred later durations have displaced it.
    seconds: Option<u64>,
}

/// The expected state of the link.
#[derive(Default)]
pub struct Model {
    pub now: i64,
    pub resumed: u32,
    /// In order of their end.
    pub finished: Vec<Visit>,
    /// Visible milliseconds and entries of each page, by their field names in Redis.
    pub pages: BTreeMap<String, u64>,
    /// Active viewers, and dead ones not yet swept.
    present: HashMap<String, Viewer>,
    /// The time of each view.
    views: Vec<i64>,
    peak: u64,
}

impl Model {
    pub fn join(&mut self, session: &str, page: u32, epoch: u64) {
        self.sweep(20);
        match self.present.get(session).cloned() {
            Some(viewer) if self.is_active(&viewer) => {
                let viewer = self.add_reading_time(viewer, self.now);
                self.present.insert(session.to_owned(), viewer);
            }
            Some(viewer) => self.end(session, viewer.last, None),
            None => {}
        }
        if !self.present.contains_key(session) {
            let viewer = self.resume(session).unwrap_or_else(|| {
                self.views.push(self.now);
                Viewer { page: 0, joined: self.now, last: 0, engaged: 0, visible: true, epoch: 0 }
            });
            self.present.insert(session.to_owned(), viewer);
        }
        let now = self.now;
        self.turn_page(session, page);
        let viewer = self.present.get_mut(session).expect("the viewer has joined");
        (viewer.visible, viewer.last, viewer.epoch) = (true, now, viewer.epoch.max(epoch));
        self.peak = self.peak.max(self.active());
    }

    /// Whether the session is active.
    pub fn heartbeat(&mut self, session: &str, page: u32, visible: Option<bool>, idle: Option<u32>) -> bool {
        let Some(viewer) = self.present.get(session).cloned() else { return false };
        if !self.is_active(&viewer) {
            return false;
        }
        let idle_for = 1_000 * i64::from(idle.unwrap_or(0));
        let is_idle = idle_for > IDLE_AFTER_MS;
        let until = if is_idle { self.now - idle_for + IDLE_AFTER_MS } else { self.now };
        let mut viewer = self.add_reading_time(viewer, until);
        viewer.last = self.now;
        self.present.insert(session.to_owned(), viewer);
        self.turn_page(session, page);
        let viewer = self.present.get_mut(session).expect("a present viewer");
        viewer.visible = !is_idle && visible.unwrap_or(viewer.visible);
        true
    }

    pub fn leave(&mut self, session: &str, duration: Option<u64>, epoch: Option<u64>) {
        let Some(viewer) = self.present.get(session) else { return };
        if self.is_active(viewer) && epoch.is_none_or(|epoch| epoch >= viewer.epoch) {
            self.end(session, self.now, duration);
        }
    }

    pub fn sweep(&mut self, most: usize) {
        let dead = self.present.iter().filter(|(_, viewer)| !self.is_active(viewer));
        let mut dead: Vec<_> = dead.map(|(session, viewer)| (viewer.last, session.clone())).collect();
        dead.sort();
        for (last, session) in dead.into_iter().take(most) {
            self.end(&session, last, None);
        }
    }

    pub fn active(&self) -> u64 {
        self.present.values().filter(|viewer| self.is_active(viewer)).count() as u64
    }

    pub fn metrics(&self) -> Metrics {
        let durations = self.last_durations();
        let (sum, count) = (durations.iter().sum::<u64>(), durations.len() as u64);
        let of = |same: fn(OffsetDateTime) -> (i32, u16)| {
            let now = same(moment(self.now));
            self.views.iter().filter(|view| same(moment(**view)) == now).count() as u64
        };
        Metrics {
            active_viewers: self.active(),
            total_views: self.views.len() as u64,
            views_today: of(|at| (at.year(), at.ordinal())),
            views_this_week: of(|at| (at.to_iso_week_date().0, at.iso_week().into())),
            views_this_month: of(|at| (at.year(), u8::from(at.month()).into())),
            peak_concurrent_viewers: self.peak,
            avg_view_duration: if count == 0 { 0 } else { (sum as f64 / count as f64).round() as u64 },
        }
    }

    pub fn viewers(&self) -> Vec<ActiveViewer> {
        let active = self.present.iter().filter(|(_, viewer)| self.is_active(viewer));
        let mut viewers: Vec<ActiveViewer> = active
            .map(|(session, viewer)| ActiveViewer {
                session_id: session.parse().expect("a session id"),
                email: None,
                email_verified: false,
                reader: None,
                joined_at: viewer.joined,
                last_activity: viewer.last,
                current_page: (viewer.page > 0).then_some(viewer.page),
                duration: self.engaged(viewer, self.now) as u64 / 1_000,
                away: !viewer.visible,
            })
            .collect();
        viewers.sort_by(|a, b| (b.joined_at, &b.session_id).cmp(&(a.joined_at, &a.session_id)));
        viewers
    }

    /// Newest first.
    pub fn last_durations(&self) -> Vec<u64> {
        self.finished.iter().rev().filter_map(|visit| visit.seconds).collect()
    }

    fn is_active(&self, viewer: &Viewer) -> bool {
        self.now - viewer.last <= INACTIVE_AFTER_MS
    }

    fn engaged(&self, viewer: &Viewer, until: i64) -> i64 {
        let longest = if self.now - viewer.last > LONGEST_GAP_MS { READ_OF_GAP_MS } else { LONGEST_GAP_MS };
        viewer.engaged + if viewer.visible { (until - viewer.last).clamp(0, longest) } else { 0 }
    }

    fn add_reading_time(&mut self, mut viewer: Viewer, until: i64) -> Viewer {
        let engaged = self.engaged(&viewer, until);
        if viewer.page > 0 && engaged > viewer.engaged {
            *self.pages.entry(format!("{}:ms", viewer.page)).or_default() +=
                (engaged - viewer.engaged) as u64;
        }
        viewer.engaged = engaged;
        viewer
    }

    fn turn_page(&mut self, session: &str, page: u32) {
        let viewer = self.present.get_mut(session).expect("a present viewer");
        if page > 0 && page != viewer.page {
            viewer.page = page;
            *self.pages.entry(format!("{page}:entries")).or_default() += 1;
        }
    }

    fn end(&mut self, session: &str, ended: i64, reported: Option<u64>) {
        let viewer = self.present.remove(session).expect("a present viewer");
        let viewer = self.add_reading_time(viewer, ended);
        let seconds = reported.unwrap_or((viewer.engaged as u64 + 500) / 1_000);
        self.finished.push(Visit { session: session.to_owned(), viewer, ended, seconds: Some(seconds) });
        let mut counted = self.finished.iter_mut().rev().filter(|visit| visit.seconds.is_some());
        if let Some(pushed_out) = counted.nth(DURATIONS_KEPT) {
            pushed_out.seconds = None;
        }
    }

    fn resume(&mut self, session: &str) -> Option<Viewer> {
        let index = self.finished.iter().rposition(|visit| visit.session == session)?;
        if self.now - self.finished[index].ended > RESUME_WITHIN_MS {
            return None;
        }
        self.resumed += 1;
        Some(self.finished.remove(index).viewer)
    }
}

fn moment(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1_000)).expect("a valid timestamp")
}
