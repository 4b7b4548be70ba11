//! Failures said plainly.
//!
//! Storage failures and impossible heights panic inside the engine by design: going on would be a guess.
//! [`install`] prints what happened and what to do, once, before the process ends; [`run`] turns the end
//! of the runtime into a result where panics unwind.

use super::{handle::EngineError, network::SILENCE_MAX, steady::Steady};
use commonware_runtime::{Runner as _, tokio};
use std::path::PathBuf;

/// Exit code of a node whose engine failed.
pub const EXIT_ENGINE_FAILED: i32 = 70;

/// What to do when a node stopped by itself.
const REMEDY: &str = "Nothing that was reported final is lost. Full disk: free space, then restart. Damaged file: \
    move the folder `engine` of the data directory aside and, once the other validators have made blocks without this \
    node (so that it cannot vote twice on one), start again; it fetches everything from them. Anything else: restart.";

/// Prints panics as one plain message on stderr and in the log.
pub fn install(node: String) {
    let earlier = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = text_of(info.payload());
        tracing::error!(node, "the node stops: {text}");
        eprintln!("node {node} stops because it cannot go on safely: {text}");
        eprintln!("{REMEDY}");
        earlier(info);
    }));
}

fn text_of(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "unknown failure".to_owned())
}

/// The runtime of a node: its threads and its data directory.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// Directory of all engine files; created when missing. One process at a time.
    pub directory: PathBuf,
    /// Threads for asynchronous work.
    pub threads: usize,
}

/// Stack of the thread that starts the engine: room for its large futures, also in builds without optimisation.
const STACK_BYTES: usize = 16 << 20;

/// Runs `node` on its own runtime, in a thread of its own, until it returns.
///
/// # Errors
/// [`EngineError::Stopped`] when a part of the engine panicked, or there can be no thread.
pub fn run<F, Fut, T>(config: RuntimeConfig, node: F) -> Result<T, EngineError>
where
    F: FnOnce(Steady) -> Fut + Send,
    Fut: Future<Output = T>,
    T: Send,
{
    let directory = config.directory.clone();
    let settings = tokio::Config::new()
        .with_storage_directory(config.directory)
        .with_worker_threads(config.threads)
        .with_read_write_timeout(SILENCE_MAX);
    let stopped = |reason: String| EngineError::Stopped {
        part: "runtime",
        reason,
    };
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("convoy-node".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || {
                tokio::Runner::new(settings).start(|context| node(Steady::new(context, &directory)))
            })
            .map_err(|error| stopped(error.to_string()))?
            .join()
            .map_err(|payload| stopped(text_of(payload.as_ref())))
    })
}
