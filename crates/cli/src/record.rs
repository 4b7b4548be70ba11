//! A record of the ledger's state as people name it: an object by its identifier, any other by module, table and key.

use crate::failure::{Failure, Outcome};
use clap::Args;
use convoy_ledger::{
    StateKey, Table,
    state::{Cell, from_cells},
};
use convoy_modules::{
    Description,
    custody::{self, types::Object},
    domains,
};
use convoy_types::{Compartment, cbor};

/// The table of objects, whose records have an option of their own.
const OBJECTS: &str = "objects";
/// What bytes are written behind, where a key is no text.
const BYTES: &str = "0x";
/// Digits of the shortest identifier of the ledger that is bytes: a handover's, a case's.
const ID_DIGITS: usize = 32;

/// Which record a state proof is about.
#[derive(Args, Debug)]
pub struct Named {
    /// An object, by its identifier in any form: that the ledger knows it, and what it says of it, or that it does not
    #[arg(long, value_name = "ID")]
    object: Option<String>,
    /// Any other record, such as membership/members/est: its key as text, or as 0x and hexadecimal digits
    #[arg(long, value_name = "MODULE/TABLE/KEY", conflicts_with = "object")]
    record: Option<String>,
}

impl Named {
    /// The record, where one is named.
    ///
    /// # Errors
    /// Usage: there is no such table, or no record can have this key.
    pub fn record(&self) -> Outcome<Option<Record>> {
        match (&self.object, &self.record) {
            (Some(id), _) => Record::parse(&format!("{}/{OBJECTS}/{id}", custody::NAME)).map(Some),
            (None, Some(name)) => Record::parse(name).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The same on a command line, behind a space.
    pub fn again(&self) -> String {
        match (&self.object, &self.record) {
            (Some(id), _) => format!(" --object '{id}'"),
            (None, Some(name)) => format!(" --record '{name}'"),
            (None, None) => String::new(),
        }
    }
}

/// A record of the state.
#[derive(Debug)]
pub struct Record {
    /// Its table.
    pub table: Table,
    /// Its key as it is stored.
    pub key: Vec<u8>,
    /// What people call it.
    pub name: String,
}

impl Record {
    fn parse(name: &str) -> Outcome<Self> {
        let mut parts = name.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (module, table, text) = (part(), part(), part());
        let known = domains()
            .iter()
            .find(|domain| domain.name() == module)
            .and_then(|domain| {
                let found = domain.tables().find(|known| known.name == table);
                found
                    .filter(Table::is_provable)
                    .map(|table| (domain, table))
            });
        let (domain, table) = known.ok_or_else(|| {
            Failure::usage(format!(
                "`{name}` is in no table whose records can be proved"
            ))
            .remedy(format!("write MODULE/TABLE/KEY with one of {}", tables()))
        })?;
        let key = key(domain, table, text)?;
        Ok(Self {
            table,
            key,
            name: name.to_owned(),
        })
    }

    /// Its key in the state.
    pub fn state_key(&self) -> StateKey {
        StateKey::of(&Compartment::common(), self.table, &self.key)
    }
}

fn key(domain: &Description, table: Table, text: &str) -> Outcome<Vec<u8>> {
    let wrong = |reason: String| {
        Failure::usage(format!(
            "`{text}` is no key of {}/{}: {reason}",
            table.module, table.name
        ))
    };
    if let Some(digits) = text.strip_prefix(BYTES) {
        return hex::decode(digits).map_err(|error| wrong(error.to_string()));
    }
    let digits = text.len() >= ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() || digits {
        let reason =
            format!("write bytes as {BYTES} and hexadecimal digits, anything else as text");
        return Err(wrong(reason));
    }
    let key = domain.record_key(table.name, text);
    let key = key.ok_or_else(|| wrong("it is no identifier of an object".into()))?;
    Ok(key.into_bytes())
}

fn tables() -> String {
    let all = domains().iter().flat_map(Description::tables);
    let names: Vec<_> = all
        .filter(Table::is_provable)
        .map(|table| format!("{}/{}", table.module, table.name))
        .collect();
    names.join(", ")
}

/// What the first cell of an object's record says, where it holds all of it.
pub fn object(record: &Record, cell: &[u8]) -> Option<Object> {
    let cell = Cell::try_from(cell).ok()?;
    let whole = from_cells(&[cell])?;
    let of_objects = record.table.module == custody::NAME && record.table.name == OBJECTS;
    of_objects.then(|| cbor::from_slice(&whole).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Record {
        Record::parse(name).unwrap()
    }

    #[test]
    fn an_object_has_one_key_in_all_forms_of_its_identifier() {
        let object = |id: &str| {
            let named = Named {
                object: Some(id.to_owned()),
                record: None,
            };
            named.record().unwrap().unwrap()
        };
        let urn = object("urn:epc:id:sgtin:9521101.012001.NP26-0001");
        // The canonical form: the path of a GS1 Digital Link.
        assert_eq!(urn.key, b"01/09521101120011/21/NP26-0001");
        let link = object("https://id.gs1.org/01/09521101120011/21/NP26-0001");
        assert_eq!(urn.state_key(), link.state_key());
        assert_eq!(
            urn.state_key(),
            named("custody/objects/0x30312f30393532313130313132303031312f32312f4e5032362d30303031")
                .state_key()
        );
    }

    #[test]
    fn what_names_no_record_is_told_and_never_proved_absent() {
        assert_eq!(named("membership/members/est").key, b"est");
        let handover = format!("custody/handovers/0x{}", "ab".repeat(16));
        assert_eq!(named(&handover).key, [0xab; 16]);
        for wrong in [
            "members/est",
            "custody/colours/red",
            // What happened has no state proof.
            "custody/events/0x00",
            "custody/objects/no-identifier",
            "custody/objects/",
            "membership/members/0xzz",
            // Bytes that would be taken for text.
            &handover.replace("0x", ""),
        ] {
            let failure = Record::parse(wrong).unwrap_err();
            assert_eq!(failure.kind, crate::failure::Kind::Usage, "{wrong}");
        }
    }
}
