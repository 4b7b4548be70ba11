//! Signing in at an identity provider: OpenID Connect, authorisation code with PKCE.
//!
//! Flow: [`Provider::begin`] sends the browser to the provider with a state, a nonce and the digest of a verifier → the provider sends it back
//! with a code → [`Provider::finish`] exchanges the code, checks the id token and reads the claim → the operator's table says which signer
//! that is.
//!
//! Invariants: state, nonce and verifier are random, used once, and bound to the browser by a cookie; the id token's signature is checked
//! with a key of the provider by an asymmetric algorithm, its issuer, audience, times and nonce are checked; nobody becomes somebody whom
//! the operator did not name. Keys are fetched again when an unknown one is used, at most every [`REFETCH_MS`].

use super::{
    fetch::{Fetcher, Form},
    random,
    webauthn::text,
};
use crate::app::now_ms;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use convoy_node::config::OidcConfig;
use convoy_types::Did;
use form_urlencoded::{Serializer, byte_serialize};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, Jwk, JwkSet},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

/// How long a discovery document and keys are believed.
const FRESH_MS: u64 = 3_600_000;
/// Keys are not asked for more often than this.
const REFETCH_MS: u64 = 10_000;
/// How far clocks may be apart, seconds.
const LEEWAY: u64 = 60;
/// Asymmetric only: with a symmetric one whoever knows the public key could sign.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
];

#[derive(Clone, Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Default)]
struct Known {
    discovery: Option<(u64, Discovery)>,
    keys: Option<(u64, JwkSet)>,
}

/// One provider.
pub struct Provider {
    config: OidcConfig,
    known: Mutex<Known>,
}

/// A sign-in that begins.
pub struct Beginning {
    /// Where the browser goes.
    pub address: String,
    /// What comes back with it.
    pub state: String,
    /// What the id token must repeat.
    pub nonce: String,
    /// What the code is exchanged with.
    pub verifier: String,
}

/// How a sign-in at a provider failed.
pub enum Fault {
    /// The provider, or the way to it; what is told to people.
    Provider(String),
    /// The provider says who it is, and the operator's table does not have them.
    Stranger,
}

impl From<String> for Fault {
    fn from(detail: String) -> Self {
        Self::Provider(detail)
    }
}

impl Provider {
    /// A provider as configured. Nothing is asked yet.
    pub fn new(config: OidcConfig) -> Self {
        Self {
            config,
            known: Mutex::default(),
        }
    }

    /// How it is configured.
    pub fn config(&self) -> &OidcConfig {
        &self.config
    }

