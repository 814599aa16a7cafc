//! `explain`: one conclusion down to facts and sources, what forces it, and what would change it.

use nw_engine::{Change, Completion, Drawn, Engine, Outcome, SharedCell, Step};
use nw_facts::{FactDef, FactIdx, Interval, Language};
use nw_guideline::{Cells, CompiledGuideline, HitPolicy, Mark, Output, Subject};
use serde_json::{Value, json};

use crate::paper::{Ink, Paper, Piece, columns, ink};
use crate::report::{Basis, Report, Status, ranges_text};
use crate::text::{
    capital, conventional_text, date_text, edition, fact_label, facts_line, pretty, value_text, values_text,
    why_not,
};
use crate::words::{Word, fill, say};

/// Writes the explanation of one conclusion.
pub(crate) fn write(
    paper: &mut Paper,
    engine: &mut Engine<'_>,
    report: &Report<'_>,
    drawn: &Drawn,
    language: Language,
) {
    let def = report.def(drawn);
    paper.line(
        0,
        2,
        &[
            ink(Ink::Strong, report.case.id.clone()),
            ink(Ink::Plain, format!(" · {} ", capital(def.label.get(language)))),
            ink(Ink::Faint, format!("({})", def.id)),
        ],
    );
    paper.line(0, 2, &[ink(Ink::Faint, edition(report.guideline, language))]);
    paper.line(0, 2, &[ink(Ink::Faint, say(language, Word::Disclaimer))]);
    paper.blank();
    outcome(paper, report, drawn, language);
    steps(paper, report, drawn, language);
    points(paper, report, drawn, language);
    conflicts(paper, report, drawn, language);
    open(paper, report, drawn, language);
    sufficient(paper, report, drawn, language);
    if matches!(drawn.outcome, Outcome::Concluded(_) | Outcome::NotApplicable) {
        let changes = engine.changes(&report.facts, drawn.conclusion);
        smallest_changes(paper, report, drawn, &changes, language);
    }
}

fn outcome(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, language: Language) {
    let def = report.def(drawn);
    match &drawn.outcome {
        Outcome::Concluded(value) => {
            let label = def.values[*value].label.get(language);
            let shown = value_text(def, *value, language);
            let tail = if shown == label { String::new() } else { format!(", {label}") };
            paper.line(0, 2, &[ink(Ink::Sure, format!("✓ {shown}")), ink(Ink::Plain, tail)]);
        }
        Outcome::Undetermined(set) => {
            let line = fill(language, Word::StillPossible, &[&values_text(def, *set, language)]);
            paper.line(0, 2, &[ink(Ink::Open, format!("? {line}"))]);
        }
        Outcome::NotApplicable => {
            paper.line(0, 2, &[ink(Ink::Plain, format!("– {}", capital(&why_not(report, drawn, language))))]);
        }
        Outcome::Conflict(_) => {
            paper.line(0, 2, &[ink(Ink::Clash, format!("✗ {}", say(language, Word::InConflict)))])
        }
        Outcome::Collected { certain, open } => {
            for (mask, mark, ink_for) in [(*certain, "✓", Ink::Sure), (*open, "?", Ink::Open)] {
                for value in Report::values(def, mask) {
                    paper.line(0, 2, &[ink(ink_for, format!("{mark} {}", value_text(def, value, language)))]);
                }
            }
            if certain | open == 0 {
                paper.line(0, 2, &[ink(Ink::Plain, say(language, Word::Nothing))]);
            }
        }
    }
}

fn steps(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, language: Language) {
    let Some(reason) = drawn.reason.as_ref().filter(|r| !r.steps.is_empty()) else { return };
    paper.heading(say(language, Word::HeadBecause));
    // Conclusions that were read come after the rows that read them, one step deeper.
    for step in &reason.steps {
        let own = report.guideline.tables[step.table].conclusion == drawn.conclusion;
        one_step(paper, report, step, if own { 2 } else { 4 }, language);
    }
}

