//! Damaged files: a node stops and says so, or is whole; it never goes on with something else.

use super::{Cluster, Node, PATIENCE, assert_same_chain, honest, statements};
use crate::engine::contract::Hash;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The largest file of each group of files that a node keeps.
fn largest_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for group in fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if !group.is_dir() {
            continue;
        }
        let inside = fs::read_dir(&group)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let largest = inside.max_by_key(|path| fs::metadata(path).unwrap().len());
        files.extend(largest.filter(|path| fs::metadata(path).unwrap().len() > 64));
    }
    files.sort();
    files
}

fn flip_in_the_middle(file: &Path) -> Vec<u8> {
    let whole = fs::read(file).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.iter().rposition(|byte| *byte != 0).unwrap_or(0) / 2;
    damaged[middle] ^= 0x10;
    fs::write(file, damaged).unwrap();
    whole
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_flipped_byte_in_any_store_stops_a_node_or_harms_nothing() {
    let mut cluster = Cluster::start(honest());
    let early: Vec<Hash> = statements(0, 60)
        .iter()
        .map(|body| cluster.nodes[0].submit(body))
        .collect();
    for node in &cluster.nodes {
        node.sink.wait_for(&early, PATIENCE);
    }
    cluster.kill(3);
    let late = [cluster.nodes[1].submit(b"while it was away")];
    cluster.nodes[1].sink.wait_for(&late, PATIENCE);
    let (directory, kept) = (cluster.directory(3), tempfile::tempdir().unwrap());
    copy(&directory, &kept.path().join("engine"));
    let mut stopped = 0;
    for file in largest_files(&directory) {
        flip_in_the_middle(&file);
        print!("{}: ", file.strip_prefix(&directory).unwrap().display());
        let outcome = cluster.try_restart(3, &late, PATIENCE);
        println!("{outcome:?}");
        stopped += usize::from(outcome.is_err());
        let nodes: Vec<&Node> = cluster.nodes.iter().collect();
        assert_same_chain(&nodes);
        cluster.nodes[3].sink.forget_after(early.len() as u64 / 20);
        fs::remove_dir_all(&directory).unwrap();
        copy(&kept.path().join("engine"), &directory);
    }
    assert!(stopped > 0, "damage is noticed");
    cluster.stop();
}
