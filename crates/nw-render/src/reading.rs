//! What a guideline says, in the words of its readers: labels instead of ids, ranges instead of cells.

use nw_facts::{Bound, ConclusionDef, Decimal, FactDef, FactIdx, Interval, Language, Text};
use nw_guideline::{
    Arithmetic, Cell, Cells, CompiledGuideline, Epistemic, HitPolicy, Logic, Mark, Output, Pick, Row, Series,
    Subject, Table,
};

/// One of two sentences, by language.
pub fn pick(language: Language, en: &str, nl: &str) -> String {
    match language {
        Language::En => en.to_string(),
        Language::Nl => nl.to_string(),
    }
}

/// The first letter as a capital; words such as `pH` keep their own case.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !text.chars().nth(1).is_some_and(char::is_uppercase) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.to_string(),
    }
}

/// Units as they are printed rather than typed.
pub fn pretty(text: &str) -> String {
    const PRINTED: [(&str, &str); 7] = [
        ("/2mm2", "/2\u{a0}mm²"),
        ("/10mm2", "/10\u{a0}mm²"),
        ("mm2", "mm²"),
        ("cm2", "cm²"),
        ("umol", "µmol"),
        ("ug/", "µg/"),
        ("xULN", "× ULN"),
    ];
    PRINTED.iter().fold(text.to_string(), |text, (typed, printed)| text.replace(typed, printed))
}

/// `a, b or c`; texts with commas of their own get a stronger mark between them.
pub fn any_of(texts: &[String], language: Language) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => {
            let between = if texts.iter().any(|t| t.contains(',')) { "; " } else { ", " };
            format!("{} {} {last}", most.join(between), pick(language, "or", "of"))
        }
    }
}

/// The name of a fact or conclusion.
pub fn subject(guideline: &CompiledGuideline, subject: Subject, language: Language) -> String {
    capital(match subject {
        Subject::Fact(fact) => guideline.vocabulary.fact(fact).label.get(language),
        Subject::Conclusion(idx) => guideline.vocabulary.conclusion(idx).label.get(language),
    })
}

/// The id of a fact or conclusion.
pub fn subject_id(guideline: &CompiledGuideline, subject: Subject) -> &str {
    match subject {
        Subject::Fact(fact) => &guideline.vocabulary.fact(fact).id,
        Subject::Conclusion(idx) => &guideline.vocabulary.conclusion(idx).id,
    }
}

