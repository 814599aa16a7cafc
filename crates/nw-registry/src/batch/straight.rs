//! From columns to verdicts without a class for each row: for conclusions whose diagrams over the whole table are small.
//!
//! What a column says of a block of rows becomes one bitmap for each thing that it may say ([`super::gauge`]), from there
//! the bitmaps of cells, and the verdicts of the block. Rows that cannot be read or that contradict themselves are
//! picked out and answered row by row, so both roads give the same table.

use arrow_array::UInt32Array;
use arrow_schema::DataType;
use nw_engine::{BLOCK, Columns};
use nw_facts::FactIdx;
use nw_guideline::Cell;
use rustc_hash::FxHashMap;

use super::classes::{BAD, NOTHING};
use super::evaluate::{Answered, Worker};
use super::gauge::{Gauge, Lanes, SILENT, WRONG, first};
use super::plan::Part;
use super::road::{Among, Lane, NOBODY};
use super::said::{Kept, Said};
use crate::table::{NULL, Unit, texts};

/// Above this number of edges, rows are better sorted by where the tumour began, each place with its own diagrams.
const SMALL: usize = 30_000;

/// More conclusions than this are not tried at once: making their diagrams for the whole table would be in vain.
const FEW: usize = 64;

/// Blocks of which a column is read at once.
const TOGETHER: usize = 8;

/// What the columns of a table may say, once the kinds of the columns are known.
#[derive(Default)]
pub(crate) enum Sheets {
    #[default]
    Unseen,
    /// This road is not for this table.
    Closed,
    Open(Open),
}

/// The columns of a table, and what is derived from them.
pub(crate) struct Open {
    sheets: Vec<Sheet>,
    /// Groups of derivations that make a difference.
    derived: Vec<usize>,
    /// Derived variables: group, target, variable.
    targets: Vec<(usize, usize, u16)>,
}

/// What one column may say.
pub(crate) struct Sheet {
    column: usize,
    kind: DataType,
    gauge: Option<Gauge>,
    /// The variables of which it speaks and that make a difference.
    vars: Vec<(u16, FactIdx)>,
    /// The class of each different thing said.
    known: FxHashMap<String, u8>,
    /// For each class what it leaves of those variables; nothing when it contradicts itself.
    masks: Vec<Vec<Option<u64>>>,
}

/// What a group of derivations makes of the rows of a unit.
struct States {
    /// For each variable what it leaves of it, row by row.
    masks: Vec<(u16, Vec<u64>)>,
    /// Not zero where it contradicts itself.
    clash: Vec<u32>,
}

