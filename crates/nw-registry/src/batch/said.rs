//! What is said of one conclusion in a unit of rows: the different verdicts, and which one each row has.

use nw_engine::BLOCK;
use rustc_hash::FxHashMap;

use super::gauge::spread;
use super::road::{Lane, NOBODY};

/// Which verdict each row has, by its place in the list; as small as the list allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Places {
    /// All rows have the first.
    #[default]
    First,
    /// At most 256 different ones.
    Few(Vec<u8>),
    Many(Vec<u16>),
}

impl Places {
    /// The place of a row's verdict.
    pub(crate) fn of(&self, row: usize) -> usize {
        match self {
            Places::First => 0,
            Places::Few(places) => usize::from(places[row]),
            Places::Many(places) => usize::from(places[row]),
        }
    }

    /// Gives a row the verdict at a place, among so many rows.
    fn set(&mut self, row: usize, place: u16, rows: usize) {
        self.widen(place, rows);
        match self {
            Places::First => {}
            Places::Few(places) => places[row] = place as u8,
            Places::Many(places) => places[row] = place,
        }
    }

    /// Makes room for a place.
    fn widen(&mut self, place: u16, rows: usize) {
        match self {
            Places::First if place > 0 => {
                *self = Places::Few(vec![0; rows]);
                self.widen(place, rows);
            }
            Places::Few(places) if place > u16::from(u8::MAX) => {
                *self = Places::Many(places.iter().map(|place| u16::from(*place)).collect());
            }
            _ => {}
        }
    }

    /// Some of the rows, in this order.
    fn picked(&self, rows: impl Iterator<Item = usize>) -> Places {
        match self {
            Places::First => Places::First,
            Places::Few(places) => Places::Few(rows.map(|row| places[row]).collect()),
            Places::Many(places) => Places::Many(rows.map(|row| places[row]).collect()),
        }
    }
}

/// The verdicts on one conclusion in a unit.
#[derive(Default)]
pub(crate) struct Said {
    rows: usize,
    numbers: FxHashMap<u32, u16>,
    /// The different verdicts by their numbers; once a unit is done, in an order that only the rows decide.
    pub list: Vec<u32>,
    /// For each row the place of its verdict.
    pub places: Places,
    /// Whether verdicts were met in another order than that of the rows.
    out_of_order: bool,
    /// How many rows have each verdict, where only that is wanted.
    pub counts: Option<Vec<u64>>,
}

impl Said {
    /// Of so many rows; `counted` when only the numbers of rows are wanted.
    pub(crate) fn of(rows: usize, counted: bool) -> Said {
        Said { rows, counts: counted.then(Vec::new), ..Said::default() }
    }

    /// The place of a verdict in the list.
    fn place(&mut self, verdict: u32) -> u16 {
        let list = &mut self.list;
        *self.numbers.entry(verdict).or_insert_with(|| {
            list.push(verdict);
            (list.len() - 1) as u16
        })
    }

    /// Counts rows with the verdict at a place; whether that is all that is wanted.
    fn counted(&mut self, place: u16, rows: u64) -> bool {
        let Some(counts) = &mut self.counts else { return false };
        let at = usize::from(place);
        if at >= counts.len() {
            counts.resize(at + 1, 0);
        }
        counts[at] += rows;
        true
    }

    /// Notes a verdict for one row.
    pub(crate) fn note(&mut self, verdict: u32, row: usize) {
        let place = self.place(verdict);
        if self.counted(place, 1) {
            return;
        }
        self.out_of_order = true;
        self.places.set(row, place, self.rows);
    }

    /// Adds rows that were counted elsewhere.
    pub(crate) fn add(&mut self, list: &[u32], counts: &[u64]) {
        for (verdict, rows) in list.iter().zip(counts) {
            let place = self.place(*verdict);
            self.counted(place, *rows);
        }
    }

