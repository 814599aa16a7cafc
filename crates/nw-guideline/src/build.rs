//! Tables to decision diagrams: the last stage before verification, and the compiler's front door.
//!
//! In: resolved constructs. Out: a [`Draft`] whose conclusions are diagrams over the base facts, chains included.

use std::collections::{BTreeSet, HashMap};

use nw_diagram::{Diagrams, FALSE, NONE, NodeId, Store, TRUE, support};
use nw_facts::{ConclusionDef, ConclusionIdx, FactDef, FactIdx, Vocabulary};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Level, Place};
use crate::ir::{
    Cells, CompiledGuideline, Conclusion, Effect, Epistemic, HitPolicy, Logic, Output, Property,
    PropertyTest, Subject, Table, Wanted,
};
use crate::resolve::{Resolved, Resolver, is_cut};
use crate::sources::SourceSet;
use crate::space::{Cell, Cuts, Space, cut};
use crate::syntax::chapter::{self, Chapter};
use crate::syntax::files::{self, Manifest};
use crate::verify;

/// Nodes one guideline may use before we call it tangled.
const NODE_BUDGET: usize = 3_000_000;

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
    compile_how(sources, id, date, if prove { How::Prove } else { How::Build })
}

/// How far to go.
#[derive(Clone, Copy)]
enum How<'a> {
    /// Build and prove.
    Prove,
    /// Build only.
    Build,
    /// Take the diagrams that [`CompiledGuideline::export`] wrote for these very texts; leave out cases.
    Restore(&'a [u32]),
}

/// Restores an exported guideline from its texts and its diagrams, for the fastest start.
///
/// `sources` are the texts [`SourceSet::without_cases`]; the digest stamped on conclusions stays that of the full
/// texts. `None` when the export was made from other texts; then compile as usual.
pub fn restore(sources: &SourceSet, id: &str, exported: &[u32]) -> Option<CompiledGuideline> {
    if exported.get(..8)? != fingerprint(&sources.digest()).as_slice() {
        return None;
    }
    let full: String = exported.get(8..16)?.iter().map(|word| format!("{word:08x}")).collect();
    let draft = compile_how(sources, id, "", How::Restore(&exported[16..]));
    // Findings about the shortened texts say nothing: only an admitted guideline is exported.
    let mut guideline = Some(draft.guideline).filter(|g| !g.conclusions.is_empty())?;
    guideline.digest = format!("sha256:{full}");
    Some(guideline)
}

fn fingerprint(digest: &str) -> Vec<u32> {
    let hex = digest.trim_start_matches("sha256:");
    (0..8).map(|i| u32::from_str_radix(&hex[i * 8..i * 8 + 8], 16).unwrap_or_default()).collect()
}

