//! A record of every released version is opened by this one. Fixtures are backups: both databases read them.

use nw_store::{AsOf, Options, PatientFilter, Store, StoreError};
use sqlx::Connection as _;

use crate::engines::{Db, On, address, code, on_both};

on_both!(records_of_every_version_are_read, a_later_database_is_left_alone);

/// One for each version of the schema that was ever released; a new one is written by `NW_BLESS=1`.
const FIXTURES: &[&str] = &["tests/fixtures/record-1.jsonl"];

async fn records_of_every_version_are_read(db: Db) -> Db {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for fixture in FIXTURES {
        let file = top.join(fixture);
        if std::env::var_os("NW_BLESS").is_some() && db.on == On::Sqlite && !file.exists() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            crate::migrations::fill(&db).await;
            db.store.backup(&db.context(), &file).await.unwrap();
        }
        let Some(address) = address(db.on, db.file("x").parent().unwrap()) else { continue };
        let (old, _) = Store::restore(&db.context(), &address, &file, Options::default()).await.unwrap();
        let list = old.patients(&db.context(), &PatientFilter::default()).await.unwrap();
        assert_eq!(list.lines.len(), 1);
        let id = &list.lines[0].patient.id;
        let page = old.patient_page(&db.context(), id, AsOf::now()).await.unwrap();
        assert_eq!(page.patient.identity.name, "Fixture, Anna");
        assert_eq!(page.facts.iter().map(|f| f.value.as_str()).collect::<Vec<_>>(), ["3 %"]);
        assert_eq!((page.tasks.len(), page.decisions.len(), page.documents.len()), (1, 1, 1));
        assert_eq!(old.fact_history(&db.context(), id).await.unwrap().len(), 2);
        assert!(old.verify_audit(None).await.unwrap().holds());
        // And goes on.
        let fact = crate::engines::fact("a.b", "new");
        old.record(&db.context(), id, page.patient.revision, &[fact]).await.unwrap();
        old.close().await;
    }
    db
}

/// What a fixture holds: a little of everything.
async fn fill(db: &Db) {
    use nw_store::{Document, Identity, Revision, Task, TaskKind};
    let s = &db.store;
    let identity =
        Identity { name: "Fixture, Anna".into(), number: Some("F1".into()), ..Identity::default() };
    let p = s.add_patient(&db.context(), &identity).await.unwrap().id;
    let fact = crate::engines::fact;
    let done = s.record(&db.context(), &p, Revision(1), &[fact("tumour.ki67", "30 %")]).await.unwrap();
    let fixed = fact("tumour.ki67", "3 %").instead_of(done.facts[0].clone());
    s.record(&db.context(), &p, Revision(2), &[fixed]).await.unwrap();
    s.add(&db.context(), &p, &Task::new(TaskKind::Request, "ask")).await.unwrap();
    s.decide(&db.context(), &p, Revision(3), &crate::record::decision("watch")).await.unwrap();
    let letter = Document {
        kind: "letter".into(),
        title: "Letter".into(),
        dated: None,
        author: None,
        media_type: "text/plain".into(),
        size: 0,
        digest: String::new(),
    };
    s.add_document(&db.context(), &p, &letter, b"text").await.unwrap();
}

async fn a_later_database_is_left_alone(db: Db) -> Db {
    db.store.close().await;
    let later =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ";
    match db.on {
        On::Sqlite => {
            let options =
                sqlx::sqlite::SqliteConnectOptions::new().filename(db.address.trim_start_matches("sqlite:"));
            let mut c = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            let sql = format!("{later} (9999, 'later', 1, x'00', 0)");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut c).await.unwrap();
            c.close().await.unwrap();
        }
        On::Postgres => {
            let mut c = sqlx::PgConnection::connect(&db.address).await.unwrap();
            let sql = format!("{later} (9999, 'later', true, '\\x00', 0)");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut c).await.unwrap();
            c.close().await.unwrap();
        }
    }
    let Err(StoreError::TooNew { found, known }) = Store::open(&db.address).await else {
        panic!("it is too new")
    };
    assert_eq!(found, 9999);
    assert!(known < found);
    let store = Store::open(&format!("sqlite:{}", db.file("fresh.db").display())).await.unwrap();
    assert_eq!(code(store.settings().await), "done");
    Db { store, ..db }
}