fn one_step(paper: &mut Paper, report: &Report<'_>, step: &Step, indent: usize, language: Language) {
    let guideline = report.guideline;
    let table = &guideline.tables[step.table];
    let row = &table.rows[step.row];
    let def = guideline.vocabulary.conclusion(table.conclusion);
    let value = match row.output {
        Output::Value(value) => value_text(def, value, language),
        Output::NotApplicable => say(language, Word::DoesNotApply).to_string(),
    };
    let lead = if indent > 2 { "└ " } else { "" };
    paper.line(
        indent,
        indent + 2,
        &[
            ink(Ink::Faint, lead),
            ink(Ink::Plain, format!("{}: ", capital(def.label.get(language)))),
            ink(Ink::Strong, value),
            ink(Ink::Faint, format!("  {}", guideline.row_id(step.table, step.row))),
        ],
    );
    let inner = indent + 4;
    let labels: Vec<String> = step.tests.iter().map(|t| subject_label(report, t.subject, language)).collect();
    let column = labels
        .iter()
        .map(|l| columns(l) + 2)
        .max()
        .unwrap_or(0)
        .clamp(12, if paper.width() < 70 { 22 } else { 40 });
    for (test, label) in step.tests.iter().zip(labels) {
        let wanted = cells_text(guideline, &row.cells[test.column], language);
        let mut pieces = answer(report, test.subject, language);
        pieces.push(ink(Ink::Faint, format!(" · {}", fill(language, Word::RowAsks, &[&wanted]))));
        paper.row(inner, &[ink(Ink::Plain, label)], column, &pieces);
    }
    if !row.text.is_empty() {
        paper.line(inner, inner, &[ink(Ink::Plain, capital(row.text.get(language)))]);
    }
    for citation in &row.sources {
        let source = guideline.sources.iter().find(|s| s.key == citation.key);
        let title = source.map_or_else(String::new, |s| {
            let by = s.by(language);
            let by = if by.is_empty() { by } else { format!(" ({by})") };
            format!(": {}{by}", s.title.get(language))
        });
        let place =
            if citation.locator.is_empty() { String::new() } else { format!("#{}", citation.locator) };
        paper.line(
            inner,
            inner + 2,
            &[ink(Ink::Faint, format!("{} {}{place}{title}", say(language, Word::Source), citation.key))],
        );
    }
    let mark = match row.mark {
        Mark::Verified => Word::MarkVerified,
        Mark::GeneralKnowledge => Word::MarkGeneral,
        Mark::DesignRule => Word::MarkDesign,
    };
    let status = crate::confirm::status_text(row, language);
    for (at, value) in &row.annotations {
        let annotation = &report.guideline.vocabulary.annotations()[*at];
        let value = annotation.values[*value].label.get(language);
        let line = format!("{}: {value}", capital(annotation.label.get(language)));
        paper.line(inner, inner, &[ink(Ink::Faint, line)]);
    }
    paper.line(inner, inner, &[ink(Ink::Faint, format!("{}; {status}", say(language, mark)))]);
}

fn subject_label(report: &Report<'_>, subject: Subject, language: Language) -> String {
    match subject {
        Subject::Fact(fact) => fact_label(report, fact, language),
        Subject::Conclusion(idx) => capital(report.guideline.vocabulary.conclusion(idx).label.get(language)),
    }
}

