//! A page that is drawn once, and then filled in for each visitor: drawing all of it anew would cost ten times as much.

use std::fmt::Write as _;

use maud::{Escaper, Markup};

/// What differs in a form from visitor to visitor; see [`Chrome`](crate::Chrome).
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    /// The CSRF token.
    pub csrf: &'a str,
    /// The reference to the attempt.
    pub attempt: &'a str,
    /// The destination.
    pub return_to: &'a str,
}

/// Stands for the tokens while a template is drawn. Two sets, so that a page that has one of them by chance is noticed.
const MARKS: [Tokens<'static>; 2] = [
    Tokens {
        csrf: "here-7d2a-csrf",
        attempt: "here-7d2a-attempt",
        return_to: "here-7d2a-destination",
    },
    Tokens {
        csrf: "here-b91c-csrf",
        attempt: "here-b91c-attempt",
        return_to: "here-b91c-destination",
    },
];

/// The page between its tokens.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<(String, Token)>,
    end: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Csrf,
    Attempt,
    ReturnTo,
}

impl Token {
    const ALL: [Self; 3] = [Self::Csrf, Self::Attempt, Self::ReturnTo];

    fn of(self, tokens: Tokens<'_>) -> &str {
        match self {
            Self::Csrf => tokens.csrf,
            Self::Attempt => tokens.attempt,
            Self::ReturnTo => tokens.return_to,
        }
    }
}

impl Template {
    /// The template of a page that `draw` draws; `None` if what it draws depends on more than where the tokens stand.
    pub fn new(draw: impl Fn(Tokens<'_>) -> Markup) -> Option<Self> {
        let [one, other] = MARKS.map(|marks| Self::cut(&draw(marks).into_string(), marks));
        (one == other).then_some(one)
    }

    fn cut(page: &str, marks: Tokens<'static>) -> Self {
        let mut pieces = Vec::new();
        let mut rest = page;
        let next = |rest: &str| {
            let found = Token::ALL.map(|token| rest.find(token.of(marks)).map(|at| (at, token)));
            found.into_iter().flatten().min_by_key(|(at, _)| *at)
        };
        while let Some((at, token)) = next(rest) {
            let (before, from) = rest.split_at(at);
            pieces.push((before.to_owned(), token));
            rest = from.strip_prefix(token.of(marks)).unwrap_or_default();
        }
        Self {
            pieces,
            end: rest.to_owned(),
        }
    }

    /// The page with these tokens. They are escaped as text and attributes are, not as parts of an address: the attempt's
    /// reference has no letter that an address would escape.
    pub fn fill(&self, tokens: Tokens<'_>) -> String {
        let length = |(piece, token): &(String, Token)| piece.len() + token.of(tokens).len();
        let length: usize = self.pieces.iter().map(length).sum();
        let mut page = String::with_capacity(length + self.end.len());
        for (piece, token) in &self.pieces {
            page.push_str(piece);
            push_escaped(&mut page, token.of(tokens));
        }
        page.push_str(&self.end);
        page
    }
}

fn push_escaped(page: &mut String, text: &str) {
    // Without a branch for each byte: the processor looks at many at once.
    let is_special = |found, byte| found | matches!(byte, b'&' | b'<' | b'>' | b'"');
    if text.bytes().fold(false, is_special) {
        let _ = Escaper::new(page).write_str(text); // OK because writing to a String cannot fail
    } else {
        page.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    fn page(tokens: Tokens<'_>) -> Markup {
        html! {
            form action="/x" {
                input name="csrf" value=(tokens.csrf);
                input name="attempt" value=(tokens.attempt);
                input name="return_to" value=(tokens.return_to);
            }
            a href={ "/x?attempt=" (tokens.attempt) } { "Other" }
        }
    }

    #[test]
    fn a_filled_template_is_the_page_as_it_would_be_drawn() {
        let template = Template::new(page).unwrap();
        for return_to in ["/", "/a?b=c&d=\"<script>'e", ""] {
            let tokens = Tokens {
                csrf: "c-_9",
                attempt: "AbC_-.0",
                return_to,
            };
            assert_eq!(template.fill(tokens), page(tokens).into_string());
        }
    }

    #[test]
    fn a_page_that_shows_more_than_its_tokens_has_no_template() {
        let counts = |tokens: Tokens<'_>| html! { (page(tokens)) (tokens.csrf.contains("b91c")) };
        assert!(Template::new(counts).is_none());
        let has_a_mark = |tokens: Tokens<'_>| html! { (page(tokens)) (MARKS[0].csrf) };
        assert!(Template::new(has_a_mark).is_none());
    }
}
