//! Files that are moved, shared, edited and cut.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::{Audited, key_of, of, records, serve, verify};
use crate::support::{eventually, portico, run};

#[tokio::test]
async fn the_chain_goes_on_in_a_new_file_when_the_old_one_is_moved_away() {
    let audited = Audited::start(&[]).await;
    let (file, moved) = (audited.file(), audited.folder.path().join("audit.jsonl.1"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    audited.served.browser().begins("password").await.expect(303);
    fs::rename(&file, &moved).unwrap();
    audited.served.process.send_sighup();
    eventually("a new file", async || file.exists()).await;
    audited.served.browser().begins("password").await.expect(303);
    // Nothing was moved: nothing changes.
    audited.served.process.send_sighup();
    let key = audited.key();
    let (_, _folder) = audited.stops().await;

    let (before, after) = (records(&moved), records(&file));
    assert_eq!(before.last().unwrap()["event"], "checkpoint", "{before:?}");
    assert_eq!(after[0]["event"], "continued");
    assert_eq!(of(&after, "continued").len(), 1, "{after:?}");
    assert_eq!(after[0]["chain"], before[0]["chain"]);
    assert_eq!(after[0]["seq"], before.len());
    let (code, says) = verify(&[&moved, &file], &[&key]);
    assert_eq!(code, 0, "{says}");
    assert!(!says.contains("warning"), "{says}");
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 0, "{says}");
    assert!(says.contains("are in files that were not given"), "{says}");
}

#[tokio::test]
async fn two_processes_may_write_one_file() {
    let one = Audited::start(&[]).await;
    let file = one.file();
    let other = serve(Vec::new(), &file, &[]).await;
    for _ in 0..5 {
        let (first, second) = (one.served.browser(), other.browser());
        let (first, second) = tokio::join!(first.begins("password"), second.begins("password"));
        first.expect(303);
        second.expect(303);
    }
    let keys = [one.key(), key_of(&other)];
    other.process.send_sigterm();
    other.process.ends().await;
    let (_, _folder) = one.stops().await;
    let (code, says) = verify(&[&file], &[&keys[0], &keys[1]]);
    assert_eq!(code, 0, "{says}");
    assert_eq!(says.matches("closed in order").count(), 2, "{says}");
    let (code, says) = verify(&[&file], &[&keys[0]]);
    assert_eq!(code, 1, "{says}");
    assert!(says.contains("none of the keys that were given"), "{says}");
}

#[tokio::test]
async fn what_a_killed_process_left_is_told_and_the_next_goes_on() {
    let mut audited = Audited::start(&[]).await;
    let (file, key) = (audited.file(), audited.key());
    audited.served.browser().begins("password").await.expect(303);
    eventually("the record", async || of(&records(&file), "session_started").len() == 1).await;
    audited.served.process.kill();
    // As if the machine had died within a write.
    let mut open = fs::OpenOptions::new().append(true).open(&file).unwrap();
    let torn = "{\"portico_audit\":1,\"time\":\"20";
    open.write_all(torn.as_bytes()).unwrap();
    audited.served.kill_and_restart().await;
    let records = records(&file);
    let opened = of(&records, "opened");
    assert_eq!(opened[1]["torn_bytes"], torn.len(), "{opened:?}");
    assert_ne!(opened[0]["chain"], opened[1]["chain"]);
    let (_, _folder) = audited.stops().await;
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 0, "{says}");
    assert!(
        says.contains("torn: 29 bytes") && says.contains("and the next process noted it"),
        "{says}"
    );
    assert!(
        says.contains("has no end: its process still runs, or was killed, or the end was cut off"),
        "{says}"
    );
    // What stood last before the kill is vouched for by the next chain alone.
    let text = fs::read_to_string(&file).unwrap();
    let cut: String = text
        .lines()
        .filter(|line| !line.contains("\"session_started\""))
        .flat_map(|line| [line, "\n"])
        .collect();
    fs::write(&file, cut).unwrap();
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 1, "{says}");
    assert!(says.contains("is gone or was changed"), "{says}");
}

