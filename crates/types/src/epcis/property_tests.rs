//! Whatever comes in: no panic, and what is accepted survives every form unchanged.

use super::{
    json::{EpcFormat, document_json, event_json, parse, parse_document},
    tests::{files, round_trips},
    *,
};
use crate::{cbor, identifiers::Epc, quantity::Decimal};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, path::Path};

/// The documents of our own scenario: the seeds of the mutations.
fn seeds() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenario");
    files(&dir, &["json"])
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("seed"))
        .collect()
}

fn epc() -> impl Strategy<Value = Epc> {
    let text = prop_oneof![
        "urn:epc:id:sgtin:9521141\\.[0-9]{6}\\.[A-Za-z0-9_.*:()'+-]{1,20}",
        "urn:epc:id:sscc:95211410\\.[0-9]{9}",
        "urn:epc:id:sgln:952114\\.[0-9]{6}\\.[A-Z0-9]{1,5}",
        "urn:epc:id:grai:9521141\\.[0-9]{5}\\.[A-Z0-9]{1,16}",
        "urn:epc:class:lgtin:9521141\\.[0-9]{6}\\.[A-Z0-9]{1,20}",
        "urn:epc:id:usdod:2S194\\.[1-9][0-9]{0,8}",
        "https://[a-z]{1,8}\\.example/[a-z0-9/]{0,20}",
        "urn:uuid:[0-9A-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    ];
    text.prop_map(|text| Epc::parse(&text).unwrap_or_else(|error| panic!("{error}")))
}

fn term<T: std::fmt::Debug + Clone>(
    words: &'static [&'static str],
    parse: fn(&str) -> Result<T, cbv::TermError>,
) -> impl Strategy<Value = T> {
    let own = "https://ns\\.example/[a-z]{1,10}".prop_map(|uri| uri.to_string());
    prop_oneof![4 => select(words).prop_map(str::to_owned), 1 => own]
        .prop_map(move |word| parse(&word).expect("a term"))
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (-62_135_596_800_000_i64..=253_402_300_799_999)
        .prop_map(|ms| Timestamp::from_millis(ms).expect("in range"))
}

