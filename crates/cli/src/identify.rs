//! `convoy identify`: what a scanned or typed text is, and all forms of what it names. Asks no node.

use crate::{
    clock,
    failure::{Failure, Outcome},
    output::{self, Screen},
};
use clap::{Args, ValueEnum};
use convoy_types::identifiers::{
    ScanError,
    scan::{self, Report, Separators},
};
use serde_json::{Value, json};

/// What was scanned, and what is known of the scanner.
#[derive(Args, Debug)]
pub struct Options {
    /// What the scanner sent or the label says; write GS as <GS>. In quotes, for brackets mean something to the shell
    text: String,
    /// Whether separators (GS, 0x1D) arrive from your scanner
    #[arg(long, value_enum, default_value_t = Arrive::Unknown)]
    separators: Arrive,
    /// This is one of several symbols of a label
    #[arg(long)]
    partial: bool,
    /// Digits of the GS1 company prefix, 6 to 12: EPC URNs need it
    #[arg(long, value_name = "DIGITS", value_parser = clap::value_parser!(u8).range(6..=12))]
    company_prefix: Option<u8>,
    /// Where Digital Links point
    #[arg(long, value_name = "HOST", default_value = "id.gs1.org")]
    domain: String,
}

/// Whether separators arrive.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Arrive {
    /// Not known: text that could have lost one is refused
    Unknown,
    /// They arrive as GS (0x1D)
    Kept,
}

/// Prints what was read.
///
/// # Errors
/// Refused: the text breaks a rule, is not known, or can be read in several ways.
pub fn run(options: &Options, screen: Screen) -> Outcome {
    let known = scan::Options {
        separators: match options.separators {
            Arrive::Unknown => Separators::Unknown,
            Arrive::Kept => Separators::Kept,
        },
        partial: options.partial,
        year: clock::year(),
        company_prefix_digits: options.company_prefix,
    };
    let read = scan::scan_with(&options.text, &known).map_err(refused)?;
    let report = Report::of(&read, &options.domain);
    for note in &report.notes {
        screen.hint(format!("note: {note}"));
    }
    screen.result(|| describe(&report), || json!(report));
    Ok(())
}

fn refused(error: ScanError) -> Failure {
    match &error {
        ScanError::Refused(refusal) => {
            Failure::refused(format!("`{}`: {}", shown(&refusal.id), refusal.fault))
                .remedy(&refusal.remedy)
        }
        ScanError::Ambiguous {
            id,
            readings,
            remedy,
        } => {
            let lines: String = readings.iter().map(|one| format!("\n  {one}")).collect();
            Failure::refused(format!(
                "`{}` can be read in several ways:{lines}",
                shown(id)
            ))
            .remedy(remedy)
            .details(json!({"readings": readings}))
        }
    }
}

/// Control characters by name, as a terminal shows none.
fn shown(text: &str) -> String {
    text.replace('\u{1d}', "<GS>")
        .replace('\u{1e}', "<RS>")
        .replace('\u{4}', "<EOT>")
}

fn describe(report: &Report) -> String {
    let mut facts = vec![("Read as", report.read_as.to_owned())];
    facts.extend(report.symbology.map(|name| ("Symbology", name.to_owned())));
    if let (Some(name), Some(code)) = (report.code_name, &report.code) {
        facts.push((name, code.clone()));
    }
    if let (Some(epc), Some(scheme)) = (&report.epc, report.scheme) {
        facts.push(("Names", format!("{epc} ({scheme})")));
    }
    let why = report.without_epc.clone();
    facts.extend(why.map(|why| ("Names nothing", why)));
    facts.extend(report.uii.clone().map(|uii| ("UII", uii)));
    let mut text = output::facts(facts);
    if !report.forms.is_empty() {
        let rows = report.forms.iter().map(|form| {
            let shown = match (&form.text, &form.refused) {
                (Some(text), _) => shown(text),
                (None, why) => format!("- {}", why.as_deref().unwrap_or_default()),
            };
            [form.name.to_owned(), shown]
        });
        text += &format!("\n{}", output::table(["form", "text"], rows));
    }
    if !report.elements.is_empty() {
        let rows = report.elements.iter().map(|element| {
            [
                format!("({})", element.ai),
                element.title.to_owned(),
                element.value.clone(),
            ]
        });
        text += &format!("\n{}", output::table(["AI", "title", "value"], rows));
    }
    let data = json!(report.data);
    let rows: Vec<[String; 2]> = data
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| [name.replace('_', " "), plain(value)])
        .collect();
    if !rows.is_empty() {
        text += &format!("\n{}", output::table(["beside it", "value"], rows));
    }
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(parts) => {
            let part = |name| parts.get(name).map(plain).unwrap_or_default();
            format!("{} {}", part("value"), part("unit"))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str) -> Report {
        Report::of(&scan::scan(text).unwrap(), "id.gs1.org")
    }

    #[test]
    fn every_form_stands_in_the_text_and_those_that_are_not_say_why() {
        let text = describe(&report("]d2010952114112345410LOT<GS>21A7"));
        for part in [
            "GS1 DataMatrix",
            "https://id.gs1.org/01/09521141123454/21/A7 (sgtin)",
            "(01)09521141123454(21)A7",
            "[)><RS>05<GS>0109521141123454<GS>21A7<RS><EOT>",
            "the length of the GS1 company prefix is not known",
            "BATCH/LOT",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        let nsn = describe(&report("NSN 5905-12-191-4312"));
        assert!(
            nsn.contains("Names nothing") && nsn.contains("5905-12-191-4312"),
            "{nsn}"
        );
    }

    #[test]
    fn an_ambiguous_text_lists_its_readings() {
        let error = scan::scan("010952114112345410AB17261231").unwrap_err();
        let failure = refused(error);
        assert_eq!(failure.kind, crate::failure::Kind::Refused);
        assert!(failure.what.contains("(10)AB(17)261231"), "{failure}");
    }
}
