//! Why: the rows that decide, down to facts and sources, the minimal facts that force it, and the smallest change.

use nw_diagram::{Forced, NONE, change_costs};
use nw_facts::{ConclusionIdx, FactIdx};
use nw_guideline::{CompiledGuideline, Subject};

use crate::conclude::{Detail, Drawn, Options, Outcome};
use crate::ground::{Ground, told};
use crate::knowledge::Recorded;
use crate::worlds::{Fast, Worlds};

/// One test of a row, with what answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTest {
    /// The column.
    pub subject: Subject,
    /// The column's position in the table.
    pub column: usize,
}

/// One row that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The table, by position.
    pub table: usize,
    /// The row, by position.
    pub row: usize,
    /// Its tests that ask something.
    pub tests: Vec<StepTest>,
}

/// The reason tree, flattened: the deciding rows first, then the rows of the conclusions they read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// Rows, outermost first.
    pub steps: Vec<Step>,
    /// No table covers the patient.
    pub outside: bool,
}

/// The fewest facts that would have to be otherwise for another outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The other value (its number of values stands for "not applicable").
    pub value: usize,
    /// Facts to change, with an example value as written in a case file.
    pub facts: Vec<(FactIdx, String)>,
}

pub(crate) fn reasons(
    guideline: &CompiledGuideline,
    ground: &Ground,
    options: &Options,
    drawn: &mut [Drawn],
    worlds: &mut Fast<'_>,
) {
    let full = options.detail == Detail::Full;
    let links = if full { links(guideline, &ground.agreements) } else { Vec::new() };
    let given = if full { given(guideline, ground) } else { Vec::new() };
    for drawn in drawn.iter_mut() {
        let at = drawn.at;
        if matches!(drawn.outcome, Outcome::Conflict(_) | Outcome::Undetermined(_)) {
            continue;
        }
        let mut reason = Reason::default();
        trace(guideline, ground, at, worlds, &mut reason, &mut Vec::new());
        drawn.confirmed = !reason.steps.is_empty()
            && reason.steps.iter().all(|s| guideline.tables[s.table].rows[s.row].confirmed().is_some());
        drawn.reason = Some(reason);
        // A step on the way needs no minimal reason of its own; the conclusion it leads to has one.
        let shown = !guideline.vocabulary.conclusion(drawn.conclusion).hidden;
        if full && shown {
            drawn.sufficient = sufficient(guideline, ground, at, &drawn.outcome, (&given, &links), worlds);
        }
    }
}

fn trace(
    guideline: &CompiledGuideline,
    ground: &Ground,
    at: usize,
    worlds: &mut Fast<'_>,
    reason: &mut Reason,
    done: &mut Vec<ConclusionIdx>,
) {
    let conclusion = &guideline.conclusions[at];
    if done.contains(&conclusion.idx) {
        return;
    }
    let top = done.is_empty();
    done.push(conclusion.idx);
    let masks = &ground.knowledge.masks;
    let deciding = worlds.rows(at, masks, &ground.agreements);
    let mut read: Vec<ConclusionIdx> = Vec::new();
    for row_at in deciding.iter() {
        let Some((table_at, row)) = conclusion.rows.get(usize::from(*row_at)).copied() else {
            reason.outside |= top;
            continue;
        };
        let table = &guideline.tables[table_at];
        let tests: Vec<StepTest> = table.rows[row]
            .cells
            .iter()
            .enumerate()
            .filter(|(_, c)| !c.any)
            .map(|(column, c)| StepTest { subject: c.subject, column })
            .collect();
        for test in &tests {
            if let Subject::Conclusion(c) = test.subject {
                read.push(c);
            }
        }
        table.domain.tests(&mut |cells| {
            if let Subject::Conclusion(c) = cells.subject {
                read.push(c);
            }
        });
        reason.steps.push(Step { table: table_at, row, tests });
    }
    if reason.outside && top {
        // Nobody covers the patient: the domains that exclude them are the reason.
        for table in &conclusion.tables {
            guideline.tables[*table].domain.tests(&mut |cells| {
                if let Subject::Conclusion(c) = cells.subject {
                    read.push(c);
                }
            });
        }
    }
    for idx in read {
        if let Some(inner) = guideline.conclusion_at(idx) {
            trace(guideline, ground, inner, worlds, reason, done);
        }
    }
}

