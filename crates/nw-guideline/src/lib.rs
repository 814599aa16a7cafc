//! The guideline language: from chapters of Markdown to a checked, compiled guideline.
//!
//! Road: [`SourceSet`] → [`compile`] → [`Draft`] with [`Diagnostic`]s → [`Draft::admit`] → [`CompiledGuideline`].
//! The stages are the folders: `syntax` (text to trees), `resolve` (names to facts, cells and tests), `build`
//! (tables to decision diagrams), `verify` (complete, disjoint, reachable, safe). Nothing here reads a disk or a clock.

mod build;
mod confirmations;
mod diagnostic;
mod ir;
mod leaflets;
mod readability;
mod recall;
mod resolve;
mod source_map;
mod sources;
mod space;
mod syntax;
mod verify;

pub use build::{Draft, Rejected, compile, compile_again, compile_with, restore};
pub use confirmations::{CONFIRMATIONS, Confirmation, Edit, read_confirmations};
pub use diagnostic::{Diagnostic, DiagnosticCode, Level, Place};
pub use ir::{
    Agreement, Arithmetic, Assumption, Case, Cells, Citation, CompiledGuideline, Conclusion, Convention,
    Departure, Derivation, Due, Effect, Epistemic, Expect, Expected, HitPolicy, Logic, Mark, Output, Pick,
    Property, PropertyTest, Roots, Row, Rule, Series, Subject, Table,
};
pub use leaflets::{
    DocumentKind, DocumentPart, Entry, Gate, Layout, LeafletDocument, Leaflets, Measure, Module, Piece,
    Publication, Said, Sentence, Shape, TextBlock, TextCondition,
};
pub use readability::{Counting, Counts, Readability, read as readability};
pub use recall::{Marks, Recall};
pub use source_map::{SourceStatement, StatementStatus};
pub use sources::SourceSet;
pub use space::{Cell, Domain, Space};
pub use syntax::files::{
    ConfirmationEntry, Manifest, Parameter, Source, read_parameters, write_confirmations,
};
