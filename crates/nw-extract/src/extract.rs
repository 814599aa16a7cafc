//! Reading one report.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::{Date, date};
use nw_facts::{Decimal, Evidence, FactIdx, Vocabulary};

pub use crate::context::Light as Held;
use crate::context::{Lit, asked_within, clause_start};
use crate::grammar::{Grammar, LAST, Lazy, Pattern, WEAKER};
use crate::layout::Sentence;
use crate::owner::{Named, named, owner_of};
use crate::search::{Folded, Hit, Search};
use crate::values::largest;

/// A fact as a report says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which fact.
    pub fact: FactIdx,
    /// The value as it would be typed.
    pub value: String,
    /// What the value means.
    pub evidence: Vec<(FactIdx, Evidence)>,
    /// The words that say so, as a range of bytes.
    pub span: Range<usize>,
    /// The sentence they stand in.
    pub sentence: Range<usize>,
    /// Why it is not proposed: the text denies, doubts, asks or plans it, or speaks of another time or person.
    pub held: Vec<Held>,
    /// Which of several tumours it is about, counted from 1.
    pub tumour: u8,
    /// The day the sentence names, else that of the report.
    pub date: Option<Date>,
    /// The pattern that found it.
    pub pattern: String,
}

impl Finding {
    /// Whether it is proposed: the text states it, now, of this patient's first tumour.
    pub fn proposed(&self) -> bool {
        self.held.is_empty() && self.tumour == 1
    }
}

/// Proposed findings of one fact that cannot all be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which fact.
    pub fact: FactIdx,
    /// The findings, as places in the report.
    pub findings: Vec<usize>,
}

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// In the order of the text.
    pub findings: Vec<Finding>,
    /// Where it disagrees with itself.
    pub conflicts: Vec<Conflict>,
    /// The day it was written, where it says so.
    pub date: Option<Date>,
}

impl Report {
    /// For each fact that the report states without disagreeing with itself, the finding that says most.
    pub fn proposals(&self) -> Vec<&Finding> {
        let mut best: BTreeMap<FactIdx, &Finding> = BTreeMap::new();
        for finding in self.findings.iter().filter(|f| f.proposed()) {
            if self.conflicts.iter().any(|c| c.fact == finding.fact) {
                continue;
            }
            let entry = best.entry(finding.fact).or_insert(finding);
            if narrower(&finding.evidence, &entry.evidence) {
                *entry = finding;
            }
        }
        let mut all: Vec<&Finding> = best.into_values().collect();
        all.sort_by_key(|f| f.span.start);
        all
    }
}

/// A finding with what weighs it against others.
struct Said {
    finding: Finding,
    /// That of its pattern, or a weaker one where only a request says so.
    rank: u8,
    /// How often the report corrected itself before it, or said that something is so now.
    revision: u16,
    /// Whether the largest of its kind is meant.
    most: bool,
}

/// A report that is being read.
struct Reading<'r> {
    vocabulary: &'r Vocabulary,
    text: &'r str,
    /// The text in one line.
    unbroken: &'r str,
    sentences: &'r [Sentence],
    /// The days that each sentence names.
    days: &'r [Vec<Date>],
    /// The patterns whose words stand in each sentence.
    wanted: Vec<Vec<usize>>,
    date: Option<Date>,
    /// What is known of the conditions that patterns ask of the whole report.
    known: Vec<Option<bool>>,
}

/// Words of a sentence that a firmer pattern has taken for a fact, and whether it is held back.
type Taken = (FactIdx, Range<usize>, bool);

/// One sentence of a report, with the day it names or else that of the report.
#[derive(Clone, Copy)]
struct Scene<'r> {
    said: &'r str,
    /// The sentence before it on the same line.
    before: Option<&'r str>,
    sentence: &'r Sentence,
    day: Option<Date>,
    today: Option<Date>,
    /// What firmer patterns found in it.
    earlier: &'r [Taken],
}

