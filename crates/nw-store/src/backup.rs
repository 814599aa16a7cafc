//! Backup and restore. A backup is one file of JSON lines that both databases read: what was backed up from SQLite can
//! be restored to PostgreSQL. Its last line carries the fingerprint of all before it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::audit::{Action, Event, Head, verify};
use crate::db::{Conn, Engine, Param, Pools, Row, Sql};
use crate::schema::{Kind, TABLES, columns, migrate, newest, step};
use crate::store::Options;
use crate::{Anchor, Context, Store, StoreError};

/// What was backed up or restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSummary {
    /// How many rows, of all tables.
    pub rows: u64,
    /// The end of the audit log in it.
    pub anchor: Anchor,
    /// SHA-256 of the file up to its last line, hexadecimal.
    pub digest: String,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Title {
    #[serde(rename = "netwijzer-backup")]
    format: i64,
    /// The migration the database was at.
    step: i64,
    /// When.
    at: String,
    /// The end of the audit log.
    anchor: String,
    /// Columns of each table, in the order of the rows.
    tables: BTreeMap<String, Vec<(String, Kind)>>,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct End {
    rows: u64,
    sha256: String,
}

const PAGE: i64 = 500;

/// Names of tables and columns are our own, or were compared with our own.
fn named(columns: &[(String, Kind)]) -> String {
    columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// A file that counts and fingerprints what is written to it.
struct Sheet {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Sheet {
    fn line(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(value).map_err(|_| StoreError::Fault)?;
        line.push(b'\n');
        self.hash.update(&line);
        self.file.write_all(&line)?;
        Ok(())
    }
}

impl Store {
    /// Writes everything to one file, as of one moment, while others go on working.
    ///
    /// The file is complete or not there, and readable by its owner only. It holds every record: keep it as safe as
    /// the database.
    ///
    /// # Errors
    /// [`StoreError::File`] when it exists or cannot be written.
    pub async fn backup(&self, context: &Context, file: &Path) -> Result<BackupSummary, StoreError> {
        if file.exists() {
            return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
        }
        // Written down first, so that the backup holds the entry about itself.
        self.seen(context, Event::new(Action::Export, "database"), Ok(())).await?;
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = Path::new(&unfinished);
        let written = self.write_backup(context, unfinished).await;
        match written {
            Ok(summary) => {
                std::fs::rename(unfinished, file)?;
                if let Some(folder) = file.parent().filter(|p| !p.as_os_str().is_empty()) {
                    // The name is on the disk, too. Not every system can do this with a folder.
                    let _ = File::open(folder).and_then(|f| f.sync_all());
                }
                Ok(summary)
            }
            Err(error) => {
                let _ = std::fs::remove_file(unfinished);
                Err(error)
            }
        }
    }

    async fn write_backup(&self, context: &Context, file: &Path) -> Result<BackupSummary, StoreError> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut sheet = Sheet { file: BufWriter::new(options.open(file)?), hash: Sha256::new() };
        let mut conn = self.look().await?;
        let head = Head::look(&mut conn).await?;
        let anchor = Anchor { seq: head.seq, hash: head.hash };
        let mut tables = BTreeMap::new();
        for table in TABLES {
            tables.insert((*table).to_string(), columns(&mut conn, table).await?);
        }
        let title = Title {
            format: 1,
            step: step(&mut conn).await?,
            at: context.at.to_string(),
            anchor: anchor.to_string(),
            tables,
        };
        sheet.line(&title)?;
        let mut rows = 0;
        for table in TABLES {
            rows += dump(&mut conn, &mut sheet, table, &title.tables[*table]).await?;
        }
        conn.done().await?;
        let digest = HEXLOWER.encode(&sheet.hash.clone().finalize());
        sheet.line(&End { rows, sha256: digest.clone() })?;
        sheet.file.flush()?;
        sheet.file.get_ref().sync_all()?;
        Ok(BackupSummary { rows, anchor, digest })
    }

    /// Restores a backup into an empty database, of either kind, and brings it up to date.
    ///
    /// All or nothing: the file is checked before anything is written, the audit log before anything is kept.
    ///
    /// # Errors
    /// [`StoreError::Backup`] when the file is damaged or the database is not empty.
    pub async fn restore(
        context: &Context,
        address: &str,
        file: &Path,
        options: Options,
    ) -> Result<(Store, BackupSummary), StoreError> {
        let (title, end) = checked(file)?;
        let anchor: Anchor = title
            .anchor
            .parse()
            .map_err(|_| StoreError::Backup("its first line names no end of the audit log"))?;
        if title.step > newest() {
            return Err(StoreError::TooNew { found: title.step, known: newest() });
        }
        let pools = Pools::open(address, options.readers, true).await?;
        let mut conn = pools.writer().await?;
        migrate(&mut conn, title.step).await?;
        conn.raw(Sql::Each { sqlite: "BEGIN IMMEDIATE", postgres: "BEGIN" }).await?;
        match load(&mut conn, file, &title, &anchor).await {
            Ok(()) => conn.raw("COMMIT").await?,
            Err(error) => {
                conn.discard().await;
                return Err(error);
            }
        }
        drop(conn);
        pools.close().await;
        let store = Store::open_with(address, options).await?;
        store
            .seen(context, Event::new(Action::Execute, "database").with("restored from a backup"), Ok(()))
            .await?;
        Ok((store, BackupSummary { rows: end.rows, anchor, digest: end.sha256 }))
    }
}

/// Writes one table.
async fn dump(
    conn: &mut Conn,
    sheet: &mut Sheet,
    table: &str,
    columns: &[(String, Kind)],
) -> Result<u64, StoreError> {
    let names = named(columns);
    let mut rows = 0;
    match conn.engine() {
        Engine::Sqlite => {
            let mut after = i64::MIN;
            let sql = format!("SELECT {names}, rowid FROM {table} WHERE rowid > $1 ORDER BY rowid LIMIT $2");
            loop {
                let page = conn.rows_of(sql.clone(), vec![after.into(), PAGE.into()]).await?;
                for row in &page {
                    sheet.line(&values(table, columns, row)?)?;
                    after = row.int(columns.len())?;
                    rows += 1;
                }
                if (page.len() as i64) < PAGE {
                    break;
                }
            }
        }
        Engine::Postgres => {
            conn.execute_of(
                format!("DECLARE dump_{table} NO SCROLL CURSOR FOR SELECT {names} FROM {table}"),
                vec![],
            )
            .await?;
            loop {
                let page = conn.rows_of(format!("FETCH {PAGE} FROM dump_{table}"), vec![]).await?;
                for row in &page {
                    sheet.line(&values(table, columns, row)?)?;
                    rows += 1;
                }
                if (page.len() as i64) < PAGE {
                    break;
                }
            }
            conn.execute_of(format!("CLOSE dump_{table}"), vec![]).await?;
        }
    }
    Ok(rows)
}

fn values(table: &str, columns: &[(String, Kind)], row: &Row) -> Result<Vec<Value>, StoreError> {
    let mut values = vec![Value::String(table.to_string())];
    for (at, (_, kind)) in columns.iter().enumerate() {
        values.push(match kind {
            Kind::Text => row.optional_text(at)?.map_or(Value::Null, Value::String),
            Kind::Int => row.optional_int(at)?.map_or(Value::Null, Value::from),
            Kind::Bytes => row.optional_bytes(at)?.map_or(Value::Null, |b| Value::String(BASE64.encode(&b))),
        });
    }
    Ok(values)
}

/// Reads the file once from end to end, to see that it is whole.
fn checked(file: &Path) -> Result<(Title, End), StoreError> {
    let mut lines = BufReader::new(File::open(file)?);
    let mut hash = Sha256::new();
    let mut line = Vec::new();
    let mut title = None;
    let mut rows = 0;
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Err(StoreError::Backup("it ends before its last line; take another one"));
        }
        if line.starts_with(b"{\"rows\":") {
            break;
        }
        hash.update(&line);
        if title.is_none() {
            let read: Title = serde_json::from_slice(&line)
                .map_err(|_| StoreError::Backup("it is not a backup of netwijzer"))?;
            title = Some(read);
        } else {
            rows += 1;
        }
    }
    let title = title.ok_or(StoreError::Backup("it is not a backup of netwijzer"))?;
    let end: End =
        serde_json::from_slice(&line).map_err(|_| StoreError::Backup("its last line cannot be read"))?;
    let mut more = Vec::new();
    let whole = HEXLOWER.encode(&hash.finalize()) == end.sha256 && rows == end.rows;
    if !whole || lines.read_until(b'\n', &mut more)? != 0 {
        return Err(StoreError::Backup(
            "its fingerprint does not fit; it was altered or damaged, take another one",
        ));
    }
    if title.format != 1 {
        return Err(StoreError::Backup("it was written by a later version of the program; use that version"));
    }
    Ok((title, end))
}

