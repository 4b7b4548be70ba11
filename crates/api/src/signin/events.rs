//! What is recorded about signing in: one place, so that an audit log can take it from here.

use super::{How, Peer};
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

/// Records `event`. Everything that happens at the door comes through here, and nothing in it is secret.
pub fn record(event: &Event<'_>, how: How, signer: Option<&Did>, peer: &Peer) {
    let signer = signer.map_or("-", Did::as_str);
    let (how, address) = (how.word(), peer.ip());
    match event {
        Event::SignedIn => tracing::info!(target: "audit", how, signer, %address, "signed in"),
        Event::Ended(why) => {
            tracing::info!(target: "audit", how, signer, %address, why, "a session ended")
        }
        Event::Refused(why) => {
            tracing::warn!(target: "audit", how, signer, %address, why, "signing in was refused")
        }
        Event::Added(what) => {
            tracing::info!(target: "audit", how, signer, %address, what, "a way of signing in was added")
        }
        Event::Removed(what) => {
            tracing::info!(target: "audit", how, signer, %address, what, "taken away")
        }
        Event::Issued(name) => {
            tracing::info!(target: "audit", how, signer, %address, name, "a token was issued")
        }
        Event::Invited(whom) => {
            tracing::info!(target: "audit", how, signer, %address, %whom, "a person was invited")
        }
        Event::Cloned => {
            tracing::error!(target: "audit", how, signer, %address, "a passkey's counter went back: it may have been copied; it is off now")
        }
    }
}
