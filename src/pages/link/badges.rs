//! The part of a link's page about badges in other sites.

use leptos::{prelude::*, server_fn::ServerFn};

use super::super::{form::form_of, link_address::LinkAddress};
use crate::{
    api::{AddBadge, RevokeBadge, argument},
    components::{FieldNotes, ForGoodForm, described_by},
    format,
    model::{LinkBadge, LinkId},
};

/// The sizes of a frame, as its address names them, with width and height in pixels.
const SIZES: [(&str, u32, u32); 3] = [("small", 150, 28), ("medium", 190, 40), ("large", 240, 72)];

/// The badges of a link, and a form that makes one.
#[component]
pub(super) fn Badges(
    /// The link.
    link_id: LinkId,
    /// Its badges.
    badges: Vec<LinkBadge>,
) -> impl IntoView {
    let rows = badges.into_iter().map(|badge| view! { <BadgeRow link_id=link_id.clone() badge/> });
    view! {
        <section class="part" aria-labelledby="badges">
            <h2 id="badges">"In your own site"</h2>
            <p class="part-text">
                "A badge shows how many people read now. It never shows who. Anyone with its address sees it."
            </p>
            <ul class="keys">{rows.collect_view()}</ul>
            <NewBadge link_id/>
        </section>
    }
    .into_any()
}

#[component]
fn NewBadge(link_id: LinkId) -> impl IntoView {
    const SITES: &str = argument!(AddBadge, sites);
    const COUNTS: &str = argument!(AddBadge, counts);
    const LIVE: &str = argument!(AddBadge, live);
    const HINT: &str =
        "One on each line, such as https://www.example.org. Only they can show the badge in a frame.";
    let form = form_of::<AddBadge>();
    let problem = form.problem(SITES);
    let is_wrong = problem.is_some();
    view! {
        {form.notice()}
        <form class="form" method="post" action=form.action>
            <input type="hidden" name=argument!(AddBadge, link_id) value=link_id.to_string()/>
            <div class="field">
                <label class="field-label" for=SITES>"Sites"</label>
                <textarea id=SITES name=SITES rows="3" spellcheck="false" autofocus=is_wrong
                    aria-invalid=is_wrong.then_some("true") aria-describedby=described_by(SITES, HINT, is_wrong)>
                    {form.value(SITES, "")}
                </textarea>
                <FieldNotes name=SITES hint=HINT problem/>
            </div>
            <label class="check">
                <input type="checkbox" name=COUNTS checked=!form.value(COUNTS, "").is_empty()/>
                "Show the number of views, too"
            </label>
            <label class="check">
                <input type="checkbox" name=LIVE checked=!form.value(LIVE, "").is_empty()/>
                "Show each change at once: for sites with few visitors, up to a hundred at a time"
            </label>
            <button type="submit" class="button">"Make a badge"</button>
        </form>
    }
    .into_any()
}

#[component]
fn BadgeRow(link_id: LinkId, badge: LinkBadge) -> impl IntoView {
    let LinkBadge { badge_id, url, sites, counts, live, created_at } = badge;
    let shows = if counts { "readers and views" } else { "readers" };
    let soon = if live { " at once" } else { "" };
    let sites =
        if sites.is_empty() { "a picture and data, in no frame".to_owned() } else { sites.join(", ") };
    let lines = SIZES.map(|size| view! { <LinkAddress url=frame(&url, size) is_new=false/> });
    let picture = format!("![Readers]({url}.svg)");
    view! {
        <li class="key-row">
            <span class="key-label">{sites}</span>
            <span class="key-time">
                "shows " {shows} {soon} ", made " <time datetime=format::iso(created_at)>{format::date(created_at)}</time>
            </span>
            <details class="disclosure">
                <summary class="button">"Lines to copy"</summary>
                <p>"For a page: a small, a medium and a large frame. Add " <code>"&theme=dark"</code> " or " <code>"&theme=light"</code> " to the address to choose."</p>
                {lines.collect_view()}
                <p>"For a README, and as data:"</p>
                <LinkAddress url=picture is_new=false/>
                <LinkAddress url=format!("{url}.json") is_new=false/>
            </details>
            <ForGoodForm opens="Revoke" does="Revoke for good" action=RevokeBadge::PATH class="key-revoke">
                <input type="hidden" name=argument!(RevokeBadge, link_id) value=link_id.to_string()/>
                <input type="hidden" name=argument!(RevokeBadge, badge_id) value=badge_id.to_string()/>
                <p>"Sites that have it show from then on that it is gone."</p>
            </ForGoodForm>
        </li>
    }
    .into_any()
}

/// The line for a page: a frame of a fixed size, so that nothing moves while it loads.
fn frame(url: &str, (size, width, height): (&str, u32, u32)) -> String {
    format!(
        r#"<iframe src="{url}?size={size}" title="Live readers" width="{width}" height="{height}" style="border:0" loading="lazy"></iframe>"#
    )
}
