//! How much of an unread body is drained, and how many at once.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use actix_http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_http::{HttpMessage as _, Request};

use super::rest::Rest;
use crate::clock::Clock;
use crate::domain::network::network_name;
use crate::domain::session::after;
use crate::web::forward_auth::verify::REFUSED;
use crate::web::middleware::client_address::{TrustedProxies, client_address, peer_address};
use crate::web::middleware::network_quota::{LEAST, NetworkQuota, WINDOW};
use crate::web::middleware::socket_offer::has_socket_offer;

/// The longest time that a body is drained, in [`WINDOW`]s: a minute.
const WINDOWS: u32 = 12;

/// The most bytes drained of one body.
const MOST: usize = 8 * 1024 * 1024;

/// The most bodies drained at once, of one network and in all: few of the files that a process may have open.
const OF_ONE_NETWORK: u32 = 8;
const IN_ALL: u32 = 64;

/// The settings for drains.
#[derive(Debug)]
pub struct DrainsParts {
    pub clock: Arc<dyn Clock>,
    /// The proxies whose forwarding header counts.
    pub trusted: TrustedProxies,
    /// Prefix of the paths that only proxies request. A proxy may announce the body of its client and send none, and
    /// then waits for nothing but the answer.
    pub asking: Option<String>,
}

/// The bodies that are being drained; shared by all workers.
#[derive(Debug, Clone)]
pub struct Drains {
    parts: Arc<DrainsParts>,
    under_way: NetworkQuota,
}

impl Drains {
    pub fn new(parts: DrainsParts) -> Self {
        Self {
            parts: Arc::new(parts),
            under_way: NetworkQuota::new(OF_ONE_NETWORK, IN_ALL),
        }
    }

    /// The same drains with other proxies that count.
    #[must_use]
    pub fn trusting(&self, trusted: TrustedProxies) -> Self {
        let DrainsParts { clock, asking, .. } = &*self.parts;
        Self {
            parts: Arc::new(DrainsParts {
                clock: Arc::clone(clock),
                trusted,
                asking: asking.clone(),
            }),
            under_way: self.under_way.clone(),
        }
    }

    /// Whether, and for which network, this request's body may be drained.
    pub(in crate::web) fn queue(&self, req: &Request) -> Queue {
        let asking = self.parts.asking.as_deref();
        let is_asking = asking.is_some_and(|asking| req.path().starts_with(asking) && !req.path().ends_with(REFUSED));
        let headers = req.headers();
        let has_body = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        // A body on a connection that was to become a WebSocket has no end.
        let has_end = has_body && !has_socket_offer(headers);
        let peer = peer_address(req.peer_addr());
        Queue {
            drains: self.clone(),
            address: client_address(peer, headers, &self.parts.trusted),
            is_worth_it: has_end && !is_asking,
        }
    }
}

/// A body that may be drained.
#[derive(Debug)]
pub(in crate::web) struct Queue {
    drains: Drains,
    address: IpAddr,
    /// Whether the body can end, and the client waits for that.
    is_worth_it: bool,
}

impl Queue {
    /// Drains the rest, if it arrives fast enough and the quota allows.
    pub(in crate::web) async fn drain(mut self, rest: Rc<Rest>, has_given_up: bool) {
        rest.take_over();
        self.is_worth_it &= !has_given_up;
        // The library still holds what arrived with the head, and passes it on when we yield.
        tokio::task::yield_now().await;
        if rest.is_over() || !self.is_worth_it {
            return;
        }
        let Some(_permit) = self.drains.under_way.enters(&network_name(self.address)) else {
            return;
        };
        let clock = &self.drains.parts.clock;
        let (mut in_all, mut lately, mut windows) = (0, 0, 0);
        let mut window = clock.sleep_until(after(clock.now(), WINDOW));
        loop {
            tokio::select! {
                piece = rest.next() => match piece {
                    Some(size) => (in_all, lately) = (in_all + size, lately + size),
                    None => return,
                },
                () = &mut window => {
                    windows += 1;
                    if lately < LEAST || windows == WINDOWS {
                        return;
                    }
                    lately = 0;
                    window = clock.sleep_until(after(clock.now(), WINDOW));
                }
            }
            if in_all >= MOST {
                return;
            }
        }
    }
}
