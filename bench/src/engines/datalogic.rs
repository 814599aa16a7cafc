//! datalogic-rs: JSONLogic expressions, compiled once, on values built in an arena.
//!
//! This is the engine's cheapest documented way: no JSON text, no owned values, one arena reset per case.

use std::hint::black_box;

use anyhow::{Context, Result, anyhow};
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{DataValue, Engine as JsonLogic, Logic};

use crate::case::{Case, Outcome, Output};
use crate::engine::{Absence, Engine, GradeAnswer};

/// The compiled expressions and the arena they work in.
pub struct Datalogic {
    engine: JsonLogic,
    grade: Logic,
    t: Logic,
    n: Logic,
    m: Logic,
    stage: Logic,
    arena: Bump,
}

impl Datalogic {
    /// Compiles the expressions.
    ///
    /// # Errors
    /// When the model is not JSONLogic.
    pub fn load() -> Result<Self> {
        let model: serde_json::Value = serde_json::from_str(include_str!("../../w1/peers/jsonlogic.json"))?;
        let engine = JsonLogic::new();
        let compile = |output: Output| -> Result<Logic> {
            let rule = model
                .get(output.key())
                .with_context(|| format!("jsonlogic.json has no `{}`", output.key()))?;
            engine
                .compile(rule.to_string().as_str())
                .map_err(|error| anyhow!("`{}` in jsonlogic.json does not compile: {error}", output.key()))
        };
        Ok(Self {
            grade: compile(Output::Grade)?,
            t: compile(Output::T)?,
            n: compile(Output::N)?,
            m: compile(Output::M)?,
            stage: compile(Output::Stage)?,
            arena: Bump::new(),
            engine,
        })
    }

    fn run<'a>(&'a self, rule: &'a Logic, input: &'a DataValue<'a>) -> Result<&'a str> {
        let value = self.engine.evaluate(rule, input, &self.arena).map_err(|error| anyhow!("{error}"))?;
        value.as_str().with_context(|| format!("answered `{value}`, expected a text"))
    }
}

/// The case in the engine's types. Ki-67 comes last, so that it can be left out.
fn input<'a>(case: &Case, arena: &'a Bump) -> &'a [(&'a str, DataValue<'a>)] {
    arena.alloc([
        ("mitoses", DataValue::from_f64(case.mitoses())),
        ("differentiation", DataValue::String(case.differentiation.id())),
        ("size_mm", DataValue::from_f64(case.size_mm())),
        ("invasion", DataValue::String(case.invasion.id())),
        ("nodes", DataValue::from_i64(i64::from(case.nodes_positive))),
        ("liver", DataValue::Bool(case.liver)),
        ("extra", DataValue::Bool(case.extrahepatic)),
        ("ki67", DataValue::from_f64(case.ki67())),
    ])
}

impl Engine for Datalogic {
    fn name(&self) -> String {
        "datalogic-rs".to_owned()
    }

    fn package(&self) -> Option<&'static str> {
        Some("datalogic-rs")
    }

    fn hand_over(&mut self, case: &Case) {
        self.arena.reset();
        black_box(input(case, &self.arena));
    }

    fn classify(&mut self, case: &Case) -> Result<Outcome> {
        self.arena.reset();
        let facts = self.arena.alloc(DataValue::Object(input(case, &self.arena)));
        let grade = self.run(&self.grade, facts)?;
        let t = self.run(&self.t, facts)?;
        let n = self.run(&self.n, facts)?;
        let m = self.run(&self.m, facts)?;
        let derived = self.arena.alloc([
            ("m", DataValue::String(m)),
            ("n", DataValue::String(n)),
            ("t", DataValue::String(t)),
        ]);
        let stage = self.run(&self.stage, self.arena.alloc(DataValue::Object(derived)))?;
        super::outcome([grade, t, n, m, stage])
    }

    fn missing_ki67(&mut self, case: &Case, absence: Absence) -> GradeAnswer {
        let mut pairs = input(case, &self.arena).to_vec();
        pairs.pop();
        if absence == Absence::Null {
            pairs.push(("ki67", DataValue::Null));
        }
        let facts: &DataValue<'_> = self.arena.alloc(DataValue::Object(self.arena.alloc_slice_copy(&pairs)));
        match self.engine.evaluate(&self.grade, facts, &self.arena) {
            Ok(DataValue::Null) => GradeAnswer::NoGrade,
            Ok(value) => match value.as_str() {
                Some(grade) => GradeAnswer::certain(grade),
                None => GradeAnswer::Refused(format!("answered `{value}`")),
            },
            Err(error) => GradeAnswer::Refused(error.to_string()),
        }
    }
}
