//! The disk of the audit file is full.

use super::{Audited, metrics, of, records, serve, verify};
use crate::process::SmallDisk;
use crate::support::{Page, Served, eventually, file_limit, metric};

async fn is_failing(served: &Served) -> bool {
    metric(&metrics(served).await, "portico_audit_failing") == 1
}

async fn begins(served: &Served) -> Page {
    served.browser().begins("password").await
}

#[tokio::test]
async fn with_refuse_no_sign_in_goes_unrecorded_and_nothing_else_stops() {
    let settings = [("STORE__KIND", "memory"), ("OPS__AUDIT_FULL", "refuse")];
    let audited = Audited::start_through(file_limit::through(), &settings).await;
    let served = &audited.served;
    let (kept, goes) = (served.browser(), served.browser());
    kept.begins("password").await.expect(303);
    goes.begins("password").await.expect(303);
    file_limit::impose(&served.process);
    eventually("a refusal", async || begins(served).await.status == 503).await;
    let refused = begins(served).await;
    refused.expect(503).is_headed("Sign-in isn’t answering right now");
    assert_eq!(refused.header("retry-after"), "5");
    assert!(is_failing(served).await);
    // A step-up is a sign-in.
    let form = kept.gets("/sign-in?max_age=0&return_to=/account").await;
    kept.submits_password(&form, "password", crate::support::PASSWORD)
        .await
        .expect(503);
    assert_eq!(kept.session().await["active"], true);
    goes.signs_out().await;
    assert!(!goes.is_signed_in());

    file_limit::lift(&served.process);
    eventually("a sign-in", async || begins(served).await.status == 303).await;
    assert!(!is_failing(served).await);
    let (log, folder) = audited.stops().await;
    assert!(
        log.contains("the audit record cannot be written") && log.contains("can be written again"),
        "{log}"
    );
    assert!(log.contains("audit_failed"), "{log}");
    let file = folder.path().join("audit.jsonl");
    let all = records(&file);
    assert_eq!(
        of(&all, "signed_out").len(),
        1,
        "what happened meanwhile is recorded afterwards"
    );
    assert!(of(&all, "dropped").is_empty());
    let (code, says) = verify(&[&file], &[]);
    assert_eq!(code, 0, "{says}");
}

#[tokio::test]
async fn with_go_on_nothing_stops_and_a_half_written_line_is_repaired() {
    let Some(disk) = SmallDisk::new() else {
        return;
    };
    let file = disk.store().with_file_name("audit.jsonl");
    let served = serve(disk.through(), &file, &[("STORE__KIND", "memory")]).await;
    begins(&served).await.expect(303);
    disk.fill();
    // Until the page of the file that has room is full.
    let mut tries = 0;
    while !is_failing(&served).await {
        begins(&served).await.expect(303);
        tries += 1;
        assert!(tries < 100, "nothing fails");
    }
    for _ in 0..3 {
        begins(&served).await.expect(303);
    }
    disk.clear();
    eventually("the end of the trouble", async || !is_failing(&served).await).await;
    served.process.send_sigterm();
    let (_, log) = served.process.ends().await;
    assert_eq!(log.matches("the audit record cannot be written").count(), 1, "{log}");
    let file = disk.outside(&file);
    let all = records(&file);
    assert_eq!(of(&all, "session_started").len(), 1 + tries + 3);
    let (code, says) = verify(&[&file], &[]);
    assert_eq!(code, 0, "{says}");
    assert!(says.contains("closed in order"), "{says}");
    assert!(says.contains("torn:"), "{says}");
}
