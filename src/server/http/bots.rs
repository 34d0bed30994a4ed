//! Which requests are not a reader's: bots, link previews, mail scanners, and pages that a browser loads in
//! case somebody might want them.
//!
//! The list of the crate `isbot` is the base; what it misses, or takes for a bot that is none, is put right
//! here. A bot that calls itself a browser is not recognised; it would have to show the page to be counted.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::client_address::Client;

/// What crawls, previews or scans, by names that `isbot` does not know.
const ALSO_DECLARED: &[&str] = &[
    // Any bot that ends its name so, but not the telephones named Cubot; in place of one of [`TOO_BROAD`].
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
    "iframely",
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
    // Gatherers of texts for machines.
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
    // Searching in China is done by a spider, and reading by a browser of the same name.
    "sogou .*spider",
];

/// Patterns of `isbot` that would also refuse people; replaced above where needed.
const TOO_BROAD: &[&str] = &[r"bot($|[/\);-]+)", "sogou"];

/// Programs that a person also runs by hand. Those of `isbot` are taken from its list, so that they can be
/// judged apart.
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
    // No browser names an address; a load tool does.
    "http[s]?://",
];

const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
const X_PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// The lists, compiled once: no request compiles anything.
#[derive(Debug)]
pub struct Bots {
    declared: isbot::Bots,
    programs: isbot::Bots,
}

impl Bots {
    /// Compiles the lists, which takes milliseconds: once for the process.
    pub fn new() -> Self {
        let mut declared = isbot::Bots::default();
        declared.remove(TOO_BROAD);
        declared.remove(PROGRAMS);
        declared.append(ALSO_DECLARED);
        Self { declared, programs: isbot::Bots::new(&PROGRAMS.join("\n")) }
    }

    /// Whether a request is not a reader's, and so is not counted.
    ///
    /// Programs that a person also runs by hand count when they connect directly from this machine: the README's
    /// curl lines, end-to-end tests and load tests do. A declared crawler or preview is refused from everywhere.
    pub fn refuses(&self, agent: &Agent) -> bool {
        if agent.is_speculative {
            return true;
        }
        // Every browser names itself.
        let Some(name) = agent.name.as_ref().filter(|name| !name.is_empty()) else {
            return !agent.is_local;
        };
        let name = String::from_utf8_lossy(name.as_bytes());
        self.declared.is_bot(&name) || (!agent.is_local && self.programs.is_bot(&name))
    }
}

/// What a request says of the program that sends it.
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
}

impl Default for Bots {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the browser loads the page in case somebody might want it. Once somebody does, the page says so
/// itself, in a request without these headers.
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