impl<'g> Worker<'_, 'g> {
    /// Answers a unit on this road; nothing when it is not for this table.
    pub(super) fn straight(&mut self, unit: &Unit, columns: &[usize]) -> Result<Option<Answered>, String> {
        let Some(road) = self.road.filter(|road| unit.broken.is_empty() && !road.practised()) else {
            return Ok(None);
        };
        if matches!(self.sheets, Sheets::Closed) || self.plan.drawn.len() > FEW {
            return Ok(None);
        }
        let Some((layout, diagrams)) = road.whole(&self.engine, unit.rows) else { return Ok(None) };
        let mut open = match std::mem::replace(&mut self.sheets, Sheets::Closed) {
            Sheets::Unseen => match self.sheets(unit, columns, diagrams) {
                Some(open) => open,
                None => return Ok(None),
            },
            Sheets::Open(open) => open,
            Sheets::Closed => return Ok(None),
        };
        let derived = self.derived(&open, unit, columns)?;
        let Some(by_text) = self.by_text(&mut open, unit, columns)? else { return Ok(None) };
        let mut said: Vec<Said> = Vec::new();
        said.resize_with(self.plan.drawn.len(), || Said::of(unit.rows, self.counting));
        let mut left: Vec<u32> = Vec::new();
        let mut own = std::mem::take(&mut self.traveller);
        let mut planes = std::mem::take(&mut own.planes);
        let each = diagrams.planes();
        planes.resize(TOGETHER * each, NOBODY);
        let mut lanes = Lanes::default();
        let mut sure = [NOBODY; TOGETHER];
        for (from, to) in blocks(0, unit.rows) {
            let nth = from / BLOCK % TOGETHER;
            if nth == 0 {
                // Column after column, since memory is read fastest in long stretches.
                let last = (from + TOGETHER * BLOCK).min(unit.rows);
                let mut group = Group { rows: (from, last), each, planes: &mut planes, sure: &mut sure };
                group.put(|(from, to), _, sure| *sure = first(to - from));
                for (sheet, by_text) in open.sheets.iter().zip(&by_text) {
                    let column = &unit.columns[columns[sheet.column]];
                    group.put(|(from, to), planes, sure| {
                        lanes.clear(sheet.masks.len());
                        match (&sheet.gauge, by_text) {
                            (Some(gauge), _) => gauge.lanes(column, (from, to), &mut lanes),
                            (None, classes) => lanes.put(&classes[from..to]),
                        }
                        sheet.put(diagrams, &lanes, planes, sure);
                    });
                }
                for states in &derived {
                    group.put(|rows, planes, sure| states.put(diagrams, rows, planes, sure));
                }
            }
            let all = first(to - from);
            let planes = &planes[nth * each..(nth + 1) * each];
            let among = Among { all: &all, sure: &sure[nth], aside: &[] };
            let drawn = self.draw(road, (layout, diagrams), planes, &among, &mut own);
            // A row is drawn for all conclusions or for none: what leaves it is that it allows no world.
            debug_assert!(drawn.left.iter().all(|left| *left == NOBODY), "a row is left as a whole");
            let lane = &drawn.against;
            for (word, bits) in lane.iter().enumerate().filter(|(_, bits)| **bits != 0) {
                let rows = (0..64).filter(|bit| bits >> bit & 1 == 1);
                left.extend(rows.map(|bit| (from + 64 * word + bit) as u32));
            }
            for (said, verdicts) in said.iter_mut().zip(&drawn.verdicts) {
                said.fill(verdicts, from, to);
            }
        }
        own.planes = planes;
        self.traveller = own;
        self.sheets = Sheets::Open(open);
        self.completed(unit, columns, said, &left).map(Some)
    }

    /// For each column of words, and of numbers that no gauge fits, the class of each row by its text; none when a
    /// column has too many.
    fn by_text(
        &self,
        open: &mut Open,
        unit: &Unit,
        columns: &[usize],
    ) -> Result<Option<Vec<Vec<u8>>>, String> {
        let mut all = Vec::with_capacity(open.sheets.len());
        for sheet in &mut open.sheets {
            if sheet.gauge.is_some() {
                all.push(Vec::new());
                continue;
            }
            let Some(classes) = self.classes(sheet, unit, columns)? else { return Ok(None) };
            all.push(classes);
        }
        Ok(Some(all))
    }

    /// What the columns may say, when all that makes a difference is said by one column each.
    fn sheets(&self, unit: &Unit, columns: &[usize], diagrams: &Columns<'g>) -> Option<Open> {
        let plan = self.plan;
        if diagrams.size().1 > SMALL || diagrams.left_out().next().is_some() {
            return None;
        }
        let parts = plan.groups.iter().flat_map(|group| &group.parts);
        let mut derived: Vec<usize> = parts
            .filter_map(|part| match part {
                Part::Clash(group) | Part::Target(group, _) => Some(*group),
                Part::Coarse(_) | Part::Exact(_) => None,
            })
            .collect();
        derived.sort_unstable();
        derived.dedup();
        let mut targets = Vec::new();
        let mut list: Vec<Sheet> = (0..plan.columns.len())
            .map(|column| Sheet {
                column,
                kind: unit.columns[columns[column]].data_type().clone(),
                gauge: None,
                vars: Vec::new(),
                known: FxHashMap::default(),
                masks: Vec::new(),
            })
            .collect();
        for (var, speaks) in self.road?.vars().filter(|(var, _)| diagrams.reads(*var)) {
            let fact = plan.guideline.space.domain(var).fact;
            match speaks {
                Some([column]) => list[*column].vars.push((var, fact)),
                // Two columns may contradict each other.
                Some(_) => return None,
                None => {
                    let made = |group: &usize| {
                        let at = plan.derived[*group].0.targets.iter().position(|target| *target == fact)?;
                        Some((*group, at, var))
                    };
                    targets.push(derived.iter().find_map(made)?);
                }
            }
        }
        for sheet in &mut list {
            // What nobody filled in is the first class, whether a row has it or not.
            let silent = self.class(sheet, diagrams, "")?;
            debug_assert_eq!(silent, SILENT, "the first class is that of nothing");
            let places = self.places(sheet.column);
            let kind = sheet.kind.clone();
            sheet.gauge = places
                .and_then(|places| Gauge::new(&kind, &places, &mut |text| self.class(sheet, diagrams, text)));
        }
        Some(Open { sheets: list, derived, targets })
    }

    /// What derivations make of the rows.
    fn derived(&self, open: &Open, unit: &Unit, columns: &[usize]) -> Result<Vec<States>, String> {
        let plan = self.plan;
        let mut exact: Vec<Vec<u32>> = vec![Vec::new(); plan.columns.len()];
        let mut all = Vec::with_capacity(open.derived.len());
        for group in &open.derived {
            for column in &plan.derived[*group].1 {
                if !exact[*column].is_empty() {
                    continue;
                }
                let classes = &plan.columns[*column];
                let codes = texts(&unit.columns[columns[*column]])
                    .map_err(|why| format!("`{}`: {why}", classes.column().name))?;
                let found = classes.of(&codes.texts);
                // What cannot be read is picked out by its column's own sheet.
                let class = |code: &u32| match found.get(*code as usize) {
                    Some((_, exact)) if *exact != BAD => *exact,
                    _ => NOTHING,
                };
                exact[*column] = codes.codes.iter().map(class).collect();
            }
            let mut states = self.states_of(*group, &exact, unit.rows);
            let clash = states.pop().unwrap_or_default();
            let targets = open.targets.iter().filter(|(of, _, _)| of == group);
            let masks = targets.map(|(group, target, var)| {
                let of_state = self.masks_of_state(*group, *target);
                (*var, states[*target].iter().map(|state| of_state[*state as usize]).collect())
            });
            all.push(States { masks: masks.collect(), clash });
        }
        Ok(all)
    }

    /// The class of a text of a column; none when there are too many.
    fn class(&self, sheet: &mut Sheet, diagrams: &Columns<'g>, text: &str) -> Option<u8> {
        let Ok((key, said)) = self.plan.columns[sheet.column].meaning(text) else { return Some(WRONG) };
        if let Some(class) = sheet.known.get(&key) {
            return Some(*class);
        }
        let class = u8::try_from(sheet.masks.len()).ok().filter(|class| *class != WRONG)?;
        let facts = self.facts_of(std::iter::once((sheet.column, said)));
        let knowledge = self.engine.blank().know(&facts, &[], &[]);
        let mask = |(var, fact): &(u16, FactIdx)| {
            let clash = knowledge.contradictions.iter().any(|c| c.facts.contains(fact));
            (!clash).then(|| diagrams.seen(*var, knowledge.masks[usize::from(*var)]))
        };
        sheet.masks.push(sheet.vars.iter().map(mask).collect());
        sheet.known.insert(key, class);
        Some(class)
    }

    /// Numbers near which what a column says may change; none for a column whose numbers mean more than one thing.
    fn places(&self, column: usize) -> Option<Vec<f64>> {
        let plan = self.plan;
        let mapped = plan.columns[column].column();
        let def = plan.guideline.vocabulary.fact(mapped.fact);
        if !def.readings.is_empty() {
            return None;
        }
        let unit = match mapped.unit() {
            Some(unit) => nw_facts::Unit::factor_to(unit, def).ok()?,
            None => nw_facts::Decimal::ONE,
        };
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let mut places: Vec<f64> = mapped.special().filter_map(number).collect();
        let ids = def.choices.iter().flat_map(|c| std::iter::once(&c.id).chain(&c.aliases));
        places.extend(ids.filter_map(|id| number(id)));
        let mut bounds = vec![def.min, def.max];
        if let Some(var) = plan.guideline.space.var(mapped.fact) {
            for cell in &plan.guideline.space.domain(var).cells {
                if let Cell::Numbers(range) = cell {
                    bounds.extend(range.low.iter().chain(&range.high).map(|bound| bound.at));
                }
            }
        }
        let bounds = bounds.into_iter().filter_map(|bound| bound.checked_div(unit));
        places.extend(bounds.filter_map(|bound| number(&bound.to_string())));
        Some(places)
    }

    /// The class of each row of a column by its text; none when there are too many.
    fn classes(&self, sheet: &mut Sheet, unit: &Unit, columns: &[usize]) -> Result<Option<Vec<u8>>, String> {
        let classes = &self.plan.columns[sheet.column];
        let codes = texts(&unit.columns[columns[sheet.column]])
            .map_err(|why| format!("`{}`: {why}", classes.column().name))?;
        let Some((_, diagrams)) = self.road.and_then(|road| road.whole(&self.engine, 0)) else {
            return Ok(None);
        };
        let mut of_text = Vec::with_capacity(codes.texts.len());
        for text in &codes.texts {
            let Some(class) = self.class(sheet, diagrams, text) else { return Ok(None) };
            of_text.push(class);
        }
        let class = |code: &u32| if *code == NULL { SILENT } else { of_text[*code as usize] };
        Ok(Some(codes.codes.iter().map(class).collect()))
    }

    /// Adds what is said row by row of the rows that are left.
    fn completed(
        &mut self,
        unit: &Unit,
        columns: &[usize],
        mut said: Vec<Said>,
        left: &[u32],
    ) -> Result<Answered, String> {
        let mut rejects = Vec::new();
        let mut bad = vec![false; if left.is_empty() { 0 } else { unit.rows }];
        if !left.is_empty() {
            let rows = UInt32Array::from(left.to_vec());
            let picked = unit.columns.iter().map(|column| arrow_select::take::take(column, &rows, None));
            let picked = picked.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
            let some = Unit { first: 0, rows: left.len(), columns: picked, broken: Vec::new() };
            let found = self.row_by_row(&some, columns)?;
            for mut reject in found.rejects {
                let row = left[reject.row as usize - 1];
                bad[row as usize] = true;
                reject.row = unit.first + u64::from(row) + 1;
                rejects.push(reject);
            }
            for (said, one) in said.iter_mut().zip(&found.columns) {
                if let Some(counts) = &one.counts {
                    said.add(&one.list, counts);
                    continue;
                }
                for at in 0..found.kept.len() {
                    said.note(one.list[one.places.of(at)], left[found.kept.of(at)] as usize);
                }
            }
        }
        let kept = if rejects.is_empty() {
            Kept::All(unit.rows)
        } else {
            let rows: Vec<u32> = (0..unit.rows as u32).filter(|row| !bad[*row as usize]).collect();
            said.iter_mut().for_each(|said| said.keep(&rows));
            Kept::Some(rows)
        };
        said.iter_mut().for_each(Said::settle);
        Ok(Answered { kept, rejects, columns: said })
    }
}

