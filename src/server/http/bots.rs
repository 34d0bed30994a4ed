//! Requests that are not a reader's: of bots, link previews, mail scanners, and of browsers that load a page ahead.
//!
//! The base is the list of the crate `isbot`. The lists here add bots that it misses and correct patterns that match
//! readers. A bot that names itself like a browser is not recognised; to be counted it would have to run the page's
//! script.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::client_address::Client;

/// Crawlers, previews and scanners that `isbot` does not know.
const ALSO_DECLARED: &[&str] = &[
    // Any name that ends in "bot", except the phones named Cubot; replaces one of [`TOO_BROAD`].
    r"(^|[^u]|[^c]u)bot($|[/);-])",
    // Previews in chats and mail.
    "slackbot",
    "^whatsapp",
    "telegrambot",
    "linkedinbot",
    "facebookcatalog",
    "meta-external",
    "microsoft office",
    "ms-office",
    "microsoft-webdav",
    "bluesky",
    "cardyb",
    "embedly",
    "google-inspectiontool",
    "iframely",
    "kakaotalk-scrap",
    "^mastodon/",
    "^rocket.chat/",
    "^synapse ",
    "snap url preview",
    "vkshare",
    "pinterest/0",
    "redditbot",
    // Mail scanners and link checkers.
    "barracuda",
    "proofpoint",
    "mimecast",
    "safelinks",
    "ironport",
    "messagelabs",
    "fortiguard",
    "forcepoint",
    "trend micro",
    "zscaler",
    "urlscan",
    "cloudmark",
    "sophos",
    "websense",
    "symantec",
    "phishtank",
    "google-safety",
    "google-read-aloud",
    // Crawlers and agents of language models.
    "gptbot",
    "chatgpt-user",
    "oai-searchbot",
    "claudebot",
    "claude-user",
    "claude-searchbot",
    "anthropic-ai",
    "perplexity-?(bot|user)",
    "bytespider",
    "ccbot",
    "cohere-ai",
    "google-extended",
    "amazonbot",
    "applebot",
    "diffbot",
    // Sogou's crawler, not its browser; replaces one of [`TOO_BROAD`].
    "sogou .*spider",
];

/// Patterns of `isbot` that also match readers; replaced above.
const TOO_BROAD: &[&str] = &[r"bot($|[/\);-]+)", "sogou", "http[s]?://"];

/// Programs that people also run by hand. They are removed from the list of `isbot` and checked separately.
const PROGRAMS: &[&str] = &[
    "^curl",
    "wget",
    "headlesschrome",
    "phantomjs",
    "playwright",
    "puppeteer",
    "selenium",
    "cypress",
    "python-requests",
    "python-urllib",
    "python-httpx",
    "^python",
    "aiohttp",
    "httpx",
    "pycurl",
    "^node",
    "node-fetch/",
    "undici",
    "axios",
    "^got",
    "^deno",
    "^bun/",
    "^java/",
    "java-http-client",
    "httpclient",
    "httpurlconnection",
    "okhttp",
    "ahc/",
    "go-http-client",
    "^reqwest",
    "^hyper",
    "^ruby",
    "faraday",
    "guzzlehttp",
    "^php",
    "libwww-perl",
    "^lua-resty-http",
    "^dart",
    "^httpie",
    "^postmanruntime",
    "^insomnia",
    "powershell",
    "apachebench/",
    "^wrk",
    "^k6",
    "^hey",
    "^oha",
    "^vegeta",
    "^locust",
    "^artillery",
    "^gatling",
    "jmeter",
];

// Older names of `Sec-Purpose`, which some browsers still send.
const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
const X_PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
/// Says that a page is loaded ahead ([HTML, "Speculative loading"][spec]).
///
/// [spec]: https://html.spec.whatwg.org/multipage/speculative-loading.html
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// The compiled lists.
#[derive(Debug)]
pub struct Bots {
    declared: isbot::Bots,
    programs: isbot::Bots,
}

impl Bots {
    /// Compiles the lists, which takes milliseconds: call it once per process.
    pub fn new() -> Self {
        let mut declared = isbot::Bots::default();
        declared.remove(TOO_BROAD);
        declared.remove(PROGRAMS);
        declared.append(ALSO_DECLARED);
        Self { declared, programs: isbot::Bots::new(&PROGRAMS.join("\n")) }
    }

    /// What sends requests with this `User-Agent`.
    pub fn kind(&self, name: &str) -> AgentKind {
        if self.declared.is_bot(name) {
            AgentKind::Bot
        } else if name.is_empty() || self.programs.is_bot(name) || is_program_with_address(name) {
            AgentKind::Program
        } else {
            AgentKind::Reader
        }
    }
}

/// What sends requests under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentKind {
    /// A crawler or a preview.
    Bot,
    /// A program that people run by hand, or one without a name: every browser names itself.
    Program,
    /// Anyone else.
    Reader,
}

/// Whether a name holds an address, as those of crawlers and load tools do, and is not a browser's: some of those have an
/// address in their names, too, by an extension or a maker.
fn is_program_with_address(name: &str) -> bool {
    let is_browser = name.starts_with("Mozilla/5.0 (")
        && (name.contains("Gecko/") || name.contains("like Gecko"))
        && !name.contains("compatible;");
    name.contains("://") && !is_browser
}

/// What a request's headers say of the program that sent it.
pub struct Agent {
    name: Option<HeaderValue>,
    is_speculative: bool,
    is_local: bool,
}

impl Agent {
    /// Reads the headers that name the program and its purpose.
    pub fn read(client: &Client, headers: &HeaderMap) -> Self {
        Self {
            name: headers.get(header::USER_AGENT).cloned(),
            is_speculative: is_speculative(headers),
            is_local: client.is_local(),
        }
    }

    /// The `User-Agent`; empty when there is none.
    pub fn name(&self) -> &[u8] {
        self.name.as_ref().map_or(&[], HeaderValue::as_bytes)
    }

    /// Whether the request, with a name of this kind, is not a reader's, and so is not counted.
    ///
    /// A crawler or a preview is refused from any address. A program is refused unless it runs on this machine: from there
    /// the README's curl lines, end-to-end tests and load tests are counted.
    pub fn is_refused(&self, kind: AgentKind) -> bool {
        match kind {
            AgentKind::Bot => true,
            AgentKind::Program => self.is_speculative || !self.is_local,
            AgentKind::Reader => self.is_speculative,
        }
    }
}

impl Default for Bots {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the browser loads the page ahead, in case the user opens it. When the user does, the page's script sends a
/// request without these headers.
fn is_speculative(headers: &HeaderMap) -> bool {
    [SEC_PURPOSE, PURPOSE, X_PURPOSE, X_MOZ].iter().any(|name| {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).any(|value| {
            let value = value.to_ascii_lowercase();
            ["prefetch", "prerender", "preview"].iter().any(|purpose| value.contains(purpose))
        })
    })
}

#[cfg(test)]
mod tests;
