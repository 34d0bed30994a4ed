//! Forms without script: a server function that a plain `<form>` has sent is answered with a page to go to.
//!
//! The same function, called by a program or by an island, answers with its result.

use axum::http::{HeaderValue, header, request::Parts};
use leptos::{
    prelude::{use_context, with_context},
    server_fn::ServerFn,
};
use leptos_axum::{ResponseOptions, redirect};

use super::flash;
use crate::{
    error::AppError,
    model::{Done, Flash, FormOutcome, Refusal, address},
};

/// The form of a server function: its fields, and what was typed into them.
pub struct Form {
    path: &'static str,
    fields: Vec<Field>,
    checks_cookies: bool,
    is_of_visitors: bool,
}

struct Field {
    name: &'static str,
    /// What a person calls it, as a sentence begins.
    word: &'static str,
    /// The fields of [`AppError::Invalid`] and the codes of other errors that are about it.
    about: &'static [&'static str],
    /// `None` for a password, which is never sent back.
    typed: Option<String>,
}

impl Form {
    /// The form of this server function, without fields.
    pub fn of<F: ServerFn>() -> Self {
        Self { path: F::PATH, fields: Vec::new(), checks_cookies: false, is_of_visitors: false }
    }

    /// Adds a field, which keeps what was `typed` when the form is refused. `about` names the fields of
    /// [`AppError::Invalid`] and the error codes that are told beside it.
    pub fn field(
        mut self,
        name: &'static str,
        word: &'static str,
        about: &'static [&'static str],
        typed: &str,
    ) -> Self {
        self.fields.push(Field { name, word, about, typed: Some(typed.to_owned()) });
        self
    }

    /// Adds a field that is never refused, such as a checkbox.
    pub fn keep(self, name: &'static str, typed: &str) -> Self {
        self.field(name, "", &[], typed)
    }

    /// Adds a password, which is empty again when the form is refused.
    pub fn password(
        mut self,
        name: &'static str,
        word: &'static str,
        about: &'static [&'static str],
    ) -> Self {
        self.fields.push(Field { name, word, about, typed: None });
        self
    }

    /// Finds out whether the browser keeps the cookie that the answer sets, where the form is useless without it.
    pub fn checks_cookies(self) -> Self {
        Self { checks_cookies: true, ..self }
    }

    /// Says errors in words for visitors.
    pub fn for_visitors(self) -> Self {
        Self { is_of_visitors: true, ..self }
    }

    /// Redirects to `then` on success, and to `back` on error; both are paths on this server. What is to be told
    /// goes along in a flash. A program gets the result in place of the redirect.
    pub fn answer(
        self,
        result: Result<Option<Done>, AppError>,
        then: &str,
        back: &str,
    ) -> Result<(), AppError> {
        // It may hold a new API key.
        if let Some(response) = use_context::<ResponseOptions>() {
            response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if !wants_page()? {
            return result.map(|_| ());
        }
        let (path, checks_cookies) = (self.path, self.checks_cookies);
        let (to, outcome) = match result {
            Ok(done) => (then, done.map(FormOutcome::Done)),
            Err(error) => (back, Some(FormOutcome::Refused(self.refusal(error)))),
        };
        if let Some(outcome) = outcome {
            let page = to.split('?').next().unwrap_or_default().to_owned();
            flash::send(Flash { page, form: path.to_owned(), outcome })?;
        }
        if checks_cookies {
            redirect(&address::with_cookie_check(to));
        } else {
            redirect(to);
        }
        Ok(())
    }

    fn refusal(self, error: AppError) -> Refusal {
        let about = match &error {
            AppError::Invalid { field, .. } => field,
            error => error.code(),
        };
        let field = self.fields.iter().find(|field| field.about.contains(&about));
        let message = match (&error, field) {
            (AppError::Invalid { reason, .. }, Some(Field { word, .. })) => format!("{word} {reason}."),
            _ if self.is_of_visitors => error.for_visitors(),
            _ => error.to_string(),
        };
        Refusal {
            field: field.map(|field| field.name.to_owned()),
            message,
            typed: self
                .fields
                .into_iter()
                .filter_map(|field| Some((field.name.to_owned(), field.typed?)))
                .collect(),
        }
    }
}

/// Whether the request is a form's: the browser then shows what it is answered.
pub fn wants_page() -> Result<bool, AppError> {
    let wants_page = with_context::<Parts, _>(|parts| {
        let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    });
    wants_page.ok_or(AppError::Internal)
}

/// A path on this server; what might lead elsewhere becomes the list of documents.
pub fn path_here(path: &str) -> &str {
    let leads_here = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if leads_here { path } else { address::HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_server() {
        for (asked, path) in [
            ("/dashboard/a?x=1", "/dashboard/a?x=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nx: y", "/"),
            ("/ä", "/"),
        ] {
            assert_eq!(path_here(asked), path, "{asked:?}");
        }
    }

    fn form() -> Form {
        Form { path: "/sfn/sign_in", fields: Vec::new(), checks_cookies: false, is_of_visitors: false }
            .field("email", "The e-mail address", &["email", "taken"], "a@b.c")
            .password("password", "The password", &["password", "wrong_credentials"])
    }

    #[test]
    fn refusal_names_the_field_in_words() {
        let reason = "must be longer".to_owned();
        for (error, field, message) in [
            (
                AppError::Invalid { field: "password".to_owned(), reason },
                Some("password"),
                "The password must be longer.",
            ),
            (AppError::WrongCredentials, Some("password"), "The e-mail address or the password is wrong."),
            (AppError::Internal, None, "Something went wrong on our side."),
        ] {
            let refusal = form().refusal(error);
            assert_eq!((refusal.field.as_deref(), refusal.message.as_str()), (field, message));
        }
    }

    #[test]
    fn passwords_are_never_sent_back() {
        let typed = form().refusal(AppError::Internal).typed;
        assert_eq!(typed, [("email".to_owned(), "a@b.c".to_owned())]);
    }
}
