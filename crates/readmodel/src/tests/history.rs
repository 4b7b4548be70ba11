//! What was projected is found again, in order and completely.

use super::*;
use crate::{Cursor, FeedEntry, ReadModelError};
use std::sync::mpsc::sync_channel;

#[test]
fn a_statement_is_located_with_its_log_index_and_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let mut second = block(1, &[("a", "x"), ("b", "x"), ("a", "y"), ("c", "y")]);
    second.statements[1].outcome = 12;
    second.statements[2].outcome = 207;
    second.statements[2].member = None;
    second.events.truncate(1);
    projector.apply(&[block(0, &[]), second]).unwrap();
    let found = ask(&model, |snapshot| {
        snapshot.statement(&statement_id("common", 1, 2))
    });
    assert_eq!(found.height, 1);
    let found = found.value.unwrap();
    assert_eq!((found.height, found.index, found.log_index), (1, 2, 104));
    let leaves = ask(&model, |snapshot| {
        let block = snapshot.block(1)?.unwrap();
        snapshot.statements(&block, 0, 9)
    });
    // The accepted statements 0 and 3 have the first leaves, the refused ones the next.
    let leaves: Vec<u64> = leaves.value.iter().map(|found| found.log_index).collect();
    assert_eq!(leaves, [101, 103, 104, 102]);
    assert_eq!(
        (found.outcome, found.member, found.time_ms),
        (207, None, 1_000)
    );
    assert_eq!(found.signer, "did:web:est.example:people:7f3a");
    let absent = ask(&model, |snapshot| {
        snapshot.statement(&statement_id("common", 9, 9))
    });
    assert_eq!(absent.value, None);
}

#[test]
fn history_is_in_order_through_merged_and_unmerged_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let blocks = many(600);
    let expected: Vec<String> = blocks
        .iter()
        .flat_map(|block| {
            (0..)
                .zip(&block.events)
                .map(|(at, event)| (block.height, at, event))
        })
        .filter(|(_, _, event)| event.body.starts_with(b"t4>"))
        .map(|(height, at, event)| {
            format!("{height}.{at} {}", String::from_utf8_lossy(&event.body))
        })
        .collect();
    assert_eq!(expected.len(), 200);
    let mut steps = 0;
    for part in blocks.chunks(7) {
        projector.apply(part).unwrap();
        // One step now and then leaves merges unfinished between transactions.
        steps += usize::from(projector.tidy().unwrap());
        let upto = part.last().unwrap().height;
        let so_far = expected
            .iter()
            .take_while(|text| text.split('.').next().unwrap().parse::<u64>().unwrap() <= upto);
        let found = ask(&model, |snapshot| {
            moves_of(snapshot, "t4", Order::OldestFirst)
        })
        .value;
        assert_eq!(found, so_far.cloned().collect::<Vec<_>>(), "at {upto}");
    }
    assert!(steps > 40, "{steps}");
    while projector.tidy().unwrap() {}
    let mut newest = ask(&model, |snapshot| {
        moves_of(snapshot, "t4", Order::NewestFirst)
    })
    .value;
    newest.reverse();
    assert_eq!(newest, expected);
    let runs = ask(&model, |snapshot| {
        snapshot.rows("SELECT COUNT(*), MAX(level) FROM run", &[], |row| {
            Ok((row.integer(0)?, row.integer(1)?))
        })
    });
    assert!(
        runs.value[0].0 < 16 && runs.value[0].1 >= 2,
        "{:?}",
        runs.value
    );
    model.examine().unwrap();
}

#[test]
fn positions_after_a_cursor_are_exactly_the_later_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    projector.apply(&many(90)).unwrap();
    let found = ask(&model, |snapshot| {
        let all = moves_of(snapshot, "t2", Order::OldestFirst)?;
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let mut page = Vec::new();
            snapshot.postings("thing", b"t2", after, Order::OldestFirst, &mut |position| {
                page.push(position);
                Ok(if page.len() == 4 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                })
            })?;
            after = page.last().copied().or(after);
            if page.is_empty() {
                break;
            }
            pages.extend(
                page.iter()
                    .map(|p| format!("{}.{}", p.height(), p.ordinal())),
            );
        }
        Ok((all, pages))
    });
    let (all, pages) = found.value;
    let starts: Vec<&str> = all
        .iter()
        .map(|text| text.split(' ').next().unwrap())
        .collect();
    assert_eq!(starts, pages);
}

