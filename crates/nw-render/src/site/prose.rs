//! A chapter as a page: its prose in one language, and where its tables, cases and other constructs stand between.

use std::ops::Range;

use nw_facts::{Language, Text};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// What stands on a page, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A section begins; the heading holds both languages.
    Section(Text),
    /// Prose in one language, as Markdown.
    Prose(Language, String),
    /// A decision table, written in these bytes.
    Table(Range<usize>),
    /// Cases, written in these bytes.
    Cases(Range<usize>),
    /// A rule, convention, departure or the like, written in these bytes.
    Block(Range<usize>),
}

/// One chapter.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Its file.
    pub file: String,
    /// What stands in it.
    pub pieces: Vec<Piece>,
}

/// Reads a chapter that compiled; what is no part of the language is prose.
pub fn read(file: &str, text: &str) -> Chapter {
    let (front, start) = front_matter(text);
    let value = |key: &str| front.iter().find(|(k, _)| *k == key).map_or("", |(_, v)| *v);
    let mut pieces = Vec::new();
    let body = &text[start..];
    let mut pending: Option<(bool, usize)> = None;
    let mut depth = 0;
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        let range = range.start + start..range.end + start;
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth == 1 {
                    block(text, &tag, range, &mut pending, &mut pieces);
                }
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    Chapter {
        id: value("id").to_string(),
        title: Text::new(value("en"), value("nl")),
        file: file.to_string(),
        pieces,
    }
}

fn front_matter(text: &str) -> (Vec<(&str, &str)>, usize) {
    let mut front = Vec::new();
    let mut offset = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        offset += line.len();
        if line.trim_end() == "---" {
            if at > 0 {
                return (front, offset);
            }
        } else if let Some((key, value)) = line.split_once(':') {
            front.push((key.trim(), value.trim()));
        }
    }
    (Vec::new(), 0)
}

fn block(
    text: &str,
    tag: &Tag<'_>,
    range: Range<usize>,
    pending: &mut Option<(bool, usize)>,
    pieces: &mut Vec<Piece>,
) {
    let written = &text[range.clone()];
    match tag {
        Tag::Heading { level, .. } => {
            *pending = None;
            let title = written.lines().next().unwrap_or_default().trim_start_matches('#').trim();
            match title.split_whitespace().next() {
                Some("Table") => *pending = Some((false, range.start)),
                Some("Cases") => *pending = Some((true, range.start)),
                _ if *level == HeadingLevel::H2 => pieces.push(Piece::Section(heading(title))),
                _ => {}
            }
        }
        Tag::List(_) if pending.is_some() => {}
        Tag::Table(_) if pending.is_some() => {
            let Some((cases, begun)) = pending.take() else { return };
            let all = begun..range.end;
            pieces.push(if cases { Piece::Cases(all) } else { Piece::Table(all) });
        }
        Tag::BlockQuote(_) => {
            *pending = None;
            quote(text, range, pieces);
        }
        Tag::Paragraph | Tag::List(_) | Tag::Table(_) => prose(Language::En, written.to_string(), pieces),
        _ => {}
    }
}

/// `English / Nederlands`; a heading in one language stands for both.
pub fn heading(title: &str) -> Text {
    let (en, nl) = title.split_once(" / ").unwrap_or((title, title));
    Text::new(en.trim(), nl.trim())
}

/// Paragraphs that follow each other become one text, so that lists and tables keep their place in it.
fn prose(language: Language, text: String, pieces: &mut Vec<Piece>) {
    match pieces.last_mut() {
        Some(Piece::Prose(last, before)) if *last == language => {
            before.push_str("\n\n");
            before.push_str(&text);
        }
        _ => pieces.push(Piece::Prose(language, text)),
    }
}

