//! zen-engine: five decision tables in a JSON decision graph, precompiled.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};

use anyhow::{Context, Result, anyhow};
use rust_decimal::Decimal;
use zen_engine::model::DecisionContent;
use zen_engine::{Decision, DecisionEngine, EvaluationOptions};
use zen_expression::Variable;
use zen_expression::variable::VariableMap;

use crate::case::{Case, Outcome, Output};
use crate::engine::{Absence, Engine, GradeAnswer};

/// Whether the engine records which rows fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// Outcomes only.
    Off,
    /// Outcomes with rows and the values that they saw.
    On,
}

/// The decision graph, ready to evaluate.
pub struct Zen {
    decision: Decision,
    trace: Trace,
}

impl Zen {
    /// Reads and compiles the graph.
    ///
    /// # Errors
    /// When the model is not a decision graph.
    pub fn load(trace: Trace) -> Result<Self> {
        let content: DecisionContent = serde_json::from_str(include_str!("../../w1/peers/zen.json"))?;
        let mut decision = DecisionEngine::default()
            .create_decision(Arc::new(content))
            .map_err(|error| anyhow!("zen.json is no decision graph: {error}"))?;
        decision.compile();
        decision.validate().map_err(|error| anyhow!("zen.json is not valid: {error}"))?;
        Ok(Self { decision, trace })
    }

    fn run(&self, input: Variable) -> Result<Variable> {
        let options = EvaluationOptions { trace: self.trace == Trace::On, ..EvaluationOptions::default() };
        let response =
            at_once(self.decision.evaluate_with_opts(input, options))?.map_err(|error| anyhow!("{error}"))?;
        Ok(black_box(response).result)
    }
}

/// The result of a future that has nothing to wait for: decision tables do no input or output.
///
/// Polling it here keeps an executor's own cost out of the figures.
fn at_once<F: Future>(future: F) -> Result<F::Output> {
    match pin!(future).poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(anyhow!("the engine waits for something, a graph of tables should not")),
    }
}

/// The case in the engine's types.
fn input(case: &Case) -> VariableMap {
    let tenths = |value: u16| Variable::Number(Decimal::new(i64::from(value), 1));
    let text = |value: &'static str| Variable::String(value.into());
    let mut map = VariableMap::with_capacity(8);
    map.insert("ki67".into(), tenths(case.ki67_tenths));
    map.insert("mitoses".into(), tenths(case.mitoses_tenths));
    map.insert("differentiation".into(), text(case.differentiation.id()));
    map.insert("size_mm".into(), tenths(case.size_tenths_mm));
    map.insert("invasion".into(), text(case.invasion.id()));
    map.insert("nodes".into(), Variable::Number(Decimal::from(case.nodes_positive)));
    map.insert("liver".into(), Variable::Bool(case.liver));
    map.insert("extra".into(), Variable::Bool(case.extrahepatic));
    map
}

impl Engine for Zen {
    fn name(&self) -> String {
        match self.trace {
            Trace::Off => "zen-engine".to_owned(),
            Trace::On => "zen-engine, with trace".to_owned(),
        }
    }

    fn package(&self) -> Option<&'static str> {
        Some("zen-engine")
    }

    fn hand_over(&mut self, case: &Case) {
        black_box(Variable::from_object(input(case)));
    }

    fn classify(&mut self, case: &Case) -> Result<Outcome> {
        let result = self.run(Variable::from_object(input(case)))?;
        let object = result.as_object().context("the graph answered no object")?;
        let object = object.borrow();
        let mut values = [""; 5];
        for output in Output::ALL {
            values[output as usize] = object
                .get_str(output.key())
                .and_then(Variable::as_str)
                .with_context(|| format!("the graph answered no `{}`", output.key()))?;
        }
        super::outcome(values)
    }

    fn missing_ki67(&mut self, case: &Case, absence: Absence) -> GradeAnswer {
        let mut map = input(case);
        match absence {
            Absence::Omitted => map.remove_str("ki67"),
            Absence::Null => map.insert("ki67".into(), Variable::Null),
        };
        match self.run(Variable::from_object(map)) {
            Err(error) => GradeAnswer::Refused(error.to_string()),
            Ok(result) => match result.dot(Output::Grade.key()) {
                None | Some(Variable::Null) => GradeAnswer::NoGrade,
                Some(value) => match value.as_str() {
                    Some(grade) => GradeAnswer::certain(grade),
                    None => GradeAnswer::Refused(format!("answered a {}", value.type_name())),
                },
            },
        }
    }
}
