//! One Markdown chapter to raw tables and blocks.

use std::ops::Range;
use std::sync::Arc;

use nw_facts::{Text, said};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Spanned, maybe};

/// A chapter as written.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
    /// Its file.
    pub file: Arc<str>,
    /// Front matter.
    pub front: Vec<(String, Spanned)>,
    /// `##` sections with whether English and Dutch prose was seen.
    pub sections: Vec<Section>,
    /// Decision tables.
    pub tables: Vec<RawTable>,
    /// Case tables.
    pub case_tables: Vec<RawTable>,
    /// Rules, conventions, cases and the rest.
    pub blocks: Vec<RawBlock>,
    /// What stands in `[@…]` in prose.
    pub citations: Vec<Spanned>,
}

/// A `##` section.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Its title.
    pub title: Spanned,
    /// Has prose in English.
    pub english: bool,
    /// Has prose in Dutch.
    pub dutch: bool,
}

/// A table under a `### Table` or `### Cases` heading.
#[derive(Clone, Debug, Default)]
pub struct RawTable {
    /// What follows the word `Table` or `Cases`, before a ` / `.
    pub id: Spanned,
    /// What follows ` / `.
    pub part: Option<Spanned>,
    /// `- key: value` lines.
    pub attributes: Vec<(Spanned, Spanned)>,
    /// Column names.
    pub header: Vec<Spanned>,
    /// Cells by row.
    pub rows: Vec<Vec<Spanned>>,
}

impl RawTable {
    /// An attribute's value.
    pub fn attribute(&self, key: &str) -> Option<&Spanned> {
        self.attributes.iter().find(|(k, _)| k.text == key).map(|(_, v)| v)
    }

    /// What the rows say, with their sentences as labels, for every instance of a template: for conclusions whose
    /// values are written in the rows.
    pub fn outputs(&self) -> Vec<(String, Vec<(String, Text)>)> {
        let holes = self.attribute("each").and_then(|each| {
            let (name, list) = each.text.split_once(" in ")?;
            let list = list.trim().strip_prefix('{')?.strip_suffix('}')?;
            Some(list.split(',').map(|v| vec![(name.trim().to_string(), v.trim().to_string())]).collect())
        });
        let mut all = Vec::new();
        for holes in holes.unwrap_or_else(|| vec![Vec::new()]) {
            let id = self.id.filled(&holes).text;
            let at = |name: &str| self.header.iter().position(|h| h.filled(&holes).text == name);
            let cell = |row: &[Spanned], at: Option<usize>| {
                at.and_then(|i| row.get(i)).map(|c| c.filled(&holes).text).unwrap_or_default()
            };
            let (output, en, nl) = (at(&id), at("en"), at("nl"));
            let said = self.rows.iter().map(|r| (cell(r, output), Text::new(cell(r, en), cell(r, nl))));
            all.push((id, said.filter(|(value, _)| !value.is_empty()).collect()));
        }
        all
    }
}

/// A block quote with a bold first word.
#[derive(Clone, Debug, Default)]
pub struct RawBlock {
    /// The bold word.
    pub kind: Spanned,
    /// The id after it.
    pub name: Spanned,
    /// The English title after the colon.
    pub title: Spanned,
    /// The following lines, continued lines joined.
    pub lines: Vec<Spanned>,
}

impl RawBlock {
    /// The rest of the first line that starts with a keyword.
    pub fn line(&self, keyword: &str) -> Option<Spanned> {
        self.all(keyword).into_iter().next()
    }

    /// The rests of all lines that start with a keyword.
    pub fn all(&self, keyword: &str) -> Vec<Spanned> {
        self.lines.iter().filter_map(|l| rest_after(l, keyword)).collect()
    }
}

/// The text after a keyword at the start of a line, with its place.
pub fn rest_after(line: &Spanned, keyword: &str) -> Option<Spanned> {
    opens(&line.text, keyword).then(|| line.part(keyword.len()..line.text.len()))
}

fn opens(text: &str, keyword: &str) -> bool {
    text.strip_prefix(keyword).is_some_and(|rest| {
        keyword.ends_with(':') || rest.is_empty() || rest.starts_with(char::is_whitespace)
    })
}

