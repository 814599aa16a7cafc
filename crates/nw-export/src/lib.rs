//! The compiled guideline in the languages of others.
//!
//! Road: [`CompiledGuideline`](nw_guideline::CompiledGuideline) → [`Model`] (tests as lists of values and ranges, rows
//! in the order in which they are tried) → [`dmn`], [`jdm`], [`cql`] and [`elm`] for engines, [`tables`] for whoever
//! wants to verify answers without our code. Pure: guideline in, text out.
//!
//! Every language gets the same meaning: what the tables say of a complete patient, and, where a value is missing,
//! explicit null rows that answer [`UNKNOWN`] where a plain table would silently decide. `docs/exports.md` says what the
//! languages cannot express.

mod cql;
mod dmn;
mod elm;
mod jdm;
mod json;
mod model;
pub mod names;
mod tables;
mod xml;

pub use cql::{cql, elm};
pub use dmn::dmn;
pub use jdm::{jdm, jdm_table};
pub use model::{Input, Kind, Model, Part, RowLine, Test, Wiring};
pub use tables::tables;

/// What an export answers when a value that matters is missing. With a question mark, since "unknown" may be a value of
/// a conclusion in its own right (a primary tumour that was sought and not found).
pub const UNKNOWN: &str = "unknown?";

/// What it answers when no table covers the patient.
pub const NOT_APPLICABLE: &str = "not-applicable";

/// The state "not done".
pub const NOT_DONE: &str = "not-done";
