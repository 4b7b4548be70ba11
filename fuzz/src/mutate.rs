//! Changes an input: bits, bytes, lengths, blocks, and pieces of other inputs. Every choice comes from one seeded
//! sequence, so a run can be repeated exactly.

/// A small, fast, seeded sequence of numbers (SplitMix64, Steele, Lea and Flood 2014). Not for secrets.
pub struct Dice(u64);

impl Dice {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number of the sequence.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, or 0 when `limit` is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        (self.roll() % limit) as usize
    }
}

/// Values at which lengths, counts and offsets go wrong.
const EDGES: [u64; 14] = [
    0,
    1,
    0x17,
    0x18,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// One to four changes to `input`, taking pieces of `other`; the result is at most `bytes_max` long.
pub fn mutate(dice: &mut Dice, input: &[u8], other: &[u8], bytes_max: usize) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..=dice.below(4) {
        change(dice, &mut out, other);
    }
    out.truncate(bytes_max);
    out
}

fn change(dice: &mut Dice, out: &mut Vec<u8>, other: &[u8]) {
    let at = dice.below(out.len());
    match dice.below(10) {
        _ if out.is_empty() => out.push(dice.roll() as u8),
        0 | 1 => out[at] ^= 1 << dice.below(8),
        2 => out[at] = dice.roll() as u8,
        3 => out[at] = out[at].wrapping_add(dice.below(9) as u8).wrapping_sub(4),
        4 => out.insert(at, dice.roll() as u8),
        5 => {
            let end = at + 1 + dice.below(out.len() - at).min(32);
            out.drain(at..end.min(out.len()));
        }
        6 => repeat(dice, out, at),
        7 => write_number(dice, out, at),
        8 => splice(dice, out, at, other),
        _ => out.truncate(at),
    }
}

/// Doubles a block in place, sometimes many times: nesting and long lists come from this.
fn repeat(dice: &mut Dice, out: &mut Vec<u8>, at: usize) {
    let length = (1 + dice.below(16)).min(out.len() - at);
    let times = 1 << dice.below(8);
    let block = out[at..at + length].repeat(times);
    out.splice(at..at, block);
}

/// Overwrites one, two, four or eight bytes with a number at an edge, big-endian as in CBOR.
fn write_number(dice: &mut Dice, out: &mut [u8], at: usize) {
    let width = 1 << dice.below(4);
    let number = EDGES[dice.below(EDGES.len())].to_be_bytes();
    for (slot, byte) in out[at..].iter_mut().zip(&number[8 - width..]) {
        *slot = *byte;
    }
}

fn splice(dice: &mut Dice, out: &mut Vec<u8>, at: usize, other: &[u8]) {
    if other.is_empty() {
        return;
    }
    let from = dice.below(other.len());
    let to = from + 1 + dice.below((other.len() - from).min(64));
    let piece = other[from..to.min(other.len())].to_vec();
    let overwritten = if dice.below(2) == 0 { 0 } else { piece.len() };
    let end = (at + overwritten).min(out.len());
    out.splice(at..end, piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_changes() {
        let run = || {
            let mut dice = Dice::new(7);
            (0..200)
                .map(|_| mutate(&mut dice, b"convoy", b"other input", 64))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn an_empty_input_and_a_limit_are_respected() {
        let mut dice = Dice::new(3);
        for _ in 0..5_000 {
            assert!(mutate(&mut dice, b"", b"", 16).len() <= 16);
            assert!(mutate(&mut dice, b"ab", b"xyz", 16).len() <= 16);
        }
    }
}
