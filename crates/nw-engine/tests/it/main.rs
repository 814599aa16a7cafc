//! One test binary for everything that needs the compiler and both engines.

#![allow(clippy::disallowed_methods, reason = "tests are an edge: they read their pages from disk")]

mod again;
mod agreement;
mod clashes;
mod diagnostics;
mod difference;
mod impact;
mod page;
mod presumed;
mod restored;
mod robustness;
mod spec;
mod templates;
