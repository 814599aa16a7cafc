//! Writes every kind of paper with invented words, as PDF, HTML and text, to a folder: for looking at them.
//!
//! `cargo run -p nw-leaflet --example samples -- target/papers`

use std::path::PathBuf;

use nw_facts::Language;
use nw_leaflet::{Print, html_by, inspect, pdf_by, text_by};

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/papers".to_string()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let house = samples::house();
    for (language, tag) in [(Language::Nl, "nl"), (Language::En, "en")] {
        for (print, size) in [(Print::Normal, "a4"), (Print::Large, "large")] {
            for (name, paper) in samples::all(language, print) {
                let place = |ending: &str| folder.join(format!("{name}-{tag}-{size}.{ending}"));
                std::fs::write(place("html"), html_by(&paper, &house)).expect("written");
                std::fs::write(place("txt"), text_by(&paper, &house)).expect("written");
                match pdf_by(&paper, &house) {
                    Ok(bytes) => std::fs::write(place("pdf"), bytes).expect("written"),
                    Err(error) => println!("{name} {tag} {size}: {error}"),
                }
                if let Ok(seen) = inspect(&paper, &house) {
                    println!("{name} {tag} {size}: {} pages, clean: {}", seen.pages, seen.is_clean());
                    if !seen.is_clean() {
                        println!("    {seen:?}");
                    }
                }
            }
        }
    }
}
