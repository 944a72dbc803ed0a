//! What happens when a person, or the system, wants a scan to end.
//!
//! The first SIGINT or SIGTERM stops a scan where it is: what was read is judged and reported, and the report says that
//! it is partial; where logs are followed, it is how that ends. The second ends the program at once. While nothing is scanned, both do what they always do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// What this process knows of signals, if it watches them.
static WATCHED: OnceLock<Interrupt> = OnceLock::new();

/// Watches the signals of this process from now on. Where the system gives no word of them, they do what they always do.
pub fn watch_signals() {
    WATCHED.get_or_init(Interrupt::watching);
}

/// What is known of signals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    /// Whether the scan under way is to stop.
    stop: Arc<AtomicBool>,
    /// Whether a signal ends the program at once, as no scan is under way or one was stopped already.
    is_deadly: Arc<AtomicBool>,
    /// The signal that stopped it; 0 if none did.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// What this process knows of signals; nothing where it does not watch them.
    pub(crate) fn current() -> Interrupt {
        WATCHED.get().cloned().unwrap_or_default()
    }

    fn watching() -> Interrupt {
        let interrupt = Interrupt::default();
        interrupt.is_deadly.store(true, Ordering::SeqCst);
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds that it is not deadly, then makes the next one so.
            let _ = flag::register_conditional_default(signal, Arc::clone(&interrupt.is_deadly))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&interrupt.signal), signal as usize))
                .and_then(|_| flag::register(signal, Arc::clone(&interrupt.stop)))
                .and_then(|_| flag::register(signal, Arc::clone(&interrupt.is_deadly)));
        }
        interrupt
    }

    /// Runs a scan, which a signal stops; `scan` is given what becomes true then.
    pub(crate) fn during<T>(&self, scan: impl FnOnce(Arc<AtomicBool>) -> T) -> T {
        self.is_deadly.store(false, Ordering::SeqCst);
        let result = scan(Arc::clone(&self.stop));
        self.is_deadly.store(true, Ordering::SeqCst);
        result
    }

    /// Takes the signal that came, if one did, for the end that was waited for. The next one ends the program all the same.
    pub(crate) fn is_awaited_end(&self) -> bool {
        self.signal.swap(0, Ordering::SeqCst) != 0
    }

    /// The signal that stopped a scan, and its name.
    pub(crate) fn signal(&self) -> Option<(u8, &'static str)> {
        match self.signal.load(Ordering::SeqCst) as i32 {
            SIGINT => Some((SIGINT as u8, "SIGINT")),
            SIGTERM => Some((SIGTERM as u8, "SIGTERM")),
            _ => None,
        }
    }
}
