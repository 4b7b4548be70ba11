//! `convoy key`: the keys with which a person or device signs statements.
//!
//! They live in one file, sealed under a passphrase (Argon2id, XChaCha20-Poly1305): the same keystore that a node uses.

use crate::{
    block_on, compromised,
    failure::{Attempt as _, Failure, Outcome},
    hardware::Hardware,
    keyring,
    network::authority::{Authority, Place},
    output::{self, Screen},
    passphrase::Source,
};
use clap::{Args, Subcommand, ValueEnum};
use convoy_node::keystore::{Entry, FILE_NAME, Keystore, KeystoreError, Purpose};
use convoy_types::{
    Did,
    cose::{Algorithm, SigningKey},
    did,
};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// What to do with keys.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a new key and keep it sealed under your passphrase
    New {
        /// Your name for the key, such as `desk` or `scanner-7`
        name: String,
        /// Who signs with it: the identifier (DID) under which your member registers the key
        #[arg(long, value_name = "DID")]
        signer: Option<Did>,
        /// The signature algorithm
        #[arg(long, value_enum, default_value_t = AlgorithmName::Ed25519)]
        algorithm: AlgorithmName,
        /// Make it in your hardware token, where it stays; the keystore only remembers where it is
        #[arg(long)]
        hardware: bool,
        #[command(flatten)]
        store: Store,
    },
    /// Show the public half of a key, to be registered by your member
    Show {
        /// The key's name
        name: String,
        #[command(flatten)]
        store: Store,
    },
    /// Make a certificate with which a device or service signs in to its member's node over HTTPS, without a token
    Certificate {
        /// Where to write it: FILE.pem, and its private key FILE.key
        file: PathBuf,
        /// Whom it names: the identifier (DID) of an enrolled device or service
        #[arg(long, value_name = "DID")]
        signer: Did,
        /// The member's folder with its authority for machines (machines.pem, machines.key)
        #[arg(long, value_name = "DIR")]
        authority: PathBuf,
        /// Void after this many days
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=1_095))]
        days: u32,
    },
    /// List the keys
    List {
        #[command(flatten)]
        store: Store,
    },
    /// End a key at once, yours or as an administrator one of your member's: it may be in the wrong hands
    Revoke(compromised::RevokeOptions),
    /// List what a signer or one of its keys signed since a time
    Signed(compromised::SignedOptions),
    /// Take back what a key signed since a time: declare each event wrong, withdraw open offers, name what remains
    Disown(compromised::DisownOptions),
    /// Keep the keystore's passphrase in your desktop's keyring, so that you are asked no more
    Remember {
        #[command(flatten)]
        store: Store,
    },
    /// Take the keystore's passphrase out of your desktop's keyring
    Forget {
        #[command(flatten)]
        store: Store,
    },
}

/// Where the keys are.
#[derive(Args, Debug, Clone)]
pub struct Store {
    /// Folder of the keystore [default: ~/.config/convoy]
    #[arg(long, value_name = "DIR", env = "CONVOY_KEYS")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Source,
    #[command(flatten)]
    hardware: Hardware,
}

/// The algorithms by the names used on the command line.
#[derive(ValueEnum, Debug, Clone, Copy)]
pub enum AlgorithmName {
    /// Fast and small; the default
    Ed25519,
    /// For hardware modules and the European blockchain infrastructure
    Es256,
    /// Safe against quantum computers; signatures of 3.3 KB
    #[value(name = "ml-dsa-65")]
    MlDsa65,
}

impl From<AlgorithmName> for Algorithm {
    fn from(name: AlgorithmName) -> Self {
        match name {
            AlgorithmName::Ed25519 => Self::Ed25519,
            AlgorithmName::Es256 => Self::Es256,
            AlgorithmName::MlDsa65 => Self::MlDsa65,
        }
    }
}

