//! What compiling and proving found out before, so that after an edit only what the edit touches is done again.
//!
//! Chapters are kept by their text, what they say by text and by the names they may use, diagrams by the cells they are
//! drawn over, proofs by what they were about. A key that changed is work to do; nothing is ever taken as still true
//! because it stands in the same place.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use nw_diagram::Store;
use nw_facts::{ConclusionIdx, Text, said};
use rustc_hash::FxHasher;

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use crate::ir::{Cells, CompiledGuideline, Effect, Epistemic, Logic, Subject, Table};
use crate::resolve::Resolved;
use crate::space::Space;
use crate::syntax::chapter::Chapter;

/// Kept between two compilations of nearly the same texts; see [`compile_again`](crate::compile_again).
#[derive(Debug, Default)]
pub struct Recall {
    pub(crate) chapters: HashMap<String, Arc<Parsed>>,
    pub(crate) parts: HashMap<String, Arc<Part>>,
    pub(crate) drawn: Option<(Space, Store)>,
    pub(crate) proofs: HashSet<u64>,
}

/// A chapter with what its syntax made to say.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub text: u64,
    pub chapter: Chapter,
    pub findings: Vec<Diagnostic>,
}

/// What one chapter says, resolved, with what there was to say about it.
#[derive(Debug)]
pub(crate) struct Part {
    /// The text, and everything that its names were looked up in.
    pub of: (u64, u64),
    pub resolved: Resolved,
    pub findings: Vec<Diagnostic>,
    pub torn: BTreeSet<ConclusionIdx>,
    pub torn_rules: bool,
}

/// Nodes a store may hold before it is drawn anew: edits leave nodes behind.
const CROWDED: usize = 1_000_000;

impl Recall {
    /// The diagrams of last time, when the facts are still cut into the same cells.
    pub(crate) fn store(&mut self, space: &Space) -> Option<Store> {
        let (known, store) = self.drawn.take()?;
        (known == *space && nw_diagram::Diagrams::size(&store) < CROWDED && !store.overflowed())
            .then_some(store)
    }
}

/// A number for something that is compared again and again.
pub(crate) fn mark(of: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = FxHasher::default();
    of.hash(&mut hasher);
    hasher.finish()
}

/// What each conclusion says, as a number that changes when its tables change or those that it reads.
///
/// Texts, sources and places do not count: they change no outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// One for each conclusion.
    pub conclusions: Vec<u64>,
    /// Facts, integrity rules, reported values and derivations: what every conclusion rests on.
    pub ground: u64,
    /// All conventions.
    pub practice: u64,
}

impl Marks {
    /// Works out the marks; `names` stands for facts and everything else that is looked up by name.
    pub(crate) fn of(guideline: &CompiledGuideline, names: u64) -> Marks {
        let mut marks = Marks { conclusions: vec![0; guideline.conclusions.len()], ground: 0, practice: 0 };
        for at in &guideline.order {
            let conclusion = &guideline.conclusions[*at];
            let mut hasher = FxHasher::default();
            (names, conclusion.idx, conclusion.policy).hash(&mut hasher);
            for table in &conclusion.tables {
                marks.table(guideline, &guideline.tables[*table]).hash(&mut hasher);
            }
            marks.conclusions[*at] = hasher.finish();
        }
        let mut hasher = FxHasher::default();
        names.hash(&mut hasher);
        for rule in &guideline.rules {
            (&rule.id, &rule.guard, marks.logic(guideline, &rule.when)).hash(&mut hasher);
        }
        for agreement in &guideline.agreements {
            (&agreement.id, &agreement.guard, agreement.reported, &agreement.agrees).hash(&mut hasher);
            marks.read(guideline, agreement.conclusion).hash(&mut hasher);
            marks.logic(guideline, &agreement.when).hash(&mut hasher);
        }
        for derivation in &guideline.derivations {
            (derivation.target, &derivation.formula).hash(&mut hasher);
            derivation.when.as_ref().map(|when| marks.logic(guideline, when)).hash(&mut hasher);
        }
        marks.ground = hasher.finish();
        let mut hasher = FxHasher::default();
        for convention in &guideline.conventions {
            (&convention.id, &convention.applies_to).hash(&mut hasher);
            marks.epistemic(guideline, &convention.when, &mut hasher);
            match &convention.effect {
                Effect::Assume(assumptions) => assumptions.hash(&mut hasher),
                Effect::Answer(conclusion, value) => (conclusion, value).hash(&mut hasher),
            }
        }
        marks.practice = hasher.finish();
        marks
    }

    fn read(&self, guideline: &CompiledGuideline, conclusion: ConclusionIdx) -> u64 {
        guideline.conclusion_at(conclusion).map_or(0, |at| self.conclusions[at])
    }

