//! Text for people: both languages, explanations, the interview, help.

use crate::{DEMO, folder, run, run_with, write};

#[test]
fn a_case_reads_well_in_both_languages() {
    for (language, words) in [
        (
            "en",
            [
                "Tumour",
                "Grade",
                "G2, grade 2",
                "by convention",
                "Ask next",
                "not a certified medical device",
                "10 March 2026",
            ],
        ),
        (
            "nl",
            [
                "Tumor",
                "Graad",
                "G2, graad 2",
                "volgens afspraak",
                "Vraag hierna",
                "geen gecertificeerd medisch hulpmiddel",
                "10 maart 2026",
            ],
        ),
    ] {
        let ran = run_with(&["assess", "-", "--lang", language], DEMO.as_bytes(), &[]);
        assert_eq!(ran.code, 0);
        for word in words {
            assert!(ran.out.contains(word), "{language}: {word} is missing in\n{}", ran.out);
        }
        assert!(!ran.out.contains('\u{1b}'), "piped text has no colours");
    }
}

#[test]
fn text_fits_the_terminal() {
    for width in [60, 80, 100] {
        let ran = run_with(&["assess", "-"], DEMO.as_bytes(), &[("COLUMNS", &width.to_string())]);
        let longest = ran.out.lines().map(|l| l.chars().count()).max().unwrap();
        assert!(longest <= width, "{width}: a line has {longest} characters");
    }
    let ran = run_with(&["assess", "-", "--color", "always"], DEMO.as_bytes(), &[]);
    assert!(ran.out.contains('\u{1b}'));
}

