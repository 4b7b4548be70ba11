//! The same node in the deterministic runtime: what the simulator builds on.

use super::{
    cluster::{MemorySink, ToyMempool},
    toy::ToyCore,
};
use crate::engine::{
    EngineConfig, EngineHandle, Surroundings,
    contract::Mempool as _,
    message_bytes_max,
    network::{CHANNELS, Directory, Peer, lanes, quota},
    pace::ClockOffset,
    start_on,
};
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use commonware_p2p::simulated::{Config, Link, Network, Oracle};
use commonware_runtime::{Clock as _, Runner as _, Supervisor as _, deterministic};
use commonware_utils::{NZUsize, probability};
use std::{net::SocketAddr, sync::Arc, time::Duration};

type Context = deterministic::Context;
type Key = commonware_cryptography::ed25519::PublicKey;

struct Member {
    engine: EngineHandle,
    sink: Arc<MemorySink>,
    mempool: Arc<ToyMempool>,
}

fn config(keys: &[PrivateKey], index: usize, clock_ms: i64) -> EngineConfig {
    let address: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let peer = |key: &PrivateKey| Peer {
        key: key.public_key(),
        address,
    };
    let peers = keys.iter().map(peer).collect();
    let mut config = EngineConfig::new([5; 32], b"simulated".to_vec(), keys[index].clone(), peers);
    config.clock = ClockOffset(clock_ms);
    config.partition_prefix = format!("node-{index}");
    config
}

async fn launch(context: Context, oracle: &Oracle<Key, Context>, config: EngineConfig) -> Member {
    let (sink, mempool) = (
        Arc::new(MemorySink::default()),
        Arc::new(ToyMempool::default()),
    );
    let surroundings = Surroundings {
        core: Arc::new(ToyCore),
        mempool: mempool.clone(),
        sink: sink.clone(),
    };
    let control = oracle.control(config.signer.public_key());
    let mut channels = Vec::new();
    for (channel, rate, burst) in CHANNELS {
        channels.push(control.register(channel, quota(rate, burst)).await.unwrap());
    }
    let directory = Directory {
        provider: oracle.manager(),
        blocker: control,
    };
    let engine = start_on(context, config, surroundings, lanes(channels), directory)
        .await
        .unwrap();
    Member {
        engine,
        sink,
        mempool,
    }
}

async fn network(context: &Context, keys: &[PrivateKey]) -> Oracle<Key, Context> {
    let surroundings = Surroundings {
        core: Arc::new(ToyCore),
        mempool: Arc::new(ToyMempool::default()),
        sink: Arc::new(MemorySink::default()),
    };
    let settings = Config {
        max_size: message_bytes_max(&config(keys, 0, 0), &surroundings),
        max_peers_per_set: NZUsize!(4),
        disconnect_on_block: true,
        tracked_peer_sets: NZUsize!(3),
    };
    let peers: Vec<Key> = keys.iter().map(PrivateKey::public_key).collect();
    let (network, oracle) =
        Network::new_with_peers(context.child("network"), settings, peers.clone()).await;
    network.start();
    let link = Link {
        latency: Duration::from_millis(20),
        jitter: Duration::from_millis(5),
        success_rate: probability!(0.99),
    };
    for from in &peers {
        for to in peers.iter().filter(|to| *to != from) {
            oracle
                .add_link(from.clone(), to.clone(), link.clone())
                .await
                .unwrap();
        }
    }
    oracle
}

#[test]
fn wrong_clocks_cost_time_but_never_split_the_chain() {
    deterministic::Runner::seeded(7).start(|context| async move {
        let keys: Vec<PrivateKey> = (0..4).map(PrivateKey::from_seed).collect();
        let oracle = network(&context, &keys).await;
        let mut members = Vec::new();
        // One is far ahead: nobody votes for its blocks in time. One lags within what is allowed.
        for (index, clock_ms) in [(0, 60_000), (1, -1_500), (2, 0), (3, 700)] {
            let node = context.child("node").with_attribute("index", index);
            members.push(launch(node, &oracle, config(&keys, index, clock_ms)).await);
        }
        let mut ids = Vec::new();
        for number in 0..40u8 {
            for member in &members {
                ids.push(member.mempool.add(&[number]).0);
            }
        }
        let mut last = 0;
        for _ in 0..600 {
            context.sleep(Duration::from_millis(200)).await;
            last = members
                .iter()
                .map(|member| member.sink.height())
                .min()
                .unwrap();
            if last >= 20
                && members
                    .iter()
                    .all(|member| member.mempool.waiting().count == 0)
            {
                break;
            }
        }
        assert!(last >= 20, "the network goes on: height {last}");
        for member in &members {
            member.sink.wait_for(&ids, Duration::ZERO);
        }
        let fast: Vec<u8> = keys[0].public_key().as_ref().to_vec();
        let mut before = 0;
        for height in 1..=last {
            let header = members[2].sink.header(height);
            for member in &members {
                assert_eq!(member.sink.header(height), header, "height {height}");
            }
            assert!(header.core.time_ms > before, "time goes on");
            before = header.core.time_ms;
        }
        let commits = members[2].sink.commits();
        assert!(
            commits
                .iter()
                .all(|commit| commit.place.leader[..] != fast[..]),
            "nobody believes the fast clock"
        );
        for member in members {
            member.engine.stop(Duration::from_secs(1)).await;
        }
    });
}
