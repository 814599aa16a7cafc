//! Licences and versions of everything we build on, from the lock file alone: needs no network.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use spdx::{Expression, LicenseReq};

use crate::chores::{Outcome, cargo};

/// Licences that what we ship may have.
const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "0BSD",
    "BSL-1.0",
    // Data, not code: the lists of certificate authorities.
    "CDLA-Permissive-2.0",
];

/// Licences that only tests and tools may have: nothing of it is in the program.
const ALLOWED_FOR_TOOLS: &[&str] = &["MPL-2.0", "NCSA"];

/// Crates that must not come in, each with the reason.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "the program is one file without system libraries"),
    ("openssl", "the program is one file without system libraries"),
    ("native-tls", "the program is one file without system libraries"),
];

/// Crates whose types or exactness we share: two versions of one of them would not meet.
const ONCE: &[&str] = &[
    "rust_decimal",
    "jiff",
    "pulldown-cmark",
    "rustc-hash",
    "serde",
    "serde_json",
    "clap",
    "sqlx",
    "libsqlite3-sys",
];

/// Checks everything and prints what is wrong.
pub fn run() -> Outcome {
    let metadata = metadata()?;
    let (findings, count) = findings(&metadata);
    for finding in &findings {
        println!("{finding}");
    }
    println!("licences: {count} packages, {} findings", findings.len());
    Ok(findings.is_empty())
}

fn metadata() -> Result<Value, String> {
    let output = cargo()
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .output()
        .map_err(|e| format!("cargo cannot be started: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`cargo metadata --offline --locked` failed: {}", said.trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("`cargo metadata` cannot be read: {e}"))
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Packages that are part of what we ship: reached without a step that is only for tests.
fn shipped(metadata: &Value) -> BTreeSet<&str> {
    let nodes: HashMap<&str, &Value> =
        list(&metadata["resolve"], "nodes").iter().map(|n| (text(n, "id"), n)).collect();
    let names: HashMap<&str, &str> =
        list(metadata, "packages").iter().map(|p| (text(p, "id"), text(p, "name"))).collect();
    let members = list(metadata, "workspace_members").iter().filter_map(Value::as_str);
    // The chores are tools.
    let mut open: Vec<&str> = members.filter(|id| names.get(id) != Some(&"xtask")).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(node) = nodes.get(id) else { continue };
        for need in list(node, "deps") {
            if list(need, "dep_kinds").iter().any(|k| k["kind"].as_str() != Some("dev")) {
                open.push(text(need, "pkg"));
            }
        }
    }
    seen
}

fn findings(metadata: &Value) -> (Vec<String>, usize) {
    let shipped = shipped(metadata);
    let mut found = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let packages = list(metadata, "packages");
    for package in packages {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let is_shipped = shipped.contains(text(package, "id"));
        versions.entry(name).or_default().insert(version);
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            found.push(format!("`{name} {version}` must not come in: {why}"));
        }
        let Some(licence) = package["license"].as_str() else {
            found.push(format!("`{name} {version}` names no licence"));
            continue;
        };
        if !fits(licence, is_shipped) {
            found.push(format!("`{name} {version}` has the licence `{licence}`, which is not on our list"));
        }
    }
    for name in ONCE {
        if let Some(several) = versions.get(name).filter(|v| v.len() > 1) {
            let several: Vec<&str> = several.iter().copied().collect();
            found.push(format!("`{name}` comes in {} versions: {}", several.len(), several.join(", ")));
        }
    }
    (found, packages.len())
}

fn fits(licence: &str, is_shipped: bool) -> bool {
    // Older crates write `MIT/Apache-2.0`, which means a choice.
    let Ok(expression) = Expression::parse(&licence.replace('/', " OR ")) else { return false };
    expression.evaluate(|wanted: &LicenseReq| {
        let id = wanted.license.id().map_or("", |id| id.name);
        ALLOWED.contains(&id) || !is_shipped && ALLOWED_FOR_TOOLS.contains(&id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_may_be_used() {
        let (found, count) = findings(&metadata().unwrap());
        assert!(count > 10);
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    #[test]
    fn expressions() {
        assert!(fits("MIT OR Apache-2.0", true));
        assert!(fits("MIT/Apache-2.0", true));
        assert!(fits("(MIT OR Apache-2.0) AND Unicode-3.0", true));
        assert!(fits("GPL-3.0-only OR MIT", true));
        assert!(!fits("MIT AND GPL-3.0-only", true));
        assert!(!fits("MPL-2.0", true));
        assert!(fits("MPL-2.0", false));
        assert!(!fits("whatever", true));
    }

    #[test]
    fn what_is_reached_through_tests_only_is_not_shipped() {
        let metadata: Value = serde_json::from_str(
            r#"{"packages":[
                {"id":"a","name":"a","version":"1.0.0","license":"MIT"},
                {"id":"b","name":"b","version":"1.0.0","license":"MPL-2.0"},
                {"id":"c","name":"openssl-sys","version":"1.0.0","license":"MIT"},
                {"id":"d","name":"serde","version":"1.0.0","license":null},
                {"id":"e","name":"serde","version":"2.0.0","license":"MIT"}],
              "workspace_members":["a"],
              "resolve":{"nodes":[
                {"id":"a","deps":[{"pkg":"b","dep_kinds":[{"kind":"dev"}]},{"pkg":"c","dep_kinds":[{"kind":null}]}]},
                {"id":"b","deps":[]},{"id":"c","deps":[]}]}}"#,
        )
        .unwrap();
        let (found, _) = findings(&metadata);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].contains("openssl-sys")
                && found[1].contains("names no licence")
                && found[2].contains("2 versions")
        );
    }
}