fn compile_how(sources: &SourceSet, id: &str, date: &str, how: How<'_>) -> Draft {
    let mut diagnostics = Vec::new();
    let (vocabulary, fact_places, conclusion_places) = read_vocabulary(sources, &mut diagnostics);
    let mut source_list = Vec::new();
    for (path, text) in sources.files() {
        if path == "sources.toml" || path.starts_with("sources/") && path.ends_with(".toml") {
            files::sources(path, text, &mut source_list, &mut diagnostics);
        }
    }
    duplicates(source_list.iter().map(|(s, p)| (s.key.as_str(), p)), "sources", &mut diagnostics);
    let (manifest, folder) = read_manifest(sources, id, &mut diagnostics);
    let parameters_path = format!("{folder}parameters.toml");
    let parameters = sources
        .get(&parameters_path)
        .map(|text| files::parameters(&parameters_path, text, &mut diagnostics))
        .unwrap_or_default();
    let chapters = read_chapters(sources, &manifest, &folder, &mut diagnostics);

    let date = if date.is_empty() { manifest.valid_from.clone() } else { date.to_string() };
    let mut resolved = Resolved::default();
    let mut resolver = Resolver {
        vocabulary: &vocabulary,
        sources: &source_list,
        parameters: &parameters,
        date: &date,
        policies: HashMap::new(),
        torn: BTreeSet::new(),
        torn_rules: false,
        diagnostics: &mut diagnostics,
    };
    resolver.parameter_sources();
    chapters.iter().for_each(|c| resolver.note_policies(c));
    let with_cases = !matches!(how, How::Restore(_));
    chapters.iter().for_each(|c| resolver.chapter(c, with_cases, &mut resolved));
    let attempted: BTreeSet<ConclusionIdx> = resolver.policies.keys().copied().collect();
    let (mut torn, torn_rules) = (std::mem::take(&mut resolver.torn), resolver.torn_rules);

    let space = cut_space(&vocabulary, &mut resolved, &fact_places, &mut diagnostics);
    let cells: Vec<u8> = space.domains().iter().map(|d| d.cells.len() as u8).collect();
    let mut guideline = CompiledGuideline {
        manifest,
        digest: sources.digest(),
        space,
        tables: resolved.tables,
        conclusions: Vec::new(),
        rules: resolved.rules,
        agreements: resolved.agreements,
        conventions: resolved.conventions,
        derivations: resolved.derivations,
        properties: resolved.properties,
        departures: resolved.departures,
        cases: resolved.cases,
        sources: source_list.into_iter().map(|(s, _)| s).collect(),
        order: Vec::new(),
        valid: TRUE,
        store: Store::new(cells, NODE_BUDGET),
        by_idx: vec![None; vocabulary.conclusions().len()],
        vocabulary,
    };
    declare_conclusions(&mut guideline, &attempted, &conclusion_places, &mut diagnostics);
    sort_conclusions(&mut guideline, &mut diagnostics);
    if let How::Restore(exported) = how {
        if !import(&mut guideline, exported) {
            guideline.conclusions.clear();
        }
    } else {
        spread(&guideline, &mut torn);
        if torn_rules {
            // With a rule missing, impossible patients would look like gaps everywhere.
            torn.extend(guideline.conclusions.iter().map(|c| c.idx));
        }
        let prove = matches!(how, How::Prove).then_some(&torn);
        build_all(&mut guideline, &folder, prove, &mut diagnostics);
    }
    let mut seen = BTreeSet::new();
    diagnostics
        .retain(|d| seen.insert((d.code, d.file.clone(), d.span.start, d.span.end, d.message.clone())));
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
    diagnostics: &mut Vec<Diagnostic>,
) {
    for i in guideline.order.clone() {
        build_conclusion(guideline, i);
    }
    build_rules(guideline);
    if guideline.store.overflowed() {
        let at = Place { file: format!("{folder}guideline.toml"), span: 0..0 };
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::TooTangled,
            &at,
            format!("the tables need more than {NODE_BUDGET} nodes"),
            "split a table whose columns have little to do with each other",
        ));
    } else {
        if let Some(torn) = prove {
            verify::verify(guideline, torn, diagnostics);
        }
        restrict_to_valid(guideline);
    }
    compact(guideline);
}

/// Takes over exported diagrams; false when they do not fit the texts.
fn import(guideline: &mut CompiledGuideline, exported: &[u32]) -> bool {
    let mut numbers = exported.iter().copied();
    let mut next = || numbers.next().map(|n| n as usize);
    for conclusion in &mut guideline.conclusions {
        conclusion.items = vec![NONE; guideline.vocabulary.conclusion(conclusion.idx).values.len()];
        conclusion.row_holds = vec![NONE; conclusion.rows.len()];
        for list in [&mut conclusion.support, &mut conclusion.linked] {
            let Some(count) = next() else { return false };
            for _ in 0..count {
                let Some(var) = next() else { return false };
                list.push(var as u16);
            }
        }
    }
    let mut count = 0;
    for root in roots(guideline) {
        let Some(id) = next() else { return false };
        *root = NodeId(id as u32);
        count += 1;
    }
    debug_assert!(count > 0, "there is always the root of the rules");
    let rest: Vec<u32> = numbers.collect();
    match Store::import(&rest) {
        Some(store) => guideline.store = store,
        None => return false,
    }
    true
}

fn duplicates<'a>(
    ids: impl Iterator<Item = (&'a str, &'a Place)>,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<&str, &Place> = HashMap::new();
    for (id, place) in ids {
        if seen.insert(id, place).is_some() {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                place,
                format!("two {what} are called `{id}`"),
                "remove one, or give it another id",
            ));
        }
    }
}

