//! A chain of tables as a drawing: what a conclusion reads, through which other conclusions, and what reads it.

use std::collections::{BTreeMap, BTreeSet};

use nw_facts::{ConclusionIdx, Language};
use nw_guideline::Subject;

use super::context::Context;
use super::prose::escaped;
use crate::reading::{self, pick};

/// Boxes in one column before the rest is counted.
const TALLEST: usize = 12;
/// How many tables back a drawing goes.
const DEEPEST: usize = 3;

const WIDE: usize = 196;
const HIGH: usize = 46;
const GAP_X: usize = 64;
const GAP_Y: usize = 14;
const EDGE: usize = 10;
/// Letters on one line of a box.
const LETTERS: usize = 27;

struct Node {
    column: usize,
    row: usize,
    label: String,
    href: String,
    class: &'static str,
}

/// The drawing of a conclusion, or nothing when no table gives it.
pub fn drawing(context: &Context<'_>, conclusion: ConclusionIdx, root: &str, language: Language) -> String {
    let (columns, own) = columns(context, conclusion);
    let mut nodes: Vec<Node> = Vec::new();
    let mut at: BTreeMap<Subject, usize> = BTreeMap::new();
    let mut hidden: Vec<(usize, usize, usize)> = Vec::new();
    for (column, subjects) in columns.iter().enumerate() {
        let shown = if subjects.len() > TALLEST { TALLEST - 1 } else { subjects.len() };
        for (row, subject) in subjects.iter().take(shown).enumerate() {
            let class = match subject {
                Subject::Conclusion(idx) if *idx == conclusion => "self",
                Subject::Conclusion(_) => "conclusion",
                Subject::Fact(_) => "fact",
            };
            at.insert(*subject, nodes.len());
            nodes.push(Node {
                column,
                row,
                label: reading::subject(context.guideline, *subject, language),
                href: format!("{root}{}", context.subject_link(*subject)),
                class,
            });
        }
        if shown < subjects.len() {
            hidden.push((column, shown, subjects.len() - shown));
        }
    }
    let tall = columns.iter().map(|c| c.len().min(TALLEST)).max().unwrap_or(1).max(1);
    let height = tall * (HIGH + GAP_Y) - GAP_Y + 2 * EDGE;
    let width = columns.len() * (WIDE + GAP_X) - GAP_X + 2 * EDGE;
    let place = |column: usize, row: usize| {
        let count = columns[column].len().min(TALLEST);
        let top = (height - (count * (HIGH + GAP_Y) - GAP_Y)) / 2;
        (EDGE + column * (WIDE + GAP_X), top + row * (HIGH + GAP_Y))
    };
    let mut svg = format!(
        "<svg class=\"chain\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         aria-hidden=\"true\" focusable=\"false\">\n"
    );
    for (subject, to) in &at {
        let Subject::Conclusion(idx) = subject else { continue };
        for from in context.reads.get(idx).into_iter().flatten().filter_map(|s| at.get(s)) {
            let (from, to) = (&nodes[*from], &nodes[*to]);
            // What else the readers read is drawn on their own pages.
            let beside = to.column > own && from.column != own;
            if from.column < to.column && !beside {
                svg.push_str(&edge(
                    place(from.column, from.row),
                    place(to.column, to.row),
                    to.column == own || from.column == own,
                ));
            }
        }
    }
    for node in &nodes {
        let (x, y) = place(node.column, node.row);
        svg.push_str(&boxed(node, x, y));
    }
    for (column, row, count) in hidden {
        let (x, y) = place(column, row);
        let text = pick(language, &format!("and {count} more"), &format!("en nog {count}"));
        svg.push_str(&format!(
            "<text class=\"more\" x=\"{}\" y=\"{}\">{}</text>\n",
            x + WIDE / 2,
            y + HIGH / 2 + 5,
            escaped(&text)
        ));
    }
    svg.push_str("</svg>");
    svg
}

