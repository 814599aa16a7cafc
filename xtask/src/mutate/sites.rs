//! Where a chapter can be attacked: every cell of every decision table, and what one slip could make of it.

use std::ops::Range;

use nw_facts::{Choice, FactDef, Unit, Vocabulary, parse_number, plain};

/// Kinds of slips that an author could make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// The row is gone.
    RowDeleted,
    /// The row says another value.
    OtherOutput,
    /// The cell asks for another value.
    OtherValue,
    /// A threshold one step away, in the last digit written.
    ThresholdMoved,
    /// An interval end that was closed is open, or the other way round.
    EndFlipped,
    /// A value is missing from a set.
    ValueRemoved,
    /// A value too many in a set.
    ValueAdded,
    /// The cell asks nothing any more.
    Widened,
    /// Another unit of the same dimension.
    UnitSwapped,
}

impl Slip {
    /// What it is called in the report.
    pub fn name(self) -> &'static str {
        match self {
            Slip::RowDeleted => "row deleted",
            Slip::OtherOutput => "other output",
            Slip::OtherValue => "other value",
            Slip::ThresholdMoved => "threshold moved",
            Slip::EndFlipped => "end flipped",
            Slip::ValueRemoved => "value removed",
            Slip::ValueAdded => "value added",
            Slip::Widened => "widened to any",
            Slip::UnitSwapped => "unit swapped",
        }
    }
}

/// One slip at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// What kind.
    pub slip: Slip,
    /// The chapter.
    pub file: String,
    /// Bytes of the chapter that are replaced.
    pub span: Range<usize>,
    /// By what.
    pub replacement: String,
    /// The table with its part.
    pub table: String,
    /// The row.
    pub row: String,
    /// The column.
    pub column: String,
    /// The whole cell (or row) before.
    pub before: String,
    /// The whole cell after; empty for a deleted row.
    pub after: String,
}

impl Mutation {}

/// One row of a table in a chapter.
#[derive(Clone, Debug)]
pub struct RowSite {
    file: String,
    table: String,
    line: Range<usize>,
    cells: Vec<Range<usize>>,
    header: Vec<String>,
    output: usize,
    hole: Option<(String, String)>,
}

/// All rows of the decision tables in one chapter.
pub fn rows(file: &str, text: &str) -> Vec<RowSite> {
    let mut found = Vec::new();
    let mut heading: Option<String> = None;
    let mut hole = None;
    let mut header: Option<Vec<String>> = None;
    let mut fenced = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim();
        if content.starts_with("```") || content.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        if content.starts_with('#') {
            let title = content.trim_start_matches('#').trim();
            heading = title.strip_prefix("Table ").map(|t| t.trim().to_string());
            hole = None;
            header = None;
        } else if let (Some(table), true) = (&heading, content.starts_with('|')) {
            let cells = cells(text, start..start + line.trim_end().len());
            let texts: Vec<String> = cells.iter().map(|c| text[c.clone()].to_string()).collect();
            let is_rule = texts.iter().all(|t| !t.is_empty() && t.chars().all(|c| matches!(c, '-' | ':')));
            match &header {
                None => header = Some(texts),
                Some(_) if is_rule => {}
                Some(header) => {
                    let conclusion = table.split(" / ").next().unwrap_or(table).trim();
                    let Some(output) = header.iter().position(|h| h == conclusion) else { continue };
                    if cells.len() > output {
                        found.push(RowSite {
                            file: file.to_string(),
                            table: table.clone(),
                            line: start..offset,
                            cells,
                            header: header.clone(),
                            output,
                            hole: hole.clone(),
                        });
                    }
                }
            }
        } else if let Some((name, list)) =
            content.strip_prefix("- each:").and_then(|each| each.split_once(" in "))
        {
            // One instance is enough to know the values; the slip itself goes into the template.
            let first = list.trim().trim_start_matches('{').split([',', '}']).next().unwrap_or("");
            hole = Some((format!("{{{}}}", name.trim()), first.trim().to_string()));
        } else if header.is_some() && !content.starts_with('|') {
            heading = None;
        }
    }
    found
}

