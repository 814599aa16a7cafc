//! Names to facts, conclusions, values, units and sources.
//!
//! In: raw tables and blocks. Out: the constructs of `ir`, with tests that still hold ranges and values. Afterwards
//! every name exists, every unit measures its fact and every number can occur; findings are collected, never thrown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use nw_diagram::{FALSE, TRUE};
use nw_facts::{
    ConclusionIdx, Decimal, FactIdx, Interval, Kind, Text, Unit, UnitFault, Vocabulary, nearest, parse_number,
};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Spanned};
use crate::ir::{
    Agreement, Arithmetic, Assumption, Case, Cells, Citation, Convention, Departure, Derivation, Effect,
    Epistemic, Expect, Expected, HitPolicy, Logic, Mark, Output, Property, PropertyTest, Row, Rule, Subject,
    Table, Wanted,
};
use crate::syntax::chapter::{Chapter, RawBlock, RawTable};
use crate::syntax::expression::{self, Condition, Formula, Number, Term, Test};
use crate::syntax::files::{Parameter, Source, expansions};

/// Everything the chapters say, resolved.
#[derive(Default)]
pub(crate) struct Resolved {
    pub tables: Vec<Table>,
    pub rules: Vec<Rule>,
    pub agreements: Vec<Agreement>,
    pub conventions: Vec<Convention>,
    pub derivations: Vec<Derivation>,
    pub properties: Vec<Property>,
    pub departures: Vec<Departure>,
    pub cases: Vec<Case>,
    pub case_ids: std::collections::HashSet<(String, String)>,
}

pub(crate) struct Resolver<'a> {
    pub vocabulary: &'a Vocabulary,
    pub sources: &'a [(Source, Place)],
    pub parameters: &'a [(Parameter, Place)],
    pub date: &'a str,
    pub policies: HashMap<ConclusionIdx, HitPolicy>,
    /// Conclusions with a table that has a fault of its own; a gap in it would only be the echo of that fault.
    pub torn: BTreeSet<ConclusionIdx>,
    /// Some rule has a fault: whom it excludes is not known.
    pub torn_rules: bool,
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

type Holes = Vec<(String, String)>;

