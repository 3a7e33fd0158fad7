//! Which account a try is counted against, and how its result is recorded.

use super::claim::Work;
use crate::domain::attempt::Event;
use crate::domain::device::KnownDevice;
use crate::domain::factor::Factor;
use crate::domain::input::Login;
use crate::domain::problem::Refusal;
use crate::flow::{Flow, Visitor};
use crate::limits::AccountKey;

impl Flow {
    /// The account, as tried by this browser. A browser that has signed in to it before is counted separately
    /// (SEC-112).
    pub(in crate::flow) fn account(&self, visitor: &Visitor, login: &Login) -> AccountKey {
        let (limits, name) = (&self.parts.limits, login.as_str());
        match self.known_to(visitor, login) {
            Some(device) => limits.account_on_device(name, device.id()),
            None => limits.account(name),
        }
    }

    pub(in crate::flow) fn known_to<'a>(&self, visitor: &'a Visitor, login: &Login) -> Option<&'a KnownDevice> {
        let (secrets, now) = (&self.parts.secrets, self.now());
        let device = visitor.known_device.as_ref();
        device.filter(|device| secrets.device_cookies.recognises(device, login, now))
    }

    /// The device cookie with a new voucher, now that the account has signed in with this browser.
    pub(in crate::flow) fn vouched(&self, visitor: &Visitor, login: &Login) -> KnownDevice {
        let device = visitor.known_device.as_ref();
        self.parts.secrets.device_cookies.vouch(device, login, self.now())
    }

    /// Records how a try with a password or a code ended. One that may start the session remains in progress: the
    /// session's start resets the counts and this try with them, and where it does not start, [`commit`](Self::commit)
    /// records the try.
    pub(in crate::flow) async fn record_try(
        &self,
        visitor: &Visitor,
        work: &mut Work,
        account: &AccountKey,
        factor: Factor,
        event: &Event,
    ) {
        let limits = &self.parts.limits;
        if is_wrong(event) {
            let address = visitor.address;
            limits.sign_in_failed(account, factor, address).await;
        } else if matches!(event, Event::Accepted { .. }) {
            work.accepted_try = Some((*account, factor));
        } else {
            // A lost answer is not a failure either: otherwise an outage at Okta would lock everybody out.
            limits.sign_in_passed(account, factor).await;
        }
    }
}

/// Whether Okta reported a wrong password or code.
pub(in crate::flow) fn is_wrong(event: &Event) -> bool {
    matches!(
        event,
        Event::Refused {
            refusal: Refusal::WrongCredentials | Refusal::WrongCode,
            ..
        }
    )
}
