//! Fuzzing on the stable toolchain: changes seeds at random, runs a target in this process, keeps what failed.
//!
//! Coverage-guided fuzzing with the same targets is `cargo +nightly fuzz run --features libfuzzer TARGET`.

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::knowledge::{files_below, read, top};

/// An input that takes longer than this is a finding too.
const SLOW: Duration = Duration::from_secs(10);
/// Longer inputs are cut: large texts find little that small ones do not, at a hundredth of the speed.
const LONGEST: usize = 8 * 1024;

/// Tokens that the languages of the targets are made of.
const WORDS: &[&str] = &[
    "any",
    "not ",
    "not-applicable",
    "not-done",
    " or ",
    " and ",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "..",
    "<",
    "<=",
    ">",
    ">=",
    "=",
    "!=",
    "$",
    "|",
    "\\|",
    "\n",
    "\r\n",
    "> ",
    "**Never** ",
    "**Case** ",
    "**Convention** ",
    "**Agree** ",
    "**Property** ",
    "**Derive** ",
    "**Departure** ",
    "### Table ",
    "### Cases ",
    "## ",
    "---\n",
    "- kind: ",
    "- each: ",
    "{edition}",
    "→ ",
    "~ ",
    "asks ",
    "because row ",
    "given ",
    "expect ",
    "when ",
    "assume ",
    "answer ",
    "for ",
    "%",
    " mm",
    " cm",
    " /2mm2",
    "mg/24h",
    "0",
    "9999999999999999999999999999",
    "-1",
    "1,5",
    "1.5",
    "½",
    "≤",
    "é",
    "\u{2028}",
    "\u{0}",
    "\u{feff}",
    "unknown",
    "tussen ",
    " tot ",
    "ca. ",
    "```",
    "[[fact]]",
    "\"\"\"",
    "missing ",
    "known ",
    "^2",
    "pi",
];

/// Runs a target for some seconds; true when nothing failed.
pub fn run(target: &str, seconds: u64, seed: u64) -> Result<bool, String> {
    let Some((name, function)) = nw_fuzz::TARGETS.iter().find(|(name, _)| *name == target) else {
        let names: Vec<&str> = nw_fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
        return Err(format!("`{target}` is not a target; expected one of {}", names.join(", ")));
    };
    let seeds = seeds(name)?;
    let failures = top().join("fuzz/failures").join(name);
    // A stack that overflows cannot be caught: the input under test is on disk before it runs.
    let running = top().join("target/fuzz");
    fs::create_dir_all(&running).map_err(|e| format!("`{}` cannot be made: {e}", running.display()))?;
    let running = running.join(format!("{name}.running"));
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut random = fastrand::Rng::with_seed(seed);
    let mut pool = seeds.clone();
    let started = Instant::now();
    let (mut runs, mut slowest, mut kept) = (0u64, Duration::ZERO, 0usize);
    while started.elapsed() < Duration::from_secs(seconds) {
        let input = change(&mut random, &pool);
        fs::write(&running, &input).map_err(|e| format!("`{}` cannot be written: {e}", running.display()))?;
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| function(&input)));
        let took = began.elapsed();
        runs += 1;
        slowest = slowest.max(took);
        let why = match outcome {
            Err(panic) => Some(words(&*panic)),
            Ok(()) if took > SLOW => Some(format!("took {:.1} s", took.as_secs_f64())),
            Ok(()) => None,
        };
        match why {
            Some(why) => {
                let small = shrink(*function, input, took);
                let path = keep(&failures, &small)?;
                println!(
                    "{name}: {why}\n    kept as {}",
                    path.strip_prefix(top()).unwrap_or(&path).display()
                );
                kept += 1;
                if kept >= 20 {
                    break;
                }
            }
            // Now and then a changed text becomes a seed itself, so that changes pile up.
            None if random.usize(..64) == 0 => {
                if pool.len() < 4 * seeds.len() + 64 {
                    pool.push(input);
                } else {
                    let at = random.usize(seeds.len()..pool.len());
                    pool[at] = input;
                }
            }
            None => {}
        }
    }
    std::panic::set_hook(loud);
    let _ = fs::remove_file(&running);
    println!(
        "{name}: {runs} texts in {} s from {} seeds, slowest {} ms, {kept} failures; seed {seed}",
        started.elapsed().as_secs(),
        seeds.len(),
        slowest.as_millis()
    );
    Ok(kept == 0)
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_string()
}

