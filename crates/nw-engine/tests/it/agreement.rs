//! The fast engine agrees with the plain one: on generated guidelines, and on the real one with facts taken away.

use std::sync::LazyLock;

use nw_engine::plain::Plain;
use nw_engine::{
    Conclusions, Detail, Engine, Fast, Options, Outcome, Preparations, Sets, Worlds, case_facts,
};
use nw_facts::{Date, FactIdx, FactSet, Observation};
use nw_guideline::{Case, CompiledGuideline, HitPolicy, SourceSet, compile, compile_with};

/// A small generator with a seed: the same numbers on every machine.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self, below: usize) -> usize {
        // SplitMix64, because a test must not change when a library does.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
}

/// A guideline of facts f0… and chained tables c0…, some collected, with rules and an agreement.
pub fn generated(dice: &mut Dice) -> SourceSet {
    let facts = 3 + dice.next(4);
    let tables = 2 + dice.next(4);
    let mut vocabulary = String::new();
    for f in 0..facts {
        if f % 3 == 2 {
            vocabulary += &format!(
                "[[fact]]\nid = \"f{f}\"\ntype = \"count\"\nmin = \"0\"\nmax = \"9\"\nholder = \"clinic\"\nen = \"f\"\nnl = \"f\"\nquestion = {{ en = \"f\", nl = \"f\" }}\n"
            );
        } else {
            vocabulary += &format!(
                "[[fact]]\nid = \"f{f}\"\ntype = \"choice\"\nholder = \"clinic\"\nen = \"f\"\nnl = \"f\"\nquestion = {{ en = \"f\", nl = \"f\" }}\n"
            );
            for v in 0..2 + dice.next(3) {
                vocabulary += &format!("[[fact.value]]\nid = \"v{v}\"\nen = \"v\"\nnl = \"v\"\n");
            }
        }
    }
    vocabulary += "[[fact]]\nid = \"reported\"\ntype = \"choice\"\nholder = \"registry\"\nen = \"r\"\nnl = \"r\"\nquestion = { en = \"r\", nl = \"r\" }\n";
    for v in 0..3 {
        vocabulary += &format!("[[fact.value]]\nid = \"x{v}\"\nen = \"v\"\nnl = \"v\"\n");
    }
    let collect = dice.next(tables - 1) + 1;
    for c in 0..tables {
        vocabulary += &format!("[[conclusion]]\nid = \"c{c}\"\nen = \"c\"\nnl = \"c\"\n");
        for v in 0..3 {
            vocabulary += &format!("[[conclusion.value]]\nid = \"x{v}\"\nen = \"v\"\nnl = \"v\"\n");
        }
    }
    let mut chapter = "---\nid: g\nen: G\nnl: G\n---\n\n# G\n\n## Tables\n".to_string();
    let test = |dice: &mut Dice, f: usize| -> String {
        if f % 3 == 2 {
            match dice.next(4) {
                0 => "any".into(),
                1 => format!("< {}", 1 + dice.next(8)),
                2 => format!(">= {}", 1 + dice.next(8)),
                _ => {
                    let low = dice.next(5);
                    format!("[{low}..{}]", low + 1 + dice.next(3))
                }
            }
        } else {
            match dice.next(3) {
                0 => "any".into(),
                1 => format!("v{}", dice.next(2)),
                _ => "not v0".into(),
            }
        }
    };
    for c in 0..tables {
        let columns: Vec<usize> = (0..2 + dice.next(2)).map(|_| dice.next(facts)).collect();
        let mut columns = columns;
        columns.dedup();
        columns.sort_unstable();
        columns.dedup();
        let chained = (c > 0).then(|| dice.next(c));
        let kind = if c == collect { "collect" } else { "first" };
        let domain = if dice.next(3) == 0 { "- domain: f0 = v0\n".to_string() } else { String::new() };
        chapter += &format!(
            "\n### Table c{c}\n- kind: {kind}\n- en: t\n- nl: t\n- source: s\n- mark: GK\n{domain}\n"
        );
        let mut header = "| row |".to_string();
        for f in &columns {
            header += &format!(" f{f} |");
        }
        if let Some(p) = chained {
            header += &format!(" c{p} |");
        }
        header += &format!(" c{c} | en | nl |\n");
        let bars = header.matches('|').count() - 1;
        chapter += &header;
        chapter += &format!("|{}\n", "---|".repeat(bars));
        for r in 0..2 + dice.next(3) {
            chapter += &format!("| r{r} |");
            for f in &columns {
                chapter += &format!(" {} |", test(dice, *f));
            }
            if let Some(p) = chained {
                let cell = if p == collect {
                    "x1"
                } else {
                    ["any", "x0", "not x1", "not-applicable or x2"][dice.next(4)]
                };
                chapter += &format!(" {cell} |");
            }
            let output = if kind == "first" && dice.next(5) == 0 {
                "not-applicable".into()
            } else {
                format!("x{}", dice.next(3))
            };
            chapter += &format!(" {output} | t | t |\n");
        }
        if kind == "first" {
            chapter += "| rest |";
            chapter += &" any |".repeat(columns.len() + usize::from(chained.is_some()));
            chapter += &format!(" x{} | t | t |\n", dice.next(3));
        }
    }
    for n in 0..dice.next(3) {
        let f = dice.next(facts);
        let left = if f % 3 == 2 { format!("f{f} > 6") } else { format!("f{f} = v1") };
        let right = if n == 0 { "c0 = x1".to_string() } else { "f1 = v0".to_string() };
        chapter += &format!("\n> **Never** n{n}: n\n> nl: n\n> when {left} and {right}\n> source: s\n");
    }
    chapter += "\n> **Agree** a: a\n> nl: a\n> reported with c0 when f0 = v0\n";
    SourceSet::new(vec![
        ("vocabulary/v.toml".into(), vocabulary),
        ("sources.toml".into(), "[[source]]\nkey = \"s\"\ntitle = \"S\"\n".into()),
        ("guidelines/g/guideline.toml".into(), "id = \"g\"\nedition = \"1\"\nvalid-from = \"2026-01-01\"\nen = \"G\"\nnl = \"G\"\nchapters = [\"g.md\"]\n".into()),
        ("guidelines/g/g.md".into(), chapter),
    ])
}