/// The trimmed cells of a line between unescaped bars.
fn cells(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let raw = &text[line.clone()];
    let mut bars = Vec::new();
    let mut escaped = false;
    for (i, c) in raw.char_indices() {
        if c == '|' && !escaped {
            bars.push(i);
        }
        escaped = c == '\\' && !escaped;
    }
    bars.windows(2)
        .map(|pair| {
            let inner = &raw[pair[0] + 1..pair[1]];
            let lead = inner.len() - inner.trim_start().len();
            let start = line.start + pair[0] + 1 + lead;
            start..start + inner.trim().len()
        })
        .collect()
}

/// What a column's cells range over.
enum Scale<'v> {
    Numbers(&'v FactDef),
    Values(&'v [Choice]),
}

impl RowSite {
    /// The chapter.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The table with its part.
    pub fn table(&self) -> &str {
        &self.table
    }

    fn scale<'v>(&self, column: &str, vocabulary: &'v Vocabulary) -> Option<Scale<'v>> {
        let id = match &self.hole {
            Some((hole, value)) => column.replace(hole, value),
            None => column.to_string(),
        };
        if let Some(fact) = vocabulary.find_fact(&id) {
            let fact = vocabulary.fact(fact);
            return Some(if fact.is_numeric() { Scale::Numbers(fact) } else { Scale::Values(&fact.choices) });
        }
        vocabulary.find_conclusion(&id).map(|c| Scale::Values(&vocabulary.conclusion(c).values))
    }

    /// Every slip that this row allows.
    pub fn mutations(&self, text: &str, vocabulary: &Vocabulary) -> Vec<Mutation> {
        let mut found = vec![Mutation {
            slip: Slip::RowDeleted,
            span: self.line.clone(),
            replacement: String::new(),
            before: text[self.line.clone()].trim().to_string(),
            after: String::new(),
            ..self.blank("row")
        }];
        for (at, cell) in self.cells.iter().enumerate().take(self.output + 1).skip(1) {
            let column = &self.header[at];
            let Some(scale) = self.scale(column, vocabulary) else { continue };
            let before = &text[cell.clone()];
            let slips =
                if at == self.output { other_outputs(before, &scale) } else { cell_slips(before, &scale) };
            found.extend(slips.into_iter().filter(|(_, after)| after != before).map(|(slip, after)| {
                Mutation {
                    slip,
                    span: cell.clone(),
                    replacement: after.clone(),
                    before: before.to_string(),
                    after,
                    ..self.blank(column)
                }
            }));
        }
        let row = self.cells.first().map_or("", |c| &text[c.clone()]);
        found.iter_mut().for_each(|m| m.row = row.to_string());
        found
    }

    fn blank(&self, column: &str) -> Mutation {
        Mutation {
            slip: Slip::RowDeleted,
            file: self.file.clone(),
            span: 0..0,
            replacement: String::new(),
            table: self.table.clone(),
            row: String::new(),
            column: column.to_string(),
            before: String::new(),
            after: String::new(),
        }
    }
}

fn other_outputs(before: &str, scale: &Scale<'_>) -> Vec<(Slip, String)> {
    let Scale::Values(values) = scale else { return Vec::new() };
    values.iter().filter(|v| v.id != before).map(|v| (Slip::OtherOutput, v.id.clone())).collect()
}

fn cell_slips(before: &str, scale: &Scale<'_>) -> Vec<(Slip, String)> {
    if before == "any" || before.is_empty() {
        return Vec::new();
    }
    let mut slips = vec![(Slip::Widened, "any".to_string())];
    let mut offset = 0;
    for term in before.split(" or ") {
        let span = offset..offset + term.len();
        offset += term.len() + " or ".len();
        let mut put = |slip: Slip, inside: Range<usize>, with: &str| {
            let mut after = before.to_string();
            after.replace_range(span.start + inside.start..span.start + inside.end, with);
            slips.push((slip, after));
        };
        match scale {
            Scale::Numbers(fact) => number_slips(term, fact, &mut put),
            Scale::Values(values) => value_slips(term, values, &mut put),
        }
    }
    slips
}

