//! From a table to columns of numbers: what each row says and what the guideline concludes of it.
//!
//! Conclusions come from a [`batch`](crate::batch) over the same table. Where a comparison takes facts away, the engine
//! is asked about each row by itself; it also tells which facts contradict each other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nw_engine::{Detail, Drawn, Engine, Options, Outcome, Preparations};
use nw_facts::{ConclusionIdx, Evidence, FactIdx, FactSet, Text};
use nw_guideline::CompiledGuideline;

use super::Request;
use super::definition::{Comparison, Definition, Way, fact, facts, unknown};
use crate::batch::{self, Mapped, Mapping};
use crate::fault::Fault;
use crate::rows::{Carried, Rows, broken};
use crate::table::{NULL, Reader, Unit, texts};

/// No value.
pub(super) const NONE: u16 = u16::MAX;

/// Values of one thing over all rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    pub id: String,
    pub label: Text,
    /// Id and label of each level.
    pub levels: Vec<(String, Text)>,
    /// By row: the level, or [`NONE`].
    pub codes: Vec<u16>,
    /// By row: the number, where it is a number.
    pub numbers: Vec<f64>,
    /// Rows whose value is conventional.
    pub conventional: u64,
}

/// How one indicator stands for one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Yes,
    No,
    Unknown,
    /// Whether the patient counts is open.
    Open,
    Outside,
}

/// One indicator over all rows.
pub(super) struct Indicator {
    pub id: String,
    pub label: Text,
    pub rows: Vec<Met>,
    /// Rows whose place rests on a convention.
    pub conventional: u64,
}

/// Facts that contradict each other, with the rules they break.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clash {
    pub facts: Vec<FactIdx>,
    pub rules: Vec<usize>,
    pub agreements: Vec<usize>,
}

/// All that was gathered; every list has one place for each row that could be read.
#[derive(Default)]
pub(super) struct Gathered {
    pub rows: u64,
    pub rejected: u64,
    pub asked: u64,
    pub count: usize,
    pub centres: Option<Levels>,
    pub years: Vec<i16>,
    pub things: Vec<Levels>,
    pub indicators: Vec<Indicator>,
    /// For each comparison the two ways.
    pub ways: Vec<[Vec<u16>; 2]>,
    pub clashes: BTreeMap<Clash, u64>,
    /// Rows with any clash.
    pub clashing: u64,
}

impl Gathered {
    pub(super) fn thing(&self, id: &str) -> Option<&Levels> {
        self.things.iter().find(|t| t.id == id)
    }
}

/// A fact or a conclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Fact(FactIdx),
    Conclusion(ConclusionIdx),
}

pub(super) fn of(guideline: &CompiledGuideline, name: &str) -> Result<Of, Fault> {
    let vocabulary = &guideline.vocabulary;
    if let Some(fact) = vocabulary.find_fact(name) {
        return Ok(Of::Fact(fact));
    }
    let conclusion = vocabulary.find_conclusion(name).filter(|c| guideline.conclusion(*c).is_some());
    conclusion.map(Of::Conclusion).ok_or_else(|| unknown(vocabulary, name))
}

/// The levels of a fact or conclusion, before anything is counted.
fn levels(guideline: &CompiledGuideline, of: Of) -> Levels {
    let named = |id: &str, label: &Text, values: &[nw_facts::Choice]| Levels {
        id: id.to_string(),
        label: label.clone(),
        levels: values.iter().map(|v| (v.id.clone(), v.label.clone())).collect(),
        ..Levels::default()
    };
    match of {
        Of::Fact(fact) => {
            let def = guideline.vocabulary.fact(fact);
            named(&def.id, &def.label, &def.choices)
        }
        Of::Conclusion(conclusion) => {
            let def = guideline.vocabulary.conclusion(conclusion);
            let mut levels = named(&def.id, &def.label, &def.values);
            let outside = Text::new("does not apply", "niet van toepassing");
            levels.levels.push(("not-applicable".to_string(), outside));
            levels
        }
    }
}

/// One way of a comparison, with its names found.
struct Road {
    of: Of,
    without: Vec<FactIdx>,
}

/// A comparison with its names found.
struct Pair {
    /// Of each of these lists one fact.
    needs: Vec<Vec<FactIdx>>,
    only: Vec<(FactIdx, usize)>,
    ways: [Road; 2],
}

