//! What a scanned or typed text is, for clients that have no parser of their own: a phone, a web form.
//!
//! Nothing is asked of the ledger: the same text gives the same answer on every node, save for the century of two-digit years.

use crate::{
    app::now,
    extract::{Query, cut},
    problem::{Answer, Problem, rule},
};
use axum::Json;
use convoy_types::identifiers::{
    ScanError,
    scan::{self, Report, Separators},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// What was scanned, and what is known of the scanner.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IdentifierQuery {
    /// What the scanner sent or the label says, percent-encoded; GS (0x1D) as %1D or `<GS>`.
    #[param(required = true, example = "]d2010952114112345421A7")]
    pub text: String,
    /// Whether separators arrive from this scanner; where not known, text that could have lost one is refused.
    #[param(inline)]
    pub separators: Arrive,
    /// Whether this is one of several symbols of a label.
    pub partial: bool,
    /// Digits of the GS1 company prefix: EPC URNs need it.
    #[param(minimum = 6, maximum = 12)]
    pub company_prefix: Option<u8>,
    /// Where Digital Links point.
    #[param(example = "id.gs1.org")]
    pub domain: Option<String>,
}

/// Whether separators arrive.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Arrive {
    /// Not known.
    #[default]
    Unknown,
    /// As GS (0x1D).
    Kept,
}

/// What was read, in all its forms.
#[derive(Debug, ToSchema)]
pub struct IdentifierView {
    /// The kind of text, in words.
    #[schema(example = "GS1 element string")]
    pub read_as: String,
    /// The symbology that the scanner named.
    #[schema(example = "GS1 DataMatrix")]
    pub symbology: Option<String>,
    /// What it names, as the ledger keeps it.
    #[schema(example = "https://id.gs1.org/01/09521141123454/21/A7")]
    pub epc: Option<String>,
    /// The kind of key.
    #[schema(example = "sgtin")]
    pub scheme: Option<String>,
    /// Why it names nothing that the ledger keeps.
    pub without_epc: Option<String>,
    /// The name of a single code, such as NSN.
    pub code_name: Option<String>,
    /// A single code's canonical text.
    pub code: Option<String>,
    /// The unique item identifier of a mark.
    pub uii: Option<String>,
    /// Every written form, or why there is none.
    pub forms: Vec<FormView>,
    /// What else the label says.
    pub data: ScanDataView,
    /// The elements of the label, in order.
    pub elements: Vec<ElementView>,
    /// What a person should know about the reading.
    pub notes: Vec<String>,
}

/// One written form of an identifier, or why it has none.
#[derive(Debug, ToSchema)]
pub struct FormView {
    /// Which form.
    #[schema(example = "element string")]
    pub name: String,
    /// The text.
    #[schema(example = "(01)09521141123454(21)A7")]
    pub text: Option<String>,
    /// Why there is none and what to do.
    pub refused: Option<String>,
}

/// One element of a label.
#[derive(Debug, ToSchema)]
pub struct ElementView {
    /// The application identifier.
    #[schema(example = "01")]
    pub ai: String,
    /// Its data title.
    #[schema(example = "GTIN")]
    pub title: String,
    /// The value.
    #[schema(example = "09521141123454")]
    pub value: String,
}

/// A measured value with its unit (UN/ECE Recommendation 20).
#[derive(Debug, ToSchema)]
pub struct MeasureView {
    /// The value, a decimal.
    #[schema(example = "12.50")]
    pub value: String,
    /// The unit.
    #[schema(example = "KGM")]
    pub unit: String,
}

