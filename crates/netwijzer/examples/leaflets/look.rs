//! One leaflet, looked at as its reader would.

use std::collections::{BTreeMap, BTreeSet};

use nw_facts::Language;
use nw_guideline::{CompiledGuideline, Counting, Level, Measure, Readability};
use nw_leaflet::{Block, Day, Inspection, Paper, PaperError, Span};
use nw_render::leaflet::Sheet;

/// What can be wrong, or worth a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Untypeset,
    Beyond,
    Upon,
    Lacking,
    Empty,
    Placeholder,
    Untranslated,
    Identifier,
    NotInHtml,
    Unreadable,
    HardToRead,
    Twice,
}

impl Kind {
    /// Whether it is only worth a look.
    pub fn is_hint(self) -> bool {
        matches!(self, Kind::HardToRead | Kind::Twice)
    }

    /// In words.
    pub fn said(self) -> &'static str {
        match self {
            Kind::Untypeset => "cannot be typeset",
            Kind::Beyond => "text leaves its page or margin",
            Kind::Upon => "text lies on other text",
            Kind::Lacking => "a sign that no letter exists for",
            Kind::Empty => "an empty text, or a heading with nothing under it",
            Kind::Placeholder => "a place that was not filled in, or was filled with nothing",
            Kind::Untranslated => "words of the other language",
            Kind::Identifier => "an id of a fact or conclusion",
            Kind::NotInHtml => "a text that the page of HTML does not show",
            Kind::Unreadable => "a gate of readability that refuses",
            Kind::HardToRead => "a gate of readability that warns",
            Kind::Twice => "a sentence that one leaflet says twice",
        }
    }
}

/// One finding.
pub struct Found {
    pub kind: Kind,
    pub what: String,
}

/// What was seen of one leaflet.
pub struct Look {
    pub found: Vec<Found>,
    pub read: Readability,
}

/// What looking needs, made once.
pub struct Looking<'g> {
    guideline: &'g CompiledGuideline,
    counting: [Counting; 2],
}

/// Words of one language that are none of the other.
const ENGLISH: [&str; 14] = [
    "the", "and", "your", "you", "with", "this", "that", "which", "from", "are", "may", "has", "have", "for",
];
const DUTCH: [&str; 14] =
    ["het", "een", "van", "uw", "niet", "wordt", "naar", "deze", "bij", "voor", "zijn", "kunt", "uit", "ook"];
/// So many of them in one text are no name.
const MANY: usize = 3;
/// A shorter sentence may be said twice: «Bel ons.»
const WORTH_SAYING_ONCE: usize = 6;

