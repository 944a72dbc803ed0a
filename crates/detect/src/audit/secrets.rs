//! Secrets and personal data that stand in the logs themselves.
//!
//! Whoever reads a log reads these, and logs go further than databases do. Each is counted by its kind and its place:
//! a path with its identifiers set aside, and a parameter. A value is never kept: a hash tells whether it was seen
//! before, and the first one is kept with all but its first letters cut off.
//!
//! Numbers with a check digit are told from other numbers of that length by their place: of arbitrary ones a tenth
//! passes, so a place counts only where nine of ten do.

use std::borrow::Cow;
use std::collections::BTreeSet;

use accesslog::{Position, Record};

use super::forms;
use crate::bounded::Bounded;
use crate::decode;
use crate::hash::{hash, join};
use crate::mask;
use crate::memory::Memory;
use crate::signals::{key_ranges, secret_word};
use crate::target::{self, Target};

/// How many places of secrets are kept.
const PLACES_MAX: usize = 1 << 12;

/// How many distinct values of a place are counted by their hashes: beyond it, their number is estimated.
const VALUES_MAX: usize = 256;

/// How many lines of a place are named.
const LINES_KEPT: usize = 3;

/// How many bytes of a place's path are shown.
const PLACE_BYTES_MAX: usize = 80;

/// How many letters of a secret are shown.
const SHOWN: usize = 4;

/// A kind of secret, or of what belongs to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// Its name, for programs.
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// How dangerous it is in a log: 3 gives access now, 2 may, 1 is personal or names a key.
    pub danger: u8,
}

macro_rules! kinds {
    ($($place:ident: $danger:literal $name:literal $what:literal;)*) => {
        /// All kinds, the most dangerous first.
        pub const KINDS: &[Kind] = &[$(Kind { name: $name, what: $what, danger: $danger }),*];
        #[derive(Clone, Copy)]
        enum Of { $($place),* }
    };
}

kinds! {
    Password: 3 "password" "passwords in a query";
    Issued: 3 "issued-key" "keys and tokens in the forms of their issuers";
    Userinfo: 3 "userinfo" "user and password before the host of a URL";
    Bearer: 3 "bearer" "Bearer and Basic credentials";
    Card: 3 "card-number" "card numbers whose check digit holds";
    MyNumber: 3 "my-number" "twelve digits with the check digit of a Japanese Individual Number";
    Signature: 2 "signed-url" "signatures of signed URLs: each opens its object until it expires";
    Session: 2 "session" "session identifiers: each is a login while it lives";
    Jwt: 2 "jwt" "JSON Web Tokens";
    Reset: 2 "reset-link" "links that reset, confirm or invite: each is a login until it is used";
    Secret: 2 "secret-parameter" "parameters that are secret by their names";
    Mail: 1 "mail-address" "addresses of mail";
    Phone: 1 "telephone" "telephone numbers";
    Personal: 1 "personal-parameter" "names, addresses and births, by the names of parameters";
    KeyId: 1 "access-key-id" "ids of access keys of AWS: names of keys, not keys";
}

/// What is seen of all kinds.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    places: Bounded<Place>,
}

impl Secrets {
    pub(super) fn within(memory: Memory) -> Secrets {
        Secrets { places: Bounded::new(memory.share(PLACES_MAX)) }
    }

    pub(super) fn emptied(&self) -> Secrets {
        Secrets { places: self.places.emptied() }
    }

    /// How many bytes it takes, at most.
    pub(super) fn bytes(&self) -> usize {
        let of = |place: &Place| place.name.len() + place.values.bytes(0) + LINES_KEPT * size_of::<Position>();
        self.places.bytes(0) + self.places.iter().map(|(_, place)| of(place)).sum::<usize>()
    }

    pub(super) fn places_max(&self) -> usize {
        self.places.capacity()
    }
}

/// A kind at a place.
#[derive(Clone, Debug)]
struct Place {
    kind: usize,
    /// Path and parameter, for people.
    name: Box<str>,
    count: u64,
    /// Values of the same length that fail the check digit.
    failed: u64,
    values: Bounded<()>,
    lines: BTreeSet<Position>,
    /// The first value, cut.
    sample: (Position, Box<str>),
}

