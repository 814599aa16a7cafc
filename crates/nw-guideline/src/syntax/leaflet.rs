//! One file of texts for patients: topics, blocks, and each English text with its Dutch twin.

use nw_facts::{Text, said};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Spanned, maybe};

/// A file as written.
#[derive(Clone, Debug, Default)]
pub struct RawModule {
    /// Front matter.
    pub front: Vec<(String, Spanned)>,
    /// `##` topics.
    pub topics: Vec<RawTopic>,
    /// The first line of the file.
    pub place: Place,
}

impl RawModule {
    /// A line of the front matter.
    pub fn front(&self, key: &str) -> Option<&Spanned> {
        self.front.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }
}

/// A `##` topic.
#[derive(Clone, Debug, Default)]
pub struct RawTopic {
    /// The value, or the option.
    pub name: Spanned,
    /// The list directly under the heading.
    pub attributes: Attributes,
    /// What stands directly under it, then its `###` blocks.
    pub blocks: Vec<RawPart>,
}

/// A `###` block, or what stands before the first of them.
#[derive(Clone, Debug, Default)]
pub struct RawPart {
    /// Its name; empty for what stands directly under the topic.
    pub name: Spanned,
    /// The list directly under the heading.
    pub attributes: Attributes,
    /// Texts with their twins.
    pub pairs: Vec<(RawShape, RawShape)>,
    /// A text had no fitting twin, which was told where it stands.
    pub torn: bool,
}

/// `- key: value` lines.
pub type Attributes = Vec<(Spanned, Spanned)>;

/// An attribute's value.
pub fn attribute<'a>(attributes: &'a Attributes, key: &str) -> Option<&'a Spanned> {
    attributes.iter().find(|(k, _)| k.text == key).map(|(_, v)| v)
}

/// What a piece of text looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawShape {
    /// Lines.
    Paragraph(Vec<Spanned>),
    /// Points of lines.
    Points(Vec<Vec<Spanned>>),
    /// Rows of cells; the first is the head.
    Table(Vec<Vec<Spanned>>),
}

impl RawShape {
    /// Where it stands.
    pub fn place(&self) -> Place {
        let lines: Vec<&Spanned> = match self {
            RawShape::Paragraph(lines) => lines.iter().collect(),
            RawShape::Points(all) | RawShape::Table(all) => all.iter().flatten().collect(),
        };
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Place::default() };
        Place { file: first.place.file.clone(), span: first.place.span.start..last.place.span.end }
    }

    /// What it is, in a message.
    pub fn kind(&self) -> Text {
        match self {
            RawShape::Paragraph(_) => said!("a paragraph", "een alinea"),
            RawShape::Points(points) => said!("a list of {}", "een lijst van {}", points.len()),
            RawShape::Table(rows) => {
                said!(
                    "a table of {} by {}",
                    "een tabel van {} bij {}",
                    rows.len(),
                    rows.first().map_or(0, Vec::len)
                )
            }
        }
    }

    fn same_shape(&self, other: &RawShape) -> bool {
        match (self, other) {
            (RawShape::Paragraph(_), RawShape::Paragraph(_)) => true,
            (RawShape::Points(a), RawShape::Points(b)) => a.len() == b.len(),
            (RawShape::Table(a), RawShape::Table(b)) => {
                a.iter().map(Vec::len).collect::<Vec<_>>() == b.iter().map(Vec::len).collect::<Vec<_>>()
            }
            _ => false,
        }
    }
}

/// Words that may open a line of the list under a heading.
pub const ATTRIBUTES: [&str; 10] =
    ["source", "mark", "words", "words-nl", "en", "nl", "when", "if", "if-nl", "rows"];

struct Reading<'a> {
    diagnostics: &'a mut Vec<Diagnostic>,
    module: RawModule,
    /// English texts that still wait for their twin.
    waiting: Vec<RawShape>,
}