/// What stands around the findings of one sentence, looked for when the first finding asks.
#[derive(Default)]
struct Around {
    lit: Option<Lit>,
    named: Option<Named>,
}

impl Grammar {
    /// Reads a report. Any text is readable; what is no report says nothing.
    pub fn extract(&self, vocabulary: &Vocabulary, text: &str) -> Report {
        let folded = Folded::of(text);
        let text = &columns(&ticked(&folded.text));
        let sentences = self.layout.sentences(text);
        // A line that ends within a sentence was broken for width; the places of all words stay what they are.
        let unbroken = &text.replace(['\n', '\r'], " ");
        let days: Vec<Vec<Date>> = sentences.iter().map(|s| self.dates_in(&text[s.span.clone()])).collect();
        let date = self.report_date(&days, &sentences);
        let wanted = self.wanted(unbroken, &sentences);
        let known = vec![None; self.conditions.len()];
        let mut reading =
            Reading { vocabulary, text, unbroken, sentences: &sentences, days: &days, wanted, date, known };
        let mut all = Vec::new();
        for rank in 0..LAST {
            let settled = self.settled(&sentences, &all, rank);
            self.gather(&mut reading, &mut all, |pattern, _| {
                pattern.rank == rank && !settled.contains(&pattern.fact)
            });
        }
        self.gather(&mut reading, &mut all, |pattern, all| {
            pattern.rank == LAST && !all.iter().any(|s| s.finding.fact == pattern.fact && s.rank < LAST)
        });
        hold_corrected(vocabulary, &mut all);
        let mut report = Report { findings: self.keep_exact(all), conflicts: Vec::new(), date };
        if self.layout.refuted.as_ref().is_some_and(|refuted| refuted.is_match(unbroken)) {
            hold_refuted(&mut report.findings);
        }
        self.hold_beside(&mut report.findings);
        for finding in &mut report.findings {
            finding.span = folded.range(&finding.span);
            finding.sentence = folded.range(&finding.sentence);
        }
        report.findings.sort_by_key(|f| (f.span.start, f.fact));
        report.conflicts = conflicts(vocabulary, &report.findings);
        report
    }

    /// The facts of which no pattern of this rank could propose a value: a firmer one does, and none says the same more exactly.
    /// A report that corrects itself settles nothing before its end.
    fn settled(&self, sentences: &[Sentence], all: &[Said], rank: u8) -> BTreeSet<FactIdx> {
        if sentences.iter().any(|s| s.revision > 0) {
            return BTreeSet::new();
        }
        let coarse = |f: &Finding| self.covers.iter().any(|(fact, c, _)| *fact == f.fact && *c == f.value);
        let firm = all.iter().filter(|s| s.rank < rank && s.revision == 0 && s.finding.proposed());
        firm.filter(|s| !coarse(&s.finding)).map(|s| s.finding.fact).collect()
    }

    /// For each sentence the patterns whose words stand in it.
    fn wanted(&self, text: &str, sentences: &[Sentence]) -> Vec<Vec<usize>> {
        let mut wanted: Vec<Vec<usize>> = vec![Vec::new(); sentences.len()];
        if sentences.is_empty() {
            return wanted;
        }
        let mut at = 0;
        for hit in self.triggers.find_overlapping_iter(text) {
            // A trigger may begin earlier than one that ended before it, but never by more than its own length.
            while at > 0 && sentences[at].span.start > hit.start() {
                at -= 1;
            }
            while at + 1 < sentences.len() && sentences[at].span.end <= hit.start() {
                at += 1;
            }
            for pattern in &self.triggered[hit.pattern().as_usize()] {
                if !wanted[at].contains(pattern) {
                    wanted[at].push(*pattern);
                }
            }
        }
        wanted.iter_mut().for_each(|patterns| patterns.sort_unstable());
        wanted
    }

