//! The target `report_text` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nw_fuzz::report_text(data));
