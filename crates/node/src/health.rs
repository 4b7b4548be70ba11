//! How a node is, in one word and in sentences.
//!
//! ```text
//! the next block's rules are newer than its build ─────> stopped
//! no block since the start ───────────────────────────> starting
//! the read model stopped ─────────────────────────────> stopped
//! history from before it joined is being fetched ─────> reading
//! no new block: others are further ───────────────────> lagging
//!               too few others are heard ─────────────> alone
//!               enough are heard ─────────────────────> lagging (they have not agreed on a block either)
//! queries far behind the last block ──────────────────> lagging
//! none of these ──────────────────────────────────────> ready
//! ```
//!
//! A node cannot know more of the others than what it hears: "alone" is said of what it sees, whoever is cut off.

use crate::{handle::NodeHandle, presence::Seen};
use convoy_types::MemberId;
use serde::Serialize;

/// A validator is heard if something came from it within this, milliseconds. Nodes repeat their tree heads every five seconds.
const HEARD_MS: u64 = 15_000;
/// Queries may be this many blocks behind.
const BEHIND_BLOCKS: u64 = 200;

/// How a node is, in one word. Its number is the metric's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It takes statements and answers truly.
    Ready,
    /// It has not yet made a block final since it started.
    Starting,
    /// It follows the network and is still fetching what was before it joined.
    Reading,
    /// It is behind the others, or its queries are behind its blocks.
    Lagging,
    /// It hears too few validators for a block to become final.
    Alone,
    /// A part of it has failed.
    Stopped,
}

impl Condition {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Starting => "starting",
            Self::Reading => "reading",
            Self::Lagging => "lagging",
            Self::Alone => "alone",
            Self::Stopped => "stopped",
        }
    }
}

/// How a node is.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// In one word.
    pub condition: Condition,
    /// Whether it answers truly and takes statements.
    pub ready: bool,
    /// What is wrong, in plain words; empty when nothing is.
    pub reasons: Vec<String>,
    /// Height of the last final block.
    pub height: u64,
    /// Time of the last final block, milliseconds since 1970.
    pub time_ms: u64,
    /// Height up to which queries are answered.
    pub projected_height: u64,
    /// Statements that wait.
    pub waiting: usize,
}

/// What a node's health is judged by.
struct Signs<'s> {
    now_ms: u64,
    /// Time of the last block that is durable here.
    last_ms: Option<u64>,
    /// Whether the state can be read.
    open: bool,
    /// Whether a block has become final here since the start.
    moved: bool,
    /// A last block older than this means that the network may have gone on while this node was away, milliseconds.
    recent_ms: u64,
    /// Without a block for this long, something is wrong, milliseconds.
    silent_ms: u64,
    height: u64,
    projected_height: u64,
    me: &'s MemberId,
    validators: &'s [(MemberId, Seen)],
    history: Option<String>,
    fault: Option<String>,
    halted: Option<String>,
}

impl NodeHandle {
    /// How the node is.
    pub fn health(&self) -> Health {
        let height = self.height();
        let (since_start, heartbeat_ms) = (self.tip(), self.config().pace.heartbeat_ms);
        // What is durable from before counts, once the log has it: the first block brings what the network was founded with.
        let before = self.0.engine.tip();
        let before = before.filter(|tip| height > 0 && tip.core.height == height);
        let last = since_start.or(before);
        let last_ms = last.map(|header| header.core.time_ms);
        let projected_height = *self.projected().borrow();
        let history = self.history().filter(|history| !history.whole);
        let findings = Signs {
            now_ms: self.now_ms(),
            last_ms,
            open: self.0.engine.is_open(),
            moved: since_start.is_some(),
            recent_ms: heartbeat_ms * 2 + 2_000,
            silent_ms: heartbeat_ms * 5 + 10_000,
            height,
            projected_height,
            me: &self.info().member,
            validators: &self.presence(),
            history: history.map(|history| history.words()),
            fault: self.0.read_model_fault.borrow().clone(),
            halted: self.halted(),
        }
        .findings();
        Health {
            condition: findings
                .iter()
                .map(|(condition, _)| *condition)
                .max_by_key(|condition| *condition as u8)
                .unwrap_or(Condition::Ready),
            ready: findings.is_empty(),
            reasons: findings.into_iter().map(|(_, reason)| reason).collect(),
            height,
            time_ms: last_ms.unwrap_or(0),
            projected_height,
            waiting: self.0.mempool.waiting_now().count,
        }
    }
}