fn read_vocabulary(
    sources: &SourceSet,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vocabulary, Vec<Place>, Vec<Place>) {
    let mut facts: Vec<(FactDef, Place)> = Vec::new();
    let mut conclusions: Vec<(ConclusionDef, Place)> = Vec::new();
    for (path, text) in sources.files() {
        if path.starts_with("vocabulary/") && path.ends_with(".toml") {
            files::vocabulary(path, text, &mut facts, &mut conclusions, diagnostics);
        }
    }
    duplicates(facts.iter().map(|(f, p)| (f.id.as_str(), p)), "facts", diagnostics);
    duplicates(conclusions.iter().map(|(c, p)| (c.id.as_str(), p)), "conclusions", diagnostics);
    for (conclusion, place) in &conclusions {
        duplicates(conclusion.values.iter().map(|c| (c.id.as_str(), place)), "values", diagnostics);
        if facts.iter().any(|(f, _)| f.id == conclusion.id) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                place,
                format!("a fact and a conclusion are called `{}`", conclusion.id),
                "give one of them another id",
            ));
        }
    }
    for (fact, place) in &facts {
        for (target, _) in fact.readings.iter().flat_map(|r| &r.gives) {
            if !facts.iter().any(|(f, _)| f.id == *target) {
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::UndeclaredFact,
                    place,
                    format!("`{}` is read into `{target}`, which is not a fact", fact.id),
                    "declare it, or mend the reading",
                ));
            }
        }
    }
    for (fact, place) in &facts {
        duplicates(fact.choices.iter().map(|c| (c.id.as_str(), place)), "values", diagnostics);
        if fact.choices.len() > 60 {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::TooManyCells,
                place,
                format!("`{}` has {} values", fact.id, fact.choices.len()),
                "at most 60 values fit; group them",
            ));
        }
        if fact.min > fact.max {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                place,
                format!("`{}` has a `min` above its `max`", fact.id),
                "write the smaller number as `min`",
            ));
        }
        if let Some(presumed) = &fact.presumed
            && fact.is_numeric() | fact.choice(presumed).is_none()
        {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnknownValue,
                place,
                format!("`{presumed}` is not a value of `{}`", fact.id),
                "only a value of a choice can be presumed",
            ));
        }
    }
    for (conclusion, place) in &conclusions {
        if conclusion.values.len() > 60 {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::TooManyCells,
                place,
                format!("`{}` has {} values", conclusion.id, conclusion.values.len()),
                "at most 60 values fit; group them",
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
    );
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
            &Place { file: format!("guidelines/{id}/guideline.toml"), span: 0..0 },
            "the guideline has no manifest",
            "add `guideline.toml` with id, edition, en, nl and chapters",
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
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Chapter> {
    let mut chapters = Vec::new();
    let mut listed = BTreeSet::new();
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for (name, place) in &manifest.chapters {
        let path = format!("{folder}{name}");
        if !listed.insert(path.clone()) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                place,
                format!("the reading order names `{name}` twice"),
                "name every chapter once",
            ));
            continue;
        }
        match sources.get(&path) {
            Some(text) => {
                let chapter = chapter::parse(&path, text, diagnostics);
                if let Some((_, id)) = chapter.front.iter().find(|(k, _)| k == "id")
                    && !ids.insert(id.text.clone())
                {
                    diagnostics.push(Diagnostic::new(
                        DiagnosticCode::DuplicateId,
                        &id.place,
                        format!("two chapters are called `{}`", id.text),
                        "give one of them another id",
                    ));
                }
                chapters.push(chapter);
            }
            None => diagnostics.push(Diagnostic::new(
                DiagnosticCode::MissingChapter,
                place,
                format!("the chapter `{name}` does not exist"),
                "write it or take it out of the reading order",
            )),
        }
    }
    for (path, _) in sources.files() {
        let inner =
            path.strip_prefix(folder).is_some_and(|rest| rest.ends_with(".md") && !rest.contains('/'));
        if inner && !listed.contains(path) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::MissingChapter,
                &Place { file: path.to_string(), span: 0..0 },
                format!("the reading order leaves out `{path}`"),
                "add it to `chapters` in `guideline.toml`",
            ));
        }
    }
    chapters
}

