//! `convoy node doctor`: what is wrong with a node, in plain words, and what to do about it.
//!
//! Flow: the configuration is read; [`files`] looks at disk, data folder and secrets, [`keeping`] at backups and restores, [`keys`] at the keystore and the
//! founding document, [`certificate`] at that of HTTPS, [`network`] at ports, peers and other nodes, [`time`] at clocks. Each finding is *ok*, a *note* (worth
//! knowing), a *fault* (to be mended) or
//! *not checked*, with the reason.
//!
//! Invariants: nothing is changed and nothing is kept but a small file in the data folder while its speed is measured; it works while the
//! node runs and while it does not; no secret is shown. Exit code 0: nothing to mend; 1: at least one fault.

mod certificate;
mod files;
mod keeping;
mod keys;
mod network;
mod time;

use crate::{
    failure::{Failure, Outcome},
    node::ConfigFile,
    output::{self, Screen},
};
use clap::Args;
use convoy_node::NodeConfig;
use serde::Serialize;
use serde_json::json;

/// Which node, and whom to compare it with.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// Interfaces of other members' nodes, such as http://10.0.3.7:8101: compares clocks, heights and versions. No token is needed
    #[arg(long = "other", value_name = "URL", value_delimiter = ',')]
    others: Vec<String>,
}

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// To be mended.
    Fault,
    /// Could not be looked at.
    NotChecked,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Fault => "FAULT",
            Self::NotChecked => "-",
        }
    }
}

/// What was found, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at; stable, for programs.
    pub check: &'static str,
    /// How serious it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    fn new(check: &'static str, level: Level, found: impl Into<String>) -> Self {
        Self {
            check,
            level,
            found: found.into(),
            remedy: None,
        }
    }

    /// As it should be.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Level::Ok, found)
    }

    /// Worth knowing.
    pub fn note(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..Self::new(check, Level::Note, found)
        }
    }

    /// To be mended.
    pub fn fault(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..Self::new(check, Level::Fault, found)
        }
    }

    /// Could not be looked at, and why.
    pub fn not_checked(check: &'static str, why: impl Into<String>) -> Self {
        Self::new(check, Level::NotChecked, why)
    }
}

/// Looks at everything and says what it found.
///
/// # Errors
/// Refused, when there is something to mend.
pub async fn run(options: &Options, screen: Screen) -> Outcome {
    let findings = match NodeConfig::read(options.file.path()) {
        Ok(config) => {
            let path = options.file.path().display();
            let mut findings = vec![Finding::ok(
                "configuration",
                format!("{path} is readable and complete"),
            )];
            findings.extend(examine(&config, &options.others).await);
            findings
        }
        Err(error) => vec![Finding::fault(
            "configuration",
            error.to_string(),
            "every key is described in docs/operating/configuration.md; `convoy network init` writes a working file",
        )],
    };
    report(&findings, screen)
}

async fn examine(config: &NodeConfig, others: &[String]) -> Vec<Finding> {
    let mut findings = files::examine(config);
    findings.extend(keeping::examine(config));
    findings.extend(keys::examine(config));
    findings.push(certificate::examine(config));
    findings.extend(network::examine(config, others).await);
    findings
}

fn report(findings: &[Finding], screen: Screen) -> Outcome {
    let faults = findings
        .iter()
        .filter(|finding| finding.level == Level::Fault)
        .count();
    screen.result(
        || describe(findings),
        || json!({"healthy": faults == 0, "findings": findings}),
    );
    match faults {
        0 => Ok(()),
        1 => Err(Failure::refused(
            "one thing is to be mended; see FAULT above",
        )),
        more => Err(Failure::refused(format!(
            "{more} things are to be mended; see FAULT above. Begin with the first: the others may follow from it"
        ))),
    }
}

fn describe(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let what = format!("{:<5}  {}", finding.level.word(), finding.check);
        let remedy = finding
            .remedy
            .as_deref()
            .map(|remedy| format!("\n       → {remedy}"));
        (what, finding.found.clone() + &remedy.unwrap_or_default())
    });
    let lines: Vec<_> = lines.collect();
    output::facts(
        lines
            .iter()
            .map(|(what, found)| (what.as_str(), found.clone())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_ends_in_the_exit_code_and_a_note_does_not() {
        let screen = Screen {
            json: true,
            colour: false,
        };
        let note = Finding::note("disk", "little room", "make some");
        assert!(report(std::slice::from_ref(&note), screen).is_ok());
        let fault = Finding::fault("ports", "taken", "free it");
        let refused = report(&[note, fault], screen).unwrap_err();
        assert_eq!(refused.kind.code(), 1);
    }

    #[test]
    fn what_is_said_names_the_check_the_fault_and_the_remedy() {
        let text = describe(&[Finding::fault("ports", "8101 is taken", "choose another")]);
        for word in ["FAULT", "ports", "8101 is taken", "→ choose another"] {
            assert!(text.contains(word), "{text}");
        }
    }
}
