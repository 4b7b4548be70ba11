//! How identifiers and amounts are written in JSON, for OpenAPI (feature `schema`).
//!
//! A type that a module puts into an action or a view describes itself here once, so that no module repeats what an
//! identifier looks like. The words are for people; what is valid is decided by each type's own parser.

use crate::{
    Compartment, Did, Digest, MemberId, Money, NetworkId, Quantity, StatementId,
    cose::{KeyId, PublicKey},
    epcis::{self, Timestamp, cbv},
    identifiers::Epc,
    quantity::Decimal,
    statement::Assurance,
};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type},
};

fn text(description: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .examples([example])
        .into()
}

fn number(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(description))
        .into()
}

fn pair(description: &str, example: [&str; 2]) -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(Type::String))
        .min_items(Some(2))
        .max_items(Some(2))
        .description(Some(description))
        .examples([example])
        .into()
}

macro_rules! described {
    ($($type:ty, $name:literal => $schema:expr;)*) => {
        $(impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                $schema
            }
        }
        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        })*
    };
}

described! {
    Epc, "Identifier" => text(
        "An object, class, lot or place: EPC URN, GS1 Digital Link or another URI.",
        "https://id.gs1.org/00/095211411234567892",
    );
    MemberId, "MemberId" => text("A member's short name: 1 to 24 lower-case letters, digits or inner hyphens.", "est");
    Compartment, "Compartment" => text("A compartment's short name; `common` is the ledger that all share.", "common");
    NetworkId, "NetworkId" => text("The network's name, a dot, and 16 digits of its genesis digest.", "baltic.ba7816bf8f01cfea");
    Did, "Did" => text("A signer's decentralised identifier (W3C DID Core).", "did:web:logistics.example:7f3a");
    Digest, "Digest" => text(
        "32 bytes as 64 hexadecimal digits.",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    StatementId, "StatementId" => text(
        "A statement's id: 64 hexadecimal digits.",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    KeyId, "KeyId" => text("The first eight bytes of a key's thumbprint, hexadecimal.", "a1b2c3d4e5f60718");
    Timestamp, "Timestamp" => text("A moment with its zone (ISO 8601).", "2026-05-01T10:00:00Z");
    Decimal, "Decimal" => text("A decimal number as text, so that nothing is rounded.", "120.5");
    Quantity, "Quantity" => pair(
        "An amount of goods: a decimal number as text, and a unit (UN/ECE Recommendation 20; `EA` for what is counted).",
        ["120", "EA"],
    );
    Money, "Money" => pair("An amount of money: a decimal number as text, and a currency (ISO 4217).", ["1250.00", "EUR"]);
    cbv::BizStep, "BizStep" => text("A business step (CBV 2.0 section 7.1), or a URI.", "shipping");
    cbv::Disposition, "Disposition" => text("A disposition (CBV 2.0 section 7.2), or a URI.", "in_transit");
    PublicKey, "PublicKey" => ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("A public key as JSON Web Key (RFC 7517): Ed25519, P-256 or ML-DSA-65."))
        .examples([serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        })])
        .into();
    Assurance, "Assurance" => ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["own_key", "held_by_node"]))
        .description(Some("Whose hand holds a key: the signer's own, or the member's node."))
        .into();
    epcis::EventKind, "EpcisEventKind" => number("The kind of an EPCIS event: 0 object, 1 aggregation, 2 transaction, 3 transformation, 4 association.");
    epcis::Action, "EpcisAction" => number("What an EPCIS event did: 0 add, 1 observe, 2 delete.");
    epcis::EventId, "EpcisEventId" => ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("An event's id: a URI."))
        .into();
    epcis::Event, "EpcisEvent" => ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("One event as EPCIS 2.0 JSON-LD writes it."))
        .into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Serialize, de::DeserializeOwned};
    use serde_json::Value;

    /// The example of a type's schema is a value of the type, and is written as it was read.
    fn holds<T: ToSchema + Serialize + DeserializeOwned>() {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let example = schema["examples"][0].clone();
        let value: T = serde_json::from_value(example.clone())
            .unwrap_or_else(|error| panic!("{}: {example}: {error}", T::name()));
        let written = serde_json::to_value(&value).unwrap();
        let (Value::Object(expected), Value::Object(found)) = (&example, &written) else {
            assert_eq!(written, example, "{}", T::name());
            return;
        };
        assert!(
            expected
                .iter()
                .all(|(key, value)| found.get(key) == Some(value)),
            "{written}"
        );
    }

    #[test]
    fn every_example_is_a_value_of_its_type() {
        holds::<Epc>();
        holds::<MemberId>();
        holds::<Compartment>();
        holds::<NetworkId>();
        holds::<Did>();
        holds::<Digest>();
        holds::<StatementId>();
        holds::<KeyId>();
        holds::<Decimal>();
        holds::<Quantity>();
        holds::<Money>();
        holds::<cbv::BizStep>();
        holds::<cbv::Disposition>();
        holds::<PublicKey>();
        assert!(Timestamp::parse("2026-05-01T10:00:00Z").is_some());
    }

    #[test]
    fn the_words_of_assurance_are_those_it_is_written_with() {
        let schema = serde_json::to_value(Assurance::schema()).unwrap();
        let words = [Assurance::OwnKey, Assurance::HeldByNode]
            .map(|one| serde_json::to_value(one).unwrap());
        assert_eq!(schema["enum"], Value::from(words.to_vec()));
    }
}
