//! The least that a page can cost: the same headers and the same bytes each time.

use std::path::PathBuf;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};

use super::serves;
use crate::process::IS_PART;

/// The file with an answer of the service.
pub(crate) const ANSWER: &str = "PORTICO_LOAD_ANSWER";

/// What the server adds by itself.
const ITS_OWN: [&str; 2] = ["content-length", "date"];

struct Answer {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

#[test]
#[ignore = "a part of the load run, in a process of its own"]
fn server() {
    let file = std::env::var_os(ANSWER).map(PathBuf::from);
    let (Some(_), Some(file)) = (std::env::var_os(IS_PART), file) else {
        return;
    };
    let answer = Data::new(read(&std::fs::read_to_string(file).unwrap()));
    serves(|listener| {
        let server = HttpServer::new(move || App::new().app_data(Data::clone(&answer)).default_service(web::to(show)))
            .tcp_nodelay(true)
            .shutdown_timeout(0)
            .disable_signals();
        Ok(server.listen(listener)?.run())
    });
}

fn read(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let headers = head.lines().skip(1).filter_map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        let header = (name.parse().unwrap(), value.parse().unwrap());
        (!ITS_OWN.contains(&name)).then_some(header)
    });
    Answer {
        headers: headers.collect(),
        body: Bytes::from(body.to_owned()),
    }
}

async fn show(answer: Data<Answer>) -> HttpResponse {
    let mut response = HttpResponse::Ok().body(answer.body.clone());
    for (name, value) in &answer.headers {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}
