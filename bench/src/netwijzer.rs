//! netwijzer itself behind the same interface; its model is the guideline in `w1/`.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use anyhow::{Context, Result, bail};
use nw_engine::{Detail, Options, Sets};
use nw_facts::{Decimal, Evidence, FactIdx, FactSet, Interval, Observation};
use nw_guideline::{CompiledGuideline, SourceSet};

use crate::case::{Case, Outcome, Output};
use crate::engine::{Absence, Engine, GradeAnswer};

/// The facts of the workload in the order of [`Case`], and how many tenths a number may have.
const FACTS: [(&str, Values); 8] = [
    ("tumour.ki67", Values::Tenths(1000)),
    ("tumour.mitoses", Values::Tenths(1000)),
    ("tumour.differentiation", Values::Choices),
    ("tumour.size", Values::Tenths(2000)),
    ("tumour.invasion", Values::Choices),
    ("nodes.regional.positive", Values::Whole(100)),
    ("metastasis.liver", Values::Choices),
    ("metastasis.extrahepatic", Values::Choices),
];

/// The conclusions in the order of [`Output::ALL`].
const CONCLUSIONS: [&str; 5] = ["tumour.grade", "tnm.t", "tnm.n", "tnm.m", "tnm.stage"];

/// Position of Ki-67 in [`FACTS`].
const KI67: usize = 0;

#[derive(Clone, Copy)]
enum Values {
    Tenths(u16),
    Whole(u16),
    Choices,
}

/// Our engine in its modes. The ratios of the report are against the first.
///
/// # Errors
/// When the guideline does not compile.
pub fn engines() -> Result<Vec<Box<dyn Engine>>> {
    let guideline = guideline()?;
    Ok(vec![
        Box::new(Cells::new(guideline, Rows::Fired)?),
        Box::new(Cells::new(guideline, Rows::Unasked)?),
        Box::new(Whole::new(guideline, Detail::Sets)?),
        Box::new(Whole::new(guideline, Detail::Reasons)?),
        Box::new(Whole::new(guideline, Detail::Full)?),
    ])
}

/// The compiled guideline, which lives as long as the program: engines borrow it.
fn guideline() -> Result<&'static CompiledGuideline> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("w1");
    let mut files = Vec::new();
    for name in
        ["sources.toml", "vocabulary/w1.toml", "guidelines/w1/guideline.toml", "guidelines/w1/10-w1.md"]
    {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        files.push((name.to_owned(), text));
    }
    match nw_guideline::compile(&SourceSet::new(files), "w1", "").admit() {
        Ok(guideline) => Ok(Box::leak(Box::new(guideline))),
        Err(rejected) => {
            let findings: Vec<String> = rejected
                .diagnostics
                .iter()
                .map(|d| format!("{}: {}: {}", d.file, d.code.name(), d.message.en))
                .collect();
            bail!("the guideline of the workload does not compile:\n{}", findings.join("\n"));
        }
    }
}

/// Where the guideline keeps the facts and conclusions of the workload.
struct Places {
    facts: [FactIdx; 8],
    conclusions: [usize; 5],
}

impl Places {
    fn new(guideline: &CompiledGuideline) -> Result<Self> {
        let mut places = Self { facts: [FactIdx(0); 8], conclusions: [0; 5] };
        for (place, (id, _)) in places.facts.iter_mut().zip(FACTS) {
            *place = guideline.vocabulary.find_fact(id).with_context(|| format!("no fact `{id}`"))?;
        }
        for (output, id) in Output::ALL.into_iter().zip(CONCLUSIONS) {
            let found = guideline.vocabulary.find_conclusion(id);
            let found = found.with_context(|| format!("no conclusion `{id}`"))?;
            // The value's position is taken as the outcome code, so their order must be that of the workload.
            let values = guideline.vocabulary.conclusion(found).values.iter().map(|value| value.id.as_str());
            if !values.eq(output.values().iter().copied()) {
                bail!("`{id}` has other values than the workload, or another order");
            }
            places.conclusions[output as usize] =
                guideline.conclusion_at(found).with_context(|| format!("no table gives `{id}`"))?;
        }
        Ok(places)
    }
}

