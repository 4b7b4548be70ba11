//! Every error of the interface as problem details (RFC 9457).
//!
//! Flow: a handler or an extractor returns a [`Problem`]; its HTTP status follows from its [`Rule`]; the outermost layer
//! ([`crate::edge`]) writes the body, adds `instance` and turns the framework's own refusals (404, 405) into problems.
//!
//! Invariants: no error leaves without number, name, reason and remedy; the words never carry secrets or file paths of the
//! node; an HTTP status code appears in this crate only. A rule of the ledger keeps its number and name here.
//!
//! | numbers | owner |
//! | --- | --- |
//! | 1–999, 3000–6999 | the ledger: core and modules ([`convoy_ledger::reject`]) |
//! | 1001–1099 | the form of a statement ([`convoy_types::statement::Fault`]) |
//! | 2001–2099 | the HTTP interface ([`rule`]) |

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use convoy_ledger::reject::{self, Reject, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a handler gives: an answer, or the problem instead.
pub type Answer<T> = Result<T, Problem>;

/// Seconds that a client waits at least before it tries again what failed for want of room.
const RETRY_AFTER_SECONDS: u32 = 1;

/// One broken rule of an EPCIS document, with its place and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentError {
    /// JSON pointer (RFC 6901) into the document; empty for the whole of it.
    #[schema(example = "/epcisBody/eventList/0/action")]
    pub pointer: String,
    /// The rule, after its source.
    #[schema(example = "EPCIS 2.0 §7.4.2: action is required")]
    pub rule: String,
    /// What was wrong, in plain words.
    pub detail: String,
    /// What to write instead.
    pub remedy: String,
}

impl DocumentError {
    /// What it takes in memory, bytes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.pointer, &self.rule, &self.detail, &self.remedy];
        size_of::<Self>() + texts.map(String::len).iter().sum::<usize>()
    }
}

/// Problem details (RFC 9457): what was attempted, which rule was broken, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// URI reference that identifies the rule; `GET /v1/refusals` lists them all.
    #[serde(rename = "type")]
    #[schema(example = "/v1/refusals#sequence-used")]
    pub kind: String,
    /// The rule in words.
    #[schema(example = "Sequence used")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What exactly was wrong, naming the field and the value.
    pub detail: String,
    /// The path that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The rule's number; never reused.
    #[schema(example = 10)]
    pub code: u16,
    /// The rule's stable name.
    #[schema(example = "sequence-used")]
    pub name: String,
    /// Whether sending the same thing again later can succeed.
    pub retryable: bool,
    /// What to do next.
    pub remedy: String,
    /// Which action of the statement, counted from 0, where one is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<u32>,
    /// JSON pointer to the wrong field of the request's body, where one is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The broken rules of a captured document, in the order of their places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<DocumentError>,
}

/// An error on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    body: Box<ProblemBody>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem under `rule`; `detail` says what exactly was wrong.
    pub fn new(rule: Rule, detail: impl Into<String>) -> Self {
        let status = status_of(rule);
        let mut problem = Self {
            body: Box::new(ProblemBody {
                kind: format!("/v1/refusals#{}", rule.name),
                title: title_of(rule.name),
                status: status.as_u16(),
                detail: detail.into(),
                instance: None,
                code: rule.number,
                name: rule.name.to_owned(),
                retryable: rule.retryable,
                remedy: rule.remedy.to_owned(),
                action: None,
                pointer: None,
                errors: Vec::new(),
            }),
            headers: Vec::new(),
        };
        if matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            problem = problem.header(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        problem
    }

    /// Points at the wrong field (RFC 6901).
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.body.pointer = Some(pointer.into());
        self
    }

    /// Names the problem as a standard does, in the place of the rule's own reference.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.body.kind = kind.into();
        self
    }

    /// Replaces the rule's general remedy by one that fits better.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.body.remedy = remedy.into();
        self
    }

    /// Adds the broken rules of a document.
    #[must_use]
    pub fn errors(mut self, errors: Vec<DocumentError>) -> Self {
        self.body.errors = errors;
        self
    }

    /// Sets a response header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.retain(|(own, _)| *own != name);
        self.headers.push((name, value));
        self
    }

    /// The path that was asked.
    pub(crate) fn set_instance(&mut self, path: &str) {
        self.body.instance = Some(path.to_owned());
    }

    /// What is sent.
    pub fn body(&self) -> &ProblemBody {
        &self.body
    }

    /// What is sent, taken.
    pub fn into_body(self) -> ProblemBody {
        *self.body
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<Reject> for Problem {
    fn from(reject: Reject) -> Self {
        let mut problem = Self::new(reject.rule, reject.reason);
        problem.body.action = reject.action;
        problem
    }
}

impl IntoResponse for Problem {
    /// The bare status and headers; the body travels as an extension and is written by [`Problem::render`].
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.headers_mut().extend(self.headers.iter().cloned());
        response.extensions_mut().insert(self);
        response
    }
}

