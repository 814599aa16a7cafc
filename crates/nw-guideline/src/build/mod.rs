//! Tables to decision diagrams: the last stage before verification, and the compiler's front door.
//!
//! In: resolved constructs. Out: a [`Draft`] whose conclusions are diagrams over the base facts, chains included.

mod cells;
mod diagrams;
mod packed;
mod shipping;

use cells::cut_space;
use diagrams::{
    build_conclusion, build_rules, build_texts, carry_conventions, declare_conclusions, reads,
    sort_conclusions,
};
pub(crate) use diagrams::{logic_diagram, row_diagram, test_diagram};
pub use packed::restore;
use shipping::{compact, roots};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use nw_diagram::{Diagrams, FALSE, NodeId, Store, TRUE, support};
use nw_facts::{Choice, ConclusionDef, ConclusionIdx, FactDef, FactIdx, Text, Vocabulary, said};

use crate::confirmations;
use crate::diagnostic::{Diagnostic, DiagnosticCode, Level, Place, maybe};
use crate::ir::{
    Cells, CompiledGuideline, Conclusion, Effect, Epistemic, HitPolicy, Logic, Output, Property,
    PropertyTest, Roots, Subject, Table, Wanted,
};
use crate::leaflets::Leaflets;
use crate::readability;
use crate::recall::{self, Marks, Parsed, Part, Recall};
use crate::resolve::{Names, Resolved, is_cut};
use crate::source_map;
use crate::sources::SourceSet;
use crate::space::{Cell, Cuts, Space, cut};
use crate::syntax::chapter;
use crate::syntax::files::{self, Manifest, Values, Words};
use crate::verify;

/// Nodes one guideline may use before we call it tangled.
const NODE_BUDGET: usize = 12_000_000;

/// Where no row holds; must not remain in any possible world.
pub(crate) const GAP: NodeId = NodeId(65_534);

/// The result of compiling: what could be compiled, and everything there is to say about it.
#[derive(Debug)]
pub struct Draft {
    guideline: CompiledGuideline,
    diagnostics: Vec<Diagnostic>,
}

/// A draft with errors.
#[derive(Debug)]
pub struct Rejected {
    /// All findings, errors first.
    pub diagnostics: Vec<Diagnostic>,
}

impl Draft {
    /// All findings, errors first, then by place.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The guideline as far as it compiled; for authors, never for patients.
    pub fn guideline(&self) -> &CompiledGuideline {
        &self.guideline
    }

    /// Only an error-free draft may reach a patient.
    ///
    /// # Errors
    /// [`Rejected`] with all findings.
    pub fn admit(self) -> Result<CompiledGuideline, Rejected> {
        if self.diagnostics.iter().any(|d| d.level() == Level::Error) {
            return Err(Rejected { diagnostics: self.diagnostics });
        }
        Ok(self.guideline)
    }
}

/// Compiles and verifies one guideline of a knowledge folder.
///
/// Pure and total: never fails, never panics on any text; findings are in the draft. The guideline is
/// `guidelines/<id>/`; with an empty id, the first one found. Dated parameters take their value on `date`
/// (`YYYY-MM-DD`), or on the edition's first day when empty.
pub fn compile(sources: &SourceSet, id: &str, date: &str) -> Draft {
    compile_with(sources, id, date, true)
}

/// The same, with the proofs left out when `prove` is false.
///
/// Only for texts whose digest was proved before: the knowledge that ships inside the program was admitted when it was
/// built, and proving it again would only delay the first answer.
pub fn compile_with(sources: &SourceSet, id: &str, date: &str, prove: bool) -> Draft {
    let mut recall = Recall::default();
    let draft = compile_from(sources, (id, date), prove, &mut recall);
    recall.drawn = None;
    draft
}

/// The same as [`compile`], with what an earlier compilation of nearly the same texts found out.
///
/// The draft is the same as without; only what the difference touches is done again.
pub fn compile_again(sources: &SourceSet, id: &str, date: &str, recall: &mut Recall) -> Draft {
    compile_from(sources, (id, date), true, recall)
}

