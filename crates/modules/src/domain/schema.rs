//! A module as one JSON document: what a console needs to draw a plain page of it, and a program to use it.
//!
//! The page follows from the questions: the first list is the page's list, with the question that opens one row as its record
//! and the first timeline as its history; parameters that are not about paging are the filters.

use super::{
    Action, Domain, Query, RecordKind, Shape,
    fields::{Field, Kind, Variant, json},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// Parameters that are about paging, not about what is asked for.
const PAGING: [&str; 2] = ["limit", "cursor"];

/// A module: what can be done, asked, proved, and what it says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModuleSchema {
    /// Its name.
    #[schema(example = "custody")]
    pub module: String,
    /// What it is for.
    pub summary: String,
    /// What can be asked for.
    pub actions: Vec<ActionSchema>,
    /// What can be asked about it.
    pub queries: Vec<QuerySchema>,
    /// Its tables of the state, which can be proved.
    pub records: Vec<RecordSchema>,
    /// What it says on the feed and in previews.
    pub events: Vec<EventSchema>,
    /// Why it refuses.
    pub refusals: Vec<RefusalSchema>,
    /// A plain page.
    pub page: PageSchema,
    /// The schemas (JSON Schema 2020-12) that the others refer to as `#/components/schemas/NAME`.
    #[schema(value_type = Object)]
    pub schemas: BTreeMap<String, Value>,
}

/// An action.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActionSchema {
    /// Its name, as in paths and JSON.
    #[schema(example = "offer_handover")]
    pub name: String,
    /// What it does.
    pub summary: String,
    /// What else there is to know.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub more: String,
    /// One of these roles is needed; any active signer may where the list is empty.
    pub roles: Vec<String>,
    /// Only the genesis document may say it: it cannot be asked for.
    pub genesis_only: bool,
    /// Its fields.
    pub fields: Vec<FieldSchema>,
    /// Its fields, by way of example.
    #[schema(value_type = Object)]
    pub example: Value,
}

/// A field of an action or a parameter of a question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldSchema {
    /// Its name.
    pub name: String,
    /// What it means.
    pub description: String,
    /// `text`, `word` (one of `words`), `integer`, `boolean`, `list` or `json`.
    pub kind: String,
    /// The words it may be.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub words: Vec<String>,
    /// Whether it has to be there.
    pub required: bool,
    /// Its schema.
    #[schema(value_type = Object)]
    pub schema: Value,
}

/// A question.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuerySchema {
    /// Its name, as in the path.
    #[schema(example = "handovers")]
    pub name: String,
    /// What it answers.
    pub summary: String,
    /// `list`, `record` or `timeline`.
    pub shape: String,
    /// The answer's field that holds the rows of a list or the entries of a timeline.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<String>,
    /// The row's field that names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// The question that shows one row alone; its parameter is called like the key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opens: Option<String>,
    /// Its parameters.
    pub parameters: Vec<FieldSchema>,
    /// The fields of a row, an entry or the answer.
    pub columns: Vec<FieldSchema>,
    /// Its answer.
    #[schema(value_type = Object)]
    pub answer: Value,
}

/// A table of the state.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordSchema {
    /// Its name, as in `/v1/state/{module}/{table}/{key}/proof`.
    pub table: String,
    /// What its keys are.
    pub key: String,
    /// What a record holds.
    pub fields: Vec<FieldSchema>,
}

/// An event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventSchema {
    /// Its name: the key of its JSON.
    pub name: String,
    /// What happened.
    pub summary: String,
}

/// A refusal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RefusalSchema {
    /// Its number; never reused.
    pub code: u16,
    /// Its stable name.
    pub name: String,
    /// Whether sending the same thing again later can succeed.
    pub retryable: bool,
    /// What to do next.
    pub remedy: String,
}

/// A plain page: a list with filters, one record, its history, and what can be done.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PageSchema {
    /// The question that gives the list.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub list: Option<String>,
    /// Its parameters to filter by.
    pub filters: Vec<String>,
    /// The question that gives one record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<String>,
    /// The question that gives a history.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeline: Option<String>,
    /// The actions that can be asked for.
    pub actions: Vec<String>,
}

