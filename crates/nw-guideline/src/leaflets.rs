//! The texts for patients: modules filed under what the guideline concludes, and the documents made of them.
//!
//! A text belongs to one value of a collected conclusion (a topic) or to one option. A block of it may carry a condition;
//! conditions are compiled with the tables, so that whether one holds is as exact as any answer.

use nw_diagram::NodeId;
use nw_facts::{ConclusionIdx, Text};

use crate::diagnostic::{Level, Place};
use crate::ir::{Citation, Logic, Mark, Subject};

/// Everything a guideline has to say to patients; empty for a guideline without texts.
#[derive(Clone, Debug, Default)]
pub struct Leaflets {
    /// SHA-256 of the files of the texts; the guideline's own digest leaves them out.
    pub digest: String,
    /// One for each file, in the order of the conclusions; options and points last.
    pub modules: Vec<Module>,
    /// What is made of them, in the order of the manifest.
    pub documents: Vec<LeafletDocument>,
    /// Who stands behind the texts.
    pub publication: Publication,
    /// What blocks ask of the patient.
    pub conditions: Vec<TextCondition>,
    /// How easy to read the texts have to be.
    pub gates: Vec<Gate>,
}

impl Leaflets {
    /// A module by the id of its conclusion, with or without `topic.`; `option` for the options.
    pub fn module(&self, id: &str) -> Option<&Module> {
        self.modules.iter().find(|m| m.id == id || m.id.strip_prefix("topic.") == Some(id))
    }

    /// What patients read of a point for or against a treatment; none as long as nobody wrote it.
    pub fn point(&self, conclusion: ConclusionIdx, value: &str) -> Option<&TextBlock> {
        let module = self.modules.iter().find(|m| m.layout == Layout::Points)?;
        let entry = module.entries.iter().find(|e| e.conclusion == Some(conclusion))?;
        entry.blocks.iter().find(|b| b.id == value)
    }

    /// A document by its id.
    pub fn document(&self, id: &str) -> Option<&LeafletDocument> {
        self.documents.iter().find(|d| d.id == id)
    }
}

/// How a module is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Titles with text.
    #[default]
    Text,
    /// Titles alone, each with a text perhaps: questions to ask.
    List,
    /// Words with their explanation.
    Terms,
    /// Sheets to fill in.
    Form,
    /// Treatments side by side.
    Options,
    /// What counts for and against a treatment, in words for patients.
    Points,
}

impl Layout {
    /// Every layout with its word.
    pub const ALL: [(Layout, &'static str); 6] = [
        (Layout::Text, "text"),
        (Layout::List, "list"),
        (Layout::Terms, "terms"),
        (Layout::Form, "form"),
        (Layout::Options, "options"),
        (Layout::Points, "points"),
    ];

    /// The word in files.
    pub fn id(self) -> &'static str {
        Layout::ALL.iter().find(|(l, _)| *l == self).map_or("", |(_, id)| id)
    }
}

/// One file of texts.
#[derive(Clone, Debug)]
pub struct Module {
    /// The conclusion whose values have their texts here; `option` for the treatments, `points` for what counts for and
    /// against them, `general` for everybody.
    pub id: String,
    /// Its heading.
    pub title: Text,
    /// How it is laid out.
    pub layout: Layout,
    /// One for each value, in the order of the conclusion.
    pub entries: Vec<Entry>,
    /// Where it stands.
    pub place: Place,
}

/// The text of one value of a conclusion, or of one option.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The value's id, or the option's.
    pub id: String,
    /// The conclusion that opens it; none for what is told to everybody.
    pub conclusion: Option<ConclusionIdx>,
    /// The value that must hold; none for an option and for its points, whose blocks bear the values.
    pub value: Option<usize>,
    /// Its heading: the sentence of the row, the name of the option, or its own.
    pub title: Text,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// How well it is supported.
    pub mark: Mark,
    /// In a word list: the forms by which the word is found in running text, English and Dutch.
    pub forms: (Vec<String>, Vec<String>),
    /// What it says.
    pub blocks: Vec<TextBlock>,
    /// Where it stands.
    pub place: Place,
}

/// A part of a text that is shown or left out as a whole.
#[derive(Clone, Debug)]
pub struct TextBlock {
    /// Its name; empty for what stands directly under the heading.
    pub id: String,
    /// Its own heading, if it has one.
    pub title: Text,
    /// It says in a sentence what its topic comes down to: it stands in the part of a document that is read first, and
    /// there alone.
    pub short: bool,
    /// The condition under which it is shown, by position in [`Leaflets::conditions`].
    pub when: Option<usize>,
    /// The condition in the reader's words, after "if".
    pub spoken: Text,
    /// Empty lines to fill in, under a table.
    pub empty_rows: usize,
    /// What it says, in both languages side by side.
    pub said: Vec<Said>,
    /// The facts and conclusions whose value it names.
    pub names: Vec<Subject>,
    /// Where it stands.
    pub place: Place,
}

/// The same in both languages.
#[derive(Clone, Debug)]
pub struct Said {
    /// English.
    pub en: Shape,
    /// Dutch.
    pub nl: Shape,
}

