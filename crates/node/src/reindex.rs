//! Building the read model again while the node runs, when `convoy node reindex` left word that it is wanted.
//!
//! Flow: a thread reads the blocks from the engine's store, from the founding on, into a database beside the
//! one in use, which goes on answering; when it has caught up it is put in the old one's place, where the
//! next start finds it. Stopped anywhere, also by `kill -9`, it goes on from its last batch.

use crate::{engine::EngineHandle, sink::Sink};
use convoy_readmodel::{ProjectedBlock, ReadModelError, Rebuild, Settings, reindex};
use std::{path::PathBuf, sync::Arc, time::Instant};
use tokio::runtime::Handle;

/// What a rebuild needs.
pub(crate) struct Source {
    /// The read model's folder.
    pub folder: PathBuf,
    /// Where blocks are read.
    pub engine: EngineHandle,
    /// How they are made ready, and the block before all others.
    pub sink: Arc<Sink>,
}

impl Source {
    /// Starts the rebuild if one is wanted. Called on the interface's runtime.
    pub(crate) fn start_if_wanted(self) {
        if !reindex::is_wanted(&self.folder) {
            return;
        }
        let runtime = Handle::current();
        let started = std::thread::Builder::new()
            .name("convoy-reindex".into())
            .spawn(move || match self.rebuild(&runtime) {
                Ok(height) => tracing::info!(height, "the read model is built again; it takes over when the node starts next"),
                Err(error) => tracing::warn!(%error, "building the read model again was stopped; it goes on at the next start"),
            });
        if let Err(error) = started {
            tracing::error!(%error, "the thread that builds the read model again cannot start");
        }
    }

    /// Takes every final block in; the height reached.
    fn rebuild(&self, runtime: &Handle) -> Result<u64, ReadModelError> {
        let mut rebuild = Rebuild::open_beside(
            &self.folder,
            &mut convoy_modules::projections,
            Settings::default(),
        )?;
        let compartment = &self.sink.founding.compartment;
        let from = rebuild.next_height(compartment, 0);
        let mut tip = self.tip();
        tracing::info!(
            from,
            tip,
            "building the read model again beside the one in use"
        );
        let mut told = Instant::now();
        loop {
            let mut fetch = |height| self.block(runtime, height);
            rebuild.run(compartment, (0, tip), &mut fetch, &mut |progress| {
                if told.elapsed().as_secs() >= 10 {
                    told = Instant::now();
                    tracing::info!(
                        height = progress.height,
                        tip = progress.tip,
                        "building the read model again"
                    );
                }
            })?;
            let newest = self.tip();
            if newest == tip {
                rebuild.finish_beside().map(drop)?;
                return Ok(tip);
            }
            tip = newest;
        }
    }

    fn tip(&self) -> u64 {
        self.engine.tip().map_or(0, |header| header.core.height)
    }

    fn block(&self, runtime: &Handle, height: u64) -> Result<ProjectedBlock, String> {
        if height == 0 {
            return Ok(self.sink.founding.clone());
        }
        let (block, outcomes) = runtime.block_on(async {
            (
                self.engine.block(height).await,
                self.engine.outcomes(height).await,
            )
        });
        let block = block.ok_or("the node does not hold it, or is stopping")?;
        let outcomes = outcomes.ok_or("its outcomes are not held here")?;
        self.sink.stored(block.commit(outcomes))
    }
}
