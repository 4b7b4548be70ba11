//! Each parameter against events that have what it asks for and events that do not.

use super::*;

/// 2026-05-02T00:00:00Z, when the events of these tests were recorded.
const RECORDED_MS: i64 = 1_777_680_000_000;

#[track_caller]
fn takes(event: &Event, hits: &[&str]) {
    for text in hits {
        assert!(
            query(text).takes(event, RECORDED_MS),
            "{text} should take the event"
        );
    }
}

#[track_caller]
fn leaves(event: &Event, misses: &[&str]) {
    for text in misses {
        assert!(
            !query(text).takes(event, RECORDED_MS),
            "{text} should leave the event"
        );
    }
}

fn shipped() -> Event {
    event(json!({
        "eventID": "urn:uuid:8f93dd62-f7d5-4033-887a-e81e7596a988", "action": "ADD",
        "epcList": ["urn:epc:id:sgtin:9521141.012345.7", "https://id.gs1.org/01/09521141123454/21/8"],
        "quantityList": [{ "epcClass": "urn:epc:class:lgtin:9521141.012345.L1", "quantity": 12.5, "uom": "KGM" },
                         { "epcClass": "urn:epc:idpat:sgtin:9521141.012346.*", "quantity": 3 }],
        "bizStep": "shipping", "disposition": "in_transit",
        "persistentDisposition": { "set": ["completeness_inferred"], "unset": ["damaged"] },
        "readPoint": { "id": "urn:epc:id:sgln:9521141.00001.dock", "ext:city": "Tapa" },
        "bizLocation": { "id": "urn:epc:id:sgln:9521141.00002.0", "ext:inner": { "ext:room": "7" } },
        "bizTransactionList": [{ "type": "po", "bizTransaction": "urn:epc:id:gdti:9521141.00001.2" }, { "bizTransaction": "https://erp.example.org/x/9" }],
        "sourceList": [{ "type": "owning_party", "source": "urn:epc:id:pgln:9521141.00003" }],
        "destinationList": [{ "type": "location", "destination": "urn:epc:id:sgln:9521141.00004.0" }],
        "ilmd": { "ext:best": "2026-12-01T00:00:00Z", "ext:deep": { "ext:batch": "B7" } },
        "ext:weight": 17.25, "ext:note": "handle with care",
        "ext:outer": [{ "ext:level": 2 }, { "ext:level": 5 }],
    }))
}

#[test]
fn types_times_actions_and_terms() {
    let event = shipped();
    takes(
        &event,
        &[
            "eventType=ObjectEvent",
            "eventType=AggregationEvent|ObjectEvent",
            "GE_eventTime=2026-05-01T12:00:00.000+02:00",
            "LT_eventTime=2026-05-01T10:00:00.001Z",
            "GE_recordTime=2026-05-02T00:00:00Z",
            "LT_recordTime=2026-05-02T00:00:01Z",
            "EQ_action=ADD|DELETE",
            "EQ_bizStep=shipping",
            "EQ_bizStep=https://ref.gs1.org/cbv/BizStep-shipping",
            "EQ_bizStep=urn:epcglobal:cbv:bizstep:shipping|receiving",
            "EQ_bizStep=cbv:BizStep-shipping",
            "EQ_disposition=in_transit",
            "EQ_persistentDisposition_set=completeness_inferred",
            "EQ_persistentDisposition_unset=damaged",
            "EQ_eventID=urn:uuid:8F93DD62-f7d5-4033-887a-e81e7596a988",
            "eventType=ObjectEvent&EQ_action=ADD&EQ_bizStep=shipping",
        ],
    );
    leaves(
        &event,
        &[
            "eventType=AggregationEvent",
            "eventType=https://ns.example.org/OtherEvent",
            "GE_eventTime=2026-05-01T10:00:00.001Z",
            "LT_eventTime=2026-05-01T10:00:00Z",
            "GE_recordTime=2026-05-02T00:00:01Z",
            "LT_recordTime=2026-05-02T00:00:00Z",
            "EQ_action=OBSERVE",
            "EQ_bizStep=receiving",
            "EQ_disposition=damaged",
            "EQ_persistentDisposition_set=damaged",
            "EQ_persistentDisposition_unset=completeness_inferred",
            "EQ_eventID=urn:uuid:8f93dd62-f7d5-4033-887a-e81e7596a989",
            "EQ_action=ADD&EQ_bizStep=receiving",
        ],
    );
}

