//! What a connection says of who is at its other end.

use axum::http::Extensions;
use convoy_types::Did;
use std::net::{IpAddr, SocketAddr};

/// A connection's other end, put into each request by the server.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whether the connection is encrypted up to this node.
    pub tls: bool,
    /// Whom its certificate names, or what is wrong with the certificate; `None` without one.
    pub machine: Option<Result<Did, &'static str>>,
}

impl Peer {
    /// Over plain HTTP.
    pub fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            tls: false,
            machine: None,
        }
    }

    /// The peer of a request; a request that no connection brought is from here.
    pub fn of(extensions: &Extensions) -> Self {
        extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self::plain(SocketAddr::from(([127, 0, 0, 1], 0))))
    }

    /// Whether secrets may travel on the connection: encrypted, or never leaving this machine.
    pub fn is_safe(&self) -> bool {
        self.tls || self.ip().is_loopback()
    }

    /// Its address, an IPv4 one in IPv6's clothes as IPv4.
    pub fn ip(&self) -> IpAddr {
        self.address.ip().to_canonical()
    }
}
