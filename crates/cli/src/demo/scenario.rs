//! The scenario of `examples/scenario`: who does what, in which order.
//!
//! The EPCIS documents are built into the program, so the demo runs from anywhere; they are the very files of the folder.

use crate::failure::{Failure, Outcome};
use convoy_modules::custody::types::{Action, Conveys, LossReport, Offer};
use convoy_types::{MemberId, epcis::Timestamp, identifiers::Epc};

/// The container that everything travels in.
pub const CONTAINER: &str = "urn:epc:id:bic:NPSU2044172";
/// The parts.
pub const PARTS: [&str; 8] = [
    "urn:epc:id:sgtin:9521101.012001.NP26-0001",
    "urn:epc:id:sgtin:9521101.012001.NP26-0002",
    "urn:epc:id:sgtin:9521101.012001.NP26-0003",
    "urn:epc:id:sgtin:9521101.012001.NP26-0004",
    "urn:epc:id:sgtin:9521101.012001.NP26-0005",
    TRACED,
    MISSING,
    "urn:epc:id:sgtin:9521101.012001.NP26-0008",
];
/// The part whose trace is printed: it was in the case from which its neighbour is missing.
pub const TRACED: &str = "urn:epc:id:sgtin:9521101.012001.NP26-0006";
/// The part that is not there.
pub const MISSING: &str = "urn:epc:id:sgtin:9521101.012001.NP26-0007";

/// One thing that somebody does.
#[derive(Debug, Clone, Copy)]
pub enum Deed {
    /// Captures the document of this name.
    Capture(&'static str, &'static [u8]),
    /// Offers the container to this member, which accepts.
    HandOver(&'static str),
    /// Offers the eight parts' ownership to this member, which accepts.
    ConveyOwnership(&'static str),
    /// Reports the missing part, which opens a case.
    ReportLoss,
}

/// A step: who does what, and how it is told.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The member.
    pub member: &'static str,
    /// The sentence.
    pub title: &'static str,
    /// What is done.
    pub deed: Deed,
}

macro_rules! document {
    ($name:literal) => {
        Deed::Capture(
            $name,
            include_bytes!(concat!("../../../../examples/scenario/", $name)),
        )
    };
}

const fn step(member: &'static str, title: &'static str, deed: Deed) -> Step {
    Step {
        member,
        title,
        deed,
    }
}

/// The whole story.
pub const STEPS: [Step; 25] = [
    step(
        "nordic-parts",
        "Nordic Parts makes eight serialised final drives in Turin",
        document!("01-commission-parts.json"),
    ),
    step(
        "nordic-parts",
        "… and releases a lot of 5,000 cartridges",
        document!("02-commission-ammunition.json"),
    ),
    step(
        "nordic-parts",
        "… puts cases, pallets and a container to use",
        document!("03-commission-packaging.json"),
    ),
    step(
        "nordic-parts",
        "… packs the drives into two cases",
        document!("04-pack-cases.json"),
    ),
    step(
        "nordic-parts",
        "… stacks cases and ammunition on two pallets",
        document!("05-pack-pallets.json"),
    ),
    step(
        "nordic-parts",
        "… loads and closes the container",
        document!("06-load-container.json"),
    ),
    step(
        "nordic-parts",
        "… and ships it to Tapa, Estonia",
        document!("07-ship.json"),
    ),
    step(
        "nordic-parts",
        "Nordic Parts offers the container to Italy; Italy accepts",
        Deed::HandOver("ita"),
    ),
    step(
        "ita",
        "Italy: it leaves at the Fréjus tunnel",
        document!("08-depart-italy.json"),
    ),
    step(
        "ita",
        "Italy offers it to France; France accepts",
        Deed::HandOver("fra"),
    ),
    step(
        "fra",
        "France: it arrives",
        document!("09-arrive-france.json"),
    ),
    step(
        "fra",
        "France: it leaves Strasbourg",
        document!("10-depart-france.json"),
    ),
    step(
        "fra",
        "France offers it to Poland; Poland accepts",
        Deed::HandOver("pol"),
    ),
    step(
        "pol",
        "Poland: it arrives at Świecko, entered with the wrong place",
        document!("11-arrive-poland-wrong.json"),
    ),
    step(
        "pol",
        "Poland declares that entry wrong and gives the right one",
        document!("12-correct-arrival-poland.json"),
    ),
    step(
        "pol",
        "Poland: it leaves Suwałki",
        document!("13-depart-poland.json"),
    ),
    step(
        "pol",
        "Poland offers it to Estonia; Estonia accepts",
        Deed::HandOver("est"),
    ),
    step(
        "est",
        "Estonia: it arrives at Valga",
        document!("14-arrive-estonia.json"),
    ),
    step(
        "est",
        "Estonia receives it at the depot of Tapa",
        document!("15-receive.json"),
    ),
    step(
        "nordic-parts",
        "Nordic Parts conveys the drives' ownership to Estonia; Estonia accepts",
        Deed::ConveyOwnership("est"),
    ),
    step(
        "est",
        "… unloads the pallets",
        document!("16-unload-container.json"),
    ),
    step(
        "est",
        "… unpacks: case 2 holds three drives, not four",
        document!("17-unpack.json"),
    ),
    step(
        "est",
        "… notes what it found",
        document!("18-report-missing.json"),
    ),
    step(
        "est",
        "… reports the drive missing, which opens a case",
        Deed::ReportLoss,
    ),
    step(
        "est",
        "… and puts the rest into store",
        document!("19-store.json"),
    ),
];

/// One more event, for after a validator was killed: the traced part is counted in the store, at `time_ms`.
pub fn count_in_store(time_ms: u64) -> Vec<u8> {
    let time = i64::try_from(time_ms)
        .ok()
        .and_then(Timestamp::from_millis)
        .map(|time| time.to_string())
        .unwrap_or_default();
    serde_json::json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": time,
        "epcisBody": {"eventList": [{
            "type": "ObjectEvent",
            "eventTime": time,
            "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE",
            "bizStep": "cycle_counting",
            "disposition": "sellable_accessible",
            "epcList": [TRACED],
            "readPoint": {"id": "urn:epc:id:sgln:9521501.00021.0"},
            "bizLocation": {"id": "urn:epc:id:sgln:9521501.00021.0"},
        }]},
    })
    .to_string()
    .into_bytes()
}

