//! The program; everything is in the library, so that tests and fuzzing can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    netwijzer::run(std::env::args_os().collect())
}
