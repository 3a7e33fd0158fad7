//! Socket options, which cannot be seen from the other end. Linux lets a process look at its own sockets, and the
//! service under test runs in this one.

use std::net::{SocketAddr, TcpStream};

use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use crate::support::{PASSWORD, TestApp, asks, connect};

/// With Nagle's algorithm an answer waits up to 40 ms for the client to acknowledge the piece before.
#[tokio::test]
async fn answers_and_calls_to_okta_leave_at_once() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let signed_in = browser.submits_password(&form, "password", PASSWORD).await;
    signed_in.expect(303);
    let mut client = connect(app.port()).await;
    asks(&mut client, app.port()).await;
    let own = client.local_addr().unwrap();
    let sockets = sockets();
    let peers = |fits: &dyn Fn(SocketAddr, SocketAddr) -> bool| {
        sockets
            .iter()
            .filter(|socket| {
                let ends = (socket.local_addr(), socket.peer_addr());
                matches!(ends, (Ok(local), Ok(peer)) if fits(local, peer))
            })
            .map(|socket| socket.nodelay().unwrap())
            .collect::<Vec<_>>()
    };
    // Another test may use the same port number on a connection to another service.
    let ours = app.port();
    let service = peers(&|local, peer| local.port() == ours && peer == own);
    assert_eq!(service, [true], "the service's end");
    let okta = peers(&|_, peer| peer.port() == app.okta().port());
    assert!(!okta.is_empty() && okta.iter().all(|is_set| *is_set), "{okta:?}");
}

/// The sockets of this process, among them the service's and the simulator's.
fn sockets() -> Vec<TcpStream> {
    let this = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    // All of them first: the copies are files, too, and would be found as well.
    let files: Vec<_> = std::fs::read_dir("/proc/self/fd").unwrap().collect();
    let sockets = files.into_iter().filter_map(|file| {
        let file = file.unwrap();
        // Nothing else is duplicated: a second descriptor of a file would hold its lock for another test.
        let is_socket =
            std::fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"));
        let number = file.file_name().to_str()?.parse().ok()?;
        let copy = is_socket.then(|| pidfd_getfd(&this, number, PidfdGetfdFlags::empty()))?;
        Some(TcpStream::from(copy.ok()?))
    });
    sockets.collect()
}
