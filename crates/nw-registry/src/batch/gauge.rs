//! What the numbers of a column say, without a text for each of them.
//!
//! A value of a column is read as a person would write it, so that `2.9` lands on its own side of a threshold. For
//! numbers that is a detour: what they say changes at few places only. Those places are found once, by reading the numbers
//! close to each end of a cell and halving what lies between two that say different things; a block of numbers is then
//! compared with those places alone. What was found is tried between the places before it is used.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use nw_engine::BLOCK;

use super::road::{Lane, NOBODY};

/// The class of nothing on record.
pub(crate) const SILENT: u8 = 0;

/// The class of what cannot be read.
pub(crate) const WRONG: u8 = u8::MAX;

/// Where the numbers of one column change what they say.
#[derive(Clone, Debug)]
pub(crate) enum Gauge {
    /// A column of yes and no: the class of each.
    Bits {
        yes: u8,
        no: u8,
    },
    F32(Stretches<f32>),
    F64(Stretches<f64>),
    I8(Stretches<i8>),
    I16(Stretches<i16>),
    I32(Stretches<i32>),
    I64(Stretches<i64>),
    U8(Stretches<u8>),
    U16(Stretches<u16>),
    U32(Stretches<u32>),
}

/// Numbers between two places say the same.
#[derive(Clone, Debug)]
pub(crate) struct Stretches<T> {
    /// Where each stretch but the first begins.
    from: Vec<T>,
    /// The class of each stretch.
    class: Vec<u8>,
}

/// A kind of number, and its place among all of its kind.
pub(crate) trait Number: Copy + PartialOrd {
    const LEAST: i64;
    const MOST: i64;
    fn at(place: i64) -> Self;
    fn place(self) -> i64;
    fn near(value: f64) -> Self;
    /// Roughly.
    fn value(self) -> f64;
    fn finite(self) -> bool;
    /// As a person would write it; none of what is no number.
    fn written(self) -> Option<String>;
}

