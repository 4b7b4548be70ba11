//! Statements: handed in, followed, fetched with their proofs.

use crate::{
    answers::untold,
    app::App,
    audit,
    auth::Caller,
    cache,
    extract::{self, Query, Segment},
    problem::{Answer, Problem, ProblemBody, internal, rule},
    reading::{Reader, actions_of, denied, heard, look},
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use convoy_ledger::{Reject, reject};
use convoy_modules::{domain, policy::vocabulary::View};
use convoy_node::{Asker, DryRun, Status, proofs::ProofError};
use convoy_types::{
    MemberId, Statement, StatementId,
    cose::Algorithm,
    limits::{STATEMENT_BYTES_MAX, SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX},
    sequence,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

const COSE: &str = "application/cose";
const CBOR_SEQUENCE: &str = "application/cbor-seq";
/// The longest long poll, milliseconds.
pub(super) const WAIT_MS_MAX: u64 = 30_000;

/// What became of one statement of a submission.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Submitted {
    /// Admitted: it waits for a block.
    Admitted {
        /// The statement's id, by which it is followed.
        #[schema(value_type = String, example = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
        id: StatementId,
        /// `waiting`; with `dry_run` `valid`, and nothing was submitted.
        state: &'static str,
        /// With `dry_run`: what the statement would do, one entry for each event of a module.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        effects: Vec<Effect>,
    },
    /// Refused at once; nothing of it will happen.
    Refused {
        /// Why.
        problem: Box<ProblemBody>,
    },
}

/// One thing that a statement would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Effect {
    /// The module that would say so.
    #[schema(example = "custody")]
    pub module: String,
    /// What it would say.
    pub event: serde_json::Value,
}

/// The answer to a submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct Results {
    /// For each statement, in order.
    pub results: Vec<Submitted>,
}

/// A statement refused at once, in the short answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedAt {
    /// Its place in the submission, from 0.
    pub index: usize,
    /// Why.
    pub problem: Box<ProblemBody>,
}

/// The short answer to a submission, given for `Prefer: return=minimal` (RFC 7240).
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// How many were admitted.
    pub admitted: usize,
    /// Those that were not.
    pub refused: Vec<RefusedAt>,
}

/// What to do with a submission.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SubmitQuery {
    /// Check and execute on the present state, tell the effects, submit nothing.
    pub dry_run: bool,
}

/// Hand in signed statements.
///
/// The body is one statement (`application/cose`) or a CBOR sequence of up to 1,000 (`application/cbor-seq`, RFC 8742; 1.5 MB). Each is admitted or refused by
/// itself and answered in order. Admitted means: well formed, signed by a key that is valid now, next in its lane, and in this node's queue. Sending a
/// statement again is safe: its id tells it apart. `Prefer: return=minimal` asks for counts and refusals only, which is the fast path.
#[utoipa::path(
    post,
    path = "/v1/statements",
    operation_id = "submitStatements",
    tag = "statements",
    params(SubmitQuery),
    request_body(description = "One tagged COSE_Sign1 with empty unprotected header, or several one after another", content(
        (Vec<u8> = "application/cose"),
        (Vec<u8> = "application/cbor-seq"),
    )),
    responses(
        (status = 202, description = "Taken in; each result says whether its statement was admitted. With `Prefer: return=minimal` the body is `Counts`.", body = Results),
        (status = 400, description = "The body is not a statement, or not a CBOR sequence", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The sequence is taken", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn submit(
    State(app): State<App>,
    caller: Caller,
    reader: Reader,
    Query(query): Query<SubmitQuery>,
    request: Request,
) -> Answer<Response> {
    let (asker, headers) = (caller.token()?.asker(), request.headers().clone());
    let kind = extract::expect_type(&headers, &[COSE, CBOR_SEQUENCE])?;
    if kind == COSE {
        let body = extract::body(request, STATEMENT_BYTES_MAX).await?;
        return one(&app, &reader, asker, body, query.dry_run).await;
    }
    let body = extract::body(request, SUBMISSION_BYTES_MAX).await?;
    let statements = sequence::cut(&body, SUBMISSION_STATEMENTS_MAX).map_err(|error| {
        let detail = format!(
            "item {} of the sequence, at byte {}: {}; nothing was submitted",
            error.index, error.at, error.fault
        );
        Problem::new(reject::MALFORMED, detail)
    })?;
    if query.dry_run {
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            let tried = try_out(&app, &reader, statement).await;
            results.push(tried.unwrap_or_else(refused));
        }
        return Ok(taken_in(results));
    }
    let answers = hand_in(&app, &reader, asker, statements).await;
    Ok(answer_many(answers, prefers_minimal(&headers)))
}

