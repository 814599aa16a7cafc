//! Whole registries through the guideline.
//!
//! Road: a table of patients in columns comes in (Parquet, CSV, JSON Lines), conclusions in columns go out.
//!
//! - [`synth`] draws invented patients, for tests, teaching and measuring.
//! - [`table`] reads and writes tables a unit of rows at a time.
//! - [`batch`] draws conclusions about every row.
//! - [`analysis`] puts a table in figures: indicators, survival, discordance.
//! - [`impact`] tells for every row whether it changes when one guideline takes the place of another.

pub mod analysis;
pub mod batch;
mod fault;
pub mod impact;
mod report;
mod rows;
pub mod synth;
pub mod table;

pub use fault::Fault;
pub use report::Edition;
