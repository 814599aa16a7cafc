//! An input cut into documents, one at a time, so that a run of any length holds one case in memory.
//!
//! YAML is cut at its `---` lines, JSON Lines at line ends; a fault in one document never costs the next one.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use serde_json::value::RawValue;

use super::{CaseFault, json};
use crate::words::Word;

/// The largest YAML or JSON document.
const MOST_BYTES: usize = 16 << 20;
/// The longest line of JSON Lines.
const MOST_LINE: usize = 1 << 20;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// What the name of the input says about its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// `.yaml`, `.yml`.
    Yaml,
    /// `.jsonl`, `.ndjson`.
    JsonLines,
    /// `.json`, other names and standard input: the first character decides.
    Any,
}

impl Hint {
    /// From a file name.
    pub fn of(name: &str) -> Hint {
        match name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).as_deref() {
            Some("yaml" | "yml") => Hint::Yaml,
            Some("jsonl" | "ndjson") => Hint::JsonLines,
            _ => Hint::Any,
        }
    }
}

/// One case as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file, or `-`.
    pub file: String,
    /// The line it starts on, counted from one.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// How it is written.
    pub form: Form,
    /// Its number in the input, counted from one.
    pub number: usize,
}

/// Why there is no document.
#[derive(Debug)]
pub enum Trouble {
    /// The input is wrong; the next document follows.
    Fault(Box<CaseFault>),
    /// The input cannot be read further.
    World(io::Error),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Undecided,
    Yaml,
    Lines,
    Queue,
    Over,
}

/// The documents of one input, in order.
pub struct Documents<R> {
    input: R,
    file: String,
    hint: Hint,
    mode: Mode,
    /// The number of the next line to be read.
    line: usize,
    /// A line read ahead, with its number.
    held: Option<(Vec<u8>, usize)>,
    queue: VecDeque<Result<Document, CaseFault>>,
    number: usize,
    /// Whether anything came out yet; an input without any case is a fault.
    spoke: bool,
}

/// One line as read, its end included.
enum Line {
    End,
    Text(Vec<u8>, usize),
    TooLong(usize),
}

impl<R: BufRead> Documents<R> {
    /// Reads `input`, known to people as `file`.
    pub fn new(input: R, file: &str, hint: Hint) -> Self {
        Documents {
            input,
            file: file.to_string(),
            hint,
            mode: Mode::Undecided,
            line: 1,
            held: None,
            queue: VecDeque::new(),
            number: 0,
            spoke: false,
        }
    }

    fn fault(
        &self,
        line: usize,
        code: &'static str,
        message: (Word, &[&str]),
        help: (Word, &[&str]),
    ) -> CaseFault {
        CaseFault::new(&self.file, line, code, message, help)
    }