    fn back(&self) -> String {
        let console = self.config.console.trim_end_matches('/');
        format!("{console}/v1/signin/oidc/{}/back", self.config.name)
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// The provider cannot be reached, or is another one than configured.
    pub async fn begin(&self) -> Result<Beginning, String> {
        let discovery = self.discovery(&self.fetcher()?).await?;
        let [state, nonce, verifier] = [random(), random(), random()].map(|bytes| text(&bytes));
        let digest = convoy_types::Digest::of(verifier.as_bytes());
        let query = Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.back())
            .append_pair("scope", &self.config.scopes.join(" "))
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &text(&digest.0))
            .append_pair("code_challenge_method", "S256")
            .finish();
        let endpoint = discovery.authorization_endpoint;
        let mark = if endpoint.contains('?') { '&' } else { '?' };
        Ok(Beginning {
            address: format!("{endpoint}{mark}{query}"),
            state,
            nonce,
            verifier,
        })
    }

    /// Exchanges the code and says who signed in.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn finish(&self, code: &str, verifier: &str, nonce: &str) -> Result<Did, Fault> {
        let fetcher = self.fetcher()?;
        let discovery = self.discovery(&fetcher).await?;
        let answer = fetcher
            .json(&discovery.token_endpoint, Some(self.form(code, verifier)?))
            .await
            .map_err(|fault| format!("the code could not be exchanged: {fault}"))?;
        let token = answer["id_token"]
            .as_str()
            .ok_or_else(|| "the provider gave no id token".to_owned())?;
        let claims = self.claims(&fetcher, &discovery, token).await?;
        self.holds(&claims, nonce)?;
        let value = match claims.get(&self.config.claim) {
            Some(Value::String(value)) => value.clone(),
            Some(Value::Number(value)) => value.to_string(),
            _ => {
                let claim = &self.config.claim;
                return Err(format!("the id token has no claim `{claim}`").into());
            }
        };
        self.config
            .people
            .get(&value)
            .cloned()
            .ok_or(Fault::Stranger)
    }

    fn fetcher(&self) -> Result<Fetcher, String> {
        Fetcher::new(self.config.authority.as_deref())
    }

    async fn discovery(&self, fetcher: &Fetcher) -> Result<Discovery, String> {
        let mut known = self.known.lock().await;
        if let Some((fetched_ms, discovery)) = &known.discovery
            && now_ms().saturating_sub(*fetched_ms) < FRESH_MS
        {
            return Ok(discovery.clone());
        }
        let issuer = self.config.issuer.trim_end_matches('/');
        let found = fetcher
            .json(&format!("{issuer}/.well-known/openid-configuration"), None)
            .await
            .map_err(|fault| format!("its discovery document: {fault}"))?;
        let discovery: Discovery = serde_json::from_value(found)
            .map_err(|_| "its discovery document lacks what is needed".to_owned())?;
        if discovery.issuer != self.config.issuer {
            return Err("it says that it is another issuer than configured".into());
        }
        known.discovery = Some((now_ms(), discovery.clone()));
        Ok(discovery)
    }

    fn form(&self, code: &str, verifier: &str) -> Result<Form, String> {
        let mut body = Serializer::new(String::new());
        body.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.back())
            .append_pair("code_verifier", verifier)
            .append_pair("client_id", &self.config.client_id);
        let authorization = match &self.config.client_secret_file {
            None => None,
            Some(file) => {
                let secret = std::fs::read_to_string(file)
                    .map(zeroize::Zeroizing::new)
                    .map_err(|_| "this node's secret there cannot be read".to_owned())?;
                // RFC 6749, 2.3.1: both parts are form-encoded first.
                let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", part(&self.config.client_id), part(secret.trim()));
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
        };
        Ok(Form {
            body: body.finish(),
            authorization,
        })
    }

    /// The claims of an id token whose signature, issuer, audience and times hold.
    async fn claims(
        &self,
        fetcher: &Fetcher,
        discovery: &Discovery,
        token: &str,
    ) -> Result<Map<String, Value>, String> {
        let header = decode_header(token).map_err(|_| "the id token is none".to_owned())?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err("the id token is signed with an algorithm that is not taken".into());
        }
        let key = self.key(fetcher, discovery, header.kid.as_deref()).await?;
        if matches!(key.algorithm, AlgorithmParameters::OctetKey(_)) {
            return Err("the provider's key is not a public one".into());
        }
        let key = DecodingKey::from_jwk(&key)
            .map_err(|_| "the provider's key cannot be used".to_owned())?;
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&self.config.client_id]);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY;
        decode(token, &key, &validation)
            .map(|data| data.claims)
            .map_err(|error| format!("the id token does not hold: {error}"))
    }

    /// What the library does not check: the nonce, and whom a token for several is for (OpenID Connect Core 3.1.3.7).
    fn holds(&self, claims: &Map<String, Value>, nonce: &str) -> Result<(), String> {
        let claim = |name: &str| claims.get(name).and_then(Value::as_str);
        if claim("nonce") != Some(nonce) {
            return Err("the id token answers another question".into());
        }
        let audience = claims.get("aud").and_then(Value::as_array);
        let several = audience.is_some_and(|all| all.len() > 1);
        let party = claim("azp");
        if (several || party.is_some()) && party != Some(&self.config.client_id) {
            return Err("the id token is for somebody else".into());
        }
        Ok(())
    }

    /// The key called `kid`, or the only one.
    async fn key(
        &self,
        fetcher: &Fetcher,
        discovery: &Discovery,
        kid: Option<&str>,
    ) -> Result<Jwk, String> {
        let mut known = self.known.lock().await;
        if let Some((fetched_ms, keys)) = &known.keys {
            let age = now_ms().saturating_sub(*fetched_ms);
            if let Some(key) = named(keys, kid).filter(|_| age < FRESH_MS) {
                return Ok(key.clone());
            }
            if age < REFETCH_MS {
                return Err(
                    "the id token is signed with a key that the provider does not publish".into(),
                );
            }
        }
        let found = fetcher
            .json(&discovery.jwks_uri, None)
            .await
            .map_err(|fault| format!("the provider's keys: {fault}"))?;
        let keys: JwkSet = serde_json::from_value(found)
            .map_err(|_| "the provider's keys cannot be read".to_owned())?;
        let key = named(&keys, kid).cloned();
        known.keys = Some((now_ms(), keys));
        key.ok_or_else(|| {
            "the id token is signed with a key that the provider does not publish".to_owned()
        })
    }
}

fn named<'k>(keys: &'k JwkSet, kid: Option<&str>) -> Option<&'k Jwk> {
    match (kid, keys.keys.as_slice()) {
        (Some(kid), _) => keys.find(kid),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}
