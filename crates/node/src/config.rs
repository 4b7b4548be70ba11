//! A node's configuration: one TOML file, every key of which is documented here and in
//! `docs/operating/configuration.md`.
//!
//! Relative paths are relative to the file. Unknown keys are refused, so that a misspelt one is noticed.

pub use crate::config_keeping::{BackupConfig, RetentionConfig};
pub use crate::config_signin::{OidcConfig, PasskeysConfig, SignInConfig, TlsConfig};
use crate::{pkcs11::Pkcs11Config, traced::TelemetryConfig};
use convoy_types::{Did, MemberId, did};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file breaks a rule.
    #[error("configuration {0}: {1}")]
    Format(PathBuf, String),
    /// The passphrase cannot be had.
    #[error("the keystore's passphrase: {0}")]
    Passphrase(String),
}

/// A node's configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// The member that this node belongs to.
    pub member: MemberId,
    /// The genesis document.
    pub genesis: PathBuf,
    /// The folder of keystore, tokens, blocks, state and read model.
    pub data: PathBuf,
    /// Where the keystore's passphrase comes from.
    pub keystore: KeystoreConfig,
    /// Where others find the node and the DIDs of its member.
    #[serde(default, skip_serializing_if = "IdentityConfig::is_default")]
    pub identity: IdentityConfig,
    /// The interface for programs and people.
    pub api: ApiConfig,
    /// How people sign in.
    #[serde(default)]
    pub signin: SignInConfig,
    /// The network among nodes.
    pub p2p: P2pConfig,
    /// When blocks are made.
    #[serde(default)]
    pub pace: PaceConfig,
    /// What may wait.
    #[serde(default)]
    pub mempool: MempoolConfig,
    /// Memory and threads.
    #[serde(default)]
    pub resources: ResourcesConfig,
    /// The log of who read what is labelled, of denials, sign-ins and administration.
    #[serde(default)]
    pub audit: AuditConfig,
    /// What of the past is kept.
    #[serde(default)]
    pub retention: RetentionConfig,
    /// Backups that the node makes by itself; none where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupConfig>,
    /// Where traces of statements' lives go; nowhere where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<TelemetryConfig>,
}

/// The audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// A file is closed and the next begun at this size, bytes.
    pub file_bytes: u64,
    /// The most that all files may take, bytes; as much as the disk has where left out. Full, what must be logged is refused.
    pub bytes_max: Option<u64>,
    /// Where entries are sent on as they come; nowhere where left out.
    pub syslog: Option<SyslogConfig>,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            file_bytes: 8 << 20,
            bytes_max: None,
            syslog: None,
        }
    }
}

/// A syslog server (RFC 5424).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyslogConfig {
    /// `udp://host:port`, `tcp://host:port` or `unix:///path`.
    pub to: String,
    /// What this node is called there.
    #[serde(default = "nobody")]
    pub hostname: String,
}

fn nobody() -> String {
    "-".to_owned()
}

/// Where the keystore's passphrase comes from: one of the two.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeystoreConfig {
    /// A file that holds it, readable by the node's user only.
    pub passphrase_file: Option<PathBuf>,
    /// An environment variable that holds it.
    pub passphrase_env: Option<String>,
    /// The hardware token that keys of users are in, where some are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkcs11: Option<Pkcs11Config>,
}

/// Where others find the node and the DIDs of its member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityConfig {
    /// The host name, with a port where it is not 443, under which the node answers by HTTPS: `logistics.est.example`. The node
    /// then serves the documents of `did:web` identifiers of this host to anybody.
    pub host: Option<String>,
}

impl IdentityConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The host's own DID, which is the member's.
    pub fn did(&self) -> Option<Did> {
        let host = self.host.as_ref()?.replace(':', "%3A");
        Did::new(&format!("did:web:{host}")).ok()
    }
}

/// The interface for programs and people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Where to listen, such as `127.0.0.1:8401`.
    pub listen: SocketAddr,
    /// HTTPS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tls: Option<TlsConfig>,
    /// Whether `/metrics` answers without a token.
    #[serde(default = "yes")]
    pub public_metrics: bool,
    /// Where subscriptions may be sent.
    #[serde(default)]
    pub webhooks: WebhooksConfig,
}

