//! A network's blocks executed once more: equal by the same core, and told apart at the block where another core does something else.

use super::{
    PATIENCE,
    cluster::{Cluster, seats},
    statements,
    toy::{Liar, ToyCore},
};
use crate::engine::{
    contract::Core,
    kept::StoredEntry,
    shadow::{Ground, Shadow, Stop},
    supervise,
};
use commonware_cryptography::ed25519::PrivateKey;
use std::{path::Path, sync::Arc};

/// Executes the blocks with `core`: the height reached, and why it ended there.
fn replay(
    folder: &Path,
    core: Arc<dyn Core>,
    network: [u8; 32],
    keys: &[PrivateKey],
    blocks: &[StoredEntry],
) -> (u64, Option<String>) {
    let ground = Ground {
        core,
        network,
        validators: seats(keys),
        decisions: Vec::new(),
    };
    let settings = supervise::RuntimeConfig {
        directory: folder.to_owned(),
        threads: 1,
    };
    supervise::run(settings, |context| async move {
        let mut shadow = Shadow::open(context, &ground, None).await.unwrap();
        for block in blocks {
            match shadow.push(block).await {
                Ok(()) => {}
                Err(Stop::Differs(how)) => return (shadow.tip().header.core.height, Some(how)),
                Err(Stop::Refounded(height)) => panic!("block {height} is behind no decision"),
            }
        }
        (shadow.tip().header.core.height, None)
    })
    .unwrap()
}

#[test]
fn another_build_is_told_at_the_block_that_it_makes_differently() {
    let cluster = Cluster::start(vec![Arc::new(ToyCore)]);
    let node = &cluster.nodes[0];
    for body in statements(0, 8) {
        let id = node.submit(&body);
        node.sink.wait_for(&[id], PATIENCE);
    }
    let height = node.sink.height();
    assert!(height >= 8);
    let blocks: Vec<StoredEntry> = (1..=height)
        .map(|height| node.block_on(node.engine.stored(height)).unwrap())
        .collect();
    let network = node.sink.header(1).core.network.0;
    let keys = cluster.validator_keys();
    cluster.stop();

    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, core: Arc<dyn Core>| {
        replay(&folder.path().join(name), core, network, &keys, &blocks)
    };
    assert_eq!(run("same", Arc::new(ToyCore)), (height, None));
    let (last, how) = run("other", Arc::new(Liar::At(5)));
    let how = how.unwrap();
    assert_eq!(last, 4, "{how}");
    assert!(how.starts_with("block 5: its state"), "{how}");
}
