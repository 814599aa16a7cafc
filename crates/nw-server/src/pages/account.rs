//! One's own account: password, second factor, language.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_store::{SecondFactor, Secret};

use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Fields;
use crate::limit::BY_NAME;
use crate::words::{Word, say};

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    login: String,
    has_factor: bool,
    /// A factor that waits for its first code: secret and address.
    factor: Option<(String, String)>,
    message: Option<String>,
}

fn show(
    app: &App,
    gate: &Gate,
    factor: Option<&SecondFactor>,
    message: Option<String>,
) -> Result<Response, Problem> {
    let refused = message.is_some();
    let account = &gate.session.account;
    let frame = Frame::of(app, gate, say(gate.language, Word::MyAccount));
    let mut page = html(&Page {
        frame,
        login: account.login.clone(),
        has_factor: account.has_second_factor,
        factor: factor.map(|f| (f.secret.reveal().to_string(), f.address.reveal().to_string())),
        message,
    })?;
    if refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// The page.
pub(crate) async fn page(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    show(&app, &gate, None, None)
}

/// Guessing the present password or a code from an open screen is slow, too.
fn try_again_later(app: &App, gate: &Gate) -> Result<(), Problem> {
    let name = format!("own:{}", gate.session.account.id.as_str());
    if app.limit.allows(&name, BY_NAME, app.now()) { Ok(()) } else { Err(Problem::TooMany) }
}

/// Changes the password; every other screen is signed out.
pub(crate) async fn password(State(app): State<App>, gate: Gate, body: Bytes) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    try_again_later(&app, &gate)?;
    if fields.one("password") != fields.one("again") {
        return show(&app, &gate, None, Some(say(gate.language, Word::PasswordsDiffer).to_string()));
    }
    let (present, new) = (Secret::new(fields.one("present")), Secret::new(fields.one("password")));
    let account = &gate.session.account;
    match app.store.change_password(&gate.context(), &account.id, &present, &new).await {
        Ok(()) => super::sign::begin(&app, account, gate.session.strong, "/account").await,
        Err(nw_store::StoreError::Refused) => {
            show(&app, &gate, None, Some(say(gate.language, Word::WrongPassword).to_string()))
        }
        Err(error @ nw_store::StoreError::Invalid { .. }) => {
            show(&app, &gate, None, Some(Problem::from(error).text(gate.language)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Begins, confirms or ends a second factor.
pub(crate) async fn factor(State(app): State<App>, gate: Gate, body: Bytes) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let account = &gate.session.account;
    match fields.one("do") {
        "begin" => {
            let issuer = format!("netwijzer {}", app.settings.organisation);
            let made = app.store.begin_second_factor(&gate.context(), &account.id, issuer.trim()).await?;
            show(&app, &gate, Some(&made), None)
        }
        "confirm" => {
            try_again_later(&app, &gate)?;
            let code = Secret::new(fields.one("code"));
            match app.store.confirm_second_factor(&gate.context(), &account.id, &code).await {
                Ok(()) => Ok(to("/account")),
                Err(nw_store::StoreError::Refused) => {
                    show(&app, &gate, None, Some(say(gate.language, Word::WrongCode).to_string()))
                }
                Err(error) => Err(error.into()),
            }
        }
        _ => Err(Problem::asks("do", Word::ChooseFromForm)),
    }
}