    fn line(&mut self, most: usize) -> io::Result<Line> {
        if let Some((bytes, number)) = self.held.take() {
            return Ok(Line::Text(bytes, number));
        }
        let mut bytes = Vec::new();
        let read = (&mut self.input).take(most as u64 + 1).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(Line::End);
        }
        let number = self.line;
        self.line += 1;
        if number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        if read > most { Ok(Line::TooLong(number)) } else { Ok(Line::Text(bytes, number)) }
    }

    /// Reads to the end of a line that is too long to keep.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let part = self.input.fill_buf()?;
            if part.is_empty() {
                return Ok(());
            }
            let (used, ended) = match part.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (part.len(), false),
            };
            self.input.consume(used);
            if ended {
                return Ok(());
            }
        }
    }

    fn too_large(&self, line: usize) -> CaseFault {
        self.fault(line, "too-large", (Word::TooLarge, &["16"]), (Word::TooLargeHelp, &[]))
    }

    fn decide(&mut self) -> io::Result<Option<CaseFault>> {
        loop {
            let (bytes, number) = match self.line(MOST_BYTES)? {
                Line::End => {
                    self.mode = Mode::Over;
                    return Ok(None);
                }
                Line::TooLong(number) => {
                    self.mode = Mode::Over;
                    return Ok(Some(self.too_large(number)));
                }
                Line::Text(bytes, number) => (bytes, number),
            };
            let Some(first) = bytes.iter().copied().find(|b| !b.is_ascii_whitespace()) else { continue };
            let whole = |b: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(b).is_ok();
            self.mode = match self.hint {
                Hint::JsonLines => Mode::Lines,
                Hint::Yaml => Mode::Yaml,
                Hint::Any if first == b'{' || first == b'[' => {
                    if whole(&bytes) {
                        Mode::Lines
                    } else {
                        Mode::Queue
                    }
                }
                Hint::Any => Mode::Yaml,
            };
            self.held = Some((bytes, number));
            if self.mode == Mode::Queue {
                return self.whole_json();
            }
            return Ok(None);
        }
    }

    /// JSON that spreads over lines: all of it, cut at the ends of its values.
    fn whole_json(&mut self) -> io::Result<Option<CaseFault>> {
        let Some((mut bytes, line)) = self.held.take() else { return Ok(None) };
        (&mut self.input)
            .take((MOST_BYTES + 1 - bytes.len().min(MOST_BYTES)) as u64)
            .read_to_end(&mut bytes)?;
        if bytes.len() > MOST_BYTES {
            self.mode = Mode::Over;
            return Ok(Some(self.too_large(line)));
        }
        let text = match self.text(bytes, line) {
            Ok(text) => text,
            Err(fault) => {
                self.mode = Mode::Over;
                return Ok(Some(fault));
            }
        };
        let mut at = 0;
        let mut values = serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>();
        while let Some(value) = values.next() {
            let begun = at + text[at..].len() - text[at..].trim_start().len();
            let started = line + text[..begun].matches('\n').count();
            match value {
                Ok(raw) => {
                    self.number += 1;
                    self.queue.push_back(Ok(self.document(started, raw.get().to_string(), Form::Json)));
                }
                Err(error) => {
                    let document = self.document(line, text.clone(), Form::Json);
                    self.queue.push_back(Err(json::broken(&document, &error)));
                    break;
                }
            }
            at = values.byte_offset();
        }
        Ok(None)
    }

    fn document(&self, line: usize, text: String, form: Form) -> Document {
        Document { file: self.file.clone(), line, text, form, number: self.number }
    }

    /// Bytes as text, or what they are instead.
    fn text(&self, bytes: Vec<u8>, line: usize) -> Result<String, CaseFault> {
        let line_of = |bytes: &[u8], at: usize| line + bytes[..at].iter().filter(|b| **b == b'\n').count();
        let control = |b: &u8| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r') || *b == 0x7f;
        if let Some(at) = bytes.iter().position(control) {
            let line = line_of(&bytes, at);
            return Err(self.fault(line, "not-text", (Word::NotText, &[]), (Word::NotTextHelp, &[])));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
            let near = super::quoted(&String::from_utf8_lossy(&bytes[start..bytes.len().min(at + 12)]));
            self.fault(line_of(bytes, at), "not-utf-8", (Word::NotUtf8, &[&near]), (Word::NotUtf8Help, &[]))
        })
    }

    fn next_line_case(&mut self) -> io::Result<Option<Result<Document, CaseFault>>> {
        loop {
            match self.line(MOST_LINE)? {
                Line::End => return Ok(None),
                Line::TooLong(number) => {
                    self.skip_line()?;
                    return Ok(Some(Err(self.fault(
                        number,
                        "line-too-long",
                        (Word::LineTooLong, &["1"]),
                        (Word::LineTooLongHelp, &[]),
                    ))));
                }
                // A line read ahead was read with the limit of a whole document.
                Line::Text(bytes, number) if bytes.len() > MOST_LINE => {
                    return Ok(Some(Err(self.fault(
                        number,
                        "line-too-long",
                        (Word::LineTooLong, &["1"]),
                        (Word::LineTooLongHelp, &[]),
                    ))));
                }
                Line::Text(bytes, number) => {
                    if bytes.iter().all(u8::is_ascii_whitespace) {
                        continue;
                    }
                    self.number += 1;
                    let text = self.text(bytes.trim_ascii_end().to_vec(), number);
                    return Ok(Some(text.map(|t| self.document(number, t, Form::Json))));
                }
            }
        }
    }

    fn next_yaml(&mut self) -> io::Result<Option<Result<Document, CaseFault>>> {
        let mut bytes: Vec<u8> = Vec::new();
        let mut start = self.line;
        let mut content = false;
        let mut over = false;
        loop {
            let (line, number) = match self.line(MOST_BYTES)? {
                Line::End => break,
                Line::TooLong(number) => {
                    self.mode = Mode::Over;
                    return Ok(Some(Err(self.too_large(number))));
                }
                Line::Text(line, number) => (line, number),
            };
            if marks(&line, b"---") && content {
                self.held = Some((line, number));
                break;
            }
            if marks(&line, b"...") {
                if content {
                    break;
                }
                continue;
            }
            if bytes.is_empty() && !over {
                start = number;
            }
            content |= says_something(&line);
            if bytes.len() + line.len() > MOST_BYTES {
                over = true;
                bytes.clear();
            }
            if !over {
                bytes.extend(line);
            }
        }
        if over {
            return Ok(Some(Err(self.too_large(start))));
        }
        if !content {
            return Ok(None);
        }
        self.number += 1;
        let text = self.text(bytes, start);
        if text.as_ref().is_err_and(|f| f.code == "not-text") {
            // What is not text has no documents to go on with.
            self.mode = Mode::Over;
        }
        Ok(Some(text.map(|t| self.document(start, t, Form::Yaml))))
    }

    fn step(&mut self) -> io::Result<Option<Result<Document, CaseFault>>> {
        if self.mode == Mode::Undecided
            && let Some(fault) = self.decide()?
        {
            self.spoke = true;
            return Ok(Some(Err(fault)));
        }
        let next = match self.mode {
            Mode::Yaml => self.next_yaml()?,
            Mode::Lines => self.next_line_case()?,
            Mode::Queue => self.queue.pop_front(),
            Mode::Undecided | Mode::Over => None,
        };
        if next.is_none() && self.mode != Mode::Over {
            self.mode = Mode::Over;
        }
        if next.is_none() && !self.spoke {
            self.spoke = true;
            return Ok(Some(Err(self.fault(
                1,
                "empty-file",
                (Word::EmptyFile, &[]),
                (Word::EmptyFileHelp, &[]),
            ))));
        }
        self.spoke = true;
        Ok(next)
    }
}

/// `---` or `...` at the start of a line, alone or before a space.
fn marks(line: &[u8], mark: &[u8]) -> bool {
    line.strip_prefix(mark).is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// Whether a line is more than blank, a comment, a directive or a bare `---`.
fn says_something(line: &[u8]) -> bool {
    let line = if marks(line, b"---") { &line[3..] } else { line };
    match line.iter().find(|b| !b.is_ascii_whitespace()) {
        None | Some(b'#') => false,
        Some(b'%') => line.first() != Some(&b'%'),
        Some(_) => true,
    }
}

impl<R: BufRead> Iterator for Documents<R> {
    type Item = Result<Document, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Ok(next) => next.map(|d| d.map_err(|f| Trouble::Fault(Box::new(f)))),
            Err(error) => {
                self.mode = Mode::Over;
                self.spoke = true;
                Some(Err(Trouble::World(error)))
            }
        }
    }
}
