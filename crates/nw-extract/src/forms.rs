//! Forms within reports: labels in columns, columns by date, and boxes of which some are ticked.

use std::borrow::Cow;
use std::ops::Range;

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

/// What parts the cells of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parted {
    By(char),
    ByBlanks,
}

/// The cells of a row as ranges of the text, with what parts them; nothing where it has fewer than two.
fn cells(line: &str, begin: usize) -> Option<(Parted, Vec<Range<usize>>)> {
    let row = line.trim_end();
    let lead = row.len() - row.trim_start_matches(' ').len();
    let (from, row) = (begin + lead, &row[lead..]);
    let parted = match row {
        row if row.contains('|') => Parted::By('|'),
        row if row.contains('\t') => Parted::By('\t'),
        row if row.contains(';') => Parted::By(';'),
        _ => Parted::ByBlanks,
    };
    let mut found = Vec::new();
    match parted {
        Parted::By(sign) => {
            let inner = row.strip_prefix('|').unwrap_or(row);
            let mut at = from + row.len() - inner.len();
            for cell in inner.strip_suffix('|').unwrap_or(inner).split(sign) {
                found.push(at..at + cell.len());
                at += cell.len() + 1;
            }
            // `CT 2023; CT 2024` is no row.
            if sign == ';' && row.contains("; ") {
                return None;
            }
        }
        Parted::ByBlanks => {
            let mut at = 0;
            while at < row.len() {
                let end = row[at..].find("  ").map_or(row.len(), |gap| at + gap);
                found.push(from + at..from + end);
                at = end + row[end..].bytes().take_while(|b| *b == b' ').count();
            }
        }
    }
    (found.len() > 1).then_some((parted, found))
}

/// What is left out of a table with a column for each of several days: in each row all of them but the latest that says
/// something. `day` tells the day that a short text names.
pub(crate) fn earlier_columns<D: Ord>(text: &str, day: impl Fn(&str) -> Option<D>) -> Vec<Range<usize>> {
    let mut left_out = Vec::new();
    // The days of the columns, counted from the label, and what parts them.
    let mut table: Option<(Parted, Vec<Option<D>>)> = None;
    let mut lines = Vec::new();
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        lines.push((begin, line));
        begin += line.len();
    }
    for (n, (begin, line)) in lines.iter().enumerate() {
        let header = header(line, *begin, &day);
        let heads = header.is_some();
        if let Some((parted, days)) = header {
            // The row below it tells a header from a sentence.
            let below = lines.get(n + 1).and_then(|(begin, row)| cells(row, *begin));
            table = below.filter(|(p, row)| *p == parted && row.len() == days.len()).map(|_| (parted, days));
        }
        let Some((parted, days)) = &table else { continue };
        let Some((_, mut row)) = cells(line, *begin).filter(|(p, _)| p == parted) else {
            table = None;
            continue;
        };
        // A header without a word for its labels has one cell less than the rows.
        if heads && row.len() < days.len() {
            row.insert(0, row[0].start..row[0].start);
        }
        if row.len() != days.len() {
            continue;
        }
        let said = |at: usize| !text[row[at].clone()].trim().is_empty();
        let latest = (0..row.len()).filter(|at| said(*at)).filter_map(|at| days[at].as_ref()).max();
        for at in (1..row.len()).filter(|at| days[*at].as_ref().is_some_and(|day| Some(day) != latest)) {
            left_out.push(match row.get(at + 1) {
                Some(next) => row[at].start..next.start,
                None => row[at - 1].end..row[at].end,
            });
        }
    }
    left_out
}

/// The days of the columns of a header that names at least two; its first column holds labels.
fn header<D>(line: &str, begin: usize, day: impl Fn(&str) -> Option<D>) -> Option<(Parted, Vec<Option<D>>)> {
    // Two years at least: most lines are left alone.
    line.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() == 4).nth(1)?;
    let (parted, row) = cells(line, begin)?;
    let mut days: Vec<Option<D>> =
        row.iter().map(|cell| day(line[cell.start - begin..cell.end - begin].trim())).collect();
    if parted == Parted::ByBlanks && line.starts_with("  ") && days[0].is_some() {
        days.insert(0, None);
    }
    (days[0].is_none() && days.iter().flatten().nth(1).is_some()).then_some((parted, days))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text without earlier columns; years stand for days.
    fn latest(text: &str) -> String {
        let year = |cell: &str| cell.parse::<u16>().ok();
        let mut kept = text.to_string();
        for range in earlier_columns(text, year).into_iter().rev() {
            kept.replace_range(range.start.min(kept.len())..range.end.min(kept.len()), "");
        }
        kept
    }

    #[test]
    fn of_columns_by_date_the_latest_stays() {
        assert_eq!(
            latest("| | 2023 | 2024 |\n|---|---|---|\n| Ki-67 | 2% | 4% |\n\n| a | b | c |"),
            "| | 2024 |\n|---|---|\n| Ki-67 | 4% |\n\n| a | b | c |"
        );
        assert_eq!(latest("Datum;2024;2023\nlever;3;4\nbot;;1"), "Datum;2024\nlever;3\nbot;1");
        assert_eq!(
            latest("           2023    2024   norm\nCgA        200     90     100\nNSE        12"),
            "           2024   norm\nCgA        90     100\nNSE        12"
        );
    }

    #[test]
    fn what_is_no_table_by_date_stays() {
        for text in [
            "a | 2023 | b\nc | 1 | 2",
            "2023 | 2024 | 2025\n1 | 2 | 3",
            "x | 2023 | 2024\nKi-67 4%",
            "Scans;2023;2024\n\nlever;vrij;34 mm",
            "CT; 2023; 2024\nNET; G1; Ki-67 2%",
        ] {
            assert_eq!(latest(text), text);
        }
    }
}