impl Sheet {
    /// Turns the classes of a block into the bitmaps of the cells of its variables; rows that cannot be read or that
    /// contradict themselves are no longer sure.
    fn put(&self, diagrams: &Columns<'_>, lanes: &Lanes, planes: &mut [Lane], sure: &mut Lane) {
        without(sure, lanes.wrong());
        for (nth, (var, _)) in self.vars.iter().enumerate() {
            let first = diagrams.plane(*var);
            let cells = usize::from(diagrams.cells()[usize::from(*var)]);
            let planes = &mut planes[first..first + cells];
            planes.fill(NOBODY);
            for (class, lane) in lanes.iter() {
                match self.masks[class][nth] {
                    Some(mask) => with(planes, mask, lane),
                    None => without(sure, lane),
                }
            }
        }
    }
}

impl States {
    fn put(&self, diagrams: &Columns<'_>, (from, to): (usize, usize), planes: &mut [Lane], sure: &mut Lane) {
        for (row, _) in self.clash[from..to].iter().enumerate().filter(|(_, clash)| **clash != 0) {
            sure[row / 64] &= !(1 << (row % 64));
        }
        for (var, masks) in &self.masks {
            let seen: Vec<u64> = masks[from..to].iter().map(|mask| diagrams.seen(*var, *mask)).collect();
            diagrams.put(*var, &seen, planes);
        }
    }
}

