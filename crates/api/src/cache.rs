//! Caching of what can never change: final statements, blocks, receipts that are made.
//!
//! Answers are `private`: a shared cache must not hand one member's answer to another.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// Marks an answer as unchangeable, under a name that stands for its content; 304 where the client has it (RFC 9110 section 13.1.2).
pub fn immutable(request: &HeaderMap, name: &str, answer: impl IntoResponse) -> Response {
    let Ok(tag) = HeaderValue::from_str(&format!("\"{name}\"")) else {
        return answer.into_response();
    };
    let mut response = match has(request, &tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => answer.into_response(),
    };
    response.headers_mut().insert(header::ETAG, tag);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, FOR_EVER);
    response
}

/// As [`immutable`], where the answer is `the_same` for every reader and will be; else nobody keeps it: what a reader may see changes.
pub fn for_all(
    the_same: bool,
    request: &HeaderMap,
    name: &str,
    answer: impl IntoResponse,
) -> Response {
    if the_same {
        return immutable(request, name, answer);
    }
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether If-None-Match names `tag`, compared weakly.
fn has(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default();
    let named = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    named
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_it_is_not_sent_it_again() {
        let with = |value: &'static str| {
            HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))])
        };
        let fresh = immutable(&HeaderMap::new(), "abc", "body");
        assert_eq!(
            (fresh.status(), &fresh.headers()[header::ETAG]),
            (StatusCode::OK, &HeaderValue::from_static("\"abc\""))
        );
        for named in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"] {
            assert_eq!(
                immutable(&with(named), "abc", "body").status(),
                StatusCode::NOT_MODIFIED,
                "{named}"
            );
        }
        assert_eq!(
            immutable(&with("\"x\""), "abc", "body").status(),
            StatusCode::OK
        );
    }
}
