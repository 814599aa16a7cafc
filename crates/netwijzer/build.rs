//! Puts the knowledge folder into the program, so that the binary needs nothing else to run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use nw_guideline::{SourceSet, compile_with};

fn main() {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for every build script"));
    let knowledge = here.join("../../knowledge");
    println!("cargo::rerun-if-changed={}", knowledge.display());
    let mut files = Vec::new();
    for part in [
        "sources.toml",
        "confirmations.toml",
        "vocabulary",
        "sources",
        "source-map",
        "guidelines",
        "leaflets",
        "calendar",
    ] {
        collect(&knowledge, &knowledge.join(part), &mut files);
    }
    files.sort();
    let mut code = String::from("pub(crate) const FILES: &[(&str, &str)] = &[\n");
    for (name, path) in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "    ({name:?}, include_str!({path:?})),").expect("a string takes any text");
    }
    code.push_str("];\n");
    code.push_str("pub(crate) const EXAMPLES: &[(&str, &str)] = &[\n");
    for (name, path) in examples(&knowledge.join("examples")) {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "    ({name:?}, include_str!({path:?})),").expect("a string takes any text");
    }
    code.push_str("];\n");
    // Patterns of reports are no part of the guideline's text, but a new file of them must not be forgotten either.
    let mut reports = Vec::new();
    collect(&knowledge, &knowledge.join("reports"), &mut reports);
    reports.sort();
    code.push_str("pub(crate) const REPORTS: &[(&str, &str)] = &[\n");
    for (name, path) in &reports {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "    ({name:?}, include_str!({path:?})),").expect("a string takes any text");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it for every build script"));
    let texts = files.iter().map(|(name, path)| {
        let text = fs::read_to_string(path).unwrap_or_default();
        (name.clone(), text)
    });
    let sources = SourceSet::new(texts.collect());
    // Proofs run in the tests and in `check`; here the guideline is only written down for a quick start.
    // One with errors is embedded as texts alone, so that `check` can still show what is wrong with it.
    let exported = compile_with(&sources, "", "", false).admit().map(|g| g.export()).unwrap_or_default();
    fs::write(out.join("guideline.bin"), exported).expect("cargo's output folder can be written");
    code.push_str(
        "pub(crate) const GUIDELINE: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/guideline.bin\"));\n",
    );
    fs::write(out.join("embedded.rs"), code).expect("cargo's output folder can be written");
}

/// The example patients, for the demonstration.
fn examples(folder: &Path) -> Vec<(String, PathBuf)> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut cases: Vec<(String, PathBuf)> = files
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .map(|path| {
            let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            (name, path.canonicalize().expect("the file was just listed"))
        })
        .collect();
    cases.sort();
    cases
}

/// Adds a file, or everything below a folder, when it is part of a guideline's text.
fn collect(root: &Path, path: &Path, files: &mut Vec<(String, PathBuf)>) {
    if path.is_dir() {
        println!("cargo::rerun-if-changed={}", path.display());
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            collect(root, &entry.path(), files);
        }
    } else if path.is_file() && path.extension().is_some_and(|e| e == "toml" || e == "md") {
        let name = path.strip_prefix(root).expect("it was found below the root");
        let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        let absolute = path.canonicalize().expect("the file was just listed");
        files.push((name.join("/"), absolute));
    }
}
