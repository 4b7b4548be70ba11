//! Reading requests: bodies by type and size, JSON with the place of a fault, queries, path segments.
//!
//! Invariants: a body is refused by its announced length before a byte of it is read, and by its real length while it is read; JSON
//! nested past [`JSON_DEPTH_MAX`] never reaches the decoder; every refusal names what is wrong and what is taken instead.

use crate::problem::{Answer, Problem, rule};
use axum::{
    body::to_bytes,
    extract::{FromRequestParts, Request},
    http::{HeaderMap, Uri, header, request::Parts},
};
use bytes::Bytes;
use convoy_types::limits::JSON_DEPTH_MAX;
use serde::de::DeserializeOwned;
use std::{str::FromStr, time::Duration};

/// A body comes in whole within this.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);

/// The media type of a request's body without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    value
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase()
}

/// Refuses a body whose media type is not one of `taken`.
pub fn expect_type(headers: &HeaderMap, taken: &[&str]) -> Answer<String> {
    let found = media_type(headers);
    if taken.contains(&found.as_str()) {
        return Ok(found);
    }
    let found = if found.is_empty() {
        "no Content-Type".to_owned()
    } else {
        format!("`{}`", cut(&found))
    };
    let detail = format!("the request has {found}");
    Err(Problem::new(rule::MEDIA_TYPE, detail)
        .remedy(format!("Send Content-Type: {}.", taken.join(" or "))))
}

/// Reads a body of at most `bytes_max`.
pub async fn body(request: Request, bytes_max: usize) -> Answer<Bytes> {
    refuse_announced(&request, bytes_max)?;
    let reading = to_bytes(request.into_body(), bytes_max);
    match tokio::time::timeout(BODY_TIME, reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large("more bytes", bytes_max)),
        Ok(Err(_)) => Err(ended_early()),
        Err(_) => Err(too_slow()),
    }
}

/// Refuses a body that says itself that it is larger than `bytes_max`.
pub(crate) fn refuse_announced(request: &Request, bytes_max: usize) -> Answer<()> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match announced.filter(|length| *length > bytes_max as u64) {
        Some(length) => Err(too_large(&format!("{length} bytes"), bytes_max)),
        None => Ok(()),
    }
}

pub(crate) fn too_large(size: &str, bytes_max: usize) -> Problem {
    let detail = format!("the body has {size} and this route takes {bytes_max}");
    Problem::new(rule::TOO_LARGE, detail)
}

pub(crate) fn ended_early() -> Problem {
    Problem::new(
        rule::BAD_REQUEST,
        "the body ended before its announced length",
    )
}

pub(crate) fn too_slow() -> Problem {
    let detail = format!("the body was not complete after {} s", BODY_TIME.as_secs());
    Problem::new(rule::SLOW_BODY, detail)
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Reads a JSON body of at most `bytes_max` as `T`.
pub async fn json<T: DeserializeOwned>(request: Request, bytes_max: usize) -> Answer<T> {
    expect_type(request.headers(), &["application/json"])?;
    decode_json(&body(request, bytes_max).await?)
}

/// Decodes JSON and points at the field that is wrong.
pub fn decode_json<T: DeserializeOwned>(bytes: &[u8]) -> Answer<T> {
    check_depth(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = convoy_modules::domain::pointer(error.path());
        Problem::new(rule::BAD_BODY, error.into_inner().to_string()).at(pointer)
    })?;
    deserializer
        .end()
        .map_err(|error| Problem::new(rule::BAD_BODY, error.to_string()).at(""))?;
    Ok(value)
}

fn check_depth(bytes: &[u8]) -> Answer<()> {
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > JSON_DEPTH_MAX {
            let detail = format!("the JSON is nested more than {JSON_DEPTH_MAX} levels deep");
            return Err(Problem::new(rule::BAD_BODY, detail)
                .at("")
                .remedy("Flatten the document."));
        }
    }
    Ok(())
}

/// Query parameters, strictly decoded: `T` refuses those it does not know.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        query(&parts.uri).map(Self)
    }
}

/// The query of `uri`, decoded.
pub fn query<T: DeserializeOwned>(uri: &Uri) -> Answer<T> {
    axum::extract::Query::try_from_uri(uri)
        .map(|query| query.0)
        .map_err(|error| {
            let detail = error.body_text();
            let detail = detail
                .strip_prefix("Failed to deserialize query string: ")
                .unwrap_or(&detail);
            Problem::new(rule::BAD_QUERY, cut(detail))
        })
}

/// One path segment, percent-decoded.
pub struct Segment(pub String);

impl<S: Sync + Send> FromRequestParts<S> for Segment {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0))
            .map_err(|error| Problem::new(rule::BAD_PATH, error.body_text()))
    }
}