/// The values of a case as numbers that index into [`FACTS`]: tenths, whole numbers or choice positions.
fn values(case: &Case) -> [u16; 8] {
    [
        case.ki67_tenths,
        case.mitoses_tenths,
        case.differentiation as u16,
        case.size_tenths_mm,
        case.invasion as u16,
        case.nodes_positive,
        u16::from(case.liver),
        u16::from(case.extrahepatic),
    ]
}

/// One value as the guideline's evidence.
fn evidence(kind: Values, value: u16) -> Evidence {
    match kind {
        Values::Tenths(_) => Evidence::Numbers(vec![Interval::exactly(Decimal::new(i64::from(value), 1))]),
        Values::Whole(_) => Evidence::Numbers(vec![Interval::exactly(Decimal::from(value))]),
        Values::Choices => Evidence::Choices(vec![usize::from(value)]),
    }
}

/// The only value in a set.
fn only(set: u64, output: Output) -> Result<u8> {
    if set.count_ones() != 1 || set.trailing_zeros() as usize >= output.values().len() {
        bail!("answered the set {set:#b} for `{}`, expected one value", output.key());
    }
    Ok(u8::try_from(set.trailing_zeros()).expect("a position below 64"))
}

/// A set of grades as an answer.
fn grades(set: u64) -> GradeAnswer {
    let known = 1 << Output::Grade.values().len();
    if set == 0 || set >= known {
        return GradeAnswer::Refused(format!("answered the set {set:#b}"));
    }
    GradeAnswer::Grades((0..8).filter(|code| set >> code & 1 == 1).collect())
}

/// Whether the deciding row of every table is asked too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    Fired,
    Unasked,
}

/// Typed values straight to cells, cells to exact sets: the shortest road through the engine.
struct Cells {
    engine: nw_engine::Engine<'static>,
    places: Places,
    rows: Rows,
    /// For each fact its variable and, for each value, the cell it lies in.
    cell_of: Vec<(usize, Vec<u8>)>,
    /// Every cell of every variable: nothing known.
    unknown: Vec<u64>,
    masks: Vec<u64>,
    sets: Sets,
    decisions: Vec<nw_engine::Decision>,
}

impl Cells {
    fn new(guideline: &'static CompiledGuideline, rows: Rows) -> Result<Self> {
        let places = Places::new(guideline)?;
        let space = &guideline.space;
        let variables = u16::try_from(space.len()).context("too many variables")?;
        let unknown: Vec<u64> = (0..variables).map(|variable| space.full(variable)).collect();
        let mut cell_of = Vec::new();
        for (fact, (id, kind)) in places.facts.iter().zip(FACTS) {
            let variable = space.var(*fact).with_context(|| format!("no table reads `{id}`"))?;
            let last = match kind {
                Values::Tenths(last) | Values::Whole(last) => last,
                Values::Choices => {
                    u16::try_from(guideline.vocabulary.fact(*fact).choices.len())
                        .context("too many choices")?
                        - 1
                }
            };
            // The guideline itself says in which cell each value lies; asking it beforehand makes a table of it.
            let cells = (0..=last)
                .map(|value| {
                    let mask = space.mask(variable, &evidence(kind, value));
                    if mask.count_ones() != 1 {
                        bail!("the value {value} of `{id}` lies in the cells {mask:#b}, expected one");
                    }
                    Ok(u8::try_from(mask.trailing_zeros()).expect("a position below 64"))
                })
                .collect::<Result<Vec<u8>>>()?;
            cell_of.push((usize::from(variable), cells));
        }
        let masks = unknown.clone();
        let engine = nw_engine::Engine::with(guideline, &nw_engine::Preparations::new(guideline));
        Ok(Self {
            engine,
            places,
            rows,
            cell_of,
            unknown,
            masks,
            sets: Sets::default(),
            decisions: Vec::new(),
        })
    }

    fn fill(&mut self, case: &Case) {
        for ((variable, cells), value) in self.cell_of.iter().zip(values(case)) {
            self.masks[*variable] = 1 << cells[usize::from(value)];
        }
    }
}

