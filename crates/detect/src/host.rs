//! Who a host name really means, in every spelling that some resolver or library accepts.
//!
//! Lists of spellings lose against whoever generates them; parsing wins. An address is read here as the most
//! lenient of real parsers reads it (`inet_aton` and beyond: one to four parts, each decimal, octal or
//! hexadecimal, each overflowing), so that no spelling that reaches an internal address anywhere is missed.
//! What a lenient reading makes of a number that nobody would resolve does no harm: it only counts where a
//! host is expected.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str;
use std::sync::LazyLock;

use hashbrown::HashMap;

use crate::bytes::Bytes;
use crate::catalog::{HOSTS, HostRule};

/// How far inside a host stands, seen from a stranger: the later, the more telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// A public address or name.
    Public,
    /// A name that makes its caller known to whoever owns it (out-of-band interaction services).
    Callback,
    /// A name that only an internal resolver knows: `intranet`, `db.internal`.
    InternalName,
    /// An address reserved by its registry, of no public use.
    Reserved,
    /// Shared address space, RFC 6598.
    Shared,
    /// Private address space, RFC 1918 and RFC 4193.
    Private,
    /// Link-local, RFC 3927 and RFC 4291.
    LinkLocal,
    /// The unspecified address, which most systems take for themselves.
    Unspecified,
    /// Loopback.
    Loopback,
    /// The metadata service of a cloud, which hands out keys to whoever can reach it.
    Metadata,
}

impl Reach {
    /// What the host is, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Reach::Public => "a public host",
            Reach::Callback => "a host that reports who calls it",
            Reach::InternalName => "a name that only an internal resolver knows",
            Reach::Reserved => "a reserved address",
            Reach::Shared => "an address of a carrier's shared space",
            Reach::Private => "a private address",
            Reach::LinkLocal => "a link-local address",
            Reach::Unspecified => "the unspecified address, which means this machine",
            Reach::Loopback => "this machine itself",
            Reach::Metadata => "a cloud's metadata service",
        }
    }
}

/// What a host name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// How far inside it stands.
    pub(crate) reach: Reach,
    /// Whose it is or what it is, where a catalogue knows it.
    pub(crate) known_as: Option<&'static str>,
    /// The plain spelling, where the written one is another: `2852039166` is `169.254.169.254`.
    pub(crate) plain: Option<IpAddr>,
    /// Whether it is one bare number, which means a host only where a host is expected.
    pub(crate) is_number: bool,
    /// Whether it is an address, or a name that holds one.
    pub(crate) is_address: bool,
}

/// Reads a host, with or without its port; `None` where it is none.
///
/// `text` is one reading of the value: percent encoding and the like are undone already.
pub(crate) fn read(text: &[u8]) -> Option<Host> {
    let text = without_port(text);
    let text = text.strip_suffix(b".").unwrap_or(text);
    if text.is_empty() || 253 < text.len() || !text.is_ascii() {
        return None;
    }
    let name = str::from_utf8(text).ok()?;
    let is_lower = !text.iter().any(u8::is_ascii_uppercase);
    let name = if is_lower { Cow::Borrowed(name) } else { Cow::Owned(name.to_ascii_lowercase()) };
    let bare = name.strip_prefix('[').map_or(&*name, |inner| inner.strip_suffix(']').unwrap_or(inner));
    if let Some(address) = v6(bare) {
        return Some(of_v6(address, bare));
    }
    if let Some((address, parts)) = v4(bare) {
        // Of the plain spelling there is one, and no other is read here.
        let is_disguised = bare.parse::<Ipv4Addr>().is_err();
        return Some(Host {
            plain: is_disguised.then_some(IpAddr::V4(address)),
            is_number: parts == 1,
            is_address: true,
            ..of_v4(address)
        });
    }
    of_name(bare)
}

