//! What is drawn of a patient: which facts are treatments, markers, lesions and events, and which values belong to which
//! place of the body. It stands in `knowledge/views.toml`, not here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use nw_facts::{Decimal, Evidence, FactSet, Language, Vocabulary};
use serde::Deserialize;

static SHIPPED: LazyLock<Views> = LazyLock::new(|| {
    let text = include_str!("../../../knowledge/views.toml");
    toml::from_str(text).expect("the file is part of the program, and a test reads it")
});

/// What is drawn.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Views {
    pub tumour: Tumour,
    pub treatment: Vec<Treatment>,
    pub event: Vec<Event>,
    pub marker: Vec<Marker>,
    pub lesion: Vec<Lesion>,
    pub place: Vec<Place>,
    origin: Vec<Site>,
    spread: Vec<Site>,
    elsewhere: Vec<Elsewhere>,
}

/// Facts that stand beside the conclusions where a tumour is told in one line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tumour {
    pub facts: Vec<String>,
}

/// A treatment: a bar from the day on which it began.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Treatment {
    pub fact: String,
    /// Values that say that it is being given.
    pub given: Vec<String>,
    /// Values that say that it will be.
    #[serde(default)]
    pub planned: Vec<String>,
    /// Facts whose days are marks on the bar: courses, injections.
    #[serde(default)]
    pub days: Vec<Days>,
}

/// A fact whose days are marks on a bar.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Days {
    pub fact: String,
    en: String,
    nl: String,
}

/// Days on which something was seen or done.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    pub fact: String,
    pub kind: EventKind,
    en: String,
    nl: String,
}

/// The row on which an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EventKind {
    Imaging,
    Procedure,
    Course,
}

/// A marker: a line on a logarithmic axis.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marker {
    pub fact: String,
    /// The fact that holds its upper limit.
    #[serde(default)]
    pub limit: Option<String>,
}

/// A diameter, or a sum of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lesion {
    pub fact: String,
    /// The conclusion that says what it means on the day of a scan.
    #[serde(default)]
    pub response: Option<String>,
}

/// A place of the sketch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    pub id: String,
    en: String,
    nl: String,
}

macro_rules! named {
    ($($of:ty),*) => { $(impl $of {
        /// Its name on the drawing.
        pub(crate) fn name(&self, language: Language) -> &str {
            match language {
                Language::En => &self.en,
                Language::Nl => &self.nl,
            }
        }
    })* };
}
named!(Place, Event, Days);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Site {
    fact: String,
    /// A number above this counts as `yes`.
    #[serde(default)]
    above: Option<String>,
    at: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    fact: String,
    at: Vec<String>,
    /// Places that say it better.
    unless: Vec<String>,
    en: String,
    nl: String,
}

/// What the facts say of places in the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spread {
    /// Where it began.
    pub origin: Vec<String>,
    /// Where it went.
    pub spread: Vec<String>,
    /// What is known of places beside those, in both languages.
    pub elsewhere: Vec<(String, String)>,
}

impl Views {
    pub(crate) fn shipped() -> &'static Views {
        &SHIPPED
    }

    /// The name of a place.
    pub(crate) fn place(&self, id: &str, language: Language) -> String {
        self.place
            .iter()
            .find(|p| p.id == id)
            .map_or_else(|| id.to_string(), |p| p.name(language).to_string())
    }

    /// Where the tumour is, as far as the facts say.
    pub(crate) fn spread(&self, vocabulary: &Vocabulary, facts: &FactSet) -> Spread {
        let mut found = Spread::default();
        for (sites, list) in [(&self.origin, &mut found.origin), (&self.spread, &mut found.spread)] {
            for site in sites {
                for value in values(vocabulary, facts, &site.fact, site.above.as_deref()) {
                    if let Some(place) = site.at.get(&value).filter(|p| !list.contains(p)) {
                        list.push(place.clone());
                    }
                }
            }
        }
        for e in &self.elsewhere {
            let better = found.spread.iter().any(|p| e.unless.contains(p));
            if !better && values(vocabulary, facts, &e.fact, None).iter().any(|v| e.at.contains(v)) {
                found.elsewhere.push((e.en.clone(), e.nl.clone()));
            }
        }
        found
    }

    /// Every id of the vocabulary that is named, for the test that looks for it.
    #[cfg(test)]
    fn ids(&self) -> (Vec<&str>, Vec<&str>) {
        let mut facts: Vec<&str> = self.tumour.facts.iter().map(String::as_str).collect();
        for t in &self.treatment {
            facts.push(&t.fact);
            facts.extend(t.days.iter().map(|d| d.fact.as_str()));
        }
        facts.extend(self.event.iter().map(|e| e.fact.as_str()));
        for m in &self.marker {
            facts.push(&m.fact);
            facts.extend(m.limit.as_deref());
        }
        facts.extend(self.lesion.iter().map(|l| l.fact.as_str()));
        facts.extend(self.origin.iter().chain(&self.spread).map(|s| s.fact.as_str()));
        facts.extend(self.elsewhere.iter().map(|e| e.fact.as_str()));
        (facts, self.lesion.iter().filter_map(|l| l.response.as_deref()).collect())
    }
}

/// What a fact says for certain, by the ids of its values; a number above the given one says `yes`.
fn values(vocabulary: &Vocabulary, facts: &FactSet, id: &str, above: Option<&str>) -> Vec<String> {
    let Some(idx) = vocabulary.find_fact(id) else { return Vec::new() };
    let def = vocabulary.fact(idx);
    let said = if def.series { facts.present(idx) } else { facts.about(idx).collect() };
    let least: Option<Decimal> = above.and_then(|a| a.parse().ok());
    said.iter()
        .filter_map(|o| match &o.evidence {
            Evidence::Choices(choices) => match choices.as_slice() {
                [one] => def.choices.get(*one).map(|c| c.id.clone()),
                _ => None,
            },
            Evidence::Numbers(ranges) => {
                let more = ranges.iter().all(|r| r.low.is_some_and(|low| least.is_some_and(|l| low.at > l)));
                more.then(|| "yes".to_string())
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_that_a_value_names_is_drawn() {
        let views = Views::shipped();
        let named = views.origin.iter().chain(&views.spread).flat_map(|s| s.at.values());
        for place in named {
            assert!(views.place.iter().any(|p| p.id == *place), "`{place}` is no place");
        }
        for place in &views.place {
            assert!(crate::chart::sketch::has(&place.id), "`{}` has no shape", place.id);
        }
    }

    #[test]
    fn every_id_stands_in_the_vocabulary() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge/vocabulary");
        let mut text = String::new();
        for entry in std::fs::read_dir(root).unwrap() {
            text += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
        }
        let (facts, conclusions) = Views::shipped().ids();
        for id in facts.into_iter().chain(conclusions) {
            assert!(text.contains(&format!("\nid = \"{id}\"\n")), "`{id}` is not in the vocabulary");
        }
    }
}
