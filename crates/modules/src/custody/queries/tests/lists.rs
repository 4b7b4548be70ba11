//! Handovers, cases, events, members, the feed; and that projecting again gives the same.

use super::{super::super::projection::Plain, *};

#[test]
fn handovers_are_listed_by_state_and_member_page_by_page() {
    let mut watched = Watched::new();
    let parts: Vec<Epc> = (1..=6).map(part).collect();
    watched.tell("est", &add(0, &parts).amounts(&[each(lot(1), 10)]));
    let ids: Vec<HandoverId> = parts
        .iter()
        .map(|part| watched.offer("est", offer("fra", std::slice::from_ref(part))))
        .collect();
    let with_lot = Offer {
        portions: vec![portion(lot(1), 4)],
        ..offer("parts", &[])
    };
    let other = watched.offer("est", with_lot);
    let reason = "the seal is broken".to_owned();
    watched.act(
        "fra",
        Action::AcceptHandover {
            handover: ids[1],
            time: None,
            discrepancies: Vec::new(),
        },
    );
    watched.act(
        "fra",
        Action::RefuseHandover {
            handover: ids[3],
            reason: reason.clone(),
            time: None,
        },
    );
    let list = |state, member_name: Option<&str>| {
        let query = HandoverQuery {
            state,
            member: member_name.map(member),
            limit: 100,
            before: None,
        };
        let page = watched.ask(|snapshot| handovers(snapshot, &query)).value;
        assert_eq!(page.next, None);
        page.handovers
            .into_iter()
            .map(|view| view.handover)
            .collect::<Vec<_>>()
    };
    let names = |places: &[usize]| {
        places
            .iter()
            .map(|at| ids[*at].to_string())
            .collect::<Vec<_>>()
    };
    let open = Some(HandoverState::Open);
    assert_eq!(list(open, Some("fra")), names(&[5, 4, 2, 0]));
    assert_eq!(list(open, Some("parts")), [other.to_string()]);
    assert_eq!(list(open, None).len(), 5);
    assert_eq!(list(Some(HandoverState::Accepted), None), names(&[1]));
    assert_eq!(list(None, Some("est")).len(), 7);
    assert_eq!(list(None, Some("nobody")), [] as [String; 0]);
    let mut query = HandoverQuery {
        state: open,
        limit: 2,
        ..Default::default()
    };
    let mut paged = Vec::new();
    loop {
        let page = watched.ask(|snapshot| handovers(snapshot, &query)).value;
        paged.extend(page.handovers.into_iter().map(|view| view.handover));
        query.before = page.next;
        if query.before.is_none() {
            break;
        }
    }
    assert_eq!(paged, list(open, None));
    let refused = watched
        .ask(|snapshot| handover(snapshot, ids[3]))
        .value
        .unwrap();
    assert_eq!((&*refused.state, refused.reason), ("refused", reason));
    assert_eq!(refused.ended.unwrap().member.as_deref(), Some("fra"));
    let lots = watched
        .ask(|snapshot| handover(snapshot, other))
        .value
        .unwrap();
    assert_eq!(lots.portions[0].quantity, "4 EA");
}