/// Where subscriptions may be sent: `https` to public addresses, unless more is permitted here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhooksConfig {
    /// Also over `http`.
    pub plain_http: bool,
    /// Also to addresses that are not public, such as those of the member's own network.
    pub private_addresses: bool,
    /// Only to these hosts and hosts below them; to any where empty.
    pub hosts: Vec<String>,
}

/// The network among nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct P2pConfig {
    /// Where to listen, such as `0.0.0.0:9401`.
    pub listen: SocketAddr,
    /// Where the validators' nodes are, this one among them.
    pub peers: Vec<PeerConfig>,
    /// Whether peers may have private or loopback addresses.
    #[serde(default = "yes")]
    pub allow_private_addresses: bool,
}

/// Where a validator's node is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// Whose.
    pub member: MemberId,
    /// Where.
    pub address: SocketAddr,
}

/// When blocks are made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaceConfig {
    /// Time to gather statements once one waits, milliseconds.
    pub linger_ms: u64,
    /// Time from one block to the next when nothing waits, milliseconds.
    pub heartbeat_ms: u64,
    /// Most statements in one block.
    pub block_statements: usize,
}

impl Default for PaceConfig {
    fn default() -> Self {
        Self {
            linger_ms: 25,
            heartbeat_ms: 4_000,
            block_statements: convoy_types::limits::BLOCK_STATEMENTS_MAX,
        }
    }
}

/// What may wait.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MempoolConfig {
    /// Statements of one member.
    pub member_statements: usize,
    /// Bytes of one member's statements.
    pub member_bytes: usize,
}

impl Default for MempoolConfig {
    fn default() -> Self {
        Self {
            member_statements: 50_000,
            member_bytes: 8 << 20,
        }
    }
}

/// Memory and threads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResourcesConfig {
    /// Threads of the engine.
    pub engine_threads: usize,
    /// Threads of the interface.
    pub api_threads: usize,
    /// The engine's page cache, mebibytes.
    pub page_cache_mib: usize,
    /// The read model's page cache, mebibytes.
    pub read_model_cache_mib: u64,
    /// Whether a node without data fetches a recent state instead of executing all blocks.
    pub state_sync: bool,
}

impl Default for ResourcesConfig {
    fn default() -> Self {
        Self {
            engine_threads: 2,
            api_threads: 2,
            page_cache_mib: 64,
            read_model_cache_mib: 16,
            state_sync: false,
        }
    }
}

fn yes() -> bool {
    true
}

impl NodeConfig {
    /// Reads the configuration at `path` and makes its paths absolute.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.into(), error))?;
        let mut config =
            Self::parse(&text).map_err(|reason| ConfigError::Format(path.into(), reason))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        config.genesis = folder.join(&config.genesis);
        config.data = folder.join(&config.data);
        if let Some(pkcs11) = &mut config.keystore.pkcs11 {
            pkcs11.pin_file = pkcs11.pin_file.take().map(|file| folder.join(file));
        }
        config.keystore.passphrase_file = config
            .keystore
            .passphrase_file
            .map(|file| folder.join(file));
        if let Some(tls) = &mut config.api.tls {
            tls.within(folder);
        }
        config.signin.within(folder);
        if let Some(backup) = &mut config.backup {
            backup.to = folder.join(&backup.to);
        }
        Ok(config)
    }

    /// Reads a configuration's text.
    ///
    /// # Errors
    /// The key, the fault and the line, in plain words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let pace = &config.pace;
        if !(1..=60_000).contains(&pace.heartbeat_ms) || pace.linger_ms > pace.heartbeat_ms {
            return Err("pace: heartbeat_ms must be 1 to 60000 and at least linger_ms".into());
        }
        if pace.block_statements == 0
            || pace.block_statements > convoy_types::limits::BLOCK_STATEMENTS_MAX
        {
            return Err(format!(
                "pace.block_statements must be 1 to {}",
                convoy_types::limits::BLOCK_STATEMENTS_MAX
            ));
        }
        if config.keystore.passphrase_file.is_some() == config.keystore.passphrase_env.is_some() {
            return Err("keystore: set either passphrase_file or passphrase_env".into());
        }
        if let Some(pkcs11) = &config.keystore.pkcs11
            && pkcs11.pin_file.is_some() == pkcs11.pin_env.is_some()
        {
            return Err("keystore.pkcs11: set either pin_file or pin_env".into());
        }
        if let Some(host) = &config.identity.host {
            let did = config.identity.did();
            let web = did.is_some_and(|did| matches!(did::form(&did), Ok(did::Form::Web { .. })));
            if !web || host.contains('/') {
                return Err(format!(
                    "identity.host: `{host}` is no host name; write one such as \"logistics.est.example\", with :PORT where it is not 443"
                ));
            }
        }
        if config.resources.engine_threads == 0 || config.resources.api_threads == 0 {
            return Err("resources: engine_threads and api_threads must be 1 at least".into());
        }
        if config.audit.file_bytes < 64 << 10 {
            return Err("audit.file_bytes must be 65536 at least".into());
        }
        if let Some(syslog) = &config.audit.syslog {
            syslog.to.parse::<crate::audit::syslog::Target>()?;
        }
        config.retention.check()?;
        if let Some(backup) = &config.backup {
            backup.check()?;
        }
        config
            .signin
            .check(config.api.listen, config.api.tls.as_ref())?;
        Ok(config)
    }

    /// The configuration as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_default()
    }
}