    /// What the patterns that are meant find in the sentences in which their words stand.
    fn gather(
        &self,
        reading: &mut Reading<'_>,
        all: &mut Vec<Said>,
        meant: impl Fn(&Pattern, &[Said]) -> bool,
    ) {
        let mut holds = vec![None; self.conditions.len()];
        let mut taken: BTreeMap<usize, Vec<Taken>> = BTreeMap::new();
        for Said { finding: f, .. } in all.iter() {
            taken.entry(f.sentence.start).or_default().push((f.fact, f.span.clone(), !f.held.is_empty()));
        }
        for (n, sentence) in reading.sentences.iter().enumerate() {
            holds.fill(None);
            let said = &reading.unbroken[sentence.span.clone()];
            let day = reading.days[n].first().copied().or(reading.date);
            let before = n.checked_sub(1).map(|at| &reading.sentences[at].span);
            let before = before.filter(|b| !reading.text[b.end..sentence.span.start].contains('\n'));
            let before = before.map(|b| &reading.unbroken[b.clone()]);
            let earlier = taken.get(&sentence.span.start).map_or(&[][..], Vec::as_slice);
            let scene = Scene { said, before, sentence, day, today: reading.date, earlier };
            let (mut found, mut around) = (Vec::new(), Around::default());
            for pattern in reading.wanted[n].iter().map(|at| &self.patterns[*at]) {
                if !meant(pattern, all) || !pattern.holds.iter().all(|at| self.holds(*at, &mut holds, said)) {
                    continue;
                }
                let ruled_out =
                    |asked: Option<usize>, by| asked.is_some_and(|at| reading.known[at] == Some(by));
                if ruled_out(pattern.needs, false) || ruled_out(pattern.unless_report, true) {
                    continue;
                }
                let Some(find) = pattern.find.get().filter(|find| find.is_match(said)) else { continue };
                let (text, known) = (reading.text, &mut reading.known);
                if pattern.needs.is_none_or(|at| self.holds(at, known, text))
                    && !pattern.unless_report.is_some_and(|at| self.holds(at, known, text))
                {
                    self.find(reading.vocabulary, &scene, pattern, find, &mut around, &mut found);
                }
            }
            let asked = sentence.section.is_some_and(|s| self.sections[s].numbers);
            all.extend(keep_deepest(found).into_iter().map(|(finding, pattern)| Said {
                // What a request tells yields to what the report itself says.
                rank: if asked { pattern.rank.max(WEAKER) } else { pattern.rank },
                revision: 2 * u16::from(sentence.revision) + u16::from(self.now(sentence, said, &finding)),
                most: pattern.most,
                finding,
            }));
        }
    }

    /// Whether words hold what a condition asks, looked for once.
    fn holds(&self, at: usize, known: &mut [Option<bool>], words: &str) -> bool {
        *known[at].get_or_insert_with(|| self.conditions[at].get().is_some_and(|c| c.is_match(words)))
    }

