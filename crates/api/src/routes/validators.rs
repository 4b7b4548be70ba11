//! Who validates, and the succession by which each set handed over to the next.

use crate::{
    app::App,
    extract::Query,
    problem::{Answer, Problem, rule},
};
use axum::{Json, extract::State};
use convoy_types::{header::Validator, receipt::Handover};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// From which epoch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FromEpoch {
    /// The first epoch wanted; 0 where left out.
    #[serde(default)]
    #[param(example = 0)]
    from: u64,
}

/// A validator.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidatorSeat {
    /// The member that runs it.
    #[schema(example = "est")]
    pub member: String,
    /// Its consensus key (Ed25519, hexadecimal).
    pub key: String,
}

/// An epoch: the period of one set of validators.
#[derive(Debug, Serialize, ToSchema)]
pub struct EpochView {
    /// Its number, from 0.
    pub epoch: u64,
    /// The validators, by key, as certificates number them.
    pub validators: Vec<ValidatorSeat>,
    /// How it ended: its last block's header, certified by these validators, and the next set. Hexadecimal, as `convoy trust update`
    /// reads it. The newest epoch has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<String>,
    /// The height of its last block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_block: Option<u64>,
    /// That block's time, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
}

/// The succession of validators.
#[derive(Debug, Serialize, ToSchema)]
pub struct Succession {
    /// The network.
    pub network: String,
    /// The newest epoch.
    pub epoch: u64,
    /// Whether this node is a validator of it; otherwise it observes.
    pub votes: bool,
    /// Epochs in order, 100 at most.
    pub epochs: Vec<EpochView>,
    /// Ask again from this epoch where there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

fn seats(validators: Vec<Validator>) -> Vec<ValidatorSeat> {
    let seat = |validator: Validator| ValidatorSeat {
        member: validator.member.to_string(),
        key: hex::encode(validator.key),
    };
    validators.into_iter().map(seat).collect()
}

/// Who validates, and how each set handed over to the next.
///
/// Whoever trusts the validators of one epoch can check all that follow: a trust file is extended by this with `convoy trust update`.
#[utoipa::path(get, path = "/v1/validators", operation_id = "getValidators", tag = "network", params(FromEpoch), responses((status = 200, body = Succession)))]
pub async fn validators(
    State(app): State<App>,
    Query(asked): Query<FromEpoch>,
) -> Answer<Json<Succession>> {
    let node = app.node();
    let latest = node.epoch();
    let handovers = node
        .handovers(asked.from, convoy_node::succession::STEPS_MAX)
        .map_err(|reason| Problem::new(rule::INTERNAL, reason))?;
    let mut epochs: Vec<EpochView> = Vec::with_capacity(handovers.len() + 1);
    let view = |epoch, handover: Option<&Handover>| {
        let validators = node.validators(epoch)?;
        Some(EpochView {
            epoch,
            validators: seats(validators),
            handover: handover.map(|handover| hex::encode(handover.encode())),
            last_block: handover.map(|handover| handover.header.core.height),
            ended_ms: handover.map(|handover| handover.header.core.time_ms),
        })
    };
    for handover in &handovers {
        epochs.extend(view(handover.header.core.epoch, Some(handover)));
    }
    let following = asked.from.saturating_add(handovers.len() as u64);
    let next = (following < latest).then_some(following);
    if next.is_none() && asked.from <= latest {
        epochs.extend(view(latest, None));
    }
    Ok(Json(Succession {
        network: node.info().network.to_string(),
        epoch: latest,
        votes: node.votes(),
        epochs,
        next,
    }))
}
