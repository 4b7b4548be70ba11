//! A browser at the door of a running node, and who stands in it.

use super::harness::{Running, json};
use crate::signin::{Peer, accounts::Accounts, invitations::invite};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, Response, header},
};
use convoy_node::NodeConfig;
use convoy_types::Did;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tower::ServiceExt as _;

pub const OFFICER: &str = "did:convoy:officer";
pub const SCANNER: &str = "did:convoy:scanner";
pub const PASSPHRASE: &str = "plum tractor harbour nine";
pub const HOST: &str = "127.0.0.1:8101";

/// With passphrases and the demonstration's way on.
pub fn open_door(config: &mut NodeConfig) {
    config.signin.passphrases = true;
    config.signin.demo = true;
    config.signin.attempts_per_minute = 10_000;
}

/// A browser: an address, the cookies it was given, an origin.
pub struct Browser {
    router: Router,
    pub peer: Peer,
    pub origin: String,
    pub cookies: Vec<(String, String)>,
}

impl Browser {
    pub fn at(running: &Running, address: &str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        Self::of(running.router.clone(), Peer::plain(address))
    }

    pub fn here(running: &Running) -> Self {
        Self::at(running, "127.0.0.1:50000")
    }

    pub fn of(router: Router, peer: Peer) -> Self {
        Self {
            router,
            peer,
            origin: format!("http://{HOST}"),
            cookies: Vec::new(),
        }
    }

    /// Sends a request as the console does.
    pub async fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-convoy-request", "1")
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, &self.origin);
        self.send_as(request, body).await
    }

    /// Sends a request with the headers given, and cookies.
    pub async fn send_as(
        &mut self,
        request: axum::http::request::Builder,
        body: Option<&Value>,
    ) -> Response<Body> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.header(header::HOST, HOST);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let mut request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        }
        .unwrap();
        request.extensions_mut().insert(self.peer.clone());
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.keep(response.headers());
        response
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(own, _)| own != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub async fn post(&mut self, path: &str, body: Value) -> (u16, Value) {
        let response = self.send("POST", path, Some(&body)).await;
        (response.status().as_u16(), json(response).await)
    }

    pub async fn get(&mut self, path: &str) -> (u16, Value) {
        let response = self.send("GET", path, None).await;
        (response.status().as_u16(), json(response).await)
    }

    pub async fn status(&mut self, method: &str, path: &str) -> u16 {
        self.send(method, path, None).await.status().as_u16()
    }

    /// The value of the session's cookie.
    pub fn session(&self) -> Option<&str> {
        let own = self.cookies.iter().find(|(name, _)| name == "convoy-8101");
        own.map(|(_, value)| value.as_str())
    }

    pub async fn passphrase(&mut self, name: &str, passphrase: &str) -> (u16, Value) {
        let body = json!({"name": name, "passphrase": passphrase});
        self.post("/v1/signin/passphrase", body).await
    }
}

/// A code for `signer`, as the command line makes it.
pub fn code(running: &Running, signer: &str) -> String {
    let accounts = Accounts::new(&running.node.config().data);
    let signer: Did = signer.parse().unwrap();
    let now = crate::app::now_ms();
    accounts
        .change(|kept| invite(kept, &signer, now + 60_000, now))
        .unwrap()
        .unwrap()
}

/// Sets a passphrase for `signer` by invitation, and signs in with it.
pub async fn invited(running: &Running, signer: &str, name: &str) -> Browser {
    let mut browser = Browser::here(running);
    let body = json!({"code": code(running, signer), "name": name, "passphrase": PASSPHRASE});
    let (status, told) = browser.post("/v1/signin/invitation/passphrase", body).await;
    assert_eq!(status, 200, "{told}");
    browser
}
