//! Any bytes as the state of a pass that was kept: refused, or read, and written and read again the same.
//!
//! The seal is left aside: who can write the file can seal it.

use accesslog::{Census, Chunk, Position, parse_chunk, recognise};
use detect::{Detector, Tracer};

/// Checks a state.
pub fn check(bytes: &[u8]) {
    if let Ok(state) = postcard::from_bytes::<Detector>(bytes) {
        let written = postcard::to_stdvec(&state).expect("nothing waits in a state that was read");
        let again: Detector = postcard::from_bytes(&written).expect("what was written is read");
        assert_eq!(postcard::to_stdvec(&again).expect("a state"), written, "written the same again");
    }
    if let Ok(state) = postcard::from_bytes::<Tracer>(bytes) {
        assert!(postcard::to_stdvec(&state).is_ok());
    }
}

/// The state that a log comes to.
pub fn kept(log: &[u8]) -> Vec<u8> {
    let (mut seen, mut state) = (Detector::default(), Detector::default());
    let chunk = Chunk { bytes: log, start: Position { line: 1, ..Position::default() } };
    if let Some(reading) = recognise(log).reading {
        parse_chunk(chunk, &reading, &mut Census::default(), |at, record| seen.observe(at, record));
    }
    // A state that was merged into has nothing waiting.
    state.merge(seen);
    postcard::to_stdvec(&state).expect("a state")
}
