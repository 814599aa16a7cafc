//! From what holds to a document: one language, in reading order, with what every document says of itself.

use std::collections::BTreeSet;

use nw_facts::{Date, Language, Text};
use nw_guideline::{Citation, CompiledGuideline, Entry, Layout, Piece, Sentence, Shape, TextBlock};
use nw_leaflet::{Block, Paper, Print, Span};

use super::aid;
use super::choose::{Basis, Chosen, ChosenPart, ChosenTopic, value_text};
use super::terms::Terms;
use super::words::Word;
use crate::reading;

/// What a document looks like to its reader.
#[derive(Clone, Debug)]
pub struct Face {
    /// Language.
    pub language: Language,
    /// The day it bears.
    pub date: Date,
    /// Size of the letters.
    pub print: Print,
    /// Who issues it; empty for the program itself.
    pub author: String,
    /// Whom it is for; empty for nobody in particular.
    pub patient: String,
}

/// A document, and what went into it.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The document.
    pub paper: Paper,
    /// How many of its blocks speak to its reader; behind them stands where it comes from.
    pub told: usize,
    /// Words of the word list: module and entry, in the order shown.
    pub words: Vec<(usize, usize)>,
    /// Keys of the sources listed.
    pub sources: Vec<String>,
}

/// What the writing of one document carries along.
pub(super) struct Desk<'a> {
    pub guideline: &'a CompiledGuideline,
    pub chosen: &'a Chosen,
    pub language: Language,
    pub blocks: Vec<Block>,
    pub terms: Terms,
    pub sources: Vec<String>,
}

/// The document for what holds.
pub fn sheet(guideline: &CompiledGuideline, chosen: &Chosen, face: &Face) -> Sheet {
    let language = face.language;
    let terms = Terms::new(&guideline.leaflets, language);
    let mut desk = Desk { guideline, chosen, language, blocks: Vec::new(), terms, sources: Vec::new() };
    let document = chosen.document.map(|at| &guideline.leaflets.documents[at]);
    let title = document.map_or_else(|| desk.own_title(), |d| d.title.get(language).to_string());
    desk.blocks.push(Block::heading(1, title.as_str()));
    let mut lines = Vec::new();
    if !face.patient.is_empty() {
        lines.push(vec![Span::Soft(Word::MadeFor.say(language, &[&face.patient]))]);
    }
    let day = reading::day(&face.date.to_string(), language);
    lines.push(vec![Span::Soft(Word::DateOf.say(language, &[&day]))]);
    desk.blocks.push(Block::Lines { lines });
    if let Some(document) = document {
        desk.paragraphs(&document.opening);
    } else {
        desk.text(Word::General.say(language, &[]));
    }
    desk.notice();
    if chosen.conflict {
        desk.blocks.push(Block::Aside { spans: vec![Word::Conflict.say(language, &[]).into()] });
    }
    if let Some(document) = document {
        desk.in_short(document.short.get(language));
    }
    let beginning = desk.blocks.len();
    let nothing = chosen.parts.is_empty() && chosen.aid.is_none();
    if nothing {
        desk.text(Word::Nothing.say(language, &[]));
    }
    for (at, part) in chosen.parts.iter().enumerate().filter(|(_, p)| !p.only_short) {
        if let Some(aid) = chosen.aid.filter(|_| chosen.aid_before == at) {
            aid::write(&mut desk, aid);
        }
        desk.part(part);
    }
    if let Some(aid) = chosen.aid.filter(|_| chosen.aid_before >= chosen.parts.len()) {
        aid::write(&mut desk, aid);
    }
    desk.agreements();
    if let Some(document) = document {
        desk.paragraphs(&document.closing);
    }
    let words = desk.word_list();
    let mut told = desk.blocks.len();
    desk.about();
    desk.source_list();
    if let Some(contents) = contents(&desk.blocks[beginning..]) {
        desk.blocks.insert(beginning, contents);
        told += 1;
    }
    let manifest = &guideline.manifest;
    let footer = vec![
        Word::NotADevice.say(language, &[]),
        Word::FooterGuideline.say(
            language,
            &[&manifest.id, &manifest.edition, short(&guideline.digest), short(&guideline.leaflets.digest)],
        ),
        desk.confirmed(),
    ];
    let author = if face.author.is_empty() { "netwijzer".to_string() } else { face.author.clone() };
    let paper =
        Paper { title, author, language, date: face.date, print: face.print, footer, blocks: desk.blocks };
    Sheet { paper, told, words, sources: desk.sources }
}

