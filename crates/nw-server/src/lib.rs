//! The workbench in the browser, and the interface for other programs.
//!
//! Road: a request meets its [`routes::Route`], which says who may ask; [`access`] finds out who asks and why, and makes
//! the [`nw_store::Context`] without which the record gives nothing; a page reads the record, lets a [`desk::Desk`] draw
//! the conclusions, and shows them through a template in `templates/`.
//!
//! - [`routes`] lists every address with its rule; there is no other way in.
//! - [`access`] holds who may do what: roles, purposes, sessions, forged requests.
//! - [`desk`] keeps engines ready, one for each core and one for programs that call.
//! - [`nw_render::view`] turns conclusions into what a person reads, in one language.
//! - [`reason`] says why: rows with their cells in words, facts, and the conclusions they read.
//! - [`said`] puts recorded facts into words; [`views`] says which of them are drawn, and [`chart`] draws them.
//! - [`reports`] puts a pasted report beside the record: what it proposes, with the words that say so.
//! - [`hooks`] answers the hospital's own program with cards (CDS Hooks 2.0).
//! - [`fhir`] is the record as FHIR R4 over HTTP, for programs that speak it.
//! - [`leaflets`] makes what a patient takes home.
//! - [`limit`] slows down who guesses passwords.
//! - [`oidc`] believes a hospital's identity provider, and nobody else.
//! - [`smart`] lets an electronic record open its patient here (SMART App Launch).
//! - [`api`] is the interface for other programs, described by the same list of routes.
//! - [`pages`] is the workbench, one module for each part of it.
//!
//! What a person reads shows edition and digest of the guideline, what is unknown, and what nobody has confirmed.

mod access;
mod api;
mod app;
mod assets;
mod chart;
pub mod demo;
mod demo_meetings;
mod desk;
mod error;
mod fhir;
mod form;
mod hooks;
mod leaflets;
mod limit;
mod oidc;
mod pages;
mod reason;
mod refusal;
mod reports;
mod routes;
mod said;
mod smart;
mod views;
mod words;

pub use access::Access;
pub use app::{App, Settings, serve};
pub use hooks::HooksSettings;
pub use oidc::ProviderSettings;
pub use routes::{Route, router, routes};
pub use smart::SmartSettings;

/// The description of the interface for programs.
pub fn openapi() -> serde_json::Value {
    api::openapi::description()
}
