//! What the names of programs (`User-Agent`) tell. Most readers share few names, and reading one takes hundreds of
//! patterns: what was read is kept.

use std::sync::Arc;

use moka::sync::Cache;

use super::{
    bots::{AgentKind, Bots},
    visit_origin::client_kind,
};
use crate::model::{Browser, ClientKind, System};

/// How many names are kept.
const KEPT: u64 = 1_000;
/// A longer name, in bytes, is read each time.
const LONGEST_KEPT: usize = 1_000;

/// What a `User-Agent` tells of the program that sent it.
#[derive(Clone, Debug)]
pub struct UserAgent {
    /// What sends requests with it.
    pub kind: AgentKind,
    /// Browser, system and device; `None` for a name that names none.
    pub client: Option<ClientKind>,
    /// The browser and the system, for the list of an owner's sessions: "Firefox on Linux", "A program".
    pub label: Arc<str>,
}

/// Reads the names of programs.
pub struct UserAgents {
    bots: Bots,
    kept: Cache<Box<[u8]>, UserAgent>,
}

impl UserAgents {
    /// Compiles the patterns, which takes milliseconds: call it once per process.
    pub fn new() -> Self {
        Self { bots: Bots::new(), kept: Cache::new(KEPT) }
    }

    /// Reads a name; an empty one stands for a request without.
    pub fn read(&self, name: &[u8]) -> UserAgent {
        if let Some(kept) = self.kept.get(name) {
            return kept;
        }
        let text = String::from_utf8_lossy(name);
        let client = client_kind(&text);
        let nothing = (Browser::Other, System::Other);
        let label = match client.filter(|client| (client.browser, client.system) != nothing) {
            Some(client) => format!("{} on {}", client.browser.label(), client.system.label()),
            None => "A program".to_owned(),
        };
        let read = UserAgent { kind: self.bots.kind(&text), client, label: label.into() };
        if name.len() <= LONGEST_KEPT {
            self.kept.insert(name.into(), read.clone());
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Device;

    const FIREFOX: &[u8] = b"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

    #[test]
    fn name_tells_the_same_each_time() {
        let agents = UserAgents::new();
        let long = [FIREFOX, &[b'x'; LONGEST_KEPT]].concat();
        for (name, kind, system, label) in [
            (FIREFOX, AgentKind::Reader, Some(System::Linux), "Firefox on Linux"),
            (&long, AgentKind::Reader, Some(System::Linux), "Firefox on Linux"),
            (b"Googlebot/2.1", AgentKind::Bot, Some(System::Other), "A program"),
            (b"curl/8.14.1", AgentKind::Program, Some(System::Other), "A program"),
            (b"\xff", AgentKind::Reader, None, "A program"),
            (b"", AgentKind::Program, None, "A program"),
        ] {
            for _ in 0..2 {
                let read = agents.read(name);
                let told = (read.kind, read.client.map(|client| client.system), &*read.label);
                assert_eq!(told, (kind, system, label), "{}", String::from_utf8_lossy(name));
            }
        }
        let client = ClientKind { browser: Browser::Firefox, system: System::Linux, device: Device::Desktop };
        assert_eq!(agents.read(FIREFOX).client, Some(client));
    }

    #[test]
    fn long_names_are_not_kept() {
        let agents = UserAgents::new();
        for length in [LONGEST_KEPT, LONGEST_KEPT + 1] {
            agents.read(&vec![b'x'; length]);
        }
        agents.kept.run_pending_tasks();
        assert_eq!(agents.kept.entry_count(), 1);
    }
}