/// The constructs, with the words that may open a line inside each; any other line continues the one before.
const KINDS: &[(&str, &[&str])] = &[
    ("Never", &["nl:", "when", "guard:", "source:", "mark:", "each:"]),
    ("Agree", &["nl:", "guard:", "when", "source:", "mark:", "each:"]),
    ("Convention", &["nl:", "when", "assume", "answer", "for", "source:", "mark:", "each:"]),
    ("Derive", &["nl:", "when", "source:", "mark:", "each:"]),
    ("Due", &["nl:", "every", "after", "grace", "source:", "mark:", "each:"]),
    ("Property", &["nl:", "never", "rising", "source:", "mark:", "each:"]),
    ("Departure", &["nl:", "kind:", "says:", "other:", "decision:", "adopted:", "rows:", "date:", "each:"]),
    ("Case", &["nl:", "given", "expect", "source:", "each:"]),
    ("Note", &[]),
];

/// Parses a chapter; never fails, findings are collected.
pub fn parse(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Chapter {
    let file: &Arc<str> = &file.into();
    let mut chapter = Chapter { file: file.clone(), ..Chapter::default() };
    let body_start = front_matter(file, text, &mut chapter, diagnostics);
    let body = &text[body_start..];
    citations(file, body, body_start, &mut chapter);
    let at = |range: Range<usize>| Place {
        file: file.clone(),
        span: range.start + body_start..range.end + body_start,
    };

    let mut pending: Option<(bool, RawTable)> = None;
    let mut depth = 0usize;
    let parser = Parser::new_ext(body, Options::ENABLE_TABLES);
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth != 1 {
                    continue;
                }
                match tag {
                    Tag::Heading { level, .. } => {
                        flush(&mut pending, diagnostics);
                        let (title, place) = heading_text(body, &range);
                        let place = at(place);
                        heading(level, title, place, &mut chapter, &mut pending, diagnostics);
                    }
                    Tag::List(_) if pending.is_some() => {
                        let list = at(range.clone());
                        if let Some((_, table)) = pending.as_mut() {
                            attributes(&text[list.span.clone()], &list, table, diagnostics);
                        }
                    }
                    Tag::Table(_) => match pending.take() {
                        Some((is_cases, mut table)) => {
                            table_rows(body, body_start, &range, file, &mut table);
                            // A heading without a name was reported where it stands.
                            match (table.id.text.is_empty(), is_cases) {
                                (true, _) => {}
                                (false, true) => chapter.case_tables.push(table),
                                (false, false) => chapter.tables.push(table),
                            }
                        }
                        None => {
                            prose(&mut chapter, false);
                            let mut table = RawTable::default();
                            table_rows(body, body_start, &range, file, &mut table);
                            homeless(&table, diagnostics);
                        }
                    },
                    Tag::BlockQuote(_) => {
                        flush(&mut pending, diagnostics);
                        let place = at(range.clone());
                        block(&text[place.span.clone()], &place, &mut chapter, diagnostics);
                    }
                    Tag::Paragraph | Tag::List(_) => prose(&mut chapter, false),
                    _ => {}
                }
            }
            Event::End(end) => {
                depth -= 1;
                debug_assert!(depth != 0 || !matches!(end, TagEnd::TableCell));
            }
            _ => {}
        }
    }
    flush(&mut pending, diagnostics);
    chapter
}

fn flush(pending: &mut Option<(bool, RawTable)>, diagnostics: &mut Vec<Diagnostic>) {
    if let Some((_, table)) = pending.take()
        && !table.id.text.is_empty()
    {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadTable,
            &table.id.place,
            said!("no table follows the heading `{}`", "na de kop `{}` komt geen tabel", table.id.text),
            said!(
                "put the attributes in a list, then an empty line, then the table",
                "zet de kenmerken in een lijst, dan een lege regel, dan de tabel"
            ),
        ));
    }
}

fn prose(chapter: &mut Chapter, dutch: bool) {
    if let Some(section) = chapter.sections.last_mut() {
        section.dutch |= dutch;
        section.english |= !dutch;
    }
}

