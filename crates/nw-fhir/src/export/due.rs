//! What is to be done again, as Tasks below a CarePlan.

use nw_engine::DueStatus;

use super::{Entries, Record, instant, member, one, plain_id, reference, words};
use crate::json::{Json, map};
use crate::own;

pub(super) fn due(record: &Record<'_>, patient: &str, entries: &mut Entries) {
    let mut tasks = Vec::new();
    for item in &record.conclusions.due {
        let due = &record.guideline.dues[item.due];
        let days = map([
            ("start", item.earliest.map(|d| d.to_string().into())),
            ("end", item.latest.map(|d| d.to_string().into())),
        ]);
        let (status, word) = match item.status {
            DueStatus::Overdue => ("requested", "overdue"),
            DueStatus::Due => ("requested", "due"),
            DueStatus::Later => ("draft", "later"),
            DueStatus::Undated => ("draft", "undated"),
        };
        let mut members = vec![
            member("status", status),
            member("businessStatus", own::concept("urn:netwijzer:due", word, None)),
            // It lists; whether it is done is decided by people.
            member("intent", "proposal"),
            member("code", words(due.title.get(record.language))),
            member("for", reference(patient)),
            member("authoredOn", record.on.to_string()),
        ];
        if !days.members().is_empty() {
            members.push(member("restriction", map([("period", Some(days))])));
        }
        tasks.push(entries.add("Task", &plain_id(&format!("due-{}", due.id)), members));
    }
    if tasks.is_empty() {
        return;
    }
    let activity: Vec<Json> = tasks.iter().map(|t| map([("reference", Some(reference(t)))])).collect();
    entries.add(
        "CarePlan",
        "follow-up",
        vec![
            member("status", "draft"),
            member("intent", "proposal"),
            member("description", record.disclaimer),
            member("subject", reference(patient)),
            member("created", instant(record.on)),
            member("author", reference("Device/netwijzer")),
            member("activity", Json::List(activity)),
            member("note", one(map([("text", Some(record.guideline.digest.as_str().into()))]))),
        ],
    );
}
