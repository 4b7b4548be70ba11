//! What a signer signed since a time is found, all of it and nothing else.

use super::*;

const SIGNER: &str = "did:web:est.example:people:7f3a";

#[test]
fn what_a_signer_signed_since_a_time_is_found_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mut projector) = open(folder.path());
    let mut blocks: Vec<_> = (0..6)
        .map(|height| block(height, &[("a", "x"), ("b", "y"), ("c", "z")]))
        .collect();
    blocks[4].statements[1].signer = Did::new("did:web:est.example:people:else").unwrap();
    projector.apply(&blocks).unwrap();
    let asked = |signer: &'static str, since_ms, from, limit| {
        ask(&model, move |snapshot| {
            snapshot.signed(signer, since_ms, from, limit)
        })
        .value
    };
    let since = blocks[3].time_ms;
    let all = asked(SIGNER, since, None, 100);
    let places: Vec<_> = all
        .statements
        .iter()
        .map(|one| (one.height, one.index))
        .collect();
    assert_eq!(
        places,
        [
            (3, 0),
            (3, 1),
            (3, 2),
            (4, 0),
            (4, 2),
            (5, 0),
            (5, 1),
            (5, 2)
        ]
    );
    assert_eq!(all.next, None);
    assert_eq!(asked(SIGNER, since + 1, None, 100).statements.len(), 5);
    assert_eq!(asked(SIGNER, u64::MAX, None, 100).statements, []);

    let first = asked(SIGNER, since, None, 2);
    assert_eq!((first.statements.len(), first.next), (3, Some(4)));
    let second = asked(SIGNER, since, first.next, 2);
    assert_eq!((second.statements.len(), second.next), (2, Some(5)));
    let third = asked(SIGNER, since, second.next, 2);
    assert_eq!((third.statements.len(), third.next), (3, None));

    let other = asked("did:web:est.example:people:else", 0, None, 100);
    assert_eq!(other.statements.len(), 1);
}
