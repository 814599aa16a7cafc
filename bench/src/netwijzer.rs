//! netwijzer itself behind the same interface; its model is the guideline in `w1/`.

use anyhow::Result;

use crate::engine::Engine;

/// Our engine in its modes. The ratios of the report are against the first.
///
/// # Errors
/// When the guideline does not compile.
pub fn engines() -> Result<Vec<Box<dyn Engine>>> {
    // Filled in as soon as the engine's crate builds; until then the report takes the fastest engine as its base.
    Ok(Vec::new())
}
