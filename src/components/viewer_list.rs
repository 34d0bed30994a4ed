//! The active viewers of a link.

use leptos::prelude::*;

use super::is_empty;

use crate::{
    format,
    model::{ActiveViewer, LinkId, Snapshot, address},
};

/// How many viewers have a row unless all have one; the rest are counted.
const MAX_SHOWN: usize = 5;

/// What the list shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ListState {
    Unknown,
    NeverViewed,
    NoneActive,
    Viewers,
}

/// Shows the newest viewers, five at most, and how many more there are, which leads to the list of all. A viewer's name
/// leads to their past visits.
#[component]
pub fn ViewerList(
    /// The link that is read.
    link_id: LinkId,
    /// Whether every viewer of the snapshot has a row.
    #[prop(optional)]
    shows_all: bool,
    /// The latest snapshot; `None` while there is none.
    data: ReadSignal<Option<Snapshot>>,
    /// Whole seconds since that snapshot came, added to the reading time of viewers who are not away.
    seconds_since_update: Signal<u64>,
    /// Whether the snapshot is current; otherwise all pulses are grey.
    is_current: Signal<bool>,
    /// Shown while the link has no views.
    #[prop(into)]
    never_viewed: ViewFn,
) -> impl IntoView {
    let state = Memo::new(move |_| match data.read().as_ref() {
        None => ListState::Unknown,
        Some(snapshot) if !snapshot.active_viewers.is_empty() => ListState::Viewers,
        Some(snapshot) if snapshot.metrics.total_views == 0 => ListState::NeverViewed,
        Some(_) => ListState::NoneActive,
    });
    let link_id = StoredValue::new(link_id);
    view! {
        <div class="viewers" data-testid="viewer-list">
            <h3 class="viewers-title">"Active viewers"</h3>
            {move || match state.get() {
                ListState::Unknown => view! { <p class="empty">"Not known right now"</p> }.into_any(),
                ListState::NeverViewed => never_viewed.run(),
                ListState::NoneActive => view! {
                    <p class="empty" data-testid="viewer-list-empty">"No active viewers right now"</p>
                }.into_any(),
                ListState::Viewers => view! {
                    <ViewerRows link_id shows_all data seconds_since_update is_current/>
                }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn ViewerRows(
    link_id: StoredValue<LinkId>,
    shows_all: bool,
    data: ReadSignal<Option<Snapshot>>,
    seconds_since_update: Signal<u64>,
    is_current: Signal<bool>,
) -> impl IntoView {
    let most = if shows_all { usize::MAX } else { MAX_SHOWN };
    // The rows are made anew when a viewer comes or goes, or is someone else than they were.
    let shown = Memo::new(move |_| {
        let data = data.read();
        let viewers = data.as_ref().into_iter().flat_map(|snapshot| &snapshot.active_viewers);
        // Text, as other lists have it: memos of one type share their code in the browser's program. A session id holds no
        // blank.
        let key =
            |viewer: &ActiveViewer| [viewer.session_id.as_str(), &viewer.who().unwrap_or_default()].join(" ");
        viewers.take(most).map(key).collect::<Vec<String>>()
    });
    let more = move || {
        let data = data.read();
        let more = |data: &Snapshot| {
            data.metrics.active_viewers.saturating_sub(data.active_viewers.len().min(most) as u64)
        };
        data.as_ref().map_or(0, more)
    };
    let has_no_more = Signal::derive(move || more() == 0);
    let more = Signal::derive(move || format!("+{} more viewers", format::count(more())));
    // Where all have a row, the link has more viewers than a snapshot holds, and the words lead nowhere.
    let all = (!shows_all).then(|| link_id.with_value(address::viewers));
    view! {
        <ul class="viewer-rows">
            {move || {
                let row = |key: String| {
                    let (session, who) = key.split_once(' ').unwrap_or_default();
                    let address = || link_id.with_value(|link| address::visits_of_reader(link, who));
                    let visits = (!who.is_empty()).then(address);
                    view! { <ViewerRow data session=session.to_owned() visits seconds_since_update is_current/> }
                };
                shown.get().into_iter().map(row).collect_view()
            }}
        </ul>
        <p class="viewers-more" data-testid="viewer-list-more" hidden=has_no_more><a href=all>{more}</a></p>
    }
    .into_any()
}

#[component]
fn ViewerRow(
    data: ReadSignal<Option<Snapshot>>,
    session: String,
    /// The page with the reader's past visits, if they can be told from others'.
    visits: Option<String>,
    seconds_since_update: Signal<u64>,
    is_current: Signal<bool>,
) -> impl IntoView {
    let session = StoredValue::new(session);
    // A text of this row; empty once the viewer has left, just before the row is removed.
    let read = move |text: fn(&ActiveViewer, u64) -> String| {
        Signal::derive(move || {
            let data = data.read();
            let mut viewers = data.as_ref().into_iter().flat_map(|snapshot| &snapshot.active_viewers);
            let viewer = viewers.find(|viewer| session.with_value(|own| own == viewer.session_id.as_str()));
            viewer.map(|viewer| text(viewer, seconds_since_update.get())).unwrap_or_default()
        })
    };
    let name = read(|viewer, _| match (&viewer.email, &viewer.reader) {
        (Some(email), _) => email.clone(),
        (None, Some(reader)) => format!("Anonymous · Reader {reader}"),
        (None, None) => "Anonymous".to_owned(),
    });
    let unverified = read(|viewer, _| match (&viewer.email, viewer.email_verified) {
        (Some(_), true) => "verified".to_owned(),
        (Some(_), false) => "not verified".to_owned(),
        (None, _) => String::new(),
    });
    let away = read(|viewer, _| if viewer.away { "away".to_owned() } else { String::new() });
    let page = read(|viewer, _| viewer.current_page.map(|page| format!("Page {page}")).unwrap_or_default());
    let joined = read(|viewer, _| format!("Joined {}", format::utc(viewer.joined_at)));
    let time =
        read(|viewer, seconds| format::duration(viewer.duration + if viewer.away { 0 } else { seconds }));
    let is_still = Signal::derive(move || !away.read().is_empty() || !is_current.get());
    view! {
        <li class="viewer-row" data-testid="viewer-row" title=joined>
            <span class="pulse" class:pulse-away=is_still
                aria-hidden="true"></span>
            <span class="viewer-who">
                <a class="viewer-name plain" href=visits dir="auto">{name}</a>
                <span class="viewer-unverified" title="Whether a code sent to this address showed that it is the viewer's."
                    hidden=is_empty(unverified)>{unverified}</span>
            </span>
            <span class="viewer-away" hidden=is_empty(away)>{away}</span>
            <span class="viewer-page">{page}</span>
            <span class="viewer-time">{time}</span>
        </li>
    }
    .into_any()
}