#[test]
fn objects_classes_and_amounts() {
    let event = shipped();
    takes(
        &event,
        &[
            "MATCH_epc=urn:epc:id:sgtin:9521141.012345.7",
            "MATCH_epc=https://dl.example.org/01/09521141123454/21/7",
            "MATCH_epc=urn:epc:idpat:sgtin:9521141.*.*",
            "MATCH_anyEPC=urn:epc:id:sgtin:9521141.012345.8",
            "MATCH_epc=https://id.gs1.org/01/09521141123454/21/*",
            "MATCH_epcClass=urn:epc:class:lgtin:9521141.012345.L1",
            "MATCH_epcClass=urn:epc:idpat:sgtin:9521141.012346.*",
            "MATCH_anyEPCClass=urn:epc:class:lgtin:9521141.012345.*",
            "EQ_quantity=3",
            "EQ_quantity=1|12.50",
            "GT_quantity=12.4",
            "GE_quantity=12.5",
            "LT_quantity=4",
            "LE_quantity=3.0",
            "EQ_quantity_KGM=12.5",
            "GE_quantity_KGM=12.5",
            "GT_quantity_KGM=12",
        ],
    );
    leaves(
        &event,
        &[
            "MATCH_epc=urn:epc:id:sgtin:9521141.012345.9",
            "MATCH_epc=urn:epc:idpat:sgtin:9521142.*.*",
            "MATCH_parentID=urn:epc:id:sgtin:9521141.012345.7",
            "MATCH_inputEPC=urn:epc:id:sgtin:9521141.012345.7",
            "MATCH_outputEPC=urn:epc:id:sgtin:9521141.012345.7",
            "MATCH_epcClass=urn:epc:class:lgtin:9521141.012345.L2",
            "MATCH_inputEPCClass=urn:epc:class:lgtin:9521141.012345.L1",
            "MATCH_epcClass=urn:epc:id:sgtin:9521141.012345.7",
            "EQ_quantity=4",
            "GT_quantity=12.5",
            "LT_quantity=3",
            "EQ_quantity_LTR=12.5",
            "GT_quantity_KGM=12.5",
        ],
    );
}

#[test]
fn inputs_and_outputs_of_a_transformation_and_parents() {
    let event = super::event(json!({
        "type": "TransformationEvent", "action": null,
        "inputEPCList": ["urn:epc:id:sgtin:9521141.012345.1"],
        "inputQuantityList": [{ "epcClass": "urn:epc:class:lgtin:9521141.012345.IN", "quantity": 1 }],
        "outputEPCList": ["urn:epc:id:sgtin:9521141.012346.2"],
        "outputQuantityList": [{ "epcClass": "urn:epc:class:lgtin:9521141.012345.OUT", "quantity": 2 }],
        "transformationID": "urn:epc:id:gdti:9521141.00001.9",
    }));
    takes(
        &event,
        &[
            "MATCH_inputEPC=urn:epc:id:sgtin:9521141.012345.1",
            "MATCH_outputEPC=urn:epc:id:sgtin:9521141.012346.2",
            "MATCH_anyEPC=urn:epc:id:sgtin:9521141.012346.2",
            "MATCH_anyEPC=urn:epc:id:sgtin:9521141.012345.1",
            "MATCH_inputEPCClass=urn:epc:class:lgtin:9521141.012345.IN",
            "MATCH_outputEPCClass=urn:epc:class:lgtin:9521141.012345.OUT",
            "MATCH_anyEPCClass=urn:epc:class:lgtin:9521141.012345.OUT",
            "EQ_transformationID=urn:epc:id:gdti:9521141.00001.9",
            "EQ_quantity=2",
        ],
    );
    leaves(
        &event,
        &[
            "MATCH_epc=urn:epc:id:sgtin:9521141.012345.1",
            "MATCH_inputEPC=urn:epc:id:sgtin:9521141.012346.2",
            "MATCH_outputEPC=urn:epc:id:sgtin:9521141.012345.1",
            "MATCH_epcClass=urn:epc:class:lgtin:9521141.012345.IN",
            "MATCH_inputEPCClass=urn:epc:class:lgtin:9521141.012345.OUT",
            "EQ_transformationID=urn:epc:id:gdti:9521141.00001.8",
            "EQ_action=ADD",
        ],
    );
    let packed = super::event(json!({
        "type": "AggregationEvent", "action": "ADD", "parentID": "urn:epc:id:sscc:9521141.0000000001",
        "childEPCs": ["urn:epc:id:sgtin:9521141.012345.1"],
    }));
    takes(
        &packed,
        &[
            "MATCH_parentID=urn:epc:id:sscc:9521141.0000000001",
            "MATCH_anyEPC=urn:epc:id:sscc:9521141.0000000001",
            "MATCH_epc=urn:epc:id:sgtin:9521141.012345.1",
            "MATCH_parentID=urn:epc:idpat:sscc:9521141.*",
        ],
    );
    leaves(
        &packed,
        &[
            "MATCH_epc=urn:epc:id:sscc:9521141.0000000001",
            "MATCH_parentID=urn:epc:id:sgtin:9521141.012345.1",
        ],
    );
}

