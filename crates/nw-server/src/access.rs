//! Who asks, and whether they may: sessions, roles, forged requests. What a route allows stands in [`crate::routes`].

use std::panic::AssertUnwindSafe;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use nw_facts::Language;
use nw_store::{Actor, Basis, Context, PatientId, Purpose, Reason, Role, Session, Token};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, LARGEST_FORM};

/// Who may use an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not: the sign-in itself, style sheets, whether the program is alive.
    Anyone,
    /// A program that signs each call with a key of its own; the handler judges the signature. No session is looked at.
    Caller,
    /// Anybody who is signed in.
    SignedIn,
    /// These roles.
    Only(&'static [Role]),
}

impl Access {
    /// Whether a role may.
    pub fn allows(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Access::Anyone, _) => true,
            (Access::Caller, _) | (_, None) => false,
            (Access::SignedIn, Some(_)) => true,
            (Access::Only(roles), Some(role)) => roles.contains(&role),
        }
    }
}

/// The cookie that holds the session.
pub(crate) const SESSION: &str = "nw_session";
/// The cookie that holds the language of somebody who is not signed in.
pub(crate) const LANGUAGE: &str = "nw_language";
/// How long nobody need touch the screen before the session ends.
pub(crate) const IDLE_SECONDS: i64 = 30 * 60;
/// How long a session lasts in any case: a working day.
pub(crate) const WHOLE_SECONDS: i64 = 12 * 3600;

/// What a session remembers beside who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The language chosen.
    #[serde(default)]
    pub language: Option<String>,
    /// Emergency access: to whom, and why.
    #[serde(default)]
    pub emergency: Option<(PatientId, String)>,
    /// The step of the guided tour.
    #[serde(default)]
    pub tour: Option<u8>,
}

/// Somebody who was let in, with what the request says about itself.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) session: Session,
    pub(crate) token: Token,
    pub(crate) language: Language,
    pub(crate) path: String,
    purpose: Purpose,
    place: Option<String>,
    key: Option<String>,
    now: jiff::Timestamp,
}

impl Gate {
    /// The role in which the person works.
    pub(crate) fn role(&self) -> Role {
        self.session.role
    }

    /// The mark that our own forms carry: it follows from the session and cannot be guessed.
    pub(crate) fn mark(&self) -> String {
        self.token.derived("form")
    }

    pub(crate) fn remembered(&self) -> Remembered {
        serde_json::from_str(&self.session.note).unwrap_or_default()
    }

    fn actor(&self) -> Actor {
        let account = &self.session.account;
        Actor {
            account: Some(account.id.clone()),
            name: account.name.clone(),
            role: self.session.role,
            organisation: account.organisation.clone(),
        }
    }

    /// The context of a request that is about no single patient.
    pub(crate) fn context(&self) -> Context {
        self.with(Basis::Function)
    }

    /// The context of a request about one patient.
    pub(crate) fn about(&self, patient: &PatientId) -> Context {
        let basis = match self.remembered().emergency {
            Some((whom, why)) if whom == *patient => {
                Reason::new(&why).map_or(Basis::Consultation, Basis::Emergency)
            }
            _ => match self.session.role {
                Role::Specialist | Role::Nurse => Basis::TreatmentRelation,
                Role::Pathologist | Role::Radiologist => Basis::Consultation,
                _ => Basis::Function,
            },
        };
        self.with(basis)
    }

    /// The context of a look in an emergency.
    pub(crate) fn emergency(&self, reason: Reason) -> Context {
        self.with(Basis::Emergency(reason))
    }

