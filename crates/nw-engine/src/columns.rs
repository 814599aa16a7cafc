//! Exact sets for whole blocks of rows: what [`crate::Engine::conclude`] draws of one patient, drawn of 1,024 at once.
//!
//! A table speaks of a few dozen facts. What it does not speak of is known equally well of every row, so each conclusion
//! is first reduced to truth diagrams over what is seen, one for each value that it may take (`nw_diagram::Projection`).
//! A block then costs one pass over those (`nw_diagram::Sliced`), however much is missing in it.
//!
//! **Why that is exact.** The rules are part of the reduction, so nothing is lost to them. What others reported is not:
//! with it, diagrams would grow a hundredfold. A report that a row cannot disagree with changes nothing. One that it can
//! disagree with ties the open facts it looks at together; worlds are a product of what is tied and what is not. So a
//! conclusion is exact for a row that allows a world at all, unless such a report looks at an open fact that the
//! conclusion reads, or at an open fact that some breakable rule ties to one. Of those rows, and of rows without a world,
//! nothing is said here: [`Columns::exact`] leaves them to the engine.

use nw_diagram::{
    FALSE, Kept, Lane, NONE, NodeId, Projection, Registers, Sliced, Store, TRUE, View, support, turned,
};
use nw_facts::FactSet;
use nw_guideline::{CompiledGuideline, HitPolicy};
use rustc_hash::FxHashMap;

use crate::conclude::{Drawn, Outcome, outcome_of};
use crate::explain::{Reason, Step};
use crate::knowledge::Blank;

/// Words of a bitmap: sixteen is what two cache lines hold, and what every target turns into few instructions.
const WORDS: usize = 16;

/// Rows of a block.
pub const BLOCK: usize = 64 * WORDS;

/// One bit for each row of a block.
pub type Rows = Lane<WORDS>;

/// How many steps the diagrams of one conclusion may take before it is left to the engine.
const EFFORT: usize = 200_000;

/// The answer to a yes-or-no question about each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Never,
    Always,
    /// As this bit of the conclusion's signature says.
    Bit(u16),
}

impl Truth {
    fn of(self, bits: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Truth::Never => false,
            Truth::Always => true,
            Truth::Bit(at) => bits(usize::from(at)),
        }
    }
}

/// One conclusion over a table.
#[derive(Debug)]
struct Asked {
    /// The roots that can differ from row to row. Rows that agree in them have the same outcome and reason.
    signature: Vec<usize>,
    /// For each outcome, or value of a collected conclusion, whether it may be.
    may: Vec<Truth>,
    /// For each value of a collected conclusion whether it may not hold.
    may_not: Vec<Truth>,
    /// For each row whether it may decide; of a collected conclusion, whether it may not hold.
    rows: Vec<Truth>,
    /// Whether some rule looks at what it reads.
    ruled: bool,
    /// For each report the variables that the conclusion reads, too.
    meets: Vec<Vec<u16>>,
    /// Variables that it reads and some rule looks at.
    tied: Vec<u16>,
}

/// A rule or report that rows may be able to break.
#[derive(Debug)]
struct Tie {
    /// The root that says which rows can.
    broken: usize,
    /// The variables it looks at.
    vars: Vec<u16>,
    /// What is reported; rows that say nothing of it break nothing.
    said: Option<u16>,
}

/// A compiled guideline over a table that speaks of some of its facts.
#[derive(Debug)]
pub struct Columns<'g> {
    guideline: &'g CompiledGuideline,
    cells: Vec<u8>,
    /// Whether rows can say nothing of a variable, which then is its last cell.
    absent: Vec<bool>,
    /// Of each variable that is not seen whether it is open.
    open: Vec<bool>,
    sliced: Sliced,
    world: usize,
    rules: Vec<Tie>,
    reports: Vec<Tie>,
    at: Vec<usize>,
    asked: Vec<Option<Asked>>,
}

/// What is found out about a block of rows.
#[derive(Debug, Default)]
pub struct Block {
    registers: Registers<WORDS>,
    open: Vec<Rows>,
    /// Open, and tied to something by a rule that the row can break.
    bound: Vec<Rows>,
    broken: Vec<Rows>,
    world: Rows,
}

