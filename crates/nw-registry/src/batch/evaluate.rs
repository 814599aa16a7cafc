//! From a unit of rows to numbered verdicts: rows that no table can tell apart are answered once.

use std::sync::{Arc, Mutex, PoisonError};

use nw_engine::{Detail, Engine, Options};
use nw_facts::{Evidence, FactSet, Observation, Text};
use rustc_hash::FxHashMap;

use super::Reject;
use super::classes::{BAD, NOTHING};
use super::kinds::{Kinds, Seen};
use super::plan::{Group, Part, Plan};
use super::verdict::{Verdicts, verdict};
use crate::table::{NULL, Unit, texts};

/// The numbers of the verdicts of one group, one for each of its conclusions.
pub(crate) type Answer = Arc<[u32]>;

/// Answers that are remembered for one group; then it begins anew, so that memory stays flat.
const REMEMBERED: usize = 400_000;

/// What all threads know.
pub(crate) struct Shared {
    /// For each group the answer to each key.
    answers: Vec<Mutex<FxHashMap<Box<[u32]>, Answer>>>,
    pub verdicts: Verdicts,
    states: Vec<Mutex<States>>,
    pub seen: Mutex<Seen>,
}

/// What groups of derivations make of rows, numbered.
#[derive(Default)]
struct States {
    known: FxHashMap<Box<[u32]>, Arc<[u32]>>,
    numbers: Vec<FxHashMap<String, u32>>,
}

impl Shared {
    pub(crate) fn new(plan: &Plan<'_>) -> Shared {
        let states = plan.derived.iter().map(|(derived, _)| {
            let mut numbers = vec![FxHashMap::default(); derived.targets.len() + 1];
            // No contradiction has the number zero.
            numbers.last_mut().map(|clash| clash.insert(String::new(), 0));
            Mutex::new(States { known: FxHashMap::default(), numbers })
        });
        Shared {
            answers: plan.groups.iter().map(|_| Mutex::default()).collect(),
            verdicts: Verdicts::new(plan.drawn.len()),
            states: states.collect(),
            seen: Mutex::default(),
        }
    }
}

/// What came out for a unit.
pub(crate) struct Answered {
    /// Rows that were answered, by position in the unit.
    pub kept: Vec<u32>,
    /// Rows that were not.
    pub rejects: Vec<Reject>,
    /// For each group of conclusions the different answers, and for each kept row which one.
    pub groups: Vec<(Vec<Answer>, Vec<u32>)>,
}

/// One thread's means.
pub(crate) struct Worker<'p, 'g> {
    pub(crate) plan: &'p Plan<'g>,
    pub(crate) shared: &'p Shared,
    pub(crate) engine: Engine<'g>,
    /// For each group the settings that ask for its conclusions.
    options: Vec<Options>,
    /// What this thread knows of the answers, without asking the others.
    own: Vec<FxHashMap<Box<[u32]>, Answer>>,
    /// How often the engine was asked.
    pub asked: u64,
}

impl<'p, 'g> Worker<'p, 'g> {
    pub(crate) fn new(plan: &'p Plan<'g>, shared: &'p Shared, options: &Options) -> Worker<'p, 'g> {
        let options = plan.groups.iter().map(|group| Options {
            detail: Detail::Reasons,
            only: Some(group.conclusions.iter().map(|c| plan.drawn[*c]).collect()),
            ..options.clone()
        });
        Worker {
            plan,
            shared,
            engine: Engine::new(plan.guideline),
            options: options.collect(),
            own: plan.groups.iter().map(|_| FxHashMap::default()).collect(),
            asked: 0,
        }
    }

