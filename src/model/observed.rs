//! What a visitor's client observed of the reader, beside signs of life: parts of pages, links opened, printing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, Thirds};

/// The most pages of which one request tells the parts.
pub const MAX_SEEN: usize = 100;
/// The most links opened that one request tells.
pub const MAX_CLICKED: usize = 10;
/// The longest address of a link opened, in characters, all of ASCII.
pub const MAX_ADDRESS_LENGTH: usize = 200;

/// What links out of a document may lead to.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// Parts of a page that came into view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PageSeen {
    /// From 1.
    pub page: u32,
    /// What came into view of it; none: its parts are told from now on.
    pub thirds: Thirds,
}

/// What a client observed since it last told the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed<'a> {
    /// Parts of pages.
    pub seen: &'a [PageSeen],
    /// The addresses of links opened.
    pub clicked: &'a [String],
    /// Whether the reader asked the browser to print.
    pub printed: bool,
}

impl Observed<'_> {
    /// Checks the limits. Pages run from 1 to `pages`.
    pub(super) fn check(&self, pages: u32) -> Result<(), Invalid> {
        if self.seen.len() > MAX_SEEN {
            return Err(Invalid::new("seen", format!("must be at most {MAX_SEEN} pages")));
        }
        if self.seen.iter().any(|seen| seen.page == 0 || seen.page > pages) {
            return Err(Invalid::new("seen", format!("must be pages of the document, 1 to {pages}")));
        }
        if self.clicked.len() > MAX_CLICKED {
            return Err(Invalid::new("clicked", format!("must be at most {MAX_CLICKED} addresses")));
        }
        if !self.clicked.iter().all(|address| is_address(address)) {
            let rule = format!(
                "must be addresses that begin with http://, https:// or mailto:, of at most {MAX_ADDRESS_LENGTH} \
                 characters of ASCII without blanks, quotes and angle brackets"
            );
            return Err(Invalid::new("clicked", rule));
        }
        Ok(())
    }
}

/// The address of a link as a client tells it: what no address may hold is percent-encoded
/// ([RFC 3987, section 3.1](https://www.rfc-editor.org/rfc/rfc3987#section-3.1)), and the end is cut at
/// [`MAX_ADDRESS_LENGTH`]. `None` for one that leads elsewhere than a document's links may.
pub fn told_address(address: &str) -> Option<String> {
    let mut told = String::new();
    for byte in address.bytes() {
        let length = told.len();
        if is_allowed(byte) {
            told.push(char::from(byte));
        } else {
            told.push('%');
            told.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
        if told.len() > MAX_ADDRESS_LENGTH {
            told.truncate(length);
            break;
        }
    }
    is_address(&told).then_some(told)
}

fn is_address(address: &str) -> bool {
    let begins = |scheme: &str| {
        let (begin, rest) = address.split_at_checked(scheme.len()).unwrap_or_default();
        begin.eq_ignore_ascii_case(scheme) && !rest.is_empty()
    };
    address.len() <= MAX_ADDRESS_LENGTH && SCHEMES.into_iter().any(begins) && address.bytes().all(is_allowed)
}

/// Quotes and angle brackets delimit addresses in text and are in none
/// ([RFC 3986, appendix C](https://www.rfc-editor.org/rfc/rfc3986#appendix-C)).
fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(address: &str) -> Vec<String> {
        vec![address.to_owned()]
    }

    fn check(clicked: &[String]) -> Result<(), Invalid> {
        Observed { clicked, ..Observed::default() }.check(12)
    }

    #[test]
    fn addresses_of_outgoing_links_are_accepted() {
        let longest = format!("https://{}", "a".repeat(MAX_ADDRESS_LENGTH - 8));
        for good in [
            "https://example.org/a?b=c#d",
            "http://127.0.0.1:8080",
            "HTTPS://EXAMPLE.ORG",
            "mailto:ada@example.org?subject=%20",
            "https://example.org/%E9%81%93;1/5",
            &longest,
        ] {
            assert_eq!(check(&of(good)), Ok(()), "{good}");
            assert_eq!(told_address(good).as_deref(), Some(good));
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        let too_long = format!("https://{}", "a".repeat(MAX_ADDRESS_LENGTH - 7));
        for bad in [
            "",
            "https://",
            "mailto:",
            "example.org",
            "/page",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "file:///etc",
            "https:/one",
            " https://example.org",
            "https://example.org/a b",
            "https://example.org/\u{a0}",
            "https://example.org/\n",
            "https://example.org/\0",
            "https://example.org/\u{85}",
            "https://example.org/道",
            "https://example.org/>",
            "mailto:<ada@example.org>",
            "https://example.org/\"",
            &too_long,
        ] {
            assert_eq!(check(&of(bad)).expect_err(bad).field, "clicked");
        }
    }

    #[test]
    fn address_is_told_encoded_and_cut() {
        let long = format!("https://example.org/{}", "a".repeat(MAX_ADDRESS_LENGTH));
        let at_the_cut = format!("https://example.org/{}道", "a".repeat(MAX_ADDRESS_LENGTH - 22));
        for (address, told) in [
            ("https://example.org/a b\"<道>", Some("https://example.org/a%20b%22%3C%E9%81%93%3E")),
            ("mailto:a b@example.org\n", Some("mailto:a%20b@example.org%0A")),
            (&*long, Some(&long[..MAX_ADDRESS_LENGTH])),
            (&at_the_cut, Some(&at_the_cut[..MAX_ADDRESS_LENGTH - 2])),
            (" https://example.org", None),
            ("javascript:alert(1)", None),
            ("#page=3", None),
            ("https://", None),
        ] {
            assert_eq!(told_address(address).as_deref(), told, "{address}");
        }
    }

    #[test]
    fn limits_of_one_request_hold() {
        let seen = |page| PageSeen { page, thirds: Thirds::WHOLE };
        let pages = vec![seen(12); MAX_SEEN + 1];
        let addresses = vec!["mailto:a@b.c".to_owned(); MAX_CLICKED + 1];
        let check = |seen, clicked| {
            let refused = Observed { seen, clicked, printed: true }.check(12);
            refused.err().map(|invalid| invalid.field)
        };
        assert_eq!(check(&pages[1..], &addresses[1..]), None);
        for (pages, addresses, field) in [
            (&pages[..], &[][..], "seen"),
            (&[seen(0)], &[], "seen"),
            (&[seen(1), seen(13)], &[], "seen"),
            (&[], &addresses, "clicked"),
        ] {
            assert_eq!(check(pages, addresses).as_deref(), Some(field));
        }
    }

    proptest! {
        #[test]
        fn told_address_is_always_accepted(rest in "[a-z/\\PC\\s\"<>é道]{0,300}", scheme in 0..3_usize) {
            let address = format!("{}{rest}", SCHEMES[scheme]);
            match told_address(&address) {
                Some(told) => prop_assert_eq!(check(&of(&told)), Ok(())),
                None => prop_assert!(rest.is_empty()),
            }
        }
    }
}
