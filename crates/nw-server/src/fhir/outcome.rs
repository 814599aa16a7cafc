//! What went wrong, as an OperationOutcome; never a value of a patient.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nw_facts::Language;
use nw_fhir::{Json, map};
use nw_store::StoreError;

use crate::error::Problem;
use crate::words::{Word, say};

/// The type of everything that is sent.
pub(crate) const FHIR_JSON: &str = "application/fhir+json";

/// What is said when something is asked in a way that no address has.
const KEPT: &str = "nothing answers this method here; the record only grows: a value recorded in error is taken back \
                    with DELETE on its Observation and corrected with PUT, a Patient is changed with PUT, \
                    everything else comes in a transaction to the base; GET metadata lists what there is";

/// Why a request was not answered.
#[derive(Clone)]
pub(crate) struct Fail {
    pub status: StatusCode,
    issues: Vec<Json>,
}

/// One issue.
pub(crate) fn issue(severity: &str, code: &str, text: &str, place: Option<&str>) -> Json {
    map([
        ("severity", Some(severity.into())),
        ("code", Some(code.into())),
        ("diagnostics", Some(text.into())),
        ("expression", place.map(|p| Json::List(vec![p.into()]))),
    ])
}

/// Issues as a resource; without any it says that all is well.
pub(crate) fn outcome(mut issues: Vec<Json>) -> Json {
    if issues.is_empty() {
        issues.push(issue("information", "informational", "everything was read", None));
    }
    map([("resourceType", Some("OperationOutcome".into())), ("issue", Some(Json::List(issues)))])
}

/// An answer of FHIR.
pub(crate) fn answer(status: StatusCode, tree: &Json) -> Response {
    (status, [(header::CONTENT_TYPE, FHIR_JSON)], tree.write()).into_response()
}

impl Fail {
    pub(crate) fn new(status: StatusCode, code: &str, text: impl AsRef<str>) -> Fail {
        Fail { status, issues: vec![issue("error", code, text.as_ref(), None)] }
    }

    /// What was sent cannot be read.
    pub(crate) fn bad(code: &str, text: impl AsRef<str>) -> Fail {
        Fail::new(StatusCode::BAD_REQUEST, code, text)
    }

    /// What was sent can be read, and may not come in.
    pub(crate) fn refused(code: &str, text: impl AsRef<str>, place: &str) -> Fail {
        let issues = vec![issue("error", code, text.as_ref(), Some(place).filter(|p| !p.is_empty()))];
        Fail { status: StatusCode::UNPROCESSABLE_ENTITY, issues }
    }

    /// The same with these issues.
    pub(crate) fn with(status: StatusCode, issues: Vec<Json>) -> Fail {
        Fail { status, issues }
    }

    pub(crate) fn not_found(text: impl AsRef<str>) -> Fail {
        Fail::new(StatusCode::NOT_FOUND, "not-found", text)
    }

    pub(crate) fn method(text: impl AsRef<str>) -> Fail {
        Fail::new(StatusCode::METHOD_NOT_ALLOWED, "not-supported", text)
    }

    pub(crate) fn outcome(&self) -> Json {
        outcome(self.issues.clone())
    }

    /// A problem of the workbench in the words of FHIR.
    pub(crate) fn of(problem: &Problem, language: Language) -> Fail {
        let code = match problem {
            Problem::SignIn => "login",
            Problem::Forbidden | Problem::Forged => "forbidden",
            Problem::NotFound => "not-found",
            Problem::Method => "not-supported",
            Problem::Bad { .. } | Problem::Asks { .. } => "invalid",
            Problem::TooLarge => "too-long",
            Problem::TooMany => "throttled",
            Problem::Fault => "exception",
            Problem::Store(error) => match error {
                StoreError::Stale { .. } | StoreError::StaleVersion { .. } | StoreError::NotCurrent => {
                    "conflict"
                }
                StoreError::Duplicate { .. } | StoreError::KeyReused => "duplicate",
                StoreError::NotFound { .. } => "not-found",
                StoreError::Merged { .. } | StoreError::Blocked | StoreError::Erased => "deleted",
                StoreError::Objects => "suppressed",
                StoreError::Invalid { .. } => "invalid",
                StoreError::Refused | StoreError::CodeNeeded => "login",
                StoreError::Expired { .. } => "expired",
                StoreError::Locked { .. } => "throttled",
                _ => "exception",
            },
        };
        problem.note();
        let text = match problem {
            Problem::Method => KEPT.to_string(),
            Problem::TooLarge => say(language, Word::TooLargeFhir).to_string(),
            Problem::SignIn => format!(
                "{}; send `Authorization: Bearer` with the token that POST /api/v1/session gives; a token that \
                 ended, or that is none of ours, opens nothing",
                problem.text(language)
            ),
            other => other.text(language),
        };
        let severity = if problem.status().is_server_error() { "fatal" } else { "error" };
        Fail { status: problem.status(), issues: vec![issue(severity, code, &text, None)] }
    }
}

impl From<Problem> for Fail {
    fn from(problem: Problem) -> Fail {
        Fail::of(&problem, Language::En)
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Fail {
        Problem::from(error).into()
    }
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        let mut response = answer(self.status, &self.outcome());
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