/// Takes the port off a host.
pub(crate) fn without_port(text: &[u8]) -> &[u8] {
    if let Some(end) = memchr::memrchr(b']', text) {
        return &text[..=end];
    }
    match memchr::memchr(b':', text) {
        Some(at)
            if text[at + 1..].iter().all(|byte| byte.is_ascii_digit() || *byte == b':')
                && text[..at].contains(&b'.') =>
        {
            &text[..at]
        }
        Some(at) if text[at + 1..].iter().all(u8::is_ascii_digit) => &text[..at],
        _ => text,
    }
}

fn of_v4(address: Ipv4Addr) -> Host {
    let known = KNOWN.addresses.get(&IpAddr::V4(address));
    let [a, b, c, _] = address.octets();
    let reach = match (a, b) {
        _ if known.is_some() => Reach::Metadata,
        _ if address.is_unspecified() => Reach::Unspecified,
        (0, _) => Reach::Reserved,
        (127, _) => Reach::Loopback,
        (10, _) | (172, 16..=31) | (192, 168) => Reach::Private,
        (169, 254) => Reach::LinkLocal,
        (100, 64..=127) => Reach::Shared,
        (192, 0) if c == 0 => Reach::Reserved,
        (198, 18 | 19) | (224..=255, _) => Reach::Reserved,
        _ => Reach::Public,
    };
    Host { reach, known_as: known.map(|rule| rule.what), plain: None, is_number: false, is_address: true }
}

/// What an IPv6 address means: the IPv4 address it carries, if it carries one.
fn of_v6(address: Ipv6Addr, written: &str) -> Host {
    if let Some(inner) = carried_v4(address) {
        return Host { plain: Some(IpAddr::V4(inner)), ..of_v4(inner) };
    }
    let known = KNOWN.addresses.get(&IpAddr::V6(address));
    let first = address.segments()[0];
    let reach = match first {
        _ if known.is_some() => Reach::Metadata,
        _ if address.is_loopback() => Reach::Loopback,
        _ if address.is_unspecified() => Reach::Unspecified,
        0xFC00..=0xFDFF => Reach::Private,
        0xFE80..=0xFEBF => Reach::LinkLocal,
        // Only 2000::/3 is given out for public use (RFC 4291, section 2.4; IANA's registry).
        0x2000..=0x3FFF => Reach::Public,
        _ => Reach::Reserved,
    };
    let is_disguised = address.to_string() != written;
    Host {
        reach,
        known_as: known.map(|rule| rule.what),
        plain: is_disguised.then_some(IpAddr::V6(address)),
        is_number: false,
        is_address: true,
    }
}

/// The IPv4 address in a mapped (RFC 4291, 2.5.5.2), compatible (2.5.5.1), 6to4 (RFC 3056) or NAT64 (RFC 6052) one.
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let join = |high: u16, low: u16| Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xFFFF) => join(g, h),
        (0, 0, 0, 0, 0, 0) if 1 < u32::from(g) << 16 | u32::from(h) => join(g, h),
        (0, 0, 0, 0, 0xFFFF, 0) => join(g, h),
        (0x2002, high, low, ..) => join(high, low),
        (0x64, 0xFF9B, 0, 0, 0, 0) => join(g, h),
        (0x64, 0xFF9B, 1, ..) => join(g, h),
        // ISATAP, RFC 5214, section 6.1.
        (.., 0 | 0x200, 0x5EFE) => join(g, h),
        _ => None,
    }
}

fn v6(text: &str) -> Option<Ipv6Addr> {
    // A zone id names an interface of the machine itself (RFC 4007, section 11).
    let address = text.split('%').next()?;
    if !address.contains(':') {
        return None;
    }
    // An embedded IPv4 address may be spelt in any of its ways.
    if let Some((head, tail)) = address.rsplit_once(':').filter(|(_, tail)| tail.contains('.')) {
        let (tail, _) = v4(tail)?;
        return format!("{head}:{tail}").parse().ok();
    }
    address.parse().ok()
}

