//! The parameters of `SimpleEventQuery` (EPCIS 2.0 section 8.2.7.1): what each name means.
//!
//! Flow: a name is looked up among the fixed ones, then taken apart: comparison, place, `INNER`, field,
//! unit. What is none of the standard's is refused, never passed over: a misspelt condition would
//! otherwise answer with everything.

use super::{
    condition::{Attributed, Compare, Condition, EventTime, Lists, Where},
    fault::QueryFault,
    fields::{Comparand, Name, Within},
    given::{Given, Givens},
    number::Number,
    pattern::Pattern,
    sensor::{self, SensorTest},
};
use convoy_types::{
    epcis::{
        Action, EventId, EventKind, Timestamp,
        cbv::{BizStep, BizTransactionType, Disposition, ErrorReason, SourceDestType, TermError},
    },
    identifiers::Epc,
};

const UNKNOWN: &str = "check its spelling against the parameters of SimpleEventQuery (EPCIS 2.0 section 8.2.7.1); a field of your own is written as prefix:name";
const TIME: &str = "write a time with seconds and zone, such as 2026-11-20T06:00:00.000Z, and + as %2B in a query string";

/// The condition of one parameter; `None` where it asks nothing (`EXISTS_...` false).
pub(super) fn condition(given: &Given, givens: &Givens) -> Result<Option<Condition>, QueryFault> {
    let name = given.name.as_str();
    if let Some(rest) = name.strip_prefix("EXISTS_") {
        return exists(given, rest, givens);
    }
    if given.values.is_empty() {
        return Err(QueryFault::parameter(
            name,
            "it has no value",
            "give it one, or leave the parameter out",
        ));
    }
    let fixed = fixed(given, givens)?;
    if fixed.is_some() {
        return Ok(fixed);
    }
    let made = match name {
        _ if name.starts_with("MATCH_") => matched(given)?,
        _ if name.starts_with("HASATTR_") => {
            attribute(given, &name["HASATTR_".len()..], givens, false)?
        }
        _ if name.starts_with("EQATTR_") => {
            attribute(given, &name["EQATTR_".len()..], givens, true)?
        }
        _ if name.starts_with("EQ_ATTR_") => {
            attribute(given, &name["EQ_ATTR_".len()..], givens, true)?
        }
        _ => compared(given, givens)?,
    };
    made.map(Some).ok_or_else(|| unknown(given))
}

fn unknown(given: &Given) -> QueryFault {
    QueryFault::parameter(&given.name, "there is no such parameter", UNKNOWN)
}

fn each<T>(
    given: &Given,
    read: impl Fn(&str) -> Result<T, QueryFault>,
) -> Result<Vec<T>, QueryFault> {
    given.values.iter().map(|value| read(value)).collect()
}

fn terms<T>(
    given: &Given,
    givens: &Givens,
    parse: impl Fn(&str) -> Result<T, TermError>,
) -> Result<Vec<T>, QueryFault> {
    each(given, |value| {
        parse(&givens.expanded(value)).map_err(|error| {
            given.refuse(
                value,
                &format!("is no {} of CBV 2.0", error.what),
                "use one of its words or a URI of your own namespace",
            )
        })
    })
}

fn epcs(given: &Given, givens: &Givens) -> Result<Vec<Epc>, QueryFault> {
    each(given, |value| {
        Epc::parse(&givens.expanded(value)).map_err(|error| {
            given.refuse(
                value,
                &format!("is no identifier: {}", error.fault),
                &error.remedy,
            )
        })
    })
}

fn event_ids(given: &Given) -> Result<Vec<EventId>, QueryFault> {
    each(given, |value| {
        EventId::parse(value).ok_or_else(|| {
            given.refuse(
                value,
                "is no event id",
                "write the whole URI, such as urn:uuid:... or ni:///sha-256;...?ver=CBV2.0",
            )
        })
    })
}

fn time(given: &Given) -> Result<i64, QueryFault> {
    let text = given.one()?;
    let time = Timestamp::parse(text).ok_or_else(|| given.refuse(text, "is no time", TIME))?;
    Ok(time.millis())
}