fn pair(guideline: &CompiledGuideline, comparison: &Comparison) -> Result<Pair, Fault> {
    let vocabulary = &guideline.vocabulary;
    let road = |way: &Way| {
        Ok::<Road, Fault>(Road { of: of(guideline, &way.of)?, without: facts(vocabulary, &way.without)? })
    };
    let mut only = Vec::new();
    for (name, value) in &comparison.only {
        let fact = fact(vocabulary, name)?;
        let choice = vocabulary.fact(fact).choice(value).ok_or_else(|| {
            Fault::request(
                format!("the analysis asks for `{name}` = `{value}`, which is no value of that fact"),
                format!("de analyse vraagt `{name}` = `{value}`, wat geen waarde van dat gegeven is"),
            )
        })?;
        only.push((fact, choice));
    }
    Ok(Pair {
        needs: comparison
            .needs
            .iter()
            .map(|need| need.split('|').map(|name| fact(vocabulary, name)).collect())
            .collect::<Result<_, _>>()?,
        only,
        ways: [road(&comparison.first)?, road(&comparison.second)?],
    })
}

/// Conclusions by a name in which `*` stands for anything: what it stands for, and the conclusion.
fn starred(guideline: &CompiledGuideline, name: &str) -> Vec<(String, ConclusionIdx)> {
    let (before, after) = name.split_once('*').unwrap_or((name, ""));
    let all = guideline.conclusions.iter().filter_map(|c| {
        let id = &guideline.vocabulary.conclusion(c.idx).id;
        let middle = id.strip_prefix(before)?.strip_suffix(after)?;
        Some((middle.to_string(), c.idx))
    });
    all.collect()
}

/// Everything that a definition names, found.
pub(super) struct Plan<'g> {
    guideline: &'g CompiledGuideline,
    things: Vec<Of>,
    indicators: Vec<(String, ConclusionIdx, ConclusionIdx)>,
    pairs: Vec<Pair>,
    date: Option<FactIdx>,
}

