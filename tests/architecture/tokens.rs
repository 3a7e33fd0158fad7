//! A source file as words and signs, without comments, literals and what only tests see.

/// Words, `::`, and single characters; no comments, no literals, nothing behind `#[cfg(test)]`.
pub(super) fn tokens(source: &str) -> Vec<String> {
    without_tests(&all_tokens(source))
}

pub(super) fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Where the block ends whose opening brace stands at `at`: the position behind its closing brace.
pub(super) fn after_block(tokens: &[String], mut at: usize) -> usize {
    let mut open = 0;
    while let Some(token) = tokens.get(at) {
        open += i32::from(token == "{") - i32::from(token == "}");
        at += 1;
        if open == 0 {
            break;
        }
    }
    at
}

/// Cuts out `#[cfg(test)]` and what it stands before: a module, a function, an import, a field, a statement.
fn without_tests(tokens: &[String]) -> Vec<String> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].len() >= ATTRIBUTE.len() && tokens[at..].iter().zip(ATTRIBUTE).all(|(a, b)| a == b) {
            at = after_item(tokens, at + ATTRIBUTE.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// An item ends with its block, with a semicolon or, as a field, with a comma or with what it stands in.
fn after_item(tokens: &[String], mut at: usize) -> usize {
    let mut open = 0;
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "{" if open == 0 => return after_block(tokens, at),
            "}" if open == 0 => return at,
            ";" | "," if open == 0 => return at + 1,
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Everything but comments and literals.
fn all_tokens(source: &str) -> Vec<String> {
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

/// Behind a character literal, or behind a lifetime: `'static` defines nothing.
fn after_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => find(chars, at + 3, &['\'']) + 1,
        (Some(_), Some('\'')) => at + 3,
        _ => {
            let name = chars[at + 1..].iter();
            at + 1 + name.take_while(|c| c.is_alphanumeric() || **c == '_').count()
        }
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
