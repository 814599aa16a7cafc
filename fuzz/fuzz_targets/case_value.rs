//! The target `case_value` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nw_fuzz::case_value(data));
