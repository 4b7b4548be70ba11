//! `convoy MODULE VERB`: every action and question of every module, made from the modules' own descriptions.
//!
//! Flow: [`add`] gives the command line a command for each module of this program's registry and a verb for each of its actions and
//! questions, with an option for each field; [`run`] reads the options as the fields' types say, and acts or asks.
//!
//! Invariants: no module is named here; a wrong value is refused by the name of its option before anything is sent.

use crate::{
    answer_files as files,
    connection::{Author, Node},
    failure::{Attempt as _, Failure, Outcome},
    output::{self, Screen},
};
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _};
use convoy_modules::{
    Description, Misfit,
    domain::{
        Action, Query, Shape,
        fields::{Field, Kind, from_text, option_of},
    },
    domains,
};
use serde_json::{Map, Value, json};
use std::io::Read as _;

const INPUT: &str = "input";
const PREVIEW: &str = "preview";
/// Bytes of a file of fields: a statement as text.
const INPUT_BYTES_MAX: u64 = 4 << 20;

/// The command line with every module's verbs.
pub fn add(command: Command) -> Command {
    domains().iter().fold(command, |command, domain| {
        command.subcommand(of_module(domain))
    })
}

/// The module that was named, with what was said to it.
pub fn named(matches: &ArgMatches) -> Option<(&'static Description, &ArgMatches)> {
    let (name, inner) = matches.subcommand()?;
    let domain = domains().iter().find(|domain| domain.name() == name)?;
    Some((domain, inner))
}

fn of_module(domain: &'static Description) -> Command {
    let actions = domain
        .open_actions()
        .map(|action| of_action(domain, action));
    let queries = domain.queries().iter().map(of_query);
    Command::new(domain.name())
        .about(domain.summary().trim_end_matches('.'))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(actions.chain(queries))
}

fn of_action(domain: &Description, action: &'static Action) -> Command {
    let who = match action.roles[..] {
        [] => String::new(),
        _ => format!(
            "\n\nBy a signer with one of the roles {}.",
            action.roles.join(", ")
        ),
    };
    let more = if action.more.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", action.more)
    };
    let example = format!(
        "Example of --input:\n{}\n\nReference: docs/reference/modules/{}.md",
        serde_json::to_string_pretty(&action.example).unwrap_or_default(),
        domain.name()
    );
    let input = Arg::new(INPUT).long(INPUT).value_name("FILE").help(
        "The fields as one JSON object; - reads standard input. Options given beside it count more",
    );
    let preview = Arg::new(PREVIEW)
        .long(PREVIEW)
        .action(ArgAction::SetTrue)
        .help("Tell what it would do, or why it would be refused, and submit nothing");
    // Whoever adds arguments also adds words about them; the verb's own come last and stay.
    let command = Author::augment_args(Node::augment_args(Command::new(
        action.name.replace('_', "-"),
    )));
    command
        .about(action.summary.trim_end_matches('.').to_owned())
        .long_about(format!("{}{more}{who}", action.summary))
        .after_help(example)
        .args(
            action
                .fields
                .iter()
                .map(|field| option(field).required(false)),
        )
        .args([input, preview])
}

/// What people who know other tools call a question.
fn also_called(query: &str) -> &'static [&'static str] {
    match query {
        "why" => &["explain"],
        "compare" => &["diff"],
        _ => &[],
    }
}

fn of_query(query: &'static Query) -> Command {
    let command = Node::augment_args(Command::new(query.name.replace('_', "-")));
    command
        .visible_aliases(also_called(query.name))
        .about(query.summary.trim_end_matches('.'))
        .long_about(query.summary)
        .args(query.fields.iter().map(option))
        .args(files::option(query))
}

