use super::*;
use crate::{
    engine::StoredEntry,
    keystore::{self, Keystore, Purpose},
    restore,
};
use age::secrecy::ExposeSecret as _;
use bytes::Bytes;
use convoy_types::cose::Algorithm;
use proptest::{collection::vec, prelude::*};
use std::os::unix::fs::symlink;
use tar::EntryType;

fn entry(seed: u8, certified: bool) -> StoredEntry {
    StoredEntry {
        block: Bytes::from(vec![seed; 3]),
        finalization: certified.then(|| Bytes::from(vec![seed + 1; 2])),
        outcomes: Bytes::from(vec![seed + 2]),
    }
}

#[test]
fn entries_are_a_cbor_sequence_and_come_back_byte_for_byte() {
    let mut written = Vec::new();
    write_entry(&mut written, &entry(1, true));
    write_entry(&mut written, &entry(7, false));
    // RFC 8949: array(3), bytes(3), bytes(2) or null, bytes(1).
    assert_eq!(
        hex::encode(&written),
        "834301010142020241038343070707f64109"
    );
    let read = entries(&Bytes::from(written.clone())).unwrap();
    assert_eq!(read, [entry(1, true), entry(7, false)]);
    written.pop();
    let cut = entries(&Bytes::from(written)).unwrap_err();
    assert!(cut.starts_with("entry 2"), "{cut}");
}

#[test]
fn what_is_sealed_opens_with_its_own_passphrase_only_and_notices_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let recipient = Key::make(folder.path(), "correct horse").unwrap();
    let mut sealed = recipient.seal(b"a list of keys").unwrap();
    assert!(!sealed.windows(6).any(|window| window == b"a list"));
    assert!(Key::open(folder.path(), "battery staple").is_err());
    let key = Key::open(folder.path(), "correct horse").unwrap();
    assert_eq!(key.unseal(&sealed).unwrap(), b"a list of keys");
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    assert!(key.unseal(&sealed).is_err());
    let other = tempfile::tempdir().unwrap();
    let said = Key::open(other.path(), "correct horse").err().unwrap();
    assert!(said.to_string().contains("--identity"), "{said}");
    assert!(Recipient::parse("age1nonsense").is_err());
    assert!(Key::parse("# a file with no key\n").is_err());
}

#[test]
fn a_passphrase_that_would_take_too_long_is_not_called_wrong() {
    let folder = tempfile::tempdir().unwrap();
    Key::make(folder.path(), "correct horse").unwrap();
    let path = folder.path().join(KEY);
    let sealed = std::fs::read(&path).unwrap();
    let work = sealed.windows(4).position(|bytes| bytes == b" 18\n");
    let work = work.expect("sealed with work of 2^18");
    let with = |exponent: &[u8]| {
        let mut changed = sealed.clone();
        changed.splice(work + 1..work + 3, exponent.iter().copied());
        std::fs::write(&path, changed).unwrap();
        Key::open(folder.path(), "correct horse").err().unwrap()
    };
    let said = with(b"22").to_string();
    assert!(said.contains("wants 2^22 rounds"), "{said}");
    let said = with(b"17").to_string();
    assert!(said.contains("does not open this backup"), "{said}");
}

fn record(number: u32, previous: Digest, first: u64, last: u64) -> Record {
    Record {
        version: VERSION,
        number,
        previous,
        made_ms: 1_800_000_000_000,
        software: "convoy 0.1.0".into(),
        first,
        end: End {
            height: last,
            time_ms: 1_800_000_000_000,
            digest: Digest([1; 32]),
            state_root: Digest([2; 32]),
            log_root: Digest([3; 32]),
            log_size: 4,
        },
        files: vec![FileEntry {
            path: files_path(number),
            bytes: 3,
            sha256: Digest::of(b"abc"),
        }],
    }
}

/// A backup of three runs with files of three bytes.
fn three_runs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for part in [RUNS, FILES, HISTORY] {
        std::fs::create_dir(at.join(part)).unwrap();
    }
    let genesis = Digest::of(b"genesis");
    let about = About {
        version: VERSION,
        network: NetworkId::of_genesis("test", &genesis).unwrap(),
        genesis,
        member: "est".parse().unwrap(),
        recipient: "age1".into(),
    };
    let mut previous = serde_json::to_vec(&about).unwrap();
    std::fs::write(at.join(ABOUT), &previous).unwrap();
    for (number, (first, last)) in (1u32..).zip([(1, 10), (11, 30), (31, 30)]) {
        previous = serde_json::to_vec(&record(number, Digest::of(&previous), first, last)).unwrap();
        std::fs::write(at.join(run_path(number)), &previous).unwrap();
        std::fs::write(at.join(files_path(number)), b"abc").unwrap();
    }
    folder
}

