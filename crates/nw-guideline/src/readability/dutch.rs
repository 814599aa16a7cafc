//! Dutch: syllables by their vowels, and the passive voice by its verbs.

/// Vowels that are one sound, longest first.
const SOUNDS: [&str; 19] = [
    "aai", "ooi", "oei", "eeu", "ieu", "aa", "ee", "oo", "uu", "ie", "oe", "eu", "ui", "ei", "ij", "ou",
    "au", "ay", "oy",
];

/// Words that the rule counts wrongly, with their syllables.
const EXCEPTIONS: [(&str, usize); 4] = [("museum", 3), ("musea", 3), ("linoleum", 4), ("petroleum", 4)];

/// A vowel with a trema starts a syllable; other marks on vowels change nothing.
fn plain(letter: char) -> (char, bool) {
    match letter {
        'ä' => ('a', true),
        'ë' => ('e', true),
        'ï' => ('i', true),
        'ö' => ('o', true),
        'ü' => ('u', true),
        'á' | 'à' | 'â' => ('a', false),
        'é' | 'è' | 'ê' => ('e', false),
        'í' | 'ì' | 'î' => ('i', false),
        'ó' | 'ò' | 'ô' => ('o', false),
        'ú' | 'ù' | 'û' => ('u', false),
        other => (other, false),
    }
}

/// The syllables of a word; an abbreviation in capitals has one for each letter.
pub(super) fn syllables(word: &str) -> usize {
    word.split('-').map(part).sum::<usize>().max(1)
}

fn part(word: &str) -> usize {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    if letters.len() > 1 && letters.iter().all(|c| c.is_uppercase()) {
        return letters.len();
    }
    let lower = word.to_lowercase();
    if let Some((_, count)) = EXCEPTIONS.iter().find(|(known, _)| *known == lower) {
        return *count;
    }
    let letters: Vec<(char, bool)> = lower.chars().map(plain).collect();
    let mut count = 0;
    let mut at = 0;
    while at < letters.len() {
        let sound = SOUNDS.iter().find(|sound| {
            sound.chars().enumerate().all(|(i, c)| {
                letters.get(at + i).is_some_and(|(letter, trema)| *letter == c && (i == 0 || !trema))
            })
        });
        if let Some(sound) = sound {
            count += 1;
            at += sound.len();
        } else {
            count += usize::from("aeiouy".contains(letters[at].0));
            at += 1;
        }
    }
    count
}

/// Forms of the verb that makes the passive voice.
const WORDEN: [&str; 6] = ["word", "wordt", "worden", "werd", "werden", "geworden"];

/// Whether a sentence says what is done and not who does it: a form of `worden` with a participle.
pub(super) fn passive(words: &[&str]) -> bool {
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    lower.iter().any(|w| WORDEN.contains(&w.as_str())) && lower.iter().any(|w| is_participle(w))
}

/// Parts that may stand before `ge` in a participle: `uitgezaaid`, `weggehaald`.
const BEFORE: [&str; 20] = [
    "aan", "achter", "af", "bij", "door", "in", "klaar", "mee", "na", "om", "onder", "op", "over", "tegen",
    "terug", "toe", "uit", "vast", "voor", "weg",
];

fn is_participle(word: &str) -> bool {
    let ends = word.ends_with('d') || word.ends_with('t') || word.ends_with("en");
    let long = word.chars().count() > 5;
    let begins = ["ge", "be", "ver", "ont", "her"].iter().any(|p| word.starts_with(p));
    let inside = BEFORE.iter().any(|p| word.strip_prefix(p).is_some_and(|rest| rest.starts_with("ge")));
    // Words that look like one and are none.
    let other =
        ["geen", "beide", "bent", "verder", "vergelijkbaar", "geduld", "gezond", "bekend", "verschillend"];
    ends && long && (begins || inside) && !other.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_those_that_were_counted_by_hand() {
        for (word, wanted) in [
            ("lever", 2),
            ("alvleesklier", 3),
            ("geneesmiddel", 4),
            ("ziekenhuis", 3),
            ("neuro-endocrien", 5),
            ("uitzaaiing", 3),
            ("poliklinisch", 4),
            ("bijwerking", 3),
            ("receptor", 3),
            ("behandeling", 4),
            ("reëel", 2),
            ("museum", 3),
            ("MRI", 3),
            ("NET", 3),
            ("één", 1),
        ] {
            assert_eq!(syllables(word), wanted, "{word}");
        }
    }

    #[test]
    fn the_passive_voice_is_heard() {
        let said = |text: &str| passive(&text.split(' ').collect::<Vec<_>>());
        assert!(said("De tumor wordt verwijderd door de chirurg"));
        assert!(said("Het stukje werd weggehaald"));
        assert!(!said("De chirurg haalt de tumor weg"));
        assert!(!said("U wordt beter"));
    }
}
