//! Sends requests to the addresses that owners name, and to no others than those may be.

use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

use super::public_addresses::Reachable;
use crate::model::{Invalid, MAX_WEBHOOK_URL_LENGTH};

/// How long a request may take, its answer included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the connection may take, of that.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is kept, in bytes.
const ANSWER_KEPT: usize = 1_024;

/// The client of webhooks. Cheap to clone.
///
/// A name is resolved by `Resolver`, which passes on only the addresses that may be reached; the connection is made to one of
/// these and to none that a second look at the name would find. Redirects are not followed, and no proxy is asked.
#[derive(Clone)]
pub struct Receiver {
    /// For https: public addresses, and those that the operator allows.
    https: Client,
    /// For http: those that the operator allows.
    http: Client,
    reachable: Arc<Reachable>,
}

/// How a request went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiverAnswer {
    /// The status; `None` without an answer.
    pub status: Option<u16>,
    /// The beginning of the answer, or why there was none.
    pub text: String,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
}

/// Finds the addresses of a name that may be reached.
struct Resolver {
    reachable: Arc<Reachable>,
    /// Only those that the operator allows.
    only_allowed: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reachable, only_allowed) = (self.reachable.clone(), self.only_allowed);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let reached: Vec<SocketAddr> =
                found.filter(|found| may_reach(&reachable, only_allowed, found.ip())).collect();
            if reached.is_empty() {
                return Err(Box::<dyn Error + Send + Sync>::from(io::Error::other(refusal(only_allowed))));
            }
            Ok(Box::new(reached.into_iter()) as Addrs)
        })
    }
}

fn may_reach(reachable: &Reachable, only_allowed: bool, address: IpAddr) -> bool {
    if only_allowed { reachable.allows(address) } else { reachable.reaches(address) }
}

fn refusal(only_allowed: bool) -> &'static str {
    if only_allowed {
        "http is sent to networks that the operator allows only: use https"
    } else {
        "this address is not public"
    }
}

impl Receiver {
    /// A client for these addresses.
    pub fn new(reachable: Reachable) -> Self {
        // The commands on the terminal and the tests have chosen none yet. A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let reachable = Arc::new(reachable);
        let client = |only_allowed| {
            let resolver = Resolver { reachable: reachable.clone(), only_allowed };
            let client = Client::builder()
                .dns_resolver(Arc::new(resolver))
                .no_proxy()
                .redirect(Policy::none())
                .timeout(REQUEST_TIMEOUT)
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_max_idle_per_host(1)
                .user_agent(concat!("Sightline/", env!("CARGO_PKG_VERSION")));
            #[expect(clippy::expect_used, reason = "fails only without TLS, which is built in")]
            client.build().expect("a client")
        };
        Self { https: client(false), http: client(true), reachable }
    }

    /// Checks an address that an owner names, as far as it shows where it leads.
    pub fn check(&self, url: &str) -> Result<(), Invalid> {
        let invalid = |reason: &str| Err(Invalid::new("url", reason));
        if url.len() > MAX_WEBHOOK_URL_LENGTH {
            return Err(Invalid::new("url", format!("must have {MAX_WEBHOOK_URL_LENGTH} bytes at most")));
        }
        let Ok(parsed) = Url::parse(url) else {
            return invalid("must be an address such as https://example.org/hook");
        };
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return invalid("must not hold a name or a password");
        }
        match parsed.scheme() {
            "https" => {}
            "http" if self.reachable.allows_any() => {}
            _ => return invalid("must begin with https://"),
        }
        match self.refused_literal(&parsed) {
            Some(_) if parsed.scheme() == "http" => invalid("must begin with https://"),
            Some(_) => invalid("must be a public address"),
            None => Ok(()),
        }
    }

    /// Why an address that is a number may not be reached. Such addresses are not resolved, so no [`Resolver`] sees them.
    fn refused_literal(&self, url: &Url) -> Option<&'static str> {
        let only_allowed = url.scheme() == "http";
        let address = match url.host()? {
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
            Host::Domain(_) => return None,
        };
        (!may_reach(&self.reachable, only_allowed, address)).then(|| refusal(only_allowed))
    }

    /// Posts JSON with these headers. Never fails: what went wrong is told in the answer.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: String) -> ReceiverAnswer {
        let refused = |text: &str| ReceiverAnswer { text: text.to_owned(), ..ReceiverAnswer::default() };
        let Ok(url) = Url::parse(url) else { return refused("this is not an address") };
        if let Some(why) = self.refused_literal(&url) {
            return refused(why);
        }
        let client = if url.scheme() == "https" { &self.https } else { &self.http };
        let mut request = client.post(url).header("content-type", "application/json").body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return refused(&in_words(&error)),
        };
        let retry_after = response.headers().get("retry-after").and_then(|header| header.to_str().ok());
        let (status, retry_after) = (response.status().as_u16(), retry_after.map(str::to_owned));
        let mut kept = Vec::new();
        // An answer that breaks off has told its status all the same.
        while kept.len() < ANSWER_KEPT
            && let Ok(Some(chunk)) = response.chunk().await
        {
            kept.extend_from_slice(&chunk[..chunk.len().min(ANSWER_KEPT - kept.len())]);
        }
        ReceiverAnswer { status: Some(status), text: printable(&kept), retry_after }
    }
}

/// An answer as it is shown: what is no text becomes a replacement character, and control characters go.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// The innermost cause: the outer ones say only that a request has failed, and where to.
fn in_words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", REQUEST_TIMEOUT.as_secs());
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_reached_are_refused() {
        let public = Receiver::new(Reachable::default());
        let own = Receiver::new(Reachable::with(vec!["10.0.0.0/8".parse().expect("a network")]));
        for (url, by_public, by_own) in [
            ("https://example.org/hook?a=b", true, true),
            ("https://8.8.8.8:8443/", true, true),
            ("https://[2606:4700:4700::1111]/", true, true),
            ("https://10.0.0.7/", false, true),
            ("https://0x0a.1/", false, true),
            ("https://127.1/", false, false),
            ("https://2130706433/", false, false),
            ("https://[::1]/", false, false),
            ("https://[::ffff:169.254.169.254]/", false, false),
            ("http://example.org/", false, true),
            ("http://8.8.8.8/", false, false),
            ("http://10.0.0.7:8080/", false, true),
            ("ftp://example.org/", false, false),
            ("file:///etc/passwd", false, false),
            ("https://name:word@example.org/", false, false),
            ("https://", false, false),
            ("example.org", false, false),
            ("", false, false),
        ] {
            assert_eq!((public.check(url).is_ok(), own.check(url).is_ok()), (by_public, by_own), "{url}");
        }
        assert!(public.check(&format!("https://example.org/{}", "x".repeat(2_000))).is_err());
    }

    #[tokio::test]
    async fn name_of_a_private_address_is_not_connected() {
        let public = Receiver::new(Reachable::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"] {
            let answer = public.post(&format!("https://{host}:{port}/"), &[], String::new()).await;
            assert_eq!((answer.status, answer.text.as_str()), (None, "this address is not public"), "{host}");
            let answer = public.post(&format!("http://{host}:{port}/"), &[], String::new()).await;
            assert!(answer.text.contains("use https"), "{host}: {answer:?}");
        }
        let connected = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(connected.is_err(), "nothing has connected");
    }
}
