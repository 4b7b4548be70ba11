//! Positions noted under several names, as one ordered stream.
//!
//! Each name is read ahead by [`AHEAD`] positions, so that a busy name costs no more than is taken of it.

use crate::custody::index::ZONE;
use convoy_readmodel::{Order, Position, Result, Snapshot};
use std::{collections::VecDeque, ops::ControlFlow};

/// Positions read ahead of each name.
const AHEAD: usize = 128;

struct Stream {
    kind: &'static str,
    name: Vec<u8>,
    ready: VecDeque<i64>,
    /// The position read last, or where to begin.
    after: i64,
    ended: bool,
}

/// Positions of several names, merged, each once.
pub(super) struct Streams<'s, 'a> {
    snapshot: &'s Snapshot<'a>,
    streams: Vec<Stream>,
    order: Order,
    /// The last position wanted.
    until: i64,
    last: Option<i64>,
}

impl<'s, 'a> Streams<'s, 'a> {
    /// The positions within `low..=high` under any of `names`.
    pub(super) fn new(
        snapshot: &'s Snapshot<'a>,
        names: Vec<(&'static str, Vec<u8>)>,
        (low, high): (i64, i64),
        order: Order,
    ) -> Self {
        let (start, until) = match order {
            Order::OldestFirst => (low.saturating_sub(1), high),
            Order::NewestFirst => (high.saturating_add(1), low),
        };
        let stream = |(kind, name)| Stream {
            kind,
            name,
            ready: VecDeque::new(),
            after: start,
            ended: false,
        };
        Self {
            snapshot,
            streams: names.into_iter().map(stream).collect(),
            order,
            until,
            last: None,
        }
    }

    /// The next position; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<i64>> {
        loop {
            let mut best: Option<(i64, usize)> = None;
            for at in 0..self.streams.len() {
                let Some(head) = self.head(at)? else { continue };
                let better = best.is_none_or(|(found, _)| match self.order {
                    Order::OldestFirst => head < found,
                    Order::NewestFirst => head > found,
                });
                if better {
                    best = Some((head, at));
                }
            }
            let Some((position, at)) = best else {
                return Ok(None);
            };
            self.streams[at].ready.pop_front();
            if self.last.replace(position) != Some(position) {
                return Ok(Some(position));
            }
        }
    }

    fn head(&mut self, at: usize) -> Result<Option<i64>> {
        let stream = &mut self.streams[at];
        if stream.ready.is_empty() && !stream.ended {
            let (until, order) = (self.until, self.order);
            // Nothing lies before the first position of all.
            let after = (stream.after >= 0).then(|| Position::from_raw(stream.after));
            let (mut ready, mut ended) = (VecDeque::new(), true);
            let of_blocks = stream.kind == ZONE;
            let mut take = |position: Position| {
                let raw = position.raw();
                let past = match order {
                    Order::OldestFirst => raw > until,
                    Order::NewestFirst => raw < until,
                };
                if past {
                    return Ok(ControlFlow::Break(()));
                }
                ready.push_back(raw);
                if ready.len() < AHEAD {
                    return Ok(ControlFlow::Continue(()));
                }
                ended = false;
                Ok(ControlFlow::Break(()))
            };
            // A block is looked into, whichever of its events are kept from the reader.
            match of_blocks {
                true => {
                    self.snapshot
                        .noted(stream.kind, &stream.name, after, order, &mut take)?;
                }
                false => {
                    self.snapshot
                        .postings(stream.kind, &stream.name, after, order, &mut take)?;
                }
            }
            stream.after = ready.back().copied().unwrap_or(stream.after);
            (stream.ready, stream.ended) = (ready, ended);
        }
        Ok(self.streams[at].ready.front().copied())
    }
}
