use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpResponse, error, web};

use super::{Hsts, SecurityHeaders, secure};

const PUBLIC: &str = "https://signin.example.com/auth";

const NAMES: [&str; 10] = [
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "x-frame-options",
    "referrer-policy",
    "reporting-endpoints",
    "cache-control",
];

const YEAR: Hsts = Hsts {
    max_age: Duration::from_hours(365 * 24),
    subdomains: false,
    preload: false,
};

fn headers(public_is_https: bool) -> SecurityHeaders {
    let form_action = ["https://app.example.com".to_owned()];
    SecurityHeaders::new(public_is_https.then_some(YEAR), &form_action, PUBLIC).unwrap()
}

async fn refuse_on_demand<B: MessageBody>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    if req.path() == "/refused" {
        return Err(error::ErrorForbidden("no"));
    }
    next.call(req).await
}

/// The status and headers of `path`, in an app with one page of each kind.
async fn answer(path: &str) -> (u16, HeaderMap) {
    let page = web::get().to(|| async {
        HttpResponse::Ok()
            .insert_header(("server", "actix"))
            .insert_header(("content-security-policy", "script-src *"))
            .finish()
    });
    let broken = web::get().to(|| async { Err::<&str, _>(error::ErrorInternalServerError("x")) });
    let asset = web::get().to(|| async {
        HttpResponse::Ok()
            .insert_header(("cache-control", "max-age=31536000, immutable"))
            .finish()
    });
    let app = init_service(
        App::new()
            .app_data(web::Data::new(headers(true)))
            .wrap(from_fn(refuse_on_demand))
            .wrap(from_fn(secure))
            .service(web::resource("/page").route(page))
            .service(web::resource("/broken").route(broken))
            .service(web::resource("/asset").route(asset)),
    )
    .await;
    let request = TestRequest::get().uri(path).to_request();
    let result = actix_web::dev::Service::call(&app, request).await;
    let response = result.map_or_else(
        |error| error.error_response(),
        |response| response.into_parts().1.map_into_boxed_body(),
    );
    (response.status().as_u16(), response.headers().clone())
}

#[actix_web::test]
async fn sec_301_302_every_answer_carries_the_whole_set() {
    for (path, status) in [
        ("/page", 200),
        ("/asset", 200),
        ("/missing", 404),
        ("/broken", 500),
        ("/refused", 403),
    ] {
        let (code, headers) = answer(path).await;
        assert_eq!(code, status, "{path}");
        for name in NAMES {
            assert_eq!(headers.get_all(name).count(), 1, "{path} {name}");
        }
        assert!(!headers.contains_key("server"), "{path}");
    }
}

#[actix_web::test]
async fn sec_301_the_policy_names_our_own_files_and_the_allowed_origins_only() {
    let (_, headers) = answer("/page").await;
    assert_eq!(
        headers.get("content-security-policy").unwrap(),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; form-action 'self' https://app.example.com; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; report-uri https://signin.example.com/auth/sign-in/policy-reports; \
         report-to portico"
    );
    assert_eq!(
        headers.get("reporting-endpoints").unwrap(),
        "portico=\"https://signin.example.com/auth/sign-in/policy-reports\""
    );
    assert_eq!(headers.get("referrer-policy").unwrap(), "same-origin");
}

#[actix_web::test]
async fn an_answer_decides_on_its_own_caching_and_nothing_else() {
    let (_, asset) = answer("/asset").await;
    assert_eq!(asset.get("cache-control").unwrap(), "max-age=31536000, immutable");
    let (_, page) = answer("/page").await;
    assert_eq!(page.get("cache-control").unwrap(), "no-store");
}

#[test]
fn sec_301_what_stands_on_the_portal_s_origin_loads_nothing_and_reports_nothing() {
    let mut bare = HeaderMap::new();
    headers(true).apply_to_bare(&mut bare);
    assert_eq!(
        bare.get("content-security-policy").unwrap(),
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    assert!(!bare.contains_key("reporting-endpoints"));
}

#[test]
fn sec_509_over_plain_http_browsers_are_asked_in_the_older_way_alone() {
    let mut plain = HeaderMap::new();
    let headers = SecurityHeaders::new(None, &[], "http://localhost:8080").unwrap();
    headers.apply(&mut plain);
    let policy = plain.get("content-security-policy").unwrap();
    let policy = policy.to_str().unwrap();
    assert!(policy.ends_with("; report-uri http://localhost:8080/sign-in/policy-reports"));
    assert!(!plain.contains_key("reporting-endpoints"));
}

#[test]
fn sec_302_plain_http_promises_no_https() {
    let mut plain = HeaderMap::new();
    headers(false).apply(&mut plain);
    assert!(!plain.contains_key("strict-transport-security"));
}

#[test]
fn sec_302_https_is_promised_for_as_much_as_is_set() {
    let below = Hsts {
        subdomains: true,
        ..YEAR
    };
    let shipped = Hsts { preload: true, ..below };
    let taken_back = Hsts {
        max_age: Duration::ZERO,
        ..YEAR
    };
    for (hsts, said) in [
        (YEAR, "max-age=31536000"),
        (below, "max-age=31536000; includeSubDomains"),
        (shipped, "max-age=31536000; includeSubDomains; preload"),
        (taken_back, "max-age=0"),
    ] {
        let mut map = HeaderMap::new();
        let headers = SecurityHeaders::new(Some(hsts), &[], PUBLIC).unwrap();
        headers.apply(&mut map);
        assert_eq!(map.get("strict-transport-security").unwrap(), said);
    }
}

#[test]
fn an_origin_that_is_no_header_text_is_refused_at_start() {
    let bad = ["https://a\r\nb".to_owned()];
    assert!(SecurityHeaders::new(Some(YEAR), &bad, PUBLIC).is_err());
}

#[actix_web::test]
async fn the_app_goes_on_after_a_refusal() {
    let app = init_service(
        App::new()
            .app_data(web::Data::new(headers(true)))
            .wrap(from_fn(secure))
            .service(web::resource("/page").to(HttpResponse::Ok)),
    )
    .await;
    for _ in 0..2 {
        let request = TestRequest::get().uri("/page").to_request();
        assert!(call_service(&app, request).await.status().is_success());
    }
}
