//! Founding a network whose members never share a secret: each makes its keys on its own machine.
//!
//! ```text
//! every member   convoy network prepare  FILE MEMBER --out HOME      keys stay in HOME; MEMBER.public.json is handed round
//! somebody       convoy network assemble FILE *.public.json --out genesis.json
//! every founder  convoy network sign     genesis.json --file FILE --home HOME     MEMBER.signature.json is handed round
//! every member   convoy network found    genesis.json *.signature.json --home HOME
//! every member   convoy node run         --config HOME/node.toml
//! ```
//!
//! FILE is the same for all: it names the members, their people's roles, and where their nodes are reached. From the same parts everybody
//! assembles the same document, byte for byte. A founder signs only what agrees with the file and with its own part, so whoever
//! puts the parts together is not believed either.
//!
//! A public part is a founding document of that one member, signed by it: whoever handed it in holds the keys.

use super::{
    authority::{Authority, Place},
    file::{MemberEntry, NetworkFile},
    home::{At, DATA, Home},
};
use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    output::{self, Screen},
};
use convoy_modules::membership::types::{NewSigner, Role, Roles, SignerKind};
use convoy_node::{
    config::{PeerConfig, ResourcesConfig},
    founding::FounderSignature,
    genesis::{GENESIS_VERSION, GenesisDocument, GenesisMember, MemberPlace},
    tokens::Scope,
};
use convoy_types::{Digest, MemberId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The version of public parts.
const PART_VERSION: u32 = 1;
/// The founding document in a member's folder.
pub const GENESIS: &str = "genesis.json";
/// The authorities of all members' nodes, in a member's folder.
pub const AUTHORITIES: &str = "ca-all.pem";

/// What a member says of itself for the founding: no secret is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    version: u32,
    /// Digest of the file it was made from.
    file: Digest,
    /// A founding document of this member alone.
    document: GenesisDocument,
}

impl Part {
    fn read(path: &Path) -> Outcome<Self> {
        let part: Self = read(
            path,
            "a public part",
            "`convoy network prepare` writes it; ask its member for the whole file again",
        )?;
        if part.version != PART_VERSION || part.document.members.len() != 1 {
            return Err(Failure::usage(format!(
                "{} is a public part of version {}, this program knows version {PART_VERSION}",
                path.display(),
                part.version
            ))
            .remedy("use the same version of this program on every member's machine"));
        }
        Ok(part)
    }

    fn member(&self) -> &MemberId {
        &self.document.members[0].member.member
    }
}

fn read<T: DeserializeOwned>(path: &Path, what: &str, remedy: &str) -> Outcome<T> {
    let bytes = fs::read(path).attempt(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let cut = if error.is_eof() {
            "it is cut short: "
        } else {
            ""
        };
        Failure::usage(format!("{} is not {what}: {cut}{error}", path.display())).remedy(remedy)
    })
}

