//! Whether a request is worth a closer look.
//!
//! Nearly all are not, and cost one pass of an automaton over the target, and a second over its decoded form where
//! it has one. What is let through must be *complete*: whatever a signal would find in a request, some mark of it
//! must be found here, or an attack is lost in silence. The tests hold the two against each other.
//!
//! Headers and targets repeat from line to line; what was found harmless is remembered and not looked at again.

use accesslog::Record;

use crate::ahead;
use crate::decode;
use crate::hash::Key;
use crate::memo::{Known, Memo, Pair, Seen, TextKey, TextKeys};
use crate::memory::Memory;
use crate::parts::Contents;
use crate::request::Others;
use crate::route::Route;
use crate::target::{Param, params};
use crate::vocabulary::{DOTTED, Mark, NAMED, PROGRAMS, TELLING, VOCABULARY, bit};

/// The marks in a target that want a closer look.
const TARGET_MARKS: u16 = NAMED
    | bit(Mark::Place)
    | bit(Mark::Host)
    | bit(Mark::Encoding)
    | bit(Mark::Dots)
    | bit(Mark::Injection)
    | bit(Mark::Key)
    | bit(Mark::Selector);

/// The bits of needles that are of nothing but rules for names with a dot.
const OF_FILES: u16 = DOTTED | TELLING;

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

/// What is remembered of the texts that one worker saw ([`Memo`]).
#[derive(Clone, Debug)]
pub(crate) struct Prefilter {
    key: Key,
    decoded: Vec<u8>,
    texts: TextKeys,
    targets: Memo,
    /// What the parts of requests that were looked at hold.
    pub(crate) contents: Contents,
    harmless_headers: Box<[Pair<Harmless>]>,
    agents: Box<[Pair<Agent>]>,
}

/// The keys by which the agent and the referer of a request are remembered; that of a referer which is not there is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeaderKeys {
    agent: TextKey,
    referer: TextKey,
}

/// The key of a header that was found harmless.
#[derive(Clone, Copy, Debug, Default)]
struct Harmless(u64);

impl Known for Harmless {
    fn key(&self) -> u64 {
        self.0
    }
}

/// An agent that was seen: its key, with the lowest bit if it is harmless, and its hash.
#[derive(Clone, Copy, Debug, Default)]
struct Agent {
    known: u64,
    hash: u64,
}

impl Known for Agent {
    fn key(&self) -> u64 {
        self.known & !1
    }
}

/// How many pairs of harmless headers are remembered.
const HEADERS_REMEMBERED: usize = 1 << 11;

/// How many pairs of agents are remembered.
const AGENTS_REMEMBERED: usize = 1 << 10;

impl Default for Prefilter {
    fn default() -> Prefilter {
        Prefilter::new(Key::default())
    }
}

impl Prefilter {
    /// One that hashes agents under this key.
    pub(crate) fn new(key: Key) -> Prefilter {
        let texts = TextKeys::drawn();
        Prefilter {
            key,
            decoded: Vec::new(),
            contents: Contents::remembered(texts.clone()),
            texts,
            targets: Memo::default(),
            harmless_headers: vec![Pair::default(); HEADERS_REMEMBERED].into_boxed_slice(),
            agents: vec![Pair::default(); AGENTS_REMEMBERED].into_boxed_slice(),
        }
    }

    /// The same, which remembers as many targets as some memory has room for.
    pub(crate) fn within(self, memory: Memory) -> Prefilter {
        Prefilter { targets: Memo::within(memory), ..self }
    }

    /// The key by which a text is remembered.
    pub(crate) fn key(&self, text: &[u8]) -> TextKey {
        self.texts.of(text)
    }

    /// The key by which a target is remembered, which is fetched.
    #[inline]
    pub(crate) fn target_key(&self, target: &[u8]) -> TextKey {
        let key = self.key(target);
        self.targets.fetch(key);
        key
    }

