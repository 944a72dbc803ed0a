//! Work that is shared out.
//!
//! To merge and to judge are the only work that is not shared out by the chunks of the logs, and beside a pass that is, it is
//! long: a fifth of a scan on two threads. Its pieces do not depend on each other: tables, and routes. Who has threads is
//! not known here, so whoever has them lends them; what is made of a piece does not depend on when it is done.

use std::sync::{Mutex, PoisonError};

use crate::hash::Key;

/// Somebody who shares out work.
pub trait Apart: Sync {
    /// Does so many pieces of work, each by its number, in any order and at once, and comes back when all are done.
    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync));
}

/// Nobody: one piece after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Apart for Alone {
    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..pieces).for_each(work);
    }
}

/// What is made of each item, in their order, under the key that is in force.
pub(crate) fn mapped<I: Send, T: Send>(apart: &dyn Apart, items: Vec<I>, make: impl Fn(I) -> T + Sync) -> Vec<T> {
    let key = Key::in_force();
    let places: Vec<Mutex<Place<I, T>>> = items.into_iter().map(|item| Mutex::new(Place::Todo(item))).collect();
    apart.each(places.len(), &|number| {
        let _scope = key.enter();
        let mut place = places[number].lock().unwrap_or_else(PoisonError::into_inner);
        if let Place::Todo(item) = std::mem::replace(&mut *place, Place::Taken) {
            *place = Place::Done(make(item));
        }
    });
    let done = |place: Mutex<Place<I, T>>| match place.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Place::Done(made) => made,
        // Whoever shares out work and leaves some of it undone.
        Place::Todo(item) => make(item),
        Place::Taken => unreachable!("a piece that panicked takes all with it"),
    };
    places.into_iter().map(done).collect()
}

enum Place<I, T> {
    Todo(I),
    Taken,
    Done(T),
}

/// Does two things, under the key that is in force.
pub(crate) fn both<A: Send, B: Send>(
    apart: &dyn Apart,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    let mut made = mapped(apart, vec![Either::One(one), Either::Other(other)], |work| match work {
        Either::One(one) => Either::One(one()),
        Either::Other(other) => Either::Other(other()),
    });
    match (made.pop(), made.pop()) {
        (Some(Either::Other(other)), Some(Either::One(one))) => (one, other),
        _ => unreachable!("what is made is in the order of what it is made of"),
    }
}

enum Either<A, B> {
    One(A),
    Other(B),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does the last piece first, and leaves every third to whoever gave it.
    struct Unwilling;

    impl Apart for Unwilling {
        fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
            (0..pieces).rev().filter(|piece| piece % 3 != 1).for_each(work);
        }
    }

    /// Each piece on a thread of its own.
    struct Threads;

    impl Apart for Threads {
        fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
            std::thread::scope(|scope| {
                for piece in 0..pieces {
                    scope.spawn(move || work(piece));
                }
            });
        }
    }

    #[test]
    fn what_is_made_is_in_order_and_under_the_key_whoever_makes_it() {
        let _scope = Key::of(&[7; 32]).enter();
        let hashes =
            |apart: &dyn Apart| mapped(apart, vec!["a", "b", "c", "d", "e"], |text| crate::hash::hash(text.as_bytes()));
        let alone = hashes(&Alone);
        assert_eq!(hashes(&Unwilling), alone);
        assert_eq!(hashes(&Threads), alone);
        for apart in [&Alone as &dyn Apart, &Unwilling, &Threads] {
            assert_eq!(both(apart, || 1, || "b"), (1, "b"));
        }
    }
}
