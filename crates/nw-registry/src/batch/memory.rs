//! Tables in memory: the answers of a run over files, for whoever has the rows in columns already.
//!
//! Road: a schema and a mapping → [`InMemory::new`] → batches of rows → [`InMemory::answer`], or a whole table on all
//! cores ([`InMemory::whole`]). Nothing touches a disk, and columns are read where they lie.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::StringBuilder;
use arrow_array::types::{Int32Type, UInt8Type};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use nw_engine::Options;
use nw_facts::{ConclusionIdx, Date};
use nw_guideline::{CompiledGuideline, HitPolicy};
use rustc_hash::FxHashMap;

use super::Reject;
use super::evaluate::{Shared, Worker};
use super::gauge::{none_of, renumbered};
use super::mapping::Mapping;
use super::part::{Shape, Unwritten};
use super::plan::{Laid, Plan};
use super::road::Road;
use super::run::about;
use super::said::Places;
use super::verdict::Wanted;
use crate::fault::Fault;
use crate::table::{Format, Unit};

/// What is asked about tables of one schema.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// How columns speak of facts; without it, columns named after facts do.
    pub mapping: Option<Mapping>,
    /// Only these conclusions.
    pub only: Option<Vec<ConclusionIdx>>,
    /// The day of assessment; goes before that of the mapping.
    pub as_of: Option<Date>,
    /// Conventions switched off.
    pub options: Options,
    /// The columns of each conclusion.
    pub columns: Wanted,
    /// Texts of conclusions as numbers into their different values, which is small; else as plain texts, like a file.
    pub dictionary: bool,
}

/// Answers for tables of one schema. What was answered once is remembered for the batches that follow.
pub struct InMemory<'g> {
    plan: Plan<'g>,
    road: Option<Road<'g>>,
    shared: Shared,
    shape: Shape,
    options: Options,
    input: SchemaRef,
    output: SchemaRef,
    /// Columns of the input that are wanted; then, among those, which are carried over and which speak of facts.
    wanted: Vec<usize>,
    carried: Vec<usize>,
    columns: Vec<usize>,
    unread: Vec<String>,
}

/// What came of some rows.
#[derive(Debug)]
pub struct Answers {
    /// One row for each that was answered, with its position in the table from one.
    pub table: RecordBatch,
    /// Rows that cannot be read, each with the reason.
    pub rejects: Vec<Reject>,
}

/// What came of a whole table.
#[derive(Debug)]
pub struct Whole {
    /// In the order of the rows.
    pub tables: Vec<RecordBatch>,
    /// In the order of the rows.
    pub rejects: Vec<Reject>,
    /// Rows read.
    pub rows: u64,
}

