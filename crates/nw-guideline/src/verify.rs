//! Complete, disjoint, reachable, safe: proved over all possible patients, chains and integrity rules included.
//!
//! A fault is a path in a diagram to "no row" or "two rows"; that path is the fictional patient in the message.

use std::collections::{BTreeSet, HashSet};

use nw_diagram::{FALSE, Meeting, Memory, NONE, NodeId, TRUE, path_to, rising_witness};
use nw_facts::{ConclusionIdx, FactIdx, Text, said};

use crate::build::{logic_diagram, row_diagram, test_diagram};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::ir::{Cells, CompiledGuideline, HitPolicy, Property, PropertyTest, Table, Wanted};
use crate::recall::mark;

/// Runs every proof and reports what fails.
///
/// Conclusions in `torn` have a fault that is reported already, or read one that has; what could be proved of them
/// would only repeat it.
pub(crate) fn verify(
    guideline: &mut CompiledGuideline,
    torn: &BTreeSet<ConclusionIdx>,
    proofs: &mut HashSet<u64>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    rules(guideline, diagnostics);
    if guideline.valid == FALSE {
        return;
    }
    let mut meeting = Meeting::default();
    for at in 0..guideline.tables.len() {
        let table = guideline.tables[at].clone();
        // A table in a circle has no diagram; its finding stands already.
        let ordered = guideline.conclusion_at(table.conclusion).is_some_and(|c| guideline.order.contains(&c));
        let echo = torn.contains(&table.conclusion);
        if ordered && !echo {
            let key = mark(&("table", guideline.marks.ground, guideline.marks.table(guideline, &table)));
            once(proofs, key, diagnostics, |found| one_table(guideline, &table, &mut meeting, found));
        }
    }
    for at in 0..guideline.conclusions.len() {
        let key = mark(&("parts", guideline.marks.ground, guideline.marks.conclusions[at]));
        once(proofs, key, diagnostics, |found| parts(guideline, at, &mut meeting, found));
    }
    for at in 0..guideline.agreements.len() {
        let agreement = &guideline.agreements[at];
        // Its words are part of the ground; what conclusions say is not.
        let conclusion = guideline.conclusion_at(agreement.conclusion);
        let says = (
            conclusion.map(|c| guideline.marks.conclusions[c]),
            guideline.marks.logic(guideline, &agreement.when),
        );
        if !torn.contains(&agreement.conclusion) {
            let key = mark(&("report", guideline.marks.ground, at, says));
            once(proofs, key, diagnostics, |found| report(guideline, at, found));
        }
    }
    for property in guideline.properties.clone() {
        let about = match &property.test {
            PropertyTest::Never(logic) => guideline.marks.logic(guideline, logic),
            PropertyTest::Rising(conclusion, fact) => {
                let at = guideline.conclusion_at(*conclusion);
                mark(&(at.map(|at| guideline.marks.conclusions[at]), fact))
            }
        };
        let key = mark(&("property", guideline.marks.ground, about));
        once(proofs, key, diagnostics, |found| promise(guideline, &property, &mut meeting, found));
    }
}

/// Proves something, unless the same was proved before; what has a fault is looked at every time.
fn once(
    proofs: &mut HashSet<u64>,
    key: u64,
    diagnostics: &mut Vec<Diagnostic>,
    proof: impl FnOnce(&mut Vec<Diagnostic>),
) {
    if proofs.contains(&key) {
        return;
    }
    let before = diagnostics.len();
    proof(diagnostics);
    if diagnostics.len() == before {
        proofs.insert(key);
    }
}

/// Whether a truth diagram holds for some patient whom the integrity rules allow.
///
/// Tables and rules are walked side by side: their product is only built for the fictional patient of a finding.
fn possible(guideline: &CompiledGuideline, meeting: &mut Meeting, node: NodeId) -> bool {
    meeting.meet(&guideline.store, node, guideline.valid)
}

/// A patient whom the rules allow and for whom a truth diagram holds.
fn possible_patient(guideline: &mut CompiledGuideline, meeting: &mut Meeting, node: NodeId) -> Option<Text> {
    if !possible(guideline, meeting, node) {
        return None;
    }
    let valid = guideline.valid;
    let allowed = guideline.store.and(node, valid);
    witness(guideline, allowed)
}

