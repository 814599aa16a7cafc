//! Conclusions that a template makes, by the names that readers know.

use nw_guideline::compile;

use crate::page::{assemble, language_folder, prelude, read};

#[test]
fn labels_call_a_value_by_its_name_and_ids_by_itself() {
    let page = read(&language_folder("spec").join("40-tables.md"));
    let draft = compile(&assemble(page.fences.iter().filter(|fence| !fence.prelude), &prelude()), "", "");
    let vocabulary = &draft.guideline().vocabulary;
    let label = |id: &str| {
        let def = vocabulary.conclusion(vocabulary.find_conclusion(id).expect("the template makes it"));
        (def.label.en.clone(), def.label.nl.clone())
    };
    let both = |en: &str, nl: &str| (en.to_string(), nl.to_string());
    assert_eq!(label("spread.new"), both("Spread (edition of 2020)", "Uitbreiding (edition of 2020)"));
    assert_eq!(label("spread.old"), both("Spread (old)", "Uitbreiding (old)"));
}
