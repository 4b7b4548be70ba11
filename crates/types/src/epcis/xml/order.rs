//! The order of an event's elements in the XML schemas of EPCIS 2.0 and 1.2 (EPCIS 2.0 section 9.5, EPCIS 1.2 section 9.5).

/// Names in the order of the schema of EPCIS 2.0; empty for what is no event.
pub(super) fn of(event: &str) -> &'static [&'static str] {
    match event {
        "ObjectEvent" => OBJECT,
        "AggregationEvent" => AGGREGATION,
        "TransactionEvent" => TRANSACTION,
        "TransformationEvent" => TRANSFORMATION,
        "AssociationEvent" => ASSOCIATION,
        _ => &[],
    }
}

macro_rules! ordered {
    ($name:ident: $($field:literal)*) => {
        const $name: &[&str] = &[
            "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration",
            "certificationInfo", "baseExtension", $($field,)* "extension",
        ];
    };
}

ordered!(OBJECT: "epcList" "action" "bizStep" "disposition" "readPoint" "bizLocation" "bizTransactionList"
    "quantityList" "sourceList" "destinationList" "sensorElementList" "persistentDisposition" "ilmd");
ordered!(AGGREGATION: "parentID" "childEPCs" "action" "bizStep" "disposition" "readPoint" "bizLocation"
    "bizTransactionList" "childQuantityList" "sourceList" "destinationList" "sensorElementList" "persistentDisposition");
ordered!(TRANSACTION: "bizTransactionList" "parentID" "epcList" "action" "bizStep" "disposition" "readPoint"
    "bizLocation" "quantityList" "sourceList" "destinationList" "sensorElementList" "persistentDisposition");
ordered!(TRANSFORMATION: "inputEPCList" "inputQuantityList" "outputEPCList" "outputQuantityList" "transformationID"
    "bizStep" "disposition" "readPoint" "bizLocation" "bizTransactionList" "sourceList" "destinationList"
    "sensorElementList" "persistentDisposition" "ilmd");
ordered!(ASSOCIATION: "parentID" "childEPCs" "childQuantityList" "action" "bizStep" "disposition" "readPoint"
    "bizLocation" "bizTransactionList" "sourceList" "destinationList" "sensorElementList" "persistentDisposition");

/// Whether EPCIS 1.2 has the field in a wrapper because the schema of 1.0 did not know it.
pub(super) fn is_newer(event: &str, field: &str) -> bool {
    let wrapped = match event {
        "TransformationEvent" => &["sensorElementList", "persistentDisposition"][..],
        "AssociationEvent" => &["sensorElementList", "persistentDisposition"],
        _ => &[
            "quantityList",
            "childQuantityList",
            "sourceList",
            "destinationList",
            "ilmd",
            "sensorElementList",
            "persistentDisposition",
        ],
    };
    let base = [
        "eventTime",
        "recordTime",
        "eventTimeZoneOffset",
        "eventID",
        "errorDeclaration",
        "certificationInfo",
        "baseExtension",
        "extension",
    ];
    base.contains(&field) || wrapped.contains(&field)
}
