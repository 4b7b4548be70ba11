//! Whatever stops the writer or spoils the file, an answer is true or there is none.

use super::*;
use crate::{ReadModelError, Result, Snapshot, discard};
use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

#[test]
fn applying_a_block_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let blocks = many(20);
    assert_eq!(projector.apply(&blocks).unwrap(), 20);
    let before = everything(&model);
    assert_eq!(projector.apply(&blocks[5..]).unwrap(), 0);
    assert_eq!(projector.apply(&blocks[19..]).unwrap(), 0);
    assert_eq!(everything(&model), before);
    assert_eq!(projector.next_height(&Compartment::common()), Some(20));
}

#[test]
fn a_gap_is_refused_and_nothing_of_the_batch_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let blocks = many(20);
    projector.apply(&blocks[..4]).unwrap();
    let before = everything(&model);
    let error = projector
        .apply(&[blocks[4].clone(), blocks[6].clone()])
        .unwrap_err();
    assert!(
        matches!(
            error,
            ReadModelError::Gap {
                expected: 5,
                found: 6,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(everything(&model), before);
    assert_eq!(projector.apply(&blocks[4..7]).unwrap(), 3);
}

#[test]
fn a_batch_that_fails_midway_leaves_the_same_rows_as_if_it_never_began() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (plain, mut projector) = open(one.path());
    projector.apply(&many(30)[..10]).unwrap();
    projector.apply(&many(30)[10..]).unwrap();

    let (model, mut projector) = open(two.path());
    projector.apply(&many(30)[..10]).unwrap();
    let mut spoiled = many(30)[10..].to_vec();
    spoiled[15].events[1].body = b"unknown>s9".to_vec();
    let error = projector.apply(&spoiled).unwrap_err().to_string();
    assert!(
        error.contains("event 1 of block 25 (module toy)"),
        "{error}"
    );
    assert_eq!(model.height(&Compartment::common()).unwrap(), Some(9));
    projector.apply(&many(30)[10..]).unwrap();
    assert_eq!(everything(&model), everything(&plain));
}

/// Not a test by itself: the process that `killed_at_any_moment_…` kills.
#[test]
fn child_that_projects_until_it_is_killed() {
    let Some(folder) = std::env::var_os("CONVOY_TEST_PROJECT_INTO") else {
        return;
    };
    let (_, mut projector) = open(Path::new(&folder));
    let next = projector.next_height(&Compartment::common()).unwrap_or(0) as usize;
    for part in many(5_000)[next..].chunks(3) {
        projector.apply(part).unwrap();
        projector.tidy().unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "reached {}", part[part.len() - 1].height).unwrap();
    }
}

#[test]
fn killed_at_any_moment_it_goes_on_from_a_true_height() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut reached = 0;
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("tests::faults::child_that_projects_until_it_is_killed")
            .env("CONVOY_TEST_PROJECT_INTO", two.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            if let Some((_, height)) = line.split_once("reached ") {
                reached = height.trim().parse::<u64>().unwrap();
            }
            if reached >= round * 37 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(reached >= 148);
    let (model, mut projector) = open(two.path());
    let height = model.height(&Compartment::common()).unwrap().unwrap();
    assert!(height >= reached, "what was committed is there");
    model.examine().unwrap();
    projector.apply(&many(height + 5)).unwrap();
    let (plain, mut projector) = open(one.path());
    projector.apply(&many(height + 5)).unwrap();
    assert_eq!(everything(&model), everything(&plain));
}

#[test]
fn a_question_without_end_is_given_up_and_its_reader_answers_others() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    projector.apply(&many(5)).unwrap();
    let common = Compartment::common();
    let count = |last: &str| {
        format!(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n{last}) SELECT max(x) FROM n"
        )
    };
    let ask = |snapshot: &Snapshot<'_>, sql: &str| snapshot.rows(sql, &[], |row| row.integer(0));
    let limit = Duration::from_millis(50);
    let one = model.read_within(limit, &common, |snapshot| ask(snapshot, &count("")));
    assert!(matches!(one, Err(ReadModelError::TooLong)), "{one:?}");
    let of_short_ones = model.read_within(limit, &common, |snapshot| -> Result<()> {
        loop {
            ask(snapshot, "SELECT 1")?;
        }
    });
    assert!(matches!(of_short_ones, Err(ReadModelError::TooLong)));
    // By the same reader: without a limit, and with one that is far.
    let far = count(" WHERE x < 300000");
    let own = model.read(&common, |snapshot| ask(snapshot, &far)).unwrap();
    assert_eq!(own.value, [300_000]);
    let limit = Duration::from_secs(600);
    let others = model.read_within(limit, &common, |snapshot| ask(snapshot, &far));
    assert_eq!(others.unwrap().value, [300_000]);
}