impl<'g> Looking<'g> {
    pub fn new(guideline: &'g CompiledGuideline) -> Looking<'g> {
        let leaflets = &guideline.leaflets;
        Looking { guideline, counting: [Language::En, Language::Nl].map(|l| Counting::new(leaflets, l)) }
    }

    pub fn at(
        &self,
        sheet: &Sheet,
        document: &str,
        page: &str,
        file: &Result<(Vec<u8>, Inspection), PaperError>,
    ) -> Look {
        let paper = &sheet.paper;
        let mut found = Vec::new();
        let mut find = |kind: Kind, what: String| found.push(Found { kind, what });
        typeset(file, &mut find);
        let told = &paper.blocks[..sheet.told.min(paper.blocks.len())];
        // The titles of sources stay in the language of the source.
        texts(told).iter().for_each(|text| foreign(paper.language, text, &mut find));
        let all = texts(&paper.blocks);
        let shown = visible(page);
        for text in &all {
            self.words(text, &mut find);
            if !shown.contains(&squeezed(text)) {
                find(Kind::NotInHtml, text.clone());
            }
        }
        hollow(&paper.blocks, &mut find);
        let said = sentences_of(told);
        let counting = &self.counting[usize::from(paper.language == Language::Nl)];
        let read = counting.read(document, said.iter().map(String::as_str));
        self.gates(paper, document, &read, &mut find);
        let notes = notes_of(told);
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for heavy in read.sentences.iter().filter(|h| h.counts.words >= WORTH_SAYING_ONCE) {
            if !notes.contains(heavy.text.as_str()) {
                *times.entry(&heavy.text).or_default() += 1;
            }
        }
        let tag = if paper.language == Language::Nl { "nl" } else { "en" };
        for (text, _) in times.into_iter().filter(|(_, times)| *times > 1) {
            find(Kind::Twice, format!("{tag} {document}: {text}"));
        }
        Look { found, read }
    }

    fn words(&self, text: &str, find: &mut impl FnMut(Kind, String)) {
        if text.contains(['{', '}']) {
            find(Kind::Placeholder, text.to_string());
        }
        let gap = ["  ", " .", " ,", " ;", "()", "( )", "„”", "“”", ": .", ",,", ".."].iter();
        if gap.clone().any(|gap| text.contains(gap)) && !text.contains("...") {
            find(Kind::Placeholder, text.to_string());
        }
        let vocabulary = &self.guideline.vocabulary;
        for token in text.split_whitespace().map(|t| t.trim_matches(|c: char| !c.is_alphanumeric())) {
            let id = token.contains('.')
                && (vocabulary.find_fact(token).is_some() || vocabulary.find_conclusion(token).is_some());
            if id {
                find(Kind::Identifier, format!("{token} in: {text}"));
            }
        }
    }

    fn gates(&self, paper: &Paper, document: &str, read: &Readability, find: &mut impl FnMut(Kind, String)) {
        let gates = &self.guideline.leaflets.gates;
        for gate in gates.iter().filter(|g| g.language == paper.language && g.modules.is_empty()) {
            let kind = match gate.level {
                Level::Error => Kind::Unreadable,
                Level::Warning => Kind::HardToRead,
            };
            if gate.measure == Measure::LongestSentence {
                for heavy in read.sentences.iter().filter(|h| !gate.passes(h.counts.words as f64)) {
                    find(kind, format!("{document}: {} words: {}", heavy.counts.words, heavy.text));
                }
            } else if let Some(value) = read.counts.measure(gate.measure).filter(|v| !gate.passes(*v)) {
                // One line for all leaflets that fail alike.
                find(kind, format!("{document}: {} {value:.0}", gate.measure.id()));
            }
        }
    }
}

/// Several words of the other language, and more than of its own.
fn foreign(language: Language, text: &str, find: &mut impl FnMut(Kind, String)) {
    let words: BTreeSet<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
    let other = if language == Language::Nl { &ENGLISH } else { &DUTCH };
    let own = if language == Language::Nl { &DUTCH } else { &ENGLISH };
    let count = |list: &[&str]| list.iter().filter(|w| words.contains(**w)).count();
    if count(other) >= MANY && count(other) > count(own) {
        find(Kind::Untranslated, text.to_string());
    }
}

fn typeset(file: &Result<(Vec<u8>, Inspection), PaperError>, find: &mut impl FnMut(Kind, String)) {
    let seen = match file {
        Ok((_, seen)) => seen,
        Err(error) => return find(Kind::Untypeset, error.cause.clone()),
    };
    let place =
        |(page, x, y): &(usize, i64, i64)| format!("page {page}, {x} mm from the left, {y} from above");
    seen.beyond.iter().for_each(|p| find(Kind::Beyond, place(p)));
    seen.upon.iter().for_each(|p| find(Kind::Upon, place(p)));
    seen.lacking.iter().for_each(|c| find(Kind::Lacking, format!("U+{:04X} {c}", u32::from(*c))));
    if seen.blank > 0 {
        find(Kind::Lacking, format!("{} letters drawn as missing", seen.blank));
    }
}

fn plain(spans: &[Span]) -> String {
    let text = |s: &Span| match s {
        Span::Plain(t) | Span::Strong(t) | Span::Soft(t) | Span::Link(t, _) => t.clone(),
    };
    spans.iter().map(text).collect()
}

/// Every text that a reader sees; room to write in is none.
fn texts(blocks: &[Block]) -> Vec<String> {
    let mut all = Vec::new();
    for block in blocks {
        match block {
            Block::Heading { text, .. } => all.push(text.clone()),
            Block::Contents { parts } => all.extend(parts.iter().cloned()),
            Block::Text { spans } | Block::Aside { spans } => all.push(plain(spans)),
            Block::Lines { lines } => all.extend(lines.iter().map(|l| plain(l))),
            Block::List { items } => all.extend(items.iter().map(|i| plain(i))),
            Block::Terms { items } => {
                for (term, spans) in items {
                    all.push(term.clone());
                    all.push(plain(spans));
                }
            }
            Block::Table { head, rows, .. } => {
                let cells = head.iter().chain(rows.iter().flatten()).filter(|c| !c.trim().is_empty());
                all.extend(cells.cloned());
            }
            Block::Signature { lines } => all.extend(lines.iter().cloned()),
            Block::Compare { corner, names, rows } => {
                all.push(corner.clone());
                all.extend(names.iter().cloned());
                for (name, cells) in rows {
                    all.push(name.clone());
                    all.extend(cells.iter().flat_map(|cell| texts(cell)));
                }
            }
            Block::Month { days, .. } => {
                let said = |d: &Day| {
                    d.entries.iter().map(|e| e.text.clone()).chain(d.closed.clone()).collect::<Vec<_>>()
                };
                all.extend(days.iter().flat_map(said));
            }
            Block::Code { text, .. } => all.push(text.clone()),
        }
    }
    all
}

/// What is told in sentences.
fn sentences_of(blocks: &[Block]) -> Vec<String> {
    let mut all = Vec::new();
    for block in blocks {
        match block {
            Block::Text { spans } | Block::Aside { spans } => all.push(plain(spans)),
            Block::List { items } => all.extend(items.iter().map(|i| plain(i))),
            Block::Terms { items } => all.extend(items.iter().map(|(_, spans)| plain(spans))),
            Block::Compare { rows, .. } => {
                let cells = rows.iter().flat_map(|(_, cells)| cells);
                all.extend(cells.flat_map(|cell| sentences_of(cell)));
            }
            _ => {}
        }
    }
    all
}

/// What is said beside the text, such as what a topic rests on; it may be said again.
fn notes_of(blocks: &[Block]) -> BTreeSet<&str> {
    let spans = blocks.iter().filter_map(|b| if let Block::Text { spans } = b { Some(spans) } else { None });
    spans
        .filter_map(|s| if let [Span::Soft(text)] = s.as_slice() { Some(text.as_str()) } else { None })
        .collect()
}

/// Empty texts, cells of a comparison without a word, and headings with nothing under them.
fn hollow(blocks: &[Block], find: &mut impl FnMut(Kind, String)) {
    let mut above = String::new();
    for (at, block) in blocks.iter().enumerate() {
        if let Block::Heading { level, text } = block {
            above.clone_from(text);
            let follows = match blocks.get(at + 1) {
                None => false,
                Some(Block::Heading { level: next, .. }) => next > level,
                Some(_) => true,
            };
            if !follows {
                find(Kind::Empty, format!("nothing under “{text}”"));
            }
        }
        if let Block::Compare { names, rows, .. } = block {
            for (row, cells) in rows {
                for (name, _) in names.iter().zip(cells).filter(|(_, cell)| texts(cell).is_empty()) {
                    find(Kind::Empty, format!("nothing in “{row}” of “{name}”"));
                }
            }
        }
        let empty_list = match block {
            Block::List { items } => items.is_empty(),
            Block::Terms { items } => items.is_empty(),
            Block::Table { rows, .. } => rows.is_empty(),
            _ => false,
        };
        if empty_list || texts(std::slice::from_ref(block)).iter().any(|t| t.trim().is_empty()) {
            find(Kind::Empty, format!("an empty text under “{above}”"));
        }
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a page of HTML shows: without tags, with signs as they are read.
fn visible(page: &str) -> String {
    let body = page.find("<body").map_or(page, |at| &page[at..]);
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let ends = if rest.starts_with('<') { '>' } else { ';' };
        let Some(end) = rest.find(ends) else { break };
        match &rest[..=end] {
            "&lt;" | "&#60;" => out.push('<'),
            "&gt;" | "&#62;" => out.push('>'),
            "&amp;" | "&#38;" => out.push('&'),
            "&quot;" | "&#34;" => out.push('"'),
            "&apos;" | "&#39;" => out.push('\''),
            // Inside a line, tags stand for nothing; the others have a line of their own in our pages, or hold a whole text.
            _ => {}
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    squeezed(&out)
}
