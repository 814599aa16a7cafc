//! Why a written value is refused, in the words of the form: labels instead of ids, in the language of the page.

use nw_facts::{FactDef, Fault, Language, Vocabulary, nearest};

use crate::reason::{capital, shown};
use crate::words::{Word, say};

/// How many values a refusal lists; a form that has more shows them itself.
const LISTED: usize = 8;

fn pick<T>(language: Language, en: T, nl: T) -> T {
    match language {
        Language::En => en,
        Language::Nl => nl,
    }
}

/// What is wrong with a value of a fact, and what to write.
pub(crate) fn refused(def: &FactDef, written: &str, fault: &Fault, language: Language) -> String {
    let written = written.trim();
    let label = capital(def.label.get(language));
    let not_a_value = pick(
        language,
        format!("“{written}” is not a value of {label}"),
        format!("“{written}” is geen waarde van {label}"),
    );
    let unit = def.unit.as_deref().unwrap_or_default();
    let (unknown, not_done) = (say(language, Word::Unknown), say(language, Word::NotDone));
    let ways = match (unit.is_empty(), language) {
        (true, Language::En) => format!("write a number, a range (3-5), “{unknown}” or “{not_done}”"),
        (true, Language::Nl) => format!("schrijf een getal, een bereik (3-5), “{unknown}” of “{not_done}”"),
        (false, Language::En) => {
            format!("write a number in {unit}, a range (3-5), “{unknown}” or “{not_done}”")
        }
        (false, Language::Nl) => {
            format!("schrijf een getal in {unit}, een bereik (3-5), “{unknown}” of “{not_done}”")
        }
    };
    let told = |en: &str, nl: &str| pick(language, en, nl).to_string();
    let (wrong, help) = match fault.code {
        "value-too-long" => (
            pick(
                language,
                format!("the value of {label} is too long"),
                format!("de waarde van {label} is te lang"),
            ),
            told(
                "write one value; put free text in a report",
                "schrijf één waarde; vrije tekst hoort in een verslag",
            ),
        ),
        "ambiguous-number" => (
            pick(
                language,
                format!("“{written}” can be read in two ways"),
                format!("“{written}” kan twee dingen betekenen"),
            ),
            told(
                "write the number without thousands separator, a part of a whole as 3/18",
                "schrijf het getal zonder punt tussen duizendtallen, een deel van een geheel als 3/18",
            ),
        ),
        "unknown-value" => (not_a_value, choices(def, written, language)),
        "bad-number" => (not_a_value, ways),
        "bad-date" => (
            not_a_value,
            told(
                "write the day as 2026-03-31; 2026-03 and 2026 mean some day in them",
                "schrijf de dag als 2026-03-31; 2026-03 en 2026 betekenen een dag daarin",
            ),
        ),
        "wrong-unit" | "unknown-unit" => {
            let others = def.units.iter().map(|(u, _)| u.as_str());
            let units: Vec<&str> = std::iter::once(unit).filter(|u| !u.is_empty()).chain(others).collect();
            let or = format!(" {} ", say(language, Word::Or));
            let help = match units.is_empty() {
                true => told("write a number without a unit", "schrijf een getal zonder eenheid"),
                false => format!("{} {}", pick(language, "write it in", "schrijf het in"), units.join(&or)),
            };
            let wrong = pick(
                language,
                format!("“{written}” has a unit in which {label} is not measured"),
                format!("“{written}” heeft een eenheid waarin {label} niet wordt gemeten"),
            );
            (wrong, help)
        }
        "impossible-number" => {
            let bound = |at| shown(def, &format!("{} {unit}", def.written(at, false)), language);
            let (low, high) = (bound(def.min), bound(def.max));
            let help = pick(
                language,
                format!("it lies between {low} and {high}"),
                format!("die ligt tussen {low} en {high}"),
            );
            (not_a_value, help)
        }
        "empty-range" => (
            pick(
                language,
                format!("the range “{written}” ends before it begins"),
                format!("het bereik “{written}” eindigt voor het begint"),
            ),
            told("write the smaller number first", "schrijf het kleinste getal eerst"),
        ),
        "not-whole" => (
            not_a_value,
            told(
                "it is a count: write a whole number or a range",
                "het is een aantal: schrijf een heel getal of een bereik",
            ),
        ),
        "mixed-units" => (
            pick(language, format!("“{written}” has two units"), format!("“{written}” heeft twee eenheden")),
            told("write both ends in one unit", "schrijf beide grenzen in één eenheid"),
        ),
        "part-of-less" => (
            pick(
                language,
                format!("in “{written}” the part is more than the whole"),
                format!("in “{written}” is het deel meer dan het geheel"),
            ),
            told(
                "write the part first, then the whole, as 3/18",
                "schrijf eerst het deel, dan het geheel, als 3/18",
            ),
        ),
        "about-what" => (
            pick(
                language,
                format!("“{written}” does not say how far it reaches"),
                format!("“{written}” zegt niet hoe ver het reikt"),
            ),
            told("write a range, as 3-5", "schrijf een bereik, als 3-5"),
        ),
        // What else there may be is rare, and told as the case files tell it.
        _ => (not_a_value, ways),
    };
    let end = if help.ends_with('?') { "" } else { "." };
    format!("{}: {help}{end}", capital(&wrong))
}

