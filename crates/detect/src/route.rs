//! The shape of a path, its identifiers set aside.
//!
//! What a request is compared with is what *this kind* of request usually gets, and the kind is known by the
//! path without the identifiers in it. The shape is a function of the path alone, so it needs no state and
//! cannot depend on order: runs of digits become one digit, segments of hexadecimal digits or of random
//! letters become one word, and a slug behind an identifier (`1107-starter-natural`) goes with it. Where short names are
//! drawn, which no segment shows by itself, is known beforehand, for a whole scan ([`Drawn`]).

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::choices::Choice;
use crate::drawn::Drawn;
use crate::embedded;
use crate::hash::{self, join};
use crate::parameter::{self, Asked, Told};
use crate::target::Target;

/// How many segments of a path make its shape; deeper ones are taken together.
const SEGMENTS_MAX: usize = 12;

/// The shape of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The hash of the whole shape.
    pub(crate) key: u64,
    /// Of 64 groups that of the first segment's shape.
    pub(crate) head: u8,
    /// The identifier that was set aside: of several, the last.
    pub(crate) object: Option<Object>,
    /// Whether that is a page of a list.
    pub(crate) is_list: bool,
    /// The way in which it is asked; none where there is an object.
    pub(crate) choice: Choice,
}

/// The route of a target. Where its path has no identifier, one may stand in a parameter, or the page of a list.
/// Where one path serves all operations, the one that is named is a part of its shape.
pub(crate) fn route_of(target: &Target<'_>) -> Route {
    let route = route(target.path);
    if route.object.is_some() {
        return route;
    }
    if !target.has_params() {
        return Route { choice: Choice::BARE, ..route };
    }
    let Asked { object, operation } = parameter::asked(target);
    let key = operation.map_or(route.key, |operation| join(route.key, hash::hash(operation)));
    match object {
        Some((object, told)) => Route { key, object: Some(object), is_list: told == Told::AsPage, ..route },
        None => Route { key, choice: Choice::of(hash::hash(target.query.unwrap_or_default())), ..route },
    }
}

/// An identifier that was set aside: a number as it is, anything else by its hash.
///
/// Invariant: odd for a number, which stands in the other bits; even and not zero otherwise. As it is never zero, that
/// there is none takes no room of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Object(NonZeroU64);

impl Object {
    /// The object of a number. Of one that does not fit into 63 bits the lowest count.
    pub(crate) fn of_number(number: u64) -> Object {
        Object(NonZeroU64::MIN | number << 1)
    }

    /// The object of the number that some digits are.
    pub(crate) fn of_digits(digits: &[u8]) -> Object {
        let number = |sum: u64, digit: &u8| sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        Object::of_number(digits.iter().fold(0, number))
    }

    /// The object of a text, by its hash.
    pub(crate) fn of_text(text: &[u8]) -> Object {
        Object(NonZeroU64::MIN.saturating_add((hash::hash(text) & !1).max(2) - 1))
    }

    /// All of it, as one number.
    pub(crate) fn bits(self) -> u64 {
        self.0.get()
    }

    /// The number, if it is one.
    pub(crate) fn number(self) -> Option<u64> {
        (self.bits() & 1 == 1).then_some(self.bits() >> 1)
    }
}

/// The shape of a path for people: `*` for each identifier that is set aside.
pub(crate) fn shown(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut parent = 0;
    for (number, segment) in path.split(|byte| *byte == b'/').enumerate() {
        if 0 < number {
            out.push(b'/');
        }
        let step = Step::below(parent, segment, hash::drawn());
        let is_set_aside = step.shape == IDENTIFIER || !step.is_word && object_of(segment, step.shape).is_some();
        out.extend_from_slice(if is_set_aside { b"*" } else { segment });
        parent = if segment.is_empty() { parent } else { join(parent, step.shape) };
    }
    out
}

/// What a segment adds to the shape of a path.
#[derive(Clone, Copy)]
struct Step {
    shape: u64,
    /// Whether it surely holds no digit and no `;`.
    is_plain: bool,
    /// Whether it is a word as it stands.
    is_word: bool,
    /// Whether it is a name that is known by where it stands.
    is_drawn: bool,
}

