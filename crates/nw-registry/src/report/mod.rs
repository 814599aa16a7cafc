//! A report as one file: HTML with its style inside, drawings as SVG, and a table of figures beside every drawing.
//!
//! The same input gives the same bytes. Every text that comes from outside is escaped here. Colours follow the reader's
//! choice of light or dark; nothing is told by colour alone.

pub(crate) mod plot;

use nw_facts::{Language, Text};
use nw_guideline::CompiledGuideline;

/// What every report says of a guideline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The guideline.
    pub id: String,
    /// Its edition.
    pub edition: String,
    /// The digest of its text.
    pub digest: String,
    /// Rows that no clinician has confirmed.
    pub unconfirmed: usize,
    /// All rows.
    pub rows: usize,
}

impl Edition {
    /// That of a guideline.
    pub fn of(guideline: &CompiledGuideline) -> Edition {
        let rows = || guideline.tables.iter().flat_map(|t| &t.rows);
        Edition {
            id: guideline.manifest.id.clone(),
            edition: guideline.manifest.edition.clone(),
            digest: guideline.digest.clone(),
            unconfirmed: rows().filter(|r| r.confirmed().is_none()).count(),
            rows: rows().count(),
        }
    }
}

/// The sentence that every output carries.
pub(crate) fn notice() -> Text {
    Text::new(
        "Software and evidence, not a certified medical device. Figures about a group, no advice about a patient.",
        "Software en onderbouwing, geen gecertificeerd medisch hulpmiddel. Cijfers over een groep, geen advies over een patiënt.",
    )
}

/// Text inside HTML or SVG.
pub(crate) fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// The name of the row.
    Head(String),
    /// Words.
    Words(String),
    /// A number, aligned to the right.
    Number(String),
}

/// A table that is read from left to right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub caption: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

/// A page that is being written.
pub(crate) struct Page {
    language: Language,
    title: String,
    body: String,
    /// Numbers for ids of drawings.
    figures: usize,
    /// Headings, for the contents.
    headings: Vec<(String, String)>,
}

impl Page {
    pub(crate) fn new(language: Language, title: &str) -> Page {
        Page { language, title: title.to_string(), body: String::new(), figures: 0, headings: Vec::new() }
    }

    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The words of the reader.
    pub(crate) fn say<'t>(&self, en: &'t str, nl: &'t str) -> &'t str {
        if self.language == Language::Nl { nl } else { en }
    }

    /// A number with decimals, as the reader writes it.
    pub(crate) fn number(&self, number: f64, digits: usize) -> String {
        number_text(self.language, number, digits)
    }

    /// A share as a percentage.
    pub(crate) fn percent(&self, share: f64) -> String {
        format!("{} %", self.number(share * 100.0, 1))
    }

    pub(crate) fn heading(&mut self, text: &str) {
        let id = format!("s{}", self.headings.len() + 1);
        self.body.push_str(&format!("<h2 id=\"{id}\">{}</h2>\n", esc(text)));
        self.headings.push((id, text.to_string()));
    }

    pub(crate) fn subheading(&mut self, text: &str) {
        self.body.push_str(&format!("<h3>{}</h3>\n", esc(text)));
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        self.body.push_str(&format!("<p>{}</p>\n", esc(text)));
    }

    pub(crate) fn list(&mut self, items: &[String]) {
        self.body.push_str("<ul>\n");
        items.iter().for_each(|item| self.body.push_str(&format!("<li>{}</li>\n", esc(item))));
        self.body.push_str("</ul>\n");
    }

    pub(crate) fn table(&mut self, table: &Table) {
        let html = table_html(table);
        self.body.push_str(&html);
    }

    /// A table that opens when asked for.
    pub(crate) fn folded(&mut self, summary: &str, table: &Table) {
        let html = table_html(table);
        self.body.push_str(&format!("<details><summary>{}</summary>\n{html}</details>\n", esc(summary)));
    }

    /// A drawing with its name, what it shows in words, and the same figures as a table.
    pub(crate) fn figure(&mut self, plot: &plot::Plot, title: &str, description: &str, twin: &Table) {
        self.figures += 1;
        let svg = plot.svg(&format!("f{}", self.figures), title, description);
        let table = table_html(twin);
        let summary = self.say("The same as figures", "Hetzelfde in cijfers");
        self.body.push_str(&format!(
            "<figure>\n{svg}<figcaption>{}</figcaption>\n<details><summary>{summary}</summary>\n{table}</details>\n</figure>\n",
            esc(title)
        ));
    }

