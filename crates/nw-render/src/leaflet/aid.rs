//! The decision aid: options side by side, and what counts for and against each in this patient. Never ranked.

use nw_guideline::{Entry, Shape, TextBlock};
use nw_leaflet::{Block, Span};

use super::choose::{ChosenOption, Standing};
use super::page::Desk;
use super::words::Word;

/// What is told of every option, row by row.
const TOLD: [(&str, Word); 5] = [
    ("means", Word::Means),
    ("benefit", Word::Benefit),
    ("harm", Word::Harm),
    ("burden", Word::Burden),
    ("asks", Word::Asks),
];

/// As many options beside each other as a page has room for.
const ABREAST: usize = 3;

pub(super) fn write(desk: &mut Desk<'_>, module: usize) {
    let chosen = desk.chosen;
    desk.heading(2, &desk.say(Word::Options));
    let entries = &desk.guideline.leaflets.modules[module].entries;
    if chosen.options.is_empty() {
        desk.text(desk.say(Word::NoOptions));
    } else {
        desk.text(desk.say(Word::OptionsLead));
    }
    for group in chosen.options.chunks(ABREAST) {
        table(desk, entries, group);
    }
    if chosen.options_open {
        desk.text(desk.say(Word::OptionsOpen));
    }
    let mut led = false;
    for option in &chosen.options {
        let entry = &entries[option.entry];
        desk.cite(&entry.sources);
        let more: Vec<&TextBlock> = option
            .blocks
            .iter()
            .map(|at| &entry.blocks[*at])
            .filter(|b| !TOLD.iter().any(|(id, _)| *id == b.id))
            .collect();
        if option.points.is_empty() && more.is_empty() {
            continue;
        }
        let title = Word::PointsOf.say(desk.language, &[entry.title.get(desk.language)]);
        desk.heading(3, &title);
        desk.basis(&option.basis, false);
        for block in more {
            desk.block(block, 4, false);
        }
        points(desk, option, &mut led);
    }
}

fn table(desk: &mut Desk<'_>, entries: &[Entry], group: &[ChosenOption]) {
    let language = desk.language;
    let mut head = vec![desk.say(Word::Question)];
    head.extend(group.iter().map(|o| entries[o.entry].title.get(language).to_string()));
    let mut standing = vec![desk.say(Word::Standing)];
    standing.extend(group.iter().map(|o| {
        desk.say(match o.standing {
            Standing::Option => Word::StandingOption,
            Standing::Selected => Word::StandingSelected,
            Standing::NotYet => Word::StandingNotYet,
        })
    }));
    let mut rows = vec![standing];
    for (id, word) in TOLD {
        let mut row = vec![desk.say(word)];
        for option in group {
            let entry = &entries[option.entry];
            let blocks = option.blocks.iter().map(|at| &entry.blocks[*at]).filter(|b| b.id == id);
            row.push(blocks.map(|b| cell(desk, b)).collect::<Vec<_>>().join(" "));
        }
        rows.push(row);
    }
    for text in rows.iter().flatten().chain(&head) {
        desk.terms.see(text);
    }
    let mut widths = vec![2];
    widths.extend(vec![3; group.len()]);
    desk.blocks.push(Block::Table { widths, head, rows });
}

/// A block as the text of one cell; points begin with a dot of their own.
fn cell(desk: &Desk<'_>, block: &TextBlock) -> String {
    let text = |spans: Vec<Span>| {
        let text = spans.iter().map(|s| match s {
            Span::Plain(t) | Span::Strong(t) | Span::Soft(t) | Span::Link(t, _) => t.as_str(),
        });
        text.collect::<String>()
    };
    let parts = block.said.iter().flat_map(|said| match said.get(desk.language) {
        Shape::Paragraph(lines) => vec![text(desk.line(lines.iter().collect()))],
        Shape::Points(points) => {
            points.iter().map(|p| format!("• {}", text(desk.line(p.iter().collect())))).collect()
        }
        Shape::Table(_) => Vec::new(),
    });
    parts.collect::<Vec<_>>().join(" ")
}

fn points(desk: &mut Desk<'_>, option: &ChosenOption, led: &mut bool) {
    let guideline = desk.guideline;
    if !option.points.is_empty() && !std::mem::replace(led, true) {
        desk.text(desk.say(Word::PointsLead));
    }
    let sides = [
        (Word::PointsFor, Some("for")),
        (Word::PointsAgainst, Some("against")),
        (Word::PointsNeutral, None),
    ];
    for (word, side) in sides {
        let of_side = option.points.iter().filter(|(_, _, said)| match side {
            Some(side) => said == side,
            None => said != "for" && said != "against",
        });
        let rows: Vec<_> = of_side.map(|(table, row, _)| &guideline.tables[*table].rows[*row]).collect();
        if rows.is_empty() {
            continue;
        }
        let mut items = Vec::new();
        for row in rows {
            desk.cite(&row.sources);
            items.push(vec![Span::Plain(row.text.get(desk.language).to_string())]);
        }
        let lead = desk.say(word);
        desk.blocks.push(Block::Text { spans: vec![Span::Strong(lead)] });
        desk.blocks.push(Block::List { items });
    }
}