    /// What one pattern finds in one sentence. Of one fact, the pattern that stands first in the files takes the words.
    fn find<'g>(
        &self,
        vocabulary: &Vocabulary,
        scene: &Scene<'_>,
        pattern: &'g Pattern,
        find: &Search,
        around: &mut Around,
        all: &mut Vec<(Finding, &'g Pattern)>,
    ) {
        let Scene { said, sentence, day, today, earlier, .. } = *scene;
        if sentence.section.is_some_and(|s| pattern.outside.contains(&s))
            || !pattern.under.is_empty() && !sentence.section.is_some_and(|s| pattern.under.contains(&s))
        {
            return;
        }
        for found in find.hits(said) {
            let matched = found.whole.clone();
            let span = found.words.clone().unwrap_or_else(|| matched.clone());
            let begin = sentence.span.start;
            let place = begin + span.start..begin + span.end;
            let taken = |fact: FactIdx, span: &Range<usize>, held: bool| {
                fact == pattern.fact
                    && span.start < place.end
                    && place.start < span.end
                    // What is held back elsewhere does not take the words of a pattern that such a light does not hold.
                    && (pattern.despite.is_empty() || !held)
            };
            if all.iter().any(|(f, _)| taken(f.fact, &f.span, !f.held.is_empty()))
                || earlier.iter().any(|(fact, span, held)| taken(*fact, span, *held))
            {
                continue;
            }
            let clause = &said[clause_start(said, matched.start)..matched.end];
            let stands = |lazy: &Option<Lazy>, words: &str| {
                lazy.as_ref().and_then(|u| u.get()).is_some_and(|u| u.is_match(words))
            };
            if stands(&pattern.unless, clause)
                || stands(&pattern.unless_sentence, &said[..matched.end])
                || stands(&pattern.within, &said[matched])
            {
                continue;
            }
            if !self.owned(pattern, scene, &span, around) {
                continue;
            }
            // A year makes past only what is of a year before that of the report; `previously` needs no year.
            // What stands between the words and the value bears on the value too: `tumour not arising in the ileum`.
            let said_at =
                found.value.as_ref().map_or_else(|| span.clone(), |v| v.start.max(span.start)..span.end);
            let lit = around.lit.get_or_insert_with(|| self.cues.lit(said));
            let mut held = self.cues.lights(said, lit, &said_at, |light, cue| {
                light != Held::Past || !has_year(cue) || is_past(said, &span, today)
            });
            if !pattern.anywhere {
                let section = sentence.section.map(|s| &self.sections[s]);
                held.extend(
                    section
                        .filter(|s| !(s.numbers && (pattern.firm || pattern.stated)))
                        .and_then(|s| s.light),
                );
                if self.is_asked(said, &span, &said_at) {
                    held.push(Held::Asked);
                }
            }
            held.retain(|light| !pattern.despite.contains(light));
            let mut value = self.value(pattern, said, &found);
            if pattern.firm {
                held.retain(|light| !matches!(light, Held::Denied | Held::Doubted));
            } else if held.contains(&Held::Denied) {
                // What is denied is denied also where the words say that it is suspected: `geen verdachte laesie`.
                held.retain(|light| *light != Held::Doubted);
                if let Some(denied) = &pattern.denied {
                    held.retain(|light| *light != Held::Denied);
                    value = Some(denied.clone());
                }
            }
            held.sort_unstable();
            held.dedup();
            let Some(value) = value else { continue };
            // What the vocabulary cannot read is no value of the fact; nothing is guessed from it. A number that is said to
            // be about right, of a fact that does not say how far that reaches, is shown as doubted.
            let (value, evidence) = match nw_facts::read(vocabulary, pattern.fact, &value) {
                Ok(evidence) => (value, evidence),
                Err(_) => {
                    let Some(bare) = value.strip_prefix("circa ").map(str::to_string) else { continue };
                    let Ok(evidence) = nw_facts::read(vocabulary, pattern.fact, &bare) else { continue };
                    held.push(Held::Doubted);
                    (bare, evidence)
                }
            };
            held.sort_unstable();
            held.dedup();
            let finding = Finding {
                fact: pattern.fact,
                value,
                evidence,
                span: place,
                sentence: sentence.span.clone(),
                held,
                tumour: sentence.tumour,
                date: day,
                pattern: pattern.id.clone(),
            };
            all.push((finding, pattern));
        }
    }

    /// Whether a place lies in a question: `appendix-NET 18 mm - vraag: hemicolectomie?` asks only at its end.
    fn is_asked(&self, said: &str, span: &Range<usize>, said_at: &Range<usize>) -> bool {
        let begins = || self.layout.question.as_ref().and_then(|q| q.find_iter(said).last());
        let answered = |rest: &str| self.layout.answer.as_ref().is_some_and(|answer| answer.is_match(rest));
        said.ends_with('?') && begins().is_none_or(|begins| begins.end <= span.start)
            || asked_within(said, said_at, answered)
    }

    /// Whether the sentence says before the end of a finding that it speaks of today.
    fn now(&self, sentence: &Sentence, said: &str, finding: &Finding) -> bool {
        let before = said.get(..finding.span.end.saturating_sub(sentence.span.start));
        self.layout.now.as_ref().zip(before).is_some_and(|(now, before)| now.is_match(before))
    }

