//! Signing in through the hospital's identity provider: leaving for it, and coming back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use nw_store::StoreError;
use serde::Deserialize;

use super::sign::{begin, sign_in_page};
use super::{own_place, to};
use crate::access::{asked_language, cookie, set_cookie};
use crate::app::{App, own};
use crate::error::Problem;
use crate::form::Query;
use crate::oidc::{Journey, Provider, Trouble};
use crate::words::{Word, say};

/// The cookie that the browser keeps while it is with the provider.
const JOURNEY: &str = "nw_journey";
/// How long somebody may take to sign in there.
const JOURNEY_SECONDS: i64 = 600;

#[derive(Deserialize, Default)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// What the provider sends back with the browser.
#[derive(Deserialize, Default)]
pub(crate) struct Back {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
}

fn provider(app: &App) -> Result<Arc<Provider>, Problem> {
    app.provider.clone().ok_or(Problem::NotFound)
}

/// The page to sign in by, with why the provider did not help.
fn failed(app: &App, headers: &HeaderMap, trouble: &Trouble, next: &str) -> Result<Response, Problem> {
    tracing::warn!(cause = %trouble.0, "a sign-in through the identity provider failed");
    let language = asked_language(headers);
    sign_in_page(app, language, next, "", Some(say(language, Word::ProviderFailed).to_string()))
}

/// Sends the browser to the provider.
pub(crate) async fn leave(
    State(app): State<App>,
    Query(next): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let place = own_place(&next.next).to_string();
    let wanted = place.clone();
    let left = tokio::task::spawn_blocking(move || provider.leave(&wanted)).await;
    match left.map_err(|_| Problem::Fault)? {
        Ok((address, journey)) => {
            let kept = set_cookie(&app, JOURNEY, Some(&journey.packed()), JOURNEY_SECONDS);
            Ok(([kept], to(&address)).into_response())
        }
        Err(trouble) => failed(&app, &headers, &trouble, &place),
    }
}

/// Takes in whoever comes back.
pub(crate) async fn back(
    State(app): State<App>,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let Some(journey) = cookie(&headers, JOURNEY).as_deref().and_then(Journey::unpacked) else {
        return failed(&app, &headers, &Trouble("nobody left for the provider from here".to_string()), "/");
    };
    let next = own_place(&journey.next).to_string();
    if !back.error.is_empty() {
        let said: String =
            back.error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
        return failed(&app, &headers, &Trouble(format!("the provider says `{said}`")), &next);
    }
    let now = app.now().as_second();
    let arrived =
        tokio::task::spawn_blocking(move || provider.arrive(&journey, &back.state, &back.code, now)).await;
    let who = match arrived.map_err(|_| Problem::Fault)? {
        Ok(who) => who,
        Err(trouble) => return failed(&app, &headers, &trouble, &next),
    };
    let mut response = match app.store.sign_in_as(&own(&app), &who.subject).await {
        Ok(account) => begin(&app, &account, who.strong, &next).await?,
        Err(StoreError::Refused) => {
            let language = asked_language(&headers);
            // The administrator needs these words to link the account; they are shown to nobody else.
            let told = format!("{}: {}", say(language, Word::ProviderUnknown), who.subject);
            sign_in_page(&app, language, &next, "", Some(told))?
        }
        Err(error) => return Err(error.into()),
    };
    // A journey is made once.
    let (name, gone) = set_cookie(&app, JOURNEY, None, 0);
    if let Ok(gone) = gone.parse() {
        response.headers_mut().append(name, gone);
    }
    Ok(response)
}
