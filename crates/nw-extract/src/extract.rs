//! Reading one report.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::civil::Date;
use nw_facts::{Evidence, FactIdx, Vocabulary};

pub use crate::context::Light as Held;
use crate::context::{Lit, asked_within, clause_start};
use crate::days::{Month, has_year};
use crate::forms::{columns, earlier_columns, ticked};
use crate::grammar::{Grammar, LAST, Lazy, Pattern, WEAKER};
use crate::layout::Sentence;
use crate::owner::{Named, named, owner_of};
use crate::required::Present;
use crate::search::{Folded, Hit, Search};
use crate::values::largest;
use crate::weighed::{Said, conflicts, hold_corrected, hold_refuted, narrower};

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
    /// The facts in it that are measured again and again, each value on its day.
    series: BTreeSet<FactIdx>,
}

impl Report {
    /// For each fact that the report states without disagreeing with itself, the finding that says most; of what is measured
    /// again and again, that of the latest day. What names no day is of the day of the report.
    pub fn proposals(&self) -> Vec<&Finding> {
        let day = |f: &Finding| if self.series.contains(&f.fact) { f.date.or(self.date) } else { None };
        let mut best: BTreeMap<FactIdx, &Finding> = BTreeMap::new();
        for finding in self.findings.iter().filter(|f| f.proposed()) {
            if self.conflicts.iter().any(|c| c.fact == finding.fact) {
                continue;
            }
            let entry = best.entry(finding.fact).or_insert(finding);
            let later = day(finding).cmp(&day(entry));
            if later.is_gt() || later.is_eq() && narrower(&finding.evidence, &entry.evidence) {
                *entry = finding;
            }
        }
        let mut all: Vec<&Finding> = best.into_values().collect();
        all.sort_by_key(|f| f.span.start);
        all
    }
}

/// A report that is being read.
struct Reading<'v> {
    vocabulary: &'v Vocabulary,
    folded: Folded,
    text: String,
    /// The text in one line.
    unbroken: String,
    sentences: Vec<Sentence>,
    /// The days that each sentence names.
    days: Vec<Vec<Date>>,
    date: Option<Date>,
    /// The year before which a year is past, in a report without a day of its own with its month.
    year: Option<Month>,
    /// What each sentence holds of the words of patterns, and what the report does.
    present: Vec<Present>,
    present_anywhere: Present,
    /// The patterns of which no words are missing in each sentence.
    wanted: Vec<Vec<usize>>,
    /// What is known of the conditions that patterns ask of each sentence, and of the whole report.
    stands: Vec<Vec<Option<bool>>>,
    known: Vec<Option<bool>>,
    /// The facts of which no more is looked for.
    settled: BTreeSet<FactIdx>,
    /// Where patterns of the rank that is read are in each sentence, in the order of the patterns.
    hits: Vec<Vec<(usize, Vec<Hit>)>>,
    all: Vec<Said>,
}

/// Words of a sentence that a firmer pattern has taken for a fact, and whether it is held back.
type Taken = (FactIdx, Range<usize>, bool);

