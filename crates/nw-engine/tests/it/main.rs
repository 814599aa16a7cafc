//! One test binary for everything that needs the compiler and both engines.

mod diagnostics;
mod page;
mod robustness;
mod spec;
mod agreement;
