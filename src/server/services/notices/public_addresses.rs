//! Which addresses a webhook may reach: public ones, and networks that the operator allows.
//!
//! An owner names an address that the server then asks. Without this rule it would ask machines for them that only the server
//! can reach. The special ranges are those of the IANA registries for
//! [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry) and
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Where clouds tell a machine its secrets. Reached only where the operator names exactly this address.
const METADATA: [&str; 4] = ["169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"];

/// Ranges of IPv4 that are not public.
const NOT_PUBLIC_V4: [(&str, u8); 15] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
];

/// The addresses that webhooks may reach.
#[derive(Clone, Debug, Default)]
pub struct Reachable {
    allowed: Vec<IpNet>,
}

impl Reachable {
    /// Public addresses, and these networks.
    pub fn with(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether the operator allows any network.
    pub fn allows_any(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Whether the address lies in a network that the operator allows.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = unwrapped(address);
        let is_metadata = METADATA.iter().any(|metadata| metadata.parse() == Ok(address));
        self.allowed.iter().any(|network| {
            network.contains(&address) && (!is_metadata || network.prefix_len() == network.max_prefix_len())
        })
    }

    /// Whether a webhook may reach the address.
    pub fn reaches(&self, address: IpAddr) -> bool {
        is_public(unwrapped(address)) || self.allows(address)
    }
}

/// The IPv4 address in an IPv6 address that stands for one: mapped (RFC 4291, section 2.5.5.2), behind NAT64 (RFC 6052) or
/// 6to4 (RFC 3056).
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let pair = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => pair(high, low),
        [0x2002, high, low, ..] => pair(high, low),
        _ => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !NOT_PUBLIC_V4.iter().any(|&(network, bits)| {
            let network: u32 = network.parse().map_or(0, |network: Ipv4Addr| network.into());
            (u32::from(v4) ^ network) >> (32 - bits) == 0
        }),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Global unicast is `2000::/3`; of it, what is reserved for protocols, for documentation and for 6to4 is not public.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_of_protocols = first == 0x2001 && second < 0x0200;
    let is_documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    is_global && !is_of_protocols && !is_documentation && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn only_public_addresses_are_reached() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:0808:0808::1",
        ] {
            assert!(Reachable::default().reaches(ip(public)), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!Reachable::default().reaches(ip(private)), "{private}");
        }
    }

    #[test]
    fn metadata_is_reached_only_where_named_exactly() {
        let reaches = |networks: &[&str], address: &str| {
            let networks = networks.iter().map(|network| network.parse().expect("a network")).collect();
            Reachable::with(networks).reaches(ip(address))
        };
        assert!(reaches(&["10.0.0.0/8"], "10.1.2.3") && reaches(&["10.0.0.0/8"], "::ffff:10.1.2.3"));
        assert!(!reaches(&["10.0.0.0/8"], "192.168.0.1"));
        assert!(reaches(&["fd00::/8"], "fd12::1") && !reaches(&["fd00::/8"], "fd00:ec2::254"));
        for wide in ["0.0.0.0/0", "169.254.0.0/16", "169.254.169.254/31"] {
            assert!(!reaches(&[wide], "169.254.169.254"), "{wide}");
            assert!(!reaches(&[wide], "::ffff:169.254.169.254"), "{wide}");
        }
        assert!(reaches(&["169.254.169.254/32"], "169.254.169.254"));
        assert!(reaches(&["fd00:ec2::254/128"], "fd00:ec2::254"));
    }
}
