//! How long the hot parts take, in microseconds on one core: `cargo run --release -p convoy-types --example speed`.
//!
//! Each figure is the best of five rounds of a tenth of a second, so a busy machine shows what the code costs and not what waits.

use convoy_types::{
    Did, Digest, NetworkId, Statement, StatementBuilder,
    cose::{Algorithm, Check, SigningKey, verify_batch},
    epcis::{
        hash::{event_hash, pre_hash},
        json::{EpcFormat, parse_document},
        xml,
    },
    log::{Frontier, leaf_hash},
    receipt::{InclusionReceipt, TreeHead},
};
use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

fn measure<T>(name: &str, items: usize, mut work: impl FnMut() -> T) {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let (start, mut rounds) = (Instant::now(), 0u32);
        while start.elapsed() < Duration::from_millis(100) {
            black_box(work());
            rounds += 1;
        }
        let per_item = start.elapsed().as_secs_f64() / f64::from(rounds) / items as f64;
        best = best.min(per_item * 1e6);
    }
    println!("{name:<44} {best:>9.3} us");
}

fn key(algorithm: Algorithm, n: usize) -> Result<SigningKey, Box<dyn Error>> {
    let seed = Digest::of(&n.to_be_bytes());
    Ok(SigningKey::from_secret(algorithm, &seed.0)?)
}

fn statement(key: &SigningKey, n: usize) -> Result<Statement, Box<dyn Error>> {
    let network = NetworkId::of_genesis("baltic", &Digest::of(b"genesis"))?;
    let epc = "urn:epc:id:sgtin:4012345.011111.9876";
    let body = convoy_types::cbor::to_vec(&("offer", epc, "fra", 1_795_000_000_000u64));
    let builder = StatementBuilder::new(network, Did::new("did:web:est.example:anna")?, u64::MAX);
    Ok(builder
        .subject(epc)
        .sequence(0, n as u64)
        .action("custody", body)
        .sign(key)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm, 0)?;
        let one = statement(&key, 0)?;
        let bytes = one.bytes().clone();
        println!("{algorithm}: a statement of {} bytes", bytes.len());
        measure("  decode, with its id", 1, || {
            Statement::decode(bytes.clone())
        });
        measure("  id alone", 1, || Digest::of(&bytes));
        measure("  verify alone", 1, || one.verify(key.public()));
        measure("  sign", 1, || key.sign(&bytes));
    }
    for (count, signers) in [(128, 128), (1_024, 1_000), (1_024, 1)] {
        let keys = (0..signers)
            .map(|n| key(Algorithm::Ed25519, n))
            .collect::<Result<Vec<_>, _>>()?;
        let made = (0..count)
            .map(|n| Ok((&keys[n % signers], statement(&keys[n % signers], n)?)))
            .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        let signed: Vec<_> = made.iter().map(|(_, s)| s.signed_bytes()).collect();
        let checks: Vec<_> = made
            .iter()
            .zip(&signed)
            .map(|((key, s), message)| Check {
                key: key.public(),
                message,
                signature: s.signature(),
            })
            .collect();
        let name = format!("Ed25519 batch of {count}, {signers} signers");
        measure(&name, count, || verify_batch(&checks));
    }
    let entries: Vec<_> = (0u32..1_000)
        .map(|n| Digest::of(&n.to_be_bytes()))
        .collect();
    measure("leaf hash", entries.len(), || {
        entries.iter().for_each(|entry| {
            black_box(leaf_hash(entry));
        })
    });
    measure("append to the log", entries.len(), || {
        let mut log = Frontier::new();
        entries.iter().for_each(|entry| {
            log.append(entry, |_, _, _| {});
        });
        log.root()
    });
    events()?;
    receipts()
}

/// The event hash, beside SHA-256 alone over the same text, and reading and writing events.
fn events() -> Result<(), Box<dyn Error>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenario");
    let (mut events, mut texts) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = std::fs::read(path)?;
            events.extend(
                parse_document(&text)
                    .map_err(|errors| errors[0].clone())?
                    .events,
            );
            texts.push(text);
        }
    }
    let hashed: Vec<String> = events.iter().map(|event| pre_hash(event, &[])).collect();
    let bytes = hashed.iter().map(String::len).sum::<usize>() / events.len();
    measure(
        &format!("event hash, {bytes} bytes hashed"),
        events.len(),
        || {
            events.iter().for_each(|event| {
                black_box(event_hash(event));
            })
        },
    );
    measure("  SHA-256 of that text alone", events.len(), || {
        hashed.iter().for_each(|text| {
            black_box(Digest::of(text.as_bytes()));
        })
    });
    measure("event read from JSON", events.len(), || {
        texts.iter().for_each(|text| {
            black_box(parse_document(text).is_ok());
        })
    });
    let made = events[0].event_time;
    let written = xml::document_xml(&events, made, EpcFormat::Urn, xml::Version::V2_0)?;
    measure("event written as XML", events.len(), || {
        xml::document_xml(&events, made, EpcFormat::Urn, xml::Version::V2_0)
    });
    measure("event read from XML", events.len(), || {
        xml::parse_document(written.as_bytes())
    });
    Ok(())
}

fn receipts() -> Result<(), Box<dyn Error>> {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm, 1)?;
        let head = TreeHead {
            issuer: Did::new("did:web:est.example")?,
            network: NetworkId::of_genesis("baltic", &Digest::of(b"genesis"))?,
            height: 1_000_000,
            time_ms: 1_795_000_000_000,
            size: 10_000_000,
            root: Digest::of(b"root"),
        };
        let receipt = InclusionReceipt::new(head.sign(&key)?, 1, vec![Digest::ZERO; 24], None);
        let (bytes, entry) = (receipt.encode(), Digest::of(b"entry"));
        measure(
            &format!("receipt, {algorithm}: decode and verify"),
            1,
            || {
                let receipt = InclusionReceipt::decode(&bytes, &entry).ok()?;
                receipt.signed().verify(key.public()).ok()
            },
        );
    }
    Ok(())
}
