//! The active viewers of a link.

use leptos::prelude::*;

use super::is_empty;

use crate::{
    format,
    model::{ActiveViewer, SessionId, Snapshot},
};

/// How many viewers have a row; the rest are counted.
const MAX_SHOWN: usize = 5;

/// What the list shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ListState {
    Unknown,
    NeverViewed,
    NoneActive,
    Viewers,
}

/// Shows the newest viewers, five at most, and how many more there are.
#[component]
pub fn ViewerList(
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
    view! {
        <div class="viewers" data-testid="viewer-list">
            <h3 class="viewers-title">"Active viewers"</h3>
            {move || match state.get() {
                ListState::Unknown => view! { <p class="empty">"Not known right now"</p> }.into_any(),
                ListState::NeverViewed => never_viewed.run(),
                ListState::NoneActive => view! {
                    <p class="empty" data-testid="viewer-list-empty">"No active viewers right now"</p>
                }.into_any(),
                ListState::Viewers => view! { <ViewerRows data seconds_since_update is_current/> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn ViewerRows(
    data: ReadSignal<Option<Snapshot>>,
    seconds_since_update: Signal<u64>,
    is_current: Signal<bool>,
) -> impl IntoView {
    // The rows are made anew when a viewer comes or goes.
    let shown = Memo::new(move |_| {
        let data = data.read();
        let viewers = data.as_ref().into_iter().flat_map(|snapshot| &snapshot.active_viewers);
        viewers.take(MAX_SHOWN).map(|viewer| viewer.session_id.clone()).collect::<Vec<SessionId>>()
    });
    let more = move || {
        let data = data.read();
        let more = |data: &Snapshot| {
            data.metrics.active_viewers.saturating_sub(data.active_viewers.len().min(MAX_SHOWN) as u64)
        };
        data.as_ref().map_or(0, more)
    };
    let more_line = move || {
        let more = more();
        (more > 0).then(|| {
            let text = format!("+{} more viewers", format::count(more));
            view! { <p class="viewers-more" data-testid="viewer-list-more">{text}</p> }
        })
    };
    view! {
        <ul class="viewer-rows">
            {move || {
                let row = |session| view! { <ViewerRow data session seconds_since_update is_current/> };
                shown.get().into_iter().map(row).collect_view()
            }}
        </ul>
        {more_line}
    }
    .into_any()
}

#[component]
fn ViewerRow(
    data: ReadSignal<Option<Snapshot>>,
    session: SessionId,
    seconds_since_update: Signal<u64>,
    is_current: Signal<bool>,
) -> impl IntoView {
    let session = StoredValue::new(session.to_string());
    // A text of this row; empty once the viewer has left, just before the row is removed.
    let read = move |text: fn(&ActiveViewer, u64) -> String| {
        Signal::derive(move || {
            let data = data.read();
            let mut viewers = data.as_ref().into_iter().flat_map(|snapshot| &snapshot.active_viewers);
            let viewer = viewers.find(|viewer| session.with_value(|own| own == viewer.session_id.as_str()));
            viewer.map(|viewer| text(viewer, seconds_since_update.get())).unwrap_or_default()
        })
    };
    let name = read(|viewer, _| viewer.email.clone().unwrap_or_else(|| "Anonymous".to_owned()));
    let unverified =
        read(|viewer, _| viewer.email.as_ref().map(|_| "not verified".to_owned()).unwrap_or_default());
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
                <span class="viewer-name" dir="auto">{name}</span>
                <span class="viewer-unverified" title="The viewer typed this address; it is not verified."
                    hidden=is_empty(unverified)>{unverified}</span>
            </span>
            <span class="viewer-away" hidden=is_empty(away)>{away}</span>
            <span class="viewer-page">{page}</span>
            <span class="viewer-time">{time}</span>
        </li>
    }
    .into_any()
}
