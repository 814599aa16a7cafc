//! Facts, sources, statements, differences, agreements, coverage and confirmations.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use nw_facts::{FactDef, Holder, Kind, Language};
use nw_guideline::{
    Arithmetic, CompiledGuideline, Departure, DiagnosticCode, Mark, Source, StatementStatus, Subject,
    read_confirmations,
};

use super::context::{At, Context, agreement_link, anchor, conclusion_link, file_name, statement_status};
use super::frame::Frame;
use super::pages::{self, Construct, Progress, rendered};
use super::tables::{self, Link, Status};
use crate::reading::{self, capital, pick};

struct FactView {
    anchor: String,
    id: String,
    label: String,
    question: String,
    kind: String,
    values: Vec<String>,
    presumed: String,
    /// What keeps it from being presumed.
    unless: Vec<String>,
    codes: Vec<String>,
    aliases: Vec<String>,
    series: bool,
    computed: Option<Link>,
    used: Vec<Link>,
}

#[derive(Template)]
#[template(path = "facts.html")]
struct FactsPage {
    f: Frame,
    holders: Vec<(Link, usize)>,
    all: Vec<(Link, String)>,
}

#[derive(Template)]
#[template(path = "facts-of.html")]
struct FactsOfPage {
    f: Frame,
    holder: String,
    facts: Vec<FactView>,
}

struct SourceLine {
    link: Link,
    key: String,
    about: String,
    rests: usize,
}

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    f: Frame,
    sources: Vec<SourceLine>,
    mapped: Vec<(Link, String)>,
}

#[derive(Template)]
#[template(path = "source.html")]
struct SourcePage {
    f: Frame,
    key: String,
    lines: Vec<(String, String, bool)>,
    link: String,
    digest: String,
    rests: usize,
    tables: Vec<(Link, Vec<RestingRow>)>,
    others: Vec<(String, Link)>,
    statements: Option<Link>,
    stale: usize,
}

/// A row that rests on a source.
struct RestingRow {
    link: Link,
    id: String,
    place: String,
    status: Status,
}

struct StatementView {
    number: usize,
    place: String,
    text: String,
    status: String,
    kind: &'static str,
    because: String,
    rows: Vec<Link>,
}

#[derive(Template)]
#[template(path = "statements.html")]
struct StatementsPage {
    f: Frame,
    source: Link,
    counts: Vec<(String, usize)>,
    statements: Vec<StatementView>,
}

struct DifferenceView {
    anchor: String,
    id: String,
    title: String,
    between: bool,
    says: Vec<(Option<Link>, String)>,
    other: Vec<(Option<Link>, String)>,
    decision: String,
    adopted: bool,
    date: String,
    rows: Vec<Link>,
}

#[derive(Template)]
#[template(path = "differences.html")]
struct DifferencesPage {
    f: Frame,
    total: usize,
    chapters: Vec<(Link, String, Vec<DifferenceView>)>,
}

/// A parameter: its name, what it is from which day, and where it comes from.
type Parameter = (String, Vec<(String, String)>, Vec<tables::Cited>);