impl Reading<'_> {
    fn fault(&mut self, at: &Place, message: Text, help: Text) {
        self.diagnostics.push(Diagnostic::new(DiagnosticCode::BadLeaflet, at, message, help));
    }

    /// English texts without a twin are told before the next heading.
    fn close(&mut self) {
        for shape in std::mem::take(&mut self.waiting) {
            if let Some(part) = self.part() {
                part.torn = true;
            }
            self.diagnostics.push(Diagnostic::new(
                DiagnosticCode::UntranslatedText,
                &shape.place(),
                said!(
                    "this text has no Dutch text below it",
                    "onder deze tekst staat geen Nederlandse tekst"
                ),
                said!(
                    "add a quote `> **nl** …` of the same shape directly below",
                    "zet er direct een citaat `> **nl** …` van dezelfde vorm onder"
                ),
            ));
        }
    }

    fn part(&mut self) -> Option<&mut RawPart> {
        self.module.topics.last_mut().and_then(|t| t.blocks.last_mut())
    }

    fn heading(&mut self, line: &Spanned) {
        self.close();
        let level = line.text.len() - line.text.trim_start_matches('#').len();
        let name = line.part(level..line.text.len());
        match level {
            1 => {}
            2 => {
                let topic = RawTopic { name, blocks: vec![RawPart::default()], ..RawTopic::default() };
                self.module.topics.push(topic);
            }
            3 => match self.module.topics.last_mut() {
                Some(topic) => topic.blocks.push(RawPart { name, ..RawPart::default() }),
                None => self.fault(
                    &line.place,
                    said!(
                        "the block `{}` stands under no topic",
                        "het blok `{}` staat onder geen onderwerp",
                        name.text
                    ),
                    said!("put `## <topic>` above it", "zet er `## <onderwerp>` boven"),
                ),
            },
            _ => self.fault(
                &line.place,
                said!("`{}` is a heading of level {level}", "`{}` is een kop van niveau {level}", name.text),
                said!(
                    "topics are `##`, blocks are `###`; deeper levels do not exist",
                    "onderwerpen zijn `##`, blokken zijn `###`; diepere niveaus bestaan niet"
                ),
            ),
        }
    }

    /// Takes the attributes off the lines below a heading.
    fn attributes<'l>(&mut self, lines: &'l [Spanned]) -> &'l [Spanned] {
        let mut rest = lines;
        while let Some((first, left)) = rest.split_first() {
            let item = first.text.strip_prefix("- ").and_then(|t| t.split_once(':'));
            let Some((key, _)) = item else { break };
            if key.contains(char::is_whitespace) {
                break;
            }
            let colon = 2 + key.len();
            let key = first.part(2..colon);
            let value = first.part(colon + 1..first.text.len());
            let known = ATTRIBUTES.contains(&key.text.as_str());
            if !known {
                let near = nw_facts::nearest(&key.text, ATTRIBUTES);
                let near = maybe(near);
                self.fault(
                    &key.place,
                    said!("`{}` is not an attribute of a text", "`{}` is geen kenmerk van een tekst", key.text),
                    said!("expected one of {}{near}", "verwacht: een van {}{near}", ATTRIBUTES.join(", "); near),
                );
            }
            let Some(topic) = self.module.topics.last_mut() else { break };
            let attributes = match topic.blocks.as_mut_slice() {
                [_, .., block] => &mut block.attributes,
                _ => &mut topic.attributes,
            };
            if known && attribute(attributes, &key.text).is_some() {
                let (at, text) = (
                    key.place.clone(),
                    said!("`{}` stands here twice", "`{}` staat hier twee keer", key.text),
                );
                self.fault(&at, text, said!("keep one of them", "houd er een"));
            } else if known {
                attributes.push((key, value));
            }
            rest = left;
        }
        rest
    }

    /// A block of lines without an empty line between them.
    fn chunk(&mut self, lines: &[Spanned]) {
        let shapes = self.shapes(lines);
        if self.part().is_none() {
            let Some(first) = lines.first() else { return };
            self.fault(
                &first.place,
                said!("this text stands under no topic", "deze tekst staat onder geen onderwerp"),
                said!("put `## <topic>` above it", "zet er `## <onderwerp>` boven"),
            );
            return;
        }
        self.waiting.extend(shapes);
    }

    /// A quote: the Dutch of the texts above it.
    fn quote(&mut self, lines: &[Spanned]) {
        let inner: Vec<Spanned> = lines.iter().map(|l| l.part(l.text.len().min(1)..l.text.len())).collect();
        let Some(first) = inner.first() else { return };
        let Some(rest) = first.text.strip_prefix("**nl**") else {
            let at = first.place.clone();
            self.fault(
                &at,
                said!("this quote does not say its language", "dit citaat zegt niet in welke taal het is"),
                said!("begin it with `> **nl**`", "begin het met `> **nl**`"),
            );
            return;
        };
        let mut dutch = vec![first.part(first.text.len() - rest.len()..first.text.len())];
        dutch.extend(inner.iter().skip(1).cloned());
        let shapes: Vec<RawShape> =
            dutch.split(|l| l.text.is_empty()).flat_map(|lines| self.shapes(lines)).collect();
        let english = std::mem::take(&mut self.waiting);
        let said = |shapes: &[RawShape]| {
            let kinds: Vec<Text> = shapes.iter().map(RawShape::kind).collect();
            Text::joined(&kinds, (" and ", " en "))
        };
        let same =
            english.len() == shapes.len() && english.iter().zip(&shapes).all(|(en, nl)| en.same_shape(nl));
        if !same {
            if let Some(part) = self.part() {
                part.torn = true;
            }
            let at = shapes.first().map_or_else(|| first.place.clone(), RawShape::place);
            let what = if english.is_empty() { said!("nothing", "niets") } else { said(&english) };
            let nl = if shapes.is_empty() { said!("nothing", "niets") } else { said(&shapes) };
            self.diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnpairedText,
                &at,
                said!("the Dutch is {nl} and the English is {what}", "het Nederlands is {nl} en het Engels is {what}"; nl, what),
                said!("give both the same shape: a paragraph for a paragraph, as many points, as many rows and columns", "geef beide dezelfde vorm: een alinea voor een alinea, evenveel punten, evenveel rijen en kolommen"),
            ));
            return;
        }
        match self.part() {
            Some(part) => part.pairs.extend(english.into_iter().zip(shapes)),
            None => {
                let at = first.place.clone();
                self.fault(
                    &at,
                    said!("this text stands under no topic", "deze tekst staat onder geen onderwerp"),
                    said!("put `## <topic>` above it", "zet er `## <onderwerp>` boven"),
                );
            }
        }
    }

    /// Lines to paragraphs, lists and tables.
    fn shapes(&mut self, lines: &[Spanned]) -> Vec<RawShape> {
        let mut shapes: Vec<RawShape> = Vec::new();
        for line in lines {
            if line.text.is_empty() {
                continue;
            }
            let point = line.text.strip_prefix("- ").or_else(|| line.text.strip_prefix("* "));
            let digits = line.text.len() - line.text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits > 0 && line.text[digits..].starts_with(". ") {
                self.fault(
                    &line.place_of(0, digits + 1),
                    said!(
                        "a list with numbers is not a shape of a text",
                        "een genummerde lijst is geen vorm van een tekst"
                    ),
                    said!(
                        "write points with `- `, and say the order in words",
                        "schrijf punten met `- `, en zeg de volgorde in woorden"
                    ),
                );
            }
            if point.is_some() {
                let text = line.part(2..line.text.len());
                match shapes.last_mut() {
                    Some(RawShape::Points(points)) => points.push(vec![text]),
                    _ => shapes.push(RawShape::Points(vec![vec![text]])),
                }
            } else if line.text.starts_with('|') {
                let row = cells(line);
                let rule = |c: &Spanned| !c.text.is_empty() && c.text.chars().all(|c| "-: ".contains(c));
                match shapes.last_mut() {
                    Some(RawShape::Table(rows)) if rows.len() == 1 && row.iter().all(rule) => {}
                    Some(RawShape::Table(rows)) => rows.push(row),
                    _ => shapes.push(RawShape::Table(vec![row])),
                }
            } else {
                match shapes.last_mut() {
                    Some(RawShape::Paragraph(lines)) => lines.push(line.clone()),
                    // A line below a point belongs to it.
                    Some(RawShape::Points(points)) => {
                        points.iter_mut().last().into_iter().for_each(|p| p.push(line.clone()))
                    }
                    _ => shapes.push(RawShape::Paragraph(vec![line.clone()])),
                }
            }
        }
        shapes
    }
}

