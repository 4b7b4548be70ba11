//! The statement log block by block.

use crate::{client::Client, error::ClientError};
use bytes::Bytes;
use convoy_types::receipt::LoggedBlock;

impl Client {
    /// Blocks of the log from `from` on, as the node sent them and as read; none past the last final block.
    ///
    /// # Errors
    /// When the node cannot be reached, refuses, or sends what is no log.
    pub async fn log(&self, from: u64) -> Result<(Bytes, Vec<LoggedBlock>), ClientError> {
        let from = from.to_string();
        let bytes = self
            .get_bytes(&["v1", "log"], &[("from", &from)], "application/cbor-seq")
            .await?;
        let blocks = LoggedBlock::read_all(&bytes).map_err(|error| ClientError::Answer {
            url: self.url().into(),
            reason: error.to_string(),
        })?;
        Ok((bytes, blocks))
    }
}
