//! When a statement passed each stage of its life, as this node saw it.
//!
//! Kept in memory and bounded: for statements that were submitted here ([`Tracker`](crate::tracker::Tracker)) and for the last
//! blocks. All times are this node's clock but that of `propose`, which is the block's. Nothing depends on them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

/// Blocks whose times are kept.
const BLOCKS_MAX: usize = 4_096;

/// A stage of a statement's life, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It came in at this node.
    Submit,
    /// It passed the checks at the door and waits for a block.
    Admit,
    /// A validator put it into a block (the block's time).
    Propose,
    /// This node executed that block before voting for it.
    Verify,
    /// The block is final and durable here.
    Commit,
    /// Queries answer with it.
    Project,
    /// This node signed a tree head that covers it: there is a receipt.
    Prove,
}

impl Stage {
    /// The word for it, as in code, traces and documentation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Admit => "admit",
            Self::Propose => "propose",
            Self::Verify => "verify",
            Self::Commit => "commit",
            Self::Project => "project",
            Self::Prove => "prove",
        }
    }
}

/// A stage and when it was passed, milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The stage.
    pub stage: Stage,
    /// When.
    pub time_ms: u64,
}

/// This node's clock, milliseconds since 1970.
pub fn clock_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// When the last blocks reached the stages behind execution.
#[derive(Default)]
pub struct BlockTimes(Mutex<BTreeMap<(Stage, u64), u64>>);

impl BlockTimes {
    /// Everything up to `height` has reached `stage` now.
    pub fn reached(&self, stage: Stage, height: u64) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.entry((stage, height)).or_insert_with(clock_ms);
        if times.len() > 3 * BLOCKS_MAX {
            let oldest = height.saturating_sub(BLOCKS_MAX as u64);
            times.retain(|(_, height), _| *height > oldest);
        }
    }

    /// The highest block known to have reached `stage`; 0 where none is.
    pub fn latest(&self, stage: Stage) -> u64 {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = times.range((stage, 0)..=(stage, u64::MAX)).next_back();
        last.map_or(0, |((_, height), _)| *height)
    }

    /// When block `height` reached `stage`, if that is known.
    pub fn when(&self, stage: Stage, height: u64) -> Option<Passed> {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What was told of a later block holds for those before it, unless they were forgotten.
        let (oldest, _) = times.range((stage, 0)..=(stage, u64::MAX)).next()?;
        if oldest.1 > height {
            return None;
        }
        let (_, time_ms) = times.range((stage, height)..=(stage, u64::MAX)).next()?;
        Some(Passed {
            stage,
            time_ms: *time_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_told_with_later_ones_has_their_time_and_a_forgotten_one_none() {
        let times = BlockTimes::default();
        times.reached(Stage::Project, 3);
        times.reached(Stage::Project, 7);
        let at = |height| {
            times
                .when(Stage::Project, height)
                .map(|passed| passed.time_ms)
        };
        assert!(at(3).is_some() && at(5).is_some() && at(7) == at(5));
        assert_eq!((at(2), at(8)), (None, None));
        assert_eq!(times.when(Stage::Prove, 3), None);
        for height in 8..=8 + 3 * BLOCKS_MAX as u64 {
            times.reached(Stage::Project, height);
        }
        assert_eq!(at(7), None, "forgotten");
    }
}
