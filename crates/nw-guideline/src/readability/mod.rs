//! How easy the texts are to read: counted by fixed formulas, held to the gates of the manifest.
//!
//! Formulas measure length, not meaning: they find what is certainly too hard and prove nothing easy. The counting is our
//! own because the formulas were fitted to counts by such rules: a hyphenation library marks where a line may break,
//! which leaves out syllables at the edges of words and would move every score.

mod dutch;
mod english;

use std::collections::BTreeSet;

use nw_facts::{Language, Text, said};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Level, Place};
use crate::leaflets::{Gate, Layout, Leaflets, Measure, Module, Piece, Sentence, Shape};

/// What was counted in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sentences; a point of a list ends one.
    pub sentences: usize,
    /// Words: what holds a letter.
    pub words: usize,
    /// Letters of the words.
    pub letters: usize,
    /// Their syllables.
    pub syllables: usize,
    /// Words of more than six letters.
    pub over_six: usize,
    /// Words of more than ten letters that the word list does not explain.
    pub over_ten: usize,
    /// Sentences in the passive voice.
    pub passive: usize,
    /// Sentences of at most fifteen words.
    pub short: usize,
    /// Words of the longest sentence.
    pub longest: usize,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.sentences += other.sentences;
        self.words += other.words;
        self.letters += other.letters;
        self.syllables += other.syllables;
        self.over_six += other.over_six;
        self.over_ten += other.over_ten;
        self.passive += other.passive;
        self.short += other.short;
        self.longest = self.longest.max(other.longest);
    }

    /// One measure; nothing for a text without words.
    pub fn measure(&self, measure: Measure) -> Option<f64> {
        if self.words == 0 || self.sentences == 0 {
            return None;
        }
        let (words, sentences) = (self.words as f64, self.sentences as f64);
        let (length, syllables) = (words / sentences, self.syllables as f64 / words);
        let of_words = |count: usize| 100.0 * count as f64 / words;
        let of_sentences = |count: usize| 100.0 * count as f64 / sentences;
        Some(match measure {
            Measure::FleschDouma => 206.835 - 0.93 * length - 77.0 * syllables,
            Measure::LeesindexA => 195.0 - 2.0 / 3.0 * 100.0 * syllables - 2.0 * length,
            Measure::Flesch => 206.835 - 1.015 * length - 84.6 * syllables,
            Measure::FleschKincaid => 0.39 * length + 11.8 * syllables - 15.59,
            Measure::Lix => length + of_words(self.over_six),
            Measure::SentenceWords => length,
            Measure::LongestSentence => self.longest as f64,
            Measure::ShortSentences => of_sentences(self.short),
            Measure::WordLetters => self.letters as f64 / words,
            Measure::Passive => of_sentences(self.passive),
            Measure::LongWords => of_words(self.over_ten),
        })
    }
}

/// A sentence that weighs on the reader.
#[derive(Clone, Debug)]
pub struct Heavy {
    /// The sentence.
    pub text: String,
    /// What was counted in it.
    pub counts: Counts,
    /// Where it begins.
    pub place: Place,
}

/// One module in one language.
#[derive(Clone, Debug)]
pub struct Readability {
    /// The module's id.
    pub module: String,
    /// The language.
    pub language: Language,
    /// What was counted.
    pub counts: Counts,
    /// Its sentences, the hardest first.
    pub sentences: Vec<Heavy>,
}

/// Words of at most so many in a sentence are few.
const FEW: usize = 15;

/// Words that the word list explains, in lower case.
type Explained = BTreeSet<String>;

fn explained(leaflets: &Leaflets, language: Language) -> Explained {
    let mut all = Explained::new();
    for entry in leaflets.modules.iter().filter(|m| m.layout == Layout::Terms).flat_map(|m| &m.entries) {
        let forms = if language == Language::En { &entry.forms.0 } else { &entry.forms.1 };
        let title = entry.title.get(language).split(" (").next().unwrap_or_default().to_string();
        for form in forms.iter().chain([&title]) {
            // A term of several words explains each of them.
            for word in form.split_whitespace() {
                let word = bare(word).to_lowercase();
                all.extend(word.split('-').map(str::to_string));
                all.insert(word);
            }
        }
    }
    all
}