/// Rows of which one conclusion says the same.
#[derive(Clone, Debug)]
pub struct Alike {
    /// Which.
    pub rows: Rows,
    /// What tells them from others; [`Columns::drawn`] puts it into words.
    pub bits: Vec<u64>,
}

/// Makes roots, each different node once.
struct Roots {
    projection: Projection,
    known: FxHashMap<NodeId, usize>,
    list: Vec<NodeId>,
}

impl Roots {
    fn put(&mut self, node: NodeId) -> usize {
        let next = self.list.len();
        let list = &mut self.list;
        *self.known.entry(node).or_insert_with(|| {
            list.push(node);
            next
        })
    }

    fn some(&mut self, from: &Store, root: NodeId, wanted: NodeId, conditions: &[Kept]) -> Option<usize> {
        let node = self.projection.some(from, root, wanted, conditions, EFFORT)?;
        Some(self.put(node))
    }

    /// The place of a root in a signature.
    fn truth(&self, root: usize, signature: &mut Vec<usize>) -> Truth {
        match self.list[root] {
            FALSE | NONE => Truth::Never,
            TRUE => Truth::Always,
            _ => {
                let at = signature.iter().position(|r| *r == root).unwrap_or_else(|| {
                    signature.push(root);
                    signature.len() - 1
                });
                Truth::Bit(at as u16)
            }
        }
    }
}

