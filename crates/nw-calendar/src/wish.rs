//! Which schedules hold for a patient: the guideline's answers, what was asked for by name, and what was done already.

use std::collections::BTreeMap;

use nw_engine::{Conclusions, DueStatus, Outcome};
use nw_facts::{ConclusionIdx, Date, Evidence, FactIdx, FactSet, Language, Text, day_of};
use nw_guideline::CompiledGuideline;

use crate::calendar::{Held, Open};
use crate::schedule::{Holds, Schedules, Timing};

/// A schedule that is to be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which.
    pub schedule: String,
    /// From which day.
    pub from: Date,
    /// Appointments of it that do not hold for this patient.
    pub left_out: Vec<String>,
}

/// Something that the guideline wants again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueWish {
    /// Which, by its id in the guideline.
    pub item: String,
    /// The day on which it is due; the first one when facts are open.
    pub day: Date,
    /// Months to the next; nothing when it returns no more or that is open.
    pub months: Option<i64>,
}

/// All that the plan of one patient rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Key of the patient, from which stable ids are made; never shown.
    pub key: String,
    /// The day of the assessment.
    pub today: Date,
    /// The day from which is planned.
    pub from: Date,
    /// What is planned.
    pub wishes: Vec<Wish>,
    /// What is due.
    pub dues: Vec<DueWish>,
    /// Days on which something was done, by the fact that records it; ascending.
    pub records: BTreeMap<FactIdx, Vec<Date>>,
    /// Intervals that the record gives.
    pub intervals: BTreeMap<FactIdx, i32>,
    /// Why each schedule holds.
    pub held: Vec<Held>,
    /// What is not planned, and why.
    pub open: Vec<Open>,
    /// What was asked for by name.
    pub asked: Vec<(String, Date)>,
    /// Id, edition and digest of the guideline.
    pub guideline: (String, String, String),
}

/// How a condition stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Yes { convention: bool },
    No,
    Open,
}

fn compare(outcome: &Outcome, values: u64) -> Stand {
    let yes = Stand::Yes { convention: false };
    match outcome {
        Outcome::Concluded(value) if values >> value & 1 == 1 => yes,
        Outcome::Concluded(_) | Outcome::NotApplicable => Stand::No,
        Outcome::Undetermined(set) if set & !values == 0 => yes,
        Outcome::Undetermined(set) if set & values == 0 => Stand::No,
        Outcome::Collected { certain, .. } if certain & values != 0 => yes,
        Outcome::Collected { open, .. } if open & values == 0 => Stand::No,
        _ => Stand::Open,
    }
}

struct Asked<'a> {
    guideline: &'a CompiledGuideline,
    conclusions: &'a Conclusions,
}

impl Asked<'_> {
    fn stand(&self, holds: &Holds) -> Stand {
        let Some(drawn) = self.conclusions.drawn.iter().find(|d| d.conclusion == holds.conclusion) else {
            return Stand::Open;
        };
        match (compare(&drawn.outcome, holds.values), &drawn.convention) {
            (Stand::Open, Some(practice)) => match compare(&practice.outcome, holds.values) {
                Stand::Yes { .. } => Stand::Yes { convention: true },
                other => other,
            },
            (stand, _) => stand,
        }
    }

    fn confirmed(&self, conclusion: ConclusionIdx) -> bool {
        self.conclusions.drawn.iter().any(|d| d.conclusion == conclusion && d.confirmed)
    }

    fn label(&self, conclusion: ConclusionIdx) -> Text {
        self.guideline.vocabulary.conclusion(conclusion).label.clone()
    }

    /// The conclusion with its value where it has one: `PRRT: an option`.
    fn said(&self, conclusion: ConclusionIdx) -> Text {
        let def = self.guideline.vocabulary.conclusion(conclusion);
        let drawn = self.conclusions.drawn.iter().find(|d| d.conclusion == conclusion);
        let outcome = drawn.map(|d| d.convention.as_ref().map_or(&d.outcome, |c| &c.outcome));
        match outcome {
            Some(Outcome::Concluded(value)) if *value < def.values.len() => {
                let value = &def.values[*value].label;
                Text::new(
                    format!("{}: {}", def.label.en, value.en),
                    format!("{}: {}", def.label.nl, value.nl),
                )
            }
            Some(Outcome::NotApplicable) => Text::new(
                format!("{}: does not apply", def.label.en),
                format!("{}: niet van toepassing", def.label.nl),
            ),
            _ => Text::new(
                format!("{}: still open", def.label.en),
                format!("{}: staat nog open", def.label.nl),
            ),
        }
    }
}