#[test]
fn cases_are_listed_while_open_and_keep_their_end() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1), part(2)]));
    let mut report = |number: u32| {
        let loss = LossReport {
            objects: vec![part(number)],
            portions: Vec::new(),
            circumstances: "not in its crate".into(),
            time: None,
        };
        let statement = watched.act("est", Action::ReportLoss(loss));
        facts::case_id(&statement.id(), 0)
    };
    let (first, second) = (report(1), report(2));
    let close = Action::CloseCase {
        case: first,
        finding: Finding::WrittenOff,
        account: "went over board".into(),
        time: None,
    };
    watched.act("est", close);
    let list = |state| {
        let query = CaseQuery {
            state,
            limit: 10,
            ..Default::default()
        };
        watched.ask(|snapshot| cases(snapshot, &query)).value.cases
    };
    let open = list(Some(CaseState::Open));
    assert_eq!((open.len(), &open[0].case), (1, &second.to_string()));
    assert_eq!((open[0].missing, open[0].changed.clone()), (1, None));
    let closed = list(Some(CaseState::WrittenOff));
    assert_eq!((closed.len(), &*closed[0].account), (1, "went over board"));
    assert_eq!(
        watched.ask(|snapshot| case(snapshot, first)).value.as_ref(),
        closed.first()
    );
    assert_eq!(list(None).len(), 2);
    let trace = watched.trace(&part(2));
    assert_eq!(
        trace.now.as_ref().unwrap().hold.as_ref().unwrap().id,
        second.to_string()
    );
    assert_eq!(trace.history[1].note.as_deref(), Some("not in its crate"));
    let written_off = watched.trace(&part(1)).now.unwrap();
    assert_eq!((&*written_off.life, written_off.hold), ("ended", None));
}

#[test]
fn events_are_found_by_object_and_claimed_time_and_paged_without_loss() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1), part(2)]));
    for at in 1..=8 {
        let which = part(1 + at % 2);
        watched.tell("est", &see(u64::from(at), &[which]).at(at));
    }
    watched.tell("est", &see(2, &[part(1)]).at(9));
    let find = |epc: Option<Epc>, from: u64, to: u64, limit: usize| {
        let (from_ms, to_ms) = (Some(millis(from)), Some(millis(to)));
        let mut query = EventQuery {
            epc,
            from_ms,
            to_ms,
            limit,
            after: None,
        };
        let mut found = Vec::new();
        loop {
            let page = watched
                .ask(|snapshot| captured_events(snapshot, &query))
                .value;
            assert!(page.events.len() <= limit);
            let place =
                |event: CapturedEvent| short(&event.event.biz_location.unwrap().to_string());
            found.extend(page.events.into_iter().map(place));
            query.after = page.next;
            if query.after.is_none() {
                return found;
            }
        }
    };
    for limit in [1, 2, 3, 100] {
        assert_eq!(
            find(None, 2, 5, limit),
            ["place2", "place3", "place4", "place9"]
        );
        assert_eq!(
            find(Some(part(1)), 0, 60, limit),
            ["place1", "place2", "place4", "place6", "place8", "place9"]
        );
        assert_eq!(find(Some(part(1)), 3, 7, limit), ["place4", "place6"]);
        assert_eq!(find(Some(part(9)), 0, 60, limit), [] as [String; 0]);
    }
}

#[test]
fn members_and_signers_are_as_the_founding_made_them() {
    let watched = Watched::new();
    let list = watched.ask(membership::members).value.members;
    let names: Vec<&str> = list.iter().map(|member| &*member.member).collect();
    assert_eq!(names, ["audit", "est", "fra", "parts"]);
    assert_eq!(
        (&*list[1].kind, &*list[1].status, list[1].signers),
        ("nation", "active", 3)
    );
    assert!(list[1].founding && !list[3].founding);
    let signer = watched.ask(|snapshot| membership::signer(snapshot, &did("est-scanner")));
    let signer = signer.value.unwrap();
    assert_eq!(
        (&*signer.member, &*signer.kind, signer.roles),
        ("est", "device", vec!["scanner".to_owned()])
    );
    let key = key(convoy_types::cose::Algorithm::Ed25519, "est-scanner");
    assert_eq!(signer.keys[0].key.key_id, key.public().key_id().to_string());
    let page = |after: Option<&str>| {
        let after = after.map(did);
        watched
            .ask(|snapshot| membership::signers(snapshot, &member("est"), after.as_ref(), 2))
            .value
    };
    let first = page(None);
    assert_eq!(
        (first.signers.len(), first.next.as_deref()),
        (2, Some("did:web:test:est-admin"))
    );
    let last = page(Some("est-admin"));
    assert_eq!((last.signers.len(), last.next), (1, None));
}