    /// Answers every row of a unit; `columns` are the unit's arrays for the columns of the plan.
    ///
    /// # Errors
    /// A column of a kind that holds no values.
    pub(crate) fn answer(&mut self, unit: &Unit, columns: &[usize]) -> Result<Answered, String> {
        let plan = self.plan;
        let mut bad = vec![false; unit.rows];
        let mut rejects = Vec::new();
        for broken in &unit.broken {
            bad[broken.row] = true;
            rejects.push(Reject {
                row: unit.first + broken.row as u64 + 1,
                column: String::new(),
                text: broken.text.clone(),
                message: Text::new("the line is no row of the table", "de regel is geen rij van de tabel"),
                expected: broken.expected.clone(),
            });
        }
        // A class for each text of each column, and from there for each row.
        let mut of_rows: Vec<(Vec<u32>, Vec<(u32, u32)>)> = Vec::with_capacity(plan.columns.len());
        for (classes, at) in plan.columns.iter().zip(columns) {
            let codes =
                texts(&unit.columns[*at]).map_err(|why| format!("`{}`: {why}", classes.column().name))?;
            let found = classes.of(&codes.texts);
            if found.iter().any(|(coarse, _)| *coarse == BAD) {
                for (row, code) in codes.codes.iter().enumerate() {
                    if *code != NULL
                        && found[*code as usize].0 == BAD
                        && unit.broken.iter().all(|b| b.row != row)
                    {
                        bad[row] = true;
                        let text = &codes.texts[*code as usize];
                        let why = classes.why(text);
                        rejects.push(Reject {
                            row: unit.first + row as u64 + 1,
                            column: classes.column().name.clone(),
                            text: text.clone(),
                            message: why.as_ref().map(|w| w.message.clone()).unwrap_or_default(),
                            expected: why.map(|w| w.expected).unwrap_or_default(),
                        });
                    }
                }
            }
            of_rows.push((codes.codes, found));
        }
        rejects.sort_by_key(|r| r.row);
        let kept: Vec<u32> = (0..unit.rows as u32).filter(|row| !bad[*row as usize]).collect();
        let by_row = |(codes, found): &(Vec<u32>, Vec<(u32, u32)>), exact: bool| -> Vec<u32> {
            let class = |row: &u32| match codes[*row as usize] {
                NULL => NOTHING,
                code if exact => found[code as usize].1,
                code => found[code as usize].0,
            };
            kept.iter().map(class).collect()
        };
        let coarse: Vec<Vec<u32>> = of_rows.iter().map(|c| by_row(c, false)).collect();
        let exact: Vec<Vec<u32>> = of_rows.iter().map(|c| by_row(c, true)).collect();
        let states = self.states(&exact, kept.len());
        let rows = Rows { coarse: &coarse, exact: &exact, states: &states, count: kept.len() };
        let groups = self.groups(&rows);
        Ok(Answered { kept, rejects, groups })
    }

    /// What each group of derivations makes of each row: for each group, columns of numbers; the last is the clash.
    fn states(&mut self, exact: &[Vec<u32>], rows: usize) -> Vec<Vec<Vec<u32>>> {
        let mut all = Vec::with_capacity(self.plan.derived.len());
        for group in 0..self.plan.derived.len() {
            let (derived, columns) = &self.plan.derived[group];
            let width = derived.targets.len() + 1;
            let ids = refined(columns.iter().map(|c| exact[*c].as_slice()), rows);
            let mut of_id: Vec<Option<Arc<[u32]>>> = vec![None; ids.count];
            let mut list = vec![Vec::with_capacity(rows); width];
            for (row, id) in ids.of_row.iter().enumerate() {
                let state = match &of_id[*id as usize] {
                    Some(state) => Arc::clone(state),
                    None => {
                        let key: Box<[u32]> = columns.iter().map(|c| exact[*c][row]).collect();
                        let state = self.state(group, key);
                        of_id[*id as usize] = Some(Arc::clone(&state));
                        state
                    }
                };
                list.iter_mut().zip(state.iter()).for_each(|(column, number)| column.push(*number));
            }
            all.push(list);
        }
        all
    }

    fn state(&self, group: usize, key: Box<[u32]>) -> Arc<[u32]> {
        let (derived, columns) = &self.plan.derived[group];
        {
            let states = self.shared.states[group].lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(state) = states.known.get(&key) {
                return Arc::clone(state);
            }
        }
        let facts = self.facts(columns.iter().zip(key.iter()).map(|(c, class)| (*c, *class)));
        let knowledge = self.engine.blank().know(&facts, &[], &[]);
        let space = &self.plan.guideline.space;
        let mut texts: Vec<String> = derived
            .targets
            .iter()
            .map(|target| {
                let mask = space.var(*target).map(|var| knowledge.masks[usize::from(var)]);
                format!("{mask:?} {:?}", knowledge.recorded[usize::from(target.0)])
            })
            .collect();
        let clash = knowledge.contradictions.iter().map(|c| format!("{:?}", c.facts));
        texts.push(clash.collect::<Vec<_>>().join(" "));
        let mut states = self.shared.states[group].lock().unwrap_or_else(PoisonError::into_inner);
        let states = &mut *states;
        let numbers = states.numbers.iter_mut().zip(texts).map(|(numbers, text)| {
            let next = numbers.len() as u32;
            *numbers.entry(text).or_insert(next)
        });
        let state: Arc<[u32]> = numbers.collect();
        if states.known.len() >= REMEMBERED {
            states.known.clear();
        }
        states.known.insert(key, Arc::clone(&state));
        state
    }

