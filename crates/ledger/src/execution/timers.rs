//! Firing the timers that are due, before any statement of the block.

use super::{Execution, Phase};
use crate::{
    context::{Halt, Missing, Reader, Writes},
    module::Trigger,
    timer::{self, Cursor, Page, Timer},
};
use convoy_types::limits::BLOCK_TIMERS_MAX;
use std::{ops::RangeInclusive, sync::Arc};

impl Execution {
    /// Fires due timers, before any statement of the block, as one attempt.
    pub(super) fn fire_timers(&mut self, missing: &mut Missing) -> Phase {
        let mut writes = Writes::new(self.block);
        match self.timers_due(&mut writes, missing) {
            Ok(due) => {
                let (mut events, mut waits) = (Vec::new(), false);
                for timer in due {
                    match self.fire(&timer, &writes, missing) {
                        Ok((changed, said)) => {
                            writes.absorb(changed);
                            events.extend(said);
                        }
                        // The others are tried all the same, so that what all of them miss is asked for at once.
                        Err(()) => waits = true,
                    }
                }
                if waits {
                    return Phase::Timers;
                }
                self.writes = writes;
                self.take_unsigned_events(events);
                Phase::Decree
            }
            Err(_) => Phase::Timers,
        }
    }

    /// Takes the due timers out of their pages and moves the cursor on.
    fn timers_due(&self, writes: &mut Writes, missing: &mut Missing) -> Result<Vec<Timer>, Halt> {
        let now = self.block.time_ms / timer::BUCKET_MS;
        let cursor_key = self.key_of::<Cursor>(timer::CURSOR_KEY);
        let mut due = Vec::new();
        let mut reader = self.reader(None, None, writes, missing);
        let cursor = reader.read::<Cursor>(timer::CURSOR_KEY)?;
        let start = cursor.as_ref().map_or(now, |cursor| cursor.bucket);
        let end = now.min(start + timer::BUCKETS_PER_BLOCK - 1);
        let mut emptied = start;
        load_pages(&mut reader, start..=end)?;
        for bucket in start..=end {
            let left = take_due(&mut reader, bucket, self.block.time_ms, &mut due)?;
            if left == 0 && bucket < now && emptied == bucket {
                emptied = bucket + 1;
            }
            if due.len() >= BLOCK_TIMERS_MAX {
                break;
            }
        }
        if cursor.is_none_or(|cursor| cursor.bucket != emptied) {
            writes.insert(cursor_key, Some(Arc::new(Cursor { bucket: emptied })));
        }
        Ok(due)
    }

    /// Lets the timer's module act. A refusal only means that there was nothing left to do.
    #[allow(clippy::type_complexity)]
    fn fire(
        &self,
        timer: &Timer,
        before: &Writes,
        missing: &mut Missing,
    ) -> Result<(Writes, Vec<(&'static str, Vec<u8>)>), ()> {
        let registry = &self.ledger.registry;
        let Some(module) = registry.position(&timer.module) else {
            return Ok((Writes::new(self.block), Vec::new()));
        };
        let mut events = Vec::new();
        let mut writes = before.clone();
        let mut reader = self.reader(None, None, &mut writes, missing);
        let done = registry
            .plan(&mut reader, module, Trigger::Timer(&timer.body), Vec::new())
            .and_then(|planned| registry.apply(&mut reader, &planned, &mut events));
        match done {
            Ok(()) => Ok((writes, events)),
            Err(Halt::Reject(_)) => Ok((before.clone(), Vec::new())),
            Err(Halt::NeedKeys) => Err(()),
        }
    }
}

/// Asks at once for every page of these buckets.
fn load_pages(reader: &mut Reader<'_>, buckets: RangeInclusive<u64>) -> Result<(), Halt> {
    let mut waits = false;
    let mut page = |bucket, number| match reader.read::<Page>(&timer::page_key(bucket, number)) {
        Ok(page) => page,
        Err(_) => {
            waits = true;
            None
        }
    };
    for bucket in buckets {
        let pages = page(bucket, 0).map_or(0, |first| first.pages);
        for number in 1..pages {
            page(bucket, number);
        }
    }
    if waits { Err(Halt::NeedKeys) } else { Ok(()) }
}

/// Takes the due timers of `bucket` out of its pages; returns how many stay.
fn take_due(
    reader: &mut Reader<'_>,
    bucket: u64,
    now_ms: u64,
    due: &mut Vec<Timer>,
) -> Result<usize, Halt> {
    let Some(first) = reader.read::<Page>(&timer::page_key(bucket, 0))? else {
        return Ok(0);
    };
    let mut stay = 0;
    for number in 0..first.pages {
        let Some(page) = reader.read::<Page>(&timer::page_key(bucket, number))? else {
            continue;
        };
        let room = BLOCK_TIMERS_MAX.saturating_sub(due.len());
        if room == 0 || page.timers.iter().all(|timer| timer.due_ms > now_ms) {
            stay += page.timers.len();
            continue;
        }
        let mut fired = Vec::new();
        let mut kept = Vec::new();
        for timer in &page.timers {
            let fires = timer.due_ms <= now_ms && fired.len() < room;
            if fires { &mut fired } else { &mut kept }.push(timer.clone());
        }
        stay += kept.len();
        if !fired.is_empty() {
            let key = reader.key_of::<Page>(&timer::page_key(bucket, number));
            reader.writes.insert(
                key,
                Some(Arc::new(Page {
                    pages: page.pages,
                    timers: kept,
                })),
            );
            due.extend(fired);
        }
    }
    Ok(stay)
}