impl<'g> InMemory<'g> {
    /// Finds the columns of a schema and works out which conclusions read them.
    ///
    /// # Errors
    /// The mapping does not fit the columns, or no column speaks of a fact.
    pub fn new(
        guideline: &'g CompiledGuideline,
        input: SchemaRef,
        asked: &Asked,
    ) -> Result<InMemory<'g>, Fault> {
        let names: Vec<String> = input.fields().iter().map(|f| f.name().clone()).collect();
        let mapping =
            asked.mapping.clone().unwrap_or_else(|| Mapping::by_name(&guideline.vocabulary, &names));
        let choice = (asked.only.as_deref(), asked.columns);
        let laid = Laid::over(&names, (guideline, &mapping), choice, asked.as_of)?;
        let Laid { mapped, wanted, carried, columns, unread } = laid.ok_or_else(|| {
            Fault::request(
                "no column of the table is named after a fact; give a mapping",
                "geen kolom van de tabel is naar een gegeven genoemd; geef een koppeling",
            )
        })?;
        let keep = mapped.keep.clone();
        let kept: Vec<(String, DataType)> =
            keep.iter().map(|at| (names[*at].clone(), input.field(*at).data_type().clone())).collect();
        let plan = Plan::new(guideline, mapped, asked.only.as_deref(), asked.columns);
        // The same columns as a file has.
        let shape = Shape::new(&plan, Format::JsonLines, &kept).map_err(|e| wrong(&e))?;
        let head = kept.len() + 1;
        let fields = shape.schema.fields().iter().enumerate().map(|(at, field)| match asked.dictionary {
            true if at >= head => Arc::new(field.as_ref().clone().with_data_type(coded(&plan, at - head))),
            _ => Arc::clone(field),
        });
        let output = Arc::new(Schema::new_with_metadata(
            fields.collect::<Vec<Arc<Field>>>(),
            about(guideline).into_iter().collect::<std::collections::HashMap<_, _>>(),
        ));
        Ok(InMemory {
            shared: Shared::new(&plan),
            road: Road::new(&plan, !asked.options.no_conventions),
            plan,
            shape,
            options: asked.options.clone(),
            input,
            output,
            wanted,
            carried,
            columns,
            unread,
        })
    }

    /// The columns of every answer: the row, the carried columns, the conclusions; and what they rest on as metadata.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.output)
    }

    /// The columns of the input.
    pub fn input(&self) -> SchemaRef {
        Arc::clone(&self.input)
    }

    /// Columns that nobody reads.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// How many conclusions are drawn.
    pub fn conclusions(&self) -> usize {
        self.plan.drawn.len()
    }

    /// Answers some rows; `first` is the position of the first of them in the table, from zero.
    ///
    /// # Errors
    /// Other columns than the schema has, or a column of a kind that holds no values.
    pub fn answer(&self, first: u64, batch: &RecordBatch) -> Result<Answers, Fault> {
        let mut worker = Worker::new(&self.plan, self.road.as_ref(), &self.shared, &self.options);
        let answers = self.answered(&mut worker, first, batch);
        worker.rest();
        answers
    }

    fn answered(
        &self,
        worker: &mut Worker<'_, 'g>,
        first: u64,
        batch: &RecordBatch,
    ) -> Result<Answers, Fault> {
        let same =
            |(a, b): (&Arc<Field>, &Arc<Field>)| a.name() == b.name() && a.data_type() == b.data_type();
        let given = batch.schema_ref().fields();
        if given.len() != self.input.fields().len() || !given.iter().zip(self.input.fields()).all(same) {
            return Err(Fault::request(
                "some rows of the table have other columns than the first",
                "sommige rijen van de tabel hebben andere kolommen dan de eerste",
            ));
        }
        let columns = self.wanted.iter().map(|at| Arc::clone(batch.column(*at))).collect();
        let unit = Unit { first, rows: batch.num_rows(), columns, broken: Vec::new() };
        let mut answered = worker.answer(&unit, &self.columns).map_err(|why| wrong(&why))?;
        let unwritten = |e: Unwritten| wrong(&e);
        let head = self.shape.head(&unit, &self.carried, &answered).map_err(unwritten)?;
        let rows = head.num_rows();
        let mut arrays: Vec<ArrayRef> = head.columns().to_vec();
        let columns = self.shape.columns(&answered, &self.shared.verdicts);
        let places: Vec<Numbers> =
            answered.columns.iter_mut().map(|said| std::mem::take(&mut said.places).into()).collect();
        for (texts, position) in columns {
            let places = &places[position];
            let array = match self.output.field(arrays.len()).data_type() {
                DataType::Dictionary(key, _) => numbers(&texts, places, rows, **key == DataType::UInt8)?,
                _ => plain(&texts, places, rows),
            };
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let table =
            RecordBatch::try_new_with_options(self.schema(), arrays, &options).map_err(|e| wrong(&e))?;
        Ok(Answers { table, rejects: answered.rejects })
    }

    /// Answers a whole table on so many threads, a unit of rows at a time.
    ///
    /// # Errors
    /// The batches stop with an error, or as for [`InMemory::answer`].
    pub fn whole(
        &self,
        batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send,
        threads: usize,
        unit: usize,
    ) -> Result<Whole, Fault> {
        let source =
            Mutex::new(Cut { batches, left: None, number: 0, first: 0, unit: unit.max(1), over: false });
        let done: Mutex<Vec<(u64, Answers)>> = Mutex::default();
        let failed: Mutex<Option<Fault>> = Mutex::default();
        let work = || {
            let mut worker = Worker::new(&self.plan, self.road.as_ref(), &self.shared, &self.options);
            let result = loop {
                let next = source.lock().unwrap_or_else(PoisonError::into_inner).next();
                match next {
                    None => break Ok(()),
                    Some(Err(fault)) => break Err(fault),
                    Some(Ok((number, first, batch))) => match self.answered(&mut worker, first, &batch) {
                        Ok(part) => {
                            done.lock().unwrap_or_else(PoisonError::into_inner).push((number, part));
                        }
                        Err(fault) => break Err(fault),
                    },
                }
            };
            if let Err(fault) = result {
                source.lock().unwrap_or_else(PoisonError::into_inner).over = true;
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
            }
        };
        // One thread needs no other: whoever calls does the work.
        if threads <= 1 {
            work();
        } else {
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(work);
                }
            });
        }
        if let Some(fault) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(fault);
        }
        let rows = source.into_inner().unwrap_or_else(PoisonError::into_inner).first;
        let mut parts = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.sort_by_key(|(number, _)| *number);
        let mut whole = Whole { tables: Vec::new(), rejects: Vec::new(), rows };
        for (_, part) in parts {
            whole.tables.push(part.table);
            whole.rejects.extend(part.rejects);
        }
        Ok(whole)
    }
}

