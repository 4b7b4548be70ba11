//! The modules of this ledger: one line each, sorted.
//!
//! The line is the only thing outside its folder that a module needs. From it `build.rs` makes the list below, and from the
//! list come the ledger's registry, the read model's projections, and the [descriptions](Description) that routes, OpenAPI,
//! command line, reference pages and console follow.

use crate::domain::{Description, Domain, Misfit};
use convoy_ledger::Registry;
use convoy_readmodel::Projection;
use serde_json::Value;
use std::sync::LazyLock;

pub mod custody;
pub mod membership;

/// Who vouches for signers, whatever the modules do.
fn authority() -> membership::Membership {
    membership::Membership::default()
}

macro_rules! registered {
    ($($module:ty),* $(,)?) => {
        /// The registry of every module, with membership as the authority on signers.
        pub fn registry() -> Registry {
            Registry::new(authority())$(.with(<$module>::default()))*
        }

        /// One projection for each module, fresh, for whoever opens the read model.
        pub fn projections() -> Vec<Box<dyn Projection>> {
            vec![$(<$module as Domain>::projection()),*]
        }

        fn descriptions() -> Vec<Description> {
            vec![$(Description::of::<$module>()),*]
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/registered.rs"));

/// Every module's description.
pub fn domains() -> &'static [Description] {
    static ALL: LazyLock<Vec<Description>> = LazyLock::new(descriptions);
    &ALL
}

/// The description of the module called `name`.
///
/// # Errors
/// When there is no such module; the error lists those there are.
pub fn domain(name: &str) -> Result<&'static Description, Misfit> {
    let found = domains().iter().find(|domain| domain.name() == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = domains().iter().map(Description::name).collect();
        let name: String = name.chars().take(40).collect();
        Misfit::at(
            "/module",
            format!(
                "module `{name}` is not part of this ledger; use one of {}",
                known.join(", ")
            ),
        )
    })
}

/// The body (deterministic CBOR) of an action of `module` written as JSON.
///
/// # Errors
/// When there is no such module or the JSON is none of its actions.
pub fn action_from_json(module: &str, action: &Value) -> Result<Vec<u8>, Misfit> {
    domain(module)?.action_from_json(action)
}

/// An action's body as JSON, for people.
///
/// # Errors
/// When there is no such module or the body is none of its actions.
pub fn action_to_json(module: &str, body: &[u8]) -> Result<Value, Misfit> {
    domain(module)?.action_to_json(body)
}
