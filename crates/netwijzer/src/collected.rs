//! Conclusions that collect values: what certainly holds, what practice adds, and what stays possible.

use nw_engine::{Drawn, Outcome};
use nw_facts::{ConclusionDef, Language};

use crate::paper::{Ink, Paper, Piece, ink};
use crate::report::Report;
use crate::text::{conventional_pieces, value_text};
use crate::words::{Word, say};

/// Its row, and the lines under it.
pub(crate) fn row(
    paper: &mut Paper,
    report: &Report<'_>,
    drawn: &Drawn,
    (head, column): (&[Piece], usize),
    language: Language,
) {
    let (def, under) = (report.def(drawn), 2 + column);
    let Outcome::Collected { certain, open } = drawn.outcome else { return };
    let usual = match drawn.convention.as_ref().map(|c| &c.outcome) {
        Some(Outcome::Collected { certain, .. }) => certain & open,
        _ => 0,
    };
    if usual == 0 {
        paper.row(2, head, column, &pieces(def, certain, open, language));
        return;
    }
    // What practice adds is told before what stays merely possible, which is often nearly all that there is.
    let by_convention = conventional_pieces(report, drawn, language);
    if certain == 0 {
        paper.row(2, head, column, &by_convention);
    } else {
        paper.row(2, head, column, &pieces(def, certain, 0, language));
        paper.line(under, under, &by_convention);
    }
    let rest = open & !usual;
    if rest != 0 {
        let lead = ink(Ink::Plain, format!("{} ", say(language, Word::AlsoPossible)));
        paper.line(under, under, &[vec![lead], pieces(def, 0, rest, language)].concat());
    }
}

fn pieces(def: &ConclusionDef, certain: u64, open: u64, language: Language) -> Vec<Piece> {
    let mut all = Vec::new();
    for (mask, ink_for) in [(certain, Ink::Sure), (open, Ink::Open)] {
        for value in Report::values(def, mask) {
            if !all.is_empty() {
                all.push(ink(Ink::Plain, "; "));
            }
            let doubt = if ink_for == Ink::Open { " ?" } else { "" };
            all.push(ink(ink_for, format!("{}{doubt}", value_text(def, value, language))));
        }
    }
    if all.is_empty() {
        all.push(ink(Ink::Plain, say(language, Word::Nothing)));
    }
    all
}