/// Batches cut into units of rows, each with its number and the position of its first row.
struct Cut<I> {
    batches: I,
    /// A batch and how many of its rows are done. What is left is not cut off at once: that looks at all of it.
    left: Option<(RecordBatch, usize)>,
    number: u64,
    first: u64,
    unit: usize,
    over: bool,
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Cut<I> {
    type Item = Result<(u64, u64, RecordBatch), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let (batch, done) = match self.left.take() {
            Some(left) => left,
            None => match self.batches.next() {
                Some(Ok(batch)) => (batch, 0),
                Some(Err(error)) => {
                    self.over = true;
                    return Some(Err(wrong(&error)));
                }
                None => {
                    self.over = true;
                    return None;
                }
            },
        };
        let rows = (batch.num_rows() - done).min(self.unit);
        let part = batch.slice(done, rows);
        if done + rows < batch.num_rows() {
            self.left = Some((batch, done + rows));
        }
        let (number, first) = (self.number, self.first);
        self.number += 1;
        self.first += rows as u64;
        Some(Ok((number, first, part)))
    }
}

fn wrong(why: &dyn std::fmt::Display) -> Fault {
    Fault::request(
        format!("the table cannot be read as a table of facts: {why}"),
        format!("de tabel is niet te lezen als tabel van gegevens: {why}"),
    )
}

/// How texts are numbered: in one byte where there cannot be more than 256 of them.
fn coded(plan: &Plan<'_>, field: usize) -> DataType {
    let aspects: Vec<usize> = plan.wanted.aspects().map(|(at, _)| at).collect();
    let conclusion = plan.guideline.conclusion(plan.drawn[field / aspects.len()]);
    let single = conclusion.is_some_and(|c| c.policy != HitPolicy::Collect);
    let values = plan.guideline.vocabulary.conclusion(plan.drawn[field / aspects.len()]).values.len();
    // The value of a conclusion that has one, its status, and the exact set where there cannot be many.
    let key = match aspects[field % aspects.len()] {
        0 if single => DataType::UInt8,
        1 => DataType::UInt8,
        2 if single && values <= 7 => DataType::UInt8,
        _ => DataType::Int32,
    };
    DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8))
}

/// Which verdict each row has, as several columns of one conclusion share it.
enum Numbers {
    First,
    Few(ScalarBuffer<u8>),
    Many(Vec<u16>),
}

