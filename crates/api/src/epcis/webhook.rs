//! What a subscriber is sent: the document with the standard's headers and, where he gave a secret, a signature.

use crate::outbound::Post;
use bytes::Bytes;
use hmac::{Hmac, Mac};

/// What is sent.
pub struct Delivery<'d> {
    /// The address as subscribed.
    pub dest: &'d str,
    /// Names this delivery: the same when it is sent again, so that a receiver can drop a repetition.
    pub id: String,
    /// The secret for the signature.
    pub secret: Option<&'d str>,
    /// The document's media type.
    pub kind: &'static str,
    /// The document.
    pub body: Bytes,
}

impl<'d> Delivery<'d> {
    /// As it is posted.
    pub fn post(self) -> Post<'d> {
        let mut headers = vec![
            ("gs1-epcis-version", "2.0.0".to_owned()),
            ("gs1-cbv-version", "2.0.0".to_owned()),
            ("convoy-delivery", self.id),
        ];
        if let Some(secret) = self.secret {
            headers.push(("gs1-signature", signature(secret, &self.body)));
        }
        Post {
            to: self.dest,
            kind: self.kind,
            headers,
            body: self.body,
        }
    }
}

/// `sha256=` and the HMAC-SHA256 of the body under the subscriber's secret, in hexadecimal digits.
pub fn signature(secret: &str, body: &[u8]) -> String {
    // A key of any length is taken, so this does not fail.
    let mac =
        Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).map(|mac| mac.chain_update(body));
    mac.map_or_else(
        |_| String::new(),
        |mac| format!("sha256={}", hex::encode(mac.finalize().into_bytes())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn a_signature_is_hmac_sha256() {
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
