//! Telling the other validators what was admitted here, and hearing what was admitted there.
//!
//! A message is a CBOR sequence of statements (RFC 8742), at most as long as the channel carries.
//! Messages may be lost: what has waited too long is sent again until it is in a block.

use crate::{
    admission::Admission,
    engine::Wire,
    mempool::{Mempool, TELL_AGAIN_AFTER},
};
use bytes::{Bytes, BytesMut};
use convoy_types::sequence;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How many are told again at a time.
const AGAIN_MAX: usize = 500;
/// Statements in one message.
const MESSAGE_STATEMENTS_MAX: usize = 10_000;

/// Runs until the engine's channel closes.
pub async fn run(
    wire: Wire,
    mut admitted: mpsc::Receiver<Vec<Bytes>>,
    admission: Admission,
    mempool: Arc<Mempool>,
) {
    let Wire {
        outgoing,
        mut incoming,
        bytes_max,
        ..
    } = wire;
    let mut again = tokio::time::interval(TELL_AGAIN_AFTER / 2);
    again.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let fresh = tokio::select! {
            fresh = admitted.recv() => match fresh { Some(fresh) => fresh, None => return },
            heard = incoming.recv() => match heard {
                Some((peer, message)) => {
                    if let Some(statements) = heard_statements(&message, bytes_max) {
                        let lost = admission.relayed(peer, statements);
                        if lost > 0 {
                            let peer = hex::encode(peer);
                            tracing::debug!(peer, lost, "more of a peer waits than there is room for; its node sends it again");
                        }
                    }
                    continue;
                }
                None => return,
            },
            _ = again.tick() => mempool.overdue(AGAIN_MAX),
        };
        for message in messages(fresh, bytes_max) {
            if outgoing.send((None, message)).await.is_err() {
                return;
            }
        }
    }
}

/// The statements of a peer's message. What is no sequence of items, or longer than any node sends (the bound is the same on all of them),
/// comes from a faulty peer and is dropped.
pub(crate) fn heard_statements(message: &Bytes, bytes_max: usize) -> Option<Vec<Bytes>> {
    if message.len() > bytes_max {
        return None;
    }
    sequence::cut(message, MESSAGE_STATEMENTS_MAX).ok()
}

/// Joins statements into messages.
pub(crate) fn messages(statements: Vec<Bytes>, bytes_max: usize) -> Vec<Bytes> {
    let mut messages = Vec::new();
    let mut message = BytesMut::new();
    for statement in statements {
        if !message.is_empty() && message.len() + statement.len() > bytes_max {
            messages.push(message.split().freeze());
        }
        message.extend_from_slice(&statement);
    }
    if !message.is_empty() {
        messages.push(message.freeze());
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_split_as_they_were_joined() {
        let items: Vec<Bytes> = (0u8..40)
            .map(|n| convoy_types::cbor::to_vec(&vec![n; usize::from(n)]).into())
            .collect();
        let joined = messages(items.clone(), 100);
        assert!(joined.len() > 1 && joined.iter().all(|message| message.len() <= 100));
        let back: Vec<Bytes> = joined
            .iter()
            .flat_map(|message| sequence::cut(message, 100).unwrap())
            .collect();
        assert_eq!(back, items);
    }

    #[test]
    fn a_message_longer_than_nodes_send_is_dropped_whole() {
        let items: Vec<Bytes> = vec![convoy_types::cbor::to_vec(&1u8).into(); 40];
        let message = messages(items.clone(), 1_000).remove(0);
        assert_eq!(heard_statements(&message, message.len()), Some(items));
        assert_eq!(heard_statements(&message, message.len() - 1), None);
    }
}
