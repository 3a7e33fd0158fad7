//! Sentences with a part that differs.

/// A sentence with a text in it: a name, a destination, a hint.
pub type Named = fn(&str) -> String;
/// A sentence with a number of seconds in it.
pub type Timed = fn(u64) -> String;

/// A sentence with a link in its middle, in three pieces.
#[derive(Clone, Copy, Debug)]
pub struct Linked(pub &'static str, pub &'static str, pub &'static str);
