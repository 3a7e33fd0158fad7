//! Every reader of hostile bytes, as tests/fuzz feeds it (SEC-608). Each takes any bytes, must not panic, and checks
//! that whatever it accepts is well-formed. The tests replay the corpora of tests/fuzz/corpora in a plain `cargo test`.

#[cfg(feature = "fuzzing")]
pub use okta_direct_auth::fuzzing::{discovery, id_tokens, token_answers, universal_logout};

pub use crate::config::fuzzing::settings;
pub use crate::portal::fuzzing::{paths, return_to};
pub use crate::session::fuzzing::{key_ring, records};
pub use crate::session::redis::fuzzing::redis_replies;
pub use crate::web::fuzzing::{cookies, forms, questions, upstream_answers};

#[cfg(test)]
mod tests {
    //! The readers of `okta-direct-auth` are replayed there.

    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name)
    }

    fn names(name: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(folder(name)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    }

    macro_rules! replayed {
        ($($name:ident)*) => {
            mod sec_608 {
                $(
                    #[test]
                    fn $name() {
                        let inputs: Vec<_> = std::fs::read_dir(super::folder("corpora").join(stringify!($name)))
                            .unwrap()
                            .map(|entry| entry.unwrap().path())
                            .collect();
                        assert!(inputs.len() >= 5, "a corpus of {} inputs", inputs.len());
                        super::super::$name(b"");
                        for input in inputs {
                            println!("{}", input.display());
                            super::super::$name(&std::fs::read(input).unwrap());
                        }
                    }
                )*
            }

            #[test]
            fn sec_608_every_reader_has_a_target_and_a_corpus() {
                let theirs = ["discovery", "id_tokens", "token_answers", "universal_logout"];
                let readers: BTreeSet<_> = [$(stringify!($name)),*].into_iter().chain(theirs).map(str::to_owned).collect();
                assert_eq!(names("targets"), readers);
                assert_eq!(names("corpora"), readers);
            }
        };
    }

    replayed! {
        cookies forms key_ring paths questions records redis_replies return_to settings upstream_answers
    }
}
