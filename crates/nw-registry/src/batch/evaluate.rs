//! From a unit of rows to numbered verdicts: rows that no table can tell apart are answered once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nw_engine::{Detail, Engine, Options, Possible, Preparations};
use nw_facts::{Evidence, FactSet, Observation, Text};
use rustc_hash::FxHashMap;

use super::Reject;
use super::classes::{BAD, NOTHING};
use super::gauge::first;
use super::kinds::{Kinds, Seen};
use super::plan::{Part, Plan};
use super::road::{Lane, NOBODY, Road, Stretch, Traveller};
use super::said::{Kept, Said};
use super::straight::Sheets;
use super::verdict::{Verdicts, verdict};
use crate::table::{NULL, Unit, texts};

/// The text of each row, and the coarse and fine class of each text.
type OfRows = (Vec<u32>, Vec<(u32, u32)>);

/// The numbers of the verdicts of one group, one for each of its conclusions.
pub(crate) type Answer = Arc<[u32]>;

/// Answers that are remembered in all; a group that has more than its share begins anew, so that memory stays flat.
const REMEMBERED: usize = 250_000;

/// Answers that every group may remember, however many groups there are.
const FEWEST: usize = 1024;

/// What all threads know.
pub(crate) struct Shared {
    /// For each group the answer to each key.
    answers: Vec<Mutex<FxHashMap<Box<[u32]>, Answer>>>,
    pub verdicts: Verdicts,
    states: Vec<Mutex<States>>,
    pub seen: Mutex<Seen>,
    preparations: Preparations,
    /// How many workers there were.
    workers: AtomicU32,
    /// What columns may say, found out by workers that have gone.
    sheets: Mutex<Vec<Sheets>>,
}

/// What groups of derivations make of rows, numbered.
#[derive(Default)]
struct States {
    known: FxHashMap<Box<[u32]>, Arc<[u32]>>,
    numbers: Vec<FxHashMap<String, u32>>,
    /// For each target what each number leaves of it.
    masks: Vec<Vec<u64>>,
}

impl Shared {
    pub(crate) fn new(plan: &Plan<'_>) -> Shared {
        let states = plan.derived.iter().map(|(derived, _)| {
            let mut numbers = vec![FxHashMap::default(); derived.targets.len() + 1];
            // No contradiction has the number zero.
            numbers.last_mut().map(|clash| clash.insert(String::new(), 0));
            Mutex::new(States {
                known: FxHashMap::default(),
                numbers,
                masks: vec![Vec::new(); derived.targets.len()],
            })
        });
        Shared {
            answers: plan.groups.iter().map(|_| Mutex::default()).collect(),
            verdicts: Verdicts::new(plan.drawn.len()),
            states: states.collect(),
            seen: Mutex::default(),
            preparations: Preparations::new(plan.guideline),
            workers: AtomicU32::new(0),
            sheets: Mutex::default(),
        }
    }
}

/// What came out for a unit.
pub(crate) struct Answered {
    pub kept: Kept,
    /// Rows that were not.
    pub rejects: Vec<Reject>,
    /// What is said of each drawn conclusion.
    pub columns: Vec<Said>,
}

/// One thread's means.
pub(crate) struct Worker<'p, 'g> {
    pub(crate) plan: &'p Plan<'g>,
    pub(crate) shared: &'p Shared,
    pub(crate) engine: Engine<'g>,
    pub(crate) road: Option<&'p Road<'g>>,
    pub(crate) traveller: Traveller,
    pub(crate) sheets: Sheets,
    /// Which rows allow a world, once a row was left to the engine.
    pub(super) possible: Option<Option<Possible>>,
    /// How many workers came before.
    nth: u32,
    options: Options,
    /// Whether only the numbers of rows are wanted.
    pub counting: bool,
    /// How often the engine was asked.
    pub asked: u64,
}

impl<'p, 'g> Worker<'p, 'g> {
    pub(crate) fn new(
        plan: &'p Plan<'g>,
        road: Option<&'p Road<'g>>,
        shared: &'p Shared,
        options: &Options,
    ) -> Worker<'p, 'g> {
        // What nobody wants to see need not be found out.
        let no_conventions = options.no_conventions || !plan.wanted.conventions();
        let only_sets = no_conventions && !plan.wanted.reasons();
        let detail = if only_sets { Detail::Sets } else { Detail::Reasons };
        Worker {
            road,
            traveller: Traveller::default(),
            sheets: shared.sheets.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default(),
            possible: None,
            nth: shared.workers.fetch_add(1, Ordering::Relaxed),
            plan,
            shared,
            engine: Engine::with(plan.guideline, &shared.preparations),
            options: Options { detail, no_conventions, ..options.clone() },
            counting: false,
            asked: 0,
        }
    }

