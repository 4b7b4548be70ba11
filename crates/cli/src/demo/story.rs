//! The demo's voice: numbered steps, one line each, what was expected and what it took.
//!
//! A step that is not as it should be ends the demo: what follows would only confuse. The line says which step and why.

use crate::{failure::Outcome, output::Screen};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Columns of a step's title; longer ones push their result to the right.
const TITLE_COLUMNS: usize = 72;

/// What a step has to say for itself.
#[derive(Debug, Default)]
pub struct Said {
    /// What came of it, such as `4 statements final`.
    pub result: String,
    /// From submission to finality, where something became final.
    pub finality: Option<Duration>,
}

impl Said {
    /// A result without a time.
    pub fn result(result: impl Into<String>) -> Self {
        Self {
            result: result.into(),
            finality: None,
        }
    }
}

/// Tells the steps and remembers them.
#[derive(Debug)]
pub struct Story {
    screen: Screen,
    number: usize,
    steps: Vec<Value>,
}

impl Story {
    /// Nothing told yet.
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            number: 0,
            steps: Vec::new(),
        }
    }

    /// A heading between steps.
    pub fn chapter(&self, title: &str) {
        self.screen.hint(format!("\n{}", self.screen.bold(title)));
    }

    /// Does a step and tells how it went.
    pub async fn step(
        &mut self,
        title: &str,
        work: impl Future<Output = Outcome<Said>>,
    ) -> Outcome {
        self.number += 1;
        let started = Instant::now();
        let outcome = work.await;
        let took = started.elapsed();
        let (mark, text) = match &outcome {
            Ok(said) => (self.screen.good("✓"), self.told(said)),
            Err(failure) => (self.screen.bad("✗"), self.screen.bad(&failure.to_string())),
        };
        let number = self.number;
        self.screen.hint(format!(
            "{number:>3}  {title:<TITLE_COLUMNS$} {mark} {text}"
        ));
        self.steps.push(json!({
            "step": number,
            "title": title,
            "as_expected": outcome.is_ok(),
            "result": outcome.as_ref().map_or_else(ToString::to_string, |said| said.result.clone()),
            "finality_ms": outcome.as_ref().ok().and_then(|said| said.finality).map(milliseconds),
            "took_ms": milliseconds(took),
        }));
        outcome.map(drop)
    }

    /// Every step so far, for `--json`.
    pub fn steps(&self) -> &[Value] {
        &self.steps
    }

    fn told(&self, said: &Said) -> String {
        match said.finality {
            Some(time) => {
                let time = format!("final in {} ms", milliseconds(time));
                if said.result.is_empty() {
                    time
                } else {
                    format!("{}, {time}", said.result)
                }
            }
            None => said.result.clone(),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[tokio::test]
    async fn a_failed_step_fails_and_is_remembered() {
        let mut story = Story::new(Screen {
            json: true,
            colour: false,
        });
        story
            .step("first", async { Ok(Said::result("done")) })
            .await
            .unwrap();
        let failed = story
            .step("second", async { Err(Failure::refused("not held")) })
            .await;
        assert!(failed.is_err());
        assert_eq!(story.steps()[0]["as_expected"], true);
        assert_eq!(story.steps()[1]["result"], "not held");
    }
}
