//! The routes of the domain modules, made from their descriptions: one for each action, one for each question, one for the module's schema.
//!
//! Flow: [`routes`] mounts every module of the registry and describes each route from the module's own types, so that a new module has
//! typed routes, OpenAPI and rows in the access table without a line here.
//!
//! Invariants: nothing here knows a module by name; a fault of a body or query is pointed at by the field's name; `preview` submits nothing.

use crate::{
    answers,
    app::App,
    auth::Caller,
    extract::{self, Query as QueryOf},
    problem::{Answer, Problem, ProblemBody, internal, rule},
    reading::Reader,
    routes::{
        actions::{shape_of, sign},
        statements::Results,
    },
};
use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, Uri},
    routing::{MethodRouter, get, post},
};
use convoy_ledger::reject;
use convoy_modules::{
    Description, Misfit,
    domain::{
        Action, Query, Shape,
        fields::{self, Field},
        schema::ModuleSchema,
    },
    domains,
    policy::vocabulary::View,
};
use convoy_node::SignOptions;
use convoy_types::limits::{LANES_MAX, STATEMENT_BYTES_MAX};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        AllOfBuilder, Content, ContentBuilder, HttpMethod, KnownFormat, ObjectBuilder, Paths, Ref,
        RefOr, Required, ResponseBuilder, Schema, SchemaFormat, Type,
        path::{OperationBuilder, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBodyBuilder,
    },
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// Where an action is asked for.
pub fn action_path(module: &str, action: &str) -> String {
    format!("/v1/modules/{module}/actions/{action}")
}

/// Where a question is asked.
pub fn query_path(module: &str, query: &str) -> String {
    format!("/v1/modules/{module}/{query}")
}

/// Where a module's schema is.
pub fn schema_path(module: &str) -> String {
    format!("/v1/modules/{module}/schema")
}

/// How an action is signed and submitted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActQuery {
    /// Check and execute on the present state, tell the effects or the refusal, submit nothing.
    pub preview: bool,
    /// The signer's lane, 0 to 63.
    #[param(maximum = 63)]
    pub lane: u8,
    /// The block time past which it can never execute, milliseconds since 1970; the node's choice where left out.
    pub not_after_ms: Option<u64>,
    /// What the statement is about, such as an object's identifier; shown on its receipts.
    pub subject: Option<String>,
}

/// Every module's routes with their descriptions.
pub fn routes() -> OpenApiRouter<App> {
    let all = domains().iter().flat_map(|domain| {
        let actions = domain
            .open_actions()
            .map(move |action| of_action(domain, action));
        let queries = domain
            .queries()
            .iter()
            .map(move |query| of_query(domain, query));
        actions.chain(queries).chain([of_schema(domain)])
    });
    all.fold(OpenApiRouter::new(), OpenApiRouter::routes)
}

fn of_action(domain: &'static Description, action: &'static Action) -> UtoipaMethodRouter<App> {
    let handler = post(
        move |State(app): State<App>,
              caller: Caller,
              reader: Reader,
              QueryOf(query): QueryOf<ActQuery>,
              request: Request| async move {
            act(&app, domain, action, (&caller, &reader), query, request).await
        },
    );
    let body = ContentBuilder::new()
        .schema(Some(action.schema.clone()))
        .example(Some(action.example.clone()))
        .build();
    let who = match action.roles[..] {
        [] => "Any active signer may; the module says more.".to_owned(),
        _ => format!(
            "The signer needs one of the roles `{}`.",
            action.roles.join("`, `")
        ),
    };
    let more = if action.more.is_empty() {
        String::new()
    } else {
        format!("{}\n\n", action.more)
    };
    let problem = |description: &str| {
        let content = Content::new(Some(Ref::from_schema_name(ProblemBody::name())));
        ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", content)
    };
    let operation = OperationBuilder::new()
        .operation_id(Some(operation_id(domain.name(), &action.name)))
        .tag(domain.name())
        .summary(Some(action.summary.clone()))
        .description(Some(format!(
            "{more}{who} The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing."
        )))
        .parameters(Some(ActQuery::into_params(|| Some(ParameterIn::Query))))
        .request_body(Some(
            RequestBodyBuilder::new()
                .required(Some(Required::True))
                .content("application/json", body)
                .build(),
        ))
        .response("202", json_response("Signed and admitted, or what it would do", Ref::from_schema_name(Results::name())))
        .response("400", problem("The pointer names the wrong field"))
        .response("409", problem("The ledger has it already"));
    described(
        domain,
        HttpMethod::Post,
        action_path(domain.name(), &action.name),
        operation,
        handler,
    )
}

