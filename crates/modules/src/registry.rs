//! The modules of this ledger: one line each.

use convoy_ledger::{Module, Registry};
use convoy_types::cbor;
use serde::Serialize;

macro_rules! modules {
    ($authority:expr; $($module:ty = $make:expr),* $(,)?) => {
        /// The registry of every module, with membership as the authority on signers.
        pub fn registry() -> Registry {
            let authority = $authority;
            let registry = Registry::new(authority.clone());
            $(let registry = registry.with::<$module>($make(&authority));)*
            registry
        }

        /// The body (deterministic CBOR) of an action of `module` written as JSON.
        ///
        /// # Errors
        /// In plain words, when there is no such module or the JSON is none of its actions.
        pub fn action_from_json(module: &str, action: &serde_json::Value) -> Result<Vec<u8>, String> {
            match module {
                $(<$module as Module>::NAME => body_from_json::<<$module as Module>::Action>(action),)*
                other => Err(unknown(other)),
            }
        }

        /// An action's body as JSON, for people.
        ///
        /// # Errors
        /// In plain words, when there is no such module or the body is none of its actions.
        pub fn action_to_json(module: &str, body: &[u8]) -> Result<serde_json::Value, String> {
            match module {
                $(<$module as Module>::NAME => body_to_json::<<$module as Module>::Action>(body),)*
                other => Err(unknown(other)),
            }
        }
    };
}

modules! {
    crate::membership::Membership::default();
    crate::membership::Membership = Clone::clone,
    crate::custody::Custody = |_| crate::custody::Custody,
}

fn unknown(module: &str) -> String {
    let module: String = module.chars().take(40).collect();
    format!("module `{module}` is not part of this ledger")
}

fn body_from_json<A: serde::de::DeserializeOwned + Serialize>(
    action: &serde_json::Value,
) -> Result<Vec<u8>, String> {
    let action: A = serde_json::from_value(action.clone()).map_err(|error| error.to_string())?;
    Ok(cbor::to_vec(&action))
}

fn body_to_json<A: serde::de::DeserializeOwned + Serialize>(
    body: &[u8],
) -> Result<serde_json::Value, String> {
    let action: A = cbor::from_slice(body).map_err(|error| error.to_string())?;
    serde_json::to_value(&action).map_err(|error| error.to_string())
}
