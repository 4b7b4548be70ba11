//! A rebuilt read model equals the old one, takes over at once, and can be stopped anywhere.

use super::*;
use crate::{Rebuild, RebuildProgress};

fn fetch(height: u64) -> Result<ProjectedBlock, String> {
    many(height + 1).pop().ok_or_else(|| "missing".to_owned())
}

fn rebuild(folder: &Path) -> Rebuild {
    Rebuild::open(folder, &mut toys, Settings::default()).unwrap()
}

#[test]
fn a_rebuilt_read_model_is_the_same_and_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let before = {
        let (model, mut projector) = open(folder.path());
        projector.apply(&many(60)).unwrap();
        everything(&model)
    };
    let mut told = Vec::new();
    let mut rebuild = rebuild(folder.path());
    rebuild
        .run(
            &Compartment::common(),
            (0, 59),
            &mut fetch,
            &mut |progress| told.push(progress),
        )
        .unwrap();
    rebuild.finish().unwrap();
    assert_eq!(
        told.last(),
        Some(&RebuildProgress {
            height: 59,
            tip: 59
        })
    );
    let (model, _projector) = open(folder.path());
    assert!(model.path().ends_with("000002.db"));
    assert_eq!(everything(&model), before);
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("000002.db"))
        .collect();
    names.sort();
    assert_eq!(names, ["lock"]);
}

#[test]
fn a_rebuild_stopped_midway_goes_on_and_until_then_the_old_one_answers() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    projector.apply(&many(40)).unwrap();
    let before = everything(&model);
    drop((model, projector));

    let mut first = rebuild(folder.path());
    let stop = first.run(
        &Compartment::common(),
        (0, 39),
        &mut |height| {
            if height < 25 {
                fetch(height)
            } else {
                Err("the disk is away".into())
            }
        },
        &mut |_| {},
    );
    assert!(
        stop.unwrap_err()
            .to_string()
            .contains("block 25: the disk is away")
    );
    first
        .run(&Compartment::common(), (0, 17), &mut fetch, &mut |_| {})
        .unwrap();
    drop(first);

    let (model, projector) = open(folder.path());
    assert_eq!(everything(&model), before);
    drop((model, projector));

    let mut second = rebuild(folder.path());
    assert_eq!(second.next_height(&Compartment::common(), 0), 18);
    let mut asked = Vec::new();
    second
        .run(
            &Compartment::common(),
            (0, 39),
            &mut |height| {
                asked.push(height);
                fetch(height)
            },
            &mut |_| {},
        )
        .unwrap();
    second.finish().unwrap();
    assert_eq!(asked, (18..40).collect::<Vec<_>>());
    assert_eq!(everything(&open(folder.path()).0), before);
}

#[test]
fn a_model_in_use_answers_while_another_is_built_beside_it_and_takes_over_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    crate::reindex::request(folder.path()).unwrap();
    let (model, mut projector) = open(folder.path());
    projector.apply(&many(40)).unwrap();
    let asked = crate::reindex::request(folder.path());
    assert!(matches!(asked, Err(crate::ReadModelError::InUse { .. })));
    assert!(crate::reindex::is_wanted(folder.path()));
    let beside = || Rebuild::open_beside(folder.path(), &mut toys, Settings::default()).unwrap();
    let common = Compartment::common();
    let mut first = beside();
    first
        .run(&common, (0, 20), &mut fetch, &mut |_| {})
        .unwrap();
    drop(first);
    let mut second = beside();
    assert_eq!(second.next_height(&common, 0), 21);
    second
        .run(&common, (0, 39), &mut fetch, &mut |_| {})
        .unwrap();
    let before = everything(&model);
    drop(second.finish_beside().unwrap());
    assert!(!crate::reindex::is_wanted(folder.path()));
    projector.apply(&many(45)).unwrap();
    assert_ne!(everything(&model), before);
    assert!(model.path().ends_with("000001.db"));
    drop((model, projector));
    let (model, mut projector) = open(folder.path());
    assert!(model.path().ends_with("000002.db"));
    assert_eq!(everything(&model), before);
    projector.apply(&many(45)).unwrap();
}