fn everything(guideline: &CompiledGuideline) -> Vec<u64> {
    (0..guideline.space.len() as u16).map(|v| guideline.space.full(v)).collect()
}

/// A patient in one plain sentence, from the facts that the path fixes.
fn patient(guideline: &CompiledGuideline, path: &[(u16, u8)]) -> Text {
    let describe = |language: nw_facts::Language| {
        path.iter()
            .map(|(var, cell)| {
                let fact = guideline.vocabulary.fact(guideline.space.domain(*var).fact);
                let value = guideline.space.example_text(&guideline.vocabulary, *var, *cell);
                format!("{}: {}", lower_first(fact.label.get(language)), value.get(language))
            })
            .collect::<Vec<_>>()
    };
    let en = describe(nw_facts::Language::En);
    let nl = describe(nw_facts::Language::Nl);
    if path.is_empty() {
        return Text::new("any patient", "elke patiënt");
    }
    Text::new(format!("a patient with {}", join(&en, "and")), format!("een patiënt met {}", join(&nl, "en")))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        // `Ki-67` and `TNM` keep their capital.
        (Some(first), Some(second))
            if first.is_uppercase() && second.is_lowercase() && !text.starts_with("Ki") =>
        {
            first.to_lowercase().chain(std::iter::once(second)).chain(chars).collect()
        }
        _ => text.to_string(),
    }
}

fn join(items: &[String], and: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} {and} {last}", head.join(", ")),
    }
}

fn witness(guideline: &CompiledGuideline, node: NodeId) -> Option<Text> {
    let full = everything(guideline);
    path_to(&guideline.store, node, &full, &|t| t == TRUE).map(|path| patient(guideline, &path))
}

fn rules(guideline: &CompiledGuideline, diagnostics: &mut Vec<Diagnostic>) {
    for rule in guideline.rules.iter().filter(|r| r.kept == TRUE) {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::IdleRule,
            &rule.place,
            said!("the rule `{}` excludes nobody", "de regel `{}` sluit niemand uit", rule.id),
            said!(
                "its conditions never hold together; mend or remove it",
                "haar voorwaarden gelden nooit samen; herstel of verwijder haar"
            ),
        ));
    }
    if guideline.valid == FALSE
        && let Some(rule) = guideline.rules.first()
    {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::ImpossibleRules,
            &rule.place,
            said!(
                "the integrity rules together exclude every patient",
                "de regels sluiten samen iedere patiënt uit"
            ),
            said!(
                "remove rules one by one until a patient remains",
                "verwijder regels een voor een tot er een patiënt overblijft"
            ),
        ));
    }
}

fn one_table(
    guideline: &mut CompiledGuideline,
    table: &Table,
    meeting: &mut Meeting,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let inside = logic_diagram(guideline, &table.domain);
    if !possible(guideline, meeting, inside) {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::UnreachableRow,
            &table.place,
            said!(
                "no possible patient is in the domain of `{}`",
                "geen mogelijke patiënt valt in het domein van `{}`",
                table.id
            ),
            said!("mend the domain", "herstel het domein"),
        ));
        return;
    }
    let mut union = FALSE;
    let mut earlier: Vec<NodeId> = Vec::new();
    for row in &table.rows {
        let holds = row_diagram(guideline, &row.cells);
        let holds = guideline.store.and(holds, inside);
        let left = if table.policy == HitPolicy::First {
            let not_before = guideline.store.not(union);
            guideline.store.and(holds, not_before)
        } else {
            holds
        };
        if !possible(guideline, meeting, left) {
            let why = if !possible(guideline, meeting, holds) {
                said!("its cells never hold together", "haar cellen gelden nooit samen")
            } else {
                said!("the rows above it decide first", "de rijen erboven beslissen eerder")
            };
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnreachableRow,
                &row.place,
                said!(
                    "no possible patient reaches row `{}` of `{}`",
                    "geen mogelijke patiënt bereikt rij `{}` van `{}`",
                    row.id,
                    table.id
                ),
                said!("{why}; mend or remove it", "{why}; herstel of verwijder haar"; why),
            ));
        } else {
            let available = if table.policy == HitPolicy::First {
                let not_before = guideline.store.not(union);
                guideline.store.and(inside, not_before)
            } else {
                inside
            };
            idle_values(guideline, table, &row.cells, available, meeting, diagnostics);
        }
        if table.policy == HitPolicy::Unique {
            let both = guideline.store.and(union, holds);
            if possible(guideline, meeting, both) {
                overlap(guideline, (table, row), holds, &earlier, meeting, diagnostics);
            }
        }
        union = guideline.store.or(union, holds);
        earlier.push(holds);
    }
    if table.policy != HitPolicy::Collect {
        let covered = guideline.store.not(union);
        let gap = guideline.store.and(inside, covered);
        if let Some(patient) = possible_patient(guideline, meeting, gap) {
            diagnostics.push(
                Diagnostic::new(
                    DiagnosticCode::MissingCombination,
                    &table.place,
                    said!(
                        "no row of `{}` holds for every patient in its domain",
                        "voor sommige patiënten in het domein van `{}` geldt geen rij",
                        table.id
                    ),
                    said!("add a row or widen one", "voeg een rij toe of verruim er een"),
                )
                .with_patient(patient),
            );
        }
    }
}

