//! Papers of every kind as a reader sees them: nothing leaves a page, nothing lies on something else, no sign is missing; and
//! the same as a page of HTML and as text.

use std::path::Path;

use nw_facts::Language;
use nw_leaflet::{Block, House, Print, Span, html, html_by, inspect, lacking, pdf, text_by};

mod samples;

fn everything() -> impl Iterator<Item = (String, nw_leaflet::Paper)> {
    [Language::Nl, Language::En].into_iter().flat_map(|language| {
        [Print::Normal, Print::Large].into_iter().flat_map(move |print| {
            samples::all(language, print)
                .into_iter()
                .map(move |(name, paper)| (format!("{name} {language:?} {print:?}"), paper))
        })
    })
}

#[test]
fn nothing_leaves_a_page_or_lies_on_something_else() {
    let house = samples::house();
    for (name, paper) in everything() {
        let seen = inspect(&paper, &house).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(seen.is_clean(), "{name}: {seen:?}");
    }
}

#[test]
fn an_overflow_is_seen() {
    // A word that no rule of a language breaks is wider than its column.
    let row = vec!["W".repeat(40); 6];
    let table = Block::Table { widths: vec![1; 6], head: vec!["A".into(); 6], rows: vec![row] };
    let paper = samples::paper(Language::En, Print::Large, "T", vec![Block::heading(1, "T"), table]);
    let seen = inspect(&paper, &House::default()).expect("typeset");
    assert!(!seen.upon.is_empty() || !seen.beyond.is_empty(), "{seen:?}");
}

#[test]
fn words_that_no_line_holds_are_broken() {
    let words = [
        "https://example.org/een/heel/lang/adres/dat/nergens/op/een/regel/past?met=nog&veel=meer#en-een-plaats",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "meervoudigeendocrieneneoplasiesyndroomonderzoekscommissievergaderingen",
        "option.liver-directed.radioembolisation.selective-internal-radiotherapy",
    ];
    for print in [Print::Normal, Print::Large] {
        let cells: Vec<String> = words.iter().map(|w| w.to_string()).collect();
        let blocks = vec![
            Block::heading(1, words[2]),
            Block::text(words.join(" ")),
            Block::List { items: words.iter().map(|w| vec![Span::Strong(w.to_string())]).collect() },
            Block::Table { widths: vec![1; 4], head: cells.clone(), rows: vec![cells.clone(), cells] },
        ];
        let paper = samples::paper(Language::Nl, print, words[2], blocks);
        let seen = inspect(&paper, &samples::house()).expect("typeset");
        assert!(seen.is_clean(), "{print:?}: {seen:?}");
    }
}

#[test]
fn no_text_of_the_guideline_lacks_a_letter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
    let mut open = vec![root];
    let mut read = 0;
    while let Some(place) = open.pop() {
        if place.is_dir() {
            open.extend(std::fs::read_dir(&place).expect("readable").map(|e| e.expect("readable").path()));
        } else if let Ok(text) = std::fs::read_to_string(&place) {
            let found = lacking(&text);
            assert!(found.is_empty(), "{}: {found:?}", place.display());
            read += 1;
        }
    }
    assert!(read > 50, "only {read} files were read");
}

#[test]
fn a_name_in_letters_that_nobody_has_still_gets_a_paper() {
    let blocks = vec![Block::heading(1, "Kop"), Block::text("\u{10FFFD} 漢字 \u{7}")];
    let paper = samples::paper(Language::Nl, Print::Normal, "Kop \u{10FFFD}", blocks);
    let seen = inspect(&paper, &House::default()).expect("typeset");
    assert!(seen.lacking.contains(&'\u{10FFFD}') && seen.blank == 0, "{seen:?}");
    assert!(pdf(&paper).is_ok());
}

#[test]
fn a_page_of_html_is_one_page_with_headings_in_order() {
    let house = samples::house();
    for (name, paper) in everything() {
        let page = html_by(&paper, &house);
        let tag = if paper.language == Language::Nl { "nl" } else { "en" };
        assert!(page.starts_with(&format!("<!doctype html>\n<html lang=\"{tag}\"")), "{name}");
        assert_eq!(page.matches("<h1>").count(), 1, "{name}");
        assert!(!page.contains("<script") && !page.contains(" style=\""), "{name}");
        let mut last = 0;
        for (at, _) in page.match_indices("<h") {
            let Some(level) = page[at + 2..].chars().next().and_then(|c| c.to_digit(10)) else { continue };
            assert!(level <= last + 1, "{name}: from h{last} to h{level}");
            last = level;
        }
        assert_eq!(page, html_by(&paper, &house), "{name} differs the second time");
        assert_eq!(page.contains("class=\"large\""), paper.print == Print::Large, "{name}");
    }
}

#[test]
fn what_people_type_is_never_markup_of_a_page() {
    let evil = "<script>alert(1)</script> & \"quotes\" 'too'";
    let blocks = vec![
        Block::heading(1, evil),
        Block::Text {
            spans: vec![evil.into(), Span::Strong(evil.into()), Span::Link(evil.into(), evil.into())],
        },
        Block::Table { widths: vec![1], head: vec![evil.into()], rows: vec![vec![evil.into()]] },
        Block::Compare {
            corner: evil.into(),
            names: vec![evil.into()],
            rows: vec![(evil.into(), vec![vec![Block::text(evil)]])],
        },
    ];
    let page = html(&samples::paper(Language::En, Print::Normal, evil, blocks));
    assert!(!page.contains("<script>"), "{page}");
    assert!(!page.contains("\"quotes\""), "{page}");
}

#[test]
fn every_text_of_a_paper_stands_in_its_plain_text() {
    let house = samples::house();
    for (name, paper) in everything() {
        let text = text_by(&paper, &house);
        for line in text.lines() {
            assert!(line.chars().count() <= 100 || !line.trim().contains(' '), "{name}: {line}");
        }
        assert!(text.contains("012 345 67 89") || name.starts_with("letter"), "{name} has no telephone");
    }
    let calendar = text_by(&samples::calendar(Language::En, Print::Normal), &house);
    assert!(calendar.contains("Wednesday 8: Injection lanreotide"), "{calendar}");
    assert!(calendar.contains("Monday 27: King's Day"), "{calendar}");
}