    pub(crate) fn facts(&self, classes: impl Iterator<Item = (usize, u32)>) -> FactSet {
        let plan = self.plan;
        let mut facts = FactSet::new();
        for (column, exact) in classes {
            let own = plan.columns[column].column().fact;
            for (fact, evidence) in plan.columns[column].said(exact) {
                facts.add(
                    observation(fact, evidence, own).dated_by_itself(plan.guideline.vocabulary.fact(fact)),
                );
            }
        }
        facts.on(plan.as_of).seen(nw_facts::Seen { as_of: plan.as_of, known_by: None })
    }

    fn groups(&mut self, rows: &Rows<'_>) -> Vec<(Vec<Answer>, Vec<u32>)> {
        let plan = self.plan;
        if rows.count == 0 {
            return plan.groups.iter().map(|_| (Vec::new(), Vec::new())).collect();
        }
        let kinds = self.kinds(rows);
        (0..plan.groups.len()).map(|at| self.group(at, rows, &kinds)).collect()
    }

    /// The different answers of one group, and for each row which one.
    fn group(&mut self, at: usize, rows: &Rows<'_>, kinds: &Kinds) -> (Vec<Answer>, Vec<u32>) {
        let group = &self.plan.groups[at];
        let closures = self.closures(group, kinds);
        let of_kind: Vec<u32> = kinds.of_row.iter().map(|kind| closures[*kind as usize].0).collect();
        let mut ids = Refined::all(rows.count).by(&numbered(&of_kind));
        let mut keys: Vec<Vec<u32>> = vec![of_kind];
        for (i, part) in group.parts.iter().enumerate() {
            let matters: Vec<bool> = closures.iter().map(|(_, parts)| parts[i]).collect();
            if matters.iter().all(|m| !m) {
                continue;
            }
            let classes = rows.part(*part);
            let seen: Vec<u32> = if matters.iter().all(|m| *m) {
                classes.to_vec()
            } else {
                let of = kinds.of_row.iter().zip(classes);
                of.map(|(kind, class)| if matters[*kind as usize] { class + 1 } else { 0 }).collect()
            };
            ids = ids.by(&seen);
            // In keys, what does not matter has a number of its own however many rows of the unit it matters to.
            let of = kinds.of_row.iter().zip(classes);
            keys.push(of.map(|(kind, class)| if matters[*kind as usize] { class + 1 } else { 0 }).collect());
        }
        let places: Vec<usize> =
            (0..group.parts.len()).filter(|i| closures.iter().any(|(_, p)| p[*i])).collect();
        let answers: Vec<Answer> = ids
            .first
            .iter()
            .map(|row| {
                let row = *row as usize;
                let mut key = vec![0; group.parts.len() + 1].into_boxed_slice();
                key[0] = keys[0][row];
                places.iter().zip(&keys[1..]).for_each(|(place, column)| key[place + 1] = column[row]);
                self.of_key(at, key, rows, row)
            })
            .collect();
        // Different keys often have the same answer.
        let mut numbers: FxHashMap<&[u32], u32> = FxHashMap::default();
        let mut different: Vec<Answer> = Vec::new();
        let renamed: Vec<u32> = answers
            .iter()
            .map(|answer| {
                *numbers.entry(answer).or_insert_with(|| {
                    different.push(Arc::clone(answer));
                    different.len() as u32 - 1
                })
            })
            .collect();
        let of_row = if different.len() == 1 {
            Vec::new()
        } else {
            ids.of_row.iter().map(|id| renamed[*id as usize]).collect()
        };
        (different, of_row)
    }

    fn of_key(&mut self, at: usize, key: Box<[u32]>, rows: &Rows<'_>, row: usize) -> Answer {
        if let Some(answer) = self.own[at].get(&key) {
            return Arc::clone(answer);
        }
        let known = {
            let answers = self.shared.answers[at].lock().unwrap_or_else(PoisonError::into_inner);
            answers.get(&key).cloned()
        };
        let answer = match known {
            Some(answer) => answer,
            None => {
                let answer = self.ask(at, &self.plan.groups[at], rows, row);
                let mut answers = self.shared.answers[at].lock().unwrap_or_else(PoisonError::into_inner);
                if answers.len() >= REMEMBERED {
                    answers.clear();
                }
                answers.insert(key.clone(), Arc::clone(&answer));
                answer
            }
        };
        if self.own[at].len() >= REMEMBERED / 4 {
            self.own[at].clear();
        }
        self.own[at].insert(key, Arc::clone(&answer));
        answer
    }

