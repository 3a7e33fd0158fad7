//! `/.well-known/jwks.json`: the keys with which a portal verifies the signed identity.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::Data;

use crate::web::forward_auth::verify::Verify;

/// Path below the base path.
pub(in crate::web) const PATH: &str = "/.well-known/jwks.json";

/// The public keys. A new key is published for as long as the key ring holds it as its next, long before it signs.
pub(in crate::web) async fn show(verify: Data<Verify>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::json())
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(verify.key_set().to_owned())
}
