//! Signing keys in a hardware module, by PKCS#11: the key is made there, signs there and never leaves.
//!
//! Flow: [`Token::open`] loads the vendor's module, finds the token by its label and signs in with the PIN → [`Token::generate`] makes a key that cannot be
//! extracted and gives it an id → [`Token::key`] finds it again as a [`SigningKey`] whose secret half is the module's.
//!
//! Invariants: private keys are made `sensitive` and not `extractable`, and one that the module calls otherwise is refused; the PIN is wiped when dropped and
//! never printed; one operation at a time on one session, opened again once when the module has lost it.
//!
//! Limits: Ed25519 (CKM_EDDSA) and P-256 (CKM_ECDSA over SHA-256). ML-DSA-65 is not in modules' common interface yet, and the engine's consensus key
//! has to be in the node's memory.

use convoy_types::cose::{Algorithm, Outside, PublicKey, SigningKey};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::{
        Mechanism,
        eddsa::{EddsaParams, EddsaSignatureScheme},
    },
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    types::AuthPin,
};
use rand::RngCore as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// P-256 (RFC 5480): the object identifier, in DER.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// Ed25519 as PKCS#11 3.0 writes it: the object identifier of RFC 8410, in DER.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
/// Ed25519 as modules before PKCS#11 3.0 write it: the curve's name as a printable string.
const ED25519_BY_NAME: &[u8] = b"\x13\x0cedwards25519";
/// Bytes of the ids that are given here.
const ID_BYTES: usize = 8;

/// Where the module is, and how to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs11Config {
    /// The vendor's library, such as `/usr/lib/softhsm/libsofthsm2.so`.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// A file that holds the PIN, readable by the node's user only.
    #[serde(default)]
    pub pin_file: Option<PathBuf>,
    /// An environment variable that holds it.
    #[serde(default)]
    pub pin_env: Option<String>,
}

/// Why a key in hardware cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The module cannot be loaded.
    #[error("the PKCS#11 module {path}: {error}; check keystore.pkcs11.module")]
    Module {
        /// Which file.
        path: PathBuf,
        /// What the loader said.
        error: Error,
    },
    /// There is no such token.
    #[error("the PKCS#11 module has no token labelled `{wanted}`; it has: {found}")]
    NoToken {
        /// The label asked for.
        wanted: String,
        /// The labels there are.
        found: String,
    },
    /// The PIN is not the token's.
    #[error(
        "the token `{0}` refused the PIN; check it before you try again: tokens lock after a few tries"
    )]
    Pin(String),
    /// The PIN cannot be had.
    #[error("the PIN of the token `{token}`: {reason}")]
    NoPin {
        /// Which token.
        token: String,
        /// Why not.
        reason: String,
    },
    /// There is no such key, or it is not as it should be.
    #[error("the key {id} in the token `{token}`: {reason}")]
    Key {
        /// Which token.
        token: String,
        /// Its id, hexadecimal.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// The algorithm is none that modules have.
    #[error("{0} keys cannot be kept by PKCS#11; use ed25519 or es256")]
    Algorithm(Algorithm),
    /// The module failed.
    #[error("the token `{token}` failed: {error}")]
    Failed {
        /// Which token.
        token: String,
        /// What it said.
        error: Error,
    },
}

impl Pkcs11Config {
    /// The PIN, without a trailing line end.
    ///
    /// # Errors
    /// No source is set, or it cannot be read.
    pub fn pin(&self) -> Result<Zeroizing<String>, TokenError> {
        let fault = |reason: String| TokenError::NoPin {
            token: self.token.clone(),
            reason,
        };
        let text = match (&self.pin_file, &self.pin_env) {
            (Some(file), _) => std::fs::read_to_string(file)
                .map_err(|error| fault(format!("file {}: {error}", file.display())))?,
            (None, Some(variable)) => std::env::var(variable)
                .map_err(|_| fault(format!("set the environment variable {variable}")))?,
            (None, None) => return Err(fault("no source is configured".into())),
        };
        let text = Zeroizing::new(text);
        Ok(Zeroizing::new(
            text.trim_end_matches(['\r', '\n']).to_owned(),
        ))
    }
}

/// A token that somebody signed in to.
pub struct Token {
    module: Pkcs11,
    label: String,
    pin: AuthPin,
    session: Mutex<Option<Session>>,
}

