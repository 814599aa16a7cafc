//! What can be found: one list for each language, as a script that needs no server.

use nw_facts::Language;
use nw_guideline::Subject;

use super::context::{Context, anchor, conclusion_link, contents, file_name, slug, source_link};
use crate::reading::{self, capital};

/// Kinds of things, in the order in which equal finds are shown.
const CHAPTER: usize = 0;
const CONCLUSION: usize = 1;
const TABLE: usize = 2;
const FACT: usize = 3;
const ROW: usize = 4;
const DIFFERENCE: usize = 5;
const SOURCE: usize = 6;

/// The list as a script: `[kind, title, address, further words]`.
pub fn index(context: &Context<'_>, language: Language) -> String {
    let g = context.guideline;
    let mut list = List(String::from("window.netwijzerIndex = [\n"));
    for chapter in &context.chapters {
        let page = format!("chapters/{}.html", file_name(&chapter.id));
        list.add(CHAPTER, chapter.title.get(language), &page, &chapter.id);
        for (title, _) in contents(context, chapter) {
            list.add(
                CHAPTER,
                title.get(language),
                &format!("{page}#{}", slug(title)),
                chapter.title.get(language),
            );
        }
    }
    for conclusion in &g.conclusions {
        let def = g.vocabulary.conclusion(conclusion.idx);
        list.add(CONCLUSION, &capital(def.label.get(language)), &conclusion_link(&def.id), &def.id);
    }
    for (t, table) in g.tables.iter().enumerate() {
        let title = capital(table.title.get(language));
        list.add(TABLE, &title, &context.table_link(t), &table.id);
        for (r, row) in table.rows.iter().enumerate().filter(|(_, r)| !r.text.is_empty()) {
            let more = format!("{title} {}", reading::output(g, table, row, language));
            list.add(ROW, row.text.get(language), &context.row_link((t, r)), &more);
        }
    }
    for (at, def) in g.vocabulary.facts().iter().enumerate() {
        let idx = nw_facts::FactIdx(at as u16);
        let more =
            [&def.id, def.question.get(language), &def.aliases.join(" "), &def.codes.join(" ")].join(" ");
        let label = reading::subject(g, Subject::Fact(idx), language);
        list.add(FACT, &label, &context.fact_link(idx), &more);
    }
    for d in &g.departures {
        let page = format!("differences.html#{}", anchor(&d.id));
        list.add(DIFFERENCE, &capital(d.title.get(language)), &page, &d.id);
    }
    for source in &g.sources {
        let more = [source.key.as_str(), source.publisher.get(language), &source.year].join(" ");
        list.add(SOURCE, source.title.get(language), &source_link(&source.key), &more);
    }
    list.0.push_str("];\n");
    list.0
}

struct List(String);

impl List {
    fn add(&mut self, kind: usize, title: &str, href: &str, more: &str) {
        let entry = format!("[{kind},{},{},{}],\n", quoted(title), quoted(href), quoted(more));
        self.0.push_str(&entry);
    }
}

/// A string of JavaScript that is also safe inside HTML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        assert_eq!(quoted("a \"b\" </script>\n"), "\"a \\\"b\\\" \\u003c/script\\u003e \"");
    }
}
