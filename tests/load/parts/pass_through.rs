//! The least that a sign-in page in front of Okta can do: a form, and one call that passes the password on.

use actix_web::http::header::{ContentType, LOCATION};
use actix_web::web::{self, Data, Form};
use actix_web::{App, HttpResponse, HttpServer};
use reqwest::Client;
use serde::Deserialize;

use super::{number, serves};

/// Where the simulated org listens.
pub(crate) const OKTA: &str = "PORTICO_LOAD_OKTA";

#[derive(Deserialize)]
struct SignIn {
    username: String,
    password: String,
}

struct Okta {
    client: Client,
    token: String,
}

/// Nothing is verified, stored, limited or logged.
#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn server() {
    let Some(okta) = number(OKTA) else {
        return;
    };
    serves(|listener| {
        let okta = Data::new(Okta {
            client: Client::builder().no_proxy().build().unwrap(),
            token: format!("http://localhost:{okta}/oauth2/v1/token"),
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::clone(&okta))
                .route("/sign-in", web::get().to(form))
                .route("/sign-in", web::post().to(sign_in))
        })
        .shutdown_timeout(0)
        .disable_signals();
        Ok(server.listen(listener)?.run())
    });
}

async fn form() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .body("<form method=post><input name=username><input name=password type=password></form>")
}

async fn sign_in(form: Form<SignIn>, okta: Data<Okta>) -> HttpResponse {
    let fields = [
        ("grant_type", "password"),
        ("client_id", "portico-demo"),
        ("scope", "openid profile email offline_access"),
        ("username", &form.username),
        ("password", &form.password),
    ];
    let answer = okta.client.post(&okta.token).form(&fields).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let tokens: serde_json::Value = answer.json().await.unwrap();
    assert!(tokens["id_token"].is_string());
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "/"))
        .insert_header(("set-cookie", "portico-session=1; Path=/"))
        .finish()
}
