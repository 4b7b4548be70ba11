//! Byte vectors of what the core itself keeps in the state, written by hand from RFC 8949. One that fails says that a stored format changed.

use crate::timer::{Cursor, Page, Timer};
use convoy_types::cbor;

#[test]
fn timers_have_their_bytes() {
    let page = Page {
        pages: 1,
        timers: vec![Timer {
            due_ms: 500,
            module: "custody".into(),
            body: vec![0xf6],
        }],
    };
    // [1, [[500, "custody", h'f6']]]
    let expected = b"\x82\x01\x81\x83\x19\x01\xf4\x67custody\x41\xf6";
    assert_eq!(cbor::to_vec(&page), expected);
    assert_eq!(cbor::from_slice::<Page>(expected).unwrap(), page);
    let cursor = Cursor { bucket: 100 };
    assert_eq!(cbor::to_vec(&cursor), [0x81, 0x18, 100]);
    assert_eq!(
        cbor::from_slice::<Cursor>(&[0x81, 0x18, 100]).unwrap(),
        cursor
    );
}
