//! Stylesheets (joined into one file), scripts and pictures: compressed, and cached for ever under their hash.

use std::collections::HashMap;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::web::brand::Brand;
use crate::web::error::WebError;

/// Start of every asset's address, below the base path.
pub(in crate::web) const PREFIX: &str = "/assets/";

/// One stylesheet per component, joined in the order of their names. The first declares the cascade layers.
const CSS: &str = concat!(
    include_str!("../../../assets/css/00-layers.css"),
    include_str!("../../../assets/css/10-reset.css"),
    include_str!("../../../assets/css/20-tokens.css"),
    include_str!("../../../assets/css/30-base.css"),
    include_str!("../../../assets/css/40-page.css"),
    include_str!("../../../assets/css/50-masthead.css"),
    include_str!("../../../assets/css/51-heading.css"),
    include_str!("../../../assets/css/52-field.css"),
    include_str!("../../../assets/css/53-button.css"),
    include_str!("../../../assets/css/54-link.css"),
    include_str!("../../../assets/css/55-summary.css"),
    include_str!("../../../assets/css/56-notice.css"),
    include_str!("../../../assets/css/57-ways.css"),
    include_str!("../../../assets/css/58-emblem.css"),
    include_str!("../../../assets/css/59-wait.css"),
    include_str!("../../../assets/css/60-signer.css"),
    include_str!("../../../assets/css/61-foot.css"),
    include_str!("../../../assets/css/62-account.css"),
    include_str!("../../../assets/css/63-outcomes.css"),
    include_str!("../../../assets/css/64-gallery.css"),
    include_str!("../../../assets/css/65-tick.css"),
    include_str!("../../../assets/css/66-dot.css"),
    include_str!("../../../assets/css/80-states.css"),
    include_str!("../../../assets/css/90-media.css"),
);

const SCRIPTS: [(&str, &str); 8] = [
    ("caps-lock.js", include_str!("../../../assets/js/caps-lock.js")),
    ("countdown.js", include_str!("../../../assets/js/countdown.js")),
    ("focus-summary.js", include_str!("../../../assets/js/focus-summary.js")),
    ("passkey.js", include_str!("../../../assets/js/passkey.js")),
    ("push-wait.js", include_str!("../../../assets/js/push-wait.js")),
    ("refresh.js", include_str!("../../../assets/js/refresh.js")),
    (
        "reveal-password.js",
        include_str!("../../../assets/js/reveal-password.js"),
    ),
    ("submit-once.js", include_str!("../../../assets/js/submit-once.js")),
];

#[derive(Debug, Clone)]
pub struct AssetFile {
    media_type: &'static str,
    bytes: Bytes,
    hash: String,
}

/// Every file of this installation, by name.
#[derive(Debug, Clone)]
pub struct AssetFiles {
    files: HashMap<String, AssetFile>,
}

/// The version in the address. For another version the current file is served, but must be revalidated.
#[derive(Debug, serde::Deserialize)]
pub(in crate::web) struct VersionQuery {
    v: Option<String>,
}

impl AssetFiles {
    /// The files of the pages and of the operator's brand.
    pub fn new(brand: &Brand) -> Self {
        let mut files = HashMap::new();
        let mut add = |name: &str, media_type, bytes: Vec<u8>| {
            let hash = hash(&bytes);
            files.insert(
                name.to_owned(),
                AssetFile {
                    media_type,
                    bytes: Bytes::from(bytes),
                    hash,
                },
            );
        };
        add("app.css", "text/css; charset=utf-8", CSS.as_bytes().to_vec());
        add("brand.css", "text/css; charset=utf-8", brand.css.clone().into_bytes());
        for (name, text) in SCRIPTS {
            add(name, "text/javascript; charset=utf-8", text.as_bytes().to_vec());
        }
        for (name, picture) in [
            ("logo", &brand.logo),
            ("logo-dark", &brand.logo_dark),
            ("favicon", &brand.favicon),
        ] {
            if let Some(picture) = picture {
                add(name, picture.media_type, picture.bytes.clone());
            }
        }
        Self { files }
    }

    /// The address of a file, prefix and hash included.
    pub(in crate::web) fn address(&self, base: &str, name: &str) -> String {
        let hash = self.files.get(name).map_or("", |file| &file.hash);
        format!("{base}{PREFIX}{name}?v={hash}")
    }
}

pub(in crate::web) async fn show(
    name: web::Path<String>,
    query: web::Query<VersionQuery>,
    files: web::Data<AssetFiles>,
) -> Result<HttpResponse, WebError> {
    let file = files.files.get(name.as_str()).ok_or(WebError::NotFound)?;
    let is_current = query.v.as_deref() == Some(&file.hash);
    let caching = if is_current {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.media_type))
        .insert_header((CACHE_CONTROL, caching))
        .body(file.bytes.clone()))
}

pub(in crate::web) fn hash(bytes: &[u8]) -> String {
    let sum = digest(&SHA256, bytes);
    URL_SAFE_NO_PAD.encode(sum.as_ref()).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::{CSS, SCRIPTS};

    fn files(folder: &str) -> Vec<(String, String)> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        paths
            .iter()
            .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
            .collect()
    }

    #[test]
    fn every_stylesheet_is_served_in_the_order_of_the_names() {
        let joined: String = files("assets/css").into_iter().map(|(_, text)| text).collect();
        assert!(joined == CSS, "the list in web::assets differs from assets/css");
    }

    #[test]
    fn every_script_is_served() {
        let served: Vec<_> = SCRIPTS
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        assert!(
            files("assets/js") == served,
            "the list in web::assets differs from assets/js"
        );
    }
}