/// Hands statements to the node and counts them; refusals in words that the reader may hear.
async fn hand_in(
    app: &App,
    reader: &Reader,
    asker: Asker,
    statements: Vec<Bytes>,
) -> Vec<Result<StatementId, Reject>> {
    let mut answers = app.node().submit(asker, statements.clone()).await;
    let mut refused = 0;
    for (answer, statement) in answers.iter_mut().zip(&statements) {
        if audit::may_administer(statement)
            && let Ok(statement) = Statement::decode(statement.clone())
        {
            let actions = actions_of(&statement);
            let refused = answer.as_ref().err();
            audit::administered(app, reader, statement.signer(), &actions, refused);
        }
        if let Err(reject) = answer {
            refused += 1;
            *reject = heard_as_signed(app, reader, statement, reject.clone()).await;
        }
    }
    app.metrics().submitted(statements.len(), refused);
    answers
}

/// A refusal of a signed statement in words that the reader may hear.
async fn heard_as_signed(app: &App, reader: &Reader, signed: &Bytes, reject: Reject) -> Reject {
    match Statement::decode(signed.clone()) {
        Ok(statement) => heard(app, reader, &actions_of(&statement), reject).await,
        Err(_) => reject,
    }
}

async fn one(
    app: &App,
    reader: &Reader,
    asker: Asker,
    statement: Bytes,
    dry_run: bool,
) -> Answer<Response> {
    let result = if dry_run {
        try_out(app, reader, statement).await?
    } else {
        let answer = hand_in(app, reader, asker, vec![statement]).await.pop();
        let id = answer
            .ok_or_else(|| internal("the node gave no answer for the statement", &"admission"))??;
        Submitted::waiting(id)
    };
    Ok(taken_in(vec![result]))
}

fn taken_in(results: Vec<Submitted>) -> Response {
    (StatusCode::ACCEPTED, Json(Results { results })).into_response()
}

impl Submitted {
    /// An admitted statement.
    pub fn waiting(id: StatementId) -> Self {
        Self::Admitted {
            id,
            state: "waiting",
            effects: Vec::new(),
        }
    }
}

fn refused(reject: Reject) -> Submitted {
    Submitted::Refused {
        problem: Box::new(Problem::from(reject).into_body()),
    }
}

