//! Findings about knowledge: a code, a place, a message, help, and where one exists a fictional patient.

use std::ops::Range;
use std::sync::Arc;

use nw_facts::{Text, said};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth mending; the guideline still runs.
    Warning,
    /// The guideline is refused.
    Error,
}

macro_rules! declare_diagnostics {
    ($(#[doc = $doc:literal] $variant:ident = $code:literal, $level:ident, $nl:literal;)*) => {
        /// Every finding there is. Each has a page of its own in `diagnostics/`, whose example must raise it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DiagnosticCode { $(#[doc = $doc] $variant,)* }

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

            /// What kind of finding it is; the message of a finding names the details.
            pub fn kind(self) -> Text {
                let (en, nl) = match self { $(DiagnosticCode::$variant => ($doc, $nl),)* };
                Text { en: en.trim().to_string(), nl: nl.to_string() }
            }
        }
    };
}

declare_diagnostics! {
    /// A TOML file cannot be read.
    BadToml = "bad-toml", Error,
        "Een TOML-bestand is onleesbaar of bevat een onbekende sleutel of waarde.";
    /// A chapter lacks its front matter, or the guideline its manifest.
    BadFrontMatter = "bad-front-matter", Error,
        "Een hoofdstuk begint met `id`, `en` en `nl` tussen twee regels `---`.";
    /// A chapter in the reading order does not exist, or one exists that the order leaves out.
    MissingChapter = "missing-chapter", Error,
        "De leesvolgorde en de bestanden kloppen niet met elkaar.";
    /// A block quote starts with a bold word that is no construct.
    UnknownBlock = "unknown-block", Error,
        "Een blok begint met een vet woord dat geen constructie is.";
    /// A table without its parts: heading, attributes, columns.
    BadTable = "bad-table", Error,
        "Een tabel mist een onderdeel of heeft een onbekend kenmerk.";
    /// A cell that cannot be read.
    BadCell = "bad-cell", Error,
        "Een cel is onleesbaar.";
    /// A condition that cannot be read.
    BadCondition = "bad-condition", Error,
        "Een voorwaarde is onleesbaar of ontbreekt.";
    /// Two things with one id.
    DuplicateId = "duplicate-id", Error,
        "Twee dingen hebben dezelfde naam.";
    /// A fact or conclusion that the vocabulary does not have.
    UndeclaredFact = "undeclared-fact", Error,
        "Een naam staat niet in de woordenlijst.";
    /// A value that the fact or conclusion does not have.
    UnknownValue = "unknown-value", Error,
        "Een waarde bestaat niet voor dit feit of deze conclusie.";
    /// A unit that does not measure the fact, or none where one is needed.
    UnitMismatch = "unit-mismatch", Error,
        "Een eenheid past niet bij het feit of ontbreekt.";
    /// A number outside what can exist.
    ImpossibleNumber = "impossible-number", Error,
        "Een getal ligt buiten wat kan bestaan.";
    /// A dated parameter that does not exist or has no value on the date.
    UnknownParameter = "unknown-parameter", Error,
        "Een parameter bestaat niet of heeft op die datum geen waarde.";
    /// A row, rule or convention without a source.
    UncitedRow = "uncited-row", Error,
        "Een rij of regel heeft geen bron.";
    /// A source key that is not in the list of sources.
    UnknownSource = "unknown-source", Error,
        "Een verwijzing noemt een onbekende bron.";
    /// Text in one language only.
    UntranslatedText = "untranslated-text", Error,
        "Een tekst staat maar in één taal.";
    /// A row whose sentence is missing where one is needed.
    MissingRowText = "missing-row-text", Error,
        "Een rij mist de zin die de lezer te zien krijgt.";
    /// Tables that need each other.
    CircularTables = "circular-tables", Error,
        "Tabellen hebben elkaar in een kring nodig.";
    /// A declared conclusion that no table gives.
    ConclusionWithoutTable = "conclusion-without-table", Error,
        "Geen tabel geeft deze conclusie.";
    /// A patient for whom no row holds.
    MissingCombination = "missing-combination", Error,
        "Voor een patiënt geldt geen enkele rij.";
    /// A patient for whom two rows hold.
    OverlappingRows = "overlapping-rows", Error,
        "Voor een patiënt gelden twee rijen.";
    /// A patient whom two parts of one conclusion cover.
    OverlappingParts = "overlapping-parts", Error,
        "Twee delen van een conclusie gaan over dezelfde patiënt.";
    /// A row that no possible patient reaches.
    UnreachableRow = "unreachable-row", Error,
        "Geen patiënt bereikt deze rij.";
    /// A value in a cell that no possible patient brings to that row.
    IdleValue = "idle-value", Error,
        "Een waarde in een cel brengt nooit een patiënt naar die rij.";
    /// A declared property that a possible patient breaks.
    BrokenProperty = "broken-property", Error,
        "Een belofte over alle patiënten klopt niet.";
    /// A reported value that can only be true where something is not as presumed.
    PresumedAgainstReport = "presumed-against-report", Error,
        "Een waarde die anderen kunnen melden, klopt alleen bij patiënten bij wie iets niet is zoals aangenomen.";
    /// Integrity rules that leave no patient.
    ImpossibleRules = "impossible-rules", Error,
        "De regels sluiten samen iedere patiënt uit.";
    /// An integrity rule that excludes nobody.
    IdleRule = "idle-rule", Warning,
        "Een regel sluit niemand uit.";
    /// A fact with more cells than the engine can hold.
    TooManyCells = "too-many-cells", Error,
        "Een feit heeft meer waarden of grenzen dan passen.";
    /// Diagrams beyond the node budget.
    TooTangled = "too-tangled", Error,
        "De tabellen zijn te verweven om uit te rekenen.";
    /// A convention that cannot be read or does nothing.
    BadConvention = "bad-convention", Error,
        "Een afspraak is onleesbaar of doet niets.";
    /// A derivation that cannot be read.
    BadDerivation = "bad-derivation", Error,
        "Een afleiding is onleesbaar of rekent met iets dat geen getal is.";
    /// A departure record without its parts.
    BadDeparture = "bad-departure", Error,
        "Een afwijking mist een onderdeel.";
    /// A departure or a statement of the source map names a row that does not exist.
    UnknownRow = "unknown-row", Error,
        "Een verwijzing van een afwijking of van de bronnenkaart bestaat niet.";
    /// A statement of the source map without its parts, or a file with another number of statements than it says.
    BadSourceMap = "bad-source-map", Error,
        "Een uitspraak van de bronnenkaart mist een onderdeel, of het aantal klopt niet.";
    /// A statement of a source that nothing carries.
    UncarriedStatement = "uncarried-statement", Warning,
        "Niets in de richtlijn draagt een uitspraak van een bron.";
    /// A row, or a source it rests on, was edited after a clinician confirmed it.
    StaleConfirmation = "stale-confirmation", Warning,
        "De rij of een bron ervan is gewijzigd nadat een clinicus haar bevestigde; zij telt weer als onbevestigd.";
    /// A confirmation of a row that does not exist.
    LostConfirmation = "lost-confirmation", Warning,
        "Een bevestiging noemt een rij die niet in de richtlijn staat.";
    /// A case that cannot be read.
    BadCase = "bad-case", Error,
        "Een geval is onleesbaar.";
    /// A case whose expectation does not hold.
    FailingCase = "failing-case", Error,
        "Uit het geval volgt iets anders dan verwacht.";
    /// A row that no case reaches.
    RowWithoutCase = "row-without-case", Warning,
        "Geen geval bereikt deze rij.";
    /// A table without a case in which something is unknown.
    UnhandledUnknown = "unhandled-unknown", Warning,
        "Geen geval laat iets onbekend.";
    /// A file of texts for patients, or their manifest, without its parts.
    BadLeaflet = "bad-leaflet", Error,
        "Een bestand met teksten voor patiënten mist een onderdeel, of heeft er een dat er niet hoort.";
    /// A topic or an option that a patient may get, without a text.
    TopicWithoutText = "topic-without-text", Error,
        "Een onderwerp dat voor een patiënt kan gelden heeft geen tekst.";
    /// A point for or against an option that patients would read in the words for doctors.
    PointWithoutText = "point-without-text", Warning,
        "Een punt voor of tegen een optie heeft geen zin voor patiënten, terwijl andere punten die wel hebben.";
    /// A Dutch text that does not have the shape of the English one.
    UnpairedText = "unpaired-text", Error,
        "De Nederlandse tekst heeft een andere vorm dan de Engelse erboven, of noemt andere waarden van de patiënt.";
    /// A text with other numbers in Dutch than in English.
    UnequalNumbers = "unequal-numbers", Error,
        "De getallen in beide talen zijn niet gelijk.";
    /// A text harder to read than its gate allows.
    UnreadableText = "unreadable-text", Error,
        "Een tekst is moeilijker te lezen dan de grens in `leaflets.toml` toestaat.";
    /// A text harder to read than it should be.
    HardToRead = "hard-to-read", Warning,
        "Een tekst is moeilijker te lezen dan de grens in `leaflets.toml` toestaat.";
    /// An abbreviation in a text that the word list does not explain.
    UnexplainedWord = "unexplained-word", Warning,
        "Een afkorting in een tekst staat niet in de woordenlijst.";
    /// A declared fact that nothing uses.
    UnusedFact = "unused-fact", Warning,
        "Niets gebruikt dit feit.";
    /// A schedule of the calendar that cannot be read.
    BadSchedule = "bad-schedule", Error,
        "Een schema van de kalender mist een onderdeel, heeft een leeg venster of noemt een afspraak die er niet is.";
    /// Schedules of the calendar whose hard rules leave no day.
    ImpossibleSchedule = "impossible-schedule", Error,
        "De harde regels van een schema, of van twee die een regel verbindt, laten geen kalender over.";
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
    pub message: Text,
    /// What to do next.
    pub help: Text,
    /// The fictional patient who shows it.
    pub patient: Option<Text>,
}

impl Diagnostic {
    /// A finding without a patient.
    pub fn new(code: DiagnosticCode, at: &Place, message: Text, help: Text) -> Self {
        Diagnostic { code, file: at.file.clone(), span: at.span.clone(), message, help, patient: None }
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

/// The nearest spelling as the end of a sentence; nothing when there is none.
pub(crate) fn maybe(near: Option<impl std::fmt::Display>) -> Text {
    near.map_or(Text::default(), |n| said!("; did you mean `{n}`?", "; bedoelde u `{n}`?"))
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
