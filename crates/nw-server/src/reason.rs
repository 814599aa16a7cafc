//! Why a conclusion stands: the rows that decide it with their cells in words, the facts behind them, and the conclusions
//! they read; and rows of the guideline as people read them.

use askama::Template;
use nw_engine::{Conclusions, Drawn, Knowledge, Outcome, Recorded, SharedCell};
use nw_facts::{ConclusionDef, ConclusionIdx, FactDef, FactIdx, FactSet, Interval, Language};
use nw_guideline::{Cells, Citation, CompiledGuideline, Logic, Mark, Output, Subject};

use crate::words::{Word, say};

/// One patient's facts with everything that was drawn from them.
pub(crate) struct Assessed {
    pub guideline: &'static CompiledGuideline,
    pub facts: FactSet,
    pub drawn: Conclusions,
    pub knowledge: Knowledge,
}

/// What is known of one fact.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub fact: FactIdx,
    pub id: String,
    pub label: String,
    /// As a reader expects it.
    pub value: String,
    /// As it was written.
    pub written: String,
    pub date: Option<nw_facts::Date>,
    pub origin: Option<String>,
    /// How it came about, when nobody wrote it.
    pub basis: Option<Word>,
}

impl Given {
    /// The stable word for how it came about.
    pub(crate) fn basis_id(&self) -> Option<&'static str> {
        self.basis.map(|b| if b == Word::Computed { "derived" } else { "presumed" })
    }

    /// Its day as people write it.
    pub(crate) fn day_text(&self, language: &Language) -> String {
        self.date.map(|on| crate::words::day(*language, on)).unwrap_or_default()
    }

    pub(crate) fn basis_text(&self, language: &Language) -> &'static str {
        self.basis.map_or("", |b| say(*language, b))
    }
}

/// One cell of a row, and what is known of what it asks.
#[derive(Clone)]
pub(crate) struct Test {
    pub label: String,
    pub wanted: String,
    /// The conclusion it reads, when it reads one.
    pub conclusion: Option<String>,
    pub given: Vec<Given>,
    /// What the conclusion read came to.
    pub known: String,
}

/// Where a row comes from.
#[derive(Clone)]
pub(crate) struct Quoted {
    pub key: String,
    pub locator: String,
    pub title: String,
    pub by: String,
    pub link: String,
}

/// One row of the guideline.
#[derive(Clone)]
pub(crate) struct RowView {
    /// `tumour.grade/digestive#a`.
    pub id: String,
    /// Conclusion under which the guideline's page shows it.
    pub conclusion: String,
    pub value: String,
    pub text: String,
    pub tests: Vec<Test>,
    pub sources: Vec<Quoted>,
    pub annotations: Vec<(String, String)>,
    pub mark: &'static str,
    pub confirmed: Option<String>,
}

impl RowView {
    /// The name under which a link finds it on the guideline's page.
    pub(crate) fn anchor(&self) -> String {
        anchor(&self.id)
    }
}

fn anchor(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

/// Rows of which one decides, or all do.
pub(crate) struct Way {
    /// What they give.
    pub value: String,
    /// Which of them it is stays open.
    pub one_of: bool,
    pub rows: Vec<RowView>,
}

/// A conclusion in a reason, with the conclusions its rows read.
#[derive(Template)]
#[template(path = "why-node.html")]
pub(crate) struct Node {
    pub language: Language,
    pub id: String,
    pub label: String,
    pub value: String,
    pub ways: Vec<Way>,
    /// Why it does not apply, when no table is about this patient.
    pub outside: Option<String>,
    pub inner: Vec<Node>,
}

impl Node {
    fn t(&self, word: Word) -> &'static str {
        say(self.language, word)
    }
}

