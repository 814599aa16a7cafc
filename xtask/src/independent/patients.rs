//! Patients by chance, as case files: possible ones mostly, with much left unsaid.

use nw_diagram::{Scratch, reach, support};
use nw_facts::{ConclusionIdx, FactIdx, Kind, plain};
use nw_guideline::{Cell, CompiledGuideline, compile_with};
use serde_json::{Map, Value, json};

use crate::knowledge;

/// Conclusions asked for at once: few enough that a patient can say much of what they rest on.
const AT_ONCE: usize = 4;

/// The knowledge of this folder.
pub fn guideline() -> Result<CompiledGuideline, String> {
    let sources = knowledge::read(&knowledge::top().join("knowledge"))?;
    compile_with(&sources, "", "", false)
        .admit()
        .map_err(|_| "the knowledge has errors; `cargo xtask check` shows them".to_string())
}

/// Some patients and what is asked of them.
pub struct Batch {
    pub conclusions: Vec<String>,
    pub patients: usize,
    read: Vec<u16>,
}

/// All conclusions in the order of the guideline, some at a time, with equal shares of the patients.
pub fn batches(guideline: &CompiledGuideline, patients: usize) -> Vec<Batch> {
    let all: Vec<ConclusionIdx> = guideline.conclusions.iter().map(|c| c.idx).collect();
    let count = all.len().div_ceil(AT_ONCE).max(1);
    let batch = |(at, some): (usize, &[ConclusionIdx])| {
        let mut read: Vec<u16> = some
            .iter()
            .filter_map(|idx| guideline.conclusion(*idx))
            .flat_map(|c| c.support.iter().copied())
            .collect();
        read.sort_unstable();
        read.dedup();
        Batch {
            conclusions: some.iter().map(|idx| guideline.vocabulary.conclusion(*idx).id.clone()).collect(),
            // The first ones take what does not divide.
            patients: patients / count + usize::from(at < patients % count),
            read,
        }
    };
    all.chunks(AT_ONCE).enumerate().map(batch).filter(|b| b.patients > 0).collect()
}

/// Makes one patient after another.
pub struct Chance<'g> {
    guideline: &'g CompiledGuideline,
    batch: &'g Batch,
    /// Facts that only formulas read.
    inputs: Vec<FactIdx>,
    random: fastrand::Rng,
}

impl<'g> Chance<'g> {
    pub fn new(guideline: &'g CompiledGuideline, batch: &'g Batch, seed: u64) -> Self {
        let read = |fact: &FactIdx| guideline.space.var(*fact).is_some_and(|v| batch.read.contains(&v));
        let mut inputs: Vec<FactIdx> = guideline
            .derivations
            .iter()
            .filter(|d| read(&d.target))
            .flat_map(|d| d.inputs.iter().copied())
            .filter(|f| guideline.space.var(*f).is_none())
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        Chance { guideline, batch, inputs, random: fastrand::Rng::with_seed(seed) }
    }

    /// One case file, on one line.
    pub fn patient(&mut self, id: &str) -> String {
        let (guideline, batch) = (self.guideline, self.batch);
        let share = [10, 30, 60, 95][self.random.usize(0..4)];
        // One in twenty is as chance has it: facts that contradict each other are to be noticed, too.
        let mended = self.random.u32(0..20) > 0;
        let world = if mended { possible(guideline, &mut self.random) } else { None };
        let world = world.unwrap_or_else(|| any(guideline, &mut self.random));
        let mut facts = Map::new();
        for var in &batch.read {
            if self.random.u32(0..100) < share {
                let fact = guideline.vocabulary.fact(guideline.space.domain(*var).fact);
                facts.insert(fact.id.clone(), self.written(*var, world[usize::from(*var)]));
            }
        }
        for at in 0..self.inputs.len() {
            if self.random.u32(0..100) < 10 {
                let fact = guideline.vocabulary.fact(self.inputs[at]);
                facts.insert(fact.id.clone(), self.input(self.inputs[at]));
            }
        }
        json!({"case": id, "as-of": "2026-06-01", "facts": facts}).to_string()
    }

    /// A value as somebody might write it: mostly exact, sometimes a range, alternatives, or that nobody knows.
    fn written(&mut self, var: u16, cell: u8) -> Value {
        let guideline = self.guideline;
        let domain = guideline.space.domain(var);
        let example = |cell: u8| guideline.space.example(&guideline.vocabulary, var, cell);
        let other = self.random.u8(0..domain.cells.len() as u8);
        match (self.random.u32(0..100), &domain.cells[usize::from(cell)]) {
            (0..3, _) => json!("unknown"),
            (3..8, Cell::Choice(_)) if matches!(domain.cells[usize::from(other)], Cell::Choice(_)) => {
                json!([example(cell), example(other)])
            }
            (3..6, Cell::Numbers(_)) => json!(format!("<= {}", example(cell))),
            (6..9, Cell::Numbers(_)) => json!(format!(">= {}", example(cell))),
            _ => json!(example(cell)),
        }
    }

    /// A number or a day anywhere in the range of a fact that no table reads.
    fn input(&mut self, fact: FactIdx) -> Value {
        let def = self.guideline.vocabulary.fact(fact);
        if let Some(choice) = def.choices.get(self.random.usize(0..def.choices.len().max(1))) {
            return json!(choice.id);
        }
        if def.kind == Kind::Date {
            let (year, month) = (self.random.u32(2020..2026), self.random.u32(1..13));
            return json!(format!("{year}-{month:02}-{:02}", self.random.u32(1..29)));
        }
        // Mostly near the lower end, where what is measured lies.
        let part = nw_facts::Decimal::from(self.random.u32(1..100)) / nw_facts::Decimal::from(2000);
        let value = (def.min + (def.max - def.min) * part).round_dp(u32::from(!def.is_whole()));
        let number = plain(value, false);
        json!(def.unit.as_deref().map_or(number.clone(), |unit| format!("{number} {unit}")))
    }
}

fn any(guideline: &CompiledGuideline, random: &mut fastrand::Rng) -> Vec<u8> {
    let cells = |v: usize| guideline.space.domain(v as u16).cells.len() as u8;
    (0..guideline.space.len()).map(|v| random.u8(0..cells(v))).collect()
}

/// A patient that no integrity rule excludes: by chance, then mended rule by rule.
pub fn possible(guideline: &CompiledGuideline, random: &mut fastrand::Rng) -> Option<Vec<u8>> {
    let mut world = any(guideline, random);
    let mut scratch = Scratch::default();
    for _ in 0..20_000 {
        let masks: Vec<u64> = world.iter().map(|c| 1u64 << c).collect();
        let mut kept = |rule: &nw_guideline::Rule| {
            let mut kept = false;
            reach(&guideline.store, rule.kept, &masks, &mut scratch, |t| kept |= t == 1);
            kept
        };
        let Some(broken) = guideline.rules.iter().find(|r| !kept(r)) else { return Some(world) };
        let vars = support(&guideline.store, broken.kept);
        let var = vars[random.usize(0..vars.len())];
        world[usize::from(var)] = random.u8(0..guideline.space.domain(var).cells.len() as u8);
    }
    None
}
