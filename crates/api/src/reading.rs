//! Who reads, and what of the ledger they see: the one place where the interface asks the one Authorizer.
//!
//! Flow: a handler takes the [`Reader`] that its request comes from and asks through [`answers`](crate::answers); [`look`] gives the question the
//! moment as that reader sees it. What is kept from a reader is not there: rows are left out before they are counted, and a single record is
//! refused exactly as though it did not exist, unless the policies of `view::existence` let it be known.
//!
//! A token without a signer reads as the plain reader of its node's member: with no role, no clearance and no caveat, its key in the node's hand.
//! Nobody stands behind such a token whom a security officer could have cleared, so it gets what every signer of the member has in common.
//!
//! Invariants: there is no way to the read model but with a [`Reader`], or through [`answers::of_ledger`](crate::answers::of_ledger), which tells
//! heights only, and [`answers::of_signer`](crate::answers::of_signer), for who is about to sign in; a signer who is not enrolled and active, or whose member is not, reads nothing; each question is decided anew, so a feed ends for
//! who is suspended while it is open.

use crate::{
    app::App,
    audit,
    auth::Caller,
    problem::{Answer, Problem, internal, rule},
};
use axum::{extract::FromRequestParts, http::request::Parts};
use convoy_ledger::{Event, Reject};
use convoy_modules::{
    domain,
    membership::types::{Roles, SignerKind},
    policy::{
        authorizer::Reading,
        explain::Explanation,
        labels::statement_name,
        queries,
        sight::Sight,
        subject::{Circumstances, Resource, Subject},
        vocabulary::View,
    },
};
use convoy_readmodel::{Position, Result, Snapshot, StatementView, StoredEvent, Veil};
use convoy_types::{Did, Statement, StatementId};
use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

/// What a reader says it reads for, characters.
const PURPOSE_CHARS_MAX: usize = 200;
/// Refusals of modules have numbers from here on; those below speak of statements and keys only.
const MODULE_RULES: u16 = 100;
/// Stands for every token that has no signer.
const PLAIN: &str = "did:convoy:plain-reader";

/// Who reads, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The signer that the token belongs to; the plain reader of the node's member where there is none.
    pub signer: Option<Did>,
    /// What the operator calls the token, or the subscription's id.
    pub token: String,
    /// What the reader says it is for: the header `Convoy-Purpose`.
    pub purpose: String,
    /// Method and path.
    pub asked: String,
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let token = caller.token()?;
        let purpose = parts.headers.get("convoy-purpose");
        let purpose = purpose
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if purpose.chars().count() > PURPOSE_CHARS_MAX {
            let detail =
                format!("the header Convoy-Purpose has more than {PURPOSE_CHARS_MAX} characters");
            return Err(Problem::new(rule::BAD_REQUEST, detail).remedy("Say it shorter."));
        }
        Ok(Self {
            signer: token.signer.clone(),
            token: token.name.clone(),
            purpose: purpose.to_owned(),
            asked: format!("{} {}", parts.method, parts.uri.path()),
        })
    }
}

impl Reader {
    /// As a subscription reads: as whoever made it.
    pub fn of_subscription(id: &str, signer: Option<Did>) -> Self {
        Self {
            signer,
            token: id.to_owned(),
            purpose: String::new(),
            asked: "subscription".to_owned(),
        }
    }

    /// As whoever comes without a token reads: as the plain reader of the node's member.
    pub fn of_anybody(asked: &str) -> Self {
        Self {
            signer: None,
            token: String::new(),
            purpose: String::new(),
            asked: asked.to_owned(),
        }
    }

    /// As a signer is told what became of its own statements.
    pub fn of_signer(signer: &Did) -> Self {
        Self {
            signer: Some(signer.clone()),
            token: String::new(),
            purpose: String::new(),
            asked: "submission".to_owned(),
        }
    }

    /// What policies know of it at this moment; `None` for who may not read at all.
    fn reading(&self, app: &App, snapshot: &Snapshot<'_>) -> Result<Option<Reading>> {
        let time_ms = snapshot
            .block(snapshot.height())?
            .map_or(0, |block| block.time_ms);
        let circumstances = Circumstances {
            time_ms,
            purpose: self.purpose.clone(),
            ..Circumstances::default()
        };
        if let Some(did) = &self.signer {
            return app.authorizers().reading(snapshot, did, circumstances);
        }
        let member = &app.node().info().member;
        let active = queries::is_active(snapshot, member)?;
        let Some(did) = Did::new(PLAIN).ok().filter(|_| active) else {
            return Ok(None);
        };
        let plain = Subject::plain(did, SignerKind::Service, member.clone(), Roles::of(&[]));
        let reading = app.authorizers().as_subject(snapshot, plain, circumstances);
        reading.map(Some)
    }