/// A value of a conclusion; codes such as `G2` stand as they are.
pub(crate) fn value_text(def: &ConclusionDef, value: usize, language: Language) -> String {
    match def.values.get(value) {
        None => say(language, Word::NotApplicable).to_string(),
        Some(choice) => {
            let code = choice.id.len() <= 7
                && choice.id.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit());
            let label = choice.label.get(language);
            if code || label.is_empty() { choice.id.clone() } else { label.to_string() }
        }
    }
}

/// Values of a mask, the last with an "or".
pub(crate) fn values_text(def: &ConclusionDef, mask: u64, language: Language) -> String {
    let texts: Vec<String> =
        (0..=def.values.len()).filter(|v| mask >> v & 1 == 1).map(|v| value_text(def, v, language)).collect();
    either(&texts, language)
}

fn either(texts: &[String], language: Language) -> String {
    match texts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => {
            let between = if texts.iter().any(|t| t.contains(',')) { "; " } else { ", " };
            format!("{} {} {last}", most.join(between), say(language, Word::Or))
        }
    }
}

/// What came out, in words.
pub(crate) fn outcome_text(def: &ConclusionDef, outcome: &Outcome, language: Language) -> String {
    match outcome {
        Outcome::Conflict(_) => say(language, Word::Conflict).to_string(),
        Outcome::Collected { certain, open } => {
            let names = |mask: u64| {
                let all = (0..def.values.len()).filter(|v| mask >> v & 1 == 1);
                all.map(|v| value_text(def, v, language)).collect::<Vec<_>>().join("; ")
            };
            match (certain, open) {
                (0, 0) => say(language, Word::Nothing).to_string(),
                (_, 0) => names(*certain),
                (0, _) => format!("? {}", names(*open)),
                _ => format!("{}; ? {}", names(*certain), names(*open)),
            }
        }
        outcome => values_text(def, outcome.possible(def.values.len()), language),
    }
}

impl Assessed {
    /// The reason of a conclusion as a tree. Rows that may hold, but need not, are no reason.
    pub(crate) fn tree(&self, one: &Drawn, language: Language) -> Option<Node> {
        one.reason.as_ref()?;
        Some(self.node(one, one.conclusion, language, &mut Vec::new()))
    }

    fn node(
        &self,
        top: &Drawn,
        idx: ConclusionIdx,
        language: Language,
        seen: &mut Vec<ConclusionIdx>,
    ) -> Node {
        seen.push(idx);
        let guideline = self.guideline;
        let def = guideline.vocabulary.conclusion(idx);
        let reason = top.reason.as_ref();
        let outcome = self.drawn.get(idx).map(|d| &d.outcome);
        let own = || {
            let steps = reason.map(|r| r.steps.as_slice()).unwrap_or_default();
            steps.iter().filter(|s| guideline.tables[s.table].conclusion == idx)
        };
        let mut ways: Vec<(Output, Vec<RowView>)> = Vec::new();
        let mut read = Vec::new();
        for step in own() {
            let table = &guideline.tables[step.table];
            let row = &table.rows[step.row];
            if let (Some(Outcome::Collected { certain, .. }), Output::Value(v)) = (outcome, row.output)
                && certain >> v & 1 == 0
            {
                continue;
            }
            for test in &step.tests {
                read.extend(conclusion_of(test.subject));
            }
            table.domain.tests(&mut |cells| read.extend(conclusion_of(cells.subject)));
            let mut shown = row_view(guideline, step.table, step.row, language);
            for (test, step) in shown.tests.iter_mut().zip(&step.tests) {
                match step.subject {
                    Subject::Fact(fact) => test.given = self.givens(&[fact], language),
                    Subject::Conclusion(idx) => {
                        let read = guideline.vocabulary.conclusion(idx);
                        let known = self.drawn.get(idx).map(|d| outcome_text(read, &d.outcome, language));
                        test.known = known.unwrap_or_default();
                    }
                }
            }
            match ways.iter_mut().find(|(output, _)| *output == row.output) {
                Some((_, rows)) => rows.push(shown),
                None => ways.push((row.output, vec![shown])),
            }
        }
        // Several rows of one conclusion that collects all hold only when each is alone with its value.
        let several = ways.len() > 1 && !matches!(outcome, Some(Outcome::Collected { .. }));
        let outside = reason.filter(|r| r.outside && idx == top.conclusion).map(|_| {
            let text = def.outside.get(language);
            let text = if text.is_empty() { say(language, Word::OutsideTables) } else { text };
            for table in guideline.conclusion(idx).map(|c| c.tables.as_slice()).unwrap_or_default() {
                let domain = &guideline.tables[*table].domain;
                domain.tests(&mut |cells| read.extend(conclusion_of(cells.subject)));
            }
            text.to_string()
        });
        let ways = ways
            .into_iter()
            .map(|(output, rows)| Way {
                value: output_text(def, output, language),
                one_of: several || rows.len() > 1,
                rows,
            })
            .collect();
        let mut inner = Vec::new();
        for idx in read {
            if !seen.contains(&idx) && guideline.conclusion(idx).is_some() {
                inner.push(self.node(top, idx, language, seen));
            }
        }
        Node {
            language,
            id: def.id.clone(),
            label: capital(def.label.get(language)),
            value: outcome.map(|o| outcome_text(def, o, language)).unwrap_or_default(),
            ways,
            outside,
            inner,
        }
    }

