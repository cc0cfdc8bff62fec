#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dermdistill_fuzz::image(bytes));