impl<'g> Plan<'g> {
    pub(super) fn new(guideline: &'g CompiledGuideline, definition: &Definition) -> Result<Plan<'g>, Fault> {
        let mut names: Vec<&str> = definition.mix.iter().map(|m| m.of.as_str()).collect();
        for survival in &definition.survival {
            names.extend([survival.time.as_str(), &survival.event]);
            names.extend(survival.strata.iter().map(String::as_str));
            names.extend(survival.covariate.iter().map(|c| c.of.as_str()));
        }
        let mut things: Vec<Of> = Vec::new();
        for name in names {
            let of = of(guideline, name)?;
            if !things.contains(&of) {
                things.push(of);
            }
        }
        let mut indicators = Vec::new();
        if let Some(asked) = &definition.indicators {
            let numerators = starred(guideline, &asked.numerator);
            for (name, counts) in starred(guideline, &asked.denominator) {
                let twin = numerators.iter().find(|(n, _)| *n == name);
                indicators.extend(twin.map(|(_, met)| (name, counts, *met)));
            }
        }
        let date = definition.date.as_deref().map(|d| fact(&guideline.vocabulary, d)).transpose()?;
        let pairs = definition.comparison.iter().map(|c| pair(guideline, c)).collect::<Result<_, _>>()?;
        Ok(Plan { guideline, things, indicators, pairs, date })
    }

    /// Conclusions that the batch draws.
    pub(super) fn drawn(&self) -> Vec<ConclusionIdx> {
        let mut all: Vec<ConclusionIdx> = self
            .things
            .iter()
            .filter_map(|of| match of {
                Of::Conclusion(conclusion) => Some(*conclusion),
                Of::Fact(_) => None,
            })
            .collect();
        all.extend(self.indicators.iter().flat_map(|(_, a, b)| [*a, *b]));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What one patient's facts say by themselves.
    pub(super) fn row(
        &self,
        options: &Options,
        engine: &mut Engine<'_>,
        facts: &FactSet,
        number: u64,
        centre: String,
    ) -> Row {
        let things = self.things.iter().map(|of| match of {
            Of::Fact(fact) => value(facts, *fact),
            Of::Conclusion(_) => (NONE, f64::NAN),
        });
        let things = things.collect();
        let year = self.date.map_or(i16::MIN, |fact| year(facts, fact));
        let (clashes, ways) = ask(self, options, engine, facts);
        Row { number, centre, year, facts: things, ways, clashes }
    }
}

/// What one row says by itself.
pub(super) struct Row {
    number: u64,
    centre: String,
    year: i16,
    /// For each thing: the level and the number.
    facts: Vec<(u16, f64)>,
    ways: Vec<[u16; 2]>,
    clashes: Vec<Clash>,
}

/// Gathers everything that the definition asks for.
pub(super) fn gather(
    guideline: &CompiledGuideline,
    definition: &Definition,
    request: &Request,
    tell: &(dyn Fn(f64) + Sync),
) -> Result<Gathered, Fault> {
    let plan = Plan::new(guideline, definition)?;
    let mut reader = Reader::open(&request.input)?;
    let names = reader.names().to_vec();
    let mapping = request.mapping.clone().unwrap_or_else(|| Mapping::by_name(&guideline.vocabulary, &names));
    let centre = definition.centre.as_ref().and_then(|c| names.iter().position(|n| n == c));
    let mut mapped = mapping.find(&guideline.vocabulary, &names)?;
    mapped.as_of = request.as_of.or(mapped.as_of);
    // The batch refuses what is wrong with the table before anything else is done.
    let drawn = plan.drawn();
    let asked = batch::Request {
        input: request.input.clone(),
        output: request.work.clone(),
        mapping: Some(Mapping { keep: Vec::new(), ..mapping }),
        only: Some(drawn.clone()),
        reject: request.work.with_extension("rejects.csv"),
        threads: request.threads,
        unit: crate::table::UNIT,
        options: Options { detail: Detail::Reasons, ..request.options.clone() },
        language: nw_facts::Language::En,
        dutch: str::to_string,
        as_of: request.as_of,
        columns: batch::Wanted::default(),
    };
    let summary = batch::run(guideline, &asked, &|done| tell(done * 0.7))?;
    let concluded = read_back(guideline, &request.work, &drawn)?;
    for ending in ["", ".about.json"] {
        let mut name = request.work.clone().into_os_string();
        name.push(ending);
        let _ = std::fs::remove_file(name);
    }
    let _ = std::fs::remove_file(&asked.reject);
    let mut wanted: Vec<usize> = mapped.columns.iter().map(|c| c.source).chain(centre).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let place = |source: &usize| wanted.binary_search(source).unwrap_or(0);
    let places: Vec<usize> = mapped.columns.iter().map(|c| place(&c.source)).collect();
    let centre_place: Vec<usize> = centre.iter().map(place).collect();
    reader.want(wanted.clone(), 2048)?;
    let rows = read_rows(&plan, request, &mapped, (&places, &centre_place), reader, tell)?;
    let lost = || Fault::shape(&request.input, "the same table twice", "it changed while it was read");
    let mut all = together(&plan, definition, rows, &concluded, &lost)?;
    all.rows = summary.rows;
    all.rejected = summary.rejected;
    all.asked = summary.asked;
    if centre.is_none() {
        all.centres = None;
    }
    Ok(all)
}

/// One conclusion of every row: value, conventional value, status.
pub(super) struct Concluded {
    /// By row: position of the value (the number of values for "not applicable"), and whether it is conventional.
    pub(super) values: Vec<(u16, bool)>,
}

/// Row numbers, and for each conclusion what was concluded.
pub(super) type ReadBack = (Vec<u64>, BTreeMap<ConclusionIdx, Concluded>);

fn read_back(guideline: &CompiledGuideline, path: &Path, drawn: &[ConclusionIdx]) -> Result<ReadBack, Fault> {
    let mut reader = Reader::open(path)?;
    let names = reader.names().to_vec();
    let find = |name: &str| names.iter().position(|n| n == name).unwrap_or(0);
    let mut wanted = vec![find("row")];
    for conclusion in drawn {
        let id = &guideline.vocabulary.conclusion(*conclusion).id;
        wanted.extend(["", ":status", ":conventional"].map(|aspect| find(&format!("{id}{aspect}"))));
    }
    reader.want(wanted, crate::table::UNIT)?;
    let mut rows: Vec<u64> = Vec::new();
    let mut all: BTreeMap<ConclusionIdx, Concluded> =
        drawn.iter().map(|c| (*c, Concluded { values: Vec::new() })).collect();
    while let Some(unit) = reader.unit()? {
        let shape = |why| Fault::shape(path, "a table of conclusions", why);
        let numbers = texts(&unit.columns[0]).map_err(shape)?;
        rows.extend(numbers.codes.iter().map(|c| {
            if *c == NULL { 0 } else { numbers.texts[*c as usize].parse::<u64>().unwrap_or_default() }
        }));
        for (at, conclusion) in drawn.iter().enumerate() {
            let def = guideline.vocabulary.conclusion(*conclusion);
            let column = |aspect: usize| texts(&unit.columns[1 + at * 3 + aspect]).map_err(shape);
            let (value, status, conventional) = (column(0)?, column(1)?, column(2)?);
            let outside = def.values.len() as u16;
            let of = |text: &String| {
                if text == "not-applicable" { outside } else { def.value(text).map_or(NONE, |v| v as u16) }
            };
            let positions = |codes: &crate::table::Codes| codes.texts.iter().map(of).collect::<Vec<u16>>();
            let (values, customs) = (positions(&value), positions(&conventional));
            let not_applicable: Vec<bool> = status.texts.iter().map(|s| s == "not-applicable").collect();
            let Some(list) = all.get_mut(conclusion) else { continue };
            for row in 0..unit.rows {
                let at = |codes: &[u32], list: &[u16]| match codes[row] {
                    NULL => NONE,
                    code => list[code as usize],
                };
                let is_outside = status.codes[row] != NULL && not_applicable[status.codes[row] as usize];
                let exact = if is_outside { outside } else { at(&value.codes, &values) };
                let custom = at(&conventional.codes, &customs);
                list.values.push(if exact == NONE && custom != NONE {
                    (custom, true)
                } else {
                    (exact, false)
                });
            }
        }
    }
    Ok((rows, all))
}

fn read_rows(
    plan: &Plan<'_>,
    request: &Request,
    mapped: &Mapped,
    (places, centre): (&[usize], &[usize]),
    reader: Reader,
    tell: &(dyn Fn(f64) + Sync),
) -> Result<Vec<Row>, Fault> {
    let source = Mutex::new((0u64, reader));
    let parts: Mutex<BTreeMap<u64, Vec<Row>>> = Mutex::default();
    let failed: Mutex<Option<Fault>> = Mutex::default();
    let preparations = Preparations::new(plan.guideline);
    std::thread::scope(|scope| {
        for _ in 0..request.threads.max(1) {
            scope.spawn(|| {
                let mut engine = Engine::with(plan.guideline, &preparations);
                loop {
                    let taken = {
                        let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
                        source.0 += 1;
                        let number = source.0;
                        source.1.unit().map(|u| u.map(|unit| (number, unit, source.1.done())))
                    };
                    let done = match taken {
                        Ok(None) => return,
                        Err(fault) => Err(fault),
                        Ok(Some((number, unit, done))) => {
                            tell(0.7 + 0.3 * done);
                            unit_rows(plan, request, mapped, (places, centre), &unit, &mut engine)
                                .map(|rows| (number, rows))
                        }
                    };
                    match done {
                        Ok((number, rows)) => {
                            parts.lock().unwrap_or_else(PoisonError::into_inner).insert(number, rows);
                        }
                        Err(fault) => {
                            failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
                        }
                    }
                    if failed.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                        return;
                    }
                }
            });
        }
    });
    if let Some(fault) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(fault);
    }
    Ok(parts.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().flatten().collect())
}

