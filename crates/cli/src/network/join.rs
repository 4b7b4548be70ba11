//! `convoy network join`: one file and one command make a machine a node of a network.
//!
//! ```text
//! bundle ─ checked part by part ─> ports free? clock right? inviter reached? ─> keys ─> enrolled ─> announced ─> configured ─> runs
//!                                                                              └── join.json says how far it is ──┘
//! ```
//!
//! Everything secret is made here and stays here. The invitation's key ends when the member's own administrator key takes its place, so a
//! bundle works once. The node begins as an observer that takes over the present state; it fetches what was before in the background.
//! Stopped anywhere, the same command goes on.

use super::{
    authority::{Authority, Place},
    bundle::{Bundle, CLOCKS_APART_MS},
    file::{MemberEntry, host_of, resolve},
    home::{At, CONFIG, DATA, Home, PASSPHRASE, random_did},
    invite::{held, invitation_key, knows, submit},
    prepare::{AUTHORITIES, GENESIS},
    reinstatement,
};
use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    output::Screen,
    trust,
};
use clap::Args;
use convoy_client::{Client, ClientError, Https, Signer};
use convoy_modules::membership::{
    queries::MemberView,
    types::{Action, ValidatorKey},
};
use convoy_node::{
    config::{PeerConfig, ResourcesConfig},
    keystore::{Keystore, Purpose},
    tokens::Scope,
};
use convoy_types::{
    Did, Digest, NetworkId,
    cose::{Algorithm, PublicKey, SigningKey},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    time::Duration,
};
use zeroize::Zeroizing;

/// How far a join is, in its folder.
const STATE: &str = "join.json";
/// What the member's first administrator's key is called.
const ADMINISTRATOR: &str = "administrator";
/// How long the inviter's machine may take to take a connection.
const KNOCK: Duration = Duration::from_secs(5);

/// What to join, and where.
#[derive(Args, Debug)]
pub struct Options {
    /// The bundle, as `convoy network invite` made it
    pub bundle: PathBuf,
    /// The new folder, for keys, configuration and data
    #[arg(long, value_name = "HOME")]
    pub out: PathBuf,
    /// Run the node when it is ready to, until Ctrl-C
    #[arg(long)]
    pub run: bool,
    /// The network that you expect, as whoever invited you told you
    #[arg(long, value_name = "ID")]
    pub network: Option<NetworkId>,
    /// The network's trust file, as you have it by another way than the bundle; needed where the inviter's key is newer than the founding document
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Where the interface listens for programs on this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8101")]
    pub api: SocketAddr,
    /// Where the interface listens for HTTPS
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8501")]
    pub secure: SocketAddr,
    /// Where the node listens for other nodes
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:9101")]
    pub listen: SocketAddr,
    /// Where other nodes reach this one; otherwise this machine's address on the way to the inviter
    #[arg(long, value_name = "HOST:PORT")]
    pub peer: Option<String>,
    /// Host name or address by which people and programs reach the node, for its certificate; repeat it for each
    #[arg(long = "name", value_name = "NAME", default_values_t = ["localhost".to_owned(), "127.0.0.1".to_owned()])]
    pub names: Vec<String>,
}

/// How far a join is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    /// The signer that the bundle invited.
    did: Did,
    /// The network.
    network: NetworkId,
    /// Whether the member's own key is on the ledger in place of the invitation's.
    enrolled: bool,
    /// Whether the node is announced.
    announced: bool,
}

