//! Boundaries that the compiler does not hold for us: arrows between crates, forbidden words, sizes.
//!
//! Runs as an ordinary test and as `cargo xtask tidy`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::chores::{Outcome, cargo};
use crate::knowledge::{files_below, top};

/// Which crates a crate may use, ours and others'. Arrows point down only; a new arrow is a decision, made here.
struct Allowed {
    name: &'static str,
    /// Layers 0 to 2 are pure: no disk, network, environment, clock or printing.
    pure: bool,
    ours: &'static [&'static str],
    /// Crates of others, for pure crates; edges are bound by the licence check only.
    others: &'static [&'static str],
}

const ARROWS: &[Allowed] = &[
    Allowed { name: "nw-facts", pure: true, ours: &[], others: &["rust_decimal", "jiff"] },
    Allowed { name: "nw-diagram", pure: true, ours: &[], others: &["rustc-hash", "hashbrown"] },
    Allowed {
        name: "nw-guideline",
        pure: true,
        ours: &["nw-facts", "nw-diagram"],
        others: &["rust_decimal", "jiff", "toml", "pulldown-cmark", "sha2", "rustc-hash"],
    },
    Allowed {
        name: "nw-engine",
        pure: true,
        ours: &["nw-facts", "nw-diagram", "nw-guideline"],
        others: &["jiff", "rust_decimal", "rustc-hash"],
    },
    Allowed { name: "nw-export", pure: true, ours: &["nw-facts", "nw-guideline"], others: &[] },
    Allowed {
        name: "nw-extract",
        pure: true,
        // The guideline for tests alone, which need the vocabulary that ships.
        ours: &["nw-facts", "nw-guideline"],
        // What a pattern needs is read from the pattern, by the parser that `regex` has inside.
        others: &["regex", "regex-syntax", "aho-corasick", "jiff", "serde", "toml"],
    },
    // Bytes in, bytes out; the guideline and the engine for what is concluded and still asked.
    Allowed {
        name: "nw-fhir",
        pure: true,
        ours: &["nw-facts", "nw-guideline", "nw-engine", "nw-calendar"],
        others: &["serde", "serde_json", "toml"],
    },
    // Calls and cards as values; the id of a card comes in as an argument.
    Allowed {
        name: "nw-hooks",
        pure: true,
        ours: &["nw-facts", "nw-guideline", "nw-engine"],
        others: &["serde", "serde_json", "toml"],
    },
    // Reaches a database; knows no guideline, no clock of its own, no HTTP.
    Allowed { name: "nw-store", pure: false, ours: &["nw-facts"], others: &[] },
    // Answers over HTTP; the clock is passed in, SQL stands in the store.
    Allowed {
        name: "nw-server",
        pure: false,
        ours: &[
            "nw-facts",
            "nw-guideline",
            "nw-engine",
            "nw-calendar",
            "nw-extract",
            "nw-fhir",
            "nw-hooks",
            "nw-render",
            "nw-leaflet",
            "nw-store",
            "nw-registry",
        ],
        others: &[],
    },
    Allowed {
        name: "nw-render",
        pure: true,
        // A leaflet is chosen by the engine's answer and becomes a document; what a document looks like stays below.
        ours: &["nw-facts", "nw-guideline", "nw-engine", "nw-leaflet"],
        others: &["askama", "pulldown-cmark"],
    },
    // The typesetter sees one value and its letters; no file, no clock.
    Allowed {
        name: "nw-leaflet",
        pure: true,
        ours: &["nw-facts"],
        others: &[
            "typst",
            "typst-layout",
            "typst-pdf",
            "typst-assets",
            "jiff",
            "serde",
            "serde_json",
            "askama",
            "data-encoding",
            "toml",
            "fast_qr",
        ],
    },
    // Days and rules between them; the day it is comes as an argument.
    Allowed {
        name: "nw-calendar",
        pure: true,
        ours: &["nw-facts", "nw-guideline", "nw-engine", "nw-leaflet"],
        others: &["jiff", "toml", "serde", "serde_json", "sha2", "computus", "icalendar"],
    },
    // Numbers in, numbers out.
    Allowed { name: "nw-statistics", pure: true, ours: &[], others: &["statrs"] },
    // Tables on disk in, tables and reports on disk out; the clock is not asked.
    Allowed {
        name: "nw-registry",
        pure: false,
        ours: &["nw-facts", "nw-diagram", "nw-guideline", "nw-engine", "nw-statistics"],
        others: &[],
    },
    Allowed {
        name: "netwijzer",
        pure: false,
        ours: &[
            "nw-calendar",
            "nw-leaflet",
            "nw-facts",
            "nw-diagram",
            "nw-guideline",
            "nw-engine",
            "nw-export",
            "nw-extract",
            "nw-fhir",
            "nw-hooks",
            "nw-render",
            "nw-leaflet",
            "nw-store",
            "nw-server",
            "nw-registry",
        ],
        others: &[],
    },
    // The program for those who call it from Python: its library, and columns in memory; its own words are few.
    Allowed { name: "nw-python", pure: false, ours: &["netwijzer", "nw-facts", "nw-registry"], others: &[] },
    Allowed {
        name: "xtask",
        pure: false,
        ours: &["nw-facts", "nw-diagram", "nw-guideline", "nw-engine", "nw-export", "nw-fuzz"],
        others: &[],
    },
];

