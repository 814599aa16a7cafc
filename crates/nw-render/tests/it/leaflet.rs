//! What a patient takes home: only what holds, the same in both languages, nothing left unfilled.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use nw_engine::{Engine, Options, case_facts};
use nw_facts::{Date, FactSet, Language};
use nw_guideline::{CompiledGuideline, Layout, SourceSet, compile, compile_with};
use nw_leaflet::{Block, Paper, Print, Span};
use nw_render::leaflet::{Basis, Face, Sheet, choose, general, sheet};

fn shipped() -> &'static CompiledGuideline {
    static SHIPPED: OnceLock<CompiledGuideline> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let draft = compile_with(&crate::knowledge(), "", "", false);
        draft
            .admit()
            .unwrap_or_else(|r| panic!("the shipped knowledge is refused: {:?}", r.diagnostics.first()))
    })
}

fn face(language: Language) -> Face {
    let date: Date = "2026-03-10".parse().unwrap();
    Face { language, date, print: Print::Normal, author: String::new(), patient: "first".to_string() }
}

fn line(spans: &[Span]) -> String {
    let text = spans.iter().map(|s| match s {
        Span::Plain(t) | Span::Strong(t) | Span::Soft(t) | Span::Link(t, _) => t.as_str(),
    });
    text.collect()
}

/// The texts of a block inside another.
fn texts_of(block: &Block) -> Vec<String> {
    match block {
        Block::Text { spans } | Block::Aside { spans } => vec![line(spans)],
        Block::List { items } => items.iter().map(|l| line(l)).collect(),
        Block::Heading { text, .. } => vec![text.clone()],
        other => panic!("no cell has {other:?}"),
    }
}

/// Each block as its kind and texts.
fn told(paper: &Paper) -> Vec<(&'static str, Vec<String>)> {
    let block = |block: &Block| match block {
        Block::Heading { level, text } => {
            (["", "h1", "h2", "h3", "h4"][usize::from(*level)], vec![text.clone()])
        }
        Block::Contents { parts } => ("contents", parts.clone()),
        Block::Text { spans } => ("text", vec![line(spans)]),
        Block::Lines { lines } => ("lines", lines.iter().map(|l| line(l)).collect()),
        Block::List { items } => ("list", items.iter().map(|l| line(l)).collect()),
        Block::Terms { items } => ("terms", items.iter().map(|(t, l)| format!("{t}: {}", line(l))).collect()),
        Block::Table { head, rows, .. } => {
            ("table", head.iter().chain(rows.iter().flatten()).cloned().collect())
        }
        Block::Aside { spans } => ("aside", vec![line(spans)]),
        Block::Compare { corner, names, rows } => {
            let deep =
                |cells: &Vec<Vec<Block>>| cells.iter().flatten().flat_map(texts_of).collect::<Vec<_>>();
            let told = rows.iter().flat_map(|(name, cells)| std::iter::once(name.clone()).chain(deep(cells)));
            ("compare", std::iter::once(corner.clone()).chain(names.iter().cloned()).chain(told).collect())
        }
        Block::Code { text, .. } => ("code", vec![text.clone()]),
        other => panic!("no leaflet has {other:?}"),
    };
    paper.blocks.iter().map(block).collect()
}

/// The document as lines.
fn page(sheet: &Sheet) -> String {
    let mut text = String::new();
    for (kind, lines) in told(&sheet.paper) {
        for line in lines {
            text.push_str(&format!("{kind} | {line}\n"));
        }
    }
    for line in &sheet.paper.footer {
        text.push_str(&format!("foot | {line}\n"));
    }
    text
}

/// Cases of the guideline, a few of every kind.
fn patients() -> impl Iterator<Item = FactSet> {
    let guideline = shipped();
    let step = (guideline.cases.len() / 60).max(1);
    guideline.cases.iter().step_by(step).map(|case| case_facts(guideline, case))
}

