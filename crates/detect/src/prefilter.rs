//! Whether a request is worth a closer look.
//!
//! Nearly all are not, and cost one pass of an automaton over the target, and a second over its decoded form where
//! it has one. What is let through must be *complete*: whatever a signal would find in a request, some mark of it
//! must be found here, or an attack is lost in silence. The tests hold the two against each other.
//!
//! Headers repeat from line to line, and so do targets that look odd and are not; what was found harmless is
//! remembered by its hash and not looked at again.

use accesslog::Record;

use crate::catalog::{Mark, NAMED, TELLING, VOCABULARY, bit};
use crate::decode;
use crate::hash;
use crate::request::Others;
use crate::target::{Param, Target};

/// How many harmless texts are remembered.
const MEMORY: usize = 1 << 13;

/// The marks in a target that want a closer look.
const TARGET_MARKS: u16 = NAMED | bit(Mark::Place) | bit(Mark::Host) | bit(Mark::Encoding) | bit(Mark::Dots) | bit(Mark::Injection) | bit(Mark::Key) | bit(Mark::Selector);

/// The marks in a header that do.
const HEADER_MARKS: u16 = TELLING | bit(Mark::Host) | bit(Mark::Injection) | bit(Mark::Key);

/// What a glance at a target shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    /// Nothing.
    Quiet,
    /// URLs of plain public hosts in parameters, and nothing else.
    Web,
    /// Something that wants a closer look.
    Close,
}

/// Buffers and memory of the glances of one worker. They hold no state: what is found depends on the request alone.
#[derive(Clone, Debug)]
pub(crate) struct Prefilter {
    decoded: Vec<u8>,
    harmless: Box<[u64]>,
}

impl Default for Prefilter {
    fn default() -> Prefilter {
        Prefilter { decoded: Vec::new(), harmless: vec![0; MEMORY].into_boxed_slice() }
    }
}

impl Prefilter {
    /// Glances at a target.
    pub(crate) fn target(&mut self, target: &[u8]) -> Glance {
        let mut mask = VOCABULARY.mask(target);
        let mut is_spelt = is_spelt_otherwise(target);
        if memchr::memchr(b'%', target).is_some() {
            self.decoded.clear();
            if decode::percent_into(target, &mut self.decoded) {
                mask |= VOCABULARY.mask(&self.decoded);
                is_spelt |= is_spelt_otherwise(&self.decoded) || decode::has_percent(&self.decoded);
            }
        }
        match mask {
            _ if mask & TARGET_MARKS != 0 || is_spelt => match self.is_remembered(hash::hash(target)) {
                true => Glance::Quiet,
                false => Glance::Close,
            },
            _ if mask & bit(Mark::Url) == 0 => Glance::Quiet,
            _ if self.has_plain_urls_alone(target) => Glance::Web,
            _ => Glance::Close,
        }
    }

    /// Whether all URLs of a target are those of plain public hosts, in parameters.
    fn has_plain_urls_alone(&mut self, target: &[u8]) -> bool {
        let split = Target::new(target);
        let is_plain_path = split.origin.is_none() && VOCABULARY.mask(split.path) & bit(Mark::Url) == 0 && !decode::has_percent(split.path);
        is_plain_path && split.params().all(|param| self.has_plain_url(param))
    }

    fn has_plain_url(&mut self, param: Param<'_>) -> bool {
        let value = self.decoded(param.value);
        let mut rest = value;
        while let Some(at) = memchr::memmem::find(rest, b"://") {
            let is_web = rest[..at].ends_with(b"http") || rest[..at].ends_with(b"https");
            rest = &rest[at + 3..];
            if !is_web || !begins_with_plain_host(rest) {
                return false;
            }
        }
        // Other forms of URLs are for the closer look.
        let is_odd = |pair: &[u8]| matches!(pair, b"\\\\" | b":\\");
        !value.starts_with(b"//") && !value.windows(2).any(is_odd) && !has_lax_scheme(value)
    }

    /// The value with its percent encoding undone once.
    fn decoded<'a>(&'a mut self, value: &'a [u8]) -> &'a [u8] {
        self.decoded.clear();
        if decode::percent_into(value, &mut self.decoded) { &self.decoded } else { value }
    }