fn unit_rows(
    plan: &Plan<'_>,
    request: &Request,
    mapped: &Mapped,
    (places, centre): (&[usize], &[usize]),
    unit: &Unit,
    engine: &mut Engine<'_>,
) -> Result<Vec<Row>, Fault> {
    let shape = |why| Fault::shape(&request.input, "a table of facts", why);
    let rows = Rows::of(&plan.guideline.vocabulary, mapped, places, unit).map_err(shape)?;
    let carried = Carried::of(unit, centre).map_err(shape)?;
    let mut all = Vec::with_capacity(unit.rows);
    for row in 0..unit.rows {
        if broken(unit, row).is_some() {
            continue;
        }
        let Ok(facts) = rows.facts(row) else { continue };
        let centre = carried.row(row).pop().unwrap_or_default();
        let number = unit.first + row as u64 + 1;
        all.push(plan.row(&request.options, engine, &facts, number, centre));
    }
    Ok(all)
}

/// The value of a fact when it has one: position of the choice, number.
fn value(facts: &FactSet, fact: FactIdx) -> (u16, f64) {
    let mut found = (NONE, f64::NAN);
    for observation in facts.about(fact) {
        match &observation.evidence {
            Evidence::Choices(choices) if choices.len() == 1 => found.0 = choices[0] as u16,
            Evidence::Numbers(ranges) if ranges.len() == 1 => {
                if let Some(number) = ranges[0].single() {
                    found.1 = number.to_string().parse().unwrap_or(f64::NAN);
                }
            }
            _ => {}
        }
    }
    found
}

