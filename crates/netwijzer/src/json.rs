//! The assessment as JSON: the wire types of the contract, one object for each case.

use std::collections::BTreeMap;

use nw_engine::{Drawn, DueStatus, Outcome};
use nw_facts::{Evidence, FactIdx, Interval, Language, Text, plain};
use serde::Serialize;

use crate::report::{Basis, Given, Report};
use crate::words::{Word, say};

#[derive(Serialize)]
struct Assessment<'a> {
    case: &'a str,
    #[serde(rename = "asOf")]
    as_of: Option<String>,
    guideline: Edition<'a>,
    conclusions: Vec<Conclusion<'a>>,
    questions: Vec<Question<'a>>,
    notes: Vec<Note<'a>>,
    contradictions: Vec<Contradiction<'a>>,
    #[serde(rename = "conventionClashes")]
    convention_clashes: Vec<Clash<'a>>,
    presumed: Vec<Presumed<'a>>,
    facts: Vec<Read<'a>>,
    derived: Vec<Derived<'a>>,
    due: Vec<DueOn<'a>>,
    disclaimer: &'a str,
}

#[derive(Serialize)]
struct Edition<'a> {
    id: &'a str,
    edition: &'a str,
    digest: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    One(&'a str),
    Many(Vec<&'a str>),
}

#[derive(Serialize)]
struct Conclusion<'a> {
    id: &'a str,
    status: &'static str,
    value: Option<Value<'a>>,
    possible: Vec<&'a str>,
    convention: Option<Convention<'a>>,
    confirmed: bool,
    because: Vec<Because<'a>>,
    sufficient: Vec<&'a str>,
    settle: Vec<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflict: Vec<&'a str>,
}

#[derive(Serialize)]
struct Convention<'a> {
    value: Value<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open: Vec<&'a str>,
    names: Vec<&'a str>,
}

#[derive(Serialize)]
struct Because<'a> {
    table: &'a str,
    row: Option<&'a str>,
    facts: Vec<Fact<'a>>,
    sources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Both<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<Confirmation<'a>>,
}

/// Who confirmed a row, and what was edited since.
#[derive(Serialize)]
struct Confirmation<'a> {
    by: &'a str,
    role: &'a str,
    date: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edited: Vec<String>,
}

#[derive(Serialize)]
struct Fact<'a> {
    id: &'a str,
    value: String,
    origin: Option<String>,
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<&'static str>,
}

#[derive(Serialize)]
pub(crate) struct Both<'a> {
    en: &'a str,
    nl: &'a str,
}

#[derive(Serialize)]
struct Question<'a> {
    fact: &'a str,
    settles: Vec<&'a str>,
    helps: Vec<&'a str>,
    holder: &'static str,
    question: Both<'a>,
}

#[derive(Serialize)]
struct Note<'a> {
    code: &'a str,
    text: &'a str,
    texts: Both<'a>,
}

/// A convention that gives way to others, and the conclusions for which it would have counted.
#[derive(Serialize)]
struct Clash<'a> {
    convention: Named<'a>,
    against: Vec<Named<'a>>,
    conclusions: Vec<&'a str>,
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    title: Both<'a>,
}

#[derive(Serialize)]
struct Contradiction<'a> {
    facts: Vec<&'a str>,
    rule: Option<&'a str>,
    text: String,
}

/// What is to be done again, with the range of days that what is open leaves.
#[derive(Serialize)]
struct DueOn<'a> {
    id: &'a str,
    title: Both<'a>,
    every: &'a str,
    status: &'static str,
    earliest: Option<String>,
    latest: Option<String>,
    certain: bool,
}

/// A statement of the record and what it was read as: all that an answer rests on, for whoever verifies it.
#[derive(Serialize)]
struct Read<'a> {
    fact: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// An earlier statement of a fact that is measured again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    past: bool,
    read: Evidenced<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Evidenced<'a> {
    Numbers(Vec<Range>),
    Values(Vec<&'a str>),
    State(&'static str),
}

/// A range in base units; a missing end is null.
#[derive(Serialize)]
struct Range {
    low: Option<String>,
    #[serde(rename = "lowIn")]
    low_in: bool,
    high: Option<String>,
    #[serde(rename = "highIn")]
    high_in: bool,
}

/// What a formula leaves possible of a fact.
#[derive(Serialize)]
struct Derived<'a> {
    fact: &'a str,
    numbers: Vec<Range>,
}

#[derive(Serialize)]
struct Presumed<'a> {
    fact: &'a str,
    value: &'a str,
}

pub(crate) fn twin(text: &Text) -> Both<'_> {
    Both { en: &text.en, nl: &text.nl }
}

