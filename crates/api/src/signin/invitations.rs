//! Invitations: a code, given to a person by hand, with which they set up their way of signing in, once.
//!
//! A code is 100 random bits in 20 letters and digits that are not mistaken for each other (Crockford's Base32), in groups of five. The
//! operator makes it for a signer (`convoy node person invite`); here is its SHA-256. Guessing is bounded by the attempts of an address.

use super::{
    accounts::{INVITATIONS_MAX, Invitation, Kept},
    random, same,
};
use crate::problem::{Answer, Problem, rule};
use convoy_types::{Did, Digest};

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LETTERS: usize = 20;

/// A new code, as it is shown.
fn code() -> String {
    let letters = random().map(|byte| char::from(LETTERS[usize::from(byte & 31)]));
    let groups = letters[..CODE_LETTERS].chunks(5);
    groups
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// The digest of a code as somebody typed it: small letters, blanks, O for 0, I and L for 1.
pub fn digest(typed: &str) -> Digest {
    let letters = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            letter => letter,
        });
    Digest::of(letters.collect::<String>().as_bytes())
}

/// Invites `signer` until `expires_ms`: the code, which is not kept. An earlier invitation of the same signer ends.
///
/// # Errors
/// There are as many as the node keeps.
pub fn invite(
    kept: &mut Kept,
    signer: &Did,
    expires_ms: u64,
    now_ms: u64,
) -> Result<String, String> {
    kept.invitations
        .retain(|own| own.expires_ms > now_ms && own.signer != *signer);
    if kept.invitations.len() >= INVITATIONS_MAX {
        return Err(format!("{INVITATIONS_MAX} invitations wait already"));
    }
    let code = code();
    kept.invitations.push(Invitation {
        digest: digest(&code),
        signer: signer.clone(),
        expires_ms,
    });
    Ok(code)
}

/// Whom the invitation with this digest invites.
///
/// # Errors
/// It is not known, was used, or has run out: which, is not said.
pub fn invited(kept: &Kept, digest: &Digest, now_ms: u64) -> Answer<Did> {
    let mut found = None;
    for own in &kept.invitations {
        if same(&own.digest, digest) {
            found = Some(own);
        }
    }
    found
        .filter(|own| own.expires_ms > now_ms)
        .map(|own| own.signer.clone())
        .ok_or_else(|| {
            let detail =
                "the code is not one that waits here: it is mistyped, was used, or has run out";
            Problem::new(rule::INVITATION, detail)
        })
}

/// As [`invited`], and the code is used up.
pub fn used(kept: &mut Kept, digest: &Digest, now_ms: u64) -> Answer<Did> {
    let signer = invited(kept, digest, now_ms)?;
    kept.invitations.retain(|own| !same(&own.digest, digest));
    Ok(signer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_in_time_however_it_is_typed() {
        let mut kept = Kept::default();
        let officer: Did = "did:convoy:officer".parse().unwrap();
        let code = invite(&mut kept, &officer, 1_000, 0).unwrap();
        assert_eq!(code.len(), CODE_LETTERS + 3);
        let typed = format!(
            " {} ",
            code.to_lowercase()
                .replace('-', " ")
                .replace('0', "o")
                .replace('1', "l")
        );
        assert_eq!(invited(&kept, &digest(&typed), 999).unwrap(), officer);
        assert!(invited(&kept, &digest(&code), 1_000).is_err(), "ran out");
        assert_eq!(used(&mut kept, &digest(&typed), 999).unwrap(), officer);
        assert!(used(&mut kept, &digest(&code), 999).is_err(), "used");
    }

    #[test]
    fn a_new_invitation_ends_the_one_before() {
        let mut kept = Kept::default();
        let officer: Did = "did:convoy:officer".parse().unwrap();
        let first = invite(&mut kept, &officer, 1_000, 0).unwrap();
        let second = invite(&mut kept, &officer, 1_000, 0).unwrap();
        assert!(invited(&kept, &digest(&first), 1).is_err());
        assert!(invited(&kept, &digest(&second), 1).is_ok());
    }
}