impl Progress {
    fn read(home: &Path) -> Outcome<Option<Self>> {
        let path = home.join(STATE);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .attempt(|| format!("understand {}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).attempt(|| format!("read {}", path.display())),
        }
    }

    fn write(&self, home: &Path) -> Outcome {
        let path = home.join(STATE);
        let text = serde_json::to_vec_pretty(self).attempt(|| "write how far it is".into())?;
        fs::write(&path, text).attempt(|| format!("write {}", path.display()))
    }
}

/// Joins; the configuration to run.
pub async fn join(options: &Options, screen: Screen) -> Outcome<PathBuf> {
    let home = &options.out;
    let config = home.join(CONFIG);
    let bundle = match Progress::read(home)? {
        Some(progress) if progress.announced && config.exists() => {
            screen.hint(format!(
                "{} joined network {} before; its node is ready to run.",
                home.display(),
                progress.network
            ));
            return Ok(config);
        }
        _ => {
            let known = options.trust.as_deref().map(trust::read).transpose()?;
            Bundle::open(&options.bundle, options.network.as_ref(), known.as_ref())?
        }
    };
    let content = &bundle.content;
    screen.hint(format!(
        "The bundle is whole: {} invites {} to network {}.",
        bundle.member, content.invited.member, content.network
    ));
    for (what, address) in [
        ("--api", options.api),
        ("--secure", options.secure),
        ("--listen", options.listen),
    ] {
        free(what, address)?;
    }
    let client = inviter(&bundle).await?;
    screen.hint(format!("{} answers, and the clocks agree.", content.url));
    let (mut progress, consensus) = keys(home, &bundle)?;
    let own = own_key(home, &progress.did)?;
    if !progress.enrolled {
        enrol(&client, &bundle, own.public()).await?;
        progress.enrolled = true;
        progress.write(home)?;
        screen.hint("The member's own key is on the ledger; the invitation has ended.");
    }
    if !progress.announced {
        let address = announced_address(options, &bundle)?;
        name_tree_heads(&client, &bundle, home, own_key(home, &progress.did)?).await?;
        announce(&client, &bundle, own, consensus, &address).await?;
        configure(options, &bundle)?;
        progress.announced = true;
        progress.write(home)?;
        screen.hint(format!("The node is announced at {address}."));
    }
    screen.result(
        || {
            format!(
                "{} is a node of network {} for {}\nnode key      {}",
                home.display(),
                content.network,
                content.invited.member,
                consensus.0
            )
        },
        || json!({"home": home, "config": config, "network": content.network, "member": content.invited.member, "key": consensus}),
    );
    Ok(config)
}

/// Whether an address can be listened on.
fn free(option: &str, address: SocketAddr) -> Outcome {
    match TcpListener::bind(address) {
        Ok(_closed_again) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(Failure::environment(format!(
                "port {} of {} is in use on this machine",
                address.port(),
                address.ip()
            ))
            .remedy(format!(
                "stop what listens there, or choose another address with {option}"
            )))
        }
        Err(error) => Err(
            Failure::environment(format!("cannot listen on {address}: {error}"))
                .remedy(format!("choose an address of this machine with {option}")),
        ),
    }
}

/// The inviter's interface: of the right network, certified by the bundle's authorities, with a clock like this machine's.
async fn inviter(bundle: &Bundle) -> Outcome<Client> {
    let content = &bundle.content;
    let (host, port) = host_of(&content.url).ok_or_else(|| {
        Failure::refused(format!(
            "the bundle's address `{}` is no https address",
            content.url
        ))
        .remedy(format!(
            "ask `{}` for a new bundle, made with --url",
            bundle.member
        ))
    })?;
    let address = resolve(
        &format!("{host}:{port}"),
        "the bundle's address of the inviter",
    )?;
    TcpStream::connect_timeout(&address, KNOCK).map_err(|error| {
        Failure::environment(format!("{} ({address}) does not answer: {error}", content.url)).remedy(
            "see that this machine may connect there (firewall, route), and that the inviter's node runs",
        )
    })?;
    let https = Https {
        authorities: Some(content.authorities.clone().into_bytes()),
        machine: None,
    };
    let client = Client::with_https(&content.url, Some(&content.token), &https)?;
    let network = client
        .network()
        .await
        .map_err(|error| unreached(bundle, error))?;
    if network.network != content.network {
        return Err(Failure::refused(format!(
            "{} is a node of network {}, not of {}",
            content.url, network.network, content.network
        ))
        .remedy(format!("ask `{}` for a new bundle", bundle.member)));
    }
    let (now_ms, time_ms) = (clock::now_ms(), network.time_ms);
    if time_ms > now_ms + CLOCKS_APART_MS {
        return Err(Failure::environment(format!(
            "this machine's clock is {} seconds behind the network's: {} here, {} there",
            (time_ms - now_ms) / 1_000,
            clock::utc(now_ms),
            clock::utc(time_ms)
        ))
        .remedy("set this machine's clock; a time service keeps it right"));
    }
    Ok(client)
}

