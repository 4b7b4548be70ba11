//! `convoy node person`: who may sign in to a node as a person, and how they set that up.
//!
//! It changes the node's own file, whether the node runs or not. Who somebody is and what they may do is on the ledger; here is only how they
//! show it.

use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    node::ConfigFile,
    output::{self, Screen},
};
use clap::Subcommand;
use convoy_api::signin::{accounts::Accounts, invitations::invite};
use convoy_types::Did;
use serde_json::json;

const DAY_MS: u64 = 86_400_000;

/// What to do about people.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Invite an enrolled person to set up a passkey or passphrase. Prints a code that works once; hand it over in person
    Invite {
        /// The person: its identifier (DID) on the ledger
        #[arg(long, value_name = "DID")]
        signer: Did,
        /// How long the code waits, days
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=30))]
        days: u64,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// List who has which way of signing in
    List {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Take away every passkey, passphrase and invitation of a person. Sessions that are open go on until they end; suspending the signer ends them at once
    Remove {
        /// The person
        #[arg(long, value_name = "DID")]
        signer: Did,
        #[command(flatten)]
        file: ConfigFile,
    },
}

/// Does what the command says.
pub fn run(command: Command, screen: Screen) -> Outcome {
    match command {
        Command::Invite { signer, days, file } => invitation(&signer, days, &file, screen),
        Command::List { file } => list(&file, screen),
        Command::Remove { signer, file } => remove(&signer, &file, screen),
    }
}

fn accounts(file: &ConfigFile) -> Outcome<Accounts> {
    let data = file.read()?.data;
    std::fs::create_dir_all(&data).attempt(|| format!("make the folder {}", data.display()))?;
    Ok(Accounts::new(&data))
}

fn invitation(signer: &Did, days: u64, file: &ConfigFile, screen: Screen) -> Outcome {
    let now_ms = clock::now_ms();
    let expires_ms = now_ms + days * DAY_MS;
    let code = accounts(file)?
        .change(|kept| invite(kept, signer, expires_ms, now_ms))
        .attempt(|| format!("invite {signer}"))?
        .map_err(Failure::refused)?;
    screen.result(
        || code.clone(),
        || json!({"code": code, "signer": signer, "expires_ms": expires_ms}),
    );
    screen.hint(format!(
        "Hand it over in person: whoever has it becomes {signer}. It works once, until {}. The console's sign-in page takes it under \"I have an invitation\".",
        clock::utc(expires_ms)
    ));
    Ok(())
}

fn list(file: &ConfigFile, screen: Screen) -> Outcome {
    let kept = accounts(file)?
        .read()
        .attempt(|| "read who may sign in".into())?;
    let when = |ms: Option<u64>| ms.map_or("-".to_owned(), clock::utc);
    let mut rows = Vec::new();
    for own in &kept.passkeys {
        let state = if own.off { "off: copied?" } else { "" };
        let what = format!("passkey {}", own.name);
        rows.push([
            own.signer.to_string(),
            what,
            when(own.used_ms),
            state.into(),
        ]);
    }
    for (name, own) in &kept.passphrases {
        let used = own.devices.iter().map(|device| device.seen_ms).max();
        let what = format!("passphrase as {name}");
        rows.push([own.signer.to_string(), what, when(used), String::new()]);
    }
    for own in &kept.invitations {
        let until = format!("until {}", clock::utc(own.expires_ms));
        rows.push([
            own.signer.to_string(),
            "invitation".into(),
            "-".into(),
            until,
        ]);
    }
    rows.sort();
    let objects: Vec<_> = rows
        .iter()
        .map(|[signer, way, used, note]| json!({"signer": signer, "way": way, "used": used, "note": note}))
        .collect();
    screen.result(
        || output::table(["Signer", "Way", "Last used", "Note"], rows),
        || json!(objects),
    );
    Ok(())
}

fn remove(signer: &Did, file: &ConfigFile, screen: Screen) -> Outcome {
    let removed = accounts(file)?
        .change(|kept| {
            let count = |kept: &convoy_api::signin::accounts::Kept| {
                kept.passkeys.len() + kept.passphrases.len() + kept.invitations.len()
            };
            let before = count(kept);
            kept.passkeys.retain(|own| own.signer != *signer);
            kept.passphrases.retain(|_, own| own.signer != *signer);
            kept.invitations.retain(|own| own.signer != *signer);
            Ok::<_, ()>(before - count(kept))
        })
        .attempt(|| format!("take away what {signer} has"))?;
    let removed = removed.unwrap_or(0);
    screen.result(
        || format!("{removed} taken away from {signer}"),
        || json!({"signer": signer, "removed": removed}),
    );
    Ok(())
}
