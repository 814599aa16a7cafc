//! The target `chapter_text` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nw_fuzz::chapter_text(data));
