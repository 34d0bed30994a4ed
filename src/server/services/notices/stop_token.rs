//! Addresses that stop mails about visits without a sign-in: each is signed, for one link of one owner or for all.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use super::signature::hmac;
use crate::model::{LinkId, OwnerId};

/// Bytes of the signature.
const SIGNATURE: usize = 16;
/// Divides the parts: in neither an owner's id, nor a link's, nor Base64.
const SEPARATOR: char = '~';

/// Whose mails stop, and about what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopToken {
    /// The owner.
    pub owner: OwnerId,
    /// The link; `None`: all.
    pub link: Option<LinkId>,
}

impl StopToken {
    /// As it stands in an address.
    pub fn text(&self, server_key: &[u8; 64]) -> String {
        format!("{}{SEPARATOR}{}", self.claim(), self.signature(server_key))
    }

    /// Reads what an address names; `None` where this server has not signed it.
    pub fn read(text: &str, server_key: &[u8; 64]) -> Option<Self> {
        let parts: Vec<&str> = text.split(SEPARATOR).collect();
        let [owner, link, signature] = parts[..] else { return None };
        let link = if link.is_empty() { None } else { Some(link.parse().ok()?) };
        let token = Self { owner: owner.parse().ok()?, link };
        let is_signed: bool = token.signature(server_key).as_bytes().ct_eq(signature.as_bytes()).into();
        is_signed.then_some(token)
    }

    fn claim(&self) -> String {
        format!("{}{SEPARATOR}{}", self.owner, self.link.as_ref().map_or("", LinkId::as_str))
    }

    fn signature(&self, server_key: &[u8; 64]) -> String {
        let signature = hmac(server_key, format!("sightline stop mails 1 {}", self.claim()).as_bytes());
        URL_SAFE_NO_PAD.encode(&signature[..SIGNATURE])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(owner: &str, link: Option<&str>) -> StopToken {
        let link = link.map(|link| link.parse().expect("a link id"));
        StopToken { owner: owner.parse().expect("an owner's id"), link }
    }

    #[test]
    fn token_is_read_by_its_server_alone() {
        for token in [token("o1", Some("-_x")), token("o1", None)] {
            let text = token.text(&[1; 64]);
            assert_eq!(StopToken::read(&text, &[1; 64]), Some(token));
            assert_eq!(StopToken::read(&text, &[2; 64]), None);
        }
    }

    #[test]
    fn changed_token_is_refused() {
        let [one, all] = [token("o1", Some("k1")), token("o1", None)].map(|token| token.text(&[1; 64]));
        let signature = |text: &str| text.rsplit(SEPARATOR).next().unwrap_or_default().to_owned();
        for bad in [
            String::new(),
            "~~".to_owned(),
            format!("o1~~{}", signature(&one)),
            format!("o1~k1~{}", signature(&all)),
            format!("o2~k1~{}", signature(&one)),
            format!("o1~k2~{}", signature(&one)),
            format!("{one}~"),
            one[..one.len() - 1].to_owned(),
        ] {
            assert_eq!(StopToken::read(&bad, &[1; 64]), None, "{bad}");
        }
    }
}
