//! Case files: from bytes to one patient's facts, or to messages that say what is wrong and where.
//!
//! Road: an input (file, directory, standard input) → [`Documents`] → [`read_document`] → [`CaseFile`].
//! Nothing is guessed and nothing dropped: what cannot be read is a [`CaseFault`], and the next document follows.

mod case;
mod documents;
mod json;
mod tree;
mod yaml;

pub(crate) use case::read_date;
pub use case::{CaseFile, read_document};
pub use documents::{Document, Documents, Form, Hint, Trouble};
pub use tree::{Entry, Node, Value};

pub use nw_facts::in_dutch;

use nw_facts::Text;

use crate::words::{Word, both};

/// One thing wrong with an input, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFault {
    /// The file, or `-` for standard input.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, the offending text in backticks.
    pub message: Text,
    /// What was expected and what to do.
    pub help: Text,
}

impl CaseFault {
    /// A fault of our own, from the table of words.
    pub(crate) fn new(
        file: &str,
        line: usize,
        code: &'static str,
        message: (Word, &[&str]),
        help: (Word, &[&str]),
    ) -> Self {
        CaseFault {
            file: file.to_string(),
            line,
            code,
            message: both(message.0, message.1),
            help: both(help.0, help.1),
        }
    }
}

/// Offending text as a message may quote it: one line, not too long, without control characters.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String =
        text.trim().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(MOST).collect();
    if text.trim().chars().count() > MOST {
        shown.push('…');
    }
    shown
}