/// What stands in each column from left to right, and which column holds the conclusion itself.
fn columns(context: &Context<'_>, conclusion: ConclusionIdx) -> (Vec<Vec<Subject>>, usize) {
    let own = Subject::Conclusion(conclusion);
    let mut level: BTreeMap<Subject, usize> = BTreeMap::from([(own, 0)]);
    // The longest way back decides the column, so that every line runs from left to right.
    let mut ring: BTreeSet<ConclusionIdx> = BTreeSet::from([conclusion]);
    for depth in 1..=DEEPEST {
        let mut next = BTreeSet::new();
        for idx in &ring {
            for subject in context.reads.get(idx).into_iter().flatten() {
                match subject {
                    Subject::Conclusion(read) => {
                        level.insert(*subject, depth);
                        next.insert(*read);
                    }
                    // Facts of tables further back are drawn on their own pages.
                    Subject::Fact(_) if depth == 1 => {
                        level.insert(*subject, 1);
                    }
                    Subject::Fact(_) => {}
                }
            }
        }
        ring = next;
    }
    let deepest = level.values().copied().max().unwrap_or(0);
    let mut columns: Vec<Vec<Subject>> = vec![Vec::new(); deepest + 1];
    for (subject, depth) in level {
        columns[deepest - depth].push(subject);
    }
    for column in &mut columns {
        // Conclusions first: they lead on.
        column.sort_by_key(|s| (matches!(s, Subject::Fact(_)), *s));
    }
    let readers: Vec<Subject> =
        context.readers.get(&own).into_iter().flatten().map(|c| Subject::Conclusion(*c)).collect();
    let readers: Vec<Subject> =
        readers.into_iter().filter(|r| !columns.iter().any(|c| c.contains(r))).collect();
    if !readers.is_empty() {
        columns.push(readers);
    }
    (columns, deepest)
}

fn edge((x1, y1): (usize, usize), (x2, y2): (usize, usize), near: bool) -> String {
    let (x1, y1, y2) = (x1 + WIDE, y1 + HIGH / 2, y2 + HIGH / 2);
    let bend = (x2 - x1) / 2;
    let class = if near { "edge near" } else { "edge" };
    format!("<path class=\"{class}\" d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/>\n", x1 + bend, x2 - bend)
}

fn boxed(node: &Node, x: usize, y: usize) -> String {
    let lines = lines(&node.label);
    let first = y + HIGH / 2 + 5 - (lines.len() - 1) * 8;
    let spans: String = lines
        .iter()
        .enumerate()
        .map(|(i, line)| {
            format!("<tspan x=\"{}\" y=\"{}\">{}</tspan>", x + WIDE / 2, first + i * 16, escaped(line))
        })
        .collect();
    format!(
        "<a class=\"node {}\" href=\"{}\" tabindex=\"-1\"><rect x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" \
         height=\"{HIGH}\" rx=\"7\"/><text>{spans}</text></a>\n",
        node.class,
        escaped(&node.href)
    )
}

/// At most two lines of a box.
fn lines(label: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in label.split_whitespace() {
        let last = lines.len() - 1;
        let long = lines[last].chars().count() + 1 + word.chars().count();
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if long <= LETTERS {
            lines[last].push(' ');
            lines[last].push_str(word);
        } else {
            lines.push(word.to_string());
        }
    }
    let cut = lines.len() > 2;
    lines.truncate(2);
    for (at, line) in lines.iter_mut().enumerate() {
        let too_long = line.chars().count() > LETTERS;
        if too_long || cut && at == 1 {
            *line = line.chars().take(LETTERS - 1).collect::<String>();
            line.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_takes_two_lines_at_most() {
        assert_eq!(lines("Grade"), ["Grade"]);
        let long = lines("Mitotic count per square millimetre in the most active area of the tumour");
        assert_eq!(long.len(), 2);
        assert!(long[1].ends_with('…') && long.iter().all(|l| l.chars().count() <= LETTERS), "{long:?}");
    }
}