/// Reads a founding document.
pub fn read_genesis(path: &Path) -> Outcome<GenesisDocument> {
    GenesisDocument::read(path).map_err(|error| {
        Failure::usage(format!("{}: {error}", path.display()))
            .remedy("`convoy network assemble` writes it; take the whole file again from whoever assembled it")
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Outcome {
    let text = serde_json::to_vec_pretty(value).attempt(|| format!("write {}", path.display()))?;
    fs::write(path, text).attempt(|| format!("write {}", path.display()))
}

/// `convoy network prepare`: makes a member's keys here, and the part that everybody may see.
pub fn prepare(path: &Path, member: &MemberId, out: &Path, screen: Screen) -> Outcome {
    let file = NetworkFile::read(path)?;
    let entry = file.member(member)?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        fs::create_dir_all(parent).attempt(|| format!("make the folder {}", parent.display()))?;
    }
    // What cannot be looked up is found out before keys are made.
    let peers = match entry.validator {
        true => peers(&file)?,
        false => Vec::new(),
    };
    let home = Home::make(out.to_owned(), entry)?;
    let place = match entry.validator {
        true => Some(configure(&file, &home, peers)?),
        false => None,
    };
    let mut document = GenesisDocument {
        version: GENESIS_VERSION,
        name: file.name.clone(),
        time_ms: clock::now_ms(),
        members: vec![home.founder(&[], place)],
        signatures: Vec::new(),
    };
    if document.members[0].must_sign() {
        let signature = home.sign(&document)?;
        document
            .add_signature(signature)
            .map_err(Failure::refused)?;
    }
    let public = out.join(format!("{member}.public.json"));
    write_json(
        &public,
        &Part {
            version: PART_VERSION,
            file: file.digest(),
            document,
        },
    )?;
    screen.result(
        || format!("{}", public.display()),
        || json!({"member": member, "public": public, "home": out}),
    );
    screen.hint(format!(
        "The keys are in {} and stay there. Hand {} to whoever assembles the founding document.",
        out.display(),
        public.display()
    ));
    Ok(())
}

/// The addresses at which this node reaches the others, in the file's order.
fn peers(file: &NetworkFile) -> Outcome<Vec<PeerConfig>> {
    file.validators()
        .map(|member| {
            Ok(PeerConfig {
                member: member.id.clone(),
                address: place(member)?.peer_address(&member.id)?,
            })
        })
        .collect()
}

fn place(member: &MemberEntry) -> Outcome<&super::file::NodePlace> {
    member.node.as_ref().ok_or_else(|| {
        Failure::usage(format!(
            "member `{}` has a validator and the file does not say where it is reached",
            member.id
        ))
        .remedy("add [member.node] with peer = \"HOST:PORT\" and url = \"https://HOST:PORT\"")
    })
}

/// Makes the node's authority, certificate, configuration and tokens.
fn configure(file: &NetworkFile, home: &Home, peers: Vec<PeerConfig>) -> Outcome<MemberPlace> {
    let entry = &home.entry;
    let place = place(entry)?;
    let api = place
        .api
        .unwrap_or_else(|| ([127, 0, 0, 1], file.api_port).into());
    let (host, _) = place.host(&entry.id)?;
    let own = entry.host.iter();
    let own = own.map(|host| host.split(':').next().unwrap_or_default());
    let mut names = vec![host];
    for name in own.chain(["localhost", "127.0.0.1"]) {
        if !names.iter().any(|known| known == name) {
            names.push(name.into());
        }
    }
    let own = Place::network(&home.folder);
    let authority = Authority::make(&own, &format!("Convoy {} {}", file.name, entry.id))?;
    let at = At {
        api,
        secure: place.secure_address(&entry.id)?,
        peer: place.listen_address(&entry.id)?,
        names,
        genesis: GENESIS.into(),
        demo: file.demo,
        state_sync: false,
        resources: ResourcesConfig::default(),
    };
    home.configure(at, peers, &authority)?;
    for enrolment in entry.signers.iter().zip(&home.enrolments) {
        let (signer, enrolment) = enrolment;
        let scopes = [Scope::Read, Scope::Submit];
        let did = Some(enrolment.did.clone());
        home.token(&home.folder.join(DATA), &signer.key, &scopes, did)?;
    }
    let authority = own.certificate();
    Ok(MemberPlace {
        peer: place.peer.clone(),
        url: place.url.clone(),
        authority: fs::read_to_string(&authority)
            .attempt(|| format!("read {}", authority.display()))?,
    })
}

/// `convoy network assemble`: puts the founding document together. The same parts give the same document, in whatever order they come.
pub fn assemble(path: &Path, parts: &[PathBuf], out: &Path, screen: Screen) -> Outcome {
    let file = NetworkFile::read(path)?;
    let mut members: BTreeMap<MemberId, (GenesisMember, u64)> = BTreeMap::new();
    for path in parts {
        let part = Part::read(path)?;
        let member = part.member().clone();
        let wrong = |what: String, remedy: &str| {
            Err(Failure::usage(format!("{}: {what}", path.display())).remedy(remedy))
        };
        if part.file != file.digest() {
            return wrong(
                format!("`{member}` made its part from another network file than this one"),
                "send the present file to all members; whoever has another one prepares again",
            );
        }
        if part.document.members[0].must_sign()
            && let Err(error) = part.document.check_signed()
        {
            return wrong(
                error.to_string(),
                "the part was changed on its way; ask its member for it again",
            );
        }
        if let Err(fault) = agrees(file.member(&member)?, &part.document.members[0]) {
            return wrong(
                fault,
                "ask its member to prepare again with the present file",
            );
        }
        let time_ms = part.document.time_ms;
        let founder = part.document.members.into_iter().next();
        if let Some(founder) = founder
            && members.insert(member.clone(), (founder, time_ms)).is_some()
        {
            return wrong(
                format!("`{member}` is there twice"),
                "keep the part that its member made last",
            );
        }
    }
    let missing: Vec<&str> = file
        .members
        .iter()
        .filter(|entry| !members.contains_key(&entry.id))
        .map(|entry| entry.id.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(
            Failure::usage(format!("the parts of {} are missing", missing.join(", ")))
                .remedy("each member makes its own with `convoy network prepare`"),
        );
    }
    let document = GenesisDocument {
        version: GENESIS_VERSION,
        name: file.name.clone(),
        time_ms: members.values().map(|(_, time)| *time).max().unwrap_or(0),
        members: file
            .members
            .iter()
            .filter_map(|entry| members.remove(&entry.id))
            .map(|(founder, _)| founder)
            .collect(),
        signatures: Vec::new(),
    };
    document
        .found(Arc::new(convoy_modules::registry()))
        .map_err(Failure::refused)?;
    write_json(out, &document)?;
    tell(&document, screen)?;
    screen.hint(format!(
        "Each founder compares this and signs it: convoy network sign {} --file {} --home HOME",
        out.display(),
        path.display()
    ));
    Ok(())
}

/// Whether a member's part is what the file says of it.
fn agrees(entry: &MemberEntry, founder: &GenesisMember) -> Result<(), String> {
    let id = &entry.id;
    let differs = |what: &str| Err(format!("`{id}`: {what} is not what the file says"));
    let member = &founder.member;
    if member.name != entry.name {
        return differs("its name");
    }
    if member.kind != entry.kind {
        return differs("what it is");
    }
    if member.founding != entry.founding {
        return differs("whether it founds the network");
    }
    if member.validator.is_some() != entry.validator {
        return differs("whether it has a validator");
    }
    let place = founder
        .place
        .as_ref()
        .map(|place| (&place.peer, &place.url));
    let expected = entry.node.as_ref().map(|node| (&node.peer, &node.url));
    if entry.validator && place != expected {
        return differs("where its node is reached");
    }
    let roles = |signer: &NewSigner| (signer.kind == SignerKind::Node, signer.roles.bits());
    let mut found: Vec<(bool, u32)> = founder.signers.iter().map(roles).collect();
    let people = entry.signers.iter();
    let people = people.map(|signer| (false, Roles::of(&signer.roles).bits()));
    // A validator's node passes on enrolments by code.
    let node = entry
        .validator
        .then(|| (true, Roles::of(&[Role::Node]).bits()));
    let mut wanted: Vec<(bool, u32)> = people.chain(node).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    if found != wanted || founder.signers.iter().any(|signer| signer.member != *id) {
        return differs("what its people may do");
    }
    Ok(())
}

/// The member whose folder `home` is, and its part.
fn part_in(home: &Path) -> Outcome<Part> {
    let entries = fs::read_dir(home).attempt(|| format!("look into {}", home.display()))?;
    let mut found = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        path.to_str()?.ends_with(".public.json").then_some(path)
    });
    let path = found.next().ok_or_else(|| {
        Failure::usage(format!("{} holds no member's keys", home.display()))
            .remedy("give the folder that `convoy network prepare` made with --home")
    })?;
    Part::read(&path)
}

