//! How often something succeeded, and how often it failed in which way.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

use crate::error::AppError;

/// The result of a success.
pub const OK: &str = "ok";

/// Counts by result: [`OK`], or the code of an error. Cheap to clone.
#[derive(Clone)]
pub struct Outcomes {
    by_result: Family<ResultLabel, Counter>,
    /// That of the family, so that a success needs no look-up.
    ok: Counter,
    /// Errors of the server, as opposed to those of the client.
    failed: Counter,
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ResultLabel {
    pub(super) result: &'static str,
}

impl Outcomes {
    /// Counts one.
    pub fn note<T>(&self, outcome: &Result<T, AppError>) {
        match outcome {
            Ok(_) => {
                self.ok.inc();
            }
            Err(error) => {
                self.by_result.get_or_create(&ResultLabel { result: error.code() }).inc();
                if error.status() >= 500 {
                    self.failed.inc();
                }
            }
        }
    }

    /// Successes, and errors of the server.
    pub fn totals(&self) -> (u64, u64) {
        (self.ok.get(), self.failed.get())
    }

    pub(super) fn family(&self) -> Family<ResultLabel, Counter> {
        self.by_result.clone()
    }
}

impl Default for Outcomes {
    fn default() -> Self {
        let by_result = Family::<ResultLabel, Counter>::default();
        let ok = by_result.get_or_create(&ResultLabel { result: OK }).clone();
        // There from the start: a rate needs a first value.
        for error in [AppError::Unavailable, AppError::Internal] {
            let _ = by_result.get_or_create(&ResultLabel { result: error.code() });
        }
        Self { by_result, ok, failed: Counter::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_of_the_server_are_failures() {
        let outcomes = Outcomes::default();
        for outcome in [
            Ok(()),
            Ok(()),
            Err(AppError::SessionNotActive),
            Err(AppError::Unavailable),
            Err(AppError::Internal),
        ] {
            outcomes.note(&outcome);
        }
        assert_eq!(outcomes.totals(), (2, 2));
    }
}
