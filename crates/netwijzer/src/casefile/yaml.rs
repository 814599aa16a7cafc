//! One YAML document as a [`Node`], with every scalar as the text that was written.
//!
//! A schema would turn `1.10` into a number and `no` into a truth value; here the fact decides what its text means.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span};

use super::tree::{Entry, MOST_DEEP, MOST_NODES, Node, Value};
use super::{CaseFault, Document, quoted};
use crate::words::Word;

/// A list or map still being read.
struct Open {
    line: usize,
    anchor: usize,
    is_map: bool,
    list: Vec<Node>,
    entries: Vec<Entry>,
    key: Option<(String, usize)>,
    /// Where the plain text before this one ended, when it ended in a digit.
    digit_end: Option<usize>,
    /// Keys with their lines, so that a long map stays quick to check.
    keys: HashMap<String, usize>,
}

struct Builder<'d> {
    document: &'d Document,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
}

/// Reads one document.
///
/// # Errors
/// The first fault: broken YAML, too deep, too large, a key twice, something other than texts, lists and maps.
pub(super) fn parse(document: &Document) -> Result<Option<Node>, CaseFault> {
    let options = granit_parser::options! {
        flow_nesting_limit: MOST_DEEP,
        block_nesting_limit: MOST_DEEP,
    };
    let mut builder = Builder { document, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(&document.text, options) {
        match event {
            Ok((Event::DocumentStart(..), span)) => {
                documents += 1;
                if documents > 1 {
                    return Err(builder.fault(
                        &span,
                        "two-documents",
                        (Word::TwoDocuments, &[]),
                        (Word::TwoDocumentsHelp, &[]),
                    ));
                }
            }
            Ok((event, span)) => builder.event(event, &span)?,
            Err(error) => return Err(broken(document, &error)),
        }
    }
    Ok(builder.root)
}

fn broken(document: &Document, error: &granit_parser::ScanError) -> CaseFault {
    let within = error.marker().line().max(1);
    let line = document.line + within - 1;
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            CaseFault::new(&document.file, line, "too-deep", (Word::TooDeep, &[]), (Word::TooDeepHelp, &[]))
        }
        _ => {
            let text = document.text.lines().nth(within - 1).map(str::trim).filter(|t| !t.is_empty());
            let near = text.map_or_else(|| last_words(document), quoted);
            let why = error.info().to_string();
            CaseFault::new(
                &document.file,
                line,
                "bad-yaml",
                (Word::BadYaml, &[&near, &why]),
                (Word::BadYamlHelp, &[]),
            )
        }
    }
}

/// The end of a text that stops too early.
fn last_words(document: &Document) -> String {
    quoted(document.text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or_default())
}

