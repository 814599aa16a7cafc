//! Objection to research and registries: it reaches back over everything that was recorded before, and nobody can pass it.

use nw_store::{
    AsOf, AuditFilter, Changes, Context, Identity, Objection, PatientFilter, Purpose, Reason, Revision, Role,
    Stance, Version, Whom, objects, said,
};

use crate::engines::{Db, code, day, fact, on_both};

on_both!(
    who_objects_is_not_read_for_research,
    of_two_who_write_one_is_heard,
    what_is_said_comes_with_the_facts_or_not_at_all,
    an_objection_stays_in_force_through_a_merge,
    an_objection_is_part_of_the_record
);

fn says(stance: Stance) -> Objection {
    Objection { stance, said_on: day("2026-03-09"), told: "told the nurse, Zanglijster".into() }
}

/// Everybody who reads for others than the patient, and somebody who treats.
fn readers(db: &Db) -> ([Context; 3], Context) {
    let with = |role, purpose| Context { purpose, ..db.as_role(role) };
    let secondary = [
        with(Role::Analyst, Purpose::Research),
        with(Role::Analyst, Purpose::Quality),
        with(Role::Specialist, Purpose::Research),
    ];
    (secondary, db.context())
}

async fn who_objects_is_not_read_for_research(db: Db) -> Db {
    let s = &db.store;
    let (a, b) = (db.patient("A").await.id, db.patient("B").await.id);
    for id in [&a, &b] {
        s.record(&db.context(), id, Revision(1), &[fact("a.b", "earlier")]).await.unwrap();
    }
    let before = db.now();
    let names = async |context: &Context| {
        let list = s.patients(context, &PatientFilter::default()).await.unwrap();
        list.lines.iter().map(|l| l.patient.identity.name.clone()).collect::<Vec<_>>()
    };
    let (secondary, treats) = readers(&db);
    for context in secondary.iter().chain([&treats]) {
        assert_eq!(names(context).await, ["A", "B"]);
        assert_eq!(s.facts_as_of(context, &a, AsOf::now()).await.unwrap().len(), 1);
    }
    assert!(s.objecting(&treats, None).await.unwrap().is_empty());
    let kept = s.object(&db.context(), &a, Version(0), &says(Stance::Objects)).await.unwrap();
    assert!(objects(&kept) && said(&kept) == Version(1));
    // What was recorded before is gone for them, also as of a moment before; for those who treat nothing changes.
    for known in [AsOf::now(), AsOf::now().known_at(before)] {
        for context in &secondary {
            assert_eq!(names(context).await, ["B"]);
            assert_eq!(code(s.facts_as_of(context, &a, known).await), "objects");
            assert_eq!(code(s.patient_page(context, &a, known).await), "objects");
            assert_eq!(code(s.fact_history(context, &a).await), "objects");
            assert_eq!(s.facts_as_of(context, &b, known).await.unwrap().len(), 1);
        }
        assert_eq!(s.facts_as_of(&treats, &a, known).await.unwrap().len(), 1);
    }
    assert_eq!(names(&treats).await, ["A", "B"]);
    s.record(&db.context(), &a, Revision(2), &[fact("a.c", "later")]).await.unwrap();
    assert!(objects(&s.patient_page(&treats, &a, AsOf::now()).await.unwrap().objections));
    // Whoever holds data of before learns of whom to take them back.
    assert_eq!(s.objecting(&treats, Some(before)).await.unwrap(), std::slice::from_ref(&a));
    assert!(s.objecting(&treats, Some(db.now())).await.unwrap().is_empty());
    // Taken back: everything is there again.
    let kept = s.object(&db.context(), &a, said(&kept), &says(Stance::Agrees)).await.unwrap();
    assert!(!objects(&kept) && said(&kept) == Version(2));
    for context in &secondary {
        assert_eq!(names(context).await, ["A", "B"]);
        assert_eq!(s.facts_as_of(context, &a, AsOf::now()).await.unwrap().len(), 2);
    }
    assert!(s.objecting(&treats, None).await.unwrap().is_empty());
    // The refusals and the objection itself are in the log of the patient, without the words.
    let log = AuditFilter { patient: Some(a.clone()), most: Some(500), ..AuditFilter::default() };
    let log = s.audit(&db.context(), &log).await.unwrap().entries;
    assert_eq!(log.iter().filter(|e| e.object_kind == "objection").count(), 2);
    assert!(
        log.iter().any(|e| e.cause.as_deref() == Some("objects") && e.role == "analyst"),
        "refusals are in the log"
    );
    assert!(!format!("{log:?}{kept:?}").contains("Zanglijster"));
    db
}

async fn of_two_who_write_one_is_heard(db: Db) -> Db {
    let s = &db.store;
    let a = db.patient("A").await.id;
    s.object(&db.context(), &a, Version(0), &says(Stance::Objects)).await.unwrap();
    // Who has not seen the objection does not take it back.
    assert_eq!(code(s.object(&db.context(), &a, Version(0), &says(Stance::Agrees)).await), "stale");
    assert!(objects(&s.objection(&db.context(), &a).await.unwrap()));
    let mut bad = says(Stance::Agrees);
    bad.told = " ".into();
    assert_eq!(code(s.object(&db.context(), &a, Version(1), &bad).await), "invalid");
    let key = db.context().with_key("once");
    for _ in 0..2 {
        let kept = s.object(&key, &a, Version(1), &says(Stance::Agrees)).await.unwrap();
        assert_eq!(said(&kept), Version(2));
    }
    assert!(s.objection(&db.context(), &db.patient("B").await.id).await.unwrap().is_empty());
    db
}

