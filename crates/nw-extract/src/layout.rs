//! How a report is laid out: headings, sentences and clauses, with their places in the text.

use std::ops::Range;

use crate::search::Search;

/// A sentence, with what the heading above it means.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub span: Range<usize>,
    /// The section it stands in, as an index of the grammar's sections.
    pub section: Option<usize>,
    /// Which of several tumours it is about, counted from 1.
    pub tumour: u8,
    /// How many times the report corrected itself before it.
    pub revision: u8,
}

/// What begins a section.
pub(crate) struct Heading {
    pub words: Search,
    /// Whether the text behind it on its line ends with the line.
    pub line: bool,
    /// Whether it says in which light its section is to be read.
    pub lit: bool,
}

/// What divides a text, compiled from the grammar.
pub(crate) struct Layout {
    /// Headings, in the order of the grammar's sections; each is found at the start of a line or sentence.
    pub headings: Vec<Heading>,
    /// Any heading: most sentences begin with none.
    pub any_heading: Option<Search>,
    /// The start of a part about one of several tumours; its group `n` says which.
    pub tumour: Option<Search>,
    /// Where a question begins within a sentence that ends as one.
    pub question: Option<Search>,
    /// What says that a value behind it is that of today.
    pub now: Option<Search>,
    /// What says that a value behind it was said first, and is past where another contradicts it.
    pub then: Option<Search>,
    /// The end of the words before a day or a year that make it one of birth.
    pub born: Option<Search>,
    /// A year, its group `y`; with a group `no` it is a number of something else.
    pub year: Option<Search>,
    /// The start of a part about all tumours again.
    pub together: Option<Search>,
    /// The start of a part that corrects what stands before it.
    pub revised: Option<Search>,
    /// What begins a line of its own though nothing ends the line before it.
    pub begins: Option<Search>,
    /// What stands behind a question and answers it: `Levermetastasen? Geen`.
    pub answer: Option<Search>,
    /// What says that the tumour is another one after all: `een NET is hiermee uitgesloten`.
    pub refuted: Option<Search>,
    /// The end of a line that leaves its sentence unfinished: `6 per 10`.
    pub unfinished: Option<Search>,
    /// Words after which a full stop ends no sentence.
    pub abbreviations: Vec<String>,
}

/// A line that is shorter than this and does not end in a stop ends its sentence: it was not broken for width.
const BROKEN_FOR_WIDTH: usize = 58;

/// How much wider than the others a line may be that was broken for width all the same.
const UNEVEN: usize = 10;

/// A line that is wider than this was not broken for width.
const PAGE: usize = 130;

impl Layout {
    /// The sentences of a text in order. Every letter of the text that is not white space is in exactly one of them.
    pub(crate) fn sentences(&self, text: &str) -> Vec<Sentence> {
        let mut found = Vec::new();
        let (mut section, mut tumour, mut revision) = (None, 1, 0u8);
        // A heading with its text behind it is one paragraph; one that stands alone reaches to the next heading.
        let (mut paragraph, mut line) = (false, false);
        // The section of a list, while an item of it has a heading of its own.
        let mut around_item = None;
        let mut before = 0;
        for span in self.cut(text) {
            let said = &text[span.clone()];
            let breaks = text[before..span.start].matches('\n').count();
            if breaks > 0
                && let Some(list) = around_item.take()
            {
                section = list;
            }
            if paragraph && breaks > 1 || line && breaks > 0 {
                section = None;
                line = false;
            }
            before = span.end;
            let (item, said_of_item) = item(said);
            let inline = said.split_once(':').is_some_and(|(_, rest)| !rest.trim().is_empty());
            if let Some(at) = self.heading(said_of_item) {
                let lit = |at: usize| self.headings[at].lit;
                if item && section.is_some_and(lit) && !lit(at) {
                    // `Voorgeschiedenis`, `- CT-abdomen: ...`: what a list of the past names is past.
                } else if item && inline {
                    around_item = around_item.or(Some(section));
                    section = Some(at);
                } else {
                    section = Some(at);
                    line = inline && self.headings[at].line;
                    paragraph =
                        inline || text[span.end..].lines().next().is_some_and(|rest| !rest.trim().is_empty());
                }
            } else if is_heading(said) {
                section = None;
            }
            let named = self.tumour.as_ref().and_then(|t| t.captures(said));
            if let Some(n) = named.and_then(|c| c.name("n").map(|m| m.range())) {
                tumour = match &said[n] {
                    digit if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => {
                        digit.as_bytes()[0] - b'0'
                    }
                    letter => letter.bytes().next().map_or(1, |b| (b.to_ascii_lowercase() - b'a').min(8) + 1),
                };
                tumour = tumour.max(1);
            }
            if tumour > 1 && self.together.as_ref().is_some_and(|t| t.is_match(said)) {
                tumour = 1;
            }
            if self.revised.as_ref().is_some_and(|r| r.is_match(said)) {
                revision = revision.saturating_add(1);
            }
            found.push(Sentence { span, section, tumour, revision });
        }
        found
    }