    /// Whether the nearest thing that a number can belong to is one that the pattern speaks of.
    /// Where a sentence names none, it may go on about the last that the sentence before it named: `Tumor: 3; grootste 2 cm`.
    fn owned(
        &self,
        pattern: &Pattern,
        scene: &Scene<'_>,
        number: &Range<usize>,
        around: &mut Around,
    ) -> bool {
        if pattern.owners.is_empty() && pattern.not_of.is_empty() {
            return true;
        }
        let said = scene.said;
        let here = around.named.get_or_insert_with(|| named(&self.owners, said));
        match owner_of(&self.owners, here, said, number) {
            Some(owner) => {
                !pattern.not_of.contains(&owner)
                    && (pattern.owners.is_empty() || pattern.owners.contains(&owner))
            }
            None if pattern.owners.is_empty() => true,
            None => scene.before.is_some_and(|before| {
                let there = named(&self.owners, before);
                owner_of(&self.owners, &there, before, &(before.len()..before.len()))
                    .is_some_and(|owner| pattern.owners.contains(&owner))
            }),
        }
    }

    /// Without what another finding makes needless: what a weaker pattern found of a fact that a firmer one proposes,
    /// and a value that another proposal says more exactly.
    fn keep_exact(&self, all: Vec<Said>) -> Vec<Finding> {
        let covers = |coarse: &Finding, fine: &Finding| {
            self.covers
                .iter()
                .any(|(fact, c, f)| *fact == fine.fact && *c == coarse.value && *f == fine.value)
        };
        let kinds = distinct(&all);
        let alike = |f: &Finding| kinds[&f.fact].iter();
        // What is said firmly but coarsely does not silence the one thing that is said more exactly.
        let only = |said: &Said| {
            let f = &said.finding;
            let other = |o: &Finding| o.proposed() && o.value != f.value;
            said.rank < LAST
                && alike(f).all(|o| !other(&o.finding) || o.rank == LAST || covers(&o.finding, f))
        };
        let firmer = |said: &Said| {
            let only = only(said);
            alike(&said.finding).any(|o| {
                o.rank < said.rank
                    && (said.rank == LAST || o.finding.proposed())
                    && !(only && covers(&o.finding, &said.finding))
            })
        };
        let larger = |said: &Said| {
            said.most
                && alike(&said.finding)
                    .any(|o| o.finding.proposed() && number(&o.finding) > number(&said.finding))
        };
        let stays: Vec<bool> =
            all.iter().map(|said| !(said.finding.proposed() && (firmer(said) || larger(said)))).collect();
        let all: Vec<Finding> =
            all.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(said, _)| said.finding).collect();
        let proposed: BTreeSet<(FactIdx, &str)> =
            all.iter().filter(|o| o.proposed()).map(|o| (o.fact, o.value.as_str())).collect();
        let exacter = |f: &Finding| {
            self.covers.iter().any(|(fact, coarse, fine)| {
                *fact == f.fact && *coarse == f.value && proposed.contains(&(*fact, fine.as_str()))
            })
        };
        let stays: Vec<bool> = all.iter().map(|f| !(f.proposed() && exacter(f))).collect();
        all.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(f, _)| f).collect()
    }

    /// Holds as doubted what cannot be true beside what else is proposed.
    fn hold_beside(&self, findings: &mut [Finding]) {
        for against in &self.against {
            let beside = |f: &Finding| {
                f.proposed() && against.when.iter().any(|(fact, value)| f.fact == *fact && f.value == *value)
            };
            if findings.iter().any(beside) {
                for f in findings.iter_mut() {
                    if f.proposed() && f.fact == against.fact && f.value == against.value {
                        f.held.push(Held::Doubted);
                    }
                }
            }
        }
    }

    fn value(&self, pattern: &Pattern, said: &str, found: &Hit) -> Option<String> {
        let group = |range: &Option<Range<usize>>| range.clone().map(|r| &said[r]);
        let (unit, compared) = (group(&found.unit), group(&found.compared));
        let said = group(&found.value);
        let said = match (said, pattern.lexicon) {
            (Some(said), Some(lexicon)) => Some(self.lexicons[lexicon].value(said)?.to_string()),
            (Some(said), None) if pattern.largest => Some(largest(said)),
            (Some(said), None) => Some(self.rewrites.typed(said)),
            (None, _) => None,
        };
        let mut value = pattern.value.clone();
        if value.contains("$v") {
            value = value.replace("$v", &said?);
        }
        if value.contains("$u") {
            value = value.replace("$u", &unit.map_or_else(String::new, |u| self.rewrites.typed(u)));
        }
        if value.contains("$c") {
            let compared = compared.map_or_else(String::new, |c| self.rewrites.typed(c));
            value = value.replace("$c", &compared);
        }
        Some(value.trim().to_string())
    }

    /// The day of the report: the latest day named outside sections that speak of the past, else the latest in the text.
    fn report_date(&self, days: &[Vec<Date>], sentences: &[Sentence]) -> Option<Date> {
        let past = |s: &Sentence| s.section.and_then(|s| self.sections[s].light) == Some(Held::Past);
        let now = days.iter().zip(sentences).filter(|(_, s)| !past(s)).flat_map(|(days, _)| days).max();
        now.or_else(|| days.iter().flatten().max()).copied()
    }

    fn dates_in(&self, said: &str) -> Vec<Date> {
        if !has_year(said) {
            return Vec::new();
        }
        let mut days: Vec<(usize, Date)> = Vec::new();
        for pattern in &self.dates {
            for found in pattern.captures_iter(said) {
                let group = |name| found.name(name).map(|m| &said[m.range()]);
                let number = |name| group(name).and_then(|m| m.parse::<i16>().ok());
                let month = match group("name") {
                    Some(name) => self.months.get(&name.to_lowercase()).copied(),
                    None => number("m").and_then(|m| i8::try_from(m).ok()),
                };
                let day = number("d").and_then(|d| i8::try_from(d).ok());
                let (Some(year), Some(month), Some(day)) = (number("y"), month, day) else { continue };
                if let (Ok(day), Some(whole)) = (Date::new(year, month, day), found.get(0))
                    && day >= date(1900, 1, 1)
                {
                    days.push((whole.start(), day));
                }
            }
        }
        days.sort_unstable();
        days.into_iter().map(|(_, day)| day).collect()
    }
}

