//! The chain holds, every kind of tampering is named, and a full disk refuses what cannot be logged.

use super::{
    Audit, AuditError, Entry, Kind, Outcome, Said,
    chain::{self, Chain, START},
    search::{Follow, Found, Wanted, search},
    syslog,
    verify::{Noted, Report, verify},
};
use crate::config::{AuditConfig, SyslogConfig};
use convoy_types::{Did, Digest};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, Read as _},
    net::{TcpListener, UdpSocket},
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    time::Duration,
};

fn read(what: &str) -> Said {
    let did: Did = "did:web:est:officer".parse().unwrap();
    let mut said = Said::new(Kind::Read, Outcome::Allowed, what).by(Some(&did), "officer");
    said.records = vec!["custody/objects/01/1".into()];
    said
}

/// A log of several files in a folder of its own.
struct Log {
    folder: tempfile::TempDir,
    config: AuditConfig,
}

impl Log {
    fn new(count: usize) -> Self {
        let log = Self {
            folder: tempfile::tempdir().unwrap(),
            config: AuditConfig {
                file_bytes: 2_000,
                ..AuditConfig::default()
            },
        };
        let mut chain = log.open();
        for at in 0..count {
            chain
                .append(
                    vec![read(&format!("GET /v1/trace/{at}"))],
                    1_000 + at as u64,
                    0,
                )
                .unwrap();
        }
        log
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn open(&self) -> Chain {
        Chain::open(self.path(), &self.config).unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = chain::files(self.path()).unwrap();
        files.into_iter().map(|(_, path)| path).collect()
    }

    fn verify(&self) -> Report {
        verify(self.path(), None).unwrap()
    }

    fn faults(&self) -> Vec<String> {
        self.verify()
            .faults
            .into_iter()
            .map(|fault| fault.fault)
            .collect()
    }
}

#[test]
fn a_log_of_many_files_is_one_chain_also_over_restarts() {
    let log = Log::new(30);
    drop(log.open());
    let report = log.verify();
    assert!(report.whole, "{report:?}");
    // 30 reads, and an entry for each of two starts.
    assert_eq!((report.first, report.last, report.entries), (1, 32, 32));
    assert!(report.files > 3, "{report:?}");
    // The hashes are those that anybody computes with SHA-256 alone.
    let text = fs::read_to_string(&log.files()[0]).unwrap();
    let mut before = [0u8; 32];
    for line in text.lines() {
        let (hash, json) = line.split_once(' ').unwrap();
        let computed = Sha256::new()
            .chain_update(b"convoy/audit/1")
            .chain_update(before)
            .chain_update(json)
            .finalize();
        assert_eq!(hex::encode(computed), hash, "{line}");
        before = computed.into();
    }
}

#[test]
fn the_stored_form_is_the_one_that_was_agreed() {
    let mut entry = Entry::of(read("GET /v1/trace/x"), 1, 5, 0);
    entry.previous = Some(START.to_string());
    let json = serde_json::to_string(&entry).unwrap();
    assert_eq!(
        json,
        format!(
            r#"{{"v":1,"n":1,"time_ms":5,"kind":"read","outcome":"allowed","who":"did:web:est:officer","token":"officer","what":"GET /v1/trace/x","records":["custody/objects/01/1"],"records_count":1,"previous":"{}"}}"#,
            "0".repeat(64)
        )
    );
}

#[test]
fn a_flipped_byte_is_named_wherever_it_is() {
    let log = Log::new(6);
    let path = &log.files()[0];
    let good = fs::read(path).unwrap();
    let step = good.len() / 40;
    for at in (0..good.len()).step_by(step.max(1)) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        chain::replace(path, &bad);
        let report = log.verify();
        assert!(!report.whole, "byte {at} of {}", good.len());
        let line = 1 + good[..at].iter().filter(|byte| **byte == b'\n').count();
        assert!(
            report
                .faults
                .iter()
                .any(|fault| fault.line.abs_diff(line) <= 1),
            "byte {at} in line {line}: {report:?}"
        );
    }
    chain::replace(path, &good);
    assert!(log.verify().whole);
}

#[test]
fn a_removed_entry_and_a_removed_file_are_named() {
    let log = Log::new(30);
    let path = &log.files()[0];
    let text = fs::read_to_string(path).unwrap();
    let without: Vec<&str> = text
        .split_inclusive('\n')
        .enumerate()
        .filter(|(at, _)| *at != 2)
        .map(|(_, line)| line)
        .collect();
    chain::replace(path, without.concat().as_bytes());
    assert_eq!(log.faults(), ["entry 3 was removed"]);
    chain::replace(path, text.as_bytes());
    fs::remove_file(&log.files()[1]).unwrap();
    let faults = log.faults();
    assert!(
        faults
            .iter()
            .any(|fault| fault.contains("000002.log, is missing")),
        "{faults:?}"
    );
    assert!(
        faults.iter().any(|fault| fault.contains("were removed")),
        "{faults:?}"
    );
}

