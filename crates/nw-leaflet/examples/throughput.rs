//! How many papers a second become PDF and HTML, with so many threads.
//!
//! `cargo run --release -p nw-leaflet --example throughput -- 2 10` runs two threads for ten seconds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nw_facts::Language;
use nw_leaflet::{House, Paper, Print, html_by, pdf_by};

// The measurement needs one of the samples; the tests use all of them.
#[allow(dead_code)]
#[path = "../tests/samples/mod.rs"]
mod samples;

/// Papers of different people: the same leaflet with another name, so that nothing is the work of the paper before.
fn paper(number: usize) -> Paper {
    let language = if number.is_multiple_of(2) { Language::Nl } else { Language::En };
    samples::leaflet(language, Print::Normal, &format!("Persoon {number}"))
}

fn measure(name: &str, threads: usize, time: Duration, make: impl Fn(&Paper) -> usize + Sync) {
    let (done, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let _press = nw_leaflet::Press::begin();
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while begin.elapsed() < time {
                    let number = done.fetch_add(1, Ordering::Relaxed);
                    bytes.fetch_add(make(&paper(number)), Ordering::Relaxed);
                }
            });
        }
    });
    let (done, seconds) = (done.into_inner(), begin.elapsed().as_secs_f64());
    println!(
        "{name}: {done} in {seconds:.1} s on {threads} threads: {:.1} a second, {} bytes each",
        done as f64 / seconds,
        bytes.into_inner() / done.max(1)
    );
}

fn main() {
    let number =
        |at: usize, other: usize| std::env::args().nth(at).and_then(|a| a.parse().ok()).unwrap_or(other);
    let (threads, seconds) = (number(1, 2), number(2, 10));
    let time = Duration::from_secs(seconds as u64);
    let house = samples::house();
    // The letters are read once, before the clock runs.
    let first = pdf_by(&paper(0), &house).expect("typeset");
    println!("first: {} bytes", first.len());
    measure("html", threads, time, |p| html_by(p, &house).len());
    measure("pdf, one hospital", threads, time, |p| pdf_by(p, &house).map_or(0, |b| b.len()));
    measure("pdf, no hospital", threads, time, |p| pdf_by(p, &House::default()).map_or(0, |b| b.len()));
}
