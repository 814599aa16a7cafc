//! Engines kept ready: drawing conclusions is work for the processor and must not hold up requests.
//!
//! Work waits in three lines. Calls of other programs, which want few conclusions and have a second at most, go first and
//! have an engine to themselves; then people who wait for a page; then what nobody waits for. What an engine prepares
//! for many patients is made on a thread of its own, which yields to all others, so that no patient is the one for whom it
//! takes long.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nw_engine::{Engine, Preparations};
use nw_guideline::CompiledGuideline;
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce(&mut Engine<'static>) + Send>;

/// Who waits for a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Program,
    Person,
    Nobody,
}

struct Waiting<W> {
    /// One line for each of [`For`], in its order.
    lines: [VecDeque<W>; 3],
    closed: bool,
}

/// The lines, and two bells: for engines that work off all of them, and for the one that serves programs alone.
struct Lines<W> {
    waiting: Mutex<Waiting<W>>,
    rung: Condvar,
    rung_for_programs: Condvar,
}

/// What there is to do.
#[derive(Debug, PartialEq, Eq)]
enum Next<W> {
    Work(W),
    /// Nothing, for a while.
    Quiet,
    Closed,
}

/// After so long without work an engine gives back what it remembers.
const QUIET: Duration = Duration::from_secs(4);

impl<W> Default for Lines<W> {
    fn default() -> Self {
        let waiting = Waiting { lines: std::array::from_fn(|_| VecDeque::new()), closed: false };
        Lines { waiting: Mutex::new(waiting), rung: Condvar::new(), rung_for_programs: Condvar::new() }
    }
}

impl<W> Lines<W> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<W>> {
        // Work runs outside the lock: what a panic left is whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, whom: For, work: W) {
        self.waiting().lines[whom as usize].push_back(work);
        self.rung.notify_one();
        if whom == For::Program {
            self.rung_for_programs.notify_one();
        }
    }

    fn close(&self) {
        self.waiting().closed = true;
        self.rung.notify_all();
        self.rung_for_programs.notify_all();
    }

    /// The next piece of work from the lines that an engine serves; what waits is done before the desk closes.
    fn next(&self, serves: Serves, patience: Option<Duration>) -> Next<W> {
        let (lines, bell) = match serves {
            Serves::All => (3, &self.rung),
            Serves::Programs => (1, &self.rung_for_programs),
        };
        let mut waiting = self.waiting();
        loop {
            if let Some(work) = waiting.lines.iter_mut().take(lines).find_map(VecDeque::pop_front) {
                return Next::Work(work);
            }
            if waiting.closed {
                return Next::Closed;
            }
            let Some(patience) = patience else {
                waiting = bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let woken = bell.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
            waiting = woken.0;
            if woken.1.timed_out()
                && waiting.lines.iter().take(lines).all(VecDeque::is_empty)
                && !waiting.closed
            {
                return Next::Quiet;
            }
        }
    }
}

/// Which lines an engine works off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Serves {
    All,
    Programs,
}

/// Where conclusions are drawn.
pub(crate) struct Desk {
    lines: Arc<Lines<Work>>,
}

impl Desk {
    /// Engines for one guideline.
    pub(crate) fn new(guideline: &'static CompiledGuideline) -> Desk {
        let lines = Arc::<Lines<Work>>::default();
        let preparations = Preparations::aside(guideline);
        let (bell, rung) = sync_channel(1);
        started("desk-prepares", {
            let preparations = preparations.clone();
            move || {
                yield_to_others();
                prepare(guideline, &preparations, &rung);
            }
        });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for number in 0..=cores {
            let (lines, preparations, bell) = (Arc::clone(&lines), preparations.clone(), bell.clone());
            let serves = if number < cores { Serves::All } else { Serves::Programs };
            started(&format!("desk-{number}"), move || {
                work_off(guideline, &lines, serves, &preparations, &bell);
            });
        }
        Desk { lines }
    }

    /// Does something with an engine, for a person who waits; nothing comes back when it failed.
    pub(crate) async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine<'static>) -> R + Send + 'static,
    ) -> Option<R> {
        self.asked(For::Person, work).await
    }

    /// The same for a program that waits: work of a millisecond or two.
    pub(crate) async fn at_once<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine<'static>) -> R + Send + 'static,
    ) -> Option<R> {
        self.asked(For::Program, work).await
    }

    /// The same for nobody in particular, when nobody else waits.
    pub(crate) async fn later<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine<'static>) -> R + Send + 'static,
    ) -> Option<R> {
        self.asked(For::Nobody, work).await
    }

    async fn asked<R: Send + 'static>(
        &self,
        whom: For,
        work: impl FnOnce(&mut Engine<'static>) -> R + Send + 'static,
    ) -> Option<R> {
        let (tell, told) = oneshot::channel();
        let work: Work = Box::new(move |engine| {
            // Whoever asked may have gone: then nobody needs the answer, and the next one waits less.
            if !tell.is_closed() {
                drop(tell.send(work(engine)));
            }
        });
        self.lines.add(whom, work);
        told.await.ok()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.lines.close();
    }
}

fn started(name: &str, run: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.to_string()).spawn(run) {
        tracing::error!(%error, "an engine cannot be started");
    }
}

/// Gives this thread the processor only while nothing else wants it.
fn yield_to_others() {
    // Elsewhere the whole process would be meant, or nothing.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::warn!(%error, "engines are prepared at the cost of those who wait");
    }
}

fn work_off(
    guideline: &'static CompiledGuideline,
    lines: &Lines<Work>,
    serves: Serves,
    preparations: &Preparations,
    bell: &SyncSender<()>,
) {
    let mut engine = Engine::with(guideline, preparations);
    // The second time, what was given back the first time is old enough for the system to get it.
    let mut rests = 0;
    loop {
        let work = match lines.next(serves, (rests < 2).then_some(QUIET)) {
            Next::Work(work) => work,
            Next::Quiet => {
                engine = Engine::with(guideline, preparations);
                rests += 1;
                continue;
            }
            Next::Closed => return,
        };
        rests = 0;
        // A fault in one patient's assessment is that request's fault, not everybody's.
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut engine)));
        if done.is_err() {
            engine = Engine::with(guideline, preparations);
        }
        if preparations.wanted() {
            // A bell that rings already is heard.
            let _ = bell.try_send(());
        }
    }
}

/// Makes what was noted; ends with the last engine.
fn prepare(guideline: &CompiledGuideline, preparations: &Preparations, rung: &Receiver<()>) {
    while rung.recv().is_ok() {
        while preparations.make(guideline) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_go_before_people_and_people_before_what_nobody_waits_for() {
        let lines = Lines::default();
        for (whom, work) in [
            (For::Nobody, "list"),
            (For::Person, "page"),
            (For::Program, "card"),
            (For::Person, "second page"),
            (For::Program, "second card"),
        ] {
            lines.add(whom, work);
        }
        let briefly = Some(Duration::from_millis(1));
        assert_eq!(lines.next(Serves::Programs, None), Next::Work("card"));
        assert_eq!(lines.next(Serves::All, None), Next::Work("second card"));
        assert_eq!(
            lines.next(Serves::Programs, briefly),
            Next::Quiet,
            "pages are not for the engine of programs"
        );
        lines.close();
        for work in ["page", "second page", "list"] {
            assert_eq!(
                lines.next(Serves::All, None),
                Next::Work(work),
                "what waits is done before the desk closes"
            );
        }
        assert_eq!(lines.next(Serves::All, None), Next::Closed);
        assert_eq!(lines.next(Serves::Programs, briefly), Next::Closed);
    }
}