impl Problem {
    /// Writes the body into a response that [`IntoResponse`] made.
    pub(crate) fn render(self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        let json = serde_json::to_vec(&self.body).unwrap_or_default();
        *response.body_mut() = axum::body::Body::from(json);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.remove(header::CONTENT_LENGTH);
        response
    }
}

/// `sequence-used` → `Sequence used`.
fn title_of(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The HTTP status of a rule (RFC 9110). What is not named is well formed and against the rules of its module: 422.
pub fn status_of(rule: Rule) -> StatusCode {
    if let Some((_, status)) = rule::STATUS
        .iter()
        .find(|(own, _)| own.number == rule.number)
    {
        return *status;
    }
    if rule.number == reject::QUEUE_FULL.number {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    let is = |rules: &[Rule]| rules.iter().any(|one| one.number == rule.number);
    if is(&[
        reject::MALFORMED,
        reject::MALFORMED_ACTION,
        reject::ACTION_COUNT,
    ]) || (1001..=1099).contains(&rule.number)
    {
        StatusCode::BAD_REQUEST
    } else if is(&[
        reject::UNKNOWN_KEY,
        reject::KEY_NOT_VALID,
        reject::SIGNER_NOT_ACTIVE,
        reject::BAD_SIGNATURE,
        reject::OWN_KEY_NEEDED,
    ]) {
        StatusCode::FORBIDDEN
    } else if is(&[reject::SEQUENCE_USED, reject::SEQUENCE_AHEAD])
        || rule.name.starts_with("duplicate-")
        || rule.name.ends_with("-exists")
    {
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// The rules of the HTTP interface itself.
pub mod rule {
    use super::{Rule, StatusCode};

    macro_rules! rules {
        ($($(#[$doc:meta])* $id:ident = $number:literal, $status:ident, $name:literal, $retryable:literal, $remedy:literal;)*) => {
            $($(#[$doc])* pub const $id: Rule = Rule { number: $number, name: $name, retryable: $retryable, remedy: $remedy };)*
            /// Every rule of the interface with its HTTP status, by number.
            pub(crate) const STATUS: &[(Rule, StatusCode)] = &[$(($id, StatusCode::$status)),*];
        };
    }

    rules! {
        /// The request itself cannot be read.
        BAD_REQUEST = 2001, BAD_REQUEST, "bad-request", false, "Correct the request as the detail says.";
        /// A JSON body that is not JSON or not of the expected shape.
        BAD_BODY = 2002, BAD_REQUEST, "bad-body", false, "Correct the field that the pointer names; /openapi.json has the shape.";
        /// A query parameter that is unknown or malformed.
        BAD_QUERY = 2003, BAD_REQUEST, "bad-query", false, "Correct the parameter named; /openapi.json lists them.";
        /// A path segment that is not the identifier it should be.
        BAD_PATH = 2004, BAD_REQUEST, "bad-path", false, "Correct the identifier in the path; percent-encode characters such as / and #.";
        /// A document that breaks rules of its standard.
        BAD_DOCUMENT = 2005, BAD_REQUEST, "bad-document", false, "Correct each place listed under errors and send the document again.";
        /// No token, or one that is not known.
        NO_TOKEN = 2006, UNAUTHORIZED, "token-needed", false, "Send `Authorization: Bearer TOKEN`; the node's operator makes tokens with `convoy node token add`.";
        /// The token lacks the scope.
        SCOPE = 2007, FORBIDDEN, "scope-missing", false, "Ask the node's operator for a token with one of the scopes named.";
        /// The token has no signer.
        NO_SIGNER = 2008, FORBIDDEN, "no-signer", false, "Use a token that was made with --signer, or sign the statement yourself and post it to /v1/statements.";
        /// There is no such route.
        NO_ROUTE = 2009, NOT_FOUND, "no-such-route", false, "/openapi.json lists the routes.";
        /// There is no such thing.
        NOT_FOUND = 2010, NOT_FOUND, "not-found", false, "Check the identifier; it may not be final on this node yet.";
        /// The route does not know the method.
        METHOD = 2011, METHOD_NOT_ALLOWED, "method-not-allowed", false, "Use a method of the Allow header.";
        /// The body is larger than the route takes.
        TOO_LARGE = 2012, PAYLOAD_TOO_LARGE, "body-too-large", false, "Split it into several requests; /v1/limits has the sizes.";
        /// The body is of a type that the route does not take.
        MEDIA_TYPE = 2013, UNSUPPORTED_MEDIA_TYPE, "media-type", false, "Send one of the media types named.";
        /// The client accepts nothing that the route can give.
        NOT_ACCEPTABLE = 2014, NOT_ACCEPTABLE, "not-acceptable", false, "Accept one of the media types named.";
        /// The node has as much work as it takes on.
        BUSY = 2015, SERVICE_UNAVAILABLE, "busy", true, "Wait as long as Retry-After says and send again.";
        /// The answer took too long.
        TIMEOUT = 2016, GATEWAY_TIMEOUT, "timeout", true, "Send again; a statement keeps its id, so sending it twice is safe.";
        /// The node cannot answer yet.
        NOT_READY = 2017, SERVICE_UNAVAILABLE, "not-ready", true, "Wait until /v1/health/ready answers 200.";
        /// What is asked for is not made yet.
        NOT_YET = 2018, CONFLICT, "not-yet", true, "Ask again when the statement is final; GET /v1/statements/{id}?wait_ms=10000 waits for it.";
        /// The cursor is older than what the node keeps, or none of this network.
        CURSOR = 2019, GONE, "cursor-out-of-range", false, "Start again from a cursor of the range named.";
        /// A part of the node failed.
        INTERNAL = 2020, INTERNAL_SERVER_ERROR, "internal", true, "Send again; if it stays, give the x-request-id of this answer to the node's operator.";
        /// The node has no such reading of its ledger.
        UNSATISFIED = 2021, UNPROCESSABLE_ENTITY, "cannot-satisfy", false, "Change the request as the detail says.";
        /// The body did not come in time.
        SLOW_BODY = 2022, REQUEST_TIMEOUT, "body-too-slow", true, "Send the body faster, or in smaller pieces.";
        /// A parameter of an EPCIS query is unknown or malformed.
        QUERY_PARAMETER = 2023, BAD_REQUEST, "query-parameter", false, "Correct the parameter named; EPCIS 2.0 section 8.2.7.1 lists them.";
        /// A question that would take more work than one may.
        QUERY_TOO_COMPLEX = 2024, PAYLOAD_TOO_LARGE, "query-too-complex", false, "Narrow the query by time, object or place.";
        /// An EPCIS query whose answer has more events than it says it wants.
        QUERY_TOO_LARGE = 2025, PAYLOAD_TOO_LARGE, "query-too-large", false, "Narrow the query, or follow the pages.";
        /// A named query of this name is there.
        NAME_TAKEN = 2026, CONFLICT, "name-taken", false, "Choose another name, or delete the query first.";
        /// A subscription that cannot be: no time, two times, an address that is not permitted.
        SUBSCRIPTION = 2027, BAD_REQUEST, "subscription-controls", false, "Correct the field named; EPCIS 2.0 section 8.2.5 has the rules.";
        /// A page token that is none of ours, has expired or belongs to another query.
        PAGE_TOKEN = 2028, BAD_REQUEST, "page-token", false, "Follow the Link header of the page before as it is.";
        /// The node keeps as many queries or subscriptions as it takes.
        STANDING_FULL = 2029, UNPROCESSABLE_ENTITY, "too-many-standing", false, "Delete queries and subscriptions that are not used.";
        /// The node joined later and does not have all history yet.
        HISTORY = 2064, SERVICE_UNAVAILABLE, "history-incomplete", true, "Ask another member's node meanwhile; /v1/health tells how far this one is.";
        /// The policies do not permit the view, and let the reader know.
        NOT_PERMITTED = 2060, FORBIDDEN, "view-not-permitted", false, "Ask who can grant it; GET /v1/modules/policy/why tells more.";
        /// The token's signer may not read at all.
        READER = 2061, FORBIDDEN, "reader-not-active", false, "Have an administrator of the signer's member enrol or reinstate the signer, or use another token.";
        /// The ledger refuses, for reasons that this signer may not hear.
        WITHHELD = 2062, UNPROCESSABLE_ENTITY, "reason-withheld", false, "Ask somebody who is cleared for the goods concerned, or a security officer of your member.";
        /// What has to be logged before it is shown cannot be logged.
        UNLOGGED = 2063, SERVICE_UNAVAILABLE, "audit-log-full", true, "Ask the node's operator to make room for the audit log; what has no label is shown as ever.";
        /// What was shown at the door does not open it; which part is wrong is not said.
        SIGN_IN = 2030, UNAUTHORIZED, "sign-in-refused", false, "Check what you entered; your node's operator can invite you anew with `convoy node person invite`.";
        /// Too many attempts.
        TOO_MANY_ATTEMPTS = 2031, TOO_MANY_REQUESTS, "too-many-attempts", true, "Wait as long as Retry-After says; a device on which you have signed in before need not wait.";
        /// A request that changes something and did not come from the console's own page.
        OTHER_ORIGIN = 2032, FORBIDDEN, "other-origin", false, "Open the console at its own address; a program uses a token instead of a session.";
        /// The connection would show secrets to others.
        NOT_ENCRYPTED = 2033, FORBIDDEN, "not-encrypted", false, "Open the console over https; the node's operator configures it with api.tls.";
        /// The node does not offer this way of signing in.
        NO_SUCH_WAY = 2034, NOT_FOUND, "no-such-way", false, "GET /v1/signin lists the ways that this node offers.";
        /// The ledger does not let this signer act now.
        NOT_STANDING = 2035, FORBIDDEN, "may-not-enter", false, "Ask an administrator of your member: a suspended signer can be reinstated, a retired one cannot.";
        /// The invitation is not known, was used, or has run out.
        INVITATION = 2036, FORBIDDEN, "invitation-ended", false, "Ask your node's operator for a new one (`convoy node person invite`).";
        /// The identity provider gave no usable answer.
        PROVIDER = 2037, BAD_GATEWAY, "identity-provider", true, "Try again; if it stays, give the x-request-id of this answer to the node's operator.";
        /// Something of this name or kind is there as often as the node keeps it.
        TOO_MANY_CREDENTIALS = 2038, UNPROCESSABLE_ENTITY, "too-many-credentials", false, "Remove one that is not used any more.";
    }
}

/// A part of the node failed; `what` is told to the client, `cause` only to the node's own trace.
pub fn internal(what: &str, cause: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%cause, "{what}");
    Problem::new(rule::INTERNAL, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_refusal_keeps_its_number_and_gets_a_status() {
        let reject = reject::SEQUENCE_USED.because("lane 0 is at 7 and the statement says 6");
        let problem = Problem::from(reject);
        assert_eq!(problem.status(), StatusCode::CONFLICT);
        assert_eq!(problem.body().code, 10);
        assert_eq!(problem.body().title, "Sequence used");
        assert_eq!(problem.body().kind, "/v1/refusals#sequence-used");
    }

    #[test]
    fn a_full_queue_says_when_to_come_back() {
        let response = Problem::from(reject::QUEUE_FULL.because("full")).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }

    #[test]
    fn numbers_and_names_of_the_interface_are_unique_and_apart_from_the_ledgers() {
        let mut numbers: Vec<u16> = rule::STATUS.iter().map(|(rule, _)| rule.number).collect();
        let mut names: Vec<&str> = rule::STATUS.iter().map(|(rule, _)| rule.name).collect();
        assert!(numbers.iter().all(|number| (2001..=2099).contains(number)));
        names.extend(reject::ALL.iter().map(|rule| rule.name));
        let (count, named) = (numbers.len(), names.len());
        numbers.sort_unstable();
        numbers.dedup();
        names.sort_unstable();
        names.dedup();
        assert_eq!((numbers.len(), names.len()), (count, named));
    }
}
