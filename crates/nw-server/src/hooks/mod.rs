//! CDS Hooks 2.0: discovery, the services, and feedback. What a card says stands in the knowledge ([`nw_hooks`]).
//!
//! Road of a call: [`trust`] finds out who calls; the request is read strictly; [`fetch`] asks the client's FHIR server
//! for what is missing; [`nw_fhir`] reads the resources into facts; the engine draws; cards go out. Nothing of a patient
//! is stored or written to a log.

mod fetch;
mod settings;
mod trust;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nw_fhir::{Issue, Mapping, import_resources};
use nw_hooks::{Asked, Frame, Hooks, Outcome, Refusal, Request, Service};
use nw_store::{CardFeedback, Context, Departure};
use serde_json::{Value, json};

use crate::access::asked_language;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::limit::Rate;
use crate::words::{Word, say};
pub use settings::HooksSettings;
use trust::Trust;

/// The largest call: a prefetch of a long record.
pub(crate) const LARGEST_CALL: usize = 8 << 20;
/// How often one place or client may call.
const CALLS: Rate = Rate { burst: 2000.0, seconds: 0.001 };
/// Cards that feedback may still name.
const REMEMBERED: usize = 50_000;

/// Everything that answering needs.
pub(crate) struct Desk {
    settings: HooksSettings,
    hooks: Arc<Hooks>,
    mapping: Arc<Mapping>,
    trust: Arc<Trust>,
    agent: ureq::Agent,
    issued: Mutex<Issued>,
}

/// Which card an id was given to.
#[derive(Default)]
struct Issued {
    cards: HashMap<String, (String, String)>,
    order: VecDeque<String>,
}

impl Desk {
    pub(crate) fn new(settings: HooksSettings, hooks: Hooks, mapping: Mapping) -> Desk {
        let trust = Arc::new(Trust::new(&settings));
        let agent = trust::agent(settings.patience_seconds);
        Desk {
            settings,
            hooks: Arc::new(hooks),
            mapping: Arc::new(mapping),
            trust,
            agent,
            issued: Mutex::default(),
        }
    }

    fn issue(&self, uuid: &str, card: &str, service: &str) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.order.len() >= REMEMBERED
            && let Some(oldest) = issued.order.pop_front()
        {
            issued.cards.remove(&oldest);
        }
        issued.order.push_back(uuid.to_string());
        issued.cards.insert(uuid.to_string(), (card.to_string(), service.to_string()));
    }

    fn was(&self, uuid: &str) -> Option<(String, String)> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).cards.get(uuid).cloned()
    }

    /// The origin of a page that calls from a browser, when it may.
    fn origin(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, No> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(None) };
        let known = origin.to_str().is_ok_and(|o| self.settings.origins.iter().any(|known| known == o));
        if known {
            Ok(Some(origin.clone()))
        } else {
            Err(No::new(StatusCode::FORBIDDEN, "Origin", "this origin may not call"))
        }
    }
}

/// Why a call is not answered.
struct No {
    status: StatusCode,
    field: String,
    help: String,
}

impl No {
    fn new(status: StatusCode, field: &str, help: impl Into<String>) -> No {
        No { status, field: field.to_string(), help: help.into() }
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> No {
        No { status: StatusCode::BAD_REQUEST, field: refusal.field, help: refusal.help }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "urn:netwijzer:problem:cds-hooks", "status": self.status.as_u16(), "field": self.field,
            "title": format!("{}: {}", self.field, self.help),
        });
        let mut response =
            (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string())
                .into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The place a call comes from.
pub(crate) struct Caller(String);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Self::Rejection> {
        let place = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Caller(place.map_or_else(|| "-".to_string(), |info| info.0.ip().to_string())))
    }
}

/// Puts on an answer what a page of another origin needs to read it.
fn shared(mut response: Response, origin: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin, Accept-Language"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
    response
}

fn dressed(answer: Result<Response, No>, origin: Option<HeaderValue>) -> Response {
    shared(answer.unwrap_or_else(IntoResponse::into_response), origin)
}

