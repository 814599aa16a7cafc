//! Forms within reports: labels in columns, and boxes of which some are ticked.

use std::borrow::Cow;

/// The text with a colon behind a label that blanks alone, or a semicolon without one, part from its value: `Orgaan      rectum`,
/// `Ki-67 index;6.8%`. The places of all words stay what they are.
pub(crate) fn columns(text: &str) -> String {
    const LABEL_MOST: usize = 40;
    const GAP_LEAST: usize = 3;
    let mut parted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let label = line.trim_start();
        let indent = line.len() - label.len();
        let gap = label.find("   ").filter(|at| {
            let blanks = label[*at..].bytes().take_while(|b| *b == b' ').count();
            (1..=LABEL_MOST).contains(at)
                && blanks >= GAP_LEAST
                && label[..*at].starts_with(char::is_alphabetic)
                && !label[..*at].contains([':', ';', '|', '='])
                && label[*at + blanks..].starts_with(|c: char| !c.is_whitespace() && !":=|".contains(c))
        });
        let row = || {
            let at = label.find([';', ':', '|', '=', '.']).filter(|at| (1..=LABEL_MOST).contains(at))?;
            let value = label[at..].strip_prefix(';')?;
            let parts = label.starts_with(char::is_alphabetic)
                && value.starts_with(|c: char| !c.is_whitespace() && c != ';');
            parts.then_some(at)
        };
        match gap.or_else(row) {
            Some(at) => {
                parted.push_str(&line[..indent + at]);
                parted.push(':');
                parted.push_str(&line[indent + at + 1..]);
            }
            None => parted.push_str(line),
        }
    }
    parted
}

/// The text without the options of a form that are not ticked: `[ ] pancreas [x] ileum` keeps `ileum`. The places of all
/// words stay what they are.
pub(crate) fn ticked(text: &str) -> Cow<'_, str> {
    const EMPTY: [&str; 5] = ["[ ]", "[]", "( )", "[_]", "\u{15}"];
    const TICKED: [&str; 5] = ["[x]", "[X]", "(x)", "(X)", "\u{16}"];
    if !EMPTY.iter().any(|b| text.contains(b)) {
        return Cow::Borrowed(text);
    }
    let box_at =
        |at: usize, boxes: &[&str]| boxes.iter().find(|b| text[at..].starts_with(**b)).map(|b| b.len());
    let mut kept = String::with_capacity(text.len());
    let (mut at, mut left_out) = (0, false);
    while at < text.len() {
        let rest = &text[at..];
        let (blank, length) = if let Some(length) = box_at(at, &EMPTY) {
            left_out = true;
            (true, length)
        } else if let Some(length) = box_at(at, &TICKED) {
            left_out = false;
            (true, length)
        } else {
            left_out &= !rest.starts_with(['\n', '\t', '|', ';']) && !rest.starts_with("  ");
            (left_out, rest.chars().next().map_or(1, char::len_utf8))
        };
        if blank {
            kept.extend(std::iter::repeat_n(' ', length));
        } else {
            kept.push_str(&rest[..length]);
        }
        at += length;
    }
    Cow::Owned(kept)
}
