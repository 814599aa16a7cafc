//! The guideline for people: tables in words ([`reading`]), the whole of it as a site of plain pages ([`site`]), and what
//! a patient takes home ([`leaflet`]).
//!
//! Pure: texts in, texts out. Whoever calls this writes the files.

pub mod leaflet;
pub mod reading;
mod site;

pub use site::{SCRIPT, STYLE, site};
