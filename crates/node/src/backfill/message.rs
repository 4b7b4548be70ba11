//! What nodes say to each other about history.
//!
//! ```text
//! request = version 1 ‖ 0 ‖ number (8) ‖ height (8)
//! part    = version 1 ‖ 1 ‖ number (8) ‖ index (4) ‖ last (1) ‖ bytes
//! bytes of all parts = bodies, the highest first: length (4) ‖ body, …
//! ```
//!
//! Integers are big-endian. An answer without bodies says that the peer has none there. Only the last part may be empty, and no body is.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

const VERSION: u8 = 1;
const REQUEST: u8 = 0;
const PART: u8 = 1;
/// Blocks in one answer: empty ones are small and many. Both sides keep to it.
pub const ANSWER_BLOCKS_MAX: u64 = 200;
/// Bytes of a part before its payload.
pub const PART_HEAD: usize = 15;

/// "Send me the block at this height and some below it."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Told again in the answer.
    pub number: u64,
    /// The highest block wanted.
    pub height: u64,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which request it answers.
    pub number: u64,
    /// Its place in the answer.
    pub index: u32,
    /// Whether it is the last.
    pub last: bool,
    /// Its bytes.
    pub bytes: Bytes,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A part of an answer.
    Part(Part),
}

impl Request {
    /// Its bytes.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(18);
        out.put_u8(VERSION);
        out.put_u8(REQUEST);
        out.put_u64(self.number);
        out.put_u64(self.height);
        out.freeze()
    }
}

impl Part {
    /// Its bytes.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(PART_HEAD + self.bytes.len());
        out.put_u8(VERSION);
        out.put_u8(PART);
        out.put_u64(self.number);
        out.put_u32(self.index);
        out.put_u8(u8::from(self.last));
        out.put_slice(&self.bytes);
        out.freeze()
    }
}

/// Reads a message; `None` where it is none.
pub fn decode(mut bytes: Bytes) -> Option<Message> {
    if bytes.try_get_u8().ok()? != VERSION {
        return None;
    }
    let kind = bytes.try_get_u8().ok()?;
    let number = bytes.try_get_u64().ok()?;
    match kind {
        REQUEST => {
            let height = bytes.try_get_u64().ok()?;
            bytes
                .is_empty()
                .then_some(Message::Request(Request { number, height }))
        }
        PART => {
            let index = bytes.try_get_u32().ok()?;
            let last = match bytes.try_get_u8().ok()? {
                0 => false,
                1 => true,
                _ => return None,
            };
            Some(Message::Part(Part {
                number,
                index,
                last,
                bytes,
            }))
        }
        _ => None,
    }
}

/// Appends a body to the bytes of an answer.
pub fn push_body(answer: &mut BytesMut, body: &[u8]) {
    answer.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    answer.put_slice(body);
}

/// The bodies in the bytes of an answer; `None` where they are cut short, one is empty, or there are more than `bodies_max`.
pub fn bodies(mut answer: Bytes, bodies_max: u64) -> Option<Vec<Bytes>> {
    let mut bodies = Vec::new();
    while !answer.is_empty() {
        let length = answer.try_get_u32().ok()? as usize;
        if length == 0 || length > answer.len() || bodies.len() as u64 >= bodies_max {
            return None;
        }
        bodies.push(answer.split_to(length));
    }
    Some(bodies)
}
