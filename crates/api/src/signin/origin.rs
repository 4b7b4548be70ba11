//! Requests that another site makes a browser send (CSRF): refused by three signs, each enough by itself.
//!
//! A cookie and a certificate go along with whatever a browser sends. So a request that carries one and changes something must bear the
//! header [`OWN`], which a page of another origin cannot set without being asked for permission, and must not say that it comes from
//! elsewhere (`Origin`, `Sec-Fetch-Site`). Together with `SameSite=Strict` that is more than any one of them guarantees.

use crate::problem::{Answer, Problem, rule};
use axum::http::{HeaderMap, HeaderName, Method, header};

/// The header that the console sends with every request that changes something. Its value is of no account.
pub const OWN: HeaderName = HeaderName::from_static("x-convoy-request");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request that comes from another origin than the one it goes to.
pub fn own_origin(method: &Method, headers: &HeaderMap, tls: bool) -> Answer<()> {
    let refused = |detail: &str| Err(Problem::new(rule::OTHER_ORIGIN, detail));
    let site = headers.get(FETCH_SITE).map(|site| site.as_bytes());
    if matches!(site, Some(b"cross-site" | b"same-site")) {
        return refused("the request comes from another site");
    }
    if let Some(origin) = headers.get(header::ORIGIN)
        && !is_own(origin.as_bytes(), headers, tls)
    {
        return refused("the Origin header names another address than the Host header");
    }
    if !method.is_safe() && !headers.contains_key(OWN) {
        return refused("the request has no x-convoy-request header");
    }
    Ok(())
}

/// Whether `origin` is the address that was asked. A proxy on this machine may add TLS, so that the scheme is compared over TLS only.
fn is_own(origin: &[u8], headers: &HeaderMap, tls: bool) -> bool {
    let Some(host) = headers.get(header::HOST).map(|host| host.as_bytes()) else {
        return false;
    };
    let https = origin.strip_prefix(b"https://");
    let same = |asked: &[u8]| asked.eq_ignore_ascii_case(host);
    https.is_some_and(same) || (!tls && origin.strip_prefix(b"http://").is_some_and(same))
}

/// Whether cookies of this request are to be marked Secure: the browser speaks TLS with the node, or with a proxy in front of it.
pub fn is_secure(headers: &HeaderMap, tls: bool) -> bool {
    let origin = headers.get(header::ORIGIN).map(|origin| origin.as_bytes());
    tls || origin.is_some_and(|origin| origin.starts_with(b"https://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn judged(method: Method, tls: bool, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        own_origin(&method, &headers.collect(), tls).is_ok()
    }

    #[test]
    fn each_sign_of_another_origin_is_enough() {
        let host = ("host", "convoy.example:8501");
        let own = ("x-convoy-request", "1");
        let same = ("origin", "https://convoy.example:8501");
        assert!(judged(Method::POST, true, &[host, own, same]));
        assert!(judged(Method::POST, true, &[host, own]));
        assert!(judged(Method::GET, true, &[host]));
        for bad in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://convoy.example:8501"),
            ("origin", "https://convoy.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!judged(Method::POST, true, &[host, own, bad]), "{bad:?}");
            assert!(!judged(Method::GET, true, &[host, bad]), "{bad:?}");
        }
        assert!(
            !judged(Method::POST, true, &[host, same]),
            "no header of its own"
        );
        assert!(!judged(Method::DELETE, true, &[host]));
    }
}
