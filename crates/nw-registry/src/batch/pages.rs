//! Parquet columns of few different texts, page by page.
//!
//! The usual writer looks every value up in a table of those it has met. Here the numbers of the values are known
//! already, and columns that change together share theirs, so that whole pages are written as they stand.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// A page's values: which are there at all, and the number of each that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    bytes: Bytes,
    rows: u32,
}

impl Body {
    /// From one number for each row; `present` tells which numbers stand for a text, and what their texts' positions are.
    pub(crate) fn new<T: Copy + Into<usize>>(of_row: &[T], position: &[Option<u32>], texts: usize) -> Body {
        let mut bytes = Vec::new();
        let mut levels = Vec::new();
        let all = position.iter().all(Option::is_some);
        let mut runs = Hybrid::new(&mut levels, 1);
        if all {
            runs.repeat(1, of_row.len());
        } else {
            of_row.iter().for_each(|n| runs.push(u32::from(position[(*n).into()].is_some())));
        }
        runs.end();
        bytes.extend((levels.len() as u32).to_le_bytes());
        bytes.extend(levels);
        let width = (usize::BITS - texts.saturating_sub(1).leading_zeros()).max(1);
        bytes.push(width as u8);
        let mut runs = Hybrid::new(&mut bytes, width);
        of_row.iter().filter_map(|n| position[(*n).into()]).for_each(|n| runs.push(n));
        runs.end();
        Body { bytes: Bytes::from(bytes), rows: of_row.len() as u32 }
    }

    /// The same value in every row: a text when `present`.
    pub(crate) fn constant(rows: usize, present: bool) -> Body {
        let mut bytes = Vec::new();
        let mut levels = Vec::new();
        let mut runs = Hybrid::new(&mut levels, 1);
        runs.repeat(u32::from(present), rows);
        runs.end();
        bytes.extend((levels.len() as u32).to_le_bytes());
        bytes.extend(levels);
        bytes.push(1);
        if present {
            let mut runs = Hybrid::new(&mut bytes, 1);
            runs.repeat(0, rows);
            runs.end();
        }
        Body { bytes: Bytes::from(bytes), rows: rows as u32 }
    }
}

/// A column chunk: its bytes, and what the file's end says of it.
pub(crate) fn chunk(
    column: &ColumnDescPtr,
    texts: &[&str],
    body: &Body,
) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let mut words = Vec::with_capacity(texts.iter().map(|t| t.len() + 4).sum());
    for text in texts {
        words.extend((text.len() as u32).to_le_bytes());
        words.extend(text.as_bytes());
    }
    let mut sink = TrackedWrite::new(Vec::new());
    let (mut compressed, mut uncompressed, mut data) = (0, 0, 0);
    {
        let mut writer = SerializedPageWriter::new(&mut sink);
        let size = words.len();
        let dictionary = Page::DictionaryPage {
            buf: Bytes::from(words),
            num_values: texts.len() as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let values = Page::DataPage {
            buf: body.bytes.clone(),
            num_values: body.rows,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        for (page, size) in [(dictionary, size), (values, body.bytes.len())] {
            let written = writer.write_page(CompressedPage::new(page, size))?;
            compressed += written.compressed_size;
            uncompressed += written.uncompressed_size;
            if written.page_type == PageType::DATA_PAGE {
                data = written.offset as i64;
            }
        }
    }
    let bytes = Bytes::from(sink.into_inner()?);
    let metadata = ColumnChunkMetaData::builder(ColumnDescPtr::clone(column))
        .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
        .set_compression(Compression::UNCOMPRESSED)
        .set_num_values(i64::from(body.rows))
        .set_total_compressed_size(compressed as i64)
        .set_total_uncompressed_size(uncompressed as i64)
        .set_dictionary_page_offset(Some(0))
        .set_data_page_offset(data)
        .build()?;
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: u64::from(body.rows),
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok((bytes, close))
}

/// Numbers of few bits, as runs of one number or packed side by side (Parquet format, "RLE / Bit-Packing Hybrid").
struct Hybrid<'o> {
    out: &'o mut Vec<u8>,
    width: u32,
    /// Numbers that wait to be packed, in eights.
    waiting: Vec<u32>,
    run: u32,
    length: usize,
}

impl<'o> Hybrid<'o> {
    fn new(out: &'o mut Vec<u8>, width: u32) -> Hybrid<'o> {
        Hybrid { out, width, waiting: Vec::new(), run: 0, length: 0 }
    }

    fn push(&mut self, number: u32) {
        if number == self.run {
            self.length += 1;
        } else {
            self.settle();
            self.run = number;
            self.length = 1;
        }
    }

    fn repeat(&mut self, number: u32, times: usize) {
        if number != self.run {
            self.settle();
            self.run = number;
        }
        self.length += times;
    }

    /// Puts the run away: the beginning fills up an open eight, a long rest is a run.
    fn settle(&mut self) {
        let open = self.waiting.len() % 8;
        let fill = if open == 0 { 0 } else { (8 - open).min(self.length) };
        self.waiting.extend(std::iter::repeat_n(self.run, fill));
        self.length -= fill;
        if self.length >= 16 {
            self.pack();
            self.varint((self.length as u64) << 1);
            let bytes = self.width.div_ceil(8) as usize;
            self.out.extend(&self.run.to_le_bytes()[..bytes]);
        } else {
            self.waiting.extend(std::iter::repeat_n(self.run, self.length));
        }
        self.length = 0;
    }

    /// Writes whole eights that wait.
    fn pack(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let eights = self.waiting.len().div_ceil(8);
        self.waiting.resize(eights * 8, 0);
        self.varint((eights as u64) << 1 | 1);
        let (mut bits, mut held) = (0u64, 0);
        for number in self.waiting.drain(..) {
            bits |= u64::from(number) << held;
            held += self.width;
            while held >= 8 {
                self.out.push(bits as u8);
                bits >>= 8;
                held -= 8;
            }
        }
    }

    fn end(mut self) {
        self.settle();
        self.pack();
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }
}