/// A table with stable ids outside a heading would be passed over in silence.
fn homeless(table: &RawTable, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(first) = table.header.first()
        && ["row", "case"].contains(&first.text.as_str())
    {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadTable,
            &first.place,
            said!("a table of rows or cases stands without its heading", "een tabel met rijen of gevallen staat er zonder kop"),
            said!("put `### Table <conclusion>` or `### Cases <name>` above it, with nothing but attributes between", "zet er `### Table <conclusie>` of `### Cases <naam>` boven, met alleen kenmerken ertussen"),
        ));
    }
}

fn citations(file: &Arc<str>, body: &str, body_start: usize, chapter: &mut Chapter) {
    for (at, mark) in body.match_indices("[@") {
        let inner = &body[at + mark.len() - 1..];
        let Some(end) = inner.find([']', '\n']).filter(|end| inner[*end..].starts_with(']')) else {
            continue;
        };
        let start = body_start + at + mark.len() - 1;
        let place = Place { file: file.clone(), span: start..start + end };
        chapter.citations.push(Spanned { text: inner[..end].to_string(), place });
    }
}

fn front_matter(
    file: &Arc<str>,
    text: &str,
    chapter: &mut Chapter,
    diagnostics: &mut Vec<Diagnostic>,
) -> usize {
    // Editors on Windows may put a byte order mark first and end lines with a carriage return.
    let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut offset = begin;
    let mut fence = None;
    let mut end = None;
    for line in text[begin..].split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        if fence.is_none() {
            if line.trim_end() != "---" {
                break;
            }
            fence = Some(start..start + 3);
        } else if line.trim_end() == "---" {
            end = Some(offset);
            break;
        } else if let Some((key, value)) = line.split_once(':') {
            let trimmed = value.trim();
            let start = start + key.len() + 1 + (value.len() - value.trim_start().len());
            let place = Place { file: file.clone(), span: start..start + trimmed.len() };
            chapter.front.push((key.trim().to_string(), Spanned { text: trimmed.to_string(), place }));
        }
    }
    let first_line = text[begin..].lines().next().unwrap_or("").trim_end().len();
    let (message, end) = match end {
        Some(end) if !chapter.front.is_empty() => return end,
        Some(end) => (said!("the front matter is empty", "het voorwerk is leeg"), end),
        None if fence.is_some() => {
            (said!("the front matter has no end", "het voorwerk heeft geen einde"), begin)
        }
        None => (said!("the chapter has no front matter", "het hoofdstuk heeft geen voorwerk"), begin),
    };
    chapter.front.clear();
    diagnostics.push(Diagnostic::new(
        DiagnosticCode::BadFrontMatter,
        &Place { file: file.clone(), span: begin..begin + first_line },
        message,
        said!(
            "start with three lines `id:`, `en:` and `nl:` between `---` lines",
            "begin met drie regels `id:`, `en:` en `nl:` tussen regels `---`"
        ),
    ));
    end
}

fn heading_text(body: &str, range: &Range<usize>) -> (String, Range<usize>) {
    let raw = &body[range.clone()];
    let line = raw.lines().next().unwrap_or("");
    let title = line.trim_start_matches('#').trim();
    let start = range.start + line.find(title).unwrap_or(0);
    (title.to_string(), start..start + title.len())
}

fn heading(
    level: HeadingLevel,
    title: String,
    place: Place,
    chapter: &mut Chapter,
    pending: &mut Option<(bool, RawTable)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let title = Spanned { text: title, place };
    let (word, rest) = title.text.split_once(char::is_whitespace).unwrap_or((&title.text, ""));
    if !["Table", "Cases"].contains(&word) {
        if level == HeadingLevel::H2 {
            chapter.sections.push(Section { title, english: false, dutch: false });
        }
        return;
    }
    if rest.trim().is_empty() {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadTable,
            &title.place,
            said!("the heading `{word}` names nothing", "de kop `{word}` noemt niets"),
            said!(
                "write `### Table <conclusion>` or `### Cases <name>`",
                "schrijf `### Table <conclusie>` of `### Cases <naam>`"
            ),
        ));
    }
    let rest = title.part(word.len()..title.text.len());
    let (id, part) = match rest.split(" / ") {
        Some((id, part)) => (id, Some(part)),
        None => (rest.clone(), None),
    };
    *pending = Some((word == "Cases", RawTable { id, part, ..RawTable::default() }));
}

