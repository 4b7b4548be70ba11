//! The proofs: written as files, and verified by processes that have no network.

use super::{
    CAUGHT_UP_WITHIN, Demo,
    story::{Said, Story},
};
use crate::{
    failure::{Attempt as _, Failure, Outcome},
    receipt::{self, Proof},
};
use convoy_types::{MemberId, StatementId};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

impl Demo {
    /// Writes transparent statements and the trust file, and verifies them in processes without a network.
    pub(super) async fn prove(
        &mut self,
        story: &mut Story,
        statements: &[(String, StatementId)],
    ) -> Outcome {
        story.chapter("Proof without a network");
        let folder = self.cluster.manifest.folder.join("proofs");
        fs::create_dir_all(&folder).attempt(|| format!("make the folder {}", folder.display()))?;
        let height = self.cluster.height("est").await?;
        self.cluster
            .reached("ita", height, CAUGHT_UP_WITHIN)
            .await?;
        let client = self.cluster.api("ita")?;
        let (trust, compact) = (folder.join("trust.json"), folder.join("compact.cose"));
        let manifest = &self.cluster.manifest;
        let nations: Vec<MemberId> = manifest
            .nodes()
            .map(|(member, _)| member.id.clone())
            .collect();
        story
            .step(
                "Transparent statements (RFC 9943) with all nations' receipts are written",
                async {
                    write(&trust, &receipt::trust(&client).await?)?;
                    let mut bytes = 0;
                    for (number, (name, id)) in statements.iter().enumerate() {
                        let proof = Proof::Transparent(id, &nations, &[]);
                        let statement = receipt::fetch(&client, &proof).await?;
                        bytes += statement.len();
                        write(
                            &folder.join(format!("{:02}-{name}.cose", number + 1)),
                            &statement,
                        )?;
                    }
                    Ok(Said::result(format!(
                        "{} files, {} nations' receipts in each, {} KB",
                        statements.len(),
                        nations.len(),
                        bytes / 1_000
                    )))
                },
            )
            .await?;
        story
            .step(
                "A compact receipt, proved by the validators' certificate, is written",
                async {
                    let Some((_, last)) = statements.last() else {
                        return Err(Failure::refused("nothing was captured"));
                    };
                    let bytes = receipt::fetch(&client, &Proof::Compact(last)).await?;
                    write(&compact, &bytes)?;
                    Ok(Said::result(format!("{} bytes", bytes.len())))
                },
            )
            .await?;
        let program = self.program.clone();
        let offline = Offline::here();
        story
            .step(
                &format!("`convoy verify` checks every file, {}", offline.told()),
                async {
                    let mut checked = 0;
                    for file in proofs_in(&folder)? {
                        let report = offline.verify(&program, &file, &trust)?;
                        // A compact receipt is vouched for by the validators that signed its certificate.
                        if file != compact {
                            vouched_by(&report, &nations, &file)?;
                        }
                        checked += 1;
                    }
                    Ok(Said::result(format!(
                        "{checked} files proved, each statement by {} nations",
                        nations.len()
                    )))
                },
            )
            .await?;
        story
            .step(
                "… and refuses a file with one flipped bit, naming the check",
                async {
                    let mut bytes =
                        fs::read(&compact).attempt(|| "read the compact receipt".into())?;
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 1;
                    let forged = folder.join("forged.bin");
                    write(&forged, &bytes)?;
                    match offline.verify(&program, &forged, &trust) {
                        Err(failure) if failure.details.is_some() => {
                            Ok(Said::result(first_line(&failure.what).to_owned()))
                        }
                        Err(failure) => Err(failure),
                        Ok(_) => Err(Failure::refused("a forged file was taken for good")),
                    }
                },
            )
            .await
    }
}

/// How a process is kept from any network.
enum Offline {
    /// A network namespace without interfaces.
    Namespace,
    /// The kernel does not let us make one: an environment without addresses.
    Environment,
}

impl Offline {
    fn here() -> Self {
        let possible = Command::new("unshare")
            .args(["--net", "true"])
            .output()
            .is_ok_and(|output| output.status.success());
        if possible {
            Self::Namespace
        } else {
            Self::Environment
        }
    }

    fn told(&self) -> &'static str {
        match self {
            Self::Namespace => "in a process that has no network",
            Self::Environment => "in a process that knows no address",
        }
    }

    /// What `convoy verify --json` says of the file; a failure of the verifier itself carries details that name the check.
    fn verify(&self, program: &Path, file: &Path, trust: &Path) -> Outcome<Value> {
        let mut command = match self {
            Self::Namespace => {
                let mut command = Command::new("unshare");
                command.arg("--net").arg(program);
                command
            }
            Self::Environment => Command::new(program),
        };
        let output = command
            .arg("verify")
            .arg(file)
            .arg("--trust")
            .arg(trust)
            .arg("--json")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .output()
            .attempt(|| "start `convoy verify`".into())?;
        if output.status.success() {
            return serde_json::from_slice(&output.stdout)
                .attempt(|| "read what `convoy verify` says".into());
        }
        let said: Value = serde_json::from_slice(&output.stderr).unwrap_or_default();
        let Some(check) = said["problem"]["check"].as_str() else {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::environment(said.trim()));
        };
        let reason = said["problem"]["reason"].as_str().unwrap_or_default();
        Err(
            Failure::refused(format!("the check `{check}` failed: {reason}"))
                .details(said["problem"].clone()),
        )
    }
}

/// The files of proofs in a folder.
fn proofs_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).attempt(|| format!("read {}", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "cose")
        })
        .collect())
}

/// Fails unless receipts of exactly these members were verified in `file`.
fn vouched_by(report: &Value, members: &[MemberId], file: &Path) -> Outcome {
    let found: BTreeSet<_> = list(&report["report"]["attested_by"]).collect();
    let wanted: BTreeSet<_> = members.iter().map(MemberId::as_str).collect();
    if found == wanted {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "{} has receipts of {found:?}, expected {wanted:?}",
        file.display()
    )))
}

fn list(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn write(file: &Path, bytes: &[u8]) -> Outcome {
    fs::write(file, bytes).attempt(|| format!("write {}", file.display()))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
