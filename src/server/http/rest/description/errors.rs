//! The errors that an operation can answer, told by [`AppError`] itself: status, code and words.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{
        ContentBuilder, RefOr, Response, ResponseBuilder,
        extensions::ExtensionsBuilder,
        schema::{ObjectBuilder, Type},
    },
};

use super::shared::{NAME, camel};
use crate::{
    error::AppError,
    model::{Failure, MAX_FILE_SIZE},
    server::http::{MAX_BODY, MAX_SETTINGS_BODY, rest::made_once::REFUSALS},
};

/// One error.
#[derive(Clone)]
struct Told {
    status: u16,
    code: &'static str,
    /// Its message, or what that is about.
    words: String,
    /// What a description calls it: its code, unless another error has the same one.
    name: String,
}

impl Told {
    fn new(status: u16, code: &'static str, words: impl Into<String>) -> Self {
        Self { status, code, words: words.into(), name: camel(code) }
    }

    fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }
}

impl From<AppError> for Told {
    fn from(error: AppError) -> Self {
        Self::new(error.status(), error.code(), error.to_string())
    }
}

/// Defines what kinds of operations can answer, each by the groups below.
macro_rules! errors {
    ($($name:ident: $($group:ident)+;)*) => {$(
        pub(in crate::server::http::rest) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                responses([$($group()),+].concat())
            }
        }
    )*};
}

errors! {
    OfOwner: owner;
    OfOwnersList: owner query;
    OfOwnersStream: owner query streams;
    OfNewKey: owner change body made_once;
    OfKey: owner change not_found;
    OfDocument: owner document;
    OfDocumentChange: owner change document;
    OfDocumentPatch: owner change document body;
    OfDocumentStream: owner document streams;
    OfDocumentFile: owner document missing;
    OfDocumentPage: owner document missing not_found query pages;
    OfDocumentThumbnail: owner document missing query pages;
    OfUpload: owner change query file made_once;
    OfReplacement: owner change document file;
    OfNewLink: owner change document settings taken made_once;
    OfNewBadge: owner change link body made_once;
    OfOwnBadge: owner change link not_found;
    OfLink: owner link;
    OfLinkChange: owner change link;
    OfLinkPatch: owner change link settings;
    OfSnapshot: owner link query;
    OfStream: owner link query streams;
    OfAction: key body change visitor action;
    OfPage: key visitor missing not_found query pages pictures;
    OfPageText: key visitor missing not_found query pages;
    OfDownload: key visitor missing query no_download;
    OfVisit: owner link not_found;
    OfVisitPatch: owner change link not_found body;
    OfVisitErasure: owner change link not_found;
    OfCorrectionPreview: owner document link query;
    OfNewCorrection: owner change document link query made_once;
    OfCorrection: owner change not_found wait;
    OfReader: owner not_found query;
    OfReaderErasure: owner change not_found;
    OfBadge: query unavailable;
    OfBadgeStream: not_found unavailable streams;
    OfNewWebhook: owner change body made_once;
    OfWebhook: owner not_found;
    OfWebhookChange: owner change not_found;
    OfWebhookPatch: owner change not_found body;
    OfNotices: owner query streams;
    OfMailSettings: no_mail owner;
    OfMailSettingsPatch: no_mail owner change body;
    NoDocument: document;
    NoLink: link;
}

fn told<const N: usize>(errors: [AppError; N]) -> Vec<Told> {
    errors.into_iter().map(Told::from).collect()
}

/// More than an owner may do.
const MORE: &str = "It is more than the API key may do, or two-factor sign-in has to be set up first.";

fn owner() -> Vec<Told> {
    let forbidden = AppError::Forbidden(MORE.to_owned());
    told([AppError::SignInRequired, AppError::WrongApiKey, forbidden, AppError::Unavailable])
}

/// Where the server may send no mail.
fn no_mail() -> Vec<Told> {
    vec![Told::new(403, "forbidden", format!("The server sends no mail. {MORE}")).named("NoMailOrForbidden")]
}

/// Of a requester who need not be an owner.
fn key() -> Vec<Told> {
    told([AppError::WrongApiKey, AppError::Unavailable])
}

fn unavailable() -> Vec<Told> {
    told([AppError::Unavailable])
}

fn change() -> Vec<Told> {
    told([AppError::CrossSite])
}

fn document() -> Vec<Told> {
    told([AppError::DocumentNotFound])
}

fn link() -> Vec<Told> {
    told([AppError::LinkNotFound])
}

fn not_found() -> Vec<Told> {
    told([AppError::NotFound])
}

fn missing() -> Vec<Told> {
    told([AppError::FileMissing])
}

fn taken() -> Vec<Told> {
    told([AppError::Taken { what: "This address".to_owned() }])
}

