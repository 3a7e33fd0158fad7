//! The tokens of a script.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) kind: TokenKind,
    /// What stands before it.
    pub(super) gap: Gap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, a keyword or a number.
    Word,
    /// With its quotes.
    String,
    /// `=>`, `...`, or one character.
    Sign,
}

/// Blanks and comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    None,
    Blank,
    /// With a line break.
    Line,
}

impl Token<'_> {
    /// Whether this is a sign that might be another one together with its neighbour.
    pub(super) fn is_operator(&self) -> bool {
        self.kind == TokenKind::Sign && !matches!(self.text, "(" | ")" | "[" | "]" | "{" | "}" | "," | ";")
    }

    /// Whether a line break behind it might be a semicolon.
    pub(super) fn may_end_statement(&self) -> bool {
        self.kind != TokenKind::Sign || matches!(self.text, ")" | "]" | "}" | "+" | "-")
    }

    /// Whether a line break before it might be a semicolon.
    pub(super) fn may_begin_statement(&self) -> bool {
        self.kind != TokenKind::Sign || matches!(self.text, "(" | "[" | "{" | "+" | "-" | "!" | "~" | "...")
    }
}

/// Reads a script.
pub(super) fn read(script: &str) -> Result<Vec<Token<'_>>, &'static str> {
    let mut tokens = Vec::new();
    let mut rest = script;
    let mut gap = Gap::None;
    while let Some(first) = rest.chars().next() {
        let (length, kind) = match first {
            _ if first.is_whitespace() => (first.len_utf8(), None),
            '/' => (comment(rest)?, None),
            '"' | '\'' | '`' => (string(rest, first)?, Some(TokenKind::String)),
            _ if is_in_word(first) => {
                let end = rest.find(|letter| !is_in_word(letter));
                (end.unwrap_or(rest.len()), Some(TokenKind::Word))
            }
            _ if rest.starts_with("...") => (3, Some(TokenKind::Sign)),
            _ if rest.starts_with("=>") => (2, Some(TokenKind::Sign)),
            _ => (first.len_utf8(), Some(TokenKind::Sign)),
        };
        let (text, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        if let Some(kind) = kind {
            tokens.push(Token { text, kind, gap });
            gap = Gap::None;
        } else {
            gap = gap.max(if text.contains('\n') { Gap::Line } else { Gap::Blank });
        }
    }
    Ok(tokens)
}

fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

fn comment(rest: &str) -> Result<usize, &'static str> {
    if rest.starts_with("//") {
        return Ok(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return Err("regular expressions and divisions are not read");
    }
    let end = rest.find("*/").ok_or("a comment has no end")?;
    Ok(end + 2)
}

fn string(rest: &str, quote: char) -> Result<usize, &'static str> {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '$' if quote == '`' => return Err("templates with substitutions are not read"),
            '\n' if quote != '`' => return Err("a string has no end"),
            _ if letter == quote => return Ok(at + 1),
            _ => {}
        }
    }
    Err("a string has no end")
}