impl<'g> Columns<'g> {
    /// For rows that differ in these variables and in no others; `wanted` are conclusions by position.
    ///
    /// `None` when even the question which rows allow a world takes too much.
    pub fn new(blank: &Blank<'g>, seen: &[u16], wanted: &[usize], reasons: bool) -> Option<Columns<'g>> {
        let guideline = blank.guideline();
        let space = &guideline.space;
        let masks = blank.know(&FactSet::new(), &[], &[]).masks;
        let shown = |var: u16| seen.contains(&var);
        let reported: Vec<(NodeId, u16)> = guideline
            .agreements
            .iter()
            .filter_map(|a| Some((a.kept, space.var(a.reported).filter(|v| shown(*v))?)))
            .collect();
        let views: Vec<View> = (0..space.len() as u16)
            .map(|var| match shown(var) {
                true => View::Shown {
                    cells: space.domain(var).cells.len() as u8,
                    absent: reported.iter().any(|(_, v)| *v == var),
                },
                false => View::Hidden(masks[usize::from(var)]),
            })
            .collect();
        let open = masks.iter().map(|m| m.count_ones() > 1).collect();
        let absent = views.iter().map(|v| matches!(v, View::Shown { absent: true, .. })).collect();
        let projection = Projection::new(views.clone());
        let cells = projection.cells();
        let mut roots = Roots { projection, known: FxHashMap::default(), list: Vec::new() };
        let mut all = vec![Kept { node: guideline.valid, said: None }];
        all.extend(reported.iter().map(|(node, var)| Kept { node: *node, said: Some(*var) }));
        let world = roots.some(&guideline.store, TRUE, TRUE, &all)?;
        let (mut ruled, mut reports) = (Vec::new(), Vec::new());
        let ties = guideline.rules.iter().map(|r| (r.kept, None));
        for (node, said) in ties.chain(reported.iter().map(|(node, var)| (*node, Some(*var)))) {
            let broken = roots.some(&guideline.store, node, FALSE, &[])?;
            if roots.list[broken] != FALSE {
                let tie = Tie { broken, vars: support(&guideline.store, node), said };
                if said.is_some() { reports.push(tie) } else { ruled.push(tie) }
            }
        }
        let mut halfway = Halfway::new(guideline, views);
        let asked = wanted
            .iter()
            .map(|at| ask(guideline, *at, (&ruled, &reports), reasons, (&mut halfway, &mut roots)))
            .collect();
        let sliced = Sliced::new(roots.projection.store(), &cells, &roots.list);
        let at = wanted.to_vec();
        Some(Columns { guideline, cells, absent, open, sliced, world, rules: ruled, reports, at, asked })
    }

    /// How many cells each variable has as rows see it; none when they do not.
    pub fn cells(&self) -> &[u8] {
        &self.cells
    }

    /// Whether rows that know nothing of a variable have a cell of their own, the last one.
    pub fn absent(&self, var: u16) -> bool {
        self.absent[usize::from(var)]
    }

    /// How many bitmaps a block needs, and where those of a variable begin.
    pub fn planes(&self) -> usize {
        self.sliced.planes()
    }

    /// Where the bitmaps of a variable begin.
    pub fn plane(&self, var: u16) -> usize {
        self.sliced.plane(var)
    }

    /// Nodes and edges that a block costs.
    pub fn size(&self) -> (usize, usize) {
        self.sliced.size()
    }

    /// The conclusions that are too much for this road, by position.
    pub fn left_out(&self) -> impl Iterator<Item = usize> {
        self.at.iter().zip(&self.asked).filter(|(_, asked)| asked.is_none()).map(|(at, _)| *at)
    }

    /// Finds out about a block, from one bitmap for each cell of each variable.
    pub fn run(&self, planes: &[Rows], block: &mut Block) {
        self.sliced.run(planes, &mut block.registers);
        block.world = self.sliced.root(self.world, &block.registers);
        block.open.clear();
        for (var, cells) in self.cells.iter().enumerate() {
            let first = self.sliced.plane(var as u16);
            let its = &planes[first..first + usize::from(*cells)];
            block.open.push(match (*cells, self.absent[var]) {
                (0, _) => [if self.open[var] { u64::MAX } else { 0 }; WORDS],
                (_, false) => several(its),
                (_, true) => {
                    let mut open = several(&its[..its.len() - 1]);
                    or(&mut open, &its[its.len() - 1]);
                    open
                }
            });
        }
        block.bound.clear();
        block.bound.resize(self.cells.len(), [0; WORDS]);
        for rule in &self.rules {
            let broken = self.sliced.root(rule.broken, &block.registers);
            if broken != [0; WORDS] {
                for var in &rule.vars {
                    let both = and(&broken, &block.open[usize::from(*var)]);
                    or(&mut block.bound[usize::from(*var)], &both);
                }
            }
        }
        block.broken.clear();
        for report in &self.reports {
            let mut broken = self.sliced.root(report.broken, &block.registers);
            if let Some(var) = report.said {
                let silent = &planes[self.sliced.plane(var) + usize::from(self.cells[usize::from(var)]) - 1];
                broken.iter_mut().zip(silent).for_each(|(broken, silent)| *broken &= !silent);
            }
            block.broken.push(broken);
        }
    }

    /// Rows of which a conclusion, by its place among the wanted, is drawn exactly.
    pub fn exact(&self, place: usize, block: &Block) -> Rows {
        let Some(asked) = &self.asked[place] else { return [0; WORDS] };
        let mut touched = [0; WORDS];
        let mut reached = [0; WORDS];
        if asked.ruled {
            asked.tied.iter().for_each(|var| or(&mut reached, &block.bound[usize::from(*var)]));
        }
        for ((report, meets), broken) in self.reports.iter().zip(&asked.meets).zip(&block.broken) {
            if *broken == [0; WORDS] {
                continue;
            }
            let mut near = [0; WORDS];
            meets.iter().for_each(|var| or(&mut near, &block.open[usize::from(*var)]));
            if reached != [0; WORDS] {
                let mut far = [0; WORDS];
                report.vars.iter().for_each(|var| or(&mut far, &block.bound[usize::from(*var)]));
                or(&mut near, &and(&far, &reached));
            }
            or(&mut touched, &and(broken, &near));
        }
        let mut exact = block.world;
        exact.iter_mut().zip(&touched).for_each(|(exact, touched)| *exact &= !touched);
        exact
    }

    /// What rows see of a variable that may be in these cells.
    pub fn seen(&self, var: u16, mask: u64) -> u64 {
        let all = self.guideline.space.full(var);
        if self.absent(var) && mask == all { all + 1 } else { mask }
    }

    /// Puts the masks of one variable, for each row what [`Columns::seen`] says, among the bitmaps of a block.
    pub fn put(&self, var: u16, masks: &[u64], planes: &mut [Rows]) {
        let first = self.plane(var);
        turned(masks, &mut planes[first..first + usize::from(self.cells[usize::from(var)])]);
    }

    /// Rows among these of which a conclusion says the same: outcome and reason.
    pub fn alike(&self, place: usize, block: &Block, among: &Rows, found: &mut Vec<Alike>) {
        found.clear();
        let Some(asked) = self.asked[place].as_ref().filter(|_| *among != [0; WORDS]) else { return };
        found.push(Alike { rows: *among, bits: vec![0; asked.signature.len().div_ceil(64)] });
        for (bit, root) in asked.signature.iter().enumerate() {
            let lane = self.sliced.root(*root, &block.registers);
            for at in 0..found.len() {
                let group = &mut found[at];
                let both = and(&group.rows, &lane);
                if both == [0; WORDS] {
                    continue;
                }
                if both != group.rows {
                    let mut rest = group.clone();
                    rest.rows.iter_mut().zip(&both).for_each(|(rest, both)| *rest &= !both);
                    group.rows = both;
                    group.bits[bit / 64] |= 1 << (bit % 64);
                    found.push(rest);
                } else {
                    group.bits[bit / 64] |= 1 << (bit % 64);
                }
            }
        }
    }

    /// What rows with these bits come to; without conventions.
    pub fn drawn(&self, place: usize, signature: &[u64]) -> Option<Drawn> {
        let bits = &|bit: usize| signature[bit / 64] >> (bit % 64) & 1 == 1;
        let asked = self.asked[place].as_ref()?;
        let at = self.at[place];
        let conclusion = &self.guideline.conclusions[at];
        let set = |list: &[Truth]| {
            list.iter().enumerate().fold(0u64, |set, (i, truth)| set | u64::from(truth.of(bits)) << i)
        };
        let some = set(&asked.may);
        let collects = conclusion.policy == HitPolicy::Collect;
        let outcome = if collects {
            let every = some & !set(&asked.may_not);
            Outcome::Collected { certain: every, open: some & !every }
        } else {
            outcome_of(some, self.guideline.vocabulary.conclusion(conclusion.idx).values.len())
        };
        let reason = (!matches!(outcome, Outcome::Undetermined(_))).then(|| {
            let mut reason = Reason::default();
            for (row, truth) in asked.rows.iter().enumerate().filter(|(_, truth)| truth.of(bits) != collects)
            {
                match (conclusion.rows.get(row), truth) {
                    (Some((table, row)), _) => {
                        reason.steps.push(Step { table: *table, row: *row, tests: Vec::new() });
                    }
                    (None, _) => reason.outside = true,
                }
            }
            reason
        });
        Some(Drawn {
            conclusion: conclusion.idx,
            at,
            outcome,
            convention: None,
            reason,
            sufficient: Vec::new(),
            settle: Vec::new(),
            examples: Vec::new(),
            confirmed: false,
        })
    }
}

/// Rules and conclusions halfway: what neither rows nor both of them look at is settled before they are brought together.
struct Halfway<'g> {
    guideline: &'g CompiledGuideline,
    views: Vec<View>,
    ruled: Vec<u16>,
    known: FxHashMap<Vec<u16>, Half>,
}

