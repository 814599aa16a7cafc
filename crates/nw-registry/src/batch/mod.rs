//! A table of patients in, their conclusions out.
//!
//! Every text of a column becomes a class: two texts are of one class when no table can tell them apart ([`classes`]).
//! Blocks of rows become bitmaps, and exact sets and deciding rows are computed for all rows of a block at once
//! ([`road`]). What that leaves open is asked of the engine: for each conclusion it is known which columns can make a
//! difference to it ([`reads`]), so that rows which agree in those classes are answered once ([`evaluate`]); of a row that contradicts itself, what is left of it ([`aside`]). What comes
//! out is numbered, and written page by page ([`pages`], [`part`]); finished units of rows are kept, so that a run that was stopped is taken up again
//! ([`run`]). Tables that lie in memory already are answered there ([`memory`]).

mod aside;
mod classes;
mod count;
mod evaluate;
mod gauge;
mod kinds;
mod live;
mod mapping;
mod memory;
mod pages;
mod part;
mod plan;
mod reads;
mod road;
mod run;
mod said;
mod straight;
mod suggest;
mod verdict;

pub use count::{Count, Counted, count};
pub use mapping::{ColumnMapping, Mapping};
pub(crate) use mapping::{Mapped, MappedColumn, Unreadable};
pub use memory::{Answers, Asked, InMemory, Whole};
pub use run::{Request, Summary, run};
pub use suggest::{Seen, Suggestion, suggest};
pub use verdict::Wanted;

use nw_facts::Text;

/// A row that cannot be read, and why.
#[derive(Clone, Debug)]
pub struct Reject {
    /// The row, from one.
    pub row: u64,
    /// The column; empty when the line is no row at all.
    pub column: String,
    /// What stands there.
    pub text: String,
    /// What is wrong. Without Dutch, it comes from the kernel, which speaks English.
    pub message: Text,
    /// What was expected.
    pub expected: Text,
}
