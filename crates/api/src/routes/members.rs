//! Members and signers: who takes part, with which keys and roles.

use crate::{
    answers::{AtHeight, ask, find},
    app::App,
    extract::{Query, Segment},
    problem::{Answer, internal},
    reading::Reader,
};
use axum::{Json, extract::State};
use convoy_modules::membership::queries::{self, MemberList, MemberView, SignerView};
use convoy_modules::policy::vocabulary::View;
use convoy_types::{Did, MemberId, limits::LANES_MAX};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Every member.
#[utoipa::path(get, path = "/v1/members", operation_id = "listMembers", tag = "members", responses((status = 200, body = AtHeight<MemberList>)))]
pub async fn members(State(app): State<App>, reader: Reader) -> Answer<Json<AtHeight<MemberList>>> {
    ask(&app, &reader, View::List, queries::members)
        .await
        .map(Json)
}

/// One member.
#[utoipa::path(get, path = "/v1/members/{id}", operation_id = "getMember", tag = "members",
    params(("id" = String, Path, description = "The member's short name", example = "est")),
    responses((status = 200, body = AtHeight<MemberView>)))]
pub async fn member(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
) -> Answer<Json<AtHeight<MemberView>>> {
    let id: MemberId = segment.parse()?;
    let named = id.clone();
    find(
        &app,
        &reader,
        View::Record,
        || format!("member `{named}`"),
        move |snapshot| queries::member(snapshot, &id),
    )
    .await
    .map(Json)
}

/// The next place of a lane.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lane {
    /// The lane.
    pub lane: u8,
    /// The sequence that the next statement must have, counting what waits on this node.
    pub next_sequence: u64,
}

/// A signer with its lanes.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignerWithLanes {
    /// The signer.
    #[serde(flatten)]
    pub signer: SignerView,
    /// The lanes asked for; otherwise those in use. Every other lane is at 0.
    pub lanes: Vec<Lane>,
}

/// Which lanes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SignerQuery {
    /// Only this lane, 0 to 63.
    pub lane: Option<u8>,
}

/// A signer: member, roles, keys, and the next sequence of its lanes.
#[utoipa::path(get, path = "/v1/signers/{did}", operation_id = "getSigner", tag = "members",
    params(("did" = String, Path, description = "The signer's DID, percent-encoded", example = "did:web:logistics.example:7f3a"), SignerQuery),
    responses((status = 200, body = AtHeight<SignerWithLanes>)))]
pub async fn signer(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
    Query(query): Query<SignerQuery>,
) -> Answer<Json<AtHeight<SignerWithLanes>>> {
    let did: Did = segment.parse()?;
    let (named, asked) = (did.clone(), did.clone());
    let found = find(
        &app,
        &reader,
        View::Record,
        || format!("signer `{named}`"),
        move |snapshot| queries::signer(snapshot, &asked),
    )
    .await?;
    let lanes = match query.lane {
        Some(lane) => lane..lane.saturating_add(1),
        None => 0..LANES_MAX,
    };
    let next = lanes.map(|lane| {
        let (app, did) = (app.clone(), did.clone());
        async move {
            app.node()
                .next_sequence(&did, lane)
                .await
                .map(|next_sequence| Lane {
                    lane,
                    next_sequence,
                })
        }
    });
    let mut lanes = try_join_all(next)
        .await
        .map_err(|error| internal("the signer's lanes cannot be read", &error))?;
    lanes.retain(|lane| query.lane.is_some() || lane.next_sequence > 0);
    Ok(Json(AtHeight {
        height: found.height,
        answer: SignerWithLanes {
            signer: found.answer,
            lanes,
        },
    }))
}
