//! Papers become PDF that everybody can read, also with a screen reader; nothing in a text is taken for markup.

use jiff::civil::date;
use nw_facts::Language;
use nw_leaflet::{Block, Paper, Print, Span, pdf};

fn paper(language: Language, print: Print, blocks: Vec<Block>) -> Paper {
    Paper {
        title: "Brief".to_string(),
        author: "NET-centrum".to_string(),
        language,
        date: date(2026, 3, 10),
        print,
        footer: vec!["Geen gecertificeerd medisch hulpmiddel.".to_string(), "gep-net 2026.1".to_string()],
        blocks,
    }
}

fn every_block() -> Vec<Block> {
    let spans = || vec![Span::Strong("Besluit: ".into()), "operatie ".into(), Span::Soft("(optie)".into())];
    let cells = |text: &str| vec![text.to_string(), "b".to_string()];
    vec![
        Block::heading(1, "Eén"),
        Block::Lines { lines: vec![spans(), vec!["tweede regel".into()]] },
        Block::Text { spans: spans() },
        Block::Contents { parts: vec!["Twee".to_string(), "Drie".to_string()] },
        Block::heading(2, "Twee"),
        Block::heading(2, "Drie"),
        Block::List { items: vec![spans(), vec![Span::Link("pagina".into(), "https://example.org".into())]] },
        Block::Terms { items: vec![("PET".to_string(), vec!["een foto".into()])] },
        Block::Table { widths: vec![2, 1], head: cells("Vraag"), rows: vec![cells("een"), cells("twee")] },
        Block::Aside { spans: spans() },
        Block::Signature { lines: cells("Dr. Vera") },
    ]
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

#[test]
fn every_block_in_both_languages_and_sizes_is_accessible() {
    for (language, tag) in [(Language::Nl, "nl"), (Language::En, "en")] {
        for print in [Print::Normal, Print::Large] {
            let bytes = pdf(&paper(language, print, every_block())).expect("the paper is typeset");
            assert!(bytes.starts_with(b"%PDF-"));
            assert!(holds(&bytes, "pdfuaid:part"), "the document claims no PDF/UA");
            assert!(holds(&bytes, &format!("<rdf:li>{tag}</rdf:li>")), "the document tells no language");
        }
    }
}

#[test]
fn the_same_paper_is_the_same_bytes() {
    let one = paper(Language::Nl, Print::Normal, every_block());
    assert_eq!(pdf(&one).expect("typeset"), pdf(&one).expect("typeset"));
}

#[test]
fn what_people_type_is_never_markup() {
    for text in [
        "#panic(\"uitgevoerd\")",
        "#read(\"/etc/passwd\")",
        "*niet vet* _niet schuin_ $x^2$ <label> @ref = kop",
        "\\ \" ' ` [ ] { } // geen commentaar",
        "é ñ œ ß µ ≥ ± α",
        "",
    ] {
        let blocks = vec![
            Block::heading(1, "Kop"),
            Block::text(text),
            Block::Table { widths: vec![1], head: vec![text.into()], rows: vec![vec![text.into()]] },
        ];
        let made = pdf(&paper(Language::En, Print::Normal, blocks));
        assert!(made.is_ok(), "`{text}` cannot be typeset: {made:?}");
    }
}

#[test]
fn a_skipped_heading_is_refused_and_nothing_is_quoted() {
    let blocks = vec![Block::heading(1, "Kop"), Block::heading(3, "Geheim")];
    let error = pdf(&paper(Language::Nl, Print::Normal, blocks)).expect_err("a heading is skipped");
    assert!(error.to_string().contains("heading"), "{error}");
    assert!(!error.to_string().contains("Geheim"), "{error}");
}
