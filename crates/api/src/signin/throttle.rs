//! How often somebody may try.
//!
//! Two bounds. Every address has a number of attempts in a minute, over all ways of signing in. And who fails with one name from one address
//! waits longer each time, from the fifth failure on: 1 s, 2 s, up to [`WAIT_MAX_MS`]. The wait belongs to the pair of name and address, so
//! that failing on purpose with somebody's name makes nobody wait but oneself; a device on which the person has signed in before is a pair of
//! its own, so that even from the same address it is answered.
//!
//! Limits: [`PAIRS_MAX`] pairs and addresses each; those that were quiet longest make room. Nothing is kept over a restart.

use convoy_types::Digest;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

const PAIRS_MAX: usize = 50_000;
/// Failures that cost nothing but the work of checking.
const FREE: u32 = 4;
/// The longest wait.
const WAIT_MAX_MS: u64 = 300_000;
/// After this long without a failure all is forgotten.
const FORGET_MS: u64 = 3_600_000;
const MINUTE_MS: u64 = 60_000;

#[derive(Clone, Copy, Default)]
struct Failures {
    count: u32,
    last_ms: u64,
}

#[derive(Clone, Copy, Default)]
struct Minute {
    began_ms: u64,
    attempts: u32,
}

#[derive(Default)]
struct Known {
    pairs: HashMap<Digest, Failures>,
    addresses: HashMap<IpAddr, Minute>,
}

/// What was tried lately.
pub struct Throttle {
    per_minute: u32,
    known: Mutex<Known>,
}

/// Addresses of one IPv6 network count as one: a household has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            let prefix = six.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(prefix.into())
        }
    }
}

/// The pair of a name and whence it is tried: a known device, else the address.
pub fn pair(name: &str, address: IpAddr, device: Option<&Digest>) -> Digest {
    let whence = match device {
        Some(device) => device.to_string(),
        None => network(address).to_string(),
    };
    Digest::of(format!("{name}\0{whence}").as_bytes())
}

impl Throttle {
    /// With `per_minute` attempts of one address.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            known: Mutex::default(),
        }
    }

    /// Counts an attempt of `address`.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn attempt(&self, address: IpAddr, now_ms: u64) -> Result<(), u64> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let minutes = &mut known.addresses;
        if minutes.len() >= PAIRS_MAX {
            minutes.retain(|_, minute| now_ms.saturating_sub(minute.began_ms) < MINUTE_MS);
            if minutes.len() >= PAIRS_MAX {
                minutes.clear();
            }
        }
        let minute = minutes.entry(network(address)).or_default();
        let since = now_ms.saturating_sub(minute.began_ms);
        if since >= MINUTE_MS {
            *minute = Minute {
                began_ms: now_ms,
                attempts: 0,
            };
        }
        if minute.attempts >= self.per_minute {
            return Err(MINUTE_MS.saturating_sub(since).div_ceil(1_000).max(1));
        }
        minute.attempts += 1;
        Ok(())
    }

    /// Whether `pair` may be checked now.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn may(&self, pair: &Digest, now_ms: u64) -> Result<(), u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failures) = known.pairs.get(pair) else {
            return Ok(());
        };
        let until = failures.last_ms.saturating_add(wait_ms(failures.count));
        match until.saturating_sub(now_ms) {
            0 => Ok(()),
            left => Err(left.div_ceil(1_000)),
        }
    }

    /// `pair` failed.
    pub fn failed(&self, pair: Digest, now_ms: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.pairs.len() >= PAIRS_MAX {
            known
                .pairs
                .retain(|_, failures| now_ms.saturating_sub(failures.last_ms) < WAIT_MAX_MS);
            if known.pairs.len() >= PAIRS_MAX {
                known.pairs.clear();
            }
        }
        let failures = known.pairs.entry(pair).or_default();
        if now_ms.saturating_sub(failures.last_ms) >= FORGET_MS {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last_ms = now_ms;
    }

    /// `pair` succeeded.
    pub fn succeeded(&self, pair: &Digest) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.pairs.remove(pair);
    }
}

fn wait_ms(failures: u32) -> u64 {
    match failures.checked_sub(FREE + 1) {
        None => 0,
        Some(doublings) => (1_000_u64 << doublings.min(20)).min(WAIT_MAX_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_wait_grows_with_failures_and_belongs_to_the_pair() {
        let throttle = Throttle::new(1_000);
        let attacker = pair("anna", at("10.0.0.1"), None);
        for _ in 0..FREE {
            throttle.failed(attacker, 0);
        }
        assert_eq!(throttle.may(&attacker, 0), Ok(()));
        throttle.failed(attacker, 0);
        assert_eq!(throttle.may(&attacker, 0), Err(1));
        throttle.failed(attacker, 1_000);
        assert_eq!(throttle.may(&attacker, 1_000), Err(2));
        for _ in 0..40 {
            throttle.failed(attacker, 2_000);
        }
        assert_eq!(throttle.may(&attacker, 2_000), Err(300));
        assert_eq!(
            throttle.may(&pair("anna", at("10.0.0.2"), None), 2_000),
            Ok(())
        );
        let device = Digest::of(b"anna's own device");
        let known = pair("anna", at("10.0.0.1"), Some(&device));
        assert_eq!(
            throttle.may(&known, 2_000),
            Ok(()),
            "from the attacker's own address"
        );
        throttle.succeeded(&attacker);
        assert_eq!(throttle.may(&attacker, 2_000), Ok(()));
    }

    #[test]
    fn an_address_has_its_attempts_in_a_minute_and_an_ipv6_network_counts_as_one() {
        let throttle = Throttle::new(2);
        assert_eq!(throttle.attempt(at("2001:db8::1"), 0), Ok(()));
        assert_eq!(throttle.attempt(at("2001:db8::2"), 0), Ok(()));
        assert_eq!(throttle.attempt(at("2001:db8::3"), 15_000), Err(45));
        assert_eq!(throttle.attempt(at("2001:db8:0:1::1"), 15_000), Ok(()));
        assert_eq!(throttle.attempt(at("2001:db8::3"), 60_000), Ok(()));
    }
}
