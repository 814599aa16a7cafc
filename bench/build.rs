//! Hands the compiler version and the target CPU to the report: a figure without them says little.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    println!("cargo:rerun-if-changed=build.rs");

    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(compiler)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown rustc".to_owned(), |text| text.trim().to_owned());
    println!("cargo:rustc-env=NW_BENCH_RUSTC={version}");

    let target = env::var("TARGET").unwrap_or_else(|_| "unknown target".to_owned());
    println!("cargo:rustc-env=NW_BENCH_TARGET={target}");

    // Cargo separates the flags by the unit separator; `-C target-cpu=x` may be one flag or two.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let cpu = flags
        .split('\u{1f}')
        .filter_map(|flag| flag.trim_start_matches("-C").trim().strip_prefix("target-cpu="))
        .next_back()
        .unwrap_or("portable");
    println!("cargo:rustc-env=NW_BENCH_TARGET_CPU={cpu}");
}