/// A kind of secret at a place in the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The kind.
    pub kind: Kind,
    /// The path, identifiers set aside, and the parameter. Text of the log.
    pub place: String,
    /// How many times it stands there.
    pub count: u64,
    /// How many distinct values do.
    pub distinct: u64,
    /// Whether that is counted and not estimated.
    pub is_counted: bool,
    /// The first lines.
    pub lines: Vec<Position>,
    /// The first value, all but its first letters cut off.
    pub sample: String,
}

impl Secrets {
    pub(super) fn observe(&mut self, at: Position, record: &Record<'_>) {
        for (what, text) in [("", record.target), ("Referer ", record.referer)] {
            let Some(text) = text else { continue };
            let target = Target::new(text);
            self.path(at, what, &target);
            let query = target.query.or(if what.is_empty() { record.query } else { None });
            for param in target::params(query.unwrap_or_default()) {
                self.param(at, what, target.path, param.name, param.value);
            }
        }
        if let Some(user) = record.user.filter(|user| forms::is_mail(user)) {
            self.add(at, Of::Mail, "the user", user);
        }
        if let Some(agent) = record.agent {
            for range in mask::bearers(agent) {
                self.add(at, Of::Bearer, "User-Agent", &agent[range]);
            }
        }
    }

    /// Looks at what a path and the origin before it hold.
    fn path(&mut self, at: Position, what: &str, target: &Target<'_>) {
        if let Some(password) = target.origin.and_then(|origin| mask::passwords_of_urls(origin).pop()) {
            let origin = target.origin.unwrap_or_default();
            self.add(at, Of::Userinfo, &format!("{what}the host of the URL"), &origin[password]);
        }
        let has_sign = |sign: &[u8]| memchr::memmem::find(target.path, sign).is_some();
        for segment in target.path.split(|byte| *byte == b'/').filter(|segment| 5 < segment.len()) {
            let place = || format!("{what}{}", shape(target.path));
            if let Some(at_id) = session_of_path(segment) {
                self.add(at, Of::Session, &format!("{} ;jsessionid", place()), at_id);
            }
            if segment.contains(&b'@') || has_sign(b"%40") {
                let plain = plain(segment);
                if forms::is_mail(&plain) {
                    self.add(at, Of::Mail, &place(), &plain);
                }
            }
            self.issued(at, &place, segment);
        }
        if let Some(token) = token_of_link(target.path) {
            self.add(at, Of::Reset, &format!("{what}{}", shape(target.path)), token);
        }
    }

    /// Keys and tokens in the forms of their issuers.
    fn issued(&mut self, at: Position, place: &dyn Fn() -> String, text: &[u8]) {
        for range in key_ranges(text) {
            let key = &text[range];
            let kind = match key.get(..4) {
                Some(b"AKIA" | b"ASIA") => Of::KeyId,
                _ => Of::Issued,
            };
            self.add(at, kind, &place(), key);
        }
        for range in mask::dotted_tokens(text) {
            self.add(at, Of::Issued, &place(), &text[range]);
        }
        for range in mask::web_tokens(text) {
            self.add(at, Of::Jwt, &place(), &text[range]);
        }
        for range in mask::bearers(text) {
            self.add(at, Of::Bearer, &place(), &text[range]);
        }
    }