fn option(field: &'static Field) -> Arg {
    let (value, more) = match &field.kind {
        Kind::Integer => ("NUMBER", ""),
        Kind::Boolean => ("true|false", ""),
        Kind::List(_) => ("VALUE", " Give it once for each"),
        Kind::Json => ("JSON", ""),
        Kind::Text(words) if !words.is_empty() => ("WORD", ""),
        Kind::Text(_) => ("TEXT", ""),
    };
    let words = match &field.kind {
        Kind::Text(words) if !words.is_empty() => format!(" [one of: {}]", words.join(", ")),
        Kind::Json => field
            .example
            .as_ref()
            .map_or_else(String::new, |example| format!(" [such as '{example}']")),
        _ => String::new(),
    };
    let needed = if field.required { " (needed)" } else { "" };
    Arg::new(id_of(field))
        .long(option_of(&field.name))
        .value_name(value)
        .action(ArgAction::Append)
        .allow_hyphen_values(true)
        .help(format!("{}{more}{words}{needed}", field.description))
}

/// What clap calls a field's option: apart from the options that every verb has.
fn id_of(field: &Field) -> String {
    format!("field {}", field.name)
}

/// Does what was said to a module.
pub async fn run(domain: &'static Description, matches: &ArgMatches, screen: Screen) -> Outcome {
    let Some((verb, said)) = matches.subcommand() else {
        return Err(Failure::usage(format!(
            "say what to do with {}; --help lists it",
            domain.name()
        )));
    };
    let name = verb.replace('-', "_");
    if let Some(action) = domain.open_actions().find(|action| action.name == name) {
        return act(domain, action, said, screen).await;
    }
    match domain.queries().iter().find(|query| query.name == name) {
        Some(query) => ask(domain, query, said, screen).await,
        None => Err(Failure::usage(format!(
            "{} has no verb {verb}",
            domain.name()
        ))),
    }
}

/// The options that were given, as the fields' types say.
fn fields_of(fields: &'static [Field], said: &ArgMatches) -> Outcome<Value> {
    let given = fields.iter().flat_map(|field| {
        let values = said.get_many::<String>(&id_of(field)).into_iter().flatten();
        values.map(move |value| (field.name.as_str(), value.as_str()))
    });
    from_text(fields, given).map_err(|wrong| misfit(&wrong))
}

fn misfit(wrong: &Misfit) -> Failure {
    let mut steps = wrong.pointer.trim_start_matches('/').splitn(2, '/');
    let place = match (steps.next(), steps.next()) {
        (None | Some(""), _) => String::new(),
        (Some(field), None) => format!("--{}: ", option_of(field)),
        (Some(field), Some(rest)) => format!("--{} at /{rest}: ", option_of(field)),
    };
    Failure::usage(format!("{place}{}", wrong.fault)).remedy("--help describes every option")
}

/// The fields of an action: those of the file, with the options that were given over them.
fn action_fields(action: &'static Action, said: &ArgMatches) -> Outcome<Value> {
    let Some(file) = said.get_one::<String>(INPUT) else {
        return fields_of(&action.fields, said);
    };
    let mut fields = match read_input(file)? {
        Value::Object(fields) => fields,
        _ => {
            return Err(Failure::usage(format!(
                "{file} holds no JSON object with the action's fields"
            )));
        }
    };
    let given = action
        .fields
        .iter()
        .filter(|field| said.contains_id(&id_of(field)));
    for field in given {
        let values = said.get_many::<String>(&id_of(field)).into_iter().flatten();
        let one = from_text(
            std::slice::from_ref(field),
            values.map(|value| (field.name.as_str(), value.as_str())),
        );
        if let Value::Object(one) = one.map_err(|wrong| misfit(&wrong))? {
            fields.extend(one);
        }
    }
    Ok(Value::Object(fields))
}

fn read_input(file: &str) -> Outcome<Value> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin()
            .take(INPUT_BYTES_MAX)
            .read_to_string(&mut text),
        file => std::fs::File::open(file)
            .and_then(|file| file.take(INPUT_BYTES_MAX).read_to_string(&mut text)),
    };
    read.attempt(|| format!("read the fields in {file}"))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{file} is not JSON: {error}")))
}