/// One case as one line of JSON.
pub(crate) fn line(report: &Report<'_>, language: Language, all: bool) -> String {
    let guideline = report.guideline;
    let vocabulary = &guideline.vocabulary;
    let fact_id = |f: FactIdx| vocabulary.fact(f).id.as_str();
    let conclusion_ids = |list: &[usize]| {
        list.iter().map(|at| report.def(&report.conclusions.drawn[*at]).id.as_str()).collect()
    };
    let questions = report
        .questions()
        .into_iter()
        .map(|(fact, settles, helps)| Question {
            fact: fact_id(fact),
            settles: conclusion_ids(&settles),
            helps: conclusion_ids(&helps),
            holder: vocabulary.fact(fact).holder.id(),
            question: twin(&vocabulary.fact(fact).question),
        })
        .collect();
    let notes = report.notes();
    let contradictions = report
        .conclusions
        .contradictions
        .iter()
        .map(|c| {
            let (rule, text) = report.broken(c);
            Contradiction {
                facts: c.facts.iter().map(|f| fact_id(*f)).collect(),
                rule,
                text: text.get(language).to_string(),
            }
        })
        .collect();
    let named = |at: &usize| {
        let convention = &guideline.conventions[*at];
        Named { id: &convention.id, title: twin(&convention.title) }
    };
    let convention_clashes = report
        .conclusions
        .convention_clashes
        .iter()
        .map(|clash| Clash {
            convention: named(&clash.convention),
            against: clash.against.iter().map(named).collect(),
            conclusions: clash.conclusions.iter().map(|c| vocabulary.conclusion(*c).id.as_str()).collect(),
        })
        .collect();
    let presumed = report
        .conclusions
        .presumed
        .iter()
        .map(|f| Presumed {
            fact: fact_id(*f),
            value: vocabulary.fact(*f).presumed.as_deref().unwrap_or_default(),
        })
        .collect();
    let (facts, derived) = (read_facts(report), derived_facts(report));
    let due = report
        .conclusions
        .due
        .iter()
        .map(|item| {
            let due = &guideline.dues[item.due];
            DueOn {
                id: &due.id,
                title: twin(&due.title),
                every: &vocabulary.conclusion(due.every).id,
                status: match item.status {
                    DueStatus::Overdue => "overdue",
                    DueStatus::Due => "due",
                    DueStatus::Later => "later",
                    DueStatus::Undated => "undated",
                },
                earliest: item.earliest.map(|d| d.to_string()),
                latest: item.latest.map(|d| d.to_string()),
                certain: item.certain,
            }
        })
        .collect();
    let assessment = Assessment {
        case: &report.case.id,
        as_of: report.as_of.map(|d| d.to_string()),
        guideline: Edition {
            id: &guideline.manifest.id,
            edition: &guideline.manifest.edition,
            digest: &guideline.digest,
        },
        conclusions: report.shown(all).map(|d| conclusion(report, d)).collect(),
        questions,
        notes: notes
            .iter()
            .map(|n| Note { code: &n.code, text: n.text.get(language), texts: twin(&n.text) })
            .collect(),
        contradictions,
        convention_clashes,
        presumed,
        facts,
        derived,
        due,
        disclaimer: say(language, Word::Disclaimer),
    };
    serde_json::to_string(&assessment).expect("texts and lists always become JSON")
}

fn ranges(ranges: &[Interval]) -> Vec<Range> {
    let range = |r: &Interval| Range {
        low: r.low.map(|b| plain(b.at, false)),
        low_in: r.low.is_some_and(|b| b.closed),
        high: r.high.map(|b| plain(b.at, false)),
        high_in: r.high.is_some_and(|b| b.closed),
    };
    ranges.iter().map(range).collect()
}

fn read_facts<'a>(report: &'a Report<'_>) -> Vec<Read<'a>> {
    let vocabulary = &report.guideline.vocabulary;
    let read = report.facts.observations().iter().map(|o| {
        let def = vocabulary.fact(o.fact);
        Read {
            fact: &def.id,
            value: &o.text,
            via: o.via.map(|f| vocabulary.fact(f).id.as_str()),
            date: o.date.map(|d| d.to_string()),
            past: def.series && !report.facts.present(o.fact).contains(&o),
            read: match &o.evidence {
                Evidence::Numbers(numbers) => Evidenced::Numbers(ranges(numbers)),
                Evidence::Choices(all) => {
                    Evidenced::Values(all.iter().map(|c| def.choices[*c].id.as_str()).collect())
                }
                Evidence::NotDone => Evidenced::State("not-done"),
                Evidence::Unknown => Evidenced::State("unknown"),
                Evidence::NotApplicable => Evidenced::State("not-applicable"),
            },
        }
    });
    read.collect()
}

