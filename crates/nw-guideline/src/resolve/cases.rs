//! Cases and case tables with what they expect.

use nw_facts::Date;

use super::*;

impl Resolver<'_> {
    pub(super) fn given(
        &mut self,
        text: &Spanned,
        given: &mut Vec<(FactIdx, String)>,
        as_of: &mut Option<Date>,
    ) {
        for item in text.parts(';') {
            let Some((name, value)) = item.split("=") else {
                self.report(
                    DiagnosticCode::BadCase,
                    &item.place,
                    said!("`{}` gives no value", "`{}` geeft geen waarde", item.text),
                    said!(
                        "write `fact = value`, separated by `;`",
                        "schrijf `feit = waarde`, gescheiden door `;`"
                    ),
                );
                continue;
            };
            if name.text == "as-of" {
                *as_of = self.day(&value);
            } else if let Some(fact) = self.fact(&name) {
                self.give(fact, &value.text, &value.place, given);
            }
        }
    }

    fn day(&mut self, text: &Spanned) -> Option<Date> {
        let day = text.text.trim();
        let read = day.parse().ok().filter(|_| day.len() == 10);
        if read.is_none() {
            self.report(
                DiagnosticCode::BadCase,
                &text.place,
                said!("`{day}` is not a day", "`{day}` is geen dag"),
                said!(
                    "write the day of the assessment as `2026-03-10`",
                    "schrijf de dag van de beoordeling als `2026-03-10`"
                ),
            );
        }
        read
    }

    pub(super) fn give(
        &mut self,
        fact: FactIdx,
        value: &str,
        at: &Place,
        given: &mut Vec<(FactIdx, String)>,
    ) {
        match nw_facts::read_dated(self.vocabulary, fact, value) {
            Ok(_) => given.push((fact, value.to_string())),
            Err(fault) => {
                let (message, help) = fault.both();
                self.report(DiagnosticCode::BadCase, at, message, help);
            }
        }
    }

    pub(super) fn case(&mut self, block: &RawBlock, title: Text, chapter: &str, out: &mut Resolved) {
        let mut given = Vec::new();
        let mut as_of = None;
        for line in block.all("given") {
            self.given(&line, &mut given, &mut as_of);
        }
        let mut expect = Vec::new();
        for line in block.all("expect") {
            for item in line.parts(';') {
                let Some((name, value)) = item.split("=") else {
                    self.report(
                        DiagnosticCode::BadCase,
                        &item.place,
                        said!("`{}` expects nothing", "`{}` verwacht niets", item.text),
                        said!(
                            "write `conclusion = value`, separated by `;`",
                            "schrijf `conclusie = waarde`, gescheiden door `;`"
                        ),
                    );
                    continue;
                };
                if let Some(conclusion) = self.conclusion(&name)
                    && let Some(e) = self.expected(conclusion, &value)
                {
                    expect.push(e);
                }
            }
        }
        if expect.is_empty() {
            self.report(
                DiagnosticCode::BadCase,
                &block.name.place,
                said!("the case `{}` expects nothing", "het geval `{}` verwacht niets", block.name.text),
                said!(
                    "add a line `expect conclusion = value`",
                    "voeg een regel `expect conclusie = waarde` toe"
                ),
            );
        }
        let case = Case {
            id: block.name.text.clone(),
            title,
            as_of,
            given,
            expect,
            chapter: chapter.to_string(),
            place: block.name.place.clone(),
        };
        self.push_case(case, out);
    }

    pub(super) fn push_case(&mut self, case: Case, out: &mut Resolved) {
        if !out.case_ids.insert((case.chapter.clone(), case.id.clone())) {
            self.report(
                DiagnosticCode::DuplicateId,
                &case.place,
                said!("two cases are called `{}`", "twee gevallen heten `{}`", case.id),
                said!(
                    "case ids are used once in a chapter",
                    "gebruik de naam van een geval één keer in een hoofdstuk"
                ),
            );
        }
        out.cases.push(case);
    }

    pub(super) fn case_table(&mut self, raw: &RawTable, chapter: &str, out: &mut Resolved) {
        const KNOWN: &[&str] = &["each", "given", "en", "nl", "note", "source", "mark"];
        for (key, _) in raw.attributes.iter().filter(|(k, _)| !KNOWN.contains(&k.text.as_str())) {
            self.report(
                DiagnosticCode::BadCase,
                &key.place,
                said!(
                    "`{}` is not an attribute of a case table",
                    "`{}` is geen kenmerk van een tabel met gevallen",
                    key.text
                ),
                said!("expected given or each", "verwacht: given of each"),
            );
        }
        if let Some(first) = raw.header.first().filter(|h| h.text != "case") {
            self.report(
                DiagnosticCode::BadCase,
                &first.place,
                said!(
                    "the first column of a case table is not `case`",
                    "de eerste kolom van een tabel met gevallen is niet `case`"
                ),
                said!("every case starts with its id", "elk geval begint met zijn naam"),
            );
            return;
        }
        for holes in self.all_holes(raw.attribute("each")) {
            let mut common = Vec::new();
            let mut common_day = None;
            for (_, text) in raw.attributes.iter().filter(|(k, _)| k.text == "given") {
                self.given(&text.filled(&holes), &mut common, &mut common_day);
            }
            let headers: Vec<Spanned> = raw.header.iter().map(|h| h.filled(&holes)).collect();
            for cells in &raw.rows {
                let mut given = common.clone();
                let mut as_of = common_day;
                let mut expect = Vec::new();
                for (header, cell) in headers.iter().zip(cells).skip(1) {
                    let cell = cell.filled(&holes);
                    if cell.text.is_empty() || ["en", "nl", "note"].contains(&header.text.as_str()) {
                        continue;
                    }
                    if let Some(name) = header.text.strip_prefix('→') {
                        let name = Spanned { text: name.trim().to_string(), place: header.place.clone() };
                        if let Some(conclusion) = self.conclusion(&name) {
                            expect.extend(self.expected(conclusion, &cell));
                        }
                    } else if header.text == "as-of" {
                        as_of = self.day(&cell);
                    } else if let Some(fact) = self.fact(header) {
                        given.retain(|(f, _)| *f != fact);
                        self.give(fact, &cell.text, &cell.place, &mut given);
                    }
                }
                let Some(id) = cells.first() else { continue };
                if id.text.is_empty() || expect.is_empty() {
                    let what = if id.text.is_empty() {
                        said!("a case has no id", "een geval heeft geen naam")
                    } else {
                        said!("the case `{}` expects nothing", "het geval `{}` verwacht niets", id.text)
                    };
                    self.report(
                        DiagnosticCode::BadCase,
                        &id.place,
                        what,
                        said!(
                            "give it an id, and fill a column whose heading starts with `→`",
                            "geef het een naam, en vul een kolom waarvan de kop met `→` begint"
                        ),
                    );
                }
                let suffix = holes.first().map_or(String::new(), |(_, v)| format!("-{v}"));
                let case = Case {
                    id: format!("{}/{}{suffix}", raw.id.text, id.text),
                    title: Text::default(),
                    as_of,
                    given,
                    expect,
                    chapter: chapter.to_string(),
                    place: id.place.clone(),
                };
                self.push_case(case, out);
            }
        }
    }

    pub(super) fn expected(&mut self, conclusion: ConclusionIdx, said: &Spanned) -> Option<Expect> {
        let mut text = said.prose();
        let mut because = None;
        let mut asks = Vec::new();
        let mut convention = None;
        if let Some((before, rest)) = text.clone().split_once(" asks ") {
            for name in rest.split(',') {
                let name = Spanned { text: name.trim().to_string(), place: said.place.clone() };
                asks.extend(self.fact(&name));
            }
            text = before.to_string();
        }
        if let Some((before, rest)) = text.clone().split_once(" because row ") {
            because = Some(rest.trim().to_string());
            text = before.to_string();
        }
        if let Some((before, rest)) = text.clone().split_once('~') {
            convention = Some(self.outcome(conclusion, rest.trim(), &said.place)?);
            text = before.to_string();
        }
        let outcome = self.outcome(conclusion, text.trim(), &said.place)?;
        Some(Expect { conclusion, outcome, convention, because, asks, place: said.place.clone() })
    }

    fn outcome(&mut self, conclusion: ConclusionIdx, text: &str, at: &Place) -> Option<Expected> {
        let not_applicable = 1u64 << self.vocabulary.conclusion(conclusion).values.len();
        let collect = self.policies.get(&conclusion) == Some(&HitPolicy::Collect);
        Some(if text == "conflict" {
            Expected::Conflict
        } else if collect {
            let (mut certain, mut open) = (0u64, 0u64);
            if text != "none" {
                for item in text.trim_matches(['{', '}']).split(',') {
                    let item = item.trim();
                    let (word, is_open) = item.strip_suffix('?').map_or((item, false), |w| (w, true));
                    let value = self.value_of(conclusion, word, at)?;
                    if is_open { open |= 1 << value } else { certain |= 1 << value }
                }
            }
            Expected::Items { certain, open }
        } else {
            let mut mask = 0u64;
            for word in text.trim_matches(['{', '}']).split(',') {
                mask |= match word.trim() {
                    "not-applicable" => not_applicable,
                    word => 1 << self.value_of(conclusion, word, at)?,
                };
            }
            Expected::Values(mask)
        })
    }
}
