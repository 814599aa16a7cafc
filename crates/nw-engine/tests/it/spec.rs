//! The pages of the language: they compile, their announced errors come, and both engines agree on their cases.

use std::collections::BTreeSet;

use nw_engine::{Fast, Knowledge, Worlds, case_facts, plain::Plain};
use nw_guideline::{CompiledGuideline, Epistemic, HitPolicy, Level, SourceSet};

use crate::page::{Fence, Found, Page, assemble, codes, excerpt, pages, prelude, run, show};

#[test]
fn every_page_does_what_it_says() {
    let prelude = prelude();
    let mut faults = Vec::new();
    for page in pages("spec").iter().filter(|p| p.name != "README.md") {
        check_page(page, &prelude, &mut faults);
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_readme_lists_every_page() {
    let all = pages("spec");
    let readme = all.iter().find(|p| p.name == "README.md").expect("the folder has a readme");
    for page in all.iter().filter(|p| p.name != "README.md") {
        assert!(readme.text.contains(&format!("({})", page.name)), "spec/README.md leaves out {}", page.name);
        assert!(page.text.contains("\n> **nl** "), "{} has no Dutch summary", page.name);
    }
}

fn check_page(page: &Page, prelude: &[Fence], faults: &mut Vec<String>) {
    let stands = |f: &&Fence| f.announced.iter().all(|a| a.edit.is_some() || a.word == "warning");
    let main: Vec<Fence> = page.fences.iter().filter(stands).cloned().collect();
    let sources = assemble(&main, prelude);
    let found = run(&sources);
    let announced: BTreeSet<&str> =
        main.iter().flat_map(|f| &f.announced).filter(|a| a.edit.is_none()).map(|a| a.code.name()).collect();
    let all: BTreeSet<&str> = found.findings.iter().map(|f| f.code.name()).collect();
    if all != announced {
        let list: Vec<String> = found.findings.iter().map(|f| format!("    {}", show(&sources, f))).collect();
        faults.push(format!("{}: announced {announced:?}, found {all:?}\n{}", page.name, list.join("\n")));
    }
    if let Some(guideline) = &found.guideline {
        if guideline.cases.is_empty() {
            faults.push(format!("{}: a page without a case proves nothing", page.name));
        }
        both_engines(page, guideline, faults);
    }
    for (at, fence) in page.fences.iter().enumerate() {
        if !stands(&fence) {
            let mut with = main.clone();
            with.push(fence.clone());
            experiment(page, prelude, &with, &fence.announced, faults);
        }
        for announced in fence.announced.iter().filter(|a| a.edit.is_some()) {
            let (from, to) = announced.edit.as_ref().expect("filtered on it");
            if fence.text.matches(from.as_str()).count() != 1 {
                faults.push(format!(
                    "{}: `{from}` does not stand once in the block below the comment",
                    page.name
                ));
                continue;
            }
            let mut edited = Vec::new();
            for (i, other) in page.fences.iter().enumerate().filter(|(_, f)| stands(f)) {
                let mut other = other.clone();
                if i == at {
                    other.text = other.text.replace(from.as_str(), to);
                }
                edited.push(other);
            }
            experiment(page, prelude, &edited, std::slice::from_ref(announced), faults);
        }
    }
}

/// A folder that must show exactly the announced findings.
fn experiment(
    page: &Page,
    prelude: &[Fence],
    fences: &[Fence],
    announced: &[crate::page::Announced],
    faults: &mut Vec<String>,
) {
    let sources = assemble(fences, prelude);
    let Found { findings, .. } = run(&sources);
    let level = if announced.iter().any(|a| a.word == "error") { Level::Error } else { Level::Warning };
    let wanted: BTreeSet<&str> =
        announced.iter().flat_map(|a| a.with.iter().map(String::as_str).chain([a.code.name()])).collect();
    let got = codes(&findings, level);
    let list: Vec<String> = findings.iter().map(|f| format!("    {}", show(&sources, f))).collect();
    let what = announced.iter().map(|a| format!("{a:?}")).collect::<Vec<_>>().join(" ");
    if got != wanted || level == Level::Warning && findings.iter().any(|f| f.level() == Level::Error) {
        faults.push(format!("{}: {what}: found {got:?}\n{}", page.name, list.join("\n")));
        return;
    }
    for announced in announced {
        let Some(at) = &announced.at else { continue };
        if !findings.iter().any(|f| f.code == announced.code && excerpt(&sources, f) == at) {
            faults.push(format!("{}: {what}: points elsewhere\n{}", page.name, list.join("\n")));
        }
    }
}

/// Compares the two engines on the knowledge of every case.
fn both_engines(page: &Page, guideline: &CompiledGuideline, faults: &mut Vec<String>) {
    for case in &guideline.cases {
        let knowledge = Knowledge::new(guideline, &case_facts(guideline, case), &[], &[]);
        let masks = &knowledge.masks;
        let recorded = |at: &usize| {
            let var = guideline.space.var(guideline.agreements[*at].reported);
            var.is_some_and(|var| masks[var as usize] != guideline.space.full(var))
        };
        let agreements: Vec<usize> = (0..guideline.agreements.len()).filter(recorded).collect();
        if let Some(difference) = difference(guideline, masks, &agreements) {
            faults.push(format!("{}: case `{}`: {difference}", page.name, case.id));
        }
    }
}

/// What the two engines say differently about one patient.
pub fn difference(guideline: &CompiledGuideline, masks: &[u64], agreements: &[usize]) -> Option<String> {
    let (mut fast, mut plain) = (Fast::new(guideline), Plain::new(guideline));
    let (a, b) = (fast.any(masks, agreements), plain.any(masks, agreements));
    if a != b {
        return Some(format!("a world exists: fast {a}, plain {b}"));
    }
    if !a {
        return None;
    }
    for (at, conclusion) in guideline.conclusions.iter().enumerate() {
        let id = &guideline.vocabulary.conclusion(conclusion.idx).id;
        if conclusion.policy == HitPolicy::Collect {
            let (a, b) = (fast.items(at, masks, agreements), plain.items(at, masks, agreements));
            if a != b {
                return Some(format!("`{id}`: fast {a:?}, plain {b:?}"));
            }
        } else {
            let (a, b) = (fast.outcomes(at, masks, agreements), plain.outcomes(at, masks, agreements));
            if a != b {
                return Some(format!("`{id}`: fast {a:b}, plain {b:b}"));
            }
        }
    }
    let mut found = None;
    for convention in &guideline.conventions {
        certain(&convention.when, &mut |logic, node| {
            let a = fast.certain(logic, node, masks, agreements);
            let b = plain.certain(logic, node, masks, agreements);
            if a != b {
                found = Some(format!("`{}` is certain: fast {a}, plain {b}", convention.id));
            }
        });
    }
    for (at, condition) in guideline.leaflets.conditions.iter().enumerate() {
        let a = fast.certain(&condition.logic, condition.node, masks, agreements);
        let b = plain.certain(&condition.logic, condition.node, masks, agreements);
        if a != b {
            found = Some(format!("text condition {at} is certain: fast {a}, plain {b}"));
        }
    }
    found
}

fn certain(when: &Epistemic, visit: &mut impl FnMut(&nw_guideline::Logic, nw_diagram::NodeId)) {
    match when {
        Epistemic::And(all) | Epistemic::Or(all) => all.iter().for_each(|e| certain(e, visit)),
        Epistemic::Not(inner) => certain(inner, visit),
        Epistemic::Certain(logic, node) => visit(logic, *node),
        Epistemic::Missing(_) | Epistemic::Known(_) | Epistemic::NotDone(_) => {}
    }
}

/// The same page with Windows line ends means the same.
#[test]
fn pages_with_carriage_returns_mean_the_same() {
    let prelude = prelude();
    for page in pages("spec").iter().filter(|p| p.name != "README.md") {
        let stands = |f: &&Fence| f.announced.iter().all(|a| a.edit.is_some());
        let sources = assemble(page.fences.iter().filter(stands), &prelude);
        let crlf = sources.files().map(|(p, t)| (p.to_string(), t.replace('\n', "\r\n"))).collect();
        let (plain, crlf) = (run(&sources), run(&SourceSet::new(crlf)));
        let codes = |f: &Found| f.findings.iter().map(|d| (d.code, d.message.clone())).collect::<Vec<_>>();
        assert_eq!(codes(&plain), codes(&crlf), "{}", page.name);
    }
}
