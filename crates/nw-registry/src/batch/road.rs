//! The quick road: exact sets of blocks of rows, from bitmaps. What it cannot say is left to the engine, row by row.
//!
//! Rows are sorted by the fact that most conclusions read, where the tumour began: once it is known, what is left of the
//! guideline is an eighth of the whole. Each of its cells has diagrams of its own, made when enough rows ask for them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use nw_engine::{Alike, BLOCK, Block, Columns, Engine, Outcome, Possible, most_read};
use nw_facts::FactIdx;
use nw_guideline::Effect;
use rustc_hash::FxHashMap;

use super::classes::NOTHING;
use super::evaluate::{Rows, Worker};
use super::gauge::first;
use super::plan::{Part, Plan};
use super::verdict::verdict;

/// A bitmap of the rows of a block.
pub(crate) type Lane = nw_engine::Rows;

/// No row.
pub(crate) const NOBODY: Lane = [0; BLOCK / 64];

/// What rows see of a variable, and where that stands.
#[derive(Debug)]
enum Source {
    /// In the columns that speak of it: usually one.
    Columns(Vec<usize>),
    /// In what a group of derivations makes of it.
    Target(usize, usize),
}

/// How many rows must be alike before diagrams are made for them; the engine answers as many in the time that takes.
const WORTH_WHILE: usize = 64;

/// The same for diagrams of the whole guideline.
const WORTH_THE_WHOLE: usize = 512;

/// Diagrams that are made when enough rows ask for them.
#[derive(Debug, Default)]
struct Layout<'g> {
    rows: AtomicUsize,
    columns: OnceLock<Option<Columns<'g>>>,
}

/// A table and what it can tell, laid out for whole blocks.
#[derive(Debug)]
pub(crate) struct Road<'g> {
    vars: Vec<(u16, Source)>,
    seen: Vec<u16>,
    wanted: Vec<usize>,
    reasons: bool,
    /// The place among the variables of the one by which rows are sorted.
    sorts: Option<usize>,
    /// For each of its cells, and for rows that may be in several.
    layouts: Vec<Layout<'g>>,
    /// Which rows allow a world.
    possible: OnceLock<Option<Possible>>,
    /// Of each drawn conclusion whether practice may say something beside an open set, and whether that is wanted.
    practised: Vec<bool>,
}

/// Rows that know the same of the variable by which rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub from: usize,
    pub to: usize,
    pub mask: u64,
}

