//! The one place that knows which database it is: connections, parameters and rows of SQLite and PostgreSQL.
//!
//! Both understand the same statements with `$1` as long as only three types are used: text, whole numbers, bytes.
//! Where they differ, a statement is written twice ([`Sql`]).

use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgPool, Postgres, Row as _, Sqlite, SqlitePool};

use crate::StoreError;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file, inside the program.
    Sqlite,
    /// A server.
    Postgres,
}

/// A statement that both databases read, or one for each.
#[derive(Clone, Copy)]
pub(crate) enum Sql {
    Same(&'static str),
    Each { sqlite: &'static str, postgres: &'static str },
}

impl Sql {
    fn of(self, engine: Engine) -> &'static str {
        match (self, engine) {
            (Sql::Same(sql), _) => sql,
            (Sql::Each { sqlite, .. }, Engine::Sqlite) => sqlite,
            (Sql::Each { postgres, .. }, Engine::Postgres) => postgres,
        }
    }
}

impl From<&'static str> for Sql {
    fn from(sql: &'static str) -> Self {
        Sql::Same(sql)
    }
}

/// One value of a statement. The type is stated also when there is no value: PostgreSQL wants to know.
#[derive(Clone)]
pub(crate) enum Param {
    Text(Option<String>),
    Int(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Param::Text(Some(text.to_string()))
    }
}
impl From<String> for Param {
    fn from(text: String) -> Self {
        Param::Text(Some(text))
    }
}
impl From<&String> for Param {
    fn from(text: &String) -> Self {
        Param::Text(Some(text.clone()))
    }
}
impl From<Option<String>> for Param {
    fn from(text: Option<String>) -> Self {
        Param::Text(text)
    }
}
impl From<Option<&str>> for Param {
    fn from(text: Option<&str>) -> Self {
        Param::Text(text.map(str::to_string))
    }
}
impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Param::Int(Some(number))
    }
}
impl From<Option<i64>> for Param {
    fn from(number: Option<i64>) -> Self {
        Param::Int(number)
    }
}
impl From<Vec<u8>> for Param {
    fn from(bytes: Vec<u8>) -> Self {
        Param::Bytes(Some(bytes))
    }
}
impl From<Option<Vec<u8>>> for Param {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Param::Bytes(bytes)
    }
}

/// `params![a, b]`: the values of a statement in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Param::from($value)),*] };
}
pub(crate) use params;

/// One row of an answer, by position.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! getter {
    ($($name:ident -> $type:ty;)*) => {$(
        pub(crate) fn $name(&self, at: usize) -> Result<$type, StoreError> {
            Ok(match self {
                Row::Sqlite(row) => row.try_get(at)?,
                Row::Postgres(row) => row.try_get(at)?,
            })
        }
    )*};
}

impl Row {
    getter! {
        text -> String;
        optional_text -> Option<String>;
        int -> i64;
        optional_int -> Option<i64>;
        bytes -> Vec<u8>;
        optional_bytes -> Option<Vec<u8>>;
    }
}

/// Open connections of one database: many that read, one that writes.
#[derive(Clone)]
pub(crate) enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres { read: PgPool, write: PgPool },
}