async fn act(
    domain: &'static Description,
    action: &'static Action,
    said: &ArgMatches,
    screen: Screen,
) -> Outcome {
    let fields = action_fields(action, said)?;
    let json = action.with(fields.clone());
    let body = domain.action_from_json(&json).map_err(|wrong| {
        let inner = wrong
            .pointer
            .trim_start_matches('/')
            .strip_prefix(&action.name);
        misfit(&Misfit::at(
            inner.unwrap_or(&wrong.pointer),
            wrong.fault.clone(),
        ))
    })?;
    let node = Node::from_arg_matches(said).map_err(Failure::usage)?;
    let author = Author::from_arg_matches(said).map_err(Failure::usage)?;
    let hand = author.hand(node.client()?).await?;
    if said.get_flag(PREVIEW) {
        let told = match &hand.signer {
            Some(signer) => {
                let statement = signer.sign_with(|builder| builder.action(domain.name(), body))?;
                hand.client.try_out(&statement).await?
            }
            None => {
                hand.client
                    .preview(domain.name(), &action.name, &fields)
                    .await?
            }
        };
        let effects = told["results"][0]["effects"].clone();
        screen.result(|| would_do(&effects), || json!({"would_do": effects}));
        return Ok(());
    }
    let done = hand.act_on(domain.name(), body, json).await?;
    let statement = done
        .statements
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let took = done.took.as_millis();
    screen.result(
        || {
            format!(
                "Done: {}\nstatement {statement}, final in {took} ms",
                action.summary
            )
        },
        || json!({"statement": statement, "final_after_ms": took as u64}),
    );
    Ok(())
}

fn would_do(effects: &Value) -> String {
    let effects = effects.as_array().into_iter().flatten();
    let lines = effects.map(|effect| {
        format!(
            "{} would say {}\n",
            text(&effect["module"]),
            effect["event"]
        )
    });
    format!(
        "It would be accepted. Nothing was submitted.\n{}",
        lines.collect::<String>()
    )
}

async fn ask(
    domain: &Description,
    query: &'static Query,
    said: &ArgMatches,
    screen: Screen,
) -> Outcome {
    let fields = fields_of(&query.fields, said)?;
    // A wrong value is told by its option here, before a node is asked.
    drop(query.prepare(&fields).map_err(|wrong| misfit(&wrong))?);
    let node = Node::from_arg_matches(said).map_err(Failure::usage)?;
    let words: Vec<(&str, String)> = pairs(&fields);
    let pairs: Vec<(&str, &str)> = words
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer: Value = node
        .client()?
        .get(&["v1", "modules", domain.name(), query.name], &pairs)
        .await?;
    if let Some(next) = answer["next"].as_str() {
        screen.hint(format!("There are more: --cursor {next}"));
    }
    if let Some(folder) = files::folder(query, said) {
        return files::write(&answer, folder, screen);
    }
    screen.result(|| shown(query, &answer), || answer.clone());
    Ok(())
}

