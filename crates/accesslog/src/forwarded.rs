//! Who sent a request that came through proxies.
//!
//! A server sees the last proxy as its peer, and finds in `X-Forwarded-For` (or `Forwarded`, RFC 7239) whom each proxy
//! saw as its own. Every proxy appends at the right; what stands further left was there before and may be the client's
//! invention. So the list is believed from the right only, and only as long as addresses of one's own proxies vouch for
//! what stands left of them. The rule of [`TrustedProxies::effective_client`]:
//!
//! 1. A peer that is not trusted is the client, whatever the header says.
//! 2. Behind a trusted peer the list is walked from the right, over trusted addresses. The first that is not trusted is
//!    the client.
//! 3. What is no address (`unknown`, `_hidden`, an empty entry, garbage) ends the walk: the client is the last trusted
//!    address that was seen, since that one is known to have sent the request on, and nothing left of it is vouched for.
//! 4. Where all addresses are trusted, the leftmost is the client: it is one of one's own machines.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::{self, FromStr};

/// The networks of one's own proxies, whose word on whom they saw is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Networks,
}

/// Networks, as people write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    all: Vec<Network>,
}

/// A network: an address and how many of its leading bits count.
///
/// All addresses are of IPv6 here, those of IPv4 mapped (`::ffff:192.0.2.7`), so that one spelling of an address is as
/// good as the other.
///
/// Invariant: `first & !mask == 0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    first: u128,
    mask: u128,
}

/// How many bits stand before an address of IPv4 that is mapped into IPv6.
const MAPPED_BITS: u32 = 96;

/// Why a text is no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError {
    text: String,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Address,
    Prefix { bits_max: u32 },
    BitsBehind { first: IpAddr, bits: u32 },
}

impl Networks {
    /// The networks that the texts name: `10.0.0.0/8`, `2001:db8::/32`, or an address alone.
    ///
    /// # Errors
    ///
    /// The first text that names no network, and why.
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Networks, NetworkError> {
        let all = texts.into_iter().map(|text| text.trim().parse()).collect::<Result<_, _>>()?;
        Ok(Networks { all })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a client as a log names it, be it with its port, is an address of one of them.
    pub fn hold(&self, client: &[u8]) -> bool {
        address(client).is_some_and(|(_, address)| self.hold_address(address))
    }

    fn hold_address(&self, address: IpAddr) -> bool {
        let address = bits(address);
        self.all.iter().any(|network| address & network.mask == network.first)
    }
}

impl TrustedProxies {
    /// The networks that the texts name: `10.0.0.0/8`, `2001:db8::/32`, or an address alone.
    ///
    /// # Errors
    ///
    /// The first text that names no network, and why.
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<TrustedProxies, NetworkError> {
        Ok(TrustedProxies { networks: Networks::parse(texts)? })
    }