#[test]
fn no_text_is_shown_to_somebody_for_whom_it_may_not_hold() {
    let guideline = shipped();
    assert!(!guideline.leaflets.documents.is_empty(), "the shipped guideline names documents");
    assert!(guideline.leaflets.modules.len() > 20, "the shipped guideline has texts");
    let mut engine = Engine::new(guideline);
    let mut shown = 0;
    for facts in patients() {
        let certain = engine.certain_conditions(&facts);
        let everything = engine.conclude(&facts, &Options::default());
        for document in 0..guideline.leaflets.documents.len() {
            let chosen = choose(&mut engine, &facts, &Options::default(), document).unwrap();
            for part in &chosen.parts {
                let module = &guideline.leaflets.modules[part.module];
                for topic in &part.topics {
                    let entry = &module.entries[topic.entry];
                    let Some(conclusion) = entry.conclusion else {
                        assert_eq!(topic.basis, Basis::Always);
                        continue;
                    };
                    let drawn = everything.get(conclusion).unwrap();
                    let value = entry.value.unwrap();
                    let holds = |outcome: &nw_engine::Outcome| matches!(outcome, nw_engine::Outcome::Collected { certain, .. } if certain >> value & 1 == 1);
                    let right = match &topic.basis {
                        Basis::Certain => holds(&drawn.outcome),
                        Basis::Agreed(list) => {
                            let said = drawn.convention.as_ref().unwrap();
                            assert!(
                                !list.is_empty() && !holds(&drawn.outcome),
                                "{} {} is certain",
                                module.id,
                                entry.id
                            );
                            assert!(
                                holds(&said.outcome),
                                "{} {} does not hold by convention",
                                module.id,
                                entry.id
                            );
                            list.iter().all(|at| said.conventions.contains(at))
                        }
                        Basis::General | Basis::Always => false,
                    };
                    assert!(right, "{} {} is there by {:?}", module.id, entry.id, topic.basis);
                    for at in topic.blocks.iter().chain(&topic.short) {
                        let block = &entry.blocks[*at];
                        assert!(
                            block.when.is_none_or(|c| certain[c]),
                            "{} {} {}",
                            module.id,
                            entry.id,
                            block.id
                        );
                        shown += 1;
                    }
                }
            }
        }
    }
    assert!(shown > 1000, "{shown} blocks were looked at");
}

#[test]
fn a_topic_by_convention_needs_each_convention_it_names() {
    let guideline = shipped();
    let mut engine = Engine::new(guideline);
    let mut looked = 0;
    for facts in patients().take(6) {
        let chosen = choose(&mut engine, &facts, &Options::default(), 0).unwrap();
        for (part, topic) in chosen.parts.iter().flat_map(|p| p.topics.iter().take(3).map(move |t| (p, t))) {
            let Basis::Agreed(list) = &topic.basis else { continue };
            let entry = &guideline.leaflets.modules[part.module].entries[topic.entry];
            for at in list.iter().take(2) {
                let without = Options {
                    without_conventions: vec![guideline.conventions[*at].id.clone()],
                    ..Options::default()
                };
                let fewer = choose(&mut engine, &facts, &without, 0).unwrap();
                let still = fewer.parts.iter().filter(|p| p.module == part.module).flat_map(|p| &p.topics);
                // A convention of the same kind may take its place; the topic may stay, but never on the same list.
                for other in still.filter(|t| t.entry == topic.entry) {
                    assert_ne!(
                        other.basis, topic.basis,
                        "{} without {}",
                        entry.id, guideline.conventions[*at].id
                    );
                }
                looked += 1;
            }
        }
    }
    assert!(looked > 10, "{looked} were looked at");
}

#[test]
fn both_languages_tell_the_same_and_leave_nothing_unfilled() {
    let guideline = shipped();
    let mut engine = Engine::new(guideline);
    for facts in patients() {
        for document in 0..guideline.leaflets.documents.len() {
            let chosen = choose(&mut engine, &facts, &Options::default(), document).unwrap();
            let sheets = [Language::En, Language::Nl].map(|l| sheet(guideline, &chosen, &face(l)));
            let shapes = sheets.each_ref().map(|made| {
                let all = told(&made.paper);
                for text in all.iter().flat_map(|(_, texts)| texts) {
                    assert!(!text.contains(['{', '}']) && !text.contains("**"), "left unfilled: {text}");
                }
                // The word list differs: each language uses other words.
                let list = if made.paper.language == Language::En { "Word list" } else { "Woordenlijst" };
                let body = all.iter().take_while(|(kind, texts)| *kind != "h2" || texts[0] != list);
                body.map(|(kind, texts)| (*kind, texts.len())).collect::<Vec<_>>()
            });
            assert_eq!(shapes[0], shapes[1]);
        }
    }
}

