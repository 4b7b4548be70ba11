//! Transformations and transactions: what is used up and made, lots split and merged, documents.

use super::{super::reject::*, *};
use convoy_types::epcis::BizTransaction;

/// Of one trade item, as lots of 9521101.055600 are.
fn sub_lot(number: u32) -> Epc {
    epc(&format!("urn:epc:class:lgtin:9521101.055600.S{number}"))
}

/// A lot of another trade item.
fn powder() -> Epc {
    epc("urn:epc:class:lgtin:9521101.077700.P1")
}

fn kilograms(class: Epc, text: &str) -> QuantityElement {
    QuantityElement {
        class,
        quantity: Some(Decimal::parse(text).unwrap()),
        uom: Some("KGM".into()),
    }
}

fn make(minute: u64, inputs: &[QuantityElement], outputs: &[QuantityElement]) -> Told {
    let mut told = Told::object(Does::Add, minute, &[]);
    told.0.kind = EventKind::Transformation;
    told.0.action = None;
    told.0.quantities = inputs.to_vec();
    let more = told.0.more.get_or_insert_with(Box::<More>::default);
    more.output_quantities = outputs.to_vec();
    told
}

impl Told {
    fn uses(mut self, epcs: &[Epc]) -> Self {
        self.0.epcs = epcs.to_vec();
        self
    }
    fn makes(mut self, epcs: &[Epc]) -> Self {
        let more = self.0.more.get_or_insert_with(Box::<More>::default);
        more.output_epcs = epcs.to_vec();
        self
    }
    fn of(mut self, id: &str) -> Self {
        let more = self.0.more.get_or_insert_with(Box::<More>::default);
        more.transformation_id = Some(epc(id));
        self
    }
}

const BATCH: &str = "urn:epc:id:gdti:9521101.00010.77";

#[test]
fn inputs_are_used_up_and_outputs_belong_to_who_made_them() {
    let mut world = World::new();
    accept(
        &mut world,
        "parts",
        &add(0, &[part(1), part(2)]).amounts(&[kilograms(powder(), "10")]),
    );
    let told = make(1, &[kilograms(powder(), "2.5")], &[each(lot(1), 100)])
        .uses(&[part(1)])
        .makes(&[part(11)])
        .at(6)
        .disposition(Disposition::Active);
    accept(&mut world, "parts", &told);
    assert_eq!(object(&world, &part(1)).life, Life::Ended);
    let made = object(&world, &part(11));
    assert_eq!(
        (
            made.owner.as_str(),
            made.custodian.as_str(),
            made.place,
            made.life
        ),
        ("parts", "parts", Some(place(6)), Life::Active)
    );
    assert_eq!(made.disposition, Some(Disposition::Active));
    assert_eq!(
        object(&world, &part(1)).disposition,
        None,
        "the condition is that of the outputs"
    );
    assert_eq!(amount(&world, &powder(), &loose("parts")), "7.5");
    assert_eq!(amount(&world, &lot(1), &loose("parts")), "100");
    refuse(
        &mut world,
        "parts",
        &make(2, &[], &[]).uses(&[part(1)]).makes(&[part(12)]),
        ENDED,
    );
    refuse(
        &mut world,
        "parts",
        &make(2, &[], &[]).uses(&[part(2)]).makes(&[part(11)]),
        ALREADY_COMMISSIONED,
    );
    let too_much = make(2, &[kilograms(powder(), "7.501")], &[each(lot(1), 1)]);
    refuse(&mut world, "parts", &too_much, BELOW_ZERO);
    hand_over(&mut world, "parts", "est", &[part(2)]);
    refuse(
        &mut world,
        "est",
        &make(3, &[], &[]).uses(&[part(2)]).makes(&[part(13)]),
        NOT_OWNER,
    );
}

#[test]
fn lots_are_split_and_merged_without_gain_or_loss_in_fractions_too() {
    let mut world = World::new();
    let whole = |text| kilograms(sub_lot(0), text);
    accept(&mut world, "est", &add(0, &[]).amounts(&[whole("10.125")]));
    let halves = |one, two| [kilograms(sub_lot(1), one), kilograms(sub_lot(2), two)];
    refuse(
        &mut world,
        "est",
        &make(1, &[whole("10.125")], &halves("5", "5.126")),
        NOT_CONSERVED,
    );
    refuse(
        &mut world,
        "est",
        &make(1, &[whole("10.125")], &halves("5", "5.124")),
        NOT_CONSERVED,
    );
    accept(
        &mut world,
        "est",
        &make(1, &[whole("10.125")], &halves("5.0625", "5.0625")),
    );
    assert_eq!(amount(&world, &sub_lot(0), &loose("est")), "0");
    accept(
        &mut world,
        "est",
        &make(2, &halves("5.0625", "1"), &[whole("6.0625")]),
    );
    assert_eq!(amount(&world, &sub_lot(0), &loose("est")), "6.0625");
    assert_eq!(amount(&world, &sub_lot(2), &loose("est")), "4.0625");
    // Another trade item has another unit of account: nothing to conserve there.
    accept(
        &mut world,
        "est",
        &make(3, &[whole("1")], &[each(powder(), 500)]),
    );
}

