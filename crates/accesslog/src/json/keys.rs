//! Tables of keys, made when the program is compiled.
//!
//! A line has some twenty keys, each looked up in a table of up to a hundred: a chain of comparisons would cost more
//! than all else together. A key is known by its length, its first eight bytes and its last; for a key of up to
//! sixteen bytes these three are the whole key, and no comparison byte for byte is needed. Its slot follows from them by
//! a multiplication, and a slot that is taken is passed over.

use super::Field;
use super::scanner::{Lookup, Meaning};

/// How many slots a table has. Most are empty, so that an unknown key is nearly always told by the first.
const SLOTS: usize = 1024;

/// What one key means.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    key: &'static str,
    /// That of the key: beside it, as the key itself is nearly never looked at.
    print: Print,
    meaning: Meaning<&'static Keys>,
}

impl Entry {
    const fn new(key: &'static str, meaning: Meaning<&'static Keys>) -> Entry {
        Entry { key, print: Print::of(key.as_bytes()), meaning }
    }
}

/// A key that means a field, with its rank: of those that mean the same, the lowest found is taken.
pub(crate) const fn field(key: &'static str, field: Field, rank: u8) -> Entry {
    Entry::new(key, Meaning { field: Some((field, rank)), inner: None })
}

/// A key whose object is gone into.
pub(crate) const fn inner(key: &'static str, keys: &'static Keys) -> Entry {
    Entry::new(key, Meaning { field: None, inner: Some(keys) })
}

/// A key that means a field where it holds a scalar, and is gone into where it holds an object.
pub(crate) const fn key(key: &'static str, field: Field, rank: u8, keys: &'static Keys) -> Entry {
    Entry::new(key, Meaning { field: Some((field, rank)), inner: Some(keys) })
}

/// One list of keys behind the other, as the parts of a list cannot be spread in a constant.
pub(crate) const fn joined<const N: usize>(lists: &[&[Entry]]) -> [Entry; N] {
    let mut all = [field("", Field::MARK, 0); N];
    let (mut list, mut number) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[number] = lists[list][at];
            number += 1;
            at += 1;
        }
        list += 1;
    }
    assert!(number == N, "the lists have as many keys as said");
    all
}

/// A list of keys without those named.
pub(crate) const fn without<const N: usize>(list: &[Entry], names: &[&str]) -> [Entry; N] {
    let mut rest = [field("", Field::MARK, 0); N];
    let (mut at, mut number) = (0, 0);
    while at < list.len() {
        let print = list[at].print;
        let (mut name, mut is_named) = (0, false);
        while name < names.len() {
            is_named |= print.is(Print::of(names[name].as_bytes()));
            name += 1;
        }
        if !is_named {
            rest[number] = list[at];
            number += 1;
        }
        at += 1;
    }
    assert!(number == N, "every name is in the list");
    rest
}

/// The keys of one object.
pub(crate) struct Keys {
    entries: &'static [Entry],
    /// The entry of each slot, counted from 1.
    slots: [u8; SLOTS],
}

impl Keys {
    /// The table of these keys. Each may be there once.
    pub(crate) const fn new(entries: &'static [Entry]) -> Keys {
        assert!(entries.len() < u8::MAX as usize, "a slot holds the number of an entry");
        let mut slots = [0; SLOTS];
        let mut number = 0;
        while number < entries.len() {
            let print = entries[number].print;
            let mut slot = print.slot();
            while slots[slot] != 0 {
                let other = entries[slots[slot] as usize - 1].print;
                assert!(!print.is(other) || 16 < print.length, "a key is in its table once");
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = number as u8 + 1;
            number += 1;
        }
        Keys { entries, slots }
    }
}

impl Lookup for &'static Keys {
    // Inlined, as what it gives is more than registers hold.
    #[inline(always)]
    fn member(self, key: &[u8]) -> Option<Meaning<&'static Keys>> {
        let print = Print::of(key);
        let mut slot = print.slot();
        loop {
            let entry = self.entries.get((self.slots[slot] as usize).wrapping_sub(1))?;
            if entry.print.is(print) && (key.len() <= 16 || entry.key.as_bytes() == key) {
                return Some(entry.meaning);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// By what a key is known.
#[derive(Clone, Copy)]
struct Print {
    length: usize,
    head: u64,
    tail: u64,
}

impl Print {
    #[inline]
    const fn of(key: &[u8]) -> Print {
        let (head, tail) = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
            (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
            _ => match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
                (Some(head), Some(tail)) => (u32::from_le_bytes(*head) as u64, u32::from_le_bytes(*tail) as u64),
                _ => match key {
                    [a, b, c] => (*a as u64 | (*b as u64) << 8 | (*c as u64) << 16, 0),
                    [a, b] => (*a as u64 | (*b as u64) << 8, 0),
                    [a] => (*a as u64, 0),
                    _ => (0, 0),
                },
            },
        };
        Print { length: key.len(), head, tail }
    }

    #[inline]
    const fn is(self, other: Print) -> bool {
        self.length == other.length && self.head == other.head && self.tail == other.tail
    }

    #[inline]
    const fn slot(self) -> usize {
        let mixed = (self.head ^ self.tail.rotate_left(29) ^ self.length as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 54) as usize
    }
}

const _: () = assert!(SLOTS == 1 << (64 - 54));

#[cfg(test)]
mod tests {
    use super::*;

    static KEYS: Keys = Keys::new(&[
        field("ts", Field::TIME, 0),
        field("time", Field::TIME, 1),
        field("time_iso8601", Field::TIME, 2),
        field("http_x_forwarded_for", Field::FORWARDED, 0),
        field("http_x_borwarded_for", Field::FORWARDED, 1),
    ]);

    fn rank(key: &[u8]) -> Option<u8> {
        (&KEYS).member(key).and_then(|meaning| meaning.field).map(|(_, rank)| rank)
    }

    #[test]
    fn keys_of_any_length_are_told_apart() {
        assert_eq!((rank(b"ts"), rank(b"time"), rank(b"time_iso8601")), (Some(0), Some(1), Some(2)));
        assert_eq!((rank(b"http_x_forwarded_for"), rank(b"http_x_borwarded_for")), (Some(0), Some(1)));
        for other in [&b""[..], b"t", b"st", b"Time", b"time_iso8602", b"time_xso8601", b"http_x_forwxrded_for"] {
            assert_eq!(rank(other), None, "{}", other.escape_ascii());
        }
    }
}