fn compile_from(sources: &SourceSet, (id, date): (&str, &str), prove: bool, recall: &mut Recall) -> Draft {
    let mut diagnostics = Vec::new();
    let (manifest, folder) = read_manifest(sources, id, &mut diagnostics);
    let chapters = read_chapters(sources, &manifest, &folder, recall, &mut diagnostics);
    let (vocabulary, fact_places, conclusion_places) = read_vocabulary(sources, &chapters, &mut diagnostics);
    let mut source_list = Vec::new();
    for (path, text) in sources.files() {
        if path == "sources.toml" || path.starts_with("sources/") && path.ends_with(".toml") {
            files::sources(path, text, &mut source_list, &mut diagnostics);
        }
    }
    duplicates(
        source_list.iter().map(|(s, p)| (s.key.as_str(), p)),
        said!("sources", "bronnen"),
        &mut diagnostics,
    );
    let parameters_path = format!("{folder}parameters.toml");
    let parameters = sources
        .get(&parameters_path)
        .map(|text| files::parameters(&parameters_path, text, &mut diagnostics))
        .unwrap_or_default();

    let date = if date.is_empty() { manifest.valid_from.clone() } else { date.to_string() };
    let mut look = Names {
        vocabulary: &vocabulary,
        sources: &source_list,
        parameters: &parameters,
        date: &date,
        policies: BTreeMap::new(),
    };
    let mut resolver = look.resolver(&mut diagnostics);
    resolver.parameter_sources();
    chapters.iter().for_each(|c| resolver.note_policies(&c.chapter));
    look.policies = std::mem::take(&mut resolver.policies);
    let names = names(sources, &parameters_path, &look);
    let parts = resolve_chapters(&chapters, names, recall, &look);
    parts.iter().for_each(|part| diagnostics.extend(part.findings.iter().cloned()));
    let mut resolved = recall::merged(&parts, &mut diagnostics);
    let mut leaflets = look.resolver(&mut diagnostics).leaflets(sources);
    let attempted: BTreeSet<ConclusionIdx> = look.policies.keys().copied().collect();
    let mut torn: BTreeSet<ConclusionIdx> = parts.iter().flat_map(|p| p.torn.iter().copied()).collect();
    let torn_rules = parts.iter().any(|p| p.torn_rules);

    let space = cut_space(&vocabulary, &mut resolved, &mut leaflets, &fact_places, &mut diagnostics);
    // Schedules of the calendar count from days that no table reads.
    let planned = |d: &Diagnostic| {
        let fact = d.message.en.split('`').nth(1).unwrap_or_default();
        let mut files = sources.files().filter(|(path, _)| path.starts_with("calendar/"));
        d.code == DiagnosticCode::UnusedFact && files.any(|(_, text)| text.contains(&format!("\"{fact}\"")))
    };
    diagnostics.retain(|d| !planned(d));
    let cells: Vec<u8> = space.domains().iter().map(|d| d.cells.len() as u8).collect();
    let mut guideline = CompiledGuideline {
        manifest,
        digest: sources.digest(),
        tables: resolved.tables,
        conclusions: Vec::new(),
        rules: resolved.rules,
        agreements: resolved.agreements,
        conventions: resolved.conventions,
        derivations: resolved.derivations,
        dues: resolved.dues,
        properties: resolved.properties,
        departures: resolved.departures,
        source_map: Vec::new(),
        leaflets,
        cases: resolved.cases,
        sources: source_list.into_iter().map(|(s, _)| s).collect(),
        order: Vec::new(),
        valid: TRUE,
        store: recall.store(&space).unwrap_or_else(|| Store::new(cells, NODE_BUDGET)),
        space,
        marks: Marks::default(),
        by_idx: vec![None; vocabulary.conclusions().len()],
        vocabulary,
    };
    declare_conclusions(&mut guideline, &attempted, &conclusion_places, &mut diagnostics);
    sort_conclusions(&mut guideline, &mut diagnostics);
    carry_conventions(&mut guideline);
    confirmations::confirm(sources, &mut guideline, &mut diagnostics);
    guideline.source_map = source_map::read(sources, &guideline, &mut diagnostics);
    if prove {
        readability::check(&guideline.leaflets, &mut diagnostics);
    }
    spread(&guideline, &mut torn);
    if torn_rules {
        // With a rule missing, impossible patients would look like gaps everywhere.
        torn.extend(guideline.conclusions.iter().map(|c| c.idx));
    }
    guideline.marks = Marks::of(&guideline, names);
    build_all(&mut guideline, &folder, prove.then_some(&torn), recall, &mut diagnostics);
    let mut seen = BTreeSet::new();
    diagnostics
        .retain(|d| seen.insert((d.code, d.file.clone(), d.span.start, d.span.end, d.message.en.clone())));
    // A template repeats its findings for every instance; one of them is enough.
    let mut places = BTreeSet::new();
    diagnostics.retain(|d| places.insert((d.code, d.file.clone(), d.span.start, d.span.end)));
    diagnostics.sort_by(|a, b| {
        (b.level(), &a.file, a.span.start, a.code).cmp(&(a.level(), &b.file, b.span.start, b.code))
    });
    Draft { guideline, diagnostics }
}

