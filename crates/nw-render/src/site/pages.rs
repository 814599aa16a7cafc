//! Home, chapters and conclusions.

use std::collections::BTreeSet;

use askama::Template;
use nw_facts::{ConclusionIdx, Language};
use nw_guideline::{CompiledGuideline, Logic, Subject};

use super::chain;
use super::context::{
    Context, agreement_link, anchor, conclusion_link, contents, file_name, known_subjects, slug, subjects,
};
use super::frame::Frame;
use super::prose::{self, Chapter, Piece};
use super::tables::{self, CasesView, Link, TableView};
use crate::reading::{self, capital, pick};

/// A page of text.
pub(super) fn rendered(page: &impl Template) -> String {
    page.render().expect("a page is written into memory, which takes any text")
}

/// The page above both languages.
#[derive(Template)]
#[template(path = "doors.html")]
struct Doors {
    nl: Frame,
    en: Frame,
}

pub fn doors(context: &Context<'_>) -> String {
    let frame = |language| Frame::new(context, language, "", "index.html", "home");
    rendered(&Doors { nl: frame(Language::Nl), en: frame(Language::En) })
}

/// How far a part of the guideline is confirmed.
pub struct Progress {
    pub rows: usize,
    pub confirmed: usize,
    pub stale: usize,
}

impl Progress {
    pub fn of(context: &Context<'_>, chapter: &str) -> Progress {
        let tables = context.guideline.tables.iter().filter(|t| t.chapter == chapter);
        let rows: Vec<_> = tables.flat_map(|t| &t.rows).collect();
        let confirmed = rows.iter().filter(|r| r.confirmed().is_some()).count();
        let touched = rows.iter().filter(|r| r.confirmation.is_some()).count();
        Progress { rows: rows.len(), confirmed, stale: touched - confirmed }
    }

    pub fn text(&self, language: Language) -> String {
        let (rows, confirmed) = (self.rows, self.confirmed);
        let mut text = match rows {
            0 => pick(language, "no tables", "geen tabellen"),
            _ => pick(
                language,
                &format!("{rows} rows, {confirmed} confirmed"),
                &format!("{rows} rijen, {confirmed} bevestigd"),
            ),
        };
        if self.stale > 0 {
            let stale = self.stale;
            text.push_str(&pick(
                language,
                &format!(", {stale} edited since"),
                &format!(", {stale} sindsdien gewijzigd"),
            ));
        }
        text
    }
}

struct ChapterCard {
    link: Link,
    progress: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    f: Frame,
    chapters: Vec<ChapterCard>,
    tables: usize,
    facts: usize,
    conclusions: usize,
    cases: usize,
    sources: usize,
    differences: usize,
}

#[derive(Template)]
#[template(path = "chapter.html")]
struct ChapterPage {
    f: Frame,
    progress: String,
    id: String,
    contents: Vec<Content>,
    blocks: Vec<Block>,
    before: Option<Link>,
    after: Option<Link>,
}

struct Content {
    link: Link,
    tables: Vec<Link>,
}

/// What is drawn on a chapter's page.
enum Block {
    Section(Link),
    Prose(String),
    Table(Box<TableView>),
    Cases(CasesView),
    Other(Construct),
}

/// A rule, convention, departure and so on: what it is, what it says, where to read on.
pub struct Construct {
    pub kind: String,
    pub anchor: String,
    pub title: String,
    pub lines: Vec<(String, String)>,
    pub cited: Vec<tables::Cited>,
    pub link: String,
}

/// A heading: its id, its words, and what stands under it with a word on each.
type Heading = (String, String, Vec<(Link, String)>);

#[derive(Template)]
#[template(path = "conclusions.html")]
struct ConclusionsPage {
    f: Frame,
    groups: Vec<Heading>,
}

#[derive(Template)]
#[template(path = "conclusion.html")]
struct ConclusionPage {
    f: Frame,
    id: String,
    group: String,
    hidden: bool,
    values: Vec<(String, String, String)>,
    outside: String,
    tables: Vec<Giving>,
    reads: Vec<Reads>,
    read_by: Vec<(Link, String)>,
    drawing: String,
    touches: Vec<(String, Link)>,
}

struct Giving {
    link: Link,
    domain: Option<String>,
    rows: usize,
    confirmed: usize,
}

