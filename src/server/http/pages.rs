//! Serving the Leptos app: its pages, its server functions and its built files, each with its headers.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use leptos::prelude::use_context;
use leptos_axum::{ErrorHandler, LeptosRoutes, ResponseOptions, generate_route_list};
use tower::ServiceBuilder;
use tower_http::{
    services::{ServeDir, ServeFile},
    set_header::SetResponseHeaderLayer,
};

use super::{AppState, cookies, flash, forms::path_here};
use crate::{
    app::{App, shell},
    model::address::{self, COOKIE_CHECK},
};

/// For built files, whose names carry a hash of their content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For files that change under the same name; shared caches may keep them too.
const REVALIDATE: &str = "no-cache";
/// For the pages of visitors, which shared caches must not keep. `no-store` would also keep them out of the back-forward
/// cache.
const PRIVATE: &str = "private, no-cache";
/// For the pages of owners: after signing out, the browser's Back shows none of them.
const NO_STORE: &str = "no-store";

/// For the script of [`address::STREAMS_WORKER`], which opens streams: a worker has the policy of its own answer.
const WORKER_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'; frame-ancestors 'none'");

/// Every page and server function, the built files, and the page for everything else.
pub fn routes(state: &AppState) -> Router<AppState> {
    let options = state.options.clone();
    let visitor_options = state.visitor_options.clone();
    let root = options.site_root.to_string();
    let files = |folder: String| ServeDir::new(folder).precompressed_br().precompressed_gzip();
    let cached = |value| {
        SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static(value))
    };
    let built = ServiceBuilder::new()
        .layer(cached(if options.hash_files { IMMUTABLE } else { REVALIDATE }))
        .service(files(format!("{root}/pkg")));
    let worker = ServiceBuilder::new()
        .layer(cached(REVALIDATE))
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, WORKER_POLICY))
        .service(ServeFile::new(format!("{root}/streams.js")).precompressed_br().precompressed_gzip());
    let anything_else = files(root)
        .append_index_html_on_directories(false)
        .fallback(ErrorHandler::new_with_context(prepare_page, shell, options.clone()));
    Router::new()
        .leptos_routes_with_context(state, generate_route_list(App), prepare_page, move || {
            let options = if is_for_visitors() { &visitor_options } else { &options };
            shell(options.clone())
        })
        .layer(from_fn_with_state(state.clone(), check_cookies))
        .nest_service("/pkg", built)
        .route_service("/streams.js", worker)
        .fallback_service(ServiceBuilder::new().layer(cached(REVALIDATE)).service(anything_else))
}

/// Ends a cookie check: a browser that kept a cookie goes on to the page without [`COOKIE_CHECK`] in its address; for
/// others the page says what is wrong.
async fn check_cookies(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match after_check(&state, &request) {
        Some(clean) => {
            let headers = [(header::LOCATION, path_here(&clean)), (header::CACHE_CONTROL, "no-store")];
            (StatusCode::FOUND, headers).into_response()
        }
        None => next.run(request).await,
    }
}

/// The address without [`COOKIE_CHECK`], if the request has it and brings a cookie of ours.
fn after_check(state: &AppState, request: &Request) -> Option<String> {
    let query = request.uri().query()?;
    let (check, rest): (Vec<&str>, Vec<&str>) = query.split('&').partition(|part| *part == COOKIE_CHECK);
    if check.is_empty() || request.method() != Method::GET {
        return None;
    }
    let separator = if rest.is_empty() { "" } else { "?" };
    let keeps_cookies = cookies::has_any(request.headers(), &state.cookie_key);
    keeps_cookies.then(|| format!("{}{separator}{}", request.uri().path(), rest.join("&")))
}

/// Whether the page that is being rendered is one that visitors load.
fn is_for_visitors() -> bool {
    use_context::<Parts>().is_some_and(|request| address::is_viewer(request.uri.path()))
}

/// Runs once for each page.
fn prepare_page() {
    allow_own_scripts();
    flash::provide();
}

/// Sets a Content-Security-Policy with the nonce of the page's scripts, and the page's `Cache-Control`.
fn allow_own_scripts() {
    let (Some(nonce), Some(response)) = (leptos::nonce::use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    // cargo-leptos says that it is watching; only then does a page connect to its reload port.
    let reload = std::env::var_os("LEPTOS_WATCH").map_or("", |_| " ws:");
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; font-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        let caching = if is_for_visitors() { PRIVATE } else { NO_STORE };
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    }
}
