//! Conventions that contradict each other: the later one gives way, and the answer names both.

use nw_engine::{Conclusions, Detail, Engine, Options, Outcome, case_facts};
use nw_guideline::{CompiledGuideline, SourceSet, compile};

use crate::page::{assemble, language_folder, prelude, read};

fn page() -> SourceSet {
    let page = read(&language_folder("spec").join("60-conventions.md"));
    assemble(page.fences.iter().filter(|fence| !fence.prelude), &prelude())
}

fn concluded(guideline: &CompiledGuideline, case: &str) -> Conclusions {
    let case = guideline.cases.iter().find(|c| c.id == case).expect("a case of the page");
    let options = Options { detail: Detail::Reasons, ..Options::default() };
    Engine::new(guideline).conclude(&case_facts(guideline, case), &options)
}

/// What gives way to what, for which conclusions.
fn clashes(guideline: &CompiledGuideline, case: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let id = |at: &usize| guideline.conventions[*at].id.clone();
    let of = |clash: &nw_engine::ConventionClash| {
        let name = |c: &nw_facts::ConclusionIdx| guideline.vocabulary.conclusion(*c).id.clone();
        let against = clash.against.iter().map(id).collect();
        (id(&clash.convention), against, clash.conclusions.iter().map(name).collect())
    };
    concluded(guideline, case).convention_clashes.iter().map(of).collect()
}

#[test]
fn assumptions_that_leave_nothing_together_are_named() {
    let draft = compile(&page(), "", "");
    let guideline = draft.guideline();
    let named =
        ("large-is-fast".to_string(), vec!["well-is-slow".to_string()], vec!["tumour.grade".to_string()]);
    assert_eq!(clashes(guideline, "contradicting/both"), [named]);
    for alone in ["contradicting/slow", "contradicting/fast", "contradicting/known", "assumed/silent"] {
        assert_eq!(clashes(guideline, alone), [], "{alone}");
    }
    let drawn = concluded(guideline, "contradicting/both");
    let grade = guideline.vocabulary.find_conclusion("tumour.grade").expect("the page has it");
    let convention = drawn.get(grade).and_then(|d| d.convention.clone()).expect("the first one stands");
    assert_eq!(convention.outcome, Outcome::Concluded(0));
}

#[test]
fn answers_that_differ_are_named() {
    let page = page();
    let files = page.files().map(|(path, text)| {
        let second = "\n> **Convention** never-measured-is-large: a tumour that was not measured counts as large\n> nl: een niet gemeten tumor geldt als groot\n> when not-done tumour.size\n> answer size.class = large\n> source: book\n\n### Table size.class";
        let text = if path.ends_with("60-conventions.md") {
            text.replacen("\n### Table size.class", second, 1)
        } else {
            text.to_string()
        };
        (path.to_string(), text)
    });
    let sources = SourceSet::new(files.collect());
    let draft = compile(&sources, "", "");
    let guideline = draft.guideline();
    let named = (
        "never-measured-is-large".to_string(),
        vec!["never-measured".to_string()],
        vec!["size.class".to_string()],
    );
    assert_eq!(clashes(guideline, "conventions/answered"), [named]);
    assert_eq!(clashes(guideline, "conventions/assumed"), []);
}
