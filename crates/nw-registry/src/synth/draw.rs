//! Drawing blocks of rows, each from its own stream, and putting them into columns.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt16Array,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::chance::{Chance, normal_at};
use super::model::Model;
use super::plan::{Draw, Harm, Holds, Kind, ModelFault, NOTHING, Plan, Test, Value};
use crate::fault::Fault;
use crate::table::Writer;

/// Rows of one block: the smallest part of a cohort that can be drawn alone.
pub const BLOCK: u64 = 4096;

/// Days in a year, on average.
const YEAR: f64 = 365.25;

/// Whether values are left out and errors made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// As in a real registry.
    Realistic,
    /// Everything is on record and right.
    None,
}

/// A cohort of invented patients: a model, a start number and a size.
#[derive(Debug)]
pub struct Cohort {
    plan: Plan,
    seed: u64,
    rows: u64,
    missing: Missing,
    schema: SchemaRef,
    words: Vec<Option<Arc<StringArray>>>,
    /// What every row says of itself.
    stamp: Arc<StringArray>,
}

impl Cohort {
    /// Makes a cohort ready; nothing is drawn yet.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn new(model: &Model, seed: u64, rows: u64, missing: Missing) -> Result<Cohort, ModelFault> {
        Ok(Cohort::of(Plan::new(model)?, model, seed, rows, missing))
    }

    /// The same with what is drawn on the way and usually not written: for whoever checks the figures.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn revealed(model: &Model, seed: u64, rows: u64, missing: Missing) -> Result<Cohort, ModelFault> {
        let mut plan = Plan::new(model)?;
        plan.columns.iter_mut().for_each(|c| c.hidden = false);
        Ok(Cohort::of(plan, model, seed, rows, missing))
    }

    fn of(plan: Plan, model: &Model, seed: u64, rows: u64, missing: Missing) -> Cohort {
        let mut fields =
            vec![Field::new("case", DataType::Int64, false), Field::new("synthetic", word_type(), false)];
        let mut words = Vec::new();
        for column in plan.columns.iter().filter(|c| !c.hidden) {
            let (kind, list) = match &column.kind {
                Kind::Words(list) => (word_type(), Some(Arc::new(StringArray::from(list.clone())))),
                Kind::Number(0) => (DataType::Int64, None),
                Kind::Number(_) => (DataType::Float64, None),
                Kind::Day => (DataType::Date32, None),
            };
            fields.push(Field::new(&column.name, kind, true));
            words.push(list);
        }
        let stamp = format!("true; {} {}; seed {seed}", model.id, model.version);
        let about = [
            ("synthetic".to_string(), "true".to_string()),
            ("synthetic.model".to_string(), model.id.clone()),
            ("synthetic.version".to_string(), model.version.clone()),
            ("synthetic.seed".to_string(), seed.to_string()),
        ];
        let schema = Arc::new(Schema::new(fields).with_metadata(HashMap::from(about)));
        let stamp = Arc::new(StringArray::from(vec![stamp]));
        Cohort { plan, seed, rows, missing, schema, words, stamp }
    }

    /// The columns, in order.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> u64 {
        self.rows.div_ceil(BLOCK)
    }

    /// Draws one block.
    ///
    /// # Errors
    /// Only if the columns did not fit the schema, which they do.
    pub fn block(&self, block: u64) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let first = block * BLOCK;
        let rows = BLOCK.min(self.rows.saturating_sub(first)) as usize;
        let values = self.draw(block, rows);
        let mut cases: Vec<i64> = (0..rows as i64).map(|row| first as i64 + row + 1).collect();
        for row in 1..rows {
            if values.again[row] {
                cases[row] = cases[row - 1];
            }
        }
        let stamps = UInt16Array::from(vec![0u16; rows]);
        let stamp = DictionaryArray::try_new(stamps, Arc::clone(&self.stamp) as ArrayRef)?;
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(cases)), Arc::new(stamp)];
        let shown = self.plan.columns.iter().enumerate().filter(|(_, c)| !c.hidden);
        for ((at, column), words) in shown.zip(&self.words) {
            let of = (0..rows).map(|row| Some(values.value(row, at)).filter(|v| *v != NOTHING));
            arrays.push(match (&column.kind, words) {
                (Kind::Words(_), Some(words)) => {
                    let keys: UInt16Array = of.map(|v| v.map(|v| v as u16)).collect();
                    Arc::new(DictionaryArray::try_new(keys, Arc::clone(words) as ArrayRef)?)
                }
                (Kind::Number(0), _) => Arc::new(of.collect::<Int64Array>()),
                (Kind::Number(digits), _) => {
                    let over = libm::pow(10.0, f64::from(*digits));
                    Arc::new(of.map(|v| v.map(|v| v as f64 / over)).collect::<Float64Array>())
                }
                _ => Arc::new(of.map(|v| v.map(|v| v as i32)).collect::<Date32Array>()),
            });
        }
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }

    fn draw(&self, block: u64, rows: usize) -> Values {
        let mut chance = Chance::new(self.seed, block);
        let width = self.plan.columns.len();
        let mut values = Values { width, all: Vec::with_capacity(rows * width), again: vec![false; rows] };
        for row in 0..rows {
            let start = values.all.len();
            for column in &self.plan.columns {
                let now = &values.all[start..];
                // The same number of draws for every row, whatever comes out of them.
                let share = chance.share();
                let more = if column.draws.iter().any(|(_, d)| matches!(d, Draw::Survival { .. })) {
                    chance.share()
                } else {
                    0.0
                };
                let draw = column.draws.iter().find(|(test, _)| holds(test, now)).map(|(_, draw)| draw);
                let value = draw.map_or(NOTHING, |draw| one(draw, &column.kind, now, share, more));
                values.all.push(value);
            }
            let (missing, harm) = (self.missing == Missing::Realistic, self.missing == Missing::Realistic);
            let mut gone = vec![false; width];
            for (at, column) in self.plan.columns.iter().enumerate().filter(|(_, c)| !c.missing.is_empty()) {
                let share = chance.share();
                let now = &values.all[start..];
                let how_often = column.missing.iter().find(|(test, _)| holds(test, now)).map_or(0.0, |m| m.1);
                gone[at] = missing && share < how_often;
            }
            for (at, _) in gone.iter().enumerate().filter(|(_, gone)| **gone) {
                values.all[start + at] = NOTHING;
            }
            for dirt in &self.plan.dirt {
                let happens = chance.share() < dirt.share && harm;
                if happens {
                    match &dirt.harm {
                        Harm::Again if row > 0 => {
                            values.all.copy_within(start - width..start, start);
                            values.again[row] = true;
                        }
                        Harm::Again => {}
                        harm => spoil(harm, &mut values.all[start + dirt.column]),
                    }
                }
            }
        }
        values
    }
}

