//! Messages of the kernel in Dutch.
//!
//! The kernel speaks English; its sentences are few and fixed, so they are recognised by their words and said again.
//! A sentence not listed stays English, and a test walks every kind of fault to see that none is missing.

/// English sentence and its Dutch twin, with `{}` where text of the case stands. Longer patterns come first.
const SENTENCES: &[(&str, &str)] = &[
    ("the value of `{}` is {} characters long", "de waarde van `{}` is {} tekens lang"),
    ("write one value; put free text in a report", "schrijf één waarde; zet vrije tekst in een verslag"),
    (
        "write `yes`, `no`, `unknown` or `not-done`; did you mean `{}`?",
        "schrijf `yes` (ja), `no` (nee), `unknown` (onbekend) of `not-done` (niet gedaan); bedoelde u `{}`?",
    ),
    (
        "write `yes`, `no`, `unknown` or `not-done`",
        "schrijf `yes` (ja), `no` (nee), `unknown` (onbekend) of `not-done` (niet gedaan)",
    ),
    ("expected one of {}; did you mean `{}`?", "verwacht: een van {}; bedoelde u `{}`?"),
    ("expected one of {}", "verwacht: een van {}"),
    (
        "expected a number in {}, a range, `unknown` or `not-done`",
        "verwacht: een getal in {}, een bereik, `unknown` (onbekend) of `not-done` (niet gedaan)",
    ),
    (
        "expected a number, a range, `unknown` or `not-done`",
        "verwacht: een getal, een bereik, `unknown` (onbekend) of `not-done` (niet gedaan)",
    ),
    ("`{}` is not a value of `{}`", "`{}` is geen waarde van `{}`"),
    (
        "`{}` needs another denominator and cannot stand in a list",
        "`{}` heeft een andere noemer nodig en kan niet in een lijst staan",
    ),
    (
        "write the count and the area as facts of their own",
        "schrijf het aantal en de oppervlakte als eigen gegevens",
    ),
    ("`{}` says about, without saying how far", "`{}` zegt ongeveer, zonder te zeggen hoe ver"),
    ("write a range, for example `3-5`", "schrijf een bereik, bijvoorbeeld `3-5`"),
    ("`{}` is not a whole number, and `{}` is a count", "`{}` is geen geheel getal, en `{}` is een aantal"),
    ("write a whole number or a range", "schrijf een geheel getal of een bereik"),
    ("the range `{}` ends before it begins", "het bereik `{}` eindigt voordat het begint"),
    ("write the smaller number first", "schrijf het kleinste getal eerst"),
    ("`{}` cannot be a value of `{}`", "`{}` kan geen waarde van `{}` zijn"),
    ("it lies between {} and {}", "de waarde ligt tussen {} en {}"),
    ("`{}` is not a unit we know", "`{}` is geen eenheid die we kennen"),
    ("`{}` is written in {}; did you mean `{}`?", "`{}` wordt geschreven in {}; bedoelde u `{}`?"),
    ("`{}` is written in {}", "`{}` wordt geschreven in {}"),
    ("`{}` does not measure `{}`", "`{}` is geen eenheid van `{}`"),
    ("write it in {}", "schrijf het in {}"),
    ("`{}` has two units", "`{}` heeft twee eenheden"),
    ("write both ends in one unit", "schrijf beide grenzen in één eenheid"),
    ("`{}` can mean {} or {}", "`{}` kan {} of {} betekenen"),
    ("write it with a point, or without a separator", "schrijf het met een punt, of zonder scheidingsteken"),
    (
        "`{}` has more digits than can be kept exactly",
        "`{}` heeft meer cijfers dan exact bewaard kunnen worden",
    ),
    ("write at most 28 digits", "schrijf hoogstens 28 cijfers"),
    ("`{}` is not a number", "`{}` is geen getal"),
    (
        "write the day as `2026-03-10`; `2026-03` and `2026` mean some day in them",
        "schrijf de dag als `2026-03-10`; `2026-03` en `2026` betekenen een dag daarin",
    ),
    ("write the day as `2026-03-10`", "schrijf de dag als `2026-03-10`"),
    ("`{}` is not a date of `{}`", "`{}` is geen datum van `{}`"),
    ("`{}` is not a day", "`{}` is geen dag"),
    (
        "`{}` can mean a part of a whole, or two possible numbers",
        "`{}` kan een deel van een geheel betekenen, of twee mogelijke getallen",
    ),
    ("write `{}`, or `{}`", "schrijf `{}`, of `{}`"),
    ("`{}` is more than there were: {}", "`{}` is meer dan er waren: {}"),
    (
        "write the part first, then the whole, for example `3/18`",
        "schrijf eerst het deel, dan het geheel, bijvoorbeeld `3/18`",
    ),
    (
        "the vocabulary reads `{}` into `{}`, which does not exist",
        "de woordenlijst leest `{}` als `{}`, en dat bestaat niet",
    ),
    ("mend the vocabulary", "herstel de woordenlijst"),
];

/// A sentence of the kernel in Dutch, or as it is when it is not known here.
pub fn in_dutch(sentence: &str) -> String {
    SENTENCES
        .iter()
        .find_map(|(english, dutch)| parts(english, sentence).map(|parts| fill(dutch, &parts)))
        .unwrap_or_else(|| sentence.to_string())
}

/// The texts at the holes of a pattern, when the sentence has its shape.
fn parts<'s>(pattern: &str, sentence: &'s str) -> Option<Vec<&'s str>> {
    let mut fixed = pattern.split("{}");
    let mut rest = sentence.strip_prefix(fixed.next()?)?;
    let mut found = Vec::new();
    let fixed: Vec<&str> = fixed.collect();
    for (i, words) in fixed.iter().enumerate() {
        let last = i + 1 == fixed.len();
        let at = if last && words.is_empty() {
            rest.len()
        } else if last {
            // The tail must close the sentence, whatever the hole before it holds.
            rest.len().checked_sub(words.len()).filter(|at| rest.get(*at..) == Some(words))?
        } else {
            rest.find(words)?
        };
        found.push(rest.get(..at)?);
        rest = rest.get(at + words.len()..)?;
    }
    rest.is_empty().then_some(found)
}

fn fill(pattern: &str, parts: &[&str]) -> String {
    let mut parts = parts.iter();
    let mut filled = String::new();
    for (i, words) in pattern.split("{}").enumerate() {
        if i > 0 {
            filled.push_str(parts.next().copied().unwrap_or_default());
        }
        filled.push_str(words);
    }
    // Words that join units in the kernel's lists.
    filled.replace("` or `", "` of `").replace("`no unit`", "`geen eenheid`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_matched_up() {
        assert_eq!(SENTENCES.iter().find(|(e, d)| e.matches("{}").count() != d.matches("{}").count()), None);
        assert_eq!(
            in_dutch("`G9` is not a value of `tumour.grade`"),
            "`G9` is geen waarde van `tumour.grade`"
        );
        assert_eq!(
            in_dutch("expected one of `a`, `b`; did you mean `a`?"),
            "verwacht: een van `a`, `b`; bedoelde u `a`?"
        );
        assert_eq!(in_dutch("something else"), "something else");
    }
}
