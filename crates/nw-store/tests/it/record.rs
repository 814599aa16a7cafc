//! Facts, identity, entries: what is written is read again, nothing is overwritten, nothing is done twice.

use nw_store::{
    AsOf, Changes, Contact, ContactKind, Decision, Document, Execution, ExecutionState, Handover, Identity,
    NewFact, Origin, Reason, Revision, SavedCalendar, SignOff, Store, StoreError, Task, TaskKind, TaskState,
    Version, Whom,
};

use crate::engines::{Db, at, code, day, fact, on_both};

on_both!(
    facts_are_read_as_typed,
    a_correction_stays_beside_what_it_corrects,
    a_retraction_needs_a_reason,
    stale_writers_learn_the_newer_revision,
    identity_has_versions,
    who_and_what_come_together_or_not_at_all,
    the_same_key_gives_the_same_answer,
    one_page_holds_everything,
    entries_have_versions,
    a_decision_rests_on_a_revision,
    what_cannot_be_kept_is_refused,
    append_only_is_held_by_the_database,
    documents_keep_their_bytes,
    what_was_handed_over_is_kept_as_it_was,
    a_closed_record_says_so,
    a_calendar_rests_on_what_was_seen,
);

async fn a_calendar_rests_on_what_was_seen(db: Db) -> Db {
    let p = db.patient("A").await;
    let body = |text: &str| SavedCalendar { calendar: text.to_string(), from: day("2026-03-10") };
    let save = async |base, earlier, text: &str| {
        db.store.save_calendar(&db.context(), &p.id, base, earlier, &body(text)).await
    };
    assert_eq!(code(save(p.revision, None, "[]").await), "invalid");
    let first = save(p.revision, None, "{\"a\":1}").await.unwrap();
    // A second first calendar would hide the one that is there.
    assert_eq!(code(save(p.revision, None, "{}").await), "stale");
    let second = save(p.revision, Some((first.id.clone(), first.version)), "{\"a\":2}").await.unwrap();
    assert_eq!((&second.id, second.version), (&first.id, Version(2)));
    assert_eq!(code(save(p.revision, Some((first.id.clone(), first.version)), "{}").await), "stale");
    let more =
        db.store.record(&db.context(), &p.id, p.revision, &[fact("tumour.ki67", "4 %")]).await.unwrap();
    let seen = Some((second.id.clone(), second.version));
    assert_eq!(code(save(p.revision, seen.clone(), "{}").await), "stale");
    save(more.revision, seen, "{\"a\":3}").await.unwrap();
    let page = db.store.patient_page(&db.context(), &p.id, AsOf::now()).await.unwrap();
    assert_eq!(page.calendars.len(), 1);
    assert_eq!(page.calendars[0].body.calendar, "{\"a\":3}");
    let all = db.store.versions::<SavedCalendar>(&db.context(), &first.id).await.unwrap();
    assert_eq!(all.len(), 3);
    db
}

async fn facts_are_read_as_typed(db: Db) -> Db {
    let p = db.patient("A").await;
    let typed = [
        fact("tumour.ki67", "<2 %").on(day("2026-03-02")),
        NewFact { known_on: Some(day("2026-03-05")), ..fact("tumour.size", "1,4 cm") },
        fact("nodes.regional.positive", "not-done"),
        fact("tumour.ki67", "4 %\n\"'; DROP TABLE fact; --"),
    ];
    let done = db.store.record(&db.context(), &p.id, p.revision, &typed).await.unwrap();
    assert_eq!(done.revision, Revision(2));
    assert_eq!(done.facts.len(), 4);
    let read = db.store.facts_as_of(&db.context(), &p.id, AsOf::now()).await.unwrap();
    assert_eq!(read.len(), 4);
    for (new, old) in typed.iter().zip(&read) {
        assert_eq!((&new.fact, &new.value, new.true_on), (&old.fact, &old.value, old.true_on));
        assert_eq!((new.known_on, &new.origin, old.recorded_at), (old.known_on, &old.origin, done.at));
    }
    db
}

