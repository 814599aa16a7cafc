//! Tables, rules and conditions as decision diagrams.

use super::*;

pub(super) fn declare_conclusions(
    guideline: &mut CompiledGuideline,
    attempted: &BTreeSet<ConclusionIdx>,
    places: &[Place],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (i, def) in guideline.vocabulary.conclusions().iter().enumerate() {
        let idx = nw_facts::ConclusionIdx(i as u16);
        let tables: Vec<usize> = guideline
            .tables
            .iter()
            .enumerate()
            .filter(|(_, t)| t.conclusion == idx)
            .map(|(t, _)| t)
            .collect();
        let Some(first) = tables.first() else {
            // A table with a fault of its own says so itself.
            if attempted.contains(&idx) {
                continue;
            }
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::ConclusionWithoutTable,
                &places[i],
                said!("no table gives `{}`", "geen tabel geeft `{}`", def.id),
                said!(
                    "write the table or remove the conclusion",
                    "schrijf de tabel of verwijder de conclusie"
                ),
            ));
            continue;
        };
        let rows =
            tables.iter().flat_map(|t| (0..guideline.tables[*t].rows.len()).map(move |r| (*t, r))).collect();
        guideline.by_idx[i] = Some(guideline.conclusions.len());
        guideline.conclusions.push(Conclusion {
            idx,
            policy: guideline.tables[*first].policy,
            tables,
            roots: Roots::default(),
            rows,
            support: Vec::new(),
        });
    }
}

/// The conclusions that a table reads.
pub(super) fn reads(table: &Table, visit: &mut impl FnMut(nw_facts::ConclusionIdx)) {
    let mut see = |cells: &Cells| {
        if let Subject::Conclusion(c) = cells.subject {
            visit(c);
        }
    };
    table.domain.tests(&mut see);
    for column in &table.columns {
        if let Subject::Conclusion(c) = column {
            visit(*c);
        }
    }
}

pub(super) fn sort_conclusions(guideline: &mut CompiledGuideline, diagnostics: &mut Vec<Diagnostic>) {
    let count = guideline.conclusions.len();
    let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    for (i, conclusion) in guideline.conclusions.iter().enumerate() {
        for table in &conclusion.tables {
            reads(&guideline.tables[*table], &mut |c| {
                if let Some(on) = guideline.by_idx[c.0 as usize] {
                    needs[i].insert(on);
                }
            });
        }
    }
    let mut order = Vec::new();
    let mut placed = vec![false; count];
    while order.len() < count {
        let ready: Vec<usize> =
            (0..count).filter(|i| !placed[*i] && needs[*i].iter().all(|n| placed[*n])).collect();
        if ready.is_empty() {
            for i in (0..count).filter(|i| !placed[*i]) {
                let conclusion = &guideline.conclusions[i];
                let table = &guideline.tables[conclusion.tables[0]];
                let id = &guideline.vocabulary.conclusion(conclusion.idx).id;
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::CircularTables,
                    &table.place,
                    said!(
                        "`{id}` needs itself through other tables",
                        "`{id}` heeft via andere tabellen zichzelf nodig"
                    ),
                    said!(
                        "break the circle: let one table read facts instead",
                        "doorbreek de kring: laat één tabel feiten lezen"
                    ),
                ));
            }
            break;
        }
        for i in ready {
            placed[i] = true;
            order.push(i);
        }
    }
    guideline.order = order;
}

/// What is assumed for a conclusion is assumed for every conclusion that reads it: an option that rests on the grade
/// rests on the grade by convention, too. Stated answers stay where they are.
pub(super) fn carry_conventions(guideline: &mut CompiledGuideline) {
    let count = guideline.conclusions.len();
    let mut below: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    for at in guideline.order.clone() {
        let mut all = BTreeSet::new();
        for table in &guideline.conclusions[at].tables {
            reads(&guideline.tables[*table], &mut |c| {
                if let Some(on) = guideline.by_idx[c.0 as usize] {
                    all.insert(on);
                    all.extend(below[on].iter().copied());
                }
            });
        }
        below[at] = all;
    }
    for convention in &mut guideline.conventions {
        if matches!(convention.effect, Effect::Answer(..)) {
            continue;
        }
        let by_idx = &guideline.by_idx;
        let named: BTreeSet<usize> =
            convention.applies_to.iter().filter_map(|c| by_idx[c.0 as usize]).collect();
        for (at, below) in below.iter().enumerate() {
            if !named.contains(&at) && !below.is_disjoint(&named) {
                convention.applies_to.push(guideline.conclusions[at].idx);
            }
        }
    }
}

/// Where a test holds, as a truth diagram over base facts.
pub(crate) fn test_diagram(guideline: &mut CompiledGuideline, cells: &Cells, mask: u64) -> NodeId {
    if cells.any {
        return TRUE;
    }
    match cells.subject {
        Subject::Fact(fact) => match guideline.space.var(fact) {
            Some(var) => guideline.store.literal(var, mask),
            None => FALSE,
        },
        Subject::Conclusion(conclusion) => {
            let Some(at) = guideline.by_idx[conclusion.0 as usize] else { return FALSE };
            let target = &guideline.conclusions[at];
            if target.policy == HitPolicy::Collect {
                let items: Vec<NodeId> = target
                    .roots
                    .items
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| mask >> i & 1 == 1)
                    .map(|(_, n)| *n)
                    .collect();
                return items.into_iter().fold(FALSE, |a, b| guideline.store.or(a, b));
            }
            let value = target.roots.value;
            guideline.store.select(value, mask)
        }
    }
}