struct Reads {
    link: Link,
    kind: String,
    /// What a conclusion reads in its turn.
    through: Vec<Link>,
}

pub fn all(context: &Context<'_>, language: Language) -> Vec<(String, String)> {
    let mut pages = vec![
        ("index.html".to_string(), home(context, language)),
        ("conclusions.html".to_string(), conclusions(context, language)),
    ];
    for at in 0..context.chapters.len() {
        let path = format!("chapters/{}.html", file_name(&context.chapters[at].id));
        pages.push((path.clone(), chapter(context, at, &path, language)));
    }
    for conclusion in &context.guideline.conclusions {
        let path = conclusion_link(context.conclusion_id(conclusion.idx));
        pages.push((path.clone(), one_conclusion(context, conclusion.idx, &path, language)));
    }
    pages
}

fn chapter_link(chapter: &Chapter, language: Language) -> Link {
    Link {
        href: format!("chapters/{}.html", file_name(&chapter.id)),
        text: chapter.title.get(language).to_string(),
    }
}

fn home(context: &Context<'_>, language: Language) -> String {
    let guideline = context.guideline;
    let title = pick(language, "Guideline", "Richtlijn");
    let card = |c: &Chapter| ChapterCard {
        link: chapter_link(c, language),
        progress: Progress::of(context, &c.id).text(language),
    };
    rendered(&Home {
        f: Frame::new(context, language, title, "index.html", "home"),
        chapters: context.chapters.iter().map(card).collect(),
        tables: guideline.tables.len(),
        facts: guideline.vocabulary.facts().len(),
        conclusions: guideline.conclusions.len(),
        cases: guideline.cases.len(),
        sources: guideline.sources.len(),
        differences: guideline.departures.len(),
    })
}

fn chapter(context: &Context<'_>, at: usize, path: &str, language: Language) -> String {
    let chapter = &context.chapters[at];
    let f = Frame::new(context, language, chapter.title.get(language), path, "chapters");
    let root = f.root();
    let cite = |key: &str| context.source_link(key).map(|link| format!("{root}{link}"));
    let mut blocks = Vec::new();
    for piece in &chapter.pieces {
        match piece {
            Piece::Section(title) => {
                blocks
                    .push(Block::Section(Link { href: slug(title), text: title.get(language).to_string() }));
            }
            Piece::Prose(of, text) if *of == language => {
                let name = pick(language, "Table in the text", "Tabel in de tekst");
                blocks.push(Block::Prose(prose::to_html(text, &cite, &name)));
            }
            Piece::Prose(..) => {}
            Piece::Table(span) => {
                let views = context.tables_in(&chapter.file, span).into_iter();
                blocks.extend(views.map(|t| Block::Table(Box::new(tables::table(context, t, language)))));
            }
            Piece::Cases(span) => {
                blocks.extend(tables::cases(context, &chapter.file, span, language).map(Block::Cases));
            }
            Piece::Block(span) => {
                blocks
                    .extend(constructs(context, &chapter.file, span, language).into_iter().map(Block::Other));
            }
        }
    }
    let contents = contents(context, chapter).into_iter().map(|(title, tables)| Content {
        link: Link { href: slug(title), text: title.get(language).to_string() },
        tables: tables
            .into_iter()
            .map(|t| {
                let table = &context.guideline.tables[t];
                Link { href: anchor(&table.id), text: capital(table.title.get(language)) }
            })
            .collect(),
    });
    let beside =
        |at: Option<usize>| at.and_then(|at| context.chapters.get(at)).map(|c| chapter_link(c, language));
    rendered(&ChapterPage {
        progress: Progress::of(context, &chapter.id).text(language),
        id: chapter.id.clone(),
        contents: contents.collect(),
        blocks,
        before: beside(at.checked_sub(1)),
        after: beside(Some(at + 1)),
        f,
    })
}

