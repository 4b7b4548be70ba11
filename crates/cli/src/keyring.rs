//! The passphrase in the desktop's keyring (freedesktop Secret Service: GNOME Keyring, KWallet, KeePassXC), through `secret-tool` of libsecret: opened with the session,
//! never written by us.
//!
//! Flow: `convoy key remember` puts the passphrase there once; a command that needs it asks there before it asks the person.
//!
//! Invariants: the passphrase goes through pipes, never as an argument; without a keyring nothing fails, the person is asked as before.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};
use zeroize::Zeroizing;

const TOOL: &str = "secret-tool";

/// Why the keyring did not do it.
#[derive(Debug)]
pub struct NoKeyring(pub String);

/// `secret-tool` for the passphrase of the keystore in `folder`.
fn tool(verb: &str, more: &[&str], folder: &Path) -> Command {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut command = Command::new(TOOL);
    command
        .arg(verb)
        .args(more)
        .args(["application", "convoy", "keystore"])
        .arg(folder);
    command
}

/// Whether there is a session bus to ask on.
pub fn is_there() -> bool {
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
}

fn unreachable(error: &std::io::Error) -> NoKeyring {
    NoKeyring(match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("`{TOOL}` is not installed; on Debian: apt-get install libsecret-tools")
        }
        _ => format!("`{TOOL}`: {error}"),
    })
}

/// What the tool said went wrong.
fn said(stderr: &[u8]) -> NoKeyring {
    let text = String::from_utf8_lossy(stderr);
    NoKeyring(format!("`{TOOL}`: {}", text.trim()))
}

/// The passphrase of the keystore in `folder`, where the keyring has it.
///
/// # Errors
/// There is no keyring, or its owner did not unlock it.
pub fn find(folder: &Path) -> Result<Option<Zeroizing<String>>, NoKeyring> {
    let output = tool("lookup", &[], folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unreachable(&error))?;
    let secret = Zeroizing::new(output.stdout);
    if !output.status.success() {
        // It says nothing where there is nothing.
        return match output.stderr.is_empty() {
            true => Ok(None),
            false => Err(said(&output.stderr)),
        };
    }
    let text = std::str::from_utf8(&secret);
    Ok(text.ok().map(|text| Zeroizing::new(text.to_owned())))
}

/// Keeps `passphrase` for the keystore in `folder`, in the place of an earlier one.
///
/// # Errors
/// As [`find`].
pub fn keep(folder: &Path, passphrase: &str) -> Result<(), NoKeyring> {
    let label = format!("--label=Convoy keystore {}", folder.display());
    let mut child = tool("store", &[&label], folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| unreachable(&error))?;
    let written = child
        .stdin
        .take()
        .map(|mut pipe| pipe.write_all(passphrase.as_bytes()));
    let output = child
        .wait_with_output()
        .map_err(|error| unreachable(&error))?;
    match written {
        Some(Ok(())) if output.status.success() => Ok(()),
        _ => Err(said(&output.stderr)),
    }
}

/// Takes the passphrase of the keystore in `folder` out again; says whether there was one.
///
/// # Errors
/// As [`find`].
pub fn forget(folder: &Path) -> Result<bool, NoKeyring> {
    let had = find(folder)?.is_some();
    let output = tool("clear", &[], folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unreachable(&error))?;
    match output.stderr.is_empty() {
        true => Ok(had),
        false => Err(said(&output.stderr)),
    }
}