/// The text with a colon behind a label that blanks alone, or a semicolon without one, part from its value: `Orgaan      rectum`,
/// `Ki-67 index;6.8%`. The places of all words stay what they are.
fn columns(text: &str) -> String {
    const LABEL_MOST: usize = 40;
    const GAP_LEAST: usize = 3;
    let mut parted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let label = line.trim_start();
        let indent = line.len() - label.len();
        let gap = label.find("   ").filter(|at| {
            let blanks = label[*at..].bytes().take_while(|b| *b == b' ').count();
            (1..=LABEL_MOST).contains(at)
                && blanks >= GAP_LEAST
                && label[..*at].starts_with(char::is_alphabetic)
                && !label[..*at].contains([':', ';', '|', '='])
                && label[*at + blanks..].starts_with(|c: char| !c.is_whitespace() && !":=|".contains(c))
        });
        let row = || {
            let at = label.find([';', ':', '|', '=', '.']).filter(|at| (1..=LABEL_MOST).contains(at))?;
            let value = label[at..].strip_prefix(';')?;
            let parts = label.starts_with(char::is_alphabetic)
                && value.starts_with(|c: char| !c.is_whitespace() && c != ';');
            parts.then_some(at)
        };
        match gap.or_else(row) {
            Some(at) => {
                parted.push_str(&line[..indent + at]);
                parted.push(':');
                parted.push_str(&line[indent + at + 1..]);
            }
            None => parted.push_str(line),
        }
    }
    parted
}