impl Segment {
    /// The segment as the identifier `T`; its own error says the rule.
    pub fn parse<T: FromStr<Err: std::fmt::Display>>(&self) -> Answer<T> {
        self.0
            .parse()
            .map_err(|error| Problem::new(rule::BAD_PATH, format!("{error}")))
    }
}

/// Several path segments, percent-decoded.
pub struct Segments<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0))
            .map_err(|error| Problem::new(rule::BAD_PATH, error.body_text()))
    }
}

/// Refuses a client that takes none of the media types that a route gives.
pub fn accepts(headers: &HeaderMap, offered: &[&str]) -> Answer<()> {
    preferred(headers, offered).map(drop)
}

/// The media type that the client likes best among `offered` (RFC 9110 section 12.5.1), the first of equals.
pub fn preferred<'o>(headers: &HeaderMap, offered: &[&'o str]) -> Answer<&'o str> {
    let ranges: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .collect();
    let mut best = None;
    for offer in offered {
        let liked = match ranges.is_empty() {
            true => 1_000,
            false => liking(&ranges, offer),
        };
        if liked > best.map_or(0, |(liked, _)| liked) {
            best = Some((liked, *offer));
        }
    }
    best.map(|(_, offer)| offer).ok_or_else(|| {
        let detail = "the Accept header leaves out everything that this route can give";
        Problem::new(rule::NOT_ACCEPTABLE, detail)
            .remedy(format!("Accept {}.", offered.join(" or ")))
    })
}

/// How much the most specific range that covers `offer` likes it, thousandths; 0 where none does.
fn liking(ranges: &[&str], offer: &str) -> u16 {
    let mut found = (0, 0);
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or("").to_ascii_lowercase();
        let specific = match kind.strip_suffix("/*") {
            _ if kind == offer => 3,
            Some("*") => 1,
            Some(family) if offer.split('/').next() == Some(family) => 2,
            _ => continue,
        };
        let quality = parts.find_map(|parameter| parameter.strip_prefix("q="));
        let quality = quality.map_or(1_000, thousandths);
        if specific > found.0 {
            found = (specific, quality);
        }
    }
    found.1
}

/// A quality value of at most three decimals; what is none counts as 1.
fn thousandths(quality: &str) -> u16 {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let padded = format!("{part:0<3}");
    match (whole, padded.parse::<u16>()) {
        ("0", Ok(part)) if padded.len() == 3 => part,
        _ => 1_000,
    }
}

/// Outside text in our own words: cut to 200 characters.
pub fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::HeaderValue};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code)]
        list: Vec<Inner>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        count: u8,
    }

    #[test]
    fn a_wrong_field_is_pointed_at() {
        let error = decode_json::<Outer>(br#"{"list":[{"count":1},{"count":300}]}"#).unwrap_err();
        assert_eq!(error.body().pointer.as_deref(), Some("/list/1/count"));
        assert_eq!(error.body().status, 400);
        let error = decode_json::<Outer>(br#"{"list":[{"count":1,"a/b":2}]}"#).unwrap_err();
        assert_eq!(error.body().pointer.as_deref(), Some("/list/0/a~1b"));
        assert!(decode_json::<Outer>(br#"{"list":[]} x"#).is_err());
    }

    #[test]
    fn deep_json_is_refused_before_it_is_decoded() {
        let deep = "[".repeat(JSON_DEPTH_MAX + 1);
        let error = decode_json::<serde_json::Value>(deep.as_bytes()).unwrap_err();
        assert!(error.body().detail.contains("nested"), "{error:?}");
        let text = format!("\"{}\"", "[".repeat(JSON_DEPTH_MAX + 1));
        assert!(decode_json::<String>(text.as_bytes()).is_ok());
    }

    #[test]
    fn accept_is_read_as_the_standard_says() {
        let with = |accept: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))])
        };
        assert!(accepts(&HeaderMap::new(), &["application/cose"]).is_ok());
        for good in ["*/*", "text/html, application/*;q=0.1", "application/cose"] {
            assert!(
                accepts(&with(good), &["application/cose"]).is_ok(),
                "{good}"
            );
        }
        for bad in ["text/html", "application/cose;q=0", "text/*"] {
            assert!(accepts(&with(bad), &["application/cose"]).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn an_oversized_body_is_refused_announced_or_not() {
        let announced = Request::builder()
            .header(header::CONTENT_LENGTH, "11")
            .body(Body::from("0123456789x"))
            .unwrap();
        assert_eq!(body(announced, 10).await.unwrap_err().status(), 413);
        let silent = Request::new(Body::from_stream(futures::stream::iter([Ok::<
            _,
            std::io::Error,
        >(
            "0123456789x"
        )])));
        assert_eq!(body(silent, 10).await.unwrap_err().status(), 413);
        let fits = Request::new(Body::from("0123456789"));
        assert_eq!(body(fits, 10).await.unwrap().len(), 10);
    }
}
