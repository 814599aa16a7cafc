//! Texts for patients: topics to values, conditions to tests, English beside Dutch.

use crate::leaflets::{
    DocumentKind, DocumentPart, Entry, Layout, LeafletDocument, Leaflets, Module, Piece, Said, Sentence,
    Shape, TextBlock, TextCondition,
};
use crate::sources::SourceSet;
use crate::syntax::files::{self, LeafletManifest};
use crate::syntax::leaflet::{self, Attributes, RawModule, RawPart, RawShape, RawTopic, attribute};

use super::*;

mod pieces;

/// Where the texts lie.
const FOLDER: &str = "leaflets/";
const MANIFEST: &str = "leaflets/leaflets.toml";

/// Conclusions that begin so are topics: each of their values has a text.
const TOPIC: &str = "topic.";
/// The module of the treatments, and how the conclusions about them begin.
const OPTIONS: &str = "option";
const OPTION: &str = "option.";
/// The module of what counts for and against them, and how the conclusions that collect it end.
const POINTS: &str = "points";
const POINT: &str = ".points";
/// The module of what is told to everybody; its topics have headings of their own.
const GENERAL: &str = "general";
/// What is told of every option, in this order.
const TOLD: [&str; 5] = ["means", "benefit", "harm", "burden", "asks"];

