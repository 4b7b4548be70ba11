//! Questions to the read model, asked off the request threads, and their answers with the height they are true for.

use crate::{
    app::App,
    problem::{Answer, Problem, internal, rule},
    reading::{Reader, denied, look},
};
use convoy_modules::{
    membership::queries::{SignerStanding, standing},
    policy::vocabulary::View,
};
use convoy_node::Untold;
use convoy_readmodel::{ReadModelError, Snapshot};
use convoy_types::Did;
use serde::Serialize;
use utoipa::ToSchema;

/// An answer and the height it is true for.
#[derive(Debug, Serialize, ToSchema)]
pub struct AtHeight<T> {
    /// Every block up to this one is in the answer, and nothing later.
    pub height: u64,
    /// The answer.
    #[serde(flatten)]
    pub answer: T,
}

/// Asks the read model about the common ledger, as `reader` sees it.
pub async fn ask<T: Send + 'static>(
    app: &App,
    reader: &Reader,
    view: View,
    question: impl FnOnce(&Snapshot<'_>) -> convoy_readmodel::Result<T> + Send + 'static,
) -> Answer<AtHeight<T>> {
    let asked = look(app, reader, view, move |seeing| question(seeing.snapshot));
    let (height, answer) = asked.await?;
    Ok(AtHeight { height, answer })
}

/// As [`ask`], where there may be nothing: then 404, naming what was looked for; 403 where the reader may know what it may not see.
pub async fn find<T: Send + 'static>(
    app: &App,
    reader: &Reader,
    view: View,
    what: impl FnOnce() -> String,
    question: impl FnOnce(&Snapshot<'_>) -> convoy_readmodel::Result<Option<T>> + Send + 'static,
) -> Answer<AtHeight<T>> {
    let asked = look(app, reader, view, move |seeing| {
        Ok(match question(seeing.snapshot)? {
            Some(answer) => Ok(answer),
            None => Err(seeing.why_not()?),
        })
    });
    match asked.await? {
        (height, Ok(answer)) => Ok(AtHeight { height, answer }),
        (_, Err(Some(why))) => Err(denied(&why)),
        (height, Err(None)) => Err(Problem::new(
            rule::NOT_FOUND,
            format!("up to block {height} there is no {}", what()),
        )),
    }
}

/// Asks for heights and times of the ledger itself, which every reader may know.
pub async fn of_ledger<T: Send + 'static>(
    app: &App,
    question: fn(&Snapshot<'_>) -> convoy_readmodel::Result<T>,
) -> Answer<AtHeight<T>> {
    unveiled(app, question).await
}

/// Asks how a signer stands at `time_ms`, for whom nobody reads yet: they are about to sign in.
pub async fn of_signer(
    app: &App,
    did: Did,
    time_ms: u64,
) -> Answer<AtHeight<Option<SignerStanding>>> {
    unveiled(app, move |snapshot| standing(snapshot, &did, time_ms)).await
}

/// Refuses while this node does not have all history from before it joined: what a reader may see follows from the whole of it.
///
/// # Errors
/// From which height on history is here.
pub fn known(app: &App) -> Answer<()> {
    match app.node().history().filter(|history| !history.whole) {
        Some(history) => Err(Problem::new(rule::HISTORY, history.words())),
        None => Ok(()),
    }
}

/// What became of a statement cannot be told yet, as a problem.
pub fn untold(app: &App, Untold(why): Untold) -> Problem {
    known(app).err().unwrap_or_else(|| {
        Problem::new(rule::NOT_READY, why)
            .remedy("Ask again after Retry-After, or ask another member's node.")
    })
}

/// Asks for what the node itself needs to know of its own member's people: what it makes of it shows nobody's records.
pub async fn of_own<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&Snapshot<'_>) -> convoy_readmodel::Result<T> + Send + 'static,
) -> Answer<AtHeight<T>> {
    unveiled(app, question).await
}

async fn unveiled<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&Snapshot<'_>) -> convoy_readmodel::Result<T> + Send + 'static,
) -> Answer<AtHeight<T>> {
    known(app)?;
    let node = app.node().clone();
    let asked =
        tokio::task::spawn_blocking(move || node.read_model().read(node.compartment(), question))
            .await;
    let answer = asked
        .map_err(|error| internal("the question could not be asked", &error))?
        .map_err(problem)?;
    Ok(AtHeight {
        height: answer.height,
        answer: answer.value,
    })
}

/// The read model's faults as problems. Its own paths and words of the database stay in the trace.
pub fn problem(error: ReadModelError) -> Problem {
    match error {
        ReadModelError::Question {
            field: "compartment",
            fault,
            ..
        } => Problem::new(rule::NOT_READY, fault),
        ReadModelError::Question {
            field: "cursor",
            fault,
            remedy,
        } => Problem::new(rule::CURSOR, format!("cursor: {fault}")).remedy(remedy),
        ReadModelError::Question {
            field,
            fault,
            remedy,
        } => Problem::new(rule::BAD_QUERY, format!("{field}: {fault}")).remedy(remedy),
        ReadModelError::TooLong => Problem::new(rule::QUERY_TOO_COMPLEX, error.to_string()),
        ReadModelError::Busy { .. } => {
            Problem::new(rule::BUSY, "every reader of the read model is taken")
        }
        error if error.needs_reindex() => internal(
            "the read model is damaged; the ledger is not affected",
            &error,
        )
        .remedy("Ask the node's operator to run `convoy node reindex`."),
        error => internal("the read model cannot be read", &error),
    }
}
