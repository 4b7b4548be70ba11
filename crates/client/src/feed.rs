//! The live feed, resumed by itself.

use crate::{
    client::Client,
    error::ClientError,
    http,
    sse::{Event, Parser},
    wire::FeedEvent,
};
use futures::{Stream, StreamExt, stream::BoxStream};
use reqwest::Method;
use std::{collections::VecDeque, time::Duration};

/// The node sends a heartbeat every 15 s; after twice that and some the connection counts as lost.
const SILENCE: Duration = Duration::from_secs(40);
/// The feed itself has no end.
const NO_END: Duration = Duration::from_secs(365 * 24 * 3_600);

type Bytes = BoxStream<'static, Result<bytes::Bytes, reqwest::Error>>;

/// A feed of a node. Events come in the ledger's order, each once; after a lost connection it goes on behind the last one.
pub struct Feed {
    client: Client,
    cursor: Option<String>,
    connection: Option<(Bytes, Parser)>,
    ready: VecDeque<FeedEvent>,
    failures: u32,
}

impl Client {
    /// The feed behind `cursor`, or from now on. Nothing is sent until the first event is asked for.
    pub fn feed(&self, cursor: Option<String>) -> Feed {
        Feed {
            client: self.clone(),
            cursor,
            connection: None,
            ready: VecDeque::new(),
            failures: 0,
        }
    }
}

impl Feed {
    /// Where to go on behind the last event taken.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// The next event, however long it takes.
    ///
    /// # Errors
    /// When the node refuses (an expired cursor, a missing scope), or stays away for as long as the client's retries last.
    pub async fn next(&mut self) -> Result<FeedEvent, ClientError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.cursor = Some(event.cursor.clone());
                return Ok(event);
            }
            if self.connection.is_none() {
                self.connection = Some((self.connect().await?, Parser::default()));
            }
            self.read().await?;
        }
    }

    /// The events as a stream that ends with its first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<FeedEvent, ClientError>> + Send {
        futures::stream::unfold(Some(self), |feed| async {
            let mut feed = feed?;
            match feed.next().await {
                Ok(event) => Some((Ok(event), Some(feed))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn connect(&mut self) -> Result<Bytes, ClientError> {
        let query: Vec<(&str, &str)> = self
            .cursor
            .iter()
            .map(|cursor| ("cursor", cursor.as_str()))
            .collect();
        let mut call = self
            .client
            .call(Method::GET, &["v1", "feed"], &query, true)
            .header("accept", "text/event-stream");
        call.timeout = NO_END;
        let answer = self.client.http.send(call).await?;
        Ok(answer.response.bytes_stream().boxed())
    }

    /// Reads what has come; drops the connection when it ended, fell silent or failed.
    async fn read(&mut self) -> Result<(), ClientError> {
        let Some((bytes, parser)) = &mut self.connection else {
            return Ok(());
        };
        let part = match tokio::time::timeout(SILENCE, bytes.next()).await {
            Ok(Some(Ok(part))) => part,
            Ok(Some(Err(_)) | None) | Err(_) => return self.lost().await,
        };
        let events = parser.push(&part).map_err(|reason| ClientError::Answer {
            url: self.client.url().into(),
            reason,
        })?;
        self.failures = 0;
        for event in events {
            match self.take(event)? {
                Some(event) => self.ready.push_back(event),
                None => {
                    self.connection = None;
                    break;
                }
            }
        }
        Ok(())
    }

    /// An event for the caller, or `None` where the node asks to come back.
    fn take(&self, event: Event) -> Result<Option<FeedEvent>, ClientError> {
        if event.kind == "resume" {
            return Ok(None);
        }
        let wrong = |reason: String| ClientError::Answer {
            url: self.client.url().into(),
            reason,
        };
        let data = serde_json::from_str(&event.data).map_err(|error| wrong(error.to_string()))?;
        let cursor = event
            .id
            .ok_or_else(|| wrong("an event of the feed has no cursor".into()))?;
        Ok(Some(FeedEvent {
            cursor,
            kind: event.kind,
            data,
        }))
    }

    async fn lost(&mut self) -> Result<(), ClientError> {
        self.connection = None;
        self.failures += 1;
        let wait = http::backoff(&self.client.http.retry, self.failures);
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
