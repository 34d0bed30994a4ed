//! Refuses passwords that are guessed soon.

use std::collections::HashSet;

use zxcvbn::zxcvbn;

use super::hashing::composed;
use crate::model::{Invalid, PasswordStrength, check_password};

/// The fewest guesses of a whole password: what zxcvbn calls very unguessable.
const LEAST_GUESSES: u64 = 10_000_000_000;
/// The fewest guesses of a phrase word by word, and of what a password has beside the owner's own words.
const LEAST_GUESSES_OF_REST: u64 = 100_000_000;
/// The guesses of a letter, as zxcvbn counts them.
const GUESSES_OF_LETTER: u64 = 10;
/// The fewest letters of a word of an address's name, and of its domain, that is looked for.
const LEAST_OF_NAME: usize = 3;
const LEAST_OF_DOMAIN: usize = 4;
/// The name of this program, which stands on the page.
const PROGRAM: &str = "sightline";

/// How soon a password for the account of `email` is guessed, while it is typed.
pub fn strength(password: &str, email: &str) -> PasswordStrength {
    match check_strength(password, email) {
        Ok(()) => PasswordStrength { is_enough: true, words: "Hard to guess.".to_owned() },
        Err(Invalid { reason, .. }) => PasswordStrength { is_enough: false, words: format!("It {reason}.") },
    }
}

/// Refuses a password for the account of `email` that is too short, too long, or easy to guess:
///
/// - without what it has of the e-mail address, however that is written, in fewer than 10⁸ guesses;
/// - by the lists of [zxcvbn](https://github.com/shssoichiro/zxcvbn-rs), which have common passwords, words, names and
///   keyboard patterns, in fewer than 10¹⁰;
/// - as a phrase, word by word, in fewer than 10⁸: zxcvbn takes the short words of "a good password" for random letters.
pub fn check_strength(password: &str, email: &str) -> Result<(), Invalid> {
    check_password(password)?;
    let password = composed(password);
    let own = OwnWords::of(email);
    let lists = own.lists();
    if let Some(rest) = own.rest_of(&password)
        && zxcvbn(&rest, &lists).guesses() < LEAST_GUESSES_OF_REST
    {
        return Err(weak("It is the e-mail address or a part of it, with little else. "));
    }
    let estimate = zxcvbn(&password, &lists);
    if estimate.guesses() < LEAST_GUESSES {
        let warning = estimate.feedback().and_then(|feedback| feedback.warning());
        return Err(weak(&warning.map_or(String::new(), |warning| format!("{warning} "))));
    }
    if !is_phrase_long(&password, &lists) {
        return Err(weak("Its words are common ones, or come twice. "));
    }
    Ok(())
}

fn weak(why: &str) -> Invalid {
    let reason = format!("is easy to guess. {why}Take three or four words that do not belong together");
    Invalid::new("password", reason)
}

/// Whether a phrase takes long to guess word by word, the common ones first, with one separator between all. A word that
/// comes again adds next to nothing.
fn is_phrase_long(password: &str, lists: &[&str]) -> bool {
    let mut seen = HashSet::new();
    let mut separators = password.chars().filter(|letter| is_separator(*letter));
    let first = separators.next();
    // Another separator at each place is more to guess.
    let mut guesses = separators
        .filter(|separator| Some(*separator) != first)
        .fold(1_u64, |guesses, _| guesses.saturating_mul(GUESSES_OF_LETTER));
    for word in password.split(is_separator).filter(|word| !word.is_empty()) {
        let is_new = seen.insert(word.to_lowercase());
        let of_word = if is_new { zxcvbn(word, lists).guesses().max(2) } else { 2 };
        guesses = guesses.saturating_mul(of_word);
        if guesses >= LEAST_GUESSES_OF_REST {
            return true;
        }
    }
    false
}

/// What people set between words, which adds nothing to guess.
fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || "-_.,+".contains(letter)
}

/// The words of an owner's e-mail address.
struct OwnWords {
    /// As they are written, for the lists.
    parts: Vec<String>,
    /// As they are looked for: folded, forwards and backwards, the longest first.
    folded: Vec<Vec<char>>,
}

impl OwnWords {
    fn of(email: &str) -> Self {
        let email = composed(email);
        let (name, domain) = email.rsplit_once('@').unwrap_or((&email, ""));
        let is_boundary = |letter: char| !letter.is_alphanumeric();
        let long_parts = |text: &str, least: usize| -> Vec<String> {
            text.split(is_boundary).filter(|part| part.chars().count() >= least).map(str::to_owned).collect()
        };
        let mut parts = vec![email.clone(), name.to_owned(), domain.to_owned()];
        parts.extend(long_parts(name, LEAST_OF_NAME));
        // Not what every address has, such as "com".
        parts.extend(long_parts(domain, LEAST_OF_DOMAIN));
        let spelt = |word: &String| word.chars().filter(|letter| !is_separator(*letter)).map(fold).collect();
        let mut folded: Vec<Vec<char>> = parts.iter().map(spelt).collect();
        folded.push(
            format!("{name}{domain}").chars().filter(|letter| !is_separator(*letter)).map(fold).collect(),
        );
        folded.extend(folded.clone().into_iter().map(|word| word.into_iter().rev().collect()));
        folded.retain(|word| word.len() >= LEAST_OF_NAME);
        folded.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self { parts, folded }
    }

    /// What zxcvbn takes for common, beside its own lists: these words, and the name of the program.
    fn lists(&self) -> Vec<&str> {
        self.parts.iter().map(String::as_str).chain([PROGRAM]).collect()
    }

