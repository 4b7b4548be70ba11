//! Looking up who signed, and checking signatures in one batch.

use super::{Execution, Phase, Standings, Step};
use crate::{
    context::{Halt, Missing, Writes},
    prepared::Prepared,
    reject,
    standing::{SignatureCheck, Standing},
    state::CounterKey,
};

impl Execution {
    /// For admission: looks up every signer and checks every signature, and executes nothing.
    pub fn run_standings(&mut self, signatures: &dyn SignatureCheck) -> Standings {
        self.phase = Phase::Signatures;
        let keys = self
            .statements
            .iter()
            .flat_map(|statement| &statement.likely[..statement.standing_keys]);
        let mut missing: Missing = keys
            .filter(|key| !self.base.contains_key(key))
            .copied()
            .collect();
        let mut standings = Vec::new();
        // Keys whose cells are at hand are assembled by `need`; then the look-up can go on.
        loop {
            if let Some(Step::NeedKeys { state, counters }) = self.need(missing) {
                return Standings::NeedKeys { state, counters };
            }
            missing = Missing::new();
            standings.clear();
            standings.extend(
                self.statements
                    .iter()
                    .map(|statement| self.standing(statement, &mut missing)),
            );
            if missing.is_empty() {
                break;
            }
        }
        self.check_batch(&standings, signatures);
        let checked = standings
            .into_iter()
            .zip(&self.unusable)
            .map(|(standing, unusable)| match (standing, unusable) {
                (_, Some(reject)) => Err(reject.clone()),
                (Ok(standing), None) => Ok(standing),
                (Err(Halt::Reject(reject)), None) => Err(reject),
                (Err(Halt::NeedKeys), None) => {
                    Err(reject::UNKNOWN_KEY.because("the signer's records could not be read"))
                }
            });
        Standings::Done(checked.collect())
    }

    /// The sequence that a lane expects next, of the lanes that were supplied.
    pub fn lane_next(&self, key: CounterKey) -> u64 {
        self.lane(key)
    }

    /// Checks in one batch the signatures that this node has not checked yet.
    pub(super) fn check_signatures(
        &mut self,
        signatures: &dyn SignatureCheck,
        missing: &mut Missing,
    ) -> Phase {
        missing.extend(
            self.statements
                .iter()
                .flat_map(|statement| statement.likely.iter().copied())
                .filter(|key| !self.base.contains_key(key)),
        );
        if !missing.is_empty() {
            return Phase::Signatures;
        }
        let standings: Vec<_> = self
            .statements
            .iter()
            .map(|statement| self.standing(statement, missing))
            .collect();
        if !missing.is_empty() {
            return Phase::Signatures;
        }
        self.check_batch(&standings, signatures);
        self.standings = standings.into_iter().map(Result::ok).collect();
        Phase::Timers
    }

    /// The standing of a statement's signer, if nothing that it depends on was changed in this block.
    pub(super) fn standing_before_block(&self, index: usize) -> Option<&Standing> {
        let standing = self.standings.get(index)?.as_ref()?;
        let statement = &self.statements[index];
        let keys = &statement.likely[..statement.standing_keys];
        let changed = keys.iter().any(|key| self.writes.contains_key(key));
        (!changed).then_some(standing)
    }

    /// A refused standing is looked up again when the statement runs, because an earlier statement may grant it.
    fn check_batch(
        &mut self,
        standings: &[Result<Standing, Halt>],
        signatures: &dyn SignatureCheck,
    ) {
        let unchecked: Vec<(usize, &Standing)> = standings
            .iter()
            .enumerate()
            .filter_map(|(index, standing)| Some((index, standing.as_ref().ok()?)))
            .filter(|(index, standing)| !self.statements[*index].is_signed_by(&standing.key))
            .collect();
        let batch: Vec<_> = unchecked
            .iter()
            .map(|(index, standing)| (&standing.key, &self.statements[*index].statement))
            .collect();
        for ((index, standing), good) in unchecked.iter().zip(signatures.check(&batch)) {
            if good {
                self.statements[*index].remember_signature(standing);
            } else {
                self.unusable[*index] =
                    Some(reject::BAD_SIGNATURE.because("the signature does not match the key"));
            }
        }
    }

    pub(super) fn standing(
        &self,
        statement: &Prepared,
        missing: &mut Missing,
    ) -> Result<Standing, Halt> {
        let mut none = Writes::new(self.block);
        let mut reader = self.reader(None, None, &mut none, missing);
        self.ledger.registry.authority().standing(
            &mut reader,
            statement.statement.signer(),
            statement.statement.key_id(),
        )
    }
}
