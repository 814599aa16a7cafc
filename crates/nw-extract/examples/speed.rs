//! How fast reports are read: `cargo run --release -p nw-extract --example speed`, from the repository.
//!
//! Reads the reports of the tests, or those below a folder that is named, again and again for some seconds on one core, and prints megabytes a second by
//! the clock and, where the system tells it, by the time the processor gave: on a busy machine the clock says less. A number
//! behind the folder says how many reports are read together; without one each is read alone, as the workbench does.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nw_extract::Grammar;
use nw_guideline::{SourceSet, compile_with};

fn below(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            below(root, &path, files)?;
        } else if path.extension().is_some_and(|e| e == "md" || e == "toml") {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(())
}

fn reports(folder: &Path, texts: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            reports(&path, texts)?;
        } else if path.extension().is_some_and(|e| e == "txt") {
            texts.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

/// The time that the processor gave this program.
fn processor() -> Option<Duration> {
    let told = fs::read_to_string("/proc/self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.join("../../knowledge");
    let mut files = Vec::new();
    below(&root, &root.join("vocabulary"), &mut files)?;
    let vocabulary = compile_with(&SourceSet::new(files), "", "", false).guideline().vocabulary.clone();
    let mut patterns = Vec::new();
    below(&root, &root.join("reports"), &mut patterns)?;
    let patterns: Vec<(&str, &str)> = patterns.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let Ok(grammar) = Grammar::read(&patterns, &vocabulary) else {
        return Err(std::io::Error::other("the patterns have faults; `netwijzer check` names them"));
    };
    let asked = std::env::args().nth(1).map_or_else(|| here.join("tests/letters"), PathBuf::from);
    let mut texts = Vec::new();
    reports(&asked, &mut texts)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(1_usize).max(1);
    // The first reading compiles the patterns.
    let begun = Instant::now();
    let found: usize = texts.iter().map(|t| grammar.extract(&vocabulary, t).findings.len()).sum();
    println!("first reading: {:.2} s", begun.elapsed().as_secs_f64());
    let (begun, given, mut bytes) = (Instant::now(), processor(), 0);
    while begun.elapsed() < Duration::from_secs(4) {
        for some in texts.chunks(together) {
            bytes += some.iter().map(|t| t.len()).sum::<usize>();
            std::hint::black_box(grammar.extract_all(&vocabulary, some));
        }
    }
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    print!(
        "{} reports, {found} findings each time: {:.2} MB/s by the clock",
        texts.len(),
        rate(begun.elapsed())
    );
    match processor().zip(given).and_then(|(now, then)| now.checked_sub(then)).filter(|t| !t.is_zero()) {
        Some(time) => println!(", {:.2} MB/s on one core", rate(time)),
        None => println!(),
    }
    Ok(())
}
