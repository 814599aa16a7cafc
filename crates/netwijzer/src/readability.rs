//! `check --readability`: how easy the texts for patients are to read, module by module, and their hardest sentences.

use nw_facts::Language;
use nw_guideline::{CompiledGuideline, Gate, Measure, Readability, SourceSet, compile_with, readability};
use serde_json::json;

use crate::args::Format;
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::session::Session;
use crate::words::{Word, fill, say};

/// Sentences shown for each module, and in all.
const OF_EACH: usize = 3;
const IN_ALL: usize = 10;

pub(crate) fn run(session: &mut Session) -> Result<Exit, Failure> {
    let sources = match &session.folder {
        Some(folder) => knowledge::folder(folder)?,
        None => knowledge::embedded(),
    };
    let date = session.as_of.map(|d| d.to_string()).unwrap_or_default();
    let draft = compile_with(&sources, "", &date, false);
    let guideline = draft.guideline();
    if guideline.leaflets.modules.is_empty() {
        return Err(Failure::usage(Word::NoTexts, &[]));
    }
    let read = readability(&guideline.leaflets);
    let (mut asked, mut failed, mut refused) = (0, 0, 0);
    for module in &read {
        for (gate, value) in gates(guideline, module) {
            asked += 1;
            failed += usize::from(!gate.passes(value));
            refused += usize::from(!gate.passes(value) && gate.level == nw_guideline::Level::Error);
        }
    }
    match session.format {
        Format::Json => {
            for module in &read {
                let text = line(&sources, guideline, module);
                session.out.line(&text)?;
            }
        }
        Format::Text => {
            let mut paper = Paper::new();
            text(&mut paper, &sources, guideline, &read, session.language);
            if asked > 0 {
                let style = if failed > 0 { Ink::Open } else { Ink::Sure };
                let said =
                    fill(session.language, Word::ReadingGates, &[&failed.to_string(), &asked.to_string()]);
                paper.blank();
                paper.line(0, 2, &[ink(style, said)]);
            }
            session.out.text(&paper.take())?;
        }
    }
    session.out.flush()?;
    Ok(if refused > 0 { Exit::Findings } else { Exit::Done })
}

/// The gates that are about a module in this language, each with what was measured.
fn gates<'g>(guideline: &'g CompiledGuideline, read: &Readability) -> Vec<(&'g Gate, f64)> {
    let gates = guideline.leaflets.gates.iter();
    gates
        .filter(|g| g.language == read.language && g.is_about(&read.module))
        .filter_map(|g| read.counts.measure(g.measure).map(|value| (g, value)))
        .collect()
}

/// The scores of a language, easiest to compare first.
fn scores(language: Language) -> &'static [Measure] {
    match language {
        Language::Nl => &[Measure::FleschDouma, Measure::LeesindexA, Measure::Lix],
        Language::En => &[Measure::FleschKincaid, Measure::Flesch, Measure::Lix],
    }
}

/// A number as people of this language write it.
fn number(value: f64, language: Language) -> String {
    let text = format!("{value:.1}");
    if language == Language::Nl { text.replace('.', ",") } else { text }
}

fn text(
    paper: &mut Paper,
    sources: &SourceSet,
    guideline: &CompiledGuideline,
    read: &[Readability],
    language: Language,
) {
    let count = guideline.leaflets.modules.len().to_string();
    paper.line(0, 2, &[ink(Ink::Strong, fill(language, Word::ReadingHead, &[&count]))]);
    paper.blank();
    for module in read.iter().filter(|m| m.counts.words > 0) {
        let tongue = if module.language == Language::Nl { "nl" } else { "en" };
        let failed: Vec<Measure> = gates(guideline, module)
            .into_iter()
            .filter(|(g, v)| !g.passes(*v))
            .map(|(g, _)| g.measure)
            .collect();
        let mut pieces = Vec::new();
        for measure in scores(module.language) {
            let Some(value) = module.counts.measure(*measure) else { continue };
            let style = if failed.contains(measure) { Ink::Open } else { Ink::Sure };
            pieces.push(ink(style, format!("{} {}", measure.id(), number(value, language))));
            pieces.push(ink(Ink::Plain, "  "));
        }
        let get = |m: Measure| number(module.counts.measure(m).unwrap_or_default(), language);
        let said = fill(
            language,
            Word::ReadingLine,
            &[
                &module.counts.words.to_string(),
                &get(Measure::SentenceWords),
                &module.counts.longest.to_string(),
                &get(Measure::ShortSentences),
                &get(Measure::Passive),
                &get(Measure::LongWords),
            ],
        );
        paper.row(0, &[ink(Ink::Strong, format!("{} {tongue}", module.module))], 30, &pieces);
        paper.line(4, 4, &[ink(Ink::Faint, said)]);
    }
    for tongue in [Language::Nl, Language::En] {
        let mut all: Vec<_> = read
            .iter()
            .filter(|m| m.language == tongue)
            .flat_map(|m| m.sentences.iter().take(OF_EACH))
            .collect();
        all.sort_by_key(|h| std::cmp::Reverse((h.counts.words, h.counts.over_ten)));
        let mark = if tongue == Language::Nl { "nl" } else { "en" };
        paper.heading(&format!("{} ({mark})", say(language, Word::ReadingHardest)));
        for heavy in all.into_iter().take(IN_ALL) {
            let words = fill(language, Word::ReadingWords, &[&heavy.counts.words.to_string()]);
            let place = place(sources, &heavy.place);
            paper.line(
                2,
                4,
                &[ink(Ink::Plain, &*heavy.text), ink(Ink::Faint, format!(" ({words}, {place})"))],
            );
        }
    }
}

fn place(sources: &SourceSet, at: &nw_guideline::Place) -> String {
    let text = sources.get(&at.file).unwrap_or_default();
    let before = text.get(..at.span.start).unwrap_or_default();
    format!("{}:{}", at.file, before.matches('\n').count() + 1)
}

fn line(sources: &SourceSet, guideline: &CompiledGuideline, read: &Readability) -> String {
    let measures: serde_json::Map<String, serde_json::Value> = Measure::ALL
        .iter()
        .filter(|(m, _)| match m {
            Measure::FleschDouma | Measure::LeesindexA => read.language == Language::Nl,
            Measure::Flesch | Measure::FleschKincaid => read.language == Language::En,
            _ => true,
        })
        .filter_map(|(m, id)| {
            read.counts.measure(*m).map(|v| ((*id).to_string(), json!((v * 10.0).round() / 10.0)))
        })
        .collect();
    let failed: Vec<&str> = gates(guideline, read)
        .into_iter()
        .filter(|(g, v)| !g.passes(*v))
        .map(|(g, _)| g.measure.id())
        .collect();
    let sentences: Vec<serde_json::Value> = read
        .sentences
        .iter()
        .take(OF_EACH)
        .map(|h| json!({"text": h.text, "words": h.counts.words, "place": place(sources, &h.place)}))
        .collect();
    json!({
        "module": read.module,
        "language": if read.language == Language::Nl { "nl" } else { "en" },
        "words": read.counts.words, "sentences": read.counts.sentences, "syllables": read.counts.syllables,
        "measures": measures, "failed": failed, "hardest": sentences,
    })
    .to_string()
}