async fn load(conn: &mut Conn, file: &Path, title: &Title, anchor: &Anchor) -> Result<(), StoreError> {
    if Head::lock(conn).await?.seq != 0 || conn.row("SELECT 1 FROM patient LIMIT 1", vec![]).await?.is_some()
    {
        return Err(StoreError::Backup("the database to restore to is not empty; name a new one"));
    }
    // Rows of one table may refer to later ones.
    conn.raw(Sql::Each {
        sqlite: "PRAGMA defer_foreign_keys = ON",
        postgres: "SET CONSTRAINTS ALL DEFERRED",
    })
    .await?;
    let mut inserts = BTreeMap::new();
    for table in TABLES {
        let here = columns(conn, table).await?;
        // A table that came later is neither here nor there yet.
        let there = title.tables.get(*table).map_or(&[][..], Vec::as_slice);
        if here != there {
            return Err(StoreError::Backup("its tables are not those of this program; take another one"));
        }
        let places: Vec<String> = (1..=here.len()).map(|n| format!("${n}")).collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", named(&here), places.join(", "));
        inserts.insert((*table).to_string(), (sql, here));
    }
    conn.execute("DELETE FROM audit_head", vec![]).await?;
    let damaged = || StoreError::Backup("a line of it cannot be read; take another one");
    for line in BufReader::new(File::open(file)?).lines().skip(1) {
        let line = line?;
        if line.starts_with('{') {
            break;
        }
        let values: Vec<Value> = serde_json::from_str(&line).map_err(|_| damaged())?;
        let (sql, columns) =
            values.first().and_then(Value::as_str).and_then(|t| inserts.get(t)).ok_or_else(damaged)?;
        if values.len() != columns.len() + 1 {
            return Err(damaged());
        }
        let params = values[1..].iter().zip(columns).map(|(value, (_, kind))| param(value, *kind));
        let params = params.collect::<Option<Vec<Param>>>().ok_or_else(damaged)?;
        conn.execute_of(sql.clone(), params).await?;
    }
    let verdict = verify(conn, None, Some(anchor)).await?;
    if verdict.holds() {
        Ok(())
    } else {
        Err(StoreError::Backup("the audit log in it was altered before it was made; take another one"))
    }
}

fn param(value: &Value, kind: Kind) -> Option<Param> {
    Some(match (kind, value) {
        (Kind::Text, Value::Null) => Param::Text(None),
        (Kind::Int, Value::Null) => Param::Int(None),
        (Kind::Bytes, Value::Null) => Param::Bytes(None),
        (Kind::Text, Value::String(text)) => Param::Text(Some(text.clone())),
        (Kind::Int, Value::Number(number)) => Param::Int(Some(number.as_i64()?)),
        (Kind::Bytes, Value::String(text)) => Param::Bytes(Some(BASE64.decode(text.as_bytes()).ok()?)),
        _ => return None,
    })
}
