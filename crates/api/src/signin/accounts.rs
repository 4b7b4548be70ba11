//! What opens the door to whom: invitations, passkeys and passphrases, each bound to a signer of the ledger.
//!
//! One private file, `signin.json`, replaced in one step and read again at each use. The node and the command line both change it, one at a
//! time behind the lock of `signin.lock`. A file that cannot be read is an error, never an empty list.
//!
//! Invariants: codes and devices are kept as digests, passphrases as Argon2id, passkeys as public keys: whoever reads the file signs in as
//! nobody. Limits: the constants below.

use convoy_node::durable::write_private;
use convoy_types::{Did, Digest};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Invitations that wait.
pub const INVITATIONS_MAX: usize = 5_000;
/// Passkeys of one signer.
pub const PASSKEYS_EACH_MAX: usize = 10;
/// Passphrases of a node.
pub const PASSPHRASES_MAX: usize = 10_000;
/// Devices on which one person has signed in; the one not used longest makes room.
pub const DEVICES_EACH_MAX: usize = 10;
const VERSION: u32 = 1;
const FILE: &str = "signin.json";
const LOCK: &str = "signin.lock";

/// A code that binds a passkey or passphrase to a signer, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// SHA-256 of the code.
    pub digest: Digest,
    /// Who may come in with it.
    pub signer: Did,
    /// Until when, milliseconds since 1970.
    pub expires_ms: u64,
}

/// A passkey's public half.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passkey {
    /// The credential's id, base64url.
    pub id: String,
    /// Whose it is.
    pub signer: Did,
    /// The public key, as a JSON Web Key.
    pub public: serde_json::Value,
    /// The authenticator's last counter; 0 where it has none.
    pub counter: u32,
    /// Whether it can be on several devices of its owner.
    pub backed_up: bool,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered, milliseconds since 1970.
    pub created_ms: u64,
    /// When it was last used.
    pub used_ms: Option<u64>,
    /// Off since its counter went back.
    #[serde(default)]
    pub off: bool,
}

/// A passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passphrase {
    /// Whose it is.
    pub signer: Did,
    /// Argon2id in PHC form.
    pub hash: String,
    /// When it was set, milliseconds since 1970.
    pub set_ms: u64,
    /// Devices on which it was entered rightly.
    pub devices: Vec<Device>,
}

/// A device that somebody has signed in on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// SHA-256 of the mark in its cookie.
    pub digest: Digest,
    /// When it was last used, milliseconds since 1970.
    pub seen_ms: u64,
}

/// Everything kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    version: u32,
    /// Codes that wait.
    pub invitations: Vec<Invitation>,
    /// Passkeys.
    pub passkeys: Vec<Passkey>,
    /// Passphrases by the name that is entered with them.
    pub passphrases: BTreeMap<String, Passphrase>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            version: VERSION,
            invitations: Vec::new(),
            passkeys: Vec::new(),
            passphrases: BTreeMap::new(),
        }
    }
}

/// One change at a time in this process; between processes the file's lock.
static CHANGING: Mutex<()> = Mutex::new(());

/// The file.
pub struct Accounts {
    folder: PathBuf,
}

impl Accounts {
    /// Those kept in a node's folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// What is kept now.
    pub fn read(&self) -> io::Result<Kept> {
        let bytes = match fs::read(self.folder.join(FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) => return Err(error),
        };
        let kept: Kept = serde_json::from_slice(&bytes)?;
        if kept.version != VERSION {
            let reason = format!(
                "{FILE} has version {}, this program reads {VERSION}",
                kept.version
            );
            return Err(io::Error::other(reason));
        }
        Ok(kept)
    }

    /// Changes what is kept; nothing is written when `change` refuses or changes nothing.
    pub fn change<T, E>(
        &self,
        change: impl FnOnce(&mut Kept) -> Result<T, E>,
    ) -> io::Result<Result<T, E>> {
        let _here = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(LOCK))?;
        lock.lock()?;
        let before = self.read()?;
        let mut after = before.clone();
        let done = change(&mut after);
        if done.is_ok() && after != before {
            write_private(&self.folder.join(FILE), &serde_json::to_vec_pretty(&after)?)?;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_the_door_is_private_and_a_damaged_file_opens_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let accounts = Accounts::new(folder.path());
        let invite = |kept: &mut Kept| -> Result<(), ()> {
            kept.invitations.push(Invitation {
                digest: Digest::of(b"code"),
                signer: "did:convoy:officer".parse().unwrap(),
                expires_ms: 1,
            });
            Ok(())
        };
        accounts.change(invite).unwrap().unwrap();
        assert_eq!(accounts.read().unwrap().invitations.len(), 1);
        let path = folder.path().join(FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
        let refused: Result<(), &str> = accounts
            .change(|kept| {
                kept.invitations.clear();
                Err("no")
            })
            .unwrap();
        assert_eq!(refused, Err("no"));
        assert_eq!(accounts.read().unwrap().invitations.len(), 1);
        for damaged in [
            "{",
            "{\"version\":2,\"invitations\":[],\"passkeys\":[],\"passphrases\":{}}",
        ] {
            fs::write(&path, damaged).unwrap();
            assert!(accounts.read().is_err() && accounts.change(invite).is_err());
        }
    }
}
