//! The promise in full: in a log of 100,000 entries every flipped byte is found at its place.

use std::collections::BTreeSet;

use sqlx::Connection as _;

use super::{Action, Draft, Event, FindingKind, Head, append};
use crate::db::{Pools, Sql};
use crate::{Context, PatientId, schema};

const ENTRIES: i64 = 100_000;

const COLUMNS: &[&str] = &[
    "event",
    "action",
    "object_kind",
    "object",
    "patient",
    "outcome",
    "actor_name",
    "role",
    "organisation",
    "purpose",
    "basis",
    "source",
    "detail",
    "prev",
    "hash",
    "at",
];

/// Bytes chosen by a fixed rule all over the log.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

async fn fill(pools: &Pools) {
    let begun: jiff::Timestamp = "2026-03-10T08:00:00Z".parse().unwrap();
    let mut context = Context::system(begun, "test");
    context.actor.organisation = "NET centre".into();
    let patient = PatientId::new(begun);
    let draft = |at: i64| Draft {
        context: context.clone(),
        event: Event::new(Action::Read, "record").of(&patient).on("page").with(format!("number {at}")),
        at,
    };
    let mut conn = pools.writer().await.unwrap();
    schema::migrate(&mut conn, schema::newest()).await.unwrap();
    conn.raw("BEGIN IMMEDIATE").await.unwrap();
    let head = Head::lock(&mut conn).await.unwrap();
    append(&mut conn, head, (1..=ENTRIES).map(draft).collect(), ENTRIES, None).await.unwrap();
    conn.raw("COMMIT").await.unwrap();
}

/// Flips one bit in each of many entries; tells in which.
async fn flip(path: &str) -> BTreeSet<i64> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut c = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("DROP TRIGGER audit_is_kept; BEGIN").execute(&mut c).await.unwrap();
    let mut chance = Chance(42);
    let mut flipped = BTreeSet::new();
    for turn in 0..800 {
        let column = COLUMNS[turn % COLUMNS.len()];
        let seq = 1 + chance.below(ENTRIES as usize) as i64;
        if !flipped.insert(seq) {
            continue;
        }
        let (read, kind) = match column {
            "prev" | "hash" => (column.to_string(), "BLOB"),
            "at" => ("CAST(at AS TEXT)".to_string(), "INTEGER"),
            text => (format!("CAST({text} AS BLOB)"), "TEXT"),
        };
        let read = format!("SELECT CAST({read} AS BLOB) FROM audit_entry WHERE seq = {seq}");
        let mut bytes: Vec<u8> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(read)).fetch_one(&mut c).await.unwrap();
        let place = chance.below(bytes.len());
        // A text stays a text and a number a number, so that the database itself has nothing to say against it.
        bytes[place] ^= if kind == "BLOB" { 1 << chance.below(8) } else { 1 };
        let write =
            format!("UPDATE audit_entry SET {column} = CAST(CAST($1 AS TEXT) AS {kind}) WHERE seq = {seq}");
        let write = if kind == "BLOB" { write.replace("CAST($1 AS TEXT)", "$1") } else { write };
        sqlx::query(sqlx::AssertSqlSafe(write)).bind(bytes).execute(&mut c).await.unwrap();
    }
    sqlx::raw_sql("COMMIT").execute(&mut c).await.unwrap();
    c.close().await.unwrap();
    flipped
}

#[test]
fn any_flipped_byte_among_a_hundred_thousand_is_located() {
    let folder = std::env::temp_dir().join(format!("nw-audit-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("record.db").display().to_string();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let pools = Pools::open(&path, 2, true).await.unwrap();
        fill(&pools).await;
        let verify = async || {
            let mut conn = pools.reader().await.unwrap();
            super::verify(&mut conn, None, None).await.unwrap()
        };
        let before = verify().await;
        assert!(before.holds());
        assert_eq!(before.entries, ENTRIES);
        let flipped = flip(&path).await;
        assert!(flipped.len() > 700);
        let verdict = verify().await;
        let found: BTreeSet<i64> = verdict.findings.iter().map(|f| f.seq).collect();
        assert_eq!(found, flipped);
        assert!(verdict.findings.iter().all(|f| f.kind == FindingKind::Altered));
        // Nothing is left to say when the database itself keeps the log.
        let mut conn = pools.writer().await.unwrap();
        let kept = conn.raw(Sql::Same("DELETE FROM audit_entry")).await;
        assert!(kept.is_err());
        drop(conn);
        pools.close().await;
    });
    let _ = std::fs::remove_dir_all(folder);
}