/// The text without the options of a form that are not ticked: `[ ] pancreas [x] ileum` keeps `ileum`. The places of all
/// words stay what they are.
fn ticked(text: &str) -> Cow<'_, str> {
    const EMPTY: [&str; 5] = ["[ ]", "[]", "( )", "[_]", "\u{15}"];
    const TICKED: [&str; 5] = ["[x]", "[X]", "(x)", "(X)", "\u{16}"];
    if !EMPTY.iter().any(|b| text.contains(b)) {
        return Cow::Borrowed(text);
    }
    let box_at =
        |at: usize, boxes: &[&str]| boxes.iter().find(|b| text[at..].starts_with(**b)).map(|b| b.len());
    let mut kept = String::with_capacity(text.len());
    let (mut at, mut left_out) = (0, false);
    while at < text.len() {
        let rest = &text[at..];
        let (blank, length) = if let Some(length) = box_at(at, &EMPTY) {
            left_out = true;
            (true, length)
        } else if let Some(length) = box_at(at, &TICKED) {
            left_out = false;
            (true, length)
        } else {
            left_out &= !rest.starts_with(['\n', '\t', '|', ';']) && !rest.starts_with("  ");
            (left_out, rest.chars().next().map_or(1, char::len_utf8))
        };
        if blank {
            kept.extend(std::iter::repeat_n(' ', length));
        } else {
            kept.push_str(&rest[..length]);
        }
        at += length;
    }
    Cow::Owned(kept)
}

/// The number that a finding gives, where it gives one.
fn number(finding: &Finding) -> Option<Decimal> {
    match finding.evidence.first() {
        Some((_, Evidence::Numbers(parts))) if parts.len() == 1 => parts[0].single(),
        _ => None,
    }
}

/// Whether the words name a year.
fn has_year(words: &str) -> bool {
    words.split(|c: char| !c.is_ascii_digit()).any(|w| w.len() == 4)
}

/// A year in the words before a finding makes it past only when the report is of a later year.
fn is_past(said: &str, span: &Range<usize>, today: Option<Date>) -> bool {
    let before = &said[..span.start];
    let years = before.rsplit(|c: char| !c.is_ascii_digit()).filter(|w| w.len() == 4);
    let last = years.filter_map(|w| w.parse::<i16>().ok()).find(|y| (1900..2200).contains(y));
    match (last, today) {
        (Some(year), Some(day)) => year < day.year(),
        _ => true,
    }
}
/// Of what one sentence says step by step (`through the muscle into the fat`) the last step stays.
fn keep_deepest(found: Vec<(Finding, &Pattern)>) -> Vec<(Finding, &Pattern)> {
    let depth = |f: &Finding| match f.evidence.first() {
        Some((_, Evidence::Choices(choices))) => choices.iter().max().copied(),
        _ => None,
    };
    let beaten =
        |f: &Finding| found.iter().any(|(o, _)| o.fact == f.fact && o.held == f.held && depth(o) > depth(f));
    let kept: Vec<bool> = found.iter().map(|(f, p)| !(p.deepest && beaten(f))).collect();
    found.into_iter().zip(kept).filter(|(_, keep)| *keep).map(|(f, _)| f).collect()
}

/// One finding of each kind: what a long report says again and again is weighed once.
fn distinct(all: &[Said]) -> BTreeMap<FactIdx, Vec<&Said>> {
    let mut seen = BTreeSet::new();
    let mut kinds: BTreeMap<FactIdx, Vec<&Said>> = BTreeMap::new();
    for said in all {
        let f = &said.finding;
        if seen.insert((f.fact, &f.value, said.rank, said.revision, f.proposed())) {
            kinds.entry(f.fact).or_default().push(said);
        }
    }
    kinds
}