/// Does what the command says.
pub fn run(command: Command, screen: Screen) -> Outcome {
    match command {
        Command::New {
            name,
            signer,
            algorithm,
            hardware,
            store,
        } => {
            let made = New {
                name,
                signer,
                algorithm: algorithm.into(),
                hardware,
            };
            new(made, &store, screen)
        }
        Command::Show { name, store } => show(&name, &store, screen),
        Command::List { store } => list(&store, screen),
        Command::Certificate {
            file,
            signer,
            authority,
            days,
        } => certificate(&file, &signer, &authority, days, screen),
        Command::Revoke(options) => block_on(compromised::revoke(&options, screen)),
        Command::Signed(options) => block_on(compromised::signed(&options, screen)),
        Command::Disown(options) => block_on(compromised::disown(&options, screen)),
        Command::Remember { store } => remember(&store, screen),
        Command::Forget { store } => forget(&store, screen),
    }
}

impl Store {
    /// A keystore in this folder, opened with the passphrase in this file.
    pub fn at(folder: &Path, passphrase_file: &Path) -> Self {
        Self {
            keys: Some(folder.to_owned()),
            passphrase: Source::file(passphrase_file),
            hardware: Hardware::default(),
        }
    }

    fn folder(&self) -> Outcome<PathBuf> {
        if let Some(folder) = &self.keys {
            return Ok(folder.clone());
        }
        std::env::home_dir()
            .map(|home| home.join(".config/convoy"))
            .ok_or_else(|| {
                Failure::usage("there is no home folder to keep keys in")
                    .remedy("give --keys DIR or set CONVOY_KEYS")
            })
    }

    /// Opens the key called `name`: who signs with it, and the key.
    ///
    /// # Errors
    /// There is no such key, it belongs to no signer, or the passphrase does not open it.
    pub fn signer(&self, name: &str) -> Outcome<(Did, SigningKey)> {
        let folder = self.folder()?;
        let entry = find(&folder, name)?;
        let signer = entry.signer.clone().ok_or_else(|| {
            Failure::usage(format!("the key `{name}` belongs to no signer"))
                .remedy("make it with `convoy key new NAME --signer DID`")
        })?;
        let passphrase = self.passphrase.get(&folder)?;
        let mut store = Keystore::open(&folder, &passphrase).map_err(explained)?;
        if entry.token.is_some() {
            store.attach(self.hardware.open()?);
        }
        Ok((signer, store.named(name).map_err(explained)?))
    }
}

/// A key to be made.
struct New {
    name: String,
    signer: Option<Did>,
    algorithm: Algorithm,
    hardware: bool,
}

fn new(made: New, store: &Store, screen: Screen) -> Outcome {
    let folder = store.folder()?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .attempt(|| format!("make the folder {}", folder.display()))?;
    let passphrase = store.passphrase.get(&folder)?;
    let mut keystore = if folder.join(FILE_NAME).exists() {
        Keystore::open(&folder, &passphrase)
    } else {
        if passphrase.is_empty() {
            return Err(Failure::usage("an empty passphrase seals nothing")
                .remedy("choose one of several words"));
        }
        Keystore::create(&folder, &passphrase)
    }
    .map_err(explained)?;
    let (name, signer, algorithm) = (&made.name, made.signer, made.algorithm);
    if made.hardware {
        keystore.attach(store.hardware.open()?);
        keystore
            .generate_in_token(name, Purpose::Signer, signer, algorithm)
            .map_err(explained)?;
        screen.hint("It is in the token and cannot leave it: register it with \"hardware\": true. Lost with the token, it is replaced by another.");
        return show(name, store, screen);
    }
    keystore
        .generate(name, Purpose::Signer, signer, algorithm)
        .map_err(explained)?;
    screen.hint(format!(
        "Kept in {}. Back this file up; without it and its passphrase the key is lost.",
        folder.join(FILE_NAME).display()
    ));
    show(name, store, screen)
}

fn certificate(file: &Path, signer: &Did, authority: &Path, days: u32, screen: Screen) -> Outcome {
    let path = Authority::open(&Place::machines(authority))?.machine(file, signer, days)?;
    screen.result(
        || path.display().to_string(),
        || json!({"certificate": path, "key": path.with_extension("key"), "signer": signer, "days": days}),
    );
    screen.hint("Move both files to the machine, the .key readable by its program only. Suspending the signer on the ledger ends what the certificate opens.");
    Ok(())
}

