use super::*;
use crate::engine::StoredEntry;
use bytes::Bytes;
use proptest::{collection::vec, prelude::*};

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