/// Adds the conclusions that read a torn one.
fn spread(guideline: &CompiledGuideline, torn: &mut BTreeSet<ConclusionIdx>) {
    for at in &guideline.order {
        let conclusion = &guideline.conclusions[*at];
        let mut echo = false;
        for table in &conclusion.tables {
            reads(&guideline.tables[*table], &mut |c| echo |= torn.contains(&c));
        }
        if echo {
            torn.insert(conclusion.idx);
        }
    }
}

fn build_all(
    guideline: &mut CompiledGuideline,
    folder: &str,
    prove: Option<&BTreeSet<ConclusionIdx>>,
    recall: &mut Recall,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for i in guideline.order.clone() {
        build_conclusion(guideline, i);
    }
    build_rules(guideline);
    build_texts(guideline);
    if !guideline.store.overflowed()
        && let Some(torn) = prove
    {
        let (before, known) = (diagnostics.len(), recall.proofs.clone());
        verify::verify(guideline, torn, &mut recall.proofs, diagnostics);
        if guideline.store.overflowed() {
            // A proof that ran out of room proves nothing, and what it found may be false.
            diagnostics.truncate(before);
            recall.proofs = known;
        }
    }
    if guideline.store.overflowed() {
        let at = Place { file: format!("{folder}guideline.toml").into(), span: 0..0 };
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::TooTangled,
            &at,
            said!(
                "the tables need more than {NODE_BUDGET} nodes",
                "de tabellen hebben meer dan {NODE_BUDGET} knopen nodig"
            ),
            said!(
                "split a table whose columns have little to do with each other",
                "splits een tabel waarvan de kolommen weinig met elkaar te maken hebben"
            ),
        ));
    }
    let whole = compact(guideline);
    recall.drawn = Some((guideline.space.clone(), whole));
}

fn duplicates<'a>(
    ids: impl Iterator<Item = (&'a str, &'a Place)>,
    what: Text,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<&str, &Place> = HashMap::new();
    for (id, place) in ids {
        if seen.insert(id, place).is_some() {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                place,
                said!("two {what} are called `{id}`", "twee {what} heten `{id}`"; what),
                said!("remove one, or give it another id", "verwijder er een, of geef die een andere naam"),
            ));
        }
    }
}

