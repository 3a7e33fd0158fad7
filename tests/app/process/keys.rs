//! `portico keys`: files of key rings.

use std::fs;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use crate::support::{Served, portico, run};

/// The command in this folder.
fn keys(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = portico(&["keys"]);
    command.args(arguments).current_dir(folder);
    command
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_new_ring_is_for_its_owner_alone_and_never_takes_the_place_of_another() {
    let folder = tempdir().unwrap();
    let ring = folder.path().join("keys.toml");
    let (code, out, complaints) = run(keys(folder.path(), &["new", "keys.toml"]));
    assert_eq!(code, 0, "{complaints}");
    assert_eq!(mode(&ring), 0o600);
    assert!(
        out.starts_with("wrote keys.toml, for store.keys_file\nmode 0600, owner "),
        "{out}"
    );
    assert!(
        out.contains("chown 65532 keys.toml") && out.contains("defaultMode 0440"),
        "{out}"
    );
    let text = fs::read_to_string(&ring).unwrap();
    assert!(!out.contains("secret =") && text.matches("secret = ").count() == 2);
    let (code, _, complaints) = run(keys(folder.path(), &["new", "keys.toml"]));
    assert_eq!(code, 1);
    assert!(
        complaints.contains("keys.toml exists and was left as it is"),
        "{complaints}"
    );
    assert_eq!(fs::read_to_string(&ring).unwrap(), text);
    // The service takes it.
    let mut check = portico(&["check"]);
    check.envs([
        ("PORTICO_PUBLIC_URL", "https://signin.example.com"),
        ("PORTICO_OKTA__ORG_URL", "https://org.invalid"),
        ("PORTICO_OKTA__CLIENT_ID", "0oa1"),
        ("PORTICO_STORE__KEYS_FILE", ring.to_str().unwrap()),
        (
            "PORTICO_STORE__PATH",
            folder.path().join("portico.redb").to_str().unwrap(),
        ),
    ]);
    let (code, _, complaints) = run(check);
    assert_eq!(code, 0, "{complaints}");
    assert!(!complaints.contains("store.keys_file"), "{complaints}");
    let (code, printed, _) = run(keys(folder.path(), &["new"]));
    assert_eq!(
        (code, printed.matches("secret = ").count()),
        (0, 2),
        "without a file it is printed"
    );
}

#[test]
fn a_rotated_ring_goes_to_a_file_of_its_own_and_no_ring_is_lost() {
    let folder = tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name);
    assert_eq!(run(keys(folder.path(), &["new", "one"])).0, 0);
    let (code, out, complaints) = run(keys(folder.path(), &["rotate", "one", "two"]));
    assert_eq!(code, 0, "{complaints}");
    assert!(
        out.starts_with("wrote two, ") && complaints.contains("seals from now on"),
        "{out}{complaints}"
    );
    assert_eq!(mode(&in_folder("two")), 0o600);
    let one = fs::read_to_string(in_folder("one")).unwrap();
    let two = fs::read_to_string(in_folder("two")).unwrap();
    assert_eq!((one.matches("[[key]]").count(), two.matches("[[key]]").count()), (2, 3));
    for arguments in [["rotate", "one", "two"], ["rotate", "one", "one"]] {
        assert_eq!(run(keys(folder.path(), &arguments)).0, 1, "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(in_folder("one")).unwrap(), one);
    assert_eq!(fs::read_to_string(in_folder("two")).unwrap(), two);
    // `portico keys rotate two > two`: the shell empties the file, and nothing that looks like a ring comes after it.
    let mut rotate = keys(folder.path(), &["rotate", "two"]);
    rotate.stdout(File::create(in_folder("two")).unwrap());
    let output = rotate
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        complaints.contains("the shell has just emptied it: put your copy"),
        "{complaints}"
    );
    assert!(complaints.contains("portico keys rotate two NEW"), "{complaints}");
}

#[tokio::test]
async fn the_ring_beside_the_store_moves_and_nobody_is_signed_out() {
    let mut served = Served::start().await;
    let browser = served.browser();
    browser.begins("password@example.com").await;
    let elsewhere = tempdir().unwrap();
    let (own, ring) = (
        served.folder.path().join("portico.redb.keys"),
        elsewhere.path().join("keys.toml"),
    );
    let portico = |served: &Served, arguments: &[&str]| {
        let mut command = portico(arguments);
        command.envs(served.variables.clone());
        run(command)
    };
    let name = ring.to_str().unwrap();
    assert_eq!(portico(&served, &["keys", "move"]).0, 2, "where to must be said");
    // Said twice, it is done once.
    for _ in 0..2 {
        let (code, out, complaints) = portico(&served, &["keys", "move", name]);
        assert_eq!(code, 0, "{complaints}");
        assert!(out.contains(&format!("Now set store.keys_file = \"{name}\"")), "{out}");
        assert_eq!((mode(&ring), own.exists()), (0o600, true));
        assert_eq!(fs::read(&ring).unwrap(), fs::read(&own).unwrap());
    }
    let (_, printed, _) = portico(&served, &["keys", "move", "-"]);
    assert_eq!(printed, fs::read_to_string(&own).unwrap());
    served.kill_and_restart().await;
    assert_eq!(
        browser.session().await["active"],
        true,
        "the settings are still the old ones"
    );
    served
        .variables
        .push(("PORTICO_STORE__KEYS_FILE".to_owned(), name.to_owned()));
    served.kill_and_restart().await;
    assert_eq!(browser.session().await["active"], true);
    let (_, _, warned) = portico(&served, &["check"]);
    assert!(
        warned.contains("is still next to the store: `portico keys move` removes it"),
        "{warned}"
    );
    let (code, out, complaints) = portico(&served, &["keys", "move"]);
    assert_eq!(code, 0, "{complaints}");
    assert!(out.starts_with(&format!("removed {}", own.display())), "{out}");
    assert!(!own.exists());
    let (_, _, warned) = portico(&served, &["check"]);
    assert!(!warned.contains("store.keys_file"), "{warned}");
    served.kill_and_restart().await;
    assert_eq!(browser.session().await["active"], true);
    let (code, _, complaints) = portico(&served, &["keys", "move"]);
    assert_eq!(code, 1);
    assert!(complaints.contains("nothing to move"), "{complaints}");
}

#[tokio::test]
async fn a_ring_that_another_one_does_not_stand_in_for_stays() {
    let served = Served::start().await;
    let other = served.folder.path().join("other.toml");
    assert_eq!(run(keys(served.folder.path(), &["new", "other.toml"])).0, 0);
    let own = served.folder.path().join("portico.redb.keys");
    let moved = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = portico(&[&["keys", "move"], arguments].concat());
        command.envs(served.variables.clone()).envs(variables.iter().copied());
        run(command)
    };
    let name = other.to_str().unwrap();
    let (code, _, complaints) = moved(&[("PORTICO_STORE__KEYS_FILE", name)], &[]);
    assert_eq!(code, 1);
    assert!(complaints.contains("lacks a key of"), "{complaints}");
    let (code, _, complaints) = moved(&[], &[name]);
    assert_eq!(code, 1);
    assert!(complaints.contains("exists and was left as it is"), "{complaints}");
    assert!(own.exists());
}