    /// Looks at one parameter. Each value is of one kind: the first that it is.
    fn param(&mut self, at: Position, what: &str, path: &[u8], name: &[u8], value: &[u8]) {
        if value.is_empty() {
            return;
        }
        let (name, value) = (plain(name), plain(value));
        let shown = String::from_utf8_lossy(&name).chars().take(40).collect::<String>();
        let place = || format!("{what}{} ?{shown}", shape(path));
        let lower = name.to_ascii_lowercase();
        let lower: &[u8] = &lower;
        self.issued(at, &place, &value);
        for range in mask::passwords_of_urls(&value) {
            self.add(at, Of::Userinfo, &place(), &value[range]);
        }
        if forms::is_mail(&value) {
            return self.add(at, Of::Mail, &place(), &value);
        }
        if let Some(digits) = forms::digits(&value) {
            return self.number(at, &place(), lower, &value, &digits);
        }
        let is_token = 6 <= value.len() && mask::is_opaque(&value);
        let is = |names: &[&[u8]]| names.contains(&lower);
        let kind = match () {
            () if is(PASSWORDS) && !value.starts_with(b"/") && !value.contains(&b'{') => Of::Password,
            () if is(SIGNATURES) && 20 <= value.len() && is_token => Of::Signature,
            () if is(SESSIONS) && 12 <= value.len() && is_token => Of::Session,
            () if mask::web_tokens(&value).iter().any(|range| range.len() == value.len()) => return,
            () if is_token && 12 <= value.len() && is_link(path) && is(TOKENS) => Of::Reset,
            () if is(PERSONAL) && value.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()) => {
                Of::Personal
            }
            () if is_token && 12 <= value.len() && has_digit_and_letter(&value) && is_secret(lower) => Of::Secret,
            () => return,
        };
        self.add(at, kind, &place(), &value);
    }

    fn number(&mut self, at: Position, place: &str, name: &[u8], value: &[u8], digits: &[u8]) {
        let is_phone = PHONES.contains(&name) && (9..=15).contains(&digits.len());
        match () {
            () if PASSWORDS.contains(&name) => self.add(at, Of::Password, place, value),
            () if is_phone => self.add(at, Of::Phone, place, value),
            () if BIRTHS.contains(&name) && 8 == digits.len() => self.add(at, Of::Personal, place, value),
            () if forms::is_card_shape(digits) => self.checked(at, Of::Card, place, value, forms::is_luhn(digits)),
            () if digits.len() == 12 => self.checked(at, Of::MyNumber, place, value, forms::is_my_number(digits)),
            () => {}
        }
    }

    fn add(&mut self, at: Position, kind: Of, place: &str, value: &[u8]) {
        self.checked(at, kind, place, value, true);
    }

    fn checked(&mut self, at: Position, kind: Of, place: &str, value: &[u8], holds: bool) {
        let kind = kind as usize;
        let key = join(hash(place.as_bytes()), kind as u64);
        let make = || Place {
            kind,
            name: place.into(),
            count: 0,
            failed: 0,
            values: Bounded::new(VALUES_MAX),
            lines: BTreeSet::new(),
            sample: (Position { source: u32::MAX, ..Position::default() }, "".into()),
        };
        let Some(place) = self.places.get_or_insert_with(key, make) else { return };
        if !holds {
            place.failed += 1;
            return;
        }
        place.count += 1;
        place.values.get_or_insert_with(hash(value), || ());
        place.lines.insert(at);
        if LINES_KEPT < place.lines.len() {
            place.lines.pop_last();
        }
        let sample = (at, cut(value));
        if sample < place.sample {
            place.sample = sample;
        }
    }

    pub(super) fn merge(&mut self, other: Secrets) {
        self.places.merge(other.places, |mine, other| {
            mine.count += other.count;
            mine.failed += other.failed;
            mine.values.merge(other.values, |(), ()| ());
            mine.lines.extend(other.lines);
            while LINES_KEPT < mine.lines.len() {
                mine.lines.pop_last();
            }
            if other.sample < mine.sample {
                mine.sample = other.sample;
            }
        });
    }

    pub(super) fn is_full(&self) -> bool {
        let mut places = self.places.clone();
        places.prune();
        places.is_full()
    }

    pub(super) fn finish(mut self) -> Vec<Secret> {
        self.places.prune();
        let mut found: Vec<(usize, Secret)> = Vec::new();
        for (_, place) in self.places.iter() {
            // Of numbers that are none a tenth passes.
            if place.count == 0 || place.count < place.failed * 9 {
                continue;
            }
            let mut values = place.values.clone();
            values.prune();
            found.push((
                place.kind,
                Secret {
                    kind: KINDS[place.kind],
                    place: place.name.to_string(),
                    count: place.count,
                    distinct: distinct(&values),
                    is_counted: !values.is_full(),
                    lines: place.lines.iter().copied().collect(),
                    sample: place.sample.1.to_string(),
                },
            ));
        }
        found.sort_by(|(kind, one), (other_kind, other)| {
            (kind, std::cmp::Reverse(one.count), &one.place).cmp(&(
                other_kind,
                std::cmp::Reverse(other.count),
                &other.place,
            ))
        });
        found.into_iter().map(|(_, secret)| secret).collect()
    }
}

/// How many distinct hashes there were: counted, or by how far the smallest of them reach.
fn distinct(values: &Bounded<()>) -> u64 {
    let count = values.iter().count() as u64;
    let Some(last) = values.iter().map(|(key, _)| key).max().filter(|_| values.is_full()) else { return count };
    ((u128::from(count - 1) << 64) / (u128::from(last) + 1)) as u64
}