    /// What is remembered of a target.
    #[inline]
    pub(crate) fn remembered(&mut self, key: TextKey) -> Option<&Seen> {
        self.targets.get(key)
    }

    /// Remembers what a glance at a target shows, whatever the rest of its request, unless that is worth a closer look.
    pub(crate) fn remember(&mut self, key: TextKey, route: Route, glance: Glance) {
        self.targets.put(key, route, glance);
    }

    /// Glances at a target.
    ///
    /// Where percent encoding is in it, the decoded text is looked at instead: what the encoded one would show, it
    /// shows too, and if a layer is left below it, that alone is worth a look.
    pub(crate) fn target(&mut self, target: &[u8]) -> Glance {
        self.decoded.clear();
        let is_encoded = memchr::memchr(b'%', target).is_some() && decode::percent_into(target, &mut self.decoded);
        let text = if is_encoded { &self.decoded[..] } else { target };
        let mask = VOCABULARY.mask(text, TARGET_MARKS);
        let is_close = mask & TARGET_MARKS != 0
            || mask & DOTTED != 0 && (is_encoded || mask & !OF_FILES != 0 || !is_plain(text))
            || is_encoded && decode::has_percent(text)
            || mask & bit(Mark::Graph) != 0 && memchr::memchr(b'{', text).is_some()
            || is_spelt_otherwise(text)
            || text.starts_with(b"//")
            || ends_with_file(text)
            || is_encoded && has_encoded_slash(target);
        match is_close {
            true => Glance::Close,
            false if mask & bit(Mark::Url) == 0 => Glance::Quiet,
            false if has_plain_urls_alone(target, text) => Glance::Web,
            false => Glance::Close,
        }
    }

    /// A text with its percent encoding undone once.
    pub(crate) fn decoded<'a>(&'a mut self, text: &'a [u8]) -> &'a [u8] {
        self.decoded.clear();
        if decode::percent_into(text, &mut self.decoded) { &self.decoded } else { text }
    }

    /// The keys by which the headers of a request are remembered, which are fetched.
    #[inline]
    pub(crate) fn header_keys(&self, record: &Record<'_>) -> HeaderKeys {
        let agent = self.key(record.agent.unwrap_or_default());
        ahead::fetch(&self.agents[agent.place(AGENTS_REMEMBERED)]);
        let referer = record.referer.map(|text| self.key(text)).unwrap_or_default();
        ahead::fetch(&self.harmless_headers[referer.place(HEADERS_REMEMBERED)]);
        HeaderKeys { agent, referer }
    }

    /// Which of the other parts of a request are worth a look, and the hash of its agent. The keys are those of its headers.
    pub(crate) fn others(&mut self, record: &Record<'_>, keys: HeaderKeys) -> (Others, u64) {
        let agent = self.agent(keys.agent, record.agent.unwrap_or_default());
        let others = Others {
            host: record.host.is_some_and(|value| !self.is_harmless(self.key(value), value)),
            referer: record.referer.is_some_and(|value| !self.is_harmless(keys.referer, value)),
            agent: record.agent.is_some() && agent.known & 1 == 0,
            user: record.user.is_some_and(|value| !self.is_harmless(self.key(value), value)),
        };
        (others, agent.hash)
    }

    fn agent(&mut self, key: TextKey, text: &[u8]) -> Agent {
        let place = key.place(AGENTS_REMEMBERED);
        if let Some(agent) = self.agents[place].get(key) {
            return *agent;
        }
        let known = key.0 | u64::from(self.is_harmless_text(text));
        let agent = Agent { known, hash: self.key.hash(text) };
        self.agents[place].put(agent);
        agent
    }

    fn is_harmless(&mut self, key: TextKey, value: &[u8]) -> bool {
        let place = key.place(HEADERS_REMEMBERED);
        if self.harmless_headers[place].get(key).is_some() {
            return true;
        }
        let is_harmless = self.is_harmless_text(value);
        if is_harmless {
            self.harmless_headers[place].put(Harmless(key.0));
        }
        is_harmless
    }

