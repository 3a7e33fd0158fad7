//! Which modules and crates a source file names. Comments, strings and tests do not count.

use super::tokens::{is_word, tokens};

/// The modules that lead from the crate to this file: `src/flow/begin.rs` is `flow::begin`, `src/lib.rs` is nothing.
pub(super) fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let mut modules: Vec<_> = inner.split('/').map(str::to_owned).collect();
    if matches!(modules.last().map(String::as_str), Some("mod" | "lib")) {
        modules.pop();
    }
    modules
}

/// Every path in the source, `use` groups unfolded. Paths by `super` that reach the root come out as `crate::…`;
/// `depth` is how deep the file's own module lies.
pub(super) fn names_in(source: &str, depth: usize) -> Vec<Vec<String>> {
    let tokens = tokens(source);
    let mut names = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let before = |back: usize| at.checked_sub(back).map(|at| tokens[at].as_str());
        // `::std` starts a path, the `fmt` of `std::fmt` does not.
        let is_inside = before(1) == Some("::") && before(2).is_some_and(is_word);
        let is_used = before(1) == Some("use");
        let leads_on = tokens.get(at + 1).is_some_and(|next| next == "::");
        at = if is_word(&tokens[at]) && !is_inside && (is_used || leads_on) {
            unfold(&tokens, at, Vec::new(), &mut names)
        } else if is_used && tokens[at] == "{" {
            unfold_group(&tokens, at, &[], &mut names)
        } else {
            at + 1
        };
    }
    for name in &mut names {
        let ups = name.iter().take_while(|part| *part == "super").count();
        if ups > 0 && ups >= depth {
            name.splice(..ups, ["crate".to_owned()]);
        }
    }
    names
}

/// Reads one path from `at`; gives the position behind it.
fn unfold(tokens: &[String], mut at: usize, mut prefix: Vec<String>, names: &mut Vec<Vec<String>>) -> usize {
    while let Some(token) = tokens.get(at).filter(|token| is_word(token)) {
        prefix.push(token.clone());
        at += 1;
        if tokens.get(at).is_none_or(|next| next != "::") {
            break;
        }
        at += 1;
    }
    if tokens.get(at).is_some_and(|next| next == "{") && tokens[at - 1] == "::" {
        return unfold_group(tokens, at, &prefix, names);
    }
    names.push(prefix);
    at
}

/// Reads `{a, b::c, …}` from its opening brace; gives the position behind it.
fn unfold_group(tokens: &[String], mut at: usize, prefix: &[String], names: &mut Vec<Vec<String>>) -> usize {
    at += 1;
    while let Some(token) = tokens.get(at).filter(|token| *token != "}") {
        at = match token.as_str() {
            "as" => at + 2,
            word if is_word(word) => unfold(tokens, at, prefix.to_vec(), names),
            _ => at + 1,
        };
    }
    at + 1
}