const PASSWORDS: &[&[u8]] = &[b"password", b"passwd", b"pass", b"pwd", b"passphrase", b"user_password", b"userpass"];
const SIGNATURES: &[&[u8]] = &[b"x-amz-signature", b"x-goog-signature", b"signature", b"sig", b"x-oss-signature"];
const SESSIONS: &[&[u8]] = &[
    b"session",
    b"sessionid",
    b"session_id",
    b"sid",
    b"jsessionid",
    b"phpsessid",
    b"connect.sid",
    b"x-amz-security-token",
];
const TOKENS: &[&[u8]] = &[b"token", b"code", b"key", b"t", b"k", b"reset_token", b"confirmation_token", b"invite"];
const PHONES: &[&[u8]] =
    &[b"phone", b"tel", b"mobile", b"telephone", b"phone_number", b"phonenumber", b"fax", b"msisdn"];
const BIRTHS: &[&[u8]] = &[b"birthday", b"birthdate", b"dob", b"birth_date", b"date_of_birth"];
const PERSONAL: &[&[u8]] = &[
    b"first_name",
    b"firstname",
    b"last_name",
    b"lastname",
    b"fullname",
    b"full_name",
    b"surname",
    b"street",
    b"street_address",
    b"home_address",
    b"birthday",
    b"birthdate",
    b"dob",
    b"date_of_birth",
    b"passport_number",
];

/// Words of paths behind which a link in a mail leads.
const LINKS: [&[u8]; 8] =
    [b"reset", b"confirm", b"verify", b"activate", b"activation", b"invite", b"magic", b"unsubscribe"];

fn is_link(path: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    LINKS.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
}

/// The last segment of a path such as `/password/reset/8f3c...`, where it is a token.
fn token_of_link(path: &[u8]) -> Option<&[u8]> {
    let (before, last) = path.split_at(memchr::memrchr(b'/', path)?);
    let token = &last[1..];
    let is_token = token.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (20 <= token.len() && is_token && has_digit_and_letter(token) && is_link(before)).then_some(token)
}

/// The identifier behind `;jsessionid=` (Jakarta Servlet, session tracking by URL rewriting).
fn session_of_path(segment: &[u8]) -> Option<&[u8]> {
    let at = segment.iter().position(|byte| *byte == b';')?;
    let (name, value) = segment[at + 1..].split_at_checked(11)?;
    (name.eq_ignore_ascii_case(b"jsessionid=") && 12 <= value.len()).then_some(value)
}

/// Words of names whose tokens turn pages or tie a form to its page: they open nothing.
const HARMLESS: [&[u8]; 7] = [b"continuation", b"next", b"page", b"cursor", b"csrf", b"xsrf", b"marker"];

fn is_secret(name: &[u8]) -> bool {
    if HARMLESS.iter().any(|word| memchr::memmem::find(name, word).is_some()) {
        return false;
    }
    mask::is_secret_name(name) || secret_word(name).is_some_and(|rule| rule.text.contains("token"))
}

fn has_digit_and_letter(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic)
}

