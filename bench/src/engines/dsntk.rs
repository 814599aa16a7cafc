//! dsntk: decision tables in DMN, hit policy FIRST, in two shapes.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{Name, value_null};
use dsntk_feel_number::FeelNumber;
use dsntk_model::{DmnElement, NamedElement};
use dsntk_model_evaluator::ModelEvaluator;

use crate::case::{Case, Outcome, Output};
use crate::engine::{Absence, Engine, GradeAnswer};

/// How the five tables are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One decision; the tables are entries of a boxed context and see the earlier entries.
    Boxed,
    /// One decision per table and one that asks for all, as a modelling tool draws it.
    Chained,
}

/// The model, ready to evaluate, and the names of the inputs, built once.
pub struct Dsntk {
    model: Model,
    evaluator: Arc<ModelEvaluator>,
    namespace: String,
    model_name: String,
    inputs: [Name; 8],
    outputs: [Name; 5],
}

impl Dsntk {
    /// Reads and builds the model.
    ///
    /// # Errors
    /// When the model is not DMN.
    pub fn load(model: Model) -> Result<Self> {
        let (file, text) = match model {
            Model::Boxed => ("boxed.dmn", include_str!("../../w1/peers/boxed.dmn")),
            Model::Chained => ("chained.dmn", include_str!("../../w1/peers/chained.dmn")),
        };
        let definitions =
            dsntk_model::parse(text).map_err(|error| anyhow!("{file} does not parse: {error}"))?;
        let namespace = definitions.namespace().to_owned();
        let model_name = definitions.name().to_owned();
        let evaluator =
            ModelEvaluator::new(&[definitions]).map_err(|error| anyhow!("{file} does not build: {error}"))?;
        let inputs = ["ki67", "mitoses", "differentiation", "size_mm", "invasion", "nodes", "liver", "extra"];
        Ok(Self {
            model,
            evaluator,
            namespace,
            model_name,
            inputs: inputs.map(Name::from),
            outputs: Output::ALL.map(|output| Name::from(output.key())),
        })
    }

    /// The case in the engine's types.
    fn input(&self, case: &Case) -> FeelContext {
        let tenths = |value: u16| Value::Number(FeelNumber::new(i64::from(value), 1));
        let values = [
            tenths(case.ki67_tenths),
            tenths(case.mitoses_tenths),
            Value::String(case.differentiation.id().to_owned()),
            tenths(case.size_tenths_mm),
            Value::String(case.invasion.id().to_owned()),
            Value::Number(FeelNumber::new(i64::from(case.nodes_positive), 0)),
            Value::Boolean(case.liver),
            Value::Boolean(case.extrahepatic),
        ];
        let mut context = FeelContext::default();
        for (name, value) in self.inputs.iter().zip(values) {
            context.set_entry(name, value);
        }
        context
    }

    fn run(&self, input: &FeelContext) -> Result<FeelContext> {
        match self.evaluator.evaluate_invocable(&self.namespace, &self.model_name, "w1", input) {
            Value::Context(context) => Ok(context),
            other => bail!("answered `{other}`, expected a context"),
        }
    }
}

impl Engine for Dsntk {
    fn name(&self) -> String {
        match self.model {
            Model::Boxed => "dsntk (DMN), one boxed context".to_owned(),
            Model::Chained => "dsntk (DMN), chained decisions".to_owned(),
        }
    }

    fn package(&self) -> Option<&'static str> {
        Some("dsntk-model-evaluator")
    }

    fn hand_over(&mut self, case: &Case) {
        black_box(self.input(case));
    }

    fn classify(&mut self, case: &Case) -> Result<Outcome> {
        let result = self.run(&self.input(case))?;
        let mut values = [""; 5];
        for (value, name) in values.iter_mut().zip(&self.outputs) {
            match result.get_entry(name) {
                Some(Value::String(text)) => *value = text,
                Some(other) => bail!("answered `{other}` for `{name}`, expected a text"),
                None => bail!("answered no `{name}`"),
            }
        }
        super::outcome(values)
    }

    fn missing_ki67(&mut self, case: &Case, absence: Absence) -> GradeAnswer {
        let mut input = self.input(case);
        match absence {
            Absence::Omitted => {
                input.remove_entry(&self.inputs[0]);
            }
            Absence::Null => input.set_entry(&self.inputs[0], value_null!()),
        }
        match self.run(&input) {
            Err(error) => GradeAnswer::Refused(error.to_string()),
            Ok(result) => match result.get_entry(&self.outputs[0]) {
                None | Some(Value::Null(_)) => GradeAnswer::NoGrade,
                Some(Value::String(grade)) => GradeAnswer::certain(grade),
                Some(other) => GradeAnswer::Refused(format!("answered `{other}`")),
            },
        }
    }
}
