//! Runs the DMN export in dsntk and compares every answer with the expected one, as `foreign/run.mjs` does elsewhere.
//!
//! Single tables only: this engine evaluates a decision anew at each reference, which takes exponential time in a chain.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{Name, value_null};
use dsntk_feel_number::FeelNumber;
use dsntk_model::{DmnElement, NamedElement};
use dsntk_model_evaluator::ModelEvaluator;
use serde_json::{Value as Json, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Marks a combination of which nothing is promised.
const LEFT_OUT: u16 = 0xFFFF;

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).map(PathBuf::from).ok_or("use: nw-foreign-dsntk FOLDER [SHARE]")?;
    // Every Nth combination of a table with more than a thousand.
    let share = std::env::args().nth(2).map_or(Ok(1), |share| share.parse())?;
    singles(&folder, share)
}

struct Model {
    evaluator: Arc<ModelEvaluator>,
    namespace: String,
    name: String,
}

impl Model {
    fn read(path: &Path) -> Outcome<Model> {
        let text = fs::read_to_string(path)?;
        let definitions = dsntk_model::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        let (namespace, name) = (definitions.namespace().to_owned(), definitions.name().to_owned());
        let evaluator =
            ModelEvaluator::new(&[definitions]).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Model { evaluator, namespace, name })
    }

    fn ask(&self, decision: &str, given: &FeelContext) -> Value {
        self.evaluator.evaluate_invocable(&self.namespace, &self.name, decision, given)
    }

    /// A decision's answer as JSON: null, a text, or a list of texts.
    fn texts(&self, decision: &str, given: &FeelContext) -> Json {
        match self.ask(decision, given) {
            Value::Null(None) => Json::Null,
            Value::Null(Some(why)) => {
                // No rule that holds is an answer; everything else is a complaint worth reading.
                if why.contains("no rules matched") || why.contains("no matching") {
                    Json::Null
                } else {
                    json!({ "null": why })
                }
            }
            Value::String(text) => json!(text),
            Value::List(items) => {
                let texts = items.iter().map(|item| match item {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                json!(texts.collect::<Vec<_>>())
            }
            other => json!({ "other": other.to_string() }),
        }
    }
}

/// Inputs with their values in the engine's types.
struct Inputs {
    names: Vec<Name>,
    possible: Vec<Option<Name>>,
    values: Vec<Vec<(Value, Option<Value>)>>,
    said: Vec<(String, Vec<String>)>,
}

impl Inputs {
    fn read(inputs: &Json) -> Outcome<Inputs> {
        let mut all = Inputs { names: vec![], possible: vec![], values: vec![], said: vec![] };
        for input in inputs.as_array().ok_or("no inputs")? {
            let name = input["name"].as_str().ok_or("an input without name")?;
            let list = input["kind"] == "list";
            all.names.push(name.into());
            all.possible.push(list.then(|| format!("{name}____possible").as_str().into()));
            let values = input["values"].as_array().ok_or("an input without values")?;
            all.values.push(values.iter().map(feel).collect::<Outcome<_>>()?);
            all.said.push((name.to_string(), values.iter().map(Json::to_string).collect()));
        }
        Ok(all)
    }

    fn context(&self, digits: &[usize]) -> FeelContext {
        let mut context = FeelContext::default();
        for (at, digit) in digits.iter().enumerate() {
            let (value, possible) = &self.values[at][*digit];
            context.set_entry(&self.names[at], value.clone());
            if let Some(name) = &self.possible[at] {
                context.set_entry(name, possible.clone().unwrap_or(value_null!()));
            }
        }
        context
    }

    fn missing(&self, digits: &[usize]) -> bool {
        digits.iter().enumerate().any(|(at, digit)| self.said[at].1[*digit] == "null")
    }

    fn said(&self, digits: &[usize]) -> String {
        let each = digits.iter().enumerate().map(|(at, digit)| {
            let (name, values) = &self.said[at];
            format!("{name} = {}", values[*digit])
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

fn feel(value: &Json) -> Outcome<(Value, Option<Value>)> {
    let texts = |list: &Json| {
        let items = list.as_array().into_iter().flatten();
        Value::List(items.map(|i| Value::String(i.as_str().unwrap_or_default().to_string())).collect())
    };
    Ok(match value {
        Json::Null => (value_null!(), None),
        Json::String(text) => (Value::String(text.clone()), None),
        Json::Number(number) => {
            let number: FeelNumber =
                number.to_string().parse().map_err(|_| format!("no number: {number}"))?;
            (Value::Number(number), None)
        }
        Json::Object(lists) => (texts(&lists["certain"]), Some(texts(&lists["possible"]))),
        other => return Err(format!("`{other}` is no value").into()),
    })
}

fn collected(certain: &Json, possible: &Json) -> String {
    let set = |list: &Json| -> BTreeSet<String> {
        match list {
            Json::Null => BTreeSet::new(),
            Json::Array(items) => {
                items.iter().map(|i| i.as_str().map_or(i.to_string(), str::to_string)).collect()
            }
            Json::String(text) => BTreeSet::from([text.clone()]),
            other => BTreeSet::from([other.to_string()]),
        }
    };
    let certain = set(certain);
    let possible: BTreeSet<String> = set(possible).union(&certain).cloned().collect();
    format!("{{\"certain\":{},\"possible\":{}}}", json!(certain), json!(possible))
}

struct Tally {
    begun: Instant,
    rows: u64,
    missing: u64,
    differences: u64,
    examples: Vec<String>,
}

impl Tally {
    fn new() -> Self {
        Tally { begun: Instant::now(), rows: 0, missing: 0, differences: 0, examples: vec![] }
    }

    fn row(&mut self, missing: bool, expected: &str, answer: &str, describe: impl Fn() -> String) {
        self.rows += 1;
        self.missing += u64::from(missing);
        if expected != answer {
            self.differences += 1;
            if self.examples.len() < 5 {
                self.examples.push(format!("{}: expected {expected}, got {answer}", describe()));
            }
        }
    }

    fn done(self, tables: usize) {
        let line = json!({
            "engine": "dsntk 0.3.0 (DMN)",
            "part": "single tables",
            "tables": tables,
            "rows": self.rows,
            "missing": self.missing,
            "differences": self.differences,
            "seconds": self.begun.elapsed().as_secs_f64(),
            "examples": self.examples,
        });
        println!("{line}");
    }
}

fn json_file(path: &Path) -> Outcome<Json> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

fn number(value: &Json) -> Outcome<usize> {
    Ok(usize::try_from(value.as_u64().ok_or("a number is missing")?)?)
}

fn expected(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn outcomes(of: &Json) -> Vec<&str> {
    of["outcomes"].as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}

fn singles(folder: &Path, share: usize) -> Outcome<()> {
    let model = Model::read(&folder.join("loose.dmn"))?;
    let page = json_file(&folder.join("tests.json"))?;
    let bytes = fs::read(folder.join("tests.bin"))?;
    let tables = page["tables"].as_array().ok_or("no tables")?;
    let mut tally = Tally::new();
    for table in tables {
        let inputs = Inputs::read(&table["inputs"])?;
        let rows = table["rows"].as_str().ok_or("a table without rows")?;
        let nulls = table["nulls"].as_str();
        let collect = table["collect"] == true;
        let said = outcomes(table);
        let width = inputs.names.len();
        let listed = table["combinations"].as_u64().map(usize::try_from).transpose()?;
        let (count, at) = (number(&table["count"])?, number(&table["expected"])?);
        let mut digits = vec![0usize; width];
        for i in 0..count {
            if let Some(start) = listed {
                for (c, digit) in digits.iter_mut().enumerate() {
                    *digit = usize::from(bytes[start + i * width + c]);
                }
            }
            let wanted = expected(&bytes, at + 2 * i);
            if wanted != LEFT_OUT && (count <= 1000 || i % share == 0) {
                let given = inputs.context(&digits);
                let first = model.texts(rows, &given);
                let open = || nulls.map_or(Json::Null, |n| model.texts(n, &given));
                let answer = if collect {
                    collected(&first, &open())
                } else if first == Json::Null {
                    open().to_string()
                } else {
                    first.to_string()
                };
                tally.row(inputs.missing(&digits), said[usize::from(wanted)], &answer, || {
                    format!("{}: {}", table["id"], inputs.said(&digits))
                });
            }
            if listed.is_none() {
                step(&mut digits, &inputs);
            }
        }
    }
    tally.done(tables.len());
    Ok(())
}

/// The next combination, last digit first.
fn step(digits: &mut [usize], inputs: &Inputs) {
    for at in (0..digits.len()).rev() {
        digits[at] += 1;
        if digits[at] < inputs.values[at].len() {
            return;
        }
        digits[at] = 0;
    }
}
