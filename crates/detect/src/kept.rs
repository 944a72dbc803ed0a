//! How the state of a pass is written down and read back, where its parts do not say it themselves.
//!
//! A state that is read back was a file in between, and files are written by whoever can: a number that stands for a
//! place in a table, or that a loop runs to, is held to its bound before anything is asked of it.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::SIGNALS;
use crate::profile::{BLOCKS, BUCKETS, Block, FEW};
use crate::signal::Evidence;

/// How often stretches of an hour can be doubled before one of them is all of time.
const DOUBLINGS_MAX: u32 = 32;

/// An array of any length.
pub(crate) mod array {
    use super::*;

    pub(crate) fn serialize<S: Serializer, T: Serialize>(array: &[T], out: S) -> Result<S::Ok, S::Error> {
        array.serialize(out)
    }

    pub(crate) fn deserialize<'de, D, T, const N: usize>(from: D) -> Result<[T; N], D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        let of = |items: Vec<T>| D::Error::custom(format_args!("{} items where {N} belong", items.len()));
        Vec::deserialize(from)?.try_into().map_err(of)
    }
}

/// An array of any length in a box.
pub(crate) mod boxed {
    use super::*;

    pub(crate) fn serialize<S, T, const N: usize>(array: &[T; N], out: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        T: Serialize,
    {
        array.as_slice().serialize(out)
    }

    pub(crate) fn deserialize<'de, D, T, const N: usize>(from: D) -> Result<Box<[T; N]>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        array::deserialize(from).map(Box::new)
    }
}

/// What must be empty when a state is written down.
pub(crate) mod nothing {
    use super::*;

    pub(crate) fn serialize<S: Serializer, T>(items: &[T], out: S) -> Result<S::Ok, S::Error> {
        match items {
            [] => out.serialize_unit(),
            _ => Err(S::Error::custom("something waits to be counted")),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T>(from: D) -> Result<Vec<T>, D::Error> {
        <()>::deserialize(from).map(|()| Vec::new())
    }
}

/// The blocks of the answers that routes share: those that are not empty, by their number.
pub(crate) mod blocks {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(blocks: &[Block], out: S) -> Result<S::Ok, S::Error> {
        let numbered = blocks.iter().enumerate().filter(|(_, block)| **block != Block::default());
        out.collect_seq(numbered.collect::<Vec<_>>())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Box<[Block]>, D::Error> {
        let numbered: Vec<(usize, Block)> = Vec::deserialize(from)?;
        let mut blocks = vec![Block::default(); BLOCKS].into_boxed_slice();
        for (number, block) in numbered {
            *blocks.get_mut(number).ok_or_else(|| D::Error::custom("a number beyond its bound"))? = block;
        }
        Ok(blocks)
    }
}

/// The place of a signal.
pub(crate) fn signal<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    within(u8::deserialize(from)?, |place| usize::from(*place) < SIGNALS.len())
}

/// The bucket of a size.
pub(crate) fn bucket<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    within(usize::deserialize(from)?, |bucket| *bucket < BUCKETS)
}

/// How many sizes there are where they are few.
pub(crate) fn few<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    within(u8::deserialize(from)?, |count| usize::from(*count) <= FEW)
}

/// How often stretches were doubled.
pub(crate) fn doublings<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(u32::deserialize(from)?, |doublings| *doublings <= DOUBLINGS_MAX)
}

/// What a finding reaches for: something.
pub(crate) fn evidence<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Evidence>, D::Error> {
    within(Vec::deserialize(from)?, |evidence| !evidence.is_empty())
}

fn within<T, E: serde::de::Error>(value: T, is_within: impl Fn(&T) -> bool) -> Result<T, E> {
    if is_within(&value) { Ok(value) } else { Err(E::custom("a number beyond its bound")) }
}

#[cfg(test)]
mod tests;
