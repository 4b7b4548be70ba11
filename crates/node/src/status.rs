//! What became of a statement: from the tracker as long as it is remembered there, and from the read model for ever.
//!
//! Invariant: that a statement is not known is said only where the read model has every block that was final here when the question came. On a healthy
//! node it is some blocks behind and there in milliseconds, so a question waits for it ([`CATCH_UP`]); where it is built again or has stopped, the
//! question is not answered ([`Untold`]).

use crate::{
    NodeHandle,
    life::Passed,
    proofs::ProofError,
    record::BlockRecord,
    tracker::{Place, State},
};
use convoy_ledger::Reject;
use convoy_readmodel::StatementView;
use convoy_types::StatementId;
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

/// How long a question that waits for nothing else waits for the read model.
const CATCH_UP: Duration = Duration::from_secs(2);

/// How long a question waits where every reader of the read model has one.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// This node never heard of it, or forgot it when it restarted before it was final.
    Unknown,
    /// Admitted, not in a final block yet.
    Waiting,
    /// Final; `refused` says why it had no effect, if it had none.
    Final {
        /// Where.
        place: Place,
        /// The refusal, if it was refused.
        refused: Option<Reject>,
    },
    /// It will never be final.
    Failed(Reject),
}

/// Why this node cannot tell yet what became of a statement, in words: asking again helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold(pub String);

impl From<State> for Status {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Final { place, refused } => Self::Final {
                place,
                refused: refused.map(|reject| *reject),
            },
            State::Failed(reject) => Self::Failed(*reject),
        }
    }
}

impl NodeHandle {
    /// What became of a statement.
    ///
    /// # Errors
    /// The read model is behind and stays so, or cannot be read.
    pub async fn status(&self, id: &StatementId) -> Result<Status, Untold> {
        let until = Instant::now() + CATCH_UP;
        self.ended_or_on_ledger(id, self.0.tracker.get(id), until)
            .await
    }

    /// Waits until a statement ends, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub async fn wait_final(&self, id: &StatementId, limit: Duration) -> Result<Status, Untold> {
        let until = Instant::now() + limit;
        let remembered = self.0.tracker.wait(id, limit).await;
        let until = until.max(Instant::now() + CATCH_UP);
        self.ended_or_on_ledger(id, remembered, until).await
    }

    /// The stages of its life that a statement has passed, as far as this node saw them.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub async fn life(&self, id: &StatementId) -> Result<(Status, Vec<Passed>), Untold> {
        let status = self.status(id).await?;
        let place = match &status {
            Status::Final { place, .. } => Some(place),
            _ => None,
        };
        let passed = self.0.tracker.life(&id.0.0, place);
        Ok((status, passed))
    }

    /// What is remembered of a statement, unless the ledger knows better: one that was given up here may have become final through another node.
    async fn ended_or_on_ledger(
        &self,
        id: &StatementId,
        remembered: Option<State>,
        until: Instant,
    ) -> Result<Status, Untold> {
        match remembered {
            Some(failed @ State::Failed(_)) => match self.status_on_ledger(id, until).await {
                Ok(Status::Unknown) | Err(_) => Ok(failed.into()),
                on_ledger => on_ledger,
            },
            Some(state) => Ok(state.into()),
            None => self.status_on_ledger(id, until).await,
        }
    }

    async fn status_on_ledger(&self, id: &StatementId, until: Instant) -> Result<Status, Untold> {
        let read = || {
            let (node, id) = (self.clone(), *id);
            async move {
                loop {
                    let node = node.clone();
                    let asked = tokio::task::spawn_blocking(move || {
                        let (rows, ledger) = (node.read_model(), node.compartment());
                        rows.read(ledger, |snapshot| snapshot.statement(&id))
                    });
                    match asked.await {
                        Ok(Ok(answer)) => return Ok((answer.height, answer.value)),
                        Ok(Err(error)) if error.is_retryable() && Instant::now() < until => {
                            sleep(BUSY_PAUSE).await;
                        }
                        Ok(Err(error)) => return Err(error.to_string()),
                        Err(error) => return Err(error.to_string()),
                    }
                }
            }
        };
        let found = find(self.height(), &mut self.projected(), until, read).await;
        match found {
            Ok(Some(view)) => Ok(self.final_at(&view).await),
            Ok(None) => Ok(Status::Unknown),
            Err(blind) => {
                let why = match (self.lacks_history(), blind) {
                    (Some(lacking), _) => lacking,
                    (None, Blind::Behind { at, height }) => {
                        format!(
                            "this node answers up to block {at} yet, and block {height} is final"
                        )
                    }
                    (None, Blind::Failed(reason)) => {
                        tracing::warn!(%reason, %id, "what became of a statement cannot be read");
                        "the read model cannot be read now".into()
                    }
                };
                Err(Untold(format!("statement {id}: {why}")))
            }
        }
    }

    async fn final_at(&self, view: &StatementView) -> Status {
        let place = Place {
            height: view.height,
            index: view.index,
            leaf: view.log_index,
            time_ms: view.time_ms,
        };
        let refused = match view.outcome {
            0 => None,
            number => self.refusal(&place, number).await,
        };
        Status::Final { place, refused }
    }

    /// The words of a refusal, from the block's record.
    async fn refusal(&self, place: &Place, number: u16) -> Option<Reject> {
        let registry = &self.0.preparer.ledger().registry;
        let stored = self.0.engine.outcomes(place.height).await;
        let record = stored.and_then(|bytes| BlockRecord::decode(&bytes, registry).ok());
        let reject =
            record.and_then(|record| record.outcomes.get(place.index as usize)?.reject.clone());
        reject.or_else(|| {
            let rule = registry.rules().find(|rule| rule.number == number)?;
            Some(rule.because("the words of this refusal are no longer held here"))
        })
    }

    /// Where a statement is final.
    pub(crate) async fn place(&self, id: &StatementId) -> Result<Place, ProofError> {
        match self.status(id).await {
            Ok(Status::Final { place, .. }) => Ok(place),
            Ok(Status::Waiting) => Err(ProofError::NotYet("the statement is not final".into())),
            Err(Untold(why)) => Err(match self.lacks_history() {
                Some(lacking) => ProofError::NotHeld(lacking),
                None => ProofError::NotYet(why),
            }),
            Ok(Status::Unknown | Status::Failed(_)) => {
                let absent = || format!("statement {id} is not on the ledger");
                let why = self.lacks_history().unwrap_or_else(absent);
                Err(ProofError::NotHeld(why))
            }
        }
    }

    /// What of the history this node, which joined later, does not have yet, in words.
    fn lacks_history(&self) -> Option<String> {
        let history = self.history().filter(|history| !history.whole);
        history.map(|history| history.words())
    }
}

