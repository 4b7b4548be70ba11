//! The parts of a node's configuration that say what it keeps: history, and backups of everything.

use serde::{Deserialize, Serialize};
use std::{num::NonZeroU64, path::PathBuf};

/// What is kept of blocks that are long final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// `"all"`, said outright: this is an archive node. Left out, it is one all the same unless `days` or `bytes` is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// Blocks older than this many days are pruned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// The oldest blocks are pruned before blocks, certificates, outcomes and log hashes take more bytes than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The last so many blocks stay whatever the limits say, for peers that synchronise from this node.
    pub recent_blocks: u64,
    /// Blocks in one file: pruning takes whole files. Chosen before the first start, for good.
    pub blocks_per_file: u64,
    /// Addresses of nodes that keep everything, to be named to whoever asks for what was pruned here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<String>,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Everything since the founding.
    All,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            keep: None,
            days: None,
            bytes: None,
            recent_blocks: 2_000,
            blocks_per_file: 1_024,
            archives: Vec::new(),
        }
    }
}

impl RetentionConfig {
    /// Whether anything is pruned at all.
    pub fn is_limited(&self) -> bool {
        self.days.is_some() || self.bytes.is_some()
    }

    pub(crate) fn blocks_per_file(&self) -> NonZeroU64 {
        NonZeroU64::new(self.blocks_per_file).unwrap_or(NonZeroU64::MIN)
    }

    /// # Errors
    /// The key and its fault, in plain words.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.keep.is_some() && self.is_limited() {
            return Err("retention: keep = \"all\" and a limit (days, bytes) exclude each other; leave one out".into());
        }
        if self.days == Some(0) {
            return Err("retention.days must be 1 at least".into());
        }
        if !(32..=1_000_000).contains(&self.recent_blocks) {
            return Err("retention.recent_blocks must be 32 to 1000000".into());
        }
        if !(8..=1 << 20).contains(&self.blocks_per_file) {
            return Err("retention.blocks_per_file must be 8 to 1048576".into());
        }
        Ok(())
    }
}

/// Backups that the node makes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupConfig {
    /// The folder: one that `convoy node backup` made, or, with `recipient`, a new one. On another disk, better on another machine's.
    pub to: PathBuf,
    /// Hours between two runs.
    #[serde(default = "daily")]
    pub every_hours: u32,
    /// Whose key opens a backup that is made new (`age1…`); its secret half is kept off the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
}

fn daily() -> u32 {
    24
}

impl BackupConfig {
    /// # Errors
    /// The key and its fault, in plain words.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=8_760).contains(&self.every_hours) {
            return Err("backup.every_hours must be 1 to 8760".into());
        }
        match &self.recipient {
            Some(text) => crate::backup::Recipient::parse(text)
                .map(drop)
                .map_err(|error| format!("backup.recipient: {error}")),
            None => Ok(()),
        }
    }
}