impl KeystoreConfig {
    /// The passphrase, without a trailing line end.
    pub fn passphrase(&self) -> Result<Zeroizing<String>, ConfigError> {
        let text = match (&self.passphrase_file, &self.passphrase_env) {
            (Some(file), _) => Zeroizing::new(std::fs::read_to_string(file).map_err(|error| {
                ConfigError::Passphrase(format!("file {}: {error}", file.display()))
            })?),
            (None, Some(variable)) => Zeroizing::new(std::env::var(variable).map_err(|_| {
                ConfigError::Passphrase(format!("set the environment variable {variable}"))
            })?),
            (None, None) => return Err(ConfigError::Passphrase("no source is configured".into())),
        };
        Ok(Zeroizing::new(
            text.trim_end_matches(['\r', '\n']).to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST: &str = r#"
        member = "est"
        genesis = "genesis.json"
        data = "data"
        keystore = { passphrase_env = "CONVOY_PASSPHRASE" }
        api = { listen = "127.0.0.1:8401" }
        p2p = { listen = "127.0.0.1:9401", peers = [{ member = "est", address = "127.0.0.1:9401" }] }
    "#;

    #[test]
    fn the_smallest_configuration_has_the_defaults_and_is_written_back() {
        let config = NodeConfig::parse(SMALLEST).unwrap();
        assert_eq!(config.pace.heartbeat_ms, 4_000);
        assert!(NodeConfig::parse(&config.to_toml()).is_ok());
    }

    #[test]
    fn faults_are_named() {
        for (change, named) in [
            ("colour = 1", "colour"),
            ("[pace]\nheartbeat_ms = 0", "heartbeat_ms"),
            ("[pace]\nblock_statements = 9999999", "block_statements"),
            ("[resources]\nengine_threads = 0", "engine_threads"),
            (
                "[identity]\nhost = \"https://est.example\"",
                "identity.host",
            ),
            ("[identity]\nhost = \"est.example/node\"", "identity.host"),
        ] {
            let fault = NodeConfig::parse(&format!("{SMALLEST}\n{change}")).unwrap_err();
            assert!(fault.contains(named), "{fault}");
        }
        let token = r#"passphrase_env = "P", pkcs11 = { module = "m.so", token = "est" }"#;
        let no_pin = SMALLEST.replace("passphrase_env = \"CONVOY_PASSPHRASE\"", token);
        assert!(NodeConfig::parse(&no_pin).unwrap_err().contains("pin_file"));
        let none = SMALLEST.replace("passphrase_env = \"CONVOY_PASSPHRASE\"", "");
        assert!(NodeConfig::parse(&none).unwrap_err().contains("passphrase"));
    }
}