impl Step {
    /// That of a segment below a parent, by the shape of the path down to it.
    #[inline]
    fn below(parent: u64, segment: &[u8], drawn: &Drawn) -> Step {
        let (hash, is_plain) = word_shape(segment);
        if drawn.names(parent, segment) {
            return Step { shape: IDENTIFIER, is_plain, is_word: false, is_drawn: true };
        }
        let is_word = is_word(segment, is_plain);
        Step { shape: if is_word { hash } else { shape_with_digits(segment) }, is_plain, is_word, is_drawn: false }
    }
}

/// Each segment of a path with the shape of the path down to it, where names are drawn as given.
pub(crate) fn below<'p>(path: &'p [u8], drawn: &'p Drawn) -> impl Iterator<Item = (u64, &'p [u8])> {
    let segments = path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty()).take(SEGMENTS_MAX);
    segments.scan(0, |parent, segment| {
        let before = *parent;
        *parent = join(before, Step::below(before, segment, drawn).shape);
        Some((before, segment))
    })
}

/// The route of a path. What follows a `;` in a segment is not part of it.
pub(crate) fn route(path: &[u8]) -> Route {
    let mut key = 0;
    let mut head = 0_u64;
    let mut object = None;
    let mut number = 0;
    let mut was_year = false;
    let mut start = 0;
    let drawn = hash::drawn();
    // Segments are a few bytes long: a plain loop finds their ends faster than a search that is made for long texts.
    for end in 0..=path.len() {
        if path.get(end).is_some_and(|byte| *byte != b'/') {
            continue;
        }
        let segment = &path[start..end];
        start = end + 1;
        if segment.is_empty() {
            continue;
        }
        if number == SEGMENTS_MAX {
            key = join(key, 2);
            break;
        }
        let Step { shape, is_plain, is_drawn, .. } = Step::below(key, segment, drawn);
        if is_drawn {
            object = Some(Object::of_text(segment));
        } else if !is_plain || shape == IDENTIFIER {
            // A month is nobody's record, nor is the first of some papers: behind an identifier they are a part of what that names.
            let is_part = object.is_some_and(|object| is_period(segment, was_year) || is_place_in(object, segment));
            object = if is_part { object } else { object_of(segment, shape).or(object) };
        }
        was_year = is_year(segment);
        key = join(key, shape);
        head = if number == 0 { shape } else { head };
        number += 1;
    }
    // A collection and its directory index differ: `/a` and `/a/`.
    let head = (head >> 58) as u8;
    let key = join(key, u64::from(path.ends_with(b"/")));
    Route { key, head, object, is_list: false, choice: Choice::NONE }
}

/// The shape of a path, to be read: `*` for what identifies, `#` for a number or a digest within a name.
///
/// As [`shown`], but all paths of one route are spelt the same.
pub(crate) fn spelt(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut parent = 0;
    for (number, segment) in path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty()).enumerate() {
        out.push(b'/');
        if number == SEGMENTS_MAX {
            out.extend_from_slice(b"...");
            break;
        }
        let step = Step::below(parent, segment, hash::drawn());
        if step.shape == IDENTIFIER {
            out.extend_from_slice(b"*");
        } else if let Some((name, _)) = embedded::called(segment) {
            spell_word(name, &mut out);
            out.extend_from_slice(b"(*)");
        } else {
            spell_word(segment.split(|byte| *byte == b';').next().unwrap_or(segment), &mut out);
        }
        parent = join(parent, step.shape);
    }
    if path.ends_with(b"/") {
        out.push(b'/');
    }
    out
}

