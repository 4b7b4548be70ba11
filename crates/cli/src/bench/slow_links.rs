//! Links with a round trip and loss between validators on one machine.
//!
//! The kernel's `netem` would be the honest way and is often absent; this stands in for it in user space: every ordered
//! pair of validators talks through a forwarder of its own that hands each piece on half a round trip after it arrived. A "lost" segment
//! holds back everything behind it for one more round trip, as TCP's fast retransmit does; it is decided per 1,448 bytes. What is not imitated: TCP's
//! slow start over the long path and its smaller window after loss. The report says which of the two was used.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// Payload of one full segment on Ethernet, bytes.
const SEGMENT_BYTES: usize = 1_448;
/// The largest piece forwarded at once, bytes.
const PIECE_BYTES: usize = 16 * 1_024;
/// Pieces on their way in one direction: 16 MiB, more than a long path holds.
const PIECES_MAX: usize = 1_024;

/// What a link is like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Both directions together.
    pub round_trip: Duration,
    /// Share of segments lost, 0 to 1.
    pub loss: f64,
}

/// Forwards every connection to `listener` on to `target` with `quality`, until the runtime ends.
pub async fn forward(listener: TcpListener, target: SocketAddr, quality: Quality) {
    let mut connections = 0u64;
    while let Ok((inbound, _)) = listener.accept().await {
        connections += 1;
        tokio::spawn(connect(inbound, target, quality, connections));
    }
}

async fn connect(
    inbound: TcpStream,
    target: SocketAddr,
    quality: Quality,
    seed: u64,
) -> io::Result<()> {
    let outbound = TcpStream::connect(target).await?;
    inbound.set_nodelay(true)?;
    outbound.set_nodelay(true)?;
    let (from_dialer, to_dialer) = inbound.into_split();
    let (from_target, to_target) = outbound.into_split();
    tokio::spawn(one_way(from_dialer, to_target, quality, seed * 2));
    tokio::spawn(one_way(from_target, to_dialer, quality, seed * 2 + 1));
    Ok(())
}

/// One direction: a reader that stamps each piece with when it is due, a writer that waits for that time.
async fn one_way(mut from: OwnedReadHalf, to: OwnedWriteHalf, quality: Quality, seed: u64) {
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    tokio::spawn(deliver(receiver, to));
    let mut dice = StdRng::seed_from_u64(seed);
    let mut due = Instant::now();
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let Ok(length @ 1..) = from.read(&mut piece).await else {
            return;
        };
        piece.truncate(length);
        let mut delay = quality.round_trip / 2;
        let segments = length.div_ceil(SEGMENT_BYTES);
        if (0..segments).any(|_| dice.gen_bool(quality.loss.clamp(0.0, 1.0))) {
            delay += quality.round_trip;
        }
        // What was sent later never arrives earlier: it is one TCP stream.
        due = due.max(Instant::now() + delay);
        if sender.send((due, piece)).await.is_err() {
            return;
        }
    }
}

async fn deliver(mut pieces: mpsc::Receiver<(Instant, Vec<u8>)>, mut to: OwnedWriteHalf) {
    while let Some((due, piece)) = pieces.recv().await {
        sleep_until(due).await;
        if to.write_all(&piece).await.is_err() {
            return;
        }
    }
    let _closed = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo_through(quality: Quality) -> Duration {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = echo.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut peer, _) = echo.accept().await.unwrap();
            let (mut from, mut to) = peer.split();
            tokio::io::copy(&mut from, &mut to).await.unwrap();
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(forward(listener, target, quality));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let asked = Instant::now();
        stream.write_all(b"convoy").await.unwrap();
        let mut answer = [0; 6];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"convoy");
        asked.elapsed()
    }

    #[tokio::test]
    async fn a_round_trip_takes_at_least_its_time() {
        let round_trip = Duration::from_millis(80);
        let took = echo_through(Quality {
            round_trip,
            loss: 0.0,
        })
        .await;
        assert!(took >= round_trip, "{took:?}");
    }

    #[tokio::test]
    async fn a_lost_segment_costs_another_round_trip_each_way() {
        let round_trip = Duration::from_millis(40);
        let took = echo_through(Quality {
            round_trip,
            loss: 1.0,
        })
        .await;
        assert!(took >= round_trip * 3, "{took:?}");
    }
}
