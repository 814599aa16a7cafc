//! Every address, with who may use it and what for. There is no other way in, and a test walks this list.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Method;
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, delete, get, post, put};
use futures_util::StreamExt as _;
use nw_store::{Purpose, Role};

use crate::access::{Access, Guard, dress, guard};
use crate::app::App;
use crate::error::Problem;
use crate::form::LARGEST_FORM;
use crate::{api, assets, fhir, hooks, pages, smart};

/// One address with its rule.
pub struct Route {
    /// How it is asked.
    pub method: Method,
    /// Where, as axum writes it.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// What the record is opened for, as the audit log says.
    pub purpose: Purpose,
    handler: MethodRouter<App>,
}

/// Those who see patients by name.
const CLINICAL: Access =
    Access::Only(&[Role::Specialist, Role::Nurse, Role::Coordinator, Role::Pathologist, Role::Radiologist]);
/// Those who may begin records and plan care.
pub(crate) const PLANNING: Access = Access::Only(&[Role::Specialist, Role::Nurse, Role::Coordinator]);
/// Those who may put a decision of the meeting into the record.
const DECIDING: Access = PLANNING;
/// Those who look after accounts and the log, and see no patient.
const ADMINISTRATION: Access = Access::Only(&[Role::Administrator]);
/// Those who see counts, and nobody by name.
const ANALYSING: Access = Access::Only(&[Role::Analyst]);
/// Those who may add facts.
pub(crate) const RECORDING: Access =
    Access::Only(&[Role::Specialist, Role::Nurse, Role::Pathologist, Role::Radiologist]);

fn reading(path: &'static str, access: Access, purpose: Purpose, handler: MethodRouter<App>) -> Route {
    Route { method: Method::GET, path, access, purpose, handler }
}

fn writing(path: &'static str, access: Access, purpose: Purpose, handler: MethodRouter<App>) -> Route {
    Route { method: Method::POST, path, access, purpose, handler }
}

fn changing(
    method: Method,
    path: &'static str,
    access: Access,
    purpose: Purpose,
    handler: MethodRouter<App>,
) -> Route {
    let handler = handler.layer(DefaultBodyLimit::max(fhir::LARGEST)).layer(from_fn(heard_out));
    Route { method, path, access, purpose, handler }
}

/// How much of a body that is too large is let pass, and for how long.
const HEARD_OUT: (usize, Duration) = (256 << 20, Duration::from_secs(20));

/// Lets a body that is too large pass unread before it is refused: many programs look for an answer only when they have
/// sent everything, and would see a broken connection instead. Whoever waits for leave to send is told at once.
async fn heard_out(request: Request, next: Next) -> axum::response::Response {
    let headers = request.headers();
    let length = headers.get(axum::http::header::CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|l| l.to_str().ok()?.parse().ok());
    let (waits, pieces) = (
        headers.contains_key(axum::http::header::EXPECT),
        headers.contains_key(axum::http::header::TRANSFER_ENCODING),
    );
    if !pieces && length.is_none_or(|l| l <= fhir::LARGEST) {
        return next.run(request).await;
    }
    if waits && length.is_some() {
        return Problem::TooLarge.into_response();
    }
    // A body in pieces says no length: it is kept as far as it is read anyway.
    let (head, body) = request.into_parts();
    let (mut kept, mut size) = (Vec::new(), length.unwrap_or(0));
    let mut stream = body.into_data_stream();
    let passing = async {
        let mut passed = 0;
        while let Some(piece) = stream.next().await {
            let Ok(piece) = piece else { return false };
            passed += piece.len();
            size = size.max(passed);
            if size <= fhir::LARGEST {
                kept.extend_from_slice(&piece);
            }
            if passed > HEARD_OUT.0 {
                break;
            }
        }
        true
    };
    // Whether all of what is too large passed makes no difference to the answer.
    let whole = tokio::time::timeout(HEARD_OUT.1, passing).await.unwrap_or(false);
    if size > fhir::LARGEST {
        return Problem::TooLarge.into_response();
    }
    if !whole {
        return Problem::bad("body", "it ended before its end").into_response();
    }
    next.run(Request::from_parts(head, axum::body::Body::from(kept))).await
}

