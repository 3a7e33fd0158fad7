//! Codes that are typed.

/// A wrong code.
pub(crate) fn other_than(code: &str) -> String {
    if code == "000000" { "000001" } else { "000000" }.to_owned()
}
