//! The audit log: complete, with every field, and no altered or missing entry stays unseen.

use std::collections::BTreeSet;

use nw_store::{
    Action, Actor, Anchor, AsOf, AuditFilter, AuditKey, AuditOutcome, Basis, Context, FindingKind, Options,
    PatientFilter, Purpose, Reason, Revision, Role, Store, Task, TaskKind,
};
use sqlx::Connection as _;

use crate::engines::{Db, On, code, fact, on_both};

on_both!(
    every_field_is_kept,
    reads_refusals_and_lists_are_written_down,
    pages_and_filters,
    altered_entries_are_located,
    missing_entries_are_located,
    a_forged_end_is_noticed,
);

/// Changes the database behind the back of the record.
pub async fn tamper(db: &Db, statements: &[&str]) -> Result<(), String> {
    let said = |e: sqlx::Error| e.to_string();
    match db.on {
        On::Sqlite => {
            let path = db.address.trim_start_matches("sqlite:");
            let options = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(path)
                .foreign_keys(false)
                .busy_timeout(std::time::Duration::from_secs(10));
            let mut c = sqlx::SqliteConnection::connect_with(&options).await.map_err(said)?;
            for sql in statements {
                sqlx::raw_sql(sqlx::AssertSqlSafe((*sql).to_string())).execute(&mut c).await.map_err(said)?;
            }
            c.close().await.map_err(said)
        }
        On::Postgres => {
            let mut c = sqlx::PgConnection::connect(&db.address).await.map_err(said)?;
            for sql in statements {
                sqlx::raw_sql(sqlx::AssertSqlSafe((*sql).to_string())).execute(&mut c).await.map_err(said)?;
            }
            c.close().await.map_err(said)
        }
    }
}

/// What an intruder with the rights of the owner does first.
pub async fn unlock(db: &Db) {
    let statements: &[&str] = match db.on {
        On::Sqlite => &["DROP TRIGGER audit_is_kept", "DROP TRIGGER audit_stays"],
        On::Postgres => &[
            "ALTER TABLE audit_entry DISABLE TRIGGER USER",
            "ALTER TABLE audit_listed DROP CONSTRAINT audit_listed_seq_fkey",
        ],
    };
    tamper(db, statements).await.unwrap();
}

async fn every_field_is_kept(db: Db) -> Db {
    let p = db.patient("A").await;
    let reason = Reason::new("patient came in unconscious").unwrap();
    let actor = Actor {
        account: Some("00000000-0000-7000-8000-0000000000aa".parse().unwrap()),
        name: "Dr. One".into(),
        role: Role::Specialist,
        organisation: "NET centre".into(),
    };
    let context = Context::new(db.now(), actor, Purpose::Treatment, Basis::Emergency(reason), "web")
        .from_place("10.0.0.7");
    db.store.facts_as_of(&context, &p.id, AsOf::now()).await.unwrap();
    let filter = AuditFilter { emergency: true, ..AuditFilter::default() };
    let page = db.store.audit(&db.as_role(Role::Administrator), &filter).await.unwrap();
    let [e] = page.entries.as_slice() else { panic!("one entry: {:?}", page.entries) };
    assert_eq!((e.action, e.object_kind.as_str(), e.outcome), (Action::Read, "facts", AuditOutcome::Success));
    assert_eq!(e.patient.as_ref(), Some(&p.id));
    assert_eq!(e.actor.as_deref(), Some("00000000-0000-7000-8000-0000000000aa"));
    assert_eq!((e.actor_name.as_str(), e.role.as_str()), ("Dr. One", "specialist"));
    assert_eq!((e.organisation.as_str(), e.purpose.as_str()), ("NET centre", "treatment"));
    assert_eq!((e.basis.as_str(), e.reason.as_deref()), ("emergency", Some("patient came in unconscious")));
    assert_eq!((e.source.as_str(), e.access_point.as_deref()), ("web", Some("10.0.0.7")));
    assert_eq!(e.event.len(), 36);
    assert!(e.at >= context.at);
    db
}

