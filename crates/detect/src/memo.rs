//! What is remembered of the texts that one worker saw.
//!
//! Most requests are for one of the last few thousand targets, and to take a target apart costs more than all else that is
//! done with a quiet one. It holds no state: what is remembered follows from the text alone, so to forget costs time and
//! nothing else.
//!
//! The last few thousand targets are near: in a table small enough for a processor's own cache, or to look into it would cost
//! as much as it spares. Some ten thousand more are far: a look there waits for memory, which is still a tenth of what it costs
//! to take a target apart, and it is asked only of what is not near. There is nothing far until two targets want one place.
//!
//! Texts that come once would push out those that come often: of two that share a place the first is one that came again,
//! and who comes anew takes the second.
//!
//! A text is known by its hash under a key that is drawn anew for each run, so that nobody can make a hostile text that is
//! taken for a harmless one.

use std::hash::{BuildHasher, Hasher, RandomState};

use rapidhash::v3::{RapidSecrets, rapidhash_v3_inline};

use crate::ahead;
use crate::choices::Choice;
use crate::memory::Memory;
use crate::prefilter::Glance;
use crate::route::{Route, route_of};
use crate::target::Target;

/// The hash of a text under the key of one run. The last two bits say nothing of the text: the lower is not set, and with
/// the other it is never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextKey(pub(crate) u64);

impl TextKey {
    /// The place of the text among a power of two of places.
    pub(crate) fn place(self, places: usize) -> usize {
        (self.0 >> 2) as usize & (places - 1)
    }
}

/// What texts are hashed with.
#[derive(Clone, Debug)]
pub(crate) struct TextKeys(RapidSecrets);

impl TextKeys {
    /// Under a key of their own.
    pub(crate) fn drawn() -> TextKeys {
        TextKeys(RapidSecrets::seed(RandomState::new().build_hasher().finish()))
    }

    /// The key by which a text is remembered.
    pub(crate) fn of(&self, text: &[u8]) -> TextKey {
        TextKey((rapidhash_v3_inline::<true, false, false>(text, &self.0) | 2) & !1)
    }

    /// The key by which two texts are remembered that stand together, and what they are.
    pub(crate) fn of_both(&self, what: u64, one: &[u8], other: &[u8]) -> TextKey {
        let [one, other] = [one, other].map(|text| self.of(text).0);
        self.of([what, one, other].map(u64::to_le_bytes).as_flattened())
    }
}

/// What is remembered of a text.
pub(crate) trait Known {
    /// The key of the text; zero where there is none.
    fn key(&self) -> u64;
}

/// Two texts that share a place, the one that came again first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pair<T>([T; 2]);

impl<T: Known> Pair<T> {
    /// Whether a text is remembered.
    #[inline]
    fn has(&self, key: TextKey) -> bool {
        self.0[0].key() == key.0 || self.0[1].key() == key.0
    }

    /// What is remembered of a text.
    #[inline]
    pub(crate) fn get(&mut self, key: TextKey) -> Option<&T> {
        let [one, other] = &mut self.0;
        if one.key() != key.0 {
            if other.key() != key.0 {
                return None;
            }
            std::mem::swap(one, other);
        }
        Some(one)
    }

    /// Remembers a text. Gives whether another is forgotten for it.
    #[inline]
    pub(crate) fn put(&mut self, text: T) -> bool {
        let [one, other] = &mut self.0;
        let place = if one.key() == text.key() { one } else { other };
        let before = std::mem::replace(place, text);
        before.key() != 0 && before.key() != place.key()
    }
}

/// A target that was seen: its key, with the lowest bit if it holds plain URLs, and its route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    known: u64,
    pub(crate) route: Route,
}

impl Seen {
    /// Whether it is quiet or holds plain URLs alone.
    pub(crate) fn glance(&self) -> Glance {
        if self.known & 1 == 0 { Glance::Quiet } else { Glance::Web }
    }
}

impl Known for Seen {
    fn key(&self) -> u64 {
        self.known & !1
    }
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { known: 0, route: Route { key: 0, head: 0, object: None, is_list: false, choice: Choice::NONE } }
    }
}

/// Two targets: as much as the processor fetches at a time.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Targets(Pair<Seen>);

const _: () = assert!(size_of::<Targets>() == 64, "a look at a pair fetches one line of the cache");

/// How many pairs of targets are near: a quarter of a mebibyte.
const NEAR: usize = 1 << 12;

/// How many pairs are far, unless there is little memory: two mebibytes.
const FAR: usize = 1 << 15;

/// The targets that are remembered.
#[derive(Clone, Debug)]
pub(crate) struct Memo {
    near: Box<[Targets]>,
    /// Nothing, as long as all that came are near.
    far: Box<[Targets]>,
    /// How many pairs may be far: a power of two.
    far_max: usize,
}

impl Default for Memo {
    fn default() -> Memo {
        Memo { near: targets(NEAR), far: targets(0), far_max: FAR }
    }
}

fn targets(pairs: usize) -> Box<[Targets]> {
    vec![Targets::default(); pairs].into_boxed_slice()
}

impl Memo {
    /// One that remembers nothing yet and keeps within some memory.
    pub(crate) fn within(memory: Memory) -> Memo {
        Memo { far_max: memory.share(FAR).clamp(1, FAR).next_power_of_two(), ..Memo::default() }
    }

    /// Fetches where a target would be remembered.
    #[inline]
    pub(crate) fn fetch(&self, key: TextKey) {
        ahead::fetch(&self.near[key.place(NEAR)]);
        if let Some(far) = self.far.get(key.place(self.far_max)) {
            ahead::fetch(far);
        }
    }