/// What tests of pure crates may use beside the above.
const FOR_TESTS: &[&str] = &["proptest", "pulldown-cmark", "nw-calendar"];

/// Umbrella crates that pull in a database where a part would do.
const UMBRELLAS: &[&str] = &["arrow", "datafusion"];

/// Words that a pure crate has no business with.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::time",
    "SystemTime",
    "Instant::now",
    "println!",
    "eprintln!",
    "dbg!",
];

/// Lines of a source file past which to look for the second idea in it.
const LONGEST: usize = 800;

/// Files that may be longer, each with the reason.
const LONG: &[(&str, &str)] = &[];

/// Checks everything and prints what is wrong.
pub fn run() -> Outcome {
    let findings = findings()?;
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} findings", findings.len());
    Ok(findings.is_empty())
}

/// Everything that is out of place.
pub fn findings() -> Result<Vec<String>, String> {
    let packages = packages()?;
    let mut found = Vec::new();
    arrows(&packages, &mut found);
    for package in &packages {
        manifest(package, &mut found)?;
        sources(package, &mut found)?;
    }
    machine_paths(&mut found);
    forgotten(&packages, &mut found);
    Ok(found)
}

struct Package {
    name: String,
    folder: PathBuf,
    /// Name and kind (`normal`, `dev`, `build`).
    needs: Vec<(String, String)>,
}