/// Modules loaded by this process: a module is initialised once.
static LOADED: LazyLock<Mutex<BTreeMap<PathBuf, Pkcs11>>> = LazyLock::new(Mutex::default);

fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let fault = |error| TokenError::Module {
        path: path.into(),
        error,
    };
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(path) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(path).map_err(fault)?;
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    module.initialize(arguments).map_err(fault)?;
    loaded.insert(path.into(), module.clone());
    Ok(module)
}

impl Token {
    /// Loads the module, finds the token and signs in.
    ///
    /// # Errors
    /// The module, the token or the PIN is not as configured.
    pub fn open(config: &Pkcs11Config, pin: &str) -> Result<Arc<Self>, TokenError> {
        let token = Self {
            module: load(&config.module)?,
            label: config.token.clone(),
            pin: AuthPin::new(pin.into()),
            session: Mutex::new(None),
        };
        token.with(|_| Ok(()))?;
        Ok(Arc::new(token))
    }

    /// The token's label.
    pub fn label(&self) -> &str {
        &self.label
    }

    fn failed(&self, error: Error) -> TokenError {
        TokenError::Failed {
            token: self.label.clone(),
            error,
        }
    }

    fn sign_in(&self) -> Result<Session, TokenError> {
        let failed = |error| self.failed(error);
        let mut found = Vec::new();
        for slot in self
            .module
            .get_slots_with_initialized_token()
            .map_err(failed)?
        {
            let info = self.module.get_token_info(slot).map_err(failed)?;
            if info.label() != self.label {
                found.push(info.label().to_owned());
                continue;
            }
            let session = self.module.open_rw_session(slot).map_err(failed)?;
            return match session.login(UserType::User, Some(&self.pin)) {
                Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
                Err(Error::Pkcs11(
                    RvError::PinIncorrect
                    | RvError::PinInvalid
                    | RvError::PinLenRange
                    | RvError::PinLocked,
                    _,
                )) => Err(TokenError::Pin(self.label.clone())),
                Err(error) => Err(failed(error)),
            };
        }
        Err(TokenError::NoToken {
            wanted: self.label.clone(),
            found: match found.is_empty() {
                true => "none".into(),
                false => found.join(", "),
            },
        })
    }

