//! The chores of the house. `cargo xtask` lists them.

mod calendars;
mod chores;
mod e2e;
mod fhir;
mod fhir_server;
mod foreign;
mod fuzz;
mod hooks;
mod independent;
mod knowledge;
mod leaflets;
mod licences;
mod load;
mod mutate;
mod schemathesis;
mod tidy;
mod wheel;
mod workbench;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of the house.
#[derive(Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that must hold before a change lands: format, clippy, tests, knowledge, arrows, licences.
    Ci,
    /// Compile and prove the knowledge, run its cases; further words go to `netwijzer check` (for example `--watch`).
    Check {
        /// Options of `netwijzer check`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        more: Vec<String>,
    },
    /// Accept new snapshots and generated pages; then read the diff.
    Bless,
    /// Arrows between crates, forbidden words, sizes.
    Tidy,
    /// Licences and versions of everything we build on; needs no network.
    Licences,
    /// One slip at a time in the tables: what nobody notices is a missing case.
    Mutate(mutate::Settings),
    /// Random texts against one target; what fails is kept in `fuzz/failures` and replayed by the tests.
    Fuzz {
        /// `chapter_text`, `case_value`, …
        target: String,
        /// How long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The same seed makes the same texts.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// The exports in engines that others wrote, compared with the plain engine; needs node and the npm registry.
    Foreign(foreign::Settings),
    /// FHIR before judges that others wrote: the examples of HL7, Medplum with the profiles of mCODE, fhir.resources;
    /// needs node, python3 and their registries.
    Fhir(fhir::Settings),
    /// FHIR over HTTP before clients that others wrote, fhirpy and fhirclient; needs python3 and the PyPI registry.
    FhirServer(fhir_server::Settings),
    /// The site and the workbench in a browser: accessibility, keyboard, widths, search; needs node, the npm registry and
    /// Chromium, and PostgreSQL for the workbench on it.
    E2e(e2e::Settings),
    /// CDS Hooks before clients that others wrote, the CDS Hooks Sandbox in a browser and `@medplum/core`, and under load;
    /// needs git, node, the npm registry and Chromium.
    Hooks(hooks::Settings),
    /// Many people at the workbench at once: how long it takes them, and whether anything fails.
    Load(load::Settings),
    /// The interface for programs, asked by one that reads only its description; needs python3 and the PyPI registry.
    Schemathesis(schemathesis::Settings),
    /// Answers verified by a program of its own in another language: own cases, examples, planted faults, and patients by
    /// chance with `--patients 100000`; needs python3.
    CheckIndependently(independent::Settings),
    /// Calendars for agendas, read by two parsers that others wrote; needs python3 and node, and their registries.
    Calendars,
    /// Leaflets of patients who do not exist in both languages, as HTML and PDF: what overflows, lacks a letter, was left
    /// empty or is hard to read, and how many are made in a second.
    Leaflets(leaflets::Settings),
    /// The Python package: built, installed into a clean environment and tested there, with types and notebooks; needs
    /// python3 and the PyPI registry.
    Wheel(wheel::Settings),
    /// The Spark job on a cluster of this machine, a worker killed in the middle; needs Java 17 as well.
    Spark(wheel::Settings),
    /// The engine beside other engines on the same workload, one case at a time and whole tables, then by itself on the whole
    /// guideline; the tables need Python 3.11, Node, and the package registries of both.
    Bench(wheel::Tables),
}

fn bench(tables: &wheel::Tables) -> chores::Outcome {
    let cases = tables.alone || chores::bench()?;
    Ok(wheel::bench(tables)? && cases)
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Ci => chores::ci(),
        Chore::Check { more } => chores::check(&more),
        Chore::Bless => chores::bless(),
        Chore::Tidy => tidy::run(),
        Chore::Licences => licences::run(),
        // Attacks are a thousand compilations: worth a build with optimisation.
        Chore::Mutate(_) if cfg!(debug_assertions) => chores::again_in_release(),
        Chore::Mutate(settings) => mutate::run(&settings),
        Chore::Fuzz { target, seconds, seed } => fuzz::run(&target, seconds, seed),
        // Millions of combinations: worth a build with optimisation.
        Chore::Foreign(settings) if cfg!(debug_assertions) && !settings.quick => chores::again_in_release(),
        Chore::Foreign(settings) => foreign::run(&settings),
        Chore::Fhir(settings) => fhir::run(&settings),
        Chore::FhirServer(settings) => fhir_server::run(&settings),
        Chore::E2e(settings) => e2e::run(&settings),
        Chore::Hooks(settings) => hooks::run(&settings),
        Chore::Load(settings) => load::run(&settings),
        Chore::Schemathesis(settings) => schemathesis::run(&settings),
        Chore::CheckIndependently(settings) => independent::run(&settings),
        Chore::Calendars => calendars::run(),
        Chore::Leaflets(settings) => leaflets::run(&settings),
        Chore::Wheel(settings) => wheel::run(&settings),
        Chore::Spark(settings) => wheel::spark(&settings),
        Chore::Bench(tables) => bench(&tables),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("cargo xtask: {why}");
            ExitCode::from(3)
        }
    }
}