fn of_query(domain: &'static Description, query: &'static Query) -> UtoipaMethodRouter<App> {
    let handler = get(
        move |State(app): State<App>, reader: Reader, uri: Uri| async move {
            ask(&app, &reader, domain, query, &uri).await
        },
    );
    let height = ObjectBuilder::new()
        .property(
            "height",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                .minimum(Some(0))
                .description(Some(
                    "Every block up to this one is in the answer, and nothing later.",
                )),
        )
        .required("height");
    let answer = AllOfBuilder::new()
        .item(height)
        .item(query.answer().clone());
    let operation = OperationBuilder::new()
        .operation_id(Some(operation_id(domain.name(), query.name)))
        .tag(domain.name())
        .summary(Some(query.summary))
        .parameters(Some(query.fields.iter().map(parameter)))
        .response("200", json_response("The answer", Schema::from(answer)));
    described(
        domain,
        HttpMethod::Get,
        query_path(domain.name(), query.name),
        operation,
        handler,
    )
}

fn of_schema(domain: &'static Description) -> UtoipaMethodRouter<App> {
    let handler = get(move || async move { Json(domain.schema()) });
    let operation = OperationBuilder::new()
        .operation_id(Some(operation_id(domain.name(), "schema")))
        .tag(domain.name())
        .summary(Some(format!(
            "The module {} as data: what a generic page or program needs.",
            domain.name()
        )))
        .response(
            "200",
            json_response("The module", Ref::from_schema_name(ModuleSchema::name())),
        );
    let (mut schemas, paths, handler) = described(
        domain,
        HttpMethod::Get,
        schema_path(domain.name()),
        operation,
        handler,
    );
    schemas.push((ModuleSchema::name().into_owned(), ModuleSchema::schema()));
    ModuleSchema::schemas(&mut schemas);
    (schemas, paths, handler)
}

fn described(
    domain: &Description,
    method: HttpMethod,
    path: String,
    operation: OperationBuilder,
    handler: MethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    let mut paths = Paths::new();
    paths
        .paths
        .insert(path, PathItem::new(method, operation.build()));
    let components = domain.components().iter();
    let components = components.map(|(name, schema)| (name.clone(), schema.clone()));
    (components.collect(), paths, handler)
}

fn json_response(description: &str, schema: impl Into<RefOr<Schema>>) -> utoipa::openapi::Response {
    ResponseBuilder::new()
        .description(description)
        .content("application/json", Content::new(Some(schema)))
        .build()
}

fn parameter(field: &Field) -> utoipa::openapi::path::Parameter {
    let schema: Option<RefOr<Schema>> = serde_json::from_value(field.schema.clone()).ok();
    let mut parameter = ParameterBuilder::new()
        .name(&field.name)
        .parameter_in(ParameterIn::Query)
        .description(Some(&field.description))
        .required(if field.required {
            Required::True
        } else {
            Required::False
        })
        .schema(schema);
    if let Some(example) = &field.example {
        parameter = parameter.example(Some(example.clone()));
    }
    parameter.build()
}