/// Drops given facts one by one while the outcome stays forced.
fn sufficient(
    guideline: &CompiledGuideline,
    ground: &Ground,
    at: usize,
    outcome: &Outcome,
    (given, links): (&[u16], &[u16]),
    worlds: &mut Fast<'_>,
) -> Vec<FactIdx> {
    let space = &guideline.space;
    let wanted = match outcome {
        Outcome::Concluded(value) => *value as u16,
        Outcome::NotApplicable => guideline.conclusions[at].not_applicable(&guideline.vocabulary),
        _ => return Vec::new(),
    };
    let mut masks = ground.knowledge.masks.clone();
    let mut kept = Vec::new();
    let mut agreements = ground.agreements.clone();
    let conclusion = &guideline.conclusions[at];
    let linked = |var: u16| links.contains(&var) || conclusion.support.contains(&var);
    // Mostly tables and rules alone force the outcome; then what others reported need not be looked at.
    let (store, root, valid) = (&guideline.store, conclusion.roots.value, guideline.valid);
    let mut forced = Forced::new(space.len(), wanted);
    let mut alone = forced.holds(store, root, valid, &masks);
    for var in given.iter().copied() {
        let before = std::mem::replace(&mut masks[var as usize], space.full(var));
        let fewer: Vec<usize> = if agreements.is_empty() {
            // With nothing reported, tables and rules are all there is.
            if alone && !forced.holds_without(&[var], store, root, valid, &masks) {
                masks[var as usize] = before;
                kept.push(space.domain(var).fact);
            }
            continue;
        } else {
            let other = |a: &usize| guideline.agreements[*a].reported != space.domain(var).fact;
            agreements.iter().copied().filter(other).collect()
        };
        let still_alone = alone && forced.holds_without(&[var], store, root, valid, &masks);
        if still_alone || !linked(var) || worlds.outcomes(at, &masks, &fewer) == 1 << wanted {
            agreements = fewer;
            alone = still_alone;
        } else {
            masks[var as usize] = before;
            kept.push(space.domain(var).fact);
        }
    }
    kept.sort_unstable();
    kept
}

/// The narrowed variables in the order in which they are to be dropped: presumed facts and reports go first, since what
/// was observed is the better reason.
fn given(guideline: &CompiledGuideline, ground: &Ground) -> Vec<u16> {
    let (space, masks) = (&guideline.space, &ground.knowledge.masks);
    let mut given: Vec<u16> =
        (0..space.len() as u16).filter(|v| masks[*v as usize] != space.full(*v)).collect();
    given.sort_by_cached_key(|v| {
        let fact = space.domain(*v).fact;
        let reported = guideline.agreements.iter().any(|a| a.reported == fact);
        let presumed = ground.knowledge.recorded[fact.0 as usize] == Recorded::Presumed;
        (!reported, !presumed, std::cmp::Reverse(*v))
    });
    given
}

/// Variables through which what others reported can matter to a conclusion that does not read them.
fn links(guideline: &CompiledGuideline, agreements: &[usize]) -> Vec<u16> {
    if agreements.is_empty() {
        return Vec::new();
    }
    let mut vars = nw_diagram::support(&guideline.store, guideline.valid);
    for agreement in agreements {
        vars.extend(nw_diagram::support(&guideline.store, guideline.agreements[*agreement].kept));
    }
    vars
}

impl crate::Engine<'_> {
    /// The smallest changes of given facts that would make another outcome possible, fewest facts first.
    ///
    /// Works on decided conclusions; at most three facts are changed.
    pub fn changes(&mut self, facts: &nw_facts::FactSet, idx: ConclusionIdx) -> Vec<Change> {
        let guideline = self.guideline();
        let Some(at) = guideline.conclusion_at(idx) else { return Vec::new() };
        let mut worlds = Fast::new(guideline);
        let ground = crate::ground::ground(
            self.blank(),
            facts,
            &mut told(|masks, kept| worlds.any_in_passing(masks, kept)),
        );
        let space = &guideline.space;
        let full: Vec<u64> = (0..space.len() as u16).map(|v| space.full(v)).collect();
        let now = worlds.outcomes(at, &ground.knowledge.masks, &ground.agreements);
        let (mut overlay, condition) = crate::worlds::condition(guideline, &full, &ground.agreements);
        let root = overlay.under(guideline.conclusions[at].roots.value, condition, &full);
        if root == NONE {
            return Vec::new();
        }
        change_costs(&overlay, root, &ground.knowledge.masks, &full, 3)
            .into_iter()
            .filter(|(value, cost, _)| *cost > 0 && now >> value & 1 == 0)
            .map(|(value, _, path)| Change {
                value: usize::from(value),
                facts: path
                    .into_iter()
                    .map(|(var, cell)| {
                        (space.domain(var).fact, space.example(&guideline.vocabulary, var, cell))
                    })
                    .collect(),
            })
            .collect()
    }
}