/// A quote is Dutch prose or constructs; several may follow each other without an empty line.
fn quote(text: &str, range: Range<usize>, pieces: &mut Vec<Piece>) {
    let mut offset = range.start;
    let is_quote = |at: &Range<usize>| text[at.start..].trim_start().starts_with('>');
    let mut dutch: Option<String> = None;
    for line in text[range].split_inclusive('\n') {
        let content = line.trim_start().strip_prefix('>').unwrap_or(line).trim();
        let begun = offset;
        offset += line.len();
        let kind = content.strip_prefix("**").and_then(|rest| rest.split_once("**"));
        match kind {
            Some(("nl", rest)) => {
                if let Some(said) = dutch.replace(rest.trim().to_string()) {
                    prose(Language::Nl, said, pieces);
                }
            }
            Some((word, _)) if word.chars().all(char::is_alphabetic) && word.len() > 2 => {
                if let Some(text) = dutch.take() {
                    prose(Language::Nl, text, pieces);
                }
                let place = begun..offset;
                match pieces.last_mut() {
                    // Cases one after the other are read as one table.
                    Some(Piece::Cases(before)) if word == "Case" && is_quote(before) => before.end = offset,
                    _ if word == "Case" => pieces.push(Piece::Cases(place)),
                    _ if word == "Note" => {}
                    _ => pieces.push(Piece::Block(place)),
                }
            }
            _ => match (&mut dutch, pieces.last_mut()) {
                (Some(text), _) => {
                    text.push('\n');
                    text.push_str(content);
                }
                (None, Some(Piece::Block(place) | Piece::Cases(place))) => place.end = offset,
                (None, _) => {}
            },
        }
    }
    if let Some(text) = dutch {
        prose(Language::Nl, text, pieces);
    }
}

/// Prose as HTML. `cite` gives the address of a source; `table` names a table that scrolls by itself.
pub fn to_html(markdown: &str, cite: &dyn Fn(&str) -> Option<String>, table: &str) -> String {
    let linked = citations(markdown, cite);
    let events = Parser::new_ext(&linked, Options::ENABLE_TABLES).flat_map(|event| match event {
        // HTML in a chapter is shown, not run.
        Event::Html(raw) | Event::InlineHtml(raw) => vec![Event::Text(raw)],
        Event::Start(Tag::Table(_)) => {
            let open = format!(
                "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{}\">\n",
                escaped(table)
            );
            vec![Event::Html(CowStr::from(open)), event]
        }
        Event::End(TagEnd::Table) => vec![event, Event::Html(CowStr::from("</div>\n"))],
        event => vec![event],
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

/// `[@key#place]` becomes a link to the source.
fn citations(markdown: &str, cite: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some(at) = rest.find("[@") {
        text.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let Some(end) = inner.find(']') else {
            rest = &rest[at..];
            break;
        };
        let (key, place) = inner[..end].split_once('#').unwrap_or((&inner[..end], ""));
        match cite(key) {
            Some(address) => {
                let shown = if place.is_empty() { key.to_string() } else { format!("{key}, {place}") };
                text.push_str(&format!("[{shown}](<{address}>)"));
            }
            None => text.push_str(&rest[at..at + 2 + end + 1]),
        }
        rest = &inner[end + 1..];
    }
    text.push_str(rest);
    text
}

/// Text inside HTML or an attribute.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: &str = "---\nid: a\nen: A\nnl: B\n---\n\n# A\n\n## Sizes / Maten\nSmall is good. [@book#p1]\n\n\
        - one\n- two\n\n> **nl** Klein is goed.\n> Meer.\n> **Never** x: no\n> when a = b\n\n### Table t / p\n- kind: unique\n\n\
        | row | t |\n|---|---|\n| a | x |\n\n> **Case** one: first\n> given a = 1\n\n> **Case** two: second\n\n> **Note** to all: nothing\n";

    #[test]
    fn a_chapter_comes_apart_in_order() {
        let chapter = read("f.md", CHAPTER);
        assert_eq!((chapter.id.as_str(), chapter.title.nl.as_str()), ("a", "B"));
        let kinds: Vec<String> = chapter
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Section(title) => format!("section {} {}", title.en, title.nl),
                Piece::Prose(language, text) => format!("{language:?} {text}"),
                Piece::Table(at) => format!("table {}", &CHAPTER[at.clone()].lines().next().unwrap()),
                Piece::Cases(at) => format!("cases {}", CHAPTER[at.clone()].matches("**Case**").count()),
                Piece::Block(at) => format!("block {}", CHAPTER[at.clone()].matches('\n').count()),
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "section Sizes Maten",
                "En Small is good. [@book#p1]\n\n\n- one\n- two\n\n",
                "Nl Klein is goed.\nMeer.",
                "block 2",
                "table ### Table t / p",
                "cases 2",
            ]
        );
    }

    #[test]
    fn citations_are_links_and_html_is_shown() {
        let cite = |key: &str| (key == "book").then(|| "../s/book.html".to_string());
        let page = to_html("x [@book#p 1] [@none] <b>y</b>\n\n| a |\n|---|\n| b |", &cite, "T \"x\"");
        assert!(page.contains("<a href=\"../s/book.html\">book, p 1</a>"), "{page}");
        assert!(page.contains("[@none]") && page.contains("&lt;b&gt;"), "{page}");
        assert!(page.contains("aria-label=\"T &quot;x&quot;\">\n<table>"), "{page}");
    }
}
