//! The record, on both databases.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod accounts;
mod audit;
mod backup;
mod bitemporal;
mod canary;
mod concurrency;
mod engines;
mod lists;
mod merge;
mod migrations;
mod objection;
#[path = "../../testing/postgres.rs"]
mod postgres;
mod record;
mod retention;