#[test]
fn a_whole_chain_is_read_and_what_is_missing_exchanged_or_changed_in_it_is_named() {
    let whole = three_runs();
    let backup = Backup::open(whole.path()).unwrap();
    assert_eq!(backup.last().unwrap().end.height, 30);
    let checked = backup.check_files().unwrap();
    assert_eq!((checked.runs, checked.files, checked.bytes), (3, 3, 9));

    type Change = fn(&Path);
    let changes: [(Change, &str); 4] = [
        (
            |at| std::fs::remove_file(at.join(run_path(1))).unwrap(),
            "000001.json is missing",
        ),
        (
            |at| {
                let path = at.join(run_path(2));
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(path, text.replace("1800000000000", "1800000000001")).unwrap();
            },
            "000003.json does not follow",
        ),
        (
            |at| {
                let about = std::fs::read_to_string(at.join(ABOUT)).unwrap();
                std::fs::write(at.join(ABOUT), about.replace("\"est\"", "\"fra\"")).unwrap();
            },
            "000001.json does not follow",
        ),
        (
            |at| std::fs::write(at.join(files_path(2)), b"abd").unwrap(),
            "files/000002.age is not what was written",
        ),
    ];
    for (change, named) in changes {
        let folder = three_runs();
        change(folder.path());
        let said = Backup::open(folder.path()).and_then(|backup| backup.check_files());
        let said = said.unwrap_err().to_string();
        assert!(said.contains(named), "`{named}` is not in: {said}");
    }
}

#[test]
fn the_newest_runs_can_be_cut_off_and_the_rest_is_a_backup_of_then() {
    let folder = three_runs();
    std::fs::remove_file(folder.path().join(run_path(3))).unwrap();
    let backup = Backup::open(folder.path()).unwrap();
    assert_eq!(backup.last().unwrap().number, 2);
}

#[test]
fn a_file_that_a_run_names_outside_of_the_backup_or_that_is_no_regular_file_is_not_opened() {
    for named in [
        "/dev/zero",
        "../elsewhere",
        "files/../../elsewhere",
        "./files/000001.age",
        "",
    ] {
        let folder = three_runs();
        let path = folder.path().join(run_path(3));
        let mut record: Record = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        record.files[0].path = named.into();
        std::fs::write(&path, serde_json::to_vec(&record).unwrap()).unwrap();
        let said = Backup::open(folder.path()).unwrap().check_files();
        let said = said.unwrap_err().to_string();
        assert!(said.contains("lies outside of it"), "{named}: {said}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy");
    std::fs::write(&copy, b"abc").unwrap();
    for to in [Path::new("/dev/zero"), copy.as_path()] {
        let folder = three_runs();
        let file = folder.path().join(files_path(2));
        std::fs::remove_file(&file).unwrap();
        symlink(to, &file).unwrap();
        let said = Backup::open(folder.path()).unwrap().check_files();
        let said = said.unwrap_err().to_string();
        assert!(said.contains("000002.age is no regular file"), "{said}");
    }
}

#[test]
fn what_expands_beyond_its_limit_is_refused_and_not_cut() {
    let squeezed = zstd::encode_all(&[7u8; 1_000][..], 3).unwrap();
    assert_eq!(seal::expand(&squeezed, 1_000).unwrap(), [7; 1_000]);
    let said = seal::expand(&squeezed, 999).unwrap_err();
    assert!(said.contains("more than 999 bytes"), "{said}");
}

/// Adds an entry to a tar, whatever its path and kind.
fn add(to: &mut tar::Builder<Vec<u8>>, path: &str, kind: EntryType, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    let name = &mut header.as_gnu_mut().unwrap().name;
    name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    to.append(&header, bytes).unwrap();
}

/// The keystore of a node with one key that votes.
fn keys() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut made = Keystore::create(folder.path(), "correct horse").unwrap();
    made.generate("consensus", Purpose::Consensus, None, Algorithm::Ed25519)
        .unwrap();
    std::fs::read(folder.path().join(keystore::FILE_NAME)).unwrap()
}

/// A node's own files, with its data in `data` as its configuration has it.
fn own_files(data: &str, keys: &[u8]) -> tar::Builder<Vec<u8>> {
    let toml = format!(
        r#"
        member = "est"
        genesis = "genesis.json"
        data = "{data}"
        keystore = {{ passphrase_env = "CONVOY_PASSPHRASE" }}
        api = {{ listen = "127.0.0.1:8401" }}
        p2p = {{ listen = "127.0.0.1:9401", peers = [{{ member = "est", address = "127.0.0.1:9401" }}] }}
        "#
    );
    let mut tar = tar::Builder::new(Vec::new());
    add(&mut tar, "node.toml", EntryType::Regular, toml.as_bytes());
    add(&mut tar, "data/keystore.json", EntryType::Regular, keys);
    tar
}

