//! `convoy network invite`: takes a member in and makes the bundle with which its node joins.
//!
//! It runs on the inviter's own machine, beside its node: the bundle is signed with the member's tree-head key from the node's keystore, and
//! holds a token of that node, which ends with it. The statements that take the member in are signed for the token given, which is an administrator's.
//!
//! With `--lost` the member is one that lost everything: the invitation becomes its administrator by a reinstatement, which other members agree
//! to; until then there is no bundle, and the same command says who has agreed.

use super::{
    bundle::{BUNDLE_VERSION, Bundle, Content, Invited},
    home::random_did,
    prepare::{AUTHORITIES, all_authorities},
    reinstatement,
};
use crate::{
    clock,
    connection::{self, FINAL_WITHIN},
    failure::{Attempt as _, Failure, Kind, Outcome},
    node,
    output::Screen,
};
use clap::Args;
use convoy_client::{Client, ClientError, Signer, State};
use convoy_modules::membership::{
    self,
    types::{Action, MemberKind, NewKey},
};
use convoy_node::{
    NodeConfig,
    durable::write_private,
    genesis::GenesisDocument,
    keystore::{Keystore, Purpose},
    tokens::{Scope, TokenStore},
};
use convoy_types::{
    Did, MemberId, cbor,
    cose::{Algorithm, PublicKey, SigningKey},
    statement::Assurance,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const DAY_MS: u64 = 86_400_000;

/// Whom to invite, and how.
#[derive(Args, Debug)]
pub struct Options {
    /// The member's short name. One that is not there yet is taken in, with --name and --kind
    pub member: MemberId,
    /// Its name for people
    #[arg(long)]
    pub name: Option<String>,
    /// What it is: nation, agency, supplier or auditor
    #[arg(long, value_parser = kind, default_value = "nation")]
    pub kind: MemberKind,
    /// The member lost its machines, its backups and every administrator's key: what happened, and how you made sure who asks
    #[arg(long, value_name = "REASON")]
    pub lost: Option<String>,
    /// The bundle to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Days for which the bundle works
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=30))]
    pub days: u64,
    /// The address at which the new member reaches this node over HTTPS; otherwise that of the founding document
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The configuration of this machine's node
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    pub config: PathBuf,
    /// The node, with an administrator's token
    #[command(flatten)]
    pub node: connection::Node,
}

fn kind(word: &str) -> Result<MemberKind, String> {
    serde_json::from_value(json!(word))
        .map_err(|_| "a kind is nation, agency, supplier or auditor".into())
}

/// Does it.
pub async fn run(options: &Options, screen: Screen) -> Outcome {
    let config = node::read(&options.config)?;
    let genesis = GenesisDocument::read(&config.genesis).map_err(Failure::usage)?;
    let folder = options.config.parent().unwrap_or(Path::new("."));
    let url = url(options, &config, &genesis)?;
    let keys = Keystore::open(
        &config.data,
        &config.keystore.passphrase().map_err(Failure::usage)?,
    )
    .map_err(Failure::environment)?;
    let own = keys
        .key(Purpose::TreeHead, Algorithm::Ed25519)
        .map_err(Failure::environment)?;
    let client = options.node.client()?;
    let trust = client.trust().await?;
    let made_ms = clock::now_ms();
    let expires_ms = made_ms + options.days * DAY_MS;
    let invited = member(&client, options, screen).await?;
    let pending = Pending::at(&config.data, &invited.member);
    let lost = options.lost.as_deref();
    let Some((did, key)) = pending.invitation(&client, &invited, lost).await? else {
        return reinstatement::tell(&client, &invited, screen).await;
    };
    let token = TokenStore::open(&config.data)
        .and_then(|store| {
            let scopes = vec![Scope::Read, Scope::Submit];
            let name = format!("invitation of {}", invited.member);
            store.issue(&name, scopes, None, Some(expires_ms))
        })
        .attempt(|| format!("issue a token in {}", config.data.display()))?;
    let content = Content {
        version: BUNDLE_VERSION,
        network: genesis.network().map_err(Failure::usage)?,
        invited,
        made_ms,
        expires_ms,
        url,
        token,
        did,
        secret: secret_of(&key)?,
        peers: config.p2p.peers.clone(),
        authorities: authorities(folder, &genesis)?,
        trust: trust.to_json(),
        genesis,
    };
    let bundle = content.sign(config.member.clone(), &own)?;
    bundle.check(None, Some(&trust), clock::now_ms())?;
    write(&bundle, &options.out, screen)
}

