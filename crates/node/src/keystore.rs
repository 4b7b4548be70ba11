//! Secret keys at rest: one file, every key sealed under the operator's passphrase, or named there and kept in a hardware token.
//!
//! The passphrase is stretched with Argon2id (RFC 9106) into a key that seals each secret with
//! XChaCha20-Poly1305; name, purpose, algorithm, signer and key id are bound as associated data, so
//! a sealed secret cannot be passed off as another. Of a key in a token ([`pkcs11`](crate::pkcs11)) the id there is sealed instead, and it signs where
//! [`Keystore::attach`] brought the token. Public halves are readable without the passphrase.
//!
//! Invariants: secrets leave this file only as [`SigningKey`]s, which are wiped when dropped and never
//! printed; the file is replaced in one step, so a crash leaves the old or the new one.

use crate::{
    durable::write_private,
    pkcs11::{Token, TokenError},
};
use argon2::{Algorithm as Argon2Kind, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use convoy_types::{
    Did,
    cose::{Algorithm, PublicKey, SigningKey},
};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

/// The version of the file's format.
const FORMAT_VERSION: u32 = 1;
/// The file's name within a node's folder.
pub const FILE_NAME: &str = "keystore.json";

/// Why a keystore cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The file cannot be read or written.
    #[error("keystore {path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is not a keystore of a known version.
    #[error("keystore {path} is not readable: {reason}; restore it from your backup")]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The passphrase does not open it, or the file was changed.
    #[error(
        "the passphrase does not open key `{0}`, or the keystore was changed; check the passphrase"
    )]
    Sealed(String),
    /// No such key.
    #[error("the keystore holds no key {0}")]
    Absent(String),
    /// The key exists already.
    #[error("the keystore already holds a key named `{0}`; choose another name")]
    Taken(String),
    /// The key is in a token that is not here.
    #[error(
        "the key `{name}` is in the token `{token}`; say how to reach it: keystore.pkcs11 in a node's configuration, --hardware-token otherwise"
    )]
    Elsewhere {
        /// Which key.
        name: String,
        /// The token's label.
        token: String,
    },
    /// The token failed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A cryptographic operation failed.
    #[error("key `{name}`: {reason}")]
    Key {
        /// Which key.
        name: String,
        /// What failed.
        reason: String,
    },
}

/// What a key is for. A key is used for one purpose only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Votes in consensus and the node's identity among its peers.
    Consensus,
    /// The member's own: signs tree heads, which become receipts, and credentials about its people.
    TreeHead,
    /// Signs statements for a user of this member.
    Signer,
}

/// A key as listed: everything but the secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Unique in this keystore.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose key it is, where it signs statements.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signer: Option<Did>,
    /// The public half, as a JSON Web Key.
    pub public: serde_json::Value,
    /// The label of the token that it is in, where it is in hardware.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
    nonce: String,
    sealed: String,
}

impl Entry {
    /// The public half.
    pub fn public_key(&self) -> Result<PublicKey, KeystoreError> {
        PublicKey::from_jwk(&self.public).map_err(|error| self.fault(error))
    }

    fn fault(&self, reason: impl ToString) -> KeystoreError {
        KeystoreError::Key {
            name: self.name.clone(),
            reason: reason.to_string(),
        }
    }