    fn refused(&self) -> Problem {
        let who = self.signer.as_ref().map_or_else(
            || "this node's member".to_owned(),
            |did| format!("the signer {did}"),
        );
        let detail = format!(
            "the token `{}` reads as {who}, who is not enrolled and active",
            self.token
        );
        Problem::new(rule::READER, detail)
    }
}

/// A moment of the ledger as one reader sees it.
pub struct Seeing<'s> {
    /// The moment without a veil.
    bare: &'s Snapshot<'s>,
    /// The moment as the reader sees it.
    pub snapshot: &'s Snapshot<'s>,
    sight: &'s Sight,
    /// Statements that are kept, by height: asked for one after another.
    hidden: RefCell<Option<(u64, Rc<BTreeSet<u32>>)>>,
}

impl Seeing<'_> {
    /// Whether nothing at all is kept from the reader.
    pub fn is_clear(&self) -> bool {
        self.sight.is_clear()
    }

    /// Who reads, as policies know it.
    pub fn subject(&self) -> &Subject {
        &self.sight.reading().subject
    }

    /// Why there is no answer: `None` unless everything that was kept from the reader may be known to exist.
    pub fn why_not(&self) -> Result<Option<Explanation>> {
        let seen = self.sight.seen();
        if seen.kept_count > seen.kept.len() as u64 {
            return Ok(None);
        }
        let mut first = None;
        for record in &seen.kept {
            match self.sight.why_not(self.bare, record)? {
                Some(why) => first = first.or(Some(why)),
                None => return Ok(None),
            }
        }
        Ok(first)
    }

    fn shows(&self, record: &str) -> Result<bool> {
        if self.is_clear() {
            return Ok(true);
        }
        self.sight.shows(self.bare, record)
    }

    /// Whether the reader may see all that the ledger says now of a record.
    pub fn seen(&self, record: &str) -> Result<bool> {
        domain::seen(self.snapshot, record)
    }

    /// Whether the reader may see a statement as it was signed: under its own label, with every record that it names or its events tell of.
    pub fn statement(&self, statement: &Statement) -> Result<bool> {
        let (id, content) = (statement.id(), statement.content());
        let labelled = Resource::open("core", "statements", id.to_string().as_bytes(), "common")
            .labelled(&content.label, None);
        if !content.label.is_open() && !self.sight.may(&labelled) {
            return Ok(false);
        }
        if self.is_clear() {
            return Ok(true);
        }
        let mut names = vec![statement_name(&id)];
        for action in &content.actions {
            match named(&action.module, &action.body) {
                Some(more) => names.extend(more),
                None => return Ok(false),
            }
        }
        for name in &names {
            if !self.shows(name)? {
                return Ok(false);
            }
        }
        match self.bare.statement(&id)? {
            Some(view) => self.statement_row(&view),
            None => Ok(true),
        }
    }

    /// Whether the reader may see that a statement is there: that it has an effect which may be seen.
    pub fn statement_row(&self, view: &StatementView) -> Result<bool> {
        if self.is_clear() {
            return Ok(true);
        }
        let hidden = self.hidden_statements(view.height)?;
        Ok(!hidden.contains(&view.index) && self.shows(&statement_name(&view.id))?)
    }

    /// Places of a block's statements of whose events one is kept from the reader.
    fn hidden_statements(&self, height: u64) -> Result<Rc<BTreeSet<u32>>> {
        if let Some((known, hidden)) = &*self.hidden.borrow()
            && *known == height
        {
            return Ok(Rc::clone(hidden));
        }
        let compartment = self.snapshot.compartment();
        let span = (
            Position::new(compartment, height, 0),
            Position::new(compartment, height + 1, 0),
        );
        let (Some(first), Some(next)) = span else {
            return Ok(Rc::default());
        };
        let last = Position::from_raw(next.raw() - 1);
        let events = self.snapshot.events(first, last, usize::MAX >> 33)?;
        let hidden = events.iter().filter(|event| event.is_withheld());
        let hidden: BTreeSet<u32> = hidden.filter_map(|event| event.statement).collect();
        let hidden = Rc::new(hidden);
        *self.hidden.borrow_mut() = Some((height, Rc::clone(&hidden)));
        Ok(hidden)
    }

    /// Whether the reader may see an event that would happen.
    pub fn would_see(&self, event: &Event) -> Result<bool> {
        if self.is_clear() {
            return Ok(true);
        }
        let stored = StoredEvent {
            position: Position::from_raw(0),
            statement: None,
            module: event.module.into(),
            body: event.body.clone(),
            detail: None,
        };
        Ok(!self.sight.hides(self.bare, &stored)?)
    }
}