impl Engine for Cells {
    fn name(&self) -> String {
        match self.rows {
            Rows::Fired => "netwijzer, outcomes and fired rows".to_owned(),
            Rows::Unasked => "netwijzer, outcomes only".to_owned(),
        }
    }

    fn package(&self) -> Option<&'static str> {
        Some("nw-engine")
    }

    fn hand_over(&mut self, case: &Case) {
        self.fill(case);
        black_box(&self.masks);
    }

    fn classify(&mut self, case: &Case) -> Result<Outcome> {
        self.fill(case);
        let mut codes = [0; 5];
        if self.rows == Rows::Fired {
            // One walk tells both: the row that fired and, through it, the outcome.
            self.engine.decide(&self.masks, &mut self.decisions);
            for output in Output::ALL {
                let decision = self.decisions[self.places.conclusions[output as usize]];
                black_box(decision.row.context("no single row decides")?);
                codes[output as usize] = only(decision.possible, output)?;
            }
        } else {
            self.engine.sets(&self.masks, &mut self.sets);
            for output in Output::ALL {
                codes[output as usize] =
                    only(self.sets.possible[self.places.conclusions[output as usize]], output)?;
            }
        }
        Ok(Outcome(codes))
    }

    /// Omitted and null are the same here: a value that is not known leaves every cell possible.
    fn missing_ki67(&mut self, case: &Case, _: Absence) -> GradeAnswer {
        self.fill(case);
        let variable = self.cell_of[KI67].0;
        self.masks[variable] = self.unknown[variable];
        self.engine.sets(&self.masks, &mut self.sets);
        grades(self.sets.possible[self.places.conclusions[Output::Grade as usize]])
    }
}

/// The road every user takes: facts with exact decimals to conclusions.
struct Whole {
    engine: nw_engine::Engine<'static>,
    places: Places,
    options: Options,
}

impl Whole {
    fn new(guideline: &'static CompiledGuideline, detail: Detail) -> Result<Self> {
        let options = Options { detail, ..Options::default() };
        Ok(Self {
            engine: nw_engine::Engine::with(guideline, &nw_engine::Preparations::new(guideline)),
            places: Places::new(guideline)?,
            options,
        })
    }

    fn facts(&self, case: &Case) -> FactSet {
        let mut facts = FactSet::new();
        for ((fact, (_, kind)), value) in self.places.facts.iter().zip(FACTS).zip(values(case)) {
            facts.add(observation(*fact, evidence(kind, value)));
        }
        facts
    }
}

fn observation(fact: FactIdx, evidence: Evidence) -> Observation {
    Observation { fact, evidence, text: String::new(), date: None, known: None, origin: None, via: None }
}

impl Engine for Whole {
    fn name(&self) -> String {
        match self.options.detail {
            Detail::Sets => "netwijzer, `conclude`, sets".to_owned(),
            Detail::Reasons => "netwijzer, `conclude`, reasons".to_owned(),
            Detail::Full => "netwijzer, `conclude`, everything".to_owned(),
        }
    }

    fn package(&self) -> Option<&'static str> {
        Some("nw-engine")
    }

    fn hand_over(&mut self, case: &Case) {
        black_box(self.facts(case));
    }

    fn classify(&mut self, case: &Case) -> Result<Outcome> {
        let conclusions = self.engine.conclude(&self.facts(case), &self.options);
        let mut codes = [0; 5];
        for output in Output::ALL {
            let drawn = &conclusions.drawn[self.places.conclusions[output as usize]];
            codes[output as usize] = only(drawn.outcome.possible(output.values().len()), output)?;
        }
        black_box(&conclusions);
        Ok(Outcome(codes))
    }

    fn missing_ki67(&mut self, case: &Case, absence: Absence) -> GradeAnswer {
        let ki67 = self.places.facts[KI67];
        let mut facts = self.facts(case).without(ki67);
        if absence == Absence::Null {
            facts.add(observation(ki67, Evidence::Unknown));
        }
        let conclusions = self.engine.conclude(&facts, &self.options);
        let drawn = &conclusions.drawn[self.places.conclusions[Output::Grade as usize]];
        grades(drawn.outcome.possible(Output::Grade.values().len()))
    }
}