fn spell_word(word: &[u8], out: &mut Vec<u8>) {
    for run in word.chunk_by(|one, other| one.is_ascii_hexdigit() == other.is_ascii_hexdigit()) {
        let has_digit = run.iter().any(u8::is_ascii_digit);
        if !has_digit {
            out.extend_from_slice(run);
        } else if DIGEST_BYTES_MIN <= run.len() {
            out.push(b'#');
        } else {
            for piece in run.chunk_by(|one, other| one.is_ascii_digit() == other.is_ascii_digit()) {
                out.extend_from_slice(if piece[0].is_ascii_digit() { b"#" } else { piece });
            }
        }
    }
}

const IDENTIFIER: u64 = 1;

/// What the value of a parameter identifies, if it does.
pub(crate) fn object_of_value(value: &[u8]) -> Option<Object> {
    if !value.iter().any(u8::is_ascii_digit) {
        return None;
    }
    object_of(value, shape_with_digits(value))
}

/// What a segment with digits in it identifies, if it does: `4711`, `4711-salmon`, `4711.jpg`, `INV-2024-0017`, a
/// UUID or a token, or what stands within another text. Not a version, and not a file that belongs to a page.
fn object_of(segment: &[u8], shape: u64) -> Option<Object> {
    if let Some(object) = embedded::object(segment) {
        return Some(object);
    }
    let leading = segment.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let trailing = segment.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    match (segment.get(leading), segment.len().checked_sub(trailing + 1).map(|at| segment[at])) {
        (None, _) => Some(Object::of_digits(segment)),
        (Some(b'-' | b'_' | b';'), _) if 0 < leading && shape == IDENTIFIER => {
            numbered_in_year(segment).or_else(|| Some(Object::of_digits(&segment[..leading])))
        }
        (Some(b'.'), _) if 0 < leading && !is_page_part(&segment[leading + 1..]) => {
            Some(Object::of_digits(&segment[..leading]))
        }
        _ if shape == IDENTIFIER => Some(Object::of_text(segment)),
        (_, Some(b'-' | b'_')) if 2 <= trailing => Some(Object::of_digits(&segment[segment.len() - trailing..])),
        _ => drawn_name(segment).map(Object::of_text).or_else(|| reference(segment)),
    }
}

/// What a reference names, without an ending: `WH0240003612`, `RE104672.pdf`. A build numbers its pictures and films so, too.
fn reference(segment: &[u8]) -> Option<Object> {
    let (stem, ending) = stem_and_ending(segment);
    let (_, number) = parameter::reference(stem).filter(|(prefix, _)| 0 < *prefix)?;
    let is_shown = SHOWN.iter().any(|one| ending.eq_ignore_ascii_case(one));
    (!is_shown && !ending.contains(&b'.') && !is_page_part(ending)).then(|| Object::of_number(number))
}

/// The name of a file and its ending, what stands behind a `;` left out; no ending where there is no dot.
fn stem_and_ending(segment: &[u8]) -> (&[u8], &[u8]) {
    let segment = segment.split(|byte| *byte == b';').next().unwrap_or(segment);
    match segment.iter().position(|byte| *byte == b'.') {
        Some(dot) => (&segment[..dot], &segment[dot + 1..]),
        None => (segment, b""),
    }
}

/// Extensions of what pages show: pictures, and pieces of films.
const SHOWN: [&[u8]; 12] =
    [b"aac", b"avif", b"gif", b"jpeg", b"jpg", b"m4s", b"mp3", b"mp4", b"png", b"ts", b"webm", b"webp"];

/// What a value identifies that was drawn: a UUID, a token.
pub(crate) fn object_of_token(value: &[u8]) -> Option<Object> {
    is_random(value).then(|| Object::of_text(value))
}

/// What the name of a file identifies, if it was drawn.
pub(crate) fn object_of_name(name: &[u8]) -> Option<Object> {
    drawn_name(name).map(Object::of_text)
}

/// How many hexadecimal digits the name of a file has that was drawn, at least, and that of a picture: a build names the
/// pictures of its pages so, by fewer.
const NAME_DIGITS_MIN: usize = DIGEST_BYTES_MIN;
const PICTURE_DIGITS_MIN: usize = 16;