#[test]
#[ignore = "open: words inside the texts of options are explained and not found again by this test"]
fn the_word_list_holds_the_words_that_are_used() {
    let guideline = shipped();
    let mut engine = Engine::new(guideline);
    for facts in patients().take(10) {
        let chosen = choose(&mut engine, &facts, &Options::default(), 0).unwrap();
        for language in [Language::En, Language::Nl] {
            let made = sheet(guideline, &chosen, &face(language));
            let all = page(&made).to_lowercase();
            for (module, entry) in &made.words {
                let entry = &guideline.leaflets.modules[*module].entries[*entry];
                let forms = if language == Language::En { &entry.forms.0 } else { &entry.forms.1 };
                let title = entry.title.get(language).split(" (").next().unwrap().to_string();
                let used = forms.iter().chain([&title]).any(|f| all.matches(&f.to_lowercase()).count() > 1);
                assert!(used, "`{}` is explained and not used", entry.id);
            }
            let unique: BTreeSet<_> = made.words.iter().collect();
            assert_eq!(unique.len(), made.words.len());
        }
    }
}

#[test]
fn a_general_text_says_for_whom_its_parts_are() {
    let guideline = shipped();
    let all: Vec<(usize, Option<usize>)> = (0..guideline.leaflets.modules.len()).map(|m| (m, None)).collect();
    let chosen = general(guideline, &all);
    for language in [Language::En, Language::Nl] {
        let made = sheet(guideline, &chosen, &face(language));
        let text = page(&made);
        for module in guideline.leaflets.modules.iter().filter(|m| m.layout == Layout::Text) {
            for block in module.entries.iter().flat_map(|e| &e.blocks) {
                let spoken = block.spoken.get(language);
                if block.when.is_some() && !block.short && block.names.is_empty() {
                    let lead = if language == Language::En { "If" } else { "Als" };
                    assert!(text.contains(&format!("{lead} {spoken}:")), "{} {}", module.id, block.id);
                }
            }
        }
        assert!(!text.contains(['{', '}']));
    }
}

const SMALL: &[(&str, &str)] = &[
    ("guidelines/small/guideline.toml", include_str!("small/guideline.toml")),
    ("guidelines/small/10-x.md", include_str!("small/10-x.md")),
    ("vocabulary/10-x.toml", include_str!("small/vocabulary.toml")),
    ("sources.toml", include_str!("small/sources.toml")),
    ("leaflets/leaflets.toml", include_str!("small/leaflets.toml")),
    ("leaflets/disease.md", include_str!("small/disease.md")),
    ("leaflets/words.md", include_str!("small/words.md")),
    ("leaflets/options.md", include_str!("small/options.md")),
    ("leaflets/points.md", include_str!("small/points.md")),
];

fn small() -> CompiledGuideline {
    let files = SMALL.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string()));
    let draft = compile(&SourceSet::new(files.collect()), "", "");
    draft.admit().unwrap_or_else(|r| panic!("{:#?}", r.diagnostics))
}

/// One leaflet and one decision aid, word for word, in both languages; `NW_BLESS=1` writes them anew.
#[test]
fn a_small_guideline_makes_these_documents() {
    let guideline = small();
    let mut engine = Engine::new(&guideline);
    let case = guideline.cases.iter().find(|c| c.id.ends_with("shown")).unwrap_or(&guideline.cases[0]);
    let facts = case_facts(&guideline, case);
    let mut all = String::new();
    for document in 0..guideline.leaflets.documents.len() {
        let chosen = choose(&mut engine, &facts, &Options::default(), document).unwrap();
        for language in [Language::Nl, Language::En] {
            all.push_str(&page(&sheet(&guideline, &chosen, &face(language))));
            all.push('\n');
        }
    }
    let digests = [&guideline.digest, &guideline.leaflets.digest];
    let all = digests.iter().enumerate().fold(all, |text, (i, digest)| {
        let text = text.replace(digest.as_str(), &format!("digest-{i}"));
        text.replace(&digest["sha256:".len()..][..12], &format!("short-{i}"))
    });
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/small/expected.txt");
    if std::env::var_os("NW_BLESS").is_some() {
        std::fs::write(&path, &all).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(all == expected, "the documents are now:\n{all}");
}

/// A restored guideline makes the same documents: nothing of the texts is lost on the way into the program.
#[test]
fn a_restored_guideline_makes_the_same_documents() {
    let guideline = small();
    let restored = nw_guideline::restore(&guideline.export()).unwrap();
    let make = |guideline: &CompiledGuideline, facts: &FactSet| {
        let mut engine = Engine::new(guideline);
        let chosen = choose(&mut engine, facts, &Options::default(), 0).unwrap();
        page(&sheet(guideline, &chosen, &face(Language::Nl)))
    };
    for case in &guideline.cases {
        let facts = case_facts(&guideline, case);
        assert_eq!(make(&guideline, &facts), make(&restored, &facts), "{}", case.id);
    }
}