fn number_slips(term: &str, fact: &FactDef, put: &mut impl FnMut(Slip, Range<usize>, &str)) {
    let numbers = number_spans(term);
    let Some(last) = numbers.last() else { return };
    for number in &numbers {
        let written = &term[number.clone()];
        let Ok(value) = parse_number(written) else { continue };
        let digits = written.split_once(['.', ',']).map_or(0, |(_, tail)| tail.len() as u32);
        let step = nw_facts::Decimal::new(1, digits);
        for moved in [value - step, value + step] {
            if moved.is_sign_negative() && !value.is_sign_negative() {
                continue;
            }
            put(Slip::ThresholdMoved, number.clone(), &plain(moved, written.contains(',')));
        }
    }
    const ENDS: &[(&str, &str)] =
        &[("<=", "<"), (">=", ">"), ("≤", "<"), ("≥", ">"), ("<", "<="), (">", ">=")];
    if let Some((from, to)) = ENDS.iter().find(|(from, _)| term.starts_with(from)) {
        put(Slip::EndFlipped, 0..from.len(), to);
    }
    for (i, c) in term.char_indices() {
        let flipped = match c {
            '[' => "(",
            ']' => ")",
            '(' if i == 0 => "[",
            ')' if i > 0 && term.starts_with(['[', '(']) => "]",
            _ => continue,
        };
        put(Slip::EndFlipped, i..i + 1, flipped);
    }
    // The unit is what follows the last number, past the bracket.
    let tail = &term[last.end..];
    let unit = tail.trim_start_matches([']', ')']).trim();
    let Ok(factor) = Unit::factor_to(unit, fact) else { return };
    if unit.is_empty() {
        return;
    }
    let start = term.len() - tail.len() + tail.find(unit).unwrap_or(0);
    let mut symbols: Vec<&str> = Unit::symbols().collect();
    symbols.extend(fact.units.iter().map(|(u, _)| u.as_str()));
    for other in symbols {
        if Unit::factor_to(other, fact).is_ok_and(|f| f != factor) {
            put(Slip::UnitSwapped, start..start + unit.len(), other);
        }
    }
}