/// Holds as denied what a report states of a tumour that it refutes; what it finds free is free all the same.
fn hold_refuted(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|f| f.value != "no" && !f.held.contains(&Held::Denied)) {
        finding.held.push(Held::Denied);
        finding.held.sort_unstable();
    }
}

/// Holds as past what a later part of the report corrects.
fn hold_corrected(vocabulary: &Vocabulary, all: &mut [Said]) {
    let kinds = distinct(all);
    let corrected: Vec<bool> = all
        .iter()
        .map(|said| {
            let f = &said.finding;
            kinds[&f.fact].iter().any(|o| {
                o.revision > said.revision
                    && o.finding.proposed()
                    && disjoint_evidence(vocabulary, f.fact, &f.evidence, &o.finding.evidence)
            })
        })
        .collect();
    for (said, _) in all.iter_mut().zip(corrected).filter(|(_, corrected)| *corrected) {
        said.finding.held.push(Held::Past);
        said.finding.held.sort_unstable();
        said.finding.held.dedup();
    }
}

/// Whether `a` leaves less open than `b`.
fn narrower(a: &[(FactIdx, Evidence)], b: &[(FactIdx, Evidence)]) -> bool {
    let size = |all: &[(FactIdx, Evidence)]| -> usize {
        all.iter()
            .map(|(_, evidence)| match evidence {
                Evidence::Choices(choices) => choices.len(),
                Evidence::Numbers(parts) => {
                    if parts.len() == 1 && parts[0].single().is_some() {
                        1
                    } else {
                        2 + parts.len()
                    }
                }
                _ => 100,
            })
            .sum()
    };
    size(a) < size(b)
}

/// Facts of which proposed findings have nothing in common.
fn conflicts(vocabulary: &Vocabulary, findings: &[Finding]) -> Vec<Conflict> {
    let mut by_fact: BTreeMap<FactIdx, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate().filter(|(_, f)| f.proposed()) {
        by_fact.entry(finding.fact).or_default().push(at);
    }
    let mut found = Vec::new();
    for (fact, places) in by_fact {
        // What is said again in the same words on the same day cannot disagree.
        let mut distinct: Vec<usize> = Vec::new();
        for at in &places {
            let same = |d: &usize| {
                (&findings[*d].value, findings[*d].date) == (&findings[*at].value, findings[*at].date)
            };
            if !distinct.iter().any(same) {
                distinct.push(*at);
            }
        }
        let apart = distinct.iter().enumerate().any(|(n, a)| {
            distinct[n + 1..].iter().any(|b| {
                let (a, b) = (&findings[*a], &findings[*b]);
                // A value measured again on another day is a history, not a contradiction.
                let again = vocabulary.fact(fact).series && a.date != b.date;
                !again && disjoint_evidence(vocabulary, fact, &a.evidence, &b.evidence)
            })
        });
        if apart {
            found.push(Conflict { fact, findings: places });
        }
    }
    found
}

/// Whether some part of what two statements mean has nothing in common.
pub(crate) fn disjoint_evidence(
    vocabulary: &Vocabulary,
    fact: FactIdx,
    a: &[(FactIdx, Evidence)],
    b: &[(FactIdx, Evidence)],
) -> bool {
    let choices = &vocabulary.fact(fact).choices;
    a.iter().any(|(fact_a, x)| {
        b.iter().filter(|(fact_b, _)| fact_a == fact_b).any(|(_, y)| match (x, y) {
            (Evidence::Choices(x), Evidence::Choices(y)) => {
                let covers = |coarse: usize, fine: usize| {
                    choices.get(coarse).zip(choices.get(fine)).is_some_and(|(c, f)| c.covers.contains(&f.id))
                };
                !x.iter().any(|i| y.iter().any(|j| i == j || covers(*i, *j) || covers(*j, *i)))
            }
            (Evidence::Numbers(x), Evidence::Numbers(y)) => {
                !x.iter().any(|i| y.iter().any(|j| !i.intersect(j).is_empty()))
            }
            _ => x != y,
        })
    })
}
