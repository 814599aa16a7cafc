//! Findings about knowledge: a code, a place, a message, help, and where one exists a fictional patient.

use std::ops::Range;
use std::sync::Arc;

use nw_facts::Text;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth mending; the guideline still runs.
    Warning,
    /// The guideline is refused.
    Error,
}

macro_rules! declare_diagnostics {
    ($($(#[doc = $doc:literal])* $variant:ident = $code:literal, $level:ident;)*) => {
        /// Every finding there is. Each has a page of its own in `diagnostics/`, whose example must raise it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DiagnosticCode { $($(#[doc = $doc])* $variant,)* }

        impl DiagnosticCode {
            /// All codes.
            pub const ALL: &[DiagnosticCode] = &[$(DiagnosticCode::$variant,)*];

            /// The stable name, which is also the name of its page.
            pub fn name(self) -> &'static str {
                match self { $(DiagnosticCode::$variant => $code,)* }
            }

            /// The level unless a house says otherwise.
            pub fn level(self) -> Level {
                match self { $(DiagnosticCode::$variant => Level::$level,)* }
            }
        }
    };
}

declare_diagnostics! {
    /// A TOML file cannot be read.
    BadToml = "bad-toml", Error;
    /// A chapter lacks its front matter, or the guideline its manifest.
    BadFrontMatter = "bad-front-matter", Error;
    /// A chapter in the reading order does not exist, or one exists that the order leaves out.
    MissingChapter = "missing-chapter", Error;
    /// A block quote starts with a bold word that is no construct.
    UnknownBlock = "unknown-block", Error;
    /// A table without its parts: heading, attributes, columns.
    BadTable = "bad-table", Error;
    /// A cell that cannot be read.
    BadCell = "bad-cell", Error;
    /// A condition that cannot be read.
    BadCondition = "bad-condition", Error;
    /// Two things with one id.
    DuplicateId = "duplicate-id", Error;
    /// A fact or conclusion that the vocabulary does not have.
    UndeclaredFact = "undeclared-fact", Error;
    /// A value that the fact or conclusion does not have.
    UnknownValue = "unknown-value", Error;
    /// A unit that does not measure the fact, or none where one is needed.
    UnitMismatch = "unit-mismatch", Error;
    /// A number outside what can exist.
    ImpossibleNumber = "impossible-number", Error;
    /// A dated parameter that does not exist or has no value on the date.
    UnknownParameter = "unknown-parameter", Error;
    /// A row, rule or convention without a source.
    UncitedRow = "uncited-row", Error;
    /// A source key that is not in the list of sources.
    UnknownSource = "unknown-source", Error;
    /// Text in one language only.
    UntranslatedText = "untranslated-text", Error;
    /// A row whose sentence is missing where one is needed.
    MissingRowText = "missing-row-text", Error;
    /// Tables that need each other.
    CircularTables = "circular-tables", Error;
    /// A declared conclusion that no table gives.
    ConclusionWithoutTable = "conclusion-without-table", Error;
    /// A patient for whom no row holds.
    MissingCombination = "missing-combination", Error;
    /// A patient for whom two rows hold.
    OverlappingRows = "overlapping-rows", Error;
    /// A patient whom two parts of one conclusion cover.
    OverlappingParts = "overlapping-parts", Error;
    /// A row that no possible patient reaches.
    UnreachableRow = "unreachable-row", Error;
    /// A value in a cell that no possible patient brings to that row.
    IdleValue = "idle-value", Error;
    /// A declared property that a possible patient breaks.
    BrokenProperty = "broken-property", Error;
    /// A reported value that can only be true where something is not as presumed.
    PresumedAgainstReport = "presumed-against-report", Error;
    /// Integrity rules that leave no patient.
    ImpossibleRules = "impossible-rules", Error;
    /// An integrity rule that excludes nobody.
    IdleRule = "idle-rule", Warning;
    /// A fact with more cells than the engine can hold.
    TooManyCells = "too-many-cells", Error;
    /// Diagrams beyond the node budget.
    TooTangled = "too-tangled", Error;
    /// A convention that cannot be read or does nothing.
    BadConvention = "bad-convention", Error;
    /// A derivation that cannot be read.
    BadDerivation = "bad-derivation", Error;
    /// A departure record without its parts.
    BadDeparture = "bad-departure", Error;
    /// A departure or a statement of the source map names a row that does not exist.
    UnknownRow = "unknown-row", Error;
    /// A statement of the source map without its parts, or a file with another number of statements than it says.
    BadSourceMap = "bad-source-map", Error;
    /// A statement of a source that nothing carries.
    UncarriedStatement = "uncarried-statement", Warning;
    /// A row, or a source it rests on, was edited after a clinician confirmed it.
    StaleConfirmation = "stale-confirmation", Warning;
    /// A confirmation of a row that does not exist.
    LostConfirmation = "lost-confirmation", Warning;
    /// A case that cannot be read.
    BadCase = "bad-case", Error;
    /// A case whose expectation does not hold.
    FailingCase = "failing-case", Error;
    /// A row that no case reaches.
    RowWithoutCase = "row-without-case", Warning;
    /// A table without a case in which something is unknown.
    UnhandledUnknown = "unhandled-unknown", Warning;
    /// A file of texts for patients, or their manifest, without its parts.
    BadLeaflet = "bad-leaflet", Error;
    /// A topic or an option that a patient may get, without a text.
    TopicWithoutText = "topic-without-text", Error;
    /// A point for or against an option that patients would read in the words for doctors.
    PointWithoutText = "point-without-text", Warning;
    /// A Dutch text that does not have the shape of the English one.
    UnpairedText = "unpaired-text", Error;
    /// A text with other numbers in Dutch than in English.
    UnequalNumbers = "unequal-numbers", Error;
    /// A text harder to read than its gate allows.
    UnreadableText = "unreadable-text", Error;
    /// A text harder to read than it should be.
    HardToRead = "hard-to-read", Warning;
    /// An abbreviation in a text that the word list does not explain.
    UnexplainedWord = "unexplained-word", Warning;
    /// A declared fact that nothing uses.
    UnusedFact = "unused-fact", Warning;
    /// A schedule of the calendar that cannot be read.
    BadSchedule = "bad-schedule", Error;
    /// Schedules of the calendar whose hard rules leave no day.
    ImpossibleSchedule = "impossible-schedule", Error;
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: DiagnosticCode,
    /// The file.
    pub file: Arc<str>,
    /// Bytes of the file it is about.
    pub span: Range<usize>,
    /// One sentence, lower case, user text in backticks.
    pub message: String,
    /// What to do next.
    pub help: String,
    /// The fictional patient who shows it.
    pub patient: Option<Text>,
}

impl Diagnostic {
    /// A finding without a patient.
    pub fn new(
        code: DiagnosticCode,
        at: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Diagnostic {
            code,
            file: at.file.clone(),
            span: at.span.clone(),
            message: message.into(),
            help: help.into(),
            patient: None,
        }
    }

    /// Adds the fictional patient.
    pub fn with_patient(mut self, patient: Text) -> Self {
        self.patient = Some(patient);
        self
    }

    /// Its level.
    pub fn level(&self) -> Level {
        self.code.level()
    }
}

/// A place in the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file.
    pub file: Arc<str>,
    /// Bytes of the file.
    pub span: Range<usize>,
}