fn number_spans(term: &str) -> Vec<Range<usize>> {
    // A unit such as `/2mm2` has digits of its own: numbers end where the unit begins.
    let end = term.find(['%', '/']).unwrap_or(term.len());
    let bytes = &term.as_bytes()[..end];
    let mut spans = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let after_letter = at > 0 && (bytes[at - 1].is_ascii_alphabetic() || bytes[at - 1] == b'*');
        if !bytes[at].is_ascii_digit() || after_letter {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len()
            && (bytes[at].is_ascii_digit()
                || matches!(bytes[at], b'.' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
        {
            at += 1;
        }
        spans.push(start..at);
    }
    // Intervals have two numbers, comparisons one; more digits belong to a unit such as `mL/min/1.73m2`.
    spans.truncate(if term.contains("..") { 2 } else { 1 });
    spans
}

fn value_slips(term: &str, values: &[Choice], put: &mut impl FnMut(Slip, Range<usize>, &str)) {
    let start = if term.starts_with("not ") { 4 } else { 0 };
    let list = &term[start..];
    let words: Vec<Range<usize>> = match list.strip_prefix('{').and_then(|l| l.strip_suffix('}')) {
        None => std::iter::once(start..term.len()).collect(),
        Some(inner) => {
            let mut offset = start + 1;
            inner
                .split(',')
                .map(|word| {
                    let lead = word.len() - word.trim_start().len();
                    let span = offset + lead..offset + lead + word.trim().len();
                    offset += word.len() + 1;
                    span
                })
                .collect()
        }
    };
    let named: Vec<&str> = words.iter().map(|w| &term[w.clone()]).collect();
    let absent: Vec<&str> = values.iter().map(|v| v.id.as_str()).filter(|v| !named.contains(v)).collect();
    let is_state = named.first().is_some_and(|n| !values.iter().any(|v| v.id == *n));
    if let [only] = words.as_slice() {
        for other in &absent {
            put(Slip::OtherValue, only.clone(), other);
        }
        if !is_state {
            for other in &absent {
                put(Slip::ValueAdded, start..term.len(), &format!("{{{}, {other}}}", named[0]));
            }
        }
        return;
    }
    for at in 0..words.len() {
        let rest: Vec<&str> = named.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, n)| *n).collect();
        let with =
            if let [one] = rest.as_slice() { (*one).to_string() } else { format!("{{{}}}", rest.join(", ")) };
        put(Slip::ValueRemoved, start..term.len(), &with);
    }
    for other in &absent {
        put(Slip::ValueAdded, start..term.len(), &format!("{{{}, {other}}}", named.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: &str = r#"
[[fact]]
id = "size"
type = "quantity"
unit = "mm"
min = "0"
max = "500"
holder = "pathology"
en = "Size"
nl = "Grootte"
question = { en = "How large?", nl = "Hoe groot?" }

[[fact]]
id = "mitoses"
type = "quantity"
unit = "/2mm2"
min = "0"
max = "500"
holder = "pathology"
en = "Mitoses"
nl = "Mitosen"
question = { en = "How many?", nl = "Hoeveel?" }

[[conclusion]]
id = "x.a.t"
en = "T"
nl = "T"
[[conclusion.value]]
id = "T1"
en = "T1"
nl = "T1"
[[conclusion.value]]
id = "T2"
en = "T2"
nl = "T2"
[[conclusion.value]]
id = "T3"
en = "T3"
nl = "T3"
"#;

    const CHAPTER: &str = "\
### Table x.{e}.t / stomach
- each: e in {a, b}

| row | size | x.{e}.t |
|-----|------|---------|
| a | <= 20 mm | T1 |
| b | (20..40] mm or > 5 cm | T2 |

| row | size | x.{e}.t |
|-----|------|---------|
| not a table any more | | |
";

    fn vocabulary() -> Vocabulary {
        let sources = nw_guideline::SourceSet::new(vec![("vocabulary/v.toml".into(), VOCABULARY.into())]);
        nw_guideline::compile(&sources, "", "").guideline().vocabulary.clone()
    }

    fn slips(before: &str, id: &str) -> Vec<String> {
        let vocabulary = vocabulary();
        let scale = match vocabulary.find_fact(id) {
            Some(fact) => Scale::Numbers(vocabulary.fact(fact)),
            None => Scale::Values(&vocabulary.conclusions()[0].values),
        };
        cell_slips(before, &scale).into_iter().map(|(s, after)| format!("{}: {after}", s.name())).collect()
    }

    #[test]
    fn rows_are_found_with_their_template() {
        let sites = rows("c.md", CHAPTER);
        assert_eq!(sites.len(), 2, "the second table has no heading of its own");
        let mutations = sites[0].mutations(CHAPTER, &vocabulary());
        let outputs: Vec<&str> =
            mutations.iter().filter(|m| m.slip == Slip::OtherOutput).map(|m| m.after.as_str()).collect();
        assert_eq!(outputs, ["T2", "T3"]);
        assert!(mutations.iter().all(|m| m.row == "a"));
        assert_eq!(mutations[0].before, "| a | <= 20 mm | T1 |");
    }

    #[test]
    fn numbers() {
        assert_eq!(
            slips("<= 20 mm", "size"),
            [
                "widened to any: any",
                "threshold moved: <= 19 mm",
                "threshold moved: <= 21 mm",
                "end flipped: < 20 mm",
                "unit swapped: <= 20 cm",
                "unit swapped: <= 20 m",
                "unit swapped: <= 20 um",
            ]
        );
        let two = slips("(20..40] mm or > 5 cm", "size");
        assert!(two.contains(&"end flipped: [20..40] mm or > 5 cm".to_string()), "{two:?}");
        assert!(two.contains(&"threshold moved: (20..41] mm or > 5 cm".to_string()), "{two:?}");
        assert!(two.contains(&"unit swapped: (20..40] mm or > 5 mm".to_string()), "{two:?}");
        let rate = slips("[2..20] /2mm2", "mitoses");
        assert!(rate.contains(&"unit swapped: [2..20] /mm2".to_string()), "{rate:?}");
        assert!(!rate.iter().any(|r| r.contains("/3mm2")), "{rate:?}");
        assert!(slips("< 2,5 mm", "size").contains(&"threshold moved: < 2,4 mm".to_string()));
    }

    #[test]
    fn values() {
        assert_eq!(
            slips("T1", "x.a.t"),
            [
                "widened to any: any",
                "other value: T2",
                "other value: T3",
                "value added: {T1, T2}",
                "value added: {T1, T3}",
            ]
        );
        assert_eq!(
            slips("not {T1, T2}", "x.a.t"),
            [
                "widened to any: any",
                "value removed: not T2",
                "value removed: not T1",
                "value added: not {T1, T2, T3}"
            ]
        );
        assert_eq!(slips("any", "x.a.t"), [""; 0]);
    }
}
