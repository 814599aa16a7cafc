//! One document as a case: its name, its date and its facts with date and origin.

use nw_facts::{Date, Evidence, FactIdx, FactSet, Fault, Observation, Text, Vocabulary, nearest, read};

use super::{CaseFault, Document, Form, Node, Value, in_dutch, json, quoted, yaml};
use crate::words::Word;

const CASE_KEYS: [&str; 4] = ["case", "as-of", "research", "facts"];
const FACT_KEYS: [&str; 5] = ["value", "date", "known", "origin", "text"];

/// One patient as a case file gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFile {
    /// Its name; the file's name when the case has none.
    pub id: String,
    /// The date of the assessment.
    pub as_of: Option<Date>,
    /// Whether the patient objects to research and registries; nothing when nothing was said.
    pub objects: Option<bool>,
    /// The facts.
    pub facts: FactSet,
}

/// Reads one document.
///
/// # Errors
/// Every fault found, in the order of the file. A case with a fault is not assessed: its answer could mislead.
pub fn read_document(vocabulary: &Vocabulary, document: &Document) -> Result<CaseFile, Vec<CaseFault>> {
    let parsed = match document.form {
        Form::Yaml => yaml::parse(document),
        Form::Json => json::parse(document),
    };
    let root = match parsed {
        Ok(Some(root)) => root,
        Ok(None) => {
            return Err(vec![CaseFault::new(
                &document.file,
                document.line,
                "empty-file",
                (Word::EmptyFile, &[]),
                (Word::EmptyFileHelp, &[]),
            )]);
        }
        Err(fault) => return Err(vec![fault]),
    };
    let mut reader = CaseReader { vocabulary, document, faults: Vec::new() };
    let case = reader.case(&root);
    if reader.faults.is_empty() { Ok(case) } else { Err(reader.faults) }
}

/// The dates and origin around a value.
#[derive(Clone, Default)]
struct Around {
    date: Option<Date>,
    known: Option<Date>,
    origin: Option<String>,
}

struct CaseReader<'r> {
    vocabulary: &'r Vocabulary,
    document: &'r Document,
    faults: Vec<CaseFault>,
}