struct Half {
    projection: Projection,
    /// The rules, over what rows see and the conclusion reads.
    conditions: Vec<Kept>,
}

impl Halfway<'_> {
    fn new(guideline: &CompiledGuideline, views: Vec<View>) -> Halfway<'_> {
        let ruled = support(&guideline.store, guideline.valid);
        Halfway { guideline, views, ruled, known: FxHashMap::default() }
    }

    /// For a conclusion that reads these variables.
    fn of(&mut self, reads: &[u16], ruled: bool) -> Option<&mut Half> {
        let hidden = |v: &u16| matches!(self.views[usize::from(*v)], View::Hidden(_));
        let both = reads.iter().copied().filter(|v| ruled && hidden(v) && self.ruled.contains(v));
        let mut key: Vec<u16> = both.collect();
        // Rules that look at nothing the conclusion reads cost no row a value, once some world is known to exist.
        if !ruled {
            key.push(u16::MAX);
        }
        if !self.known.contains_key(&key) {
            let space = &self.guideline.space;
            let views = self.views.iter().enumerate().map(|(var, view)| match view {
                View::Hidden(_) if !key.contains(&(var as u16)) => view.clone(),
                _ => View::Shown { cells: space.domain(var as u16).cells.len() as u8, absent: false },
            });
            let mut projection = Projection::new(views.collect());
            let mut conditions = Vec::new();
            if ruled {
                let valid = Kept { node: self.guideline.valid, said: None };
                let node = projection.some(&self.guideline.store, TRUE, TRUE, &[valid], EFFORT)?;
                conditions.push(Kept { node, said: None });
            }
            self.known.insert(key.clone(), Half { projection, conditions });
        }
        self.known.get_mut(&key)
    }
}