impl Builder<'_> {
    fn line(&self, span: &Span) -> usize {
        self.document.line + span.start.line().max(1) - 1
    }

    fn fault(
        &self,
        span: &Span,
        code: &'static str,
        message: (Word, &[&str]),
        help: (Word, &[&str]),
    ) -> CaseFault {
        CaseFault::new(&self.document.file, self.line(span), code, message, help)
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), CaseFault> {
        let line = self.line(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_tag(span, tag.as_deref())?;
                self.count(span, 1)?;
                self.decimal_comma(span, &text, style)?;
                let node = Node { line, value: Value::Scalar(text.into_owned()) };
                self.place(span, node, anchor, 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.plain_tag(span, tag.as_deref())?;
                self.begin(span, line, anchor, false)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.plain_tag(span, tag.as_deref())?;
                self.begin(span, line, anchor, true)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(done) = self.open.pop() else { return Ok(()) };
                let value = if done.is_map { Value::Map(done.entries) } else { Value::List(done.list) };
                let node = Node { line: done.line, value };
                let size = size_of(&node);
                self.place(span, node, done.anchor, size)
            }
            Event::Alias(id) => {
                let Some((node, size)) = self.anchors.get(&id) else {
                    return Err(self.fault(
                        span,
                        "bad-yaml",
                        (Word::AliasInside, &[]),
                        (Word::BadYamlHelp, &[]),
                    ));
                };
                let (node, size) = (Node { line, value: node.value.clone() }, *size);
                // Counted before it is placed: a few lines of aliases can stand for billions of values.
                self.count(span, size)?;
                self.place(span, node, 0, size)
            }
            _ => Ok(()),
        }
    }

    /// In `[1,4 cm]` YAML reads two values, `1` and `4 cm`; the writer meant one.
    fn decimal_comma(&mut self, span: &Span, text: &str, style: ScalarStyle) -> Result<(), CaseFault> {
        let Some(open) = self.open.last_mut().filter(|o| !o.is_map) else { return Ok(()) };
        let plain = style == ScalarStyle::Plain;
        let before = open.digit_end.take();
        let start = span.start.index();
        if plain
            && text.starts_with(|c: char| c.is_ascii_digit())
            && before.is_some_and(|end| start == end + 1)
        {
            let shown = open.list.last().map_or_else(String::new, |n| match &n.value {
                Value::Scalar(before) => quoted(&format!("{before},{text}")),
                _ => String::new(),
            });
            return Err(self.fault(
                span,
                "comma-in-list",
                (Word::CommaInList, &[&shown]),
                (Word::CommaInListHelp, &[]),
            ));
        }
        if plain && text.ends_with(|c: char| c.is_ascii_digit()) {
            open.digit_end = Some(span.end.index());
        }
        Ok(())
    }

    fn plain_tag(&self, span: &Span, tag: Option<&granit_parser::Tag>) -> Result<(), CaseFault> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() => {
                let written = quoted(&tag.original());
                Err(self.fault(span, "yaml-tag", (Word::YamlTag, &[&written]), (Word::YamlTagHelp, &[])))
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, span: &Span, more: usize) -> Result<(), CaseFault> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > MOST_NODES {
            let most = MOST_NODES.to_string();
            return Err(self.fault(
                span,
                "too-many-values",
                (Word::TooManyValues, &[&most]),
                (Word::TooManyValuesHelp, &[]),
            ));
        }
        Ok(())
    }

    fn begin(&mut self, span: &Span, line: usize, anchor: usize, is_map: bool) -> Result<(), CaseFault> {
        self.count(span, 1)?;
        // A list or map cannot be a key; without this check its text would be lost.
        if let Some(open) = self.open.last()
            && open.is_map
            && open.key.is_none()
        {
            return Err(self.fault(span, "bad-key", (Word::KeyNotText, &[]), (Word::KeyNotTextHelp, &[])));
        }
        if self.open.len() >= MOST_DEEP {
            return Err(self.fault(span, "too-deep", (Word::TooDeep, &[]), (Word::TooDeepHelp, &[])));
        }
        self.open.push(Open {
            line,
            anchor,
            is_map,
            list: Vec::new(),
            entries: Vec::new(),
            key: None,
            digit_end: None,
            keys: HashMap::new(),
        });
        Ok(())
    }

    fn place(&mut self, span: &Span, node: Node, anchor: usize, size: usize) -> Result<(), CaseFault> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        if !open.is_map {
            open.list.push(node);
            return Ok(());
        }
        match open.key.take() {
            Some((key, line)) => open.entries.push(Entry { key, line, node }),
            None => {
                let Value::Scalar(key) = node.value else {
                    return Err(self.fault(
                        span,
                        "bad-key",
                        (Word::KeyNotText, &[]),
                        (Word::KeyNotTextHelp, &[]),
                    ));
                };
                if let Some(before) = open.keys.insert(key.clone(), node.line) {
                    let (shown, line) = (quoted(&key), before.to_string());
                    return Err(self.fault(
                        span,
                        "duplicate-key",
                        (Word::DuplicateKey, &[&shown, &line]),
                        (Word::DuplicateKeyHelp, &[]),
                    ));
                }
                open.key = Some((key, node.line));
            }
        }
        Ok(())
    }
}

fn size_of(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 1,
        Value::List(list) => 1 + list.iter().map(size_of).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|e| 1 + size_of(&e.node)).sum::<usize>(),
    }
}
