//! What the API says of itself: OpenAPI 3.1, made from the routes.
//!
//! ```text
//! GET  /api                for people
//! GET  /api/openapi.json   for programs
//! ```

pub(super) mod bodies;
pub(super) mod errors;
pub(super) mod parameters;
mod reference;
mod shared;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderName, header},
    response::{Html, IntoResponse},
};
use serde_json::Value;
use utoipa::{
    IntoParams, IntoResponses, OpenApi,
    openapi::{
        Components, RefOr,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app,
    model::ApiReference,
    server::http::{AppState, cookies},
};

/// What changes with the program alone.
const REVALIDATED: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-cache")];

/// The page has no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(page)).routes(routes!(json))
}

/// The description of the API.
pub struct Description {
    json: Bytes,
    reference: ApiReference,
}

impl Description {
    /// Makes it from the routes.
    pub fn new() -> Self {
        let mut document = document();
        // The page has all of an operation at its place.
        let reference = reference::reference(&document);
        shared::share(&mut document);
        Self { json: format!("{document:#}\n").into(), reference }
    }

    /// As OpenAPI 3.1, in JSON.
    pub fn json(&self) -> &[u8] {
        &self.json
    }
}

impl Default for Description {
    fn default() -> Self {
        Self::new()
    }
}

/// This description, for people.
#[utoipa::path(
    get,
    path = "/",
    tag = "Server",
    responses((status = 200, description = "A page.", body = String, content_type = "text/html")),
)]
async fn page(State(state): State<AppState>) -> impl IntoResponse {
    let page = app::api_page(state.options.clone(), state.description.reference.clone());
    (REVALIDATED, [(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page))
}

/// This description, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "Server",
    responses((status = 200, description = "The description.", body = utoipa::openapi::Object)),
)]
async fn json(State(state): State<AppState>) -> impl IntoResponse {
    (REVALIDATED, [(header::CONTENT_TYPE, "application/json")], state.description.json.clone())
}

/// The part that no route tells.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sightline",
        description = "Tells the owner of a shared document who reads it, the moment they read it.\n\n\
            The API is stable: fields are added, never removed or renamed. JSON is camelCase, times are Unix milliseconds, \
            durations whole seconds unless a name says otherwise. Every answer has the header `x-request-id`. An answer \
            other than the described ones is a fault of the server (500 `internal`), or of a proxy before it; an address \
            without a route is answered 404 `not_found`, a method without one 405 `method_not_allowed`.",
    ),
    tags(
        (name = "Documents", description = "What the owner shares."),
        (name = "Links", description = "Addresses under which a document is shared, with their settings and gates."),
        (name = "Live numbers", description = "Who reads now, and the visits that readers' clients report."),
        (name = "Past visits", description = "Who read what, when, and for how long; of a link, of a document, or of all."),
        (name = "Readers", description = "One reader of the owner's documents."),
        (name = "Reading", description = "What readers get of a document, with the gate of the link before it. An owner gets it without."),
        (name = "Notices", description = "Where the owner is told of events: webhooks, chats, their own browsers."),
        (name = "Badges", description = "Live numbers in other sites: never who reads."),
        (name = "Account", description = "The owner's account."),
        (name = "Server", description = "The server itself."),
    ),
)]
struct Info;

/// The whole document.
fn document() -> Value {
    let mut description = Info::openapi();
    description.merge(super::described());
    let components = description.components.get_or_insert_with(Components::new);
    for (name, scheme) in security_schemes() {
        components.add_security_scheme(name, scheme);
    }
    let mut document = serde_json::to_value(description).unwrap_or_default();
    name_operations(&mut document);
    clean_words(&mut document);
    document
}

fn security_schemes() -> [(&'static str, SecurityScheme); 2] {
    let key = "An API key, from the settings page or from `sightline key new EMAIL`. Its scope is `read` (requests by GET), \
        `write` (also changes of documents, links and readers) or `manage` (also of the account); each includes the ones \
        before. It can expire.";
    let session = format!(
        "The cookie of a browser in which the owner has signed in, on pages of this server; over https its name begins \
         with `{}`.",
        cookies::HOST_PREFIX
    );
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(key)).build();
    let session = ApiKey::Cookie(ApiKeyValue::with_description(cookies::SESSION, &session));
    [("apiKey", SecurityScheme::Http(key)), ("session", SecurityScheme::ApiKey(session))]
}

/// Routes below an address with a parameter: each takes it, and answers when what it names does not exist.
pub(super) fn below<P: IntoParams, E: IntoResponses>(
    mut routes: OpenApiRouter<AppState>,
) -> OpenApiRouter<AppState> {
    for item in routes.get_openapi_mut().paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            add::<P, E>(operation);
        }
    }
    routes
}

fn add<P: IntoParams, E: IntoResponses>(operation: &mut Operation) {
    let own = operation.parameters.take().unwrap_or_default();
    operation.parameters = Some(P::into_params(|| None).into_iter().map(RefOr::T).chain(own).collect());
    operation.responses.responses.extend(E::responses());
}

/// Names each operation by its method and its path: a function's name is unique in its module only.
fn name_operations(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let words = path.split(['/', '.', '-']).map(|word| word.trim_matches(['{', '}']));
            let name = words.filter(|word| !word.is_empty() && *word != "api").fold(
                method.clone(),
                |mut name, word| {
                    let (first, rest) = word.split_at(1);
                    name.push_str(&first.to_ascii_uppercase());
                    name.push_str(rest);
                    name
                },
            );
            operation["operationId"] = name.into();
        }
    }
}

/// Descriptions come from comments, which link to other items.
fn clean_words(document: &mut Value) {
    match document {
        Value::Array(values) => values.iter_mut().for_each(clean_words),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(words) if name == "description" => {
                        *words = words.replace("[`", "`").replace("`]", "`").replace('\n', " ");
                    }
                    value => clean_words(value),
                }
            }
        }
        _ => {}
    }
}