    /// The heading with which a sentence begins.
    fn heading(&self, said: &str) -> Option<usize> {
        self.any_heading.as_ref().filter(|any| any.is_match(said))?;
        self.headings.iter().position(|heading| heading.words.is_match(said))
    }

    fn cut(&self, text: &str) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let capitals = writes_capitals(text);
        let small_lines = begins_lines_small(text);
        let numbered = text.lines().any(|line| number_of_item(line) == Some(1));
        let (mut cuts, mut widths) = (Vec::new(), Widths::default());
        let mut start = 0;
        let mut line = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let end = match byte {
                b'.' => {
                    self.stop_ends(text, start, at)
                        && !(goes_on(text, at) && (capitals || in_brackets(&text[start..], at - start)))
                }
                b'!' => true,
                b'?' => self.question_ends(&text[at + 1..]),
                // `organ;rectum` is a row of a table, and `(SUVmax 34; 27 mm)` goes on.
                b';' => {
                    text[at + 1..].chars().next().is_none_or(char::is_whitespace)
                        && !in_brackets(&text[start..], at - start)
                }
                b'\n' => {
                    let had_room = widths.had_room(text, line, at);
                    let ends = !self.unfinished(text, line, at)
                        && (small_lines && (had_room || widths.ragged)
                            || line_ends(text, line, at, had_room))
                        || numbered && next_is_item(text, at)
                        || self.begins_after(text, line, at);
                    line = at + 1;
                    ends
                }
                _ => false,
            };
            if end {
                push(text, start..at + 1, &mut cuts);
                start = at + 1;
            }
        }
        push(text, start..text.len(), &mut cuts);
        cuts
    }

    /// Whether the sentence ends with a question mark before these words: not where they go on, nor where they answer.
    fn question_ends(&self, rest: &str) -> bool {
        !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | ')' | ']' | ';' | '?'))
            && !self.answer.as_ref().is_some_and(|answer| answer.is_match(rest.lines().next().unwrap_or("")))
    }

    /// Whether a line leaves its sentence unfinished, so that the next line goes on unless it begins something.
    fn unfinished(&self, text: &str, line: usize, at: usize) -> bool {
        let next = text[at + 1..].lines().next().unwrap_or("").trim_start();
        self.unfinished.as_ref().is_some_and(|u| u.is_match(text[line..at].trim_end()))
            && !next.is_empty()
            && !next.starts_with(['-', '*', '•', '–'])
            && !is_heading(next)
            && !is_row(next)
    }

    /// Whether the next line begins a part of its own, after a line that was not broken for width.
    fn begins_after(&self, text: &str, line: usize, at: usize) -> bool {
        let next = text[at + 1..].lines().next().unwrap_or("").trim_start();
        text[line..at].trim_end().chars().count() < BROKEN_FOR_WIDTH
            && self.begins.as_ref().is_some_and(|b| b.is_match(next))
    }

    /// Whether the full stop at `at` ends a sentence: not within a number, not after an abbreviation or a single letter.
    fn stop_ends(&self, text: &str, start: usize, at: usize) -> bool {
        let rest = &text[at + 1..];
        let Some(next) = rest.chars().next() else { return true };
        if !next.is_whitespace() {
            // `levermetastasen.Conclusie` ends, `1.4` and `i.v.` do not.
            return next.is_uppercase() && text[..at].ends_with(|c: char| c.is_lowercase() || c == ')');
        }
        let word = text[start..at].rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
        if word.chars().filter(|c| c.is_alphabetic()).count() <= 1
            && !word.chars().any(|c| c.is_ascii_digit())
        {
            return word.is_empty();
        }
        let low = word.to_lowercase();
        if self.abbreviations.contains(&low) {
            return false;
        }
        // `v.a. de anus` goes on, `beeld i.o. Verder` does not.
        let letters = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
        let goes_on = rest.trim_start().starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
        !(letters && goes_on)
    }
}

/// Whether the sentences of a text begin with capitals: then a full stop before a small letter shortens a word.
fn writes_capitals(text: &str) -> bool {
    let (mut capitals, mut small) = (0, 0);
    for (at, _) in text.match_indices(". ") {
        match text[at + 2..].trim_start().chars().next() {
            Some(c) if c.is_uppercase() => capitals += 1,
            Some(c) if c.is_lowercase() => small += 1,
            _ => {}
        }
    }
    capitals > 2 * small
}

/// Whether the lines of a text begin with small letters, as in notes: then a small letter does not go on with the line before.
fn begins_lines_small(text: &str) -> bool {
    let (mut capitals, mut small) = (0, 0);
    for first in text.lines().filter_map(|line| line.trim_start().chars().next()) {
        capitals += usize::from(first.is_uppercase());
        small += usize::from(first.is_lowercase());
    }
    small > 2 * capitals
}

/// Whether a small letter or a sign that joins follows a full stop on its line.
fn goes_on(text: &str, at: usize) -> bool {
    let rest = &text[at + 1..];
    let blanks = rest.bytes().take_while(|b| *b == b' ').count();
    blanks > 0 && rest[blanks..].starts_with(|c: char| c.is_lowercase() || matches!(c, '+' | '&' | '/'))
}

