//! What browsers send: forms of ours, and nobody else's.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::access::Gate;
use crate::error::Problem;
use crate::words::Word;

/// What stands in the names of an address; an address that holds something else is the address of nothing.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(names)| Path(names)).map_err(|_| Problem::NotFound)
    }
}

/// What follows the `?` of an address.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::from_request_parts(parts, state).await;
        read.map(|axum::extract::Query(asked)| Query(asked)).map_err(|_| Problem::NotFound)
    }
}

/// The largest form; a pasted report fits ten times.
pub(crate) const LARGEST_FORM: usize = 1 << 20;

/// A form as name and value pairs, in the order of the page.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form that our own page sent in this session.
    ///
    /// # Errors
    /// The form is no form, or does not carry the session's mark.
    pub(crate) fn read(gate: &Gate, body: &[u8]) -> Result<Fields, Problem> {
        let fields = Fields::plain(body)?;
        if !same(fields.one("csrf"), &gate.mark()) {
            return Err(Problem::Forged);
        }
        Ok(fields)
    }

    /// Reads a form of somebody who is not signed in.
    ///
    /// # Errors
    /// The form is no form.
    pub(crate) fn plain(body: &[u8]) -> Result<Fields, Problem> {
        let text = std::str::from_utf8(body).map_err(|_| Problem::asks("form", Word::FormNotUtf8))?;
        serde_urlencoded::from_str(text).map(Fields).map_err(|_| Problem::asks("form", Word::FormNotRead))
    }

    /// The value of a field; empty when it is missing.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str()).trim()
    }

    /// The value of a field, when something was filled in.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        Some(self.one(name)).filter(|v| !v.is_empty()).map(str::to_string)
    }

    /// Whether the form had this field at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// All values of a field: ticked boxes.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(n, v)| n == name && !v.trim().is_empty())
            .map(|(_, v)| v.trim().to_string())
            .collect()
    }

    /// Fields whose name begins like this, without that beginning.
    pub(crate) fn with(&self, start: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(move |(n, v)| n.strip_prefix(start).map(|n| (n, v.trim())))
    }

    /// A field that must be a date, if it is filled in.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn date(&self, name: &str) -> Result<Option<nw_facts::Date>, Problem> {
        let text = self.one(name);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| Problem::asks(name, Word::WriteDate))
    }

    /// A field that must be something else than text.
    ///
    /// # Errors
    /// It is not.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, name: &str, help: Word) -> Result<T, Problem> {
        self.one(name).parse().map_err(|_| Problem::asks(name, help))
    }

    /// What a person filled in, without what the page itself put into its form.
    pub(crate) fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = ["csrf", "version", "revision", "next", "then", "do", "position"];
        let all = self.0.iter().map(|(n, v)| (n.as_str(), v.trim()));
        all.filter(move |(n, v)| !v.is_empty() && !own.contains(n))
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// A body of JSON.
///
/// # Errors
/// It is none, or has other fields than expected; the message names the place, never the value.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::bad("body", format!("it is not the JSON expected here ({place}); see /api/v1/openapi.json"))
    })
}
