//! When a scheduled subscription runs (EPCIS 2.0 section 8.2.5.3), in UTC.
//!
//! Each field is a list of numbers, ranges `[1-5]` or steps `0/30`; a field left out takes every value. A
//! schedule without `second` runs at second 0, and likewise upwards, so that `hour: 1` means once a day.
//!
//! Limits: a field has at most [`FIELD_CHARS_MAX`] characters; it is read again every second.

use convoy_types::epcis::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Characters of a field: every number of the longest, from 0 to 59, takes 169 with the commas between them.
const FIELD_CHARS_MAX: usize = 200;

/// A schedule as the standard writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// 0 to 59.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
    /// 0 to 59.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minute: Option<String>,
    /// 0 to 23.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<String>,
    /// 1 to 31.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<String>,
    /// 1 to 12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// 1 for Monday to 7 for Sunday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_of_week: Option<String>,
}

impl Schedule {
    fn fields(&self) -> [(&'static str, Option<&str>, u32, u32); 6] {
        [
            ("second", self.second.as_deref(), 0, 59),
            ("minute", self.minute.as_deref(), 0, 59),
            ("hour", self.hour.as_deref(), 0, 23),
            ("dayOfMonth", self.day_of_month.as_deref(), 1, 31),
            ("month", self.month.as_deref(), 1, 12),
            ("dayOfWeek", self.day_of_week.as_deref(), 1, 7),
        ]
    }

    /// The first field that is malformed, and what it takes; also a schedule without any field.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let fields = self.fields();
        if fields.iter().all(|(_, text, ..)| text.is_none()) {
            return Some(("schedule", "it names no time; give at least one of second, minute, hour, dayOfMonth, month, dayOfWeek".into()));
        }
        fields.into_iter().find_map(|(name, text, low, high)| {
            let text = text?;
            if text.chars().count() > FIELD_CHARS_MAX {
                return Some((name, format!("write at most {FIELD_CHARS_MAX} characters: name each number once, or a range [{low}-{high}] or * for all of them")));
            }
            values(text, low, high)
                .is_none()
                .then(|| (name, format!("write numbers from {low} to {high}, ranges [{low}-{high}] or steps {low}/2, with commas between them")))
        })
    }

    /// Whether it runs in the second that begins at `ms` since 1970.
    pub fn runs_at(&self, ms: u64) -> bool {
        let Some(now) = i64::try_from(ms).ok().and_then(Timestamp::from_millis) else {
            return false;
        };
        let text = now.to_string();
        let part = |from: usize, to: usize| {
            text.get(from..to)
                .and_then(|digits| digits.parse::<u32>().ok())
                .unwrap_or(0)
        };
        let weekday = u32::try_from((ms / 86_400_000 + 3) % 7).unwrap_or(0) + 1;
        let found = [
            part(17, 19),
            part(14, 16),
            part(11, 13),
            part(8, 10),
            part(5, 7),
            weekday,
        ];
        // Below the coarsest field that is given, a field left out stands at its first value.
        let coarsest = self
            .fields()
            .iter()
            .rposition(|(_, text, ..)| text.is_some());
        let named = self.fields().into_iter().enumerate().zip(found);
        named
            .into_iter()
            .all(|((at, (_, text, low, high)), value)| match text {
                Some(text) => values(text, low, high).is_some_and(|all| all.contains(&value)),
                None if at < 3 && coarsest.is_some_and(|coarsest| at < coarsest) => value == low,
                None => true,
            })
    }
}

