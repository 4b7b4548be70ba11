//! Versions of the rules, as the rest of the node sees them: which is in force, which this build executes, and what the operator should know.
//!
//! The version in force for a block is read from the state with every block ([`turn`](crate::turn)); here it is followed for whoever asks. What a
//! build does not know it does not execute: the engine stops before the first such block and says so ([`halt_words`]), and the rest of the node goes
//! on serving what it has.

use crate::{engine::EngineHandle, stored::record};
use convoy_ledger::Ledger;
use convoy_modules::membership::types::{ONLY, ProtocolDue};
use convoy_types::Compartment;
use std::time::Duration;
use tokio::sync::watch;

/// How soon to look again for what could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The variable by which a build with debug assertions is made to call a later version its newest, with the rules of the one before: so that
/// activation, refusal and catching up are tried with real processes before there is such a version. Release builds do not look at it.
pub const REHEARSAL: &str = "CONVOY_REHEARSE_PROTOCOL";

/// The ledger with the newest version that this process executes.
pub fn rehearsed(mut ledger: Ledger) -> Ledger {
    if cfg!(debug_assertions)
        && let Some(newest) = std::env::var(REHEARSAL)
            .ok()
            .and_then(|text| text.parse().ok())
    {
        tracing::warn!(
            newest,
            "a rehearsal: this build executes no such version of the rules"
        );
        ledger.newest_protocol = newest;
    }
    ledger
}

/// What is said when the engine stops before block `height`.
pub fn halt_words(height: u64, active: u32, newest: u32) -> String {
    format!(
        "block {height} is under version {active} of the rules, and this build executes up to {newest}: the node stops before it, keeps what it has and serves that. Start it with a build that executes version {active} (docs/guides/upgrades.md); it goes on from here and nothing is lost"
    )
}

/// The version in force, followed.
#[derive(Clone)]
pub struct Protocol {
    newest: u32,
    due: watch::Receiver<Option<ProtocolDue>>,
}

impl Protocol {
    /// The version for the block behind `height`.
    pub fn active(&self, height: u64) -> u32 {
        ProtocolDue::at(self.due.borrow().as_ref(), height + 1)
    }

    /// The newest version that this build executes.
    pub fn newest(&self) -> u32 {
        self.newest
    }

    /// That this build will soon be too old.
    pub fn notice(&self, height: u64) -> Option<String> {
        let due = self.due.borrow();
        let due = due.as_ref().filter(|due| due.protocol > self.newest)?;
        let left = due.from_block.checked_sub(height + 1)?;
        Some(format!(
            "version {} of the rules begins with block {}, in {left} blocks, and this build executes up to {}: start the node with a newer build before that (docs/guides/upgrades.md)",
            due.protocol, due.from_block, self.newest
        ))
    }
}

/// Begins to follow the ledger until the engine stops. `newest` is what this build executes.
pub(crate) fn follow(
    newest: u32,
    engine: EngineHandle,
    compartment: Compartment,
    mut changes: watch::Receiver<u64>,
) -> Protocol {
    let (sender, due) = watch::channel(None);
    tokio::spawn(async move {
        loop {
            changes.borrow_and_update();
            let read = record::<ProtocolDue>(&engine, &compartment, ONLY).await;
            let again = async {
                match &read {
                    Err(_) => tokio::time::sleep(RETRY_AFTER).await,
                    Ok(_) => std::future::pending().await,
                }
            };
            if let Ok(due) = &read {
                sender.send_replace(due.clone());
            }
            tokio::select! {
                changed = changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                _ = engine.ended() => return,
                () = again => {}
            }
        }
    });
    Protocol { newest, due }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_that_will_be_too_old_is_told_of_before_and_no_more_after() {
        let due = ProtocolDue {
            version: Default::default(),
            before: 1,
            protocol: 2,
            from_block: 100,
        };
        let with = |newest| Protocol {
            newest,
            due: watch::channel(Some(due.clone())).1,
        };
        assert_eq!((with(1).active(98), with(1).active(99)), (1, 2));
        assert!(
            with(1)
                .notice(89)
                .is_some_and(|words| words.contains("in 10 blocks"))
        );
        assert_eq!((with(1).notice(100), with(2).notice(89)), (None, None));
        let none = Protocol {
            newest: 1,
            due: watch::channel(None).1,
        };
        assert_eq!((none.active(5), none.notice(5)), (1, None));
    }
}
