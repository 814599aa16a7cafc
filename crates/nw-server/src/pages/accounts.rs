//! Accounts, for the administrator; and the link with which somebody sets a password, once.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use nw_facts::Language;
use nw_store::{Account, AccountId, NewAccount, Role, Secret, Token, Version};

use super::{Frame, html, to};
use crate::access::{Gate, asked_language, language_of};
use crate::app::{App, own};
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::words::{Word, role, say};

/// How long an invitation works: three days.
const INVITATION_SECONDS: i64 = 3 * 24 * 3600;

/// Roles that a person can have.
const ROLES: [Role; 7] = [
    Role::Specialist,
    Role::Nurse,
    Role::Coordinator,
    Role::Pathologist,
    Role::Radiologist,
    Role::Analyst,
    Role::Administrator,
];

/// A line of the list.
struct Line {
    id: String,
    login: String,
    name: String,
    roles: String,
    closed: bool,
    locked: bool,
    password: bool,
    factor: bool,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct ListPage {
    frame: Frame,
    lines: Vec<Line>,
    form: Form,
}

/// What the form of an account shows.
#[derive(Default)]
struct Form {
    login: String,
    name: String,
    organisation: String,
    subject: String,
    language: String,
    /// Word, name, ticked.
    roles: Vec<(&'static str, &'static str, bool)>,
    message: Option<String>,
}

#[derive(Template)]
#[template(path = "account-edit.html")]
struct EditPage {
    frame: Frame,
    id: String,
    version: i64,
    line: Line,
    form: Form,
    own: bool,
}

#[derive(Template)]
#[template(path = "invited.html")]
struct InvitedPage {
    frame: Frame,
    name: String,
    link: String,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    frame: Frame,
    token: String,
    message: Option<String>,
}

fn line(account: &Account, now: jiff::Timestamp, language: Language) -> Line {
    let roles: Vec<&str> = account.roles.iter().map(|r| role(language, *r)).collect();
    Line {
        id: account.id.as_str().to_string(),
        login: account.login.clone(),
        name: account.name.clone(),
        roles: roles.join(", "),
        closed: account.disabled_at.is_some(),
        locked: account.locked_until.is_some_and(|until| until > now),
        password: account.has_password,
        factor: account.has_second_factor,
    }
}

fn roles(ticked: &[Role], language: Language) -> Vec<(&'static str, &'static str, bool)> {
    ROLES.iter().map(|r| (r.word(), role(language, *r), ticked.contains(r))).collect()
}

/// Reads the form of an account.
fn read(fields: &Fields) -> Result<NewAccount, Problem> {
    let mut ticked = Vec::new();
    for word in fields.all("roles") {
        let role = Role::from_word(&word).filter(|r| ROLES.contains(r));
        ticked.push(role.ok_or_else(|| Problem::asks("roles", Word::ChooseFromForm))?);
    }
    let language = fields.one("language");
    if language_of(language).is_none() {
        return Err(Problem::asks("language", Word::ChooseFromForm));
    }
    Ok(NewAccount {
        login: fields.one("login").to_string(),
        name: fields.one("name").to_string(),
        organisation: fields.one("organisation").to_string(),
        roles: ticked,
        language: language.to_string(),
        subject: fields.filled("subject"),
    })
}

fn typed(fields: &Fields, language: Language, problem: &Problem) -> Form {
    let ticked: Vec<Role> = fields.all("roles").iter().filter_map(|w| Role::from_word(w)).collect();
    Form {
        login: fields.one("login").to_string(),
        name: fields.one("name").to_string(),
        organisation: fields.one("organisation").to_string(),
        subject: fields.one("subject").to_string(),
        language: fields.one("language").to_string(),
        roles: roles(&ticked, language),
        message: Some(problem.for_person(language)),
    }
}

/// The list, with the form for a new account.
pub(crate) async fn list(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    let form = Form {
        organisation: app.settings.organisation.clone(),
        language: Frame::of(&app, &gate, "").lang().to_string(),
        roles: roles(&[], gate.language),
        ..Form::default()
    };
    list_page(&app, &gate, form).await
}

async fn list_page(app: &App, gate: &Gate, form: Form) -> Result<Response, Problem> {
    let accounts = app.store.accounts(&gate.context()).await?;
    let lines = accounts.iter().map(|a| line(a, app.now(), gate.language)).collect();
    let refused = form.message.is_some();
    let frame = Frame::of(app, gate, say(gate.language, Word::Accounts));
    let mut page = html(&ListPage { frame, lines, form })?;
    if refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// Makes an account and shows its link.
pub(crate) async fn add(
    State(app): State<App>,
    gate: Gate,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let made = match read(&fields) {
        Ok(new) => app.store.add_account(&gate.context(), &new).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match made {
        Ok(account) => invited(&app, &gate, &headers, &account).await,
        Err(problem) if problem.status().is_client_error() => {
            list_page(&app, &gate, typed(&fields, gate.language, &problem)).await
        }
        Err(problem) => Err(problem),
    }
}

/// The whole address of a place of ours, as the browser reached us.
fn whole(app: &App, headers: &HeaderMap, place: &str) -> String {
    let scheme = if app.settings.https { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    host.map_or_else(|| place.to_string(), |host| format!("{scheme}://{host}{place}"))
}

async fn invited(
    app: &App,
    gate: &Gate,
    headers: &HeaderMap,
    account: &Account,
) -> Result<Response, Problem> {
    let token = app.store.invite(&gate.context(), &account.id, INVITATION_SECONDS).await?;
    html(&InvitedPage {
        frame: Frame::of(app, gate, say(gate.language, Word::Invitation)),
        name: account.name.clone(),
        link: whole(app, headers, &format!("/invitation/{}", token.reveal())),
    })
}

async fn find(app: &App, gate: &Gate, id: &AccountId) -> Result<Account, Problem> {
    let accounts = app.store.accounts(&gate.context()).await?;
    accounts.into_iter().find(|a| a.id == *id).ok_or(Problem::NotFound)
}

/// One account.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(id): Path<AccountId>,
) -> Result<Response, Problem> {
    let account = find(&app, &gate, &id).await?;
    let form = Form {
        login: account.login.clone(),
        name: account.name.clone(),
        organisation: account.organisation.clone(),
        subject: account.subject.clone().unwrap_or_default(),
        language: account.language.clone(),
        roles: roles(&account.roles, gate.language),
        message: None,
    };
    edit_page(&app, &gate, &account, form)
}

fn edit_page(app: &App, gate: &Gate, account: &Account, form: Form) -> Result<Response, Problem> {
    let refused = form.message.is_some();
    let mut page = html(&EditPage {
        frame: Frame::of(app, gate, account.name.clone()),
        id: account.id.as_str().to_string(),
        version: account.version.0,
        line: line(account, app.now(), gate.language),
        form,
        own: account.id == gate.session.account.id,
    })?;
    if refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// Changes an account, closes it, or gives a new link.
pub(crate) async fn change(
    State(app): State<App>,
    gate: Gate,
    Path(id): Path<AccountId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let account = find(&app, &gate, &id).await?;
    let context = gate.context();
    let done = match fields.one("do") {
        "invite" => return invited(&app, &gate, &headers, &account).await,
        // Nobody locks the door behind himself.
        "close" if account.id == gate.session.account.id => Err(Problem::asks("close", Word::NotYourself)),
        "close" => app.store.close_account(&context, &id, true).await.map_err(Problem::from),
        "open" => app.store.close_account(&context, &id, false).await.map_err(Problem::from),
        "drop-factor" => app.store.drop_second_factor(&context, &id).await.map_err(Problem::from),
        "change" => change_to(&app, &gate, &account, &fields).await,
        _ => Err(Problem::asks("do", Word::ChooseFromForm)),
    };
    match done {
        Ok(_) => Ok(to(&format!("/accounts/{}", id.as_str()))),
        Err(problem) if problem.status().is_client_error() => {
            let form = if fields.one("do") == "change" {
                typed(&fields, gate.language, &problem)
            } else {
                return Err(problem);
            };
            edit_page(&app, &gate, &account, form)
        }
        Err(problem) => Err(problem),
    }
}

async fn change_to(app: &App, gate: &Gate, account: &Account, fields: &Fields) -> Result<Account, Problem> {
    let new = read(fields)?;
    if account.id == gate.session.account.id && !new.roles.contains(&Role::Administrator) {
        return Err(Problem::asks("roles", Word::NotYourself));
    }
    let base = Version(fields.parsed("version", Word::ReloadPage)?);
    let changed = app.store.change_account(&gate.context(), &account.id, base, &new).await?;
    if account.roles.iter().any(|r| !new.roles.contains(r)) {
        // A role that was taken away ends at once, not with the working day.
        if account.id != gate.session.account.id {
            app.store.end_sessions_of(&gate.context(), &account.id).await?;
        }
    }
    Ok(changed)
}

/// The form behind an invitation.
pub(crate) async fn invitation_page(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    invitation_form(&app, asked_language(&headers), token, None)
}

fn invitation_form(
    app: &App,
    language: Language,
    token: String,
    message: Option<String>,
) -> Result<Response, Problem> {
    let refused = message.is_some();
    let frame = Frame::plain(app, language, say(language, Word::Invitation));
    let mut page = html(&InvitationPage { frame, token, message })?;
    if refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// Sets the password.
pub(crate) async fn accept(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::plain(&body)?;
    let language = asked_language(&headers);
    if fields.one("password") != fields.one("again") {
        let message = say(language, Word::PasswordsDiffer).to_string();
        return invitation_form(&app, language, token, Some(message));
    }
    let password = Secret::new(fields.one("password"));
    match app.store.accept_invitation(&own(&app), &Token::from_text(&token), &password).await {
        Ok(_) => Ok(to("/sign-in")),
        Err(error) => {
            let problem = Problem::from(error);
            if !problem.status().is_client_error() {
                return Err(problem);
            }
            invitation_form(&app, language, token, Some(problem.for_person(language)))
        }
    }
}