/// Restores a backup of one run whose own files are these.
fn restored(tar: tar::Builder<Vec<u8>>) -> (tempfile::TempDir, Result<crate::NodeConfig, String>) {
    let identity = age::x25519::Identity::generate();
    let key = Key::parse(identity.to_string().expose_secret()).unwrap();
    let recipient = Recipient::parse(&identity.to_public().to_string()).unwrap();
    let sealed = recipient.seal(&tar.into_inner().unwrap()).unwrap();
    let folder = three_runs();
    let at = folder.path();
    for number in [2, 3] {
        std::fs::remove_file(at.join(run_path(number))).unwrap();
    }
    let about = std::fs::read(at.join(ABOUT)).unwrap();
    let mut record = record(1, Digest::of(&about), 1, 10);
    record.files[0].bytes = sealed.len() as u64;
    record.files[0].sha256 = Digest::of(&sealed);
    std::fs::write(at.join(files_path(1)), &sealed).unwrap();
    std::fs::write(at.join(run_path(1)), serde_json::to_vec(&record).unwrap()).unwrap();
    let backup = Backup::open(at).unwrap();
    let out = tempfile::tempdir().unwrap();
    let config = restore::files(&backup, &key, out.path());
    (out, config.map_err(|error| error.to_string()))
}

#[test]
fn a_restored_node_looks_for_its_data_where_its_marker_is() {
    let keys = keys();
    let (out, config) = restored(own_files("data", &keys));
    let config = config.unwrap();
    assert_eq!(config.data, out.path().join("data"));
    let marker = restore::Marker::read(&config.data).unwrap().unwrap();
    assert_eq!(marker.retired_keys.len(), 1);
    for elsewhere in ["d2", "data/d2", "d2/../data", "../data", "/var/lib/convoy"] {
        let (out, config) = restored(own_files(elsewhere, &keys));
        let said = config.unwrap_err();
        assert!(said.contains("must not vote"), "{elsewhere}: {said}");
        let written = std::fs::read_dir(out.path()).unwrap().count();
        assert_eq!(written, 0, "{elsewhere}");
    }
}

#[test]
fn an_archive_that_unpacks_to_something_else_than_it_shows_is_not_restored() {
    let keys = keys();
    let (file, outside) = (EntryType::Regular, "outside of the node's folder");
    let kinds = "neither a regular file nor a folder";
    for (path, kind, named) in [
        ("data/keystore.json", file, "keystore.json, twice"),
        ("data/./keystore.json", file, "keystore.json, twice"),
        ("data//keystore.json", file, "keystore.json, twice"),
        ("node.toml", file, "node.toml, twice"),
        ("../node.toml", file, outside),
        ("data/../../node.toml", file, outside),
        ("/etc/convoy.toml", file, outside),
        ("data/engine", EntryType::Symlink, kinds),
        ("data/engine", EntryType::Link, kinds),
        ("data/engine", EntryType::Fifo, kinds),
        ("data/engine", EntryType::Char, kinds),
    ] {
        let mut tar = own_files("data", &keys);
        add(&mut tar, path, kind, &keys[..0]);
        let (out, config) = restored(tar);
        let said = config.unwrap_err();
        assert!(said.contains(named), "{path}: `{named}` is not in: {said}");
        let written = std::fs::read_dir(out.path()).unwrap().count();
        assert_eq!(written, 0, "{path}");
    }
}

fn some_bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..30).prop_map(Bytes::from)
}

fn some_entries() -> impl Strategy<Value = Vec<StoredEntry>> {
    let parts = (
        some_bytes(),
        proptest::option::of(some_bytes()),
        some_bytes(),
    );
    let entry = parts.prop_map(|(block, finalization, outcomes)| StoredEntry {
        block,
        finalization,
        outcomes,
    });
    vec(entry, 0..5)
}

fn written(entries: &[StoredEntry]) -> Bytes {
    let mut plain = Vec::new();
    entries
        .iter()
        .for_each(|entry| write_entry(&mut plain, entry));
    plain.into()
}

proptest! {
    #[test]
    fn entries_are_read_back_and_cut_ones_named(wanted in some_entries(), cut in 1usize..40) {
        let plain = written(&wanted);
        prop_assert_eq!(entries(&plain), Ok(wanted.clone()));
        match entries(&plain.slice(..plain.len().saturating_sub(cut))) {
            Ok(read) => prop_assert!(wanted.starts_with(&read)),
            Err(said) => prop_assert!(said.starts_with("entry "), "{}", said),
        }
    }

    #[test]
    fn what_is_read_as_entries_is_written_the_same(wanted in some_entries(), place: prop::sample::Index, bits: u8) {
        let mut plain = written(&wanted).to_vec();
        if !plain.is_empty() {
            let place = place.index(plain.len());
            plain[place] ^= bits;
        }
        let plain = Bytes::from(plain);
        if let Ok(read) = entries(&plain) {
            prop_assert_eq!(written(&read), plain);
        }
    }
}
