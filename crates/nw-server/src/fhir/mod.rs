//! FHIR R4 over HTTP, under `/fhir`: the record as resources, and resources into the record.
//!
//! Road of a reading: [`read`] → [`compartment`] opens the record (and the audit log notes it), lets the engine draw, and has
//! [`nw_fhir`] write resources → [`search`] takes those that are asked for. Road of a writing: [`inspect`] refuses what is
//! hostile or of another version → [`write`] has [`nw_fhir`] read facts → the record, all of it or nothing.
//!
//! A program signs in as for `/api/v1` and sends its token as `Authorization: Bearer`; roles and audit are the same.
//! [`bulk`] is for the analyst, without identities. Every fault is an OperationOutcome ([`outcome`]).

pub(crate) mod bulk;
mod capability;
mod compartment;
mod elements;
mod event;
pub(crate) mod history;
mod ids;
mod inspect;
pub(crate) mod outcome;
mod person;
pub(crate) mod read;
mod search;
mod transaction;
pub(crate) mod write;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use nw_fhir::Mapping;

use crate::access::{Gate, asked_language};
use crate::app::App;
use crate::error::Problem;
use outcome::Fail;

pub(crate) use capability::{metadata, no_smart};
pub(crate) use elements::foreign;
pub(crate) use inspect::LARGEST;
pub(crate) use person::number;

/// Everything that FHIR needs beside the record.
pub(crate) struct Desk {
    mapping: Arc<Mapping>,
    cache: compartment::Cache,
    jobs: bulk::Jobs,
}

impl Desk {
    pub(crate) fn new(mapping: Mapping) -> Desk {
        Desk { mapping: Arc::new(mapping), cache: compartment::Cache::default(), jobs: bulk::Jobs::default() }
    }
}

/// The desk, when FHIR is spoken.
fn desk(app: &App) -> Result<&Desk, Fail> {
    app.fhir.get().ok_or_else(|| Fail::not_found("this workbench was started without a mapping of FHIR"))
}

/// Where this server stands, as the one who asks sees it: `https://net.example/fhir`.
fn base(app: &App, headers: &HeaderMap) -> String {
    let scheme = if app.settings.https { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    match &app.settings.provider {
        Some(provider) => format!("{}/fhir", provider.public.trim_end_matches('/')),
        None if !host.is_empty() && host.chars().all(plain) => format!("{scheme}://{host}/fhir"),
        None => format!("{scheme}://{}/fhir", app.settings.listen),
    }
}

/// One request: who asks, of which server, and how.
pub(crate) struct Asking {
    pub app: App,
    pub gate: Gate,
    pub headers: HeaderMap,
    pub base: String,
    /// What follows the `?`.
    pub query: Vec<(String, String)>,
}

impl FromRequestParts<App> for Asking {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Asking, Fail> {
        // An address that lets somebody in without a gate is a fault of ours.
        let gate = parts.extensions.get::<Gate>().cloned().ok_or(Problem::Fault)?;
        let query = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
            .map_err(|_| Fail::bad("invalid", "what follows the `?` is not name=value&name=value"))?;
        let asking = Asking {
            app: app.clone(),
            gate,
            headers: parts.headers.clone(),
            base: base(app, &parts.headers),
            query,
        };
        desk(app)?;
        inspect::asked(&asking.headers, asking.one("_format"))?;
        Ok(asking)
    }
}

impl Asking {
    fn desk(&self) -> Result<&Desk, Fail> {
        desk(&self.app)
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether the client wishes something: `Prefer: return=minimal`.
    fn prefers(&self, what: &str) -> bool {
        let said = self.headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
        said.flat_map(|v| v.split([',', ';'])).any(|v| v.trim().eq_ignore_ascii_case(what))
    }
}

/// What an address says beside a fault that has words of its own: the language of who is not known yet.
pub(crate) fn problem(problem: &Problem, headers_language: nw_facts::Language) -> axum::response::Response {
    axum::response::IntoResponse::into_response(Fail::of(problem, headers_language))
}

/// The language of an open address.
fn language(headers: &HeaderMap) -> nw_facts::Language {
    asked_language(headers)
}