#[test]
fn places_documents_and_parties() {
    let event = shipped();
    takes(
        &event,
        &[
            "EQ_readPoint=urn:epc:id:sgln:9521141.00001.dock",
            "WD_readPoint=urn:epc:id:sgln:9521141.00001.0",
            "WD_readPoint=urn:epc:id:sgln:9521141.00001.dock",
            "EQ_bizLocation=urn:epc:id:sgln:9521141.00002.0",
            "WD_bizLocation=urn:epc:id:sgln:9521141.00002.0",
            "EQ_bizTransaction_po=urn:epc:id:gdti:9521141.00001.2",
            "EQ_bizTransaction_=https://erp.example.org/x/9",
            "EQ_source_owning_party=urn:epc:id:pgln:9521141.00003",
            "EQ_destination_location=urn:epc:id:sgln:9521141.00004.0",
            "HASATTR_readPoint=city",
            "HASATTR_readPoint=ext:city|other",
            "EQATTR_readPoint_city=Tapa|Turin",
        ],
    );
    leaves(
        &event,
        &[
            "EQ_readPoint=urn:epc:id:sgln:9521141.00001.0",
            "WD_readPoint=urn:epc:id:sgln:9521141.00002.0",
            "EQ_bizLocation=urn:epc:id:sgln:9521141.00003.0",
            "EQ_bizTransaction_inv=urn:epc:id:gdti:9521141.00001.2",
            "EQ_bizTransaction_po=https://erp.example.org/x/9",
            "EQ_source_location=urn:epc:id:pgln:9521141.00003",
            "EQ_destination_location=urn:epc:id:sgln:9521141.00005.0",
            "HASATTR_readPoint=country",
            "HASATTR_bizLocation=city",
            "EQATTR_readPoint_city=Turin",
        ],
    );
}

