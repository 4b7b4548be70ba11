//! Retries, against a server that does what it is told: this and only this cannot be had from a real node.

use crate::{Client, ClientError, Retry, Signer, SigningKey};
use convoy_types::{Did, Digest, NetworkId, Statement, cose::Algorithm};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// What the server does with a connection after it has read the request's head.
enum Step {
    /// Hangs up.
    Drop,
    /// Answers with this status, further headers and body.
    Answer(&'static str, &'static str, String),
}

/// Serves `steps`, one connection each; returns the address and a handle that says how many were taken.
async fn scripted(steps: Vec<Step>) -> (String, tokio::task::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let mut taken = 0;
        for step in steps {
            let waited = tokio::time::timeout(Duration::from_secs(3), listener.accept()).await;
            let Ok(Ok((mut stream, _))) = waited else {
                return taken;
            };
            taken += 1;
            let mut head = [0; 16 * 1024];
            let _ = stream.read(&mut head).await;
            if let Step::Answer(status, headers, body) = step {
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
        taken
    });
    (url, served)
}

fn busy() -> Step {
    let body = r#"{"type":"/v1/refusals#busy","title":"Busy","status":503,"detail":"full","code":2015,"name":"busy","retryable":true,"remedy":"Wait."}"#;
    Step::Answer("503 Busy", "retry-after: 0\r\n", body.into())
}

fn accepted(statement: &Statement) -> Step {
    let body = format!(
        r#"{{"results":[{{"id":"{}","state":"waiting"}}]}}"#,
        statement.id()
    );
    Step::Answer("202 Accepted", "", body)
}

fn client(url: &str) -> Client {
    let retry = Retry {
        first: Duration::from_millis(5),
        ..Retry::default()
    };
    Client::new(url, Some("convoy_0"))
        .unwrap()
        .with_retry(retry)
}

fn statement() -> Statement {
    let network = NetworkId::of_genesis("test", &Digest::of(b"g")).unwrap();
    let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).unwrap();
    let signer = Signer::new(network, Did::new("did:web:a:b").unwrap(), key, 0, 0);
    signer.sign("custody", &1u8).unwrap()
}

#[tokio::test]
async fn a_signed_statement_is_sent_again_after_a_lost_connection_and_a_full_node() {
    let statement = statement();
    let (url, served) = scripted(vec![Step::Drop, busy(), accepted(&statement)]).await;
    assert_eq!(
        client(&url).submit(&statement).await.unwrap(),
        statement.id()
    );
    assert_eq!(served.await.unwrap(), 3);
}

#[tokio::test]
async fn what_the_node_would_sign_twice_is_not_sent_again_after_a_lost_connection() {
    let (url, served) = scripted(vec![Step::Drop, accepted(&statement())]).await;
    let actions = [("custody", serde_json::json!({}))];
    let lost = client(&url).act(&actions, None).await.unwrap_err();
    assert!(matches!(lost, ClientError::Connection { .. }), "{lost}");
    assert_eq!(served.await.unwrap(), 1);
}

#[tokio::test]
async fn a_refusal_that_time_does_not_heal_is_given_at_once_with_its_words() {
    let body = r#"{"status":422,"code":219,"name":"packed","detail":"it is in a case","retryable":false,"remedy":"Unpack it first."}"#;
    let answer = Step::Answer("422 Unprocessable", "", body.into());
    let (url, served) = scripted(vec![answer, busy()]).await;
    let refused = client(&url).submit(&statement()).await.unwrap_err();
    assert_eq!(refused.code(), Some(219));
    assert_eq!(
        refused.to_string(),
        "packed (219): it is in a case. Unpack it first."
    );
    assert_eq!(served.await.unwrap(), 1);
}

#[test]
fn an_address_that_is_none_is_refused_by_name() {
    for wrong in [
        "",
        "127.0.0.1:80",
        "ftp://node.example",
        "http://",
        "https://",
    ] {
        let refused = Client::new(wrong, None).unwrap_err();
        assert!(
            matches!(refused, ClientError::Address { .. }),
            "{wrong}: {refused}"
        );
    }
}