    fn cells(&self, guideline: &CompiledGuideline, cells: &Cells, hasher: &mut FxHasher) {
        (cells.subject, &cells.wanted).hash(hasher);
        if let Subject::Conclusion(conclusion) = cells.subject {
            self.read(guideline, conclusion).hash(hasher);
        }
    }

    /// What a condition asks.
    pub(crate) fn logic(&self, guideline: &CompiledGuideline, logic: &Logic) -> u64 {
        let mut hasher = FxHasher::default();
        self.each_logic(guideline, logic, &mut hasher);
        hasher.finish()
    }

    fn each_logic(&self, guideline: &CompiledGuideline, logic: &Logic, hasher: &mut FxHasher) {
        std::mem::discriminant(logic).hash(hasher);
        match logic {
            Logic::And(all) | Logic::Or(all) => {
                all.len().hash(hasher);
                all.iter().for_each(|l| self.each_logic(guideline, l, hasher));
            }
            Logic::Not(inner) => self.each_logic(guideline, inner, hasher),
            Logic::Is(cells) => self.cells(guideline, cells, hasher),
        }
    }

    fn epistemic(&self, guideline: &CompiledGuideline, when: &Epistemic, hasher: &mut FxHasher) {
        std::mem::discriminant(when).hash(hasher);
        match when {
            Epistemic::And(all) | Epistemic::Or(all) => {
                all.len().hash(hasher);
                all.iter().for_each(|e| self.epistemic(guideline, e, hasher));
            }
            Epistemic::Not(inner) => self.epistemic(guideline, inner, hasher),
            Epistemic::Missing(subject) | Epistemic::Known(subject) => {
                subject.hash(hasher);
                if let Subject::Conclusion(conclusion) = subject {
                    self.read(guideline, *conclusion).hash(hasher);
                }
            }
            Epistemic::NotDone(fact) => fact.hash(hasher),
            Epistemic::Certain(logic, _) => self.each_logic(guideline, logic, hasher),
        }
    }

    /// What a table says, and what it reads.
    pub(crate) fn table(&self, guideline: &CompiledGuideline, table: &Table) -> u64 {
        let mut hasher = FxHasher::default();
        (&table.id, table.conclusion, table.policy, &table.columns).hash(&mut hasher);
        self.each_logic(guideline, &table.domain, &mut hasher);
        for row in &table.rows {
            (&row.id, row.output).hash(&mut hasher);
            row.cells.iter().for_each(|cells| self.cells(guideline, cells, &mut hasher));
        }
        hasher.finish()
    }
}

/// What all chapters say together; names that two chapters give to different things are findings.
pub(crate) fn merged(parts: &[Arc<Part>], diagnostics: &mut Vec<Diagnostic>) -> Resolved {
    let mut all = Resolved::default();
    let mut taken: HashSet<(&str, &str)> = HashSet::new();
    for part in parts {
        let mut free = |kind: &'static str, id: &'_ str, place: &Place, message: Text, help: Text| -> bool {
            // The id lives as long as the parts do; only its text is compared.
            let known = taken.contains(&(kind, id));
            if known {
                diagnostics.push(Diagnostic::new(DiagnosticCode::DuplicateId, place, message, help));
            }
            !known
        };
        let said = &part.resolved;
        for table in &said.tables {
            let message = said!("two tables are called `{}`", "twee tabellen heten `{}`", table.id);
            if free(
                "Table",
                &table.id,
                &table.place,
                message,
                said!("give this part another name after ` / `", "geef dit deel een andere naam na ` / `"),
            ) {
                all.tables.push(table.clone());
            }
        }
        macro_rules! blocks {
            ($($kind:literal $list:ident),*) => {$(
                for block in &said.$list {
                    let message = said!("`{}` is used twice", "`{}` is twee keer gebruikt", block.id);
                    if free($kind, &block.id, &block.place, message, said!("give one of them another id", "geef een van beide een andere naam")) {
                        all.$list.push(block.clone());
                    }
                }
            )*};
        }
        blocks!(
            "Never" rules, "Agree" agreements, "Convention" conventions, "Property" properties,
            "Departure" departures, "Derive" derivations, "Due" dues
        );
        all.cases.extend(said.cases.iter().cloned());
        taken.extend(said.tables.iter().map(|t| ("Table", t.id.as_str())));
        taken.extend(said.rules.iter().map(|b| ("Never", b.id.as_str())));
        taken.extend(said.agreements.iter().map(|b| ("Agree", b.id.as_str())));
        taken.extend(said.conventions.iter().map(|b| ("Convention", b.id.as_str())));
        taken.extend(said.properties.iter().map(|b| ("Property", b.id.as_str())));
        taken.extend(said.departures.iter().map(|b| ("Departure", b.id.as_str())));
        taken.extend(said.derivations.iter().map(|b| ("Derive", b.id.as_str())));
        taken.extend(said.dues.iter().map(|b| ("Due", b.id.as_str())));
    }
    all
}