fn write(bundle: &Bundle, out: &Path, screen: Screen) -> Outcome {
    let text = serde_json::to_vec_pretty(bundle).attempt(|| "write the bundle".into())?;
    // The folder is synchronised too, so it has to have a name.
    let path = Path::new(".").join(out);
    write_private(&path, &text).attempt(|| format!("write {}", out.display()))?;
    let content = &bundle.content;
    screen.result(
        || {
            format!(
                "{}\ninvites {} to network {}\nworks until {}",
                out.display(),
                content.invited.member,
                content.network,
                clock::utc(content.expires_ms)
            )
        },
        || json!({"bundle": out, "member": content.invited.member, "network": content.network, "expires_ms": content.expires_ms}),
    );
    let more = match bundle.is_by_founding_key() {
        true => "",
        false => " --trust FILE",
    };
    screen.hint(format!(
        "Hand it over like a password: it works once. On the new machine: convoy network join {} --out HOME --run{more}",
        out.file_name().unwrap_or_default().to_string_lossy()
    ));
    if !more.is_empty() {
        screen.hint("This node's key is newer than the founding document, so the bundle alone does not prove it: FILE is the network's trust file (/v1/trust of a node), handed over by another way.");
    }
    Ok(())
}

/// The member on the ledger, taken in where it is not there.
async fn member(client: &Client, options: &Options, screen: Screen) -> Outcome<Invited> {
    let id = &options.member;
    let known: Result<Value, ClientError> = client.get(&["v1", "members", id.as_str()], &[]).await;
    match known {
        Ok(known) => {
            let member = known
                .get("member")
                .filter(|inner| inner.is_object())
                .unwrap_or(&known);
            let name = member["name"].as_str().unwrap_or(id.as_str()).to_owned();
            let kind = serde_json::from_value(member["kind"].clone()).unwrap_or(options.kind);
            Ok(Invited {
                member: id.clone(),
                name,
                kind,
            })
        }
        Err(ClientError::Problem(problem)) if problem.status == 404 && options.lost.is_some() => {
            Err(Failure::usage(format!(
                "the network has no member `{id}` that could have lost anything"
            ))
            .remedy("look at the short name: convoy membership members"))
        }
        Err(ClientError::Problem(problem)) if problem.status == 404 => {
            let name = options.name.clone().ok_or_else(|| {
                Failure::usage(format!("the network has no member `{id}` yet"))
                    .remedy("to take it in, say its name for people with --name, and what it is with --kind")
            })?;
            let invited = Invited {
                member: id.clone(),
                name,
                kind: options.kind,
            };
            screen.hint(format!("taking in {} ({id})", invited.name));
            let new = json!({"member": id, "name": invited.name, "kind": invited.kind});
            act(client, json!({ "enrol_member": new })).await?;
            Ok(invited)
        }
        Err(error) => Err(error.into()),
    }
}

/// The invitation of a member, kept by the inviter until it is used: who lost the bundle, or let it expire, gets another, and the one
/// before is void.
struct Pending(PathBuf);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    did: Did,
    secret: String,
    /// The key that is to take its place, kept before anybody hears of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A signer, its key, and the key that is to take its place.
type Invitation = (Did, SigningKey, Option<SigningKey>);

impl Pending {
    fn at(data: &Path, member: &MemberId) -> Self {
        Self(data.join("invitations").join(format!("{member}.json")))
    }