// ---- cells -------------------------------------------------------------------------------------------------------

fn every_test(resolved: &mut Resolved, visit: &mut impl FnMut(&mut Cells)) {
    for table in &mut resolved.tables {
        table.domain.tests_mut(visit);
        table.rows.iter_mut().flat_map(|r| &mut r.cells).for_each(&mut *visit);
    }
    resolved.rules.iter_mut().for_each(|r| r.when.tests_mut(visit));
    resolved.agreements.iter_mut().for_each(|a| a.when.tests_mut(visit));
    for property in &mut resolved.properties {
        if let PropertyTest::Never(logic) = &mut property.test {
            logic.tests_mut(visit);
        }
    }
    fn epistemic(e: &mut Epistemic, visit: &mut impl FnMut(&mut Cells)) {
        match e {
            Epistemic::And(all) | Epistemic::Or(all) => all.iter_mut().for_each(|e| epistemic(e, visit)),
            Epistemic::Not(inner) => epistemic(inner, visit),
            Epistemic::Certain(logic, _) => logic.tests_mut(visit),
            Epistemic::Missing(_) | Epistemic::Known(_) | Epistemic::NotDone(_) => {}
        }
    }
    resolved.conventions.iter_mut().for_each(|c| epistemic(&mut c.when, visit));
}

fn cut_space(
    vocabulary: &Vocabulary,
    resolved: &mut Resolved,
    places: &[Place],
    diagnostics: &mut Vec<Diagnostic>,
) -> Space {
    let mut used: BTreeSet<FactIdx> = resolved.agreements.iter().map(|a| a.reported).collect();
    let mut cuts: Vec<Cuts> = vec![Cuts::new(); vocabulary.facts().len()];
    every_test(resolved, &mut |cells| {
        if let Subject::Fact(fact) = cells.subject {
            used.insert(fact);
            if let Wanted::Numbers { ranges, .. } = &cells.wanted {
                for range in ranges {
                    cut(&mut cuts[fact.0 as usize], vocabulary.fact(fact), range);
                }
            }
        }
    });
    for convention in &resolved.conventions {
        if let Effect::Assume(assumptions) = &convention.effect {
            for assumption in assumptions.iter().filter(|a| used.contains(&a.fact)) {
                for range in &assumption.ranges {
                    cut(&mut cuts[assumption.fact.0 as usize], vocabulary.fact(assumption.fact), range);
                }
            }
        }
    }
    report_unused(vocabulary, resolved, &used, places, diagnostics);
    for fact in &used {
        let cuts = &mut cuts[fact.0 as usize];
        if is_cut(vocabulary, *fact) && cuts.len() > 60 {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::TooManyCells,
                &places[fact.0 as usize],
                format!("`{}` is cut at {} points", vocabulary.fact(*fact).id, cuts.len()),
                "at most 60 thresholds fit; check for thresholds that differ by a slip",
            ));
            *cuts = cuts.iter().take(60).copied().collect();
        }
    }
    let used = diagram_order(vocabulary, resolved, &used);
    let space = Space::build(vocabulary, &used, &cuts);
    every_test(resolved, &mut |cells| cells.mask = mask(&space, vocabulary, cells));
    space
}

