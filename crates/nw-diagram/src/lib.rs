//! Shared, reduced, ordered, multi-valued decision diagrams with many terminals.
//!
//! A variable is a fact, its branches are the fact's cells, a terminal is an outcome. In an ordered diagram each
//! variable occurs at most once on a path. So, when knowledge is a product of masks (each fact may still be any of
//! these cells, independently), **a terminal is reachable through allowed edges exactly when some completion of the
//! knowledge yields it**: any allowed path picks one allowed cell for each variable it meets, and the variables it does
//! not meet may take any allowed cell; conversely any completion traces one allowed path. That theorem is what makes
//! [`reach`] exact, and the tests of this crate check it against enumeration.
//!
//! Libraries for binary diagrams exist (`oxidd`, `biodivine-lib-bdd`). Facts have up to dozens of cells and tables
//! dozens of outcomes; encoding both in bits multiplies nodes and loses the direct walk over masks, so this crate is
//! our own, small, and knows nothing of facts or guidelines.

mod bundle;
mod joint;
mod part;
mod project;
mod sliced;
mod store;
#[cfg(test)]
mod tests;
mod walk;

pub use bundle::{Asked, BITS, Bundle, Bundles, Found, Place};
pub use joint::{Forced, Freed, Meeting, Memory, Outcomes};
pub use part::{Difference, Part};
pub use project::{Kept, Projection, View};
pub use sliced::{Lane, Registers, Sliced, turned};
pub use store::{Diagrams, Done, FALSE, NONE, NodeId, Op, Overlay, Store, TRUE};
pub use walk::{
    Change, Mask, Masks, Pair, Scratch, change_costs, path_to, path_where, reach, rising_witness, single,
    support,
};
