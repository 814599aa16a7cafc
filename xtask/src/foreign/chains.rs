//! Whole patients through the whole chain: possible patients by chance, some of their facts left out, every conclusion.

use std::path::Path;

use nw_engine::plain::Plain;
use nw_engine::{Fast, Worlds};
use nw_export::Model;
use nw_facts::ConclusionIdx;
use nw_guideline::{CompiledGuideline, Subject};
use serde_json::{Value, json};

use super::single::collected;
use super::store::{Bytes, LEFT_OUT, Texts, value_in};
use super::three::{Given, Says, Three};
use super::{Settings, input_json};
use crate::independent::possible;

/// Writes `chains.json` and `chains.bin`; returns patients, conclusions drawn, and those that only exact sets know.
pub fn write(model: &Model<'_>, settings: &Settings, folder: &Path) -> Result<(usize, usize, usize), String> {
    let guideline = model.guideline;
    let mut random = fastrand::Rng::with_seed(7);
    let mut plain = Plain::new(guideline);
    let mut fast = Fast::new(guideline);
    let chain = Chain { model, three: Three { guideline } };
    let mut texts: Vec<Texts> = model.conclusions.iter().map(|_| Texts::default()).collect();
    let (mut combinations, mut expected): (Vec<u8>, Vec<u16>) = (Vec::new(), Vec::new());
    let (mut drawn, mut coarser) = (0, 0);
    let vars: Vec<u16> = model
        .inputs
        .iter()
        .filter_map(|i| match i.subject {
            Subject::Fact(fact) => guideline.space.var(fact),
            Subject::Conclusion(_) => None,
        })
        .collect();
    for patient in 0..settings.patients {
        let Some(world) = possible(guideline, &mut random) else { continue };
        let share = [0, 0, 10, 40][patient % 4];
        let gone: Vec<bool> = (0..world.len()).map(|_| random.u32(0..100) < share).collect();
        let says = chain.draw(&world, &gone);
        let masks: Vec<u64> = world
            .iter()
            .enumerate()
            .map(|(v, cell)| if gone[v] { guideline.space.full(v as u16) } else { 1 << cell })
            .collect();
        for (at, idx) in model.conclusions.iter().enumerate() {
            drawn += 1;
            coarser += usize::from(exact(guideline, *idx, &says[at], &masks, &mut fast)?);
            if share == 0 {
                complete(guideline, *idx, &says[at], &world, &mut plain)?;
            }
            expected.push(match &says[at] {
                Says::Impossible => LEFT_OUT,
                other => texts[at].number(outcome(guideline, *idx, other)),
            });
        }
        for var in &vars {
            let missing = guideline.space.domain(*var).cells.len() as u8;
            combinations.push(if gone[*var as usize] { missing } else { world[*var as usize] });
        }
    }
    let inputs: Vec<Value> = model
        .inputs
        .iter()
        .zip(&vars)
        .map(|(input, var)| {
            let domain = guideline.space.domain(*var);
            let def = guideline.vocabulary.fact(domain.fact);
            let mut values: Vec<Value> = domain.cells.iter().map(|c| value_in(def, c)).collect();
            values.push(Value::Null);
            input_json(input, &values)
        })
        .collect();
    let conclusions: Vec<Value> = model
        .conclusions
        .iter()
        .zip(&texts)
        .map(|(idx, texts)| {
            let id = &guideline.vocabulary.conclusion(*idx).id;
            json!({
                "id": id,
                "name": nw_export::names::name(id),
                "collect": model.is_collected(*idx),
                "outcomes": texts.all,
            })
        })
        .collect();
    let mut bytes = Bytes::default();
    let count = combinations.len() / vars.len().max(1);
    let page = json!({
        "inputs": inputs,
        "conclusions": conclusions,
        "count": count,
        "combinations": bytes.add(&combinations),
        "expected": bytes.add_wide(&expected),
    });
    bytes.save(folder, "chains.bin")?;
    super::save(folder, "chains.json", &page.to_string())?;
    Ok((count, drawn, coarser))
}

struct Chain<'m, 'g> {
    model: &'m Model<'g>,
    three: Three<'g>,
}

