//! Text for people: inks, wrapping by the width of the terminal, hanging indents.

use anstyle::{AnsiColor, Color, Style};
use unicode_width::UnicodeWidthStr;

/// The widest text we write, whatever the terminal offers; longer lines are hard to read.
const WIDEST: usize = 100;

/// What a piece of text means, rather than which colour it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Strong,
    /// Beside the point: sources, ids.
    Faint,
    /// Concluded.
    Sure,
    /// Still open.
    Open,
    /// Contradicts itself.
    Clash,
    /// A question.
    Ask,
    Heading,
}

impl Ink {
    fn style(self) -> Style {
        let fg = |c: AnsiColor| Style::new().fg_color(Some(Color::Ansi(c)));
        match self {
            Ink::Plain => Style::new(),
            Ink::Strong => Style::new().bold(),
            Ink::Faint => Style::new().dimmed(),
            Ink::Sure => fg(AnsiColor::Green).bold(),
            Ink::Open => fg(AnsiColor::Yellow),
            Ink::Clash => fg(AnsiColor::Red).bold(),
            Ink::Ask => fg(AnsiColor::Cyan),
            Ink::Heading => Style::new().bold().underline(),
        }
    }
}

/// A piece of text in one ink.
#[derive(Clone, Debug)]
pub(crate) struct Piece(pub Ink, pub String);

/// A piece from anything textual.
pub(crate) fn ink(ink: Ink, text: impl Into<String>) -> Piece {
    Piece(ink, text.into())
}

/// Columns that a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// A page being written.
pub(crate) struct Paper {
    width: usize,
    text: String,
}

impl Paper {
    /// As wide as the terminal, or 100 columns when nobody says.
    pub(crate) fn new() -> Self {
        Paper::wide(terminal_width())
    }

    pub(crate) fn wide(width: usize) -> Self {
        Paper { width: width.clamp(40, WIDEST), text: String::new() }
    }

    /// Without wrapping: for lines that programs read, too.
    pub(crate) fn endless() -> Self {
        Paper { width: usize::MAX, text: String::new() }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// What was written, and a clean page.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// Text that was laid out before.
    pub(crate) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// One paragraph: `indent` before the first line, `hang` before the others.
    pub(crate) fn line(&mut self, indent: usize, hang: usize, pieces: &[Piece]) {
        self.row(indent, &[], hang.saturating_sub(indent), pieces);
    }

    /// A heading with a blank line before it.
    pub(crate) fn heading(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.blank();
        }
        self.line(0, 0, &[ink(Ink::Heading, text)]);
    }

    /// A label of fixed width, and a paragraph that hangs beside it. A label too long for its column has its own line.
    pub(crate) fn row(&mut self, indent: usize, label: &[Piece], label_width: usize, pieces: &[Piece]) {
        let hang = indent + label_width;
        self.text.push_str(&" ".repeat(indent));
        let mut used = 0;
        for Piece(ink, text) in label {
            self.write(*ink, text);
            used += columns(text);
        }
        if used + 1 > label_width && !label.is_empty() {
            self.text.push('\n');
            self.text.push_str(&" ".repeat(hang));
        } else if !label.is_empty() {
            self.text.push_str(&" ".repeat(label_width - used));
        }
        let mut at = if label.is_empty() { indent } else { hang };
        let mut space = false;
        let words = words(pieces);
        for (i, (ink, word)) in words.iter().enumerate() {
            let Some(word) = word else {
                space = true;
                continue;
            };
            let wide = columns(word);
            // Words that touch stay together, whatever their ink.
            let run: usize = words[i..].iter().map_while(|(_, w)| w.as_deref().map(columns)).sum();
            if space && at + 1 + run > self.width && at > hang {
                self.text.push('\n');
                self.text.push_str(&" ".repeat(hang));
                at = hang;
            } else if space && at > if label.is_empty() { indent } else { hang } {
                self.text.push(' ');
                at += 1;
            }
            space = false;
            self.write(*ink, word);
            at += wide;
        }
        self.text.push('\n');
    }

    fn write(&mut self, ink: Ink, text: &str) {
        // A hard space kept number and unit together; on the page it is a space like any other.
        let text = text.replace('\u{a0}', " ");
        let style = ink.style();
        if style.is_plain() {
            self.text.push_str(&text);
        } else {
            self.text.push_str(&format!("{style}{text}{style:#}"));
        }
    }
}

/// Words with their ink, and `None` where a space stands.
fn words(pieces: &[Piece]) -> Vec<(Ink, Option<String>)> {
    let mut all = Vec::new();
    for Piece(ink, text) in pieces {
        let mut word = String::new();
        for c in text.chars() {
            if c == ' ' || c == '\n' {
                if !word.is_empty() {
                    all.push((*ink, Some(std::mem::take(&mut word))));
                }
                all.push((*ink, None));
            } else {
                word.push(c);
            }
        }
        if !word.is_empty() {
            all.push((*ink, Some(word)));
        }
    }
    all
}

/// Columns of the terminal; `COLUMNS` when set, 100 when the output is no terminal.
pub(crate) fn terminal_width() -> usize {
    let set = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|w: &usize| *w > 0);
    set.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).unwrap_or(WIDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn words_hang_beside_their_label() {
        let mut paper = Paper::wide(40);
        paper.row(
            2,
            &[ink(Ink::Plain, "Grade")],
            10,
            &[ink(Ink::Sure, "G2"), ink(Ink::Plain, " because the Ki-67 index is 4\u{a0}%, and more")],
        );
        assert_eq!(
            plain(&paper.take()),
            "  Grade     G2 because the Ki-67 index\n            is 4 %, and more\n"
        );
        paper.line(0, 2, &[ink(Ink::Plain, "a"), ink(Ink::Faint, "b c")]);
        assert_eq!(plain(&paper.take()), "ab c\n");
    }
}
