//! The target `fhir_bundle` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nw_fuzz::fhir_bundle(data));
