//! Statements to build byte for byte, and broken ones with the number, the field and the words of their refusal.

use super::{encodings, vault::Vault, wire};
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, Statement, StatementBuilder, cbor,
    cose::{Algorithm, KeyId, SigningKey},
    statement::{Assurance, Classification, Label},
    wire::Writer,
};
use serde_json::{Value, json};

const NETWORK: &str = "baltic.ba7816bf8f01cfea";
const SIGNER: &str = "did:web:est.example:anna";
const EPC: &str = "urn:epc:id:sgtin:4012345.011111.9876";

pub fn vectors(vault: &Vault) -> Value {
    let good: Vec<Value> = recipes()
        .into_iter()
        .map(|recipe| built(vault, recipe))
        .collect();
    json!({"good": good, "refused": refused()})
}

/// What a builder is told, all fields by their names; absent ones are left at their defaults.
fn recipes() -> Vec<Value> {
    let action = json!({"module": "custody", "body": {"withdraw_handover": "7f3a"}});
    let plain = |name: &str, algorithm: &str| {
        json!({"name": name, "algorithm": algorithm, "network": NETWORK, "signer": SIGNER,
               "not_after_ms": "1795000120123", "actions": [action]})
    };
    let mut recipes = vec![
        plain("plain, Ed25519", "Ed25519"),
        plain("plain, ES256", "ES256"),
        plain("plain, ML-DSA-65", "ML-DSA-65"),
    ];
    let extra = [
        json!({"name": "subject and sequence", "subject": EPC, "lane": 7, "sequence": "4711"}),
        json!({"name": "largest numbers", "lane": 63, "sequence": "18446744073709551615", "not_after_ms": "18446744073709551615"}),
        json!({"name": "compartment", "compartment": "nordic"}),
        json!({"name": "the common ledger by name", "compartment": "common"}),
        json!({"name": "label, members unordered and twice", "label": {"classification": "restricted", "releasable_to": ["pol", "est", "pol", "fra"]}}),
        json!({"name": "label without members", "label": {"classification": "secret", "releasable_to": []}}),
        json!({"name": "open label", "label": {"classification": "unclassified", "releasable_to": []}}),
        json!({"name": "held by the node", "assurance": "held_by_node"}),
        json!({"name": "several actions", "actions": [
            {"module": "custody", "body": {"$map": [[100, null], [-1, true], ["b", {"$bytes": "00ff"}]]}},
            {"module": "membership", "body": ["add", {"$int": "9007199254740993"}, -25]},
            action]}),
        json!({"name": "text beyond ASCII", "subject": "Tapa – ладога", "actions": [{"module": "m", "body": "🚚"}]}),
    ];
    for members in extra {
        let mut recipe = plain("", "Ed25519");
        for (name, value) in members.as_object().unwrap() {
            recipe[name.as_str()] = value.clone();
        }
        recipes.push(recipe);
    }
    recipes
}

fn number(recipe: &Value, name: &str) -> u64 {
    recipe[name]
        .as_str()
        .map_or(0, |text| text.parse().unwrap())
}

fn builder(recipe: &Value) -> StatementBuilder {
    let network = NetworkId::new(recipe["network"].as_str().unwrap()).unwrap();
    let signer = Did::new(recipe["signer"].as_str().unwrap()).unwrap();
    let lane = recipe["lane"].as_u64().unwrap_or(0) as u8;
    let mut builder = StatementBuilder::new(network, signer, number(recipe, "not_after_ms"))
        .sequence(lane, number(recipe, "sequence"));
    if let Some(subject) = recipe["subject"].as_str() {
        builder = builder.subject(subject);
    }
    if let Some(name) = recipe["compartment"].as_str() {
        builder = builder.compartment(Compartment::new(name).unwrap());
    }
    if recipe["label"].is_object() {
        builder = builder.label(label(&recipe["label"]));
    }
    if recipe["assurance"].is_string() {
        builder = builder.assurance(Assurance::HeldByNode);
    }
    for action in recipe["actions"].as_array().unwrap() {
        let body = cbor::to_vec(&encodings::to_cbor(&action["body"]));
        builder = builder.action(action["module"].as_str().unwrap(), body);
    }
    builder
}

fn label(value: &Value) -> Label {
    let classification: Classification =
        serde_json::from_value(value["classification"].clone()).unwrap();
    let members = value["releasable_to"].as_array().unwrap();
    Label {
        classification,
        releasable_to: members
            .iter()
            .map(|member| MemberId::new(member.as_str().unwrap()).unwrap())
            .collect(),
    }
}

