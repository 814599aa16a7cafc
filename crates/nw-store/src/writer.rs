//! The one that writes. Requests wait in a queue; those that wait together are written in one transaction and
//! acknowledged after its commit, so that two hundred people share one wait for the disk.
//!
//! Each request stands on its own ground (a savepoint): when one is refused the others stay.
//! Audit entries of all of them are appended at the end, in order.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::audit::{AuditKey, Draft, Event, Head, append};
use crate::db::{Conn, Pools, Sql};
use crate::time::{from_micros, micros};
use crate::{Context, StoreError};

/// At most so many requests in one transaction.
const MOST: usize = 256;

pub(crate) type Boxed<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// What a request sees while it writes.
pub(crate) struct Tx {
    pub conn: Conn,
    /// Time of this request: later than that of every request before it, in the whole database.
    pub at: i64,
    drafts: Vec<Event>,
    /// The answer was given before; nothing was done this time.
    pub repeated: bool,
    /// The patient that this request made, so that a kept answer goes when the patient is erased.
    pub made: Option<String>,
}

impl Tx {
    pub(crate) fn now(&self) -> Result<Timestamp, StoreError> {
        from_micros(self.at)
    }

    /// One more line for the audit log, beside the one that every request has.
    pub(crate) fn note(&mut self, event: Event) {
        self.drafts.push(event);
    }
}

/// Tells the asker how it ended, once that is sure.
type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What running a request gives: the error to write down, if any, and whom to tell.
struct Ran {
    error: Option<StoreError>,
    acknowledge: Acknowledge,
}

/// A request; or, when it cannot be run, the way to tell its asker why.
type Run = Box<dyn for<'t> FnOnce(Result<&'t mut Tx, StoreError>) -> Boxed<'t, Ran> + Send>;

struct Job {
    context: Context,
    /// What the audit log says of it; nothing for what is no event: a session seen again.
    events: Vec<Event>,
    /// Nothing to run: a reading that only wants to be written down.
    run: Option<Run>,
    acknowledge: Option<Acknowledge>,
}

/// The queue to the writer.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Job>,
}

impl Writer {
    pub(crate) fn start(pools: Pools, key: Option<AuditKey>) -> (Writer, tokio::task::JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(4096);
        let task = tokio::spawn(work(pools, key, jobs));
        (Writer { queue }, task)
    }

    /// Queues a request and waits until it is on the disk.
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
        let (tell, told) = oneshot::channel();
        let run: Run = Box::new(move |tx| {
            Box::pin(async move {
                let result = match tx {
                    Ok(tx) => unharmed(work(tx)).await.unwrap_or(Err(StoreError::Fault)),
                    Err(error) => Err(error),
                };
                // The error itself goes to the asker; the audit log gets its code.
                let error = result.as_ref().err().cloned();
                let acknowledge: Acknowledge = Box::new(move |committed| {
                    // An asker who went away is not told; the request was done all the same.
                    let _ = tell.send(match committed {
                        Ok(()) => result,
                        Err(error) => Err(error),
                    });
                });
                Ran { error, acknowledge }
            })
        });
        let job = Job { context: context.clone(), events, run: Some(run), acknowledge: None };
        self.queue.send(job).await.map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::Closed)?
    }

    /// Writes down what was done without writing: a reading, a refusal.
    pub(crate) async fn log(&self, context: &Context, events: Vec<Event>) -> Result<(), StoreError> {
        let (tell, told) = oneshot::channel();
        let acknowledge: Acknowledge = Box::new(move |committed| {
            let _ = tell.send(committed);
        });
        let job = Job { context: context.clone(), events, run: None, acknowledge: Some(acknowledge) };
        self.queue.send(job).await.map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::Closed)?
    }
}

async fn work(pools: Pools, key: Option<AuditKey>, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(MOST);
    while jobs.recv_many(&mut batch, MOST).await > 0 {
        let mut waiting = Vec::with_capacity(batch.len());
        let outcome = commit(&pools, key.as_ref(), std::mem::take(&mut batch), &mut waiting).await;
        if let Err(error) = &outcome {
            tracing::error!(code = error.code(), requests = waiting.len(), "writing failed");
        }
        for acknowledge in waiting {
            acknowledge(match &outcome {
                Ok(()) => Ok(()),
                Err(error) => Err(error.clone()),
            });
        }
    }
}

