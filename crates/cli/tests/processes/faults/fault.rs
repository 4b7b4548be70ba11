//! What can go wrong with a network, and how it is mended.

use super::nations::Nations;
use crate::{
    damage::ended,
    harness::{WITHIN, ok},
};
use rand::{Rng as _, rngs::StdRng};
use std::{
    fmt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// What happens to the network of four. All but [`Fault::Halves`] and [`Fault::PowerCut`] leave a quorum that must go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// A node is killed and started again.
    Kill(usize),
    /// All nodes are killed and started again.
    PowerCut,
    /// A node stands still and goes on, as a virtual machine does that is moved.
    Pause(usize),
    /// A node is reached by no other and reaches none.
    Isolated(usize),
    /// A node hears the others and is not heard.
    Mute(usize),
    /// A node is heard by the others and does not hear them.
    Deaf(usize),
    /// One direction between two nodes is cut.
    OneWay(usize, usize),
    /// Two against two.
    Halves(usize),
    /// Every link takes 40 ms each way.
    FarApart,
    /// Every link loses packets, of a thousand.
    Lossy(u32),
    /// A node's disk takes long for every sync, milliseconds.
    SlowDisk(usize, u32),
    /// A node's disk has no space left: the node ends, and comes back when there is space.
    FullDisk(usize),
    /// A node's clock jumps, seconds.
    ClockJump(usize, i64),
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |node: &usize| super::nations::NAMES[*node];
        match self {
            Self::Kill(node) => write!(out, "{} killed", name(node)),
            Self::PowerCut => write!(out, "all four killed"),
            Self::Pause(node) => write!(out, "{} stands still", name(node)),
            Self::Isolated(node) => write!(out, "{} cut off", name(node)),
            Self::Mute(node) => write!(out, "{} is not heard", name(node)),
            Self::Deaf(node) => write!(out, "{} does not hear", name(node)),
            Self::OneWay(from, to) => write!(out, "{} to {} cut", name(from), name(to)),
            Self::Halves(with) => write!(out, "est and {} against the others", name(with)),
            Self::FarApart => write!(out, "80 ms round trip"),
            Self::Lossy(permille) => write!(out, "{permille} of 1000 packets lost"),
            Self::SlowDisk(node, ms) => write!(out, "{}: {ms} ms for each sync", name(node)),
            Self::FullDisk(node) => write!(out, "{}: disk full", name(node)),
            Self::ClockJump(node, seconds) => write!(out, "{}: clock {seconds:+} s", name(node)),
        }
    }
}

impl Fault {
    /// Any of them, by chance.
    pub fn any(chance: &mut StdRng) -> Self {
        let node = chance.gen_range(0..4);
        let other = (node + chance.gen_range(1..4)) % 4;
        match chance.gen_range(0..14) {
            0 | 1 => Self::Kill(node),
            2 => Self::PowerCut,
            3 => Self::Pause(node),
            4 => Self::Isolated(node),
            5 => Self::Mute(node),
            6 => Self::Deaf(node),
            7 => Self::OneWay(node, other),
            8 => Self::Halves(chance.gen_range(1..4)),
            9 => Self::FarApart,
            10 => Self::Lossy(chance.gen_range(5..50)),
            11 => Self::SlowDisk(node, chance.gen_range(20..200)),
            12 => Self::FullDisk(node),
            _ => Self::ClockJump(
                node,
                [-7_200, -90, -3, 3, 90, 7_200][chance.gen_range(0..6)],
            ),
        }
    }

    /// Whether the others must go on while it lasts.
    pub fn leaves_a_quorum(self) -> bool {
        !matches!(self, Self::PowerCut | Self::Halves(_))
    }

