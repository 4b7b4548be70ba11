//! The certificate of HTTPS: whether it can be used, until when, and whether it has the names by which people come.

use super::Finding;
use crate::clock;
use convoy_api::{Certificate, examine_certificate};
use convoy_node::config::NodeConfig;

const CHECK: &str = "https";
const RENEW: &str =
    "put a new one in its place: convoy network certificate; the node reads it by itself";

/// Looks at the files that `api.tls` names.
pub fn examine(config: &NodeConfig) -> Finding {
    let Some(files) = &config.api.tls else {
        return Finding::not_checked(
            CHECK,
            "api.tls is not set: only this machine reaches the node",
        );
    };
    let now_ms = clock::now_ms();
    let origins = config.signin.passkeys.as_ref();
    let origins = origins.map_or(&[][..], |passkeys| &passkeys.origins);
    match examine_certificate(files, now_ms) {
        Ok(found) => judge(&found, origins, now_ms),
        Err(fault) => Finding::fault(CHECK, fault, RENEW),
    }
}

fn judge(found: &Certificate, origins: &[String], now_ms: u64) -> Finding {
    let until = clock::utc(found.ends_ms);
    if now_ms >= found.ends_ms {
        let told = format!("the certificate ended {until}: programs and browsers refuse this node");
        return Finding::fault(CHECK, told, RENEW);
    }
    let names = found.names.join(", ");
    let mut hosts = origins.iter().filter_map(|origin| host(origin));
    if let Some(host) = hosts.find(|host| !found.names.iter().any(|name| covers(name, host))) {
        let told = format!("people sign in at https://{host}, and the certificate is for {names}");
        let remedy = format!(
            "make one with this name too: convoy network certificate … --name {host}; or change signin.passkeys.origins"
        );
        return Finding::fault(CHECK, told, remedy);
    }
    let told = format!("the certificate is for {names} and holds until {until}");
    match found.alarm_days {
        Some(days) => Finding::note(CHECK, format!("{told}: {days} days"), RENEW),
        None => Finding::ok(CHECK, told),
    }
}

/// The host of an address that is opened over HTTPS.
fn host(origin: &str) -> Option<&str> {
    let rest = origin.strip_prefix("https://")?;
    match rest.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => rest.split([':', '/']).next(),
    }
}

/// Whether a certificate's name is for `host`: a star stands for one part (RFC 6125 6.4.3).
fn covers(name: &str, host: &str) -> bool {
    let below = |name: &str| {
        name.split_once('.')
            .map(|(_, rest)| rest.to_ascii_lowercase())
    };
    match name.strip_prefix("*.") {
        Some(rest) => below(host).as_deref() == Some(rest.to_ascii_lowercase().as_str()),
        None => name.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    const DAY_MS: u64 = 86_400_000;

    fn level(names: &[&str], days: u64, origin: &str) -> Level {
        let now_ms = 1_000 * DAY_MS;
        let found = Certificate {
            ends_ms: now_ms + days * DAY_MS,
            alarm_days: (days < 60).then_some(days),
            names: names.iter().map(ToString::to_string).collect(),
        };
        judge(&found, &[origin.to_owned()], now_ms).level
    }

    #[test]
    fn a_certificate_that_ended_or_lacks_the_consoles_name_is_a_fault_and_one_that_ends_soon_a_note()
     {
        let at = "https://convoy.mod.example:8501";
        let named = ["convoy.mod.example", "192.0.2.10"];
        assert_eq!(level(&named, 90, at), Level::Ok);
        assert_eq!(level(&named, 59, at), Level::Note);
        assert_eq!(level(&named, 0, at), Level::Fault);
        assert_eq!(level(&["other.example"], 90, at), Level::Fault);
        assert_eq!(level(&["*.mod.example"], 90, at), Level::Ok);
        assert_eq!(level(&["*.example"], 90, at), Level::Fault);
        assert_eq!(level(&["192.0.2.10"], 90, "https://192.0.2.10/"), Level::Ok);
        assert_eq!(level(&["::1"], 90, "https://[::1]:8501"), Level::Ok);
        assert_eq!(
            level(&["other.example"], 90, "http://localhost:8101"),
            Level::Ok
        );
    }
}
