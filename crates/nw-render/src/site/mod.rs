//! The guideline as a site: one folder of plain pages for each language, without a server and without a build step.
//!
//! In: a compiled guideline, its texts and what there is to say about it. Out: (path, text) pairs. The same path in the
//! other language is the same page, and anchors are ids, so that a link stays right when a title is edited.

mod chain;
mod context;
mod frame;
mod lists;
mod pages;
mod prose;
mod search;
mod tables;

use nw_facts::Language;
use nw_guideline::{CompiledGuideline, Diagnostic, SourceSet};

use context::Context;

/// The stylesheet of everything netwijzer shows in a browser.
pub const STYLE: &str = include_str!("../../assets/site.css");

/// Search, and a language switch that keeps the place; pages work without it.
pub const SCRIPT: &str = include_str!("../../assets/site.js");

/// Every file of the site with its path.
///
/// `findings` are those of the compiler and of the cases; the page on coverage counts them.
pub fn site(
    texts: &SourceSet,
    guideline: &CompiledGuideline,
    findings: &[Diagnostic],
) -> Vec<(String, String)> {
    let context = Context::new(texts, guideline, findings);
    let mut files = vec![
        ("assets/site.css".to_string(), STYLE.to_string()),
        ("assets/site.js".to_string(), SCRIPT.to_string()),
        ("index.html".to_string(), pages::doors(&context)),
    ];
    for language in [Language::Nl, Language::En] {
        let folder = match language {
            Language::Nl => "nl",
            Language::En => "en",
        };
        let all = pages::all(&context, language).into_iter().chain(lists::all(&context, language));
        files.extend(all.map(|(path, page)| (format!("{folder}/{path}"), page)));
        files.push((format!("{folder}/search-index.js"), search::index(&context, language)));
    }
    files
}
