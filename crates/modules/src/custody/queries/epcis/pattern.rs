//! What an EPC may be matched with: an identifier, an EPC pattern (GS1 EPC Tag Data Standard 2.0 section 8),
//! or the start of a Digital Link.
//!
//! A pattern `urn:epc:idpat:sgtin:9521141.*.[10-20]` is compared field by field with the URN; an EPC that
//! came as a Digital Link, without the length of its company prefix, gets the pattern's.

use super::{
    super::super::index::family_zone,
    fault::{QueryFault, cut},
};
use convoy_types::identifiers::Epc;

const REMEDY: &str = "write an identifier as it is captured, urn:epc:idpat:SCHEME:... with * for what may be anything, or a Digital Link that ends in /*";

/// One value of a `MATCH_` parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// This one.
    Exact(Epc),
    /// EPC URNs of a scheme, field by field.
    Urn {
        /// `sgtin`.
        scheme: String,
        /// The fields.
        fields: Vec<Field>,
        /// Digits of the company prefix, where the pattern tells it.
        prefix_digits: u8,
    },
    /// Identifiers whose canonical form starts so.
    Start(String),
}

/// A field of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Any,
    Text(String),
    Range(u64, u64),
}

impl Field {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        if let Some(range) = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            let (low, high) = range.split_once('-')?;
            let (low, high) = (low.parse().ok()?, high.parse().ok()?);
            return (low <= high).then_some(Self::Range(low, high));
        }
        (!text.is_empty() && !text.contains('*')).then(|| Self::Text(text.to_owned()))
    }

    fn takes(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Text(own) => {
                own.eq_ignore_ascii_case(text) && (own == text || text.contains('%'))
            }
            Self::Range(low, high) => text
                .parse::<u64>()
                .is_ok_and(|number| (*low..=*high).contains(&number)),
        }
    }
}

impl Pattern {
    /// Reads a value of the parameter `name`; `of_classes` where classes are matched.
    pub(super) fn parse(name: &str, text: &str, of_classes: bool) -> Result<Self, QueryFault> {
        let refuse =
            |fault: &str| QueryFault::parameter(name, format!("`{}` {fault}", cut(text)), REMEDY);
        if !text.contains('*') && !text.contains('[') {
            return Epc::parse(text)
                .map(Self::Exact)
                .map_err(|error| refuse(&error.fault));
        }
        if of_classes
            && text.starts_with("urn:epc:idpat:")
            && let Ok(class) = Epc::parse(text)
            && class.is_class()
        {
            return Ok(Self::Exact(class));
        }
        if let Some(rest) = text
            .strip_prefix("urn:epc:idpat:")
            .or_else(|| text.strip_prefix("urn:epc:class:"))
        {
            return Self::urn(rest).ok_or_else(|| refuse("is no EPC pattern"));
        }
        let start = text.strip_suffix('*').filter(|start| !start.contains('*'));
        let start = start.ok_or_else(|| refuse("has a * that is not at its end"))?;
        let whole = Epc::parse(&format!("{start}0")).map_err(|error| refuse(&error.fault))?;
        let key = whole.key();
        let known = key.strip_suffix('0').filter(|key| key.len() > 2);
        known
            .map(|key| Self::Start(key.to_owned()))
            .ok_or_else(|| refuse("names no identifiers"))
    }

