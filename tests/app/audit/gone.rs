//! The file is deleted, replaced or moved away while it is written, and nobody sends SIGHUP.

use std::fs;

use super::{Audited, metrics, of, records, serve, verify};
use crate::support::{eventually, metric};

#[tokio::test]
async fn the_chain_goes_on_in_a_new_file_when_the_old_one_is_deleted() {
    let audited = Audited::start(&[]).await;
    let (file, key) = (audited.file(), audited.key());
    for times in 1..=2 {
        audited.served.browser().begins("password").await.expect(303);
        eventually("the record", async || {
            file.exists() && !of(&records(&file), "session_started").is_empty()
        })
        .await;
        fs::remove_file(&file).unwrap();
        // Without a sign-in, too.
        eventually("a new file", async || {
            file.exists()
                && records(&file)
                    .first()
                    .is_some_and(|first| first["event"] == "continued")
        })
        .await;
        let page = metrics(&audited.served).await;
        assert_eq!(metric(&page, "portico_audit_files_deleted_total"), times);
    }
    audited.served.browser().begins("password").await.expect(303);
    let (log, _folder) = audited.stops().await;
    assert_eq!(log.matches("was deleted or overwritten").count(), 2, "{log}");
    let after = records(&file);
    assert_eq!(of(&after, "session_started").len(), 1, "{after:?}");
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 0, "{says}");
    assert!(
        says.contains("are in files that were not given") && says.contains("closed in order"),
        "{says}"
    );
}

#[tokio::test]
async fn a_file_that_is_replaced_is_continued_and_what_was_lost_is_named() {
    let audited = Audited::start(&[]).await;
    let (file, key) = (audited.file(), audited.key());
    let copy = file.with_extension("copy");
    fs::copy(&file, &copy).unwrap();
    audited.served.browser().begins("password").await.expect(303);
    eventually("the record", async || of(&records(&file), "session_started").len() == 1).await;
    fs::rename(&copy, &file).unwrap();
    eventually("another file", async || of(&records(&file), "continued").len() == 1).await;
    let (_, _folder) = audited.stops().await;
    let (code, says) = verify(&[&file], &[&key]);
    assert_eq!(code, 1, "{says}");
    assert!(says.contains("are missing"), "{says}");
}

#[tokio::test]
async fn a_file_that_is_moved_away_without_a_signal_loses_nothing() {
    let audited = Audited::start(&[]).await;
    let (file, moved, key) = (audited.file(), audited.file().with_extension("1"), audited.key());
    audited.served.browser().begins("password").await.expect(303);
    fs::rename(&file, &moved).unwrap();
    audited.served.browser().begins("password").await.expect(303);
    eventually("a new file", async || file.exists()).await;
    let page = metrics(&audited.served).await;
    assert_eq!(metric(&page, "portico_audit_files_deleted_total"), 0);
    let (_, _folder) = audited.stops().await;
    let (code, says) = verify(&[&moved, &file], &[&key]);
    assert_eq!(code, 0, "{says}");
    assert!(!says.contains("warning"), "{says}");
}

#[tokio::test]
async fn with_refuse_a_folder_that_is_gone_stops_sign_ins_until_it_is_back() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("audit");
    let file = folder.join("audit.jsonl");
    fs::create_dir(&folder).unwrap();
    let settings = [("STORE__KIND", "memory"), ("OPS__AUDIT_FULL", "refuse")];
    let served = serve(Vec::new(), &file, &settings).await;
    let begins = async || served.browser().begins("password").await.status;
    assert_eq!(begins().await, 303);
    fs::remove_dir_all(&folder).unwrap();
    eventually("a refusal", async || begins().await == 503).await;
    let page = metrics(&served).await;
    assert_eq!(metric(&page, "portico_audit_failing"), 1);
    fs::create_dir(&folder).unwrap();
    eventually("a sign-in", async || begins().await == 303).await;
    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    assert_eq!(log.matches("was deleted or overwritten").count(), 1, "{log}");
    assert_eq!(log.matches("the audit record cannot be written").count(), 1, "{log}");
    let (code, says) = verify(&[&file], &[]);
    assert_eq!(code, 0, "{says}");
}

#[tokio::test]
async fn a_file_that_is_moved_away_stays_in_use_while_there_can_be_no_other() {
    let outer = tempfile::tempdir().unwrap();
    let (folder, moved) = (outer.path().join("audit"), outer.path().join("moved.jsonl"));
    let file = folder.join("audit.jsonl");
    fs::create_dir(&folder).unwrap();
    let settings = [("STORE__KIND", "memory"), ("OPS__AUDIT_FULL", "refuse")];
    let served = serve(Vec::new(), &file, &settings).await;
    fs::rename(&file, &moved).unwrap();
    fs::remove_dir(&folder).unwrap();
    eventually("a look at the path", async || {
        served.process.complaints().contains("cannot be opened anew")
    })
    .await;
    for _ in 0..3 {
        served.browser().begins("password").await.expect(303);
    }
    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    assert_eq!(log.matches("cannot be opened anew").count(), 1, "{log}");
    assert_eq!(of(&records(&moved), "session_started").len(), 3);
    let (code, says) = verify(&[&moved], &[]);
    assert_eq!(code, 0, "{says}");
    assert!(says.contains("closed in order"), "{says}");
}
