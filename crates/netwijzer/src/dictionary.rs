//! `facts`: the data dictionary, for people and for whoever builds an adapter without reading code.

use nw_facts::{Choice, ConclusionDef, FactDef, Kind, Language, Text, Vocabulary, plain};
use nw_guideline::{CompiledGuideline, HitPolicy};
use serde_json::{Value, json};

use crate::args::Format;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, Piece, ink};
use crate::session::Session;
use crate::text::capital;
use crate::words::{Word, fill, holder, say};

pub(crate) fn run(session: &mut Session, filter: Option<&str>, verbose: bool) -> Result<Exit, Failure> {
    let (_, guideline) = session.open()?;
    let vocabulary = &guideline.vocabulary;
    let wanted = filter.map(str::to_lowercase);
    let mut facts: Vec<&FactDef> =
        vocabulary.facts().iter().filter(|f| matches(&wanted, &fact_words(f))).collect();
    let mut conclusions: Vec<&ConclusionDef> =
        vocabulary.conclusions().iter().filter(|c| matches(&wanted, &conclusion_words(c))).collect();
    if facts.is_empty() && conclusions.is_empty() {
        // A word that names nothing may be a value of something.
        let has = |choices: &[Choice]| choices.iter().any(|c| matches(&wanted, &choice_words(c)));
        facts = vocabulary.facts().iter().filter(|f| has(&f.choices)).collect();
        conclusions = vocabulary.conclusions().iter().filter(|c| has(&c.values)).collect();
    }
    if facts.is_empty() && conclusions.is_empty() {
        let text = filter.unwrap_or_default();
        let near = nw_facts::nearest(text, vocabulary.fact_ids())
            .map_or_else(String::new, |n| fill(session.language, Word::DidYouMean, &[n]));
        return Err(Failure::usage(Word::NothingFound, &[text, &near]));
    }
    match session.format {
        Format::Json => {
            for fact in facts {
                session.out.line(&fact_json(fact).to_string())?;
            }
            for conclusion in conclusions {
                session.out.line(&conclusion_json(&guideline, conclusion).to_string())?;
            }
        }
        Format::Text => {
            // A narrow choice is worth all its details.
            let verbose = verbose || facts.len() + conclusions.len() <= 3;
            let mut paper = Paper::new();
            write(&mut paper, vocabulary, &facts, &conclusions, session.language, verbose);
            let text = paper.take();
            session.out.text(&text)?;
        }
    }
    session.out.flush()?;
    Ok(Exit::Done)
}

/// Every fact and every conclusion as a line of JSON.
pub(crate) fn lines(guideline: &CompiledGuideline) -> Vec<String> {
    let facts = guideline.vocabulary.facts().iter().map(|f| fact_json(f).to_string());
    let conclusions = guideline.vocabulary.conclusions().iter();
    facts.chain(conclusions.map(|c| conclusion_json(guideline, c).to_string())).collect()
}

fn matches(wanted: &Option<String>, words: &[&str]) -> bool {
    wanted.as_ref().is_none_or(|w| words.iter().any(|word| word.to_lowercase().contains(w)))
}

fn fact_words(fact: &FactDef) -> Vec<&str> {
    let mut words = vec![fact.id.as_str(), &fact.label.en, &fact.label.nl];
    words.extend(fact.aliases.iter().chain(&fact.codes).map(String::as_str));
    words
}

fn choice_words(choice: &Choice) -> Vec<&str> {
    let mut words = vec![choice.id.as_str(), &choice.label.en, &choice.label.nl];
    words.extend(choice.aliases.iter().map(String::as_str));
    words
}

fn conclusion_words(conclusion: &ConclusionDef) -> Vec<&str> {
    vec![&conclusion.id, &conclusion.label.en, &conclusion.label.nl]
}

