//! The guideline between our language and those of others: tests as lists of values and ranges, rows in the order in
//! which they are tried, null rows written out.
//!
//! # Unknowns
//! A row *holds* when the domain and all its tests hold for the values given; it *may hold* when no test fails and one
//! meets a missing value. The null row of a row answers "unknown?" where the row only may hold. In a `unique` table the
//! null rows come after all rows, in a `first` table each comes right before the next row. That is three-valued logic:
//! never a value that a completion of the record would change, but sometimes "unknown?" where all completions agree.

use std::collections::BTreeSet;

use nw_facts::{ConclusionIdx, Interval, Language, plain};
use nw_guideline::{Cell, Cells, CompiledGuideline, HitPolicy, Logic, Output, Row, Subject, Table};

use crate::{NOT_APPLICABLE, NOT_DONE, names};

/// Where the value of a conclusion comes from that a table reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// From the tables that give it: the whole guideline as one graph.
    Chained,
    /// From outside, like a fact: every table stands alone. Tests of single tables use this.
    Loose,
}

/// What kind of values an input takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these texts.
    Text(Vec<String>),
    /// A decimal number in the base unit.
    Number,
    /// A whole number.
    Whole,
    /// A number, or the text "not-done".
    NumberOrNotDone,
    /// A list of some of these texts.
    List(Vec<String>),
}

/// A value that the caller gives.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is about.
    pub subject: Subject,
    /// Its id.
    pub id: String,
    /// Its name in languages without dots.
    pub name: String,
    /// What it takes.
    pub kind: Kind,
    /// Its label.
    pub label: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Smallest and largest number that can exist.
    pub range: Option<(String, String)>,
}

/// One test, as other languages can say it.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Always holds.
    Any,
    /// The condition in the column holds.
    True,
    /// One of these texts.
    Values(Vec<String>),
    /// A number in one of these ranges, or the state "not done".
    Ranges { ranges: Vec<Interval>, not_done: bool },
    /// A list that holds one of these texts.
    Contains(Vec<String>),
}

/// A column of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Whether the domain holds, or (`maybe`) may hold.
    Domain { maybe: bool },
    /// A fact or a conclusion.
    Subject(Subject),
    /// Whether one test holds, or (`maybe`) may hold: for lists, and for numbers beside "not done", about which engines
    /// do not agree when they stand in cells.
    Condition { subject: Subject, test: Test, maybe: bool },
}

/// One line of a sheet.
#[derive(Clone, Debug)]
pub struct RowLine {
    /// The row of the table.
    pub row: usize,
    /// A null row: its tests also accept a missing value, and it does not decide.
    pub null: bool,
    /// One test for each column.
    pub tests: Vec<Test>,
}

/// A table as others write it down.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Columns.
    pub columns: Vec<Column>,
    /// Lines in order.
    pub lines: Vec<RowLine>,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its position in the guideline.
    pub table: usize,
    /// The rows; in a `first` table with the null rows between them.
    pub rows: Sheet,
    /// The null rows of a `unique` or `collect` table.
    pub nulls: Option<Sheet>,
    /// Everything the columns and the domain read.
    pub reads: Vec<Subject>,
}

/// The guideline, ready to be written.
#[derive(Clone, Debug)]
pub struct Model<'g> {
    /// The guideline.
    pub guideline: &'g CompiledGuideline,
    /// Where conclusions come from.
    pub wiring: Wiring,
    /// Language of labels and sentences.
    pub language: Language,
    /// What the caller gives.
    pub inputs: Vec<Input>,
    /// All tables, in the order of the guideline.
    pub parts: Vec<Part>,
    /// Conclusions in an order in which each comes after those it reads.
    pub conclusions: Vec<ConclusionIdx>,
}

impl<'g> Model<'g> {
    /// Reads a guideline.
    pub fn new(guideline: &'g CompiledGuideline, wiring: Wiring, language: Language) -> Self {
        let mut model = Model {
            guideline,
            wiring,
            language,
            inputs: Vec::new(),
            parts: Vec::new(),
            conclusions: guideline.order.iter().map(|at| guideline.conclusions[*at].idx).collect(),
        };
        model.parts = (0..guideline.tables.len()).map(|at| model.part(at)).collect();
        let read: BTreeSet<Subject> = model.parts.iter().flat_map(|p| p.reads.iter().copied()).collect();
        for subject in &read {
            if let Subject::Conclusion(idx) = subject
                && !model.conclusions.contains(idx)
            {
                // No table gives it: it never applies.
                model.conclusions.insert(0, *idx);
            }
        }
        let given = |s: &&Subject| wiring == Wiring::Loose || matches!(s, Subject::Fact(_));
        model.inputs = read.iter().filter(given).map(|s| model.input(*s)).collect();
        model
    }

