//! Cookies: their names and attributes (RFC 6265bis), and how they are read back.
//!
//! Invariants: every cookie is HttpOnly, for the whole host and no other (`__Host-` over TLS). Browsers keep cookies by host and not by
//! port, so that the port is part of the name: nodes on one machine do not sign each other's people out.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Names the session.
    Session,
    /// Marks a device on which somebody has signed in before.
    Device,
    /// Binds a sign-in at an identity provider to the browser that began it.
    Provider,
}

impl Cookie {
    fn word(self) -> &'static str {
        match self {
            Self::Session => "convoy",
            Self::Device => "convoy-device",
            Self::Provider => "convoy-provider",
        }
    }

    /// The provider sends people back from another site, where a strict cookie would stay behind.
    fn same_site(self) -> &'static str {
        match self {
            Self::Session | Self::Device => "Strict",
            Self::Provider => "Lax",
        }
    }

    /// Its name on a host: `__Host-convoy`, `convoy-8101`.
    pub fn name(self, secure: bool, headers: &HeaderMap) -> String {
        let prefix = if secure { "__Host-" } else { "" };
        match port(headers) {
            Some(port) => format!("{prefix}{}-{port}", self.word()),
            None => format!("{prefix}{}", self.word()),
        }
    }

    /// The header that sets it for `seconds`; with an empty value and 0 it goes.
    pub fn set(
        self,
        secure: bool,
        headers: &HeaderMap,
        value: &str,
        seconds: u64,
    ) -> (HeaderName, HeaderValue) {
        let name = self.name(secure, headers);
        let attribute = if secure { "; Secure" } else { "" };
        let text = format!(
            "{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={}{attribute}",
            self.same_site()
        );
        let value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        (header::SET_COOKIE, value)
    }

    /// Its value in a request, under the name of an encrypted connection, or under the plain one where the connection is plain.
    pub fn read(self, tls: bool, headers: &HeaderMap) -> Option<&str> {
        let secure = find(headers, &self.name(true, headers));
        match tls {
            true => secure,
            false => secure.or_else(|| find(headers, &self.name(false, headers))),
        }
    }
}

fn port(headers: &HeaderMap) -> Option<u16> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let (_, port) = host.rsplit_once(':')?;
    port.parse().ok().filter(|port| !matches!(port, 80 | 443))
}

fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter();
    let mut pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(own, _)| *own == name)
        .map(|(_, value)| value);
    // Two of one name: somebody else put one of them there.
    match (pairs.next(), pairs.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &'static str, host: &'static str) -> HeaderMap {
        HeaderMap::from_iter([
            (header::COOKIE, HeaderValue::from_static(cookie)),
            (header::HOST, HeaderValue::from_static(host)),
        ])
    }

    #[test]
    fn a_session_cookie_is_bound_to_its_host_and_out_of_reach_of_scripts() {
        let headers = with("a=b", "convoy.mod.example");
        let (_, set) = Cookie::Session.set(true, &headers, "v", 60);
        assert_eq!(
            set,
            "__Host-convoy=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
        );
        let headers = with("a=b", "127.0.0.1:8101");
        let (_, set) = Cookie::Session.set(false, &headers, "v", 60);
        assert_eq!(
            set,
            "convoy-8101=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict"
        );
    }

    #[test]
    fn a_plain_cookie_does_not_count_over_tls_nor_do_two_of_one_name() {
        let plain = with("x=1; convoy-8101=abc", "localhost:8101");
        assert_eq!(Cookie::Session.read(false, &plain), Some("abc"));
        assert_eq!(Cookie::Session.read(true, &plain), None);
        let twice = with("convoy=abc; convoy=def", "localhost");
        assert_eq!(Cookie::Session.read(false, &twice), None);
        let secure = with("__Host-convoy=abc", "convoy.mod.example");
        assert_eq!(Cookie::Session.read(true, &secure), Some("abc"));
    }
}
