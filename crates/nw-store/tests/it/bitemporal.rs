//! Facts as of (true, known) are those of a plain model that replays the history, over random histories.

use std::collections::BTreeSet;

use jiff::Timestamp;
use nw_facts::Date;
use nw_store::{AsOf, FactRecordId, PatientId, Reason, Revision};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::engines::{Db, day, fact, on_both};

on_both!(histories_agree_with_the_model);

/// What somebody does; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Step {
    Record { days: Vec<Option<u8>> },
    Correct { which: usize, day: Option<u8> },
    Retract { which: usize },
    Merge,
    Unmerge,
}

fn step() -> impl Strategy<Value = Step> {
    let day = || prop::option::of(0u8..6);
    prop_oneof![
        4 => prop::collection::vec(day(), 1..4).prop_map(|days| Step::Record { days }),
        3 => (any::<usize>(), day()).prop_map(|(which, day)| Step::Correct { which, day }),
        2 => any::<usize>().prop_map(|which| Step::Retract { which }),
        1 => Just(Step::Merge),
        1 => Just(Step::Unmerge),
    ]
}

/// The plain model: a list of what happened, replayed from its beginning for every question.
#[derive(Default)]
struct Model {
    events: Vec<(Timestamp, What)>,
}

#[derive(Clone)]
enum What {
    Fact { id: FactRecordId, of: usize, day: Option<Date>, instead_of: Option<FactRecordId> },
    Gone { id: FactRecordId, of: usize },
    Merged,
    Parted,
}

impl Model {
    fn holds(&self, patient: usize, true_on: Option<Date>, known: Timestamp) -> BTreeSet<String> {
        let seen: Vec<&What> = self.events.iter().filter(|(at, _)| *at <= known).map(|(_, w)| w).collect();
        let merged = seen.iter().fold(false, |now, w| match w {
            What::Merged => true,
            What::Parted => false,
            _ => now,
        });
        let ours = |of: usize| of == patient || (patient == 0 && merged);
        let mut facts: Vec<(&FactRecordId, Option<Date>)> = Vec::new();
        for what in &seen {
            match what {
                What::Fact { id, of, day, instead_of } if ours(*of) => {
                    facts.retain(|(old, _)| Some(*old) != instead_of.as_ref());
                    facts.push((id, *day));
                }
                What::Gone { id, of } if ours(*of) => facts.retain(|(old, _)| *old != id),
                _ => {}
            }
        }
        let then = |day: Option<Date>| match (day, true_on) {
            (Some(day), Some(limit)) => day <= limit,
            _ => true,
        };
        facts.into_iter().filter(|(_, day)| then(*day)).map(|(id, _)| id.as_str().to_string()).collect()
    }
}

fn a_day(number: u8) -> Date {
    day(&format!("2026-01-{:02}", number + 1))
}