/// Which values there are, or the nearest of them.
fn choices(def: &FactDef, written: &str, language: Language) -> String {
    let labels: Vec<&str> = def.choices.iter().map(|c| c.label.get(language)).collect();
    let words = def.choices.iter().flat_map(|c| {
        [c.id.as_str(), c.label.get(language)].into_iter().chain(c.aliases.iter().map(String::as_str))
    });
    let near = nearest(written, words).and_then(|near| def.choice(near));
    if let Some(at) = near {
        let label = def.choices[at].label.get(language);
        return pick(language, format!("did you mean “{label}”?"), format!("bedoelde u “{label}”?"));
    }
    let more = if labels.len() > LISTED { ", …" } else { "" };
    let listed: Vec<String> = labels.iter().take(LISTED).map(|l| format!("“{l}”")).collect();
    format!("{} {}{more}", pick(language, "choose from", "kies uit"), listed.join(", "))
}

/// Names to choose any fact by: as the pages have them, and the id where two have the same name.
pub(crate) fn names(vocabulary: &Vocabulary, language: Language) -> Vec<String> {
    let labels: Vec<String> = vocabulary.facts().iter().map(|f| capital(f.label.get(language))).collect();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for label in &labels {
        *seen.entry(label.to_lowercase()).or_default() += 1;
    }
    let one = |(label, fact): (&String, &FactDef)| match seen.get(&label.to_lowercase()) {
        Some(1) => label.clone(),
        _ => fact.id.clone(),
    };
    let mut names: Vec<String> = labels.iter().zip(vocabulary.facts()).map(one).collect();
    names.sort_by_key(|name| name.to_lowercase());
    names
}

/// The fact that somebody means who writes an id, or the name that stands on the pages; else what to write.
///
/// # Errors
/// Nothing has this name.
pub(crate) fn fact_named(
    vocabulary: &Vocabulary,
    written: &str,
    language: Language,
) -> Result<nw_facts::FactIdx, String> {
    let written = written.trim();
    if let Some(idx) = vocabulary.find_fact(written) {
        return Ok(idx);
    }
    let meant = written.to_lowercase();
    let mut same = vocabulary
        .facts()
        .iter()
        .filter(|f| [Language::En, Language::Nl].iter().any(|l| f.label.get(*l).to_lowercase() == meant));
    if let (Some(only), None) = (same.next(), same.next()) {
        return vocabulary.find_fact(&only.id).ok_or_else(String::new);
    }
    let names = vocabulary.facts().iter().flat_map(|f| [f.label.get(language), f.id.as_str()]);
    let near = nearest(written, names).map(|near| {
        let label = vocabulary.find_fact(near).map(|idx| vocabulary.fact(idx).label.get(language));
        capital(label.unwrap_or(near))
    });
    let none =
        pick(language, format!("No fact is called “{written}”"), format!("Geen feit heet “{written}”"));
    Err(match near {
        Some(near) => {
            pick(language, format!("{none}: did you mean “{near}”?"), format!("{none}: bedoelde u “{near}”?"))
        }
        None => pick(
            language,
            format!("{none}: type a part of its name and choose from the list."),
            format!("{none}: typ een deel van de naam en kies uit de lijst."),
        ),
    })
}