    fn associated(&self) -> Vec<u8> {
        let (version, name, purpose) = (FORMAT_VERSION, &self.name, self.purpose);
        let (signer, public) = (&self.signer, &self.public);
        let bytes = match &self.token {
            None => serde_json::to_vec(&(version, name, purpose, signer, public)),
            Some(token) => serde_json::to_vec(&(version, name, purpose, signer, public, token)),
        };
        bytes.unwrap_or_default()
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    argon2id: Stretch,
    keys: Vec<Entry>,
}

/// Argon2id's parameters: memory in KiB, passes, lanes.
#[derive(Clone, Serialize, Deserialize)]
struct Stretch {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

/// An open keystore.
pub struct Keystore {
    path: PathBuf,
    file: File,
    seal: Zeroizing<[u8; 32]>,
    token: Option<Arc<Token>>,
}

impl Keystore {
    /// Makes an empty keystore in `folder`, sealed under `passphrase`.
    pub fn create(folder: &Path, passphrase: &str) -> Result<Self, KeystoreError> {
        let path = folder.join(FILE_NAME);
        if path.exists() {
            return Err(KeystoreError::Format {
                path,
                reason: "a keystore is there already".into(),
            });
        }
        let mut salt = [0; 16];
        rand::rngs::OsRng.fill_bytes(&mut salt);
        let stretch = Stretch {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
            salt: hex::encode(salt),
        };
        let seal = stretched(&path, &stretch, passphrase)?;
        let store = Self {
            path,
            file: File {
                version: FORMAT_VERSION,
                argon2id: stretch,
                keys: Vec::new(),
            },
            seal,
            token: None,
        };
        store.save()?;
        Ok(store)
    }

    /// Opens the keystore in `folder` and proves the passphrase on its first key.
    pub fn open(folder: &Path, passphrase: &str) -> Result<Self, KeystoreError> {
        let path = folder.join(FILE_NAME);
        let file = read(&path)?;
        let seal = stretched(&path, &file.argon2id, passphrase)?;
        let store = Self {
            path,
            file,
            seal,
            token: None,
        };
        if let Some(first) = store.file.keys.first() {
            store.opened(first)?;
        }
        Ok(store)
    }

    /// Keys in `token` sign from now on.
    pub fn attach(&mut self, token: Arc<Token>) {
        self.token = Some(token);
    }

    /// The keys in a keystore's file, without its passphrase.
    pub fn list(folder: &Path) -> Result<Vec<Entry>, KeystoreError> {
        Ok(read(&folder.join(FILE_NAME))?.keys)
    }

    /// The keys in the bytes of a keystore's file, without its passphrase.
    pub fn parse(bytes: &[u8]) -> Result<Vec<Entry>, KeystoreError> {
        Ok(parse(Path::new(FILE_NAME), bytes)?.keys)
    }

    /// The keys, without their secrets.
    pub fn entries(&self) -> &[Entry] {
        &self.file.keys
    }

    /// Makes a new key and keeps it.
    pub fn generate(
        &mut self,
        name: &str,
        purpose: Purpose,
        signer: Option<Did>,
        algorithm: Algorithm,
    ) -> Result<PublicKey, KeystoreError> {
        let fault = |error: &dyn ToString| KeystoreError::Key {
            name: name.into(),
            reason: error.to_string(),
        };
        let key = SigningKey::generate(algorithm).map_err(|error| fault(&error))?;
        self.insert(name, purpose, signer, &key)?;
        Ok(key.public().clone())
    }

    /// Makes a new key in the token and keeps its name here.
    ///
    /// # Errors
    /// No token is attached, it does not make such keys, or the key has to be in memory: the engine's.
    pub fn generate_in_token(
        &mut self,
        name: &str,
        purpose: Purpose,
        signer: Option<Did>,
        algorithm: Algorithm,
    ) -> Result<PublicKey, KeystoreError> {
        let fault = |reason: &str| KeystoreError::Key {
            name: name.into(),
            reason: reason.into(),
        };
        if purpose == Purpose::Consensus {
            return Err(fault(
                "the engine signs with it itself, so it cannot be in a token",
            ));
        }
        let Some(token) = self.token.clone() else {
            return Err(fault("no token is attached to make it in"));
        };
        self.check_free(name)?;
        let id = token.generate(name, algorithm)?;
        let public = token.public(&id, algorithm)?;
        let entry = Entry {
            name: name.into(),
            purpose,
            signer,
            public: public.to_jwk(),
            token: Some(token.label().to_owned()),
            nonce: String::new(),
            sealed: String::new(),
        };
        self.seal_into(entry, &id)?;
        Ok(public)
    }

