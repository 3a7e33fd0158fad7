//! Forms that are sent slowly, posted when the session is over: the browser must show the sign-in form, not a
//! connection that was reset.

use serde_json::json;

use crate::customer::Customer;
use crate::programs::{on_path, skip};
use crate::recipe::Kind;

/// 2 Mbit/s, in bytes per second.
const SPEED: u32 = 250_000;

/// Bytes of the field; the larger one takes a quarter of a minute.
const SIZES: [u32; 2] = [20_000, 4_000_000];

#[tokio::test]
async fn a_slow_upload_behind_nginx_leads_to_the_form() {
    uploads(Some(Kind::Nginx)).await;
}

#[tokio::test]
async fn a_slow_upload_behind_caddy_leads_to_the_form() {
    uploads(Some(Kind::Caddy)).await;
}

#[tokio::test]
async fn a_slow_upload_behind_haproxy_leads_to_the_form() {
    uploads(Some(Kind::Haproxy)).await;
}

#[tokio::test]
async fn a_slow_upload_without_a_proxy_leads_to_the_form() {
    uploads(None).await;
}

async fn uploads(proxy: Option<Kind>) {
    if let Some(proxy) = proxy
        && on_path(proxy.name()).or_else(|| skip(proxy.name())).is_none()
    {
        return;
    }
    let Some(customer) = Customer::arrives_behind(proxy).await else {
        return;
    };
    let slow = json!({
        "offline": false, "latency": 20, "downloadThroughput": SPEED, "uploadThroughput": SPEED,
    });
    // To the portal, and to a page of ours that takes no such form.
    let orders = customer.world.destination();
    let (ours, unreadable) = (
        format!("{}/sign-in", customer.world.service),
        "We couldn’t read that request",
    );
    for size in SIZES {
        for (to, heading) in [(&orders, "Sign in"), (&ours, unreadable)] {
            // nginx answers forms of more than 64 KB itself.
            if proxy == Some(Kind::Nginx) && heading == unreadable && size > 64 * 1024 {
                continue;
            }
            customer.goes_to(&orders).await;
            customer.sees("Sign in").await;
            customer.browser.devtools("Network.enable", json!({})).await;
            let throttle = "Network.emulateNetworkConditions";
            customer.browser.devtools(throttle, slow.clone()).await;
            let posts = "const form = document.createElement('form');
                         const field = document.createElement('textarea');
                         form.action = arguments[0];
                         form.method = 'post';
                         form.enctype = 'multipart/form-data';
                         field.name = 'field';
                         field.value = 'a'.repeat(arguments[1]);
                         form.append(field);
                         document.body.append(form);
                         setTimeout(() => form.submit())";
            let arguments = [json!(to), json!(size)];
            let post = async {
                customer.evaluates(posts, &arguments).await;
            };
            customer.moves_on(post).await;
            customer.sees(heading).await;
        }
    }
    customer.leaves_after(&[413, 415]).await;
}