fn attributes(list: &str, place: &Place, table: &mut RawTable, diagnostics: &mut Vec<Diagnostic>) {
    let mut offset = place.span.start;
    for line in list.split_inclusive('\n') {
        let content = line.trim();
        let lead = line.len() - line.trim_start().len();
        if let Some(item) = content.strip_prefix("- ").or_else(|| content.strip_prefix("* ")) {
            let begin = offset + lead + 2;
            match item.split_once(':') {
                Some((key, value)) => {
                    let trimmed = value.trim();
                    let start = begin + key.len() + 1 + (value.len() - value.trim_start().len());
                    table.attributes.push((
                        Spanned {
                            text: key.trim().to_string(),
                            place: Place { file: place.file.clone(), span: begin..begin + key.len() },
                        },
                        Spanned {
                            text: trimmed.to_string(),
                            place: Place { file: place.file.clone(), span: start..start + trimmed.len() },
                        },
                    ));
                }
                None => diagnostics.push(Diagnostic::new(
                    DiagnosticCode::BadTable,
                    &Place { file: place.file.clone(), span: begin..begin + item.len() },
                    said!("`{item}` is not an attribute", "`{item}` is geen kenmerk"),
                    said!("write `- key: value`", "schrijf `- sleutel: waarde`"),
                )),
            }
        } else if content.starts_with('|') {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadTable,
                &Place { file: place.file.clone(), span: offset + lead..offset + lead + content.len() },
                said!(
                    "the table is swallowed by the list above it",
                    "de tabel is opgegaan in de lijst erboven"
                ),
                said!(
                    "leave an empty line between the attributes and the table",
                    "laat een lege regel tussen de kenmerken en de tabel"
                ),
            ));
            break;
        } else if !content.is_empty()
            && let Some((_, value)) = table.attributes.last_mut()
        {
            // The gap keeps its length, so that parts of the text still point at their own bytes.
            let from = offset + lead;
            value.text.push_str(&" ".repeat(from - value.place.span.end));
            value.text.push_str(content);
            value.place.span.end = from + content.len();
        }
        offset += line.len();
    }
}

fn table_rows(body: &str, body_start: usize, range: &Range<usize>, file: &Arc<str>, table: &mut RawTable) {
    let slice = &body[range.clone()];
    let parser = Parser::new_ext(slice, Options::ENABLE_TABLES);
    let mut row: Vec<Spanned> = Vec::new();
    let base = body_start + range.start;
    for (event, cell) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => row.clear(),
            Event::Start(Tag::TableCell) => {
                let raw = &slice[cell.clone()];
                let inner = raw.trim().trim_start_matches('|').trim_end_matches('|');
                let inner = inner.trim();
                let start = base + cell.start + raw.find(inner).unwrap_or(0);
                let place = Place { file: file.clone(), span: start..start + inner.len() };
                row.push(Spanned { text: inner.replace("\\|", "|"), place });
            }
            Event::End(TagEnd::TableHead) => table.header = std::mem::take(&mut row),
            Event::End(TagEnd::TableRow) => table.rows.push(std::mem::take(&mut row)),
            _ => {}
        }
    }
}

fn block(raw: &str, place: &Place, chapter: &mut Chapter, diagnostics: &mut Vec<Diagnostic>) {
    let mut lines: Vec<Spanned> = Vec::new();
    let mut offset = place.span.start;
    for line in raw.split_inclusive('\n') {
        let stripped = line.trim_start();
        let lead = line.len() - stripped.len();
        let content = stripped.strip_prefix('>').unwrap_or(stripped);
        let gap = stripped.len() - content.len() + (content.len() - content.trim_start().len());
        let text = content.trim();
        let start = offset + lead + gap;
        offset += line.len();
        if text.is_empty() {
            continue;
        }
        let place = Place { file: place.file.clone(), span: start..start + text.len() };
        let line = Spanned { text: text.to_string(), place };
        // Two constructs without an empty line between them are one quote to Markdown, and still two constructs.
        let names = || KINDS.iter().map(|(k, _)| *k);
        let opens = bold(&line)
            .is_some_and(|(kind, _)| kind.text == "nl" || nw_facts::nearest(&kind.text, names()).is_some());
        if opens && !lines.is_empty() {
            construct(std::mem::take(&mut lines), chapter, diagnostics);
        }
        lines.push(line);
    }
    construct(lines, chapter, diagnostics);
}