    /// The engine's answer about a row, from the columns that matter.
    fn ask(&mut self, at: usize, group: &Group, rows: &Rows<'_>, row: usize) -> Answer {
        self.asked += 1;
        let facts = self.facts(group.columns.iter().map(|c| (*c, rows.exact[*c][row])));
        let conclusions = self.engine.conclude(&facts, &self.options[at]);
        let numbers = conclusions.drawn.iter().zip(&group.conclusions).map(|(drawn, position)| {
            debug_assert_eq!(
                drawn.conclusion, self.plan.drawn[*position],
                "both stand in the guideline's order"
            );
            self.shared.verdicts.number(*position, verdict(self.plan.guideline, drawn))
        });
        numbers.collect()
    }
}

fn observation(fact: nw_facts::FactIdx, evidence: Evidence, own: nw_facts::FactIdx) -> Observation {
    Observation {
        fact,
        evidence,
        text: String::new(),
        date: None,
        known: None,
        origin: None,
        via: (fact != own).then_some(own),
    }
}

/// The classes of the rows that are answered.
pub(crate) struct Rows<'a> {
    coarse: &'a [Vec<u32>],
    exact: &'a [Vec<u32>],
    states: &'a [Vec<Vec<u32>>],
    pub count: usize,
}

impl Rows<'_> {
    /// The exact classes of a column.
    pub(crate) fn exact(&self, column: usize) -> &[u32] {
        &self.exact[column]
    }

    pub(crate) fn part(&self, part: Part) -> &[u32] {
        match part {
            Part::Coarse(column) => &self.coarse[column],
            Part::Exact(column) => &self.exact[column],
            Part::Target(group, target) => &self.states[group][target],
            Part::Clash(group) => self.states[group].last().map_or(&[], Vec::as_slice),
        }
    }
}

/// Rows numbered so that two rows have one number exactly when they agree in some columns.
pub(crate) struct Refined {
    pub of_row: Vec<u32>,
    count: usize,
    /// The first row of each number.
    pub first: Vec<u32>,
}

impl Refined {
    /// All rows alike.
    pub(crate) fn all(rows: usize) -> Refined {
        let first = if rows == 0 { Vec::new() } else { vec![0] };
        Refined { of_row: vec![0; rows], count: 1, first }
    }

    /// The same, told apart by one more column.
    pub(crate) fn by(&self, classes: &[u32]) -> Refined {
        let most = classes.iter().copied().max().unwrap_or(0) as usize + 1;
        let mut next = Refined { of_row: Vec::with_capacity(self.of_row.len()), count: 0, first: Vec::new() };
        if self.count * most <= 1 << 20 {
            let mut table = vec![NULL; self.count * most];
            for (row, (id, class)) in self.of_row.iter().zip(classes).enumerate() {
                let slot = &mut table[*id as usize * most + *class as usize];
                if *slot == NULL {
                    *slot = next.first.len() as u32;
                    next.first.push(row as u32);
                }
                next.of_row.push(*slot);
            }
        } else {
            let mut table: FxHashMap<(u32, u32), u32> = FxHashMap::default();
            for (row, (id, class)) in self.of_row.iter().zip(classes).enumerate() {
                let number = *table.entry((*id, *class)).or_insert_with(|| {
                    next.first.push(row as u32);
                    next.first.len() as u32 - 1
                });
                next.of_row.push(number);
            }
        }
        next.count = next.first.len();
        next
    }
}

fn refined<'a>(columns: impl Iterator<Item = &'a [u32]>, rows: usize) -> Refined {
    columns.fold(Refined::all(rows), |ids, classes| ids.by(classes))
}

/// Numbers made small, in order of first appearance.
fn numbered(numbers: &[u32]) -> Vec<u32> {
    let mut known: FxHashMap<u32, u32> = FxHashMap::default();
    numbers
        .iter()
        .map(|number| {
            let next = known.len() as u32;
            *known.entry(*number).or_insert(next)
        })
        .collect()
}
