//! The Python package: built by maturin, installed into an environment that has nothing else of ours, and tested there;
//! then, as a chore of its own, on a Spark cluster of this machine.
//!
//! Road: wheel → clippy of the crate → clean environment → types → tests and notebooks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chores::{Outcome, cargo};
use crate::knowledge::top;

/// What builds the wheel and judges its types.
const TOOLS: &[&str] = &["maturin==1.16.0", "mypy==2.4.1"];
/// Libraries of tables whose tables the tests hand over, and what runs the tests.
const LIBRARIES: &[&str] = &["pytest", "pyarrow==26.0.1", "polars==2.1.0", "pandas==3.1.1", "duckdb==2.0.0"];
/// The cluster; it needs Java 17. PySpark 4.3 advises a pandas before 3.
const SPARK: &[&str] = &["pytest", "pyarrow==26.0.1", "pandas==2.3.3", "pyspark==4.3.0"];

/// The engines written in JavaScript that are measured on whole tables.
const NODE: &[&str] = &["cql-execution@3.3.2", "json-logic-engine@5.0.7"];

/// Which part of the measurement is made, and of how much.
#[derive(Clone, Debug, clap::Args)]
pub struct Tables {
    /// Only the whole tables.
    #[arg(long = "tables")]
    pub alone: bool,
    /// Rows of the table.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000_000)]
    rows: u64,
    /// How often each engine takes its turn.
    #[arg(long, value_name = "NUMBER", default_value_t = 15)]
    rounds: u32,
    /// Write the ratios into docs/benchmarks.md.
    #[arg(long)]
    write: bool,
}

/// Workload W1 over whole tables, beside the libraries and engines of `bench/batch.py`.
pub fn bench(tables: &Tables) -> Outcome {
    let tools = environment("tools", TOOLS, false)?;
    let wheel = build(&tools, true)?;
    let program = program(true)?;
    let mut reader = like_maturin(cargo())?;
    reader.args(["build", "--quiet", "--locked", "--release", "--package", "nw-registry", "--example", "w1"]);
    succeed(&mut reader)?;
    let list = top().join("bench/batch-requirements.txt");
    let list = list.to_str().ok_or("the path of the project is no text")?;
    let python = environment("bench", &["--requirement", list], false)?;
    install(&python, &wheel)?;
    let node = work().join("bench-node");
    succeed(
        Command::new("npm").args(["install", "--silent", "--no-audit", "--prefix"]).arg(&node).args(NODE),
    )?;
    let mut all = Command::new(python.join("bin/python"));
    all.arg("batch.py").arg("--program").arg(program).arg("--node").arg(node);
    all.arg("--reader").arg(top().join("target/release/examples/w1"));
    all.args(["--rows", &tables.rows.to_string(), "--rounds", &tables.rounds.to_string()]);
    if tables.write {
        all.arg("--write").arg(top().join("docs/benchmarks.md"));
    }
    status(all.current_dir(top().join("bench")))
}

/// How the wheel is built.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Built with optimisation, to be given to others.
    #[arg(long)]
    release: bool,
    /// Build only; run no tests.
    #[arg(long)]
    build_only: bool,
    /// Only tests whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// Builds the wheel and tests it in a clean environment.
pub fn run(settings: &Settings) -> Outcome {
    let tools = environment("tools", TOOLS, false)?;
    let wheel = build(&tools, settings.release)?;
    println!("{}", wheel.display());
    let mut lints = like_maturin(cargo())?;
    lints.args(["clippy", "--package", "nw-python", "--all-targets", "--locked", "--", "-D", "warnings"]);
    if !status(&mut lints)? {
        return Ok(false);
    }
    if settings.build_only {
        return Ok(true);
    }
    let program = program(settings.release)?;
    let python = environment("clean", LIBRARIES, true)?;
    install(&python, &wheel)?;
    let typed = types(&tools, &python)?;
    let mut tests = Command::new(python.join("bin/python"));
    tests
        .args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"])
        .arg(top().join("crates/nw-python/tests"));
    tests.args(settings.only.iter().flat_map(|text| ["-k", text]));
    Ok(status(tests.env("NETWIJZER_PROGRAM", program).current_dir(work()))? && typed)
}

