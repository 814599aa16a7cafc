//! `export`: every language, to standard output or to a folder.

use crate::{folder, run};

#[test]
fn exports_go_to_standard_output_or_to_a_folder() {
    for (what, begins) in [("dmn", "<?xml"), ("cql", "// "), ("jdm", "{"), ("tables", "{")] {
        let ran = run(&["export", what, "--lang", "en"]);
        assert_eq!(ran.code, 0, "{what}: {}", ran.err);
        assert!(ran.out.starts_with(begins), "{what}: {}", &ran.out[..80.min(ran.out.len())]);
    }
    let elm = run(&["export", "cql", "--format", "json"]);
    assert!(elm.json_whole()["library"]["statements"]["def"].as_array().is_some_and(|d| d.len() > 100));
    let here = folder("export");
    let out = here.to_string_lossy();
    let ran = run(&["export", "cql", "--out", &out, "--lang", "nl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.lines().count() == 2 && ran.out.contains("geschreven"), "{}", ran.out);
    assert_eq!(std::fs::read_dir(here).unwrap().count(), 2);
}

#[test]
fn an_unknown_language_is_named_with_the_known_ones() {
    let ran = run(&["export", "drl"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`drl`") && ran.err.contains("jdm"), "{}", ran.err);
}

/// The tables are enough to name every row that an assessment gives as a reason.
#[test]
fn tables_name_every_fact_conclusion_and_row() {
    let tables = run(&["export", "tables"]).json_whole();
    let ids = |key: &str| -> Vec<String> {
        let list = tables[key].as_array().unwrap();
        list.iter().map(|i| i["id"].as_str().unwrap().to_string()).collect()
    };
    let known = [ids("facts"), ids("conclusions")].concat();
    for line in run(&["facts", "--format", "json"]).json() {
        assert!(known.contains(&line["id"].as_str().unwrap().to_string()), "{line}");
    }
    for id in known.into_iter().chain(ids("tables")) {
        assert_eq!(nw_export::names::id(&nw_export::names::name(&id)), (id, None));
    }
    for value in
        tables["conclusions"].as_array().unwrap().iter().flat_map(|c| c["values"].as_array().unwrap())
    {
        assert_ne!(value["id"], nw_export::UNKNOWN, "a value must not look like a missing one");
    }
}
