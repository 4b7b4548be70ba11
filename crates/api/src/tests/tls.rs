//! HTTPS and machines' certificates, over real sockets.

use super::{
    browser::{OFFICER, SCANNER},
    harness::{GATE, Running, own_address},
};
use convoy_client::{Client, ClientError, Https, Retry};
use convoy_node::{NodeConfig, config::TlsConfig};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

const DAY: Duration = Duration::from_secs(86_400);

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, in PEM.
fn certificate(authority: &Authority, names: Vec<SanType>, days: u32) -> (String, String) {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names;
    params.not_after = (SystemTime::now() + DAY * days).into();
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    let key = KeyPair::generate().unwrap();
    let made = params.signed_by(&key, authority).unwrap();
    (made.pem(), key.serialize_pem())
}

fn write(folder: &Path, authority: &Authority, days: u32) {
    let names = vec![SanType::DnsName("localhost".try_into().unwrap())];
    let (pem, key) = certificate(authority, names, days);
    std::fs::write(folder.join("node.key"), key).unwrap();
    std::fs::write(folder.join("node.pem"), pem).unwrap();
}

struct Secure {
    running: Running,
    folder: tempfile::TempDir,
    network: Authority,
    machines: Authority,
    url: String,
}

impl Secure {
    async fn start(days: u32) -> Self {
        let (network, machines) = (authority(), authority());
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &network, days);
        std::fs::write(folder.path().join("machines.pem"), machines.pem()).unwrap();
        let listen = own_address();
        let tls = tls(folder.path(), listen);
        let running =
            Running::start_with(|config: &mut NodeConfig| config.api.tls = Some(tls)).await;
        Self {
            running,
            folder,
            network,
            machines,
            url: format!("https://localhost:{}", listen.port()),
        }
    }

    fn client(&self, token: Option<&str>, machine: Option<(String, String)>) -> Client {
        let https = Https {
            authorities: Some(self.network.pem().into_bytes()),
            machine: machine.map(|(pem, key)| (pem.into_bytes(), key.into_bytes())),
        };
        let once = Retry {
            within: Duration::ZERO,
            ..Retry::default()
        };
        Client::with_https(&self.url, token, &https)
            .unwrap()
            .with_retry(once)
    }

    fn machine(&self, authority: &Authority, did: &str) -> Client {
        let name = SanType::URI(did.try_into().unwrap());
        self.client(None, Some(certificate(authority, vec![name], 30)))
    }
}

fn tls(folder: &Path, listen: SocketAddr) -> TlsConfig {
    TlsConfig {
        listen,
        certificate: folder.join("node.pem"),
        key: folder.join("node.key"),
        machines: Some(folder.join("machines.pem")),
    }
}

async fn session(client: &Client) -> Result<Value, ClientError> {
    client.get(&["v1", "session"], &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_trusts_the_networks_authority_is_served_and_any_other_is_not() {
    let secure = Secure::start(400).await;
    let client = secure.client(Some(&secure.running.read), None);
    assert_eq!(session(&client).await.unwrap()["how"], "token");
    let health: Value = client.get(&["v1", "health"], &[]).await.unwrap();
    assert_eq!(health["notices"], json!([]));
    let other = Https {
        authorities: Some(authority().pem().into_bytes()),
        machine: None,
    };
    let once = Retry {
        within: Duration::ZERO,
        ..Retry::default()
    };
    let stranger = Client::with_https(&secure.url, None, &other)
        .unwrap()
        .with_retry(once);
    let refused = session(&stranger).await.unwrap_err();
    assert!(
        refused.to_string().to_lowercase().contains("certificate"),
        "{refused}"
    );
    assert!(
        secure.running.client(&secure.running.read).is_ready().await,
        "plain HTTP stays on this machine"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machines_certificate_signs_in_as_the_device_it_names_until_the_ledger_suspends_it() {
    let secure = Secure::start(400).await;
    let gate = secure.machine(&secure.machines, GATE);
    let me = session(&gate).await.unwrap();
    assert_eq!(
        (me["how"].as_str(), me["signer"].as_str()),
        (Some("certificate"), Some(GATE))
    );
    assert_eq!(me["scopes"], json!(["read", "submit"]));
    for (person, why) in [
        (SCANNER, "person"),
        (OFFICER, "person"),
        ("did:convoy:nobody", "does not know"),
    ] {
        let refused = session(&secure.machine(&secure.machines, person))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains(why), "{person}: {refused}");
    }
    let forged = session(&secure.machine(&secure.network, GATE)).await;
    assert!(forged.is_err(), "the network's authority makes no machines");
    let two =
        ["did:convoy:gate", "did:convoy:gate2"].map(|did| SanType::URI(did.try_into().unwrap()));
    let both = secure.client(None, Some(certificate(&secure.machines, two.into(), 30)));
    assert!(
        session(&both)
            .await
            .unwrap_err()
            .to_string()
            .contains("more than one")
    );

    let suspend = json!({"did": GATE, "status": "suspended"}).to_string();
    let path = "/v1/modules/membership/actions/set_signer_status";
    let done = secure
        .running
        .post(path, &secure.running.officer, "application/json", suspend)
        .await;
    assert_eq!(done.status(), 202);
    let asked = Instant::now();
    while session(&gate).await.is_ok() {
        assert!(asked.elapsed() < Duration::from_secs(30), "still let in");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let refused = session(&gate).await.unwrap_err();
    assert!(refused.to_string().contains("suspended"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_near_its_end_is_told_and_a_new_one_is_read_without_a_restart() {
    let secure = Secure::start(6).await;
    let client = secure.client(None, None);
    let health: Value = client.get(&["v1", "health"], &[]).await.unwrap();
    let notice = health["notices"][0].as_str().unwrap_or("").to_owned();
    assert!(
        notice.contains("ends in 5 days") && notice.contains("node.pem"),
        "{health}"
    );
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let own = crate::tls::Tls::open(&tls(secure.folder.path(), listen)).unwrap();
    assert!(!own.refresh(), "nothing changed");
    let time = || {
        let file = secure.folder.path().join("node.pem");
        std::fs::metadata(file).unwrap().modified().unwrap()
    };
    let put = |what: &dyn Fn()| {
        // A file's time has the grain of the disk.
        let before = time();
        while time() == before {
            what();
        }
    };
    put(&|| std::fs::write(secure.folder.path().join("node.pem"), "no certificate").unwrap());
    assert!(!own.refresh());
    let told = own.notices(crate::app::now_ms()).join(" ");
    assert!(
        told.contains("is not used") && told.contains("ends in 5 days"),
        "{told}"
    );
    put(&|| write(secure.folder.path(), &secure.network, 300));
    assert!(own.refresh());
    assert_eq!(own.notices(crate::app::now_ms()), Vec::<String>::new());
    let asked = Instant::now();
    loop {
        let health: Value = secure
            .client(None, None)
            .get(&["v1", "health"], &[])
            .await
            .unwrap();
        if health["notices"] == json!([]) {
            break;
        }
        assert!(
            asked.elapsed() < Duration::from_secs(30),
            "the running node still has the old one"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
