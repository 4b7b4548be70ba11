//! Cutting a CBOR sequence (RFC 8742) into its items without decoding them.
//!
//! Flow: heads are walked, contents skipped; each item is a slice of the request's own buffer, so a thousand statements cost no copy.
//! Whether an item is a statement is not asked here.
//!
//! Invariants: never reads past the buffer, allocates by items found only, and walks nested items without recursion.

use bytes::Bytes;

/// Why a sequence cannot be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutError {
    /// The item's place, counted from 0.
    pub index: usize,
    /// Offset of the fault in the body, bytes.
    pub at: usize,
    /// The fault in plain words.
    pub fault: &'static str,
}

/// Cuts `body` into its items, at most `items_max`.
pub fn cut(body: &Bytes, items_max: usize) -> Result<Vec<Bytes>, CutError> {
    let mut items = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let index = items.len();
        if index == items_max {
            return Err(CutError {
                index,
                at,
                fault: "it holds more items than one request may",
            });
        }
        let end = item_end(body, at).map_err(|(at, fault)| CutError { index, at, fault })?;
        items.push(body.slice(at..end));
        at = end;
    }
    Ok(items)
}

type Fault = (usize, &'static str);

/// The offset behind the item that starts at `start`.
fn item_end(body: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start;
    let mut open: u64 = 1;
    while open > 0 {
        open -= 1;
        let (major, argument, end) = head(body, at)?;
        let left = (body.len() - end) as u64;
        at = match major {
            0 | 1 | 7 => end,
            2 | 3 if argument <= left => end + argument as usize,
            2 | 3 => return Err((at, "a string runs past the end of the body")),
            4 | 5 => {
                let items = argument.saturating_mul(u64::from(major) - 3);
                open = open.saturating_add(items);
                end
            }
            _ => {
                open += 1;
                end
            }
        };
        if open > (body.len() - at) as u64 {
            return Err((at, "the body ends inside an item"));
        }
    }
    Ok(at)
}

/// Major type, argument and the offset behind the head at `at`.
fn head(body: &[u8], at: usize) -> Result<(u8, u64, usize), Fault> {
    let first = *body.get(at).ok_or((at, "the body ends inside an item"))?;
    let width = match first & 0x1f {
        info @ 0..=23 => return Ok((first >> 5, u64::from(info), at + 1)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => {
            return Err((
                at,
                "an item has indefinite length or a reserved length code",
            ));
        }
    };
    let raw = body
        .get(at + 1..at + 1 + width)
        .ok_or((at, "the body ends inside an item"))?;
    let argument = raw
        .iter()
        .fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    Ok((first >> 5, argument, at + 1 + width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_hex(text: &str) -> Result<Vec<String>, CutError> {
        let body = Bytes::from(hex::decode(text).unwrap());
        Ok(cut(&body, 4)?.iter().map(hex::encode).collect())
    }

    /// Items of RFC 8949 appendix A.
    #[test]
    fn items_are_cut_where_they_end() {
        assert_eq!(cut_hex("").unwrap(), Vec::<String>::new());
        assert_eq!(cut_hex("00").unwrap(), ["00"]);
        assert_eq!(
            cut_hex("1864820203a201020304f6").unwrap(),
            ["1864", "820203", "a201020304", "f6"]
        );
        assert_eq!(
            cut_hex("c11a514b67b04401020304").unwrap(),
            ["c11a514b67b0", "4401020304"]
        );
        assert_eq!(cut_hex("8301820203820405").unwrap(), ["8301820203820405"]);
    }

    #[test]
    fn what_is_cut_short_names_the_item_and_the_place() {
        let error = cut_hex("0044010203").unwrap_err();
        assert_eq!((error.index, error.at), (1, 1));
        assert_eq!(cut_hex("0018").unwrap_err().index, 1);
        assert_eq!(cut_hex("8202").unwrap_err().at, 1);
    }
}
