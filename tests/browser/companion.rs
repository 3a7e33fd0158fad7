//! The companion on a portal's page (docs/portal.md), in an origin that portal and service share.

mod endings;
mod looks;
mod requests;
mod tabs;
mod visit;
mod warnings;
