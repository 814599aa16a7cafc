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
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::DataType;
use nw_engine::BLOCK;
use wide::i8x16;

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
                let values = cut(array.as_boolean().values(), (from, to));
                let spoken = nulls.spoken();
                for (class, turn) in [(*yes, 0), (*no, u64::MAX)] {
                    let lane = lanes.of(class);
                    (0..lane.len()).for_each(|word| lane[word] |= (values[word] ^ turn) & spoken[word]);
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
        match self.nulls.filter(|n| n.null_count() > 0) {
            Some(nulls) => cut(nulls.inner(), (self.from, self.to)),
            None => first(self.to - self.from),
        }
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
        self.lanes.iter().enumerate().filter(|(_, lane)| lane.iter().fold(0, |all, word| all | word) != 0)
    }

    /// Adds the rows of a block by the class of each.
    pub(crate) fn put(&mut self, classes: &[u8]) {
        for (row, class) in classes.iter().enumerate() {
            self.of(*class)[row / 64] |= 1 << (row % 64);
        }
    }
}

/// Some bits of a column, for a block.
fn cut(bits: &BooleanBuffer, (from, to): (usize, usize)) -> Lane {
    let mut lane = NOBODY;
    let chunks = bits.inner().bit_chunks(bits.offset() + from, to - from);
    lane.iter_mut().zip(chunks.iter()).for_each(|(word, bits)| *word = bits);
    if let Some(word) = lane.get_mut(chunks.chunk_len()) {
        *word = chunks.remainder_bits();
    }
    lane
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
        *word = packed(&values.map(|v| -i8::from(v >= place)));
    }
    if let Some(word) = lane.get_mut(full.len()).filter(|_| !rest.is_empty()) {
        *word = rest.iter().enumerate().fold(0, |word, (row, v)| word | u64::from(*v >= place) << row);
    }
    lane
}

/// The signs of sixty-four numbers as the bits of a word.
fn packed(numbers: &[i8; 64]) -> u64 {
    let (sixteens, _) = numbers.as_chunks::<16>();
    let bits = |sixteen: &[i8; 16]| u64::from(i8x16::new(*sixteen).to_bitmask());
    sixteens.iter().enumerate().fold(0, |word, (at, sixteen)| word | bits(sixteen) << (16 * at))
}

/// A bit for each number, set where it is none of these.
pub(crate) fn none_of(numbers: &[u8], these: &[u8]) -> Vec<u64> {
    let none = |numbers: &[u8; 64]| {
        let mut found = [0i8; 64];
        for this in these {
            found.iter_mut().zip(numbers).for_each(|(found, number)| *found |= -i8::from(number == this));
        }
        !packed(&found)
    };
    let (full, rest) = numbers.as_chunks::<64>();
    let mut words: Vec<u64> = full.iter().map(none).collect();
    if !rest.is_empty() {
        let mut last = [0; 64];
        last[..rest.len()].copy_from_slice(rest);
        words.push(none(&last));
    }
    words
}

/// Puts another number in the place of each: the one that stands at its position.
pub(crate) fn renumbered(numbers: &[u8], new: &[u8]) -> Vec<u8> {
    // Looking them up takes one row at a time, comparing sixteen.
    const FEW: usize = 24;
    if new.len() > FEW {
        return numbers.iter().map(|number| new[usize::from(*number)]).collect();
    }
    let changes = (0u8..).zip(new).filter(|(old, new)| old != *new);
    let changes: Vec<(u8, u8)> = changes.map(|(old, new)| (old, old ^ new)).collect();
    let mut all = Vec::with_capacity(numbers.len());
    let (full, rest) = numbers.as_chunks::<64>();
    for old in full {
        let mut now = *old;
        for (from, change) in &changes {
            now.iter_mut().zip(old).for_each(|(now, old)| *now ^= if old == from { *change } else { 0 });
        }
        all.extend_from_slice(&now);
    }
    all.extend(rest.iter().map(|number| new[usize::from(*number)]));
    all
}

/// Eight bits, each alone in a byte of its own.
static ALONE: [u64; 256] = {
    let mut table = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[bits] |= ((bits as u64 >> bit) & 1) << (8 * bit);
            bit += 1;
        }
        bits += 1;
    }
    table
};