#[test]
fn an_explanation_goes_down_to_the_source() {
    let at = folder("explain");
    let file = write(&at, "demo.yaml", DEMO);
    let ran = run(&["explain", &file, "tumour.grade"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for word in [
        "✓ G2",
        "tumour.grade/digestive#",
        "Ki-67 index",
        "3–20 %",
        "source ",
        "Smallest change",
        "Enough to force it",
        "tumour.entity/",
    ] {
        assert!(ran.out.contains(word), "{word} is missing in\n{}", ran.out);
    }
    // Still open: what is possible, what it would be, and what settles it.
    let ran = run(&["explain", &file, "tnm.uicc8.n", "--lang", "nl"]);
    for word in [
        "nog mogelijk",
        "Volgens afspraak",
        "Wat het zou beslissen",
        "Wat het zou worden",
        "nodes.mesenteric.mass",
    ] {
        assert!(ran.out.contains(word), "{word} is missing in\n{}", ran.out);
    }
    let ran = run(&["explain", &file, "gastric.type"]);
    assert!(ran.out.contains("stomach"), "{}", ran.out);
    let ran = run(&["explain", &file, "tumour.grade", "--format", "json"]);
    let explained = &ran.json()[0];
    assert_eq!(explained["conclusion"]["value"], "G2");
    assert!(!explained["changes"].as_array().unwrap().is_empty());
    // The origin and date of a fact are part of the reason.
    let ran = run(&["explain", &file, "tnm.uicc8.n"]);
    assert_eq!(ran.code, 0);
}

#[test]
fn the_interview_asks_checks_and_saves() {
    let at = folder("ask");
    let start = write(
        &at,
        "start.yaml",
        "case: ask-me\nfacts:\n  primary.site: ileum\n  tumour.differentiation: well\n  tumour.mitoses: 1 /2mm2\n",
    );
    let saved = at.join("saved.yaml").to_str().unwrap().to_string();
    // Whatever is asked: help, nonsense, skip; then stop.
    let ran = run_with(&["ask", &start, "--save", &saved], "?\nnonsense-value\n\ndone\n".as_bytes(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains('✗') && ran.out.contains("`nonsense-value`"), "{}", ran.out);
    assert!(ran.out.contains("ask-me"));
    let before = run(&["assess", "--format", "json", &start]);
    let after = run(&["assess", "--format", "json", &saved]);
    assert_eq!(before.out, after.out, "what was saved reads back the same");
    // The saved file is not overwritten by another interview.
    let ran = run_with(&["ask", "--save", &saved], b"done\n", &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("exists already"), "{}", ran.err);
}

#[test]
fn an_answer_shows_what_it_changed() {
    let at = folder("ask-change");
    let start = write(
        &at,
        "start.yaml",
        "case: ask-me\nfacts:\n  primary.site: ileum\n  tumour.differentiation: well\n  tumour.mitoses: 1 /2mm2\n",
    );
    // Skip until Ki-67 comes, answer it, and end; the conclusion is told at once.
    let script = skip_to(&start, "tumour.ki67");
    let ran = run_with(&["ask", &start], format!("{script}30 %\ndone\n").as_bytes(), &[]);
    assert!(ran.out.contains("✓ Grade: G3"), "{}", ran.out);
    let ran =
        run_with(&["ask", &start, "--lang", "nl"], format!("{script}30 %\nterug\nklaar\n").as_bytes(), &[]);
    assert!(ran.out.contains("✓ Graad: G3"), "{}", ran.out);
    let end = &ran.out[ran.out.rfind("ask-me").unwrap()..];
    assert!(!end.contains("G3, graad 3"), "the answer was taken back\n{end}");
}

/// Empty lines until a fact is asked.
fn skip_to(file: &str, fact: &str) -> String {
    let all = run_with(&["ask", file], "\n".repeat(200).as_bytes(), &[]);
    let asked: Vec<&str> = all
        .out
        .lines()
        .filter(|l| l.starts_with("  ") && l.contains(" · "))
        .map(|l| l.trim().split(' ').next().unwrap())
        .collect();
    let at =
        asked.iter().position(|f| *f == fact).unwrap_or_else(|| panic!("{fact} is never asked: {asked:?}"));
    "\n".repeat(at)
}

#[test]
fn the_interview_ends_with_its_input() {
    let ran = run_with(&["ask", "--format", "json"], b"", &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()[0]["case"], "case");
}

#[test]
fn help_speaks_both_languages() {
    let ran = run(&["--help"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("Usage:") && ran.out.contains("Draw every conclusion"), "{}", ran.out);
    let ran = run(&["--help", "--lang", "nl"]);
    for word in ["Gebruik:", "Commando's:", "Opties:", "Trek elke conclusie", "Toon hulp"] {
        assert!(ran.out.contains(word), "{word}\n{}", ran.out);
    }
    assert!(!ran.out.contains("Usage") && !ran.out.contains("Options"), "{}", ran.out);
    let ran = run_with(&["assess", "--help"], b"", &[("LC_ALL", "nl_BE.UTF-8")]);
    assert!(ran.out.contains("Casusbestanden") && ran.out.contains("<PAD>..."), "{}", ran.out);
    assert!(run(&["--version"]).out.starts_with("netwijzer "));
}

#[test]
fn the_first_page_is_friendly() {
    let ran = run(&[]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("Start here") && ran.out.contains("netwijzer ask"), "{}", ran.out);
    let ran = run(&["--lang", "nl"]);
    assert!(ran.out.contains("Begin hier"), "{}", ran.out);
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let ran = run(&["completions", "bash"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("complete ") && ran.out.contains("assess"));
    let ran = run(&["man"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains(".TH netwijzer"));
    assert!(run(&["man", "assess"]).out.contains("JSON Lines"));
}

#[test]
fn values_are_shown_as_readers_write_them() {
    let case = r#"{"case":"shown","as-of":"2026-03-10","facts":{"primary.site":"pancreas",
        "tumour.differentiation":"well","metastasis.distant":true,
        "lab.gastrin":"850 pmol/L","lab.gastrin.uln":"55 pmol/L"}}"#;
    let ran = run_with(&["assess", "-", "--lang", "nl", "--verbose"], case.as_bytes(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = ran.out.replace('\u{a0}', " ");
    assert!(text.contains("Metastase op afstand ja"), "{text}");
    assert!(!text.contains(" true"), "{text}");
    // Two ends that read alike are one number.
    assert!(!text.contains("15,4545–15,4545"), "{text}");
}
