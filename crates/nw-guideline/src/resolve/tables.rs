//! Raw tables to decision tables, once for every instance of a template.

use super::*;
use crate::confirmations::{Fingerprint, add_test};

/// `tumour.grade/digestive`.
fn full_id(raw: &RawTable, holes: &Holes) -> String {
    let id = raw.id.filled(holes).text;
    match &raw.part {
        Some(part) => format!("{id}/{}", part.filled(holes).text),
        None => id,
    }
}

impl Resolver<'_> {
    pub(super) fn tables(&mut self, raw: &RawTable, chapter: &str, out: &mut Resolved) {
        const KNOWN: &[&str] = &["kind", "domain", "each", "en", "nl", "source", "mark", "status", "note"];
        for (key, _) in &raw.attributes {
            let annotation = self.vocabulary.annotations().iter().any(|a| a.id == key.text);
            if !annotation && !KNOWN.contains(&key.text.as_str()) {
                let near = maybe(nearest(&key.text, KNOWN.iter().copied()));
                self.report(
                    DiagnosticCode::BadTable,
                    &key.place,
                    said!(
                        "`{}` is not an attribute of a table",
                        "`{}` is geen kenmerk van een tabel",
                        key.text
                    ),
                    said!("expected one of {}{near}", "verwacht: een van {}{near}", KNOWN.join(", "); near),
                );
            }
        }
        for holes in self.all_holes(raw.attribute("each")) {
            if let Some(table) = self.table(raw, &holes, chapter) {
                if let Some(other) = out.tables.iter().find(|t| t.id == table.id) {
                    let message = said!("two tables are called `{}`", "twee tabellen heten `{}`", other.id);
                    self.report(
                        DiagnosticCode::DuplicateId,
                        &raw.id.place,
                        message,
                        said!(
                            "give this part another name after ` / `",
                            "geef dit deel een andere naam na ` / `"
                        ),
                    );
                    continue;
                }
                out.tables.push(table);
            } else if let Some(conclusion) = self.vocabulary.find_conclusion(&raw.id.filled(&holes).text) {
                self.torn.insert(conclusion);
            }
        }
    }

    pub(super) fn table(&mut self, raw: &RawTable, holes: &Holes, chapter: &str) -> Option<Table> {
        let id = raw.id.filled(holes);
        let conclusion = self.conclusion(&id)?;
        let full_id = full_id(raw, holes);
        let policy = match raw.attribute("kind").map(|k| (k.text.clone(), k.place.clone())) {
            Some((k, _)) if k == "unique" => HitPolicy::Unique,
            Some((k, _)) if k == "first" => HitPolicy::First,
            Some((k, _)) if k == "collect" => HitPolicy::Collect,
            Some((k, at)) => {
                self.report(
                    DiagnosticCode::BadTable,
                    &at,
                    said!("`{k}` is not a kind of table", "`{k}` is geen soort tabel"),
                    said!("expected unique, first or collect", "verwacht: unique, first of collect"),
                );
                return None;
            }
            None => {
                self.report(
                    DiagnosticCode::BadTable,
                    &id.place,
                    said!(
                        "the table `{full_id}` does not say its kind",
                        "de tabel `{full_id}` zegt niet van welke soort zij is"
                    ),
                    said!(
                        "add `- kind: unique`, `first` or `collect`",
                        "voeg `- kind: unique`, `first` of `collect` toe"
                    ),
                );
                return None;
            }
        };
        if (self.policies.get(&conclusion) == Some(&HitPolicy::Collect)) != (policy == HitPolicy::Collect) {
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                said!(
                    "`{}` is collected in one table and decided in another",
                    "`{}` wordt in de ene tabel verzameld en in de andere beslist",
                    id.text
                ),
                said!("give both parts the same kind", "geef beide delen dezelfde soort"),
            );
            return None;
        }
        let title = Text::new(self.attribute_text(raw, "en", holes), self.attribute_text(raw, "nl", holes));
        if title.en.is_empty() || title.nl.is_empty() {
            self.report(
                DiagnosticCode::UntranslatedText,
                &id.place,
                said!(
                    "the table `{full_id}` has no title in both languages",
                    "de tabel `{full_id}` heeft geen titel in beide talen"
                ),
                said!("add `- en: …` and `- nl: …`", "voeg `- en: …` en `- nl: …` toe"),
            );
        }
        let domain = match raw.attribute("domain") {
            Some(text) => self.logic_text(&text.filled(holes))?,
            None => Logic::And(Vec::new()),
        };
        let named = |h: &Spanned| h.filled(holes).text.trim_start_matches("→").trim() == id.text;
        let output = raw.header.iter().skip(1).position(named).map(|i| i + 1);
        let Some(output) = output else {
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                said!("no column is called `{}`", "geen kolom heet `{}`", id.text),
                said!(
                    "the output column is named by the conclusion the table gives",
                    "de kolom met de uitkomst heet naar de conclusie die de tabel geeft"
                ),
            );
            return None;
        };
        if raw.header.first().is_none_or(|h| h.text != "row") {
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                said!("the first column is not `row`", "de eerste kolom is niet `row`"),
                said!("every row starts with its stable id", "elke rij begint met haar vaste naam"),
            );
            return None;
        }
        let mut columns = Vec::new();
        for name in &raw.header[1..output] {
            columns.push(self.subject(&name.filled(holes))?);
        }
        let extra: HashMap<String, usize> =
            raw.header.iter().enumerate().skip(output + 1).map(|(i, h)| (h.text.clone(), i)).collect();
        for (name, i) in &extra {
            let annotation = self.vocabulary.annotations().iter().any(|a| a.id == *name);
            if !annotation
                && !["source", "mark", "en", "nl", "departs", "status", "note"].contains(&name.as_str())
            {
                let at = raw.header[*i].place.clone();
                let own: Vec<&str> = self.vocabulary.annotations().iter().map(|a| a.id.as_str()).collect();
                let own = if own.is_empty() { String::new() } else { format!(", {}", own.join(", ")) };
                self.report(
                    DiagnosticCode::BadTable,
                    &at,
                    said!("the column `{name}` cannot stand after the output column", "de kolom `{name}` kan niet na de kolom met de uitkomst staan"),
                    said!("input columns stand before it; after it come source, mark, en, nl, departs, status{own}", "kolommen met voorwaarden staan ervoor; erna komen source, mark, en, nl, departs, status{own}"),
                );
                return None;
            }
        }
        let mut rows: Vec<Row> = Vec::new();
        for cells in &raw.rows {
            if let Some(row) = self.row(raw, cells, holes, conclusion, &columns, output, &extra, policy) {
                if rows.iter().any(|r| r.id == row.id) {
                    self.report(
                        DiagnosticCode::DuplicateId,
                        &row.place,
                        said!("two rows are called `{}`", "twee rijen heten `{}`", row.id),
                        said!(
                            "row ids are stable and used once",
                            "namen van rijen liggen vast en worden één keer gebruikt"
                        ),
                    );
                }
                rows.push(row);
            }
        }
        if rows.is_empty() {
            if !raw.rows.is_empty() {
                return None;
            }
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                said!("the table `{full_id}` has no rows", "de tabel `{full_id}` heeft geen rijen"),
                said!("add a row or remove the table", "voeg een rij toe of verwijder de tabel"),
            );
            return None;
        }
        let place = raw.id.place.clone();
        if rows.len() < raw.rows.len() {
            self.torn.insert(conclusion);
        }
        Some(Table {
            id: full_id,
            conclusion,
            policy,
            domain,
            title,
            columns,
            rows,
            chapter: chapter.to_string(),
            place,
        })
    }

    /// For whom a row holds, as written: what a clinician confirms besides what the row says.
    fn say_conditions(
        &self,
        print: &mut Fingerprint,
        raw: &RawTable,
        cells: &[Spanned],
        holes: &Holes,
        output: usize,
    ) {
        let kind = raw.attribute("kind").map(|k| k.text.as_str()).unwrap_or_default();
        print.list([full_id(raw, holes).as_str(), cells[0].text.as_str(), kind].into_iter());
        if let Some(domain) = raw.attribute("domain") {
            add_test(print, &domain.filled(holes), self.parameters);
        }
        let columns: Vec<String> = raw.header[1..output].iter().map(|h| h.filled(holes).text).collect();
        print.list(columns.iter().map(String::as_str));
        let mut tests = |cells: &[Spanned]| {
            for cell in &cells[1..output.min(cells.len())] {
                add_test(print, &cell.filled(holes), self.parameters);
            }
        };
        if kind == "first" {
            // The rows above decide first, so what they ask is part of whom this row is about.
            raw.rows.iter().take_while(|row| row.first() != cells.first()).for_each(|row| tests(row));
        }
        tests(cells);
    }

    pub(super) fn attribute_text(&self, raw: &RawTable, key: &str, holes: &Holes) -> String {
        raw.attribute(key).map(|t| t.filled(holes).text).unwrap_or_default()
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn row(
        &mut self,
        raw: &RawTable,
        cells: &[Spanned],
        holes: &Holes,
        conclusion: ConclusionIdx,
        columns: &[Subject],
        output: usize,
        extra: &HashMap<String, usize>,
        policy: HitPolicy,
    ) -> Option<Row> {
        let id = cells.first()?.clone();
        if id.text.is_empty() {
            self.report(
                DiagnosticCode::BadTable,
                &id.place,
                said!("a row has no id", "een rij heeft geen naam"),
                said!("give it a short stable id", "geef haar een korte vaste naam"),
            );
            return None;
        }
        let mut tests = Vec::new();
        let mut faulty = false;
        for (subject, cell) in columns.iter().zip(&cells[1..]) {
            let cell = cell.filled(holes);
            match expression::cell(&cell) {
                Ok(test) => match self.cells(*subject, &test) {
                    Some(cells) => tests.push(cells),
                    None => faulty = true,
                },
                Err(unexpected) => {
                    self.report(
                        DiagnosticCode::BadCell,
                        &unexpected.place,
                        unexpected.message,
                        said!(
                            "see the chapter on cells; `any` holds for everything",
                            "zie het hoofdstuk over cellen; `any` geldt voor alles"
                        ),
                    );
                    faulty = true;
                }
            }
        }
        if faulty {
            return None;
        }
        let said = cells.get(output)?.filled(holes);
        let said_output = match said.text.as_str() {
            "not-applicable" => Output::NotApplicable,
            word => Output::Value(self.value_of(conclusion, word, &said.place)?),
        };
        let extra_cell = |name: &str| {
            extra
                .get(name)
                .and_then(|i| cells.get(*i))
                .filter(|c| !c.text.is_empty())
                .map(|c| c.filled(holes))
        };
        let source = extra_cell("source").or_else(|| raw.attribute("source").map(|s| s.filled(holes)));
        let sources = self.citations(source.as_ref());
        if sources.is_empty() {
            self.report(
                DiagnosticCode::UncitedRow,
                &id.place,
                said!("row `{}` has no source", "rij `{}` heeft geen bron", id.text),
                said!("add a `source` column or attribute", "voeg een kolom of kenmerk `source` toe"),
            );
        }
        let mark_text = extra_cell("mark").or_else(|| raw.attribute("mark").cloned());
        let mark = match mark_text.as_ref().map(|m| m.text.as_str()) {
            Some("V") => Mark::Verified,
            Some("GK") => Mark::GeneralKnowledge,
            Some("DR") => Mark::DesignRule,
            Some(other) => {
                let at = mark_text.as_ref().map(|m| m.place.clone()).unwrap_or_default();
                self.report(
                    DiagnosticCode::BadTable,
                    &at,
                    said!("`{other}` is not an evidence mark", "`{other}` is geen bewijsletter"),
                    said!("expected V, GK or DR", "verwacht: V, GK of DR"),
                );
                Mark::GeneralKnowledge
            }
            None => {
                self.report(
                    DiagnosticCode::BadTable,
                    &id.place,
                    said!("row `{}` has no evidence mark", "rij `{}` heeft geen bewijsletter", id.text),
                    said!(
                        "add a `mark` column or attribute: V, GK or DR",
                        "voeg een kolom of kenmerk `mark` toe: V, GK of DR"
                    ),
                );
                Mark::GeneralKnowledge
            }
        };
        let text = Text::new(
            extra_cell("en").map(|c| c.text).unwrap_or_default(),
            extra_cell("nl").map(|c| c.text).unwrap_or_default(),
        );
        let needs_text = said_output == Output::NotApplicable || policy == HitPolicy::Collect;
        if needs_text && text.is_empty() {
            self.report(
                DiagnosticCode::MissingRowText,
                &id.place,
                said!("row `{}` needs its sentence", "rij `{}` mist haar zin", id.text),
                said!("add columns `en` and `nl`", "voeg kolommen `en` en `nl` toe"),
            );
        } else if text.en.is_empty() != text.nl.is_empty() {
            self.report(
                DiagnosticCode::UntranslatedText,
                &id.place,
                said!(
                    "the sentence of row `{}` stands in one language",
                    "de zin van rij `{}` staat in één taal",
                    id.text
                ),
                said!("fill both `en` and `nl`", "vul zowel `en` als `nl`"),
            );
        }
        let mut annotations = Vec::new();
        for (at, annotation) in self.vocabulary.annotations().iter().enumerate() {
            let said = extra_cell(&annotation.id).or_else(|| raw.attribute(&annotation.id).cloned());
            let Some(said) = said else { continue };
            match annotation.values.iter().position(|v| v.id == said.text) {
                Some(value) => annotations.push((at, value)),
                None => {
                    let ids: Vec<&str> = annotation.values.iter().map(|v| v.id.as_str()).collect();
                    let near = maybe(nearest(&said.text, ids.iter().copied()));
                    self.report(
                        DiagnosticCode::UnknownValue,
                        &said.place,
                        said!(
                            "`{}` is not a value of `{}`",
                            "`{}` is geen waarde van `{}`",
                            said.text,
                            annotation.id
                        ),
                        said!("expected one of {}{near}", "verwacht: een van {}{near}", ids.join(", "); near),
                    );
                }
            }
        }
        let status = extra_cell("status").or_else(|| raw.attribute("status").cloned());
        if let Some(status) = status.filter(|s| s.text != "unconfirmed") {
            self.report(
                DiagnosticCode::BadTable,
                &status.place,
                said!("`{}` is not a status that a chapter can give", "`{}` is geen status die een hoofdstuk kan geven", status.text),
                said!("a chapter may say `unconfirmed`; who confirmed a row is recorded by `netwijzer confirm`", "een hoofdstuk mag `unconfirmed` zeggen; wie een rij bevestigde, legt `netwijzer confirm` vast"),
            );
        }
        let mut print = Fingerprint::new();
        self.say_conditions(&mut print, raw, cells, holes, output);
        print.add(&said.text);
        print.list([&text.en, &text.nl].into_iter().map(String::as_str));
        print.list(
            sources.iter().flat_map(|c| [c.key.as_str(), c.locator.as_str()]).collect::<Vec<_>>().into_iter(),
        );
        print.add(mark.letter());
        let marked =
            annotations.iter().map(|(at, value)| &self.vocabulary.annotations()[*at].values[*value].id);
        print.list(marked.map(String::as_str).collect::<Vec<_>>().into_iter());
        let digest = print.finish();
        Some(Row {
            id: id.text,
            cells: tests,
            output: said_output,
            text,
            sources,
            mark,
            annotations,
            digest,
            confirmation: None,
            place: id.place,
        })
    }
}
