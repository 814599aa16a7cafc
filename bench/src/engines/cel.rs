//! cel: five Common Expression Language expressions, parsed once.
//!
//! Variables come from a resolver that lends values, the engine's cheapest documented way.

use std::hint::black_box;
use std::sync::Arc;

use ::cel::common::types::{CelBool, CelDouble, CelInt, CelNull, CelString};
use ::cel::common::value::{CowVal, Val};
use ::cel::context::VariableResolver;
use ::cel::parser::Parser;
use ::cel::{Context, Env, IdedExpr, Value};
use anyhow::{Context as _, Result, anyhow};

use crate::case::{Case, Outcome, Output};
use crate::engine::{Absence, Engine, GradeAnswer};

/// The parsed expressions.
pub struct Cel {
    environment: Arc<Env>,
    grade: IdedExpr,
    t: IdedExpr,
    n: IdedExpr,
    m: IdedExpr,
    stage: IdedExpr,
}

impl Cel {
    /// Parses the expressions.
    ///
    /// # Errors
    /// When the model is not CEL.
    pub fn load() -> Result<Self> {
        let model: serde_json::Value = serde_json::from_str(include_str!("../../w1/peers/cel.json"))?;
        let parse = |output: Output| -> Result<IdedExpr> {
            let text = model
                .get(output.key())
                .and_then(serde_json::Value::as_str)
                .with_context(|| format!("cel.json has no `{}`", output.key()))?;
            Parser::default()
                .parse(text)
                .map_err(|errors| anyhow!("`{}` in cel.json does not parse: {errors}", output.key()))
        };
        Ok(Self {
            environment: Arc::new(Env::stdlib()),
            grade: parse(Output::Grade)?,
            t: parse(Output::T)?,
            n: parse(Output::N)?,
            m: parse(Output::M)?,
            stage: parse(Output::Stage)?,
        })
    }

    fn context<'v>(&self, facts: &'v dyn VariableResolver) -> Context<'v, 'v> {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        context.set_variable_resolver(facts);
        context
    }
}

/// The case in the engine's types.
struct Facts {
    ki67: Box<dyn Val>,
    mitoses: CelDouble,
    differentiation: CelString<'static>,
    size_mm: CelDouble,
    invasion: CelString<'static>,
    nodes: CelInt,
    liver: CelBool,
    extra: CelBool,
    knows_ki67: bool,
}

impl Facts {
    fn new(case: &Case) -> Self {
        Self {
            ki67: Box::new(CelDouble::from(case.ki67())),
            mitoses: case.mitoses().into(),
            differentiation: case.differentiation.id().into(),
            size_mm: case.size_mm().into(),
            invasion: case.invasion.id().into(),
            nodes: i64::from(case.nodes_positive).into(),
            liver: case.liver.into(),
            extra: case.extrahepatic.into(),
            knows_ki67: true,
        }
    }
}

impl VariableResolver for Facts {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value: &'b dyn Val = match variable {
            "ki67" if self.knows_ki67 => self.ki67.as_ref(),
            "mitoses" => &self.mitoses,
            "differentiation" => &self.differentiation,
            "size_mm" => &self.size_mm,
            "invasion" => &self.invasion,
            "nodes" => &self.nodes,
            "liver" => &self.liver,
            "extra" => &self.extra,
            _ => return None,
        };
        Some(CowVal::Borrowed(value))
    }
}

/// What the expression for the stage reads.
struct Derived<'a> {
    t: CelString<'a>,
    n: CelString<'a>,
    m: CelString<'a>,
}

impl VariableResolver for Derived<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value: &'b dyn Val = match variable {
            "t" => &self.t,
            "n" => &self.n,
            "m" => &self.m,
            _ => return None,
        };
        Some(CowVal::Borrowed(value))
    }
}

fn run<'e, 'v>(expression: &'e IdedExpr, context: &'e Context<'_, 'v>) -> Result<CowVal<'e, 'v>> {
    Value::resolve_val(expression, context).map_err(|error| anyhow!("{error}"))
}

fn text<'t>(value: &'t CowVal<'_, '_>) -> Result<&'t str> {
    value.downcast_ref::<CelString<'_>>().map(CelString::inner).context("answered something else than a text")
}

impl Engine for Cel {
    fn name(&self) -> String {
        "cel".to_owned()
    }

    fn package(&self) -> Option<&'static str> {
        Some("cel")
    }

    fn hand_over(&mut self, case: &Case) {
        let facts = Facts::new(case);
        black_box(self.context(&facts));
    }

    fn classify(&mut self, case: &Case) -> Result<Outcome> {
        let facts = Facts::new(case);
        let context = self.context(&facts);
        let grade = run(&self.grade, &context)?;
        let t = run(&self.t, &context)?;
        let n = run(&self.n, &context)?;
        let m = run(&self.m, &context)?;
        let (t, n, m) = (text(&t)?, text(&n)?, text(&m)?);
        let derived = Derived { t: t.into(), n: n.into(), m: m.into() };
        let context = self.context(&derived);
        let stage = run(&self.stage, &context)?;
        super::outcome([text(&grade)?, t, n, m, text(&stage)?])
    }

    fn missing_ki67(&mut self, case: &Case, absence: Absence) -> GradeAnswer {
        let mut facts = Facts::new(case);
        match absence {
            Absence::Omitted => facts.knows_ki67 = false,
            Absence::Null => facts.ki67 = Box::new(CelNull),
        }
        let context = self.context(&facts);
        match run(&self.grade, &context).and_then(|value| text(&value).map(GradeAnswer::certain)) {
            Ok(answer) => answer,
            Err(error) => GradeAnswer::Refused(error.to_string()),
        }
    }
}
