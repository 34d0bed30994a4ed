//! The document as it is read, by a visitor or in a preview.

use leptos::prelude::*;

use crate::{
    components::DocumentViewer,
    hooks::{
        ReadingEvent, use_document_reader, use_printing, use_viewer_session_with_windows, use_viewer_tracking,
    },
    model::{LinkId, ShownDocument, address, timing::Windows},
};

/// Shows a document, from `page` on.
#[island]
pub fn Reader(
    /// The document.
    document: ShownDocument,
    /// The link that is visited, and the windows by which the visit is counted. `None`: the owner's preview, which is
    /// not tracked.
    visit: Option<(LinkId, Windows)>,
    /// The page that the address names.
    page: Option<String>,
    /// [`DocumentPages`](crate::components::DocumentPages), which only the server makes.
    children: Children,
) -> impl IntoView {
    let preview = visit.is_none();
    let visitor = RwSignal::new(None);
    let tracking = visit.map(|(link_id, windows)| {
        let session = use_viewer_session_with_windows(link_id.clone(), windows);
        Effect::new(move |_| visitor.set(session.session_id.get()));
        use_viewer_tracking(link_id, session.session_id, session.fingerprint, None)
    });
    let report = Callback::new(move |event| {
        if let Some(tracking) = tracking {
            match event {
                ReadingEvent::Read(seen) => tracking.seen.run(seen),
                ReadingEvent::Opened(address) => tracking.clicked.run(address),
                ReadingEvent::Printed => tracking.printed.run(()),
            }
        }
    });
    let reader = use_document_reader(document.clone(), page, report);
    if let Some(tracking) = tracking {
        tracking.page.run(reader.settled.get_untracked());
        Effect::new(move |_| tracking.page.run(reader.settled.get()));
    }
    let may_print = preview || document.download.is_some();
    let print = may_print.then(|| use_printing(document.clone()));
    let download = document.download.clone();
    let download = download.map(|path| {
        Signal::derive(move || match visitor.get() {
            Some(session) => address::with_session(&path, &session),
            None => path.clone(),
        })
    });
    view! { <DocumentViewer document preview download print reader>{children()}</DocumentViewer> }.into_any()
}