/// `convoy network sign`: signs the founding document, when it is what the file and this member's own part say.
pub fn sign(path: &Path, file: &Path, home: &Path, screen: Screen) -> Outcome {
    let file = NetworkFile::read(file)?;
    let document = read_genesis(path)?;
    let part = part_in(home)?;
    let member = part.member().clone();
    if part.file != file.digest() {
        return Err(Failure::usage(format!(
            "`{member}` made its part from another network file than this one"
        ))
        .remedy("give the file that you prepared with, or prepare again"));
    }
    compare(&file, &document, &part)?;
    let entry = file.member(&member)?;
    let kept = match entry.validator {
        true => home.join(DATA),
        false => home.to_owned(),
    };
    let passphrase = home.join(super::home::PASSPHRASE);
    let key = super::home::founding_key(&kept, &passphrase, &document, entry)?;
    let signature = document
        .signature(&member, &key)
        .map_err(Failure::refused)?;
    let out = home.join(format!("{member}.signature.json"));
    write_json(&out, &signature)?;
    tell(&document, screen)?;
    screen.hint(format!(
        "{member} signed this. Hand {} to every member.",
        out.display()
    ));
    Ok(())
}

/// Whether the document is what the file says, with this member's own keys in it.
fn compare(file: &NetworkFile, document: &GenesisDocument, part: &Part) -> Outcome {
    let wrong = |what: String| {
        Err(Failure::refused(what).remedy(
            "do not sign it; have it assembled again from the present file and every member's present part",
        ))
    };
    if document.name != file.name {
        return wrong(format!(
            "the document founds a network called `{}`, the file one called `{}`",
            document.name, file.name
        ));
    }
    if document.members.len() != file.members.len() {
        return wrong(format!(
            "the document has {} members, the file {}",
            document.members.len(),
            file.members.len()
        ));
    }
    for (entry, founder) in file.members.iter().zip(&document.members) {
        if founder.member.member != entry.id {
            return wrong(format!(
                "the document has member `{}` where the file has `{}`",
                founder.member.member, entry.id
            ));
        }
        if let Err(fault) = agrees(entry, founder) {
            return wrong(fault);
        }
    }
    let own = document.member(part.member());
    let same = own.is_some_and(|own| {
        serde_json::to_value(own).ok() == serde_json::to_value(&part.document.members[0]).ok()
    });
    if !same {
        return wrong(format!(
            "the document has other keys for `{}` than those in this folder",
            part.member()
        ));
    }
    Ok(())
}

