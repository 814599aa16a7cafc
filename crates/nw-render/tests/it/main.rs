//! The site of the shipped guideline: every link leads somewhere, every page says what it is, in both languages.

// A helper of a test may fail the test.
#![allow(clippy::unwrap_used)]

mod leaflet;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use nw_guideline::{SourceSet, compile_with};

fn knowledge() -> SourceSet {
    fn below(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                below(root, &path, files);
            } else if path.extension().is_some_and(|e| e == "md" || e == "toml") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
    let mut files = Vec::new();
    for part in ["vocabulary", "sources", "source-map", "guidelines", "leaflets"] {
        below(&root, &root.join(part), &mut files);
    }
    SourceSet::new(files)
}

/// One build for all tests.
fn site() -> &'static BTreeMap<String, String> {
    static SITE: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    SITE.get_or_init(|| {
        let sources = knowledge();
        let draft = compile_with(&sources, "", "", false);
        nw_render::site(&sources, draft.guideline(), draft.diagnostics()).into_iter().collect()
    })
}

fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    site().iter().filter(|(path, _)| path.ends_with(".html")).map(|(p, t)| (p.as_str(), t.as_str()))
}

/// What stands in an attribute, everywhere in a page.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let mark = format!(" {name}=\"");
    page.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Where a link leads from a page: file and anchor.
fn resolve(page: &str, href: &str) -> (String, Option<String>) {
    let (path, anchor) = match href.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor.to_string())),
        None => (href, None),
    };
    if path.is_empty() {
        return (page.to_string(), anchor);
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => {
                assert!(parts.pop().is_some(), "`{href}` in {page} leaves the site");
            }
            "." => {}
            part => parts.push(part),
        }
    }
    (parts.join("/"), anchor)
}

#[test]
fn every_link_and_anchor_leads_somewhere() {
    let anchors: BTreeMap<&str, BTreeSet<&str>> =
        pages().map(|(path, page)| (path, attributes(page, "id").into_iter().collect())).collect();
    let mut broken = Vec::new();
    let mut seen = 0;
    for (path, page) in pages() {
        for href in attributes(page, "href").into_iter().chain(attributes(page, "src")) {
            if href.starts_with("https://") || href.starts_with("http://") {
                continue;
            }
            seen += 1;
            let (file, anchor) = resolve(path, &href.replace("&amp;", "&"));
            let found = match (&anchor, anchors.get(file.as_str())) {
                (None, _) => site().contains_key(&file),
                (Some(anchor), Some(known)) => known.contains(anchor.as_str()),
                (Some(_), None) => false,
            };
            if !found {
                broken.push(format!("{path}: {href}"));
            }
        }
    }
    assert!(seen > 10_000, "only {seen} links");
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken[..broken.len().min(40)].join("\n"));
}

#[test]
fn what_search_finds_is_there() {
    for language in ["nl", "en"] {
        let index = &site()[&format!("{language}/search-index.js")];
        let mut count = 0;
        for line in index.lines().filter(|l| l.starts_with('[')) {
            let texts: Vec<&str> = line.split("\",\"").collect();
            let href = texts[texts.len() - 2];
            let (file, anchor) = resolve(&format!("{language}/search.html"), href);
            let page = site().get(&file).unwrap_or_else(|| panic!("{href} is no page"));
            if let Some(anchor) = anchor {
                assert!(page.contains(&format!(" id=\"{anchor}\"")), "{href} has no such place");
            }
            count += 1;
        }
        assert!(count > 1_000, "{language}: {count}");
    }
}

#[test]
fn every_page_has_its_language_title_heading_and_standing() {
    let mut count = BTreeMap::new();
    for (path, page) in pages() {
        let language = if path.starts_with("nl/") { "nl" } else { "en" };
        *count.entry(language).or_insert(0) += 1;
        assert!(page.contains(&format!("<html lang=\"{language}\">")), "{path}");
        assert_eq!(page.matches("<h1>").count(), 1, "{path}");
        let title = page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(title.len() > 10 && !title.starts_with(' '), "{path}: `{title}`");
        let caution = if language == "nl" { "een gecertificeerd medisch" } else { "ot a certified medical" };
        assert!(page.contains(caution) && page.contains("2026.1"), "{path} does not say what it is");
        let mut seen = BTreeSet::new();
        for id in attributes(page, "id") {
            assert!(seen.insert(id), "{path}: two places are called `{id}`");
        }
    }
    // The page above both languages is in English.
    assert_eq!(count["nl"], count["en"] - 1);
    assert!(count["nl"] > 500, "{count:?}");
}

