//! One Markdown chapter to raw tables and blocks.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Spanned};

/// A chapter as written.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
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
    let rest = line.text.strip_prefix(keyword)?;
    if !keyword.ends_with(':') && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let text = rest.trim();
    let start = line.place.span.start + (line.text.len() - rest.trim_start().len());
    let span = start..(start + text.len()).min(line.place.span.end.max(start));
    Some(Spanned { text: text.to_string(), place: Place { file: line.place.file.clone(), span } })
}

/// Words that may open a line inside a block; any other line continues the one before.
const KEYWORDS: &[&str] = &[
    "nl:", "when ", "guard:", "source:", "mark:", "assume ", "answer ", "for ", "given ", "expect ", "never ",
    "rising ", "kind:", "says:", "other:", "decision:", "adopted:", "rows:", "date:", "each:", "status:",
];

/// Parses a chapter; never fails, findings are collected.
pub fn parse(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Chapter {
    let mut chapter = Chapter::default();
    let body_start = front_matter(file, text, &mut chapter, diagnostics);
    let body = &text[body_start..];
    let at = |range: Range<usize>| Place { file: file.to_string(), span: range.start + body_start..range.end + body_start };

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
                        heading(level, title, place, &mut chapter, &mut pending);
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
                            if is_cases { chapter.case_tables.push(table) } else { chapter.tables.push(table) }
                        }
                        None => prose(&mut chapter, false),
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
    if let Some((_, table)) = pending.take() {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadTable,
            &table.id.place,
            format!("no table follows the heading `{}`", table.id.text),
            "put the attributes in a list, then an empty line, then the table",
        ));
    }
}

fn prose(chapter: &mut Chapter, dutch: bool) {
    if let Some(section) = chapter.sections.last_mut() {
        section.dutch |= dutch;
        section.english |= !dutch;
    }
}

fn front_matter(file: &str, text: &str, chapter: &mut Chapter, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let end = text.strip_prefix("---\n").and_then(|rest| rest.find("\n---").map(|i| i + 4));
    let Some(end) = end else {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadFrontMatter,
            &Place { file: file.to_string(), span: 0..text.len().min(3) },
            "the chapter has no front matter",
            "start with three lines `id:`, `en:` and `nl:` between `---` lines",
        ));
        return 0;
    };
    let mut offset = 4;
    for line in text[4..end].split_inclusive('\n') {
        if let Some((key, value)) = line.split_once(':') {
            let trimmed = value.trim();
            let start = offset + key.len() + 1 + (value.len() - value.trim_start().len());
            let place = Place { file: file.to_string(), span: start..start + trimmed.len() };
            chapter.front.push((key.trim().to_string(), Spanned { text: trimmed.to_string(), place }));
        }
        offset += line.len();
    }
    text[end..].find("---").map_or(end, |i| end + i + 3)
}

fn heading_text(body: &str, range: &Range<usize>) -> (String, Range<usize>) {
    let raw = &body[range.clone()];
    let line = raw.lines().next().unwrap_or("");
    let title = line.trim_start_matches('#').trim();
    let start = range.start + line.find(title).unwrap_or(0);
    (title.to_string(), start..start + title.len())
}

fn heading(level: HeadingLevel, title: String, place: Place, chapter: &mut Chapter, pending: &mut Option<(bool, RawTable)>) {
    let keyword = ["Table ", "Cases "].iter().position(|k| title.starts_with(k));
    match keyword {
        Some(which) => {
            let rest = &title[6..];
            let start = place.span.start + 6;
            let spanned = |text: &str, from: usize| {
                let lead = text.len() - text.trim_start().len();
                let trimmed = text.trim();
                let begin = start + from + lead;
                Spanned { text: trimmed.to_string(), place: Place { file: place.file.clone(), span: begin..begin + trimmed.len() } }
            };
            let (id, part) = match rest.split_once(" / ") {
                Some((id, part)) => (spanned(id, 0), Some(spanned(part, id.len() + 3))),
                None => (spanned(rest, 0), None),
            };
            *pending = Some((which == 1, RawTable { id, part, ..RawTable::default() }));
        }
        None if level == HeadingLevel::H2 => {
            chapter.sections.push(Section { title: Spanned { text: title, place }, english: false, dutch: false });
        }
        None => {}
    }
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
                        Spanned { text: key.trim().to_string(), place: Place { file: place.file.clone(), span: begin..begin + key.len() } },
                        Spanned { text: trimmed.to_string(), place: Place { file: place.file.clone(), span: start..start + trimmed.len() } },
                    ));
                }
                None => diagnostics.push(Diagnostic::new(
                    DiagnosticCode::BadTable,
                    &Place { file: place.file.clone(), span: begin..begin + item.len() },
                    format!("`{item}` is not an attribute"),
                    "write `- key: value`",
                )),
            }
        } else if content.starts_with('|') {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadTable,
                &Place { file: place.file.clone(), span: offset + lead..offset + lead + content.len() },
                "the table is swallowed by the list above it",
                "leave an empty line between the attributes and the table",
            ));
            break;
        } else if !content.is_empty()
            && let Some((_, value)) = table.attributes.last_mut()
        {
            value.text.push(' ');
            value.text.push_str(content);
        }
        offset += line.len();
    }
}

fn table_rows(body: &str, body_start: usize, range: &Range<usize>, file: &str, table: &mut RawTable) {
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
                let place = Place { file: file.to_string(), span: start..start + inner.len() };
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
        let spanned = Spanned { text: text.to_string(), place: Place { file: place.file.clone(), span: start..start + text.len() } };
        let opens = lines.len() < 2 || KEYWORDS.iter().any(|k| text.starts_with(k)) || text.starts_with("**");
        // A derivation or agreement has its formula on a line without keyword: only the first such line opens.
        let formula = lines.iter().skip(1).all(|l| KEYWORDS.iter().any(|k| l.text.starts_with(k)));
        if opens || formula {
            lines.push(spanned);
        } else if let Some(last) = lines.last_mut() {
            last.text.push(' ');
            last.text.push_str(text);
            last.place.span.end = spanned.place.span.end;
        }
    }
    let Some(first) = lines.first().cloned() else { return };
    let Some(rest) = first.text.strip_prefix("**") else {
        prose(chapter, false);
        return;
    };
    let Some((kind, rest)) = rest.split_once("**") else {
        prose(chapter, false);
        return;
    };
    if kind.eq_ignore_ascii_case("nl") {
        prose(chapter, true);
        return;
    }
    const KINDS: &[&str] = &["Never", "Agree", "Convention", "Derive", "Property", "Departure", "Case", "Note"];
    if !KINDS.contains(&kind) {
        let near = nw_facts::nearest(kind, KINDS.iter().copied()).map_or(String::new(), |n| format!("; did you mean `{n}`?"));
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::UnknownBlock,
            &Place { file: place.file.clone(), span: first.place.span.start + 2..first.place.span.start + 2 + kind.len() },
            format!("`{kind}` is not a construct"),
            format!("expected one of {}{near}", KINDS.join(", ")),
        ));
        return;
    }
    let (name, title) = rest.split_once(':').unwrap_or((rest, ""));
    let place_of = |text: &str| {
        let start = first.place.span.start + first.text.find(text.trim()).unwrap_or(0);
        Place { file: place.file.clone(), span: start..start + text.trim().len() }
    };
    chapter.blocks.push(RawBlock {
        kind: Spanned { text: kind.to_string(), place: place_of(kind) },
        name: Spanned { text: name.trim().to_string(), place: place_of(name) },
        title: Spanned { text: title.trim().to_string(), place: place_of(title) },
        lines: lines.split_off(1),
    });
}