/// What is known of the subject of a test.
fn answer(report: &Report<'_>, subject: Subject, language: Language) -> Vec<Piece> {
    match subject {
        Subject::Fact(fact) => {
            let givens = report.givens(&[fact]);
            let mut pieces = Vec::new();
            for given in &givens {
                if !pieces.is_empty() {
                    pieces.push(ink(Ink::Faint, ", "));
                }
                let mut shown = facts_line(report, std::slice::from_ref(given), language, Ink::Strong);
                // The label stands in its own column, unless another fact answered.
                if given.fact == fact {
                    shown.remove(0);
                }
                pieces.extend(shown);
                if let Some(from) = origin(given.origin.as_deref(), given.date, language) {
                    pieces.push(ink(Ink::Faint, format!(" ({from})")));
                }
            }
            if pieces.is_empty() {
                pieces.push(ink(Ink::Open, say(language, Word::NotKnown)));
            }
            pieces
        }
        Subject::Conclusion(idx) => {
            let inner = report.conclusions.drawn.iter().find(|d| d.conclusion == idx);
            let text = inner.map(|d| {
                let def = report.def(d);
                match &d.outcome {
                    Outcome::Conflict(_) => say(language, Word::InConflict).to_string(),
                    outcome => values_text(def, outcome.possible(def.values.len()), language),
                }
            });
            vec![ink(Ink::Strong, text.unwrap_or_default())]
        }
    }
}

fn origin(origin: Option<&str>, date: Option<nw_facts::Date>, language: Language) -> Option<String> {
    match (origin, date) {
        (Some(origin), Some(date)) => Some(format!("{origin}, {}", date_text(date, language))),
        (Some(origin), None) => Some(origin.to_string()),
        (None, Some(date)) => Some(date_text(date, language)),
        (None, None) => None,
    }
}

/// What a cell asks, in words: `3–20 %`, `stomach or duodenum`.
fn cells_text(guideline: &CompiledGuideline, cells: &Cells, language: Language) -> String {
    match cells.subject {
        Subject::Fact(fact) => {
            let Some(var) = guideline.space.var(fact) else { return String::new() };
            let def = guideline.vocabulary.fact(fact);
            let part = |mask: u64| -> Vec<SharedCell> {
                guideline.space.cells_in(var, mask).map(|(_, cell)| SharedCell::of(def, cell)).collect()
            };
            cell_list(def, &part(cells.mask), &part(guideline.space.full(var) & !cells.mask), language)
        }
        Subject::Conclusion(idx) => {
            let def = guideline.vocabulary.conclusion(idx);
            values_text(def, cells.mask & ((2u64 << def.values.len()) - 1), language)
        }
    }
}

/// Cells of a fact in words; those left out help to say `other than` when they are fewer.
pub(crate) fn cell_list(
    def: &FactDef,
    inside: &[SharedCell],
    outside: &[SharedCell],
    language: Language,
) -> String {
    let or = format!(" {} ", say(language, Word::Or));
    let mut ranges: Vec<Interval> = Vec::new();
    let mut words = Vec::new();
    for cell in inside {
        match cell {
            SharedCell::Numbers(range) => join(&mut ranges, *range, def.is_whole()),
            SharedCell::Named(_, label) => words.push(label.get(language).to_string()),
            SharedCell::NotDone => words.push(say(language, Word::NotDone).to_string()),
        }
    }
    if !ranges.is_empty() {
        // The ends of what can exist say nothing.
        for range in ranges.iter_mut().filter(|r| r.single().is_none()) {
            range.low = range.low.filter(|b| b.at != def.min);
            range.high = range.high.filter(|b| b.at != def.max);
        }
        words.insert(0, ranges_text(def, &ranges, language));
    }
    if words.len() > 6 {
        let others: Vec<String> = outside
            .iter()
            .filter_map(|cell| match cell {
                SharedCell::Named(_, label) => Some(label.get(language).to_string()),
                _ => None,
            })
            .collect();
        if others.len() < words.len() {
            return fill(language, Word::OtherThan, &[&others.join(&or)]);
        }
    }
    pretty(&words.join(&or))
}

fn join(ranges: &mut Vec<Interval>, next: Interval, whole: bool) {
    if let (Some(last), Some(low)) = (ranges.last_mut(), next.low)
        && let Some(high) = last.high
        && (high.at == low.at || whole && high.at + nw_facts::Decimal::ONE == low.at)
    {
        last.high = next.high;
        return;
    }
    ranges.push(next);
}

