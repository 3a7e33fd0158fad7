//! Frees an attempt whose request panicked: the next press must not wait until the mark expires (SEC-418).

use std::error::Error as StdError;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tracing::Instrument as _;

use crate::domain::ids::Tab;
use crate::flow::{Flow, FlowError, Visitor, of_this_request};
use crate::session::HashedId;

/// The mark of one request on its attempt, held for as long as the request works on it. Committing the attempt removes
/// it; dropping this guard removes it only after a panic.
#[derive(Debug)]
pub(in crate::flow) struct Marked(Box<Mark>);

#[derive(Debug, Clone)]
struct Mark {
    flow: Flow,
    visit: HashedId,
    tab: Tab,
    /// Distinguishes this mark from those of other requests.
    until: Timestamp,
}

impl Marked {
    pub(in crate::flow) fn new(flow: &Flow, visitor: &Visitor, tab: Tab, until: Timestamp) -> Self {
        Self(Box::new(Mark {
            flow: flow.clone(),
            visit: visitor.key(),
            tab,
            until,
        }))
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        // Nothing in here may panic again: that would abort the process.
        if std::thread::panicking()
            && let Ok(runtime) = Handle::try_current()
        {
            let mark = Mark::clone(&self.0);
            drop(runtime.spawn(of_this_request(async move { mark.goes().await }.in_current_span())));
        }
    }
}

impl Mark {
    async fn goes(&self) {
        if let Err(error) = self.take_off().await {
            tracing::error!(
                error = &error as &dyn StdError,
                "a request was aborted; its sign-in can continue once its claim expires"
            );
        }
    }

    async fn take_off(&self) -> Result<(), FlowError> {
        let store = &self.flow.parts.store;
        loop {
            let stored = store.load(self.visit, &self.tab).await;
            let Some(stored) = stored.map_err(FlowError::reading_attempt)? else {
                return Ok(());
            };
            let mut attempt = Arc::unwrap_or_clone(stored.attempt);
            if attempt.facts.busy_until != Some(self.until) {
                return Ok(());
            }
            attempt.facts.busy_until = None;
            let replaced = store.replace(self.visit, &self.tab, stored.revision, attempt.into());
            if replaced.await.map_err(FlowError::storing_attempt)? {
                return Ok(());
            }
        }
    }
}
