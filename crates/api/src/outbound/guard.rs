//! Where webhooks may go: nowhere that the operator did not mean.
//!
//! A subscriber names an address and the node connects to it, so without rules anybody with a token could
//! make the node knock at doors inside its own network. Unless the operator says otherwise: only `https`,
//! only public addresses, no user name in the address. The rule is held against the address that is
//! connected to, after the name was looked up, so a name that points elsewhere later gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the operator permits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Also `http`.
    pub plain_http: bool,
    /// Also addresses that are not public.
    pub private_addresses: bool,
    /// Only these hosts, or hosts below them; any where empty.
    pub hosts: Vec<String>,
}

/// An address that may be sent to, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether over TLS.
    pub tls: bool,
    /// Host name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// `host[:port]` as the `Host` header has it.
    pub authority: String,
}

impl Guard {
    /// Reads an address and holds it against the rules that need no lookup.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn target(&self, dest: &str) -> Result<Target, (String, &'static str)> {
        const WRITE: &str = "Write an absolute address such as https://erp.example.org/epcis.";
        let wrong = |fault: &str| (fault.to_owned(), WRITE);
        if dest.len() > 2_048 {
            return Err(wrong("it has more than 2,048 bytes"));
        }
        let uri: axum::http::Uri = dest.parse().map_err(|_| wrong("it is no address"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.plain_http => false,
            Some("http") => {
                return Err((
                    "it is not https".into(),
                    "Use https; the node's operator can permit http with api.webhooks.plain_http.",
                ));
            }
            _ => return Err(wrong("it is neither http nor https")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it holds a user name"));
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_ascii_lowercase();
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let permitted = |own: &String| {
            host == *own
                || host
                    .strip_suffix(own.as_str())
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        if !self.hosts.is_empty() && !self.hosts.iter().any(permitted) {
            return Err((
                format!("the host {host} is not one that this node sends to"),
                "Ask the node's operator to add it to api.webhooks.hosts.",
            ));
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            self.address(address)?;
        }
        Ok(Target {
            tls,
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            authority: authority.as_str().to_owned(),
            host,
        })
    }

    /// Holds an address that is about to be connected to against the rules.
    ///
    /// # Errors
    /// When it is not public and the operator permits only public ones.
    pub fn address(&self, address: IpAddr) -> Result<(), (String, &'static str)> {
        match self.private_addresses || is_public(address) {
            true => Ok(()),
            false => Err((
                format!("{address} is not a public address"),
                "Use a public host; the node's operator can permit others with api.webhooks.private_addresses.",
            )),
        }
    }
}

/// Whether an address belongs to the public internet (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

/// The version 4 address inside one of version 6: mapped, compatible, translated (64:ff9b::/96) or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let low = || Ipv4Addr::from((u32::from(s[6]) << 16) | u32::from(s[7]));
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    if s[0] == 0x64 && s[1] == 0xff9b {
        return Some(low());
    }
    if s[0] == 0x2002 {
        return Some(Ipv4Addr::from((u32::from(s[1]) << 16) | u32::from(s[2])));
    }
    (s[..6] == [0; 6] && s[6] != 0).then(low)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    // Global unicast is 2000::/3; within it, documentation and protocol ranges are not public.
    (s[0] & 0xe000) == 0x2000
        && !(s[0] == 0x2001 && (s[1] == 0xdb8 || s[1] < 0x200))
        && s[0] != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_public_hosts_unless_the_operator_says_otherwise() {
        let strict = Guard::default();
        let target = strict
            .target("https://erp.example.org:8443/epcis?x=1")
            .unwrap();
        assert_eq!(
            (
                target.host.as_str(),
                target.port,
                target.path.as_str(),
                target.tls
            ),
            ("erp.example.org", 8443, "/epcis?x=1", true)
        );
        for bad in [
            "",
            "erp.example.org",
            "http://erp.example.org/",
            "ftp://erp.example.org/",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://user:secret@erp.example.org/",
            "https://127.0.0.1/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest/",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://0.0.0.0/",
            "https://100.64.0.1/",
            "https://[fe80::1]/",
            "https://224.0.0.1/",
        ] {
            assert!(strict.target(bad).is_err(), "{bad}");
        }
        let open = Guard {
            plain_http: true,
            private_addresses: true,
            hosts: Vec::new(),
        };
        assert!(open.target("http://127.0.0.1:9/x").is_ok());
        let listed = Guard {
            hosts: vec!["example.org".into()],
            ..Guard::default()
        };
        assert!(
            listed.target("https://erp.example.org/").is_ok()
                && listed.target("https://example.org/").is_ok()
        );
        assert!(listed.target("https://badexample.org/").is_err());
    }

    #[test]
    fn public_addresses_are_told_from_others() {
        for public in ["8.8.8.8", "2a00:1450:4001::1", "193.40.5.1"] {
            assert!(
                Guard::default().address(public.parse().unwrap()).is_ok(),
                "{public}"
            );
        }
        for other in [
            "192.168.1.1",
            "172.16.0.1",
            "198.18.0.1",
            "::",
            "2001:db8::1",
            "ff02::1",
            "203.0.113.9",
        ] {
            assert!(
                Guard::default().address(other.parse().unwrap()).is_err(),
                "{other}"
            );
        }
    }
}
