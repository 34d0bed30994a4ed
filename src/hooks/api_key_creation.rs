//! Making API keys.

use leptos::{prelude::*, task::spawn_local};

use crate::{api, error::AppError};

/// What [`use_api_key_creation`] returns.
#[derive(Clone, Copy)]
pub struct ApiKeyCreation {
    /// The key that was made last. It cannot be read anywhere else.
    pub key: ReadSignal<Option<String>>,
    /// Why the last attempt failed; `None` after a success.
    pub error: ReadSignal<Option<AppError>>,
    /// Makes a key with this label.
    pub make: Callback<String>,
}

/// Makes API keys for the signed-in owner.
///
/// ## Server-Side Rendering
///
/// Makes no key; both signals are `None`.
pub fn use_api_key_creation() -> ApiKeyCreation {
    let (key, error) = (RwSignal::new(None), RwSignal::new(None));
    let make = Callback::new(move |label: String| {
        spawn_local(async move {
            match api::new_api_key(label).await {
                Ok(made) => {
                    key.set(Some(made.key));
                    error.set(None);
                }
                Err(why) => error.set(Some(why)),
            }
        });
    });
    ApiKeyCreation { key: key.read_only(), error: error.read_only(), make }
}