async fn reads_refusals_and_lists_are_written_down(db: Db) -> Db {
    let p = db.patient("A").await;
    let other = db.patient("B").await;
    db.store.patient_page(&db.context(), &p.id, AsOf::now()).await.unwrap();
    db.store.record(&db.context(), &p.id, Revision(9), &[fact("a.b", "1")]).await.unwrap_err();
    db.store.patients(&db.context(), &PatientFilter::default()).await.unwrap();
    let nobody = "00000000-0000-7000-8000-000000000000".parse().unwrap();
    assert_eq!(code(db.store.patient_page(&db.context(), &nobody, AsOf::now()).await), "not-found");
    let about = async |id| {
        let filter = AuditFilter { patient: Some(id), ..AuditFilter::default() };
        let page = db.store.audit(&db.as_role(Role::Administrator), &filter).await.unwrap();
        let told = |e: &nw_store::AuditEntry| format!("{} {} {}", e.action, e.object_kind, e.outcome);
        page.entries.iter().rev().map(told).collect::<Vec<_>>()
    };
    assert_eq!(
        about(p.id.clone()).await,
        ["create patient success", "read record success", "update facts refused", "read worklist success",]
    );
    assert_eq!(about(other.id.clone()).await, ["create patient success", "read worklist success"]);
    assert_eq!(about(nobody).await, ["read record refused"]);
    db
}

