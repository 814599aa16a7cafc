//! What a patient takes home: texts chosen by the answer become one document.
//!
//! Road: an [`Engine`](nw_engine::Engine) and the facts of one patient → [`choose`] (which topics, blocks and options hold)
//! → [`Sheet::paper`] (one document in one language). [`general`] does the same without a patient.
//! A text is shown only when its topic holds, and a part of it only when its condition holds in every possible world.

mod aid;
mod choose;
mod page;
mod terms;
mod words;

pub use choose::{Basis, Chosen, ChosenOption, ChosenPart, ChosenTopic, Standing, choose, general};
pub use page::{Face, Sheet, sheet};