/// Pros and cons of an option: what is collected for it under its own name.
fn points(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, language: Language) {
    let id = format!("{}.points", report.def(drawn).id);
    let Some(points) = report.conclusions.drawn.iter().find(|d| report.def(d).id == id) else { return };
    let def = report.def(points);
    let Outcome::Collected { certain, open } = points.outcome else { return };
    if certain | open == 0 {
        return;
    }
    paper.heading(&capital(def.label.get(language)));
    let annotations = report.guideline.vocabulary.annotations();
    let rows = report.guideline.conclusion(points.conclusion).map(|c| c.rows.as_slice()).unwrap_or_default();
    for (mask, doubt) in [(certain, false), (open, true)] {
        for value in Report::values(def, mask) {
            let row = rows
                .iter()
                .map(|(t, r)| &report.guideline.tables[*t].rows[*r])
                .find(|r| r.output == Output::Value(value));
            let marks: Vec<&str> = row
                .map(|row| {
                    let label =
                        |(at, value): &(usize, usize)| annotations[*at].values[*value].label.get(language);
                    row.annotations.iter().map(label).collect()
                })
                .unwrap_or_default();
            let sources: Vec<&str> =
                row.map(|r| r.sources.iter().map(|s| s.key.as_str()).collect()).unwrap_or_default();
            let mut pieces = vec![ink(Ink::Faint, if doubt { "? " } else { "· " })];
            pieces.push(ink(if doubt { Ink::Open } else { Ink::Plain }, value_text(def, value, language)));
            let tail = [marks.join(", "), sources.join(", ")].join("; ");
            pieces.push(ink(Ink::Faint, format!(" [{}]", tail.trim_matches([';', ' ']))));
            paper.line(2, 4, &pieces);
        }
    }
}

fn conflicts(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, language: Language) {
    let Outcome::Conflict(facts) = &drawn.outcome else { return };
    paper.heading(say(language, Word::HeadContradictions));
    let mut told = false;
    for contradiction in &report.conclusions.contradictions {
        if !contradiction.facts.iter().any(|f| facts.contains(f)) {
            continue;
        }
        told = true;
        paper.line(2, 4, &facts_line(report, &report.givens(&contradiction.facts), language, Ink::Clash));
        let (rule, text) = report.broken(contradiction);
        let rule = rule.map_or_else(String::new, |r| format!(" [{r}]"));
        paper.line(4, 4, &[ink(Ink::Plain, capital(text.get(language))), ink(Ink::Faint, rule)]);
    }
    if !told {
        paper.line(2, 4, &facts_line(report, &report.givens(facts), language, Ink::Clash));
    }
}

fn open(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, language: Language) {
    let def = report.def(drawn);
    if let Some(convention) = &drawn.convention {
        paper.heading(say(language, Word::HeadConvention));
        paper.line(2, 4, &[ink(Ink::Strong, conventional_text(def, &convention.outcome, language))]);
        for at in &convention.conventions {
            let convention = &report.guideline.conventions[*at];
            let sources: Vec<&str> = convention.sources.iter().map(|s| s.key.as_str()).collect();
            paper.line(
                4,
                4,
                &[
                    ink(Ink::Plain, capital(convention.title.get(language))),
                    ink(Ink::Faint, format!(" [{}] {}", convention.id, sources.join(", "))),
                ],
            );
        }
    }
    if !drawn.settle.is_empty() {
        paper.heading(say(language, Word::HeadSettle));
        for (number, set) in drawn.settle.iter().enumerate() {
            if number > 0 {
                paper.line(2, 2, &[ink(Ink::Faint, say(language, Word::Or))]);
            }
            for fact in set {
                let fact = report.guideline.vocabulary.fact(*fact);
                paper.line(
                    2,
                    4,
                    &[
                        ink(Ink::Ask, fact.question.get(language)),
                        ink(
                            Ink::Faint,
                            format!(" ({}) {}", crate::words::holder(fact.holder, language), fact.id),
                        ),
                    ],
                );
            }
        }
    }
    if !drawn.examples.is_empty() {
        paper.heading(say(language, Word::HeadExamples));
        for example in &drawn.examples {
            possibility(paper, report, drawn, example.value, &example.facts, language);
        }
    }
}

