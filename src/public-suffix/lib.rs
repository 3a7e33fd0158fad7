//! Which part of a host name is a public suffix, below which hosts belong to strangers, and which part has one owner.
//!
//! The crate `psl` has the [list](https://publicsuffix.org) as code, which took 0.7 MB of our binary. Here the same
//! rules are a sorted table of text: one in a line, in ASCII, as hosts arrive. The tests take the table from `psl` and
//! compare what both say, so a newer `psl` in the lock file is how a newer list gets here.
//!
//! The table is under the [Mozilla Public License 2.0](https://mozilla.org/MPL/2.0/), as the list is.

use std::cmp::Ordering;

#[cfg(test)]
mod tests;

/// In the order of their bytes. Made by the tests with `UPDATE_DOCS=1`.
const RULES: &[u8] = include_bytes!("rules.txt");

/// The public suffix of a host in lower case: what the longest rule says, and the last label if there is none.
pub fn suffix(host: &str) -> Option<&str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut name = host;
    while let Some((_, parent)) = name.split_once('.') {
        if is_rule(&format!("!{name}")) {
            return Some(parent);
        }
        if is_rule(name) || is_rule(&format!("*.{parent}")) {
            return Some(name);
        }
        name = parent;
    }
    (!name.is_empty()).then_some(name)
}

/// The public suffix and the label before it. `None` for a host that is a suffix itself.
pub fn registrable(host: &str) -> Option<&str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let before = host.strip_suffix(suffix(host)?)?.strip_suffix('.')?;
    let start = before.rfind('.').map_or(0, |dot| dot + 1);
    host.get(start..)
}

fn is_rule(rule: &str) -> bool {
    let is_end = |byte: &u8| *byte == b'\n';
    let mut lines = RULES;
    while !lines.is_empty() {
        let (before_middle, _) = lines.split_at(lines.len() / 2);
        let start = before_middle.iter().rposition(is_end).map_or(0, |end| end + 1);
        let (earlier, rest) = lines.split_at(start);
        let end = rest.iter().position(is_end).unwrap_or(rest.len());
        let (line, later) = rest.split_at(end);
        lines = match rule.as_bytes().cmp(line) {
            Ordering::Equal => return true,
            Ordering::Less => earlier,
            Ordering::Greater => later.get(1..).unwrap_or_default(),
        };
    }
    false
}
