//! The whole published guideline as JSON: what a stranger needs to verify an answer without our code.

use nw_facts::{ConclusionIdx, FactIdx, Interval, Text, plain};
use nw_guideline::{
    Arithmetic, Cell, Cells, CompiledGuideline, Due, Effect, Epistemic, HitPolicy, Logic, Output, Pick,
    PropertyTest, Source, Subject,
};

use crate::json::Json;
use crate::model::{cite, ranges};
use crate::{NOT_APPLICABLE, NOT_DONE};

/// The guideline as JSON: facts with their cells, tables with the cells each test accepts, rules, agreements,
/// conventions, derivations, properties, departures and sources.
///
/// # Shape
/// A test is `{"fact": id, "cells": [positions]}` or `{"conclusion": id, "values": [ids]}`; a condition is a test,
/// `{"all": […]}`, `{"any": […]}` or `{"not": …}`. A cell of a row is null where the row says `any`, else the list of
/// accepted cells or values of its column. `docs/exports.md` describes every field.
pub fn tables(guideline: &CompiledGuideline) -> String {
    let writer = Writer { guideline };
    let manifest = &guideline.manifest;
    let list = |items: Vec<Json>| Json::List(items);
    Json::Object(vec![
        ("format", Json::from("netwijzer-tables/1")),
        (
            "guideline",
            Json::Object(vec![
                ("id", Json::from(&manifest.id)),
                ("edition", Json::from(&manifest.edition)),
                ("digest", Json::from(&guideline.digest)),
                ("validFrom", Json::from(&manifest.valid_from)),
                ("title", both(&manifest.title)),
            ]),
        ),
        ("facts", list(writer.facts())),
        ("conclusions", list(writer.conclusions())),
        ("annotations", list(writer.annotations())),
        ("tables", list((0..guideline.tables.len()).map(|at| writer.table(at)).collect())),
        ("rules", list(guideline.rules.iter().map(|r| writer.rule(r)).collect())),
        ("agreements", list(guideline.agreements.iter().map(|a| writer.agreement(a)).collect())),
        ("conventions", list(guideline.conventions.iter().map(|c| writer.convention(c)).collect())),
        ("derivations", list(guideline.derivations.iter().map(|d| writer.derivation(d)).collect())),
        ("dues", list(guideline.dues.iter().map(|d| writer.due(d)).collect())),
        ("properties", list(guideline.properties.iter().map(|p| writer.property(p)).collect())),
        ("departures", list(guideline.departures.iter().map(departure).collect())),
        ("sources", list(guideline.sources.iter().map(source).collect())),
    ])
    .text(2)
}

fn both(text: &Text) -> Json {
    Json::Object(vec![("en", Json::from(&text.en)), ("nl", Json::from(&text.nl))])
}

/// The ends of a range; a missing end is null.
fn interval(range: &Interval) -> Vec<(&'static str, Json)> {
    let at = |bound: Option<nw_facts::Bound>| Json::from(bound.map(|b| plain(b.at, false)));
    let closed = |bound: Option<nw_facts::Bound>| Json::from(bound.is_some_and(|b| b.closed));
    vec![
        ("low", at(range.low)),
        ("lowIn", closed(range.low)),
        ("high", at(range.high)),
        ("highIn", closed(range.high)),
    ]
}

fn source(source: &Source) -> Json {
    Json::Object(vec![
        ("key", Json::from(&source.key)),
        ("title", Json::from(&source.title.en)),
        ("publisher", Json::from(&source.publisher.en)),
        ("year", Json::from(&source.year)),
        ("kind", Json::from(&source.kind)),
        ("link", Json::from(&source.link)),
        ("read", Json::from(&source.read)),
        ("licence", Json::from(&source.licence)),
    ])
}

fn departure(departure: &nw_guideline::Departure) -> Json {
    Json::Object(vec![
        ("id", Json::from(&departure.id)),
        ("title", both(&departure.title)),
        ("kind", Json::from(&departure.kind)),
        ("says", Json::from(departure.says.clone())),
        ("other", Json::from(departure.other.clone())),
        ("decision", Json::from(&departure.decision)),
        ("adopted", Json::from(departure.adopted)),
        ("rows", Json::from(departure.rows.clone())),
        ("date", Json::from(&departure.date)),
        ("chapter", Json::from(&departure.chapter)),
    ])
}

struct Writer<'g> {
    guideline: &'g CompiledGuideline,
}

