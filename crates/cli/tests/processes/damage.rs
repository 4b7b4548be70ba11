//! Full and damaged disks: one node stops and says why, the others go on, and nothing false is ever answered.

use crate::harness::{Net, Stream, WITHIN, data_of, founded, ok, skipped, started};
use convoy_types::StatementId;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

const OTHERS: [&str; 3] = ["est", "fra", "ita"];
const ALL: [&str; 4] = ["est", "fra", "ita", "pol"];
/// The whole disk of the node that runs out of space, mebibytes.
const DISK_MIB: u64 = 96;

/// A file system of its own, unmounted when dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// Puts what is in `folder` on a disk of `mib` MiB mounted there; `None` where this user may not mount.
    pub fn mount(folder: &Path, mib: u64) -> Option<Self> {
        let kept = folder.with_extension("kept");
        fs::rename(folder, &kept).unwrap();
        fs::create_dir(folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "convoy-test"])
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            fs::remove_dir(folder).unwrap();
            fs::rename(&kept, folder).unwrap();
            return None;
        }
        let copied = Command::new("cp")
            .arg("-a")
            .arg(kept.join("."))
            .arg(folder)
            .status()
            .unwrap();
        assert!(copied.success());
        Some(Self(folder.to_owned()))
    }

    /// Leaves no space at all.
    pub fn fill(&self) -> PathBuf {
        let filler = self.0.join("filler");
        let full = Command::new("dd")
            .args(["if=/dev/zero", "bs=4k"])
            .arg(format!("of={}", filler.display()))
            .output()
            .unwrap();
        assert!(!full.status.success(), "the disk was not filled");
        filler
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Waits until the node of `name` has ended by itself and gives the end of its log.
pub async fn ended(net: &mut Net, name: &str) -> String {
    let asked = Instant::now();
    loop {
        let process = net.cluster.process(name).unwrap();
        if process.ended().is_some() {
            return process.log_tail();
        }
        assert!(
            asked.elapsed() < WITHIN,
            "the node of {name} goes on: {}",
            process.log_tail()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_one_node_with_a_clear_message_and_space_brings_it_back() {
    let mut net = founded();
    let Some(disk) = Disk::mount(&data_of(&net, "pol"), DISK_MIB) else {
        skipped("this user may not mount a small disk; run as root to test a full one");
        return;
    };
    ok(net.cluster.start_all());
    ok(net.cluster.all_ready(WITHIN).await);
    let stream = Stream::start(&net, 0, 1, &["est", "fra"]);
    stream.progress(5).await;

    let filler = disk.fill();
    let log = ended(&mut net, "pol").await;
    assert!(
        log.to_lowercase().contains("space"),
        "the log does not say that the disk is full:\n{log}"
    );
    stream.progress(10).await;

    fs::remove_file(filler).unwrap();
    ok(net.cluster.start("pol"));
    ok(net.cluster.ready("pol", WITHIN).await);
    let acknowledged = stream.stop().await;
    net.agree(&ALL).await;
    net.hold(&ALL, &acknowledged).await;
    ok(net.cluster.stop_all());
    drop(disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_is_noticed_or_harmless_and_never_answered() {
    let mut net = started().await;
    let stream = Stream::start(&net, 0, 1, &["est", "fra"]);
    stream.progress(20).await;
    ok(net.cluster.stop("pol"));

    let flipped = flip_in_largest(&data_of(&net, "pol"));
    ok(net.cluster.start("pol"));
    stream.progress(5).await;
    let came_back = net.cluster.ready("pol", 3 * WITHIN).await;
    let acknowledged = stream.stop().await;
    net.agree(&OTHERS).await;
    net.hold(&OTHERS, &acknowledged).await;
    match came_back {
        // Noticed and repaired from the peers, or in a part that is not read any more: then it tells what the others tell.
        Ok(_) => {
            net.agree(&ALL).await;
            net.hold(&ALL, &acknowledged).await;
        }
        Err(failure) => {
            let said = failure.to_string().to_lowercase();
            let clear = ["corrupt", "damaged", "checksum", "invalid", "mismatch"]
                .iter()
                .any(|word| said.contains(word));
            assert!(clear, "byte flipped in {}: {said}", flipped.display());
        }
    }
    net.cluster.kill_all().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_receipt_leads_through_a_damaged_statement_log_and_the_next_start_builds_it_again() {
    let mut net = started().await;
    let stream = Stream::start(&net, 0, 1, &["est", "fra"]);
    stream.progress(20).await;
    let acknowledged = stream.stop().await;
    net.agree(&ALL).await;
    let trust = net.client("est").trust().await.unwrap();
    ok(net.cluster.stop("pol"));

    // Leaves 2 to 9: some are statements', and none is in the log's right edge, which is looked at when a node starts.
    let leaves = data_of(&net, "pol").join("log/level-00");
    let mut bytes = fs::read(&leaves).unwrap();
    bytes[2 * 32..10 * 32]
        .iter_mut()
        .for_each(|byte| *byte ^= 0x10);
    fs::write(&leaves, bytes).unwrap();
    ok(net.cluster.start("pol"));
    ok(net.cluster.ready("pol", WITHIN).await);
    let mut refused = 0;
    for id in &acknowledged {
        match receipt(&net, id).await {
            Ok(proof) => drop(convoy_client::verify(&proof, &trust).unwrap()),
            Err(error) => {
                assert!(error.contains("damaged on this disk"), "{id}: {error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "all {} are proved", acknowledged.len());

    ok(net.cluster.stop("pol"));
    ok(net.cluster.start("pol"));
    ok(net.cluster.ready("pol", WITHIN).await);
    for id in &acknowledged {
        let proof = receipt(&net, id)
            .await
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        convoy_client::verify(&proof, &trust).unwrap();
    }
    net.agree(&ALL).await;
    ok(net.cluster.stop_all());
}

/// The compact receipt of a statement, from the node of `pol`, or why it gives none.
async fn receipt(net: &Net, id: &StatementId) -> Result<bytes::Bytes, String> {
    let asked = Instant::now();
    loop {
        match net.client("pol").compact(id).await {
            Ok(proof) => return Ok(proof),
            // A certificate comes some time after a statement is final, and a log that is built again takes its time.
            Err(error)
                if error.problem().is_some_and(|problem| problem.retryable)
                    && asked.elapsed() < WITHIN =>
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Flips one bit in the middle of the largest file of the engine.
fn flip_in_largest(data: &Path) -> PathBuf {
    let mut files = Vec::new();
    let mut folders = vec![data.join("engine")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let about = entry.metadata().unwrap();
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                files.push((about.len(), entry.path()));
            }
        }
    }
    files.sort();
    let (_, largest) = files.pop().unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[written / 2] ^= 0x10;
    fs::write(&largest, bytes).unwrap();
    largest
}