/// A word without the marks around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Counts one sentence.
fn count(text: &str, language: Language, explained: &Explained) -> Counts {
    let words: Vec<&str> =
        text.split_whitespace().map(bare).filter(|w| w.chars().any(char::is_alphabetic)).collect();
    let mut counts = Counts { sentences: 1, words: words.len(), longest: words.len(), ..Counts::default() };
    for word in &words {
        let letters = |w: &str| w.chars().filter(|c| c.is_alphabetic()).count();
        counts.letters += letters(word);
        counts.syllables += match language {
            Language::Nl => dutch::syllables(word),
            Language::En => english::syllables(word),
        };
        counts.over_six += usize::from(letters(word) > 6);
        let folded = word.to_lowercase();
        let hard = |part: &str| letters(part) > 10 && !explained.contains(part);
        counts.over_ten += usize::from(!explained.contains(&folded) && folded.split('-').any(hard));
    }
    let passive = match language {
        Language::Nl => dutch::passive(&words),
        Language::En => english::passive(&words),
    };
    counts.passive = usize::from(passive);
    counts.short = usize::from(words.len() <= FEW);
    counts
}

fn line(sentence: &Sentence) -> String {
    let pieces = sentence.pieces.iter().map(|p| match p {
        Piece::Plain(text) | Piece::Strong(text) => text.as_str(),
        // A value counts as a number, which is no word.
        Piece::Value(_) => "0",
    });
    pieces.collect()
}

/// Lines to sentences: a line that ends in the middle of one goes on in the next.
fn sentences(lines: &[Sentence], each: &mut impl FnMut(String, &Place)) {
    split(lines.iter().map(|s| (line(s), &s.place)), each);
}

fn split<'p>(lines: impl Iterator<Item = (String, &'p Place)>, each: &mut impl FnMut(String, &Place)) {
    let mut open: Option<(String, &Place)> = None;
    for (text, here) in lines {
        let mut start = 0;
        let mut rest: Vec<(usize, usize)> = Vec::new();
        for (at, mark) in text.char_indices().filter(|(_, c)| ".!?".contains(*c)) {
            let after = text[at + mark.len_utf8()..].trim_start_matches(['"', ')', '’', '”', '\'']);
            let next = after.trim_start().chars().next();
            // `bijv. koorts` and `2.5` go on.
            let ends = next.is_none()
                || after.starts_with(char::is_whitespace) && !next.is_some_and(char::is_lowercase);
            if ends {
                rest.push((start, at + 1));
                start = at + 1;
            }
        }
        if start < text.len() {
            rest.push((start, text.len()));
        }
        for (from, to) in rest {
            let piece = text[from..to].trim();
            let whole = piece.ends_with(['.', '!', '?', ':']);
            let (mut said, place) = open.take().unwrap_or((String::new(), here));
            if !said.is_empty() && !piece.is_empty() {
                said.push(' ');
            }
            said.push_str(piece);
            match whole {
                true => each(said, place),
                false => open = Some((said, place)),
            }
        }
    }
    if let Some((said, place)) = open {
        each(said, place);
    }
}

impl Readability {
    fn of(module: &str, language: Language) -> Readability {
        let module = module.to_string();
        Readability { module, language, counts: Counts::default(), sentences: Vec::new() }
    }

    fn add(&mut self, text: String, place: &Place, explained: &Explained) {
        let counts = count(&text, self.language, explained);
        if counts.words > 0 {
            self.counts.add(&counts);
            self.sentences.push(Heavy { text, counts, place: place.clone() });
        }
    }

    /// The hardest sentences first.
    fn hardest_first(&mut self) {
        let weight = |h: &Heavy| (h.counts.words, h.counts.over_ten, h.counts.syllables);
        self.sentences
            .sort_by(|a, b| weight(b).cmp(&weight(a)).then(a.place.span.start.cmp(&b.place.span.start)));
    }
}

/// Counts finished texts as modules are counted: what one patient reads, with the values in it.
pub struct Counting {
    language: Language,
    explained: Explained,
}

impl Counting {
    /// For texts in a language; the word lists say which words are explained.
    pub fn new(leaflets: &Leaflets, language: Language) -> Counting {
        Counting { language, explained: explained(leaflets, language) }
    }

    /// Counts a document by its paragraphs and points; each of them ends what it began.
    pub fn read<'t>(&self, document: &str, texts: impl IntoIterator<Item = &'t str>) -> Readability {
        let mut found = Readability::of(document, self.language);
        let nowhere = Place::default();
        for text in texts {
            let line = std::iter::once((text.to_string(), &nowhere));
            split(line, &mut |text, place| found.add(text, place, &self.explained));
        }
        found.hardest_first();
        found
    }
}