#[tokio::test]
async fn each_way_to_tamper_is_named() {
    let audited = Audited::start(&[]).await;
    let (file, key) = (audited.file(), audited.key());
    let browser = audited.served.browser();
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, "password", "wrong").await;
    audited.served.browser().begins("password").await.expect(303);
    let (_, _folder) = audited.stops().await;
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let refused = lines.iter().position(|line| line.contains("factor_refused")).unwrap();
    let named = |says: &str, words: &str| says.contains(&words.replace("FILE", file.to_str().unwrap()));
    let tampered = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        change(&mut changed);
        fs::write(&file, changed.concat()).unwrap();
        verify(&[&file], &[&key])
    };
    let number = refused + 1;
    let (code, says) = tampered(&|lines| lines[refused] = lines[refused].replace("\"wrong\"", "\"accepted\""));
    assert_eq!(code, 1);
    assert!(
        named(&says, &format!("FILE:{number}: record {refused} was changed")),
        "{says}"
    );
    let (code, says) = tampered(&|lines| drop(lines.remove(refused)));
    assert_eq!(code, 1);
    assert!(
        named(
            &says,
            &format!("record {refused} is missing, between FILE:{refused} and here")
        ),
        "{says}"
    );
    let (code, says) = tampered(&|lines| lines.swap(refused, refused + 1));
    assert_eq!(code, 1);
    assert!(says.contains("lines were put in another order"), "{says}");
    let (code, says) = tampered(&|lines| lines.truncate(refused + 1));
    assert_eq!(code, 0);
    assert!(says.contains("has no end") && says.contains("not signed for"), "{says}");
    let (code, says) = tampered(&|_| ());
    assert_eq!(code, 0, "{says}");
}

#[test]
fn what_verify_cannot_use_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    fs::write(&file, "").unwrap();
    let (code, says) = verify(&[&file], &[]);
    assert_eq!(code, 1);
    assert!(says.contains("there is no audit record"), "{says}");
    let (code, says) = verify(&[&file], &["AAAA"]);
    assert_eq!(code, 2);
    assert!(says.contains("is not the public half of an audit key"), "{says}");
    let (code, says) = verify(&[&folder.path().join("none")], &[]);
    assert_eq!(code, 1);
    assert!(says.contains("opening"), "{says}");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_found_before_the_start_and_at_it() {
    let audited = Audited::start(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(at("real"), "").unwrap();
    std::os::unix::fs::symlink(at("real"), at("link")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    for (path, why) in [
        (at("none/audit.jsonl"), "is in a folder that is not here"),
        (at("link"), "names a symbolic link"),
        (at("pipe"), "names something that is no regular file"),
        (
            folder.path().to_str().unwrap().to_owned(),
            "names something that is no regular file",
        ),
    ] {
        let asks = |command: &str| {
            let mut asks = portico(&[command]);
            asks.envs(audited.served.variables.iter().cloned())
                .env("PORTICO_OPS__AUDIT", &path)
                .env("PORTICO_LISTEN", "127.0.0.1:0")
                .env("PORTICO_OPS__LISTEN", "127.0.0.1:0")
                .env("PORTICO_STORE__KIND", "memory");
            run(asks)
        };
        let (code, _, says) = asks("check");
        assert_eq!(code, 2, "{says}");
        assert!(says.contains("ops.audit") && says.contains(why), "{says}");
        let (code, _, says) = asks("serve");
        assert_eq!(code, 1, "{says}");
        assert!(says.contains("the audit record (ops.audit)"), "{says}");
    }
    // A check leaves nothing behind.
    let mut asks = portico(&["check"]);
    asks.envs(audited.served.variables.iter().cloned())
        .env("PORTICO_OPS__AUDIT", at("new"));
    let (code, _, says) = run(asks);
    assert_eq!(code, 0, "{says}");
    assert!(!folder.path().join("new").exists());
}