    /// The same with the first conclusions only, in the order in which they can be drawn.
    #[must_use]
    pub fn first(mut self, conclusions: usize) -> Self {
        self.conclusions.truncate(conclusions);
        self
    }

    /// The id of a fact or conclusion.
    pub fn id(&self, subject: Subject) -> &'g str {
        match subject {
            Subject::Fact(fact) => &self.guideline.vocabulary.fact(fact).id,
            Subject::Conclusion(conclusion) => &self.guideline.vocabulary.conclusion(conclusion).id,
        }
    }

    /// Whether a subject is a list of what holds.
    pub fn is_list(&self, subject: Subject) -> bool {
        match subject {
            Subject::Fact(_) => false,
            Subject::Conclusion(idx) => self.is_collected(idx),
        }
    }

    /// Whether a subject is a number that may be "not done".
    pub fn is_mixed(&self, subject: Subject) -> bool {
        match subject {
            Subject::Fact(fact) => {
                let def = self.guideline.vocabulary.fact(fact);
                def.not_done_is_state && def.choices.is_empty()
            }
            Subject::Conclusion(_) => false,
        }
    }

    /// Whether a conclusion is collected.
    pub fn is_collected(&self, idx: ConclusionIdx) -> bool {
        self.guideline.conclusion(idx).is_some_and(|c| c.policy == HitPolicy::Collect)
    }

    fn input(&self, subject: Subject) -> Input {
        let vocabulary = &self.guideline.vocabulary;
        let id = self.id(subject).to_string();
        let (kind, label, unit, range) = match subject {
            Subject::Conclusion(idx) => {
                let def = vocabulary.conclusion(idx);
                let mut values: Vec<String> = def.values.iter().map(|v| v.id.clone()).collect();
                let label = def.label.get(self.language).to_string();
                if self.is_collected(idx) {
                    (Kind::List(values), label, None, None)
                } else {
                    values.push(NOT_APPLICABLE.to_string());
                    (Kind::Text(values), label, None, None)
                }
            }
            Subject::Fact(idx) => {
                let def = vocabulary.fact(idx);
                let label = def.label.get(self.language).to_string();
                if def.choices.is_empty() {
                    let kind = match (def.not_done_is_state, def.is_whole()) {
                        (true, _) => Kind::NumberOrNotDone,
                        (false, true) => Kind::Whole,
                        _ => Kind::Number,
                    };
                    let range = Some((plain(def.min, false), plain(def.max, false)));
                    (kind, label, def.unit.clone(), range)
                } else {
                    let mut values: Vec<String> = def.choices.iter().map(|c| c.id.clone()).collect();
                    if def.not_done_is_state {
                        values.push(NOT_DONE.to_string());
                    }
                    (Kind::Text(values), label, None, None)
                }
            }
        };
        Input { subject, name: names::name(&id), id, kind, label, unit, range }
    }

    /// What a test of the guideline asks.
    pub fn test(&self, cells: &Cells) -> Test {
        if cells.any {
            return Test::Any;
        }
        let in_mask = |i: usize| cells.mask >> i & 1 == 1;
        match cells.subject {
            Subject::Conclusion(idx) => {
                let def = self.guideline.vocabulary.conclusion(idx);
                let values = def.values.iter().enumerate().filter(|(i, _)| in_mask(*i));
                let mut values: Vec<String> = values.map(|(_, v)| v.id.clone()).collect();
                if self.is_collected(idx) {
                    return Test::Contains(values);
                }
                if in_mask(def.values.len()) {
                    values.push(NOT_APPLICABLE.to_string());
                }
                if values.len() > def.values.len() { Test::Any } else { Test::Values(values) }
            }
            Subject::Fact(fact) => {
                // A fact that no table tells apart has no cells; such a test cannot hold.
                let Some(var) = self.guideline.space.var(fact) else { return Test::Values(Vec::new()) };
                let def = self.guideline.vocabulary.fact(fact);
                let cells_of = &self.guideline.space.domain(var).cells;
                if (0..cells_of.len()).all(in_mask) {
                    return Test::Any;
                }
                if def.choices.is_empty() {
                    let (mut ranges, not_done) = ranges(cells_of, cells.mask);
                    if !def.not_done_is_state {
                        // What cannot exist need not be excluded. Beside "not done" both ends stay, so that nothing
                        // but a number is inside.
                        for range in ranges.iter_mut().filter(|r| r.single().is_none()) {
                            range.low = range.low.filter(|b| b.at > def.min || !b.closed);
                            range.high = range.high.filter(|b| b.at < def.max || !b.closed);
                        }
                    }
                    return Test::Ranges { ranges, not_done };
                }
                let texts = cells_of.iter().enumerate().filter(|(i, _)| in_mask(*i));
                Test::Values(
                    texts
                        .map(|(_, cell)| match cell {
                            Cell::Choice(choice) => def.choices[*choice].id.clone(),
                            _ => NOT_DONE.to_string(),
                        })
                        .collect(),
                )
            }
        }
    }

    /// Whether a condition holds for everybody.
    pub fn always(&self, logic: &Logic) -> bool {
        match logic {
            Logic::And(all) => all.iter().all(|l| self.always(l)),
            Logic::Or(all) => all.iter().any(|l| self.always(l)),
            Logic::Not(_) => false,
            Logic::Is(cells) => self.test(cells) == Test::Any,
        }
    }

    fn part(&self, at: usize) -> Part {
        let table = &self.guideline.tables[at];
        let mut reads: BTreeSet<Subject> = BTreeSet::new();
        table.domain.tests(&mut |cells| {
            reads.insert(cells.subject);
        });
        for cells in table.rows.iter().flat_map(|r| &r.cells).filter(|c| !c.any) {
            reads.insert(cells.subject);
        }
        let guarded = !self.always(&table.domain);
        let sure = self.sheet_columns(table, guarded, &[false]);
        let open = self.sheet_columns(table, guarded, &[true]);
        let says = |row: &&Row| table.policy != HitPolicy::Collect || row.output != Output::NotApplicable;
        let rows: Vec<usize> = (0..table.rows.len()).filter(|r| says(&&table.rows[*r])).collect();
        let lines = |columns: &[Column], null: bool| -> Vec<RowLine> {
            rows.iter().filter_map(|row| self.line(table, *row, columns, null)).collect()
        };
        let (rows, nulls) = if table.policy == HitPolicy::First {
            let both = self.sheet_columns(table, guarded, &[false, true]);
            let mut all: Vec<RowLine> = lines(&both, false).into_iter().chain(lines(&both, true)).collect();
            all.sort_by_key(|l| (l.row, l.null));
            (Sheet { columns: both, lines: all }, None)
        } else {
            let nulls = lines(&open, true);
            let nulls = (!nulls.is_empty()).then(|| Sheet { columns: open.clone(), lines: nulls });
            (Sheet { lines: lines(&sure, false), columns: sure }, nulls)
        };
        Part { table: at, rows, nulls, reads: reads.into_iter().collect() }
    }

    /// The columns for rows (`false`) and for null rows (`true`): most are the same for both.
    fn sheet_columns(&self, table: &Table, guarded: bool, readings: &[bool]) -> Vec<Column> {
        let mut columns = Vec::new();
        for maybe in readings.iter().filter(|_| guarded) {
            columns.push(Column::Domain { maybe: *maybe });
        }
        for (at, subject) in table.columns.iter().enumerate() {
            let mut tests: Vec<Test> = Vec::new();
            for test in table.rows.iter().map(|r| self.test(&r.cells[at])) {
                if test != Test::Any && !tests.contains(&test) {
                    tests.push(test);
                }
            }
            if tests.is_empty() {
                continue;
            }
            if !self.is_list(*subject) && !self.is_mixed(*subject) {
                columns.push(Column::Subject(*subject));
                continue;
            }
            for test in tests {
                let column =
                    |maybe: &bool| Column::Condition { subject: *subject, test: test.clone(), maybe: *maybe };
                columns.extend(readings.iter().map(column));
            }
        }
        columns
    }

    /// A row, or its null row when a missing value can leave it open.
    fn line(&self, table: &Table, row: usize, columns: &[Column], null: bool) -> Option<RowLine> {
        let cells = &table.rows[row].cells;
        let asked = |subject: &Subject| {
            let at = table.columns.iter().position(|s| s == subject);
            at.map_or(Test::Any, |at| self.test(&cells[at]))
        };
        let tests: Vec<Test> = columns
            .iter()
            .map(|column| match column {
                Column::Domain { maybe } if *maybe == null => Test::True,
                Column::Condition { subject, test, maybe } if *maybe == null && asked(subject) == *test => {
                    Test::True
                }
                Column::Subject(subject) => asked(subject),
                Column::Domain { .. } | Column::Condition { .. } => Test::Any,
            })
            .collect();
        let open = tests.iter().any(|t| *t != Test::Any);
        (!null || open).then_some(RowLine { row, null, tests })
    }

    /// A condition in a language with two truth values: whether it certainly holds, or (`maybe`) may hold.
    pub fn condition(
        &self,
        logic: &Logic,
        maybe: bool,
        words: (&str, &str, &str),
        say: &dyn Fn(Subject, &Test, bool) -> String,
    ) -> String {
        let (and, or, not) = words;
        let joined = |all: &[Logic], word: &str, none: &str| {
            let parts: Vec<String> = all.iter().map(|l| self.condition(l, maybe, words, say)).collect();
            match parts.len() {
                0 => none.to_string(),
                1 => parts[0].clone(),
                _ => format!("({})", parts.join(&format!(" {word} "))),
            }
        };
        match logic {
            Logic::And(all) => joined(all, and, "true"),
            Logic::Or(all) => joined(all, or, "false"),
            Logic::Not(inner) => format!("{not}({})", self.condition(inner, !maybe, words, say)),
            Logic::Is(cells) => say(cells.subject, &self.test(cells), maybe),
        }
    }

    /// What a row says.
    pub fn output(&self, table: &Table, row: usize) -> &'g str {
        let def = self.guideline.vocabulary.conclusion(table.conclusion);
        match table.rows[row].output {
            Output::Value(value) => &def.values[value].id,
            Output::NotApplicable => NOT_APPLICABLE,
        }
    }

    /// The parts of one conclusion.
    pub fn parts_of(&self, idx: ConclusionIdx) -> Vec<&Part> {
        let tables = self.guideline.conclusion(idx).map(|c| c.tables.as_slice()).unwrap_or_default();
        tables.iter().map(|t| &self.parts[*t]).collect()
    }

    /// What stands beside a row: id, sources, mark, sentence, and the marks of the row.
    pub fn notes(&self, table: &Table, row: usize) -> [String; 5] {
        let row_at = &table.rows[row];
        let sources: Vec<String> = row_at.sources.iter().map(cite).collect();
        let annotations: Vec<String> = row_at
            .annotations
            .iter()
            .map(|(at, value)| {
                let def = &self.guideline.vocabulary.annotations()[*at];
                format!("{}: {}", def.id, def.values[*value].id)
            })
            .collect();
        [
            format!("{}#{}", table.id, row_at.id),
            sources.join("; "),
            row_at.mark.letter().to_string(),
            row_at.text.get(self.language).to_string(),
            annotations.join("; "),
        ]
    }
}

/// A citation as chapters write it.
pub(crate) fn cite(citation: &nw_guideline::Citation) -> String {
    if citation.locator.is_empty() {
        citation.key.clone()
    } else {
        format!("{}#{}", citation.key, citation.locator)
    }
}

/// The ranges of the cells in a mask, neighbours joined, and whether "not done" is among them.
pub(crate) fn ranges(cells: &[Cell], mask: u64) -> (Vec<Interval>, bool) {
    let mut ranges: Vec<Interval> = Vec::new();
    let mut not_done = false;
    let mut before = false;
    for (i, cell) in cells.iter().enumerate() {
        let wanted = mask >> i & 1 == 1;
        match cell {
            Cell::Numbers(range) if wanted => match ranges.last_mut() {
                Some(last) if before => last.high = range.high,
                _ => ranges.push(*range),
            },
            Cell::NotDone => not_done |= wanted,
            _ => {}
        }
        before = wanted;
    }
    (ranges, not_done)
}