/// The bold word that a line starts with, and the rest of the line.
fn bold(line: &Spanned) -> Option<(Spanned, Spanned)> {
    let rest = line.text.strip_prefix("**")?;
    let end = 2 + rest.find("**")?;
    Some((line.part(2..end), line.part(end + 2..line.text.len())))
}

fn construct(lines: Vec<Spanned>, chapter: &mut Chapter, diagnostics: &mut Vec<Diagnostic>) {
    let Some(first) = lines.first() else { return };
    let Some((kind, _)) = bold(first) else {
        prose(chapter, false);
        return;
    };
    if kind.text.eq_ignore_ascii_case("nl") {
        prose(chapter, true);
        return;
    }
    let names = KINDS.iter().map(|(k, _)| *k);
    let Some((_, keywords)) = KINDS.iter().find(|(k, _)| *k == kind.text) else {
        let near = maybe(nw_facts::nearest(&kind.text, names.clone()));
        let names = names.collect::<Vec<_>>().join(", ");
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::UnknownBlock,
            &kind.place,
            said!("`{}` is not a construct", "`{}` is geen constructie", kind.text),
            said!("expected one of {}{near}", "verwacht: een van {}{near}", names; near),
        ));
        return;
    };
    let mut joined: Vec<Spanned> = Vec::new();
    let mut has_formula = false;
    for line in lines {
        // A derivation or agreement has its formula on a line without keyword.
        let formula = !has_formula
            && !joined.is_empty()
            && match kind.text.as_str() {
                "Derive" => line.text.contains(" = "),
                "Agree" => line.text.contains(" with "),
                _ => false,
            };
        let keyword = keywords.iter().any(|k| opens(&line.text, k));
        match joined.last_mut() {
            Some(last) if !keyword && !formula => {
                stranger(&line, &kind, keywords, diagnostics);
                // The gap keeps its length, so that parts of the text still point at their own bytes.
                last.text.push_str(&" ".repeat(line.place.span.start - last.place.span.end));
                last.text.push_str(&line.text);
                last.place.span.end = line.place.span.end;
            }
            _ => {
                has_formula |= formula && !keyword;
                joined.push(line);
            }
        }
    }
    let lines = joined.split_off(1);
    let Some((kind, head)) = joined.first().and_then(bold) else { return };
    let (name, title) = head.split(":").unwrap_or((head, Spanned::default()));
    chapter.blocks.push(RawBlock { kind, name, title, lines });
}

/// A line such as `gaurd: …` must not become part of the line above it.
fn stranger(line: &Spanned, kind: &Spanned, keywords: &[&str], diagnostics: &mut Vec<Diagnostic>) {
    let Some((word, _)) = line.text.split_once(':') else { return };
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    if !plain || keywords.is_empty() {
        return;
    }
    let code = match kind.text.as_str() {
        "Convention" => DiagnosticCode::BadConvention,
        "Derive" | "Due" => DiagnosticCode::BadDerivation,
        "Departure" => DiagnosticCode::BadDeparture,
        "Case" => DiagnosticCode::BadCase,
        _ => DiagnosticCode::BadCondition,
    };
    let near = nw_facts::nearest(&format!("{word}:"), keywords.iter().copied());
    let near = maybe(near);
    diagnostics.push(Diagnostic::new(
        code,
        &line.place_of(0, word.len() + 1),
        said!("`{word}:` is not a line of a {} block", "`{word}:` is geen regel van een blok {}", kind.text),
        said!("expected one of {}{near}", "verwacht: een van {}{near}", keywords.join(" "); near),
    ));
}
