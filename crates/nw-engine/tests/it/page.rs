//! A Markdown page as a miniature knowledge folder: its fenced blocks are files, its comments say what must go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use nw_engine::check_cases;
use nw_guideline::{CompiledGuideline, Diagnostic, DiagnosticCode, Level, SourceSet, compile};

/// What a page announces above a block.
#[derive(Clone, Debug)]
pub struct Announced {
    /// `error`, `warning` or `also`.
    pub word: String,
    pub code: DiagnosticCode,
    /// The text that the finding must point at.
    pub at: Option<String>,
    /// The edit of the block that makes it happen; without one the block itself does.
    pub edit: Option<(String, String)>,
    /// Other codes that the edit cannot help raising.
    pub with: Vec<String>,
}

/// A fenced block with a path.
#[derive(Clone, Debug)]
pub struct Fence {
    pub path: String,
    pub text: String,
    pub announced: Vec<Announced>,
    /// The `##` heading above it.
    pub section: String,
    pub prelude: bool,
    /// The chapter brings its own front matter, or shows what happens without.
    pub bare: bool,
}

/// A page with its blocks.
#[derive(Clone, Debug)]
pub struct Page {
    pub name: String,
    pub text: String,
    pub fences: Vec<Fence>,
}

/// The folder of this workspace's guideline language.
pub fn language_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../nw-guideline").join(name)
}

/// All pages of a folder in name order.
pub fn pages(folder: &str) -> Vec<Page> {
    let folder = language_folder(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("the folder exists").flatten().map(|e| e.path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "md"));
    paths.sort();
    paths.iter().map(|p| read(p)).collect()
}

pub fn read(path: &Path) -> Page {
    let name = path.file_name().expect("a file has a name").to_string_lossy().to_string();
    let text = std::fs::read_to_string(path).expect("pages are text");
    let fences = fences(&name, &text);
    Page { name, text, fences }
}

fn fences(page: &str, text: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut section = String::new();
    let mut announced: Vec<Announced> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.trim().to_string();
        }
        if let Some(comment) = line.strip_prefix("<!-- ").and_then(|l| l.strip_suffix(" -->")) {
            announced.push(announcement(page, comment));
            continue;
        }
        let ticks = line.len() - line.trim_start_matches('`').len();
        if ticks < 3 {
            if !line.trim().is_empty() {
                assert!(announced.is_empty(), "{page}: no block follows the comment above `{line}`");
            }
            continue;
        }
        let info = line[ticks..].to_string();
        let end = "`".repeat(ticks);
        let mut body = String::new();
        for line in lines.by_ref().take_while(|l| *l != end) {
            body.push_str(line);
            body.push('\n');
        }
        let words: Vec<&str> = info.split_whitespace().collect();
        let Some(path) = words.iter().find(|w| w.contains('.') && !w.contains("..")) else {
            assert!(announced.is_empty(), "{page}: a block without a path announces something");
            continue;
        };
        // `{n}=1..61` writes the block once for each number.
        if let Some(range) = words.iter().find_map(|w| w.strip_prefix("{n}=")) {
            let (low, high) = range.split_once("..").expect("a range is written `1..61`");
            let (low, high): (u32, u32) = (low.parse().expect("a number"), high.parse().expect("a number"));
            body = (low..=high).map(|n| body.replace("{n}", &n.to_string())).collect();
        }
        fences.push(Fence {
            path: path.to_string(),
            text: body,
            announced: std::mem::take(&mut announced),
            section: section.clone(),
            prelude: words.contains(&"prelude"),
            bare: words.contains(&"bare"),
        });
    }
    assert!(announced.is_empty(), "{page}: a comment at the end announces nothing");
    fences
}

fn announcement(page: &str, comment: &str) -> Announced {
    let pieces: Vec<&str> = comment.split('`').collect();
    let (word, code) =
        pieces[0].split_once(':').unwrap_or_else(|| panic!("{page}: `{comment}` announces nothing"));
    let code = code.split_whitespace().next().unwrap_or("");
    let code = DiagnosticCode::ALL.iter().copied().find(|c| c.name() == code);
    let code = code.unwrap_or_else(|| panic!("{page}: `{comment}` names no diagnostic"));
    let mut found = Announced { word: word.trim().to_string(), code, at: None, edit: None, with: Vec::new() };
    assert!(["error", "warning", "also"].contains(&found.word.as_str()), "{page}: `{comment}`");
    let text = |i: usize| {
        pieces.get(i).unwrap_or_else(|| panic!("{page}: `{comment}` is cut off")).replace("\\n", "\n")
    };
    for i in (0..pieces.len()).step_by(2) {
        let before = pieces[i].split_whitespace().last().unwrap_or("");
        match before {
            "with" => found.with.push(text(i + 1)),
            "at" => found.at = Some(text(i + 1)),
            "when" => found.edit = Some((text(i + 1), text(i + 3))),
            _ => {}
        }
    }
    found
}

/// The blocks shared by all pages.
pub fn prelude() -> Vec<Fence> {
    let readme = read(&language_folder("spec").join("README.md"));
    readme.fences.into_iter().filter(|f| f.prelude).collect()
}