fn of_module(module: &Module, language: Language, explained: &Explained) -> Readability {
    let mut found = Readability::of(&module.id, language);
    let mut each = |text: String, place: &Place| found.add(text, place, explained);
    for said in module.entries.iter().flat_map(|e| &e.blocks).flat_map(|b| &b.said) {
        match said.get(language) {
            Shape::Paragraph(lines) => sentences(lines, &mut each),
            Shape::Points(points) => points.iter().for_each(|p| sentences(p, &mut each)),
            // A sheet to fill in has no sentences.
            Shape::Table(_) => {}
        }
    }
    found.hardest_first();
    found
}

/// Counts every module in both languages, in their order.
pub fn read(leaflets: &Leaflets) -> Vec<Readability> {
    let words = [Language::Nl, Language::En].map(|l| (l, explained(leaflets, l)));
    let all = leaflets.modules.iter().flat_map(|m| words.iter().map(move |(l, w)| of_module(m, *l, w)));
    all.collect()
}

impl Gate {
    /// Whether the gate is about a module.
    pub fn is_about(&self, module: &str) -> bool {
        let meant =
            |id: &String| id.strip_suffix('*').map_or(id == module, |start| module.starts_with(start));
        self.modules.is_empty() || self.modules.iter().any(meant)
    }

    /// Whether a text passes.
    pub fn passes(&self, value: f64) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }

    fn asked(&self) -> Text {
        let least = self.least.map(decimal).map(|n| said!("at least {n}", "ten minste {n}"; n));
        let most = self.most.map(decimal).map(|n| said!("at most {n}", "ten hoogste {n}"; n));
        let all: Vec<Text> = least.into_iter().chain(most).collect();
        Text::joined(&all, (" and ", " en "))
    }
}

/// A number with the decimal mark of each language.
fn decimal(number: impl ToString) -> Text {
    let number = number.to_string();
    Text { nl: number.replace('.', ","), en: number }
}

/// What the gates and the word list have to say.
pub(crate) fn check(leaflets: &Leaflets, diagnostics: &mut Vec<Diagnostic>) {
    if leaflets.modules.is_empty() {
        return;
    }
    for read in read(leaflets) {
        let gates = leaflets.gates.iter().filter(|g| g.language == read.language && g.is_about(&read.module));
        for gate in gates {
            fails(leaflets, gate, &read, diagnostics);
        }
    }
    unexplained(leaflets, diagnostics);
}

fn fails(leaflets: &Leaflets, gate: &Gate, read: &Readability, diagnostics: &mut Vec<Diagnostic>) {
    let code = match gate.level {
        Level::Error => DiagnosticCode::UnreadableText,
        Level::Warning => DiagnosticCode::HardToRead,
    };
    let language = if gate.language == Language::Nl { "nl" } else { "en" };
    let asked = gate.asked();
    if gate.measure == Measure::LongestSentence {
        for heavy in read.sentences.iter().filter(|h| !gate.passes(h.counts.words as f64)) {
            diagnostics.push(Diagnostic::new(
                code,
                &heavy.place,
                said!(
                    "a sentence of {} words, and {asked} are allowed ({language})",
                    "een zin van {} woorden, en er mogen er {asked} zijn ({language})",
                    heavy.counts.words;
                    asked
                ),
                said!("make two sentences of it", "maak er twee zinnen van"),
            ));
        }
        return;
    }
    let Some(value) = read.counts.measure(gate.measure).filter(|v| !gate.passes(*v)) else { return };
    let place = leaflets.modules.iter().find(|m| m.id == read.module).map(|m| m.place.clone());
    let worst: Vec<Text> = read
        .sentences
        .iter()
        .take(2)
        .map(|h| said!("“{}” ({} words)", "“{}” ({} woorden)", h.text, h.counts.words))
        .collect();
    let worst = Text::joined(&worst, (" and ", " en "));
    let value = decimal(format!("{value:.1}"));
    diagnostics.push(Diagnostic::new(
        code,
        &place.unwrap_or_default(),
        said!(
            "`{}` has {value} for {} ({language}), and it must have {asked}",
            "`{}` heeft {value} voor {} ({language}), en het moet {asked} zijn",
            read.module,
            gate.measure.id();
            value, asked
        ),
        said!(
            "shorter sentences, shorter words, and who does what; the hardest: {worst}",
            "kortere zinnen, kortere woorden, en wie wat doet; de moeilijkste: {worst}";
            worst
        ),
    ));
}

