//! Texts for patients: topics to values, conditions to tests, English beside Dutch.

use crate::leaflets::{
    DocumentKind, DocumentPart, Entry, Layout, LeafletDocument, Leaflets, Module, Piece, Said, Sentence,
    Shape, TextBlock, TextCondition,
};
use crate::sources::SourceSet;
use crate::syntax::files::{self, LeafletManifest};
use crate::syntax::leaflet::{self, Attributes, RawModule, RawPart, RawShape, RawTopic, attribute};

use super::*;

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
/// The block, and with a word of its own the blocks, that say in short what a topic comes down to.
const SHORT: &str = "short";
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
                        format!("two files hold the texts of `{}`", module.id),
                        "put them into one",
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
                    "there are texts and nothing says which documents they make",
                    "add `leaflets/leaflets.toml`",
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
                    format!("`{}` has no file of texts", def.id),
                    format!("add `{FOLDER}{}.md`", def.id[TOPIC.len()..].replace('.', "-")),
                );
                continue;
            };
            for (at, value) in def.values.iter().enumerate() {
                if !module.entries.iter().any(|e| e.value == Some(at)) {
                    self.report(
                        DiagnosticCode::TopicWithoutText,
                        &module.place,
                        format!("`{}` of `{}` has no text", value.id, def.id),
                        format!("add `## {}` with a text in both languages", value.id),
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
                    format!("the option `{id}` has no text"),
                    format!("add `## {id}` with what it means, brings, harms, costs and asks"),
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
                    format!("the point `{}` of `{}` has no sentence for patients", value.id, def.id),
                    format!("add `### {}` under `## {}`, in both languages", value.id, def.id),
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
                    format!("`{}` says things in short and has no heading for them", raw.id),
                    "add `short = { en = \"In short\", nl = \"In het kort\" }`",
                );
            }
            if leaflets.documents.iter().any(|d| d.id == raw.id) {
                let message = format!("two documents are called `{}`", raw.id);
                self.report(DiagnosticCode::DuplicateId, &raw.place, message, "give one another id");
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
            let message = format!("`{}` is no single text", other.trim());
            self.report(
                DiagnosticCode::BadLeaflet,
                at,
                message,
                "name one, as in `topic.team/second-opinion`",
            );
            return None;
        };
        Some(DocumentPart { module, entry, unless: Some((instead, text)) })
    }

    /// A module, and one of its texts when one is named.
    fn named_text(&mut self, id: &str, at: &Place, modules: &[Module]) -> Option<(usize, Option<usize>)> {
        let (name, entry) = id.split_once('/').map_or((id, None), |(name, entry)| (name, Some(entry)));
        let help = |near: Option<&str>| near.map_or("add it".to_string(), |n| format!("did you mean `{n}`?"));
        let Some(module) = modules.iter().position(|m| m.id == name) else {
            let near = help(nearest(name, modules.iter().map(|m| m.id.as_str())));
            self.report(DiagnosticCode::BadLeaflet, at, format!("`{name}` has no texts"), near);
            return None;
        };
        let entries = &modules[module].entries;
        let entry = match entry {
            None => None,
            Some(entry) => match entries.iter().position(|e| e.id == entry) {
                Some(found) => Some(found),
                None => {
                    let near = help(nearest(entry, entries.iter().map(|e| e.id.as_str())));
                    let message = format!("`{name}` has no text `{entry}`");
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
                    format!("the front matter has no `{key}`"),
                    format!("add `{key}: …`"),
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
                let near = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &value.place,
                    format!("`{key}` is not a line of the front matter"),
                    format!("expected id, en, nl, layout{near}"),
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
                format!("`{}` cannot be laid out as `{}`", id.text, layout.id()),
                "`layout: options` goes with `id: option`, `layout: points` with `id: points`, and with nothing else",
            );
        }
        if let Some(idx) = conclusion
            && self.policies.get(&idx) != Some(&HitPolicy::Collect)
        {
            self.report(
                DiagnosticCode::BadLeaflet,
                &id.place,
                format!("`{}` does not collect its values, so it has no topics", id.text),
                "name a conclusion whose tables are `kind: collect`",
            );
            return None;
        }
        let mut entries: Vec<Entry> = Vec::new();
        for topic in &raw.topics {
            let Some(entry) = self.entry(topic, conclusion, layout, conditions) else { continue };
            if entries.iter().any(|e| e.id == entry.id) {
                let message = format!("`{}` stands here twice", entry.id);
                self.report(
                    DiagnosticCode::DuplicateId,
                    &topic.name.place,
                    message,
                    "put the texts together",
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
        let near = nearest(&word.text, ids).map_or(String::new(), |n| format!("; did you mean `{n}`?"));
        self.report(
            DiagnosticCode::BadLeaflet,
            &word.place,
            format!("`{}` is not a layout", word.text),
            format!("expected one of {}{near}", ids.join(", ")),
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
                        format!("`{}` does not say what counts for or against an option", topic.name.text),
                        "name a conclusion `option.….points` of an option that people see",
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
                        format!("`{}` is not an option that people see", topic.name.text),
                        "name a conclusion `option.…` that is neither hidden nor a list of points",
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
        self.misplaced(&topic.attributes, allowed, "a topic");
        let mut sources = self.text_sources(&topic.attributes);
        let mut blocks: Vec<TextBlock> = Vec::new();
        for part in &topic.blocks {
            if part.name.text.is_empty() && part.pairs.is_empty() {
                continue;
            }
            if let Some(twin) = blocks.iter().find(|b| b.id == part.name.text) {
                let message = format!("two blocks of `{}` are called `{}`", topic.name.text, twin.id);
                self.report(DiagnosticCode::DuplicateId, &part.name.place, message, "give one another name");
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
                    format!("`{}` has no block `{name}`", topic.name.text),
                    format!("every option has the blocks {}", TOLD.join(", ")),
                );
            }
        }
        if blocks.is_empty() && layout != Layout::List && !topic.blocks.iter().any(|b| b.torn) {
            self.report(
                DiagnosticCode::TopicWithoutText,
                &topic.name.place,
                format!("`{}` has a heading and no text", topic.name.text),
                "write a text in both languages below it",
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
                format!("the forms of `{}` stand in one language", topic.name.text),
                "add `words: …` and `words-nl: …`",
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
                format!("`{}` has no heading in both languages", topic.name.text),
                "add `- en: …` and `- nl: …` below it",
            );
        }
        title
    }

    fn misplaced(&mut self, attributes: &Attributes, allowed: &[&str], what: &str) {
        for (key, _) in attributes.iter().filter(|(k, _)| !allowed.contains(&k.text.as_str())) {
            self.report(
                DiagnosticCode::BadLeaflet,
                &key.place,
                format!("`{}` is not an attribute of {what}", key.text),
                format!("{what} takes {}", allowed.join(", ")),
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
            format!("`{}` is not a mark of evidence", word.text),
            "write V (verified), GK (general knowledge) or DR (design rule)",
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
                "a point has its condition in its row",
                "leave `when` out, or make a row of its own",
            );
        }
    }

    /// Whether a block says in short what its topic comes down to: then it is one paragraph, without a heading.
    fn is_short(&mut self, part: &RawPart, layout: Layout) -> bool {
        let name = &part.name;
        // A point bears the name of its value, whatever that is.
        if layout == Layout::Points || !(name.text == SHORT || name.text.starts_with("short-")) {
            return false;
        }
        let topics = matches!(layout, Layout::Text | Layout::List | Layout::Form);
        let one = matches!(part.pairs.as_slice(), [(RawShape::Paragraph(_), _)]) || part.torn;
        let heading = attribute(&part.attributes, "en").or(attribute(&part.attributes, "nl"));
        let fault = match (topics, heading) {
            (false, _) => {
                Some((&name.place, format!("`{}` cannot stand in `layout: {}`", name.text, layout.id())))
            }
            (true, Some(heading)) => {
                Some((&heading.place, format!("`{}` has no heading of its own", name.text)))
            }
            (true, None) => {
                (!one).then(|| (&name.place, format!("`{}` is more than a paragraph", name.text)))
            }
        };
        if let Some((at, message)) = fault {
            let help = "what is said in short is one paragraph of a topic, without a heading";
            self.report(DiagnosticCode::BadLeaflet, at, message, help);
        }
        true
    }

    fn text_block(
        &mut self,
        part: &RawPart,
        topic: &RawTopic,
        layout: Layout,
        conditions: &mut Vec<TextCondition>,
    ) -> TextBlock {
        let allowed = ["en", "nl", "when", "if", "if-nl", "rows", "source", "mark"];
        self.misplaced(&part.attributes, &allowed, "a block");
        if let Some(mark) = attribute(&part.attributes, "mark") {
            // The block's own mark is for whoever confirms it; a wrong one is told all the same.
            self.text_mark(mark);
        }
        let own = if part.name.text.is_empty() { &topic.attributes } else { &part.attributes };
        let twin = |en: &str, nl: &str| {
            let get =
                |key: &str| attribute(&part.attributes, key).map(|v| v.text.clone()).unwrap_or_default();
            Text::new(get(en), get(nl))
        };
        let (title, spoken) = (twin("en", "nl"), twin("if", "if-nl"));
        let place = if part.name.text.is_empty() { &topic.name.place } else { &part.name.place };
        for (text, keys) in [(&title, "`en` and `nl`"), (&spoken, "`if` and `if-nl`")] {
            if text.en.is_empty() != text.nl.is_empty() {
                let message = format!("{keys} belong together and one of them is missing");
                self.report(DiagnosticCode::UntranslatedText, place, message, "add the other one");
            }
        }
        if part.pairs.is_empty() && !part.torn {
            self.report(
                DiagnosticCode::TopicWithoutText,
                place,
                format!("the block `{}` has no text", part.name.text),
                "write a text in both languages below it",
            );
        }
        let when = attribute(&part.attributes, "when").and_then(|text| {
            let logic = self.logic_text(text)?;
            conditions.push(TextCondition { logic, node: FALSE, place: text.place.clone() });
            Some(conditions.len() - 1)
        });
        let short = self.is_short(part, layout);
        let conditional = attribute(&part.attributes, "when").is_some();
        // A document about nobody leaves out what is said in short, so nobody reads its condition.
        if conditional == spoken.is_empty() && !(conditional && short) {
            let (message, help) = if conditional {
                ("the condition is not said in the reader's words", "add `if: …` and `if-nl: …`")
            } else {
                ("`if` is said and there is no condition", "add `when: …`")
            };
            self.report(DiagnosticCode::BadLeaflet, place, message, help);
        }
        let empty_rows = attribute(own, "rows").map_or(0, |rows| match rows.text.parse::<usize>() {
            Ok(count) if (1..=60).contains(&count) && layout == Layout::Form => count,
            _ => {
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &rows.place,
                    format!("`{}` is not a number of empty lines", rows.text),
                    "in `layout: form`, write a number from 1 to 60",
                );
                0
            }
        });
        let mut names = Vec::new();
        let mut said = Vec::new();
        for (en, nl) in &part.pairs {
            if matches!(en, RawShape::Table(_)) && layout != Layout::Form {
                let help = "write a list, or `layout: form` in the front matter";
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &en.place(),
                    "a table stands in a running text",
                    help,
                );
            }
            let (nl_place, en_text, nl_text) = (nl.place(), self.shape(en), self.shape(nl));
            let (mut in_english, mut in_dutch) = (values_of(&en_text), values_of(&nl_text));
            in_english.sort();
            in_dutch.sort();
            if in_english != in_dutch {
                self.report(
                    DiagnosticCode::UnpairedText,
                    &nl_place,
                    "the two languages name different values of the patient",
                    "put the same `{…}` into both",
                );
            }
            let (english, dutch) = (numbers(&en_text, Language::En), numbers(&nl_text, Language::Nl));
            if english != dutch {
                let list = |all: &[String]| if all.is_empty() { "none".to_string() } else { all.join(", ") };
                self.report(
                    DiagnosticCode::UnequalNumbers,
                    &nl_place,
                    format!("the numbers are {} in Dutch and {} in English", list(&dutch), list(&english)),
                    "say the same numbers in both languages, or the same words",
                );
            }
            names.extend(in_english);
            said.push(Said { en: en_text, nl: nl_text });
        }
        names.sort();
        names.dedup();
        let id = part.name.text.clone();
        TextBlock { id, title, short, when, spoken, empty_rows, said, names, place: place.clone() }
    }

    fn shape(&mut self, raw: &RawShape) -> Shape {
        let mut lines = |lines: &[Spanned]| lines.iter().map(|l| self.sentence(l)).collect::<Vec<Sentence>>();
        match raw {
            RawShape::Paragraph(all) => Shape::Paragraph(lines(all)),
            RawShape::Points(all) => Shape::Points(all.iter().map(|p| lines(p)).collect()),
            RawShape::Table(all) => Shape::Table(all.iter().map(|r| lines(r)).collect()),
        }
    }

    /// A line to its pieces: plain, strong, and the values of the patient.
    fn sentence(&mut self, line: &Spanned) -> Sentence {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut rest = line.text.as_str();
        let mut strong = false;
        let plain = |text: &str, strong: bool, pieces: &mut Vec<Piece>| {
            if !text.is_empty() {
                let text = text.to_string();
                pieces.push(if strong { Piece::Strong(text) } else { Piece::Plain(text) });
            }
        };
        while let Some(at) = rest.find(['*', '{', '`', '[']) {
            let from = line.text.len() - rest.len() + at;
            if rest[at..].starts_with("**") {
                plain(&rest[..at], strong, &mut pieces);
                strong = !strong;
                rest = &rest[at + 2..];
            } else if let Some(inner) = rest[at..].strip_prefix('{')
                && let Some(end) = inner.find('}')
            {
                plain(&rest[..at], strong, &mut pieces);
                let name = line.part(from + 1..from + 1 + end);
                if let Some(subject) = self.subject(&name) {
                    pieces.push(Piece::Value(subject));
                }
                rest = &inner[end + 1..];
            } else {
                let mark = &rest[at..at + 1];
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &line.place_of(from, 1),
                    format!("`{mark}` is no part of running text"),
                    "a text has plain words, `**strong**` words and `{id}` values, and nothing else",
                );
                plain(&rest[..at], strong, &mut pieces);
                rest = &rest[at + 1..];
            }
        }
        plain(rest, strong, &mut pieces);
        if strong {
            self.report(
                DiagnosticCode::BadLeaflet,
                &line.place,
                "a strong word has no end",
                "close it with `**` on the same line",
            );
        }
        Sentence { pieces, place: line.place.clone() }
    }
}

