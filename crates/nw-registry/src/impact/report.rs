//! An impact in words, for people and for programs.

use nw_engine::{Fate, Impact, Region, SharedCell};
use nw_facts::{Bound, Interval, Language, Text};
use serde_json::{Value, json};

use super::lists::{deciding, fate, sets};
use super::{Findings, Listed, Tally};
use crate::report::{Cell, Edition, Page, Table, notice, plot::Plot};

/// What a report is told beside the findings.
pub struct Told<'t> {
    /// What is called the first guideline: where it was found.
    pub names: [&'t str; 2],
    /// The table, by name.
    pub input: &'t str,
}

/// The fates in the order in which they are shown.
const FATES: [Fate; 5] = [Fate::Must, Fate::May, Fate::Conflict, Fate::Apart, Fate::Cannot];

fn fate_text(fate: Fate) -> Text {
    match fate {
        Fate::Must => Text::new("must change", "verandert zeker"),
        Fate::May => Text::new("may change", "verandert misschien"),
        Fate::Conflict => Text::new("contradicting facts", "tegenstrijdige gegevens"),
        Fate::Apart => Text::new("no common completion", "geen gezamenlijke aanvulling"),
        Fate::Cannot => Text::new("cannot change", "verandert niet"),
    }
}

fn outcome((id, label): &(String, Text), language: Language) -> String {
    let nl = language == Language::Nl;
    match id.as_str() {
        "" => (if nl { "niets" } else { "nothing" }).to_string(),
        "not-applicable" => (if nl { "niet van toepassing" } else { "does not apply" }).to_string(),
        _ if label.is_empty() || label.get(language) == id => id.clone(),
        _ => format!("{id} ({})", label.get(language)),
    }
}

