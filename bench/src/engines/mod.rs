//! The engines under test, each with its own model of the workload under `w1/`.

mod cel;
mod datalogic;
mod dsntk;
mod plain;
mod zen;

use anyhow::{Context, Result};

use crate::case::{Outcome, Output};
use crate::engine::Engine;
use crate::netwijzer;

/// Every engine, ours first; the order is that of the report.
///
/// # Errors
/// When a model does not load.
pub fn all() -> Result<Vec<Box<dyn Engine>>> {
    let mut engines = netwijzer::engines()?;
    engines.push(Box::new(plain::Plain));
    engines.push(Box::new(datalogic::Datalogic::load()?));
    engines.push(Box::new(cel::Cel::load()?));
    engines.push(Box::new(zen::Zen::load(zen::Trace::Off)?));
    engines.push(Box::new(zen::Zen::load(zen::Trace::On)?));
    engines.push(Box::new(dsntk::Dsntk::load(dsntk::Model::Boxed)?));
    engines.push(Box::new(dsntk::Dsntk::load(dsntk::Model::Chained)?));
    Ok(engines)
}

/// Five answered values as codes.
fn outcome(values: [&str; 5]) -> Result<Outcome> {
    let mut codes = [0; 5];
    for (output, value) in Output::ALL.into_iter().zip(values) {
        codes[output as usize] = output.code(value).with_context(|| {
            format!("answered `{value}` for `{}`, expected one of its values", output.key())
        })?;
    }
    Ok(Outcome(codes))
}