    fn is_harmless_text(&mut self, value: &[u8]) -> bool {
        self.decoded.clear();
        let is_encoded = memchr::memchr(b'%', value).is_some() && decode::percent_into(value, &mut self.decoded);
        let text = if is_encoded { &self.decoded[..] } else { value };
        VOCABULARY.mask(text, HEADER_MARKS) & HEADER_MARKS == 0
            && !decode::has_percent(text)
            && (!is_encoded || VOCABULARY.mask(value, HEADER_MARKS) & HEADER_MARKS == 0)
    }
}

/// Whether a target is a path of words and numbers, and all that its parameters hold is numbers: `/users/4711/orders?page=2`.
///
/// Where it holds no needle but those of names with a dot, no signal sees anything in it: it names no file, as it has no dot;
/// no host and no scheme, as it has neither dot nor colon; it has no step, no encoding and nothing to read in another way; and
/// a number chooses no field, but for `show_secret=1`.
fn is_plain(text: &[u8]) -> bool {
    let (path, query) = text.split_at(memchr::memchr(b'?', text).unwrap_or(text.len()));
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_');
    let is_number = |param: Param<'_>| {
        let is_name = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_' && param.value != b"1";
        param.name.iter().all(is_name) && !param.value.is_empty() && param.value.iter().all(u8::is_ascii_digit)
    };
    path.starts_with(b"/")
        && path.iter().all(is_word)
        && memchr::memmem::find(path, b"//").is_none()
        && params(query.get(1..).unwrap_or_default()).all(is_number)
        && !decode::may_be_base64(path)
}

/// Whether all URLs of a target, `text` once its percent encoding is undone, are those of plain public hosts, and stand
/// in the query.
fn has_plain_urls_alone(target: &[u8], text: &[u8]) -> bool {
    let query = memchr::memchr(b'?', target).unwrap_or(target.len());
    // A path without encoding stands in the decoded text where it stands in the target.
    if memchr::memchr2(b'%', b':', &target[..query]).is_some() {
        return false;
    }
    let rest = &text[query..];
    memchr::memchr(b'\\', rest).is_none()
        && memchr::memchr_iter(b':', rest).all(|colon| {
            let is_web = rest[..colon].ends_with(b"http") || rest[..colon].ends_with(b"https");
            match rest[colon + 1..].strip_prefix(b"//") {
                Some(host) => is_web && begins_with_plain_host(host),
                None => !is_web && rest.get(colon + 1) != Some(&b'/'),
            }
        })
}

/// Whether a slash, or another escape, is encoded in the path of a target.
fn has_encoded_slash(target: &[u8]) -> bool {
    let path = &target[..memchr::memchr(b'?', target).unwrap_or(target.len())];
    memchr::memchr_iter(b'%', path).any(|at| {
        path.get(at + 1..at + 3)
            .is_some_and(|digits| [b"2f", b"5c", b"25"].iter().any(|slash| digits.eq_ignore_ascii_case(*slash)))
    })
}

/// Whether the last parameter of a target is the root of all folders or the name of a program: in the midst of a query
/// an `&` behind it tells.
fn ends_with_file(text: &[u8]) -> bool {
    let is_ended = matches!(text, [.., b'.', _, _] | [.., b'.', _, _, _] | [.., b'.', _, _, _, _] | [.., b'=', b'/']);
    if !is_ended || memchr::memchr(b'=', text).is_none() {
        return false;
    }
    text.ends_with(b"=/") || PROGRAMS.iter().any(|ending| text.ends_with(ending.as_bytes()))
}

/// The shortest run of letters and digits that may begin a text in base64.
///
/// The digits of base64 that are neither letter nor digit stand for six bits that ASCII holds only in `>`, `?` and `~`
/// (and DEL), and there only at the end of a group of four: a printable text begins with eight plain digits, unless one
/// of these is among its first six bytes.
const SPELT_RUN_MIN: usize = 8;

