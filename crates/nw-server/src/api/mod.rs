//! The interface for other programs, under `/api/v1`: what the pages show, as JSON; the same rules of access.
//!
//! A program signs in once ([`session`]) and sends the token it gets as `Authorization: Bearer`. A write names the revision
//! it rests on (`If-Match`) and may be repeated safely (`Idempotency-Key`).

pub(crate) mod assessment;
pub(crate) mod body;
pub(crate) mod lists;
pub(crate) mod objection;
pub(crate) mod openapi;
pub(crate) mod patients;
pub(crate) mod reports;
pub(crate) mod session;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nw_store::Revision;
use serde_json::Value;

use crate::error::Problem;

/// An answer of JSON.
pub(crate) fn answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// An answer about a record at a revision.
pub(crate) fn at_revision(status: StatusCode, revision: Revision, value: &Value) -> Response {
    let mut response = answer(status, value);
    if let Ok(tag) = header::HeaderValue::from_str(&format!("\"{revision}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The revision a write rests on.
pub(crate) fn base(headers: &HeaderMap) -> Result<Revision, Problem> {
    let given = headers.get(header::IF_MATCH).and_then(|v| v.to_str().ok());
    let given = given.and_then(|v| v.trim().strip_prefix('"')?.strip_suffix('"'));
    let number = given.filter(|v| v.bytes().all(|b| b.is_ascii_digit())).and_then(|v| v.parse().ok());
    number.map(Revision).ok_or_else(|| {
        Problem::bad(
            "If-Match",
            "send the revision you read, as the ETag of the patient says: If-Match: \"3\"",
        )
    })
}
