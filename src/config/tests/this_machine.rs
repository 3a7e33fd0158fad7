//! What `portico check` finds on the machine that serves, and between settings (SEC-419).

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use jiff::Timestamp;

use super::{Folder, LEAST, pairs};
use crate::config::check;

/// What the check says of these settings, in a folder of their own.
fn found(settings: &str, prepare: impl FnOnce(&Folder)) -> Vec<String> {
    let folder = Folder::with(settings);
    prepare(&folder);
    let checked = check(
        Some(&folder.0.path().join("portico.toml")),
        pairs(&[]),
        Timestamp::UNIX_EPOCH,
    );
    let problems = checked.map_or_else(|errors| errors.problems, |_| Vec::new());
    let own = format!("{}/", folder.0.path().display());
    problems
        .iter()
        .map(|problem| problem.to_string().replace(&own, ""))
        .collect()
}

fn with_store(path: &str) -> String {
    format!("{LEAST}[store]\npath = \"{path}\"\n")
}

#[test]
fn the_folder_of_the_store_must_be_there() {
    assert_eq!(found(&with_store("p.redb"), |_| ()), Vec::<String>::new());
    let [problem] = &found(&with_store("no/such/p.redb"), |_| ())[..] else {
        panic!("one problem");
    };
    assert!(
        problem.contains("store.path = \"no/such/p.redb\"  (portico.toml, line 7)"),
        "{problem}"
    );
    assert!(problem.contains("is in no/such, which is no folder here"), "{problem}");
    assert!(problem.contains("fix: create no/such"), "{problem}");
    let a_folder = found(&with_store("sub"), |folder| {
        fs::create_dir(folder.0.path().join("sub")).unwrap();
    });
    assert!(a_folder[0].contains("fix: path = \"sub/portico.redb\""), "{a_folder:?}");
}

#[test]
fn a_store_without_its_key_ring_is_found_before_the_start() {
    let put = |names: &[&str], folder: &Folder| {
        for name in names {
            folder.put(name, b"x", 0o600);
        }
    };
    let alone = found(&with_store("p.redb"), |folder| put(&["p.redb"], folder));
    assert!(alone[0].contains("its key ring p.redb.keys is not"), "{alone:?}");
    assert!(found(&with_store("p.redb"), |folder| put(&["p.redb", "p.redb.keys"], folder)).is_empty());
    // Another kind of store has no file.
    let memory = format!("{}kind = \"memory\"\n", with_store("no/such/p.redb"));
    assert!(found(&memory, |_| ()).is_empty());
}

#[test]
fn a_store_that_others_can_read_is_warned_of() {
    let warned = |store: u32, folder_mode: u32| {
        let folder = Folder::with(&with_store("sub/p.redb"));
        // Otherwise that of the test protects it.
        fs::set_permissions(folder.0.path(), Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(folder.0.path().join("sub")).unwrap();
        folder.put("sub/p.redb", b"x", store);
        folder.put("sub/p.redb.keys", b"x", 0o600);
        fs::set_permissions(folder.0.path().join("sub"), Permissions::from_mode(folder_mode)).unwrap();
        let path = folder.0.path().join("portico.toml");
        let config = check(Some(&path), pairs(&[]), Timestamp::UNIX_EPOCH).unwrap();
        let warnings = config.warnings();
        warnings.iter().any(|warning| {
            warning
                .to_string()
                .contains("which everyone on this machine may read: chmod 600")
        })
    };
    assert!(warned(0o644, 0o755));
    assert!(!warned(0o600, 0o755));
    assert!(!warned(0o640, 0o755));
    assert!(!warned(0o644, 0o750));
}

#[test]
fn placeholders_of_the_example_are_no_settings() {
    let settings = with_store("p.redb")
        .replace("https://acme.okta.com", "https://your-org.okta.com/")
        .replace("0oa1", "0oa1example2client3id");
    let problems = found(&settings, |_| ());
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("okta.org_url = \"https://your-org.okta.com/\"  (portico.toml, line 4)"));
    assert!(problems[1].contains("okta.client_id"));
}