/// Reads an IPv4 address as leniently as the most lenient parser: the address, and how many parts it has.
///
/// Each of one to four parts is decimal, octal (`0`, `0o`) or hexadecimal (`0x`); the last takes all bytes that
/// are left. What overflows is cut, as it is in C.
fn v4(text: &str) -> Option<(Ipv4Addr, usize)> {
    let mut numbers = [0_u128; 4];
    let mut count = 0;
    for part in text.split('.') {
        *numbers.get_mut(count)? = loose_number(part)?;
        count += 1;
    }
    let (last, heads) = numbers[..count].split_last()?;
    let head = heads.iter().fold(0_u32, |sum, part| sum << 8 | (part & 0xFF) as u32);
    let tail_bits = 32 - 8 * heads.len() as u32;
    let tail = (last & ((1_u128 << tail_bits) - 1)) as u32;
    let head = head.checked_shl(tail_bits).unwrap_or(0);
    Some((Ipv4Addr::from(head | tail), count))
}

/// A number of at most 38 digits; longer ones keep their last digits, since only the low bits matter.
fn loose_number(part: &str) -> Option<u128> {
    let (radix, digits) = match part.as_bytes() {
        [b'0', b'x', digits @ ..] => (16, digits),
        [b'0', b'o', digits @ ..] | [b'o' | b'q', digits @ ..] => (8, digits),
        [b'0', digits @ ..] if !digits.is_empty() && digits.iter().all(|digit| matches!(digit, b'0'..=b'7')) => {
            (8, digits)
        }
        digits => (10, digits),
    };
    if digits.is_empty() || 64 < digits.len() {
        return None;
    }
    digits.iter().try_fold(0_u128, |sum, &digit| {
        Some(sum.wrapping_mul(u128::from(radix)).wrapping_add(u128::from(char::from(digit).to_digit(radix)?)))
    })
}

fn of_name(name: &str) -> Option<Host> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    if !is_name || name.starts_with(['.', '-']) || name.contains("..") {
        return None;
    }
    let host = |reach, known_as| Host { reach, known_as, plain: None, is_number: false, is_address: false };
    if let Some(rule) = rule_of(name) {
        return Some(match rule.reach {
            // The name of a service that resolves to the address written in it.
            Reach::Public => embedded(name.strip_suffix(rule.pattern).unwrap_or(name))
                .unwrap_or(host(Reach::Public, Some(rule.what))),
            // Clouds name their service so inside their own zones, whatever the zone.
            Reach::InternalName if name.starts_with("metadata.") => host(Reach::Metadata, Some(rule.what)),
            reach => host(reach, Some(rule.what)),
        });
    }
    Some(host(if name.contains('.') { Reach::Public } else { Reach::InternalName }, None))
}

/// The hosts of the catalogue, by what they are known by.
struct Known {
    addresses: HashMap<IpAddr, &'static HostRule>,
    /// By the whole name.
    names: HashMap<&'static str, &'static HostRule>,
    /// By the name that they and all names below them end in.
    zones: HashMap<&'static str, &'static HostRule>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known { addresses: HashMap::new(), names: HashMap::new(), zones: HashMap::new() };
    for rule in HOSTS.iter() {
        match (rule.pattern.parse(), rule.pattern.strip_prefix('.')) {
            (Ok(address), _) => known.addresses.insert(address, rule),
            (_, Some(zone)) => known.zones.insert(zone, rule),
            (_, None) => known.names.insert(rule.pattern, rule),
        };
    }
    known
});

/// The rule for a name: of those that match, the longest.
fn rule_of(name: &str) -> Option<&'static HostRule> {
    let below = memchr::memchr_iter(b'.', name.as_bytes()).map(|dot| &name[dot + 1..]);
    let whole = || KNOWN.zones.get(name).or_else(|| KNOWN.names.get(name));
    whole().or_else(|| below.into_iter().find_map(|zone| KNOWN.zones.get(zone))).copied()
}

