//! The workbench over HTTP, on a record of its own.

mod meeting;
mod world;
