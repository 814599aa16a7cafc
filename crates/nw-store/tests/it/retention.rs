//! Blocking, the legal minimum, erasure, and the export of a whole record.

use nw_store::{
    AsOf, Context, Document, PatientFilter, RETENTION_YEARS, Reason, Revision, Task, TaskKind, Version,
};

use crate::engines::{Db, at, code, day, fact, on_both};

on_both!(
    a_blocked_record_is_kept_and_not_read,
    nothing_is_erased_before_its_time,
    an_export_holds_everything
);

fn reason() -> Reason {
    Reason::new("the patient asked for it").unwrap()
}

async fn a_blocked_record_is_kept_and_not_read(db: Db) -> Db {
    let s = &db.store;
    let p = db.patient("A").await.id;
    let task = s.add(&db.context(), &p, &Task::new(TaskKind::Other, "x")).await.unwrap();
    s.record(&db.context(), &p, Revision(1), &[fact("a.b", "1")]).await.unwrap();
    s.block(&db.context(), &p, &reason()).await.unwrap();
    assert_eq!(code(s.patient_page(&db.context(), &p, AsOf::now()).await), "blocked");
    assert_eq!(code(s.facts_as_of(&db.context(), &p, AsOf::now()).await), "blocked");
    assert_eq!(code(s.fact_history(&db.context(), &p).await), "blocked");
    assert_eq!(code(s.export_patient(&db.context(), &p).await), "blocked");
    assert_eq!(code(s.record(&db.context(), &p, Revision(2), &[fact("a.b", "2")]).await), "blocked");
    assert_eq!(code(s.entry::<Task>(&db.context(), &task.id).await), "blocked");
    assert!(s.tasks(&db.context(), &nw_store::TaskFilter::default()).await.unwrap().is_empty());
    assert!(s.patient(&db.context(), &p).await.unwrap().blocked_at.is_some());
    s.unblock(&db.context(), &p, &reason()).await.unwrap();
    assert_eq!(s.facts_as_of(&db.context(), &p, AsOf::now()).await.unwrap().len(), 1);
    db
}

async fn nothing_is_erased_before_its_time(db: Db) -> Db {
    let s = &db.store;
    let gone = nw_store::Identity { name: "Gone Person".into(), ..Default::default() };
    let key = db.context().with_key("made");
    let (p, q) = (s.add_patient(&key, &gone).await.unwrap().id, db.patient("Other").await.id);
    let done = s.record(&db.context(), &q, Revision(1), &[fact("a.b", "1")]).await.unwrap();
    s.merge(&db.context(), (&p, Revision(1)), (&q, Revision(2)), &reason()).await.unwrap();
    let fixed = fact("a.b", "2").instead_of(done.facts[0].clone());
    s.record(&db.context(), &p, Revision(2), &[fixed]).await.unwrap();
    s.add(&db.context(), &p, &Task::new(TaskKind::Other, "x")).await.unwrap();
    // Without a setting nothing is ever erased.
    assert_eq!(code(s.erase(&db.context(), &p, day("2100-01-01"), &reason()).await), "must-be-kept");
    s.set(&db.context(), RETENTION_YEARS, Version(0), "20").await.unwrap();
    assert!(s.erasable(&db.context(), day("2046-03-09")).await.unwrap().is_empty());
    assert_eq!(code(s.erase(&db.context(), &p, day("2046-03-09"), &reason()).await), "must-be-kept");
    let due = s.erasable(&db.context(), day("2046-03-10")).await.unwrap();
    assert_eq!((due.len(), due[0].until), (1, day("2046-03-10")));
    assert_eq!(code(s.erase(&db.context(), &q, day("2046-03-10"), &reason()).await), "merged");
    s.erase(&db.context(), &p, day("2046-03-10"), &reason()).await.unwrap();
    assert_eq!(code(s.patient_page(&db.context(), &p, AsOf::now()).await), "erased");
    assert_eq!(code(s.erase(&db.context(), &p, day("2046-03-10"), &reason()).await), "erased");
    let left = s.patient(&db.context(), &p).await.unwrap();
    assert_eq!(left.identity.name, "");
    assert!(s.patients(&db.context(), &PatientFilter::default()).await.unwrap().lines.is_empty());
    // Neither does the answer that was kept for a repeated request.
    let again = s.add_patient(&key, &gone).await.unwrap();
    assert_ne!(again.id, p);
    // The log stays.
    let filter = nw_store::AuditFilter { patient: Some(p.clone()), ..nw_store::AuditFilter::default() };
    assert!(s.audit(&db.context(), &filter).await.unwrap().entries.len() > 5);
    db
}

async fn an_export_holds_everything(db: Db) -> Db {
    let s = &db.store;
    let p = db.patient("Anna").await.id;
    let done = s.record(&db.context(), &p, Revision(1), &[fact("a.b", "first value")]).await.unwrap();
    s.record(
        &db.context(),
        &p,
        Revision(2),
        &[fact("a.b", "second value").instead_of(done.facts[0].clone())],
    )
    .await
    .unwrap();
    let task = s.add(&db.context(), &p, &Task::new(TaskKind::Other, "title one")).await.unwrap();
    s.amend(&db.context(), &task.id, Version(1), &Task::new(TaskKind::Other, "title two")).await.unwrap();
    let letter = Document {
        kind: "letter".into(),
        title: "To the GP".into(),
        dated: None,
        author: None,
        media_type: "text/plain".into(),
        size: 0,
        digest: String::new(),
    };
    s.add_document(&db.context(), &p, &letter, b"Dear colleague").await.unwrap();
    let context = Context { at: at("2026-03-11T00:00:00Z"), ..db.context() };
    let all = s.export_patient(&context, &p).await.unwrap();
    let text = all.to_string();
    for part in
        ["Anna", "first value", "second value", "title one", "title two", "To the GP", "RGVhciBjb2xsZWFndWU="]
    {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(all["facts"].as_array().unwrap().len(), 2);
    let log = all["audit"].as_array().unwrap();
    assert_eq!(log.first().unwrap()["action"], "create");
    assert!(log.iter().any(|e| e["action"] == "export"));
    db
}