impl Resolver<'_> {
    fn report(
        &mut self,
        code: DiagnosticCode,
        at: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic::new(code, at, message, help));
    }

    /// Parameters are cited like rows.
    pub fn parameter_sources(&mut self) {
        for (parameter, place) in self.parameters {
            self.citations(Some(&Spanned { text: parameter.source.clone(), place: place.clone() }));
        }
    }

    /// First pass: which conclusion is collected, because tests on it read differently.
    pub fn note_policies(&mut self, chapter: &Chapter) {
        for raw in &chapter.tables {
            for holes in self.holes(raw.attribute("each"), &mut Vec::new()) {
                let id = raw.id.filled(&holes);
                let collect = raw.attribute("kind").is_some_and(|k| k.text == "collect");
                if let Some(idx) = self.vocabulary.find_conclusion(&id.text) {
                    let policy = if collect { HitPolicy::Collect } else { HitPolicy::Unique };
                    self.policies.entry(idx).or_insert(policy);
                }
            }
        }
    }

    pub fn chapter(&mut self, chapter: &Chapter, with_cases: bool, out: &mut Resolved) {
        let id =
            chapter.front.iter().find(|(k, _)| k == "id").map(|(_, v)| v.text.clone()).unwrap_or_default();
        for key in ["id", "en", "nl"] {
            if !chapter.front.is_empty() && !chapter.front.iter().any(|(k, v)| k == key && !v.text.is_empty())
            {
                let at = chapter.front[0].1.place.clone();
                self.report(
                    DiagnosticCode::BadFrontMatter,
                    &at,
                    format!("the front matter has no `{key}`"),
                    format!("add `{key}: …`"),
                );
            }
        }
        for citation in &chapter.citations {
            self.citations(Some(citation));
        }
        for section in &chapter.sections {
            if section.english && !section.dutch {
                self.report(
                    DiagnosticCode::UntranslatedText,
                    &section.title.place,
                    format!("the section `{}` has no Dutch text", section.title.text),
                    "add a paragraph `> **nl** …`",
                );
            }
        }
        for raw in &chapter.tables {
            self.tables(raw, &id, out);
        }
        for block in chapter.blocks.iter().filter(|b| with_cases || b.kind.text != "Case") {
            self.block(block, &id, out);
        }
        for raw in chapter.case_tables.iter().filter(|_| with_cases) {
            self.case_table(raw, &id, out);
        }
    }

    fn holes(&mut self, each: Option<&Spanned>, faults: &mut Vec<Diagnostic>) -> Vec<Holes> {
        let Some(each) = each else { return vec![Vec::new()] };
        let parsed = each.text.split_once(" in ").and_then(|(name, list)| {
            let list = list.trim().strip_prefix('{')?.strip_suffix('}')?;
            let values = list.split(',').map(|v| v.trim().to_string()).collect();
            Some(BTreeMap::from([(name.trim().to_string(), values)]))
        });
        match parsed {
            Some(map) => expansions(&map),
            None => {
                faults.push(Diagnostic::new(
                    DiagnosticCode::BadTable,
                    &each.place,
                    format!("`{}` does not say what is repeated", each.text),
                    "write `each: edition in {uicc8, ajcc8}`",
                ));
                // Nothing is filled in: every hole would only be reported again.
                Vec::new()
            }
        }
    }

    fn all_holes(&mut self, each: Option<&Spanned>) -> Vec<Holes> {
        let mut faults = Vec::new();
        let holes = self.holes(each, &mut faults);
        self.diagnostics.append(&mut faults);
        holes
    }

    // ---- names -------------------------------------------------------------------------------------------------

    fn subject(&mut self, name: &Spanned) -> Option<Subject> {
        if let Some(fact) = self.vocabulary.find_fact(&name.text) {
            return Some(Subject::Fact(fact));
        }
        if let Some(conclusion) = self.vocabulary.find_conclusion(&name.text) {
            return Some(Subject::Conclusion(conclusion));
        }
        let ids =
            self.vocabulary.fact_ids().chain(self.vocabulary.conclusions().iter().map(|c| c.id.as_str()));
        let near = nearest(&name.text, ids)
            .map_or("declare it in the vocabulary".to_string(), |n| format!("did you mean `{n}`?"));
        self.report(
            DiagnosticCode::UndeclaredFact,
            &name.place,
            format!("`{}` is neither a fact nor a conclusion", name.text),
            near,
        );
        None
    }

    fn fact(&mut self, name: &Spanned) -> Option<FactIdx> {
        match self.subject(name)? {
            Subject::Fact(fact) => Some(fact),
            Subject::Conclusion(_) => {
                self.report(
                    DiagnosticCode::UndeclaredFact,
                    &name.place,
                    format!("`{}` is a conclusion, not a fact", name.text),
                    "name a fact here",
                );
                None
            }
        }
    }

    fn conclusion(&mut self, name: &Spanned) -> Option<ConclusionIdx> {
        match self.subject(name)? {
            Subject::Conclusion(conclusion) => Some(conclusion),
            Subject::Fact(_) => {
                self.report(
                    DiagnosticCode::UndeclaredFact,
                    &name.place,
                    format!("`{}` is a fact, not a conclusion", name.text),
                    "name a conclusion here",
                );
                None
            }
        }
    }

    fn value_of(&mut self, conclusion: ConclusionIdx, word: &str, at: &Place) -> Option<usize> {
        let def = self.vocabulary.conclusion(conclusion);
        if let Some(value) = def.value(word) {
            return Some(value);
        }
        let ids: Vec<&str> = def.values.iter().map(|v| v.id.as_str()).collect();
        let near =
            nearest(word, ids.iter().copied()).map_or(String::new(), |n| format!("; did you mean `{n}`?"));
        let (id, list) = (def.id.clone(), ids.join(", "));
        self.report(
            DiagnosticCode::UnknownValue,
            at,
            format!("`{word}` is not a value of `{id}`"),
            format!("expected one of {list}{near}"),
        );
        None
    }

    fn citations(&mut self, text: Option<&Spanned>) -> Vec<Citation> {
        let Some(text) = text else { return Vec::new() };
        let mut found = Vec::new();
        for part in text.parts(';') {
            let item = part.text.trim_start_matches('@');
            let (key, locator) = item.split_once('#').unwrap_or((item, ""));
            let key = key.trim();
            if !self.sources.iter().any(|(s, _)| s.key == key) {
                let near = nearest(key, self.sources.iter().map(|(s, _)| s.key.as_str()));
                let help = near
                    .map_or("add it to the list of sources".to_string(), |n| format!("did you mean `{n}`?"));
                self.report(
                    DiagnosticCode::UnknownSource,
                    &part.place,
                    format!("the source `{key}` is not in the list of sources"),
                    help,
                );
            }
            found.push(Citation { key: key.to_string(), locator: locator.trim().to_string() });
        }
        found
    }

    // ---- tests and conditions ----------------------------------------------------------------------------------

    fn number(&mut self, fact: FactIdx, number: &Number, unit: &str, at: &Place) -> Option<Decimal> {
        let def = self.vocabulary.fact(fact);
        let (value, unit) = match number {
            Number::Literal(value) => (*value, unit.to_string()),
            Number::Parameter(name) => {
                let found = self.parameters.iter().find(|(p, _)| p.name == *name);
                let value = found
                    .and_then(|(p, _)| p.values.iter().rev().find(|(from, _)| from.as_str() <= self.date));
                let Some((_, text)) = value else {
                    let near = nearest(name, self.parameters.iter().map(|(p, _)| p.name.as_str()));
                    let help = match near {
                        Some(near) if near == name.as_str() => {
                            "give it a value from an earlier day on".to_string()
                        }
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "add it to `parameters.toml`".to_string(),
                    };
                    let message = format!("the parameter `{name}` has no value on {}", self.date);
                    self.report(DiagnosticCode::UnknownParameter, at, message, help);
                    return None;
                };
                let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
                match parse_number(&text[..end]) {
                    Ok(value) => (value, text[end..].trim().to_string()),
                    Err(_) => {
                        self.report(
                            DiagnosticCode::UnknownParameter,
                            at,
                            format!("`{text}` is not a number with unit"),
                            "write `\"3 %\"`",
                        );
                        return None;
                    }
                }
            }
        };
        let factor = match (&def.unit, unit.is_empty()) {
            (None, true) => Decimal::ONE,
            (Some(base), true) => {
                let (id, base) = (def.id.clone(), base.clone());
                self.report(
                    DiagnosticCode::UnitMismatch,
                    at,
                    format!("a number for `{id}` needs a unit"),
                    format!("write it in `{base}`"),
                );
                return None;
            }
            (_, false) => match Unit::factor_to(&unit, def) {
                Ok(factor) => factor,
                Err(why) => {
                    let expected = def.unit.clone().unwrap_or_else(|| "no unit".to_string());
                    let id = def.id.clone();
                    let message = match why {
                        UnitFault::Unknown => format!("`{unit}` is not a unit we know"),
                        UnitFault::WrongDimension => format!("`{unit}` does not measure `{id}`"),
                    };
                    self.report(
                        DiagnosticCode::UnitMismatch,
                        at,
                        message,
                        format!("`{id}` is measured in `{expected}`"),
                    );
                    return None;
                }
            },
        };
        let Some(value) = value.checked_mul(factor).map(|v| v.normalize()) else {
            let message = format!("{value} {unit} is more than can be kept exactly");
            self.report(DiagnosticCode::ImpossibleNumber, at, message, "write a number that can occur");
            return None;
        };
        if value < def.min || value > def.max {
            let message = format!("{value} lies outside what `{}` can be", def.id);
            let help = format!("it lies between {} and {}", def.min, def.max);
            self.report(DiagnosticCode::ImpossibleNumber, at, message, help);
            return None;
        }
        Some(value)
    }

    fn wanted(&mut self, subject: Subject, test: &Test) -> Option<Wanted> {
        let mut ranges = Vec::new();
        let mut not_done = false;
        let (mut mask, mut listed) = (0u64, 0u64);
        let numeric = matches!(subject, Subject::Fact(f) if self.vocabulary.fact(f).is_numeric());
        for term in &test.terms {
            match term {
                Term::Any => return Some(Wanted::Any),
                Term::NotDone => match subject {
                    Subject::Fact(f) if self.vocabulary.fact(f).not_done_is_state => {
                        not_done = true;
                        mask |= 1 << self.vocabulary.fact(f).choices.len().min(63);
                    }
                    _ => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "`not-done` is not a value here",
                            "declare the fact with `not-done = \"state\"`, or use a convention",
                        );
                        return None;
                    }
                },
                Term::NotApplicable => match subject {
                    Subject::Conclusion(c) if self.policies.get(&c) == Some(&HitPolicy::Collect) => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "a collected conclusion is never `not-applicable`",
                            "name a value it collects",
                        );
                        return None;
                    }
                    Subject::Conclusion(c) => mask |= 1 << self.vocabulary.conclusion(c).values.len(),
                    Subject::Fact(_) => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "a fact is never `not-applicable` in a table",
                            "test the conclusion or fact that makes it so",
                        );
                        return None;
                    }
                },
                Term::Words { words, negated } if numeric => {
                    let Subject::Fact(fact) = subject else { return None };
                    let [word] = words.as_slice() else {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "a list of words is not a number",
                            "write a comparison or an interval",
                        );
                        return None;
                    };
                    let (number, unit) = word.text.split_once(' ').unwrap_or((&word.text, ""));
                    let Ok(value) = parse_number(number) else {
                        self.report(
                            DiagnosticCode::BadCell,
                            &word.place,
                            format!("`{}` is not a number", word.text),
                            "write a comparison or an interval, for example `< 3 %`",
                        );
                        return None;
                    };
                    let value = self.number(fact, &Number::Literal(value), unit, &test.place)?;
                    if *negated {
                        ranges.push(Interval::below(value, false));
                        ranges.push(Interval::above(value, false));
                    } else {
                        ranges.push(Interval::exactly(value));
                    }
                }
                Term::Words { words, negated } => {
                    let mut found = 0u64;
                    for word in words {
                        found |= 1 << self.position(subject, &word.text, &word.place)?;
                    }
                    if *negated {
                        if matches!(subject, Subject::Conclusion(c) if self.policies.get(&c) == Some(&HitPolicy::Collect))
                        {
                            self.report(
                                DiagnosticCode::BadCell,
                                &test.place,
                                "`not` on a collected conclusion is ambiguous",
                                "put `not ( … )` around the condition",
                            );
                            return None;
                        }
                        found = !found & ((1 << self.values(subject)) - 1);
                    }
                    mask |= found;
                    listed |= if *negated { 0 } else { found };
                }
                Term::Compare { operator, number, unit } => match subject {
                    Subject::Fact(fact) if numeric => {
                        let value = self.number(fact, number, unit, &test.place)?;
                        match *operator {
                            "<" => ranges.push(Interval::below(value, false)),
                            "<=" => ranges.push(Interval::below(value, true)),
                            ">" => ranges.push(Interval::above(value, false)),
                            ">=" => ranges.push(Interval::above(value, true)),
                            "!=" => {
                                ranges.push(Interval::below(value, false));
                                ranges.push(Interval::above(value, false));
                            }
                            _ => ranges.push(Interval::exactly(value)),
                        }
                    }
                    _ => {
                        // Values such as `0` (a stage) look like numbers.
                        let Number::Literal(value) = number else {
                            self.report(
                                DiagnosticCode::BadCell,
                                &test.place,
                                "a parameter is a number, and this has named values",
                                "name the values",
                            );
                            return None;
                        };
                        if !["=", "!="].contains(operator) {
                            self.report(
                                DiagnosticCode::BadCell,
                                &test.place,
                                "only numbers can be compared",
                                "name the values",
                            );
                            return None;
                        }
                        let at = self.position(subject, &value.to_string(), &test.place)?;
                        mask |= if *operator == "=" {
                            1 << at
                        } else {
                            !(1u64 << at) & ((1 << self.values(subject)) - 1)
                        };
                    }
                },
                Term::Between { low, low_closed, high, high_closed, unit } => {
                    let Subject::Fact(fact) = subject else {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "only numbers have intervals",
                            "name the values",
                        );
                        return None;
                    };
                    if !numeric {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "only numbers have intervals",
                            "name the values",
                        );
                        return None;
                    }
                    let low = self.number(fact, low, unit, &test.place)?;
                    let high = self.number(fact, high, unit, &test.place)?;
                    let above = Interval::above(low, *low_closed);
                    let range = above.intersect(&Interval::below(high, *high_closed));
                    if range.is_empty() {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "the interval holds no number",
                            "write the smaller number first",
                        );
                        return None;
                    }
                    ranges.push(range);
                }
            }
        }
        Some(if numeric { Wanted::Numbers { ranges, not_done } } else { Wanted::Values { mask, listed } })
    }

    fn values(&self, subject: Subject) -> usize {
        match subject {
            Subject::Fact(f) => self.vocabulary.fact(f).choices.len(),
            Subject::Conclusion(c) => self.vocabulary.conclusion(c).values.len(),
        }
    }

    fn position(&mut self, subject: Subject, word: &str, at: &Place) -> Option<usize> {
        match subject {
            Subject::Conclusion(c) => self.value_of(c, word, at),
            Subject::Fact(f) => {
                let def = self.vocabulary.fact(f);
                if let Some(found) = def.choices.iter().position(|c| c.id == word) {
                    return Some(found);
                }
                let ids: Vec<&str> = def.choices.iter().map(|c| c.id.as_str()).collect();
                let near = nearest(word, ids.iter().copied())
                    .map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                let (id, list) = (def.id.clone(), ids.join(", "));
                self.report(
                    DiagnosticCode::UnknownValue,
                    at,
                    format!("`{word}` is not a value of `{id}`"),
                    format!("expected one of {list}{near}"),
                );
                None
            }
        }
    }

    fn cells(&mut self, subject: Subject, test: &Test) -> Option<Cells> {
        let wanted = self.wanted(subject, test)?;
        Some(Cells { subject, mask: 0, any: wanted == Wanted::Any, place: test.place.clone(), wanted })
    }

    fn parse_condition(&mut self, text: &Spanned) -> Option<Condition> {
        match expression::condition(text) {
            Ok(condition) => Some(condition),
            Err(unexpected) => {
                self.report(
                    DiagnosticCode::BadCondition,
                    &unexpected.place,
                    unexpected.message,
                    "see the chapter on conditions",
                );
                None
            }
        }
    }

    fn logic_text(&mut self, text: &Spanned) -> Option<Logic> {
        let condition = self.parse_condition(text)?;
        self.logic(&condition)
    }

    fn logic(&mut self, condition: &Condition) -> Option<Logic> {
        let all = |me: &mut Self, list: &[Condition]| -> Option<Vec<Logic>> {
            let done: Vec<Option<Logic>> = list.iter().map(|c| me.logic(c)).collect();
            done.into_iter().collect()
        };
        match condition {
            Condition::And(list) => Some(Logic::And(all(self, list)?)),
            Condition::Or(list) => Some(Logic::Or(all(self, list)?)),
            Condition::Not(inner) => Some(Logic::Not(Box::new(self.logic(inner)?))),
            Condition::Is(name, test) => {
                let subject = self.subject(name)?;
                Some(Logic::Is(self.cells(subject, test)?))
            }
            Condition::Missing(name) | Condition::Known(name) | Condition::NotDone(name) => {
                self.report(
                    DiagnosticCode::BadCondition,
                    &name.place,
                    "`missing`, `known` and `not-done` speak of what is known, not of the patient",
                    "use them in the `when` line of a convention",
                );
                None
            }
        }
    }

    fn epistemic(&mut self, condition: &Condition) -> Option<Epistemic> {
        let all = |me: &mut Self, list: &[Condition]| -> Option<Vec<Epistemic>> {
            let done: Vec<Option<Epistemic>> = list.iter().map(|c| me.epistemic(c)).collect();
            done.into_iter().collect()
        };
        if !condition.speaks_of_the_record() {
            // A condition on the patient must hold for certain as a whole: `not (a = x)` is not "a = x is uncertain".
            return Some(Epistemic::Certain(self.logic(condition)?, FALSE));
        }
        Some(match condition {
            Condition::And(list) => Epistemic::And(all(self, list)?),
            Condition::Or(list) => Epistemic::Or(all(self, list)?),
            Condition::Not(inner) => Epistemic::Not(Box::new(self.epistemic(inner)?)),
            Condition::Missing(name) => Epistemic::Missing(self.subject(name)?),
            Condition::Known(name) => Epistemic::Known(self.subject(name)?),
            Condition::NotDone(name) => Epistemic::NotDone(self.fact(name)?),
            Condition::Is(..) => Epistemic::Certain(self.logic(condition)?, FALSE),
        })
    }

    // ---- tables ------------------------------------------------------------------------------------------------

    fn tables(&mut self, raw: &RawTable, chapter: &str, out: &mut Resolved) {
        const KNOWN: &[&str] = &["kind", "domain", "each", "en", "nl", "source", "mark", "status", "note"];
        for (key, _) in &raw.attributes {
            if !KNOWN.contains(&key.text.as_str()) {
                let near = nearest(&key.text, KNOWN.iter().copied())
                    .map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                self.report(
                    DiagnosticCode::BadTable,
                    &key.place,
                    format!("`{}` is not an attribute of a table", key.text),
                    format!("expected one of {}{near}", KNOWN.join(", ")),
                );
            }
        }
        for holes in self.all_holes(raw.attribute("each")) {
            if let Some(table) = self.table(raw, &holes, chapter) {
                if let Some(other) = out.tables.iter().find(|t| t.id == table.id) {
                    let message = format!("two tables are called `{}`", other.id);
                    self.report(
                        DiagnosticCode::DuplicateId,
                        &raw.id.place,
                        message,
                        "give this part another name after ` / `",
                    );
                    continue;
                }
                out.tables.push(table);
            } else if let Some(conclusion) = self.vocabulary.find_conclusion(&raw.id.filled(&holes).text) {
                self.torn.insert(conclusion);
            }
        }
    }

    fn table(&mut self, raw: &RawTable, holes: &Holes, chapter: &str) -> Option<Table> {
        let id = raw.id.filled(holes);
        let conclusion = self.conclusion(&id)?;
        let part = raw.part.as_ref().map(|p| p.filled(holes).text);
        let full_id = part.map_or(id.text.clone(), |p| format!("{}/{p}", id.text));
        let policy = match raw.attribute("kind").map(|k| (k.text.clone(), k.place.clone())) {
            Some((k, _)) if k == "unique" => HitPolicy::Unique,
            Some((k, _)) if k == "first" => HitPolicy::First,
            Some((k, _)) if k == "collect" => HitPolicy::Collect,
            Some((k, at)) => {
                self.report(
                    DiagnosticCode::BadTable,
                    &at,
                    format!("`{k}` is not a kind of table"),
                    "expected unique, first or collect",
                );
                return None;
            }
            None => {
                self.report(
                    DiagnosticCode::BadTable,
                    &id.place,
                    format!("the table `{full_id}` does not say its kind"),
                    "add `- kind: unique`, `first` or `collect`",
                );
                return None;
            }
        };
        if (self.policies.get(&conclusion) == Some(&HitPolicy::Collect)) != (policy == HitPolicy::Collect) {
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                format!("`{}` is collected in one table and decided in another", id.text),
                "give both parts the same kind",
            );
            return None;
        }
        let title = Text::new(self.attribute_text(raw, "en", holes), self.attribute_text(raw, "nl", holes));
        if title.en.is_empty() || title.nl.is_empty() {
            self.report(
                DiagnosticCode::UntranslatedText,
                &id.place,
                format!("the table `{full_id}` has no title in both languages"),
                "add `- en: …` and `- nl: …`",
            );
        }
        let domain = match raw.attribute("domain") {
            Some(text) => self.logic_text(&text.filled(holes))?,
            None => Logic::And(Vec::new()),
        };
        let named = |h: &Spanned| h.filled(holes).text.trim_start_matches("→").trim() == id.text;
        let output = raw.header.iter().skip(1).position(named).map(|i| i + 1);
        let Some(output) = output else {
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                format!("no column is called `{}`", id.text),
                "the output column is named by the conclusion the table gives",
            );
            return None;
        };
        if raw.header.first().is_none_or(|h| h.text != "row") {
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                "the first column is not `row`",
                "every row starts with its stable id",
            );
            return None;
        }
        let mut columns = Vec::new();
        for name in &raw.header[1..output] {
            columns.push(self.subject(&name.filled(holes))?);
        }
        let extra: HashMap<String, usize> =
            raw.header.iter().enumerate().skip(output + 1).map(|(i, h)| (h.text.clone(), i)).collect();
        for (name, i) in &extra {
            if !["source", "mark", "en", "nl", "departs", "status", "note"].contains(&name.as_str()) {
                let at = raw.header[*i].place.clone();
                self.report(
                    DiagnosticCode::BadTable,
                    &at,
                    format!("the column `{name}` cannot stand after the output column"),
                    "input columns stand before it; after it come source, mark, en, nl, departs, status",
                );
                return None;
            }
        }
        let mut rows: Vec<Row> = Vec::new();
        for cells in &raw.rows {
            if let Some(row) = self.row(raw, cells, holes, conclusion, &columns, output, &extra, policy) {
                if rows.iter().any(|r| r.id == row.id) {
                    self.report(
                        DiagnosticCode::DuplicateId,
                        &row.place,
                        format!("two rows are called `{}`", row.id),
                        "row ids are stable and used once",
                    );
                }
                rows.push(row);
            }
        }
        if rows.is_empty() {
            if !raw.rows.is_empty() {
                return None;
            }
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                format!("the table `{full_id}` has no rows"),
                "add a row or remove the table",
            );
            return None;
        }
        let place = raw.id.place.clone();
        if rows.len() < raw.rows.len() {
            self.torn.insert(conclusion);
        }
        Some(Table {
            id: full_id,
            conclusion,
            policy,
            domain,
            title,
            columns,
            rows,
            chapter: chapter.to_string(),
            place,
        })
    }

    fn attribute_text(&self, raw: &RawTable, key: &str, holes: &Holes) -> String {
        raw.attribute(key).map(|t| t.filled(holes).text).unwrap_or_default()
    }

    #[allow(clippy::too_many_arguments)]
    fn row(
        &mut self,
        raw: &RawTable,
        cells: &[Spanned],
        holes: &Holes,
        conclusion: ConclusionIdx,
        columns: &[Subject],
        output: usize,
        extra: &HashMap<String, usize>,
        policy: HitPolicy,
    ) -> Option<Row> {
        let id = cells.first()?.clone();
        if id.text.is_empty() {
            self.report(DiagnosticCode::BadTable, &id.place, "a row has no id", "give it a short stable id");
            return None;
        }
        let mut tests = Vec::new();
        let mut faulty = false;
        for (subject, cell) in columns.iter().zip(&cells[1..]) {
            let cell = cell.filled(holes);
            match expression::cell(&cell) {
                Ok(test) => match self.cells(*subject, &test) {
                    Some(cells) => tests.push(cells),
                    None => faulty = true,
                },
                Err(unexpected) => {
                    self.report(
                        DiagnosticCode::BadCell,
                        &unexpected.place,
                        unexpected.message,
                        "see the chapter on cells; `any` holds for everything",
                    );
                    faulty = true;
                }
            }
        }
        if faulty {
            return None;
        }
        let said = cells.get(output)?.filled(holes);
        let said_output = match said.text.as_str() {
            "not-applicable" => Output::NotApplicable,
            word => Output::Value(self.value_of(conclusion, word, &said.place)?),
        };
        let extra_cell = |name: &str| {
            extra
                .get(name)
                .and_then(|i| cells.get(*i))
                .filter(|c| !c.text.is_empty())
                .map(|c| c.filled(holes))
        };
        let source = extra_cell("source").or_else(|| raw.attribute("source").map(|s| s.filled(holes)));
        let sources = self.citations(source.as_ref());
        if sources.is_empty() {
            self.report(
                DiagnosticCode::UncitedRow,
                &id.place,
                format!("row `{}` has no source", id.text),
                "add a `source` column or attribute",
            );
        }
        let mark_text = extra_cell("mark").or_else(|| raw.attribute("mark").cloned());
        let mark = match mark_text.as_ref().map(|m| m.text.as_str()) {
            Some("V") => Mark::Verified,
            Some("GK") => Mark::GeneralKnowledge,
            Some("DR") => Mark::DesignRule,
            Some(other) => {
                let at = mark_text.as_ref().map(|m| m.place.clone()).unwrap_or_default();
                self.report(
                    DiagnosticCode::BadTable,
                    &at,
                    format!("`{other}` is not an evidence mark"),
                    "expected V, GK or DR",
                );
                Mark::GeneralKnowledge
            }
            None => {
                self.report(
                    DiagnosticCode::BadTable,
                    &id.place,
                    format!("row `{}` has no evidence mark", id.text),
                    "add a `mark` column or attribute: V, GK or DR",
                );
                Mark::GeneralKnowledge
            }
        };
        let text = Text::new(
            extra_cell("en").map(|c| c.text).unwrap_or_default(),
            extra_cell("nl").map(|c| c.text).unwrap_or_default(),
        );
        let needs_text = said_output == Output::NotApplicable || policy == HitPolicy::Collect;
        if needs_text && text.is_empty() {
            self.report(
                DiagnosticCode::MissingRowText,
                &id.place,
                format!("row `{}` needs its sentence", id.text),
                "add columns `en` and `nl`",
            );
        } else if text.en.is_empty() != text.nl.is_empty() {
            self.report(
                DiagnosticCode::UntranslatedText,
                &id.place,
                format!("the sentence of row `{}` stands in one language", id.text),
                "fill both `en` and `nl`",
            );
        }
        let status = extra_cell("status").or_else(|| raw.attribute("status").cloned());
        let confirmed = status.and_then(|s| s.text.strip_prefix("confirmed").map(|r| r.trim().to_string()));
        Some(Row {
            id: id.text,
            cells: tests,
            output: said_output,
            text,
            sources,
            mark,
            confirmed,
            place: id.place,
        })
    }

    // ---- blocks ------------------------------------------------------------------------------------------------

    fn block(&mut self, block: &RawBlock, chapter: &str, out: &mut Resolved) {
        if block.kind.text == "Note" {
            return;
        }
        if block.name.text.is_empty() {
            self.report(
                DiagnosticCode::BadTable,
                &block.kind.place,
                format!("the {} has no id", block.kind.text),
                "write `> **Kind** id: title`",
            );
            return;
        }
        let needs_title = block.kind.text != "Case";
        let title = Text::new(block.title.prose(), block.line("nl:").map(|l| l.prose()).unwrap_or_default());
        if needs_title && (title.en.is_empty() || title.nl.is_empty()) {
            self.report(
                DiagnosticCode::UntranslatedText,
                &block.name.place,
                format!("`{}` has no title in both languages", block.name.text),
                "put English after the colon and add a line `nl: …`",
            );
        }
        for holes in self.all_holes(block.line("each:").as_ref()) {
            let mut filled = block.clone();
            filled.name = block.name.filled(&holes);
            filled.lines = block.lines.iter().map(|l| l.filled(&holes)).collect();
            if !holes.is_empty() && filled.name == block.name {
                filled.name.text = format!("{}-{}", block.name.text, holes[0].1);
            }
            let title = Text::new(
                Spanned { text: title.en.clone(), place: Place::default() }.filled(&holes).text,
                Spanned { text: title.nl.clone(), place: Place::default() }.filled(&holes).text,
            );
            let rules = out.rules.len();
            self.one_block(&filled, title, chapter, out);
            self.torn_rules |= filled.kind.text == "Never" && out.rules.len() == rules;
        }
    }

    fn needs(&mut self, block: &RawBlock, keyword: &str) -> Option<Spanned> {
        let line = block.line(keyword);
        if line.is_none() {
            let code = match block.kind.text.as_str() {
                "Convention" => DiagnosticCode::BadConvention,
                "Departure" => DiagnosticCode::BadDeparture,
                "Case" => DiagnosticCode::BadCase,
                _ => DiagnosticCode::BadCondition,
            };
            self.report(
                code,
                &block.name.place,
                format!("`{}` has no line `{}`", block.name.text, keyword.trim()),
                format!("add `{keyword} …`"),
            );
        }
        line
    }

    fn cited(&mut self, block: &RawBlock) -> Vec<Citation> {
        let sources = self.citations(block.line("source:").as_ref());
        if sources.is_empty() {
            self.report(
                DiagnosticCode::UncitedRow,
                &block.name.place,
                format!("`{}` has no source", block.name.text),
                "add a line `source: key#place`",
            );
        }
        sources
    }

    fn one_block(&mut self, block: &RawBlock, title: Text, chapter: &str, out: &mut Resolved) {
        let id = block.name.text.clone();
        let place = block.name.place.clone();
        let taken = match block.kind.text.as_str() {
            "Never" => out.rules.iter().any(|r| r.id == id),
            "Agree" => out.agreements.iter().any(|r| r.id == id),
            "Convention" => out.conventions.iter().any(|r| r.id == id),
            "Property" => out.properties.iter().any(|r| r.id == id),
            "Departure" => out.departures.iter().any(|r| r.id == id),
            "Derive" => out.derivations.iter().any(|r| r.id == id),
            _ => false,
        };
        if taken {
            self.report(
                DiagnosticCode::DuplicateId,
                &place,
                format!("`{id}` is used twice"),
                "give one of them another id",
            );
            return;
        }
        match block.kind.text.as_str() {
            "Never" => {
                let Some(when) = self.needs(block, "when") else { return };
                let Some(when) = self.logic_text(&when) else { return };
                let guard = self.fact_list(block.line("guard:").as_ref());
                let sources = self.cited(block);
                out.rules.push(Rule { id, title, when, guard, sources, place, kept: TRUE });
            }
            "Agree" => {
                if let Some(agreement) = self.agreement(block, title) {
                    out.agreements.push(agreement);
                }
            }
            "Convention" => {
                if let Some(convention) = self.convention(block, title) {
                    out.conventions.push(convention);
                }
            }
            "Derive" => {
                let Some(line) = block
                    .lines
                    .iter()
                    .find(|l| l.text.contains(" = ") && !l.text.starts_with("nl:"))
                    .cloned()
                else {
                    self.report(
                        DiagnosticCode::BadDerivation,
                        &place,
                        format!("`{id}` has no formula"),
                        "add a line `fact = formula`",
                    );
                    return;
                };
                match expression::derivation(&line) {
                    Ok((target, formula)) => {
                        let Some(target_fact) = self.fact(&target) else { return };
                        let Some(formula) = self.arithmetic(&formula) else { return };
                        let mut itself = false;
                        formula.facts(&mut |f| itself |= f == target_fact);
                        if itself || !self.vocabulary.fact(target_fact).is_numeric() {
                            let why = if itself { "is computed from itself" } else { "is not a number" };
                            self.report(
                                DiagnosticCode::BadDerivation,
                                &target.place,
                                format!("`{}` {why}", target.text),
                                "compute a numeric fact from other numeric facts",
                            );
                            return;
                        }
                        let target = target_fact;
                        out.derivations.push(Derivation { id, title, target, formula, place });
                    }
                    Err(unexpected) => {
                        self.report(
                            DiagnosticCode::BadDerivation,
                            &unexpected.place,
                            unexpected.message,
                            "use + - * / ^2 pi, numbers, facts and parentheses",
                        );
                    }
                }
            }
            "Property" => {
                let test = if let Some(line) = block.line("never") {
                    let Some(logic) = self.logic_text(&line) else { return };
                    PropertyTest::Never(logic)
                } else if let Some(line) = block.line("rising") {
                    let Some((conclusion, fact)) = line.split(" with ") else {
                        self.report(
                            DiagnosticCode::BadCondition,
                            &line.place,
                            "`rising` needs a conclusion and a fact",
                            "write `rising <conclusion> with <fact>`",
                        );
                        return;
                    };
                    let (Some(conclusion), Some(fact)) = (self.conclusion(&conclusion), self.fact(&fact))
                    else {
                        return;
                    };
                    PropertyTest::Rising(conclusion, fact)
                } else {
                    self.report(
                        DiagnosticCode::BadCondition,
                        &place,
                        format!("the property `{id}` promises nothing"),
                        "add a line `never …` or `rising … with …`",
                    );
                    return;
                };
                out.properties.push(Property { id, title, test, place });
            }
            "Departure" => self.departure(block, title, chapter, out),
            "Case" => self.case(block, title, chapter, out),
            _ => {}
        }
    }

    fn fact_list(&mut self, text: Option<&Spanned>) -> Vec<FactIdx> {
        let Some(text) = text else { return Vec::new() };
        text.parts(',').iter().filter_map(|n| self.fact(n)).collect()
    }

    fn arithmetic(&mut self, formula: &Formula) -> Option<Arithmetic> {
        Some(match formula {
            Formula::Constant(value) => Arithmetic::Constant(*value),
            Formula::Pi => Arithmetic::Pi,
            Formula::Fact(name) => {
                let fact = self.fact(name)?;
                if !self.vocabulary.fact(fact).is_numeric() {
                    self.report(
                        DiagnosticCode::BadDerivation,
                        &name.place,
                        format!("`{}` is not a number", name.text),
                        "compute with numeric facts only",
                    );
                    return None;
                }
                Arithmetic::Fact(fact)
            }
            Formula::Binary(operator, a, b) => {
                Arithmetic::Binary(*operator, Box::new(self.arithmetic(a)?), Box::new(self.arithmetic(b)?))
            }
            Formula::Square(a) => Arithmetic::Square(Box::new(self.arithmetic(a)?)),
        })
    }

    fn agreement(&mut self, block: &RawBlock, title: Text) -> Option<Agreement> {
        let line =
            block.lines.iter().find(|l| l.text.contains(" with ") && !l.text.starts_with("nl:")).cloned();
        let Some(line) = line else {
            self.report(
                DiagnosticCode::BadCondition,
                &block.name.place,
                format!("`{}` does not say what agrees", block.name.text),
                "write `<reported fact> with <conclusion> when <condition>`",
            );
            return None;
        };
        let (pair, when) = match line.split(" when ") {
            Some((pair, when)) => (pair, Some(when)),
            None => (line.clone(), block.line("when")),
        };
        let Some((reported_name, conclusion_name)) = pair.split(" with ") else {
            self.report(
                DiagnosticCode::BadCondition,
                &line.place,
                "`with` stands after `when`",
                "write `<reported fact> with <conclusion> when <condition>`",
            );
            return None;
        };
        let reported = self.fact(&reported_name)?;
        let conclusion = self.conclusion(&conclusion_name)?;
        if self.vocabulary.fact(reported).choices.is_empty() {
            self.report(
                DiagnosticCode::BadCondition,
                &reported_name.place,
                format!("`{}` is a number, not a reported value", reported_name.text),
                "let a fact with named values agree",
            );
            return None;
        }
        if self.policies.get(&conclusion) == Some(&HitPolicy::Collect) {
            self.report(
                DiagnosticCode::BadCondition,
                &conclusion_name.place,
                format!("`{}` is collected and has no single value", conclusion_name.text),
                "let a decided conclusion agree",
            );
            return None;
        }
        let when = match when {
            Some(text) => self.logic_text(&text)?,
            None => Logic::And(Vec::new()),
        };
        let def = self.vocabulary.fact(reported).clone();
        let values = self.vocabulary.conclusion(conclusion).values.len();
        let mut agrees = Vec::new();
        for choice in &def.choices {
            let everything = (1u64 << (values + 1)) - 1;
            if choice.covers.iter().any(|c| c == "*") {
                agrees.push(everything);
                continue;
            }
            let covered: Vec<&String> =
                if choice.covers.is_empty() { vec![&choice.id] } else { choice.covers.iter().collect() };
            let conclusion_def = self.vocabulary.conclusion(conclusion);
            let mask = covered.iter().fold(0u64, |m, v| match v.as_str() {
                "not-applicable" => m | 1 << values,
                v => conclusion_def.value(v).map_or(m, |i| m | 1 << i),
            });
            if mask == 0 && choice.covers.is_empty() && conclusion_def.value(&choice.id).is_none() {
                let message = format!(
                    "the reported value `{}` agrees with no value of `{}`",
                    choice.id, conclusion_def.id
                );
                self.report(
                    DiagnosticCode::UnknownValue,
                    &block.name.place,
                    message,
                    "give it `covers = [\"…\"]`, or `[\"*\"]` when it says nothing",
                );
            }
            agrees.push(mask);
        }
        let guard = self.fact_list(block.line("guard:").as_ref());
        let place = block.name.place.clone();
        Some(Agreement {
            id: block.name.text.clone(),
            title,
            reported,
            conclusion,
            when,
            agrees,
            guard,
            place,
            kept: TRUE,
        })
    }

    fn convention(&mut self, block: &RawBlock, title: Text) -> Option<Convention> {
        let when = self.needs(block, "when")?;
        let when = self.parse_condition(&when)?;
        let when = self.epistemic(&when)?;
        let sources = self.cited(block);
        let mut applies_to = Vec::new();
        if let Some(list) = block.line("for") {
            for name in list.parts(',') {
                let Some(conclusion) = self.conclusion(&name) else { continue };
                if self.policies.get(&conclusion) == Some(&HitPolicy::Collect) {
                    self.report(
                        DiagnosticCode::BadConvention,
                        &name.place,
                        format!("`{}` is collected, and a convention decides one value", name.text),
                        "name a decided conclusion",
                    );
                }
                applies_to.push(conclusion);
            }
        }
        let effect = if let Some(line) = block.line("assume") {
            let condition = self.parse_condition(&line)?;
            let mut assumptions = Vec::new();
            self.assumptions(&condition, &line.place, &mut assumptions)?;
            Effect::Assume(assumptions)
        } else if let Some(line) = block.line("answer") {
            let Some((name, value)) = line.split("=") else {
                self.report(
                    DiagnosticCode::BadConvention,
                    &line.place,
                    "`answer` needs a conclusion and a value",
                    "write `answer <conclusion> = <value>`",
                );
                return None;
            };
            let conclusion = self.conclusion(&name)?;
            let value = self.value_of(conclusion, &value.text, &value.place)?;
            if !applies_to.contains(&conclusion) {
                applies_to.push(conclusion);
            }
            Effect::Answer(conclusion, value)
        } else {
            self.report(
                DiagnosticCode::BadConvention,
                &block.name.place,
                format!("the convention `{}` does nothing", block.name.text),
                "add a line `assume …` or `answer …`",
            );
            return None;
        };
        if applies_to.is_empty() {
            self.report(
                DiagnosticCode::BadConvention,
                &block.name.place,
                format!("the convention `{}` is for no conclusion", block.name.text),
                "add a line `for <conclusion>, …`",
            );
            return None;
        }
        let place = block.name.place.clone();
        Some(Convention { id: block.name.text.clone(), title, when, effect, applies_to, sources, place })
    }

    fn assumptions(&mut self, condition: &Condition, at: &Place, out: &mut Vec<Assumption>) -> Option<()> {
        match condition {
            Condition::And(list) => list.iter().try_for_each(|c| self.assumptions(c, at, out)),
            Condition::Is(name, test) => {
                let fact = self.fact(name)?;
                let (ranges, choices) = match self.wanted(Subject::Fact(fact), test)? {
                    Wanted::Numbers { ranges, .. } => (ranges, 0),
                    Wanted::Values { mask, .. } => (Vec::new(), mask),
                    Wanted::Any => return Some(()),
                };
                out.push(Assumption { fact, ranges, choices });
                Some(())
            }
            _ => {
                self.report(
                    DiagnosticCode::BadConvention,
                    at,
                    "an assumption is a list of tests on facts",
                    "join tests with `and`",
                );
                None
            }
        }
    }

    fn departure(&mut self, block: &RawBlock, title: Text, chapter: &str, out: &mut Resolved) {
        let Some(kind) = self.needs(block, "kind:") else { return };
        if !["departs", "conflicts-with"].contains(&kind.text.as_str()) {
            self.report(
                DiagnosticCode::BadDeparture,
                &kind.place,
                format!("`{}` is not a kind of departure", kind.text),
                "expected departs or conflicts-with",
            );
            return;
        }
        let (Some(_), Some(decision), Some(date)) =
            (self.needs(block, "says:"), self.needs(block, "decision:"), self.needs(block, "date:"))
        else {
            return;
        };
        for line in block.all("says:").iter().chain(&block.all("other:")) {
            match line.split(":") {
                Some((key, _)) => {
                    self.citations(Some(&key));
                }
                None => self.report(
                    DiagnosticCode::BadDeparture,
                    &line.place,
                    "what a source says starts with the key of the source",
                    "write `says: <source>: <what it says>`",
                ),
            }
        }
        let texts = |lines: Vec<Spanned>| lines.iter().map(Spanned::prose).collect::<Vec<_>>();
        out.departures.push(Departure {
            id: block.name.text.clone(),
            title,
            kind: kind.text,
            says: texts(block.all("says:")),
            other: texts(block.all("other:")),
            decision: decision.prose(),
            adopted: block.line("adopted:").is_some_and(|a| a.text.starts_with("yes")),
            rows: block
                .line("rows:")
                .map(|r| r.text.split(',').map(|t| t.trim().to_string()).filter(|t| !t.is_empty()).collect())
                .unwrap_or_default(),
            date: date.text,
            chapter: chapter.to_string(),
            place: block.name.place.clone(),
        });
    }

    // ---- cases -------------------------------------------------------------------------------------------------

    fn given(&mut self, text: &Spanned, given: &mut Vec<(FactIdx, String)>) {
        for item in text.parts(';') {
            let Some((name, value)) = item.split("=") else {
                self.report(
                    DiagnosticCode::BadCase,
                    &item.place,
                    format!("`{}` gives no value", item.text),
                    "write `fact = value`, separated by `;`",
                );
                continue;
            };
            if let Some(fact) = self.fact(&name) {
                self.give(fact, &value.text, &value.place, given);
            }
        }
    }

    fn give(&mut self, fact: FactIdx, value: &str, at: &Place, given: &mut Vec<(FactIdx, String)>) {
        match nw_facts::read(self.vocabulary, fact, value) {
            Ok(_) => given.push((fact, value.to_string())),
            Err(fault) => self.report(DiagnosticCode::BadCase, at, fault.message, fault.help),
        }
    }

    fn case(&mut self, block: &RawBlock, title: Text, chapter: &str, out: &mut Resolved) {
        let mut given = Vec::new();
        for line in block.all("given") {
            self.given(&line, &mut given);
        }
        let mut expect = Vec::new();
        for line in block.all("expect") {
            for item in line.parts(';') {
                let Some((name, value)) = item.split("=") else {
                    self.report(
                        DiagnosticCode::BadCase,
                        &item.place,
                        format!("`{}` expects nothing", item.text),
                        "write `conclusion = value`, separated by `;`",
                    );
                    continue;
                };
                if let Some(conclusion) = self.conclusion(&name)
                    && let Some(e) = self.expected(conclusion, &value)
                {
                    expect.push(e);
                }
            }
        }
        if expect.is_empty() {
            self.report(
                DiagnosticCode::BadCase,
                &block.name.place,
                format!("the case `{}` expects nothing", block.name.text),
                "add a line `expect conclusion = value`",
            );
        }
        let case = Case {
            id: block.name.text.clone(),
            title,
            given,
            expect,
            chapter: chapter.to_string(),
            place: block.name.place.clone(),
        };
        self.push_case(case, out);
    }

    fn push_case(&mut self, case: Case, out: &mut Resolved) {
        if !out.case_ids.insert((case.chapter.clone(), case.id.clone())) {
            self.report(
                DiagnosticCode::DuplicateId,
                &case.place,
                format!("two cases are called `{}`", case.id),
                "case ids are used once in a chapter",
            );
        }
        out.cases.push(case);
    }

    fn case_table(&mut self, raw: &RawTable, chapter: &str, out: &mut Resolved) {
        const KNOWN: &[&str] = &["each", "given", "en", "nl", "note", "source", "mark"];
        for (key, _) in raw.attributes.iter().filter(|(k, _)| !KNOWN.contains(&k.text.as_str())) {
            self.report(
                DiagnosticCode::BadCase,
                &key.place,
                format!("`{}` is not an attribute of a case table", key.text),
                "expected given or each",
            );
        }
        if let Some(first) = raw.header.first().filter(|h| h.text != "case") {
            self.report(
                DiagnosticCode::BadCase,
                &first.place,
                "the first column of a case table is not `case`",
                "every case starts with its id",
            );
            return;
        }
        for holes in self.all_holes(raw.attribute("each")) {
            let mut common = Vec::new();
            for (_, text) in raw.attributes.iter().filter(|(k, _)| k.text == "given") {
                self.given(&text.filled(&holes), &mut common);
            }
            let headers: Vec<Spanned> = raw.header.iter().map(|h| h.filled(&holes)).collect();
            for cells in &raw.rows {
                let mut given = common.clone();
                let mut expect = Vec::new();
                for (header, cell) in headers.iter().zip(cells).skip(1) {
                    let cell = cell.filled(&holes);
                    if cell.text.is_empty() || ["en", "nl", "note"].contains(&header.text.as_str()) {
                        continue;
                    }
                    if let Some(name) = header.text.strip_prefix('→') {
                        let name = Spanned { text: name.trim().to_string(), place: header.place.clone() };
                        if let Some(conclusion) = self.conclusion(&name) {
                            expect.extend(self.expected(conclusion, &cell));
                        }
                    } else if let Some(fact) = self.fact(header) {
                        given.retain(|(f, _)| *f != fact);
                        self.give(fact, &cell.text, &cell.place, &mut given);
                    }
                }
                let Some(id) = cells.first() else { continue };
                if id.text.is_empty() || expect.is_empty() {
                    let what = if id.text.is_empty() {
                        "a case has no id".to_string()
                    } else {
                        format!("the case `{}` expects nothing", id.text)
                    };
                    self.report(
                        DiagnosticCode::BadCase,
                        &id.place,
                        what,
                        "give it an id, and fill a column whose heading starts with `→`",
                    );
                }
                let suffix = holes.first().map_or(String::new(), |(_, v)| format!("-{v}"));
                let case = Case {
                    id: format!("{}/{}{suffix}", raw.id.text, id.text),
                    title: Text::default(),
                    given,
                    expect,
                    chapter: chapter.to_string(),
                    place: id.place.clone(),
                };
                self.push_case(case, out);
            }
        }
    }

    fn expected(&mut self, conclusion: ConclusionIdx, said: &Spanned) -> Option<Expect> {
        let mut text = said.prose();
        let mut because = None;
        let mut asks = Vec::new();
        let mut convention = None;
        if let Some((before, rest)) = text.clone().split_once(" asks ") {
            for name in rest.split(',') {
                let name = Spanned { text: name.trim().to_string(), place: said.place.clone() };
                asks.extend(self.fact(&name));
            }
            text = before.to_string();
        }
        if let Some((before, rest)) = text.clone().split_once(" because row ") {
            because = Some(rest.trim().to_string());
            text = before.to_string();
        }
        if let Some((before, rest)) = text.clone().split_once('~') {
            convention = Some(self.value_of(conclusion, rest.trim(), &said.place)?);
            text = before.to_string();
        }
        let text = text.trim();
        let not_applicable = 1u64 << self.vocabulary.conclusion(conclusion).values.len();
        let collect = self.policies.get(&conclusion) == Some(&HitPolicy::Collect);
        let outcome = if text == "conflict" {
            Expected::Conflict
        } else if collect {
            let (mut certain, mut open) = (0u64, 0u64);
            if text != "none" {
                for item in text.trim_matches(['{', '}']).split(',') {
                    let item = item.trim();
                    let (word, is_open) = item.strip_suffix('?').map_or((item, false), |w| (w, true));
                    let value = self.value_of(conclusion, word, &said.place)?;
                    if is_open { open |= 1 << value } else { certain |= 1 << value }
                }
            }
            Expected::Items { certain, open }
        } else {
            let mut mask = 0u64;
            for word in text.trim_matches(['{', '}']).split(',') {
                mask |= match word.trim() {
                    "not-applicable" => not_applicable,
                    word => 1 << self.value_of(conclusion, word, &said.place)?,
                };
            }
            Expected::Values(mask)
        };
        Some(Expect { conclusion, outcome, convention, because, asks, place: said.place.clone() })
    }
}

/// Whether a fact's values are cut from numbers.
pub(crate) fn is_cut(vocabulary: &Vocabulary, fact: FactIdx) -> bool {
    matches!(vocabulary.fact(fact).kind, Kind::Quantity | Kind::Count)
}
