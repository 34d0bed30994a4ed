//! Refuses passwords that are guessed soon.

use zxcvbn::{Score, zxcvbn};

use super::hashing::composed;
use crate::model::{Invalid, PasswordStrength, check_password};

/// How soon a password for the account of `email` is guessed, while it is typed.
pub fn strength(password: &str, email: &str) -> PasswordStrength {
    match check_strength(password, email) {
        Ok(()) => PasswordStrength { is_enough: true, words: "Hard to guess.".to_owned() },
        Err(Invalid { reason, .. }) => PasswordStrength { is_enough: false, words: format!("It {reason}.") },
    }
}

/// Refuses a password for the account of `email` that is too short, too long, or is found in fewer than 10⁸ guesses by
/// the lists of [zxcvbn](https://github.com/shssoichiro/zxcvbn-rs): common passwords, words, names, keyboard patterns,
/// and the e-mail address itself.
pub fn check_strength(password: &str, email: &str) -> Result<(), Invalid> {
    check_password(password)?;
    // Parts of the address as well, such as the name of a company.
    let own: Vec<&str> = [email].into_iter().chain(email.split(['@', '.', '-', '_', '+'])).collect();
    let estimate = zxcvbn(&composed(password), &own);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let reason =
        estimate.feedback().and_then(|feedback| feedback.warning()).map(|warning| format!("{warning} "));
    let reason = reason.unwrap_or_default();
    Err(Invalid::new(
        "password",
        format!("is easy to guess. {reason}Take three or four words that do not belong together"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH};

    #[test]
    fn common_and_own_words_are_refused() {
        for weak in [
            "password1234",
            "123456789012",
            "qwertyuiopas",
            "aaaaaaaaaaaa",
            "letmeinletmein",
            "iloveyou2024",
            "Passw0rd!123",
            "administrator",
            "ada@example.org",
            "ADA@example.org",
        ] {
            let refused = check_strength(weak, "ada@example.org").expect_err(weak);
            assert_eq!(refused.field, "password", "{weak}");
        }
    }

    #[test]
    fn passphrases_and_random_texts_are_accepted() {
        for strong in [
            "correct horse battery",
            "k7#Vq2!mZp9x",
            "turquoise ladder seven",
            "gr\u{fc}ner Teppich am Fluss",
        ] {
            assert_eq!(check_strength(strong, "ada@example.org"), Ok(()), "{strong}");
        }
    }

    #[test]
    fn length_is_refused_first() {
        for bad in ["x".repeat(MIN_PASSWORD_LENGTH - 1), "x".repeat(MAX_PASSWORD_LENGTH + 1)] {
            assert_eq!(check_strength(&bad, "ada@example.org"), check_password(&bad));
        }
    }
}
