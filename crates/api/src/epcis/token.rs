//! Page tokens: where a query's answer goes on. Opaque to clients, bound to the query, good for a day.
//!
//! A token holds no secret and grants nothing: it names a height and a place, and the caller's access is
//! checked again. Its check value tells a token that was cut or mixed up from one that is ours; anybody can make
//! one that passes, so what it names is bounded by what a ledger can hold.

use crate::problem::{Answer, Problem, rule};
use convoy_modules::custody::queries::epcis::Resume;
use convoy_readmodel::Position;
use convoy_types::Digest;

/// How long a token is taken, milliseconds.
pub const LIFE_MS: u64 = 24 * 3_600 * 1_000;
const VERSION: u8 = 1;
const BYTES: usize = 1 + 16 + 5 * 8 + 4;

/// The token for going on with the query of this digest.
pub fn write(digest: [u8; 16], resume: &Resume, expires_ms: u64) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(digest);
    bytes.extend(expires_ms.to_be_bytes());
    bytes.extend(resume.height.to_be_bytes());
    bytes.extend(resume.position.to_be_bytes());
    bytes.extend(resume.time_ms.to_be_bytes());
    bytes.extend(resume.given.to_be_bytes());
    bytes.extend(check(&bytes));
    hex::encode(bytes)
}

/// Reads a token for the query of this digest.
pub fn read(text: &str, digest: [u8; 16], now_ms: u64) -> Answer<Resume> {
    let refuse = |fault: &str, remedy: &str| {
        Err(Problem::new(rule::PAGE_TOKEN, format!("nextPageToken: {fault}")).remedy(remedy))
    };
    const AS_GIVEN: &str = "Follow the Link header of the page before as it is.";
    let Some(bytes) = decoded(text) else {
        return refuse("it is none of this interface's", AS_GIVEN);
    };
    let word = |at: usize| u64::from_be_bytes(std::array::from_fn(|i| bytes[17 + at * 8 + i]));
    if bytes[1..17] != digest {
        return refuse(
            "it belongs to another query",
            "Send the same parameters with every page.",
        );
    }
    if word(0) <= now_ms {
        return refuse("it has expired", "Ask for the first page again.");
    }
    let resume = Resume {
        height: word(1),
        position: word(2) as i64,
        time_ms: word(3) as i64,
        given: word(4),
    };
    match is_in_bounds(&resume) {
        true => Ok(resume),
        false => refuse("it names a place that no ledger has", AS_GIVEN),
    }
}

fn is_in_bounds(resume: &Resume) -> bool {
    let (_, last) = Position::span(0);
    Position::new(0, resume.height, 0).is_some()
        && is_place(resume.position)
        && resume.given <= last.unsigned_abs()
}

/// Whether a page can go on before and after `position`, which is -1 before everything.
pub fn is_place(position: i64) -> bool {
    (-1..i64::MAX).contains(&position)
}

/// Whether a text is a token of any query.
pub fn is_token(text: &str) -> bool {
    decoded(text).is_some()
}

fn decoded(text: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    let (content, end) = bytes.split_at(BYTES - 4);
    (content[0] == VERSION && check(content) == end).then_some(bytes)
}

fn check(bytes: &[u8]) -> [u8; 4] {
    let whole = Digest::of_parts(&[b"convoy/page/1", bytes]).0;
    std::array::from_fn(|at| whole[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Resume = Resume {
        height: 7,
        position: 3,
        time_ms: -5,
        given: 9,
    };

    #[test]
    fn a_token_is_taken_for_its_query_until_it_expires() {
        let token = write([1; 16], &AT, 100);
        assert_eq!(read(&token, [1; 16], 99).unwrap(), AT);
        for (digest, now) in [([2; 16], 99), ([1; 16], 100)] {
            assert_eq!(read(&token, digest, now).unwrap_err().status(), 400);
        }
    }

    #[test]
    fn a_forged_token_names_nothing_beyond_what_a_ledger_holds() {
        let last = Position::span(0).1.unsigned_abs();
        let most = Resume {
            height: (1 << 34) - 1,
            position: i64::MAX - 1,
            time_ms: i64::MIN,
            given: last,
        };
        for resume in [
            most,
            Resume {
                position: -1,
                ..most
            },
        ] {
            let token = write([1; 16], &resume, 100);
            assert_eq!(read(&token, [1; 16], 0).unwrap(), resume);
        }
        for forged in [
            Resume {
                height: 1 << 34,
                ..most
            },
            Resume {
                position: i64::MAX,
                ..most
            },
            Resume {
                position: -2,
                ..most
            },
            Resume {
                given: last + 1,
                ..most
            },
            Resume {
                given: u64::MAX,
                ..most
            },
        ] {
            let token = write([1; 16], &forged, 100);
            let refused = read(&token, [1; 16], 0).unwrap_err();
            assert_eq!(refused.status(), 400, "{forged:?}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let token = write([1; 16], &AT, 100);
        let mut wrong = token.clone();
        wrong.replace_range(40..41, if &token[40..41] == "0" { "1" } else { "0" });
        for bad in ["", "x", &token[1..], &wrong, &format!("{token}00")] {
            assert!(read(bad, [1; 16], 0).is_err() && !is_token(bad), "{bad}");
        }
    }
}
