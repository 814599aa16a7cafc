//! The record, on both databases.

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
#[path = "../../testing/postgres.rs"]
mod postgres;
mod record;
mod retention;
