//! Shortens a script: comments and blanks are left out, declarations are joined, and names that it declares become short.
//!
//! The script that comes out does what the one that went in does. Syntax that is not read here (regular expressions,
//! divisions, templates with substitutions) is an error, and a name that might mean something else as well is left as it
//! is.

mod names;
mod script;
mod tokens;

#[cfg(test)]
mod tests;

use script::Script;
use tokens::{Gap, TokenKind};

/// The script, shortened.
pub(super) fn shorten(script: &str) -> Result<String, &'static str> {
    let script = Script::new(tokens::read(script)?);
    let short_names = names::short_names(&script);
    let mut shortened = String::new();
    for (at, token) in script.tokens().iter().enumerate() {
        if script.repeats_declaration(at) {
            // `const a = 1; const b = 2;`: a comma in the place of the semicolon.
            shortened.pop();
            shortened.push(',');
            continue;
        }
        if script.needs_no_semicolon(at) {
            continue;
        }
        shortened.push_str(separator(&script, at));
        let short = short_names.get(token.text).filter(|_| token.kind == TokenKind::Word);
        shortened.push_str(short.map_or(token.text, String::as_str));
    }
    Ok(shortened)
}

/// What has to stand before a token.
fn separator(script: &Script<'_>, at: usize) -> &'static str {
    let before = at.checked_sub(1).and_then(|before| script.tokens().get(before));
    let (Some(before), Some(token)) = (before, script.tokens().get(at)) else {
        return "";
    };
    if script.repeats_declaration(at - 1) {
        return "";
    }
    if script.may_begin_statement(at) {
        return "\n";
    }
    let would_be_one = match (before.kind, token.kind) {
        (TokenKind::Word, TokenKind::Word) => true,
        // `1 .toString()`
        (TokenKind::Word, TokenKind::Sign) => before.text.starts_with(char::is_numeric) && token.text == ".",
        // `a + +b`
        (TokenKind::Sign, TokenKind::Sign) => before.is_operator() && token.is_operator(),
        _ => false,
    };
    if would_be_one && token.gap != Gap::None {
        " "
    } else {
        ""
    }
}