    /// What is known of some facts; what a computed fact was computed from comes after it.
    pub(crate) fn givens(&self, facts: &[FactIdx], language: Language) -> Vec<Given> {
        let mut givens = Vec::new();
        for fact in facts {
            self.given(*fact, language, &mut givens, 0);
        }
        givens
    }

    fn given(&self, fact: FactIdx, language: Language, givens: &mut Vec<Given>, depth: usize) {
        let def = self.guideline.vocabulary.fact(fact);
        let mut add = |given: Given| {
            if !givens.contains(&given) {
                givens.push(given);
            }
        };
        let plain = |value: String, written: String, basis: Word| Given {
            fact,
            id: def.id.clone(),
            label: capital(def.label.get(language)),
            value,
            written,
            date: None,
            origin: None,
            basis: Some(basis),
        };
        match self.drawn.recorded[usize::from(fact.0)] {
            Recorded::Presumed => {
                let written = def.presumed.clone().unwrap_or_default();
                add(plain(shown(def, &written, language), written, Word::NotMentioned));
            }
            Recorded::Derived => {
                let range = |language| {
                    self.knowledge.ranges(fact).map(|r| ranges_text(def, r, language)).unwrap_or_default()
                };
                add(plain(pretty(&range(language)), range(Language::En), Word::Computed));
                let mut inputs = Vec::new();
                for derivation in self.guideline.derivations.iter().filter(|d| d.target == fact) {
                    derivation.formula.facts(&mut |f| inputs.push(f));
                }
                for input in inputs {
                    // A derivation may feed another, never itself; the depth guards against a fault of the knowledge.
                    if depth < 8 && input != fact {
                        self.given(input, language, givens, depth + 1);
                    }
                }
            }
            _ => {
                for o in self.facts.about(fact) {
                    let fact = o.via.unwrap_or(fact);
                    let def = self.guideline.vocabulary.fact(fact);
                    add(Given {
                        fact,
                        id: def.id.clone(),
                        label: capital(def.label.get(language)),
                        value: shown(def, &o.text, language),
                        written: o.text.clone(),
                        date: o.date,
                        origin: o.origin.clone(),
                        basis: None,
                    });
                }
            }
        }
    }
}

fn conclusion_of(subject: Subject) -> Option<ConclusionIdx> {
    match subject {
        Subject::Conclusion(idx) => Some(idx),
        Subject::Fact(_) => None,
    }
}