fn numbers(given: &Given, many: bool) -> Result<Vec<Number>, QueryFault> {
    if !many {
        given.one()?;
    }
    each(given, |value| {
        Number::parse(value)
            .ok_or_else(|| given.refuse(value, "is no number", "write digits, such as 12.5"))
    })
}

/// Parameters whose whole name is fixed.
fn fixed(given: &Given, givens: &Givens) -> Result<Option<Condition>, QueryFault> {
    use {Compare::*, EventTime::*};
    let place = |at, within| -> Result<Condition, QueryFault> {
        let any = epcs(given, givens)?;
        Ok(Condition::Place { at, within, any })
    };
    Ok(Some(match given.name.as_str() {
        "eventType" => Condition::EventType(event_types(given)?),
        "GE_eventTime" => Condition::Time(Event, Ge, time(given)?),
        "LT_eventTime" => Condition::Time(Event, Lt, time(given)?),
        "GE_recordTime" => Condition::Time(Record, Ge, time(given)?),
        "LT_recordTime" => Condition::Time(Record, Lt, time(given)?),
        "GE_errorDeclaration_Time" | "GE_errorDeclarationTime" => {
            Condition::Time(ErrorDeclaration, Ge, time(given)?)
        }
        "LT_errorDeclaration_Time" | "LT_errorDeclarationTime" => {
            Condition::Time(ErrorDeclaration, Lt, time(given)?)
        }
        "EQ_action" => Condition::Action(each(given, |value| {
            let known = Action::ALL
                .into_iter()
                .find(|action| action.name() == value);
            known.ok_or_else(|| given.refuse(value, "is no action", "write ADD, OBSERVE or DELETE"))
        })?),
        "EQ_bizStep" => Condition::BizStep(terms(given, givens, BizStep::parse)?),
        "EQ_disposition" => Condition::Disposition(terms(given, givens, Disposition::parse)?),
        "EQ_persistentDisposition_set" => Condition::Lasting {
            set: true,
            any: terms(given, givens, Disposition::parse)?,
        },
        "EQ_persistentDisposition_unset" => Condition::Lasting {
            set: false,
            any: terms(given, givens, Disposition::parse)?,
        },
        "EQ_readPoint" => place(Where::ReadPoint, false)?,
        "WD_readPoint" => place(Where::ReadPoint, true)?,
        "EQ_bizLocation" => place(Where::BizLocation, false)?,
        "WD_bizLocation" => place(Where::BizLocation, true)?,
        "EQ_transformationID" => Condition::TransformationId(epcs(given, givens)?),
        "EQ_eventID" => Condition::EventId(event_ids(given)?),
        "EQ_errorReason" => Condition::ErrorReason(terms(given, givens, ErrorReason::parse)?),
        "EQ_correctiveEventID" => Condition::CorrectiveEventId(event_ids(given)?),
        "EQ_booleanValue" => match given.one()? {
            "true" => Condition::Sensor(SensorTest::Truth(true)),
            "false" => Condition::Sensor(SensorTest::Truth(false)),
            other => return Err(given.refuse(other, "is neither", "write true or false")),
        },
        _ => return Ok(None),
    }))
}

fn event_types(given: &Given) -> Result<Vec<EventKind>, QueryFault> {
    let mut kinds = Vec::new();
    for value in &given.values {
        let word = value
            .strip_prefix("https://ref.gs1.org/epcis/")
            .or_else(|| value.strip_prefix("epcis:"));
        match EventKind::ALL
            .into_iter()
            .find(|kind| kind.name() == word.unwrap_or(value))
        {
            Some(kind) => kinds.push(kind),
            // The type of somebody's extension: there are no events of it here.
            None if value.contains(':') && word.is_none() => {}
            None => {
                let remedy = "write ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent or AssociationEvent";
                return Err(given.refuse(value, "is no event type", remedy));
            }
        }
    }
    Ok(kinds)
}

