//! Which modules and crates a source file names. Comments, strings and test modules do not count.

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
    let tokens = without_test_modules(&tokens(source));
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

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Cuts out `#[cfg(test)] mod x { … }`.
fn without_test_modules(tokens: &[String]) -> Vec<String> {
    const ATTRIBUTE: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let is_test = tokens[at..].iter().zip(ATTRIBUTE).all(|(a, b)| a == b)
            && tokens.get(at + ATTRIBUTE.len() + 1).is_some_and(|t| t == "{");
        if !is_test {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut open = 0;
        at += ATTRIBUTE.len() + 1;
        while at < tokens.len() {
            open += i32::from(tokens[at] == "{") - i32::from(tokens[at] == "}");
            at += 1;
            if open == 0 {
                break;
            }
        }
    }
    kept
}

/// Words, `::`, and single characters; no comments, no literals.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        if c == '/' && next == '/' {
            at = find(&chars, at, &['\n']);
        } else if c == '/' && next == '*' {
            at = after_block_comment(&chars, at);
        } else if c == '"' {
            at = after_string(&chars, at + 1);
        } else if c == '\'' {
            at = after_quote(&chars, at);
        } else if c.is_alphanumeric() || c == '_' {
            let word: String = chars[at..]
                .iter()
                .take_while(|c| c.is_alphanumeric() || **c == '_')
                .collect();
            at += word.chars().count();
            match raw_hashes(&chars, at).filter(|_| ["r", "br", "cr"].contains(&word.as_str())) {
                Some(hashes) => at = after_raw_string(&chars, at, hashes),
                None => tokens.push(word),
            }
        } else if c == ':' && next == ':' {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            at += 1;
        }
    }
    tokens
}

/// Where `what` next stands, or the end.
fn find(chars: &[char], from: usize, what: &[char]) -> usize {
    let rest = chars.get(from..).unwrap_or_default();
    let found = rest.windows(what.len()).position(|window| window == what);
    found.map_or(chars.len(), |offset| from + offset)
}

fn after_block_comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    loop {
        let (open, close) = (find(chars, at, &['/', '*']), find(chars, at, &['*', '/']));
        if open < close {
            depth += 1;
            at = open + 2;
        } else {
            depth -= 1;
            at = close + 2;
        }
        if depth == 0 || at >= chars.len() {
            return at;
        }
    }
}

fn after_string(chars: &[char], mut at: usize) -> usize {
    while let Some(c) = chars.get(at) {
        match c {
            '"' => return at + 1,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// Behind a character literal, or behind the quote of a lifetime.
fn after_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => find(chars, at + 3, &['\'']) + 1,
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

/// The number of hashes before the quote that opens a raw string here.
fn raw_hashes(chars: &[char], at: usize) -> Option<usize> {
    let rest = chars.get(at..)?;
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    (rest.get(hashes) == Some(&'"')).then_some(hashes)
}

fn after_raw_string(chars: &[char], at: usize, hashes: usize) -> usize {
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    find(chars, at + hashes + 1, &end) + end.len()
}