/// A region in words: which facts, and what they may be.
pub fn region_text(impact: &Impact<'_>, region: &Region, language: Language) -> String {
    let nl = language == Language::Nl;
    if region.limits.is_empty() {
        return (if nl { "iedereen" } else { "everybody" }).to_string();
    }
    let limit = |(at, mask): &(usize, u64)| {
        let fact = &impact.difference.facts[*at];
        let inside = |wanted: bool| {
            let cells = fact.cells.iter().enumerate();
            cells.filter(|(i, _)| (mask >> i & 1 == 1) == wanted).map(|(_, c)| c).collect::<Vec<_>>()
        };
        let numbers = fact.cells.iter().any(|c| matches!(c, SharedCell::Numbers(_)));
        let name = |cell: &&SharedCell| match cell {
            SharedCell::Named(_, label) => label.get(language).to_string(),
            SharedCell::NotDone => (if nl { "niet gedaan" } else { "not done" }).to_string(),
            SharedCell::Numbers(range) => range_text(&fact.def, range, nl),
        };
        let (yes, no) = (inside(true), inside(false));
        let words = if !numbers && no.len() < yes.len() {
            let not = no.iter().map(name).collect::<Vec<_>>().join(", ");
            format!("{} {not}", if nl { "niet" } else { "not" })
        } else if numbers {
            let mut ranges: Vec<Interval> = Vec::new();
            for cell in &yes {
                if let SharedCell::Numbers(range) = cell {
                    match ranges.last_mut() {
                        Some(last) if touches(last, range) => last.high = range.high,
                        _ => ranges.push(*range),
                    }
                }
            }
            let mut texts: Vec<String> = ranges.iter().map(|r| range_text(&fact.def, r, nl)).collect();
            texts.extend(yes.iter().filter(|c| matches!(c, SharedCell::NotDone)).map(name));
            texts.join(if nl { " of " } else { " or " })
        } else {
            yes.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        format!("{}: {words}", fact.def.label.get(language))
    };
    region.limits.iter().map(limit).collect::<Vec<_>>().join(" · ")
}

/// Whether nothing lies between two ranges.
fn touches(a: &Interval, b: &Interval) -> bool {
    match (a.high, b.low) {
        (Some(high), Some(low)) => high.at == low.at && high.closed != low.closed,
        _ => false,
    }
}

fn range_text(def: &nw_facts::FactDef, range: &Interval, nl: bool) -> String {
    let unit = def.unit.as_deref().map(|u| format!(" {u}")).unwrap_or_default();
    let number = |b: &Bound| format!("{}{unit}", def.written(b.at, nl));
    let low = range.low.as_ref().filter(|b| b.at > def.min || !b.closed);
    let high = range.high.as_ref().filter(|b| b.at < def.max || !b.closed);
    if let Some(single) = range.single() {
        return format!("{}{unit}", def.written(single, nl));
    }
    match (low, high) {
        (None, None) => (if nl { "elke waarde" } else { "any value" }).to_string(),
        (Some(low), None) => format!("{} {}", if low.closed { "≥" } else { ">" }, number(low)),
        (None, Some(high)) => format!("{} {}", if high.closed { "≤" } else { "<" }, number(high)),
        (Some(low), Some(high)) => format!(
            "{} {} {} {} {}",
            if low.closed { "≥" } else { ">" },
            number(low),
            if nl { "en" } else { "and" },
            if high.closed { "≤" } else { "<" },
            number(high)
        ),
    }
}

/// The report as one HTML file.
pub fn html(impact: &Impact<'_>, findings: &Findings, told: &Told<'_>, language: Language) -> String {
    let title = if language == Language::Nl { "Wie verandert er?" } else { "Who changes?" };
    let mut page = Page::new(language, title);
    summary(&mut page, impact, findings);
    for (at, changed) in impact.changed.iter().enumerate() {
        page.heading(&format!("{} [{}]", capital(changed.label.get(language)), changed.id));
        conclusion(&mut page, impact, findings, at);
    }
    other(&mut page, impact, findings);
    let [a, b] = impact.guidelines.map(Edition::of);
    let of = |name: &str, words: &str| format!("{words} `{name}`: ");
    let editions =
        [(of(told.names[0], page.say("from", "van")), a), (of(told.names[1], page.say("to", "naar")), b)];
    let lead = [
        format!("{} `{}` → `{}`", page.say("Guideline", "Richtlijn"), told.names[0], told.names[1]),
        format!(
            "{}: `{}`, {} {}, {} {}",
            page.say("Cohort", "Cohort"),
            told.input,
            findings.rows,
            page.say("rows", "rijen"),
            findings.judged,
            page.say("judged", "beoordeeld")
        ),
        page.say(
            "Each row is completed in every way that it allows. Who must change gets another outcome in every completion, who may change in some, who cannot change in none; always the same completion under both guidelines. Conventions play no part.",
            "Elke rij wordt aangevuld op elke manier die zij toelaat. Wie zeker verandert krijgt bij elke aanvulling een andere uitkomst, wie misschien verandert bij sommige, wie niet verandert bij geen enkele; steeds dezelfde aanvulling onder beide richtlijnen. Afspraken uit de praktijk spelen geen rol.",
        )
        .to_string(),
    ];
    page.done(&editions, &lead)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn count(number: u64) -> Cell {
    Cell::Number(number.to_string())
}

fn summary(page: &mut Page, impact: &Impact<'_>, findings: &Findings) {
    let language = page.language();
    let heading = page.say("Summary", "Samenvatting").to_string();
    page.heading(&heading);
    let (must, may) = (findings.people.certain, findings.people.possible);
    let rest = findings.judged - must - may;
    let text = if language == Language::Nl {
        format!(
            "Van {} patiënten verandert bij {must} zeker ten minste één conclusie, bij {may} misschien, en bij {rest} geen enkele. {} conclusies verschillen voor iemand; {} zijn voor iedereen gelijk.",
            findings.judged,
            impact.changed.len(),
            impact.unchanged
        )
    } else {
        format!(
            "Of {} patients, at least one conclusion must change for {must}, may change for {may}, and cannot for {rest}. {} conclusions differ for somebody; {} are the same for everybody.",
            findings.judged,
            impact.changed.len(),
            impact.unchanged
        )
    };
    page.paragraph(&text);
    if impact.difference.too_large {
        let text = page
            .say(
                "The comparison was given up: the diagrams grew too large. Ask for fewer conclusions with --only.",
                "De vergelijking is gestaakt: de diagrammen werden te groot. Vraag minder conclusies met --only.",
            )
            .to_string();
        page.paragraph(&text);
    }
    if impact.changed.is_empty() {
        return;
    }
    let fates: Vec<Fate> = FATES
        .into_iter()
        .filter(|f| {
            matches!(f, Fate::Must | Fate::May | Fate::Cannot)
                || findings.conclusions.iter().any(|c| c.of(*f) > 0)
        })
        .collect();
    let names: Vec<String> = fates.iter().map(|f| fate_text(*f).get(language).to_string()).collect();
    let mut columns = vec![page.say("conclusion", "conclusie").to_string()];
    columns.extend(names.iter().cloned());
    let caption = page.say("Rows by conclusion", "Rijen per conclusie").to_string();
    let of = |(changed, counted): (&nw_engine::Changed, &super::Counted)| {
        let mut row = vec![Cell::Head(changed.id.clone())];
        row.extend(fates.iter().map(|f| count(counted.of(*f))));
        row
    };
    let rows = impact.changed.iter().zip(&findings.conclusions).map(of).collect();
    let table = Table { caption: caption.clone(), columns, rows };
    let bars: Vec<(String, Vec<f64>)> = impact
        .changed
        .iter()
        .zip(&findings.conclusions)
        .take(MOST_BARS)
        .map(|(changed, counted)| (changed.id.clone(), fates.iter().map(|f| counted.of(*f) as f64).collect()))
        .collect();
    let description = page
        .say(
            "One bar for each conclusion, as long as the cohort: who must change, who may, and who cannot.",
            "Een balk per conclusie, zo lang als het cohort: wie zeker verandert, wie misschien, en wie niet.",
        )
        .to_string();
    page.figure(&Plot::bars(&bars, &names), &caption, &description, &table);
}

/// Bars of one drawing.
const MOST_BARS: usize = 40;

fn conclusion(page: &mut Page, impact: &Impact<'_>, findings: &Findings, at: usize) {
    let language = page.language();
    let (changed, counted) = (&impact.changed[at], &findings.conclusions[at]);
    let told: Vec<String> = FATES
        .iter()
        .filter(|f| counted.of(**f) > 0)
        .map(|f| format!("{}: {}", fate_text(*f).get(language), counted.of(*f)))
        .collect();
    page.paragraph(&told.join(" · "));
    let columns = [
        page.say("no.", "nr.").to_string(),
        page.say("from", "van").to_string(),
        page.say("to", "naar").to_string(),
        page.say("region", "gebied").to_string(),
        page.say("certain", "zeker").to_string(),
        page.say("possible", "mogelijk").to_string(),
    ];
    let mut rows = Vec::new();
    for (number, shift) in changed.shifts.iter().enumerate() {
        let shift = &impact.difference.shifts[*shift];
        let tally = counted.shifts[number];
        rows.push(vec![
            Cell::Head((number + 1).to_string()),
            Cell::Words(outcome(&shift.from, language)),
            Cell::Words(outcome(&shift.to, language)),
            Cell::Words(page.say("all", "alle").to_string()),
            count(tally.certain),
            count(tally.possible),
        ]);
        for (region, of) in shift.regions.iter().enumerate() {
            let tally = counted.regions[number][region];
            rows.push(vec![
                Cell::Head(format!("{}.{}", number + 1, region + 1)),
                Cell::Words(String::new()),
                Cell::Words(String::new()),
                Cell::Words(region_text(impact, of, language)),
                count(tally.certain),
                count(tally.possible),
            ]);
        }
        if shift.more {
            let more = page.say("there are more regions", "er zijn meer gebieden").to_string();
            rows.push(vec![
                Cell::Head(String::new()),
                Cell::Words(String::new()),
                Cell::Words(String::new()),
                Cell::Words(more),
                Cell::Number(String::new()),
                Cell::Number(String::new()),
            ]);
        }
    }
    let caption =
        page.say("Shifts, and the regions they lie in", "Verschuivingen, en de gebieden waarin zij liggen");
    let caption = caption.to_string();
    page.table(&Table { caption, columns: columns.to_vec(), rows });
    if !counted.deciding.is_empty() {
        let mut sets: Vec<(&Vec<usize>, &u64)> = counted.deciding.iter().collect();
        sets.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let label = |at: &usize| impact.difference.facts[*at].def.label.get(language).to_string();
        let rows = sets
            .iter()
            .take(12)
            .map(|(set, rows)| {
                let names = set.iter().map(label).collect::<Vec<_>>().join(" + ");
                vec![Cell::Head(names), Cell::Words(deciding(impact, set)), count(**rows)]
            })
            .collect();
        let columns = [page.say("facts", "gegevens"), "id", page.say("rows", "rijen")].map(str::to_string);
        let caption =
            page.say("What decides whether they change", "Wat beslist of zij veranderen").to_string();
        page.table(&Table { caption, columns: columns.to_vec(), rows });
    }
    shown(page, impact, findings, &counted.shown, counted.of(Fate::Cannot));
}

fn shown(page: &mut Page, impact: &Impact<'_>, findings: &Findings, listed: &[Listed], cannot: u64) {
    if listed.is_empty() {
        return;
    }
    let language = page.language();
    let mut columns = vec![page.say("row", "rij").to_string()];
    columns.extend(findings.carried.iter().cloned());
    columns.extend(
        [
            page.say("fate", "lot"),
            page.say("from", "van"),
            page.say("to", "naar"),
            page.say("decided by", "beslist door"),
        ]
        .map(str::to_string),
    );
    let rows = listed
        .iter()
        .map(|l| {
            let [from, to] = sets(impact, l.conclusion, &l.verdict);
            let mut row = vec![Cell::Head(l.row.to_string())];
            row.extend(l.carried.iter().cloned().map(Cell::Words));
            row.extend([
                Cell::Words(fate_text(l.verdict.fate).get(language).to_string()),
                Cell::Words(from),
                Cell::Words(to),
                Cell::Words(deciding(impact, &l.verdict.settle)),
            ]);
            row
        })
        .collect();
    let all = findings.judged - cannot;
    let summary = if language == Language::Nl {
        format!("{} van {all} rijen die veranderen of misschien veranderen", listed.len())
    } else {
        format!("{} of {all} rows that change or may change", listed.len())
    };
    page.folded(&summary, &Table { caption: summary.clone(), columns, rows });
}

fn other(page: &mut Page, impact: &Impact<'_>, findings: &Findings) {
    let difference = &impact.difference;
    let mut items = Vec::new();
    let mut say = |en: &str, nl: &str, list: &[String]| {
        if !list.is_empty() {
            items.push(format!("{}: {}", page.say(en, nl), list.join(", ")));
        }
    };
    say(
        "Conclusions that only the first has",
        "Conclusies die alleen de eerste heeft",
        &difference.conclusions[0],
    );
    say(
        "Conclusions that only the second has",
        "Conclusies die alleen de tweede heeft",
        &difference.conclusions[1],
    );
    say(
        "Facts or conclusions of another kind",
        "Gegevens of conclusies van een andere soort",
        &difference.redeclared,
    );
    say("Columns that nobody reads", "Kolommen die niemand leest", &findings.unread);
    let language = page.language();
    for (side, worlds) in difference.worlds.iter().enumerate() {
        for region in worlds {
            let text = if side == 0 {
                page.say(
                    "Patients who exist only under the first",
                    "Patiënten die alleen onder de eerste bestaan",
                )
            } else {
                page.say(
                    "Patients who exist only under the second",
                    "Patiënten die alleen onder de tweede bestaan",
                )
            };
            items.push(format!("{text}: {}", region_text(impact, region, language)));
        }
    }
    if items.is_empty() && findings.rejected == 0 {
        return;
    }
    let heading = page.say("What was not compared", "Wat niet is vergeleken").to_string();
    page.heading(&heading);
    page.list(&items);
    if findings.rejected > 0 {
        let columns = [page.say("row", "rij"), page.say("column", "kolom"), page.say("why", "waarom")]
            .map(str::to_string);
        let rows = findings.rejects.iter().map(|r| {
            // The text of a patient stands in the table it came from, and nowhere else.
            let why =
                if r.message.get(language).is_empty() { &r.message.en } else { r.message.get(language) };
            vec![Cell::Head(r.row.to_string()), Cell::Words(r.column.clone()), Cell::Words(why.to_string())]
        });
        let rows = rows.collect();
        let caption = format!(
            "{}: {}",
            page.say("Rows that cannot be read", "Rijen die niet te lezen zijn"),
            findings.rejected
        );
        page.table(&Table { caption, columns: columns.to_vec(), rows });
    }
}

/// The same for programs.
pub fn as_json(impact: &Impact<'_>, findings: &Findings, told: &Told<'_>) -> Value {
    let edition = |of: &Edition, name: &str| {
        json!({
            "name": name, "id": of.id, "edition": of.edition, "digest": of.digest,
            "unconfirmedRows": of.unconfirmed, "rows": of.rows,
        })
    };
    let tally = |t: &Tally| json!({"certain": t.certain, "possible": t.possible});
    let [a, b] = impact.guidelines.map(Edition::of);
    let conclusions = impact.changed.iter().zip(&findings.conclusions).map(|(changed, counted)| {
        let shifts = changed.shifts.iter().enumerate().map(|(number, shift)| {
            let shift = &impact.difference.shifts[*shift];
            let regions = shift.regions.iter().zip(&counted.regions[number]).map(|(region, count)| {
                let text = |language| region_text(impact, region, language);
                json!({
                    "text": {"en": text(Language::En), "nl": text(Language::Nl)},
                    "rows": tally(count),
                })
            });
            json!({
                "from": shift.from.0, "to": shift.to.0, "rows": tally(&counted.shifts[number]),
                "regions": regions.collect::<Vec<_>>(), "more": shift.more,
            })
        });
        let deciding = counted.deciding.iter().map(|(set, rows)| {
            let ids: Vec<&str> = set.iter().map(|at| impact.difference.facts[*at].def.id.as_str()).collect();
            json!({"facts": ids, "rows": rows})
        });
        let fates: serde_json::Map<String, Value> =
            FATES.iter().map(|f| (fate(*f).to_string(), counted.of(*f).into())).collect();
        json!({
            "conclusion": changed.id, "rows": fates,
            "shifts": shifts.collect::<Vec<_>>(), "deciding": deciding.collect::<Vec<_>>(),
        })
    });
    json!({
        "from": edition(&a, told.names[0]),
        "to": edition(&b, told.names[1]),
        "notice": notice().en,
        "cohort": told.input,
        "rows": findings.rows, "judged": findings.judged, "rejected": findings.rejected,
        "people": {"must": findings.people.certain, "may": findings.people.possible},
        "unchanged": impact.unchanged,
        "conclusions": conclusions.collect::<Vec<_>>(),
        "conclusionsLost": impact.difference.conclusions[0],
        "conclusionsNew": impact.difference.conclusions[1],
        "redeclared": impact.difference.redeclared,
        "tooLarge": impact.difference.too_large,
    })
}