impl Signs<'_> {
    fn findings(&self) -> Vec<(Condition, String)> {
        let mut findings = Vec::new();
        if let Some(words) = &self.halted {
            // Everything else follows from it.
            return vec![(Condition::Stopped, words.clone())];
        }
        if !self.open {
            findings.push((Condition::Starting, "the state is being opened".into()));
        }
        match self.last_ms {
            None => findings.push((
                Condition::Starting,
                "no block has become final here since the start".into(),
            )),
            Some(last_ms) if !self.moved && self.now_ms > last_ms + self.recent_ms => {
                findings.push((
                    Condition::Starting,
                    format!(
                        "the last block here is {} s old, and none has become final here since the start",
                        (self.now_ms - last_ms) / 1_000
                    ),
                ));
            }
            Some(last_ms) if self.now_ms > last_ms + self.silent_ms => {
                findings.push(self.silence((self.now_ms - last_ms) / 1_000));
            }
            Some(_) => {}
        }
        if self.height > self.projected_height + BEHIND_BLOCKS && self.history.is_none() {
            findings.push((
                Condition::Lagging,
                format!(
                    "queries answer for block {}, the last block is {}: the read model is catching up",
                    self.projected_height, self.height
                ),
            ));
        }
        if let Some(words) = &self.history {
            findings.push((Condition::Reading, words.clone()));
        }
        if let Some(fault) = &self.fault {
            findings.push((
                Condition::Stopped,
                format!("the read model has stopped: {fault}"),
            ));
        }
        findings
    }

    /// Why there has been no block for `seconds`.
    fn silence(&self, seconds: u64) -> (Condition, String) {
        let told = |seen: &Seen| {
            let sightings = [seen.proposed, seen.signed];
            sightings.into_iter().flatten().collect::<Vec<_>>()
        };
        let others = || {
            self.validators
                .iter()
                .filter(|(member, _)| member != self.me)
        };
        let tolerated = self.validators.len().saturating_sub(1) / 3;
        let mut heights: Vec<u64> = others()
            .filter_map(|(_, seen)| told(seen).iter().map(|sighting| sighting.height).max())
            .collect();
        heights.sort_unstable();
        // As many as may be faulty can say any height: one more said this or a higher one.
        let reached = heights.iter().nth_back(tolerated).copied().unwrap_or(0);
        if reached > self.height {
            return (
                Condition::Lagging,
                format!(
                    "this node is at block {}, others are at {reached}: it is catching up, and its last block is {seconds} s old",
                    self.height
                ),
            );
        }
        let silent: Vec<&str> = others()
            .filter(|(_, seen)| {
                !told(seen)
                    .iter()
                    .any(|sighting| sighting.seen_ms + HEARD_MS > self.now_ms)
            })
            .map(|(member, _)| member.as_str())
            .collect();
        if silent.len() > tolerated {
            return (
                Condition::Alone,
                format!(
                    "the last block is {seconds} s old: nothing is heard of {}, and without them there is no quorum",
                    silent.join(", ")
                ),
            );
        }
        (
            Condition::Lagging,
            format!("the last block is {seconds} s old although enough validators are heard"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Sighting;

    fn judged(
        change: impl FnOnce(&mut Signs<'_>),
        heard: &[(&str, u64, u64)],
    ) -> Vec<(Condition, String)> {
        let me: MemberId = "est".parse().unwrap();
        let validators: Vec<(MemberId, Seen)> =
            ["est", "fra", "ita", "pol"]
                .iter()
                .map(|member| {
                    let signed = heard.iter().find(|(name, ..)| name == member).map(
                        |(_, height, seen_ms)| Sighting {
                            height: *height,
                            time_ms: 0,
                            seen_ms: *seen_ms,
                        },
                    );
                    let seen = Seen {
                        proposed: None,
                        signed,
                    };
                    (member.parse().unwrap(), seen)
                })
                .collect();
        let mut signs = Signs {
            now_ms: 100_000,
            last_ms: Some(99_000),
            open: true,
            moved: true,
            recent_ms: 5_000,
            silent_ms: 20_000,
            height: 50,
            projected_height: 50,
            me: &me,
            validators: &validators,
            history: None,
            fault: None,
            halted: None,
        };
        change(&mut signs);
        signs.findings()
    }

    fn silent(signs: &mut Signs<'_>) {
        signs.last_ms = Some(60_000);
    }

    #[test]
    fn a_node_with_a_fresh_block_is_ready_whoever_it_hears() {
        assert!(judged(|_| {}, &[]).is_empty());
    }

    #[test]
    fn a_node_that_was_away_shortly_is_ready_at_once_and_otherwise_with_its_first_block() {
        let away = |last_ms| judged(|signs| (signs.moved, signs.last_ms) = (false, last_ms), &[]);
        assert!(away(Some(96_000)).is_empty());
        let found = judged(|signs| signs.open = false, &[]);
        assert!(
            matches!(&found[..], [(Condition::Starting, _)]),
            "{found:?}"
        );
        for last_ms in [Some(94_000), Some(10_000), None] {
            let found = away(last_ms);
            assert!(
                matches!(&found[..], [(Condition::Starting, _)]),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_node_that_hears_nobody_is_alone_and_names_them() {
        let found = judged(silent, &[("fra", 50, 99_000), ("ita", 50, 80_000)]);
        let [(Condition::Alone, words)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(
            words.contains("40 s old") && words.contains("ita, pol"),
            "{words}"
        );
    }

    #[test]
    fn a_node_whose_peers_are_further_lags_even_if_they_are_silent_now() {
        let found = judged(silent, &[("fra", 71, 60_000), ("ita", 70, 60_000)]);
        let [(Condition::Lagging, words)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(words.contains("at block 50, others are at 70"), "{words}");
    }

    #[test]
    fn a_height_that_no_more_validators_say_than_may_be_faulty_is_not_believed() {
        let heard = [("fra", u64::MAX, 99_000), ("ita", 50, 99_000)];
        let found = judged(silent, &heard);
        let [(Condition::Lagging, words)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(words.contains("enough validators are heard"), "{words}");
        let heard = [heard[0], ("ita", 60, 99_000)];
        let found = judged(silent, &heard);
        let [(Condition::Lagging, words)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(words.contains("at block 50, others are at 60"), "{words}");
    }

    #[test]
    fn one_silent_validator_of_four_is_no_reason_to_be_alone() {
        let found = judged(silent, &[("fra", 50, 99_000), ("ita", 50, 99_000)]);
        assert!(matches!(&found[..], [(Condition::Lagging, _)]), "{found:?}");
    }

    #[test]
    fn queries_far_behind_and_a_stopped_read_model_are_told() {
        let found = judged(
            |signs| {
                signs.height = 500;
                signs.fault = Some("the disk is full".into());
            },
            &[],
        );
        let conditions: Vec<_> = found.iter().map(|(condition, _)| *condition).collect();
        assert_eq!(conditions, [Condition::Lagging, Condition::Stopped]);
    }
}
