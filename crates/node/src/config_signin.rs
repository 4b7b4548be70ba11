//! What a configuration says about who may come in: HTTPS, certificates of machines, and how people sign in.
//!
//! Invariants: every way of signing in but tokens is off until it is configured; a fault names its key.

use convoy_types::Did;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// HTTPS for the interface, beside or in place of plain HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Where to listen for HTTPS, such as `0.0.0.0:8501`.
    pub listen: SocketAddr,
    /// The node's certificate and those between it and the authority, PEM. Read again when the file changes.
    pub certificate: PathBuf,
    /// Its private key, PEM, readable by the node's user only.
    pub key: PathBuf,
    /// The authority of this member's machines, PEM: whoever shows a certificate of it is the device or service that it names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub machines: Option<PathBuf>,
}

/// How people sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInConfig {
    /// A session ends after this long without a request, minutes.
    pub idle_minutes: u64,
    /// A session ends after this long in any case, hours.
    pub session_hours: u64,
    /// Whether people with a passphrase may sign in: for a closed network.
    pub passphrases: bool,
    /// Whether anybody who reaches the node may sign in as anybody whose key it holds. For demonstrations only; refused unless the
    /// interface listens on this machine alone.
    pub demo: bool,
    /// Attempts of one address in a minute, over every way of signing in.
    pub attempts_per_minute: u32,
    /// Passkeys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkeys: Option<PasskeysConfig>,
    /// Identity providers (OpenID Connect).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub oidc: Vec<OidcConfig>,
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            session_hours: 12,
            passphrases: false,
            demo: false,
            attempts_per_minute: 60,
            passkeys: None,
            oidc: Vec::new(),
        }
    }
}

/// Passkeys (WebAuthn). A browser binds each to the host's name, so the console needs a name: `localhost` or one with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeysConfig {
    /// The host's name that passkeys are bound to, or one above it: `localhost`, `convoy.mod.example`.
    pub rp_id: String,
    /// The addresses of the console, such as `https://convoy.mod.example` or `http://localhost:8101`.
    pub origins: Vec<String>,
}

/// An identity provider (OpenID Connect, authorisation code with PKCE).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// Its short name in addresses: letters, digits and `-`.
    pub name: String,
    /// What people know it as.
    pub title: String,
    /// Its issuer, as its discovery document says it.
    pub issuer: String,
    /// This node's name there.
    pub client_id: String,
    /// A file with this node's secret there; none for a public client.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_secret_file: Option<PathBuf>,
    /// The address of this node's console, to which the provider sends people back: `https://convoy.mod.example`.
    pub console: String,
    /// What is asked for.
    #[serde(default = "openid")]
    pub scopes: Vec<String>,
    /// The claim that says who somebody is.
    #[serde(default = "sub")]
    pub claim: String,
    /// The authority that the provider's certificate comes from, PEM; the system's where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authority: Option<PathBuf>,
    /// The claim's value and the signer that it stands for.
    pub people: BTreeMap<String, Did>,
}

fn openid() -> Vec<String> {
    vec!["openid".into()]
}

fn sub() -> String {
    "sub".into()
}

impl TlsConfig {
    pub(crate) fn within(&mut self, folder: &Path) {
        self.certificate = folder.join(&self.certificate);
        self.key = folder.join(&self.key);
        self.machines = self.machines.take().map(|file| folder.join(file));
    }
}

impl SignInConfig {
    pub(crate) fn within(&mut self, folder: &Path) {
        for provider in &mut self.oidc {
            let inside = |file: PathBuf| folder.join(file);
            provider.client_secret_file = provider.client_secret_file.take().map(inside);
            provider.authority = provider.authority.take().map(inside);
        }
    }

    /// # Errors
    /// The key and its fault, in plain words.
    pub(crate) fn check(&self, listen: SocketAddr, tls: Option<&TlsConfig>) -> Result<(), String> {
        if !(1..=1_440).contains(&self.idle_minutes) || !(1..=720).contains(&self.session_hours) {
            return Err("signin: idle_minutes must be 1 to 1440 and session_hours 1 to 720".into());
        }
        if self.attempts_per_minute == 0 {
            return Err("signin.attempts_per_minute must be 1 at least".into());
        }
        let elsewhere = [Some(listen), tls.map(|tls| tls.listen)];
        let elsewhere = elsewhere
            .into_iter()
            .flatten()
            .find(|at| !at.ip().is_loopback());
        if let (true, Some(address)) = (self.demo, elsewhere) {
            return Err(format!(
                "signin.demo lets anybody in who reaches the node, and {address} can be reached from elsewhere; take it out, or listen on 127.0.0.1"
            ));
        }
        if let Some(passkeys) = &self.passkeys {
            passkeys.check()?;
        }
        for (index, provider) in self.oidc.iter().enumerate() {
            provider
                .check()
                .map_err(|fault| format!("signin.oidc[{index}].{fault}"))?;
            if self.oidc[..index]
                .iter()
                .any(|other| other.name == provider.name)
            {
                return Err(format!(
                    "signin.oidc[{index}].name: `{}` is there twice",
                    provider.name
                ));
            }
        }
        Ok(())
    }
}

