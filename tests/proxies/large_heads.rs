//! Heads that reach the portal reach the form too, and a client that sends too much is told what helps (SEC-307).

use crate::recipe::Kind;
use crate::scene::Scene;

behind_every_proxy! {
    under_a_path:
    sec_307_forward_auth_accepts_the_headers_that_the_form_accepts
}

pub(crate) async fn sec_307_forward_auth_accepts_the_headers_that_the_form_accepts(scene: Scene) {
    const HELPS: &str = "Delete this site’s cookies";
    let browser = scene.signed_in().await;
    let page = [
        "Accept: text/html",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Dest: document",
    ];
    for (kibibytes, fits) in [(17, true), (31, true), (33, false)] {
        let filler = "x".repeat(kibibytes * 1024);
        let mut lines: Vec<String> = page.map(str::to_owned).into();
        lines.push(format!("{}; filler={filler}", Scene::cookie(&browser)));
        let form = scene.says("GET /auth/sign-in?prompt=login", &lines).await;
        let portal = scene.says("GET /orders", &lines).await;
        if fits {
            assert_eq!((form.status, portal.status), (200, 200), "{kibibytes}");
            continue;
        }
        assert_eq!(form.status, 431, "{form:?}");
        assert!(form.body.contains(HELPS), "{}", form.body);
        if scene.kind == Some(Kind::Nginx) {
            // The proxy has no page for this, and redirects to the form, which has.
            assert_eq!(portal.status, 303, "{portal:?}");
            assert_eq!(portal.header("location"), scene.at("/auth/sign-in"));
            lines.retain(|line| !page.contains(&line.as_str()));
            let program = scene.says("GET /orders", &lines).await;
            assert_eq!(program.status, 400, "{program:?}");
            assert!(program.body.contains("head_too_large"), "{}", program.body);
            continue;
        }
        assert!(matches!(portal.status, 400 | 431), "{portal:?}");
        assert!(portal.body.contains(HELPS), "{}", portal.body);
    }
    if scene.kind == Some(Kind::Nginx) {
        // More than the service itself reads.
        let mut lines: Vec<String> = page.map(str::to_owned).into();
        lines.push(format!("Cookie: filler={}", "x".repeat(50 * 1024)));
        for request in ["GET /auth/sign-in", "GET /orders", "POST /orders"] {
            let answer = scene.says(request, &lines).await;
            assert_eq!(answer.status, 431, "{request}: {answer:?}");
            assert!(
                answer.body.contains("Delete this site&rsquo;s cookies"),
                "{}",
                answer.body
            );
        }
    }
}
