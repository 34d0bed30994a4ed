//! Server functions: what the pages ask of the server.
//!
//! Each is an adapter: it takes the services from the context and calls one method. They are public endpoints like
//! those of `server::http::rest` and call the same methods. Those without `Json` are forms: they work without script, by
//! redirecting the browser to a page.

#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's arguments, without documentation"
)]

/// The name under which a form sends an argument of a server function: `argument!(AddLink, settings.label)` is
/// `"settings[label]"`. Does not compile where the function has no such argument.
macro_rules! argument {
    ($function:ident, $first:ident $(. $rest:ident)*) => {{
        let _ = |arguments: &$crate::api::$function| {
            let _ = &arguments.$first $(. $rest)*;
        };
        concat!(stringify!($first) $(, "[", stringify!($rest), "]")*)
    }};
}

pub(crate) use argument;

// Below the macro, which they use.
mod accounts;
mod badges;
mod corrections;
mod documents;
mod history;
mod notices;
mod operations;
mod own_account;
mod passkeys;
mod reading;
mod second_factor;
mod watching;

// The macro makes a type of each function, named after it or by `name`. No two public types of the crate share a name.
pub use self::{
    accounts::*, badges::*, corrections::*, documents::*, history::*, notices::*, operations::*,
    own_account::*, passkeys::*, reading::*, second_factor::*, watching::*,
};