/// The cells between the bars of a line.
fn cells(line: &Spanned) -> Vec<Spanned> {
    let end = line.text.trim_end().strip_suffix('|').map_or(line.text.len(), str::len).max(1);
    let mut row = Vec::new();
    let mut start = 1;
    for piece in line.text[1..end].split('|') {
        row.push(line.part(start..start + piece.len()));
        start += piece.len() + 1;
    }
    row
}

/// Reads a file of texts; never fails, findings are collected.
pub fn parse(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> RawModule {
    let file: Arc<str> = file.into();
    let mut lines: Vec<Spanned> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let inner = line.trim_start_matches('\u{feff}').trim();
        let start = offset + line.find(inner).unwrap_or(0);
        let place = Place { file: file.clone(), span: start..start + inner.len() };
        lines.push(Spanned { text: inner.to_string(), place });
        offset += line.len();
    }
    let first = lines.first().map(|l| l.place.clone()).unwrap_or(Place { file: file.clone(), span: 0..0 });
    let module = RawModule { place: first.clone(), ..RawModule::default() };
    let mut reading = Reading { diagnostics, module, waiting: Vec::new() };
    let fences: Vec<usize> =
        lines.iter().enumerate().filter(|(_, l)| l.text == "---").map(|(i, _)| i).take(2).collect();
    let body = match fences.as_slice() {
        [0, end] => {
            for line in &lines[1..*end] {
                if let Some((key, value)) = line.split(":") {
                    reading.module.front.push((key.text, value));
                }
            }
            &lines[end + 1..]
        }
        _ => {
            reading.fault(
                &first,
                said!("the file has no front matter", "het bestand heeft geen voorwerk"),
                said!(
                    "start with the lines `id:`, `en:` and `nl:` between `---` lines",
                    "begin met de regels `id:`, `en:` en `nl:` tussen regels `---`"
                ),
            );
            &lines[..]
        }
    };
    let mut rest = body;
    let mut fresh = false;
    while let Some(line) = rest.first() {
        if line.text.is_empty() {
            rest = &rest[1..];
        } else if line.text.starts_with('#') {
            reading.heading(line);
            rest = &rest[1..];
            fresh = true;
        } else if line.text.starts_with('>') {
            let count = rest.iter().take_while(|l| l.text.starts_with('>')).count();
            reading.quote(&rest[..count]);
            rest = &rest[count..];
            fresh = false;
        } else {
            let stops = |l: &&Spanned| !l.text.is_empty() && !l.text.starts_with(['#', '>']);
            let count = rest.iter().take_while(stops).count();
            let mut chunk = &rest[..count];
            if fresh {
                chunk = reading.attributes(chunk);
            }
            if !chunk.is_empty() {
                reading.chunk(chunk);
            }
            fresh = false;
            rest = &rest[count..];
        }
    }
    reading.close();
    reading.module
}