/// A document of more parts says on its first page where to find them.
const MANY_PARTS: usize = 7;

fn contents(blocks: &[Block]) -> Option<Block> {
    let part = |block: &Block| match block {
        Block::Heading { level: 2, text } => Some(text.clone()),
        _ => None,
    };
    let parts: Vec<String> = blocks.iter().filter_map(part).collect();
    (parts.len() > MANY_PARTS).then_some(Block::Contents { parts })
}

/// So many points are named by their numbers.
const FEW_POINTS: usize = 3;

/// All sentences of a block, in one language.
fn sentences(block: &TextBlock, language: Language) -> impl Iterator<Item = &Sentence> {
    block.said.iter().flat_map(move |said| said.get(language).sentences())
}

/// Enough of a digest to tell two apart.
fn short(digest: &str) -> &str {
    let inner = digest.strip_prefix("sha256:").unwrap_or(digest);
    inner.get(..12).unwrap_or(inner)
}

impl Desk<'_> {
    pub fn say(&self, word: Word) -> String {
        word.say(self.language, &[])
    }

    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::text(text));
    }

    /// A heading; its words count as used.
    pub fn heading(&mut self, level: u8, text: &str) {
        self.terms.see(text);
        self.blocks.push(Block::heading(level, text));
    }

    fn own_title(&self) -> String {
        let part = self.chosen.parts.first();
        let module = part.map(|p| &self.guideline.leaflets.modules[p.module]);
        let title = match (part, module) {
            (Some(part), Some(module)) if self.chosen.parts.len() == 1 && part.topics.len() == 1 => {
                &module.entries[part.topics[0].entry].title
            }
            (_, Some(module)) => &module.title,
            _ => &self.guideline.manifest.title,
        };
        title.get(self.language).to_string()
    }

    fn paragraphs(&mut self, text: &Text) {
        let paragraphs: Vec<String> = text
            .get(self.language)
            .split("\n\n")
            .map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|p| !p.is_empty())
            .collect();
        for paragraph in paragraphs {
            let spans = self.terms.mark(vec![Span::Plain(paragraph)]);
            self.blocks.push(Block::Text { spans });
        }
    }

    fn confirmed(&self) -> String {
        let (all, confirmed) = self.chosen.confirmed;
        if confirmed == 0 {
            return self.say(Word::NothingConfirmed);
        }
        Word::SomeConfirmed.say(self.language, &[&all.to_string(), &confirmed.to_string()])
    }

    fn notice(&mut self) {
        let spans = vec![
            Span::Plain(format!("{} ", self.say(Word::NotADevice))),
            Span::Strong(self.confirmed()),
            Span::Plain(format!(" {}", self.say(Word::MarkedWords))),
        ];
        self.blocks.push(Block::Aside { spans });
    }

    /// What the parts say in short, before all of them: a line for each part, and behind it what rests on agreements.
    fn in_short(&mut self, heading: &str) {
        if heading.is_empty() {
            return;
        }
        let modules = &self.guideline.leaflets.modules;
        let mut items = Vec::new();
        for part in &self.chosen.parts {
            let module = &modules[part.module];
            let (mut sure, mut agreed) = (Vec::new(), Vec::new());
            for topic in part.topics.iter().filter(|t| !t.short.is_empty()) {
                let entry = &module.entries[topic.entry];
                self.cite(&entry.sources);
                let rests = self.rests_on(&topic.basis, self.chosen.agreements.is_empty()).is_some();
                let of = if rests { &mut agreed } else { &mut sure };
                of.extend(topic.short.iter().flat_map(|at| sentences(&entry.blocks[*at], self.language)));
            }
            if sure.is_empty() && agreed.is_empty() {
                continue;
            }
            let mut spans = self.marked(sure);
            if !agreed.is_empty() {
                let lead = if spans.is_empty() {
                    format!("{} ", self.say(Word::AllIfAgreed))
                } else {
                    format!(" {} ", self.say(Word::RestIfAgreed))
                };
                spans.push(Span::Soft(lead));
                spans.extend(self.marked(agreed));
            }
            let alone = part.topics.first().filter(|_| part.alone).map(|t| &module.entries[t.entry].title);
            items.push((alone.unwrap_or(&module.title).get(self.language).to_string(), spans));
        }
        if !items.is_empty() {
            self.heading(2, heading);
            self.blocks.push(Block::Terms { items });
        }
    }

    fn part(&mut self, part: &ChosenPart) {
        let module = &self.guideline.leaflets.modules[part.module];
        let texts = matches!(module.layout, Layout::Text | Layout::Form);
        // A text about nobody bears the title of its only part, or of its only topic, which is not said again.
        let titled = self.chosen.document.is_none() && self.chosen.parts.len() == 1;
        if texts && (part.alone || titled) {
            for topic in &part.topics {
                let entry = &module.entries[topic.entry];
                if titled && part.topics.len() == 1 {
                    self.topic(entry, topic, 1);
                } else {
                    self.topic(entry, topic, 2);
                }
            }
            return;
        }
        if !titled {
            self.heading(2, module.title.get(self.language));
        }
        match module.layout {
            Layout::List => self.points(&module.entries, &part.topics),
            Layout::Terms => {
                let items = part.topics.iter().map(|t| self.term(&module.entries[t.entry])).collect();
                self.blocks.push(Block::Terms { items });
            }
            Layout::Text | Layout::Form | Layout::Options | Layout::Points => {
                for topic in &part.topics {
                    self.topic(&module.entries[topic.entry], topic, 3);
                }
            }
        }
    }

    /// Titles as points, each with its text behind it.
    fn points(&mut self, entries: &[Entry], topics: &[ChosenTopic]) {
        let mut items = Vec::new();
        for topic in topics {
            let entry = &entries[topic.entry];
            self.cite(&entry.sources);
            let text = self.running(entry, &topic.blocks);
            let title = entry.title.get(self.language).to_string();
            let mut spans = vec![if text.is_empty() { Span::Plain(title) } else { Span::Strong(title) }];
            if !text.is_empty() {
                spans.push(Span::Plain(" ".to_string()));
                spans.extend(text);
            }
            let spans = self.terms.mark(spans);
            items.push(spans);
        }
        self.blocks.push(Block::List { items });
    }

    /// The sentences of some blocks in one line.
    fn running(&self, entry: &Entry, blocks: &[usize]) -> Vec<Span> {
        self.line(blocks.iter().flat_map(|at| sentences(&entry.blocks[*at], self.language)).collect())
    }

    fn term(&mut self, entry: &Entry) -> (String, Vec<Span>) {
        self.cite(&entry.sources);
        let all: Vec<usize> = (0..entry.blocks.len()).collect();
        (entry.title.get(self.language).to_string(), self.running(entry, &all))
    }

    fn topic(&mut self, entry: &Entry, topic: &ChosenTopic, level: u8) {
        self.cite(&entry.sources);
        // The first heading of all is the title of the document.
        if level > 1 {
            self.heading(level, entry.title.get(self.language));
        }
        self.basis(&topic.basis, self.chosen.agreements.is_empty());
        let general = topic.basis == Basis::General;
        for at in &topic.blocks {
            self.block(&entry.blocks[*at], level + 1, general);
        }
    }

    /// On which agreements something rests; silent for what is certain.
    pub fn basis(&mut self, basis: &Basis, silent: bool) {
        let Some(text) = self.rests_on(basis, silent) else { return };
        self.blocks.push(Block::Text { spans: vec![Span::Soft(text)] });
    }

    /// The sentence that names the agreements on which something rests; none for what is certain.
    fn rests_on(&self, basis: &Basis, silent: bool) -> Option<String> {
        let Basis::Agreed(list) = basis else { return None };
        if list.is_empty() || silent {
            return None;
        }
        // Conventions that say the same of several facts are one agreement to the reader.
        let all = self.agreed();
        let mut numbers = BTreeSet::new();
        for at in list {
            let title = self.guideline.conventions[*at].title.get(self.language);
            match all.iter().position(|t| *t == title) {
                Some(number) => numbers.insert(number),
                // What only says that something is not yet known needs no note.
                None => return None,
            };
        }
        // By number: the sentences stand once, at the end, and not again under every topic.
        let numbers: Vec<String> = numbers.iter().map(|n| (n + 1).to_string()).collect();
        let head = self.say(Word::Agreements);
        Some(match numbers.as_slice() {
            [one] => Word::RestsOn.say(self.language, &[one, &head]),
            [some @ .., last] if numbers.len() <= FEW_POINTS => {
                let and = self.say(Word::And);
                Word::RestsOnMany.say(self.language, &[&format!("{} {and} {last}", some.join(", ")), &head])
            }
            // Nobody looks up sixteen numbers.
            _ => Word::RestsOnAll.say(self.language, &[&head]),
        })
    }

    /// A block with its heading, and in a document about nobody with its condition in words.
    pub fn block(&mut self, block: &TextBlock, level: u8, general: bool) {
        if !block.title.is_empty() {
            self.heading(level, block.title.get(self.language));
        }
        if general && block.when.is_some() {
            let spoken = Word::IfThen.say(self.language, &[block.spoken.get(self.language)]);
            self.blocks.push(Block::Text { spans: vec![Span::Strong(spoken)] });
        }
        for said in &block.said {
            let shape = said.get(self.language);
            match shape {
                Shape::Paragraph(lines) => {
                    let spans = self.marked(lines.iter().collect());
                    self.blocks.push(Block::Text { spans });
                }
                Shape::Points(points) => {
                    let items = points.iter().map(|p| self.marked(p.iter().collect())).collect();
                    self.blocks.push(Block::List { items });
                }
                Shape::Table(rows) => self.table(rows, block.empty_rows),
            }
        }
    }

    fn table(&mut self, rows: &[Vec<Sentence>], empty: usize) {
        let cell = |me: &Self, sentence: &Sentence| {
            let spans = me.line(vec![sentence]);
            let text = spans.iter().map(|s| match s {
                Span::Plain(t) | Span::Strong(t) | Span::Soft(t) | Span::Link(t, _) => t.as_str(),
            });
            text.collect::<String>()
        };
        let mut all: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|c| cell(self, c)).collect()).collect();
        for text in all.iter().flatten() {
            self.terms.see(text);
        }
        if all.is_empty() {
            return;
        }
        let head = all.remove(0);
        // An empty cell still has the height of a line to write on.
        let line = vec!["\u{a0}".to_string(); head.len()];
        all.extend(std::iter::repeat_n(line, empty));
        self.blocks.push(Block::Table { widths: vec![1; head.len()], head, rows: all });
    }

    pub fn marked(&mut self, sentences: Vec<&Sentence>) -> Vec<Span> {
        let spans = self.line(sentences);
        self.terms.mark(spans)
    }

    /// Sentences behind each other, with the values of the patient in them.
    pub fn line(&self, sentences: Vec<&Sentence>) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for sentence in sentences {
            let mut first = !spans.is_empty();
            for piece in &sentence.pieces {
                let (text, strong) = match piece {
                    Piece::Plain(text) => (text.clone(), false),
                    Piece::Strong(text) => (text.clone(), true),
                    Piece::Value(subject) => {
                        let known = value_text(&self.chosen.values, *subject, self.language);
                        (known.unwrap_or_default().to_string(), true)
                    }
                };
                let text = if std::mem::take(&mut first) { format!(" {text}") } else { text };
                match (spans.last_mut(), strong) {
                    (Some(Span::Plain(before)), false) => before.push_str(&text),
                    _ if strong => spans.push(Span::Strong(text)),
                    _ => spans.push(Span::Plain(text)),
                }
            }
        }
        spans
    }

    pub fn cite(&mut self, sources: &[Citation]) {
        for citation in sources {
            if !self.sources.contains(&citation.key) {
                self.sources.push(citation.key.clone());
            }
        }
    }

    /// The agreements on which something rests, in the order of their first use; each sentence once.
    fn agreed(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for at in &self.chosen.agreements {
            let title = self.guideline.conventions[*at].title.get(self.language);
            if !all.contains(&title) {
                all.push(title);
            }
        }
        all
    }

    fn agreements(&mut self) {
        let titles: Vec<String> = self.agreed().into_iter().map(reading::capital).collect();
        if titles.is_empty() {
            return;
        }
        self.heading(2, &self.say(Word::Agreements));
        self.text(self.say(Word::AgreementsLead));
        let item = |(number, title): (usize, String)| {
            vec![Span::Soft(format!("{} ", number + 1)), Span::Plain(format!("{title}."))]
        };
        let items = titles.into_iter().enumerate().map(item).collect();
        self.blocks.push(Block::List { items });
    }

    /// Exactly the words that the document uses, also those that only the explanations use.
    fn word_list(&mut self) -> Vec<(usize, usize)> {
        let mut looked: BTreeSet<(usize, usize)> = BTreeSet::new();
        loop {
            let fresh: Vec<(usize, usize)> = self.terms.used.difference(&looked).copied().collect();
            if fresh.is_empty() {
                break;
            }
            for (module, entry) in fresh {
                looked.insert((module, entry));
                let entry = &self.guideline.leaflets.modules[module].entries[entry];
                let all: Vec<usize> = (0..entry.blocks.len()).collect();
                for span in self.running(entry, &all) {
                    if let Span::Plain(text) | Span::Strong(text) = span {
                        self.terms.see(&text);
                    }
                }
            }
        }
        // What the document shows as words already is not listed again.
        let shown: BTreeSet<(usize, usize)> = self
            .chosen
            .parts
            .iter()
            .filter(|p| self.guideline.leaflets.modules[p.module].layout == Layout::Terms)
            .flat_map(|p| p.topics.iter().map(|t| (p.module, t.entry)))
            .collect();
        let mut words: Vec<(usize, usize)> = looked.difference(&shown).copied().collect();
        if words.is_empty() {
            return words;
        }
        let language = self.language;
        let title = |at: &(usize, usize)| {
            let entry = &self.guideline.leaflets.modules[at.0].entries[at.1];
            entry.title.get(language).to_lowercase()
        };
        words.sort_by_key(title);
        let heading = self.say(Word::ListOfWords);
        self.blocks.push(Block::heading(2, heading));
        let mut items = Vec::new();
        for (module, entry) in &words {
            let entry = &self.guideline.leaflets.modules[*module].entries[*entry];
            items.push(self.term(entry));
        }
        self.blocks.push(Block::Terms { items });
        words
    }

    fn about(&mut self) {
        let (guideline, language) = (self.guideline, self.language);
        self.blocks.push(Block::heading(2, Word::About.say(language, &[])));
        self.text(format!("{} {}", self.say(Word::NotADevice), self.confirmed()));
        let manifest = &guideline.manifest;
        let mut items = vec![
            Word::Guideline
                .say(language, &[manifest.title.get(language), &manifest.edition, &guideline.digest]),
            Word::Texts.say(language, &[&guideline.leaflets.digest]),
        ];
        let publication = &guideline.leaflets.publication;
        if !publication.updated.is_empty() {
            let day = |text: &str| reading::day(text, language);
            items.push(Word::Updated.say(language, &[&day(&publication.updated), &day(&publication.review)]));
        }
        for (word, text) in [(Word::Funding, &publication.funding), (Word::Policy, &publication.policy)] {
            if !text.is_empty() {
                items.push(word.say(language, &[text.get(language)]));
            }
        }
        let items = items.into_iter().map(|text| vec![Span::Plain(text)]).collect();
        self.blocks.push(Block::List { items });
    }

    fn source_list(&mut self) {
        let cited: Vec<_> = self.guideline.sources.iter().filter(|s| self.sources.contains(&s.key)).collect();
        self.sources.retain(|key| cited.iter().any(|s| s.key == *key));
        if cited.is_empty() {
            return;
        }
        let items = cited.iter().map(|source| {
            let by = source.by(self.language);
            let by = if by.is_empty() { by } else { format!(" ({by})") };
            vec![Span::Plain(source.title.get(self.language).to_string()), Span::Soft(by)]
        });
        let items: Vec<Vec<Span>> = items.collect();
        self.blocks.push(Block::heading(2, Word::Sources.say(self.language, &[])));
        self.blocks.push(Block::List { items });
    }
}
