//! That an error in the log has its causes: `error = &error as &dyn StdError`, which the log writes as a chain. `%error`
//! writes the outermost error alone, which seldom says what to do.

use super::sources;

#[test]
fn an_error_is_logged_with_its_causes() {
    let mut with_causes = 0;
    for (path, source) in sources("src") {
        with_causes += source.matches("as &dyn StdError").count();
        assert!(!source.contains("%error"), "{path} logs %error, without its causes");
    }
    assert!(with_causes > 30, "only {with_causes} errors are logged");
}
