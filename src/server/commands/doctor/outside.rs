//! The look from outside: what a reader's browser would reach at the public URL, and what the proxy makes of it.

use std::time::Duration;

use reqwest::{Client, StatusCode, Url, redirect::Policy};

use super::checks::Findings;
use crate::server::config::Config;

const CHECK: &str = "public url";
/// How long the server may take to answer through its proxy.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A link that no document has.
const NO_LINK: &str = "/api/send/realtime/sightline-doctor";

pub(super) async fn check_public_url(found: &mut Findings, url: &str, config: &Config) {
    let parsed =
        Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(parsed) = parsed.filter(|url| url.path() == "/" && url.query().is_none()) else {
        return found
            .fail(CHECK, "SIGHTLINE_PUBLIC_URL must be scheme and host, such as https://read.example.org");
    };
    let is_https = parsed.scheme() == "https";
    if !is_https {
        found.warn(
            CHECK,
            "SIGHTLINE_PUBLIC_URL is http: anyone on the way reads passwords. Put a proxy with TLS in front.",
        );
    }
    if is_https && config.trusted_proxies.is_empty() {
        found.warn(
            CHECK,
            "TLS needs a proxy, and SIGHTLINE_TRUSTED_PROXIES names none: all visitors share its address and its rate limits.",
        );
    }
    let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
    let Ok(client) = client else { return found.warn(CHECK, "The server cannot be asked from here.") };
    let origin = parsed.origin().ascii_serialization();
    match client.get(format!("{origin}/healthz")).send().await {
        Err(error) => {
            // The address is the operator's own; the cause stands behind it.
            return found.fail(
                CHECK,
                format!(
                    "{origin} does not answer ({}). Start the server, and see the proxy and the DNS.",
                    cause(&error)
                ),
            );
        }
        Ok(answer) if answer.status() != StatusCode::OK => {
            return found.fail(
                CHECK,
                format!(
                    "{origin}/healthz answers {}: another program, or a proxy without its server.",
                    answer.status()
                ),
            );
        }
        Ok(_) => {}
    }
    // As the page of a reader sends it; only the cross-site check is of interest.
    let request = client
        .post(format!("{origin}{NO_LINK}"))
        .header("origin", &origin)
        .header("content-type", "application/json")
        .body(r#"{"action":"heartbeat","sessionId":"doctor"}"#);
    match request.send().await {
        Err(error) => found.fail(CHECK, format!("{origin} refuses a POST ({}). See the proxy.", cause(&error))),
        Ok(answer) if answer.status() == StatusCode::FORBIDDEN => found.fail(
            CHECK,
            "Visits are refused as another site's: the proxy changes the Host header. Have it pass Host unchanged.",
        ),
        Ok(answer) if answer.status() == StatusCode::NOT_FOUND => {
            found.ok(CHECK, format!("{origin} reaches this program, and visits pass the proxy."));
        }
        Ok(answer) => found.warn(CHECK, format!("{origin} answers a heartbeat with {}.", answer.status())),
    }
}

/// The innermost cause of an error, which says more than the outermost.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
