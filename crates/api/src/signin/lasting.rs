//! Answers that go on for as long as somebody listens: they end with the session or certificate that they were asked with.

use super::{Current, standing::standing};
use crate::app::App;
use axum::{body::Body, response::Response};
use convoy_types::Did;
use futures::StreamExt as _;
use std::time::Duration;

/// How often a session is looked at where no block comes: expiry and sign-out make none.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Cuts `response` off when its caller is no longer who they were.
pub fn until_over(app: &App, current: Current, signer: Did, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let ended = over(app.clone(), current, signer);
    let stream = body.into_data_stream().take_until(Box::pin(ended));
    Response::from_parts(parts, Body::from_stream(stream))
}

async fn over(app: App, current: Current, signer: Did) {
    let mut blocks = app.node().projected();
    loop {
        // Either is a reason to look again; a node that stops ends the answer anyway.
        let _ = tokio::time::timeout(LOOK_EVERY, blocks.changed()).await;
        let holds = current
            .session
            .as_ref()
            .is_none_or(|id| app.signin().sessions.lives(id, crate::app::now_ms()));
        let active = standing(&app, &signer).await;
        // A question that could not be asked ends nobody's session.
        let active = active.map_or(true, |found| found.is_some_and(|found| found.active));
        if !holds || !active {
            return;
        }
    }
}