/// Gives every conclusion its values, wherever they are written.
fn settle_values(
    words: Vec<(ConclusionDef, Place, Values)>,
    sets: &[(String, Vec<Choice>, Place)],
    chapters: &[Arc<Parsed>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(ConclusionDef, Place)> {
    let mut from_rows: HashMap<String, usize> = HashMap::new();
    let mut conclusions = Vec::new();
    for (mut conclusion, place, origin) in words {
        match origin {
            Values::Own => {}
            Values::Rows => {
                from_rows.insert(conclusion.id.clone(), conclusions.len());
            }
            Values::Set(name, at) => match sets.iter().find(|(id, _, _)| *id == name) {
                Some((_, values, _)) => conclusion.values = values.clone(),
                None => {
                    let near = nw_facts::nearest(&name, sets.iter().map(|(id, _, _)| id.as_str()));
                    let near = maybe(near);
                    diagnostics.push(Diagnostic::new(
                        DiagnosticCode::UnknownValue,
                        &at,
                        said!("`{name}` is not a value set", "`{name}` is geen waardelijst"),
                        said!("declare it under `[[value-set]]`, or write `rows`{near}", "noem de lijst onder `[[value-set]]`, of schrijf `rows`{near}"; near),
                    ));
                }
            },
        }
        conclusions.push((conclusion, place));
    }
    for raw in chapters.iter().flat_map(|c| &c.chapter.tables) {
        for (id, label) in raw.outputs() {
            let Some(at) = from_rows.get(&id) else { continue };
            for (value, label) in label {
                let values = &mut conclusions[*at].0.values;
                if value != "not-applicable" && !values.iter().any(|v| v.id == value) {
                    values.push(Choice { id: value, label, ..Choice::default() });
                }
            }
        }
    }
    conclusions
}

fn read_vocabulary(
    sources: &SourceSet,
    chapters: &[Arc<Parsed>],
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vocabulary, Vec<Place>, Vec<Place>) {
    let mut words = Words::default();
    for (path, text) in sources.files() {
        if path.starts_with("vocabulary/") && path.ends_with(".toml") {
            files::vocabulary(path, text, &mut words, diagnostics);
        }
    }
    let Words { mut facts, conclusions, sets, annotations, groups } = words;
    duplicates(
        sets.iter().map(|(id, _, p)| (id.as_str(), p)),
        said!("value sets", "waardelijsten"),
        diagnostics,
    );
    duplicates(groups.iter().map(|(g, p)| (g.id.as_str(), p)), said!("groups", "groepen"), diagnostics);
    duplicates(
        annotations.iter().map(|(a, p)| (a.id.as_str(), p)),
        said!("annotations", "aantekeningen"),
        diagnostics,
    );
    let mut conclusions = settle_values(conclusions, &sets, chapters, diagnostics);
    duplicates(facts.iter().map(|(f, p)| (f.id.as_str(), p)), said!("facts", "feiten"), diagnostics);
    duplicates(
        conclusions.iter().map(|(c, p)| (c.id.as_str(), p)),
        said!("conclusions", "conclusies"),
        diagnostics,
    );
    for (conclusion, place) in &conclusions {
        duplicates(
            conclusion.values.iter().map(|c| (c.id.as_str(), place)),
            said!("values", "waarden"),
            diagnostics,
        );
        if facts.iter().any(|(f, _)| f.id == conclusion.id) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                place,
                said!(
                    "a fact and a conclusion are called `{}`",
                    "een feit en een conclusie heten allebei `{}`",
                    conclusion.id
                ),
                said!("give one of them another id", "geef een van beide een andere naam"),
            ));
        }
    }
    for (fact, place) in &facts {
        for (target, _) in fact.readings.iter().flat_map(|r| &r.gives) {
            if !facts.iter().any(|(f, _)| f.id == *target) {
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::UndeclaredFact,
                    place,
                    said!(
                        "`{}` is read into `{target}`, which is not a fact",
                        "`{}` wordt gelezen als `{target}`, en dat is geen feit",
                        fact.id
                    ),
                    said!(
                        "declare it, or mend the reading",
                        "zet het in de woordenlijst, of herstel wat er gelezen wordt"
                    ),
                ));
            }
        }
    }
    for (fact, place) in &facts {
        duplicates(
            fact.choices.iter().map(|c| (c.id.as_str(), place)),
            said!("values", "waarden"),
            diagnostics,
        );
        if fact.choices.len() > 60 {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::TooManyCells,
                place,
                said!("`{}` has {} values", "`{}` heeft {} waarden", fact.id, fact.choices.len()),
                said!("at most 60 values fit; group them", "er passen ten hoogste 60 waarden; voeg ze samen"),
            ));
        }
        if fact.min > fact.max {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                place,
                said!("`{}` has a `min` above its `max`", "`min` van `{}` is groter dan `max`", fact.id),
                said!("write the smaller number as `min`", "schrijf het kleinste getal als `min`"),
            ));
        }
        if let Some(presumed) = &fact.presumed
            && fact.is_numeric() | fact.choice(presumed).is_none()
        {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnknownValue,
                place,
                said!("`{presumed}` is not a value of `{}`", "`{presumed}` is geen waarde van `{}`", fact.id),
                said!(
                    "only a value of a choice can be presumed",
                    "alleen een waarde van een keuze kan worden aangenomen"
                ),
            ));
        }
        for (other, value) in &fact.unless {
            let known = facts.iter().find(|(f, _)| f.id == *other || f.aliases.contains(other));
            if known.is_none() || *other == fact.id {
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::UndeclaredFact,
                    place,
                    said!(
                        "`{}` is presumed unless `{other}`, which is no other fact",
                        "`{}` wordt aangenomen tenzij `{other}`, en dat is geen ander feit",
                        fact.id
                    ),
                    said!("declare it, or mend `unless`", "zet het in de woordenlijst, of herstel `unless`"),
                ));
            } else if known.is_some_and(|(f, _)| f.choice(value).is_none()) {
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::UnknownValue,
                    place,
                    said!("`{value}` is not a value of `{other}`", "`{value}` is geen waarde van `{other}`"),
                    said!("`unless` names a value of a choice", "`unless` noemt een waarde van een keuze"),
                ));
            }
        }
    }
    for (conclusion, place) in &conclusions {
        if conclusion.values.len() > 60 {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::TooManyCells,
                place,
                said!("`{}` has {} values", "`{}` heeft {} waarden", conclusion.id, conclusion.values.len()),
                said!("at most 60 values fit; group them", "er passen ten hoogste 60 waarden; voeg ze samen"),
            ));
        }
    }
    let empty_choice = |f: &FactDef| f.choices.is_empty() && !f.is_numeric();
    facts.retain(|(f, _)| f.choices.len() <= 60 && f.min <= f.max && !empty_choice(f));
    conclusions.retain(|(c, _)| c.values.len() <= 60);
    facts.truncate(usize::from(u16::MAX) - 1);
    let places = (
        facts.iter().map(|(_, p)| p.clone()).collect(),
        conclusions.iter().map(|(_, p)| p.clone()).collect(),
    );
    let vocabulary = Vocabulary::new(
        facts.into_iter().map(|(f, _)| f).collect(),
        conclusions.into_iter().map(|(c, _)| c).collect(),
    )
    .with_annotations(annotations.into_iter().map(|(a, _)| a).collect())
    .with_groups(groups.into_iter().map(|(g, _)| g).collect());
    (vocabulary, places.0, places.1)
}