/// Rules and the like that are written in some bytes of a chapter.
fn constructs(
    context: &Context<'_>,
    file: &str,
    span: &std::ops::Range<usize>,
    language: Language,
) -> Vec<Construct> {
    let g = context.guideline;
    let inside = |place: &nw_guideline::Place| *place.file == *file && span.contains(&place.span.start);
    let mut found = Vec::new();
    found.extend(g.rules.iter().filter(|r| inside(&r.place)).map(|r| rule(context, r, language)));
    found.extend(g.agreements.iter().filter(|r| inside(&r.place)).map(|r| agreement(context, r, language)));
    found.extend(g.conventions.iter().filter(|r| inside(&r.place)).map(|r| convention(context, r, language)));
    found.extend(g.derivations.iter().filter(|r| inside(&r.place)).map(|r| derivation(context, r, language)));
    found.extend(g.dues.iter().filter(|r| inside(&r.place)).map(|r| due(context, r, language)));
    found.extend(g.properties.iter().filter(|r| inside(&r.place)).map(|r| property(context, r, language)));
    found.extend(g.departures.iter().filter(|r| inside(&r.place)).map(|d| Construct {
        kind: pick(language, "Where sources differ", "Waar bronnen verschillen"),
        anchor: anchor(&format!("departure.{}", d.id)),
        title: capital(d.title.get(language)),
        lines: Vec::new(),
        cited: Vec::new(),
        link: format!("differences.html#{}", anchor(&d.id)),
    }));
    // Instances of one template share a name and differ in an edition only.
    let mut seen = BTreeSet::new();
    found.retain(|c: &Construct| seen.insert(c.anchor.clone()));
    found
}

fn condition(g: &CompiledGuideline, logic: &Logic, language: Language) -> String {
    reading::logic(g, logic, language).unwrap_or_else(|| pick(language, "every patient", "elke patiënt"))
}

fn construct(
    kind: String,
    named: (&str, &str),
    title: &nw_facts::Text,
    language: Language,
    lines: Vec<(String, String)>,
) -> Construct {
    Construct {
        kind,
        anchor: anchor(&format!("{}.{}", named.0, named.1)),
        title: capital(title.get(language)),
        lines,
        cited: Vec::new(),
        link: agreement_link(named.0, named.1),
    }
}

pub fn rule(context: &Context<'_>, rule: &nw_guideline::Rule, language: Language) -> Construct {
    let g = context.guideline;
    let lines =
        vec![(pick(language, "Cannot exist", "Kan niet bestaan"), condition(g, &rule.when, language))];
    let kind = pick(language, "Rule", "Regel");
    let cited = tables::cited(g, &rule.sources, language);
    Construct { cited, ..construct(kind, ("rule", &rule.id), &rule.title, language, lines) }
}

pub fn agreement(context: &Context<'_>, it: &nw_guideline::Agreement, language: Language) -> Construct {
    let g = context.guideline;
    let name = |s| reading::subject(g, s, language);
    let lines = vec![
        (pick(language, "Reported", "Gemeld"), name(Subject::Fact(it.reported))),
        (pick(language, "Agrees with", "Komt overeen met"), name(Subject::Conclusion(it.conclusion))),
        (pick(language, "When", "Wanneer"), condition(g, &it.when, language)),
    ];
    let kind = pick(language, "Agreement with what others reported", "Overeenkomst met wat anderen meldden");
    construct(kind, ("rule", &it.id), &it.title, language, lines)
}

pub fn convention(context: &Context<'_>, it: &nw_guideline::Convention, language: Language) -> Construct {
    use nw_guideline::Effect;
    let g = context.guideline;
    let mut lines = vec![(pick(language, "When", "Wanneer"), reading::epistemic(g, &it.when, language))];
    match &it.effect {
        Effect::Assume(all) => {
            for assumption in all {
                let def = g.vocabulary.fact(assumption.fact);
                let mut values: Vec<String> =
                    assumption.ranges.iter().map(|r| reading::range(def, r, language)).collect();
                let chosen = def.choices.iter().enumerate().filter(|(i, _)| assumption.choices >> i & 1 == 1);
                values.extend(chosen.map(|(_, c)| c.label.get(language).to_string()));
                let name = capital(def.label.get(language));
                let values = reading::pretty(&reading::any_of(&values, language));
                lines.push((pick(language, "Taken as", "Genomen als"), format!("{name}: {values}")));
            }
        }
        Effect::Answer(idx, value) => {
            let def = g.vocabulary.conclusion(*idx);
            let value = reading::value(def, *value, language);
            let name = capital(def.label.get(language));
            lines.push((pick(language, "Answer", "Antwoord"), format!("{name}: {value}")));
        }
    }
    let of: Vec<&str> =
        it.applies_to.iter().map(|c| g.vocabulary.conclusion(*c).label.get(language)).collect();
    let shown = if of.len() > 8 {
        let more = of.len() - 8;
        pick(
            language,
            &format!("{} and {more} more", of[..8].join(", ")),
            &format!("{} en nog {more}", of[..8].join(", ")),
        )
    } else {
        of.join(", ")
    };
    lines.push((pick(language, "May decide", "Mag beslissen"), capital(&shown)));
    let kind = pick(language, "Convention", "Afspraak");
    let cited = tables::cited(g, &it.sources, language);
    Construct { cited, ..construct(kind, ("convention", &it.id), &it.title, language, lines) }
}