    fn urn(rest: &str) -> Option<Self> {
        let (scheme, body) = rest.split_once(':')?;
        let named = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_lowercase());
        let fields: Vec<Field> = body.split('.').map(Field::parse).collect::<Option<_>>()?;
        let mut wild = false;
        for field in &fields {
            // Once a field is free, the ones behind it have to be (TDS 2.0 section 8.1).
            if wild && *field != Field::Any {
                return None;
            }
            wild |= *field == Field::Any;
        }
        let prefix_digits = match fields.first() {
            Some(Field::Text(prefix)) if (6..=12).contains(&prefix.len()) => {
                u8::try_from(prefix.len()).unwrap_or(0)
            }
            _ => 0,
        };
        (named && (2..=6).contains(&fields.len())).then(|| Self::Urn {
            scheme: scheme.to_owned(),
            fields,
            prefix_digits,
        })
    }

    /// The one identifier that it stands for.
    pub(super) fn exact(&self) -> Option<&Epc> {
        match self {
            Self::Exact(epc) => Some(epc),
            _ => None,
        }
    }

    /// The zone of everything that it matches, where that is one family.
    pub(super) fn zone(&self) -> Option<Vec<u8>> {
        let one = match self {
            Self::Exact(epc) => return Some(family_zone(epc.key())),
            Self::Start(start) => {
                return start
                    .starts_with("01/")
                    .then(|| start.get(..17))
                    .flatten()
                    .map(family_zone);
            }
            Self::Urn { scheme, fields, .. } => {
                let (serial, rest) = fields.split_last()?;
                let rest: Option<Vec<&str>> = rest
                    .iter()
                    .map(|field| match field {
                        Field::Text(text) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect();
                let _free = serial;
                match scheme.as_str() {
                    "sgtin" | "lgtin" => format!("urn:epc:idpat:sgtin:{}.*", rest?.join(".")),
                    _ => return None,
                }
            }
        };
        Epc::parse(&one).ok().map(|class| family_zone(class.key()))
    }

    /// Whether `epc` is one of those it stands for.
    pub(super) fn takes(&self, epc: &Epc) -> bool {
        match self {
            Self::Exact(own) => own == epc,
            Self::Start(start) => epc.key().starts_with(start.as_str()),
            Self::Urn {
                scheme,
                fields,
                prefix_digits,
            } => {
                let urn = match *prefix_digits {
                    0 => epc.urn(),
                    digits => epc.urn_with_prefix(digits),
                };
                urn.is_some_and(|urn| urn_takes(&urn, scheme, fields))
            }
        }
    }
}

fn urn_takes(urn: &str, scheme: &str, fields: &[Field]) -> bool {
    let mut parts = urn.splitn(5, ':').skip(3);
    if parts.next() != Some(scheme) {
        return false;
    }
    let body = parts.next().unwrap_or_default();
    // Serial numbers may hold points: the last field takes the rest.
    let texts: Vec<&str> = body.splitn(fields.len(), '.').collect();
    texts.len() == fields.len()
        && fields
            .iter()
            .zip(texts)
            .all(|(field, text)| field.takes(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epc(text: &str) -> Epc {
        Epc::parse(text).unwrap()
    }

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse("MATCH_epc", pattern, false)
            .unwrap()
            .takes(&epc(text))
    }

    #[test]
    fn a_pattern_matches_field_by_field_and_links_like_urns() {
        let one = "urn:epc:id:sgtin:9521141.012345.7";
        for (pattern, hit) in [
            (one, true),
            ("https://id.gs1.org/01/09521141123454/21/7", true),
            ("urn:epc:idpat:sgtin:9521141.012345.*", true),
            ("urn:epc:idpat:sgtin:9521141.*.*", true),
            ("urn:epc:idpat:sgtin:*.*.*", true),
            ("urn:epc:idpat:sgtin:9521141.012345.[1-9]", true),
            ("urn:epc:idpat:sgtin:9521141.012345.[8-9]", false),
            ("urn:epc:idpat:sgtin:9521141.012346.*", false),
            ("urn:epc:idpat:grai:9521141.*.*", false),
            ("https://id.gs1.org/01/09521141123454/21/*", true),
            ("https://id.gs1.org/01/09521141123454/21/8*", false),
        ] {
            assert_eq!(matches(pattern, one), hit, "{pattern}");
        }
        let link = "https://id.gs1.org/01/09521141123454/21/7";
        assert!(matches("urn:epc:idpat:sgtin:9521141.012345.*", link));
        assert!(!matches("urn:epc:idpat:sgtin:952114.1012345.*", one));
    }

    #[test]
    fn malformed_patterns_are_refused_with_the_parameter_named() {
        for bad in [
            "",
            "urn:epc:idpat:sgtin:9521141.*.7",
            "urn:epc:idpat:sgtin:",
            "urn:epc:idpat:SGTIN:9521141.*.*",
            "urn:epc:idpat:sgtin:9521141.012345.[9-1]",
            "https://id.gs1.org/*/1",
            "*",
            "no uri",
        ] {
            let fault = Pattern::parse("MATCH_epc", bad, false).unwrap_err();
            assert_eq!(fault.parameter, "MATCH_epc", "{bad}");
        }
    }

    #[test]
    fn a_class_pattern_of_one_class_is_that_class() {
        let class = "urn:epc:idpat:sgtin:9521141.012345.*";
        let pattern = Pattern::parse("MATCH_epcClass", class, true).unwrap();
        assert_eq!(pattern, Pattern::Exact(epc(class)));
        assert!(!pattern.takes(&epc("urn:epc:class:lgtin:9521141.012345.L1")));
        let lots = Pattern::parse(
            "MATCH_epcClass",
            "urn:epc:class:lgtin:9521141.012345.*",
            true,
        )
        .unwrap();
        assert!(lots.takes(&epc("urn:epc:class:lgtin:9521141.012345.L1")));
        assert_eq!(lots.zone(), pattern.zone());
    }
}