#[derive(Template)]
#[template(path = "agreements.html")]
struct AgreementsPage {
    f: Frame,
    parts: Vec<(&'static str, String, String, Vec<Construct>)>,
    parameters: Vec<Parameter>,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    f: Frame,
    lines: Vec<Coverage>,
    total: Coverage,
    uncited: usize,
    untranslated: usize,
    other: Vec<(String, usize)>,
    without: Vec<Link>,
}

#[derive(Default)]
struct Coverage {
    link: Link,
    tables: usize,
    rows: usize,
    reached: usize,
    cases: usize,
    marks: [usize; 3],
    cited: usize,
}

#[derive(Template)]
#[template(path = "confirmations.html")]
struct ConfirmationsPage {
    f: Frame,
    chapters: Vec<(Link, Progress)>,
    stale: Vec<(Link, Status)>,
    confirmed: Vec<(String, usize)>,
    lost: Vec<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    f: Frame,
}

pub fn all(context: &Context<'_>, language: Language) -> Vec<(String, String)> {
    let mut pages = vec![
        ("facts.html".to_string(), facts(context, language)),
        ("sources.html".to_string(), sources(context, language)),
        ("differences.html".to_string(), differences(context, language)),
        ("agreements.html".to_string(), agreements(context, language)),
        ("coverage.html".to_string(), coverage(context, language)),
        ("confirmations.html".to_string(), confirmations(context, language)),
    ];
    let title = pick(language, "Search", "Zoeken");
    let f = Frame::new(context, language, title, "search.html", "search");
    pages.push(("search.html".to_string(), rendered(&SearchPage { f })));
    let used = used_in(context);
    for (holder, _) in Holder::ALL {
        if context.guideline.vocabulary.facts().iter().any(|f| f.holder == holder) {
            let path = format!("facts/{}.html", holder.id());
            pages.push((path.clone(), facts_of(context, holder, &used, &path, language)));
        }
    }
    for source in &context.guideline.sources {
        let path = super::context::source_link(&source.key);
        pages.push((path.clone(), source_page(context, source, &path, language)));
        if !context.statements(&source.key).is_empty() {
            let path = statements_link(&source.key);
            pages.push((path.clone(), statements(context, source, &path, language)));
        }
    }
    pages
}

fn statements_link(key: &str) -> String {
    format!("statements/{}.html", file_name(key))
}

/// Who usually knows a fact.
pub fn holder(holder: Holder, language: Language) -> String {
    let (en, nl) = match holder {
        Holder::Pathology => ("pathology", "pathologie"),
        Holder::Radiology => ("radiology", "radiologie"),
        Holder::NuclearMedicine => ("nuclear medicine", "nucleaire geneeskunde"),
        Holder::Laboratory => ("laboratory", "laboratorium"),
        Holder::Endoscopy => ("endoscopy", "endoscopie"),
        Holder::Surgery => ("surgery", "chirurgie"),
        Holder::Clinic => ("clinic", "behandelend arts"),
        Holder::Genetics => ("genetics", "klinische genetica"),
        Holder::Patient => ("patient", "patiënt"),
        Holder::Registry => ("registry", "registratie"),
    };
    pick(language, en, nl)
}

fn by_label<T>(list: &mut [T], label: impl Fn(&T) -> &str) {
    list.sort_by_cached_key(|item| label(item).to_lowercase());
}

fn facts(context: &Context<'_>, language: Language) -> String {
    let vocabulary = &context.guideline.vocabulary;
    let mut all: Vec<(Link, String)> = (0..vocabulary.facts().len())
        .map(|at| {
            let idx = nw_facts::FactIdx(at as u16);
            let def = vocabulary.fact(idx);
            (Link { href: context.fact_link(idx), text: capital(def.label.get(language)) }, def.id.clone())
        })
        .collect();
    by_label(&mut all, |(link, _)| &link.text);
    let holders = Holder::ALL.iter().map(|(h, id)| {
        let count = vocabulary.facts().iter().filter(|f| f.holder == *h).count();
        (Link { href: format!("facts/{id}.html"), text: capital(&holder(*h, language)) }, count)
    });
    let title = pick(language, "Facts", "Gegevens");
    let f = Frame::new(context, language, title, "facts.html", "facts");
    rendered(&FactsPage { f, holders: holders.filter(|(_, count)| *count > 0).collect(), all })
}

/// For each fact what asks for it: conclusions, and rules and the like.
fn used_in(context: &Context<'_>) -> BTreeMap<Subject, Vec<Usage>> {
    let g = context.guideline;
    let mut used: BTreeMap<Subject, Vec<Usage>> = BTreeMap::new();
    for (subject, readers) in &context.readers {
        used.entry(*subject).or_default().extend(readers.iter().map(|c| Usage::Conclusion(*c)));
    }
    for (at, rule) in g.rules.iter().enumerate() {
        for subject in super::context::subjects(&rule.when) {
            used.entry(subject).or_default().push(Usage::Rule(at));
        }
    }
    for (at, it) in g.agreements.iter().enumerate() {
        used.entry(Subject::Fact(it.reported)).or_default().push(Usage::Agreement(at));
    }
    for (at, it) in g.derivations.iter().enumerate() {
        for fact in &it.inputs {
            used.entry(Subject::Fact(*fact)).or_default().push(Usage::Derivation(at));
        }
    }
    for (at, it) in g.conventions.iter().enumerate() {
        let mut found = BTreeSet::new();
        super::context::known_subjects(&it.when, &mut found);
        for subject in found {
            used.entry(subject).or_default().push(Usage::Convention(at));
        }
    }
    for (at, it) in g.dues.iter().enumerate() {
        let mut found = BTreeSet::new();
        it.after.iter().for_each(|a: &Arithmetic| {
            a.facts(&mut |f| {
                found.insert(f);
            });
        });
        for fact in found {
            used.entry(Subject::Fact(fact)).or_default().push(Usage::Due(at));
        }
    }
    used
}

/// What asks for a fact.
#[derive(Clone, Copy)]
enum Usage {
    Conclusion(nw_facts::ConclusionIdx),
    Rule(usize),
    Agreement(usize),
    Derivation(usize),
    Convention(usize),
    Due(usize),
}

fn usage(context: &Context<'_>, usage: Usage, language: Language) -> Link {
    let g = context.guideline;
    let (href, title) = match usage {
        Usage::Conclusion(idx) => {
            let def = g.vocabulary.conclusion(idx);
            (conclusion_link(&def.id), &def.label)
        }
        Usage::Rule(at) => (agreement_link("rule", &g.rules[at].id), &g.rules[at].title),
        Usage::Agreement(at) => (agreement_link("rule", &g.agreements[at].id), &g.agreements[at].title),
        Usage::Derivation(at) => (agreement_link("rule", &g.derivations[at].id), &g.derivations[at].title),
        Usage::Convention(at) => {
            (agreement_link("convention", &g.conventions[at].id), &g.conventions[at].title)
        }
        Usage::Due(at) => (agreement_link("rule", &g.dues[at].id), &g.dues[at].title),
    };
    Link { href, text: capital(title.get(language)) }
}

fn facts_of(
    context: &Context<'_>,
    of: Holder,
    used: &BTreeMap<Subject, Vec<Usage>>,
    path: &str,
    language: Language,
) -> String {
    let g = context.guideline;
    let mut facts: Vec<FactView> = g
        .vocabulary
        .facts()
        .iter()
        .enumerate()
        .filter(|(_, def)| def.holder == of)
        .map(|(at, def)| {
            let idx = nw_facts::FactIdx(at as u16);
            let asked = used.get(&Subject::Fact(idx)).map(Vec::as_slice).unwrap_or_default();
            let computed = g.derivations.iter().find(|d| d.target == idx);
            FactView {
                anchor: anchor(&def.id),
                id: def.id.clone(),
                label: capital(def.label.get(language)),
                question: def.question.get(language).to_string(),
                kind: kind(def, language),
                values: def.choices.iter().map(|c| c.label.get(language).to_string()).collect(),
                presumed: def
                    .presumed
                    .as_ref()
                    .and_then(|p| def.choice(p))
                    .map(|at| def.choices[at].label.get(language).to_string())
                    .unwrap_or_default(),
                unless: def.unless.iter().filter_map(|(f, v)| context.said(f, v, language)).collect(),
                codes: def.codes.clone(),
                aliases: def.aliases.clone(),
                series: def.series,
                computed: computed.map(|d| Link {
                    href: agreement_link("rule", &d.id),
                    text: capital(d.title.get(language)),
                }),
                used: asked.iter().map(|u| usage(context, *u, language)).collect(),
            }
        })
        .collect();
    by_label(&mut facts, |f| &f.label);
    let name = holder(of, language);
    let title = pick(language, &format!("Facts: {name}"), &format!("Gegevens: {name}"));
    let f = Frame::new(context, language, title, path, "facts");
    rendered(&FactsOfPage { f, holder: name, facts })
}

fn kind(def: &FactDef, language: Language) -> String {
    let number = |at| def.written(at, language == Language::Nl);
    let unit = def.unit.as_deref().map(|u| format!(" {}", reading::pretty(u))).unwrap_or_default();
    let span = format!("{}–{}{unit}", number(def.min), number(def.max));
    match def.kind {
        Kind::Quantity => pick(language, &format!("number, {span}"), &format!("getal, {span}")),
        Kind::Count => pick(language, &format!("count, {span}"), &format!("aantal, {span}")),
        Kind::Date => pick(language, "date", "datum"),
        Kind::Choice => pick(language, "one of", "een van"),
        Kind::YesNo => pick(language, "yes or no", "ja of nee"),
    }
}

fn sources(context: &Context<'_>, language: Language) -> String {
    let g = context.guideline;
    let mut list: Vec<SourceLine> = g
        .sources
        .iter()
        .map(|s| SourceLine {
            link: Link { href: super::context::source_link(&s.key), text: s.title.get(language).to_string() },
            key: s.key.clone(),
            about: s.by(language),
            rests: context.rests_on.get(s.key.as_str()).map_or(0, Vec::len),
        })
        .collect();
    by_label(&mut list, |s| &s.key);
    let mapped = g.sources.iter().filter(|s| !context.statements(&s.key).is_empty()).map(|s| {
        let count = context.statements(&s.key).len();
        let text = pick(language, &format!("{count} statements"), &format!("{count} uitspraken"));
        (Link { href: statements_link(&s.key), text: s.title.get(language).to_string() }, text)
    });
    let mapped = mapped.collect();
    let title = pick(language, "Sources", "Bronnen");
    let f = Frame::new(context, language, title, "sources.html", "sources");
    rendered(&SourcesPage { f, sources: list, mapped })
}

fn source_page(context: &Context<'_>, source: &Source, path: &str, language: Language) -> String {
    let g = context.guideline;
    let rows: &[At] = context.rests_on.get(source.key.as_str()).map(Vec::as_slice).unwrap_or_default();
    let mut tables: Vec<(Link, Vec<RestingRow>)> = Vec::new();
    let mut last = None;
    for at in rows {
        let table = &g.tables[at.0];
        let row = &table.rows[at.1];
        if last.replace(at.0) != Some(at.0) {
            let text = capital(table.title.get(language));
            tables.push((Link { href: context.table_link(at.0), text }, Vec::new()));
        }
        let places: Vec<&str> = row
            .sources
            .iter()
            .filter(|c| c.key == source.key && !c.locator.is_empty())
            .map(|c| c.locator.as_str())
            .collect();
        let said = reading::output(g, table, row, language);
        if let Some((_, rows)) = tables.last_mut() {
            rows.push(RestingRow {
                link: Link { href: context.row_link(*at), text: capital(&said) },
                id: row.id.clone(),
                place: places.join(", "),
                status: tables::status(row, language),
            });
        }
    }
    let touched = |key: &String| {
        rows.iter()
            .filter(|at| {
                let edits = g.tables[at.0].rows[at.1].confirmation.iter().flat_map(|c| &c.edited);
                edits.into_iter().any(|e| *e == nw_guideline::Edit::Source(key.clone()))
            })
            .count()
    };
    let line = |en: &str, nl: &str, text: &str, english: bool| {
        (!text.is_empty()).then(|| (pick(language, en, nl), text.to_string(), english))
    };
    let lines = [
        line("Publisher", "Uitgever", source.publisher.get(language), false),
        line("Year", "Jaar", &source.year, false),
        line("Kind", "Soort", &source_kind(&source.kind, language), false),
        line("Licence", "Licentie", &source.licence, true),
        line("What was read", "Wat gelezen is", &source.read, true),
    ];
    let statements = (!context.statements(&source.key).is_empty()).then(|| Link {
        href: statements_link(&source.key),
        text: pick(
            language,
            "What this source says, statement by statement",
            "Wat deze bron zegt, uitspraak voor uitspraak",
        ),
    });
    let f = Frame::new(context, language, source.title.get(language), path, "sources");
    rendered(&SourcePage {
        f,
        key: source.key.clone(),
        lines: lines.into_iter().flatten().collect(),
        link: source.link.clone(),
        digest: source.digest(),
        rests: rows.len(),
        tables,
        others: others_on(context, &source.key, language),
        statements,
        stale: touched(&source.key),
    })
}

fn source_kind(kind: &str, language: Language) -> String {
    let nl = match kind {
        "guideline" => "richtlijn",
        "leaflet" => "folder",
        "reference" => "naslagwerk",
        "article" => "artikel",
        "classification" => "classificatie",
        "laboratory" => "laboratorium",
        "registry-data" => "registratiegegevens",
        other => other,
    };
    pick(language, kind, nl)
}

/// What else rests on a source: rules, conventions, what is due, and where sources differ.
fn others_on(context: &Context<'_>, key: &str, language: Language) -> Vec<(String, Link)> {
    let g = context.guideline;
    let cites = |list: &[nw_guideline::Citation]| list.iter().any(|c| c.key == key);
    let mut all = Vec::new();
    let mut add = |it: Construct| all.push((it.kind, Link { href: it.link, text: it.title }));
    g.rules.iter().filter(|r| cites(&r.sources)).for_each(|r| add(pages::rule(context, r, language)));
    for it in g.conventions.iter().filter(|c| cites(&c.sources)) {
        add(pages::convention(context, it, language));
    }
    g.dues.iter().filter(|d| cites(&d.sources)).for_each(|d| add(pages::due(context, d, language)));
    let start = format!("{key}:");
    let named = |d: &&Departure| d.says.iter().chain(&d.other).any(|s| s.starts_with(&start));
    for d in g.departures.iter().filter(named) {
        let link = Link {
            href: format!("differences.html#{}", anchor(&d.id)),
            text: capital(d.title.get(language)),
        };
        all.push((pick(language, "Where sources differ", "Waar bronnen verschillen"), link));
    }
    all
}

fn statements(context: &Context<'_>, source: &Source, path: &str, language: Language) -> String {
    let all = context.statements(&source.key);
    let counts = StatementStatus::ALL.iter().map(|(status, _)| {
        let count = all.iter().filter(|s| s.status == *status).count();
        (capital(&statement_status(*status, language)), count)
    });
    let counts = counts.filter(|(_, count)| *count > 0).collect();
    let views = all.iter().enumerate().map(|(at, s)| StatementView {
        number: at + 1,
        place: s.at.clone(),
        text: s.text.get(language).to_string(),
        status: statement_status(s.status, language),
        kind: match s.status {
            StatementStatus::Carried | StatementStatus::Information => "sure",
            StatementStatus::Departed => "stale",
            StatementStatus::NotComputable => "open",
            StatementStatus::Missing => "clash",
        },
        because: s.because.get(language).to_string(),
        rows: links(context, &s.rows, language),
    });
    let title = pick(
        language,
        &format!("Statements of {}", source.title.en),
        &format!("Uitspraken van {}", source.title.nl),
    );
    let f = Frame::new(context, language, title, path, "sources");
    rendered(&StatementsPage {
        f,
        source: Link { href: super::context::source_link(&source.key), text: source.key.clone() },
        counts,
        statements: views.collect(),
    })
}

/// What a statement or departure names, as links; each once.
fn links(context: &Context<'_>, named: &[String], language: Language) -> Vec<Link> {
    let mut all: Vec<Link> = Vec::new();
    for name in named {
        if let Some((href, text)) = context.reference(name, language) {
            let link = Link { href, text };
            if !all.contains(&link) {
                all.push(link);
            }
        }
    }
    all
}

fn differences(context: &Context<'_>, language: Language) -> String {
    let g = context.guideline;
    let said = |list: &[String]| -> Vec<(Option<Link>, String)> {
        let split = list.iter().map(|line| match line.split_once(':') {
            Some((key, text)) => {
                let href = context.source_link(key.trim());
                let link = href.map(|href| Link { href, text: key.trim().to_string() });
                (link, text.trim().to_string())
            }
            None => (None, line.clone()),
        });
        split.collect()
    };
    let chapters = context.chapters.iter().map(|chapter| {
        let of = g.departures.iter().filter(|d| d.chapter == chapter.id);
        let views = of.map(|d| DifferenceView {
            anchor: anchor(&d.id),
            id: d.id.clone(),
            title: capital(d.title.get(language)),
            between: d.kind == "conflicts-with",
            says: said(&d.says),
            other: said(&d.other),
            decision: d.decision.clone(),
            adopted: d.adopted,
            date: reading::day(&d.date, language),
            rows: links(context, &d.rows, language),
        });
        let link = Link {
            href: format!("chapters/{}.html", file_name(&chapter.id)),
            text: chapter.title.get(language).to_string(),
        };
        (link, anchor(&format!("c.{}", chapter.id)), views.collect::<Vec<_>>())
    });
    let chapters = chapters.filter(|(_, _, list)| !list.is_empty()).collect();
    let title = pick(language, "Where sources differ", "Waar bronnen verschillen");
    let f = Frame::new(context, language, title, "differences.html", "differences");
    rendered(&DifferencesPage { f, total: g.departures.len(), chapters })
}

fn agreements(context: &Context<'_>, language: Language) -> String {
    let g = context.guideline;
    let part = |id, title: (&str, &str), about: (&str, &str), list: Vec<Construct>| {
        (id, pick(language, title.0, title.1), pick(language, about.0, about.1), list)
    };
    let mut parts = vec![
        part(
            "conventions",
            ("Conventions", "Afspraken"),
            (
                "Where practice decides on less than logic needs. The exact set of answers always stands beside it.",
                "Waar de praktijk beslist op minder dan de logica nodig heeft. De exacte verzameling antwoorden staat er altijd naast.",
            ),
            g.conventions.iter().map(|c| pages::convention(context, c, language)).collect(),
        ),
        part(
            "computed",
            ("Computed facts", "Berekende gegevens"),
            (
                "Facts that follow from other facts by arithmetic.",
                "Gegevens die door rekenen uit andere volgen.",
            ),
            g.derivations.iter().map(|d| pages::derivation(context, d, language)).collect(),
        ),
        part(
            "due",
            ("To be done again", "Opnieuw te doen"),
            (
                "What comes back, and from which day it is counted.",
                "Wat terugkomt, en vanaf welke dag wordt geteld.",
            ),
            g.dues.iter().map(|d| pages::due(context, d, language)).collect(),
        ),
        part(
            "rules",
            ("Patients who cannot exist", "Patiënten die niet kunnen bestaan"),
            (
                "Facts that cannot be true together. A record that breaks a rule is shown as a contradiction.",
                "Gegevens die niet samen waar kunnen zijn. Een dossier dat een regel breekt, wordt als tegenspraak getoond.",
            ),
            g.rules.iter().map(|r| pages::rule(context, r, language)).collect(),
        ),
        part(
            "reports",
            ("What others reported", "Wat anderen meldden"),
            (
                "A reported grade or stage is evidence. A disagreement with the facts is shown, never resolved in silence.",
                "Een gemelde graad of een gemeld stadium is bewijs. Een verschil met de gegevens wordt getoond, nooit stil opgelost.",
            ),
            g.agreements.iter().map(|a| pages::agreement(context, a, language)).collect(),
        ),
        part(
            "promises",
            ("Promises", "Beloften"),
            ("Proved over all possible patients.", "Bewezen over alle mogelijke patiënten."),
            g.properties.iter().map(|p| pages::property(context, p, language)).collect(),
        ),
    ];
    let mut seen = BTreeSet::new();
    for (_, _, _, list) in &mut parts {
        // Instances of one template share a name and differ in an edition only.
        list.retain(|c| seen.insert(c.anchor.clone()));
    }
    parts.retain(|(_, _, _, list)| !list.is_empty());
    let title = pick(language, "Conventions and rules", "Afspraken en regels");
    let f = Frame::new(context, language, title, "agreements.html", "agreements");
    rendered(&AgreementsPage { f, parts, parameters: parameters(context, g, language) })
}

type ParameterView = (String, Vec<(String, String)>, Vec<tables::Cited>);

fn parameters(context: &Context<'_>, g: &CompiledGuideline, language: Language) -> Vec<ParameterView> {
    let all = nw_guideline::read_parameters(context.texts);
    let views = all.into_iter().map(|p| {
        let (key, locator) = p.source.split_once('#').unwrap_or((&p.source, ""));
        let citation = nw_guideline::Citation { key: key.to_string(), locator: locator.to_string() };
        let values =
            p.values.iter().map(|(from, value)| (reading::day(from, language), reading::pretty(value)));
        (p.name.clone(), values.collect(), tables::cited(g, &[citation], language))
    });
    views.collect()
}

fn coverage(context: &Context<'_>, language: Language) -> String {
    let g = context.guideline;
    let mut lines: Vec<Coverage> = Vec::new();
    let mut total = Coverage::default();
    let mut without = Vec::new();
    for chapter in &context.chapters {
        let mut line = Coverage {
            link: Link {
                href: format!("chapters/{}.html", file_name(&chapter.id)),
                text: chapter.title.get(language).to_string(),
            },
            cases: g.cases.iter().filter(|c| c.chapter == chapter.id).count(),
            ..Coverage::default()
        };
        for (t, table) in g.tables.iter().enumerate().filter(|(_, t)| t.chapter == chapter.id) {
            line.tables += 1;
            for (r, row) in table.rows.iter().enumerate() {
                line.rows += 1;
                line.cited += usize::from(!row.sources.is_empty());
                line.marks[match row.mark {
                    Mark::Verified => 0,
                    Mark::GeneralKnowledge => 1,
                    Mark::DesignRule => 2,
                }] += 1;
                if is_reached(context, (t, r)) {
                    line.reached += 1;
                } else {
                    let text = format!("{}#{}", table.id, row.id);
                    without.push(Link { href: context.row_link((t, r)), text });
                }
            }
        }
        total.tables += line.tables;
        total.rows += line.rows;
        total.reached += line.reached;
        total.cases += line.cases;
        total.cited += line.cited;
        for (sum, part) in total.marks.iter_mut().zip(line.marks) {
            *sum += part;
        }
        lines.push(line);
    }
    let count = |code: DiagnosticCode| context.findings.iter().filter(|d| d.code == code).count();
    let mut other: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in context.findings {
        *other.entry(finding.code.name()).or_default() += 1;
    }
    let title = pick(language, "Coverage", "Dekking");
    let f = Frame::new(context, language, title, "coverage.html", "coverage");
    rendered(&CoveragePage {
        f,
        lines,
        total,
        uncited: count(DiagnosticCode::UncitedRow),
        untranslated: count(DiagnosticCode::UntranslatedText),
        other: other.into_iter().map(|(code, n)| (code.to_string(), n)).collect(),
        without,
    })
}

/// Instances of one template share their places: a case that reaches a row in one edition reaches it.
fn is_reached(context: &Context<'_>, at: At) -> bool {
    context.reached.contains(&at) || {
        let row = &context.guideline.tables[at.0].rows[at.1];
        context.reached_places.contains(&row.place)
    }
}

fn confirmations(context: &Context<'_>, language: Language) -> String {
    let g = context.guideline;
    let chapters = context.chapters.iter().map(|c| {
        let link = Link {
            href: format!("chapters/{}.html", file_name(&c.id)),
            text: c.title.get(language).to_string(),
        };
        (link, Progress::of(context, &c.id))
    });
    let mut stale = Vec::new();
    let mut by: BTreeMap<String, usize> = BTreeMap::new();
    for (t, table) in g.tables.iter().enumerate() {
        for (r, row) in table.rows.iter().enumerate() {
            let status = tables::status(row, language);
            if status.kind == "stale" {
                let text = format!("{}#{}", table.id, row.id);
                stale.push((Link { href: context.row_link((t, r)), text }, status));
            }
            if let Some(c) = row.confirmed() {
                *by.entry(format!("{}, {}", c.by, c.role)).or_default() += 1;
            }
        }
    }
    let known: BTreeSet<String> =
        g.tables.iter().flat_map(|t| t.rows.iter().map(|r| format!("{}#{}", t.id, r.id))).collect();
    let entries = read_confirmations(context.texts);
    let lost = entries.iter().map(|e| e.row_id()).filter(|id| !known.contains(id)).collect();
    let title = pick(language, "Confirmations", "Bevestigingen");
    let f = Frame::new(context, language, title, "confirmations.html", "confirmations");
    rendered(&ConfirmationsPage {
        f,
        chapters: chapters.filter(|(_, p)| p.rows > 0).collect(),
        stale,
        confirmed: by.into_iter().collect(),
        lost,
    })
}