fn said(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// Whether a page of another origin may call.
pub(crate) async fn preflight(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(desk) = app.hooks.get() else { return Problem::NotFound.into_response() };
    match desk.origin(&headers) {
        Err(no) => shared(no.into_response(), None),
        Ok(origin) => {
            let mut response = shared(StatusCode::NO_CONTENT.into_response(), origin);
            let headers = response.headers_mut();
            for (name, value) in [
                (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
                (
                    header::ACCESS_CONTROL_ALLOW_HEADERS,
                    "authorization, content-type, accept, accept-language",
                ),
                (header::ACCESS_CONTROL_MAX_AGE, "600"),
            ] {
                headers.insert(name, HeaderValue::from_static(value));
            }
            response
        }
    }
}

/// Which services there are.
pub(crate) async fn discovery(State(app): State<App>, Caller(place): Caller, headers: HeaderMap) -> Response {
    let Some(desk) = app.hooks.get() else { return Problem::NotFound.into_response() };
    let origin = match desk.origin(&headers) {
        Ok(origin) => origin,
        Err(no) => return shared(no.into_response(), None),
    };
    if !app.limit.allows(&format!("hooks {place}"), CALLS, app.now()) {
        return dressed(Err(busy()), origin);
    }
    shared(said(&desk.hooks.discovery(asked_language(&headers))), origin)
}

fn busy() -> No {
    No::new(StatusCode::TOO_MANY_REQUESTS, "calls", "too many calls; try again in a second")
}

/// What a client may do.
struct Client {
    name: String,
    fhir: Vec<String>,
}

/// Who calls the address `path`, as far as the settings ask.
async fn client(
    app: &App,
    desk: &Desk,
    place: &str,
    headers: &HeaderMap,
    paths: &[String],
) -> Result<Client, No> {
    if !app.limit.allows(&format!("hooks {place}"), CALLS, app.now()) {
        return Err(busy());
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| {
        let (scheme, token) = v.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_string())
    });
    if desk.settings.unsigned {
        return Ok(Client { name: "unsigned".to_string(), fhir: Vec::new() });
    }
    let no = |why: &str| No::new(StatusCode::UNAUTHORIZED, "Authorization", why);
    let token =
        bearer.ok_or_else(|| no("send `Bearer` with a token that the client signed for this address"))?;
    let audiences: Vec<String> = paths.iter().map(|p| format!("{}{p}", desk.settings.public)).collect();
    let (trust, now) = (Arc::clone(&desk.trust), app.now().as_second());
    let judged = match desk.trust.verify_at_hand(&token, &audiences, now) {
        Some(judged) => judged,
        // A key server has to be asked.
        None => tokio::task::spawn_blocking(move || trust.verify(&token, &audiences, now))
            .await
            .map_err(|_| failed())?,
    };
    let at = judged.map_err(no)?;
    let client = &desk.settings.client[at];
    Ok(Client { name: client.issuer.clone(), fhir: client.fhir.clone() })
}

fn failed() -> No {
    tracing::error!("a call of CDS Hooks failed");
    No::new(StatusCode::INTERNAL_SERVER_ERROR, "service", "we failed; the call can be repeated")
}

fn json_body(headers: &HeaderMap) -> Result<(), No> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(No::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type", "send application/json"))
}

/// Answers a call with cards.
pub(crate) async fn call(
    State(app): State<App>,
    Caller(place): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(desk) = app.hooks.get() else { return Problem::NotFound.into_response() };
    let origin = match desk.origin(&headers) {
        Ok(origin) => origin,
        Err(no) => return shared(no.into_response(), None),
    };
    dressed(answered(&app, desk, &place, &id, &headers, &body).await, origin)
}

async fn answered(
    app: &App,
    desk: &Desk,
    place: &str,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, No> {
    let client = client(app, desk, place, headers, &[format!("/cds-services/{id}")]).await?;
    let none =
        || No::new(StatusCode::NOT_FOUND, "id", "there is no such service; GET /cds-services lists them");
    let service = desk.hooks.service(id).ok_or_else(none)?;
    json_body(headers)?;
    let mut request = Request::read(body)?;
    if request.hook != service.hook {
        let help = format!("this service answers {}", service.hook.id());
        return Err(No::new(StatusCode::BAD_REQUEST, "hook", help));
    }
    fetch::missing(&mut request, service, &desk.agent, &client.fhir).await;
    sufficient(&request, service)?;
    let cards = cards(app, desk, request, asked_language(headers)).await?;
    for (card, shown) in &cards {
        desk.issue(&shown.uuid, card, id);
    }
    let cards: Vec<&nw_hooks::Card> = cards.iter().map(|(_, card)| card).collect();
    Ok(said(&json!({"cards": cards})))
}

/// Whether everything is there without which the service cannot answer, and of one patient.
fn sufficient(request: &Request, service: &Service) -> Result<(), No> {
    for key in &service.needed {
        let kind = request.prefetch.get(key).and_then(|v| v.get("resourceType")).and_then(Value::as_str);
        if kind.is_none() || kind == Some("OperationOutcome") {
            let help = "send it as prefetch, or give leave to fetch it (fhirServer, fhirAuthorization)";
            return Err(No::new(StatusCode::PRECONDITION_FAILED, &format!("prefetch.{key}"), help));
        }
    }
    for (key, value) in &request.prefetch {
        let of = |name: &str| value.get(name).and_then(Value::as_str);
        if of("resourceType") == Some("Patient") && of("id") != Some(&request.context.patient) {
            let help = "this is another patient than context.patientId";
            return Err(No::new(StatusCode::BAD_REQUEST, &format!("prefetch.{key}.id"), help));
        }
    }
    Ok(())
}

async fn cards(
    app: &App,
    desk: &Desk,
    mut request: Request,
    language: nw_facts::Language,
) -> Result<Vec<(String, nw_hooks::Card)>, No> {
    let (guideline, hooks, mapping) = (app.guideline, Arc::clone(&desk.hooks), Arc::clone(&desk.mapping));
    let public = desk.settings.public.clone();
    let (today, hook) = (app.today(), request.hook);
    let prefetch = std::mem::take(&mut request.prefetch);
    let work = move |engine: &mut nw_engine::Engine<'static>| {
        let sent = prefetch.into_iter().map(|(_, value)| value);
        let sent = sent.filter(|v| v.get("resourceType").is_some_and(|t| t != "OperationOutcome"));
        let import = import_resources(sent, &mapping, &guideline.vocabulary);
        if import.refused() {
            let text = import.issues.first().map(|i| i.text.get(language).to_string());
            return Err(No::new(StatusCode::BAD_REQUEST, "prefetch", text.unwrap_or_default()));
        }
        let unread = unread(&import.issues, &request.context.drafts, language);
        let orders = hooks.orders(&request.context);
        let facts = hooks.facts(guideline, &import.facts, &orders).on(Some(today));
        let asked = Asked {
            hook,
            orders: &orders,
            patient: &request.context.patient,
            facts: &facts,
            unread: &unread,
        };
        let Some(options) = hooks.options(guideline, &asked) else { return Ok(Vec::new()) };
        let drawn = engine.conclude(&facts, &options);
        let disclaimer = say(language, Word::NotADevice);
        let frame = Frame { guideline, language, public: Some(&public), disclaimer };
        let mut fresh = uuid;
        Ok(hooks.cards(&frame, &asked, &drawn, &mut fresh))
    };
    app.desk.at_once(work).await.ok_or_else(failed)?
}

/// What was sent and is not FHIR R4: in silence it would look as if there were nothing to say.
fn unread(issues: &[Issue], drafts: &[Value], language: nw_facts::Language) -> Vec<String> {
    let told = |issue: &Issue| match &issue.place {
        Some(place) => format!("{} ({place})", issue.text.get(language)),
        None => issue.text.get(language).to_string(),
    };
    // Only kinds that the standard names are told, never a word of the client.
    let foreign = |draft: &Value| {
        let (kind, members) = (draft.get("resourceType")?.as_str()?, draft.as_object()?);
        crate::fhir::foreign(kind, members.keys().map(String::as_str))?;
        Some(format!("{kind}: {}", say(language, Word::HooksNotR4)))
    };
    let mut all: Vec<String> = issues.iter().map(told).chain(drafts.iter().filter_map(foreign)).collect();
    all.dedup();
    all
}

/// A random UUID.
fn uuid() -> String {
    let mut bytes = [0u8; 16];
    // Without chance the ids would be the same each time: a fault of the machine, and the card has none.
    if getrandom::fill(&mut bytes).is_err() {
        tracing::error!("the machine gives no random numbers");
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Keeps what became of cards.
pub(crate) async fn feedback(
    State(app): State<App>,
    Caller(place): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(desk) = app.hooks.get() else { return Problem::NotFound.into_response() };
    let origin = match desk.origin(&headers) {
        Ok(origin) => origin,
        Err(no) => return shared(no.into_response(), None),
    };
    dressed(kept(&app, desk, &place, &id, &headers, &body).await, origin)
}

async fn kept(
    app: &App,
    desk: &Desk,
    place: &str,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, No> {
    let paths = [format!("/cds-services/{id}"), format!("/cds-services/{id}/feedback")];
    let client = client(app, desk, place, headers, &paths).await?;
    let none =
        || No::new(StatusCode::NOT_FOUND, "id", "there is no such service; GET /cds-services lists them");
    desk.hooks.service(id).ok_or_else(none)?;
    json_body(headers)?;
    let sent = nw_hooks::feedback(body)?;
    let guideline = app.guideline;
    let all: Vec<CardFeedback> = sent
        .into_iter()
        .map(|one| {
            let topic = desk.was(&one.card).filter(|(_, service)| service == id).map(|(card, _)| card);
            // The way that was taken instead is kept as decisions of the meeting keep theirs.
            let departure = (one.outcome == Outcome::Overridden).then(|| Departure {
                code: one.reason.as_ref().map_or_else(|| "unsaid".to_string(), |r| r.code.clone()),
                explanation: one.comment,
            });
            CardFeedback {
                service: id.to_string(),
                client: client.name.clone(),
                card: one.card,
                topic,
                guideline: format!("{} {}", guideline.manifest.id, guideline.manifest.edition),
                guideline_digest: guideline.digest.clone(),
                accepted: one.outcome == Outcome::Accepted,
                suggestions: one.suggestions,
                departure,
                happened_at: one.at,
            }
        })
        .collect();
    let context = Context::system(app.now(), "cds-hooks");
    match app.store.add_card_feedback(&context, &all).await {
        Ok(()) => Ok(said(&json!({}))),
        Err(nw_store::StoreError::Invalid { field, .. }) => Err(No::new(
            StatusCode::BAD_REQUEST,
            &format!("feedback.{field}"),
            "is empty, too long or no plain text",
        )),
        Err(_) => Err(failed()),
    }
}
