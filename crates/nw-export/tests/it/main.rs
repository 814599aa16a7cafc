//! A small guideline in every language: what stands there, and that names lead back.

// A helper of a test may fail the test.
#![allow(clippy::unwrap_used)]

use nw_export::{Model, Wiring, cql, dmn, elm, jdm, jdm_table, names, tables};
use nw_facts::Language;
use nw_guideline::{CompiledGuideline, SourceSet, compile};

const VOCABULARY: &str = include_str!("small.toml");
const CHAPTER: &str = include_str!("small.md");

fn small() -> CompiledGuideline {
    let files = [
        ("guidelines/small/10-small.md", CHAPTER),
        (
            "guidelines/small/guideline.toml",
            "id = \"small\"\nedition = \"1\"\nvalid-from = \"2026-01-01\"\nen = \"Small & sure\"\nnl = \"Klein\"\nchapters = [\"10-small.md\"]\n",
        ),
        ("sources.toml", "[[source]]\nkey = \"s\"\ntitle = \"Source <s>\"\n"),
        ("vocabulary/small.toml", VOCABULARY),
    ];
    let files = files.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string()));
    let draft = compile(&SourceSet::new(files.collect()), "", "");
    let said = draft.diagnostics().iter().map(|d| d.message.en.clone()).collect::<Vec<_>>().join("\n");
    draft.admit().unwrap_or_else(|_| panic!("{said}"))
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

#[test]
fn dmn_has_rows_null_rows_and_the_chain() {
    let guideline = small();
    let text = dmn(&Model::new(&guideline, Wiring::Chained, Language::En));
    holds(
        &text,
        &[
            "xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"",
            "Small &amp; sure, edition 1",
            "<decisionTable id=\"_t_size__class___all____rows\" hitPolicy=\"UNIQUE\">",
            "<decisionTable id=\"_t_size__class___all____nulls\" hitPolicy=\"FIRST\">",
            "<decisionTable id=\"_t_advice___all____rows\" hitPolicy=\"FIRST\">",
            "<decisionTable id=\"_t_notes___all____rows\" hitPolicy=\"COLLECT\">",
            "<inputEntry><text>&lt; 10</text></inputEntry>",
            "<inputEntry><text>null, &lt; 10</text></inputEntry>",
            "<outputEntry><text>&quot;unknown?&quot;</text></outputEntry>",
            "<annotationEntry><text>size-class/all#a</text></annotationEntry>",
            "<requiredDecision href=\"#_size__class\"/>",
            "<requiredInput href=\"#_scan_result\"/>",
            "<description>Source &lt;s&gt;</description>",
            "(test_rise = null or test_rise = &quot;not-done&quot; or ((test_rise instance of number) and",
        ],
    );
    // A table that nobody is outside of has no column for its domain; the other one has.
    assert_eq!(text.matches("label=\"domain\"").count(), 1);
}

#[test]
fn a_loose_model_asks_for_conclusions() {
    let guideline = small();
    let model = Model::new(&guideline, Wiring::Loose, Language::En);
    assert!(model.inputs.iter().any(|i| i.id == "size-class"));
    holds(&dmn(&model), &["<requiredInput href=\"#_size__class\"/>"]);
    holds(&cql(&model), &["parameter \"size-class\" String default (null as String)"]);
}

#[test]
fn cql_and_elm_say_unknown_where_a_row_is_null() {
    let guideline = small();
    let model = Model::new(&guideline, Wiring::Chained, Language::Nl);
    let text = cql(&model);
    holds(
        &text,
        &[
            "library Small version '1'",
            "parameter \"tumour.size\" Decimal default (null as Decimal)",
            "parameter \"test.rise not done\" Boolean",
            "\"tumour.size\" < 10.0",
            "when \"row size-class/all#a\" then 'small'",
            "when \"row size-class/all#a\" is null then 'unknown?'",
            "define \"known size-class\"",
            "define \"notes possible\"",
        ],
    );
    let elm = elm(&model);
    holds(&elm, &["\"schemaIdentifier\"", "\"type\": \"Case\"", "{urn:hl7-org:elm-types:r1}Decimal"]);
    assert_eq!(text.matches("\ndefine ").count(), elm.matches("\"context\": \"Unfiltered\"").count());
}

#[test]
fn jdm_is_one_graph_or_one_for_each_table() {
    let guideline = small();
    let model = Model::new(&guideline, Wiring::Chained, Language::En);
    let text = jdm(&model);
    holds(&text, &["\"inputNode\"", "\"hitPolicy\": \"collect\"", "size__class->advice___all____rows"]);
    let loose = Model::new(&guideline, Wiring::Loose, Language::En);
    assert!(!jdm_table(&loose, &loose.parts[0]).contains("advice"));
}

#[test]
fn tables_tell_everything_that_an_answer_rests_on() {
    let guideline = small();
    let text = tables(&guideline);
    holds(
        &text,
        &[
            "\"format\": \"netwijzer-tables/1\"",
            &guideline.digest,
            "\"cells\": [{\"low\": \"0\", \"lowIn\": true, \"high\": \"10\", \"highIn\": false",
            "\"text\": [\"< 10 mm\"]",
            "\"never\": {\"all\": [{\"fact\": \"tumour.size\"",
        ],
    );
    assert_eq!(text.matches(['{', '[']).count(), text.matches(['}', ']']).count());
}

#[test]
fn every_name_leads_back_to_its_id() {
    let guideline = small();
    let model = Model::new(&guideline, Wiring::Loose, Language::En);
    for input in &model.inputs {
        assert_eq!(names::id(&input.name), (input.id.clone(), None));
    }
    for table in &guideline.tables {
        assert_eq!(names::id(&names::part(&table.id, "rows")), (table.id.clone(), Some("rows")));
    }
}
