//! Which cancer of the record is the neuroendocrine one, and of which one an observation speaks.

use std::collections::BTreeSet;

use super::element::{codings, extensions};
use super::gather::{Found, Index, address};
use crate::json::Json;
use crate::mapping::{Mapping, Pattern};

/// The cancers of a record.
#[derive(Default)]
pub(crate) struct Tumours {
    /// Positions of the conditions that are neuroendocrine.
    neuroendocrine: BTreeSet<usize>,
    /// Positions of primary cancers of which nothing says so.
    others: BTreeSet<usize>,
    /// Positions of metastases that are conditions of their own.
    secondary: BTreeSet<usize>,
}

/// Of which tumour a resource speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The neuroendocrine one, or the only one there is.
    Ours,
    /// Another cancer, or it is not said which of several.
    Another,
}

fn any(codes: &[String], patterns: &[Pattern]) -> bool {
    codes.iter().any(|c| patterns.iter().any(|p| p.matches(c)))
}

/// Finds the neuroendocrine conditions: by their own code, by the morphology they carry, or by a morphology that an
/// observation gives them.
pub(crate) fn tumours(found: &[Found<'_>], index: &Index, map: &Mapping) -> Tumours {
    let words = &map.neoplasm;
    let mut tumours = Tumours::default();
    for (at, resource) in found.iter().enumerate().filter(|(_, f)| f.kind == "Condition") {
        let mut codes = resource.tree.get("code").map_or_else(Vec::new, |c| codings(c, map));
        let profiled = |wanted: &[String]| {
            resource.tree.at(&["meta", "profile"]).is_some_and(|p| {
                p.items().iter().filter_map(Json::text).any(|p| wanted.iter().any(|w| w == p))
            })
        };
        if any(&codes, &words.secondary) || profiled(&words.secondary_profiles) {
            tumours.secondary.insert(at);
            continue;
        }
        // A condition whose code nobody knows here is no primary cancer, whatever morphology it carries.
        let is_cancer = profiled(&words.profiles) || any(&codes, &words.cancer);
        if !is_cancer && !any(&codes, &words.neuroendocrine) {
            continue;
        }
        for url in &words.extension {
            for value in extensions(resource.tree, url) {
                codes.extend(codings(value, map));
            }
        }
        if any(&codes, &words.neuroendocrine) {
            tumours.neuroendocrine.insert(at);
        } else {
            tumours.others.insert(at);
        }
    }
    for resource in found.iter().filter(|f| f.kind == "Observation") {
        let says = |element: &str, patterns: &[Pattern]| {
            resource.tree.get(element).is_some_and(|c| any(&codings(c, map), patterns))
        };
        if !says("code", &words.morphology) || !says("valueCodeableConcept", &words.neuroendocrine) {
            continue;
        }
        if !matches!(resource.tree.text_at("status"), Some("final" | "amended" | "corrected")) {
            continue;
        }
        let named = conditions(resource.tree, index, found, map);
        let named = match named.as_slice() {
            [] if tumours.others.len() == 1 && tumours.neuroendocrine.is_empty() => {
                tumours.others.iter().copied().collect()
            }
            _ => named,
        };
        for at in named {
            tumours.others.remove(&at);
            tumours.neuroendocrine.insert(at);
        }
    }
    tumours
}

/// The conditions a resource names as what it is about.
fn conditions(tree: &Json, index: &Index, found: &[Found<'_>], map: &Mapping) -> Vec<usize> {
    let mut named = Vec::new();
    let mut add = |reference: Option<&str>| {
        if let Some(at) = reference.and_then(|r| index.get(&address(r)))
            && found[*at].kind == "Condition"
        {
            named.push(*at);
        }
    };
    for link in &map.neoplasm.links {
        if link.contains(':') {
            extensions(tree, link).for_each(|value| add(value.text_at("reference")));
        } else {
            tree.items_at(link).iter().for_each(|item| add(item.text_at("reference")));
        }
    }
    named
}

impl Tumours {
    pub(crate) fn is_secondary(&self, at: usize) -> bool {
        self.secondary.contains(&at)
    }

    pub(crate) fn is_neuroendocrine(&self, at: usize) -> bool {
        self.neuroendocrine.contains(&at)
    }

    /// Whether the record holds a neuroendocrine tumour at all.
    pub(crate) fn any(&self) -> bool {
        !self.neuroendocrine.is_empty()
    }

    pub(crate) fn is_other_cancer(&self, at: usize) -> bool {
        self.others.contains(&at)
    }

    /// Of which tumour a resource speaks; one that names none speaks of the only one.
    pub(crate) fn about(&self, tree: &Json, index: &Index, found: &[Found<'_>], map: &Mapping) -> About {
        let named = conditions(tree, index, found, map);
        let ours = match named.as_slice() {
            [] => self.others.is_empty(),
            named => named.iter().all(|at| !self.others.contains(at)),
        };
        if ours { About::Ours } else { About::Another }
    }
}