impl Said {
    /// One of the two.
    pub fn get(&self, language: nw_facts::Language) -> &Shape {
        match language {
            nw_facts::Language::En => &self.en,
            nw_facts::Language::Nl => &self.nl,
        }
    }
}

/// A paragraph, a list or a table.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Sentences.
    Paragraph(Vec<Sentence>),
    /// Points, each of one or more sentences.
    Points(Vec<Vec<Sentence>>),
    /// The head, then rows.
    Table(Vec<Vec<Sentence>>),
}

impl Shape {
    /// All sentences in order.
    pub fn sentences(&self) -> Vec<&Sentence> {
        match self {
            Shape::Paragraph(all) => all.iter().collect(),
            Shape::Points(all) | Shape::Table(all) => all.iter().flatten().collect(),
        }
    }
}

/// One line of a text.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
    /// Where it stands.
    pub place: Place,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Plain(String),
    /// What matters most.
    Strong(String),
    /// The value of a fact or conclusion, in the reader's words.
    Value(Subject),
}

/// What a block asks of the patient.
#[derive(Clone, Debug)]
pub struct TextCondition {
    /// The condition.
    pub logic: Logic,
    /// Where it holds.
    pub node: NodeId,
    /// Where it is written.
    pub place: Place,
}

/// What kind of document is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DocumentKind {
    /// Parts of text about one patient.
    #[default]
    Personal,
    /// The same, with the options side by side.
    Decision,
    /// Of its parts only what they say in short; a text that is named alone and says nothing in short is told whole.
    Short,
}

/// A document: which parts in which order, and what stands around them.
#[derive(Clone, Debug)]
pub struct LeafletDocument {
    /// Id, as typed on a command line.
    pub id: String,
    /// Kind.
    pub kind: DocumentKind,
    /// Title.
    pub title: Text,
    /// What comes first; paragraphs are parted by an empty line.
    pub opening: Text,
    /// The heading of what its parts say in short, which stands before them; empty for a document that begins at once.
    pub short: Text,
    /// What comes last.
    pub closing: Text,
    /// In reading order.
    pub parts: Vec<DocumentPart>,
}

/// A part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentPart {
    /// The module, by position.
    pub module: usize,
    /// One of its texts alone, by position; all of them when there is none.
    pub entry: Option<usize>,
    /// The text, by module and position, that says the same: where it is shown, this part is left out.
    pub unless: Option<(usize, usize)>,
}

/// Who stands behind the texts: what the quality criteria for decision aids (IPDAS) ask to be told.
#[derive(Clone, Debug, Default)]
pub struct Publication {
    /// The day of the texts.
    pub updated: String,
    /// The day by which they are looked at again.
    pub review: String,
    /// Who paid.
    pub funding: Text,
    /// How they are kept up to date.
    pub policy: Text,
}

/// What of a text is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Ease by Flesch and Douma (Dutch).
    FleschDouma,
    /// Ease by Brouwer (Dutch).
    LeesindexA,
    /// Ease by Flesch (English).
    Flesch,
    /// Years of school by Flesch and Kincaid (English).
    FleschKincaid,
    /// LIX.
    Lix,
    /// Words in a sentence, on average.
    SentenceWords,
    /// Words in one sentence; every sentence is held to it.
    LongestSentence,
    /// Sentences of at most fifteen words, in a hundred.
    ShortSentences,
    /// Letters in a word, on average.
    WordLetters,
    /// Sentences in the passive voice, in a hundred.
    Passive,
    /// Words of more than ten letters that the word list does not explain, in a hundred.
    LongWords,
}

impl Measure {
    /// Every measure with its word.
    pub const ALL: [(Measure, &'static str); 11] = [
        (Measure::FleschDouma, "flesch-douma"),
        (Measure::LeesindexA, "leesindex-a"),
        (Measure::Flesch, "flesch"),
        (Measure::FleschKincaid, "flesch-kincaid"),
        (Measure::Lix, "lix"),
        (Measure::SentenceWords, "sentence-words"),
        (Measure::LongestSentence, "longest-sentence"),
        (Measure::ShortSentences, "short-sentences"),
        (Measure::WordLetters, "word-letters"),
        (Measure::Passive, "passive"),
        (Measure::LongWords, "long-words"),
    ];

    /// The word in files and reports.
    pub fn id(self) -> &'static str {
        Measure::ALL.iter().find(|(m, _)| *m == self).map_or("", |(_, id)| id)
    }
}

/// How easy to read a text has to be.
#[derive(Clone, Debug)]
pub struct Gate {
    /// What is measured.
    pub measure: Measure,
    /// In which language.
    pub language: nw_facts::Language,
    /// At least this.
    pub least: Option<f64>,
    /// At most this.
    pub most: Option<f64>,
    /// Whether a text that fails is refused or only named.
    pub level: Level,
    /// Module ids, or the first part of them with `*`; empty means all.
    pub modules: Vec<String>,
    /// Where it is written.
    pub place: Place,
}