async fn what_is_said_comes_with_the_facts_or_not_at_all(db: Db) -> Db {
    let s = &db.store;
    let changes = Changes { facts: vec![fact("a.b", "1")], ..Changes::default() };
    let whom = Whom::New(Identity { name: "Anna".into(), ..Identity::default() });
    let seen = async || s.patients(&db.context(), &PatientFilter::default()).await.unwrap().lines.len();
    let stale = (Version(3), says(Stance::Objects));
    assert_eq!(code(s.transact(&db.context(), &whom, &changes, Some(&stale)).await), "stale");
    assert_eq!(seen().await, 0, "no patient without the objection");
    let first = (Version(0), says(Stance::Objects));
    let made = s.transact(&db.context(), &whom, &changes, Some(&first)).await.unwrap().patient;
    let (secondary, _) = readers(&db);
    assert_eq!(code(s.facts_as_of(&secondary[0], &made, AsOf::now()).await), "objects");
    // Said alone it moves no revision; beside facts both are written or neither.
    let known = |base| Whom::Known { patient: made.clone(), base, identity: None };
    let alone = (Version(1), says(Stance::Agrees));
    let done =
        s.transact(&db.context(), &known(Revision(1)), &Changes::default(), Some(&alone)).await.unwrap();
    assert_eq!(done.recorded.revision, Revision(1));
    assert_eq!(code(s.transact(&db.context(), &known(Revision(1)), &changes, Some(&alone)).await), "stale");
    assert_eq!(s.facts_as_of(&db.context(), &made, AsOf::now()).await.unwrap().len(), 1);
    let again = (Version(2), says(Stance::Objects));
    let done = s.transact(&db.context(), &known(Revision(1)), &changes, Some(&again)).await.unwrap();
    assert_eq!(done.recorded.revision, Revision(2));
    assert!(objects(&s.objection(&db.context(), &made).await.unwrap()));
    let log = AuditFilter { patient: Some(made), most: Some(500), ..AuditFilter::default() };
    let log = s.audit(&db.context(), &log).await.unwrap().entries;
    assert_eq!(log.iter().filter(|e| e.object_kind == "objection" && e.action.word() == "update").count(), 3);
    db
}

async fn an_objection_stays_in_force_through_a_merge(db: Db) -> Db {
    let s = &db.store;
    let reason = Reason::new("the same person").unwrap();
    let (a, b, c) = (db.patient("A").await.id, db.patient("B").await.id, db.patient("C").await.id);
    s.object(&db.context(), &c, Version(0), &says(Stance::Objects)).await.unwrap();
    s.object(&db.context(), &a, Version(0), &says(Stance::Agrees)).await.unwrap();
    s.merge(&db.context(), (&b, Revision(1)), (&c, Revision(1)), &reason).await.unwrap();
    let merge = s.merge(&db.context(), (&a, Revision(1)), (&b, Revision(2)), &reason).await.unwrap();
    let (secondary, treats) = readers(&db);
    let seen = async || s.patients(&secondary[0], &PatientFilter::default()).await.unwrap().lines.len();
    assert_eq!(seen().await, 0);
    assert_eq!(code(s.facts_as_of(&secondary[0], &a, AsOf::now()).await), "objects");
    let mut all = vec![a.clone(), b.clone(), c.clone()];
    all.sort_by(|x, y| x.as_str().cmp(y.as_str()));
    assert_eq!(s.objecting(&treats, None).await.unwrap(), all);
    // Apart again: A agreed, and B with C objects.
    s.unmerge(&db.context(), &merge, &reason).await.unwrap();
    assert_eq!(seen().await, 1);
    assert_eq!(code(s.facts_as_of(&secondary[0], &b, AsOf::now()).await), "objects");
    assert_eq!(s.facts_as_of(&secondary[0], &a, AsOf::now()).await.unwrap().len(), 0);
    let held = s.objection(&db.context(), &b).await.unwrap();
    s.object(&db.context(), &b, said(&held), &says(Stance::Agrees)).await.unwrap();
    assert_eq!(seen().await, 2);
    db
}

async fn an_objection_is_part_of_the_record(db: Db) -> Db {
    let s = &db.store;
    let a = db.patient("A").await.id;
    s.object(&db.context(), &a, Version(0), &says(Stance::Objects)).await.unwrap();
    s.object(&db.context(), &a, Version(1), &says(Stance::Agrees)).await.unwrap();
    let all = s.export_patient(&db.context(), &a).await.unwrap();
    let of = |v: &&serde_json::Value| v["kind"] == "objection";
    let stances: Vec<_> =
        all["entries"].as_array().unwrap().iter().filter(of).map(|e| e["body"]["stance"].clone()).collect();
    assert_eq!(stances, ["objects", "agrees"]);
    // A blocked record takes no objection: nobody reads it anyway.
    s.block(&db.context(), &a, &Reason::new("asked").unwrap()).await.unwrap();
    assert_eq!(code(s.object(&db.context(), &a, Version(2), &says(Stance::Objects)).await), "blocked");
    db
}
