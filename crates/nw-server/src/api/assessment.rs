//! The assessment of one patient, in the form that the command line writes as well.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_engine::{Drawn, DueStatus, Outcome};
use nw_facts::{ConclusionDef, FactIdx, Language, Text};
use nw_guideline::Output;
use nw_store::PatientId;
use serde_json::{Map, Value, json};

use super::at_revision;
use super::patients::{WhenAsked, when};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::pages::why::assess;
use crate::reason::{Assessed, Given, asked};
use crate::words::{Word, say};

/// The assessment as of a day and a revision.
pub(crate) async fn one(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    query: WhenAsked,
) -> Result<Response, Problem> {
    let as_of = when(query)?;
    let (record, assessed, _) = assess(&app, &gate, &patient, as_of, None).await?;
    let day = as_of.true_on.unwrap_or_else(|| app.today());
    let value = shown(&assessed, patient.as_str(), day, gate.language);
    Ok(at_revision(StatusCode::OK, record.patient.revision, &value))
}

fn twin(text: &Text) -> Value {
    json!({"en": text.en, "nl": text.nl})
}

fn names(def: &ConclusionDef, mask: u64) -> Vec<&str> {
    (0..=def.values.len())
        .filter(|v| mask >> v & 1 == 1)
        .map(|v| def.values.get(v).map_or("not-applicable", |c| c.id.as_str()))
        .collect()
}

