//! The TLS clients of other people: openssl, Python and curl.

use std::process::{Command, Stdio};

use super::TlsApp;

fn said(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// On another thread: the service runs on this one's runtime.
async fn says(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments);
    tokio::task::spawn_blocking(move || said(command)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_clients_get_a_modern_connection_and_old_versions_none() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let (port, authority) = (tls.app.port(), tls.certificates.named("authority.pem"));
    let at = format!("localhost:{port}");
    let openssl = async |more: &[&str]| {
        let usual = [
            "s_client",
            "-connect",
            &at,
            "-servername",
            "localhost",
            "-CAfile",
            &authority,
        ];
        says("openssl", &[&usual[..], more].concat()).await
    };
    for version in ["-tls1_2", "-tls1_3"] {
        let said = openssl(&[version, "-alpn", "h2,http/1.1", "-verify_return_error"]).await;
        assert!(said.contains("Verify return code: 0 (ok)"), "{version}: {said}");
        assert!(said.contains("ALPN protocol: http/1.1"), "{version}: {said}");
    }
    let old = openssl(&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]).await;
    assert!(old.contains(" alert ") && old.contains("Cipher is (NONE)"), "{old}");
    let script = "import ssl, sys, http.client\n\
                  context = ssl.create_default_context(cafile=sys.argv[1])\n\
                  asked = http.client.HTTPSConnection('localhost', int(sys.argv[2]), context=context)\n\
                  for path in ['/sign-in', '/signed-out', '/nothing']:\n\
                  \x20   asked.request('GET', path)\n\
                  \x20   answer = asked.getresponse()\n\
                  \x20   print(answer.status, len(answer.read()) > 500, answer.headers['strict-transport-security'])\n";
    let python = says("python3", &["-c", script, &authority, &port.to_string()]).await;
    let expected = [200, 200, 404].map(|status| format!("{status} True max-age=31536000\n"));
    assert_eq!(python, expected.concat());
}
