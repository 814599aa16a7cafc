//! The target `case_file` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nw_fuzz::case_file(data));
