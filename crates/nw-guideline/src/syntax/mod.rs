//! Text to syntax: Markdown chapters, TOML files, cells and conditions.
//!
//! In: (path, text) pairs. Out: raw tables and blocks with spans, and small expression trees. After this stage every
//! construct has its parts in place; names may still be wrong.

pub mod chapter;
pub mod expression;
pub mod files;
pub mod leaflet;
