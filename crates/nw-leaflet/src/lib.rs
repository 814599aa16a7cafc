//! What people take home or send on paper: one [`Paper`] becomes an accessible PDF (PDF/UA-1), a page of HTML or plain text.
//!
//! Pure: a value in, bytes out. The typesetter is denied every file, every network and the clock.
//!
//! - [`Paper`] says what stands in it, [`House`] who issues it.
//! - [`pdf`], [`html`] and [`text`] show the same value; [`pdf_by`], [`html_by`] and [`text_by`] with the head of a house.
//! - [`inspect`] looks at the laid-out pages for what leaves the page, overlaps or cannot be drawn; [`pdf_inspected`] while
//!   the PDF is made.

mod code;
mod fit;
mod house;
mod html;
mod inspect;
mod logo;
mod month;
mod paper;
mod sheet;
mod text;
mod typeset;
mod words;

pub use house::{Closed, House, HouseFault};
pub use html::{PAPER_STYLE, html, html_by};
pub use inspect::{Inspection, inspect, lacking, pdf_inspected};
pub use paper::{Block, Day, DayEntry, Paper, Print, Span, Stands};
pub use text::{block_text, text, text_by};
pub use typeset::{PaperError, Press, pdf, pdf_by};
