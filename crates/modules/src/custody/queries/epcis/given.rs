//! Parameters as they come: from a query string, or from the JSON object of a query.
//!
//! Both become names with lists of texts. In a query string a list is written with `|` between its
//! elements (EPCIS 2.0 section 12.7); in JSON it is a list. Numbers keep every digit.
//!
//! Limits: [`PARAMETERS_MAX`] parameters, [`VALUES_MAX`] values in all, [`VALUE_BYTES_MAX`] each.

use super::fault::{QueryFault, cut};
use convoy_types::epcis::json::built_in_namespace;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Parameters of one query.
pub const PARAMETERS_MAX: usize = 64;
/// Values of all parameters of one query.
pub const VALUES_MAX: usize = 512;
/// One name or value, bytes.
pub const VALUE_BYTES_MAX: usize = 512;
/// Prefixes that a query may bring.
const PREFIXES_MAX: usize = 64;

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

impl Given {
    /// The only value.
    pub(super) fn one(&self) -> Result<&str, QueryFault> {
        match self.values.as_slice() {
            [only] => Ok(only),
            many => Err(QueryFault::parameter(
                &self.name,
                format!("it has {} values", many.len()),
                "give it one value",
            )),
        }
    }

    pub(super) fn refuse(&self, value: &str, fault: &str, remedy: &str) -> QueryFault {
        QueryFault::parameter(
            &self.name,
            format!("`{}` {fault}", cut(value)),
            remedy.to_owned(),
        )
    }
}

/// All parameters of a query and the prefixes they use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Givens {
    pub(super) all: Vec<Given>,
    pub(super) prefixes: BTreeMap<String, String>,
}

impl Givens {
    /// From the pairs of a query string, percent-decoded.
    pub(super) fn of_pairs(pairs: &[(String, String)]) -> Result<Self, QueryFault> {
        let mut givens = Self::default();
        for (name, text) in pairs {
            let values = match text.as_str() {
                "" => Vec::new(),
                text => text.split('|').map(str::to_owned).collect(),
            };
            givens.add(name, values)?;
        }
        Ok(givens)
    }

    /// From the JSON object of a query.
    pub(super) fn of_json(query: &Map<String, Value>) -> Result<Self, QueryFault> {
        let mut givens = Self::default();
        for (name, value) in query {
            if name == "@context" {
                givens.context(value)?;
                continue;
            }
            let values = match value {
                Value::Array(items) => items.iter().map(|item| scalar(name, item)).collect(),
                Value::Null => Ok(Vec::new()),
                single => scalar(name, single).map(|text| vec![text]),
            };
            givens.add(name, values?)?;
        }
        Ok(givens)
    }

    fn add(&mut self, name: &str, values: Vec<String>) -> Result<(), QueryFault> {
        if self.all.iter().any(|given| given.name == name) {
            return Err(QueryFault::parameter(
                name,
                "it is given twice",
                "write its values in one list, with | between them in a query string",
            ));
        }
        let long = |text: &str| text.len() > VALUE_BYTES_MAX;
        if long(name) || values.iter().any(|value| long(value)) {
            return Err(QueryFault::parameter(
                name,
                format!("a name or value has more than {VALUE_BYTES_MAX} bytes"),
                "no identifier is that long; check it",
            ));
        }
        let count: usize = self.all.iter().map(|given| given.values.len()).sum();
        if self.all.len() >= PARAMETERS_MAX || count + values.len() > VALUES_MAX {
            return Err(QueryFault::complex(
                name,
                format!(
                    "a query has at most {PARAMETERS_MAX} parameters with {VALUES_MAX} values in all"
                ),
                "ask several questions",
            ));
        }
        self.all.push(Given {
            name: name.to_owned(),
            values,
        });
        Ok(())
    }

    /// Notes the prefixes of a JSON-LD context; addresses of contexts are not fetched.
    fn context(&mut self, context: &Value) -> Result<(), QueryFault> {
        let wrong = || {
            QueryFault::parameter(
                "@context",
                "it is no context of prefixes",
                "write [\"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\", {\"ext\": \"https://ns.example.org/\"}]",
            )
        };
        match context {
            Value::String(_) => Ok(()),
            Value::Array(parts) if parts.len() <= PREFIXES_MAX => {
                parts.iter().try_for_each(|part| match part {
                    Value::Array(_) => Err(wrong()),
                    part => self.context(part),
                })
            }
            Value::Object(terms) => terms.iter().try_for_each(|(prefix, uri)| {
                let uri = uri.as_str().or_else(|| uri.get("@id")?.as_str());
                match uri {
                    _ if prefix.starts_with('@') => Ok(()),
                    Some(uri)
                        if self.prefixes.len() < PREFIXES_MAX && uri.len() <= VALUE_BYTES_MAX =>
                    {
                        self.prefixes.insert(prefix.clone(), uri.to_owned());
                        Ok(())
                    }
                    _ => Err(wrong()),
                }
            }),
            _ => Err(wrong()),
        }
    }

    /// `prefix:name` with a known prefix replaced by its URI; other text as it is.
    pub(super) fn expanded(&self, text: &str) -> String {
        let known = text
            .split_once(':')
            .filter(|(_, name)| !name.starts_with("//"))
            .and_then(|(prefix, name)| Some((self.namespace(prefix)?, name)));
        known.map_or_else(|| text.to_owned(), |(uri, name)| format!("{uri}{name}"))
    }

    pub(super) fn namespace(&self, prefix: &str) -> Option<&str> {
        let own = self.prefixes.get(prefix).map(String::as_str);
        own.or_else(|| built_in_namespace(prefix))
    }
}

fn scalar(name: &str, value: &Value) -> Result<String, QueryFault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => Err(QueryFault::parameter(
            name,
            "a value is neither text, number nor true or false",
            "write the values themselves, in a list where there are several",
        )),
    }
}
