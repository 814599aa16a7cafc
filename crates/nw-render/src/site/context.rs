//! What every page needs: who reads what, what rests on what, and where each thing stands on the site.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use nw_facts::{ConclusionIdx, FactIdx, Language, Text};
use nw_guideline::{
    CompiledGuideline, Diagnostic, Epistemic, Logic, SourceSet, SourceStatement, StatementStatus, Subject,
};

use super::prose::{self, Chapter, Piece};
use crate::reading;

/// A row by its places: table, row.
pub type At = (usize, usize);

/// Everything a page may look up.
pub struct Context<'a> {
    pub guideline: &'a CompiledGuideline,
    pub findings: &'a [Diagnostic],
    pub texts: &'a SourceSet,
    pub chapters: Vec<Chapter>,
    /// For each conclusion of the vocabulary, what its tables ask.
    pub reads: BTreeMap<ConclusionIdx, BTreeSet<Subject>>,
    /// The conclusions whose tables ask for something.
    pub readers: BTreeMap<Subject, BTreeSet<ConclusionIdx>>,
    /// For each row the cases that end in it.
    pub cases_of: HashMap<At, Vec<usize>>,
    /// Rows that some case reaches, chains included.
    pub reached: HashSet<At>,
    /// Where those rows are written: instances of one template share it.
    pub reached_places: HashSet<&'a nw_guideline::Place>,
    /// Rows that rest on a source, by key.
    pub rests_on: BTreeMap<&'a str, Vec<At>>,
    rows: HashMap<String, At>,
    cases_by_file: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Context<'a> {
    pub fn new(texts: &'a SourceSet, guideline: &'a CompiledGuideline, findings: &'a [Diagnostic]) -> Self {
        let mut context = Context {
            guideline,
            findings,
            texts,
            chapters: chapters(texts, guideline),
            reads: BTreeMap::new(),
            readers: BTreeMap::new(),
            cases_of: HashMap::new(),
            reached: HashSet::new(),
            reached_places: HashSet::new(),
            rests_on: BTreeMap::new(),
            rows: HashMap::new(),
            cases_by_file: HashMap::new(),
        };
        context.note_reading();
        context.note_rows();
        context.note_cases();
        context
    }

    fn note_reading(&mut self) {
        for table in &self.guideline.tables {
            let asks = self.reads.entry(table.conclusion).or_default();
            asks.extend(&table.columns);
            table.domain.tests(&mut |cells| {
                asks.insert(cells.subject);
            });
            asks.remove(&Subject::Conclusion(table.conclusion));
        }
        for (conclusion, asks) in &self.reads {
            for subject in asks {
                self.readers.entry(*subject).or_default().insert(*conclusion);
            }
        }
    }

    fn note_rows(&mut self) {
        for (t, table) in self.guideline.tables.iter().enumerate() {
            for (r, row) in table.rows.iter().enumerate() {
                self.rows.insert(format!("{}#{}", table.id, row.id), (t, r));
                let keys: BTreeSet<&str> = row.sources.iter().map(|c| c.key.as_str()).collect();
                for key in keys {
                    self.rests_on.entry(key).or_default().push((t, r));
                }
            }
        }
    }

    fn note_cases(&mut self) {
        for (at, case) in self.guideline.cases.iter().enumerate() {
            self.cases_by_file.entry(&case.place.file).or_default().push(at);
        }
        for (case, rows) in nw_engine::reached(self.guideline).into_iter().enumerate() {
            let expected: HashSet<ConclusionIdx> =
                self.guideline.cases[case].expect.iter().map(|e| e.conclusion).collect();
            for at in rows {
                self.reached.insert(at);
                self.reached_places.insert(&self.guideline.tables[at.0].rows[at.1].place);
                if expected.contains(&self.guideline.tables[at.0].conclusion) {
                    self.cases_of.entry(at).or_default().push(case);
                }
            }
        }
    }

    /// The tables written in some bytes of a file: one, or every instance of a template.
    pub fn tables_in(&self, file: &str, span: &std::ops::Range<usize>) -> Vec<usize> {
        let inside = |place: &nw_guideline::Place| *place.file == *file && span.contains(&place.span.start);
        let tables = self.guideline.tables.iter().enumerate();
        tables.filter(|(_, t)| inside(&t.place)).map(|(at, _)| at).collect()
    }

    /// The cases written in some bytes of a file.
    pub fn cases_in(&self, file: &str, span: &std::ops::Range<usize>) -> Vec<&'a nw_guideline::Case> {
        let cases = self.cases_by_file.get(file).into_iter().flatten().map(|at| &self.guideline.cases[*at]);
        cases.filter(|c| span.contains(&c.place.span.start)).collect()
    }

    pub fn conclusion_id(&self, idx: ConclusionIdx) -> &'a str {
        &self.guideline.vocabulary.conclusion(idx).id
    }

    /// Where a table stands.
    pub fn table_link(&self, table: usize) -> String {
        let table = &self.guideline.tables[table];
        format!("chapters/{}.html#{}", file_name(&table.chapter), anchor(&table.id))
    }

    /// Where a row stands.
    pub fn row_link(&self, (table, row): At) -> String {
        let (t, r) = (&self.guideline.tables[table], &self.guideline.tables[table].rows[row]);
        format!("chapters/{}.html#{}", file_name(&t.chapter), row_anchor(&t.id, &r.id))
    }

    /// Where a fact or conclusion stands.
    pub fn subject_link(&self, subject: Subject) -> String {
        match subject {
            Subject::Fact(fact) => self.fact_link(fact),
            Subject::Conclusion(idx) => conclusion_link(self.conclusion_id(idx)),
        }
    }

    /// A value of a fact as a reader says it, with its label.
    pub fn said(&self, fact: &str, value: &str, language: Language) -> Option<String> {
        let vocabulary = &self.guideline.vocabulary;
        let def = vocabulary.fact(vocabulary.find_fact(fact)?);
        let value = &def.choices[def.choice(value)?];
        Some(format!("{}: {}", def.label.get(language), value.label.get(language)))
    }

    pub fn fact_link(&self, fact: FactIdx) -> String {
        let def = self.guideline.vocabulary.fact(fact);
        format!("facts/{}.html#{}", def.holder.id(), anchor(&def.id))
    }

    /// Where a case stands.
    pub fn case_link(&self, case: usize) -> String {
        let case = &self.guideline.cases[case];
        format!("chapters/{}.html#{}", file_name(&case.chapter), case_anchor(&case.id))
    }

    /// Where something stands that a departure or statement names: a row, or `rule:…`, `departure:…` and so on.
    pub fn reference(&self, named: &str, language: Language) -> Option<(String, String)> {
        if let Some(at) = self.rows.get(named) {
            let table = &self.guideline.tables[at.0];
            let said = reading::output(self.guideline, table, &table.rows[at.1], language);
            let title = reading::capital(table.title.get(language));
            return Some((self.row_link(*at), format!("{title}: {said}")));
        }
        let (kind, id) = named.split_once(':')?;
        let title = |title: &Text| reading::capital(title.get(language));
        let guideline = self.guideline;
        match kind {
            "departure" => {
                let d = guideline.departures.iter().find(|d| d.id == id)?;
                Some((format!("differences.html#{}", anchor(id)), title(&d.title)))
            }
            "convention" => {
                let c = guideline.conventions.iter().find(|c| c.id == id)?;
                Some((agreement_link("convention", id), title(&c.title)))
            }
            "property" => {
                let p = guideline.properties.iter().find(|p| p.id == id)?;
                Some((agreement_link("property", id), title(&p.title)))
            }
            "rule" => {
                let rules = guideline.rules.iter().map(|r| (&r.id, &r.title));
                let agreements = guideline.agreements.iter().map(|r| (&r.id, &r.title));
                let derivations = guideline.derivations.iter().map(|r| (&r.id, &r.title));
                let dues = guideline.dues.iter().map(|r| (&r.id, &r.title));
                let (_, found) =
                    rules.chain(agreements).chain(derivations).chain(dues).find(|(i, _)| *i == id)?;
                Some((agreement_link("rule", id), title(found)))
            }
            "topic" => {
                let (conclusion, value) = id.split_once('#')?;
                let def = guideline.vocabulary.conclusion(guideline.vocabulary.find_conclusion(conclusion)?);
                let link = format!("{}#{}", conclusion_link(conclusion), anchor(&format!("v.{value}")));
                let value = reading::value(def, def.value(value)?, language);
                Some((link, format!("{}: {value}", title(&def.label))))
            }
            _ => None,
        }
    }

    /// The statements of a source, when it is mapped.
    pub fn statements(&self, key: &str) -> Vec<&'a SourceStatement> {
        self.guideline.source_map.iter().filter(|s| s.source == key).collect()
    }

    /// The address of a source, when it is known.
    pub fn source_link(&self, key: &str) -> Option<String> {
        self.guideline.sources.iter().any(|s| s.key == key).then(|| source_link(key))
    }
}

