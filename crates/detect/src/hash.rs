//! One hash for every key: portable, and under a key that strangers cannot know.
//!
//! Whoever sends requests writes the log. Were the hash of a text known to everybody, a stranger could choose texts that
//! collide (two clients that count as one), that crowd one place of a table, or that are among the smallest hashes and so
//! fill every sample that is chosen by them. So the hash has a [`Key`]. It is not drawn by lot, as the answer must be the
//! same for whoever repeats the scan: it is made of the content that is read (see `scan::content_key`).
//!
//! **What a stranger can do.** Every line of his enters the key, if it stands in an opening that is looked at; but to know
//! the key he must know all of those openings to the last bit: the addresses, seconds, sizes and agents of everybody else
//! who was there, before they are there. He sees none of them, and nothing that he sees of a service depends on the key.
//! So he is left with guessing, where texts collide no more often than chance has it: ten million of them do so in 64
//! bits once in three hundred thousand scans.
//!
//! **What he cannot be kept from.** Whoever holds the log knows the key, and could write a line into it that
//! collides; but he could as well take lines out of it. And a log that holds nothing but the lines of one stranger, at
//! times that he knows, has no secret from him; but nor has it anybody whom he could be confused with.
//!
//! **Which key is in force** is a matter of scope: hashes are taken in many places, most of them far from any state (a
//! segment of a path, what a signal saw), and all that is in one state must be under one key. So whoever holds a state
//! enters its key before anything is hashed ([`Key::enter`]); outside of all scopes it is the key of nothing. What names
//! something beyond one scan (the id of an incident) is hashed by [`lasting`], under no key, and nothing is told apart
//! by it.
//!
//! What else of a service must be known before its first record is hashed goes with the key, as it is made of the same
//! openings and holds in the same scope: where drawn names stand in its paths ([`Drawn`]).

use std::cell::Cell;

use rapidhash::v3::{RapidSecrets, rapidhash_v3_inline};

use crate::drawn::Drawn;

thread_local! {
    static IN_FORCE: Cell<Key> = const { Cell::new(Key(&NONE)) };
}

/// The seed of the key of nothing, and of hashes that last.
const SEED: u64 = 0x6b65_7974_7261_6365;

static LASTING: RapidSecrets = RapidSecrets::seed(SEED);

/// The key of all hashes of one state.
///
/// What it is made of stays for as long as the program runs, some hundred bytes a scan and rarely more, so that a key is
/// passed on as cheaply as a number.
#[derive(Clone, Copy, Debug)]
pub struct Key(&'static Secrets);

/// The key of nothing: that of a state that no content is known of.
static NONE: Secrets = Secrets::of([SEED, 0x9FB2_1C65_1E98_DF25, 0xA076_1D64_78BD_642F]);

#[derive(Debug)]
struct Secrets {
    secrets: RapidSecrets,
    /// A factor for what is hashed word by word. Odd, so that it loses nothing.
    factor: u64,
    /// What stands for the key where numbers are hashed.
    salt: u64,
    /// Where names in paths are drawn.
    drawn: Drawn,
}

impl Default for Key {
    fn default() -> Key {
        Key(&NONE)
    }
}

impl Key {
    /// The key that a digest of the content makes.
    pub fn of(digest: &[u8; 32]) -> Key {
        let word = |at: usize| digest[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Key(Box::leak(Box::new(Secrets::of([word(0), word(8), word(16)]))))
    }

    /// The same key, under which names in paths are drawn there.
    pub(crate) fn with_drawn(self, drawn: Drawn) -> Key {
        let Secrets { secrets, factor, salt, .. } = self.0;
        Key(Box::leak(Box::new(Secrets { secrets: *secrets, factor: *factor, salt: *salt, drawn })))
    }

    /// The hash of some bytes under this key, whichever is in force.
    pub(crate) fn hash(self, bytes: &[u8]) -> u64 {
        rapidhash_v3_inline::<true, false, false>(bytes, &self.0.secrets)
    }

    /// The hash of a number that strangers choose under this key: see [`salted`].
    pub(crate) fn salted(self, number: u64) -> u64 {
        let Key(secrets) = self;
        fold(join(number ^ secrets.salt, secrets.factor), secrets.salt, secrets.factor)
    }

    /// The key that is in force on this thread.
    pub(crate) fn in_force() -> Key {
        IN_FORCE.get()
    }

    /// Puts this key in force on this thread, until what it gives is dropped.
    #[must_use]
    pub(crate) fn enter(self) -> Scope {
        Scope { before: IN_FORCE.replace(self) }
    }
}

impl Secrets {
    const fn of([seed, factor, salt]: [u64; 3]) -> Secrets {
        Secrets { secrets: RapidSecrets::seed(seed), factor: factor | 1, salt, drawn: Drawn::NOWHERE }
    }
}

/// A stretch of work under one key.
pub(crate) struct Scope {
    before: Key,
}

impl Drop for Scope {
    fn drop(&mut self) {
        IN_FORCE.set(self.before);
    }
}

/// The hash of some bytes.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    IN_FORCE.get().hash(bytes)
}

/// The hash of some bytes that is the same in every scan: a name, by which nothing is told apart.
pub(crate) fn lasting(bytes: &[u8]) -> u64 {
    rapidhash_v3_inline::<true, false, false>(bytes, &LASTING)
}

/// The hash of a number that strangers choose.
///
/// In two rounds: after one, numbers in a row are spread by a step, which for some keys leaves many of them close together,
/// and what is counted or drawn by such hashes is no fair sample.
pub(crate) fn salted(number: u64) -> u64 {
    IN_FORCE.get().salted(number)
}

/// A factor that strangers do not know, for [`fold`].
pub(crate) fn factor() -> u64 {
    IN_FORCE.get().0.factor
}

/// Where names in paths are drawn.
pub(crate) fn drawn() -> &'static Drawn {
    let Key(secrets) = IN_FORCE.get();
    &secrets.drawn
}

