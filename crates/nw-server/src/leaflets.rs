//! Which papers a patient can take home, and each of them made from what the guideline says of that patient.

use nw_facts::Language;
use nw_leaflet::{Block, Paper, Print};
use nw_render::letter::Stamp;
use nw_render::view::View;

use crate::app::App;

/// A paper that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Its lasting name.
    pub id: String,
    pub title: String,
    /// Made for this patient; the others are the same for everybody.
    pub own: bool,
}

/// The leaflet that tells a patient what holds for them.
const PERSONAL: &str = "personal";
/// Conclusions that name subjects of leaflets.
const TOPIC: &str = "topic.";

/// Every paper there is, in the order in which they are offered.
pub(crate) fn offers(app: &App, language: Language) -> Vec<Offer> {
    let vocabulary = &app.guideline.vocabulary;
    let title = match language {
        Language::En => "Personal leaflet",
        Language::Nl => "Persoonlijke folder",
    };
    let personal = Offer { id: PERSONAL.to_string(), title: title.to_string(), own: true };
    let topics = app.guideline.conclusions.iter().map(|c| vocabulary.conclusion(c.idx));
    let topics = topics.filter(|def| def.id.starts_with(TOPIC)).map(|def| Offer {
        id: def.id.clone(),
        title: crate::reason::capital(def.label.get(language)),
        own: false,
    });
    std::iter::once(personal).chain(topics).collect()
}

/// A paper for a patient; nothing when no paper has this name.
pub(crate) fn paper(app: &App, view: &View, id: &str, stamp: &Stamp) -> Option<Paper> {
    let language = stamp.language;
    let offer = offers(app, language).into_iter().find(|o| o.id == id)?;
    let mut blocks = vec![Block::heading(1, offer.title.as_str())];
    let answers = view.groups.iter().flat_map(|g| &g.answers).filter(|a| a.id.starts_with(TOPIC));
    for answer in answers.filter(|a| !a.values.is_empty() && (offer.own || a.id == id)) {
        blocks.push(Block::heading(2, crate::reason::capital(&answer.label)));
        let items = answer.values.iter().map(|v| vec![v.as_str().into()]).collect();
        blocks.push(Block::List { items });
    }
    Some(stamp.paper(app.guideline, offer.title, blocks))
}

/// The size of the letters, as addresses and forms write it.
pub(crate) fn print_of(word: &str) -> Option<Print> {
    match word {
        "normal" => Some(Print::Normal),
        "large" => Some(Print::Large),
        _ => None,
    }
}