/// The order of facts in the diagrams: first use, depth first through the tables that each conclusion reads.
///
/// Facts that are used together then stand together, which is what keeps diagrams small; the order of the vocabulary
/// interleaved the facts of different syndromes.
fn diagram_order(vocabulary: &Vocabulary, resolved: &Resolved, used: &BTreeSet<FactIdx>) -> Vec<FactIdx> {
    struct Search<'a> {
        resolved: &'a Resolved,
        seen: BTreeSet<nw_facts::ConclusionIdx>,
        order: Vec<FactIdx>,
    }
    impl Search<'_> {
        fn subject(&mut self, subject: Subject) {
            match subject {
                Subject::Fact(fact) => {
                    if !self.order.contains(&fact) {
                        self.order.push(fact);
                    }
                }
                Subject::Conclusion(conclusion) => self.conclusion(conclusion),
            }
        }

        fn conclusion(&mut self, conclusion: nw_facts::ConclusionIdx) {
            if !self.seen.insert(conclusion) {
                return;
            }
            let resolved = self.resolved;
            for table in resolved.tables.iter().filter(|t| t.conclusion == conclusion) {
                table.domain.tests(&mut |cells| self.subject(cells.subject));
                table.columns.iter().for_each(|column| self.subject(*column));
            }
        }
    }
    let mut search = Search { resolved, seen: BTreeSet::new(), order: Vec::new() };
    for conclusion in 0..vocabulary.conclusions().len() {
        search.conclusion(nw_facts::ConclusionIdx(conclusion as u16));
    }
    let mut order: Vec<FactIdx> = search.order.into_iter().filter(|f| used.contains(f)).collect();
    order.extend(used.iter().filter(|f| !order.contains(f)).copied().collect::<Vec<_>>());
    order
}

fn mask(space: &Space, vocabulary: &Vocabulary, cells: &Cells) -> u64 {
    match (cells.subject, &cells.wanted) {
        (Subject::Fact(fact), wanted) => {
            let Some(var) = space.var(fact) else { return 0 };
            let domain = space.domain(var);
            let holds = |cell: &Cell| match (wanted, cell) {
                (Wanted::Any, _) => true,
                (Wanted::Numbers { ranges, .. }, Cell::Numbers(cell)) => {
                    ranges.iter().any(|r| !r.intersect(cell).is_empty())
                }
                (Wanted::Numbers { not_done, .. }, Cell::NotDone) => *not_done,
                (Wanted::Values { mask, .. }, Cell::Choice(choice)) => mask >> choice & 1 == 1,
                (Wanted::Values { mask, .. }, Cell::NotDone) => {
                    mask >> vocabulary.fact(fact).choices.len() & 1 == 1
                }
                _ => false,
            };
            domain.cells.iter().enumerate().filter(|(_, c)| holds(c)).fold(0, |m, (i, _)| m | 1 << i)
        }
        (Subject::Conclusion(conclusion), Wanted::Values { mask, .. }) => {
            let _ = conclusion;
            *mask
        }
        (Subject::Conclusion(conclusion), _) => {
            (1 << (vocabulary.conclusion(conclusion).values.len() + 1)) - 1
        }
    }
}

fn report_unused(
    vocabulary: &Vocabulary,
    resolved: &Resolved,
    used: &BTreeSet<FactIdx>,
    places: &[Place],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut needed = used.clone();
    for derivation in &resolved.derivations {
        needed.insert(derivation.target);
        derivation.formula.facts(&mut |f| {
            needed.insert(f);
        });
    }
    for (i, fact) in vocabulary.facts().iter().enumerate() {
        let read_into = vocabulary
            .facts()
            .iter()
            .flat_map(|f| &f.readings)
            .flat_map(|r| &r.gives)
            .any(|(to, _)| *to == fact.id);
        if !needed.contains(&FactIdx(i as u16)) && !read_into && fact.readings.is_empty() {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnusedFact,
                &places[i],
                format!("nothing uses the fact `{}`", fact.id),
                "use it in a table or remove it",
            ));
        }
    }
}

// ---- conclusions -------------------------------------------------------------------------------------------------

fn declare_conclusions(
    guideline: &mut CompiledGuideline,
    attempted: &BTreeSet<ConclusionIdx>,
    places: &[Place],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (i, def) in guideline.vocabulary.conclusions().iter().enumerate() {
        let idx = nw_facts::ConclusionIdx(i as u16);
        let tables: Vec<usize> = guideline
            .tables
            .iter()
            .enumerate()
            .filter(|(_, t)| t.conclusion == idx)
            .map(|(t, _)| t)
            .collect();
        let Some(first) = tables.first() else {
            // A table with a fault of its own says so itself.
            if attempted.contains(&idx) {
                continue;
            }
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::ConclusionWithoutTable,
                &places[i],
                format!("no table gives `{}`", def.id),
                "write the table or remove the conclusion",
            ));
            continue;
        };
        let rows =
            tables.iter().flat_map(|t| (0..guideline.tables[*t].rows.len()).map(move |r| (*t, r))).collect();
        guideline.by_idx[i] = Some(guideline.conclusions.len());
        guideline.conclusions.push(Conclusion {
            idx,
            policy: guideline.tables[*first].policy,
            tables,
            value: NONE,
            row: NONE,
            items: Vec::new(),
            row_holds: Vec::new(),
            rows,
            support: Vec::new(),
            linked: Vec::new(),
        });
    }
}

