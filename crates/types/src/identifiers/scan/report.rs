//! A scan as people and programs are told of it: one shape for the command line and the interface.

use super::{
    super::convert::{Form, forms},
    Scan, ScanData,
};
use serde::Serialize;

/// One element of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedElement {
    /// The application identifier.
    pub ai: &'static str,
    /// Its data title.
    pub title: &'static str,
    /// The value.
    pub value: String,
}

/// What was read, in all its forms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The kind of text, in words.
    pub read_as: &'static str,
    /// The symbology that the scanner named.
    pub symbology: Option<&'static str>,
    /// What it names, as the ledger keeps it.
    pub epc: Option<String>,
    /// The kind of key, such as `sgtin`.
    pub scheme: Option<&'static str>,
    /// Why it names nothing that the ledger keeps.
    pub without_epc: Option<String>,
    /// The name of a single code, such as `NSN`.
    pub code_name: Option<&'static str>,
    /// A single code's canonical text.
    pub code: Option<String>,
    /// The unique item identifier of a mark.
    pub uii: Option<String>,
    /// Every written form, or why there is none.
    pub forms: Vec<Form>,
    /// What else the label says.
    pub data: ScanData,
    /// The elements of the label, in order.
    pub elements: Vec<ReportedElement>,
    /// What a person should know about the reading.
    pub notes: Vec<String>,
}

impl Report {
    /// Tells of `scan`; Digital Links are written at `domain`.
    pub fn of(scan: &Scan, domain: &str) -> Self {
        let element = |element: &super::Element| ReportedElement {
            ai: element.ai().code(),
            title: element.ai().title(),
            value: element.value().to_owned(),
        };
        Self {
            read_as: scan.kind.words(),
            symbology: scan.symbology,
            epc: scan.epc.as_ref().map(ToString::to_string),
            scheme: scan.epc.as_ref().map(|epc| epc.scheme().name()),
            without_epc: scan.without_epc.as_ref().map(ToString::to_string),
            code_name: scan.code.as_ref().map(|(name, _)| *name),
            code: scan.code.as_ref().map(|(_, code)| code.clone()),
            uii: scan.uii.as_ref().map(ToString::to_string),
            forms: scan
                .epc
                .as_ref()
                .map(|epc| forms(epc, domain))
                .unwrap_or_default(),
            data: scan.data.clone(),
            elements: scan.elements.elements().iter().map(element).collect(),
            notes: scan.notes.clone(),
        }
    }
}