    /// Leaves what it found out about the columns to those that come after.
    pub(crate) fn rest(self) {
        self.shared.sheets.lock().unwrap_or_else(PoisonError::into_inner).push(self.sheets);
    }

    /// Answers every row of a unit; `columns` are the unit's arrays for the columns of the plan.
    ///
    /// # Errors
    /// A column of a kind that holds no values.
    pub(crate) fn answer(&mut self, unit: &Unit, columns: &[usize]) -> Result<Answered, String> {
        match self.straight(unit, columns)? {
            Some(answered) => Ok(answered),
            None => self.row_by_row(unit, columns),
        }
    }

    /// The same, class by class.
    pub(crate) fn row_by_row(&mut self, unit: &Unit, columns: &[usize]) -> Result<Answered, String> {
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
        let columns = self.columns(&rows);
        let kept = if rejects.is_empty() { Kept::All(unit.rows) } else { Kept::Some(kept) };
        Ok(Answered { kept, rejects, columns })
    }

    /// What each group of derivations makes of each row: for each group, columns of numbers; the last is the clash.
    fn states(&self, exact: &[Vec<u32>], rows: usize) -> Vec<Vec<Vec<u32>>> {
        (0..self.plan.derived.len()).map(|group| self.states_of(group, exact, rows)).collect()
    }