impl Asked<'_> {
    /// The same with what it rests on: the rows that decide, or the conventions.
    fn because(&self, conclusion: ConclusionIdx) -> Text {
        let said = self.said(conclusion);
        let Some(drawn) = self.conclusions.drawn.iter().find(|d| d.conclusion == conclusion) else {
            return said;
        };
        let rows = drawn.reason.iter().flat_map(|reason| &reason.steps);
        let own = rows.filter(|step| self.guideline.tables[step.table].conclusion == conclusion);
        let rows = own.map(|step| &self.guideline.tables[step.table].rows[step.row].text);
        let agreed = drawn.convention.iter().flat_map(|convention| &convention.conventions);
        let agreed = agreed.map(|at| &self.guideline.conventions[*at].title);
        let all: Vec<&Text> = rows.chain(agreed).filter(|text| !text.is_empty()).collect();
        if all.is_empty() {
            return said;
        }
        let join = |language: Language| {
            let texts = all.iter().map(|text| text.get(language).trim_end_matches('.'));
            format!("{} ({})", said.get(language), texts.collect::<Vec<_>>().join("; "))
        };
        Text::new(join(Language::En), join(Language::Nl))
    }
}

/// The conclusions that schedules ask for; drawing only these is enough for [`wishes`].
pub fn asked(schedules: &Schedules, guideline: &CompiledGuideline) -> Vec<ConclusionIdx> {
    let mut all: Vec<ConclusionIdx> = guideline.dues.iter().map(|d| d.every).collect();
    for schedule in &schedules.list {
        all.extend(schedule.when.iter().chain(&schedule.hold).map(|h| h.conclusion));
        all.extend(&schedule.advice);
        all.extend(schedule.events.iter().filter_map(|e| e.when.as_ref()).map(|h| h.conclusion));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// What to plan for a patient. `by_name` are schedules that were asked for, each with its first day.
pub fn wishes(
    schedules: &Schedules,
    guideline: &CompiledGuideline,
    (facts, conclusions): (&FactSet, &Conclusions),
    (today, from): (Date, Date),
    by_name: &[(String, Date)],
    key: &str,
) -> Request {
    let said = Asked { guideline, conclusions };
    let mut request = Request {
        key: key.to_string(),
        today,
        from,
        wishes: Vec::new(),
        dues: Vec::new(),
        records: BTreeMap::new(),
        intervals: BTreeMap::new(),
        held: Vec::new(),
        open: Vec::new(),
        asked: by_name.to_vec(),
        guideline: (
            guideline.manifest.id.clone(),
            guideline.manifest.edition.clone(),
            guideline.digest.clone(),
        ),
    };
    for schedule in &schedules.list {
        let first = by_name.iter().find(|(id, _)| *id == schedule.id).map(|(_, day)| *day);
        let stand = schedule.when.as_ref().map_or(Stand::No, |h| said.stand(h));
        let held_off = schedule.hold.as_ref().filter(|h| matches!(said.stand(h), Stand::Yes { .. }));
        let reason =
            |text: Text| Open { schedule: schedule.id.clone(), title: schedule.title.clone(), because: text };
        let when = schedule.when.as_ref();
        let wanted = match (first, stand) {
            (Some(_), _) => true,
            (None, Stand::Yes { .. }) => match held_off {
                Some(hold) => {
                    request.open.push(reason(said.because(hold.conclusion)));
                    false
                }
                None => true,
            },
            (None, Stand::Open) => {
                request.open.push(reason(when.map(|h| said.said(h.conclusion)).unwrap_or_default()));
                false
            }
            (None, Stand::No) => false,
        };
        if !wanted {
            continue;
        }
        let mut because = match (when, stand) {
            (Some(holds), Stand::Yes { convention }) => {
                let label = said.label(holds.conclusion);
                let (en, nl) =
                    if convention { (" (by convention)", " (volgens afspraak)") } else { ("", "") };
                Text::new(format!("{}{en}", label.en), format!("{}{nl}", label.nl))
            }
            _ => Text::new("asked for by name", "op naam gevraagd"),
        };
        let notes = schedule.advice.iter().map(|c| said.said(*c)).filter(|_| first.is_some());
        for note in notes.chain(held_off.filter(|_| first.is_some()).map(|h| said.said(h.conclusion))) {
            because =
                Text::new(format!("{}; {}", because.en, note.en), format!("{}; {}", because.nl, note.nl));
        }
        request.held.push(Held {
            schedule: schedule.id.clone(),
            title: schedule.title.clone(),
            because,
            confirmed: when.is_some_and(|h| said.confirmed(h.conclusion)),
            sources: schedule.sources.iter().map(|s| s.key.clone()).collect(),
            mark: schedule.mark.letter().to_string(),
        });
        let out =
            |e: &&crate::Event| e.when.as_ref().is_some_and(|h| !matches!(said.stand(h), Stand::Yes { .. }));
        let left_out = schedule.events.iter().filter(out).map(|e| e.id.clone()).collect();
        let from = first.unwrap_or(from);
        request.wishes.push(Wish { schedule: schedule.id.clone(), from, left_out });
        for event in &schedule.events {
            remember(&mut request, facts, event);
        }
    }
    due(&mut request, schedules, &said);
    request
}

/// The days on which an appointment of this kind was there, and the interval of this patient.
fn remember(request: &mut Request, facts: &FactSet, event: &crate::Event) {
    if let Some(fact) = event.record {
        let mut days: Vec<Date> = facts.about(fact).filter_map(|o| exact(&o.evidence)).collect();
        days.retain(|d| *d <= request.today);
        days.sort_unstable();
        days.dedup();
        request.records.insert(fact, days);
    }
    if let Some(fact) = event.interval
        && let [one] = facts.present(fact).as_slice()
        && let Evidence::Numbers(ranges) = &one.evidence
        && let [range] = ranges.as_slice()
        && let (Some(low), Some(high)) = (range.low, range.high)
        && low.at == high.at
        && let Ok(days) = i32::try_from(low.at.trunc())
    {
        request.intervals.insert(fact, days);
    }
}

/// A day that is known to the day.
fn exact(evidence: &Evidence) -> Option<Date> {
    let Evidence::Numbers(days) = evidence else { return None };
    let [day] = days.as_slice() else { return None };
    let (low, high) = (day.low?, day.high?);
    if low.at == high.at { day_of(low.at) } else { None }
}

fn due(request: &mut Request, schedules: &Schedules, said: &Asked<'_>) {
    let planned = |item: &str| {
        schedules.list.iter().find_map(|s| {
            let wish = request.wishes.iter().find(|w| w.schedule == s.id)?;
            let event = s.events.iter().find(|e| matches!(&e.timing, Timing::Due(id, _) if id == item))?;
            (!wish.left_out.contains(&event.id)).then(|| s.id.clone())
        })
    };
    let (mut dues, mut open) = (Vec::new(), Vec::new());
    for item in &said.conclusions.due {
        let due = &said.guideline.dues[item.due];
        let Some(schedule) = planned(&due.id) else { continue };
        let mut leave = |en: &str, nl: &str| {
            open.push(Open {
                schedule: schedule.clone(),
                title: due.title.clone(),
                because: Text::new(en, nl),
            });
        };
        if !item.certain {
            leave("open facts decide whether it is to be done", "open gegevens bepalen of het nodig is");
            continue;
        }
        let Some(day) = item.earliest.filter(|_| item.status != DueStatus::Undated) else {
            leave("no day is recorded from which to count", "er is geen dag vastgelegd om vanaf te tellen");
            continue;
        };
        let def = said.guideline.vocabulary.conclusion(due.every);
        let drawn = said.conclusions.drawn.iter().find(|d| d.conclusion == due.every);
        let months = match drawn.map(|d| &d.outcome) {
            Some(Outcome::Concluded(value)) => def.values.get(*value).and_then(|v| v.months.map(i64::from)),
            _ => None,
        };
        dues.push(DueWish { item: due.id.clone(), day, months });
    }
    request.dues = dues;
    request.open.extend(open);
}