/// What a label says beside the key. Dates are a day or, where the label has only a month, a month of which the last day is meant.
#[derive(Debug, ToSchema)]
pub struct ScanDataView {
    /// Lot or batch.
    pub lot: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Use by.
    #[schema(example = "2026-12-31")]
    pub expiry: Option<String>,
    /// Best before.
    pub best_before: Option<String>,
    /// Produced on.
    pub produced: Option<String>,
    /// Packed on.
    pub packed: Option<String>,
    /// The trade items that a logistic unit holds.
    pub content_gtin: Option<String>,
    /// How many, each.
    pub count: Option<u64>,
    /// Net mass.
    pub net_mass: Option<MeasureView>,
    /// Gross mass.
    pub gross_mass: Option<MeasureView>,
    /// NATO stock number, 13 digits.
    pub nsn: Option<String>,
    /// The CAGE of who serialised the item.
    pub cage: Option<String>,
    /// Original part number.
    pub part_number: Option<String>,
    /// Current part number.
    pub current_part_number: Option<String>,
    /// The customer's part number.
    pub customer_part_number: Option<String>,
    /// The customer's order.
    pub order: Option<String>,
    /// Country of origin, numeric code of ISO 3166-1.
    pub origin: Option<String>,
}

/// Say what a scanned or typed text is, and write what it names in all its forms.
///
/// Takes what scanners send of GS1 symbols (with AIM symbology identifier, separators as GS or what replaced them), elements in brackets, Digital Links,
/// EPC URNs, tag memory in hexadecimal, marks of military items (ISO/IEC 15434), and single keys and codes. Text that can be read in several ways is refused
/// with its readings.
#[utoipa::path(get, path = "/v1/identifiers", operation_id = "identify", tag = "goods", params(IdentifierQuery), responses((status = 200, body = IdentifierView)))]
pub async fn identify(Query(query): Query<IdentifierQuery>) -> Answer<Json<Report>> {
    let defaults = scan::Options::default();
    let known = scan::Options {
        separators: match query.separators {
            Arrive::Unknown => Separators::Unknown,
            Arrive::Kept => Separators::Kept,
        },
        partial: query.partial,
        year: now()
            .and_then(|time| year_of(&time.to_string()))
            .unwrap_or(defaults.year),
        company_prefix_digits: query.company_prefix,
    };
    let read = scan::scan_with(&query.text, &known).map_err(problem)?;
    let domain = query.domain.as_deref().unwrap_or("id.gs1.org");
    Ok(Json(Report::of(&read, domain)))
}

/// The year of a time as EPCIS writes it.
fn year_of(time: &str) -> Option<u16> {
    time.get(..4)?.parse().ok()
}

fn problem(error: ScanError) -> Problem {
    match error {
        ScanError::Refused(refusal) => Problem::new(
            rule::BAD_QUERY,
            format!("text: `{}`: {}", cut(&refusal.id), refusal.fault),
        )
        .remedy(refusal.remedy),
        ScanError::Ambiguous {
            id,
            readings,
            remedy,
        } => Problem::new(
            rule::BAD_QUERY,
            format!(
                "text: `{}` can be read as {}",
                cut(&id),
                readings.join(", or as ")
            ),
        )
        .remedy(remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_types::identifiers::scan::ScanData;
    use serde_json::{Value, to_value};
    use utoipa::PartialSchema;

    fn described<T: PartialSchema>() -> Vec<String> {
        let schema: Value = to_value(T::schema()).unwrap();
        names(&schema["properties"])
    }

    fn names(object: &Value) -> Vec<String> {
        let mut names: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_described_is_what_is_answered() {
        let read = scan::scan("]d2010952114112345421A7").unwrap();
        let report = to_value(Report::of(&read, "id.gs1.org")).unwrap();
        assert_eq!(described::<IdentifierView>(), names(&report));
        assert_eq!(described::<ElementView>(), names(&report["elements"][0]));
        let data = to_value(ScanData::default()).unwrap();
        assert_eq!(described::<ScanDataView>(), names(&data));
        let form = names(&report["forms"][0]);
        assert!(
            form.iter()
                .all(|name| described::<FormView>().contains(name))
        );
    }

    #[test]
    fn the_year_is_that_of_the_time() {
        assert_eq!(year_of("2026-11-28T13:00:00.000Z"), Some(2026));
    }
}
