//! The paths that a rule applies to.

use std::fmt;

use super::path::PathMatching;

/// A path and, unless it is exact, everything below it. `*` stands for one whole segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<Segment>,
    is_exact: bool,
}

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
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

    /// The same pattern in the form that paths are compared in.
    pub(super) fn read_by(mut self, matching: PathMatching) -> Self {
        for segment in &mut self.segments {
            if let Segment::Named(name) = segment {
                *name = matching.reads_segment(std::mem::take(name));
            }
        }
        self
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Whether the pattern covers the path, which is in the form that paths are compared in.
    pub(super) fn covers(&self, path: &str) -> bool {
        let mut given = segments(path);
        let fits = self.segments.iter().all(|wanted| match (wanted, given.next()) {
            (_, None) => false,
            (Segment::Any, Some(_)) => true,
            (Segment::Named(name), Some(segment)) => name == segment,
        });
        fits && (!self.is_exact || given.next().is_none())
    }
}

/// The segments of a path. A trailing slash begins none.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1).filter(|segment| !segment.is_empty())
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
}