/// The values of a field; `None` where it is malformed or too long.
fn values(text: &str, low: u32, high: u32) -> Option<Vec<u32>> {
    if text.chars().count() > FIELD_CHARS_MAX {
        return None;
    }
    let number = |text: &str| {
        let plain = !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>()
            .ok()
            .filter(|value| plain && (low..=high).contains(value))
    };
    let mut all = Vec::new();
    for item in text.split(',').map(str::trim) {
        if item == "*" {
            all.extend(low..=high);
        } else if let Some(range) = item
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            let (from, to) = range.split_once('-')?;
            let (from, to) = (number(from)?, number(to)?);
            (from <= to).then_some(())?;
            all.extend(from..=to);
        } else if let Some((from, step)) = item.split_once('/') {
            let from = if from == "*" { low } else { number(from)? };
            let step = step
                .parse::<u32>()
                .ok()
                .filter(|step| (1..=high).contains(step))?;
            all.extend((from..=high).step_by(usize::try_from(step).ok()?));
        } else {
            all.push(number(item)?);
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(json: serde_json::Value) -> Schedule {
        serde_json::from_value(json).unwrap()
    }

    fn runs(schedule: &Schedule, time: &str) -> bool {
        schedule.runs_at(Timestamp::parse(time).unwrap().millis() as u64)
    }

    #[test]
    fn a_schedule_runs_when_all_its_fields_say_so() {
        let nightly = schedule(serde_json::json!({ "hour": "1", "minute": "5" }));
        assert_eq!(nightly.fault(), None);
        assert!(runs(&nightly, "2026-11-28T01:05:00Z"));
        for other in [
            "2026-11-28T01:05:01Z",
            "2026-11-28T01:06:00Z",
            "2026-11-28T13:05:00Z",
        ] {
            assert!(!runs(&nightly, other), "{other}");
        }
        let hourly = schedule(serde_json::json!({ "hour": "*" }));
        assert!(runs(&hourly, "2026-11-28T07:00:00Z") && !runs(&hourly, "2026-11-28T07:30:00Z"));
        let half = schedule(serde_json::json!({ "second": "0/30" }));
        assert!(runs(&half, "2026-11-28T01:05:30Z") && !runs(&half, "2026-11-28T01:05:31Z"));
        // 28 November 2026 is a Saturday.
        let weekdays = schedule(serde_json::json!({ "dayOfWeek": "[1-5]", "hour": "6" }));
        assert!(
            !runs(&weekdays, "2026-11-28T06:00:00Z") && runs(&weekdays, "2026-11-30T06:00:00Z")
        );
    }

    #[test]
    fn malformed_fields_are_named() {
        for (json, field) in [
            (serde_json::json!({}), "schedule"),
            (serde_json::json!({ "second": "60" }), "second"),
            (serde_json::json!({ "minute": "" }), "minute"),
            (serde_json::json!({ "hour": "[5-1]" }), "hour"),
            (serde_json::json!({ "dayOfMonth": "0" }), "dayOfMonth"),
            (serde_json::json!({ "month": "jan" }), "month"),
            (serde_json::json!({ "dayOfWeek": "8" }), "dayOfWeek"),
            (serde_json::json!({ "second": "0/0" }), "second"),
        ] {
            assert_eq!(schedule(json.clone()).fault().unwrap().0, field, "{json}");
        }
        assert!(serde_json::from_value::<Schedule>(serde_json::json!({ "year": "1" })).is_err());
    }

    #[test]
    fn a_field_names_every_second_and_nothing_longer_is_read() {
        let every: Vec<String> = (0..60).map(|second| second.to_string()).collect();
        let named = schedule(serde_json::json!({ "second": every.join(",") }));
        assert_eq!(named.fault(), None);
        assert!(runs(&named, "2026-11-28T01:05:59Z"));
        let most = format!("*,{}", ["*"; 99].join(","));
        assert_eq!(most.len(), FIELD_CHARS_MAX - 1);
        let most = schedule(serde_json::json!({ "minute": most }));
        assert_eq!(most.fault(), None);
        for long in ["*,".repeat(128 * 1024), " ".repeat(200) + "1"] {
            let long = schedule(serde_json::json!({ "minute": long }));
            let (field, remedy) = long.fault().unwrap();
            assert_eq!(field, "minute");
            assert!(remedy.contains("at most 200 characters"), "{remedy}");
            assert!(!runs(&long, "2026-11-28T01:05:00Z"));
        }
    }
}