/// The offer of the container to `to`.
pub fn offer(to: MemberId, container: Epc) -> Action {
    Action::OfferHandover(Offer {
        to,
        conveys: Conveys::Custody,
        objects: vec![container],
        portions: Vec::new(),
        place: None,
        terms: "Despatch advice DA-2026-1187".into(),
        returns: None,
        expires_ms: None,
        time: None,
    })
}

/// The offer of the parts' ownership to `to`. Custody stays with whoever holds what they are packed in.
pub fn ownership(to: MemberId) -> Outcome<Action> {
    let objects = PARTS
        .iter()
        .map(|part| Epc::parse(part).map_err(Failure::usage));
    Ok(Action::OfferHandover(Offer {
        to,
        conveys: Conveys::Ownership,
        objects: objects.collect::<Outcome<_>>()?,
        portions: Vec::new(),
        place: None,
        terms: "Purchase order PO-2026-0417".into(),
        returns: None,
        expires_ms: None,
        time: None,
    }))
}

/// The report of the missing part.
pub fn loss(part: Epc) -> Action {
    Action::ReportLoss(LossReport {
        objects: vec![part],
        portions: Vec::new(),
        circumstances: "Case 2 held three of four parts; seal of the case intact".into(),
        time: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_types::epcis::json::parse_document;

    #[test]
    fn every_document_of_the_scenario_is_valid() {
        for step in STEPS {
            if let Deed::Capture(name, bytes) = step.deed {
                assert!(parse_document(bytes).is_ok(), "{name}");
            }
        }
        parse_document(&count_in_store(1_795_000_000_000)).unwrap();
    }

    #[test]
    fn every_file_of_the_folder_is_played() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scenario");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let mut documents: Vec<_> = files
            .filter_map(|name| name.into_string().ok())
            .filter(|name| name.ends_with(".json"))
            .collect();
        documents.sort();
        let played: Vec<_> = STEPS
            .iter()
            .filter_map(|step| match step.deed {
                Deed::Capture(name, _) => Some(name.to_owned()),
                _ => None,
            })
            .collect();
        assert_eq!(documents, played);
    }
}