    /// What is left of a password without these words and without separators; `None` where it holds none of the words.
    fn rest_of(&self, password: &str) -> Option<String> {
        let letters: Vec<char> = password.chars().filter(|letter| !is_separator(*letter)).collect();
        let folded: Vec<char> = letters.iter().copied().map(fold).collect();
        let mut is_own = vec![false; letters.len()];
        for word in &self.folded {
            for (at, window) in folded.windows(word.len()).enumerate() {
                let place = at..at + word.len();
                if window == &word[..] && !is_own[place.clone()].contains(&true) {
                    is_own[place].fill(true);
                }
            }
        }
        let rest = letters.iter().zip(&is_own).filter(|(_, is_own)| !**is_own).map(|(letter, _)| letter);
        is_own.contains(&true).then(|| rest.filter(|letter| **letter != '@').collect())
    }
}

/// A letter without its case, and a digit or sign as the letter that it stands for in passwords.
fn fold(letter: char) -> char {
    match letter.to_lowercase().next().unwrap_or(letter) {
        '0' => 'o',
        '1' | '!' | '|' | 'l' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH};

    const EMAIL: &str = "Ada.Lovelace@analytical-engines.example.org";
    const SAYS_COMMON: &str = "common ones";
    const SAYS_OWN: &str = "e-mail address";

    #[test]
    fn guessable_passwords_are_refused_in_words() {
        for (weak, said) in [
            // In the lists, or a pattern.
            ("password1234", "common password"),
            ("123456789012", ""),
            ("qwertyuiopas", ""),
            ("aaaaaaaaaaaa", "Repeats"),
            ("letmeinletmein", "Repeats"),
            ("iloveyou2024", ""),
            ("Passw0rd!123", ""),
            ("administrator", ""),
            ("sightline2026", ""),
            ("agoodpassword", ""),
            // Phrases of common words.
            ("a good password", ""),
            ("a long password", ""),
            ("my good password", SAYS_COMMON),
            ("this is my password", SAYS_COMMON),
            ("The-Password-Is-Secret", SAYS_COMMON),
            ("let me in please", SAYS_COMMON),
            ("i love my wife", SAYS_COMMON),
            ("good.morning.sunshine", SAYS_COMMON),
            ("open sesame open sesame", SAYS_COMMON),
            ("the quick brown fox", SAYS_COMMON),
            // The own address, in any spelling.
            (EMAIL, SAYS_OWN),
            ("ada.lovelace@analytical-engines.example.org", SAYS_OWN),
            ("ADA.LOVELACE@ANALYTICAL-ENGINES.EXAMPLE.ORG", SAYS_OWN),
            ("gro.elpmaxe.senigne-lacitylana@ecalevol.ada", SAYS_OWN),
            ("12ada.lovelace@analytical-engines.example.org34", SAYS_OWN),
            ("lovelacelovelace", SAYS_OWN),
            ("Lovelace.lovelace", SAYS_OWN),
            ("ada lovelace ada lovelace", SAYS_OWN),
            ("ecalevolecalevol", SAYS_OWN),
            ("L0v3l4c3 4n4lyt1c4l", SAYS_OWN),
            ("lovelace-analytical", SAYS_OWN),
            ("analyticalengines2026", SAYS_OWN),
            ("adalovelace1815!", SAYS_OWN),
            ("1815#adalovelace", SAYS_OWN),
            ("a d a l o v e l a c e", SAYS_OWN),
            ("a           b", ""),
        ] {
            let refused = check_strength(weak, EMAIL).expect_err(weak);
            assert_eq!(refused.field, "password", "{weak}");
            assert!(refused.reason.starts_with("is easy to guess. "), "{weak}: {}", refused.reason);
            assert!(refused.reason.contains(said), "{weak}: {}", refused.reason);
            assert!(!strength(weak, EMAIL).is_enough, "{weak}");
        }
    }

    #[test]
    fn passphrases_and_random_texts_are_accepted() {
        for strong in [
            "correct horse battery",
            "correct-horse-battery-staple",
            "k7#Vq2!mZp9x",
            "k-V_2.Z,9+x q7",
            "mxvqzhtplwkd",
            "turquoise ladder seven",
            "two tigers under a lamp",
            "gr\u{fc}ner Teppich am Fluss",
            "\u{438}\u{432}\u{430}\u{43d} \u{43f}\u{44c}\u{451}\u{442} \u{447}\u{430}\u{439}",
            // Own words beside enough else.
            "lovelace k7#Vq2!mZp9x",
            "ada turquoise ladder seven",
        ] {
            assert_eq!(check_strength(strong, EMAIL), Ok(()), "{strong}");
            assert!(strength(strong, EMAIL).is_enough, "{strong}");
        }
    }

    #[test]
    fn short_addresses_leave_passwords_alone() {
        for email in ["a@b.c", "jo@x.de", "me@example.com", ""] {
            assert_eq!(check_strength("correct horse battery", email), Ok(()), "{email:?}");
            assert!(check_strength("turquoise commodore lamp", email).is_ok(), "{email:?}");
        }
    }

    #[test]
    fn length_is_refused_first() {
        for bad in ["x".repeat(MIN_PASSWORD_LENGTH - 1), "x".repeat(MAX_PASSWORD_LENGTH + 1)] {
            assert_eq!(check_strength(&bad, "ada@example.org"), check_password(&bad));
        }
    }
}
