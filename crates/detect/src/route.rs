//! The shape of a path, its identifiers set aside.
//!
//! What a request is compared with is what *this kind* of request usually gets, and the kind is known by the
//! path without the identifiers in it. The shape is a function of the path alone, so it needs no state and
//! cannot depend on order: runs of digits become one digit, segments of hexadecimal digits or of random
//! letters become one word, and a slug behind an identifier (`1107-starter-natural`) goes with it.

use crate::hash::{self, join};

/// How many segments of a path make its shape; deeper ones are taken together.
const SEGMENTS_MAX: usize = 12;

/// The shape of a path, and of its first segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The hash of the whole shape.
    pub(crate) key: u64,
    /// The hash of the first segment's shape.
    pub(crate) head: u64,
}

/// The route of a path. What follows a `;` in a segment is not part of it.
pub(crate) fn route(path: &[u8]) -> Route {
    let mut key = 0;
    let mut head = 0;
    let segments = path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty());
    for (number, segment) in segments.enumerate() {
        if number == SEGMENTS_MAX {
            key = join(key, 2);
            break;
        }
        let shape = segment_shape(segment);
        key = join(key, shape);
        if number == 0 {
            head = shape;
        }
    }
    // A collection and its directory index differ: `/a` and `/a/`.
    Route { key: join(key, u64::from(path.ends_with(b"/"))), head }
}

const IDENTIFIER: u64 = 1;

/// The hash of a segment without its identifiers.
fn segment_shape(segment: &[u8]) -> u64 {
    let segment = segment.split(|byte| *byte == b';').next().unwrap_or(segment);
    let digits = segment.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match segment.get(digits) {
        None if 0 < digits => return IDENTIFIER,
        Some(b'-' | b'_') if 2 <= digits => return IDENTIFIER,
        _ => {}
    }
    if !segment.iter().any(u8::is_ascii_digit) {
        return hash::hash(segment);
    }
    if is_random(segment) {
        return IDENTIFIER;
    }
    without_numbers(segment)
}

/// The hash of a segment in which every run of digits is one digit, and every run of hexadecimal digits that is
/// long enough to be a digest is one too: `app.dd192a99.js` and `app.0c33a1f0.js` are one file.
fn without_numbers(segment: &[u8]) -> u64 {
    let mut buffer = [0; 128];
    let mut length = 0;
    let mut rest = segment;
    while let (Some(&byte), true) = (rest.first(), length < buffer.len()) {
        let digest = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let is_digest = 8 <= digest && rest[..digest].iter().any(u8::is_ascii_digit);
        let taken = match byte {
            _ if is_digest => digest,
            b'0'..=b'9' => rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            _ => 1,
        };
        buffer[length] = if is_digest || byte.is_ascii_digit() { b'0' } else { byte };
        length += 1;
        rest = &rest[taken..];
    }
    hash::hash(&buffer[..length])
}

/// Whether a segment looks like a token: long, of letters and digits that change often, as no word's do.
fn is_random(segment: &[u8]) -> bool {
    if segment.len() < 16 || segment.contains(&b'.') {
        return false;
    }
    let class = |byte: &u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let digits = segment.iter().filter(|byte| byte.is_ascii_digit()).count();
    let changes = segment.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    segment.len() <= changes * 5 && segment.len() <= digits * 12
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        route(one.as_bytes()) == route(other.as_bytes())
    }

    #[test]
    fn identifiers_are_set_aside() {
        assert!(same("/api/orders/500401", "/api/orders/7"));
        assert!(same("/products/1107-starter-natural", "/products/1030-frozen-family"));
        assert!(same("/assets/app.dd192a99.js", "/assets/app.0c33a1f0.js"));
        assert!(same("/users/3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c/avatar", "/users/aa2b8c1e-1d4a-4c55-9a1b-2f6d7e8a9b0c/avatar"));
        assert!(same("/s/fk3Zp0Qx9LmT2vB8", "/s/9LmT2vB8fk3Zp0Qx"));
        assert!(same("/a//b", "/a/b;jsessionid=1"));
    }

    #[test]
    fn words_are_kept() {
        assert!(!same("/api/orders/1", "/api/users/1"));
        assert!(!same("/blog/kitten", "/blog/puppy"));
        assert!(!same("/a", "/a/"));
        assert!(!same("/fonts/inter-400.woff2", "/fonts/noto-400.woff2"));
        assert!(!same("/", "/a"));
    }

    #[test]
    fn depth_is_bounded() {
        assert!(same(&"/a".repeat(SEGMENTS_MAX + 1), &"/a".repeat(SEGMENTS_MAX + 9)));
    }
}