fn packages() -> Result<Vec<Package>, String> {
    let output = cargo()
        .args(["metadata", "--format-version", "1", "--offline", "--no-deps"])
        .output()
        .map_err(|e| format!("cargo cannot be started: {e}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| format!("`cargo metadata` said nothing that can be read: {e}"))?;
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_string();
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let read = |package: &Value| Package {
        name: text(package, "name"),
        folder: Path::new(&text(package, "manifest_path"))
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default(),
        needs: list(package, "dependencies")
            .iter()
            .map(|d| (text(d, "name"), d["kind"].as_str().unwrap_or("normal").to_string()))
            .collect(),
    };
    let packages: Vec<Package> = list(&metadata, "packages").iter().map(read).collect();
    if packages.is_empty() { Err("`cargo metadata` names no package".to_string()) } else { Ok(packages) }
}

fn arrows(packages: &[Package], found: &mut Vec<String>) {
    for package in packages {
        let Some(allowed) = ARROWS.iter().find(|a| a.name == package.name) else {
            found.push(format!(
                "`{}` is not in the table of arrows; add it to ARROWS in xtask/src/tidy.rs",
                package.name
            ));
            continue;
        };
        for (need, kind) in &package.needs {
            let is_ours = need.starts_with("nw-") || need == "netwijzer" || need == "xtask";
            if UMBRELLAS.contains(&need.as_str()) {
                found.push(format!(
                    "`{}` uses the umbrella crate `{need}`; use the part that is needed",
                    package.name
                ));
            } else if is_ours && kind == "dev" && FOR_TESTS.contains(&need.as_str()) {
                continue;
            } else if is_ours && !allowed.ours.contains(&need.as_str()) {
                found.push(format!("`{}` must not use `{need}`: arrows point down only", package.name));
            } else if !is_ours && allowed.pure && !allowed.others.contains(&need.as_str()) {
                if kind == "dev" && FOR_TESTS.contains(&need.as_str()) {
                    continue;
                }
                found.push(format!(
                    "`{}` gained the dependency `{need}`; if it is worth it, say so in ARROWS in xtask/src/tidy.rs",
                    package.name
                ));
            }
        }
    }
}

fn manifest(package: &Package, found: &mut Vec<String>) -> Result<(), String> {
    let path = package.folder.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|e| format!("`{}` cannot be read: {e}", path.display()))?;
    let lints = text.split("[lints]").nth(1).unwrap_or("");
    if !lints.trim_start().starts_with("workspace = true") {
        found.push(format!(
            "{}: the lints of the workspace are not used; add `[lints] workspace = true`",
            shown(&path)
        ));
    }
    Ok(())
}

fn sources(package: &Package, found: &mut Vec<String>) -> Result<(), String> {
    let pure = ARROWS.iter().any(|a| a.name == package.name && a.pure);
    let mut paths = Vec::new();
    files_below(&package.folder, &mut paths);
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "rs")) {
        let inner = path.strip_prefix(&package.folder).unwrap_or(path);
        if inner.starts_with("target") {
            continue;
        }
        let text =
            fs::read_to_string(path).map_err(|e| format!("`{}` cannot be read: {e}", path.display()))?;
        let is_test = inner.starts_with("tests") || inner.file_name().is_some_and(|n| n == "tests.rs");
        let place = Place { file: shown(path), pure: pure && inner.starts_with("src"), is_test };
        words(&place, &text, found);
    }
    Ok(())
}

/// Folders of the knowledge whose files the program holds one by one; of all others it takes whatever is there.
const NAMED: &[&str] = &["knowledge/fhir", "knowledge/hooks"];

/// Knowledge that no program holds: it works from the folder, and is missing at whoever has only the program.
fn forgotten(packages: &[Package], found: &mut Vec<String>) {
    let mut paths = Vec::new();
    packages.iter().for_each(|package| files_below(&package.folder.join("src"), &mut paths));
    let code: String = paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    for folder in NAMED {
        let mut files = Vec::new();
        files_below(&top().join(folder), &mut files);
        for file in files.iter().map(|file| shown(file)) {
            if !code.contains(&format!("include_str!(\"../../../{file}\")")) {
                found.push(format!(
                    "{file}: no program holds it; add an `include_str!` beside those of its folder"
                ));
            }
        }
    }
}

struct Place {
    file: String,
    pure: bool,
    is_test: bool,
}

/// Words that must not stand in a source file, line by line; comments may say anything but an open end.
fn words(place: &Place, text: &str, found: &mut Vec<String>) {
    let lines = text.lines().count();
    let excused = LONG.iter().any(|(file, _)| *file == place.file);
    if lines >= LONGEST && !excused {
        found
            .push(format!("{}: {lines} lines; look for the second idea in it (under {LONGEST})", place.file));
    }
    // Written in two halves, so that this file does not find itself.
    let open_ends = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("unimpl", "emented!"),
        concat!("to", "do!("),
    ];
    let mut in_tests = place.is_test;
    for (number, line) in text.lines().enumerate() {
        let at = format!("{}:{}", place.file, number + 1);
        if let Some(word) = open_ends.iter().find(|w| line.contains(**w)) {
            found.push(format!("{at}: `{word}` is an open end; finish it or write an issue"));
        }
        // Unit tests stand at the end of a file.
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        if in_tests || line.trim_start().starts_with("//") {
            continue;
        }
        let code = line.split(" // ").next().unwrap_or(line);
        if code.contains(concat!(".unw", "rap()")) {
            found.push(format!(
                "{at}: `unwrap` outside tests; say why it holds with `expect`, or return the error"
            ));
        }
        if place.pure
            && let Some(word) = IMPURE.iter().find(|w| code.contains(**w))
        {
            found.push(format!("{at}: `{word}` in a pure crate; pass the value in from the edge"));
        }
    }
}

