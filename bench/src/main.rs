//! `cargo run --release`: workload W1 one case at a time and in a loop, against other rule engines.
//!
//! All engines see the same cases in the same run and must give the same outcomes before anything is timed.
//! How to run it and what the figures mean stands in `docs/benchmarks.md`.

mod case;
mod cases;
mod engine;
mod engines;
mod measure;
mod netwijzer;
mod reference;
mod report;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Parser;

/// Measures rule engines on workload W1.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// How many cases: reads target/w1/w1-<ROWS>.csv as w1.py wrote it, or draws stand-ins if there is none.
    #[arg(long, default_value_t = 10_000)]
    rows: usize,
    /// How many interleaved rounds.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Only check the reference function against the case file and the published figures.
    #[arg(long)]
    check: bool,
    /// Write the ratios between the markers of this document.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/w1");
    let file = folder.join(format!("w1-{}.csv", options.rows));
    let cases::Cases { cases, expected, origin } = if file.exists() {
        cases::read(&file)?
    } else {
        eprintln!("`{}` does not exist: stand-in cases of the same distribution (see w1.py)", file.display());
        cases::draw(options.rows)?
    };
    println!("{origin}");
    if options.check {
        return Ok(());
    }

    let mut engines = engines::all()?;
    for engine in &mut engines {
        measure::cross_check(engine.as_mut(), &cases, &expected)?;
    }
    println!("{} engines agree on all cases", engines.len());

    let figures = measure::measure(&mut engines, &cases, options.rounds)?;
    let lines: Vec<report::Line> = engines
        .iter_mut()
        .zip(figures)
        .map(|(engine, figures)| report::Line {
            name: engine.name(),
            package: engine.package(),
            figures,
            silence: report::silence(engine.as_mut(), &cases),
        })
        .collect();
    println!("\n{}", report::absolute(&lines));
    let section = report::section(&lines, &origin, options.rounds, &folder.join("build-times.csv"))?;
    match options.write {
        Some(document) => report::write(&document, &section)?,
        None => println!("{section}"),
    }
    Ok(())
}