    /// Does `work` on the session; once more on a new one where the module has lost it.
    fn with<T>(&self, work: impl Fn(&Session) -> Result<T, Error>) -> Result<T, TokenError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*session {
            match work(open) {
                Err(Error::Pkcs11(
                    RvError::SessionHandleInvalid
                    | RvError::SessionClosed
                    | RvError::UserNotLoggedIn
                    | RvError::DeviceRemoved
                    | RvError::DeviceError
                    | RvError::TokenNotPresent,
                    _,
                )) => *session = None,
                result => return result.map_err(|error| self.failed(error)),
            }
        }
        let open = self.sign_in()?;
        let result = work(&open).map_err(|error| self.failed(error));
        *session = Some(open);
        result
    }

    /// Makes a key that stays in the token, and says its id.
    ///
    /// # Errors
    /// The module does not make such keys, or failed.
    pub fn generate(&self, label: &str, algorithm: Algorithm) -> Result<Vec<u8>, TokenError> {
        let mut id = vec![0; ID_BYTES];
        rand::rngs::OsRng.fill_bytes(&mut id);
        let make = |mechanism: Mechanism<'_>, curve: &[u8]| {
            let public = [
                Attribute::Token(true),
                Attribute::Private(false),
                Attribute::Verify(true),
                Attribute::EcParams(curve.to_vec()),
                Attribute::Id(id.clone()),
                Attribute::Label(label.into()),
            ];
            let private = [
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Sign(true),
                Attribute::Id(id.clone()),
                Attribute::Label(label.into()),
            ];
            self.with(|session| session.generate_key_pair(&mechanism, &public, &private))
        };
        match algorithm {
            Algorithm::Es256 => make(Mechanism::EccKeyPairGen, P256)?,
            Algorithm::Ed25519 => make(Mechanism::EccEdwardsKeyPairGen, ED25519)
                .or_else(|_| make(Mechanism::EccEdwardsKeyPairGen, ED25519_BY_NAME))?,
            Algorithm::MlDsa65 => return Err(TokenError::Algorithm(algorithm)),
        };
        Ok(id)
    }

    /// The public half of the key with `id`.
    ///
    /// # Errors
    /// There is no such key, or another one than it should be.
    pub fn public(&self, id: &[u8], algorithm: Algorithm) -> Result<PublicKey, TokenError> {
        let fault = |reason: &str| self.fault(id, reason);
        let handle = self.find(id, ObjectClass::PUBLIC_KEY)?;
        let found =
            self.with(|session| session.get_attributes(handle, &[AttributeType::EcPoint]))?;
        let Some(Attribute::EcPoint(point)) = found.first() else {
            return Err(fault("the module does not tell its public half"));
        };
        // An OCTET STRING by the standard, the bare point with some modules.
        let bare = match (algorithm, point.as_slice()) {
            (Algorithm::Es256, [0x04, 0x41, rest @ ..]) if rest.len() == 65 => rest,
            (Algorithm::Ed25519, [0x04, 0x20, rest @ ..]) if rest.len() == 32 => rest,
            (_, bare) => bare,
        };
        let key = match (algorithm, bare) {
            (Algorithm::Ed25519, key) => key
                .try_into()
                .ok()
                .and_then(|key| PublicKey::ed25519(key).ok()),
            (Algorithm::Es256, [0x04, point @ ..]) => point
                .split_first_chunk::<32>()
                .and_then(|(x, y)| PublicKey::es256(x, y.try_into().ok()?).ok()),
            _ => None,
        };
        key.ok_or_else(|| fault("its public half is no point of the algorithm's curve"))
    }

    /// The key with `id`, which is `public`.
    ///
    /// # Errors
    /// There is no such key, it is another one, or the module would give it out.
    pub fn key(self: &Arc<Self>, id: &[u8], public: &PublicKey) -> Result<SigningKey, TokenError> {
        let algorithm = public.algorithm();
        if self.public(id, algorithm)? != *public {
            return Err(self.fault(
                id,
                "it is another key than the keystore says; restore the keystore or the token",
            ));
        }
        let handle = self.find(id, ObjectClass::PRIVATE_KEY)?;
        let wanted = [AttributeType::Extractable, AttributeType::Sensitive];
        let found = self.with(|session| session.get_attributes(handle, &wanted))?;
        let is = |wanted: Attribute| found.contains(&wanted);
        if !is(Attribute::Extractable(false)) || !is(Attribute::Sensitive(true)) {
            return Err(self.fault(
                id,
                "the module would give it out; make another one with `convoy key new`",
            ));
        }
        let outside = InToken {
            token: Arc::clone(self),
            id: id.to_vec(),
            algorithm,
        };
        Ok(SigningKey::outside(public.clone(), Box::new(outside)))
    }

    fn find(&self, id: &[u8], class: ObjectClass) -> Result<ObjectHandle, TokenError> {
        let template = [Attribute::Class(class), Attribute::Id(id.to_vec())];
        let found = self.with(|session| session.find_objects(&template))?;
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(self.fault(id, "it is not there")),
            _ => Err(self.fault(id, "there is more than one with this id")),
        }
    }

    fn fault(&self, id: &[u8], reason: &str) -> TokenError {
        TokenError::Key {
            token: self.label.clone(),
            id: hex::encode(id),
            reason: reason.into(),
        }
    }
}

/// A private key in a token.
struct InToken {
    token: Arc<Token>,
    id: Vec<u8>,
    algorithm: Algorithm,
}

impl Outside for InToken {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let digest = Sha256::digest(message);
        let (mechanism, data) = match self.algorithm {
            Algorithm::Es256 => (Mechanism::Ecdsa, &digest[..]),
            _ => {
                let pure = EddsaParams::new(EddsaSignatureScheme::Pure);
                (Mechanism::Eddsa(pure), message)
            }
        };
        let template = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(self.id.clone()),
        ];
        // Looked up each time: a handle is the session's, and sessions end.
        let signed = self.token.with(|session| {
            let found = session.find_objects(&template)?;
            let key = found.first().copied();
            key.map(|key| session.sign(&mechanism, key, data))
                .transpose()
        });
        match signed {
            Ok(Some(signature)) => Ok(signature),
            Ok(None) => Err(self.token.fault(&self.id, "it is not there").to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}
