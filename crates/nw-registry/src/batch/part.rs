//! What a unit of rows becomes on disk.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, Int64Array, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::FileReader as _;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;
use rustc_hash::FxHashMap;

use super::evaluate::Answered;
use super::pages::{Body, chunk};
use super::plan::Plan;
use super::said::{Kept, Places, Said};
use super::verdict::{ASPECTS, Verdicts, Wanted};
use crate::table::{Format, NULL, Unit, texts};

/// How the output looks: its columns, and how they are written.
pub(crate) struct Shape {
    pub format: Format,
    /// The row, the carried columns, and the conclusions.
    pub schema: SchemaRef,
    head: SchemaRef,
    parquet: SchemaDescriptor,
    wanted: Wanted,
}

/// What went wrong while writing a unit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
    #[error(transparent)]
    Csv(#[from] csv::Error),
    #[error("{0}")]
    Column(String),
}

impl Shape {
    pub(crate) fn new(
        plan: &Plan<'_>,
        format: Format,
        kept: &[(String, DataType)],
    ) -> Result<Shape, ParquetError> {
        let mut fields = vec![Field::new("row", DataType::Int64, false)];
        for (name, kind) in kept {
            let kind = match kind {
                DataType::Dictionary(_, value) => value.as_ref().clone(),
                kind => kind.clone(),
            };
            // Texts are written in one form, whatever the library of the table keeps them in.
            let kind = match kind {
                DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
                kind => kind,
            };
            // A carried column keeps its name, unless the output has one of that name already.
            let name = if name == "row" { "row:input" } else { name };
            fields.push(Field::new(name, kind, true));
        }
        let head = Arc::new(Schema::new(fields.clone()));
        for idx in &plan.drawn {
            let id = &plan.guideline.vocabulary.conclusion(*idx).id;
            fields.extend(
                plan.wanted
                    .aspects()
                    .map(|(_, aspect)| Field::new(format!("{id}{aspect}"), DataType::Utf8, true)),
            );
        }
        let schema = Arc::new(Schema::new(fields));
        let parquet = ArrowSchemaConverter::new().schema_root("arrow_schema").convert(&schema)?;
        Ok(Shape { format, schema, head, parquet, wanted: plan.wanted })
    }

    /// Settings of every Parquet file that is written.
    pub(crate) fn settings() -> WriterPropertiesPtr {
        Arc::new(
            WriterProperties::builder()
                .set_created_by("netwijzer".to_string())
                .set_compression(Compression::SNAPPY)
                .set_statistics_enabled(EnabledStatistics::None)
                .build(),
        )
    }

    pub(crate) fn parquet(&self) -> &SchemaDescriptor {
        &self.parquet
    }

    /// A unit as the bytes of its part; carried columns by their position in the unit.
    pub(crate) fn part(
        &self,
        unit: &Unit,
        carried: &[usize],
        answered: &Answered,
        verdicts: &Verdicts,
    ) -> Result<Vec<u8>, Unwritten> {
        let head = self.head(unit, carried, answered)?;
        match self.format {
            Format::Parquet => self.parquet_part(&head, answered, verdicts),
            Format::Csv => self.csv_part(&head, answered, verdicts),
            Format::JsonLines => self.json_part(&head, answered, verdicts),
        }
    }