/// Fields as the words of a query; a list is its name again for each value.
fn pairs(fields: &Value) -> Vec<(&str, String)> {
    let fields = fields.as_object().into_iter().flatten();
    fields
        .flat_map(|(name, value)| {
            let values = match value {
                Value::Array(values) => values.iter().collect(),
                one => vec![one],
            };
            values
                .into_iter()
                .map(move |value| (name.as_str(), text(value)))
        })
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Rows as a table of what is short; everything else by name.
fn shown(query: &Query, answer: &Value) -> String {
    if files::are(query) {
        return files::shown(answer);
    }
    let rows = match query.shape {
        Shape::List { rows, .. } => rows,
        Shape::Timeline { entries } => entries,
        Shape::Record => return facts(answer, ""),
    };
    let entries: Vec<&Map<String, Value>> = answer[rows]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    let short = |value: &Value| !value.is_array() && !value.is_object() && !value.is_null();
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in entries
        .iter()
        .flat_map(|entry| entry.iter())
        .filter(|(_, value)| short(value))
    {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let lines = entries.iter().map(|entry| {
        let cell = |column: &&str| {
            entry
                .get(*column)
                .filter(|value| short(value))
                .map_or_else(String::new, text)
        };
        columns.iter().map(cell).collect()
    });
    let table = output::grid(
        columns.iter().map(|column| (*column).to_owned()).collect(),
        lines,
    );
    format!("{}\n{table}", facts(answer, rows))
}

fn facts(answer: &Value, without: &str) -> String {
    let fields = answer.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| *name != without && *name != "next");
    output::facts(fields.map(|(name, value)| (name.as_str(), text(value))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_modules::domain::fields::OPTIONS_TAKEN;
    use std::collections::BTreeSet;

    #[test]
    fn the_options_of_every_verb_are_those_that_fields_keep_clear_of() {
        let bare = Author::augment_args(Node::augment_args(Command::new("bare")));
        let own: BTreeSet<&str> = bare
            .get_arguments()
            .filter_map(|argument| argument.get_long())
            .collect();
        let more = ["help", "version", "json", INPUT, PREVIEW];
        let all: BTreeSet<&str> = own.into_iter().chain(more).collect();
        assert_eq!(all, OPTIONS_TAKEN.into_iter().collect());
    }

    fn said(words: &[&str]) -> (&'static Description, ArgMatches) {
        let line = ["convoy"].iter().chain(words);
        let matches = add(Command::new("convoy"))
            .try_get_matches_from(line)
            .unwrap();
        let (domain, inner) = named(&matches).unwrap();
        (domain, inner.clone())
    }

    fn action_said(words: &[&str]) -> Outcome<Value> {
        let (domain, inner) = said(words);
        let (verb, said) = inner.subcommand().unwrap();
        let name = verb.replace('-', "_");
        let action = domain
            .open_actions()
            .find(|action| action.name == name)
            .unwrap();
        action_fields(action, said)
    }

    #[test]
    fn the_example_of_every_action_can_be_typed() {
        for domain in domains() {
            for action in domain
                .open_actions()
                .filter(|action| !action.fields.is_empty())
            {
                let mut words = vec![domain.name().to_owned(), action.name.replace('_', "-")];
                for field in &action.fields {
                    let values = match (&action.example[&field.name], &field.kind) {
                        (Value::Null, _) => continue,
                        (Value::Array(list), Kind::List(_)) => list.clone(),
                        (one, _) => vec![one.clone()],
                    };
                    for value in values {
                        words.extend([format!("--{}", option_of(&field.name)), text(&value)]);
                    }
                }
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let fields =
                    action_said(&words).unwrap_or_else(|wrong| panic!("{words:?}: {wrong}"));
                assert_eq!(fields, action.example, "{words:?}");
            }
        }
    }

    #[test]
    fn every_verb_says_what_it_does() {
        for domain in domains() {
            let command = of_module(domain);
            for action in domain.open_actions() {
                let verb = command
                    .find_subcommand(action.name.replace('_', "-"))
                    .unwrap();
                let about = verb.get_about().unwrap().to_string();
                assert!(action.summary.starts_with(&about), "{about}");
            }
            for query in domain.queries() {
                let verb = command
                    .find_subcommand(query.name.replace('_', "-"))
                    .unwrap();
                for other in also_called(query.name) {
                    let same = command.find_subcommand(other).unwrap();
                    assert_eq!(same.get_name(), verb.get_name());
                }
                assert!(
                    query
                        .summary
                        .starts_with(&verb.get_about().unwrap().to_string())
                );
            }
        }
    }

    #[test]
    fn a_wrong_option_is_named() {
        let wrong = action_said(&[
            "custody",
            "close-case",
            "--case",
            "0f",
            "--finding",
            "gone",
            "--account",
            "x",
        ]);
        let wrong = wrong.unwrap_err();
        assert_eq!(wrong.kind, crate::failure::Kind::Usage);
        assert!(
            wrong.what.starts_with("--finding: ") && wrong.what.contains("written_off"),
            "{wrong}"
        );
        let missing =
            action_said(&["custody", "close-case", "--case", "0f", "--account", "x"]).unwrap_err();
        assert!(
            missing.what.starts_with("--finding: it is missing"),
            "{missing}"
        );
    }

    #[test]
    fn a_file_gives_the_fields_and_options_count_more() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            r#"{"to": "fra", "objects": ["urn:epc:id:sscc:9521101.0000000011"]}"#,
        )
        .unwrap();
        let path = file.path().to_str().unwrap();
        let fields =
            action_said(&["custody", "offer-handover", "--input", path, "--to", "ita"]).unwrap();
        assert_eq!(fields["to"], "ita");
        assert_eq!(fields["objects"][0], "urn:epc:id:sscc:9521101.0000000011");
    }
}