#[test]
fn extension_fields_at_the_top_and_deeper() {
    let event = shipped();
    takes(
        &event,
        &[
            "EQ_ext:note=handle with care",
            "EQ_ext:weight=17.250",
            "GT_ext:weight=17",
            "GE_ext:weight=17.25",
            "LT_ext:weight=18",
            "LE_ext:weight=17.25",
            "EQ_https://ns.example.org/epcis/note=handle with care",
            "EXISTS_ext:note=",
            "EXISTS_ext:note=true",
            "EXISTS_ext:missing=false",
            "EQ_INNER_ext:level=5",
            "GT_INNER_ext:level=4",
            "EXISTS_INNER_ext:level=true",
            "EQ_ILMD_ext:best=2026-12-01T01:00:00+01:00",
            "LT_ILMD_ext:best=2027-01-01T00:00:00Z",
            "EQ_INNER_ILMD_ext:batch=B7",
            "EXISTS_ILMD_ext:best=",
            "EXISTS_INNER_ILMD_ext:batch=",
            "EQ_readPoint_ext:city=Tapa",
            "EQ_INNER_bizLocation_ext:room=7",
        ],
    );
    leaves(
        &event,
        &[
            "EQ_ext:note=handle",
            "EQ_other:note=handle with care",
            "EQ_ext:level=5",
            "GT_ext:weight=17.25",
            "EXISTS_ext:missing=",
            "EQ_INNER_ext:note=handle with care",
            "EQ_INNER_ext:level=3",
            "EXISTS_INNER_ext:note=",
            "LT_ILMD_ext:best=2026-12-01T00:00:00Z",
            "EQ_ILMD_ext:batch=B7",
            "EQ_INNER_ILMD_ext:best=2026-12-01T00:00:00Z",
            "EQ_ext:best=2026-12-01T00:00:00Z",
            "EQ_readPoint_ext:city=Turin",
            "EQ_bizLocation_ext:city=Tapa",
            "GT_ext:note=5",
        ],
    );
    // A prefix is only a name for its namespace: the query may call it otherwise.
    let own = json!({ "@context": { "p": "https://ns.example.org/epcis/" }, "EQ_p:note": ["handle with care"] });
    let own = EpcisQuery::of_json(own.as_object().unwrap()).unwrap();
    assert!(own.takes(&event, RECORDED_MS));
    let other =
        json!({ "@context": { "ext": "https://other.example.org/" }, "EXISTS_ext:note": null });
    assert!(
        !EpcisQuery::of_json(other.as_object().unwrap())
            .unwrap()
            .takes(&event, RECORDED_MS)
    );
}

#[test]
fn declarations_of_errors() {
    let event = super::event(json!({
        "epcList": ["urn:epc:id:sgtin:9521141.012345.7"], "eventID": "urn:uuid:8f93dd62-f7d5-4033-887a-e81e7596a988",
        "errorDeclaration": { "declarationTime": "2026-05-01T11:00:00Z", "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"], "ext:who": "est" },
    }));
    let hits = [
        "EXISTS_errorDeclaration=true",
        "EXISTS_errorDeclaration=",
        "GE_errorDeclaration_Time=2026-05-01T11:00:00Z",
        "GE_errorDeclarationTime=2026-05-01T11:00:00Z",
        "LT_errorDeclaration_Time=2026-05-01T11:00:01Z",
        "EQ_errorReason=incorrect_data",
        "EQ_correctiveEventID=urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8",
        "EQ_ERROR_DECLARATION_ext:who=est",
        "EXISTS_ERROR_DECLARATION_ext:who=",
    ];
    takes(&event, &hits);
    leaves(&shipped(), &hits);
    leaves(
        &event,
        &[
            "EQ_errorReason=did_not_occur",
            "GE_errorDeclaration_Time=2026-05-01T11:00:01Z",
            "EQ_ERROR_DECLARATION_ext:who=fra",
        ],
    );
    takes(&shipped(), &["EXISTS_errorDeclaration=false"]);
}