/// FHIR. What a patient's record says is read and written under the rules of the interface for programs.
fn of_fhir() -> Vec<Route> {
    use Purpose::{Administration, Control, Research, Treatment};
    use fhir::{bulk, history, read, write};
    vec![
        reading("/fhir/metadata", Access::Anyone, Administration, get(fhir::metadata)),
        reading("/fhir/.well-known/smart-configuration", Access::Anyone, Administration, get(fhir::no_smart)),
        reading("/.well-known/smart-configuration", Access::Anyone, Administration, get(fhir::no_smart)),
        changing(Method::POST, "/fhir", RECORDING, Treatment, post(write::bundle)),
        changing(Method::POST, "/fhir/", RECORDING, Treatment, post(write::bundle)),
        reading("/fhir/Patient", CLINICAL, Treatment, get(read::patients)),
        changing(Method::POST, "/fhir/Patient", PLANNING, Treatment, post(write::add_patient)),
        writing("/fhir/Patient/_search", CLINICAL, Treatment, post(read::patients_form)),
        reading("/fhir/Patient/{patient}", CLINICAL, Treatment, get(read::patient)),
        changing(Method::PUT, "/fhir/Patient/{patient}", PLANNING, Treatment, put(write::put_patient)),
        reading("/fhir/Patient/{patient}/{operation}", CLINICAL, Treatment, get(read::operation)),
        reading(
            "/fhir/Patient/{patient}/_history/{version}",
            CLINICAL,
            Treatment,
            get(history::version_of_patient),
        ),
        reading("/fhir/Observation", CLINICAL, Treatment, get(read::observations)),
        changing(Method::POST, "/fhir/Observation", RECORDING, Treatment, post(write::add_observation)),
        writing("/fhir/Observation/_search", CLINICAL, Treatment, post(read::observations_form)),
        reading("/fhir/Observation/{id}", CLINICAL, Treatment, get(read::observation)),
        changing(Method::PUT, "/fhir/Observation/{id}", RECORDING, Treatment, put(write::put_observation)),
        changing(
            Method::DELETE,
            "/fhir/Observation/{id}",
            RECORDING,
            Treatment,
            delete(write::delete_observation),
        ),
        reading("/fhir/QuestionnaireResponse", CLINICAL, Treatment, get(read::answers)),
        changing(Method::POST, "/fhir/QuestionnaireResponse", RECORDING, Treatment, post(write::add_answers)),
        reading("/fhir/Consent", CLINICAL, Treatment, get(read::consents)),
        changing(Method::POST, "/fhir/Consent", PLANNING, Treatment, post(write::add_consent)),
        reading("/fhir/Consent/{id}", CLINICAL, Treatment, get(read::consent)),
        changing(Method::PUT, "/fhir/Consent/{id}", PLANNING, Treatment, put(write::put_consent)),
        reading("/fhir/AuditEvent", CLINICAL, Control, get(read::events)),
        reading("/fhir/{kind}", CLINICAL, Treatment, get(read::search)),
        writing("/fhir/{kind}/_search", CLINICAL, Treatment, post(read::form)),
        reading("/fhir/{kind}/{id}", CLINICAL, Treatment, get(read::one)),
        reading("/fhir/{kind}/{id}/_history", CLINICAL, Treatment, get(history::instance)),
        reading("/fhir/{kind}/{id}/_history/{version}", CLINICAL, Treatment, get(history::version)),
        // All records without identity.
        reading("/fhir/$export", ANALYSING, Research, get(bulk::begin)),
        reading("/fhir/bulk/{job}", ANALYSING, Research, get(bulk::status)),
        changing(Method::DELETE, "/fhir/bulk/{job}", ANALYSING, Research, delete(bulk::delete)),
        reading("/fhir/bulk/{job}/{file}", ANALYSING, Research, get(bulk::file)),
    ]
}

/// A call of another program: from a browser, too, and with a long record.
fn calls(handler: MethodRouter<App>) -> MethodRouter<App> {
    handler.options(hooks::preflight).layer(DefaultBodyLimit::max(hooks::LARGEST_CALL))
}

