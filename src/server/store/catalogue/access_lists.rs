//! Whom a link lets in by the e-mail address that they give: its allow and block lists.

use std::{fmt, str::FromStr};

use icu_normalizer::ComposingNormalizerBorrowed;
use idna::AsciiDenyList;

use crate::model::Invalid;

/// The most entries of a list.
pub const MAX_RULES: usize = 200;
/// The longest entry, in bytes: an address has 254 ([RFC 3696, erratum
/// 1690](https://www.rfc-editor.org/errata/eid1690)).
const MAX_RULE_LENGTH: usize = 254;

/// The lists of a link. With both empty every address is let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLists {
    /// Only these are let in; empty: all are.
    pub allow: RuleList,
    /// These are not, whatever `allow` says.
    pub block: RuleList,
}

impl AccessLists {
    /// Whether there is no list at all.
    pub fn are_empty(&self) -> bool {
        self.allow.0.is_empty() && self.block.0.is_empty()
    }

    /// Whether a visitor who gave this address is let in. Without an address, or with one whose domain is none, no visitor is
    /// where there is a list.
    pub fn admit(&self, email: Option<&str>) -> bool {
        if self.are_empty() {
            return true;
        }
        let Some(address) = email.and_then(Address::read) else { return false };
        let is_blocked = self.block.0.iter().any(|rule| rule.blocks(&address));
        !is_blocked && (self.allow.0.is_empty() || self.allow.0.iter().any(|rule| rule.allows(&address)))
    }
}

/// Addresses and domains, in the order in which the owner wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleList(Vec<Rule>);

impl RuleList {
    /// Reads the entries of `field`; those that are empty or say the same as another are left out.
    pub fn read(field: &'static str, entries: &[String]) -> Result<Self, Invalid> {
        let mut rules: Vec<Rule> = Vec::new();
        for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
            let rule: Rule = entry.parse().map_err(|NoRule| {
                Invalid::new(
                    field,
                    format!("must have addresses and domains, and “{}” is neither", shown(entry)),
                )
            })?;
            if rules.iter().all(|known| known.matched != rule.matched) {
                rules.push(rule);
            }
        }
        if rules.len() > MAX_RULES {
            return Err(Invalid::new(field, format!("must have {MAX_RULES} entries at most")));
        }
        Ok(Self(rules))
    }

    /// The entries as the owner wrote them.
    pub fn entries(&self) -> Vec<String> {
        self.0.iter().map(|rule| rule.written.clone()).collect()
    }

    /// One entry a line.
    pub(super) fn stored(&self) -> String {
        self.entries().join("\n")
    }

    /// `None` for what a list never stores: who is let in is then not known.
    pub(super) fn from_stored(stored: &str) -> Option<Self> {
        stored.lines().map(|line| line.parse().ok()).collect::<Option<_>>().map(Self)
    }
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    written: String,
    matched: Matched,
}

/// What an entry matches. Domains are in ASCII (IDNA), lower case and without a final dot.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Matched {
    /// `ada@example.com`.
    Address(Address),
    /// `example.com`, without its sub-domains.
    Domain(String),
    /// `*.example.com`: the sub-domains alone. Holds `.example.com`.
    SubDomains(String),
}

/// An e-mail address as it is compared. In theory a host may tell the case of the part before the @; in practice none
/// does, and a list that did would be passed by a capital letter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    local: String,
    domain: String,
}

impl Address {
    fn read(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let local = ComposingNormalizerBorrowed::new_nfkc().normalize(&local.to_lowercase()).into_owned();
        (!local.is_empty() && !local.contains(char::is_whitespace))
            .then_some(Self { local, domain: ascii_domain(domain)? })
    }

    /// The address without what follows a plus sign, which most hosts deliver to the same mailbox.
    fn mailbox(&self) -> &str {
        self.local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(&self.local)
    }
}

impl Rule {
    fn matches_domain(&self, domain: &str) -> bool {
        match &self.matched {
            Matched::Address(_) => false,
            Matched::Domain(named) => domain == named,
            Matched::SubDomains(end) => domain.ends_with(end.as_str()),
        }
    }

    fn allows(&self, address: &Address) -> bool {
        matches!(&self.matched, Matched::Address(named) if named == address)
            || self.matches_domain(&address.domain)
    }

    /// A blocked address is blocked with every plus part; one that is allowed is allowed as it stands.
    fn blocks(&self, address: &Address) -> bool {
        let is_mailbox = |named: &Address| named.domain == address.domain && named.local == address.mailbox();
        self.allows(address) || matches!(&self.matched, Matched::Address(named) if is_mailbox(named))
    }
}

/// The text is neither an address nor a domain.
struct NoRule;

impl FromStr for Rule {
    type Err = NoRule;

    fn from_str(written: &str) -> Result<Self, NoRule> {
        if written.len() > MAX_RULE_LENGTH {
            return Err(NoRule);
        }
        let matched = match (written.strip_prefix("*."), written.strip_prefix('@')) {
            (Some(domain), _) => Matched::SubDomains(format!(".{}", ascii_domain(domain).ok_or(NoRule)?)),
            (_, Some(domain)) => Matched::Domain(ascii_domain(domain).ok_or(NoRule)?),
            _ if written.contains('@') => Matched::Address(Address::read(written).ok_or(NoRule)?),
            _ => Matched::Domain(ascii_domain(written).ok_or(NoRule)?),
        };
        Ok(Self { written: written.to_owned(), matched })
    }
}

/// A domain in ASCII ([UTS 46](https://www.unicode.org/reports/tr46/)), lower case, without a final dot. `None` for what
/// is none, and for one without a dot.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(domain.trim().as_bytes(), AsciiDenyList::URL).ok()?;
    let ascii = ascii.strip_suffix('.').unwrap_or(&ascii);
    let is_domain = ascii.contains('.')
        && ascii.len() <= 253
        && ascii.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && !ascii.contains(['*', '@', '_', ',', ';']);
    is_domain.then(|| ascii.to_owned())
}

/// An entry as an error names it.
fn shown(entry: &str) -> impl fmt::Display {
    entry.chars().take(60).filter(|c| !c.is_control()).collect::<String>()
}

#[cfg(test)]
mod tests;