pub fn source_link(key: &str) -> String {
    format!("sources/{}.html", file_name(key))
}

pub fn conclusion_link(id: &str) -> String {
    format!("conclusions/{}.html", file_name(id))
}

pub fn agreement_link(kind: &str, id: &str) -> String {
    format!("agreements.html#{}", anchor(&format!("{kind}.{id}")))
}

/// An id as the name of a file: what could be a folder or a drive becomes a hyphen.
pub fn file_name(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect()
}

/// An id as an anchor: white space must not stand in it, and everything else is kept as people cite it.
pub fn anchor(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || "._-/".contains(c) { c } else { '-' }).collect()
}

pub fn row_anchor(table: &str, row: &str) -> String {
    anchor(&format!("{table}.{row}"))
}

pub fn case_anchor(case: &str) -> String {
    anchor(&format!("case.{case}"))
}

/// A heading as an anchor; the English one in both languages, so that the switch keeps the place.
pub fn slug(title: &Text) -> String {
    let mut slug = String::from("s.");
    for c in title.en.to_lowercase().chars() {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            _ if slug.ends_with(['-', '.']) => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').to_string()
}

/// Chapters in reading order.
fn chapters(texts: &SourceSet, guideline: &CompiledGuideline) -> Vec<Chapter> {
    let folder = texts
        .files()
        .map(|(path, _)| path)
        .find(|p| p.starts_with("guidelines/") && p.ends_with("/guideline.toml"))
        .map_or(String::new(), |p| p.trim_end_matches("guideline.toml").to_string());
    let read = |(name, _): &(String, nw_guideline::Place)| {
        let path = format!("{folder}{name}");
        texts.get(&path).map(|text| prose::read(&path, text))
    };
    guideline.manifest.chapters.iter().filter_map(read).collect()
}

/// Sections of a chapter that hold tables, with the tables: for its table of contents.
pub fn contents<'c>(context: &Context<'_>, chapter: &'c Chapter) -> Vec<(&'c Text, Vec<usize>)> {
    let mut all: Vec<(&Text, Vec<usize>)> = Vec::new();
    for piece in &chapter.pieces {
        match (piece, all.last_mut()) {
            (Piece::Section(title), _) => all.push((title, Vec::new())),
            (Piece::Table(span), Some((_, tables))) => tables.extend(context.tables_in(&chapter.file, span)),
            _ => {}
        }
    }
    all
}

