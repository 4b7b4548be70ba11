//! A module's reference page in Markdown, made from its description. Checked in under `docs/reference/modules`; a test fails
//! until `cargo xtask reference` has been run after a change.

use super::{
    Description,
    fields::option_of,
    schema::{ActionSchema, FieldSchema, ModuleSchema, QuerySchema},
};
use serde_json::Value;
use std::fmt::Write as _;

const MADE: &str = "<!-- Made by `cargo xtask reference` from the module's types. Do not edit. -->";

/// The page of `domain`.
pub fn page(domain: &Description) -> String {
    let schema = domain.schema();
    let mut page = format!(
        "# The module `{0}`\n\n{MADE}\n\n{1}\n\nRules, invariants and sources: its \
         [README](../../../crates/modules/src/{0}/README.md). The same as data: `GET /v1/modules/{0}/schema` of any node.\n",
        schema.module, schema.summary,
    );
    actions(&mut page, schema);
    queries(&mut page, schema);
    said(&mut page, schema);
    page
}

/// The list of all modules.
pub fn index() -> String {
    let mut page = format!(
        "# Modules\n\n{MADE}\n\nWhat each module takes, answers, keeps and refuses.\n\n| module | what it is for |\n| --- | --- |\n"
    );
    for domain in crate::domains() {
        line(
            &mut page,
            format_args!(
                "| [{0}]({0}.md) | {1} |",
                domain.name(),
                cell(domain.summary())
            ),
        );
    }
    page
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = writeln!(page, "{text}");
}

/// Text inside a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn actions(page: &mut String, schema: &ModuleSchema) {
    page.push_str("\n## Actions\n\nEach is `POST /v1/modules/MODULE/actions/NAME` with its fields as body (`?preview=true` tells what it would do), and a verb of the command line.\n");
    for action in &schema.actions {
        self::action(page, schema, action);
    }
}

fn action(page: &mut String, schema: &ModuleSchema, action: &ActionSchema) {
    line(
        page,
        format_args!("\n### {}\n\n{}", action.name, action.summary),
    );
    if !action.more.is_empty() {
        line(page, format_args!("\n{}", action.more));
    }
    let who = match (action.genesis_only, action.roles.is_empty()) {
        (true, _) => "In the genesis document only.".to_owned(),
        (false, true) => "By any active signer.".to_owned(),
        (false, false) => format!(
            "By a signer with one of the roles `{}`.",
            action.roles.join("`, `")
        ),
    };
    line(page, format_args!("\n{who}"));
    fields(page, "field", &action.fields);
    if action.genesis_only {
        return;
    }
    let example = serde_json::to_string_pretty(&action.example).unwrap_or_default();
    let verb = command_line(&schema.module, action);
    line(
        page,
        format_args!("\n```json\n{example}\n```\n\n```\n{verb}\n```"),
    );
}

/// The example as it is typed.
fn command_line(module: &str, action: &ActionSchema) -> String {
    let mut words = format!("convoy {module} {}", action.name.replace('_', "-"));
    if action.fields.is_empty()
        && action
            .example
            .as_object()
            .is_some_and(|example| !example.is_empty())
    {
        return words + " --input FILE";
    }
    for (name, value) in action.example.as_object().into_iter().flatten() {
        let option = option_of(name);
        let is_list = action
            .fields
            .iter()
            .any(|field| field.name == *name && field.kind == "list");
        let values: Vec<&Value> = match value {
            Value::Array(list) if is_list => list.iter().collect(),
            one => vec![one],
        };
        for value in values {
            let _ = write!(words, " --{option} {}", quoted(value));
        }
    }
    words
}

/// A value as a shell takes it.
fn quoted(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@+".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn fields(page: &mut String, what: &str, fields: &[FieldSchema]) {
    if fields.is_empty() {
        return;
    }
    line(
        page,
        format_args!("\n| {what} | holds | needed | meaning |\n| --- | --- | --- | --- |"),
    );
    for field in fields {
        let holds = match field.kind.as_str() {
            "word" => field
                .words
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", "),
            kind => kind.to_owned(),
        };
        let needed = if field.required { "yes" } else { "" };
        line(
            page,
            format_args!(
                "| `{}` | {holds} | {needed} | {} |",
                field.name,
                cell(&field.description)
            ),
        );
    }
}

fn queries(page: &mut String, schema: &ModuleSchema) {
    page.push_str("\n## Questions\n\nEach is `GET /v1/modules/MODULE/NAME` with its parameters as query, and a verb of the command line. Every answer carries `height`: it is true up to that block.\n");
    for query in &schema.queries {
        self::query(page, schema, query);
    }
}

fn query(page: &mut String, schema: &ModuleSchema, query: &QuerySchema) {
    line(
        page,
        format_args!("\n### {}\n\n{}", query.name, query.summary),
    );
    fields(page, "parameter", &query.parameters);
    let of = match (&query.rows, query.shape.as_str()) {
        (Some(rows), "timeline") => format!("entry of `{rows}`"),
        (Some(rows), _) => format!("row of `{rows}`"),
        _ => "answer".to_owned(),
    };
    fields(page, &of, &query.columns);
    let asked = query.parameters.iter().filter(|field| field.required);
    let asked: String = asked
        .map(|field| format!(" --{} …", option_of(&field.name)))
        .collect();
    line(
        page,
        format_args!(
            "\n```\nconvoy {} {}{asked}\n```",
            schema.module,
            query.name.replace('_', "-")
        ),
    );
}

fn said(page: &mut String, schema: &ModuleSchema) {
    page.push_str("\n## Events\n\nWhat it says on the feed (`/v1/feed`) and in previews.\n\n| event | what happened |\n| --- | --- |\n");
    for event in &schema.events {
        line(
            page,
            format_args!("| `{}` | {} |", event.name, cell(&event.summary)),
        );
    }
    page.push_str("\n## Records\n\nWhat it keeps in the state. `GET /v1/state/MODULE/TABLE/KEY/proof` proves each, present or absent; the key is written in hexadecimal.\n");
    for record in &schema.records {
        line(
            page,
            format_args!("\n### {}\n\nBy {}.", record.table, record.key),
        );
        fields(page, "field", &record.fields);
    }
    page.push_str("\n## Refusals\n\n| number | name | again later? | what to do |\n| --- | --- | --- | --- |\n");
    for refusal in &schema.refusals {
        let again = if refusal.retryable { "can help" } else { "" };
        line(
            page,
            format_args!(
                "| {} | `{}` | {again} | {} |",
                refusal.code,
                refusal.name,
                cell(&refusal.remedy)
            ),
        );
    }
}
