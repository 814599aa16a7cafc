//! The guideline for people: tables in words ([`reading`]), and the whole of it as a site of plain pages ([`site`]).
//!
//! Pure: texts in, texts out. Whoever calls this writes the files.

pub mod reading;
mod site;

pub use site::{SCRIPT, STYLE, site};
