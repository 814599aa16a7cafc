//! Timing that survives a shared machine: processor time, interleaved rounds, medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::case::{Case, Outcome};
use crate::engine::Engine;

/// How long one engine runs before the next has its turn.
const TURN: Duration = Duration::from_millis(40);

/// How many cases are timed one by one, per engine and round.
const SINGLE_CASES: usize = 500;

/// What was measured of one engine, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Figures {
    /// One case after the other without looking at the clock: median of the rounds.
    pub loop_ns: f64,
    /// Slowest over fastest round of the same.
    pub spread: f64,
    /// One case between two looks at the clock, these taken off: median of all.
    pub single_ns: f64,
    /// Building the input in the engine's own types: median of the rounds.
    pub hand_over_ns: f64,
}

/// Refuses an engine that answers otherwise than expected.
///
/// # Errors
/// Names the engine and the first case that differs.
pub fn cross_check(engine: &mut dyn Engine, cases: &[Case], expected: &[Outcome]) -> Result<()> {
    for (number, (case, expected)) in (1..).zip(cases.iter().zip(expected)) {
        let answered = engine.classify(case)?;
        if answered != *expected {
            bail!("{} answers {answered} for case {number}, expected {expected}: {case:?}", engine.name());
        }
    }
    Ok(())
}

/// Measures all engines in interleaved rounds, so that a busy neighbour hits all of them alike.
///
/// # Errors
/// When an engine fails.
pub fn measure(engines: &mut [Box<dyn Engine>], cases: &[Case], rounds: usize) -> Result<Vec<Figures>> {
    let clock_ns = clock_cost_ns();
    let mut loops = vec![Vec::new(); engines.len()];
    let mut hand_overs = vec![Vec::new(); engines.len()];
    let mut singles = vec![Vec::new(); engines.len()];
    for round in 0..rounds {
        for (index, engine) in engines.iter_mut().enumerate() {
            loops[index].push(turn(cases, round, |case| {
                black_box(engine.classify(black_box(case))?);
                Ok(())
            })?);
            hand_overs[index].push(turn(cases, round, |case| {
                engine.hand_over(black_box(case));
                Ok(())
            })?);
            let start = round * SINGLE_CASES;
            for case in cases.iter().cycle().skip(start % cases.len()).take(SINGLE_CASES) {
                let begin = Instant::now();
                black_box(engine.classify(black_box(case))?);
                let elapsed = begin.elapsed().as_nanos() as f64;
                singles[index].push((elapsed - clock_ns).max(0.0));
            }
        }
    }
    let figures =
        loops.into_iter().zip(hand_overs).zip(singles).map(|((mut loops, mut hand_overs), mut singles)| {
            let loop_ns = median(&mut loops);
            // The median sorted the rounds.
            let spread = loops.last().zip(loops.first()).map_or(1.0, |(slowest, fastest)| slowest / fastest);
            Figures {
                loop_ns,
                spread,
                single_ns: median(&mut singles),
                hand_over_ns: median(&mut hand_overs),
            }
        });
    Ok(figures.collect())
}

/// Runs over the cases until the turn is over and gives the processor time of one case.
fn turn(cases: &[Case], round: usize, mut work: impl FnMut(&Case) -> Result<()>) -> Result<f64> {
    // Looking at the clock after every few cases would cost more than a fast engine takes.
    const BLOCK: usize = 256;
    // Every round starts elsewhere, so that a slow engine also meets all cases.
    let mut position = round * 7919 % cases.len();
    let mut done = 0_usize;
    let wall = Instant::now();
    let begin = processor_time();
    while wall.elapsed() < TURN {
        for _ in 0..BLOCK {
            work(&cases[position])?;
            position += 1;
            if position == cases.len() {
                position = 0;
            }
        }
        done += BLOCK;
    }
    let spent = processor_time().saturating_sub(begin);
    Ok(spent.as_nanos() as f64 / done as f64)
}

/// Time this thread has run, which a neighbour on the same core does not lengthen.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).expect("a thread's processor time is not negative"),
        u32::try_from(time.tv_nsec).expect("nanoseconds of a second fit"),
    )
}

/// What two looks at the clock cost by themselves.
fn clock_cost_ns() -> f64 {
    let mut empty: Vec<f64> = (0..10_000)
        .map(|_| {
            let begin = Instant::now();
            black_box(());
            begin.elapsed().as_nanos() as f64
        })
        .collect();
    median(&mut empty)
}

/// The middle value; sorts.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert!(median(&mut []).is_nan());
    }
}