/// Facts that a condition asks about.
pub(crate) fn asked(logic: &Logic, facts: &mut Vec<FactIdx>) {
    logic.tests(&mut |cells| {
        if let Subject::Fact(fact) = cells.subject
            && !facts.contains(&fact)
        {
            facts.push(fact);
        }
    });
}

fn output_text(def: &ConclusionDef, output: Output, language: Language) -> String {
    match output {
        Output::Value(value) => value_text(def, value, language),
        Output::NotApplicable => say(language, Word::NotApplicable).to_string(),
    }
}

/// A row as people read it; what is known of a patient is filled in by [`Assessed`].
pub(crate) fn row_view(
    guideline: &CompiledGuideline,
    table_at: usize,
    row_at: usize,
    language: Language,
) -> RowView {
    let table = &guideline.tables[table_at];
    let row = &table.rows[row_at];
    let vocabulary = &guideline.vocabulary;
    let def = vocabulary.conclusion(table.conclusion);
    let tests = row.cells.iter().filter(|c| !c.any).map(|cells| Test {
        label: match cells.subject {
            Subject::Fact(fact) => capital(vocabulary.fact(fact).label.get(language)),
            Subject::Conclusion(idx) => capital(vocabulary.conclusion(idx).label.get(language)),
        },
        wanted: cells_text(guideline, cells, language),
        conclusion: conclusion_of(cells.subject).map(|idx| vocabulary.conclusion(idx).id.clone()),
        given: Vec::new(),
        known: String::new(),
    });
    let annotations = row.annotations.iter().map(|(at, value)| {
        let annotation = &vocabulary.annotations()[*at];
        let value = annotation.values[*value].label.get(language).to_string();
        (capital(annotation.label.get(language)), value)
    });
    let mark = match row.mark {
        Mark::Verified => Word::MarkVerified,
        Mark::GeneralKnowledge => Word::MarkGeneral,
        Mark::DesignRule => Word::MarkDesign,
    };
    RowView {
        id: guideline.row_id(table_at, row_at),
        conclusion: def.id.clone(),
        value: output_text(def, row.output, language),
        text: row.text.get(language).to_string(),
        tests: tests.collect(),
        sources: quoted(guideline, &row.sources, language),
        annotations: annotations.collect(),
        mark: say(language, mark),
        confirmed: row.confirmed().map(|c| format!("{} ({}, {})", c.by, c.role, c.date)),
    }
}

/// Citations with the titles of their sources.
pub(crate) fn quoted(
    guideline: &CompiledGuideline,
    citations: &[Citation],
    language: Language,
) -> Vec<Quoted> {
    let one = |c: &Citation| {
        let source = guideline.sources.iter().find(|s| s.key == c.key);
        let by = source.map_or_else(String::new, |s| s.by(language));
        let title = source.map_or_else(String::new, |s| s.title.get(language).to_string());
        let link = source.map(|s| s.link.clone()).filter(|l| l.starts_with("https://")).unwrap_or_default();
        Quoted { key: c.key.clone(), locator: c.locator.clone(), title, by, link }
    };
    citations.iter().map(one).collect()
}

