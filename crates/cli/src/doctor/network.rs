//! Ports, peers and other nodes: whether this node can be reached, can reach the others, and keeps up with them.

use super::{Finding, time};
use convoy_client::{Client, Health, Seen};
use convoy_node::NodeConfig;
use convoy_readmodel::reindex;
use convoy_types::receipt::certificate::quorum;
use futures::future::join_all;
use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    time::Duration,
};
use tokio::net::TcpStream;

/// A peer that cannot be reached within this cannot be reached.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// A node further behind than this lags, blocks: more than a few seconds at any pace.
const LAG_BLOCKS: u64 = 20;
/// A read model further behind than this is worth knowing, blocks.
const PROJECTION_BLOCKS: u64 = 100;

pub async fn examine(config: &NodeConfig, others: &[String]) -> Vec<Finding> {
    let own = look(&format!("http://{}", config.api.listen)).await;
    let running = own.as_ref().is_ok_and(|seen| is_this(&seen.health, config));
    let in_use = reindex::is_in_use(&config.data.join("readmodel")).unwrap_or(false);
    let mut findings = vec![
        interface(config, own.as_ref().ok(), in_use),
        peer_port(config, running || in_use),
    ];
    findings.extend(peers(config, running).await);
    let looked = join_all(
        others
            .iter()
            .map(|url| async move { (url, look(url).await) }),
    )
    .await;
    let mut seen = Vec::new();
    for (url, one) in looked {
        match one {
            Ok(one) => seen.push((name(url, &one.health), one)),
            Err(error) => findings.push(Finding::fault(
                "other nodes",
                format!("{url}: {error}"),
                "correct the address given with --other, or tell its operator",
            )),
        }
    }
    let own = own.ok().filter(|_| running);
    findings.push(time::judge(&offsets(&seen)));
    findings.extend(state(own.as_ref(), &seen));
    findings.push(versions(own.as_ref(), &seen));
    findings
}

async fn look(url: &str) -> Result<Seen, String> {
    let client = Client::new(url, None).map_err(|error| error.to_string())?;
    client.probe().await.map_err(|error| error.to_string())
}

fn is_this(health: &Health, config: &NodeConfig) -> bool {
    health.member.is_empty() || health.member == config.member.as_str()
}

fn name(url: &str, health: &Health) -> String {
    if health.member.is_empty() {
        url.to_owned()
    } else {
        health.member.clone()
    }
}

fn offsets(seen: &[(String, Seen)]) -> Vec<time::Offset> {
    let dated = seen
        .iter()
        .filter_map(|(of, seen)| Some(time::offset(of, seen.date?, seen.asked, seen.answered)));
    dated.collect()
}

/// The port for programs and people: free, or this node's.
fn interface(config: &NodeConfig, own: Option<&Seen>, in_use: bool) -> Finding {
    const CHECK: &str = "port of the interface";
    let address = config.api.listen;
    match own {
        Some(seen) if is_this(&seen.health, config) => {
            Finding::ok(CHECK, format!("this node answers on {address}"))
        }
        Some(seen) => Finding::fault(
            CHECK,
            format!("the node of `{}` answers on {address}", seen.health.member),
            "give this node another api.listen, or stop the other",
        ),
        None if in_use => Finding::fault(
            CHECK,
            format!("a node uses the data folder and does not answer on {address}"),
            "wait if it has just been started; else look into its log, and whether it runs with this configuration",
        ),
        None => free(CHECK, address, "api.listen"),
    }
}

fn peer_port(config: &NodeConfig, running: bool) -> Finding {
    const CHECK: &str = "port for peers";
    let address = config.p2p.listen;
    if running {
        return Finding::ok(CHECK, format!("the running node holds {address}"));
    }
    free(CHECK, address, "p2p.listen")
}

fn free(check: &'static str, address: SocketAddr, key: &str) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok(check, format!("{address} is free; the node is not running")),
        Err(error) => {
            let (found, remedy) = match error.kind() {
                ErrorKind::AddrInUse => (
                    format!("{address} is taken by another program"),
                    format!(
                        "see which one (ss -ltnp 'sport = :{}'), and stop it or give {key} another port",
                        address.port()
                    ),
                ),
                ErrorKind::AddrNotAvailable => (
                    format!("{} is no address of this machine", address.ip()),
                    format!(
                        "give {key} one of this machine's (ip address), or 0.0.0.0 for all of them"
                    ),
                ),
                ErrorKind::PermissionDenied => (
                    format!("this user may not listen on port {}", address.port()),
                    format!("give {key} a port from 1024 on"),
                ),
                _ => (
                    format!("{address} cannot be listened on: {error}"),
                    format!("give {key} another address"),
                ),
            };
            Finding::fault(check, found, remedy)
        }
    }
}

