//! Taking out a signal, to learn what it is worth.
//!
//! Built in for that measurement alone, by the feature `ablation`; otherwise no signal is ever out, which costs nothing.

#[cfg(feature = "ablation")]
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::SIGNALS;

/// The place of the signal that is out; none where it is beyond all of them.
#[cfg(feature = "ablation")]
static OUT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Takes out the signal of that name, and puts back the one that was; none puts back alone.
#[cfg(feature = "ablation")]
pub fn take_out(name: Option<&str>) {
    let place = name.and_then(|name| SIGNALS.iter().position(|signal| signal.name() == name));
    OUT.store(place.unwrap_or(usize::MAX), Ordering::SeqCst);
}

/// Whether the signal of that name is out.
pub(crate) fn is_out(name: &str) -> bool {
    #[cfg(feature = "ablation")]
    {
        SIGNALS.get(OUT.load(Ordering::SeqCst)).is_some_and(|signal| signal.name() == name)
    }
    #[cfg(not(feature = "ablation"))]
    {
        let _ = (name, SIGNALS);
        false
    }
}