    /// What is remembered of a target.
    #[inline]
    pub(crate) fn get(&mut self, key: TextKey) -> Option<&Seen> {
        let Targets(near) = &mut self.near[key.place(NEAR)];
        if !near.has(key) {
            let Targets(far) = self.far.get_mut(key.place(self.far_max))?;
            near.put(*far.get(key)?);
        }
        near.get(key)
    }

    /// Remembers what a glance at a target shows, whatever the rest of its request, unless that is worth a closer look.
    pub(crate) fn put(&mut self, key: TextKey, route: Route, glance: Glance) {
        let known = match glance {
            Glance::Quiet => key.0,
            Glance::Web => key.0 | 1,
            Glance::Close => return,
        };
        let seen = Seen { known, route };
        if self.near[key.place(NEAR)].0.put(seen) && self.far.is_empty() {
            self.far = targets(self.far_max);
        }
        if let Some(Targets(pair)) = self.far.get_mut(key.place(self.far_max)) {
            pair.put(seen);
        }
    }
}

/// The routes of targets, remembered.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    texts: TextKeys,
    memo: Memo,
}

impl Default for Routes {
    fn default() -> Routes {
        Routes { texts: TextKeys::drawn(), memo: Memo::default() }
    }
}

impl Routes {
    /// The key by which a target is remembered, which is fetched.
    #[inline]
    pub(crate) fn key(&self, target: &[u8]) -> TextKey {
        let key = self.texts.of(target);
        self.memo.fetch(key);
        key
    }

    /// The route of a target of that key.
    #[inline]
    pub(crate) fn of(&mut self, key: TextKey, target: &[u8]) -> Route {
        match self.memo.get(key) {
            Some(seen) => seen.route,
            None => {
                let route = route_of(&Target::new(target));
                self.memo.put(key, route, Glance::Quiet);
                route
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::route;

    /// The route of a target that is remembered, and what a glance at it shows.
    fn got(memo: &mut Memo, key: TextKey) -> Option<(Route, Glance)> {
        memo.get(key).map(|seen| (seen.route, seen.glance()))
    }

    #[test]
    fn what_came_again_is_remembered_and_what_comes_once_passes_by() {
        let (keys, mut memo) = (TextKeys::drawn(), Memo::default());
        let often = keys.of(b"/orders/17");
        assert_eq!(got(&mut memo, often), None);
        memo.put(often, route(b"/orders/17"), Glance::Web);
        assert_eq!(got(&mut memo, often), Some((route(b"/orders/17"), Glance::Web)));
        for number in 0..100_000 {
            memo.put(keys.of(format!("/once/{number}").as_bytes()), route(b"/once/1"), Glance::Quiet);
        }
        assert_eq!(got(&mut memo, often), Some((route(b"/orders/17"), Glance::Web)), "a flood passes by");
        memo.put(often, route(b"/orders/17"), Glance::Quiet);
        assert_eq!(got(&mut memo, often), Some((route(b"/orders/17"), Glance::Quiet)), "it is remembered once");
        assert!(!memo.far.is_empty());
        let close = keys.of(b"/.env");
        memo.put(close, route(b"/.env"), Glance::Close);
        assert_eq!(got(&mut memo, close), None, "what is worth a look is looked at each time");
    }

    #[test]
    fn where_there_is_little_memory_fewer_are_far() {
        let keys = TextKeys::drawn();
        let bytes = |memory: Memory| {
            let mut memo = Memo::within(memory);
            for number in 0..20_000 {
                let key = keys.of(format!("/orders/{number}").as_bytes());
                memo.put(key, route(b"/orders/1"), Glance::Quiet);
                assert!(memo.get(key).is_some());
            }
            size_of_val(&*memo.far)
        };
        assert_eq!(bytes(Memory::default()), 2 << 20);
        assert!(bytes(Memory::of(64 << 20).unwrap()) <= 64 << 10);
    }

    #[test]
    fn what_two_others_took_the_place_of_is_remembered_far_away() {
        let mut memo = Memo::default();
        let key = |number: usize| TextKey(((number * NEAR + 7) as u64) << 2 | 2);
        let remember = |memo: &mut Memo, number: usize| memo.put(key(number), route(b"/a"), Glance::Web);
        remember(&mut memo, 0);
        assert!(memo.get(key(0)).is_some());
        remember(&mut memo, 1);
        assert!(memo.get(key(1)).is_some() && memo.get(key(0)).is_some());
        assert!(memo.far.is_empty(), "as long as all have a place, there is nothing far");
        remember(&mut memo, 2);
        assert_eq!(got(&mut memo, key(1)), None, "what was forgotten before there was anything far is forgotten");
        (0..FAR / NEAR).for_each(|number| remember(&mut memo, number));
        for number in 0..FAR / NEAR {
            assert_eq!(got(&mut memo, key(number)), Some((route(b"/a"), Glance::Web)), "{number}");
            assert_eq!(got(&mut memo, key(number)), Some((route(b"/a"), Glance::Web)), "{number}, which is near now");
        }
        memo.put(key(3), route(b"/a"), Glance::Quiet);
        (0..FAR / NEAR).filter(|number| *number != 3).for_each(|number| assert!(memo.get(key(number)).is_some()));
        assert_eq!(
            got(&mut memo, key(3)),
            Some((route(b"/a"), Glance::Quiet)),
            "both places of it tell what it was last"
        );
    }
}
