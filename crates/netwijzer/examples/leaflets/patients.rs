//! Patients who do not exist: drawn from the figures of the epidemiology, the examples, and the guideline's own cases.

use std::fs;
use std::path::{Path, PathBuf};

use netwijzer::casefile::{Documents, Hint, read_document};
use nw_engine::case_facts;
use nw_facts::{FactSet, Observation, Text, read};
use nw_guideline::{CompiledGuideline, SourceSet};
use nw_leaflet::House;
use nw_registry::synth::{Cohort, Missing, Model};

use crate::Asked;

/// Somebody with facts.
pub struct Patient {
    pub name: String,
    pub facts: FactSet,
}

fn file(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    for path in entries {
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|e| e == "toml" || e == "md" || e == "yaml") {
            found.push(path);
        }
    }
    found.sort();
}

/// The texts of a guideline: without the manual, the examples and what changes no conclusion.
pub fn texts(knowledge: &Path) -> Result<SourceSet, String> {
    let mut paths = vec![knowledge.join("sources.toml")];
    for part in ["vocabulary", "sources", "guidelines", "leaflets"] {
        below(&knowledge.join(part), &mut paths);
    }
    let mut files = Vec::new();
    for path in paths.iter().filter(|p| p.is_file()) {
        let name = path.strip_prefix(knowledge).unwrap_or(path).to_string_lossy().replace('\\', "/");
        files.push((name, file(path)?));
    }
    Ok(SourceSet::new(files))
}

/// Whose head the leaflets bear.
pub fn house(settings: &Path) -> Result<House, String> {
    let folder = settings.parent().unwrap_or(Path::new("")).to_path_buf();
    let logo = |name: &str| fs::read(folder.join(name)).map_err(|e| Text::new(e.to_string(), e.to_string()));
    House::read(&file(settings)?, logo).map_err(|faults| {
        let lines: Vec<String> =
            faults.iter().map(|f| format!("line {}: {}", f.line, f.message.en)).collect();
        format!("{}: {}", settings.display(), lines.join("; "))
    })
}

/// A cohort as `netwijzer synth` draws it, with what registries leave out and get wrong.
pub fn drawn(asked: &Asked, guideline: &CompiledGuideline) -> Result<Vec<Patient>, String> {
    let figures = file(&asked.knowledge.join("cohorts/gep-net.toml"))?;
    let model: Model = toml::from_str(&figures).map_err(|e| e.to_string())?;
    let cohort = Cohort::new(&model, asked.seed, asked.patients, Missing::Realistic);
    let cohort = cohort.map_err(|e| e.to_string())?;
    let table = asked.out.join("cohort.jsonl");
    cohort.write(&table, asked.threads, &mut |_| {}).map_err(|fault| fault.text().en)?;
    let vocabulary = &guideline.vocabulary;
    let mut people = Vec::new();
    for (at, line) in file(&table)?.lines().enumerate() {
        let row: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).map_err(|e| format!("{} line {}: {e}", table.display(), at + 1))?;
        let mut facts = FactSet::new();
        for (name, value) in &row {
            let Some(own) = vocabulary.find_fact(name) else { continue };
            let text = match value {
                serde_json::Value::Null => continue,
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            // What cannot be read is not recorded for this patient; `netwijzer batch` is what rejects such a row.
            for (fact, evidence) in read(vocabulary, own, &text).unwrap_or_default() {
                let via = (fact != own).then_some(own);
                let seen = Observation {
                    fact,
                    evidence,
                    text: text.clone(),
                    date: None,
                    known: None,
                    origin: None,
                    via,
                };
                facts.add(seen.dated_by_itself(vocabulary.fact(fact)));
            }
        }
        let day = asked.day.parse().ok();
        people.push(Patient { name: format!("synth-{}", at + 1), facts: facts.on(day) });
    }
    Ok(people)
}

/// The patients of the examples.
pub fn examples(knowledge: &Path, guideline: &CompiledGuideline) -> Result<Vec<Patient>, String> {
    let mut paths = Vec::new();
    below(&knowledge.join("examples"), &mut paths);
    let mut people = Vec::new();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "yaml")) {
        let name = path.to_string_lossy();
        for document in Documents::new(file(path)?.as_bytes(), &name, Hint::of(&name)).flatten() {
            let case = read_document(&guideline.vocabulary, &document)
                .map_err(|faults| format!("{name}: {}", faults[0].message.en))?;
            people.push(Patient { name: case.id, facts: case.facts.on(case.as_of) });
        }
    }
    Ok(people)
}

/// The guideline's own cases.
pub fn own_cases(guideline: &CompiledGuideline) -> Vec<Patient> {
    let case = |case: &nw_guideline::Case| Patient {
        name: format!("{}-{}", case.chapter, case.id),
        facts: case_facts(guideline, case).on(case.as_of),
    };
    guideline.cases.iter().map(case).collect()
}
