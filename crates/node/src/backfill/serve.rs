//! Answering peers that joined later: one request at a time, a bounded number of bytes each.

use super::message::{ANSWER_BLOCKS_MAX, PART_HEAD, Part, Request, push_body};
use crate::engine::{EngineHandle, contract::Hash};
use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

/// An answer ends with the body that reaches this, bytes.
const ANSWER_BYTES: usize = 1 << 20;

/// Answers until the engine stops.
pub(super) async fn run(
    engine: EngineHandle,
    mut requests: mpsc::Receiver<(Hash, Request)>,
    outgoing: mpsc::Sender<(Option<Hash>, Bytes)>,
    bytes_max: usize,
) {
    while let Some((peer, request)) = requests.recv().await {
        let mut answer = BytesMut::new();
        let lowest = request.height.saturating_sub(ANSWER_BLOCKS_MAX - 1).max(1);
        let mut height = request.height;
        while height >= lowest && answer.len() < ANSWER_BYTES {
            let Some(body) = engine.body(height).await else {
                break;
            };
            push_body(&mut answer, &body);
            height -= 1;
        }
        for part in parts(request.number, answer.freeze(), bytes_max) {
            if outgoing.send((Some(peer), part)).await.is_err() {
                return;
            }
        }
    }
}

/// An answer in messages of at most `bytes_max`.
pub(super) fn parts(number: u64, mut answer: Bytes, bytes_max: usize) -> Vec<Bytes> {
    let room = bytes_max.saturating_sub(PART_HEAD).max(1);
    let mut parts = Vec::new();
    loop {
        let bytes = answer.split_to(room.min(answer.len()));
        let part = Part {
            number,
            index: parts.len() as u32,
            last: answer.is_empty(),
            bytes,
        };
        parts.push(part.encode());
        if part.last {
            return parts;
        }
    }
}