fn write(
    paper: &mut Paper,
    vocabulary: &Vocabulary,
    facts: &[&FactDef],
    conclusions: &[&ConclusionDef],
    language: Language,
    verbose: bool,
) {
    if !facts.is_empty() {
        paper.heading(&fill(
            language,
            Word::HeadFacts,
            &[&facts.len().to_string(), &vocabulary.facts().len().to_string()],
        ));
    }
    for fact in facts {
        let details = ink(Ink::Faint, format!("  {}", kind_text(fact, language)));
        paper.line(
            2,
            4,
            &[
                ink(Ink::Strong, fact.id.clone()),
                ink(Ink::Plain, format!("  {}", capital(fact.label.get(language)))),
                details,
            ],
        );
        if verbose {
            fact_details(paper, fact, language);
        } else if !fact.choices.is_empty() && fact.kind == Kind::Choice {
            let ids: Vec<&str> = fact.choices.iter().map(|c| c.id.as_str()).collect();
            paper.line(6, 6, &[ink(Ink::Faint, ids.join(" · "))]);
        }
    }
    if !conclusions.is_empty() {
        let all = vocabulary.conclusions().len().to_string();
        paper.heading(&fill(language, Word::HeadConclusions, &[&conclusions.len().to_string(), &all]));
    }
    for conclusion in conclusions {
        let mut pieces = vec![
            ink(Ink::Strong, conclusion.id.clone()),
            ink(Ink::Plain, format!("  {}", capital(conclusion.label.get(language)))),
        ];
        if conclusion.hidden {
            pieces.push(ink(Ink::Faint, format!("  ({})", say(language, Word::StepOnTheWay))));
        }
        paper.line(2, 4, &pieces);
        if verbose {
            conclusion.values.iter().for_each(|v| value(paper, v, language));
        } else {
            let ids: Vec<&str> = conclusion.values.iter().map(|c| c.id.as_str()).collect();
            paper.line(6, 6, &[ink(Ink::Faint, ids.join(" · "))]);
        }
    }
}

/// Kind, unit and range of a fact in a few words.
fn kind_text(fact: &FactDef, language: Language) -> String {
    let comma = language == Language::Nl;
    let range = format!("{}–{}", plain(fact.min, comma), plain(fact.max, comma));
    let unit = fact.unit.as_deref().unwrap_or_default();
    let kind = match fact.kind {
        Kind::Quantity => format!("{range} {unit}").trim_end().to_string(),
        Kind::Count => format!("{} {range}", say(language, Word::KindCount)),
        Kind::Date => say(language, Word::KindDate).to_string(),
        Kind::Choice => say(language, Word::KindChoice).to_string(),
        Kind::YesNo => say(language, Word::KindYesNo).to_string(),
    };
    format!("{kind} · {}", holder(fact.holder, language))
}

fn fact_details(paper: &mut Paper, fact: &FactDef, language: Language) {
    let mut line = |pieces: &[Piece]| paper.line(6, 8, pieces);
    line(&[ink(Ink::Ask, fact.question.get(language))]);
    if !fact.units.is_empty() {
        let units: Vec<String> = fact
            .units
            .iter()
            .map(|(u, factor)| {
                format!(
                    "1 {u} = {} {}",
                    plain(*factor, language == Language::Nl),
                    fact.unit.as_deref().unwrap_or_default()
                )
            })
            .collect();
        line(&[ink(Ink::Plain, fill(language, Word::AlsoIn, &[&units.join(", ")]))]);
    }
    for reading in &fact.readings {
        let unit = if reading.unit.is_empty() { say(language, Word::BareNumber) } else { &reading.unit };
        let gives: Vec<String> = reading.gives.iter().map(|(id, what)| format!("{id} = {what}")).collect();
        line(&[ink(Ink::Plain, fill(language, Word::ReadInto, &[unit, &gives.join(", ")]))]);
    }
    if let Some(presumed) = &fact.presumed {
        line(&[ink(Ink::Plain, fill(language, Word::PresumedLine, &[presumed]))]);
    }
    if !fact.unless.is_empty() {
        let said: Vec<String> = fact.unless.iter().map(|(id, value)| format!("{id} = {value}")).collect();
        line(&[ink(Ink::Plain, fill(language, Word::UnlessLine, &[&said.join(", ")]))]);
    }
    if fact.not_done_is_state {
        line(&[ink(Ink::Plain, say(language, Word::NotDoneIsState))]);
    }
    if !fact.aliases.is_empty() {
        line(&[ink(Ink::Faint, fill(language, Word::AlsoCalled, &[&fact.aliases.join(", ")]))]);
    }
    if !fact.codes.is_empty() {
        line(&[ink(Ink::Faint, fact.codes.join(", "))]);
    }
    if fact.kind == Kind::Choice {
        fact.choices.iter().for_each(|c| value(paper, c, language));
    }
}