struct Values {
    width: usize,
    all: Vec<Value>,
    again: Vec<bool>,
}

impl Values {
    fn value(&self, row: usize, column: usize) -> Value {
        self.all[row * self.width + column]
    }
}

fn word_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8))
}

fn holds(test: &Test, now: &[Value]) -> bool {
    test.iter().all(|(at, holds)| {
        let value = now.get(*at).copied().unwrap_or(NOTHING);
        value != NOTHING
            && match holds {
                Holds::Words(words) => words.get(value as usize).copied().unwrap_or(false),
                Holds::Range(low, high) => (*low..=*high).contains(&value),
            }
    })
}

fn spoil(harm: &Harm, value: &mut Value) {
    if *value == NOTHING {
        return;
    }
    match harm {
        Harm::Times(times) => *value = libm::round(*value as f64 * times) as Value,
        Harm::Word(word) => *value = *word,
        Harm::Blank(only) if only.is_none_or(|only| only == *value) => *value = NOTHING,
        Harm::Blank(_) | Harm::Again => {}
        Harm::Earlier(days) => *value -= days,
    }
}

fn one(draw: &Draw, kind: &Kind, now: &[Value], share: f64, more: f64) -> Value {
    let times = match kind {
        Kind::Number(digits) => libm::pow(10.0, f64::from(*digits)),
        _ => 1.0,
    };
    let scaled = |value: f64| libm::round(value * times) as Value;
    match draw {
        Draw::Nothing => NOTHING,
        Draw::Copy(at) => now[*at],
        Draw::Word(word) => *word,
        Draw::Weights(shares) => {
            let last = shares.last().map_or(NOTHING, |(_, word)| *word);
            shares.iter().find(|(up_to, _)| share < *up_to).map_or(last, |(_, word)| *word)
        }
        Draw::Normal { mean, sd, low, high } => scaled(mean + sd * normal_at(low + share * (high - low))),
        Draw::LogNormal { ln_median, sigma, low, high, whole, plus } => {
            let value = libm::exp(ln_median + sigma * normal_at(low + share * (high - low)));
            let value = if *whole { libm::round(value) } else { value };
            match plus {
                None => scaled(value),
                Some(at) if now[*at] == NOTHING => NOTHING,
                Some(at) => now[*at] + value as Value,
            }
        }
        Draw::Days { from, days, rising } => {
            // A density that rises in a straight line from 1 to `rising`.
            let slope = rising - 1.0;
            let part = if slope.abs() < 1e-9 {
                share
            } else {
                (libm::sqrt(1.0 + share * slope * (2.0 + slope)) - 1.0) / slope
            };
            from + libm::floor(part * days).min(days - 1.0) as Value
        }
        Draw::Survival { shape, scale, age, other, doubles } => {
            let disease = scale * libm::pow(-libm::log(share), 1.0 / shape);
            let years = match age.map(|at| now[at]).filter(|age| *age != NOTHING) {
                Some(age) if *other > 0.0 => {
                    // Gompertz: the hazard is `other` at 65 and doubles with age.
                    let b = std::f64::consts::LN_2 / doubles;
                    let hazard = other * libm::exp(b * (age as f64 - 65.0));
                    disease.min(libm::log1p(-libm::log(more) * b / hazard) / b)
                }
                _ => disease,
            };
            scaled(years)
        }
        Draw::YearsUntil(at, day) if now[*at] != NOTHING => scaled((day - now[*at]) as f64 / YEAR),
        Draw::YearsUntil(..) => NOTHING,
        Draw::Least(columns) => columns.iter().map(|at| now[*at]).min().unwrap_or(NOTHING),
        Draw::NotAbove(a, b, then, otherwise) => {
            if now[*a] == NOTHING || now[*b] == NOTHING {
                NOTHING
            } else if now[*a] <= now[*b] {
                *then
            } else {
                *otherwise
            }
        }
    }
}

impl Cohort {
    /// Draws everything into a file, on as many threads as asked for; `tell` hears how much is done, from 0 to 1.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path, threads: usize, tell: &mut dyn FnMut(f64)) -> Result<(), Fault> {
        let mut writer = Writer::create(path, &self.schema)?;
        let (threads, blocks) = (threads.max(1) as u64, self.blocks());
        let mut first = 0;
        while first < blocks {
            let next = (first + threads * 4).min(blocks);
            let drawn: Vec<_> = std::thread::scope(|scope| {
                let share = |thread: u64| {
                    let mine = (first..next).filter(move |b| (b - first) % threads == thread);
                    scope.spawn(move || mine.map(|block| (block, self.block(block))).collect::<Vec<_>>())
                };
                let running: Vec<_> = (0..threads).map(share).collect();
                running
                    .into_iter()
                    .flat_map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            });
            let mut drawn = drawn;
            drawn.sort_by_key(|(block, _)| *block);
            for (_, batch) in drawn {
                writer.write(&batch.map_err(|e| Fault::shape(path, "a table", e))?)?;
            }
            first = next;
            tell(first as f64 / blocks.max(1) as f64);
        }
        writer.finish()
    }
}
