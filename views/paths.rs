//! The paths of the pages. `web` mounts these, forms and links point at them, so the two cannot drift apart.
//!
//! All are under the path of the public address; [`crate::Chrome::path`] puts that in front.

/// The form for name and password.
pub const SIGN_IN: &str = "/sign-in";
/// Choosing a factor.
pub const FACTOR: &str = "/sign-in/factor";
/// Entering a code.
pub const CODE: &str = "/sign-in/code";
/// Asking for another code.
pub const CODE_RESEND: &str = "/sign-in/code/resend";
/// Waiting for a push.
pub const PUSH: &str = "/sign-in/push";
/// The event stream with the outcome of the push.
pub const PUSH_EVENTS: &str = "/sign-in/push/events";
/// Asking for another push.
pub const PUSH_RESEND: &str = "/sign-in/push/resend";
/// Answering with a passkey.
pub const PASSKEY: &str = "/sign-in/passkey";
/// "Not you?": abandons the attempt, keeps the destination.
pub const RESTART: &str = "/sign-in/restart";
/// Sends the browser to Okta's hosted page.
pub const HOSTED: &str = "/sign-in/okta";
/// Where Okta's hosted page sends the browser back to.
pub const HOSTED_CALLBACK: &str = "/sign-in/okta/callback";
/// The account page: who is signed in, and in which browsers.
pub const ACCOUNT: &str = "/account";
/// Ends one session, named by the field `session`.
pub const ACCOUNT_END: &str = "/account/end";
/// Ends every session but this one.
pub const ACCOUNT_END_OTHERS: &str = "/account/end-others";
/// The session as JSON.
pub const SESSION: &str = "/session";
/// "Stay signed in".
pub const SESSION_EXTEND: &str = "/session/extend";
/// The script for portal pages.
pub const COMPANION: &str = "/companion.js";
/// Asks, then signs out.
pub const SIGN_OUT: &str = "/sign-out";
/// What the sign-out did.
pub const SIGNED_OUT: &str = "/signed-out";
/// Every page with every state, in debug builds.
pub const GALLERY: &str = "/dev/gallery";

/// The query parameter and the hidden field that carry the customer's destination.
pub const RETURN_TO: &str = "return_to";
/// The query parameter and the hidden field that carry a tab's attempt reference.
pub const ATTEMPT: &str = "attempt";