impl<'g> Road<'g> {
    /// `None` when a conclusion is not one of the guideline's.
    pub(crate) fn new(plan: &Plan<'g>, conventions: bool) -> Option<Road<'g>> {
        let guideline = plan.guideline;
        let mut vars: Vec<(u16, Source)> = Vec::new();
        for (group, (derived, _)) in plan.derived.iter().enumerate() {
            for (target, fact) in derived.targets.iter().enumerate() {
                if let Some(var) = guideline.space.var(*fact) {
                    vars.push((var, Source::Target(group, target)));
                }
            }
        }
        for (column, facts) in plan.speaks.iter().enumerate() {
            for var in facts.iter().filter_map(|f| guideline.space.var(*f)) {
                match vars.iter_mut().find(|(v, _)| *v == var) {
                    Some((_, Source::Columns(list))) => list.push(column),
                    Some(_) => {}
                    None => vars.push((var, Source::Columns(vec![column]))),
                }
            }
        }
        vars.sort_unstable_by_key(|(var, _)| *var);
        let seen: Vec<u16> = vars.iter().map(|(var, _)| *var).collect();
        let wanted: Vec<usize> =
            plan.drawn.iter().map(|idx| guideline.conclusion_at(*idx)).collect::<Option<_>>()?;
        let sorts = most_read(guideline).and_then(|most| vars.iter().position(|(var, _)| *var == most));
        let cells = sorts.map_or(0, |place| guideline.space.domain(vars[place].0).cells.len());
        let mut layouts = Vec::new();
        layouts.resize_with(cells + 1, Layout::default);
        let practised = plan.drawn.iter().map(|idx| {
            conventions
                && plan.wanted.conventions()
                && guideline.conventions.iter().any(|c| match c.effect {
                    Effect::Assume(_) => c.applies_to.contains(idx),
                    Effect::Answer(target, _) => target == *idx,
                })
        });
        let practised = practised.collect();
        Some(Road {
            vars,
            seen,
            wanted,
            reasons: plan.wanted.reasons(),
            sorts,
            layouts,
            possible: OnceLock::new(),
            practised,
        })
    }

    /// Which rows allow a world, for one thread.
    pub(crate) fn possible(&self, engine: &Engine<'g>) -> Option<Possible> {
        self.possible.get_or_init(|| Possible::new(engine.blank(), &self.seen)).clone()
    }

    /// Whether rows contradict themselves about the variable by which they are sorted.
    pub(crate) fn contradicts(&self, stretch: Stretch) -> bool {
        stretch.mask == 0 && self.sorts.is_some()
    }

    /// The variable by which rows are sorted.
    pub(crate) fn sorted_by(&self) -> Option<u16> {
        self.sorts.map(|place| self.vars[place].0)
    }

    /// Whether rows may see something of a variable.
    pub(crate) fn sees(&self, var: u16) -> bool {
        self.seen.contains(&var)
    }

    /// The variables that tell rows apart, each with the columns that speak of it; none for what is derived.
    pub(crate) fn vars(&self) -> impl Iterator<Item = (u16, Option<&[usize]>)> {
        self.vars.iter().map(|(var, source)| match source {
            Source::Columns(columns) => (*var, Some(columns.as_slice())),
            Source::Target(..) => (*var, None),
        })
    }

    /// Whether practice may say something beside an open set.
    pub(crate) fn practised(&self) -> bool {
        self.practised.contains(&true)
    }

    /// The diagrams for all rows, whatever they know, and their number; none when too few ask for them.
    pub(crate) fn whole(&self, engine: &Engine<'g>, rows: usize) -> Option<(usize, &Columns<'g>)> {
        self.columns(engine, Stretch { from: 0, to: rows, mask: u64::MAX })
    }

    /// The diagrams for rows that know this of the variable by which rows are sorted, and their number; none yet when
    /// too few ask for them, none ever when the guideline is too tangled.
    fn columns(&self, engine: &Engine<'g>, stretch: Stretch) -> Option<(usize, &Columns<'g>)> {
        let last = self.layouts.len() - 1;
        if self.contradicts(stretch) {
            return None;
        }
        let (at, least) = match stretch.mask.is_power_of_two() && self.sorts.is_some() {
            true => (stretch.mask.trailing_zeros() as usize, WORTH_WHILE),
            false => (last, WORTH_THE_WHOLE),
        };
        let layout = &self.layouts[at];
        let count = stretch.to - stretch.from;
        let rows = layout.rows.fetch_add(count, Ordering::Relaxed) + count;
        if rows < least && layout.columns.get().is_none() {
            return None;
        }
        let given = self.sorts.filter(|_| at != last).map(|place| (self.vars[place].0, stretch.mask));
        let make = || Columns::new(engine.blank(), &self.seen, &self.wanted, self.reasons, given.as_slice());
        Some((at, layout.columns.get_or_init(make).as_ref()?))
    }
}

/// The number of the verdict of each signature, and whether something is open in it.
type Named = FxHashMap<Vec<u64>, (u32, bool)>;

/// One thread's means on this road.
#[derive(Default)]
pub(crate) struct Traveller {
    block: Block,
    pub planes: Vec<Lane>,
    masks: Vec<u64>,
    alike: Alike,
    /// For each variable and column what each class leaves of it; nothing when the class contradicts itself.
    of_class: FxHashMap<(usize, usize), Vec<Option<u64>>>,
    /// For each layout and conclusion.
    known: Vec<Vec<Named>>,
    /// For each conclusion the number of the verdict that facts contradict each other.
    conflicts: Vec<Option<u32>>,
}

/// What became of a block of rows.
pub(crate) struct Drawn {
    /// For each conclusion the verdicts, by number, and their rows.
    pub verdicts: Vec<Vec<(u32, Lane)>>,
    /// For each conclusion the rows that the engine must be asked about; none of those that contradict themselves.
    pub left: Vec<Lane>,
    /// Rows that contradict themselves, or may.
    pub against: Lane,
}

/// Rows of a block, and what is known about them before anything is drawn.
pub(crate) struct Among<'a> {
    pub all: &'a Lane,
    /// Those that are known not to contradict themselves, as far as their columns go one by one.
    pub sure: &'a Lane,
    /// Variables that were set aside, with the rows of which: what stays open for want of them is a conflict.
    pub aside: &'a [(u16, Lane)],
}

impl Among<'_> {
    /// The rows of which something was set aside that a conclusion reads.
    fn touched(&self, support: &[u16]) -> Lane {
        let mut touched = NOBODY;
        for (_, lane) in self.aside.iter().filter(|(var, _)| support.contains(var)) {
            touched.iter_mut().zip(lane).for_each(|(touched, rows)| *touched |= rows);
        }
        touched
    }
}

/// The rows of one bitmap that are not in another.
fn without(rows: &Lane, others: &Lane) -> Lane {
    std::array::from_fn(|word| rows[word] & !others[word])
}

