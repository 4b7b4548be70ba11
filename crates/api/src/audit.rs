//! What the interface tells the node's audit log: reads of labelled records, what was denied, the first use of tokens, administration.
//!
//! A read of labelled records is told before the answer is given: what cannot be logged is not shown. Everything else is told without waiting.
//! Sign-ins tell of themselves by [`App::audit`](crate::app::App::audit).

use crate::{
    app::App,
    problem::{Answer, Problem, rule},
    reading::{Reader, named},
};
use axum::http::request::Parts;
use convoy_ledger::Reject;
use convoy_modules::policy::{sight::Seen, vocabulary::View};
use convoy_node::{
    audit::{AuditError, Kind, Outcome, Said},
    tokens::Token,
};
use convoy_types::{Did, Digest};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Unknown tokens told apart; past it their use is no longer told until the node starts again.
const UNKNOWN_MAX: usize = 1_024;
/// The modules whose actions change who may do what.
const ADMINISTRATION: [&str; 2] = ["membership", "policy"];

/// Which tokens were seen since the start.
#[derive(Default)]
pub struct Doors {
    /// Digests of tokens that are known.
    known: Mutex<BTreeSet<Digest>>,
    /// Digests of those that are not. They are never told.
    unknown: Mutex<BTreeSet<Digest>>,
}

fn is_new(seen: &Mutex<BTreeSet<Digest>>, digest: Digest, most: usize) -> bool {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.len() < most && seen.insert(digest)
}

impl Doors {
    /// Somebody came with what lacks the scope.
    pub fn lacked(&self, app: &App, token: &Token, route: &str) {
        let said = Said::new(Kind::Denied, Outcome::Refused, route);
        let said = said.by(token.signer.as_ref(), &token.name);
        app.audit().note(said.detail("the token lacks the scope"));
    }

    /// Somebody came with a known token whose signer may not act: told once for each.
    pub fn stands_not(&self, app: &App, token: &Token, route: &str) {
        if is_new(&self.unknown, token.digest, UNKNOWN_MAX) {
            let said = Said::new(Kind::Denied, Outcome::Refused, route);
            let said = said.by(token.signer.as_ref(), &token.name);
            app.audit()
                .note(said.detail("the token's signer is not active on the ledger"));
        }
    }

    /// Somebody came with a known token that is let in: the first use is told.
    pub fn came(&self, app: &App, token: &Token, route: &str) {
        if is_new(&self.known, token.digest, usize::MAX) {
            let said = Said::new(Kind::Token, Outcome::Allowed, route);
            let said = said.by(token.signer.as_ref(), &token.name);
            app.audit()
                .note(said.detail("first use since the node started"));
        }
    }

    /// Somebody came with a token that is not known or has expired: told once for each.
    pub fn refused(&self, app: &App, text: &str, route: &str) {
        if is_new(&self.unknown, Digest::of(text.as_bytes()), UNKNOWN_MAX) {
            let said = Said::new(Kind::Token, Outcome::Refused, route);
            app.audit()
                .note(said.detail("the token is not known or has expired"));
        }
    }
}

fn of_reader(kind: Kind, outcome: Outcome, reader: &Reader) -> Said {
    let said = Said::new(kind, outcome, reader.asked.clone());
    Said {
        purpose: reader.purpose.clone(),
        ..said.by(reader.signer.as_ref(), reader.token.clone())
    }
}

/// Tells what a question came upon; refuses the answer where what is labelled cannot be logged.
pub async fn looked(app: &App, reader: &Reader, view: View, seen: Seen) -> Answer<()> {
    if seen.kept_count > 0 {
        app.audit().note(Said {
            records: seen.kept.into_iter().collect(),
            records_count: seen.kept_count,
            ..of_reader(Kind::Denied, Outcome::Refused, reader).detail(view.action())
        });
    }
    if seen.shown_count == 0 {
        return Ok(());
    }
    let said = Said {
        records: seen.shown.into_iter().collect(),
        records_count: seen.shown_count,
        ..of_reader(Kind::Read, Outcome::Allowed, reader).detail(view.action())
    };
    app.audit().record(said).await.map_err(unlogged)
}

/// Tells that a reader may not read at all.
pub fn not_active(app: &App, reader: &Reader) {
    let said = of_reader(Kind::Denied, Outcome::Refused, reader);
    app.audit()
        .note(said.detail("the reader is not enrolled and active"));
}

/// Tells that this log was read, or that somebody tried.
///
/// # Errors
/// When it cannot be logged: then the log is not shown.
pub async fn log_read(app: &App, reader: &Reader, outcome: Outcome, detail: &str) -> Answer<()> {
    let said = of_reader(Kind::AuditRead, outcome, reader).detail(detail);
    app.audit().record(said).await.map_err(unlogged)
}

/// What could not be logged is not done.
pub fn unlogged(error: AuditError) -> Problem {
    match error {
        AuditError::Busy => Problem::new(rule::BUSY, error.to_string()),
        AuditError::Full(_) | AuditError::Failed(_) => {
            tracing::error!(%error, "a labelled read was refused");
            Problem::new(
                rule::UNLOGGED,
                "this must be logged before it is shown, and the node's audit log cannot be written",
            )
        }
    }
}

/// Tells of actions that change who may do what, submitted here by a signer.
pub fn administered(
    app: &App,
    reader: &Reader,
    signer: &Did,
    actions: &[(String, Vec<u8>)],
    refused: Option<&Reject>,
) {
    for (module, body) in actions {
        if !ADMINISTRATION.contains(&module.as_str()) {
            continue;
        }
        let asked = convoy_modules::domain(module)
            .ok()
            .and_then(|domain| domain.asked_as(body));
        let outcome = match refused {
            None => Outcome::Allowed,
            Some(_) => Outcome::Refused,
        };
        let what = format!("{module}::{}", asked.unwrap_or_default());
        let said = Said::new(Kind::Administration, outcome, what);
        let detail = refused.map_or_else(String::new, |reject| reject.rule.name.to_owned());
        app.audit().note(Said {
            records: named(module, body).unwrap_or_default(),
            ..said.by(Some(signer), reader.token.clone()).detail(detail)
        });
    }
}

/// Tells that a policy denied an action.
pub fn denied(app: &App, reader: &Reader, actions: &[(String, Vec<u8>)], reject: &Reject) {
    let place = reject.action.unwrap_or(0) as usize;
    let Some((module, body)) = actions.get(place) else {
        return;
    };
    let Ok(known) = convoy_modules::domain(module) else {
        return;
    };
    if known.denied().number != reject.rule.number {
        return;
    }
    let what = format!("{module}::{}", known.asked_as(body).unwrap_or_default());
    let said = Said::new(Kind::Denied, Outcome::Refused, what);
    app.audit().note(Said {
        records: known.named(body).unwrap_or_default(),
        ..said
            .by(reader.signer.as_ref(), reader.token.clone())
            .detail(reject.reason.clone())
    });
}

/// Whether a signed statement may hold administration, by its bytes: most hold none, and are not decoded again.
pub fn may_administer(statement: &[u8]) -> bool {
    ADMINISTRATION.iter().any(|module| {
        statement
            .windows(module.len())
            .any(|part| part == module.as_bytes())
    })
}

/// The route of a request as the log has it.
pub fn route(request: &Parts) -> String {
    format!("{} {}", request.method, request.uri.path())
}