    /// Notes the verdicts of a block of rows, of which none is noted yet; rows without any are noted later.
    pub(crate) fn fill(&mut self, verdicts: &[(u32, Lane)], from: usize, to: usize) {
        // New verdicts take their places in the order of the rows.
        let mut met: Vec<(u32, u32, &Lane)> =
            verdicts.iter().map(|(number, lane)| (earliest(lane), *number, lane)).collect();
        met.sort_unstable_by_key(|(row, _, _)| *row);
        let placed: Vec<(u16, &Lane)> =
            met.into_iter().map(|(_, number, lane)| (self.place(number), lane)).collect();
        if self.counts.is_some() {
            for (place, lane) in placed {
                self.counted(place, lane.iter().map(|word| u64::from(word.count_ones())).sum());
            }
            return;
        }
        let most = placed.iter().map(|(place, _)| *place).max().unwrap_or(0);
        self.places.widen(most, self.rows);
        if most == 0 {
            return;
        }
        let bits = (16 - most.leading_zeros()) as usize;
        let mut planes = [NOBODY; 16];
        for (place, lane) in placed {
            let set = (0..bits).filter(|bit| place >> bit & 1 == 1);
            set.for_each(|bit| planes[bit].iter_mut().zip(lane).for_each(|(plane, lane)| *plane |= lane));
        }
        match &mut self.places {
            Places::First => {}
            Places::Few(places) => spread(&planes[..bits], &mut places[from..to]),
            Places::Many(places) => {
                let mut numbers = [0u8; BLOCK];
                let numbers = &mut numbers[..to - from];
                let places = &mut places[from..to];
                spread(&planes[..bits.min(8)], numbers);
                places.iter_mut().zip(&*numbers).for_each(|(place, low)| *place = u16::from(*low));
                if bits > 8 {
                    spread(&planes[8..bits], numbers);
                    places
                        .iter_mut()
                        .zip(&*numbers)
                        .for_each(|(place, high)| *place |= u16::from(*high) << 8);
                }
            }
        }
    }

    /// Puts rows that were answered in another order back in their own.
    pub(crate) fn put_back(&mut self, order: &[usize]) {
        if self.places == Places::First {
            return;
        }
        let mut row_of = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, row)| row_of[*row] = at);
        self.places = self.places.picked(row_of.into_iter());
        self.out_of_order = true;
    }

    /// Leaves out all rows but these.
    pub(crate) fn keep(&mut self, rows: &[u32]) {
        self.places = self.places.picked(rows.iter().map(|row| *row as usize));
        self.rows = rows.len();
        self.out_of_order = true;
    }

    /// Puts verdicts in the order of the rows.
    ///
    /// Which rows were answered on which road, and so which verdict was met first, may depend on what other threads had
    /// done by then; what is written must not.
    pub(crate) fn settle(&mut self) {
        fn renumbered<T: Copy + Into<usize> + TryFrom<usize>>(places: &mut [T], list: &mut Vec<u32>) {
            let mut place_of: Vec<Option<T>> = vec![None; list.len()];
            let mut met = Vec::with_capacity(list.len());
            for place in places {
                let at: usize = (*place).into();
                let new = place_of[at].or_else(|| {
                    met.push(list[at]);
                    place_of[at] = T::try_from(met.len() - 1).ok();
                    place_of[at]
                });
                *place = new.unwrap_or(*place);
            }
            *list = met;
        }
        if !std::mem::take(&mut self.out_of_order) {
            return;
        }
        match &mut self.places {
            Places::First => {}
            Places::Few(places) => renumbered(places, &mut self.list),
            Places::Many(places) => renumbered(places, &mut self.list),
        }
    }
}

fn earliest(lane: &Lane) -> u32 {
    lane.iter()
        .zip(0..)
        .find(|(word, _)| **word != 0)
        .map_or(u32::MAX, |(word, at)| 64 * at + word.trailing_zeros())
}

/// Rows that were answered, by position in the unit.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// All of so many.
    All(usize),
    Some(Vec<u32>),
}

impl Kept {
    pub(crate) fn len(&self) -> usize {
        match self {
            Kept::All(rows) => *rows,
            Kept::Some(rows) => rows.len(),
        }
    }

    pub(crate) fn of(&self, at: usize) -> usize {
        match self {
            Kept::All(_) => at,
            Kept::Some(rows) => rows[at] as usize,
        }
    }
}
