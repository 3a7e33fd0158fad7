//! A real proxy with the printed recipe.

use tempfile::TempDir;

use crate::recipe::{Kind, Program as _, Recipe};
use crate::support::{Running, eventually, secs, status};

/// A running proxy. It ends with its test.
#[derive(Debug)]
pub(crate) struct Proxy {
    process: Running,
    _folder: TempDir,
}

impl Proxy {
    /// Starts it, and waits until it serves the form at this address.
    pub(crate) async fn start(kind: Kind, recipe: &Recipe<'_>, form: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Running::start(kind.command(recipe, folder.path(), false));
        let proxy = Self {
            process,
            _folder: folder,
        };
        let form_is_there = eventually("a proxy that serves", async || status(form).await == Some(200));
        let served = tokio::time::timeout(secs(15), form_is_there).await;
        assert!(served.is_ok(), "{}: {}", kind.name(), proxy.complaints());
        proxy
    }

    /// Its complaints.
    pub(crate) fn complaints(&self) -> String {
        self.process.complaints()
    }
}