/// The conclusions that a table reads.
fn reads(table: &Table, visit: &mut impl FnMut(nw_facts::ConclusionIdx)) {
    let mut see = |cells: &Cells| {
        if let Subject::Conclusion(c) = cells.subject {
            visit(c);
        }
    };
    table.domain.tests(&mut see);
    for column in &table.columns {
        if let Subject::Conclusion(c) = column {
            visit(*c);
        }
    }
}

fn sort_conclusions(guideline: &mut CompiledGuideline, diagnostics: &mut Vec<Diagnostic>) {
    let count = guideline.conclusions.len();
    let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    for (i, conclusion) in guideline.conclusions.iter().enumerate() {
        for table in &conclusion.tables {
            reads(&guideline.tables[*table], &mut |c| {
                if let Some(on) = guideline.by_idx[c.0 as usize] {
                    needs[i].insert(on);
                }
            });
        }
    }
    let mut order = Vec::new();
    let mut placed = vec![false; count];
    while order.len() < count {
        let ready: Vec<usize> =
            (0..count).filter(|i| !placed[*i] && needs[*i].iter().all(|n| placed[*n])).collect();
        if ready.is_empty() {
            for i in (0..count).filter(|i| !placed[*i]) {
                let conclusion = &guideline.conclusions[i];
                let table = &guideline.tables[conclusion.tables[0]];
                let id = &guideline.vocabulary.conclusion(conclusion.idx).id;
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::CircularTables,
                    &table.place,
                    format!("`{id}` needs itself through other tables"),
                    "break the circle: let one table read facts instead",
                ));
            }
            break;
        }
        for i in ready {
            placed[i] = true;
            order.push(i);
        }
    }
    guideline.order = order;
}

/// Where a test holds, as a truth diagram over base facts.
pub(crate) fn test_diagram(guideline: &mut CompiledGuideline, cells: &Cells, mask: u64) -> NodeId {
    if cells.any {
        return TRUE;
    }
    match cells.subject {
        Subject::Fact(fact) => match guideline.space.var(fact) {
            Some(var) => guideline.store.literal(var, mask),
            None => FALSE,
        },
        Subject::Conclusion(conclusion) => {
            let Some(at) = guideline.by_idx[conclusion.0 as usize] else { return FALSE };
            let target = &guideline.conclusions[at];
            if target.policy == HitPolicy::Collect {
                let items: Vec<NodeId> = target
                    .items
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| mask >> i & 1 == 1)
                    .map(|(_, n)| *n)
                    .collect();
                return items.into_iter().fold(FALSE, |a, b| guideline.store.or(a, b));
            }
            let value = target.value;
            guideline.store.select(value, mask)
        }
    }
}

/// Where a condition holds.
pub(crate) fn logic_diagram(guideline: &mut CompiledGuideline, logic: &Logic) -> NodeId {
    match logic {
        Logic::And(all) => all.iter().fold(TRUE, |acc, l| {
            let next = logic_diagram(guideline, l);
            guideline.store.and(acc, next)
        }),
        Logic::Or(all) => all.iter().fold(FALSE, |acc, l| {
            let next = logic_diagram(guideline, l);
            guideline.store.or(acc, next)
        }),
        Logic::Not(inner) => {
            let inner = logic_diagram(guideline, inner);
            guideline.store.not(inner)
        }
        Logic::Is(cells) => test_diagram(guideline, cells, cells.mask),
    }
}

/// Where every cell of a row holds.
pub(crate) fn row_diagram(guideline: &mut CompiledGuideline, cells: &[Cells]) -> NodeId {
    cells.iter().fold(TRUE, |acc, c| {
        let next = test_diagram(guideline, c, c.mask);
        guideline.store.and(acc, next)
    })
}

