//! Many people at once: nothing is lost, and of those who write on one revision exactly one wins.

use std::collections::BTreeMap;

use nw_store::{AsOf, Identity, Revision, StoreError, Task, TaskKind};

use crate::engines::{Db, fact, on_both};

on_both!(exactly_one_wins_per_revision, two_programs_share_one_record, one_fault_does_not_stop_the_others);

const WRITERS: usize = 16;
const EACH: usize = 12;

async fn exactly_one_wins_per_revision(db: Db) -> Db {
    let p = db.patient("A").await;
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let (store, id, context) = (db.store.clone(), p.id.clone(), db.context());
        tasks.push(tokio::spawn(async move {
            let mut won = Vec::new();
            let mut base = Revision(1);
            while won.len() < EACH {
                let mut context = context.clone();
                context.at += jiff::SignedDuration::from_millis(won.len() as i64);
                let value = format!("{writer}/{}", won.len());
                match store.record(&context, &id, base, &[fact("a.b", &value)]).await {
                    Ok(done) => {
                        base = done.revision;
                        won.push((done.revision, value));
                    }
                    Err(StoreError::Stale { given, newer }) => {
                        assert!(newer > given);
                        base = newer;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            won
        }));
    }
    let mut winners = BTreeMap::new();
    for task in tasks {
        for (revision, value) in task.await.unwrap() {
            assert!(winners.insert(revision, value).is_none(), "two won revision {revision}");
        }
    }
    assert_eq!(winners.len(), WRITERS * EACH);
    let read = db.store.facts_as_of(&db.context(), &p.id, AsOf::now()).await.unwrap();
    let read: BTreeMap<Revision, String> = read.into_iter().map(|f| (f.revision, f.value)).collect();
    assert_eq!(read, winners);
    let now = db.store.patient(&db.context(), &p.id).await.unwrap();
    assert_eq!(now.revision, Revision(1 + (WRITERS * EACH) as i64));
    db
}

async fn two_programs_share_one_record(db: Db) -> Db {
    // The command line beside the server: each has a writer of its own.
    let other = nw_store::Store::open(&db.address).await.unwrap();
    let p = db.patient("A").await;
    let mut tasks = Vec::new();
    for number in 0..40 {
        let store = if number % 2 == 0 { db.store.clone() } else { other.clone() };
        let (context, id) = (db.context(), p.id.clone());
        tasks.push(tokio::spawn(async move {
            store.add(&context, &id, &Task::new(TaskKind::Other, format!("task {number}"))).await.unwrap()
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let page = other.patient_page(&db.context(), &p.id, AsOf::now()).await.unwrap();
    assert_eq!(page.tasks.len(), 40);
    let times: std::collections::BTreeSet<_> = page.tasks.iter().map(|t| t.recorded_at).collect();
    assert_eq!(times.len(), 40, "no two writes share a moment");
    other.close().await;
    db
}

async fn one_fault_does_not_stop_the_others(db: Db) -> Db {
    let p = db.patient("A").await;
    let number = Identity { name: "B".into(), number: Some("9".into()), ..Identity::default() };
    db.store.add_patient(&db.context(), &number).await.unwrap();
    let mut tasks = Vec::new();
    for turn in 0..30 {
        let (store, context, id, number) = (db.store.clone(), db.context(), p.id.clone(), number.clone());
        tasks.push(tokio::spawn(async move {
            if turn % 3 == 0 {
                // Refused by the database in the middle of a transaction that others share.
                matches!(store.add_patient(&context, &number).await, Err(StoreError::Duplicate { .. }))
            } else {
                store.add(&context, &id, &Task::new(TaskKind::Other, "x")).await.is_ok()
            }
        }));
    }
    for task in tasks {
        assert!(task.await.unwrap());
    }
    let page = db.store.patient_page(&db.context(), &p.id, AsOf::now()).await.unwrap();
    assert_eq!(page.tasks.len(), 20);
    db
}