/// Runs the documented job on a standalone cluster: a master and two workers on loopback, one of which is killed.
pub fn spark(settings: &Settings) -> Outcome {
    let java = Command::new("java").arg("-version").output();
    if !java.is_ok_and(|said| said.status.success()) {
        return Err(
            "java cannot be started; this chore needs Java 17 (Debian: openjdk-17-jre-headless)".to_string()
        );
    }
    let tools = environment("tools", TOOLS, false)?;
    let wheel = build(&tools, settings.release)?;
    let program = program(settings.release)?;
    let python = environment("spark", SPARK, false)?;
    install(&python, &wheel)?;
    let mut tests = Command::new(python.join("bin/python"));
    tests.args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--durations=0"]);
    tests.arg(top().join("crates/nw-python/spark")).args(settings.only.iter().flat_map(|text| ["-k", text]));
    status(tests.env("NETWIJZER_PROGRAM", program).current_dir(work()))
}

fn work() -> PathBuf {
    top().join("target/python")
}

/// An environment with these packages; a clean one is made anew.
fn environment(name: &str, packages: &[&str], clean: bool) -> Result<PathBuf, String> {
    let folder = work().join(name);
    if clean || !folder.join("bin/pip").exists() {
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    }
    succeed(
        Command::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(packages),
    )?;
    Ok(folder)
}

fn build(tools: &Path, release: bool) -> Result<PathBuf, String> {
    let out = top().join("target/wheels");
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    }
    let mut command = Command::new(tools.join("bin/maturin"));
    command.args(["build", "--locked", "--profile", if release { "release" } else { "dev" }]);
    if release {
        command.arg("--strip");
    }
    command.arg("--manifest-path").arg(top().join("crates/nw-python/Cargo.toml")).arg("--out").arg(&out);
    succeed(&mut command)?;
    let found = fs::read_dir(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    let mut wheels = found.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "whl"));
    wheels.next().ok_or_else(|| format!("{}: maturin left no wheel", out.display()))
}

/// The settings of pyo3 that maturin built with: with others cargo would build the package's road anew each time.
fn like_maturin(mut command: Command) -> Result<Command, String> {
    let folder = top().join("target/maturin");
    let found = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let settings = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("pyo3-config-") && name.ends_with(".txt")
    };
    // Of several interpreters the last one was built for.
    let age = |path: &PathBuf| fs::metadata(path).and_then(|m| m.modified()).ok();
    let last = found.flatten().map(|e| e.path()).filter(settings).max_by_key(age);
    if let Some(path) = last {
        command.env("PYO3_CONFIG_FILE", path).env("PYO3_BUILD_EXTENSION_MODULE", "1");
    }
    Ok(command)
}

/// The command line, to compare with. It is built together with the package, whose parts it shares.
fn program(release: bool) -> Result<PathBuf, String> {
    let mut command = like_maturin(cargo())?;
    command.args(["build", "--quiet", "--locked", "--package", "netwijzer", "--package", "nw-python"]);
    if release {
        command.arg("--release");
    }
    succeed(&mut command)?;
    Ok(top().join("target").join(if release { "release" } else { "debug" }).join("netwijzer"))
}

fn install(environment: &Path, wheel: &Path) -> Result<(), String> {
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall"]);
    succeed(pip.arg(wheel))
}

/// Whether the package is typed throughout, and its stubs say what the native part does.
fn types(tools: &Path, python: &Path) -> Outcome {
    let mut mypy = Command::new(tools.join("bin/mypy"));
    mypy.args(["--strict", "--ignore-missing-imports", "--python-executable"]).arg(python.join("bin/python"));
    let well = status(mypy.args(["--package", "netwijzer"]).current_dir(work()))?;
    let mut stubs = Command::new(tools.join("bin/stubtest"));
    let found = fs::read_dir(python.join("lib")).map_err(|e| format!("{}: {e}", python.display()))?;
    let site =
        found.flatten().map(|e| e.path().join("site-packages")).find(|p| p.exists()).unwrap_or_default();
    stubs.args(["--ignore-disjoint-bases", "netwijzer._native"]).current_dir(work());
    Ok(status(stubs.env("PYTHONPATH", &site).env("MYPYPATH", &site))? && well)
}

fn status(command: &mut Command) -> Outcome {
    let name = command.get_program().to_string_lossy().to_string();
    let status = command.status().map_err(|e| {
        format!("{name} cannot be started: {e}; this chore needs python3 and the PyPI registry")
    })?;
    Ok(status.success())
}

fn succeed(command: &mut Command) -> Result<(), String> {
    if status(command)? { Ok(()) } else { Err(format!("`{command:?}` did not succeed")) }
}
