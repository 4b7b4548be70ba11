//! This machine's clock against the nodes' clocks.

use super::Finding;
use convoy_types::limits::CLOCK_AHEAD_MS_MAX;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CHECK: &str = "clock";
const REMEDY: &str = "let a time service keep it: systemctl enable --now systemd-timesyncd (or chrony), then timedatectl";
/// A clock that is further off than this is worth knowing, milliseconds: time services keep it within a hundredth.
const NOTE_MS: i64 = 500;

/// What is known of another clock: this machine's clock is between `least` and `most` milliseconds ahead of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Whose clock.
    pub of: String,
    /// This machine is at least so far ahead; below 0: behind.
    pub least: i64,
    /// This machine is at most so far ahead.
    pub most: i64,
}

/// Compares with a `Date` of whole seconds in an answer: when it was written the other clock was within that second, and ours between
/// question and answer.
pub fn offset(of: &str, date: SystemTime, asked: SystemTime, answered: SystemTime) -> Offset {
    Offset {
        of: of.to_owned(),
        least: millis(asked) - (millis(date) + 999),
        most: millis(answered) - millis(date),
    }
}

fn millis(time: SystemTime) -> i64 {
    let (duration, sign) = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (after, 1),
        Err(before) => (before.duration(), -1),
    };
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX) * sign
}

/// Judges by what is certain only: a difference that the seconds of `Date` and the way there and back explain is none.
pub fn judge(offsets: &[Offset]) -> Finding {
    if offsets.is_empty() {
        return Finding::not_checked(CHECK, "no other node answered; name some with --other");
    }
    let sure = |offset: &Offset| match (offset.least, offset.most) {
        (least, _) if least > 0 => least,
        (_, most) if most < 0 => most,
        _ => 0,
    };
    let mut sorted: Vec<i64> = offsets.iter().map(sure).collect();
    sorted.sort_unstable();
    // Most of the others are right: one that is wrong itself must not accuse this machine.
    let median = sorted[sorted.len() / 2];
    let limit = i64::try_from(CLOCK_AHEAD_MS_MAX).unwrap_or(i64::MAX);
    let others: Vec<_> = offsets.iter().map(|offset| offset.of.as_str()).collect();
    let found = match median {
        0 => format!("as the clocks of {}, to within a second", others.join(", ")),
        ahead if ahead > 0 => format!(
            "at least {} ahead of the clocks of {}",
            seconds(ahead),
            others.join(", ")
        ),
        behind => format!(
            "at least {} behind the clocks of {}",
            seconds(behind),
            others.join(", ")
        ),
    };
    if median.abs() >= limit {
        let found = format!(
            "{found}; past {} a node cannot vote in time",
            seconds(limit)
        );
        return Finding::fault(CHECK, found, REMEDY);
    }
    if median.abs() > NOTE_MS {
        return Finding::note(CHECK, found, REMEDY);
    }
    Finding::ok(CHECK, found)
}

fn seconds(millis: i64) -> String {
    let duration = Duration::from_millis(millis.unsigned_abs());
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    /// The other's clock shows `date` seconds; ours shows these milliseconds when asking and when answered.
    fn seen(of: &str, date: u64, asked: u64, answered: u64) -> Offset {
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        offset(of, at(date * 1_000), at(asked), at(answered))
    }

    #[test]
    fn the_second_of_a_date_and_the_way_there_accuse_nobody() {
        // The other wrote 100 s at 100.999 s of its time; ours was the same.
        assert_eq!(
            judge(&[seen("fra", 100, 100_990, 101_010)]).level,
            Level::Ok
        );
        // Three seconds on the way: anything in between can be.
        assert_eq!(judge(&[seen("fra", 100, 97_500, 100_500)]).level, Level::Ok);
    }

    #[test]
    fn a_clock_that_is_wrong_is_told_with_its_direction() {
        let ahead = judge(&[seen("fra", 100, 110_000, 110_010)]);
        assert_eq!(ahead.level, Level::Fault);
        assert!(ahead.found.contains("9.0 s ahead"), "{}", ahead.found);
        let behind = judge(&[seen("fra", 100, 89_990, 90_000)]);
        assert_eq!(behind.level, Level::Fault);
        assert!(behind.found.contains("10.0 s behind"), "{}", behind.found);
        let little = judge(&[seen("fra", 100, 102_000, 102_010)]);
        assert_eq!(little.level, Level::Note, "{}", little.found);
    }

    #[test]
    fn one_node_whose_own_clock_is_wrong_does_not_accuse_this_machine() {
        let offsets = [
            seen("est", 100, 100_100, 100_200),
            seen("fra", 500, 100_100, 100_200),
            seen("ita", 100, 100_100, 100_200),
        ];
        assert_eq!(judge(&offsets).level, Level::Ok);
    }

    #[test]
    fn with_nobody_to_compare_with_it_says_so() {
        assert_eq!(judge(&[]).level, Level::NotChecked);
    }
}
