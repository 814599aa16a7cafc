//! Engines kept ready, one for each core: drawing conclusions is work for the processor and must not hold up requests.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use nw_engine::{Engine, Preparations};
use nw_guideline::CompiledGuideline;
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce(&mut Engine<'static>) + Send>;

/// Where conclusions are drawn.
#[derive(Clone)]
pub(crate) struct Desk {
    work: Sender<Work>,
}

impl Desk {
    /// Engines for one guideline.
    pub(crate) fn new(guideline: &'static CompiledGuideline) -> Desk {
        let (work, waiting) = channel::<Work>();
        let waiting = Arc::new(Mutex::new(waiting));
        let preparations = Preparations::new(guideline);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for number in 0..cores {
            let waiting = Arc::clone(&waiting);
            let preparations = preparations.clone();
            let run = move || {
                let mut engine = Engine::with(guideline, &preparations);
                loop {
                    let next = match waiting.lock() {
                        Ok(waiting) => waiting.recv(),
                        Err(_) => return,
                    };
                    let Ok(work) = next else { return };
                    // A fault in one patient's assessment is that request's fault, not everybody's.
                    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut engine)));
                    if done.is_err() {
                        engine = Engine::with(guideline, &preparations);
                    }
                }
            };
            let thread = std::thread::Builder::new().name(format!("desk-{number}")).spawn(run);
            if let Err(error) = thread {
                tracing::error!(%error, "an engine cannot be started");
            }
        }
        Desk { work }
    }

    /// Does something with an engine; nothing comes back when it failed.
    pub(crate) async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine<'static>) -> R + Send + 'static,
    ) -> Option<R> {
        let (tell, told) = oneshot::channel();
        let work: Work = Box::new(move |engine| {
            // Whoever asked may have gone: then nobody needs the answer, and the next one waits less.
            if !tell.is_closed() {
                drop(tell.send(work(engine)));
            }
        });
        self.work.send(work).ok()?;
        told.await.ok()
    }
}
