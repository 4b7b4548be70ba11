//! What a policy looks at, found in its parsed form, so that nothing else is loaded for it and nothing else decides.
//!
//! Invariants: what is not understood counts as needed, so that a decision is never shared by askers whom a policy could tell apart.

use super::vocabulary::CIRCUMSTANCES;
use serde_json::Value;

/// What has to be known for a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The records touched.
    pub resource: bool,
    /// Of these more than the label: which record it is, whose, of which table.
    pub whose: bool,
    /// Kind and founding of the members concerned.
    pub members: bool,
    /// The signer's unit and those above it.
    pub units: bool,
    /// The signer's posts, beside the roles that they give.
    pub posts: bool,
    /// The signer's clearance.
    pub clearance: bool,
    /// The signer's caveats.
    pub caveats: bool,
    /// Bit n: the circumstance number n of [`CIRCUMSTANCES`].
    pub circumstances: u16,
}

/// What a record without a label has alike with every other, but for its module and compartment.
const LABEL: [&str; 3] = ["classification", "releasable_to", "caveats"];

/// Bits of [`Needs::circumstances`].
pub mod circumstance {
    /// The block's time.
    pub const TIME: u16 = 1 << 0;
    /// Whose hand holds the key.
    pub const ASSURANCE: u16 = 1 << 1;
    /// The lane.
    pub const LANE: u16 = 1 << 2;
    /// The purpose.
    pub const PURPOSE: u16 = 1 << 3;
    /// The label's classification.
    pub const CLASSIFICATION: u16 = 1 << 4;
    /// Approvals.
    pub const APPROVALS: u16 = 1 << 5;
    /// Time since approval was asked for.
    pub const WAITED: u16 = 1 << 6;
    /// How often today.
    pub const TODAY: u16 = 1 << 7;
    /// The item of an amount.
    pub const ITEM: u16 = 1 << 8;
    /// The unit of an amount.
    pub const UNIT: u16 = 1 << 9;
    /// An amount.
    pub const AMOUNT: u16 = 1 << 10;
    /// The sum of an item's amounts today.
    pub const AMOUNT_TODAY: u16 = 1 << 11;
    /// What of amounts there is.
    pub const AMOUNTS: u16 = ITEM | UNIT | AMOUNT | AMOUNT_TODAY;
    /// All of them.
    pub const ALL: u16 = (1 << super::CIRCUMSTANCES.len()) - 1;
}

impl Needs {
    /// Everything there is.
    pub const ALL: Self = Self {
        resource: true,
        whose: true,
        members: true,
        units: true,
        posts: true,
        clearance: true,
        caveats: true,
        circumstances: circumstance::ALL,
    };

    /// What both need.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            resource: self.resource || other.resource,
            whose: self.whose || other.whose,
            members: self.members || other.members,
            units: self.units || other.units,
            posts: self.posts || other.posts,
            clearance: self.clearance || other.clearance,
            caveats: self.caveats || other.caveats,
            circumstances: self.circumstances | other.circumstances,
        }
    }

    /// Whether one of these circumstances counts.
    pub fn asks(self, bits: u16) -> bool {
        self.circumstances & bits != 0
    }

    /// What a policy in Cedar's JSON form needs.
    pub fn of(policy: &Value) -> Self {
        let mut needs = Self {
            resource: policy["resource"]["op"] != "All",
            whose: policy["resource"]["op"] != "All",
            ..Self::default()
        };
        needs.look(&policy["conditions"]);
        let text = policy.to_string();
        needs.units = text.contains("\"Unit\"");
        needs.posts = text.contains("\"Post\"");
        needs
    }

    fn look(&mut self, part: &Value) {
        match part {
            Value::Array(parts) => parts.iter().for_each(|part| self.look(part)),
            Value::Object(fields) => {
                for (operator, operand) in fields {
                    match (operator.as_str(), operand) {
                        ("Var", Value::String(variable)) => self.whole(variable),
                        ("." | "has", operand) => self.attribute(operand),
                        (_, operand) => self.look(operand),
                    }
                }
            }
            _ => {}
        }
    }

    /// A variable that is used as a whole.
    fn whole(&mut self, variable: &str) {
        match variable {
            "context" => self.circumstances = circumstance::ALL,
            "resource" => (self.resource, self.whose) = (true, true),
            _ => {}
        }
    }

    fn attribute(&mut self, access: &Value) {
        let name = access["attr"].as_str().unwrap_or_default();
        self.members |= matches!(name, "kind" | "founding");
        self.clearance |= name == "clearance";
        self.caveats |= name == "caveats";
        match access["left"]["Var"].as_str() {
            Some("context") => {
                let place = CIRCUMSTANCES.iter().position(|(known, ..)| *known == name);
                self.circumstances |= place.map_or(circumstance::ALL, |place| 1 << place);
            }
            Some("resource") => {
                self.resource = true;
                self.whose |= !LABEL.contains(&name);
            }
            Some(_) => {}
            None => self.look(&access["left"]),
        }
    }
}