impl Resolver<'_> {
    /// Reads all texts of a folder; a folder without them has none.
    pub fn leaflets(&mut self, sources: &SourceSet) -> Leaflets {
        let mut leaflets = Leaflets { digest: sources.texts_digest(), ..Leaflets::default() };
        let mut first: Option<Place> = None;
        for (path, text) in sources.files() {
            if !path.starts_with(FOLDER) || !path.ends_with(".md") || path.ends_with("/README.md") {
                continue;
            }
            let raw = leaflet::parse(path, text, self.diagnostics);
            first.get_or_insert_with(|| raw.place.clone());
            if let Some(module) = self.module(&raw, &mut leaflets.conditions) {
                match leaflets.modules.iter().any(|m| m.id == module.id) {
                    true => self.report(
                        DiagnosticCode::DuplicateId,
                        &module.place,
                        said!(
                            "two files hold the texts of `{}`",
                            "twee bestanden bevatten de teksten van `{}`",
                            module.id
                        ),
                        said!("put them into one", "voeg ze samen"),
                    ),
                    false => leaflets.modules.push(module),
                }
            }
        }
        let manifest = sources.get(MANIFEST).map(|text| files::leaflets(MANIFEST, text, self.diagnostics));
        let at = match (&manifest, first) {
            // Documents of no texts are none.
            (_, None) => return leaflets,
            (None, Some(first)) => {
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &first,
                    said!(
                        "there are texts and nothing says which documents they make",
                        "er zijn teksten en niets zegt welke documenten zij vormen"
                    ),
                    said!("add `leaflets/leaflets.toml`", "voeg `leaflets/leaflets.toml` toe"),
                );
                first
            }
            (Some(_), Some(_)) => Place { file: MANIFEST.into(), span: 0..0 },
        };
        self.complete(&leaflets, &at);
        let place = |id: &str| {
            let idx = self.vocabulary.find_conclusion(id);
            idx.map_or(usize::MAX, |idx| usize::from(idx.0))
        };
        leaflets.modules.sort_by_key(|m| place(&m.id));
        if let Some(manifest) = manifest {
            self.documents(manifest, &mut leaflets);
        }
        leaflets
    }

    /// Whether every value of every topic, and every option that has a module, has its text.
    fn complete(&mut self, leaflets: &Leaflets, at: &Place) {
        let vocabulary = self.vocabulary;
        for def in vocabulary.conclusions().iter().filter(|c| c.id.starts_with(TOPIC)) {
            let Some(module) = leaflets.modules.iter().find(|m| m.id == def.id) else {
                self.report(
                    DiagnosticCode::TopicWithoutText,
                    at,
                    said!("`{}` has no file of texts", "`{}` heeft geen bestand met teksten", def.id),
                    said!(
                        "add `{FOLDER}{}.md`",
                        "voeg `{FOLDER}{}.md` toe",
                        def.id[TOPIC.len()..].replace('.', "-")
                    ),
                );
                continue;
            };
            for (at, value) in def.values.iter().enumerate() {
                if !module.entries.iter().any(|e| e.value == Some(at)) {
                    self.report(
                        DiagnosticCode::TopicWithoutText,
                        &module.place,
                        said!("`{}` of `{}` has no text", "`{}` van `{}` heeft geen tekst", value.id, def.id),
                        said!(
                            "add `## {}` with a text in both languages",
                            "voeg `## {}` toe met een tekst in beide talen",
                            value.id
                        ),
                    );
                }
            }
        }
        self.points_complete(leaflets);
        let Some(module) = leaflets.modules.iter().find(|m| m.id == OPTIONS) else { return };
        for idx in self.shown_options() {
            if !module.entries.iter().any(|e| e.conclusion == Some(idx)) {
                let id = &vocabulary.conclusion(idx).id;
                self.report(
                    DiagnosticCode::TopicWithoutText,
                    &module.place,
                    said!("the option `{id}` has no text", "de optie `{id}` heeft geen tekst"),
                    said!(
                        "add `## {id}` with what it means, brings, harms, costs and asks",
                        "voeg `## {id}` toe: wat het inhoudt, oplevert, schaadt, kost en vraagt"
                    ),
                );
            }
        }
    }

    /// Whether every point for or against an option that people see has its sentence.
    fn points_complete(&mut self, leaflets: &Leaflets) {
        let vocabulary = self.vocabulary;
        let Some(module) = leaflets.modules.iter().find(|m| m.id == POINTS) else { return };
        for idx in self.shown_points() {
            let def = vocabulary.conclusion(idx);
            let without = |v: &&nw_facts::Choice| leaflets.point(idx, &v.id).is_none();
            for value in def.values.iter().filter(without) {
                self.report(
                    DiagnosticCode::PointWithoutText,
                    &module.place,
                    said!(
                        "the point `{}` of `{}` has no sentence for patients",
                        "het punt `{}` van `{}` heeft geen zin voor patiënten",
                        value.id,
                        def.id
                    ),
                    said!(
                        "add `### {}` under `## {}`, in both languages",
                        "voeg `### {}` toe onder `## {}`, in beide talen",
                        value.id,
                        def.id
                    ),
                );
            }
        }
    }

    /// The conclusions that collect what counts for and against the options that people see.
    fn shown_points(&self) -> Vec<ConclusionIdx> {
        let vocabulary = self.vocabulary;
        let points = |idx: &ConclusionIdx| {
            vocabulary.find_conclusion(&format!("{}{POINT}", vocabulary.conclusion(*idx).id))
        };
        self.shown_options().iter().filter_map(points).collect()
    }

    /// Options that people see: neither steps on the way nor the points for and against them.
    fn shown_options(&self) -> Vec<ConclusionIdx> {
        let vocabulary = self.vocabulary;
        let all = vocabulary.conclusions().iter().enumerate();
        all.filter(|(at, def)| {
            let collected = self.policies.get(&ConclusionIdx(*at as u16)) == Some(&HitPolicy::Collect);
            def.id.starts_with(OPTION) && !def.hidden && !collected
        })
        .map(|(at, _)| ConclusionIdx(at as u16))
        .collect()
    }

    fn documents(&mut self, manifest: LeafletManifest, leaflets: &mut Leaflets) {
        leaflets.publication = manifest.publication;
        leaflets.gates = manifest.gates;
        for raw in manifest.documents {
            let mut parts = Vec::new();
            for (id, at) in &raw.parts {
                let part = self.document_part(id, at, &leaflets.modules);
                parts.extend(part);
            }
            if raw.kind == DocumentKind::Short && raw.short.is_empty() {
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &raw.place,
                    said!(
                        "`{}` says things in short and has no heading for them",
                        "`{}` zegt dingen in het kort en heeft daar geen kop voor",
                        raw.id
                    ),
                    said!(
                        "add `short = {{ en = \"In short\", nl = \"In het kort\" }}`",
                        "voeg `short = {{ en = \"In short\", nl = \"In het kort\" }}` toe"
                    ),
                );
            }
            if leaflets.documents.iter().any(|d| d.id == raw.id) {
                let message = said!("two documents are called `{}`", "twee documenten heten `{}`", raw.id);
                self.report(
                    DiagnosticCode::DuplicateId,
                    &raw.place,
                    message,
                    said!("give one another id", "geef een van beide een andere naam"),
                );
                continue;
            }
            leaflets.documents.push(LeafletDocument {
                id: raw.id,
                kind: raw.kind,
                title: raw.title,
                opening: raw.opening,
                short: raw.short,
                closing: raw.closing,
                parts,
            });
        }
    }

    /// `topic.disease`, `general/contact-card` for one text alone, or
    /// `general/second-opinion unless topic.team/second-opinion` for one that another takes the place of.
    fn document_part(&mut self, id: &str, at: &Place, modules: &[Module]) -> Option<DocumentPart> {
        let Some((shown, other)) = id.split_once(" unless ") else {
            let (module, entry) = self.named_text(id, at, modules)?;
            return Some(DocumentPart { module, entry, unless: None });
        };
        let (module, entry) = self.named_text(shown.trim(), at, modules)?;
        let (instead, Some(text)) = self.named_text(other.trim(), at, modules)? else {
            let message = said!("`{}` is no single text", "`{}` is niet één tekst", other.trim());
            self.report(
                DiagnosticCode::BadLeaflet,
                at,
                message,
                said!(
                    "name one, as in `topic.team/second-opinion`",
                    "noem er één, zoals `topic.team/second-opinion`"
                ),
            );
            return None;
        };
        Some(DocumentPart { module, entry, unless: Some((instead, text)) })
    }

    /// A module, and one of its texts when one is named.
    fn named_text(&mut self, id: &str, at: &Place, modules: &[Module]) -> Option<(usize, Option<usize>)> {
        let (name, entry) = id.split_once('/').map_or((id, None), |(name, entry)| (name, Some(entry)));
        let help = |near: Option<&str>| {
            near.map_or(said!("add it", "voeg die toe"), |n| {
                said!("did you mean `{n}`?", "bedoelde u `{n}`?")
            })
        };
        let Some(module) = modules.iter().position(|m| m.id == name) else {
            let near = help(nearest(name, modules.iter().map(|m| m.id.as_str())));
            self.report(
                DiagnosticCode::BadLeaflet,
                at,
                said!("`{name}` has no texts", "`{name}` heeft geen teksten"),
                near,
            );
            return None;
        };
        let entries = &modules[module].entries;
        let entry = match entry {
            None => None,
            Some(entry) => match entries.iter().position(|e| e.id == entry) {
                Some(found) => Some(found),
                None => {
                    let near = help(nearest(entry, entries.iter().map(|e| e.id.as_str())));
                    let message =
                        said!("`{name}` has no text `{entry}`", "`{name}` heeft geen tekst `{entry}`");
                    self.report(DiagnosticCode::BadLeaflet, at, message, near);
                    return None;
                }
            },
        };
        Some((module, entry))
    }

    fn module(&mut self, raw: &RawModule, conditions: &mut Vec<TextCondition>) -> Option<Module> {
        let front = |key: &str| raw.front(key).filter(|v| !v.text.is_empty());
        for key in ["id", "en", "nl"] {
            if !raw.front.is_empty() && front(key).is_none() {
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &raw.place,
                    said!("the front matter has no `{key}`", "het voorwerk heeft geen `{key}`"),
                    said!("add `{key}: …`", "voeg `{key}: …` toe"),
                );
            }
        }
        let id = front("id")?;
        let layout = match raw.front("layout") {
            None => Layout::Text,
            Some(word) => self.layout(word),
        };
        for (key, value) in &raw.front {
            if !["id", "en", "nl", "layout"].contains(&key.as_str()) {
                let near = nearest(key, ["id", "en", "nl", "layout"]);
                let near = maybe(near);
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &value.place,
                    said!(
                        "`{key}` is not a line of the front matter",
                        "`{key}` is geen regel van het voorwerk"
                    ),
                    said!("expected id, en, nl, layout{near}", "verwacht: id, en, nl, layout{near}"; near),
                );
            }
        }
        let conclusion = if [OPTIONS, POINTS, GENERAL].contains(&id.text.as_str()) {
            None
        } else {
            Some(self.conclusion(id)?)
        };
        let own = |name: &str, of: Layout| (id.text == name) == (layout == of);
        if !own(OPTIONS, Layout::Options) || !own(POINTS, Layout::Points) {
            self.report(
                DiagnosticCode::BadLeaflet,
                &id.place,
                said!("`{}` cannot be laid out as `{}`", "`{}` kan niet worden opgemaakt als `{}`", id.text, layout.id()),
                said!("`layout: options` goes with `id: option`, `layout: points` with `id: points`, and with nothing else", "`layout: options` hoort bij `id: option`, `layout: points` bij `id: points`, en nergens anders bij"),
            );
        }
        if let Some(idx) = conclusion
            && self.policies.get(&idx) != Some(&HitPolicy::Collect)
        {
            self.report(
                DiagnosticCode::BadLeaflet,
                &id.place,
                said!(
                    "`{}` does not collect its values, so it has no topics",
                    "`{}` verzamelt zijn waarden niet en heeft dus geen onderwerpen",
                    id.text
                ),
                said!(
                    "name a conclusion whose tables are `kind: collect`",
                    "noem een conclusie waarvan de tabellen `kind: collect` zijn"
                ),
            );
            return None;
        }
        let mut entries: Vec<Entry> = Vec::new();
        for topic in &raw.topics {
            let Some(entry) = self.entry(topic, conclusion, layout, conditions) else { continue };
            if entries.iter().any(|e| e.id == entry.id) {
                let message = said!("`{}` stands here twice", "`{}` staat hier twee keer", entry.id);
                self.report(
                    DiagnosticCode::DuplicateId,
                    &topic.name.place,
                    message,
                    said!("put the texts together", "voeg de teksten samen"),
                );
                continue;
            }
            entries.push(entry);
        }
        // What is told to everybody stays as it is written.
        entries.sort_by_key(|e| (e.value, e.conclusion));
        let said = |key: &str| front(key).map(|v| v.text.clone()).unwrap_or_default();
        let title = Text::new(said("en"), said("nl"));
        Some(Module { id: id.text.clone(), title, layout, entries, place: id.place.clone() })
    }

    fn layout(&mut self, word: &Spanned) -> Layout {
        if let Some((layout, _)) = Layout::ALL.iter().find(|(_, id)| *id == word.text) {
            return *layout;
        }
        let ids = Layout::ALL.map(|(_, id)| id);
        let near = maybe(nearest(&word.text, ids));
        self.report(
            DiagnosticCode::BadLeaflet,
            &word.place,
            said!("`{}` is not a layout", "`{}` is geen opmaak", word.text),
            said!("expected one of {}{near}", "verwacht: een van {}{near}", ids.join(", "); near),
        );
        Layout::Text
    }

    fn entry(
        &mut self,
        topic: &RawTopic,
        of: Option<ConclusionIdx>,
        layout: Layout,
        conditions: &mut Vec<TextCondition>,
    ) -> Option<Entry> {
        let vocabulary = self.vocabulary;
        let (conclusion, value, title) = match of {
            Some(idx) => {
                let value = self.value_of(idx, &topic.name.text, &topic.name.place)?;
                (Some(idx), Some(value), vocabulary.conclusion(idx).values[value].label.clone())
            }
            None if layout == Layout::Points => {
                let idx = self.conclusion(&topic.name)?;
                if !self.shown_points().contains(&idx) {
                    self.report(
                        DiagnosticCode::BadLeaflet,
                        &topic.name.place,
                        said!(
                            "`{}` does not say what counts for or against an option",
                            "`{}` zegt niet wat voor of tegen een optie pleit",
                            topic.name.text
                        ),
                        said!(
                            "name a conclusion `option.….points` of an option that people see",
                            "noem een conclusie `option.….points` van een optie die mensen zien"
                        ),
                    );
                    return None;
                }
                (Some(idx), None, vocabulary.conclusion(idx).label.clone())
            }
            None if layout != Layout::Options => (None, None, self.own_title(topic)),
            None => {
                let idx = self.conclusion(&topic.name)?;
                if !self.shown_options().contains(&idx) {
                    self.report(
                        DiagnosticCode::BadLeaflet,
                        &topic.name.place,
                        said!(
                            "`{}` is not an option that people see",
                            "`{}` is geen optie die mensen zien",
                            topic.name.text
                        ),
                        said!(
                            "name a conclusion `option.…` that is neither hidden nor a list of points",
                            "noem een conclusie `option.…` die niet verborgen is en geen lijst punten is"
                        ),
                    );
                    return None;
                }
                // A name in words for patients goes before the one that doctors use.
                let named = ["en", "nl"].iter().any(|key| attribute(&topic.attributes, key).is_some());
                let title =
                    if named { self.own_title(topic) } else { vocabulary.conclusion(idx).label.clone() };
                (Some(idx), None, title)
            }
        };
        let allowed: &[&str] = match conclusion {
            Some(_) if layout == Layout::Options => &["source", "mark", "en", "nl"],
            Some(_) => &["source", "mark", "words", "words-nl", "rows"],
            None => &["source", "mark", "en", "nl", "rows"],
        };
        self.misplaced(&topic.attributes, allowed, &said!("a topic", "een onderwerp"));
        let mut sources = self.text_sources(&topic.attributes);
        let mut blocks: Vec<TextBlock> = Vec::new();
        for part in &topic.blocks {
            if part.name.text.is_empty() && part.pairs.is_empty() {
                continue;
            }
            if let Some(twin) = blocks.iter().find(|b| b.id == part.name.text) {
                let message = said!(
                    "two blocks of `{}` are called `{}`",
                    "twee blokken van `{}` heten `{}`",
                    topic.name.text,
                    twin.id
                );
                self.report(
                    DiagnosticCode::DuplicateId,
                    &part.name.place,
                    message,
                    said!("give one another name", "geef een van beide een andere naam"),
                );
                continue;
            }
            if let (Layout::Points, Some(idx)) = (layout, conclusion) {
                self.point_fits(part, idx);
            }
            sources.extend(self.text_sources(&part.attributes));
            let block = self.text_block(part, topic, layout, conditions);
            blocks.push(block);
        }
        if sources.is_empty() {
            sources.push(Citation { key: "general-knowledge".to_string(), locator: String::new() });
        }
        sources.dedup();
        let wanted: &[&str] = if layout == Layout::Options { &TOLD } else { &[] };
        for name in wanted {
            if !blocks.iter().any(|b| b.id == *name && b.when.is_none()) {
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &topic.name.place,
                    said!("`{}` has no block `{name}`", "`{}` heeft geen blok `{name}`", topic.name.text),
                    said!(
                        "every option has the blocks {}",
                        "elke optie heeft de blokken {}",
                        TOLD.join(", ")
                    ),
                );
            }
        }
        if blocks.is_empty() && layout != Layout::List && !topic.blocks.iter().any(|b| b.torn) {
            self.report(
                DiagnosticCode::TopicWithoutText,
                &topic.name.place,
                said!("`{}` has a heading and no text", "`{}` heeft een kop en geen tekst", topic.name.text),
                said!("write a text in both languages below it", "schrijf er een tekst in beide talen onder"),
            );
        }
        let mark = match attribute(&topic.attributes, "mark") {
            None => Mark::DesignRule,
            Some(word) => self.text_mark(word),
        };
        let forms = |key: &str| {
            let list = attribute(&topic.attributes, key).map(|v| v.parts(',')).unwrap_or_default();
            list.into_iter().map(|p| p.text).collect::<Vec<String>>()
        };
        let forms = (forms("words"), forms("words-nl"));
        if layout == Layout::Terms && forms.0.is_empty() != forms.1.is_empty() {
            self.report(
                DiagnosticCode::UntranslatedText,
                &topic.name.place,
                said!(
                    "the forms of `{}` stand in one language",
                    "de vormen van `{}` staan in één taal",
                    topic.name.text
                ),
                said!("add `words: …` and `words-nl: …`", "voeg `words: …` en `words-nl: …` toe"),
            );
        }
        let place = topic.name.place.clone();
        Some(Entry {
            id: topic.name.text.clone(),
            conclusion,
            value,
            title,
            sources,
            mark,
            forms,
            blocks,
            place,
        })
    }

    /// The heading of a text that no row gives one.
    fn own_title(&mut self, topic: &RawTopic) -> Text {
        let get = |key: &str| attribute(&topic.attributes, key).map(|v| v.text.clone()).unwrap_or_default();
        let title = Text::new(get("en"), get("nl"));
        if title.en.is_empty() || title.nl.is_empty() {
            self.report(
                DiagnosticCode::UntranslatedText,
                &topic.name.place,
                said!(
                    "`{}` has no heading in both languages",
                    "`{}` heeft geen kop in beide talen",
                    topic.name.text
                ),
                said!("add `- en: …` and `- nl: …` below it", "zet er `- en: …` en `- nl: …` onder"),
            );
        }
        title
    }

    fn misplaced(&mut self, attributes: &Attributes, allowed: &[&str], what: &Text) {
        for (key, _) in attributes.iter().filter(|(k, _)| !allowed.contains(&k.text.as_str())) {
            self.report(
                DiagnosticCode::BadLeaflet,
                &key.place,
                said!("`{}` is not an attribute of {what}", "`{}` is geen kenmerk van {what}", key.text; what),
                said!("{what} takes {}", "{what} mag hebben: {}", allowed.join(", "); what),
            );
        }
    }

    fn text_sources(&mut self, attributes: &Attributes) -> Vec<Citation> {
        let parts = attribute(attributes, "source").map(|v| v.parts(',')).unwrap_or_default();
        parts.iter().flat_map(|part| self.citations(Some(part))).collect()
    }

    fn text_mark(&mut self, word: &Spanned) -> Mark {
        let marks = [Mark::Verified, Mark::GeneralKnowledge, Mark::DesignRule];
        if let Some(mark) = marks.iter().find(|m| m.letter() == word.text) {
            return *mark;
        }
        self.report(
            DiagnosticCode::BadLeaflet,
            &word.place,
            said!("`{}` is not a mark of evidence", "`{}` is geen bewijsletter", word.text),
            said!(
                "write V (verified), GK (general knowledge) or DR (design rule)",
                "schrijf V (nagekeken), GK (algemeen bekend) of DR (ontwerpregel)"
            ),
        );
        Mark::DesignRule
    }

    /// A sentence about a point bears the point's name, and no condition: the row has one.
    fn point_fits(&mut self, part: &RawPart, points: ConclusionIdx) {
        self.value_of(points, &part.name.text, &part.name.place);
        if let Some(when) = attribute(&part.attributes, "when") {
            self.report(
                DiagnosticCode::BadLeaflet,
                &when.place,
                said!("a point has its condition in its row", "een punt heeft zijn voorwaarde in zijn rij"),
                said!("leave `when` out, or make a row of its own", "laat `when` weg, of maak een eigen rij"),
            );
        }
    }
}
