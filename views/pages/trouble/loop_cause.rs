//! Why a browser goes round in circles.

/// The observed cause of a redirect loop between the portal and the sign-in form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopCause {
    /// The portal is on another host, and our cookie does not go there.
    OtherHost,
    /// The portal's proxy does not pass our cookie on.
    CookieLost,
    /// The portal shows the cookie of another session, or of one that is over.
    OtherSession,
    /// The clocks of our machines differ.
    Clock,
}
