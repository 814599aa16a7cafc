//! The target `hooks_call` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nw_fuzz::hooks_call(data));
