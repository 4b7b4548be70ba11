//! The console: the pages that `console/` builds, served by the node itself at every path that is no route of the interface.
//!
//! Flow: a GET or HEAD that no route takes → a file of the build by its path → else the page itself, when a browser asks for a page: the
//! page knows its own paths → else the problem that any unknown path is answered with.
//!
//! Invariants: files come from the build only, never from a path on disk that a request names; what is hashed by name is kept for
//! ever by browsers, the page itself is asked for each time; nothing of the page loads from elsewhere or runs from a line in it.
//! In development profile files are read from `console/dist/site` when asked for; a release holds them in the program.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Build;

/// What the pages may do: nothing from elsewhere. WebAssembly is what reads codes from the camera. Styles are written into elements by
/// the components, which needs the exception; scripts have none.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");
/// Said at `/` by a program that was built without the console.
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Convoy</title><h1>This node runs without its console</h1>\
    <p>The program was built without it. In the sources: <code>npm ci</code> and <code>npm run build</code> in \
    <code>sdk/typescript</code>, then in <code>console</code>, then build the program again; <code>./demo</code> does all of it. \
    <p>The interface itself is here: <a href=/openapi.json>its description</a>.";

/// Answers what no route takes.
pub async fn fallback(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let reads = request.method() == Method::GET || request.method() == Method::HEAD;
    if !reads || path.split('/').next() == Some("v1") {
        return StatusCode::NOT_FOUND.into_response();
    }
    if !path.is_empty()
        && let Some(found) = find(path, request.headers())
    {
        return found;
    }
    if !wants_a_page(request.headers()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    find("index.html", request.headers()).unwrap_or_else(|| page(Html(NOT_BUILT).into_response()))
}

/// The file of the build, in the smallest form that the browser takes.
fn find(path: &str, headers: &HeaderMap) -> Option<Response> {
    let coded = [("br", ".br"), ("gzip", ".gz")];
    let mut taken = coded.iter().filter(|(coding, _)| takes(headers, coding));
    let smaller =
        taken.find_map(|(coding, end)| Some((get(&format!("{path}{end}"))?, Some(*coding))));
    let (file, coding) = match smaller {
        Some(found) => found,
        None => (get(path)?, None),
    };
    let mut response = Body::from(file.data.into_owned()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind(path));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    let lasts = path.starts_with("assets/");
    let cache = if lasts { FOR_EVER } else { ASK_EACH_TIME };
    headers.insert(header::CACHE_CONTROL, cache);
    Some(page(response))
}

fn get(path: &str) -> Option<EmbeddedFile> {
    // The build's own paths have none of these, and the files of a development build are on a disk.
    let plain = path
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != "..");
    (plain && !path.contains('\\')).then(|| Build::get(&format!("site/{path}")))?
}

fn page(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

fn wants_a_page(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// Whether the browser takes this coding: named, and not with weight zero.
fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            words.next() == Some(coding)
                && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

fn kind(path: &str) -> HeaderValue {
    HeaderValue::from_static(match path.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("md" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(method: Method, path: &str, accept: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .unwrap();
        fallback(request).await
    }

    #[tokio::test]
    async fn a_browser_gets_a_page_at_any_path_and_a_program_gets_none() {
        for path in ["/", "/trace/urn:epc:id:bic:NPSU2044172", "/modules/custody"] {
            let page = answer(Method::GET, path, "text/html,*/*").await;
            assert_eq!(page.status(), StatusCode::OK, "{path}");
            let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap();
            assert!(
                policy.contains("script-src 'self'")
                    && !policy.contains("script-src 'self' 'unsafe-inline'")
            );
            let program = answer(Method::GET, path, "application/json").await;
            assert_eq!(program.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn a_path_of_the_interface_and_a_method_that_writes_are_never_a_page() {
        for (method, path) in [
            (Method::GET, "/v1/nothing"),
            (Method::POST, "/"),
            (Method::DELETE, "/map"),
        ] {
            let answered = answer(method, path, "text/html").await;
            assert_eq!(answered.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_build() {
        for path in [
            "../../Cargo.toml",
            "assets/../../../Cargo.toml",
            "./index.html",
            "a//b",
            "..\\x",
        ] {
            assert!(get(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_coding_counts_only_when_it_is_taken() {
        let with = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(takes(&with("gzip, deflate, br, zstd"), "br"));
        assert!(takes(&with("br;q=0.5"), "br"));
        assert!(!takes(&with("br;q=0, gzip"), "br"));
        assert!(!takes(&with("gzip"), "br"));
        assert!(!takes(&HeaderMap::new(), "br"));
    }
}