/// One sentence of a report, with the day it names or else that of the report.
#[derive(Clone, Copy)]
struct Scene<'r> {
    said: &'r str,
    /// The words of patterns that it holds.
    present: &'r Present,
    /// The sentence before it on the same line.
    before: Option<(&'r str, &'r Present)>,
    sentence: &'r Sentence,
    day: Option<Date>,
    /// The year before which a year is past, in a report without a day of its own with its month.
    year: Option<Month>,
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
        self.extract_all(vocabulary, &[text]).pop().unwrap_or_default()
    }

    /// Reads reports, each by itself; together they cost less than one by one.
    pub fn extract_all(&self, vocabulary: &Vocabulary, texts: &[&str]) -> Vec<Report> {
        let mut readings: Vec<Reading<'_>> = texts.iter().map(|text| self.begin(vocabulary, text)).collect();
        for rank in 0..=LAST {
            for reading in &mut readings {
                reading.settled = self.settled(reading, rank);
            }
            self.look(&mut readings, rank);
            readings.iter_mut().for_each(|reading| self.gather(reading));
        }
        readings.into_iter().map(|reading| self.report(reading)).collect()
    }

    fn begin<'v>(&self, vocabulary: &'v Vocabulary, text: &str) -> Reading<'v> {
        let folded = Folded::of(text);
        let earlier = earlier_columns(&folded.text, |cell| self.column_day(cell));
        let folded = folded.without(&earlier);
        let text = columns(&ticked(&folded.text));
        let sentences = self.layout.sentences(&text);
        // A line that ends within a sentence was broken for width; the places of all words stay what they are.
        let unbroken = text.replace(['\n', '\r'], " ");
        let days: Vec<Vec<Date>> = sentences.iter().map(|s| self.days_in(&text, &s.span)).collect();
        let date = self.report_date(&days, &sentences);
        let (present, present_anywhere) = self.words.present(&unbroken, sentences.iter().map(|s| &s.span));
        Reading {
            vocabulary,
            folded,
            date,
            year: date.map(|date| (date.year(), None)).or_else(|| self.latest_year(&text, &sentences)),
            wanted: present.iter().map(|p| self.wanted(p)).collect(),
            stands: vec![vec![None; self.conditions.len()]; sentences.len()],
            known: vec![None; self.conditions.len()],
            settled: BTreeSet::new(),
            hits: sentences.iter().map(|_| Vec::new()).collect(),
            all: Vec::new(),
            text,
            unbroken,
            sentences,
            days,
            present,
            present_anywhere,
        }
    }

    fn report(&self, reading: Reading<'_>) -> Report {
        let Reading { vocabulary, folded, unbroken, mut all, date, .. } = reading;
        hold_corrected(vocabulary, &mut all);
        let mut findings = self.keep_exact(vocabulary, all);
        if self.layout.refuted.as_ref().is_some_and(|refuted| refuted.is_match(&unbroken)) {
            hold_refuted(&mut findings);
        }
        self.hold_beside(&mut findings);
        for finding in &mut findings {
            finding.span = folded.range(&finding.span);
            finding.sentence = folded.range(&finding.sentence);
        }
        findings.sort_by_key(|f| (f.span.start, f.fact));
        let series = findings.iter().map(|f| f.fact).filter(|fact| vocabulary.fact(*fact).series).collect();
        Report { conflicts: conflicts(vocabulary, &findings), findings, date, series }
    }

    /// The facts of which no pattern of this rank is looked for: for the last rank those that any other found, else those of
    /// which it could propose no value, as a firmer one does and none says the same more exactly. A report that corrects
    /// itself settles nothing before its end.
    fn settled(&self, reading: &Reading<'_>, rank: u8) -> BTreeSet<FactIdx> {
        let all = reading.all.iter();
        if rank == LAST {
            return all.filter(|s| s.rank < LAST).map(|s| s.finding.fact).collect();
        }
        if reading.sentences.iter().any(|s| s.revision > 0) {
            return BTreeSet::new();
        }
        let coarse = |f: &Finding| self.covers.iter().any(|(fact, c, _)| *fact == f.fact && *c == f.value);
        let firm = all.filter(|s| s.rank < rank && s.revision <= PLAIN && s.finding.proposed());
        firm.filter(|s| !coarse(&s.finding)).map(|s| s.finding.fact).collect()
    }

    /// The patterns that can be in a sentence which holds these words, in the order of the files.
    fn wanted(&self, present: &Present) -> Vec<usize> {
        let cued = self.cued.iter().filter(|(cues, _)| present.all(&[*cues]));
        let cued = cued.flat_map(|(_, patterns)| patterns).copied();
        let mut wanted: Vec<usize> = cued.filter(|at| present.all(&self.patterns[*at].find.sets)).collect();
        wanted.sort_unstable();
        wanted
    }

    /// Looks for the patterns of one rank, one after the other through all reports: an automaton that was just used is quick.
    fn look(&self, readings: &mut [Reading<'_>], rank: u8) {
        let mut places: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.patterns.len()];
        for (r, reading) in readings.iter().enumerate() {
            for (n, (wanted, sentence)) in reading.wanted.iter().zip(&reading.sentences).enumerate() {
                for at in wanted {
                    let pattern = &self.patterns[*at];
                    if pattern.rank == rank
                        && pattern.stands_in(sentence.section)
                        && !reading.settled.contains(&pattern.fact)
                    {
                        places[*at].push((r, n));
                    }
                }
            }
        }
        for (at, places) in places.into_iter().enumerate() {
            let pattern = &self.patterns[at];
            for (r, n) in places {
                let reading = &mut readings[r];
                let said = &reading.unbroken[reading.sentences[n].span.clone()];
                let (present, stands) = (&reading.present[n], &mut reading.stands[n]);
                let rules_out =
                    |asked: Option<usize>, by| asked.is_some_and(|at| reading.known[at] == Some(by));
                if rules_out(pattern.needs, false)
                    || rules_out(pattern.unless_report, true)
                    || !pattern.holds.iter().all(|at| self.holds(*at, stands, present, said))
                {
                    continue;
                }
                let hits = pattern.find.get().map_or_else(Vec::new, |find| find.hits(said));
                if !hits.is_empty() {
                    reading.hits[n].push((at, hits));
                }
            }
        }
    }

    /// What the patterns of one rank find where they are in the sentences of a report.
    fn gather(&self, reading: &mut Reading<'_>) {
        let mut taken: BTreeMap<usize, Vec<Taken>> = BTreeMap::new();
        for Said { finding: f, .. } in &reading.all {
            taken.entry(f.sentence.start).or_default().push((f.fact, f.span.clone(), !f.held.is_empty()));
        }
        for (n, sentence) in reading.sentences.iter().enumerate() {
            let hits = std::mem::take(&mut reading.hits[n]);
            if hits.is_empty() {
                continue;
            }
            let said = &reading.unbroken[sentence.span.clone()];
            let day = reading.days[n].first().copied().or(reading.date);
            let before = n.checked_sub(1).map(|at| (&reading.sentences[at].span, &reading.present[at]));
            let before = before.filter(|(b, _)| !reading.text[b.end..sentence.span.start].contains('\n'));
            let before = before.map(|(b, present)| (&reading.unbroken[b.clone()], present));
            let earlier = taken.get(&sentence.span.start).map_or(&[][..], Vec::as_slice);
            let present = &reading.present[n];
            let scene = Scene { said, present, before, sentence, day, year: reading.year, earlier };
            let (mut found, mut around) = (Vec::new(), Around::default());
            for (at, hits) in hits {
                let pattern = &self.patterns[at];
                let (text, present, known) = (&reading.text, &reading.present_anywhere, &mut reading.known);
                if pattern.needs.is_none_or(|at| self.holds(at, known, present, text))
                    && !pattern.unless_report.is_some_and(|at| self.holds(at, known, present, text))
                {
                    self.find(reading.vocabulary, &scene, pattern, hits, &mut around, &mut found);
                }
            }
            let asked = sentence.section.is_some_and(|s| self.sections[s].numbers);
            let times = if found.is_empty() { Vec::new() } else { self.times(said) };
            reading.all.extend(keep_deepest(found).into_iter().map(|(finding, pattern)| Said {
                // What a request tells yields to what the report itself says.
                rank: if asked { pattern.rank.max(WEAKER) } else { pattern.rank },
                revision: REVISION * u16::from(sentence.revision) + time_of(&times, sentence, &finding),
                most: pattern.most,
                finding,
            }));
        }
    }

    /// Whether words hold what a condition asks, looked for once.
    fn holds(&self, at: usize, known: &mut [Option<bool>], present: &Present, words: &str) -> bool {
        *known[at].get_or_insert_with(|| self.conditions[at].stands(present, words))
    }

    /// What one pattern finds in one sentence. Of one fact, the pattern that stands first in the files takes the words.
    fn find<'g>(
        &self,
        vocabulary: &Vocabulary,
        scene: &Scene<'_>,
        pattern: &'g Pattern,
        hits: Vec<Hit>,
        around: &mut Around,
        all: &mut Vec<(Finding, &'g Pattern)>,
    ) {
        let Scene { said, sentence, day, year, earlier, .. } = *scene;
        for found in hits {
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
                lazy.as_ref().is_some_and(|u| u.stands(scene.present, words))
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
            let lit = around.lit.get_or_insert_with(|| self.cues.lit(scene.present, said));
            let mut held = self.cues.lights(said, lit, &said_at, |light, cue| {
                light != Held::Past || !has_year(cue) || self.is_past(said, &span, year)
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

    /// Where a sentence says that it speaks of today, or of what was said first, with what that weighs: in its order.
    fn times(&self, said: &str) -> Vec<(usize, u16)> {
        let ends = |search: &Option<Search>, weight: u16| -> Vec<(usize, u16)> {
            search.iter().flat_map(|s| s.find_iter(said)).map(|found| (found.end, weight)).collect()
        };
        let mut all = ends(&self.layout.now, NOW);
        all.extend(ends(&self.layout.then, THEN));
        all.sort_unstable();
        all
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
        let here = around.named.get_or_insert_with(|| named(&self.owners, scene.present, said));
        match owner_of(&self.owners, here, said, number) {
            Some(owner) => {
                !pattern.not_of.contains(&owner)
                    && (pattern.owners.is_empty() || pattern.owners.contains(&owner))
            }
            None if pattern.owners.is_empty() => true,
            None => scene.before.is_some_and(|(before, present)| {
                let there = named(&self.owners, present, before);
                owner_of(&self.owners, &there, before, &(before.len()..before.len()))
                    .is_some_and(|owner| pattern.owners.contains(&owner))
            }),
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
}

/// What a finding weighs of which was said first, of which nothing says when, and of which is said that it is so now; and
/// what it weighs more for each time that the report corrected itself before it.
const THEN: u16 = 0;
const PLAIN: u16 = 1;
const NOW: u16 = 2;
const REVISION: u16 = 3;

/// What the last words before the end of a finding that speak of a time make it weigh.
fn time_of(times: &[(usize, u16)], sentence: &Sentence, finding: &Finding) -> u16 {
    let end = finding.span.end - sentence.span.start;
    times.iter().rev().find(|(at, _)| *at <= end).map_or(PLAIN, |(_, weight)| *weight)
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
