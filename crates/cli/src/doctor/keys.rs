//! Founding document and keystore: whether they can be read, fit each other, and fit what the data folder holds.

use super::Finding;
use convoy_node::{
    NodeConfig,
    genesis::GenesisDocument,
    keystore::{Keystore, KeystoreError, Purpose},
};
use convoy_types::{
    Digest,
    cose::{Algorithm, SigningKey},
    log::leaf_hash,
};
use std::{collections::BTreeSet, fs::File, io::Read as _, path::Path, sync::Arc};

pub fn examine(config: &NodeConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    let genesis = match genesis(config) {
        Ok(genesis) => {
            findings.push(Finding::ok(
                "founding document",
                format!("{}, digest {}", genesis.name, genesis.digest()),
            ));
            findings.push(ledger(&config.data, &genesis.digest()));
            findings.push(peers(config, &genesis));
            Some(genesis)
        }
        Err(fault) => {
            findings.push(fault);
            None
        }
    };
    match keystore(config) {
        Ok(keystore) => {
            findings.push(Finding::ok(
                "keystore",
                format!(
                    "{} keys, and the passphrase opens them",
                    keystore.entries().len()
                ),
            ));
            findings.extend(keys(config, genesis.as_ref(), &keystore));
        }
        Err(fault) => findings.push(fault),
    }
    findings
}

fn genesis(config: &NodeConfig) -> Result<GenesisDocument, Finding> {
    const CHECK: &str = "founding document";
    const REMEDY: &str =
        "take it from another member again: it is the same file, byte for byte, on every node";
    let genesis = GenesisDocument::read(&config.genesis).map_err(|error| {
        Finding::fault(
            CHECK,
            format!("{}: {error}", config.genesis.display()),
            REMEDY,
        )
    })?;
    genesis.check_signed().map_err(|error| {
        Finding::fault(
            CHECK,
            format!("{}: {error}", config.genesis.display()),
            REMEDY,
        )
    })?;
    genesis
        .found(Arc::new(convoy_modules::registry()))
        .map_err(|error| {
            Finding::fault(
                CHECK,
                format!("{}: {error}", config.genesis.display()),
                REMEDY,
            )
        })?;
    // A member that joined later takes over a state; no founding document names it.
    if genesis.member(&config.member).is_none() && !config.resources.state_sync {
        let names: Vec<_> = genesis
            .members
            .iter()
            .map(|founder| founder.member.member.as_str())
            .collect();
        return Err(Finding::fault(
            CHECK,
            format!(
                "it names no member `{}`; it names {}",
                config.member,
                names.join(", ")
            ),
            "correct `member` in the configuration, or take the right founding document",
        ));
    }
    Ok(genesis)
}

/// The log's first entry is the founding document's digest.
fn ledger(data: &Path, digest: &Digest) -> Finding {
    const CHECK: &str = "ledger";
    let mut first = [0; 32];
    let path = data.join("log").join("level-00");
    let read = File::open(&path).and_then(|mut file| file.read_exact(&mut first));
    if read.is_err() {
        return Finding::note(
            CHECK,
            "this node holds no blocks yet",
            "nothing: it fetches them from its peers when it starts",
        );
    }
    if Digest(first) != leaf_hash(digest) {
        return Finding::fault(
            CHECK,
            format!(
                "what {} holds was founded with another document than the one configured",
                data.display()
            ),
            "the founding document was changed or exchanged, or `data` is of another network: take the document from another member again",
        );
    }
    Finding::ok(CHECK, "it begins with this founding document")
}

