//! `GET /companion.js`: the script for portal pages (docs/portal.md). Its address never changes, so that a portal can
//! name it. The browser revalidates it each time, and mostly gets 304.

mod shorten;
mod stylesheet;

use std::io::Write as _;
use std::sync::LazyLock;

use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ContentEncoding, ETag, Encoding, EntityTag,
    IfNoneMatch, VARY,
};
use actix_web::web::{Bytes, Header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use portico_views::copy::{self, Words};
use serde::Serialize;

use super::assets::hash;

const SCRIPT: &str = include_str!("../../../assets/companion.js");
const STYLESHEET: &str = include_str!("../../../assets/companion.css");

/// What the script has in the place of the words and of the stylesheet.
const WORDS_PLACE: &str = r#""{words}""#;
const STYLES_PLACE: &str = r#""{styles}""#;

/// The words of one language, as the script reads them.
#[derive(Serialize)]
struct LanguageWords {
    lang: &'static str,
    ending: &'static str,
    at_limit: &'static str,
    ended: &'static str,
    sign_in: &'static str,
    other: &'static str,
    reload: &'static str,
    stay: &'static str,
    sign_out: &'static str,
    later: &'static str,
}

static COMPANION: LazyLock<Companion> = LazyLock::new(Companion::new);

struct Companion {
    plain: Bytes,
    /// Compressed once, at the best level. The middleware that compresses each answer is fast, but compresses less.
    gzipped: Bytes,
    version: String,
}

impl Companion {
    fn new() -> Self {
        let script = whole();
        // OK to fall back: a test shows that the script is shortened, and it works without that.
        let plain = shorten::shorten(&script).unwrap_or(script);
        Self {
            version: hash(plain.as_bytes()),
            gzipped: gzipped(plain.as_bytes()),
            plain: plain.into(),
        }
    }
}

impl LanguageWords {
    fn new(words: &Words) -> Self {
        let companion = words.companion;
        Self {
            lang: words.lang,
            ending: companion.ending,
            at_limit: companion.at_limit,
            ended: companion.ended,
            sign_in: companion.sign_in,
            other: companion.other,
            reload: companion.reload,
            stay: companion.stay,
            sign_out: companion.sign_out,
            later: companion.later,
        }
    }
}

/// The script with its words and its stylesheet.
fn whole() -> String {
    let words = copy::ALL.map(LanguageWords::new);
    let styles = stylesheet::squeeze(STYLESHEET);
    SCRIPT
        .replace(WORDS_PLACE, &json(&words))
        .replace(STYLES_PLACE, &json(&styles))
}

/// JSON is a part of JavaScript. Texts and lists of them can always be written.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(in crate::web) async fn show(
    accepted: Option<Header<AcceptEncoding>>,
    known: Option<Header<IfNoneMatch>>,
) -> HttpResponse {
    // A weak tag: it stands for the same script, compressed or not.
    let tag = EntityTag::new_weak(COMPANION.version.clone());
    if known.is_some_and(|Header(known)| knows(&known, &tag)) {
        return tagged(HttpResponse::NotModified(), tag).finish();
    }
    let mut answer = tagged(HttpResponse::Ok(), tag);
    answer.insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"));
    if accepted.is_some_and(|Header(accepted)| takes_gzip(&accepted)) {
        answer.insert_header((CONTENT_ENCODING, ContentEncoding::Gzip));
        return answer.body(COMPANION.gzipped.clone());
    }
    answer.body(COMPANION.plain.clone())
}

fn tagged(mut answer: HttpResponseBuilder, tag: EntityTag) -> HttpResponseBuilder {
    answer
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header(ETag(tag));
    answer
}

fn knows(known: &IfNoneMatch, tag: &EntityTag) -> bool {
    match known {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|known| known.weak_eq(tag)),
    }
}

fn takes_gzip(accepted: &AcceptEncoding) -> bool {
    let ours = [Encoding::gzip(), Encoding::identity()];
    accepted.negotiate(ours.iter()) == Some(Encoding::gzip())
}

fn gzipped(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // OK to ignore: writing to a vector cannot fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use portico_views::copy;

    use super::*;

    #[test]
    fn it_is_shortened_and_fits_into_two_kibibytes() {
        assert_eq!(shorten::shorten(&whole()).map(Bytes::from), Ok(COMPANION.plain.clone()));
        assert!(COMPANION.plain.len() < whole().len() / 3 * 2);
        let bytes = COMPANION.gzipped.len();
        assert!(bytes <= 2048, "{bytes} bytes, gzipped");
    }

    #[test]
    fn no_name_of_its_own_is_left_long() {
        let plain = std::str::from_utf8(&COMPANION.plain).unwrap();
        for long in [
            "session=",
            "refusedToken",
            "findHeading",
            "isSignedInAgain",
            "dismissed",
        ] {
            assert!(!plain.contains(long), "{long}: {plain}");
        }
    }

    #[test]
    fn the_words_are_those_of_the_catalogue_and_the_colours_those_of_the_stylesheet() {
        for place in [WORDS_PLACE, STYLES_PLACE] {
            assert_eq!(SCRIPT.matches(place).count(), 1, "{place}");
        }
        let plain = std::str::from_utf8(&COMPANION.plain).unwrap();
        for words in copy::ALL {
            for text in [words.companion.ended, words.companion.later] {
                assert!(plain.contains(&format!("\"{text}\"")), "{text}: {plain}");
            }
        }
        assert!(plain.contains("h2 + *{background:#26d;color:#fff}"), "{plain}");
    }
}