/// One connection.
pub(crate) enum Conn {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

const WAIT: Duration = Duration::from_secs(20);

impl Pools {
    /// Opens a database by its address: a path, `sqlite:path`, or `postgres://…`.
    ///
    /// An SQLite file is made when it is not there, if `make` says so.
    pub(crate) async fn open(address: &str, readers: u32, make: bool) -> Result<Pools, StoreError> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            Pools::postgres(address, readers).await
        } else {
            Pools::sqlite(address, readers, make).await
        }
    }

    async fn sqlite(address: &str, readers: u32, make: bool) -> Result<Pools, StoreError> {
        let path = address.strip_prefix("sqlite:").unwrap_or(address);
        let path = path.strip_prefix("//").unwrap_or(path);
        // In memory every connection would be a database of its own.
        if path.is_empty() || path.contains(":memory:") || path.contains("://") || path.contains('?') {
            return Err(StoreError::BadAddress);
        }
        if make {
            private_file(path)?;
        } else if !std::path::Path::new(path).exists() {
            return Err(std::io::Error::from(std::io::ErrorKind::NotFound).into());
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged write is on the disk, not on its way there.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WAIT)
            .pragma("secure_delete", "ON")
            .pragma("trusted_schema", "OFF")
            .statement_cache_capacity(200)
            .disable_statement_logging();
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .acquire_timeout(WAIT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone().create_if_missing(make))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(readers)
            .acquire_timeout(WAIT)
            // A look that was broken off halfway must not leave its moment to the next reader.
            .after_release(|connection, _| {
                Box::pin(async move {
                    let _ = connection.execute(sqlx::raw_sql("ROLLBACK")).await;
                    Ok(true)
                })
            })
            .connect_lazy_with(options.read_only(true).create_if_missing(false));
        Ok(Pools::Sqlite { read, write })
    }

    async fn postgres(address: &str, readers: u32) -> Result<Pools, StoreError> {
        let options = PgConnectOptions::from_str(address)
            .map_err(|_| StoreError::BadAddress)?
            .application_name("netwijzer")
            .options([("synchronous_commit", "on"), ("timezone", "UTC")])
            .statement_cache_capacity(200)
            .disable_statement_logging();
        let write = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT)
            .connect_with(options.clone())
            .await?;
        let read = PgPoolOptions::new()
            .max_connections(readers)
            .acquire_timeout(WAIT)
            .after_release(|connection, _| {
                Box::pin(async move { Ok(connection.execute(sqlx::raw_sql("ROLLBACK")).await.is_ok()) })
            })
            .connect_lazy_with(options);
        Ok(Pools::Postgres { read, write })
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    pub(crate) async fn reader(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Pools::Sqlite { read, .. } => Conn::Sqlite(read.acquire().await?),
            Pools::Postgres { read, .. } => Conn::Postgres(read.acquire().await?),
        })
    }

    pub(crate) async fn writer(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Pools::Sqlite { write, .. } => Conn::Sqlite(write.acquire().await?),
            Pools::Postgres { write, .. } => Conn::Postgres(write.acquire().await?),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// The file of an embedded database belongs to its owner alone from its first byte.
fn private_file(path: &str) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Fills in the values of a statement.
macro_rules! bound {
    ($sql:expr, $params:expr) => {{
        let mut query = sqlx::query($sql);
        for param in $params {
            query = match param {
                Param::Text(text) => query.bind(text),
                Param::Int(number) => query.bind(number),
                Param::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

impl Conn {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    /// Does something; tells how many rows it met.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Sql>,
        params: Vec<Param>,
    ) -> Result<u64, StoreError> {
        let sql = sql.into().of(self.engine());
        Ok(match self {
            Conn::Sqlite(c) => bound!(sql, params).execute(&mut **c).await?.rows_affected(),
            Conn::Postgres(c) => bound!(sql, params).execute(&mut **c).await?.rows_affected(),
        })
    }

    /// All rows of an answer.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<Sql>,
        params: Vec<Param>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into().of(self.engine());
        Ok(match self {
            Conn::Sqlite(c) => {
                bound!(sql, params).fetch_all(&mut **c).await?.into_iter().map(Row::Sqlite).collect()
            }
            Conn::Postgres(c) => {
                bound!(sql, params).fetch_all(&mut **c).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row of an answer, if there is one.
    pub(crate) async fn row(
        &mut self,
        sql: impl Into<Sql>,
        params: Vec<Param>,
    ) -> Result<Option<Row>, StoreError> {
        let sql = sql.into().of(self.engine());
        Ok(match self {
            Conn::Sqlite(c) => bound!(sql, params).fetch_optional(&mut **c).await?.map(Row::Sqlite),
            Conn::Postgres(c) => bound!(sql, params).fetch_optional(&mut **c).await?.map(Row::Postgres),
        })
    }

    /// A statement of ours without values, that is not worth preparing: `BEGIN`, `COMMIT`.
    pub(crate) async fn raw(&mut self, sql: impl Into<Sql>) -> Result<(), StoreError> {
        let sql = sql.into().of(self.engine());
        match self {
            Conn::Sqlite(c) => {
                c.execute(sqlx::raw_sql(sql)).await?;
            }
            Conn::Postgres(c) => {
                c.execute(sqlx::raw_sql(sql)).await?;
            }
        }
        Ok(())
    }

    /// A statement put together from names of our own tables, never from what somebody typed.
    pub(crate) async fn rows_of(&mut self, sql: String, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Conn::Sqlite(c) => bound!(AssertSqlSafe(sql), params)
                .fetch_all(&mut **c)
                .await?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Conn::Postgres(c) => bound!(AssertSqlSafe(sql), params)
                .fetch_all(&mut **c)
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    /// As [`Conn::rows_of`], for a statement that changes something.
    pub(crate) async fn execute_of(&mut self, sql: String, params: Vec<Param>) -> Result<u64, StoreError> {
        Ok(match self {
            Conn::Sqlite(c) => bound!(AssertSqlSafe(sql), params).execute(&mut **c).await?.rows_affected(),
            Conn::Postgres(c) => bound!(AssertSqlSafe(sql), params).execute(&mut **c).await?.rows_affected(),
        })
    }

    /// Begins a look at one moment: all statements until [`Conn::done`] see the same record.
    pub(crate) async fn look(&mut self) -> Result<(), StoreError> {
        self.raw(Sql::Each { sqlite: "BEGIN", postgres: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" })
            .await
    }

    /// Ends what [`Conn::look`] began.
    pub(crate) async fn done(&mut self) -> Result<(), StoreError> {
        self.raw("COMMIT").await
    }

    /// Throws the connection away, with what was begun on it.
    pub(crate) async fn discard(self) {
        // Nothing is left to do when even closing fails: the server drops it by itself.
        let _ = match self {
            Conn::Sqlite(c) => c.close().await,
            Conn::Postgres(c) => c.close().await,
        };
    }
}