fn year(facts: &FactSet, fact: FactIdx) -> i16 {
    let days = facts.about(fact).find_map(|o| match &o.evidence {
        // A day that is known to the month or year still has a year, when it has one.
        Evidence::Numbers(ranges) => Some((ranges.first()?.low?.at, ranges.last()?.high?.at)),
        _ => None,
    });
    let year = |day: nw_facts::Decimal| nw_facts::day_of(day).map(|day| day.year());
    match days.map(|(from, to)| (year(from), year(to))) {
        Some((Some(from), Some(to))) if from == to => from,
        _ => i16::MIN,
    }
}

/// What contradicts itself, and what each way of each comparison gives.
fn ask(
    plan: &Plan<'_>,
    options: &Options,
    engine: &mut Engine<'_>,
    facts: &FactSet,
) -> (Vec<Clash>, Vec<[u16; 2]>) {
    let nothing = Options { only: Some(Vec::new()), detail: Detail::Sets, ..options.clone() };
    let clash =
        |c: nw_engine::Contradiction| Clash { facts: c.facts, rules: c.rules, agreements: c.agreements };
    let mut clashes: Vec<Clash> =
        engine.conclude(facts, &nothing).contradictions.into_iter().map(clash).collect();
    clashes.sort();
    clashes.dedup();
    let ways = plan.pairs.iter().map(|pair| {
        let there = |fact: &FactIdx| facts.about(*fact).any(|o| said(&o.evidence));
        let is = |(fact, choice): &(FactIdx, usize)| value(facts, *fact).0 == *choice as u16;
        if !pair.needs.iter().all(|one| one.iter().any(there)) || !pair.only.iter().all(is) {
            // Nobody is asked.
            return [NONE - 1, NONE - 1];
        }
        [0, 1].map(|way| {
            let road = &pair.ways[way];
            match road.of {
                Of::Fact(fact) => value(facts, fact).0,
                Of::Conclusion(conclusion) => {
                    let less = road.without.iter().fold(facts.clone(), |facts, fact| {
                        if facts.about(*fact).next().is_some() { facts.without(*fact) } else { facts }
                    });
                    let only =
                        Options { only: Some(vec![conclusion]), detail: Detail::Reasons, ..options.clone() };
                    let drawn = engine.conclude(&less, &only).drawn;
                    let values = plan.guideline.vocabulary.conclusion(conclusion).values.len();
                    drawn.first().map_or(NONE, |d| drawn_value(d, values))
                }
            }
        })
    });
    (clashes, ways.collect())
}

fn said(evidence: &Evidence) -> bool {
    matches!(evidence, Evidence::Numbers(_) | Evidence::Choices(_))
}

/// The value that is concluded, or what practice would say.
fn drawn_value(drawn: &Drawn, values: usize) -> u16 {
    stood(drawn, values).0
}

/// The same, and whether it is what practice would say.
pub(super) fn stood(drawn: &Drawn, values: usize) -> (u16, bool) {
    let of = |outcome: &Outcome| match outcome {
        Outcome::Concluded(value) => *value as u16,
        Outcome::NotApplicable => values as u16,
        _ => NONE,
    };
    let exact = of(&drawn.outcome);
    match &drawn.convention {
        Some(custom) if exact == NONE => (of(&custom.outcome), of(&custom.outcome) != NONE),
        _ => (exact, false),
    }
}