impl Chain<'_, '_> {
    /// Every conclusion, in the model's order.
    fn draw(&self, world: &[u8], gone: &[bool]) -> Vec<Says> {
        let guideline = self.model.guideline;
        let mut says: Vec<Says> = Vec::new();
        for idx in &self.model.conclusions {
            let given = |subject: Subject| self.given(subject, world, gone, &says);
            let values = guideline.vocabulary.conclusion(*idx).values.len();
            let parts = self.model.parts_of(*idx);
            let each: Vec<Says> = parts.iter().map(|p| self.three.table(p.table, &given)).collect();
            let next = if self.model.is_collected(*idx) {
                each.iter().fold(Says::Collected(0, 0), |all, one| match (all, one) {
                    (Says::Collected(a, b), Says::Collected(c, d)) => Says::Collected(a | c, b | d),
                    (all, _) => all,
                })
            } else if each.contains(&Says::Impossible) {
                Says::Impossible
            } else if let Some(value) = each.iter().find(|s| matches!(s, Says::Value(_))) {
                value.clone()
            } else if each.contains(&Says::Unknown) {
                Says::Unknown
            } else {
                Says::Value(values)
            };
            says.push(next);
        }
        says
    }

    fn given(&self, subject: Subject, world: &[u8], gone: &[bool], says: &[Says]) -> Given {
        match subject {
            Subject::Fact(fact) => match self.model.guideline.space.var(fact) {
                Some(var) if !gone[var as usize] => Given::Is(1 << world[var as usize]),
                _ => Given::Missing,
            },
            Subject::Conclusion(idx) => {
                let at = self.model.conclusions.iter().position(|c| *c == idx);
                match at.and_then(|at| says.get(at)) {
                    Some(Says::Value(value)) => Given::Is(1 << value),
                    Some(Says::Collected(certain, possible)) => Given::Holds(*certain, *possible),
                    _ => Given::Missing,
                }
            }
        }
    }
}

/// A complete patient gets what the plain engine says.
fn complete(
    guideline: &CompiledGuideline,
    idx: ConclusionIdx,
    says: &Says,
    world: &[u8],
    plain: &mut Plain<'_>,
) -> Result<(), String> {
    let fine = match says {
        Says::Value(value) => plain.value(idx, world) as usize == *value,
        Says::Collected(certain, possible) => {
            certain == possible && plain.contributed(idx, world) == *certain
        }
        _ => false,
    };
    if fine {
        return Ok(());
    }
    let id = &guideline.vocabulary.conclusion(idx).id;
    Err(format!("`{id}` of a complete patient: the chain and the plain engine differ"))
}

/// What the chain decides is the exact set; true when the set has one value and the chain does not know it.
fn exact(
    guideline: &CompiledGuideline,
    idx: ConclusionIdx,
    says: &Says,
    masks: &[u64],
    fast: &mut Fast<'_>,
) -> Result<bool, String> {
    let Some(at) = guideline.conclusion_at(idx) else { return Ok(false) };
    let fine = match says {
        Says::Collected(certain, possible) => {
            let (some, every) = fast.items(at, masks, &[]);
            if certain & !every == 0 && some & !possible == 0 {
                return Ok(some != *possible || every != *certain);
            }
            false
        }
        Says::Value(value) => fast.outcomes(at, masks, &[]) == 1 << value,
        _ => return Ok(fast.outcomes(at, masks, &[]).count_ones() == 1),
    };
    let id = &guideline.vocabulary.conclusion(idx).id;
    if fine { Ok(false) } else { Err(format!("`{id}`: the chain decides what the exact set does not")) }
}

fn outcome(guideline: &CompiledGuideline, idx: ConclusionIdx, says: &Says) -> String {
    let ids: Vec<&str> = guideline
        .vocabulary
        .conclusion(idx)
        .values
        .iter()
        .map(|v| v.id.as_str())
        .chain([nw_export::NOT_APPLICABLE])
        .collect();
    match says {
        Says::Value(value) => json!(ids[*value]).to_string(),
        Says::Collected(certain, possible) => collected(&ids, *certain, *possible),
        _ => json!(nw_export::UNKNOWN).to_string(),
    }
}
