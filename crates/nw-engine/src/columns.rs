//! Exact sets for whole blocks of rows: what [`crate::Engine::conclude`] draws of one patient, drawn of 1,024 at once.
//!
//! A table speaks of a few dozen facts. What it does not speak of is known equally well of every row, so each conclusion
//! is first reduced to truth diagrams over what is seen, one for each value that it may take (`nw_diagram::Projection`).
//! A block then costs one pass over those (`nw_diagram::Sliced`), however much is missing in it.
//!
//! **Why that is exact.** Rules and reports are part of the reduction, so nothing is lost to them: a truth diagram is true
//! where some choice of everything unseen gives the outcome, keeps every rule and agrees with every report of the row.
//! Conditions that share no variable with a conclusion, in any number of steps, are left out of it, since worlds are a
//! product of what is tied and what is not; so nothing is said of rows that allow no world at all.
//! [`Columns::exact`] leaves those to the engine.
//!
//! All this is small once it is known where a tumour began, and a hundred times larger before. So [`Columns`] are made
//! for rows that agree in something: what is `given`.

use std::sync::Arc;

use nw_diagram::{
    FALSE, Kept, Lane, Memory, NONE, NodeId, Projection, Registers, Sliced, Store, TRUE, View, support,
    turned,
};
use nw_facts::FactSet;
use nw_guideline::{CompiledGuideline, HitPolicy};
use rustc_hash::FxHashMap;

use crate::conclude::{Drawn, Outcome, outcome_of};
use crate::explain::{Reason, Step};
use crate::frame::Vars;
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
}

/// A compiled guideline over a table that speaks of some of its facts.
#[derive(Debug)]
pub struct Columns<'g> {
    guideline: &'g CompiledGuideline,
    cells: Vec<u8>,
    /// Whether rows can say nothing of a variable, which then is its last cell.
    absent: Vec<bool>,
    sliced: Sliced,
    world: usize,
    at: Vec<usize>,
    asked: Vec<Option<Asked>>,
}

/// What is found out about a block of rows.
#[derive(Debug, Default)]
pub struct Block {
    registers: Registers<WORDS>,
    world: Rows,
}

/// Rows among which a conclusion says the same of each, group by group; the memory is used again from block to block.
#[derive(Debug, Default)]
pub struct Alike {
    rows: Vec<Rows>,
    /// For each group as many words.
    bits: Vec<u64>,
    words: usize,
}

impl Alike {
    /// The rows of each group, and what tells them from others; [`Columns::drawn`] puts it into words.
    pub fn groups(&self) -> impl Iterator<Item = (&Rows, &[u64])> {
        let bits = |at: usize| &self.bits[at * self.words..(at + 1) * self.words];
        self.rows.iter().enumerate().map(move |(at, rows)| (rows, bits(at)))
    }
}

/// Makes roots, each different node once.
struct Roots {
    projection: Projection,
    known: FxHashMap<NodeId, usize>,
    list: Vec<NodeId>,
}

impl Roots {
    /// For diagrams in which reports are worked in: what stands for "nothing was said" is a cell like others.
    fn new(views: &[View]) -> Roots {
        let settled = |view: &View| match view {
            View::Shown { .. } => View::Shown { cells: view.cells(), absent: false },
            hidden => hidden.clone(),
        };
        let projection = Projection::new(views.iter().map(settled).collect());
        Roots { projection, known: FxHashMap::default(), list: Vec::new() }
    }

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
    /// For rows that differ in these variables and in no others; `wanted` are conclusions by position, `given` are cells
    /// that all rows are in, of variables that then need not be seen.
    ///
    /// `None` when even the question which rows allow a world takes too much.
    pub fn new(
        blank: &Blank<'g>,
        seen: &[u16],
        wanted: &[usize],
        reasons: bool,
        given: &[(u16, u64)],
    ) -> Option<Columns<'g>> {
        let guideline = blank.guideline();
        let mut masks = blank.know(&FactSet::new(), &[], &[]).masks;
        given.iter().for_each(|(var, mask)| masks[usize::from(*var)] = *mask);
        let mut halfway = Halfway::new(guideline, &masks, &|var| {
            seen.contains(&var) && !given.iter().any(|(given, _)| *given == var)
        })?;
        let cells: Vec<u8> = halfway.views.iter().map(View::cells).collect();
        let mut roots = Roots::new(&halfway.views);
        let all = halfway.of(&Vars::of(0..guideline.space.len() as u16, guideline.space.len()), &[])?;
        let world = roots.some(all.projection.store(), TRUE, TRUE, &all.conditions)?;
        let asked =
            wanted.iter().map(|at| ask(guideline, *at, reasons, (&mut halfway, &mut roots))).collect();
        let sliced = Sliced::new(roots.projection.store(), &cells, &roots.list);
        let absent = halfway.views.iter().map(|v| matches!(v, View::Shown { absent: true, .. })).collect();
        Some(Columns { guideline, cells, absent, sliced, world, at: wanted.to_vec(), asked })
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