/// The most telling address in the labels before a wildcard zone: dotted, dashed, or eight hexadecimal digits.
fn embedded(labels: &str) -> Option<Host> {
    let plain: String = labels.chars().map(|letter| if letter == '-' { '.' } else { letter }).collect();
    let words: Vec<&str> = plain.split('.').filter(|word| !word.is_empty()).collect();
    let dotted = words.windows(4).filter_map(|quad| quad.join(".").parse().ok());
    let hexadecimal = words
        .iter()
        .filter(|word| word.len() == 8)
        .filter_map(|word| u32::from_str_radix(word, 16).ok().map(Ipv4Addr::from));
    dotted
        .chain(hexadecimal)
        .map(|address| Host { plain: Some(IpAddr::V4(address)), ..of_v4(address) })
        .max_by_key(|host| host.reach)
}

/// A host found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found<'t> {
    /// What it means.
    pub(crate) host: Host,
    /// The host as it stands in the text.
    pub(crate) written: &'t [u8],
    /// The scheme before it, in lower case as the text is; empty where there is none.
    pub(crate) scheme: &'t [u8],
    /// What stands behind the authority, from its `/` on.
    pub(crate) path: &'t [u8],
}

/// How much of a text is looked at for one authority, in bytes.
const AUTHORITY_BYTES_MAX: usize = 512;

/// How many hosts are looked for in one text.
const HOSTS_MAX: usize = 32;

/// The hosts that a text names, `text` being folded: behind each scheme, behind two slashes at the beginning,
/// and bare at the beginning.
///
/// Parsers of URLs disagree where an authority ends and which part of it is the host (`a@b`, `a\@b`, `a#@b`),
/// so every part is given.
pub(crate) fn hosts_in(text: &[u8]) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for colon in memchr::memchr_iter(b':', text).take(HOSTS_MAX) {
        let scheme = scheme_before(text, colon);
        let rest = &text[colon + 1..];
        let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
        if 2 <= scheme.len() && (0 < slashes || is_lax_scheme(scheme)) {
            authority(scheme, &rest[slashes..], 0 < slashes, &mut found);
        }
    }
    let slashes = text.iter().take_while(|byte| **byte == b'/').count();
    if slashes == 2 || slashes == 0 {
        authority(b"", &text[slashes..], slashes == 2, &mut found);
    }
    found.truncate(HOSTS_MAX);
    found
}

/// The scheme that ends at a colon; empty if there is none (RFC 3986, section 3.1).
fn scheme_before(text: &[u8], colon: usize) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
    let length = text[..colon].iter().rev().take(24).take_while(|byte| is_part(byte)).count();
    let run = &text[colon - length..colon];
    let start = run.iter().position(u8::is_ascii_alphabetic).unwrap_or(run.len());
    &run[start..]
}

/// The schemes behind which lenient parsers want no slashes: `http:127.0.0.1`.
fn is_lax_scheme(scheme: &[u8]) -> bool {
    matches!(scheme, b"http" | b"https" | b"ftp")
}

/// Reads every part of an authority that may be its host.
fn authority<'t>(scheme: &'t [u8], rest: &'t [u8], has_slashes: bool, found: &mut Vec<Found<'t>>) {
    let window = &rest[..rest.len().min(AUTHORITY_BYTES_MAX)];
    // If all of it is, what stands before its end is.
    if scheme.is_empty() && !has_slashes && is_of_mere_words(window) {
        return;
    }
    let end = window.iter().position(|byte| ENDS.has(*byte)).unwrap_or(window.len());
    let path = &rest[end..];
    if scheme.is_empty() && !has_slashes && is_of_mere_words(&window[..end]) {
        return;
    }
    let (mut number, mut from) = (0, 0);
    while number < PARTS_MAX {
        let Some(start) = window[from..end].iter().position(|byte| !DIVIDERS.has(*byte)).map(|at| from + at) else {
            break;
        };
        let length = window[start..end].iter().position(|byte| DIVIDERS.has(*byte)).unwrap_or(end - start);
        let written = &window[start..start + length];
        from = start + length;
        number += 1;
        let place = match (number, start.checked_sub(1).map(|before| window[before])) {
            // `http://$host/`: a page forgot to fill in a variable.
            (1, Some(b'$')) => continue,
            // Without a scheme only what begins the text is surely meant as a host.
            (1, Some(before)) if scheme.is_empty() && before != b'@' => Standing::Later,
            (1, _) => Standing::First,
            (_, Some(b'@')) => Standing::BehindUser,
            _ => Standing::Later,
        };
        let Some(host) = read(written) else { continue };
        if is_sure(&host, written, scheme, has_slashes, place) {
            found.push(Found { host, written, scheme, path });
        }
    }
}

