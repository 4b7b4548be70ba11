//! Fields of an action or question, read out of the schema of their type, and their values read out of text.
//!
//! Text comes from a query string or a command line, where everything is a word; what each word has to be is what the schema says.
//!
//! Limits: the caller bounds the text; nothing here is longer than what it was given.

use super::read::Misfit;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// References followed one after another, at most; more is a circle.
const REFERENCES_MAX: usize = 8;
const COMPONENTS: &str = "#/components/schemas/";

/// Options of the command line that a field's option may not be called: those of every verb that acts or asks.
pub const OPTIONS_TAKEN: [&str; 16] = [
    "as",
    "ca",
    "certificate",
    "hardware-token",
    "help",
    "input",
    "json",
    "keys",
    "lane",
    "node",
    "passphrase-file",
    "pin-file",
    "pkcs11-module",
    "preview",
    "token-file",
    "version",
];

/// A field's option on the command line, without the dashes.
pub fn option_of(field: &str) -> String {
    let option = field.replace('_', "-");
    match OPTIONS_TAKEN.contains(&option.as_str()) {
        true => format!("field-{option}"),
        false => option,
    }
}

/// A type's schema with those it refers to.
#[derive(Clone)]
pub struct Described {
    /// The schema itself.
    pub schema: RefOr<Schema>,
    /// Those it refers to, by name.
    pub components: BTreeMap<String, RefOr<Schema>>,
}

impl Described {
    /// The schema of `T`.
    pub fn of<T: ToSchema>() -> Self {
        let mut components = Vec::new();
        T::schemas(&mut components);
        Self {
            schema: T::schema(),
            components: components.into_iter().collect(),
        }
    }

    /// The fields of an object's schema.
    pub fn fields(&self) -> Vec<Field> {
        fields_of(&json(&self.schema), &self.components)
    }

    /// The fields of a schema that this one refers to or holds.
    pub fn fields_of(&self, schema: &Value) -> Vec<Field> {
        fields_of(schema, &self.components)
    }

    /// Refers by name where the schema has one, so that it is written once.
    pub fn named<T: ToSchema>() -> Self {
        let mut described = Self::of::<T>();
        let name = T::name().into_owned();
        let reference = RefOr::Ref(utoipa::openapi::Ref::from_schema_name(&name));
        let own = std::mem::replace(&mut described.schema, reference);
        described.components.insert(name, own);
        described
    }
}

/// What a field holds, as far as text can say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text; one of these words where there are any.
    Text(Vec<String>),
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// Several values.
    List(Box<Kind>),
    /// Anything else, written as JSON.
    Json,
}

/// A field of an action or question.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name, as in JSON.
    pub name: String,
    /// What it means.
    pub description: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it has to be there.
    pub required: bool,
    /// Its schema, without the null of what may be left out.
    pub schema: Value,
    /// A value, by way of example.
    pub example: Option<Value>,
}

/// One variant of an enumeration: an action or an event.
pub struct Variant {
    /// Its name in JSON.
    pub name: String,
    /// The first sentence said of it.
    pub summary: String,
    /// The rest.
    pub more: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The schema of its fields.
    pub schema: RefOr<Schema>,
}

/// The variants of an enumeration that is written `{name: fields}`, or as a bare name where there are none.
pub fn variants(described: &Described) -> Vec<Variant> {
    let items = match &described.schema {
        RefOr::T(Schema::OneOf(one)) => one.items.clone(),
        other => vec![other.clone()],
    };
    items
        .iter()
        .flat_map(|item| variants_in(item, &described.components))
        .collect()
}

fn variants_in(item: &RefOr<Schema>, components: &BTreeMap<String, RefOr<Schema>>) -> Vec<Variant> {
    let RefOr::T(Schema::Object(object)) = item else {
        return Vec::new();
    };
    let description = object.description.clone().unwrap_or_default();
    let (summary, more) = sentences(&description);
    let bare = object
        .enum_values
        .iter()
        .flatten()
        .filter_map(Value::as_str);
    let bare = bare.map(|name| Variant {
        name: name.to_owned(),
        summary: summary.clone(),
        more: more.clone(),
        fields: Vec::new(),
        schema: utoipa::openapi::ObjectBuilder::new().into(),
    });
    let full = object.properties.iter().map(|(name, schema)| Variant {
        name: name.clone(),
        summary: summary.clone(),
        more: more.clone(),
        fields: fields_of(&json(schema), components),
        schema: schema.clone(),
    });
    bare.chain(full).collect()
}

/// The first sentence or line, and the rest.
fn sentences(text: &str) -> (String, String) {
    let text = text.trim();
    let end = text.find("\n\n").unwrap_or(text.len());
    let end = text[..end].find(". ").map_or(end, |stop| stop + 1);
    (plain(&text[..end]), plain(&text[end..]))
}

/// Text on one line.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn json<T: serde::Serialize>(schema: &T) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

/// The fields of an object's schema, those that have to be there first.
fn fields_of(schema: &Value, components: &BTreeMap<String, RefOr<Schema>>) -> Vec<Field> {
    let mut fields = Vec::new();
    gather(schema, components, REFERENCES_MAX, &mut fields);
    fields.sort_by_key(|field| !field.required);
    fields
}

/// Adds an object's fields, and those of the objects that it is put together from.
fn gather(
    schema: &Value,
    components: &BTreeMap<String, RefOr<Schema>>,
    depth: usize,
    fields: &mut Vec<Field>,
) {
    let schema = resolved(schema, components);
    let parts = schema["allOf"].as_array().into_iter().flatten();
    if depth > 0 {
        parts.for_each(|part| gather(part, components, depth - 1, fields));
    }
    let required = schema["required"].as_array().into_iter().flatten();
    let required: Vec<&str> = required.filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    fields.extend(
        properties
            .map(|(name, own)| field(name, own, required.contains(&name.as_str()), components)),
    );
}