/// The host in an origin such as `https://convoy.mod.example:8501`.
fn host_of(origin: &str) -> Result<&str, String> {
    let rest = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))
        .ok_or_else(|| format!("`{origin}` begins with neither https:// nor http://"))?;
    if rest.is_empty() || rest.contains(['/', '?', '#', '@']) {
        return Err(format!(
            "`{origin}` is no origin: write scheme, host and port only, such as https://convoy.mod.example"
        ));
    }
    let port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    Ok(match rest.rsplit_once(':') {
        Some((host, after)) if port(after) => host,
        _ => rest,
    })
}

/// Browsers keep secrets over plain HTTP on this machine only.
fn safe_origin(origin: &str) -> Result<(), String> {
    let host = host_of(origin)?;
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match origin.starts_with("https://") || here {
        true => Ok(()),
        false => Err(format!(
            "`{origin}` is not https, and only this machine may do without"
        )),
    }
}

impl PasskeysConfig {
    fn check(&self) -> Result<(), String> {
        if self.origins.is_empty() {
            return Err("signin.passkeys.origins names no address of the console".into());
        }
        for origin in &self.origins {
            let wrong = |fault: String| format!("signin.passkeys.origins: {fault}");
            safe_origin(origin).map_err(wrong)?;
            let host = host_of(origin).map_err(wrong)?;
            let below = host
                .strip_suffix(&self.rp_id)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            if !below || self.rp_id.is_empty() {
                return Err(format!(
                    "signin.passkeys: the host of `{origin}` is neither rp_id `{}` nor below it",
                    self.rp_id
                ));
            }
        }
        Ok(())
    }
}

impl OidcConfig {
    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(plain) {
            return Err("name: 1 to 40 small letters, digits and `-`".into());
        }
        safe_origin(&self.console).map_err(|fault| format!("console: {fault}"))?;
        let issuer = self.issuer.split('/').take(3).collect::<Vec<_>>().join("/");
        safe_origin(&issuer).map_err(|fault| format!("issuer: {fault}"))?;
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err("scopes: `openid` must be among them".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> SocketAddr {
        "127.0.0.1:8101".parse().unwrap()
    }

    fn fault(text: &str) -> String {
        let config: SignInConfig = toml::from_str(text).unwrap();
        config.check(here(), None).unwrap_err()
    }

    #[test]
    fn nothing_but_tokens_is_on_by_itself() {
        let config = SignInConfig::default();
        assert!(!config.passphrases && !config.demo);
        assert!(config.passkeys.is_none() && config.oidc.is_empty());
        assert_eq!(config.check(here(), None), Ok(()));
    }

    #[test]
    fn the_demo_sign_in_is_refused_where_others_reach_the_node() {
        let config = SignInConfig {
            demo: true,
            ..SignInConfig::default()
        };
        assert_eq!(config.check(here(), None), Ok(()));
        assert!(config.check("0.0.0.0:8101".parse().unwrap(), None).is_err());
        let tls = TlsConfig {
            listen: "10.1.2.3:8501".parse().unwrap(),
            certificate: "a".into(),
            key: "b".into(),
            machines: None,
        };
        assert!(config.check(here(), Some(&tls)).is_err());
    }

    #[test]
    fn passkeys_are_bound_to_hosts_that_browsers_accept() {
        for (rp_id, origin, named) in [
            ("mod.example", "http://convoy.mod.example", "not https"),
            ("mod.example", "https://evilmod.example", "neither rp_id"),
            ("mod.example", "https://convoy.mod.example/", "no origin"),
            ("mod.example", "convoy.mod.example", "begins with neither"),
        ] {
            let text = format!("[passkeys]\nrp_id = \"{rp_id}\"\norigins = [\"{origin}\"]");
            assert!(fault(&text).contains(named), "{origin}: {}", fault(&text));
        }
        let good =
            "[passkeys]\nrp_id = \"mod.example\"\norigins = [\"https://convoy.mod.example:8501\"]";
        let config: SignInConfig = toml::from_str(good).unwrap();
        assert_eq!(config.check(here(), None), Ok(()));
    }

    #[test]
    fn a_provider_is_reached_safely_and_named_once() {
        let provider = |name: &str, issuer: &str| {
            format!(
                "[[oidc]]\nname = \"{name}\"\ntitle = \"T\"\nissuer = \"{issuer}\"\nclient_id = \"c\"\nconsole = \"http://localhost:8101\"\npeople = {{}}\n"
            )
        };
        assert!(fault(&provider("a b", "https://idp.example")).contains("name"));
        assert!(fault(&provider("a", "http://idp.example/x")).contains("issuer"));
        let twice = provider("a", "https://idp.example") + &provider("a", "https://idp.example");
        assert!(fault(&twice).contains("twice"));
    }
}