fn shown(assessed: &Assessed, case: &str, day: nw_facts::Date, language: Language) -> Value {
    let guideline = assessed.guideline;
    let vocabulary = &guideline.vocabulary;
    let drawn = &assessed.drawn;
    let def = |one: &Drawn| vocabulary.conclusion(one.conclusion);
    let note = |one: &Drawn| def(one).id.starts_with("note.");
    let conclusions: Vec<Value> = drawn
        .drawn
        .iter()
        .filter(|d| !note(d) && !def(d).hidden)
        .map(|d| conclusion(assessed, d, def(d)))
        .collect();
    let named = |list: &[usize]| -> Vec<&str> {
        list.iter().map(|at| &drawn.drawn[*at]).filter(|d| !note(d)).map(|d| def(d).id.as_str()).collect()
    };
    let questions: Vec<Value> = drawn
        .questions
        .iter()
        .map(|q| (vocabulary.fact(q.fact), named(&q.settles), named(&q.helps)))
        .filter(|(_, settles, helps)| !settles.is_empty() || !helps.is_empty())
        .map(|(fact, settles, helps)| {
            json!({"fact": fact.id, "settles": settles, "helps": helps, "holder": fact.holder.id(),
                   "question": twin(&fact.question)})
        })
        .collect();
    let mut notes: Vec<Value> = Vec::new();
    for one in drawn.drawn.iter().filter(|d| note(d)) {
        let Outcome::Collected { certain, .. } = one.outcome else { continue };
        for step in one.reason.iter().flat_map(|r| &r.steps) {
            let table = &guideline.tables[step.table];
            let row = &table.rows[step.row];
            let Output::Value(value) = row.output else { continue };
            if table.conclusion == one.conclusion && certain >> value & 1 == 1 {
                let note = json!({"code": def(one).values[value].id, "text": row.text.get(language), "texts": twin(&row.text)});
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    let contradictions: Vec<Value> = drawn
        .contradictions
        .iter()
        .map(|c| {
            let rules = c.rules.iter().map(|r| (&guideline.rules[*r].id, &guideline.rules[*r].title));
            let reports =
                c.agreements.iter().map(|a| (&guideline.agreements[*a].id, &guideline.agreements[*a].title));
            let broken: Vec<(&String, &Text)> = rules.chain(reports).collect();
            let text: Vec<&str> = broken.iter().map(|(_, t)| t.get(language)).collect();
            json!({"facts": ids(assessed, &c.facts), "rule": broken.first().map(|(id, _)| id), "text": text.join("; ")})
        })
        .collect();
    let named = |at: &usize| {
        let convention = &guideline.conventions[*at];
        json!({"id": convention.id, "title": twin(&convention.title)})
    };
    let clashes: Vec<Value> = drawn
        .convention_clashes
        .iter()
        .map(|clash| {
            let concerned = clash.conclusions.iter().map(|c| &vocabulary.conclusion(*c).id);
            json!({"convention": named(&clash.convention),
                   "against": clash.against.iter().map(named).collect::<Vec<_>>(),
                   "conclusions": concerned.collect::<Vec<_>>()})
        })
        .collect();
    let presumed: Vec<Value> = drawn
        .presumed
        .iter()
        .map(|f| json!({"fact": vocabulary.fact(*f).id, "value": vocabulary.fact(*f).presumed}))
        .collect();
    let due: Vec<Value> = drawn
        .due
        .iter()
        .map(|item| {
            let due = &guideline.dues[item.due];
            let status = match item.status {
                DueStatus::Overdue => "overdue",
                DueStatus::Due => "due",
                DueStatus::Later => "later",
                DueStatus::Undated => "undated",
            };
            json!({"id": due.id, "title": twin(&due.title), "every": vocabulary.conclusion(due.every).id,
                   "status": status, "earliest": item.earliest.map(|d| d.to_string()),
                   "latest": item.latest.map(|d| d.to_string()), "certain": item.certain})
        })
        .collect();
    json!({
        "case": case, "asOf": day.to_string(),
        "guideline": {"id": guideline.manifest.id, "edition": guideline.manifest.edition, "digest": guideline.digest},
        "conclusions": conclusions, "questions": questions, "notes": notes, "contradictions": contradictions,
        "conventionClashes": clashes,
        "presumed": presumed, "due": due, "disclaimer": say(language, Word::NotADevice),
    })
}

fn ids<'a>(assessed: &'a Assessed, facts: &[FactIdx]) -> Vec<&'a str> {
    facts.iter().map(|f| assessed.guideline.vocabulary.fact(*f).id.as_str()).collect()
}

fn conclusion(assessed: &Assessed, one: &Drawn, def: &ConclusionDef) -> Value {
    let count = def.values.len();
    let status = match &one.outcome {
        Outcome::Concluded(_) | Outcome::Collected { open: 0, .. } => "concluded",
        Outcome::Undetermined(_) | Outcome::Collected { .. } => "undetermined",
        Outcome::NotApplicable => "not-applicable",
        Outcome::Conflict(_) => "conflict",
    };
    let value = match &one.outcome {
        Outcome::Concluded(value) => json!(names(def, 1 << value).first()),
        Outcome::Collected { certain, .. } => json!(names(def, *certain)),
        _ => Value::Null,
    };
    let convention = one.convention.as_ref().map(|c| {
        let named: Vec<&str> =
            c.conventions.iter().map(|i| assessed.guideline.conventions[*i].id.as_str()).collect();
        match &c.outcome {
            Outcome::Collected { certain, open } => {
                json!({"value": names(def, *certain), "open": names(def, *open), "names": named})
            }
            outcome => json!({"value": names(def, outcome.possible(count)).first(), "names": named}),
        }
    });
    let settle: Vec<Vec<&str>> = one.settle.iter().map(|set| ids(assessed, set)).collect();
    let mut value = json!({
        "id": def.id, "status": status, "value": value, "possible": names(def, one.outcome.possible(count)),
        "convention": convention, "confirmed": one.confirmed, "because": because(assessed, one, def),
        "sufficient": ids(assessed, &one.sufficient), "settle": settle,
    });
    if let (Outcome::Conflict(facts), Some(fields)) = (&one.outcome, value.as_object_mut()) {
        fields.insert("conflict".to_string(), json!(ids(assessed, facts)));
    }
    value
}

fn because(assessed: &Assessed, one: &Drawn, def: &ConclusionDef) -> Vec<Value> {
    let Some(reason) = &one.reason else { return Vec::new() };
    let guideline = assessed.guideline;
    let fact = |g: &Given| {
        let mut fact = json!({"id": g.id, "value": g.written, "origin": g.origin, "date": g.date.map(|d| d.to_string())});
        if let (Some(basis), Some(fields)) = (g.basis_id(), fact.as_object_mut()) {
            fields.insert("basis".to_string(), json!(basis));
        }
        fact
    };
    let facts =
        |idx: &[FactIdx]| -> Vec<Value> { assessed.givens(idx, Language::En).iter().map(fact).collect() };
    let mut all = Vec::new();
    if reason.outside {
        let text = if def.outside.is_empty() { Value::Null } else { twin(&def.outside) };
        all.push(json!({"table": def.id, "row": null, "facts": facts(&one.sufficient), "sources": [], "text": text}));
    }
    for step in &reason.steps {
        let table = &guideline.tables[step.table];
        let row = &table.rows[step.row];
        let mut read = Vec::new();
        for test in &step.tests {
            if let nw_guideline::Subject::Fact(fact) = test.subject {
                read.push(fact);
            }
        }
        asked(&table.domain, &mut read);
        let sources = row
            .sources
            .iter()
            .map(|c| if c.locator.is_empty() { c.key.clone() } else { format!("{}#{}", c.key, c.locator) });
        let annotations: Map<String, Value> = row
            .annotations
            .iter()
            .map(|(at, value)| {
                let annotation = &guideline.vocabulary.annotations()[*at];
                (annotation.id.clone(), json!(annotation.values[*value].id))
            })
            .collect();
        all.push(json!({
            "table": table.id, "row": row.id, "facts": facts(&read), "sources": sources.collect::<Vec<_>>(),
            "text": twin(&row.text), "mark": row.mark.letter(), "annotations": annotations,
        }));
    }
    all
}