impl Writer<'_> {
    fn fact_id(&self, fact: FactIdx) -> Json {
        Json::from(&self.guideline.vocabulary.fact(fact).id)
    }

    fn conclusion_id(&self, conclusion: ConclusionIdx) -> Json {
        Json::from(&self.guideline.vocabulary.conclusion(conclusion).id)
    }

    fn subject(&self, subject: Subject) -> Json {
        match subject {
            Subject::Fact(fact) => Json::Object(vec![("fact", self.fact_id(fact))]),
            Subject::Conclusion(conclusion) => {
                Json::Object(vec![("conclusion", self.conclusion_id(conclusion))])
            }
        }
    }

    fn facts(&self) -> Vec<Json> {
        let vocabulary = &self.guideline.vocabulary;
        let facts = vocabulary.facts().iter().enumerate().map(|(i, def)| {
            let var = self.guideline.space.var(FactIdx(i as u16));
            let cells = var.map(|v| {
                let cells = self.guideline.space.domain(v).cells.iter().enumerate();
                let cells = cells.map(|(at, cell)| {
                    let mut fields = match cell {
                        Cell::Choice(choice) => vec![("value", Json::from(&def.choices[*choice].id))],
                        Cell::Numbers(range) => interval(range),
                        Cell::NotDone => vec![("value", Json::from(NOT_DONE))],
                    };
                    let example = self.guideline.space.example(vocabulary, v, at as u8);
                    fields.push(("example", Json::from(example)));
                    Json::Object(fields)
                });
                Json::List(cells.collect())
            });
            let numeric = def.choices.is_empty();
            Json::Object(vec![
                ("id", Json::from(&def.id)),
                ("label", both(&def.label)),
                ("values", Json::from(def.choices.iter().map(|c| Json::from(&c.id)).collect::<Vec<_>>())),
                ("unit", Json::from(def.unit.as_ref())),
                ("min", Json::from(numeric.then(|| plain(def.min, false)))),
                ("max", Json::from(numeric.then(|| plain(def.max, false)))),
                ("whole", Json::from(def.is_whole())),
                ("days", Json::from(def.kind == nw_facts::Kind::Date)),
                ("series", Json::from(def.series)),
                ("notDone", Json::from(if def.not_done_is_state { "state" } else { "latent" })),
                ("presumed", Json::from(def.presumed.as_ref())),
                ("unless", Json::List(def.unless.iter().map(|(f, v)| self.unless(f, v)).collect())),
                ("cells", cells.unwrap_or(Json::Null)),
            ])
        });
        facts.collect()
    }

    fn conclusions(&self) -> Vec<Json> {
        let given = |i: usize| self.guideline.conclusion(ConclusionIdx(i as u16));
        let conclusions = self.guideline.vocabulary.conclusions().iter().enumerate().map(|(i, def)| {
            let tables = given(i).map(|c| c.tables.as_slice()).unwrap_or_default();
            let tables = tables.iter().map(|t| Json::from(&self.guideline.tables[*t].id));
            let values = def.values.iter().map(|v| {
                Json::Object(vec![
                    ("id", Json::from(&v.id)),
                    ("label", both(&v.label)),
                    ("months", Json::from(v.months.map(usize::from))),
                ])
            });
            Json::Object(vec![
                ("id", Json::from(&def.id)),
                ("label", both(&def.label)),
                ("collect", Json::from(given(i).is_some_and(|c| c.policy == HitPolicy::Collect))),
                ("hidden", Json::from(def.hidden)),
                ("values", Json::List(values.collect())),
                ("outside", both(&def.outside)),
                ("tables", Json::List(tables.collect())),
            ])
        });
        conclusions.collect()
    }

    fn annotations(&self) -> Vec<Json> {
        let annotations = self.guideline.vocabulary.annotations().iter().map(|def| {
            let values = def.values.iter().map(|v| Json::from(&v.id));
            Json::Object(vec![
                ("id", Json::from(&def.id)),
                ("label", both(&def.label)),
                ("values", Json::List(values.collect())),
            ])
        });
        annotations.collect()
    }

    fn table(&self, at: usize) -> Json {
        let table = &self.guideline.tables[at];
        let rows = table.rows.iter().map(|row| {
            let cells = row.cells.iter().map(|c| if c.any { Json::Null } else { self.accepted(c) });
            let text = row.cells.iter().map(|c| Json::from(self.readable(c)));
            let annotations = row.annotations.iter().map(|(at, value)| {
                let def = &self.guideline.vocabulary.annotations()[*at];
                (def.id.clone(), Json::from(&def.values[*value].id))
            });
            let def = self.guideline.vocabulary.conclusion(table.conclusion);
            let output = match row.output {
                Output::Value(value) => def.values[value].id.as_str(),
                Output::NotApplicable => NOT_APPLICABLE,
            };
            let confirmed = row.confirmed().map(|c| format!("{}, {}, {}", c.by, c.role, c.date));
            Json::Object(vec![
                ("id", Json::from(&row.id)),
                ("cells", Json::List(cells.collect())),
                ("text", Json::List(text.collect())),
                ("output", Json::from(output)),
                ("sources", Json::List(row.sources.iter().map(|c| Json::from(cite(c))).collect())),
                ("mark", Json::from(row.mark.letter())),
                ("annotations", Json::Map(annotations.collect())),
                ("sentence", both(&row.text)),
                ("confirmed", Json::from(confirmed.as_ref())),
            ])
        });
        let kind = match table.policy {
            HitPolicy::Unique => "unique",
            HitPolicy::First => "first",
            HitPolicy::Collect => "collect",
        };
        Json::Object(vec![
            ("id", Json::from(&table.id)),
            ("conclusion", self.conclusion_id(table.conclusion)),
            ("kind", Json::from(kind)),
            ("title", both(&table.title)),
            ("chapter", Json::from(&table.chapter)),
            ("domain", self.logic(&table.domain)),
            ("columns", Json::List(table.columns.iter().map(|s| self.subject(*s)).collect())),
            ("rows", Json::List(rows.collect())),
        ])
    }

    /// The cells (positions) or values (ids) that a test accepts.
    fn accepted(&self, cells: &Cells) -> Json {
        let in_mask = |i: &usize| cells.mask >> i & 1 == 1;
        match cells.subject {
            Subject::Fact(fact) => {
                let count =
                    self.guideline.space.var(fact).map(|v| self.guideline.space.domain(v).cells.len());
                Json::List((0..count.unwrap_or(0)).filter(in_mask).map(Json::from).collect())
            }
            Subject::Conclusion(idx) => {
                let values = &self.guideline.vocabulary.conclusion(idx).values;
                let ids = (0..=values.len())
                    .filter(in_mask)
                    .map(|i| Json::from(values.get(i).map_or(NOT_APPLICABLE, |v| v.id.as_str())));
                Json::List(ids.collect())
            }
        }
    }

    /// A cell for a reader, in base units.
    fn readable(&self, cells: &Cells) -> String {
        if cells.any {
            return "any".to_string();
        }
        let some = |names: Vec<&str>| match names.as_slice() {
            [one] => (*one).to_string(),
            many => format!("{{{}}}", many.join(", ")),
        };
        let in_mask = |i: usize| cells.mask >> i & 1 == 1;
        match cells.subject {
            Subject::Conclusion(idx) => {
                let values = &self.guideline.vocabulary.conclusion(idx).values;
                some(
                    (0..=values.len())
                        .filter(|i| in_mask(*i))
                        .map(|i| values.get(i).map_or(NOT_APPLICABLE, |v| v.id.as_str()))
                        .collect(),
                )
            }
            Subject::Fact(fact) => {
                let def = self.guideline.vocabulary.fact(fact);
                let Some(var) = self.guideline.space.var(fact) else { return String::new() };
                let domain = &self.guideline.space.domain(var).cells;
                if !def.choices.is_empty() {
                    let names = domain.iter().enumerate().filter(|(i, _)| in_mask(*i));
                    return some(
                        names
                            .map(|(_, cell)| match cell {
                                Cell::Choice(choice) => def.choices[*choice].id.as_str(),
                                _ => NOT_DONE,
                            })
                            .collect(),
                    );
                }
                let (ranges, not_done) = ranges(domain, cells.mask);
                let unit = def.unit.as_ref().map(|u| format!(" {u}")).unwrap_or_default();
                let mut parts: Vec<String> =
                    ranges.iter().map(|r| format!("{}{unit}", readable_range(r, def))).collect();
                if not_done {
                    parts.push(NOT_DONE.to_string());
                }
                parts.join(" or ")
            }
        }
    }

    fn logic(&self, logic: &Logic) -> Json {
        let list = |all: &[Logic]| Json::List(all.iter().map(|l| self.logic(l)).collect());
        match logic {
            Logic::And(all) => Json::Object(vec![("all", list(all))]),
            Logic::Or(all) => Json::Object(vec![("any", list(all))]),
            Logic::Not(inner) => Json::Object(vec![("not", self.logic(inner))]),
            Logic::Is(cells) if cells.any => Json::Object(vec![("all", Json::List(Vec::new()))]),
            Logic::Is(cells) => match cells.subject {
                Subject::Fact(fact) => {
                    Json::Object(vec![("fact", self.fact_id(fact)), ("cells", self.accepted(cells))])
                }
                Subject::Conclusion(idx) => Json::Object(vec![
                    ("conclusion", self.conclusion_id(idx)),
                    ("values", self.accepted(cells)),
                ]),
            },
        }
    }

    fn facts_of(&self, facts: &[FactIdx]) -> Json {
        Json::List(facts.iter().map(|f| self.fact_id(*f)).collect())
    }

    fn rule(&self, rule: &nw_guideline::Rule) -> Json {
        Json::Object(vec![
            ("id", Json::from(&rule.id)),
            ("title", both(&rule.title)),
            ("never", self.logic(&rule.when)),
            ("guard", self.facts_of(&rule.guard)),
            ("sources", Json::List(rule.sources.iter().map(|c| Json::from(cite(c))).collect())),
        ])
    }

    /// A value of another fact that keeps a fact from being presumed, by id whatever name the vocabulary uses.
    fn unless(&self, fact: &str, value: &str) -> Json {
        let vocabulary = &self.guideline.vocabulary;
        let found = vocabulary.find_fact(fact).map(|idx| vocabulary.fact(idx));
        let value = found.and_then(|def| Some(&def.choices[def.choice(value)?].id));
        Json::Object(vec![("fact", Json::from(found.map(|def| &def.id))), ("value", Json::from(value))])
    }

    fn agreement(&self, agreement: &nw_guideline::Agreement) -> Json {
        let values = &self.guideline.vocabulary.conclusion(agreement.conclusion).values;
        let choices = &self.guideline.vocabulary.fact(agreement.reported).choices;
        let agrees = agreement.agrees.iter().zip(choices).map(|(mask, choice)| {
            let ids = (0..=values.len())
                .filter(|i| mask >> i & 1 == 1)
                .map(|i| Json::from(values.get(i).map_or(NOT_APPLICABLE, |v| v.id.as_str())));
            (choice.id.clone(), Json::List(ids.collect()))
        });
        Json::Object(vec![
            ("id", Json::from(&agreement.id)),
            ("title", both(&agreement.title)),
            ("reported", self.fact_id(agreement.reported)),
            ("conclusion", self.conclusion_id(agreement.conclusion)),
            ("when", self.logic(&agreement.when)),
            ("agrees", Json::Map(agrees.collect())),
            ("guard", self.facts_of(&agreement.guard)),
        ])
    }

    fn convention(&self, convention: &nw_guideline::Convention) -> Json {
        let effect = match &convention.effect {
            Effect::Answer(idx, value) => Json::Object(vec![
                ("answer", self.conclusion_id(*idx)),
                ("value", Json::from(&self.guideline.vocabulary.conclusion(*idx).values[*value].id)),
            ]),
            Effect::Assume(all) => {
                let each = all.iter().map(|assumption| {
                    let def = self.guideline.vocabulary.fact(assumption.fact);
                    let ranges = assumption.ranges.iter().map(|r| Json::Object(interval(r)));
                    let choices = def.choices.iter().enumerate();
                    let values = choices
                        .filter(|(i, _)| assumption.choices >> i & 1 == 1)
                        .map(|(_, choice)| Json::from(&choice.id));
                    Json::Object(vec![
                        ("fact", Json::from(&def.id)),
                        ("ranges", Json::List(ranges.collect())),
                        ("values", Json::List(values.collect())),
                    ])
                });
                Json::Object(vec![("assume", Json::List(each.collect()))])
            }
        };
        let applies = convention.applies_to.iter().map(|idx| self.conclusion_id(*idx));
        Json::Object(vec![
            ("id", Json::from(&convention.id)),
            ("title", both(&convention.title)),
            ("when", self.epistemic(&convention.when)),
            ("effect", effect),
            ("for", Json::List(applies.collect())),
            ("sources", Json::List(convention.sources.iter().map(|c| Json::from(cite(c))).collect())),
        ])
    }

    fn epistemic(&self, when: &Epistemic) -> Json {
        let list = |all: &[Epistemic]| Json::List(all.iter().map(|e| self.epistemic(e)).collect());
        let (key, value) = match when {
            Epistemic::And(all) => ("all", list(all)),
            Epistemic::Or(all) => ("any", list(all)),
            Epistemic::Not(inner) => ("not", self.epistemic(inner)),
            Epistemic::Missing(subject) => ("missing", self.subject(*subject)),
            Epistemic::Known(subject) => ("known", self.subject(*subject)),
            Epistemic::NotDone(fact) => ("notDone", self.fact_id(*fact)),
            Epistemic::Certain(logic, _) => ("certain", self.logic(logic)),
        };
        Json::Object(vec![(key, value)])
    }

    fn derivation(&self, derivation: &nw_guideline::Derivation) -> Json {
        Json::Object(vec![
            ("id", Json::from(&derivation.id)),
            ("title", both(&derivation.title)),
            ("fact", self.fact_id(derivation.target)),
            ("formula", self.arithmetic(&derivation.formula)),
            ("when", derivation.when.as_ref().map_or(Json::Null, |when| self.logic(when))),
        ])
    }

    /// `["*", a, b]`, a number as text, `"pi"`, `"as-of"`, a fact, or a statement picked from a series.
    fn arithmetic(&self, formula: &Arithmetic) -> Json {
        let call = |name: &str, inner: &[&Arithmetic]| {
            let inner = inner.iter().map(|a| self.arithmetic(a));
            Json::List(std::iter::once(Json::from(name)).chain(inner).collect())
        };
        match formula {
            Arithmetic::Constant(value) => Json::from(plain(*value, false)),
            Arithmetic::Pi => Json::from("pi"),
            Arithmetic::AsOf => Json::from("as-of"),
            Arithmetic::Fact(fact) => Json::Object(vec![("fact", self.fact_id(*fact))]),
            Arithmetic::Square(inner) => call("^2", &[inner]),
            Arithmetic::Binary(sign, a, b) => call(&sign.to_string(), &[a, b]),
            Arithmetic::Months(a, b) => call("months", &[a, b]),
            Arithmetic::Power(a, b) => call("power", &[a, b]),
            Arithmetic::Ln(a) => call("ln", &[a]),
            Arithmetic::Exp(a) => call("exp", &[a]),
            Arithmetic::Floor(a) => call("floor", &[a]),
            Arithmetic::Least(a, b) => call("least", &[a, b]),
            Arithmetic::Greatest(a, b) => call("greatest", &[a, b]),
            Arithmetic::Series(series) => {
                let pick = match series.pick {
                    Pick::Latest => "latest",
                    Pick::Previous => "previous",
                    Pick::First => "first",
                    Pick::Lowest => "lowest",
                    Pick::Highest => "highest",
                };
                let bound = |bound: &Option<(Arithmetic, bool)>| match bound {
                    None => Json::Null,
                    Some((day, beyond)) => {
                        Json::Object(vec![("day", self.arithmetic(day)), ("itself", Json::from(!beyond))])
                    }
                };
                Json::Object(vec![
                    ("pick", Json::from(pick)),
                    ("of", self.fact_id(series.fact)),
                    ("since", bound(&series.since)),
                    ("until", bound(&series.until)),
                    ("day", Json::from(series.day)),
                ])
            }
        }
    }

    fn due(&self, due: &Due) -> Json {
        let after = due.after.iter().map(|a| self.arithmetic(a));
        Json::Object(vec![
            ("id", Json::from(&due.id)),
            ("title", both(&due.title)),
            ("every", self.conclusion_id(due.every)),
            ("after", Json::List(after.collect())),
            ("graceDays", Json::from(plain(due.grace, false))),
            ("sources", Json::List(due.sources.iter().map(|c| Json::from(cite(c))).collect())),
        ])
    }

    fn property(&self, property: &nw_guideline::Property) -> Json {
        let test = match &property.test {
            PropertyTest::Never(logic) => Json::Object(vec![("never", self.logic(logic))]),
            PropertyTest::Rising(conclusion, fact) => {
                Json::Object(vec![("rising", self.conclusion_id(*conclusion)), ("with", self.fact_id(*fact))])
            }
        };
        Json::Object(vec![("id", Json::from(&property.id)), ("title", both(&property.title)), ("test", test)])
    }
}

/// A range without ends that lie at the edge of what can exist.
fn readable_range(range: &Interval, def: &nw_facts::FactDef) -> String {
    if let Some(single) = range.single() {
        return format!("= {}", plain(single, false));
    }
    let low = range.low.filter(|b| b.at > def.min || !b.closed);
    let high = range.high.filter(|b| b.at < def.max || !b.closed);
    match (low, high) {
        (None, Some(high)) => format!("{} {}", if high.closed { "<=" } else { "<" }, plain(high.at, false)),
        (Some(low), None) => format!("{} {}", if low.closed { ">=" } else { ">" }, plain(low.at, false)),
        (None, None) => format!("[{}..{}]", plain(def.min, false), plain(def.max, false)),
        _ => crate::dmn::range(range),
    }
}