/// The text with its percent encoding undone, and a plus for a blank where it stands within.
fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    decode::percent(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A path with what may identify somebody set aside: segments that hold digits, an at sign, or too many letters.
fn shape(path: &[u8]) -> String {
    let mut out = String::new();
    for segment in path.split(|byte| *byte == b'/').skip(usize::from(path.starts_with(b"/"))) {
        out.push('/');
        let is_word =
            segment.len() <= 32 && segment.iter().all(|byte| byte.is_ascii_alphabetic() || b"._-~".contains(byte));
        out.push_str(if is_word { std::str::from_utf8(segment).unwrap_or("*") } else { "*" });
        if PLACE_BYTES_MAX < out.len() {
            out.push_str("/...");
            break;
        }
    }
    out
}

/// A value with all but its first letters cut off. What is short shows less of itself.
fn cut(value: &[u8]) -> Box<str> {
    let shown = SHOWN.min(value.len() / 4);
    let head: String =
        value[..shown].iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' }).collect();
    format!("{head}**** ({} bytes)", value.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(targets: &[&str]) -> Vec<(&'static str, String, u64, u64)> {
        let mut secrets = Secrets::within(Memory::default());
        for (number, target) in targets.iter().enumerate() {
            let at = Position { offset: number as u64 * 100, line: number as u64 + 1, ..Position::default() };
            secrets.observe(at, &Record { target: Some(target.as_bytes()), ..Record::default() });
        }
        secrets.finish().into_iter().map(|one| (one.kind.name, one.place, one.count, one.distinct)).collect()
    }

    fn check(target: &str, want: &[(&str, &str)]) {
        let got = found(&[target]);
        let got: Vec<(&str, &str)> = got.iter().map(|(kind, place, ..)| (*kind, place.as_str())).collect();
        assert_eq!(got, want, "{target}");
    }

    #[test]
    fn each_kind_is_told_from_what_looks_like_it() {
        check("/login?user=a&password=hunter22", &[("password", "/login ?password")]);
        check("/login?passport=%2Fx&password=", &[]);
        check("/f?X-Amz-Signature=0123456789abcdef0123456789abcdef", &[("signed-url", "/f ?X-Amz-Signature")]);
        check("/f?sig=left", &[]);
        check("/f?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE", &[("access-key-id", "/f ?AWSAccessKeyId")]);
        check("/f?k=ghp_0123456789abcdefghij0123456789abcdef", &[("issued-key", "/f ?k")]);
        check("/a;jsessionid=0A1B2C3D4E5F60718293", &[("session", "/* ;jsessionid")]);
        check("/p?u=http://bob:hunter22@h.example/", &[("userinfo", "/p ?u")]);
        check("/n?mail=taro%40shop.example", &[("mail-address", "/n ?mail")]);
        check("/img/logo%402x.png", &[]);
        check("/reset-password?token=8f3c0a77b1d2e9c4", &[("reset-link", "/reset-password ?token")]);
        check("/list?token=next", &[]);
        check("/b?access_token=a1b2c3d4e5f6a7b8", &[("secret-parameter", "/b ?access_token")]);
        check("/b?continuation-token=a1b2c3d4e5f6a7b8&csrf_token=a1b2c3d4e5f6a7b8", &[]);
        check("/auth/confirm/8f3c0a77b1d2e9c4a0b1", &[("reset-link", "/auth/confirm/*")]);
        check("/call?tel=03-1234-5678", &[("telephone", "/call ?tel")]);
        check("/call?id=0312345678", &[]);
        check(
            "/s?first_name=Taro&dob=19800102",
            &[("personal-parameter", "/s ?dob"), ("personal-parameter", "/s ?first_name")],
        );
        let jwt = format!("/a?x=eyJhbGciOiJIUzI1NiJ9.{}.abc", "x1".repeat(20));
        check(&jwt, &[("jwt", "/a ?x")]);
    }

    #[test]
    fn a_check_digit_counts_only_where_nearly_all_hold() {
        let cards = ["/pay?n=4111111111111111", "/pay?n=5555555555554444", "/pay?n=378282246310005"];
        assert_eq!(found(&cards), [("card-number", "/pay ?n".to_owned(), 3, 3)]);
        let ids: Vec<String> = (0..100_u64).map(|id| format!("/o?id={}", 4_000_000_000_000_000 + id * 7)).collect();
        assert_eq!(found(&ids.iter().map(String::as_str).collect::<Vec<_>>()), [], "one in ten identifiers passes");
        assert_eq!(found(&["/me?no=123456789018"])[0].0, "my-number");
        assert_eq!(found(&["/me?no=123456789017"]), []);
    }

    #[test]
    fn values_are_never_kept_whole() {
        let mut secrets = Secrets::within(Memory::default());
        let record =
            Record { target: Some(b"/login?password=correct-horse&email=taro@shop.example"), ..Record::default() };
        secrets.observe(Position::default(), &record);
        let told = format!("{:?}", secrets.finish());
        assert!(told.contains("cor****") && !told.contains("horse") && !told.contains("shop.example"), "{told}");
    }

    #[test]
    fn many_values_are_estimated() {
        let targets: Vec<String> = (0..5000).map(|n| format!("/n?mail=u{n}@shop.example")).collect();
        let got = found(&targets.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(got[0].2 == 5000 && (4000..6000).contains(&got[0].3), "{got:?}");
    }
}