/// Why the inviter gives no answer although it takes connections.
fn unreached(bundle: &Bundle, error: ClientError) -> Failure {
    let url = &bundle.content.url;
    match &error {
        ClientError::Problem(problem) if matches!(problem.status, 401 | 403) => {
            Failure::refused(format!("{url} does not take the bundle's token: {error}"))
                .remedy(format!("ask `{}` for a new bundle", bundle.member))
        }
        ClientError::Connection { reason, .. } => {
            let reason = reason.to_lowercase();
            let expired = reason.contains("expired") || reason.contains("not valid yet");
            let certificate = reason.contains("certificate") || reason.contains("issuer");
            if expired {
                return Failure::environment(format!("{url}: {error}")).remedy(
                    "see that this machine's clock is right; if it is, the inviter's certificate has ended (convoy network certificate)",
                );
            }
            if certificate {
                return Failure::refused(format!(
                    "the certificate of {url} is of none of the authorities in the bundle: {error}"
                ))
                .remedy(format!(
                    "ask `{}` for a new bundle; somebody else may answer at that address",
                    bundle.member
                ));
            }
            Failure::environment(error)
        }
        _ => error.into(),
    }
}

fn entry(bundle: &Bundle) -> MemberEntry {
    let invited = &bundle.content.invited;
    MemberEntry {
        id: invited.member.clone(),
        name: invited.name.clone(),
        kind: invited.kind,
        founding: false,
        validator: true,
        through: None,
        host: None,
        node: None,
        signers: Vec::new(),
    }
}

/// The folder with this node's keys, made now or before; and the node's key.
fn keys(home: &Path, bundle: &Bundle) -> Outcome<(Progress, ValidatorKey)> {
    let did = &bundle.content.did;
    if let Some(progress) = Progress::read(home)? {
        if progress.did != *did {
            return Err(Failure::usage(format!(
                "{} was begun with another bundle",
                home.display()
            ))
            .remedy("give that bundle, or another folder with --out"));
        }
        let entries = Keystore::list(&home.join(DATA)).map_err(Failure::environment)?;
        let consensus = entries
            .iter()
            .find(|entry| entry.purpose == Purpose::Consensus);
        let key = consensus.ok_or_else(|| {
            Failure::environment(format!("{} has no key for the node", home.display()))
                .remedy("remove the folder and join again")
        })?;
        return Ok((
            progress,
            node_key(&key.public_key().map_err(Failure::environment)?)?,
        ));
    }
    let parent = home
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        fs::create_dir_all(parent).attempt(|| format!("make the folder {}", parent.display()))?;
    }
    let made = Home::make(home.to_owned(), &entry(bundle))?;
    let consensus = made.validator.as_ref().map(|keys| keys.consensus);
    let consensus = consensus.ok_or_else(|| Failure::environment("the node has no key"))?;
    let mut keystore = open(home)?;
    keystore
        .generate(
            ADMINISTRATOR,
            Purpose::Signer,
            Some(did.clone()),
            Algorithm::Ed25519,
        )
        .map_err(Failure::environment)?;
    let progress = Progress {
        did: did.clone(),
        network: bundle.content.network.clone(),
        enrolled: false,
        announced: false,
    };
    progress.write(home)?;
    Ok((progress, consensus))
}

fn node_key(key: &PublicKey) -> Outcome<ValidatorKey> {
    let raw = key
        .raw()
        .try_into()
        .attempt(|| "use the node's key".into())?;
    Ok(ValidatorKey(Digest(raw)))
}

fn open(home: &Path) -> Outcome<Keystore> {
    let path = home.join(PASSPHRASE);
    let text = fs::read_to_string(&path).attempt(|| format!("read {}", path.display()))?;
    let passphrase = Zeroizing::new(text);
    Keystore::open(&home.join(DATA), passphrase.trim_end()).map_err(Failure::environment)
}

fn own_key(home: &Path, did: &Did) -> Outcome<SigningKey> {
    open(home)?.signer(did).map_err(Failure::environment)
}

/// Puts the member's own key in the place of the invitation's.
async fn enrol(client: &Client, bundle: &Bundle, own: &PublicKey) -> Outcome {
    let content = &bundle.content;
    let invitation = invitation_key(&content.secret)?;
    let rotate = Action::RotateKey {
        did: content.did.clone(),
        old: invitation.public().key_id(),
        new: held(own),
    };
    // Stopped between the statement and the note of it, this command finds its own key there already.
    if knows(client, &content.did, own).await? {
        return Ok(());
    }
    let signer = Signer::load(client, content.did.clone(), invitation, 0).await?;
    submit(client, &signer, &rotate).await.map_err(|failure| {
        if failure.kind == crate::failure::Kind::Refused {
            return Failure {
                remedy: Some(format!(
                    "if this bundle was used before, on this machine or another, ask `{}` for a new one; if not by you, tell them: somebody else has it",
                    bundle.member
                )),
                ..failure
            };
        }
        failure
    })
}

