//! What went wrong, as a page for people and as problem+json (RFC 9457) for programs; never a value of a patient.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use nw_facts::Language;
use nw_store::StoreError;
use serde_json::json;

use crate::reason::capital;
use crate::words::{Word, named, say};

/// Why a request was not answered.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Nobody is signed in, or the session ended.
    SignIn,
    /// This role may not do this.
    Forbidden,
    /// The form did not come from our page.
    Forged,
    /// Nothing stands at this address.
    NotFound,
    /// Something stands there, but it is not asked in this way.
    Method,
    /// What was sent cannot be read: the field, and what to do.
    Bad { field: String, help: String },
    /// The same of a form that a person filled in: the field, and what to do in the words of the page.
    Asks { field: String, help: Word },
    /// What was sent is too large.
    TooLarge,
    /// Too many requests.
    TooMany,
    /// The record refused.
    Store(StoreError),
    /// We failed.
    Fault,
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Problem::Store(error)
    }
}

impl Problem {
    pub(crate) fn bad(field: &str, help: impl Into<String>) -> Problem {
        Problem::Bad { field: field.to_string(), help: help.into() }
    }

    /// A field of a form that cannot be read.
    pub(crate) fn asks(field: &str, help: Word) -> Problem {
        Problem::Asks { field: field.to_string(), help }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Problem::SignIn => StatusCode::UNAUTHORIZED,
            Problem::Forbidden | Problem::Forged => StatusCode::FORBIDDEN,
            Problem::NotFound => StatusCode::NOT_FOUND,
            Problem::Method => StatusCode::METHOD_NOT_ALLOWED,
            Problem::Bad { .. } | Problem::Asks { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Problem::Store(error) => match error {
                StoreError::Stale { .. } | StoreError::StaleVersion { .. } | StoreError::NotCurrent => {
                    StatusCode::CONFLICT
                }
                StoreError::Duplicate { .. } | StoreError::KeyReused => StatusCode::CONFLICT,
                StoreError::NotFound { .. } => StatusCode::NOT_FOUND,
                StoreError::Objects => StatusCode::FORBIDDEN,
                StoreError::Merged { .. } | StoreError::Blocked | StoreError::Erased => StatusCode::GONE,
                StoreError::MustBeKept { .. } => StatusCode::CONFLICT,
                StoreError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
                StoreError::Refused | StoreError::CodeNeeded | StoreError::Expired { .. } => {
                    StatusCode::UNAUTHORIZED
                }
                StoreError::Locked { .. } => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Problem::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A stable word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Problem::SignIn => "sign-in",
            Problem::Forbidden => "forbidden",
            Problem::Forged => "forged",
            Problem::NotFound => "not-found",
            Problem::Method => "method",
            Problem::Bad { .. } | Problem::Asks { .. } => "invalid",
            Problem::TooLarge => "too-large",
            Problem::TooMany => "too-many",
            Problem::Store(error) => error.code(),
            Problem::Fault => "fault",
        }
    }

    /// What to tell a person.
    pub(crate) fn text(&self, language: Language) -> String {
        match self {
            Problem::SignIn => say(language, Word::PleaseSignIn).to_string(),
            Problem::Forbidden => say(language, Word::NotAllowed).to_string(),
            Problem::Forged => say(language, Word::FormExpired).to_string(),
            Problem::NotFound => say(language, Word::NothingHere).to_string(),
            Problem::Method => say(language, Word::OtherMethod).to_string(),
            Problem::Bad { field, help } => format!("{field}: {help}"),
            Problem::Asks { field, help } => format!("{field}: {}", say(language, *help)),
            Problem::TooLarge => say(language, Word::TooLarge).to_string(),
            Problem::TooMany => say(language, Word::TooMany).to_string(),
            Problem::Store(
                StoreError::Stale { .. } | StoreError::StaleVersion { .. } | StoreError::NotCurrent,
            ) => say(language, Word::SomebodyWasQuicker).to_string(),
            Problem::Store(error) if self.status().is_client_error() => {
                error.text().get(language).to_string()
            }
            Problem::Store(_) | Problem::Fault => say(language, Word::WeFailed).to_string(),
        }
    }

    /// What to tell a person who filled in a form: fields by the names that stand on the page.
    pub(crate) fn for_person(&self, language: Language) -> String {
        let text = match self {
            Problem::Asks { field, help } => match named(language, field) {
                Some(name) => format!("{name}: {}", say(language, *help)),
                None => say(language, *help).to_string(),
            },
            Problem::Store(StoreError::Invalid { field, .. }) => {
                let text = self.text(language);
                named(language, field)
                    .map_or(text.clone(), |name| text.replacen(&format!("`{field}`"), name, 1))
            }
            other => other.text(language),
        };
        capital(&text)
    }

    /// For programs.
    pub(crate) fn json(&self, language: Language) -> Response {
        self.note();
        let body = json!({
            "type": format!("urn:netwijzer:problem:{}", self.code()),
            "title": self.text(language),
            "status": self.status().as_u16(),
            "code": self.code(),
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status(), kind, body.to_string()).into_response()
    }

    pub(crate) fn note(&self) {
        if self.status().is_server_error() {
            // The cause of the database names no values; everything else has no cause beyond its code.
            tracing::error!(code = self.code(), "a request failed");
        }
    }
}
