//! Making API keys.

use leptos::{prelude::*, task::spawn_local};

use crate::{api, browser, error::AppError, format, model::ApiKey};

/// What [`use_api_key_creation`] returns.
#[derive(Clone, Copy)]
pub struct ApiKeyCreation {
    /// The label of the next key; empty again once it is made.
    pub label: ReadSignal<String>,
    /// Sets the label of the next key.
    pub set_label: Callback<String>,
    /// The key that was made last. It cannot be read anywhere else.
    pub key: ReadSignal<Option<String>>,
    /// Why the last attempt failed; `None` after a success.
    pub error: ReadSignal<Option<AppError>>,
    /// Makes a key.
    pub make: Callback<()>,
}

/// Makes API keys for the signed-in owner, and puts each on top of the list whose id is `list`: as a clone of the
/// template whose id is `template`, with label, hint and id in their places.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_api_key_creation;
///
/// #[component]
/// fn NewKey() -> impl IntoView {
///     let creation = use_api_key_creation("keys", "key-template");
///     view! {
///         <input on:input:target=move |event| creation.set_label.run(event.target().value())/>
///         <button on:click=move |_| creation.make.run(())>"Make a key"</button>
///         <code>{creation.key}</code>
///     }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Makes no key: `key` and `error` are `None`, `label` is empty.
pub fn use_api_key_creation(list: &'static str, template: &'static str) -> ApiKeyCreation {
    let label = RwSignal::new(String::new());
    let (key, error) = (RwSignal::new(None), RwSignal::new(None));
    let make = Callback::new(move |()| {
        spawn_local(async move {
            match api::new_api_key(label.get_untracked()).await {
                Ok(new) => {
                    show(&new.listed, list, template);
                    label.set(String::new());
                    key.set(Some(new.key));
                    error.set(None);
                }
                Err(why) => error.set(Some(why)),
            }
        });
    });
    ApiKeyCreation {
        label: label.read_only(),
        set_label: Callback::new(move |text| label.set(text)),
        key: key.read_only(),
        error: error.read_only(),
        make,
    }
}

fn show(key: &ApiKey, list: &str, template: &str) {
    let hint = format!("{}…", key.hint);
    let date = format::date(key.created_at);
    let parts = [
        (".key-label", key.label.as_str()),
        (".key-hint", hint.as_str()),
        (".key-time", date.as_str()),
        ("input", key.key_id.as_str()),
    ];
    browser::prepend_clone(template, list, &parts);
}
