//! Portico's pages: view-models in, markup out.
//!
//! A view is a pure function from a view-model to [`maud::Markup`]: `sign_in(&SignInPage) -> Markup`. It borrows
//! everything, reads no clock, no settings and no network, and cannot fail. `web` builds the view-models; the words
//! live in [`copy`], the addresses in [`paths`]. Every view-model implements [`samples::Samples`], and that one list
//! drives the snapshots, the gallery and the accessibility checks.
//!
//! Start reading at [`Chrome`] (what every page shares), then at any page, for instance [`SignInPage`].

mod assets;
mod brand;
mod brand_css;
#[cfg(test)]
mod checks;
mod colour;
pub mod copy;
pub mod gallery;
mod pages;
mod parts;
pub mod paths;
pub mod samples;
mod surface;
mod template;

pub use crate::assets::{Assets, Script};
pub use crate::brand::{Brand, Contact, Links};
pub use crate::brand_css::{BrandError, BrandStyle, brand_css};
pub use crate::pages::account::{AccountNotice, AccountPage, Person, SessionRow, account};
pub use crate::pages::code::{CodePage, CodeProblem, CodeSource, code};
pub use crate::pages::factor::{FactorPage, FactorProblem, factor};
pub use crate::pages::forgotten::{ForgottenPage, forgotten};
pub use crate::pages::passkey::{PasskeyPage, PasskeyProblem, passkey};
pub use crate::pages::push::{PushPage, PushState, push};
pub use crate::pages::sign_in::{FieldProblem, Remember, SignInMode, SignInNotice, SignInPage, SignInProblem, sign_in};
pub use crate::pages::sign_out::{SignOutPage, sign_out};
pub use crate::pages::signed_out::{Ending, Revocation, SignedOutPage, signed_out};
pub use crate::pages::trouble::{LoopCause, Trouble, TroublePage, trouble};
pub use crate::parts::chrome::{Chrome, LanguageLink};
pub use crate::parts::moment::Moment;
pub use crate::parts::resend::Resend;
pub use crate::parts::way::{Factor, Way};
pub use crate::surface::Surface;
pub use crate::template::{Template, Tokens};