/// Of something that is still being done.
fn wait() -> Vec<Told> {
    vec![Told::new(400, "bad_request", "The visits are still being left out.").named("StillLeavingOut")]
}

fn no_download() -> Vec<Told> {
    told([AppError::NoDownload])
}

fn query() -> Vec<Told> {
    let field = "The message names the parameter, and says what it must be.";
    vec![
        Told::new(400, "invalid_field", field).named("InvalidParameter"),
        Told::new(400, "bad_request", "The query cannot be read.").named("UnreadableQuery"),
    ]
}

fn body() -> Vec<Told> {
    body_within(MAX_BODY, "BodyTooLarge")
}

/// The settings of a link, whose lists may be long.
fn settings() -> Vec<Told> {
    body_within(MAX_SETTINGS_BODY, "SettingsTooLarge")
}

fn body_within(limit: usize, too_large: &str) -> Vec<Told> {
    let field = "The message names the field, and says what it must be.";
    let json = "The body is not what this operation takes.";
    let mut errors = vec![
        Told::from(AppError::TooLarge { limit }).named(too_large),
        Told::new(400, "invalid_field", field),
        Told::new(400, "bad_request", json).named("UnreadableBody"),
    ];
    errors.extend(arriving());
    errors
}

/// Of a body that does not arrive as it should, from `body_pace`.
fn arriving() -> Vec<Told> {
    vec![
        Told::new(408, "too_slow", "The body brings less than 1 kB a second."),
        Told::new(503, "stopping", "The server stops while the body arrives."),
    ]
}

fn file() -> Vec<Told> {
    let refused = "The message says why the file cannot be shared, or which quota is reached.";
    let too_large = AppError::TooLarge { limit: MAX_FILE_SIZE as usize };
    let mut errors = vec![Told::from(too_large).named("FileTooLarge")];
    errors.extend(told([
        AppError::FileRefused(refused.to_owned()),
        AppError::TooManyRequests { retry_after: 5 },
        AppError::Full,
        AppError::NoRoom,
    ]));
    errors.extend(arriving());
    errors
}

/// Of a request with an `Idempotency-Key`.
fn made_once() -> Vec<Told> {
    let told = REFUSALS.iter().map(|(status, code, words)| Told::new(status.as_u16(), code, *words));
    let key = "The Idempotency-Key cannot be read.";
    told.chain([Told::new(400, "invalid_field", key).named("InvalidIdempotencyKey")]).collect()
}

fn streams() -> Vec<Told> {
    told([AppError::TooManyStreams, AppError::Full])
}

fn pages() -> Vec<Told> {
    told([AppError::Full, AppError::PageUnreadable])
}

fn pictures() -> Vec<Told> {
    told([AppError::TooManyRequests { retry_after: 1 }])
}

fn visitor() -> Vec<Told> {
    told([AppError::LinkNotFound, AppError::GateClosed, AppError::LinkOff, AppError::LinkExpired])
}

fn action() -> Vec<Told> {
    told([
        AppError::NotCounted,
        AppError::Forbidden("The API key may only read.".to_owned()),
        AppError::SessionNotActive,
        AppError::TooManyRequests { retry_after: 1 },
        AppError::TooManyViewers,
    ])
}

/// An answer for each status, whose body has one of the codes.
fn responses(errors: Vec<Told>) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for error in errors {
        let told = by_status.entry(error.status.to_string()).or_default();
        if !told.iter().any(|known| known.code == error.code) {
            told.push(error);
        }
    }
    by_status.into_iter().map(|(status, errors)| (status, response(&errors).into())).collect()
}

fn response(errors: &[Told]) -> Response {
    let words: Vec<String> = errors.iter().map(|told| format!("`{}`: {}", told.code, told.words)).collect();
    let names: Vec<&str> = errors.iter().map(|told| told.name.as_str()).collect();
    let codes = errors.iter().map(|told| told.code);
    let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
    let content = ContentBuilder::new().schema(Some(failure(code))).build();
    let name = ExtensionsBuilder::new().add(NAME, names.join("Or")).build();
    ResponseBuilder::new()
        .description(words.join(" "))
        .content("application/json", content)
        .extensions(Some(name))
        .build()
}

/// The envelope of an error, [`Failure`], with these codes.
fn failure(code: ObjectBuilder) -> utoipa::openapi::schema::Object {
    let _: fn(String, &'static str) -> Failure = crate::model::failure;
    let success = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([false]));
    let message = ObjectBuilder::new().schema_type(Type::String).description(Some("For a person."));
    ObjectBuilder::new()
        .property("success", success)
        .property("error", message)
        .property("code", code.description(Some("For a program.")))
        .required("success")
        .required("error")
        .required("code")
        .build()
}