pub fn masks(guideline: &CompiledGuideline, dice: &mut Dice) -> Vec<u64> {
    (0..guideline.space.len() as u16)
        .map(|v| {
            let full = guideline.space.full(v);
            let cells = full.count_ones() as usize;
            match dice.next(4) {
                0 => full,
                1 => {
                    let some = full & (dice.next(1 << cells.min(20)) as u64);
                    if some == 0 { full } else { some }
                }
                _ => 1 << dice.next(cells),
            }
        })
        .collect()
}

/// Engines that meet one patient after another, as they do at work.
pub struct Engines<'g> {
    plain: Plain<'g>,
    fast: Fast<'g>,
    engine: Engine<'g>,
}

impl<'g> Engines<'g> {
    pub fn new(guideline: &'g CompiledGuideline) -> Self {
        // One of them with everything prepared, so that both ways are looked at.
        let engine = Engine::with(guideline, &Preparations::at_once(guideline));
        Engines { plain: Plain::new(guideline), fast: Fast::new(guideline), engine }
    }
}

pub fn same_sets(
    guideline: &CompiledGuideline,
    engines: &mut Engines<'_>,
    masks: &[u64],
    agreements: &[usize],
    most: u128,
) -> usize {
    let Engines { plain, fast, engine } = engines;
    let mut compared = 0;
    let possible = fast.any(masks, agreements);
    if plain.count(None, masks, agreements) <= most {
        assert_eq!(possible, plain.any(masks, agreements), "whether any world is possible");
    }
    if !possible {
        return 0;
    }
    let (mut decisions, mut sets) = (Vec::new(), Sets::default());
    engine.decide(masks, &mut decisions);
    engine.sets(masks, &mut sets);
    for (at, conclusion) in guideline.conclusions.iter().enumerate() {
        if plain.count(Some(at), masks, agreements) > most {
            continue;
        }
        compared += 1;
        let id = &guideline.vocabulary.conclusion(conclusion.idx).id;
        if agreements.is_empty() {
            let expected = match conclusion.policy {
                HitPolicy::Collect => plain.items(at, masks, &[]),
                _ => (plain.outcomes(at, masks, &[]), 0),
            };
            assert_eq!((sets.possible[at], sets.certain[at]), expected, "sets of {id}");
        }
        if agreements.is_empty() && conclusion.policy != HitPolicy::Collect {
            assert_eq!(decisions[at].possible, fast.outcomes(at, masks, &[]), "decision of {id}");
        }
        if conclusion.policy == HitPolicy::Collect {
            assert_eq!(
                fast.items(at, masks, agreements),
                plain.items(at, masks, agreements),
                "items of {id}"
            );
        } else {
            assert_eq!(
                fast.outcomes(at, masks, agreements),
                plain.outcomes(at, masks, agreements),
                "outcomes of {id}"
            );
        }
    }
    compared
}

