//! What the audit log is told about signing in.

use super::{How, Peer};
use crate::app::App;
use convoy_node::audit::{Kind, Outcome, Said};
use convoy_types::Did;

/// Something that happened at the door.
#[derive(Clone, Debug)]
pub enum Event<'e> {
    /// Somebody signed in.
    SignedIn,
    /// A session ended: by sign-out, from another session, by expiry, or because the signer may no longer act.
    Ended(&'e str),
    /// An attempt was refused; why, without what was entered.
    Refused(&'e str),
    /// Somebody new was enrolled with a code.
    Enrolled,
    /// A way of signing in was added: a passkey, a passphrase.
    Added(&'e str),
    /// A way of signing in, or a token, was taken away.
    Removed(&'e str),
    /// A token was issued by an administrator.
    Issued(&'e str),
    /// A person was invited by an administrator.
    Invited(&'e Did),
    /// A passkey's counter went back: somebody may have copied it.
    Cloned,
}

/// Records `event` in the audit log. Everything that happens at the door comes through here, and nothing in it is secret.
pub fn record(app: &App, event: &Event<'_>, how: How, signer: Option<&Did>, peer: &Peer) {
    use {Kind::*, Outcome::*};
    let (kind, outcome, what, more) = match event {
        Event::SignedIn => (SignIn, Allowed, "signed in", String::new()),
        Event::Ended(why) => (SignIn, Allowed, "a session ended", (*why).to_owned()),
        Event::Refused(why) => (SignIn, Refused, "signing in was refused", (*why).to_owned()),
        Event::Enrolled => (
            Administration,
            Allowed,
            "enrolled with a code at the sign-in page",
            String::new(),
        ),
        Event::Added(what) => (
            SignIn,
            Allowed,
            "a way of signing in was added",
            (*what).to_owned(),
        ),
        Event::Removed(what) => (SignIn, Allowed, "taken away", (*what).to_owned()),
        Event::Issued(name) => (
            Administration,
            Allowed,
            "a token was issued",
            (*name).to_owned(),
        ),
        Event::Invited(whom) => (
            Administration,
            Allowed,
            "a person was invited",
            whom.to_string(),
        ),
        Event::Cloned => {
            let why = "its counter went back: it may have been copied, and is off now";
            tracing::error!(
                signer = signer.map(Did::as_str),
                "a passkey may have been copied"
            );
            (SignIn, Refused, "a passkey was turned off", why.to_owned())
        }
    };
    let from = format!("by {} from {}", how.word(), peer.ip());
    let detail = match more.is_empty() {
        true => from,
        false => format!("{more}; {from}"),
    };
    let said = Said::new(kind, outcome, what).by(signer, "");
    app.audit().note(said.detail(detail));
}