/// Whether a place lies between brackets that open before it and close soon after it.
fn in_brackets(said: &str, at: usize) -> bool {
    let depth = |part: &str| {
        part.bytes().fold(0i32, |depth, byte| match byte {
            b'(' => depth + 1,
            b')' => depth - 1,
            _ => depth,
        })
    };
    let rest: &str = said[at..].split(['\n', '(']).next().unwrap_or_default();
    depth(&said[..at]) > 0 && rest.contains(')')
}

/// Whether a line break ends the sentence: after a stop or a colon, before a blank line, a bullet or a heading, and after
/// a line that is too short to have been broken for width.
fn line_ends(text: &str, line: usize, at: usize, had_room: bool) -> bool {
    let this = text[line..at].trim_end();
    let next = text[at + 1..].lines().next().unwrap_or("");
    let begins = next.trim_start();
    this.is_empty()
        || begins.is_empty()
        || this.ends_with('.')
        || (this.find(':') == Some(this.len() - 1) && is_heading(this.trim_start()))
        || begins.starts_with(['-', '*', '•', '–'])
        || is_heading(begins)
        || ((this.chars().count() < BROKEN_FOR_WIDTH || had_room)
            && (begins.starts_with(|c: char| !c.is_lowercase()) || is_row(begins)))
}

/// How wide the lines of each paragraph are, told for places that only go on.
#[derive(Default)]
struct Widths {
    /// Where the paragraph ends that was looked at last, and its widest line.
    end: usize,
    widest: usize,
    /// Whether most of its lines end well before that: nobody broke them for width.
    ragged: bool,
}

impl Widths {
    /// Whether the next word would have fitted behind a line: then the line was not broken for width.
    fn had_room(&mut self, text: &str, line: usize, at: usize) -> bool {
        if at >= self.end {
            let rest = &text[line..];
            self.end = line + rest.find("\n\n").map_or(rest.len(), |end| end + 1);
            let paragraph = &text[line..self.end];
            self.widest = widest(paragraph);
            let early = paragraph.lines().filter(|l| l.len() + 2 * UNEVEN <= self.widest).count();
            self.ragged = 2 * early > paragraph.lines().count();
        }
        let word = text[at + 1..].split_whitespace().next().unwrap_or("");
        text[line..at].trim_end().len() + 1 + word.len() + UNEVEN <= self.widest
    }
}

/// The widest line of a paragraph; where few lines are wider than any page, they were joined and tell nothing.
fn widest(paragraph: &str) -> usize {
    let (mut lines, mut over, mut on_page, mut all) = (0, 0, 0, 0);
    for line in paragraph.lines().map(str::len) {
        lines += 1;
        all = all.max(line);
        if line > PAGE {
            over += 1;
        } else {
            on_page = on_page.max(line);
        }
    }
    if over * 5 >= lines { all } else { on_page }
}

/// The number with which an item of a list begins: `3. cTNM: T1N0`.
fn number_of_item(line: &str) -> Option<u8> {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let begins = line[digits..].strip_prefix(['.', ')'])?.strip_prefix(' ')?.starts_with(char::is_alphabetic);
    line[..digits].parse().ok().filter(|_| begins)
}

/// Whether the line behind this break is an item of a numbered list.
fn next_is_item(text: &str, at: usize) -> bool {
    text[at + 1..].lines().next().is_some_and(|next| number_of_item(next).is_some())
}

/// Whether a sentence is an item of a list, and what it says behind the mark.
fn item(said: &str) -> (bool, &str) {
    let rest = said.strip_prefix(['-', '*']).filter(|rest| rest.starts_with([' ', '\t']));
    (rest.is_some(), rest.map_or(said, str::trim_start))
}

/// Whether a line is a row of a table: a word or two, a colon, and what is said of it.
fn is_row(line: &str) -> bool {
    line.split_once(':').is_some_and(|(label, said)| {
        label.len() < 30
            && !label.contains('.')
            && label.split_whitespace().count() <= 2
            && !said.trim().is_empty()
    })
}

/// Whether a sentence begins with a heading: a few words and a colon, and perhaps a day without its year (`CT 12-10:`).
fn is_heading(said: &str) -> bool {
    let Some((head, _)) = said.split_once(':') else { return false };
    let is_part = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let is_day = |word: &str| word.split_once(['-', '/']).is_some_and(|(d, m)| is_part(d) && is_part(m));
    let head = head.rsplit_once(' ').filter(|(_, last)| is_day(last)).map_or(head, |(label, _)| label);
    head.len() < 40
        && head.starts_with(char::is_uppercase)
        && head.chars().all(|c| c.is_alphabetic() || c.is_whitespace() || matches!(c, '/' | '-' | '(' | ')'))
        && head.split_whitespace().count() <= 3
}

fn push(text: &str, span: Range<usize>, cuts: &mut Vec<Range<usize>>) {
    let said = &text[span.clone()];
    let lead = said.len() - said.trim_start().len();
    let tail = said.len() - said.trim_end().len();
    if lead < said.len() {
        cuts.push(span.start + lead..span.end - tail);
    }
}