    /// Keeps a key.
    pub fn insert(
        &mut self,
        name: &str,
        purpose: Purpose,
        signer: Option<Did>,
        key: &SigningKey,
    ) -> Result<(), KeystoreError> {
        self.check_free(name)?;
        let entry = Entry {
            name: name.into(),
            purpose,
            signer,
            public: key.public().to_jwk(),
            token: None,
            nonce: String::new(),
            sealed: String::new(),
        };
        let secret = key.to_secret().map_err(|error| entry.fault(error))?;
        self.seal_into(entry, secret.as_slice())
    }

    fn check_free(&self, name: &str) -> Result<(), KeystoreError> {
        match self.file.keys.iter().any(|entry| entry.name == name) {
            true => Err(KeystoreError::Taken(name.into())),
            false => Ok(()),
        }
    }

    /// Adds `entry` with `secret` sealed in it.
    fn seal_into(&mut self, mut entry: Entry, secret: &[u8]) -> Result<(), KeystoreError> {
        let mut nonce = [0; 24];
        rand::rngs::OsRng.fill_bytes(&mut nonce);
        entry.nonce = hex::encode(nonce);
        let associated = entry.associated();
        let sealed = self
            .cipher()
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: secret,
                    aad: &associated,
                },
            )
            .map_err(|_| entry.fault("sealing failed"))?;
        entry.sealed = hex::encode(sealed);
        self.file.keys.push(entry);
        self.save()
    }

    /// The only key for `purpose` of `algorithm`.
    pub fn key(&self, purpose: Purpose, algorithm: Algorithm) -> Result<SigningKey, KeystoreError> {
        for entry in self
            .file
            .keys
            .iter()
            .filter(|entry| entry.purpose == purpose)
        {
            if entry.public_key()?.algorithm() == algorithm {
                return self.unseal(entry);
            }
        }
        Err(KeystoreError::Absent(format!(
            "for {purpose:?} with {}",
            algorithm.name()
        )))
    }

    /// The key that signs statements for `signer`, with its id.
    pub fn signer(&self, signer: &Did) -> Result<SigningKey, KeystoreError> {
        let found = self
            .file
            .keys
            .iter()
            .find(|entry| entry.signer.as_ref() == Some(signer));
        self.unseal(found.ok_or_else(|| KeystoreError::Absent(format!("of signer {signer}")))?)
    }

    /// The key called `name`.
    pub fn named(&self, name: &str) -> Result<SigningKey, KeystoreError> {
        let found = self.file.keys.iter().find(|entry| entry.name == name);
        self.unseal(found.ok_or_else(|| KeystoreError::Absent(format!("named `{name}`")))?)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.seal.as_slice().into())
    }

    /// What is sealed in `entry`: a secret key, or the id of one in a token.
    fn opened(&self, entry: &Entry) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        let broken = |what: &str| KeystoreError::Format {
            path: self.path.clone(),
            reason: format!("key `{}` has a broken {what}", entry.name),
        };
        let nonce: [u8; 24] = hex::decode(&entry.nonce)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| broken("nonce"))?;
        let sealed = hex::decode(&entry.sealed).map_err(|_| broken("secret"))?;
        self.cipher()
            .decrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: &sealed,
                    aad: &entry.associated(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| KeystoreError::Sealed(entry.name.clone()))
    }

    fn unseal(&self, entry: &Entry) -> Result<SigningKey, KeystoreError> {
        let broken = |what: &str| KeystoreError::Format {
            path: self.path.clone(),
            reason: format!("key `{}` has a broken {what}", entry.name),
        };
        let secret = self.opened(entry)?;
        if let Some(label) = &entry.token {
            let token = self.token.as_ref().filter(|token| token.label() == label);
            let token = token.ok_or_else(|| KeystoreError::Elsewhere {
                name: entry.name.clone(),
                token: label.clone(),
            })?;
            return Ok(token.key(&secret, &entry.public_key()?)?);
        }
        let secret: Zeroizing<[u8; 32]> =
            Zeroizing::new(secret.as_slice().try_into().map_err(|_| broken("secret"))?);
        let public = entry.public_key()?;
        let key = SigningKey::from_secret(public.algorithm(), &secret)
            .map_err(|error| entry.fault(error))?;
        if *key.public() != public {
            return Err(broken("public half"));
        }
        Ok(key)
    }

    fn save(&self) -> Result<(), KeystoreError> {
        let fault = |error| KeystoreError::File {
            path: self.path.clone(),
            error,
        };
        let bytes =
            serde_json::to_vec_pretty(&self.file).map_err(|error| KeystoreError::Format {
                path: self.path.clone(),
                reason: error.to_string(),
            })?;
        write_private(&self.path, &bytes).map_err(fault)
    }
}

