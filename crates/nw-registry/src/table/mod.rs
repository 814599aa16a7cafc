//! Tables on disk, read and written a unit of rows at a time.

mod codes;
mod read;
mod write;

use std::path::Path;

pub(crate) use codes::{Codes, NULL, texts};
pub use read::{Broken, Reader, Unit};
pub use write::Writer;

use crate::fault::Fault;

/// Rows of a unit: what is in memory at once, for each thread.
pub const UNIT: usize = 65_536;

/// A file format, by the ending of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object on each line.
    JsonLines,
}

impl Format {
    /// The format that a file name tells.
    ///
    /// # Errors
    /// Another ending.
    pub fn of(path: &Path) -> Result<Format, Fault> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "parquet" => Ok(Format::Parquet),
            "csv" => Ok(Format::Csv),
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            _ => {
                let name = path.display();
                Err(Fault::request(
                    format!(
                        "`{name}` has no ending that tells its format; expected `.parquet`, `.csv` or `.jsonl`"
                    ),
                    format!(
                        "`{name}` eindigt niet op een vorm; verwacht wordt `.parquet`, `.csv` of `.jsonl`"
                    ),
                ))
            }
        }
    }

    /// The usual ending.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
        }
    }
}
