//! The workbench over HTTP, on a record of its own.

mod access;
mod calendar;
mod desk;
mod fhir;
mod fhir_input;
mod figures;
mod hooks;
mod house;
mod information;
mod input;
mod meeting;
mod objection;
mod pages;
mod programs;
mod reports;
mod screens;
mod smart;
mod world;
