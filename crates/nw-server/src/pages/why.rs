//! "Why?": the reason of one conclusion down to facts and sources, what would settle it, and what would change it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use nw_engine::{Change, Options, Outcome};
use nw_facts::{FactIdx, Language};
use nw_store::{AsOf, PatientId, PatientPage, fact_set};

use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::reason::{Assessed, Given, Node, Quoted, capital, outcome_text, point, quoted, shown, value_text};
use crate::words::{Word, holder, say};
use nw_render::view::{Group, view};

#[derive(Template)]
#[template(path = "why-list.html")]
struct ListPage {
    frame: Frame,
    patient: String,
    name: String,
    groups: Vec<Group>,
}

/// A convention beside the exact set.
struct Custom {
    said: String,
    names: Vec<(String, String, Vec<Quoted>)>,
}

/// A value, and what would have to be so.
struct Possible {
    value: String,
    facts: Vec<(String, String)>,
}

/// A fact to ask, with who knows.
struct Asked {
    question: String,
    holder: &'static str,
    id: String,
}

#[derive(Template)]
#[template(path = "why.html")]
struct Page {
    frame: Frame,
    language: Language,
    patient: String,
    name: String,
    id: String,
    label: String,
    status: &'static str,
    outcome: String,
    confirmed: bool,
    custom: Option<Custom>,
    tree: Option<Node>,
    sufficient: Vec<Given>,
    contradictions: Vec<(Vec<Given>, String)>,
    settle: Vec<Vec<Asked>>,
    may_record: bool,
    examples: Vec<Possible>,
    changes: Vec<Possible>,
}

/// A patient's record with everything that is drawn from it, and the changes that would alter one conclusion.
pub(crate) async fn assess(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    as_of: AsOf,
    conclusion: Option<nw_facts::ConclusionIdx>,
) -> Result<(PatientPage, Assessed, Vec<Change>), Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, as_of).await?;
    let day = as_of.true_on.unwrap_or_else(|| app.today());
    let (facts, _) = fact_set(&app.guideline.vocabulary, &record.facts, Some(day));
    let (assessed, changes) = worked_out(app, facts, conclusion).await?;
    Ok((record, assessed, changes))
}

/// Draws conclusions, with what explaining them needs.
pub(crate) async fn worked_out(
    app: &App,
    facts: nw_facts::FactSet,
    conclusion: Option<nw_facts::ConclusionIdx>,
) -> Result<(Assessed, Vec<Change>), Problem> {
    let guideline = app.guideline;
    let work = move |engine: &mut nw_engine::Engine<'static>| {
        let drawn = engine.conclude(&facts, &Options::default());
        let knowledge = engine.blank().know(&facts, &[], &[]);
        let decided = conclusion.filter(|idx| {
            let outcome = drawn.get(*idx).map(|d| &d.outcome);
            matches!(outcome, Some(Outcome::Concluded(_) | Outcome::NotApplicable))
        });
        let changes = decided.map(|idx| engine.changes(&facts, idx)).unwrap_or_default();
        (Assessed { guideline, facts, drawn, knowledge }, changes)
    };
    app.desk.with(work).await.ok_or(Problem::Fault)
}

/// All conclusions, each with a link to its reason.
pub(crate) async fn list(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let (record, assessed, _) = assess(&app, &gate, &patient, AsOf::now(), None).await?;
    let view = view(app.guideline, &assessed.drawn, gate.language);
    let name = record.patient.identity.name;
    let frame = Frame::of(&app, &gate, format!("{}: {name}", say(gate.language, Word::Why)));
    html(&ListPage { frame, patient: patient.as_str().to_string(), name, groups: view.groups })
}

/// The reason of one conclusion.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path((patient, conclusion)): Path<(PatientId, String)>,
) -> Result<Response, Problem> {
    let (guideline, language) = (app.guideline, gate.language);
    let vocabulary = &guideline.vocabulary;
    let idx = vocabulary.find_conclusion(&conclusion).ok_or(Problem::NotFound)?;
    let (record, assessed, changes) = assess(&app, &gate, &patient, AsOf::now(), Some(idx)).await?;
    let one = assessed.drawn.get(idx).ok_or(Problem::NotFound)?;
    let def = vocabulary.conclusion(idx);
    let facts_text = |facts: &[(FactIdx, String)]| {
        let one = |(fact, text): &(FactIdx, String)| {
            let def = vocabulary.fact(*fact);
            (capital(def.label.get(language)), point(&shown(def, text, language), language))
        };
        facts.iter().map(one).collect::<Vec<_>>()
    };
    let possible = |value: usize, facts: &[(FactIdx, String)]| Possible {
        value: value_text(def, value, language),
        facts: facts_text(facts),
    };
    let status = match &one.outcome {
        Outcome::Concluded(_) | Outcome::Collected { open: 0, .. } => "concluded",
        Outcome::Undetermined(_) | Outcome::Collected { .. } => "undetermined",
        Outcome::NotApplicable => "not-applicable",
        Outcome::Conflict(_) => "conflict",
    };
    let custom = one.convention.as_ref().map(|c| Custom {
        said: outcome_text(def, &c.outcome, language),
        names: c
            .conventions
            .iter()
            .map(|at| &guideline.conventions[*at])
            .map(|c| (capital(c.title.get(language)), c.id.clone(), quoted(guideline, &c.sources, language)))
            .collect(),
    });
    let asked = |fact: &FactIdx| {
        let def = vocabulary.fact(*fact);
        let question = def.question.get(language).to_string();
        Asked { question, holder: holder(language, def.holder), id: def.id.clone() }
    };
    let contradictions = match &one.outcome {
        Outcome::Conflict(facts) => {
            let touches = |c: &&nw_engine::Contradiction| c.facts.iter().any(|f| facts.contains(f));
            let found = assessed.drawn.contradictions.iter().filter(touches).map(|c| {
                let rules = c.rules.iter().map(|r| guideline.rules[*r].title.get(language));
                let reports = c.agreements.iter().map(|a| guideline.agreements[*a].title.get(language));
                let broken = rules.chain(reports).collect::<Vec<_>>().join("; ");
                (assessed.givens(&c.facts, language), capital(&broken))
            });
            let found: Vec<_> = found.collect();
            if found.is_empty() { vec![(assessed.givens(facts, language), String::new())] } else { found }
        }
        _ => Vec::new(),
    };
    let label = capital(def.label.get(language));
    let name = record.patient.identity.name;
    html(&Page {
        frame: Frame::of(&app, &gate, format!("{} {label}: {name}", say(language, Word::Why))),
        language,
        patient: patient.as_str().to_string(),
        name,
        id: def.id.clone(),
        label,
        status,
        outcome: outcome_text(def, &one.outcome, language),
        confirmed: one.confirmed,
        custom,
        tree: assessed.tree(one, language),
        sufficient: assessed.givens(&one.sufficient, language),
        contradictions,
        settle: one.settle.iter().map(|set| set.iter().map(asked).collect()).collect(),
        examples: one.examples.iter().map(|e| possible(e.value, &e.facts)).collect(),
        may_record: crate::routes::may(gate.role(), "/patients/{patient}/facts"),
        changes: changes.iter().map(|c| possible(c.value, &c.facts)).collect(),
    })
}