    /// Whether what rows see of a variable makes a difference to anything.
    pub fn reads(&self, var: u16) -> bool {
        self.sliced.reads(var)
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
    }

    /// Rows that allow a world.
    pub fn possible<'a>(&self, block: &'a Block) -> &'a Rows {
        &block.world
    }

    /// Rows of which a conclusion, by its place among the wanted, is drawn exactly.
    pub fn exact(&self, place: usize, block: &Block) -> Rows {
        if self.asked[place].is_some() { block.world } else { [0; WORDS] }
    }

    /// What rows see of a variable that may be in these cells.
    pub fn seen(&self, var: u16, mask: u64) -> u64 {
        seen_cells(mask, self.guideline.space.domain(var).cells.len() as u8, self.absent(var))
    }

    /// Puts the masks of one variable, for each row what [`Columns::seen`] says, among the bitmaps of a block.
    pub fn put(&self, var: u16, masks: &[u64], planes: &mut [Rows]) {
        let first = self.plane(var);
        turned(masks, &mut planes[first..first + usize::from(self.cells[usize::from(var)])]);
    }

    /// Sorts these rows by what a conclusion says of them: outcome and reason.
    pub fn alike(&self, place: usize, block: &Block, among: &Rows, found: &mut Alike) {
        found.rows.clear();
        found.bits.clear();
        let Some(asked) = self.asked[place].as_ref().filter(|_| any(among)) else { return };
        found.words = asked.signature.len().div_ceil(64);
        found.rows.push(*among);
        found.bits.resize(found.words, 0);
        for (bit, root) in asked.signature.iter().enumerate() {
            let lane = self.sliced.root(*root, &block.registers);
            for at in 0..found.rows.len() {
                let both = and(&found.rows[at], &lane);
                if !any(&both) {
                    continue;
                }
                let bits = at * found.words..(at + 1) * found.words;
                let rest = std::array::from_fn(|word| found.rows[at][word] & !lane[word]);
                if any(&rest) {
                    found.rows[at] = both;
                    found.rows.push(rest);
                    found.bits.extend_from_within(bits.clone());
                }
                found.bits[bits][bit / 64] |= 1 << (bit % 64);
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

/// Which rows of a table allow a world: one diagram over what they see, so that looking for the facts that contradict
/// each other costs next to nothing.
#[derive(Debug)]
pub struct Possible {
    store: Arc<Store>,
    root: NodeId,
    views: Vec<View>,
    /// The variables that make a difference.
    reads: Vec<u16>,
    memory: Memory,
    /// For each variable what is seen of it; only those that make a difference are ever looked at.
    cells: Vec<u64>,
}

impl Clone for Possible {
    /// For another thread: the diagram is shared, what is remembered while it is walked is not.
    fn clone(&self) -> Possible {
        Possible {
            store: Arc::clone(&self.store),
            root: self.root,
            views: self.views.clone(),
            reads: self.reads.clone(),
            memory: Memory::default(),
            cells: self.cells.clone(),
        }
    }
}

impl Possible {
    /// For rows that differ in these variables and in no others. `None` when the guideline is too tangled.
    pub fn new(blank: &Blank<'_>, seen: &[u16]) -> Option<Possible> {
        let guideline = blank.guideline();
        let masks = blank.know(&FactSet::new(), &[], &[]).masks;
        // What is presumed of everybody may have to be set aside, too.
        let presumed = |var: u16| masks[usize::from(var)] != guideline.space.full(var);
        let mut halfway = Halfway::new(guideline, &masks, &|var| seen.contains(&var) || presumed(var))?;
        let count = guideline.space.len();
        let views = halfway.views.clone();
        let half = halfway.of(&Vars::of(0..count as u16, count), &[])?;
        let mut roots = Roots::new(&views);
        let root = roots.some(half.projection.store(), TRUE, TRUE, &half.conditions)?;
        let mut root = roots.list[root];
        let store = roots.projection.store().compacted(std::iter::once(&mut root));
        let reads = support(&store, root);
        let cells = vec![1; views.len()];
        Some(Possible { store: Arc::new(store), root, views, reads, memory: Memory::default(), cells })
    }

    /// Whether it makes a difference what is known of a variable.
    pub fn reads(&self, var: u16) -> bool {
        self.reads.contains(&var)
    }

    /// Whether some world fits these masks and all that was reported in them.
    pub fn any(&mut self, masks: &[u64]) -> bool {
        for var in self.reads.iter().map(|var| usize::from(*var)) {
            if let View::Shown { cells, absent } = &self.views[var] {
                self.cells[var] = seen_cells(masks[var], *cells, *absent);
            }
        }
        self.memory.forget();
        self.memory.possible(self.store.as_ref(), self.root, &self.cells)
    }
}

/// What rows see of a variable with so many cells: when it may be in all of them, nothing was said.
fn seen_cells(mask: u64, cells: u8, absent: bool) -> u64 {
    let all = if cells == 64 { u64::MAX } else { (1 << cells) - 1 };
    if absent && mask == all { 1 << cells } else { mask }
}

/// Rules, reports and conclusions halfway: what neither rows nor both of them look at is settled before they are brought
/// together.
struct Halfway<'g> {
    guideline: &'g CompiledGuideline,
    views: Vec<View>,
    /// Rules and reports, as far as what is given leaves them.
    given: Projection,
    /// Those that share variables, in any number of steps.
    groups: Vec<Group>,
    known: FxHashMap<(Vec<usize>, Vec<u16>), Half>,
}

/// Rules and reports that are tied together.
struct Group {
    vars: Vars,
    conditions: Vec<Kept>,
}

struct Half {
    projection: Projection,
    /// One for each group, over what rows see and the conclusion reads.
    conditions: Vec<Kept>,
}

impl Halfway<'_> {
    fn new<'g>(
        guideline: &'g CompiledGuideline,
        masks: &[u64],
        shown: &dyn Fn(u16) -> bool,
    ) -> Option<Halfway<'g>> {
        let space = &guideline.space;
        let count = space.len();
        let reported: Vec<(NodeId, u16)> = guideline
            .agreements
            .iter()
            .filter_map(|a| Some((a.kept, space.var(a.reported).filter(|var| shown(*var))?)))
            .collect();
        let cells = |var: u16| space.domain(var).cells.len() as u8;
        let view = |var: u16| match shown(var) {
            true => View::Shown { cells: cells(var), absent: reported.iter().any(|(_, v)| *v == var) },
            false => View::Hidden(masks[usize::from(var)]),
        };
        let views: Vec<View> = (0..count as u16).map(view).collect();
        let open = |var: u16| match masks[usize::from(var)].is_power_of_two() && !shown(var) {
            true => View::Hidden(masks[usize::from(var)]),
            false => View::Shown { cells: cells(var), absent: false },
        };
        let mut given = Projection::new((0..count as u16).map(open).collect());
        let mut groups: Vec<Group> = Vec::new();
        let rules = guideline.rules.iter().map(|rule| (rule.kept, None));
        for (node, said) in rules.chain(reported.iter().map(|(node, var)| (*node, Some(*var)))) {
            let node = given.some(&guideline.store, node, TRUE, &[], EFFORT)?;
            given.forget();
            if node == TRUE {
                continue;
            }
            let mut group = Group {
                vars: Vars::of(support(given.store(), node).into_iter().chain(said), count),
                conditions: vec![Kept { node, said }],
            };
            let (near, far): (Vec<Group>, Vec<Group>) =
                groups.into_iter().partition(|other| other.vars.meets(&group.vars));
            groups = far;
            for other in near {
                group.vars.add(&other.vars);
                group.conditions.extend(other.conditions);
            }
            groups.push(group);
        }
        Some(Halfway { guideline, views, given, groups, known: FxHashMap::default() })
    }

    /// For a conclusion that reads these variables; the hidden ones among them stay.
    fn of(&mut self, meets: &Vars, reads: &[u16]) -> Option<&mut Half> {
        let met: Vec<usize> =
            (0..self.groups.len()).filter(|at| self.groups[*at].vars.meets(meets)).collect();
        let hidden = |v: &u16| matches!(self.views[usize::from(*v)], View::Hidden(_));
        let tied = |v: &u16| met.iter().any(|at| self.groups[*at].vars.has(*v));
        let both: Vec<u16> = reads.iter().copied().filter(|v| hidden(v) && tied(v)).collect();
        let key = (met, both);
        if !self.known.contains_key(&key) {
            let space = &self.guideline.space;
            let views = self.views.iter().enumerate().map(|(var, view)| match view {
                View::Hidden(_) if key.1.contains(&(var as u16)) => {
                    View::Shown { cells: space.domain(var as u16).cells.len() as u8, absent: false }
                }
                _ => view.clone(),
            });
            let mut projection = Projection::new(views.collect());
            let mut conditions = Vec::new();
            for at in &key.0 {
                let node =
                    projection.some(self.given.store(), TRUE, TRUE, &self.groups[*at].conditions, EFFORT)?;
                conditions.push(Kept { node, said: None });
            }
            projection.forget();
            self.known.insert(key.clone(), Half { projection, conditions });
        }
        self.known.get_mut(&key)
    }
}

/// Everything that is to be computed of one conclusion.
fn ask(
    guideline: &CompiledGuideline,
    at: usize,
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
    let mut signature = Vec::new();
    let half = halfway.of(&Vars::of(reads.iter().copied(), guideline.space.len()), &reads)?;
    roots.projection.forget();
    let mut some = |root, wanted| {
        let node = half.projection.some(&guideline.store, root, wanted, &[], EFFORT)?;
        let root = roots.some(half.projection.store(), node, TRUE, &half.conditions)?;
        Some(roots.truth(root, &mut signature))
    };
    let mut asked = Asked { signature: Vec::new(), may: Vec::new(), may_not: Vec::new(), rows: Vec::new() };
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

fn and(a: &Rows, b: &Rows) -> Rows {
    std::array::from_fn(|i| a[i] & b[i])
}

/// Whether there is a row at all.
fn any(rows: &Rows) -> bool {
    rows.iter().fold(0, |all, word| all | word) != 0
}
