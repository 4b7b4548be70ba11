//! A Convoy node: one process that votes, executes, stores, proves and answers.
//!
//! Flow of a statement: [`admission`] checks it, [`mempool`] keeps it, [`gossip`] tells the peers, the
//! [`engine`] orders and executes it through [`core`], [`sink`] logs and reports it, [`tree_heads`] and
//! [`proofs`] make it provable, and [`handle`] is how interfaces see all this.
//!
//! Invariants: nothing is reported final before it is durable here; secrets leave [`keystore`] as signing
//! keys only; every queue is bounded.

pub mod admission;
pub mod audit;
pub mod backfill;
pub mod backup;
pub mod certificate;
pub mod config;
mod config_keeping;
mod config_signin;
pub mod core;
pub mod credentials;
pub mod durable;
pub mod endings;
pub mod engine;
pub mod founding;
pub mod genesis;
#[cfg(test)]
mod golden_tests;
pub mod gossip;
pub mod handle;
pub mod health;
pub mod keystore;
pub mod life;
pub mod log_store;
mod logged;
pub mod mempool;
pub mod node;
mod peers;
pub mod pkcs11;
pub mod presence;
pub mod proofs;
pub mod protect;
pub mod protocol;
pub mod record;
pub mod recovery;
mod reindex;
mod requests;
pub mod restore;
pub mod retention;
mod said_lost;
pub mod shadow;
pub mod signing;
pub mod sink;
pub mod status;
mod stored;
pub mod succession;
pub mod tokens;
pub mod traced;
pub mod tracker;
pub mod tree_heads;
mod turn;

pub use config::NodeConfig;
pub use handle::{DryRun, NodeHandle, NodeInfo, SignOptions};
pub use health::{Condition, Health};
pub use node::{NodeError, Serve, run};
pub use requests::Asker;
pub use status::{Status, Untold};
