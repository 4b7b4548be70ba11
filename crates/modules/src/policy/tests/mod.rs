//! Policy: claims and their tests.

mod approvals;
mod change;
mod exported;
mod labels;
mod limits;
mod pages;
mod readers;
mod same;
mod sight;

use super::types::{Action, PolicyId};
use crate::testing::World;
use convoy_ledger::Reject;

/// A policy's text: what it is, with annotations.
fn worded(policy: &str) -> String {
    format!("@description(\"For a test.\")\n@grantor(\"Nobody.\")\n{policy}")
}

fn id(text: &str) -> PolicyId {
    PolicyId::new(text).unwrap()
}

fn put(name: &str, policy: &str) -> Action {
    Action::Put {
        id: id(name),
        text: worded(policy),
        revision: None,
    }
}

fn replace(name: &str, policy: &str) -> Action {
    Action::Replace {
        id: id(name),
        text: worded(policy),
        revision: None,
    }
}

fn retire(name: &str) -> Action {
    Action::Retire {
        id: id(name),
        reason: "for a test".into(),
        revision: None,
    }
}

fn act(world: &mut World, who: &str, action: Action) -> Result<(), Reject> {
    world.act(who, super::NAME, &[action]).map(drop)
}

/// The name of the refusal.
#[track_caller]
fn refused(world: &mut World, who: &str, action: Action) -> &'static str {
    match act(world, who, action.clone()) {
        Err(reject) => reject.rule.name,
        Ok(()) => panic!("it was accepted: {action:?}"),
    }
}
