//! The file of numbers beside the JSON: combinations as bytes, expected answers as two bytes each.

use std::fs;
use std::path::Path;

use nw_facts::{Decimal, FactDef, plain};
use nw_guideline::Cell;
use serde_json::{Value, json};

/// Marks a combination of which nothing is promised.
pub const LEFT_OUT: u16 = 0xFFFF;

/// Bytes in the making.
#[derive(Default)]
pub struct Bytes {
    bytes: Vec<u8>,
}

impl Bytes {
    /// Appends and tells where.
    pub fn add(&mut self, more: &[u8]) -> usize {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(more);
        at
    }

    /// Appends numbers of two bytes, low byte first.
    pub fn add_wide(&mut self, more: &[u16]) -> usize {
        let at = self.bytes.len();
        self.bytes.extend(more.iter().flat_map(|n| n.to_le_bytes()));
        at
    }

    pub fn save(&self, folder: &Path, name: &str) -> Result<(), String> {
        let path = folder.join(name);
        fs::write(&path, &self.bytes).map_err(|e| format!("`{}` cannot be written: {e}", path.display()))
    }
}

/// Texts by number, each once.
#[derive(Default)]
pub struct Texts {
    pub all: Vec<String>,
}

impl Texts {
    pub fn number(&mut self, text: String) -> u16 {
        let at = self.all.iter().position(|t| *t == text).unwrap_or_else(|| {
            self.all.push(text);
            self.all.len() - 1
        });
        u16::try_from(at).expect("a table has fewer outcomes than numbers of two bytes")
    }
}

/// A value in a cell, as engines take it: an end of the range when it belongs to it, else something between.
pub fn value_in(fact: &FactDef, cell: &Cell) -> Value {
    match cell {
        Cell::Choice(choice) => json!(fact.choices[*choice].id),
        Cell::NotDone => json!(nw_export::NOT_DONE),
        Cell::Numbers(range) => {
            let number = match (range.low, range.high) {
                (Some(low), _) if low.closed => low.at,
                (_, Some(high)) if high.closed => high.at,
                (Some(low), Some(high)) => (low.at + high.at) / Decimal::TWO,
                _ => Decimal::ZERO,
            };
            // The text keeps the decimal exact; JSON reads the same digits.
            serde_json::from_str(&plain(number, false)).unwrap_or(Value::Null)
        }
    }
}