    /// Which of the other parts of a request are worth a look.
    pub(crate) fn others(&mut self, record: &Record<'_>) -> Others {
        Others {
            host: record.host.is_some_and(|value| !self.is_harmless(value)),
            referer: record.referer.is_some_and(|value| !self.is_harmless(value)),
            agent: record.agent.is_some_and(|value| !self.is_harmless(value)),
            user: record.user.is_some_and(|value| !self.is_harmless(value)),
        }
    }

    /// Remembers that a close look at a text finds nothing, whatever the rest of its request.
    pub(crate) fn remember(&mut self, text: &[u8]) {
        let key = hash::hash(text);
        self.harmless[key as usize % MEMORY] = key;
    }

    fn is_remembered(&self, key: u64) -> bool {
        self.harmless[key as usize % MEMORY] == key && key != 0
    }

    fn is_harmless(&mut self, value: &[u8]) -> bool {
        // Headers and targets share the memory, and what is harmless as the one may not be as the other.
        let key = hash::hash(value).rotate_left(32);
        if self.is_remembered(key) {
            return true;
        }
        let is_harmless = self.is_harmless_text(value);
        if is_harmless {
            self.harmless[key as usize % MEMORY] = key;
        }
        is_harmless
    }

    fn is_harmless_text(&mut self, value: &[u8]) -> bool {
        let mask = VOCABULARY.mask(value);
        let decoded = self.decoded(value);
        let is_twice = decode::has_percent(decoded);
        (mask | VOCABULARY.mask(decoded)) & HEADER_MARKS == 0 && !is_twice
    }
}

/// Whether a text holds a run of base64 or hexadecimal digits that spells something.
fn is_spelt_otherwise(text: &[u8]) -> bool {
    let mut is_start = true;
    text.iter().enumerate().any(|(at, byte)| {
        let is_digit = byte.is_ascii_alphanumeric() || *byte == b'+';
        let was_start = std::mem::replace(&mut is_start, !is_digit);
        was_start && is_digit && (decode::begins_as_base64(&text[at..]) || decode::begins_as_hex(&text[at..]))
    })
}

/// Whether a URL's rest begins with a host that is a plain public name: no number, no user, no odd letter.
fn begins_with_plain_host(rest: &[u8]) -> bool {
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'&')).unwrap_or(rest.len());
    let host = &rest[..end];
    let is_plain = host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let Some(dot) = memchr::memrchr(b'.', host) else { return false };
    let zone = &host[dot + 1..];
    is_plain && 2 <= zone.len() && zone.iter().all(u8::is_ascii_alphabetic) && !is_inside(zone)
}

/// Whether a last label is one that only internal resolvers know.
fn is_inside(zone: &[u8]) -> bool {
    ["internal", "local", "localhost", "localdomain", "lan", "corp", "intranet", "private", "svc", "default", "arpa"].iter().any(|inside| zone.eq_ignore_ascii_case(inside.as_bytes()))
}

/// Whether a scheme of the web stands in a value with fewer than two slashes behind it.
fn has_lax_scheme(value: &[u8]) -> bool {
    memchr::memmem::find_iter(value, b"http").any(|at| {
        let rest = value[at + 4..].strip_prefix(b"s").unwrap_or(&value[at + 4..]);
        rest.starts_with(b":") && !rest.starts_with(b"://")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(target: &str) -> Glance {
        Prefilter::default().target(target.as_bytes())
    }

    #[test]
    fn ordinary_requests_are_quiet() {
        for target in [
            "/", "/products/1107-starter-natural-monthly", "/api/v1/orders?page=1&per_page=10", "/image/60844/productModel/200x200", "/search?q=%E5%AD%90%E7%8A%AC", "/assets/app.dd192a99.js",
            "/a?id=3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c", "/feed?cursor=Fw_092GW9TcKZF3ay9LT02e3",
        ] {
            assert_eq!(glance(target), Glance::Quiet, "{target}");
        }
    }

    #[test]
    fn plain_urls_in_parameters_are_told_apart_cheaply() {
        for target in ["/p?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F1.jpg&w=640", "/r?to=http://example.com/?x=https://example.org"] {
            assert_eq!(glance(target), Glance::Web, "{target}");
        }
        for target in [
            "/p?src=http%3A%2F%2F127.1%2F", "/p?src=http://a@example.com/", "/p?src=//example.com", "/p?src=https://example.com:8443/", "/p?src=http:example.com", "/p/http://example.com/",
            "/p?src=http://intranet/", "/p?src=http://2852039166/", "/p?src=http://db.svc/", "http://example.com/",
        ] {
            assert_eq!(glance(target), Glance::Close, "{target}");
        }
    }
}