#[test]
fn what_sensors_report() {
    let event = super::event(json!({
        "epcList": ["urn:epc:id:sgtin:9521141.012345.7"],
        "sensorElementList": [{
            "sensorMetadata": { "time": "2026-05-01T09:00:00Z", "startTime": "2026-05-01T08:00:00Z", "endTime": "2026-05-01T09:30:00Z",
                "deviceID": "urn:epc:id:giai:9521141.111", "dataProcessingMethod": "https://example.org/gdti/1", "bizRules": "https://example.org/rules", "ext:fleet": "7" },
            "sensorReport": [
                { "type": "gs1:Temperature", "value": 26.0, "uom": "CEL", "minValue": 20, "maxValue": 30.5, "meanValue": 25, "sDev": 0.1, "percRank": 50, "percValue": 12.7, "ext:seal": "intact" },
                { "type": "Illuminance", "booleanValue": true, "stringValue": "bright", "hexBinaryValue": "f0F0", "uriValue": "https://example.org/v",
                  "chemicalSubstance": "https://identifiers.org/inchikey:1", "microorganism": "https://www.ncbi.nlm.nih.gov/1" }],
            "ext:box": { "ext:slot": "3" },
        }],
    }));
    let hits = [
        "EXISTS_sensorElementList=",
        "GE_time=2026-05-01T09:00:00Z",
        "LT_time=2026-05-01T09:00:01Z",
        "GE_startTime=2026-05-01T08:00:00Z",
        "LT_startTime=2026-05-01T08:00:01Z",
        "GE_endTime=2026-05-01T09:30:00Z",
        "LT_endTime=2026-05-01T10:00:00Z",
        "EQ_type=Temperature",
        "EQ_type=https://gs1.org/voc/Illuminance",
        "EQ_type=gs1:Temperature|Mass",
        "EQ_deviceID=urn:epc:id:giai:9521141.111",
        "EQ_dataProcessingMethod=https://example.org/gdti/1",
        "EQ_bizRules=https://example.org/rules",
        "EQ_chemicalSubstance=https://identifiers.org/inchikey:1",
        "EQ_microorganism=https://www.ncbi.nlm.nih.gov/1",
        "EQ_stringValue=bright",
        "EQ_hexBinaryValue=F0f0",
        "EQ_uriValue=https://example.org/v",
        "EQ_booleanValue=true",
        "EQ_uom=CEL",
        "EQ_value_CEL=26|27",
        "GE_value_CEL=26",
        "GT_value_CEL=25.9",
        "LT_value_CEL=26.1",
        "LE_value_CEL=26.00",
        "GE_minValue_CEL=20",
        "LT_maxValue_CEL=31",
        "GT_meanValue_CEL=24",
        "LE_sDev_CEL=0.1",
        "GE_percValue_CEL=12.7",
        "GE_percRank=50",
        "LT_percRank=51",
        "EQ_value=26",
        "EQ_SENSORREPORT_ext:seal=intact",
        "EQ_SENSORMETADATA_ext:fleet=7",
        "EXISTS_SENSORELEMENT_ext:box=",
        "EQ_INNER_SENSORELEMENT_ext:slot=3",
    ];
    takes(&event, &hits);
    leaves(&shipped(), &hits);
    leaves(
        &event,
        &[
            "GE_time=2026-05-01T09:00:01Z",
            "LT_startTime=2026-05-01T08:00:00Z",
            "EQ_type=Mass",
            "EQ_deviceID=urn:epc:id:giai:9521141.112",
            "EQ_booleanValue=false",
            "EQ_value_FAH=26",
            "GT_value_CEL=26",
            "EQ_uom=FAH",
            "GT_percRank=50",
            "EQ_SENSORREPORT_ext:seal=broken",
        ],
    );
}

#[test]
fn what_is_no_parameter_is_refused_by_name() {
    for text in [
        "GE_eventDate=2026-05-01T10:00:00Z",
        "EQ_bizSteep=shipping",
        "eq_action=ADD",
        "MATCH_epcs=urn:epc:id:sgtin:9521141.012345.7",
        "EQ_=x",
        "=x",
        "EQ_note=x",
        "EXISTS_note=",
        "HASATTR_bizStep=x",
        "EQATTR_readPoint=x",
        "GT_action=ADD",
        "GT_time=2026-05-01T10:00:00Z",
        "LIKE_ext:note=x",
        "EQ_INNER_note=x",
        "foo=bar",
        "EQ_value_celsius=1",
        "GE_sDev_=1",
        "GT_type=Mass",
    ] {
        let fault = fault(text);
        assert_eq!(fault.exception, Exception::QueryParameter, "{text}");
        assert_eq!(fault.parameter, text.split_once('=').unwrap().0, "{text}");
        assert!(!fault.remedy.is_empty());
    }
}