/// The rows of a stretch, a block at a time.
fn blocks(from: usize, to: usize) -> impl Iterator<Item = (usize, usize)> {
    (from..to).step_by(BLOCK).map(move |at| (at, (at + BLOCK).min(to)))
}

/// Blocks of which a column is read at once, with the bitmaps of each and the rows that are sure.
struct Group<'a> {
    rows: (usize, usize),
    each: usize,
    planes: &'a mut [Lane],
    sure: &'a mut [Lane],
}

impl Group<'_> {
    fn put(&mut self, mut what: impl FnMut((usize, usize), &mut [Lane], &mut Lane)) {
        for (nth, rows) in blocks(self.rows.0, self.rows.1).enumerate() {
            what(rows, &mut self.planes[nth * self.each..(nth + 1) * self.each], &mut self.sure[nth]);
        }
    }
}

/// Adds the rows of a class to the bitmaps of the cells in which they may be.
fn with(planes: &mut [Lane], mask: u64, lane: &Lane) {
    let mut left = mask;
    while left != 0 {
        let plane = &mut planes[left.trailing_zeros() as usize];
        plane.iter_mut().zip(lane).for_each(|(plane, lane)| *plane |= lane);
        left &= left - 1;
    }
}

fn without(lane: &mut Lane, rows: &Lane) {
    lane.iter_mut().zip(rows).for_each(|(lane, rows)| *lane &= !rows);
}