/// The name, without an ending, of what is known by digits that were drawn: `3fa85f6457174562.csv`, `AN-0b3f2a1c.pdf`.
fn drawn_name(segment: &[u8]) -> Option<&[u8]> {
    // What tells most names apart is asked first: how long they are, then their digits, and then their endings.
    if segment.len() < NAME_DIGITS_MIN {
        return None;
    }
    let (stem, ending) = stem_and_ending(segment);
    let drawn = stem.rsplit(|byte| matches!(byte, b'-' | b'_')).next().unwrap_or(stem);
    let has = |of: fn(&u8) -> bool| drawn.iter().any(of);
    let is_drawn =
        || drawn.iter().all(u8::is_ascii_hexdigit) && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    if drawn.len() < NAME_DIGITS_MIN || !is_drawn() {
        return None;
    }
    if stem.contains(&b'%') || ending.contains(&b'.') || is_page_part(ending) {
        return None;
    }
    let is_picture =
        [&b"jpg"[..], b"jpeg", b"png", b"gif", b"webp", b"avif"].iter().any(|one| ending.eq_ignore_ascii_case(one));
    let enough = if is_picture { PICTURE_DIGITS_MIN } else { NAME_DIGITS_MIN };
    (enough <= drawn.len()).then_some(stem)
}

/// Whether a file with that extension is a part that every page of a kind shares.
pub(crate) fn is_page_part(extension: &[u8]) -> bool {
    ["js", "mjs", "css", "map", "woff", "woff2", "ttf", "otf", "eot", "ico", "svg"]
        .iter()
        .any(|part| extension.eq_ignore_ascii_case(part.as_bytes()))
}

