//! The record as others see it: opening, closing, and the two roads that every request takes, in and out.

use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::audit::{AuditKey, Event};
use crate::db::{Conn, Engine, Pools, params};
use crate::secret::fingerprint;
use crate::writer::{Boxed, Tx, Writer};
use crate::{Context, StoreError, schema};

/// The record of a centre. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pools: Pools,
    writer: Mutex<Option<Writer>>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
    options: Options,
}

/// How a record is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seals the head of the audit log.
    pub audit_key: Option<AuditKey>,
    /// How many may read at the same time.
    pub readers: u32,
    /// Wrong attempts to sign in before an account is locked.
    pub attempts: i64,
    /// How long it is locked then; each further attempt doubles it, up to a day.
    pub locked_seconds: i64,
    /// Takes the database as it is: makes no file and migrates nothing. For tools that look after a record which
    /// another version of the program may be using.
    pub as_it_is: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { audit_key: None, readers: 8, attempts: 5, locked_seconds: 15 * 60, as_it_is: false }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.engine())
    }
}

impl Store {
    /// Opens a record and brings its schema up to date.
    ///
    /// The address is a path or `sqlite:path` for the embedded database, which is made when it is not there, or
    /// `postgres://user@host/name`.
    ///
    /// # Errors
    /// [`StoreError::BadAddress`], [`StoreError::TooNew`], or the database cannot be reached.
    pub async fn open(address: &str) -> Result<Store, StoreError> {
        Store::open_with(address, Options::default()).await
    }

    /// Opens a record with options.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_with(address: &str, options: Options) -> Result<Store, StoreError> {
        let pools = Pools::open(address, options.readers, !options.as_it_is).await?;
        let mut conn = pools.writer().await?;
        if options.as_it_is {
            let (found, known) = (schema::step(&mut conn).await?, schema::newest());
            if found > known {
                return Err(StoreError::TooNew { found, known });
            }
        } else {
            schema::migrate(&mut conn, schema::newest()).await?;
        }
        drop(conn);
        let (writer, task) = Writer::start(pools.clone(), options.audit_key.clone());
        let inner = Inner { pools, writer: Mutex::new(Some(writer)), task: Mutex::new(Some(task)), options };
        Ok(Store { inner: Arc::new(inner) })
    }

    /// Finishes what was begun and closes the database. Requests that come later get [`StoreError::Closed`].
    pub async fn close(&self) {
        drop(lock(&self.inner.writer).take());
        let task = lock(&self.inner.task).take();
        if let Some(task) = task {
            // The writer ends when its queue is empty and nobody can add to it.
            let _ = task.await;
        }
        self.inner.pools.close().await;
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.inner.pools.engine()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    fn writer(&self) -> Result<Writer, StoreError> {
        lock(&self.inner.writer).clone().ok_or(StoreError::Closed)
    }

    /// A connection that looks at one moment of the record.
    pub(crate) async fn look(&self) -> Result<Conn, StoreError> {
        let mut conn = self.inner.pools.reader().await?;
        conn.look().await?;
        Ok(conn)
    }

    /// A connection for single statements.
    pub(crate) async fn glance(&self) -> Result<Conn, StoreError> {
        self.inner.pools.reader().await
    }

    /// Gives out what was read once the audit log has it, with its outcome.
    pub(crate) async fn seen<T>(
        &self,
        context: &Context,
        event: Event,
        found: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let event = match &found {
            Ok(_) => event,
            Err(error) => event.ended(error),
        };
        self.writer()?.log(context, vec![event]).await?;
        found
    }

    /// Changes something; done and on the disk when this returns.
    pub(crate) async fn write<T, F>(
        &self,
        context: &Context,
        events: Vec<Event>,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Result<T, StoreError>> + Send + 'static,
    {
        self.writer()?.write(context, events, work).await
    }

    /// As [`Store::write`]; when the context has a key of idempotency, the same request is done once and its answer kept.
    pub(crate) async fn write_once<T, I, F>(
        &self,
        context: &Context,
        event: Event,
        input: &I,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        I: Serialize,
        F: for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Result<T, StoreError>> + Send + 'static,
    {
        let Some(key) = context.key.clone() else {
            return self.write(context, vec![event], work).await;
        };
        if key.is_empty() || key.len() > 200 || key.contains('\0') {
            return Err(StoreError::invalid(
                "idempotency-key",
                "is empty or too long",
                "send up to 200 characters, for example a new UUID for each request",
            ));
        }
        let patient = event.patient.as_ref().map(|p| p.as_str().to_string());
        let asked = (event.action.word(), event.kind, &patient, input);
        let asked = serde_json::to_vec(&asked).map_err(|_| StoreError::Fault)?;
        let asked = fingerprint(&asked).to_vec();
        let asker = context.asker();
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let known = tx
                    .conn
                    .row(
                        "SELECT fingerprint, answer FROM answered WHERE asker = $1 AND request = $2",
                        params![&asker, &key],
                    )
                    .await?;
                if let Some(known) = known {
                    if known.bytes(0)? != asked {
                        return Err(StoreError::KeyReused);
                    }
                    tx.repeated = true;
                    let answer = known.text(1)?;
                    return serde_json::from_str(&answer).map_err(|_| StoreError::Corrupt("answered"));
                }
                let answer = work(tx).await?;
                let text = serde_json::to_string(&answer).map_err(|_| StoreError::Fault)?;
                let at = tx.at;
                let patient = patient.or_else(|| tx.made.take());
                tx.conn
                    .execute(
                        "INSERT INTO answered (asker, request, fingerprint, answer, patient, recorded_at) \
                         VALUES ($1, $2, $3, $4, $5, $6)",
                        params![asker, key, asked, text, patient, at],
                    )
                    .await?;
                Ok(answer)
            })
        })
        .await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic elsewhere cannot leave these halfway: each is one assignment.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