/// `convoy network found`: puts the signatures under the document and the document into this member's folder.
pub fn found(path: &Path, signatures: &[PathBuf], home: &Path, screen: Screen) -> Outcome {
    let mut document = read_genesis(path)?;
    for path in signatures {
        let signature: FounderSignature = read(
            path,
            "a founder's signature",
            "`convoy network sign` writes it; ask its member for the whole file again",
        )?;
        let member = signature.member.clone();
        document.add_signature(signature).map_err(|error| {
            Failure::refused(format!("{}: {error}", path.display())).remedy(format!(
                "ask `{member}` to sign the document that all others signed"
            ))
        })?;
    }
    document.check_signed().map_err(|error| {
        Failure::refused(error).remedy("give the signature files of all founders")
    })?;
    let part = part_in(home)?;
    let own = document.member(part.member());
    if own.map(|own| own.member.clone()) != Some(part.document.members[0].member.clone()) {
        return Err(Failure::refused(format!(
            "the document has other keys for `{}` than those in {}",
            part.member(),
            home.display()
        ))
        .remedy("give the folder whose part went into this document"));
    }
    write_json(&home.join(GENESIS), &document)?;
    let authorities = home.join(AUTHORITIES);
    fs::write(&authorities, all_authorities(&document))
        .attempt(|| format!("write {}", authorities.display()))?;
    tell(&document, screen)?;
    let config = home.join(super::home::CONFIG);
    if config.exists() {
        screen.hint(format!(
            "Every founder signed it. Start the node: convoy node run --config {}",
            config.display()
        ));
    }
    Ok(())
}

/// The authorities of all members' nodes, for `--ca`.
pub fn all_authorities(document: &GenesisDocument) -> String {
    let places = document
        .members
        .iter()
        .filter_map(|founder| founder.place.as_ref());
    places.map(|place| place.authority.as_str()).collect()
}

/// Says in words what a document founds.
fn tell(document: &GenesisDocument, screen: Screen) -> Outcome {
    let network = document.network().map_err(Failure::refused)?;
    let signed = |member: &MemberId| {
        document
            .signatures
            .iter()
            .any(|known| known.member == *member)
    };
    let rows = document.members.iter().map(|founder| {
        let member = &founder.member;
        let does = match (member.founding, member.validator.is_some()) {
            (true, true) => "founds, votes",
            (true, false) => "founds",
            (false, true) => "votes",
            (false, false) => "-",
        };
        let reached = founder.place.as_ref();
        let key = member.tree_head_keys.first();
        [
            member.member.to_string(),
            member.name.clone(),
            does.to_owned(),
            reached.map_or("-".to_owned(), |place| place.url.clone()),
            key.map_or("-".to_owned(), |key| {
                key.thumbprint().to_string().chars().take(16).collect()
            }),
            match (founder.must_sign(), signed(&member.member)) {
                (_, true) => "yes",
                (true, false) => "not yet",
                (false, false) => "need not",
            }
            .to_owned(),
        ]
    });
    let titles = ["Member", "Name", "Does", "Node", "Key", "Signed"];
    screen.result(
        || format!("Network {network}\n{}", output::table(titles, rows)),
        || {
            json!({
                "network": network,
                "members": document.members.len(),
                "unsigned": document.unsigned(),
            })
        },
    );
    Ok(())
}
