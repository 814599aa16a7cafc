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
        if all {
            let mut runs = Hybrid::new(&mut levels, 1);
            runs.repeat(1, of_row.len());
            runs.end();
        } else {
            let there: Vec<u8> = position.iter().map(|p| u8::from(p.is_some())).collect();
            let there: Vec<u8> = of_row.iter().map(|n| there[(*n).into()]).collect();
            packed(&there, 1, &mut levels);
        }
        bytes.extend((levels.len() as u32).to_le_bytes());
        bytes.extend(levels);
        let width = (usize::BITS - texts.saturating_sub(1).leading_zeros()).max(1);
        bytes.push(width as u8);
        if width <= 8 {
            let small: Vec<u8> = position.iter().map(|p| p.unwrap_or_default() as u8).collect();
            let numbers: Vec<u8> = if all {
                of_row.iter().map(|n| small[(*n).into()]).collect()
            } else {
                let there = of_row.iter().filter(|n| position[(**n).into()].is_some());
                there.map(|n| small[(*n).into()]).collect()
            };
            packed(&numbers, width, &mut bytes);
        } else {
            let mut runs = Hybrid::new(&mut bytes, width);
            of_row.iter().filter_map(|n| position[(*n).into()]).for_each(|n| runs.repeat(n, 1));
            runs.end();
        }
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

/// Numbers below 256 in the form of [`Hybrid`], eight at a time.
fn packed(numbers: &[u8], width: u32, out: &mut Vec<u8>) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (eights, rest) = numbers.as_chunks::<8>();
    let word = |at: usize| u64::from_le_bytes(eights[at]);
    let same = |word: u64| word == ONES * (word & 0xff);
    let mut hybrid = Hybrid::new(out, width);
    let (mut at, mut open) = (0, 0);
    while at < eights.len() {
        let first = word(at);
        let mut run = 1;
        if same(first) {
            run = eights[at..].iter().take_while(|eight| u64::from_le_bytes(**eight) == first).count();
        }
        // A single eight of one number is not worth a run of its own.
        if run > 1 {
            hybrid.eights(&eights[open..at]);
            hybrid.run_of(u32::from(eights[at][0]), 8 * run);
            open = at + run;
        }
        at += run;
    }
    let mut last = eights[open..].to_vec();
    if !rest.is_empty() {
        let mut eight = [0; 8];
        eight[..rest.len()].copy_from_slice(rest);
        last.push(eight);
    }
    hybrid.eights(&last);
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
            self.run_of(self.run, self.length);
        } else {
            self.waiting.extend(std::iter::repeat_n(self.run, self.length));
        }
        self.length = 0;
    }

    /// Writes one number so many times.
    fn run_of(&mut self, number: u32, times: usize) {
        self.varint((times as u64) << 1);
        let bytes = self.width.div_ceil(8) as usize;
        self.out.extend(&number.to_le_bytes()[..bytes]);
    }

    /// Writes numbers below 256, of at most eight bits, side by side.
    fn eights(&mut self, eights: &[[u8; 8]]) {
        if eights.is_empty() {
            return;
        }
        self.varint((eights.len() as u64) << 1 | 1);
        for eight in eights {
            let pack = |bits: u64, (at, number): (u32, &u8)| bits | u64::from(*number) << (at * self.width);
            let bits = (0..8).zip(eight).fold(0, pack);
            self.out.extend(&bits.to_le_bytes()[..self.width as usize]);
        }
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
