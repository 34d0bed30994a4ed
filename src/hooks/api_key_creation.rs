//! Making API keys.

use leptos::{prelude::*, task::spawn_local};

use crate::{api, error::AppError, model::ApiKey};

/// What [`use_api_key_creation`] returns.
#[derive(Clone, Copy)]
pub struct ApiKeyCreation {
    /// All keys, the newest first.
    pub keys: ReadSignal<Vec<ApiKey>>,
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

/// Makes API keys for the signed-in owner, whose keys are `keys`.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_api_key_creation;
///
/// # let _owner = Owner::new_root(None);
/// let creation = use_api_key_creation(Vec::new());
/// creation.set_label.run("Nightly report".to_owned());
/// let make = move |_click: leptos::ev::MouseEvent| creation.make.run(());
/// ```
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_api_key_creation;
///
/// #[component]
/// fn NewKey() -> impl IntoView {
///     let creation = use_api_key_creation();
///     view! {
///         <button on:click=move |_| creation.make.run("build server".to_owned())>"Make a key"</button>
///         <code>{creation.key}</code>
///     }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Nothing happens until `make` is called, which only events in the browser do.
pub fn use_api_key_creation(keys: Vec<ApiKey>) -> ApiKeyCreation {
    let keys = RwSignal::new(keys);
    let label = RwSignal::new(String::new());
    let (key, error) = (RwSignal::new(None), RwSignal::new(None));
    let make = Callback::new(move |()| {
        spawn_local(async move {
            match api::new_api_key(label.get_untracked()).await {
                Ok(made) => {
                    keys.update(|keys| keys.insert(0, made.listed));
                    label.set(String::new());
                    key.set(Some(made.key));
                    error.set(None);
                }
                Err(why) => error.set(Some(why)),
            }
        });
    });
    ApiKeyCreation {
        keys: keys.read_only(),
        label: label.read_only(),
        set_label: Callback::new(move |text| label.set(text)),
        key: key.read_only(),
        error: error.read_only(),
        make,
    }
}
