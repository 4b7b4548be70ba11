//! Latencies in HDR histograms: three significant digits from a microsecond to ten minutes, nothing averaged away.

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::time::Duration;

/// The longest latency told apart, microseconds: ten minutes.
const LONGEST_US: u64 = 600_000_000;

/// Latencies of one kind.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    pub fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST_US, 3);
        // The bounds are constants that satisfy the histogram's rules.
        Self(histogram.unwrap_or_else(|error| unreachable!("{error}")))
    }

    /// Adds one; what is longer than ten minutes counts as ten minutes.
    pub fn record(&mut self, latency: Duration) {
        let us = u64::try_from(latency.as_micros()).unwrap_or(LONGEST_US);
        self.0.saturating_record(us.clamp(1, LONGEST_US));
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that `percent` of all do not exceed, milliseconds.
    pub fn percentile_ms(&self, percent: f64) -> f64 {
        round(self.0.value_at_percentile(percent) as f64 / 1_000.0)
    }

    /// `{p50, p99, max, samples}`, milliseconds; null without samples.
    pub fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        json!({
            "p50": self.percentile_ms(50.0),
            "p99": self.percentile_ms(99.0),
            "max": round(self.0.max() as f64 / 1_000.0),
            "samples": self.count(),
        })
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self::new()
    }
}

/// To one decimal, half away from zero.
pub fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_samples() {
        let mut latencies = Latencies::new();
        (1..=100).for_each(|ms| latencies.record(Duration::from_millis(ms)));
        let found = latencies.to_json();
        assert!((found["p50"].as_f64().unwrap() - 50.0).abs() < 0.1);
        assert!((found["p99"].as_f64().unwrap() - 99.0).abs() < 0.1);
        assert!((found["max"].as_f64().unwrap() - 100.0).abs() < 0.2);
        assert_eq!(found["samples"], 100);
    }

    #[test]
    fn nothing_measured_is_null_and_the_endless_is_capped() {
        let mut latencies = Latencies::new();
        assert_eq!(latencies.to_json(), Value::Null);
        latencies.record(Duration::from_secs(1_000_000));
        assert!(latencies.percentile_ms(50.0) >= 599_000.0);
    }
}
