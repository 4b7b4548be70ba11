//! What an action of custody says of amounts, for policies that limit them.
//!
//! Rules: an object with a serial number counts as one of its item; a lot counts with its item; an amount that is not told counts as the
//! largest there is. What is packed in an object goes with it and is not counted: limit the handing over of containers by their own kind,
//! `https://id.gs1.org/00`.

use super::types::{Action, Portion};
use crate::domain::Amount;
use convoy_types::{
    epcis::{Event, QuantityElement},
    identifiers::Epc,
    quantity::{Decimal, EACH, Quantity},
};

/// Digits of `01/` and a GTIN.
const GTIN_KEY: usize = 17;

/// The amounts that `action` says.
pub(super) fn said(action: &Action) -> Vec<Amount> {
    match action {
        Action::Capture(event) => of_event(event),
        Action::OfferHandover(offer) => both(&offer.objects, &offer.portions),
        Action::ReportLoss(report) => both(&report.objects, &report.portions),
        Action::AcceptHandover { .. }
        | Action::RefuseHandover { .. }
        | Action::WithdrawHandover { .. }
        | Action::CloseCase { .. }
        | Action::EscalateCase { .. }
        | Action::SetPolicy(_) => Vec::new(),
    }
}

fn of_event(event: &Event) -> Vec<Amount> {
    let more = event.more.as_deref();
    let objects = more.map_or(&[][..], |more| &more.output_epcs);
    let loose = more.map_or(&[][..], |more| &more.output_quantities);
    let objects = event.epcs.iter().chain(objects).map(one);
    let loose = event.quantities.iter().chain(loose).map(told);
    objects.chain(loose).collect()
}

fn both(objects: &[Epc], portions: &[Portion]) -> Vec<Amount> {
    let portions = portions.iter().map(|portion| Amount {
        item: item_of(&portion.class),
        unit: portion.quantity.unit().to_owned(),
        value: portion.quantity.value(),
    });
    objects.iter().map(one).chain(portions).collect()
}

fn one(object: &Epc) -> Amount {
    Amount {
        item: item_of(object),
        unit: EACH.to_owned(),
        value: Quantity::each(1).value(),
    }
}

fn told(element: &QuantityElement) -> Amount {
    Amount {
        item: item_of(&element.class),
        unit: element.uom.as_deref().unwrap_or(EACH).to_owned(),
        value: element.quantity.unwrap_or(Decimal::MAX),
    }
}

/// A GTIN without lot and serial number; of another single object the kind of its key; else the identifier.
fn item_of(epc: &Epc) -> String {
    let (text, key) = (epc.to_string(), epc.key());
    let root = text.len().saturating_sub(key.len());
    let kept = match key.split_once('/') {
        Some(("01", _)) => key.len().min(GTIN_KEY),
        Some((kind, _))
            if epc.is_instance() && kind.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            kind.len()
        }
        _ => key.len(),
    };
    text.get(..root + kept).map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::gathered;
    use serde_json::json;

    fn amounts(action: serde_json::Value) -> Vec<(String, String, String)> {
        let body = crate::action_from_json("custody", &action).unwrap();
        let action: Action = convoy_types::cbor::from_slice(&body).unwrap();
        let short = |amount: Amount| (amount.item, amount.unit, amount.value.to_string());
        gathered(said(&action)).into_iter().map(short).collect()
    }

    fn row(item: &str, unit: &str, value: &str) -> (String, String, String) {
        (item.to_owned(), unit.to_owned(), value.to_owned())
    }

    #[test]
    fn serial_numbers_lots_and_amounts_of_one_item_add_up() {
        let offer = json!({"offer_handover": {"to": "fra",
        "objects": ["urn:epc:id:sgtin:9521101.012001.A", "urn:epc:id:sgtin:9521101.012001.B",
                    "urn:epc:id:sscc:9521101.0000000011", "urn:epc:id:sscc:9521101.0000000028"],
        "portions": [
            {"class": "urn:epc:class:lgtin:9521101.012001.L1", "quantity": ["3", "EA"]},
            {"class": "urn:epc:class:lgtin:9521101.012001.L2", "quantity": ["0.5", "KGM"]},
            {"class": "urn:epc:idpat:sgtin:9521101.012001.*", "quantity": ["0.25", "KGM"]},
        ]}});
        assert_eq!(
            amounts(offer),
            [
                row("https://id.gs1.org/00", "EA", "2"),
                row("https://id.gs1.org/01/09521101120011", "EA", "5"),
                row("https://id.gs1.org/01/09521101120011", "KGM", "0.75"),
            ]
        );
    }

    #[test]
    fn an_amount_that_is_not_told_counts_as_the_largest() {
        let event = json!({"capture": {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-10-31T09:00:00Z", "eventTimeZoneOffset": "+00:00",
            "quantityList": [{"epcClass": "urn:epc:idpat:sgtin:9521101.012001.*"}, {"epcClass": "urn:epc:idpat:sgtin:9521101.012001.*", "quantity": 2}],
        }});
        let item = "https://id.gs1.org/01/09521101120011";
        assert_eq!(amounts(event), [row(item, "EA", &Decimal::MAX.to_string())]);
    }
}
