//! Every address, with who may use it and what for. There is no other way in, and a test walks this list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{MethodRouter, get, post};
use nw_store::{Purpose, Role};

use crate::access::{Access, Guard, dress, guard};
use crate::app::App;
use crate::error::Problem;
use crate::form::LARGEST_FORM;
use crate::{api, assets, pages};

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
const PLANNING: Access = Access::Only(&[Role::Specialist, Role::Nurse, Role::Coordinator]);
/// Those who look after accounts and the log, and see no patient.
const ADMINISTRATION: Access = Access::Only(&[Role::Administrator]);
/// Those who may add facts.
const RECORDING: Access =
    Access::Only(&[Role::Specialist, Role::Nurse, Role::Pathologist, Role::Radiologist]);

fn reading(path: &'static str, access: Access, purpose: Purpose, handler: MethodRouter<App>) -> Route {
    Route { method: Method::GET, path, access, purpose, handler }
}

fn writing(path: &'static str, access: Access, purpose: Purpose, handler: MethodRouter<App>) -> Route {
    Route { method: Method::POST, path, access, purpose, handler }
}

/// All addresses.
pub fn routes() -> Vec<Route> {
    use Purpose::{Administration, Control, Coordination, PatientRequest, Treatment};
    vec![
        reading("/health", Access::Anyone, Administration, get(pages::health)),
        reading("/assets/{version}/{name}", Access::Anyone, Administration, get(assets::file)),
        reading("/language/{language}", Access::Anyone, Administration, get(pages::sign::language)),
        reading("/sign-in", Access::Anyone, Administration, get(pages::sign::page)),
        writing("/sign-in", Access::Anyone, Administration, post(pages::sign::sign_in)),
        reading("/first/{token}", Access::Anyone, Administration, get(pages::sign::first_page)),
        writing("/first/{token}", Access::Anyone, Administration, post(pages::sign::first)),
        writing("/sign-out", Access::SignedIn, Administration, post(pages::sign::sign_out)),
        writing("/role", Access::SignedIn, Administration, post(pages::sign::change_role)),
        reading("/", Access::SignedIn, Administration, get(pages::home)),
        reading("/patients", CLINICAL, Treatment, get(pages::patients::list)),
        reading("/patients/new", PLANNING, Treatment, get(pages::patients::new_page)),
        writing("/patients", PLANNING, Treatment, post(pages::patients::add)),
        reading("/patients/{patient}", CLINICAL, Treatment, get(pages::patient::page)),
        reading("/patients/{patient}/facts", RECORDING, Treatment, get(pages::facts::page)),
        writing("/patients/{patient}/facts", RECORDING, Treatment, post(pages::facts::record)),
        writing(
            "/patients/{patient}/facts/{fact}/retract",
            RECORDING,
            Treatment,
            post(pages::facts::retract),
        ),
        // Meetings, decisions, follow-up.

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
        reading("/patients/{patient}/emergency", CLINICAL, Treatment, get(pages::emergency::page)),
        writing("/patients/{patient}/emergency", CLINICAL, Treatment, post(pages::emergency::change)),
        reading("/guideline", Access::SignedIn, Treatment, get(pages::guideline::index)),
        reading("/guideline/{conclusion}", Access::SignedIn, Treatment, get(pages::guideline::conclusion)),
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
        reading("/api/v1/patients/{patient}/assessment", CLINICAL, Treatment, get(api::assessment::one)),
        reading("/api/v1/patients/{patient}/audit", CLINICAL, Control, get(api::lists::audit_of)),
        reading("/api/v1/tasks", CLINICAL, Coordination, get(api::lists::tasks)),
        reading("/api/v1/meetings", CLINICAL, Purpose::Meeting, get(api::lists::meetings)),
        reading("/api/v1/audit", ADMINISTRATION, Control, get(api::lists::audit)),
    ]
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
        .method_not_allowed_fallback(|| async { Problem::NotFound })
        .layer(map_response(refused_body))
        .layer(from_fn_with_state(app.clone(), dress))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(app)
}

/// A body that was cut off for its size gets words, too.
async fn refused_body(mut response: axum::response::Response) -> axum::response::Response {
    if response.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        response.extensions_mut().insert(Problem::TooLarge);
    }
    response
}