#[tokio::test]
async fn the_ring_beside_the_store_is_not_removed_where_the_settings_name_that_very_file() {
    let served = Served::start().await;
    let own = served.folder.path().join("portico.redb.keys");
    let ring = fs::read_to_string(&own).unwrap();
    let link = served.folder.path().join("link.keys");
    std::os::unix::fs::symlink(&own, &link).unwrap();
    let command = |arguments: &[&str], named: Option<&std::path::Path>| {
        let mut command = portico(arguments);
        command.envs(served.variables.iter().cloned());
        command.envs(named.map(|named| ("PORTICO_STORE__KEYS_FILE", named.to_str().unwrap())));
        run(command)
    };
    for named in [&own, &link] {
        let (code, _, complaints) = command(&["keys", "move"], Some(named));
        assert_ne!(code, 0, "{complaints}");
        assert_eq!(fs::read_to_string(&own).unwrap(), ring, "{}", named.display());
        let (code, _, warnings) = command(&["check"], Some(named));
        assert_eq!(code, 0, "{warnings}");
        assert!(!warnings.contains("keys move` removes"), "{warnings}");
        // There it is copied, as if the settings named none.
        let new = served
            .folder
            .path()
            .join(format!("new-{}", named.file_name().unwrap().display()));
        let (code, _, complaints) = command(&["keys", "move", new.to_str().unwrap()], Some(named));
        assert_eq!(code, 0, "{complaints}");
        assert_eq!(fs::read_to_string(&new).unwrap(), fs::read_to_string(&own).unwrap());
    }
    let (code, _, complaints) = command(&["keys", "move", link.to_str().unwrap()], None);
    assert_eq!(code, 2, "{complaints}");
    assert!(
        complaints.contains("is the key ring beside the store itself"),
        "{complaints}"
    );
    assert_eq!(fs::read_to_string(&own).unwrap(), ring);
}