/// Writes a batch. Whoever waits is in `waiting`, also when it fails halfway.
async fn commit(
    pools: &Pools,
    key: Option<&AuditKey>,
    batch: Vec<Job>,
    waiting: &mut Vec<Acknowledge>,
) -> Result<(), StoreError> {
    let mut batch = batch.into_iter();
    let begun = begin(pools).await;
    let (mut tx, head) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            refuse(batch, &error, waiting).await;
            return Err(error);
        }
    };
    tx.at = head.at;
    let mut drafts = Vec::new();
    let mut failure = None;
    for job in batch.by_ref() {
        tx.at = micros(job.context.at).max(tx.at + 1);
        if let Err(error) = one(&mut tx, job, &mut drafts, waiting).await {
            failure = Some(error);
            break;
        }
    }
    let ended = match failure {
        Some(error) => {
            refuse(batch, &error, waiting).await;
            Err(error)
        }
        None => finish(&mut tx, head, drafts, key).await,
    };
    if ended.is_err() {
        // What state the connection is in is not known; what was begun on it ends with it.
        tx.conn.discard().await;
    }
    ended
}

async fn begin(pools: &Pools) -> Result<(Tx, Head), StoreError> {
    let mut conn = pools.writer().await?;
    conn.raw(Sql::Each { sqlite: "BEGIN IMMEDIATE", postgres: "BEGIN" }).await?;
    match Head::lock(&mut conn).await {
        Ok(head) => Ok((Tx { conn, at: 0, drafts: Vec::new(), repeated: false, made: None }, head)),
        Err(error) => {
            conn.discard().await;
            Err(error)
        }
    }
}

/// Those that were not reached get the same bad news.
async fn refuse(batch: impl Iterator<Item = Job>, error: &StoreError, waiting: &mut Vec<Acknowledge>) {
    for job in batch {
        waiting.extend(job.acknowledge);
        if let Some(run) = job.run {
            waiting.push(run(Err(error.clone())).await.acknowledge);
        }
    }
}

async fn one(
    tx: &mut Tx,
    job: Job,
    drafts: &mut Vec<Draft>,
    waiting: &mut Vec<Acknowledge>,
) -> Result<(), StoreError> {
    let at = tx.at;
    let draft = |event: Event| Draft { context: job.context.clone(), event, at };
    let Some(run) = job.run else {
        drafts.extend(job.events.into_iter().map(draft));
        waiting.extend(job.acknowledge);
        return Ok(());
    };
    tx.drafts.clear();
    tx.repeated = false;
    tx.made = None;
    if let Err(error) = tx.conn.raw("SAVEPOINT request").await {
        waiting.push(run(Err(error.clone())).await.acknowledge);
        return Err(error);
    }
    let ran = run(Ok(tx)).await;
    let settled = match &ran.error {
        None => tx.conn.raw("RELEASE SAVEPOINT request").await,
        Some(_) => tx.conn.raw("ROLLBACK TO SAVEPOINT request; RELEASE SAVEPOINT request").await,
    };
    waiting.push(ran.acknowledge);
    settled?;
    match ran.error {
        None => {
            let repeated = tx.repeated;
            let said = |event: Event| if repeated { event.with("repeated") } else { event };
            drafts.extend(job.events.into_iter().map(said).map(draft));
            drafts.extend(std::mem::take(&mut tx.drafts).into_iter().map(draft));
        }
        Some(error) => drafts.extend(job.events.into_iter().map(|e| draft(e.ended(&error)))),
    }
    Ok(())
}

async fn finish(
    tx: &mut Tx,
    head: Head,
    drafts: Vec<Draft>,
    key: Option<&AuditKey>,
) -> Result<(), StoreError> {
    let at = tx.at;
    append(&mut tx.conn, head, drafts, at, key).await?;
    tx.conn.raw("COMMIT").await
}

/// Runs a future; nothing when it panics, so that one fault does not take the writer with it.
async fn unharmed<T>(mut future: Boxed<'_, T>) -> Option<T> {
    std::future::poll_fn(move |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Err(_) => Poll::Ready(None),
    })
    .await
}