impl<'g> Worker<'_, 'g> {
    /// Rows in the order in which they are answered, and those that are answered together.
    pub(crate) fn sorted(&mut self, road: &Road<'g>, rows: &Rows<'_>) -> (Vec<usize>, Vec<Stretch>) {
        let mut order: Vec<usize> = (0..rows.count).collect();
        let Some(place) = road.sorts else {
            return (order, vec![Stretch { from: 0, to: rows.count, mask: 0 }]);
        };
        let mut own = std::mem::take(&mut self.traveller);
        self.masks((place, &road.vars[place]), rows, &mut own);
        order.sort_by_key(|row| own.masks[*row]);
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, row) in order.iter().enumerate() {
            let mask = own.masks[*row];
            match stretches.last_mut() {
                Some(last) if last.mask == mask => last.to = at + 1,
                _ => stretches.push(Stretch { from: at, to: at + 1, mask }),
            }
        }
        self.traveller = own;
        (order, stretches)
    }

    /// Draws what can be drawn of some rows: at most a block, all of one stretch. Nothing when no diagrams are there.
    pub(crate) fn drive(
        &mut self,
        road: &Road<'g>,
        (rows, stretch): (&Rows<'_>, Stretch),
        unclear: &[bool],
    ) -> Option<Drawn> {
        let (layout, columns) = road.columns(&self.engine, stretch)?;
        let mut own = std::mem::take(&mut self.traveller);
        let mut sure = NOBODY;
        (0..rows.count).filter(|row| !unclear[*row]).for_each(|row| sure[row / 64] |= 1 << (row % 64));
        let mut all = NOBODY;
        (0..rows.count).for_each(|row| all[row / 64] |= 1 << (row % 64));
        own.planes.resize(columns.planes(), NOBODY);
        for (place, source) in road.vars.iter().enumerate() {
            self.masks((place, source), rows, &mut own);
            // A row that contradicts itself is no longer sure.
            let contradicts = own.masks.iter().enumerate().filter(|(_, mask)| **mask == 0);
            contradicts.for_each(|(row, _)| sure[row / 64] &= !(1 << (row % 64)));
            let var = source.0;
            if columns.absent(var) {
                own.masks.iter_mut().for_each(|mask| *mask = columns.seen(var, *mask));
            }
            columns.put(var, &own.masks, &mut own.planes);
        }
        let planes = std::mem::take(&mut own.planes);
        let among = Among { all: &all, sure: &sure, aside: &[] };
        let drawn = self.draw(road, (layout, columns), &planes, &among, &mut own);
        own.planes = planes;
        self.traveller = own;
        Some(drawn)
    }

    /// The same of rows that contradicted themselves, from the masks of what is left once that is set aside; a row whose
    /// masks are not those of a row of this table is not sure.
    pub(crate) fn drive_aside(
        &mut self,
        road: &Road<'g>,
        stretch: Stretch,
        masks: &[&[u64]],
        (sure, aside): (&Lane, &[(u16, Lane)]),
    ) -> Option<Drawn> {
        let (layout, columns) = road.columns(&self.engine, stretch)?;
        let mut own = std::mem::take(&mut self.traveller);
        let mut planes = std::mem::take(&mut own.planes);
        planes.resize(columns.planes(), NOBODY);
        for (var, _) in &road.vars {
            own.masks.clear();
            own.masks.extend(masks.iter().map(|masks| columns.seen(*var, masks[usize::from(*var)])));
            columns.put(*var, &own.masks, &mut planes);
        }
        let among = Among { all: &first(masks.len()), sure, aside };
        let drawn = self.draw(road, (layout, columns), &planes, &among, &mut own);
        own.planes = planes;
        self.traveller = own;
        Some(drawn)
    }

    /// Draws what can be drawn from the bitmaps of a block.
    pub(crate) fn draw(
        &self,
        road: &Road<'g>,
        (layout, columns): (usize, &Columns<'g>),
        planes: &[Lane],
        among: &Among<'_>,
        own: &mut Traveller,
    ) -> Drawn {
        own.known.resize_with(road.layouts.len(), Vec::new);
        own.known[layout].resize_with(self.plan.drawn.len(), FxHashMap::default);
        own.conflicts.resize(self.plan.drawn.len(), None);
        columns.run(planes, &mut own.block);
        let mut clear = *columns.possible(&own.block);
        clear.iter_mut().zip(among.sure).for_each(|(clear, sure)| *clear &= sure);
        let mut drawn = Drawn { verdicts: Vec::new(), left: Vec::new(), against: without(among.all, &clear) };
        for place in 0..self.plan.drawn.len() {
            let mut exact = columns.exact(place, &own.block);
            exact.iter_mut().zip(&clear).for_each(|(exact, clear)| *exact &= clear);
            let mut left = without(&clear, &exact);
            columns.alike(place, &own.block, &exact, &mut own.alike);
            let mut verdicts: Vec<(u32, Lane)> = Vec::new();
            let mut say = |number: u32, rows: &Lane| match verdicts.iter_mut().find(|(n, _)| *n == number) {
                Some((_, lane)) => lane.iter_mut().zip(rows).for_each(|(all, more)| *all |= more),
                None => verdicts.push((number, *rows)),
            };
            let mut touched = None;
            for (rows, bits) in own.alike.groups() {
                let known = own.known[layout][place].get(bits).copied();
                let Some((number, open)) =
                    known.or_else(|| self.name(columns, place, bits, &mut own.known[layout][place]))
                else {
                    continue;
                };
                if open && road.practised[place] {
                    left.iter_mut().zip(rows).for_each(|(left, open)| *left |= open);
                } else if open && !among.aside.is_empty() {
                    let touched = *touched.get_or_insert_with(|| among.touched(self.support(road, place)));
                    let conflict: Lane = std::array::from_fn(|word| rows[word] & touched[word]);
                    if conflict != NOBODY {
                        let number = *own.conflicts[place].get_or_insert_with(|| self.conflict(road, place));
                        say(number, &conflict);
                    }
                    let rest = without(rows, &touched);
                    if rest != NOBODY {
                        say(number, &rest);
                    }
                } else {
                    say(number, rows);
                }
            }
            drawn.verdicts.push(verdicts);
            drawn.left.push(left);
        }
        drawn
    }

    /// The variables that a drawn conclusion reads.
    fn support(&self, road: &Road<'g>, place: usize) -> &'g [u16] {
        &self.plan.guideline.conclusions[road.wanted[place]].support
    }

    /// The number of the verdict that facts contradict each other.
    fn conflict(&self, road: &Road<'g>, place: usize) -> u32 {
        let drawn = nw_engine::Drawn {
            conclusion: self.plan.drawn[place],
            at: road.wanted[place],
            outcome: Outcome::Conflict(Vec::new()),
            convention: None,
            reason: None,
            sufficient: Vec::new(),
            settle: Vec::new(),
            examples: Vec::new(),
            confirmed: false,
        };
        self.shared.verdicts.number(place, verdict(self.plan.guideline, &drawn, self.plan.wanted))
    }

    fn name(
        &self,
        columns: &Columns<'_>,
        place: usize,
        bits: &[u64],
        known: &mut Named,
    ) -> Option<(u32, bool)> {
        let drawn = columns.drawn(place, bits)?;
        let open = match &drawn.outcome {
            Outcome::Collected { open, .. } => *open != 0,
            outcome => matches!(outcome, Outcome::Undetermined(_)),
        };
        let words = verdict(self.plan.guideline, &drawn, self.plan.wanted);
        let found = (self.shared.verdicts.number(place, words), open);
        known.insert(bits.to_vec(), found);
        Some(found)
    }

    /// What the rows leave of a variable: nothing of a row that contradicts itself.
    fn masks(&self, (place, (var, from)): (usize, &(u16, Source)), rows: &Rows<'_>, own: &mut Traveller) {
        own.masks.clear();
        match from {
            Source::Target(group, target) => {
                let of_state = self.masks_of_state(*group, *target);
                let classes = rows.part(Part::Target(*group, *target));
                own.masks.extend(classes.iter().map(|class| of_state[*class as usize]));
            }
            Source::Columns(columns) => {
                let fact = self.plan.guideline.space.domain(*var).fact;
                for (nth, column) in columns.iter().enumerate() {
                    let classes = rows.exact(*column);
                    let of_class = own.of_class.entry((place, *column)).or_default();
                    for class in classes {
                        let at = *class as usize;
                        if at >= of_class.len() {
                            of_class.resize(at + 1, None);
                        }
                        if of_class[at].is_none() {
                            of_class[at] = Some(self.mask_of_class(*column, *class, fact, *var).unwrap_or(0));
                        }
                    }
                    for (row, class) in classes.iter().enumerate() {
                        let mask = of_class[*class as usize].unwrap_or(0);
                        if nth == 0 {
                            own.masks.push(mask);
                        } else if *class != NOTHING {
                            // Two columns that both speak may contradict each other within one cell.
                            let before = columns[..nth].iter().any(|c| rows.exact(*c)[row] != NOTHING);
                            own.masks[row] = if before { 0 } else { mask };
                        }
                    }
                }
            }
        }
    }

    /// The cells that a class of a column leaves of a fact.
    fn mask_of_class(&self, column: usize, class: u32, fact: FactIdx, var: u16) -> Option<u64> {
        let facts = self.facts(std::iter::once((column, class)));
        let knowledge = self.engine.blank().know(&facts, &[], &[]);
        let clash = knowledge.contradictions.iter().any(|c| c.facts.contains(&fact));
        (!clash).then(|| knowledge.masks[usize::from(var)])
    }
}