/// The names of the records that an action names; `None` where it cannot be read.
pub fn named(module: &str, body: &[u8]) -> Option<Vec<String>> {
    convoy_modules::domain(module).ok()?.named(body)
}

/// Asks the read model about the common ledger as `reader` sees it by `view`; the answer and the height it is true for.
pub async fn look<T: Send + 'static>(
    app: &App,
    reader: &Reader,
    view: View,
    question: impl FnOnce(&Seeing<'_>) -> Result<T> + Send + 'static,
) -> Answer<(u64, T)> {
    #[cfg(test)]
    crate::who_may::looked(&reader.asked, view);
    crate::answers::known(app)?;
    let (node, asking, as_whom) = (app.node().clone(), app.clone(), reader.clone());
    let asked = tokio::task::spawn_blocking(move || {
        let limit = asking.config().answer_within();
        node.read_model()
            .read_within(limit, node.compartment(), |bare| {
                let Some(reading) = as_whom.reading(&asking, bare)? else {
                    return Ok(None);
                };
                let sight = asking.authorizers().sight(bare, reading, view)?;
                if sight.is_clear() {
                    let seeing = Seeing {
                        bare,
                        snapshot: bare,
                        sight: &sight,
                        hidden: RefCell::default(),
                    };
                    return question(&seeing).map(|answer| Some((answer, sight.seen())));
                }
                let snapshot = bare.behind(&sight);
                let seeing = Seeing {
                    bare,
                    snapshot: &snapshot,
                    sight: &sight,
                    hidden: RefCell::default(),
                };
                question(&seeing).map(|answer| Some((answer, sight.seen())))
            })
    });
    let answer = asked
        .await
        .map_err(|error| internal("the question could not be asked", &error))?
        .map_err(crate::answers::problem)?;
    let Some((value, seen)) = answer.value else {
        audit::not_active(app, reader);
        return Err(reader.refused());
    };
    audit::looked(app, reader, view, seen).await?;
    Ok((answer.height, value))
}

/// The problem of who may know that something exists and may not see it, in the policies' words.
pub fn denied(why: &Explanation) -> Problem {
    let mut detail = why.sentence.clone();
    for policy in &why.policies {
        detail.push_str(&format!(" (policy {}: {})", policy.id, policy.description));
    }
    let remedy = match why.who_could_grant.is_empty() {
        true => "Nobody can grant it; a policy has to change.".to_owned(),
        false => format!("To be granted by: {}", why.who_could_grant.join(" Or: ")),
    };
    Problem::new(rule::NOT_PERMITTED, detail).remedy(remedy)
}

/// A refusal as `reader` may hear it: without words where they could tell of records that are kept from it.
///
/// Refusals of the ledger speak of what an object is packed in, who has it, or that an event is there already.
pub async fn heard(
    app: &App,
    reader: &Reader,
    actions: &[(String, Vec<u8>)],
    reject: Reject,
) -> Reject {
    audit::denied(app, reader, actions, &reject);
    let number = reject.rule.number;
    if number < MODULE_RULES || (1_001..3_000).contains(&number) {
        return reject;
    }
    let mut names = BTreeSet::new();
    for (module, body) in actions {
        names.extend(named(module, body).unwrap_or_default());
    }
    let asked = look(app, reader, View::Existence, move |seeing| {
        for name in &names {
            if !seeing.seen(name)? {
                return Ok(false);
            }
        }
        Ok(true)
    });
    match asked.await {
        Ok((_, true)) => reject,
        _ => Reject {
            action: reject.action,
            ..rule::WITHHELD.because("what the ledger says against it is not for this signer")
        },
    }
}

/// As [`heard`], of a statement on the ledger, by its signer.
pub async fn heard_of(app: &App, id: &StatementId, reject: Reject) -> Reject {
    match app.node().statement(id).await {
        Ok(statement) => {
            let reader = Reader::of_signer(statement.signer());
            heard(app, &reader, &actions_of(&statement), reject).await
        }
        Err(_) => reject,
    }
}

/// A statement's actions.
pub fn actions_of(statement: &Statement) -> Vec<(String, Vec<u8>)> {
    let actions = statement.content().actions.iter();
    actions
        .map(|action| (action.module.to_string(), action.body.to_vec()))
        .collect()
}
