//! A paper as the template reads it: with the words around it, and with tables laid out so that no column is too narrow.

use data_encoding::BASE64;
use nw_facts::Language;
use serde::Serialize;

use crate::house::House;
use crate::month;
use crate::paper::{Block, Day, Paper, Print};
use crate::words::{self, say};
use crate::{code, fit};

/// A letter bears a signature; it has its telephone in the head and no block for patients.
pub(crate) fn is_letter(paper: &Paper) -> bool {
    paper.blocks.iter().any(|b| matches!(b, Block::Signature { .. }))
}

#[derive(Serialize)]
pub(crate) struct Sheet<'p> {
    title: &'p str,
    author: &'p str,
    language: &'static str,
    date: [i32; 3],
    print: Print,
    footer: &'p [String],
    /// Something stands side by side that no upright page holds.
    wide: bool,
    words: Words,
    house: Option<Head>,
    blocks: Vec<Shown<'p>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Words {
    page: &'static str,
    of: &'static str,
    week: &'static str,
    closed: &'static str,
    contents: &'static str,
    contact: &'static str,
    by_day: &'static str,
    out_of_hours: &'static str,
}

#[derive(Serialize)]
struct Head {
    names: Vec<String>,
    address: Vec<String>,
    logo: Option<&'static str>,
    alt: String,
    contact: Option<Contact>,
}

#[derive(Serialize)]
struct Contact {
    phone: Option<String>,
    late: Option<String>,
    code: Option<Code>,
}

/// A code with its address in words.
#[derive(Serialize)]
pub(crate) struct Code {
    kind: &'static str,
    pub(crate) drawing: String,
    pub(crate) alt: String,
    pub(crate) text: String,
    pub(crate) address: String,
    pub(crate) shown: String,
}

impl Code {
    /// The drawing as an address that holds it.
    pub(crate) fn picture(&self) -> String {
        format!("data:image/svg+xml;base64,{}", BASE64.encode(self.drawing.as_bytes()))
    }
}

/// The code for an address; nothing when it is too long for one.
pub(crate) fn coded(language: Language, text: &str, address: &str) -> Option<Code> {
    let shown = address.trim_start_matches("https://").trim_end_matches('/');
    Some(Code {
        kind: "code",
        drawing: code::svg(address)?,
        alt: format!("{} {shown}", say(language, words::CODE)),
        text: text.to_string(),
        address: address.to_string(),
        shown: fit::breakable(shown).into_owned(),
    })
}