/// The next hash of a text that is taken word by word.
///
/// Both halves of a product with an unknown factor: what a change in one word does to them is as unknown, so that no
/// second change can be chosen that undoes it.
pub(crate) fn fold(hash: u64, word: u64, factor: u64) -> u64 {
    let product = u128::from(hash ^ word) * u128::from(factor);
    (product as u64).rotate_left(32) ^ (product >> 64) as u64
}

/// The hash of two hashes, in order.
pub(crate) fn join(one: u64, other: u64) -> u64 {
    let product = u128::from(one ^ 0x9E37_79B9_7F4A_7C15) * u128::from(other ^ 0xD1B5_4A32_D192_ED03);
    let folded = product as u64 ^ (product >> 64) as u64;
    // A factor of zero would swallow the other.
    folded ^ one.rotate_left(25) ^ other.rotate_left(47)
}

/// One bit of 64, for sets of which only the rough size matters.
pub(crate) fn bit(hash: u64) -> u64 {
    1 << (hash >> 58)
}

/// For how many hashes each stands of those that were kept, the smallest of all, the last of which is this (Bar-Yossef et al., 2002).
pub(crate) fn each_stands_for(kept: usize, last: u64) -> f64 {
    (kept as f64 - 1.0) / (last as f64 / u64::MAX as f64).max(f64::MIN_POSITIVE) / kept as f64
}

/// About how many different hashes have set the bits of a sketch, by linear counting (Whang et al., 1990); none where all are set.
pub(crate) fn counted(sketch: &[u64]) -> Option<u32> {
    let bits = (sketch.len() * 64) as f64;
    let set: u32 = sketch.iter().map(|word| word.count_ones()).sum();
    (f64::from(set) < bits).then(|| (-bits * (1.0 - f64::from(set) / bits).ln()).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_spread_as_by_lot_under_any_key() {
        // Of 256 places 25 drawn by lot take 23.8 on average, and less than 18 in one of ten thousand draws.
        let mut fewest = u32::MAX;
        for number in 0..200_u8 {
            let _scope = Key::of(&[number.wrapping_mul(37) ^ 0x5A; 32]).enter();
            for from in [0_u64, 501_302, 1 << 40] {
                let mut places = [0_u64; 4];
                for object in from..from + 25 {
                    let key = salted(object << 1 | 1);
                    places[(key >> 62) as usize] |= 1 << (key >> 56 & 63);
                }
                fewest = fewest.min(places.iter().map(|word| word.count_ones()).sum());
            }
        }
        assert!(18 <= fewest, "{fewest}");
    }

    #[test]
    fn the_hash_is_the_same_on_every_machine() {
        assert_eq!(lasting(b"keytrace"), 10_610_442_790_552_148_197);
        assert_eq!(hash(b"keytrace"), lasting(b"keytrace"), "the key of nothing");
        assert_ne!(join(1, 2), join(2, 1));
        assert_ne!(join(0x9E37_79B9_7F4A_7C15, 2), join(0x9E37_79B9_7F4A_7C15, 3));
    }

    #[test]
    fn a_key_is_in_force_within_its_scope_alone() {
        let all = || (hash(b"a"), salted(7), fold(1, 2, factor()), lasting(b"a"));
        let (one, other) = (Key::of(&[1; 32]), Key::of(&[2; 32]));
        let before = all();
        {
            let _outer = one.enter();
            let outer = all();
            assert!(outer.0 != before.0 && outer.1 != before.1 && outer.2 != before.2 && outer.3 == before.3);
            assert_eq!(outer.0, one.hash(b"a"));
            {
                let _inner = other.enter();
                assert!(all().0 != outer.0 && all().0 != before.0);
            }
            assert_eq!(all(), outer);
        }
        assert_eq!(all(), before);
    }

    #[test]
    fn what_collides_under_one_key_does_not_under_another() {
        let (known, unknown) = (Key::default(), Key::of(&[7; 32]));
        let of = |words: [u64; 2], key: Key| fold(fold(16, words[0], key.0.factor), words[1], key.0.factor);
        for number in 0..1_000_u64 {
            let first = [number, !number];
            // Whoever knows the factor undoes in the second word what he did in the first.
            let second = first.map(|word| fold(16, word, known.0.factor));
            let texts = [[first[0], 7], [first[1], 7 ^ second[0] ^ second[1]]];
            assert_eq!(of(texts[0], known), of(texts[1], known));
            assert_ne!(of(texts[0], unknown), of(texts[1], unknown));
        }
    }

    #[test]
    fn ten_million_texts_have_ten_million_hashes() {
        let key = Key::of(&[3; 32]);
        let mut hashes: Vec<u64> = (0..10_000_000_u64).map(|number| key.hash(&number.to_be_bytes())).collect();
        hashes.sort_unstable();
        assert!(hashes.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
