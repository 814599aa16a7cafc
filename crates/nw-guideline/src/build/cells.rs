//! Facts cut into cells, and the order of facts in the diagrams.

use super::*;

pub(super) fn every_test(
    resolved: &mut Resolved,
    leaflets: &mut Leaflets,
    visit: &mut impl FnMut(&mut Cells),
) {
    leaflets.conditions.iter_mut().for_each(|c| c.logic.tests_mut(visit));
    for table in &mut resolved.tables {
        table.domain.tests_mut(visit);
        table.rows.iter_mut().flat_map(|r| &mut r.cells).for_each(&mut *visit);
    }
    resolved.rules.iter_mut().for_each(|r| r.when.tests_mut(visit));
    resolved.agreements.iter_mut().for_each(|a| a.when.tests_mut(visit));
    for property in &mut resolved.properties {
        if let PropertyTest::Never(logic) = &mut property.test {
            logic.tests_mut(visit);
        }
    }
    resolved.derivations.iter_mut().filter_map(|d| d.when.as_mut()).for_each(|w| w.tests_mut(visit));
    fn epistemic(e: &mut Epistemic, visit: &mut impl FnMut(&mut Cells)) {
        match e {
            Epistemic::And(all) | Epistemic::Or(all) => all.iter_mut().for_each(|e| epistemic(e, visit)),
            Epistemic::Not(inner) => epistemic(inner, visit),
            Epistemic::Certain(logic, _) => logic.tests_mut(visit),
            Epistemic::Missing(_) | Epistemic::Known(_) | Epistemic::NotDone(_) => {}
        }
    }
    resolved.conventions.iter_mut().for_each(|c| epistemic(&mut c.when, visit));
}

pub(super) fn cut_space(
    vocabulary: &Vocabulary,
    resolved: &mut Resolved,
    leaflets: &mut Leaflets,
    places: &[Place],
    diagnostics: &mut Vec<Diagnostic>,
) -> Space {
    let mut used: BTreeSet<FactIdx> = resolved.agreements.iter().map(|a| a.reported).collect();
    // What keeps a fact from being presumed decides what is possible, whether or not a table asks for it.
    used.extend(vocabulary.lifts().iter().map(|(_, by, _)| *by));
    let mut cuts: Vec<Cuts> = vec![Cuts::new(); vocabulary.facts().len()];
    every_test(resolved, leaflets, &mut |cells| {
        if let Subject::Fact(fact) = cells.subject {
            used.insert(fact);
            if let Wanted::Numbers { ranges, .. } = &cells.wanted {
                for range in ranges {
                    cut(&mut cuts[fact.0 as usize], vocabulary.fact(fact), range);
                }
            }
        }
    });
    for convention in &resolved.conventions {
        if let Effect::Assume(assumptions) = &convention.effect {
            for assumption in assumptions.iter().filter(|a| used.contains(&a.fact)) {
                for range in &assumption.ranges {
                    cut(&mut cuts[assumption.fact.0 as usize], vocabulary.fact(assumption.fact), range);
                }
            }
        }
    }
    report_unused(vocabulary, resolved, &used, places, diagnostics);
    for fact in &used {
        let cuts = &mut cuts[fact.0 as usize];
        if is_cut(vocabulary, *fact) && cuts.len() > 60 {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::TooManyCells,
                &places[fact.0 as usize],
                said!(
                    "`{}` is cut at {} points",
                    "`{}` is op {} punten doorgesneden",
                    vocabulary.fact(*fact).id,
                    cuts.len()
                ),
                said!(
                    "at most 60 thresholds fit; check for thresholds that differ by a slip",
                    "er passen ten hoogste 60 grenzen; kijk of grenzen bij vergissing verschillen"
                ),
            ));
            *cuts = cuts.iter().take(60).copied().collect();
        }
    }
    let used = diagram_order(vocabulary, resolved, &used);
    let space = Space::build(vocabulary, &used, &cuts);
    every_test(resolved, leaflets, &mut |cells| cells.mask = mask(&space, vocabulary, cells));
    space
}

