//! One slip at a time in the tables: a slip that neither the proofs nor the cases notice is a missing case.

mod sameness;
mod sites;

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nw_engine::{CaseRecall, check_cases_again};
use nw_guideline::{
    CompiledGuideline, Diagnostic, DiagnosticCode, Draft, Level, Recall, SourceSet, compile, compile_again,
};

use crate::knowledge;
use sameness::{Sameness, compare};
use sites::{Mutation, RowSite, Slip};

/// What to attack and how long.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// How many slips to try.
    #[arg(long, default_value_t = 1000)]
    pub count: usize,
    /// The same seed makes the same slips in the same text.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Only tables or chapters whose name holds this text, for example `tumour.grade` or `21-tnm`.
    #[arg(long, default_value = "")]
    pub only: String,
    /// Knowledge folder; the repository's own when left out.
    #[arg(long)]
    pub knowledge: Option<std::path::PathBuf>,
    /// How many slips are tried side by side.
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Share of slips, in percent, that must be noticed.
    #[arg(long, default_value_t = 99.0)]
    pub goal: f64,
}

/// What became of one slip.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// A finding of the compiler or its proofs.
    Proof(DiagnosticCode),
    /// A case that fails.
    Case,
    /// Nobody noticed, and nothing changed for anybody: not a slip at all.
    Equivalent,
    /// Nobody noticed; only the named reason changed.
    OtherReason,
    /// Nobody noticed, and some patient gets another answer.
    Survived,
    /// The compiler panicked, which it must never do.
    Panicked,
}

/// Errors that the text has before any slip, by everything but their place, which a slip shifts.
type Known = HashSet<(DiagnosticCode, String, String)>;

fn key(finding: &Diagnostic) -> (DiagnosticCode, String, String) {
    (finding.code, finding.file.to_string(), finding.message.en.clone())
}

/// Tries the slips and prints what survived. True when the goal is met.
pub fn run(settings: &Settings) -> Result<bool, String> {
    let folder = settings.knowledge.clone().unwrap_or_else(|| knowledge::top().join("knowledge"));
    let sources = knowledge::read(&folder)?;
    let started = Instant::now();
    let draft = compile(&sources, "", "");
    let compiled = started.elapsed();
    let (base, known) = baseline(draft);
    println!(
        "{} tables, {} cases; compiled and proved in {}, cases checked in {}",
        base.tables.len(),
        base.cases.len(),
        seconds(compiled),
        seconds(started.elapsed() - compiled)
    );
    if !known.is_empty() {
        println!(
            "the text has {} errors of its own: a slip counts as noticed when it raises another one, and the score is final only without them",
            known.len()
        );
    }
    let mutations = choose(&sources, &base, settings);
    if mutations.is_empty() {
        return Err(format!(
            "no table matches `{}`; name part of a table id or of a chapter's file name",
            settings.only
        ));
    }
    let fates = try_all(&sources, &base, &known, &mutations, settings.threads.max(1));
    Ok(report(&sources, &folder, &mutations, &fates, settings, started.elapsed()))
}

fn baseline(draft: Draft) -> (CompiledGuideline, Known) {
    let mut known: Known =
        draft.diagnostics().iter().filter(|d| d.level() == Level::Error).map(key).collect();
    let base = draft.guideline().clone();
    known.extend(nw_engine::check_cases(&base).iter().filter(|d| d.level() == Level::Error).map(key));
    (base, known)
}

/// Rows are drawn evenly, then the kind of slip, then the slip: so large value lists do not crowd out the rest.
fn choose(sources: &SourceSet, base: &CompiledGuideline, settings: &Settings) -> Vec<Mutation> {
    let folder = format!("guidelines/{}/", base.manifest.id);
    let mut rows: Vec<RowSite> = Vec::new();
    for (path, text) in sources.files() {
        if path.starts_with(&folder) && path.ends_with(".md") {
            let all = sites::rows(path, text);
            rows.extend(
                all.into_iter()
                    .filter(|r| path.contains(&settings.only) || r.table().contains(&settings.only)),
            );
        }
    }
    let by_row: Vec<BTreeMap<Slip, Vec<Mutation>>> = rows
        .iter()
        .map(|row| {
            let mut kinds: BTreeMap<Slip, Vec<Mutation>> = BTreeMap::new();
            for mutation in row.mutations(sources.get(row.file()).unwrap_or(""), &base.vocabulary) {
                kinds.entry(mutation.slip).or_default().push(mutation);
            }
            kinds
        })
        .collect();
    let all: usize = by_row.iter().flat_map(BTreeMap::values).map(Vec::len).sum();
    let mut random = fastrand::Rng::with_seed(settings.seed);
    let mut seen = HashSet::new();
    let mut chosen = Vec::new();
    let wanted = settings.count.min(all);
    let mut tries = 0;
    while chosen.len() < wanted && tries < wanted * 200 {
        tries += 1;
        let Some(kinds) = random.choice(&by_row) else { break };
        let lists: Vec<&Vec<Mutation>> = kinds.values().collect();
        let Some(mutation) = random.choice(lists).and_then(|list| random.choice(list)) else { continue };
        if seen.insert((mutation.file.clone(), mutation.span.clone(), mutation.replacement.clone())) {
            chosen.push(mutation.clone());
        }
    }
    chosen
}

