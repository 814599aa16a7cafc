//! Which papers a patient can take home, and each of them made from what the guideline says of that patient.

use nw_engine::Options;
use nw_facts::Language;
use nw_leaflet::{Paper, Print};
use nw_render::leaflet::{Face, choose, general, sheet};
use nw_render::letter::Stamp;
use nw_store::{PatientPage, fact_set};

use crate::app::App;
use crate::error::Problem;
use crate::words::{Word, say};

/// A paper that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Its lasting name.
    pub id: String,
    pub title: String,
    /// Made for this patient; the others are the same for everybody.
    pub own: bool,
}

/// Every paper that the texts of the guideline make, in their order: first those for one patient.
pub(crate) fn offers(app: &App, language: Language) -> Vec<Offer> {
    let texts = &app.guideline.leaflets;
    let offer = |id: &str, title: &nw_facts::Text, own| Offer {
        id: id.to_string(),
        title: title.get(language).to_string(),
        own,
    };
    let own = texts.documents.iter().map(|d| offer(&d.id, &d.title, true));
    // What only makes sense beside a patient is no leaflet of its own.
    let general = texts.modules.iter().filter(|m| m.id.starts_with(TOPIC) && !m.entries.is_empty());
    own.chain(general.map(|m| offer(&m.id, &m.title, false))).collect()
}

/// Conclusions whose values are subjects of leaflets.
const TOPIC: &str = "topic.";

/// A paper for a patient; nothing when no paper has this name.
///
/// # Errors
/// The engine failed.
pub(crate) async fn paper(
    app: &App,
    record: &PatientPage,
    id: &str,
    stamp: &Stamp,
) -> Result<Option<Paper>, Problem> {
    let guideline = app.guideline;
    let texts = &guideline.leaflets;
    let own = texts.documents.iter().position(|d| d.id == id);
    let chosen = match (own, texts.modules.iter().position(|m| m.id == id)) {
        (Some(document), _) => {
            let (facts, _) = fact_set(&guideline.vocabulary, &record.facts, Some(stamp.date));
            let work = move |engine: &mut nw_engine::Engine<'static>| {
                choose(engine, &facts, &Options::default(), document)
            };
            app.desk.with(work).await.ok_or(Problem::Fault)?
        }
        (None, Some(module)) if texts.modules[module].id.starts_with(TOPIC) => {
            Some(general(guideline, &[(module, None)]))
        }
        _ => None,
    };
    let Some(chosen) = chosen else { return Ok(None) };
    let patient = if own.is_some() { record.patient.identity.name.clone() } else { String::new() };
    let face = Face {
        language: stamp.language,
        date: stamp.date,
        print: stamp.print,
        author: stamp.author.clone(),
        patient,
    };
    let mut paper = sheet(guideline, &chosen, &face).paper;
    if stamp.demo {
        paper.footer.insert(0, say(stamp.language, Word::Demo).to_string());
    }
    Ok(Some(paper))
}

/// The size of the letters, as addresses and forms write it.
pub(crate) fn print_of(word: &str) -> Option<Print> {
    match word {
        "normal" => Some(Print::Normal),
        "large" => Some(Print::Large),
        _ => None,
    }
}