/// The facts and conclusions that a condition asks for.
pub fn subjects(condition: &Logic) -> BTreeSet<Subject> {
    let mut found = BTreeSet::new();
    condition.tests(&mut |cells| {
        found.insert(cells.subject);
    });
    found
}

/// The same for a condition on what is known.
pub fn known_subjects(condition: &Epistemic, found: &mut BTreeSet<Subject>) {
    match condition {
        Epistemic::And(all) | Epistemic::Or(all) => all.iter().for_each(|e| known_subjects(e, found)),
        Epistemic::Not(inner) => known_subjects(inner, found),
        Epistemic::Missing(of) | Epistemic::Known(of) => {
            found.insert(*of);
        }
        Epistemic::NotDone(fact) => {
            found.insert(Subject::Fact(*fact));
        }
        Epistemic::Certain(logic, _) => found.extend(subjects(logic)),
    }
}

/// What became of a statement, in words.
pub fn statement_status(status: StatementStatus, language: Language) -> String {
    let (en, nl) = match status {
        StatementStatus::Carried => ("carried by the guideline", "gedragen door de richtlijn"),
        StatementStatus::Departed => ("decided otherwise", "anders besloten"),
        StatementStatus::Information => ("information for patients", "informatie voor patiënten"),
        StatementStatus::NotComputable => ("nothing to compute", "niets te berekenen"),
        StatementStatus::Missing => ("missing", "ontbreekt"),
    };
    reading::pick(language, en, nl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_files_and_anchors() {
        assert_eq!(file_name("tnm.uicc8.t"), "tnm.uicc8.t");
        assert_eq!(file_name("../a b"), "..-a-b");
        assert_eq!(row_anchor("tumour.grade/digestive", "a"), "tumour.grade/digestive.a");
        assert_eq!(slug(&Text::new("From Ki-67, and more!", "Uit")), "s.from-ki-67-and-more");
    }
}
