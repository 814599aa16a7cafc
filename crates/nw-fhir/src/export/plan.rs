//! The guideline as a PlanDefinition: what it decides, from which sources, and what is to be done again.

use nw_facts::{Date, Language};
use nw_guideline::CompiledGuideline;

use super::{Entries, member, one, plain_id, words};
use crate::json::{Json, map};
use crate::own::{self, CONCLUSION_SYSTEM};

fn citation(key: &str, guideline: &CompiledGuideline, language: Language) -> Option<Json> {
    let source = guideline.sources.iter().find(|s| s.key == key)?;
    let said = [source.title.get(language), source.publisher.get(language), source.year.as_str()];
    let said: Vec<&str> = said.into_iter().filter(|t| !t.is_empty()).collect();
    Some(map([
        ("type", Some("citation".into())),
        ("label", Some(source.key.as_str().into())),
        ("citation", Some(said.join(", ").into())),
        ("url", Some(source.link.as_str()).filter(|l| l.starts_with("http")).map(Json::from)),
    ]))
}

/// The guideline with its tables as actions and its due items as activities.
pub fn plan(guideline: &CompiledGuideline, language: Language, on: Date, disclaimer: &str) -> Json {
    let manifest = &guideline.manifest;
    let vocabulary = &guideline.vocabulary;
    let base = format!("urn:netwijzer:{}", manifest.id);
    let version = format!("{} {}", manifest.edition, guideline.digest);
    let mut entries = Entries::new();
    let mut activities = Vec::new();
    for due in &guideline.dues {
        let id = plain_id(&format!("due-{}", due.id));
        let url = format!("{base}:activity:{}", due.id);
        let values: Vec<String> = vocabulary
            .conclusion(due.every)
            .values
            .iter()
            .filter(|v| v.months.is_some())
            .map(|v| v.label.get(language).to_string())
            .collect();
        let artifacts: Vec<Json> =
            due.sources.iter().filter_map(|c| citation(&c.key, guideline, language)).collect();
        let mut members = vec![
            member("url", url.as_str()),
            member("version", version.as_str()),
            member("name", format!("Due{}", name(&due.id))),
            member("title", due.title.get(language)),
            member("status", "draft"),
            member("description", format!("{}. {disclaimer}", values.join("; "))),
        ];
        if !artifacts.is_empty() {
            members.push(member("relatedArtifact", Json::List(artifacts)));
        }
        members.push(member("kind", "Task"));
        members.push(member("intent", "proposal"));
        members.push(member("code", words(due.title.get(language))));
        entries.add("ActivityDefinition", &id, members);
        activities.push((due.every, url));
    }
    let mut groups: Vec<Json> = Vec::new();
    for (at, group) in vocabulary.groups().iter().enumerate() {
        let mut actions = Vec::new();
        for conclusion in &guideline.conclusions {
            let def = vocabulary.conclusion(conclusion.idx);
            if def.hidden || vocabulary.group_of(def) != Some(at) {
                continue;
            }
            let tables: Vec<_> = guideline.tables.iter().filter(|t| t.conclusion == conclusion.idx).collect();
            let mut keys: Vec<&str> = Vec::new();
            for citation in tables.iter().flat_map(|t| &t.rows).flat_map(|r| &r.sources) {
                if !keys.contains(&citation.key.as_str()) {
                    keys.push(&citation.key);
                }
            }
            let documents: Vec<Json> = keys.iter().filter_map(|k| citation(k, guideline, language)).collect();
            let outcomes: Vec<&str> = def.values.iter().map(|v| v.label.get(language)).collect();
            let activity = activities.iter().find(|(every, _)| *every == conclusion.idx);
            actions.push(map([
                ("prefix", Some(def.id.as_str().into())),
                ("title", Some(def.label.get(language)).filter(|t| !t.is_empty()).map(Json::from)),
                ("description", Some(outcomes.join("; ")).filter(|t| !t.is_empty()).map(Json::from)),
                ("code", Some(one(own::concept(CONCLUSION_SYSTEM, &def.id, None)))),
                ("documentation", Some(Json::List(documents)).filter(|d| !d.items().is_empty())),
                ("definitionCanonical", activity.map(|(_, url)| url.as_str().into())),
            ]));
        }
        if !actions.is_empty() {
            groups.push(map([
                ("title", Some(group.label.get(language).into())),
                ("action", Some(Json::List(actions))),
            ]));
        }
    }
    let artifacts: Vec<Json> =
        guideline.sources.iter().filter_map(|s| citation(&s.key, guideline, language)).collect();
    entries.add(
        "PlanDefinition",
        &plain_id(&manifest.id),
        vec![
            member("url", format!("{base}:plan")),
            member("version", version),
            member("name", name(&manifest.id)),
            member("title", manifest.title.get(language)),
            member(
                "type",
                own::concept(
                    "http://terminology.hl7.org/CodeSystem/plan-definition-type",
                    "clinical-protocol",
                    None,
                ),
            ),
            member("status", "draft"),
            member("description", disclaimer),
            member("relatedArtifact", Json::List(artifacts)),
            member("action", Json::List(groups)),
        ],
    );
    entries.bundle(&plain_id(&manifest.id), None, on)
}

/// A name for machines: letters and digits, beginning with a capital.
fn name(id: &str) -> String {
    id.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|p| !p.is_empty())
        .map(|p| {
            let mut chars = p.chars();
            chars.next().map_or(String::new(), |c| c.to_ascii_uppercase().to_string() + chars.as_str())
        })
        .collect()
}