#[test]
fn older_files_may_be_moved_away() {
    let log = Log::new(30);
    fs::remove_file(&log.files()[0]).unwrap();
    let report = log.verify();
    assert!(report.whole && report.first > 1, "{report:?}");
}

#[test]
fn a_cut_tail_is_named_and_the_next_start_says_so_too() {
    let log = Log::new(9);
    let path = log.files().pop().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert!(lines.len() > 1, "the last file has an entry to cut");
    chain::replace(&path, lines[..lines.len() - 1].concat().as_bytes());
    assert_eq!(
        log.faults(),
        ["the tail was cut: the last entry was 10, and the log ends at 9"]
    );
    drop(log.open());
    let last = search(
        log.path(),
        &Wanted {
            limit: 1,
            ..Wanted::default()
        },
    )
    .unwrap();
    assert!(
        last.entries[0]
            .entry
            .detail
            .contains("the head names entry 10"),
        "{last:?}"
    );
    assert!(
        log.faults()[0].contains("entry 10 was removed"),
        "{:?}",
        log.faults()
    );
}

#[test]
fn a_log_written_anew_does_not_have_what_was_noted() {
    let log = Log::new(5);
    let noted = log.verify();
    let noted: Noted = format!("{}:{}", noted.last, noted.hash).parse().unwrap();
    assert!(verify(log.path(), Some(noted)).unwrap().whole);
    let anew = Log::new(4);
    let report = verify(anew.path(), Some(noted)).unwrap();
    assert!(
        report.faults[0]
            .fault
            .contains("which was noted, is not in the log"),
        "{report:?}"
    );
    let longer = Log::new(9);
    let report = verify(longer.path(), Some(noted)).unwrap();
    assert!(
        report.faults[0].fault.contains("written anew"),
        "{report:?}"
    );
}

#[test]
fn an_entry_that_a_crash_cut_in_the_middle_is_cut_off() {
    let log = Log::new(2);
    let path = &log.files()[0];
    let mut text = fs::read(path).unwrap();
    text.extend_from_slice(b"0123");
    chain::replace(path, &text);
    assert!(log.faults()[0].contains("cut in the middle"));
    drop(log.open());
    assert!(log.verify().whole, "{:?}", log.verify());
}

#[test]
fn one_process_writes() {
    let log = Log::new(1);
    let _open = log.open();
    let second = Chain::open(log.path(), &log.config);
    assert_eq!(
        second.err().map(|error| error.kind()),
        Some(io::ErrorKind::ResourceBusy)
    );
}

#[tokio::test]
async fn what_cannot_be_logged_is_refused_and_what_was_lost_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let config = AuditConfig {
        bytes_max: Some(1_500),
        ..AuditConfig::default()
    };
    let audit = Audit::open(folder.path(), &config).unwrap();
    let mut refused = None;
    for _ in 0..20 {
        refused = audit.record(read("GET /v1/trace/1")).await.err();
        if refused.is_some() {
            break;
        }
    }
    assert!(
        matches!(&refused, Some(AuditError::Full(why)) if why.contains("bytes_max")),
        "{refused:?}"
    );
    audit.note(read("GET /v1/trace/2"));
    assert!(audit.record(read("GET /v1/trace/3")).await.is_err());
    let path = audit.folder().to_owned();
    assert!(verify(&path, None).unwrap().whole);
    drop(audit);
    // The lock goes with the thread that writes.
    let more = AuditConfig::default();
    let audit = loop {
        match Audit::open(folder.path(), &more) {
            Ok(audit) => break audit,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ResourceBusy),
        }
    };
    audit.record(read("GET /v1/trace/4")).await.unwrap();
    assert!(verify(&path, None).unwrap().whole);
}

#[test]
fn a_full_disk_leaves_the_log_as_it_was() {
    // What is written to this device always fails for want of room.
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let error = io::Write::write_all(&mut &full, b"x").unwrap_err();
    assert!(matches!(AuditError::from(&error), AuditError::Full(_)));
    let mut log = Log::new(0);
    log.config.bytes_max = Some(1_200);
    let mut chain = log.open();
    let before = loop {
        let bytes = fs::read(&log.files()[0]).unwrap();
        if chain.append(vec![read("a"), read("b")], 1, 0).is_err() {
            break bytes;
        }
    };
    assert_eq!(fs::read(&log.files()[0]).unwrap(), before, "all or none");
    assert!(log.verify().whole);
}

