//! Draft orders: which of those that the knowledge names is being made or stopped.

use serde_json::Value;

use crate::data::{Hooks, OrderDef};
use crate::request::{Context, is_id};

/// What is done with a medicine or examination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It is ordered.
    Start,
    /// It is stopped, or said not to be given.
    Stop,
}

/// A draft order that the knowledge names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which, by position.
    pub(crate) order: usize,
    /// Its reference, when it has one: what a suggestion to withdraw it names.
    pub reference: Option<String>,
    /// Whether it is the one that somebody is choosing now; when orders are signed all of them are.
    pub chosen: bool,
}

impl Hooks {
    /// The draft orders of a call that the knowledge names.
    pub fn orders(&self, context: &Context) -> Vec<Order> {
        let mut found = Vec::new();
        for resource in &context.drafts {
            let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
            let id = resource.get("id").and_then(Value::as_str).filter(|id| is_id(id));
            let reference = id.map(|id| format!("{kind}/{id}"));
            let chosen = context.selections.is_empty()
                || reference.as_ref().is_some_and(|r| context.selections.contains(r));
            let act = act(resource);
            for (order, def) in self.orders.iter().enumerate() {
                if def.act == act
                    && def.resources.iter().any(|r| r == kind)
                    && self.names(def, resource, context)
                {
                    found.push(Order { order, reference: reference.clone(), chosen });
                }
            }
        }
        found
    }

    fn names(&self, def: &OrderDef, resource: &Value, context: &Context) -> bool {
        let concepts = [
            resource.get("medicationCodeableConcept"),
            resource.get("code"),
            resource
                .pointer("/medicationReference/reference")
                .and_then(|r| self.contained(r, resource, context)),
        ];
        concepts.into_iter().flatten().any(|concept| {
            let codings = concept.get("coding").and_then(Value::as_array);
            codings.into_iter().flatten().any(|coding| {
                let text = |name: &str| coding.get(name).and_then(Value::as_str).unwrap_or_default();
                let (system, code) = (text("system"), text("code"));
                def.codes.iter().any(|c| c.0.iter().any(|s| s == system) && c.1 == code)
            })
        })
    }

    /// The code of a medicine that stands beside the order: contained, or in the same bundle.
    fn contained<'v>(
        &self,
        reference: &Value,
        resource: &'v Value,
        context: &'v Context,
    ) -> Option<&'v Value> {
        let reference = reference.as_str()?;
        let named = |r: &&Value, id: &str| r.get("id").and_then(Value::as_str) == Some(id);
        let found = match reference.strip_prefix('#') {
            Some(id) => resource.get("contained")?.as_array()?.iter().find(|r| named(r, id)),
            None => {
                let id = reference.strip_prefix("Medication/")?;
                let medicine =
                    |r: &&Value| r.get("resourceType").and_then(Value::as_str) == Some("Medication");
                context.drafts.iter().filter(medicine).find(|r| named(r, id))
            }
        };
        found?.get("code")
    }
}

/// What a draft does: one that says `stopped` or `do not perform` ends something.
fn act(resource: &Value) -> Act {
    let status = resource.get("status").and_then(Value::as_str).unwrap_or_default();
    let not = resource.get("doNotPerform").and_then(Value::as_bool).unwrap_or(false);
    let ended = matches!(status, "stopped" | "cancelled" | "revoked" | "on-hold" | "ended");
    if not || ended { Act::Stop } else { Act::Start }
}
