//! Cards as they go over the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How urgent a card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Indicator {
    /// Worth knowing.
    Info,
    /// To be weighed.
    Warning,
    /// To be settled first.
    Critical,
}

/// A code of a code system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coding {
    /// The code.
    pub code: String,
    /// Its system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// Where a card comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The guideline with its edition and digest.
    pub label: String,
    /// Where to read more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which of our cards this is.
    pub topic: Coding,
}

/// Something to do in one click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// On the button.
    pub label: String,
    /// Its id, for feedback.
    pub uuid: String,
    /// What it does.
    pub actions: Vec<Action>,
}

/// What a suggestion does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// `create` or `delete`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// In words.
    pub description: String,
    /// What is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Value>,
    /// What is deleted.
    #[serde(rename = "resourceId", skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
}

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its name.
    pub label: String,
    /// Its address.
    pub url: String,
    /// `absolute`: an address that any browser opens.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// One card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Its id, for feedback.
    pub uuid: String,
    /// One sentence of fewer than 140 characters.
    pub summary: String,
    /// The rest, as Markdown.
    pub detail: String,
    /// How urgent.
    pub indicator: Indicator,
    /// Where it comes from.
    pub source: Source,
    /// What can be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
    /// How many of them; there when there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_behavior: Option<&'static str>,
    /// Why somebody may go another way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub override_reasons: Vec<Coding>,
    /// Where to read more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}
