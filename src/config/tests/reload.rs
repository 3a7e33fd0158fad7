//! Settings that are read again.

use super::super::reload::LIVE;
use super::super::sections::CATALOGUE;
use super::super::{Config, Reloaded, reload};
use super::{Folder, LEAST, pairs};

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

impl Folder {
    fn reload(&self, current: &Config, settings: &str) -> Reloaded {
        self.put("portico.toml", settings.as_bytes(), 0o600);
        reload(current, Some(&self.0.path().join("portico.toml")), pairs(&[])).unwrap()
    }
}

fn sentences(reloaded: &Reloaded) -> Vec<String> {
    reloaded.changes.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_the_same_in_other_words_is_no_change() {
    let folder = Folder::with(LEAST);
    let current = folder.load(&[]).unwrap();
    let same = format!("# A comment.\nlisten = '0.0.0.0:8080'\n{LEAST}");
    let reloaded = folder.reload(&current, &same);
    assert!(reloaded.changes.is_empty(), "{:?}", sentences(&reloaded));
    assert!(reloaded.config.is_some());
}

#[test]
fn each_change_is_a_sentence_and_what_cannot_change_stays() {
    let folder = Folder::with(&format!("{LEAST}[brand]\nname = \"One\"\n[store]\nkind = \"memory\"\n"));
    let current = folder.load(&[]).unwrap();
    let settings = format!(
        "listen = \"127.0.0.1:1\"\n{LEAST}[brand]\nname = \"Two\"\n[[portal.rules]]\npath = \"/x\"\nrequire = \"public\"\n\
         [sign_in.links]\nhelp = \"https://help.example.com/\"\n"
    );
    let reloaded = folder.reload(&current, &settings);
    let expected = [
        "listen is \"127.0.0.1:1\" instead of \"0.0.0.0:8080\", which needs a restart",
        "sign_in.links.help is \"https://help.example.com/\"",
        "store.kind is \"embedded\" instead of \"memory\", which needs a restart",
        "portal.rules has changed",
        "brand.name is \"Two\" instead of \"One\"",
    ];
    assert_eq!(sentences(&reloaded), expected);
    let config = reloaded.config.unwrap();
    assert_eq!((config.brand.name.as_str(), config.portal.rules.len()), ("Two", 1));
    assert_eq!(config.listen, current.listen);
    assert_eq!(config.store.kind, current.store.kind);
    // What waits for a restart is told again, and nothing else.
    let waits = [expected[0], expected[2]];
    assert_eq!(sentences(&folder.reload(&config, &settings)), waits);
    // As before, there is nothing to wait for.
    let back = folder.reload(&config, &format!("{LEAST}[store]\nkind = \"memory\"\n"));
    assert!(
        back.changes.iter().all(|change| !change.needs_restart),
        "{:?}",
        sentences(&back)
    );
}

#[test]
fn the_contents_of_files_count_and_no_secret_is_told() {
    let folder = Folder::with(&format!(
        "{LEAST}ca_file = \"ca.pem\"\nclient_auth = \"client_secret_basic\"\nclient_secret_file = \"secret\"\n\
         [ops]\nadmin_token = \"the first of the tokens\"\n[store]\nkeys_file = \"keys\"\n"
    ));
    let settings = std::fs::read_to_string(folder.0.path().join("portico.toml")).unwrap();
    folder.put("ca.pem", CERTIFICATE.as_bytes(), 0o644);
    folder.put("secret", b"the first of the secrets", 0o600);
    folder.put("keys", b"[[key]]\n# one", 0o600);
    let current = folder.load(&[]).unwrap();
    assert!(folder.reload(&current, &settings).changes.is_empty());
    folder.put("ca.pem", CERTIFICATE.repeat(2).as_bytes(), 0o644);
    folder.put("secret", b"the second of the secrets", 0o600);
    folder.put("keys", b"[[key]]\n# two", 0o600);
    let settings = settings.replace("first of the tokens", "second of the tokens");
    let reloaded = folder.reload(&current, &settings);
    let expected = [
        "okta.client_secret_file names a file with other content",
        "okta.ca_file names a file with other content",
        "store.keys_file names a file with other content, which needs a restart",
        "ops.admin_token has changed",
    ];
    assert_eq!(sentences(&reloaded), expected);
    let config = reloaded.config.unwrap();
    assert_eq!(config.okta.ca_pem.as_ref().map(Vec::len), Some(2 * CERTIFICATE.len()));
    assert!(!format!("{current:?}{config:?}").contains("of the secrets"));
    assert!(!format!("{current:?}{config:?}").contains("of the tokens"));
    assert_eq!(sentences(&folder.reload(&config, &settings)), [expected[2]]);
}

#[test]
fn settings_that_are_wrong_are_refused_as_a_whole() {
    let folder = Folder::with(LEAST);
    let current = folder.load(&[]).unwrap();
    let path = folder.put(
        "portico.toml",
        format!("{LEAST}[brand]\nname = \"Two\"\ncolor = 7\n").as_bytes(),
        0o600,
    );
    let report = reload(&current, Some(&path), pairs(&[])).unwrap_err().to_string();
    assert!(report.contains("did you mean brand.colour?"), "{report}");
}

#[test]
fn what_makes_sense_only_after_the_restart_waits_for_it() {
    let folder = Folder::with(LEAST);
    let current = folder.load(&[]).unwrap();
    // Right with the host of the new address, wrong with that of the present one.
    let settings = LEAST.replace("signin.example.com", "signin.example.net")
        + "[[portal.rules]]\nhost = \"signin.example.net\"\npath = \"/\"\nrequire = \"signed_in\"\n";
    let reloaded = folder.reload(&current, &settings);
    assert_eq!(sentences(&reloaded).len(), 2, "{:?}", sentences(&reloaded));
    assert!(reloaded.config.is_none());
}

#[test]
fn every_live_key_is_one_and_the_docs_name_it() {
    let docs = include_str!("../../../docs/production.md");
    let (_, section) = docs.split_once("## Reloading settings").unwrap();
    let section = section.split("\n## ").next().unwrap();
    for live in LIVE {
        let is_known = |key: &str| live.strip_suffix('.').map_or(key == *live, |_| key.starts_with(live));
        assert!(CATALOGUE.all().any(|key| is_known(key.path)), "{live}");
        let shown = if live.ends_with('.') {
            format!("`{live}*`")
        } else {
            format!("`{live}`")
        };
        assert!(section.contains(&shown), "{shown}");
    }
}