/// The target's own seeds, everything that failed before, and sections of the real knowledge.
fn seeds(name: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut paths = Vec::new();
    files_below(&top().join("fuzz/seeds").join(name), &mut paths);
    files_below(&top().join("fuzz/failures").join(name), &mut paths);
    let mut seeds: Vec<Vec<u8>> = paths.iter().filter_map(|p| fs::read(p).ok()).collect();
    match name {
        "chapter_text" => {
            for (letter, file) in
                [('v', "vocabulary"), ('s', "sources"), ('m', "guideline"), ('p', "parameters")]
            {
                if let Ok(text) = fs::read_to_string(top().join(format!("fuzz/prelude/{file}.toml"))) {
                    seeds.push(format!("!{letter}\n{text}").into_bytes());
                }
            }
            if let Ok(knowledge) = read(&top().join("knowledge")) {
                for (_, text) in knowledge.files().filter(|(path, _)| path.ends_with(".md")) {
                    let front = text.find("\n## ").map_or("", |end| &text[..end]);
                    seeds.extend(
                        text.split("\n## ")
                            .skip(1)
                            .map(|s| format!("{front}\n## {s}"))
                            .filter(|s| s.len() < LONGEST)
                            .map(String::into_bytes),
                    );
                }
            }
        }
        "case_file" => {
            let mut examples = Vec::new();
            files_below(&top().join("knowledge/examples"), &mut examples);
            seeds.extend(examples.iter().filter_map(|p| fs::read(p).ok()));
        }
        _ => {}
    }
    if seeds.is_empty() {
        return Err(format!("`fuzz/seeds/{name}` holds no seed; put one small valid text there"));
    }
    Ok(seeds)
}

/// One to eight changes: splice, flip, duplicate, truncate, insert a token, exchange lines.
fn change(random: &mut fastrand::Rng, pool: &[Vec<u8>]) -> Vec<u8> {
    let mut text = pool[random.usize(..pool.len())].clone();
    for _ in 0..=random.usize(..8) {
        let at = random.usize(..=text.len());
        match random.usize(..9) {
            0 => {
                let other = &pool[random.usize(..pool.len())];
                let from = random.usize(..=other.len());
                let to = (from + random.usize(..=256)).min(other.len());
                text.splice(at..at, other[from..to].iter().copied());
            }
            1 if at < text.len() => text[at] ^= 1 << random.usize(..8),
            2 => {
                let end = (at + random.usize(..=128)).min(text.len());
                let piece = text[at..end].to_vec();
                for _ in 0..=random.usize(..3) {
                    text.splice(at..at, piece.iter().copied());
                }
            }
            3 if random.usize(..4) == 0 => text.truncate(at),
            4 => {
                let end = (at + random.usize(..=32)).min(text.len());
                text.drain(at..end);
            }
            5 | 6 => {
                let word = WORDS[random.usize(..WORDS.len())];
                let end = if random.bool() { at } else { (at + word.len()).min(text.len()) };
                text.splice(at..end, word.bytes());
            }
            7 => {
                let mut lines: Vec<Vec<u8>> = text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
                let (a, b) = (random.usize(..lines.len()), random.usize(..lines.len()));
                lines.swap(a, b);
                text = lines.join(&b'\n');
            }
            _ => {
                // Nesting, the classic: the same opening many times.
                let word = ["(", "{", "[", "> ", "not ", "- ", "not ("][random.usize(..7)];
                let many = word.repeat(1 << random.usize(..12));
                text.splice(at..at, many.bytes());
            }
        }
    }
    text.truncate(LONGEST);
    text
}

