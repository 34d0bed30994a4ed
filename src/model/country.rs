//! Countries and their English names.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Invalid;

/// A line per country, its code and its name: the codes of ISO 3166-1 and `XK`, which
/// [CLDR](https://cldr.unicode.org/translation/displaynames/countryregion-territory-names) and MaxMind give Kosovo;
/// the names are those of CLDR.
const NAMES: &str = include_str!("country_names.txt");

/// A country: two capital letters of [ISO 3166-1](https://www.iso.org/iso-3166-country-codes.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl FromStr for Country {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([a, b])),
            _ => Err(Invalid::new("country", "must be two capital letters")),
        }
    }
}

text_on_the_wire!(Country, "Two capital letters (ISO 3166-1).");

impl Country {
    /// The English name; `None` for a code that no country has.
    pub fn name(self) -> Option<&'static str> {
        let code = self.to_string();
        NAMES.lines().find_map(|line| line.strip_prefix(&code)?.strip_prefix(' '))
    }

    /// The English name, or the code where there is none.
    pub fn label(self) -> String {
        self.name().map_or_else(|| self.to_string(), ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_two_capital_letters() {
        assert_eq!("DE".parse::<Country>().map(|country| country.to_string()), Ok("DE".to_owned()));
        for bad in ["", "D", "de", "DEU", "D1", "ÄÖ"] {
            assert!(bad.parse::<Country>().is_err(), "{bad}");
        }
    }

    #[test]
    fn countries_have_english_names() {
        let label = |code: &str| code.parse::<Country>().expect("two letters").label();
        for (code, name) in
            [("DE", "Germany"), ("GB", "United Kingdom"), ("CI", "Côte d’Ivoire"), ("XK", "Kosovo")]
        {
            assert_eq!(label(code), name);
        }
        assert_eq!(label("ZZ"), "ZZ", "a code without a country stays");
    }

    #[test]
    fn each_line_is_a_code_and_a_name() {
        let codes: Vec<&str> = NAMES.lines().filter_map(|line| Some(line.split_once(' ')?.0)).collect();
        assert_eq!(codes.len(), 250);
        assert!(codes.is_sorted() && codes.iter().all(|code| code.parse::<Country>().is_ok()));
    }
}