#[test]
fn a_reader_sees_one_moment_while_the_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let blocks = many(300);
    projector.apply(&blocks[..1]).unwrap();
    let finished = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !finished.load(Ordering::Relaxed) {
                    let answer = ask(&model, |snapshot| {
                        let first = snapshot.blocks(None, 1)?[0].height;
                        let moves = (0..9)
                            .map(|n| moves_of(snapshot, &format!("t{n}"), Order::OldestFirst))
                            .try_fold(0, |sum, found| Ok(sum + found?.len() as u64))?;
                        Ok((first, moves, snapshot.blocks(None, 1)?[0].height))
                    });
                    let (first, moves, last) = answer.value;
                    assert_eq!((first, last), (answer.height, answer.height));
                    assert_eq!(moves, 3 * (answer.height + 1));
                }
            });
        }
        for part in blocks[1..].chunks(2) {
            projector.apply(part).unwrap();
            projector.tidy().unwrap();
        }
        finished.store(true, Ordering::Relaxed);
    });
}

/// Closes the writer last, which moves everything into the one file; returns its path.
fn closed(model: ReadModel, projector: Projector) -> PathBuf {
    let path = model.path().to_path_buf();
    drop(model);
    drop(projector);
    path
}

#[test]
fn a_file_that_is_no_database_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = {
        let (model, mut projector) = open(folder.path());
        projector.apply(&many(5)).unwrap();
        closed(model, projector)
    };
    std::fs::write(&path, vec![0x41; 8_192]).unwrap();
    let error = ReadModel::open(folder.path(), toys(), Settings::default())
        .err()
        .unwrap();
    assert!(matches!(error, ReadModelError::Damaged { .. }), "{error}");
    assert!(error.needs_reindex());
    let text = error.to_string();
    assert!(
        text.contains("000001.db") && text.contains("convoy node reindex"),
        "{text}"
    );
    discard(folder.path()).unwrap();
    let (model, mut projector) = open(folder.path());
    projector.apply(&many(5)).unwrap();
    assert_eq!(model.height(&Compartment::common()).unwrap(), Some(4));
}

#[test]
fn a_flipped_bit_in_an_event_or_a_statement_is_found_when_it_is_read() {
    let signer = b"t7>s3";
    let id = statement_id("common", 2, 1).0.0;
    for (needle, what) in [
        (&signer[..], "event 1 of block 2"),
        (&id[..], "statement 1 of block 2"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = {
            let (model, mut projector) = open(folder.path());
            projector.apply(&many(4)).unwrap();
            closed(model, projector)
        };
        let mut file = std::fs::read(&path).unwrap();
        let at = file
            .windows(needle.len())
            .position(|part| part == needle)
            .unwrap();
        file[at + 4] ^= 1;
        std::fs::write(&path, file).unwrap();
        let (model, projector) = open(folder.path());
        let error = model
            .read(&Compartment::common(), |snapshot| snapshot.feed(None, 100))
            .unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ReadModelError::Damaged { .. }), "{text}");
        assert!(text.contains(what) && text.contains("000001.db"), "{text}");
        drop((model, projector));
        let again = ReadModel::open(folder.path(), toys(), Settings::default());
        assert_eq!(
            again.err().unwrap().to_string(),
            text,
            "it is not trusted again"
        );
        discard(folder.path()).unwrap();
        open(folder.path());
    }
}

#[test]
fn only_one_process_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (_model, projector) = open(folder.path());
    let again = || ReadModel::open(folder.path(), toys(), Settings::default()).err();
    assert!(matches!(again(), Some(ReadModelError::InUse { .. })));
    drop(projector);
    assert!(again().is_none());
}

#[test]
fn tables_of_another_version_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let newer: Vec<Box<dyn Projection>> = vec![Box::new(Toy { version: 2 })];
    let error = ReadModel::open(folder.path(), newer, Settings::default())
        .err()
        .unwrap();
    assert!(
        matches!(error, ReadModelError::OtherSchema { .. }),
        "{error}"
    );
    assert!(error.needs_reindex());
}
