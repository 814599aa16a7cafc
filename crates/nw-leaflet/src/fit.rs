//! Makes a paper fit: words that no line can hold may be broken, signs that no letter exists for are shown as such, and the
//! headings of every paper begin with one title.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::paper::{Block, Day, DayEntry, Paper, Span};

/// A place at which a line may end, without a sign of its own.
const BREAK: char = '\u{200B}';
/// So many letters of one word stand on one line in any case.
const HELD: usize = 24;
/// No word of Dutch or English has more letters.
const LONGEST: usize = 40;
/// What stands for a sign that the letters in the program do not have.
pub(crate) const LACKING: char = '□';

/// What is done with every text of a paper.
pub(crate) trait Change {
    fn text(&mut self, text: &str) -> String;
}

/// Texts for a page: breakable, and only of signs that can be drawn.
pub(crate) struct Drawable<'h>(pub &'h dyn Fn(char) -> bool);

impl Change for Drawable<'_> {
    fn text(&mut self, text: &str) -> String {
        let has = self.0;
        let has = |c: char| !c.is_control() && has(c);
        let drawn: Cow<'_, str> = if text.chars().all(|c| plain(c) || has(c)) {
            Cow::Borrowed(text)
        } else {
            let shown = |c: char| if plain(c) || has(c) { c } else { LACKING };
            Cow::Owned(text.chars().filter(|c| !c.is_control() || plain(*c)).map(shown).collect())
        };
        breakable(&drawn).into_owned()
    }
}

/// Collects signs that cannot be drawn.
pub(crate) struct Lacking<'h> {
    pub has: &'h dyn Fn(char) -> bool,
    pub found: BTreeSet<char>,
}

impl Change for Lacking<'_> {
    fn text(&mut self, text: &str) -> String {
        self.found.extend(text.chars().filter(|c| !plain(*c) && !(self.has)(*c)));
        String::new()
    }
}

/// Signs that every font has, or that need none.
fn plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\n' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}')
}

/// A text whose longest words may be broken: after the signs of addresses and ids, and where nothing else helps.
pub(crate) fn breakable(text: &str) -> Cow<'_, str> {
    if !text.split(char::is_whitespace).any(|word| word.len() > HELD) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for word in text.split_inclusive(char::is_whitespace) {
        if word.chars().count() <= HELD {
            out.push_str(word);
            continue;
        }
        // A word of letters only is hyphenated by the rules of its language, unless it is longer than any word. An id with
        // stops between its words is none.
        let bare = word.trim().trim_matches(|c: char| !c.is_alphabetic());
        let lettered = bare.chars().all(|c| c.is_alphabetic() || c == '-') && bare.chars().count() <= LONGEST;
        let most = if lettered { LONGEST } else { HELD / 2 };
        let mut run = 0;
        for c in word.chars() {
            out.push(c);
            run += 1;
            let joint = matches!(c, '/' | '.' | '_' | ':' | '=' | '&' | '?' | '+' | ',' | ';' | '#' | '@');
            if c.is_whitespace() {
                run = 0;
            } else if (joint && !lettered) || run >= most {
                out.push(BREAK);
                run = 0;
            }
        }
    }
    Cow::Owned(out)
}

/// Whether a paper shows its title itself: unless it has exactly one heading of the first level, which then is it.
pub(crate) fn shows_title(paper: &Paper) -> bool {
    paper.blocks.iter().filter(|b| matches!(b, Block::Heading { level: 1, .. })).count() != 1
}

/// A paper whose every text was changed.
pub(crate) fn changed(paper: &Paper, change: &mut impl Change) -> Paper {
    let title = shows_title(paper).then(|| Block::heading(1, paper.title.as_str()));
    let deeper = u8::from(title.is_some());
    let blocks = title.iter().map(|b| block(b, change, 0)).collect::<Vec<_>>();
    let own = paper.blocks.iter().map(|b| block(b, change, deeper)).collect::<Vec<_>>();
    Paper {
        title: change.text(&paper.title),
        author: change.text(&paper.author),
        footer: paper.footer.iter().map(|line| change.text(line)).collect(),
        blocks: [blocks, own].concat(),
        ..*paper
    }
}