#[test]
fn engines_agree_on_generated_guidelines() {
    let mut compared = 0;
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let sources = generated(&mut dice);
        let draft = compile_with(&sources, "", "", false);
        let faults: Vec<_> =
            draft.diagnostics().iter().filter(|d| d.level() == nw_guideline::Level::Error).collect();
        assert!(faults.is_empty(), "seed {seed}: {faults:?}\n{}", sources.get("guidelines/g/g.md").unwrap());
        let guideline = draft.guideline();
        let mut engines = Engines::new(guideline);
        for _ in 0..30 {
            let masks = masks(guideline, &mut dice);
            let reported = guideline.space.var(guideline.agreements[0].reported).unwrap();
            let active = masks[reported as usize] != guideline.space.full(reported);
            let agreements: Vec<usize> = if active { vec![0] } else { Vec::new() };
            compared += same_sets(guideline, &mut engines, &masks, &agreements, 200_000);
        }
    }
    assert!(compared > 5_000, "only {compared} comparisons were possible");
}

/// The texts of the shipped guideline.
pub fn knowledge_texts() -> SourceSet {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
    let mut files = Vec::new();
    fn walk(root: &std::path::Path, dir: &std::path::Path, files: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(dir).expect("the knowledge folder is part of the repository") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                files.push((
                    path.strip_prefix(root)
                        .expect("it was found below the root")
                        .to_string_lossy()
                        .replace('\\', "/"),
                    text,
                ));
            }
        }
    }
    for folder in ["vocabulary", "sources", "guidelines"] {
        walk(&root, &root.join(folder), &mut files);
    }
    SourceSet::new(files)
}

/// The shipped guideline, compiled once for all tests.
pub fn knowledge() -> &'static CompiledGuideline {
    static COMPILED: LazyLock<CompiledGuideline> = LazyLock::new(|| {
        compile(&knowledge_texts(), "", "").admit().unwrap_or_else(|r| {
            panic!(
                "the shipped guideline has errors: {:#?}",
                r.diagnostics.iter().take(5).collect::<Vec<_>>()
            )
        })
    });
    &COMPILED
}

fn facts_of(guideline: &CompiledGuideline, as_of: Option<Date>, given: &[(FactIdx, String)]) -> FactSet {
    case_facts(guideline, &Case { as_of, given: given.to_vec(), ..guideline.cases[0].clone() })
}

/// Every case of the guideline with every subset of its facts missing (cases of up to eight facts), where enumeration
/// is within reach.
#[test]
fn engines_agree_on_the_guideline_with_facts_missing() {
    let guideline = knowledge();
    let mut engines = Engines::new(guideline);
    let mut compared = 0;
    for case in guideline.cases.iter().step_by(191) {
        let facts: Vec<_> = case.given.iter().take(8).cloned().collect();
        for missing in 0..1usize << facts.len() {
            if missing.count_ones() > 2 {
                continue;
            }
            let left: Vec<_> = facts
                .iter()
                .enumerate()
                .filter(|(i, _)| missing >> i & 1 == 0)
                .map(|(_, f)| f.clone())
                .collect();
            let knowledge = engines.engine.blank().know(&facts_of(guideline, case.as_of, &left), &[], &[]);
            compared += same_sets(guideline, &mut engines, &knowledge.masks, &[], 300);
        }
    }
    assert!(compared > 10_000, "only {compared} comparisons were within reach");
}

fn possible(guideline: &CompiledGuideline, conclusions: &Conclusions) -> Vec<Option<(u64, u64)>> {
    conclusions
        .drawn
        .iter()
        .map(|d| {
            let values = guideline.vocabulary.conclusion(d.conclusion).values.len();
            match &d.outcome {
                Outcome::Conflict(_) => None,
                Outcome::Collected { certain, open } => Some((certain | open, *certain)),
                outcome => Some((outcome.possible(values), 0)),
            }
        })
        .collect()
}