/// Whether a text holds a run of base64 or hexadecimal digits that spells something.
fn is_spelt_otherwise(text: &[u8]) -> bool {
    let is_plain_digit = |byte: &u8| IS_PLAIN_DIGIT[usize::from(*byte)];
    let mut at = 0;
    // What stands before `at` is no digit. Whether enough follow is asked backwards: most of what is too short is passed over.
    while let Some(least) = text.get(at..at + SPELT_RUN_MIN) {
        if let Some(other) = least.iter().rposition(|byte| !is_plain_digit(byte)) {
            at += other + 1;
            continue;
        }
        let begin = &text[at..];
        if decode::begins_as_base64(begin) || decode::begins_as_hex(decode::without_0x(begin)) {
            return true;
        }
        let behind = &begin[SPELT_RUN_MIN..];
        at += SPELT_RUN_MIN + behind.iter().position(|byte| !is_plain_digit(byte)).unwrap_or(behind.len()) + 1;
    }
    false
}

/// Whether a byte is a letter or digit. A table, as this is asked of every byte of every target.
const IS_PLAIN_DIGIT: [bool; 256] = {
    let mut is = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        is[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    is
};

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
    ["internal", "local", "localhost", "localdomain", "lan", "corp", "intranet", "private", "svc", "default", "arpa"]
        .iter()
        .any(|inside| zone.eq_ignore_ascii_case(inside.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(target: &str) -> Glance {
        Prefilter::default().target(target.as_bytes())
    }

    #[test]
    fn runs_are_found_as_by_going_through_the_text() {
        let plainly = |text: &[u8]| {
            let is_end = |at: usize| at == 0 || !text[at - 1].is_ascii_alphanumeric();
            (0..text.len()).filter(|at| is_end(*at)).any(|at| {
                let run = text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
                let begin = &text[at..];
                SPELT_RUN_MIN <= run
                    && (decode::begins_as_base64(begin) || decode::begins_as_hex(decode::without_0x(begin)))
            })
        };
        let pieces =
            ["L2V0Yy9wYXNzd2Q", "2f6574632f706173", "/", "-", "a", "orders", "1234567", "0x", ".", "aHR0cDov", "%"];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    let text = [one, two, three, two].concat();
                    assert_eq!(is_spelt_otherwise(text.as_bytes()), plainly(text.as_bytes()), "{text}");
                }
            }
        }
    }

    #[test]
    fn ordinary_requests_are_quiet() {
        for target in [
            "/",
            "/products/1107-starter-natural-monthly",
            "/api/v1/orders?page=1&per_page=10",
            "/image/60844/productModel/200x200",
            "/search?q=%E5%AD%90%E7%8A%AC",
            "/assets/app.dd192a99.js",
            "/a?id=3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c",
            "/feed?cursor=Fw_092GW9TcKZF3ay9LT02e3",
        ] {
            assert_eq!(glance(target), Glance::Quiet, "{target}");
        }
    }

    #[test]
    fn plain_urls_in_parameters_are_told_apart_cheaply() {
        for target in [
            "/p?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F1.jpg&w=640",
            "/r?to=http://example.com/?x=https://example.org",
        ] {
            assert_eq!(glance(target), Glance::Web, "{target}");
        }
        for target in [
            "/p?src=http%3A%2F%2F127.1%2F",
            "/p?src=http://a@example.com/",
            "/p?src=//example.com",
            "/p?src=https://example.com:8443/",
            "/p?src=http:example.com",
            "/p/http://example.com/",
            "/p?src=http://intranet/",
            "/p?src=http://2852039166/",
            "/p?src=http://db.svc/",
            "http://example.com/",
        ] {
            assert_eq!(glance(target), Glance::Close, "{target}");
        }
    }
}
