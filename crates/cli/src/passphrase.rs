//! The passphrase that opens a keystore: from a file, from the environment, from the desktop's keyring, or typed without being shown.
//!
//! It is never an argument: arguments are visible to every user of the machine.

use crate::{
    failure::{Attempt as _, Failure, Outcome},
    keyring,
};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::{
    io::{BufRead as _, IsTerminal as _, Write as _, stderr, stdin},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The environment variable that may hold the passphrase.
pub const VARIABLE: &str = "CONVOY_PASSPHRASE";

/// Where the passphrase comes from.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Source {
    /// File whose first line is the passphrase; otherwise CONVOY_PASSPHRASE, your desktop's keyring (`convoy key remember`), or you are asked
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Source {
    /// From this file.
    pub fn file(path: &Path) -> Self {
        Self {
            passphrase_file: Some(path.to_owned()),
        }
    }

    /// The passphrase of the keystore in `folder`.
    ///
    /// # Errors
    /// There is none and nobody can be asked.
    pub fn get(&self, folder: &Path) -> Outcome<Zeroizing<String>> {
        if let Some(file) = &self.passphrase_file {
            let text = std::fs::read_to_string(file)
                .map(Zeroizing::new)
                .attempt(|| format!("read the passphrase from {}", file.display()))?;
            let first = text.lines().next().unwrap_or_default();
            return Ok(Zeroizing::new(first.to_owned()));
        }
        if let Ok(text) = std::env::var(VARIABLE) {
            return Ok(Zeroizing::new(text));
        }
        if keyring::is_there() {
            match keyring::find(folder) {
                Ok(Some(passphrase)) => return Ok(passphrase),
                Ok(None) => {}
                Err(none) => eprintln!("convoy: the keyring was not asked: {}", none.0),
            }
        }
        if !stdin().is_terminal() {
            return Err(Failure::usage(format!(
                "the keystore in {} needs its passphrase and there is no terminal to ask on",
                folder.display()
            ))
            .remedy(format!("set {VARIABLE} or give --passphrase-file FILE")));
        }
        ask(&format!(
            "Passphrase of the keystore in {}: ",
            folder.display()
        ))
    }
}

/// Asks on the terminal with echo off.
///
/// # Errors
/// There is no terminal.
pub fn ask(prompt: &str) -> Outcome<Zeroizing<String>> {
    let terminal = stdin();
    if !terminal.is_terminal() {
        return Err(Failure::usage("there is no terminal to ask on")
            .remedy("give --pin-file FILE or --passphrase-file FILE"));
    }
    let before = tcgetattr(&terminal).attempt(|| "read the terminal's settings".into())?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    eprint!("{prompt}");
    let _closed = stderr().flush();
    tcsetattr(&terminal, OptionalActions::Flush, &silent)
        .attempt(|| "hide what you type".into())?;
    let mut line = Zeroizing::new(String::new());
    let read = terminal.lock().read_line(&mut line);
    let restored = tcsetattr(&terminal, OptionalActions::Flush, &before);
    eprintln!();
    read.attempt(|| "read the passphrase".into())?;
    restored.attempt(|| "restore the terminal".into())?;
    Ok(Zeroizing::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}