/// Rules worked into the diagrams say what rules beside them say, whatever else is known.
#[test]
fn what_is_prepared_changes_nothing() {
    let guideline = knowledge();
    let mut prepared = Engine::with(guideline, &Preparations::at_once(guideline));
    let mut options = Options { detail: Detail::Sets, ..Options::default() };
    let (mut compared, mut open) = (0, 0);
    for (number, case) in guideline.cases.iter().enumerate().step_by(53) {
        let facts = case_facts(guideline, case);
        let one_less = case.given.get(number % case.given.len().max(1)).map(|(fact, _)| facts.without(*fact));
        for facts in std::iter::once(facts).chain(one_less) {
            let plain = Engine::new(guideline).conclude(&facts, &options);
            let other = prepared.conclude(&facts, &options);
            for (one, other) in plain.drawn.iter().zip(&other.drawn) {
                let id = &guideline.vocabulary.conclusion(one.conclusion).id;
                assert_eq!(one.outcome, other.outcome, "case {}: `{id}`", case.id);
                compared += 1;
                open += usize::from(one.outcome.is_open());
            }
            // What practice says beside it rests on the same sets.
            if number % 1060 == 0 {
                options.detail = Detail::Reasons;
                let plain = Engine::new(guideline).conclude(&facts, &options);
                let other = prepared.conclude(&facts, &options);
                for (one, other) in plain.drawn.iter().zip(&other.drawn) {
                    assert_eq!(one.convention, other.convention, "case {}", case.id);
                }
                options.detail = Detail::Sets;
            }
        }
    }
    assert!(compared > 100_000 && open > 10_000, "{compared} compared, {open} open");
}

/// Engines whose preparations are made elsewhere answer before and after alike, and say when there is one to make.
#[test]
fn what_is_prepared_aside_changes_nothing() {
    let guideline = knowledge();
    let preparations = Preparations::aside(guideline);
    let mut engine = Engine::with(guideline, &preparations);
    let options = Options { detail: Detail::Sets, ..Options::default() };
    let case = guideline.cases.iter().find(|case| case.given.len() == 5).expect("a case with five facts");
    let facts = case_facts(guideline, case);
    let outcomes = |drawn: Conclusions| drawn.drawn.into_iter().map(|d| d.outcome).collect::<Vec<_>>();
    assert!(!preparations.make(guideline), "nobody asked about anybody yet");
    let before = outcomes(engine.conclude(&facts, &options));
    let asked = (0..1000).find(|_| {
        engine.conclude(&facts, &options);
        preparations.wanted()
    });
    assert!(asked.is_some(), "a thousand patients like it are worth a preparation");
    assert_eq!(outcomes(engine.conclude(&facts, &options)), before, "noted, and not made yet");
    assert!(preparations.make(guideline) && !preparations.wanted(), "it is made once");
    assert_eq!(outcomes(engine.conclude(&facts, &options)), before);
    assert!(!preparations.wanted(), "what is made is not asked for again");
}

/// Whoever asks about some conclusions only gets what a whole assessment says of those.
#[test]
fn questions_about_some_conclusions_are_those_of_a_whole_assessment() {
    let guideline = knowledge();
    let mut engine = Engine::new(guideline);
    let mut open = 0;
    for case in guideline.cases.iter().filter(|case| case.given.len() == 4).step_by(211) {
        let facts = case_facts(guideline, case);
        let whole = engine.conclude(&facts, &Options::default());
        let asked = |at: usize| at.is_multiple_of(7);
        let asking = whole.drawn.iter().filter(|d| asked(d.at)).map(|d| d.conclusion).collect();
        let some = engine.conclude(&facts, &Options { asking: Some(asking), ..Options::default() });
        for (one, other) in whole.drawn.iter().zip(&some.drawn) {
            assert_eq!(one.outcome, other.outcome, "case {}", case.id);
            let (settle, examples) =
                if asked(one.at) { (&one.settle[..], &one.examples[..]) } else { (&[][..], &[][..]) };
            assert_eq!((&other.settle[..], &other.examples[..]), (settle, examples), "case {}", case.id);
            open += usize::from(!settle.is_empty());
        }
        let about = |at: &usize| asked(whole.drawn[*at].at);
        for question in &some.questions {
            let same =
                whole.questions.iter().find(|q| q.fact == question.fact).expect("it is asked there, too");
            let only = |all: &[usize]| all.iter().copied().filter(|at| about(at)).collect::<Vec<_>>();
            assert_eq!((&question.settles, &question.helps), (&only(&same.settles), &only(&same.helps)));
        }
        let helped = |q: &&nw_engine::Question| q.settles.iter().chain(&q.helps).any(about);
        assert_eq!(some.questions.len(), whole.questions.iter().filter(helped).count(), "case {}", case.id);
    }
    assert!(open > 20, "{open} open conclusions were looked at");
}

