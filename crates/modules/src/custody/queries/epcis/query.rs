//! A whole query: its conditions, its order and how many events are wanted.

use super::{
    condition::{Compare, Condition, EventTime},
    fault::QueryFault,
    fields::Name,
    given::{Given, Givens},
    names,
};
use convoy_types::{Digest, epcis::Event};
use serde_json::{Map, Value};

/// Events that a query may be limited to, at most.
const COUNT_MAX: u64 = 1_000_000;

/// By what events are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OrderBy {
    EventTime,
    RecordTime,
    Field(Name),
}

/// How many events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    All,
    /// `eventCountLimit`: the first so many.
    First(u64),
    /// `maxEventCount`: none where there are more.
    AtMost(u64),
}

/// A `SimpleEventQuery` (EPCIS 2.0 section 8.2.7.1), read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpcisQuery {
    pub(super) conditions: Vec<Condition>,
    pub(super) order: OrderBy,
    pub(super) descending: bool,
    pub(super) count: Count,
    digest: [u8; 16],
}

impl EpcisQuery {
    /// Reads the parameters of a query string, percent-decoded. Paging parameters are not among them.
    ///
    /// # Errors
    /// The first parameter that is unknown or malformed.
    pub fn of_pairs(pairs: &[(String, String)]) -> Result<Self, QueryFault> {
        Self::of(&Givens::of_pairs(pairs)?)
    }

    /// Reads the `query` of a named query: an object after the standard's query schema.
    ///
    /// # Errors
    /// The first parameter that is unknown or malformed.
    pub fn of_json(query: &Map<String, Value>) -> Result<Self, QueryFault> {
        Self::of(&Givens::of_json(query)?)
    }

    /// Asks for more: the parameters of `pairs` beside those of this query, joined by "and".
    ///
    /// # Errors
    /// The first parameter that is unknown or malformed.
    pub fn and_pairs(mut self, pairs: &[(String, String)]) -> Result<Self, QueryFault> {
        let other = Self::of_pairs(pairs)?;
        self.conditions.extend(other.conditions);
        self.digest = short(&[&self.digest, &other.digest]);
        Ok(self)
    }

    /// The same question in the order recorded and without a count: what a subscription sends.
    #[must_use]
    pub fn as_recorded(&self) -> Self {
        Self {
            order: OrderBy::RecordTime,
            descending: false,
            count: Count::All,
            ..self.clone()
        }
    }

    /// Only what was recorded at `ms` (milliseconds since 1970) or later.
    #[must_use]
    pub fn recorded_from(mut self, ms: i64) -> Self {
        self.conditions
            .push(Condition::Time(EventTime::Record, Compare::Ge, ms));
        self
    }

    fn of(givens: &Givens) -> Result<Self, QueryFault> {
        let mut query = Self {
            conditions: Vec::new(),
            order: OrderBy::RecordTime,
            descending: false,
            count: Count::All,
            digest: digest(givens),
        };
        let find = |name: &str| givens.all.iter().find(|given| given.name == name);
        let ordered = find("orderBy");
        if let Some(given) = ordered {
            query.order = order_by(given, givens)?;
            query.descending = true;
        }
        if let Some(given) = find("orderDirection") {
            query.descending = match given.one()? {
                "ASC" => false,
                "DESC" => true,
                other => return Err(given.refuse(other, "is no direction", "write ASC or DESC")),
            };
            if ordered.is_none() {
                return Err(QueryFault::parameter(
                    "orderDirection",
                    "it is given without orderBy",
                    "say by which field with orderBy",
                ));
            }
        }
        query.count = count(
            find("eventCountLimit"),
            find("maxEventCount"),
            ordered.is_some(),
        )?;
        for given in &givens.all {
            let controls = [
                "orderBy",
                "orderDirection",
                "eventCountLimit",
                "maxEventCount",
            ];
            if !controls.contains(&given.name.as_str()) {
                query.conditions.extend(names::condition(given, givens)?);
            }
        }
        Ok(query)
    }

    /// What a page token is bound to: the same for the same parameters.
    pub fn digest(&self) -> [u8; 16] {
        self.digest
    }

    /// Whether an event, recorded at `recorded_ms`, is asked for.
    pub fn takes(&self, event: &Event, recorded_ms: i64) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(event, recorded_ms))
    }

    /// The first moment that is asked for and the one behind the last.
    pub(super) fn times(&self, which: EventTime) -> (i64, i64) {
        let mut span = (i64::MIN, i64::MAX);
        for condition in &self.conditions {
            match condition {
                Condition::Time(own, Compare::Ge, ms) if *own == which => span.0 = span.0.max(*ms),
                Condition::Time(own, Compare::Lt, ms) if *own == which => span.1 = span.1.min(*ms),
                _ => {}
            }
        }
        span
    }
}

fn digest(givens: &Givens) -> [u8; 16] {
    let mut lines: Vec<String> = givens
        .all
        .iter()
        .map(|given| format!("{:?}={:?}", given.name, given.values))
        .chain(
            givens
                .prefixes
                .iter()
                .map(|(prefix, uri)| format!("@{prefix:?}={uri:?}")),
        )
        .collect();
    lines.sort_unstable();
    short(&[b"convoy/epcis-query/1", lines.join("\n").as_bytes()])
}

fn short(parts: &[&[u8]]) -> [u8; 16] {
    let whole = Digest::of_parts(parts).0;
    std::array::from_fn(|at| whole[at])
}

fn order_by(given: &Given, givens: &Givens) -> Result<OrderBy, QueryFault> {
    let text = given.one()?;
    Ok(match text {
        "eventTime" => OrderBy::EventTime,
        "recordTime" => OrderBy::RecordTime,
        _ => OrderBy::Field(Name::parse(text, givens).ok_or_else(|| {
            given.refuse(
                text,
                "is no field to order by",
                "write eventTime, recordTime or the qualified name of an extension field, such as ext:lotNumber",
            )
        })?),
    })
}

fn count(
    first: Option<&Given>,
    at_most: Option<&Given>,
    ordered: bool,
) -> Result<Count, QueryFault> {
    let read = |given: &Given| {
        let text = given.one()?;
        let number = text
            .parse::<u64>()
            .ok()
            .filter(|count| (1..=COUNT_MAX).contains(count));
        number.ok_or_else(|| {
            given.refuse(
                text,
                "is no such count",
                &format!("write a whole number from 1 to {COUNT_MAX}"),
            )
        })
    };
    match (first, at_most) {
        (Some(_), Some(_)) => Err(QueryFault::parameter(
            "maxEventCount",
            "it is given together with eventCountLimit",
            "choose one: eventCountLimit cuts the answer, maxEventCount refuses one that is longer",
        )),
        (Some(given), None) if ordered => Ok(Count::First(read(given)?)),
        (Some(_), None) => Err(QueryFault::parameter(
            "eventCountLimit",
            "it is given without orderBy",
            "say with orderBy which events come first",
        )),
        (None, Some(given)) => Ok(Count::AtMost(read(given)?)),
        (None, None) => Ok(Count::All),
    }
}