/// Where a condition holds.
pub(crate) fn logic_diagram(guideline: &mut CompiledGuideline, logic: &Logic) -> NodeId {
    match logic {
        Logic::And(all) => all.iter().fold(TRUE, |acc, l| {
            let next = logic_diagram(guideline, l);
            guideline.store.and(acc, next)
        }),
        Logic::Or(all) => all.iter().fold(FALSE, |acc, l| {
            let next = logic_diagram(guideline, l);
            guideline.store.or(acc, next)
        }),
        Logic::Not(inner) => {
            let inner = logic_diagram(guideline, inner);
            guideline.store.not(inner)
        }
        Logic::Is(cells) => test_diagram(guideline, cells, cells.mask),
    }
}

/// Where every cell of a row holds.
pub(crate) fn row_diagram(guideline: &mut CompiledGuideline, cells: &[Cells]) -> NodeId {
    cells.iter().fold(TRUE, |acc, c| {
        let next = test_diagram(guideline, c, c.mask);
        guideline.store.and(acc, next)
    })
}

pub(super) fn build_conclusion(guideline: &mut CompiledGuideline, at: usize) {
    let conclusion = guideline.conclusions[at].clone();
    let not_applicable = NodeId::terminal(conclusion.not_applicable(&guideline.vocabulary));
    let outside = NodeId::terminal(conclusion.rows.len() as u16);
    let mut value = not_applicable;
    let mut row_value = outside;
    let values = guideline.vocabulary.conclusion(conclusion.idx).values.len();
    let mut items = vec![FALSE; values];
    let mut row_holds = vec![FALSE; conclusion.rows.len()];
    for table_at in conclusion.tables.iter().rev() {
        let table = guideline.tables[*table_at].clone();
        let domain = logic_diagram(guideline, &table.domain);
        let base = conclusion
            .rows
            .iter()
            .position(|(t, _)| t == table_at)
            .expect("every table of a conclusion has rows");
        let mut inside_value = GAP;
        let mut inside_row = GAP;
        for (r, row) in table.rows.iter().enumerate().rev() {
            let holds = row_diagram(guideline, &row.cells);
            if table.policy == HitPolicy::Collect {
                let holds = guideline.store.and(domain, holds);
                row_holds[base + r] = holds;
                if let Output::Value(v) = row.output {
                    items[v] = guideline.store.or(items[v], holds);
                }
                continue;
            }
            let says = match row.output {
                Output::Value(v) => NodeId::terminal(v as u16),
                Output::NotApplicable => not_applicable,
            };
            inside_value = guideline.store.choose(holds, says, inside_value);
            inside_row = guideline.store.choose(holds, NodeId::terminal((base + r) as u16), inside_row);
        }
        if table.policy != HitPolicy::Collect {
            value = guideline.store.choose(domain, inside_value, value);
            row_value = guideline.store.choose(domain, inside_row, row_value);
        }
    }
    let mut vars: BTreeSet<u16> = support(&guideline.store, value).into_iter().collect();
    if conclusion.policy == HitPolicy::Collect {
        vars = items.iter().flat_map(|n| support(&guideline.store, *n)).collect();
    }
    let target = &mut guideline.conclusions[at];
    target.roots = Roots { value, row: row_value, items, row_holds };
    target.support = vars.into_iter().collect();
}

pub(super) fn build_rules(guideline: &mut CompiledGuideline) {
    let mut valid = TRUE;
    for i in 0..guideline.rules.len() {
        let when = guideline.rules[i].when.clone();
        let when = logic_diagram(guideline, &when);
        let kept = guideline.store.not(when);
        guideline.rules[i].kept = kept;
        valid = guideline.store.and(valid, kept);
    }
    guideline.valid = valid;
    for i in 0..guideline.agreements.len() {
        let agreement = guideline.agreements[i].clone();
        let when = logic_diagram(guideline, &agreement.when);
        let free = guideline.store.not(when);
        let mut kept = free;
        let (Some(var), Some(at)) =
            (guideline.space.var(agreement.reported), guideline.by_idx[agreement.conclusion.0 as usize])
        else {
            continue;
        };
        let value = guideline.conclusions[at].roots.value;
        for (choice, mask) in agreement.agrees.iter().enumerate() {
            let mask = *mask;
            let reported = guideline.store.literal(var, 1 << choice);
            let same = guideline.store.select(value, mask);
            let both = guideline.store.and(reported, same);
            kept = guideline.store.or(kept, both);
        }
        guideline.agreements[i].kept = kept;
    }
    for i in 0..guideline.conventions.len() {
        let mut when = guideline.conventions[i].when.clone();
        fill_certain(guideline, &mut when);
        guideline.conventions[i].when = when;
    }
}

/// What the texts ask of a patient.
pub(super) fn build_texts(guideline: &mut CompiledGuideline) {
    for i in 0..guideline.leaflets.conditions.len() {
        let logic = guideline.leaflets.conditions[i].logic.clone();
        guideline.leaflets.conditions[i].node = logic_diagram(guideline, &logic);
    }
}

pub(super) fn fill_certain(guideline: &mut CompiledGuideline, epistemic: &mut Epistemic) {
    match epistemic {
        Epistemic::And(all) | Epistemic::Or(all) => all.iter_mut().for_each(|e| fill_certain(guideline, e)),
        Epistemic::Not(inner) => fill_certain(guideline, inner),
        Epistemic::Certain(logic, node) => {
            *node = logic_diagram(guideline, logic);
        }
        Epistemic::Missing(_) | Epistemic::Known(_) | Epistemic::NotDone(_) => {}
    }
}