fn read(path: &Path) -> Result<File, KeystoreError> {
    let bytes = fs::read(path).map_err(|error| KeystoreError::File {
        path: path.into(),
        error,
    })?;
    parse(path, &bytes)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<File, KeystoreError> {
    let format = |reason: String| KeystoreError::Format {
        path: path.into(),
        reason,
    };
    let file: File = serde_json::from_slice(bytes).map_err(|error| format(error.to_string()))?;
    if file.version != FORMAT_VERSION {
        return Err(format(format!(
            "its version is {}, this program reads {FORMAT_VERSION}",
            file.version
        )));
    }
    Ok(file)
}

fn stretched(
    path: &Path,
    stretch: &Stretch,
    passphrase: &str,
) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
    let format = |reason: String| KeystoreError::Format {
        path: path.into(),
        reason,
    };
    // A changed file must not be able to ask for all memory there is.
    if stretch.memory_kib > 1 << 20 || stretch.passes > 64 || stretch.lanes > 16 {
        return Err(format("its Argon2id parameters are out of range".into()));
    }
    let salt = hex::decode(&stretch.salt).map_err(|error| format(error.to_string()))?;
    let params = Params::new(stretch.memory_kib, stretch.passes, stretch.lanes, Some(32))
        .map_err(|error| format(error.to_string()))?;
    let mut seal = Zeroizing::new([0; 32]);
    Argon2::new(Argon2Kind::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &salt, seal.as_mut_slice())
        .map_err(|error| format(error.to_string()))?;
    Ok(seal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keystore_opens_with_its_passphrase_only_and_notices_changes() {
        let folder = tempfile::tempdir().unwrap();
        let did = Did::new("did:web:depot.example:people:1").unwrap();
        let mut store = Keystore::create(folder.path(), "correct horse").unwrap();
        let consensus = store
            .generate("node", Purpose::Consensus, None, Algorithm::Ed25519)
            .unwrap();
        store
            .generate(
                "quartermaster",
                Purpose::Signer,
                Some(did.clone()),
                Algorithm::MlDsa65,
            )
            .unwrap();
        assert!(matches!(
            store.generate("node", Purpose::Consensus, None, Algorithm::Ed25519),
            Err(KeystoreError::Taken(_))
        ));

        let opened = Keystore::open(folder.path(), "correct horse").unwrap();
        assert_eq!(
            *opened
                .key(Purpose::Consensus, Algorithm::Ed25519)
                .unwrap()
                .public(),
            consensus
        );
        assert_eq!(opened.signer(&did).unwrap().algorithm(), Algorithm::MlDsa65);
        assert!(matches!(
            Keystore::open(folder.path(), "wrong"),
            Err(KeystoreError::Sealed(_))
        ));

        let path = folder.path().join(FILE_NAME);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("quartermaster", "quartermistress")).unwrap();
        let changed = Keystore::open(folder.path(), "correct horse").unwrap();
        assert!(matches!(
            changed.signer(&did),
            Err(KeystoreError::Sealed(_))
        ));
    }

    #[test]
    fn no_secret_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(Algorithm::Ed25519).unwrap();
        let mut store = Keystore::create(folder.path(), "p").unwrap();
        store.insert("k", Purpose::TreeHead, None, &key).unwrap();
        let text = fs::read_to_string(folder.path().join(FILE_NAME)).unwrap();
        assert!(!text.contains(&hex::encode(key.to_secret().unwrap().as_slice())));
    }
}
