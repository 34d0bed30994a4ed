//! How often something ended in which way, where the ways are known beforehand.

use prometheus_client::metrics::{counter::Counter, family::Family};

use super::outcomes::ResultLabel;

/// Counts by result. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct Results(Family<ResultLabel, Counter>);

impl Results {
    /// All at zero: a rate needs a first value.
    pub fn of(results: &[&'static str]) -> Self {
        let family = Family::<ResultLabel, Counter>::default();
        for &result in results {
            let _ = family.get_or_create(&ResultLabel { result });
        }
        Self(family)
    }

    /// Counts one.
    pub fn note(&self, result: &'static str) {
        self.0.get_or_create(&ResultLabel { result }).inc();
    }

    pub(super) fn family(&self) -> Family<ResultLabel, Counter> {
        self.0.clone()
    }
}