fn read_manifest(sources: &SourceSet, id: &str, diagnostics: &mut Vec<Diagnostic>) -> (Manifest, String) {
    let path = sources
        .files()
        .map(|(path, _)| path)
        .find(|p| {
            let inner = p.strip_prefix("guidelines/").and_then(|p| p.strip_suffix("/guideline.toml"));
            inner.is_some_and(|inner| id.is_empty() || inner == id)
        })
        .map(str::to_string);
    let Some(path) = path else {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadFrontMatter,
            &Place { file: format!("guidelines/{id}/guideline.toml").into(), span: 0..0 },
            said!("the guideline has no manifest", "de richtlijn heeft geen manifest"),
            said!(
                "add `guideline.toml` with id, edition, en, nl and chapters",
                "voeg `guideline.toml` toe met id, edition, en, nl en chapters"
            ),
        ));
        return (Manifest::default(), format!("guidelines/{id}/"));
    };
    let folder = path.trim_end_matches("guideline.toml").to_string();
    let manifest =
        sources.get(&path).and_then(|text| files::manifest(&path, text, diagnostics)).unwrap_or_default();
    (manifest, folder)
}

fn read_chapters(
    sources: &SourceSet,
    manifest: &Manifest,
    folder: &str,
    recall: &mut Recall,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Arc<Parsed>> {
    let mut texts = Vec::new();
    let mut listed = BTreeSet::new();
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for (name, place) in &manifest.chapters {
        let path = format!("{folder}{name}");
        if !listed.insert(path.clone()) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                place,
                said!("the reading order names `{name}` twice", "de leesvolgorde noemt `{name}` twee keer"),
                said!("name every chapter once", "noem elk hoofdstuk één keer"),
            ));
            continue;
        }
        match sources.get(&path) {
            Some(text) => texts.push((path, text)),
            None => diagnostics.push(Diagnostic::new(
                DiagnosticCode::MissingChapter,
                place,
                said!("the chapter `{name}` does not exist", "het hoofdstuk `{name}` bestaat niet"),
                said!(
                    "write it or take it out of the reading order",
                    "schrijf het of haal het uit de leesvolgorde"
                ),
            )),
        }
    }
    let chapters = parse_chapters(&texts, recall);
    for parsed in &chapters {
        diagnostics.extend(parsed.findings.iter().cloned());
        if let Some((_, id)) = parsed.chapter.front.iter().find(|(k, _)| k == "id")
            && !ids.insert(id.text.clone())
        {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                &id.place,
                said!("two chapters are called `{}`", "twee hoofdstukken heten `{}`", id.text),
                said!("give one of them another id", "geef een van beide een andere naam"),
            ));
        }
    }
    for (path, _) in sources.files() {
        let inner =
            path.strip_prefix(folder).is_some_and(|rest| rest.ends_with(".md") && !rest.contains('/'));
        if inner && !listed.contains(path) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::MissingChapter,
                &Place { file: path.into(), span: 0..0 },
                said!("the reading order leaves out `{path}`", "de leesvolgorde slaat `{path}` over"),
                said!(
                    "add it to `chapters` in `guideline.toml`",
                    "voeg het toe aan `chapters` in `guideline.toml`"
                ),
            ));
        }
    }
    chapters
}