    /// Whether no proxy is trusted.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// Who sent the request: the peer, or whom the trusted proxies saw. `forwarded` is the value of `X-Forwarded-For` or
    /// of `Forwarded` as it was logged. The rule stands at the head of this module.
    pub fn effective_client<'a>(&self, peer: &'a [u8], forwarded: Option<&'a [u8]>) -> &'a [u8] {
        let Some(forwarded) = forwarded else { return peer };
        let Some((address, _)) = address(peer).filter(|(_, address)| self.trusts(*address)) else { return peer };
        let mut client = address;
        for entry in forwarded.rsplit(|byte| *byte == b',') {
            let Some((text, address)) = node(entry).and_then(self::address) else { return client };
            client = text;
            if !self.trusts(address) {
                return client;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.hold_address(address)
    }
}

/// The bits of an address; one of IPv4 is mapped into IPv6.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// What an entry of the list names as the one that was seen: all of it, or its `for=`.
fn node(entry: &[u8]) -> Option<&[u8]> {
    let entry = without_blanks(entry);
    if memchr::memchr(b'=', entry).is_none() {
        return Some(without_quotes(entry));
    }
    entry.split(|byte| *byte == b';').find_map(|pair| {
        let (name, value) = pair.trim_ascii().split_first_chunk::<4>()?;
        name.eq_ignore_ascii_case(b"for=").then(|| without_quotes(value.trim_ascii()))
    })
}

/// The text without the blanks around it, also where a log has escaped them: `a,%20b` (CloudFront), `a,+b` (IIS).
fn without_blanks(mut text: &[u8]) -> &[u8] {
    loop {
        let shorter = text.trim_ascii();
        let shorter = shorter.strip_prefix(b"+").or_else(|| shorter.strip_prefix(b"%20")).unwrap_or(shorter);
        let shorter = shorter.strip_suffix(b"+").or_else(|| shorter.strip_suffix(b"%20")).unwrap_or(shorter);
        if shorter.len() == text.len() {
            return text;
        }
        text = shorter;
    }
}

fn without_quotes(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}

/// The address in a text, which may have its port behind it (`192.0.2.7:80`, `[2001:db8::7]:80`): as it is written, and
/// what it means.
fn address(text: &[u8]) -> Option<(&[u8], IpAddr)> {
    let text = match text.strip_prefix(b"[") {
        Some(inner) => {
            let end = memchr::memchr(b']', inner)?;
            match &inner[end + 1..] {
                [] => {}
                [b':', port @ ..] if is_port(port) => {}
                _ => return None,
            }
            &inner[..end]
        }
        None => match memchr::memchr(b':', text) {
            // One colon is before a port; more are of an address.
            Some(at) if memchr::memchr(b':', &text[at + 1..]).is_none() => {
                if !is_port(&text[at + 1..]) {
                    return None;
                }
                &text[..at]
            }
            _ => text,
        },
    };
    // The zone of a link-local address says by which interface it was seen.
    let plain = &text[..memchr::memchr(b'%', text).unwrap_or(text.len())];
    let address = str::from_utf8(plain).ok()?.parse().ok()?;
    Some((text, address))
}

/// Whether the text is a port, or what RFC 7239 (section 6.2) lets a proxy write in its place.
fn is_port(text: &[u8]) -> bool {
    let is_hidden = text.first() == Some(&b'_') && 1 < text.len();
    is_hidden || (1..=5).contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let error = |reason| NetworkError { text: text.to_owned(), reason };
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| error(Reason::Address))?;
        let bits_max = if address.is_ipv4() { u32::BITS } else { u128::BITS };
        let prefix_bits = match prefix {
            None => bits_max,
            Some(prefix) => prefix
                .parse()
                .ok()
                .filter(|bits| *bits <= bits_max && prefix.bytes().all(|byte| byte.is_ascii_digit()))
                .ok_or_else(|| error(Reason::Prefix { bits_max }))?,
        };
        let all_bits = if address.is_ipv4() { MAPPED_BITS + prefix_bits } else { prefix_bits };
        let mask = if all_bits == 0 { 0 } else { u128::MAX << (u128::BITS - all_bits) };
        let first = bits(address) & mask;
        if first != bits(address) {
            return Err(error(Reason::BitsBehind { first: unmapped(first, address), bits: prefix_bits }));
        }
        Ok(Network { first, mask })
    }
}

/// The address of these bits, in the family of another.
fn unmapped(bits: u128, like: IpAddr) -> IpAddr {
    let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
    if like.is_ipv4() { address.to_canonical() } else { address }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no network: ", self.text.escape_default())?;
        match self.reason {
            Reason::Address => write!(out, "expected an address, and perhaps its prefix: 10.0.0.0/8, 2001:db8::/32"),
            Reason::Prefix { bits_max } => write!(out, "expected a prefix of 0 to {bits_max} bits behind the slash"),
            Reason::BitsBehind { first, bits } => {
                write!(out, "the address has bits behind its prefix; the network is {first}/{bits}")
            }
        }
    }
}

