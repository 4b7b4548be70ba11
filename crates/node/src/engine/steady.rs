//! The runtime of a real node: the engine's own, with a time that does not go back.
//!
//! The engine measures how long to wait as the distance between two times of day, so a clock that is set back by an hour would make
//! every limiter and every deadline wait an hour longer. Behind [`Steady`] it sees a time that follows the machine's clock forwards, and goes a
//! tenth slower while it is ahead of it.
//! What a block says about the time comes from [`Runtime::wall`] and not from here.
//!
//! Its files are those of [`files`].

use super::{files, runtime::Runtime};
use commonware_parallel::Rayon;
use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Network, Resolver, SinkOf, Spawner, Storage,
    Strategizer, StreamOf, Supervisor,
    signal::Signal,
    telemetry::metrics::{Metric, Registered},
    tokio,
};
use governor::clock::{Clock as GovernorClock, ReasonablyRealtime};
use rand_core::{TryCryptoRng, TryRng};
use std::{
    convert::Infallible,
    fmt::Display,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    ops::RangeInclusive,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// A lead of more than this is given up at once: nobody connects to a node whose time is that far off
/// ([`CLOCKS_APART_MAX`](super::network::CLOCKS_APART_MAX)). Connections that wait because of it end by their silence and are made anew.
const LEAD_MAX: Duration = Duration::from_secs(43_200);
/// While the steady time is ahead of the machine's clock, it loses one part in this many.
const SLOWER_BY: u32 = 10;

/// A time that does not go back, but by more than [`LEAD_MAX`].
#[derive(Debug)]
struct SteadyTime {
    time: SystemTime,
    read: Instant,
}

impl SteadyTime {
    /// The time at `now`, when the machine's clock says `wall`.
    fn at(&mut self, now: Instant, wall: SystemTime) -> SystemTime {
        let passed = now.saturating_duration_since(self.read);
        let slowed = self.time + (passed - passed / SLOWER_BY);
        let lead = self.time.duration_since(wall).unwrap_or_default();
        self.time = if wall >= self.time + passed || lead > LEAD_MAX {
            wall
        } else {
            slowed.max(wall)
        };
        self.read = now.max(self.read);
        self.time
    }
}

/// The tokio runtime with a steady time. Its children share it.
pub struct Steady {
    inner: tokio::Context,
    own: Own,
}

/// What a context and its children share.
#[derive(Clone)]
struct Own {
    time: Arc<Mutex<SteadyTime>>,
    directory: Arc<Path>,
}

impl Steady {
    /// Begins with the machine's clock. `directory` is the one in which `inner` stores.
    pub fn new(inner: tokio::Context, directory: &Path) -> Self {
        let time = SteadyTime {
            time: SystemTime::now(),
            read: Instant::now(),
        };
        Self {
            inner,
            own: Own {
                time: Arc::new(Mutex::new(time)),
                directory: directory.into(),
            },
        }
    }
}

impl Runtime for Steady {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl Clock for Steady {
    fn current(&self) -> SystemTime {
        let mut time = self.own.time.lock().unwrap_or_else(PoisonError::into_inner);
        time.at(Instant::now(), SystemTime::now())
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep(duration)
    }

    fn sleep_until(
        &self,
        deadline: SystemTime,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        let left = deadline.duration_since(self.current());
        self.inner.sleep(left.unwrap_or_default())
    }
}

impl GovernorClock for Steady {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl ReasonablyRealtime for Steady {}

impl Supervisor for Steady {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        Self {
            inner: self.inner.child(label),
            own: self.own.clone(),
        }
    }

    fn with_attribute(self, key: &'static str, value: impl Display) -> Self {
        Self {
            inner: self.inner.with_attribute(key, value),
            own: self.own,
        }
    }
}

impl Spawner for Steady {
    fn shared(self, blocking: bool) -> Self {
        Self {
            inner: self.inner.shared(blocking),
            own: self.own,
        }
    }

    fn dedicated(self) -> Self {
        Self {
            inner: self.inner.dedicated(),
            own: self.own,
        }
    }

    fn spawn<F, Fut, T>(self, task: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let own = self.own;
        self.inner.spawn(move |inner| task(Self { inner, own }))
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

impl Strategizer for Steady {
    fn strategy(&self, parallelism: NonZeroUsize) -> Rayon {
        self.inner.strategy(parallelism)
    }
}

impl Metrics for Steady {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(
        &self,
        name: N,
        help: H,
        metric: M,
    ) -> Registered<M> {
        self.inner.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl Network for Steady {
    type Listener = <tokio::Context as Network>::Listener;

    async fn bind(&self, socket: SocketAddr) -> Result<Self::Listener, Error> {
        self.inner.bind(socket).await
    }

    async fn dial(&self, socket: SocketAddr) -> Result<(SinkOf<Self>, StreamOf<Self>), Error> {
        self.inner.dial(socket).await
    }
}

impl Resolver for Steady {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        self.inner.resolve(host).await
    }
}

impl Storage for Steady {
    type Blob = files::CachedBlob;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Self::Blob, u64, BlobVersion), Error> {
        let directory = &self.own.directory;
        files::open(&self.inner, directory, partition, name, versions).await
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.inner.remove(partition, name).await
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.scan(partition).await
    }
}

impl TryRng for Steady {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.inner.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Steady {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn begun() -> SteadyTime {
        SteadyTime {
            time: SystemTime::UNIX_EPOCH + SECOND * 1_000_000,
            read: Instant::now(),
        }
    }

    #[test]
    fn it_follows_a_clock_that_goes_on_or_is_set_ahead() {
        let mut steady = begun();
        let (now, wall) = (steady.read, steady.time);
        assert_eq!(steady.at(now + SECOND, wall + SECOND), wall + SECOND);
        let ahead = wall + SECOND * 7_200;
        assert_eq!(steady.at(now + SECOND * 2, ahead), ahead);
    }

    #[test]
    fn a_clock_set_back_makes_no_wait_longer_than_a_ninth_and_is_met_again() {
        let mut steady = begun();
        let (now, wall) = (steady.read, steady.time);
        let back = |seconds| wall + SECOND * seconds - SECOND * 90;
        let after_ten = steady.at(now + SECOND * 10, back(10));
        assert_eq!(after_ten, wall + SECOND * 9);
        assert_eq!(steady.at(now + SECOND * 1_000, back(1_000)), back(1_000));
    }

    #[test]
    fn a_clock_that_was_days_ahead_is_followed_back() {
        let mut steady = begun();
        let (now, wall) = (steady.read, steady.time);
        let yesterday = wall - SECOND * 86_400;
        assert_eq!(steady.at(now + SECOND, yesterday), yesterday);
    }

    proptest! {
        #[test]
        fn it_never_goes_back(steps in prop::collection::vec((0u64..5_000, -100_000i64..100_000), 1..50)) {
            let mut steady = begun();
            let (mut now, mut wall, mut last) = (steady.read, steady.time, steady.time);
            for (passed, set) in steps {
                now += Duration::from_millis(passed);
                wall += Duration::from_millis(passed);
                let by = Duration::from_millis(set.unsigned_abs());
                wall = if set < 0 { wall - by } else { wall + by };
                let time = steady.at(now, wall);
                prop_assert!(time >= last && time >= wall);
                last = time;
            }
        }
    }
}