/// Drops pieces as long as the text still fails, so that the kept file shows little but the fault.
fn shrink(function: fn(&[u8]), mut text: Vec<u8>, took: Duration) -> Vec<u8> {
    let fails = |text: &[u8]| catch_unwind(AssertUnwindSafe(|| function(text))).is_err();
    if took > SLOW || !fails(&text) {
        return text;
    }
    let started = Instant::now();
    let mut piece = text.len() / 2;
    while piece > 0 && started.elapsed() < Duration::from_secs(20) {
        let mut at = 0;
        while at + piece <= text.len() {
            let mut less = text.clone();
            less.drain(at..at + piece);
            if fails(&less) {
                text = less;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    text
}

fn keep(folder: &Path, text: &[u8]) -> Result<PathBuf, String> {
    fs::create_dir_all(folder).map_err(|e| format!("`{}` cannot be made: {e}", folder.display()))?;
    // FNV-1a: a short stable name, so that the same failure is kept once.
    let hash =
        text.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    let path = folder.join(format!("{hash:016x}.txt"));
    fs::write(&path, text).map_err(|e| format!("`{}` cannot be written: {e}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_once_does_not_fail_again() {
        for (name, function) in nw_fuzz::TARGETS {
            let mut paths = Vec::new();
            files_below(&top().join("fuzz/failures").join(name), &mut paths);
            for path in paths {
                function(&fs::read(&path).unwrap());
            }
        }
    }

    #[test]
    fn every_seed_runs() {
        for (name, function) in nw_fuzz::TARGETS {
            let mut paths = Vec::new();
            files_below(&top().join("fuzz/seeds").join(name), &mut paths);
            assert!(!paths.is_empty(), "`{name}` has no seeds");
            paths.iter().for_each(|p| function(&fs::read(p).unwrap()));
        }
    }

    /// Calls that are refused at once would look as clean as good ones.
    #[test]
    fn the_calls_of_hooks_reach_every_card() {
        let mut paths = Vec::new();
        files_below(&top().join("fuzz/seeds/hooks_call"), &mut paths);
        let calls = paths.iter().filter_map(|p| nw_fuzz::called(&fs::read(p).unwrap()));
        let topics: std::collections::BTreeSet<String> =
            calls.flatten().map(|c| c.source.topic.code).collect();
        let expected = [
            "contradictions",
            "everything",
            "grade-open",
            "grade-possible",
            "not-read",
            "questions",
            "tests",
        ];
        assert_eq!(topics.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_chapter_with_every_construct_has_no_error() {
        let files = vec![
            ("vocabulary/v.toml".into(), include_str!("../../fuzz/prelude/vocabulary.toml").into()),
            ("sources.toml".into(), include_str!("../../fuzz/prelude/sources.toml").into()),
            (
                "guidelines/mini/guideline.toml".into(),
                include_str!("../../fuzz/prelude/guideline.toml").into(),
            ),
            (
                "guidelines/mini/10-mini.md".into(),
                include_str!("../../fuzz/seeds/chapter_text/whole.md").into(),
            ),
        ];
        let draft = nw_guideline::compile(&nw_guideline::SourceSet::new(files), "", "");
        let mut findings = draft.diagnostics().to_vec();
        findings.extend(nw_engine::check_cases(draft.guideline()));
        findings.retain(|d| d.level() == nw_guideline::Level::Error);
        assert!(findings.is_empty(), "{findings:#?}");
    }

    #[test]
    fn changes_stay_short_and_repeat_with_the_seed() {
        let pool = vec![b"one\ntwo".to_vec(), vec![b'x'; 3 * LONGEST]];
        let mut one = fastrand::Rng::with_seed(3);
        let mut two = fastrand::Rng::with_seed(3);
        for _ in 0..200 {
            let text = change(&mut one, &pool);
            assert!(text.len() <= LONGEST);
            assert_eq!(text, change(&mut two, &pool));
        }
    }
}
