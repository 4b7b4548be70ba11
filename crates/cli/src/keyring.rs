//! The passphrase in the desktop's keyring (freedesktop Secret Service: GNOME Keyring, KWallet, KeePassXC): opened with the session, never written by us.
//!
//! Flow: `convoy key remember` puts the passphrase there once; a command that needs it asks there before it asks the person.
//!
//! Invariants: the passphrase goes over the session bus encrypted; without a keyring nothing fails, the person is asked as before.

use secret_service::{EncryptionType, Error, SecretService};
use std::{collections::HashMap, future::Future, path::Path, time::Duration};
use zeroize::Zeroizing;

/// How long the keyring may take: its owner may have to unlock it.
const WITHIN: Duration = Duration::from_secs(60);

/// Why the keyring did not do it.
#[derive(Debug)]
pub struct NoKeyring(pub String);

impl From<Error> for NoKeyring {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// By what the passphrase of the keystore in `folder` is found.
fn attributes(folder: &Path) -> HashMap<String, String> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    HashMap::from([
        ("application".to_owned(), "convoy".to_owned()),
        ("keystore".to_owned(), folder.display().to_string()),
    ])
}

fn borrowed(attributes: &HashMap<String, String>) -> HashMap<&str, &str> {
    let pairs = attributes.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Whether there is a session bus to ask on.
pub fn is_there() -> bool {
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
}

/// The passphrase of the keystore in `folder`, where the keyring has it.
///
/// # Errors
/// There is no keyring, or its owner did not unlock it.
pub fn find(folder: &Path) -> Result<Option<Zeroizing<String>>, NoKeyring> {
    let wanted = attributes(folder);
    apart(async move {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        let found = service.search_items(borrowed(&wanted)).await?;
        let item = match (found.unlocked.first(), found.locked.first()) {
            (Some(item), _) => item,
            (None, Some(item)) => {
                item.unlock().await?;
                item
            }
            (None, None) => return Ok(None),
        };
        let secret = Zeroizing::new(item.get_secret().await?);
        let text = std::str::from_utf8(&secret);
        Ok(text.ok().map(|text| Zeroizing::new(text.to_owned())))
    })
}

/// Keeps `passphrase` for the keystore in `folder`, in the place of an earlier one.
///
/// # Errors
/// As [`find`].
pub fn keep(folder: &Path, passphrase: &Zeroizing<String>) -> Result<(), NoKeyring> {
    let (wanted, passphrase) = (attributes(folder), passphrase.clone());
    apart(async move {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        let collection = service.get_default_collection().await?;
        collection.unlock().await?;
        let label = format!("Convoy keystore {}", wanted["keystore"]);
        let attributes = borrowed(&wanted);
        collection
            .create_item(
                &label,
                attributes,
                passphrase.as_bytes(),
                true,
                "text/plain",
            )
            .await?;
        Ok(())
    })
}

/// Takes the passphrase of the keystore in `folder` out again; says whether there was one.
///
/// # Errors
/// As [`find`].
pub fn forget(folder: &Path) -> Result<bool, NoKeyring> {
    let wanted = attributes(folder);
    apart(async move {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        let found = service.search_items(borrowed(&wanted)).await?;
        let all = found.unlocked.iter().chain(&found.locked);
        let mut gone = false;
        for item in all {
            item.delete().await?;
            gone = true;
        }
        Ok(gone)
    })
}

/// Runs `work` on a thread and a runtime of its own: a command may be within a runtime already.
fn apart<T: Send + 'static>(
    work: impl Future<Output = Result<T, NoKeyring>> + Send + 'static,
) -> Result<T, NoKeyring> {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| NoKeyring(error.to_string()))?;
        let late = |_| NoKeyring(format!("it did not answer within {WITHIN:?}"));
        runtime
            .block_on(async { tokio::time::timeout(WITHIN, work).await })
            .map_err(late)?
    });
    thread
        .join()
        .unwrap_or_else(|_| Err(NoKeyring("asking it failed".into())))
}
