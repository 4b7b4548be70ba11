//! Prints the OpenAPI description that is checked in as `openapi/convoy.json`.

fn main() {
    print!("{}", convoy_api::openapi::json());
}