/// Labels of the guideline and words around them: no English in a Dutch page that does not say that it is English.
#[test]
fn dutch_pages_speak_dutch() {
    let english = [
        ">Row<",
        ">Rests on<",
        ">unconfirmed<",
        "class=\"any\">any<",
        ">Chapters<",
        "=\"Link to",
        ">Does not apply<",
        " rows confirmed",
    ];
    for (path, page) in pages().filter(|(p, _)| p.starts_with("nl/")) {
        for word in english {
            assert!(!page.contains(word), "{path} says `{word}`");
        }
    }
    for word in english {
        let says = |(path, page): (&str, &str)| path.starts_with("en/") && page.contains(word);
        assert!(pages().any(says), "no English page says `{word}`, so its absence proves nothing");
    }
    let twin = |path: &str| path.replacen("nl/", "en/", 1);
    for (path, page) in pages().filter(|(p, _)| p.starts_with("nl/chapters/")) {
        let other = &site()[&twin(path)];
        assert_eq!(
            attributes(page, "id"),
            attributes(other, "id"),
            "{path}: the languages have other places"
        );
    }
}

#[test]
fn nothing_comes_from_elsewhere() {
    for (path, page) in pages() {
        for src in attributes(page, "src") {
            assert!(!src.contains("://"), "{path}: {src}");
        }
        assert!(!page.contains(" style=\"") && !page.contains(" onclick="), "{path}");
    }
    let style = &site()["assets/site.css"];
    assert!(!style.contains("url(") && !style.contains("@import"));
}

/// Every row stands on its chapter's page with what it asks, what it says and where it comes from.
#[test]
fn every_row_stands_on_its_page() {
    let sources = knowledge();
    let draft = compile_with(&sources, "", "", false);
    let guideline = draft.guideline();
    let mut rows = 0;
    for table in &guideline.tables {
        let page = &site()[&format!("en/chapters/{}.html", table.chapter)];
        for row in &table.rows {
            assert!(
                page.contains(&format!("<tr id=\"{}.{}\">", table.id, row.id)),
                "{}#{}",
                table.id,
                row.id
            );
            rows += 1;
        }
    }
    for (at, source) in guideline.sources.iter().enumerate().step_by(7) {
        let page = &site()[&format!("en/sources/{}.html", source.key)];
        let rests = guideline
            .tables
            .iter()
            .flat_map(|t| t.rows.iter().map(move |r| (t, r)))
            .filter(|(_, r)| r.sources.iter().any(|c| c.key == source.key));
        for (table, row) in rests {
            assert!(page.contains(&format!("#{}.{}\"", table.id, row.id)), "{at}: {}#{}", table.id, row.id);
        }
    }
    assert!(rows > 2_000, "{rows}");
}

/// A confirmed row, one edited since and one whose source was edited are told apart.
#[test]
fn confirmations_are_shown() {
    let sources = knowledge();
    let draft = compile_with(&sources, "", "", false);
    let table = draft.guideline().tables.iter().find(|t| t.id == "tumour.grade/digestive").unwrap();
    let row = |at: usize| &table.rows[at];
    let known = |key: &str| draft.guideline().sources.iter().find(|s| s.key == key).unwrap().digest();
    let entry = |at: usize, digest: &str, source: &str| {
        format!(
            "[[confirmation]]\ntable = \"{}\"\nrow = \"{}\"\ndigest = \"{digest}\"\nsources = {{ \"{}\" = \"{source}\" }}\n\
             by = \"A. <Person>\"\nrole = \"pathologist\"\ndate = \"2026-03-10\"\n\n",
            table.id,
            row(at).id,
            row(at).sources[0].key
        )
    };
    let right = |at: usize| known(&row(at).sources[0].key);
    let text = entry(0, &row(0).digest, &right(0))
        + &entry(1, "sha256:0", &right(1))
        + &entry(2, &row(2).digest, "sha256:0");
    let sources = sources.with("confirmations.toml", text);
    let draft = compile_with(&sources, "", "", false);
    let site: BTreeMap<_, _> =
        nw_render::site(&sources, draft.guideline(), draft.diagnostics()).into_iter().collect();
    let page = &site["en/chapters/grade.html"];
    assert!(page.contains("confirmed by A. &#60;Person&#62;, pathologist, on 10"), "escaped and shown");
    assert!(page.contains("the row was edited"));
    assert!(page.contains(&format!("source {} was edited", row(2).sources[0].key)));
    let list = &site["nl/confirmations.html"];
    for at in [1, 2] {
        assert!(list.contains(&format!("{}#{}", table.id, row(at).id)), "{at}");
    }
    assert!(
        list.contains("pathologist</li>") || list.contains("pathologist <span"),
        "who confirmed is named"
    );
    assert!(site["nl/index.html"].contains("1 van "), "how many are confirmed");
    let source = &site[&format!("en/sources/{}.html", row(2).sources[0].key)];
    assert!(source.contains("edited after rows that rest on it were confirmed"));
}
