//! A paper as plain text: for a terminal, a mail or a record that keeps nothing else.

use nw_facts::Language;

use crate::fit;
use crate::house::House;
use crate::month;
use crate::paper::{Block, DayEntry, Paper, Span};
use crate::sheet::{capital, is_letter};
use crate::words::{self, say};

/// No line is longer, but for a word that is.
const WIDE: usize = 78;

/// The document as plain text; the same value always gives the same text.
pub fn text(paper: &Paper) -> String {
    text_by(paper, &House::default())
}

/// The document as plain text, issued by a house.
pub fn text_by(paper: &Paper, house: &House) -> String {
    let language = paper.language;
    let mut out = Out::default();
    for line in house.names(language).into_iter().chain(house.address.iter().map(String::as_str)) {
        out.line(line);
    }
    out.gap();
    if fit::shows_title(paper) {
        out.heading(1, &paper.title);
    }
    for block in &paper.blocks {
        out.block(block, language, u8::from(fit::shows_title(paper)));
    }
    if !is_letter(paper) && house.reachable() {
        out.heading(2, say(language, words::CONTACT));
        let website = house.website.as_ref().map(|w| w.get(language));
        for (name, value) in [
            (words::BY_DAY, house.phone.as_deref()),
            (words::OUT_OF_HOURS, house.phone_out_of_hours.as_deref()),
            (words::MORE, website),
        ] {
            if let Some(value) = value {
                out.wrapped(&format!("{}: {value}", say(language, name)), "", "");
            }
        }
        out.gap();
    }
    for line in &paper.footer {
        out.wrapped(line, "", "");
    }
    out.text.trim_end().to_string() + "\n"
}

/// One block as plain text.
pub fn block_text(block: &Block, language: Language) -> String {
    let mut out = Out::default();
    out.block(block, language, 0);
    out.text.trim_end().to_string()
}

fn plain(spans: &[Span]) -> String {
    let one = |span: &Span| match span {
        Span::Plain(text) | Span::Strong(text) | Span::Soft(text) => text.clone(),
        Span::Link(text, address) if text == address => text.clone(),
        Span::Link(text, address) => format!("{text} <{address}>"),
    };
    spans.iter().map(one).collect()
}

#[derive(Default)]
struct Out {
    text: String,
}

impl Out {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Lines that are no longer than the page, the first with a beginning of its own.
    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        let mut start = first;
        for paragraph in text.split('\n') {
            let mut line = start.to_string();
            let mut fresh = true;
            for word in paragraph.split_whitespace() {
                if !fresh && line.chars().count() + 1 + word.chars().count() > WIDE {
                    self.line(&line);
                    line = rest.to_string();
                    fresh = true;
                }
                if !fresh {
                    line.push(' ');
                }
                line.push_str(word);
                fresh = false;
            }
            self.line(&line);
            start = rest;
        }
    }

    fn heading(&mut self, level: u8, text: &str) {
        self.gap();
        self.wrapped(text, "", "");
        if level <= 2 {
            let sign = if level == 1 { "=" } else { "-" };
            self.line(&sign.repeat(text.chars().count().min(WIDE)));
        }
        self.gap();
    }

    fn block(&mut self, block: &Block, language: Language, deeper: u8) {
        match block {
            Block::Heading { level, text } => self.heading(level + deeper, text),
            Block::Contents { parts } => {
                self.wrapped(&format!("{}:", say(language, words::CONTENTS)), "", "");
                parts.iter().for_each(|part| self.wrapped(part, "- ", "  "));
            }
            Block::Text { spans } => self.wrapped(&plain(spans), "", ""),
            Block::Aside { spans } => self.wrapped(&plain(spans), "| ", "| "),
            Block::Lines { lines } => lines.iter().for_each(|l| self.wrapped(&plain(l), "", "")),
            Block::List { items } => items.iter().for_each(|i| self.wrapped(&plain(i), "- ", "  ")),
            Block::Terms { items } => {
                for (term, spans) in items {
                    self.wrapped(&format!("{term}: {}", plain(spans)), "", "  ");
                }
            }
            Block::Table { head, rows, .. } => {
                for row in rows {
                    for (name, cell) in head.iter().zip(row) {
                        let cell = if cell.is_empty() { "……" } else { cell };
                        self.wrapped(&format!("{name}: {cell}"), "", "  ");
                    }
                    self.gap();
                }
            }
            Block::Signature { lines } => {
                self.gap();
                lines.iter().for_each(|l| self.wrapped(l, "", ""));
            }
            Block::Compare { names, rows, .. } => {
                for (at, name) in names.iter().enumerate() {
                    self.heading(3, name);
                    for (what, cells) in rows {
                        self.wrapped(&format!("{what}:"), "", "");
                        for inner in cells.get(at).into_iter().flatten() {
                            self.block(inner, language, 0);
                        }
                    }
                }
            }
            Block::Month { year, month, days } => {
                let sheet = month::sheet(language, *year, *month, days);
                self.heading(3, &capital(&sheet.title));
                for week in &sheet.weeks {
                    for (at, day) in week.days.iter().enumerate() {
                        let Some(day) = day.as_ref().filter(|d| d.closed.is_some() || !d.entries.is_empty())
                        else {
                            continue;
                        };
                        let closed = day.closed.iter().map(|why| match why.is_empty() {
                            true => say(language, words::CLOSED).to_string(),
                            false => why.clone(),
                        });
                        let said: Vec<String> =
                            closed.chain(day.entries.iter().map(DayEntry::said)).collect();
                        let line = format!("{} {}: {}", sheet.weekdays[at], day.day, said.join("; "));
                        self.wrapped(&line, "", "  ");
                    }
                }
                for sign in sheet.legend.iter().filter(|s| !s.sign.is_empty()) {
                    self.wrapped(&format!("{} = {}", sign.sign, sign.text), "", "  ");
                }
            }
            Block::Code { text, address } => {
                let shown = if text.is_empty() { address.clone() } else { format!("{text}: {address}") };
                self.wrapped(&shown, "", "");
            }
        }
        self.gap();
    }
}