#[test]
fn the_feed_tells_of_handovers_and_cases() {
    let watched = journey();
    let feed = watched.ask(|snapshot| snapshot.feed(None, 1_000)).value;
    let notices: Vec<Notice> = feed
        .iter()
        .filter_map(|item| match &item.entry {
            FeedEntry::Event { event, .. } => notice(event).unwrap(),
            _ => None,
        })
        .collect();
    let states: Vec<&str> = notices.iter().map(|notice| &*notice.state).collect();
    assert_eq!(states, ["open", "accepted"]);
    assert_eq!(
        (&*notices[1].member, notices[1].to.as_deref()),
        ("parts", Some("est"))
    );
}

/// Everything that is asked of the journey, as text.
fn everything(model: &ReadModel) -> String {
    let common = Compartment::common();
    let answer = model.read(&common, |snapshot| {
        let mut all = format!("{:?}", membership::members(snapshot)?);
        for object in [part(1), part(2), box_(1), box_(2)] {
            all += &format!("{:#?}", trace(snapshot, &object)?);
        }
        let query = HandoverQuery {
            limit: 10,
            ..Default::default()
        };
        let events = EventQuery {
            limit: 100,
            ..Default::default()
        };
        all += &format!("{:?}", handovers(snapshot, &query)?);
        Ok(all + &format!("{:?}", captured_events(snapshot, &events)?))
    });
    let answer = answer.unwrap();
    format!("{} {}", answer.height, answer.value)
}

#[test]
fn blocks_projected_at_once_or_again_from_bare_statements_give_the_same_answers() {
    let mut watched = journey();
    let wrong = see(6, &[box_(2)]).at(8).id(1);
    watched.tell("est", &wrong);
    watched.tell("est", &wrong.clone().wrong(&watched.world));
    watched.wait(60_000);
    let expected = everything(&watched.model);
    let (model, mut projector, _folder) = read_model();
    projector.apply(&watched.blocks).unwrap();
    assert_eq!(everything(&model), expected);
    let (model, mut projector, _folder) = read_model();
    let mut bare = watched.blocks.clone();
    for statement in bare.iter_mut().flat_map(|block| &mut block.statements) {
        let known = statement.prepared.take().unwrap();
        let prepared = known.downcast::<convoy_ledger::Prepared>().unwrap();
        statement.prepared = Some(Arc::new(prepared.statement.clone()));
    }
    for block in bare {
        projector.apply(std::slice::from_ref(&block)).unwrap();
        projector.apply(&[block]).unwrap();
    }
    assert_eq!(everything(&model), expected);
}

#[test]
fn the_short_reading_of_an_event_finds_what_the_full_one_does() {
    let mut watched = journey();
    watched.tell("est", &add(5, &[part(7)]).amounts(&[each(lot(1), 4)]));
    let urn = Epc::parse("urn:uuid:6f1d3c1e-0000-4000-8000-000000000001").unwrap();
    watched.tell("est", &add(5, &[urn, part(8)]));
    let bodies = watched.blocks.iter().flat_map(|block| &block.events);
    let bodies: Vec<&[u8]> = bodies
        .filter(|event| event.module == NAME)
        .map(|event| &event.body[..])
        .collect();
    let mut plain = 0;
    for body in &bodies {
        let Event::Captured(full) = decoded(body).unwrap() else {
            assert_eq!(Plain::read(body), None);
            continue;
        };
        let Some(short) = Plain::read(body) else {
            assert!(!full.changes.holdings.is_empty());
            continue;
        };
        let groups = full.changes.objects.iter();
        let keys: Vec<&str> = groups
            .flat_map(|group| &group.objects)
            .map(Epc::key)
            .collect();
        assert_eq!(
            (short.event_time_ms, short.action),
            (full.event_time_ms, full.action)
        );
        assert_eq!(short.objects, keys);
        plain += 1;
        for end in 0..body.len() {
            assert_eq!(Plain::read(&body[..end]), None);
        }
    }
    assert_eq!((plain, bodies.len()), (6, 9));
}