    /// The invitation's signer and key, and the key that is to take its place where the ledger does not have that yet.
    async fn read(&self, client: &Client) -> Outcome<Option<Invitation>> {
        let path = &self.0;
        let bytes = match fs::read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).attempt(|| format!("read {}", path.display())),
        };
        let kept: Kept =
            serde_json::from_slice(&bytes).attempt(|| format!("understand {}", path.display()))?;
        let (did, key) = (kept.did, invitation_key(&kept.secret)?);
        let next = kept.next.as_deref().map(invitation_key).transpose()?;
        Ok(Some(match next {
            Some(next) if knows(client, &did, next.public()).await? => (did, next, None),
            next => (did, key, next),
        }))
    }

    fn write(&self, did: &Did, key: &SigningKey, next: Option<&SigningKey>) -> Outcome {
        let path = &self.0;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).attempt(|| format!("make the folder {}", folder.display()))?;
        let kept = Kept {
            did: did.clone(),
            secret: secret_of(key)?,
            next: next.map(secret_of).transpose()?,
        };
        let text = serde_json::to_vec(&kept).attempt(|| "keep the invitation".into())?;
        write_private(path, &text).attempt(|| format!("write {}", path.display()))
    }

    /// A signer and key that administrate the member on the ledger, and that nobody has used. `None`: others have to agree to it first.
    async fn invitation(
        &self,
        client: &Client,
        invited: &Invited,
        lost: Option<&str>,
    ) -> Outcome<Option<(Did, SigningKey)>> {
        let Some((did, key, next)) = self.read(client).await? else {
            return self.begin(client, invited, lost).await;
        };
        let signer =
            match Signer::load(client, did.clone(), invitation_key(&secret_of(&key)?)?, 0).await {
                Ok(signer) => signer,
                // Kept, and not enrolled: stopped in between.
                Err(ClientError::Problem(problem)) if problem.status == 404 => {
                    let enrolled = take_in(client, invited, (&did, &key), lost).await?;
                    return Ok(enrolled.then_some((did, key)));
                }
                Err(error) => return Err(error.into()),
            };
        // The same one as before: what was asked for then may become final yet.
        let fresh = next.map_or_else(new_key, Ok)?;
        let rotate = Action::RotateKey {
            did: did.clone(),
            old: key.public().key_id(),
            new: held(fresh.public()),
        };
        self.write(&did, &key, Some(&fresh))?;
        let done = match submit(client, &signer, &rotate).await {
            Err(failure) if !knows(client, &did, fresh.public()).await? => Err(failure),
            _ => Ok(()),
        };
        match done {
            Ok(()) => {
                self.write(&did, &fresh, None)?;
                Ok(Some((did, fresh)))
            }
            Err(failure) if failure.kind == Kind::Refused && lost.is_some() => {
                // The member used it and lost it with the rest, where that was before the newest plan; else it came back by it.
                reinstatement::not_by(client, &invited.member, &did, &self.0).await?;
                self.begin(client, invited, lost).await
            }
            Err(failure) if failure.kind == Kind::Refused => Err(failure.remedy(format!(
                "`{}` has used its invitation: its own administrators invite further nodes, each on the machine of a node of theirs",
                invited.member
            ))),
            Err(failure) => Err(failure),
        }
    }

    /// A new invitation, kept before anybody hears of it. `None`: others have to agree to it first.
    async fn begin(
        &self,
        client: &Client,
        invited: &Invited,
        lost: Option<&str>,
    ) -> Outcome<Option<(Did, SigningKey)>> {
        let (did, key) = (random_did()?, new_key()?);
        self.write(&did, &key, None)?;
        let enrolled = take_in(client, invited, (&did, &key), lost).await?;
        Ok(enrolled.then_some((did, key)))
    }
}

/// A key that a member's node holds.
pub fn held(key: &PublicKey) -> NewKey {
    NewKey {
        key: key.clone(),
        valid_from_ms: None,
        valid_until_ms: None,
        assurance: Assurance::HeldByNode,
        hardware: false,
    }
}

/// The key of an invitation, from its hexadecimal form.
pub fn invitation_key(secret: &str) -> Outcome<SigningKey> {
    let bytes: Option<[u8; 32]> = hex::decode(secret)
        .ok()
        .and_then(|secret| secret.try_into().ok());
    let bytes =
        Zeroizing::new(bytes.ok_or_else(|| Failure::refused("an invitation holds no key"))?);
    SigningKey::from_secret(Algorithm::Ed25519, &bytes).attempt(|| "use the invitation".into())
}

fn secret_of(key: &SigningKey) -> Outcome<String> {
    let secret = key
        .to_secret()
        .attempt(|| "keep the invitation's key".into())?;
    Ok(hex::encode(secret.as_slice()))
}

