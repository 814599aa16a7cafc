//! Migrations: forward only, one file for each step and database, each applied once and never changed afterwards.

use serde::{Deserialize, Serialize};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::StoreError;
use crate::db::{Conn, Engine, Sql};
use crate::error::Cause;

/// One step of the schema in both databases.
struct Step {
    number: i64,
    title: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($number:literal, $title:literal, $file:literal) => {
        Step {
            number: $number,
            title: $title,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
        }
    };
}

const STEPS: &[Step] = &[step!(1, "record", "0001_record.sql")];

/// The newest step this program knows.
pub(crate) fn newest() -> i64 {
    STEPS.iter().map(|s| s.number).max().unwrap_or_default()
}

/// Brings a database up to a step; nothing happens when it is there already.
pub(crate) async fn migrate(conn: &mut Conn, to: i64) -> Result<(), StoreError> {
    let engine = conn.engine();
    let steps = STEPS.iter().map(|step| {
        let sql = match engine {
            Engine::Sqlite => step.sqlite,
            Engine::Postgres => step.postgres,
        };
        Migration::new(step.number, step.title.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(steps.collect());
    let done = match conn {
        Conn::Sqlite(c) => migrator.run_direct(Some(to), &mut **c, false).await,
        Conn::Postgres(c) => migrator.run_direct(Some(to), &mut **c, false).await,
    };
    done.map_err(|error| match error {
        MigrateError::VersionMissing(found) => StoreError::TooNew { found, known: newest() },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            StoreError::Database(Cause::from(error))
        }
        _ => StoreError::Corrupt("_sqlx_migrations"),
    })
}

/// The newest step a database has.
pub(crate) async fn step(conn: &mut Conn) -> Result<i64, StoreError> {
    let row = conn.row("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations", vec![]).await?;
    row.ok_or(StoreError::Corrupt("_sqlx_migrations"))?.int(0)
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Text,
    Int,
    Bytes,
}

/// The columns of a table as the database has them.
pub(crate) async fn columns(conn: &mut Conn, table: &str) -> Result<Vec<(String, Kind)>, StoreError> {
    let sql = Sql::Each {
        sqlite: "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        postgres: "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
                   WHERE table_name = $1 AND table_schema = current_schema() ORDER BY ordinal_position",
    };
    let rows = conn.rows(sql, vec![table.into()]).await?;
    rows.iter()
        .map(|row| {
            let kind = match row.text(1)?.to_lowercase().as_str() {
                "text" => Kind::Text,
                "integer" | "bigint" => Kind::Int,
                "blob" | "bytea" => Kind::Bytes,
                _ => return Err(StoreError::Corrupt("schema")),
            };
            Ok((row.text(0)?, kind))
        })
        .collect()
}

/// Every table of ours, those first that others refer to.
pub(crate) const TABLES: &[&str] = &[
    "patient",
    "revision",
    "fact",
    "entry",
    "content",
    "patient_merge",
    "patient_unmerge",
    "erasure",
    "account",
    "session",
    "ticket",
    "setting",
    "answered",
    "audit_entry",
    "audit_listed",
    "audit_head",
];
