//! The vocabulary: facts and conclusions with everything that is said about them.

use std::collections::BTreeMap;

use nw_facts::{
    AnnotationDef, Choice, ConclusionDef, Decimal, FactDef, Group, Holder, Kind, Reading, Text, YES_NO,
    parse_number, said,
};
use toml::Spanned as At;

use super::{Reader, document, entries, only_keys, place};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};

/// Where the values of a conclusion are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// With the conclusion itself.
    Own,
    /// In the value set of this name.
    Set(String, Place),
    /// In the rows of its tables: every output names a value, and the row's sentence is its label.
    Rows,
}

/// Everything the vocabulary files say.
#[derive(Default)]
pub struct Words {
    /// Facts.
    pub facts: Vec<(FactDef, Place)>,
    /// Conclusions, once for every `each` value.
    pub conclusions: Vec<(ConclusionDef, Place, Values)>,
    /// Values that several conclusions share.
    pub sets: Vec<(String, Vec<Choice>, Place)>,
    /// What rows may be marked with.
    pub annotations: Vec<(AnnotationDef, Place)>,
    /// Headings.
    pub groups: Vec<(Group, Place)>,
}

/// Reads one vocabulary file.
pub fn vocabulary(file: &str, text: &str, words: &mut Words, diagnostics: &mut Vec<Diagnostic>) {
    let Some(root) = document(file, text, diagnostics) else { return };
    only_keys(file, root.get_ref(), &["fact", "conclusion", "value-set", "annotation", "group"], diagnostics);
    for entry in entries(root.get_ref(), "fact") {
        if let Some(fact) = fact(file, entry, diagnostics) {
            words.facts.push((fact, place(file, entry.span())));
        }
    }
    for entry in entries(root.get_ref(), "conclusion") {
        conclusion(file, entry, &mut words.conclusions, diagnostics);
    }
    for entry in entries(root.get_ref(), "value-set") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let (id, values) = (r.needed("id"), r.tables("value"));
        r.finish();
        let values = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
        words.sets.push((id, values, place(file, entry.span())));
    }
    for entry in entries(root.get_ref(), "group") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let group =
            Group { id: r.needed("id"), label: r.label(), holds: r.words("holds"), detail: r.flag("detail") };
        r.finish();
        words.groups.push((group, place(file, entry.span())));
    }
    for entry in entries(root.get_ref(), "annotation") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let (id, label, values) = (r.needed("id"), r.label(), r.tables("value"));
        r.finish();
        let values = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
        words.annotations.push((AnnotationDef { id, label, values }, place(file, entry.span())));
    }
}

