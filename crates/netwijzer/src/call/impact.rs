//! Who of a table in memory changes when one guideline takes the place of another: what `impact` says of a file.

use nw_engine::Impact;
use nw_facts::Language;
use nw_registry::batch::Mapping;
use nw_registry::impact::{Findings, Lists, Request, Source, Told, as_json, html, run};

use super::{Asked, Book, Complaint, complaint, date, fault_complaint};
use crate::impact::{SHOWN, UNIT, wanted};
use crate::outcome::Failure;
use crate::session::SHIPPED;
use crate::words::Word;

/// How a table is compared.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'c> {
    /// How columns speak of facts: the name of a mapping, for messages, and its text.
    pub mapping: Option<(&'c str, &'c str)>,
    /// The column that names the record; it stands in the lists.
    pub record: Option<&'c str>,
    /// At most this many regions for each difference.
    pub most: usize,
    /// How many threads work.
    pub threads: usize,
    /// What the table is called in the report.
    pub table: &'c str,
}

/// Two guidelines, and what they say of the rows of a table.
pub struct Comparison {
    /// What was counted, and the lists.
    pub findings: Findings,
    impact: Impact<'static>,
    names: [String; 2],
    table: String,
}

impl Book {
    /// Judges every row of a table under this guideline and under the one that takes its place.
    ///
    /// # Errors
    /// A name means nothing, or the mapping does not fit the columns.
    pub fn impact(
        &self,
        to: &Book,
        source: Source,
        compared: &Compared<'_>,
        asked: &Asked,
    ) -> Result<Comparison, Complaint> {
        let language = asked.language;
        let wrong = |failure| complaint(failure, language);
        let as_of = date(asked.as_of.as_deref(), "as_of", language)?;
        let (a, b) = (self.ruling(as_of, language)?, to.ruling(as_of, language)?);
        let mapping = match compared.mapping {
            None => None,
            Some((name, text)) => Some(
                Mapping::parse(text)
                    .map_err(|why| wrong(Failure::usage(Word::MappingRefused, &[name, &why])))?,
            ),
        };
        let wanted = wanted([a, b], &asked.only).map_err(wrong)?;
        let request = Request {
            mapping,
            record: compared.record.map(str::to_string),
            lists: Lists::Kept,
            threads: compared.threads,
            unit: UNIT,
            as_of,
            shown: SHOWN,
        };
        let impact = Impact::new(a, b, &wanted, compared.most);
        let findings =
            run(&impact, source, &request, &|_| {}).map_err(|fault| fault_complaint(&fault, language))?;
        let name = |book: &Book| {
            book.folder.as_deref().map_or_else(|| SHIPPED.to_string(), |f| f.display().to_string())
        };
        let names = [name(self), name(to)];
        Ok(Comparison { findings, impact, names, table: compared.table.to_string() })
    }
}

impl Comparison {
    fn told(&self) -> Told<'_> {
        Told { names: [&self.names[0], &self.names[1]], input: &self.table }
    }

    /// What `impact --format json` prints.
    pub fn json(&self) -> String {
        as_json(&self.impact, &self.findings, &self.told()).to_string()
    }

    /// The report as one HTML file.
    pub fn html(&self, language: Language) -> String {
        html(&self.impact, &self.findings, &self.told(), language)
    }
}

impl std::fmt::Debug for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparison").field("names", &self.names).finish_non_exhaustive()
    }
}
