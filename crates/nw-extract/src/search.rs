//! Searching in plain letters: a text and the patterns lose their accents, so that a search reads bytes and stays fast.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::bytes::{Captures, RegexBuilder};

/// A text in ASCII, with where each of its bytes stood.
pub(crate) struct Folded {
    pub text: String,
    /// The place in the text as it was, for each byte and the end; nothing when no byte moved.
    places: Option<Vec<usize>>,
    /// Where what was left out ends in the text as it was, and where it begins: no words before it reach into it.
    gaps: BTreeMap<usize, usize>,
}

impl Folded {
    pub(crate) fn of(text: &str) -> Folded {
        if text.is_ascii()
            && !text.contains("-\n")
            && !text.contains("-\r\n")
            && !text.contains(SPOKEN_COMMA)
            && !text.contains(BOLD)
        {
            return Folded { text: text.to_string(), places: None, gaps: BTreeMap::new() };
        }
        let mut folded = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len() + 1);
        let mut rejoined = 0;
        for (at, letter) in text.char_indices() {
            if at < rejoined {
                continue;
            }
            if letter == '*' && text[at..].starts_with(BOLD) {
                rejoined = at + BOLD.len();
                continue;
            }
            if letter == '-'
                && let Some(rest) = broken_word(text, at)
            {
                rejoined = rest;
                continue;
            }
            let comma = letter == ' ' && spoken_comma(text, at);
            if comma {
                rejoined = at + SPOKEN_COMMA.len();
            }
            folded.push(if comma { ',' } else { plain(letter) });
            places.push(at);
        }
        places.push(text.len());
        Folded { text: folded, places: Some(places), gaps: BTreeMap::new() }
    }

    /// The text without some of its ranges, which are in order; what is left keeps its place in the text as it was.
    pub(crate) fn without(self, ranges: &[Range<usize>]) -> Folded {
        if ranges.is_empty() {
            return self;
        }
        let (mut text, mut gaps) = (String::with_capacity(self.text.len()), BTreeMap::new());
        let mut places = Vec::with_capacity(self.text.len() + 1);
        let end = self.text.len();
        let (mut at, mut gap) = (0, 0);
        for left_out in ranges.iter().cloned().chain(std::iter::once(end..end)) {
            if at < left_out.start {
                gaps.insert(self.place(at), self.place(gap));
                text.push_str(&self.text[at..left_out.start]);
                places.extend((at..left_out.start).map(|place| self.place(place)));
                gap = left_out.start;
            }
            at = at.max(left_out.end);
        }
        gaps.insert(self.place(end), self.place(gap));
        places.push(self.place(end));
        Folded { text, places: Some(places), gaps }
    }

    /// Where a byte of the folded text stood in the text as it was.
    fn place(&self, at: usize) -> usize {
        self.places.as_ref().map_or(at, |places| places[at])
    }

    /// Where a range of the folded text stood in the text as it was.
    pub(crate) fn range(&self, range: &Range<usize>) -> Range<usize> {
        let end = self.place(range.end);
        self.place(range.start)..self.gaps.get(&end).copied().unwrap_or(end)
    }
}

/// Marks of bold letters, which say nothing: `**Conclusie:** graad 2`.
const BOLD: &str = "**";

/// A decimal comma as it is dictated: `2 komma 8 cm`.
const SPOKEN_COMMA: &str = " komma ";

/// Whether a comma that was spoken stands here between two numbers.
fn spoken_comma(text: &str, at: usize) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    text[..at].ends_with(digit)
        && text[at..].strip_prefix(SPOKEN_COMMA).is_some_and(|rest| rest.starts_with(digit))
}

/// Words that a hyphen before them belongs to what follows: `lever- en botmetastasen`.
const JOINING: [&str; 7] = ["en", "of", "noch", "and", "or", "als", "dan"];

/// Where a word goes on that a hyphen at the end of a line breaks: `gedif-` and on the next line `ferentieerd`.
fn broken_word(text: &str, hyphen: usize) -> Option<usize> {
    let after = &text[hyphen + 1..];
    let line = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'))?;
    let rest = line.trim_start_matches([' ', '\t']);
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    let goes_on = text[..hyphen].ends_with(char::is_lowercase)
        && word.starts_with(char::is_lowercase)
        && !JOINING.contains(&word.as_str());
    goes_on.then_some(text.len() - rest.len())
}

/// A pattern in ASCII, so that it finds folded text.
pub(crate) fn folded_pattern(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        match plain(letter) {
            // A dash may stand in a class of letters, where `-` means up to.
            '-' if letter != '-' => folded.push_str(r"\-"),
            '*' if letter != '*' => folded.push_str(r"\*"),
            plain => folded.push(plain),
        }
    }
    folded
}

/// One ASCII letter for each letter: signs that mean something keep a letter of their own.
fn plain(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => 'A',
        'ç' => 'c',
        'Ç' => 'C',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'È' | 'É' | 'Ê' | 'Ë' => 'E',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'Ì' | 'Í' | 'Î' | 'Ï' => 'I',
        'ñ' => 'n',
        'Ñ' => 'N',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'Ø' => 'o',
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' => 'O',
        'ù' | 'ú' | 'û' | 'ü' | 'µ' | 'μ' => 'u',
        'Ù' | 'Ú' | 'Û' | 'Ü' => 'U',
        'ý' | 'ÿ' => 'y',
        'ß' => 's',
        '×' => 'x',
        '²' => '2',
        '³' => '3',
        '–' | '—' | '‐' | '‑' | '−' => '-',
        '•' | '·' | '▪' | '●' => '*',
        '‘' | '’' | '`' | '´' => '\'',
        '“' | '”' | '„' => '"',
        '≥' => '\u{11}',
        '≤' => '\u{12}',
        '±' => '\u{13}',
        '→' => '\u{14}',
        '☐' | '□' | '◻' => '\u{15}',
        '☑' | '☒' | '✓' | '✔' | '⊠' => '\u{16}',
        _ if letter.is_whitespace() => ' ',
        _ => '\u{7f}',
    }
}

