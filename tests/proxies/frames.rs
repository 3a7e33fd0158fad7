//! A portal may show one of its own pages inside another.

use reqwest::Method;

use crate::scene::Scene;

behind_every_proxy! {
    under_a_path:
    sec_319_a_portal_may_frame_itself
}

pub(crate) async fn sec_319_a_portal_may_frame_itself(scene: Scene) {
    let (browser, stranger) = (scene.signed_in().await, scene.app.browser());
    for dest in ["iframe", "frame", "object", "embed", "fencedframe"] {
        let lines = [
            ("accept", "text/html,*/*;q=0.8"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", dest),
        ];
        for method in [Method::GET, Method::POST] {
            let page = scene.asks(&browser, method, "/orders", &lines).await;
            page.expect(200);
            assert!(page.body.contains("/orders"), "the portal's own page");
        }
        // In a frame of the portal nobody is redirected to the form, and the form is not shown there.
        let refused = scene.asks(&stranger, Method::GET, "/orders", &lines).await;
        refused.expect(401);
        assert_eq!(refused.location(), "");
        for path in ["/auth/sign-in", "/auth/account"] {
            let page = scene.asks(&browser, Method::GET, path, &lines).await;
            page.expect(403);
        }
    }
}
