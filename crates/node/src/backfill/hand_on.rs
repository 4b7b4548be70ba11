//! Handing history on, upwards: to the log, whose hole it fills, and to the read model, until it meets the newest block.

use super::{Backfill, History, Stopped};
use crate::{engine::Commit, log_store::Hole, record::BlockRecord};
use convoy_types::log::BlockLog;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// How often progress is told.
const TELL: Duration = Duration::from_secs(10);
/// Blocks between two changes of what is told.
const EVERY: u64 = 64;

/// Hands on until log and read model are at the newest block.
pub(super) async fn run(backfill: &Backfill, history: &mut History) -> Result<(), Stopped> {
    let lacking = backfill.log.hole().map(|hole: Hole| hole.next);
    let behind = !backfill.sink.live.load(Ordering::SeqCst);
    let next = backfill.sink.turn.lock().await.unwrap_or(1).max(1);
    let mut height = match (lacking, behind) {
        (Some(hole), true) => hole.min(next),
        (Some(hole), false) => hole,
        (None, true) => next,
        (None, false) => u64::MAX,
    };
    let mut told = Instant::now();
    while height != u64::MAX && !met(backfill, history, height).await? {
        // After a crash blocks come again that log and read model had seen.
        backfill.engine.reached(height).await;
        let (commit, record) = stored(backfill, history, height).await?;
        let mut hole = backfill.log.hole();
        if hole.is_some_and(|hole| hole.next == height) {
            let mut block = BlockLog::new();
            for outcome in &record.outcomes {
                block.push(outcome.statement, outcome.reject.is_none());
            }
            backfill.log.fill(&commit.header, &block)?;
            hole = backfill.log.hole();
        }
        if behind && height >= next {
            project(backfill, backfill.sink.projected(&commit, &record)).await?;
        }
        if !behind && hole.is_none() {
            break;
        }
        if height.is_multiple_of(EVERY) {
            history.told_height = height;
            backfill.tell(history);
        }
        if told.elapsed() >= TELL {
            told = Instant::now();
            tracing::info!(height, joined = history.joined_height, "reading history in");
        }
        height += 1;
    }
    history.whole = true;
    history.told_height = history.joined_height;
    backfill.tell(history);
    if height == u64::MAX {
        return Ok(());
    }
    tracing::info!(
        joined = history.joined_height,
        "all history from before this node joined is here; readers are answered"
    );
    Ok(())
}

/// Whether `height` is the next block to come, and no longer one of those that come once more after a start or were never here. From
/// then on the sink hands blocks on by itself.
async fn met(backfill: &Backfill, history: &History, height: u64) -> Result<bool, Stopped> {
    let _turn = backfill.sink.turn.lock().await;
    if backfill.joined_again(history) {
        return Err(Stopped::JoinedAgain);
    }
    let met = height > history.joined_height && backfill.told().is_some_and(|told| told < height);
    if met {
        backfill.sink.live.store(true, Ordering::SeqCst);
    }
    Ok(met)
}

async fn project(
    backfill: &Backfill,
    block: convoy_readmodel::ProjectedBlock,
) -> Result<(), Stopped> {
    // Nobody else gives blocks now, and whoever wants the turn does not wait for the read model.
    let mut next = *backfill.sink.turn.lock().await;
    let taken = backfill.sink.project(&mut next, block).await;
    *backfill.sink.turn.lock().await = next;
    taken.then_some(()).ok_or(Stopped::ReadModel)
}

async fn stored(
    backfill: &Backfill,
    history: &History,
    height: u64,
) -> Result<(Commit, BlockRecord), Stopped> {
    let (Some(block), Some(outcomes)) = (
        backfill.engine.block(height).await,
        backfill.engine.outcomes(height).await,
    ) else {
        return Err(backfill.missing(height, history).await);
    };
    let registry = &backfill.preparer.ledger().registry;
    let record = BlockRecord::decode(&outcomes, registry).map_err(Stopped::Damaged)?;
    Ok((block.commit(outcomes), record))
}
