//! From a unit of rows to numbered verdicts: rows that no table can tell apart are answered once.

use std::sync::{Arc, Mutex, PoisonError};

use nw_engine::{Detail, Engine, Options};
use nw_facts::{Evidence, FactSet, Observation, Text};
use rustc_hash::FxHashMap;

use super::Reject;
use super::classes::{BAD, NOTHING};
use super::kinds::{Kinds, Seen};
use super::plan::{Part, Plan};
use super::verdict::{Verdicts, verdict};
use crate::table::{NULL, Unit, texts};

/// The text of each row, and the coarse and fine class of each text.
type OfRows = (Vec<u32>, Vec<(u32, u32)>);

/// The numbers of the verdicts of one group, one for each of its conclusions.
pub(crate) type Answer = Arc<[u32]>;

/// Answers that are remembered in all; a group that has more than its share begins anew, so that memory stays flat.
const REMEMBERED: usize = 600_000;

/// Answers that every group may remember, however many groups there are.
const FEWEST: usize = 1024;

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
    options: Options,
    /// How often the engine was asked.
    pub asked: u64,
}

impl<'p, 'g> Worker<'p, 'g> {
    pub(crate) fn new(plan: &'p Plan<'g>, shared: &'p Shared, options: &Options) -> Worker<'p, 'g> {
        Worker {
            plan,
            shared,
            engine: Engine::new(plan.guideline),
            options: Options { detail: Detail::Reasons, ..options.clone() },
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
        let mut of_rows: Vec<OfRows> = Vec::with_capacity(plan.columns.len());
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
        let rows = Rows::new(&coarse, &exact, &states, kept.len());
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
        if states.known.len() >= REMEMBERED / 4 {
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

    /// The different answers of every group, and for each row which one.
    fn groups(&mut self, rows: &Rows<'_>) -> Vec<(Vec<Answer>, Vec<u32>)> {
        let mut all: Vec<Collected> = self.plan.groups.iter().map(|_| Collected::default()).collect();
        let mut from = 0;
        while from < rows.count {
            let to = (from + BLOCK).min(rows.count);
            self.block(&rows.cut(from, to), &mut all);
            from = to;
        }
        let done = |collected: Collected| {
            let of_row = if collected.list.len() > 1 { collected.of_row } else { Vec::new() };
            (collected.list, of_row)
        };
        all.into_iter().map(done).collect()
    }

    /// Answers some rows; what no row before asked is asked of the engine once for each row, for all groups together.
    fn block(&mut self, rows: &Rows<'_>, all: &mut [Collected]) {
        let kinds = self.kinds(rows);
        let mut found: Vec<Found> = Vec::with_capacity(self.plan.groups.len());
        let mut missing: Vec<Missing> = Vec::new();
        for at in 0..self.plan.groups.len() {
            found.push(self.look_up(at, rows, &kinds, &mut missing));
        }
        missing.sort_by_key(|m| (m.row, m.group));
        let mut missing = missing.into_iter().peekable();
        while let Some(first) = missing.next() {
            let mut of_row = vec![first];
            while let Some(next) = missing.next_if(|m| m.row == of_row[0].row) {
                of_row.push(next);
            }
            let groups: Vec<usize> = of_row.iter().map(|m| m.group).collect();
            let answers = self.ask(&groups, rows, of_row[0].row);
            for (asked, answer) in of_row.into_iter().zip(answers) {
                found[asked.group].answers[asked.id] = Some(Arc::clone(&answer));
                let mut known =
                    self.shared.answers[asked.group].lock().unwrap_or_else(PoisonError::into_inner);
                if known.len() >= (REMEMBERED / self.plan.groups.len()).max(FEWEST) {
                    known.clear();
                }
                known.insert(asked.key, answer);
            }
        }
        for (collected, found) in all.iter_mut().zip(found) {
            collected.add(&found);
        }
    }

    /// Tells the rows of a block apart for one group, and finds the answers that are known.
    fn look_up(&self, at: usize, rows: &Rows<'_>, kinds: &Kinds, missing: &mut Vec<Missing>) -> Found {
        let group = &self.plan.groups[at];
        let closures = self.closures(group, kinds);
        let of_kind: Vec<u32> = kinds.of_row.iter().map(|kind| closures[*kind as usize].0).collect();
        let mut ids = Refined::all(rows.count).by(&numbered(&of_kind));
        // In keys, what does not matter has a number of its own.
        let mut keys: Vec<(usize, Vec<u32>)> = Vec::new();
        for (i, part) in group.parts.iter().enumerate() {
            if closures.iter().any(|(_, parts)| parts[i]) {
                let of = kinds.of_row.iter().zip(rows.part(*part));
                let key =
                    |(kind, class): (&u32, &u32)| if closures[*kind as usize].1[i] { class + 1 } else { 0 };
                let column: Vec<u32> = of.map(key).collect();
                ids = ids.by(&column);
                keys.push((i, column));
            }
        }
        let known = self.shared.answers[at].lock().unwrap_or_else(PoisonError::into_inner);
        let answers = ids.first.iter().enumerate().map(|(id, row)| {
            let row = *row as usize;
            let mut key = vec![0; group.parts.len() + 1].into_boxed_slice();
            key[0] = of_kind[row];
            keys.iter().for_each(|(place, column)| key[place + 1] = column[row]);
            let answer = known.get(&key).cloned();
            if answer.is_none() {
                missing.push(Missing { row, group: at, id, key });
            }
            answer
        });
        let answers = answers.collect();
        Found { answers, of_row: ids.of_row }
    }

    /// The engine's answers about a row, one for each of these groups.
    fn ask(&mut self, groups: &[usize], rows: &Rows<'_>, row: usize) -> Vec<Answer> {
        self.asked += 1;
        let plan = self.plan;
        let facts = self.facts((0..plan.columns.len()).map(|c| (c, rows.exact(c)[row])));
        let mut wanted = vec![false; plan.drawn.len()];
        groups.iter().flat_map(|g| &plan.groups[*g].conclusions).for_each(|c| wanted[*c] = true);
        let only = wanted.iter().zip(&plan.drawn).filter(|(wanted, _)| **wanted).map(|(_, idx)| *idx);
        self.options.only = Some(only.collect());
        let conclusions = self.engine.conclude(&facts, &self.options);
        let mut numbers = vec![NULL; plan.drawn.len()];
        let places = wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(place, _)| place);
        for (place, drawn) in places.zip(&conclusions.drawn) {
            debug_assert_eq!(drawn.conclusion, plan.drawn[place], "both stand in the guideline's order");
            numbers[place] = self.shared.verdicts.number(place, verdict(plan.guideline, drawn));
        }
        groups.iter().map(|g| plan.groups[*g].conclusions.iter().map(|c| numbers[*c]).collect()).collect()
    }
}

/// Rows that are told apart together: so few that keys stay small in memory, so many that it is worth the while.
const BLOCK: usize = 4096;

/// What is known of one group in a block.
struct Found {
    answers: Vec<Option<Answer>>,
    of_row: Vec<u32>,
}

/// A key that nobody asked about before.
struct Missing {
    row: usize,
    group: usize,
    id: usize,
    key: Box<[u32]>,
}

/// The different answers of a group in a unit, in order of first appearance, and for each row which one.
#[derive(Default)]
struct Collected {
    numbers: FxHashMap<Answer, u32>,
    list: Vec<Answer>,
    of_row: Vec<u32>,
}

impl Collected {
    fn add(&mut self, found: &Found) {
        let renamed: Vec<u32> = found
            .answers
            .iter()
            .flatten()
            .map(|answer| {
                let list = &mut self.list;
                *self.numbers.entry(Arc::clone(answer)).or_insert_with_key(|answer| {
                    list.push(Arc::clone(answer));
                    list.len() as u32 - 1
                })
            })
            .collect();
        self.of_row.extend(found.of_row.iter().map(|id| renamed[*id as usize]));
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

/// The classes of some of the rows that are answered.
pub(crate) struct Rows<'a> {
    coarse: Vec<&'a [u32]>,
    exact: Vec<&'a [u32]>,
    states: Vec<Vec<&'a [u32]>>,
    pub count: usize,
}

impl<'a> Rows<'a> {
    fn new(
        coarse: &'a [Vec<u32>],
        exact: &'a [Vec<u32>],
        states: &'a [Vec<Vec<u32>>],
        count: usize,
    ) -> Rows<'a> {
        Rows {
            coarse: coarse.iter().map(Vec::as_slice).collect(),
            exact: exact.iter().map(Vec::as_slice).collect(),
            states: states.iter().map(|group| group.iter().map(Vec::as_slice).collect()).collect(),
            count,
        }
    }

    /// Some of these rows.
    fn cut(&self, from: usize, to: usize) -> Rows<'a> {
        let cut = |columns: &Vec<&'a [u32]>| columns.iter().map(|c| &c[from..to]).collect();
        Rows {
            coarse: cut(&self.coarse),
            exact: cut(&self.exact),
            states: self.states.iter().map(cut).collect(),
            count: to - from,
        }
    }

    /// The exact classes of a column.
    pub(crate) fn exact(&self, column: usize) -> &[u32] {
        self.exact[column]
    }

    pub(crate) fn part(&self, part: Part) -> &[u32] {
        match part {
            Part::Coarse(column) => self.coarse[column],
            Part::Exact(column) => self.exact[column],
            Part::Target(group, target) => self.states[group][target],
            Part::Clash(group) => self.states[group].last().copied().unwrap_or_default(),
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