fn block(block: &Block, change: &mut impl Change, deeper: u8) -> Block {
    let one = |s: &Span, change: &mut dyn FnMut(&str) -> String| match s {
        Span::Plain(text) => Span::Plain(change(text)),
        Span::Strong(text) => Span::Strong(change(text)),
        Span::Soft(text) => Span::Soft(change(text)),
        Span::Link(text, address) => Span::Link(change(text), address.clone()),
    };
    let mut text = |t: &str| change.text(t);
    match block {
        Block::Heading { level, text: t } => Block::Heading { level: level + deeper, text: text(t) },
        Block::Contents { parts } => Block::Contents { parts: parts.iter().map(|t| text(t)).collect() },
        Block::Text { spans } => Block::Text { spans: spans.iter().map(|s| one(s, &mut text)).collect() },
        Block::Aside { spans } => Block::Aside { spans: spans.iter().map(|s| one(s, &mut text)).collect() },
        Block::Lines { lines } => Block::Lines {
            lines: lines.iter().map(|l| l.iter().map(|s| one(s, &mut text)).collect()).collect(),
        },
        Block::List { items } => Block::List {
            items: items.iter().map(|l| l.iter().map(|s| one(s, &mut text)).collect()).collect(),
        },
        Block::Terms { items } => Block::Terms {
            items: items
                .iter()
                .map(|(term, spans)| (text(term), spans.iter().map(|s| one(s, &mut text)).collect()))
                .collect(),
        },
        Block::Table { widths, head, rows } => Block::Table {
            widths: widths.clone(),
            head: head.iter().map(|t| text(t)).collect(),
            rows: rows.iter().map(|r| r.iter().map(|t| text(t)).collect()).collect(),
        },
        Block::Signature { lines } => Block::Signature { lines: lines.iter().map(|t| text(t)).collect() },
        Block::Compare { corner, names, rows } => Block::Compare {
            corner: text(corner),
            names: names.iter().map(|t| text(t)).collect(),
            rows: rows
                .iter()
                .map(|(name, cells)| {
                    let name = change.text(name);
                    let cell = |c: &Vec<Block>, change: &mut _| {
                        c.iter().map(|b| self::block(b, change, 0)).collect::<Vec<_>>()
                    };
                    (name, cells.iter().map(|c| cell(c, change)).collect())
                })
                .collect(),
        },
        Block::Month { year, month, days } => {
            let day = |d: &Day, text: &mut dyn FnMut(&str) -> String| Day {
                day: d.day,
                entries: d
                    .entries
                    .iter()
                    .map(|e| DayEntry { text: text(&e.text), stands: e.stands })
                    .collect(),
                closed: d.closed.as_ref().map(|t| text(t)),
            };
            Block::Month {
                year: *year,
                month: *month,
                days: days.iter().map(|d| day(d, &mut text)).collect(),
            }
        }
        Block::Code { text: t, address } => Block::Code { text: text(t), address: address.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_no_line_holds_get_places_to_break() {
        let broken = |text: &str| breakable(text).replace(BREAK, "|");
        assert_eq!(
            broken("een gewone zin met immunohistochemische"),
            "een gewone zin met immunohistochemische"
        );
        assert_eq!(
            broken("zie https://example.org/een/lange/weg nu"),
            "zie https:|/|/|example.|org/|een/|lange/|weg nu"
        );
        assert_eq!(broken("sha256:0123456789abcdef0123456789"), "sha256:|0123456789ab|cdef01234567|89");
        let letters = "x".repeat(100);
        assert_eq!(broken(&letters).matches('|').count(), 8);
    }

    #[test]
    fn signs_without_a_letter_are_shown_as_such() {
        let mut change = Drawable(&|c: char| c != '漢');
        assert_eq!(change.text("a 漢 é\u{7}\nb"), format!("a {LACKING} é\nb"));
        let mut change = Lacking { has: &|c: char| c != '漢', found: BTreeSet::new() };
        change.text("漢字 漢");
        assert_eq!(change.found.into_iter().collect::<String>(), "漢");
    }
}