fn new_key() -> Outcome<SigningKey> {
    SigningKey::generate(Algorithm::Ed25519).attempt(|| "make the invitation's key".into())
}

/// Whether the ledger has, or had, this key for `did`.
pub async fn knows(client: &Client, did: &Did, key: &PublicKey) -> Outcome<bool> {
    let wanted = json!(key.key_id());
    match client
        .get::<Value>(&["v1", "signers", did.as_str()], &[])
        .await
    {
        Ok(view) => Ok(view["keys"]
            .as_array()
            .is_some_and(|keys| keys.iter().any(|known| known["key_id"] == wanted))),
        Err(ClientError::Problem(problem)) if problem.status == 404 => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Signs an action of membership with a key that is registered as held by a node, and waits until the node's queries know it.
pub async fn submit(client: &Client, signer: &Signer, action: &impl Serialize) -> Outcome {
    let body = cbor::to_vec(action);
    let statement = signer.sign_with(|builder| {
        builder
            .assurance(Assurance::HeldByNode)
            .action(membership::NAME, body)
    })?;
    let status = client.submit_and_follow(&statement, FINAL_WITHIN).await?;
    match (status.state, status.refusal) {
        (State::Accepted, _) => connection::answered(client, status.height).await,
        (_, Some(refusal)) => Err(Failure::refused(format!(
            "the ledger refused it: {refusal:?}"
        ))),
        (state, None) => Err(Failure::refused(format!(
            "the statement ended as {state:?}"
        ))),
    }
}

/// Makes the invitation the member's administrator. `false`: others have to agree to it first.
async fn take_in(
    client: &Client,
    invited: &Invited,
    invitation: (&Did, &SigningKey),
    lost: Option<&str>,
) -> Outcome<bool> {
    match lost {
        None => enrol(client, invited, invitation).await.map(|()| true),
        Some(reason) => reinstatement::ask(client, &invited.member, invitation, reason).await,
    }
}

/// Enrols the invitation as the member's administrator.
async fn enrol(client: &Client, invited: &Invited, (did, key): (&Did, &SigningKey)) -> Outcome {
    let signer = json!({
        "did": did,
        "member": invited.member,
        "kind": "person",
        "roles": ["member-administrator"],
        "keys": [held(key.public())],
    });
    act(client, json!({ "enrol_signer": signer })).await
}

/// Has an action signed with the token's key, and waits until the node's queries know it.
pub(super) async fn act(client: &Client, action: Value) -> Outcome {
    let id = client.act(&[("membership", action)], None).await?;
    let status = client.follow(&id, FINAL_WITHIN).await?;
    match status.state {
        State::Accepted => connection::answered(client, status.height).await,
        _ => Err(Failure::refused(format!(
            "the ledger refused the invitation: {:?}",
            status.refusal
        ))
        .remedy("an administrator of a founding member takes in new members; an administrator of a member invites its own nodes")),
    }
}

fn url(options: &Options, config: &NodeConfig, genesis: &GenesisDocument) -> Outcome<String> {
    let own = genesis.member(&config.member);
    let agreed = own.and_then(|own| Some(own.place.as_ref()?.url.clone()));
    let local = || {
        let port = config.api.tls.as_ref()?.listen.port();
        Some(format!("https://localhost:{port}"))
    };
    options
        .url
        .clone()
        .or(agreed)
        .or_else(local)
        .ok_or_else(|| {
            Failure::usage("this node has no HTTPS by which a new member could reach it")
                .remedy("configure api.tls, or give --url")
        })
}

/// The authorities of the network's nodes: from the founding document, or the one of a network that was founded on one machine.
fn authorities(folder: &Path, genesis: &GenesisDocument) -> Outcome<String> {
    let agreed = all_authorities(genesis);
    if !agreed.is_empty() {
        return Ok(agreed);
    }
    let places = [folder.join(AUTHORITIES), folder.join("../ca.pem")];
    let found = places.iter().find_map(|path| fs::read_to_string(path).ok());
    found.ok_or_else(|| {
        Failure::usage(format!(
            "neither {} nor {} is there",
            places[0].display(),
            places[1].display()
        ))
        .remedy(
            "put the certificate of the authority that the network's nodes are certified by there",
        )
    })
}
