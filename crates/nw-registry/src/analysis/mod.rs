//! A registry in figures: quality indicators, case mix, survival, discordance.
//!
//! What is looked at is a [`Definition`], written beside the guideline; what it means comes from the guideline's own
//! conclusions. Road: the table is answered and read ([`gather`]), figures are made of it with small counts hidden
//! ([`figures`]), and shown ([`report`]). A hidden count is hidden before anything is written, for people and for
//! programs alike.

mod definition;
mod figures;
mod gather;
mod patients;
mod report;
mod results;

use std::path::PathBuf;

use nw_engine::Options;
use nw_facts::Date;
use nw_guideline::CompiledGuideline;

use crate::batch::Mapping;
use crate::fault::Fault;

pub use definition::{Comparison, Covariate, Definition, Indicators, Survival, Variable, Way};
pub use patients::Patients;
pub use report::{html, style};
pub use results::{
    Analysis, Block, Centre, Clashing, Compared, Curved, Effect, Indicated, Lines, Mixed, Point, Regression,
    Shared, Test, Timed,
};

/// What is asked of a run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The table.
    pub input: PathBuf,
    /// A file that the run may write and removes again; its name tells a format.
    pub work: PathBuf,
    /// How columns speak of facts; without it, columns named after facts do.
    pub mapping: Option<Mapping>,
    /// How many threads work.
    pub threads: usize,
    /// Conventions switched off.
    pub options: Options,
    /// The day of assessment; goes before that of the mapping.
    pub as_of: Option<Date>,
    /// A count below this is not shown; goes before that of the definition.
    pub smallest: Option<u64>,
}

/// Analyses a table.
///
/// `tell` hears how much is done, from 0 to 1.
///
/// # Errors
/// A file cannot be read or written, or the definition or the mapping names something that does not exist.
pub fn analyse(
    guideline: &CompiledGuideline,
    definition: &Definition,
    request: &Request,
    tell: &(dyn Fn(f64) + Sync),
) -> Result<Analysis, Fault> {
    let gathered = gather::gather(guideline, definition, request, tell)?;
    let smallest = request.smallest.unwrap_or(definition.smallest);
    figures::figures(guideline, definition, &gathered, smallest)
}
