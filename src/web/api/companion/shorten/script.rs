//! What belongs together in a script: brackets, the declaration of a name and the code that it is for, statements.

use std::collections::HashMap;
use std::ops::Range;

use super::tokens::{Gap, Token, TokenKind};

/// The tokens, and which brackets belong together.
pub(super) struct Script<'a> {
    tokens: Vec<Token<'a>>,
    /// For each bracket its partner.
    partners: HashMap<usize, usize>,
    /// For each token the innermost bracket around it.
    around: Vec<Option<usize>>,
}

impl<'a> Script<'a> {
    pub(super) fn new(tokens: Vec<Token<'a>>) -> Self {
        let (mut partners, mut around, mut open) = (HashMap::new(), Vec::new(), Vec::new());
        for (at, token) in tokens.iter().enumerate() {
            if matches!(token.text, ")" | "]" | "}")
                && let Some(begin) = open.pop()
            {
                partners.insert(at, begin);
                partners.insert(begin, at);
            }
            around.push(open.last().copied());
            if matches!(token.text, "(" | "[" | "{") {
                open.push(at);
            }
        }
        Self {
            tokens,
            partners,
            around,
        }
    }

    pub(super) fn tokens(&self) -> &[Token<'a>] {
        &self.tokens
    }

    /// The names, keywords and numbers.
    pub(super) fn words(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let words = self
            .tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.kind == TokenKind::Word);
        words.map(|(at, token)| (at, token.text))
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.text == text)
    }

    fn follows(&self, at: usize, texts: &[&str]) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.is_some_and(|before| texts.contains(&before.text))
    }

    fn around(&self, at: usize) -> Option<usize> {
        self.around.get(at).copied().flatten()
    }

    fn partner(&self, at: usize) -> usize {
        self.partners.get(&at).copied().unwrap_or(self.tokens.len())
    }

    /// Every name that is declared as a constant, a variable or a parameter, and where it means that.
    pub(super) fn declarations(&self) -> Vec<(&'a str, Range<usize>)> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            match token.text {
                "const" | "let" => found.extend(self.declared(at)),
                "=>" => found.extend(self.parameters(at)),
                _ => {}
            }
        }
        found
    }

    /// The name behind `const` or `let`.
    fn declared(&self, at: usize) -> Option<(&'a str, Range<usize>)> {
        let name = self.tokens.get(at + 1)?;
        // Outside all blocks it is for other scripts too.
        let begin = self.around(at)?;
        let end = if self.is(begin, "(") {
            // `for (const name of names) …`
            self.end_of_body(self.partner(begin) + 1)
        } else {
            self.partner(begin)
        };
        Some((name.text, begin..end))
    }

    /// The parameters of the function with this arrow.
    fn parameters(&self, arrow: usize) -> Vec<(&'a str, Range<usize>)> {
        let last = arrow.saturating_sub(1);
        let scope = |begin| begin..self.end_of_body(arrow + 1);
        if !self.is(last, ")") {
            return self
                .tokens
                .get(last)
                .map(|name| (name.text, scope(last)))
                .into_iter()
                .collect();
        }
        let begin = self.partner(last);
        let is_parameter = |at: &usize| self.around(*at) == Some(begin) && self.follows(*at, &["(", ",", "..."]);
        let parameters = (begin..last).filter(is_parameter).filter_map(|at| self.tokens.get(at));
        parameters.map(|name| (name.text, scope(begin))).collect()
    }

    /// The end of a block, or of an expression or a statement without one.
    fn end_of_body(&self, begin: usize) -> usize {
        if self.is(begin, "{") {
            return self.partner(begin);
        }
        let around = self.around(begin);
        let is_end = |at: &usize| self.around(*at) == around && (self.is(*at, ",") || self.is(*at, ";"));
        let outer = around.map_or(self.tokens.len(), |bracket| self.partner(bracket));
        (begin..outer).find(is_end).unwrap_or(outer)
    }

    /// Whether this word is the name of a property, or might be one.
    pub(super) fn is_property(&self, at: usize) -> bool {
        let is_in_object = self.around(at).is_some_and(|bracket| self.is_object(bracket));
        // `{ name: … }`, `{ name }`, `{ name = … }`
        let is_key = is_in_object && self.follows(at, &["{", ","]);
        // `{ name() { … } }`
        let is_method = self.is(at + 1, "(") && self.is(self.partner(at + 1) + 1, "{");
        self.follows(at, &["."]) || is_key || is_method
    }

    /// Whether this bracket begins an object or a pattern, and not a block.
    fn is_object(&self, bracket: usize) -> bool {
        let begins_block = [")", "=>", ";", "{", "}", "else", "try", "catch", "finally", "do"];
        self.is(bracket, "{") && bracket > 0 && !self.follows(bracket, &begins_block)
    }

    /// Whether `const` or `let` begins a statement right behind one that begins with the same word: one could do for both.
    pub(super) fn repeats_declaration(&self, at: usize) -> bool {
        let Some(word) = self.tokens.get(at).filter(|word| matches!(word.text, "const" | "let")) else {
            return false;
        };
        if !self.follows(at, &[";"]) {
            return false;
        }
        let begin = self.around(at).map_or(0, |bracket| bracket + 1);
        let before = (begin..at - 1)
            .rev()
            .filter(|before| self.around(*before) == self.around(at));
        for before in before {
            if self.is(before, word.text) {
                return true;
            }
            if self.is(before, ";") || self.may_begin_statement(before) {
                return false;
            }
        }
        false
    }

    /// Whether this is a semicolon at the end of a block, and not the whole body of a loop or a condition.
    pub(super) fn needs_no_semicolon(&self, at: usize) -> bool {
        let closes_head =
            |at: usize| self.is(at, ")") && self.follows(self.partner(at), &["if", "for", "while", "with"]);
        let is_body = at.checked_sub(1).is_none_or(closes_head) || self.follows(at, &["else", "do", ":"]);
        self.is(at, ";") && self.is(at + 1, "}") && !is_body
    }

    /// Whether a line break stands before this token that might be a semicolon.
    pub(super) fn may_begin_statement(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let (Some(before), Some(token)) = (before, self.tokens.get(at)) else {
            return false;
        };
        token.gap == Gap::Line && before.may_end_statement() && token.may_begin_statement()
    }
}