fn try_all(
    sources: &SourceSet,
    base: &CompiledGuideline,
    known: &Known,
    mutations: &[Mutation],
    threads: usize,
) -> Vec<Fate> {
    let next = AtomicUsize::new(0);
    let mut fates = vec![Fate::Panicked; mutations.len()];
    // A panic is reported as a fate of its own; its default message would only break up the report.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        for _ in 0..threads {
            let (tell, next) = (tell.clone(), &next);
            scope.spawn(move || {
                let (mut recall, mut cases) = (Recall::default(), CaseRecall::default());
                let unharmed = compile_again(sources, &base.manifest.id, "", &mut recall);
                check_cases_again(unharmed.guideline(), &mut cases);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(mutation) = mutations.get(at) else { break };
                    let fate = catch_unwind(AssertUnwindSafe(|| {
                        fate(sources, base, known, mutation, (&mut recall, &mut cases))
                    }));
                    if tell.send((at, fate.unwrap_or(Fate::Panicked))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(tell);
        let started = Instant::now();
        let mut said = Instant::now();
        for (done, (at, fate)) in told.iter().enumerate() {
            fates[at] = fate;
            if said.elapsed() > Duration::from_secs(10) {
                said = Instant::now();
                eprintln!(
                    "{} of {} slips tried in {}",
                    done + 1,
                    mutations.len(),
                    seconds(started.elapsed())
                );
            }
        }
    });
    std::panic::set_hook(loud);
    fates
}

fn fate(
    sources: &SourceSet,
    base: &CompiledGuideline,
    known: &Known,
    mutation: &Mutation,
    (recall, cases): (&mut Recall, &mut CaseRecall),
) -> Fate {
    let mut text = sources.get(&mutation.file).unwrap_or("").to_string();
    text.replace_range(mutation.span.clone(), &mutation.replacement);
    let changed = sources.with(&mutation.file, text);
    let is_new = |finding: &Diagnostic| finding.level() == Level::Error && !known.contains(&key(finding));
    let draft = compile_again(&changed, &base.manifest.id, "", recall);
    if let Some(finding) = draft.diagnostics().iter().find(|d| is_new(d)) {
        return Fate::Proof(finding.code);
    }
    // Only cases that the slip can reach are run; what the others show is known.
    if check_cases_again(draft.guideline(), cases).iter().any(is_new) {
        return Fate::Case;
    }
    match compare(base, draft.guideline()) {
        Sameness::Same => Fate::Equivalent,
        Sameness::OtherReason => Fate::OtherReason,
        Sameness::Different => Fate::Survived,
    }
}

fn report(
    sources: &SourceSet,
    folder: &Path,
    mutations: &[Mutation],
    fates: &[Fate],
    settings: &Settings,
    took: Duration,
) -> bool {
    let mut left: Vec<(&Mutation, &Fate)> = mutations
        .iter()
        .zip(fates)
        .filter(|(_, f)| matches!(f, Fate::Survived | Fate::OtherReason | Fate::Panicked))
        .collect();
    left.sort_by_key(|(m, _)| (&m.file, m.span.start));
    let shown = folder.file_name().map_or("knowledge".into(), |n| n.to_string_lossy().into_owned());
    for (mutation, fate) in &left {
        let text = sources.get(&mutation.file).unwrap_or("");
        let line = text[..mutation.span.start].matches('\n').count() + 1;
        let note = match fate {
            Fate::OtherReason => " (same answers, another row as the reason)",
            Fate::Panicked => " (THE COMPILER PANICKED)",
            _ => "",
        };
        let what = if mutation.slip == Slip::RowDeleted {
            format!("`{}`", mutation.before)
        } else {
            format!("{} `{}` → `{}`", mutation.column, mutation.before, mutation.after)
        };
        println!(
            "{shown}/{}:{line}: survived{note}: {}: {} row {}: {what}",
            mutation.file,
            mutation.slip.name(),
            mutation.table,
            mutation.row
        );
    }
    let mut kinds: BTreeMap<Slip, (usize, usize, usize, usize)> = BTreeMap::new();
    for (mutation, fate) in mutations.iter().zip(fates) {
        let count = kinds.entry(mutation.slip).or_default();
        match fate {
            Fate::Proof(_) => count.0 += 1,
            Fate::Case => count.1 += 1,
            Fate::Equivalent => count.2 += 1,
            Fate::Survived | Fate::OtherReason | Fate::Panicked => count.3 += 1,
        }
    }
    println!("\n{:<16} {:>8} {:>8} {:>11} {:>9}", "slip", "by proof", "by case", "equivalent", "survived");
    let mut sum = (0, 0, 0, 0);
    for (slip, (proof, case, same, survived)) in &kinds {
        println!("{:<16} {proof:>8} {case:>8} {same:>11} {survived:>9}", slip.name());
        sum = (sum.0 + proof, sum.1 + case, sum.2 + same, sum.3 + survived);
    }
    println!("{:<16} {:>8} {:>8} {:>11} {:>9}", "all", sum.0, sum.1, sum.2, sum.3);
    let counted = mutations.len() - sum.2;
    let score = if counted == 0 { 100.0 } else { 100.0 * (sum.0 + sum.1) as f64 / counted as f64 };
    println!(
        "\n{} of {counted} slips noticed: {score:.2} % (goal {} %), {} equivalent left out; seed {}, {} in all, {} each",
        sum.0 + sum.1,
        settings.goal,
        sum.2,
        settings.seed,
        seconds(took),
        seconds(took / mutations.len().max(1) as u32)
    );
    score >= settings.goal && !fates.contains(&Fate::Panicked)
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests;
