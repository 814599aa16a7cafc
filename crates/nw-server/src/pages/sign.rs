//! Signing in and out, the first administrator, language and role.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use nw_store::{Account, NewAccount, NewSession, Role, Secret, StoreError, Token};
use serde::Deserialize;

use super::{Frame, html, own_place, to};
use crate::access::{
    Gate, IDLE_SECONDS, LANGUAGE, Remembered, SESSION, WHOLE_SECONDS, asked_language, language_of, set_cookie,
};
use crate::app::{App, own};
use crate::error::Problem;
use crate::form::{Fields, Path, Query};
use crate::words::{Word, say};

/// Where to go on.
#[derive(Deserialize, Default)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
    /// The guided tour begins here.
    #[serde(default)]
    tour: Option<String>,
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    frame: Frame,
    next: String,
    login: String,
    message: Option<String>,
    logins: Vec<(String, String)>,
    provider: bool,
}

/// The form.
pub(crate) async fn page(
    State(app): State<App>,
    Query(next): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let language = asked_language(&headers);
    // The tour goes on behind the sign-in; a real record has no accounts to show it with.
    let next = if next.tour.is_some() && app.settings.demo { TOUR } else { own_place(&next.next) };
    sign_in_page(&app, language, next, "", None)
}

/// Where the tour goes on after signing in.
const TOUR: &str = "/tour/2";

pub(crate) fn sign_in_page(
    app: &App,
    language: nw_facts::Language,
    next: &str,
    login: &str,
    message: Option<String>,
) -> Result<Response, Problem> {
    let mut frame = Frame::plain(app, language, say(language, Word::SignIn));
    if next == TOUR {
        frame.tour = super::tour::panel(1, language);
        frame.path = "/sign-in?tour=1".to_string();
    }
    // The demonstration shows its own accounts; a real record has none that anybody may know.
    let logins = if app.settings.demo { crate::demo::accounts(language) } else { Vec::new() };
    let refused = message.is_some();
    let (next, login) = (next.to_string(), login.to_string());
    let provider = app.provider.is_some();
    let mut response = html(&SignInPage { frame, next, login, message, logins, provider })?;
    if refused {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    Ok(response)
}

/// Signs in.
pub(crate) async fn sign_in(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::plain(&body)?;
    let language = asked_language(&headers);
    let (login, next) = (fields.one("login"), own_place(fields.one("next")));
    if !crate::api::session::may_try(&app, &extensions, login) {
        return Err(Problem::TooMany);
    }
    let code = fields.filled("code").map(Secret::new);
    let password = Secret::new(fields.one("password"));
    let again = |word| sign_in_page(&app, language, next, login, Some(say(language, word).to_string()));
    match app.store.sign_in(&own(&app), login, &password, code.as_ref()).await {
        Ok(account) => begin(&app, &account, code.is_some(), next).await,
        Err(StoreError::CodeNeeded) => again(Word::CodeNeeded),
        Err(StoreError::Locked { .. }) => again(Word::LockedOut),
        Err(StoreError::Refused | StoreError::Invalid { .. }) => again(Word::WrongSignIn),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn begin(
    app: &App,
    account: &Account,
    strong: bool,
    next: &str,
) -> Result<Response, Problem> {
    let role = account.roles.first().copied().ok_or(Problem::Forbidden)?;
    let session = NewSession {
        role,
        strong,
        idle_seconds: IDLE_SECONDS,
        whole_seconds: WHOLE_SECONDS,
        note: serde_json::to_string(&Remembered::default()).unwrap_or_default(),
    };
    let token = app.store.begin_session(&own(app), &account.id, &session).await?;
    let cookie = set_cookie(app, SESSION, Some(token.reveal()), WHOLE_SECONDS);
    Ok(([cookie], to(next)).into_response())
}

/// Signs out.
pub(crate) async fn sign_out(State(app): State<App>, gate: Gate, body: Bytes) -> Result<Response, Problem> {
    Fields::read(&gate, &body)?;
    app.store.end_session(&gate.context(), &gate.token).await?;
    Ok(([set_cookie(&app, SESSION, None, 0)], to("/sign-in")).into_response())
}

/// Works in another role from now on.
pub(crate) async fn change_role(
    State(app): State<App>,
    gate: Gate,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let wanted = fields.one("role");
    let role = gate.session.account.roles.iter().find(|r| r.word() == wanted).copied();
    let role: Role = role.ok_or(Problem::Forbidden)?;
    app.store.change_session(&gate.context(), &gate.token, role, &gate.session.note).await?;
    Ok(to("/"))
}

/// Changes the language of the pages.
pub(crate) async fn language(
    State(app): State<App>,
    Path(language): Path<String>,
    Query(next): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if language_of(&language).is_none() {
        return Err(Problem::NotFound);
    }
    if let Some(token) = crate::access::cookie(&headers, SESSION).map(|t| Token::from_text(&t))
        && let Ok(session) = app.store.session(app.now(), &token).await
    {
        let mut remembered: Remembered = serde_json::from_str(&session.note).unwrap_or_default();
        remembered.language = Some(language.clone());
        let note = serde_json::to_string(&remembered).map_err(|_| Problem::Fault)?;
        app.store.change_session(&own(&app), &token, session.role, &note).await?;
    }
    let cookie = set_cookie(&app, LANGUAGE, Some(&language), 365 * 24 * 3600);
    Ok(([cookie], to(own_place(&next.next))).into_response())
}

#[derive(Template)]
#[template(path = "first.html")]
struct FirstPage {
    frame: Frame,
    token: String,
    message: Option<String>,
}

/// The form for the first administrator.
pub(crate) async fn first_page(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let language = asked_language(&headers);
    let frame = Frame::plain(&app, language, say(language, Word::FirstTitle));
    html(&FirstPage { frame, token, message: None })
}

/// Makes the first administrator.
pub(crate) async fn first(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::plain(&body)?;
    let language = asked_language(&headers);
    let again = |message: String| {
        let frame = Frame::plain(&app, language, say(language, Word::FirstTitle));
        let mut page = html(&FirstPage { frame, token: token.clone(), message: Some(message) })?;
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(page)
    };
    if fields.one("password") != fields.one("again") {
        return again(say(language, Word::PasswordsDiffer).to_string());
    }
    let new = NewAccount {
        login: fields.one("login").to_string(),
        name: fields.one("name").to_string(),
        organisation: app.settings.organisation.clone(),
        roles: vec![Role::Administrator],
        language: Frame::plain(&app, language, "").lang().to_string(),
        subject: None,
    };
    let password = Secret::new(fields.one("password"));
    let token_given = Token::from_text(&token);
    match app.store.add_first_administrator(&own(&app), &token_given, &new, &password).await {
        Ok(account) => begin(&app, &account, false, "/").await,
        Err(error) => {
            let problem = Problem::from(error);
            again(problem.for_person(language))
        }
    }
}
