//! What became of cards: accepted, or overridden with a reason.

use serde_json::Value;

use crate::card::Coding;
use crate::request::Refusal;

/// What somebody did with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Took a suggestion.
    Accepted,
    /// Went another way.
    Overridden,
}

/// What became of one card.
#[derive(Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The card's id.
    pub card: String,
    /// What was done.
    pub outcome: Outcome,
    /// Ids of the suggestions that were taken.
    pub suggestions: Vec<String>,
    /// Why it was overridden: a code.
    pub reason: Option<Coding>,
    /// In the user's words.
    pub comment: String,
    /// When, as the client wrote it.
    pub at: String,
}

impl std::fmt::Debug for Feedback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feedback(redacted)")
    }
}

fn text(value: &Value, place: &str, name: &str, most: usize) -> Result<Option<String>, Refusal> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text))
            if text.len() <= most
                && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) =>
        {
            Ok(Some(text.clone()))
        }
        Some(_) => {
            Err(Refusal::new(&format!("{place}.{name}"), format!("send a text of up to {most} bytes")))
        }
    }
}

fn needed(value: &Value, place: &str, name: &str) -> Result<String, Refusal> {
    let found = text(value, place, name, 200)?.filter(|t| !t.trim().is_empty());
    found.ok_or_else(|| Refusal::new(&format!("{place}.{name}"), "this field is needed"))
}

/// Reads what a client sends to `/feedback`.
///
/// # Errors
/// It is no JSON, or lacks what the standard asks for.
pub fn feedback(body: &[u8]) -> Result<Vec<Feedback>, Refusal> {
    let value = crate::once::body(body, "the feedback of CDS Hooks 2.0")?;
    let list = value.get("feedback").and_then(Value::as_array);
    let list = list.filter(|l| (1..=200).contains(&l.len()));
    let list = list.ok_or_else(|| Refusal::new("feedback", "send a list of 1 to 200 cards"))?;
    list.iter().enumerate().map(|(at, one)| read(one, &format!("feedback[{at}]"))).collect()
}

fn read(one: &Value, place: &str) -> Result<Feedback, Refusal> {
    let outcome = match needed(one, place, "outcome")?.as_str() {
        "accepted" => Outcome::Accepted,
        "overridden" => Outcome::Overridden,
        _ => return Err(Refusal::new(&format!("{place}.outcome"), "send `accepted` or `overridden`")),
    };
    let mut suggestions = Vec::new();
    if outcome == Outcome::Accepted {
        let help = "send a list of 1 to 50 objects with the id of a suggestion";
        let wrong = || Refusal::new(&format!("{place}.acceptedSuggestions"), help);
        let all =
            one.get("acceptedSuggestions").and_then(Value::as_array).filter(|a| (1..=50).contains(&a.len()));
        for suggestion in all.ok_or_else(wrong)? {
            suggestions.push(needed(suggestion, &format!("{place}.acceptedSuggestions"), "id")?);
        }
    }
    let (mut reason, mut comment) = (None, String::new());
    if let Some(given) = one.get("overrideReason").filter(|v| !v.is_null()) {
        let place = format!("{place}.overrideReason");
        if !given.is_object() {
            return Err(Refusal::new(&place, "send an object"));
        }
        comment = text(given, &place, "userComment", 4000)?.unwrap_or_default();
        if let Some(coding) = given.get("reason").filter(|v| !v.is_null()) {
            let place = format!("{place}.reason");
            reason = Some(Coding {
                code: needed(coding, &place, "code")?,
                system: text(coding, &place, "system", 200)?,
                display: text(coding, &place, "display", 500)?,
            });
        }
    }
    Ok(Feedback {
        card: needed(one, place, "card")?,
        outcome,
        suggestions,
        reason,
        comment,
        at: needed(one, place, "outcomeTimestamp")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_done_with_cards_is_read_strictly() {
        let good = json!({"feedback": [
            {"card": "a", "outcome": "accepted", "acceptedSuggestions": [{"id": "s"}],
             "outcomeTimestamp": "2026-06-10T10:00:00Z"},
            {"card": "b", "outcome": "overridden", "outcomeTimestamp": "2026-06-10T10:00:00Z",
             "overrideReason": {"reason": {"code": "patient-wish", "system": "urn:x"}, "userComment": "wish"}}]});
        let read = feedback(good.to_string().as_bytes()).expect("it is right");
        assert_eq!(read[0].suggestions, ["s"]);
        assert_eq!(read[1].reason.as_ref().map(|r| r.code.as_str()), Some("patient-wish"));
        for (path, value) in [
            ("/feedback", json!([])),
            ("/feedback/0/card", json!(null)),
            ("/feedback/0/outcome", json!("ignored")),
            ("/feedback/0/outcomeTimestamp", json!(null)),
            ("/feedback/0/acceptedSuggestions", json!([])),
            ("/feedback/0/acceptedSuggestions/0/id", json!(1)),
            ("/feedback/1/overrideReason", json!("because")),
            ("/feedback/1/overrideReason/reason/code", json!(null)),
            ("/feedback/1/overrideReason/userComment", json!("x".repeat(4001))),
        ] {
            let mut wrong = good.clone();
            *wrong.pointer_mut(path).expect("the field is there") = value;
            assert!(feedback(wrong.to_string().as_bytes()).is_err(), "{path}");
        }
        assert_eq!(feedback(b"{").expect_err("no JSON").field, "body");
    }
}
