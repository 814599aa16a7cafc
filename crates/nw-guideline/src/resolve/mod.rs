//! Names to facts, conclusions, values, units and sources.
//!
//! In: raw tables and blocks. Out: the constructs of `ir`, with tests that still hold ranges and values. Afterwards
//! every name exists, every unit measures its fact and every number can occur; findings are collected, never thrown.

mod blocks;
mod cases;
mod conditions;
mod leaflets;
mod names;
mod tables;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use nw_diagram::{FALSE, TRUE};
use nw_facts::{
    ConclusionIdx, Decimal, FactIdx, Interval, Language, Text, Unit, UnitFault, Vocabulary, nearest,
    parse_number, said,
};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, Spanned, maybe};
use crate::ir::{
    Agreement, Arithmetic, Assumption, Case, Cells, Citation, Convention, Departure, Derivation, Due, Effect,
    Epistemic, Expect, Expected, HitPolicy, Logic, Mark, Output, Pick, Property, PropertyTest, Row, Rule,
    Series, Subject, Table, Wanted,
};
use crate::syntax::chapter::{Chapter, RawBlock, RawTable};
use crate::syntax::expression::{self, Condition, Formula, Number, Term, Test};
use crate::syntax::files::{Parameter, Source, expansions};

/// Everything the chapters say, resolved.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub tables: Vec<Table>,
    pub rules: Vec<Rule>,
    pub agreements: Vec<Agreement>,
    pub conventions: Vec<Convention>,
    pub derivations: Vec<Derivation>,
    pub dues: Vec<Due>,
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
    pub policies: BTreeMap<ConclusionIdx, HitPolicy>,
    /// Conclusions with a table that has a fault of its own; a gap in it would only be the echo of that fault.
    pub torn: BTreeSet<ConclusionIdx>,
    /// Some rule has a fault: whom it excludes is not known.
    pub torn_rules: bool,
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

/// Everything that names in chapters are looked up in.
pub(crate) struct Names<'a> {
    pub vocabulary: &'a Vocabulary,
    pub sources: &'a [(Source, Place)],
    pub parameters: &'a [(Parameter, Place)],
    pub date: &'a str,
    /// Which conclusions are collected, because tests on them read differently.
    pub policies: BTreeMap<ConclusionIdx, HitPolicy>,
}

impl<'a> Names<'a> {
    pub fn resolver(&self, diagnostics: &'a mut Vec<Diagnostic>) -> Resolver<'a> {
        Resolver {
            vocabulary: self.vocabulary,
            sources: self.sources,
            parameters: self.parameters,
            date: self.date,
            policies: self.policies.clone(),
            torn: BTreeSet::new(),
            torn_rules: false,
            diagnostics,
        }
    }
}

type Holes = Vec<(String, String)>;

impl Resolver<'_> {
    fn report(&mut self, code: DiagnosticCode, at: &Place, message: Text, help: Text) {
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

    pub fn chapter(&mut self, chapter: &Chapter, out: &mut Resolved) {
        let id =
            chapter.front.iter().find(|(k, _)| k == "id").map(|(_, v)| v.text.clone()).unwrap_or_default();
        for key in ["id", "en", "nl"] {
            if !chapter.front.is_empty() && !chapter.front.iter().any(|(k, v)| k == key && !v.text.is_empty())
            {
                let at = chapter.front[0].1.place.clone();
                self.report(
                    DiagnosticCode::BadFrontMatter,
                    &at,
                    said!("the front matter has no `{key}`", "het voorwerk heeft geen `{key}`"),
                    said!("add `{key}: …`", "voeg `{key}: …` toe"),
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
                    said!(
                        "the section `{}` has no Dutch text",
                        "de paragraaf `{}` heeft geen Nederlandse tekst",
                        section.title.text
                    ),
                    said!("add a paragraph `> **nl** …`", "voeg een alinea `> **nl** …` toe"),
                );
            }
        }
        for section in chapter.sections.iter().filter(|s| s.english && s.title.split(" / ").is_none()) {
            self.report(
                DiagnosticCode::UntranslatedText,
                &section.title.place,
                said!(
                    "the heading `{}` stands in one language",
                    "de kop `{}` staat in één taal",
                    section.title.text
                ),
                said!(
                    "write `## English / Nederlands`, also where both are the same",
                    "schrijf `## English / Nederlands`, ook waar beide gelijk zijn"
                ),
            );
        }
        for raw in &chapter.tables {
            self.tables(raw, &id, out);
        }
        for block in &chapter.blocks {
            self.block(block, &id, out);
        }
        for raw in &chapter.case_tables {
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
                    said!(
                        "`{}` does not say what is repeated",
                        "`{}` zegt niet wat herhaald wordt",
                        each.text
                    ),
                    said!(
                        "write `each: edition in {{uicc8, ajcc8}}`",
                        "schrijf `each: edition in {{uicc8, ajcc8}}`"
                    ),
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
}

/// Whether a fact's values are cut from numbers.
pub(crate) fn is_cut(vocabulary: &Vocabulary, fact: FactIdx) -> bool {
    vocabulary.fact(fact).is_numeric()
}