fn fact<'a>(
    file: &'a str,
    entry: &'a At<toml::de::DeValue<'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FactDef> {
    let mut r = Reader::new(file, entry, diagnostics)?;
    let at = r.at.clone();
    let id = r.needed("id");
    let kind_text = r.needed("type");
    let kind = match kind_text.as_str() {
        "quantity" => Kind::Quantity,
        "count" => Kind::Count,
        "date" => Kind::Date,
        "choice" => Kind::Choice,
        "yes-no" => Kind::YesNo,
        // A missing type was reported as such.
        "" => Kind::YesNo,
        other => {
            let at = r.place_of("type");
            r.fault(
                &at,
                said!("`{other}` is not a type of fact", "`{other}` is geen soort feit"),
                said!(
                    "expected quantity, count, date, choice or yes-no",
                    "verwacht: quantity, count, date, choice of yes-no"
                ),
            );
            Kind::YesNo
        }
    };
    let label = r.label();
    let question = r.both("question");
    if question.en.is_empty() || question.nl.is_empty() {
        r.diagnostics.push(Diagnostic::new(
            DiagnosticCode::UntranslatedText,
            &at,
            said!("`{id}` has no question in both languages", "`{id}` heeft geen vraag in beide talen"),
            said!(
                "add `question = {{ en = \"…\", nl = \"…\" }}`",
                "voeg `question = {{ en = \"…\", nl = \"…\" }}` toe"
            ),
        ));
    }
    let holder_text = r.needed("holder");
    let holder = Holder::find(&holder_text).unwrap_or_else(|| {
        let ids: Vec<&str> = Holder::ALL.iter().map(|(_, id)| *id).collect();
        if !holder_text.is_empty() {
            let at = r.place_of("holder");
            r.fault(
                &at,
                said!(
                    "`{holder_text}` is not a holder",
                    "`{holder_text}` is niemand bij wie een feit bekend is"
                ),
                said!("expected one of {}", "verwacht: een van {}", ids.join(", ")),
            );
        }
        Holder::Clinic
    });
    let unit = Some(r.text("unit")).filter(|u| !u.is_empty());
    let numeric = matches!(kind, Kind::Quantity | Kind::Count);
    let (min, max) = if kind == Kind::Date {
        (r.day("min").or_else(|| first_day(false)), r.day("max").or_else(|| first_day(true)))
    } else {
        (r.number("min"), r.number("max"))
    };
    if numeric && (min.is_none() || max.is_none()) {
        r.diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadToml,
            &at,
            said!("`{id}` has no `min` and `max`", "`{id}` heeft geen `min` en `max`"),
            said!(
                "say which values can exist, both ends included",
                "zeg welke waarden kunnen bestaan, beide grenzen meegeteld"
            ),
        ));
    }
    let largest = r.flag("largest");
    let approximate = r.number("approximate");
    if approximate.is_some_and(|a| a < Decimal::ZERO || a > Decimal::ONE) {
        let at = r.place_of("approximate");
        r.fault(
            &at,
            said!("`approximate` is not a share", "`approximate` is geen deel van een geheel"),
            said!("write a number between 0 and 1", "schrijf een getal tussen 0 en 1"),
        );
    }
    let approximate = approximate.filter(|a| *a >= Decimal::ZERO && *a <= Decimal::ONE);
    let mut units = Vec::new();
    for (unit, factor) in r.pairs("units") {
        // A factor of nothing or of thirty digits is a slip, and would overflow where values are converted.
        let far = Decimal::from(1_000_000_000_000i64);
        match parse_number(&factor) {
            Ok(factor) if factor > Decimal::ZERO && factor <= far => units.push((unit, factor)),
            _ => {
                let at = r.place_of("units");
                r.fault(
                    &at,
                    said!(
                        "`{factor}` is not a factor for `{unit}`",
                        "`{factor}` is geen factor voor `{unit}`"
                    ),
                    said!(
                        "write how many base units one of it is, as a positive number",
                        "schrijf hoeveel basiseenheden er één van is, als positief getal"
                    ),
                );
            }
        }
    }
    let not_done = r.text("not-done");
    if !["", "latent", "state"].contains(&not_done.as_str()) {
        let at = r.place_of("not-done");
        r.fault(
            &at,
            said!(
                "`{not_done}` does not say what \"not done\" means",
                "`{not_done}` zegt niet wat ‘niet gedaan’ betekent"
            ),
            said!("expected latent or state", "verwacht: latent of state"),
        );
    }
    let series = r.flag("series");
    let presumed = Some(r.text("presumed")).filter(|p| !p.is_empty());
    let unless = unless(&mut r, presumed.is_some());
    let aliases = r.words("aliases");
    let codes = r.words("codes");
    let values = r.tables("value");
    let readings = r.tables("reading");
    r.finish();
    let mut choices: Vec<Choice> = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
    if kind == Kind::YesNo {
        let labels = [Text::new("no", "nee"), Text::new("yes", "ja")];
        choices = YES_NO
            .iter()
            .zip(labels)
            .map(|(id, label)| Choice { id: (*id).to_string(), label, ..Choice::default() })
            .collect();
    }
    if kind == Kind::Choice && choices.is_empty() {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadToml,
            &at,
            said!("`{id}` has no values", "`{id}` heeft geen waarden"),
            said!("add `[[fact.value]]` entries", "voeg `[[fact.value]]` toe"),
        ));
    }
    let readings = readings
        .into_iter()
        .filter_map(|v| {
            let mut r = Reader::new(file, v, diagnostics)?;
            let reading = Reading { unit: r.text("unit"), gives: r.pairs("gives"), part: r.flag("part") };
            r.finish();
            Some(reading)
        })
        .collect();
    let (min, max) = (min.unwrap_or_default(), max.unwrap_or(Decimal::ONE));
    Some(FactDef {
        id,
        kind,
        unit,
        units,
        min,
        max,
        approximate,
        largest,
        choices,
        label,
        question,
        holder,
        aliases,
        codes,
        not_done_is_state: not_done == "state",
        presumed,
        unless,
        readings,
        series,
    })
}

/// What keeps a fact from being presumed, each written as `fact = value`.
fn unless(r: &mut Reader<'_, '_>, presumed: bool) -> Vec<(String, String)> {
    let mut list = Vec::new();
    for said in r.words("unless") {
        let parts = said.split_once('=').map(|(fact, value)| (fact.trim(), value.trim()));
        match parts.filter(|(fact, value)| !fact.is_empty() && !value.is_empty()) {
            Some((fact, value)) => list.push((fact.to_string(), value.to_string())),
            None => {
                let at = r.place_of("unless");
                r.fault(
                    &at,
                    said!("`{said}` is not a fact with its value", "`{said}` is geen feit met zijn waarde"),
                    said!("write `fact = value`", "schrijf `feit = waarde`"),
                );
            }
        }
    }
    if !list.is_empty() && !presumed {
        let at = r.place_of("unless");
        r.fault(
            &at,
            said!("`unless` stands without `presumed`", "`unless` staat er zonder `presumed`"),
            said!(
                "say which value is presumed, or leave `unless` out",
                "zeg welke waarde wordt aangenomen, of laat `unless` weg"
            ),
        );
    }
    list
}