/// Names the keys with which the node signs tree heads, unless the member has such keys already: those of another node of its.
async fn name_tree_heads(
    client: &Client,
    bundle: &Bundle,
    home: &Path,
    own: SigningKey,
) -> Outcome {
    let member = &bundle.content.invited.member;
    let known: MemberView = client.get(&["v1", "members", member.as_str()], &[]).await?;
    // Who lost everything lost the node's keys too.
    let lost = known.reinstatement.as_ref();
    let lost = lost.is_some_and(|plan| reinstatement::is_done(plan, &bundle.content.did));
    let has_keys = !known.tree_head_keys.is_empty() || known.validator.is_some();
    if has_keys && !lost {
        return Ok(());
    }
    let validator = known
        .validator
        .map(|key| serde_json::from_value(json!(key)))
        .transpose()
        .attempt(|| format!("understand the validator's key of {member}"))?;
    let entries = Keystore::list(&home.join(DATA)).map_err(Failure::environment)?;
    let heads = entries
        .iter()
        .filter(|entry| entry.purpose == Purpose::TreeHead);
    let keys = heads.map(|entry| entry.public_key());
    let set = Action::SetNodeKeys {
        member: member.clone(),
        validator,
        tree_head_keys: keys
            .collect::<Result<_, _>>()
            .map_err(Failure::environment)?,
        node: Some(random_did()?),
    };
    let signer = Signer::load(client, bundle.content.did.clone(), own, 0).await?;
    submit(client, &signer, &set).await
}

/// Says on the ledger where the node is, so that the others let it in.
async fn announce(
    client: &Client,
    bundle: &Bundle,
    own: SigningKey,
    key: ValidatorKey,
    address: &str,
) -> Outcome {
    let announce = Action::AnnounceNode {
        member: bundle.content.invited.member.clone(),
        key,
        address: Some(address.to_owned()),
    };
    let signer = Signer::load(client, bundle.content.did.clone(), own, 0).await?;
    submit(client, &signer, &announce).await
}

/// Where the others reach this node.
fn announced_address(options: &Options, bundle: &Bundle) -> Outcome<String> {
    if let Some(peer) = &options.peer {
        resolve(peer, "--peer")?;
        return Ok(peer.clone());
    }
    if !options.listen.ip().is_unspecified() {
        return Ok(options.listen.to_string());
    }
    let (host, port) = host_of(&bundle.content.url).unwrap_or_default();
    let inviter = resolve(
        &format!("{host}:{port}"),
        "the bundle's address of the inviter",
    )?;
    let way = TcpStream::connect_timeout(&inviter, KNOCK)
        .and_then(|way| way.local_addr())
        .attempt(|| "find this machine's address".into())?;
    Ok(SocketAddr::new(way.ip(), options.listen.port()).to_string())
}

/// Certificate, configuration, tokens, and what the bundle brought.
fn configure(options: &Options, bundle: &Bundle) -> Outcome {
    let (home, content) = (&options.out, &bundle.content);
    let write = |name: &str, text: &[u8]| {
        let path = home.join(name);
        fs::write(&path, text).attempt(|| format!("write {}", path.display()))
    };
    let genesis = serde_json::to_vec_pretty(&content.genesis)
        .attempt(|| "write the founding document".into())?;
    write(GENESIS, &genesis)?;
    write("trust.json", content.trust.as_bytes())?;
    let place = Place::network(home);
    let name = format!("Convoy {} {}", content.genesis.name, content.invited.member);
    let authority = match place.key().exists() {
        true => Authority::open(&place)?,
        false => Authority::make(&place, &name)?,
    };
    let own = place.certificate();
    let own = fs::read_to_string(&own).attempt(|| format!("read {}", own.display()))?;
    write(
        AUTHORITIES,
        format!("{}{own}", content.authorities).as_bytes(),
    )?;
    let made = Home {
        entry: entry(bundle),
        folder: home.clone(),
        did: content.did.clone(),
        validator: None,
        enrolments: Vec::new(),
    };
    let at = At {
        api: options.api,
        secure: options.secure,
        peer: options.listen,
        names: options.names.clone(),
        genesis: GENESIS.into(),
        demo: false,
        state_sync: true,
        resources: ResourcesConfig::default(),
    };
    let peers: Vec<PeerConfig> = content.peers.clone();
    made.configure(at, peers, &authority)?;
    let scopes = [Scope::Read, Scope::Submit];
    made.token(
        &home.join(DATA),
        ADMINISTRATOR,
        &scopes,
        Some(content.did.clone()),
    )?;
    Ok(())
}
