//! Whoever folds the records of a pass into the states of its workers.

use accesslog::{Observe, Position, Record};

use crate::window::{Standing, Window};

/// Takes records into a state: a function that does, or one that notes something of each before ([`noting`]).
pub trait Observer<S>: Sync {
    /// What is noted of a record.
    type Noted: Copy + Default;

    /// Notes something of a record that is to be taken in soon: see [`Observe::note`].
    fn note(&self, state: &mut S, record: &Record<'_>) -> Self::Noted;

    /// Takes in a record, of which that was noted.
    fn observe(&self, state: &mut S, at: Position, record: &Record<'_>, noted: Self::Noted);
}

impl<S, F: Fn(&mut S, Position, &Record<'_>) + Sync> Observer<S> for F {
    type Noted = ();

    fn note(&self, _state: &mut S, _record: &Record<'_>) {}

    fn observe(&self, state: &mut S, at: Position, record: &Record<'_>, (): ()) {
        self(state, at, record);
    }
}

/// One that notes by one function, and takes in by another what was noted.
pub fn noting<S, T, N, O>(note: N, observe: O) -> Noting<N, O>
where
    T: Copy + Default,
    N: Fn(&mut S, &Record<'_>) -> T + Sync,
    O: Fn(&mut S, Position, &Record<'_>, T) + Sync,
{
    Noting { note, observe }
}

/// See [`noting`].
#[derive(Clone, Copy, Debug)]
pub struct Noting<N, O> {
    note: N,
    observe: O,
}

impl<S, T, N, O> Observer<S> for Noting<N, O>
where
    T: Copy + Default,
    N: Fn(&mut S, &Record<'_>) -> T + Sync,
    O: Fn(&mut S, Position, &Record<'_>, T) + Sync,
{
    type Noted = T;

    fn note(&self, state: &mut S, record: &Record<'_>) -> T {
        (self.note)(state, record)
    }

    fn observe(&self, state: &mut S, at: Position, record: &Record<'_>, noted: T) {
        (self.observe)(state, at, record, noted);
    }
}

/// What a worker does with the records of a chunk: those in the window go into its state.
pub(super) struct Working<'w, S, O> {
    pub(super) state: &'w mut S,
    pub(super) observer: &'w O,
    pub(super) window: Window,
    /// How many records are outside of the window, and how many have no time.
    pub(super) outside: &'w mut u64,
    pub(super) undated: &'w mut u64,
}

impl<S, O: Observer<S>> Observe for Working<'_, S, O> {
    type Noted = O::Noted;

    fn note(&mut self, record: &Record<'_>) -> O::Noted {
        // Of what is outside nothing will be asked.
        match self.window.standing(record.time) {
            Standing::Outside => O::Noted::default(),
            Standing::Inside | Standing::Undated => self.observer.note(self.state, record),
        }
    }

    fn observe(&mut self, at: Position, record: &Record<'_>, noted: O::Noted) {
        if !self.window.is_all() {
            match self.window.standing(record.time) {
                Standing::Outside => return *self.outside += 1,
                Standing::Undated => *self.undated += 1,
                Standing::Inside => {}
            }
        }
        self.observer.observe(self.state, at, record, noted);
    }
}

#[cfg(test)]
mod tests {
    use accesslog::Time;

    use super::*;

    #[test]
    fn what_is_outside_of_the_window_is_neither_noted_nor_taken_in() {
        type State = (u32, Vec<(u64, i64)>);
        let observer = noting(
            |state: &mut State, record: &Record<'_>| {
                state.0 += 1;
                record.time.map_or(-1, |time| time.0)
            },
            |state: &mut State, at: Position, _: &Record<'_>, noted: i64| state.1.push((at.offset, noted)),
        );
        for (window, seen, counts) in [
            (Window::default(), vec![(0, 5), (1, 15), (2, -1)], (0, 0)),
            (Window { since: Some(Time(10)), until: None }, vec![(1, 15), (2, -1)], (1, 1)),
        ] {
            let (mut state, mut outside, mut undated) = (State::default(), 0, 0);
            let mut working = Working {
                state: &mut state,
                observer: &observer,
                window,
                outside: &mut outside,
                undated: &mut undated,
            };
            for (offset, time) in (0..).zip([Some(Time(5)), Some(Time(15)), None]) {
                let at = Position { offset, ..Position::default() };
                working.observe_at_once(at, &Record { time, ..Record::default() });
            }
            assert_eq!((state.0 as usize, &state.1), (seen.len(), &seen));
            assert_eq!((outside, undated), counts);
        }
    }
}