#[test]
fn entries_are_found_by_time_by_whom_and_about_what() {
    let log = Log::new(30);
    let find = |wanted: Wanted| {
        let page = search(log.path(), &wanted).unwrap();
        (
            page.entries
                .iter()
                .map(|found| found.entry.n)
                .collect::<Vec<_>>(),
            page.next,
        )
    };
    let all = |limit| Wanted {
        limit,
        ..Wanted::default()
    };
    assert_eq!(find(all(3)), (vec![31, 30, 29], Some(29)));
    assert_eq!(
        find(Wanted {
            before: Some(29),
            ..all(2)
        }),
        (vec![28, 27], Some(27))
    );
    assert_eq!(
        find(Wanted {
            what: Some("/v1/trace/7".into()),
            ..all(9)
        })
        .0,
        [9]
    );
    assert_eq!(
        find(Wanted {
            what: Some("opened".into()),
            ..all(9)
        })
        .0,
        [1]
    );
    assert_eq!(
        find(Wanted {
            who: Some("officer".into()),
            ..all(1)
        })
        .0,
        [31]
    );
    assert!(
        find(Wanted {
            who: Some("nobody".into()),
            ..all(9)
        })
        .0
        .is_empty()
    );
    let spell = Wanted {
        from_ms: Some(1_002),
        to_ms: Some(1_005),
        ..all(9)
    };
    assert_eq!(find(spell).0, [6, 5, 4]);
    let (mut follow, mut told) = (Follow::new(log.path()), vec![2]);
    loop {
        let next = follow.next(2).unwrap();
        if next.is_empty() {
            break;
        }
        told.extend(next.iter().map(|found| found.entry.n));
    }
    assert!(told.into_iter().eq(2..=31));
}

#[test]
fn texts_are_cut_and_records_counted() {
    let mut said = read(&"é".repeat(600));
    said.records = (0..100).map(|at| format!("custody/objects/{at}")).collect();
    let entry = Entry::of(said, 1, 1, 0);
    assert_eq!(
        (entry.what.len(), entry.records.len(), entry.records_count),
        (512, 64, 100)
    );
}

#[test]
fn a_message_is_as_rfc_5424_has_it() {
    let mut said = read("GET /v1/trace/x");
    said.who = "a\"b]c\\d".into();
    let entry = Entry {
        previous: None,
        ..Entry::of(said, 7, 1_793_491_200_123, 0)
    };
    let found = Found {
        entry,
        hash: "ab".repeat(32),
    };
    let message = syslog::message("node est", &found);
    let header = format!(
        "<109>1 2026-11-01T00:00:00.123Z nodeest convoy {} read ",
        std::process::id()
    );
    assert!(message.starts_with(&header), "{message}");
    assert!(
        message.contains(r#"[convoy@32473 n="7" who="a\"b\]c\\d" hash="abab"#),
        "{message}"
    );
    assert!(message.contains("] \u{feff}{\"v\":1,"), "{message}");
    for (text, good) in [
        ("udp://a:514", true),
        ("tcp://a:601", true),
        ("unix:///dev/log", true),
        ("tls://a:1", false),
        ("udp://a", false),
    ] {
        assert_eq!(text.parse::<syslog::Target>().is_ok(), good, "{text}");
    }
}

/// Opens a log that sends on, writes one entry and waits until it was taken in.
fn sent_on(to: String, take: impl FnOnce() -> String) {
    let folder = tempfile::tempdir().unwrap();
    let config = AuditConfig {
        syslog: Some(SyslogConfig {
            to,
            hostname: "est".into(),
        }),
        ..AuditConfig::default()
    };
    let audit = Audit::open(folder.path(), &config).unwrap();
    audit.note(read("GET /v1/trace/x"));
    let told = take();
    assert!(
        told.contains("convoy") && told.contains("node start"),
        "{told}"
    );
}

#[test]
fn entries_are_sent_on_by_udp_tcp_and_unix_socket() {
    let limit = Some(Duration::from_secs(20));
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_read_timeout(limit).unwrap();
    let mut buffer = [0; 4_096];
    sent_on(format!("udp://{}", udp.local_addr().unwrap()), || {
        let length = udp.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    sent_on(format!("tcp://{}", tcp.local_addr().unwrap()), || {
        let (mut stream, _) = tcp.accept().unwrap();
        stream.set_read_timeout(limit).unwrap();
        let (mut told, mut byte) = (Vec::new(), [0]);
        while !told.ends_with(b" ") {
            stream.read_exact(&mut byte).unwrap();
            told.push(byte[0]);
        }
        let length: usize = String::from_utf8_lossy(&told).trim().parse().unwrap();
        let mut message = vec![0; length];
        stream.read_exact(&mut message).unwrap();
        String::from_utf8(message).unwrap()
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let unix = UnixDatagram::bind(&path).unwrap();
    unix.set_read_timeout(limit).unwrap();
    sent_on(format!("unix://{}", path.display()), || {
        let length = unix.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
}

#[test]
fn a_line_of_another_chain_does_not_follow() {
    let log = Log::new(3);
    let path = &log.files()[0];
    let mut text = fs::read_to_string(path).unwrap();
    let entry = Entry::of(read("GET /v1/trace/forged"), 5, 1, 0);
    let json = serde_json::to_string(&entry).unwrap();
    text.push_str(&chain::line(&Digest([7; 32]), &json).1);
    chain::replace(path, text.as_bytes());
    assert!(
        log.faults()[0].contains("entry 5 was altered"),
        "{:?}",
        log.faults()
    );
}
