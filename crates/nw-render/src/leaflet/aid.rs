//! The decision aid: options side by side, and what counts for and against each in this patient. Never ranked.

use nw_guideline::{Entry, Output, Row, Sentence, Shape, Table, TextBlock};
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

/// More open options than this are not named.
const MANY_OPEN: usize = 15;

/// So many options stand side by side, with those that are still open among them.
const FEW: usize = 6;

pub(super) fn write(desk: &mut Desk<'_>, module: usize) {
    let chosen = desk.chosen;
    desk.heading(2, &desk.say(Word::Options));
    let entries = &desk.guideline.leaflets.modules[module].entries;
    let open = &chosen.options_open;
    let mut beside: Vec<&ChosenOption> = chosen.options.iter().collect();
    let all_beside = chosen.options.len() + open.len() <= FEW;
    if all_beside {
        beside.extend(open);
        beside.sort_by_key(|option| option.entry);
        open.iter().for_each(|option| desk.cite(&entries[option.entry].sources));
    }
    if beside.is_empty() {
        desk.text(desk.say(Word::NoOptions));
    } else {
        if all_beside && !open.is_empty() {
            desk.text(desk.say(Word::OptionsOpenBeside));
        }
        desk.text(desk.say(Word::OptionsLead));
        side_by_side(desk, entries, &beside);
    }
    if !all_beside {
        still_open(desk, entries);
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

/// The options of which it is not known yet whether they fit, by name; of a record that says next to nothing they would
/// be nearly all, and the names would say nothing.
fn still_open(desk: &mut Desk<'_>, entries: &[Entry]) {
    let open = &desk.chosen.options_open;
    if open.is_empty() {
        return;
    }
    if open.len() > MANY_OPEN {
        desk.text(desk.say(Word::OptionsOpen));
        return;
    }
    desk.text(desk.say(Word::OptionsOpenNamed));
    let names = open.iter().map(|o| vec![Span::Plain(entries[o.entry].title.get(desk.language).to_string())]);
    let items = names.map(|spans| desk.terms.mark(spans)).collect();
    desk.blocks.push(Block::List { items });
}

/// The options side by side; how many fit on a page is for whoever lays the page out.
fn side_by_side(desk: &mut Desk<'_>, entries: &[Entry], options: &[&ChosenOption]) {
    let language = desk.language;
    let names: Vec<String> =
        options.iter().map(|o| entries[o.entry].title.get(language).to_string()).collect();
    let standing = |o: &&ChosenOption| {
        desk.say(match o.standing {
            Standing::Option => Word::StandingOption,
            Standing::Selected => Word::StandingSelected,
            Standing::NotYet => Word::StandingNotYet,
            Standing::Open => Word::StandingOpen,
        })
    };
    let standings = options.iter().map(|o| vec![Block::text(standing(o))]).collect();
    let mut rows = vec![(desk.say(Word::Standing), standings)];
    for (id, word) in TOLD {
        let cells = options.iter().map(|option| {
            let entry = &entries[option.entry];
            let blocks = option.blocks.iter().map(|at| &entry.blocks[*at]).filter(|b| b.id == id);
            blocks.flat_map(|b| cell(desk, b)).collect()
        });
        rows.push((desk.say(word), cells.collect::<Vec<Vec<Block>>>()));
    }
    for text in names.iter().chain(rows.iter().map(|(name, _)| name)) {
        desk.terms.see(text);
    }
    for spans in rows.iter().flat_map(|(_, cells)| cells).flatten().flat_map(spans_of) {
        desk.terms.see(&plain(spans));
    }
    let corner = desk.say(Word::Question);
    desk.blocks.push(Block::Compare { corner, names, rows });
}

/// A block as the inside of one cell.
fn cell(desk: &Desk<'_>, block: &TextBlock) -> Vec<Block> {
    let shown = |said: &nw_guideline::Said| match said.get(desk.language) {
        Shape::Paragraph(lines) => Some(Block::Text { spans: desk.line(lines.iter().collect()) }),
        Shape::Points(points) => {
            Some(Block::List { items: points.iter().map(|p| desk.line(p.iter().collect())).collect() })
        }
        Shape::Table(_) => None,
    };
    block.said.iter().filter_map(shown).collect()
}

/// The lines of a paragraph or list.
fn spans_of(block: &Block) -> Vec<&[Span]> {
    match block {
        Block::Text { spans } => vec![spans],
        Block::List { items } => items.iter().map(Vec::as_slice).collect(),
        _ => Vec::new(),
    }
}

fn plain(spans: &[Span]) -> String {
    let text = |s: &Span| match s {
        Span::Plain(t) | Span::Strong(t) | Span::Soft(t) | Span::Link(t, _) => t.clone(),
    };
    spans.iter().map(text).collect()
}

fn points(desk: &mut Desk<'_>, option: &ChosenOption, led: &mut bool) {
    let guideline = desk.guideline;
    if !option.points.is_empty() && !std::mem::replace(led, true) {
        desk.text(desk.say(Word::PointsLead));
    }
    let sides =
        [(Word::PointsFor, Some("for")), (Word::PointsAgainst, Some("against")), (Word::PointsNeutral, None)];
    for (word, side) in sides {
        let of_side = option.points.iter().filter(|(_, _, said)| match side {
            Some(side) => said == side,
            None => said != "for" && said != "against",
        });
        let rows: Vec<(&Table, &Row)> = of_side
            .map(|(table, row, _)| (&guideline.tables[*table], &guideline.tables[*table].rows[*row]))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let mut items = Vec::new();
        for (table, row) in rows {
            desk.cite(&row.sources);
            items.push(match for_patients(desk, table, row) {
                Some(sentences) => desk.marked(sentences),
                None => vec![Span::Plain(row.text.get(desk.language).to_string())],
            });
        }
        let lead = desk.say(word);
        desk.blocks.push(Block::Text { spans: vec![Span::Strong(lead)] });
        desk.blocks.push(Block::List { items });
    }
}

/// A point in the words for patients; none as long as the row's own sentence is all there is.
fn for_patients<'a>(desk: &Desk<'a>, table: &Table, row: &Row) -> Option<Vec<&'a Sentence>> {
    let guideline = desk.guideline;
    let Output::Value(value) = row.output else { return None };
    let id = &guideline.vocabulary.conclusion(table.conclusion).values.get(value)?.id;
    let block = guideline.leaflets.point(table.conclusion, id)?;
    Some(block.said.iter().flat_map(|said| said.get(desk.language).sentences()).collect())
}
