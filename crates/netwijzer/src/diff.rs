//! `diff`: which patients get another answer from one guideline than from another.

use std::path::Path;
use std::rc::Rc;

use nw_engine::{Difference, Region, SharedCell, Shift, difference};
use nw_facts::{Language, Text};
use nw_guideline::CompiledGuideline;
use serde_json::json;

use crate::args::Format;
use crate::edits::edits;
use crate::explain::cell_list;
use crate::knowledge::Shelf;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::session::{SHIPPED, Session, asked_for, named};
use crate::text::{capital, edition};
use crate::words::{Word, fill, say};

pub(crate) fn run(
    session: &mut Session,
    from: &Path,
    to: &Path,
    only: &[String],
    most: usize,
) -> Result<Exit, Failure> {
    let (a, b) = (open(session, from)?, open(session, to)?);
    let ids = |g: &CompiledGuideline| -> Vec<String> {
        g.conclusions.iter().map(|c| g.vocabulary.conclusion(c.idx).id.clone()).collect()
    };
    let known: Vec<String> = [ids(&a), ids(&b)].concat();
    asked_for(only, &known.iter().map(String::as_str).collect::<Vec<_>>())?;
    let wanted = |id: &str| only.is_empty() || only.iter().any(|asked| named(id, asked));
    let found = difference(&a, &b, &wanted, most);
    match session.format {
        Format::Json => {
            let mut line = as_json(&found, &a, &b);
            line["edited"] = edits(&a, &b).as_json();
            let line = line.to_string();
            session.out.line(&line)?;
        }
        Format::Text => {
            let mut paper = Paper::new();
            write(&mut paper, &found, &a, &b, session.language);
            edits(&a, &b).write(&mut paper, session.language);
            session.out.text(&paper.take())?;
        }
    }
    session.out.flush()?;
    Ok(if found.is_empty() { Exit::Done } else { Exit::Findings })
}

fn open(session: &Session, path: &Path) -> Result<Rc<CompiledGuideline>, Failure> {
    let folder = Some(path).filter(|p| *p != Path::new(SHIPPED));
    session.rule_on(&mut Shelf::open(folder)?, session.as_of)
}

/// `primary site pancreas; size 20 mm`.
fn region_text(found: &Difference, region: &Region, language: Language) -> String {
    if region.limits.is_empty() {
        return say(language, Word::EveryPatient).to_string();
    }
    let limits = region.limits.iter().map(|(at, mask)| {
        let fact = &found.facts[*at];
        let part = |inside: bool| -> Vec<SharedCell> {
            let cells = fact.cells.iter().enumerate();
            cells.filter(|(i, _)| (mask >> i & 1 == 1) == inside).map(|(_, c)| c.clone()).collect()
        };
        let label = capital(fact.def.label.get(language));
        format!("{label}: {}", cell_list(&fact.def, &part(true), &part(false), language))
    });
    limits.collect::<Vec<_>>().join(" · ")
}

fn outcome_text((id, label): &(String, Text), language: Language) -> String {
    match id.as_str() {
        "" => say(language, Word::Nothing).to_string(),
        "not-applicable" => say(language, Word::DoesNotApply).to_string(),
        _ if label.is_empty() || label.get(language) == id => id.clone(),
        _ => format!("{id} ({})", label.get(language)),
    }
}

