//! Portico's pages: view-models in, markup out.
//!
//! A view is a pure function from a view-model to [`maud::Markup`]: `sign_in(&SignInPage) -> Markup`. It borrows
//! everything, reads no clock, no settings and no network, and cannot fail. `web` builds the view-models; the words
//! live in [`copy`], the addresses in [`paths`]. Every view-model implements [`samples::Samples`], and that one list
//! drives the snapshots, the gallery and the accessibility checks.
//!
//! Start reading at [`Chrome`] (what every page shares), then at any page, for instance [`SignInPage`].

mod account;
mod assets;
mod brand;
mod brand_css;
#[cfg(test)]
mod checks;
mod chrome;
mod code;
mod colour;
pub mod copy;
mod factor;
mod field;
mod forgotten;
pub mod gallery;
mod icon;
mod layout;
mod moment;
mod passkey;
pub mod paths;
mod problem;
mod push;
mod resend;
pub mod samples;
mod sign_in;
mod sign_out;
mod signed_out;
mod trouble;
mod way;

pub use account::{AccountNotice, AccountPage, Person, SessionRow, account};
pub use assets::{Assets, Script};
pub use brand::{Brand, Contact, Links};
pub use brand_css::{BrandError, BrandStyle, brand_css};
pub use chrome::{Chrome, LanguageLink};
pub use code::{CodePage, CodeProblem, CodeSource, code};
pub use factor::{FactorPage, FactorProblem, factor};
pub use forgotten::{ForgottenPage, forgotten};
pub use moment::Moment;
pub use passkey::{PasskeyPage, PasskeyProblem, passkey};
pub use push::{PushPage, PushState, push};
pub use resend::Resend;
pub use sign_in::{FieldProblem, Remember, SignInMode, SignInNotice, SignInPage, SignInProblem, sign_in};
pub use sign_out::{SignOutPage, sign_out};
pub use signed_out::{Ending, Revocation, SignedOutPage, signed_out};
pub use trouble::{LoopCause, Trouble, TroublePage, trouble};
pub use way::{Factor, Way};