impl ModuleSchema {
    pub(super) fn new<D: Domain>(
        actions: &[Action],
        queries: &[Query],
        records: &[RecordKind],
        events: &[Variant],
        components: &BTreeMap<String, RefOr<Schema>>,
    ) -> Self {
        let refusal = |rule: &convoy_ledger::Rule| RefusalSchema {
            code: rule.number,
            name: rule.name.to_owned(),
            retryable: rule.retryable,
            remedy: rule.remedy.to_owned(),
        };
        let event = |variant: &Variant| EventSchema {
            name: variant.name.clone(),
            summary: variant.summary.clone(),
        };
        Self {
            module: D::NAME.to_owned(),
            summary: D::SUMMARY.to_owned(),
            actions: actions.iter().map(ActionSchema::of).collect(),
            queries: queries.iter().map(QuerySchema::of).collect(),
            records: records.iter().map(RecordSchema::of).collect(),
            events: events.iter().map(event).collect(),
            refusals: D::RULES.iter().map(refusal).collect(),
            page: PageSchema::of(actions, queries),
            schemas: components
                .iter()
                .map(|(name, schema)| (name.clone(), json(schema)))
                .collect(),
        }
    }
}

impl ActionSchema {
    fn of(action: &Action) -> Self {
        Self {
            name: action.name.clone(),
            summary: action.summary.clone(),
            more: action.more.clone(),
            roles: action.roles.iter().map(|role| (*role).to_owned()).collect(),
            genesis_only: action.genesis_only,
            fields: fields(&action.fields),
            example: action.example.clone(),
        }
    }
}

impl QuerySchema {
    fn of(query: &Query) -> Self {
        let (shape, rows, key, opens) = match query.shape {
            Shape::List { rows, key, opens } => ("list", Some(rows), Some(key), opens),
            Shape::Record => ("record", None, None, None),
            Shape::Timeline { entries } => ("timeline", Some(entries), None, None),
        };
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            name: query.name.to_owned(),
            summary: query.summary.to_owned(),
            shape: shape.to_owned(),
            rows: text(rows),
            key: text(key),
            opens: text(opens),
            parameters: fields(&query.fields),
            columns: fields(&query.columns()),
            answer: json(query.answer()),
        }
    }
}

impl RecordSchema {
    fn of(record: &RecordKind) -> Self {
        Self {
            table: record.table.name.to_owned(),
            key: record.key.to_owned(),
            fields: fields(&record.described.fields()),
        }
    }
}

impl PageSchema {
    fn of(actions: &[Action], queries: &[Query]) -> Self {
        let list = queries
            .iter()
            .find(|query| matches!(query.shape, Shape::List { .. }));
        let opens = list.and_then(|list| match list.shape {
            Shape::List { opens, .. } => opens,
            _ => None,
        });
        let timeline = queries
            .iter()
            .find(|query| matches!(query.shape, Shape::Timeline { .. }));
        let filters = list.into_iter().flat_map(|list| &list.fields);
        let filters = filters.map(|field| field.name.clone());
        let open = actions.iter().filter(|action| !action.genesis_only);
        Self {
            list: list.map(|list| list.name.to_owned()),
            filters: filters
                .filter(|name| !PAGING.contains(&name.as_str()))
                .collect(),
            record: opens.map(str::to_owned),
            timeline: timeline.map(|timeline| timeline.name.to_owned()),
            actions: open.map(|action| action.name.clone()).collect(),
        }
    }
}

fn fields(fields: &[Field]) -> Vec<FieldSchema> {
    let field = |field: &Field| {
        let (kind, words) = match &field.kind {
            Kind::Text(words) if words.is_empty() => ("text", Vec::new()),
            Kind::Text(words) => ("word", words.clone()),
            Kind::Integer => ("integer", Vec::new()),
            Kind::Boolean => ("boolean", Vec::new()),
            Kind::List(_) => ("list", Vec::new()),
            Kind::Json => ("json", Vec::new()),
        };
        FieldSchema {
            name: field.name.clone(),
            description: field.description.clone(),
            kind: kind.to_owned(),
            words,
            required: field.required,
            schema: field.schema.clone(),
        }
    };
    fields.iter().map(field).collect()
}
