//! Two records of one person: read as one, taken apart again, and answered as before about the time before.

use nw_store::{AsOf, Identity, PatientFilter, Reason, Revision, StoreError, Task, TaskKind, Version};

use crate::engines::{Db, code, fact, on_both};

on_both!(merged_records_are_read_as_one, a_chain_of_merges, numbers_after_a_merge);

fn reason() -> Reason {
    Reason::new("the same person").unwrap()
}

async fn merged_records_are_read_as_one(db: Db) -> Db {
    let s = &db.store;
    let (a, b) = (db.patient("A").await.id, db.patient("B").await.id);
    s.record(&db.context(), &a, Revision(1), &[fact("a.b", "of a")]).await.unwrap();
    let of_b = s.record(&db.context(), &b, Revision(1), &[fact("a.b", "of b")]).await.unwrap();
    let task = s.add(&db.context(), &b, &Task::new(TaskKind::Other, "of b")).await.unwrap();
    let stale = s.merge(&db.context(), (&a, Revision(2)), (&b, Revision(1)), &reason()).await;
    assert_eq!(code(stale), "stale");
    assert_eq!(
        code(s.merge(&db.context(), (&a, Revision(2)), (&a, Revision(2)), &reason()).await),
        "invalid"
    );
    let before = s.patient(&db.context(), &a).await.unwrap().changed_at;
    let merge = s.merge(&db.context(), (&a, Revision(2)), (&b, Revision(2)), &reason()).await.unwrap();
    let values = async |id, as_of| {
        let read = s.facts_as_of(&db.context(), id, as_of).await.unwrap();
        read.into_iter().map(|f| f.value).collect::<Vec<_>>()
    };
    assert_eq!(values(&a, AsOf::now()).await, ["of a", "of b"]);
    assert_eq!(values(&a, AsOf::now().known_at(before)).await, ["of a"]);
    let Err(StoreError::Merged { into }) = s.facts_as_of(&db.context(), &b, AsOf::now()).await else {
        panic!("b is read under a")
    };
    assert_eq!(into, a);
    assert_eq!(code(s.record(&db.context(), &b, Revision(3), &[fact("a.b", "x")]).await), "merged");
    // What belonged to b goes on under a.
    let page = s.patient_page(&db.context(), &a, AsOf::now()).await.unwrap();
    assert_eq!(page.tasks.len(), 1);
    s.amend(&db.context(), &task.id, Version(1), &task.body).await.unwrap();
    let fixed = fact("a.b", "corrected").instead_of(of_b.facts[0].clone());
    s.record(&db.context(), &a, Revision(3), &[fixed]).await.unwrap();
    assert_eq!(values(&a, AsOf::now()).await, ["of a", "corrected"]);
    let list = s.patients(&db.context(), &PatientFilter::default()).await.unwrap();
    assert_eq!(list.lines.len(), 1);
    // Apart again: b has what it had, a keeps what was written under a.
    s.unmerge(&db.context(), &merge, &reason()).await.unwrap();
    assert_eq!(code(s.unmerge(&db.context(), &merge, &reason()).await), "not-found");
    assert_eq!(values(&b, AsOf::now()).await, ["of b"]);
    assert_eq!(values(&a, AsOf::now()).await, ["of a", "corrected"]);
    let past = s.merges(&db.context(), &a).await.unwrap();
    assert_eq!(past.len(), 1);
    assert!(past[0].undone_at.is_some_and(|u| u > past[0].recorded_at));
    db
}

async fn a_chain_of_merges(db: Db) -> Db {
    let s = &db.store;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        let id = db.patient(name).await.id;
        s.record(&db.context(), &id, Revision(1), &[fact("a.b", name)]).await.unwrap();
        ids.push(id);
    }
    let [a, b, c] = ids.as_slice() else { unreachable!() };
    let first = s.merge(&db.context(), (b, Revision(2)), (a, Revision(2)), &reason()).await.unwrap();
    s.merge(&db.context(), (c, Revision(2)), (b, Revision(3)), &reason()).await.unwrap();
    assert_eq!(code(s.merge(&db.context(), (a, Revision(3)), (c, Revision(3)), &reason()).await), "merged");
    let values = async |id| {
        let read = s.facts_as_of(&db.context(), id, AsOf::now()).await.unwrap();
        read.into_iter().map(|f| f.value).collect::<Vec<_>>()
    };
    assert_eq!(values(c).await, ["A", "B", "C"]);
    s.unmerge(&db.context(), &first, &reason()).await.unwrap();
    assert_eq!(values(c).await, ["B", "C"]);
    assert_eq!(values(a).await, ["A"]);
    db
}

async fn numbers_after_a_merge(db: Db) -> Db {
    let s = &db.store;
    let with =
        |number: &str| Identity { name: "A".into(), number: Some(number.into()), ..Identity::default() };
    let a = s.add_patient(&db.context(), &with("1")).await.unwrap().id;
    let b = s.add_patient(&db.context(), &with("2")).await.unwrap().id;
    let merge = s.merge(&db.context(), (&a, Revision(1)), (&b, Revision(1)), &reason()).await.unwrap();
    s.identify(&db.context(), &a, Revision(2), &with("2")).await.unwrap();
    assert_eq!(code(s.unmerge(&db.context(), &merge, &reason()).await), "duplicate");
    s.identify(&db.context(), &a, Revision(3), &with("1")).await.unwrap();
    assert_eq!(code(s.unmerge(&db.context(), &merge, &reason()).await), "done");
    db
}