/// Everything that is to be computed of one conclusion.
fn ask(
    guideline: &CompiledGuideline,
    at: usize,
    (ruled, reports): (&[Tie], &[Tie]),
    reasons: bool,
    (halfway, roots): (&mut Halfway<'_>, &mut Roots),
) -> Option<Asked> {
    let conclusion = &guideline.conclusions[at];
    let collects = conclusion.policy == HitPolicy::Collect;
    let mut reads = conclusion.support.clone();
    if reasons {
        let its = if collects {
            conclusion.roots.row_holds.as_slice()
        } else {
            std::slice::from_ref(&conclusion.roots.row)
        };
        reads.extend(its.iter().flat_map(|root| support(&guideline.store, *root)));
        reads.sort_unstable();
        reads.dedup();
    }
    let tied: Vec<u16> = reads.iter().copied().filter(|v| ruled.iter().any(|r| r.vars.contains(v))).collect();
    let mut signature = Vec::new();
    let half = halfway.of(&reads, !tied.is_empty())?;
    roots.projection.forget();
    let mut some = |root, wanted| {
        let node = half.projection.some(&guideline.store, root, wanted, &[], EFFORT)?;
        let root = roots.some(half.projection.store(), node, TRUE, &half.conditions)?;
        Some(roots.truth(root, &mut signature))
    };
    let mut asked = Asked {
        signature: Vec::new(),
        may: Vec::new(),
        may_not: Vec::new(),
        rows: Vec::new(),
        ruled: !tied.is_empty(),
        meets: reports
            .iter()
            .map(|report| report.vars.iter().copied().filter(|v| reads.contains(v)).collect())
            .collect(),
        tied,
    };
    if collects {
        for item in &conclusion.roots.items {
            let (yes, no) = if *item == FALSE {
                (Truth::Never, Truth::Always)
            } else {
                (some(*item, TRUE)?, some(*item, FALSE)?)
            };
            asked.may.push(yes);
            asked.may_not.push(no);
        }
        for row in conclusion.roots.row_holds.iter().filter(|_| reasons) {
            asked.rows.push(some(*row, FALSE)?);
        }
    } else {
        for outcome in 0..=conclusion.not_applicable(&guideline.vocabulary) {
            asked.may.push(some(conclusion.roots.value, NodeId::terminal(outcome))?);
        }
        // One more row is "outside every table".
        for row in (0..=conclusion.rows.len() as u16).filter(|_| reasons) {
            asked.rows.push(some(conclusion.roots.row, NodeId::terminal(row))?);
        }
    }
    asked.signature = signature;
    Some(asked)
}

/// Rows with more than one cell left.
fn several(planes: &[Rows]) -> Rows {
    let (mut one, mut two) = ([0; WORDS], [0; WORDS]);
    for plane in planes {
        or(&mut two, &and(&one, plane));
        or(&mut one, plane);
    }
    two
}

fn or(to: &mut Rows, more: &Rows) {
    to.iter_mut().zip(more).for_each(|(to, more)| *to |= more);
}

fn and(a: &Rows, b: &Rows) -> Rows {
    std::array::from_fn(|i| a[i] & b[i])
}