/// `G1 — when Ki-67 index 1.5 % and mitoses 1 /2mm2`.
fn possibility(
    paper: &mut Paper,
    report: &Report<'_>,
    drawn: &Drawn,
    value: usize,
    facts: &[(FactIdx, String)],
    language: Language,
) {
    let def = report.def(drawn);
    let mut pieces = vec![
        ink(Ink::Strong, value_text(def, value, language)),
        ink(Ink::Plain, format!(" {} ", say(language, Word::When))),
    ];
    for (at, (fact, text)) in facts.iter().enumerate() {
        if at > 0 {
            pieces.push(ink(Ink::Faint, " · "));
        }
        let label = report.guideline.vocabulary.fact(*fact);
        let shown =
            label.choice(text).map_or(text.clone(), |c| label.choices[c].label.get(language).to_string());
        let shown =
            if language == Language::Nl && label.is_numeric() { shown.replace('.', ",") } else { shown };
        pieces.push(ink(Ink::Plain, format!("{} ", capital(label.label.get(language)))));
        pieces.push(ink(Ink::Plain, pretty(&shown).replace(' ', "\u{a0}")));
    }
    paper.line(2, 4, &pieces);
}

fn sufficient(paper: &mut Paper, report: &Report<'_>, drawn: &Drawn, language: Language) {
    if drawn.sufficient.is_empty() {
        return;
    }
    paper.heading(say(language, Word::HeadSufficient));
    for given in report.givens(&drawn.sufficient) {
        // What a derived fact was computed from is listed after it.
        let indent = if given.basis == Basis::Derived { 2 } else { 4 };
        let mut pieces = facts_line(report, std::slice::from_ref(&given), language, Ink::Plain);
        if let Some(from) = origin(given.origin.as_deref(), given.date, language) {
            pieces.push(ink(Ink::Faint, format!(" ({from})")));
        }
        paper.line(2, indent, &pieces);
    }
}

fn smallest_changes(
    paper: &mut Paper,
    report: &Report<'_>,
    drawn: &Drawn,
    changes: &[Change],
    language: Language,
) {
    if changes.is_empty() {
        return;
    }
    paper.heading(say(language, Word::HeadChange));
    for change in changes {
        possibility(paper, report, drawn, change.value, &change.facts, language);
    }
}

/// The same as one JSON object.
pub(crate) fn line(engine: &mut Engine<'_>, report: &Report<'_>, drawn: &Drawn) -> String {
    let def = report.def(drawn);
    let vocabulary = &report.guideline.vocabulary;
    let facts = |list: &[(FactIdx, String)]| -> Value {
        list.iter()
            .map(|(f, text)| (vocabulary.fact(*f).id.clone(), Value::from(text.clone())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let example = |e: &Completion| json!({"value": Report::value_id(def, e.value), "facts": facts(&e.facts)});
    let changes: Vec<Value> = if matches!(Report::status(drawn), Status::Concluded | Status::NotApplicable)
        && report.guideline.conclusion(drawn.conclusion).is_some_and(|c| c.policy != HitPolicy::Collect)
    {
        let changes = engine.changes(&report.facts, drawn.conclusion);
        changes
            .iter()
            .map(|c| json!({"value": Report::value_id(def, c.value), "facts": facts(&c.facts)}))
            .collect()
    } else {
        Vec::new()
    };
    let conclusion = crate::json::conclusion_value(report, drawn);
    json!({
        "case": report.case.id,
        "guideline": {"id": report.guideline.manifest.id, "edition": report.guideline.manifest.edition, "digest": report.guideline.digest},
        "conclusion": conclusion,
        "examples": drawn.examples.iter().map(example).collect::<Vec<_>>(),
        "changes": changes,
    })
    .to_string()
}
