//! Logs connections of trusted proxies that were closed for want of a PROXY protocol header, once a minute at most: a
//! load balancer that is set up wrongly has as many of them as there are customers.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::session::after;

const PAUSE: Duration = Duration::from_mins(1);

/// How many there were since the last line, and until when none is written.
#[derive(Debug, Default)]
pub struct ProxyTroubles(Mutex<(u64, Option<Timestamp>)>);

impl ProxyTroubles {
    /// Counts one, and logs the count if it is time to.
    pub(super) fn add(&self, peer: IpAddr, now: Timestamp) {
        // OK when poisoned: both numbers make sense at any time.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, quiet_until) = &mut *state;
        *count += 1;
        if quiet_until.is_some_and(|until| now < until) {
            return;
        }
        *quiet_until = Some(after(now, PAUSE));
        tracing::warn!(
            count = std::mem::take(count),
            %peer,
            "connections from a trusted proxy were closed: they did not begin with the PROXY protocol header that \
             limits.proxy_protocol asks for"
        );
    }
}