fn answer_many(answers: Vec<Result<StatementId, Reject>>, minimal: bool) -> Response {
    let full = answers
        .iter()
        .any(|answer| matches!(answer, Err(reject) if reject.rule == reject::QUEUE_FULL));
    let mut response = if minimal {
        let admitted = answers.iter().filter(|answer| answer.is_ok()).count();
        let refused = answers
            .into_iter()
            .enumerate()
            .filter_map(|(index, answer)| {
                let problem = Box::new(Problem::from(answer.err()?).into_body());
                Some(RefusedAt { index, problem })
            });
        let counts = Counts {
            admitted,
            refused: refused.collect(),
        };
        let mut response = (StatusCode::ACCEPTED, Json(counts)).into_response();
        response.headers_mut().insert(
            "preference-applied",
            HeaderValue::from_static("return=minimal"),
        );
        response
    } else {
        let told = |answer: Result<_, _>| answer.map_or_else(refused, Submitted::waiting);
        taken_in(answers.into_iter().map(told).collect())
    };
    if full {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Whether the client prefers the short answer (RFC 7240).
fn prefers_minimal(headers: &HeaderMap) -> bool {
    let values = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().eq_ignore_ascii_case("return=minimal"))
}

/// Executes a statement on the present state and keeps nothing.
async fn try_out(app: &App, reader: &Reader, statement: Bytes) -> Result<Submitted, Reject> {
    match app.node().dry_run(statement.clone()).await {
        Ok(done) => Ok(would_do(app, reader, done).await),
        Err(reject) => Err(heard_as_signed(app, reader, &statement, reject).await),
    }
}

/// What a dry run found, as a result: the effects that the reader may see.
pub async fn would_do(app: &App, reader: &Reader, done: DryRun) -> Submitted {
    let events = done.events;
    let asked = look(app, reader, View::Record, move |seeing| {
        let mut effects = Vec::with_capacity(events.len());
        for event in &events {
            if seeing.would_see(event)? {
                effects.push(Effect {
                    module: event.module.to_owned(),
                    event: domain::tell(event.module, &event.body).event,
                });
            }
        }
        Ok(effects)
    });
    Submitted::Admitted {
        id: done.id,
        state: "valid",
        // Who may not read is told what becomes of it, and nothing of its effects.
        effects: asked
            .await
            .map_or_else(|_| Vec::new(), |(_, effects)| effects),
    }
}

/// Refuses a statement that the reader may not see, as though it were not there; says whether every reader may see it.
async fn in_sight(app: &App, reader: &Reader, id: &StatementId) -> Answer<bool> {
    let statement = app.node().statement(id).await.map_err(proof_problem)?;
    let asked = look(app, reader, View::Export, move |seeing| {
        let shown = seeing.statement(&statement)?;
        Ok((shown, seeing.is_clear(), seeing.why_not()?))
    });
    match asked.await? {
        (_, (true, clear, _)) => Ok(clear),
        (_, (false, _, Some(why))) => Err(denied(&why)),
        (_, (false, _, None)) => {
            let missing = format!("statement {id} is not on the ledger");
            Err(Problem::new(rule::NOT_FOUND, missing))
        }
    }
}

/// What became of a statement, as far as the reader may know: its signer always may, but for words about others' goods.
async fn status_for(
    app: &App,
    reader: &Reader,
    id: &StatementId,
    status: Status,
) -> Answer<Status> {
    let Status::Final { place, refused } = status else {
        return Ok(status);
    };
    let clear = look(app, reader, View::Record, |seeing| Ok(seeing.is_clear()));
    if clear.await?.1 {
        return Ok(Status::Final { place, refused });
    }
    let Ok(statement) = app.node().statement(id).await else {
        return Ok(Status::Final { place, refused });
    };
    let own = reader.signer.as_ref() == Some(statement.signer());
    let actions = actions_of(&statement);
    let asked = look(app, reader, View::Record, move |seeing| {
        seeing.statement(&statement)
    });
    let (_, shown) = asked.await?;
    if !shown && !own {
        return Ok(Status::Unknown);
    }
    let refused = match refused {
        Some(reject) => Some(heard(app, reader, &actions, reject).await),
        None => None,
    };
    Ok(Status::Final { place, refused })
}

/// What became of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusView {
    /// Which statement.
    #[schema(value_type = String)]
    pub id: StatementId,
    /// `waiting`: admitted, not final yet. `accepted`: final, with effect. `refused`: it has no effect, and `refusal` says why. `expired`: it can never execute now.
    /// `unknown`: this node was not given it, or forgot it in a restart before it was final.
    #[schema(example = "accepted")]
    pub state: &'static str,
    /// The height of its block, once it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Its place in the block, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The block's time, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// Its leaf in the statement log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_index: Option<u64>,
    /// Why it has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Box<ProblemBody>>,
}

impl StatusView {
    fn of(id: StatementId, status: Status) -> Self {
        let bare = |state| Self {
            id,
            state,
            height: None,
            index: None,
            time_ms: None,
            log_index: None,
            refusal: None,
        };
        let why = |reject: Reject| Some(Box::new(Problem::from(reject).into_body()));
        match status {
            Status::Unknown => bare("unknown"),
            Status::Waiting => bare("waiting"),
            Status::Failed(reject) => {
                let expired = [reject::EXPIRED, reject::DEADLINE_PASSED].contains(&reject.rule);
                Self {
                    refusal: why(reject),
                    ..bare(if expired { "expired" } else { "refused" })
                }
            }
            Status::Final { place, refused } => Self {
                height: Some(place.height),
                index: Some(place.index),
                time_ms: Some(place.time_ms),
                log_index: Some(place.leaf),
                ..match refused {
                    None => bare("accepted"),
                    Some(reject) => Self {
                        refusal: why(reject),
                        ..bare("refused")
                    },
                }
            },
        }
    }
}

/// How long to wait.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Wait up to this long for the statement to end, milliseconds, at most 30,000.
    #[param(maximum = 30000)]
    pub wait_ms: u64,
}

fn wait_of(wait_ms: u64) -> Answer<Duration> {
    if wait_ms > WAIT_MS_MAX {
        return Err(Problem::new(
            rule::BAD_QUERY,
            format!("wait_ms: {wait_ms} is more than {WAIT_MS_MAX}"),
        )
        .remedy("Wait shorter and ask again."));
    }
    Ok(Duration::from_millis(wait_ms))
}