fn values_of(shape: &Shape) -> Vec<Subject> {
    let pieces = shape.sentences().into_iter().flat_map(|s| &s.pieces);
    pieces
        .filter_map(|p| match p {
            Piece::Value(subject) => Some(*subject),
            _ => None,
        })
        .collect()
}

/// The numbers of a text as written in digits, without the marks between thousands, in rising order.
fn numbers(shape: &Shape, language: Language) -> Vec<String> {
    let (comma, thousands) = if language == Language::Nl { (',', '.') } else { ('.', ',') };
    let mut all = Vec::new();
    for sentence in shape.sentences() {
        for piece in &sentence.pieces {
            let (Piece::Plain(text) | Piece::Strong(text)) = piece else { continue };
            let chars: Vec<char> = text.chars().collect();
            let mut at = 0;
            while at < chars.len() {
                if !chars[at].is_ascii_digit() {
                    at += 1;
                    continue;
                }
                let mut number = String::new();
                let digits = |from: usize| chars[from..].iter().take_while(|c| c.is_ascii_digit()).count();
                loop {
                    let count = digits(at);
                    number.extend(&chars[at..at + count]);
                    at += count;
                    let Some(mark) = chars.get(at) else { break };
                    let after = digits(at + 1);
                    if *mark == thousands && after == 3 && !number.contains('.') {
                        at += 1;
                    } else if *mark == comma && after > 0 && !number.contains('.') {
                        number.push('.');
                        at += 1;
                    } else {
                        break;
                    }
                }
                all.push(number);
            }
        }
    }
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, language: Language) -> Vec<String> {
        let piece = Piece::Plain(text.to_string());
        numbers(&Shape::Paragraph(vec![Sentence { pieces: vec![piece], place: Place::default() }]), language)
    }

    #[test]
    fn numbers_are_read_as_each_language_writes_them() {
        assert_eq!(found("1,200 patients and 2.5 mg", Language::En), ["1200", "2.5"]);
        assert_eq!(found("1.200 patiënten en 2,5 mg", Language::Nl), ["1200", "2.5"]);
        assert_eq!(found("at 9:30, in 24 hours", Language::En), found("om 9.30, in 24 uur", Language::Nl));
        assert_eq!(found("5-HIAA and Ki-67", Language::En), ["5", "67"]);
        assert_eq!(found("no number.", Language::En), Vec::<String>::new());
    }
}