async fn histories_agree_with_the_model(db: Db) -> Db {
    // The same histories each time; more of them with a number in the environment.
    let cases = std::env::var("NW_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let mut runner = TestRunner::new_with_rng(
        Config { cases, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let histories = prop::collection::vec(step(), 1..14);
    for number in 0..cases {
        let history = histories.new_tree(&mut runner).unwrap().current();
        replay(&db, &history, number).await;
    }
    db
}

use proptest::strategy::ValueTree as _;

async fn replay(db: &Db, history: &[Step], number: u32) {
    let s = &db.store;
    let reason = Reason::new("test of time").unwrap();
    let people =
        [db.patient(&format!("kept {number}")).await.id, db.patient(&format!("other {number}")).await.id];
    let mut model = Model::default();
    let mut moments = vec![db.now()];
    let mut merge = None;
    let mut turn = 0;
    for step in history {
        turn += 1;
        // After a merge everything is written under the patient that was kept.
        let of = if merge.is_some() { 0 } else { turn % 2 };
        let base = s.patient(&db.context(), &people[of]).await.unwrap().revision;
        let holds: Vec<FactRecordId> = {
            let read = s.facts_as_of(&db.context(), &people[of], AsOf::now()).await.unwrap();
            read.into_iter().map(|f| f.id).collect()
        };
        match step {
            Step::Record { days } => {
                let new: Vec<_> = days
                    .iter()
                    .map(|d| nw_store::NewFact { true_on: d.map(a_day), ..fact("a.b", "1") })
                    .collect();
                let done = s.record(&db.context(), &people[of], base, &new).await.unwrap();
                for (id, d) in done.facts.iter().zip(days) {
                    let what = What::Fact { id: id.clone(), of, day: d.map(a_day), instead_of: None };
                    model.events.push((done.at, what));
                }
                moments.push(done.at);
            }
            Step::Correct { which, day } if !holds.is_empty() => {
                let old = holds[which % holds.len()].clone();
                let new =
                    nw_store::NewFact { true_on: day.map(a_day), ..fact("a.b", "2").instead_of(old.clone()) };
                let done = s.record(&db.context(), &people[of], base, &[new]).await.unwrap();
                let what =
                    What::Fact { id: done.facts[0].clone(), of, day: day.map(a_day), instead_of: Some(old) };
                model.events.push((done.at, what));
                moments.push(done.at);
            }
            Step::Retract { which } if !holds.is_empty() => {
                let id = holds[which % holds.len()].clone();
                let done = s
                    .retract(&db.context(), &people[of], base, std::slice::from_ref(&id), &reason)
                    .await
                    .unwrap();
                model.events.push((done.at, What::Gone { id, of }));
                moments.push(done.at);
            }
            Step::Merge if merge.is_none() => {
                let revision = async |p: &PatientId| s.patient(&db.context(), p).await.unwrap().revision;
                let both = (revision(&people[0]).await, revision(&people[1]).await);
                let id = s
                    .merge(&db.context(), (&people[0], both.0), (&people[1], both.1), &reason)
                    .await
                    .unwrap();
                merge = Some(id);
                let when = s.patient(&db.context(), &people[1]).await.unwrap().changed_at;
                // Both patients change in one moment.
                model.events.push((when, What::Merged));
                moments.push(when);
            }
            Step::Unmerge => {
                if let Some(id) = merge.take() {
                    s.unmerge(&db.context(), &id, &reason).await.unwrap();
                    let when = s.patient(&db.context(), &people[1]).await.unwrap().changed_at;
                    model.events.push((when, What::Parted));
                    moments.push(when);
                }
            }
            _ => {}
        }
    }
    let mut days: Vec<Option<Date>> = (0..6).map(|d| Some(a_day(d))).collect();
    days.push(None);
    for (patient, id) in people.iter().enumerate() {
        for known in &moments {
            // Under the other's name nobody is read while the merge holds.
            if patient == 1 && merge.is_some() {
                continue;
            }
            for true_on in &days {
                let as_of = AsOf { true_on: *true_on, known: nw_store::Known::At(*known) };
                let read = s.facts_as_of(&db.context(), id, as_of).await.unwrap();
                let read: BTreeSet<String> = read.iter().map(|f| f.id.as_str().to_string()).collect();
                assert_eq!(
                    read,
                    model.holds(patient, *true_on, *known),
                    "history {number}: {history:?}, patient {patient}, true {true_on:?}, known {known}"
                );
            }
        }
    }
    // A revision names the same moment as its time.
    if merge.is_none() {
        let last = s.patient(&db.context(), &people[0]).await.unwrap();
        let by_time =
            s.facts_as_of(&db.context(), &people[0], AsOf::now().known_at(last.changed_at)).await.unwrap();
        let by_revision =
            s.facts_as_of(&db.context(), &people[0], AsOf::now().known_with(last.revision)).await.unwrap();
        assert_eq!(by_time, by_revision);
        assert!(last.revision > Revision(0));
    }
}