impl From<Places> for Numbers {
    fn from(places: Places) -> Numbers {
        match places {
            Places::First => Numbers::First,
            Places::Few(places) => Numbers::Few(places.into()),
            Places::Many(places) => Numbers::Many(places),
        }
    }
}

impl Numbers {
    fn of(&self, row: usize) -> usize {
        match self {
            Numbers::First => 0,
            Numbers::Few(places) => usize::from(places[row]),
            Numbers::Many(places) => usize::from(places[row]),
        }
    }
}

/// A text for each row. An empty text is nothing.
fn plain(texts: &[String], places: &Numbers, rows: usize) -> ArrayRef {
    let mut column = StringBuilder::with_capacity(rows, rows * 8);
    for row in 0..rows {
        match texts[places.of(row)].as_str() {
            "" => column.append_null(),
            text => column.append_value(text),
        }
    }
    Arc::new(column.finish())
}

/// A number for each row, and the different texts; an empty text is nothing.
fn numbers(texts: &[String], places: &Numbers, rows: usize, bytes: bool) -> Result<ArrayRef, Fault> {
    let mut words: Vec<&str> = Vec::new();
    let mut known: FxHashMap<&str, u32> = FxHashMap::default();
    let number: Vec<Option<u32>> = texts
        .iter()
        .map(|text| {
            (!text.is_empty()).then(|| {
                *known.entry(text).or_insert_with(|| {
                    words.push(text);
                    words.len() as u32 - 1
                })
            })
        })
        .collect();
    let nulls = number.iter().any(Option::is_none).then(|| present(places, &number, rows));
    let of = |place: usize| number[place].unwrap_or_default();
    let words = Arc::new(StringArray::from(words));
    if bytes {
        let keys: ScalarBuffer<u8> = match places {
            Numbers::First => vec![of(0) as u8; rows].into(),
            _ if number.iter().all(|of| *of == number[0]) => vec![of(0) as u8; rows].into(),
            // Where every verdict has a text of its own, the places are the numbers.
            Numbers::Few(places) if (0u32..).zip(&number).all(|(at, number)| *number == Some(at)) => {
                places.clone()
            }
            Numbers::Few(places) => {
                let new: Vec<u8> = number.iter().map(|number| number.unwrap_or(0) as u8).collect();
                renumbered(places, &new).into()
            }
            Numbers::Many(places) => places.iter().map(|place| of(usize::from(*place)) as u8).collect(),
        };
        let keys = PrimitiveArray::<UInt8Type>::try_new(keys, nulls).map_err(|e| wrong(&e))?;
        return Ok(Arc::new(DictionaryArray::try_new(keys, words).map_err(|e| wrong(&e))?));
    }
    let keys: Vec<i32> = match places {
        Numbers::First => vec![of(0) as i32; rows],
        Numbers::Few(places) => places.iter().map(|place| of(usize::from(*place)) as i32).collect(),
        Numbers::Many(places) => places.iter().map(|place| of(usize::from(*place)) as i32).collect(),
    };
    let keys = PrimitiveArray::<Int32Type>::try_new(keys.into(), nulls).map_err(|e| wrong(&e))?;
    Ok(Arc::new(DictionaryArray::try_new(keys, words).map_err(|e| wrong(&e))?))
}

/// The rows whose verdict has a text.
fn present(places: &Numbers, number: &[Option<u32>], rows: usize) -> NullBuffer {
    let bits: BooleanBuffer = match places {
        Numbers::First => BooleanBuffer::collect_bool(rows, |_| number[0].is_some()),
        Numbers::Few(places) => {
            let empty = (0u8..).zip(number).filter(|(_, number)| number.is_none());
            let empty: Vec<u8> = empty.map(|(place, _)| place).collect();
            BooleanBuffer::new(none_of(places, &empty).into(), 0, rows)
        }
        Numbers::Many(places) => {
            BooleanBuffer::collect_bool(rows, |row| number[usize::from(places[row])].is_some())
        }
    };
    NullBuffer::new(bits)
}
