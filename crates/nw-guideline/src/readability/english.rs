//! English: syllables by groups of vowels, and the passive voice by its verbs.

/// The syllables of a word; an abbreviation in capitals has one for each letter.
pub(super) fn syllables(word: &str) -> usize {
    word.split('-').map(part).sum::<usize>().max(1)
}

fn part(word: &str) -> usize {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    if letters.len() > 1 && letters.iter().all(|c| c.is_uppercase()) {
        return letters.len();
    }
    let lower: Vec<char> = letters.iter().flat_map(|c| c.to_lowercase()).collect();
    let vowel = |c: char| "aeiouy".contains(c);
    let mut count = 0;
    let mut before = false;
    for letter in &lower {
        count += usize::from(vowel(*letter) && !before);
        before = vowel(*letter);
    }
    // `tube`, `caused`, `makes`: the last e is silent; `little` and `wanted` have theirs.
    let text: String = lower.iter().collect();
    let silent = match text.as_str() {
        t if t.ends_with("le") && t.len() > 2 && !t[..t.len() - 2].ends_with(|c: char| vowel(c)) => false,
        t if t.ends_with("ted") || t.ends_with("ded") => false,
        t if ["ses", "ces", "ges", "zes", "xes", "ches", "shes"].iter().any(|e| t.ends_with(e)) => false,
        t => {
            let stem = t.strip_suffix("ed").or_else(|| t.strip_suffix("es")).or_else(|| t.strip_suffix('e'));
            stem.is_some_and(|s| s.ends_with(|c: char| !vowel(c)) && s.chars().any(vowel))
        }
    };
    count - usize::from(silent && count > 1)
}

const BE: [&str; 8] = ["is", "are", "was", "were", "be", "been", "being", "am"];

/// Participles that do not end in `ed`.
const IRREGULAR: [&str; 24] = [
    "given", "taken", "done", "made", "seen", "put", "told", "found", "known", "shown", "sent", "kept",
    "held", "cut", "brought", "begun", "chosen", "written", "read", "drawn", "broken", "frozen", "hidden",
    "paid",
];

/// Whether a sentence says what is done and not who does it.
pub(super) fn passive(words: &[&str]) -> bool {
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let done = |w: &str| w.ends_with("ed") && w.len() > 4 || IRREGULAR.contains(&w);
    lower.iter().enumerate().any(|(at, w)| {
        // One word may stand between: `is often given`.
        BE.contains(&w.as_str()) && lower.iter().skip(at + 1).take(2).any(|next| done(next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_those_one_hears() {
        for (word, wanted) in [
            ("liver", 2),
            ("tumour", 2),
            ("tube", 1),
            ("little", 2),
            ("wanted", 2),
            ("caused", 1),
            ("makes", 1),
            ("doses", 2),
            ("hormone", 2),
            ("MRI", 3),
            ("the", 1),
        ] {
            assert_eq!(syllables(word), wanted, "{word}");
        }
    }

    #[test]
    fn the_passive_voice_is_heard() {
        let said = |text: &str| passive(&text.split(' ').collect::<Vec<_>>());
        assert!(said("The tumour is removed by a surgeon"));
        assert!(said("It is often given at home"));
        assert!(!said("The surgeon removes the tumour"));
    }
}
