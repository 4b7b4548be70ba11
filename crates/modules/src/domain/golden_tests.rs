//! The bytes of every action that modules take, every event that they tell and every record that they keep, in `golden/NAME.json`: the value as
//! JSON and its CBOR. A test here fails when a format changes, which breaks every statement, block and state that exists: give what
//! changes another version or variant instead, and add vectors.
//!
//! A vector without its CBOR gets it when `CONVOY_WRITE_GOLDEN` is set; one that has it is never overwritten.

use super::{Domain, RecordKind, fields::Described, fields::variants};
use crate::registry::{Visit, each};
use convoy_types::cbor;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    actions: Vec<Vector>,
    events: Vec<Vector>,
    records: Vec<Vector>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    json: Value,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    cbor: String,
}

impl Vector {
    /// The variant that an action or event is.
    fn name(&self) -> String {
        match &self.json {
            Value::String(name) => name.clone(),
            Value::Object(fields) if fields.len() == 1 => fields.keys().next().unwrap().clone(),
            other => panic!("{other} is no variant"),
        }
    }

    /// Compares the vector with `encoded`, its JSON as the module stores it.
    fn hold(&mut self, place: &str, encoded: Result<Vec<u8>, String>) {
        let bytes = encoded.unwrap_or_else(|wrong| panic!("{place}: {}: {wrong}", self.json));
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.cbor.is_empty() {
            assert!(
                writes(),
                "{place}: {} lacks its CBOR; write it with CONVOY_WRITE_GOLDEN=1",
                self.json
            );
            self.cbor.clone_from(&hex);
        }
        assert_eq!(hex, self.cbor, "{place}: the format changed");
    }
}

fn writes() -> bool {
    std::env::var_os("CONVOY_WRITE_GOLDEN").is_some()
}

/// The CBOR of `value`, which is read back to the same.
pub(super) fn stored<T: Serialize + DeserializeOwned>(value: &T) -> Result<Vec<u8>, String> {
    let bytes = cbor::to_vec(value);
    let again: T = cbor::from_slice(&bytes).map_err(|wrong| wrong.to_string())?;
    match cbor::to_vec(&again) == bytes {
        true => Ok(bytes),
        false => Err("what is read back is stored otherwise".to_owned()),
    }
}

/// The CBOR of the `T` that is written as JSON.
pub(super) fn of_json<T: Serialize + DeserializeOwned>(json: &Value) -> Result<Vec<u8>, String> {
    let value: T = serde_json::from_value(json.clone()).map_err(|wrong| wrong.to_string())?;
    stored(&value)
}

fn names(vectors: &[Vector]) -> BTreeSet<String> {
    vectors.iter().map(Vector::name).collect()
}

fn variants_of(described: &Described) -> BTreeSet<String> {
    let all = variants(described).into_iter();
    all.map(|variant| variant.name).collect()
}

#[derive(Default)]
struct Held(Vec<&'static str>);

impl Visit for Held {
    fn module<D: Domain>(&mut self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        let path = folder.join(format!("{}.json", D::NAME));
        let Ok(text) = fs::read_to_string(&path) else {
            return;
        };
        self.0.push(D::NAME);
        let mut vectors: Vectors = serde_json::from_str(&text).unwrap();
        let actions = variants_of(&Described::of::<D::Action>());
        assert_eq!(names(&vectors.actions), actions, "{}: actions", D::NAME);
        let events = variants_of(&Described::of::<D::Event>());
        assert_eq!(names(&vectors.events), events, "{}: events", D::NAME);
        for vector in &mut vectors.actions {
            let action = D::read_action(&vector.json).map_err(|wrong| wrong.to_string());
            let encoded = action.and_then(|action| stored(&action));
            vector.hold(&format!("an action of {}", D::NAME), encoded);
        }
        for vector in &mut vectors.events {
            let encoded = of_json::<D::Event>(&vector.json);
            vector.hold(&format!("an event of {}", D::NAME), encoded);
        }
        hold_records(D::NAME, &D::records(), &mut vectors.records);
        if writes() {
            let text = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
            fs::write(&path, text).unwrap();
        }
    }
}

fn hold_records(module: &str, kinds: &[RecordKind], vectors: &mut [Vector]) {
    let mut left: BTreeSet<&str> = kinds.iter().map(|kind| kind.table.name).collect();
    for vector in vectors {
        let table = vector.table.clone().unwrap_or_default();
        let kind = kinds.iter().find(|kind| kind.table.name == table);
        let kind = kind.unwrap_or_else(|| panic!("{module} has no table `{table}`"));
        left.remove(table.as_str());
        let encoded = (kind.stored)(&vector.json);
        vector.hold(&format!("a record of {module}/{table}"), encoded);
    }
    assert!(
        left.is_empty(),
        "{module}: records without a vector: {left:?}"
    );
}

#[test]
fn actions_events_and_records_have_their_bytes() {
    let mut held = Held::default();
    each(&mut held);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let files = fs::read_dir(folder).unwrap().count();
    assert!(files >= 3, "a file of vectors is gone");
    assert_eq!(held.0.len(), files, "a file is of no module: {:?}", held.0);
}

/// The TypeScript SDK is held to this file; so are we, since it was taken from a node once.
#[test]
fn actions_are_written_as_the_sdks_vectors_say() {
    #[derive(Deserialize)]
    struct Recorded {
        actions: Vec<Written>,
    }
    #[derive(Deserialize)]
    struct Written {
        module: String,
        action: Value,
        body: String,
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/typescript/test/actions.json");
    let recorded: Recorded = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(!recorded.actions.is_empty());
    for Written {
        module,
        action,
        body,
    } in recorded.actions
    {
        let written = crate::action_from_json(&module, &action)
            .unwrap_or_else(|wrong| panic!("{module}: {action}: {wrong}"));
        let hex: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, body, "{module}: {action}");
    }
}
