//! Choosing and dropping files, and the progress of each upload.

use leptos::prelude::*;

use super::{Icon, IconName, is_empty};
use crate::{
    hooks::{FileUpload, NewLinkState, UPLOAD_INPUT_ID, UploadState, Uploads},
    model::address,
};

/// Shows a file input, and a row for each chosen file.
#[component]
pub fn UploadZone(
    /// What [`use_uploads`](crate::hooks::use_uploads) or [`use_replacement`](crate::hooks::use_replacement)
    /// returned.
    uploads: Uploads,
    /// The label of the button.
    label: &'static str,
    /// A hint below the button.
    hint: &'static str,
    /// What to do without JavaScript.
    without_script: &'static str,
    /// Whether several files can be chosen at once, or dropped on the page.
    #[prop(optional)]
    multiple: bool,
) -> impl IntoView {
    let Uploads { queue, dragging, announcement, .. } = uploads;
    // The rows are made anew when one comes or goes.
    let ids = Memo::new(move |_| queue.read().uploads().iter().map(|upload| upload.id).collect::<Vec<u32>>());
    let has_none = Signal::derive(move || queue.read().uploads().is_empty());
    let class = Signal::derive(move || {
        let class = match (multiple, dragging.get()) {
            (false, _) => "upload needs-script",
            (true, false) => "upload upload-zone needs-script",
            (true, true) => "upload upload-zone upload-zone-over needs-script",
        };
        class.to_owned()
    });
    let announcement = Signal::derive(move || announcement.get());
    view! {
        <div class=class>
            <label class="button upload-button" class:button-main=multiple>
                <Icon name=IconName::Upload/>
                {label}
                <input type="file" class="visually-hidden" id=UPLOAD_INPUT_ID data-testid="upload-input"
                    multiple=multiple accept="application/pdf,image/png,image/jpeg"
                    aria-describedby="upload-hint"/>
            </label>
            <p class="upload-hint" id="upload-hint">{hint}</p>
        </div>
        <ul class="uploads" hidden=has_none>
            {move || ids.get().into_iter().map(|id| view! { <UploadRow id uploads/> }).collect_view()}
        </ul>
        <p class="visually-hidden" role="status">{announcement}</p>
        <p class="without-script part-text">{without_script}</p>
    }
    .into_any()
}

#[component]
fn UploadRow(id: u32, uploads: Uploads) -> impl IntoView {
    let Uploads { queue, cancel, make_link, .. } = uploads;
    let name = queue.read_untracked().get(id).map(|upload| upload.name.clone()).unwrap_or_default();
    let read = move |text: fn(&FileUpload) -> String| {
        Signal::derive(move || queue.read().get(id).map(text).unwrap_or_default())
    };
    let state = read(|upload| match upload.state {
        UploadState::Waiting => "Waiting".to_owned(),
        UploadState::Sending(percent) => format!("{percent}%"),
        UploadState::Rendering => "Rendering…".to_owned(),
        // A link to the document says so.
        UploadState::Done if upload.document.is_some() => String::new(),
        UploadState::Done => "Done".to_owned(),
        UploadState::Failed(_) => "Not uploaded".to_owned(),
    });
    let sent = read(|upload| match upload.state {
        UploadState::Sending(percent) => percent.to_string(),
        _ => String::new(),
    });
    let error = read(|upload| match (&upload.state, &upload.link) {
        (UploadState::Failed(why), _) => why.clone(),
        (_, NewLinkState::Failed(why)) => format!("No link is made. {why}"),
        _ => String::new(),
    });
    let page = read(|upload| upload.document.as_ref().map(address::document).unwrap_or_default());
    let link_label = read(|upload| match (&upload.document, &upload.link) {
        (Some(_), NewLinkState::None | NewLinkState::Failed(_)) => "Make link and copy".to_owned(),
        (Some(_), NewLinkState::Making) => "Making link…".to_owned(),
        _ => String::new(),
    });
    let link = read(|upload| match &upload.link {
        NewLinkState::Made(url, true) => format!("Link made and copied: {url}"),
        NewLinkState::Made(url, false) => format!("Link made. Copy it by hand: {url}"),
        _ => String::new(),
    });
    let dismiss_label = read(|upload| match upload.state {
        UploadState::Done | UploadState::Failed(_) => "Dismiss".to_owned(),
        _ => "Cancel".to_owned(),
    });
    view! {
        <li class="upload-row" data-testid="upload-row">
            <span class="upload-name" dir="auto">{name.clone()}</span>
            <progress class="upload-progress" max="100" aria-label=format!("Sending {name}")
                value=sent hidden=is_empty(sent)></progress>
            <span class="upload-state">
                {state}
                <a href=page hidden=is_empty(page)>
                    "Done"<span class="visually-hidden">{format!(": open {name}")}</span>
                </a>
            </span>
            <span class="upload-actions">
                <button type="button" class="button button-main" data-testid="upload-make-link"
                    hidden=is_empty(link_label) on:click=move |_| make_link.run(id)>
                    {link_label}
                    <span class="visually-hidden">{format!(" of {name}")}</span>
                </button>
                <button type="button" class="button" data-testid="upload-cancel" on:click=move |_| cancel.run(id)>
                    {dismiss_label}
                    <span class="visually-hidden">{format!(" {name}")}</span>
                </button>
            </span>
            <p class="upload-link" data-testid="upload-link" hidden=is_empty(link)>{link}</p>
            <p class="upload-error" data-testid="upload-error" hidden=is_empty(error)>{error}</p>
        </li>
    }
    .into_any()
}