fn overlap(
    guideline: &mut CompiledGuideline,
    (table, row): (&Table, &crate::ir::Row),
    holds: NodeId,
    earlier: &[NodeId],
    meeting: &mut Meeting,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (i, other) in earlier.iter().enumerate() {
        let both = guideline.store.and(*other, holds);
        if let Some(patient) = possible_patient(guideline, meeting, both) {
            diagnostics.push(
                Diagnostic::new(
                    DiagnosticCode::OverlappingRows,
                    &row.place,
                    said!(
                        "rows `{}` and `{}` of `{}` both hold",
                        "rijen `{}` en `{}` van `{}` gelden allebei",
                        table.rows[i].id,
                        row.id,
                        table.id
                    ),
                    said!(
                        "narrow one of them, or declare the table `first`",
                        "vernauw er een, of noem de tabel `first`"
                    ),
                )
                .with_patient(patient),
            );
            return;
        }
    }
}

/// Every value written in a cell must be brought there by some possible patient.
fn idle_values(
    guideline: &mut CompiledGuideline,
    table: &Table,
    cells: &[Cells],
    inside: NodeId,
    meeting: &mut Meeting,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (i, cell) in cells.iter().enumerate() {
        let Wanted::Values { listed, .. } = cell.wanted else { continue };
        if listed.count_ones() < 2 {
            continue;
        }
        let mut others = inside;
        for (j, other) in cells.iter().enumerate() {
            if i != j {
                let next = test_diagram(guideline, other, other.mask);
                others = guideline.store.and(others, next);
            }
        }
        let mut idle = Vec::new();
        for value in (0..64).filter(|v| listed >> v & 1 == 1) {
            // For a fact, choices are cells in the same order; for a conclusion, values are outcomes.
            let one = test_diagram(guideline, cell, 1 << value);
            if meeting.meet(&guideline.store, others, one) {
                let both = guideline.store.and(others, one);
                if possible(guideline, meeting, both) {
                    continue;
                }
            }
            idle.push(value);
        }
        if !idle.is_empty() {
            let names: Vec<String> =
                idle.iter().map(|v| format!("`{}`", value_name(guideline, cell, *v))).collect();
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::IdleValue,
                &cell.place,
                said!(
                    "no possible patient of `{}` brings {} to this row",
                    "geen mogelijke patiënt van `{}` brengt {} naar deze rij",
                    table.id,
                    names.join(", ")
                ),
                said!("take it out of the cell", "haal die waarde uit de cel"),
            ));
        }
    }
}

fn value_name(guideline: &CompiledGuideline, cell: &Cells, value: usize) -> String {
    let name = match cell.subject {
        crate::Subject::Fact(f) => guideline.vocabulary.fact(f).choices.get(value).map(|c| c.id.clone()),
        crate::Subject::Conclusion(c) => {
            guideline.vocabulary.conclusion(c).values.get(value).map(|c| c.id.clone())
        }
    };
    name.unwrap_or_else(|| "not-applicable".to_string())
}

