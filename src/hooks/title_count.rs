//! A number in the title of the tab.

use leptos::prelude::*;

use crate::browser;

/// Puts a number before the title of the tab, `(3) Title`, while it is not zero.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_title_count;
///
/// # let _owner = Owner::new_root(None);
/// let active_viewers = RwSignal::new(3);
/// use_title_count(active_viewers.into());
/// ```
///
/// ## Server-Side Rendering
///
/// Leaves the title as it is.
pub fn use_title_count(count: Signal<u64>) {
    let title = StoredValue::new(None::<String>);
    Effect::new(move |_| {
        let count = count.get();
        let own = title.get_value().unwrap_or_else(browser::title);
        browser::set_title(&if count > 0 { format!("({count}) {own}") } else { own.clone() });
        title.set_value(Some(own));
    });
}