async fn pages_and_filters(db: Db) -> Db {
    let p = db.patient("A").await;
    for _ in 0..25 {
        db.store.patient(&db.context(), &p.id).await.unwrap();
    }
    let context = db.as_role(Role::Administrator);
    let mut filter = AuditFilter { most: Some(10), action: Some(Action::Read), ..AuditFilter::default() };
    filter.patient = Some(p.id.clone());
    filter.to = Some(context.at);
    let mut seen = Vec::new();
    loop {
        let page = db.store.audit(&context, &filter).await.unwrap();
        seen.extend(page.entries.iter().filter(|e| e.object_kind == "patient").map(|e| e.seq));
        match page.next {
            Some(next) => filter.before = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.windows(2).all(|w| w[0] > w[1]));
    let none = AuditFilter { outcome: Some(AuditOutcome::Failed), ..AuditFilter::default() };
    assert!(db.store.audit(&context, &none).await.unwrap().entries.is_empty());
    db
}

async fn fill(db: &Db, entries: usize) -> i64 {
    let p = db.patient("A").await;
    for number in 0..entries {
        db.store.add(&db.context(), &p.id, &Task::new(TaskKind::Other, format!("{number}"))).await.unwrap();
    }
    db.store.verify_audit(None).await.unwrap().anchor.seq
}

async fn altered_entries_are_located(db: Db) -> Db {
    let last = fill(&db, 40).await;
    unlock(&db).await;
    // Each column in turn, in an entry of its own.
    let text = "event action object_kind patient outcome actor_name role organisation purpose basis source";
    let absent = "object cause actor reason access_point detail";
    let mut seq = 2;
    let mut expected = BTreeSet::new();
    let alter = async |sql: String| {
        tamper(&db, &[&sql]).await.unwrap();
    };
    for column in text.split(' ') {
        alter(format!("UPDATE audit_entry SET {column} = {column} || 'x' WHERE seq = {seq}")).await;
        expected.insert(seq);
        seq += 2;
    }
    for column in absent.split(' ') {
        // An empty text is not the same as nothing.
        alter(format!("UPDATE audit_entry SET {column} = '' WHERE seq = {seq}")).await;
        expected.insert(seq);
        seq += 2;
    }
    alter(format!("UPDATE audit_entry SET at = at + 1 WHERE seq = {seq}")).await;
    expected.insert(seq);
    for column in ["prev", "hash"] {
        seq += 2;
        let flip = match db.on {
            On::Sqlite => format!("zeroblob(1) || substr({column}, 2)"),
            On::Postgres => format!("set_byte({column}, 0, get_byte({column}, 0) # 255)"),
        };
        alter(format!(
            "UPDATE audit_entry SET {column} = CAST({flip} AS {}) WHERE seq = {seq}",
            match db.on {
                On::Sqlite => "BLOB",
                On::Postgres => "BYTEA",
            }
        ))
        .await;
        expected.insert(seq);
    }
    assert!(seq < last);
    let verdict = db.store.verify_audit(None).await.unwrap();
    let found: BTreeSet<i64> = verdict.findings.iter().map(|f| f.seq).collect();
    assert_eq!(found, expected);
    assert!(verdict.findings.iter().all(|f| f.kind == FindingKind::Altered), "{:?}", verdict.findings);
    fresh(db).await
}

/// A database of its own for what comes after: the altered one is done with.
async fn fresh(db: Db) -> Db {
    db.store.close().await;
    let path = db.file("fresh.db");
    let store = Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
    Db { store, ..db }
}

async fn missing_entries_are_located(db: Db) -> Db {
    let last = fill(&db, 30).await;
    let anchor = db.store.verify_audit(None).await.unwrap().anchor;
    unlock(&db).await;
    tamper(&db, &["DELETE FROM audit_entry WHERE seq IN (5, 6, 17)"]).await.unwrap();
    let verdict = db.store.verify_audit(None).await.unwrap();
    let found: Vec<_> = verdict.findings.iter().map(|f| (f.seq, f.kind)).collect();
    let missing = FindingKind::Missing;
    assert_eq!(found, [(5, missing), (6, missing), (17, missing)]);
    // The end cut off: the head knows how many there were.
    tamper(&db, &[&format!("DELETE FROM audit_entry WHERE seq > {}", last - 3)]).await.unwrap();
    let verdict = db.store.verify_audit(None).await.unwrap();
    let tail: Vec<i64> = verdict.findings.iter().map(|f| f.seq).filter(|s| *s > 17).collect();
    assert_eq!(tail, [last - 2, last - 1, last]);
    // And an anchor kept elsewhere knows it, too.
    let verdict = db.store.verify_audit(Some(&anchor)).await.unwrap();
    assert!(verdict.findings.iter().any(|f| f.kind == FindingKind::Anchor && f.seq == last));
    fresh(db).await
}

async fn a_forged_end_is_noticed(db: Db) -> Db {
    let key = AuditKey::new("0123456789abcdef0123456789abcdef").unwrap();
    assert!(AuditKey::new("short").is_err());
    let options = Options { audit_key: Some(key), ..Options::default() };
    db.store.close().await;
    let store = Store::open_with(&db.address, options).await.unwrap();
    let db = Db { store, ..db };
    let last = fill(&db, 10).await;
    let verdict = db.store.verify_audit(None).await.unwrap();
    assert!(verdict.holds() && verdict.sealed, "{:?}", verdict.findings);
    let anchor = verdict.anchor;
    assert_eq!(anchor.to_string().parse::<Anchor>().unwrap(), anchor);
    assert!("12:zz".parse::<Anchor>().is_err());
    unlock(&db).await;
    // The end is cut off, and the head is made to fit: only the seal and the anchor know better.
    let forge = format!(
        "DELETE FROM audit_entry WHERE seq > {}; \
         UPDATE audit_head SET seq = {}, hash = (SELECT hash FROM audit_entry WHERE seq = {})",
        last - 2,
        last - 2,
        last - 2
    );
    tamper(&db, &[&forge]).await.unwrap();
    let kinds = |v: nw_store::Verdict| v.findings.into_iter().map(|f| f.kind).collect::<Vec<_>>();
    assert_eq!(kinds(db.store.verify_audit(None).await.unwrap()), [FindingKind::Seal]);
    let both = kinds(db.store.verify_audit(Some(&anchor)).await.unwrap());
    assert_eq!(both, [FindingKind::Seal, FindingKind::Anchor]);
    fresh(db).await
}