/// Puts rows and conclusions side by side.
pub(super) fn together(
    plan: &Plan<'_>,
    definition: &Definition,
    rows: Vec<Row>,
    (numbers, concluded): &ReadBack,
    lost: &dyn Fn() -> Fault,
) -> Result<Gathered, Fault> {
    let place: std::collections::HashMap<u64, usize> =
        numbers.iter().enumerate().map(|(at, number)| (*number, at)).collect();
    let places: Vec<usize> =
        rows.iter().map(|r| place.get(&r.number).copied().ok_or_else(lost)).collect::<Result<_, _>>()?;
    let mut all = Gathered { count: rows.len(), ..Gathered::default() };
    let mut centres: Vec<&str> = rows.iter().map(|r| r.centre.as_str()).collect();
    centres.sort_unstable();
    centres.dedup();
    let centre = |row: &Row| centres.binary_search(&row.centre.as_str()).map_or(NONE, |c| c as u16);
    all.centres = Some(Levels {
        id: definition.centre.clone().unwrap_or_default(),
        levels: centres.iter().map(|c| ((*c).to_string(), Text::new(*c, *c))).collect(),
        codes: rows.iter().map(centre).collect(),
        ..Levels::default()
    });
    all.years = rows.iter().map(|r| r.year).collect();
    for (at, of) in plan.things.iter().enumerate() {
        let mut thing = levels(plan.guideline, *of);
        match of {
            Of::Fact(_) => {
                thing.codes = rows.iter().map(|r| r.facts[at].0).collect();
                thing.numbers = rows.iter().map(|r| r.facts[at].1).collect();
            }
            Of::Conclusion(conclusion) => {
                let values = &concluded[conclusion].values;
                thing.codes = places.iter().map(|p| values[*p].0).collect();
                thing.conventional = places.iter().filter(|p| values[**p].1).count() as u64;
            }
        }
        all.things.push(thing);
    }
    let yes_no = definition.indicators.as_ref().map(|i| (i.yes.as_str(), i.no.as_str()));
    for (name, counts, met) in &plan.indicators {
        let Some((yes, no)) = yes_no else { break };
        let position = |conclusion: &ConclusionIdx, value: &str| {
            plan.guideline.vocabulary.conclusion(*conclusion).value(value).map_or(NONE - 1, |v| v as u16)
        };
        let (counted, fulfilled) = (&concluded[counts].values, &concluded[met].values);
        let (yes_counts, yes_met, no_met) = (position(counts, yes), position(met, yes), position(met, no));
        let rows = places.iter().map(|p| match (counted[*p].0, fulfilled[*p].0) {
            (NONE, _) => Met::Open,
            (c, _) if c != yes_counts => Met::Outside,
            (_, m) if m == yes_met => Met::Yes,
            (_, m) if m == no_met => Met::No,
            _ => Met::Unknown,
        });
        let conventional = places.iter().filter(|p| counted[**p].1 || fulfilled[**p].1).count() as u64;
        let label = about(&plan.guideline.vocabulary.conclusion(*counts).label);
        all.indicators.push(Indicator { id: name.clone(), label, rows: rows.collect(), conventional });
    }
    for pair in 0..plan.pairs.len() {
        let way = |side: usize| rows.iter().map(|r| r.ways[pair][side]).collect();
        all.ways.push([way(0), way(1)]);
    }
    for row in rows {
        all.clashing += u64::from(!row.clashes.is_empty());
        for clash in row.clashes {
            *all.clashes.entry(clash).or_default() += 1;
        }
    }
    Ok(all)
}

/// What an indicator is about: its name without what follows the last colon (": counts").
fn about(label: &Text) -> Text {
    let of = |text: &str| text.rsplit_once(':').map_or(text, |(about, _)| about).to_string();
    Text::new(of(&label.en), of(&label.nl))
}

/// The levels of one way of a comparison.
pub(super) fn way_levels(guideline: &CompiledGuideline, way: &Way) -> Result<Levels, Fault> {
    Ok(levels(guideline, of(guideline, &way.of)?))
}
