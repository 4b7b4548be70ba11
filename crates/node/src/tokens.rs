//! Tokens that let programs use a node's interface.
//!
//! A token is 32 random bytes, shown once. The node keeps its SHA-256 digest, what it may do, for
//! whom, and until when, in `tokens.json`. Digests are compared in constant time.

use crate::{durable::write_private, requests::Asker};
use convoy_types::{Did, Digest};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    time::SystemTime,
};

/// The file's name within a node's folder.
pub const FILE_NAME: &str = "tokens.json";
/// What every token starts with, so that leak scanners find it.
const PREFIX: &str = "convoy_";

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Read what this member may see.
    Read,
    /// Submit statements, and have them signed where the token belongs to a signer.
    Submit,
    /// Administer the node: metrics, queues.
    Admin,
}

impl Scope {
    /// Its word, as in `tokens.json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Admin => "admin",
        }
    }
}

/// A token as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What the operator calls it.
    pub name: String,
    /// SHA-256 of the token.
    pub digest: Digest,
    /// What it may do, ascending.
    pub scopes: Vec<Scope>,
    /// For whom the node signs when it is used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signer: Option<Did>,
    /// From when on it is void, milliseconds since 1970; `None` for never.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_ms: Option<u64>,
}

impl Token {
    /// Names it in lists: the first eight bytes of its digest, hexadecimal.
    pub fn id(&self) -> String {
        hex::encode(&self.digest.0[..8])
    }

    /// Whose turn its statements wait for.
    pub fn asker(&self) -> Asker {
        let signer = self.signer.as_ref();
        signer.map_or_else(|| Asker::program(&self.digest), Asker::signer)
    }

    /// Whether it may do what `scope` says.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// A node's tokens.
#[derive(Debug)]
pub struct TokenStore {
    path: PathBuf,
    tokens: RwLock<(Option<SystemTime>, Vec<Token>)>,
}

impl TokenStore {
    /// The tokens kept in `folder`; none where there is no file.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        let path = folder.join(FILE_NAME);
        let tokens = RwLock::new((modified(&path), load(&path)?));
        Ok(Self { path, tokens })
    }

    /// Makes a token and keeps its digest; returns the token, which is not kept.
    pub fn issue(
        &self,
        name: &str,
        mut scopes: Vec<Scope>,
        signer: Option<Did>,
        expires_ms: Option<u64>,
    ) -> std::io::Result<String> {
        let mut secret = [0; 32];
        rand::rngs::OsRng.fill_bytes(&mut secret);
        let text = format!("{PREFIX}{}", hex::encode(secret));
        scopes.sort_unstable();
        scopes.dedup();
        let token = Token {
            name: name.into(),
            digest: Digest::of(text.as_bytes()),
            scopes,
            signer,
            expires_ms,
        };
        self.change(|tokens| tokens.push(token))?;
        Ok(text)
    }

    /// Ends the token called `id`; whether there was one.
    pub fn revoke(&self, id: &str) -> std::io::Result<bool> {
        self.change(|tokens| {
            let before = tokens.len();
            tokens.retain(|token| token.id() != id);
            tokens.len() < before
        })
    }

    /// Changes what is kept, from what is in the file now: the command line and the node both do, one at a time.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Token>) -> T) -> std::io::Result<T> {
        let mut kept = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path.with_extension("lock"))?;
        lock.lock()?;
        let mut tokens = load(&self.path)?;
        let done = change(&mut tokens);
        write_private(&self.path, &serde_json::to_vec_pretty(&tokens)?)?;
        *kept = (modified(&self.path), tokens);
        Ok(done)
    }

    /// The token that `text` is, unless it is unknown or void at `now_ms`.
    ///
    /// A token issued by another process (the command line) is found because the file is read again
    /// when it changed.
    pub fn find(&self, text: &str, now_ms: u64) -> Option<Token> {
        self.refresh();
        let digest = Digest::of(text.as_bytes());
        let kept = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        // Every token is looked at, so the time does not tell which one matched.
        let mut found = None;
        for token in &kept.1 {
            let differing = token
                .digest
                .0
                .iter()
                .zip(digest.0)
                .fold(0, |sum, (a, b)| sum | (a ^ b));
            if std::hint::black_box(differing) == 0 {
                found = Some(token);
            }
        }
        found
            .filter(|token| token.expires_ms.is_none_or(|expires| now_ms < expires))
            .cloned()
    }

    /// Whether the token with this digest is kept and not void at `now_ms`.
    pub fn holds(&self, digest: &Digest, now_ms: u64) -> bool {
        self.refresh();
        let kept = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept.1.iter().find(|token| token.digest == *digest);
        found.is_some_and(|token| token.expires_ms.is_none_or(|expires| now_ms < expires))
    }

    /// Every token kept.
    pub fn list(&self) -> Vec<Token> {
        self.refresh();
        self.tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .clone()
    }

    fn refresh(&self) {
        let now = modified(&self.path);
        if self.tokens.read().unwrap_or_else(PoisonError::into_inner).0 == now {
            return;
        }
        if let Ok(tokens) = load(&self.path) {
            *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = (now, tokens);
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

fn load(path: &Path) -> std::io::Result<Vec<Token>> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_issue_and_revoke_without_losing_each_others_tokens() {
        let folder = tempfile::tempdir().unwrap();
        let [node, command] = [(); 2].map(|()| TokenStore::open(folder.path()).unwrap());
        let first = node.issue("first", vec![Scope::Read], None, None).unwrap();
        let second = command
            .issue("second", vec![Scope::Read], None, None)
            .unwrap();
        let third = node.issue("third", vec![Scope::Read], None, None).unwrap();
        assert_eq!(node.list().len(), 3);
        let id = node.find(&second, 0).unwrap().id();
        assert!(node.revoke(&id).unwrap() && !node.revoke(&id).unwrap());
        assert!(node.find(&second, 0).is_none() && command.find(&second, 0).is_none());
        assert!(command.find(&first, 0).is_some() && command.find(&third, 0).is_some());
    }

    #[test]
    fn tokens_of_one_signer_take_one_turn_and_tokens_of_nobody_each_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(folder.path()).unwrap();
        let asker = |name: &str, signer: Option<&str>| {
            let signer = signer.map(|did| Did::new(did).unwrap());
            let text = store.issue(name, vec![Scope::Submit], signer, None);
            store.find(&text.unwrap(), 0).unwrap().asker()
        };
        let anna = Some("did:web:anna.example");
        assert_eq!(asker("one", anna), asker("two", anna));
        assert_ne!(
            asker("three", anna),
            asker("four", Some("did:web:ben.example"))
        );
        assert_ne!(asker("same", None), asker("same", None));
    }

    #[test]
    fn a_token_is_found_until_it_expires_and_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(folder.path()).unwrap();
        let text = store
            .issue(
                "scanner",
                vec![Scope::Submit, Scope::Read],
                None,
                Some(1_000),
            )
            .unwrap();
        assert!(store.find(&text, 999).unwrap().may(Scope::Submit));
        assert!(!store.find(&text, 999).unwrap().may(Scope::Admin));
        assert_eq!(store.find(&text, 1_000), None);
        assert_eq!(store.find("convoy_0", 0), None);
        assert!(
            !fs::read_to_string(folder.path().join(FILE_NAME))
                .unwrap()
                .contains(&text)
        );
        assert!(
            TokenStore::open(folder.path())
                .unwrap()
                .find(&text, 0)
                .is_some()
        );
    }
}