/// Abbreviations that stand in a text and not in the word list, each where it first stands.
fn unexplained(leaflets: &Leaflets, diagnostics: &mut Vec<Diagnostic>) {
    if !leaflets.modules.iter().any(|m| m.layout == Layout::Terms) {
        return;
    }
    for language in [Language::En, Language::Nl] {
        let known = explained(leaflets, language);
        let mut told = BTreeSet::new();
        let blocks = leaflets.modules.iter().flat_map(|m| &m.entries).flat_map(|e| &e.blocks);
        for sentence in blocks.flat_map(|b| &b.said).flat_map(|s| s.get(language).sentences()) {
            let text = line(sentence);
            for word in text.split(|c: char| !c.is_alphanumeric()) {
                // The Dutch IJ is one letter, and numbers of the Romans are no words.
                let inner = word.strip_prefix("IJ").unwrap_or(word);
                let roman = word.chars().all(|c| "IVX".contains(c));
                let capitals = if roman { 0 } else { inner.chars().filter(|c| c.is_uppercase()).count() };
                let folded = word.to_lowercase();
                let stem = folded.strip_suffix('s').unwrap_or(&folded);
                if capitals < 2
                    || known.contains(&folded)
                    || known.contains(stem)
                    || !told.insert(folded.clone())
                {
                    continue;
                }
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::UnexplainedWord,
                    &sentence.place,
                    said!(
                        "`{word}` stands in a text and the word list does not explain it",
                        "`{word}` staat in een tekst en de woordenlijst legt het niet uit"
                    ),
                    said!(
                        "add it to a word list with its forms, or say it in plain words",
                        "zet het met zijn vormen in een woordenlijst, of zeg het in gewone woorden"
                    ),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked check of the formulas: 100 words, 10 sentences, 150 syllables.
    #[test]
    fn the_formulas_give_what_was_worked_out_by_hand() {
        let counts = Counts { sentences: 10, words: 100, syllables: 150, ..Counts::default() };
        let near = |measure, wanted: f64| {
            let value = counts.measure(measure).unwrap();
            assert!((value - wanted).abs() < 0.0005, "{measure:?}: {value} and not {wanted}");
        };
        near(Measure::FleschDouma, 82.035);
        near(Measure::LeesindexA, 75.0);
        near(Measure::Flesch, 206.835 - 10.15 - 126.9);
        near(Measure::FleschKincaid, 3.9 + 17.7 - 15.59);
        near(Measure::SentenceWords, 10.0);
        // The original form of Flesch-Douma, per hundred words, differs by 0.035 only.
        let original: f64 = 206.8 - 0.77 * 150.0 - 0.93 * 10.0;
        assert!((original - 82.00).abs() < 0.0005);
    }

    fn parted(lines: &[&str]) -> Vec<String> {
        let lines: Vec<Sentence> = lines
            .iter()
            .map(|l| Sentence { pieces: vec![Piece::Plain((*l).to_string())], place: Place::default() })
            .collect();
        let mut all = Vec::new();
        sentences(&lines, &mut |text, _| all.push(text));
        all
    }

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        assert_eq!(parted(&["U krijgt een prik.", "Dat duurt kort."]).len(), 2);
        assert_eq!(parted(&["U krijgt een prik. Dat duurt kort."]).len(), 2);
        assert_eq!(parted(&["U krijgt een prik", "in uw bil."]), ["U krijgt een prik in uw bil."]);
        assert_eq!(parted(&["Bel bij klachten, bijv. koorts van 38.5 graden."]).len(), 1);
        assert_eq!(parted(&["een punt zonder einde"]).len(), 1);
    }

    #[test]
    fn a_finished_text_is_counted_as_its_module_is() {
        let counting = Counting { language: Language::Nl, explained: Explained::new() };
        let read = counting.read("personal", ["U krijgt een prik. Dat duurt kort.", "in uw bil", "12"]);
        assert_eq!((read.counts.sentences, read.counts.words, read.counts.longest), (3, 10, 4));
        assert_eq!(read.sentences[0].text, "U krijgt een prik.", "the hardest comes first");
    }

    #[test]
    fn numbers_are_no_words_and_long_words_may_be_explained() {
        let none = Explained::new();
        let counts = count("U slikt 2 tabletten per 24 uur.", Language::Nl, &none);
        assert_eq!((counts.words, counts.sentences), (5, 1));
        let text = "De somatostatinereceptor werkt.";
        assert_eq!(count(text, Language::Nl, &none).over_ten, 1);
        let known = Explained::from(["somatostatinereceptor".to_string()]);
        assert_eq!(count(text, Language::Nl, &known).over_ten, 0);
    }
}
