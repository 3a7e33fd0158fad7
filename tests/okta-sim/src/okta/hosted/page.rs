//! The layout of the hosted pages, and the pages that belong to no sign-in.

use maud::{DOCTYPE, Markup, html};

use crate::reply::Reply;

/// No `form-action`: browsers check every redirect after a posted form against it, and these lead to the application
/// and on to any address that it chooses.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";

pub(super) fn framed(status: u16, title: &str, body: &Markup) -> Reply {
    document(status, title, None, body)
}

fn document(status: u16, title: &str, script: Option<&str>, body: &Markup) -> Reply {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · okta-sim" }
                link rel="stylesheet" href="/phone/assets/phone.css";
                link rel="stylesheet" href="/signin/assets/sign-in.css";
                @if let Some(script) = script { script type="module" src=(script) {} }
            }
            body { main.sign-in { h1 { (title) } (body) } }
        }
    };
    Reply::text(status, HTML, page.into_string())
        .header("Cache-Control", "no-cache, no-store")
        .header("Content-Security-Policy", POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "strict-origin")
}

/// For a browser that cannot be sent back.
pub(super) fn error(refusal: &Reply) -> Reply {
    let error = refusal.error_code().unwrap_or_default();
    let body = html! {
        p role="alert" { (refusal.description().unwrap_or_default()) }
        p.quiet { "Error code: " code { (error) } }
    };
    Reply {
        misuse: refusal.misuse,
        ..framed(400, "400 Bad Request", &body).error(&error)
    }
}

/// Posts the fields to the application; by itself where script is on.
pub(super) fn form_post(to: &str, fields: &[(&str, &str)]) -> Reply {
    let body = html! {
        form method="post" action=(to) data-post-now {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button.main { "Continue" }
        }
    };
    let script = Some("/signin/assets/form-post.js");
    document(200, "Back to the application", script, &body)
}

/// A real org shows its general sign-in page here.
pub(super) fn signed_out() -> Reply {
    framed(
        200,
        "Signed out",
        &html! { p { "Your session with this org is over." } },
    )
}
