//! Sending the log on to a syslog server (RFC 5424), over UDP, TCP (RFC 6587, counted octets) or a unix socket.
//!
//! Flow: a thread of its own follows the log's files from the entry that was sent last, which it keeps in `syslog.sent`; woken by new entries. Where the
//! receiver is away it tries again after 1 s, 2 s, 4 s … 60 s and goes on where it was, so nothing queues in memory and nothing is left out.
//!
//! UDP and unix datagrams are not acknowledged: what the network loses is lost there, and the numbers of the entries show it.

use super::search::{Follow, Found};
use crate::config::SyslogConfig;
use convoy_types::epcis::Timestamp;
use std::{
    fs, io,
    io::Write as _,
    net::{TcpStream, ToSocketAddrs as _, UdpSocket},
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    time::Duration,
};

/// The longest pause between attempts.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Connecting and sending may take this long.
const WITHIN: Duration = Duration::from_secs(10);
/// Facility 13 (log audit) of RFC 5424, severity 5 (notice) and 4 (warning).
const NOTICE: u8 = 13 * 8 + 5;
const WARNING: u8 = 13 * 8 + 4;
const SENT: &str = "syslog.sent";

/// Where entries are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `udp://host:port`
    Udp(String),
    /// `tcp://host:port`
    Tcp(String),
    /// `unix:///path`
    Unix(PathBuf),
}

impl std::str::FromStr for Target {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("udp", address)) if address.contains(':') => Ok(Self::Udp(address.to_owned())),
            Some(("tcp", address)) if address.contains(':') => Ok(Self::Tcp(address.to_owned())),
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            _ => Err(format!(
                "audit.syslog.to: `{text}` is none of udp://HOST:PORT, tcp://HOST:PORT and unix:///PATH"
            )),
        }
    }
}

/// Wakes the thread that sends.
pub struct Export(SyncSender<()>);

impl Export {
    /// Says that there are new entries.
    pub fn wake(&self) {
        // One call that waits is enough.
        let _ = self.0.try_send(());
    }
}

/// Starts to send what was not sent yet.
///
/// # Errors
/// When the target cannot be read or the thread not be started.
pub fn start(folder: &Path, config: &SyslogConfig) -> io::Result<Export> {
    let target: Target = config
        .to
        .parse()
        .map_err(|fault: String| io::Error::new(io::ErrorKind::InvalidInput, fault))?;
    let (wake, woken) = sync_channel(1);
    let (folder, host) = (folder.to_owned(), config.hostname.clone());
    std::thread::Builder::new()
        .name("audit-syslog".into())
        .spawn(move || run(&folder, &target, &host, &woken))?;
    Ok(Export(wake))
}

fn run(folder: &Path, target: &Target, host: &str, woken: &Receiver<()>) {
    let mut sent: u64 = fs::read_to_string(folder.join(SENT))
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    let (mut follow, mut connection) = (Follow::new(folder), None);
    let mut pause = Duration::ZERO;
    loop {
        let before = sent;
        let done = send_on(&mut follow, target, host, &mut connection, &mut sent);
        if sent > before
            && let Err(error) = fs::write(folder.join(SENT), sent.to_string())
        {
            tracing::warn!(%error, "how far the audit log was sent on cannot be written down");
        }
        match done {
            Ok(false) => pause = Duration::ZERO,
            Ok(true) => continue,
            Err(error) => {
                // What was read and not sent is read again.
                (follow, connection) = (Follow::new(folder), None);
                pause = (pause * 2).clamp(Duration::from_secs(1), PAUSE_MAX);
                tracing::warn!(%error, "the audit log cannot be sent on; it is tried again");
            }
        }
        let waited = match pause {
            Duration::ZERO => woken.recv().map_err(|_| RecvTimeoutError::Disconnected),
            pause => woken.recv_timeout(pause),
        };
        if waited == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

enum Connection {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Unix(UnixDatagram),
}

impl Connection {
    fn open(target: &Target) -> io::Result<Self> {
        let address = |text: &String| {
            let found = text.to_socket_addrs()?.next();
            found.ok_or_else(|| io::Error::other(format!("{text} has no address")))
        };
        Ok(match target {
            Target::Udp(text) => {
                let to = address(text)?;
                let own = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(own)?;
                socket.connect(to)?;
                Self::Udp(socket)
            }
            Target::Tcp(text) => {
                let stream = TcpStream::connect_timeout(&address(text)?, WITHIN)?;
                stream.set_write_timeout(Some(WITHIN))?;
                Self::Tcp(stream)
            }
            Target::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                Self::Unix(socket)
            }
        })
    }

    fn send(&mut self, message: &str) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(message.as_bytes()).map(drop),
            Self::Unix(socket) => socket.send(message.as_bytes()).map(drop),
            Self::Tcp(stream) => {
                stream.write_all(format!("{} {message}", message.len()).as_bytes())
            }
        }
    }
}

/// Sends the next entries after `sent`; whether there were any.
fn send_on(
    follow: &mut Follow,
    target: &Target,
    host: &str,
    connection: &mut Option<Connection>,
    sent: &mut u64,
) -> io::Result<bool> {
    let entries = follow.next(*sent)?;
    for found in &entries {
        let open = match connection.take() {
            Some(open) => open,
            None => Connection::open(target)?,
        };
        connection.insert(open).send(&message(host, found))?;
        *sent = found.entry.n;
    }
    Ok(!entries.is_empty())
}

/// The entry as a message. The enterprise number is the one for documentation (RFC 5612), as we have none.
pub fn message(host: &str, found: &Found) -> String {
    let entry = &found.entry;
    let priority = match entry.outcome {
        super::Outcome::Allowed => NOTICE,
        super::Outcome::Refused => WARNING,
    };
    let time = i64::try_from(entry.time_ms)
        .ok()
        .and_then(Timestamp::from_millis);
    let time = time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    let json = serde_json::to_string(entry).unwrap_or_default();
    let (kind, who, hash) = (entry.kind.word(), quoted(&entry.who), &found.hash);
    format!(
        "<{priority}>1 {time} {} convoy {} {kind} [convoy@32473 n=\"{}\" who=\"{who}\" hash=\"{hash}\"] \u{feff}{json}",
        name(host),
        std::process::id(),
        entry.n,
    )
}

/// A host name as RFC 5424 takes it: printable ASCII, at most 255, `-` for none.
fn name(host: &str) -> String {
    let plain: String = host
        .chars()
        .filter(char::is_ascii_graphic)
        .take(255)
        .collect();
    if plain.is_empty() {
        "-".to_owned()
    } else {
        plain
    }
}

/// A parameter's value: `"`, `\` and `]` stand behind a backslash.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