#[test]
fn a_production_of_several_events_is_one_members_and_makes_no_more_than_it_used() {
    let mut world = World::new();
    let whole = |text| kilograms(sub_lot(0), text);
    let made = |n, text| kilograms(sub_lot(n), text);
    accept(&mut world, "est", &add(0, &[]).amounts(&[whole("10")]));
    accept(
        &mut world,
        "est",
        &make(1, &[whole("6")], &[]).of(BATCH).id(1),
    );
    accept(
        &mut world,
        "est",
        &make(1, &[], &[made(1, "4.5")]).of(BATCH).id(2),
    );
    refuse(
        &mut world,
        "est",
        &make(2, &[], &[made(2, "1.6")]).of(BATCH),
        NOT_CONSERVED,
    );
    refuse(
        &mut world,
        "fra",
        &make(2, &[], &[made(2, "1")]).of(BATCH),
        NOT_PARTY,
    );
    accept(
        &mut world,
        "est",
        &make(2, &[], &[made(2, "1.5")]).of(BATCH),
    );
    let used = make(1, &[whole("6")], &[]).of(BATCH).id(1).wrong(&world);
    refuse(&mut world, "est", &used, BUILT_UPON);
    let record: Transformation = world.read(facts::transformation_key(&epc(BATCH))).unwrap();
    assert_eq!(
        (record.events, record.used, record.made),
        (
            3,
            Decimal::parse("6").unwrap(),
            Decimal::parse("6").unwrap()
        )
    );
}

#[test]
fn a_wrong_transformation_gives_back_what_it_used() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1)]).amounts(&[each(lot(1), 8)]),
    );
    let wrong = make(1, &[each(lot(1), 5)], &[each(powder(), 2)])
        .uses(&[part(1)])
        .makes(&[part(2)])
        .id(1);
    accept(&mut world, "est", &wrong);
    accept(&mut world, "est", &see(2, &[part(2)]).id(2));
    let declaration = wrong.clone().wrong(&world);
    refuse(&mut world, "est", &declaration, BUILT_UPON);
    refuse(&mut world, "fra", &declaration, NOT_RECORDER);
    let seen = see(2, &[part(2)]).id(2).wrong(&world);
    accept(&mut world, "est", &seen);
    let other = make(1, &[each(lot(1), 5)], &[each(powder(), 3)])
        .uses(&[part(1)])
        .makes(&[part(2)])
        .id(1);
    let other = other.wrong(&world);
    refuse(&mut world, "est", &other, OTHER_CONTENT);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).life, Life::Active);
    assert_eq!(object(&world, &part(2)).life, Life::Void);
    assert_eq!(amount(&world, &lot(1), &loose("est")), "8");
    assert_eq!(amount(&world, &powder(), &loose("est")), "0");
    accept(&mut world, "est", &see(3, &[part(1)]));
}

#[test]
fn what_is_made_is_named_once_and_well() {
    let mut world = World::new();
    let both = make(0, &[], &[]).uses(&[part(1)]).makes(&[part(1)]);
    refuse(&mut world, "est", &both, MALFORMED_FIELD);
    refuse(
        &mut world,
        "est",
        &make(0, &[], &[]).uses(&[part(1)]),
        MALFORMED_FIELD,
    );
    refuse(
        &mut world,
        "est",
        &make(0, &[], &[each(lot(1), 1)]),
        MALFORMED_FIELD,
    );
    let unknown = QuantityElement {
        quantity: None,
        ..each(lot(1), 1)
    };
    let vague = make(0, &[], &[unknown]).uses(&[part(1)]);
    refuse(&mut world, "est", &vague, AMOUNT_NEEDED);
    let ghost = epc("https://id.gs1.org/01/09521101120017/21/X");
    refuse(
        &mut world,
        "est",
        &make(0, &[], &[]).uses(&[part(1)]).makes(&[ghost]),
        SUSPECT_IDENTIFIER,
    );
}

fn transaction(does: Does, minute: u64, epcs: &[Epc], document: &str) -> Told {
    let mut told = Told::object(does, minute, epcs);
    told.0.kind = EventKind::Transaction;
    let more = told.0.more.get_or_insert_with(Box::<More>::default);
    more.biz_transactions = vec![BizTransaction {
        kind: None,
        id: epc(document),
    }];
    told
}

const ORDER: &str = "urn:epcglobal:cbv:bt:9521101000008:PO-7";

#[test]
fn documents_are_tied_by_who_has_the_goods_and_change_nothing_else() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), case(1)]).amounts(&[each(lot(1), 5)]),
    );
    let mut tied = transaction(Does::Add, 1, &[part(1)], ORDER)
        .at(3)
        .amounts(&[each(lot(1), 5)]);
    tied.0.parent = Some(case(1));
    accept(&mut world, "est", &tied);
    let now = object(&world, &part(1));
    assert_eq!(
        (now.parent, now.place, now.life),
        (None, Some(place(3)), Life::Active)
    );
    assert_eq!(amount(&world, &lot(1), &loose("est")), "5");
    refuse(
        &mut world,
        "fra",
        &transaction(Does::Observe, 2, &[part(1)], ORDER),
        NOT_CUSTODIAN,
    );
    accept(
        &mut world,
        "est",
        &transaction(Does::Delete, 2, &[part(1)], ORDER),
    );
    assert_eq!(
        object(&world, &part(1)).life,
        Life::Active,
        "untied, not ended"
    );
    accept(&mut world, "est", &transaction(Does::Delete, 3, &[], ORDER));
    let mut bare = transaction(Does::Add, 3, &[part(1)], ORDER);
    bare.0.more = None;
    refuse(&mut world, "est", &bare, MALFORMED_FIELD);
    let declaration = tied.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).place, Some(place(1)));
}
