//! The English names of countries.

use super::Country;

/// A line per country, its code and its name: the codes of ISO 3166-1 and `XK`, which
/// [CLDR](https://cldr.unicode.org/translation/displaynames/countryregion-territory-names) and MaxMind give Kosovo;
/// the names are those of CLDR.
const NAMES: &str = include_str!("country_names.txt");

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
