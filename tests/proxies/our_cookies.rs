//! The portal never gets our cookies, and gets all others, byte for byte.

use crate::portal::Request;
use crate::raw::exchange_octets;
use crate::recipe::Kind;
use crate::scene::Scene;
use crate::support::SESSION;

behind_every_proxy! {
    under_a_path:
    sec_313_the_portal_gets_every_cookie_but_ours
}

/// Cookies of the portal, some of them such as only programs send.
const OTHERS: &[u8] = b"theme=dark; n=J\xc3\xb6rg; m=J\xf6rg; q=\"a b\"; e=%zz; my-portico-x=1; x=portico-session=1";

pub(crate) async fn sec_313_the_portal_gets_every_cookie_but_ours(scene: Scene) {
    let browser = scene.signed_in().await;
    let session = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    let session = session.as_bytes();
    let more = &b"portico-device=x; __Host-portico-attempt=y; __Secure-portico-session=z"[..];
    for path in ["/orders", "/open"] {
        let lines: [(&[&[u8]], &[u8]); 4] = [
            (&[session, b"; ", OTHERS], OTHERS),
            (&[OTHERS, b"; ", session], OTHERS),
            (&[b"a=1; ", session, b"; b=2; ", more, b"; c=3"], b"a=1; b=2; c=3"),
            (&[more, b"; ", session], b""),
        ];
        for (line, kept) in lines {
            let line = [b"Cookie: ", &line.concat()[..]].concat();
            let answer = exchange_octets(scene.port, &format!("GET {path}"), &[&line]).await;
            let what = line.escape_ascii();
            assert_eq!(answer.status, 200, "{what}: {answer:?}");
            let asked = Request::of(&answer.body);
            let kept = match std::str::from_utf8(kept) {
                Ok(kept) => kept.to_owned(),
                Err(_) => kept.escape_ascii().to_string(),
            };
            let got = asked.all("cookie");
            let got: Vec<&str> = got.into_iter().filter(|line| !line.is_empty()).collect();
            let wanted: Vec<&str> = [&*kept].into_iter().filter(|line| !line.is_empty()).collect();
            assert_eq!(got, wanted, "{what}");
            assert!(!asked.header("portico-user").is_empty(), "{what}");
        }
        // Programs may send several `Cookie` lines, and so may proxies of HTTP/2.
        let ours = [b"Cookie: ", session].concat();
        for lines in [[&ours[..], b"Cookie: b=2"], [b"Cookie: b=2", &ours]] {
            let answer = exchange_octets(scene.port, &format!("GET {path}"), &lines).await;
            // Envoy asks with one of the lines only.
            if answer.status == 401 && scene.kind == Some(Kind::Envoy) {
                continue;
            }
            let asked = Request::of(&answer.body);
            let got = asked.all("cookie");
            let got: Vec<_> = got.into_iter().filter(|line| !line.is_empty()).collect();
            assert_eq!(got, ["b=2"], "{answer:?}");
        }
    }
}
