//! `/v/:link`: the document, for visitors who pass the gate of its link.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_query_map;

use super::{gate_form::GateForm, named::link_of_the_address, problem::problem_for_visitors};
use crate::{
    api,
    components::DocumentPages,
    format,
    islands::Reader,
    model::{
        DEFAULT_PICTURE_WIDTH, Gate, LinkId, Opening, SharedDocument, ShownDocument, address, timing::Windows,
    },
};

/// The script that searches all pages of a document.
const SEARCH: &str = "/viewer/find.js";

/// Shows the document, its gate, or that there is none; only a document that is shown is tracked.
#[component]
pub fn ViewerPage() -> impl IntoView {
    let link = link_of_the_address();
    // Only where reading begins: the address follows the reader from then on.
    let page = use_query_map().read_untracked().get("p");
    view! {
        <Meta name="robots" content="noindex"/>
        <Suspense>
            {move || {
                let (link, page) = (link.clone(), page.clone());
                Suspend::new(async move {
                    let opening = match link {
                        Ok(link) => api::open_link(link).await,
                        Err(error) => Err(error),
                    };
                    match opening {
                        Ok(Opening::Document(document)) if document.preview => view! {
                            <Title text=document.title.clone()/>
                            {read(document.shown(), None, page)}
                        }
                        .into_any(),
                        Ok(Opening::Document(document)) => view! {
                            <ChatPreview document=document.clone()/>
                            <PlainVisit link_id=document.link_id.clone() windows=document.windows/>
                            {
                                let visit = (document.link_id.clone(), document.windows);
                                read(document.shown(), Some(visit), page)
                            }
                        }
                        .into_any(),
                        Ok(Opening::Gate(gate)) => view! { <GatePage gate page/> }.into_any(),
                        Err(error) => problem_for_visitors(&error),
                    }
                })
            }}
        </Suspense>
    }
}

/// The document, and the pages that the server makes of it.
pub(super) fn read(
    document: ShownDocument,
    visit: Option<(LinkId, Windows)>,
    page: Option<String>,
) -> impl IntoView {
    let (pages, requested) = (document.clone(), page.clone());
    // Where visits count, the script that counts them loads it.
    let search = visit.is_none().then(|| view! { <script type="module" src=SEARCH></script> });
    view! {
        <Reader document visit page>
            <DocumentPages document=pages requested/>
        </Reader>
        {search}
    }
}

/// The script that counts the visit where the page's program does not run.
#[component]
fn PlainVisit(link_id: LinkId, windows: Windows) -> impl IntoView {
    view! {
        <script defer src="/viewer/plain.js" nonce=use_nonce() data-link=link_id.to_string()
            data-resume-within=windows.resume_within.to_string()></script>
    }
}

/// What a chat shows of the link ([Open Graph](https://ogp.me)).
#[component]
fn ChatPreview(document: SharedDocument) -> impl IntoView {
    let picture = address::with_width(&document.page_path(1), DEFAULT_PICTURE_WIDTH);
    let picture = address::absolute(format::origin(&document.viewer_url), picture);
    let pages = format::plural(document.page_count().into(), "page", "pages");
    let description = format!("{}, {pages}, shared with Sightline.", document.title);
    view! {
        <Title text=document.title.clone()/>
        <Meta name="description" content=description.clone()/>
        <Meta property="og:type" content="article"/>
        <Meta property="og:title" content=document.title/>
        <Meta property="og:description" content=description/>
        <Meta property="og:url" content=document.viewer_url/>
        <Meta property="og:image" content=picture/>
    }
}

/// The gate of a link. It tells as much of the document as the gate lets every visitor know.
#[component]
fn GatePage(gate: Gate, page: Option<String>) -> impl IntoView {
    let title = gate.title.clone().unwrap_or_else(|| "A protected document".to_owned());
    view! {
        <Title text=title.clone()/>
        <Meta property="og:title" content=title/>
        <GateForm gate page/>
    }
}