fn write(
    paper: &mut Paper,
    found: &Difference,
    a: &CompiledGuideline,
    b: &CompiledGuideline,
    language: Language,
) {
    paper.line(0, 2, &[ink(Ink::Faint, "− "), ink(Ink::Plain, edition(a, language))]);
    paper.line(0, 2, &[ink(Ink::Faint, "+ "), ink(Ink::Plain, edition(b, language))]);
    if found.is_empty() {
        paper.line(0, 2, &[ink(Ink::Sure, say(language, Word::DiffNone))]);
        return;
    }
    let mut last = "";
    for shift in &found.shifts {
        if shift.conclusion != last {
            last = &shift.conclusion;
            paper.heading(&format!("{} [{}]", capital(shift.label.get(language)), shift.conclusion));
        }
        let pieces = [
            ink(Ink::Clash, outcome_text(&shift.from, language)),
            ink(Ink::Plain, " → "),
            ink(Ink::Sure, outcome_text(&shift.to, language)),
        ];
        paper.line(2, 4, &pieces);
        regions(paper, found, &shift.regions, shift.more, language);
    }
    for (side, word) in [(0, Word::DiffLostWorlds), (1, Word::DiffNewWorlds)] {
        if !found.worlds[side].is_empty() {
            paper.heading(say(language, word));
            regions(paper, found, &found.worlds[side], false, language);
        }
    }
    for (side, word) in [(0, Word::DiffLostConclusions), (1, Word::DiffNewConclusions)] {
        if !found.conclusions[side].is_empty() {
            paper.heading(say(language, word));
            paper.line(2, 4, &[ink(Ink::Plain, found.conclusions[side].join(", "))]);
        }
    }
    if !found.redeclared.is_empty() {
        paper.heading(say(language, Word::DiffRedeclared));
        paper.line(2, 4, &[ink(Ink::Plain, found.redeclared.join(", "))]);
    }
    if found.too_large {
        paper.line(0, 2, &[ink(Ink::Clash, say(language, Word::DiffTooLarge))]);
    }
}

fn regions(paper: &mut Paper, found: &Difference, regions: &[Region], more: bool, language: Language) {
    for region in regions {
        paper.line(4, 6, &[ink(Ink::Faint, "· "), ink(Ink::Plain, region_text(found, region, language))]);
    }
    if more {
        paper.line(4, 6, &[ink(Ink::Faint, fill(language, Word::DiffMore, &[&regions.len().to_string()]))]);
    }
}

fn as_json(found: &Difference, a: &CompiledGuideline, b: &CompiledGuideline) -> serde_json::Value {
    let name = |g: &CompiledGuideline| json!({"id": g.manifest.id, "edition": g.manifest.edition, "digest": g.digest});
    let region = |region: &Region| {
        let limits = region.limits.iter().map(|(at, mask)| {
            let fact = &found.facts[*at];
            let cells = fact.cells.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1);
            let cells: Vec<serde_json::Value> = cells
                .map(|(_, cell)| match cell {
                    SharedCell::Numbers(range) => {
                        let end = |b: Option<nw_facts::Bound>| {
                            b.map(|b| json!({"at": fact.def.written(b.at, false), "closed": b.closed}))
                        };
                        json!({"low": end(range.low), "high": end(range.high)})
                    }
                    SharedCell::Named(id, _) => json!(id),
                    SharedCell::NotDone => json!("not-done"),
                })
                .collect();
            (fact.def.id.clone(), json!(cells))
        });
        let text = |language| region_text(found, region, language);
        json!({
            "facts": limits.collect::<serde_json::Map<_, _>>(),
            "text": {"en": text(Language::En), "nl": text(Language::Nl)},
        })
    };
    let outcome = |(id, _): &(String, Text)| if id.is_empty() { json!(null) } else { json!(id) };
    let shift = |shift: &Shift| {
        json!({
            "conclusion": shift.conclusion,
            "from": outcome(&shift.from),
            "to": outcome(&shift.to),
            "regions": shift.regions.iter().map(region).collect::<Vec<_>>(),
            "more": shift.more,
        })
    };
    json!({
        "from": name(a),
        "to": name(b),
        "equivalent": found.is_empty(),
        "shifts": found.shifts.iter().map(shift).collect::<Vec<_>>(),
        "worldsLost": found.worlds[0].iter().map(region).collect::<Vec<_>>(),
        "worldsNew": found.worlds[1].iter().map(region).collect::<Vec<_>>(),
        "conclusionsLost": found.conclusions[0],
        "conclusionsNew": found.conclusions[1],
        "redeclared": found.redeclared,
        "tooLarge": found.too_large,
    })
}
