//! The guideline for people: tables in words ([`reading`]).
//!
//! Pure: texts in, texts out. Whoever calls this writes the files.

pub mod reading;
