//! Faults planted in answers: what a checker that sees nothing would let pass.

use std::collections::HashMap;

use serde_json::{Value, json};

/// Every kind of fault.
pub const KINDS: [&str; 8] = [
    "value added",
    "value removed",
    "value replaced",
    "row swapped",
    "row dropped",
    "fact altered",
    "fact dropped",
    "source added",
];

/// One answer with one fault in it.
pub struct Fault {
    pub kind: &'static str,
    pub case: String,
    pub answer: String,
}

/// What the faults need to know of the tables.
struct Tables {
    values: HashMap<String, Vec<String>>,
    rows: HashMap<String, (String, Vec<Value>)>,
}

impl Tables {
    fn read(text: &str) -> Result<Tables, String> {
        let page: Value = serde_json::from_str(text).map_err(|e| format!("the tables are no JSON: {e}"))?;
        let items = |of: &Value| of.as_array().cloned().unwrap_or_default();
        let values = items(&page["conclusions"]).into_iter().map(|c| {
            let ids = items(&c["values"]).iter().map(|v| text_of(&v["id"])).collect();
            (text_of(&c["id"]), ids)
        });
        let rows = items(&page["tables"])
            .into_iter()
            .map(|t| (text_of(&t["id"]), (text_of(&t["kind"]), items(&t["rows"]))));
        Ok(Tables { values: values.collect(), rows: rows.collect() })
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// So many faults of each kind, spread over the answers.
pub fn faults(tables: &str, answers: &str, of_each: usize) -> Result<Vec<Fault>, String> {
    let tables = Tables::read(tables)?;
    let mut random = fastrand::Rng::with_seed(3);
    let mut lines: Vec<&str> = answers.lines().collect();
    random.shuffle(&mut lines);
    let mut faults: Vec<Fault> = Vec::new();
    let mut left: HashMap<&str, usize> = KINDS.iter().map(|kind| (*kind, of_each)).collect();
    for line in lines {
        if left.values().all(|n| *n == 0) {
            break;
        }
        let answer: Value = serde_json::from_str(line).map_err(|e| format!("an answer is no JSON: {e}"))?;
        let count = answer["conclusions"].as_array().map_or(0, Vec::len);
        if count == 0 {
            continue;
        }
        let said = &answer["conclusions"][random.usize(0..count)];
        let mut kinds = KINDS;
        random.shuffle(&mut kinds);
        for kind in kinds.into_iter().filter(|kind| left[kind] > 0) {
            let mut altered = said.clone();
            if alter(kind, &mut altered, &tables, &mut random).is_none() || altered == *said {
                continue;
            }
            *left.entry(kind).or_default() -= 1;
            let case = format!("planted-{}", faults.len());
            let mut answer = answer.clone();
            answer["case"] = json!(case);
            answer["conclusions"] = json!([altered]);
            faults.push(Fault { kind, case, answer: answer.to_string() });
            break;
        }
    }
    Ok(faults)
}

/// Plants one fault, where the answer has a place for it.
fn alter(kind: &str, said: &mut Value, tables: &Tables, random: &mut fastrand::Rng) -> Option<()> {
    let values = &tables.values[said["id"].as_str()?];
    let (open, single) = (said["status"] == "undetermined", said["value"].is_string());
    match kind {
        "value added" => {
            let list = said["possible"].as_array_mut().filter(|list| !list.is_empty())?;
            let other = values.iter().find(|v| !list.contains(&json!(v)))?;
            list.push(json!(other));
        }
        "value removed" => {
            let list = said["possible"].as_array_mut().filter(|list| open && !list.is_empty())?;
            list.remove(random.usize(0..list.len()));
        }
        "value replaced" => {
            let other = values.iter().find(|v| single && said["value"] != **v)?;
            said["possible"] = json!([other]);
            said["value"] = json!(other);
        }
        "row swapped" => {
            let reasons = said["because"].as_array_mut().filter(|list| !list.is_empty())?;
            let taken: Vec<(Value, Value)> =
                reasons.iter().map(|s| (s["table"].clone(), s["row"].clone())).collect();
            let step = &mut reasons[random.usize(0..taken.len())];
            let (kind, rows) = tables.rows.get(step["table"].as_str()?)?;
            // Several rows of a `collect` table may hold at once, so that another one need not be wrong.
            let free = |row: &&Value| !taken.contains(&(step["table"].clone(), row["id"].clone()));
            let row = rows.iter().find(|row| kind != "collect" && free(row))?;
            for (to, from) in [("row", "id"), ("sources", "sources"), ("mark", "mark"), ("text", "sentence")]
            {
                step[to] = row[from].clone();
            }
            step["annotations"] = row["annotations"].clone();
        }
        "row dropped" => {
            let reasons = said["because"].as_array_mut().filter(|list| !open && !list.is_empty())?;
            reasons.remove(0);
        }
        "fact altered" => {
            let steps = said["because"].as_array_mut()?;
            let fact = steps.iter_mut().find_map(|s| s["facts"].as_array_mut()?.first_mut())?;
            // What a formula gives is taken from the assessment, so that its words are not verified either.
            if random.bool() && fact["basis"] != "derived" {
                fact["value"] = json!(format!("{}0", text_of(&fact["value"])));
            } else {
                fact["id"] = json!(format!("{}.other", text_of(&fact["id"])));
            }
        }
        "fact dropped" => {
            let written = |f: &Value| f["basis"].is_null();
            let steps = said["because"].as_array_mut()?.iter_mut().filter(|s| s["row"].is_string());
            let mut lists = steps.filter_map(|s| s["facts"].as_array_mut());
            // Which facts a formula took is not verified.
            let computed = |list: &[Value]| list.iter().any(|f| f["basis"] == "derived");
            let list = lists.find(|list| !computed(list) && list.iter().any(written))?;
            let at = list.iter().position(written)?;
            let gone = list[at]["id"].clone();
            list.retain(|f| f["id"] != gone);
        }
        "source added" => {
            let step = said["because"].as_array_mut()?.first_mut()?;
            step["sources"].as_array_mut()?.push(json!("nowhere"));
        }
        _ => return None,
    }
    Some(())
}