fn matched(given: &Given) -> Result<Option<Condition>, QueryFault> {
    let all = Lists {
        objects: true,
        parent: true,
        inputs: true,
        outputs: true,
        classes: false,
    };
    let none = Lists::default();
    let lists = match &given.name["MATCH_".len()..] {
        "epc" => Lists {
            objects: true,
            ..none
        },
        "parentID" => Lists {
            parent: true,
            ..none
        },
        "inputEPC" => Lists {
            inputs: true,
            ..none
        },
        "outputEPC" => Lists {
            outputs: true,
            ..none
        },
        "anyEPC" => all,
        "epcClass" => Lists {
            objects: true,
            classes: true,
            ..none
        },
        "inputEPCClass" => Lists {
            inputs: true,
            classes: true,
            ..none
        },
        "outputEPCClass" => Lists {
            outputs: true,
            classes: true,
            ..none
        },
        "anyEPCClass" => Lists {
            classes: true,
            ..all
        },
        _ => return Ok(None),
    };
    let patterns = each(given, |value| {
        Pattern::parse(&given.name, value, lists.classes)
    })?;
    Ok(Some(Condition::Match(lists, patterns)))
}

/// `EQ_`, `GT_`, `GE_`, `LT_` or `LE_` and a field.
fn compared(given: &Given, givens: &Givens) -> Result<Option<Condition>, QueryFault> {
    let Some((word, rest)) = given.name.split_once('_') else {
        return Ok(None);
    };
    let compare = match word {
        "EQ" => Compare::Eq,
        "GT" => Compare::Gt,
        "GE" => Compare::Ge,
        "LT" => Compare::Lt,
        "LE" => Compare::Le,
        _ => return Ok(None),
    };
    if let Some(found) = typed(given, compare, rest, givens)? {
        return Ok(Some(found));
    }
    if let Some(found) = measured(given, compare, rest)? {
        return Ok(Some(found));
    }
    let (place, inner, name) = located(rest);
    let Some(name) = Name::parse(name, givens) else {
        return Ok(None);
    };
    if compare == Compare::Eq {
        let any = given.values.iter();
        let any = any.map(|value| (value.clone(), Comparand::parse(value)));
        return Ok(Some(Condition::FieldEquals(
            place,
            inner,
            name,
            any.collect(),
        )));
    }
    let text = given.one()?;
    let comparand = Comparand::parse(text).ok_or_else(|| {
        given.refuse(
            text,
            "is neither a number nor a time",
            "compare text with EQ_",
        )
    })?;
    Ok(Some(Condition::FieldCompares(
        place, inner, name, compare, comparand,
    )))
}

/// `bizTransaction_`, `source_` and `destination_` with the type behind.
fn typed(
    given: &Given,
    compare: Compare,
    rest: &str,
    givens: &Givens,
) -> Result<Option<Condition>, QueryFault> {
    if compare != Compare::Eq {
        return Ok(None);
    }
    let kind = |text: &str| {
        SourceDestType::parse(&givens.expanded(text)).map_err(|error| {
            given.refuse(
                text,
                &format!("is no {}", error.what),
                "use owning_party, possessing_party, location or a URI of your own",
            )
        })
    };
    if let Some(text) = rest
        .strip_prefix("bizTransaction_")
        .or_else(|| (rest == "bizTransaction").then_some(""))
    {
        let kind = match text {
            "" => None,
            text => Some(
                BizTransactionType::parse(&givens.expanded(text)).map_err(|error| {
                    given.refuse(
                        text,
                        &format!("is no {}", error.what),
                        "use a word of CBV 2.0, such as po, or a URI of your own",
                    )
                })?,
            ),
        };
        return Ok(Some(Condition::BizTransaction(kind, epcs(given, givens)?)));
    }
    if let Some(text) = rest.strip_prefix("source_") {
        return Ok(Some(Condition::Source(kind(text)?, epcs(given, givens)?)));
    }
    if let Some(text) = rest.strip_prefix("destination_") {
        return Ok(Some(Condition::Destination(
            kind(text)?,
            epcs(given, givens)?,
        )));
    }
    Ok(None)
}

