//! Statistics of registries: numbers in, numbers out.
//!
//! Nothing here knows a patient, a guideline or a file. Tails of distributions come from `statrs`; survival statistics
//! are our own, since the crates on offer are young and have one author each, and they are held to six digits against
//! Python's lifelines (`tests/fixtures/make.py` makes the figures that the tests expect).
//!
//! - [`proportion`]: shares with Wilson intervals, and the limits of chance of a funnel plot.
//! - [`survival`]: Kaplan-Meier with log-log bands, numbers at risk, and the log-rank test.
//! - [`cox`]: proportional hazards with Efron's treatment of ties.
//! - [`disclosure`]: which cells of a table are hidden so that no small count can be known.

pub mod cox;
pub mod disclosure;
mod matrix;
pub mod proportion;
pub mod survival;
pub mod tail;