fn built(vault: &Vault, recipe: Value) -> Value {
    let algorithm = Algorithm::from_name(recipe["algorithm"].as_str().unwrap()).unwrap();
    let key = SigningKey::from_secret(algorithm, &encodings::secret(70)).unwrap();
    let builder = builder(&recipe);
    let unsigned = builder.unsigned(algorithm, key.public().key_id());
    let statement = vault.statement(&builder, &key);
    let mut vector = recipe;
    vector["secret"] = json!(hex::encode(encodings::secret(70)));
    vector["to_be_signed"] = json!(hex::encode(unsigned.to_be_signed()));
    vector["statement"] = json!(hex::encode(statement.bytes()));
    vector["id"] = json!(statement.id().to_string());
    vector
}

/// The parts of a statement as they are written, each open to damage.
#[derive(Clone)]
struct Parts {
    alg: i64,
    content_type: u64,
    kid: Vec<u8>,
    iss: String,
    sub: String,
    aud: String,
    protected_tail: Vec<u8>,
    version: u64,
    compartment: Vec<u8>,
    label: Vec<u8>,
    lane: u64,
    assurance: u64,
    actions: Vec<(String, Vec<u8>)>,
    payload_tail: Vec<u8>,
    unprotected: Vec<u8>,
    signature: Vec<u8>,
    tail: Vec<u8>,
}

impl Parts {
    fn new() -> Self {
        let null = wire(|w| {
            w.null();
        });
        Self {
            alg: -8,
            content_type: 60,
            kid: KeyId([7; 8]).0.to_vec(),
            iss: SIGNER.into(),
            sub: EPC.into(),
            aud: NETWORK.into(),
            protected_tail: Vec::new(),
            version: 1,
            compartment: null.clone(),
            label: null,
            lane: 0,
            assurance: 0,
            actions: vec![("custody".into(), vec![0x01])],
            payload_tail: Vec::new(),
            unprotected: vec![0xa0],
            signature: vec![9; 64],
            tail: Vec::new(),
        }
    }

    fn protected(&self) -> Vec<u8> {
        wire(|w| {
            w.map(4).int(1).int(self.alg).int(3).uint(self.content_type);
            w.int(4).bytes(&self.kid).int(15).map(3);
            w.int(1).text(&self.iss).int(2).text(&self.sub);
            w.int(3).text(&self.aud).raw(&self.protected_tail);
        })
    }

    fn payload(&self) -> Vec<u8> {
        wire(|w| {
            w.array(8).uint(self.version).raw(&self.compartment);
            w.raw(&self.label)
                .uint(self.lane)
                .uint(5)
                .uint(1_795_000_120_123);
            w.uint(self.assurance).array(self.actions.len());
            for (module, body) in &self.actions {
                w.array(2).text(module).bytes(body);
            }
            w.raw(&self.payload_tail);
        })
    }

    fn with(&self, protected: &[u8], payload: &[u8]) -> Vec<u8> {
        wire(|w| {
            w.tag(18).array(4).bytes(protected).raw(&self.unprotected);
            w.bytes(payload).bytes(&self.signature).raw(&self.tail);
        })
    }

    fn bytes(&self) -> Vec<u8> {
        self.with(&self.protected(), &self.payload())
    }
}

fn text(content: &str) -> Vec<u8> {
    wire(|w| {
        w.text(content);
    })
}

fn label_bytes(classification: u64, members: &[&str]) -> Vec<u8> {
    wire(|w| {
        w.array(2).uint(classification).array(members.len());
        for member in members {
            w.text(member);
        }
    })
}

type Damage = fn(&mut Parts);