fn show(name: &str, store: &Store, screen: Screen) -> Outcome {
    let entry = find(&store.folder()?, name)?;
    let about = describe(&entry)?;
    screen.result(
        || {
            output::facts(
                [
                    "name",
                    "signer",
                    "algorithm",
                    "id",
                    "token",
                    "did",
                    "public",
                ]
                .map(|field| {
                    let value = &about[field];
                    let text = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    (field, if value.is_null() { "-".into() } else { text })
                }),
            )
        },
        || about.clone(),
    );
    Ok(())
}

fn list(store: &Store, screen: Screen) -> Outcome {
    let folder = store.folder()?;
    let entries = if folder.join(FILE_NAME).exists() {
        Keystore::list(&folder).map_err(explained)?
    } else {
        screen.hint(format!(
            "There is no keystore in {}; make a key with `convoy key new NAME`.",
            folder.display()
        ));
        Vec::new()
    };
    let keys = entries.iter().map(describe).collect::<Outcome<Vec<_>>>()?;
    let cell = |key: &Value, field: &str| key[field].as_str().unwrap_or("-").to_owned();
    screen.result(
        || {
            let rows = keys
                .iter()
                .map(|key| ["name", "signer", "algorithm", "id"].map(|field| cell(key, field)));
            output::table(["Name", "Signer", "Algorithm", "Key id"], rows)
        },
        || json!(keys),
    );
    Ok(())
}

fn remember(store: &Store, screen: Screen) -> Outcome {
    let folder = store.folder()?;
    let passphrase = store.passphrase.get(&folder)?;
    // Only one that opens it is worth keeping.
    Keystore::open(&folder, &passphrase).map_err(explained)?;
    keyring::keep(&folder, &passphrase).map_err(|none| {
        Failure::environment(format!("the keyring did not take it: {}", none.0)).remedy(
            "the keystore stays sealed under its passphrase; you are asked for it as before",
        )
    })?;
    screen.result(
        || format!("The keyring has the passphrase of {}.", folder.display()),
        || json!({ "keystore": folder, "remembered": true }),
    );
    Ok(())
}

fn forget(store: &Store, screen: Screen) -> Outcome {
    let folder = store.folder()?;
    let gone = keyring::forget(&folder)
        .map_err(|none| Failure::environment(format!("the keyring did not answer: {}", none.0)))?;
    screen.result(
        || match gone {
            true => format!(
                "The keyring has no passphrase of {} any more.",
                folder.display()
            ),
            false => format!("The keyring had no passphrase of {}.", folder.display()),
        },
        || json!({ "keystore": folder, "forgotten": gone }),
    );
    Ok(())
}

fn find(folder: &Path, name: &str) -> Outcome<Entry> {
    let entries = Keystore::list(folder).map_err(explained)?;
    let names: Vec<_> = entries.iter().map(|entry| entry.name.clone()).collect();
    entries
        .into_iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| {
            Failure::usage(format!("there is no key `{name}` in {}", folder.display()))
                .remedy(format!("the keys there: {}", names.join(", ")))
        })
}

fn describe(entry: &Entry) -> Outcome<Value> {
    let public = entry.public_key().map_err(explained)?;
    Ok(json!({
        "name": entry.name,
        "purpose": entry.purpose,
        "signer": entry.signer,
        "algorithm": public.algorithm().name(),
        "id": public.key_id(),
        "token": entry.token,
        "did": did::of_key(&public),
        "public": entry.public,
    }))
}

fn explained(error: KeystoreError) -> Failure {
    match error {
        KeystoreError::File { .. } | KeystoreError::Format { .. } => Failure::environment(error),
        KeystoreError::Sealed(_) => Failure::refused(error),
        KeystoreError::Token(_) => Failure::environment(error),
        KeystoreError::Elsewhere { .. }
        | KeystoreError::Absent(_)
        | KeystoreError::Taken(_)
        | KeystoreError::Key { .. } => Failure::usage(error),
    }
}