pub fn derivation(context: &Context<'_>, it: &nw_guideline::Derivation, language: Language) -> Construct {
    let g = context.guideline;
    let target = reading::subject(g, Subject::Fact(it.target), language);
    let mut lines = vec![(target, reading::arithmetic(g, &it.formula, language))];
    if let Some(when) = &it.when {
        lines.push((pick(language, "When", "Wanneer"), condition(g, when, language)));
    }
    let kind = pick(language, "Computed", "Berekend");
    construct(kind, ("rule", &it.id), &it.title, language, lines)
}

pub fn due(context: &Context<'_>, it: &nw_guideline::Due, language: Language) -> Construct {
    let g = context.guideline;
    let mut lines = vec![(
        pick(language, "How often", "Hoe vaak"),
        reading::subject(g, Subject::Conclusion(it.every), language),
    )];
    let after: Vec<String> = it.after.iter().map(|a| reading::arithmetic(g, a, language)).collect();
    lines.push((pick(language, "Counted from", "Geteld vanaf"), capital(&reading::any_of(&after, language))));
    let grace = nw_facts::plain(it.grace, language == Language::Nl);
    let days = pick(language, &format!("{grace} days"), &format!("{grace} dagen"));
    lines.push((pick(language, "Overdue after", "Te laat na"), days));
    let kind = pick(language, "To be done again", "Opnieuw te doen");
    let cited = tables::cited(g, &it.sources, language);
    Construct { cited, ..construct(kind, ("rule", &it.id), &it.title, language, lines) }
}

pub fn property(context: &Context<'_>, it: &nw_guideline::Property, language: Language) -> Construct {
    use nw_guideline::PropertyTest;
    let g = context.guideline;
    let line = match &it.test {
        PropertyTest::Never(logic) => (pick(language, "Never", "Nooit"), condition(g, logic, language)),
        PropertyTest::Rising(conclusion, fact) => {
            let (value, more) = (
                reading::subject(g, Subject::Conclusion(*conclusion), language),
                reading::subject(g, Subject::Fact(*fact), language),
            );
            let text = pick(
                language,
                &format!("{value} never falls when this rises: {more}"),
                &format!("{value} daalt nooit als dit stijgt: {more}"),
            );
            (pick(language, "Rising", "Stijgend"), text)
        }
    };
    let kind = pick(language, "Promise, proved for every patient", "Belofte, bewezen voor elke patiënt");
    construct(kind, ("property", &it.id), &it.title, language, vec![line])
}

fn conclusions(context: &Context<'_>, language: Language) -> String {
    let vocabulary = &context.guideline.vocabulary;
    let mut groups: Vec<Heading> = vocabulary
        .groups()
        .iter()
        .map(|g| (g.id.clone(), g.label.get(language).to_string(), Vec::new()))
        .collect();
    groups.push(("other".to_string(), pick(language, "Other", "Overig"), Vec::new()));
    let last = groups.len() - 1;
    for conclusion in &context.guideline.conclusions {
        let def = vocabulary.conclusion(conclusion.idx);
        let link = Link { href: conclusion_link(&def.id), text: capital(def.label.get(language)) };
        groups[vocabulary.group_of(def).unwrap_or(last)].2.push((link, def.id.clone()));
    }
    groups.retain(|(_, _, list)| !list.is_empty());
    let title = pick(language, "Conclusions", "Conclusies");
    let f = Frame::new(context, language, title, "conclusions.html", "conclusions");
    rendered(&ConclusionsPage { f, groups })
}