fn choice<'a>(
    file: &'a str,
    entry: &'a At<toml::de::DeValue<'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Choice> {
    let mut r = Reader::new(file, entry, diagnostics)?;
    let choice = Choice {
        id: r.needed("id"),
        label: r.label(),
        aliases: r.words("aliases"),
        covers: r.words("covers"),
        months: r.number("months").and_then(|m| u16::try_from(m).ok()),
        brief: r.flag("brief"),
    };
    // Codes of a value are spellings of it.
    let mut choice = choice;
    choice.aliases.extend(r.words("codes"));
    r.finish();
    Some(choice)
}

fn conclusion<'a>(
    file: &'a str,
    entry: &'a At<toml::de::DeValue<'a>>,
    conclusions: &mut Vec<(ConclusionDef, Place, Values)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(mut r) = Reader::new(file, entry, diagnostics) else { return };
    let at = r.at.clone();
    let id = r.needed("id");
    let label = r.label();
    let outside = r.both("outside");
    let hidden = r.flag("hidden");
    let kind = r.text("type");
    let each = r.value("each").and_then(|v| v.get_ref().as_table());
    let each: BTreeMap<String, Vec<String>> = each
        .map(|t| {
            t.iter()
                .map(|(k, v)| {
                    let list = v.get_ref().as_array();
                    let words = list
                        .map(|l| l.iter().filter_map(|i| i.get_ref().as_str().map(str::to_string)).collect());
                    (k.get_ref().to_string(), words.unwrap_or_default())
                })
                .collect()
        })
        .unwrap_or_default();
    let shown = r.pairs("shown");
    for (value, _) in &shown {
        if !each.values().flatten().any(|v| v == value) {
            let at = r.place_of("shown");
            r.fault(
                &at,
                said!("`{value}` is no value of `each`", "`{value}` is geen waarde van `each`"),
                said!("mend it, or leave it out", "herstel die, of laat die weg"),
            );
        }
    }
    let set = r.text("values");
    let set_at = r.place_of("values");
    let values = r.tables("value");
    r.finish();
    let origin = match set.as_str() {
        "" => Values::Own,
        "rows" => Values::Rows,
        _ => Values::Set(set, set_at),
    };
    let mut values: Vec<Choice> = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
    if kind == "yes-no" && values.is_empty() {
        let labels = [Text::new("no", "nee"), Text::new("yes", "ja")];
        values = YES_NO
            .iter()
            .zip(labels)
            .map(|(id, label)| Choice { id: (*id).to_string(), label, ..Choice::default() })
            .collect();
    }
    if values.is_empty() != (origin != Values::Own) {
        let none = values.is_empty();
        let count = if none { said!("no", "geen") } else { said!("two lists of", "twee lijsten met") };
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadToml,
            &at,
            said!("`{id}` has {count} values", "`{id}` heeft {count} waarden"; count),
            said!("add `[[conclusion.value]]` entries in rising order, or `values = \"…\"` with a value set or `rows`", "voeg `[[conclusion.value]]` toe in oplopende volgorde, of `values = \"…\"` met een waardelijst of `rows`"),
        ));
    }
    for holes in expansions(&each) {
        let fill = |text: &str, name_of: &dyn Fn(&str) -> String| {
            holes.iter().fold(text.to_string(), |text, (hole, value)| {
                text.replace(&format!("{{{hole}}}"), &name_of(value))
            })
        };
        // Readers see a value by its name, where it has one.
        let named = |value: &str| {
            let name = shown.iter().find(|(v, _)| v == value).map(|(_, name)| name.as_str());
            name.unwrap_or(value).to_string()
        };
        let fill_text = |t: &Text| Text::new(fill(&t.en, &named), fill(&t.nl, &named));
        conclusions.push((
            ConclusionDef {
                id: fill(&id, &str::to_string),
                label: fill_text(&label),
                hidden,
                outside: fill_text(&outside),
                values: values.clone(),
                set: if let Values::Set(name, _) = &origin { name.clone() } else { String::new() },
            },
            at.clone(),
            origin.clone(),
        ));
    }
}

/// The first or last day that a date can be when the vocabulary does not say.
fn first_day(last: bool) -> Option<Decimal> {
    let days = nw_facts::read_days(if last { "2199" } else { "1850" })?;
    if last { days.high.map(|b| b.at) } else { days.low.map(|b| b.at) }
}

/// All ways to fill the holes of `each`.
pub fn expansions(each: &BTreeMap<String, Vec<String>>) -> Vec<Vec<(String, String)>> {
    let mut all = vec![Vec::new()];
    for (name, values) in each {
        all = all
            .into_iter()
            .flat_map(|holes: Vec<(String, String)>| {
                values.iter().map(move |v| {
                    let mut next = holes.clone();
                    next.push((name.clone(), v.clone()));
                    next
                })
            })
            .collect();
    }
    all
}