/// Eight bytes of a segment are hashed at a time, and the same eight are asked whether there is a digit or a `;` among
/// them: most segments are words, and only others are looked at closely.
///
/// The hash of a segment as it stands, and whether it surely holds no digit and no `;`.
fn word_shape(segment: &[u8]) -> (u64, bool) {
    let factor = hash::factor();
    let mut hash = segment.len() as u64;
    let mut is_plain = true;
    for chunk in segment.chunks(8) {
        let word = match chunk.try_into() {
            Ok(chunk) => u64::from_le_bytes(chunk),
            Err(_) => chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        is_plain &= !has_digit_or_semicolon(word);
        hash = hash::fold(hash, word, factor);
    }
    (hash, is_plain)
}

/// Whether one of the eight bytes of a word is `0` to `9` or `;` (and perhaps where one is `:`: a false alarm costs
/// only time).
fn has_digit_or_semicolon(word: u64) -> bool {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let high = !LOW;
    // From `0` to `;` there are twelve: as a distance from `0` they stay below the carry into the high bit.
    let distance = word ^ 0x3030_3030_3030_3030;
    let beyond = (distance & LOW) + 0x7474_7474_7474_7474;
    !(beyond | distance) & high != 0
}

/// Whether a segment is a year of ours: `2026`.
fn is_year(segment: &[u8]) -> bool {
    segment.len() == 4 && matches!(&segment[..2], b"19" | b"20") && segment.iter().all(u8::is_ascii_digit)
}

/// What a number names that is counted in a year, with an ending or without: `2026-047301`. The year is a part of it, and a month
/// is none.
fn numbered_in_year(segment: &[u8]) -> Option<Object> {
    let Some((year, [b'-' | b'_', behind @ ..])) = segment.split_at_checked(4) else { return None };
    let number = behind.split(|byte| matches!(byte, b'.' | b';')).next()?;
    let is_number = NUMBER_IN_YEAR.contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
    (is_year(year) && is_number).then(|| Object::of_digits(&[year, number].concat()))
}

/// How many digits a number has that is counted in a year.
const NUMBER_IN_YEAR: std::ops::RangeInclusive<usize> = 3..=12;

/// Whether a segment is a stretch of the calendar, with an ending or without: `2026`, `2026-02.pdf`, `2026-02-17`, and
/// `02` behind a year.
fn is_period(segment: &[u8], was_year: bool) -> bool {
    let stem = segment.split(|byte| *byte == b'.').next().unwrap_or(segment);
    let is_two = |part: &[u8]| part.len() == 2 && part.iter().all(u8::is_ascii_digit);
    if was_year {
        return is_two(stem);
    }
    let mut parts = stem.split(|byte| matches!(byte, b'-' | b'_'));
    parts.next().is_some_and(is_year) && parts.all(is_two)
}

/// Whether a segment is the place of one of the few parts that an identifier has: `1` in `/cases/004711/papers/1`. An identifier
/// of one or two digits may be as much a place as the one behind it.
fn is_place_in(object: Object, segment: &[u8]) -> bool {
    let is_digit = matches!(segment, [digit] | [digit, b'.' | b';', ..] if digit.is_ascii_digit());
    is_digit && object.number().is_none_or(|number| PLACES_MAX < number)
}

/// How many places are counted by two digits.
const PLACES_MAX: u64 = 99;

fn shape_with_digits(segment: &[u8]) -> u64 {
    if let Some((name, _)) = embedded::called(segment) {
        return join(word_shape(name).0, IDENTIFIER);
    }
    if embedded::is_person(segment) {
        return IDENTIFIER;
    }
    let segment = segment.split(|byte| *byte == b';').next().unwrap_or(segment);
    let digits = segment.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match segment.get(digits) {
        None if 0 < digits => return IDENTIFIER,
        Some(b'-' | b'_') if 2 <= digits => return IDENTIFIER,
        _ => {}
    }
    if is_random(segment) {
        return IDENTIFIER;
    }
    if !segment.iter().any(u8::is_ascii_digit) {
        return word_shape(segment).0;
    }
    without_numbers(segment)
}

/// The hash of a segment in which every run of digits is one digit, and every run of hexadecimal digits that is
/// long enough to be a digest is one too: `app.dd192a99.js` and `app.0c33a1f0.js` are one file.
fn without_numbers(segment: &[u8]) -> u64 {
    let factor = hash::factor();
    let mut hash = 2;
    let mut mix = |byte: u8| hash = hash::fold(hash, u64::from(byte), factor);
    let mut at = 0;
    while at < segment.len() {
        // A word in another script is percent-encoded: its digits are no numbers.
        if segment[at] == b'%' && segment.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
        {
            segment[at..at + 3].iter().copied().for_each(&mut mix);
            at += 3;
            continue;
        }
        let run = segment[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let digits = &segment[at..at + run];
        if DIGEST_BYTES_MIN <= run && digits.iter().any(u8::is_ascii_digit) {
            mix(b'0');
        } else {
            let mut was_digit = false;
            for byte in digits {
                let is_digit = byte.is_ascii_digit();
                if !(is_digit && was_digit) {
                    mix(if is_digit { b'0' } else { *byte });
                }
                was_digit = is_digit;
            }
        }
        at += run;
        // What ends a run is no digit of either kind.
        if let Some(byte) = segment.get(at) {
            mix(*byte);
            at += 1;
        }
    }
    hash
}

/// The shortest run of hexadecimal digits that may be a digest.
const DIGEST_BYTES_MIN: usize = 8;

/// How long a segment is that may be a token, in bytes.
const TOKEN_BYTES_MIN: usize = 16;

/// Whether a segment is a word as it stands: without digits (`is_plain`), too short for a token, and nobody's address.
fn is_word(segment: &[u8], is_plain: bool) -> bool {
    // A plain loop: nearly all are a few bytes long.
    is_plain && segment.len() < TOKEN_BYTES_MIN && segment.iter().all(|byte| *byte != b'@')
}

/// Whether a segment looks like a token: long, of letters and digits that change often, as no word's do.
fn is_random(segment: &[u8]) -> bool {
    if is_drawn(segment) || is_coded(segment) {
        return true;
    }
    if segment.len() < TOKEN_BYTES_MIN || segment.iter().any(|byte| matches!(byte, b'.' | b'%')) {
        return false;
    }
    let is_often = |mixture: &Mixture| segment.len() <= mixture.changes * 5 && segment.len() <= mixture.digits * 12;
    let mixture = mixture(segment, is_often);
    let Mixture { digits, changes, capitals } = mixture;
    // Names made of words change their case too, but hardly ever hold a digit, or two capitals side by side.
    let is_mixed = 0 < digits && 20 <= segment.len() || segment.len() <= capitals * 8;
    is_often(&mixture) || segment.len() * 2 <= changes * 5 && is_mixed
}

/// How long an identifier of drawn letters and digits is at least, and one behind a prefix that says what it is of.
const DRAWN_BYTES_MIN: usize = 8;
const PREFIXED_BYTES_MIN: usize = 10;

/// How many consonants stand side by side in no word.
const CONSONANTS_MIN: usize = 6;

/// Whether letters and digits follow each other as they do where they are drawn: `dQw4w9WgXcQ`, `k3j9x2m4`. Behind the
/// prefix of an interface (`trk_h7q2...`) less is enough.
fn is_drawn(segment: &[u8]) -> bool {
    let prefix = segment.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let is_prefixed = matches!(prefix, 2..=5) && segment.get(prefix) == Some(&b'_');
    let drawn = if is_prefixed { &segment[prefix + 1..] } else { segment };
    if drawn.len() < DRAWN_BYTES_MIN || !drawn.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let Mixture { digits, changes, .. } = mixture(drawn, |_| false);
    let has = |of: fn(&u8) -> bool| drawn.iter().any(of);
    let is_of_three = 0 < digits && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let is_restless = drawn.len() <= changes * 2 && (2 <= digits || is_of_three);
    let is_token = || {
        let is_vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte) || byte.is_ascii_digit();
        let has_no_word = || drawn.split(is_vowel).any(|run| CONSONANTS_MIN <= run.len());
        PREFIXED_BYTES_MIN <= drawn.len() && (0 < digits && 2 <= changes || has_no_word())
    };
    is_restless || is_prefixed && is_token()
}

/// Whether it is a code that people are given to read out, behind capitals that say what it is of: `BK-7K3Q9ZX`. Nobody writes
/// words so.
fn is_coded(segment: &[u8]) -> bool {
    let prefix = segment.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let Some((b'-', code)) = segment.get(prefix..).and_then(<[u8]>::split_first) else { return false };
    let has = |of: fn(&u8) -> bool| code.iter().any(of);
    matches!(prefix, 1..=5)
        && CODE_BYTES_MIN <= code.len()
        && code.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
}

/// How long such a code is, at least.
const CODE_BYTES_MIN: usize = 6;

/// How letters and digits are mixed.
struct Mixture {
    digits: usize,
    /// How often another kind of letter follows.
    changes: usize,
    /// How often two capitals stand side by side.
    capitals: usize,
}

/// How the letters and digits of a text are mixed, or of so much of it as is enough, which is asked at each change.
fn mixture(text: &[u8], is_enough: impl Fn(&Mixture) -> bool) -> Mixture {
    let mut mixture = Mixture { digits: 0, changes: 0, capitals: 0 };
    let Some(mut before) = text.first().map(|byte| CLASSES[usize::from(*byte)]) else { return mixture };
    mixture.digits += usize::from(before == DIGIT);
    for byte in &text[1..] {
        let class = CLASSES[usize::from(*byte)];
        mixture.digits += usize::from(class == DIGIT);
        if class == before {
            mixture.capitals += usize::from(class == CAPITAL);
            continue;
        }
        mixture.changes += 1;
        if is_enough(&mixture) {
            break;
        }
        before = class;
    }
    mixture
}

const DIGIT: u8 = 0;
const CAPITAL: u8 = 1;

/// What kind of letter each byte is: a digit, a capital, a small letter, or none.
const CLASSES: [u8; 256] = {
    let mut classes = [3; 256];
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            b'0'..=b'9' => classes[byte] = DIGIT,
            b'A'..=b'Z' => classes[byte] = CAPITAL,
            b'a'..=b'z' => classes[byte] = 2,
            _ => {}
        }
        byte += 1;
    }
    classes
};

#[cfg(test)]
mod tests;