fn build_conclusion(guideline: &mut CompiledGuideline, at: usize) {
    let conclusion = guideline.conclusions[at].clone();
    let not_applicable = NodeId::terminal(conclusion.not_applicable(&guideline.vocabulary));
    let outside = NodeId::terminal(conclusion.rows.len() as u16);
    let mut value = not_applicable;
    let mut row_value = outside;
    let values = guideline.vocabulary.conclusion(conclusion.idx).values.len();
    let mut items = vec![FALSE; values];
    let mut row_holds = vec![FALSE; conclusion.rows.len()];
    for table_at in conclusion.tables.iter().rev() {
        let table = guideline.tables[*table_at].clone();
        let domain = logic_diagram(guideline, &table.domain);
        let base = conclusion
            .rows
            .iter()
            .position(|(t, _)| t == table_at)
            .expect("every table of a conclusion has rows");
        let mut inside_value = GAP;
        let mut inside_row = GAP;
        for (r, row) in table.rows.iter().enumerate().rev() {
            let holds = row_diagram(guideline, &row.cells);
            if table.policy == HitPolicy::Collect {
                let holds = guideline.store.and(domain, holds);
                row_holds[base + r] = holds;
                if let Output::Value(v) = row.output {
                    items[v] = guideline.store.or(items[v], holds);
                }
                continue;
            }
            let says = match row.output {
                Output::Value(v) => NodeId::terminal(v as u16),
                Output::NotApplicable => not_applicable,
            };
            inside_value = guideline.store.choose(holds, says, inside_value);
            inside_row = guideline.store.choose(holds, NodeId::terminal((base + r) as u16), inside_row);
        }
        if table.policy != HitPolicy::Collect {
            value = guideline.store.choose(domain, inside_value, value);
            row_value = guideline.store.choose(domain, inside_row, row_value);
        }
    }
    let mut vars: BTreeSet<u16> = support(&guideline.store, value).into_iter().collect();
    if conclusion.policy == HitPolicy::Collect {
        vars = items.iter().flat_map(|n| support(&guideline.store, *n)).collect();
    }
    let target = &mut guideline.conclusions[at];
    target.value = value;
    target.row = row_value;
    target.items = items;
    target.row_holds = row_holds;
    target.support = vars.into_iter().collect();
}

fn build_rules(guideline: &mut CompiledGuideline) {
    let mut valid = TRUE;
    for i in 0..guideline.rules.len() {
        let when = guideline.rules[i].when.clone();
        let when = logic_diagram(guideline, &when);
        let kept = guideline.store.not(when);
        guideline.rules[i].kept = kept;
        valid = guideline.store.and(valid, kept);
    }
    guideline.valid = valid;
    for i in 0..guideline.agreements.len() {
        let agreement = guideline.agreements[i].clone();
        let when = logic_diagram(guideline, &agreement.when);
        let free = guideline.store.not(when);
        let mut kept = free;
        let (Some(var), Some(at)) =
            (guideline.space.var(agreement.reported), guideline.by_idx[agreement.conclusion.0 as usize])
        else {
            continue;
        };
        let value = guideline.conclusions[at].value;
        for (choice, mask) in agreement.agrees.iter().enumerate() {
            let mask = *mask;
            let reported = guideline.store.literal(var, 1 << choice);
            let same = guideline.store.select(value, mask);
            let both = guideline.store.and(reported, same);
            kept = guideline.store.or(kept, both);
        }
        guideline.agreements[i].kept = kept;
    }
    for i in 0..guideline.conventions.len() {
        let mut when = guideline.conventions[i].when.clone();
        fill_certain(guideline, &mut when);
        guideline.conventions[i].when = when;
    }
}

fn fill_certain(guideline: &mut CompiledGuideline, epistemic: &mut Epistemic) {
    match epistemic {
        Epistemic::And(all) | Epistemic::Or(all) => all.iter_mut().for_each(|e| fill_certain(guideline, e)),
        Epistemic::Not(inner) => fill_certain(guideline, inner),
        Epistemic::Certain(logic, node) => {
            let holds = logic_diagram(guideline, logic);
            let valid = guideline.valid;
            *node = guideline.store.choose(valid, holds, NONE);
        }
        Epistemic::Missing(_) | Epistemic::Known(_) | Epistemic::NotDone(_) => {}
    }
}