#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'p> {
    As(&'p Block),
    Heading {
        kind: &'static str,
        level: u8,
        text: &'p str,
        mark: Option<String>,
    },
    Contents {
        kind: &'static str,
        items: Vec<(&'p str, String)>,
    },
    Table {
        kind: &'static str,
        widths: &'p [u8],
        head: &'p [String],
        rows: &'p [Vec<String>],
    },
    Compare {
        kind: &'static str,
        corner: &'p str,
        groups: Vec<Group<'p>>,
    },
    Month {
        kind: &'static str,
        level: u8,
        first: bool,
        title: String,
        weekdays: [&'static str; 7],
        weeks: Vec<Week>,
        legend: Vec<month::Sign>,
    },
    Code(Code),
}

#[derive(Serialize)]
struct Group<'p> {
    names: &'p [String],
    rows: Vec<(&'p str, Vec<Vec<Shown<'p>>>)>,
}

#[derive(Serialize)]
struct Week {
    number: i8,
    days: [Option<Day>; 7],
}

/// How many columns of a plain table a page of this print holds upright.
fn columns(print: Print) -> usize {
    match print {
        Print::Normal => 6,
        Print::Large => 4,
    }
}

/// How many things stand side by side on an upright and on a wide page of this print.
fn beside(print: Print) -> (usize, usize) {
    match print {
        Print::Normal => (3, 5),
        Print::Large => (2, 3),
    }
}

/// Whether a block needs a wide page.
fn is_wide(block: &Block, print: Print) -> bool {
    match block {
        Block::Table { widths, .. } => widths.len() > columns(print),
        Block::Compare { names, .. } => groups(print, names.len()).0,
        Block::Month { .. } => true,
        _ => false,
    }
}

/// How things are put side by side: whether on wide pages, and how many in each group.
pub(crate) fn groups(print: Print, count: usize) -> (bool, usize) {
    let (upright, wide) = beside(print);
    if count <= upright {
        return (false, count.max(1));
    }
    let groups = count.div_ceil(wide);
    let each = count.div_ceil(groups);
    (each > upright, each)
}

impl<'p> Sheet<'p> {
    /// A paper that was made to fit, in a house.
    pub(crate) fn new(paper: &'p Paper, house: &House) -> Sheet<'p> {
        let language = paper.language;
        let t = |both| say(language, both);
        let date = paper.date;
        Sheet {
            title: &paper.title,
            author: &paper.author,
            language: words::tag(language),
            date: [i32::from(date.year()), i32::from(date.month()), i32::from(date.day())],
            print: paper.print,
            footer: &paper.footer,
            wide: paper.blocks.iter().any(|b| is_wide(b, paper.print)),
            words: Words {
                page: t(words::PAGE),
                of: t(words::OF),
                week: t(words::WEEK),
                closed: t(words::CLOSED),
                contents: t(words::CONTENTS),
                contact: t(words::CONTACT),
                by_day: t(words::BY_DAY),
                out_of_hours: t(words::OUT_OF_HOURS),
            },
            house: head(paper, house),
            blocks: paper
                .blocks
                .iter()
                .zip(marks(paper))
                .map(|(b, mark)| match b {
                    Block::Heading { level, text } => {
                        Shown::Heading { kind: "heading", level: *level, text, mark }
                    }
                    other => shown(other, paper),
                })
                .collect(),
        }
    }
}

/// What leads to the nth heading of the second level.
pub(crate) fn mark(at: usize) -> String {
    format!("part-{}", at + 1)
}

/// For each block what leads to it: for headings of the second level, where the paper says what is in it.
pub(crate) fn marks(paper: &Paper) -> Vec<Option<String>> {
    let (mut led, mut count) = (false, 0);
    let one = |block: &Block| {
        led |= matches!(block, Block::Contents { .. });
        let counts = led && matches!(block, Block::Heading { level: 2, .. });
        counts.then(|| {
            count += 1;
            mark(count - 1)
        })
    };
    paper.blocks.iter().map(one).collect()
}

fn head(paper: &Paper, house: &House) -> Option<Head> {
    let language = paper.language;
    let names: Vec<String> = house.names(language).into_iter().map(str::to_string).collect();
    let letter = is_letter(paper);
    let mut address = house.address.clone();
    if letter {
        address.extend(house.phone.iter().cloned());
    }
    let website = house.website.as_ref().map(|w| w.get(language));
    let contact = (!letter && house.reachable()).then(|| Contact {
        phone: house.phone.as_deref().map(whole),
        late: house.phone_out_of_hours.as_deref().map(whole),
        code: website.and_then(|w| coded(language, say(language, words::MORE), w)),
    });
    let logo = house.logo.as_ref().map(|l| l.kind.file());
    if names.is_empty() && logo.is_none() && contact.is_none() {
        return None;
    }
    let alt = logo_alt(house, language);
    Some(Head { names, address, logo, alt, contact })
}

/// A number that stays on one line.
fn whole(number: &str) -> String {
    number.replace(' ', "\u{a0}")
}

/// What the logo shows, for those who do not see it.
pub(crate) fn logo_alt(house: &House, language: Language) -> String {
    format!("{} {}", say(language, words::LOGO), house.name.get(language))
}

fn shown<'p>(block: &'p Block, paper: &Paper) -> Shown<'p> {
    match block {
        Block::Table { widths, head, rows } => Shown::Table { kind: "table", widths, head, rows },
        Block::Compare { corner, names, rows } => {
            let (_, each) = groups(paper.print, names.len());
            let cells = |from: usize, long: usize, row: &'p [Vec<Block>]| {
                let own = row.iter().skip(from).take(long);
                own.map(|cell| cell.iter().map(|b| shown(b, paper)).collect())
                    .collect::<Vec<Vec<Shown<'p>>>>()
            };
            let groups = names
                .chunks(each)
                .enumerate()
                .map(|(at, names)| Group {
                    names,
                    rows: rows
                        .iter()
                        .map(|(name, row)| (name.as_str(), cells(at * each, names.len(), row)))
                        .collect(),
                })
                .collect();
            Shown::Compare { kind: "compare", corner, groups }
        }
        Block::Month { year, month, days } => {
            let sheet = month::sheet(paper.language, *year, *month, days);
            let week = |w: month::Week| Week { number: w.number, days: w.days };
            Shown::Month {
                kind: "month",
                level: 2,
                first: under_the_title(block, paper),
                title: capital(&sheet.title),
                weekdays: sheet.weekdays,
                weeks: sheet.weeks.into_iter().map(week).collect(),
                legend: sheet.legend,
            }
        }
        Block::Code { text, address } => match coded(paper.language, text, address) {
            Some(code) => Shown::Code(code),
            None => Shown::As(block),
        },
        Block::Contents { parts } => {
            let items = parts.iter().enumerate().map(|(at, part)| (part.as_str(), mark(at))).collect();
            Shown::Contents { kind: "contents", items }
        }
        other => Shown::As(other),
    }
}

/// Whether a month shares its page with the title: nothing but a few lines stands before it.
fn under_the_title(block: &Block, paper: &Paper) -> bool {
    let short = |b: &&Block| matches!(b, Block::Heading { .. } | Block::Text { .. } | Block::Lines { .. });
    let before = paper.blocks.iter().take_while(short).count();
    before <= FEW_LINES && paper.blocks.get(before).is_some_and(|b| std::ptr::eq(b, block))
}

/// So many headings and paragraphs leave room for a month below them.
const FEW_LINES: usize = 3;

/// A text that begins a line.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_column_is_too_narrow_however_many_there_are() {
        let normal: Vec<_> = (1..=9).map(|n| groups(Print::Normal, n)).collect();
        let expected = [
            (false, 1),
            (false, 2),
            (false, 3),
            (true, 4),
            (true, 5),
            (false, 3),
            (true, 4),
            (true, 4),
            (true, 5),
        ];
        assert_eq!(normal, expected);
        let large: Vec<_> = (1..=6).map(|n| groups(Print::Large, n)).collect();
        assert_eq!(large, [(false, 1), (false, 2), (true, 3), (false, 2), (true, 3), (true, 3)]);
    }
}
