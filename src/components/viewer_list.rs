//! Who is reading now.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    format,
    model::{ActiveViewer, SessionId, Snapshot},
};

/// How many viewers are shown by name; the rest is a number.
const SHOWN: usize = 5;

/// What there is to show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scene {
    Unknown,
    NeverViewed,
    NobodyNow,
    Viewers,
}

/// The newest viewers, five at most, and how many more there are.
#[component]
pub fn ViewerList(
    /// The latest numbers; `None` while there are none.
    data: Signal<Option<Snapshot>>,
    /// Time since those came; what is read is timed on from there.
    since: Signal<Duration>,
    /// What is shown while the link was never viewed.
    #[prop(into)]
    never_viewed: ViewFn,
) -> impl IntoView {
    let scene = Memo::new(move |_| match data.read().as_ref() {
        None => Scene::Unknown,
        Some(snapshot) if !snapshot.active_viewers.is_empty() => Scene::Viewers,
        Some(snapshot) if snapshot.metrics.total_views == 0 => Scene::NeverViewed,
        Some(_) => Scene::NobodyNow,
    });
    view! {
        <div class="viewers" data-testid="viewer-list">
            <h3 class="viewers-title">"Active viewers"</h3>
            {move || match scene.get() {
                Scene::Unknown => view! { <p class="empty">"Not known at the moment"</p> }.into_any(),
                Scene::NeverViewed => never_viewed.run(),
                Scene::NobodyNow => view! {
                    <p class="empty" data-testid="viewer-list-empty">"No active viewers right now"</p>
                }.into_any(),
                Scene::Viewers => view! { <Rows data since/> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Rows(data: Signal<Option<Snapshot>>, since: Signal<Duration>) -> impl IntoView {
    let shown = Memo::new(move |_| {
        let data = data.read();
        let viewers = data.as_ref().into_iter().flat_map(|snapshot| &snapshot.active_viewers);
        viewers.take(SHOWN).map(|viewer| viewer.session_id.clone()).collect::<Vec<SessionId>>()
    });
    let more = Memo::new(move |_| {
        let active = data.read().as_ref().map_or(0, |snapshot| snapshot.metrics.active_viewers);
        active.saturating_sub(shown.read().len() as u64)
    });
    view! {
        <ul class="viewer-rows">
            <For each=move || shown.get() key=SessionId::clone let:session>
                <Row viewer=viewer(data, session) since/>
            </For>
        </ul>
        {move || (more.get() > 0).then(|| view! {
            <p class="viewers-more" data-testid="viewer-list-more">
                {format!("+{} more viewers", format::count(more.get()))}
            </p>
        })}
    }
    .into_any()
}

/// One viewer's latest state. A row that is about to be removed keeps the last one.
fn viewer(data: Signal<Option<Snapshot>>, session: SessionId) -> Memo<Option<ActiveViewer>> {
    Memo::new(move |last: Option<&Option<ActiveViewer>>| {
        let data = data.read();
        let mut viewers = data.as_ref().into_iter().flat_map(|snapshot| &snapshot.active_viewers);
        let found = viewers.find(|viewer| viewer.session_id == session).cloned();
        found.or_else(|| last.cloned().flatten())
    })
}

#[component]
fn Row(viewer: Memo<Option<ActiveViewer>>, since: Signal<Duration>) -> impl IntoView {
    let read = move |read: fn(&ActiveViewer) -> String| {
        Memo::new(move |_| viewer.read().as_ref().map(read).unwrap_or_default())
    };
    let away = Memo::new(move |_| viewer.read().as_ref().is_some_and(|viewer| viewer.away));
    let name = read(|viewer| viewer.email.clone().unwrap_or_else(|| "Anonymous".to_owned()));
    let page = read(|viewer| viewer.current_page.map(|page| format!("Page {page}")).unwrap_or_default());
    let joined = read(|viewer| format!("Joined {}", format::utc(viewer.joined_at)));
    let time = Memo::new(move |_| {
        let viewer = viewer.read();
        let read_before = viewer.as_ref().map_or(0, |viewer| viewer.duration);
        let read_since = if away.get() { 0 } else { since.get().as_secs() };
        format::duration(read_before + read_since)
    });
    view! {
        <li class="viewer-row" data-testid="viewer-row" title=joined>
            <span class="pulse" class:pulse-away=away aria-hidden="true"></span>
            <span class="viewer-name">{name}</span>
            <span class="viewer-away" hidden=move || !away.get()>"away"</span>
            <span class="viewer-page">{page}</span>
            <span class="viewer-time">{time}</span>
        </li>
    }
    .into_any()
}
