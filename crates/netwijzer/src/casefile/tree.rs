//! What YAML and JSON have in common here: texts, lists and maps with their lines.

use crate::words::Word;

/// A value with the line it starts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The line, counted from one.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// A value as written; numbers, `yes` and `null` keep their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One text.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order written.
    Map(Vec<Entry>),
}

/// One key of a map with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its line.
    pub line: usize,
    /// The value.
    pub node: Node,
}

impl Value {
    /// What it is called in a message.
    pub(crate) fn kind(&self) -> Word {
        match self {
            Value::Scalar(text) if text.trim().is_empty() => Word::KindNothing,
            Value::Scalar(_) => Word::KindText,
            Value::List(_) => Word::KindList,
            Value::Map(_) => Word::KindMap,
        }
    }
}

/// Deeper nesting than any case file needs.
pub(crate) const MOST_DEEP: usize = 12;

/// More values than any case file needs; beyond it, aliases are being used to grow the file.
pub(crate) const MOST_NODES: usize = 50_000;