/// Impossible worlds lead to no outcome from here on.
fn restrict_to_valid(guideline: &mut CompiledGuideline) {
    let valid = guideline.valid;
    for i in 0..guideline.conclusions.len() {
        let mut conclusion = guideline.conclusions[i].clone();
        conclusion.value = guideline.store.choose(valid, conclusion.value, NONE);
        conclusion.row = guideline.store.choose(valid, conclusion.row, NONE);
        for node in conclusion.items.iter_mut().chain(&mut conclusion.row_holds) {
            *node = guideline.store.choose(valid, *node, NONE);
        }
        guideline.conclusions[i] = conclusion;
    }
}

/// Every diagram the engine walks, in one fixed order.
fn roots(guideline: &mut CompiledGuideline) -> Vec<&mut NodeId> {
    fn certain<'a>(epistemic: &'a mut Epistemic, roots: &mut Vec<&'a mut NodeId>) {
        match epistemic {
            Epistemic::And(all) | Epistemic::Or(all) => all.iter_mut().for_each(|e| certain(e, roots)),
            Epistemic::Not(inner) => certain(inner, roots),
            Epistemic::Certain(_, node) => roots.push(node),
            Epistemic::Missing(_) | Epistemic::Known(_) | Epistemic::NotDone(_) => {}
        }
    }
    let mut roots = vec![&mut guideline.valid];
    for conclusion in &mut guideline.conclusions {
        roots.push(&mut conclusion.value);
        roots.push(&mut conclusion.row);
        roots.extend(&mut conclusion.items);
        roots.extend(&mut conclusion.row_holds);
    }
    roots.extend(guideline.rules.iter_mut().map(|r| &mut r.kept));
    roots.extend(guideline.agreements.iter_mut().map(|a| &mut a.kept));
    for convention in &mut guideline.conventions {
        certain(&mut convention.when, &mut roots);
    }
    roots
}

fn compact(guideline: &mut CompiledGuideline) {
    for i in 0..guideline.conclusions.len() {
        let conclusion = &guideline.conclusions[i];
        let mut linked: BTreeSet<u16> = support(&guideline.store, conclusion.value).into_iter().collect();
        for item in &conclusion.items {
            linked.extend(support(&guideline.store, *item));
        }
        guideline.conclusions[i].linked = linked.into_iter().collect();
    }
    let mut store = std::mem::take(&mut guideline.store);
    store.compact(roots(guideline).into_iter());
    guideline.store = store;
}

impl CompiledGuideline {
    /// The diagrams as plain numbers, to be restored beside [`SourceSet::without_cases`] of the same texts by [`restore`].
    pub fn export(&self, sources: &SourceSet) -> Vec<u32> {
        let mut copy = self.clone();
        let mut out = fingerprint(&sources.without_cases().digest());
        out.extend(fingerprint(&sources.digest()));
        for conclusion in &copy.conclusions {
            for list in [&conclusion.support, &conclusion.linked] {
                out.push(list.len() as u32);
                out.extend(list.iter().map(|v| u32::from(*v)));
            }
        }
        out.extend(roots(&mut copy).into_iter().map(|n| n.0));
        out.extend(copy.store.export());
        out
    }

    /// Cells, nodes and facts per conclusion: sudden growth means a tangled table.
    pub fn sizes(&self) -> Vec<(String, usize, usize)> {
        self.conclusions
            .iter()
            .map(|c| {
                let mut seen = BTreeSet::new();
                let mut stack: Vec<NodeId> =
                    std::iter::once(c.value).chain(c.items.iter().copied()).collect();
                while let Some(node) = stack.pop() {
                    if !node.is_terminal() && seen.insert(node) {
                        stack.extend_from_slice(self.store.children(node));
                    }
                }
                (self.vocabulary.conclusion(c.idx).id.clone(), seen.len(), c.support.len())
            })
            .collect()
    }

    /// The properties declared, for reports.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }
}