fn parts(
    guideline: &mut CompiledGuideline,
    at: usize,
    meeting: &mut Meeting,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let tables = guideline.conclusions[at].tables.clone();
    if guideline.conclusions[at].policy == HitPolicy::Collect || tables.len() < 2 {
        return;
    }
    let mut covered = FALSE;
    let mut domains: Vec<(usize, NodeId)> = Vec::new();
    for table_at in tables {
        let logic = guideline.tables[table_at].domain.clone();
        let domain = logic_diagram(guideline, &logic);
        let common = guideline.store.and(covered, domain);
        if possible(guideline, meeting, common) {
            for (other, known) in &domains {
                let both = guideline.store.and(*known, domain);
                if let Some(patient) = possible_patient(guideline, meeting, both) {
                    let (a, b) = (&guideline.tables[*other].id, &guideline.tables[table_at].id);
                    diagnostics.push(
                        Diagnostic::new(
                            DiagnosticCode::OverlappingParts,
                            &guideline.tables[table_at].place,
                            said!(
                                "`{a}` and `{b}` are about the same patient",
                                "`{a}` en `{b}` gaan over dezelfde patiënt"
                            ),
                            said!(
                                "let their domains exclude each other",
                                "laat hun domeinen elkaar uitsluiten"
                            ),
                        )
                        .with_patient(patient),
                    );
                    break;
                }
            }
        }
        covered = guideline.store.or(covered, domain);
        domains.push((table_at, domain));
    }
}

/// Every value that can be reported must be able to be true of a record that says no more than that.
///
/// With what a report takes for granted (its guards) known, a value that only patients without a presumption can have
/// speaks against that presumption, and must keep the fact from being presumed.
fn report(guideline: &mut CompiledGuideline, at: usize, diagnostics: &mut Vec<Diagnostic>) {
    let agreement = guideline.agreements[at].clone();
    let (Some(reported), Some(conclusion)) =
        (guideline.space.var(agreement.reported), guideline.conclusion_at(agreement.conclusion))
    else {
        return;
    };
    let presumed: Vec<(FactIdx, u16, u64)> = (0..guideline.vocabulary.facts().len() as u16)
        .filter_map(|fact| {
            let def = guideline.vocabulary.fact(FactIdx(fact));
            let choice = def.presumed.as_ref().and_then(|presumed| def.choice(presumed))?;
            Some((FactIdx(fact), guideline.space.var(FactIdx(fact))?, 1 << choice))
        })
        .filter(|(fact, var, _)| *var != reported && !agreement.guard.contains(fact))
        .collect();
    let lifts = guideline.vocabulary.lifts();
    let agrees_with_all =
        (2u64 << guideline.conclusions[conclusion].not_applicable(&guideline.vocabulary)) - 1;
    let when = logic_diagram(guideline, &agreement.when);
    let root = guideline.conclusions[conclusion].roots.value;
    let mut memory = Memory::default();
    for (choice, agrees) in
        agreement.agrees.iter().enumerate().filter(|(_, agrees)| **agrees != agrees_with_all)
    {
        let same = guideline.store.select(root, *agrees);
        let counts = guideline.store.and(when, same);
        let lifted = |fact: FactIdx| {
            lifts
                .iter()
                .any(|(p, by, values)| (*p, *by) == (fact, agreement.reported) && values >> choice & 1 == 1)
        };
        let kept: Vec<&(FactIdx, u16, u64)> = presumed.iter().filter(|(fact, _, _)| !lifted(*fact)).collect();
        let mut open = everything(guideline);
        open[usize::from(reported)] = 1 << choice;
        for open in each_guard(guideline, &agreement.guard, open) {
            let mut can = |masks: &[u64]| {
                memory.forget();
                memory.outcomes_where(&guideline.store, counts, guideline.valid, masks, 0b11) & 0b10 != 0
            };
            let mut masks = open.clone();
            kept.iter().for_each(|(_, var, mask)| masks[usize::from(*var)] = *mask);
            if can(&masks) || !can(&open) {
                continue;
            }
            let mut alone: Vec<FactIdx> = Vec::new();
            for (fact, var, mask) in &kept {
                masks[usize::from(*var)] = guideline.space.full(*var);
                if can(&masks) {
                    alone.push(*fact);
                }
                masks[usize::from(*var)] = *mask;
            }
            // When no presumption is to blame alone, all that could be are named.
            let blamed: Vec<FactIdx> =
                if alone.is_empty() { kept.iter().map(|(fact, _, _)| *fact).collect() } else { alone };
            kept.iter()
                .filter(|(fact, _, _)| !blamed.contains(fact))
                .for_each(|(_, var, mask)| masks[usize::from(*var)] = *mask);
            kept.iter()
                .filter(|(fact, _, _)| blamed.contains(fact))
                .for_each(|(_, var, _)| masks[usize::from(*var)] = guideline.space.full(*var));
            let fact = guideline.vocabulary.fact(agreement.reported);
            let value = &fact.choices[choice].id;
            let names: Vec<Text> = blamed
                .iter()
                .map(|f| guideline.vocabulary.fact(*f).id.as_str())
                .map(|id| said!("`{id}`", "`{id}`"))
                .collect();
            let names = Text::joined(&names, (" or ", " of "));
            let message = said!(
                "`{} = {value}` can only be true where {names} is not as presumed",
                "`{} = {value}` kan alleen kloppen waar {names} niet is zoals aangenomen",
                fact.id;
                names
            );
            let help = said!(
                "add `unless = [\"{} = {value}\"]` to the fact, or mend the tables",
                "voeg `unless = [\"{} = {value}\"]` toe aan het feit, of herstel de tabellen",
                fact.id
            );
            let valid = guideline.valid;
            let shown = guideline.store.and(counts, valid);
            let finding =
                Diagnostic::new(DiagnosticCode::PresumedAgainstReport, &agreement.place, message, help);
            let path = path_to(&guideline.store, shown, &masks, &|t| t == TRUE);
            diagnostics.push(match path {
                Some(mut path) => {
                    // What only the integrity rules ask about tells nothing of the report.
                    let asked = nw_diagram::support(&guideline.store, counts);
                    path.retain(|(var, _)| *var == reported || asked.contains(var));
                    finding.with_patient(patient(guideline, &path))
                }
                None => finding,
            });
            return;
        }
    }
}

