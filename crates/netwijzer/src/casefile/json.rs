//! One JSON text as a [`Node`], with every number as the text that was written.
//!
//! `serde_json` splits the text into raw values; nothing here passes through a floating-point number.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::tree::{Entry, MOST_DEEP, MOST_NODES, Node, Value};
use super::{CaseFault, Document, quoted};
use crate::words::Word;

/// The entries of one map, or the items of one list, still raw.
enum Parts<'t> {
    Map(Vec<(String, &'t RawValue)>),
    List(Vec<&'t RawValue>),
}

struct PartsVisitor;

impl<'t> Visitor<'t> for PartsVisitor {
    type Value = Parts<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map or a list")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry::<String, &'t RawValue>()? {
            entries.push(entry);
        }
        Ok(Parts::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Parts::List(items))
    }
}

struct Reader<'d> {
    document: &'d Document,
    /// Byte offsets at which lines begin, so that a long file is not counted again for every value.
    line_starts: Vec<usize>,
    nodes: usize,
}

/// Reads one JSON value.
///
/// # Errors
/// The first fault: broken JSON, too deep, too large, a key twice.
pub(super) fn parse(document: &Document) -> Result<Option<Node>, CaseFault> {
    if document.text.trim().is_empty() {
        return Ok(None);
    }
    let line_starts =
        std::iter::once(0).chain(document.text.match_indices('\n').map(|(i, _)| i + 1)).collect();
    let mut reader = Reader { document, line_starts, nodes: 0 };
    let raw: &RawValue = serde_json::from_str(&document.text).map_err(|e| broken(document, &e))?;
    reader.node(raw, 0).map(Some)
}

/// Broken JSON with its line; a text that stops too early quotes its last words.
pub(super) fn broken(document: &Document, error: &serde_json::Error) -> CaseFault {
    // A text that stops too early is told at its last line that says something.
    let last = document.text.trim_end().lines().count();
    let within = error.line().clamp(1, last.max(1));
    let text = document.text.lines().nth(within - 1).unwrap_or_default();
    let at: usize = text
        .char_indices()
        .map(|(i, _)| i)
        .take_while(|i| *i < error.column().saturating_sub(20))
        .last()
        .unwrap_or(0);
    let near = quoted(&text[at..]);
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or(&why);
    CaseFault::new(
        &document.file,
        document.line + within - 1,
        "bad-json",
        (Word::BadJson, &[&near, why]),
        (Word::BadJsonHelp, &[]),
    )
}

impl Reader<'_> {
    fn line(&self, raw: &RawValue) -> usize {
        // Both point into the document's text, because raw values are borrowed from it.
        let offset = (raw.get().as_ptr() as usize).saturating_sub(self.document.text.as_ptr() as usize);
        self.document.line + self.line_starts.partition_point(|s| *s <= offset).saturating_sub(1)
    }

    fn node(&mut self, raw: &RawValue, depth: usize) -> Result<Node, CaseFault> {
        let line = self.line(raw);
        let file = &self.document.file;
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let most = MOST_NODES.to_string();
            return Err(CaseFault::new(
                file,
                line,
                "too-many-values",
                (Word::TooManyValues, &[&most]),
                (Word::TooManyValuesHelp, &[]),
            ));
        }
        let text = raw.get();
        let value = match text.as_bytes().first() {
            Some(b'{' | b'[') => {
                if depth >= MOST_DEEP {
                    return Err(CaseFault::new(
                        file,
                        line,
                        "too-deep",
                        (Word::TooDeep, &[]),
                        (Word::TooDeepHelp, &[]),
                    ));
                }
                let mut json = serde_json::Deserializer::from_str(text);
                let parts = json.deserialize_any(PartsVisitor).map_err(|e| broken(self.document, &e))?;
                match parts {
                    Parts::List(items) => {
                        let items: Result<Vec<Node>, CaseFault> =
                            items.into_iter().map(|i| self.node(i, depth + 1)).collect();
                        Value::List(items?)
                    }
                    Parts::Map(entries) => self.map(entries, depth)?,
                }
            }
            Some(b'"') => Value::Scalar(serde_json::from_str(text).map_err(|e| broken(self.document, &e))?),
            _ => Value::Scalar(text.to_string()),
        };
        Ok(Node { line, value })
    }

    fn map(&mut self, entries: Vec<(String, &RawValue)>, depth: usize) -> Result<Value, CaseFault> {
        let mut keys: HashMap<String, usize> = HashMap::new();
        let mut read = Vec::new();
        for (key, raw) in entries {
            let node = self.node(raw, depth + 1)?;
            if let Some(before) = keys.insert(key.clone(), node.line) {
                let (shown, before) = (quoted(&key), before.to_string());
                let file = &self.document.file;
                return Err(CaseFault::new(
                    file,
                    node.line,
                    "duplicate-key",
                    (Word::DuplicateKey, &[&shown, &before]),
                    (Word::DuplicateKeyHelp, &[]),
                ));
            }
            read.push(Entry { key, line: node.line, node });
        }
        Ok(Value::Map(read))
    }
}
