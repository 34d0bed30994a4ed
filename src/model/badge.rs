//! Badges: the live numbers of a link, shown in other sites.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BadgeId, Invalid, Metrics, Snapshot};

/// The most badges of a link.
pub const MAX_BADGES: u64 = 20;
/// The most sites that may show a badge in a frame.
pub const MAX_SITES: usize = 20;
/// The longest address of a site, in characters.
const MAX_SITE_LENGTH: usize = 200;

/// A badge of a link, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkBadge {
    /// The id by which it is revoked.
    pub badge_id: BadgeId,
    /// Its absolute address. Who knows it sees the badge, and nothing else of the link.
    pub url: String,
    /// The sites that may show it in a frame, such as `https://www.example.org`.
    pub sites: Vec<String>,
    /// Whether it also shows how often the document was viewed.
    pub counts: bool,
    /// Whether its frames are sent each change at once.
    pub live: bool,
    /// When it was made, Unix milliseconds.
    pub created_at: i64,
}

/// The request for a new badge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct NewLinkBadge {
    /// The sites that may show it in a frame, such as `https://www.example.org`; at most 20. Without one it is a picture
    /// and data alone.
    pub sites: Vec<String>,
    /// Whether it also shows how often the document was viewed.
    pub counts: bool,
    /// Whether its frames are sent each change at once, on a stream each: for small sites. At most a hundred frames have one
    /// at a time, and all of them take no more than half of what the server has; the others ask every ten seconds.
    pub live: bool,
}

/// What a badge shows. Never who reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BadgeNumbers {
    /// How many people read the document.
    pub active_viewers: u64,
    /// Views since the link was made, if its owner shows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_views: Option<u64>,
    /// When the numbers were read, Unix milliseconds. They are at most ten seconds old.
    pub as_of: i64,
}

impl BadgeNumbers {
    /// Those of a snapshot.
    pub fn of(snapshot: &Snapshot, with_views: bool) -> Self {
        let Metrics { active_viewers, total_views, .. } = snapshot.metrics;
        Self { active_viewers, total_views: with_views.then_some(total_views), as_of: snapshot.as_of }
    }

    /// Whether both show the same, whatever their time.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        (self.active_viewers, self.total_views) == (other.active_viewers, other.total_views)
    }

    /// The number of readers in words: "1 person is reading".
    pub fn words(&self) -> String {
        match self.active_viewers {
            0 => "No readers now".to_owned(),
            1 => "1 person is reading now".to_owned(),
            many => format!("{many} people are reading now"),
        }
    }
}

impl NewLinkBadge {
    /// The sites as browsers write their origins. [`Invalid`] for what is none, and for too many.
    pub fn origins(&self) -> Result<Vec<String>, Invalid> {
        let mut origins: Vec<String> =
            self.sites.iter().map(|site| origin(site)).collect::<Result<_, _>>()?;
        origins.sort();
        origins.dedup();
        if self.live && origins.is_empty() {
            return Err(Invalid::new("sites", "must name one at least, where each change is shown at once"));
        }
        if origins.len() > MAX_SITES {
            return Err(Invalid::new("sites", format!("must be at most {MAX_SITES}")));
        }
        Ok(origins)
    }
}

/// An origin ([RFC 6454](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)) that stands in a policy as it is: of a whole
/// host, in ASCII, without a wildcard and without the port that its scheme has anyway.
fn origin(site: &str) -> Result<String, Invalid> {
    let rule = "must be addresses such as https://www.example.org, without a path; a name with other letters than A-Z in \
                the form that begins with xn--";
    let read = || {
        let site = site.trim().to_ascii_lowercase();
        let site = site.strip_suffix('/').unwrap_or(&site);
        let (scheme, host) = site.split_once("://")?;
        let default = match scheme {
            "https" => "443",
            "http" => "80",
            _ => return None,
        };
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        if let Some(port) = port
            && (port.parse::<u16>().is_err() || !port.bytes().all(|b| b.is_ascii_digit()))
        {
            return None;
        }
        let is_name = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let is_host = name.split('.').all(is_name) && site.len() <= MAX_SITE_LENGTH;
        let port = port.filter(|port| *port != default).map(|port| format!(":{port}")).unwrap_or_default();
        is_host.then(|| format!("{scheme}://{name}{port}"))
    };
    read().ok_or_else(|| Invalid::new("sites", rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(sites: &[&str]) -> Result<Vec<String>, Invalid> {
        let sites = sites.iter().map(|site| (*site).to_owned()).collect();
        NewLinkBadge { sites, ..NewLinkBadge::default() }.origins()
    }

    #[test]
    fn live_badge_needs_a_site() {
        let live = |sites: &[&str]| {
            let sites = sites.iter().map(|site| (*site).to_owned()).collect();
            NewLinkBadge { sites, live: true, ..NewLinkBadge::default() }.origins()
        };
        assert!(live(&[]).is_err() && live(&["https://example.org"]).is_ok());
    }

    #[test]
    fn sites_become_origins() {
        for (site, origin) in [
            ("https://www.example.org", "https://www.example.org"),
            (" HTTPS://Example.ORG/ ", "https://example.org"),
            ("https://example.org:443", "https://example.org"),
            ("https://example.org:8443", "https://example.org:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1", "http://127.0.0.1"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(origins(&[site]), Ok(vec![origin.to_owned()]), "{site}");
        }
        assert_eq!(origins(&["https://b.c", "https://a.b", "https://b.c/"]).map(|all| all.len()), Ok(2));
        assert_eq!(origins(&[]), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for bad in [
            "",
            "*",
            "example.org",
            "https://",
            "https://*.example.org",
            "https://a b",
            "https://a;b",
            "https://a,b",
            "https://example.org/path",
            "https://user@example.org",
            "https://example.org:x",
            "https://example.org:",
            "https://example.org:99999",
            "data:text/html,x",
            "javascript://a",
            "https://b\u{fc}cher.example",
            "https://a..b",
            "https://example.org\n",
            "https://'none'",
            "ws://example.org",
        ] {
            let told = origins(&[bad]);
            // A line feed around the whole is trimmed, as a form's field ends with one.
            if bad.trim_end() == "https://example.org" {
                assert!(told.is_ok())
            } else {
                assert!(told.is_err(), "{bad}")
            }
        }
        let many: Vec<String> = (0..=MAX_SITES).map(|number| format!("https://{number}.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(origins(&many).is_err() && origins(&many[1..]).is_ok());
    }
}