impl std::error::Error for NetworkError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(peer: &str, forwarded: &str, want: &str) {
        let trusted = TrustedProxies::parse(["10.0.0.0/8", "2001:db8::/32", "127.0.0.1"]).unwrap();
        let client = trusted.effective_client(peer.as_bytes(), Some(forwarded.as_bytes()));
        assert_eq!(String::from_utf8_lossy(client), want, "{peer} {forwarded}");
    }

    #[test]
    fn a_client_is_of_a_network_however_it_is_written() {
        let networks = Networks::parse(["192.0.2.0/24", "2001:db8::/32"]).unwrap();
        for client in ["192.0.2.7", "192.0.2.7:4711", "::ffff:192.0.2.7", "[2001:db8::7]:80"] {
            assert!(networks.hold(client.as_bytes()), "{client}");
        }
        for client in ["192.0.3.7", "scanner.example", "", "192.0.2.7, 10.0.0.1"] {
            assert!(!networks.hold(client.as_bytes()), "{client}");
        }
    }

    #[test]
    fn a_stranger_is_not_asked_for_whom_he_speaks() {
        check("198.51.100.4", "192.0.2.7", "198.51.100.4");
        check("11.0.0.1", "192.0.2.7", "11.0.0.1");
        check("unix:", "192.0.2.7", "unix:");
        let nobody = TrustedProxies::default();
        assert_eq!(nobody.effective_client(b"127.0.0.1", Some(b"192.0.2.7")), b"127.0.0.1");
    }

    #[test]
    fn the_first_stranger_from_the_right_is_the_client() {
        check("10.0.0.1", "192.0.2.7", "192.0.2.7");
        check("10.0.0.1", "192.0.2.7, 10.0.0.2,10.0.0.3", "192.0.2.7");
        check("10.0.0.1:443", "192.0.2.7", "192.0.2.7");
        check("::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7");
        check("2001:db8::1", "2001:db9::7, 2001:db8::2", "2001:db9::7");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        check("10.0.0.1", "127.0.0.1, 192.0.2.7", "192.0.2.7");
        check("10.0.0.1", "10.0.0.9, 203.0.113.9, 192.0.2.7, 10.0.0.2", "192.0.2.7");
        check("10.0.0.1", "for=10.0.0.9, for=192.0.2.7", "192.0.2.7");
        check("10.0.0.1", "\"192.0.2.1, 192.0.2.7", "192.0.2.7");
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        check("10.0.0.1", "192.0.2.7, unknown", "10.0.0.1");
        check("10.0.0.1", "192.0.2.7, unknown, 10.0.0.2", "10.0.0.2");
        check("10.0.0.1", "192.0.2.7,, 10.0.0.2", "10.0.0.2");
        check("10.0.0.1", "192.0.2.7, for=_hidden", "10.0.0.1");
        check("10.0.0.1", "192.0.2.7, proto=https", "10.0.0.1");
        check("10.0.0.1", "-", "10.0.0.1");
        check("10.0.0.1", "", "10.0.0.1");
        check("10.0.0.1", "192.0.2.7:port", "10.0.0.1");
        check("10.0.0.1", "[2001:db9::7]x", "10.0.0.1");
        check("10.0.0.1", "192.0.2.7 192.0.2.8", "10.0.0.1");
    }

    #[test]
    fn where_all_are_trusted_the_leftmost_is_the_client() {
        check("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3");
        check("10.0.0.1", "127.0.0.1", "127.0.0.1");
    }

    #[test]
    fn an_address_may_have_a_port_and_brackets_and_quotes() {
        check("10.0.0.1", "192.0.2.7:4711", "192.0.2.7");
        check("10.0.0.1", "[2001:db9::7]:4711", "2001:db9::7");
        check("10.0.0.1", "2001:db9::7", "2001:db9::7");
        check("10.0.0.1", "\"[2001:db9::7]\"", "2001:db9::7");
        check("10.0.0.1", "For=\"[2001:db9::7]:_a\";proto=http;by=10.0.0.1", "2001:db9::7");
        check("10.0.0.1", "proto=http;FOR=192.0.2.7", "192.0.2.7");
        check("10.0.0.1", "for=192.0.2.7, for=\"10.0.0.2:80\"", "192.0.2.7");
    }

    #[test]
    fn blanks_may_be_escaped() {
        check("10.0.0.1", "192.0.2.7,%2010.0.0.2", "192.0.2.7");
        check("10.0.0.1", "192.0.2.7,+10.0.0.2", "192.0.2.7");
    }

    #[test]
    fn a_network_is_an_address_and_a_prefix() {
        let trusts =
            |network: &str, address: &str| TrustedProxies::parse([network]).unwrap().trusts(address.parse().unwrap());
        assert!(trusts("10.0.0.0/8", "10.255.0.1") && !trusts("10.0.0.0/8", "11.0.0.0"));
        assert!(trusts("192.0.2.7", "192.0.2.7") && !trusts("192.0.2.7", "192.0.2.8"));
        assert!(trusts("192.0.2.7/32", "::ffff:192.0.2.7"));
        assert!(trusts("0.0.0.0/0", "192.0.2.7") && !trusts("0.0.0.0/0", "2001:db8::1"));
        assert!(trusts("::/0", "192.0.2.7") && trusts("::/0", "2001:db8::1"));
        assert!(trusts("fe80::/10", "febf::1") && !trusts("fe80::/10", "fec0::1"));
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        let error = |text: &str| TrustedProxies::parse([text]).unwrap_err().to_string();
        assert!(error("10.0.0/8").contains("expected an address"));
        assert!(error("").contains("expected an address"));
        assert!(error("10.0.0.0/33").ends_with("0 to 32 bits behind the slash"));
        assert!(error("10.0.0.0/+8").ends_with("0 to 32 bits behind the slash"));
        assert!(error("::/129").ends_with("0 to 128 bits behind the slash"));
        assert!(error("10.1.2.3/8").ends_with("the network is 10.0.0.0/8"));
        assert!(error("2001:db8::1/32").ends_with("the network is 2001:db8::/32"));
        assert!(!error("\u{1b}[31m").contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn nothing_left_of_the_client_changes_who_it_is(forged in "[ -~]{0,40}") {
            let trusted = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
            let header = format!("{forged},192.0.2.7, 10.0.0.2");
            let client = trusted.effective_client(b"10.0.0.1", Some(header.as_bytes()));
            prop_assert_eq!(client, &b"192.0.2.7"[..]);
        }

        #[test]
        fn whatever_the_header_is_the_client_is_an_address_or_the_peer(header in any::<Vec<u8>>()) {
            let trusted = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
            let client = trusted.effective_client(b"10.0.0.1", Some(&header));
            prop_assert!(address(client).is_some());
        }
    }
}
