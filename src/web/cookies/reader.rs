//! The one reader of the `Cookie` header. Cookies are octets (RFC 6265 §5.4): a portal may set any cookies beside ours,
//! even with letters outside ASCII, and no cookie may hide another.

use std::borrow::Cow;

use actix_web::http::header::{COOKIE, HeaderMap};
use memchr::{memchr, memchr_iter};

/// Start of every cookie name of ours, after the prefix that https gives it.
const OURS: &[u8] = b"portico-";

/// The values under one name that are UTF-8; all of ours are. Quotes and percent signs are part of a value.
pub(in crate::web) fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(COOKIE);
    let pairs = lines.flat_map(|line| pairs(line.as_bytes()));
    pairs
        .filter_map(named)
        .filter(move |(has, _)| *has == name.as_bytes())
        .filter_map(|(_, value)| std::str::from_utf8(value).ok())
}

/// The names that are UTF-8.
pub(in crate::web) fn names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(COOKIE);
    let pairs = lines.flat_map(|line| pairs(line.as_bytes()));
    pairs
        .filter_map(named)
        .filter_map(|(name, _)| std::str::from_utf8(name).ok())
}

/// A line without our cookies, the others byte for byte; `None` when there are no others.
pub(in crate::web) fn without_ours(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (mut others, mut are_all) = (Vec::with_capacity(line.len()), true);
    for pair in pairs(line).filter(|pair| !pair.is_empty()) {
        if is_ours(pair) {
            are_all = false;
        } else {
            if !others.is_empty() {
                others.extend_from_slice(b"; ");
            }
            others.extend_from_slice(pair);
        }
    }
    if others.is_empty() {
        return None;
    }
    Some(if are_all {
        Cow::Borrowed(line)
    } else {
        Cow::Owned(others)
    })
}

/// Whether `name=value` is a cookie of ours, with or without the prefix that https gives it. Browsers send a cookie
/// without a name back without its `=`, and it would then read as ours.
pub(in crate::web) fn is_ours(pair: &[u8]) -> bool {
    let pair = pair.trim_ascii();
    let pair = pair.strip_prefix(b"=").unwrap_or(pair);
    let name = memchr(b'=', pair).and_then(|at| pair.get(..at)).unwrap_or(pair);
    let name = name.trim_ascii();
    let bare = [&b"__Host-"[..], b"__Secure-"]
        .iter()
        .find_map(|prefix| name.strip_prefix(*prefix))
        .unwrap_or(name);
    bare.starts_with(OURS)
}

fn pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut begin = 0;
    let ends = memchr_iter(b';', line).chain([line.len()]);
    ends.filter_map(move |end| {
        let pair = line.get(begin..end)?;
        begin = end + 1;
        Some(pair.trim_ascii())
    })
}

/// Name and value; `None` for a pair without `=`, which has no name.
fn named(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr(b'=', pair)?;
    let (name, value) = pair.split_at(at);
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn found(lines: &[&[u8]]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        values(&headers, "id").map(str::to_owned).collect()
    }

    #[test]
    fn whatever_stands_beside_it_a_cookie_is_found() {
        for line in [
            &b"id=x"[..],
            "n=J\u{f6}rg; id=x".as_bytes(),
            b"n=J\xf6rg; id=x; m=\xff",
            b"n=%zz; id=x",
            b"n=\"a; id=x; b\"",
            b"n; id=x",
            b"=n; id=x",
            b";; ;id=x;",
            b" \t id = x \t ; b=id=y",
        ] {
            assert_eq!(found(&[line]), ["x"], "{}", line.escape_ascii());
        }
        assert_eq!(found(&[b"a=1", b"n=\xf6", b"id=x", b"b=2"]), ["x"]);
        assert_eq!(found(&[b"id=x; id=y", b"id=x"]), ["x", "y", "x"]);
    }

    #[test]
    fn a_value_is_what_stands_there() {
        assert_eq!(found(&[b"id=\"x\""]), ["\"x\""]);
        assert_eq!(found(&[b"id=%78"]), ["%78"]);
        assert_eq!(found(&[b"id=x=y="]), ["x=y="]);
        for line in [&b"ID=x"[..], b"id\xf6=x", b"id=\xf6", b"xid=x", b"id", b""] {
            assert_eq!(found(&[line]), [""; 0], "{}", line.escape_ascii());
        }
    }

    #[test]
    fn sec_313_no_cookie_of_ours_reaches_the_portal_and_every_other_does() {
        for (line, kept) in [
            (&b"portico-session=a"[..], None),
            (b"__Host-portico-session=a", None),
            (b"__Secure-portico-session=a; __Host-portico-way=otp", None),
            (b"a=1; portico-session=x; b=2", Some(&b"a=1; b=2"[..])),
            (b"a=1;__Host-portico-pass=x", Some(b"a=1")),
            (
                b" portico-attempt =x; a=portico-session=1",
                Some(b"a=portico-session=1"),
            ),
            (b"portico-way; a=1", Some(b"a=1")),
            (b"=portico-session=x; a=1; =b", Some(b"a=1; =b")),
            (b"my-portico-session=1", Some(b"my-portico-session=1")),
            (b"n=J\xc3\xb6rg; portico-way=x; m=\xf6", Some(b"n=J\xc3\xb6rg; m=\xf6")),
            (b"a=1;b= 2 ;; c", Some(b"a=1;b= 2 ;; c")),
            (b"; ;", None),
            (b"", None),
        ] {
            let cookies = without_ours(line);
            assert_eq!(cookies.as_deref(), kept, "{}", line.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn no_octets_beside_it_hide_a_cookie(
            before in proptest::collection::vec(0x20_u8..=0xff, 0..60),
            after in proptest::collection::vec(0x20_u8..=0xff, 0..60),
        ) {
            prop_assume!(!before.contains(&0x7f) && !after.contains(&0x7f));
            let line = [&before[..], b"; id=mine; ", &after].concat();
            prop_assert!(found(&[&line]).contains(&"mine".to_owned()));
            let line = [&before[..], b"; portico-session=mine; ", &after].concat();
            let others = without_ours(&line).unwrap_or_default();
            prop_assert!(!pairs(&others).any(is_ours));
        }
    }
}
