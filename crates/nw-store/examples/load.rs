//! How long saving a fact and reading a patient take with many people at once.
//!
//! `cargo run --release -p nw-store --example load -- sqlite:load.db 200 20`: address, people, seconds.
//! Each person has a patient of their own, saves a fact, reads the page, and goes on at once: harder than people are.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use nw_store::{Actor, AsOf, Basis, Context, Identity, NewFact, Origin, Purpose, Role, Store, StoreError};

fn context() -> Context {
    let actor = Actor { account: None, name: "load".into(), role: Role::Nurse, organisation: "test".into() };
    Context::new(Timestamp::now(), actor, Purpose::Treatment, Basis::TreatmentRelation, "load")
}

async fn person(store: Store, number: usize, until: Instant) -> Result<[Vec<Duration>; 2], StoreError> {
    let identity = Identity { name: format!("person {number}"), ..Identity::default() };
    let mut patient = store.add_patient(&context(), &identity).await?;
    let mut times = [Vec::new(), Vec::new()];
    while Instant::now() < until {
        let begun = Instant::now();
        let fact = [NewFact::new("tumour.ki67", "4 %", Origin::person("load"))];
        let done = store.record(&context(), &patient.id, patient.revision, &fact).await?;
        times[0].push(begun.elapsed());
        patient.revision = done.revision;
        let begun = Instant::now();
        // As of the beginning, so that a page stays as large as a page is.
        store.patient_page(&context(), &patient.id, AsOf::now().known_at(patient.created_at)).await?;
        times[1].push(begun.elapsed());
    }
    Ok(times)
}

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "sqlite:load.db".into());
    let mut number = |usual| args.next().and_then(|a| a.parse().ok()).unwrap_or(usual);
    let (people, seconds) = (number(200), number(20));
    let store = Store::open(&address).await?;
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds as u64);
    let tasks: Vec<_> = (0..people).map(|n| tokio::spawn(person(store.clone(), n, until))).collect();
    let mut all = [Vec::new(), Vec::new()];
    for task in tasks {
        let times = task.await.map_err(|_| StoreError::Fault)??;
        for (all, times) in all.iter_mut().zip(times) {
            all.extend(times);
        }
    }
    let took = begun.elapsed().as_secs_f64();
    for (what, times) in ["saving a fact", "reading a page"].iter().zip(&mut all) {
        times.sort_unstable();
        let at = |part: f64| {
            let place = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
            times.get(place).map_or(0.0, |t| t.as_secs_f64() * 1000.0)
        };
        println!(
            "{what}: {} in {took:.0} s ({:.0}/s), p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms",
            times.len(),
            times.len() as f64 / took,
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
    store.close().await;
    Ok(())
}