/// Why nothing can be said.
#[derive(Debug, PartialEq, Eq)]
enum Blind {
    /// The read model has the blocks up to `at`.
    Behind { at: u64, height: u64 },
    /// It cannot be read.
    Failed(String),
}

/// Asks once, and where nothing is found before block `height` is read in, once more when it is, or not past `until`. `read` also tells the height that its
/// answer is true for.
async fn find<T, Asked>(
    height: u64,
    projected: &mut watch::Receiver<u64>,
    until: Instant,
    read: impl Fn() -> Asked,
) -> Result<Option<T>, Blind>
where
    Asked: Future<Output = Result<(u64, Option<T>), String>>,
{
    let (at, found) = read().await.map_err(Blind::Failed)?;
    if found.is_some() || at >= height {
        return Ok(found);
    }
    let reached = timeout_at(until, projected.wait_for(|at| *at >= height));
    if !reached.await.is_ok_and(|reached| reached.is_ok()) {
        return Err(Blind::Behind { at, height });
    }
    match read().await.map_err(Blind::Failed)? {
        (at, None) if at < height => Err(Blind::Behind { at, height }),
        (_, found) => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// What is found where `answers` are given one after the other and the read model reaches `reaches` meanwhile.
    async fn found(
        answers: &[(u64, Option<u8>)],
        reaches: Option<u64>,
    ) -> Result<Option<u8>, Blind> {
        let (projected, mut watched) = watch::channel(answers[0].0);
        let answers = Mutex::new(answers.iter());
        let read = || {
            let next = answers.lock().unwrap().next().copied();
            if let Some(height) = reaches {
                projected.send_replace(height);
            }
            async move { next.ok_or_else(|| "asked too often".to_owned()) }
        };
        find(10, &mut watched, Instant::now(), read).await
    }

    #[tokio::test]
    async fn a_statement_is_unknown_only_once_every_final_block_was_read_in() {
        assert_eq!(found(&[(10, None)], None).await, Ok(None));
        assert_eq!(found(&[(7, None), (10, None)], Some(10)).await, Ok(None));
        let behind = Err(Blind::Behind { at: 7, height: 10 });
        assert_eq!(found(&[(7, None)], None).await, behind);
        assert_eq!(found(&[(7, None)], Some(9)).await, behind);
    }

    #[tokio::test]
    async fn what_is_found_is_told_however_far_behind_the_read_model_is() {
        assert_eq!(found(&[(7, Some(1))], None).await, Ok(Some(1)));
        let later = found(&[(7, None), (11, Some(1))], Some(11)).await;
        assert_eq!(later, Ok(Some(1)));
    }

    #[tokio::test]
    async fn a_read_model_that_stopped_or_cannot_be_read_is_not_waited_for() {
        let never = Instant::now() + Duration::from_secs(3_600);
        let (projected, mut watched) = watch::channel(7);
        drop(projected);
        let read = || async { Ok((7, None::<u8>)) };
        let stopped = find(10, &mut watched, never, read).await;
        assert_eq!(stopped, Err(Blind::Behind { at: 7, height: 10 }));
        let read = || async { Err::<(u64, Option<u8>), _>("taken".to_owned()) };
        let failed = find(10, &mut watched, never, read).await;
        assert_eq!(failed, Err(Blind::Failed("taken".into())));
    }
}
