//! Any list of forwarding clients: who sent the request is told by the right end of the list alone, and only behind proxies
//! of one's own.
//!
//! The first line is the peer, the second the list. What an address is, the standard library says.

use std::net::IpAddr;
use std::sync::OnceLock;

use accesslog::TrustedProxies;

/// Checks a peer and a list.
pub fn check(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (peer, list) = (&bytes[..end], &bytes[(end + 1).min(bytes.len())..]);
    let proxies = proxies();
    let client = proxies.effective_client(peer, Some(list));
    assert_eq!(proxies.effective_client(peer, None), peer, "without a list it is the peer");
    assert!(is_in(client, peer) || is_in(client, list), "a client stands in the log");
    let is_own = |text: &[u8]| address(text).map(is_trusted);
    if is_own(peer) == Some(false) {
        assert_eq!(client, peer, "a stranger is not asked for whom he speaks");
    }
    if !client.is_empty() && !std::ptr::eq(client, peer) {
        let client = address(client).unwrap_or_else(|| panic!("no address: {}", client.escape_ascii()));
        // The walk ends at the first that is not trusted: what stands left of it is never looked at.
        if !is_trusted(client) {
            let longer = [b"127.0.0.1, unknown, 192.0.2.9,", list].concat();
            let again = proxies.effective_client(peer, Some(&longer));
            assert_eq!(address(again), Some(client), "what a client put into the list changes nothing");
        }
    }
    // A list of plain addresses is read by whoever can split at commas.
    let split = list.split(|byte| *byte == b',').map(|entry| address(entry.trim_ascii()));
    let entries: Option<Vec<IpAddr>> = split.collect::<Option<_>>().filter(|_| !list.contains(&b'%'));
    if let (Some(entries), Some(true)) = (entries, is_own(peer)) {
        let wanted = entries.iter().rev().find(|address| !is_trusted(**address)).or(entries.first());
        assert_eq!(address(client).as_ref(), wanted, "the first stranger from the right, or the leftmost of one's own");
    }
}

fn proxies() -> &'static TrustedProxies {
    static OWN: OnceLock<TrustedProxies> = OnceLock::new();
    OWN.get_or_init(|| TrustedProxies::parse(["10.0.0.0/8", "2001:db8::/32", "127.0.0.1"]).expect("networks"))
}

/// Whether an address is of those networks, by their parts.
fn is_trusted(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => matches!(address.octets(), [10, ..] | [127, 0, 0, 1]),
        IpAddr::V6(address) => address.segments()[..2] == [0x2001, 0xdb8],
    }
}

/// An address and nothing else, but perhaps the zone in which it is one.
fn address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text.split(|byte| *byte == b'%').next()?).ok()?.parse().ok()
}

fn is_in(part: &[u8], whole: &[u8]) -> bool {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    whole.start <= part.start && part.end <= whole.end
}