macro_rules! whole {
    ($($kind:ty),*) => {$(
        impl Number for $kind {
            const LEAST: i64 = <$kind>::MIN as i64;
            const MOST: i64 = <$kind>::MAX as i64;
            fn at(place: i64) -> Self {
                place as $kind
            }
            fn place(self) -> i64 {
                self as i64
            }
            fn near(value: f64) -> Self {
                value as $kind
            }
            fn value(self) -> f64 {
                self as f64
            }
            fn finite(self) -> bool {
                true
            }
            fn written(self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}

whole!(i8, i16, i32, i64, u8, u16, u32);

macro_rules! binary {
    ($kind:ty, $bits:ty, $infinity:expr) => {
        impl Number for $kind {
            // The largest finite numbers; what lies below zero is counted down from it.
            const LEAST: i64 = -($infinity as i64);
            const MOST: i64 = $infinity as i64 - 1;
            fn at(place: i64) -> Self {
                let magnitude = |place: i64| <$kind>::from_bits(place as $bits);
                if place >= 0 { magnitude(place) } else { -magnitude(-1 - place) }
            }
            fn place(self) -> i64 {
                let magnitude = self.abs().to_bits() as i64;
                if self.is_sign_negative() { -1 - magnitude } else { magnitude }
            }
            fn near(value: f64) -> Self {
                value as $kind
            }
            fn value(self) -> f64 {
                f64::from(self)
            }
            fn finite(self) -> bool {
                self.is_finite()
            }
            fn written(self) -> Option<String> {
                self.is_finite().then(|| self.to_string())
            }
        }
    };
}

binary!(f32, u32, 0x7f80_0000_u32);
binary!(f64, u64, 0x7ff0_0000_0000_0000_u64);

/// What a text says, as a number below [`WRONG`]; [`WRONG`] when it cannot be read, none when there are too many.
pub(crate) type Meaning<'a> = &'a mut dyn FnMut(&str) -> Option<u8>;

impl Gauge {
    /// For a column of a kind of number; `places` are numbers close to which what they say may change.
    ///
    /// `None` for columns of another kind, and when what was found does not hold between the places.
    pub(crate) fn new(kind: &DataType, places: &[f64], meaning: Meaning<'_>) -> Option<Gauge> {
        Some(match kind {
            DataType::Boolean => Gauge::Bits { yes: meaning("yes")?, no: meaning("no")? },
            DataType::Float32 => Gauge::F32(Stretches::new(places, meaning)?),
            DataType::Float64 => Gauge::F64(Stretches::new(places, meaning)?),
            DataType::Int8 => Gauge::I8(Stretches::new(places, meaning)?),
            DataType::Int16 => Gauge::I16(Stretches::new(places, meaning)?),
            DataType::Int32 => Gauge::I32(Stretches::new(places, meaning)?),
            DataType::Int64 => Gauge::I64(Stretches::new(places, meaning)?),
            DataType::UInt8 => Gauge::U8(Stretches::new(places, meaning)?),
            DataType::UInt16 => Gauge::U16(Stretches::new(places, meaning)?),
            DataType::UInt32 => Gauge::U32(Stretches::new(places, meaning)?),
            _ => return None,
        })
    }

    /// Adds the rows of a block to the bitmaps of their classes.
    pub(crate) fn lanes(&self, array: &ArrayRef, (from, to): (usize, usize), lanes: &mut Lanes) {
        let nulls = Nulls { nulls: array.nulls(), from, to };
        match self {
            Gauge::Bits { yes, no } => {
                let values = array.as_boolean().values().slice(from, to - from);
                let spoken = nulls.spoken();
                let mut words = values.bit_chunks().iter_padded();
                for (word, spoken) in spoken.iter().enumerate() {
                    let values = words.next().unwrap_or(0);
                    lanes.of(*yes)[word] |= values & spoken;
                    lanes.of(*no)[word] |= !values & spoken;
                }
                nulls.silent(&spoken, lanes);
            }
            Gauge::F32(s) => s.lanes(&array.as_primitive::<Float32Type>().values()[from..to], &nulls, lanes),
            Gauge::F64(s) => s.lanes(&array.as_primitive::<Float64Type>().values()[from..to], &nulls, lanes),
            Gauge::I8(s) => s.lanes(&array.as_primitive::<Int8Type>().values()[from..to], &nulls, lanes),
            Gauge::I16(s) => s.lanes(&array.as_primitive::<Int16Type>().values()[from..to], &nulls, lanes),
            Gauge::I32(s) => s.lanes(&array.as_primitive::<Int32Type>().values()[from..to], &nulls, lanes),
            Gauge::I64(s) => s.lanes(&array.as_primitive::<Int64Type>().values()[from..to], &nulls, lanes),
            Gauge::U8(s) => s.lanes(&array.as_primitive::<UInt8Type>().values()[from..to], &nulls, lanes),
            Gauge::U16(s) => s.lanes(&array.as_primitive::<UInt16Type>().values()[from..to], &nulls, lanes),
            Gauge::U32(s) => s.lanes(&array.as_primitive::<UInt32Type>().values()[from..to], &nulls, lanes),
        }
    }
}

impl<T: Number> Stretches<T> {
    fn new(places: &[f64], meaning: Meaning<'_>) -> Option<Stretches<T>> {
        // A place may be no number of this kind; then the change lies within a few of them.
        const NEAR: i64 = 4;
        let mut near: Vec<i64> = vec![T::LEAST, T::MOST];
        for place in places.iter().chain(&[0.0]) {
            let at = T::near(*place).place();
            let around =
                (at.saturating_sub(NEAR)..=at.saturating_add(NEAR)).map(|p| p.clamp(T::LEAST, T::MOST));
            near.extend(around);
        }
        near.sort_unstable();
        near.dedup();
        let mut says = |place: i64| meaning(&T::at(place).written()?);
        let mut all = Stretches { from: Vec::new(), class: vec![says(T::LEAST)?] };
        let (mut before, mut said) = (T::LEAST, all.class[0]);
        for place in near {
            let says_now = says(place)?;
            if says_now == said {
                // Nothing may change in between: tried in the middle, by value and by place.
                let by_place = before + ((i128::from(place) - i128::from(before)) / 2) as i64;
                let by_value = T::near(T::at(before).value() / 2.0 + T::at(place).value() / 2.0).place();
                for between in [by_place, by_value.clamp(before, place)] {
                    if says(between)? != said {
                        return None;
                    }
                }
            } else {
                let (mut low, mut high) = (before, place);
                while (i128::from(high) - i128::from(low)) > 1 {
                    let middle = low + ((i128::from(high) - i128::from(low)) / 2) as i64;
                    match says(middle)? {
                        class if class == said => low = middle,
                        class if class == says_now => high = middle,
                        _ => return None,
                    }
                }
                all.from.push(T::at(high));
                all.class.push(says_now);
            }
            (before, said) = (place, says_now);
        }
        Some(all)
    }

    fn lanes(&self, values: &[T], nulls: &Nulls<'_>, lanes: &mut Lanes) {
        let spoken = nulls.spoken();
        // What cannot be read, and what is no number, stands at both ends: blocks without either are the rule.
        let inner = match (self.from.as_slice(), self.class.as_slice()) {
            ([low, between @ .., high], [WRONG, class @ .., WRONG])
                if values.iter().fold(true, |all, v| all & (*v >= *low) & (*v < *high)) =>
            {
                Some((between, class))
            }
            (from, class) if values.iter().fold(true, |all, v| all & v.finite()) => Some((from, class)),
            _ => None,
        };
        match inner {
            Some((from, class)) => {
                let mut above = spoken;
                for (at, cut) in from.iter().enumerate() {
                    let reached = at_least(values, *cut);
                    let lane = lanes.of(class[at]);
                    for word in 0..above.len() {
                        lane[word] |= above[word] & !reached[word];
                        above[word] &= reached[word];
                    }
                }
                if let Some(last) = class.last() {
                    add(lanes.of(*last), &above);
                }
            }
            None => {
                for (row, value) in values.iter().enumerate() {
                    let spoken = spoken[row / 64] & 1 << (row % 64);
                    if value.finite() {
                        let at = self.from.partition_point(|from| *from <= *value);
                        lanes.of(self.class[at])[row / 64] |= spoken;
                    } else {
                        lanes.of(SILENT)[row / 64] |= spoken;
                    }
                }
            }
        }
        nulls.silent(&spoken, lanes);
    }
}

/// Which rows of a block say anything.
struct Nulls<'a> {
    nulls: Option<&'a NullBuffer>,
    from: usize,
    to: usize,
}

impl Nulls<'_> {
    fn spoken(&self) -> Lane {
        let mut all = first(self.to - self.from);
        if let Some(nulls) = self.nulls.filter(|n| n.null_count() > 0) {
            let valid = nulls.inner().slice(self.from, self.to - self.from);
            let words = valid.bit_chunks().iter_padded().chain(std::iter::repeat(0));
            all.iter_mut().zip(words).for_each(|(all, valid)| *all &= valid);
        }
        all
    }

    fn silent(&self, spoken: &Lane, lanes: &mut Lanes) {
        if self.nulls.is_some_and(|n| n.null_count() > 0) {
            let all = first(self.to - self.from);
            let lane = lanes.of(SILENT);
            (0..all.len()).for_each(|word| lane[word] |= all[word] & !spoken[word]);
        }
    }
}

/// A bitmap for each class that a column has in a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
    wrong: Lane,
}

impl Lanes {
    pub(crate) fn clear(&mut self, classes: usize) {
        self.lanes.clear();
        self.lanes.resize(classes, NOBODY);
        self.wrong = NOBODY;
    }

    pub(crate) fn of(&mut self, class: u8) -> &mut Lane {
        if class == WRONG { &mut self.wrong } else { &mut self.lanes[usize::from(class)] }
    }

    /// Rows that cannot be read.
    pub(crate) fn wrong(&self) -> &Lane {
        &self.wrong
    }

    /// The classes that some row has, with their rows.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Lane)> {
        self.lanes.iter().enumerate().filter(|(_, lane)| **lane != NOBODY)
    }

    /// Adds the rows of a block by the class of each.
    pub(crate) fn put(&mut self, classes: &[u8]) {
        for (row, class) in classes.iter().enumerate() {
            self.of(*class)[row / 64] |= 1 << (row % 64);
        }
    }
}