/// `custody`, `offer_handover` → `custodyOfferHandover`.
fn operation_id(module: &str, name: &str) -> String {
    let words = format!("{module}_{name}");
    let mut upper = false;
    words
        .chars()
        .filter_map(|letter| {
            let shown = if upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            };
            upper = letter == '_';
            (letter != '_').then_some(shown)
        })
        .collect()
}

async fn act(
    app: &App,
    domain: &Description,
    action: &Action,
    (caller, reader): (&Caller, &Reader),
    query: ActQuery,
    request: Request,
) -> Answer<(StatusCode, Json<Results>)> {
    let signer = caller.signer()?.clone();
    if query.lane >= LANES_MAX {
        let detail = format!("lane: {} is not one of 0 to {}", query.lane, LANES_MAX - 1);
        return Err(Problem::new(rule::BAD_QUERY, detail));
    }
    // Text takes about twice the room of its CBOR.
    let fields: Value = extract::json(request, 2 * STATEMENT_BYTES_MAX).await?;
    if !fields.is_object() {
        let problem = Problem::new(
            rule::BAD_BODY,
            format!("the body is {}, not an object", shape_of(&fields)),
        );
        return Err(problem.at("").remedy(format!(
            "Send the action's fields, such as {}.",
            action.example
        )));
    }
    let body = domain
        .action_from_json(&action.with(fields))
        .map_err(|wrong| misfit(&action.name, &wrong))?;
    let options = SignOptions {
        lane: query.lane,
        not_after_ms: query.not_after_ms,
        subject: query.subject,
    };
    let actions = vec![(domain.name().to_owned(), body)];
    let result = sign(app, reader, &signer, actions, options, query.preview)
        .await
        .map_err(Problem::from)?;
    Ok((
        StatusCode::ACCEPTED,
        Json(Results {
            results: vec![result],
        }),
    ))
}

/// A fault of an action's fields; the pointer begins at the fields.
fn misfit(action: &str, wrong: &Misfit) -> Problem {
    let inner = wrong
        .pointer
        .strip_prefix('/')
        .and_then(|rest| rest.strip_prefix(action));
    let pointer = inner.unwrap_or(&wrong.pointer).to_owned();
    Problem::new(reject::MALFORMED_ACTION, wrong.fault.clone()).at(pointer)
}

async fn ask(
    app: &App,
    reader: &Reader,
    domain: &Description,
    query: &Query,
    uri: &Uri,
) -> Answer<Json<Value>> {
    let wrong = |wrong: &Misfit| Problem::new(rule::BAD_QUERY, wrong.to_string());
    let said: Vec<(String, String)> = extract::query(uri)?;
    let pairs = said
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let parameters = fields::from_text(&query.fields, pairs).map_err(|fault| wrong(&fault))?;
    let question = query.prepare(&parameters).map_err(|fault| wrong(&fault))?;
    let what = || {
        format!(
            "{} of module {} with {}",
            query.name,
            domain.name(),
            extract::cut(&parameters.to_string())
        )
    };
    let view = match query.shape {
        Shape::List { .. } => View::List,
        Shape::Record | Shape::Timeline { .. } => View::Record,
    };
    let found = answers::find(app, reader, view, what, question).await?;
    let Value::Object(answer) = found.answer else {
        return Err(internal("the answer could not be shaped", &query.name));
    };
    let mut shown = Map::new();
    shown.insert("height".to_owned(), found.height.into());
    shown.extend(answer);
    Ok(Json(Value::Object(shown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_ids_are_in_camel_case() {
        assert_eq!(
            operation_id("custody", "offer_handover"),
            "custodyOfferHandover"
        );
        assert_eq!(operation_id("fuel_card", "cards"), "fuelCardCards");
    }

    #[test]
    fn a_pointer_begins_at_the_fields() {
        let problem = misfit("offer_handover", &Misfit::at("/offer_handover/to", "no"));
        assert_eq!(problem.body().pointer.as_deref(), Some("/to"));
        assert_eq!(problem.body().code, reject::MALFORMED_ACTION.number);
    }
}
