#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portico::fuzzing::id_tokens(data));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutations::mutate(data, size, max_size, seed)
});
