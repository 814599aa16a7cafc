//! The program; everything is in the library, so that tests and fuzzing can reach it.

use std::process::ExitCode;

/// An assessment leaves holes of all sizes behind; the allocator of the system spends a third of a server's time among
/// them, and keeps twice the memory.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    netwijzer::run(std::env::args_os().collect())
}