fn field(
    name: &str,
    own: &Value,
    required: bool,
    components: &BTreeMap<String, RefOr<Schema>>,
) -> Field {
    let inner = resolved(own, components);
    // What is said of a field that may be left out stands beside the reference, one level down.
    let choices = ["oneOf", "allOf"]
        .iter()
        .filter_map(|word| own[*word].as_array());
    let places = [own].into_iter().chain(choices.flatten()).chain([&inner]);
    let said = places
        .filter_map(|place| place["description"].as_str())
        .next();
    let example = [own, &inner].iter().find_map(|schema| {
        let example = schema.get("example");
        example.or_else(|| schema["examples"].get(0)).cloned()
    });
    Field {
        name: name.to_owned(),
        description: plain(said.unwrap_or_default()),
        kind: kind_of(&inner, components),
        required,
        example,
        schema: inner,
    }
}

/// A schema behind its references, without the null of what may be left out.
fn resolved(schema: &Value, components: &BTreeMap<String, RefOr<Schema>>) -> Value {
    let mut schema = schema.clone();
    for _ in 0..REFERENCES_MAX {
        let name = schema["$ref"]
            .as_str()
            .and_then(|place| place.strip_prefix(COMPONENTS));
        if let Some(found) = name.and_then(|name| components.get(name)) {
            schema = json(found);
            continue;
        }
        let choices = schema["oneOf"]
            .as_array()
            .or_else(|| schema["allOf"].as_array());
        let choices: Vec<&Value> = choices
            .into_iter()
            .flatten()
            .filter(|one| one["type"] != "null")
            .collect();
        match choices[..] {
            [only] => schema = only.clone(),
            _ => break,
        }
    }
    if let Some(kinds) = schema["type"].as_array() {
        let mut kinds = kinds.iter().filter(|kind| *kind != "null");
        if let (Some(kind), None) = (kinds.next().cloned(), kinds.next()) {
            schema["type"] = kind;
        }
    }
    schema
}

fn kind_of(schema: &Value, components: &BTreeMap<String, RefOr<Schema>>) -> Kind {
    let words = || {
        schema["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    };
    match schema["type"].as_str() {
        Some("string") => Kind::Text(words().map(str::to_owned).collect()),
        Some("integer") => Kind::Integer,
        Some("boolean") => Kind::Boolean,
        // A list of fixed length is one value written in parts, as an amount is.
        Some("array") if schema.get("maxItems").is_none() => {
            let items = resolved(&schema["items"], components);
            Kind::List(Box::new(kind_of(&items, components)))
        }
        _ => Kind::Json,
    }
}

/// Names and words as a JSON object with the values that the fields ask for.
///
/// # Errors
/// The field that is unknown, given twice, missing or not what it should be.
pub fn from_text<'a>(
    fields: &[Field],
    said: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Value, Misfit> {
    let mut object = Map::new();
    for (name, text) in said {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Err(unknown(fields, name));
        };
        let value =
            value_of(&field.kind, text).map_err(|fault| Misfit::at(format!("/{name}"), fault))?;
        match (object.get_mut(name), value) {
            (None, value) => {
                object.insert(name.to_owned(), value);
            }
            (Some(Value::Array(list)), Value::Array(more))
                if matches!(field.kind, Kind::List(_)) =>
            {
                list.extend(more)
            }
            (Some(_), _) => {
                return Err(Misfit::at(
                    format!("/{name}"),
                    "it is given twice; give it once",
                ));
            }
        }
    }
    let missing = fields
        .iter()
        .find(|field| field.required && !object.contains_key(&field.name));
    match missing {
        Some(field) => Err(Misfit::at(
            format!("/{}", field.name),
            format!("it is missing; {}", lower(&field.description)),
        )),
        None => Ok(Value::Object(object)),
    }
}

fn unknown(fields: &[Field], name: &str) -> Misfit {
    let name: String = name.chars().take(40).collect();
    let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let known = match known.is_empty() {
        true => "leave it out: there are none".to_owned(),
        false => format!("use one of {}", known.join(", ")),
    };
    Misfit::at("", format!("there is no field `{name}`; {known}"))
}

/// A description as the second half of a sentence.
fn lower(text: &str) -> String {
    if text.is_empty() {
        return "give it".to_owned();
    }
    format!("give it: {text}")
}

fn value_of(kind: &Kind, text: &str) -> Result<Value, String> {
    let short: String = text.chars().take(40).collect();
    match kind {
        Kind::Text(words) if !words.is_empty() && !words.iter().any(|word| word == text) => {
            Err(format!(
                "`{short}` is none of its words; use one of {}",
                words.join(", ")
            ))
        }
        Kind::Text(_) => Ok(Value::String(text.to_owned())),
        Kind::Integer => {
            let wrong = || format!("`{short}` is no whole number; write digits only");
            let number: i128 = text.parse().map_err(|_| wrong())?;
            let number = u64::try_from(number)
                .map(Value::from)
                .or_else(|_| i64::try_from(number).map(Value::from));
            number.map_err(|_| wrong())
        }
        Kind::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!(
                "`{short}` is neither true nor false; write one of them"
            )),
        },
        Kind::List(kind) => Ok(Value::Array(vec![value_of(kind, text)?])),
        Kind::Json => serde_json::from_str(text)
            .map_err(|error| format!("it is not JSON ({error}); write it as in the example")),
    }
}