    fn with(&self, basis: Basis) -> Context {
        let source = match self.path.split('/').nth(1) {
            Some("api") => "api",
            Some("fhir") => "fhir",
            _ => "web",
        };
        let mut context = Context::new(self.now, self.actor(), self.purpose, basis, source);
        context.access_point.clone_from(&self.place);
        context.key.clone_from(&self.key);
        context
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Gate {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Gate, Problem> {
        // A page that asks for a gate on an address that lets anybody in is a fault of ours.
        parts.extensions.get::<Gate>().cloned().ok_or(Problem::Fault)
    }
}

/// The rule of one address, kept beside its handler.
#[derive(Clone)]
pub(crate) struct Guard {
    pub app: App,
    pub access: Access,
    pub purpose: Purpose,
}

/// Lets a request in, or says why not.
pub(crate) async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    match admit(&guard, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn admit(guard: &Guard, request: &mut Request) -> Result<(), Problem> {
    if guard.access == Access::Caller {
        // It carries no cookie that somebody could ride on; which pages may call stands in the settings.
        return Ok(());
    }
    let headers = request.headers();
    if !matches!(*request.method(), Method::GET | Method::HEAD) && from_elsewhere(headers) {
        return Err(Problem::Forged);
    }
    if guard.access == Access::Anyone {
        return Ok(());
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_string();
    let mut gate = known(&guard.app, headers, path, guard.purpose).await?;
    if !guard.access.allows(Some(gate.role())) {
        return Err(Problem::Forbidden);
    }
    gate.key = headers.get("idempotency-key").and_then(|k| k.to_str().ok()).map(str::to_string);
    gate.place = request
        .extensions()
        .get::<axum::extract::ConnectInfo<std::net::SocketAddr>>()
        .map(|info| info.0.ip().to_string());
    request.extensions_mut().insert(gate);
    Ok(())
}

/// Whose session a request carries, if it runs.
async fn known(app: &App, headers: &HeaderMap, path: String, purpose: Purpose) -> Result<Gate, Problem> {
    let token = bearer(headers).or_else(|| cookie(headers, SESSION)).ok_or(Problem::SignIn)?;
    let token = Token::from_text(&token);
    let now = app.now();
    let session = match app.store.session(now, &token).await {
        Ok(session) => session,
        Err(nw_store::StoreError::Expired { .. } | nw_store::StoreError::NotFound { .. }) => {
            return Err(Problem::SignIn);
        }
        Err(error) => return Err(error.into()),
    };
    let remembered: Remembered = serde_json::from_str(&session.note).unwrap_or_default();
    let chosen = remembered.language.as_deref().unwrap_or(&session.account.language);
    let language = language_of(chosen).unwrap_or(Language::En);
    Ok(Gate { language, session, token, path, purpose, place: None, key: None, now })
}

/// A form that somebody filled in on a page of a patient or a meeting: it is shown again when it could not be kept. Where
/// passwords are typed nothing is shown again, nor what another site sent.
async fn filled_in(request: Request) -> Result<(Request, Option<Fields>), Problem> {
    let path = request.uri().path();
    let work = ["/patients", "/meetings"].iter().any(|start| path.starts_with(start));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let form = kind.starts_with("application/x-www-form-urlencoded");
    // Who never signed in has filled in nothing here, and gets no memory of ours.
    let somebody = cookie(request.headers(), SESSION).is_some();
    if !(work && form && somebody && *request.method() == Method::POST) || from_elsewhere(request.headers()) {
        return Ok((request, None));
    }
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, LARGEST_FORM).await.map_err(|_| Problem::TooLarge)?;
    let fields = Fields::plain(&bytes).ok();
    Ok((Request::from_parts(head, axum::body::Body::from(bytes)), fields))
}

/// The page from which a browser came, when it is one of ours and not the one that was asked for.
fn came_from(headers: &HeaderMap, asked: &str) -> Option<String> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let (_, from) = text(header::REFERER)?.split_once("://")?;
    let place = from.strip_prefix(text(header::HOST)?).filter(|p| p.starts_with('/'))?;
    let place = crate::pages::own_place(place);
    (place != asked).then(|| place.to_string())
}

/// Whether a browser says that another site sent this request.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok()) {
        return !matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, from)| from != host),
        // A program of its own sends neither; it carries no cookie that somebody could ride on.
        _ => false,
    }
}

/// The token that a program sends.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_string())
}

/// One cookie of a request.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.to_string())
}

/// A cookie to be set, or taken back when there is no value.
pub(crate) fn set_cookie(
    app: &App,
    name: &str,
    value: Option<&str>,
    seconds: i64,
) -> (header::HeaderName, String) {
    let secure = if app.settings.https { "; Secure" } else { "" };
    let (value, age) = value.map_or(("", 0), |v| (v, seconds));
    (header::SET_COOKIE, format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}"))
}

pub(crate) fn language_of(text: &str) -> Option<Language> {
    match text {
        "nl" => Some(Language::Nl),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// The language of somebody who is not signed in: chosen before, or as the browser asks.
pub(crate) fn asked_language(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, LANGUAGE).as_deref().and_then(language_of);
    chosen.unwrap_or_else(|| {
        let asks = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let first = |tag: &str| asks.find(tag).unwrap_or(usize::MAX);
        if first("nl") < first("en") { Language::Nl } else { Language::En }
    })
}

/// Puts on every answer what keeps browsers from doing what we did not ask, and dresses problems for who asks.
pub(crate) async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let api = ["/api/", "/cds-services"].iter().any(|start| request.uri().path().starts_with(start));
    let fhir = matches!(request.uri().path().split('/').nth(1), Some("fhir"));
    let back = request.uri().path_and_query().map_or("/".to_string(), |p| p.as_str().to_string());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let language = asked_language(request.headers());
    let headers = if api || fhir { HeaderMap::new() } else { request.headers().clone() };
    let mut typed = None;
    let mut response = match filled_in(request).await {
        Ok((request, fields)) => {
            typed = fields;
            // A fault of ours in one request is answered as one; the others go on.
            let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            answered.unwrap_or_else(|_| Problem::Fault.into_response())
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = if fhir {
            crate::fhir::problem(&problem, language)
        } else if api {
            problem.json(language)
        } else if matches!(problem, Problem::SignIn) && reads {
            crate::pages::to(&format!("/sign-in?next={}", crate::pages::encoded(&back)))
        } else {
            let gate = known(&app, &headers, back.clone(), Purpose::Administration).await.ok();
            let from = came_from(&headers, &back);
            crate::pages::problem(&app, gate.as_ref(), language, &problem, from, typed.as_ref())
        };
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ] {
        // A page that shows a paper, and the paper itself, bring rules of their own.
        headers.entry(name).or_insert(header::HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        // What stands on these pages belongs in nobody's cache.
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    }
    if app.settings.https {
        let value = header::HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // The answer gets its clothes in `dress`, which knows who asked.
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self);
        response
    }
}