/// What became of a statement.
///
/// With `wait_ms` the answer comes when the statement has ended, or with its present state after that time. A statement in a final block never changes its state.
/// A node whose answers are behind its final blocks does not say `unknown`: it answers 503 `not-ready`.
#[utoipa::path(get, path = "/v1/statements/{id}", operation_id = "getStatement", tag = "statements",
    params(("id" = String, Path, description = "The statement's id, 64 hexadecimal digits"), WaitQuery),
    responses((status = 200, body = StatusView)))]
pub async fn status(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
    Query(query): Query<WaitQuery>,
) -> Answer<Response> {
    let id: StatementId = segment.parse()?;
    let wait = wait_of(query.wait_ms)?;
    let status = if wait.is_zero() {
        app.node().status(&id).await
    } else {
        app.node().wait_final(&id, wait).await
    };
    let status = status.map_err(|why| untold(&app, why))?;
    let status = status_for(&app, &reader, &id, status).await?;
    // A refusal may be told in other words to another reader.
    let on_ledger = matches!(status, Status::Final { refused: None, .. });
    let view = StatusView::of(id, status);
    if on_ledger {
        return Ok(cache::immutable(
            &headers,
            &format!("{id}.{}", view.state),
            Json(view),
        ));
    }
    Ok(Json(view).into_response())
}

/// A stage of a statement's life and when it was passed.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageView {
    /// `submit`, `admit`, `propose` (a validator put it into a block; the block's time), `verify` (executed here before the vote), `commit` (final and
    /// durable here), `project` (queries answer with it), `prove` (there is a receipt).
    #[schema(example = "commit")]
    pub stage: &'static str,
    /// When, milliseconds since 1970 by this node's clock.
    pub time_ms: u64,
}

/// A statement's life as one node saw it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifeView {
    /// Its state now.
    #[serde(flatten)]
    pub status: StatusView,
    /// The stages it has passed, in order. Those before the block are known at the node that it was submitted to, the others for the last few
    /// thousand blocks, and none from before the node's start.
    pub stages: Vec<StageView>,
}

/// When a statement passed the stages of its life.
///
/// As this node saw them. Nothing depends on these times; for what the network agreed on, see the block's time.
#[utoipa::path(get, path = "/v1/statements/{id}/life", operation_id = "getStatementLife", tag = "statements",
    params(("id" = String, Path, description = "The statement's id, 64 hexadecimal digits")),
    responses((status = 200, body = LifeView)))]
pub async fn life(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
) -> Answer<Json<LifeView>> {
    let id: StatementId = segment.parse()?;
    let life = app.node().life(&id).await;
    let (status, mut passed) = life.map_err(|why| untold(&app, why))?;
    let status = status_for(&app, &reader, &id, status).await?;
    if matches!(status, Status::Unknown) {
        passed.clear();
    }
    let stages = passed.into_iter().map(|passed| StageView {
        stage: passed.stage.word(),
        time_ms: passed.time_ms,
    });
    Ok(Json(LifeView {
        status: StatusView::of(id, status),
        stages: stages.collect(),
    }))
}

/// A final statement as it was signed.
#[utoipa::path(get, path = "/v1/statements/{id}/body", operation_id = "getStatementBody", tag = "statements",
    params(("id" = String, Path, description = "The statement's id")),
    responses((status = 200, description = "The tagged COSE_Sign1", body = Vec<u8>, content_type = "application/cose")))]
pub async fn body(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
) -> Answer<Response> {
    extract::accepts(&headers, &[COSE])?;
    let id: StatementId = segment.parse()?;
    let clear = in_sight(&app, &reader, &id).await?;
    let statement = app.node().statement(&id).await.map_err(proof_problem)?;
    Ok(cache::for_all(
        clear,
        &headers,
        &id.to_string(),
        cose(statement.bytes().clone()),
    ))
}

/// Which receipts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TransparentQuery {
    /// Members whose receipts are wanted, with commas between; every member's where left out.
    #[param(example = "est,fra")]
    pub members: Option<String>,
    /// `ed25519`, `ml-dsa-65` or both with a comma between; both where left out. Third-party SCITT tools read Ed25519.
    #[param(example = "ed25519")]
    pub algorithms: Option<String>,
    /// Wait up to this long until the statement is final and the receipts are made, milliseconds, at most 30,000.
    #[param(maximum = 30000)]
    pub wait_ms: u64,
}