/// Taking a fact away never gives a wrong single answer and never narrows a set.
#[test]
fn more_facts_never_widen_a_set() {
    let guideline = knowledge();
    let mut engine = Engine::new(guideline);
    let options = Options { detail: Detail::Sets, ..Options::default() };
    let mut looked = 0;
    for case in guideline.cases.iter().step_by(41) {
        let facts = case_facts(guideline, case);
        let whole = engine.conclude(&facts, &options);
        if !whole.contradictions.is_empty() {
            continue;
        }
        let whole = possible(guideline, &whole);
        for (fact, _) in &case.given {
            // A presumed fact that is recorded otherwise is the one declared exception.
            if guideline.vocabulary.fact(*fact).presumed.is_some() {
                continue;
            }
            let fewer = engine.conclude(&facts.without(*fact), &options);
            if !fewer.contradictions.is_empty() {
                continue;
            }
            for (at, (with, without)) in whole.iter().zip(possible(guideline, &fewer)).enumerate() {
                let (Some(with), Some(without)) = (with, without) else { continue };
                looked += 1;
                let id = &guideline.vocabulary.conclusion(guideline.conclusions[at].idx).id;
                let fact = &guideline.vocabulary.fact(*fact).id;
                assert_eq!(
                    with.0 & !without.0,
                    0,
                    "case {}: without `{fact}`, `{id}` loses a value",
                    case.id
                );
                assert_eq!(without.1 & !with.1, 0, "case {}: with `{fact}`, `{id}` is less certain", case.id);
            }
        }
    }
    assert!(looked > 10_000, "only {looked} comparisons");
}

/// A minimal sufficient reason forces the outcome on its own, and a settling set settles it.
#[test]
fn reasons_and_questions_hold() {
    let guideline = knowledge();
    let options = Options::default();
    let mut engine = Engine::new(guideline);
    for case in guideline.cases.iter().step_by(97) {
        let facts = case_facts(guideline, case);
        let conclusions = engine.conclude(&facts, &options);
        if !conclusions.contradictions.is_empty() {
            continue;
        }
        for drawn in &conclusions.drawn {
            // Steps on the way get no reason of their own.
            if guideline.vocabulary.conclusion(drawn.conclusion).hidden {
                continue;
            }
            if let Outcome::Concluded(value) = drawn.outcome {
                let mut kept = FactSet::new();
                let unknown = |f: FactIdx| Observation {
                    fact: f,
                    evidence: nw_facts::Evidence::Unknown,
                    text: "unknown".into(),
                    date: None,
                    known: None,
                    origin: None,
                    via: None,
                };
                let read = engine.blank().know(&facts, &[], &[]);
                for (i, def) in guideline.vocabulary.facts().iter().enumerate() {
                    let fact = FactIdx(i as u16);
                    if drawn.sufficient.contains(&fact) {
                        if let Some(var) = guideline.space.var(fact) {
                            let evidence = guideline.space.evidence(var, read.masks[var as usize]);
                            kept.add(Observation { evidence, ..unknown(fact) });
                        }
                    } else if def.presumed.is_some() {
                        kept.add(unknown(fact));
                    }
                }
                let only = Options {
                    only: Some(vec![drawn.conclusion]),
                    detail: Detail::Sets,
                    ..Options::default()
                };
                let again = engine.conclude(&kept, &only);
                let id = &guideline.vocabulary.conclusion(drawn.conclusion).id;
                assert_eq!(
                    again.drawn[0].outcome,
                    Outcome::Concluded(value),
                    "case {}: reason of `{id}`",
                    case.id
                );
            }
        }
    }
}