/// Paths of one machine help nobody on another.
fn machine_paths(found: &mut Vec<String>) {
    let roots: Vec<String> = ["home", "Users", "root", "work"].iter().map(|r| format!("/{r}/")).collect();
    const TEXTS: &[&str] =
        &["rs", "toml", "md", "yaml", "yml", "json", "txt", "sh", "py", "html", "css", "js"];
    let mut paths = Vec::new();
    for entry in fs::read_dir(top()).into_iter().flatten().flatten().map(|e| e.path()) {
        let name = entry.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name == ".git" {
            continue;
        } else if entry.is_file() {
            paths.push(entry);
        } else {
            files_below(&entry, &mut paths);
        }
    }
    for path in paths {
        let inner = path.strip_prefix(top()).unwrap_or(&path);
        let built =
            inner.components().any(|c| matches!(c.as_os_str().to_str(), Some("target" | "node_modules")));
        let is_text = path.extension().is_none_or(|e| TEXTS.iter().any(|t| e == *t));
        // What the fuzzer kept may hold anything.
        if built || !is_text || inner.starts_with("fuzz/failures") {
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            for root in &roots {
                // `example.org/work/` is an address, not a place on a disk.
                let starts = line.match_indices(root.as_str()).any(|(i, _)| {
                    !line[..i].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}'))
                });
                if starts {
                    found.push(format!("{}:{}: `{root}` is a path of one machine", shown(&path), number + 1));
                }
            }
        }
    }
}

fn shown(path: &Path) -> String {
    path.strip_prefix(top()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let found = findings().unwrap();
        assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    }

    #[test]
    fn an_arrow_upwards_is_found() {
        let package = |name: &str, need: &str, kind: &str| Package {
            name: name.into(),
            folder: PathBuf::new(),
            needs: vec![(need.into(), kind.into())],
        };
        let findings = |p: Package| {
            let mut found = Vec::new();
            arrows(&[p], &mut found);
            found.len()
        };
        assert_eq!(findings(package("nw-facts", "nw-engine", "normal")), 1);
        assert_eq!(findings(package("nw-facts", "tokio", "normal")), 1);
        assert_eq!(findings(package("nw-facts", "proptest", "normal")), 1);
        assert_eq!(findings(package("nw-facts", "proptest", "dev")), 0);
        assert_eq!(findings(package("netwijzer", "datafusion", "normal")), 1);
        assert_eq!(findings(package("nw-new", "serde", "normal")), 1);
    }

    #[test]
    fn forbidden_words_are_found_in_code_only() {
        let check = |pure: bool, is_test: bool, text: &str| {
            let mut found = Vec::new();
            words(&Place { file: "f.rs".into(), pure, is_test }, text, &mut found);
            found.len()
        };
        let unwrap = concat!("let a = b.unw", "rap();");
        assert_eq!(check(false, false, unwrap), 1);
        assert_eq!(check(false, true, unwrap), 0);
        assert_eq!(check(false, false, &format!("#[cfg(test)]\nmod tests {{ {unwrap} }}")), 0);
        assert_eq!(check(true, false, "let t = std::time::Instant::now();"), 1);
        assert_eq!(check(false, false, "let t = std::time::Instant::now();"), 0);
        assert_eq!(check(true, false, "// std::fs is for the edge"), 0);
        assert_eq!(check(true, false, concat!("// TO", "DO later")), 1);
        assert_eq!(check(true, false, &"\n".repeat(LONGEST)), 1);
    }
}
