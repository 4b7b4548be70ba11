//! EPCIS 2.0 capture (section 12.6): documents in, one statement for up to 500 events, a job that tells what became of them.
//!
//! Flow: read and plan the document off the request threads → have the node sign each part for the token's signer and submit it → answer 202
//! with the job → follow the statements to their end in a task.
//!
//! `rollback` (the default): all of the document or nothing, so it must fit one statement. `proceed`: an event that is wrong or refused is
//! taken out and told, and the rest of its part is signed again. A large document goes in as fast as there is room for it: a few parts are under way, the
//! others are read from it when their turn comes.

use super::capture_run::{Run, rest_of};
use crate::{
    answers::untold,
    app::{App, now, now_ms},
    auth::Caller,
    capture_jobs::CaptureJob,
    capture_plan::{
        self, Errors, Form, Layout, PART_BYTES_MAX, PART_EVENTS_MAX, PARTS_FIRST, Part, Plan,
    },
    edge,
    extract::{self, Segment},
    places::Place,
    problem::{Answer, DocumentError, Problem, ProblemBody, internal, rule},
    reading::{Reader, heard, heard_of, look},
    spool::{self, Document},
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use convoy_ledger::Reject;
use convoy_modules::{custody, policy::vocabulary::View};
use convoy_node::{SignOptions, Status};
use convoy_types::{
    Did, StatementId,
    epcis::json,
    limits::{STREAM_BYTES_MAX, STREAM_EVENTS_MAX, SUBMISSION_BYTES_MAX},
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// What the parts of a plan take, bytes.
const PARTS_BYTES: u32 = (PARTS_FIRST * PART_BYTES_MAX) as u32;
/// One wait for a statement; the node ends every statement by its deadline.
const FOLLOW: Duration = Duration::from_secs(30);
/// The pause before a statement is asked for again of which nothing can be told yet.
const UNTOLD_PAUSE: Duration = Duration::from_secs(1);
const BEHAVIOUR: HeaderName = HeaderName::from_static("gs1-capture-error-behaviour");

/// Versions and limits that EPCIS clients ask for (EPCIS 2.0 section 12.5).
pub fn versions() -> [(HeaderName, HeaderValue); 4] {
    let name = HeaderName::from_static;
    [
        (name("gs1-epcis-version"), HeaderValue::from_static("2.0.0")),
        (name("gs1-cbv-version"), HeaderValue::from_static("2.0.0")),
        (
            name("gs1-epcis-capture-limit"),
            HeaderValue::from(STREAM_EVENTS_MAX as u64),
        ),
        (
            name("gs1-epcis-capture-file-size-limit"),
            HeaderValue::from(STREAM_BYTES_MAX as u64),
        ),
    ]
}

/// What happens to a document of which an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnError {
    Rollback,
    Proceed,
}

impl OnError {
    fn of(headers: &HeaderMap) -> Answer<Self> {
        match headers.get(BEHAVIOUR).map(HeaderValue::as_bytes) {
            None | Some(b"rollback") => Ok(Self::Rollback),
            Some(b"proceed") => Ok(Self::Proceed),
            Some(_) => {
                let problem = Problem::new(
                    rule::BAD_REQUEST,
                    "the header GS1-Capture-Error-Behaviour has an unknown value",
                );
                Err(problem.remedy("Write rollback or proceed, or leave the header out (EPCIS 2.0 section 12.6.1)."))
            }
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Proceed => "proceed",
        }
    }
}

/// Capture an EPCIS document.
///
/// The body is an `EPCISDocument` with events of all five types, at most 64 MiB and 250,000 events, in JSON-LD (EPCIS 2.0; also a single event) or XML (EPCIS
/// 2.0 and 1.0 to 1.2). The node signs for the token's signer. Wrong events answer 400 with `errors`: for each a JSON pointer or XPath, the rule and the
/// remedy. An event that the ledger has already answers 409.
///
/// With `GS1-Capture-Error-Behaviour: rollback` (the default) all events go into one statement, so at most 500; with `proceed` they are split, and events that
/// are wrong or refused are left out and told in the job, the first 10,000 of them.
///
/// Of a document that is split into more than 8 statements the rest is signed behind the answer. Where the node stops meanwhile, that rest is not captured: the job
/// tells after the restart from which event on (`rule`: `node stopped`). Ask which of these are on the ledger (`EQ_eventID`) and capture the others again.
#[utoipa::path(
    post,
    path = "/v1/epcis/capture",
    operation_id = "captureEpcis",
    tag = "goods",
    params(("GS1-Capture-Error-Behaviour" = Option<String>, Header, description = "`rollback` (default) or `proceed`")),
    request_body(description = "EPCIS 2.0 in JSON-LD, or EPCIS 2.0 or 1.x in XML", content((Object = "application/ld+json"), (Object = "application/json"), (String = "application/xml"))),
    responses(
        (status = 202, description = "Taken in; `Location` names the job", body = CaptureJob, headers(("Location" = String, description = "The job"))),
        (status = 400, description = "Broken rules of EPCIS, listed in `errors`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The ledger has an event of the document already", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn capture(State(app): State<App>, caller: Caller, request: Request) -> Answer<Response> {
    let signer = caller.signer()?.clone();
    let on_error = OnError::of(request.headers())?;
    let form = form_of(request.headers())?;
    let document = spool::body(request, STREAM_BYTES_MAX, &app.node().config().data).await?;
    // The parts of a large document take more memory than was held of its body.
    let _parts = match &document {
        Document::Held(_) => None,
        Document::Spooled(_) => Some(edge::room(&app, PARTS_BYTES).await?),
    };
    let place = match (&document, on_error) {
        (Document::Spooled(_), OnError::Proceed) => Some(document_place(&app, &signer)?),
        _ => None,
    };
    let planned =
        tokio::task::spawn_blocking(move || (Plan::read(&document, form), document)).await;
    let (plan, document) =
        planned.map_err(|error| internal("the document could not be read", &error))?;
    let plan = plan.map_err(bad_document)?;
    let job = match on_error {
        OnError::Rollback => whole(&app, &signer, plan).await?,
        OnError::Proceed => in_parts(&app, &signer, plan, (document, form, place)).await?,
    };
    app.captures().own(&job.capture_id, &signer);
    let location = HeaderValue::from_str(&format!("/v1/epcis/capture/{}", job.capture_id));
    let mut response = (StatusCode::ACCEPTED, Json(job)).into_response();
    response.headers_mut().extend(versions());
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The form of a document, from its `Content-Type`.
fn form_of(headers: &HeaderMap) -> Answer<Form> {
    const XML: [&str; 2] = ["application/xml", "text/xml"];
    if XML.contains(&extract::media_type(headers).as_str()) {
        return Ok(Form::Xml);
    }
    let taken = ["application/ld+json", "application/json", XML[0], XML[1]];
    extract::expect_type(headers, &taken).map(|_| Form::Json)
}

/// Captures one event and waits until it is final: its id and its job.
pub(super) async fn one(
    app: &App,
    signer: &Did,
    request: Request,
) -> Answer<(convoy_types::epcis::EventId, CaptureJob)> {
    extract::expect_type(
        request.headers(),
        &["application/ld+json", "application/json"],
    )?;
    let document = extract::body(request, SUBMISSION_BYTES_MAX).await?;
    let (plan, id) = tokio::task::spawn_blocking(move || {
        let plan = Plan::read(&Document::Held(document.clone()), Form::Json)?;
        let events =
            json::parse_document(&document).map_or_else(|_| Vec::new(), |read| read.events);
        let id = events.first().map(|event| {
            let made = || custody::queries::epcis::made_id(event);
            event.id.clone().unwrap_or_else(made)
        });
        Ok::<_, Vec<DocumentError>>((plan, id))
    })
    .await
    .map_err(|error| internal("the document could not be read", &error))?
    .map_err(bad_document)?;
    if plan.events != 1 {
        let detail = format!(
            "the document has {} events and this route takes one",
            plan.events
        );
        return Err(Problem::new(rule::BAD_DOCUMENT, detail)
            .remedy("Send several events to /v1/epcis/capture."));
    }
    let job = whole(app, signer, plan).await?;
    app.captures().own(&job.capture_id, signer);
    for statement in &job.statements {
        if let Some(reject) = ended(app, statement).await {
            return Err(Problem::from(reject));
        }
    }
    let missing = || {
        internal(
            "the event has no id",
            &"it was captured and cannot be read again",
        )
    };
    Ok((id.ok_or_else(missing)?, finished(job)))
}

/// A capture job.
///
/// Jobs are kept in memory, the newest 1,000. One that the node has forgotten is told from its statement on the ledger, where it had only one. That of a large document
/// whose capture a stop of the node interrupted is told after the restart, with where it stopped.
#[utoipa::path(get, path = "/v1/epcis/capture/{job}", operation_id = "getCaptureJob", tag = "goods",
    params(("job" = String, Path, description = "The job's `captureID`")),
    responses((status = 200, body = CaptureJob)))]
pub async fn job(State(app): State<App>, reader: Reader, segment: Segment) -> Answer<Response> {
    let known = app.captures().get(&segment.0);
    let job = match (known, segment.0.parse::<StatementId>()) {
        (Some(job), _) => Some(job),
        (None, Ok(id)) => of_statement(&app, id).await?,
        (None, Err(_)) => None,
    };
    let job = match job {
        Some(job) => job_for(&app, &reader, job).await?,
        None => None,
    };
    let missing = || {
        Problem::new(
            rule::NOT_FOUND,
            format!(
                "no capture job `{}` is remembered",
                extract::cut(&segment.0)
            ),
        )
    };
    let mut response = Json(job.ok_or_else(missing)?).into_response();
    response.headers_mut().extend(versions());
    Ok(response)
}

/// The job, where the reader may see it: its own, or one of which nothing is kept from the reader.
pub(super) async fn job_for(
    app: &App,
    reader: &Reader,
    job: CaptureJob,
) -> Answer<Option<CaptureJob>> {
    let owner = app.captures().owner(&job.capture_id);
    let own = owner.is_some() && owner == reader.signer;
    let mut statements = Vec::with_capacity(job.statements.len());
    if !own {
        for id in &job.statements {
            statements.extend(app.node().statement(id).await);
        }
    }
    // What was refused is told in words for its owner.
    let open = job.errors.is_empty();
    let asked = look(app, reader, View::Record, move |seeing| {
        for statement in &statements {
            if !seeing.statement(statement)? {
                return Ok(false);
            }
        }
        Ok(own || open || seeing.is_clear())
    });
    let (_, shown) = asked.await?;
    Ok(shown.then_some(job))
}

/// All events in one statement, or nothing.
async fn whole(app: &App, signer: &Did, mut plan: Plan) -> Answer<CaptureJob> {
    if plan.errors.count() > 0 {
        return Err(bad_document(plan.errors));
    }
    if plan.parts.len() > 1 {
        let detail = format!(
            "the document has {} events; with rollback they go into one statement, which holds {PART_EVENTS_MAX} events and {PART_BYTES_MAX} bytes",
            plan.events
        );
        let remedy = "Split the document, or send the header GS1-Capture-Error-Behaviour: proceed.";
        return Err(Problem::new(rule::UNSATISFIED, detail).remedy(remedy));
    }
    let Some(part) = plan.parts.pop_front() else {
        let problem = Problem::new(rule::BAD_DOCUMENT, "the document has no events")
            .at("/epcisBody/eventList");
        return Err(problem.remedy("Send at least one event."));
    };
    let id = sign(app, signer, &part)
        .await
        .map_err(|reject| refused(&part, plan.layout, reject))?;
    let job = new_job(id.to_string(), OnError::Rollback, vec![id], Vec::new());
    app.captures().put(job.clone());
    tokio::spawn(follow_whole(app.clone(), job.clone(), part, plan.layout));
    Ok(job)
}

/// The refusal of a whole document, with the event that is to blame.
fn refused(part: &Part, layout: Layout, reject: Reject) -> Problem {
    let place = reject
        .action
        .and_then(|action| part.places.get(action as usize));
    let errors = place.map(|place| capture_plan::refusal(layout.pointer(*place), &reject));
    let pointer = errors.as_ref().map(|error| error.pointer.clone());
    let problem = Problem::from(reject).errors(errors.into_iter().collect());
    match pointer {
        Some(pointer) => problem.at(pointer),
        None => problem,
    }
}

async fn follow_whole(app: App, mut job: CaptureJob, part: Part, layout: Layout) {
    for id in job.statements.clone() {
        if let Some(reject) = ended(&app, &id).await {
            let place = reject
                .action
                .and_then(|action| part.places.get(action as usize))
                .copied();
            let pointer = place.map_or_else(String::new, |place| layout.pointer(place));
            job.errors.push(capture_plan::refusal(pointer, &reject));
        }
    }
    close(&app, job);
}

/// Each part in a statement of its own; events that are refused are taken out and told.
async fn in_parts(
    app: &App,
    signer: &Did,
    plan: Plan,
    (document, form, place): (Document, Form, Option<Place>),
) -> Answer<CaptureJob> {
    let place = match (place, plan.rest) {
        (None, Some(_)) => Some(document_place(app, signer)?),
        (place, _) => place,
    };
    let mut run = Run::new(
        app,
        signer,
        (plan.layout, plan.errors),
        (plan.rest, plan.events),
    );
    for (number, part) in plan.parts.into_iter().enumerate() {
        if let Err(reject) = run.submit(part, number > 0).await {
            // Nothing is in yet and trying again can help: let the client do it.
            if number == 0 && reject.rule.retryable {
                return Err(Problem::from(reject));
            }
        }
    }
    let name = match (run.statements.as_slice(), plan.rest) {
        ([], _) => made_name(),
        ([only], None) => only.to_string(),
        ([first, ..], _) => format!("{first}-{}", plan.events),
    };
    let job = new_job(
        name,
        OnError::Proceed,
        run.statements.clone(),
        run.errors.clone().into_list(),
    );
    if run.statements.is_empty() && plan.rest.is_none() {
        let job = finished(job);
        app.captures().put(job.clone());
        return Ok(job);
    }
    app.captures().put(job.clone());
    if plan.rest.is_some() {
        run.write_down(job.clone(), false).await;
    }
    let rest = plan.rest.map(|from| rest_of(document, form, from));
    let told = job.clone();
    tokio::spawn(async move {
        let _place = place;
        run.follow(told, rest).await;
    });
    Ok(job)
}

/// A place among the documents whose rest is read behind their answer.
fn document_place(app: &App, signer: &Did) -> Answer<Place> {
    let place = app.documents().take(signer);
    place.ok_or_else(|| edge::busy("large documents of one signer, or of all,"))
}

/// Has the node sign a part and submits it.
pub(super) async fn sign(app: &App, signer: &Did, part: &Part) -> Result<StatementId, Reject> {
    let actions = || {
        let bodies = part.bodies.iter();
        bodies
            .map(|body| (custody::NAME.to_owned(), body.clone()))
            .collect::<Vec<_>>()
    };
    let answer = app
        .node()
        .sign_and_submit(signer, actions(), SignOptions::default())
        .await;
    app.metrics().submitted(1, usize::from(answer.is_err()));
    match answer {
        Err(reject) => Err(heard(app, &Reader::of_signer(signer), &actions(), reject).await),
        answer => answer,
    }
}

/// Waits until a statement has ended; its refusal, if it was refused or nobody knows what became of it.
pub(crate) async fn ended(app: &App, id: &StatementId) -> Option<Reject> {
    loop {
        match app.node().wait_final(id, FOLLOW).await {
            Ok(Status::Waiting) => {}
            Ok(Status::Final { refused, .. }) => {
                return match refused {
                    Some(reject) => Some(heard_of(app, id, reject).await),
                    None => None,
                };
            }
            Ok(Status::Failed(reject)) => return Some(reject),
            Ok(Status::Unknown) => {
                let detail = format!(
                    "it is not known what became of the events of statement {id}, which this node submitted and no longer knows; ask for the statement before you capture them again"
                );
                return Some(rule::NOT_YET.because(detail));
            }
            Err(_) => tokio::time::sleep(UNTOLD_PAUSE).await,
        }
    }
}

async fn of_statement(app: &App, id: StatementId) -> Answer<Option<CaptureJob>> {
    let status = app.node().status(&id).await;
    let refused = match status.map_err(|why| untold(app, why))? {
        Status::Unknown => return Ok(None),
        Status::Waiting => {
            let job = new_job(id.to_string(), OnError::Rollback, vec![id], Vec::new());
            return Ok(Some(job));
        }
        Status::Final { refused, .. } => match refused {
            Some(reject) => Some(heard_of(app, &id, reject).await),
            None => None,
        },
        Status::Failed(reject) => Some(reject),
    };
    let errors = refused.map(|reject| capture_plan::refusal(String::new(), &reject));
    Ok(Some(finished(new_job(
        id.to_string(),
        OnError::Rollback,
        vec![id],
        errors.into_iter().collect(),
    ))))
}

fn new_job(
    capture_id: String,
    on_error: OnError,
    statements: Vec<StatementId>,
    errors: Vec<DocumentError>,
) -> CaptureJob {
    CaptureJob {
        capture_id,
        created_at: now_iso(),
        finished_at: None,
        running: true,
        success: errors.is_empty(),
        capture_error_behaviour: on_error.word().into(),
        errors,
        statements,
    }
}

fn finished(mut job: CaptureJob) -> CaptureJob {
    job.finished_at = Some(now_iso());
    job.running = false;
    job.success = job.errors.is_empty();
    job
}

/// Closes a job.
pub(super) fn close(app: &App, job: CaptureJob) {
    app.captures().put(finished(job));
}

fn bad_document(errors: impl Into<Errors>) -> Problem {
    let errors: Errors = errors.into();
    let count = errors.count();
    let errors = errors.into_list();
    let detail = match errors.as_slice() {
        [only] => format!("{}; {}", only.rule, only.detail),
        _ => format!("{count} rules are broken; see errors"),
    };
    let pointer = errors
        .first()
        .map(|error| error.pointer.clone())
        .unwrap_or_default();
    Problem::new(rule::BAD_DOCUMENT, detail)
        .at(pointer)
        .errors(errors)
}

fn now_iso() -> String {
    now().map_or_else(String::new, |time| time.to_string())
}

/// A name for a job without statements, unique on this node.
fn made_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!(
        "none-{:x}-{:x}",
        now_ms(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}