/// A transparent statement (RFC 9943): the statement with members' receipts (RFC 9942) at header 394.
///
/// It proves that the statement was accepted, and verifies with no network in any SCITT tool.
#[utoipa::path(get, path = "/v1/statements/{id}/transparent", operation_id = "getTransparentStatement", tag = "statements",
    params(("id" = String, Path, description = "The statement's id"), TransparentQuery),
    responses(
        (status = 200, description = "The statement with receipts", body = Vec<u8>, content_type = "application/cose"),
        (status = 409, description = "Not final yet, or a member has not signed beyond it yet: ask again", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn transparent(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
    Query(query): Query<TransparentQuery>,
) -> Answer<Response> {
    extract::accepts(&headers, &[COSE])?;
    let id: StatementId = segment.parse()?;
    let members = query.members.as_deref().map(members_of).transpose()?;
    let algorithms = algorithms_of(query.algorithms.as_deref())?;
    let mut heads = app.node().tree_heads().changes();
    let deadline = Instant::now() + wait_of(query.wait_ms)?;
    await_final(&app, &id, deadline).await;
    in_sight(&app, &reader, &id).await?;
    let proof = loop {
        heads.borrow_and_update();
        match app
            .node()
            .transparent(&id, members.as_deref(), &algorithms)
            .await
        {
            Err(ProofError::NotYet(_))
                if tokio::time::timeout_at(deadline, heads.changed())
                    .await
                    .is_ok_and(|changed| changed.is_ok()) => {}
            proof => break proof.map_err(proof_problem)?,
        }
    };
    Ok(cose(proof.into()).into_response())
}

/// A statement with its compact receipt: path, header and certificate, small enough for a QR code.
#[utoipa::path(get, path = "/v1/statements/{id}/compact", operation_id = "getCompactReceipt", tag = "statements",
    params(("id" = String, Path, description = "The statement's id"), WaitQuery),
    responses(
        (status = 200, description = "The statement with its compact receipt", body = Vec<u8>, content_type = "application/cose"),
        (status = 409, description = "Not final yet: ask again", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn compact(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
    Query(query): Query<WaitQuery>,
) -> Answer<Response> {
    extract::accepts(&headers, &[COSE])?;
    let id: StatementId = segment.parse()?;
    let deadline = Instant::now() + wait_of(query.wait_ms)?;
    let mut tips = app.node().tips();
    await_final(&app, &id, deadline).await;
    in_sight(&app, &reader, &id).await?;
    let proof = loop {
        tips.borrow_and_update();
        match app.node().compact(&id).await {
            Err(ProofError::NotYet(_))
                if tokio::time::timeout_at(deadline, tips.changed())
                    .await
                    .is_ok_and(|changed| changed.is_ok()) => {}
            proof => break proof.map_err(proof_problem)?,
        }
    };
    Ok(cose(proof.into()).into_response())
}

async fn await_final(app: &App, id: &StatementId, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    if !left.is_zero() {
        let _ = app.node().wait_final(id, left).await;
    }
}

fn cose(bytes: Bytes) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "application/cose; cose-type=\"cose-sign1\"",
        )],
        bytes,
    )
}

fn members_of(list: &str) -> Answer<Vec<MemberId>> {
    let member = |name: &str| {
        name.trim()
            .parse()
            .map_err(|error| Problem::new(rule::BAD_QUERY, format!("members: {error}")))
    };
    list.split(',').map(member).collect()
}

fn algorithms_of(list: Option<&str>) -> Answer<Vec<Algorithm>> {
    let Some(list) = list else {
        return Ok(vec![Algorithm::Ed25519, Algorithm::MlDsa65]);
    };
    let known = [Algorithm::Ed25519, Algorithm::MlDsa65];
    let algorithm = |name: &str| {
        let found = known
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| {
            let detail = format!(
                "algorithms: no receipts are signed with `{}`",
                extract::cut(name)
            );
            Problem::new(rule::BAD_QUERY, detail).remedy("Ask for ed25519, ml-dsa-65 or both.")
        })
    };
    list.split(',').map(algorithm).collect()
}

/// Why a proof cannot be given, as a problem.
pub fn proof_problem(error: ProofError) -> Problem {
    match error {
        ProofError::NotYet(reason) => Problem::new(rule::NOT_YET, reason)
            .header(header::RETRY_AFTER, HeaderValue::from_static("1")),
        ProofError::NotHeld(reason) => Problem::new(rule::NOT_FOUND, reason),
        ProofError::Failed(reason) => internal("the proof could not be made", &reason),
    }
}
