//! What the browser shows, looked at in a browser: the site is written, then the tests of `e2e/` read it.

use std::process::Command;

use crate::chores::{Outcome, cargo};
use crate::knowledge::top;

/// Writes the site with optimisation and runs the browser tests on it.
pub fn run() -> Outcome {
    let site = top().join("target/e2e/site");
    let _ = std::fs::remove_dir_all(&site);
    let wrote = cargo()
        .args(["run", "--quiet", "--release", "--package", "netwijzer", "--", "export", "site", "--out"])
        .arg(&site)
        .status()
        .map_err(|e| format!("cargo cannot be started: {e}"))?;
    if !wrote.success() {
        return Ok(false);
    }
    let folder = top().join("e2e");
    let npm = |words: &[&str]| {
        let status = Command::new("npm").args(words).current_dir(&folder).env("NW_SITE", &site).status();
        status.map_err(|e| format!("`npm` cannot be started: {e}; the browser tests need node 20 or later"))
    };
    if !npm(&["install", "--no-audit", "--no-fund", "--silent"])?.success() {
        return Err("`npm install` in `e2e` did not succeed".to_string());
    }
    Ok(npm(&["test"])?.success())
}
