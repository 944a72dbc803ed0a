//! What is remembered of the targets that one worker saw.
//!
//! Most requests are for one of the last few thousand targets, and to take a target apart costs more than all else that is
//! done with a quiet one. It holds no state: what is remembered follows from the text alone, so to forget costs time and
//! nothing else. It is small enough for a processor's own cache, or to look into it would cost as much as it spares.
//! Targets that come once would push out those that come often: of two that share a place the first is one that came again,
//! and who comes anew takes the second.
//!
//! A text is known by its hash under a key that is drawn anew for each run, so that nobody can make a hostile text that is
//! taken for a harmless one.

use std::hash::{BuildHasher, Hasher, RandomState};

use rapidhash::v3::{RapidSecrets, rapidhash_v3_inline};

use crate::ahead;
use crate::choices::Choice;
use crate::prefilter::Glance;
use crate::route::{Route, route_of};
use crate::target::Target;

/// The hash of a text under the key of one run. The last two bits say nothing of the text: the lower is not set, and with
/// the other it is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// A target that was seen: its key, with the lowest bit if it holds plain URLs, and its route.
#[derive(Clone, Copy, Debug)]
struct Seen {
    known: u64,
    route: Route,
}

/// Two targets that share a place, the one that came again first: as much as the processor fetches at a time.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Pair([Seen; 2]);

const _: () = assert!(size_of::<Pair>() == 64, "a look at a pair fetches one line of the cache");

/// How many pairs of targets are remembered: a quarter of a mebibyte.
const PAIRS: usize = 1 << 12;

/// The targets that are remembered.
#[derive(Clone, Debug)]
pub(crate) struct Memo {
    pairs: Box<[Pair]>,
}

impl Default for Memo {
    fn default() -> Memo {
        let nothing =
            Seen { known: 0, route: Route { key: 0, head: 0, object: None, is_list: false, choice: Choice::NONE } };
        Memo { pairs: vec![Pair([nothing; 2]); PAIRS].into_boxed_slice() }
    }
}

impl Memo {
    /// Fetches where a target would be remembered.
    #[inline]
    pub(crate) fn fetch(&self, key: TextKey) {
        ahead::fetch(&self.pairs[key.place(PAIRS)]);
    }

    /// The route of a target that is remembered, and whether it is quiet or holds plain URLs alone.
    #[inline]
    pub(crate) fn get(&mut self, key: TextKey) -> Option<(Route, Glance)> {
        let Pair([one, other]) = &mut self.pairs[key.place(PAIRS)];
        if one.known & !1 != key.0 {
            if other.known & !1 != key.0 {
                return None;
            }
            std::mem::swap(one, other);
        }
        let glance = if one.known & 1 == 0 { Glance::Quiet } else { Glance::Web };
        Some((one.route, glance))
    }

    /// Remembers what a glance at a target shows, whatever the rest of its request, unless that is worth a closer look.
    pub(crate) fn put(&mut self, key: TextKey, route: Route, glance: Glance) {
        let known = match glance {
            Glance::Quiet => key.0,
            Glance::Web => key.0 | 1,
            Glance::Close => return,
        };
        let Pair([one, other]) = &mut self.pairs[key.place(PAIRS)];
        let place = if one.known & !1 == key.0 { one } else { other };
        *place = Seen { known, route };
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
    /// The route of a target.
    #[inline]
    pub(crate) fn of(&mut self, target: &[u8]) -> Route {
        let key = self.texts.of(target);
        match self.memo.get(key) {
            Some((route, _)) => route,
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

    #[test]
    fn what_came_again_is_remembered_and_what_comes_once_passes_by() {
        let (keys, mut memo) = (TextKeys::drawn(), Memo::default());
        let often = keys.of(b"/orders/17");
        assert_eq!(memo.get(often), None);
        memo.put(often, route(b"/orders/17"), Glance::Web);
        assert_eq!(memo.get(often), Some((route(b"/orders/17"), Glance::Web)));
        for number in 0..100_000 {
            memo.put(keys.of(format!("/once/{number}").as_bytes()), route(b"/once/1"), Glance::Quiet);
        }
        assert_eq!(memo.get(often), Some((route(b"/orders/17"), Glance::Web)), "a flood passes by");
        memo.put(often, route(b"/orders/17"), Glance::Quiet);
        assert_eq!(memo.get(often), Some((route(b"/orders/17"), Glance::Quiet)), "it is remembered once");
        let close = keys.of(b"/.env");
        memo.put(close, route(b"/.env"), Glance::Close);
        assert_eq!(memo.get(close), None, "what is worth a look is looked at each time");
    }
}
