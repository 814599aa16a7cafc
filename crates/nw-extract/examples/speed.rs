//! How fast reports are read: `cargo run --release -p nw-extract --example speed`, from the repository.
//!
//! Reads the whole reports of the tests one by one, again and again for some seconds on one core, and prints megabytes a second
//! by the clock and, where the system tells it, by the time the processor gave: on a busy machine the clock says less.

use std::fs;
use std::path::Path;
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
    let mut texts = Vec::new();
    for entry in fs::read_dir(here.join("tests/letters"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "txt") {
            texts.push(fs::read_to_string(path)?);
        }
    }
    // The first reading compiles the patterns.
    let found: usize = texts.iter().map(|t| grammar.extract(&vocabulary, t).findings.len()).sum();
    let (begun, given, mut bytes) = (Instant::now(), processor(), 0);
    while begun.elapsed() < Duration::from_secs(4) {
        for text in &texts {
            bytes += text.len();
            std::hint::black_box(grammar.extract(&vocabulary, text));
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