#[test]
fn the_feed_resumes_at_any_cursor_without_loss_or_repetition() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let mut blocks = many(6);
    blocks[3].statements.clear();
    blocks[3].events.clear();
    blocks[4].events[1].statement = None;
    projector.apply(&blocks).unwrap();
    let whole = ask(&model, |snapshot| snapshot.feed(None, 1_000)).value;
    assert_eq!(whole.len(), 5 * 7 + 1);
    assert!(matches!(whole[6].entry, FeedEntry::Block(_)));
    assert!(whole.windows(2).all(|pair| pair[0].cursor < pair[1].cursor));
    for limit in 1..=9 {
        let (mut told, mut after): (Vec<_>, Option<Cursor>) = (Vec::new(), None);
        loop {
            let page = ask(&model, |snapshot| snapshot.feed(after, limit)).value;
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(last.cursor);
            told.extend(page);
        }
        assert_eq!(told, whole, "limit {limit}");
    }
}

#[test]
fn compartments_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    for height in 0..40 {
        projector
            .apply(&[
                block_of("common", height, &[("a", "x")]),
                block_of("joint-task", height + 5, &[("a", "y"), ("a", "z")]),
            ])
            .unwrap();
        projector.tidy().unwrap();
    }
    let common = ask(&model, |snapshot| {
        moves_of(snapshot, "a", Order::OldestFirst)
    });
    assert_eq!((common.height, common.value.len()), (39, 40));
    assert!(common.value.iter().all(|text| text.ends_with("a>x")));
    let task = Compartment::new("joint-task").unwrap();
    let secret = model
        .read(&task, |snapshot| {
            assert_eq!(snapshot.first_height(), 5);
            assert_eq!(snapshot.statement(&statement_id("common", 3, 0))?, None);
            assert!(
                snapshot
                    .statement(&statement_id("joint-task", 9, 1))?
                    .is_some()
            );
            moves_of(snapshot, "a", Order::NewestFirst)
        })
        .unwrap();
    assert_eq!((secret.height, secret.value.len()), (44, 80));
    assert_eq!(secret.value[0], "44.1 a>z");
    let error = model
        .read(&Compartment::new("other").unwrap(), |_| Ok(()))
        .unwrap_err();
    assert!(matches!(
        error,
        ReadModelError::Question {
            field: "compartment",
            ..
        }
    ));
}

#[test]
fn the_thread_applies_what_is_sent_and_settles_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let (sender, receiver) = sync_channel(8);
    let heights = std::thread::scope(|scope| {
        let thread = scope.spawn(move || {
            let mut heights = Vec::new();
            projector
                .run(&receiver, &mut |_, height| heights.push(height))
                .unwrap();
            heights
        });
        for block in many(400) {
            sender.send(block).unwrap();
        }
        drop(sender);
        thread.join().unwrap()
    });
    assert_eq!(heights, (0..400).collect::<Vec<_>>());
    assert_eq!(model.height(&Compartment::common()).unwrap(), Some(399));
}

#[test]
fn blocks_are_listed_from_a_height_or_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    projector.apply(&many(30)[10..]).unwrap();
    let heights = |from, limit| {
        let blocks = ask(&model, |snapshot| snapshot.blocks(from, limit)).value;
        blocks.iter().map(|block| block.height).collect::<Vec<_>>()
    };
    assert_eq!(heights(None, 3), [27, 28, 29]);
    assert_eq!(heights(Some(12), 2), [12, 13]);
    assert_eq!(heights(Some(0), 2), [10, 11]);
    assert_eq!(heights(Some(30), 2), [] as [u64; 0]);
    let one = ask(&model, |snapshot| snapshot.block(11)).value.unwrap();
    assert_eq!(
        (one.statements, one.accepted, one.events, one.bytes),
        (3, 3, 3, 900)
    );
    let early = model.read(&Compartment::common(), |snapshot| {
        snapshot.feed(Some("3.0".parse()?), 5)
    });
    assert!(
        early
            .unwrap_err()
            .to_string()
            .contains("history starts at 10")
    );
}