fn derived_facts<'a>(report: &'a Report<'_>) -> Vec<Derived<'a>> {
    let mut targets: Vec<FactIdx> = report.guideline.derivations.iter().map(|d| d.target).collect();
    targets.sort_unstable();
    targets.dedup();
    let derived = targets.into_iter().filter_map(|fact| {
        let numbers = ranges(report.ranges(fact)?);
        Some(Derived { fact: &report.guideline.vocabulary.fact(fact).id, numbers })
    });
    derived.collect()
}

fn conclusion<'a>(report: &'a Report<'_>, drawn: &'a Drawn) -> Conclusion<'a> {
    let vocabulary = &report.guideline.vocabulary;
    let def = report.def(drawn);
    let ids = |facts: &[FactIdx]| facts.iter().map(|f| vocabulary.fact(*f).id.as_str()).collect::<Vec<_>>();
    let names = |mask: u64| {
        Report::values(def, mask).into_iter().map(|v| Report::value_id(def, v)).collect::<Vec<_>>()
    };
    let value = match &drawn.outcome {
        Outcome::Concluded(value) => Some(Value::One(Report::value_id(def, *value))),
        Outcome::Collected { certain, .. } => Some(Value::Many(names(*certain))),
        Outcome::Undetermined(_) | Outcome::Conflict(_) | Outcome::NotApplicable => None,
    };
    let conflict = match &drawn.outcome {
        Outcome::Conflict(facts) => ids(facts),
        _ => Vec::new(),
    };
    Conclusion {
        id: &def.id,
        status: Report::status(drawn).id(),
        value,
        possible: names(drawn.outcome.possible(def.values.len())),
        convention: drawn.convention.as_ref().map(|c| Convention {
            value: match &c.outcome {
                Outcome::Collected { certain, .. } => Value::Many(names(*certain)),
                outcome => {
                    Value::One(names(outcome.possible(def.values.len())).first().copied().unwrap_or_default())
                }
            },
            open: match &c.outcome {
                Outcome::Collected { open, .. } => names(*open),
                _ => Vec::new(),
            },
            names: c.conventions.iter().map(|i| report.guideline.conventions[*i].id.as_str()).collect(),
        }),
        confirmed: drawn.confirmed,
        because: because(report, drawn),
        sufficient: ids(&drawn.sufficient),
        settle: drawn.settle.iter().map(|set| ids(set)).collect(),
        conflict,
    }
}

fn because<'a>(report: &'a Report<'_>, drawn: &'a Drawn) -> Vec<Because<'a>> {
    let Some(reason) = &drawn.reason else { return Vec::new() };
    let facts = |givens: Vec<Given>| -> Vec<Fact<'a>> {
        givens
            .into_iter()
            .map(|g| Fact {
                id: &report.guideline.vocabulary.fact(g.fact).id,
                value: g.written,
                origin: g.origin,
                date: g.date.map(|d| d.to_string()),
                basis: match g.basis {
                    Basis::Written => None,
                    Basis::Presumed => Some("presumed"),
                    Basis::Derived => Some("derived"),
                },
            })
            .collect()
    };
    let mut all = Vec::new();
    if reason.outside {
        let def = report.def(drawn);
        all.push(Because {
            table: &def.id,
            row: None,
            facts: facts(report.givens(&drawn.sufficient)),
            sources: Vec::new(),
            text: (!def.outside.is_empty()).then(|| twin(&def.outside)),
            mark: None,
            annotations: BTreeMap::new(),
            confirmed: None,
            confirmation: None,
        });
    }
    for step in &reason.steps {
        let table = &report.guideline.tables[step.table];
        let row = &table.rows[step.row];
        let cite = |c: &nw_guideline::Citation| {
            if c.locator.is_empty() { c.key.clone() } else { format!("{}#{}", c.key, c.locator) }
        };
        all.push(Because {
            table: &table.id,
            row: Some(&row.id),
            facts: facts(report.step_facts(step, true)),
            sources: row.sources.iter().map(cite).collect(),
            text: (!row.text.is_empty()).then(|| twin(&row.text)),
            mark: Some(row.mark.letter()),
            annotations: row
                .annotations
                .iter()
                .map(|(at, value)| {
                    let annotation = &report.guideline.vocabulary.annotations()[*at];
                    (annotation.id.as_str(), annotation.values[*value].id.as_str())
                })
                .collect(),
            confirmed: Some(row.confirmed().is_some()),
            confirmation: row.confirmation.as_ref().map(|c| Confirmation {
                by: &c.by,
                role: &c.role,
                date: &c.date,
                edited: c.edited.iter().map(crate::confirm::edit_id).collect(),
            }),
        });
    }
    all
}

/// One conclusion as a JSON value of its own.
pub(crate) fn conclusion_value(report: &Report<'_>, drawn: &Drawn) -> serde_json::Value {
    serde_json::to_value(conclusion(report, drawn)).expect("texts and lists always become JSON")
}
