//! Choosing and dropping files, and the progress of each upload.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::hooks::{FileUpload, UPLOAD_INPUT_ID, UploadState, Uploads};

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
    let ids = move || queue.read().uploads().iter().map(|upload| upload.id).collect::<Vec<u32>>();
    let is_empty = move || queue.read().uploads().is_empty();
    let class = move || match (multiple, dragging.get()) {
        (false, _) => "upload needs-script",
        (true, false) => "upload upload-zone needs-script",
        (true, true) => "upload upload-zone upload-zone-over needs-script",
    };
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
        <ul class="uploads" hidden=is_empty>
            <For each=ids key=u32::clone let:id>
                <UploadRow id uploads/>
            </For>
        </ul>
        <p class="visually-hidden" role="status">{announcement}</p>
        <p class="without-script part-text">{without_script}</p>
    }
    .into_any()
}

#[component]
fn UploadRow(id: u32, uploads: Uploads) -> impl IntoView {
    let Uploads { queue, cancel, .. } = uploads;
    let name = queue.read_untracked().get(id).map(|upload| upload.name.clone()).unwrap_or_default();
    let read = move |text: fn(&FileUpload) -> String| {
        Signal::derive(move || queue.read().get(id).map(text).unwrap_or_default())
    };
    let state = read(|upload| match upload.state {
        UploadState::Waiting => "Waiting".to_owned(),
        UploadState::Sending(percent) => format!("{percent}%"),
        UploadState::Rendering => "Rendering…".to_owned(),
        UploadState::Done => "Done".to_owned(),
        UploadState::Failed(_) => "Not uploaded".to_owned(),
    });
    let sent = read(|upload| match upload.state {
        UploadState::Sending(percent) => percent.to_string(),
        _ => String::new(),
    });
    let error = read(|upload| match &upload.state {
        UploadState::Failed(why) => why.clone(),
        _ => String::new(),
    });
    let dismiss_label = read(|upload| match upload.state {
        UploadState::Done | UploadState::Failed(_) => "Dismiss".to_owned(),
        _ => "Cancel".to_owned(),
    });
    view! {
        <li class="upload-row" data-testid="upload-row">
            <span class="upload-name">{name.clone()}</span>
            <progress class="upload-progress" max="100" aria-label=format!("Sending {name}")
                value=sent hidden=move || sent.read().is_empty()></progress>
            <span class="upload-state">{state}</span>
            <button type="button" class="button" data-testid="upload-cancel" on:click=move |_| cancel.run(id)>
                {dismiss_label}
                <span class="visually-hidden">{format!(" {name}")}</span>
            </button>
            <p class="upload-error" data-testid="upload-error" hidden=move || error.read().is_empty()>{error}</p>
        </li>
    }
    .into_any()
}