#[test]
fn sec_419_a_service_that_would_ask_itself_is_refused() {
    let own = LEAST.replace("https://acme.okta.com", "https://signin.example.com");
    let report = Folder::with(&own).report(&[]);
    assert!(
        report.contains("okta.org_url") && report.contains("is the address of this service"),
        "{report}"
    );
    for (upstream, listens) in [
        ("http://127.0.0.1:8080", true),
        ("http://localhost:8080", true),
        ("http://[::1]:8080", true),
        ("http://localhost:9464", true),
        ("http://signin.example.com:443", true),
        ("http://localhost:3000", false),
        ("http://portal:8080", false),
    ] {
        let settings = format!(
            "public_url = \"https://signin.example.com/auth\"\n[okta]\norg_url = \"https://acme.okta.com\"\nclient_id = \"0oa1\"\n\
             [portal]\nupstream = \"{upstream}\"\n"
        );
        let loaded = Folder::with(&settings).load(&[]);
        assert_eq!(loaded.is_err(), listens, "{upstream}");
        if let Err(report) = loaded {
            assert!(report.to_string().contains("forwarded in a circle"), "{report}");
        }
    }
}

#[test]
fn a_private_key_that_cannot_sign_is_named_for_what_it_is() {
    for (pem, says) in [
        (EC_384, "is an elliptic-curve key on another curve than P-256"),
        (RSA_1024, "is an RSA key of less than 2048 bits"),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "is damaged, or not a private key",
        ),
    ] {
        let settings = format!("{LEAST}client_auth = \"private_key_jwt\"\nprivate_key_file = \"key.pem\"\n");
        let folder = Folder::with(&settings);
        folder.put("key.pem", pem.as_bytes(), 0o600);
        let report = folder.report(&[]);
        assert!(report.contains(says), "{report}");
        assert!(
            report.contains("okta.private_key_file  (portico.toml, line 7)"),
            "{report}"
        );
    }
}

/// Made for this test with openssl; it opens nothing.
const EC_384: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDA6x/E4jN4n/T5lwRPj\n\
c4s4R6/8lRehwncbksBxj7BGeNfGgIvSSVUczpPcMaMGMRChZANiAATIGhS/LBP1\n\
GCialfQpGEQBvkgOHIhmkuEAaWde0Y1HWnzs5QEOKVX6yoSiSd9VTBRYMXEkcXe0\n\
lYwAa+LejZIUm9iod4NKoJuLm/ZBcSTtx7GVfCCLFVldk9DqzBbjRoA=\n\
-----END PRIVATE KEY-----\n";

/// The same.
const RSA_1024: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAK2aRF13orj8sSGn\n\
Jcs9asWIaGXRfDy0RC4gNnxL8KulsgtbpuHu5UhHroDfPUXakkqhj5ncHh2XrfAV\n\
bLcSWE4RsHjkEL4gpm5W6+5v+UupP5j7SAcfugipB7ZGqbwEbo8FGuelVbpbtnw9\n\
Lah+Ay4ACg8u16kMm5L7nw3+77qzAgMBAAECgYEAqKuZPuLtJCTICTV4gAZ1ReUp\n\
4btupSBUmihMJ+o0tOExot1ywFO3S8nxn17HDqa1unNMraXzULc9lWWLkjftuJqm\n\
fuvAnwTD+06aXARgMfR0kfwpGzY0tlnuWfCEXEootqCmncC++2B5qE/olD9pnrZR\n\
6nKKU9aYi/sbl5JlzTECQQDYXEdRY937PLHyO/Mj63f98e327ax8/uCVPmD2lk7L\n\
4zM7Dg1c2qEJFSV0I6Ab6F+mMb9yLHpuP3/nGwNQctU7AkEAzWiQE2s9OrJ1/1uy\n\
+6D17rtQqMNzQ3OYTPQ2JaWwrm5WBcO0HrCP2dELzmkw/EWpxwhtwnaHemdOJT0I\n\
z+h46QJABhWaP9SyImWTj39WGBWAG1kZWw9WAXHdePT3HxgdASjTgP6lK45OZwX8\n\
Nqbl0sMXJYJSovBTRRRuEV62GiYQjwJBAIEtdAYyV+RVHS4Ffi8PD/sd4+DuYcuW\n\
o74piu/sHovkKccgR2NRiHXkKLebocnVCat42oYEQrkwxI1Yr/UIbxkCQEA2IgPk\n\
roMesfpWDR6+uIZgAdYOJa0niw+Dvznxo9+ELZ/9/oSWw0Q9KoHrbt6cYCpy/BqA\n\
3QPQMhXq2n4q2Ks=\n\
-----END PRIVATE KEY-----\n";