/// What is wrong with a field that is there.
const DAMAGES: [(&str, Damage); 31] = [
    ("unknown algorithm", |p| p.alg = -37),
    ("another content type", |p| p.content_type = 50),
    ("a key id of nine bytes", |p| p.kid.push(0)),
    ("an issuer that is no DID", |p| p.iss = "est.example".into()),
    ("an issuer that is too long", |p| {
        p.iss = format!("did:web:{}", "a".repeat(220))
    }),
    ("an empty subject", |p| p.sub.clear()),
    ("a subject that is too long", |p| p.sub = "x".repeat(257)),
    ("a network without genesis", |p| p.aud = "baltic".into()),
    ("bytes behind the protected header", |p| {
        p.protected_tail.push(0)
    }),
    ("version 2", |p| p.version = 2),
    ("a compartment in capitals", |p| {
        p.compartment = text("Nordic")
    }),
    ("the common ledger spelled out", |p| {
        p.compartment = text("common")
    }),
    ("an open label", |p| p.label = label_bytes(0, &[])),
    ("an unknown classification", |p| {
        p.label = label_bytes(4, &[])
    }),
    ("a label out of order", |p| {
        p.label = label_bytes(1, &["fra", "est"])
    }),
    ("a member twice", |p| {
        p.label = label_bytes(1, &["est", "est"])
    }),
    ("a label of one", |p| p.label = vec![0x81, 0x01]),
    ("lane 64", |p| p.lane = 64),
    ("an unknown assurance", |p| p.assurance = 2),
    ("no action", |p| p.actions.clear()),
    ("a module in capitals", |p| {
        p.actions[0].0 = "Custody".into()
    }),
    ("a module without name", |p| p.actions[0].0.clear()),
    ("an empty body", |p| p.actions[0].1.clear()),
    ("a float in the body", |p| {
        p.actions[0].1 = vec![0xf9, 0x3c, 0x00]
    }),
    ("a body out of order", |p| {
        p.actions[0].1 = vec![0xa2, 0x02, 0, 0x01, 0]
    }),
    ("a body too deep", |p| {
        p.actions[0].1 = [vec![0x81; 33], vec![0]].concat()
    }),
    ("two items in a body", |p| p.actions[0].1 = vec![1, 1]),
    ("bytes behind the payload", |p| p.payload_tail.push(0)),
    ("something in the unprotected header", |p| {
        p.unprotected = vec![0xa1, 0x04, 0x41, 0x00]
    }),
    ("no signature", |p| p.signature.clear()),
    ("a signature that is too short", |p| {
        p.signature.truncate(63)
    }),
];

fn refused() -> Vec<Value> {
    let good = Parts::new();
    assert!(Statement::decode(good.bytes()).is_ok());
    let mut cases: Vec<(String, Vec<u8>)> = DAMAGES
        .iter()
        .map(|(name, damage)| {
            let mut parts = good.clone();
            damage(&mut parts);
            ((*name).into(), parts.bytes())
        })
        .collect();
    cases.extend(shapes(&good).map(|(name, bytes)| (name.to_owned(), bytes)));
    cases
        .into_iter()
        .map(|(name, bytes)| {
            let error = Statement::decode(bytes.clone()).unwrap_err();
            json!({
                "name": name, "statement": hex::encode(&bytes), "number": error.number(),
                "field": error.field, "error": error.to_string(),
            })
        })
        .collect()
}

/// What is wrong with the statement as a whole.
fn shapes(good: &Parts) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let (bytes, payload) = (good.bytes(), good.payload());
    let mut trailing = good.clone();
    trailing.tail.push(0xf6);
    let detached = wire(|w| {
        w.tag(18).array(4).bytes(&good.protected()).map(0).null();
        w.bytes(&good.signature);
    });
    let repeated = wire(|w: &mut Writer| {
        w.map(4).int(1).int(-8).int(1).int(-8).int(4).bytes(&[7; 8]);
        w.int(15).map(0);
    });
    let seven = wire(|w| {
        w.array(7)
            .uint(1)
            .null()
            .null()
            .uint(0)
            .uint(0)
            .uint(0)
            .uint(0);
    });
    let long_alg = [&[0xa4, 0x01, 0x38, 0x07][..], &good.protected()[3..]].concat();
    [
        ("nothing", Vec::new()),
        ("cut short", bytes[..bytes.len() - 1].to_vec()),
        ("untagged", bytes[1..].to_vec()),
        ("bytes behind the statement", trailing.bytes()),
        ("a detached payload", detached),
        (
            "a label of the header twice",
            good.with(&repeated, &payload),
        ),
        (
            "a header of three",
            good.with(&[0xa3, 1, 0x27, 3, 0x18, 60, 4, 0x40], &payload),
        ),
        (
            "a number longer than needed",
            good.with(&long_alg, &payload),
        ),
        ("a payload of seven", good.with(&good.protected(), &seven)),
        (
            "a payload that is a map",
            good.with(&good.protected(), &[0xa0]),
        ),
        (
            "an indefinite length",
            [&[0xd2, 0x9f][..], &bytes[2..]].concat(),
        ),
        ("text that is not UTF-8", {
            let mut bytes = bytes.clone();
            let at = bytes.windows(4).position(|w| w == b"urn:").unwrap();
            bytes[at] = 0xff;
            bytes
        }),
        ("noise", Digest::of(b"noise").0.to_vec()),
    ]
    .into_iter()
}
