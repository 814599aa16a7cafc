//! Facts in reports of free text (pathology, radiology, letters; Dutch and English), each with the words that say so.
//!
//! Road: `knowledge/reports/*.toml` becomes a [`Grammar`]; a grammar reads a text into a [`Report`] of [`Finding`]s.
//! A finding is a proposal: it says where it stands, whether the text is certain of it, and of which time it speaks.
//! Nothing is guessed: what is denied, doubted, asked, planned or past is said as such, and what disagrees stays apart.
//! Pure: no disk, network or clock; the same text always gives the same findings.

mod check;
mod context;
mod days;
mod extract;
mod forms;
mod grammar;
mod layout;
mod owner;
mod required;
mod search;
mod values;
mod weighed;
mod written;

pub use check::contradicts;
pub use extract::{Conflict, Finding, Held, Report};
pub use grammar::{Example, Grammar, GrammarFault, PatternCase};
