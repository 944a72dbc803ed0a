//! JSON objects, walked once, without a tree.
//!
//! The scanner goes through the text of one object and keeps slices: no string is copied, no number is read that
//! nobody asks for. Which keys matter says a table ([`Keys`]): each key means a field, an object to go into, or both;
//! whatever else there is, is stepped over, and its grammar checked on the way (RFC 8259). What the walk meets is held
//! in [`Found`], at most one value a field, from which a record is made.
//!
//! Two things here bound what a stranger's text can cost: the walk goes no deeper than the tables do, and stepping over
//! a value goes at most `DEPTH_MAX` deep, with a counter in place of a call for each level.
//!
//! Bytes in strings are left as they are. nginx writes bytes above 0x7F raw under `escape=json`, so a line need not be
//! UTF-8, and control bytes are somebody else's evidence.

mod duration;
mod fields;
mod form;
mod keys;
mod scanner;
mod strings;
mod usual;

pub(crate) use duration::of as duration_of;
pub(crate) use fields::{AS_SENT, Field, Found, instant};
pub(crate) use form::{As, Form, Further};
pub(crate) use keys::{Entry, Keys, field, inner, joined, key, without};
pub(crate) use scanner::{Kind, Lookup, Meaning, Raw, items};

/// Shows the values that are looked for, by their ranks.
pub(crate) fn values<L: Lookup>(text: &[u8], keys: L, take: &mut impl FnMut(u8, Raw<'_>)) -> Result<(), crate::Fault> {
    scanner::walk(text, keys, &mut |_, rank, raw| take(rank, raw))
}