/// Puts blocks together into a knowledge folder; blocks of one path follow each other.
pub fn assemble<'a>(fences: impl IntoIterator<Item = &'a Fence>, prelude: &[Fence]) -> SourceSet {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut bare = BTreeSet::new();
    let mut everything = String::new();
    for fence in fences {
        let file = files.entry(fence.path.clone()).or_default();
        if !file.is_empty() {
            file.push('\n');
        }
        file.push_str(&fence.text);
        everything.push_str(&fence.text);
        if fence.bare {
            bare.insert(fence.path.clone());
        }
    }
    for fence in prelude {
        if fence.path == "sources.toml" {
            files.entry(fence.path.clone()).or_insert_with(|| fence.text.clone());
        } else {
            // A page takes in what it names, so that nothing is declared in vain.
            files.insert(fence.path.clone(), named_entries(&fence.text, &everything));
        }
    }
    let mut chapters = Vec::new();
    for (path, text) in files.iter_mut().filter(|(p, _)| p.starts_with("guidelines/") && p.ends_with(".md")) {
        let name = path.rsplit('/').next().unwrap_or(path).to_string();
        if !bare.contains(path) && !text.starts_with("---") {
            let id = name.trim_end_matches(".md");
            *text = format!("---\nid: {id}\nen: {id}\nnl: {id}\n---\n\n{text}");
        }
        chapters.push(format!("\"{name}\""));
    }
    files.entry("guidelines/spec/guideline.toml".to_string()).or_insert_with(|| {
        format!(
            "id = \"spec\"\nedition = \"1\"\nvalid-from = \"2026-01-01\"\nen = \"Specification\"\nnl = \"Specificatie\"\nchapters = [{}]\n",
            chapters.join(", ")
        )
    });
    SourceSet::new(files.into_iter().collect())
}

fn named_entries(prelude: &str, everything: &str) -> String {
    let mut entries: Vec<String> = Vec::new();
    for line in prelude.lines() {
        if ["[[fact]]", "[[conclusion]]"].contains(&line) {
            entries.push(String::new());
        }
        if let Some(entry) = entries.last_mut() {
            entry.push_str(line);
            entry.push('\n');
        }
    }
    let is_named = |entry: &String| {
        let id = entry.lines().find_map(|l| l.strip_prefix("id = \"")).and_then(|l| l.strip_suffix('"'));
        id.is_some_and(|id| everything.contains(id))
    };
    entries.retain(is_named);
    entries.concat()
}

/// What came of a folder.
pub struct Found {
    pub findings: Vec<Diagnostic>,
    /// The guideline, when it was admitted.
    pub guideline: Option<CompiledGuideline>,
}

/// Compiles a folder and runs its cases, and checks that every finding is well formed.
pub fn run(sources: &SourceSet) -> Found {
    let draft = compile(sources, "", "");
    let mut findings = draft.diagnostics().to_vec();
    let guideline = draft.admit().ok();
    findings.extend(guideline.iter().flat_map(check_cases));
    if let Some(guideline) = &guideline {
        // Schedules of the calendar are read beside the guideline, by the crate that plans with them.
        let (schedules, found) = nw_calendar::read(sources, guideline);
        let sound = found.is_empty();
        findings.extend(found);
        findings.extend(sound.then(|| nw_calendar::check(&schedules)).into_iter().flatten());
    }
    for finding in &findings {
        well_formed(sources, finding);
    }
    Found { findings, guideline }
}

fn well_formed(sources: &SourceSet, finding: &Diagnostic) {
    let shown = show(sources, finding);
    if let Some(text) = sources.get(&finding.file) {
        assert!(
            text.get(finding.span.clone()).is_some(),
            "the span cuts a character or leaves the file: {shown}"
        );
    } else {
        assert!(finding.code == DiagnosticCode::BadFrontMatter, "the file does not exist: {shown}");
    }
    assert!(!finding.message.en.is_empty() && !finding.message.en.ends_with('.'), "no full stop: {shown}");
    assert!(!finding.help.is_empty(), "what to do next is missing: {shown}");
    let first = finding.message.en.chars().next().unwrap_or('x');
    assert!(!first.is_uppercase(), "messages start in lower case: {shown}");
    for said in [&finding.message, &finding.help] {
        let both = format!("{shown}\n    nl: {}", said.nl);
        assert!(!said.nl.is_empty() && said.nl != said.en, "not told in Dutch: {both}");
        assert_eq!(said.nl.ends_with('.'), said.en.ends_with('.'), "full stops differ: {both}");
    }
}

/// The text that a finding points at.
pub fn excerpt<'s>(sources: &'s SourceSet, finding: &Diagnostic) -> &'s str {
    sources.get(&finding.file).and_then(|t| t.get(finding.span.clone())).unwrap_or("")
}

/// A finding as one line, for messages of failing tests.
pub fn show(sources: &SourceSet, finding: &Diagnostic) -> String {
    let patient = finding.patient.as_ref().map_or(String::new(), |p| format!(" [{}]", p.en));
    let at = excerpt(sources, finding);
    format!(
        "{} at `{at}` in {}: {} — {}{patient}",
        finding.code.name(),
        finding.file,
        finding.message.en,
        finding.help.en
    )
}

/// The codes found at a level.
pub fn codes(findings: &[Diagnostic], level: Level) -> BTreeSet<&'static str> {
    findings.iter().filter(|f| f.level() == level).map(|f| f.code.name()).collect()
}
