//! The network between namespaces, imitated packet by packet.
//!
//! Every place (a node, or the tests themselves) has a namespace of its own with one TUN device. What a device sends is read here and handed to
//! the device it is addressed to, late, never, or at once, as the [`Link`] between the two says. The kernels' own TCP sees the loss and
//! the delay and acts on it, which `netem` would do as well and many kernels lack.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use std::{
    net::Ipv4Addr,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tun_rs::{AsyncDevice, DeviceBuilder};

/// Largest packet, bytes.
const MTU: usize = 1_500;
/// Packets on their way on one link; more are lost, as in a router.
const ON_THE_WAY_MAX: usize = 4_096;

/// One direction between two places.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Link {
    /// Nothing arrives.
    pub cut: bool,
    /// How long a packet is on its way.
    pub delay: Duration,
    /// Packets lost of a thousand.
    pub lost_permille: u32,
}

/// Places joined by links. The last place is the tests' own: it is in the namespace of this process.
pub struct Wire {
    subnet: u8,
    namespaces: Vec<String>,
    links: Arc<Mutex<Vec<Vec<Link>>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Wire {
    /// Joins `places` namespaces and this process. `None` where this user may not make namespaces.
    pub fn lay(places: usize) -> Option<Self> {
        let subnet = subnet();
        let namespaces: Vec<_> = (0..places)
            .map(|place| format!("convoy{subnet}-{place}"))
            .collect();
        let mut devices = Vec::new();
        // Dropped when this is given up half way, so that nothing is left behind.
        let mut wire = Self {
            subnet,
            namespaces,
            links: Arc::new(Mutex::new(vec![
                vec![Link::default(); places + 1];
                places + 1
            ])),
            tasks: Vec::new(),
        };
        for place in 0..=places {
            devices.push(Arc::new(wire.device(place)?));
        }
        for from in 0..=places {
            let mut roads = Vec::new();
            for device in &devices {
                let (road, packets) = mpsc::channel(ON_THE_WAY_MAX);
                roads.push(road);
                // Ends when its road does.
                tokio::spawn(deliver(packets, Arc::clone(device)));
            }
            let sent = Arc::clone(&devices[from]);
            let links = Arc::clone(&wire.links);
            wire.tasks
                .push(tokio::spawn(route(from, sent, roads, links)));
        }
        Some(wire)
    }

    /// The address of a place.
    pub fn address(&self, place: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, self.subnet, u8::try_from(place + 1).unwrap())
    }

    /// What a command is put behind to run at a place.
    pub fn at(&self, place: usize) -> Vec<String> {
        let words = ["ip", "netns", "exec", &self.namespaces[place]];
        words.map(str::to_owned).to_vec()
    }

    /// Changes the links for which `of(from, to)` gives another one, among all nodes; the tests' own links stay as they are.
    pub fn set(&self, of: impl Fn(usize, usize) -> Link) {
        let mut links = self.links.lock().unwrap();
        let nodes = self.namespaces.len();
        for from in 0..nodes {
            for to in (0..nodes).filter(|to| *to != from) {
                links[from][to] = of(from, to);
            }
        }
    }

    /// Every link as at first.
    pub fn heal(&self) {
        self.set(|_, _| Link::default());
    }

    fn device(&self, place: usize) -> Option<AsyncDevice> {
        let name = format!("cv{}-{place}", self.subnet);
        let device = DeviceBuilder::new().name(&name).build_async().ok()?;
        let address = format!("{}/24", self.address(place));
        let namespace = self.namespaces.get(place);
        if let Some(namespace) = namespace {
            ip(&["netns", "add", namespace])?;
            ip(&["link", "set", &name, "netns", namespace])?;
            ip(&["-n", namespace, "link", "set", "lo", "up"])?;
        }
        let here: &[&str] = match namespace {
            Some(namespace) => &["-n", namespace],
            None => &[],
        };
        ip(&[here, &["addr", "add", &address, "dev", &name]].concat())?;
        ip(&[here, &["link", "set", &name, "mtu", "1500", "up"]].concat())?;
        Some(device)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
        for namespace in &self.namespaces {
            let _absent = ip(&["netns", "del", namespace]);
        }
    }
}

/// The third byte of the addresses: another one for each network that runs at the same time.
fn subnet() -> u8 {
    u8::try_from(crate::harness::first_port() / 64 % 250).unwrap_or(0)
}

fn ip(arguments: &[&str]) -> Option<()> {
    let output = Command::new("ip").args(arguments).output().ok()?;
    if !output.status.success() {
        eprintln!(
            "ip {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        return None;
    }
    Some(())
}

/// Reads what one place sends and puts it on the road to where it is addressed.
async fn route(
    from: usize,
    device: Arc<AsyncDevice>,
    roads: Vec<mpsc::Sender<(Instant, Vec<u8>)>>,
    links: Arc<Mutex<Vec<Vec<Link>>>>,
) {
    let mut chance = StdRng::seed_from_u64(from as u64);
    let mut packet = [0; MTU];
    while let Ok(length) = device.recv(&mut packet).await {
        // IPv4 only: the destination's last byte is the place, counted from one.
        let place = match packet[..length] {
            [first, ..] if first >> 4 == 4 && length >= 20 => usize::from(packet[19]),
            _ => continue,
        };
        let Some(to) = place.checked_sub(1).filter(|to| *to < roads.len()) else {
            continue;
        };
        let link = links.lock().unwrap()[from][to];
        if link.cut || chance.gen_range(0..1_000) < link.lost_permille {
            continue;
        }
        let _full = roads[to].try_send((Instant::now() + link.delay, packet[..length].to_vec()));
    }
}

async fn deliver(mut packets: mpsc::Receiver<(Instant, Vec<u8>)>, device: Arc<AsyncDevice>) {
    while let Some((due, packet)) = packets.recv().await {
        if due > Instant::now() {
            sleep_until(due).await;
        }
        let _gone = device.send(&packet).await;
    }
}