/// Where a pattern stands in a text.
pub(crate) struct Hit {
    pub whole: Range<usize>,
    /// Its words `w`, where they are fewer.
    pub words: Option<Range<usize>>,
    /// Its value `v`.
    pub value: Option<Range<usize>>,
    /// Its unit `u`.
    pub unit: Option<Range<usize>>,
    /// How its value is compared, `c`.
    pub compared: Option<Range<usize>>,
}

/// So many bytes an automaton may take. The patterns with long gaps between many words need more than the library's two
/// megabytes; with less they forget what they built and build it again, sentence after sentence.
const AUTOMATON: usize = 8 << 20;

/// A pattern that is compiled; it reads folded text.
#[derive(Debug)]
pub(crate) struct Search(regex::bytes::Regex);

impl Search {
    /// Compiles a folded pattern.
    pub(crate) fn new(text: &str) -> Result<Search, regex::Error> {
        RegexBuilder::new(text).unicode(false).dfa_size_limit(AUTOMATON).build().map(Search)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text.as_bytes())
    }

    pub(crate) fn find_iter<'s>(&'s self, text: &'s str) -> impl Iterator<Item = Range<usize>> + 's {
        self.0.find_iter(text.as_bytes()).map(|m| m.range())
    }

    pub(crate) fn captures_iter<'s>(&'s self, text: &'s str) -> impl Iterator<Item = Captures<'s>> + 's {
        self.0.captures_iter(text.as_bytes())
    }

    /// Every place in a text with its groups; without groups that costs less.
    pub(crate) fn hits(&self, text: &str) -> Vec<Hit> {
        let text = text.as_bytes();
        if self.0.captures_len() == 1 {
            let hit = |range| Hit { whole: range, words: None, value: None, unit: None, compared: None };
            return self.0.find_iter(text).map(|m| hit(m.range())).collect();
        }
        let hit = |found: Captures<'_>| {
            let group = |name| found.name(name).map(|m| m.range());
            let whole = found.get(0)?.range();
            Some(Hit { whole, words: group("w"), value: group("v"), unit: group("u"), compared: group("c") })
        };
        self.0.captures_iter(text).filter_map(hit).collect()
    }

    pub(crate) fn captures<'s>(&self, text: &'s str) -> Option<Captures<'s>> {
        self.0.captures(text.as_bytes())
    }

    /// The text with each place found replaced, as the pattern says.
    pub(crate) fn replaced(&self, text: &str, by: &str) -> String {
        String::from_utf8_lossy(&self.0.replace_all(text.as_bytes(), by.as_bytes())).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_places_lead_back_to_the_words() {
        let text = "één carcinoïd ≥ 2 mm² – ’s";
        let folded = Folded::of(text);
        assert_eq!(folded.text, "een carcinoid \u{11} 2 mm2 - 's");
        let at = folded.text.find("carcinoid").map_or(0..0, |at| at..at + 9);
        assert_eq!(&text[folded.range(&at)], "carcinoïd");
        assert_eq!(folded.range(&(0..folded.text.len())), 0..text.len());
    }

    #[test]
    fn marks_of_bold_letters_are_no_words() {
        let text = "**Ki-67:** 4%\n* **Lever:** vrij";
        let folded = Folded::of(text);
        assert_eq!(folded.text, "Ki-67: 4%\n* Lever: vrij");
        let at = folded.text.find("4%").map_or(0..0, |at| at..at + 2);
        assert_eq!(&text[folded.range(&at)], "4%");
    }

    #[test]
    fn a_spoken_comma_joins_two_numbers() {
        let text = "2 komma 8 cm, punt komma 3";
        let folded = Folded::of(text);
        assert_eq!(folded.text, "2,8 cm, punt komma 3");
        assert_eq!(&text[folded.range(&(0..6))], "2 komma 8 cm");
    }

    #[test]
    fn what_is_left_out_moves_no_words() {
        let text = "Één | 2% | 3% | 4%";
        let folded = Folded::of(text).without(&[6..11, 9..16]);
        assert_eq!(folded.text, "Een | 4%");
        assert_eq!(&text[folded.range(&(6..8))], "4%");
        assert_eq!(&text[folded.range(&(0..5))], "Één |");
        assert_eq!(&text[folded.range(&(0..3))], "Één");
        let folded = Folded::of(text).without(&[8..12, 12..18]);
        assert_eq!((&*folded.text, &text[folded.range(&(0..8))]), ("Een | 2%", "Één | 2%"));
    }

    #[test]
    fn a_dash_in_a_class_of_letters_stays_a_dash() {
        let search = Search::new(&folded_pattern("[-–•] [x×*]")).map_err(|e| e.to_string());
        let search = search.unwrap_or_else(|fault| panic!("{fault}"));
        assert!(search.is_match("- x") && search.is_match("* *") && !search.is_match("a x"));
    }
}