/// A text with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spanned {
    /// The text, trimmed.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

impl Spanned {
    /// The text after filling `{edition}`-like holes.
    pub fn filled(&self, holes: &[(String, String)]) -> Spanned {
        if holes.is_empty() || !self.text.contains('{') {
            return self.clone();
        }
        let mut text = self.text.clone();
        for (name, value) in holes {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        Spanned { text, place: self.place.clone() }
    }

    /// The place of some bytes of the text.
    ///
    /// A text whose holes were filled no longer lines up with the file; its parts point at the whole.
    pub fn place_of(&self, start: usize, len: usize) -> Place {
        if self.text.len() != self.place.span.len() {
            return self.place.clone();
        }
        let start = self.place.span.start + start;
        Place { file: self.place.file.clone(), span: start..start + len }
    }

    /// A part of the text without the white space around it, with its own place.
    pub fn part(&self, range: Range<usize>) -> Spanned {
        let raw = &self.text[range.clone()];
        let text = raw.trim();
        let start = range.start + (raw.len() - raw.trim_start().len());
        Spanned { text: text.to_string(), place: self.place_of(start, text.len()) }
    }

    /// The parts between separators, each with its own place; empty parts are left out.
    pub fn parts(&self, separator: char) -> Vec<Spanned> {
        let mut parts = Vec::new();
        let mut start = 0;
        for piece in self.text.split(separator) {
            parts.push(self.part(start..start + piece.len()));
            start += piece.len() + separator.len_utf8();
        }
        parts.retain(|p| !p.text.is_empty());
        parts
    }

    /// The two parts around the first occurrence of a mark.
    pub fn split(&self, mark: &str) -> Option<(Spanned, Spanned)> {
        let at = self.text.find(mark)?;
        Some((self.part(0..at), self.part(at + mark.len()..self.text.len())))
    }

    /// The text with every run of white space as one space: lines joined from a block keep their gaps until here.
    pub fn prose(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