/// Every peer's address takes a connection. This node's own counts only while it runs.
async fn peers(config: &NodeConfig, running: bool) -> Vec<Finding> {
    const CHECK: &str = "peers";
    let others = config
        .p2p
        .peers
        .iter()
        .filter(|peer| peer.member != config.member);
    let tried =
        join_all(others.map(|peer| async move { (peer, connect(peer.address).await) })).await;
    let (mut reached, mut findings) = (1, Vec::new());
    for (peer, result) in &tried {
        match result {
            Ok(()) => reached += 1,
            Err(why) => findings.push(Finding::fault(
                CHECK,
                format!("`{}` at {} cannot be reached: {why}", peer.member, peer.address),
                "correct the address in p2p.peers, let TCP through the firewalls on both sides, or ask its operator whether the node runs",
            )),
        }
    }
    let all = tried.len() + 1;
    let needed = quorum(all);
    if findings.is_empty() {
        let found = match tried.len() {
            0 => "this node is the only validator".to_owned(),
            others => format!("all {others} others can be reached"),
        };
        return vec![Finding::ok(CHECK, found)];
    }
    let counted = if running {
        "with this node"
    } else {
        "with this node, when it runs,"
    };
    if reached < needed {
        findings.push(Finding::fault(
            CHECK,
            format!("{counted} {reached} of {all} validators can be reached, {needed} are needed: no block becomes final"),
            "bring back enough of those above; nothing is lost meanwhile",
        ));
    }
    findings
}

async fn connect(address: SocketAddr) -> Result<(), String> {
    match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
            Err("nothing listens there".into())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", CONNECT_WITHIN.as_secs())),
    }
}

/// How the running node is, and whether it keeps up.
fn state(own: Option<&Seen>, others: &[(String, Seen)]) -> Vec<Finding> {
    const CHECK: &str = "state";
    let Some(Seen { health, .. }) = own else {
        return vec![Finding::not_checked(CHECK, "the node is not running")];
    };
    let mut findings: Vec<_> = health
        .reasons
        .iter()
        .map(|reason| {
            Finding::fault(
                CHECK,
                reason.clone(),
                "see the other findings, and the node's log",
            )
        })
        .collect();
    let ahead = others.iter().max_by_key(|(_, seen)| seen.health.height);
    match ahead {
        Some((who, seen)) if seen.health.height > health.height + LAG_BLOCKS => findings.push(Finding::fault(
            CHECK,
            format!("it is at block {}, `{who}` is at block {}: it lags", health.height, seen.health.height),
            "wait if it was just started: it catches up; if the distance grows, look at disk speed, clock and peers above",
        )),
        _ => {}
    }
    if health.height > health.projected_height + PROJECTION_BLOCKS {
        findings.push(Finding::note(
            CHECK,
            format!(
                "queries answer for block {}, {} behind",
                health.projected_height,
                health.height - health.projected_height
            ),
            "wait; if it does not become less, stop the node and use convoy node reindex",
        ));
    }
    let soon = health.notices.iter();
    findings.extend(soon.map(|notice| {
        Finding::note(
            CHECK,
            notice.clone(),
            "see to it in time; until then everything goes on",
        )
    }));
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            format!("ready, at block {}", health.height),
        ));
    }
    findings
}

fn versions(own: Option<&Seen>, others: &[(String, Seen)]) -> Finding {
    const CHECK: &str = "version";
    let this = env!("CARGO_PKG_VERSION");
    let running = own.map(|seen| ("the running node".to_owned(), seen.health.software.clone()));
    let others = others
        .iter()
        .map(|(who, seen)| (format!("`{who}`"), seen.health.software.clone()));
    let all: Vec<_> = running
        .into_iter()
        .chain(others)
        .filter(|(_, version)| !version.is_empty())
        .collect();
    let different: Vec<_> = all.iter().filter(|(_, version)| version != this).collect();
    if !different.is_empty() {
        let words: Vec<_> = different
            .iter()
            .map(|(who, version)| format!("{who} has {version}"))
            .collect();
        return Finding::note(
            CHECK,
            format!("this program is {this}; {}", words.join(", ")),
            "all right during a rolling upgrade; otherwise bring all nodes to one version (and restart a node after its program was exchanged)",
        );
    }
    if all.is_empty() {
        return Finding::not_checked(
            CHECK,
            format!("this program is {this}; no node answered to compare it with"),
        );
    }
    Finding::ok(CHECK, format!("{this}, as everybody who was asked"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use std::time::SystemTime;

    fn node(height: u64, software: &str) -> Seen {
        Seen {
            health: Health {
                ready: true,
                reasons: Vec::new(),
                notices: Vec::new(),
                height,
                time_ms: 0,
                projected_height: height,
                waiting: 0,
                member: "est".into(),
                software: software.into(),
            },
            date: None,
            asked: SystemTime::UNIX_EPOCH,
            answered: SystemTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_node_far_behind_the_others_lags() {
        let this = env!("CARGO_PKG_VERSION");
        let others = [
            ("fra".to_owned(), node(1_000, this)),
            ("ita".to_owned(), node(10, this)),
        ];
        let lags = state(Some(&node(900, this)), &others);
        assert_eq!(lags[0].level, Level::Fault);
        assert!(
            lags[0].found.contains("`fra` is at block 1000"),
            "{}",
            lags[0].found
        );
        assert_eq!(state(Some(&node(990, this)), &others)[0].level, Level::Ok);
        assert_eq!(state(None, &others)[0].level, Level::NotChecked);
    }

    #[test]
    fn another_version_is_named() {
        let this = env!("CARGO_PKG_VERSION");
        let others = [("fra".to_owned(), node(1, "9.9.9"))];
        let found = versions(Some(&node(1, this)), &others);
        assert_eq!(found.level, Level::Note);
        assert!(found.found.contains("`fra` has 9.9.9"), "{}", found.found);
        assert_eq!(versions(Some(&node(1, this)), &[]).level, Level::Ok);
    }
}
