//! A document as a value: what it says, in reading order, without how it looks.

use jiff::civil::Date;
use nw_facts::Language;
use serde::Serialize;
use serde::ser::Serializer;

/// The size of the letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Print {
    /// 11 points.
    #[default]
    Normal,
    /// 16 points, for those who read small letters with difficulty.
    Large,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// Text as it is.
    Plain(String),
    /// What matters most in the line.
    Strong(String),
    /// What is said beside it.
    Soft(String),
    /// A text that leads to an address.
    Link(String, String),
}

impl From<&str> for Span {
    fn from(text: &str) -> Span {
        Span::Plain(text.to_string())
    }
}

impl From<String> for Span {
    fn from(text: String) -> Span {
        Span::Plain(text)
    }
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Block {
    /// A heading; levels begin at 1 and skip none.
    Heading { level: u8, text: String },
    /// Where to find what: the headings of the second level that come after it, all of them, in their order.
    Contents { parts: Vec<String> },
    /// A paragraph.
    Text { spans: Vec<Span> },
    /// Lines that stay lines: an address.
    Lines { lines: Vec<Vec<Span>> },
    /// Points.
    List { items: Vec<Vec<Span>> },
    /// Words with what belongs to them.
    Terms { items: Vec<(String, Vec<Span>)> },
    /// A table; every row has as many cells as the head, and the head as many as there are widths.
    Table { widths: Vec<u8>, head: Vec<String>, rows: Vec<Vec<String>> },
    /// What must not be overlooked.
    Aside { spans: Vec<Span> },
    /// Who says so.
    Signature { lines: Vec<String> },
    /// Things side by side: a decision aid. The corner says by what they are compared, each name heads a column, and each
    /// row has one cell for each name. However many there are, none is narrower than can be read: they are put on wide
    /// pages, and below one another in groups.
    Compare { corner: String, names: Vec<String>, rows: Vec<(String, Vec<Vec<Block>>)> },
    /// One month as a sheet, from Monday to Sunday with the number of each week; days that are not named are empty.
    Month { year: i16, month: i8, days: Vec<Day> },
    /// An address that a telephone can read, with what it leads to.
    Code { text: String, address: String },
}

/// A day of a month sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Which day of the month.
    pub day: i8,
    /// What happens on it, in a few words each.
    pub entries: Vec<DayEntry>,
    /// Why nothing is open on it: the name of a holiday.
    pub closed: Option<String>,
}

/// What happens on a day of a month sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayEntry {
    /// In a few words.
    pub text: String,
    /// How it stands on this day.
    pub stands: Stands,
}

/// How something stands on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    /// It is planned and begins on this day.
    #[default]
    Planned,
    /// It began on an earlier day.
    GoesOn,
    /// It has been done.
    Done,
}

impl From<&str> for DayEntry {
    fn from(text: &str) -> DayEntry {
        DayEntry { text: text.to_string(), stands: Stands::Planned }
    }
}

impl DayEntry {
    /// The words with the sign of how it stands: nothing is told by colour alone.
    pub(crate) fn said(&self) -> String {
        match self.stands.sign() {
            Some(sign) => format!("{sign} {}", self.text),
            None => self.text.clone(),
        }
    }
}

impl Stands {
    /// The sign before an entry; the legend says what it means.
    pub(crate) fn sign(self) -> Option<&'static str> {
        match self {
            Stands::Planned => None,
            Stands::GoesOn => Some("→"),
            Stands::Done => Some("✓"),
        }
    }
}

impl Block {
    /// A heading.
    pub fn heading(level: u8, text: impl Into<String>) -> Block {
        Block::Heading { level, text: text.into() }
    }

    /// A paragraph of plain text.
    pub fn text(text: impl Into<String>) -> Block {
        Block::Text { spans: vec![Span::Plain(text.into())] }
    }
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// What it is called, also in the window of a reader.
    pub title: String,
    /// Who issues it.
    pub author: String,
    /// The language of all its texts.
    #[serde(serialize_with = "language")]
    pub language: Language,
    /// The day it bears.
    #[serde(serialize_with = "date")]
    pub date: Date,
    /// The size of its letters.
    pub print: Print,
    /// What stands at the foot of each page: edition, digest, and what this is not.
    pub footer: Vec<String>,
    /// What it says.
    pub blocks: Vec<Block>,
}

fn language<S: Serializer>(language: &Language, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match language {
        Language::En => "en",
        Language::Nl => "nl",
    })
}

fn date<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    [i32::from(date.year()), i32::from(date.month()), i32::from(date.day())].serialize(serializer)
}