fn one_conclusion(context: &Context<'_>, idx: ConclusionIdx, path: &str, language: Language) -> String {
    let g = context.guideline;
    let def = g.vocabulary.conclusion(idx);
    let title = capital(def.label.get(language));
    let f = Frame::new(context, language, title, path, "conclusions");
    let link = |subject: Subject| Link {
        href: context.subject_link(subject),
        text: reading::subject(g, subject, language),
    };
    let none = BTreeSet::new();
    let asks = |idx: ConclusionIdx| context.reads.get(&idx).unwrap_or(&none);
    let reads = asks(idx).iter().map(|subject| Reads {
        link: link(*subject),
        kind: match subject {
            Subject::Fact(fact) => crate::site::lists::holder(g.vocabulary.fact(*fact).holder, language),
            Subject::Conclusion(_) => pick(language, "conclusion", "conclusie"),
        },
        through: match subject {
            Subject::Conclusion(read) => asks(*read).iter().map(|s| link(*s)).collect(),
            Subject::Fact(_) => Vec::new(),
        },
    });
    let read_by = context
        .readers
        .get(&Subject::Conclusion(idx))
        .unwrap_or(&none_read())
        .iter()
        .map(|reader| (link(Subject::Conclusion(*reader)), context.conclusion_id(*reader).to_string()))
        .collect();
    let own_tables: Vec<usize> = (0..g.tables.len()).filter(|t| g.tables[*t].conclusion == idx).collect();
    let tables = own_tables.iter().map(|t| {
        let table = &g.tables[*t];
        Giving {
            link: Link { href: context.table_link(*t), text: capital(table.title.get(language)) },
            domain: reading::logic(g, &table.domain, language),
            rows: table.rows.len(),
            confirmed: table.rows.iter().filter(|r| r.confirmed().is_some()).count(),
        }
    });
    let group =
        g.vocabulary.group_of(def).map(|at| g.vocabulary.groups()[at].label.get(language).to_string());
    let values = def.values.iter().enumerate().map(|(at, value)| {
        let label = capital(value.label.get(language));
        (anchor(&format!("v.{}", value.id)), reading::value(def, at, language), label)
    });
    rendered(&ConclusionPage {
        id: def.id.clone(),
        group: group.unwrap_or_default(),
        hidden: def.hidden,
        values: values.collect(),
        outside: capital(def.outside.get(language)),
        tables: tables.collect(),
        reads: reads.collect(),
        read_by,
        drawing: chain::drawing(context, idx, &f.root(), language),
        touches: touches(context, idx, language),
        f,
    })
}

fn none_read() -> BTreeSet<ConclusionIdx> {
    BTreeSet::new()
}

/// Conventions, agreements, rules and what is due that have to do with a conclusion.
fn touches(context: &Context<'_>, idx: ConclusionIdx, language: Language) -> Vec<(String, Link)> {
    let g = context.guideline;
    let own = Subject::Conclusion(idx);
    let mut all = Vec::new();
    let mut add = |construct: Construct| {
        all.push((construct.kind, Link { href: construct.link, text: construct.title }));
    };
    for it in &g.conventions {
        let mut asked = BTreeSet::new();
        known_subjects(&it.when, &mut asked);
        if it.applies_to.contains(&idx) || asked.contains(&own) {
            add(convention(context, it, language));
        }
    }
    g.agreements.iter().filter(|a| a.conclusion == idx).for_each(|a| add(agreement(context, a, language)));
    let rules = g.rules.iter().filter(|r| subjects(&r.when).contains(&own));
    rules.for_each(|r| add(rule(context, r, language)));
    g.dues.iter().filter(|d| d.every == idx).for_each(|d| add(due(context, d, language)));
    let ids: Vec<String> =
        g.tables.iter().filter(|t| t.conclusion == idx).map(|t| format!("{}#", t.id)).collect();
    for departure in &g.departures {
        if departure.rows.iter().any(|row| ids.iter().any(|id| row.starts_with(id.as_str()))) {
            let link = Link {
                href: format!("differences.html#{}", anchor(&departure.id)),
                text: capital(departure.title.get(language)),
            };
            all.push((pick(language, "Where sources differ", "Waar bronnen verschillen"), link));
        }
    }
    all
}