/// What a cell asks, in words: `3–20 %`, `stomach or duodenum`.
pub(crate) fn cells_text(guideline: &CompiledGuideline, cells: &Cells, language: Language) -> String {
    match cells.subject {
        Subject::Conclusion(idx) => {
            let def = guideline.vocabulary.conclusion(idx);
            values_text(def, cells.mask & ((2u64 << def.values.len()) - 1), language)
        }
        Subject::Fact(fact) => {
            let Some(var) = guideline.space.var(fact) else { return String::new() };
            let def = guideline.vocabulary.fact(fact);
            let part = |mask: u64| {
                guideline.space.cells_in(var, mask).map(|(_, cell)| SharedCell::of(def, cell)).collect()
            };
            let (inside, outside): (Vec<SharedCell>, Vec<SharedCell>) =
                (part(cells.mask), part(guideline.space.full(var) & !cells.mask));
            let mut ranges: Vec<Interval> = Vec::new();
            let mut words = Vec::new();
            for cell in &inside {
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
                words.insert(0, pretty(&ranges_text(def, &ranges, language)));
            }
            let others: Vec<String> = outside
                .iter()
                .filter_map(|cell| match cell {
                    SharedCell::Named(_, label) => Some(label.get(language).to_string()),
                    _ => None,
                })
                .collect();
            if words.len() > 6 && !others.is_empty() && others.len() < words.len() {
                return format!("{} {}", say(language, Word::OtherThan), either(&others, language));
            }
            either(&words, language)
        }
    }
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

/// Ranges as a person writes them: `4 %`, `1.6–2.4 mm`, `< 3 %`.
fn ranges_text(def: &FactDef, ranges: &[Interval], language: Language) -> String {
    let comma = language == Language::Nl;
    let one = |range: &Interval| {
        if let Some(single) = range.single() {
            return def.written(single.round_dp(4), comma);
        }
        let number = |b: nw_facts::Bound| def.written(b.at.round_dp(4), comma);
        let low = |closed: bool| if closed { "≥" } else { ">" };
        let high = |closed: bool| if closed { "≤" } else { "<" };
        match (range.low, range.high) {
            // Two ends that read alike are one number, known better than it is written.
            (Some(l), Some(h)) if number(l) == number(h) => number(l),
            (Some(l), Some(h)) if l.closed && h.closed => format!("{}–{}", number(l), number(h)),
            (Some(l), Some(h)) => {
                format!("{} {}, {} {}", low(l.closed), number(l), high(h.closed), number(h))
            }
            (Some(l), None) => format!("{} {}", low(l.closed), number(l)),
            (None, Some(h)) => format!("{} {}", high(h.closed), number(h)),
            (None, None) => "?".to_string(),
        }
    };
    let joined = ranges.iter().map(one).collect::<Vec<_>>().join(" / ");
    def.unit.as_deref().map_or(joined.clone(), |u| format!("{joined} {u}"))
}

/// A written value for a reader: a choice by its label, a number with its unit.
pub(crate) fn shown(def: &FactDef, written: &str, language: Language) -> String {
    match written {
        "unknown" => return say(language, Word::Unknown).to_string(),
        "not-done" if def.choice(written).is_none() => return say(language, Word::NotDone).to_string(),
        _ => {}
    }
    match (def.choice(written), &def.unit) {
        (Some(at), _) => def.choices[at].label.get(language).to_string(),
        (None, Some(unit)) if nw_facts::parse_number(written).is_ok() => pretty(&format!("{written} {unit}")),
        _ => pretty(written),
    }
}

/// Numbers that the program itself wrote, with the decimal sign of the language; what a person wrote stays as it is.
pub(crate) fn point(text: &str, language: Language) -> String {
    if language == Language::En {
        return text.to_string();
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let sign = |(at, c): (usize, char)| match c {
        '.' if digit(at.checked_sub(1)) && digit(Some(at + 1)) => ',',
        other => other,
    };
    text.char_indices().map(sign).collect()
}

/// Units as they are printed rather than typed.
pub(crate) fn pretty(text: &str) -> String {
    const PRINTED: [(&str, &str); 9] = [
        ("/1.73m2", "/1.73 m²"),
        ("/2mm2", "/2 mm²"),
        ("/10mm2", "/10 mm²"),
        ("mm2", "mm²"),
        ("cm2", "cm²"),
        ("10*9/", "× 10⁹/"),
        ("umol", "µmol"),
        ("ug/", "µg/"),
        ("xULN", "× ULN"),
    ];
    PRINTED.iter().fold(text.to_string(), |text, (typed, printed)| text.replace(typed, printed))
}

pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        // Words such as `pH` keep their own case.
        Some(first) if !text.chars().nth(1).is_some_and(char::is_uppercase) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.to_string(),
    }
}