    /// Begins it, and waits until the node sees it.
    pub async fn begin(self, nations: &mut Nations) -> Lasting {
        let mut lasting = Lasting {
            fault: self,
            slowing: None,
            filler: None,
        };
        let cut = |when: bool| super::wire::Link {
            cut: when,
            ..Default::default()
        };
        match self {
            Self::Kill(node) => ok(nations.net.cluster.kill(super::nations::NAMES[node])),
            Self::PowerCut => ok(nations.net.cluster.kill_all()),
            Self::Pause(node) => nations.signal(node, "STOP"),
            Self::Isolated(node) => nations.wire.set(|from, to| cut(from == node || to == node)),
            Self::Mute(node) => nations.wire.set(|from, _| cut(from == node)),
            Self::Deaf(node) => nations.wire.set(|_, to| cut(to == node)),
            Self::OneWay(one, another) => nations
                .wire
                .set(|from, to| cut(from == one && to == another)),
            Self::Halves(with) => {
                let side = |node: usize| node == 0 || node == with;
                nations.wire.set(|from, to| cut(side(from) != side(to)));
            }
            Self::FarApart => nations.wire.set(|_, _| super::wire::Link {
                delay: Duration::from_millis(40),
                ..Default::default()
            }),
            Self::Lossy(lost_permille) => nations.wire.set(|_, _| super::wire::Link {
                lost_permille,
                ..Default::default()
            }),
            Self::SlowDisk(node, ms) => lasting.slowing = Some(slow(nations.pid(node), ms)),
            Self::FullDisk(node) => lasting.filler = Some(nations.disks[node].fill()),
            Self::ClockJump(node, seconds) => nations.set_clock(node, seconds).await,
        }
        lasting
    }
}

/// A fault that lasts.
pub struct Lasting {
    fault: Fault,
    slowing: Option<Child>,
    filler: Option<std::path::PathBuf>,
}

impl Lasting {
    /// Mends it and waits until every node is ready.
    pub async fn end(mut self, nations: &mut Nations) {
        let name = |node: usize| super::nations::NAMES[node];
        match self.fault {
            Fault::Kill(node) => ok(nations.net.cluster.start(name(node))),
            Fault::PowerCut => ok(nations.net.cluster.start_all()),
            Fault::Pause(node) => nations.signal(node, "CONT"),
            Fault::FullDisk(node) => {
                // The others go on, so that it has something to write, and cannot.
                let log = ended(&mut nations.net, name(node)).await;
                assert!(
                    log.to_lowercase().contains("space"),
                    "{} ended and does not say that its disk is full:\n{log}",
                    name(node)
                );
                if let Some(filler) = self.filler.take() {
                    std::fs::remove_file(filler).unwrap();
                }
                ok(nations.net.cluster.start(name(node)));
            }
            Fault::ClockJump(node, _) => nations.set_clock(node, 0).await,
            _ => nations.wire.heal(),
        }
        if let Some(mut slowing) = self.slowing.take() {
            end_tracer(&mut slowing);
        }
        ok(nations.net.cluster.all_ready(WITHIN).await);
    }
}

/// Makes every sync of the process take `ms` longer, until the tracer ends.
fn slow(pid: u32, ms: u32) -> Child {
    let mut tracer = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=fsync,fdatasync",
        ])
        .args(["-e", &format!("inject=fsync,fdatasync:delay_exit={ms}ms")])
        .args(["-p", &pid.to_string()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It holds the process when the kernel says who traces it.
    let asked = Instant::now();
    let traced = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| {
            line.strip_prefix("TracerPid:")
                .is_some_and(|of| of.trim() != "0")
        })
    };
    while !traced() {
        assert!(tracer.try_wait().unwrap().is_none(), "strace did not start");
        assert!(asked.elapsed() < WITHIN, "strace does not attach to {pid}");
        std::thread::sleep(Duration::from_millis(10));
    }
    tracer
}

/// Lets the traced process go, which a killed tracer would not do in order.
fn end_tracer(tracer: &mut Child) {
    let _gone = Command::new("kill")
        .args(["-INT", &tracer.id().to_string()])
        .status();
    let _ended = tracer.wait();
}