/// The order of facts in the diagrams: first use, depth first through the tables that each conclusion reads.
///
/// Facts that are used together then stand together, which is what keeps diagrams small; the order of the vocabulary
/// interleaved the facts of different syndromes.
pub(super) fn diagram_order(
    vocabulary: &Vocabulary,
    resolved: &Resolved,
    used: &BTreeSet<FactIdx>,
) -> Vec<FactIdx> {
    struct Search<'a> {
        resolved: &'a Resolved,
        seen: BTreeSet<nw_facts::ConclusionIdx>,
        order: Vec<FactIdx>,
    }
    impl Search<'_> {
        fn subject(&mut self, subject: Subject) {
            match subject {
                Subject::Fact(fact) => {
                    if !self.order.contains(&fact) {
                        self.order.push(fact);
                    }
                }
                Subject::Conclusion(conclusion) => self.conclusion(conclusion),
            }
        }

        fn conclusion(&mut self, conclusion: nw_facts::ConclusionIdx) {
            if !self.seen.insert(conclusion) {
                return;
            }
            let resolved = self.resolved;
            for table in resolved.tables.iter().filter(|t| t.conclusion == conclusion) {
                table.domain.tests(&mut |cells| self.subject(cells.subject));
                table.columns.iter().for_each(|column| self.subject(*column));
            }
        }
    }
    let mut search = Search { resolved, seen: BTreeSet::new(), order: Vec::new() };
    for conclusion in 0..vocabulary.conclusions().len() {
        search.conclusion(nw_facts::ConclusionIdx(conclusion as u16));
    }
    let mut order: Vec<FactIdx> = search.order.into_iter().filter(|f| used.contains(f)).collect();
    order.extend(used.iter().filter(|f| !order.contains(f)).copied().collect::<Vec<_>>());
    order
}

pub(super) fn mask(space: &Space, vocabulary: &Vocabulary, cells: &Cells) -> u64 {
    match (cells.subject, &cells.wanted) {
        (Subject::Fact(fact), wanted) => {
            let Some(var) = space.var(fact) else { return 0 };
            let domain = space.domain(var);
            let holds = |cell: &Cell| match (wanted, cell) {
                (Wanted::Any, _) => true,
                (Wanted::Numbers { ranges, .. }, Cell::Numbers(cell)) => {
                    ranges.iter().any(|r| !r.intersect(cell).is_empty())
                }
                (Wanted::Numbers { not_done, .. }, Cell::NotDone) => *not_done,
                (Wanted::Values { mask, .. }, Cell::Choice(choice)) => mask >> choice & 1 == 1,
                (Wanted::Values { mask, .. }, Cell::NotDone) => {
                    mask >> vocabulary.fact(fact).choices.len() & 1 == 1
                }
                _ => false,
            };
            domain.cells.iter().enumerate().filter(|(_, c)| holds(c)).fold(0, |m, (i, _)| m | 1 << i)
        }
        (Subject::Conclusion(conclusion), Wanted::Values { mask, .. }) => {
            let _ = conclusion;
            *mask
        }
        (Subject::Conclusion(conclusion), _) => {
            (1 << (vocabulary.conclusion(conclusion).values.len() + 1)) - 1
        }
    }
}

pub(super) fn report_unused(
    vocabulary: &Vocabulary,
    resolved: &Resolved,
    used: &BTreeSet<FactIdx>,
    places: &[Place],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut needed = used.clone();
    for derivation in &resolved.derivations {
        needed.insert(derivation.target);
        derivation.formula.facts(&mut |f| {
            needed.insert(f);
        });
    }
    for formula in resolved.dues.iter().flat_map(|d| &d.after) {
        formula.facts(&mut |f| {
            needed.insert(f);
        });
    }
    for (i, fact) in vocabulary.facts().iter().enumerate() {
        let read_into = vocabulary
            .facts()
            .iter()
            .flat_map(|f| &f.readings)
            .flat_map(|r| &r.gives)
            .any(|(to, _)| *to == fact.id);
        if !needed.contains(&FactIdx(i as u16)) && !read_into && fact.readings.is_empty() {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnusedFact,
                &places[i],
                said!("nothing uses the fact `{}`", "niets gebruikt het feit `{}`", fact.id),
                said!("use it in a table or remove it", "gebruik het in een tabel of verwijder het"),
            ));
        }
    }
}
