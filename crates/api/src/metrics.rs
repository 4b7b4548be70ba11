//! What the interface counts about itself, in the names Prometheus users expect.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::time::Duration;

/// Upper bounds of the latency buckets, seconds: from a cached answer to a long poll.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// Counters of the interface.
pub struct HttpMetrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
    statements: Counter,
    refused: Counter,
    feeds: Gauge,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("convoy_http");
        let new: fn() -> Histogram = || Histogram::new(BUCKETS);
        let metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(new),
            statements: Counter::default(),
            refused: Counter::default(),
            feeds: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests answered", metrics.requests.clone());
        registry.register(
            "request_seconds",
            "Time to the head of the answer",
            metrics.seconds.clone(),
        );
        registry.register(
            "statements",
            "Statements handed in",
            metrics.statements.clone(),
        );
        registry.register(
            "statements_refused",
            "Statements refused at once",
            metrics.refused.clone(),
        );
        registry.register("feeds", "Feeds open", metrics.feeds.clone());
        Self {
            registry,
            ..metrics
        }
    }
}

impl HttpMetrics {
    /// Counts an answered request. The route is its pattern, so that the labels stay few.
    pub fn count(&self, route: &str, method: &str, status: u16, elapsed: Duration) {
        let method = match method {
            "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" => method,
            _ => "other",
        };
        self.requests
            .get_or_create(&Request {
                route: route.into(),
                method: method.into(),
                status,
            })
            .inc();
        self.seconds
            .get_or_create(&Route {
                route: route.into(),
            })
            .observe(elapsed.as_secs_f64());
    }

    /// Counts handed-in statements and how many of them were refused at once.
    pub fn submitted(&self, statements: usize, refused: usize) {
        self.statements.inc_by(statements as u64);
        self.refused.inc_by(refused as u64);
    }

    /// Open feeds.
    pub fn feeds(&self) -> &Gauge {
        &self.feeds
    }

    /// The node's exposition followed by ours, with one end mark (OpenMetrics 1.0).
    pub fn exposition(&self, node: &str) -> String {
        let mut text = node
            .trim_end()
            .trim_end_matches("# EOF")
            .trim_end()
            .to_owned();
        if !text.is_empty() {
            text.push('\n');
        }
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exposition_has_one_end_and_both_halves() {
        let metrics = HttpMetrics::default();
        metrics.count("/v1/limits", "GET", 200, Duration::from_millis(2));
        let text = metrics.exposition("# TYPE height gauge\nheight 7\n# EOF\n");
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("# EOF\n"));
        assert!(text.contains("height 7\n"));
        assert!(text.contains(
            "convoy_http_requests_total{route=\"/v1/limits\",method=\"GET\",status=\"200\"} 1"
        ));
    }
}
