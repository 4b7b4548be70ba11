//! Follows the nodes that members announce on the ledger, and tells the engine whom to let in and where they are.
//!
//! Read again behind every final block in which membership said something, and every few minutes, because a host name may come to mean another
//! machine. The configuration's addresses of the first validators stay known beside them: a node begins with these.
//!
//! Where the members put validators in the place of lost ones, their decision says where these are: the ledger can only once they go on.
//!
//! Names are resolved at the same time. One that cannot be resolved is left out until it can be; the others are told meanwhile.

use crate::{
    engine::{EngineHandle, Peer},
    stored::record,
};
use commonware_codec::{Copying, DecodeExt as _};
use commonware_cryptography::ed25519;
use convoy_modules::membership::types::{NodeLine, Nodes, ONLY, ValidatorKey};
use convoy_types::{
    Compartment, Digest,
    receipt::{Recovery, recovery::NextValidator},
};
use futures::future::join_all;
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use tokio::sync::watch;

/// How often host names are resolved again.
const RESOLVE_EVERY: Duration = Duration::from_secs(300);
/// How soon to try again what did not work: the state is not open yet, a name was not found.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long one name may take.
const RESOLVE_WITHIN: Duration = Duration::from_secs(5);

/// Runs until the engine stops.
pub async fn run(
    engine: EngineHandle,
    compartment: Compartment,
    first: Vec<Peer>,
    mut changes: watch::Receiver<u64>,
) {
    let mut epochs = engine.epochs();
    loop {
        changes.borrow_and_update();
        let newest = *epochs.borrow_and_update();
        let decided = engine.recovery(newest).map(|recovery| decided(&recovery));
        let mut pause = RETRY_AFTER;
        match record::<Nodes>(&engine, &compartment, ONLY).await {
            Ok(nodes) => {
                let mut nodes = nodes.unwrap_or_default().nodes;
                nodes.splice(0..0, decided.unwrap_or_default());
                let (peers, all) = resolved(&first, nodes).await;
                engine.set_nodes(&peers);
                if all {
                    pause = RESOLVE_EVERY;
                }
            }
            Err(reason) => {
                tracing::debug!("the announced nodes cannot be read yet: {reason}");
                if let Some(decided) = decided {
                    let (peers, _) = resolved(&first, decided).await;
                    engine.add_nodes(&peers);
                }
            }
        }
        tokio::select! {
            ended = engine.ended() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "no peers to follow any more");
                }
                return;
            }
            changed = changes.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            changed = epochs.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Where the validators of the members' decision are, as far as it says so.
fn decided(recovery: &Recovery) -> Vec<NodeLine> {
    let node = |next: &NextValidator| {
        Some(NodeLine {
            key: ValidatorKey(Digest(next.validator.key)),
            member: next.validator.member.clone(),
            address: next.address.clone()?,
        })
    };
    recovery.document.next.iter().filter_map(node).collect()
}

/// The first validators and the announced nodes with their addresses now, and whether all could be resolved.
async fn resolved(first: &[Peer], nodes: Vec<NodeLine>) -> (Vec<Peer>, bool) {
    let mut peers: BTreeMap<Vec<u8>, Peer> = first
        .iter()
        .map(|peer| (peer.key.as_ref().to_vec(), peer.clone()))
        .collect();
    let lookups = nodes.iter().map(|node| looked_up(node.address.clone()));
    let addresses = join_all(lookups).await;
    let mut all = true;
    for (node, address) in nodes.iter().zip(addresses) {
        let key = node.key.0.0;
        let Ok(public) = ed25519::PublicKey::decode(Copying(&key[..])) else {
            tracing::warn!(member = %node.member, "an announced node's key is none: it is left out");
            continue;
        };
        match address {
            Some(address) => {
                peers.insert(
                    key.to_vec(),
                    Peer {
                        key: public,
                        address,
                    },
                );
            }
            None => {
                all = false;
                tracing::warn!(member = %node.member, address = node.address, "the address of a node cannot be resolved");
            }
        }
    }
    (peers.into_values().collect(), all)
}

/// The first address of a name, where it is found in time.
async fn looked_up(name: String) -> Option<SocketAddr> {
    let lookup = tokio::net::lookup_host(name);
    let found = tokio::time::timeout(RESOLVE_WITHIN, lookup).await;
    let mut addresses = found.ok()?.ok()?;
    addresses.next()
}