/// Ids such as `G2`, `T1a`, `IIIB` and numbers are how clinicians speak; `nec-small-cell` and `7-to-10` are not.
pub fn is_code(id: &str) -> bool {
    let number = id.chars().all(|c| c.is_ascii_digit() || c == '.');
    id.len() <= 7 && (number || id.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// A value of a conclusion: `G2`, `neuroendocrine tumour (NET)`; past the last value: that it does not apply.
pub fn value(def: &ConclusionDef, value: usize, language: Language) -> String {
    match def.values.get(value) {
        None => pick(language, "does not apply", "niet van toepassing"),
        Some(choice) if is_code(&choice.id) => choice.id.clone(),
        Some(choice) => choice.label.get(language).to_string(),
    }
}

/// What a row says: the value, or that the conclusion does not apply.
pub fn output(guideline: &CompiledGuideline, table: &Table, row: &Row, language: Language) -> String {
    let def = guideline.vocabulary.conclusion(table.conclusion);
    match row.output {
        Output::Value(at) => value(def, at, language),
        Output::NotApplicable => value(def, def.values.len(), language),
    }
}

/// How the rows of a table work together.
pub fn policy(policy: HitPolicy, language: Language) -> String {
    match policy {
        HitPolicy::Unique => pick(
            language,
            "exactly one row holds for every patient it is about",
            "voor elke patiënt waarover de tabel gaat geldt precies één rij",
        ),
        HitPolicy::First => {
            pick(language, "the first row that holds decides", "de eerste rij die geldt, beslist")
        }
        HitPolicy::Collect => pick(
            language,
            "every row that holds adds its answer",
            "elke rij die geldt, voegt haar antwoord toe",
        ),
    }
}

/// How well a row is supported.
pub fn mark(mark: Mark, language: Language) -> String {
    match mark {
        Mark::Verified => pick(language, "seen in the source", "gezien in de bron"),
        Mark::GeneralKnowledge => pick(
            language,
            "general knowledge, to be confirmed in the source",
            "algemene kennis, nog na te gaan in de bron",
        ),
        Mark::DesignRule => {
            pick(language, "a rule of design, not a clinical fact", "een ontwerpregel, geen klinisch feit")
        }
    }
}

/// What a cell asks: `3–20 %`, `stomach or duodenum`; nothing for a cell that holds for everything.
pub fn cells(guideline: &CompiledGuideline, cells: &Cells, language: Language) -> Option<String> {
    if cells.any {
        return None;
    }
    let other = |listed: &[String], left: &[String]| {
        // Many values are easier to read by what they leave out.
        if listed.len() > 6 && left.len() <= 4 && !left.is_empty() {
            let left = any_of(left, language);
            return pick(language, &format!("other than {left}"), &format!("anders dan {left}"));
        }
        any_of(listed, language)
    };
    let text = match cells.subject {
        Subject::Conclusion(idx) => {
            let def = guideline.vocabulary.conclusion(idx);
            let (inside, outside): (Vec<usize>, Vec<usize>) =
                (0..=def.values.len()).partition(|v| cells.mask >> v & 1 == 1);
            let names =
                |list: Vec<usize>| list.into_iter().map(|v| value(def, v, language)).collect::<Vec<_>>();
            other(&names(inside), &names(outside))
        }
        Subject::Fact(fact) => {
            let def = guideline.vocabulary.fact(fact);
            let var = guideline.space.var(fact)?;
            let domain = &guideline.space.domain(var).cells;
            let mut ranges: Vec<Interval> = Vec::new();
            let (mut inside, mut outside) = (Vec::new(), Vec::new());
            for (at, cell) in domain.iter().enumerate() {
                let holds = cells.mask >> at & 1 == 1;
                match cell {
                    Cell::Numbers(range) if holds => join(&mut ranges, *range, def.is_whole()),
                    Cell::Numbers(_) => {}
                    Cell::Choice(choice) => {
                        let list = if holds { &mut inside } else { &mut outside };
                        list.push(def.choices[*choice].label.get(language).to_string());
                    }
                    Cell::NotDone if holds => inside.push(pick(language, "not done", "niet gedaan")),
                    Cell::NotDone => {}
                }
            }
            let mut listed: Vec<String> = ranges.iter().map(|r| range(def, r, language)).collect();
            listed.extend(inside);
            pretty(&other(&listed, &outside))
        }
    };
    Some(text)
}

fn join(ranges: &mut Vec<Interval>, next: Interval, whole: bool) {
    if let (Some(last), Some(low)) = (ranges.last_mut(), next.low)
        && let Some(high) = last.high
        && (high.at == low.at || whole && high.at + Decimal::ONE == low.at)
    {
        last.high = next.high;
        return;
    }
    ranges.push(next);
}

/// A range with its unit: `4 %`, `3–20 %`, `> 10 and ≤ 20 mm`, `< 3 %`.
pub fn range(def: &FactDef, range: &Interval, language: Language) -> String {
    let comma = language == Language::Nl;
    let unit = def.unit.as_deref().map(|u| format!("\u{a0}{u}")).unwrap_or_default();
    let number = |b: Bound| def.written(b.at.round_dp(4), comma);
    if let Some(single) = range.single() {
        return format!("{}{unit}", def.written(single.round_dp(4), comma));
    }
    // The ends of what can exist say nothing.
    let low = range.low.filter(|b| b.at != def.min);
    let high = range.high.filter(|b| b.at != def.max);
    let above = |b: Bound| if b.closed { "≥" } else { ">" };
    let below = |b: Bound| if b.closed { "≤" } else { "<" };
    match (low, high) {
        (Some(low), Some(high)) if low.closed && high.closed => {
            format!("{}–{}{unit}", number(low), number(high))
        }
        (Some(low), Some(high)) => format!(
            "{}\u{a0}{} {} {}\u{a0}{}{unit}",
            above(low),
            number(low),
            pick(language, "and", "en"),
            below(high),
            number(high)
        ),
        (Some(low), None) => format!("{}\u{a0}{}{unit}", above(low), number(low)),
        (None, Some(high)) => format!("{}\u{a0}{}{unit}", below(high), number(high)),
        (None, None) => pick(language, "any number", "elk getal"),
    }
}

/// A test with its subject: `Ki-67 index: < 3 %`.
pub fn test(guideline: &CompiledGuideline, test: &Cells, language: Language) -> String {
    let asked = cells(guideline, test, language).unwrap_or_else(|| pick(language, "anything", "alles"));
    format!("{}: {asked}", subject(guideline, test.subject, language))
}

/// A condition; nothing when it holds for everybody.
pub fn logic(guideline: &CompiledGuideline, condition: &Logic, language: Language) -> Option<String> {
    match condition {
        Logic::And(all) if all.is_empty() => None,
        _ => Some(clause(guideline, condition, language, true)),
    }
}

fn clause(guideline: &CompiledGuideline, condition: &Logic, language: Language, top: bool) -> String {
    let list = |all: &[Logic], word: &str| {
        let parts: Vec<String> =
            all.iter().map(|l| clause(guideline, l, language, all.len() == 1 && top)).collect();
        let joined = parts.join(word);
        if top || parts.len() == 1 { joined } else { format!("({joined})") }
    };
    match condition {
        Logic::And(all) => list(all, &pick(language, "; and ", "; en ")),
        Logic::Or(all) => list(all, &pick(language, "; or ", "; of ")),
        Logic::Not(inner) => {
            format!("{} ({})", pick(language, "not", "niet"), clause(guideline, inner, language, true))
        }
        Logic::Is(cells) => test(guideline, cells, language),
    }
}

/// A condition on what is known.
pub fn epistemic(guideline: &CompiledGuideline, condition: &Epistemic, language: Language) -> String {
    let list = |all: &[Epistemic], word: &str| {
        let parts: Vec<String> = all.iter().map(|e| epistemic(guideline, e, language)).collect();
        parts.join(word)
    };
    let said = |of: Subject, en: &str, nl: &str| {
        format!("{}: {}", subject(guideline, of, language), pick(language, en, nl))
    };
    match condition {
        Epistemic::And(all) => list(all, &pick(language, "; and ", "; en ")),
        Epistemic::Or(all) => format!("({})", list(all, &pick(language, "; or ", "; of "))),
        Epistemic::Not(inner) => {
            format!("{} ({})", pick(language, "not", "niet"), epistemic(guideline, inner, language))
        }
        Epistemic::Missing(of) => said(*of, "not recorded", "niet vastgelegd"),
        Epistemic::Known(of) => said(*of, "known", "bekend"),
        Epistemic::NotDone(fact) => said(Subject::Fact(*fact), "not done", "niet gedaan"),
        Epistemic::Certain(condition, _) => clause(guideline, condition, language, false),
    }
}

/// A formula with the names of its facts.
pub fn arithmetic(guideline: &CompiledGuideline, formula: &Arithmetic, language: Language) -> String {
    let name = |fact: FactIdx| guideline.vocabulary.fact(fact).label.get(language).to_string();
    let inner = |part: &Arithmetic| match part {
        Arithmetic::Binary(..) => format!("({})", arithmetic(guideline, part, language)),
        _ => arithmetic(guideline, part, language),
    };
    let call = |name: &str, parts: &[&Arithmetic]| {
        let parts: Vec<String> = parts.iter().map(|p| arithmetic(guideline, p, language)).collect();
        format!("{name}({})", parts.join("; "))
    };
    match formula {
        Arithmetic::Constant(number) => nw_facts::plain(*number, language == Language::Nl),
        Arithmetic::Pi => "π".to_string(),
        Arithmetic::Fact(fact) => name(*fact),
        Arithmetic::Binary(operator, a, b) => {
            let sign = match operator {
                '*' => '×',
                '/' => '÷',
                '-' => '−',
                other => *other,
            };
            format!("{} {sign} {}", inner(a), inner(b))
        }
        Arithmetic::Square(a) => format!("{}²", inner(a)),
        Arithmetic::AsOf => pick(language, "day of the assessment", "dag van de beoordeling"),
        Arithmetic::Months(a, b) => call(&pick(language, "months between", "maanden tussen"), &[a, b]),
        Arithmetic::Power(a, b) => format!("{}^{}", inner(a), inner(b)),
        Arithmetic::Ln(a) => call("ln", &[a]),
        Arithmetic::Exp(a) => call("exp", &[a]),
        Arithmetic::Floor(a) => call(&pick(language, "whole part of", "geheel deel van"), &[a]),
        Arithmetic::Least(a, b) => call(&pick(language, "the smaller of", "de kleinste van"), &[a, b]),
        Arithmetic::Greatest(a, b) => call(&pick(language, "the greater of", "de grootste van"), &[a, b]),
        Arithmetic::Series(series) => picked(guideline, series, language),
    }
}

fn picked(guideline: &CompiledGuideline, series: &Series, language: Language) -> String {
    let which = match series.pick {
        Pick::Latest => pick(language, "latest", "laatste"),
        Pick::Previous => pick(language, "previous", "voorlaatste"),
        Pick::First => pick(language, "first", "eerste"),
        Pick::Lowest => pick(language, "lowest", "laagste"),
        Pick::Highest => pick(language, "highest", "hoogste"),
    };
    let mut text = format!("{which} {}", guideline.vocabulary.fact(series.fact).label.get(language));
    for (bound, en, nl) in [
        (&series.since, ["since", "after"], ["sinds", "na"]),
        (&series.until, ["until", "before"], ["tot en met", "vóór"]),
    ] {
        if let Some((day, strict)) = bound {
            let word = pick(language, en[usize::from(*strict)], nl[usize::from(*strict)]);
            text.push_str(&format!(" {word} {}", arithmetic(guideline, day, language)));
        }
    }
    if series.day { pick(language, &format!("day of ({text})"), &format!("dag van ({text})")) } else { text }
}

/// A case's given value: the label of a choice, everything else as it was written.
pub fn given(def: &FactDef, written: &str, language: Language) -> String {
    match written {
        "unknown" => pick(language, "unknown", "onbekend"),
        "not-done" => pick(language, "not done", "niet gedaan"),
        _ if def.is_numeric() => pretty(written),
        _ => def
            .choice(written)
            .map_or_else(|| written.to_string(), |at| def.choices[at].label.get(language).to_string()),
    }
}

/// A day as people write it: `10 March 2026`.
pub fn day(written: &str, language: Language) -> String {
    const MONTHS: [(&str, &str); 12] = [
        ("January", "januari"),
        ("February", "februari"),
        ("March", "maart"),
        ("April", "april"),
        ("May", "mei"),
        ("June", "juni"),
        ("July", "juli"),
        ("August", "augustus"),
        ("September", "september"),
        ("October", "oktober"),
        ("November", "november"),
        ("December", "december"),
    ];
    let parts: Vec<&str> = written.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return written.to_string() };
    let month = month.parse::<usize>().ok().and_then(|m| MONTHS.get(m.wrapping_sub(1)));
    match (month, day.parse::<u8>()) {
        (Some((en, nl)), Ok(day)) => format!("{day}\u{a0}{}\u{a0}{year}", pick(language, en, nl)),
        _ => written.to_string(),
    }
}

/// The same text in both languages, by a function of the language.
pub fn both(say: impl Fn(Language) -> String) -> Text {
    Text::new(say(Language::En), say(Language::Nl))
}