/// Every validator has an address, and every address is a validator's.
fn peers(config: &NodeConfig, genesis: &GenesisDocument) -> Finding {
    const CHECK: &str = "list of peers";
    let configured: BTreeSet<_> = config
        .p2p
        .peers
        .iter()
        .map(|peer| peer.member.as_str())
        .collect();
    let validators = genesis.validators();
    let founded: BTreeSet<_> = validators
        .iter()
        .map(|(member, _)| member.as_str())
        .collect();
    let missing: Vec<_> = founded.difference(&configured).copied().collect();
    let strange: Vec<_> = configured.difference(&founded).copied().collect();
    if !missing.is_empty() {
        return Finding::fault(
            CHECK,
            format!("`p2p.peers` has no address for {}", missing.join(", ")),
            "add member and address of every validator, this node's own included",
        );
    }
    if !strange.is_empty() {
        return Finding::fault(
            CHECK,
            format!(
                "`p2p.peers` names {}, which the founding document has no validator for",
                strange.join(", ")
            ),
            "remove the entry, or correct its member",
        );
    }
    Finding::ok(
        CHECK,
        format!("an address for each of {} validators", founded.len()),
    )
}

fn keystore(config: &NodeConfig) -> Result<Keystore, Finding> {
    const CHECK: &str = "keystore";
    let passphrase = config.keystore.passphrase().map_err(|error| {
        Finding::fault(
            CHECK,
            error.to_string(),
            "keystore.passphrase_file has to name a file that the node's user may read, or keystore.passphrase_env a variable that is set",
        )
    })?;
    Keystore::open(&config.data, &passphrase).map_err(|error| {
        let remedy = match &error {
            KeystoreError::Sealed(_) => "use the passphrase that this keystore was made with; if the file was changed, restore it from your backup",
            KeystoreError::File { .. } => "it has to be readable by the user that runs the node; if it is gone, restore it from your backup",
            _ => "restore the keystore from your backup",
        };
        Finding::fault(CHECK, error.to_string(), remedy)
    })
}

fn keys(
    config: &NodeConfig,
    genesis: Option<&GenesisDocument>,
    keystore: &Keystore,
) -> Vec<Finding> {
    const CHECK: &str = "keys";
    const REMEDY: &str =
        "the keystore is of another node or network: put the right one into the data folder";
    let founder = genesis.and_then(|genesis| genesis.member(&config.member));
    if genesis.is_some() && founder.is_none() {
        return vec![Finding::not_checked(
            CHECK,
            format!(
                "`{}` joined after the founding, so the document has nothing to compare them with",
                config.member
            ),
        )];
    }
    let Some(founder) = founder else {
        return vec![Finding::not_checked(
            CHECK,
            "without a founding document there is nothing to compare them with",
        )];
    };
    let raw = |key: &SigningKey| key.public().raw().to_vec();
    let consensus = keystore.key(Purpose::Consensus, Algorithm::Ed25519);
    let expected = founder.member.validator.map(|key| key.0.0.to_vec());
    let mut findings = Vec::new();
    match (consensus, expected) {
        (Err(error), _) => findings.push(Finding::fault(
            CHECK,
            format!("no key to vote with: {error}"),
            REMEDY,
        )),
        (Ok(_), None) => findings.push(Finding::note(
            CHECK,
            format!(
                "the founding document has no validator for `{}`: this node observes, unless its key was made a validator's since",
                config.member
            ),
            "right if the member came later; otherwise correct `member` in the configuration",
        )),
        (Ok(key), Some(expected)) if raw(&key) != expected => findings.push(Finding::note(
            CHECK,
            format!(
                "the key to vote with is not the one that the founding document names for `{}`",
                config.member
            ),
            "right if it was rotated by a transaction (plan_validators), or if this is a second node that observes; otherwise put the right keystore into the data folder",
        )),
        (Ok(_), Some(_)) => {}
    }
    for algorithm in [Algorithm::Ed25519, Algorithm::MlDsa65] {
        let known = |key: &SigningKey| founder.member.tree_head_keys.contains(key.public());
        match keystore.key(Purpose::TreeHead, algorithm) {
            Ok(key) if known(&key) => {}
            Ok(_) => findings.push(Finding::note(
                CHECK,
                format!("the {} key for receipts is not the founding document's", algorithm.name()),
                "right if it was replaced by a transaction (set_node_keys); otherwise nobody accepts this node's receipts",
            )),
            Err(error) => findings.push(Finding::note(CHECK, format!("no {} key for receipts: {error}", algorithm.name()), "this node gives no such receipts; the other members' nodes do")),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            "they are those that the founding document names",
        ));
    }
    findings
}
