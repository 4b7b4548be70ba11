//! Answers that go on for as long as somebody listens: they end with the session, certificate or token that they were asked with.

use super::{Current, How, standing::why_not_standing};
use crate::app::{App, now_ms};
use axum::{body::Body, response::Response};
use convoy_node::tokens::Token;
use futures::StreamExt as _;
use std::time::Duration;

/// How often a session is looked at where no block comes: expiry and sign-out make none.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Cuts `response` off when its caller is no longer who they were.
pub fn until_over(app: &App, current: Current, token: Token, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let ended = over(app.clone(), current, token);
    let stream = body.into_data_stream().take_until(Box::pin(ended));
    Response::from_parts(parts, Body::from_stream(stream))
}

async fn over(app: App, current: Current, token: Token) {
    let mut blocks = app.node().projected();
    loop {
        // Either is a reason to look again; a node that stops ends the answer anyway.
        let _ = tokio::time::timeout(LOOK_EVERY, blocks.changed()).await;
        if !holds(&app, &current, &token) || !is_active(&app, &token).await {
            return;
        }
    }
}

/// Whether the session or token goes on. A certificate is the connection's, and ends with it.
fn holds(app: &App, current: &Current, token: &Token) -> bool {
    match (&current.session, current.how) {
        (Some(id), _) => app.signin().sessions.lives(id, now_ms()),
        (None, How::Token) => app.node().tokens().holds(&token.digest, now_ms()),
        (None, _) => true,
    }
}

async fn is_active(app: &App, token: &Token) -> bool {
    let Some(did) = &token.signer else {
        return true;
    };
    // A question that could not be asked ends nobody's answer.
    !matches!(why_not_standing(app, did).await, Ok(Some(_)))
}