/// Quantities and what sensors report.
fn measured(given: &Given, compare: Compare, rest: &str) -> Result<Option<Condition>, QueryFault> {
    if let Some(field) = sensor::TIMES.into_iter().find(|field| *field == rest) {
        let standard = matches!(compare, Compare::Ge | Compare::Lt);
        return match standard {
            true => Ok(Some(Condition::Sensor(SensorTest::Time(
                field,
                compare,
                time(given)?,
            )))),
            false => Err(unknown(given)),
        };
    }
    if compare == Compare::Eq
        && let Some(field) = sensor::TEXTS.into_iter().find(|field| *field == rest)
    {
        return Ok(Some(Condition::Sensor(SensorTest::Text(
            field,
            given.values.clone(),
        ))));
    }
    let (field, uom) = match rest.split_once('_') {
        Some((field, uom)) => (field, Some(uom)),
        None => (rest, None),
    };
    let unit = uom.is_none_or(|uom| {
        (2..=3).contains(&uom.len())
            && uom
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    });
    let many = compare == Compare::Eq;
    if field == "quantity" && unit {
        let any = numbers(given, many)?;
        return Ok(Some(Condition::Quantity {
            compare,
            any,
            uom: uom.map(str::to_owned),
        }));
    }
    let known = match field {
        "percRank" if uom.is_none() => Some("percRank"),
        _ => sensor::NUMBERS.into_iter().find(|known| *known == field),
    };
    match known {
        Some(field) if unit => {
            let any = numbers(given, many)?;
            Ok(Some(Condition::Sensor(SensorTest::Number {
                field,
                compare,
                any,
                uom: uom.map(str::to_owned),
            })))
        }
        Some(_) | None if field == "quantity" || known.is_some() => Err(QueryFault::parameter(
            &given.name,
            "it does not end in a unit",
            "write the unit's code of UN/ECE Recommendation 20, such as CEL or KGM",
        )),
        _ => Ok(None),
    }
}

/// Where a field is looked for, whether deeper than its top, and the field's name.
fn located(rest: &str) -> (Within, bool, &str) {
    let (inner, rest) = match rest.strip_prefix("INNER_") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    const PLACES: [(&str, Within); 7] = [
        ("ILMD_", Within::Ilmd),
        ("ERROR_DECLARATION_", Within::ErrorDeclaration),
        ("SENSORELEMENT_", Within::SensorElement),
        ("SENSORMETADATA_", Within::SensorMetadata),
        ("SENSORREPORT_", Within::SensorReport),
        ("readPoint_", Within::ReadPoint),
        ("bizLocation_", Within::BizLocation),
    ];
    let place = PLACES
        .into_iter()
        .find_map(|(start, place)| Some((place, rest.strip_prefix(start)?)));
    match place {
        Some((place, name)) => (place, inner, name),
        None => (Within::Event, inner, rest),
    }
}

fn exists(given: &Given, rest: &str, givens: &Givens) -> Result<Option<Condition>, QueryFault> {
    let asked = match given.values.as_slice() {
        [] => true,
        [only] => match only.as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            other => {
                return Err(given.refuse(other, "is neither", "write true, or no value at all"));
            }
        },
        _ => return Err(given.one().err().unwrap_or_else(|| unknown(given))),
    };
    let condition = match rest {
        "errorDeclaration" => Condition::IsDeclaration,
        "sensorElementList" => Condition::HasSensorElements,
        _ => {
            let (place, inner, name) = located(rest);
            let name = Name::parse(name, givens).ok_or_else(|| unknown(given))?;
            Condition::Exists(place, inner, name)
        }
    };
    Ok(asked.then_some(condition))
}

/// `HASATTR_field` with attributes as values, `EQATTR_field_attribute` with the attribute's values.
fn attribute(
    given: &Given,
    rest: &str,
    givens: &Givens,
    valued: bool,
) -> Result<Option<Condition>, QueryFault> {
    let place = |text: &str| match text {
        "readPoint" => Some(Attributed::Place(Where::ReadPoint)),
        "bizLocation" => Some(Attributed::Place(Where::BizLocation)),
        _ => Name::parse(text, givens).map(Attributed::Extension),
    };
    if !valued {
        let Some(of) = place(rest) else {
            return Ok(None);
        };
        return Ok(Some(Condition::Attribute {
            of,
            names: given.values.clone(),
            values: None,
        }));
    }
    let Some((field, name)) = rest.split_once('_') else {
        return Ok(None);
    };
    let Some(of) = place(field).filter(|_| !name.is_empty()) else {
        return Ok(None);
    };
    Ok(Some(Condition::Attribute {
        of,
        names: vec![name.to_owned()],
        values: Some(given.values.clone()),
    }))
}