#[test]
fn malformed_values_are_refused_with_the_parameter_and_the_value() {
    for (text, value) in [
        ("GE_eventTime=not-a-date", "not-a-date"),
        ("LT_recordTime=2026-05-01", "2026-05-01"),
        ("EQ_action=ADD|SHIPPED", "SHIPPED"),
        ("eventType=ObjectEvents", "ObjectEvents"),
        ("EQ_bizStep=shiping", "shiping"),
        ("EQ_disposition=lost", "lost"),
        ("EQ_readPoint=gate", "gate"),
        ("MATCH_epc=urn:epc:id:sgtin:1", "urn:epc:id:sgtin:1"),
        ("EQ_quantity=many", "many"),
        ("EQ_bizTransaction_order=urn:x:y", "order"),
        ("EQ_source_owner=urn:x:y", "owner"),
        ("EQ_eventID=7", "7"),
        ("EQ_errorReason=typo", "typo"),
        ("EQ_booleanValue=yes", "yes"),
        ("GE_value_CEL=warm", "warm"),
        ("GT_ext:note=abc", "abc"),
        ("EXISTS_errorDeclaration=maybe", "maybe"),
        ("orderBy=size", "size"),
        ("orderBy=eventTime&orderDirection=SIDEWAYS", "SIDEWAYS"),
        ("orderBy=eventTime&eventCountLimit=0", "0"),
        ("maxEventCount=-1", "-1"),
        ("maxEventCount=ten", "ten"),
    ] {
        let fault = fault(text);
        assert!(fault.fault.contains(value), "{text}: {fault}");
        assert!(text.contains(&fault.parameter), "{text}: {fault}");
    }
    for text in [
        "GE_eventTime=",
        "EQ_bizStep=",
        "GE_eventTime=2026-05-01T10:00:00Z|2026-05-01T11:00:00Z",
        "GT_quantity=1|2",
        "eventCountLimit=5",
        "orderDirection=ASC",
        "orderBy=eventTime&eventCountLimit=5&maxEventCount=5",
        "EQ_action=ADD&EQ_action=DELETE",
    ] {
        assert_eq!(fault(text).exception, Exception::QueryParameter, "{text}");
    }
}

#[test]
fn a_query_of_too_many_values_is_too_complex() {
    let many: Vec<String> = (0..=VALUES_MAX)
        .map(|n| format!("urn:epc:id:sgtin:9521141.012345.{n}"))
        .collect();
    assert_eq!(
        fault(&format!("MATCH_epc={}", many.join("|"))).exception,
        Exception::QueryTooComplex
    );
    let wide: Vec<String> = (0..=PARAMETERS_MAX)
        .map(|n| format!("EXISTS_ext:f{n}="))
        .collect();
    assert_eq!(fault(&wide.join("&")).exception, Exception::QueryTooComplex);
}

/// The standard's sample query and two wrong ones.
#[test]
fn published_queries_are_read_and_wrong_ones_refused() {
    let Some(folder) = convoy_types::vectors::dir("epcis/openepcis/2.0/EPCIS/JSON/Query/Queries")
    else {
        return;
    };
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
    };
    let of = |name: &str| EpcisQuery::of_json(read(name).as_object().unwrap());
    of("SimpleEventQuery.json").unwrap();
    assert_eq!(
        of("Invalid/Query_with_unknown_parameter.json")
            .unwrap_err()
            .parameter,
        "GE_eventDate"
    );
    assert_eq!(
        of("Invalid/Query_with_invalid_values.json")
            .unwrap_err()
            .exception,
        Exception::QueryParameter
    );
}

#[test]
fn json_and_query_string_say_the_same() {
    let json = json!({ "EQ_bizStep": ["shipping"], "GE_quantity": 12.5, "EXISTS_errorDeclaration": false, "EQ_booleanValue": true,
        "orderBy": "eventTime", "eventCountLimit": 7 });
    let from_json = EpcisQuery::of_json(json.as_object().unwrap()).unwrap();
    let text = "EQ_bizStep=shipping&GE_quantity=12.5&EXISTS_errorDeclaration=false&EQ_booleanValue=true&orderBy=eventTime&eventCountLimit=7";
    assert_eq!(from_json, query(text));
    assert_ne!(from_json.digest(), query("EQ_bizStep=shipping").digest());
    for bad in [
        json!({ "EQ_bizStep": { "a": 1 } }),
        json!({ "EQ_bizStep": [["shipping"]] }),
        json!({ "@context": 7 }),
    ] {
        assert!(
            EpcisQuery::of_json(bad.as_object().unwrap()).is_err(),
            "{bad}"
        );
    }
}
