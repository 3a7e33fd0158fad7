//! The operator's access rules: the first that matches decides.

use std::borrow::Cow;
use std::fmt;

use super::hosts::{Authority, HostPattern};
use super::path::{Ambiguous, PathMatching, without_parameters};
use crate::domain::assurance::Wanted;

/// What a rule requires of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing. A customer who is signed in is named to the portal all the same.
    Public,
    /// A session, and perhaps more.
    SignedIn {
        /// One of these groups; empty: none is required.
        groups: Vec<String>,
        /// How the customer must have authenticated.
        wanted: Wanted,
    },
    /// Nobody passes.
    Nobody,
}

/// A session and no more: the requirement where no rule matches.
static SESSION: Requirement = Requirement::SignedIn {
    groups: Vec::new(),
    wanted: Wanted {
        acr_values: Vec::new(),
        max_age: None,
    },
};

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The host; `None`: every host.
    pub host: Option<HostPattern>,
    /// The part of the host.
    pub path: PathPattern,
    /// The methods; empty: every method.
    pub methods: Vec<String>,
    /// What is required.
    pub requirement: Requirement,
}

/// A path and, unless it is exact, everything below it. `*` stands for one whole segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<Segment>,
    is_exact: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Any,
    Named(String),
}

impl PathPattern {
    /// `None` unless it is a plain path: a slash in front, no empty or dot segment, nothing escaped.
    pub fn parse(text: &str, is_exact: bool) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let rest = rest.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(rest);
        let segment = |text: &str| match text {
            "" | "." | ".." => None,
            "*" => Some(Segment::Any),
            _ if text.contains(['*', '%', '\\', ';', '?', '#']) => None,
            _ if text.chars().any(char::is_control) => None,
            _ => Some(Segment::Named(text.to_owned())),
        };
        let segments = if rest.is_empty() {
            Some(Vec::new())
        } else {
            rest.split('/').map(segment).collect()
        };
        Some(Self {
            segments: segments?,
            is_exact,
        })
    }

    /// The same pattern in the form in which paths are compared.
    fn read_by(mut self, matching: PathMatching) -> Self {
        for segment in &mut self.segments {
            if let Segment::Named(name) = segment {
                *name = matching.reads_segment(std::mem::take(name));
            }
        }
        self
    }

    /// Whether the pattern covers the path, which is in the form in which paths are compared.
    pub(super) fn covers(&self, path: &str) -> bool {
        let mut given = path.split('/').skip(1).filter(|segment| !segment.is_empty());
        let fits = self.segments.iter().all(|wanted| match (wanted, given.next()) {
            (_, None) => false,
            (Segment::Any, Some(_)) => true,
            (Segment::Named(name), Some(segment)) => name == segment,
        });
        fits && (!self.is_exact || given.next().is_none())
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Any => f.write_str("/*")?,
                Segment::Named(name) => write!(f, "/{name}")?,
            }
        }
        f.write_str(match (self.segments.is_empty(), self.is_exact) {
            (true, true) => "/ alone",
            (true, false) => "/ and below",
            (false, true) => " alone",
            (false, false) => " and below",
        })
    }
}

/// All rules, in the operator's order.
#[derive(Debug, Clone)]
pub struct Rules {
    rules: Vec<Rule>,
    matching: PathMatching,
}

/// The requirement for a request, and the rule that states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'a> {
    /// The position of the rule, the first being 1; `None`: no rule matches.
    pub number: Option<usize>,
    /// What is required.
    pub requirement: &'a Requirement,
}

impl Rules {
    /// The rules in their order, and how paths are compared with theirs.
    pub fn new(rules: Vec<Rule>, matching: PathMatching) -> Self {
        let read = |rule: Rule| Rule {
            path: rule.path.read_by(matching),
            ..rule
        };
        Self {
            rules: rules.into_iter().map(read).collect(),
            matching,
        }
    }