impl CaseReader<'_> {
    fn fault(&mut self, line: usize, code: &'static str, message: (Word, &[&str]), help: (Word, &[&str])) {
        self.faults.push(CaseFault::new(&self.document.file, line, code, message, help));
    }

    fn case(&mut self, root: &Node) -> CaseFile {
        let Value::Map(entries) = &root.value else {
            let shown = match &root.value {
                Value::Scalar(text) => quoted(text),
                _ => quoted(
                    self.document
                        .text
                        .lines()
                        .find(|l| !l.trim().is_empty() && l.trim() != "---")
                        .unwrap_or_default(),
                ),
            };
            self.fault(root.line, "not-a-case", (Word::NotACase, &[&shown]), (Word::NotACaseHelp, &[]));
            return CaseFile::default();
        };
        let mut case = CaseFile { id: self.default_id(), ..CaseFile::default() };
        let mut has_facts = false;
        for entry in entries {
            match entry.key.as_str() {
                "case" => {
                    if let Some(text) = self.scalar(&entry.node, "case")
                        && !text.is_empty()
                    {
                        case.id = text.chars().filter(|c| !c.is_control()).take(200).collect();
                    }
                }
                "as-of" => case.as_of = self.date(&entry.node, "as-of"),
                "research" => case.objects = self.research(&entry.node),
                "facts" => {
                    has_facts = true;
                    self.facts(&entry.node, &mut case.facts);
                }
                other => self.unknown_key(other, entry.line, &CASE_KEYS),
            }
        }
        if !has_facts {
            self.fault(root.line, "missing-facts", (Word::MissingFacts, &[]), (Word::MissingFactsHelp, &[]));
        }
        case
    }

    fn unknown_key(&mut self, key: &str, line: usize, keys: &[&str]) {
        let shown = quoted(key);
        let expected = keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
        let slip = nearest(key, keys.iter().copied())
            .or_else(|| keys.iter().copied().find(|k| plain(k) == plain(key)));
        match slip {
            Some(near) => self.fault(
                line,
                "unknown-key",
                (Word::UnknownKey, &[&shown]),
                (Word::UnknownKeyNear, &[&expected, near]),
            ),
            None if self.vocabulary.find_fact(key).is_some() => {
                self.fault(
                    line,
                    "unknown-key",
                    (Word::UnknownKey, &[&shown]),
                    (Word::UnknownKeyFact, &[&shown]),
                );
            }
            None => self.fault(
                line,
                "unknown-key",
                (Word::UnknownKey, &[&shown]),
                (Word::UnknownKeyHelp, &[&expected]),
            ),
        }
    }

    /// A case without a name is called after its file and its number in it.
    fn default_id(&self) -> String {
        let name = self.document.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stem = if stem.is_empty() || stem == "-" { "case" } else { stem };
        if self.document.number > 1 || stem == "case" {
            format!("{stem}-{}", self.document.number)
        } else {
            stem.to_string()
        }
    }

    fn scalar(&mut self, node: &Node, key: &str) -> Option<String> {
        match &node.value {
            Value::Scalar(text) => Some(text.trim().to_string()),
            other => {
                self.wrong_kind(node.line, key, other, Word::KindText);
                None
            }
        }
    }

    fn wrong_kind(&mut self, line: usize, key: &str, found: &Value, expected: Word) {
        let message = crate::words::both_words(Word::WrongKind, &[key], &[found.kind()]);
        let help = crate::words::both_words(Word::WrongKindHelp, &[], &[expected]);
        self.faults.push(CaseFault {
            file: self.document.file.clone(),
            line,
            code: "wrong-kind",
            message,
            help,
        });
    }

    /// What the patient says of research and registries. A slip is a fault: an objection must not get lost in one.
    fn research(&mut self, node: &Node) -> Option<bool> {
        let text = self.scalar(node, "research")?;
        match text.as_str() {
            "objects" => Some(true),
            "agrees" => Some(false),
            _ => {
                let shown = quoted(&text);
                self.fault(
                    node.line,
                    "bad-research",
                    (Word::BadResearch, &[&shown]),
                    (Word::BadResearchHelp, &[]),
                );
                None
            }
        }
    }

    fn date(&mut self, node: &Node, key: &str) -> Option<Date> {
        let text = self.scalar(node, key)?;
        let read = read_date(&text);
        if read.is_none() {
            let shown = quoted(&text);
            self.fault(node.line, "bad-date", (Word::BadDate, &[&shown, key]), (Word::BadDateHelp, &[]));
        }
        read
    }

    fn facts(&mut self, node: &Node, facts: &mut FactSet) {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            // `facts:` with nothing below it: nothing is known.
            Value::Scalar(text) if text.trim().is_empty() || text.trim() == "null" => return,
            other => {
                self.wrong_kind(node.line, "facts", other, Word::KindMap);
                return;
            }
        };
        for entry in entries {
            let key = entry.key.trim();
            match self.vocabulary.find_fact(key) {
                Some(idx) => self.fact(idx, key, &entry.node, facts),
                None => self.unknown_fact(key, entry.line),
            }
        }
    }

    fn unknown_fact(&mut self, key: &str, line: usize) {
        let shown = quoted(key);
        if self.vocabulary.find_conclusion(key).is_some() {
            self.fault(
                line,
                "unknown-fact",
                (Word::IsAConclusion, &[&shown]),
                (Word::IsAConclusionHelp, &[]),
            );
            return;
        }
        let facts = self.vocabulary.facts();
        let names = facts
            .iter()
            .flat_map(|f| std::iter::once(f.id.as_str()).chain(f.aliases.iter().map(String::as_str)));
        let id_of = |name: &str| self.vocabulary.find_fact(name).map(|f| self.vocabulary.fact(f).id.as_str());
        // The last part of an id is what people remember: `ki67` for `tumour.ki67`.
        let tail = |id: &str| plain(id.rsplit('.').next().unwrap_or(id));
        let near = nearest(key, names).and_then(id_of).or_else(|| {
            facts.iter().map(|f| f.id.as_str()).find(|id| plain(id) == plain(key) || tail(id) == plain(key))
        });
        match near {
            Some(near) => self.fault(
                line,
                "unknown-fact",
                (Word::UnknownFact, &[&shown]),
                (Word::UnknownFactNear, &[near]),
            ),
            None => {
                self.fault(line, "unknown-fact", (Word::UnknownFact, &[&shown]), (Word::UnknownFactHelp, &[]))
            }
        }
    }

    fn fact(&mut self, idx: FactIdx, key: &str, node: &Node, facts: &mut FactSet) {
        match &node.value {
            Value::Scalar(text) => self.value(idx, node.line, text, &Around::default(), facts),
            Value::Map(_) => self.observation(idx, key, node, facts),
            Value::List(items) if items.iter().any(|i| matches!(i.value, Value::Map(_))) => {
                for item in items {
                    match &item.value {
                        Value::Map(_) => self.observation(idx, key, item, facts),
                        other => self.wrong_kind(item.line, key, other, Word::KindMap),
                    }
                }
            }
            Value::List(items) => self.alternatives(idx, key, node.line, items, &Around::default(), facts),
        }
    }

    fn observation(&mut self, idx: FactIdx, key: &str, node: &Node, facts: &mut FactSet) {
        let Value::Map(entries) = &node.value else { return };
        let mut around = Around::default();
        let mut value = None;
        let mut quote = None;
        for entry in entries {
            match entry.key.as_str() {
                "value" => value = Some(&entry.node),
                "date" => around.date = self.date(&entry.node, "date"),
                "known" => around.known = self.date(&entry.node, "known"),
                "origin" => around.origin = self.scalar(&entry.node, "origin").filter(|t| !t.is_empty()),
                "text" => quote = self.scalar(&entry.node, "text").filter(|t| !t.is_empty()),
                other => self.unknown_key(other, entry.line, &FACT_KEYS),
            }
        }
        if let Some(quote) = quote {
            // The words of the report belong to where the value comes from.
            let origin = around.origin.take().map_or_else(String::new, |o| format!("{o}: "));
            around.origin = Some(format!("{origin}“{quote}”"));
        }
        match value.map(|v| (v.line, &v.value)) {
            None => self.fault(
                node.line,
                "missing-value",
                (Word::MissingValue, &[key]),
                (Word::MissingValueHelp, &[]),
            ),
            Some((line, Value::Scalar(text))) => self.value(idx, line, text, &around, facts),
            Some((line, Value::List(items))) => self.alternatives(idx, key, line, items, &around, facts),
            Some((line, other)) => self.wrong_kind(line, key, other, Word::KindText),
        }
    }

    fn value(&mut self, idx: FactIdx, line: usize, text: &str, around: &Around, facts: &mut FactSet) {
        match read(self.vocabulary, idx, text) {
            Ok(read) => {
                for (target, evidence) in read {
                    facts.add(self.observed(idx, target, evidence, text.trim(), around));
                }
            }
            Err(fault) => self.unreadable(line, &fault),
        }
    }

    fn observed(
        &self,
        from: FactIdx,
        fact: FactIdx,
        evidence: Evidence,
        text: &str,
        around: &Around,
    ) -> Observation {
        let observation = Observation {
            fact,
            evidence,
            text: text.to_string(),
            date: around.date,
            known: around.known,
            origin: around.origin.clone(),
            via: (fact != from).then_some(from),
        };
        observation.dated_by_itself(self.vocabulary.fact(fact))
    }

    fn unreadable(&mut self, line: usize, fault: &Fault) {
        let file = self.document.file.clone();
        let message = Text::new(fault.message.clone(), in_dutch(&fault.message));
        let help = Text::new(fault.help.clone(), in_dutch(&fault.help));
        self.faults.push(CaseFault { file, line, code: fault.code, message, help });
    }

    /// One of several values: each is read on its own, so that a decimal comma cannot be taken for a separator.
    fn alternatives(
        &mut self,
        idx: FactIdx,
        key: &str,
        line: usize,
        items: &[Node],
        around: &Around,
        facts: &mut FactSet,
    ) {
        let mut texts = Vec::new();
        let mut merged: Option<Evidence> = None;
        for item in items {
            let Value::Scalar(text) = &item.value else {
                self.wrong_kind(item.line, key, &item.value, Word::KindText);
                return;
            };
            let evidence = match read(self.vocabulary, idx, text) {
                Ok(mut read) if read.len() == 1 && read[0].0 == idx => read.remove(0).1,
                Ok(_) => {
                    let shown = quoted(text);
                    self.fault(
                        item.line,
                        "unit-in-list",
                        (Word::ReadingInList, &[&shown]),
                        (Word::ReadingInListHelp, &[]),
                    );
                    return;
                }
                Err(fault) => {
                    self.unreadable(item.line, &fault);
                    return;
                }
            };
            merged = match (merged, evidence) {
                (None, first) if items.len() == 1 => Some(first),
                (None, first @ (Evidence::Numbers(_) | Evidence::Choices(_))) => Some(first),
                (Some(Evidence::Numbers(mut all)), Evidence::Numbers(more)) => {
                    all.extend(more);
                    Some(Evidence::Numbers(all))
                }
                (Some(Evidence::Choices(mut all)), Evidence::Choices(more)) => {
                    all.extend(more);
                    all.sort_unstable();
                    all.dedup();
                    Some(Evidence::Choices(all))
                }
                _ => {
                    let shown = quoted(text);
                    self.fault(
                        item.line,
                        "state-in-list",
                        (Word::StateInList, &[&shown]),
                        (Word::StateInListHelp, &[]),
                    );
                    return;
                }
            };
            texts.push(text.trim().to_string());
        }
        match merged {
            Some(evidence) => {
                // A decimal comma would blur where one value ends.
                let between = if texts.iter().any(|t| t.contains(',')) { "; " } else { ", " };
                let text =
                    if texts.len() == 1 { texts.remove(0) } else { format!("[{}]", texts.join(between)) };
                facts.add(self.observed(idx, idx, evidence, &text, around));
            }
            None => self.fault(line, "empty-list", (Word::EmptyList, &[key]), (Word::EmptyListHelp, &[])),
        }
    }
}

/// A civil date as `YYYY-MM-DD`, and nothing else: `03/04/2026` means two days.
pub(crate) fn read_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if shape { text.parse().ok() } else { None }
}

/// Lower case without marks, to see that two spellings are one word.
fn plain(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}
