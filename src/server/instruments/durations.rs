//! Durations in buckets.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::{MetricType, TypedMetric},
};

/// The upper bounds of the buckets in microseconds: those of
/// [OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/), and two below, as a heartbeat takes a
/// millisecond. 250 ms is one, at which the operator is warned.
const BOUNDS_US: [u64; 16] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 75_000, 100_000, 250_000, 500_000, 750_000, 1_000_000,
    2_500_000, 5_000_000, 7_500_000, 10_000_000,
];
const BUCKETS: usize = BOUNDS_US.len() + 1;

/// A histogram of durations. Two additions and no lock for each, unlike the library's own. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Durations(Arc<Cells>);

#[derive(Debug, Default)]
struct Cells {
    counts: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

/// How many durations fell into each bucket so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals([u64; BUCKETS]);

impl Durations {
    /// Counts one.
    pub fn observe(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        // `le` includes the bound.
        let bucket = BOUNDS_US.partition_point(|bound| *bound < us);
        self.0.counts[bucket].fetch_add(1, Relaxed);
        self.0.sum_us.fetch_add(us, Relaxed);
    }

    /// The counts so far.
    pub fn totals(&self) -> Totals {
        Totals(std::array::from_fn(|bucket| self.0.counts[bucket].load(Relaxed)))
    }
}

impl Totals {
    /// What was counted since `earlier` totals of the same histogram.
    pub fn since(self, earlier: Self) -> Self {
        Self(std::array::from_fn(|bucket| self.0[bucket].saturating_sub(earlier.0[bucket])))
    }

    /// How many there are.
    pub fn count(self) -> u64 {
        self.0.iter().sum()
    }

    /// The upper bound of the bucket in which this share of all lies, in milliseconds; `None` without any, and beyond the
    /// last bound.
    pub fn quantile_ms(self, share: f64) -> Option<u64> {
        let rank = (share * self.count() as f64).ceil() as u64;
        let mut below = 0;
        let bucket = self.0.iter().position(|count| {
            below += count;
            *count > 0 && below >= rank
        })?;
        BOUNDS_US.get(bucket).map(|bound| bound.div_ceil(1_000))
    }
}

impl TypedMetric for Durations {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let Totals(counts) = self.totals();
        let bounds = BOUNDS_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        // Summed from the same counts: the last bucket and the count never differ.
        let count = counts.iter().sum();
        let sum = self.0.sum_us.load(Relaxed) as f64 / 1e6;
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::{encoding::prometheus_text, registry::Registry};

    use super::*;

    fn of(ms: &[u64]) -> Durations {
        let durations = Durations::default();
        ms.iter().for_each(|ms| durations.observe(Duration::from_millis(*ms)));
        durations
    }

    #[test]
    fn quantile_is_the_bound_of_its_bucket() {
        for (ms, share, bound) in [
            (&[][..], 0.99, None),
            (&[1], 0.5, Some(1)),
            (&[2], 0.5, Some(3)),
            (&[250], 0.99, Some(250)),
            (&[251], 0.99, Some(500)),
            (&[1, 1, 1, 1, 900], 0.5, Some(1)),
            (&[1, 1, 1, 1, 900], 0.99, Some(1_000)),
            (&[1, 20_000], 0.99, None),
        ] {
            assert_eq!(of(ms).totals().quantile_ms(share), bound, "{ms:?} {share}");
        }
    }

    #[test]
    fn totals_since_are_those_of_the_time_between() {
        let durations = of(&[1, 300]);
        let before = durations.totals();
        durations.observe(Duration::from_millis(300));
        let since = durations.totals().since(before);
        assert_eq!((since.count(), since.quantile_ms(0.5)), (1, Some(500)));
    }

    #[test]
    fn text_has_cumulative_buckets_in_seconds() {
        let mut registry = Registry::default();
        registry.register("time_seconds", "Time", of(&[1, 250, 20_000]));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).expect("text");
        for line in [
            "# TYPE time_seconds histogram",
            "time_seconds_bucket{le=\"0.001\"} 1",
            "time_seconds_bucket{le=\"0.1\"} 1",
            "time_seconds_bucket{le=\"0.25\"} 2",
            "time_seconds_bucket{le=\"10\"} 2",
            "time_seconds_bucket{le=\"+Inf\"} 3",
            "time_seconds_count 3",
            "time_seconds_sum 20.251",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