/// The numbers of rows, below 256, from a bitmap for each of their bits: what [`packed`] does, backwards.
pub(crate) fn spread(planes: &[Lane], numbers: &mut [u8]) {
    // As many as most conclusions need, with no loop over them.
    match planes {
        [a] => spread_each([a], numbers),
        [a, b] => spread_each([a, b], numbers),
        [a, b, c] => spread_each([a, b, c], numbers),
        [a, b, c, d] => spread_each([a, b, c, d], numbers),
        more => {
            let (low, high) = more.split_at(more.len().min(4));
            spread(low, numbers);
            let mut above = [0; BLOCK];
            let above = &mut above[..numbers.len()];
            spread(high, above);
            numbers.iter_mut().zip(above).for_each(|(low, high)| *low |= *high << 4);
        }
    }
}

fn spread_each<const BITS: usize>(planes: [&Lane; BITS], numbers: &mut [u8]) {
    for (word, numbers) in numbers.chunks_mut(64).enumerate() {
        let words = planes.map(|plane| plane[word].to_le_bytes());
        let sum = |at: usize| (0..BITS).fold(0, |sum, bit| sum | ALONE[usize::from(words[bit][at])] << bit);
        let (eights, rest) = numbers.as_chunks_mut::<8>();
        eights.iter_mut().enumerate().for_each(|(at, eight)| *eight = sum(at).to_le_bytes());
        rest.iter_mut().zip(sum(eights.len() % 8).to_le_bytes()).for_each(|(to, number)| *to = number);
    }
}

const _: () = assert!(BLOCK.is_multiple_of(64), "a block is made of whole words");

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [usize; 9] = [1, 7, 8, 63, 64, 65, 200, 1023, 1024];

    /// Numbers that look drawn.
    fn drawn(count: usize, below: u32) -> Vec<u8> {
        (0..count as u32).map(|at| ((at.wrapping_mul(2_654_435_761) >> 13) % below) as u8).collect()
    }

    fn lane_of(rows: impl Iterator<Item = bool>) -> Lane {
        let mut lane = NOBODY;
        rows.enumerate().for_each(|(row, is)| lane[row / 64] |= u64::from(is) << (row % 64));
        lane
    }

    #[test]
    fn bitmaps_become_the_numbers_that_they_are_the_bits_of() {
        for count in COUNTS {
            for bits in 1..=8u32 {
                let numbers = drawn(count, 1u32 << bits);
                let plane = |bit: u32| lane_of(numbers.iter().map(|number| *number >> bit & 1 == 1));
                let planes: Vec<Lane> = (0..bits).map(plane).collect();
                let mut found = vec![0; count];
                spread(&planes, &mut found);
                assert_eq!(found, numbers, "{count} numbers of {bits} bits");
            }
        }
    }

    #[test]
    fn rows_are_compared_together_as_one_by_one() {
        for count in COUNTS {
            let bytes = drawn(count, 256);
            assert_eq!(at_least(&bytes, 128), lane_of(bytes.iter().map(|b| *b >= 128)), "{count} bytes");
            let whole: Vec<i16> = bytes.iter().map(|b| i16::from(*b) - 100).collect();
            assert_eq!(at_least(&whole, -3), lane_of(whole.iter().map(|w| *w >= -3)), "{count} numbers");
            let strange = [f32::NAN, f32::INFINITY, -f32::INFINITY, -0.0, 0.0, 20.0, 20.1];
            let binary: Vec<f32> = bytes.iter().map(|b| strange[usize::from(b % 7)]).collect();
            for place in [0.0, 20.0] {
                let expected = lane_of(binary.iter().map(|f| *f >= place));
                assert_eq!(at_least(&binary, place), expected, "{count} binary numbers from {place}");
            }
        }
    }

    #[test]
    fn numbers_are_changed_together_as_one_by_one() {
        for count in COUNTS {
            for kinds in [1, 2, 16, 24, 25, 200] {
                let numbers = drawn(count, kinds);
                let new = drawn(kinds as usize, 7);
                let expected: Vec<u8> = numbers.iter().map(|number| new[usize::from(*number)]).collect();
                assert_eq!(renumbered(&numbers, &new), expected, "{count} numbers of {kinds} kinds");
                let none = lane_of(numbers.iter().map(|number| !new.contains(number)));
                let found = none_of(&numbers, &new);
                assert_eq!(found.len(), count.div_ceil(64));
                for (row, number) in numbers.iter().enumerate() {
                    let is = found[row / 64] >> (row % 64) & 1;
                    assert_eq!(
                        is,
                        none[row / 64] >> (row % 64) & 1,
                        "row {row} of {count}: {number} in {new:?}"
                    );
                }
            }
        }
    }
}
