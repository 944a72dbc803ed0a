//! The parallel pass over logs.
//!
//! [`Inputs`] finds the sources behind the paths a person gives; [`fold`] reads them all, shares their lines
//! among the threads, and returns one state with the account of every line. This is the only place that knows
//! files, threads and decompression. It knows no signal: what is done with a record is the caller's `observe`.
//!
//! Because the caller's `merge` is exact and commutative, nothing here keeps chunks in order: a worker takes
//! what comes next, and the answer is the same.

mod account;
mod budget;
mod checkpoint;
mod codec;
mod contents;
mod digest;
mod fold;
mod follow;
mod framer;
mod input;
mod kept;
mod layer;
mod openings;
mod peel;
mod rotation;
mod selection;
mod source;
mod survey;
mod tarball;
#[cfg(test)]
mod trial;
mod twin;
mod unpack;
mod walk;
mod window;
mod zipped;

pub use account::{Account, Alike, Condition, SourceAccount};
pub use budget::{Limits, RATIO_MAX, UNPACKED_BYTES_MAX};
pub use checkpoint::Checkpoint;
pub use contents::{Found, Piece, Wanted, contents};
pub use digest::{FileDigest, sha256_of_file};
pub use fold::{
    Clients, Config, Error, Every, Followed, IsClient, Kept, Noting, Observer, Progress, Relief, content_key, each,
    fold, fold_kept, fold_relieved, follow, noting, on_threads, threads,
};
pub use follow::{Clock, Following, HELD_MAX, Monotonic};
pub use input::{Inputs, Origin, Skipped, Source};
pub use layer::{Layer, Layers};
pub use openings::openings;
pub use selection::Selection;
pub use walk::{Met, walk};
pub use window::Window;
