//! Large bodies, kept in a file while they are read.
//!
//! Flow: a body comes in → what goes past [`HELD_BYTES_MAX`] goes on in a file without a name in the node's folder → [`Document::reader`] reads it
//! from the start, as often as wanted → the file is gone with the document, also after a crash.
//!
//! Limits: one document takes at most [`HELD_BYTES_MAX`] bytes of memory, and its whole size of disk.

use crate::{
    extract::{self, BODY_TIME},
    problem::{Answer, Problem, internal, rule},
};
use axum::{body::BodyDataStream, extract::Request};
use bytes::Bytes;
use futures::StreamExt;
use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, ErrorKind, Seek},
    path::Path,
};
use tokio::{
    io::AsyncWriteExt,
    time::{Instant, timeout_at},
};

/// What of a body is kept in memory.
pub const HELD_BYTES_MAX: usize = 1024 * 1024;
/// Bytes read from the file at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// A body that came in whole.
pub enum Document {
    /// In memory.
    Held(Bytes),
    /// In a file without a name.
    Spooled(File),
}

/// What the readers of documents read from.
pub trait Source: BufRead + Seek {}
impl<T: BufRead + Seek> Source for T {}

impl Document {
    /// Reads it from its start.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn reader(&self) -> std::io::Result<Box<dyn Source + '_>> {
        Ok(match self {
            Self::Held(bytes) => Box::new(Cursor::new(bytes)),
            Self::Spooled(file) => {
                let mut file: &File = file;
                file.rewind()?;
                Box::new(BufReader::with_capacity(CHUNK_BYTES, file))
            }
        })
    }
}

/// Takes in a body of at most `bytes_max`; what is large goes to a file in `folder`.
///
/// # Errors
/// When it is too large, ends early or comes too slowly, or the disk has no room.
pub async fn body(request: Request, bytes_max: usize, folder: &Path) -> Answer<Document> {
    extract::refuse_announced(&request, bytes_max)?;
    let until = Instant::now() + BODY_TIME;
    let mut chunks = request.into_body().into_data_stream();
    let mut held = Vec::new();
    while let Some(chunk) = next(&mut chunks, until).await? {
        if held.len() + chunk.len() > bytes_max {
            return Err(extract::too_large("more bytes", bytes_max));
        }
        held.extend_from_slice(&chunk);
        if held.len() > HELD_BYTES_MAX {
            return spool(held, chunks, until, bytes_max, folder).await;
        }
    }
    Ok(Document::Held(held.into()))
}

async fn spool(
    held: Vec<u8>,
    mut chunks: BodyDataStream,
    until: Instant,
    bytes_max: usize,
    folder: &Path,
) -> Answer<Document> {
    let mut file = tempfile::tempfile_in(folder)
        .map(tokio::fs::File::from_std)
        .map_err(no_room)?;
    file.write_all(&held).await.map_err(no_room)?;
    let mut bytes = held.len();
    drop(held);
    while let Some(chunk) = next(&mut chunks, until).await? {
        bytes += chunk.len();
        if bytes > bytes_max {
            return Err(extract::too_large("more bytes", bytes_max));
        }
        file.write_all(&chunk).await.map_err(no_room)?;
    }
    file.flush().await.map_err(no_room)?;
    Ok(Document::Spooled(file.into_std().await))
}

async fn next(chunks: &mut BodyDataStream, until: Instant) -> Answer<Option<Bytes>> {
    match timeout_at(until, chunks.next()).await {
        Ok(chunk) => chunk.transpose().map_err(|_| extract::ended_early()),
        Err(_) => Err(extract::too_slow()),
    }
}

fn no_room(error: std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Problem::new(
            rule::BUSY,
            "the node's disk has no room for the document while it is read",
        )
        .remedy("Send it in smaller documents, or ask the node's operator for room on its disk."),
        _ => internal("the document could not be kept while it is read", &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use convoy_types::limits::STREAM_BYTES_MAX;
    use std::io::Read;

    fn chunked(bytes: &[u8]) -> Request {
        let chunks: Vec<Result<Bytes, std::io::Error>> = bytes
            .chunks(100_000)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        Request::new(Body::from_stream(futures::stream::iter(chunks)))
    }

    fn read(document: &Document) -> Vec<u8> {
        let mut bytes = Vec::new();
        document.reader().unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_body_is_read_again_and_again_whether_held_or_spooled_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        for (size, is_spooled) in [
            (0, false),
            (5_000, false),
            (HELD_BYTES_MAX, false),
            (HELD_BYTES_MAX + 1, true),
            (3 * HELD_BYTES_MAX, true),
        ] {
            let sent: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let document = body(chunked(&sent), STREAM_BYTES_MAX, folder.path())
                .await
                .unwrap();
            assert_eq!(
                matches!(document, Document::Spooled(_)),
                is_spooled,
                "{size}"
            );
            assert!(read(&document) == sent && read(&document) == sent, "{size}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[tokio::test]
    async fn what_is_too_large_or_cut_short_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let sent = vec![b' '; 2 * HELD_BYTES_MAX];
        for max in [10, 2 * HELD_BYTES_MAX - 1] {
            let refused = body(chunked(&sent), max, folder.path())
                .await
                .err()
                .unwrap();
            assert_eq!(refused.status(), 413);
        }
        let cut: Vec<Result<Bytes, std::io::Error>> = vec![
            Ok(sent.into()),
            Err(std::io::Error::other("the connection was reset")),
        ];
        let cut = Request::new(Body::from_stream(futures::stream::iter(cut)));
        let refused = body(cut, STREAM_BYTES_MAX, folder.path()).await;
        assert_eq!(refused.err().unwrap().status(), 400);
        let missing = folder.path().join("missing");
        let nowhere = body(
            chunked(&[b' '; HELD_BYTES_MAX + 1]),
            STREAM_BYTES_MAX,
            &missing,
        )
        .await;
        assert_eq!(nowhere.err().unwrap().status(), 500);
    }
}
