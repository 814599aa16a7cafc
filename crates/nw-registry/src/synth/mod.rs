//! Invented patients: drawn from the figures of the epidemiology, the same for the same start number on every machine.
//!
//! Nothing clinical stands here. A [`Model`] says which columns there are, how each is drawn, given those before it,
//! what is missing how often, and which errors happen; this module only draws.

mod chance;
mod draw;
mod model;
mod plan;

pub use draw::{BLOCK, Cohort, Missing};
pub use model::{Alive, Middle, Model, Share, Target, Wanted, When};
pub use plan::{ModelFault, Plan};
