//! `/`, and the base path of the service: customers type these.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use portico_views::paths;

use crate::web::site::Site;

/// Redirects to the form, which redirects signed-in customers to their destination.
pub(in crate::web) async fn show(site: Data<Site>) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, site.path(paths::SIGN_IN)))
        .finish()
}