/// Works through a list on all cores; results keep the order of the list.
fn shared_out<T: Sync, R: Send>(list: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(list.len().max(1));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = Vec::with_capacity(list.len());
    let one = || {
        let mut mine = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(item) = list.get(at) else { return mine };
            mine.push((at, work(item)));
        }
    };
    if cores < 2 {
        done = one();
    } else {
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..cores).map(|_| scope.spawn(one)).collect();
            done.extend(one());
            for other in others {
                done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
        });
    }
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn parse_chapters(texts: &[(String, &str)], recall: &mut Recall) -> Vec<Arc<Parsed>> {
    let known = &recall.chapters;
    let parsed = shared_out(texts, |(path, text)| {
        let mark = recall::mark(*text);
        if let Some(known) = known.get(path).filter(|known| known.text == mark) {
            return Arc::clone(known);
        }
        let mut findings = Vec::new();
        let chapter = chapter::parse(path, text, &mut findings);
        Arc::new(Parsed { text: mark, chapter, findings })
    });
    recall.chapters = texts.iter().map(|(path, _)| path.clone()).zip(parsed.iter().cloned()).collect();
    parsed
}

/// Everything that a name in a chapter is looked up in, as a number to compare.
fn names(sources: &SourceSet, parameters: &str, look: &Names<'_>) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    let looked_in = |path: &str| {
        path == parameters
            || path == "sources.toml"
            || path.ends_with(".toml") && (path.starts_with("vocabulary/") || path.starts_with("sources/"))
    };
    sources.files().filter(|(path, _)| looked_in(path)).for_each(|file| file.hash(&mut hasher));
    for conclusion in look.vocabulary.conclusions() {
        // Values may be written in the rows of a chapter; their labels are texts and change nothing.
        conclusion.values.iter().for_each(|value| value.id.hash(&mut hasher));
        conclusion.values.len().hash(&mut hasher);
    }
    (look.date, &look.policies).hash(&mut hasher);
    hasher.finish()
}

fn resolve_chapters(
    chapters: &[Arc<Parsed>],
    names: u64,
    recall: &mut Recall,
    look: &Names<'_>,
) -> Vec<Arc<Part>> {
    let path = |parsed: &Parsed| parsed.chapter.file.to_string();
    let known = &recall.parts;
    let parts = shared_out(chapters, |parsed| {
        let of = (parsed.text, names);
        if let Some(known) = known.get(&path(parsed)).filter(|known| known.of == of) {
            return Arc::clone(known);
        }
        let mut findings = Vec::new();
        let mut resolver = look.resolver(&mut findings);
        let mut resolved = Resolved::default();
        resolver.chapter(&parsed.chapter, &mut resolved);
        let (torn, torn_rules) = (std::mem::take(&mut resolver.torn), resolver.torn_rules);
        Arc::new(Part { of, resolved, findings, torn, torn_rules })
    });
    recall.parts = chapters.iter().map(|parsed| path(parsed)).zip(parts.iter().cloned()).collect();
    parts
}
