//! Passphrases: stretched with Argon2id (RFC 9106), checked in the same time whether the name exists or not.
//!
//! Invariants: an unknown name costs the same stretching as a known one; a passphrase and what it is compared with are wiped from memory;
//! no more than [`AT_ONCE`] are stretched at once, so that memory has a bound (19 MiB each).

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The shortest passphrase, characters: four common words. NIST SP 800-63B asks for 15 where nothing else is shown.
pub const LENGTH_MIN: usize = 15;
/// The longest, bytes, so that stretching has a bound.
pub const LENGTH_MAX: usize = 512;
/// The longest name, characters.
pub const NAME_MAX: usize = 64;
const AT_ONCE: usize = 2;
/// How long somebody waits for a turn.
const TURN: Duration = Duration::from_secs(5);

/// Stretches passphrases, a few at once.
pub struct Hasher {
    turns: Semaphore,
    nobody: String,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(AT_ONCE),
            nobody: hash("the passphrase of nobody").unwrap_or_default(),
        }
    }
}

impl Hasher {
    /// A turn; `None` where too many wait.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match tokio::time::timeout(TURN, self.turns.acquire()).await {
            Ok(Ok(turn)) => Some(turn),
            _ => None,
        }
    }

    /// Whether `passphrase` is the one behind `kept`; never, where there is none, after the same work.
    pub fn is(&self, passphrase: &str, kept: Option<&str>) -> bool {
        let against = kept.unwrap_or(&self.nobody);
        let parsed = PasswordHash::new(against);
        let right = parsed.is_ok_and(|hash| {
            Argon2::default()
                .verify_password(passphrase.as_bytes(), &hash)
                .is_ok()
        });
        right && kept.is_some()
    }
}

/// The passphrase stretched, in PHC form.
///
/// # Errors
/// What failed.
pub fn hash(passphrase: &str) -> Result<String, String> {
    let salt = SaltString::encode_b64(&super::random()[..16]).map_err(|error| error.to_string())?;
    Argon2::default()
        .hash_password(passphrase.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

/// What is wrong with a passphrase that somebody wants to use, in plain words.
pub fn fault(passphrase: &str, name: &str) -> Option<String> {
    let letters = passphrase.chars().count();
    if letters < LENGTH_MIN {
        return Some(format!(
            "it has {letters} characters; use {LENGTH_MIN} at least, such as four words that do not belong together"
        ));
    }
    if passphrase.len() > LENGTH_MAX {
        return Some(format!("it has more than {LENGTH_MAX} bytes"));
    }
    let mut different: Vec<char> = passphrase.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 6 {
        return Some("it repeats too few different characters".into());
    }
    let small = passphrase.to_lowercase();
    if !name.is_empty() && small.replace(&name.to_lowercase(), "").chars().count() < 8 {
        return Some("it is little more than the name".into());
    }
    None
}

/// What is wrong with a name for signing in, in plain words.
pub fn name_fault(name: &str) -> Option<&'static str> {
    let plain =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    let letters = name.chars().count();
    if letters == 0 || letters > NAME_MAX || !name.chars().all(plain) {
        return Some("a name has 1 to 64 of the small letters a to z, digits, `.`, `-` and `_`");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_passphrase_opens_and_nobodys_opens_nothing() {
        let hasher = Hasher::default();
        let kept = hash("correct horse battery").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.is("correct horse battery", Some(&kept)));
        assert!(!hasher.is("correct horse batter", Some(&kept)));
        assert!(!hasher.is("the passphrase of nobody", None));
        assert!(!hasher.is("anything", Some("damaged")));
    }

    #[test]
    fn weak_passphrases_are_refused_with_the_reason() {
        for (weak, named) in [
            ("short", "15"),
            ("aaaaaaaaaaaaaaaaaaaa", "different"),
            ("anna.tamm1234anna.tamm", "name"),
        ] {
            let fault = fault(weak, "anna.tamm").unwrap();
            assert!(fault.contains(named), "{weak}: {fault}");
        }
        assert_eq!(fault("plum tractor harbour nine", "anna.tamm"), None);
        assert!(name_fault("Anna").is_some() && name_fault("anna.tamm").is_none());
    }
}
