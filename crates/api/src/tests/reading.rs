//! What is kept from a reader is not there: two readers at one node, one cleared and one not, on every way that something labelled could leak.

use super::{
    harness::{bytes, json},
    scene::{
        ABSENT, DEPOT, OPEN, PACKED, SECRET, SECRET_ADDED, Scene, assert_silent, encoded, event,
        events_of, spoken, timeless,
    },
};
use axum::{
    body::Body,
    http::{StatusCode, header},
};
use convoy_modules::custody::facts::object_name;
use convoy_types::identifiers::Epc;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_object_is_answered_as_though_it_were_not_there() {
    let scene = Scene::start().await;
    for path in [
        "/v1/trace/{}",
        "/v1/epcis/epcs/{}",
        "/v1/modules/custody/trace?id={}",
        "/v1/modules/custody/contents?id={}",
        "/v1/objects/{}/contents",
        "/v1/events?epc={}",
        "/v1/epcis/events?MATCH_anyEPC={}",
        "/v1/epcis/epcs/{}/events",
    ] {
        let full = |id: &str| path.replace("{}", &encoded(id));
        scene.as_absent(full, SECRET, ABSENT).await;
    }
    let event = |id: &str| format!("/v1/epcis/events/{}", encoded(id));
    scene
        .as_absent(
            event,
            SECRET_ADDED,
            "urn:uuid:00000000-0000-4000-8000-000000009999",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_derived_tells_of_it() {
    let scene = Scene::start().await;
    let places = format!("/v1/places/{}/objects?contents=true", encoded(DEPOT));
    let paths = [
        places.as_str(),
        "/v1/places?near=59.437,24.7536,50",
        "/v1/stock",
        "/v1/stock?at=2026-05-01T12:00:00Z",
        "/v1/consignments",
        "/v1/search?q=7001",
        "/v1/search?q=zephyrine",
        "/v1/events",
        "/v1/epcis/events",
        "/v1/epcis/events?orderBy=eventTime",
        "/v1/epcis/events?EQ_bizStep=inspecting",
        "/v1/epcis/epcs",
        "/v1/epcis/bizSteps",
        "/v1/epcis/readPoints",
        "/v1/epcis/dispositions",
        "/v1/modules/policy/labels",
        "/v1/handovers",
        "/v1/cases",
        "/v1/blocks",
    ];
    let mut more: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    more.push(format!("/v1/trace/{}", encoded(PACKED)));
    more.push(format!("/v1/trace/{}", encoded(OPEN)));
    let paper = encoded("urn:epcglobal:cbv:bt:9521141111116:zephyrine");
    for path in &more {
        let (status, told) = scene.get(&scene.cleared, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
        for token in scene.blind() {
            let (status, told) = scene.get(token, path).await;
            assert_eq!(status, StatusCode::OK, "{path}: {told}");
            // What was asked for may stand in the answer; what was found may not.
            let told = told.to_string();
            assert_silent(&told, path);
        }
    }
    let path = format!("/v1/modules/custody/document?id={paper}");
    let (_, told) = scene.get(&scene.cleared, &path).await;
    assert_eq!(
        told["events"].as_array().map(Vec::len),
        Some(0),
        "an object event ties nothing"
    );
    let (_, seen) = scene
        .get(&scene.cleared, &format!("/v1/trace/{}", encoded(PACKED)))
        .await;
    assert_eq!(
        seen["now"]["packed_in"].as_array().map(Vec::len),
        Some(1),
        "{seen}"
    );
    let (_, open) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(PACKED)))
        .await;
    assert_eq!(open["now"]["packed_in"], json!([]), "{open}");
    assert_eq!(open["history"].as_array().map(Vec::len), Some(1), "{open}");
    assert!(open.get("withheld").is_none(), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_neither_counted_nor_paged_over() {
    let scene = Scene::start().await;
    // Four events tell of the labelled object or the pallet, two of the others.
    for (token, count) in [(&scene.cleared, 6), (&scene.uncleared, 2)] {
        let (mut path, mut pages, mut events) = ("/v1/epcis/events?perPage=1".to_owned(), 0, 0);
        loop {
            let answer = scene
                .running
                .call("GET", &path, Some(token), None, Body::empty())
                .await;
            let link = answer.headers().get(header::LINK).map(|link| {
                let link = link.to_str().unwrap();
                link[1..link.find('>').unwrap()].to_owned()
            });
            events += events_of(&json(answer).await).len();
            pages += 1;
            match link {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!((pages, events), (count, count));
        let (_, most) = scene
            .get(token, &format!("/v1/epcis/events?maxEventCount={count}"))
            .await;
        assert_eq!(events_of(&most).len(), count, "{most}");
    }
    let (status, few) = scene
        .get(&scene.cleared, "/v1/epcis/events?maxEventCount=2")
        .await;
    assert_eq!(status.as_u16(), 413, "{few}");
    let (_, found) = scene
        .get(&scene.uncleared, "/v1/search?q=7001&limit=1")
        .await;
    assert!(found.get("next").is_none(), "{found}");
    let path = format!("/v1/places/{}/objects?limit=2", encoded(DEPOT));
    let (_, there) = scene.get(&scene.uncleared, &path).await;
    assert!(there.get("next").is_none(), "{there}");
    assert_eq!(
        there["objects"].as_array().map(Vec::len),
        Some(2),
        "{there}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_receipts_proofs_and_blocks_keep_it_too() {
    let scene = Scene::start().await;
    let (hidden, absent) = (scene.first.to_string(), "ab".repeat(32));
    let raw = |token: String, path: String| {
        let running = &scene.running;
        async move {
            let answer = running.call("GET", &path, Some(&token), None, Body::empty());
            let answer = answer.await;
            let kept = answer.headers().get(header::CACHE_CONTROL).cloned();
            (answer.status(), kept, bytes(answer).await)
        }
    };
    for what in ["body", "transparent?wait_ms=10000", "compact?wait_ms=10000"] {
        let path = |id: &str| format!("/v1/statements/{id}/{what}");
        let (status, kept, _) = raw(scene.cleared.clone(), path(&hidden)).await;
        assert_eq!(status, StatusCode::OK, "{what}");
        // Who is cleared today may not be tomorrow, so nobody keeps it for good.
        if let Some(kept) = kept {
            assert_eq!(kept, "no-store", "{what}");
        }
        for token in scene.blind() {
            let quick = |id: &str| path(id).replace("10000", "0");
            let (status, _, told) = raw(token.to_owned(), quick(&hidden)).await;
            let (as_status, _, as_told) = raw(token.to_owned(), quick(&absent)).await;
            let text = |told: &[u8], id: &str| String::from_utf8_lossy(told).replace(id, "ID");
            assert_eq!(
                (status, as_status),
                (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
            );
            assert_eq!(text(&told, &hidden), text(&as_told, &absent), "{what}");
        }
    }
    for what in ["", "/life"] {
        let path = |id: &str| format!("/v1/statements/{id}{what}");
        let (_, told) = scene.get(&scene.cleared, &path(&hidden)).await;
        assert_eq!(told["state"], "accepted", "{told}");
        let (_, told) = scene.get(&scene.uncleared, &path(&hidden)).await;
        let (_, as_told) = scene.get(&scene.uncleared, &path(&absent)).await;
        assert_eq!(
            told.to_string().replace(&hidden, "ID"),
            as_told.to_string().replace(&absent, "ID")
        );
    }
    let (_, status) = scene
        .get(&scene.cleared, &format!("/v1/statements/{hidden}"))
        .await;
    let block = format!("/v1/blocks/{}", status["height"]);
    let (_, cleared) = scene.get(&scene.cleared, &block).await;
    assert!(cleared.to_string().contains(&hidden), "{cleared}");
    let (_, blind) = scene.get(&scene.uncleared, &block).await;
    assert!(!blind.to_string().contains(&hidden), "{blind}");
    let proof = |object: &str| {
        let key = Epc::parse(object).unwrap().key().to_owned();
        format!("/v1/state/custody/objects/{}/proof", hex::encode(key))
    };
    for token in [&scene.cleared, &scene.uncleared] {
        let (status, ..) = raw(token.clone(), proof(OPEN)).await;
        // Its newest event tells of the pallet too, so the record is for who is cleared.
        assert_eq!(status.is_success(), token == &scene.cleared);
    }
    assert_eq!(
        raw(scene.cleared.clone(), proof(SECRET)).await.0,
        StatusCode::OK
    );
    let (_, told) = scene.get(&scene.uncleared, &proof(SECRET)).await;
    let (_, as_told) = scene.get(&scene.uncleared, &proof(ABSENT)).await;
    assert_eq!(told["name"], "not-found");
    let (told, as_told) = (timeless(&told), timeless(&as_told));
    let key = |object: &str| hex::encode(Epc::parse(object).unwrap().key());
    let told = told
        .replace("7001", "7999")
        .replace(&key(SECRET), &key(ABSENT));
    assert_eq!(told, as_told);
    let label = format!(
        "/v1/state/policy/labels/{}/proof",
        hex::encode(object_name(&Epc::parse(SECRET).unwrap()))
    );
    assert_eq!(
        raw(scene.cleared.clone(), label.clone()).await.0,
        StatusCode::OK
    );
    assert_eq!(
        raw(scene.uncleared.clone(), label).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_may_be_known_the_policies_say_why_not() {
    let scene = Scene::start().await;
    let words = |id: &str, text: &str| {
        let text = format!("@description(\"{id}.\")\n@grantor(\"A security officer.\")\n{text}");
        json!({ "replace": { "id": id, "text": text } })
    };
    let looks = |when: &str| {
        format!(
            "forbid (principal, action in [Action::\"view::record\", Action::\"view::list\", Action::\"view::feed\", Action::\"view::export\", Action::\"view::count\"], resource) unless {{ {when} }};"
        )
    };
    let clearance = looks(
        "resource.classification <= principal.clearance && principal.caveats.containsAll(resource.caveats)",
    );
    scene
        .running
        .do_as_officer("policy", &words("labels.clearance", &clearance))
        .await;
    let (status, told) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(SECRET)))
        .await;
    assert_eq!(
        (status.as_u16(), told["name"].as_str()),
        (403, Some("view-not-permitted")),
        "{told}"
    );
    assert!(
        told["detail"]
            .as_str()
            .unwrap()
            .contains("labels.clearance"),
        "{told}"
    );
    assert!(
        told["remedy"]
            .as_str()
            .unwrap()
            .contains("security officer"),
        "{told}"
    );
    let (status, _) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(ABSENT)))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, told) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(PACKED)))
        .await;
    assert_eq!(told["withheld"], true, "{told}");
    let why = format!(
        "/v1/modules/policy/why?did={}&action=view::record&record=custody/objects/{}",
        encoded(scene.running.scanner.as_str()),
        encoded(SECRET)
    );
    let (_, told) = scene.get(&scene.uncleared, &why).await;
    assert_eq!(told["allowed"], false, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_tells_no_label_of_what_may_not_be_known() {
    let scene = Scene::start().await;
    let why = format!(
        "/v1/modules/policy/why?did={}&action=view::record&record=custody/objects/{}",
        encoded(scene.running.scanner.as_str()),
        encoded(SECRET)
    );
    let (_, told) = scene.get(&scene.cleared, &why).await;
    assert_eq!(told["allowed"], false, "{told}");
    let (_, told) = scene.get(&scene.uncleared, &why).await;
    assert_eq!(told["allowed"], true, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_reads_nothing_more_and_who_is_cleared_reads_at_once() {
    let scene = Scene::start().await;
    let path = format!("/v1/trace/{}", encoded(SECRET));
    let scanner = scene.running.scanner.clone();
    assert_eq!(
        scene.get(&scene.uncleared, &path).await.0,
        StatusCode::NOT_FOUND
    );
    scene
        .running
        .clear(&scene.security, &scanner, "secret")
        .await;
    assert_eq!(scene.get(&scene.uncleared, &path).await.0, StatusCode::OK);
    let suspend = json!({ "set_signer_status": { "did": scanner, "status": "suspended" } });
    scene.running.do_as_officer("membership", &suspend).await;
    for path in [
        path.as_str(),
        "/v1/epcis/events",
        "/v1/members",
        "/v1/blocks",
    ] {
        let (status, told) = scene.get(&scene.uncleared, path).await;
        assert_eq!(
            (status.as_u16(), told["name"].as_str()),
            (403, Some("may-not-enter")),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_in_no_count_of_a_place_and_on_no_way() {
    const SHIPPED: &str = "urn:epc:id:sgtin:9521141.012345.7100";
    let scene = Scene::start().await;
    let ship = |object: &str, minute| {
        let more =
            json!({ "epcList": [object], "bizStep": "shipping", "disposition": "in_transit" });
        event("ObjectEvent", "OBSERVE", minute, more)
    };
    let add = json!({ "epcList": [SHIPPED], "bizStep": "commissioning" });
    scene
        .running
        .tell(&[event("ObjectEvent", "ADD", 6, add)])
        .await;
    let record = format!("custody/objects/{SHIPPED}");
    let raise = json!({ "raise_label": { "record": record, "classification": "secret", "reason": "holds crypto keys" } });
    scene.running.do_as_officer("policy", &raise).await;
    scene.running.tell(&[ship(SHIPPED, 7)]).await;
    scene.running.tell(&[ship(OPEN, 8)]).await;
    let name = |id: &str| id.parse::<Epc>().unwrap().to_string();
    let travels = |told: &serde_json::Value| -> Vec<String> {
        let list = told["consignments"].as_array().unwrap().iter();
        list.map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let (_, seen) = scene.get(&scene.cleared, "/v1/consignments").await;
    assert_eq!(travels(&seen), [name(SHIPPED), name(OPEN)], "{seen}");
    let mut counts = Vec::new();
    for token in [scene.cleared.as_str()].into_iter().chain(scene.blind()) {
        let (_, told) = scene.get(token, "/v1/stock").await;
        let places = told["places"].as_array().unwrap();
        let there = places
            .iter()
            .find(|one| one["place"] == name(DEPOT))
            .unwrap();
        let path = format!("/v1/places/{}/objects?limit=500", encoded(DEPOT));
        let (_, listed) = scene.get(token, &path).await;
        let listed = listed["objects"].as_array().map(Vec::len).unwrap() as u64;
        assert_eq!(there["objects"].as_u64(), Some(listed), "{told}");
        counts.push((listed, there["latest"].clone()));
    }
    assert_eq!((&counts[1], counts[0].0 > counts[1].0), (&counts[2], true));
    for token in scene.blind() {
        let (status, told) = scene.get(token, "/v1/consignments").await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert_eq!(travels(&told), [name(OPEN)], "{told}");
        assert!(!spoken(&told.to_string()).contains("7100"), "{told}");
        assert_silent(&told.to_string(), "/v1/consignments");
    }
}