fn value(paper: &mut Paper, choice: &Choice, language: Language) {
    let mut pieces = vec![ink(Ink::Plain, capital(choice.label.get(language)))];
    if !choice.aliases.is_empty() {
        pieces.push(ink(Ink::Faint, format!("  {}", choice.aliases.join(", "))));
    }
    paper.row(6, &[ink(Ink::Strong, choice.id.clone())], 24, &pieces);
}

fn both(text: &Text) -> Value {
    json!({"en": text.en, "nl": text.nl})
}

/// Codes of other systems are written `system:code` among the spellings of a value.
fn is_code(word: &str) -> bool {
    word.split_once(':')
        .is_some_and(|(system, code)| !system.is_empty() && !code.is_empty() && !word.contains(' '))
}

fn value_json(choice: &Choice) -> Value {
    let (codes, aliases): (Vec<&String>, Vec<&String>) = choice.aliases.iter().partition(|a| is_code(a));
    let mut value =
        json!({"id": choice.id, "label": both(&choice.label), "aliases": aliases, "codes": codes});
    if !choice.covers.is_empty() {
        value["covers"] = json!(choice.covers);
    }
    value
}

fn fact_json(fact: &FactDef) -> Value {
    let kind = match fact.kind {
        Kind::Quantity => "quantity",
        Kind::Count => "count",
        Kind::Date => "date",
        Kind::Choice => "choice",
        Kind::YesNo => "yes-no",
    };
    let numeric = fact.is_numeric();
    let units: serde_json::Map<String, Value> =
        fact.units.iter().map(|(u, f)| (u.clone(), json!(plain(*f, false)))).collect();
    let readings: Vec<Value> = fact
        .readings
        .iter()
        .map(|r| {
            let gives: serde_json::Map<String, Value> =
                r.gives.iter().map(|(id, what)| (id.clone(), json!(what))).collect();
            json!({"unit": r.unit, "gives": gives})
        })
        .collect();
    json!({
        "kind": "fact",
        "id": fact.id,
        "type": kind,
        "unit": fact.unit,
        "units": units,
        "min": numeric.then(|| fact.written(fact.min, false)),
        "max": numeric.then(|| fact.written(fact.max, false)),
        "series": fact.series,
        "approximate": fact.approximate.map(|a| plain(a, false)),
        "values": fact.choices.iter().map(value_json).collect::<Vec<_>>(),
        "label": both(&fact.label),
        "question": both(&fact.question),
        "holder": fact.holder.id(),
        "aliases": fact.aliases,
        "codes": fact.codes,
        "readings": readings,
        "presumed": fact.presumed,
        "unless": fact.unless.iter().map(|(fact, value)| json!({"fact": fact, "value": value})).collect::<Vec<_>>(),
        "notDone": if fact.not_done_is_state { "state" } else { "latent" },
    })
}

fn conclusion_json(guideline: &CompiledGuideline, conclusion: &ConclusionDef) -> Value {
    let given =
        guideline.vocabulary.find_conclusion(&conclusion.id).and_then(|idx| guideline.conclusion(idx));
    let kind = match given.map(|c| c.policy) {
        Some(HitPolicy::Collect) => "collect",
        _ => "choice",
    };
    json!({
        "kind": "conclusion",
        "id": conclusion.id,
        "type": kind,
        "values": conclusion.values.iter().map(value_json).collect::<Vec<_>>(),
        "label": both(&conclusion.label),
        "outside": both(&conclusion.outside),
        "hidden": conclusion.hidden,
    })
}
