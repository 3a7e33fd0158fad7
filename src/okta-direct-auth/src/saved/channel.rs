//! A channel, under Okta's own name for it.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use crate::Channel;

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over the member by reference"
)]
pub(super) fn serialize<S: Serializer>(channel: &Channel, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(channel.as_str())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Channel, D::Error> {
    let name = String::deserialize(from)?;
    Channel::parse(&name).ok_or_else(|| D::Error::custom("unknown channel"))
}