/// How many parts of an authority are read.
const PARTS_MAX: usize = 8;

/// Whether no part is, without a scheme and slashes before it, surely meant as a host: most texts begin with words.
///
/// [`is_sure`] asks of such a part that it is an address of several parts, spelt plainly if it is in digits alone, or has a
/// telling name, and both have a dot or a colon, but for one name.
fn is_of_mere_words(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(dot) = memchr::memchr2(b'.', b':', rest) {
        let begin = rest[..dot].iter().rposition(|byte| DIVIDERS.has(*byte)).map_or(0, |divider| divider + 1);
        let length = rest[dot..].iter().position(|byte| DIVIDERS.has(*byte)).unwrap_or(rest.len() - dot);
        let part = &rest[begin..dot + length];
        let dots = part.iter().filter(|byte| **byte == b'.').count();
        if 3 <= dots || !part.iter().all(|byte| matches!(byte, b'.' | b'0'..=b'9')) {
            return false;
        }
        rest = &rest[dot + length..];
    }
    !memchr::memchr_iter(b'l', text).any(|at| text[at..].starts_with(b"localhost"))
}

/// What ends an authority.
static ENDS: Bytes = Bytes::of(b"/\"'<>,`|^!(){}\n\r\t");

/// What may end the host of an authority, or stand before it, for some parser.
static DIVIDERS: Bytes = Bytes::of(b"@#?& +;\\$");

/// Where a part stands in an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// At its beginning.
    First,
    /// Behind the sign that ends a user: where nothing else is odd, this is the host.
    BehindUser,
    /// Elsewhere.
    Later,
}

/// Whether what stands where an authority may stand is surely meant as a host.
///
/// Behind slashes the first part is one. The others, and what stands without slashes, must look like one: a
/// `label: text` has a colon too, `10.20` is a price, and `metadata` is a word.
fn is_sure(host: &Host, written: &[u8], scheme: &[u8], has_slashes: bool, place: Standing) -> bool {
    let last = written.rsplit(|byte| *byte == b'.').find(|label| !label.is_empty()).unwrap_or_default();
    let is_word = last.iter().any(|byte| matches!(byte, b'g'..=b'z'));
    let is_telling_name = is_word
        && Reach::Public < host.reach
        && host.reach != Reach::InternalName
        && !written.starts_with(b"[")
        && (written.contains(&b'.') || written.starts_with(b"localhost"));
    match (has_slashes, place) {
        // `//2024/05/` is a path of a careless program; a number as long as an address is none.
        (true, Standing::First) if scheme.is_empty() && host.is_number => {
            8 <= written.len() && Reach::Shared < host.reach
        }
        (true, Standing::First) => true,
        (true, Standing::BehindUser) => host.is_address || is_telling_name,
        (true, Standing::Later) => host.is_address && !host.is_number || is_telling_name,
        (false, place) if scheme.is_empty() => {
            let is_plain = match written {
                [b'[', inner @ ..] => 2 <= inner.iter().filter(|byte| **byte == b':').count(),
                _ => host.plain.is_none() || written.starts_with(b"0x") && !host.is_number,
            };
            host.is_address && is_plain && place != Standing::Later || is_telling_name
        }
        (false, Standing::First) if host.is_number => written == b"0" || 8 <= written.len(),
        (false, _) => host.is_address && !host.is_number || is_telling_name,
    }
}

#[cfg(test)]
mod tests;