/// The first so many rows of a block.
pub(crate) fn first(rows: usize) -> Lane {
    let mut lane = NOBODY;
    for (word, bits) in lane.iter_mut().enumerate() {
        *bits = match rows.saturating_sub(64 * word) {
            left @ 0..64 => (1 << left) - 1,
            _ => u64::MAX,
        };
    }
    lane
}

fn add(lane: &mut Lane, more: &Lane) {
    lane.iter_mut().zip(more).for_each(|(lane, more)| *lane |= more);
}

/// The rows whose value is not below a place.
fn at_least<T: Number>(values: &[T], place: T) -> Lane {
    let mut lane = NOBODY;
    let (full, rest) = values.as_chunks::<64>();
    for (word, values) in lane.iter_mut().zip(full) {
        *word = packed(&values.map(|v| u8::from(v >= place)));
    }
    if let Some(word) = lane.get_mut(full.len()).filter(|_| !rest.is_empty()) {
        *word = rest.iter().enumerate().fold(0, |word, (row, v)| word | u64::from(*v >= place) << row);
    }
    lane
}

/// Sixty-four zeros and ones, each in a byte of its own, as the bits of a word.
fn packed(bytes: &[u8; 64]) -> u64 {
    // Multiplied, byte i of eight puts its one at bit 56 + i.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = bytes.as_chunks::<8>();
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
    eights.iter().enumerate().fold(0, |word, (at, eight)| word | bits(eight) << (8 * at))
}

/// The numbers of rows, below 256, from a bitmap for each of their bits: what [`packed`] does, backwards.
pub(crate) fn spread(planes: &[Lane], numbers: &mut [u8]) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const OWN: u64 = 0x8040_2010_0804_0201;
    for (at, eight) in numbers.chunks_mut(8).enumerate() {
        let of = |plane: &Lane| {
            let byte = plane[at / 8] >> (8 * (at % 8)) & 0xff;
            // Bit i alone in byte i, then as a one there.
            ((byte.wrapping_mul(EACH) & OWN) + 0x7f * EACH) >> 7 & EACH
        };
        let sum = planes.iter().enumerate().fold(0, |sum, (bit, plane)| sum | of(plane) << bit);
        eight.copy_from_slice(&sum.to_le_bytes()[..eight.len()]);
    }
}

const _: () = assert!(BLOCK.is_multiple_of(64), "a block is made of whole words");
