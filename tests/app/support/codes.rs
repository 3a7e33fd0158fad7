//! Codes to type.

/// A code that is not the right one.
pub(crate) fn other_than(code: &str) -> String {
    if code == "000000" { "000001" } else { "000000" }.to_owned()
}