async fn a_correction_stays_beside_what_it_corrects(db: Db) -> Db {
    let p = db.patient("A").await;
    let first =
        db.store.record(&db.context(), &p.id, Revision(1), &[fact("tumour.ki67", "4 %")]).await.unwrap();
    let new = fact("tumour.ki67", "40 %").instead_of(first.facts[0].clone());
    let second =
        db.store.record(&db.context(), &p.id, Revision(2), std::slice::from_ref(&new)).await.unwrap();
    let value = async |as_of| {
        let read = db.store.facts_as_of(&db.context(), &p.id, as_of).await.unwrap();
        read.iter().map(|f| f.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(value(AsOf::now()).await, ["40 %"]);
    assert_eq!(value(AsOf::now().known_at(first.at)).await, ["4 %"]);
    assert_eq!(value(AsOf::now().known_at(second.at)).await, ["40 %"]);
    assert_eq!(value(AsOf::now().known_with(Revision(2))).await, ["4 %"]);
    assert_eq!(value(AsOf::now().known_with(Revision(1))).await, [""; 0]);
    // What was corrected cannot be corrected again: somebody would be overlooked.
    let again = db.store.record(&db.context(), &p.id, Revision(3), &[new]).await;
    assert_eq!(code(again), "not-current");
    let past = db.store.fact_history(&db.context(), &p.id).await.unwrap();
    assert_eq!(past.len(), 2);
    assert_eq!(past[0].superseded_by.as_ref(), Some(&second.facts[0]));
    db
}

async fn a_retraction_needs_a_reason(db: Db) -> Db {
    let p = db.patient("A").await;
    let done =
        db.store.record(&db.context(), &p.id, Revision(1), &[fact("tumour.ki67", "4 %")]).await.unwrap();
    let bare = Changes { retract: done.facts.clone(), ..Changes::default() };
    assert_eq!(code(db.store.change(&db.context(), &p.id, Revision(2), &bare).await), "invalid");
    assert!(Reason::new("  ").is_err());
    let reason = Reason::new("another patient's report").unwrap();
    db.store.retract(&db.context(), &p.id, Revision(2), &done.facts, &reason).await.unwrap();
    assert!(db.store.facts_as_of(&db.context(), &p.id, AsOf::now()).await.unwrap().is_empty());
    let past = db.store.fact_history(&db.context(), &p.id).await.unwrap();
    assert_eq!(past.len(), 2);
    assert_eq!(past[1].retracted.as_deref(), Some("another patient's report"));
    db
}

async fn stale_writers_learn_the_newer_revision(db: Db) -> Db {
    let p = db.patient("A").await;
    db.store.record(&db.context(), &p.id, Revision(1), &[fact("a.b", "1")]).await.unwrap();
    let late = db.store.record(&db.context(), &p.id, Revision(1), &[fact("a.b", "2")]).await;
    let Err(StoreError::Stale { given, newer }) = late else { panic!("the later writer must lose") };
    assert_eq!((given, newer), (Revision(1), Revision(2)));
    let early = db.store.record(&db.context(), &p.id, Revision(7), &[fact("a.b", "2")]).await;
    assert_eq!(code(early), "stale");
    assert_eq!(db.store.facts_as_of(&db.context(), &p.id, AsOf::now()).await.unwrap().len(), 1);
    let nobody = "00000000-0000-7000-8000-000000000000".parse().unwrap();
    assert_eq!(
        code(db.store.record(&db.context(), &nobody, Revision(1), &[fact("a.b", "2")]).await),
        "not-found"
    );
    db
}

async fn identity_has_versions(db: Db) -> Db {
    let first = Identity { name: "Anna Jansen".into(), number: Some("77".into()), ..Identity::default() };
    let p = db.store.add_patient(&db.context(), &first).await.unwrap();
    assert_eq!(code(db.store.add_patient(&db.context(), &first).await), "duplicate");
    let second = Identity { name: "Anna de Vries".into(), ..first.clone() };
    let now = db.store.identify(&db.context(), &p.id, Revision(1), &second).await.unwrap();
    assert_eq!((now.revision, now.identity_version), (Revision(2), Version(2)));
    assert_eq!(now.identity.name, "Anna de Vries");
    assert_eq!(code(db.store.identify(&db.context(), &p.id, Revision(1), &first).await), "stale");
    let past = db.store.versions::<Identity>(&db.context(), &p.identity_entry).await.unwrap();
    assert_eq!(
        past.iter().map(|e| e.body.name.as_str()).collect::<Vec<_>>(),
        ["Anna Jansen", "Anna de Vries"]
    );
    let empty = Identity::default();
    assert_eq!(code(db.store.add_patient(&db.context(), &empty).await), "invalid");
    db
}

async fn who_and_what_come_together_or_not_at_all(db: Db) -> Db {
    let s = &db.store;
    let numbered =
        |name: &str| Identity { name: name.into(), number: Some("88".into()), ..Identity::default() };
    let facts = |facts: Vec<NewFact>| Changes { facts, ..Changes::default() };
    let nobody = "00000000-0000-7000-8000-000000000000".parse().unwrap();
    let torn = facts(vec![fact("a.b", "1"), fact("a.c", "2").instead_of(nobody)]);
    let good = facts(vec![fact("a.b", "1"), fact("a.c", "2")]);
    // The second fact is refused when the record was begun and the first fact was written: neither is there.
    let whom = Whom::New(numbered("Anna Jansen"));
    assert_eq!(code(s.transact(&db.context(), &whom, &torn, None).await), "not-current");
    let made = s.transact(&db.context().with_key("whole"), &whom, &good, None).await.unwrap();
    assert_eq!((made.recorded.revision, made.recorded.facts.len()), (Revision(1), 2));
    assert!(s.transact(&db.context().with_key("whole"), &whom, &good, None).await.unwrap() == made);
    let page = s.patient_page(&db.context(), &made.patient, AsOf::now()).await.unwrap();
    assert_eq!((page.patient.revision, page.facts.len()), (Revision(1), 2));
    // The same for a name that changes with the facts.
    let known = |base, identity| Whom::Known { patient: made.patient.clone(), base, identity };
    let renamed = known(Revision(1), Some(numbered("Anna de Vries")));
    let later = facts(vec![fact("a.d", "3")]);
    assert_eq!(code(s.transact(&db.context(), &renamed, &torn, None).await), "not-current");
    assert_eq!(s.patient(&db.context(), &made.patient).await.unwrap(), page.patient);
    let done = s.transact(&db.context(), &renamed, &later, None).await.unwrap();
    assert_eq!(done.recorded.revision, Revision(2));
    assert_eq!(code(s.transact(&db.context(), &renamed, &later, None).await), "stale");
    let nothing = known(Revision(2), None);
    assert_eq!(code(s.transact(&db.context(), &nothing, &Changes::default(), None).await), "invalid");
    let page = s.patient_page(&db.context(), &made.patient, AsOf::now()).await.unwrap();
    assert_eq!((page.patient.identity.name.as_str(), page.facts.len()), ("Anna de Vries", 3));
    let before =
        s.patient_page(&db.context(), &made.patient, AsOf::now().known_with(Revision(1))).await.unwrap();
    assert_eq!(before.facts.len(), 2);
    db
}

async fn the_same_key_gives_the_same_answer(db: Db) -> Db {
    let identity = Identity { name: "A".into(), ..Identity::default() };
    let key = db.context().with_key("make-1");
    let p = db.store.add_patient(&key, &identity).await.unwrap();
    let again = db.store.add_patient(&key, &identity).await.unwrap();
    assert_eq!(p, again);
    let facts = [fact("a.b", "1")];
    let key = db.context().with_key("write-1");
    let first = db.store.record(&key, &p.id, Revision(1), &facts).await.unwrap();
    let mut later = key.clone();
    later.at = db.now();
    let second = db.store.record(&later, &p.id, Revision(1), &facts).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(db.store.facts_as_of(&db.context(), &p.id, AsOf::now()).await.unwrap().len(), 1);
    // Another request under the same key is a fault of the caller, not an answer.
    assert_eq!(code(db.store.record(&key, &p.id, Revision(1), &[fact("a.b", "2")]).await), "key-reused");
    // A refused request is not an answer either: it may be repeated when the reason is gone.
    let key = db.context().with_key("write-2");
    assert_eq!(code(db.store.record(&key, &p.id, Revision(1), &[fact("a.b", "3")]).await), "stale");
    assert_eq!(code(db.store.record(&key, &p.id, Revision(2), &[fact("a.b", "3")]).await), "done");
    db
}

async fn one_page_holds_everything(db: Db) -> Db {
    let p = db.patient("A").await;
    let s = &db.store;
    let done = s.record(&db.context(), &p.id, Revision(1), &[fact("a.b", "1")]).await.unwrap();
    let task = s.add(&db.context(), &p.id, &Task::new(TaskKind::Request, "ask Ki-67")).await.unwrap();
    let contact = Contact {
        at: at("2026-03-10T09:00:00Z"),
        kind: ContactKind::Phone,
        with: "patient".into(),
        note: "well".into(),
        signals: vec!["fatigue".into()],
        next: Some(day("2026-04-01")),
    };
    s.add(&db.context(), &p.id, &contact).await.unwrap();
    let decision = s.decide(&db.context(), &p.id, Revision(2), &decision("wait and see")).await.unwrap();
    let planned = Execution {
        decision: decision.id.clone(),
        state: ExecutionState::Planned,
        on: None,
        reason: None,
        note: String::new(),
    };
    s.add(&db.context(), &p.id, &planned).await.unwrap();
    let signed = SignOff { of: decision.id.clone(), version: decision.version, meaning: "decided".into() };
    s.add(&db.context(), &p.id, &signed).await.unwrap();
    let page = s.patient_page(&db.context(), &p.id, AsOf::now()).await.unwrap();
    assert_eq!(page.patient.revision, Revision(3));
    assert_eq!(page.facts.len(), 1);
    assert_eq!(page.tasks, std::slice::from_ref(&task));
    assert_eq!((page.contacts.len(), page.executions.len(), page.sign_offs.len()), (1, 1, 1));
    assert_eq!(page.decisions, [decision]);
    // As it was right after the fact was recorded.
    let then = s.patient_page(&db.context(), &p.id, AsOf::now().known_at(done.at)).await.unwrap();
    assert_eq!((then.facts.len(), then.tasks.len(), then.decisions.len()), (1, 0, 0));
    // The mark of a page changes with everything on it.
    let mut body = task.body.clone();
    body.state = TaskState::Done;
    s.amend(&db.context(), &task.id, task.version, &body).await.unwrap();
    let after = s.patient_page(&db.context(), &p.id, AsOf::now()).await.unwrap();
    assert!(after.patient.changed_at > page.patient.changed_at);
    assert_eq!(after.patient.revision, page.patient.revision);
    db
}

pub fn decision(text: &str) -> Decision {
    Decision {
        meeting: None,
        agenda_item: None,
        decided_on: day("2026-03-10"),
        advice: None,
        considered: vec![],
        chosen: vec!["option.watch".into()],
        text: text.into(),
        rationale: String::new(),
        departure: None,
    }
}

async fn entries_have_versions(db: Db) -> Db {
    let p = db.patient("A").await;
    let one = db.store.add(&db.context(), &p.id, &Task::new(TaskKind::Other, "one")).await.unwrap();
    let mut body = one.body.clone();
    body.title = "two".into();
    let two = db.store.amend(&db.context(), &one.id, Version(1), &body).await.unwrap();
    assert_eq!(two.version, Version(2));
    let late = db.store.amend(&db.context(), &one.id, Version(1), &body).await;
    let Err(StoreError::StaleVersion { newer, .. }) = late else { panic!("the later writer must lose") };
    assert_eq!(newer, Version(2));
    let now = db.store.entry::<Task>(&db.context(), &one.id).await.unwrap();
    assert_eq!(now, two);
    assert_eq!(db.store.versions::<Task>(&db.context(), &one.id).await.unwrap(), [one.clone(), two]);
    // An id of a task is no id of a contact.
    assert_eq!(code(db.store.entry::<Contact>(&db.context(), &one.id).await), "not-found");
    db
}

async fn a_decision_rests_on_a_revision(db: Db) -> Db {
    let p = db.patient("A").await;
    db.store.record(&db.context(), &p.id, Revision(1), &[fact("a.b", "1")]).await.unwrap();
    assert_eq!(code(db.store.decide(&db.context(), &p.id, Revision(1), &decision("x")).await), "stale");
    let taken = db.store.decide(&db.context(), &p.id, Revision(2), &decision("x")).await.unwrap();
    let better = decision("y");
    let other = db.patient("B").await;
    let c = db.context();
    let wrong =
        db.store.correct_decision(&c, &other.id, Revision(1), (&taken.id, taken.version), &better).await;
    assert_eq!(code(wrong), "not-found");
    let right =
        db.store.correct_decision(&c, &p.id, Revision(3), (&taken.id, taken.version), &better).await.unwrap();
    assert_eq!((right.version, right.body.text.as_str()), (Version(2), "y"));
    // Not by the general road either.
    assert_eq!(code(db.store.amend(&c, &taken.id, Version(2), &better).await), "fault");
    db
}

async fn what_cannot_be_kept_is_refused(db: Db) -> Db {
    let p = db.patient("A").await;
    let long = "x".repeat(5000);
    let bad = [
        fact("", "1"),
        fact("with space", "1"),
        fact("a.b", " "),
        fact("a.b", "zero\0byte"),
        fact("a.b", &long),
        NewFact { origin: Origin::person("bell\u{7}"), ..fact("a.b", "1") },
    ];
    for fact in bad {
        assert_eq!(code(db.store.record(&db.context(), &p.id, Revision(1), &[fact]).await), "invalid");
    }
    assert_eq!(code(db.store.record(&db.context(), &p.id, Revision(1), &[]).await), "invalid");
    // One bad fact among good ones: none is kept.
    let mixed = [
        fact("a.b", "1"),
        fact("a.b", "").instead_of("00000000-0000-7000-8000-000000000000".parse().unwrap()),
    ];
    assert_eq!(code(db.store.record(&db.context(), &p.id, Revision(1), &mixed).await), "invalid");
    let strange = [
        fact("a.b", "1"),
        fact("a.b", "2").instead_of("00000000-0000-7000-8000-000000000000".parse().unwrap()),
    ];
    assert_eq!(code(db.store.record(&db.context(), &p.id, Revision(1), &strange).await), "not-current");
    assert!(db.store.facts_as_of(&db.context(), &p.id, AsOf::now()).await.unwrap().is_empty());
    assert_eq!(code(db.store.add(&db.context(), &p.id, &Task::new(TaskKind::Other, "")).await), "invalid");
    let mut not_done = Execution {
        decision: "00000000-0000-7000-8000-000000000000".parse().unwrap(),
        state: ExecutionState::NotDone,
        on: None,
        reason: None,
        note: String::new(),
    };
    assert_eq!(code(db.store.add(&db.context(), &p.id, &not_done).await), "invalid");
    not_done.reason = Some("patient-wish".into());
    assert_eq!(code(db.store.add(&db.context(), &p.id, &not_done).await), "done");
    db
}

async fn append_only_is_held_by_the_database(db: Db) -> Db {
    let p = db.patient("A").await;
    db.store.record(&db.context(), &p.id, Revision(1), &[fact("a.b", "1")]).await.unwrap();
    let refused = [
        "UPDATE fact SET value = '2'",
        "DELETE FROM fact",
        "UPDATE entry SET body = '{}'",
        "DELETE FROM entry",
        "DELETE FROM patient",
        "UPDATE audit_entry SET outcome = 'success'",
        "DELETE FROM audit_entry",
        "DELETE FROM revision",
    ];
    for sql in refused {
        let said = crate::audit::tamper(&db, &[sql]).await;
        assert!(said.is_err_and(|e| e.contains("append-only")), "{sql}");
    }
    db
}

async fn documents_keep_their_bytes(db: Db) -> Db {
    let p = db.patient("A").await;
    let report = Document {
        kind: "pathology-report".into(),
        title: "Biopsy".into(),
        dated: Some(day("2026-03-01")),
        author: None,
        media_type: "application/octet-stream".into(),
        size: 0,
        digest: String::new(),
    };
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let entry = db.store.add_document(&db.context(), &p.id, &report, &bytes).await.unwrap();
    assert_eq!(entry.body.size, 100_000);
    let (again, read) = db.store.document(&db.context(), &entry.id).await.unwrap();
    assert_eq!((again, read), (entry, bytes));
    db
}

async fn what_was_handed_over_is_kept_as_it_was(db: Db) -> Db {
    let p = db.patient("A").await;
    let given = Handover {
        document: "personal".into(),
        title: "Folder".into(),
        language: "nl".into(),
        print: "large".into(),
        guideline: "net 1".into(),
        guideline_digest: "sha256:0".into(),
        media_type: "application/pdf".into(),
        ..Handover::default()
    };
    let entry = db.store.hand_over(&db.context(), &p.id, &given, b"%PDF-paper").await.unwrap();
    assert_eq!((entry.body.size, entry.body.digest.len()), (10, 64));
    let (again, read) = db.store.handed_over(&db.context(), &entry.id).await.unwrap();
    assert_eq!((again, read.as_slice()), (entry.clone(), &b"%PDF-paper"[..]));
    let page = db.store.patient_page(&db.context(), &p.id, AsOf::now()).await.unwrap();
    assert_eq!((page.patient.revision, page.handovers), (p.revision, vec![entry.clone()]));
    let changed = db.store.amend(&db.context(), &entry.id, entry.version, &given).await;
    assert_eq!(code(changed), code(Err::<(), _>(nw_store::StoreError::Fault)), "it is never changed");
    let empty = Handover { title: String::new(), ..given };
    assert_eq!(code(db.store.hand_over(&db.context(), &p.id, &empty, b"x").await), "invalid");
    db
}

async fn a_closed_record_says_so(db: Db) -> Db {
    let other = Store::open(&db.address).await.unwrap();
    other.close().await;
    let p = db.patient("A").await;
    assert_eq!(code(other.record(&db.context(), &p.id, Revision(1), &[fact("a.b", "1")]).await), "closed");
    db
}

#[test]
fn addresses_that_are_none() {
    crate::engines::runtime().block_on(async {
        for address in ["", "sqlite::memory:", "mysql://x/y", "postgres://", "record.db?mode=memory"] {
            let said = code(Store::open(address).await);
            assert!(matches!(said, "bad-address" | "database"), "{address}: {said}");
        }
    });
}
