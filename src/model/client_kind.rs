//! What a browser says of itself, reduced to small codes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Defines an enum of small codes: what is stored, and what people read.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $code:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The character that the records hold.
            pub fn code(self) -> char {
                match self { $(Self::$variant => $code,)* }
            }

            /// The value of a character; `None` for one of a newer version.
            pub fn of_code(code: char) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// As people read it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

codes! {
    /// A kind of device.
    Device {
        /// A computer with a large screen.
        Desktop = 'd', "Desktop";
        /// A phone.
        Phone = 'p', "Phone";
        /// A tablet.
        Tablet = 't', "Tablet";
        /// Anything else: a television, a console, a program.
        Other = 'o', "Other";
    }
}

codes! {
    /// A browser.
    Browser {
        /// Google Chrome and what calls itself that.
        Chrome = 'c', "Chrome";
        /// Safari.
        Safari = 's', "Safari";
        /// Firefox.
        Firefox = 'f', "Firefox";
        /// Microsoft Edge.
        Edge = 'e', "Edge";
        /// Opera.
        Opera = 'p', "Opera";
        /// Samsung Internet.
        Samsung = 'm', "Samsung Internet";
        /// Any other.
        Other = 'o', "Other";
    }
}

codes! {
    /// An operating system.
    System {
        /// Windows.
        Windows = 'w', "Windows";
        /// macOS.
        MacOs = 'm', "macOS";
        /// iOS and iPadOS.
        Ios = 'i', "iOS";
        /// Android.
        Android = 'a', "Android";
        /// Linux.
        Linux = 'l', "Linux";
        /// ChromeOS.
        ChromeOs = 'c', "ChromeOS";
        /// Any other.
        Other = 'o', "Other";
    }
}

/// What a browser says of itself, reduced to three codes. The `User-Agent` itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientKind {
    /// The browser.
    pub browser: Browser,
    /// The operating system.
    pub system: System,
    /// The kind of device.
    pub device: Device,
}

impl ClientKind {
    /// Three characters, as the records hold it.
    pub fn code(self) -> String {
        [self.browser.code(), self.system.code(), self.device.code()].iter().collect()
    }

    /// Reads three characters; `None` for anything else.
    pub fn of_code(code: &str) -> Option<Self> {
        let mut characters = code.chars();
        let kind = Self {
            browser: Browser::of_code(characters.next()?)?,
            system: System::of_code(characters.next()?)?,
            device: Device::of_code(characters.next()?)?,
        };
        characters.next().is_none().then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_kinds_read_back_from_their_code() {
        for &browser in Browser::ALL {
            for &system in System::ALL {
                for &device in Device::ALL {
                    let kind = ClientKind { browser, system, device };
                    assert_eq!(ClientKind::of_code(&kind.code()), Some(kind));
                }
            }
        }
        for bad in ["", "cw", "cwdd", "???"] {
            assert_eq!(ClientKind::of_code(bad), None, "{bad}");
        }
    }
}
