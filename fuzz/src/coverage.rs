//! The compiler's edge counters, one byte each, as LLVM's `sancov-module` pass lays them out.
//!
//! The pass calls [`__sanitizer_cov_8bit_counters_init`] before `main`, once per object that has counters. Instrumented
//! code increments them without synchronisation, so they are read and cleared only between runs, on the thread that runs
//! the target. Without instrumentation nothing calls in and [`Coverage::edges_seen`] stays 0.

#![allow(unsafe_code)]

use std::sync::Mutex;

/// Start address and length of every counter array.
static REGIONS: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// Receives one array of counters.
///
/// # Safety
/// Called by the compiler's own constructors with the bounds of a section of this program that lives as long as it runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8) {
    let region = (
        start as usize,
        (stop as usize).saturating_sub(start as usize),
    );
    if let Ok(mut regions) = REGIONS.lock()
        && region.1 > 0
        && !regions.contains(&region)
    {
        regions.push(region);
    }
}

/// Whether this program was built with counters.
pub fn is_on() -> bool {
    REGIONS.lock().is_ok_and(|regions| !regions.is_empty())
}

fn for_each_region(mut action: impl FnMut(&mut [u8])) {
    let regions = REGIONS
        .lock()
        .map(|regions| regions.clone())
        .unwrap_or_default();
    for (start, length) in regions {
        // SAFETY: the bounds came from the compiler and cover a static section; no instrumented code runs meanwhile.
        action(unsafe { std::slice::from_raw_parts_mut(start as *mut u8, length) });
    }
}

/// Sets every counter to zero.
pub fn clear() {
    for_each_region(|counters| counters.fill(0));
}

/// What has been reached so far: per edge, which classes of counts (1, 2, 3, 4–7, …) have been seen.
#[derive(Default)]
pub struct Coverage {
    classes: Vec<u8>,
    edges_seen: usize,
}

impl Coverage {
    /// Takes in the counters of the run just finished; returns whether any edge or count class is new.
    pub fn absorb(&mut self) -> bool {
        let mut is_new = false;
        let mut base = 0;
        for_each_region(|counters| {
            if self.classes.len() < base + counters.len() {
                self.classes.resize(base + counters.len(), 0);
            }
            for (word, counts) in counters.chunks(WORD).enumerate() {
                // Nearly all of them: a run takes few of a program's edges.
                if is_zero(counts) {
                    continue;
                }
                for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                    let known = &mut self.classes[base + word * WORD + place];
                    let class = class_of(*count);
                    self.edges_seen += usize::from(*known == 0);
                    is_new |= *known & class == 0;
                    *known |= class;
                }
            }
            base += counters.len();
        });
        is_new
    }

    /// How many different edges were taken at least once.
    pub fn edges_seen(&self) -> usize {
        self.edges_seen
    }
}

/// Counters looked at together.
const WORD: usize = 16;

fn is_zero(counts: &[u8]) -> bool {
    match <[u8; WORD]>::try_from(counts) {
        Ok(counts) => u128::from_ne_bytes(counts) == 0,
        Err(_) => counts.iter().all(|count| *count == 0),
    }
}

/// One bit per class of counts: a loop run twice and one run three times differ, 40 and 41 do not.
fn class_of(count: u8) -> u8 {
    match count {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        128.. => 128,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_seen_wherever_it_stands_in_what_is_looked_at_together() {
        let counters = [0u8; 2 * WORD + 3];
        assert!(counters.chunks(WORD).all(is_zero));
        for place in 0..counters.len() {
            let mut counters = counters;
            counters[place] = 1;
            let seen: Vec<bool> = counters
                .chunks(WORD)
                .map(|counts| !is_zero(counts))
                .collect();
            assert_eq!(seen.iter().filter(|seen| **seen).count(), 1);
            assert!(seen[place / WORD]);
        }
    }

    #[test]
    fn every_class_is_one_bit_and_classes_follow_the_count() {
        let bits: Vec<u8> = (0..=255).map(class_of).collect();
        assert_eq!(bits[0], 0);
        assert!(bits[1..].iter().all(|bit| bit.count_ones() == 1));
        assert!(bits.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