/// All addresses.
pub fn routes() -> Vec<Route> {
    use Purpose::{Administration, Control, Coordination, Meeting, PatientRequest, Quality, Treatment};
    let mut all = vec![
        reading("/health", Access::Anyone, Administration, get(pages::health)),
        reading("/assets/{version}/{name}", Access::Anyone, Administration, get(assets::file)),
        reading("/language/{language}", Access::Anyone, Administration, get(pages::sign::language)),
        reading("/sign-in", Access::Anyone, Administration, get(pages::sign::page)),
        writing("/sign-in", Access::Anyone, Administration, post(pages::sign::sign_in)),
        reading("/sign-in/provider", Access::Anyone, Administration, get(pages::provider::leave)),
        reading("/sign-in/provider/back", Access::Anyone, Administration, get(pages::provider::back)),
        // Launched by an electronic record.
        reading("/smart/launch", Access::Anyone, Administration, get(smart::launch)),
        reading("/smart/back", Access::Anyone, Administration, get(smart::back)),
        reading("/smart/patient", CLINICAL, Treatment, get(smart::patient)),
        reading("/first/{token}", Access::Anyone, Administration, get(pages::sign::first_page)),
        writing("/first/{token}", Access::Anyone, Administration, post(pages::sign::first)),
        writing("/sign-out", Access::SignedIn, Administration, post(pages::sign::sign_out)),
        writing("/role", Access::SignedIn, Administration, post(pages::sign::change_role)),
        reading("/", Access::SignedIn, Administration, get(pages::home)),
        reading("/patients", CLINICAL, Treatment, get(pages::patients::list)),
        reading("/patients/new", PLANNING, Treatment, get(pages::identity::new_page)),
        writing("/patients", PLANNING, Treatment, post(pages::identity::add)),
        reading("/patients/{patient}", CLINICAL, Treatment, get(pages::patient::page)),
        reading("/patients/{patient}/identity", PLANNING, Treatment, get(pages::identity::page)),
        writing("/patients/{patient}/identity", PLANNING, Treatment, post(pages::identity::change)),
        reading("/patients/{patient}/timeline", CLINICAL, Treatment, get(pages::timeline::page)),
        reading("/patients/{patient}/calendar", CLINICAL, Treatment, get(pages::calendar::page)),
        writing("/patients/{patient}/calendar", PLANNING, Treatment, post(pages::calendar::save)),
        writing("/patients/{patient}/calendar/try", PLANNING, Treatment, post(pages::calendar::attempt)),
        reading("/patients/{patient}/calendar.ics", CLINICAL, Treatment, get(pages::calendar::agenda)),
        reading("/patients/{patient}/calendar.pdf", CLINICAL, Treatment, get(pages::calendar::printed)),
        reading("/tour/{step}", CLINICAL, Administration, get(pages::tour::go)),
        reading("/patients/{patient}/facts", RECORDING, Treatment, get(pages::facts::page)),
        writing("/patients/{patient}/facts", RECORDING, Treatment, post(pages::facts::record)),
        writing(
            "/patients/{patient}/facts/{fact}/retract",
            RECORDING,
            Treatment,
            post(pages::facts::retract),
        ),
        reading("/patients/{patient}/reports", RECORDING, Treatment, get(pages::reports::paste)),
        writing("/patients/{patient}/reports", RECORDING, Treatment, post(pages::reports::send)),
        reading("/patients/{patient}/reports/{document}", CLINICAL, Treatment, get(pages::reports::page)),
        writing("/patients/{patient}/reports/{document}", RECORDING, Treatment, post(pages::reports::take)),
        // Meetings, decisions, follow-up.
        reading("/meetings", CLINICAL, Meeting, get(pages::meetings::list)),
        writing("/meetings", PLANNING, Meeting, post(pages::meetings::add)),
        reading("/meetings/{meeting}", CLINICAL, Meeting, get(pages::meetings::page)),
        writing("/meetings/{meeting}", PLANNING, Meeting, post(pages::meetings::change)),
        writing("/meetings/{meeting}/agenda", PLANNING, Meeting, post(pages::meetings::add_case)),
        writing("/meetings/{meeting}/agenda/{item}", PLANNING, Meeting, post(pages::meetings::change_case)),
        writing("/meetings/{meeting}/attendees", PLANNING, Meeting, post(pages::meetings::attendees)),
        reading("/meetings/{meeting}/requests", CLINICAL, Meeting, get(pages::meeting_papers::requests)),
        writing("/meetings/{meeting}/requests", PLANNING, Meeting, post(pages::meeting_papers::ask)),
        reading("/meetings/{meeting}/present/{number}", CLINICAL, Meeting, get(pages::present::page)),
        writing("/meetings/{meeting}/present/{number}", DECIDING, Meeting, post(pages::present::decide)),
        reading("/meetings/{meeting}/minutes", CLINICAL, Meeting, get(pages::meeting_papers::minutes)),
        reading(
            "/patients/{patient}/decisions/{decision}/letter",
            CLINICAL,
            Treatment,
            get(pages::meeting_papers::letter),
        ),
        reading(
            "/patients/{patient}/decisions/{decision}/letter.pdf",
            CLINICAL,
            Treatment,
            get(pages::papers::letter),
        ),
        reading("/patients/{patient}/summary.pdf", CLINICAL, Meeting, get(pages::papers::summary)),
        // What a patient takes home.
        reading("/patients/{patient}/information", PLANNING, Treatment, get(pages::information::page)),
        writing("/patients/{patient}/information", PLANNING, Treatment, post(pages::information::hand_over)),
        reading(
            "/patients/{patient}/information/{document}/paper.html",
            PLANNING,
            Treatment,
            get(pages::information::as_html),
        ),
        reading(
            "/patients/{patient}/information/{document}/paper.pdf",
            PLANNING,
            Treatment,
            get(pages::information::as_pdf),
        ),
        reading(
            "/patients/{patient}/handovers/{handover}/paper.pdf",
            PLANNING,
            Treatment,
            get(pages::information::handed_over),
        ),
        reading("/meetings/{meeting}/minutes.pdf", CLINICAL, Meeting, get(pages::papers::minutes)),
        reading("/meetings/{meeting}/requests.pdf", CLINICAL, Meeting, get(pages::papers::requests)),
        reading("/patients/{patient}/course", CLINICAL, Treatment, get(pages::course::page)),
        writing(
            "/patients/{patient}/decisions/{decision}/executions",
            PLANNING,
            Treatment,
            post(pages::course::executed),
        ),
        writing("/patients/{patient}/tasks", PLANNING, Coordination, post(pages::course::add_task)),
        writing("/patients/{patient}/tasks/{task}", CLINICAL, Coordination, post(pages::course::change_task)),
        writing("/patients/{patient}/contacts", PLANNING, Treatment, post(pages::course::add_contact)),
        reading("/follow-up", CLINICAL, Coordination, get(pages::follow_up::page)),
        // Why, what if, guideline, audit, accounts, programs.
        reading("/patients/{patient}/why", CLINICAL, Treatment, get(pages::why::list)),
        reading("/patients/{patient}/why/{conclusion}", CLINICAL, Treatment, get(pages::why::page)),
        reading("/patients/{patient}/what-if", CLINICAL, Treatment, get(pages::what_if::page)),
        writing("/patients/{patient}/what-if", CLINICAL, Treatment, post(pages::what_if::ask)),
        reading("/patients/{patient}/audit", CLINICAL, Control, get(pages::audit::of_patient)),
        reading(
            "/patients/{patient}/audit/patient",
            CLINICAL,
            PatientRequest,
            get(pages::audit::for_patient),
        ),
        reading(
            "/patients/{patient}/audit/patient.pdf",
            CLINICAL,
            PatientRequest,
            get(pages::papers::who_looked),
        ),
        reading("/patients/{patient}/objection", PLANNING, Treatment, get(pages::objection::page)),
        writing("/patients/{patient}/objection", PLANNING, Treatment, post(pages::objection::save)),
        reading("/patients/{patient}/emergency", CLINICAL, Treatment, get(pages::emergency::page)),
        writing("/patients/{patient}/emergency", CLINICAL, Treatment, post(pages::emergency::change)),
        reading("/guideline", Access::SignedIn, Treatment, get(pages::guideline::index)),
        reading("/guideline/{conclusion}", Access::SignedIn, Treatment, get(pages::guideline::conclusion)),
        // The whole record in counts.
        reading("/figures", ANALYSING, Quality, get(pages::figures::page)),
        reading("/figures/report.html", ANALYSING, Quality, get(pages::figures::as_html)),
        reading("/figures/report.json", ANALYSING, Quality, get(pages::figures::as_json)),
        reading("/audit", ADMINISTRATION, Control, get(pages::audit::of_all)),
        reading("/accounts", ADMINISTRATION, Administration, get(pages::accounts::list)),
        writing("/accounts", ADMINISTRATION, Administration, post(pages::accounts::add)),
        reading("/accounts/{account}", ADMINISTRATION, Administration, get(pages::accounts::page)),
        writing("/accounts/{account}", ADMINISTRATION, Administration, post(pages::accounts::change)),
        reading("/invitation/{token}", Access::Anyone, Administration, get(pages::accounts::invitation_page)),
        writing("/invitation/{token}", Access::Anyone, Administration, post(pages::accounts::accept)),
        reading("/account", Access::SignedIn, Administration, get(pages::account::page)),
        writing("/account/password", Access::SignedIn, Administration, post(pages::account::password)),
        writing("/account/second-factor", Access::SignedIn, Administration, post(pages::account::factor)),
        reading("/api/v1/openapi.json", Access::Anyone, Administration, get(api::openapi::page)),
        writing("/api/v1/session", Access::Anyone, Administration, post(api::session::begin)),
        writing("/api/v1/session/end", Access::SignedIn, Administration, post(api::session::end)),
        reading("/api/v1/patients", CLINICAL, Treatment, get(api::patients::list)),
        writing("/api/v1/patients", PLANNING, Treatment, post(api::patients::add)),
        reading("/api/v1/patients/{patient}", CLINICAL, Treatment, get(api::patients::one)),
        reading("/api/v1/patients/{patient}/facts", CLINICAL, Treatment, get(api::patients::facts)),
        writing("/api/v1/patients/{patient}/facts", RECORDING, Treatment, post(api::patients::record)),
        writing(
            "/api/v1/patients/{patient}/facts/{fact}/retract",
            RECORDING,
            Treatment,
            post(api::patients::retract),
        ),
        writing("/api/v1/patients/{patient}/reports/read", RECORDING, Treatment, post(api::reports::read)),
        writing("/api/v1/patients/{patient}/reports", RECORDING, Treatment, post(api::reports::take)),
        reading("/api/v1/patients/{patient}/reports/{document}", CLINICAL, Treatment, get(api::reports::one)),
        reading("/api/v1/patients/{patient}/assessment", CLINICAL, Treatment, get(api::assessment::one)),
        reading("/api/v1/patients/{patient}/objection", CLINICAL, Treatment, get(api::objection::one)),
        writing("/api/v1/patients/{patient}/objection", PLANNING, Treatment, post(api::objection::say)),
        reading("/api/v1/patients/{patient}/audit", CLINICAL, Control, get(api::lists::audit_of)),
        reading("/api/v1/tasks", CLINICAL, Coordination, get(api::lists::tasks)),
        reading("/api/v1/meetings", CLINICAL, Meeting, get(api::lists::meetings)),
        reading("/api/v1/card-feedback", PLANNING, Control, get(api::lists::card_feedback)),
        // The hospital's own program.
        reading("/cds-services", Access::Caller, Treatment, get(hooks::discovery).options(hooks::preflight)),
        writing("/cds-services/{id}", Access::Caller, Treatment, calls(post(hooks::call))),
        writing("/cds-services/{id}/feedback", Access::Caller, Treatment, calls(post(hooks::feedback))),
        reading("/api/v1/audit", ADMINISTRATION, Control, get(api::lists::audit)),
    ];
    all.extend(of_fhir());
    all
}

/// The workbench as a service.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let guard_of = Guard { app: app.clone(), access: route.access, purpose: route.purpose };
        router = router.route(route.path, route.handler.layer(from_fn_with_state(guard_of, guard)));
    }
    router
        .fallback(|| async { Problem::NotFound })
        .method_not_allowed_fallback(|| async { Problem::Method })
        .layer(map_response(refused_body))
        .layer(from_fn_with_state(app.clone(), dress))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(app)
}

/// A body that was cut off for its size gets words, too; an answer of ours has its own, and no length of the library's.
async fn refused_body(mut response: axum::response::Response) -> axum::response::Response {
    let plain = response.headers().get(axum::http::header::CONTENT_TYPE);
    let plain = plain.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if plain && response.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        response.extensions_mut().insert(Problem::TooLarge);
    }
    response
}

/// Whether a role may send the form of an address.
pub(crate) fn may(role: Role, path: &str) -> bool {
    let found = routes().into_iter().find(|r| r.method == Method::POST && r.path == path);
    found.is_some_and(|r| r.access.allows(Some(role)))
}