    /// The whole file.
    pub(crate) fn done(self, editions: &[(String, Edition)], lead: &[String]) -> String {
        let language = if self.language == Language::Nl { "nl" } else { "en" };
        let title = esc(&self.title);
        let lead: String = lead.iter().map(|l| format!("<p>{}</p>\n", esc(l))).collect();
        let contents: String = self
            .headings
            .iter()
            .map(|(id, text)| format!("<li><a href=\"#{id}\">{}</a></li>\n", esc(text)))
            .collect();
        let rows: String = editions
            .iter()
            .map(|(name, of)| {
                let open =
                    self.say("rows not confirmed by a clinician", "regels niet door een arts bevestigd");
                let edition = self.say("edition", "editie");
                format!(
                    "<li>{}{} · {edition} {} · <code>{}</code> · {} / {} {open}</li>\n",
                    esc(name),
                    esc(&of.id),
                    esc(&of.edition),
                    esc(&of.digest),
                    of.unconfirmed,
                    of.rows
                )
            })
            .collect();
        let skip = self.say("To the contents of the page", "Naar de inhoud van de pagina");
        let guideline = self.say("Guideline", "Richtlijn");
        let on_page = self.say("On this page", "Op deze pagina");
        let notice = notice();
        let notice = esc(notice.get(self.language));
        let body = self.body;
        format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"generator\" content=\"netwijzer\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">{skip}</a>\n<header>\n<h1>{title}</h1>\n{lead}<p class=\"notice\">{notice}</p>\n</header>\n<nav aria-label=\"{on_page}\">\n<ol>\n{contents}</ol>\n</nav>\n<main id=\"main\">\n{body}</main>\n<footer>\n<h2>{guideline}</h2>\n<ul>\n{rows}</ul>\n<p class=\"notice\">{notice}</p>\n</footer>\n</body>\n</html>\n"
        )
    }
}

/// A number with decimals, as a reader of the language writes it.
pub(crate) fn number_text(language: Language, number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return "–".to_string();
    }
    let text = format!("{number:.digits$}");
    // Nothing is less than nothing.
    let text = if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        text.trim_start_matches('-').to_string()
    } else {
        text
    };
    if language == Language::Nl { text.replace('.', ",") } else { text }
}

fn table_html(table: &Table) -> String {
    let mut out = String::from("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"");
    out.push_str(&esc(&table.caption));
    out.push_str("\">\n<table>\n");
    out.push_str(&format!("<caption>{}</caption>\n<thead><tr>", esc(&table.caption)));
    for (at, column) in table.columns.iter().enumerate() {
        let number = table.rows.iter().any(|r| matches!(r.get(at), Some(Cell::Number(_))));
        let class = if number { " class=\"n\"" } else { "" };
        out.push_str(&format!("<th scope=\"col\"{class}>{}</th>", esc(column)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for cell in row {
            match cell {
                Cell::Head(text) => out.push_str(&format!("<th scope=\"row\">{}</th>", esc(text))),
                Cell::Words(text) => out.push_str(&format!("<td>{}</td>", esc(text))),
                Cell::Number(text) => out.push_str(&format!("<td class=\"n\">{}</td>", esc(text))),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

pub(crate) const STYLE: &str = include_str!("report.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_numbers_are_those_of_the_reader() {
        assert_eq!(esc("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
        assert_eq!(number_text(Language::Nl, 12.345, 1), "12,3");
        assert_eq!(number_text(Language::En, -0.0004, 2), "0.00");
        assert_eq!(number_text(Language::En, f64::INFINITY, 2), "–");
    }

    #[test]
    fn a_page_says_what_it_is_in_both_languages() {
        let edition = Edition {
            id: "g".into(),
            edition: "1".into(),
            digest: "sha256:00".into(),
            unconfirmed: 3,
            rows: 4,
        };
        let page = |language| Page::new(language, "A < B").done(&[(String::new(), edition.clone())], &[]);
        let (en, nl) = (page(Language::En), page(Language::Nl));
        assert!(en.contains("<title>A &lt; B</title>") && en.contains("lang=\"en\""));
        assert!(en.contains("not a certified medical device") && en.contains("3 / 4 rows not confirmed"));
        assert!(nl.contains("geen gecertificeerd medisch hulpmiddel") && nl.contains("lang=\"nl\""));
    }
}
