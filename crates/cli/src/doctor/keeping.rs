//! What the node keeps: whether there is a backup and how old it is, whether the node was restored from one.

use super::Finding;
use crate::clock;
use convoy_node::{NodeConfig, backup::Backup, restore};
use std::time::Duration;

/// Hours in milliseconds.
const HOUR_MS: u64 = 3_600_000;

pub fn examine(config: &NodeConfig) -> Vec<Finding> {
    let mut findings = vec![backup(config)];
    findings.extend(restored(config));
    findings
}

fn backup(config: &NodeConfig) -> Finding {
    const CHECK: &str = "backup";
    let Some(settings) = &config.backup else {
        return Finding::note(
            CHECK,
            "the node makes no backups by itself",
            "keys, people's sign-ins and the audit log are nowhere else: set [backup], or run `convoy node backup` by a timer of your own",
        );
    };
    let folder = settings.to.display();
    let backup = match Backup::open(&settings.to) {
        Ok(backup) => backup,
        Err(error) => {
            return Finding::fault(
                CHECK,
                error.to_string(),
                format!(
                    "see that {folder} is there and can be written; `convoy node backup --to {folder}` makes it"
                ),
            );
        }
    };
    let Some(last) = backup.records.last() else {
        return Finding::fault(
            CHECK,
            format!("no run of the backup in {folder} was finished"),
            "see the node's log for why; a run that failed is tried again every 15 minutes",
        );
    };
    let age_ms = clock::now_ms().saturating_sub(last.made_ms);
    let found = format!(
        "the last run in {folder} ended {:.1} hours ago with block {}",
        Duration::from_millis(age_ms).as_secs_f64() / 3_600.0,
        last.end.height
    );
    match age_ms > 2 * u64::from(settings.every_hours) * HOUR_MS {
        true => Finding::fault(
            CHECK,
            found,
            "two runs were missed: see the node's log, and whether the disk has room",
        ),
        false => Finding::ok(CHECK, found),
    }
}

fn restored(config: &NodeConfig) -> Option<Finding> {
    const CHECK: &str = "restored";
    if let Err(reason) = restore::check_finished(&config.data) {
        return Some(Finding::fault(
            CHECK,
            reason,
            "run `convoy node restore` again",
        ));
    }
    match restore::Marker::read(&config.data) {
        Ok(None) => None,
        Ok(Some(marker)) => Some(Finding::note(
            CHECK,
            format!(
                "this node was restored from a backup that ends with block {}; the keys in the backup do not vote",
                marker.height
            ),
            "`convoy node renew-key` makes one that may, once it is in the set of validators (docs/guides/backup-and-loss.md)",
        )),
        Err(reason) => Some(Finding::fault(
            CHECK,
            reason,
            "restore the backup again, into a new folder",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use std::{fs, path::Path};

    fn config(data: &Path) -> NodeConfig {
        let text = format!(
            r#"
            member = "est"
            genesis = "genesis.json"
            data = "{}"
            keystore = {{ passphrase_env = "P" }}
            api = {{ listen = "127.0.0.1:8401" }}
            p2p = {{ listen = "127.0.0.1:9401", peers = [] }}
            backup = {{ to = "{}/backup" }}
        "#,
            data.display(),
            data.display()
        );
        NodeConfig::parse(&text).unwrap()
    }

    #[test]
    fn a_backup_that_is_not_there_and_a_restore_that_is_not_whole_are_faults() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let findings = examine(&config);
        assert_eq!((findings.len(), findings[0].level), (1, Level::Fault));
        assert!(findings[0].found.contains("no backup"), "{findings:?}");
        let none = NodeConfig {
            backup: None,
            ..config.clone()
        };
        assert_eq!(examine(&none)[0].level, Level::Note);
        let marker = r#"{"version":1,"restored_ms":1,"height":9,"retired_keys":[]}"#;
        fs::write(folder.path().join(restore::MARKER), marker).unwrap();
        let findings = examine(&none);
        assert_eq!(findings[1].level, Level::Note);
        assert!(findings[1].found.contains("block 9"), "{findings:?}");
        fs::write(folder.path().join(restore::UNFINISHED), "{}").unwrap();
        assert_eq!(examine(&none)[1].level, Level::Fault);
    }
}
