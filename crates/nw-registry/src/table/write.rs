//! Writing a table, one batch of rows after the other.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::{Format, NULL, texts};
use crate::fault::Fault;

/// A table that is being written.
pub struct Writer {
    path: PathBuf,
    schema: SchemaRef,
    inner: Inner,
}

enum Inner {
    Parquet(Box<ArrowWriter<File>>),
    Csv(Box<csv::Writer<File>>),
    JsonLines(BufWriter<File>),
}

impl Writer {
    /// Begins a table; a file of that name is replaced.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Writer, Fault> {
        let file = File::create(path).map_err(|e| Fault::world(path, e))?;
        let inner = match Format::of(path)? {
            Format::Parquet => {
                let settings = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_statistics_enabled(EnabledStatistics::Chunk)
                    .set_created_by("netwijzer".to_string())
                    .set_max_row_group_row_count(Some(super::UNIT * 2))
                    .build();
                let writer = ArrowWriter::try_new(file, SchemaRef::clone(schema), Some(settings));
                Inner::Parquet(Box::new(writer.map_err(|e| Fault::shape(path, "Parquet", e))?))
            }
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(file);
                let header = schema.fields().iter().map(|f| f.name());
                writer.write_record(header).map_err(|e| Fault::shape(path, "CSV", e))?;
                Inner::Csv(Box::new(writer))
            }
            Format::JsonLines => Inner::JsonLines(BufWriter::with_capacity(1 << 16, file)),
        };
        Ok(Writer { path: path.to_path_buf(), schema: SchemaRef::clone(schema), inner })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Fault> {
        let path = &self.path;
        match &mut self.inner {
            Inner::Parquet(writer) => writer.write(batch).map_err(|e| Fault::shape(path, "Parquet", e)),
            Inner::Csv(writer) => {
                let columns = columns(path, batch)?;
                for row in 0..batch.num_rows() {
                    let fields = columns.iter().map(|c| c.text(row).unwrap_or_default());
                    writer.write_record(fields).map_err(|e| Fault::shape(path, "CSV", e))?;
                }
                Ok(())
            }
            Inner::JsonLines(writer) => {
                let columns = columns(path, batch)?;
                let mut line = String::new();
                for row in 0..batch.num_rows() {
                    json_row(&self.schema, &columns, row, &mut line);
                    writer.write_all(line.as_bytes()).map_err(|e| Fault::world(path, e))?;
                }
                Ok(())
            }
        }
    }

    /// Ends the table.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<(), Fault> {
        let path = self.path;
        match self.inner {
            Inner::Parquet(writer) => writer.close().map(drop).map_err(|e| Fault::shape(&path, "Parquet", e)),
            Inner::Csv(mut writer) => writer.flush().map_err(|e| Fault::world(&path, e)),
            Inner::JsonLines(mut writer) => writer.flush().map_err(|e| Fault::world(&path, e)),
        }
    }
}

/// A column with its values ready to be written.
struct Column {
    codes: Vec<u32>,
    texts: Vec<String>,
    number: bool,
}

impl Column {
    fn text(&self, row: usize) -> Option<&str> {
        let code = self.codes[row];
        (code != NULL).then(|| self.texts[code as usize].as_str())
    }
}

fn columns(path: &Path, batch: &RecordBatch) -> Result<Vec<Column>, Fault> {
    let of = |array: &arrow_array::ArrayRef| {
        let codes = texts(array).map_err(|e| Fault::shape(path, "a table", e))?;
        let number = array.data_type().is_numeric();
        Ok(Column { codes: codes.codes, texts: codes.texts, number })
    };
    batch.columns().iter().map(of).collect()
}

fn json_row(schema: &SchemaRef, columns: &[Column], row: usize, line: &mut String) {
    line.clear();
    line.push('{');
    let filled = schema.fields().iter().zip(columns).filter_map(|(f, c)| Some((f, c, c.text(row)?)));
    for (i, (field, column, text)) in filled.enumerate() {
        if i > 0 {
            line.push(',');
        }
        line.push_str(&serde_json::Value::from(field.name().as_str()).to_string());
        line.push(':');
        if column.number {
            line.push_str(text);
        } else {
            line.push_str(&serde_json::Value::from(text).to_string());
        }
    }
    line.push_str("}\n");
}
