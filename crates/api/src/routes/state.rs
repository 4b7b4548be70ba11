//! Proofs of the ledger's present state: a record is there, or it is not.

use crate::{
    app::App,
    extract::{self, Segments},
    problem::{Answer, Problem, rule},
    reading::{Reader, denied, look},
    routes::statements::proof_problem,
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use convoy_ledger::{StateKey, Table};
use convoy_modules::{Description, domain::key_text, domains, policy::vocabulary::View};
use convoy_types::receipt::StateProof;

/// Every table whose records can be proved.
fn tables() -> impl Iterator<Item = Table> {
    domains()
        .iter()
        .flat_map(Description::tables)
        .filter(Table::is_provable)
}

/// Prove that a record is in the ledger's state, or that it is not.
///
/// The proof leads from the record to the roots in the header of the last final block and its certificate; `convoy verify` checks it offline. A record
/// larger than one cell is proved by its first cell, which holds its length and beginning. Records of what happened, such as events, have
/// no state proof: the receipt of their statement proves them.
#[utoipa::path(get, path = "/v1/state/{module}/{table}/{key}/proof", operation_id = "getStateProof", tag = "ledger",
    params(
        ("module" = String, Path, description = "The module", example = "custody"),
        ("table" = String, Path, description = "One of its tables", example = "objects"),
        ("key" = String, Path, description = "The record's key in hexadecimal; for an object the UTF-8 bytes of its canonical identifier"),
    ),
    responses((status = 200, description = "A state proof", body = Vec<u8>, content_type = "application/cbor")))]
pub async fn proof(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    Segments((module, table, key)): Segments<(String, String, String)>,
) -> Answer<Response> {
    extract::accepts(&headers, &["application/cbor"])?;
    let known = tables().find(|known| known.module == module && known.name == table);
    let known = known.ok_or_else(|| {
        let names: Vec<String> = tables()
            .map(|table| format!("{}/{}", table.module, table.name))
            .collect();
        let detail = format!(
            "there is no table `{}/{}` whose records can be proved",
            extract::cut(&module),
            extract::cut(&table)
        );
        Problem::new(rule::NOT_FOUND, detail)
            .remedy(format!("Ask for one of {}.", names.join(", ")))
    })?;
    let key = hex::decode(&key).map_err(|error| {
        Problem::new(
            rule::BAD_PATH,
            format!("key: {error}; write it in hexadecimal"),
        )
    })?;
    let record = format!("{module}/{table}/{}", key_text(&key));
    let key = StateKey::of(app.node().compartment(), known, &key);
    let named = record.clone();
    let asked = look(&app, &reader, View::Export, move |seeing| {
        let seen = seeing.seen(&named)?;
        Ok((seen, seeing.is_clear(), seeing.why_not()?))
    });
    let (height, (seen, clear, why)) = asked.await?;
    // A proof of absence would tell what is kept from the reader from what is not there, so it is for those from whom nothing is kept.
    let missing = || {
        let detail = format!(
            "up to block {height} there is no proof of `{}` for this reader",
            extract::cut(&record)
        );
        Problem::new(rule::NOT_FOUND, detail)
    };
    if !seen {
        return Err(why.as_ref().map_or_else(missing, denied));
    }
    let proof = app.node().state_proof(key).await.map_err(proof_problem)?;
    if !clear && StateProof::decode(&proof).is_ok_and(|proof| proof.value.is_none()) {
        return Err(missing());
    }
    Ok(([(header::CONTENT_TYPE, "application/cbor")], proof).into_response())
}
