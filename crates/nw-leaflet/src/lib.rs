//! What people take home or send on paper: one [`Paper`] becomes an accessible PDF (PDF/UA-1).
//!
//! Pure: a value in, bytes out. The typesetter is denied every file, every network and the clock.

mod paper;
mod typeset;

pub use paper::{Block, Paper, Print, Span};
pub use typeset::{PaperError, pdf};