fn quantities() -> impl Strategy<Value = Vec<QuantityElement>> {
    let amount = (0..=999_999_999_999_i64, 0..=9_u8)
        .prop_map(|(unscaled, scale)| Decimal::new(unscaled, scale).expect("fits"));
    let element =
        (epc(), option::of((amount, option::of("[A-Z0-9]{2,3}")))).prop_map(|(class, amount)| {
            let (quantity, uom) =
                amount.map_or((None, None), |(quantity, uom)| (Some(quantity), uom));
            QuantityElement {
                class,
                quantity,
                uom: uom.map(Into::into),
            }
        });
    vec(element, 0..4)
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?[1-9][0-9]{0,3}\\.[0-9]{1,6}"
            .prop_map(|text| serde_json::from_str(&text).expect("a number")),
        "-?[1-9][0-9]{0,2}(\\.[0-9]{1,3})?[eE][+-]?[0-9]{1,20}"
            .prop_map(|text| serde_json::from_str(&text).expect("a number")),
        "-?[0-9]{1,3}(\\.[0-9]{0,3})?[eE][+-]?[0-9]{1,20}".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "ext:[a-z]{1,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("ext:[a-z]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A kept object whose names are all of one namespace.
fn kept_object() -> impl Strategy<Value = KeptJson> {
    proptest::collection::btree_map("ext:[a-z]{1,6}", json_value(), 1..4)
        .prop_map(|map| KeptJson::new(&Value::Object(map.into_iter().collect::<Map<_, _>>())))
}

fn event_id() -> impl Strategy<Value = EventId> {
    prop_oneof![
        any::<[u8; 32]>().prop_map(EventId::Hash),
        any::<[u8; 16]>().prop_map(EventId::Uuid),
        "https://e\\.example/[a-z0-9]{1,20}".prop_map(|uri| EventId::parse(&uri).expect("a URI")),
    ]
}

prop_compose! {
    fn more(kind: EventKind, action: Option<Action>)(
        record_time in option::of(moment()),
        documents in vec((option::of(term(cbv::BizTransactionType::words(), cbv::BizTransactionType::parse)), epc()), 1..3),
        ends in vec((term(cbv::SourceDestType::words(), cbv::SourceDestType::parse), epc()), 0..3),
        lasting in option::of((vec(term(cbv::Disposition::words(), cbv::Disposition::parse), 0..3), vec(term(cbv::Disposition::words(), cbv::Disposition::parse), 0..3))),
        declaration in option::of((moment(), option::of(term(cbv::ErrorReason::words(), cbv::ErrorReason::parse)), vec(event_id(), 0..3), option::of(kept_object()))),
        outputs in vec(epc(), 1..3),
        ilmd in option::of(kept_object()), extensions in option::of(kept_object()), at in option::of(kept_object()),
    ) -> More {
        let transforms = kind == EventKind::Transformation;
        let may_have_ilmd = transforms || (kind == EventKind::Object && action == Some(Action::Add));
        More {
            record_time,
            biz_transactions: documents.into_iter().map(|(kind, id)| BizTransaction { kind, id }).collect(),
            sources: ends.iter().cloned().map(|(kind, id)| Endpoint { kind, id }).collect(),
            destinations: ends.into_iter().map(|(kind, id)| Endpoint { kind, id }).collect(),
            persistent_disposition: lasting.map(|(set, unset)| PersistentDisposition { set, unset }),
            error_declaration: declaration.map(|(time, reason, corrective_event_ids, extensions)| ErrorDeclaration { time, reason, corrective_event_ids, extensions }),
            output_epcs: if transforms { outputs } else { Vec::new() },
            ilmd: ilmd.filter(|_| may_have_ilmd),
            read_point_extensions: at,
            extensions,
            ..More::default()
        }
    }
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let shape = (select(&EventKind::ALL[..]), select(&Action::ALL[..]))
        .prop_map(|(kind, action)| (kind, (kind != EventKind::Transformation).then_some(action)));
    let whole = shape.prop_flat_map(|(kind, action)| {
        let what = (epc(), vec(epc(), 1..5), quantities());
        let when = (
            moment(),
            (-840..=840_i16)
                .prop_map(|minutes| ZoneOffset::from_minutes(minutes).expect("in range")),
            option::of(event_id()),
        );
        let why = (
            option::of(term(cbv::BizStep::words(), cbv::BizStep::parse)),
            option::of(term(cbv::Disposition::words(), cbv::Disposition::parse)),
        );
        (
            Just((kind, action)),
            what,
            when,
            why,
            (epc(), option::of(epc())),
            more(kind, action),
        )
    });
    whole.prop_map(
        |(
            (kind, action),
            (parent, epcs, quantities),
            (event_time, offset, id),
            (biz_step, disposition),
            (read_point, biz_location),
            mut more,
        )| {
            more.namespaces = namespaces_used(&more);
            let has_parent = !matches!(kind, EventKind::Object | EventKind::Transformation)
                && !epcs.contains(&parent);
            let kind =
                if has_parent || !matches!(kind, EventKind::Aggregation | EventKind::Association) {
                    kind
                } else {
                    EventKind::Transaction
                };
            Event {
                kind,
                action,
                event_time,
                offset,
                id,
                parent: has_parent.then_some(parent),
                epcs,
                quantities,
                biz_step,
                disposition,
                read_point: Some(read_point),
                biz_location,
                more: Some(Box::new(more)),
            }
        },
    )
}

fn namespaces_used(more: &More) -> BTreeMap<String, String> {
    let declared = more
        .error_declaration
        .as_ref()
        .and_then(|declaration| declaration.extensions.clone());
    let kept = [
        more.ilmd.clone(),
        more.extensions.clone(),
        more.read_point_extensions.clone(),
        declared,
    ];
    let used = kept.iter().flatten().next().is_some();
    match used {
        true => BTreeMap::from([("ext".to_owned(), "https://ns.example/".to_owned())]),
        false => BTreeMap::new(),
    }
}

/// Replaces the `nth` value of the tree by `with`.
fn replace(value: &mut Value, nth: &mut usize, with: &Value) -> bool {
    if *nth == 0 {
        *value = with.clone();
        return true;
    }
    *nth -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, nth, with)),
        Value::Object(map) => map.values_mut().any(|item| replace(item, nth, with)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_event_survives_cbor_and_json(event in event()) {
        prop_assert_eq!(event.more().is_empty(), *event.more() == More::default());
        round_trips(&event);
    }

    #[test]
    fn bytes_from_anywhere_never_panic(bytes in vec(any::<u8>(), 0..400)) {
        let _ = parse_document(&bytes);
        let _ = cbor::from_slice::<Event>(&bytes);
    }

    #[test]
    fn a_document_with_a_changed_byte_never_panics(
        seed in select(seeds()), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in option::of(any::<prop::sample::Index>())
    ) {
        let mut bytes = seed.into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(document) = parse_document(&bytes) {
            document.events.iter().for_each(round_trips);
        }
    }

    #[test]
    fn a_document_with_a_changed_value_is_refused_at_its_pointer_or_survives(
        seed in select(seeds()), nth in 0_usize..90, with in json_value()
    ) {
        let mut document: Value = serde_json::from_str(&seed).unwrap();
        replace(&mut document, &mut nth.clone(), &with);
        match parse(document.to_string().as_bytes()) {
            Ok(parsed) => {
                for event in parsed.events.iter().flatten() {
                    round_trips(event);
                }
                for error in parsed.events.iter().filter_map(|event| event.as_ref().err()).flatten() {
                    prop_assert!(document.pointer(&error.pointer).is_some(), "{error}");
                }
            }
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }

    #[test]
    fn a_stored_event_with_a_changed_byte_never_panics(event in event(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = cbor::to_vec(&event);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(event) = cbor::from_slice::<Event>(&bytes) {
            let _ = event.check();
            let _ = hash::event_hash(&event);
            let _ = event_json(&event, EpcFormat::Urn);
        }
    }

    #[test]
    fn the_hash_is_the_same_for_either_spelling_of_identifiers(event in event()) {
        let text = document_json(std::slice::from_ref(&event), event.event_time, EpcFormat::Urn).to_string();
        let again = parse_document(text.as_bytes()).unwrap();
        prop_assert_eq!(hash::event_hash(&again.events[0]), hash::event_hash(&event));
        let mut other = event.clone();
        other.event_time = Timestamp::from_millis(event.event_time.millis() ^ 1).unwrap();
        prop_assert_ne!(hash::event_hash(&other), hash::event_hash(&event));
    }
}
