//! Signing in for programs: a token instead of a cookie.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::Response;
use nw_store::{NewSession, Role, Secret};
use serde_json::json;

use super::answer;
use super::body::Object;
use crate::access::{Gate, IDLE_SECONDS, WHOLE_SECONDS};
use crate::app::{App, own};
use crate::error::Problem;
use crate::limit::{BY_NAME, BY_PLACE};

/// Whether somebody may try to sign in now.
pub(crate) fn may_try(app: &App, extensions: &Extensions, login: &str) -> bool {
    let place = extensions.get::<ConnectInfo<std::net::SocketAddr>>().map(|i| i.0.ip().to_string());
    let place = format!("place:{}", place.unwrap_or_default());
    let name = login.trim().to_lowercase().chars().take(100).collect::<String>();
    let now = app.now();
    app.limit.allows(&place, BY_PLACE, now) && app.limit.allows(&format!("name:{name}"), BY_NAME, now)
}

/// Gives a token.
pub(crate) async fn begin(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let sent = Object::read(&headers, &body, &["login", "password", "code", "role"])?;
    let (login, password) = (sent.needed("login")?, Secret::new(sent.needed("password")?));
    let code = sent.text("code")?.map(Secret::new);
    let wanted = sent.text("role")?;
    if !may_try(&app, &extensions, &login) {
        return Err(Problem::TooMany);
    }
    let account = app.store.sign_in(&own(&app), &login, &password, code.as_ref()).await?;
    let role = match wanted {
        None => account.roles.first().copied(),
        Some(word) => Role::from_word(&word).filter(|r| account.roles.contains(r)),
    };
    let role = role.ok_or(Problem::Forbidden)?;
    let session = NewSession {
        role,
        strong: code.is_some(),
        idle_seconds: IDLE_SECONDS,
        whole_seconds: WHOLE_SECONDS,
        note: String::new(),
    };
    let token = app.store.begin_session(&own(&app), &account.id, &session).await?;
    let value = json!({"token": token.reveal(), "role": role.word(), "idleSeconds": IDLE_SECONDS, "wholeSeconds": WHOLE_SECONDS});
    Ok(answer(StatusCode::CREATED, &value))
}

/// Ends the session.
pub(crate) async fn end(
    State(app): State<App>,
    gate: Gate,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    Object::read(&headers, &body, &[])?;
    app.store.end_session(&gate.context(), &gate.token).await?;
    Ok(answer(StatusCode::OK, &json!({"ended": true})))
}
