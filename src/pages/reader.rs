//! The document as it is read, by a visitor or in a preview.

use leptos::prelude::*;

use crate::{
    components::DocumentViewer,
    hooks::{use_document_reader, use_viewer_session_with_windows, use_viewer_tracking},
    model::{LinkId, ShownDocument, address, timing::Windows},
};

/// Shows a document, from `page` on.
#[island]
pub(super) fn Reader(
    /// The document.
    document: ShownDocument,
    /// The link that is visited, and the windows by which the visit is counted. `None`: the owner's preview, which is
    /// not tracked.
    visit: Option<(LinkId, Windows)>,
    /// The page that the address names.
    page: Option<String>,
) -> impl IntoView {
    let reader = use_document_reader(document.page_count(), page);
    let preview = visit.is_none();
    let visitor = RwSignal::new(None);
    let download = document.download.clone();
    let download = download.map(|path| {
        Signal::derive(move || match visitor.get() {
            Some(session) => address::with_session(&path, &session),
            None => path.clone(),
        })
    });
    if let Some((link_id, windows)) = visit {
        let session = use_viewer_session_with_windows(link_id.clone(), windows);
        let reports = use_viewer_tracking(link_id, session.session_id, session.fingerprint, None);
        reports.page.run(reader.settled.get_untracked());
        Effect::new(move |_| reports.page.run(reader.settled.get()));
        Effect::new(move |_| visitor.set(session.session_id.get()));
    }
    view! { <DocumentViewer document preview download reader/> }.into_any()
}
