//! Asks a running service to end.

use tokio::sync::watch;

/// A handle that asks a running service to end. Clones ask the same service; a service that does not run yet ends as
/// soon as it does.
#[derive(Debug, Clone)]
pub struct StopHandle(watch::Sender<Stop>);

/// How urgently the service is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    NotAsked,
    Calmly,
    AtOnce,
}

impl StopHandle {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Stop::NotAsked))
    }

    /// The first call asks for an orderly end. The second asks for an end at once, whatever is in progress.
    pub fn stop(&self) {
        self.0.send_modify(|stop| {
            *stop = match stop {
                Stop::NotAsked => Stop::Calmly,
                Stop::Calmly | Stop::AtOnce => Stop::AtOnce,
            }
        });
    }

    /// Asks for an end at once, whatever is in progress.
    pub fn stop_at_once(&self) {
        self.0.send_replace(Stop::AtOnce);
    }

    pub(super) async fn asked(&self) {
        self.reaches(Stop::Calmly).await;
    }

    pub(super) async fn asked_twice(&self) {
        self.reaches(Stop::AtOnce).await;
    }

    async fn reaches(&self, urgency: Stop) {
        // OK to ignore an error: the sender lives as long as this handle.
        let _ = self.0.subscribe().wait_for(|stop| *stop >= urgency).await;
    }
}
