//! Signing in: people by passkey, identity provider, passphrase or the demonstration's own way; machines by certificate.
//!
//! Flow: a way of signing in ([`passkeys`], [`oidc`], [`passphrases`], the demonstration's in [`routes`]) ends in a signer's DID → [`Sessions::begin`] makes a
//! session and a [`cookie`] → each later request is [`identify`]ed by its cookie or its connection's certificate, held against the ledger
//! ([`standing`]) and against other origins ([`origin`]) → the access table decides about it exactly as about a token.
//!
//! Invariants:
//! - what a session may do follows from its signer's roles on the ledger at that moment; a suspended, retired or unknown signer has none;
//! - secrets (session ids, codes, device marks) are kept as digests, passphrases as Argon2id; none is logged;
//! - an answer tells neither by words nor by time whether a name exists; nobody can lock out somebody else;
//! - whatever is kept has a bound, and the oldest makes room.
//!
//! Kept in the node's folder: `sessions.json`, which survives a restart, and `signin.json` (invitations, passkeys, passphrases).

pub mod accounts;
mod cookie;
pub mod enrolling;
mod events;
mod fetch;
mod identify;
pub mod invitations;
pub mod invited;
mod lasting;
mod oidc;
mod origin;
pub mod passkeys;
mod passphrases;
mod peer;
mod pending;
pub mod provider_routes;
pub mod routes;
mod secret;
mod sessions;
mod standing;
mod throttle;
pub mod token_routes;
pub mod webauthn;

pub use identify::{Current, How, identify};
pub use lasting::until_over;
pub use peer::Peer;
pub use standing::why_not_standing;

use crate::{
    app::App,
    problem::{Answer, internal},
};
use accounts::Accounts;
use convoy_node::{NodeHandle, config::SignInConfig};
use oidc::Provider;
use passphrases::Hasher;
use pending::Pending;
use sessions::Sessions;
use standing::Standings;
use std::sync::Arc;
use throttle::Throttle;

/// What signing in needs to remember; one for each interface.
pub struct SignIn {
    config: SignInConfig,
    accounts: Accounts,
    sessions: Sessions,
    standings: Standings,
    pending: Pending,
    throttle: Throttle,
    hasher: Hasher,
    providers: Vec<Arc<Provider>>,
}

impl SignIn {
    /// For `node`, as its configuration says.
    pub fn new(node: &NodeHandle) -> Self {
        let config = node.config().signin.clone();
        let folder = &node.config().data;
        let providers = config
            .oidc
            .iter()
            .map(|provider| Provider::new(provider.clone()));
        Self {
            accounts: Accounts::new(folder),
            sessions: Sessions::new(folder, &config),
            standings: Standings::default(),
            pending: Pending::default(),
            throttle: Throttle::new(config.attempts_per_minute),
            hasher: Hasher::default(),
            providers: providers.map(Arc::new).collect(),
            config,
        }
    }
}

const DAY_MS: u64 = 86_400_000;

/// Runs something that waits for the disk or the processor, off the request threads.
async fn aside<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&SignIn) -> T + Send + 'static,
) -> Answer<T> {
    let app = app.clone();
    tokio::task::spawn_blocking(move || work(app.signin()))
        .await
        .map_err(|error| internal("signing in could not be carried out", &error))
}

/// 32 random bytes.
fn random() -> [u8; 32] {
    use rand::RngCore as _;
    let mut bytes = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut bytes);
    bytes
}

/// Whether two digests are equal, in a time that does not depend on them.
fn same(a: &convoy_types::Digest, b: &convoy_types::Digest) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(&a.0, &b.0).is_ok()
}