    /// The requirement for this path, which is in its normal form.
    pub(super) fn decide(&self, authority: &Authority<'_>, path: &str, method: &str) -> Result<Decided<'_>, Ambiguous> {
        let decided = self.first(authority, &self.read(path)?, method);
        match without_parameters(path) {
            Cow::Borrowed(_) => Ok(decided),
            Cow::Owned(plain) => {
                let other = self.first(authority, &self.read(&plain)?, method);
                if other.requirement == decided.requirement {
                    Ok(decided)
                } else {
                    Err(Ambiguous::Parameter)
                }
            }
        }
    }

    /// A path in its normal form as it is compared with those of the rules.
    pub(super) fn read<'a>(&self, path: &'a str) -> Result<Cow<'a, str>, Ambiguous> {
        self.matching.reads(Cow::Borrowed(path))
    }

    /// The rules and their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Rule)> {
        self.rules.iter().enumerate().map(|(at, rule)| (at + 1, rule))
    }

    fn first(&self, authority: &Authority<'_>, path: &str, method: &str) -> Decided<'_> {
        let fits = |rule: &Rule| {
            rule.host.as_ref().is_none_or(|host| host.matches_authority(authority))
                && rule.path.covers(path)
                && (rule.methods.is_empty() || rule.methods.iter().any(|known| known == method))
        };
        let found = self.iter().find(|(_, rule)| fits(rule));
        found.map_or(
            Decided {
                number: None,
                requirement: &SESSION,
            },
            |(number, rule)| Decided {
                number: Some(number),
                requirement: &rule.requirement,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> PathPattern {
        PathPattern::parse(text, false).unwrap()
    }

    #[test]
    fn a_path_covers_itself_and_what_is_below_it_by_whole_segments() {
        for (text, path, covers) in [
            ("/", "/", true),
            ("/", "/a/b", true),
            ("/admin", "/admin", true),
            ("/admin", "/admin/", true),
            ("/admin/", "/admin", true),
            ("/admin", "/admin/users", true),
            ("/admin", "/administrator", false),
            ("/admin", "/Admin", false),
            ("/admin", "/", false),
            ("/*/admin", "/a/admin/x", true),
            ("/*/admin", "/admin", false),
            ("/a/*", "/a", false),
            ("/a/*", "/a/b", true),
        ] {
            assert_eq!(pattern(text).covers(path), covers, "{text} {path}");
        }
        let exact = PathPattern::parse("/", true).unwrap();
        assert!(exact.covers("/") && !exact.covers("/a"));
        let exact = PathPattern::parse("/a/b", true).unwrap();
        assert!(exact.covers("/a/b") && exact.covers("/a/b/") && !exact.covers("/a/b/c"));
    }

    #[test]
    fn a_pattern_that_could_fit_nothing_or_too_much_is_refused() {
        for text in [
            "", "admin", "//", "/a//b", "/a/../b", "/./a", "/a*", "/**", "/%61", "/a;b", "/a?b", "/a#b", "/a\\b",
            "/a\nb",
        ] {
            assert_eq!(PathPattern::parse(text, false), None, "{text}");
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rule = |path: &str, methods: &[&str], requirement| Rule {
            host: None,
            path: pattern(path),
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            requirement,
        };
        let rules = Vec::from([
            rule("/api/health", &["GET"], Requirement::Public),
            rule("/api", &[], Requirement::Nobody),
            rule("/", &["OPTIONS"], Requirement::Public),
        ]);
        let rules = Rules::new(rules, PathMatching::Exact);
        let authority = Authority::parse("https", "app.example.com").unwrap();
        for (path, method, number) in [
            ("/api/health", "GET", Some(1)),
            ("/api/health", "POST", Some(2)),
            ("/api/x", "GET", Some(2)),
            ("/", "OPTIONS", Some(3)),
            ("/", "GET", None),
        ] {
            let decided = rules.decide(&authority, path, method).unwrap();
            assert_eq!(decided.number, number, "{method} {path}");
        }
        // One server reads /api/health here, another something below /api.
        assert_eq!(
            rules.decide(&authority, "/api;x/health", "GET"),
            Err(Ambiguous::Parameter)
        );
        assert_eq!(rules.decide(&authority, "/x;/api", "GET").map(|d| d.number), Ok(None));
    }

    #[test]
    fn sec_311_on_windows_a_rule_holds_for_every_name_of_a_file() {
        let rule = |path: &str, requirement| Rule {
            host: None,
            path: pattern(path),
            methods: Vec::new(),
            requirement,
        };
        let rules = || {
            vec![
                rule("/Admin/v1.", Requirement::Nobody),
                rule("/admin", Requirement::Public),
            ]
        };
        let authority = Authority::parse("https", "app.example.com").unwrap();
        let decide = |matching, path| {
            let rules = Rules::new(rules(), matching);
            rules.decide(&authority, path, "GET").map(|d| d.number)
        };
        for (path, exact, windows) in [
            ("/Admin/v1./x", Ok(Some(1)), Ok(Some(1))),
            ("/admin/v1", Ok(Some(2)), Ok(Some(1))),
            ("/ADMIN/V1.. /x", Ok(None), Ok(Some(1))),
            ("/admin. ", Ok(None), Ok(Some(2))),
            ("/Admin/V1~1", Ok(None), Err(Ambiguous::Windows)),
            ("/admin::$INDEX_ALLOCATION", Ok(None), Err(Ambiguous::Windows)),
            ("/admin/v1.;x", Err(Ambiguous::Parameter), Err(Ambiguous::Parameter)),
        ] {
            if !path.contains(';') {
                assert_eq!(decide(PathMatching::Exact, path), exact, "{path}");
            }
            assert_eq!(decide(PathMatching::Windows, path), windows, "{path}");
        }
    }
}