/// The masks once for every combination of what the guards may be.
fn each_guard(guideline: &CompiledGuideline, guard: &[FactIdx], masks: Vec<u64>) -> Vec<Vec<u64>> {
    let mut all = vec![masks];
    for var in guard.iter().filter_map(|fact| guideline.space.var(*fact)) {
        let cells = guideline.space.domain(var).cells.len();
        // A second guard is told apart only while that stays a short list.
        if all.len() * cells > 4096 {
            break;
        }
        let one = |masks: &Vec<u64>, cell: usize| {
            let mut masks = masks.clone();
            masks[usize::from(var)] &= 1 << cell;
            masks
        };
        all = all
            .iter()
            .flat_map(|masks| (0..cells).map(|cell| one(masks, cell)).collect::<Vec<_>>())
            .collect();
        all.retain(|masks| masks[usize::from(var)] != 0);
    }
    all
}

fn promise(
    guideline: &mut CompiledGuideline,
    property: &Property,
    meeting: &mut Meeting,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let broken = match &property.test {
        PropertyTest::Never(logic) => {
            let holds = logic_diagram(guideline, logic);
            possible_patient(guideline, meeting, holds)
        }
        PropertyTest::Rising(conclusion, fact) => {
            let (Some(at), Some(var)) = (guideline.conclusion_at(*conclusion), guideline.space.var(*fact))
            else {
                return;
            };
            let values = guideline.vocabulary.conclusion(*conclusion).values.len() as u16;
            let value = guideline.conclusions[at].roots.value;
            let full = everything(guideline);
            let breaks = |low: u16, high: u16| low < values && high < values && high < low;
            // What holds for all patients holds for those whom the rules allow.
            if rising_witness(&guideline.store, value, &full, var, &breaks).is_none() {
                return;
            }
            let valid = guideline.valid;
            let value = guideline.store.choose(valid, value, NONE);
            rising_witness(&guideline.store, value, &full, var, &breaks).map(|pair| {
                let mut path = pair.shared.clone();
                path.push((var, pair.low));
                let base = patient(guideline, &path);
                let more = guideline.space.example_text(&guideline.vocabulary, var, pair.high);
                Text::new(
                    format!("{}; with {} the value is lower", base.en, more.en),
                    format!("{}; met {} is de waarde lager", base.nl, more.nl),
                )
            })
        }
    };
    if let Some(patient) = broken {
        diagnostics.push(
            Diagnostic::new(
                DiagnosticCode::BrokenProperty,
                &property.place,
                said!("the property `{}` does not hold", "de belofte `{}` klopt niet", property.id),
                said!("mend the table, or the promise", "herstel de tabel, of de belofte"),
            )
            .with_patient(patient),
        );
    }
}