    pub(crate) fn head(
        &self,
        unit: &Unit,
        carried: &[usize],
        answered: &Answered,
    ) -> Result<RecordBatch, Unwritten> {
        let first = unit.first as i64 + 1;
        let (rows, kept): (Int64Array, UInt32Array) = match &answered.kept {
            Kept::All(rows) => {
                let carried = if carried.is_empty() { 0 } else { *rows as u32 };
                (
                    Int64Array::from_iter_values(first..first + *rows as i64),
                    (0..carried).collect::<Vec<_>>().into(),
                )
            }
            Kept::Some(rows) => (
                Int64Array::from_iter_values(rows.iter().map(|row| first + i64::from(*row))),
                rows.clone().into(),
            ),
        };
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(rows)];
        for (at, field) in carried.iter().zip(&self.head.fields()[1..]) {
            // Copied, so that the table of whoever asked can be let go.
            let mut array = arrow_select::take::take(&unit.columns[*at], &kept, None)?;
            if array.data_type() != field.data_type() {
                let values = texts(&array).map_err(Unwritten::Column)?;
                let words =
                    values.codes.iter().map(|c| (*c != NULL).then(|| values.texts[*c as usize].as_str()));
                array = Arc::new(words.collect::<arrow_array::StringArray>());
            }
            arrays.push(array);
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.head), arrays)?)
    }

    fn parquet_part(
        &self,
        head: &RecordBatch,
        answered: &Answered,
        verdicts: &Verdicts,
    ) -> Result<Vec<u8>, Unwritten> {
        let rows = head.num_rows();
        let mut writer =
            SerializedFileWriter::new(Vec::new(), self.parquet.root_schema_ptr(), Shape::settings())?;
        if rows > 0 {
            let mut group = writer.next_row_group()?;
            for (bytes, close) in head_chunks(head)? {
                group.append_column(&bytes, close)?;
            }
            let mut column = head.num_columns();
            for (position, said) in answered.columns.iter().enumerate() {
                let mut bodies: FxHashMap<Vec<Option<u32>>, Body> = FxHashMap::default();
                for texts in self.aspects(position, said, verdicts) {
                    let (words, places) = numbered(&texts);
                    let body = bodies.entry(places).or_insert_with_key(|places| match &said.places {
                        Places::First => Body::constant(rows, places.first().is_some_and(Option::is_some)),
                        _ if words.is_empty() => Body::constant(rows, false),
                        Places::Few(of_row) => Body::new(of_row, places, words.len()),
                        Places::Many(of_row) => Body::new(of_row, places, words.len()),
                    });
                    let (bytes, close) = chunk(&self.parquet.column(column), &words, body)?;
                    group.append_column(&bytes, close)?;
                    column += 1;
                }
            }
            group.close()?;
        }
        Ok(writer.into_inner()?)
    }

    /// For each wanted aspect of a conclusion the text of each different verdict.
    fn aspects(&self, position: usize, said: &Said, verdicts: &Verdicts) -> Vec<Vec<String>> {
        let mut list = vec![Vec::with_capacity(said.list.len()); ASPECTS.len()];
        for number in &said.list {
            let verdict = verdicts.text(position, *number);
            list.iter_mut().zip(verdict).for_each(|(texts, text)| texts.push(text));
        }
        self.wanted.aspects().map(|(at, _)| std::mem::take(&mut list[at])).collect()
    }

    /// For every column after the head the text of each different verdict, and the conclusion that it speaks of.
    pub(crate) fn columns(&self, answered: &Answered, verdicts: &Verdicts) -> Vec<(Vec<String>, usize)> {
        let of = |(position, said): (usize, &Said)| {
            let aspects = self.aspects(position, said, verdicts);
            aspects.into_iter().map(move |texts| (texts, position))
        };
        answered.columns.iter().enumerate().flat_map(of).collect()
    }

    fn csv_part(
        &self,
        head: &RecordBatch,
        answered: &Answered,
        verdicts: &Verdicts,
    ) -> Result<Vec<u8>, Unwritten> {
        let heads = head_texts(head)?;
        let columns = self.columns(answered, verdicts);
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in 0..head.num_rows() {
            for (codes, texts, _) in &heads {
                writer.write_field(if codes[row] == NULL {
                    ""
                } else {
                    texts[codes[row] as usize].as_str()
                })?;
            }
            for (texts, position) in &columns {
                writer.write_field(&texts[answered.columns[*position].places.of(row)])?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.into_inner().map_err(|e| Unwritten::Column(e.to_string()))
    }

    fn json_part(
        &self,
        head: &RecordBatch,
        answered: &Answered,
        verdicts: &Verdicts,
    ) -> Result<Vec<u8>, Unwritten> {
        let heads = head_texts(head)?;
        // Each text is put into JSON once, however many rows have it.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let names: Vec<String> = self.schema.fields().iter().map(|f| quoted(f.name())).collect();
        let columns: Vec<(Vec<String>, &Places)> = self
            .columns(answered, verdicts)
            .into_iter()
            .map(|(texts, position)| {
                let texts = texts.iter().map(|t| if t.is_empty() { String::new() } else { quoted(t) });
                (texts.collect(), &answered.columns[position].places)
            })
            .collect();
        let mut out = String::new();
        for row in 0..head.num_rows() {
            out.push('{');
            let mut first = true;
            let mut say = |name: &str, text: &str| {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str(name);
                out.push(':');
                out.push_str(text);
            };
            for ((codes, texts, number), name) in heads.iter().zip(&names) {
                if codes[row] != NULL {
                    let text = &texts[codes[row] as usize];
                    if *number { say(name, text) } else { say(name, &quoted(text)) }
                }
            }
            for ((texts, places), name) in columns.iter().zip(&names[heads.len()..]) {
                let text = &texts[places.of(row)];
                if !text.is_empty() {
                    say(name, text);
                }
            }
            out.push_str("}\n");
        }
        Ok(out.into_bytes())
    }
}

/// The different texts in order of first appearance, and for each answer the place of its text; an empty one has none.
fn numbered(texts: &[String]) -> (Vec<&str>, Vec<Option<u32>>) {
    let mut words: Vec<&str> = Vec::new();
    let mut known: FxHashMap<&str, u32> = FxHashMap::default();
    let places = texts.iter().map(|text| {
        (!text.is_empty()).then(|| {
            *known.entry(text).or_insert_with(|| {
                words.push(text);
                words.len() as u32 - 1
            })
        })
    });
    let places = places.collect();
    (words, places)
}

type HeadColumn = (Vec<u32>, Vec<String>, bool);

fn head_texts(head: &RecordBatch) -> Result<Vec<HeadColumn>, Unwritten> {
    let of = |array: &ArrayRef| {
        let codes = texts(array).map_err(Unwritten::Column)?;
        Ok((codes.codes, codes.texts, array.data_type().is_numeric()))
    };
    head.columns().iter().map(of).collect()
}

/// The first columns, written in the usual way.
fn head_chunks(head: &RecordBatch) -> Result<Vec<(Bytes, ColumnCloseResult)>, ParquetError> {
    let settings = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(None)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), head.schema(), Some(settings))?;
    writer.write(head)?;
    let bytes = Bytes::from(writer.into_inner()?);
    chunks(&bytes)
}

/// The column chunks of the only row group of a file.
fn chunks(bytes: &Bytes) -> Result<Vec<(Bytes, ColumnCloseResult)>, ParquetError> {
    let reader = SerializedFileReader::new(bytes.clone())?;
    let metadata = reader.metadata().row_group(0);
    Ok(metadata.columns().iter().map(|c| (bytes.clone(), close(c))).collect())
}

/// What a row group needs to know of a chunk that lies ready.
pub(crate) fn close(chunk: &parquet::file::metadata::ColumnChunkMetaData) -> ColumnCloseResult {
    ColumnCloseResult {
        bytes_written: chunk.compressed_size() as u64,
        rows_written: chunk.num_values() as u64,
        metadata: chunk.clone(),
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    }
}
