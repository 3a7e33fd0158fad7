//! `GET /companion.js`: the script for portal pages (docs/portal.md). Its address never changes, so that a portal can
//! name it. The browser revalidates it each time, and mostly gets 304.

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

use super::assets::hash;

/// The script before minification.
const SOURCE: &str = include_str!("../../../assets/companion.js");

static COMPANION: LazyLock<Companion> = LazyLock::new(Companion::new);

struct Companion {
    plain: Bytes,
    /// Compressed once, at the best level. The middleware that compresses each answer is fast, but compresses less.
    gzipped: Bytes,
    version: String,
}

impl Companion {
    fn new() -> Self {
        // OK to fall back: a test shows that minification succeeds, and the script works without it.
        let plain = minifier::js::minify(SOURCE).map_or_else(|_| SOURCE.to_owned(), |short| short.to_string());
        Self {
            version: hash(plain.as_bytes()),
            gzipped: gzipped(plain.as_bytes()),
            plain: plain.into(),
        }
    }
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
    use super::{COMPANION, SOURCE};

    #[test]
    fn it_is_shortened_and_fits_into_two_kibibytes() {
        assert!(COMPANION.plain.len() < SOURCE.len() / 3 * 2);
        let bytes = COMPANION.gzipped.len();
        assert!(bytes <= 2048, "{bytes} bytes, gzipped");
    }
}
