//! The kernel: what a fact is, how it is written, and when two writings say the same.
//!
//! Road: vocabulary and case text come in, a [`FactSet`] goes out. Nothing here knows a table, a disk or a clock.
//!
//! - [`Vocabulary`] is the data dictionary that the guideline, importers and forms share.
//! - [`read`] turns what a person or a registry wrote (`<2 %`, `1,4 cm`, `not-done`) into [`Evidence`].
//! - [`FactSet`] holds the [`Observation`]s of one patient with their two dates and origin.

mod calendar;
mod dutch;
mod facts;
mod interval;
mod number;
mod reading;
mod spelling;
mod text;
mod unit;
mod vocabulary;

pub use calendar::{day_number, day_of, months_between, months_later, read_days, whole_months};
pub use dutch::in_dutch;
pub use facts::{Evidence, FactSet, Observation, Seen};
pub use interval::{Bound, Interval};
pub use number::{Decimal, NumberFault, parse_number, plain};
pub use reading::{Fault, read, read_dated};
pub use spelling::{distance, nearest};
pub use text::{Language, Text};
pub use unit::{Unit, UnitFault};
pub use vocabulary::{
    AnnotationDef, Choice, ConclusionDef, ConclusionIdx, FactDef, FactIdx, Group, Holder, Kind, Reading,
    Vocabulary, YES_NO,
};

/// A civil date; time of day never matters to the guideline.
pub type Date = jiff::civil::Date;
