//! SIGHUP: the settings are read again while the service runs. The other signals beside those that stop it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use okta_sim::test_keys::CLIENT_SECRET;
use okta_sim::{Endpoint, Fault, FaultKind, Settings};
use tempfile::{TempDir, tempdir};

use crate::support::{PASSWORD, Served, client, eventually, portico, run, status};

/// A service whose settings file can be changed; what the service cannot start without comes from variables.
struct Reloaded {
    served: Served,
    folder: TempDir,
}

impl Reloaded {
    async fn start(file: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempdir().unwrap();
        write(&folder.path().join("portico.toml"), file);
        // The file of the working directory is read.
        let through = ["env", "-C", folder.path().to_str().unwrap()].map(str::to_owned);
        let served = Served::start_through(through.into(), Settings::default(), variables).await;
        Self { served, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the file, sends the signal, and waits for these words in the log.
    async fn reload(&self, file: &str, words: &str) -> String {
        write(&self.path("portico.toml"), file);
        let before = self.served.process.complaints().len();
        self.served.process.send_sighup();
        let log = || self.served.process.complaints()[before..].to_owned();
        eventually(words, async || log().contains(words)).await;
        log()
    }

    /// Waits until new pages have this title.
    async fn is_titled(&self, name: &str) {
        eventually(name, async || self.title().await.contains(name)).await;
    }

    async fn title(&self) -> String {
        self.served.browser().opens_sign_in(None).await.title()
    }
}

/// A file that only its owner may read.
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn named(name: &str) -> String {
    format!("[brand]\nname = \"{name}\"\n")
}

const RELOADED: &str = "the settings were reloaded";

#[tokio::test]
async fn brand_and_texts_change_and_nobody_is_signed_out() {
    let service = Reloaded::start(&named("First Bank"), &[]).await;
    service.is_titled("First Bank").await;
    let browser = service.served.browser();
    browser
        .begins("password@example.com")
        .await
        .leads_to(&service.served.base);
    let help = "[sign_in.links]\nhelp = \"https://help.example.com/\"\n";
    let log = service.reload(&(named("Second Bank") + help), RELOADED).await;
    assert!(
        log.contains(r#"brand.name is \"Second Bank\" instead of \"First Bank\""#),
        "{log}"
    );
    assert!(
        log.contains(r#"sign_in.links.help is \"https://help.example.com/\""#),
        "{log}"
    );
    service.is_titled("Second Bank").await;
    let page = service.served.browser().opens_sign_in(None).await;
    assert!(page.links().contains(&"https://help.example.com/".to_owned()));
    assert_eq!(browser.session().await["active"], true);
    let log = service.reload(&(named("Second Bank") + help), "nothing changes").await;
    assert!(!log.contains("ERROR"), "{log}");
}

#[tokio::test]
async fn a_request_in_progress_ends_with_the_settings_it_began_with() {
    let service = Reloaded::start(&named("First Bank"), &[]).await;
    let browser = service.served.browser();
    let form = browser.opens_sign_in(None).await;
    let push = service.served.browser();
    let page = push.reaches("push", "push").await;
    let mut events = push.waits(&page).await;
    let slow = Fault::new(Endpoint::Token, FaultKind::Delay { ms: 4000 });
    service.served.okta.faults().push(slow);
    let answer = tokio::spawn({
        let browser = browser.clone();
        async move { browser.submits_password(&form, "password", "wrong").await }
    });
    eventually("the call to Okta", async || {
        service.served.okta.faults().waiting().is_empty()
    })
    .await;
    service.reload(&named("Second Bank"), RELOADED).await;
    service.is_titled("Second Bank").await;
    assert!(!answer.is_finished(), "the request is still in progress");
    assert!(answer.await.unwrap().title().contains("First Bank"));
    // The page that waits goes on waiting, and what it waits for arrives.
    let phone = service.served.okta.phone("push");
    phone.approve(&phone.pending().unwrap().id).unwrap();
    assert_eq!(events.next().await, "approved");
    push.says_approved(&page).await.leads_to(&service.served.base);
    assert!(push.is_signed_in());
}

#[tokio::test]
async fn reloads_cost_no_request_and_none_gets_half_of_the_settings() {
    let help = |number: u32| format!("https://help.example.com/{number}");
    let file = |number| {
        format!(
            "{}[sign_in.links]\nhelp = \"{}\"\n",
            named(&format!("Bank {number}")),
            help(number)
        )
    };
    let service = Reloaded::start(&file(0), &[("LIMITS__ADDRESS_BURST", "1000")]).await;
    let ends = Arc::new(AtomicBool::new(false));
    let visitors = [0; 4].map(|_| {
        let (browser, ends) = (service.served.browser(), Arc::clone(&ends));
        tokio::spawn(async move {
            let mut pages = Vec::new();
            while !ends.load(Ordering::Relaxed) {
                pages.push(browser.opens_sign_in(None).await);
            }
            pages
        })
    });
    for number in 1..=5 {
        service.reload(&file(number), &format!("Bank {number}")).await;
        service.is_titled(&format!("Bank {number}")).await;
    }
    ends.store(true, Ordering::Relaxed);
    let mut seen = 0;
    for visitor in visitors {
        for page in visitor.await.unwrap() {
            page.expect(200);
            let names = (0..=5).filter(|number| page.title().contains(&format!("Bank {number}")));
            let links = (0..=5).filter(|number| page.links().contains(&help(*number)));
            assert_eq!(names.collect::<Vec<_>>(), links.collect::<Vec<_>>());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[tokio::test]
async fn settings_that_are_wrong_change_nothing() {
    let service = Reloaded::start(&named("First Bank"), &[]).await;
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    write(&service.path("ca.pem"), certificate);
    for (wrong, told) in [
        (
            named("Second Bank") + "colr = \"#ff0000\"\n",
            "did you mean brand.colour?",
        ),
        ("[brand\n".to_owned(), "is not valid TOML"),
        (
            named("Second Bank") + "[okta]\nclient_auth = \"private_key_jwt\"\nprivate_key = \"no key\"\n",
            "okta.private_key",
        ),
        // Right as far as the settings go, but no client can be made of it.
        (
            named("Second Bank") + "[okta]\nca_file = \"ca.pem\"\n",
            "okta: the client could not be made",
        ),
    ] {
        let log = service
            .reload(&wrong, "the settings were not reloaded; those in use stay")
            .await;
        assert!(log.contains(told), "{told}: {log}");
        assert!(service.title().await.contains("First Bank"));
    }
    service.reload(&named("Second Bank"), RELOADED).await;
    service.is_titled("Second Bank").await;
}

#[tokio::test]
async fn what_needs_a_restart_is_named_and_the_rest_changes() {
    let service = Reloaded::start(&named("First Bank"), &[]).await;
    let file = named("Second Bank") + "[session]\nidle = \"7m\"\n";
    let log = service.reload(&file, RELOADED).await;
    assert!(
        log.contains(r#"session.idle is \"7m\" instead of \"30m\", which needs a restart"#),
        "{log}"
    );
    service.is_titled("Second Bank").await;
    let only = "[brand]\nname = \"Second Bank\"\n[session]\nidle = \"8m\"\n";
    let log = service.reload(only, "nothing changes").await;
    assert!(
        log.contains(r#"session.idle is \"8m\" instead of \"30m\", which needs a restart"#),
        "{log}"
    );
}

#[tokio::test]
async fn limits_change_and_what_was_counted_still_counts() {
    let service = Reloaded::start("", &[]).await;
    let browser = service.served.browser();
    let wrong = async || {
        let form = browser.opens_sign_in(None).await;
        browser.submits_password(&form, "password", "wrong").await.status
    };
    assert_eq!([wrong().await, wrong().await], [403, 403]);
    let fewer = named("Second Bank") + "[limits]\naccount_burst = 1\naccount_period = \"1h\"\n";
    service.reload(&fewer, RELOADED).await;
    service.is_titled("Second Bank").await;
    assert_eq!(
        wrong().await,
        429,
        "the tries before count against the fewer that there are now"
    );
    let mut reset = portico(&["limits", "reset", "--user", "password@example.com"]);
    reset.envs(service.served.variables.clone());
    let (_, out, _) = run(reset);
    assert!(out.starts_with("lifted: 2 failures in a row (password)\n"), "{out}");
    browser.begins("password").await.leads_to(&service.served.base);
}

#[tokio::test]
async fn rules_change() {
    let trusted = "[limits]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let public = "[[portal.rules]]\npath = \"/shop\"\nrequire = \"public\"\n";
    let service = Reloaded::start(&format!("{trusted}{public}"), &[]).await;
    let asked = async || {
        let request = client().get(format!("{}/verify/nginx", service.served.base));
        let request = request
            .header("x-original-url", format!("{}/shop", service.served.base))
            .header("x-original-method", "GET")
            .header("x-forwarded-for", "198.51.100.7");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(asked().await, 200);
    let log = service
        .reload(&format!("{trusted}{}", public.replace("public", "nobody")), RELOADED)
        .await;
    assert!(log.contains("portal.rules has changed"), "{log}");
    eventually("a refusal", async || asked().await == 403).await;
}

#[tokio::test]
async fn secrets_change_without_a_restart() {
    let file = "[okta]\nclient_auth = \"client_secret_basic\"\nclient_secret_file = \"secret\"\n\
                [ops]\nadmin_token_file = \"token\"\n[sign_in]\nsecond = [\"otp\"]\n";
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(&at("portico.toml"), file);
    write(&at("secret"), "a secret that Okta no longer accepts");
    write(&at("token"), "the first of two tokens");
    let through = ["env", "-C", folder.path().to_str().unwrap()].map(str::to_owned);
    let client_id = [("OKTA__CLIENT_ID", "portico-basic")];
    let served = Served::start_through(through.into(), Settings::default(), &client_id).await;
    let service = Reloaded { served, folder };
    let asks = async |token: &str| {
        let request = client().get(format!("{}/admin/sessions", service.served.ops));
        request.bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    let browser = service.served.browser();
    browser.begins("otp").await.expect(503);
    assert_eq!(asks("the first of two tokens").await, 200);
    write(&service.path("secret"), CLIENT_SECRET);
    write(&service.path("token"), "the second of two tokens");
    let log = service.reload(file, RELOADED).await;
    assert!(
        log.contains("okta.client_secret_file names a file with other content"),
        "{log}"
    );
    assert!(!log.contains(CLIENT_SECRET) && !log.contains("of two tokens"), "{log}");
    eventually("the new token", async || asks("the second of two tokens").await == 200).await;
    assert_eq!(asks("the first of two tokens").await, 401);
    browser.begins("otp").await.expect(303);
}

#[tokio::test]
async fn signals_of_other_programs_end_nothing() {
    let served = Served::start().await;
    for _ in 0..3 {
        served.process.gets("-USR1");
        served.process.gets("-USR2");
    }
    let told = |name: &str| served.process.complaints().matches(name).count();
    for name in ["SIGUSR1", "SIGUSR2"] {
        eventually(name, async || told(&format!("\"{name}\"")) == 1).await;
    }
    served.browser().begins("password").await.leads_to(&served.base);
    assert_eq!(status(&format!("{}/readyz", served.ops)).await, Some(200));
    assert_eq!(
        (told("\"SIGUSR1\""), told("\"SIGUSR2\"")),
        (1, 1),
        "each is told of once"
    );
}

#[tokio::test]
async fn sigquit_stops_at_once_and_loses_nothing() {
    let served = Served::start_with(Settings::default(), &[("OPS__DRAIN_DELAY", "60s")]).await;
    let browser = served.browser();
    browser.begins("password").await.leads_to(&served.base);
    let slow = Fault::new(Endpoint::Token, FaultKind::Delay { ms: 60_000 });
    served.okta.faults().push(slow);
    let cut_off = tokio::spawn({
        let other = served.browser();
        async move {
            let form = other.opens_sign_in(None).await;
            let request = other.press(&form, "/sign-in", &[("username", "password"), ("password", PASSWORD)]);
            request.send().await.map(|answer| answer.status().as_u16())
        }
    });
    eventually("the call to Okta", async || served.okta.faults().waiting().is_empty()).await;
    served.process.gets("-QUIT");
    let (_restarted, code, log) = served.ends_and_restarts().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopping at once"), "{log}");
    let last_word = cut_off.await.unwrap();
    assert!(matches!(last_word, Err(_) | Ok(503)), "{last_word:?}");
    assert_eq!(browser.session().await["active"], true);
}

/// Sends the signal, and gives what the log says until the settings were not reloaded.
async fn is_refused(service: &Reloaded, words: &str) -> String {
    let before = service.served.process.complaints().len();
    service.served.process.send_sighup();
    let log = || service.served.process.complaints()[before..].to_owned();
    eventually(words, async || log().contains(words)).await;
    log()
}

#[tokio::test]
async fn sec_419_a_file_that_is_gone_does_not_take_its_rules_with_it() {
    let rule = "[[portal.rules]]\npath = \"/secret\"\nrequire = \"nobody\"\n[brand]\nname = \"First Bank\"\n";
    let service = Reloaded::start(rule, &[]).await;
    std::fs::rename(service.path("portico.toml"), service.path("elsewhere.toml")).unwrap();
    let log = is_refused(&service, "the settings were not reloaded").await;
    assert!(log.contains("was read at the start and is not there any more"), "{log}");
    service.is_titled("First Bank").await;
    std::fs::rename(service.path("elsewhere.toml"), service.path("portico.toml")).unwrap();
    service.reload(&(rule.replace("First", "Second")), RELOADED).await;
    service.is_titled("Second Bank").await;
}

#[tokio::test]
async fn credentials_of_another_app_wait_for_the_restart_with_its_id() {
    let app = |id: &str, more: &str| format!("[okta]\nclient_id = \"{id}\"\n{more}");
    let service = Reloaded::start("", &[]).await;
    let confidential =
        "client_auth = \"client_secret_basic\"\nclient_secret = \"another-secret-of-32-characters-at-least\"\n";
    // What the variables set cannot be changed by the file, so this is about another server of the org.
    let other =
        app("x", &format!("authorization_server = \"default\"\n{confidential}")).replace("client_id = \"x\"\n", "");
    write(&service.path("portico.toml"), &other);
    let log = is_refused(&service, "nothing was reloaded").await;
    assert!(log.contains("okta.authorization_server"), "{log}");
    let browser = service.served.browser();
    browser
        .begins("password@example.com")
        .await
        .leads_to(&service.served.base);
}
