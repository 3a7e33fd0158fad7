//! The portal behind real proxies, started with what `portico proxy-config` prints: a customer's whole way, from the
//! portal to the form, by the phone, back, and out; and the same without a proxy.

use std::fs::File;
use std::process::{Child, Stdio};

use tempfile::TempDir;

use crate::customer::{Customer, PASSWORD};
use crate::programs::{on_path, skip};
use crate::recipe::{Kind, Program as _, Recipe};
use crate::waiting::wait_for;

/// A running proxy. It ends with its world.
#[derive(Debug)]
pub(crate) struct Proxy {
    child: Child,
    _folder: TempDir,
}

impl Proxy {
    /// Starts it, and waits until it serves the form at this address.
    pub(crate) async fn start(kind: Kind, recipe: &Recipe<'_>, form: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let complaints = folder.path().join("complaints");
        let child = kind
            .command(recipe, folder.path(), false)
            .stdout(Stdio::null())
            .stderr(File::create(&complaints).unwrap())
            .spawn()
            .unwrap();
        let proxy = Self { child, _folder: folder };
        let served = wait_for(kind.name(), async || {
            let answer = reqwest::get(form).await.ok()?;
            answer.status().is_success().then_some(())
        });
        if let Err(vain) = served.await {
            panic!("{vain}: {}", std::fs::read_to_string(complaints).unwrap());
        }
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_whole_way_behind_nginx() {
    goes_the_whole_way(Some(Kind::Nginx)).await;
}

#[tokio::test]
async fn the_whole_way_behind_caddy() {
    goes_the_whole_way(Some(Kind::Caddy)).await;
}

#[tokio::test]
async fn the_whole_way_behind_haproxy() {
    goes_the_whole_way(Some(Kind::Haproxy)).await;
}

#[tokio::test]
async fn the_whole_way_without_a_proxy() {
    goes_the_whole_way(None).await;
}

async fn goes_the_whole_way(proxy: Option<Kind>) {
    const LOGIN: &str = "push@example.com";
    if let Some(proxy) = proxy
        && on_path(proxy.name()).or_else(|| skip(proxy.name())).is_none()
    {
        return;
    }
    let Some(customer) = Customer::arrives_behind(proxy).await else {
        return;
    };
    let orders = customer.world.destination();
    customer.goes_to(&orders).await;
    customer.tries_password(LOGIN, PASSWORD).await;
    customer.chooses("push").await;
    let prompt = customer.world.prompt("push").await;
    customer.world.phone("push").approve(&prompt.id).unwrap();
    customer.waits_for_destination().await;
    assert_eq!(customer.reads(".who").await, LOGIN);
    customer.reloads().await;
    customer.waits_for_destination().await;

    customer.opens("/sign-out").await;
    customer.sees("Sign out?").await;
    customer.presses("Sign out").await;
    customer.sees("You’re signed out").await;
    customer.goes_to(&orders).await;
    customer.sees("Sign in").await;
    customer.leaves().await;
}
