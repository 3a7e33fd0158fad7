//! How addresses are cut into networks. An IPv4 address inside IPv6 counts as IPv4.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many leading bits of an address a network keeps, in IPv4 and in IPv6.
#[derive(Debug, Clone, Copy)]
pub struct PrefixLength {
    pub v4: u32,
    pub v6: u32,
}

/// One customer of a provider: the address for IPv4, or a /64 (SEC-113).
const HOST: PrefixLength = PrefixLength { v4: 32, v6: 64 };

/// What a log may show of an address: a /24, or the /48 that one site may have.
const NETWORK: PrefixLength = PrefixLength { v4: 24, v6: 48 };

/// The address space of one customer of a provider.
pub fn host_of(address: IpAddr) -> IpAddr {
    cut(address, HOST)
}

/// The network that logs and the help desk name instead of an address.
pub fn network_of(address: IpAddr) -> IpAddr {
    cut(address, NETWORK)
}

/// That network as text, such as `192.0.2.0/24`.
pub fn network_name(address: IpAddr) -> String {
    let network = network_of(address);
    let bits = if network.is_ipv4() { NETWORK.v4 } else { NETWORK.v6 };
    format!("{network}/{bits}")
}

/// The first address of the network around this one.
pub fn cut(address: IpAddr, length: PrefixLength) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - length.v4).unwrap_or_default();
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - length.v6).unwrap_or_default();
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_tell_the_network_and_not_the_address() {
        for (address, expected) in [
            ("198.51.100.77", "198.51.100.0/24"),
            ("::ffff:198.51.100.77", "198.51.100.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ] {
            assert_eq!(network_name(address.parse().unwrap()), expected);
        }
    }
}
