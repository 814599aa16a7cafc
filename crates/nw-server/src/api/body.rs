//! Reading JSON strictly: every field is known, has the right type, and is named when it is wrong. No value is repeated.

use axum::http::{HeaderMap, header};
use nw_facts::Date;
use serde_json::{Map, Value};

use crate::error::Problem;

/// An object that was sent.
pub(crate) struct Object {
    path: String,
    fields: Map<String, Value>,
}

/// A field's name, short enough for a message.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

impl Object {
    /// Reads a body. A form of another site cannot send this type, so that no mark is needed.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8], known: &[&str]) -> Result<Object, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::bad("Content-Type", "send application/json"));
        }
        Object::of(String::new(), crate::form::json(body)?, known)
    }

    fn of(path: String, value: Value, known: &[&str]) -> Result<Object, Problem> {
        let Value::Object(fields) = value else {
            let name = if path.is_empty() { "body" } else { &path };
            return Err(Problem::bad(name.trim_end_matches('.'), "send an object"));
        };
        if let Some(unknown) = fields.keys().find(|k| !known.contains(&k.as_str())) {
            let near = nw_facts::nearest(unknown, known.iter().copied());
            let help = near.map_or_else(
                || format!("unknown field; known are {}", known.join(", ")),
                |near| format!("unknown field; do you mean {near}?"),
            );
            return Err(Problem::bad(&format!("{path}{}", short(unknown)), help));
        }
        Ok(Object { path, fields })
    }

    fn wrong(&self, name: &str, help: &str) -> Problem {
        Problem::bad(&format!("{}{name}", self.path), help)
    }

    /// A text that may be missing.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.contains('\0') => Ok(Some(text.clone())),
            Some(_) => Err(self.wrong(name, "send a text")),
        }
    }

    /// A text that must be there.
    pub(crate) fn needed(&self, name: &str) -> Result<String, Problem> {
        let text = self.text(name)?.filter(|t| !t.trim().is_empty());
        text.ok_or_else(|| self.wrong(name, "this field is needed"))
    }

    /// A value as a case file writes it: a text or a number.
    pub(crate) fn value(&self, name: &str) -> Result<String, Problem> {
        match self.fields.get(name) {
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.wrong(name, "send a text or a number, as a case file writes it"))
            }
            _ => self.needed(name),
        }
    }

    /// A date that may be missing.
    pub(crate) fn date(&self, name: &str) -> Result<Option<Date>, Problem> {
        let parsed =
            self.text(name)?.map(|t| t.parse().map_err(|_| self.wrong(name, "write a date as 2026-03-31")));
        parsed.transpose()
    }

    /// A list of objects, one to a thousand.
    pub(crate) fn list(&mut self, name: &str, known: &[&str]) -> Result<Vec<Object>, Problem> {
        let help = "send a list of 1 to 1000 objects";
        let Some(Value::Array(items)) = self.fields.remove(name) else { return Err(self.wrong(name, help)) };
        if items.is_empty() || items.len() > 1000 {
            return Err(self.wrong(name, help));
        }
        let path = |at: usize| format!("{}{name}[{at}].", self.path);
        items.into_iter().enumerate().map(|(at, item)| Object::of(path(at), item, known)).collect()
    }

    /// Names a field of this object in a problem.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }
}