    /// What a group of derivations makes of each row, from the exact classes of its columns.
    pub(crate) fn states_of(&self, group: usize, exact: &[Vec<u32>], rows: usize) -> Vec<Vec<u32>> {
        let (derived, columns) = &self.plan.derived[group];
        let width = derived.targets.len() + 1;
        let ids = refined(columns.iter().map(|c| exact[*c].as_slice()), rows);
        let of_id: Vec<Arc<[u32]>> = ids
            .first
            .iter()
            .map(|row| self.state(group, columns.iter().map(|c| exact[*c][*row as usize]).collect()))
            .collect();
        (0..width).map(|at| ids.of_row.iter().map(|id| of_id[*id as usize][at]).collect()).collect()
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
                let recorded = knowledge.recorded[usize::from(target.0)];
                format!("{mask:?} {recorded:?} {}", knowledge.missing(*target))
            })
            .collect();
        let clash = knowledge.contradictions.iter().map(|c| format!("{:?}", c.facts));
        texts.push(clash.collect::<Vec<_>>().join(" "));
        let mut states = self.shared.states[group].lock().unwrap_or_else(PoisonError::into_inner);
        let states = &mut *states;
        for (target, list) in derived.targets.iter().zip(&mut states.masks) {
            let mask = space.var(*target).map_or(0, |var| knowledge.masks[usize::from(var)]);
            list.push(mask);
        }
        let numbers = states.numbers.iter_mut().zip(texts).enumerate().map(|(at, (numbers, text))| {
            let next = numbers.len() as u32;
            let number = *numbers.entry(text).or_insert(next);
            // A number that was known keeps its mask.
            if let Some(list) = states.masks.get_mut(at)
                && number < next
            {
                list.pop();
            }
            number
        });
        let state: Arc<[u32]> = numbers.collect();
        if states.known.len() >= REMEMBERED / 4 {
            states.known.clear();
        }
        states.known.insert(key, Arc::clone(&state));
        state
    }

    pub(crate) fn facts(&self, classes: impl Iterator<Item = (usize, u32)>) -> FactSet {
        self.facts_of(classes.map(|(column, exact)| (column, self.plan.columns[column].said(exact))))
    }

    /// What columns say, as the engine takes it.
    pub(crate) fn facts_of(&self, said: impl Iterator<Item = (usize, super::classes::Said)>) -> FactSet {
        let plan = self.plan;
        let mut facts = FactSet::new();
        for (column, said) in said {
            let own = plan.columns[column].column().fact;
            for (fact, evidence) in said {
                facts.add(
                    observation(fact, evidence, own).dated_by_itself(plan.guideline.vocabulary.fact(fact)),
                );
            }
        }
        facts.on(plan.as_of).seen(nw_facts::Seen { as_of: plan.as_of, known_by: None })
    }

    /// What each number of a group of derivations leaves of a target.
    pub(crate) fn masks_of_state(&self, group: usize, target: usize) -> Vec<u64> {
        self.shared.states[group].lock().unwrap_or_else(PoisonError::into_inner).masks[target].clone()
    }

    /// The verdicts on every conclusion.
    fn columns(&mut self, rows: &Rows<'_>) -> Vec<Said> {
        let mut said: Vec<Said> = Vec::new();
        said.resize_with(self.plan.drawn.len(), || Said::of(rows.count, self.counting));
        let Some(road) = self.road else {
            let against = self.stretch(None, rows, (0, rows.count), &mut said);
            debug_assert!(against.is_empty(), "the engine answers every row");
            said.iter_mut().for_each(Said::settle);
            return said;
        };
        let (order, mut stretches) = self.sorted(road, rows);
        // Everybody begins elsewhere, so that nobody waits for diagrams that somebody else makes.
        let elsewhere = (stretches.len() as u64 * u64::from(self.nth.reverse_bits())) >> 32;
        stretches.rotate_left(elsewhere as usize);
        let sorted = rows.only(&order);
        let sorted = sorted.rows(rows.count);
        let mut against = Vec::new();
        for stretch in stretches {
            against.extend(self.stretch(
                Some((road, stretch)),
                &sorted,
                (stretch.from, stretch.to),
                &mut said,
            ));
        }
        self.set_aside(road, &sorted, &against, &mut said);
        for said in &mut said {
            said.put_back(&order);
            said.settle();
        }
        said
    }

    /// Answers rows that are answered together, but for those that contradict themselves, which it gives.
    fn stretch(
        &mut self,
        road: Option<(&Road<'g>, Stretch)>,
        rows: &Rows<'_>,
        (mut from, to): (usize, usize),
        said: &mut [Said],
    ) -> Vec<usize> {
        let mut against = Vec::new();
        while from < to {
            let next = (from + BLOCK).min(to);
            against.extend(self.block(road, &rows.cut(from, next), from, said));
            from = next;
        }
        against
    }

    /// Answers some rows: as many as possible at once, the others by asking the engine. Those that contradict themselves
    /// are given.
    fn block(
        &mut self,
        road: Option<(&Road<'g>, Stretch)>,
        rows: &Rows<'_>,
        begin: usize,
        said: &mut [Said],
    ) -> Vec<usize> {
        let mut unclear = vec![false; rows.count];
        for group in 0..self.plan.derived.len() {
            let clash = rows.part(Part::Clash(group));
            unclear.iter_mut().zip(clash).for_each(|(unclear, clash)| *unclear |= *clash != 0);
        }
        // For each conclusion the rows that are left to the engine.
        let mut left: Vec<Vec<Lane>> = vec![Vec::new(); self.plan.drawn.len()];
        let mut against: Vec<usize> = Vec::new();
        let mut from = 0;
        while from < rows.count {
            let to = (from + nw_engine::BLOCK).min(rows.count);
            let cut = rows.cut(from, to);
            let drawn =
                road.and_then(|(road, stretch)| self.drive(road, (&cut, stretch), &unclear[from..to]));
            if let Some(drawn) = drawn {
                for ((said, verdicts), (lefts, left)) in
                    said.iter_mut().zip(&drawn.verdicts).zip(left.iter_mut().zip(drawn.left))
                {
                    said.fill(verdicts, begin + from, begin + to);
                    lefts.push(left);
                }
                against.extend(rows_of(&drawn.against).map(|row| begin + from + row));
            } else {
                // Rows of which nothing is left of where the tumour began contradict themselves.
                let contradict = road.is_some_and(|(road, stretch)| road.contradicts(stretch));
                let of_engine = if contradict { NOBODY } else { first(to - from) };
                left.iter_mut().for_each(|lefts| lefts.push(of_engine));
                against.extend((begin + from..begin + to).filter(|_| contradict));
            }
            from = to;
        }
        self.leave(rows, &left, &|row| begin + row, said);
        against
    }

    /// Leaves rows to the engine: of each conclusion those of which the bit is set. `place_of` tells where a row stands in the
    /// unit.
    pub(super) fn leave(
        &mut self,
        rows: &Rows<'_>,
        left: &[Vec<Lane>],
        place_of: &dyn Fn(usize) -> usize,
        said: &mut [Said],
    ) {
        let is_left = |lanes: &[Lane], row: usize| {
            lanes[row / nw_engine::BLOCK][row % nw_engine::BLOCK / 64] >> (row % 64) & 1 == 1
        };
        let mut anywhere = vec![NOBODY; rows.count.div_ceil(nw_engine::BLOCK)];
        for (any, lane) in left.iter().flat_map(|lanes| anywhere_of(lanes)) {
            anywhere[any].iter_mut().zip(lane).for_each(|(any, lane)| *any |= lane);
        }
        let concerned: Vec<usize> = (0..rows.count).filter(|row| is_left(&anywhere, *row)).collect();
        if concerned.is_empty() {
            return;
        }
        let chosen = rows.only(&concerned);
        let chosen = chosen.rows(concerned.len());
        let wanted: Vec<Vec<bool>> = self
            .plan
            .groups
            .iter()
            .map(|group| {
                let any = |row: &usize| group.conclusions.iter().any(|c| is_left(&left[*c], *row));
                concerned.iter().map(any).collect()
            })
            .collect();
        let found = self.ask_all(&chosen, &wanted);
        for (group, found) in self.plan.groups.iter().zip(found) {
            for (k, place) in group.conclusions.iter().enumerate() {
                for (at, row) in concerned.iter().enumerate().filter(|(_, row)| is_left(&left[*place], **row))
                {
                    let Some(answer) = &found.answers[found.of_row[at] as usize] else { continue };
                    said[*place].note(answer[k], place_of(*row));
                }
            }
        }
    }

    /// What no row before asked is asked of the engine once for each row, for all groups together; only for the rows
    /// that are wanted of a group.
    fn ask_all(&mut self, rows: &Rows<'_>, wanted: &[Vec<bool>]) -> Vec<Found> {
        let kinds = self.kinds(rows);
        let mut found: Vec<Found> = Vec::with_capacity(self.plan.groups.len());
        let mut missing: Vec<Missing> = Vec::new();
        for (at, wanted) in wanted.iter().enumerate() {
            found.push(self.look_up(at, rows, (&kinds, wanted), &mut missing));
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
        found
    }

    /// Tells the rows of a block apart for one group, and finds the answers that are known.
    fn look_up(
        &self,
        at: usize,
        rows: &Rows<'_>,
        (kinds, wanted): (&Kinds, &[bool]),
        missing: &mut Vec<Missing>,
    ) -> Found {
        let group = &self.plan.groups[at];
        if !wanted.iter().any(|wanted| *wanted) {
            return Found { answers: vec![None], of_row: vec![0; rows.count] };
        }
        let closures = self.closures(group, kinds);
        let of_kind: Vec<u32> = kinds.of_row.iter().map(|kind| closures[*kind as usize].0).collect();
        // Rows that nobody asks about stay together.
        let of_wanted: Vec<u32> =
            of_kind.iter().zip(wanted).map(|(kind, wanted)| if *wanted { kind + 1 } else { 0 }).collect();
        let mut ids = Refined::all(rows.count).by(&numbered(&of_wanted));
        // In keys, what does not matter has a number of its own.
        let mut keys: Vec<(usize, Vec<u32>)> = Vec::new();
        for (i, part) in group.parts.iter().enumerate() {
            if closures.iter().any(|(_, parts)| parts[i]) {
                let of = kinds.of_row.iter().zip(rows.part(*part)).zip(wanted);
                let key = |((kind, class), wanted): ((&u32, &u32), &bool)| {
                    if *wanted && closures[*kind as usize].1[i] { class + 1 } else { 0 }
                };
                let column: Vec<u32> = of.map(key).collect();
                ids = ids.by(&column);
                keys.push((i, column));
            }
        }
        let known = self.shared.answers[at].lock().unwrap_or_else(PoisonError::into_inner);
        let answers = ids.first.iter().enumerate().map(|(id, row)| {
            let row = *row as usize;
            if !wanted[row] {
                return None;
            }
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
        let engine = &mut self.engine;
        let of_road = || self.road.and_then(|road| road.possible(engine));
        let conclusions = match self.possible.get_or_insert_with(of_road) {
            Some(possible) => engine.conclude_row(&facts, &self.options, possible),
            None => engine.conclude(&facts, &self.options),
        };
        let mut numbers = vec![NULL; plan.drawn.len()];
        let places = wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(place, _)| place);
        for (place, drawn) in places.zip(&conclusions.drawn) {
            debug_assert_eq!(drawn.conclusion, plan.drawn[place], "both stand in the guideline's order");
            numbers[place] = self.shared.verdicts.number(place, verdict(plan.guideline, drawn, plan.wanted));
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

/// The rows whose bit is set.
pub(super) fn rows_of(lane: &Lane) -> impl Iterator<Item = usize> + '_ {
    let words = lane.iter().enumerate().filter(|(_, bits)| **bits != 0);
    words.flat_map(|(word, bits)| {
        (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| 64 * word + bit)
    })
}

/// The blocks of rows in which somebody is left.
fn anywhere_of(lanes: &[Lane]) -> impl Iterator<Item = (usize, &Lane)> {
    lanes.iter().enumerate().filter(|(_, lane)| **lane != NOBODY)
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

    /// Only these rows.
    pub(super) fn only(&self, rows: &[usize]) -> Chosen {
        let of = |column: &&[u32]| rows.iter().map(|row| column[*row]).collect();
        Chosen {
            coarse: self.coarse.iter().map(of).collect(),
            exact: self.exact.iter().map(of).collect(),
            states: self.states.iter().map(|group| group.iter().map(of).collect()).collect(),
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

/// The classes of rows that were picked from others.
pub(super) struct Chosen {
    coarse: Vec<Vec<u32>>,
    exact: Vec<Vec<u32>>,
    states: Vec<Vec<Vec<u32>>>,
}

impl Chosen {
    pub(super) fn rows(&self, count: usize) -> Rows<'_> {
        Rows::new(&self.coarse, &self.exact, &self.states, count)
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
