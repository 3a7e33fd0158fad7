//! The cryptographic library was built to seed from the system, not from the jitter of the processor's clock, which costs
//! every process a tenth of a second (docs/decisions/0032).

use std::process::Command;

/// Functions of the library by the names that they have in the program: one that is always there, and the one that measures jitter.
const SEEDS: &str = "RAND_bytes";
const MEASURES_JITTER: &str = "jent_read_entropy";

#[test]
fn the_library_was_built_without_the_jitter_of_the_clock() {
    let has = |name: &str| {
        let search = Command::new("grep")
            .args(["--quiet", "--text", name, env!("CARGO_BIN_EXE_portico")])
            .status();
        search.unwrap().success()
    };
    // The names are gone from a release build. docker/build.sh looks into the library itself.
    assert_eq!(has(SEEDS), cfg!(debug_assertions));
    assert!(!has(MEASURES_JITTER), "cargo has not read .cargo/config.toml");
}
