//! The pages of the diagnostics: one for each code, whose example raises it and whose mended version does not.

use std::collections::BTreeSet;

use nw_guideline::{DiagnosticCode, Level};

use crate::page::{Fence, assemble, excerpt, pages, prelude, run, show};

const HEADINGS: [&str; 4] = ["## What it does", "## Why it is bad", "## Example", "## How to fix"];

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let pages: BTreeSet<String> = pages("diagnostics")
        .iter()
        .map(|p| p.name.trim_end_matches(".md").to_string())
        .filter(|n| n != "README")
        .collect();
    let codes: BTreeSet<String> = DiagnosticCode::ALL.iter().map(|c| c.name().to_string()).collect();
    assert_eq!(codes, pages);
}

/// Words that only an English sentence has; names in backticks are the guideline's own.
const ENGLISH: [&str; 14] = [
    "the", "and", "or", "not", "no", "with", "of the", "has", "write", "add", "give", "you", "expected",
    "two",
];

/// What a reader sees besides names: the text outside backticks and quotation marks.
fn prose(text: &str) -> String {
    let outside: String = text.split('`').step_by(2).collect();
    let mut plain = String::new();
    for piece in outside.split('“') {
        plain.push_str(piece.split_once('”').map_or(piece, |(_, after)| after));
    }
    format!(" {} ", plain.replace([',', ';', ':', '?', '(', ')'], " "))
}

#[test]
fn every_example_is_told_in_both_languages() {
    let prelude = prelude();
    let mut faults = Vec::new();
    let mut told = BTreeSet::new();
    for page in pages("diagnostics").iter().filter(|p| p.name != "README.md") {
        let example: Vec<Fence> = page.fences.iter().filter(|f| f.section == "Example").cloned().collect();
        let sources = assemble(&example, &prelude);
        for finding in run(&sources).findings {
            told.insert(finding.code.name());
            for said in [&finding.message, &finding.help] {
                let dutch = prose(&said.nl);
                let english = ENGLISH.iter().find(|word| dutch.contains(&format!(" {word} ")));
                if said.nl.is_empty() || said.nl == said.en || english.is_some() {
                    faults.push(format!("{}: `{}` is told in Dutch as `{}`", page.name, said.en, said.nl));
                }
            }
        }
    }
    let missing: Vec<&str> =
        DiagnosticCode::ALL.iter().map(|c| c.name()).filter(|c| !told.contains(c)).collect();
    assert!(missing.is_empty(), "no example raises {missing:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_example_raises_its_code_and_the_mended_one_does_not() {
    let prelude = prelude();
    let mut faults = Vec::new();
    for page in pages("diagnostics").iter().filter(|p| p.name != "README.md") {
        let name = page.name.trim_end_matches(".md");
        let Some(code) = DiagnosticCode::ALL.iter().copied().find(|c| c.name() == name) else { continue };
        let mut fault = |text: String| faults.push(format!("{name}: {text}"));
        let mut from = 0;
        for heading in HEADINGS {
            match page.text[from..].find(&format!("\n{heading}\n")) {
                Some(at) => from += at + heading.len(),
                None => fault(format!("no heading `{heading}` in its place")),
            }
        }
        let level = if code.level() == Level::Error { "error" } else { "warning" };
        if !page.text.starts_with(&format!("# {name}\n\nLevel: {level}.\n")) {
            fault(format!("starts with `# {name}`, an empty line and `Level: {level}.`"));
        }
        // What `check` tells Dutch readers of the kind is what the page tells them.
        if !page.text.contains(&format!("\n> **nl** {}\n", code.kind().nl)) {
            fault(format!("no Dutch paragraph that says `{}`", code.kind().nl));
        }
        let in_section =
            |s: &str| page.fences.iter().filter(|f| f.section == s).cloned().collect::<Vec<Fence>>();
        let (example, mended) = (in_section("Example"), in_section("How to fix"));
        let also: BTreeSet<&str> = example
            .iter()
            .flat_map(|f| &f.announced)
            .filter(|a| a.word == "also")
            .map(|a| a.code.name())
            .collect();
        // Pages stay short: they may leave out cases, which is what these two say.
        let short = |c: DiagnosticCode| {
            c != code && [DiagnosticCode::RowWithoutCase, DiagnosticCode::UnhandledUnknown].contains(&c)
        };

        let sources = assemble(&example, &prelude);
        let findings = run(&sources).findings;
        let list = || findings.iter().map(|f| format!("\n    {}", show(&sources, f))).collect::<String>();
        let announced: Vec<_> =
            example.iter().flat_map(|f| &f.announced).filter(|a| a.word == level).collect();
        let at = announced.iter().find(|a| a.code == code).and_then(|a| a.at.as_deref());
        match at {
            None => fault("the example does not say where the finding points".to_string()),
            Some(at) if !findings.iter().any(|f| f.code == code && excerpt(&sources, f) == at) => {
                fault(format!("no finding at `{at}`{}", list()));
            }
            Some(_) => {}
        }
        let others: BTreeSet<&str> =
            findings.iter().filter(|f| f.code != code && !short(f.code)).map(|f| f.code.name()).collect();
        if others != also {
            fault(format!("other findings than announced: {others:?}{}", list()));
        }

        let replaced: BTreeSet<&str> = mended.iter().map(|f| f.path.as_str()).collect();
        let kept = example.iter().filter(|f| !replaced.contains(f.path.as_str()));
        let sources = assemble(kept.chain(&mended), &prelude);
        let left: Vec<String> = run(&sources)
            .findings
            .iter()
            .filter(|f| !short(f.code))
            .map(|f| format!("\n    {}", show(&sources, f)))
            .collect();
        if mended.is_empty() || !left.is_empty() {
            fault(format!("the mended version is not clean{}", left.concat()));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
